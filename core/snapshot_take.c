/*
 * snapshot_take: the records of each section, field by field.
 *
 * The fields stand here as they stand in the table of snapshot_format.h.  What
 * they mean is for snapshot_check; here a record is only refused for what
 * cannot be put into a struct, and for what a later version may use.
 */
#include <string.h>

#include "core/snapshot_in.h"
#include "waymark/err.h"

/* Room for the records of a section, not cleared, and how many they are. */
static void *
room(struct in *in, enum snapshot_section section, size_t size, size_t *count)
{
	size_t n = in->sections[section].n / snapshot_record_size(section);
	size_t octets;
	void *p = NULL;

	if (!__builtin_mul_overflow(n, size, &octets))
		p = arena_get(in->arena, octets);
	*count = p != NULL ? n : 0;
	return p;
}

/* Two's complement, as every compiler that we build with has it. */
static bool
take_time(struct reader *r, int64_t *out)
{
	uint64_t v;

	if (!reader_le64(r, &v))
		return false;
	*out = (int64_t)v;
	return true;
}

/* The index of a trust anchor; one too great for the field is refused. */
static bool
take_ta(struct reader *r, uint8_t *out)
{
	uint32_t v;

	if (!reader_le32(r, &v) || v > UINT8_MAX)
		return false;
	*out = (uint8_t)v;
	return true;
}

/* A field that a later version may use must be zero in this one. */
static bool
take_zero(struct reader *r)
{
	uint32_t v;

	return reader_le32(r, &v) && v == 0;
}

static bool
take_bool(struct reader *r, bool *out)
{
	uint32_t v;

	if (!reader_le32(r, &v) || v > 1)
		return false;
	*out = v == 1;
	return true;
}

/* A text by its offset, which must be where one begins. */
static bool
take_text(const struct in *in, struct reader *r, const char **out)
{
	uint32_t at;

	/* The last octet of STRINGS is a NUL: every text ends inside. */
	if (!reader_le32(r, &at) || at >= in->strings.n ||
		(at > 0 && in->strings.p[at - 1] != '\0'))
		return false;
	*out = (const char *)in->strings.p + at;
	return true;
}

/* A type by its word; one that a later version knows is "other". */
static bool
take_type(struct in *in, struct reader *r, enum object_type *out)
{
	const char *word;

	if (!take_text(in, r, &word))
		return false;
	if (word != in->type_word) {
		in->type_word = word;
		in->type = OBJECT_OTHER;
		for (int i = 0; i < OBJECT_TYPES; i++)
			if (strcmp(word,
				    object_type_name((enum object_type)i)) == 0)
				in->type = (enum object_type)i;
	}
	*out = in->type;
	return true;
}

/* A state by its word; a later validator may know others, but we do not. */
static bool
take_state(struct in *in, struct reader *r, enum point_state *out)
{
	const char *word;

	if (!take_text(in, r, &word))
		return false;
	for (int i = 0; i < POINT_STATES; i++)
		if (strcmp(word, point_state_name((enum point_state)i)) == 0) {
			*out = (enum point_state)i;
			return true;
		}
	return false;
}

/* The texts live as long as the snapshot: they are copied once, as a whole. */
static int
take_strings(struct in *in)
{
	struct span s = in->sections[SECTION_STRINGS];
	const uint8_t *p;

	if (s.n == 0 || s.p[0] != '\0' || s.p[s.n - 1] != '\0')
		return in_fault(in, "texts do not end");
	p = arena_copy(in->arena, s.p, s.n);
	if (p == NULL)
		return ERR_NOMEM;
	in->strings = span_of(p, s.n);
	return 0;
}

/* The run itself and its trust anchors; their numbers come in take_counts. */
static int
take_report(struct in *in)
{
	struct reader meta = reader_of(in->sections[SECTION_META]);
	struct reader tas = reader_of(in->sections[SECTION_TAS]);
	struct report *report = &in->s->report;
	struct report_ta *a =
		room(in, SECTION_TAS, sizeof(*a), &report->ta_count);

	if (a == NULL)
		return ERR_NOMEM;
	memset(a, 0, report->ta_count * sizeof(*a));
	report->tas = a;
	if (!take_time(&meta, &report->at.s) || reader_left(&meta) != 0)
		return in_fault(in, "not one record about the run");
	for (size_t i = 0; i < report->ta_count; i++)
		if (!take_text(in, &tas, &a[i].name) ||
			!take_bool(&tas, &a[i].complete))
			return in_fault(in, "a trust anchor is malformed");
	return 0;
}

