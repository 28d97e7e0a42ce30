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
	X(CMS_CONTENT_TYPE, "cms-content-type", "RFC 6488 2", \
		"the content type is not signed-data") \
	X(CMS_VERSION, "cms-version", "RFC 6488 2.1.1", \
		"SignedData version is not 3") \
	X(CMS_DIGEST_COUNT, "cms-digest-count", "RFC 6488 2.1.2", \
		"not exactly one digest algorithm") \
	X(CMS_DIGEST_ALGORITHM, "cms-digest-algorithm", "RFC 7935 2", \
		"the digest algorithm of the SignedData is not SHA-256") \
	X(CMS_ECONTENT_TYPE, "cms-econtent-type", "RFC 6488 2.1.3.1", \
		"eContentType is of another kind of object") \
	X(CMS_ECONTENT, "cms-econtent", "RFC 6488 2.1.3.2", \
		"eContent is missing") \
	X(CMS_CERTIFICATES, "cms-certificates", "RFC 6488 2.1.4", \
		"not exactly one certificate") \
	X(CMS_CRLS, "cms-crls", "RFC 6488 2.1.5", "CRLs are included") \
	X(CMS_SIGNER_COUNT, "cms-signer-count", "RFC 6488 2.1", \
		"not exactly one SignerInfo") \
	X(CMS_SIGNER_VERSION, "cms-signer-version", "RFC 6488 2.1.6.1", \
		"SignerInfo version is not 3") \
	X(CMS_SIGNER_ID_FORM, "cms-signer-id-form", "RFC 6488 2.1.6.2", \
		"the signer is not named by a subject key identifier") \
	X(CMS_SIGNER_ID, "cms-signer-id", "RFC 6488 2.1.6.2", \
		"the signer is not the key of the EE certificate") \
	X(CMS_SIGNER_DIGEST, "cms-signer-digest", "RFC 7935 2", \
		"the digest algorithm of the SignerInfo is not SHA-256") \
	X(CMS_SIGNED_ATTRS, "cms-signed-attrs", "RFC 6488 2.1.6.4", \
		"there are no signed attributes") \
	X(CMS_ATTR_UNKNOWN, "cms-attr-unknown", "RFC 6488 2.1.6.4", \
		"a signed attribute that may not be there") \
	X(CMS_ATTR_TWICE, "cms-attr-twice", "RFC 6488 2.1.6.4", \
		"a signed attribute is there more than once") \
	X(CMS_ATTR_VALUES, "cms-attr-values", "RFC 6488 2.1.6.4", \
		"a signed attribute has not exactly one value") \
	X(CMS_TYPE_MISSING, "cms-type-missing", "RFC 6488 2.1.6.4.1", \
		"the content-type attribute is missing") \
	X(CMS_TYPE_VALUE, "cms-type-value", "RFC 6488 2.1.6.4.1", \
		"the content-type attribute is not the eContentType") \
	X(CMS_DIGEST_MISSING, "cms-digest-missing", "RFC 6488 2.1.6.4.2", \
		"the message-digest attribute is missing") \
	X(CMS_DIGEST_SIZE, "cms-digest-size", "RFC 6488 2.1.6.4.2", \
		"the message-digest attribute has not 32 octets") \
	X(CMS_TIME_MISSING, "cms-time-missing", "RFC 9589 4", \
		"the signing-time attribute is missing") \
	X(CMS_BINARY_TIME, "cms-binary-time", "RFC 9589 4", \
		"the binary-signing-time attribute is there") \
	X(CMS_BINARY_TIME_VALUE, "cms-binary-time-value", "RFC 6019 2", \
		"the binary-signing-time attribute is negative or too great") \
	X(CMS_SIGNATURE_ALGORITHM, "cms-signature-algorithm", "RFC 7935 2", \
		"the signature algorithm is not RSA, with NULL parameters") \
	X(CMS_UNSIGNED_ATTRS, "cms-unsigned-attrs", "RFC 6488 2.1.6.7", \
		"there are unsigned attributes") \
	X(CMS_DIGEST, "cms-digest", "RFC 5652 5.6", \
		"the content has another digest than the message-digest") \
	X(CMS_SIGNATURE, "cms-signature", "RFC 6488 3", \
		"the signature is not by the key of the EE certificate")

