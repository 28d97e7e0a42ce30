/*
 * member: see the header.
 *
 *	ROA       envelope, content, EE by the CA, signatures --> VRPs
 *	.cer      fields, issuer's rules --> a child, or a router's certificate
 *	.asa      like a ROA --> an ASPA
 *	.gbr .spl .tak  like a ROA --> nothing but counts
 *	others    --> nothing
 */
#include "validator/chain/member.h"

#include <string.h>

#include "validator/object/aspa.h"
#include "validator/object/cms.h"
#include "validator/object/gbr.h"
#include "validator/object/glance.h"
#include "validator/object/roa.h"
#include "validator/object/spl.h"
#include "validator/object/tak.h"

/* What there is of a certificate, for whoever asks for its times later. */
static void
tell_cert(struct outcome *out, const struct cert *cert)
{
	out->has_cert = true;
	out->not_before = cert->not_before;
	out->not_after = cert->not_after;
	out->serial = cert->serial;
}

/* A signed object's own certificate by the CA, then its content by that. */
static enum reject
judge_signed(const struct household *h, const struct member *m,
	const struct cms *cms, struct outcome *out)
{
	struct crypto *c = h->noter->k->crypto;
	enum reject code = issued_ee(h->by, &cms->ee, m->entry->name, c);

	tell_cert(out, &cms->ee);
	return code == REJECT_NONE ? cms_check(cms, c) : code;
}

static enum reject
judge_roa(
	const struct household *h, const struct member *m, struct outcome *out)
{
	struct checker *k = h->noter->k;
	struct roa roa;
	enum reject code = roa_parse(
		m->der, k->env->profile, k->crypto, k->object_arena, &roa);

	if (code != REJECT_NONE)
		return code;
	out->asn = roa.asn;
	out->prefixes = roa.prefixes;
	out->prefix_count = roa.prefix_count;
	return judge_signed(h, m, &roa.cms, out);
}

/* Nothing comes of a Ghostbusters record; its faults are told. */
static enum reject
judge_gbr(
	const struct household *h, const struct member *m, struct outcome *out)
{
	struct checker *k = h->noter->k;
	struct gbr gbr;
	enum reject code = gbr_parse(
		m->der, k->env->profile, k->crypto, k->object_arena, &gbr);

	return code == REJECT_NONE ? judge_signed(h, m, &gbr.cms, out) : code;
}

static enum reject
judge_aspa(
	const struct household *h, const struct member *m, struct outcome *out)
{
	struct checker *k = h->noter->k;
	struct aspa_object aspa;
	enum reject code = aspa_parse(
		m->der, k->env->profile, k->crypto, k->object_arena, &aspa);

	if (code != REJECT_NONE)
		return code;
	out->asn = aspa.customer;
	out->providers = aspa.providers;
	out->provider_count = aspa.provider_count;
	return judge_signed(h, m, &aspa.cms, out);
}

/* As a ROA's prefixes, which these are but for the lengths below them. */
static void
tell_prefixes(struct outcome *out, const struct spl *spl, struct arena *arena)
{
	struct roa_prefix *to =
		arena_array(arena, spl->prefix_count, sizeof(*to));
	size_t i;

	for (i = 0; to != NULL && i < spl->prefix_count; i++) {
		to[i].prefix = spl->prefixes[i];
		to[i].max_len = spl->prefixes[i].len;
	}
	out->prefixes = to;
	out->prefix_count = to == NULL ? 0 : spl->prefix_count;
}

static enum reject
judge_spl(
	const struct household *h, const struct member *m, struct outcome *out)
{
	struct checker *k = h->noter->k;
	struct spl spl;
	enum reject code = spl_parse(
		m->der, k->env->profile, k->crypto, k->object_arena, &spl);

	if (code != REJECT_NONE)
		return code;
	out->asn = spl.asn;
	tell_prefixes(out, &spl, k->object_arena);
	if (out->prefixes == NULL)
		k->findings.failed = true;
	return judge_signed(h, m, &spl.cms, out);
}

/* RFC 9691 section 3: only a trust anchor speaks of its own key. */
static enum reject
judge_tak(
	const struct household *h, const struct member *m, struct outcome *out)
{
	struct checker *k = h->noter->k;
	struct tak tak;
	enum reject code = tak_parse(
		m->der, k->env->profile, k->crypto, k->object_arena, &tak);

	if (code != REJECT_NONE)
		return code;
	if (h->by->ca->parent != NULL)
		return REJECT_TAK_ISSUER;
	if (!span_equal(tak.current.spki, h->by->ca->spki))
		return REJECT_TAK_CURRENT;
	if (tak.has_successor)
		out->successor = tak.successor.uris[0];
	return judge_signed(h, m, &tak.cms, out);
}

