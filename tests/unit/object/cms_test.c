/*
 * cms: every field of the envelope, right and wrong (RFC 6488 section 2), and
 * both profiles where they differ.
 */
#include "tests/unit/object/signed.h"

#include <string.h>

#define SIGNER	 "signerInfo."
#define ATTRS	 SIGNER "signedAttrs."
#define SHA512	 "2.16.840.1.101.3.4.2.3"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Attributes as octets: unknown (1.2.840.113549.1.9.7), and
 * binary-signing-time of 1, of -1, and without or with two values. */
#define ATTR_UNKNOWN "301006092a864886f70d01090731030c0161"
#define BIN_OID	     "060b2a864886f70d010910022e"
#define BIN_ONE	     "3012" BIN_OID "3103020101"
#define BIN_MINUS    "3012" BIN_OID "31030201ff"
#define BIN_NONE     "300f" BIN_OID "3100"
#define BIN_TWO	     "3015" BIN_OID "3106020101020102"

static enum reject
judge(struct bench *b, struct span der, const struct profile *profile)
{
	const struct cms_want want = {OBJECT_ROA, profile};
	struct cms cms;
	enum reject code = cms_parse(der, &want, b->crypto, b->arena, &cms);

	return code != REJECT_NONE ? code : cms_check(&cms, b->crypto);
}

static const struct row accepted[] = {
	ROW(NULL, NONE),
	ROW("digestAlgorithms.algorithm=last:0500", NONE),
	ROW(SIGNER "digestAlgorithm=last:0500", NONE),
	ROW(SIGNER "signatureAlgorithm.oid=oid:1.2.840.113549.1.1.11", NONE),
	ROW(SIGNER "signatureAlgorithm.parameters=remove", NONE),
};

static const struct row refused[] = {
	ROW("contentType=oid:1.2.840.113549.1.7.1", CMS_CONTENT_TYPE),
	ROW("signedData.version=int:1", CMS_VERSION),
	ROW("signedData.version=int:4", CMS_VERSION),
	ROW("signedData.version=int:-3", CMS_VERSION),
	ROW("digestAlgorithms.algorithm=remove", CMS_DIGEST_COUNT),
	ROW("digestAlgorithms.algorithm=dup", CMS_DIGEST_COUNT),
	ROW("digestAlgorithms.algorithm.oid=oid:" SHA512, CMS_DIGEST_ALGORITHM),
	ROW("digestAlgorithms.algorithm=last:020100", CMS_DIGEST_ALGORITHM),
	ROW("encap.eContentType=oid:1.2.840.113549.1.9.16.1.26",
		CMS_ECONTENT_TYPE),
	ROW("encap[1]=remove", CMS_ECONTENT),
	ROW("encap.content=tag:0x24", DER_TAG),
	ROW("certificates=remove", CMS_CERTIFICATES),
	ROW("certificates.ee=remove", CMS_CERTIFICATES),
	ROW("certificates.ee=dup", CMS_CERTIFICATES),
	ROW("certificates=after:a100", CMS_CRLS),
	ROW("signerInfos.signerInfo=remove", CMS_SIGNER_COUNT),
	ROW("signerInfos.signerInfo=dup", CMS_SIGNER_COUNT),
	ROW(SIGNER "version=int:1", CMS_SIGNER_VERSION),
	ROW(SIGNER "sid=raw:30030201ff", CMS_SIGNER_ID_FORM),
	ROW(SIGNER "sid=flip:0", CMS_SIGNER_ID),
	ROW(SIGNER "sid=cut:1", CMS_SIGNER_ID),
	ROW(SIGNER "digestAlgorithm.oid=oid:" SHA512, CMS_SIGNER_DIGEST),
	ROW(SIGNER "digestAlgorithm=last:020100", CMS_SIGNER_DIGEST),
	ROW(SIGNER "signedAttrs=remove", CMS_SIGNED_ATTRS),
	ROW(SIGNER "signedAttrs[0]=swap", DER_SET_ORDER),
	ROW(ATTRS "contentType=before:" ATTR_UNKNOWN, CMS_ATTR_UNKNOWN),
	ROW(ATTRS "contentType=dup", CMS_ATTR_TWICE),
	ROW(ATTRS "signingTime=dup", CMS_ATTR_TWICE),
	ROW(ATTRS "contentType.values.value=remove", CMS_ATTR_VALUES),
	ROW(ATTRS "messageDigest.values.value=dup", CMS_ATTR_VALUES),
	ROW(ATTRS "contentType=remove", CMS_TYPE_MISSING),
	ROW(ATTRS "contentType.values.value=oid:1.2.840.113549.1.9.16.1.26",
		CMS_TYPE_VALUE),
	ROW(ATTRS "messageDigest=remove", CMS_DIGEST_MISSING),
	ROW(ATTRS "messageDigest.values.value=cut:1", CMS_DIGEST_SIZE),
	ROW(ATTRS "messageDigest.values.value=flip:0", CMS_DIGEST),
	ROW(SIGNER "signatureAlgorithm.oid=oid:1.2.840.113549.1.1.5",
		CMS_SIGNATURE_ALGORITHM),
	ROW(SIGNER "signatureAlgorithm.parameters=raw:0201ff",
		CMS_SIGNATURE_ALGORITHM),
	ROW(SIGNER "signature=flip:-1", CMS_SIGNATURE),
	ROW(SIGNER "signature=cut:1", CMS_SIGNATURE),
	ROW(SIGNER "signature=hex:", CMS_SIGNATURE),
	ROW(SIGNER "signature=after:a100", CMS_UNSIGNED_ATTRS),
	ROW(".=after:00", DER_TRAILING),
	ROW(".=length:indefinite", DER_INDEFINITE),
	ROW("signerInfo=length:indefinite", DER_INDEFINITE),
	ROW("encap.content=length:long", DER_LENGTH_FORM),
};

