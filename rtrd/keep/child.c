/*
 * child: spawning, reading lines, and the end of a process.
 *
 * A process that exits may leave grandchildren that hold its pipes open, so
 * the end of the pipes cannot be waited for alone: once the leader is gone its
 * group is killed, and after a short grace the pipes are closed as they are.
 *
 * The handles live inside the struct, which is freed when libuv has closed
 * them all.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtrd/keep/child.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	PIPES = 2,
	HANDLES = PIPES + 3, /* the process, the pipes, stdin, the grace
				timer */
	GRACE_MS = 500, /* for lines that are still in a pipe */
	TELL = BOUND_URI + 64, /* octets of a command */
};

/* One of the child's outputs. */
struct outlet {
	uv_pipe_t pipe;
	struct child *child;
	char line[BOUND_CHILD_LINE + 1];
	size_t n;
	bool bounded; /* no more than BOUND_CHILD_LINES are told */
	unsigned lines; /* since: */
	struct mono counted;
};

struct child {
	uv_process_t process;
	uv_timer_t grace;
	uv_pipe_t input; /* its stdin */
	struct outlet outlets[PIPES]; /* stdout, stderr */
	struct child_calls calls;
	unsigned open; /* handles that libuv still knows */
	unsigned reading; /* pipes not at their end */
	bool exited;
	int64_t code;
	int signal;
	char chunk[16384];
};

/* The last handle that libuv gives back takes the memory with it. */
static void
handle_closed(uv_handle_t *handle)
{
	struct child *c = handle->data;

	if (--c->open == 0)
		free(c);
}

static void
handle_close(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, handle_closed);
}

static void
close_all(struct child *c)
{
	handle_close((uv_handle_t *)&c->process);
	handle_close((uv_handle_t *)&c->grace);
	handle_close((uv_handle_t *)&c->input);
	for (size_t i = 0; i < PIPES; i++)
		handle_close((uv_handle_t *)&c->outlets[i].pipe);
}

/* Tell the end once all has been heard. */
static void
end_if_over(struct child *c)
{
	if (!c->exited || c->reading > 0 ||
		uv_is_closing((uv_handle_t *)&c->process))
		return;
	close_all(c);
	c->calls.ended(c->calls.ctx, c->code, c->signal);
}

/* A child that lives long may say something in each of its hours. */
static void
lines_renew(struct outlet *o)
{
	int64_t every = o->child->calls.lines_ms;
	struct mono now = mono_now();

	if (every == 0 || mono_since(o->counted, now) < every)
		return;
	o->counted = now;
	o->lines = 0;
}

/* A line is over, or the pipe is: tell it, unless too many were told. */
static void
line_end(struct outlet *o)
{
	struct child *c = o->child;
	bool from_stderr = o == &c->outlets[1];

	o->line[o->n] = '\0';
	lines_renew(o);
	if (o->n > 0 && (!o->bounded || o->lines < BOUND_CHILD_LINES))
		c->calls.line(c->calls.ctx, from_stderr, o->line);
	else if (o->n > 0 && o->lines == BOUND_CHILD_LINES)
		c->calls.line(c->calls.ctx, from_stderr,
			c->calls.lines_ms == 0
				? "further lines of this run are not shown"
				: "further lines are not heard for a while");
	if (o->n > 0 && o->lines <= BOUND_CHILD_LINES)
		o->lines++;
	o->n = 0;
}

/* A NUL would end the text that the line is told as. */
static void
octets_take(struct outlet *o, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			line_end(o);
		} else if (o->n < BOUND_CHILD_LINE) {
			o->line[o->n++] = p[i] != '\0' ? p[i] : ' ';
		}
	}
}

/* One buffer for both pipes: what is read is taken before the next read. */
static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct outlet *o = (struct outlet *)handle;

	(void)suggested;
	*buf = uv_buf_init(o->child->chunk, sizeof(o->child->chunk));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct outlet *o = (struct outlet *)stream;
	struct child *c = o->child;

	if (n > 0)
		octets_take(o, buf->base, (size_t)n);
	if (n >= 0)
		return;
	line_end(o);
	handle_close((uv_handle_t *)&o->pipe);
	c->reading--;
	end_if_over(c);
}

/* The pipes are held open by somebody else: they are not waited for. */
static void
on_grace(uv_timer_t *timer)
{
	struct child *c = timer->data;

	c->reading = 0;
	end_if_over(c);
}

