/*
 * cms: reading the envelope of signed objects, RFC 6488 section 2 from the
 * outside to the inside.
 *
 *	ContentInfo      id-signedData, [0]
 *	  SignedData     3, { SHA-256 }, { type, [0] eContent },
 *	                 [0] { certificate }, no [1] CRLs, { SignerInfo }
 *	    SignerInfo   3, [0] SKI, SHA-256, [0] attributes, RSA, signature,
 *	                 no [1] unsigned attributes
 *
 * The envelope is read whole before the certificate, for it costs less and its
 * refusals say more.  Everything is one pass over the cursor of der.h, so that
 * indefinite lengths and constructed strings, the marks of BER, are refused
 * where they stand.
 *
 * What it does not do: it never decides whether the EE certificate is good;
 * that is between it and its issuer (validator/chain).
 */
#include "validator/object/cms.h"

#include <assert.h>
#include <string.h>

#include "validator/object/der.h"
#include "validator/object/oid.h"
#include "validator/object/x509.h"

enum {
	SIGNED_DATA_VERSION = 3,
	SIGNER_INFO_VERSION = 3,
	/* All that signedAttrs can hold: every attribute is there at most
	 * once, and its value is bounded (28 + 49 + 32 + 39 octets and the
	 * header). */
	SIGNED_ATTRS_MAX = 160,
};

/* What one parse knows besides its result. */
struct envelope {
	struct cms *out;
	enum oid content_oid; /* what the content type must be */
	struct span certificate;
	struct span signer_ski;
	unsigned seen; /* attributes, one bit each */
};

struct attribute {
	enum oid oid;
	void (*read)(struct der *d, struct envelope *e);
};

/* The eContentType of a type of signed object. */
static enum oid
content_oid_of(enum object_type type)
{
	switch (type) {
	case OBJECT_ROA:
		return OID_CT_ROA;
	case OBJECT_MANIFEST:
		return OID_CT_MANIFEST;
	case OBJECT_ASPA:
		return OID_CT_ASPA;
	case OBJECT_GBR:
		return OID_CT_GHOSTBUSTERS;
	case OBJECT_TAK:
		return OID_CT_TAK;
	case OBJECT_SPL:
		return OID_CT_SPL;
	case OBJECT_RSC:
		return OID_CT_RSC;
	case OBJECT_CERT:
	case OBJECT_CRL:
	case OBJECT_ROUTER_CERT:
	case OBJECT_OTHER:
	case OBJECT_TYPES:
		break;
	}
	return OID_UNKNOWN;
}

/* The parameters of an algorithm that has none; others are refused. */
static void
read_null_or_nothing(struct der *d, enum reject code)
{
	if (!der_more(d))
		return;
	der_check(d, der_next_is(d, DER_NULL), code);
	der_null(d);
}

/* RFC 7935 section 2: rsaEncryption, or sha256WithRSAEncryption from those
 * that conform to RFC 6485.  RFC 4055 section 5: parameters are NULL, and
 * absent ones must be accepted; signers are about that leave them out. */
static void
read_signature_algorithm(struct der *d)
{
	enum oid oid;

	der_enter(d, DER_SEQUENCE);
	oid = der_oid(d);
	der_check(d, oid == OID_RSA_ENCRYPTION || oid == OID_SHA256_WITH_RSA,
		REJECT_CMS_SIGNATURE_ALGORITHM);
	read_null_or_nothing(d, REJECT_CMS_SIGNATURE_ALGORITHM);
	der_leave(d);
}

static void
read_content_type(struct der *d, struct envelope *e)
{
	der_oid_is(d, e->content_oid, REJECT_CMS_TYPE_VALUE);
}

static void
read_message_digest(struct der *d, struct envelope *e)
{
	struct span digest = der_octets(d);

	if (der_check(d, digest.n == SHA256_SIZE, REJECT_CMS_DIGEST_SIZE))
		memcpy(e->out->digest, digest.p, SHA256_SIZE);
}

static void
read_signing_time(struct der *d, struct envelope *e)
{
	e->out->signing_time = der_time(d);
	e->out->has_signing_time = true;
}

