/*
 * outbox: the one thing that is on its way to a router.
 *
 *	head (own octets) | image (shared) | tail (own octets)
 *	\______ sent _________/\________ to be sent _________/
 *
 * A data answer is Cache Response, image, End of Data; everything else is a
 * head alone.  Slices handed out point into the outbox and the image: both
 * stay as they are until outbox_clear.
 */
#ifndef SERVE_OUTBOX_H
#define SERVE_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "rtrd/proto/pdu.h"
#include "rtrd/serve/cache.h"
#include "rtrd/serve/session.h"
#include "waymark/clock.h"
#include "waymark/span.h"

enum out_kind {
	OUT_NONE,
	OUT_NOTIFY,
	OUT_REPLY, /* to a query, without data */
	OUT_DATA, /* to a query */
	OUT_FAULT, /* the last words */
};

struct outbox {
	enum out_kind kind;
	uint8_t head[PDU_ERROR_MAX];
	size_t head_n;
	const struct image *image; /* NULL: none; one reference */
	uint8_t tail[PDU_END_MAX];
	size_t tail_n;
	size_t sent; /* octets of all three */
	struct mono began, progress;
};

/* Begin to fill an empty outbox: the writer of its head.  What was written is
 * put to its account by outbox_seal. */
struct writer outbox_begin(
	struct outbox *o, enum out_kind kind, struct mono now);
void outbox_seal(struct outbox *o, const struct writer *w);

/* Add what follows the head of a data answer; takes the reference to `image`.
 */
void outbox_attach(struct outbox *o, const struct image *image,
	unsigned version, const struct pdu_end *end);

/* Octets that are still to be sent. */
size_t outbox_left(const struct outbox *o);

/* The next octets to send, in at most `max` slices; returns how many. */
size_t outbox_slices(const struct outbox *o, struct span *out, size_t max);

/* The type of the first PDU; its error code, when it is an Error Report. */
unsigned outbox_type(const struct outbox *o);
unsigned outbox_code(const struct outbox *o);

/* Empty it; gives the image back. */
void outbox_clear(struct outbox *o);

#endif
