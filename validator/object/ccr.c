/*
 * ccr: reading canonical cache representations (draft-ietf-sidrops-rpki-ccr).
 *
 *	ContentInfo ::= SEQUENCE { id-ct-rpkiCanonicalCache..., [0] SEQUENCE {
 *	  version    [0] INTEGER DEFAULT 0,     so never there in DER
 *	  hashAlg        SHA-256,
 *	  producedAt     GeneralizedTime,
 *	  mfts       [1] { SEQUENCE OF ManifestInstance,
 *	                   mostRecentUpdate GeneralizedTime, hash } OPTIONAL,
 *	  vrps       [2] { SEQUENCE OF { asID, ipAddrBlocks }, hash } OPTIONAL,
 *	  vaps       [3] { SEQUENCE OF { asID, providers }, hash } OPTIONAL,
 *	  tas        [4] { SEQUENCE OF SKI, hash } OPTIONAL,
 *	  rks        [5] { SEQUENCE OF { asID, SEQUENCE OF { SKI, SPKI } },
 *	                   hash } OPTIONAL } }
 *
 *	ManifestInstance ::= SEQUENCE { hash, size, aki, manifestNumber,
 *	  thisUpdate, SEQUENCE OF AccessDescription,
 *	  SEQUENCE OF SKI OPTIONAL }
 *
 * A hash is over the list that is first in its state, tag and length included.
 * All lists ascend without repetition: there is one encoding of each state, or
 * hashes could not be compared.
 */
#include "validator/object/ccr.h"

#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"
#include "validator/object/x509.h"

/* The least octets, encoded, of what arrays are made of. */
enum {
	MANIFEST_MIN = 90, /* digests and times alone */
	ADDRESS_MIN = 5, /* the prefix 0/0 */
	ASPA_MIN = 10,
	PROVIDER_MIN = 3,
	SKI_OCTETS = 2 + SHA1_SIZE,
	KEY_MIN = 64, /* a point and its identifier */
	TAG_URI = 6, /* uniformResourceIdentifier, RFC 5280 4.2.1.6 */
};

/* One file under way. */
struct look {
	struct der d;
	struct crypto *crypto;
	struct arena *arena;
	struct ccr *out;
};

static const char *const names[] = {
#define CCR_STATE_ROW(name, word) [CCR_##name] = word,
	CCR_STATE_TABLE(CCR_STATE_ROW)
#undef CCR_STATE_ROW
};

const char *
ccr_state_name(enum ccr_state state)
{
	return names[state];
}

/* An array for as many items as octets that follow can hold, and one more: the
 * one that is found to be too short. */
static void *
room_for(struct look *l, size_t least, size_t size, size_t *room)
{
	void *p;

	*room = der_peek(&l->d, DER_SEQUENCE).n / least + 1;
	p = arena_array(l->arena, *room, size);
	if (p == NULL)
		abort(); /* out of memory: the validator is disposable */
	return p;
}

/* A digest or key identifier; NULL when it is refused. */
static const uint8_t *
read_octets(struct der *d, size_t size)
{
	struct span s = der_octets(d);

	return der_check(d, s.n == size, REJECT_CCR_OCTETS) ? s.p : NULL;
}

/* Whether what is compared with the one before comes behind it; `before` is
 * NULL for the first. */
static void
check_ascends(
	struct der *d, const uint8_t *before, const uint8_t *p, size_t size)
{
	if (der_ok(d) && before != NULL)
		der_check(d, memcmp(before, p, size) < 0, REJECT_CCR_ORDER);
}

static uint32_t
read_asn(struct der *d)
{
	return (uint32_t)der_number(d, UINT32_MAX, REJECT_CCR_ASN);
}

/* The same, of a list in which they ascend; `before`: the last, -1 for none. */
static uint32_t
read_next_asn(struct der *d, int64_t *before)
{
	uint32_t asn = read_asn(d);

	der_check(d, asn > *before, REJECT_CCR_ORDER);
	*before = asn;
	return asn;
}

/* A list of key identifiers; answers how many. */
static size_t
read_skis(struct der *d, const uint8_t **list, size_t room)
{
	const uint8_t *before = NULL, *ski;
	size_t n = 0;

	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CCR_LIST_EMPTY);
	for (; der_more(d); before = ski, n++) {
		ski = read_octets(d, SHA1_SIZE);
		check_ascends(d, before, ski, SHA1_SIZE);
		if (list != NULL && n < room)
			list[n] = ski;
	}
	der_leave(d);
	return n;
}

