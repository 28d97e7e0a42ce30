/*
 * point: see the header.  The order of things, and where each may end:
 *
 *	folder, manifest read --> parsed --> signed, in time --> its CRL read,
 *	signed, in time --> manifest's EE not revoked --> file by file: read,
 *	hash, rules of its type --> the point stands
 *
 * Files are checked as they are read, so that each is read once and no more
 * than one is in memory; what they gave is taken back when a later file is
 * missing or wrong.
 */
#include "validator/chain/point.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "validator/chain/issued.h"
#include "validator/chain/note.h"
#include "validator/object/cms.h"
#include "validator/object/crl.h"
#include "validator/object/gbr.h"
#include "validator/object/mft.h"
#include "validator/object/roa.h"
#include "validator/tal/uri.h"
#include "waymark/err.h"

/* A point under way. */
struct point {
	struct checker *k;
	const struct ca *ca;
	struct noter noter;
	struct issuer by;
	struct key *key;
	struct mft mft;
	struct crl crl;
	int folder; /* -1: not open */
	struct wall end; /* the earliest end of all above an object here */
	uint32_t children;
	enum reject failed; /* why the point gives nothing */
	struct span culprit; /* the file's name, when it is for a file */
	enum object_type culprit_type;
	uint8_t manifest_hash[SHA256_SIZE];
	char crl_uri[BOUND_URI + BOUND_FILE_NAME + 2];
};

/* A listed file, read. */
struct file {
	const struct mft_file *entry;
	struct span der;
	uint32_t index;
};

static struct wall
earlier(struct wall a, struct wall b)
{
	return a.s < b.s ? a : b;
}

static enum reject
read_error(int err, enum reject missing)
{
	if (err == ERR_NOTFOUND)
		return missing;
	return err == ERR_LIMIT ? REJECT_OBJECT_SIZE : REJECT_OBJECT_READ;
}

static void
note(struct point *p, const struct file *file, enum object_type type,
	enum reject code)
{
	struct noted what = {
		.name = file->entry->name,
		.type = type,
		.state = code == REJECT_NONE ? OBJECT_STATE_VALID
					     : OBJECT_STATE_REFUSED,
		.reason = code,
		.hash = file->entry->hash,
	};

	note_object(&p->noter, &what);
}

/* The whole point is lost for one of its files; the first one is told. */
static void
fail(struct point *p, const struct mft_file *entry, enum reject code,
	bool has_hash)
{
	struct noted what = {
		.name = entry->name,
		.type = entry->type,
		.state = OBJECT_STATE_REFUSED,
		.reason = code,
		.hash = has_hash ? entry->hash : NULL,
	};

	note_verdict(&p->noter, &what);
	if (p->failed != REJECT_NONE)
		return;
	p->failed = code;
	p->culprit = entry->name;
	p->culprit_type = entry->type;
}

/* Read a listed file and compare its hash.  REJECT_NONE, or why the point
 * fails. */
static enum reject
read_listed(struct point *p, const struct mft_file *entry,
	struct tree_buffer *buffer, struct span *out)
{
	uint8_t hash[SHA256_SIZE];
	int err = tree_read(p->folder, entry->name, buffer, out);

	if (err != 0)
		return read_error(err, REJECT_MANIFEST_FILE_MISSING);
	p->k->findings.point.counters[REPORT_BYTES] += out->n;
	if (crypto_sha256(p->k->crypto, *out, hash) != 0)
		return REJECT_OBJECT_READ;
	if (memcmp(hash, entry->hash, sizeof(hash)) != 0)
		return REJECT_MANIFEST_FILE_HASH;
	return REJECT_NONE;
}

/* The EE certificate of a signed object: its issuer's rules, and that it is
 * for the object at this URI (RFC 6487 section 4.8.8.2). */
static enum reject
check_ee(struct point *p, const struct cert *ee, struct span name)
{
	struct span folder = p->ca->repository_uri;
	struct span uri = ee->object_uri;

	if (uri.n != folder.n + name.n ||
		memcmp(uri.p, folder.p, folder.n) != 0 ||
		memcmp(uri.p + folder.n, name.p, name.n) != 0)
		return REJECT_OBJECT_URI;
	return issued_cert(&p->by, ee, p->k->crypto);
}

