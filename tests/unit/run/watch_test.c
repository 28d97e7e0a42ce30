/*
 * watch: signals become a wish to stop.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include "validator/run/watch.h"

/* Wait for the other thread, at most ten seconds; it needs microseconds. */
static bool
is_stopped(struct chain_progress *p)
{
	int i;

	for (i = 0; i < 10000 && !atomic_load(&p->stop); i++)
		usleep(1000);
	return atomic_load(&p->stop);
}

Test(watch, each_signal_stops)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	size_t i;

	for (i = 0; i < 3; i++) {
		struct chain_progress progress = {0};
		struct watch *w = watch_start(&progress, false);

		cr_assert(w != NULL);
		cr_assert(kill(getpid(), signals[i]) == 0);
		cr_expect(is_stopped(&progress));
		watch_end(w);
	}
}

Test(watch, ends_at_once_without_a_signal)
{
	struct chain_progress progress = {0};
	int i;

	for (i = 0; i < 100; i++)
		watch_end(watch_start(&progress, false));
	cr_expect(!atomic_load(&progress.stop));
	watch_end(NULL);
}

/* Who does not come to an end in good order is ended. */
Test(watch, a_second_is_enough, .exit_code = 1, .timeout = 20)
{
	struct chain_progress progress = {0};
	struct watch *w = watch_start(&progress, false);

	cr_assert(w != NULL);
	cr_assert(kill(getpid(), SIGTERM) == 0);
	sleep(15);
}

/* Its line can rest while another one is shown. */
Test(watch, the_line_rests)
{
	struct chain_progress progress = {0};
	struct watch *w = watch_start(&progress, false);

	cr_assert(w != NULL);
	watch_show(w, false);
	watch_show(w, true);
	watch_show(NULL, true);
	watch_end(w);
	cr_expect(!atomic_load(&progress.stop));
}
