/*
 * policy: from what was validated to what routers are given.
 *
 * The builder keeps one of each payload, the one that lasts longest: a VRP
 * that two ROAs hold stays until the second of them ends.
 */
#include "rtrd/policy/policy.h"

#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	KEY_FIXED = 32
}; /* octets of a Router Key PDU beside the key */

/* notAfter is the last second in which a certificate holds (RFC 5280 section
 * 4.1.2.5). */
static bool
holds(int64_t expires, struct wall now)
{
	return expires >= now.s;
}

static int
add_vrps(struct payload_builder *b, const struct snapshot *s, struct wall now)
{
	int err = 0;

	for (size_t i = 0; i < s->vrp_count && err == 0; i++) {
		if (holds(s->vrps[i].expires, now))
			err = payload_build_vrp(b, &s->vrps[i]);
	}
	return err;
}

static int
add_keys(struct payload_builder *b, const struct snapshot *s, struct wall now)
{
	int err = 0;

	for (size_t i = 0; i < s->key_count && err == 0; i++) {
		const struct router_key *key = &s->keys[i];

		/* A key that no PDU could carry hurts only itself. */
		if (holds(key->expires, now) &&
			key->spki.n <= BOUND_RTR_PDU_SEND - KEY_FIXED)
			err = payload_build_key(b, key);
	}
	return err;
}

static int
add_aspas(struct payload_builder *b, const struct snapshot *s, struct wall now)
{
	int err = 0;

	for (size_t i = 0; i < s->aspa_count && err == 0; i++) {
		if (holds(s->aspas[i].expires, now))
			err = payload_build_aspa(b, &s->aspas[i]);
	}
	return err;
}

int
policy_apply(const struct snapshot *snapshot, struct wall now,
	const struct payload_set **out)
{
	struct payload_builder *b = payload_build_new(snapshot->vrp_count);
	int err;

	if (b == NULL)
		return ERR_NOMEM;
	err = add_vrps(b, snapshot, now);
	if (err == 0)
		err = add_keys(b, snapshot, now);
	if (err == 0)
		err = add_aspas(b, snapshot, now);
	if (err != 0) {
		payload_build_drop(b);
		return err;
	}
	return payload_build_done(b, out);
}

bool
policy_next_expiry(const struct payload_set *set, struct wall *out)
{
	/* One walk over the set: it is asked for once a publication. */
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < set->vrp_count; i++) {
		if (set->vrps[i].expires < first)
			first = set->vrps[i].expires;
	}
	for (size_t i = 0; i < set->key_count; i++) {
		if (set->keys[i].expires < first)
			first = set->keys[i].expires;
	}
	for (size_t i = 0; i < set->aspa_count; i++) {
		if (set->aspas[i].expires < first)
			first = set->aspas[i].expires;
	}
	/* Also for payloads that never end: adding one would not fit. */
	if (first == INT64_MAX)
		return false;
	out->s = first + 1;
	return true;
}
