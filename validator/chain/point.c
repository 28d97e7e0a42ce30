/*
 * point: see the header.
 *
 * Places are tried one after the other until one holds.  What is told of a
 * point that holds nowhere is what is wrong at the first place that has a
 * manifest: there it is looked at once more, when others came behind.
 *
 * A manifest must not be older than one that held before (RFC 9286 section
 * 4.2.1), as long as that still holds: when it does not, what is published is
 * better than nothing, and the places that failed for it are tried again
 * without that rule.  So a number that was far too high heals by itself.
 */
#include "validator/chain/point.h"

#include <assert.h>
#include <string.h>

#include "core/uri.h"
#include "validator/chain/claims.h"
#include "validator/chain/point_inner.h"
#include "waymark/err.h"

enum {
	CLAIMS_MAX = 100 /* of a point that failed: enough to tell which */
};

/* Look at one place, as if it were the first: what another one gave is
 * forgotten. */
static void
try_place(struct point *p, const struct place *place)
{
	struct checker *k = p->k;
	struct findings *f = &k->findings;
	int err;

	findings_undo(f, false);
	f->verdicts.n = f->mark.verdicts;
	note_again(&p->noter);
	arena_reset(k->point_arena);
	p->place = *place;
	p->has_manifest = p->is_recalled = false;
	p->manifest = (struct manifest_facts){.size = 0};
	p->window = window_open();
	p->by.crl = NULL;
	p->house.end = p->ca->chain_end;
	p->house.children = p->house.taks = 0;
	p->failed = REJECT_NONE;
	p->culprit = span_of(NULL, 0);
	p->culprit_type = OBJECT_CERT; /* of none */
	memory_begin(&k->memory);
	err = k->source.ops->open(k->source.view, p->ca, &p->place);
	if (err != 0)
		p->failed = place_error(p, err, REJECT_MANIFEST_MISSING);
	else if (!recall_place(p))
		place_check(p);
	k->source.ops->close(k->source.view);
}

static void
remember_setback(struct point *p)
{
	struct span name =
		p->culprit.n > 0 ? p->culprit : uri_name(p->ca->manifest_uri);

	p->before.reason = p->failed;
	p->before.name_n = name.n < BOUND_FILE_NAME ? name.n : BOUND_FILE_NAME;
	memcpy(p->before.name, name.p, p->before.name_n);
}

/* Whether it failed only for one that was published before it. */
static bool
is_out_of_order(enum reject code)
{
	return code == REJECT_MANIFEST_ROLLBACK ||
		code == REJECT_MANIFEST_REUSE || code == REJECT_MANIFEST_OLDER;
}

/* Try the places until one holds: its index, or `n`.  Beyond the limit of
 * objects all are counted: who is dealt its part must not ask for more
 * afterwards.  `*told` is the one that is to be told of, `n` for none. */
static size_t
try_all(struct point *p, const struct place *places, size_t n, size_t *told)
{
	bool had_manifest = false, late[SOURCE_PLACES] = {false};
	size_t i;

	*told = n;
	for (i = 0; i < n; i++) {
		try_place(p, &places[i]);
		if (place_is_stopped(p) ||
			(p->failed == REJECT_NONE && !p->beyond))
			return i;
		late[i] = is_out_of_order(p->failed);
		if (*told == n || (p->has_manifest && !had_manifest)) {
			*told = i;
			had_manifest = p->has_manifest;
			remember_setback(p);
		}
	}
	p->is_free = true;
	for (i = 0; i < n && !p->beyond; i++) {
		if (!late[i])
			continue;
		try_place(p, &places[i]);
		if (place_is_stopped(p) ||
			(p->failed == REJECT_NONE && !p->beyond))
			return i;
	}
	p->is_free = false;
	return n;
}

static void
try_places(struct point *p, const struct place *places, size_t n)
{
	size_t told, i = try_all(p, places, n, &told);

	p->fell_back = i < n && (i > 0 || p->is_free);
	if (i < n || p->beyond || told + 1 == n)
		return;
	p->is_told = true;
	try_place(p, &places[told]);
}

static void
note_manifest(struct point *p)
{
	struct noted what = {
		.name = uri_name(p->ca->manifest_uri),
		.type = OBJECT_MANIFEST,
		.state = OBJECT_STATE_VALID,
		.hash = p->manifest.hash,
	};

	if (p->failed != REJECT_NONE) {
		what.state = OBJECT_STATE_REFUSED;
		what.reason = p->failed;
		/* The CRL has its own reason; the manifest only names it. */
		if (p->culprit_type == OBJECT_CRL &&
			p->failed != REJECT_MANIFEST_FILE_MISSING &&
			p->failed != REJECT_MANIFEST_FILE_HASH)
			what.reason = REJECT_MANIFEST_CRL;
	}
	note_object(&p->noter, &what);
}

