/*
 * reject_lab: every rule of the tables that one object alone can break, hit by
 * a lab object that breaks it and is signed well otherwise.
 *
 * A row of the reject table without a case here fails the test: a rule that no
 * object can break is no rule.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lab/lab.h"
#include "validator/object/aspa.h"
#include "validator/object/crl.h"
#include "validator/object/gbr.h"
#include "validator/object/mft.h"
#include "validator/object/roa.h"
#include "validator/object/spl.h"
#include "validator/object/tak.h"

enum {
	CHANGES = 3
};

struct reject_case {
	enum reject code;
	const char *type; /* of tests/lab/types.c */
	const char *changes[CHANGES + 1];
};

#define EXT	 "tbs.extensions."
#define IPV4	 EXT "ip.value.blocks.ipv4"
#define ASNS	 EXT "asn.value.ids"
#define UTC_2029 "170d3239303130313030303030305a"

/* Extensions as octets, to be put where none is. */
#define RAW_BASIC      "300f0603551d130101ff040530030101ff"
#define RAW_EKU	       "30130603551d25040c300a06082b0601050507031e"
#define RAW_CRLDP      "30090603551d1f04023000"
#define RAW_AIA	       "300e06082b0601050507010104023000"
#define RAW_SIA	       "300e06082b0601050507010b04023000"
#define RAW_IP	       "300e06082b0601050507010704023000"
#define RAW_IP_EE      "301c06082b060105050701070101ff040d300b3009040200013003030100"
#define RAW_ASN	       "301806082b060105050701080101ff04093007a0053003020101"
#define RAW_IP_V2      "300e06082b0601050507011c04023000"
#define RAW_FOREIGN(n) "300706032a03" n "0400"
#define RAW_FOREIGN_8(n) \
	RAW_FOREIGN(n "0") \
	RAW_FOREIGN(n "1") \
	RAW_FOREIGN(n "2") \
	RAW_FOREIGN(n "3") \
	RAW_FOREIGN(n "4") \
	RAW_FOREIGN(n "5") RAW_FOREIGN(n "6") RAW_FOREIGN(n "7")
#define RAW_AKI \
	"301f0603551d23041830168014" \
	"0000000000000000000000000000000000000000"

/* signing-time as RFC 6019 has it, up to its value. */
#define RAW_BINARY_TIME "3015060b2a864886f70d010910022e31060204"

#define CARD	 "content=text:BEGIN:VCARD\r\n"
#define CARD_END "END:VCARD\r\n"

