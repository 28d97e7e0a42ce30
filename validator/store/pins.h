/*
 * pins: CACHE/engine.mdb, the last good version of each publication point
 * (RFC 9286 section 6.6).
 *
 *	points   key of the point -> SHA-256 of its manifest, time,
 *	                             SHA-256 of every file it lists
 *
 * The key is what a point is: its certification path.  A run writes those
 * that held; who collects objects spares all that stand here.  One run writes
 * at a time.
 */
#ifndef STORE_PINS_H
#define STORE_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/clock.h"

struct pins; /* the open file */
struct pins_view; /* of one moment, of one thread */

struct pin {
	uint8_t manifest[32];
	struct wall at; /* the last run in which it held */
	const uint8_t (*files)[32];
	size_t file_count;
};

/* Open, and make it when it is not there and `writes`.  A damaged file is set
 * aside and begun anew by a writer.  0; ERR_NOTFOUND; ERR_LOCKED; or another
 * error. */
int pins_open(const char *folder, bool writes, struct pins **out);
void pins_close(struct pins *p);

/* Begin `count` views of one moment. */
int pins_begin(struct pins *p, struct pins_view **views, size_t count);
void pins_end(struct pins_view *v);

/* A point's last good version; `files` lives as long as the view.  0 or
 * ERR_NOTFOUND. */
int pins_find(struct pins_view *v, const uint8_t key[32], struct pin *out);

/* Every hash that is pinned; `each` returns false to stop. */
int pins_each(struct pins_view *v,
	bool (*each)(void *to, const uint8_t hash[32]), void *to);

/* To be called before the views of the store end in which the points were read:
 * what nobody names or reads any more is collected.
 *
 * Keep points that held, in one transaction; equal ones cost nothing but when
 * their time is an hour old.  Points whose time is BOUND_PIN_S before `now` are
 * forgotten.  0 or the error. */
struct pin_entry {
	uint8_t key[32];
	struct pin pin;
};
int pins_write(struct pins *p, const struct pin_entry *entries, size_t count,
	struct wall now);

#endif
