/*
 * oid: the object identifiers of the RPKI, in one table.
 */
#ifndef OBJECT_OID_H
#define OBJECT_OID_H

#include "waymark/span.h"

/* X(NAME, "dotted form", content octets) */
#define OID_TABLE(X) \
	/* algorithms: RFC 4055, 5480, 5754 */ \
	X(RSA_ENCRYPTION, "1.2.840.113549.1.1.1", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01") \
	X(SHA256_WITH_RSA, "1.2.840.113549.1.1.11", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b") \
	X(SHA256, "2.16.840.1.101.3.4.2.1", \
		"\x60\x86\x48\x01\x65\x03\x04\x02\x01") \
	X(EC_PUBLIC_KEY, "1.2.840.10045.2.1", "\x2a\x86\x48\xce\x3d\x02\x01") \
	X(P256, "1.2.840.10045.3.1.7", "\x2a\x86\x48\xce\x3d\x03\x01\x07") \
	/* names: RFC 5280 appendix A */ \
	X(COMMON_NAME, "2.5.4.3", "\x55\x04\x03") \
	X(SERIAL_NUMBER, "2.5.4.5", "\x55\x04\x05") \
	/* extensions: RFC 5280, 3779 */ \
	X(SUBJECT_KEY_ID, "2.5.29.14", "\x55\x1d\x0e") \
	X(KEY_USAGE, "2.5.29.15", "\x55\x1d\x0f") \
	X(BASIC_CONSTRAINTS, "2.5.29.19", "\x55\x1d\x13") \
	X(CRL_NUMBER, "2.5.29.20", "\x55\x1d\x14") \
	X(CRL_DISTRIBUTION_POINTS, "2.5.29.31", "\x55\x1d\x1f") \
	X(CERTIFICATE_POLICIES, "2.5.29.32", "\x55\x1d\x20") \
	X(AUTHORITY_KEY_ID, "2.5.29.35", "\x55\x1d\x23") \
	X(EXTENDED_KEY_USAGE, "2.5.29.37", "\x55\x1d\x25") \
	X(AUTHORITY_INFO_ACCESS, "1.3.6.1.5.5.7.1.1", \
		"\x2b\x06\x01\x05\x05\x07\x01\x01") \
	X(IP_ADDR_BLOCKS, "1.3.6.1.5.5.7.1.7", \
		"\x2b\x06\x01\x05\x05\x07\x01\x07") \
	X(AUTONOMOUS_SYS_IDS, "1.3.6.1.5.5.7.1.8", \
		"\x2b\x06\x01\x05\x05\x07\x01\x08") \
	X(SUBJECT_INFO_ACCESS, "1.3.6.1.5.5.7.1.11", \
		"\x2b\x06\x01\x05\x05\x07\x01\x0b") \
	/* the same of the validation reconsidered: RFC 8360 */ \
	X(IP_ADDR_BLOCKS_V2, "1.3.6.1.5.5.7.1.28", \
		"\x2b\x06\x01\x05\x05\x07\x01\x1c") \
	X(AUTONOMOUS_SYS_IDS_V2, "1.3.6.1.5.5.7.1.29", \
		"\x2b\x06\x01\x05\x05\x07\x01\x1d") \
	X(POLICY_RPKI_V2, "1.3.6.1.5.5.7.14.3", \
		"\x2b\x06\x01\x05\x05\x07\x0e\x03") \
	/* inside extensions: RFC 6484, 5280, 6487, 8182, 8209 */ \
	X(POLICY_RPKI, "1.3.6.1.5.5.7.14.2", \
		"\x2b\x06\x01\x05\x05\x07\x0e\x02") \
	X(QUALIFIER_CPS, "1.3.6.1.5.5.7.2.1", \
		"\x2b\x06\x01\x05\x05\x07\x02\x01") \
	X(EKU_BGPSEC_ROUTER, "1.3.6.1.5.5.7.3.30", \
		"\x2b\x06\x01\x05\x05\x07\x03\x1e") \
	X(AD_CA_ISSUERS, "1.3.6.1.5.5.7.48.2", \
		"\x2b\x06\x01\x05\x05\x07\x30\x02") \
	X(AD_CA_REPOSITORY, "1.3.6.1.5.5.7.48.5", \
		"\x2b\x06\x01\x05\x05\x07\x30\x05") \
	X(AD_RPKI_MANIFEST, "1.3.6.1.5.5.7.48.10", \
		"\x2b\x06\x01\x05\x05\x07\x30\x0a") \
	X(AD_SIGNED_OBJECT, "1.3.6.1.5.5.7.48.11", \
		"\x2b\x06\x01\x05\x05\x07\x30\x0b") \
	X(AD_RPKI_NOTIFY, "1.3.6.1.5.5.7.48.13", \
		"\x2b\x06\x01\x05\x05\x07\x30\x0d") \
	/* CMS: RFC 5652, 6019 */ \
	X(SIGNED_DATA, "1.2.840.113549.1.7.2", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02") \
	X(CONTENT_TYPE, "1.2.840.113549.1.9.3", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03") \
	X(MESSAGE_DIGEST, "1.2.840.113549.1.9.4", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04") \
	X(SIGNING_TIME, "1.2.840.113549.1.9.5", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05") \
	X(BINARY_SIGNING_TIME, "1.2.840.113549.1.9.16.2.46", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2e") \
	/* signed objects */ \
	X(CT_ROA, "1.2.840.113549.1.9.16.1.24", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x18") \
	X(CT_MANIFEST, "1.2.840.113549.1.9.16.1.26", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x1a") \
	X(CT_GHOSTBUSTERS, "1.2.840.113549.1.9.16.1.35", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x23") \
	X(CT_RSC, "1.2.840.113549.1.9.16.1.48", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x30") \
	X(CT_ASPA, "1.2.840.113549.1.9.16.1.49", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x31") \
	X(CT_TAK, "1.2.840.113549.1.9.16.1.50", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x32") \
	X(CT_SPL, "1.2.840.113549.1.9.16.1.51", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x33") \
	X(CT_CCR, "1.2.840.113549.1.9.16.1.54", \
		"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x36")

enum oid {
	OID_UNKNOWN,
#define OID_ENUM(name, dotted, octets) OID_##name,
	OID_TABLE(OID_ENUM)
#undef OID_ENUM
	OID_COUNT
};

/* The row whose content octets these are, or OID_UNKNOWN. */
enum oid oid_find(struct span octets);

/* A row's content octets; its dotted form ("2.5.29.14").  Empty and "unknown"
 * for OID_UNKNOWN.  Static. */
struct span oid_octets(enum oid oid);
const char *oid_dotted(enum oid oid);

#endif
