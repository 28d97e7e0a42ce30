/*
 * day: a day of changes in minutes.
 *
 * rtrd runs its validator, which is this program, each second; every run
 * changes one in a hundred VRPs, some router keys and some ASPAs.  Hundreds of
 * routers follow, and each checks at each serial that it has the set of that
 * serial.  What rtrd takes of memory and descriptors is printed ten times, and
 * must not grow.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/rtr/bench.h"
#include "tests/bench/rtr/day.h"

enum {
	PARTS = 10
};

static void
validator_write(const char *path, const struct day *day)
{
	char body[BENCH_PATH + 128];

	snprintf(body, sizeof(body),
		"[ -n \"$o\" ] || exit 1\n"
		"exec %s --step $o --counter $0.step --vrps %zu\n",
		day->self, day->vrps);
	bench_validator(path, body);
}

static size_t
count_descriptors(const struct server *s)
{
	char path[64];
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)s->pid);
	d = opendir(path);
	if (d == NULL)
		bench_die(path);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
print_part(const struct server *s, const struct day_tally *t, double begin)
{
	size_t now = 0, most = 0;

	bench_memory(s, &now, &most);
	printf("%8.0f %8u %10llu %10llu %8llu %8llu %8llu %8.1f %12zu\n",
		bench_now() - begin, t->serial, (unsigned long long)t->fulls,
		(unsigned long long)t->deltas, (unsigned long long)t->resets,
		(unsigned long long)t->returns, (unsigned long long)t->wrong,
		(double)now / 1048576, count_descriptors(s));
}

size_t
bench_day(const struct day *day)
{
	const struct timespec pause = {.tv_sec = 1};
	char dir[] = "/tmp/bench-day-XXXXXX", path[64], counter[64];
	struct day_clients *clients;
	struct server s;
	double begin;
	size_t wrong;

	if (mkdtemp(dir) == NULL)
		bench_die(dir);
	snprintf(path, sizeof(path), "%s/validator", dir);
	snprintf(counter, sizeof(counter), "%s/validator.step", dir);
	validator_write(path, day);
	snprintf(path, sizeof(path), "%s/snapshot", dir);
	bench_day_step(path, counter, day->vrps);
	snprintf(path, sizeof(path), "%s/validator", dir);
	s = bench_rtrd(day->program, dir, path, "1");
	free((void *)(uintptr_t)bench_answer(&s).p);
	printf("a day in %u s: %zu routers, %zu VRPs, 1 %% changed by each "
	       "run\n",
		day->seconds, day->clients, day->vrps / 2);
	printf("%8s %8s %10s %10s %8s %8s %8s %8s %12s\n", "s", "serial",
		"full sets", "deltas", "resets", "returns", "wrong", "RSS MiB",
		"descriptors");
	clients = day_clients_begin(&s, day);
	begin = bench_now();
	for (size_t i = 0; i < PARTS; i++) {
		day_clients_follow(clients, (double)day->seconds / PARTS);
		print_part(&s, day_clients_tally(clients), begin);
	}
	wrong = day_clients_tally(clients)->wrong;
	day_clients_end(clients);
	nanosleep(&pause, NULL);
	printf("without routers: descriptors %zu\n", count_descriptors(&s));
	bench_stop(&s);
	bench_remove(dir);
	return wrong;
}
