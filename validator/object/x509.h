/*
 * x509: what certificates and CRLs have in common.
 */
#ifndef OBJECT_X509_H
#define OBJECT_X509_H

#include <stdbool.h>
#include <stdint.h>

#include "validator/object/crypto.h"
#include "validator/object/der.h"
#include "validator/object/oid.h"
#include "validator/object/reject.h"
#include "waymark/span.h"

/* The codes of one name, or of one authority key identifier. */
struct x509_name_codes {
	enum reject form, string, size;
};

struct x509_key_id_codes {
	enum reject form, size;
};

/* Take an AlgorithmIdentifier that must be sha256WithRSAEncryption with NULL
 * parameters (RFC 7935 section 2). */
void x509_algorithm(struct der *d, enum reject code);

/* Take an AlgorithmIdentifier that must be SHA-256 (RFC 5754 section 2:
 * parameters should be absent, and NULL must be accepted). */
void x509_sha256(struct der *d, enum reject code);

/* Take a Name of the form of RFC 6487 section 4.4; all of it, as encoded.  Its
 * CommonName may also be a UTF8String, see x509.c. */
struct span x509_name(struct der *d, const struct x509_name_codes *codes);

/* Whether two Names that x509_name took are the same, as an issuer and its
 * issuer's subject must be (RFC 5280 section 6.1.3): as encoded; or, with a
 * serialNumber in them that tells them apart from others, with strings of
 * another type but the same octets. */
bool x509_name_equal(struct span a, struct span b);

/* Begin `d` with the Extensions of a certificate, passing over all else, right
 * or wrong: for who only looks. */
void x509_enter_extensions(struct der *d, struct span cert);

/* Go into the value of an Extension (RFC 5280 section 4.2), and leave it and
 * the Extension.  Answers what it is, and whether it is critical. */
enum oid x509_enter_extension(struct der *d, bool *critical);
void x509_leave_extension(struct der *d);

/* Take an AuthorityKeyIdentifier that is a keyIdentifier and nothing else
 * (RFC 6487 section 4.8.3). */
void x509_authority_key(struct der *d, const struct x509_key_id_codes *codes,
	uint8_t out[SHA1_SIZE]);

#endif