/* Take back what a failed point gave, and tell which file it failed for. */
static void
end_failed(struct point *p)
{
	struct findings *f = &p->k->findings;
	struct noted what = {
		.name = p->culprit,
		.type = p->culprit_type,
		.state = OBJECT_STATE_REFUSED,
		.reason = p->failed,
	};
	bool keep = f->keep_verdicts;

	findings_undo(f, p->k->env->judge);
	p->noter.is_calm = p->failed == REJECT_MANIFEST_MISSING &&
		p->k->source.ops->is_untried != NULL &&
		p->k->source.ops->is_untried(
			p->k->source.view, p->ca, p->ca->manifest_uri);
	f->point.counters[REPORT_POINTS_FAILED]++;
	f->point.counters[REPORT_POINTS_GONE] += p->is_gone;
	p->noter.refusals = 0;
	note_manifest(p);
	if (p->culprit.n == 0)
		return;
	f->keep_verdicts = false; /* it has its verdict already */
	note_object(&p->noter, &what);
	f->keep_verdicts = keep;
}

/* Why the point gives nothing, by itself or for one above. */
static struct loss
loss_of(const struct point *p)
{
	struct findings *f = &p->k->findings;
	struct span none = {0}, file = p->culprit;

	if (p->ca->lost.reason != REJECT_NONE || p->failed == REJECT_NONE)
		return p->ca->lost;
	if (file.n == 0)
		file = uri_name(p->ca->manifest_uri);
	return (struct loss){
		.reason = p->failed,
		.point = findings_uri(f, p->ca->repository_uri, none),
		.file = findings_uri(f, file, none),
	};
}

/* Children of a failed point are walked only to be judged. */
static void
end_judged(struct point *p)
{
	struct findings *f = &p->k->findings;
	struct loss lost = loss_of(p);
	size_t i;

	if (p->ca->lost.reason != REJECT_NONE)
		findings_undo(f, true);
	for (i = f->mark.verdicts; i < f->verdicts.n; i++)
		f->verdicts.at[i].lost = lost;
	for (i = f->mark.children; i < f->children.n; i++)
		f->children.at[i]->lost = lost;
}

/* Count what the point gives against its trust anchor's limits.  What goes
 * beyond is not kept; the walk then has the level done again. */
static void
count_gain(struct point *p, struct point_gain *gain)
{
	const uint64_t *limits = p->k->env->limits.ta;
	struct chain_ta *ta = &p->k->env->tas[p->ca->ta];
	struct findings *f = &p->k->findings;
	size_t v;
	int i;

	*gain = (struct point_gain){
		.n = {
			[LIMIT_OBJECTS] = p->objects,
			[LIMIT_READ] = f->point.counters[REPORT_BYTES],
			[LIMIT_OCTETS] = f->octets,
			[LIMIT_VRPS] = f->vrps.n - f->mark.vrps,
			[LIMIT_CAS] = f->children.n - f->mark.children,
		}};
	gain->repo = p->home;
	gain->failed = p->failed != REJECT_NONE || p->place.last_good;
	gain->expires.s = INT64_MAX;
	for (v = f->mark.vrps; v < f->vrps.n; v++)
		if (f->vrps.at[v].expires < gain->expires.s)
			gain->expires.s = f->vrps.at[v].expires;
	atomic_fetch_add(&ta->refusals, f->refusals.n - f->mark.refusals);
	for (i = LIMIT_OBJECTS + 1; i < LIMITS; i++)
		p->beyond |= atomic_fetch_add(&ta->used[i], gain->n[i]) +
				gain->n[i] >
			limits[i];
	if (p->beyond)
		findings_undo(f, false);
}

/* The CA's own addresses, the first of them: what a point that does not give
 * what is published might speak of. */
static void
keep_claims(struct point *p, struct found_point *to)
{
	struct findings *f = &p->k->findings;
	const struct resources *r = &p->ca->resources;
	struct snapshot_claim claims[BOUND_CLAIMS];
	size_t n = claims_of(r, claims, BOUND_CLAIMS), i;

	to->claims = f->claims.n;
	for (i = 0; i < n; i++)
		if (!VEC_PUSH(&f->claims, claims[i]))
			f->failed = true;
	to->claim_count = f->claims.n - to->claims;
	f->octets += n * sizeof(*claims);
}

