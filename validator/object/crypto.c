/*
 * crypto: hashes and signatures by OpenSSL, at the price of the arithmetic.
 *
 * A ROA costs two RSA checks, one of them by a key that is seen once.  What
 * OpenSSL 3 offers for that on the reference machine, in microseconds:
 *
 *	d2i_PUBKEY                    86    fromdata                   2.2
 *	EVP_DigestVerify              16.3  EVP_PKEY_verify, ready    12.7
 *	RSA_verify, key ready         12.7  with a new key            18.0
 *	18 Montgomery products        10.5  with a new modulus        14.9
 *
 * So the check is done here, on the library's own numbers.  It is the one that
 * RFC 8017 section 8.2.2 describes: raise the signature to 65537, which is
 * sixteen squarings and a product, and compare the result with the block that a
 * good signature gives, all 256 octets as one number.  The block is made, never
 * parsed, so there is no padding to be lenient about:
 *
 *	00 01 ff .. ff 00 DigestInfo(SHA-256) hash
 *
 * Public keys hold no secrets: nothing here needs constant time.  Router keys
 * are rare and go through EVP.
 *
 * When the library runs out of memory the process ends: the validator is
 * disposable, and a signature that could not be checked must not look wrong.
 */
#include "validator/object/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"

enum {
	RSA_SIZE = 256, /* octets of a 2048-bit modulus */
	RSA_EXPONENT = 65537,
	RSA_SQUARINGS = 16, /* 65537 = 2^16 + 1 */
	P256_POINT_SIZE = 65, /* 04, x, y */
	P256_UNCOMPRESSED = 4,
};

/* DigestInfo of SHA-256 with NULL parameters, RFC 8017 section 9.2. */
static const uint8_t digest_info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
	0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

struct crypto {
	EVP_MD *sha256, *sha1;
	EVP_MD_CTX *hash;
	EVP_MD_CTX *verify;
	BN_CTX *bn;
	BIGNUM *base, *power;
	BIGNUM *frame; /* the block of a good signature, its hash zero */
	BIGNUM *want; /* and with a hash */
	uint64_t signatures;
};

struct key {
	enum key_kind kind;
	BIGNUM *modulus;
	BN_MONT_CTX *mont;
	EVP_PKEY *pkey;
};

static void *
must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

/* The block that a good signature gives, RFC 8017 section 9.2, but for the
 * hash. */
static BIGNUM *
make_frame(void)
{
	uint8_t block[RSA_SIZE] = {0, 1};
	size_t info = RSA_SIZE - SHA256_SIZE - sizeof(digest_info);

	memset(block + 2, 0xff, info - 3);
	memcpy(block + info, digest_info, sizeof(digest_info));
	return BN_bin2bn(block, RSA_SIZE, NULL);
}

struct crypto *
crypto_new(void)
{
	struct crypto *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	c->hash = EVP_MD_CTX_new();
	c->verify = EVP_MD_CTX_new();
	c->bn = BN_CTX_new();
	c->base = BN_new();
	c->power = BN_new();
	c->frame = make_frame();
	c->want = BN_new();
	if (c->sha256 == NULL || c->sha1 == NULL || c->hash == NULL ||
		c->verify == NULL || c->bn == NULL || c->base == NULL ||
		c->power == NULL || c->frame == NULL || c->want == NULL) {
		crypto_free(c);
		return NULL;
	}
	return c;
}

void
crypto_free(struct crypto *c)
{
	if (c == NULL)
		return;
	BN_free(c->want);
	BN_free(c->frame);
	BN_free(c->power);
	BN_free(c->base);
	BN_CTX_free(c->bn);
	EVP_MD_CTX_free(c->verify);
	EVP_MD_CTX_free(c->hash);
	EVP_MD_free(c->sha1);
	EVP_MD_free(c->sha256);
	free(c);
}

uint64_t
crypto_signatures(const struct crypto *c)
{
	return c->signatures;
}

static void
digest(struct crypto *c, const EVP_MD *md, struct span data, uint8_t *out)
{
	uint8_t value[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_DigestInit_ex2(c->hash, md, NULL) != 1 ||
		EVP_DigestUpdate(c->hash, data.p, data.n) != 1 ||
		EVP_DigestFinal_ex(c->hash, value, &n) != 1)
		abort();
	memcpy(out, value, n);
}

void
crypto_sha256(struct crypto *c, struct span data, uint8_t out[SHA256_SIZE])
{
	digest(c, c->sha256, data, out);
}

void
crypto_sha1(struct crypto *c, struct span data, uint8_t out[SHA1_SIZE])
{
	digest(c, c->sha1, data, out);
}

/* RFC 8017 A.1.1:  RSAPublicKey ::= SEQUENCE { modulus, publicExponent } */
static enum reject
read_rsa_key(struct span bits, struct span *modulus)
{
	struct span n;
	struct der d;

	der_init(&d, bits);
	der_enter(&d, DER_SEQUENCE);
	n = der_integer(&d);
	/* 2048 bits: an octet for the sign, and the top bit set. */
	if (der_check(
		    &d, n.n == RSA_SIZE + 1 && n.p[0] == 0, REJECT_KEY_SIZE)) {
		*modulus = span_of(n.p + 1, RSA_SIZE);
		der_check(&d, (n.p[RSA_SIZE] & 1) != 0, REJECT_KEY_EVEN);
	}
	der_check(&d,
		der_number(&d, RSA_EXPONENT, REJECT_KEY_EXPONENT) ==
			RSA_EXPONENT,
		REJECT_KEY_EXPONENT);
	der_leave(&d);
	return der_done(&d);
}

