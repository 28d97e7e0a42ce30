/*
 * keys: the pool of primes, and the keys made of them.
 *
 * Public parts are made anew each time they are asked for, which is one
 * multiplication; private parts are kept until they are dropped, since making
 * one costs as much as signing.
 */
#include "tests/lab/keys.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>

#include "core/file.h"
#include "core/vec.h"
#include "tests/lab/prime.h"
#include "waymark/err.h"

enum {
	KEYS_PRIME_BITS = 1024,
	KEYS_PRIME_OCTETS = KEYS_PRIME_BITS / 8,
	KEYS_EXPONENT = 65537,
	KEYS_ODD = 0x200, /* slots for special keys */
	KEYS_PRIMES_MAX = 5000, /* 12 million keys */
};

struct lab_keys {
	pthread_mutex_t lock;
	VEC(BIGNUM *) primes;
	VEC(EVP_PKEY *) slots;
	EVP_PKEY *odd[KEYS_ODD];
	size_t cached; /* primes that the cache file holds */
	char *cache;
};

/* How a key is made. */
struct key_kind {
	const char *curve; /* NULL: RSA */
	int nid;
	unsigned bits; /* of a prime */
	unsigned exponent;
};

static void *
keys_need(void *p)
{
	if (p == NULL) {
		fputs("lab: out of memory, or OpenSSL failed\n", stderr);
		exit(1);
	}
	return p;
}

static void
keys_must(int one)
{
	if (one != 1)
		keys_need(NULL);
}

static struct key_kind
keys_kind(unsigned number)
{
	if (number < LAB_KEY_ODD)
		return (struct key_kind){
			.bits = KEYS_PRIME_BITS, .exponent = KEYS_EXPONENT};
	switch (number) {
	case LAB_KEY_P384:
		return (struct key_kind){
			.curve = "P-384", .nid = NID_secp384r1};
	case LAB_KEY_RSA1024:
		return (struct key_kind){
			.bits = 512, .exponent = KEYS_EXPONENT};
	case LAB_KEY_RSA3072:
		return (struct key_kind){
			.bits = 1536, .exponent = KEYS_EXPONENT};
	case LAB_KEY_RSA4096:
		return (struct key_kind){
			.bits = 2048, .exponent = KEYS_EXPONENT};
	case LAB_KEY_RSA_E3:
		return (struct key_kind){
			.bits = KEYS_PRIME_BITS, .exponent = 3};
	}
	return (struct key_kind){.curve = "P-256", .nid = NID_X9_62_prime256v1};
}

/* Row and column of a number in 1 0 | 2 0 | 2 1 | 3 0 | 3 1 | 3 2 | ... */
static void
keys_pair(size_t number, size_t *p, size_t *q)
{
	size_t row = 1;

	while (row * (row + 1) / 2 <= number)
		row++;
	*p = row;
	*q = number - row * (row - 1) / 2;
}

/* The lock is held. */
static void
keys_push_prime(struct lab_keys *keys, BIGNUM *prime)
{
	if (!VEC_PUSH(&keys->primes, prime))
		keys_need(NULL);
}

/* A copy of a prime, searched when it is a new one. */
static BIGNUM *
keys_prime(struct lab_keys *keys, size_t index)
{
	BIGNUM *prime;

	pthread_mutex_lock(&keys->lock);
	while (keys->primes.n <= index)
		keys_push_prime(keys,
			prime_search("waymark", (unsigned)keys->primes.n,
				KEYS_PRIME_BITS, KEYS_EXPONENT));
	prime = keys_need(BN_dup(keys->primes.at[index]));
	pthread_mutex_unlock(&keys->lock);
	return prime;
}

static void
keys_factors(struct lab_keys *keys, unsigned number, BIGNUM **p, BIGNUM **q)
{
	struct key_kind kind = keys_kind(number);
	size_t row, column;

	if (number < LAB_KEY_ODD) {
		keys_pair(number, &row, &column);
		*p = keys_prime(keys, row);
		*q = keys_prime(keys, column);
		return;
	}
	*p = prime_search("odd p", number, kind.bits, kind.exponent);
	*q = prime_search("odd q", number, kind.bits, kind.exponent);
}

static void
keys_push_bn(OSSL_PARAM_BLD *build, const char *name, const BIGNUM *value)
{
	keys_must(OSSL_PARAM_BLD_push_BN(build, name, value));
}

