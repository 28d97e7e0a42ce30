/*
 * objects: the octets of all objects, each once, by their SHA-256.
 *
 *	objects  SHA-256 -> number
 *	octets   number  -> octets, in the order in which they came
 *
 * Hashes lie anywhere, numbers ascend.  So octets are written one behind the
 * other, and only the short rows of hashes here and there: were octets rows of
 * their hashes, each would cost the page of a stranger's besides.  A run that
 * reads a repository finds together what came together.
 */
#ifndef STORE_OBJECTS_H
#define STORE_OBJECTS_H

#include "validator/object/crypto.h"
#include "validator/store/tables.h"

/* The octets of an object, a view that holds until the transaction writes.  0
 * or what LMDB answered: MDB_NOTFOUND also where a number leads nowhere. */
int objects_get(MDB_txn *txn, const struct tables *t,
	const uint8_t hash[SHA256_SIZE], struct span *out);

/* What is put or removed, and where: a transaction that writes, and its
 * counters, which follow. */
struct objects {
	MDB_txn *txn;
	const struct tables *tables;
	struct totals *totals;
};

/* Put an object where it is not there, or stands there with another size, which
 * the disk did.  0 with whether it was put, or what LMDB answered. */
int objects_put(const struct objects *o, const uint8_t hash[SHA256_SIZE],
	struct span bytes, bool *is_new);

/* Remove an object, whose octets were so many.  0 or what LMDB answered,
 * MDB_NOTFOUND where there is none. */
int objects_remove(
	const struct objects *o, const uint8_t hash[SHA256_SIZE], size_t *size);

#endif
