/*
 * checker: a strict router.  It reads what a cache sends, refuses whatever
 * RFC 6810, RFC 8210 and our own promises do not allow, and holds the payloads
 * that it was told.
 *
 *	octets --> PDU --> field by field --> order --> held set
 *
 * It shares no code with the cache: every length, offset and order is written
 * down here a second time, on purpose.  Input is whole PDUs.
 */
#ifndef WIRE_CHECKER_H
#define WIRE_CHECKER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/payload.h"
#include "waymark/span.h"

/* A payload as a router keeps it. */
struct held {
	uint8_t type; /* of its PDU */
	uint8_t addr[16];
	uint8_t max_len, len;
	uint8_t ski[20];
	uint32_t asn;
	uint8_t spki[92]; /* one of P-256 has 91 octets */
	uint8_t spki_n;
};

struct held_list {
	struct held *at;
	size_t n, cap;
};

struct checker {
	unsigned version;
	bool inside; /* between Cache Response and End of Data */
	bool asked_all; /* the answer is to a Reset Query */
	bool foreign; /* another cache: its order is not ours */
	bool loose; /* what the router held before is not known */
	int session; /* -1: not told yet */
	uint32_t serial; /* of the last End of Data */
	struct held_list set; /* sorted */
	struct held_list come, gone; /* of the answer so far */
	uint64_t pdus[12]; /* seen, by type */
	int error; /* code of the last Error Report, -1: none */
	char why[128]; /* what is wrong, "" while nothing is */
};

static inline void
checker_init(struct checker *c, unsigned version)
{
	*c = (struct checker){.version = version, .session = -1, .error = -1};
}

static inline void
checker_fini(struct checker *c)
{
	free(c->set.at);
	free(c->come.at);
	free(c->gone.at);
}

/* Note the first thing that is wrong. */
static inline bool
checker_refuse(struct checker *c, const char *why)
{
	if (c->why[0] == '\0')
		snprintf(c->why, sizeof(c->why), "%s", why);
	return false;
}

static inline uint32_t
checker_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

static inline int
checker_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The order of withdrawals, and of router keys. */
static inline int
held_compare(const void *left, const void *right)
{
	const struct held *a = left, *b = right;
	int order = checker_numbers(a->type, b->type);

	if (order == 0)
		order = memcmp(a->addr, b->addr, sizeof(a->addr));
	if (order == 0)
		order = checker_numbers(a->max_len, b->max_len);
	if (order == 0)
		order = checker_numbers(a->len, b->len);
	if (order == 0)
		order = memcmp(a->ski, b->ski, sizeof(a->ski));
	if (order == 0)
		order = checker_numbers(a->spki_n, b->spki_n);
	if (order == 0)
		order = memcmp(a->spki, b->spki, sizeof(a->spki));
	if (order == 0)
		order = checker_numbers(a->asn, b->asn);
	return order;
}

static inline void
held_push(struct held_list *l, const struct held *h)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 16 : 2 * l->cap;
		l->at = realloc(l->at, l->cap * sizeof(*h));
		if (l->at == NULL)
			abort();
	}
	l->at[l->n++] = *h;
}

static inline bool
held_find(const struct held_list *l, const struct held *h)
{
	return l->n > 0 &&
		bsearch(h, l->at, l->n, sizeof(*h), held_compare) != NULL;
}

/* Whether `h` may follow `last` of the same type, both announced or both
 * withdrawn. */
static inline bool
checker_may_follow(const struct held *last, const struct held *h, bool announce)
{
	int order = held_compare(h, last);

	return announce && h->type != 9 ? order < 0 : order > 0;
}

static inline bool
checker_payload(struct checker *c, const struct held *h, bool announce)
{
	const struct held_list *own = announce ? &c->come : &c->gone;
	const struct held *come =
		c->come.n > 0 ? &c->come.at[c->come.n - 1] : NULL;
	const struct held *gone =
		c->gone.n > 0 ? &c->gone.at[c->gone.n - 1] : NULL;

	if (!c->inside)
		return checker_refuse(c, "payload outside of an answer");
	if (c->asked_all && !announce)
		return checker_refuse(c, "withdrawal in a full set");
	if (!c->foreign) {
		if ((come != NULL && come->type > h->type) ||
			(gone != NULL && gone->type > h->type))
			return checker_refuse(c, "types do not ascend");
		if (announce && gone != NULL && gone->type == h->type)
			return checker_refuse(c, "announced after withdrawn");
		if (own->n > 0 && own->at[own->n - 1].type == h->type &&
			!checker_may_follow(&own->at[own->n - 1], h, announce))
			return checker_refuse(c, "order within a type");
	}
	held_push(announce ? &c->come : &c->gone, h);
	return true;
}

