/*
 * der: a strict cursor over DER (X.690), without copies.
 *
 * The cursor goes into a constructed value and out of it again, so that a
 * parser reads like the ASN.1 module that it follows:
 *
 *	Validity ::= SEQUENCE {		der_enter(d, DER_SEQUENCE);
 *	  notBefore  Time,		not_before = der_time(d);
 *	  notAfter   Time		not_after = der_time(d);
 *	}				der_leave(d);
 *
 * The first refusal stays: from then on every call does nothing and answers
 * with nothing (an empty span, zero, false), der_more ends every loop, and
 * der_done tells the code.  So a parser asks once, at its end; what it read
 * before is only good when that answer is REJECT_NONE.
 */
#ifndef OBJECT_DER_H
#define OBJECT_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "validator/object/oid.h"
#include "validator/object/reject.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/span.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

/* Context tags: [n] of a primitive, and [n] of a constructed or EXPLICIT. */
#define DER_CONTEXT(n)	   ((uint8_t)(0x80 | (n)))
#define DER_CONSTRUCTED(n) ((uint8_t)(0xa0 | (n)))

struct der {
	const uint8_t *p; /* the next octet */
	unsigned depth; /* values entered */
	enum reject reject; /* the first refusal */
	const uint8_t *end[BOUND_DER_DEPTH]; /* of each value entered */
};

struct der_bits {
	struct span octets; /* unused bits of the last one are zero */
	unsigned unused; /* 0 to 7; 0 when there are no octets */
};

/* Begin to read all of `s`, which must stay while results are used. */
void der_init(struct der *d, struct span s);

/* The first refusal, or REJECT_DER_TRAILING when octets are left, or
 * REJECT_NONE.  All values must have been left. */
enum reject der_done(struct der *d);

/* Whether nothing was refused so far. */
bool der_ok(const struct der *d);

/* Refuse with `code`, unless something was refused before; der_check does so
 * unless `good`.  der_check answers der_ok. */
void der_fail(struct der *d, enum reject code);
bool der_check(struct der *d, bool good, enum reject code);

/* Whether another value follows in the value that was entered. */
bool der_more(const struct der *d);

/* Whether one follows, and it has this tag: for OPTIONAL and CHOICE. */
bool der_next_is(const struct der *d, uint8_t tag);

/* Refuse with `code` a value under [n], as the one meant is the DEFAULT, which
 * is left out (X.690 11.5). */
void der_default(struct der *d, unsigned n, enum reject code);

/* Go into the next value; leave it again, refusing octets that were not read
 * (der-trailing).  Parsers nest as deep as their code, never as deep as the
 * input, so more than BOUND_DER_DEPTH is a bug. */
void der_enter(struct der *d, uint8_t tag);
void der_leave(struct der *d);

/* Refuse unless the values that are left in the one entered are in the order
 * of a SET OF (X.690 11.6).  Reads nothing. */
void der_check_set_order(struct der *d);

/* Take the next value: its content as it is, for implicit tags and strings; or
 * all of it with tag and length.  der_peek shows all of it and takes nothing,
 * for what is signed or compared as encoded. */
struct span der_take(struct der *d, uint8_t tag);
struct span der_element(struct der *d, uint8_t tag);
struct span der_peek(struct der *d, uint8_t tag);

/* Take the next value whatever it is, as der_element does; or all octets that
 * are left in the value entered. */
struct span der_skip(struct der *d);
struct span der_rest(struct der *d);

/* Take a value of a type with all rules of DER for it. */
bool der_boolean(struct der *d);
void der_null(struct der *d);
struct span der_octets(struct der *d);
struct der_bits der_bit_string(struct der *d);
struct span der_bit_octets(struct der *d); /* refuses unused bits */

/* Take an INTEGER: any, as its content octets; or 0 to `max`; or 0 to 2^159-1
 * as content octets of at most BOUND_INTEGER_OCTETS.  One that is negative or
 * too great is refused with `code`. */
struct span der_integer(struct der *d);
uint64_t der_number(struct der *d, uint64_t max, enum reject code);
struct span der_natural(struct der *d, enum reject code);

/* Take an OBJECT IDENTIFIER: OID_UNKNOWN when it is not in our table; or
 * refuse all but one with `code`. */
enum oid der_oid(struct der *d);
void der_oid_is(struct der *d, enum oid oid, enum reject code);

/* Take a time: UTCTime through 2049 and GeneralizedTime from 2050 on, as in
 * certificates, CRLs and CMS (RFC 5280 4.1.2.5, RFC 5652 11.3); or
 * GeneralizedTime only, as in manifests.  Always to the second and with Z, and
 * not before 1970. */
struct wall der_time(struct der *d);
struct wall der_generalized_time(struct der *d);

#endif
