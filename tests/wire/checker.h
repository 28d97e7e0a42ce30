/*
 * checker: a strict router.  It reads what a cache sends, refuses whatever
 * RFC 6810, RFC 8210, the draft of version 2 and our own promises do not allow,
 * and holds the payloads that it was told.
 *
 *	octets --> PDU --> field by field --> order --> held set
 *	   asked: every answer belongs to a query, in the order of the queries
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

#include "tests/wire/held.h"
#include "waymark/payload.h"
#include "waymark/span.h"

enum {
	CHECKER_ASKED = 64 /* queries without an answer that are known */
};

struct checker {
	unsigned version;
	bool inside; /* between Cache Response and End of Data */
	bool asked_all; /* the answer is to a Reset Query */
	bool told; /* checker_ask says what was asked, all of it */
	bool foreign; /* another cache: its order is not ours */
	bool loose; /* what the router held before is not known */
	bool over; /* a fatal Error Report came */
	bool synced; /* an End of Data came in this connection */
	bool notified; /* a Notify came in this connection */
	int session; /* -1: not told yet */
	uint32_t serial; /* of the last End of Data */
	uint32_t news; /* of the last Notify */
	struct held_list set; /* sorted */
	struct held_list come, gone; /* of the answer so far */
	struct held_octets *own; /* what they point to */
	uint8_t asked[CHECKER_ASKED]; /* types of queries, oldest first */
	size_t asked_n;
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
	held_free(&c->set);
	held_free(&c->come);
	held_free(&c->gone);
	held_octets_free(c->own);
	c->own = NULL;
}

/* A new connection: the set, its session id and serial stay. */
static inline void
checker_connect(struct checker *c)
{
	c->inside = false;
	c->over = false;
	c->synced = false;
	c->notified = false;
	c->come.n = 0;
	c->gone.n = 0;
	c->asked_n = 0;
	c->error = -1;
}

/* The router said a query of this type.  Once this is called, it is for every
 * query. */
