/*
 * snapshot_check: whether the content of a snapshot holds together.
 *
 * The writer asks before it writes, the reader before it hands out: so a
 * mistake in a run is found where it is made, and a file that was made by
 * somebody else is believed no more than any other input.
 */
#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/snapshot_format.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

/* NULL, or what is wrong with a payload beside what it says: it has its trust
 * anchor and its end from its source. */
static const char *
origin_fault(const struct snapshot *s, const struct snapshot_origin *origins,
	const struct snapshot_origin *own, uint32_t source)
{
	if (own->ta >= s->report.ta_count)
		return "a payload names no trust anchor";
	if (source >= s->source_count)
		return "a payload names no source";
	if (origins[source].ta != own->ta)
		return "a payload and its source name two trust anchors";
	if (origins[source].end != own->end)
		return "a payload does not end with its source";
	return NULL;
}

/* Eight octets in network order as a number. */
static uint64_t
octets(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

/* Whether there are bits behind the first `len`, of which there are 128. */
static bool
has_host_bits(const struct addr *a, unsigned len)
{
	uint64_t high = octets(a->b), low = octets(a->b + 8);

	if (len == 0)
		return (high | low) != 0;
	if (len <= 64)
		return (high & ~(UINT64_MAX << (64 - len))) != 0 || low != 0;
	return len < 128 && low << (len - 64) != 0;
}

/* NULL, or what is wrong with a VRP by itself. */
static const char *
vrp_fault(const struct vrp *v)
{
	if (v->family != FAMILY_IPV4 && v->family != FAMILY_IPV6)
		return "a VRP is of no family";
	if (v->len > v->max_len ||
		v->max_len > (v->family == FAMILY_IPV4 ? 32 : 128))
		return "a VRP has impossible lengths";
	if (has_host_bits(&v->addr, v->len))
		return "a VRP has host bits";
	return v->reserved != 0 ? "a reserved field is not zero" : NULL;
}

/* Order matters beyond looks: routers get the payloads in it, and look-ups
 * search by it. */
static const char *
vrps_fault(const struct snapshot *s, const struct snapshot_origin *origins)
{
	const char *why = NULL;
	int order;

	for (size_t i = 0; i < s->vrp_count && why == NULL; i++) {
		const struct vrp *v = &s->vrps[i];
		const struct snapshot_origin own = {v->expires, v->ta};

		why = vrp_fault(v);
		if (why == NULL)
			why = origin_fault(s, origins, &own, v->source);
		if (i == 0 || why != NULL)
			continue;
		order = vrp_compare(v - 1, v);
		if (order > 0 || (order == 0 && v[-1].expires < v->expires))
			why = "VRPs are out of order";
	}
	return why;
}

/* As for VRPs; the public key's own form is the validator's to judge. */
static const char *
keys_fault(const struct snapshot *s, const struct snapshot_origin *origins)
{
	const char *why = NULL;
	int order;

	for (size_t i = 0; i < s->key_count && why == NULL; i++) {
		const struct router_key *k = &s->keys[i];
		const struct snapshot_origin own = {k->expires, k->ta};

		why = origin_fault(s, origins, &own, k->source);
		if (k->spki.n == 0 || k->spki.n > BOUND_OBJECT_MAX)
			why = "a router key has no sound public key";
		if (i == 0 || why != NULL)
			continue;
		order = router_key_compare(k - 1, k);
		if (order > 0 || (order == 0 && k[-1].expires < k->expires))
			why = "router keys are out of order";
	}
	return why;
}

/* A customer may stand here more than once, by source; providers must be in
 * order within each, as the differences between sets are found by it. */
static const char *
aspas_fault(const struct snapshot *s, const struct snapshot_origin *origins)
{
	const char *why = NULL;

	for (size_t i = 0; i < s->aspa_count && why == NULL; i++) {
		const struct aspa *a = &s->aspas[i];
		const struct snapshot_origin own = {a->expires, a->ta};

		why = origin_fault(s, origins, &own, a->source);
		if (a->provider_count == 0)
			why = "an ASPA has no providers";
		for (size_t k = 1; k < a->provider_count; k++)
			if (a->providers[k - 1] >= a->providers[k])
				why = "providers are out of order";
		if (i > 0 && aspa_compare(a - 1, a) > 0)
			why = "ASPAs are out of order";
	}
	return why;
}

/* A name that is put behind a folder. */
static bool
is_long(const char *name)
{
	return strnlen(name, BOUND_URI + 1) > BOUND_URI;
}

/* NULL, or what is wrong with the texts of a point. */
static const char *
point_text_fault(const struct snapshot_point *p)
{
	/* A slash may have been added to the longest URI. */
	size_t n = strnlen(p->folder, BOUND_URI + 2);

	if (n == 0 || n > BOUND_URI + 1 || p->folder[n - 1] != '/')
		return "the folder of a point is none";
	if (is_long(p->manifest) || is_long(p->cert) || is_long(p->file))
		return "a name at a point is too long";
	if (p->state == POINT_VALID &&
		(p->reason[0] != '\0' || p->text[0] != '\0' ||
			p->file[0] != '\0'))
		return "a point that holds has a reason why not";
	return NULL;
}

/* NULL, or what is wrong with the way up.  As each depth is one more than that
 * of the parent, no way goes round in a circle. */
static const char *
point_way_fault(const struct snapshot *s, const struct snapshot_point *p)
{
	const struct snapshot_point *parent;

	if (p->parent == SNAPSHOT_NONE)
		return p->depth == 0 ? NULL : "a point has no parent";
	if (p->parent >= s->point_count || p->depth == 0)
		return "a point has no parent";
	parent = &s->points[p->parent];
	if (parent->depth != p->depth - 1)
		return "a point is not one below its parent";
	return parent->ta == p->ta ? NULL
				   : "a point and its parent name two trust "
				     "anchors";
}

/* NULL, or what is wrong with a point by itself. */
static const char *
point_fault(const struct snapshot *s, const struct snapshot_point *p)
{
	const char *why;

	if (p->ta >= s->report.ta_count)
		return "a point names no trust anchor";
	if ((unsigned)p->state >= POINT_STATES)
		return "a point is in no state";
	if (p->repo != SNAPSHOT_NONE &&
		(p->repo >= s->repo_count || s->repos[p->repo].ta != p->ta))
		return "a point names no repository";
	if (p->claim_count > 0 && p->state == POINT_VALID)
		return "a point that holds has claims";
	why = point_text_fault(p);
	return why != NULL ? why : point_way_fault(s, p);
}

/* Of the certification path only the trust anchor is looked at. */
static int
point_order(const struct snapshot_point *a, const struct snapshot_point *b)
{
	/* Two paths to one: the writer shares the text. */
	int order = a->folder == b->folder ? 0 : strcmp(a->folder, b->folder);

	if (order == 0)
		order = strcmp(a->manifest, b->manifest);
	return order != 0 ? order : (int)a->ta - (int)b->ta;
}

static const char *
points_fault(const struct snapshot *s)
{
	const char *why = NULL;

	if (s->point_count >= SNAPSHOT_NONE)
		return "too many points";
	for (size_t i = 0; i < s->point_count && why == NULL; i++) {
		const struct snapshot_point *p = &s->points[i];

		why = point_fault(s, p);
		if (why == NULL && i > 0 && point_order(p - 1, p) > 0)
			why = "points are out of order";
	}
	return why;
}

/* By point, name and hash. */
static int
source_order(const struct snapshot_source *a, const struct snapshot_source *b)
{
	int order;

	if (a->point != b->point)
		return a->point < b->point ? -1 : 1;
	order = strcmp(a->name, b->name);
	return order != 0 ? order : memcmp(a->hash, b->hash, HASH_SIZE);
}

/* Sources are searched by point and name. */
static const char *
sources_fault(const struct snapshot *s)
{
	if (s->source_count >= SNAPSHOT_NONE)
		return "too many sources";
	for (size_t i = 0; i < s->source_count; i++) {
		const struct snapshot_source *a = &s->sources[i];

		if (a->point >= s->point_count)
			return "a source names no point";
		if (s->points[a->point].state == POINT_FAILED)
			return "a source is at a point that failed";
		if (a->ta != s->points[a->point].ta)
			return "a source and its point name two trust anchors";
		if ((unsigned)a->type >= OBJECT_TYPES)
			return "a source is of no type";
		if (is_long(a->name))
			return "the name of a source is too long";
		if (i > 0 && source_order(a - 1, a) > 0)
			return "sources are out of order";
	}
	return NULL;
}

/* By trust anchor first, as they are shown; those of no point last. */
static int
refusal_order(
	const struct snapshot_refusal *a, const struct snapshot_refusal *b)
{
	int order = (int)a->ta - (int)b->ta;

	if (order == 0)
		order = (a->point > b->point) - (a->point < b->point);
	if (order == 0)
		order = strcmp(a->name, b->name);
	return order != 0 ? order : strcmp(a->reason, b->reason);
}

/* The same for what was refused. */
static const char *
refusals_fault(const struct snapshot *s)
{
	for (size_t i = 0; i < s->refusal_count; i++) {
		const struct snapshot_refusal *a = &s->refusals[i];

		if (a->ta >= s->report.ta_count)
			return "a refusal names no trust anchor";
		if ((unsigned)a->type >= OBJECT_TYPES)
			return "a refusal is of no type";
		if (a->point != SNAPSHOT_NONE &&
			(a->point >= s->point_count ||
				s->points[a->point].ta != a->ta))
			return "a refusal names no point";
		if (a->point != SNAPSHOT_NONE && is_long(a->name))
			return "the name of a refusal is too long";
		if (i > 0 && refusal_order(a - 1, a) > 0)
			return "refusals are out of order";
	}
	return NULL;
}

/* Those of one follow those of another; none is left over. */
static const char *
claim_places_fault(const struct snapshot *s)
{
	size_t at = 0;

	for (size_t i = 0; i < s->point_count; i++) {
		if (s->points[i].claims != at)
			return "claims do not follow each other";
		at += s->points[i].claim_count;
	}
	for (size_t i = 0; i < s->refusal_count; i++) {
		if (s->refusals[i].claims != at)
			return "claims do not follow each other";
		at += s->refusals[i].claim_count;
	}
	return at == s->claim_count ? NULL : "claims belong to nothing";
}

/* What was refused may have claimed a maximum length of any kind; what it is
 * compared by must be a prefix. */
static const char *
claims_fault(const struct snapshot *s)
{
	for (size_t i = 0; i < s->claim_count; i++) {
		const struct snapshot_claim *a = &s->claims[i];
		unsigned bits = a->family == FAMILY_IPV4 ? 32
			: a->family == FAMILY_IPV6	 ? 128
							 : 0;

		if (bits == 0 && a->family != CLAIM_ASN)
			return "a claim is of no family";
		if (a->len > bits)
			return "a claim has impossible lengths";
		if (has_host_bits(&a->addr, a->len))
			return "a claim has host bits";
	}
	return claim_places_fault(s);
}

/* By trust anchor, URI and kind, each once. */
static int
repo_order(const struct snapshot_repo *a, const struct snapshot_repo *b)
{
	int order = (int)a->ta - (int)b->ta;

	if (order == 0)
		order = strcmp(a->uri, b->uri);
	return order != 0 ? order : (int)a->kind - (int)b->kind;
}

/* Repositories are searched by URI within a trust anchor. */
static const char *
repos_fault(const struct snapshot *s)
{
	for (size_t i = 0; i < s->repo_count; i++) {
		const struct snapshot_repo *a = &s->repos[i];

		if (a->ta >= s->report.ta_count)
			return "a repository names no trust anchor";
		if ((unsigned)a->kind >= REPO_KINDS)
			return "a repository is of no kind";
		if (i > 0 && repo_order(a - 1, a) >= 0)
			return "repositories are out of order";
	}
	return NULL;
}

/* The trust anchors come first: all other checks compare with their number. */
static const char *
report_fault(const struct report *report)
{
	if (report->ta_count > BOUND_TAS)
		return "too many trust anchors";
	for (size_t i = 0; i < report->reason_count; i++) {
		const struct report_reason *a = &report->reasons[i];

		if (a->ta >= report->ta_count)
			return "a reason names no trust anchor";
		if ((unsigned)a->type >= OBJECT_TYPES)
			return "a reason is of no type";
		if (i > 0 && a[-1].ta > a->ta)
			return "reasons are out of order";
	}
	return NULL;
}

int
snapshot_check_objects(const struct snapshot *s, const char **why)
{
	const char *fault = report_fault(&s->report);

	if (fault == NULL)
		fault = repos_fault(s);
	if (fault == NULL)
		fault = points_fault(s);
	if (fault == NULL)
		fault = sources_fault(s);
	if (fault == NULL)
		fault = refusals_fault(s);
	if (fault == NULL)
		fault = claims_fault(s);
	if (fault == NULL)
		return 0;
	*why = fault;
	return ERR_SYNTAX;
}

int
snapshot_check_payloads(const struct snapshot *s,
	const struct snapshot_origin *origins, const char **why)
{
	const char *fault = vrps_fault(s, origins);

	if (fault == NULL)
		fault = keys_fault(s, origins);
	if (fault == NULL)
		fault = aspas_fault(s, origins);
	if (fault == NULL)
		return 0;
	*why = fault;
	return ERR_SYNTAX;
}

int
snapshot_check(const struct snapshot *s, const char **why)
{
	struct snapshot_origin *origins;
	int err = snapshot_check_objects(s, why);

	if (err != 0)
		return err;
	origins = snapshot_origins(s);
	if (origins == NULL)
		return ERR_NOMEM;
	err = snapshot_check_payloads(s, origins, why);
	free(origins);
	return err;
}
