/*
 * der: the cursor of der.h.
 *
 *	tag     length                     content
 *	30      82 01 0a                   ................
 *	one     one octet below 128, else  all within the
 *	octet   8n and n octets, minimal   value around it
 *
 * All lengths are checked in one place, read_header, against the end of the
 * value that was entered; nothing else moves `p` forward by a foreign number.
 * Tags are one octet: the RPKI has none above 30, and a multi-octet tag matches
 * none that a parser asks for.
 *
 * What it does not do: BER, generic trees.  A value is read by a parser that
 * knows its type, or refused.
 */
#include "validator/object/der.h"

#include <assert.h>
#include <string.h>

enum {
	LENGTH_OCTETS_MAX = 4, /* objects have at most 2^32 octets by far */
	UTC_TIME_DIGITS = 12,
	GENERALIZED_TIME_DIGITS = 14,
	UTC_TIME_PIVOT = 50, /* RFC 5280 4.1.2.5.1: 50 is 1950, 49 is 2049 */
};

struct header {
	const uint8_t *content;
	size_t n;
};

/* What a call answers after a refusal: no octets, but a pointer that may be
 * compared and copied from. */
static const struct span nothing = {(const uint8_t *)"", 0};

/* The end of the value that was entered last; of all input when none was. */
static const uint8_t *
limit(const struct der *d)
{
	return d->end[d->depth];
}

/* Length octets in the form of X.690 10.1: definite, and as short as can be.
 * `*at` points behind the tag, and then behind the length. */
static enum reject
read_length(const uint8_t **at, const uint8_t *end, size_t *length)
{
	const uint8_t *p = *at;
	size_t n, count;

	if (p == end)
		return REJECT_DER_TRUNCATED;
	n = *p++;
	if (n == 0x80)
		return REJECT_DER_INDEFINITE;
	if (n > 0x80) {
		count = n & 0x7f;
		if (count > LENGTH_OCTETS_MAX)
			return REJECT_DER_LENGTH_FORM;
		if ((size_t)(end - p) < count)
			return REJECT_DER_TRUNCATED;
		if (*p == 0)
			return REJECT_DER_LENGTH_FORM;
		for (n = 0; count > 0; count--)
			n = n << 8 | *p++;
		if (n < 0x80)
			return REJECT_DER_LENGTH_FORM;
	}
	*at = p;
	*length = n;
	return REJECT_NONE;
}

/* The header of the next value, whatever its tag, without going on. */
static bool
read_header(struct der *d, struct header *h)
{
	const uint8_t *p = d->p;
	enum reject code;

	if (!der_ok(d))
		return false;
	if (p == limit(d)) {
		der_fail(d, REJECT_DER_MISSING);
		return false;
	}
	p++;
	code = read_length(&p, limit(d), &h->n);
	if (code == REJECT_NONE && (size_t)(limit(d) - p) < h->n)
		code = REJECT_DER_TRUNCATED;
	h->content = p;
	return der_check(d, code == REJECT_NONE, code);
}

/* The same of a value that must have this tag.  A tag of several octets begins
 * with one that no parser asks for, so its form is never read. */
static bool
read_tagged(struct der *d, uint8_t tag, struct header *h)
{
	if (der_more(d) && *d->p != tag)
		der_fail(d, REJECT_DER_TAG);
	return read_header(d, h);
}

/* An empty span may have no address at all; `nothing` has one. */
void
der_init(struct der *d, struct span s)
{
	if (s.n == 0)
		s = nothing;
	d->p = s.p;
	d->depth = 0;
	d->reject = REJECT_NONE;
	d->end[0] = s.p + s.n;
}

enum reject
der_done(struct der *d)
{
	if (der_ok(d)) {
		assert(d->depth == 0);
		der_check(d, !der_more(d), REJECT_DER_TRAILING);
	}
	return d->reject;
}

bool
der_ok(const struct der *d)
{
	return d->reject == REJECT_NONE;
}

void
der_fail(struct der *d, enum reject code)
{
	if (der_ok(d))
		d->reject = code;
}

bool
der_check(struct der *d, bool good, enum reject code)
{
	if (!good)
		der_fail(d, code);
	return der_ok(d);
}

bool
der_more(const struct der *d)
{
	return der_ok(d) && d->p < limit(d);
}

bool
der_next_is(const struct der *d, uint8_t tag)
{
	return der_more(d) && *d->p == tag;
}

void
der_default(struct der *d, unsigned n, enum reject code)
{
	der_check(d,
		!der_next_is(d, DER_CONSTRUCTED(n)) &&
			!der_next_is(d, DER_CONTEXT(n)),
		code);
}

