/*
 * cert: every field and extension of a certificate, right and wrong, for each
 * role (RFC 6487 section 4, RFC 8209 section 3, RFC 8630 section 2.3).
 */
#include "tests/unit/object/signed.h"

#include <string.h>

#include "tests/unit/object/corpus.h"
#include "validator/object/cert.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define X	 "tbs.extensions."
#define CN	 ".rdn.cn"
#define POINT	 X "crldp.value.points.point"
#define FULL	 POINT ".name.fullName"
#define AIA	 X "aia.value.list.caIssuers"
#define SIA	 X "sia.value.list"
#define POLICY	 X "policies.value.list.policy"
#define V4	 X "ip.value.blocks.ipv4"
#define BLOCKS	 X "ip.value.blocks"
#define ASNS	 X "asn.value.ids"
/* 1.2.3.4, not critical, of one octet. */
#define FOREIGN "300806032a0304040100"
/* Others like it: 1.2.3.n of no octets; eight of them. */
#define OTHER(n) "300706032a03" n "0400"
#define OTHERS(n) \
	OTHER(n "0") \
	OTHER(n "1") \
	OTHER(n "2") \
	OTHER(n "3") OTHER(n "4") OTHER(n "5") OTHER(n "6") OTHER(n "7")

static enum reject
judge(struct bench *b, struct span der, enum cert_role role)
{
	struct cert cert;

	return cert_parse(der, role, b->crypto, b->arena, &cert);
}

static enum reject
judge_ta(struct bench *b, struct span der, const struct profile *profile)
{
	(void)profile;
	return judge(b, der, CERT_TA);
}

static enum reject
judge_ca(struct bench *b, struct span der, const struct profile *profile)
{
	(void)profile;
	return judge(b, der, CERT_CA);
}

static enum reject
judge_ee(struct bench *b, struct span der, const struct profile *profile)
{
	(void)profile;
	return judge(b, der, CERT_EE);
}

static enum reject
judge_checklist(struct bench *b, struct span der, const struct profile *profile)
{
	(void)profile;
	return judge(b, der, CERT_CHECKLIST);
}

static enum reject
judge_router(struct bench *b, struct span der, const struct profile *profile)
{
	(void)profile;
	return judge(b, der, CERT_ROUTER);
}

static const struct row fields[] = {
	ROW(NULL, NONE),
	ROW("tbs.version=int:1", CERT_VERSION),
	ROW("tbs.version=int:3", CERT_VERSION),
	ROW("tbs.version=int:-2", CERT_VERSION),
	ROW("tbs[0]=remove", CERT_VERSION),
	ROW("tbs.serial=int:0", CERT_SERIAL),
	ROW("tbs.serial=int:-1", CERT_SERIAL),
	ROW("tbs.serial=hex:7fffffffffffffffffffffffffffffffffffffff", NONE),
	ROW("tbs.serial=hex:008000000000000000000000000000000000000000",
		CERT_SERIAL),
	ROW("tbs.serial=hex:0001", DER_INTEGER_MINIMAL),
	ROW("tbs.serial=remove", DER_TAG),
	ROW("tbs.sigAlg.oid=oid:1.2.840.113549.1.1.12", CERT_ALGORITHM),
	ROW("tbs.sigAlg.parameters=remove", CERT_ALGORITHM),
	ROW("tbs.sigAlg.parameters=hex:00", DER_NULL),
	ROW("sigAlg.oid=oid:1.2.840.113549.1.1.5", CERT_OUTER_ALGORITHM),
	ROW("sigAlg.parameters=remove", CERT_OUTER_ALGORITHM),
	ROW("tbs.validity.notBefore=gentime:2029-07-01T00:00:00Z",
		DER_TIME_TYPE),
	ROW("tbs.validity.notBefore=hex:323930373032313230305a", DER_TIME_FORM),
	ROW("tbs.validity.notAfter=utctime:2029-01-01T00:00:00Z",
		CERT_VALIDITY),
	ROW("tbs.validity.notAfter=gentime:2050-01-01T00:00:00Z", NONE),
	ROW("tbs.validity.notAfter=remove", DER_MISSING),
	ROW("tbs.spki=after:81020000", CERT_UNIQUE_ID),
	ROW("tbs.spki=after:82020000", CERT_UNIQUE_ID),
	ROW("tbs.extensions=after:0500", DER_TRAILING),
	ROW("tbs[7]=remove", DER_MISSING),
	ROW("tbs[7]=after:0500", DER_TRAILING),
	ROW("tbs=length:long", DER_LENGTH_FORM),
	ROW("tbs=length:indefinite", DER_INDEFINITE),
	ROW("signature=remove", DER_MISSING),
	ROW("signature=after:0500", DER_TRAILING),
	ROW(".=after:00", DER_TRAILING),
};

