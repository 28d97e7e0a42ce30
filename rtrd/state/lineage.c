/*
 * lineage: session ids, serials and the last steps, in a file.
 *
 * It is read whole and checked whole: anything odd and there is none, which
 * costs every router one full set and nothing else.
 */
#include "rtrd/state/lineage.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "rtrd/state/record.h"
#include "rtrd/state/serial.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	VERSION = 1,
	HEAD_SIZE = 8 + 4 + 4 + 8 + 2 * IDENTITY_MAX + 4 + 4,
	STEP_SIZE = 4 + 4 + 8 + 8 + 8 + HISTORY_HASH,
	EMPTY_SIZE = 2 * 12 /* the two halves of the first step */
};

static const char magic[8] = "WAYMARKH";

static int
path_make(const char *folder, char path[BOUND_PATH])
{
	return snprintf(path, BOUND_PATH, "%s/" LINEAGE_FILE, folder) >=
			BOUND_PATH
		? ERR_LIMIT
		: 0;
}

/* Writing. */

static size_t
delta_octets(const struct delta *d)
{
	return record_size(&d->gone) + record_size(&d->come);
}

/* How many steps back are written, and how long the file becomes. */
static size_t
reach(const struct history *h, uint64_t *length)
{
	size_t back = 0, octets = 0, more;

	for (; back < history_count(h); back++) {
		more = delta_octets(history_back(h, back)->delta);
		if (octets + more > BOUND_HISTORY_BYTES)
			break;
		octets += more;
	}
	*length = HEAD_SIZE + (back + 1) * (uint64_t)STEP_SIZE + EMPTY_SIZE +
		octets + HISTORY_HASH;
	return back;
}

static void
put_head(struct sink *s, const struct identity *id, size_t steps,
	uint64_t length)
{
	uint8_t octets[HEAD_SIZE];
	struct writer w = writer_of(octets, sizeof(octets));

	writer_bytes(&w, magic, sizeof(magic));
	writer_le32(&w, VERSION);
	writer_le32(&w, (uint32_t)id->n);
	writer_le64(&w, length);
	for (size_t i = 0; i < IDENTITY_MAX; i++)
		writer_le16(&w, i < id->n ? id->ids[i] : 0);
	writer_le32(&w, (uint32_t)steps);
	writer_le32(&w, 0);
	sink_put(s, octets, sizeof(octets));
}

static void
put_step(struct sink *s, const struct step *step, bool first)
{
	static const struct delta_half EMPTY;
	uint8_t octets[STEP_SIZE];
	struct writer w = writer_of(octets, sizeof(octets));

	writer_le32(&w, step->serial);
	writer_le32(&w, 0);
	writer_le64(&w, (uint64_t)step->published.s);
	writer_le64(&w, (uint64_t)step->made[0].s);
	writer_le64(&w, (uint64_t)step->made[1].s);
	writer_bytes(&w, step->hash, sizeof(step->hash));
	sink_put(s, octets, sizeof(octets));
	record_put(s, first ? &EMPTY : &step->delta->gone);
	record_put(s, first ? &EMPTY : &step->delta->come);
}

static int
put_all(struct sink *s, const struct lineage *l)
{
	uint8_t hash[HISTORY_HASH];
	uint64_t length;
	size_t back = reach(l->history, &length);
	int err;

	put_head(s, &l->id, back + 1, length);
	for (size_t i = back + 1; i-- > 0;)
		put_step(s, history_back(l->history, i), i == back);
	err = sink_done(s, hash);
	if (err == 0)
		file_out_write(s->file, hash, sizeof(hash));
	return err;
}

int
lineage_write(const char *folder, const struct lineage *l)
{
	char path[BOUND_PATH];
	struct file_out f;
	struct sink s;
	int err = path_make(folder, path);

	if (err == 0)
		err = file_out_open(&f, path);
	if (err != 0)
		return err;
	err = sink_init(&s, &f);
	if (err == 0)
		err = put_all(&s, l);
	sink_fini(&s);
	if (err == 0)
		err = file_out_commit(&f);
	file_out_drop(&f);
	return err;
}

/* Reading. */

/* All different, and the rest of the places empty. */
static bool
ids_are_good(const struct identity *id, const uint16_t ids[IDENTITY_MAX])
{
	for (size_t i = 0; i < IDENTITY_MAX; i++) {
		if ((ids[i] == 0) != (i >= id->n))
			return false;
		for (size_t k = 0; k < i && i < id->n; k++) {
			if (ids[i] == ids[k])
				return false;
		}
	}
	return true;
}

/* Everything up to the first step. */
static int
take_head(struct reader *r, uint64_t length, struct identity *id, uint32_t *n)
{
	uint16_t ids[IDENTITY_MAX];
	uint32_t version, count, zero;
	struct span mark;
	uint64_t told;

	if (!reader_take(r, sizeof(magic), &mark) ||
		!reader_le32(r, &version) || !reader_le32(r, &count) ||
		!reader_le64(r, &told))
		return ERR_TRUNCATED;
	if (!span_equal(mark, span_of(magic, sizeof(magic))))
		return ERR_SYNTAX;
	if (version != VERSION)
		return ERR_VERSION;
	if (told != length)
		return ERR_TRUNCATED;
	for (size_t i = 0; i < IDENTITY_MAX; i++) {
		if (!reader_le16(r, &ids[i]))
			return ERR_TRUNCATED;
	}
	if (!reader_le32(r, n) || !reader_le32(r, &zero))
		return ERR_TRUNCATED;
	if (count == 0 || count > IDENTITY_MAX || zero != 0)
		return ERR_SYNTAX;
	id->n = count;
	memcpy(id->ids, ids, sizeof(ids));
	return ids_are_good(id, ids) ? 0 : ERR_SYNTAX;
}

