/*
 * place: where a CA publishes.
 *
 * RFC 6481 section 2.2: the manifest lies directly in the CA's publication
 * point.  A certificate that says otherwise contradicts itself, and what it
 * certifies cannot be found.
 */
#ifndef CHAIN_PLACE_H
#define CHAIN_PLACE_H

#include "validator/object/cert.h"
#include "validator/object/reject.h"

/* Whether the URIs of a CA certificate are harmless rsync URIs that fit each
 * other: REJECT_NONE, REJECT_URI_UNSAFE or REJECT_MANIFEST_PLACE. */
enum reject place_check(const struct cert *cert);

#endif