/* Times, and what else stands at the end of a point's record. */
static bool
take_point_end(struct reader *r, struct snapshot_point *p)
{
	return reader_le32(r, &p->parent) && reader_le32(r, &p->depth) &&
		reader_le32(r, &p->repo) && take_ta(r, &p->ta) &&
		reader_le32(r, &p->claim_count) && reader_le32(r, &p->size) &&
		take_zero(r) && take_time(r, &p->since.s) &&
		take_time(r, &p->not_before.s) &&
		take_time(r, &p->certs_end.s) &&
		take_time(r, &p->not_after.s) &&
		take_time(r, &p->this_update.s) &&
		take_time(r, &p->next_update.s);
}

/* Publication points.  No sum of claims can overflow: it is compared with what
 * there is by snapshot_check. */
static int
take_points(struct in *in)
{
	struct reader r = reader_of(in->sections[SECTION_POINTS]);
	struct snapshot_point *p =
		room(in, SECTION_POINTS, sizeof(*p), &in->s->point_count);
	uint32_t claims = 0;

	if (p == NULL)
		return ERR_NOMEM;
	in->s->points = p;
	for (size_t i = 0; i < in->s->point_count; i++, p++) {
		if (!reader_copy(&r, p->hash, HASH_SIZE) ||
			!reader_copy(&r, p->ski, SKI_SIZE) ||
			!reader_copy(&r, p->number, SKI_SIZE) ||
			!take_text(in, &r, &p->folder) ||
			!take_text(in, &r, &p->manifest) ||
			!take_text(in, &r, &p->cert) ||
			!take_state(in, &r, &p->state) ||
			!take_text(in, &r, &p->reason) ||
			!take_text(in, &r, &p->text) ||
			!take_text(in, &r, &p->file) || !take_point_end(&r, p))
			return in_fault(in, "a point is malformed");
		p->claims = claims;
		claims += p->claim_count;
	}
	return 0;
}

/* The objects that payloads came from. */
static int
take_sources(struct in *in)
{
	struct reader r = reader_of(in->sections[SECTION_SOURCES]);
	struct snapshot_source *a =
		room(in, SECTION_SOURCES, sizeof(*a), &in->s->source_count);

	if (a == NULL)
		return ERR_NOMEM;
	in->s->sources = a;
	for (size_t i = 0; i < in->s->source_count; i++, a++) {
		if (!reader_copy(&r, a->hash, HASH_SIZE) ||
			!take_text(in, &r, &a->name) ||
			!take_type(in, &r, &a->type) ||
			!reader_le32(&r, &a->point) ||
			!take_bool(&r, &a->again) ||
			!take_time(&r, &a->not_before.s) ||
			!take_time(&r, &a->not_after.s))
			return in_fault(in, "a source is malformed");
		if (a->point >= in->s->point_count)
			return in_fault(in, "a source names no point");
		a->ta = in->s->points[a->point].ta;
	}
	return 0;
}

/* The objects that were refused, with the rule. */
static int
take_refusals(struct in *in)
{
	struct reader r = reader_of(in->sections[SECTION_REFUSALS]);
	struct snapshot_refusal *a =
		room(in, SECTION_REFUSALS, sizeof(*a), &in->s->refusal_count);
	const struct snapshot_point *last = in->s->points + in->s->point_count;
	uint32_t claims = 0;

	if (a == NULL)
		return ERR_NOMEM;
	in->s->refusals = a;
	if (in->s->point_count > 0)
		claims = last[-1].claims + last[-1].claim_count;
	for (size_t i = 0; i < in->s->refusal_count; i++, a++) {
		if (!take_text(in, &r, &a->name) ||
			!take_text(in, &r, &a->reason) ||
			!take_text(in, &r, &a->text) ||
			!take_type(in, &r, &a->type) ||
			!reader_le32(&r, &a->point) ||
			!reader_le32(&r, &a->claim_count) ||
			!take_ta(&r, &a->ta) || !take_zero(&r))
			return in_fault(in, "a refusal is malformed");
		a->claims = claims;
		claims += a->claim_count;
	}
	return 0;
}

