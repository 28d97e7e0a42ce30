/*
 * tables: see the header.
 *
 * A file has a version in `meta`; another version is another file: it is set
 * aside and everything is fetched anew, as all of it can be.
 */
#include "validator/store/tables.h"

#include <stddef.h>

#include "validator/store/env.h"
#include "waymark/err.h"

enum {
	FORMAT = 1,
};

/* X(field) */
#define TABLES_NAMES(X) \
	X(meta) \
	X(repos) \
	X(sets) \
	X(changes) \
	X(objects) \
	X(octets) \
	X(stages)

int
tables_get(MDB_txn *txn, MDB_dbi dbi, struct span key, struct span *out)
{
	MDB_val k = env_val(key), v;
	int rc = mdb_get(txn, dbi, &k, &v);

	if (rc == 0)
		*out = env_span(&v);
	return rc;
}

int
tables_next(MDB_txn *txn, MDB_dbi dbi, struct span from, struct span *key,
	struct span *value)
{
	MDB_val k = env_val(from), v;
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn, dbi, &cursor);

	if (rc != 0)
		return rc;
	rc = mdb_cursor_get(
		cursor, &k, &v, from.n == 0 ? MDB_FIRST : MDB_SET_RANGE);
	mdb_cursor_close(cursor);
	if (rc == 0) {
		*key = env_span(&k);
		*value = env_span(&v);
	}
	return rc;
}

static int
put_format(MDB_txn *txn, const struct tables *t)
{
	uint8_t buf[4];
	struct writer w = writer_of(buf, sizeof(buf));
	struct totals first = {.next_set = 1, .next_object = 1};
	MDB_val k = env_val(span_text("format")), v;
	int rc;

	writer_le32(&w, FORMAT);
	v = env_val(writer_span(&w));
	rc = mdb_put(txn, t->meta, &k, &v, 0);
	return rc != 0 ? env_error(rc) : tables_keep_totals(txn, t, &first);
}

static int
check_format(MDB_txn *txn, const struct tables *t, bool makes)
{
	struct reader r;
	struct span s;
	uint32_t format;
	int rc = tables_get(txn, t->meta, span_text("format"), &s);

	if (rc == MDB_NOTFOUND && makes)
		return put_format(txn, t);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? ERR_VERSION : env_error(rc);
	r = reader_of(s);
	return reader_le32(&r, &format) && format == FORMAT ? 0 : ERR_VERSION;
}

int
tables_open(MDB_txn *txn, bool makes, struct tables *out)
{
	unsigned flags = makes ? MDB_CREATE : 0;
	struct tables t;
	int rc;

#define TABLES_OPEN(name) \
	rc = mdb_dbi_open(txn, #name, flags, &t.name); \
	if (rc != 0) \
		return rc == MDB_NOTFOUND ? ERR_VERSION : env_error(rc);
	TABLES_NAMES(TABLES_OPEN)
#undef TABLES_OPEN
	rc = check_format(txn, &t, makes);
	if (rc == 0)
		*out = t;
	return rc;
}

int
tables_totals(MDB_txn *txn, const struct tables *t, struct totals *out)
{
	struct totals totals;
	struct reader r;
	struct span s;
	int rc = tables_get(txn, t->meta, span_text("totals"), &s);

	if (rc != 0)
		return rc == MDB_NOTFOUND ? ERR_CHECKSUM : env_error(rc);
	r = reader_of(s);
	if (!reader_le64(&r, &totals.next_set) ||
		!reader_le64(&r, &totals.next_object) ||
		!reader_le64(&r, &totals.object_bytes))
		return ERR_CHECKSUM;
	*out = totals;
	return 0;
}

int
tables_keep_totals(
	MDB_txn *txn, const struct tables *t, const struct totals *totals)
{
	uint8_t buf[24];
	struct writer w = writer_of(buf, sizeof(buf));
	MDB_val k = env_val(span_text("totals")), v;

	writer_le64(&w, totals->next_set);
	writer_le64(&w, totals->next_object);
	writer_le64(&w, totals->object_bytes);
	v = env_val(writer_span(&w));
	return env_error(mdb_put(txn, t->meta, &k, &v, 0));
}