static const struct row names[] = {
	ROW("tbs.issuer=last:310a30080603550405130131", NONE),
	ROW("tbs.issuer.rdn=before:310a30080603550405130131", NONE),
	ROW("tbs.issuer.rdn=last:30080603550405130131", DER_SET_ORDER),
	ROW("tbs.issuer.rdn=first:30080603550405130131", NONE),
	ROW("tbs.issuer=hex:", CERT_ISSUER_FORM),
	ROW("tbs.issuer.rdn=hex:", CERT_ISSUER_FORM),
	ROW("tbs.issuer.rdn=dup", CERT_ISSUER_FORM),
	ROW("tbs.issuer=last:310a3008060355040a130131", CERT_ISSUER_FORM),
	ROW("tbs.issuer=last:310a30080603550405130131"
	    "310a30080603550405130131",
		CERT_ISSUER_FORM),
	ROW("tbs.issuer" CN ".type=oid:2.5.4.5", CERT_ISSUER_FORM),
	ROW("tbs.issuer" CN ".value=tag:0x0c", NONE),
	ROW("tbs.issuer" CN ".value=tag:0x1e", CERT_ISSUER_STRING),
	ROW("tbs.issuer" CN ".value=tag:0x16", CERT_ISSUER_STRING),
	ROW("tbs.issuer" CN ".value=text:a_b", CERT_ISSUER_STRING),
	ROW("tbs.issuer" CN ".value=text:", CERT_ISSUER_STRING),
	ROW("tbs.issuer" CN ".value=hex:6100", CERT_ISSUER_STRING),
	ROW("tbs.issuer" CN ".value=fill:1100", CERT_ISSUER_SIZE),
	ROW("tbs.issuer" CN ".value=fill:1000", NONE),
	ROW("tbs.issuer" CN "=last:0500", DER_TRAILING),
	ROW("tbs.subject=hex:", CERT_SUBJECT_FORM),
	ROW("tbs.subject.rdn=dup", CERT_SUBJECT_FORM),
	ROW("tbs.subject" CN ".value=tag:0x0c", NONE),
	ROW("tbs.subject" CN ".value=tag:0x16", CERT_SUBJECT_STRING),
	ROW("tbs.subject" CN ".value=fill:1100", CERT_SUBJECT_SIZE),
};

static const struct row keys[] = {
	ROW("tbs.spki.algorithm.oid=oid:1.2.840.10045.2.1", KEY_ALGORITHM),
	ROW("tbs.spki.algorithm.oid=oid:1.2.840.113549.1.1.11", KEY_ALGORITHM),
	ROW("tbs.spki.algorithm.parameters=remove", KEY_PARAMETERS),
	ROW("tbs.spki.key.rsa.exponent=int:3", KEY_EXPONENT),
	ROW("tbs.spki.key.rsa.exponent=int:65539", KEY_EXPONENT),
	ROW("tbs.spki.key.rsa.exponent=int:-65537", KEY_EXPONENT),
	ROW("tbs.spki.key.rsa.modulus=cut:1", KEY_SIZE),
	ROW("tbs.spki.key.rsa.modulus=int:77", KEY_SIZE),
	ROW("tbs.spki.key.rsa.modulus=flip:-1", KEY_EVEN),
	ROW("tbs.spki.key.rsa=hex:", DER_MISSING),
	ROW("tbs.spki.key.rsa.modulus=flip:100", CERT_SKI_HASH),
};

