/*
 * reject: why an object is refused, in one table.
 *
 * Each row is one rule: its code, the word that logs, metrics, snapshots and
 * the API print, the RFC section that says so, and the text for people.  A new
 * rule is a new row, its check, and a broken lab object that hits it.
 */
#ifndef OBJECT_REJECT_H
#define OBJECT_REJECT_H

/* X(NAME, "word", "RFC section", "text") */
#define REJECT_TABLE(X) \
	X(NONE, "none", "", "accepted") \
	REJECT_DER_TABLE(X) \
	REJECT_KEY_TABLE(X) \
	REJECT_RESOURCES_TABLE(X) \
	REJECT_CERT_TABLE(X) \
	REJECT_CRL_TABLE(X) \
	REJECT_CMS_TABLE(X) \
	REJECT_MANIFEST_TABLE(X) \
	REJECT_ROA_TABLE(X) \
	REJECT_CHAIN_TABLE(X)

#define REJECT_DER_TABLE(X) \
	X(DER_TRUNCATED, "der-truncated", "X.690 8.1.3", \
		"a value ends beyond the octets that hold it") \
	X(DER_TRAILING, "der-trailing", "X.690 8.1", \
		"octets follow where a value should end") \
	X(DER_MISSING, "der-missing", "X.690 8.9", \
		"a value that is not optional is not there") \
	X(DER_TAG, "der-tag", "X.690 8.1.2", \
		"another type than the syntax wants here") \
	X(DER_INDEFINITE, "der-indefinite", "X.690 10.1", \
		"a length is indefinite: BER, not DER") \
	X(DER_LENGTH_FORM, "der-length-form", "X.690 10.1", \
		"a length has more octets than it needs") \
	X(DER_BOOLEAN, "der-boolean", "X.690 8.2, 11.1", \
		"a BOOLEAN is not one octet 00 or FF") \
	X(DER_DEFAULT, "der-default", "X.690 11.5", \
		"a value is encoded although it is the default") \
	X(DER_NULL, "der-null", "X.690 8.8", "a NULL has content") \
	X(DER_INTEGER_MINIMAL, "der-integer-minimal", "X.690 8.3.2", \
		"an INTEGER has no octets, or more than it needs") \
	X(DER_BIT_STRING, "der-bit-string", "X.690 8.6.2", \
		"a BIT STRING has a wrong count of unused bits") \
	X(DER_UNUSED_BITS, "der-unused-bits", "X.690 11.2.1", \
		"a BIT STRING has unused bits that are not zero") \
	X(DER_OID, "der-oid", "X.690 8.19", \
		"an OBJECT IDENTIFIER is cut or not minimal") \
	X(DER_SET_ORDER, "der-set-order", "X.690 11.6", \
		"the elements of a SET OF are not in order") \
	X(DER_TIME_FORM, "der-time-form", "RFC 5280 4.1.2.5", \
		"a time is no date, or not to the second with Z") \
	X(DER_TIME_TYPE, "der-time-type", "RFC 5280 4.1.2.5", \
		"a time before 2050 is not a UTCTime")

#define REJECT_KEY_TABLE(X) \
	X(KEY_ALGORITHM, "key-algorithm", "RFC 7935 3.1", \
		"the public key is not of an algorithm of the RPKI")

#define REJECT_RESOURCES_TABLE(X) \
	X(RESOURCES_ORDER, "resources-order", "RFC 3779 2.2.3.6, 3.2.3.4", \
		"resources are not in canonical order")

#define REJECT_CERT_TABLE(X) \
	X(CERT_VERSION, "cert-version", "RFC 6487 4.1", \
		"certificate version is not 3")

#define REJECT_CRL_TABLE(X) \
	X(CRL_VERSION, "crl-version", "RFC 6487 5", "CRL version is not 2")

#define REJECT_CMS_TABLE(X) \
	X(CMS_VERSION, "cms-version", "RFC 6488 2.1.1", \
		"SignedData version is not 3")

#define REJECT_MANIFEST_TABLE(X) \
	X(MANIFEST_VERSION, "manifest-version", "RFC 9286 4.2.1", \
		"manifest version is not 0, or encoded although default")

#define REJECT_ROA_TABLE(X) \
	X(ROA_VERSION, "roa-version", "RFC 9582 4.1", \
		"ROA version is not 0, or encoded although default")

#define REJECT_CHAIN_TABLE(X) \
	X(OBJECT_SIZE, "object-size", "limits", \
		"the object is larger or smaller than any may be")

enum reject {
#define REJECT_ENUM(name, word, rfc, text) REJECT_##name,
	REJECT_TABLE(REJECT_ENUM)
#undef REJECT_ENUM
	REJECT_COUNT
};

/* A row's word ("cert-version"), RFC section, text.  Static. */
const char *reject_name(enum reject code);
const char *reject_rfc(enum reject code);
const char *reject_text(enum reject code);

#endif