static inline bool
checker_has_host_bits(const struct held *h, unsigned width)
{
	for (unsigned bit = h->len; bit < width; bit++) {
		if (h->addr[bit / 8] & (0x80 >> bit % 8))
			return true;
	}
	return false;
}

static inline bool
checker_prefix(struct checker *c, const uint8_t *p)
{
	unsigned width = p[1] == 4 ? 32 : 128;
	struct held h = {.type = p[1], .len = p[9], .max_len = p[10]};

	if (p[2] != 0 || p[3] != 0 || p[8] > 1 || p[11] != 0)
		return checker_refuse(c, "reserved bits in a prefix");
	if (h.len > h.max_len || h.max_len > width)
		return checker_refuse(c, "lengths of a prefix");
	memcpy(h.addr, p + 12, width / 8);
	h.asn = checker_be32(p + 12 + width / 8);
	if (checker_has_host_bits(&h, width))
		return checker_refuse(c, "host bits in a prefix");
	return checker_payload(c, &h, p[8] == 1);
}

static inline bool
checker_key(struct checker *c, const uint8_t *p, uint32_t n)
{
	struct held h = {.type = 9};

	if (c->version == 0)
		return checker_refuse(c, "router key in version 0");
	if (p[2] > 1 || p[3] != 0)
		return checker_refuse(c, "reserved bits in a router key");
	if (n - 32 > sizeof(h.spki))
		return checker_refuse(c, "length of a router key");
	h.spki_n = (uint8_t)(n - 32);
	memcpy(h.ski, p + 8, 20);
	h.asn = checker_be32(p + 28);
	memcpy(h.spki, p + 32, h.spki_n);
	return checker_payload(c, &h, p[2] == 1);
}

/* Take what goes out of the set and what comes into it. */
static inline bool
checker_apply(struct checker *c)
{
	struct held_list next = {0};

	if (c->come.n > 1)
		qsort(c->come.at, c->come.n, sizeof(struct held), held_compare);
	if (c->gone.n > 1)
		qsort(c->gone.at, c->gone.n, sizeof(struct held), held_compare);
	if (c->asked_all || c->loose)
		c->set.n = 0;
	for (size_t i = 0; i < c->gone.n; i++) {
		if (!c->loose && !held_find(&c->set, &c->gone.at[i]))
			return checker_refuse(c, "withdrawal of unknown");
		if (held_find(&c->come, &c->gone.at[i]))
			return checker_refuse(c, "both in one answer");
	}
	for (size_t i = 0; i < c->come.n; i++) {
		if (held_find(&c->set, &c->come.at[i]) ||
			(i > 0 &&
				held_compare(&c->come.at[i - 1],
					&c->come.at[i]) == 0))
			return checker_refuse(c, "announced twice");
		held_push(&next, &c->come.at[i]);
	}
	for (size_t i = 0; i < c->set.n; i++) {
		if (!held_find(&c->gone, &c->set.at[i]))
			held_push(&next, &c->set.at[i]);
	}
	if (next.n > 1)
		qsort(next.at, next.n, sizeof(struct held), held_compare);
	free(c->set.at);
	c->set = next;
	c->come.n = 0;
	c->gone.n = 0;
	return true;
}

static inline bool
checker_end(struct checker *c, const uint8_t *p, uint32_t n)
{
	if (!c->inside)
		return checker_refuse(c, "End of Data outside of an answer");
	if ((p[2] << 8 | p[3]) != c->session)
		return checker_refuse(c, "session id of End of Data");
	if (n == 24) {
		uint32_t refresh = checker_be32(p + 12);
		uint32_t retry = checker_be32(p + 16);
		uint32_t expire = checker_be32(p + 20);

		if (refresh < 1 || refresh > 86400 || retry < 1 ||
			retry > 7200 || expire < 600 || expire > 172800 ||
			expire <= refresh || expire <= retry)
			return checker_refuse(c, "timers");
	}
	c->inside = false;
	c->serial = checker_be32(p + 8);
	return checker_apply(c);
}

static inline bool
checker_response(struct checker *c, const uint8_t *p)
{
	int session = p[2] << 8 | p[3];

	if (c->inside)
		return checker_refuse(c, "answer within an answer");
	if (c->session >= 0 && c->session != session)
		return checker_refuse(c, "session id changed");
	c->session = session;
	c->inside = true;
	return true;
}

static inline bool
checker_is_utf8(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t more = p[i] < 0x80 ? 0
			: p[i] < 0xc2	  ? 9
			: p[i] < 0xe0	  ? 1
			: p[i] < 0xf0	  ? 2
			: p[i] < 0xf5	  ? 3
					  : 9;

		if (more == 9 || n - i <= more)
			return false;
		for (size_t k = 1; k <= more; k++) {
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		}
		i += more + 1;
	}
	return true;
}