static const struct row extensions[] = {
	ROW(X "ski=dup", CERT_EXTENSION_TWICE),
	ROW(X "ip=dup", CERT_EXTENSION_TWICE),
	/* One that is not of the profile: critical, or not. */
	ROW(X "ski.oid=oid:2.5.29.17", CERT_SKI_MISSING),
	ROW("tbs.extensions=first:" FOREIGN, NONE),
	ROW("tbs.extensions=last:" FOREIGN, NONE),
	ROW("tbs.extensions=last:300706032a03040400", NONE),
	ROW("tbs.extensions=last:" FOREIGN "300806032a0305040100", NONE),
	ROW("tbs.extensions=last:300b06032a03040101ff040100",
		CERT_EXTENSION_UNKNOWN),
	ROW("tbs.extensions=last:300b06032a0304010100040100", DER_DEFAULT),
	ROW("tbs.extensions=last:300506032a0304", DER_MISSING),
	ROW("tbs.extensions=last:300a06032a03040401000500", DER_TRAILING),
	ROW("tbs.extensions=last:300806032a0380040100", DER_OID),
	ROW("tbs.extensions=last:" OTHERS("0") OTHERS("1"), NONE),
	ROW("tbs.extensions=last:" OTHERS("0") OTHERS("1") OTHER("20"),
		CERT_EXTENSION_COUNT),
	ROW("tbs.extensions=last:" FOREIGN FOREIGN, CERT_EXTENSION_TWICE),
	ROW("tbs.extensions=last:" FOREIGN "300806032a0305040100" FOREIGN,
		CERT_EXTENSION_TWICE),
	ROW(X "ski.oid=after:010100", DER_DEFAULT),
	ROW(X "basicConstraints=remove", CERT_BASIC_CONSTRAINTS_MISSING),
	ROW(X "basicConstraints.critical=remove",
		CERT_BASIC_CONSTRAINTS_CRITICAL),
	ROW(X "basicConstraints.critical=hex:01", DER_BOOLEAN),
	ROW(X "basicConstraints.value.constraints=hex:",
		CERT_BASIC_CONSTRAINTS_CA),
	ROW(X "basicConstraints.value.constraints.ca=bool:false",
		CERT_BASIC_CONSTRAINTS_CA),
	ROW(X "basicConstraints.value.constraints=last:020100",
		CERT_BASIC_CONSTRAINTS_PATH),
	ROW(X "ski=remove", CERT_SKI_MISSING),
	ROW(X "ski.oid=after:0101ff", CERT_SKI_CRITICAL),
	ROW(X "ski.value.keyid=cut:1", CERT_SKI_SIZE),
	ROW(X "ski.value.keyid=flip:0", CERT_SKI_HASH),
	ROW(X "aki=remove", CERT_AKI_MISSING),
	ROW(X "aki.oid=after:0101ff", CERT_AKI_CRITICAL),
	ROW(X "aki.value.id.keyid=cut:1", CERT_AKI_SIZE),
	ROW(X "aki.value.id.keyid=remove", CERT_AKI_FORM),
	ROW(X "aki.value.id=last:820101", CERT_AKI_FORM),
	ROW(X "keyUsage=remove", CERT_KEY_USAGE_MISSING),
	ROW(X "keyUsage.critical=remove", CERT_KEY_USAGE_CRITICAL),
	ROW(X "keyUsage.value.bits=hex:0780", CERT_KEY_USAGE_BITS),
	ROW(X "keyUsage.value.bits=hex:0186", CERT_KEY_USAGE_BITS),
	ROW(X "keyUsage.value.bits=hex:0204", CERT_KEY_USAGE_BITS),
	ROW(X "keyUsage.value.bits=hex:0006", CERT_KEY_USAGE_BITS),
	ROW(X "keyUsage.value.bits=hex:00", CERT_KEY_USAGE_BITS),
	ROW(X "keyUsage.value.bits=hex:0107", DER_UNUSED_BITS),
	ROW("tbs.extensions=last:30130603551d25040c300a06082b0601050507030"
	    "1",
		CERT_EKU_FORBIDDEN),
	ROW(X "policies=remove", CERT_POLICIES_MISSING),
	ROW(X "policies.critical=remove", CERT_POLICIES_CRITICAL),
	ROW(X "policies.value.list=hex:", CERT_POLICIES_COUNT),
	ROW(POLICY "=dup", CERT_POLICIES_COUNT),
	ROW(POLICY ".oid=oid:2.5.29.32.0", CERT_POLICIES_OID),
	ROW(POLICY "=last:300d300b06082b060105050702011600", DER_TRUNCATED),
	ROW(POLICY "=last:300e300c06082b060105050702011600", NONE),
	ROW(POLICY "=last:300e300c06082b060105050702021600",
		CERT_POLICIES_QUALIFIER),
	ROW(POLICY "=last:3000", CERT_POLICIES_QUALIFIER),
	ROW(POLICY "=last:301c300c06082b060105050702011600"
		   "300c06082b060105050702011600",
		CERT_POLICIES_QUALIFIER),
};

