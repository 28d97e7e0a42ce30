/*
 * cms: signed objects (RFC 6488 as updated by RFC 9589; RFC 5652).
 *
 *	ContentInfo
 *	  SignedData v3, one digest algorithm: SHA-256
 *	    encapContentInfo     eContentType, eContent
 *	    certificates [0]     exactly one: the EE certificate
 *	    signerInfos          exactly one, v3, [0] SKI of the EE
 *	      signedAttrs        content-type, message-digest, signing-time
 *	      signature          by the EE key over the signedAttrs
 */
#ifndef OBJECT_CMS_H
#define OBJECT_CMS_H

#include "core/arena.h"
#include "validator/object/cert.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"
#include "waymark/clock.h"
#include "waymark/report.h"
#include "waymark/span.h"

struct cms {
	enum object_type type; /* what the eContentType says */
	struct span content; /* eContent, octets inside the OCTET STRING */
	struct cert ee;
	struct span signed_attrs; /* whole, as encoded with tag [0] */
	uint8_t digest[SHA256_SIZE]; /* the message-digest attribute */
	bool has_signing_time;
	struct wall signing_time;
	struct span signature;
};

/* What a signed object must be, and the rules for it. */
struct cms_want {
	enum object_type type; /* OBJECT_MANIFEST, OBJECT_ROA, ... */
	const struct profile *profile;
};

/* Parse the envelope of a signed object that must be what `want` says, with its
 * EE certificate.  Arrays live in `arena`.  REJECT_NONE or the first rule that
 * it breaks. */
enum reject cms_parse(struct span der, const struct cms_want *want,
	struct crypto *c, struct arena *arena, struct cms *out);

/* Check what needs no issuer: the digest of the content, and the signature by
 * the EE certificate's key (RFC 6488 section 3). */
enum reject cms_check(const struct cms *cms, struct crypto *c);

#endif
