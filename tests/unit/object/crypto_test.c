/*
 * crypto: digests by published vectors, and signatures that OpenSSL made, each
 * octet of which then lies.
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "tests/unit/guard.h"
#include "tests/unit/object/hex.h"
#include "validator/object/crypto.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A key pair, and a signature over `text`. */
struct made {
	EVP_PKEY *pair;
	uint8_t *spki;
	size_t spki_n;
	uint8_t signature[512];
	size_t signature_n;
};

static const char text[] = "what is signed";

static struct made
make(EVP_PKEY *pair)
{
	struct made m = {.pair = pair, .signature_n = sizeof(m.signature)};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	cr_assert(pair != NULL && ctx != NULL);
	m.spki_n = (size_t)i2d_PUBKEY(pair, &m.spki);
	cr_assert(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pair) == 1);
	cr_assert(EVP_DigestSign(ctx, m.signature, &m.signature_n,
			  (const uint8_t *)text, strlen(text)) == 1);
	EVP_MD_CTX_free(ctx);
	return m;
}

static void
made_free(struct made *m)
{
	OPENSSL_free(m->spki);
	EVP_PKEY_free(m->pair);
}

static struct key *
load(struct crypto *c, const struct made *m, enum key_kind kind)
{
	struct key *key = NULL;

	cr_assert(key_load(c, span_of(m->spki, m->spki_n), kind, &key) ==
		REJECT_NONE);
	return key;
}

Test(crypto, digests)
{
	struct octets want256 = octets_of("ba7816bf8f01cfea414140de5dae2223"
					  "b00361a396177a9cb410ff61f20015ad");
	struct octets want1 =
		octets_of("a9993e364706816aba3e25717850c26c9cd0d89d");
	struct crypto *c = crypto_new();
	uint8_t got[SHA256_SIZE];

	for (int again = 0; again < 2; again++) {
		crypto_sha256(c, span_text("abc"), got);
		cr_expect(memcmp(got, want256.at, SHA256_SIZE) == 0);
		crypto_sha1(c, span_text("abc"), got);
		cr_expect(memcmp(got, want1.at, SHA1_SIZE) == 0);
	}
	crypto_free(c);
	crypto_free(NULL);
	key_free(NULL);
}

Test(crypto, rsa_signatures)
{
	struct crypto *c = crypto_new();
	struct made m = make(EVP_RSA_gen(2048));
	struct key *key = load(c, &m, KEY_RSA);
	struct span data = span_text(text);

	cr_expect(key_verify(c, key, data, span_of(m.signature, 256)));
	cr_expect(!key_verify(
		c, key, span_text("another"), span_of(m.signature, 256)));
	cr_expect(!key_verify(c, key, data, span_of(m.signature, 255)));
	cr_expect(!key_verify(c, key, data, span_of(m.signature, 0)));
	cr_expect(crypto_signatures(c) == 4);
	for (size_t i = 0; i < 256; i++) {
		m.signature[i] ^= 0x10;
		cr_expect(!key_verify(c, key, data, span_of(m.signature, 256)));
		m.signature[i] ^= 0x10;
	}
	memset(m.signature, 0xff, 256);
	cr_expect(!key_verify(c, key, data, span_of(m.signature, 256)));
	memset(m.signature, 0, 256);
	cr_expect(!key_verify(c, key, data, span_of(m.signature, 256)));
	m.signature[255] = 1;
	cr_expect(!key_verify(c, key, data, span_of(m.signature, 256)));
	key_free(key);
	made_free(&m);
	crypto_free(c);
}

/* RSA over a block of the caller's making, as a forger would. */
static void
sign_block(struct made *m, const uint8_t block[256])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(m->pair, NULL);

	m->signature_n = sizeof(m->signature);
	cr_assert(EVP_PKEY_decrypt_init(ctx) == 1);
	cr_assert(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1);
	cr_assert(EVP_PKEY_decrypt(
			  ctx, m->signature, &m->signature_n, block, 256) == 1);
	EVP_PKEY_CTX_free(ctx);
}

/* The block of RFC 8017 section 9.2 for `text`. */
static void
good_block(struct crypto *c, uint8_t block[256])
{
	struct octets info =
		octets_of("3031300d060960864801650304020105000420");

	memset(block, 0xff, 256);
	block[0] = 0;
	block[1] = 1;
	block[204] = 0;
	memcpy(block + 205, info.at, info.n);
	crypto_sha256(c, span_text(text), block + 224);
}