static const struct row crldps[] = {
	ROW(X "crldp=remove", CERT_CRLDP_MISSING),
	ROW(X "crldp.oid=after:0101ff", CERT_CRLDP_CRITICAL),
	ROW(X "crldp.value.points=hex:", CERT_CRLDP_COUNT),
	ROW(POINT "=dup", CERT_CRLDP_COUNT),
	ROW(POINT "=hex:", CERT_CRLDP_FORM),
	ROW(POINT ".name=hex:", CERT_CRLDP_FORM),
	ROW(POINT ".name=after:81020560", CERT_CRLDP_FORM),
	ROW(POINT ".name=after:a200", CERT_CRLDP_FORM),
	ROW(FULL "=tag:0xa1", CERT_CRLDP_FORM),
	ROW(FULL "=hex:", CERT_CRLDP_RSYNC),
	ROW(FULL ".uri=tag:0x82", CERT_CRLDP_NAME),
	ROW(FULL ".uri=text:https://lab.example/a.crl", CERT_CRLDP_RSYNC),
	ROW(FULL ".uri=before:860868747470733a2f2f", CERT_CRLDP_URI_HOST),
	ROW(FULL ".uri=before:860a68747470733a2f2f612f", NONE),
	ROW(FULL ".uri=fill:2049", CERT_CRLDP_URI_SIZE),
	ROW(FULL ".uri=text:rsync://a/b/c d.crl", CERT_CRLDP_URI_CHARACTER),
	ROW(FULL ".uri=text:rsync:///b/c.crl", CERT_CRLDP_URI_HOST),
	ROW(FULL ".uri=text:rsync://a/b/../c.crl", CERT_CRLDP_URI_PATH),
};

static const struct row aias[] = {
	ROW(X "aia=remove", CERT_AIA_MISSING),
	ROW(X "aia.oid=after:0101ff", CERT_AIA_CRITICAL),
	ROW(X "aia.value.list=hex:", CERT_AIA_RSYNC),
	ROW(AIA "=dup", NONE),
	ROW(AIA ".method=oid:1.3.6.1.5.5.7.48.1", CERT_AIA_METHOD),
	ROW(AIA ".uri=tag:0x82", CERT_AIA_LOCATION),
	ROW(AIA ".uri=text:https://lab.example/a.cer", CERT_AIA_RSYNC),
	ROW(AIA ".uri=fill:2049", CERT_AIA_URI_SIZE),
	ROW(AIA ".uri=hex:7273796e633a2f2f612f622f635c64",
		CERT_AIA_URI_CHARACTER),
	ROW(AIA ".uri=text:rsync://./b/c.cer", CERT_AIA_URI_HOST),
	ROW(AIA ".uri=text:rsync://a/%2e/c.cer", CERT_AIA_URI_PATH),
};

static const struct row sias[] = {
	ROW(X "sia=remove", CERT_SIA_MISSING),
	ROW(X "sia.oid=after:0101ff", CERT_SIA_CRITICAL),
	ROW(SIA ".caRepository=remove", CERT_SIA_REPOSITORY),
	ROW(SIA ".rpkiManifest=remove", CERT_SIA_MANIFEST),
	ROW(SIA ".caRepository.uri=tag:0x82", CERT_SIA_LOCATION),
	ROW(SIA ".caRepository.uri=text:https://lab.example/repo/",
		CERT_SIA_REPOSITORY),
	ROW(SIA ".rpkiManifest.uri=text:https://lab.example/repo/a.mft",
		CERT_SIA_MANIFEST),
	ROW(SIA ".rpkiManifest.uri=text:rsync://lab.example/other/a.mft",
		CERT_SIA_PLACE),
	ROW(SIA ".caRepository.method=oid:1.3.6.1.5.5.7.48.11",
		CERT_SIA_REPOSITORY),
	ROW(SIA ".caRepository=dup", NONE),
	/* rpkiNotify: https://a/b, http://a/b */
	ROW(SIA "=last:301706082b0601050507300d860b68747470733a2f2f612f62",
		NONE),
	ROW(SIA "=last:301606082b0601050507300d860a687474703a2f2f612f62",
		CERT_SIA_NOTIFY),
	/* an accessMethod that no RFC knows */
	ROW(SIA "=last:300c06082b0601050507307f8600", NONE),
	ROW(SIA ".rpkiManifest.uri=fill:2049", CERT_SIA_URI_SIZE),
	ROW(SIA ".rpkiManifest.uri=hex:7273796e633a2f2f612f622fc3a4",
		CERT_SIA_URI_CHARACTER),
	ROW(SIA ".rpkiManifest.uri=text:rsync:a/b/c.mft", CERT_SIA_URI_HOST),
	ROW(SIA ".rpkiManifest.uri=text:rsync://a", CERT_SIA_URI_PATH),
};

