/*
 * rtr_item: one payload as a router holds it, whatever its type.
 *
 * Public keys and lists of providers lie outside of the item, counted, as an
 * old set and a new one share most of them.
 */
#ifndef RTRCTL_RTR_ITEM_H
#define RTRCTL_RTR_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "rtrctl/rtr_pdu.h"

struct rtr_blob;

struct rtr_item {
	uint8_t type; /* enum rtr_type: IPV4, IPV6, KEY or ASPA */
	uint8_t len, max_len;
	bool announce; /* as it came; of no meaning in a set */
	uint32_t asn; /* the customer's, in an ASPA */
	uint32_t order; /* which of the answer it was */
	union {
		struct addr addr;
		uint8_t ski[SKI_SIZE];
	};
	struct rtr_blob *blob; /* KEY: the public key; ASPA: the providers;
				  NULL: none */
};

/* Make an item of a PDU with payload.  0 with `*out` for rtr_item_free, or
 * ERR_NOMEM. */
int rtr_item_make(const struct rtr_pdu *pdu, struct rtr_item *out);

/* One holder more of what lies outside; returns a copy. */
struct rtr_item rtr_item_share(const struct rtr_item *item);

/* One holder less. */
void rtr_item_free(struct rtr_item *item);

/* Order by what makes two payloads the same for a router, ascending, in the
 * terms of section 11.2 of 8210bis; of an ASPA that is the customer alone:
 * <0, 0, >0. */
int rtr_item_compare(const struct rtr_item *a, const struct rtr_item *b);

/* Whether they are the same, providers included. */
bool rtr_item_same(const struct rtr_item *a, const struct rtr_item *b);

/* The rule of order that `b` right behind `a` breaks; RTR_RULES: none. */
enum rtr_rule rtr_item_order(
	const struct rtr_item *a, const struct rtr_item *b);

/* Octets of what lies outside, and these. */
struct span rtr_item_octets(const struct rtr_item *item);

/* The providers of an ASPA; `*count` may be 0. */
const uint32_t *rtr_item_providers(const struct rtr_item *item, size_t *count);

/* Add it to a text: for people ("AS64496 192.0.2.0/24-24"), as a row of csv
 * (type, ASN, prefix, max length, more), as the members of a JSON object. */
void rtr_item_text(struct text *t, const struct rtr_item *item);
void rtr_item_csv(struct text *t, const struct rtr_item *item);
void rtr_item_json(struct text *t, const struct rtr_item *item);

/* "vrp", "router-key" or "aspa".  Static text. */
const char *rtr_item_kind(const struct rtr_item *item);

#endif