/* The assertion holds for every input: a parser's nesting is written in its
 * code, so a value that nests deeper is refused as der-tag or der-trailing. */
void
der_enter(struct der *d, uint8_t tag)
{
	struct header h;

	if (!read_tagged(d, tag, &h))
		return;
	assert(d->depth + 1 < BOUND_DER_DEPTH);
	d->p = h.content;
	d->end[++d->depth] = h.content + h.n;
}

void
der_leave(struct der *d)
{
	if (!der_check(d, !der_more(d), REJECT_DER_TRAILING))
		return;
	assert(d->depth > 0);
	d->depth--;
}

/* X.690 11.6 compares encodings as if the shorter were padded with zeros.  No
 * encoding is the beginning of another, so padding never decides. */
void
der_check_set_order(struct der *d)
{
	struct der at = *d;
	struct span last = nothing, next;
	struct header h;

	while (der_more(&at) && read_header(&at, &h)) {
		next = span_of(at.p, (size_t)(h.content - at.p) + h.n);
		der_check(
			d, span_compare(last, next) <= 0, REJECT_DER_SET_ORDER);
		last = next;
		at.p = h.content + h.n;
	}
	der_check(d, der_ok(&at), at.reject);
}

struct span
der_take(struct der *d, uint8_t tag)
{
	struct header h;

	if (!read_tagged(d, tag, &h))
		return nothing;
	d->p = h.content + h.n;
	return span_of(h.content, h.n);
}

struct span
der_peek(struct der *d, uint8_t tag)
{
	struct header h;

	if (!read_tagged(d, tag, &h))
		return nothing;
	return span_of(d->p, (size_t)(h.content - d->p) + h.n);
}

struct span
der_element(struct der *d, uint8_t tag)
{
	struct span s = der_peek(d, tag);

	d->p += s.n;
	return s;
}

struct span
der_skip(struct der *d)
{
	struct header h;
	struct span s;

	if (!read_header(d, &h))
		return nothing;
	s = span_of(d->p, (size_t)(h.content - d->p) + h.n);
	d->p += s.n;
	return s;
}

struct span
der_rest(struct der *d)
{
	struct span s;

	if (!der_ok(d))
		return nothing;
	s = span_of(d->p, (size_t)(limit(d) - d->p));
	d->p += s.n;
	return s;
}

bool
der_boolean(struct der *d)
{
	struct span s = der_take(d, DER_BOOLEAN);

	if (!der_ok(d))
		return false;
	der_check(d, s.n == 1 && (s.p[0] == 0 || s.p[0] == 0xff),
		REJECT_DER_BOOLEAN);
	return der_ok(d) && s.p[0] != 0;
}

void
der_null(struct der *d)
{
	struct span s = der_take(d, DER_NULL);

	der_check(d, s.n == 0, REJECT_DER_NULL);
}

struct span
der_octets(struct der *d)
{
	return der_take(d, DER_OCTET_STRING);
}

/* X.690 8.6.2 and 11.2: the count of unused bits, then octets, whose unused
 * bits are zero. */
struct der_bits
der_bit_string(struct der *d)
{
	struct der_bits none = {nothing, 0}, bits;
	struct span s = der_take(d, DER_BIT_STRING);

	if (!der_ok(d))
		return none;
	if (!der_check(d, s.n > 0 && s.p[0] <= 7, REJECT_DER_BIT_STRING))
		return none;
	bits.unused = s.p[0];
	bits.octets = span_of(s.p + 1, s.n - 1);
	if (bits.octets.n == 0)
		der_check(d, bits.unused == 0, REJECT_DER_BIT_STRING);
	else
		der_check(d, (s.p[s.n - 1] & ((1u << bits.unused) - 1)) == 0,
			REJECT_DER_UNUSED_BITS);
	return der_ok(d) ? bits : none;
}

struct span
der_bit_octets(struct der *d)
{
	struct der_bits bits = der_bit_string(d);

	der_check(d, bits.unused == 0, REJECT_DER_BIT_STRING);
	return der_ok(d) ? bits.octets : nothing;
}

/* X.690 8.3.2: at least one octet, and the first nine bits neither all zero
 * nor all one. */
struct span
der_integer(struct der *d)
{
	struct span s = der_take(d, DER_INTEGER);

	if (!der_ok(d))
		return nothing;
	der_check(d, s.n > 0, REJECT_DER_INTEGER_MINIMAL);
	if (s.n > 1)
		der_check(d,
			!(s.p[0] == 0 && s.p[1] < 0x80) &&
				!(s.p[0] == 0xff && s.p[1] >= 0x80),
			REJECT_DER_INTEGER_MINIMAL);
	return der_ok(d) ? s : nothing;
}