/* VRPs carry the index of their source, which is added only with them. */
static void
keep_vrps(struct point *p, const struct file *file, const struct roa *roa)
{
	struct findings *f = &p->k->findings;
	const struct cert *ee = &roa->cms.ee;
	struct snapshot_source source = {
		.ta = (uint8_t)p->ca->ta,
		.type = OBJECT_ROA,
		.not_before = ee->not_before,
		.not_after = ee->not_after,
		.chain_not_after = p->end,
	};
	size_t i;

	source.uri = findings_uri(f, p->ca->repository_uri, file->entry->name);
	memcpy(source.hash, file->entry->hash, sizeof(source.hash));
	if (source.uri == NULL || !VEC_PUSH(&f->sources, source) ||
		!VEC_RESERVE(&f->vrps, f->vrps.n + roa->prefix_count)) {
		f->failed = true;
		return;
	}
	for (i = 0; i < roa->prefix_count; i++) {
		const struct roa_prefix *from = &roa->prefixes[i];

		f->vrps.at[f->vrps.n++] = (struct vrp){
			.addr = from->prefix.addr,
			.asn = roa->asn,
			.family = from->prefix.family,
			.len = from->prefix.len,
			.max_len = from->max_len,
			.ta = (uint8_t)p->ca->ta,
			.expires = earlier(p->end, ee->not_after).s,
			.source = (uint32_t)(f->sources.n - 1),
		};
	}
}

static enum reject
check_roa(struct point *p, const struct file *file)
{
	struct checker *k = p->k;
	struct roa roa;
	enum reject code = roa_parse(
		file->der, k->env->profile, k->crypto, k->object_arena, &roa);

	if (code == REJECT_NONE)
		code = check_ee(p, &roa.cms.ee, file->entry->name);
	if (code == REJECT_NONE)
		code = cms_check(&roa.cms, k->crypto);
	if (code == REJECT_NONE)
		keep_vrps(p, file, &roa);
	return code;
}

/* Nothing comes of a Ghostbusters record; its faults are told. */
static enum reject
check_gbr(struct point *p, const struct file *file)
{
	struct checker *k = p->k;
	struct gbr gbr;
	enum reject code = gbr_parse(
		file->der, k->env->profile, k->crypto, k->object_arena, &gbr);

	if (code == REJECT_NONE)
		code = check_ee(p, &gbr.cms.ee, file->entry->name);
	if (code == REJECT_NONE)
		code = cms_check(&gbr.cms, k->crypto);
	return code;
}

/* Queue a CA whose certificate holds, unless a limit or a loop forbids. */
static enum reject
queue_child(struct point *p, const struct file *file, const struct cert *cert)
{
	struct findings *f = &p->k->findings;
	const struct chain_limits *limits = &p->k->env->limits;
	struct ca_origin from = {
		.cert = cert,
		.parent = p->ca,
		.path_end = p->end,
		.order = file->index,
	};
	struct ca *child;
	const char *uri;

	if (ca_has_ancestor(p->ca, cert->spki, cert->manifest_uri))
		return REJECT_CA_LOOP;
	if (p->ca->depth >= limits->depth || p->children >= limits->children) {
		f->point.counters[REPORT_POINTS_FAILED]++;
		return p->ca->depth >= limits->depth ? REJECT_CA_DEPTH
						     : REJECT_CA_CHILDREN;
	}
	uri = findings_uri(f, p->ca->repository_uri, file->entry->name);
	if (uri == NULL)
		return REJECT_NONE;
	from.uri = span_text(uri);
	child = ca_new(&from);
	if (child == NULL || !VEC_PUSH(&f->children, child)) {
		ca_unref(child);
		f->failed = true;
		return REJECT_NONE;
	}
	p->children++;
	return REJECT_NONE;
}

static enum reject
check_child(struct point *p, const struct file *file, enum cert_role role)
{
	struct checker *k = p->k;
	struct cert cert;
	enum reject code =
		cert_parse(file->der, role, k->crypto, k->object_arena, &cert);

	if (code == REJECT_NONE)
		code = issued_cert(&p->by, &cert, k->crypto);
	if (code != REJECT_NONE)
		return code;
	/* RFC 6487 section 4.8.7 is a rule for issuers: a parent that moved
	 * its certificate must not lose its children. */
	if (!span_equal(cert.aia_uri, p->ca->uri))
		note_warning(&p->noter, file->entry->name,
			"AIA does not name the issuer's certificate");
	return role == CERT_CA ? queue_child(p, file, &cert) : REJECT_NONE;
}