/* RFC 5480 section 2:  SubjectPublicKeyInfo ::= SEQUENCE {
 *	algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING } */
static enum reject
read_spki(struct span spki, enum key_kind kind, struct span *bits)
{
	struct der d;

	der_init(&d, spki);
	der_enter(&d, DER_SEQUENCE);
	der_enter(&d, DER_SEQUENCE);
	switch (kind) {
	case KEY_RSA:
		der_oid_is(&d, OID_RSA_ENCRYPTION, REJECT_KEY_ALGORITHM);
		der_check(&d, der_next_is(&d, DER_NULL), REJECT_KEY_PARAMETERS);
		der_null(&d);
		break;
	case KEY_P256:
		der_oid_is(&d, OID_EC_PUBLIC_KEY, REJECT_KEY_ALGORITHM);
		der_check(&d, der_next_is(&d, DER_OID), REJECT_KEY_CURVE);
		der_oid_is(&d, OID_P256, REJECT_KEY_CURVE);
		break;
	}
	der_leave(&d);
	*bits = der_bit_octets(&d);
	der_leave(&d);
	return der_done(&d);
}

/* OpenSSL refuses a point that is not on the curve. */
static enum reject
load_p256(struct span point, EVP_PKEY **out)
{
	char curve[] = "prime256v1";
	uint8_t copy[P256_POINT_SIZE];
	OSSL_PARAM params[3];
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pkey = NULL;
	bool good;

	if (point.n != sizeof(copy) || point.p[0] != P256_UNCOMPRESSED)
		return REJECT_KEY_POINT_FORM;
	memcpy(copy, point.p, sizeof(copy));
	params[0] = OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
		OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof(copy));
	params[2] = OSSL_PARAM_construct_end();
	ctx = must(EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL));
	good = EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	if (!good)
		return REJECT_KEY_POINT;
	*out = pkey;
	return REJECT_NONE;
}

enum reject
key_check(struct span spki, enum key_kind kind, struct span *bits)
{
	enum reject code = read_spki(spki, kind, bits);
	struct span modulus;
	EVP_PKEY *pkey = NULL;

	if (code != REJECT_NONE)
		return code;
	if (kind == KEY_RSA)
		return read_rsa_key(*bits, &modulus);
	code = load_p256(*bits, &pkey);
	EVP_PKEY_free(pkey);
	return code;
}

static enum reject
load_rsa(struct crypto *c, struct span bits, struct key *k)
{
	struct span modulus;
	enum reject code = read_rsa_key(bits, &modulus);

	if (code != REJECT_NONE)
		return code;
	k->modulus = must(BN_bin2bn(modulus.p, RSA_SIZE, NULL));
	k->mont = must(BN_MONT_CTX_new());
	if (BN_MONT_CTX_set(k->mont, k->modulus, c->bn) != 1)
		abort();
	return REJECT_NONE;
}

enum reject
key_load(struct crypto *c, struct span spki, enum key_kind kind,
	struct key **out)
{
	struct span bits;
	enum reject code = read_spki(spki, kind, &bits);
	struct key *k;

	if (code != REJECT_NONE)
		return code;
	k = must(calloc(1, sizeof(*k)));
	k->kind = kind;
	code = kind == KEY_RSA ? load_rsa(c, bits, k)
			       : load_p256(bits, &k->pkey);
	if (code != REJECT_NONE) {
		key_free(k);
		return code;
	}
	*out = k;
	return REJECT_NONE;
}

void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	BN_MONT_CTX_free(k->mont);
	BN_free(k->modulus);
	free(k);
}

/* c->power = base ^ 65537 mod n.  The last product is of a number in
 * Montgomery's form and one that is not, which brings the result back. */
static bool
power_of(struct crypto *c, const struct key *k)
{
	bool good = BN_to_montgomery(c->power, c->base, k->mont, c->bn) == 1;

	for (int i = 0; good && i < RSA_SQUARINGS; i++)
		good = BN_mod_mul_montgomery(c->power, c->power, c->power,
			       k->mont, c->bn) == 1;
	return good &&
		BN_mod_mul_montgomery(
			c->power, c->power, c->base, k->mont, c->bn) == 1;
}

static bool
verify_rsa(struct crypto *c, const struct key *k, struct span data,
	struct span signature)
{
	uint8_t hash[SHA256_SIZE];

	if (signature.n != RSA_SIZE)
		return false;
	must(BN_bin2bn(signature.p, RSA_SIZE, c->base));
	if (BN_ucmp(c->base, k->modulus) >= 0)
		return false;
	crypto_sha256(c, data, hash);
	if (!power_of(c, k))
		abort();
	must(BN_bin2bn(hash, SHA256_SIZE, c->want));
	if (BN_uadd(c->want, c->frame, c->want) != 1)
		abort();
	return BN_ucmp(c->power, c->want) == 0;
}

static bool
verify_p256(struct crypto *c, const struct key *k, struct span data,
	struct span signature)
{
	bool good;

	if (EVP_MD_CTX_reset(c->verify) != 1 ||
		EVP_DigestVerifyInit(
			c->verify, NULL, c->sha256, NULL, k->pkey) != 1)
		abort();
	good = EVP_DigestVerify(c->verify, signature.p, signature.n, data.p,
		       data.n) == 1;
	ERR_clear_error();
	return good;
}

bool
key_verify(struct crypto *c, const struct key *k, struct span data,
	struct span signature)
{
	c->signatures++;
	switch (k->kind) {
	case KEY_RSA:
		return verify_rsa(c, k, data, signature);
	case KEY_P256:
		return verify_p256(c, k, data, signature);
	}
	return false;
}