#define REJECT_MANIFEST_TABLE(X) \
	X(MANIFEST_VERSION, "manifest-version", "RFC 9286 4.2.1", \
		"manifest version is not 0, or encoded although default") \
	X(MANIFEST_NUMBER, "manifest-number", "RFC 9286 4.2.1", \
		"manifestNumber is negative or beyond 2^159-1") \
	X(MANIFEST_TIME_TYPE, "manifest-time-type", "RFC 9286 4.2", \
		"thisUpdate or nextUpdate is not a GeneralizedTime") \
	X(MANIFEST_TIME_ORDER, "manifest-time-order", "RFC 9286 4.4", \
		"nextUpdate is not later than thisUpdate") \
	X(MANIFEST_HASH_ALGORITHM, "manifest-hash-algorithm", \
		"RFC 9286 4.2.1", "fileHashAlg is not SHA-256") \
	X(MANIFEST_FILE_COUNT, "manifest-file-count", "limits", \
		"more files than a manifest may list") \
	X(MANIFEST_FILE_NAME, "manifest-file-name", "RFC 9286 4.2.2", \
		"a file name has other characters, or another form") \
	X(MANIFEST_HASH_FORM, "manifest-hash-form", "RFC 9286 4.2.1", \
		"a file's hash is not a BIT STRING of 256 bits") \
	X(MANIFEST_FILE_TWICE, "manifest-file-twice", "RFC 9286 4.2.1", \
		"a file is listed more than once") \
	X(MANIFEST_CRL_MISSING, "manifest-crl-missing", "RFC 9286 5.1", \
		"no CRL is listed") \
	X(MANIFEST_CRL_TWICE, "manifest-crl-twice", "RFC 9286 5.1", \
		"more than one CRL is listed") \
	X(MANIFEST_RESOURCES, "manifest-resources", "RFC 9286 5.1", \
		"the EE certificate does not inherit all its resources")

#define REJECT_ROA_TABLE(X) \
	X(ROA_VERSION, "roa-version", "RFC 9582 4.1", \
		"ROA version is not 0, or encoded although default") \
	X(ROA_ASN, "roa-asn", "RFC 9582 4.2", \
		"asID is not within 0 and 2^32-1") \
	X(ROA_FAMILY_COUNT, "roa-family-count", "RFC 9582 4.3", \
		"no address family, or more than two") \
	X(ROA_FAMILY, "roa-family", "RFC 9582 4.3.1.1", \
		"an address family is neither 0001 nor 0002") \
	X(ROA_FAMILY_TWICE, "roa-family-twice", "RFC 9582 4.3", \
		"an address family is there twice") \
	X(ROA_ADDRESSES, "roa-addresses", "RFC 9582 4.3.1.2", \
		"an address family has no prefix") \
	X(ROA_PREFIX_LENGTH, "roa-prefix-length", "RFC 9582 4.3.2.1", \
		"a prefix is longer than an address") \
	X(ROA_MAX_LENGTH, "roa-max-length", "RFC 9582 4.3.2.2", \
		"maxLength is below the prefix length or above the address's") \
	X(ROA_INHERIT, "roa-inherit", "RFC 9582 5", \
		"the EE certificate inherits resources") \
	X(ROA_AS_RESOURCES, "roa-as-resources", "RFC 9582 5", \
		"the EE certificate has AS resources") \
	X(ROA_PREFIX_OUTSIDE, "roa-prefix-outside", "RFC 9582 5", \
		"a prefix is not within the EE certificate's resources")

