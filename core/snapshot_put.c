/*
 * snapshot_put: the records of each section, field by field.
 *
 * The fields stand here as they stand in the table of snapshot_format.h.
 */
#include "core/snapshot_out.h"

/* META: one record. */
static void
put_meta(struct out *o)
{
	out_i64(o, o->s->report.at.s);
}

/* TAS: their numbers are in COUNTS. */
static void
put_tas(struct out *o)
{
	const struct report *r = &o->s->report;

	for (size_t i = 0; i < r->ta_count; i++) {
		out_word(o, r->tas[i].name);
		writer_le32(&o->w, r->tas[i].complete ? 1 : 0);
		out_next(o);
	}
}

/* VRPs [from, to), with so many octets of address each. */
static void
put_vrps(struct out *o, size_t from, size_t to, size_t octets)
{
	for (size_t i = from; i < to; i++) {
		const struct vrp *v = &o->s->vrps[i];

		writer_bytes(&o->w, v->addr.b, octets);
		writer_le32(&o->w, v->asn);
		writer_le32(&o->w, v->source);
		writer_u8(&o->w, v->len);
		writer_u8(&o->w, v->max_len);
		writer_le16(&o->w, 0);
		out_next(o);
	}
}

static void
put_vrps4(struct out *o)
{
	put_vrps(o, 0, snapshot_ipv4_count(o->s), 4);
}

static void
put_vrps6(struct out *o)
{
	put_vrps(o, snapshot_ipv4_count(o->s), o->s->vrp_count, 16);
}

/* KEYS: the octets of the public keys follow in SPKIS. */
static void
put_keys(struct out *o)
{
	for (size_t i = 0; i < o->s->key_count; i++) {
		const struct router_key *k = &o->s->keys[i];

		writer_bytes(&o->w, k->ski, SKI_SIZE);
		writer_le32(&o->w, k->asn);
		writer_le32(&o->w, (uint32_t)k->spki.n);
		writer_le32(&o->w, k->source);
		out_next(o);
	}
}

/* ASPAS: their providers follow in PROVIDERS. */
static void
put_aspas(struct out *o)
{
	for (size_t i = 0; i < o->s->aspa_count; i++) {
		const struct aspa *a = &o->s->aspas[i];

		writer_le32(&o->w, a->customer);
		writer_le32(&o->w, a->provider_count);
		writer_le32(&o->w, a->source);
		out_next(o);
	}
}

/* PROVIDERS: in the order of the ASPAs, without anything between. */
static void
put_providers(struct out *o)
{
	for (size_t i = 0; i < o->s->aspa_count; i++) {
		const struct aspa *a = &o->s->aspas[i];

		for (size_t k = 0; k < a->provider_count; k++) {
			writer_le32(&o->w, a->providers[k]);
			out_next(o);
		}
	}
}

/* SPKIS: past the block, as one may be longer than it. */
static void
put_spkis(struct out *o)
{
	out_flush(o);
	for (size_t i = 0; i < o->s->key_count; i++)
		out_octets(o, o->s->keys[i].spki.p, o->s->keys[i].spki.n);
}

/* POINTS: what the objects' point is; claims by their number alone. */
static void
put_points(struct out *o)
{
	for (size_t i = 0; i < o->s->point_count; i++) {
		const struct snapshot_point *p = &o->s->points[i];

		writer_bytes(&o->w, p->hash, HASH_SIZE);
		writer_bytes(&o->w, p->ski, SKI_SIZE);
		writer_bytes(&o->w, p->number, SKI_SIZE);
		out_folder(o, p->folder);
		out_name(o, p->manifest);
		out_name(o, p->cert);
		out_word(o, point_state_name(p->state));
		out_word(o, p->reason);
		out_word(o, p->text);
		if (p->file[0] == '\0')
			out_word(o, "");
		else
			out_name(o, p->file);
		writer_le32(&o->w, p->parent);
		writer_le32(&o->w, p->depth);
		writer_le32(&o->w, p->repo);
		writer_le32(&o->w, p->ta);
		writer_le32(&o->w, p->claim_count);
		writer_le32(&o->w, p->size);
		writer_le32(&o->w, 0);
		out_i64(o, p->since.s);
		out_i64(o, p->not_before.s);
		out_i64(o, p->certs_end.s);
		out_i64(o, p->not_after.s);
		out_i64(o, p->this_update.s);
		out_i64(o, p->next_update.s);
		out_next(o);
	}
}

/* SOURCES: what a payload's index points to. */
static void
put_sources(struct out *o)
{
	for (size_t i = 0; i < o->s->source_count; i++) {
		const struct snapshot_source *a = &o->s->sources[i];

		writer_bytes(&o->w, a->hash, HASH_SIZE);
		out_name(o, a->name);
		out_word(o, object_type_name(a->type));
		writer_le32(&o->w, a->point);
		writer_le32(&o->w, a->again ? 1 : 0);
		out_i64(o, a->not_before.s);
		out_i64(o, a->not_after.s);
		out_next(o);
	}
}

/* REFUSALS: with the words of the rule, so that a reader needs no table. */
static void
put_refusals(struct out *o)
{
	for (size_t i = 0; i < o->s->refusal_count; i++) {
		const struct snapshot_refusal *a = &o->s->refusals[i];

		out_name(o, a->name);
		out_word(o, a->reason);
		out_word(o, a->text);
		out_word(o, object_type_name(a->type));
		writer_le32(&o->w, a->point);
		writer_le32(&o->w, a->claim_count);
		writer_le32(&o->w, a->ta);
		writer_le32(&o->w, 0);
		out_next(o);
	}
}

