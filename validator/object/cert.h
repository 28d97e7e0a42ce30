/*
 * cert: resource certificates (RFC 6487, 7318, 7935; RFC 8209 for routers).
 *
 * cert_parse checks everything that the certificate alone tells: every field,
 * name form, extension, criticality and bit, for the role it is to play.  What
 * needs an issuer, a clock or a CRL is validator/chain's.  All spans point into
 * the input.
 */
#ifndef OBJECT_CERT_H
#define OBJECT_CERT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "validator/object/crypto.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"
#include "validator/object/resources.h"
#include "waymark/clock.h"
#include "waymark/span.h"

enum cert_role {
	CERT_TA, /* self-signed, RFC 8630 section 2.3 */
	CERT_CA, /* RFC 6487 section 4 */
	CERT_EE, /* one-time certificate inside a signed object */
	CERT_ROUTER, /* RFC 8209 section 3 */
	CERT_CHECKLIST, /* an EE certificate of what is published nowhere: RFC
			   9323 section 2 */
};

struct cert {
	enum cert_role role;
	struct span der; /* the whole certificate */
	struct span tbs; /* what the signature covers */
	struct span signature; /* octets of the BIT STRING */
	struct span serial; /* content octets of the INTEGER */
	struct span issuer, subject; /* whole Name, DER */
	struct wall not_before, not_after;
	struct span spki; /* whole SubjectPublicKeyInfo, DER */
	uint8_t ski[SHA1_SIZE];
	uint8_t aki[SHA1_SIZE];
	bool has_aki;
	/* URIs; empty where the role has none. The first rsync URI where a
	 * list may hold several. */
	struct span crl_uri; /* CRL distribution point */
	struct span aia_uri; /* the issuer's certificate */
	struct span repository_uri; /* SIA caRepository */
	struct span manifest_uri; /* SIA rpkiManifest */
	struct span notify_uri; /* SIA rpkiNotify, https; optional */
	struct span object_uri; /* SIA signedObject */
	struct resources resources;
};

/* Parse `der` as a certificate for `role`.  `c` hashes the key for its SKI.
 * Arrays live in `arena`.  REJECT_NONE or the first rule that it breaks; `out`
 * is then undefined. */
enum reject cert_parse(struct span der, enum cert_role role, struct crypto *c,
	struct arena *arena, struct cert *out);

/* The role that a .cer file below a CA asks for: CERT_ROUTER when it carries
 * the extended key usage id-kp-bgpsec-router, else CERT_CA.  For broken input
 * CERT_CA. */
enum cert_role cert_role_of(struct span der);

#endif
