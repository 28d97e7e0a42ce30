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
	REJECT_GBR_TABLE(X) \
	REJECT_ASPA_TABLE(X) \
	REJECT_SPL_TABLE(X) \
	REJECT_TAK_TABLE(X) \
	REJECT_RSC_TABLE(X) \
	REJECT_CCR_TABLE(X) \
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
	X(DER_TIME_EARLY, "der-time-early", "safety limit", \
		"a time is before 1970") \
	X(DER_TIME_TYPE, "der-time-type", "RFC 5280 4.1.2.5", \
		"a time before 2050 is not a UTCTime")

#define REJECT_KEY_TABLE(X) \
	X(KEY_ALGORITHM, "key-algorithm", "RFC 7935 3.1, RFC 8608 3.1.1", \
		"the public key is of another algorithm") \
	X(KEY_PARAMETERS, "key-parameters", "RFC 7935 3.1", \
		"the parameters of an RSA key are not NULL") \
	X(KEY_SIZE, "key-size", "RFC 7935 3", \
		"the RSA modulus has not 2048 bits") \
	X(KEY_EVEN, "key-even", "RFC 7935 3", "the RSA modulus is even") \
	X(KEY_EXPONENT, "key-exponent", "RFC 7935 3", \
		"the RSA exponent is not 65537") \
	X(KEY_CURVE, "key-curve", "RFC 8608 3.1.1", "the curve is not P-256") \
	X(KEY_POINT_FORM, "key-point-form", "RFC 8608 3.1", \
		"the point is not in uncompressed form") \
	X(KEY_POINT, "key-point", "RFC 8608 3.1", \
		"the point is not on the curve")

#define REJECT_RESOURCES_TABLE(X) \
	X(RESOURCES_BLOCKS, "resources-blocks", "safety limit", \
		"more address blocks and AS ranges than one may have") \
	X(RESOURCES_IP_EMPTY, "resources-ip-empty", "RFC 6487 4.8.10", \
		"the IP resources name no address family") \
	X(RESOURCES_FAMILY, "resources-family", "RFC 3779 2.2.3.3", \
		"an address family is neither IPv4 nor IPv6") \
	X(RESOURCES_SAFI, "resources-safi", "RFC 6487 4.8.10", \
		"an address family has a SAFI") \
	X(RESOURCES_FAMILY_ORDER, "resources-family-order", \
		"RFC 3779 2.2.3.3", \
		"an address family is there twice, or IPv6 before IPv4") \
	X(RESOURCES_FAMILY_EMPTY, "resources-family-empty", "RFC 6487 4.8.10", \
		"an address family has no addresses") \
	X(RESOURCES_IP_LENGTH, "resources-ip-length", "RFC 3779 2.2.3.8", \
		"an address has more bits than its family") \
	X(RESOURCES_IP_MIN_MAX, "resources-ip-min-max", "RFC 3779 2.2.3.9", \
		"an address range ends before it begins") \
	X(RESOURCES_IP_PREFIX, "resources-ip-prefix", "RFC 3779 2.2.3.7", \
		"a range that is a prefix is not encoded as one") \
	X(RESOURCES_IP_BITS, "resources-ip-bits", "RFC 3779 2.2.3.9", \
		"an end of a range has bits that do not count") \
	X(RESOURCES_IP_ORDER, "resources-ip-order", "RFC 3779 2.2.3.6", \
		"addresses overlap or are not in order") \
	X(RESOURCES_IP_ADJACENT, "resources-ip-adjacent", "RFC 3779 2.2.3.6", \
		"adjacent addresses are not combined") \
	X(RESOURCES_RDI, "resources-rdi", "RFC 6487 4.8.11", \
		"the AS resources have routing domain identifiers") \
	X(RESOURCES_ASN_EMPTY, "resources-asn-empty", "RFC 6487 4.8.11", \
		"the AS resources name no AS number") \
	X(RESOURCES_ASN_NUMBER, "resources-asn-number", "RFC 6793 3", \
		"an AS number is not within 0 and 2^32-1") \
	X(RESOURCES_ASN_MIN_MAX, "resources-asn-min-max", "RFC 3779 3.2.3.8", \
		"an AS range ends before it begins") \
	X(RESOURCES_ASN_ORDER, "resources-asn-order", "RFC 3779 3.2.3.4", \
		"AS numbers overlap or are not in order") \
	X(RESOURCES_ASN_ADJACENT, "resources-asn-adjacent", \
		"RFC 3779 3.2.3.4", "adjacent AS numbers are not combined")