/* CLAIMS: in the order of points and refusals. */
static void
put_claims(struct out *o)
{
	for (size_t i = 0; i < o->s->claim_count; i++) {
		const struct snapshot_claim *a = &o->s->claims[i];

		writer_bytes(&o->w, a->addr.b, sizeof(a->addr.b));
		writer_le32(&o->w, a->asn);
		writer_u8(&o->w, a->family);
		writer_u8(&o->w, a->len);
		writer_u8(&o->w, a->max_len);
		writer_u8(&o->w, 0);
		out_next(o);
	}
}

/* One number, unless it is zero. */
static void
put_count(struct out *o, size_t ta, const char *name, const char *state,
	uint64_t value)
{
	if (value == 0)
		return;
	writer_le32(&o->w, (uint32_t)ta);
	out_word(o, name);
	out_word(o, state);
	writer_le32(&o->w, 0);
	writer_le64(&o->w, value);
	out_next(o);
}

/* COUNTS: by word, so that a new row in a table is no new version. */
static void
put_counts(struct out *o)
{
	const struct report *r = &o->s->report;

	for (size_t ta = 0; ta < r->ta_count; ta++) {
		for (int i = 0; i < OBJECT_TYPES * OBJECT_STATES; i++) {
			int type = i / OBJECT_STATES, state = i % OBJECT_STATES;

			put_count(o, ta,
				object_type_name((enum object_type)type),
				object_state_name((enum object_state)state),
				r->tas[ta].objects[type][state]);
		}
		for (int i = 0; i < REPORT_WORK; i++)
			put_count(o, ta,
				report_counter_name((enum report_counter)i), "",
				r->tas[ta].counters[i]);
	}
}

/* REASONS: how often each rule refused. */
static void
put_reasons(struct out *o)
{
	const struct report *r = &o->s->report;

	for (size_t i = 0; i < r->reason_count; i++) {
		writer_le32(&o->w, r->reasons[i].ta);
		out_word(o, object_type_name(r->reasons[i].type));
		out_word(o, r->reasons[i].reason);
		writer_le32(&o->w, 0);
		writer_le64(&o->w, r->reasons[i].count);
		out_next(o);
	}
}

/* REPOS: who leans on which repository. */
static void
put_repos(struct out *o)
{
	for (size_t i = 0; i < o->s->repo_count; i++) {
		const struct snapshot_repo *a = &o->s->repos[i];

		out_name(o, a->uri);
		out_word(o, repo_kind_name(a->kind));
		writer_le32(&o->w, a->cas);
		writer_le32(&o->w, a->points_failed);
		writer_le64(&o->w, a->vrps);
		out_i64(o, a->expires.s);
		writer_le32(&o->w, a->ta);
		writer_le32(&o->w, 0);
		out_next(o);
	}
}

/* STRINGS: last, as all others add to them. */
static void
put_strings(struct out *o)
{
	out_flush(o);
	out_octets(o, o->strings.octets.p, o->strings.octets.n);
}

/* How each section is put, and whether there are texts in it. */
struct section {
	void (*put)(struct out *o);
	bool texts;
};

static const struct section sections[SECTIONS] = {
	[SECTION_META] = {put_meta, false},
	[SECTION_TAS] = {put_tas, true},
	[SECTION_VRPS4] = {put_vrps4, false},
	[SECTION_VRPS6] = {put_vrps6, false},
	[SECTION_KEYS] = {put_keys, false},
	[SECTION_ASPAS] = {put_aspas, false},
	[SECTION_PROVIDERS] = {put_providers, false},
	[SECTION_SPKIS] = {put_spkis, false},
	[SECTION_POINTS] = {put_points, true},
	[SECTION_SOURCES] = {put_sources, true},
	[SECTION_REFUSALS] = {put_refusals, true},
	[SECTION_CLAIMS] = {put_claims, false},
	[SECTION_COUNTS] = {put_counts, true},
	[SECTION_REASONS] = {put_reasons, true},
	[SECTION_REPOS] = {put_repos, true},
	[SECTION_STRINGS] = {put_strings, false},
};

void
snapshot_put(struct out *o, enum snapshot_section section)
{
	sections[section].put(o);
}

bool
snapshot_put_has_texts(enum snapshot_section section)
{
	return sections[section].texts;
}

/* Octets of all public keys; numbers of all providers. */
static size_t
count_parts(const struct snapshot *s, bool keys)
{
	size_t n = 0;

	for (size_t i = 0; keys && i < s->key_count; i++)
		n += s->keys[i].spki.n;
	for (size_t i = 0; !keys && i < s->aspa_count; i++)
		n += s->aspas[i].provider_count;
	return n;
}

size_t
snapshot_put_count(const struct snapshot *s, enum snapshot_section section)
{
	switch (section) {
	case SECTION_META:
		return 1;
	case SECTION_TAS:
		return s->report.ta_count;
	case SECTION_VRPS4:
		return snapshot_ipv4_count(s);
	case SECTION_VRPS6:
		return s->vrp_count - snapshot_ipv4_count(s);
	case SECTION_KEYS:
		return s->key_count;
	case SECTION_ASPAS:
		return s->aspa_count;
	case SECTION_PROVIDERS:
		return count_parts(s, false);
	case SECTION_SPKIS:
		return count_parts(s, true);
	case SECTION_POINTS:
		return s->point_count;
	case SECTION_SOURCES:
		return s->source_count;
	case SECTION_REFUSALS:
		return s->refusal_count;
	case SECTION_CLAIMS:
		return s->claim_count;
	case SECTION_REASONS:
		return s->report.reason_count;
	case SECTION_REPOS:
		return s->repo_count;
	case SECTION_COUNTS:
	case SECTION_STRINGS:
	case SECTIONS:
		break;
	}
	return SIZE_MAX;
}
