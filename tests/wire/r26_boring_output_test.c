/*
 * r26_boring_output: whole conversations, octet by octet, and a strict router
 * that reads all of them.
 *
 * Each file in data/ is played at every pace: in one piece, octet by octet,
 * and with the output taken in between; the octets that come must be the same.
 * The checker is told every query, follows each connection from its beginning,
 * and refuses what is not sorted, said twice, out of bounds, or not zero where
 * it must be.  That it does refuse is shown by octets that it must not take.
 *
 *	# comment
 *	max 1                   highest version that the cache speaks
 *	history 40 | first N    of the cache
 *	interval MS             between two Serial Notify
 *	pace whole              play it only in one piece
 *	connect                 a new connection, the cache stays
 *	publish WORDS           a new set (see talk.h)
 *	notify                  tell the session of it
 *	withhold                nothing is given any more
 *	> HEX                   the router says
 *	take N                  accept so many octets of output
 *	< HEX                   all that came since the last "<"; the checker
 *	                        reads it too
 *	wait MS | end           time passes; the router closes its side
 *	state WORD | reason WORD
 */
#include <criterion/criterion.h>
#include <dirent.h>

#include "tests/wire/router.h"

struct play {
	struct talk t;
	struct checker c; /* of this connection */
	bool speaks; /* its version is known */
	size_t read; /* octets of what was said that the checker was told */
	struct cache_config config;
	unsigned max;
	int64_t interval;
	bool begun;
	const char *file;
	int line;
};

static const char *
test_folder(void)
{
	static char path[4096];
	const char *source = getenv("WAYMARK_SOURCE");

	snprintf(path, sizeof(path), "%s/tests/wire/data",
		source != NULL ? source : ".");
	return path;
}

/* The cache is made when the settings before it are known. */
static struct talk *
test_talk(struct play *p, enum talk_pace pace)
{
	if (!p->begun) {
		talk_init_with(&p->t, &p->config, p->max);
		p->t.config.notify_ms = p->interval;
		p->t.pace = pace;
		p->begun = true;
	}
	return &p->t;
}

/* Tell the checker of the queries that are whole by now.  Behind a PDU that
 * breaks a rule there is none. */
static void
test_tell(struct play *p)
{
	while (p->t.said_n - p->read >= 8) {
		const uint8_t *said = p->t.said + p->read;
		uint32_t n = checker_be32(said + 4);

		if (n < 8 || n > p->t.said_n - p->read)
			return;
		if (said[0] == p->c.version &&
			((said[1] == 1 && n == 12) || (said[1] == 2 && n == 8)))
			checker_ask(&p->c, said[1]);
		p->read += n;
	}
}

/* What was heard must be whole PDUs that a strict router takes, whatever the
 * file says.  Error 4 has a version of its own. */
static void
test_check(struct play *p, struct span heard)
{
	if (heard.n == 0)
		return;
	if (!p->speaks) {
		checker_init(&p->c, heard.p[0]);
		/* A delta at first refers to a set that nobody saw. */
		p->c.loose = true;
		p->c.told = true;
		p->speaks = true;
	}
	test_tell(p);
	cr_expect(checker_read(&p->c, heard), "%s:%d: %s", p->file, p->line,
		p->c.why);
	cr_expect(!p->c.inside, "%s:%d: no end", p->file, p->line);
}

static void
test_connect(struct play *p)
{
	talk_connect(&p->t);
	if (p->speaks)
		checker_fini(&p->c);
	p->speaks = false;
	p->read = 0;
}

static void
test_hear(struct play *p, const char *hex)
{
	uint8_t want[8192];
	char got_text[2048], want_text[2048];
	size_t n = talk_hex(hex, want, sizeof(want));
	struct span got = talk_hear(&p->t);

	cr_expect(span_equal(got, span_of(want, n)),
		"%s:%d: pace %d\n got %s\nwant %s", p->file, p->line,
		(int)p->t.pace, talk_text(got, got_text, sizeof(got_text)),
		talk_text(span_of(want, n), want_text, sizeof(want_text)));
	test_check(p, got);
}

