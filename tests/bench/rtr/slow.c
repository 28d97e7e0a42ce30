/*
 * slow: routers that ask for everything and read nothing.
 *
 * Their windows are as small as they can be and stay shut.  A good router
 * beside them must not notice.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/rtr/bench.h"

enum {
	ROUNDS = 9
};

static double
best_of(const struct server *s, size_t size, double *median)
{
	double took[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		double t = bench_clients(s, 1, size);
		size_t at = i;

		for (; at > 0 && took[at - 1] > t; at--)
			took[at] = took[at - 1];
		took[at] = t;
	}
	*median = took[ROUNDS / 2];
	return took[0];
}

void
bench_slow(const struct server *s, size_t size, size_t stalled)
{
	const struct timespec pause = {.tv_nsec = 500000000};
	double alone, beside, alone_best, beside_best;
	int *fds = calloc(stalled, sizeof(*fds));
	int smallest = 1;

	if (fds == NULL)
		bench_die("memory");
	alone_best = best_of(s, size, &alone);
	for (size_t i = 0; i < stalled; i++) {
		fds[i] = bench_connect_from(s, i);
		if (fds[i] < 0 ||
			setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &smallest,
				sizeof(smallest)) != 0 ||
			send(fds[i], BENCH_RESET, BENCH_RESET_QUERY,
				MSG_NOSIGNAL) < 0)
			bench_die("connect");
	}
	nanosleep(&pause, NULL);
	beside_best = best_of(s, size, &beside);
	printf("one router, alone: %.1f ms (best %.1f); beside %zu that read "
	       "nothing: %.1f ms (best %.1f); ratio %.2f (limit 2)\n",
		1e3 * alone, 1e3 * alone_best, stalled, 1e3 * beside,
		1e3 * beside_best, beside / alone);
	for (size_t i = 0; i < stalled; i++)
		close(fds[i]);
	free(fds);
}
