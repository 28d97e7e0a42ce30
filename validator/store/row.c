/*
 * row: see the header.
 *
 * Rows of URIs that agree in their first 440 octets are in the order of their
 * hashes: an order like any other, but not that of the URIs.
 */
#include "validator/store/row.h"

#include <string.h>

#include "waymark/err.h"

static bool
is_long(struct span uri)
{
	return uri.n > ROW_URI;
}

static void
put_long(struct crypto *c, struct span uri, struct writer *w)
{
	uint8_t hash[SHA256_SIZE];

	crypto_sha256(c, uri, hash);
	writer_bytes(w, uri.p, ROW_URI);
	writer_bytes(w, hash, sizeof(hash));
}

void
row_key(struct crypto *c, uint64_t id, struct span uri, struct row_key *out)
{
	struct writer w = writer_of(out->p, sizeof(out->p));

	writer_be64(&w, id);
	if (is_long(uri))
		put_long(c, uri, &w);
	else
		writer_bytes(&w, uri.p, uri.n);
	out->n = w.n;
}

/* No URI has an octet 0, and no key of a long one can be made longer. */
void
row_key_from(
	struct crypto *c, uint64_t id, struct span from, struct row_key *out)
{
	bool is_behind = from.n > 0 && from.p[from.n - 1] == 0;
	struct span uri = is_behind ? span_of(from.p, from.n - 1) : from;

	row_key(c, id, uri, out);
	if (!is_behind)
		return;
	if (!is_long(uri)) {
		out->p[out->n++] = 0;
		return;
	}
	for (size_t i = out->n; i > 0 && ++out->p[i - 1] == 0; i--)
		continue;
}

struct span
row_key_span(const struct row_key *key)
{
	return span_of(key->p, key->n);
}

uint64_t
row_key_set(struct span key)
{
	struct reader r = reader_of(key);
	uint64_t id = UINT64_MAX;

	(void)reader_be64(&r, &id);
	return id;
}

static void
put_row(const struct row *row, struct writer *w)
{
	writer_bytes(w, row->hash, sizeof(row->hash));
	writer_le32(w, row->size);
	writer_le64(w, (uint64_t)row->mtime);
	if (is_long(row->uri))
		writer_bytes(w, row->uri.p, row->uri.n);
}

size_t
row_write(const struct row *row, uint8_t out[ROW_VALUE])
{
	struct writer w = writer_of(out, ROW_VALUE);

	put_row(row, &w);
	return w.n;
}

size_t
row_change_write(const struct row_change *c, uint8_t out[ROW_VALUE])
{
	struct writer w = writer_of(out, ROW_VALUE);

	writer_u8(&w, c->withdrawn ? 1 : 0);
	writer_le32(&w, c->delta);
	put_row(&c->row, &w);
	return w.n;
}

static int
take_row(struct span key, struct reader *r, struct row *out)
{
	struct row row;
	struct span text;
	uint64_t mtime;

	if (key.n < ROW_ID || key.n > ROW_KEY ||
		(key.n > ROW_ID + ROW_URI && key.n != ROW_KEY))
		return ERR_SYNTAX;
	if (!reader_copy(r, row.hash, sizeof(row.hash)) ||
		!reader_le32(r, &row.size) || !reader_le64(r, &mtime) ||
		!reader_take(r, reader_left(r), &text))
		return ERR_SYNTAX;
	row.mtime = (int64_t)mtime;
	row.uri = span_of(key.p + ROW_ID, key.n - ROW_ID);
	if ((key.n == ROW_KEY) != (text.n > 0))
		return ERR_SYNTAX;
	if (key.n == ROW_KEY) {
		if (!is_long(text) || text.n > BOUND_URI ||
			memcmp(text.p, row.uri.p, ROW_URI) != 0)
			return ERR_SYNTAX;
		row.uri = text;
	}
	if (row.size > BOUND_OBJECT_MAX)
		return ERR_SYNTAX;
	*out = row;
	return 0;
}

int
row_read(struct span key, struct span value, struct row *out)
{
	struct reader r = reader_of(value);

	return take_row(key, &r, out);
}

int
row_change_read(struct span key, struct span value, struct row_change *out)
{
	struct reader r = reader_of(value);
	struct row_change c;
	uint8_t withdrawn;

	if (!reader_u8(&r, &withdrawn) || withdrawn > 1 ||
		!reader_le32(&r, &c.delta) || take_row(key, &r, &c.row) != 0)
		return ERR_SYNTAX;
	c.withdrawn = withdrawn == 1;
	*out = c;
	return 0;
}

/* Fold octets into `h`, eight at a time. */
static uint64_t
fold(uint64_t h, const uint8_t *p, size_t n)
{
	uint64_t word;

	while (n > 0) {
		size_t k = n < sizeof(word) ? n : sizeof(word);

		word = 0;
		memcpy(&word, p, k);
		h = (h ^ word) * 0x9e3779b97f4a7c15U;
		h ^= h >> 32;
		p += k;
		n -= k;
	}
	return h;
}

uint64_t
row_sum(const struct row *row)
{
	uint64_t numbers[] = {row->uri.n, row->size, (uint64_t)row->mtime};
	uint64_t h = fold(1, (const uint8_t *)numbers, sizeof(numbers));

	h = fold(h, row->hash, sizeof(row->hash));
	return fold(h, row->uri.p, row->uri.n);
}