static const struct row resources[] = {
	ROW(X "ip=remove", NONE),
	ROW(X "asn=remove", NONE),
	{{X "ip=remove", X "asn=remove"}, REJECT_CERT_RESOURCES_MISSING,
		REJECT_CERT_RESOURCES_MISSING},
	ROW(X "ip.critical=remove", CERT_IP_CRITICAL),
	ROW(X "asn.critical=remove", CERT_ASN_CRITICAL),
	ROW(V4 ".addresses=raw:0500", NONE),
	ROW(BLOCKS "=hex:", RESOURCES_IP_EMPTY),
	ROW(V4 ".family=hex:0003", RESOURCES_FAMILY),
	ROW(V4 ".family=hex:000101", RESOURCES_SAFI),
	ROW(V4 "=swap", RESOURCES_FAMILY_ORDER),
	ROW(V4 "=dup", RESOURCES_FAMILY_ORDER),
	ROW(V4 ".addresses=hex:", RESOURCES_FAMILY_EMPTY),
	ROW(V4 ".addresses[1]=hex:00c000020000", RESOURCES_IP_LENGTH),
	ROW(V4 ".addresses[0]=swap", RESOURCES_IP_ORDER),
	ROW(V4 ".addresses[0]=after:0302000b", RESOURCES_IP_ADJACENT),
	ROW(V4 ".addresses[0]=raw:30080302000a0302000a", RESOURCES_IP_PREFIX),
	ROW(V4 ".addresses[0]=raw:30080302000c0302000a", RESOURCES_IP_MIN_MAX),
	ROW(V4 ".addresses[0]=raw:30090303000b000302000c", RESOURCES_IP_BITS),
	ROW(ASNS ".asnum=after:a1020500", RESOURCES_RDI),
	ROW(ASNS ".asnum=tag:0xa1", RESOURCES_RDI),
	ROW(ASNS "=hex:", RESOURCES_ASN_EMPTY),
	ROW(ASNS ".asnum.list=hex:", RESOURCES_ASN_EMPTY),
	ROW(ASNS ".asnum.list.min=int:-1", RESOURCES_ASN_NUMBER),
	ROW(ASNS ".asnum.list.max=int:4294967296", RESOURCES_ASN_NUMBER),
	ROW(ASNS ".asnum.list.max=int:1", RESOURCES_ASN_MIN_MAX),
	ROW(ASNS ".asnum.list=last:020101", RESOURCES_ASN_ORDER),
	ROW(ASNS ".asnum.list=last:020300fc00", RESOURCES_ASN_ADJACENT),
};

static const struct row ta_rows[] = {
	ROW(NULL, NONE),
	ROW("tbs.serial=int:0", NONE),
	ROW("tbs.serial=int:-1", CERT_SERIAL),
	ROW("tbs.subject" CN ".value=text:other", CERT_SELF_ISSUED),
	ROW("tbs.extensions=last:301f0603551d23041830168014"
	    "0000000000000000000000000000000000000000",
		CERT_AKI_SELF),
	ROW("tbs.extensions=last:300c0603551d1f040530030101ff",
		CERT_CRLDP_FORBIDDEN),
	ROW("tbs.extensions=last:300e06082b0601050507010104023000",
		CERT_AIA_FORBIDDEN),
	ROW(V4 ".addresses=raw:0500", CERT_RESOURCES_INHERIT),
	ROW(ASNS ".asnum.list=raw:0500", CERT_RESOURCES_INHERIT),
	ROW(X "sia=remove", CERT_SIA_MISSING),
};

static const struct row ee_rows[] = {
	ROW(NULL, NONE),
	ROW("tbs.extensions=last:300f0603551d130101ff040530030101ff",
		CERT_BASIC_CONSTRAINTS_FORBIDDEN),
	ROW(X "keyUsage.value.bits=hex:0106", CERT_KEY_USAGE_BITS),
	ROW(X "keyUsage.value.bits=hex:06c0", CERT_KEY_USAGE_BITS),
	ROW(SIA ".signedObject=remove", CERT_SIA_OBJECT),
	ROW(SIA ".signedObject.uri=text:https://a/b/c.roa", CERT_SIA_OBJECT),
	ROW(SIA ".signedObject.method=oid:1.3.6.1.5.5.7.48.5", CERT_SIA_METHOD),
	ROW(SIA "=last:301706082b0601050507300d860b68747470733a2f2f612f62",
		NONE),
	ROW(X "ip.value.blocks.ipv4.addresses=raw:0500", NONE),
};

/* RFC 9323 section 2: as any other, but published nowhere. */
static const struct row checklist_rows[] = {
	ROW(NULL, CERT_SIA_FORBIDDEN),
	ROW(X "sia=remove", NONE),
	{{X "sia=remove", X "aia=remove"}, REJECT_CERT_AIA_MISSING,
		REJECT_CERT_AIA_MISSING},
};

