/*
 * bench-rtr: how fast routers get the whole set.
 *
 * The real rtrd serves a snapshot of 800,000 VRPs to 1, 10 and 100 clients; a
 * bare loop writes the same bytes to the same clients in the same run, rounds
 * of the two in turn.  Medians are printed.  Before that, what the parts take
 * on their own: laying out, comparing, joining.
 *
 *	bench-rtr [--vrps N] [--rounds N] [--rtrd PROGRAM]
 */
#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rtrd/serve/cache.h"
#include "tests/bench/rtr/bench.h"

enum {
	ROUNDS_MAX = 99,
	CHANGED_OF = 800,
	STEPS = 32
};

struct options {
	size_t vrps, rounds;
	char rtrd[BENCH_PATH];
};

double
bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
bench_die(const char *what)
{
	fprintf(stderr, "bench-rtr: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Parts of rtrd, in this process. */

static void
print_ms(const char *what, double begin)
{
	printf("  %-44s %8.2f ms\n", what, 1e3 * (bench_now() - begin));
}

static void
publish(struct cache *c, const struct payload_set *set)
{
	bool changed;

	if (cache_publish(c, set, &changed) != 0)
		bench_die("memory");
}

static void
time_delta(struct cache *c, uint32_t back, const char *what)
{
	bool known;
	double begin = bench_now();
	const struct image *image =
		cache_delta(c, 1, cache_serial(c) - back, &known);

	if (image == NULL)
		bench_die("delta");
	print_ms(what, begin);
	image_unref(image);
}

static void
measure_parts(size_t vrps)
{
	const struct cache_config config = {
		.first_serial = 1, .history = STEPS, .session = {1, 2, 3}};
	const struct payload_set *all = bench_set(vrps, 0);
	const struct payload_set *part = bench_set(vrps, CHANGED_OF);
	struct cache *c = cache_new(&config);
	static const char *const laid_out[RTR_VERSIONS] = {
		"full set laid out, version 0",
		"full set laid out, version 1",
		"full set laid out, version 2",
	};
	double begin;

	printf("parts, %zu VRPs:\n", vrps);
	publish(c, all);
	for (unsigned version = 0; version < RTR_VERSIONS; version++) {
		begin = bench_now();
		image_unref(cache_full(c, version));
		print_ms(laid_out[version], begin);
	}
	begin = bench_now();
	publish(c, part);
	print_ms("a set with 1 of 800 changed published", begin);
	time_delta(c, 1, "its delta laid out");
	for (unsigned i = 1; i < STEPS; i++)
		publish(c, i % 2 == 0 ? part : all);
	time_delta(c, STEPS, "net delta over 32 such steps");
	cache_free(c);
	payload_unref(all);
	payload_unref(part);
}

/* rtrd against the bare loop. */

static int
compare_numbers(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare_numbers);
	return v[n / 2];
}

static void
measure_clients(const struct server *rtrd, const struct server *bare,
	size_t clients, const struct options *o, size_t size)
{
	double wall[ROUNDS_MAX], cpu[ROUNDS_MAX], least[ROUNDS_MAX];
	double mb = (double)size * (double)clients / 1e6, took, floor_s;
	size_t now = 0, most = 0;

	for (size_t i = 0; i < o->rounds; i++) {
		double before = bench_cpu(rtrd);

		wall[i] = bench_clients(rtrd, clients, size);
		cpu[i] = bench_cpu(rtrd) - before;
		least[i] = bench_clients(bare, clients, size);
	}
	bench_memory(rtrd, &now, &most);
	took = median(wall, o->rounds);
	floor_s = median(least, o->rounds);
	printf("%8zu %10.1f %10.0f %10.1f %10.0f %7.2f %9.3f %7zu %7zu\n",
		clients, 1e3 * took, mb / took, 1e3 * floor_s, mb / floor_s,
		took / floor_s, median(cpu, o->rounds), now >> 20, most >> 20);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
bench_remove(const char *dir)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
measure_server(const struct options *o)
{
	static const size_t counts[] = {1, 10, 100};
	char dir[] = "/tmp/bench-rtr-XXXXXX", path[64];
	struct server rtrd, bare;
	struct span answer;
	double begin;

	if (mkdtemp(dir) == NULL)
		bench_die(dir);
	snprintf(path, sizeof(path), "%s/snapshot", dir);
	bench_snapshot(path, o->vrps, 0);
	begin = bench_now();
	rtrd = bench_rtrd(o->rtrd, dir, "/bin/false", "86400");
	answer = bench_answer(&rtrd);
	printf("start of rtrd to the end of the first full set: %.0f ms\n",
		1e3 * (bench_now() - begin));
	bare = bench_bare(answer);
	printf("full set: %.2f MB; medians of %zu rounds\n",
		(double)answer.n / 1e6, o->rounds);
	printf("%8s %10s %10s %10s %10s %7s %9s %7s %7s\n", "clients",
		"rtrd ms", "MB/s", "bare ms", "MB/s", "ratio", "rtrd CPU s",
		"RSS MB", "most");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		measure_clients(&rtrd, &bare, counts[i], o, answer.n);
	bench_stop(&rtrd);
	bench_stop(&bare);
	free((void *)(uintptr_t)answer.p);
	bench_remove(dir);
}

static struct options
parse(int argc, char **argv)
{
	struct options o = {.vrps = 800000, .rounds = 5};
	char self[BENCH_PATH] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		bench_die("/proc/self/exe");
	snprintf(o.rtrd, sizeof(o.rtrd), "%.4000s/rtrd", dirname(self));
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--vrps") == 0)
			o.vrps = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--rounds") == 0)
			o.rounds = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--rtrd") == 0)
			snprintf(o.rtrd, sizeof(o.rtrd), "%s", argv[i + 1]);
	}
	if (o.vrps == 0 || o.rounds == 0 || o.rounds > ROUNDS_MAX) {
		fprintf(stderr,
			"usage: bench-rtr [--vrps N] [--rounds N] "
			"[--rtrd PROGRAM]\n");
		exit(2);
	}
	return o;
}

int
main(int argc, char **argv)
{
	struct options o = parse(argc, argv);

	setvbuf(stdout, NULL, _IOLBF, 0);
	measure_parts(o.vrps);
	measure_server(&o);
	bench_stall(o.rtrd, o.vrps);
	return 0;
}