#define URI_CASES(NAME, type, path) \
	{REJECT_##NAME##_URI_SIZE, type, {path "=fill:2049"}}, \
		{REJECT_##NAME##_URI_CHARACTER, type, \
			{path "=text:rsync://lab.example/m/a b"}}, \
		{REJECT_##NAME##_URI_HOST, type, {path "=text:rsync:///m/x"}}, \
	{ \
		REJECT_##NAME##_URI_PATH, type, \
		{ \
			path "=text:rsync://lab.example/m/../x" \
		} \
	}

#define NAME_CASES(NAME, type, path) \
	{REJECT_##NAME##_FORM, type, {path ".rdn.cn.type=oid:2.5.4.10"}}, \
		{REJECT_##NAME##_STRING, type, \
			{path ".rdn.cn.value=tag:0x16"}}, \
	{ \
		REJECT_##NAME##_SIZE, type, \
		{ \
			path ".rdn.cn.value=fill:5000" \
		} \
	}

static const struct reject_case cases[] = {
	{REJECT_DER_TRUNCATED, "ca", {"tbs.serial=length:0x7fff"}},
	{REJECT_DER_TRAILING, "ca", {".=after:00"}},
	{REJECT_DER_MISSING, "ca", {"signature=remove"}},
	{REJECT_DER_TAG, "ca", {"tbs.validity=tag:0x31"}},
	{REJECT_DER_INDEFINITE, "ca", {".=length:indefinite"}},
	{REJECT_DER_LENGTH_FORM, "ca", {".=length:long"}},
	{REJECT_DER_BOOLEAN, "ca", {EXT "keyUsage.critical=hex:01"}},
	{REJECT_DER_DEFAULT, "ca", {EXT "ski.oid=after:010100"}},
	{REJECT_DER_NULL, "ca", {"tbs.sigAlg.parameters=hex:00"}},
	{REJECT_DER_INTEGER_MINIMAL, "ca", {"tbs.serial=hex:0001"}},
	{REJECT_DER_BIT_STRING, "ca", {EXT "keyUsage.value.bits=hex:0806"}},
	{REJECT_DER_UNUSED_BITS, "ca", {EXT "keyUsage.value.bits=hex:0107"}},
	{REJECT_DER_OID, "ca", {EXT "ski.oid=hex:80"}},
	{REJECT_DER_SET_ORDER, "roa", {"signerInfo.signedAttrs[0]=swap"}},
	{REJECT_DER_TIME_FORM, "ca", {"tbs.validity.notBefore=text:now"}},
	{REJECT_DER_TIME_EARLY, "ca",
		{"tbs.validity.notBefore=time:1969-12-31T23:59:59Z"}},
	{REJECT_DER_TIME_EARLY, "mft",
		{"content.thisUpdate=time:1969-12-31T23:59:59Z"}},
	{REJECT_DER_TIME_TYPE, "ca",
		{"tbs.validity.notBefore=gentime:2029-01-01T00:00:00Z"}},

	{REJECT_KEY_ALGORITHM, "ca", {"tbs.spki.algorithm.oid=oid:1.2.3"}},
	{REJECT_KEY_PARAMETERS, "ca",
		{"tbs.spki.algorithm.parameters=tag:0x04"}},
	{REJECT_KEY_SIZE, "ca", {"tbs.spki.key.rsa.modulus=cut:1"}},
	{REJECT_KEY_EVEN, "ca", {"tbs.spki.key.rsa.modulus=flip:-1"}},
	{REJECT_KEY_EXPONENT, "ca", {"tbs.spki.key.rsa.exponent=int:3"}},
	{REJECT_KEY_CURVE, "router",
		{"tbs.spki.algorithm.curve=oid:1.3.132.0.34"}},
	{REJECT_KEY_POINT_FORM, "router", {"tbs.spki.key.point=cut:1"}},
	{REJECT_KEY_POINT, "router", {"tbs.spki.key.point=flip:-1"}},

	{REJECT_RESOURCES_BLOCKS, "ca",
		{ASNS ".asnum.list[0]=raw:020100",
			ASNS ".asnum.list[0]=dup:200001"}},
	{REJECT_RESOURCES_IP_EMPTY, "ca", {EXT "ip.value.blocks=hex:"}},
	{REJECT_RESOURCES_FAMILY, "ca", {IPV4 ".family=hex:0003"}},
	{REJECT_RESOURCES_SAFI, "ca", {IPV4 ".family=hex:000101"}},
	{REJECT_RESOURCES_FAMILY_ORDER, "ca", {IPV4 "=swap"}},
	{REJECT_RESOURCES_FAMILY_EMPTY, "ca", {IPV4 ".addresses=hex:"}},
	{REJECT_RESOURCES_IP_LENGTH, "ca",
		{IPV4 ".addresses[0]=hex:000102030405"}},
	{REJECT_RESOURCES_IP_MIN_MAX, "ca",
		{IPV4 ".addresses[0]=raw:300a0303000a020303000a01"}},
	{REJECT_RESOURCES_IP_PREFIX, "ca",
		{IPV4 ".addresses[0]=raw:30080302010a0302000a"}},
	{REJECT_RESOURCES_IP_BITS, "ca",
		{IPV4 ".addresses[0]=raw:30080302000a0302000c"}},
	{REJECT_RESOURCES_IP_ORDER, "ca", {IPV4 ".addresses[0]=swap"}},
	{REJECT_RESOURCES_IP_ADJACENT, "ca",
		{IPV4 ".addresses[0]=after:0302000b"}},
	{REJECT_RESOURCES_RDI, "ca", {ASNS ".asnum=tag:0xa1"}},
	{REJECT_RESOURCES_ASN_EMPTY, "ca", {ASNS "=hex:"}},
	{REJECT_RESOURCES_ASN_NUMBER, "ca", {ASNS ".asnum.list[0].min=int:-1"}},
	{REJECT_RESOURCES_ASN_MIN_MAX, "ca",
		{ASNS ".asnum.list[0].min=int:64512"}},
	{REJECT_RESOURCES_ASN_ORDER, "ca",
		{ASNS ".asnum.list[0]=after:020101"}},
	{REJECT_RESOURCES_ASN_ADJACENT, "ca",
		{ASNS ".asnum.list[0]=after:020300fc00"}},

	{REJECT_CERT_VERSION, "ca", {"tbs.version=int:1"}},
	{REJECT_CERT_SERIAL, "ca", {"tbs.serial=int:0"}},
	{REJECT_CERT_ALGORITHM, "ca",
		{"tbs.sigAlg.oid=oid:1.2.840.113549.1.1.5"}},
	{REJECT_CERT_OUTER_ALGORITHM, "ca",
		{"sigAlg.oid=oid:1.2.840.113549.1.1.5"}},
	NAME_CASES(CERT_ISSUER, "ca", "tbs.issuer"),
	NAME_CASES(CERT_SUBJECT, "ca", "tbs.subject"),
	{REJECT_CERT_SELF_ISSUED, "ta",
		{"tbs.subject.rdn.cn.value=text:other"}},
	{REJECT_CERT_VALIDITY, "ca",
		{"tbs.validity.notAfter=time:2020-01-01T00:00:00Z"}},
	{REJECT_CERT_UNIQUE_ID, "ca", {"tbs.spki=after:810100"}},
	{REJECT_CERT_EXTENSION_UNKNOWN, "ca", {EXT "policies.oid=oid:1.2.3.4"}},
	{REJECT_CERT_EXTENSION_COUNT, "ca",
		{EXT "ski=after:" RAW_FOREIGN_8("0") RAW_FOREIGN_8("1")
				RAW_FOREIGN("20")}},
	{REJECT_CERT_EXTENSION_TWICE, "ca", {EXT "ski=dup"}},
	{REJECT_CERT_BASIC_CONSTRAINTS_MISSING, "ca",
		{EXT "basicConstraints=remove"}},
	{REJECT_CERT_BASIC_CONSTRAINTS_FORBIDDEN, "ee",
		{EXT "ski=after:" RAW_BASIC}},
	{REJECT_CERT_BASIC_CONSTRAINTS_CRITICAL, "ca",
		{EXT "basicConstraints.critical=remove"}},
	{REJECT_CERT_BASIC_CONSTRAINTS_CA, "ca",
		{EXT "basicConstraints.value.constraints.ca=remove"}},
	{REJECT_CERT_BASIC_CONSTRAINTS_PATH, "ca",
		{EXT "basicConstraints.value.constraints.ca=after:020100"}},
	{REJECT_CERT_SKI_MISSING, "ca", {EXT "ski=remove"}},
	{REJECT_CERT_SKI_CRITICAL, "ca", {EXT "ski.oid=after:0101ff"}},
	{REJECT_CERT_SKI_SIZE, "ca", {EXT "ski.value.keyid=cut:1"}},
	{REJECT_CERT_SKI_HASH, "ca", {EXT "ski.value.keyid=flip:0"}},
	{REJECT_CERT_AKI_MISSING, "ca", {EXT "aki=remove"}},
	{REJECT_CERT_AKI_CRITICAL, "ca", {EXT "aki.oid=after:0101ff"}},
	{REJECT_CERT_AKI_FORM, "ca", {EXT "aki.value.id.keyid=after:820101"}},
	{REJECT_CERT_AKI_SIZE, "ca", {EXT "aki.value.id.keyid=cut:1"}},
	{REJECT_CERT_AKI_SELF, "ta", {EXT "ski=after:" RAW_AKI}},
	{REJECT_CERT_KEY_USAGE_MISSING, "ca", {EXT "keyUsage=remove"}},
	{REJECT_CERT_KEY_USAGE_CRITICAL, "ca",
		{EXT "keyUsage.critical=remove"}},
	{REJECT_CERT_KEY_USAGE_BITS, "ca",
		{EXT "keyUsage.value.bits=hex:0780"}},
	{REJECT_CERT_EKU_FORBIDDEN, "ee", {EXT "ski=after:" RAW_EKU}},
	{REJECT_CERT_EKU_CRITICAL, "router",
		{EXT "extendedKeyUsage.oid=after:0101ff"}},
	{REJECT_CERT_EKU_ROUTER, "router",
		{EXT "extendedKeyUsage.value.purposes.router=oid:1.2.3"}},
	{REJECT_CERT_CRLDP_MISSING, "ca", {EXT "crldp=remove"}},
	{REJECT_CERT_CRLDP_FORBIDDEN, "ta", {EXT "ski=after:" RAW_CRLDP}},
	{REJECT_CERT_CRLDP_CRITICAL, "ca", {EXT "crldp.oid=after:0101ff"}},
	{REJECT_CERT_CRLDP_COUNT, "ca", {EXT "crldp.value.points.point=dup"}},
	{REJECT_CERT_CRLDP_FORM, "ca", {EXT "crldp.value.points.point=hex:"}},
	{REJECT_CERT_CRLDP_NAME, "ca", {EXT "crldp.value.uri=tag:0x81"}},
	{REJECT_CERT_CRLDP_RSYNC, "ca",
		{EXT "crldp.value.uri=text:https://lab.example/x.crl"}},
	URI_CASES(CERT_CRLDP, "ca", EXT "crldp.value.uri"),
	{REJECT_CERT_AIA_MISSING, "ca", {EXT "aia=remove"}},
	{REJECT_CERT_AIA_FORBIDDEN, "ta", {EXT "ski=after:" RAW_AIA}},
	{REJECT_CERT_AIA_CRITICAL, "ca", {EXT "aia.oid=after:0101ff"}},
	{REJECT_CERT_AIA_METHOD, "ca", {EXT "aia.value.method=oid:1.2.3"}},
	{REJECT_CERT_AIA_LOCATION, "ca", {EXT "aia.value.uri=tag:0x81"}},
	{REJECT_CERT_AIA_RSYNC, "ca",
		{EXT "aia.value.uri=text:https://lab.example/x.cer"}},
	URI_CASES(CERT_AIA, "ca", EXT "aia.value.uri"),
	{REJECT_CERT_SIA_MISSING, "ca", {EXT "sia=remove"}},
	{REJECT_CERT_SIA_FORBIDDEN, "router", {EXT "ski=after:" RAW_SIA}},
	{REJECT_CERT_SIA_CRITICAL, "ca", {EXT "sia.oid=after:0101ff"}},
	{REJECT_CERT_SIA_METHOD, "ee",
		{EXT "sia.value.list.signedObject.method=oid:1.2.3"}},
	{REJECT_CERT_SIA_LOCATION, "ca",
		{EXT "sia.value.list.caRepository.uri=tag:0x81"}},
	{REJECT_CERT_SIA_REPOSITORY, "ca",
		{EXT "sia.value.list.caRepository=remove"}},
	{REJECT_CERT_SIA_MANIFEST, "ca",
		{EXT "sia.value.list.rpkiManifest=remove"}},
	{REJECT_CERT_SIA_PLACE, "ca",
		{EXT "sia.value.list.rpkiManifest.uri="
		     "text:rsync://lab.example/repo/other/ca.mft"}},
	{REJECT_CERT_SIA_NOTIFY, "ca",
		{EXT "sia.value.list.rpkiManifest=dup",
			EXT "sia.value.list[2].method="
			    "oid:1.3.6.1.5.5.7.48.13"}},
	{REJECT_CERT_SIA_OBJECT, "ee",
		{EXT "sia.value.list.signedObject=remove"}},
	URI_CASES(CERT_SIA, "ca", EXT "sia.value.list.caRepository.uri"),
	{REJECT_CERT_POLICIES_MISSING, "ca", {EXT "policies=remove"}},
	{REJECT_CERT_POLICIES_CRITICAL, "ca", {EXT "policies.critical=remove"}},
	{REJECT_CERT_POLICIES_COUNT, "ca",
		{EXT "policies.value.list.policy=dup"}},
	{REJECT_CERT_RECONSIDERED, "ca",
		{EXT "policies.value.list.policy.oid=oid:"
		     "1.3.6.1.5.5.7.14.3"}},
	{REJECT_CERT_RECONSIDERED, "ca", {EXT "ip.oid=oid:1.3.6.1.5.5.7.1.28"}},
	{REJECT_CERT_RECONSIDERED, "ca",
		{EXT "asn.oid=oid:1.3.6.1.5.5.7.1.29"}},
	{REJECT_CERT_RECONSIDERED, "ee", {EXT "ski=after:" RAW_IP_V2}},
	{REJECT_CERT_POLICIES_OID, "ca",
		{EXT "policies.value.list.policy.oid=oid:1.2.3"}},
	{REJECT_CERT_POLICIES_QUALIFIER, "ca",
		{EXT "policies.value.list.policy.oid=after:3000"}},
	{REJECT_CERT_RESOURCES_MISSING, "ca",
		{EXT "ip=remove", EXT "asn=remove"}},
	{REJECT_CERT_RESOURCES_INHERIT, "ta", {IPV4 ".addresses=raw:0500"}},
	{REJECT_CERT_IP_CRITICAL, "ca", {EXT "ip.critical=remove"}},
	{REJECT_CERT_IP_FORBIDDEN, "router", {EXT "ski=after:" RAW_IP}},
	{REJECT_CERT_ASN_CRITICAL, "ca", {EXT "asn.critical=remove"}},
	{REJECT_CERT_ASN_COUNT, "router",
		{ASNS ".asnum.list[0]=after:020300fbf4"}},

	{REJECT_CRL_VERSION, "crl", {"tbs.version=int:0"}},
	{REJECT_CRL_ALGORITHM, "crl",
		{"tbs.sigAlg.oid=oid:1.2.840.113549.1.1.5"}},
	{REJECT_CRL_OUTER_ALGORITHM, "crl",
		{"sigAlg.oid=oid:1.2.840.113549.1.1.5"}},
	NAME_CASES(CRL_ISSUER, "crl", "tbs.issuer"),
	{REJECT_CRL_NEXT_UPDATE, "crl", {"tbs.nextUpdate=remove"}},
	{REJECT_CRL_TIME_ORDER, "crl",
		{"tbs.nextUpdate=time:2020-01-01T00:00:00Z"}},
	{REJECT_CRL_ENTRY_SERIAL, "crl",
		{"tbs.nextUpdate=after:301430120201ff" UTC_2029}},
	{REJECT_CRL_ENTRY_EXTENSION, "crl",
		{"tbs.nextUpdate=after:30163014020101" UTC_2029 "3000"}},
	{REJECT_CRL_EXTENSION_UNKNOWN, "crl", {EXT "crlNumber.oid=oid:1.2.3"}},
	{REJECT_CRL_EXTENSION_TWICE, "crl", {EXT "aki=dup"}},
	{REJECT_CRL_AKI_MISSING, "crl", {EXT "aki=remove"}},
	{REJECT_CRL_AKI_CRITICAL, "crl", {EXT "aki.oid=after:0101ff"}},
	{REJECT_CRL_AKI_FORM, "crl", {EXT "aki.value.id.keyid=after:820101"}},
	{REJECT_CRL_AKI_SIZE, "crl", {EXT "aki.value.id.keyid=cut:1"}},
	{REJECT_CRL_NUMBER_MISSING, "crl", {EXT "crlNumber=remove"}},
	{REJECT_CRL_NUMBER_CRITICAL, "crl", {EXT "crlNumber.oid=after:0101ff"}},
	{REJECT_CRL_NUMBER_RANGE, "crl", {EXT "crlNumber.value.number=int:-1"}},

	{REJECT_CMS_CONTENT_TYPE, "roa", {"contentType=oid:1.2.3"}},
	{REJECT_CMS_VERSION, "roa", {"signedData.version=int:1"}},
	{REJECT_CMS_DIGEST_COUNT, "roa", {"digestAlgorithms.algorithm=dup"}},
	{REJECT_CMS_DIGEST_ALGORITHM, "roa",
		{"digestAlgorithms.algorithm.oid="
		 "oid:2.16.840.1.101.3.4.2.3"}},
	{REJECT_CMS_ECONTENT_TYPE, "roa",
		{"encap.eContentType=oid:1.2.840.113549.1.9.16.1.26"}},
	{REJECT_CMS_ECONTENT, "roa", {"encap[1]=remove"}},
	{REJECT_CMS_CERTIFICATES, "roa", {"certificates=remove"}},
	{REJECT_CMS_CRLS, "roa", {"certificates=after:a100"}},
	{REJECT_CMS_SIGNER_COUNT, "roa", {"signerInfo=dup"}},
	{REJECT_CMS_SIGNER_VERSION, "roa", {"signerInfo.version=int:1"}},
	{REJECT_CMS_SIGNER_ID_FORM, "roa", {"signerInfo.sid=tag:0x30"}},
	{REJECT_CMS_SIGNER_ID, "roa", {"signerInfo.sid=flip:0"}},
	{REJECT_CMS_SIGNER_DIGEST, "roa",
		{"signerInfo.digestAlgorithm.oid="
		 "oid:2.16.840.1.101.3.4.2.3"}},
	{REJECT_CMS_SIGNED_ATTRS, "roa", {"signerInfo.signedAttrs=remove"}},
	{REJECT_CMS_ATTR_UNKNOWN, "roa",
		{"signedAttrs.signingTime.type=oid:1.2.840.113549.1.9.99"}},
	{REJECT_CMS_ATTR_TWICE, "roa", {"signedAttrs.signingTime=dup"}},
	{REJECT_CMS_ATTR_VALUES, "roa",
		{"signedAttrs.signingTime.values.value=dup"}},
	{REJECT_CMS_TYPE_MISSING, "roa", {"signedAttrs.contentType=remove"}},
	{REJECT_CMS_TYPE_VALUE, "roa",
		{"signedAttrs.contentType.values.value="
		 "oid:1.2.840.113549.1.9.16.1.26"}},
	{REJECT_CMS_DIGEST_MISSING, "roa",
		{"signedAttrs.messageDigest=remove"}},
	{REJECT_CMS_DIGEST_SIZE, "roa",
		{"signedAttrs.messageDigest.values.value=cut:1"}},
	{REJECT_CMS_TIME_MISSING, "roa", {"signedAttrs.signingTime=remove"}},
	{REJECT_CMS_BINARY_TIME, "roa",
		{"signedAttrs=first:" RAW_BINARY_TIME "65000000"}},
	{REJECT_CMS_BINARY_TIME_VALUE, "roa",
		{"signedAttrs=first:" RAW_BINARY_TIME "85000000"}},
	{REJECT_CMS_SIGNATURE_ALGORITHM, "roa",
		{"signerInfo.signatureAlgorithm.oid=oid:1.2.3"}},
	{REJECT_CMS_UNSIGNED_ATTRS, "roa", {"signerInfo.signature=after:a100"}},
	{REJECT_CMS_DIGEST, "roa",
		{"signedAttrs.messageDigest.values.value=flip:0"}},
	{REJECT_CMS_SIGNATURE, "roa", {"signerInfo.signature=flip:-1"}},

	{REJECT_MANIFEST_VERSION, "mft", {"content[0]=first:a003020100"}},
	{REJECT_MANIFEST_NUMBER, "mft", {"content.manifestNumber=int:-1"}},
	{REJECT_MANIFEST_TIME_TYPE, "mft",
		{"content.thisUpdate=utctime:2029-12-31T23:00:00Z"}},
	{REJECT_MANIFEST_TIME_ORDER, "mft",
		{"content.nextUpdate=time:2029-12-31T23:00:00Z"}},
	{REJECT_MANIFEST_HASH_ALGORITHM, "mft",
		{"content.fileHashAlg=oid:2.16.840.1.101.3.4.2.3"}},
	{REJECT_MANIFEST_FILE_COUNT, "mft",
		{"content.fileList[0]=raw:3000",
			"content.fileList[0]=dup:250001"}},
	{REJECT_MANIFEST_FILE_NAME, "mft",
		{"content.fileList[0].file=text:../ca.crl"}},
	{REJECT_MANIFEST_HASH_FORM, "mft", {"content.fileList[0].hash=cut:1"}},
	{REJECT_MANIFEST_FILE_TWICE, "mft", {"content.fileList[1]=dup"}},
	{REJECT_MANIFEST_CRL_MISSING, "mft", {"content.fileList[0]=remove"}},
	{REJECT_MANIFEST_CRL_TWICE, "mft",
		{"content.fileList[1].file=text:other.crl"}},
	{REJECT_MANIFEST_RESOURCES, "mft",
		{"ee." ASNS ".asnum.inherit=raw:3003020101"}},

	{REJECT_ROA_VERSION, "roa", {"content[0]=first:a003020100"}},
	{REJECT_ROA_ASN, "roa", {"content.asID=int:0x100000000"}},
	{REJECT_ROA_FAMILY_COUNT, "roa", {"content.ipAddrBlocks=hex:"}},
	{REJECT_ROA_FAMILY, "roa",
		{"content.ipAddrBlocks.ipv4.family=hex:0003"}},
	{REJECT_ROA_FAMILY_TWICE, "roa",
		{"content.ipAddrBlocks.ipv6.family=hex:0001"}},
	{REJECT_ROA_ADDRESSES, "roa",
		{"content.ipAddrBlocks.ipv4.addresses=hex:"}},
	{REJECT_ROA_PREFIX_LENGTH, "roa",
		{"content.ipAddrBlocks.ipv4.addresses[0].address="
		 "hex:000102030405"}},
	{REJECT_ROA_MAX_LENGTH, "roa",
		{"content.ipAddrBlocks.ipv4.addresses[1].maxLength=int:23"}},
	{REJECT_ROA_INHERIT, "roa", {"ee." IPV4 ".addresses=raw:0500"}},
	{REJECT_ROA_AS_RESOURCES, "roa", {"ee." EXT "ip=after:" RAW_ASN}},
	{REJECT_ROA_PREFIX_OUTSIDE, "roa",
		{"content.ipAddrBlocks.ipv4.addresses[0].address="
		 "hex:00010203"}},

	{REJECT_GBR_CONTACT, "gbr",
		{CARD "VERSION:4.0\r\nFN:Lab\r\n" CARD_END}},
	{REJECT_GBR_RESOURCES, "gbr",
		{"ee." ASNS ".asnum.inherit=raw:3003020101"}},

	{REJECT_ASPA_VERSION, "aspa", {"content.explicit=remove"}},
	{REJECT_ASPA_CUSTOMER, "aspa", {"content.customerASID=int:0"}},
	{REJECT_ASPA_PROVIDERS_EMPTY, "aspa", {"content.providers=hex:"}},
	{REJECT_ASPA_PROVIDER, "aspa", {"content.providers[1]=int:4294967296"}},
	{REJECT_ASPA_PROVIDER_ORDER, "aspa", {"content.providers[0]=dup"}},
	{REJECT_ASPA_PROVIDER_CUSTOMER, "aspa",
		{"content.providers[0]=int:64496"}},
	{REJECT_ASPA_AS0, "aspa", {"content.providers[0]=int:0"}},
	{REJECT_ASPA_IP_RESOURCES, "aspa", {"ee." EXT "asn=before:" RAW_IP_EE}},
	{REJECT_ASPA_INHERIT, "aspa", {"ee." ASNS ".asnum=hex:0500"}},
	{REJECT_ASPA_AS_RESOURCES, "aspa", {"content.customerASID=int:64497"}},

	{REJECT_SPL_VERSION, "spl", {"content.asID=before:a003020100"}},
	{REJECT_SPL_ASN, "spl", {"content.asID=int:0"}},
	{REJECT_SPL_FAMILY_COUNT, "spl",
		{"content.prefixes=last:30090402000330030301ff"}},
	{REJECT_SPL_FAMILY, "spl", {"content.prefixes.ipv6.family=hex:0003"}},
	{REJECT_SPL_FAMILY_ORDER, "spl", {"content.prefixes.ipv4=swap"}},
	{REJECT_SPL_PREFIXES_EMPTY, "spl",
		{"content.prefixes.ipv4.addresses=hex:"}},
	{REJECT_SPL_PREFIX_LENGTH, "spl",
		{"content.prefixes.ipv4.addresses[0]=hex:07c000020080"}},
	{REJECT_SPL_PREFIX_ORDER, "spl",
		{"content.prefixes.ipv4.addresses[0]=dup"}},
	{REJECT_SPL_IP_RESOURCES, "spl", {"ee." EXT "asn=before:" RAW_IP_EE}},
	{REJECT_SPL_INHERIT, "spl", {"ee." ASNS ".asnum=hex:0500"}},
	{REJECT_SPL_ASN_OUTSIDE, "spl", {"content.asID=int:64497"}},

	{REJECT_TAK_VERSION, "tak", {"content.current=before:020100"}},
	{REJECT_TAK_URI_MISSING, "tak",
		{"content.current.certificateURIs=hex:"}},
	{REJECT_TAK_URI, "tak",
		{"content.successor.uri=text:http://lab.example/next.cer"}},
	{REJECT_TAK_RESOURCES, "tak",
		{"ee." ASNS ".asnum.inherit=raw:3003020101"}},
};

/* Ask the parser of the type, and for a signed object that it accepts its
 * digest and signature. */
static enum reject
test_judge(const char *type, struct span der, struct crypto *c,
	struct arena *arena)
{
	static const struct {
		const char *type;
		enum cert_role role;
	} certs[] = {
		{"ta", CERT_TA},
		{"ca", CERT_CA},
		{"ee", CERT_EE},
		{"router", CERT_ROUTER},
	};
	const struct profile *profile = profile_current();
	enum reject code;
	struct cert cert;
	struct crl crl;
	struct gbr gbr;
	struct aspa_object aspa;
	struct spl spl;
	struct tak tak;
	struct mft mft;
	struct roa roa;

	for (size_t i = 0; i < sizeof(certs) / sizeof(*certs); i++)
		if (strcmp(certs[i].type, type) == 0)
			return cert_parse(der, certs[i].role, c, arena, &cert);
	if (strcmp(type, "crl") == 0)
		return crl_parse(der, arena, &crl);
	if (strcmp(type, "mft") == 0) {
		code = mft_parse(der, profile, c, arena, &mft);
		return code == REJECT_NONE ? cms_check(&mft.cms, c) : code;
	}
	if (strcmp(type, "gbr") == 0) {
		code = gbr_parse(der, profile, c, arena, &gbr);
		return code == REJECT_NONE ? cms_check(&gbr.cms, c) : code;
	}
	if (strcmp(type, "aspa") == 0) {
		code = aspa_parse(der, profile, c, arena, &aspa);
		return code == REJECT_NONE ? cms_check(&aspa.cms, c) : code;
	}
	if (strcmp(type, "spl") == 0) {
		code = spl_parse(der, profile, c, arena, &spl);
		return code == REJECT_NONE ? cms_check(&spl.cms, c) : code;
	}
	if (strcmp(type, "tak") == 0) {
		code = tak_parse(der, profile, c, arena, &tak);
		return code == REJECT_NONE ? cms_check(&tak.cms, c) : code;
	}
	code = roa_parse(der, profile, c, arena, &roa);
	return code == REJECT_NONE ? cms_check(&roa.cms, c) : code;
}

static void
test_case(struct lab *lab, const struct reject_case *one, struct crypto *c)
{
	struct arena *arena = arena_new(65536);
	struct span der = {0};
	enum reject code;

	cr_assert_eq(lab_object_bytes(lab, one->type, one->changes, &der), 0,
		"%s", lab_why(lab));
	code = test_judge(one->type, der, c, arena);
	cr_expect_eq(code, one->code, "%s %s: %s instead of %s", one->type,
		one->changes[0], reject_name(code), reject_name(one->code));
	arena_free(arena);
}

Test(reject_lab, every_case_is_refused_for_its_reason)
{
	struct lab *lab = lab_new(NULL);
	struct crypto *c = crypto_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(lab, &cases[i], c);
	crypto_free(c);
	lab_free(lab);
}

Test(reject_lab, unchanged_objects_are_accepted)
{
	const char *types[] = {"ta", "ca", "ee", "router", "crl", "mft", "roa",
		"gbr", "aspa", "spl", "tak"};
	struct lab *lab = lab_new(NULL);
	struct crypto *c = crypto_new();

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct reject_case none = {REJECT_NONE, types[i], {NULL}};

		test_case(lab, &none, c);
	}
	crypto_free(c);
	lab_free(lab);
}

/* All tables but that of validator/chain. */
#define OBJECT_ROWS(X) \
	REJECT_DER_TABLE(X) \
	REJECT_KEY_TABLE(X) \
	REJECT_RESOURCES_TABLE(X) \
	REJECT_CERT_TABLE(X) \
	REJECT_CRL_TABLE(X) \
	REJECT_CMS_TABLE(X) \
	REJECT_MANIFEST_TABLE(X) \
	REJECT_ROA_TABLE(X) \
	REJECT_GBR_TABLE(X) \
	REJECT_ASPA_TABLE(X) \
	REJECT_SPL_TABLE(X) \
	REJECT_TAK_TABLE(X)

#define ROW_CODE(name, word, rfc, text) REJECT_##name,

Test(reject_lab, every_row_has_a_case)
{
	static const enum reject rows[] = {OBJECT_ROWS(ROW_CODE)};
	bool seen[REJECT_COUNT] = {false};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		seen[cases[i].code] = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect(seen[rows[i]], "no lab object is refused as %s",
			reject_name(rows[i]));
}
