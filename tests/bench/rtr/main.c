/*
 * bench-rtr: how fast routers get the whole set.
 *
 * The real rtrd serves a snapshot of 800,000 VRPs to 1, 10, 100, 500 and 1,000
 * clients; a bare loop writes the same bytes to the same clients in the same
 * run, rounds of the two in turn, and stayrtr where it is installed.  Medians
 * are printed.  Before that, what the parts take on their own: laying out,
 * comparing, joining; behind it routers that read nothing, and a change.
 *
 *	bench-rtr [--vrps N] [--rounds N] [--clients N] [--rtrd PROGRAM]
 *
 * --clients: more than N at once are left out.
 *
 *	bench-rtr --day SECONDS [--vrps N] [--clients N]
 *
 * A day of changes in so many seconds instead, see day.c.
 */
#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "rtrd/serve/cache.h"
#include "tests/bench/rtr/bench.h"

enum {
	ROUNDS_MAX = 99,
	CHANGED_OF = 800,
	STEPS = 32,
	STALLED = 100,
	PEER_CLIENTS = 10,
	DESCRIPTORS = 8192,
};

struct options {
	size_t vrps, rounds, clients;
	unsigned day_s; /* 0: no day */
	const char *step, *counter; /* be the validator of a day; NULL: no */
	char rtrd[BENCH_PATH], self[BENCH_PATH];
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

/* Rounds of one server with so many clients. */
struct rounds {
	double wall[ROUNDS_MAX], cpu[ROUNDS_MAX]; /* seconds */
	size_t n;
	size_t before; /* octets of memory */
};

static void
rounds_begin(struct rounds *r, const struct server *s)
{
	size_t most = 0;

	r->n = 0;
	bench_memory_reset(s);
	bench_memory(s, &r->before, &most);
}

static void
rounds_add(
	struct rounds *r, const struct server *s, size_t clients, size_t size)
{
	double begin = bench_cpu(s);