static EVP_PKEY *
keys_from(OSSL_PARAM_BLD *build, const char *type)
{
	OSSL_PARAM *params = keys_need(OSSL_PARAM_BLD_to_param(build));
	EVP_PKEY_CTX *ctx =
		keys_need(EVP_PKEY_CTX_new_from_name(NULL, type, NULL));
	EVP_PKEY *key = NULL;

	keys_must(EVP_PKEY_fromdata_init(ctx));
	keys_must(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params));
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

/* The seven numbers of RFC 8017 section 3.2. */
static EVP_PKEY *
keys_rsa(const BIGNUM *p, const BIGNUM *q, unsigned exponent)
{
	OSSL_PARAM_BLD *build = keys_need(OSSL_PARAM_BLD_new());
	BN_CTX *ctx = keys_need(BN_CTX_new());
	EVP_PKEY *key;
	BIGNUM *v[8];

	for (size_t i = 0; i < 8; i++)
		v[i] = keys_need(BN_new());
	BN_set_word(v[0], exponent);
	keys_must(BN_mul(v[1], p, q, ctx)); /* n */
	keys_must(BN_sub(v[2], p, BN_value_one()));
	keys_must(BN_sub(v[3], q, BN_value_one()));
	keys_must(BN_mul(v[4], v[2], v[3], ctx));
	keys_need(BN_mod_inverse(v[5], v[0], v[4], ctx)); /* d */
	keys_must(BN_mod(v[2], v[5], v[2], ctx));
	keys_must(BN_mod(v[3], v[5], v[3], ctx));
	keys_need(BN_mod_inverse(v[6], q, p, ctx));
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_N, v[1]);
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_E, v[0]);
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_D, v[5]);
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_FACTOR1, p);
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_FACTOR2, q);
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_EXPONENT1, v[2]);
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_EXPONENT2, v[3]);
	keys_push_bn(build, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, v[6]);
	key = keys_from(build, "RSA");
	for (size_t i = 0; i < 8; i++)
		BN_clear_free(v[i]);
	OSSL_PARAM_BLD_free(build);
	BN_CTX_free(ctx);
	return key;
}

/* A private scalar below the order of every curve here: 31 octets. */
static BIGNUM *
keys_scalar(unsigned number)
{
	uint8_t hash[32];
	char text[32];
	int n = snprintf(text, sizeof(text), "curve %u", number);

	keys_must(EVP_Digest(text, (size_t)n, hash, NULL, EVP_sha256(), NULL));
	return keys_need(BN_bin2bn(hash, 31, NULL));
}

/* The public point, uncompressed. */
static struct span
keys_point(const struct key_kind *kind, unsigned number, struct arena *arena)
{
	EC_GROUP *group = keys_need(EC_GROUP_new_by_curve_name(kind->nid));
	EC_POINT *point = keys_need(EC_POINT_new(group));
	BIGNUM *scalar = keys_scalar(number);
	uint8_t *octets = der_get(arena, 256);
	size_t n;

	keys_must(EC_POINT_mul(group, point, scalar, NULL, NULL, NULL));
	n = EC_POINT_point2oct(
		group, point, POINT_CONVERSION_UNCOMPRESSED, octets, 256, NULL);
	keys_must(n != 0);
	BN_free(scalar);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return span_of(octets, n);
}