static void
read_locations(struct der *d)
{
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CCR_LIST_EMPTY);
	while (der_more(d)) {
		der_enter(d, DER_SEQUENCE);
		der_oid_is(d, OID_AD_SIGNED_OBJECT, REJECT_CCR_LOCATION);
		der_check(d, der_next_is(d, DER_CONTEXT(TAG_URI)),
			REJECT_CCR_LOCATION);
		der_check(d, der_take(d, DER_CONTEXT(TAG_URI)).n > 0,
			REJECT_CCR_LOCATION);
		der_leave(d);
	}
	der_leave(d);
}

/* The content of the list that follows, which the next reader checks. */
static struct span
content_of(const struct der *d)
{
	struct der at = *d;

	return der_take(&at, DER_SEQUENCE);
}

static void
read_manifest(struct der *d, struct ccr_manifest *m)
{
	der_enter(d, DER_SEQUENCE);
	m->hash = read_octets(d, SHA256_SIZE);
	m->size = der_number(d, UINT32_MAX, REJECT_CCR_MANIFEST_NUMBER);
	der_check(d, m->size >= CCR_MANIFEST_MIN, REJECT_CCR_MANIFEST_NUMBER);
	m->aki = read_octets(d, SHA1_SIZE);
	m->number = der_natural(d, REJECT_CCR_MANIFEST_NUMBER);
	m->this_update = der_generalized_time(d);
	m->locations = content_of(d);
	read_locations(d);
	if (der_more(d)) {
		m->subordinates = content_of(d);
		m->subordinate_count = read_skis(d, NULL, 0);
	}
	der_leave(d);
}

/* How recent the latest is, stands behind the list. */
static void
read_manifests(struct look *l)
{
	struct der *d = &l->d;
	struct wall latest = {INT64_MIN};
	struct ccr_manifest *list;
	size_t room, n = 0;

	list = room_for(l, MANIFEST_MIN, sizeof(*list), &room);
	der_enter(d, DER_SEQUENCE);
	for (; der_more(d) && n < room; n++) {
		read_manifest(d, &list[n]);
		check_ascends(d, n == 0 ? NULL : list[n - 1].hash, list[n].hash,
			SHA256_SIZE);
		if (list[n].this_update.s > latest.s)
			latest = list[n].this_update;
	}
	der_leave(d);
	l->out->most_recent = der_generalized_time(d);
	der_check(d, n == 0 || l->out->most_recent.s == latest.s,
		REJECT_CCR_UPDATE);
	l->out->manifests = list;
	l->out->counts[CCR_MANIFESTS] = n;
}

/* A prefix with the longest that may be announced, which is left out where it
 * is the prefix's own length. */
static void
read_address(struct der *d, struct ccr_vrp *v)
{
	unsigned width = family_bits((enum family)v->prefix.family);
	struct der_bits bits;
	size_t len;

	der_enter(d, DER_SEQUENCE);
	bits = der_bit_string(d);
	len = bits.octets.n * 8 - bits.unused;
	if (!der_check(d, len <= width, REJECT_CCR_PREFIX))
		return;
	memcpy(v->prefix.addr.b, bits.octets.p, bits.octets.n);
	v->prefix.len = v->max_len = (uint8_t)len;
	if (der_more(d)) {
		v->max_len =
			(uint8_t)der_number(d, width, REJECT_CCR_MAX_LENGTH);
		der_check(d, v->max_len > len, REJECT_CCR_MAX_LENGTH);
	}
	der_leave(d);
}

/* In the order of RFC 9582 section 4.3.3. */
static bool
address_ascends(const struct ccr_vrp *a, const struct ccr_vrp *b)
{
	int order = addr_compare(&a->prefix.addr, &b->prefix.addr);

	if (order != 0)
		return order < 0;
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len < b->prefix.len;
	return a->max_len < b->max_len;
}