static enum reject
judge_cert(
	const struct household *h, const struct member *m, struct outcome *out)
{
	struct checker *k = h->noter->k;
	struct cert *cert = arena_get(k->object_arena, sizeof(*cert));
	enum cert_role role = cert_role_of(m->der);
	enum reject code;

	if (role == CERT_ROUTER)
		out->type = OBJECT_ROUTER_CERT;
	if (cert == NULL) {
		k->findings.failed = true;
		return REJECT_NONE;
	}
	code = cert_parse(m->der, role, k->crypto, k->object_arena, cert);
	if (code != REJECT_NONE)
		return code;
	tell_cert(out, cert);
	code = issued_cert(h->by, cert, k->crypto);
	if (code != REJECT_NONE)
		return code;
	/* RFC 6487 section 4.8.7 is a rule for issuers: a parent that moved
	 * its certificate must not lose its children. */
	out->odd_aia = !span_equal(cert->aia_uri, h->by->ca->uri);
	out->cert = cert;
	if (role == CERT_ROUTER)
		out->asn = cert->resources.asn[0].min;
	return REJECT_NONE;
}

/* X(TYPE, its judge): types that are looked at; all others are ignored. */
#define JUDGE_TABLE(X) \
	X(ROA, judge_roa) \
	X(GBR, judge_gbr) \
	X(ASPA, judge_aspa) \
	X(SPL, judge_spl) \
	X(TAK, judge_tak) \
	X(CERT, judge_cert)

typedef enum reject judge_fn(
	const struct household *h, const struct member *m, struct outcome *out);

static judge_fn *const judges[OBJECT_TYPES] = {
#define JUDGE_ROW(name, judge) [OBJECT_##name] = (judge),
	JUDGE_TABLE(JUDGE_ROW)
#undef JUDGE_ROW
};

/* What a refused one would have said, where its parser did not come so far. */
static void
tell_claims(struct arena *arena, struct span der, struct outcome *out)
{
	struct glance glance;

	if (out->prefix_count > 0 || out->asn != 0)
		return;
	glance_read(der, out->type, arena, &glance);
	out->asn = glance.asn;
	out->prefixes = glance.prefixes;
	out->prefix_count = glance.prefix_count;
}

void
member_judge(
	const struct household *h, const struct member *m, struct outcome *out)
{
	judge_fn *judge = judges[m->entry->type];

	*out = (struct outcome){.type = m->entry->type};
	if (judge == NULL) {
		out->state = OBJECT_STATE_IGNORED;
		return;
	}
	out->reason = issued_size(m->der);
	if (out->reason == REJECT_NONE)
		out->reason = judge(h, m, out);
	out->state = out->reason == REJECT_NONE ? OBJECT_STATE_VALID
						: OBJECT_STATE_REFUSED;
	if (out->state == OBJECT_STATE_REFUSED)
		tell_claims(h->noter->k->object_arena, m->der, out);
}

/* The source that payloads of an object carry the index of; added only with
 * them. */
static bool
add_source(
	struct household *h, const struct member *m, const struct outcome *what)
{
	struct findings *f = &h->noter->k->findings;
	struct snapshot_source source = {
		.ta = (uint8_t)h->by->ca->ta,
		.type = what->type,
		.not_before = what->not_before,
		.not_after = what->not_after,
		.point = (uint32_t)f->points.n,
	};

	source.name = findings_uri(f, (struct span){0}, m->entry->name);
	memcpy(source.hash, m->entry->hash, sizeof(source.hash));
	if (source.name == NULL || !VEC_PUSH(&f->sources, source)) {
		f->failed = true;
		return false;
	}
	f->octets += sizeof(source);
	return true;
}

static void
keep_vrps(
	struct household *h, const struct member *m, const struct outcome *what)
{
	struct findings *f = &h->noter->k->findings;
	size_t i;

	if (!add_source(h, m, what))
		return;
	if (!VEC_RESERVE(&f->vrps, f->vrps.n + what->prefix_count)) {
		f->failed = true;
		return;
	}
	for (i = 0; i < what->prefix_count; i++) {
		const struct roa_prefix *from = &what->prefixes[i];

		f->vrps.at[f->vrps.n++] = (struct vrp){
			.addr = from->prefix.addr,
			.asn = what->asn,
			.family = from->prefix.family,
			.len = from->prefix.len,
			.max_len = from->max_len,
			.ta = (uint8_t)h->by->ca->ta,
			.expires = wall_earlier(h->end, what->not_after).s,
			.source = (uint32_t)(f->sources.n - 1),
		};
	}
}

/* A copy that lives as long as the findings; NULL out of memory. */
static void *
keep_octets(struct findings *f, const void *p, size_t n)
{
	void *copy = arena_copy(f->texts, p, n);

	f->octets += n;
	f->failed |= copy == NULL;
	return copy;
}

static void
keep_key(
	struct household *h, const struct member *m, const struct outcome *what)
{
	struct findings *f = &h->noter->k->findings;
	struct span spki = what->cert->spki;
	struct router_key key = {
		.asn = what->asn,
		.expires = wall_earlier(h->end, what->not_after).s,
		.ta = (uint8_t)h->by->ca->ta,
	};

	if (!add_source(h, m, what))
		return;
	memcpy(key.ski, what->cert->ski, sizeof(key.ski));
	key.spki = span_of(keep_octets(f, spki.p, spki.n), spki.n);
	key.source = (uint32_t)(f->sources.n - 1);
	if (key.spki.p == NULL || !VEC_PUSH(&f->keys, key))
		f->failed = true;
	f->octets += sizeof(key);
}

