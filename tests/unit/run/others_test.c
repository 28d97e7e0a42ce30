/*
 * others: customers at the bound of providers and beyond it, over objects,
 * threads and trust anchors; and the counts of what holds.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/run/others.h"

enum {
	THREADS = 2,
	TAS = 2,
	LIMIT = 3
};

struct scene {
	struct chain_ta tas[TAS];
	struct chain_env env;
	struct checker checkers[THREADS];
	struct checker *list[THREADS];
	struct ca ca; /* where all objects are listed */
	struct log log; /* says nothing */
};

static struct scene *
scene_new(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	cr_assert(s != NULL);
	s->env.tas = s->tas;
	s->env.log = &s->log;
	s->log.fd = -1;
	s->ca.repository_uri = span_text("rsync://x/m/");
	s->env.limits = (struct chain_limits)CHAIN_LIMITS;
	s->env.limits.providers = LIMIT;
	for (int i = 0; i < THREADS; i++) {
		struct found_point point = {.ca = &s->ca};
		struct findings *f = &s->checkers[i].findings;

		s->checkers[i].env = &s->env;
		s->list[i] = &s->checkers[i];
		cr_assert(findings_init(f, TAS, false) == 0);
		cr_assert(VEC_PUSH(&f->points, point));
	}
	return s;
}

static void
scene_free(struct scene *s)
{
	for (int i = 0; i < THREADS; i++) {
		s->checkers[i].findings.points.n = 0; /* their CA is ours */
		findings_fini(&s->checkers[i].findings);
	}
	free(s);
}

/* An ASPA that thread `i` found; `n` providers from `first` on. */
static void
add_aspa(struct scene *s, int i, uint8_t ta, uint32_t customer, uint32_t first,
	size_t n)
{
	struct findings *f = &s->checkers[i].findings;
	uint32_t *providers = arena_array(f->texts, n, sizeof(*providers));
	struct snapshot_source source = {.ta = ta, .type = OBJECT_ASPA};
	struct aspa aspa = {
		.customer = customer,
		.provider_count = (uint32_t)n,
		.providers = providers,
		.source = (uint32_t)f->sources.n,
		.ta = ta,
	};

	source.name =
		findings_uri(f, span_text("rsync://x/m/"), span_text("a.asa"));
	for (size_t k = 0; k < n; k++)
		providers[k] = first + (uint32_t)k;
	cr_assert(VEC_PUSH(&f->sources, source) && VEC_PUSH(&f->aspas, aspa));
	f->tas[ta].objects[OBJECT_ASPA][OBJECT_STATE_VALID]++;
}

static uint64_t
count(const struct scene *s, uint8_t ta, enum report_counter counter)
{
	uint64_t n = 0;

	for (int i = 0; i < THREADS; i++)
		n += s->checkers[i].findings.tas[ta].counters[counter];
	return n;
}

static uint64_t
state(const struct scene *s, uint8_t ta, enum object_state state)
{
	uint64_t n = 0;

	for (int i = 0; i < THREADS; i++)
		n += s->checkers[i].findings.tas[ta].objects[OBJECT_ASPA]
							    [state];
	return n;
}

static size_t
held(const struct scene *s)
{
	return s->checkers[0].findings.aspas.n +
		s->checkers[1].findings.aspas.n;
}

static size_t
refused(const struct scene *s)
{
	return s->checkers[0].findings.refusals.n +
		s->checkers[1].findings.refusals.n;
}

Test(others, as_many_as_allowed)
{
	struct scene *s = scene_new();

	add_aspa(s, 0, 0, 64496, 1, 3);
	add_aspa(s, 1, 0, 64496, 2, 2); /* nothing new */
	add_aspa(s, 1, 0, 64497, 0, 1); /* AS0 */
	add_aspa(s, 0, 0, 64497, 5, 3); /* beside which it counts for nothing */
	cr_expect(others_settle(s->list, THREADS) == 0);
	cr_expect_eq(held(s), 4);
	cr_expect_eq(refused(s), 0);
	cr_expect_eq(count(s, 0, REPORT_ASPAS), 2);
	cr_expect_eq(count(s, 0, REPORT_ASPA_PROVIDERS), 6);
	cr_expect_eq(count(s, 0, REPORT_ASPAS_DROPPED), 0);
	scene_free(s);
}

