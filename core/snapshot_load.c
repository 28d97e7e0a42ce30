/*
 * snapshot_load: the records of payloads, most of a snapshot.
 *
 * A payload's end and its trust anchor are its source's: they are filled in
 * here, from an array that stays in the processor's memory where the sources
 * themselves would not.
 */
#include <string.h>

#include "core/snapshot_in.h"
#include "waymark/err.h"

/* A source's index must be good before anything is looked up by it. */
static const struct snapshot_origin *
origin_of(struct in *in, const struct snapshot_origin *origins, uint32_t source)
{
	if (source < in->s->source_count)
		return &origins[source];
	in->why = "a payload names no source";
	return NULL;
}

/* VRPs of one family, to where `v` points. */
static int
load_vrps(struct in *in, const struct snapshot_origin *origins,
	enum family family, struct vrp *v)
{
	bool is_ipv4 = family == FAMILY_IPV4;
	struct reader r = reader_of(
		in->sections[is_ipv4 ? SECTION_VRPS4 : SECTION_VRPS6]);
	const struct snapshot_origin *from;
	uint16_t zero;

	for (; reader_left(&r) > 0; v++) {
		memset(v, 0, sizeof(*v));
		if (!reader_copy(&r, v->addr.b, is_ipv4 ? 4 : 16) ||
			!reader_le32(&r, &v->asn) ||
			!reader_le32(&r, &v->source) ||
			!reader_u8(&r, &v->len) ||
			!reader_u8(&r, &v->max_len) ||
			!reader_le16(&r, &zero) || zero != 0)
			return in_fault(in, "a VRP is malformed");
		from = origin_of(in, origins, v->source);
		if (from == NULL)
			return ERR_SYNTAX;
		v->family = (uint8_t)family;
		v->ta = from->ta;
		v->expires = from->end;
	}
	return 0;
}

/* Both families as one array: its order says where one ends. */
static int
load_all_vrps(struct in *in, const struct snapshot_origin *origins)
{
	size_t ipv4 = in->sections[SECTION_VRPS4].n /
		snapshot_record_size(SECTION_VRPS4);
	size_t n = ipv4 +
		in->sections[SECTION_VRPS6].n /
			snapshot_record_size(SECTION_VRPS6);
	/* No overflow: a file has at most BOUND_SNAPSHOT_SIZE octets. */
	struct vrp *v = arena_get(in->arena, n * sizeof(*v));
	int err;

	if (v == NULL)
		return ERR_NOMEM;
	err = load_vrps(in, origins, FAMILY_IPV4, v);
	if (err == 0)
		err = load_vrps(in, origins, FAMILY_IPV6, v + ipv4);
	in->s->vrps = v;
	in->s->vrp_count = n;
	return err;
}

/* Router keys, each taking its octets off the front of SPKIS. */
static int
load_keys(struct in *in, const struct snapshot_origin *origins)
{
	struct reader r = reader_of(in->sections[SECTION_KEYS]);
	struct reader spkis = reader_of(in->sections[SECTION_SPKIS]);
	size_t n = in->sections[SECTION_KEYS].n /
		snapshot_record_size(SECTION_KEYS);
	struct router_key *k = arena_array(in->arena, n, sizeof(*k));
	const struct snapshot_origin *from;
	uint32_t octets;

	if (k == NULL)
		return ERR_NOMEM;
	in->s->keys = k;
	in->s->key_count = n;
	for (; reader_left(&r) > 0; k++) {
		if (!reader_copy(&r, k->ski, SKI_SIZE) ||
			!reader_le32(&r, &k->asn) ||
			!reader_le32(&r, &octets) ||
			!reader_le32(&r, &k->source) ||
			!reader_take(&spkis, octets, &k->spki))
			return in_fault(in, "a router key is malformed");
		from = origin_of(in, origins, k->source);
		if (from == NULL)
			return ERR_SYNTAX;
		k->ta = from->ta;
		k->expires = from->end;
		k->spki.p = arena_copy(in->arena, k->spki.p, k->spki.n);
		if (k->spki.p == NULL)
			return ERR_NOMEM;
	}
	if (reader_left(&spkis) != 0)
		return in_fault(in, "a public key belongs to no router key");
	return 0;
}

/* All providers of all ASPAs as one array. */
static int
load_providers(struct in *in, uint32_t **out, size_t *count)
{
	struct reader r = reader_of(in->sections[SECTION_PROVIDERS]);
	size_t n = reader_left(&r) / snapshot_record_size(SECTION_PROVIDERS);
	uint32_t *p = arena_array(in->arena, n, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		if (!reader_le32(&r, &p[i]))
			return in_fault(in, "a provider is malformed");
	*out = p;
	*count = n;
	return 0;
}

/* ASPAs, each taking its providers off the front of that array. */
static int
load_aspas(struct in *in, const struct snapshot_origin *origins)
{
	struct reader r = reader_of(in->sections[SECTION_ASPAS]);
	size_t n = reader_left(&r) / snapshot_record_size(SECTION_ASPAS);
	struct aspa *a = arena_array(in->arena, n, sizeof(*a));
	const struct snapshot_origin *from;
	uint32_t *providers = NULL;
	size_t left = 0;
	int err = a == NULL ? ERR_NOMEM : load_providers(in, &providers, &left);

	if (err != 0)
		return err;
	in->s->aspas = a;
	in->s->aspa_count = n;
	/* No sum is built that could overflow: what is left only shrinks. */
	for (; reader_left(&r) > 0; a++) {
		if (!reader_le32(&r, &a->customer) ||
			!reader_le32(&r, &a->provider_count) ||
			!reader_le32(&r, &a->source) ||
			a->provider_count > left)
			return in_fault(in, "an ASPA is malformed");
		from = origin_of(in, origins, a->source);
		if (from == NULL)
			return ERR_SYNTAX;
		a->ta = from->ta;
		a->expires = from->end;
		a->providers = providers;
		providers += a->provider_count;
		left -= a->provider_count;
	}
	return left == 0 ? 0 : in_fault(in, "a provider belongs to no ASPA");
}

int
snapshot_take_payloads(struct in *in, const struct snapshot_origin *origins)
{
	int err = load_all_vrps(in, origins);

	if (err == 0)
		err = load_keys(in, origins);
	return err == 0 ? load_aspas(in, origins) : err;
}
