/*
 * remember: see the header.
 *
 *	findings: versions --sort by key--> batch by batch --> pins
 *	spools:   their octets ------------------'
 *
 * Rows are written in the order of their keys, which is the order of the file.
 */
#include "validator/run/remember.h"

#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "waymark/err.h"

enum {
	BATCH_OCTETS = 16777216, /* of rows that are in memory at once */
	BATCH_ROWS = 65536
};

struct note {
	const struct held *held;
	struct spool *spool;
};

struct batch {
	struct pins *pins;
	struct wall now;
	struct arena *arena;
	VEC(struct pin_entry) entries;
	size_t octets;
};

static int
by_key(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	return memcmp(x->held->key, y->held->key, sizeof(x->held->key));
}

static int
flush(struct batch *b)
{
	int err = pins_write(b->pins, b->entries.at, b->entries.n, b->now);

	b->entries.n = 0;
	b->octets = 0;
	arena_reset(b->arena);
	return err;
}

static int
fill(struct batch *b, const struct note *note, struct pin_entry *to)
{
	const struct held *from = note->held;
	size_t hashes = from->file_count * SHA256_SIZE;
	uint8_t *octets = arena_get(b->arena, hashes + from->memory_n + 1);
	int err;

	if (octets == NULL)
		return ERR_NOMEM;
	err = spool_get(note->spool, from->files_at, hashes, octets);
	if (err == 0)
		err = spool_get(note->spool, from->memory_at, from->memory_n,
			octets + hashes);
	if (err != 0)
		return err;
	to->pin.files = (const uint8_t(*)[SHA256_SIZE])octets;
	to->pin.file_count = from->file_count;
	to->pin.memory = span_of(octets + hashes, from->memory_n);
	b->octets += hashes + from->memory_n;
	return 0;
}

static int
add(struct batch *b, const struct note *note)
{
	const struct held *from = note->held;
	struct pin_entry e = {
		.renews = from->renews,
		.pin = {.at = b->now,
			.has_number = true,
			.this_update = from->this_update},
	};
	int err = 0;

	memcpy(e.key, from->key, sizeof(e.key));
	memcpy(e.pin.manifest, from->manifest, sizeof(e.pin.manifest));
	memcpy(e.pin.number, from->number, sizeof(e.pin.number));
	if (!from->renews)
		err = fill(b, note, &e);
	if (err == 0 && !VEC_PUSH(&b->entries, e))
		err = ERR_NOMEM;
	if (err == 0 &&
		(b->octets >= BATCH_OCTETS || b->entries.n >= BATCH_ROWS))
		err = flush(b);
	return err;
}

static bool
is_usable(struct checker *const *checkers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct findings *f = &checkers[i]->findings;

		for (size_t j = 0; j < f->ta_count; j++)
			if (f->tas[j].counters[REPORT_POINTS_VALID] > 0 ||
				f->tas[j].counters[REPORT_POINTS_LAST_GOOD] > 0)
				return true;
	}
	return false;
}

static int
gather(struct checker *const *checkers, size_t count, struct note **out,
	size_t *n)
{
	struct note *notes;
	size_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += checkers[i]->findings.versions.n;
	notes = calloc(all + 1, sizeof(*notes));
	if (notes == NULL)
		return ERR_NOMEM;
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		const struct findings *f = &checkers[i]->findings;

		for (size_t j = 0; j < f->versions.n; j++)
			notes[(*n)++] = (struct note){
				&f->versions.at[j], &checkers[i]->spool};
	}
	qsort(notes, *n, sizeof(*notes), by_key);
	*out = notes;
	return 0;
}

/* The first error of a spool, which has cost versions. */
static int
spool_error(struct checker *const *checkers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (checkers[i]->spool.err != 0)
			return checkers[i]->spool.err;
	return 0;
}

int
remember_write(struct checker *const *checkers, size_t count, struct pins *pins,
	struct wall now)
{
	struct batch b = {.pins = pins, .now = now};
	struct note *notes = NULL;
	size_t n = 0;
	int err;

	if (!is_usable(checkers, count))
		return 0;
	b.arena = arena_new(BATCH_OCTETS / 4);
	err = b.arena == NULL ? ERR_NOMEM : gather(checkers, count, &notes, &n);
	for (size_t i = 0; i < n && err == 0; i++)
		err = add(&b, &notes[i]);
	if (err == 0)
		err = flush(&b);
	VEC_FREE(&b.entries);
	arena_free(b.arena);
	free(notes);
	return err != 0 ? err : spool_error(checkers, count);
}