/* RFC 6019: seconds since 1970, not negative.  Its value is used by nobody. */
static void
read_binary_signing_time(struct der *d, struct envelope *e)
{
	(void)e;
	der_natural(d, REJECT_CMS_BINARY_TIME_VALUE);
}

enum {
	ATTR_CONTENT_TYPE,
	ATTR_DIGEST,
	ATTR_TIME,
	ATTR_BINARY_TIME,
	ATTRS
};

static const struct attribute attributes[ATTRS] = {
	[ATTR_CONTENT_TYPE] = {OID_CONTENT_TYPE, read_content_type},
	[ATTR_DIGEST] = {OID_MESSAGE_DIGEST, read_message_digest},
	[ATTR_TIME] = {OID_SIGNING_TIME, read_signing_time},
	[ATTR_BINARY_TIME] = {OID_BINARY_SIGNING_TIME,
		read_binary_signing_time},
};

/* Attribute ::= SEQUENCE { OID, SET OF value }, with exactly one value. */
static void
read_attribute(struct der *d, struct envelope *e)
{
	enum oid oid;
	size_t i = 0;

	der_enter(d, DER_SEQUENCE);
	oid = der_oid(d);
	while (i < ATTRS && attributes[i].oid != oid)
		i++;
	if (!der_check(d, i < ATTRS, REJECT_CMS_ATTR_UNKNOWN))
		return;
	der_check(d, (e->seen & 1u << i) == 0, REJECT_CMS_ATTR_TWICE);
	e->seen |= 1u << i;
	der_enter(d, DER_SET);
	der_check(d, der_more(d), REJECT_CMS_ATTR_VALUES);
	attributes[i].read(d, e);
	der_check(d, !der_more(d), REJECT_CMS_ATTR_VALUES);
	der_leave(d);
	der_leave(d);
}

/* RFC 6488 section 2.1.6.4, and what RFC 9589 section 4 changed in it. */
static void
read_signed_attrs(
	struct der *d, const struct profile *profile, struct envelope *e)
{
	static const uint8_t tag = DER_CONSTRUCTED(0);

	der_check(d, der_next_is(d, tag), REJECT_CMS_SIGNED_ATTRS);
	e->out->signed_attrs = der_peek(d, tag);
	der_enter(d, tag);
	der_check_set_order(d);
	while (der_more(d))
		read_attribute(d, e);
	der_leave(d);
	der_check(
		d, e->seen & 1u << ATTR_CONTENT_TYPE, REJECT_CMS_TYPE_MISSING);
	der_check(d, e->seen & 1u << ATTR_DIGEST, REJECT_CMS_DIGEST_MISSING);
	if (profile->signing_time_required)
		der_check(
			d, e->seen & 1u << ATTR_TIME, REJECT_CMS_TIME_MISSING);
	if (profile->binary_signing_time_forbidden)
		der_check(d, !(e->seen & 1u << ATTR_BINARY_TIME),
			REJECT_CMS_BINARY_TIME);
}

static void
read_signer_info(
	struct der *d, const struct profile *profile, struct envelope *e)
{
	der_enter(d, DER_SEQUENCE);
	der_check(d,
		der_number(d, SIGNER_INFO_VERSION, REJECT_CMS_SIGNER_VERSION) ==
			SIGNER_INFO_VERSION,
		REJECT_CMS_SIGNER_VERSION);
	der_check(d, der_next_is(d, DER_CONTEXT(0)), REJECT_CMS_SIGNER_ID_FORM);
	e->signer_ski = der_take(d, DER_CONTEXT(0));
	x509_sha256(d, REJECT_CMS_SIGNER_DIGEST);
	read_signed_attrs(d, profile, e);
	read_signature_algorithm(d);
	e->out->signature = der_octets(d);
	der_check(d, !der_next_is(d, DER_CONSTRUCTED(1)),
		REJECT_CMS_UNSIGNED_ATTRS);
	der_leave(d);
}

/* EncapsulatedContentInfo ::= SEQUENCE { OID, [0] EXPLICIT OCTET STRING } */
static void
read_content(struct der *d, struct envelope *e)
{
	der_enter(d, DER_SEQUENCE);
	der_oid_is(d, e->content_oid, REJECT_CMS_ECONTENT_TYPE);
	der_check(d, der_more(d), REJECT_CMS_ECONTENT);
	der_enter(d, DER_CONSTRUCTED(0));
	e->out->content = der_octets(d);
	der_leave(d);
	der_leave(d);
}