/* One more in another thread's object, and all of the customer's go; the others
 * stay. */
Test(others, one_more_and_the_customer_goes)
{
	struct scene *s = scene_new();
	const struct findings *f = &s->checkers[0].findings;

	add_aspa(s, 0, 0, 64496, 1, 3);
	add_aspa(s, 0, 0, 64500, 7, 3);
	add_aspa(s, 1, 0, 64496, 4, 1);
	cr_expect(others_settle(s->list, THREADS) == 0);
	cr_assert_eq(held(s), 1);
	cr_expect_eq(f->aspas.at[0].customer, 64500);
	cr_expect_eq(refused(s), 2);
	cr_expect(f->refusals.at[0].reason == REJECT_PROVIDER_COUNT);
	cr_assert_eq(f->refusals.at[0].claim_count, 1);
	cr_expect_eq(f->claims.at[f->refusals.at[0].claims].asn, 64496);
	cr_expect_eq(count(s, 0, REPORT_ASPAS), 1);
	cr_expect_eq(count(s, 0, REPORT_ASPAS_DROPPED), 1);
	cr_expect_eq(state(s, 0, OBJECT_STATE_VALID), 1);
	cr_expect_eq(state(s, 0, OBJECT_STATE_REFUSED), 2);
	cr_expect_eq(f->tas[0].reasons[OBJECT_ASPA][REJECT_PROVIDER_COUNT] +
			s->checkers[1]
				.findings.tas[0]
				.reasons[OBJECT_ASPA][REJECT_PROVIDER_COUNT],
		2);
	scene_free(s);
}

/* They count over all trust anchors, and are told of each that has one. */
Test(others, over_trust_anchors)
{
	struct scene *s = scene_new();

	add_aspa(s, 0, 0, 64496, 1, 2);
	add_aspa(s, 0, 1, 64496, 11, 2);
	add_aspa(s, 1, 0, 64497, 1, 2);
	add_aspa(s, 1, 1, 64497, 2, 2);
	cr_expect(others_settle(s->list, THREADS) == 0);
	cr_expect_eq(held(s), 2);
	for (uint8_t ta = 0; ta < TAS; ta++) {
		cr_expect_eq(count(s, ta, REPORT_ASPAS), 1);
		cr_expect_eq(count(s, ta, REPORT_ASPA_PROVIDERS), 2);
		cr_expect_eq(count(s, ta, REPORT_ASPAS_DROPPED), 1);
	}
	scene_free(s);
}

/* What is kept by URI has its bound; what is counted has none. */
Test(others, refusals_have_a_bound)
{
	struct scene *s = scene_new();

	s->env.limits.refusals = 1;
	add_aspa(s, 0, 0, 64496, 1, 4);
	add_aspa(s, 0, 0, 64497, 1, 4);
	cr_expect(others_settle(s->list, THREADS) == 0);
	cr_expect_eq(held(s), 0);
	cr_expect_eq(refused(s), 1);
	cr_expect_eq(count(s, 0, REPORT_ASPAS_DROPPED), 2);
	scene_free(s);
}

static void
add_key(struct scene *s, int i, uint8_t ta, uint8_t ski, uint32_t asn)
{
	struct router_key key = {.ski = {ski}, .asn = asn, .ta = ta};

	key.spki = span_text("key");
	cr_assert(VEC_PUSH(&s->checkers[i].findings.keys, key));
}

Test(others, router_keys_count_once)
{
	struct scene *s = scene_new();

	add_key(s, 0, 0, 1, 64496);
	add_key(s, 1, 0, 1, 64496);
	add_key(s, 0, 0, 1, 64497);
	add_key(s, 0, 0, 2, 64496);
	add_key(s, 1, 1, 1, 64496);
	cr_expect(others_settle(s->list, THREADS) == 0);
	cr_expect_eq(count(s, 0, REPORT_ROUTER_KEYS), 3);
	cr_expect_eq(count(s, 1, REPORT_ROUTER_KEYS), 1);
	cr_expect_eq(others_settle(s->list, 0), 0);
	scene_free(s);
}