static const struct row router_rows[] = {
	ROW(NULL, NONE),
	ROW("tbs.subject" CN ".value=tag:0x0c", NONE),
	ROW(X "extendedKeyUsage=remove", CERT_EKU_ROUTER),
	ROW(X "extendedKeyUsage.oid=after:0101ff", CERT_EKU_CRITICAL),
	ROW(X "extendedKeyUsage.value.purposes=hex:", CERT_EKU_ROUTER),
	ROW(X "extendedKeyUsage.value.purposes.router=oid:2.5.29.37.0",
		CERT_EKU_ROUTER),
	ROW(X "extendedKeyUsage.value.purposes=last:0604551d2500", NONE),
	ROW("tbs.extensions=last:300e06082b0601050507010b04023000",
		CERT_SIA_FORBIDDEN),
	ROW("tbs.extensions=last:300e06082b0601050507010704023000",
		CERT_IP_FORBIDDEN),
	ROW(X "asn=remove", CERT_RESOURCES_MISSING),
	ROW(ASNS ".asnum.list=raw:0500", CERT_RESOURCES_INHERIT),
	ROW(ASNS ".asnum.list=last:020300fbff", CERT_ASN_COUNT),
	ROW(ASNS ".asnum.list=hex:30080202012c0202012d", CERT_ASN_COUNT),
	ROW("tbs.spki.algorithm.oid=oid:1.2.840.113549.1.1.1", KEY_ALGORITHM),
	ROW("tbs.spki.algorithm.curve=oid:1.3.132.0.34", KEY_CURVE),
	ROW("tbs.spki.algorithm.curve=raw:0500", KEY_CURVE),
	ROW("tbs.spki.key.point=cut:1", KEY_POINT_FORM),
	ROW("tbs.spki.key.point=flip:7", KEY_POINT_FORM),
	ROW("tbs.spki.key.point=flip:-1", KEY_POINT),
};

Test(cert, fields)
{
	bench_rows(judge_ca, "ca", fields, COUNT(fields));
}

Test(cert, names)
{
	bench_rows(judge_ca, "ca", names, COUNT(names));
}

Test(cert, keys)
{
	bench_rows(judge_ca, "ca", keys, COUNT(keys));
}

Test(cert, extensions)
{
	bench_rows(judge_ca, "ca", extensions, COUNT(extensions));
}

Test(cert, crl_distribution_points)
{
	bench_rows(judge_ca, "ca", crldps, COUNT(crldps));
}

Test(cert, authority_information_access)
{
	bench_rows(judge_ca, "ca", aias, COUNT(aias));
}

Test(cert, subject_information_access)
{
	bench_rows(judge_ca, "ca", sias, COUNT(sias));
}

Test(cert, resources)
{
	bench_rows(judge_ca, "ca", resources, COUNT(resources));
}

Test(cert, trust_anchors)
{
	bench_rows(judge_ta, "ta", ta_rows, COUNT(ta_rows));
}

Test(cert, end_entities)
{
	bench_rows(judge_ee, "ee", ee_rows, COUNT(ee_rows));
}

Test(cert, checklists)
{
	bench_rows(
		judge_checklist, "ee", checklist_rows, COUNT(checklist_rows));
}

Test(cert, routers)
{
	bench_rows(judge_router, "router", router_rows, COUNT(router_rows));
}

/* Each role refuses the certificates of the others. */
Test(cert, no_role_is_another)
{
	static const char *const types[] = {"ta", "ca", "ee", "router"};
	struct bench b = bench_new();

	for (size_t i = 0; i < COUNT(types); i++)
		for (size_t role = 0; role < COUNT(types); role++) {
			struct span der = bench_make(&b, types[i], NULL);
			enum reject got = judge(&b, der, (enum cert_role)role);

			cr_expect((got == REJECT_NONE) == (i == role),
				"%s as %s: %s", types[i], types[role],
				reject_name(got));
		}
	bench_free(&b);
}

Test(cert, a_router_tells_by_its_key_usage)
{
	static const char *const gone[] = {X "extendedKeyUsage=remove", NULL};
	struct bench b = bench_new();

	cr_expect(cert_role_of(bench_make(&b, "router", NULL)) == CERT_ROUTER);
	cr_expect(cert_role_of(bench_make(&b, "router", gone)) == CERT_CA);
	cr_expect(cert_role_of(bench_make(&b, "ca", NULL)) == CERT_CA);
	cr_expect(cert_role_of(span_text("")) == CERT_CA);
	cr_expect(cert_role_of(span_text("0")) == CERT_CA);
	bench_free(&b);
}