#define REJECT_CHAIN_TABLE(X) \
	X(OBJECT_SIZE, "object-size", "limits", \
		"the object is larger or smaller than any may be") \
	X(OBJECT_READ, "object-unreadable", "RFC 9286 6.4", \
		"the file is there but cannot be read") \
	X(OBJECT_URI, "object-uri", "RFC 6487 4.8.8.2", \
		"the EE certificate names another place for its object") \
	X(URI_UNSAFE, "uri-unsafe", "limits", \
		"a URI holds what no URI of a repository may hold") \
	X(TAL_BROKEN, "tal-broken", "RFC 8630 2.2", \
		"the trust anchor locator cannot be read") \
	X(TAL_KEY, "tal-key", "RFC 8630 2.3", \
		"the locator's key is not a key of the RPKI") \
	X(TA_MISSING, "ta-missing", "RFC 8630 3", \
		"no URI of the locator leads to a certificate") \
	X(TA_KEY, "ta-key", "RFC 8630 3", \
		"the certificate's key is not the locator's") \
	X(ISSUER_NAME, "issuer-name", "RFC 6487 7.2", \
		"the issuer is not the subject of the certificate above") \
	X(ISSUER_KEY, "issuer-key-id", "RFC 6487 4.8.3", \
		"the authority key identifier is not the issuer's") \
	X(SIGNATURE, "signature", "RFC 6487 7.2", \
		"the issuer's key did not make the signature") \
	X(NOT_YET_VALID, "not-yet-valid", "RFC 6487 7.2", \
		"the certificate's validity has not begun") \
	X(EXPIRED, "expired", "RFC 6487 7.2", \
		"the certificate's validity has ended") \
	X(REVOKED, "revoked", "RFC 6487 7.2", \
		"the issuer's CRL revokes the certificate") \
	X(CRL_URI, "crl-uri", "RFC 6487 4.8.6", \
		"the CRL distribution point is not the manifest's CRL") \
	X(OVERCLAIM, "resources-overclaim", "RFC 6487 7.2", \
		"the certificate holds resources that its issuer does not") \
	X(MANIFEST_PLACE, "manifest-place", "RFC 6481 2.2", \
		"the manifest's URI is not directly below the repository's") \
	X(MANIFEST_MISSING, "manifest-missing", "RFC 9286 6.2", \
		"the manifest is not there") \
	X(MANIFEST_EARLY, "manifest-not-yet-valid", "RFC 9286 6.3", \
		"the manifest's thisUpdate is in the future") \
	X(MANIFEST_STALE, "manifest-stale", "RFC 9286 6.3", \
		"the manifest's nextUpdate has passed") \
	X(MANIFEST_CRL, "manifest-crl", "RFC 9286 6.3", \
		"the CRL that the manifest names does not hold") \
	X(MANIFEST_FILE_MISSING, "manifest-file-missing", "RFC 9286 6.4", \
		"a file that the manifest lists is not there") \
	X(MANIFEST_HASH_MISMATCH, "manifest-hash-mismatch", "RFC 9286 6.5", \
		"a file's hash is not the one that the manifest lists") \
	X(CRL_ISSUER, "crl-issuer", "RFC 6487 5", \
		"the CRL's issuer is not the CA") \
	X(CRL_KEY, "crl-key-id", "RFC 6487 5", \
		"the CRL's authority key identifier is not the CA's") \
	X(CRL_SIGNATURE, "crl-signature", "RFC 6487 5", \
		"the CA's key did not sign the CRL") \
	X(CRL_EARLY, "crl-not-yet-valid", "RFC 5280 5.1.2.4", \
		"the CRL's thisUpdate is in the future") \
	X(CRL_STALE, "crl-stale", "RFC 5280 5.1.2.5", \
		"the CRL's nextUpdate has passed") \
	X(CA_LOOP, "ca-loop", "RFC 6487 7.2", \
		"the CA is its own ancestor: same key, same manifest") \
	X(CA_DEPTH, "ca-depth", "limits", \
		"the CA is deeper below its trust anchor than allowed") \
	X(CA_CHILDREN, "ca-children", "limits", \
		"the CA above has more children than allowed") \
	X(CA_COUNT, "ca-count", "limits", \
		"the trust anchor has more CAs than allowed") \
	X(VRP_COUNT, "vrp-count", "limits", \
		"the trust anchor has more VRPs than allowed") \
	X(UNLISTED, "unlisted", "RFC 9286 6.1", \
		"no valid manifest lists the object")

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
