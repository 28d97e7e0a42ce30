/*
 * issued: one certificate or CRL against its issuer.
 *
 * These are the rules that need the certificate above, its CRL or the time:
 * RFC 6487 section 7.2.  What an object tells alone was checked when it was
 * parsed.
 */
#ifndef CHAIN_ISSUED_H
#define CHAIN_ISSUED_H

#include "validator/chain/ca.h"
#include "validator/object/cert.h"
#include "validator/object/crl.h"
#include "validator/object/crypto.h"
#include "validator/object/reject.h"
#include "waymark/clock.h"
#include "waymark/span.h"

/* An issuer at work. */
struct issuer {
	const struct ca *ca;
	const struct key *key; /* the CA's, made ready */
	const struct crl *crl; /* NULL: revocation is not asked yet */
	struct span crl_uri; /* of the CRL that the manifest names */
	struct wall at; /* the time to validate at */
};

/* A certificate that `by` should have issued.  REJECT_NONE or the first rule
 * that it breaks; the signature, which costs most, is checked last. */
enum reject issued_cert(
	const struct issuer *by, const struct cert *cert, struct crypto *c);

/* The EE certificate of the signed object `name` at the issuer's publication
 * point: the same rules, and that it is for the object at that URI (RFC 6487
 * section 4.8.8.2). */
enum reject issued_ee(const struct issuer *by, const struct cert *ee,
	struct span name, struct crypto *c);

/* The CRL that `by` should have issued. */
enum reject issued_crl(
	const struct issuer *by, const struct crl *crl, struct crypto *c);

/* REJECT_OBJECT_SIZE for octets that are too few for anything signed. */
enum reject issued_size(struct span der);

/* Whether `at` is within a certificate's validity, both ends included. */
enum reject issued_validity(const struct cert *cert, struct wall at);

#endif