Test(cert, gives_what_it_read)
{
	struct bench b = bench_new();
	struct lab_cert params;
	struct cert cert;
	struct span der;

	lab_cert_init(b.lab, LAB_CA, &params);
	params.resources = "10.0.0.0/8 AS64500";
	params.repository_uri = "rsync://lab.example/repo/x/";
	params.manifest_uri = "rsync://lab.example/repo/x/x.mft";
	params.notify_uri = "https://lab.example/notify.xml";
	params.crl_uri = "rsync://lab.example/repo/ta.crl";
	params.aia_uri = "rsync://lab.example/repo/ta.cer";
	params.not_before = 1800000000;
	params.not_after = 2000000000;
	cr_assert(lab_cert_bytes(b.lab, &params, &der) == 0);
	cr_assert(cert_parse(der, CERT_CA, b.crypto, b.arena, &cert) ==
		REJECT_NONE);
	cr_expect(span_equal(cert.der, der) && cert.tbs.p == der.p + 4);
	cr_expect(cert.signature.n == 256 && cert.has_aki);
	cr_expect(cert.not_before.s == 1800000000);
	cr_expect(cert.not_after.s == 2000000000);
	cr_expect(span_equal(
		cert.repository_uri, span_text(params.repository_uri)));
	cr_expect(
		span_equal(cert.manifest_uri, span_text(params.manifest_uri)));
	cr_expect(span_equal(cert.notify_uri, span_text(params.notify_uri)));
	cr_expect(span_equal(cert.crl_uri, span_text(params.crl_uri)));
	cr_expect(span_equal(cert.aia_uri, span_text(params.aia_uri)));
	cr_expect(cert.object_uri.n == 0);
	cr_expect(cert.resources.ipv4_count == 1 &&
		cert.resources.ipv6_count == 0 &&
		cert.resources.asn_count == 1);
	bench_free(&b);
}

Test(cert, every_beginning_is_refused)
{
	struct bench b = bench_new();

	bench_cut(judge_ta, &b, bench_make(&b, "ta", NULL));
	bench_cut(judge_ca, &b, bench_make(&b, "ca", NULL));
	bench_cut(judge_ee, &b, bench_make(&b, "ee", NULL));
	bench_cut(judge_router, &b, bench_make(&b, "router", NULL));
	bench_free(&b);
}

/* Every octet of a certificate changed, each way of four: no crash, no read
 * beyond the end, whatever the verdict. */
Test(cert, every_octet_may_lie)
{
	static const uint8_t masks[] = {0x01, 0x20, 0x80, 0xff};
	struct bench b = bench_new();
	struct span der = bench_make(&b, "ca", NULL);
	uint8_t *copy = arena_copy(lab_arena(b.lab), der.p, der.n);
	struct guard g = guard_new(der.n);

	for (size_t i = 0; i < der.n; i++)
		for (size_t m = 0; m < COUNT(masks); m++) {
			struct span s;

			copy[i] ^= masks[m];
			s = guard_span(&g, span_of(copy, der.n));
			judge(&b, s, CERT_CA);
			cert_role_of(s);
			copy[i] ^= masks[m];
			arena_reset(b.arena);
		}
	guard_free(&g);
	bench_free(&b);
}

