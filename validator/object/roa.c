/*
 * roa: reading route origin authorizations (RFC 9582 section 4).
 *
 *	RouteOriginAttestation ::= SEQUENCE {
 *	  version       [0] INTEGER DEFAULT 0,  so never there in DER
 *	  asID          INTEGER (0..4294967295),
 *	  ipAddrBlocks  SEQUENCE SIZE (1..2) OF SEQUENCE {
 *	    addressFamily  OCTET STRING,        0001 or 0002, each once
 *	    addresses      SEQUENCE SIZE (1..MAX) OF SEQUENCE {
 *	      address        BIT STRING,        the bits of the prefix
 *	      maxLength      INTEGER OPTIONAL } } }
 *
 * The canonical order of section 4.3.3 is for issuers; prefixes are kept in the
 * order in which they stand, also those that stand twice.
 */
#include "validator/object/roa.h"

#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"

enum {
	FAMILIES_MAX = 2,
	ADDRESS_MIN = 3, /* octets inside a ROAIPAddress: prefix 0/0 */
};

/* The array that all families of one ROA fill. */
struct sink {
	struct roa_prefix *at;
	size_t n;
	size_t room;
};

static void
read_prefix(struct der *d, enum family family, struct roa_prefix *out)
{
	unsigned width = family_bits(family);
	struct der_bits bits;
	size_t len;

	der_enter(d, DER_SEQUENCE);
	bits = der_bit_string(d);
	len = bits.octets.n * 8 - bits.unused;
	if (!der_check(d, len <= width, REJECT_ROA_PREFIX_LENGTH))
		return;
	memcpy(out->prefix.addr.b, bits.octets.p, bits.octets.n);
	out->prefix.len = (uint8_t)len;
	out->prefix.family = (uint8_t)family;
	out->max_len = (uint8_t)len;
	if (der_more(d)) {
		out->max_len =
			(uint8_t)der_number(d, width, REJECT_ROA_MAX_LENGTH);
		der_check(d, out->max_len >= len, REJECT_ROA_MAX_LENGTH);
	}
	der_leave(d);
}

/* One family with its addresses; `seen` are those before it. */
static void
read_addresses(struct der *d, unsigned *seen, struct sink *sink)
{
	enum family family;

	der_enter(d, DER_SEQUENCE);
	family = resources_family(d, REJECT_ROA_FAMILY);
	der_check(d, (*seen & 1u << family) == 0, REJECT_ROA_FAMILY_TWICE);
	*seen |= 1u << family;
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_ROA_ADDRESSES);
	while (der_more(d) && sink->n < sink->room)
		read_prefix(d, family, &sink->at[sink->n++]);
	der_leave(d);
	der_leave(d);
}

/* How many addresses the families that follow hold.  The count ends with one
 * that is too short to be an address, so that empty ones buy no memory; it and
 * whatever else is wrong is found again by read_addresses. */
static size_t
count_addresses(const struct der *d)
{
	struct der at = *d;
	size_t n = 0;

	while (der_more(&at)) {
		der_enter(&at, DER_SEQUENCE);
		der_octets(&at);
		der_enter(&at, DER_SEQUENCE);
		while (der_more(&at)) {
			n++;
			if (der_take(&at, DER_SEQUENCE).n < ADDRESS_MIN)
				return n;
		}
		der_leave(&at);
		der_leave(&at);
	}
	return n;
}

static void
read_blocks(struct der *d, struct arena *arena, struct roa *out)
{
	struct sink sink = {0};
	unsigned seen = 0, families = 0;

	der_enter(d, DER_SEQUENCE);
	sink.room = count_addresses(d);
	sink.at = arena_array(arena, sink.room, sizeof(*sink.at));
	if (sink.at == NULL)
		abort(); /* out of memory: the validator is disposable */
	for (; der_more(d) && families < FAMILIES_MAX; families++)
		read_addresses(d, &seen, &sink);
	der_check(d, families > 0 && !der_more(d), REJECT_ROA_FAMILY_COUNT);
	der_leave(d);
	out->prefixes = sink.at;
	out->prefix_count = sink.n;
}

static enum reject
read_roa(struct span content, struct arena *arena, struct roa *out)
{
	struct der d;

	der_init(&d, content);
	der_enter(&d, DER_SEQUENCE);
	der_default(&d, 0, REJECT_ROA_VERSION);
	out->asn = (uint32_t)der_number(&d, UINT32_MAX, REJECT_ROA_ASN);
	read_blocks(&d, arena, out);
	der_leave(&d);
	return der_done(&d);
}

/* RFC 9582 section 5: what the EE certificate must and must not hold. */
static enum reject
check_resources(const struct profile *profile, const struct roa *roa)
{
	const struct resources *r = &roa->cms.ee.resources;

	if (resources_inherit_any(r))
		return REJECT_ROA_INHERIT;
	if (profile->roa_without_asns && r->has_asn)
		return REJECT_ROA_AS_RESOURCES;
	for (size_t i = 0; i < roa->prefix_count; i++)
		if (!resources_contain_prefix(r, &roa->prefixes[i].prefix))
			return REJECT_ROA_PREFIX_OUTSIDE;
	return REJECT_NONE;
}

enum reject
roa_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct roa *out)
{
	const struct cms_want want = {OBJECT_ROA, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code != REJECT_NONE)
		return code;
	code = read_roa(out->cms.content, arena, out);
	if (code != REJECT_NONE)
		return code;
	return check_resources(profile, out);
}
