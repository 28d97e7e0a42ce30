/*
 * body: the octets of an answer, made as they are taken.
 *
 *	fill(ctx) -> text -> body_next(buf, cap) -> the socket
 *	   ^                     |
 *	   +---- empty again ----+
 *
 * One answer in flight costs one piece of text, however long the whole is.
 */
#ifndef SERVE_BODY_H
#define SERVE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

struct body;

enum body_step {
	BODY_MORE,
	BODY_END,
	BODY_FAILED, /* out of memory: cut, so that nobody takes it for whole */
};

/* Append the next piece, by a bounded amount of work; perhaps nothing.  False
 * when that was the last one. */
typedef bool (*body_fill)(void *ctx, struct text *out);

/* A body that `fill` makes; `drop` frees `ctx` at the end.  NULL out of
 * memory, and then `ctx` is freed already. */
struct body *body_new(body_fill fill, void (*drop)(void *ctx), void *ctx);

/* A body that is there already; takes the text over, also when it answers
 * NULL: out of memory, or the text has failed. */
struct body *body_of_text(struct text *t);

/* Octets in all; -1 when that shows only at the end. */
int64_t body_size(const struct body *b);

/* Put at most `cap` of the next octets into `buf`.  BODY_MORE with `*n`,
 * which may be 0: ask again later; BODY_END or BODY_FAILED with `*n` 0. */
enum body_step body_next(struct body *b, char *buf, size_t cap, size_t *n);

/* NULL is fine. */
void body_free(struct body *b);

#endif