/* What was claimed by what gives nothing. */
static int
take_claims(struct in *in)
{
	struct reader r = reader_of(in->sections[SECTION_CLAIMS]);
	struct snapshot_claim *a =
		room(in, SECTION_CLAIMS, sizeof(*a), &in->s->claim_count);
	uint8_t zero;

	if (a == NULL)
		return ERR_NOMEM;
	in->s->claims = a;
	for (size_t i = 0; i < in->s->claim_count; i++, a++)
		if (!reader_copy(&r, a->addr.b, sizeof(a->addr.b)) ||
			!reader_le32(&r, &a->asn) ||
			!reader_u8(&r, &a->family) || !reader_u8(&r, &a->len) ||
			!reader_u8(&r, &a->max_len) || !reader_u8(&r, &zero) ||
			zero != 0)
			return in_fault(in, "a claim is malformed");
	return 0;
}

/* The number that a name and a state stand for; NULL when we have no such. */
static uint64_t *
find_count(struct report_ta *ta, const char *name, const char *state)
{
	for (int i = 0; i < REPORT_WORK && state[0] == '\0'; i++)
		if (strcmp(name, report_counter_name((enum report_counter)i)) ==
			0)
			return &ta->counters[i];
	for (int i = 0; i < OBJECT_TYPES * OBJECT_STATES; i++) {
		int t = i / OBJECT_STATES, s = i % OBJECT_STATES;

		if (strcmp(name, object_type_name((enum object_type)t)) == 0 &&
			strcmp(state,
				object_state_name((enum object_state)s)) == 0)
			return &ta->objects[t][s];
	}
	return NULL;
}

/* Numbers by word.  Zero is never written, so a cell that is not zero has been
 * set before. */
static int
take_counts(struct in *in)
{
	struct reader r = reader_of(in->sections[SECTION_COUNTS]);
	struct report *report = &in->s->report;
	const char *name, *state;
	uint64_t value, *at;
	uint32_t ta;

	while (reader_left(&r) > 0) {
		if (!reader_le32(&r, &ta) || !take_text(in, &r, &name) ||
			!take_text(in, &r, &state) || !take_zero(&r) ||
			!reader_le64(&r, &value) || ta >= report->ta_count)
			return in_fault(in, "a count is malformed");
		/* A word that we do not know is of a later validator. */
		at = find_count(&report->tas[ta], name, state);
		if (at != NULL && *at != 0)
			return in_fault(in, "a count stands twice");
		if (at != NULL)
			*at = value;
	}
	return 0;
}

/* How often each rule refused. */
static int
take_reasons(struct in *in)
{
	struct reader r = reader_of(in->sections[SECTION_REASONS]);
	struct report *report = &in->s->report;
	struct report_reason *a =
		room(in, SECTION_REASONS, sizeof(*a), &report->reason_count);

	if (a == NULL)
		return ERR_NOMEM;
	report->reasons = a;
	for (size_t i = 0; i < report->reason_count; i++, a++)
		if (!reader_le32(&r, &a->ta) || !take_type(in, &r, &a->type) ||
			!take_text(in, &r, &a->reason) || !take_zero(&r) ||
			!reader_le64(&r, &a->count))
			return in_fault(in, "a reason is malformed");
	return 0;
}

/* A kind by its word; a later validator may know others, but we do not. */
static bool
take_kind(const struct in *in, struct reader *r, enum repo_kind *out)
{
	const char *word;

	return take_text(in, r, &word) && repo_kind_parse(word, out) == 0;
}

/* Who leans on which repository. */
static int
take_repos(struct in *in)
{
	struct reader r = reader_of(in->sections[SECTION_REPOS]);
	struct snapshot_repo *a =
		room(in, SECTION_REPOS, sizeof(*a), &in->s->repo_count);

	if (a == NULL)
		return ERR_NOMEM;
	in->s->repos = a;
	for (size_t i = 0; i < in->s->repo_count; i++, a++)
		if (!take_text(in, &r, &a->uri) ||
			!take_kind(in, &r, &a->kind) ||
			!reader_le32(&r, &a->cas) ||
			!reader_le32(&r, &a->points_failed) ||
			!reader_le64(&r, &a->vrps) ||
			!take_time(&r, &a->expires.s) || !take_ta(&r, &a->ta) ||
			!take_zero(&r))
			return in_fault(in, "a repository is malformed");
	return 0;
}

/* STRINGS come first: the others point there; points before what they hold. */
static int (*const stages[])(struct in *in) = {
	take_strings,
	take_report,
	take_points,
	take_sources,
	take_refusals,
	take_claims,
	take_counts,
	take_reasons,
	take_repos,
};

int
snapshot_take_objects(struct in *in)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]) && err == 0;
		i++)
		err = stages[i](in);
	return err;
}
