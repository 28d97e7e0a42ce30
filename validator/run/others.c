/*
 * others: see the header.
 */
#include "validator/run/others.h"

#include <stdlib.h>
#include <string.h>

#include "core/vec.h"
#include "waymark/err.h"

/* An ASPA or a router key where its thread left it. */
struct aspa_ref {
	struct aspa *aspa;
	struct findings *from;
};

struct key_ref {
	const struct router_key *key;
	struct findings *from;
};

struct others {
	struct checker *const *checkers;
	size_t count;
	const struct chain_env *env;
	VEC(struct aspa_ref) aspas;
	VEC(struct key_ref) keys;
	VEC(uint32_t) providers; /* of the customer under way */
	size_t lines; /* logged */
};

static int
order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_customer(const void *a, const void *b)
{
	const struct aspa *x = ((const struct aspa_ref *)a)->aspa;
	const struct aspa *y = ((const struct aspa_ref *)b)->aspa;
	int c = aspa_compare(x, y);

	return c != 0 ? c : order(x->ta, y->ta);
}

static int
by_key(const void *a, const void *b)
{
	const struct router_key *x = ((const struct key_ref *)a)->key;
	const struct router_key *y = ((const struct key_ref *)b)->key;
	int c = router_key_compare(x, y);

	return c != 0 ? c : order(x->ta, y->ta);
}

static int
by_number(const void *a, const void *b)
{
	return order(*(const uint32_t *)a, *(const uint32_t *)b);
}

/* Gather what all threads found. */
static int
gather(struct others *o)
{
	size_t i, j;

	for (i = 0; i < o->count; i++) {
		struct findings *f = &o->checkers[i]->findings;

		for (j = 0; j < f->aspas.n; j++) {
			struct aspa_ref ref = {&f->aspas.at[j], f};

			if (!VEC_PUSH(&o->aspas, ref))
				return ERR_NOMEM;
		}
		for (j = 0; j < f->keys.n; j++) {
			struct key_ref ref = {&f->keys.at[j], f};

			if (!VEC_PUSH(&o->keys, ref))
				return ERR_NOMEM;
		}
	}
	return 0;
}

/* How many different providers `n` ASPAs have; AS0 is one where it stands
 * alone.  SIZE_MAX out of memory. */
static size_t
count_providers(struct others *o, const struct aspa_ref *refs, size_t n)
{
	size_t i, kept = 0;

	o->providers.n = 0;
	for (i = 0; i < n; i++) {
		const struct aspa *a = refs[i].aspa;

		if (!VEC_RESERVE(
			    &o->providers, o->providers.n + a->provider_count))
			return SIZE_MAX;
		memcpy(o->providers.at + o->providers.n, a->providers,
			a->provider_count * sizeof(uint32_t));
		o->providers.n += a->provider_count;
	}
	qsort(o->providers.at, o->providers.n, sizeof(uint32_t), by_number);
	for (i = 0; i < o->providers.n; i++)
		if (i == 0 || o->providers.at[i] != o->providers.at[i - 1])
			kept++;
	return kept > 1 && o->providers.at[0] == 0 ? kept - 1 : kept;
}

static void
log_refused(struct others *o, const struct aspa_ref *ref)
{
	const struct findings *f = ref->from;
	const struct snapshot_source *s = &f->sources.at[ref->aspa->source];
	struct span folder = f->points.at[s->point].ca->repository_uri;

	if (o->env->log == NULL || o->lines++ >= BOUND_LOG_LINES_PER_POINT)
		return;
	log_event(o->env->log, LOG_LEVEL_WARN, "refused",
		"uri=%.*s%s type=%s reason=%s rfc=\"%s\" text=\"%s\" customer=AS%u "
		"limit=%u",
		(int)folder.n, (const char *)folder.p, s->name,
		object_type_name(OBJECT_ASPA),
		reject_name(REJECT_PROVIDER_COUNT),
		reject_rfc(REJECT_PROVIDER_COUNT),
		reject_text(REJECT_PROVIDER_COUNT),
		(unsigned)ref->aspa->customer,
		(unsigned)o->env->limits.providers);
}

