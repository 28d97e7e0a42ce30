/*
 * why: see the header.
 *
 * The set has each VRP once; the snapshot has it for each object that it comes
 * from, in the same order: so the rows of one are found by halving.
 */
#include "rtrd/serve/why.h"

#include "rtrd/serve/emit.h"
#include "rtrd/serve/origin.h"
#include "rtrd/serve/validity.h"
#include "waymark/bounds.h"

/* An answer under way. */
struct telling {
	struct text *t;
	const struct view *v;
	const struct why_asked *asked;
	size_t begin; /* octets that were there before */
	uint64_t shown, omitted; /* of the list that is open */
	uint64_t objects; /* of all VRPs so far */
};

static void
rows_open(struct telling *r, const char *key)
{
	r->shown = r->omitted = 0;
	emit_open(r->t, key, '[');
}

/* Whether one more may be told after `shown` others: a hostile tree has rows
 * without number, and of any length. */
static bool
has_room(const struct telling *r, uint64_t shown)
{
	return shown < BOUND_WHY_ROWS &&
		r->t->n - r->begin < BOUND_TELL_OCTETS && !r->t->failed;
}

/* Whether there is room for one more; it is counted in any case. */
static bool
rows_take(struct telling *r)
{
	bool room = has_room(r, r->shown);

	r->shown += room;
	r->omitted += !room;
	return room;
}

static void
rows_close(struct telling *r, const char *omitted)
{
	emit_close(r->t, ']');
	if (r->omitted > 0)
		emit_count(r->t, omitted, r->omitted);
}

/* The first of the snapshot's VRPs that is not before `v`. */
static size_t
first_of(const struct snapshot *s, const struct vrp *v)
{
	size_t from = 0, to = s->vrp_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (vrp_compare(&s->vrps[middle], v) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* As RFC 6811 section 2 says of one VRP. */
static bool
is_match(const struct why_asked *asked, const struct vrp *v)
{
	return asked->prefix.len <= v->max_len && v->asn == asked->asn &&
		v->asn != 0;
}

/* The objects that a VRP comes from. */
static void
write_sources(struct telling *r, const struct vrp *vrp)
{
	const struct snapshot *s = r->v->snapshot;
	uint64_t omitted = 0;
	size_t i;

	emit_open(r->t, "sources", '[');
	for (i = first_of(s, vrp);
		i < s->vrp_count && vrp_compare(&s->vrps[i], vrp) == 0; i++) {
		if (has_room(r, r->objects)) {
			r->objects++;
			origin_source(
				r->t, r->v, &s->sources[s->vrps[i].source]);
		} else {
			omitted++;
		}
	}
	emit_close(r->t, ']');
	if (omitted > 0)
		emit_count(r->t, "sources_omitted", omitted);
}

static bool
write_vrp(void *ctx, const struct vrp *vrp)
{
	struct telling *r = ctx;
	struct prefix prefix = vrp_prefix(vrp);
	char word[PREFIX_TEXT];

	if (!rows_take(r))
		return true;
	emit_open(r->t, NULL, '{');
	emit_count(r->t, "asn", vrp->asn);
	emit_text(r->t, "prefix", prefix_format(&prefix, word));
	emit_count(r->t, "max_length", vrp->max_len);
	emit_time(r->t, "expires", (struct wall){vrp->expires});
	if (r->asked->has_asn)
		emit_flag(r->t, "matches", is_match(r->asked, vrp));
	write_sources(r, vrp);
	emit_close(r->t, '}');
	return true;
}

/* What the claims of something say of the prefix. */
enum claimed {
	CLAIMED_NOT,
	CLAIMED_MAYBE, /* not those that were kept, but there are more */
	CLAIMED
};

static enum claimed
claims_of(const struct telling *r, uint32_t from, uint32_t count)
{
	const struct snapshot_claim *c = &r->v->snapshot->claims[from];
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct prefix prefix = {c[i].addr, c[i].len, c[i].family};

		if (c[i].family != CLAIM_ASN &&
			prefix_covers(&prefix, &r->asked->prefix))
			return CLAIMED;
	}
	return count < BOUND_CLAIMS ? CLAIMED_NOT : CLAIMED_MAYBE;
}

static void
write_refused(struct telling *r)
{
	const struct snapshot *s = r->v->snapshot;
	size_t i;

	rows_open(r, "refused");
	for (i = 0; i < s->refusal_count; i++) {
		const struct snapshot_refusal *f = &s->refusals[i];
		enum claimed claimed = claims_of(r, f->claims, f->claim_count);

		if (claimed == CLAIMED_NOT || !rows_take(r))
			continue;
		emit_open(r->t, NULL, '{');
		emit_flag(r->t, "certain", claimed == CLAIMED);
		origin_refusal(r->t, r->v, f);
		if (f->point < s->point_count)
			origin_repo(r->t, r->v, &s->points[f->point]);
		else
			emit_null(r->t, "repository");
		emit_close(r->t, '}');
	}
	rows_close(r, "refused_omitted");
}

/* Points that do not give what is published, and whose CA may speak of the
 * prefix. */
static void
write_points(struct telling *r)
{
	const struct snapshot *s = r->v->snapshot;
	size_t i;

	rows_open(r, "points");
	for (i = 0; i < s->point_count; i++) {
		const struct snapshot_point *p = &s->points[i];
		enum claimed claimed = claims_of(r, p->claims, p->claim_count);

		if (p->state == POINT_VALID || claimed == CLAIMED_NOT ||
			!rows_take(r))
			continue;
		emit_open(r->t, NULL, '{');
		emit_flag(r->t, "certain", claimed == CLAIMED);
		origin_point(r->t, r->v, p);
		origin_repo(r->t, r->v, p);
		emit_close(r->t, '}');
	}
	rows_close(r, "points_omitted");
}

static void
write_state(struct text *t, const struct view *v, const struct why_asked *asked)
{
	struct validity found;

	validity_check(view_set(v), &asked->prefix, asked->asn, &found);
	emit_count(t, "asn", asked->asn);
	emit_text(t, "state", validity_name(found.state));
	emit_text(t, "reason", validity_reason(found.state));
}

void
why_write(struct text *t, const struct view *v, struct wall now,
	const struct why_asked *asked)
{
	struct telling r = {.t = t, .v = v, .asked = asked, .begin = t->n};
	char word[PREFIX_TEXT];

	emit_text(t, "prefix", prefix_format(&asked->prefix, word));
	if (asked->has_asn)
		write_state(t, v, asked);
	origin_freshness(t, v, now);
	rows_open(&r, "vrps");
	payload_covering(view_set(v), &asked->prefix, write_vrp, &r);
	rows_close(&r, "vrps_omitted");
	write_refused(&r);
	write_points(&r);
}