static enum family
read_family(struct der *d, bool first)
{
	static const uint8_t ipv4[] = {0, 1}, ipv6[] = {0, 2};
	struct span afi = der_octets(d);

	if (first && span_equal(afi, span_of(ipv4, sizeof(ipv4))))
		return FAMILY_IPV4;
	der_check(d, span_equal(afi, span_of(ipv6, sizeof(ipv6))),
		REJECT_CCR_FAMILY);
	return FAMILY_IPV6;
}

/* One AS number's addresses of one family, behind the `n` that are there. */
static size_t
read_addresses(struct der *d, const struct ccr_vrp *like, struct ccr_vrp *list,
	size_t n)
{
	size_t from = n;

	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CCR_LIST_EMPTY);
	for (; der_more(d); n++) {
		list[n] = *like;
		read_address(d, &list[n]);
		if (der_ok(d) && n > from)
			der_check(d, address_ascends(&list[n - 1], &list[n]),
				REJECT_CCR_ORDER);
	}
	der_leave(d);
	return n;
}

/* All of one AS number.  Its families ascend, so that a third is of none. */
static size_t
read_vrp_set(struct der *d, uint32_t asn, struct ccr_vrp *list, size_t n)
{
	bool first = true;

	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CCR_LIST_EMPTY);
	while (der_more(d)) {
		struct ccr_vrp like = {.asn = asn};

		der_enter(d, DER_SEQUENCE);
		like.prefix.family = (uint8_t)read_family(d, first);
		n = read_addresses(d, &like, list, n);
		der_leave(d);
		der_check(d, like.prefix.family == FAMILY_IPV4 || !der_more(d),
			REJECT_CCR_FAMILY);
		first = false;
	}
	der_leave(d);
	return n;
}

/* Each address takes ADDRESS_MIN octets of the list at least, or is refused at
 * its own: there is room for all. */
static void
read_vrps(struct look *l)
{
	struct der *d = &l->d;
	struct ccr_vrp *list;
	int64_t before = -1;
	size_t room, n = 0;

	list = room_for(l, ADDRESS_MIN, sizeof(*list), &room);
	der_enter(d, DER_SEQUENCE);
	while (der_more(d)) {
		uint32_t asn;

		der_enter(d, DER_SEQUENCE);
		asn = read_next_asn(d, &before);
		n = read_vrp_set(d, asn, list, n);
		der_leave(d);
	}
	der_leave(d);
	l->out->vrps = list;
	l->out->counts[CCR_VRPS] = n;
}

static void
read_providers(struct look *l, struct ccr_aspa *aspa)
{
	struct der *d = &l->d;
	uint32_t *list;
	int64_t before = -1;
	size_t room, n = 0;

	list = room_for(l, PROVIDER_MIN, sizeof(*list), &room);
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CCR_LIST_EMPTY);
	for (; der_more(d) && n < room; n++) {
		list[n] = read_next_asn(d, &before);
	}
	der_leave(d);
	aspa->providers = list;
	aspa->provider_count = n;
}

static void
read_aspas(struct look *l)
{
	struct der *d = &l->d;
	struct ccr_aspa *list;
	int64_t before = -1;
	size_t room, n = 0;

	list = room_for(l, ASPA_MIN, sizeof(*list), &room);
	der_enter(d, DER_SEQUENCE);
	for (; der_more(d) && n < room; n++) {
		der_enter(d, DER_SEQUENCE);
		list[n].customer = read_next_asn(d, &before);
		read_providers(l, &list[n]);
		der_leave(d);
	}
	der_leave(d);
	l->out->aspas = list;
	l->out->counts[CCR_ASPAS] = n;
}

static void
read_tas(struct look *l)
{
	const uint8_t **list;
	size_t room;

	list = room_for(l, SKI_OCTETS, sizeof(*list), &room);
	l->out->counts[CCR_TAS] = read_skis(&l->d, list, room);
	l->out->tas = list;
}

static void
read_key(struct look *l, struct ccr_key *key)
{
	struct der *d = &l->d;
	uint8_t ski[SHA1_SIZE];
	struct span bits;

	der_enter(d, DER_SEQUENCE);
	key->ski = read_octets(d, SHA1_SIZE);
	key->spki = der_element(d, DER_SEQUENCE);
	der_leave(d);
	if (!der_ok(d))
		return;
	if (!der_check(d, key_check(key->spki, KEY_P256, &bits) == REJECT_NONE,
		    REJECT_CCR_KEY))
		return;
	crypto_sha1(l->crypto, bits, ski);
	der_check(d, memcmp(ski, key->ski, SHA1_SIZE) == 0, REJECT_CCR_KEY);
}