static bool
test_setting(struct play *p, const char *verb, const char *rest)
{
	unsigned long number = strtoul(rest, NULL, 10);

	if (strcmp(verb, "max") == 0)
		p->max = (unsigned)number;
	else if (strcmp(verb, "history") == 0)
		p->config.history = (uint32_t)number;
	else if (strcmp(verb, "first") == 0)
		p->config.first_serial = (uint32_t)number;
	else if (strcmp(verb, "interval") == 0)
		p->interval = (int64_t)number;
	else if (strcmp(verb, "pace") != 0)
		return false;
	cr_assert(!p->begun, "%s:%d: too late", p->file, p->line);
	return true;
}

static void
test_expect(const struct play *p, const char *verb, const char *rest)
{
	struct session_facts facts = talk_facts(&p->t);
	const char *is = strcmp(verb, "state") == 0
		? session_state_name(facts.state)
		: facts.close_reason;

	cr_assert(strcmp(verb, "state") == 0 || strcmp(verb, "reason") == 0,
		"%s:%d: what is %s?", p->file, p->line, verb);
	cr_expect(is != NULL && strcmp(is, rest) == 0, "%s:%d: %s is %s",
		p->file, p->line, verb, is == NULL ? "none" : is);
}

static void
test_step(
	struct play *p, const char *verb, const char *rest, enum talk_pace pace)
{
	struct talk *t;

	if (test_setting(p, verb, rest))
		return;
	t = test_talk(p, pace);
	if (strcmp(verb, ">") == 0)
		talk_say(t, rest);
	else if (strcmp(verb, "<") == 0)
		test_hear(p, rest);
	else if (strcmp(verb, "publish") == 0)
		talk_publish(t, rest);
	else if (strcmp(verb, "notify") == 0)
		session_notify(t->session, t->now);
	else if (strcmp(verb, "connect") == 0)
		test_connect(p);
	else if (strcmp(verb, "withhold") == 0)
		session_withhold(t->session, t->now);
	else if (strcmp(verb, "take") == 0)
		talk_take(t, strtoul(rest, NULL, 10), SIZE_MAX);
	else if (strcmp(verb, "wait") == 0)
		talk_wait(t, (int64_t)strtoul(rest, NULL, 10));
	else if (strcmp(verb, "end") == 0)
		session_end(t->session, t->now);
	else
		test_expect(p, verb, rest);
}

/* Whether the file wants to be played in one piece only. */
static bool
test_is_whole_only(FILE *f)
{
	char line[4096];
	bool only = false;

	while (fgets(line, sizeof(line), f) != NULL)
		only |= strncmp(line, "pace whole", 10) == 0;
	rewind(f);
	return only;
}

static void
test_play(const char *path, enum talk_pace pace)
{
	struct play p = {.config = talk_cache_config(),
		.max = 1,
		.interval = 60000,
		.file = path};
	FILE *f = fopen(path, "r");
	char line[8192], verb[16];
	int at;

	cr_assert(f != NULL, "%s", path);
	if (pace != TALK_WHOLE && test_is_whole_only(f)) {
		fclose(f);
		return;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		p.line++;
		line[strcspn(line, "\n#")] = '\0';
		if (sscanf(line, " %15s %n", verb, &at) == 1)
			test_step(&p, verb, line + at, pace);
	}
	fclose(f);
	cr_expect(p.begun, "%s: nothing is played", path);
	if (p.begun)
		talk_fini(&p.t);
	if (p.speaks)
		checker_fini(&p.c);
}

Test(r26_boring_output, every_file_at_every_pace)
{
	DIR *d = opendir(test_folder());
	struct dirent *e;
	char path[8192];
	int files = 0;

	cr_assert(d != NULL, "%s: set WAYMARK_SOURCE", test_folder());
	while ((e = readdir(d)) != NULL) {
		if (strstr(e->d_name, ".txt") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", test_folder(), e->d_name);
		for (int pace = 0; pace < TALK_PACES; pace++)
			test_play(path, (enum talk_pace)pace);
		files++;
	}
	closedir(d);
	cr_expect(files >= 12, "only %d transcripts", files);
}
