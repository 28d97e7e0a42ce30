/*
 * der: nodes, their content and their encoding.
 *
 * Encoding takes two passes: sizes from the leaves up, then octets from the
 * root down.  der_path.c finds nodes and moves them.
 */
#include "tests/lab/der.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>

#include "waymark/clock.h"

void *
der_get(struct arena *a, size_t n)
{
	void *p = arena_get(a, n == 0 ? 1 : n);

	if (p == NULL) {
		fputs("lab: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static struct span
der_keep(struct arena *a, struct span bytes)
{
	uint8_t *p = der_get(a, bytes.n);

	if (bytes.n != 0)
		memcpy(p, bytes.p, bytes.n);
	return span_of(p, bytes.n);
}

struct node *
der_add(struct arena *a, struct node *parent, uint8_t tag, const char *name)
{
	struct node *node = der_get(a, sizeof(*node));

	*node = (struct node){.name = name, .tag = tag};
	if (parent != NULL)
		der_insert(parent, parent->last, node);
	return node;
}

struct node *
der_add_bytes(struct arena *a, struct node *parent, uint8_t tag,
	const char *name, struct span bytes)
{
	struct node *node = der_add(a, parent, tag, name);

	der_set(a, node, bytes);
	return node;
}

/* A parameter that says nothing is a mistake of the program that uses us. */
static struct span
der_must(bool good, struct span octets, const char *text)
{
	if (!good) {
		fprintf(stderr, "lab: bad value \"%s\"\n", text);
		exit(1);
	}
	return octets;
}

struct node *
der_add_int(struct arena *a, struct node *parent, const char *name,
	const char *number)
{
	struct span octets = {0};
	bool good = der_int_octets(a, number, &octets);

	return der_add_bytes(
		a, parent, DER_INTEGER, name, der_must(good, octets, number));
}

struct node *
der_add_number(
	struct arena *a, struct node *parent, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	return der_add_int(a, parent, name, text);
}

struct node *
der_add_oid(struct arena *a, struct node *parent, const char *name,
	const char *dotted)
{
	struct span octets = {0};
	bool good = der_oid_octets(a, dotted, &octets);

	return der_add_bytes(
		a, parent, DER_OID, name, der_must(good, octets, dotted));
}

struct node *
der_add_bool(struct arena *a, struct node *parent, const char *name, bool value)
{
	uint8_t octet = value ? 0xff : 0x00;

	return der_add_bytes(a, parent, DER_BOOLEAN, name, span_of(&octet, 1));
}

struct node *
der_add_text(struct arena *a, struct node *parent, uint8_t tag,
	const char *name, const char *text)
{
	return der_add_bytes(a, parent, tag, name, span_text(text));
}

struct node *
der_add_time(
	struct arena *a, struct node *parent, const char *name, int64_t seconds)
{
	const int64_t year_2050 = 2524608000;
	uint8_t tag = seconds < year_2050 ? DER_UTC_TIME : DER_GENERAL_TIME;
	struct span octets = {0};
	bool good = der_time_octets(a, tag, seconds, &octets);

	return der_add_bytes(
		a, parent, tag, name, der_must(good, octets, "time"));
}

struct node *
der_add_bits(struct arena *a, struct node *parent, const char *name)
{
	/* No unused bits. */
	return der_add_bytes(a, parent, DER_BITS, name, span_of("", 1));
}

void
der_set(struct arena *a, struct node *node, struct span bytes)
{
	bytes = der_keep(a, bytes);
	node->p = bytes.p;
	node->n = bytes.n;
	node->first = node->last = NULL;
}

/* Two's complement, shortest, of a magnitude and a sign. */
static struct span
der_two(struct arena *a, const BIGNUM *number)
{
	size_t n = (size_t)BN_num_bytes(number) + 1;
	uint8_t *p = der_get(a, n);
	bool negative = BN_is_negative(number);

	BN_bn2binpad(number, p, (int)n);
	for (size_t i = n, carry = 1; negative && i-- > 0;) {
		p[i] = (uint8_t)~p[i];
		p[i] = (uint8_t)(p[i] + carry);
		carry = carry && p[i] == 0;
	}
	/* The first octet is needed only where it holds the sign. */
	while (n > 1 && p[0] == (p[1] & 0x80 ? 0xff : 0x00)) {
		p++;
		n--;
	}
	return span_of(p, n);
}

bool
der_int_octets(struct arena *a, const char *number, struct span *out)
{
	BIGNUM *bn = NULL;
	bool minus = number[0] == '-';
	const char *digits = number + (minus ? 1 : 0);
	size_t want = strlen(digits);
	int used;

	if (strncmp(digits, "0x", 2) == 0) {
		digits += 2;
		want -= 2;
		used = BN_hex2bn(&bn, digits);
	} else {
		used = BN_dec2bn(&bn, digits);
	}
	if (used <= 0 || (size_t)used != want) {
		BN_free(bn);
		return false;
	}
	BN_set_negative(bn, minus);
	*out = der_two(a, bn);
	BN_free(bn);
	return true;
}

/* Base 128, all octets but the last with the high bit. */
static size_t
der_arc(uint64_t arc, uint8_t *p)
{
	size_t n = 1;

	for (uint64_t rest = arc >> 7; rest != 0; rest >>= 7)
		n++;
	for (size_t i = 0; i < n; i++) {
		unsigned shift = (unsigned)(7 * (n - 1 - i));
		uint8_t more = i + 1 < n ? 0x80 : 0;

		p[i] = (uint8_t)(more | ((arc >> shift) & 0x7f));
	}
	return n;
}

bool
der_oid_octets(struct arena *a, const char *dotted, struct span *out)
{
	uint8_t buf[256];
	size_t n = 0;
	uint64_t first = 0;
	size_t arcs = 0;

	for (const char *at = dotted;; arcs++) {
		char *end;
		uint64_t arc = strtoull(at, &end, 10);

		if (end == at || n + 10 > sizeof(buf))
			return false;
		if (arcs == 0)
			first = arc;
		else
			n += der_arc(
				arcs == 1 ? first * 40 + arc : arc, buf + n);
		if (*end == '\0')
			break;
		if (*end != '.')
			return false;
		at = end + 1;
	}
	if (arcs == 0)
		return false;
	*out = der_keep(a, span_of(buf, n));
	return true;
}

bool
der_time_octets(struct arena *a, uint8_t tag, int64_t seconds, struct span *out)
{
	struct civil c;
	char text[32];
	int n;

	if (wall_to_civil((struct wall){seconds}, &c) != 0)
		return false;
	if (tag == DER_UTC_TIME)
		n = snprintf(text, sizeof(text), "%02d%02d%02d%02d%02d%02dZ",
			c.year % 100, c.month, c.day, c.hour, c.minute,
			c.second);
	else
		n = snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02dZ",
			c.year, c.month, c.day, c.hour, c.minute, c.second);
	*out = der_keep(a, span_of(text, (size_t)n));
	return true;
}

/* Octets that the length itself takes. */
static size_t
der_length_size(const struct node *node)
{
	size_t length = node->length == DER_LENGTH_FALSE ? node->false_length
							 : node->size;
	size_t n = 1;

	if (node->length == DER_LENGTH_INDEFINITE)
		return 1;
	if (length >= 0x80)
		for (size_t rest = length; rest != 0; rest >>= 8)
			n++;
	if (node->length == DER_LENGTH_LONG)
		n++;
	return n;
}

/* All octets of a node; fills in `size` on the way. */
static size_t
der_measure(struct node *node)
{
	size_t end = node->length == DER_LENGTH_INDEFINITE ? 2 : 0;

	node->size = node->n;
	for (struct node *c = node->first; c != NULL; c = c->next)
		node->size += der_measure(c);
	if (node->raw)
		return node->size;
	return 1 + der_length_size(node) + node->size + end;
}

static uint8_t *
der_put_length(const struct node *node, uint8_t *p)
{
	size_t length = node->length == DER_LENGTH_FALSE ? node->false_length
							 : node->size;
	size_t n = der_length_size(node);

	if (node->length == DER_LENGTH_INDEFINITE) {
		*p++ = 0x80;
		return p;
	}
	if (n == 1) {
		*p++ = (uint8_t)length;
		return p;
	}
	*p++ = (uint8_t)(0x80 | (n - 1));
	for (size_t i = n - 1; i-- > 0;) {
		/* A length that is long on purpose begins with zeros. */
		size_t octet = i < sizeof(length) ? length >> (8 * i) : 0;

		*p++ = (uint8_t)octet;
	}
	return p;
}

static uint8_t *
der_put(const struct node *node, uint8_t *p)
{
	if (!node->raw) {
		*p++ = node->tag;
		p = der_put_length(node, p);
	}
	if (node->n != 0)
		memcpy(p, node->p, node->n);
	p += node->n;
	for (const struct node *c = node->first; c != NULL; c = c->next)
		p = der_put(c, p);
	if (!node->raw && node->length == DER_LENGTH_INDEFINITE) {
		*p++ = 0;
		*p++ = 0;
	}
	return p;
}

struct span
der_encode(struct arena *a, struct node *node)
{
	size_t n = der_measure(node);
	uint8_t *p = der_get(a, n);
	const uint8_t *end = der_put(node, p);

	assert((size_t)(end - p) == n);
	return span_of(p, n);
}

struct span
der_content(struct arena *a, struct node *node)
{
	bool raw = node->raw;
	struct span all;

	node->raw = true;
	all = der_encode(a, node);
	node->raw = raw;
	return all;
}