static EVP_PKEY *
keys_ec(const struct key_kind *kind, unsigned number)
{
	OSSL_PARAM_BLD *build = keys_need(OSSL_PARAM_BLD_new());
	struct arena *arena = keys_need(arena_new(1024));
	struct span point = keys_point(kind, number, arena);
	BIGNUM *scalar = keys_scalar(number);
	EVP_PKEY *key;

	keys_must(OSSL_PARAM_BLD_push_utf8_string(
		build, OSSL_PKEY_PARAM_GROUP_NAME, kind->curve, 0));
	keys_push_bn(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
	keys_must(OSSL_PARAM_BLD_push_octet_string(
		build, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n));
	key = keys_from(build, "EC");
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(scalar);
	arena_free(arena);
	return key;
}

static EVP_PKEY *
keys_make(struct lab_keys *keys, unsigned number)
{
	struct key_kind kind = keys_kind(number);
	BIGNUM *p, *q;
	EVP_PKEY *key;

	if (kind.curve != NULL)
		return keys_ec(&kind, number);
	keys_factors(keys, number, &p, &q);
	key = keys_rsa(p, q, kind.exponent);
	BN_clear_free(p);
	BN_clear_free(q);
	return key;
}

/* Where a key is kept.  The lock is held. */
static EVP_PKEY **
keys_slot(struct lab_keys *keys, unsigned number)
{
	if (number >= LAB_KEY_ODD)
		return &keys->odd[(number - LAB_KEY_ODD) % KEYS_ODD];
	while (keys->slots.n <= number)
		if (!VEC_PUSH(&keys->slots, NULL))
			keys_need(NULL);
	return &keys->slots.at[number];
}

/* One reference to a private key, made outside the lock. */
static EVP_PKEY *
keys_private(struct lab_keys *keys, unsigned number)
{
	EVP_PKEY *made = NULL;

	for (;;) {
		EVP_PKEY **slot;

		pthread_mutex_lock(&keys->lock);
		slot = keys_slot(keys, number);
		if (*slot == NULL) {
			*slot = made;
			made = NULL;
		}
		if (*slot != NULL) {
			EVP_PKEY *key = *slot;

			EVP_PKEY_up_ref(key);
			pthread_mutex_unlock(&keys->lock);
			EVP_PKEY_free(made);
			return key;
		}
		pthread_mutex_unlock(&keys->lock);
		made = keys_make(keys, number);
	}
}

void
lab_keys_drop(struct lab_keys *keys, unsigned number)
{
	EVP_PKEY **slot;

	pthread_mutex_lock(&keys->lock);
	slot = keys_slot(keys, number);
	EVP_PKEY_free(*slot);
	*slot = NULL;
	pthread_mutex_unlock(&keys->lock);
}

static void
keys_add_bn(
	struct arena *a, struct node *parent, const char *name, BIGNUM *number)
{
	uint8_t octets[1 + 512];

	/* All our moduli have their highest bit set: a zero comes first. */
	octets[0] = 0;
	BN_bn2bin(number, octets + 1);
	der_add_bytes(a, parent, DER_INTEGER, name,
		span_of(octets, 1 + (size_t)BN_num_bytes(number)));
}

struct node *
lab_keys_tree(struct lab_keys *keys, unsigned number, struct arena *arena)
{
	struct key_kind kind = keys_kind(number);
	struct node *spki = der_add(arena, NULL, DER_SEQUENCE, "spki");
	struct node *algorithm =
		der_add(arena, spki, DER_SEQUENCE, "algorithm");
	struct node *bits = der_add_bits(arena, spki, "key");
	BN_CTX *ctx;
	BIGNUM *p, *q;

	if (kind.curve != NULL) {
		der_add_oid(arena, algorithm, "oid", "1.2.840.10045.2.1");
		der_add_oid(arena, algorithm, "curve",
			number == LAB_KEY_P384 ? "1.3.132.0.34"
					       : "1.2.840.10045.3.1.7");
		der_add_bytes(arena, bits, 0, "point",
			keys_point(&kind, number, arena))
			->raw = true;
		return spki;
	}
	der_add_oid(arena, algorithm, "oid", "1.2.840.113549.1.1.1");
	der_add(arena, algorithm, DER_NULL, "parameters");
	bits = der_add(arena, bits, DER_SEQUENCE, "rsa");
	keys_factors(keys, number, &p, &q);
	ctx = keys_need(BN_CTX_new());
	keys_must(BN_mul(p, p, q, ctx));
	BN_CTX_free(ctx);
	keys_add_bn(arena, bits, "modulus", p);
	der_add_number(arena, bits, "exponent", kind.exponent);
	BN_free(p);
	BN_free(q);
	return spki;
}

struct span
lab_keys_spki(struct lab_keys *keys, unsigned number, struct arena *arena)
{
	return der_encode(arena, lab_keys_tree(keys, number, arena));
}

void
lab_keys_ski(struct lab_keys *keys, unsigned number, uint8_t out[20])
{
	struct arena *arena = keys_need(arena_new(2048));
	struct node *spki = lab_keys_tree(keys, number, arena);
	struct span bits = der_content(arena, der_find(spki, "key"));

	/* Without the count of unused bits. */
	keys_must(EVP_Digest(
		bits.p + 1, bits.n - 1, out, NULL, EVP_sha1(), NULL));
	arena_free(arena);
}

struct span
lab_keys_sign(struct lab_keys *keys, unsigned number, struct span data,
	struct arena *arena)
{
	EVP_PKEY *key = keys_private(keys, number);
	EVP_MD_CTX *ctx = keys_need(EVP_MD_CTX_new());
	size_t n = (size_t)EVP_PKEY_get_size(key);
	uint8_t *signature = der_get(arena, n);

	keys_must(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key));
	keys_must(EVP_DigestSign(ctx, signature, &n, data.p, data.n));
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return span_of(signature, n);
}

