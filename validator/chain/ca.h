/*
 * ca: certification authorities as nodes of the walk.
 *
 *	trust anchor <-- ca <-- ca <-- ca		child holds its parent
 *
 * The identity of a CA is its certification path: two parents that certify the
 * same key and the same URIs make two nodes, and neither hides the other.  No
 * set of "seen" CAs exists; a loop shows in the node's own ancestors.
 *
 * A node owns a copy of all it needs of its certificate, so it outlives the
 * bytes it came from.  It never changes once made and is shared between threads
 * by reference count.  Its key is made ready by whoever works on its
 * publication point: 50,000 waiting nodes then cost no OpenSSL objects.
 */
#ifndef CHAIN_CA_H
#define CHAIN_CA_H

#include <stdbool.h>
#include <stdint.h>

#include "validator/object/cert.h"
#include "validator/object/resources.h"
#include "validator/tal/constraints.h"
#include "waymark/clock.h"
#include "waymark/span.h"

/* Why a publication point gives nothing: the rule, the point that fails (not
 * always the one at hand: an ancestor's takes all below along), and the file
 * it fails for.  Texts live as long as the findings. */
struct loss {
	enum reject reason; /* REJECT_NONE: it gives what it has */
	const char *point; /* URI of its folder */
	const char *file; /* name in that folder */
};

struct ca {
	const struct ca *parent; /* NULL: a trust anchor; a reference */
	uint32_t ta; /* index of the trust anchor */
	uint32_t depth; /* 0: the trust anchor */
	uint32_t order; /* place on the parent's manifest */
	struct loss lost; /* of a point above: what is below is judged, never
			     used */
	struct wall chain_end; /* the earliest end of the path so far:
				  certificates, and the CRLs and manifests
				  above */
	struct wall certs_begin; /* the latest begin of its certificates, and */
	struct wall certs_end; /* their earliest end */
	struct resources resources; /* effective: nothing inherits */
	const struct constraints *constraints; /* of its trust anchor; NULL:
						  none; the locator's */
	struct span uri; /* of its certificate */
	struct span subject; /* Name, DER */
	struct span spki; /* SubjectPublicKeyInfo, DER */
	struct span repository_uri; /* ends in a slash */
	struct span manifest_uri;
	struct span notify_uri; /* empty: none */
	int home; /* where it publishes, and whose part of the slots it
		     shares: validator/run/repos.h alone sets and reads them */
	int delegation;
	uint8_t ski[SHA1_SIZE];
	size_t octets; /* of memory that the node takes */
	struct ca_owner *owner; /* count and memory; private */
};

/* What a node is made of. */
struct ca_origin {
	const struct cert *cert;
	struct span folder, name; /* where the certificate was found: its URI
				     in two parts */
	const struct ca *parent; /* NULL for a trust anchor */
	struct wall path_end; /* the earliest end above the certificate */
	uint32_t ta; /* trust anchors only: their index */
	const struct constraints *constraints; /* the same: their own; may be
						  NULL */
	uint32_t order;
};

/* Make a node with one reference; takes one of the parent.  NULL out of memory.
 * The certificate's resources are resolved against the parent's.  The maker may
 * still change it until it is shared. */
struct ca *ca_new(const struct ca_origin *from);

/* One more holder; returns `ca`. */
const struct ca *ca_ref(const struct ca *ca);

/* One holder less; the last one frees, and lets go of the parent.  NULL is
 * fine. */
void ca_unref(const struct ca *ca);

/* Whether a certificate with this key and manifest stands among `ca` and its
 * ancestors. */
bool ca_has_ancestor(
	const struct ca *ca, struct span spki, struct span manifest_uri);

/* Order by certification path: by trust anchor, then by the places on the
 * manifests from the top.  <0, 0, >0. */
int ca_compare(const struct ca *a, const struct ca *b);

#endif
