/*
 * keys: as many RSA keys as a tree wants, at once and always the same.
 *
 *	primes   p0 p1 p2 p3 ...      searched from SHA-256 of fixed seeds
 *	key 0 = p1 p0, key 1 = p2 p0, key 2 = p2 p1, key 3 = p3 p0, ...
 *
 * n primes of 1,024 bits make n (n - 1) / 2 different keys of 2,048 bits, e =
 * 65537 (RFC 7935 section 3).  The search of a prime takes some 10 ms, so 300
 * of them, enough for 44,850 keys, take seconds; a cache file saves them.
 * Everybody can compute these keys: they protect nothing.
 *
 * The pool is shared by threads.
 */
#ifndef LAB_KEYS_H
#define LAB_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "tests/lab/der.h"
#include "waymark/span.h"

/* Key numbers: below LAB_KEY_ODD they are RSA 2048; from these on, one special
 * key each, for objects that break RFC 7935 or follow RFC 8608. */
enum {
	LAB_KEY_ODD = 0x1000000,
	LAB_KEY_P256 = LAB_KEY_ODD, /* + 0 to 255: ECDSA P-256 */
	LAB_KEY_P384 = LAB_KEY_ODD + 0x100,
	LAB_KEY_RSA1024,
	LAB_KEY_RSA3072,
	LAB_KEY_RSA4096,
	LAB_KEY_RSA_E3, /* 2,048 bits, e = 3 */
};

struct lab_keys;

/* A pool.  `cache` is a file of primes, read when it is there and written by
 * lab_keys_save; NULL: none.  NULL out of memory. */
struct lab_keys *lab_keys_new(const char *cache);
void lab_keys_free(struct lab_keys *keys);

/* Search the primes for keys 0 to `count` - 1 now, on `threads` threads. */
void lab_keys_prepare(struct lab_keys *keys, size_t count, unsigned threads);

/* Write the cache file when there are new primes.  0 or an enum err. */
int lab_keys_save(const struct lab_keys *keys);

/* The DER SubjectPublicKeyInfo of a key, in `arena`. */
struct span lab_keys_spki(
	struct lab_keys *keys, unsigned number, struct arena *arena);

/* The same as a tree of named nodes: algorithm.oid, key.modulus, key.exponent,
 * or key alone for a point of a curve. */
struct node *lab_keys_tree(
	struct lab_keys *keys, unsigned number, struct arena *arena);

/* SHA-1 of the key's bits: its SKI (RFC 6487 section 4.8.2). */
void lab_keys_ski(struct lab_keys *keys, unsigned number, uint8_t out[20]);

/* Sign with SHA-256 (PKCS #1 v1.5, or ECDSA), in `arena`. */
struct span lab_keys_sign(struct lab_keys *keys, unsigned number,
	struct span data, struct arena *arena);

/* Forget the private part of a key that will not sign again. */
void lab_keys_drop(struct lab_keys *keys, unsigned number);

#endif