static void
on_exit_status(uv_process_t *process, int64_t code, int number)
{
	struct child *c = process->data;

	c->exited = true;
	c->code = code;
	c->signal = number;
	/* The group's number stays taken as long as anybody is in it. */
	(void)kill(-process->pid, SIGKILL);
	/* What is in the pipes by now is still told. */
	if (c->reading > 0)
		uv_timer_start(&c->grace, on_grace, GRACE_MS, 0);
	end_if_over(c);
}

/* From here on the memory goes with the handles, and not before. */
static void
handles_init(struct child *c, uv_loop_t *loop)
{
	uv_timer_init(loop, &c->grace);
	c->grace.data = c;
	c->process.data = c;
	for (size_t i = 0; i < PIPES; i++) {
		uv_pipe_init(loop, &c->outlets[i].pipe, 0);
		c->outlets[i].pipe.data = c;
		c->outlets[i].child = c;
		c->outlets[i].counted = mono_now();
		c->outlets[i].bounded = i > 0 || !c->calls.facts;
	}
	uv_pipe_init(loop, &c->input, 0);
	c->input.data = c;
	c->open = HANDLES;
}

/* No environment but our own; libuv undoes ignored signals. */
static int
spawn(struct child *c, uv_loop_t *loop, char *const *argv)
{
	const int flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
	const int input = UV_CREATE_PIPE | UV_READABLE_PIPE;
	uv_stdio_container_t stdio[PIPES + 1] = {{.flags = UV_IGNORE}};
	uv_process_options_t options = {
		.exit_cb = on_exit_status,
		.file = argv[0],
		.args = (char **)argv,
		/* Of a session, and so of a group, of its own. */
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = PIPES + 1,
		.stdio = stdio,
	};

	if (c->calls.listens) {
		stdio[0].flags = (uv_stdio_flags)input;
		stdio[0].data.stream = (uv_stream_t *)&c->input;
	}
	for (size_t i = 0; i < PIPES; i++) {
		stdio[i + 1].flags = (uv_stdio_flags)flags;
		stdio[i + 1].data.stream = (uv_stream_t *)&c->outlets[i].pipe;
	}
	return uv_spawn(loop, &c->process, &options);
}

/* When the machine runs out of memory, the kernel shall take a run, which is
 * made again, rather than the server or a router beside it.  Where this cannot
 * be said, it chooses by size, which is most often the same. */
static bool
memory_offer(pid_t pid)
{
	static const char score[] = "500"; /* of 1000 */
	char path[48];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/oom_score_adj", (long)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, score, sizeof(score) - 1) > 0;
	(void)close(fd);
	return done;
}

int
child_start(uv_loop_t *loop, char *const *argv, const struct child_calls *calls,
	struct child **out, char why[256])
{
	struct child *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	c->calls = *calls;
	handles_init(c, loop);
	r = spawn(c, loop, argv);
	if (r != 0) {
		snprintf(why, 256, "cannot start %.180s: %s", argv[0],
			uv_strerror(r));
		close_all(c);
		return err_from_errno(-r);
	}
	(void)memory_offer(c->process.pid);
	for (size_t i = 0; i < PIPES; i++) {
		c->reading++;
		uv_read_start(
			(uv_stream_t *)&c->outlets[i].pipe, on_alloc, on_read);
	}
	*out = c;
	return 0;
}

/* Straight into the pipe, or not at all: a pipe holds many commands, and who
 * lets it run full does not listen.  One is so short that a pipe takes it whole
 * or not. */
int
child_tell(struct child *c, const char *line)
{
	char text[TELL];
	int n = snprintf(text, sizeof(text), "%s\n", line), sent;
	uv_buf_t buf = uv_buf_init(text, (unsigned)n);

	if (n < 0 || (size_t)n >= sizeof(text))
		return ERR_LIMIT;
	if (!c->calls.listens || c->exited ||
		uv_is_closing((uv_handle_t *)&c->input))
		return ERR_IO;
	sent = uv_try_write((uv_stream_t *)&c->input, &buf, 1);
	if (sent == n)
		return 0;
	return sent >= 0 || sent == UV_EAGAIN ? ERR_LIMIT
					      : err_from_errno(-sent);
}

const char *
child_line_strip(const char *line, enum log_level *level)
{
	const char *word = strchr(line, ' ');
	char name[8];
	size_t n;

	*level = LOG_LEVEL_INFO;
	if (word == NULL)
		return line;
	n = strcspn(++word, " ");
	if (n == 0 || n >= sizeof(name) || word[n] != ' ')
		return line;
	memcpy(name, word, n);
	name[n] = '\0';
	return log_level_parse(name, level) == 0 ? word + n + 1 : line;
}

void
child_signal(const struct child *c, int number)
{
	if (!c->exited)
		(void)kill(-c->process.pid, number);
}