/* What can be wrong with any name, and with any URI. */
#define REJECT_NAME_ROWS(X, NAME, word, rfc) \
	X(NAME##_FORM, word "-form", rfc, \
		"the name is not one CommonName and at most one " \
		"serialNumber") \
	X(NAME##_STRING, word "-string", rfc, \
		"the name is not made of PrintableStrings") \
	X(NAME##_SIZE, word "-size", "safety limit", "the name is too long")

#define REJECT_URI_ROWS(X, NAME, word) \
	X(NAME##_URI_SIZE, word "-uri-size", "safety limit", \
		"a URI is too long") \
	X(NAME##_URI_CHARACTER, word "-uri-character", "RFC 3986 2", \
		"a URI has a character that none may have") \
	X(NAME##_URI_HOST, word "-uri-host", "RFC 3986 3.2", \
		"a URI has no host, or none of a known form") \
	X(NAME##_URI_PATH, word "-uri-path", "RFC 3986 3.3, RFC 5781 2", \
		"a URI has a dot segment, or names no rsync module")

#define REJECT_CERT_TABLE(X) \
	X(CERT_VERSION, "cert-version", "RFC 6487 4.1", \
		"certificate version is not 3") \
	X(CERT_SERIAL, "cert-serial", "RFC 6487 4.2, RFC 5280 4.1.2.2", \
		"the serial number is not positive and below 2^159") \
	X(CERT_ALGORITHM, "cert-algorithm", "RFC 7935 2", \
		"the signature field is not sha256WithRSAEncryption") \
	X(CERT_OUTER_ALGORITHM, "cert-outer-algorithm", "RFC 7935 2", \
		"the signatureAlgorithm is not sha256WithRSAEncryption") \
	REJECT_NAME_ROWS(X, CERT_ISSUER, "cert-issuer", "RFC 6487 4.4") \
	REJECT_NAME_ROWS(X, CERT_SUBJECT, "cert-subject", "RFC 6487 4.5") \
	X(CERT_SELF_ISSUED, "cert-self-issued", "RFC 8630 2.3", \
		"issuer and subject of a trust anchor differ") \
	X(CERT_VALIDITY, "cert-validity", "RFC 6487 4.6", \
		"notAfter is earlier than notBefore") \
	X(CERT_UNIQUE_ID, "cert-unique-id", "RFC 5280 4.1.2.8", \
		"there is a unique identifier of issuer or subject") \
	X(CERT_EXTENSION_UNKNOWN, "cert-extension-unknown", "RFC 6487 4.8", \
		"a critical extension is not of the profile") \
	X(CERT_EXTENSION_COUNT, "cert-extension-count", "safety limit", \
		"more extensions beyond the profile than are ignored") \
	X(CERT_EXTENSION_TWICE, "cert-extension-twice", "RFC 5280 4.2", \
		"an extension is there more than once") \
	X(CERT_RECONSIDERED, "cert-reconsidered", "RFC 8360 4.2", \
		"an extension or policy is of the validation reconsidered") \
	X(CERT_BASIC_CONSTRAINTS_MISSING, "cert-basic-constraints-missing", \
		"RFC 6487 4.8.1", "a CA has no basic constraints") \
	X(CERT_BASIC_CONSTRAINTS_FORBIDDEN, \
		"cert-basic-constraints-forbidden", "RFC 6487 4.8.1", \
		"basic constraints where the subject is no CA") \
	X(CERT_BASIC_CONSTRAINTS_CRITICAL, "cert-basic-constraints-critical", \
		"RFC 6487 4.8.1", "basic constraints are not critical") \
	X(CERT_BASIC_CONSTRAINTS_CA, "cert-basic-constraints-ca", \
		"RFC 6487 4.8.1", "basic constraints of a CA without cA") \
	X(CERT_BASIC_CONSTRAINTS_PATH, "cert-basic-constraints-path", \
		"RFC 6487 4.8.1", "basic constraints have a path length") \
	X(CERT_SKI_MISSING, "cert-ski-missing", "RFC 6487 4.8.2", \
		"there is no subject key identifier") \
	X(CERT_SKI_CRITICAL, "cert-ski-critical", "RFC 6487 4.8.2", \
		"the subject key identifier is critical") \
	X(CERT_SKI_SIZE, "cert-ski-size", "RFC 6487 4.8.2", \
		"the subject key identifier has not 20 octets") \
	X(CERT_SKI_HASH, "cert-ski-hash", "RFC 6487 4.8.2", \
		"the subject key identifier is not the SHA-1 of the key") \
	X(CERT_AKI_MISSING, "cert-aki-missing", "RFC 6487 4.8.3", \
		"there is no authority key identifier") \
	X(CERT_AKI_CRITICAL, "cert-aki-critical", "RFC 6487 4.8.3", \
		"the authority key identifier is critical") \
	X(CERT_AKI_FORM, "cert-aki-form", "RFC 6487 4.8.3", \
		"the authority key identifier is more or less than a " \
		"keyIdentifier") \
	X(CERT_AKI_SIZE, "cert-aki-size", "RFC 6487 4.8.3", \
		"the authority key identifier has not 20 octets") \
	X(CERT_AKI_SELF, "cert-aki-self", "RFC 6487 4.8.3", \
		"the authority key identifier of a trust anchor is not its " \
		"own") \
	X(CERT_KEY_USAGE_MISSING, "cert-key-usage-missing", "RFC 6487 4.8.4", \
		"there is no key usage") \
	X(CERT_KEY_USAGE_CRITICAL, "cert-key-usage-critical", \
		"RFC 6487 4.8.4", "the key usage is not critical") \
	X(CERT_KEY_USAGE_BITS, "cert-key-usage-bits", "RFC 6487 4.8.4", \
		"the key usage is not exactly that of a CA, or of an EE") \
	X(CERT_EKU_FORBIDDEN, "cert-eku-forbidden", "RFC 6487 4.8.5", \
		"an extended key usage where there may be none") \
	X(CERT_EKU_CRITICAL, "cert-eku-critical", "RFC 6487 4.8.5", \
		"the extended key usage is critical") \
	X(CERT_EKU_ROUTER, "cert-eku-router", "RFC 8209 3.1.3.2", \
		"no extended key usage for BGPsec in a router certificate") \
	X(CERT_CRLDP_MISSING, "cert-crldp-missing", "RFC 6487 4.8.6", \
		"there are no CRL distribution points") \
	X(CERT_CRLDP_FORBIDDEN, "cert-crldp-forbidden", "RFC 6487 4.8.6", \
		"a trust anchor has CRL distribution points") \
	X(CERT_CRLDP_CRITICAL, "cert-crldp-critical", "RFC 6487 4.8.6", \
		"the CRL distribution points are critical") \
	X(CERT_CRLDP_COUNT, "cert-crldp-count", "RFC 6487 4.8.6", \
		"not exactly one CRL distribution point") \
	X(CERT_CRLDP_FORM, "cert-crldp-form", "RFC 6487 4.8.6", \
		"a CRL distribution point has no fullName, or more") \
	X(CERT_CRLDP_NAME, "cert-crldp-name", "RFC 6487 4.8.6", \
		"a CRL distribution point has a name that is no URI") \
	X(CERT_CRLDP_RSYNC, "cert-crldp-rsync", "RFC 6487 4.8.6", \
		"no CRL distribution point is an rsync URI") \
	REJECT_URI_ROWS(X, CERT_CRLDP, "cert-crldp") \
	X(CERT_AIA_MISSING, "cert-aia-missing", "RFC 6487 4.8.7", \
		"there is no authority information access") \
	X(CERT_AIA_FORBIDDEN, "cert-aia-forbidden", "RFC 6487 4.8.7", \
		"a trust anchor has authority information access") \
	X(CERT_AIA_CRITICAL, "cert-aia-critical", "RFC 6487 4.8.7", \
		"the authority information access is critical") \
	X(CERT_AIA_METHOD, "cert-aia-method", "RFC 6487 4.8.7", \
		"an accessMethod for the issuer is not caIssuers") \
	X(CERT_AIA_LOCATION, "cert-aia-location", "RFC 6487 4.8.7", \
		"an accessLocation for the issuer is no URI") \
	X(CERT_AIA_RSYNC, "cert-aia-rsync", "RFC 6487 4.8.7", \
		"no accessLocation for the issuer is an rsync URI") \
	REJECT_URI_ROWS(X, CERT_AIA, "cert-aia") \
	X(CERT_SIA_MISSING, "cert-sia-missing", "RFC 6487 4.8.8", \
		"there is no subject information access") \
	X(CERT_SIA_FORBIDDEN, "cert-sia-forbidden", \
		"RFC 8209 3.1.3.3, RFC 9323 2", \
		"a router or a checklist has subject information access") \
	X(CERT_SIA_CRITICAL, "cert-sia-critical", "RFC 6487 4.8.8", \
		"the subject information access is critical") \
	X(CERT_SIA_METHOD, "cert-sia-method", "RFC 6487 4.8.8.2", \
		"an accessMethod that an EE certificate may not have") \
	X(CERT_SIA_LOCATION, "cert-sia-location", "RFC 6487 4.8.8", \
		"an accessLocation of the subject is no URI") \
	X(CERT_SIA_REPOSITORY, "cert-sia-repository", "RFC 6487 4.8.8.1", \
		"no caRepository is an rsync URI") \
	X(CERT_SIA_MANIFEST, "cert-sia-manifest", "RFC 6487 4.8.8.1", \
		"no rpkiManifest is an rsync URI") \
	X(CERT_SIA_PLACE, "cert-sia-place", "RFC 6481 2.2", \
		"the rpkiManifest is not a .mft in the caRepository") \
	X(CERT_SIA_NOTIFY, "cert-sia-notify", "RFC 8182 3.2", \
		"the rpkiNotify is not an https URI") \
	X(CERT_SIA_OBJECT, "cert-sia-object", "RFC 6487 4.8.8.2", \
		"no signedObject is an rsync URI") \
	REJECT_URI_ROWS(X, CERT_SIA, "cert-sia") \
	X(CERT_POLICIES_MISSING, "cert-policies-missing", "RFC 6487 4.8.9", \
		"there are no certificate policies") \
	X(CERT_POLICIES_CRITICAL, "cert-policies-critical", "RFC 6487 4.8.9", \
		"the certificate policies are not critical") \
	X(CERT_POLICIES_COUNT, "cert-policies-count", "RFC 6487 4.8.9", \
		"not exactly one certificate policy") \
	X(CERT_POLICIES_OID, "cert-policies-oid", "RFC 6487 4.8.9", \
		"the certificate policy is not that of the RPKI") \
	X(CERT_POLICIES_QUALIFIER, "cert-policies-qualifier", "RFC 7318 2", \
		"a policy qualifier is not one CPS pointer") \
	X(CERT_RESOURCES_MISSING, "cert-resources-missing", "RFC 6487 4.8.10", \
		"there are no resources") \
	X(CERT_RESOURCES_INHERIT, "cert-resources-inherit", \
		"RFC 8630 2.3, RFC 8209 3.1.3.5", \
		"a trust anchor or a router inherits resources") \
	X(CERT_IP_CRITICAL, "cert-ip-critical", "RFC 6487 4.8.10", \
		"the IP resources are not critical") \
	X(CERT_IP_FORBIDDEN, "cert-ip-forbidden", "RFC 8209 3.1.3.4", \
		"a router certificate has IP resources") \
	X(CERT_ASN_CRITICAL, "cert-asn-critical", "RFC 6487 4.8.11", \
		"the AS resources are not critical") \
	X(CERT_ASN_COUNT, "cert-asn-count", "RFC 8209 3.1.3.5, safety limit", \
		"a router certificate has not exactly one AS number")

#define REJECT_CRL_TABLE(X) \
	X(CRL_VERSION, "crl-version", "RFC 6487 5", "CRL version is not 2") \
	X(CRL_ALGORITHM, "crl-algorithm", "RFC 7935 2", \
		"the signature field is not sha256WithRSAEncryption") \
	X(CRL_OUTER_ALGORITHM, "crl-outer-algorithm", "RFC 7935 2", \
		"the signatureAlgorithm is not sha256WithRSAEncryption") \
	REJECT_NAME_ROWS(X, CRL_ISSUER, "crl-issuer", "RFC 6487 5") \
	X(CRL_NEXT_UPDATE, "crl-next-update", "RFC 5280 5.1.2.5", \
		"there is no nextUpdate") \
	X(CRL_TIME_ORDER, "crl-time-order", "RFC 5280 5.1.2.5", \
		"nextUpdate is not later than thisUpdate") \
	X(CRL_ENTRY_SERIAL, "crl-entry-serial", "RFC 5280 4.1.2.2", \
		"a revoked serial number is negative or beyond 2^159-1") \
	X(CRL_ENTRY_EXTENSION, "crl-entry-extension", "RFC 6487 5", \
		"an entry has extensions") \
	X(CRL_EXTENSION_UNKNOWN, "crl-extension-unknown", "RFC 6487 5", \
		"an extension is not of the profile") \
	X(CRL_EXTENSION_TWICE, "crl-extension-twice", "RFC 5280 5.2", \
		"an extension is there more than once") \
	X(CRL_AKI_MISSING, "crl-aki-missing", "RFC 6487 5", \
		"there is no authority key identifier") \
	X(CRL_AKI_CRITICAL, "crl-aki-critical", "RFC 5280 5.2.1", \
		"the authority key identifier is critical") \
	X(CRL_AKI_FORM, "crl-aki-form", "RFC 6487 4.8.3, 5", \
		"the authority key identifier is more or less than a " \
		"keyIdentifier") \
	X(CRL_AKI_SIZE, "crl-aki-size", "RFC 6487 4.8.3, 5", \
		"the authority key identifier has not 20 octets") \
	X(CRL_NUMBER_MISSING, "crl-number-missing", "RFC 9829 3", \
		"there is no CRL number") \
	X(CRL_NUMBER_CRITICAL, "crl-number-critical", "RFC 9829 3", \
		"the CRL number is critical") \
	X(CRL_NUMBER_RANGE, "crl-number-range", "RFC 9829 3", \
		"the CRL number is negative or beyond 2^159-1")

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
		"the signature algorithm is not RSA, or has parameters") \
	X(CMS_UNSIGNED_ATTRS, "cms-unsigned-attrs", "RFC 6488 2.1.6.7", \
		"there are unsigned attributes") \
	X(CMS_DIGEST, "cms-digest", "RFC 5652 5.6", \
		"the content has another digest than the message-digest") \
	X(CMS_SIGNATURE, "cms-signature", "RFC 6488 3", \
		"the signature is not by the key of the EE certificate")

