/*
 * held: payloads as a router keeps them, and sets of them.
 *
 *	PREFIX-MAXLEN=ASN   key=ASN[:OCTETS]   aspa=CUSTOMER:PROVIDER[,...]
 *
 * A set comes from octets on the wire (checker.h), from a payload set, or from
 * words such as these.  From words it is made by rules that are written down
 * here a second time (what is unique, what a version knows, how ASPAs of one
 * customer become one), so that no code of the cache or of its payload sets
 * tells the tests what is right.
 */
#ifndef WIRE_HELD_H
#define WIRE_HELD_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/payload.h"

struct held {
	uint8_t type; /* of its PDU */
	uint8_t max_len, len;
	uint8_t addr[16];
	uint8_t ski[20];
	uint32_t asn; /* of an ASPA: the customer */
	uint32_t more_n;
	const uint8_t *more; /* as on the wire: SPKI, or providers */
};

/* Octets that held payloads point to. */
struct held_octets {
	struct held_octets *next;
	uint8_t b[];
};

struct held_list {
	struct held *at;
	size_t n, cap;
	struct held_octets *own;
};

static inline void
held_octets_free(struct held_octets *o)
{
	while (o != NULL) {
		struct held_octets *next = o->next;

		free(o);
		o = next;
	}
}

static inline void
held_free(struct held_list *l)
{
	free(l->at);
	held_octets_free(l->own);
	*l = (struct held_list){0};
}

/* Room for `n` octets that lives as long as `*own`. */
static inline uint8_t *
held_room(struct held_octets **own, size_t n)
{
	struct held_octets *o = malloc(sizeof(*o) + n);

	if (o == NULL)
		abort();
	o->next = *own;
	*own = o;
	return o->b;
}

static inline int
held_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The order of withdrawals, and of router keys and ASPAs; 0: the same item for
 * a router, which has one ASPA a customer. */
static inline int
held_compare(const void *left, const void *right)
{
	const struct held *a = left, *b = right;
	int order = held_numbers(a->type, b->type);

	if (order == 0)
		order = memcmp(a->addr, b->addr, sizeof(a->addr));
	if (order == 0)
		order = held_numbers(a->max_len, b->max_len);
	if (order == 0)
		order = held_numbers(a->len, b->len);
	if (order == 0 && a->type == 9) {
		order = memcmp(a->ski, b->ski, sizeof(a->ski));
		if (order == 0)
			order = held_numbers(a->more_n, b->more_n);
		if (order == 0)
			order = memcmp(a->more, b->more, a->more_n);
	}
	return order != 0 ? order : held_numbers(a->asn, b->asn);
}

/* The same item with the same content. */
static inline bool
held_same(const struct held *a, const struct held *b)
{
	return held_compare(a, b) == 0 && a->more_n == b->more_n &&
		(a->more_n == 0 || memcmp(a->more, b->more, a->more_n) == 0);
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

static inline void
held_sort(struct held_list *l)
{
	if (l->n > 1)
		qsort(l->at, l->n, sizeof(struct held), held_compare);
}

/* In a sorted list; NULL: it is not there. */
static inline const struct held *
held_find(const struct held_list *l, const struct held *h)
{
	return l->n == 0 ? NULL
			 : bsearch(h, l->at, l->n, sizeof(*h), held_compare);
}

static inline bool
held_lists_equal(const struct held_list *a, const struct held_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!held_same(&a->at[i], &b->at[i]))
			return false;
	}
	return true;
}

static inline void
held_put32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

/* What a payload set holds for a version, sorted; the set outlives it. */
static inline struct held_list
held_of_set(const struct payload_set *set, unsigned version)
{
	struct held_list l = {0};

	for (size_t i = 0; i < set->vrp_count; i++) {
		const struct vrp *v = &set->vrps[i];
		struct held h = {.type = v->family,
			.len = v->len,
			.max_len = v->max_len,
			.asn = v->asn};

		memcpy(h.addr, v->addr.b, 16);
		held_push(&l, &h);
	}
	for (size_t i = 0; i < set->key_count && version > 0; i++) {
		const struct router_key *k = &set->keys[i];
		struct held h = {.type = 9,
			.asn = k->asn,
			.more_n = (uint32_t)k->spki.n,
			.more = k->spki.p};

		memcpy(h.ski, k->ski, 20);
		held_push(&l, &h);
	}
	for (size_t i = 0; i < set->aspa_count && version > 1; i++) {
		const struct aspa *a = &set->aspas[i];
		uint8_t *p = held_room(&l.own, 4 * (size_t)a->provider_count);
		struct held h = {.type = 11,
			.asn = a->customer,
			.more_n = 4 * a->provider_count,
			.more = p};

		for (uint32_t k = 0; k < a->provider_count; k++)
			held_put32(p + 4 * (size_t)k, a->providers[k]);
		held_push(&l, &h);
	}
	held_sort(&l);
	return l;
}

