/*
 * client: one question to rtrd over its control socket, and the whole answer.
 *
 *	connect -> send a line -> read to the end -> take apart
 *
 * Most of what goes wrong does so at connect(2), and there an errno tells an
 * operator little: each that is likely has a sentence that says what to look
 * at.  Silence is bounded as well, so that a script never hangs on an rtrd that
 * hangs.
 *
 * A broken answer is an error even when rows came before the break: half a list
 * of VRPs looks like a whole one.
 */
#include "rtrctl/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "waymark/err.h"

enum {
	PATIENCE_S = 30, /* of silence: more than any answer takes */
	PIECE = 65536
};

/* What an error of connect(2) means to an operator, and what to look at. */
static void
explain(int number, const char *path, struct text *why)
{
	text_add(why, "rtrd cannot be reached at ");
	text_clean(why, path, strlen(path));
	switch (number) {
	case ENOENT:
		text_add(why,
			": there is no such socket.  Is rtrd running, and is "
			"this the path that it was given (--socket here, "
			"--control-socket there)?");
		return;
	case ECONNREFUSED:
		text_add(why,
			": nobody listens there.  rtrd is not running; the "
			"file was left behind.");
		return;
	case EACCES:
	case EPERM:
		text_add(why,
			": permission denied.  Run rtrctl as root, or as a "
			"member of the group that the socket belongs to.");
		return;
	case EAGAIN:
		text_add(why, ": too many others are asking.  Try again.");
		return;
	default:
		text_add(why, ": %s", strerror(number));
		return;
	}
}

/* A connected socket, or -1 with `why`. */
static int
connect_to(const char *path, struct text *why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {PATIENCE_S, 0};
	size_t n = strlen(path);
	int fd;

	if (n >= sizeof(address.sun_path)) {
		explain(ENAMETOOLONG, path, why);
		return -1;
	}
	memcpy(address.sun_path, path, n + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		explain(errno, path, why);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		explain(errno, path, why);
		close(fd);
		return -1;
	}
	return fd;
}

/* Send all; false with errno. */
static bool
send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return false;
		p += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
	}
	return true;
}

/* Read to the end; false with errno. */
static bool
receive_all(int fd, struct text *t)
{
	char *piece = malloc(PIECE);
	ssize_t n = piece != NULL ? 1 : 0;

	while (n != 0) {
		n = recv(fd, piece, PIECE, 0);
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			text_put(t, piece, (size_t)n);
	}
	if (piece == NULL || t->failed) {
		errno = ENOMEM;
		n = -1;
	}
	free(piece);
	return n == 0;
}

/* One connection, one line there, everything back. */
static int
exchange(const char *path, const char *request, struct text *all,
	struct text *why)
{
	int fd = connect_to(path, why);
	bool done;

	if (fd < 0)
		return ERR_IO;
	done = send_all(fd, request, strlen(request)) &&
		send_all(fd, "\n", 1) && receive_all(fd, all);
	if (!done && (errno == EAGAIN || errno == EWOULDBLOCK))
		text_add(why, "rtrd does not answer");
	else if (!done)
		text_add(why, "the answer of rtrd broke off: %s",
			strerror(errno));
	close(fd);
	return done ? 0 : ERR_IO;
}

/* Cut the first line off, without its end.  False when there is no whole one.
 */
static bool
line_take(struct span *in, struct span *line)
{
	const uint8_t *end = in->n > 0 ? memchr(in->p, '\n', in->n) : NULL;

	if (end == NULL)
		return false;
	*line = span_of(in->p, (size_t)(end - in->p));
	*in = span_of(end + 1, in->n - line->n - 1);
	return true;
}

/* Rows are read one by one: a full table as one document would take a
 * gigabyte. */
json_t *
answer_row(struct span *rows)
{
	struct span line;

	if (!line_take(rows, &line))
		return NULL;
	return json_loadb((const char *)line.p, line.n, 0, NULL);
}

/* Whether the last line says that the list is whole; it is cut off. */
static bool
list_is_whole(struct span *rows)
{
	size_t n = rows->n;
	struct span last;
	json_t *end;
	bool whole;

	if (n == 0 || rows->p[n - 1] != '\n')
		return false;
	for (n--; n > 0 && rows->p[n - 1] != '\n'; n--)
		continue;
	last = span_of(rows->p + n, rows->n - n);
	end = json_loadb((const char *)last.p, last.n, 0, NULL);
	whole = json_is_true(json_object_get(end, "end"));
	json_decref(end);
	rows->n = n;
	return whole;
}

/* What rtrd refused. */
static int
refusal(const json_t *head, struct text *why)
{
	const char *text = json_string_value(json_object_get(head, "error"));
	const char *code = json_string_value(json_object_get(head, "code"));

	if (text == NULL || code == NULL) {
		text_add(why, "rtrd answered something that is no answer");
		return ERR_SYNTAX;
	}
	text_clean(why, text, strlen(text));
	if (strcmp(code, err_name(ERR_BUSY)) == 0)
		return ERR_BUSY;
	return strcmp(code, err_name(ERR_USAGE)) == 0 ? ERR_USAGE : ERR_SYSTEM;
}

/* Take the answer apart. */
static int
answer_read(struct answer *a, struct text *why)
{
	a->rows = span_of(a->all.p, a->all.n);
	if (!line_take(&a->rows, &a->head_line)) {
		text_add(why, "the answer of rtrd broke off");
		return ERR_TRUNCATED;
	}
	a->head = json_loadb(
		(const char *)a->head_line.p, a->head_line.n, 0, NULL);
	if (!json_is_true(json_object_get(a->head, "ok")))
		return refusal(a->head, why);
	a->is_list = json_object_get(a->head, "list") != NULL;
	if (a->is_list && !list_is_whole(&a->rows)) {
		text_add(why, "the answer of rtrd broke off");
		return ERR_TRUNCATED;
	}
	return 0;
}

/* Nothing is left to free when it fails. */
int
client_ask(
	const char *path, json_t *request, struct answer *out, struct text *why)
{
	char *line = json_dumps(request, JSON_COMPACT);
	int err = ERR_USAGE;

	memset(out, 0, sizeof(*out));
	json_decref(request);
	if (line == NULL)
		text_add(why, "an argument is not UTF-8 text");
	else
		err = exchange(path, line, &out->all, why);
	free(line);
	if (err == 0)
		err = answer_read(out, why);
	if (err != 0)
		answer_free(out);
	return err;
}

void
answer_free(struct answer *a)
{
	json_decref(a->head);
	text_free(&a->all);
	memset(a, 0, sizeof(*a));
}
