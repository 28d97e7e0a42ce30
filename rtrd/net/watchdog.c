/*
 * watchdog: the thread, and how it gets at another thread's stack.
 *
 *	watchdog: sigqueue(loop, SIGUSR2, write end of a pipe)
 *	loop:     handler: backtrace -> pipe       (never waits: not blocking)
 *	watchdog: pipe -> log, a line a frame
 *
 * The handler has no state but the number that comes with the signal, and
 * calls nothing that allocates: backtrace(3) loads what it needs at its first
 * call, which is made at the start.  backtrace_symbols_fd(3) asks the dynamic
 * linker for names, which may be waited for when the loop hangs in there: then
 * no stack comes, and the watchdog, which waits a second for it, goes on.
 *
 * A thread that hangs in the kernel (state D: a disk, NFS) takes no signal;
 * its state is told, that is all there is.
 */
#include "rtrd/net/watchdog.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "waymark/err.h"

enum {
	LATE_LOOKS = 4, /* a watchdog that comes so late stood still itself */
	FRAMES = 64, /* of a stack */
	STACK_MS = 1000, /* until the stack is there */
	STACK_REST_MS = 100, /* and nothing more comes */
	STACK_LINE = 256,
};

struct watchdog {
	atomic_uint_fast64_t beats;
	pthread_t thread, loop;
	pid_t loop_id; /* as /proc names it */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping; /* under the lock */
	struct watchdog_limits limits;
	struct log log;
	int pipe[2]; /* from the handler */
};

void
watch_init(struct watch *w, const struct watchdog_limits *limits,
	int64_t now_ms, uint64_t beats)
{
	*w = (struct watch){
		.limits = *limits,
		.beats = beats,
		.looked_ms = now_ms,
		.since_ms = now_ms,
	};
}

enum watch_verdict
watch_look(struct watch *w, int64_t now_ms, uint64_t beats, int64_t *stood_ms)
{
	bool late = now_ms - w->looked_ms > LATE_LOOKS * w->limits.look_ms;
	bool told = w->told;
	int64_t stood = now_ms - w->since_ms;

	w->looked_ms = now_ms;
	if (beats != w->beats) {
		w->beats = beats;
		w->since_ms = now_ms;
		w->told = false;
		if (told)
			*stood_ms = stood;
		return told ? WATCH_OVER : WATCH_QUIET;
	}
	/* Nobody can say what the loop did meanwhile. */
	if (late) {
		w->since_ms = now_ms;
		return WATCH_QUIET;
	}
	if (stood < w->limits.tell_ms || (told && stood < w->limits.abort_ms))
		return WATCH_QUIET;
	w->told = true;
	*stood_ms = stood;
	return told ? WATCH_ABORT : WATCH_TELL;
}

/* Runs in the loop's thread, wherever it is. */
static void
on_asked(int number, siginfo_t *info, void *context)
{
	void *frames[FRAMES];
	int saved = errno;

	(void)number;
	(void)context;
	/* Sent by kill(1): there is nobody to answer. */
	if (info->si_code != SI_QUEUE)
		return;
	backtrace_symbols_fd(
		frames, backtrace(frames, FRAMES), info->si_value.sival_int);
	errno = saved;
}

/* The clock that both sides stand still by: core's goes on in a machine that
 * sleeps. */
static int64_t
monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* R runs, S waits, D hangs in the kernel; '?' when it cannot be read. */
static char
thread_state(pid_t id)
{
	char path[48], text[512], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return '?';
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* The name stands in brackets before it, and may hold any. */
	end = strrchr(text, ')');
	return end != NULL && end[1] == ' ' && end[2] != '\0' ? end[2] : '?';
}

/* Log what is whole of `text`, which holds `n` octets; returns how many are
 * left at its begin. */
static size_t
lines_tell(const struct watchdog *w, char *text, size_t n)
{
	char *end;

	while ((end = memchr(text, '\n', n)) != NULL) {
		*end = '\0';
		log_event(&w->log, LOG_LEVEL_ERROR, "stack", "%s", text);
		n -= (size_t)(end + 1 - text);
		memmove(text, end + 1, n);
	}
	/* Names can be longer than anybody reads. */
	return n < STACK_LINE ? n : 0;
}