	r->wall[r->n] = bench_clients(s, clients, size);
	r->cpu[r->n] = bench_cpu(s) - begin;
	r->n++;
}

/* Octets that each client has added at most. */
static double
rounds_memory(const struct rounds *r, const struct server *s, size_t clients)
{
	size_t now = 0, most = 0;

	bench_memory(s, &now, &most);
	return most > r->before ? (double)(most - r->before) / (double)clients
				: 0;
}

/* All of them with so many clients, in turn: a machine that is slow for a
 * moment is so for each.  The last may be NULL; it takes seconds for each
 * client, so it has one round with few. */
static void
measure_clients(const struct server *servers[3], size_t clients,
	const struct options *o, size_t size)
{
	static const char *const names[] = {"bare", "rtrd", "stayrtr"};
	bool peer = servers[2] != NULL && clients <= PEER_CLIENTS;
	double mb = (double)size * (double)clients / 1e6, limit = 0;
	struct rounds r[3];

	for (size_t i = 0; i < (peer ? 3 : 2); i++)
		rounds_begin(&r[i], servers[i]);
	for (size_t round = 0; round < o->rounds; round++) {
		for (size_t i = 0; i < 2; i++)
			rounds_add(&r[i], servers[i], clients, size);
	}
	if (peer)
		rounds_add(&r[2], servers[2], clients, size);
	for (size_t i = 0; i < (peer ? 3 : 2); i++) {
		double memory = rounds_memory(&r[i], servers[i], clients);
		double wall = median(r[i].wall, r[i].n);

		if (i == 0)
			limit = wall;
		printf("%8zu %-8s %10.1f %10.0f %8.2f %9.3f %12.1f\n", clients,
			names[i], 1e3 * wall, mb / wall, limit / wall,
			median(r[i].cpu, r[i].n), memory / 1024);
	}
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
measure_all(
	const struct server *servers[3], const struct options *o, size_t size)
{
	static const size_t counts[] = {1, 10, 100, 500, 1000};

	printf("full set: %.2f MB; medians of %zu rounds; ratio of the rate to "
	       "that of the bare loop (aim 0.9); memory for each client (limit "
	       "64 KiB)\n",
		(double)size / 1e6, o->rounds);
	printf("%8s %-8s %10s %10s %8s %9s %12s\n", "clients", "server", "ms",
		"MB/s", "ratio", "CPU s", "KiB/client");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (counts[i] <= o->clients)
			measure_clients(servers, counts[i], o, size);
	}
}

static void
measure_server(const struct options *o)
{
	char dir[] = "/tmp/bench-rtr-XXXXXX", path[64];
	struct server rtrd, bare, peer;
	const struct server *servers[3] = {&bare, &rtrd, NULL};
	struct span answer, other;
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
	if (bench_stayrtr(dir, o->vrps, &peer)) {
		other = bench_answer(&peer);
		if (other.n == answer.n)
			servers[2] = &peer;
		free((void *)(uintptr_t)other.p);
	}
	measure_all(servers, o, answer.n);
	bench_slow(&rtrd, answer.n, STALLED);
	bench_stop(&rtrd);
	bench_stop(&bare);
	if (servers[2] != NULL)
		bench_stop(&peer);
	free((void *)(uintptr_t)answer.p);
	bench_remove(dir);
}

static bool
parse_one(struct options *o, const char *name, const char *value)
{
	const struct {
		const char *name;
		size_t *at;
	} numbers[] = {
		{"--vrps", &o->vrps},
		{"--rounds", &o->rounds},
		{"--clients", &o->clients},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(name, numbers[i].name) == 0) {
			*numbers[i].at = strtoul(value, NULL, 10);
			return *numbers[i].at > 0;
		}
	}
	if (strcmp(name, "--rtrd") == 0)
		snprintf(o->rtrd, sizeof(o->rtrd), "%s", value);
	else if (strcmp(name, "--day") == 0)
		o->day_s = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(name, "--step") == 0)
		o->step = value;
	else if (strcmp(name, "--counter") == 0)
		o->counter = value;
	else
		return false;
	return true;
}

static struct options
parse(int argc, char **argv)
{
	struct options o = {.vrps = 800000, .rounds = 5, .clients = 1000};
	char self[BENCH_PATH] = "";
	bool good = argc % 2 == 1;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		bench_die("/proc/self/exe");
	snprintf(o.self, sizeof(o.self), "%s", self);
	snprintf(o.rtrd, sizeof(o.rtrd), "%.4000s/rtrd", dirname(self));
	for (int i = 1; good && i < argc; i += 2)
		good = parse_one(&o, argv[i], argv[i + 1]);
	if (!good || o.rounds > ROUNDS_MAX ||
		(o.step == NULL) != (o.counter == NULL)) {
		fprintf(stderr,
			"usage: bench-rtr [--vrps N] [--rounds N] "
			"[--clients N] [--day SECONDS] [--rtrd PROGRAM]\n");
		exit(2);
	}
	return o;
}

/* How many sets were wrong. */
static size_t
pass_day(const struct options *o)
{
	const struct day day = {
		.program = o->rtrd,
		.self = o->self,
		.seconds = o->day_s,
		.clients = o->clients,
		.vrps = o->vrps,
	};

	return bench_day(&day);
}

/* A thousand clients need as many. */
static void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		bench_die("descriptors");
	if (limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur =
		limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		bench_die("descriptors");
}

int
main(int argc, char **argv)
{
	struct options o = parse(argc, argv);

	descriptors_raise();
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (o.step != NULL) {
		bench_day_step(o.step, o.counter, o.vrps);
		return 0;
	}
	if (o.day_s > 0)
		return pass_day(&o) > 0;
	measure_parts(o.vrps);
	measure_server(&o);
	bench_stall(o.rtrd, o.vrps);
	bench_change(o.rtrd, o.vrps, o.clients);
	return 0;
}