/* The keys of one AS number, behind the `n` that are there. */
static size_t
read_key_set(struct look *l, uint32_t asn, struct ccr_key *list, size_t n)
{
	struct der *d = &l->d;
	const uint8_t *before = NULL;

	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CCR_LIST_EMPTY);
	for (; der_more(d); n++) {
		list[n].asn = asn;
		read_key(l, &list[n]);
		check_ascends(d, before, list[n].ski, SHA1_SIZE);
		before = list[n].ski;
	}
	der_leave(d);
	return n;
}

static void
read_keys(struct look *l)
{
	struct der *d = &l->d;
	struct ccr_key *list;
	int64_t before = -1;
	size_t room, n = 0;

	list = room_for(l, KEY_MIN, sizeof(*list), &room);
	der_enter(d, DER_SEQUENCE);
	while (der_more(d)) {
		uint32_t asn;

		der_enter(d, DER_SEQUENCE);
		asn = read_next_asn(d, &before);
		n = read_key_set(l, asn, list, n);
		der_leave(d);
	}
	der_leave(d);
	l->out->keys = list;
	l->out->counts[CCR_KEYS] = n;
}

static void
read_state(struct look *l, enum ccr_state state)
{
	static void (*const readers[])(struct look * l) = {
		[CCR_MANIFESTS] = read_manifests,
		[CCR_VRPS] = read_vrps,
		[CCR_ASPAS] = read_aspas,
		[CCR_TAS] = read_tas,
		[CCR_KEYS] = read_keys,
	};
	struct der *d = &l->d;
	uint8_t hash[SHA256_SIZE];
	struct span list;

	if (!der_next_is(d, DER_CONSTRUCTED(1 + state)))
		return;
	der_enter(d, DER_CONSTRUCTED(1 + state));
	der_enter(d, DER_SEQUENCE);
	list = der_peek(d, DER_SEQUENCE);
	readers[state](l);
	l->out->hashes[state] = read_octets(d, SHA256_SIZE);
	der_leave(d);
	der_leave(d);
	if (!der_ok(d))
		return;
	crypto_sha256(l->crypto, list, hash);
	der_check(d, memcmp(hash, l->out->hashes[state], SHA256_SIZE) == 0,
		REJECT_CCR_HASH);
}

static void
read_states(struct look *l)
{
	bool any = false;

	for (int state = 0; state < CCR_STATES; state++) {
		read_state(l, (enum ccr_state)state);
		any |= l->out->hashes[state] != NULL;
	}
	der_check(&l->d, any, REJECT_CCR_EMPTY);
}

enum reject
ccr_parse(
	struct span der, struct crypto *c, struct arena *arena, struct ccr *out)
{
	struct look l = {.crypto = c, .arena = arena, .out = out};
	struct der *d = &l.d;

	memset(out, 0, sizeof(*out));
	der_init(d, der);
	der_enter(d, DER_SEQUENCE);
	der_oid_is(d, OID_CT_CCR, REJECT_CCR_TYPE);
	der_enter(d, DER_CONSTRUCTED(0));
	der_enter(d, DER_SEQUENCE);
	der_default(d, 0, REJECT_CCR_VERSION);
	x509_sha256(d, REJECT_CCR_DIGEST);
	out->produced = der_generalized_time(d);
	read_states(&l);
	der_leave(d);
	der_leave(d);
	der_leave(d);
	return der_done(d);
}

struct span
ccr_location(struct span *rest)
{
	struct span uri = {0};
	struct der d;

	if (rest->n == 0)
		return uri;
	der_init(&d, *rest);
	der_enter(&d, DER_SEQUENCE);
	der_oid(&d);
	uri = der_take(&d, DER_CONTEXT(TAG_URI));
	der_leave(&d);
	*rest = der_rest(&d);
	return uri;
}

const uint8_t *
ccr_subordinate(struct span *rest)
{
	struct span ski;
	struct der d;

	if (rest->n == 0)
		return NULL;
	der_init(&d, *rest);
	ski = der_octets(&d);
	*rest = der_rest(&d);
	return ski.n == SHA1_SIZE ? ski.p : NULL;
}
