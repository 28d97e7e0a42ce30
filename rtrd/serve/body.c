/*
 * body: the octets of an answer, made as they are taken.
 *
 * The text of a piece keeps its memory from fill to fill, so that a long answer
 * allocates a few times and not a million.
 */
#include "rtrd/serve/body.h"

#include <stdlib.h>
#include <string.h>

struct body {
	body_fill fill; /* NULL: all is in `piece` */
	void (*drop)(void *ctx);
	void *ctx;
	struct text piece;
	size_t at; /* octets of the piece that were taken */
	bool ended; /* fill has nothing more */
};

/* From here on the body owns `ctx`, in every case: a caller has nothing to
 * clean up. */
struct body *
body_new(body_fill fill, void (*drop)(void *ctx), void *ctx)
{
	struct body *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		drop(ctx);
		return NULL;
	}
	b->fill = fill;
	b->drop = drop;
	b->ctx = ctx;
	return b;
}

/* A text that failed is no answer: it may lack its middle. */
struct body *
body_of_text(struct text *t)
{
	struct body *b = t->failed ? NULL : calloc(1, sizeof(*b));

	if (b == NULL) {
		text_free(t);
		return NULL;
	}
	b->piece = *t;
	b->ended = true;
	memset(t, 0, sizeof(*t));
	return b;
}

int64_t
body_size(const struct body *b)
{
	return b->fill == NULL ? (int64_t)b->piece.n : -1;
}

/* One fill at most: the caller's loop turns between two of them. A failure
 * is told even when octets are left, as they end somewhere in the middle. */
enum body_step
body_next(struct body *b, char *buf, size_t cap, size_t *n)
{
	size_t left;

	*n = 0;
	if (b->at == b->piece.n && !b->ended) {
		text_clear(&b->piece);
		b->at = 0;
		b->ended = !b->fill(b->ctx, &b->piece);
	}
	if (b->piece.failed)
		return BODY_FAILED;
	left = b->piece.n - b->at;
	if (left == 0)
		return b->ended ? BODY_END : BODY_MORE;
	*n = left < cap ? left : cap;
	memcpy(buf, b->piece.p + b->at, *n);
	b->at += *n;
	return BODY_MORE;
}

void
body_free(struct body *b)
{
	if (b == NULL)
		return;
	if (b->drop != NULL)
		b->drop(b->ctx);
	text_free(&b->piece);
	free(b);
}
