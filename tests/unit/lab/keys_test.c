/*
 * keys: sizes and kinds as OpenSSL sees them, that they sign, and the cache.
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "tests/lab/keys.h"
#include "tests/lab/prime.h"
#include "tests/unit/lab/folder.h"

static EVP_PKEY *
test_public(struct lab_keys *keys, unsigned number, struct arena *a)
{
	struct span spki = lab_keys_spki(keys, number, a);
	const unsigned char *p = spki.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);

	cr_assert(key != NULL, "%u", number);
	return key;
}

Test(keys, kinds_and_sizes)
{
	static const struct {
		unsigned number;
		int kind, bits;
	} rows[] = {
		{0, EVP_PKEY_RSA, 2048},
		{1, EVP_PKEY_RSA, 2048},
		{20, EVP_PKEY_RSA, 2048},
		{LAB_KEY_P256, EVP_PKEY_EC, 256},
		{LAB_KEY_P256 + 1, EVP_PKEY_EC, 256},
		{LAB_KEY_P384, EVP_PKEY_EC, 384},
		{LAB_KEY_RSA1024, EVP_PKEY_RSA, 1024},
		{LAB_KEY_RSA3072, EVP_PKEY_RSA, 3072},
		{LAB_KEY_RSA4096, EVP_PKEY_RSA, 4096},
		{LAB_KEY_RSA_E3, EVP_PKEY_RSA, 2048},
	};
	struct lab_keys *keys = lab_keys_new(NULL);
	struct arena *a = arena_new(4096);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		EVP_PKEY *key = test_public(keys, rows[i].number, a);

		cr_expect_eq(EVP_PKEY_get_id(key), rows[i].kind);
		cr_expect_eq(EVP_PKEY_get_bits(key), rows[i].bits);
		EVP_PKEY_free(key);
	}
	arena_free(a);
	lab_keys_free(keys);
}

Test(keys, signatures_verify)
{
	static const unsigned numbers[] = {0, 7, LAB_KEY_P256, LAB_KEY_P384,
		LAB_KEY_RSA1024, LAB_KEY_RSA_E3};
	struct lab_keys *keys = lab_keys_new(NULL);
	struct arena *a = arena_new(4096);
	struct span data = span_text("to be signed");

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		EVP_PKEY *key = test_public(keys, numbers[i], a);
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		struct span signature =
			lab_keys_sign(keys, numbers[i], data, a);

		cr_assert_eq(EVP_DigestVerifyInit(
				     ctx, NULL, EVP_sha256(), NULL, key),
			1);
		cr_expect_eq(EVP_DigestVerify(ctx, signature.p, signature.n,
				     data.p, data.n),
			1, "%u", numbers[i]);
		lab_keys_drop(keys, numbers[i]);
		EVP_MD_CTX_free(ctx);
		EVP_PKEY_free(key);
	}
	arena_free(a);
	lab_keys_free(keys);
}

Test(keys, the_cache_changes_nothing_but_time)
{
	struct arena *a = arena_new(4096);
	struct lab_keys *keys;
	struct span first, again;
	char dir[64], path[128];

	folder_make(dir);
	snprintf(path, sizeof(path), "%s/primes", dir);
	keys = lab_keys_new(path);
	lab_keys_prepare(keys, 10, 2);
	first = lab_keys_spki(keys, 10, a);
	cr_assert_eq(lab_keys_save(keys), 0);
	lab_keys_free(keys);
	/* Six primes: the least that keys 0 to 10 need. */
	cr_expect_eq(folder_read(dir, "primes", a).n, 6 * 128);
	keys = lab_keys_new(path);
	again = lab_keys_spki(keys, 10, a);
	cr_expect(span_equal(first, again));
	lab_keys_free(keys);
	keys = lab_keys_new(NULL);
	again = lab_keys_spki(keys, 10, a);
	cr_expect(span_equal(first, again));
	lab_keys_free(keys);
	folder_remove(dir);
	arena_free(a);
}

Test(keys, primes_are_prime)
{
	for (unsigned i = 0; i < 4; i++) {
		BIGNUM *p = prime_search("test", i, 512, 3);

		cr_expect_eq(BN_check_prime(p, NULL, NULL), 1);
		cr_expect_eq(BN_num_bits(p), 512);
		cr_expect_eq(BN_mod_word(p, 3), 2);
		BN_free(p);
	}
}
