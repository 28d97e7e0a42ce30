/*
 * pins: CACHE/engine.mdb, what is remembered of each publication point: its
 * last good version (RFC 9286 section 6.6), and what came of it.
 *
 *	points   key of the point -> SHA-256 of its manifest, number, times,
 *	                             SHA-256 of every file it lists, and of what
 *	                             stands in for one, memory
 *	times    key of the point -> time, where it is later than that
 *
 * The key is what a point is: its certification path.  A run writes those
 * that held; who collects objects spares all that stand here.  One run writes
 * at a time.  What the memory says is the business of whoever wrote it.
 */
#ifndef STORE_PINS_H
#define STORE_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/clock.h"
#include "waymark/log.h"
#include "waymark/span.h"

enum {
	PIN_NUMBER = 20, /* octets of a manifest's number */
	PIN_FRESH_S = 3600 /* the time of a pin is that exact */
};

struct pins; /* the open file */
struct pins_view; /* of one moment, of one thread */

struct pin {
	uint8_t manifest[32];
	struct wall at; /* the last run in which it held */
	bool has_number; /* the two that follow are known */
	uint8_t number[PIN_NUMBER]; /* of the manifest, big-endian */
	struct wall this_update;
	const uint8_t (*files)[32]; /* in an order that the memory tells */
	size_t file_count;
	struct span memory; /* empty: none */
};

/* Open, and make it when it is not there and `writes`.  A damaged file is set
 * aside and begun anew by a writer, which says so; one of an older format is
 * rewritten.  `log` may be NULL.  0; ERR_NOTFOUND; ERR_LOCKED; or another
 * error. */
int pins_open(const char *folder, bool writes, const struct log *log,
	struct pins **out);
void pins_close(struct pins *p);

/* Begin `count` views of one moment. */
int pins_begin(struct pins *p, struct pins_view **views, size_t count);
void pins_end(struct pins_view *v);

/* What is remembered of a point; `files` and `memory` live as long as the view.
 * Its time is the row's own, see pins_time.  0; ERR_NOTFOUND; ERR_CHECKSUM for
 * a row that the disk has altered, which is as good as none. */
int pins_find(struct pins_view *v, const uint8_t key[32], struct pin *out);

/* The time of a pin that was found, renewed or not. */
struct wall pins_time(
	struct pins_view *v, const uint8_t key[32], const struct pin *pin);

/* Every hash that is pinned; `each` returns false to stop. */
int pins_each(struct pins_view *v,
	bool (*each)(void *to, const uint8_t hash[32]), void *to);

/* Keep points that held, in one transaction.  To be called before the views of
 * the store end in which the points were read: what nobody names or reads any
 * more is collected.
 *
 * One that is remembered with the same files keeps its time until that is
 * PIN_FRESH_S old.  Points whose time is BOUND_PIN_S before `now` are
 * forgotten.  0 or the error. */
struct pin_entry {
	uint8_t key[32];
	struct pin pin;
	bool renews; /* only the time is new: the rest is not looked at */
};
int pins_write(struct pins *p, const struct pin_entry *entries, size_t count,
	struct wall now);

#endif
