/*
 * entry: see the header.  Texts and numbers each stand in one table, from which
 * both the writing and the reading are made.
 */
#include "validator/store/entry.h"

#include <string.h>

#include "waymark/err.h"

enum {
	VERSION = 1,
};

/* X(field), in their order in the file. */
#define ENTRY_TEXTS(X) \
	X(uri) \
	X(session) \
	X(hosts) \
	X(etag) \
	X(last_modified) \
	X(reason)

/* X(type, field) */
#define ENTRY_NUMBERS(X) \
	X(uint64_t, set) \
	X(uint64_t, sum) \
	X(uint64_t, record.objects) \
	X(uint64_t, record.bytes) \
	X(uint64_t, record.serial) \
	X(int64_t, record.first_seen.s) \
	X(int64_t, record.wanted.s) \
	X(int64_t, record.attempt.s) \
	X(int64_t, record.success.s) \
	X(uint64_t, record.failures) \
	X(uint64_t, record.failures_all) \
	X(uint64_t, record.elapsed_ms) \
	X(uint64_t, record.received)

int
entry_key(struct crypto *c, enum repo_kind kind, const char *uri,
	uint8_t out[SHA256_SIZE])
{
	uint8_t buf[64 + BOUND_URI];
	struct writer w = writer_of(buf, sizeof(buf));
	const char *word = repo_kind_name(kind);

	writer_bytes(&w, word, strlen(word));
	writer_u8(&w, ' ');
	writer_bytes(&w, uri, strlen(uri));
	if (w.over || strlen(uri) > BOUND_URI)
		return ERR_LIMIT;
	crypto_sha256(c, writer_span(&w), out);
	return 0;
}

bool
entry_fits(const struct repo_record *r)
{
#define ENTRY_FITS(field) \
	if (strlen(r->field) > UINT16_MAX) \
		return false;
	ENTRY_TEXTS(ENTRY_FITS)
#undef ENTRY_FITS
	return r->delta_count <= UINT16_MAX;
}

static size_t
room(const struct entry *e)
{
	size_t n = 4096 + SHA256_SIZE;

#define ENTRY_ROOM(field) n += strlen(e->record.field);
	ENTRY_TEXTS(ENTRY_ROOM)
#undef ENTRY_ROOM
	return n + e->record.delta_count * (8 + SHA256_SIZE);
}

static void
put_text(struct writer *w, const char *text)
{
	size_t n = strlen(text);

	writer_le16(w, (uint16_t)n);
	writer_bytes(w, text, n);
}

static void
put_entry(const struct entry *e, struct writer *w)
{
	const struct repo_record *r = &e->record;

	writer_le16(w, VERSION);
	writer_u8(w, (uint8_t)r->kind);
#define ENTRY_PUT(field) put_text(w, r->field);
	ENTRY_TEXTS(ENTRY_PUT)
#undef ENTRY_PUT
#define ENTRY_PUT(type, field) writer_le64(w, (uint64_t)e->field);
	ENTRY_NUMBERS(ENTRY_PUT)
#undef ENTRY_PUT
	for (size_t i = 0; i < BOUND_RRDP_SNAPSHOTS; i++)
		writer_le64(w, (uint64_t)r->snapshots[i].s);
	writer_le16(w, (uint16_t)r->delta_count);
	for (size_t i = 0; i < r->delta_count; i++) {
		writer_le64(w, r->deltas[i].serial);
		writer_bytes(w, r->deltas[i].hash, SHA256_SIZE);
	}
}

int
entry_write(struct crypto *c, const struct entry *e, struct arena *arena,
	struct span *out)
{
	uint8_t hash[SHA256_SIZE];
	size_t cap = room(e);
	uint8_t *p = arena_get(arena, cap);
	struct writer w;

	if (!entry_fits(&e->record))
		return ERR_LIMIT;
	if (p == NULL)
		return ERR_NOMEM;
	w = writer_of(p, cap);
	put_entry(e, &w);
	crypto_sha256(c, writer_span(&w), hash);
	writer_bytes(&w, hash, sizeof(hash));
	if (w.over)
		return ERR_LIMIT;
	*out = writer_span(&w);
	return 0;
}

static int
take_text(struct reader *r, struct arena *arena, const char **out)
{
	struct span s;
	uint16_t n;

	if (!reader_le16(r, &n) || !reader_take(r, n, &s) ||
		(n > 0 && memchr(s.p, 0, n) != NULL))
		return ERR_SYNTAX;
	*out = arena_text(arena, (const char *)s.p, s.n);
	return *out == NULL ? ERR_NOMEM : 0;
}

static int
take_deltas(struct reader *r, struct arena *arena, struct repo_record *out)
{
	struct delta_hash *deltas;
	uint16_t count;

	if (!reader_le16(r, &count))
		return ERR_SYNTAX;
	deltas = arena_array(arena, (size_t)count + 1, sizeof(*deltas));
	if (deltas == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (!reader_le64(r, &deltas[i].serial) ||
			!reader_copy(r, deltas[i].hash, SHA256_SIZE))
			return ERR_SYNTAX;
	out->deltas = deltas;
	out->delta_count = count;
	return 0;
}

static int
take_numbers(struct reader *r, struct entry *e)
{
	uint64_t v;

#define ENTRY_TAKE(type, field) \
	if (!reader_le64(r, &v)) \
		return ERR_SYNTAX; \
	e->field = (type)v;
	ENTRY_NUMBERS(ENTRY_TAKE)
#undef ENTRY_TAKE
	for (size_t i = 0; i < BOUND_RRDP_SNAPSHOTS; i++) {
		if (!reader_le64(r, &v))
			return ERR_SYNTAX;
		e->record.snapshots[i].s = (int64_t)v;
	}
	return 0;
}

static int
take_entry(struct reader *r, struct arena *arena, struct entry *e)
{
	uint16_t version;
	uint8_t kind;
	int err;

	if (!reader_le16(r, &version) || version != VERSION ||
		!reader_u8(r, &kind) || kind >= REPO_KINDS)
		return ERR_SYNTAX;
	e->record.kind = (enum repo_kind)kind;
#define ENTRY_TAKE(field) \
	err = take_text(r, arena, &e->record.field); \
	if (err != 0) \
		return err;
	ENTRY_TEXTS(ENTRY_TAKE)
#undef ENTRY_TAKE
	err = take_numbers(r, e);
	if (err == 0)
		err = take_deltas(r, arena, &e->record);
	if (err == 0 && reader_left(r) != 0)
		err = ERR_SYNTAX;
	return err;
}

int
entry_read(struct crypto *c, struct span value, struct arena *arena,
	struct entry *out)
{
	uint8_t hash[SHA256_SIZE];
	struct entry e = {.set = 0};
	struct reader r;
	int err;

	if (value.n < SHA256_SIZE)
		return ERR_SYNTAX;
	value.n -= SHA256_SIZE;
	crypto_sha256(c, value, hash);
	if (memcmp(hash, value.p + value.n, SHA256_SIZE) != 0)
		return ERR_SYNTAX;
	r = reader_of(value);
	err = take_entry(&r, arena, &e);
	if (err != 0)
		return err;
	*out = e;
	return 0;
}

void
entry_clear(struct entry *e)
{
	e->record.session = "";
	e->record.serial = 0;
	e->record.delta_count = 0;
	e->record.etag = "";
	e->record.last_modified = "";
}