/* 20 octets that begin with a zero bit are what RFC 5280 and RFC 9286 allow:
 * numbers below 2^159. */
struct span
der_natural(struct der *d, enum reject code)
{
	struct span s = der_integer(d);

	if (!der_ok(d))
		return nothing;
	der_check(d, s.p[0] < 0x80 && s.n <= BOUND_INTEGER_OCTETS, code);
	return der_ok(d) ? s : nothing;
}

uint64_t
der_number(struct der *d, uint64_t max, enum reject code)
{
	struct span s = der_natural(d, code);
	uint64_t n = 0;

	/* Nine octets: the first is then the zero of the sign. */
	if (!der_check(d, s.n <= 8 || (s.n == 9 && s.p[0] == 0), code))
		return 0;
	for (size_t i = 0; i < s.n; i++)
		n = n << 8 | s.p[i];
	return der_check(d, n <= max, code) ? n : 0;
}

/* X.690 8.19: arcs of seven bits an octet, the last with its top bit clear,
 * none beginning with an octet 80. */
static bool
oid_is_wellformed(struct span s)
{
	bool begins = true;

	if (s.n == 0 || s.p[s.n - 1] >= 0x80)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (begins && s.p[i] == 0x80)
			return false;
		begins = s.p[i] < 0x80;
	}
	return true;
}

enum oid
der_oid(struct der *d)
{
	struct span s = der_take(d, DER_OID);

	if (!der_ok(d) || !der_check(d, oid_is_wellformed(s), REJECT_DER_OID))
		return OID_UNKNOWN;
	return oid_find(s);
}

/* Equal octets are well-formed, as those of the table are; only others need to
 * be looked at, to tell broken from unwanted. */
void
der_oid_is(struct der *d, enum oid oid, enum reject code)
{
	struct span s = der_take(d, DER_OID);

	if (!der_ok(d) || span_equal(s, oid_octets(oid)))
		return;
	der_check(d, oid_is_wellformed(s), REJECT_DER_OID);
	der_fail(d, code);
}

/* Two decimal digits, or -1. */
static int
two_digits(const uint8_t *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* MMDDHHMMSSZ behind a year.  wall_from_civil refuses what no calendar has. */
static bool
read_civil(const uint8_t *p, int year, struct wall *out)
{
	struct civil c = {
		.year = year,
		.month = two_digits(p),
		.day = two_digits(p + 2),
		.hour = two_digits(p + 4),
		.minute = two_digits(p + 6),
		.second = two_digits(p + 8),
	};

	return c.month > 0 && c.day > 0 && c.hour >= 0 && c.minute >= 0 &&
		c.second >= 0 && p[10] == 'Z' && wall_from_civil(&c, out) == 0;
}

/* Nothing was issued before 1970; and who counts seconds since then may take
 * the one before for an error, or for a very large number. */
static struct wall
check_time(struct der *d, bool good, struct wall at)
{
	static const struct wall none = {0};

	der_check(d, good, REJECT_DER_TIME_FORM);
	return der_check(d, at.s >= 0, REJECT_DER_TIME_EARLY) ? at : none;
}

/* YYMMDDHHMMSSZ; the form with an offset or without seconds is BER. */
static struct wall
read_utc_time(struct der *d)
{
	struct span s = der_take(d, DER_UTC_TIME);
	struct wall at = {0};
	bool good = false;
	int year;

	if (s.n == UTC_TIME_DIGITS + 1) {
		year = two_digits(s.p);
		year += year < UTC_TIME_PIVOT ? 2000 : 1900;
		good = two_digits(s.p) >= 0 && read_civil(s.p + 2, year, &at);
	}
	return check_time(d, good, at);
}

/* YYYYMMDDHHMMSSZ; fractions of a second are refused with all other forms. */
struct wall
der_generalized_time(struct der *d)
{
	struct span s = der_take(d, DER_GENERALIZED_TIME);
	struct wall at = {0};
	bool good = false;
	int high, low;

	if (s.n == GENERALIZED_TIME_DIGITS + 1) {
		high = two_digits(s.p);
		low = two_digits(s.p + 2);
		good = high >= 0 && low >= 0 &&
			read_civil(s.p + 4, high * 100 + low, &at);
	}
	return check_time(d, good, at);
}

struct wall
der_time(struct der *d)
{
	static const struct wall from_2050 = {2524608000};
	struct wall at, none = {0};

	if (!der_next_is(d, DER_GENERALIZED_TIME))
		return read_utc_time(d);
	at = der_generalized_time(d);
	/* RFC 5280 4.1.2.5: through 2049 it must be UTCTime. */
	return der_check(d, at.s >= from_2050.s, REJECT_DER_TIME_TYPE) ? at
								       : none;
}
