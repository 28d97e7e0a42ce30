/*
 * cert: the frame of a certificate.
 *
 *	Certificate ::= SEQUENCE {
 *	  tbsCertificate  SEQUENCE {
 *	    version          [0] INTEGER 2, which is v3
 *	    serialNumber         INTEGER
 *	    signature            AlgorithmIdentifier
 *	    issuer               Name
 *	    validity             { notBefore, notAfter }
 *	    subject              Name
 *	    subjectPublicKeyInfo
 *	    extensions       [3] see cert_ext.c }
 *	  signatureAlgorithm   AlgorithmIdentifier
 *	  signatureValue       BIT STRING }
 *
 * The role is known beforehand: from where the certificate was found, and for
 * a router from its extended key usage.  So each check is for one role, and a
 * certificate that tries to be two things is neither.
 */
#include "validator/object/cert.h"

#include "validator/object/cert_ext.h"
#include "validator/object/der.h"
#include "validator/object/x509.h"

enum {
	VERSION_3 = 2
};

static const struct x509_name_codes issuer_codes = {
	.form = REJECT_CERT_ISSUER_FORM,
	.string = REJECT_CERT_ISSUER_STRING,
	.size = REJECT_CERT_ISSUER_SIZE,
};

static const struct x509_name_codes subject_codes = {
	.form = REJECT_CERT_SUBJECT_FORM,
	.string = REJECT_CERT_SUBJECT_STRING,
	.size = REJECT_CERT_SUBJECT_SIZE,
};

static void
read_version(struct der *d)
{
	der_check(d, der_next_is(d, DER_CONSTRUCTED(0)), REJECT_CERT_VERSION);
	der_enter(d, DER_CONSTRUCTED(0));
	der_check(d, der_number(d, VERSION_3, REJECT_CERT_VERSION) == VERSION_3,
		REJECT_CERT_VERSION);
	der_leave(d);
}

/* Trust anchors with the serial number 0 are in use. */
static void
read_serial(struct der *d, struct cert *out)
{
	out->serial = der_natural(d, REJECT_CERT_SERIAL);
	if (der_ok(d) && out->role != CERT_TA)
		der_check(d, out->serial.n > 1 || out->serial.p[0] != 0,
			REJECT_CERT_SERIAL);
}

static void
read_validity(struct der *d, struct cert *out)
{
	der_enter(d, DER_SEQUENCE);
	out->not_before = der_time(d);
	out->not_after = der_time(d);
	der_leave(d);
	der_check(
		d, out->not_before.s <= out->not_after.s, REJECT_CERT_VALIDITY);
}

static void
read_key(struct der *d, struct crypto *c, struct cert *out)
{
	enum key_kind kind = out->role == CERT_ROUTER ? KEY_P256 : KEY_RSA;
	struct span bits;
	enum reject code;

	out->spki = der_element(d, DER_SEQUENCE);
	if (!der_ok(d))
		return;
	code = key_check(out->spki, kind, &bits);
	if (der_check(d, code == REJECT_NONE, code))
		crypto_sha1(c, bits, out->ski);
}

static void
read_tbs(struct der *d, struct crypto *c, struct arena *arena, struct cert *out)
{
	out->tbs = der_peek(d, DER_SEQUENCE);
	der_enter(d, DER_SEQUENCE);
	read_version(d);
	read_serial(d, out);
	x509_algorithm(d, REJECT_CERT_ALGORITHM);
	out->issuer = x509_name(d, &issuer_codes);
	read_validity(d, out);
	out->subject = x509_name(d, &subject_codes);
	der_check(d,
		out->role != CERT_TA || span_equal(out->issuer, out->subject),
		REJECT_CERT_SELF_ISSUED);
	read_key(d, c, out);
	der_check(d,
		!der_next_is(d, DER_CONTEXT(1)) &&
			!der_next_is(d, DER_CONTEXT(2)),
		REJECT_CERT_UNIQUE_ID);
	cert_read_extensions(d, arena, out);
	der_leave(d);
}

enum reject
cert_parse(struct span der, enum cert_role role, struct crypto *c,
	struct arena *arena, struct cert *out)
{
	struct der d;

	*out = (struct cert){.role = role, .der = der};
	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	read_tbs(&d, c, arena, out);
	x509_algorithm(&d, REJECT_CERT_OUTER_ALGORITHM);
	out->signature = der_bit_octets(&d);
	der_leave(&d);
	return der_done(&d);
}

/* Whether the extension at the cursor is an extended key usage for routers.
 * Takes it in any case. */
static bool
is_router_usage(struct der *d)
{
	bool critical, router = false;

	if (x509_enter_extension(d, &critical) == OID_EXTENDED_KEY_USAGE) {
		der_enter(d, DER_SEQUENCE);
		while (der_more(d))
			if (der_oid(d) == OID_EKU_BGPSEC_ROUTER)
				router = true;
		der_leave(d);
	} else
		der_rest(d);
	x509_leave_extension(d);
	return router;
}

enum cert_role
cert_role_of(struct span der)
{
	bool router = false;
	struct der d;

	x509_enter_extensions(&d, der);
	while (der_more(&d))
		if (is_router_usage(&d))
			router = true;
	return router && der_ok(&d) ? CERT_ROUTER : CERT_CA;
}