static inline bool
checker_error(struct checker *c, const uint8_t *p, uint32_t n)
{
	unsigned code = (unsigned)p[2] << 8 | p[3];
	uint32_t pdu = checker_be32(p + 8), text;

	if (c->inside)
		return checker_refuse(c, "Error Report within an answer");
	if (pdu > 64 || pdu > n - 16)
		return checker_refuse(c, "PDU of an Error Report");
	text = checker_be32(p + 12 + pdu);
	if (text > 256 || text != n - 16 - pdu)
		return checker_refuse(c, "text of an Error Report");
	if (!checker_is_utf8(p + 16 + pdu, text))
		return checker_refuse(c, "UTF-8 of an Error Report");
	if (code > (c->version == 0 ? 7 : 8))
		return checker_refuse(c, "error code unknown to the version");
	if ((code == 2 || code == 5) && text != 0)
		return checker_refuse(c, "text with error 2 or 5");
	if (pdu >= 8 && p[13] == 10)
		return checker_refuse(c, "Error Report for an Error Report");
	c->error = (int)code;
	return true;
}

static inline bool
checker_is_length(const struct checker *c, unsigned type, uint32_t n)
{
	static const uint8_t lengths[] = {12, 12, 8, 8, 20, 0, 32, 24, 8};

	if (type == 7 && c->version == 0)
		return n == 12;
	if (type == 9)
		return n >= 33 && n <= 65535;
	if (type == 10)
		return n >= 16 && n <= 16 + 64 + 256;
	return type < sizeof(lengths) && lengths[type] == n;
}

static inline bool
checker_pdu(struct checker *c, const uint8_t *p, uint32_t n)
{
	/* Error 4 has the cache's own version: the caller says which. */
	if (p[0] != c->version)
		return checker_refuse(c, "version");
	if (!checker_is_length(c, p[1], n))
		return checker_refuse(c, "length or type");
	c->pdus[p[1]]++;
	switch (p[1]) {
	case 0:
		if (c->inside)
			return checker_refuse(c, "Notify within an answer");
		if (c->session >= 0 && (p[2] << 8 | p[3]) != c->session)
			return checker_refuse(c, "session id of a Notify");
		return true;
	case 3:
		return checker_response(c, p);
	case 4:
	case 6:
		return checker_prefix(c, p);
	case 7:
		return checker_end(c, p, n);
	case 8:
		if (c->inside || p[2] != 0 || p[3] != 0)
			return checker_refuse(c, "Cache Reset");
		return true;
	case 9:
		return checker_key(c, p, n);
	case 10:
		return checker_error(c, p, n);
	default:
		return checker_refuse(c, "a query from a cache");
	}
}

/* Read whole PDUs.  False, with `why`, at the first that is wrong. */
static inline bool
checker_read(struct checker *c, struct span in)
{
	size_t at = 0;

	while (at < in.n) {
		uint32_t n;

		if (in.n - at < 8)
			return checker_refuse(c, "cut in a header");
		n = checker_be32(in.p + at + 4);
		if (n < 8 || n > in.n - at)
			return checker_refuse(c, "cut in a PDU");
		if (!checker_pdu(c, in.p + at, n))
			return false;
		at += n;
	}
	return true;
}

/* What a set holds for a version, in the order of held_compare. */
static inline struct held_list
held_of_set(const struct payload_set *set, unsigned version)
{
	struct held_list l = {0};

	for (size_t i = 0; i < set->vrp_count; i++) {
		const struct vrp *v = &set->vrps[i];
		struct held h = {
			.type = v->family,
			.len = v->len,
			.max_len = v->max_len,
			.asn = v->asn,
		};

		memcpy(h.addr, v->addr.b, 16);
		held_push(&l, &h);
	}
	for (size_t i = 0; i < set->key_count && version > 0; i++) {
		const struct router_key *k = &set->keys[i];
		struct held h = {
			.type = 9,
			.asn = k->asn,
			.spki_n = (uint8_t)k->spki.n,
		};

		memcpy(h.ski, k->ski, 20);
		memcpy(h.spki, k->spki.p, k->spki.n);
		held_push(&l, &h);
	}
	if (l.n > 1)
		qsort(l.at, l.n, sizeof(struct held), held_compare);
	return l;
}

static inline bool
held_lists_equal(const struct held_list *a, const struct held_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (held_compare(&a->at[i], &b->at[i]) != 0)
			return false;
	}
	return true;
}

/* Whether the router holds exactly what `set` has for its version. */
static inline bool
checker_holds(const struct checker *c, const struct payload_set *set)
{
	struct held_list want = held_of_set(set, c->version);
	bool equal = held_lists_equal(&c->set, &want);

	free(want.at);
	return equal;
}

#endif
