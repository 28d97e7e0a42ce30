/*
 * objects: see the header.
 *
 * Numbers are keys with 64 bits, big-endian, so that they stand in their order;
 * none is ever given twice.
 */
#include "validator/store/objects.h"

#include <string.h>

#include "validator/store/env.h"

static struct span
write_number(uint64_t number, uint8_t out[TABLES_NUMBER])
{
	struct writer w = writer_of(out, TABLES_NUMBER);

	writer_be64(&w, number);
	return writer_span(&w);
}

int
objects_get(MDB_txn *txn, const struct tables *t,
	const uint8_t hash[SHA256_SIZE], struct span *out)
{
	struct span number;
	int rc = tables_get(
		txn, t->objects, span_of(hash, SHA256_SIZE), &number);

	return rc == 0 ? tables_get(txn, t->octets, number, out) : rc;
}

/* Put an object where its hash does not stand.  MDB_KEYEXIST where it does. */
static int
put_new(const struct objects *o, const uint8_t hash[SHA256_SIZE],
	struct span bytes)
{
	uint8_t number[TABLES_NUMBER];
	MDB_val k = env_val(span_of(hash, SHA256_SIZE)), v;
	int rc;

	v = env_val(write_number(o->totals->next_object, number));
	rc = mdb_put(o->txn, o->tables->objects, &k, &v, MDB_NOOVERWRITE);
	if (rc != 0)
		return rc;
	k = env_val(write_number(o->totals->next_object, number));
	v = env_val(bytes);
	rc = mdb_put(o->txn, o->tables->octets, &k, &v, MDB_APPEND);
	if (rc != 0) /* behind the last one there is nothing */
		return rc == MDB_KEYEXIST ? MDB_CORRUPTED : rc;
	o->totals->next_object++;
	o->totals->object_bytes += bytes.n;
	return 0;
}

int
objects_put(const struct objects *o, const uint8_t hash[SHA256_SIZE],
	struct span bytes, bool *is_new)
{
	struct span there;
	size_t size;
	int rc = put_new(o, hash, bytes);

	*is_new = rc != MDB_KEYEXIST;
	if (rc != MDB_KEYEXIST)
		return rc;
	rc = objects_get(o->txn, o->tables, hash, &there);
	if (rc == 0 && there.n == bytes.n)
		return 0;
	/* Not what has this hash. */
	*is_new = true;
	if (rc == 0 || rc == MDB_NOTFOUND)
		rc = objects_remove(o, hash, &size);
	return rc == 0 ? put_new(o, hash, bytes) : rc;
}

int
objects_remove(
	const struct objects *o, const uint8_t hash[SHA256_SIZE], size_t *size)
{
	MDB_val key = env_val(span_of(hash, SHA256_SIZE)), number, octets;
	uint8_t copy[TABLES_NUMBER];
	int rc = mdb_get(o->txn, o->tables->objects, &key, &number);

	*size = 0;
	if (rc != 0)
		return rc;
	if (number.mv_size != sizeof(copy))
		return MDB_CORRUPTED;
	/* The row that it stands in goes first. */
	memcpy(copy, number.mv_data, sizeof(copy));
	rc = mdb_del(o->txn, o->tables->objects, &key, NULL);
	if (rc != 0)
		return rc;
	number = env_val(span_of(copy, sizeof(copy)));
	rc = mdb_get(o->txn, o->tables->octets, &number, &octets);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0 : rc;
	*size = octets.mv_size;
	o->totals->object_bytes -= octets.mv_size;
	return mdb_del(o->txn, o->tables->octets, &number, NULL);
}
