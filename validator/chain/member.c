/*
 * member: see the header.
 *
 *	ROA       envelope, content, EE by the CA, signatures --> VRPs
 *	.cer      fields, issuer's rules --> a child, or a router's certificate
 *	.gbr      like a ROA --> nothing
 *	others    --> nothing
 */
#include "validator/chain/member.h"

#include <string.h>

#include "validator/object/cms.h"
#include "validator/object/gbr.h"
#include "validator/object/roa.h"

static void
note(struct household *h, const struct member *m, enum object_type type,
	enum reject code)
{
	struct noted what = {
		.name = m->entry->name,
		.type = type,
		.state = code == REJECT_NONE ? OBJECT_STATE_VALID
					     : OBJECT_STATE_REFUSED,
		.reason = code,
		.hash = m->entry->hash,
	};

	note_object(h->noter, &what);
}

/* VRPs carry the index of their source, which is added only with them. */
static void
keep_vrps(struct household *h, const struct member *m, const struct roa *roa)
{
	struct findings *f = &h->noter->k->findings;
	const struct cert *ee = &roa->cms.ee;
	struct snapshot_source source = {
		.ta = (uint8_t)h->by->ca->ta,
		.type = OBJECT_ROA,
		.not_before = ee->not_before,
		.not_after = ee->not_after,
		.chain_not_after = h->end,
	};
	size_t i;

	source.uri = findings_uri(f, h->by->ca->repository_uri, m->entry->name);
	memcpy(source.hash, m->entry->hash, sizeof(source.hash));
	if (source.uri == NULL || !VEC_PUSH(&f->sources, source) ||
		!VEC_RESERVE(&f->vrps, f->vrps.n + roa->prefix_count)) {
		f->failed = true;
		return;
	}
	f->octets += sizeof(source);
	for (i = 0; i < roa->prefix_count; i++) {
		const struct roa_prefix *from = &roa->prefixes[i];

		f->vrps.at[f->vrps.n++] = (struct vrp){
			.addr = from->prefix.addr,
			.asn = roa->asn,
			.family = from->prefix.family,
			.len = from->prefix.len,
			.max_len = from->max_len,
			.ta = (uint8_t)h->by->ca->ta,
			.expires = wall_earlier(h->end, ee->not_after).s,
			.source = (uint32_t)(f->sources.n - 1),
		};
	}
}

static enum reject
check_roa(struct household *h, const struct member *m)
{
	struct checker *k = h->noter->k;
	struct roa roa;
	enum reject code = issued_size(m->der);

	if (code == REJECT_NONE)
		code = roa_parse(m->der, k->env->profile, k->crypto,
			k->object_arena, &roa);
	if (code == REJECT_NONE)
		code = issued_ee(h->by, &roa.cms.ee, m->entry->name, k->crypto);
	if (code == REJECT_NONE)
		code = cms_check(&roa.cms, k->crypto);
	if (code == REJECT_NONE)
		keep_vrps(h, m, &roa);
	return code;
}

/* Nothing comes of a Ghostbusters record; its faults are told. */
static enum reject
check_gbr(struct household *h, const struct member *m)
{
	struct checker *k = h->noter->k;
	struct gbr gbr;
	enum reject code = issued_size(m->der);

	if (code == REJECT_NONE)
		code = gbr_parse(m->der, k->env->profile, k->crypto,
			k->object_arena, &gbr);
	if (code == REJECT_NONE)
		code = issued_ee(h->by, &gbr.cms.ee, m->entry->name, k->crypto);
	if (code == REJECT_NONE)
		code = cms_check(&gbr.cms, k->crypto);
	return code;
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

static enum reject
check_child(struct household *h, const struct member *m, enum cert_role role)
{
	struct checker *k = h->noter->k;
	struct cert cert;
	enum reject code = issued_size(m->der);

	if (code == REJECT_NONE)
		code = cert_parse(
			m->der, role, k->crypto, k->object_arena, &cert);
	if (code == REJECT_NONE)
		code = issued_cert(h->by, &cert, k->crypto);
	if (code != REJECT_NONE)
		return code;
	/* RFC 6487 section 4.8.7 is a rule for issuers: a parent that moved
	 * its certificate must not lose its children. */
	if (!span_equal(cert.aia_uri, h->by->ca->uri))
		note_warning(h->noter, m->entry->name,
			"AIA does not name the issuer's certificate");
	return role == CERT_CA ? queue_child(h, m, &cert) : REJECT_NONE;
}

void
member_check(struct household *h, const struct member *m)
{
	struct noted ignored = {
		.name = m->entry->name,
		.type = m->entry->type,
		.state = OBJECT_STATE_IGNORED,
		.hash = m->entry->hash,
	};

	switch (m->entry->type) {
	case OBJECT_ROA:
		note(h, m, OBJECT_ROA, check_roa(h, m));
		return;
	case OBJECT_GBR:
		note(h, m, OBJECT_GBR, check_gbr(h, m));
		return;
	case OBJECT_CERT:
		if (cert_role_of(m->der) == CERT_ROUTER)
			note(h, m, OBJECT_ROUTER_CERT,
				check_child(h, m, CERT_ROUTER));
		else
			note(h, m, OBJECT_CERT, check_child(h, m, CERT_CA));
		return;
	case OBJECT_CRL:
	case OBJECT_MANIFEST:
	case OBJECT_ASPA:
	case OBJECT_ROUTER_CERT:
	case OBJECT_TAK:
	case OBJECT_SPL:
	case OBJECT_RSC:
	case OBJECT_OTHER:
	case OBJECT_TYPES:
		note_object(h->noter, &ignored);
		return;
	}
}