Test(crypto, no_other_padding_passes)
{
	struct crypto *c = crypto_new();
	struct made m = make(EVP_RSA_gen(2048));
	struct key *key = load(c, &m, KEY_RSA);
	struct span signature = span_of(m.signature, 256);
	uint8_t block[256];

	good_block(c, block);
	sign_block(&m, block);
	cr_expect(key_verify(c, key, span_text(text), signature));
	for (size_t i = 1; i < 256; i++) {
		good_block(c, block);
		block[i] ^= 1;
		sign_block(&m, block);
		cr_expect(!key_verify(c, key, span_text(text), signature),
			"%zu", i);
	}
	/* The hash near the front, and anything behind it. */
	good_block(c, block);
	memmove(block + 10, block + 204, 52);
	memset(block + 62, 0x5a, 256 - 62);
	sign_block(&m, block);
	cr_expect(!key_verify(c, key, span_text(text), signature));
	key_free(key);
	made_free(&m);
	crypto_free(c);
}

/* A signature that is too great by the modulus says the same in arithmetic. */
Test(crypto, a_signature_is_below_the_modulus)
{
	struct crypto *c = crypto_new();
	struct made m = {0};
	struct key *key;
	unsigned carry = 0;
	const uint8_t *modulus;
	size_t tries = 0;

	do {
		made_free(&m);
		m = make(EVP_RSA_gen(2048));
		/* 9 octets of header after the algorithm's 24 */
		modulus = m.spki + 33;
		carry = 0;
		for (size_t i = 256; i-- > 0;) {
			carry += (unsigned)m.signature[i] + modulus[i];
			m.signature[i] = (uint8_t)carry;
			carry >>= 8;
		}
	} while (carry != 0 && ++tries < 50);
	key = load(c, &m, KEY_RSA);
	cr_assert(carry == 0);
	cr_expect(!key_verify(
		c, key, span_text(text), span_of(m.signature, 256)));
	key_free(key);
	made_free(&m);
	crypto_free(c);
}

Test(crypto, router_keys)
{
	struct crypto *c = crypto_new();
	struct made m = make(EVP_EC_gen("P-256"));
	struct key *key = load(c, &m, KEY_P256);
	struct span data = span_text(text);
	struct span signature = span_of(m.signature, m.signature_n);

	cr_expect(key_verify(c, key, data, signature));
	cr_expect(!key_verify(c, key, span_text("another"), signature));
	cr_expect(!key_verify(c, key, data, span_of(m.signature, 8)));
	m.signature[m.signature_n - 1] ^= 1;
	cr_expect(!key_verify(c, key, data, signature));
	key_free(key);
	made_free(&m);
	crypto_free(c);
}

Test(crypto, keys_of_other_sizes_and_kinds)
{
	static const struct {
		int bits;
		enum reject want;
	} rows[] = {{1024, REJECT_KEY_SIZE}, {2047, REJECT_KEY_SIZE},
		{2048, REJECT_NONE}, {2056, REJECT_KEY_SIZE}};
	struct crypto *c = crypto_new();
	struct made m;
	struct key *key = NULL;

	for (size_t i = 0; i < COUNT(rows); i++) {
		m = make(EVP_RSA_gen((unsigned)rows[i].bits));
		cr_expect(key_load(c, span_of(m.spki, m.spki_n), KEY_RSA,
				  &key) == rows[i].want,
			"%d", rows[i].bits);
		cr_expect(key_load(c, span_of(m.spki, m.spki_n), KEY_P256,
				  &key) == REJECT_KEY_ALGORITHM);
		made_free(&m);
	}
	key_free(key);
	m = make(EVP_EC_gen("P-384"));
	cr_expect(key_load(c, span_of(m.spki, m.spki_n), KEY_P256, &key) ==
		REJECT_KEY_CURVE);
	made_free(&m);
	crypto_free(c);
}

Test(crypto, every_beginning_of_a_key_is_refused)
{
	struct crypto *c = crypto_new();
	struct made m[] = {make(EVP_RSA_gen(2048)), make(EVP_EC_gen("P-256"))};
	struct guard g = guard_new(1024);
	struct key *key = NULL;

	for (size_t i = 0; i < COUNT(m); i++) {
		enum key_kind kind = i == 0 ? KEY_RSA : KEY_P256;

		for (size_t n = 0; n < m[i].spki_n; n++)
			cr_expect(key_load(c,
					  guard_span(&g, span_of(m[i].spki, n)),
					  kind, &key) != REJECT_NONE);
		made_free(&m[i]);
	}
	guard_free(&g);
	crypto_free(c);
}
