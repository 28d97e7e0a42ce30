/*
 * crew: see the header.
 */
#include "validator/run/crew.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "waymark/bounds.h"

struct hand {
	pthread_t thread;
	bool started;
	void (*work)(void *ctx, size_t i);
	void *ctx;
	size_t i;
};

static void *
hand_main(void *arg)
{
	struct hand *hand = arg;

	hand->work(hand->ctx, hand->i);
	return NULL;
}

void
crew_run(size_t count, void (*work)(void *ctx, size_t i), void *ctx)
{
	struct hand hands[BOUND_THREADS];
	size_t i;

	assert(count <= BOUND_THREADS);
	for (i = 1; i < count; i++) {
		hands[i] = (struct hand){.work = work, .ctx = ctx, .i = i};
		hands[i].started = pthread_create(&hands[i].thread, NULL,
					   hand_main, &hands[i]) == 0;
	}
	if (count > 0)
		work(ctx, 0);
	for (i = 1; i < count; i++) {
		if (hands[i].started)
			pthread_join(hands[i].thread, NULL);
		else
			work(ctx, i);
	}
}

size_t
crew_processors(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	if (n < 1)
		return 1;
	return n > BOUND_THREADS ? BOUND_THREADS : (size_t)n;
}
