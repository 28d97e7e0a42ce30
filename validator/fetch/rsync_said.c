/*
 * rsync_said: lines of the rsync program, its exit codes, its versions.
 *
 * The streams are looked at line by line and thrown away: a line is cut at
 * RSYNC_SAID_LINE, and of all of them two are kept.  The exit codes are those
 * of the manual page, section EXIT VALUES.
 */
#include "validator/fetch/rsync_said.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/text.h"

/* X(code, "text") */
#define EXIT_TABLE(X) \
	X(1, "it does not know an option") \
	X(2, "the server speaks another protocol") \
	X(3, "no such file on the server, or the staging folder fails") \
	X(4, "the server refuses an option, or offers unsafe names") \
	X(5, "the server refuses: no such module, or no access") \
	X(10, "no connection") \
	X(11, "files could not be read or written") \
	X(12, "the connection broke, or what came was no rsync protocol") \
	X(13, "it could not tell what it found") \
	X(14, "its processes cannot speak to one another") \
	X(20, "it was ended by a signal") \
	X(21, "its processes were lost") \
	X(22, "out of memory") \
	X(23, "the transfer is not complete") \
	X(24, "files vanished from the server meanwhile") \
	X(30, "the server said nothing for too long") \
	X(35, "the server did not answer in time") \
	X(127, "the program cannot be run")

/* X(first version without it, "what") */
#define HOLE_TABLE(X) \
	X(30400, \
		"a server can read and write files of this machine " \
		"(CVE-2024-12085, -12086, -12087, -12088, -12747)")

/* Copy a line without controls and 8-bit octets, and cut. */
static void
keep(char to[RSYNC_SAID_FIRST], const char *p, size_t n)
{
	struct text t = {0};

	text_clean(&t, p, n);
	if (t.p != NULL)
		(void)snprintf(to, RSYNC_SAID_FIRST, "%s", t.p);
	text_free(&t);
}

/* Whether a line begins with `start`, which it then loses. */
static bool
begins(const char **line, const char *start)
{
	size_t n = strlen(start);

	if (strncmp(*line, start, n) != 0)
		return false;
	*line += n;
	return true;
}

static void
take_out(struct rsync_said *s, const char *line)
{
	if (begins(&line, "Total bytes received: "))
		(void)text_number(line, 0, UINT64_MAX, &s->received);
	else if (begins(&line, "skipping non-regular file "))
		s->unfit++;
}

static void
take_line(struct rsync_said *s, enum rsync_stream stream)
{
	struct rsync_said_line *l = &s->lines[stream];

	l->p[l->n] = '\0';
	if (l->n > 0 && stream == RSYNC_STDOUT) {
		take_out(s, l->p);
		if (s->head[0] == '\0')
			keep(s->head, l->p, l->n);
	} else if (l->n > 0 && s->first[0] == '\0')
		keep(s->first, l->p, l->n);
	l->n = 0;
}

void
rsync_said_add(
	struct rsync_said *s, enum rsync_stream stream, struct span octets)
{
	struct rsync_said_line *l = &s->lines[stream];

	s->octets += octets.n;
	for (size_t i = 0; i < octets.n; i++) {
		char c = (char)octets.p[i];

		if (c == '\n' || c == '\r')
			take_line(s, stream);
		else if (l->n < sizeof(l->p) - 1)
			l->p[l->n++] = c;
	}
}

void
rsync_said_end(struct rsync_said *s)
{
	take_line(s, RSYNC_STDOUT);
	take_line(s, RSYNC_STDERR);
}

static const char *
exit_text(int code)
{
	switch (code) {
#define EXIT_CASE(number, text) \
	case number: \
		return text;
		EXIT_TABLE(EXIT_CASE)
#undef EXIT_CASE
	}
	return "it failed";
}

void
rsync_said_reason(const struct rsync_said *s, int status, char out[REPO_REASON])
{
	const char *between = s->first[0] == '\0' ? "" : ": ";

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		(void)snprintf(out, REPO_REASON,
			"rsync: a file grew larger than any object may be");
	else if (WIFSIGNALED(status))
		(void)snprintf(out, REPO_REASON,
			"rsync: ended by signal %d%s%s", WTERMSIG(status),
			between, s->first);
	else
		(void)snprintf(out, REPO_REASON, "rsync: %s (exit code %d)%s%s",
			exit_text(WEXITSTATUS(status)), WEXITSTATUS(status),
			between, s->first);
}

/* A number of at most two digits at `*p`, which moves on. */
static bool
part(const char **p, unsigned *out)
{
	unsigned v = 0;
	size_t n = 0;

	for (; n < 3 && **p >= '0' && **p <= '9'; n++, (*p)++)
		v = v * 10 + (unsigned)(**p - '0');
	*out = v;
	return n > 0 && v < 100;
}

unsigned
rsync_said_version(const char *line)
{
	const char *p = strstr(line, "rsync ");
	unsigned major, minor, patch = 0;

	p = p == NULL ? NULL : strstr(p, " version ");
	if (p == NULL)
		return 0;
	p += strlen(" version ");
	p += *p == 'v' ? 1 : 0;
	if (!part(&p, &major) || !begins(&p, ".") || !part(&p, &minor))
		return 0;
	if (begins(&p, ".") && !part(&p, &patch))
		return 0;
	return major * 10000 + minor * 100 + patch;
}

const char *
rsync_said_holes(unsigned version)
{
#define HOLE_TEST(fixed, what) \
	if (version < fixed) \
		return what;
	HOLE_TABLE(HOLE_TEST)
#undef HOLE_TEST
	return NULL;
}
