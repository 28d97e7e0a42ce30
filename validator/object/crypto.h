/*
 * crypto: hashes and signatures, by OpenSSL.
 *
 * One `struct crypto` a thread holds the contexts, fetched once.  A `struct
 * key` is a public key made ready; a CA's key checks thousands of signatures.
 */
#ifndef OBJECT_CRYPTO_H
#define OBJECT_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "validator/object/reject.h"
#include "waymark/span.h"

enum {
	SHA256_SIZE = 32,
	SHA1_SIZE = 20
};

enum key_kind {
	KEY_RSA, /* RSA 2048, e = 65537: RFC 7935 section 3 */
	KEY_P256, /* ECDSA P-256: RFC 8608 section 3, router keys */
};

struct crypto;
struct key;

/* Contexts for one thread, or NULL.  Freed by crypto_free. */
struct crypto *crypto_new(void);
void crypto_free(struct crypto *c);

/* Signatures checked so far with this `c`. */
uint64_t crypto_signatures(const struct crypto *c);

/* Digests.  Out of memory the process ends: an object whose digest is not known
 * must not look changed. */
void crypto_sha256(
	struct crypto *c, struct span data, uint8_t out[SHA256_SIZE]);
void crypto_sha1(struct crypto *c, struct span data, uint8_t out[SHA1_SIZE]);

/* Check a DER SubjectPublicKeyInfo.  REJECT_NONE with `*bits` the content of
 * its subjectPublicKey, whose SHA-1 is the key identifier; else the rule of
 * RFC 7935 section 3 or RFC 8608 that it breaks. */
enum reject key_check(struct span spki, enum key_kind kind, struct span *bits);

/* Make a DER SubjectPublicKeyInfo ready.  REJECT_NONE with `*out` to be freed
 * by key_free; else the rule of RFC 7935 section 3 or RFC 8608 it breaks.  Out
 * of memory the process ends. */
enum reject key_load(struct crypto *c, struct span spki, enum key_kind kind,
	struct key **out);
void key_free(struct key *k);

/* Whether `signature` (sha256WithRSAEncryption, or ECDSA with SHA-256 in DER)
 * over `data` was made by `k`, which threads may share, each with its `c`. */
bool key_verify(struct crypto *c, const struct key *k, struct span data,
	struct span signature);

#endif