/* Work for several threads: every prime that is missing, one at a time. */
struct keys_search {
	pthread_mutex_t lock;
	BIGNUM **found;
	size_t first, next, end;
};

static void *
keys_search_some(void *ctx)
{
	struct keys_search *search = ctx;

	for (;;) {
		size_t index;

		pthread_mutex_lock(&search->lock);
		index = search->next++;
		pthread_mutex_unlock(&search->lock);
		if (index >= search->end)
			return NULL;
		search->found[index - search->first] = prime_search("waymark",
			(unsigned)index, KEYS_PRIME_BITS, KEYS_EXPONENT);
	}
}

void
lab_keys_prepare(struct lab_keys *keys, size_t count, unsigned threads)
{
	struct keys_search search = {.first = keys->primes.n};
	pthread_t *others = keys_need(calloc(threads, sizeof(*others)));
	size_t row, column;

	keys_pair(count, &row, &column);
	search.next = search.first;
	search.end = row + 1 > search.first ? row + 1 : search.first;
	search.found = keys_need(
		calloc(search.end - search.first + 1, sizeof(*search.found)));
	pthread_mutex_init(&search.lock, NULL);
	for (unsigned i = 1; i < threads; i++)
		keys_must(pthread_create(&others[i], NULL, keys_search_some,
				  &search) == 0);
	keys_search_some(&search);
	for (unsigned i = 1; i < threads; i++)
		pthread_join(others[i], NULL);
	for (size_t i = search.first; i < search.end; i++)
		keys_push_prime(keys, search.found[i - search.first]);
	pthread_mutex_destroy(&search.lock);
	free(search.found);
	free(others);
}

/* The cache file is nothing but primes, one after the other. */
static void
keys_read(struct lab_keys *keys)
{
	struct arena *arena = keys_need(arena_new(65536));
	struct span all = {0};
	int err = file_read(keys->cache,
		(size_t)KEYS_PRIMES_MAX * KEYS_PRIME_OCTETS, arena, &all);

	for (size_t at = 0; err == 0 && at + KEYS_PRIME_OCTETS <= all.n;
		at += KEYS_PRIME_OCTETS)
		keys_push_prime(keys,
			keys_need(BN_bin2bn(
				all.p + at, KEYS_PRIME_OCTETS, NULL)));
	keys->cached = keys->primes.n;
	arena_free(arena);
}

int
lab_keys_save(const struct lab_keys *keys)
{
	struct file_out *file;
	int err;

	if (keys->cache == NULL || keys->cached == keys->primes.n)
		return 0;
	file = keys_need(calloc(1, sizeof(*file)));
	err = file_out_open(file, keys->cache);
	for (size_t i = 0; err == 0 && i < keys->primes.n; i++) {
		uint8_t octets[KEYS_PRIME_OCTETS];

		BN_bn2bin(keys->primes.at[i], octets);
		file_out_write(file, octets, sizeof(octets));
	}
	if (err == 0)
		err = file_out_commit(file);
	free(file);
	return err;
}

struct lab_keys *
lab_keys_new(const char *cache)
{
	struct lab_keys *keys = calloc(1, sizeof(*keys));

	if (keys == NULL)
		return NULL;
	pthread_mutex_init(&keys->lock, NULL);
	if (cache != NULL) {
		keys->cache = keys_need(strdup(cache));
		keys_read(keys);
	}
	return keys;
}

void
lab_keys_free(struct lab_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->primes.n; i++)
		BN_clear_free(keys->primes.at[i]);
	for (size_t i = 0; i < keys->slots.n; i++)
		EVP_PKEY_free(keys->slots.at[i]);
	for (size_t i = 0; i < KEYS_ODD; i++)
		EVP_PKEY_free(keys->odd[i]);
	VEC_FREE(&keys->primes);
	VEC_FREE(&keys->slots);
	pthread_mutex_destroy(&keys->lock);
	free(keys->cache);
	free(keys);
}