static void
check_type(struct point *p, const struct file *file)
{
	struct noted ignored = {
		.name = file->entry->name,
		.type = file->entry->type,
		.state = OBJECT_STATE_IGNORED,
		.hash = file->entry->hash,
	};

	switch (file->entry->type) {
	case OBJECT_ROA:
		note(p, file, OBJECT_ROA, check_roa(p, file));
		return;
	case OBJECT_GBR:
		note(p, file, OBJECT_GBR, check_gbr(p, file));
		return;
	case OBJECT_CERT:
		if (cert_role_of(file->der) == CERT_ROUTER)
			note(p, file, OBJECT_ROUTER_CERT,
				check_child(p, file, CERT_ROUTER));
		else
			note(p, file, OBJECT_CERT,
				check_child(p, file, CERT_CA));
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
		note_object(&p->noter, &ignored);
		return;
	}
}

static bool
is_stopped(const struct point *p)
{
	return p->k->findings.failed ||
		atomic_load_explicit(
			&p->k->env->progress->stop, memory_order_relaxed);
}

/* All listed files but the CRL, which was checked before. */
static void
check_files(struct point *p)
{
	struct checker *k = p->k;
	size_t i;

	for (i = 0; i < p->mft.file_count && !is_stopped(p); i++) {
		struct file file = {
			.entry = &p->mft.files[i],
			.index = (uint32_t)i,
		};
		enum reject code;

		if (i == p->mft.crl)
			continue;
		code = read_listed(p, file.entry, &k->object, &file.der);
		if (code == REJECT_NONE)
			check_type(p, &file);
		else
			fail(p, file.entry, code, false);
		arena_reset(k->object_arena);
		if (p->failed != REJECT_NONE && !k->env->judge)
			return;
	}
}

/* The CRL that the manifest names.  A CRL that does not hold takes the point
 * with it, as nothing here could then be known not to be revoked. */
static bool
check_crl(struct point *p)
{
	struct file file = {.entry = &p->mft.files[p->mft.crl]};
	struct checker *k = p->k;
	enum reject code = read_listed(p, file.entry, &k->crl, &file.der);
	bool read = code == REJECT_NONE;

	if (read)
		code = crl_parse(file.der, k->point_arena, &p->crl);
	if (code == REJECT_NONE)
		code = issued_crl(&p->by, &p->crl, k->crypto);
	if (code != REJECT_NONE) {
		fail(p, file.entry, code, read);
		return false;
	}
	note(p, &file, OBJECT_CRL, REJECT_NONE);
	p->by.crl = &p->crl;
	p->end = earlier(p->end, p->crl.next_update);
	return true;
}

/* The manifest as an object of its own, before its CRL is known. */
static enum reject
check_manifest(struct point *p)
{
	const struct mft *mft = &p->mft;
	const struct mft_file *crl = &mft->files[mft->crl];
	struct span folder = p->ca->repository_uri;
	struct wall at = p->by.at;
	enum reject code;

	/* URIs and file names were bounded when they were parsed. */
	assert(folder.n + crl->name.n <= sizeof(p->crl_uri));
	memcpy(p->crl_uri, folder.p, folder.n);
	memcpy(p->crl_uri + folder.n, crl->name.p, crl->name.n);
	p->by.crl_uri = span_of(p->crl_uri, folder.n + crl->name.n);
	code = check_ee(p, &mft->cms.ee, uri_name(p->ca->manifest_uri));
	if (code == REJECT_NONE)
		code = cms_check(&mft->cms, p->k->crypto);
	if (code != REJECT_NONE)
		return code;
	if (at.s < mft->this_update.s)
		return REJECT_MANIFEST_EARLY;
	if (at.s > mft->next_update.s)
		return REJECT_MANIFEST_STALE;
	p->end = earlier(p->end, mft->next_update);
	p->end = earlier(p->end, mft->cms.ee.not_after);
	return REJECT_NONE;
}

