/*
 * ccr: writing a canonical cache representation, its states from the last to
 * the first.
 */
#include "validator/run/ccr.h"

#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"
#include "validator/run/ccr_back.h"
#include "waymark/err.h"

/* By SKI within an AS number. */
static int
compare_keys(const void *a, const void *b)
{
	const struct router_key *const *x = a, *const *y = b;

	if ((*x)->asn != (*y)->asn)
		return (*x)->asn < (*y)->asn ? -1 : 1;
	return memcmp((*x)->ski, (*y)->ski, SKI_SIZE);
}

static void
put_key(struct back *b, const struct router_key *key)
{
	size_t mark = b->n;

	back_put(b, key->spki.p, key->spki.n);
	back_value(b, DER_OCTET_STRING, key->ski, SKI_SIZE);
	back_head(b, DER_SEQUENCE, mark);
}

/* Sets of keys, one an AS number. */
static void
put_key_sets(struct back *b, const struct router_key **keys, size_t n)
{
	while (n > 0) {
		uint32_t asn = keys[n - 1]->asn;
		size_t mark = b->n;

		for (; n > 0 && keys[n - 1]->asn == asn; n--)
			put_key(b, keys[n - 1]);
		back_head(b, DER_SEQUENCE, mark);
		back_number(b, asn);
		back_head(b, DER_SEQUENCE, mark);
	}
}

static int
put_keys(struct back *b, struct crypto *c, const struct payload_set *set,
	struct ccr_made *out)
{
	const struct router_key **keys =
		calloc(set->key_count + 1, sizeof(*keys));
	size_t hash = back_leave_hash(b), mark = b->n, i;

	if (keys == NULL)
		return ERR_NOMEM;
	for (i = 0; i < set->key_count; i++)
		keys[i] = &set->keys[i];
	qsort(keys, set->key_count, sizeof(*keys), compare_keys);
	put_key_sets(b, keys, set->key_count);
	free(keys);
	back_end_list(b, c, mark, hash);
	back_end_state(b, CCR_KEYS, hash, out);
	return 0;
}

static int
compare_skis(const void *a, const void *b)
{
	const uint8_t *const *x = a, *const *y = b;

	return memcmp(*x, *y, SKI_SIZE);
}

/* The keys of trust anchors whose certificates held: they have a point.  There
 * must be one, or there is no such state. */
static int
put_tas(struct back *b, struct crypto *c, const struct snapshot *s,
	struct ccr_made *out)
{
	const uint8_t **skis = calloc(s->point_count + 1, sizeof(*skis));
	size_t n = 0, hash, mark, i;

	if (skis == NULL)
		return ERR_NOMEM;
	for (i = 0; i < s->point_count; i++)
		if (s->points[i].parent == SNAPSHOT_NONE)
			skis[n++] = s->points[i].ski;
	qsort(skis, n, sizeof(*skis), compare_skis);
	if (n > 0) {
		hash = back_leave_hash(b);
		mark = b->n;
		for (i = n; i-- > 0;)
			if (i == 0 || compare_skis(&skis[i - 1], &skis[i]) != 0)
				back_value(
					b, DER_OCTET_STRING, skis[i], SKI_SIZE);
		back_end_list(b, c, mark, hash);
		back_end_state(b, CCR_TAS, hash, out);
	}
	free(skis);
	return 0;
}

static void
put_aspas(struct back *b, struct crypto *c, const struct payload_set *set,
	struct ccr_made *out)
{
	size_t hash = back_leave_hash(b), mark = b->n, i, k;

	for (i = set->aspa_count; i-- > 0;) {
		const struct aspa *a = &set->aspas[i];
		size_t from = b->n;

		for (k = a->provider_count; k-- > 0;)
			back_number(b, a->providers[k]);
		back_head(b, DER_SEQUENCE, from);
		back_number(b, a->customer);
		back_head(b, DER_SEQUENCE, from);
	}
	back_end_list(b, c, mark, hash);
	back_end_state(b, CCR_ASPAS, hash, out);
}

/* Keys and ASPAs as a router gets them: one of each, those of one customer
 * together. */
static int
merge_rest(const struct snapshot *s, const struct payload_set **set)
{
	struct payload_builder *b = payload_build_new(0);
	int err = b == NULL ? ERR_NOMEM : 0;
	size_t i;

	for (i = 0; err == 0 && i < s->key_count; i++)
		err = payload_build_key(b, &s->keys[i]);
	for (i = 0; err == 0 && i < s->aspa_count; i++)
		err = payload_build_aspa(b, &s->aspas[i]);
	if (err == 0)
		return payload_build_done(b, set);
	payload_build_drop(b);
	return err;
}

/* From the end to the beginning. */
static int
put_all(struct back *b, struct crypto *c, const struct snapshot *s,
	struct ccr_made *out)
{
	struct span type = oid_octets(OID_CT_CCR);
	const struct payload_set *rest = NULL;
	int err = merge_rest(s, &rest);

	if (err == 0)
		err = put_keys(b, c, rest, out);
	if (err == 0)
		err = put_tas(b, c, s, out);
	if (err == 0)
		put_aspas(b, c, rest, out);
	if (err == 0)
		err = ccr_put_vrps(b, c, s, out);
	if (err == 0)
		err = ccr_put_manifests(b, c, s, out);
	back_time(b, s->report.at);
	back_sha256(b);
	back_head(b, DER_SEQUENCE, 0);
	back_head(b, DER_CONSTRUCTED(0), 0);
	back_value(b, DER_OID, type.p, type.n);
	back_head(b, DER_SEQUENCE, 0);
	payload_unref(rest);
	return err == 0 && b->failed ? ERR_NOMEM : err;
}

int
ccr_make(const struct snapshot *s, struct ccr_made *out)
{
	struct crypto *c = crypto_new();
	struct ccr_made made = {0};
	struct back b = {0};
	int err = c == NULL ? ERR_NOMEM : put_all(&b, c, s, &made);

	crypto_free(c);
	if (err != 0) {
		free(b.p);
		return err;
	}
	made.memory = b.p;
	made.octets = span_of(b.p + b.cap - b.n, b.n);
	*out = made;
	return 0;
}

void
ccr_made_free(struct ccr_made *made)
{
	free(made->memory);
	*made = (struct ccr_made){0};
}