#define REJECT_RSC_TABLE(X) \
	X(RSC_VERSION, "rsc-version", "RFC 9323 4.1", \
		"checklist version is not 0, or encoded although default") \
	X(RSC_RESOURCES_MISSING, "rsc-resources-missing", "RFC 9323 4.2", \
		"the checklist names no resources") \
	X(RSC_INHERIT, "rsc-inherit", "RFC 9323 4.2", \
		"the checklist's resources inherit") \
	X(RSC_DIGEST, "rsc-digest", "RFC 9323 4.3", \
		"the digest algorithm is not SHA-256") \
	X(RSC_FILES_EMPTY, "rsc-files-empty", "RFC 9323 4.4", \
		"the checklist has no entry") \
	X(RSC_FILE_NAME, "rsc-file-name", "RFC 9323 4.4.1", \
		"a file name has other characters, or none") \
	X(RSC_HASH_SIZE, "rsc-hash-size", "RFC 9323 4.4.1", \
		"a digest is not of 32 octets") \
	X(RSC_FILE_TWICE, "rsc-file-twice", "RFC 9323 4.4.1", \
		"a file name is there twice") \
	X(RSC_HASH_TWICE, "rsc-hash-twice", "RFC 9323 4.4.1", \
		"a digest without a name is there twice") \
	X(RSC_EE_INHERIT, "rsc-ee-inherit", "RFC 9323 5", \
		"the EE certificate inherits resources") \
	X(RSC_RESOURCES_OUTSIDE, "rsc-resources-outside", "RFC 9323 5", \
		"resources are not within the EE certificate's")