/* The conformance suite; "none" where only the chain or the clock can tell. */
static const char *const bbn[][2] = {
	{"../badRootBadCRLDP", "cert-crldp-forbidden"},
	{"../badRootNameDiff", "cert-self-issued"},
	{"../goodRootAKIMatches", "none"},
	{"../goodRootAKIOmitted", "none"},
	{"badCert2AKI", "cert-extension-twice"},
	{"badCert2Cpol", "cert-extension-twice"},
	{"badCert2IPAddr", "cert-extension-twice"},
	{"badCert2KeyUsage", "cert-extension-twice"},
	{"badCertAIA2x", "cert-extension-twice"},
	{"badCertAIAAccessLoc", "cert-aia-rsync"},
	{"badCertAIABadAccess", "cert-aia-method"},
	{"badCertAIACrit", "cert-aia-critical"},
	{"badCertAKIHasACIACSN", "cert-aki-form"},
	{"badCertAKIHash", "none"},
	{"badCertBadSig", "none"},
	{"badCertBasicConstrNoCA", "cert-basic-constraints-ca"},
	{"badCertCRLDPCrit", "cert-crldp-critical"},
	{"badCertCRLDPNoRsyncDistPt", "cert-crldp-rsync"},
	{"badCertCpol2oid1correct", "cert-policies-count"},
	{"badCertCpol2oid2correct", "cert-policies-count"},
	{"badCertCpolNoCrit", "cert-policies-critical"},
	{"badCertCpolQualUnotice", "cert-policies-qualifier"},
	{"badCertEKU", "cert-eku-forbidden"},
	{"badCertInnerSigAlg", "cert-algorithm"},
	{"badCertIssuer2ComName", "cert-issuer-form"},
	{"badCertIssuerSeq2SerNums", "cert-issuer-form"},
	{"badCertIssuerUtf", "none"},
	{"badCertKUsageExtra", "cert-key-usage-bits"},
	{"badCertKUsageNoCRLSign", "cert-key-usage-bits"},
	{"badCertKUsageNoCertSign", "cert-key-usage-bits"},
	{"badCertNoAKI", "cert-aki-missing"},
	{"badCertNoCRLDP", "cert-crldp-missing"},
	{"badCertNoKeyUsage", "cert-key-usage-missing"},
	{"badCertOuterSigAlg", "cert-outer-algorithm"},
	{"badCertPubKeyExp", "key-exponent"},
	{"badCertResourcesASEmpty", "resources-asn-empty"},
	{"badCertResourcesASNoCrit", "cert-asn-critical"},
	{"badCertResourcesBadASOrder", "resources-asn-min-max"},
	{"badCertResourcesBadV4Order", "resources-ip-order"},
	{"badCertResourcesBadV6Order", "resources-ip-order"},
	{"badCertResourcesIPEmpty", "resources-ip-empty"},
	{"badCertSIAAccessMethod", "cert-sia-manifest"},
	{"badCertSKIHash", "cert-ski-hash"},
	{"badCertSKILong", "cert-ski-size"},
	{"badCertSerNum", "cert-serial"},
	{"badCertSerNumTooBig", "cert-serial"},
	{"badCertSubject2ComName", "cert-subject-form"},
	{"badCertSubject2SetComName", "cert-subject-form"},
	{"badCertValCrossed", "cert-validity"},
	{"badCertValFromFuture", "none"},
	{"badCertValToPast", "cert-validity"},
	{"badCertValToTyp", "der-time-type"},
	{"badCertVersion1", "cert-version"},
	{"badCertVersionNeg", "cert-version"},
	{"goodCertAIA2AccessDescRsRs", "none"},
	{"goodCertCRLDP2DistPt", "cert-crldp-count"},
	{"goodCertCpolQualCps", "none"},
	{"goodCertResourcesASInhOnly", "none"},
	{"goodCertResourcesAllInherit", "none"},
	{"goodCertResourcesIP4InhOnly", "none"},
	{"goodCertResourcesIP4Inherit", "none"},
	{"goodCertSIAMFTHasNonURI", "cert-sia-location"},
	{"goodCertSIAMFTHtRs", "none"},
	{"goodCertSIARepo2Rsync", "none"},
	{"goodCertSIARepoHtRs", "none"},
	{"goodCertSerNumMax", "none"},
	{"NAMSeqSerName/goodCertMatch", "none"},
	{"NAMSetNameSer/goodCertMatch", "none"},
};

Test(cert, conformance_suite)
{
	const char *root = corpus_root();
	struct bench b;

	if (root == NULL)
		return;
	b = bench_new();
	for (size_t i = 0; i < COUNT(bbn); i++) {
		bool ta = bbn[i][0][0] == '.';
		char path[256];
		enum reject got;

		snprintf(path, sizeof(path), "bbn/root/%s.cer", bbn[i][0]);
		got = judge(&b, corpus_file(root, path, b.arena),
			ta ? CERT_TA : CERT_CA);
		cr_expect_str_eq(reject_name(got), bbn[i][1], "%s: %s, not %s",
			bbn[i][0], reject_name(got), bbn[i][1]);
		arena_reset(b.arena);
	}
	bench_free(&b);
}

/* A self-signed one is a trust anchor's. */
static void
expect_good(const char *path, struct span der, void *context)
{
	enum reject got = judge(context, der, cert_role_of(der));

	if (got != REJECT_NONE)
		got = judge(context, der, CERT_TA);
	cr_expect(got == REJECT_NONE, "%s: %s", path, reject_name(got));
}

static const struct {
	const char *folder;
	size_t least;
} real[] = {
	{"objects/ta-certs", 9},
	{"objects/twnic-2026-03-16", 100},
	{"objects/bridge", 14},
	{"objects/krill-testbed-0.9.5", 5},
};

Test(cert, real_certificates)
{
	const char *root = corpus_root();
	struct bench b;

	if (root == NULL)
		return;
	b = bench_new();
	for (size_t i = 0; i < COUNT(real); i++)
		cr_expect(corpus_walk(root, real[i].folder, ".cer", expect_good,
				  &b) >= real[i].least);
	bench_free(&b);
}
