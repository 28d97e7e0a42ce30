/*
 * bench-intake: what a new snapshot costs rtrd, in processor time.
 *
 *	bench-intake OLD NEW [ROUNDS]
 *
 *	OLD --> what is served --.
 *	NEW --> read, check --> set of payloads --> step, images --> next serial
 *
 * The very functions that rtrd calls (keep/intake.c, keep/stock.c), one after
 * the other, without its loop.  Prints the median of each and of their sum.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "rtrd/policy/policy.h"
#include "rtrd/serve/cache.h"
#include "waymark/err.h"
#include "waymark/snapshot.h"

enum {
	ROUNDS_MAX = 99,
	HISTORY = 32,
};

enum part {
	PART_READ,
	PART_SET,
	PART_STEP,
	PART_COMMIT,
	PART_ALL,
	PARTS,
};

static const char *const part_names[PARTS] = {
	"snapshot read and checked",
	"its payloads in order, what has ended left out",
	"compared with what is served, delta and images laid out",
	"made the next serial",
	"all of it",
};

static void
die(const char *what, int err)
{
	(void)fprintf(stderr, "bench-intake: %s: %s\n", what, err_text(err));
	exit(1);
}

/* Processor time of this process, milliseconds. */
static double
cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct snapshot *
read_in(const char *path)
{
	struct snapshot *s = NULL;
	const char *why = NULL;
	int err = snapshot_read(path, &s, &why);

	if (err != 0)
		die(why != NULL ? why : path, err);
	return s;
}

static const struct payload_set *
set_of(const struct snapshot *s)
{
	const struct payload_set *set = NULL;
	int err = policy_apply(s, s->report.at, &set);

	if (err != 0)
		die("policy", err);
	return set;
}

/* One round: routers of both versions are there and have the old set. */
static void
measure(const char *old_path, const char *new_path, double took[PARTS])
{
	static const struct cache_config config = {
		.first_serial = 1, .history = HISTORY, .session = {1, 2, 3}};
	struct snapshot *old = read_in(old_path), *new;
	const struct payload_set *set = set_of(old);
	struct cache *c = cache_new(&config);
	struct draft *d;
	double at[PARTS];
	bool changed;
	int err = c == NULL ? ERR_NOMEM : cache_publish(c, set, &changed);

	for (unsigned v = 0; err == 0 && v < RTR_VERSIONS; v++)
		image_unref(cache_full(c, v));
	d = err == 0 ? draft_new(c) : NULL;
	if (d == NULL)
		die("cache", ERR_NOMEM);
	payload_unref(set);
	at[PART_READ] = cpu_ms();
	new = read_in(new_path);
	at[PART_SET] = cpu_ms();
	set = set_of(new);
	at[PART_STEP] = cpu_ms();
	err = draft_fill(d, set);
	at[PART_COMMIT] = cpu_ms();
	if (err == 0)
		err = cache_commit(c, d, &changed);
	at[PART_ALL] = cpu_ms();
	if (err != 0)
		die("draft", err);
	for (int i = 0; i < PART_ALL; i++)
		took[i] = at[i + 1] - at[i];
	took[PART_ALL] = at[PART_ALL] - at[PART_READ];
	draft_free(d);
	payload_unref(set);
	cache_free(c);
	snapshot_free(new);
	snapshot_free(old);
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	double took[PARTS][ROUNDS_MAX], round[PARTS];
	uint64_t rounds = 5;

	if (argc < 3 || argc > 4)
		die("OLD NEW [ROUNDS]", ERR_USAGE);
	if (argc == 4 && text_number(argv[3], 1, ROUNDS_MAX, &rounds) != 0)
		die(argv[3], ERR_USAGE);
	for (uint64_t i = 0; i < rounds; i++) {
		measure(argv[1], argv[2], round);
		for (int p = 0; p < PARTS; p++)
			took[p][i] = round[p];
	}
	for (int p = 0; p < PARTS; p++) {
		qsort(took[p], rounds, sizeof(took[p][0]), by_size);
		(void)printf("%-56s %8.1f ms CPU\n", part_names[p],
			took[p][rounds / 2]);
	}
	return 0;
}