static inline void
checker_ask(struct checker *c, unsigned type)
{
	c->told = true;
	if (c->asked_n == CHECKER_ASKED)
		abort();
	c->asked[c->asked_n++] = (uint8_t)type;
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

/* Whether serial `a` is later than `b` (RFC 1982 section 3.2). */
static inline bool
checker_is_later(uint32_t a, uint32_t b)
{
	return a != b && (uint32_t)(a - b) < UINT32_C(0x80000000);
}

/* The answer to the oldest query begins; what it asked for into `type`. */
static inline bool
checker_answers(struct checker *c, unsigned *type)
{
	if (!c->told)
		return true;
	if (c->asked_n == 0)
		return checker_refuse(c, "an answer that nobody asked for");
	*type = c->asked[0];
	memmove(c->asked, c->asked + 1, --c->asked_n);
	return true;
}

/* Whether `h` may follow `last` of the same type, both announced or both
 * withdrawn. */
static inline bool
checker_may_follow(const struct held *last, const struct held *h, bool announce)
{
	int order = held_compare(h, last);

	return announce && h->type < 9 ? order < 0 : order > 0;
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

/* A copy of octets that payloads point to. */
static inline const uint8_t *
checker_keep(struct checker *c, const uint8_t *p, size_t n)
{
	uint8_t *copy;

	if (n == 0)
		return NULL;
	copy = held_room(&c->own, n);
	memcpy(copy, p, n);
	return copy;
}

static inline bool
checker_key(struct checker *c, const uint8_t *p, uint32_t n)
{
	struct held h = {.type = 9};

	if (p[2] > 1 || p[3] != 0)
		return checker_refuse(c, "reserved bits in a router key");
	h.more_n = n - 32;
	memcpy(h.ski, p + 8, 20);
	h.asn = checker_be32(p + 28);
	h.more = checker_keep(c, p + 32, h.more_n);
	return checker_payload(c, &h, p[2] == 1);
}

/* Strictly ascending as numbers; AS0 only alone. */
static inline bool
checker_providers(struct checker *c, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 4; i < n; i += 4) {
		if (checker_be32(p + i - 4) == 0)
			return checker_refuse(c, "AS0 beside a provider");
		if (checker_be32(p + i - 4) >= checker_be32(p + i))
			return checker_refuse(c, "order of providers");
	}
	return true;
}

static inline bool
checker_aspa(struct checker *c, const uint8_t *p, uint32_t n)
{
	struct held h = {.type = 11, .asn = checker_be32(p + 8)};

	if (p[2] > 1 || p[3] != 0)
		return checker_refuse(c, "reserved bits in an ASPA");
	h.more_n = n - 12;
	if (p[2] == 0 && h.more_n != 0)
		return checker_refuse(c, "providers in a withdrawal");
	if (p[2] == 1 && h.more_n == 0)
		return checker_refuse(c, "ASPA without providers");
	if (!checker_providers(c, p + 12, h.more_n))
		return false;
	h.more = checker_keep(c, p + 12, h.more_n);
	return checker_payload(c, &h, p[2] == 1);
}

/* What comes: nothing twice, nothing that is held already.  An ASPA may take
 * the place of another one of its customer. */
static inline bool
checker_is_new(struct checker *c, size_t i)
{
	const struct held *h = &c->come.at[i];
	const struct held *was = held_find(&c->set, h);

	if (i > 0 && held_compare(h - 1, h) == 0)
		return checker_refuse(c, "announced twice");
	if (was != NULL && h->type != 11)
		return checker_refuse(c, "announced twice");
	if (was != NULL && held_same(was, h))
		return checker_refuse(c, "replaced by the same");
	return true;
}

static inline bool
checker_is_there(struct checker *c, size_t i)
{
	const struct held *h = &c->gone.at[i];

	if (i > 0 && held_compare(h - 1, h) == 0)
		return checker_refuse(c, "withdrawn twice");
	if (!c->loose && held_find(&c->set, h) == NULL)
		return checker_refuse(c, "withdrawal of unknown");
	if (held_find(&c->come, h) != NULL)
		return checker_refuse(c, "both in one answer");
	return true;
}

/* Take what goes out of the set and what comes into it. */
static inline bool
checker_apply(struct checker *c)
{
	struct held_list next = {0};

	held_sort(&c->come);
	held_sort(&c->gone);
	if (c->asked_all || c->loose)
		c->set.n = 0;
	for (size_t i = 0; i < c->gone.n; i++) {
		if (!checker_is_there(c, i))
			return false;
	}
	for (size_t i = 0; i < c->come.n; i++) {
		if (!checker_is_new(c, i))
			return false;
	}
	for (size_t i = 0; i < c->come.n; i++)
		held_push(&next, &c->come.at[i]);
	for (size_t i = 0; i < c->set.n; i++) {
		if (held_find(&c->gone, &c->set.at[i]) == NULL &&
			held_find(&c->come, &c->set.at[i]) == NULL)
			held_push(&next, &c->set.at[i]);
	}
	held_sort(&next);
	if (c->asked_all)
		c->loose = false;
	next.own = c->set.own;
	c->set.own = NULL;
	held_free(&c->set);
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
	c->synced = true;
	c->serial = checker_be32(p + 8);
	return checker_apply(c);
}

static inline bool
checker_response(struct checker *c, const uint8_t *p)
{
	int session = p[2] << 8 | p[3];
	unsigned type = c->asked_all ? 2 : 1;

	if (c->inside)
		return checker_refuse(c, "answer within an answer");
	if (!checker_answers(c, &type))
		return false;
	c->asked_all = type == 2;
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

/* Whether a cache may say `code`: it is known to the version, and not one that
 * only a router has a reason for. */
static inline bool
checker_is_code(const struct checker *c, unsigned code)
{
	static const bool codes[3][14] = {
		{true, true, true, true, true, true},
		{true, true, true, true, true, true, [8] = true},
		{true, true, true, true, true, true, [8] = true, [10] = true,
			[12] = true, [13] = true},
	};

	return code < 14 && codes[c->version][code];
}

static inline bool
checker_error(struct checker *c, const uint8_t *p, uint32_t n)
{
	unsigned code = (unsigned)p[2] << 8 | p[3], type;
	uint32_t pdu = checker_be32(p + 8), text;

	if (c->inside)
		return checker_refuse(c, "Error Report within an answer");
	if (pdu > 64 || pdu > n - 16 || (pdu > 0 && pdu < 4))
		return checker_refuse(c, "PDU of an Error Report");
	text = checker_be32(p + 12 + pdu);
	if (text > 256 || text != n - 16 - pdu)
		return checker_refuse(c, "text of an Error Report");
	if (!checker_is_utf8(p + 16 + pdu, text))
		return checker_refuse(c, "UTF-8 of an Error Report");
	if (!checker_is_code(c, code))
		return checker_refuse(c, "error code unknown to the version");
	if ((code == 2 || code == 5) && text != 0)
		return checker_refuse(c, "text with error 2 or 5");
	if (pdu >= 4 && p[13] == 10)
		return checker_refuse(c, "Error Report for an Error Report");
	c->error = (int)code;
	c->over = code != 2;
	/* "No data" without a query in it is said unasked. */
	return code != 2 || pdu == 0 || checker_answers(c, &type);
}

static inline bool
checker_notify(struct checker *c, const uint8_t *p)
{
	uint32_t serial = checker_be32(p + 8);

	if (c->inside)
		return checker_refuse(c, "Notify within an answer");
	if (c->session >= 0 && (p[2] << 8 | p[3]) != c->session)
		return checker_refuse(c, "session id of a Notify");
	if (!c->foreign && c->synced && !checker_is_later(serial, c->serial))
		return checker_refuse(c, "Notify of nothing new");
	if (!c->foreign && c->notified && checker_is_later(c->news, serial))
		return checker_refuse(c, "Notify of old news");
	c->notified = true;
	c->news = serial;
	return true;
}

static inline bool
checker_reset(struct checker *c, const uint8_t *p)
{
	unsigned type = 1;

	if (c->inside || p[2] != 0 || p[3] != 0)
		return checker_refuse(c, "Cache Reset");
	if (!checker_answers(c, &type))
		return false;
	if (type != 1)
		return checker_refuse(c, "Cache Reset for a Reset Query");
	return true;
}

static inline bool
checker_is_length(const struct checker *c, unsigned type, uint32_t n)
{
	static const uint8_t lengths[] = {12, 12, 8, 8, 20, 0, 32, 24, 8};

	if (type == 7 && c->version == 0)
		return n == 12;
	if (type == 9)
		return c->version > 0 && n >= 33 && n <= 65535;
	if (type == 11)
		return c->version > 1 && n >= 12 && n <= 65535 && n % 4 == 0;
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
	if (c->over)
		return checker_refuse(c, "a PDU behind the last words");
	c->pdus[p[1]]++;
	switch (p[1]) {
	case 0:
		return checker_notify(c, p);
	case 3:
		return checker_response(c, p);
	case 4:
	case 6:
		return checker_prefix(c, p);
	case 7:
		return checker_end(c, p, n);
	case 8:
		return checker_reset(c, p);
	case 9:
		return checker_key(c, p, n);
	case 10:
		return checker_error(c, p, n);
	case 11:
		return checker_aspa(c, p, n);
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

/* Whether the router holds exactly what `set` has for its version. */
static inline bool
checker_holds(const struct checker *c, const struct payload_set *set)
{
	struct held_list want = held_of_set(set, c->version);
	bool equal = held_lists_equal(&c->set, &want);

	held_free(&want);
	return equal;
}

/* The same for a set in words. */
static inline bool
checker_holds_words(const struct checker *c, const char *words)
{
	struct held_list want = held_of_words(words, c->version);
	bool equal = held_lists_equal(&c->set, &want);

	held_free(&want);
	return equal;
}

#endif