/* What `key=ASN:OCTETS` means: key identifier and public key follow from the
 * number. */
static inline void
held_key_octets(uint32_t asn, uint8_t ski[20], uint8_t *spki, size_t n)
{
	memset(ski, (int)(asn & 0xff), 20);
	memset(spki, (int)(asn >> 8 & 0xff), n);
}

static inline void
held_key_of_word(struct held_list *l, const char *word)
{
	unsigned long asn, n = 91;
	char *end;
	uint8_t *p;
	struct held h = {.type = 9};

	asn = strtoul(word, &end, 10);
	if (*end == ':')
		n = strtoul(end + 1, NULL, 10);
	p = held_room(&l->own, n);
	h.asn = (uint32_t)asn;
	h.more_n = (uint32_t)n;
	h.more = p;
	held_key_octets(h.asn, h.ski, p, n);
	held_push(l, &h);
}

static inline int
held_compare_octets(const void *a, const void *b)
{
	return memcmp(a, b, 4);
}

/* Providers sorted, each once, and AS0 (first when sorted) only alone. */
static inline void
held_tidy_aspa(struct held *h, uint8_t *p, uint32_t n)
{
	uint32_t kept = 0;

	qsort(p, n, 4, held_compare_octets);
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || memcmp(p + 4 * (i - 1), p + 4 * i, 4) != 0)
			memmove(p + 4 * kept++, p + 4 * i, 4);
	}
	h->more = p;
	h->more_n = 4 * kept;
	if (kept > 1 && memcmp(p, "\0\0\0\0", 4) == 0) {
		h->more += 4;
		h->more_n -= 4;
	}
}

static inline void
held_aspa_of_word(struct held_list *l, const char *word)
{
	char *end;
	struct held h = {.type = 11};
	struct held *is = &h;
	size_t room = 4 * (strlen(word) + 1);
	uint32_t n = 0;
	uint8_t *p;

	h.asn = (uint32_t)strtoul(word, &end, 10);
	for (size_t i = 0; i < l->n; i++) {
		if (l->at[i].type == 11 && l->at[i].asn == h.asn)
			is = &l->at[i];
	}
	p = held_room(&l->own, room + is->more_n);
	if (is->more_n > 0)
		memcpy(p, is->more, is->more_n);
	n = is->more_n / 4;
	while (*end != '\0' && *end != ' ')
		held_put32(p + 4 * n++, (uint32_t)strtoul(end + 1, &end, 10));
	held_tidy_aspa(is, p, n);
	if (is == &h)
		held_push(l, &h);
}

static inline void
held_prefix_of_word(struct held_list *l, char *word)
{
	struct held h = {.type = strchr(word, ':') != NULL ? 6 : 4};
	char *slash = strchr(word, '/');
	unsigned len, max_len, asn;

	if (slash == NULL ||
		sscanf(slash, "/%u-%u=%u", &len, &max_len, &asn) != 3)
		abort();
	*slash = '\0';
	h.len = (uint8_t)len;
	h.max_len = (uint8_t)max_len;
	h.asn = asn;
	if (inet_pton(h.type == 4 ? AF_INET : AF_INET6, word, h.addr) != 1)
		abort();
	held_push(l, &h);
}

/* What a router of `version` must hold when `words` are published, sorted. */
static inline struct held_list
held_of_words(const char *words, unsigned version)
{
	struct held_list l = {0};
	char word[256];
	size_t kept = 0;
	int n;

	while (sscanf(words, " %255s%n", word, &n) == 1) {
		words += n;
		if (strncmp(word, "key=", 4) == 0 && version > 0)
			held_key_of_word(&l, word + 4);
		else if (strncmp(word, "aspa=", 5) == 0 && version > 1)
			held_aspa_of_word(&l, word + 5);
		else if (strchr(word, '/') != NULL)
			held_prefix_of_word(&l, word);
	}
	held_sort(&l);
	for (size_t i = 0; i < l.n; i++) {
		if (i == 0 || held_compare(&l.at[i - 1], &l.at[i]) != 0)
			l.at[kept++] = l.at[i];
	}
	l.n = kept;
	return l;
}

#endif
