/*
 * selftest: see the header.
 *
 *	ROA                  its digest, its signature (by the EE's key), the
 *	                     EE's signature (by the issuer's key)
 *	router certificate   its point on the curve, its signature
 *	ECDSA                a signature by a P-256 key
 *
 * Each is asked in both directions, by the functions that judge objects.  Times
 * are not looked at: known-good objects end some day, and this asks nothing of
 * time.
 */
#include "validator/run/selftest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "validator/object/roa.h"
#include "waymark/err.h"

enum {
	CHUNK = 65536,
};

/* One test under way. */
struct bench {
	const struct selftest_data *data;
	struct crypto *crypto;
	struct arena *arena;
	struct key *issuer, *point;
	const char *why; /* the first wrong answer */
};

static void
expect(struct bench *b, bool good, const char *why)
{
	if (!good && b->why == NULL)
		b->why = why;
}

/* A copy of `whole` in which the last octet of `part` is another one. */
static struct span
spoil(struct bench *b, struct span whole, struct span part)
{
	uint8_t *copy = arena_copy(b->arena, whole.p, whole.n);

	if (copy == NULL)
		abort(); /* out of memory: the validator is disposable */
	copy[part.p - whole.p + (ptrdiff_t)part.n - 1] ^= 1;
	return span_of(copy, whole.n);
}

static enum reject
judge_roa(struct bench *b, struct span der, struct roa *roa)
{
	enum reject code =
		roa_parse(der, profile_current(), b->crypto, b->arena, roa);

	return code == REJECT_NONE ? cms_check(&roa->cms, b->crypto) : code;
}

static bool
is_issued(struct bench *b, struct span tbs, struct span signature)
{
	return key_verify(b->crypto, b->issuer, tbs, signature);
}

static void
test_roa(struct bench *b)
{
	struct span der = b->data->roa, bad;
	struct roa roa, other;
	const struct cert *ee = &roa.cms.ee;

	if (judge_roa(b, der, &roa) != REJECT_NONE) {
		expect(b, false, "a good signed object is refused");
		return;
	}
	expect(b,
		judge_roa(b, spoil(b, der, roa.cms.signature), &other) ==
			REJECT_CMS_SIGNATURE,
		"a bad RSA signature of an object is accepted");
	expect(b,
		judge_roa(b, spoil(b, der, roa.cms.content), &other) !=
			REJECT_NONE,
		"a changed object is accepted");
	expect(b, is_issued(b, ee->tbs, ee->signature),
		"a good RSA signature of a certificate is refused");
	bad = spoil(b, ee->signature, ee->signature);
	expect(b, !is_issued(b, ee->tbs, bad),
		"a bad RSA signature of a certificate is accepted");
	bad = spoil(b, ee->tbs, ee->tbs);
	expect(b, !is_issued(b, bad, ee->signature),
		"a changed certificate is accepted");
}

static void
test_router(struct bench *b)
{
	struct span der = b->data->router;
	struct key *key = NULL;
	struct cert cert;

	if (cert_parse(der, CERT_ROUTER, b->crypto, b->arena, &cert) !=
		REJECT_NONE) {
		expect(b, false, "a good router certificate is refused");
		return;
	}
	expect(b, is_issued(b, cert.tbs, cert.signature),
		"a good RSA signature of a router certificate is refused");
	expect(b, key_load(b->crypto, cert.spki, KEY_P256, &key) == REJECT_NONE,
		"a good P-256 key is refused");
	key_free(key);
	key = NULL;
	expect(b,
		key_load(b->crypto, spoil(b, cert.spki, cert.spki), KEY_P256,
			&key) == REJECT_KEY_POINT,
		"a point beside the curve P-256 is accepted");
	key_free(key);
}

static void
test_ecdsa(struct bench *b)
{
	struct span signature = b->data->ecdsa, data = b->data->roa;
	struct crypto *c = b->crypto;

	expect(b, key_verify(c, b->point, data, signature),
		"a good ECDSA signature is refused");
	expect(b,
		!key_verify(c, b->point, data, spoil(b, signature, signature)),
		"a bad ECDSA signature is accepted");
	expect(b, !key_verify(c, b->point, spoil(b, data, data), signature),
		"an ECDSA signature of something else is accepted");
}

static void
test_all(struct bench *b)
{
	expect(b,
		key_load(b->crypto, b->data->issuer, KEY_RSA, &b->issuer) ==
			REJECT_NONE,
		"a good RSA key is refused");
	expect(b,
		key_load(b->crypto, b->data->point, KEY_P256, &b->point) ==
			REJECT_NONE,
		"a good P-256 key is refused");
	if (b->why != NULL)
		return;
	test_roa(b);
	test_router(b);
	test_ecdsa(b);
}

int
selftest_run(const struct selftest_data *data, const char **why)
{
	struct bench b = {.data = data, .arena = arena_new(CHUNK)};

	if (b.arena == NULL)
		return ERR_NOMEM;
	b.crypto = crypto_new();
	if (b.crypto == NULL)
		b.why = "the library lacks an algorithm";
	else
		test_all(&b);
	key_free(b.point);
	key_free(b.issuer);
	crypto_free(b.crypto);
	arena_free(b.arena);
	if (b.why == NULL)
		return 0;
	*why = b.why;
	return ERR_CRYPTO;
}