/* Ask for the stack, and log what comes. */
static void
stack_tell(const struct watchdog *w)
{
	const union sigval end = {.sival_int = w->pipe[1]};
	struct pollfd p = {.fd = w->pipe[0], .events = POLLIN};
	char text[2 * STACK_LINE];
	size_t n = 0;
	int wait_ms = STACK_MS;

	if (pthread_sigqueue(w->loop, SIGUSR2, end) != 0)
		return;
	while (poll(&p, 1, wait_ms) > 0) {
		ssize_t got = read(w->pipe[0], text + n, sizeof(text) - n);

		if (got <= 0)
			return;
		n = lines_tell(w, text, n + (size_t)got);
		wait_ms = STACK_REST_MS;
	}
	if (wait_ms == STACK_MS)
		log_event(&w->log, LOG_LEVEL_ERROR, "stack",
			"none: the thread takes no signal");
}

/* Act on a verdict. */
static void
follow(const struct watchdog *w, enum watch_verdict verdict, int64_t stood_ms)
{
	switch (verdict) {
	case WATCH_QUIET:
		return;
	case WATCH_TELL:
		log_event(&w->log, LOG_LEVEL_ERROR, "stalled",
			"ms=%lld state=%c: the loop does not turn, its stack "
			"follows",
			(long long)stood_ms, thread_state(w->loop_id));
		stack_tell(w);
		return;
	case WATCH_OVER:
		log_event(&w->log, LOG_LEVEL_WARN, "stalled",
			"over ms=%lld: the loop turns again",
			(long long)stood_ms);
		return;
	case WATCH_ABORT:
		log_event(&w->log, LOG_LEVEL_ERROR, "stalled",
			"ms=%lld state=%c: the process ends, to be started "
			"again",
			(long long)stood_ms, thread_state(w->loop_id));
		stack_tell(w);
		abort();
	}
}

/* Wait for the next look; false when there is none. */
static bool
rest(struct watchdog *w)
{
	struct timespec at;
	int number = 0;
	bool stopping;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(w->limits.look_ms / 1000);
	at.tv_nsec += (long)(w->limits.look_ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&w->lock);
	while (!w->stopping && number == 0)
		number = pthread_cond_timedwait(&w->wake, &w->lock, &at);
	stopping = w->stopping;
	(void)pthread_mutex_unlock(&w->lock);
	return !stopping;
}

static void *
watchdog_run(void *argument)
{
	struct watchdog *w = argument;
	struct watch watch;

	watch_init(&watch, &w->limits, monotonic_ms(), atomic_load(&w->beats));
	while (rest(w)) {
		int64_t stood_ms = 0;
		enum watch_verdict verdict = watch_look(&watch, monotonic_ms(),
			atomic_load(&w->beats), &stood_ms);

		follow(w, verdict, stood_ms);
	}
	return NULL;
}

/* The loop alone hears signals. */
static int
thread_start(struct watchdog *w)
{
	sigset_t all, before;
	int number;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	number = pthread_create(&w->thread, NULL, watchdog_run, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return number;
}

/* What the thread and the handler need. */
static int
parts_make(struct watchdog *w)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
	pthread_condattr_t clock;
	void *frame;

	if (pipe2(w->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return ERR_SYSTEM;
	/* The first call loads a library. */
	(void)backtrace(&frame, 1);
	action.sa_sigaction = on_asked;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGUSR2, &action, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->wake, &clock);
	(void)pthread_condattr_destroy(&clock);
	(void)pthread_mutex_init(&w->lock, NULL);
	return 0;
}

/* The signal stays taken: one that is late must not end the process. */
static void
parts_free(struct watchdog *w)
{
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	(void)close(w->pipe[0]);
	(void)close(w->pipe[1]);
	free(w);
}

int
watchdog_start(const struct watchdog_limits *limits, const struct log *log,
	struct watchdog **out)
{
	struct watchdog *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return ERR_NOMEM;
	w->limits = *limits;
	/* The loop may change its own. */
	w->log = *log;
	w->loop = pthread_self();
	w->loop_id = gettid();
	atomic_init(&w->beats, 0);
	if (parts_make(w) != 0) {
		free(w);
		return ERR_SYSTEM;
	}
	if (thread_start(w) != 0) {
		parts_free(w);
		return ERR_SYSTEM;
	}
	*out = w;
	return 0;
}

void
watchdog_beat(struct watchdog *w)
{
	atomic_fetch_add_explicit(&w->beats, 1, memory_order_relaxed);
}

void
watchdog_stop(struct watchdog *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	parts_free(w);
}