#define REJECT_CCR_TABLE(X) \
	X(CCR_TYPE, "ccr-type", "CCR draft", \
		"the content type is not that of a CCR") \
	X(CCR_VERSION, "ccr-version", "CCR draft", \
		"CCR version is not 0, or encoded although default") \
	X(CCR_DIGEST, "ccr-digest", "CCR draft", \
		"the digest algorithm is not SHA-256") \
	X(CCR_EMPTY, "ccr-empty", "CCR draft", "there is no state") \
	X(CCR_HASH, "ccr-hash", "CCR draft", \
		"a state's hash is not that of its content") \
	X(CCR_OCTETS, "ccr-octets", "CCR draft", \
		"a digest or key identifier has another size") \
	X(CCR_ORDER, "ccr-order", "CCR draft", \
		"entries do not ascend, or one is there twice") \
	X(CCR_LIST_EMPTY, "ccr-list-empty", "CCR draft", \
		"a list that has entries is empty") \
	X(CCR_MANIFEST_NUMBER, "ccr-manifest-number", "CCR draft", \
		"a manifest's size or number is not in range") \
	X(CCR_LOCATION, "ccr-location", "CCR draft", \
		"a manifest's location is no URI of a signed object") \
	X(CCR_UPDATE, "ccr-update", "CCR draft", \
		"mostRecentUpdate is not that of the latest manifest") \
	X(CCR_ASN, "ccr-asn", "CCR draft", \
		"an AS number is not within 0 and 2^32-1") \
	X(CCR_FAMILY, "ccr-family", "CCR draft", \
		"an address family is unknown, twice or not in order") \
	X(CCR_PREFIX, "ccr-prefix", "CCR draft", \
		"a prefix is longer than an address") \
	X(CCR_MAX_LENGTH, "ccr-max-length", "CCR draft", \
		"maxLength is out of range, or encoded although default") \
	X(CCR_KEY, "ccr-key", "CCR draft", \
		"a router key is none, or not that of its identifier")

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
	X(MANIFEST_FILE_COUNT, "manifest-file-count", "safety limit", \
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

#define REJECT_GBR_TABLE(X) \
	X(GBR_CONTACT, "gbr-contact", "RFC 6493 5", \
		"none of ADR, TEL and EMAIL is there") \
	X(GBR_RESOURCES, "gbr-resources", "RFC 6493 6", \
		"the EE certificate does not inherit all its resources")

#define REJECT_ASPA_TABLE(X) \
	X(ASPA_VERSION, "aspa-version", "ASPA profile 3.1", \
		"ASPA version is not 1, or not said") \
	X(ASPA_CUSTOMER, "aspa-customer", "ASPA profile 3.2", \
		"customerASID is not within 1 and 2^32-1") \
	X(ASPA_PROVIDERS_EMPTY, "aspa-providers-empty", "ASPA profile 3.3", \
		"there is no provider") \
	X(ASPA_PROVIDER, "aspa-provider", "ASPA profile 3.3", \
		"a provider is not within 0 and 2^32-1") \
	X(ASPA_PROVIDER_ORDER, "aspa-provider-order", "ASPA profile 3.3", \
		"the providers do not ascend, or one is there twice") \
	X(ASPA_PROVIDER_CUSTOMER, "aspa-provider-customer", \
		"ASPA profile 3.3", "the customer is its own provider") \
	X(ASPA_AS0, "aspa-as0", "ASPA profile 3.3", \
		"AS0 stands beside other providers") \
	X(ASPA_IP_RESOURCES, "aspa-ip-resources", "ASPA profile 4", \
		"the EE certificate has IP resources") \
	X(ASPA_INHERIT, "aspa-inherit", "ASPA profile 4", \
		"the EE certificate inherits AS resources") \
	X(ASPA_AS_RESOURCES, "aspa-as-resources", "ASPA profile 4", \
		"the EE certificate's AS resources are not the customer alone")

#define REJECT_SPL_TABLE(X) \
	X(SPL_VERSION, "spl-version", "prefix list draft 3.1", \
		"prefix list version is not 0, or encoded although default") \
	X(SPL_ASN, "spl-asn", "prefix list draft 3.2", \
		"asID is not within 1 and 2^32-1") \
	X(SPL_FAMILY_COUNT, "spl-family-count", "prefix list draft 3.3", \
		"more than two address families") \
	X(SPL_FAMILY, "spl-family", "prefix list draft 3.3", \
		"an address family is neither 0001 nor 0002") \
	X(SPL_FAMILY_ORDER, "spl-family-order", "prefix list draft 3.3", \
		"an address family is there twice, or IPv6 before IPv4") \
	X(SPL_PREFIXES_EMPTY, "spl-prefixes-empty", "prefix list draft 3.3", \
		"an address family has no prefix") \
	X(SPL_PREFIX_LENGTH, "spl-prefix-length", "prefix list draft 3.3", \
		"a prefix is longer than an address") \
	X(SPL_PREFIX_ORDER, "spl-prefix-order", "prefix list draft 3.3", \
		"the prefixes do not ascend, or one is there twice") \
	X(SPL_IP_RESOURCES, "spl-ip-resources", "prefix list draft 5", \
		"the EE certificate has IP resources") \
	X(SPL_INHERIT, "spl-inherit", "prefix list draft 5", \
		"the EE certificate inherits AS resources") \
	X(SPL_ASN_OUTSIDE, "spl-asn-outside", "prefix list draft 5", \
		"asID is not within the EE certificate's resources")

#define REJECT_TAK_TABLE(X) \
	X(TAK_VERSION, "tak-version", "RFC 9691 2.3.1", \
		"TAK version is not 0, or encoded although default") \
	X(TAK_URI_MISSING, "tak-uri-missing", "RFC 9691 2.2.2", \
		"a key is without a URI") \
	X(TAK_URI, "tak-uri", "RFC 9691 2.2.2", \
		"a key's URI is not a sound rsync or https URI") \
	X(TAK_RESOURCES, "tak-resources", "RFC 9691 3", \
		"the EE certificate does not inherit all its resources")

#define REJECT_CHAIN_TABLE(X) \
	X(OBJECT_SIZE, "object-size", "safety limit", \
		"the object is larger or smaller than any may be") \
	X(OBJECT_READ, "object-unreadable", "RFC 9286 6.4", \
		"what is there cannot be read, or is not a regular file") \
	X(OBJECT_URI, "object-uri", "RFC 6487 4.8.8.2", \
		"the EE certificate names another place for its object") \
	X(TAL_BROKEN, "tal-broken", "RFC 8630 2.2", \
		"the trust anchor locator, or its constraints, cannot be " \
		"read") \
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
	X(CONSTRAINED, "constrained", \
		"draft-ietf-sidrops-constraining-rpki-trust-anchors", \
		"the certificate holds resources that the constraints of its " \
		"trust anchor do not permit") \
	X(MANIFEST_MISSING, "manifest-missing", "RFC 9286 6.2", \
		"the manifest is not there") \
	X(MANIFEST_EARLY, "manifest-not-yet-valid", "RFC 9286 6.3", \
		"the manifest's thisUpdate is in the future") \
	X(MANIFEST_STALE, "manifest-stale", "RFC 9286 6.3", \
		"the manifest's nextUpdate has passed") \
	X(MANIFEST_ROLLBACK, "manifest-rollback", "RFC 9286 4.2.1", \
		"the manifest's number is lower than one that held before") \
	X(MANIFEST_REUSE, "manifest-number-reuse", "RFC 9286 4.2.1", \
		"another manifest had the same number") \
	X(MANIFEST_OLDER, "manifest-older", "RFC 9286 4.2.1", \
		"thisUpdate is earlier than of a manifest that held before") \
	X(MANIFEST_CRL, "manifest-crl", "RFC 9286 6.3", \
		"the CRL that the manifest names does not hold") \
	X(MANIFEST_FILE_MISSING, "manifest-file-missing", "RFC 9286 6.4", \
		"a file that the manifest lists is not there") \
	X(MANIFEST_FILE_HASH, "manifest-file-hash", "RFC 9286 6.5", \
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
	X(TAK_ISSUER, "tak-issuer", "RFC 9691 3", \
		"the issuer is not a trust anchor") \
	X(TAK_COUNT, "tak-count", "RFC 9691 3", \
		"the manifest lists more than one TAK") \
	X(TAK_CURRENT, "tak-current", "RFC 9691 2.3.2", \
		"the current key is not that of the trust anchor") \
	X(CA_LOOP, "ca-loop", "RFC 6487 7.2", \
		"the CA is its own ancestor: same key, same manifest") \
	X(CA_DEPTH, "ca-depth", "safety limit", \
		"the CA is deeper below its trust anchor than allowed") \
	X(CA_CHILDREN, "ca-children", "safety limit", \
		"the CA above has more children than allowed") \
	X(CA_COUNT, "ca-count", "safety limit", \
		"the trust anchor has more CAs than allowed") \
	X(CA_PATHS, "ca-paths", "safety limit", \
		"more paths lead to the CA's point than are followed") \
	X(VRP_COUNT, "vrp-count", "safety limit", \
		"the trust anchor has more VRPs than allowed") \
	X(PROVIDER_COUNT, "provider-count", "safety limit", \
		"the customer has more providers over all ASPAs than allowed") \
	X(OBJECT_COUNT, "object-count", "safety limit", \
		"the trust anchor has more objects than allowed") \
	X(READ_COUNT, "read-count", "safety limit", \
		"the trust anchor has more octets to read than allowed") \
	X(POINT_SIZE, "point-size", "safety limit", \
		"the publication point has more octets to read than allowed") \
	X(OCTET_COUNT, "octet-count", "safety limit", \
		"the trust anchor takes more memory than allowed") \
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