/* RFC 9589 section 4: what the years before it allowed. */
static const struct row differ[] = {
	{{ATTRS "signingTime=remove"}, REJECT_CMS_TIME_MISSING, REJECT_NONE},
	{{ATTRS "contentType=before:" BIN_ONE}, REJECT_CMS_BINARY_TIME,
		REJECT_NONE},
	{{ATTRS "contentType=before:" BIN_ONE, ATTRS "signingTime=remove"},
		REJECT_CMS_TIME_MISSING, REJECT_NONE},
};

static const struct row binary_time[] = {
	ROW(ATTRS "contentType=before:" BIN_MINUS, CMS_BINARY_TIME_VALUE),
	ROW(ATTRS "contentType=before:" BIN_NONE, CMS_ATTR_VALUES),
	ROW(ATTRS "contentType=before:" BIN_TWO, CMS_ATTR_VALUES),
};

Test(cms, accepts)
{
	bench_rows(judge, "roa", accepted, COUNT(accepted));
}

Test(cms, refuses)
{
	bench_rows(judge, "roa", refused, COUNT(refused));
}

Test(cms, profiles_differ_in_signing_times)
{
	bench_rows(judge, "roa", differ, COUNT(differ));
}

Test(cms, binary_time_is_checked_where_it_is_allowed)
{
	bench_rows(judge, "roa", binary_time, COUNT(binary_time));
}

Test(cms, gives_what_it_read)
{
	struct bench b = bench_new();
	const struct cms_want want = {OBJECT_ROA, profile_current()};
	struct span der = bench_make(&b, "roa", NULL);
	struct cms cms;

	cr_assert(
		cms_parse(der, &want, b.crypto, b.arena, &cms) == REJECT_NONE);
	cr_expect(cms.type == OBJECT_ROA);
	cr_expect(cms.has_signing_time);
	cr_expect(cms.signing_time.s == LAB_NOW - 3600);
	cr_expect(cms.ee.role == CERT_EE);
	cr_expect(cms.signature.n == 256);
	cr_expect(cms.content.n > 0 && cms.content.p[0] == 0x30);
	cr_expect(cms.content.p > der.p && cms.content.p < der.p + der.n);
	cr_expect(cms.signed_attrs.p[0] == 0xa0);
	bench_free(&b);
}

/* An object of one type is never taken for another. */
Test(cms, type_is_what_was_asked_for)
{
	static const struct {
		const char *lab;
		enum object_type type;
	} types[] = {
		{"roa", OBJECT_ROA},
		{"mft", OBJECT_MANIFEST},
		{"gbr", OBJECT_GBR},
		{"aspa", OBJECT_ASPA},
		{"tak", OBJECT_TAK},
	};
	struct bench b = bench_new();
	struct cms cms;

	for (size_t i = 0; i < COUNT(types); i++) {
		struct span der = bench_make(&b, types[i].lab, NULL);

		for (int t = 0; t < OBJECT_TYPES; t++) {
			const struct cms_want want = {
				(enum object_type)t, profile_current()};
			enum reject code = (int)types[i].type == t
				? REJECT_NONE
				: REJECT_CMS_ECONTENT_TYPE;
			enum reject got =
				cms_parse(der, &want, b.crypto, b.arena, &cms);

			cr_expect(got == code, "%s as %d: %s", types[i].lab, t,
				reject_name(got));
		}
	}
	bench_free(&b);
}

/* The content, once parsed, cannot be exchanged for another. */
Test(cms, check_covers_the_content)
{
	const struct cms_want want = {OBJECT_ROA, profile_current()};
	struct bench b = bench_new();
	struct cms cms;

	cr_assert(cms_parse(bench_make(&b, "roa", NULL), &want, b.crypto,
			  b.arena, &cms) == REJECT_NONE);
	cr_expect(cms_check(&cms, b.crypto) == REJECT_NONE);
	cms.content.n--;
	cr_expect(cms_check(&cms, b.crypto) == REJECT_CMS_DIGEST);
	cms.content = span_of("", 0);
	cr_expect(cms_check(&cms, b.crypto) == REJECT_CMS_DIGEST);
	bench_free(&b);
}

Test(cms, cut_at_every_octet)
{
	struct bench b = bench_new();

	bench_cut(judge, &b, bench_make(&b, "roa", NULL));
	bench_free(&b);
}
