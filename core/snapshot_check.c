/*
 * snapshot_check: whether the content of a snapshot holds together.
 *
 * The writer asks before it writes, the reader before it hands out: so a
 * mistake in a run is found where it is made, and a file that was made by
 * somebody else is believed no more than any other input.
 */
#include <string.h>

#include "core/snapshot_format.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

/* NULL, or what is wrong with a payload's trust anchor and source. */
static const char *
origin_fault(const struct snapshot *s, uint8_t ta, uint32_t source)
{
	if (ta >= s->report.ta_count)
		return "a payload names no trust anchor";
	if (source >= s->source_count)
		return "a payload names no source";
	if (s->sources[source].ta != ta)
		return "a payload and its source name two trust anchors";
	return NULL;
}

/* NULL, or what is wrong with a VRP by itself. */
static const char *
vrp_fault(const struct vrp *v)
{
	struct addr low;
	unsigned bits;

	if (v->family != FAMILY_IPV4 && v->family != FAMILY_IPV6)
		return "a VRP is of no family";
	bits = family_bits((enum family)v->family);
	if (v->len > v->max_len || v->max_len > bits)
		return "a VRP has impossible lengths";
	low = addr_low(&v->addr, v->len);
	if (addr_compare(&low, &v->addr) != 0)
		return "a VRP has host bits";
	return v->reserved != 0 ? "a reserved field is not zero" : NULL;
}

/* Order matters beyond looks: routers get the payloads in it, and look-ups
 * search by it. */
static const char *
vrps_fault(const struct snapshot *s)
{
	const char *why = NULL;
	int order;

	for (size_t i = 0; i < s->vrp_count && why == NULL; i++) {
		const struct vrp *v = &s->vrps[i];

		why = vrp_fault(v);
		if (why == NULL)
			why = origin_fault(s, v->ta, v->source);
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
keys_fault(const struct snapshot *s)
{
	const char *why = NULL;
	int order;

	for (size_t i = 0; i < s->key_count && why == NULL; i++) {
		const struct router_key *k = &s->keys[i];

		why = origin_fault(s, k->ta, k->source);
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
aspas_fault(const struct snapshot *s)
{
	const char *why = NULL;

	for (size_t i = 0; i < s->aspa_count && why == NULL; i++) {
		const struct aspa *a = &s->aspas[i];

		why = origin_fault(s, a->ta, a->source);
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

/* Two chains can lead to one object: then all three are equal. */
static int
source_order(const struct snapshot_source *a, const struct snapshot_source *b)
{
	int order = strcmp(a->uri, b->uri);

	if (order == 0)
		order = memcmp(a->hash, b->hash, HASH_SIZE);
	return order != 0 ? order : (int)a->ta - (int)b->ta;
}

/* Sources are searched by URI. */
static const char *
sources_fault(const struct snapshot *s)
{
	for (size_t i = 0; i < s->source_count; i++) {
		const struct snapshot_source *a = &s->sources[i];

		if (a->ta >= s->report.ta_count)
			return "a source names no trust anchor";
		if ((unsigned)a->type >= OBJECT_TYPES)
			return "a source is of no type";
		if (i > 0 && source_order(a - 1, a) > 0)
			return "sources are out of order";
	}
	return NULL;
}

/* By trust anchor first, as they are shown. */
static int
refusal_order(
	const struct snapshot_refusal *a, const struct snapshot_refusal *b)
{
	int order = (int)a->ta - (int)b->ta;

	if (order == 0)
		order = strcmp(a->uri, b->uri);
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
		if (i > 0 && refusal_order(a - 1, a) > 0)
			return "refusals are out of order";
	}
	return NULL;
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
snapshot_check(const struct snapshot *s, const char **why)
{
	const char *fault = report_fault(&s->report);

	if (fault == NULL)
		fault = sources_fault(s);
	if (fault == NULL)
		fault = refusals_fault(s);
	if (fault == NULL)
		fault = repos_fault(s);
	if (fault == NULL)
		fault = vrps_fault(s);
	if (fault == NULL)
		fault = keys_fault(s);
	if (fault == NULL)
		fault = aspas_fault(s);
	if (fault == NULL)
		return 0;
	*why = fault;
	return ERR_SYNTAX;
}
