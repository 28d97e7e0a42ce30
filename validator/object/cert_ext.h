/*
 * cert_ext: the extensions of a certificate, for cert.c only.
 */
#ifndef OBJECT_CERT_EXT_H
#define OBJECT_CERT_EXT_H

#include "core/arena.h"
#include "validator/object/cert.h"
#include "validator/object/der.h"

/* Take the [3] EXPLICIT Extensions of a certificate whose role and key
 * identifier (`ski`, the SHA-1 of the key) are in `out` already: each extension
 * at most once, all that the role must have and none that it must not. */
void cert_read_extensions(struct der *d, struct arena *arena, struct cert *out);

#endif
