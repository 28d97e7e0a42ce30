/*
 * image: the bytes of a whole answer, laid out once and shared.
 *
 *	| IPv4 come, gone | IPv6 ... | router keys ... | ASPAs ... |
 *
 * Announcements of prefixes stand in the reverse of the canonical order,
 * withdrawals in it, router keys and ASPAs in it both ways: more specific
 * prefixes come before, and leave after, the ones that cover them (8210bis
 * section 11.2; all versions have this order).  Router keys are in versions 1
 * and 2, ASPAs in 2, where a changed one is one announcement.
 *
 * An image counts in the gauge it was made with for as long as it lives, also
 * after the cache has let go of it.
 */
#ifndef SERVE_IMAGE_H
#define SERVE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "rtrd/serve/cache.h"
#include "rtrd/state/delta.h"

/* Octets of the images alive, shared by those who read and those who count. */
struct gauge;

/* A gauge at zero with one reference; NULL out of memory. */
struct gauge *gauge_new(void);

/* One more holder (returns `g`), one holder less; the last one frees.  NULL is
 * fine for the latter. */
struct gauge *gauge_ref(struct gauge *g);
void gauge_unref(struct gauge *g);

/* Octets of all images alive, and of those made of deltas. */
size_t gauge_total(const struct gauge *g);
size_t gauge_deltas(const struct gauge *g);

/* Lay out all of `set` for a version, as announcements.  One reference for the
 * caller; NULL out of memory. */
const struct image *image_of_set(struct gauge *g, unsigned version,
	const struct payload_set *set, uint32_t serial);

/* Lay out a net delta for a version.  The same. */
const struct image *image_of_delta(struct gauge *g, unsigned version,
	const struct delta *delta, uint32_t serial);

/* One more holder; returns `image`. */
const struct image *image_ref(const struct image *image);

/* How many PDUs of a type (enum pdu_type) an image holds. */
uint64_t image_count(const struct image *image, unsigned type);

#endif