static enum reject
read_manifest(struct point *p)
{
	struct checker *k = p->k;
	struct span der;
	enum reject code;
	int err = tree_folder(&k->view, p->ca->repository_uri, &p->folder);

	if (err == 0)
		err = tree_read(p->folder, uri_name(p->ca->manifest_uri),
			&k->manifest, &der);
	if (err != 0)
		return read_error(err, REJECT_MANIFEST_MISSING);
	k->findings.point.counters[REPORT_BYTES] += der.n;
	if (crypto_sha256(k->crypto, der, p->manifest_hash) != 0)
		return REJECT_OBJECT_READ;
	code = mft_parse(
		der, k->env->profile, k->crypto, k->point_arena, &p->mft);
	return code != REJECT_NONE ? code : check_manifest(p);
}

/* From the manifest to the last file. */
static void
check_all(struct point *p)
{
	enum reject code =
		key_load(p->k->crypto, p->ca->spki, KEY_RSA, &p->key);

	p->by.key = p->key;
	if (code == REJECT_NONE)
		code = read_manifest(p);
	if (code != REJECT_NONE) {
		p->failed = code;
		return;
	}
	if (!check_crl(p))
		return;
	if (crl_revokes(&p->crl, p->mft.cms.ee.serial))
		p->failed = REJECT_REVOKED;
	else
		check_files(p);
}

static void
note_manifest(struct point *p)
{
	struct noted what = {
		.name = uri_name(p->ca->manifest_uri),
		.type = OBJECT_MANIFEST,
		.state = OBJECT_STATE_VALID,
		.hash = p->manifest_hash,
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
	f->point.counters[REPORT_POINTS_FAILED]++;
	p->noter.refusals = 0;
	note_manifest(p);
	if (p->culprit.n == 0)
		return;
	f->keep_verdicts = false; /* it has its verdict already */
	note_object(&p->noter, &what);
	f->keep_verdicts = keep;
}

/* Children of a failed point are walked only to be judged. */
static void
end_judged(struct point *p)
{
	struct findings *f = &p->k->findings;
	enum reject lost = p->ca->lost != REJECT_NONE ? p->ca->lost : p->failed;
	size_t i;

	if (p->ca->lost != REJECT_NONE)
		findings_undo(f, true);
	for (i = f->mark.verdicts; i < f->verdicts.n; i++)
		f->verdicts.at[i].lost = lost;
	for (i = f->mark.children; i < f->children.n; i++)
		f->children.at[i]->lost = lost;
}

static uint64_t
end(struct point *p)
{
	struct checker *k = p->k;
	struct findings *f = &k->findings;
	uint64_t vrps, before;

	if (p->failed == REJECT_NONE) {
		f->point.counters[REPORT_POINTS_VALID]++;
		note_manifest(p);
	} else {
		end_failed(p);
	}
	if (k->env->judge)
		end_judged(p);
	vrps = f->vrps.n - f->mark.vrps;
	before = atomic_fetch_add(&k->env->vrps[p->ca->ta], vrps);
	if (before + vrps > k->env->limits.vrps) {
		f->vrps.n = f->mark.vrps;
		f->sources.n = f->mark.sources;
	}
	note_end(&p->noter);
	return vrps;
}

static void
begin(struct point *p, struct checker *k, const struct ca *ca)
{
	memset(p, 0, offsetof(struct point, crl_uri));
	p->k = k;
	p->ca = ca;
	p->noter = (struct noter){
		.k = k, .ta = ca->ta, .folder = ca->repository_uri};
	p->by = (struct issuer){.ca = ca, .at = k->env->at};
	p->end = ca->chain_end;
	p->folder = -1;
	findings_begin(&k->findings);
}

uint64_t
point_check(struct checker *k, const struct ca *ca)
{
	struct point p;
	struct tally *tally = &k->findings.point;
	uint64_t signatures = crypto_signatures(k->crypto);
	uint64_t vrps;

	begin(&p, k, ca);
	check_all(&p);
	vrps = end(&p);
	if (p.folder >= 0)
		(void)close(p.folder); /* nothing was written */
	key_free(p.key);
	arena_reset(k->point_arena);
	tally->counters[REPORT_SIGNATURES] =
		crypto_signatures(k->crypto) - signatures;
	findings_commit(&k->findings, ca->ta);
	atomic_fetch_add_explicit(&k->env->progress->objects, p.noter.objects,
		memory_order_relaxed);
	return vrps;
}

void
point_deny(struct checker *k, const struct ca *ca, enum reject reason)
{
	struct point p;

	begin(&p, k, ca);
	p.failed = reason;
	end(&p);
	findings_commit(&k->findings, ca->ta);
}
