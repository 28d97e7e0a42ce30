/*
 * spl: reading signed prefix lists (draft-ietf-sidrops-rpki-prefixlist section
 * 3).
 *
 *	RpkiSignedPrefixList ::= SEQUENCE {
 *	  version  [0] INTEGER DEFAULT 0,       so never there in DER
 *	  asID         INTEGER (1..4294967295),
 *	  prefixes     SEQUENCE (SIZE (0..2)) OF SEQUENCE {
 *	    addressFamily    OCTET STRING,      0001 before 0002
 *	    addressPrefixes  SEQUENCE (SIZE (1..MAX)) OF BIT STRING } }
 *
 * Here the order of RFC 9582 section 4.3.3 is a MUST: by address, then the
 * shorter first, none twice.  The holder of the AS number signs, so nothing is
 * asked of the addresses; an empty list says that the AS originates none.
 */
#include "validator/object/spl.h"

#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"

enum {
	PREFIX_MIN = 3, /* octets of a BIT STRING, encoded: 0/0 */
};

/* The array that all families of one list fill. */
struct sink {
	struct prefix *at;
	size_t n;
	size_t room;
	size_t first; /* of the family under way */
};

static bool
is_after(const struct prefix *a, const struct prefix *b)
{
	int order = addr_compare(&a->addr, &b->addr);

	return order < 0 || (order == 0 && a->len < b->len);
}

static void
read_prefix(struct der *d, enum family family, struct sink *sink)
{
	struct prefix *out = &sink->at[sink->n];
	struct der_bits bits = der_bit_string(d);
	size_t len = bits.octets.n * 8 - bits.unused;

	if (!der_check(d, len <= family_bits(family), REJECT_SPL_PREFIX_LENGTH))
		return;
	if (bits.octets.n > 0)
		memcpy(out->addr.b, bits.octets.p, bits.octets.n);
	out->len = (uint8_t)len;
	out->family = (uint8_t)family;
	der_check(d, sink->n == sink->first || is_after(out - 1, out),
		REJECT_SPL_PREFIX_ORDER);
	sink->n++;
}

/* One family with its prefixes; `last` is the one before, or none. */
static void
read_family_prefixes(struct der *d, const enum family *last, struct sink *sink)
{
	enum family family;

	der_enter(d, DER_SEQUENCE);
	family = resources_family(d, REJECT_SPL_FAMILY);
	der_check(d, last == NULL || *last < family, REJECT_SPL_FAMILY_ORDER);
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_SPL_PREFIXES_EMPTY);
	sink->first = sink->n;
	while (der_more(d) && sink->n < sink->room)
		read_prefix(d, family, sink);
	der_leave(d);
	der_leave(d);
}

static void
read_prefixes(struct der *d, struct arena *arena, struct spl *out)
{
	struct sink sink = {.room = der_peek(d, DER_SEQUENCE).n / PREFIX_MIN};
	enum family first = FAMILY_IPV4;

	der_enter(d, DER_SEQUENCE);
	sink.at = arena_array(arena, sink.room, sizeof(*sink.at));
	if (sink.at == NULL)
		abort(); /* out of memory: the validator is disposable */
	if (der_more(d)) {
		read_family_prefixes(d, NULL, &sink);
		if (sink.n > 0)
			first = (enum family)sink.at[0].family;
	}
	if (der_more(d))
		read_family_prefixes(d, &first, &sink);
	der_check(d, !der_more(d), REJECT_SPL_FAMILY_COUNT);
	der_leave(d);
	out->prefixes = sink.at;
	out->prefix_count = sink.n;
}

static enum reject
read_spl(struct span content, struct arena *arena, struct spl *out)
{
	struct der d;

	der_init(&d, content);
	der_enter(&d, DER_SEQUENCE);
	der_default(&d, 0, REJECT_SPL_VERSION);
	out->asn = (uint32_t)der_number(&d, UINT32_MAX, REJECT_SPL_ASN);
	der_check(&d, out->asn != 0, REJECT_SPL_ASN);
	read_prefixes(&d, arena, out);
	der_leave(&d);
	return der_done(&d);
}

/* Section 5: the certificate holds the AS number, and no addresses. */
static enum reject
check_resources(const struct spl *spl)
{
	const struct resources *r = &spl->cms.ee.resources;

	if (r->has_ip)
		return REJECT_SPL_IP_RESOURCES;
	if (r->inherit_asn)
		return REJECT_SPL_INHERIT;
	for (size_t i = 0; i < r->asn_count; i++)
		if (r->asn[i].min <= spl->asn && spl->asn <= r->asn[i].max)
			return REJECT_NONE;
	return REJECT_SPL_ASN_OUTSIDE;
}

enum reject
spl_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct spl *out)
{
	const struct cms_want want = {OBJECT_SPL, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code != REJECT_NONE)
		return code;
	code = read_spl(out->cms.content, arena, out);
	if (code != REJECT_NONE)
		return code;
	return check_resources(out);
}