static bool
is_empty(const struct delta_half halves[2])
{
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		n += halves[i].vrp_count + halves[i].key_count +
			halves[i].aspa_count;
	return n == 0;
}

static int
take_halves(struct reader *r, struct arena *arena, struct delta_half halves[2])
{
	int err = record_take(r, arena, &halves[0]);

	if (err != 0)
		return err;
	err = record_take(r, arena, &halves[1]);
	if (err != 0)
		record_drop(&halves[0]);
	return err;
}

/* The first has no delta, every other one has. */
static int
take_delta(struct reader *r, struct arena *arena, bool first,
	const struct delta **out)
{
	struct delta_half halves[2];
	int err = take_halves(r, arena, halves);

	if (err != 0)
		return err;
	if (is_empty(halves) == first)
		return delta_take(halves, out);
	record_drop(&halves[0]);
	record_drop(&halves[1]);
	return ERR_SYNTAX;
}

static int
take_step(struct reader *r, struct arena *arena, const struct step *before,
	struct step *out)
{
	struct step step = {0};
	uint64_t published, made[2];
	uint32_t zero;

	if (!reader_le32(r, &step.serial) || !reader_le32(r, &zero) ||
		!reader_le64(r, &published) || !reader_le64(r, &made[0]) ||
		!reader_le64(r, &made[1]) ||
		!reader_copy(r, step.hash, sizeof(step.hash)))
		return ERR_TRUNCATED;
	if (zero != 0 ||
		(before != NULL && step.serial != serial_next(before->serial)))
		return ERR_SYNTAX;
	step.published.s = (int64_t)published;
	step.made[0].s = (int64_t)made[0];
	step.made[1].s = (int64_t)made[1];
	*out = step;
	return take_delta(r, arena, before == NULL, &out->delta);
}

/* All `n` of them, and nothing behind. */
static int
take_steps(struct reader *r, uint32_t n, const struct history **out)
{
	struct arena *arena = arena_new(65536);
	struct step *steps = calloc(n, sizeof(*steps));
	uint32_t i = 0;
	int err = arena != NULL && steps != NULL ? 0 : ERR_NOMEM;

	for (; err == 0 && i < n; i++)
		err = take_step(
			r, arena, i > 0 ? &steps[i - 1] : NULL, &steps[i]);
	if (err == 0 && reader_left(r) > 0)
		err = ERR_SYNTAX;
	if (err == 0)
		err = history_of(steps, n, out);
	/* One that failed has none. */
	for (uint32_t k = 0; steps != NULL && k < i; k++)
		delta_unref(steps[k].delta);
	free(steps);
	arena_free(arena);
	return err;
}

/* The hash before the steps: what it does not fit is damaged, and of that
 * nothing is looked at. */
int
lineage_parse(struct span content, struct lineage *out)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct reader r = reader_of(content);
	struct identity id = {.n = 0};
	size_t n = content.n - HISTORY_HASH;
	uint32_t steps = 0;
	int err;

	if (content.n < HEAD_SIZE + HISTORY_HASH)
		return ERR_TRUNCATED;
	err = take_head(&r, content.n, &id, &steps);
	if (err != 0)
		return err;
	if (EVP_Digest(content.p, n, hash, NULL, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	if (memcmp(hash, content.p + n, HISTORY_HASH) != 0)
		return ERR_CHECKSUM;
	r = reader_of(span_of(content.p + HEAD_SIZE, n - HEAD_SIZE));
	if (steps == 0 || steps > (n - HEAD_SIZE) / (STEP_SIZE + EMPTY_SIZE))
		return ERR_SYNTAX;
	err = take_steps(&r, steps, &out->history);
	if (err == 0)
		out->id = id;
	return err;
}

int
lineage_read(const char *folder, struct lineage *out)
{
	char path[BOUND_PATH];
	struct arena *arena;
	struct span content;
	int err = path_make(folder, path);

	if (err != 0)
		return err;
	arena = arena_new(65536);
	if (arena == NULL)
		return ERR_NOMEM;
	err = file_read(path, BOUND_HISTORY_FILE, arena, &content);
	if (err == 0)
		err = lineage_parse(content, out);
	arena_free(arena);
	return err;
}

bool
lineage_peek(const char *folder, struct identity *out)
{
	struct identity id = {.n = 0};
	char path[BOUND_PATH];
	struct arena *arena = arena_new(4096);
	struct span content;
	uint32_t steps;
	bool is_there = true;
	int err = path_make(folder, path);

	if (err == 0)
		err = arena != NULL
			? file_read(path, BOUND_HISTORY_FILE, arena, &content)
			: ERR_NOMEM;
	if (err == 0) {
		struct reader r = reader_of(content);

		is_there = take_head(&r, content.n, &id, &steps) == 0;
	} else {
		is_there = err != ERR_NOTFOUND;
	}
	arena_free(arena);
	if (is_there)
		*out = err == 0 ? id : (struct identity){.n = 0};
	return is_there;
}