/* certificates [0] IMPLICIT SET OF CHOICE, of which ours is a SEQUENCE. */
static void
read_certificate(struct der *d, struct envelope *e)
{
	der_check(
		d, der_next_is(d, DER_CONSTRUCTED(0)), REJECT_CMS_CERTIFICATES);
	der_enter(d, DER_CONSTRUCTED(0));
	der_check(d, der_more(d), REJECT_CMS_CERTIFICATES);
	e->certificate = der_element(d, DER_SEQUENCE);
	der_check(d, !der_more(d), REJECT_CMS_CERTIFICATES);
	der_leave(d);
}

static void
read_signed_data(
	struct der *d, const struct profile *profile, struct envelope *e)
{
	der_enter(d, DER_SEQUENCE);
	der_check(d,
		der_number(d, SIGNED_DATA_VERSION, REJECT_CMS_VERSION) ==
			SIGNED_DATA_VERSION,
		REJECT_CMS_VERSION);
	der_enter(d, DER_SET);
	der_check(d, der_more(d), REJECT_CMS_DIGEST_COUNT);
	x509_sha256(d, REJECT_CMS_DIGEST_ALGORITHM);
	der_check(d, !der_more(d), REJECT_CMS_DIGEST_COUNT);
	der_leave(d);
	read_content(d, e);
	read_certificate(d, e);
	der_check(d, !der_next_is(d, DER_CONSTRUCTED(1)), REJECT_CMS_CRLS);
	der_enter(d, DER_SET);
	der_check(d, der_more(d), REJECT_CMS_SIGNER_COUNT);
	read_signer_info(d, profile, e);
	der_check(d, !der_more(d), REJECT_CMS_SIGNER_COUNT);
	der_leave(d);
	der_leave(d);
}

enum reject
cms_parse(struct span der, const struct cms_want *want, struct crypto *c,
	struct arena *arena, struct cms *out)
{
	struct envelope e = {
		.out = out, .content_oid = content_oid_of(want->type)};
	struct der d;
	enum cert_role role =
		want->type == OBJECT_RSC ? CERT_CHECKLIST : CERT_EE;
	enum reject code;

	memset(out, 0, sizeof(*out));
	out->type = want->type;
	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	der_oid_is(&d, OID_SIGNED_DATA, REJECT_CMS_CONTENT_TYPE);
	der_enter(&d, DER_CONSTRUCTED(0));
	read_signed_data(&d, want->profile, &e);
	der_leave(&d);
	der_leave(&d);
	code = der_done(&d);
	if (code != REJECT_NONE)
		return code;
	code = cert_parse(e.certificate, role, c, arena, &out->ee);
	if (code != REJECT_NONE)
		return code;
	if (!span_equal(e.signer_ski, span_of(out->ee.ski, SHA1_SIZE)))
		return REJECT_CMS_SIGNER_ID;
	return REJECT_NONE;
}

/* RFC 5652 section 5.4: the signature is over the attributes as a SET OF, not
 * as the [0] that stands in the object.  Only the tag differs. */
static bool
signature_is_good(
	const struct cms *cms, const struct key *key, struct crypto *c)
{
	uint8_t attrs[SIGNED_ATTRS_MAX];
	size_t n = cms->signed_attrs.n;

	assert(n > 0 && n <= sizeof(attrs));
	memcpy(attrs, cms->signed_attrs.p, n);
	attrs[0] = DER_SET;
	return key_verify(c, key, span_of(attrs, n), cms->signature);
}

enum reject
cms_check(const struct cms *cms, struct crypto *c)
{
	uint8_t digest[SHA256_SIZE];
	struct key *key;
	enum reject code;
	bool good;

	crypto_sha256(c, cms->content, digest);
	if (memcmp(digest, cms->digest, sizeof(digest)) != 0)
		return REJECT_CMS_DIGEST;
	code = key_load(c, cms->ee.spki, KEY_RSA, &key);
	if (code != REJECT_NONE)
		return code;
	good = signature_is_good(cms, key, c);
	key_free(key);
	return good ? REJECT_NONE : REJECT_CMS_SIGNATURE;
}