/* The point itself, behind all that names it. */
static void
keep_point(struct point *p)
{
	struct findings *f = &p->k->findings;
	struct found_point to = {
		.state = p->failed != REJECT_NONE ? POINT_FAILED
			: p->place.last_good	  ? POINT_LAST_GOOD
						  : POINT_VALID,
		.reason =
			p->failed != REJECT_NONE ? p->failed : p->before.reason,
		.not_after = p->house.end,
		.this_update = p->manifest.this_update,
		.next_update = p->manifest.next_update,
		.size = p->manifest.size,
		.repo = p->home,
	};
	struct span file = p->culprit;

	if (to.state == POINT_LAST_GOOD) {
		to.since = p->history.past.at;
		file = span_of(p->before.name, p->before.name_n);
	} else if (to.state == POINT_VALID) {
		to.reason = REJECT_NONE;
	}
	if (to.state != POINT_VALID)
		keep_claims(p, &to);
	if (to.state != POINT_VALID && file.n > 0)
		to.file = findings_uri(f, span_of(NULL, 0), file);
	memcpy(to.hash, p->manifest.hash, sizeof(to.hash));
	memcpy(to.number, p->manifest.number, sizeof(to.number));
	to.ca = ca_ref(p->ca);
	if (VEC_PUSH(&f->points, to))
		return;
	ca_unref(p->ca);
	f->failed = true;
}

/* Say what became of the point. */
static void
tell(struct point *p)
{
	if (p->failed != REJECT_NONE) {
		end_failed(p);
	} else {
		p->k->findings.point
			.counters[p->place.last_good ? REPORT_POINTS_LAST_GOOD
						     : REPORT_POINTS_VALID]++;
		note_manifest(p);
		if (p->fell_back)
			note_fallback(&p->noter,
				span_of(p->before.name, p->before.name_n),
				p->before.reason, p->place.last_good);
	}
	if (p->k->env->judge)
		end_judged(p);
	note_end(&p->noter);
}

static void
begin(struct point *p, struct checker *k, const struct ca *ca)
{
	memset(p, 0, offsetof(struct point, crl_uri));
	p->k = k;
	p->ca = ca;
	p->noter = (struct noter){.k = k,
		.ta = ca->ta,
		.folder = ca->repository_uri,
		.holds = true};
	p->by = (struct issuer){.ca = ca, .at = k->env->at};
	p->house = (struct household){
		.noter = &p->noter, .by = &p->by, .end = ca->chain_end};
	p->home = -1;
	findings_begin(&k->findings);
}

static void
check(struct point *p)
{
	struct checker *k = p->k;
	struct place places[SOURCE_PLACES];
	size_t n = k->source.ops->places(k->source.view, p->ca, places);

	assert(n > 0 && n <= SOURCE_PLACES);
	p->home = places[0].repo;
	recall_begin(p);
	try_places(p, places, n);
	if (p->failed == REJECT_NONE && !p->place.last_good)
		p->home = p->place.repo;
}

void
point_check(struct checker *k, const struct ca *ca, uint32_t children_max,
	struct point_gain *gain)
{
	struct point p;
	struct tally *tally = &k->findings.point;
	uint64_t signatures = crypto_signatures(k->crypto);

	begin(&p, k, ca);
	p.house.children_max = children_max;
	check(&p);
	tell(&p);
	count_gain(&p, gain);
	recall_keep(&p);
	keep_point(&p);
	key_free(p.key);
	arena_reset(k->point_arena);
	tally->counters[REPORT_SIGNATURES] =
		crypto_signatures(k->crypto) - signatures + p.signatures;
	findings_commit(&k->findings, ca->ta);
	atomic_fetch_add_explicit(&k->env->progress->objects, p.noter.objects,
		memory_order_relaxed);
	atomic_fetch_add_explicit(&k->env->progress->recalled,
		p.is_recalled ? 1 : 0, memory_order_relaxed);
}

void
point_deny(struct checker *k, const struct ca *ca, enum reject reason)
{
	struct point_gain gain;
	struct point p;

	begin(&p, k, ca);
	p.failed = reason;
	tell(&p);
	/* Who has to go must make room, not take it. */
	k->findings.octets = 0;
	count_gain(&p, &gain);
	keep_point(&p);
	findings_commit(&k->findings, ca->ta);
}
