/*
 * rtr_table: the set that a router holds, and the answer that is coming in.
 *
 *	begin --> add, add, add ... --> end: set + answer --> new set, changes
 *	                         \----> drop: the set stays
 *
 * The set is changed as a whole at the end of an answer (8210bis section 11.3).
 * At the end there are the old set, the answer and the new set: three times
 * `limit` items at most, of 48 octets each, with what keys and providers need
 * counted into the limit.
 */
#ifndef RTRCTL_RTR_TABLE_H
#define RTRCTL_RTR_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vec.h"
#include "rtrctl/rtr_item.h"
#include "waymark/payload.h"

enum {
	RTR_ITEM_SHARE = 64 /* octets of a key or of providers that count as one
			       item more */
};

struct rtr_items {
	VEC(struct rtr_item) list;
	size_t weight; /* items, and what they need besides */
};

struct rtr_table {
	struct rtr_items set; /* by rtr_item_compare, unique */
	struct rtr_items answer; /* as it came */
	bool is_whole; /* the answer is a whole set */
	bool is_ordered; /* the version has an order */
	size_t limit; /* weight of a set, of an answer */
};

struct rtr_counts {
	size_t ipv4, ipv6, keys, aspas;
};

/* Who is told of what an answer does. */
struct rtr_told {
	void (*finding)(
		void *ctx, enum rtr_rule rule, const struct rtr_item *item);
	/* '+' or '-' */
	void (*change)(void *ctx, char sign, const struct rtr_item *item);
	void *ctx;
};

/* Empty. */
void rtr_table_init(struct rtr_table *t, size_t limit);
void rtr_table_fini(struct rtr_table *t);

/* An answer begins; one that was under way is dropped. */
void rtr_table_begin(struct rtr_table *t, bool whole, unsigned version);

/* The next payload of it.  0 with the rules that it breaks added to `*odd`;
 * ERR_LIMIT, ERR_NOMEM. */
int rtr_table_add(
	struct rtr_table *t, const struct rtr_pdu *pdu, uint64_t *odd);

/* The answer is whole: it becomes the set, and `told` hears of the rules that
 * it breaks and of all changes.  0; ERR_LIMIT, ERR_NOMEM with the set as it
 * was. */
int rtr_table_end(struct rtr_table *t, const struct rtr_told *told);

/* Forget the answer; forget the set, too. */
void rtr_table_drop(struct rtr_table *t);
void rtr_table_flush(struct rtr_table *t, const struct rtr_told *told);

/* How many of each type are held. */
struct rtr_counts rtr_table_count(const struct rtr_table *t);

/* Tell what is only in `a` ('-') and only in `b` ('+'), of the types that
 * `version` has. */
void rtr_table_compare(const struct rtr_table *a, const struct rtr_table *b,
	unsigned version, const struct rtr_told *told);

/* The set as one that can be exported, with one reference.  0 or ERR_NOMEM. */
int rtr_table_payloads(
	const struct rtr_table *t, const struct payload_set **out);

#endif
