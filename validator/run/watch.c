/*
 * watch: see the header.
 */
#include "validator/run/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TICK_NS = 100000000, /* ten a second */
	STOP_TICKS = 10, /* a second to give up in good order */
	EXIT_STOPPED = 1,
};

struct watch {
	pthread_t thread;
	struct chain_progress *progress;
	bool show;
	atomic_bool paused;
	sigset_t signals;
	atomic_bool ended;
};

static void
show(const struct watch *w)
{
	char line[128];
	int n;

	if (!w->show || atomic_load(&w->paused))
		return;
	/* The cursor goes back to the front, so that a log line covers it. */
	n = snprintf(line, sizeof(line),
		"\033[K%" PRIuFAST64 "/%" PRIuFAST64
		" publication points, %" PRIuFAST64 " objects\r",
		atomic_load(&w->progress->done),
		atomic_load(&w->progress->queued),
		atomic_load(&w->progress->objects));
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody to tell */
}

static void *
watch_main(void *arg)
{
	struct watch *w = arg;
	const struct timespec tick = {.tv_nsec = TICK_NS};
	int ticks = 0, number;

	while (!atomic_load(&w->ended)) {
		number = sigtimedwait(&w->signals, NULL, &tick);
		if (number == SIGTERM || number == SIGINT || number == SIGHUP)
			atomic_store(&w->progress->stop, true);
		else if (number < 0 && errno == EAGAIN)
			show(w);
		if (atomic_load(&w->progress->stop) && number < 0 &&
			++ticks > STOP_TICKS)
			_exit(EXIT_STOPPED);
	}
	return NULL;
}

struct watch *
watch_start(struct chain_progress *progress, bool with_line)
{
	struct watch *w = calloc(1, sizeof(*w));
	sigset_t before;

	if (w == NULL)
		return NULL;
	w->progress = progress;
	w->show = with_line;
	sigemptyset(&w->signals);
	sigaddset(&w->signals, SIGTERM);
	sigaddset(&w->signals, SIGINT);
	sigaddset(&w->signals, SIGHUP);
	sigaddset(&w->signals, SIGUSR1); /* wakes the watcher at the end */
	pthread_sigmask(SIG_BLOCK, &w->signals, &before);
	if (pthread_create(&w->thread, NULL, watch_main, w) != 0) {
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		free(w);
		return NULL;
	}
	return w;
}

void
watch_show(struct watch *w, bool show_line)
{
	if (w != NULL)
		atomic_store(&w->paused, !show_line);
}

void
watch_end(struct watch *w)
{
	static const char erase[] = "\033[K";

	if (w == NULL)
		return;
	atomic_store(&w->ended, true);
	pthread_kill(w->thread, SIGUSR1);
	pthread_join(w->thread, NULL);
	if (w->show && write(STDERR_FILENO, erase, sizeof(erase) - 1) < 0)
		w->show = false; /* nobody to tell */
	free(w);
}