/* Of too many providers only so many are kept as show that they are too many:
 * the customer is left out then, whichever its other ASPAs are. */
static void
keep_aspa(
	struct household *h, const struct member *m, const struct outcome *what)
{
	struct findings *f = &h->noter->k->findings;
	size_t max = (size_t)h->noter->k->env->limits.providers + 1;
	size_t n = what->provider_count < max ? what->provider_count : max;
	struct aspa aspa = {
		.customer = what->asn,
		.provider_count = (uint32_t)n,
		.expires = wall_earlier(h->end, what->not_after).s,
		.ta = (uint8_t)h->by->ca->ta,
	};

	if (!add_source(h, m, what))
		return;
	aspa.providers = keep_octets(f, what->providers, n * sizeof(uint32_t));
	aspa.source = (uint32_t)(f->sources.n - 1);
	if (aspa.providers == NULL || !VEC_PUSH(&f->aspas, aspa))
		f->failed = true;
	f->octets += sizeof(aspa);
}

/* RFC 9691 section 3: there is one.  Of more the first is no better than the
 * others, so none of them counts. */
static enum reject
keep_tak(
	struct household *h, const struct member *m, const struct outcome *what)
{
	uint64_t *counter =
		&h->noter->k->findings.point.counters[REPORT_TA_SUCCESSORS];

	if (h->taks++ > 0) {
		*counter = 0;
		return REJECT_TAK_COUNT;
	}
	if (what->successor.n > 0) {
		*counter = 1;
		note_successor(h->noter, m->entry->name, what->successor);
	}
	return REJECT_NONE;
}

/* A bound was reached: what is below is lost, and no more. */
static enum reject
prune(struct household *h, enum reject code)
{
	h->noter->k->findings.point.counters[REPORT_POINTS_FAILED]++;
	return code;
}

/* Queue a CA whose certificate holds, unless a bound or a loop forbids. */
static enum reject
queue_child(
	struct household *h, const struct member *m, const struct cert *cert)
{
	const struct ca *parent = h->by->ca;
	const struct chain_limits *limits = &h->noter->k->env->limits;
	struct findings *f = &h->noter->k->findings;
	struct ca_origin from = {
		.cert = cert,
		.folder = parent->repository_uri,
		.name = m->entry->name,
		.parent = parent,
		.path_end = h->end,
		.order = m->index,
	};
	struct ca *child;

	if (ca_has_ancestor(parent, cert->spki, cert->manifest_uri))
		return REJECT_CA_LOOP;
	if (parent->depth >= limits->depth)
		return prune(h, REJECT_CA_DEPTH);
	if (h->children >= limits->children)
		return prune(h, REJECT_CA_CHILDREN);
	if (h->children >= h->children_max)
		return prune(h, REJECT_CA_COUNT);
	child = ca_new(&from);
	if (child == NULL || !VEC_PUSH(&f->children, child)) {
		ca_unref(child);
		f->failed = true;
		return REJECT_NONE;
	}
	f->octets += child->octets;
	h->children++;
	return REJECT_NONE;
}

/* What a valid one gives; or why it cannot be taken after all. */
static enum reject
keep(struct household *h, const struct member *m, const struct outcome *what)
{
	switch (what->type) {
	case OBJECT_ROA:
		keep_vrps(h, m, what);
		return REJECT_NONE;
	case OBJECT_CERT:
		return queue_child(h, m, what->cert);
	case OBJECT_ROUTER_CERT:
		keep_key(h, m, what);
		return REJECT_NONE;
	case OBJECT_ASPA:
		keep_aspa(h, m, what);
		return REJECT_NONE;
	case OBJECT_TAK:
		return keep_tak(h, m, what);
	case OBJECT_SPL:
		h->noter->k->findings.point.counters[REPORT_SPL_PREFIXES] +=
			what->prefix_count;
		return REJECT_NONE;
	case OBJECT_GBR:
	case OBJECT_CRL:
	case OBJECT_MANIFEST:
	case OBJECT_RSC:
	case OBJECT_OTHER:
	case OBJECT_TYPES:
		break;
	}
	return REJECT_NONE;
}

enum reject
member_adopt(
	struct household *h, const struct member *m, const struct cert *earlier)
{
	return queue_child(h, m, earlier);
}

enum reject
member_take(
	struct household *h, const struct member *m, const struct outcome *what)
{
	struct noted noted = {
		.name = m->entry->name,
		.type = what->type,
		.state = what->state,
		.reason = what->reason,
		.hash = m->entry->hash,
		.claims = what,
	};

	if (h->noter->k->findings.failed)
		return REJECT_NONE;
	if (what->odd_aia)
		note_warning(h->noter, m->entry->name,
			"AIA does not name the issuer's certificate");
	if (what->state == OBJECT_STATE_VALID)
		noted.reason = keep(h, m, what);
	if (noted.reason != REJECT_NONE)
		noted.state = OBJECT_STATE_REFUSED;
	note_object(h->noter, &noted);
	return noted.reason;
}