/* As if it had been refused alone, with the rule and with what it claims. */
static int
refuse(struct others *o, const struct aspa_ref *ref)
{
	struct findings *f = ref->from;
	struct aspa *aspa = ref->aspa;
	struct chain_ta *ta = &o->env->tas[aspa->ta];
	struct snapshot_claim claim = {
		.family = CLAIM_ASN, .asn = aspa->customer};
	struct refusal refusal = {
		.name = f->sources.at[aspa->source].name,
		.ta = aspa->ta,
		.type = OBJECT_ASPA,
		.reason = REJECT_PROVIDER_COUNT,
		.point = f->sources.at[aspa->source].point,
		.claims = f->claims.n,
		.claim_count = 1,
	};
	struct tally *tally = &f->tas[aspa->ta];

	tally->objects[OBJECT_ASPA][OBJECT_STATE_VALID]--;
	tally->objects[OBJECT_ASPA][OBJECT_STATE_REFUSED]++;
	tally->reasons[OBJECT_ASPA][REJECT_PROVIDER_COUNT]++;
	aspa->provider_count = 0; /* the mark of what goes */
	if (atomic_fetch_add(&ta->refusals, 1) >= o->env->limits.refusals)
		return 0;
	return VEC_PUSH(&f->claims, claim) && VEC_PUSH(&f->refusals, refusal)
		? 0
		: ERR_NOMEM;
}

/* Customers are counted for each trust anchor that has one. */
static int
refuse_customer(struct others *o, const struct aspa_ref *refs, size_t n)
{
	int err = 0;
	size_t i;

	for (i = 0; i < n && err == 0; i++) {
		const struct aspa_ref *ref = &refs[i];
		struct tally *tally = &ref->from->tas[ref->aspa->ta];

		if (i == 0 || ref->aspa->ta != refs[i - 1].aspa->ta)
			tally->counters[REPORT_ASPAS_DROPPED]++;
		log_refused(o, ref);
		err = refuse(o, ref);
	}
	return err;
}

static int
count_customer(struct others *o, const struct aspa_ref *refs, size_t n)
{
	size_t i, run, providers;

	for (i = 0; i < n; i += run) {
		uint8_t ta = refs[i].aspa->ta;
		uint64_t *counters = refs[i].from->tas[ta].counters;

		for (run = 1; i + run < n; run++)
			if (refs[i + run].aspa->ta != ta)
				break;
		providers = count_providers(o, &refs[i], run);
		if (providers == SIZE_MAX)
			return ERR_NOMEM;
		counters[REPORT_ASPAS]++;
		counters[REPORT_ASPA_PROVIDERS] += providers;
	}
	return 0;
}

static int
settle_aspas(struct others *o)
{
	size_t i, run, providers;
	int err = 0;

	if (o->aspas.n > 0)
		qsort(o->aspas.at, o->aspas.n, sizeof(*o->aspas.at),
			by_customer);
	for (i = 0; i < o->aspas.n && err == 0; i += run) {
		const struct aspa_ref *refs = &o->aspas.at[i];

		for (run = 1; i + run < o->aspas.n; run++)
			if (aspa_compare(refs[0].aspa, refs[run].aspa) != 0)
				break;
		providers = count_providers(o, refs, run);
		if (providers == SIZE_MAX)
			err = ERR_NOMEM;
		else if (providers > o->env->limits.providers)
			err = refuse_customer(o, refs, run);
		else
			err = count_customer(o, refs, run);
	}
	return err;
}

/* Take out what was marked. */
static void
drop_marked(struct findings *f)
{
	size_t i, kept = 0;

	for (i = 0; i < f->aspas.n; i++)
		if (f->aspas.at[i].provider_count > 0)
			f->aspas.at[kept++] = f->aspas.at[i];
	f->aspas.n = kept;
}

static void
count_keys(struct others *o)
{
	size_t i;

	if (o->keys.n > 0)
		qsort(o->keys.at, o->keys.n, sizeof(*o->keys.at), by_key);
	for (i = 0; i < o->keys.n; i++) {
		const struct key_ref *ref = &o->keys.at[i];

		if (i == 0 || by_key(ref, ref - 1) != 0)
			ref->from->tas[ref->key->ta]
				.counters[REPORT_ROUTER_KEYS]++;
	}
}

int
others_settle(struct checker *const *checkers, size_t count)
{
	struct others o = {.checkers = checkers, .count = count};
	size_t i;
	int err;

	if (count == 0)
		return 0;
	o.env = checkers[0]->env;
	err = gather(&o);
	if (err == 0)
		err = settle_aspas(&o);
	if (err == 0)
		count_keys(&o);
	for (i = 0; i < count; i++)
		drop_marked(&checkers[i]->findings);
	VEC_FREE(&o.aspas);
	VEC_FREE(&o.keys);
	VEC_FREE(&o.providers);
	return err;
}
