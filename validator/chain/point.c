/*
 * point: see the header.  The order of things, and where each may end:
 *
 *	place by place, until one holds:
 *	manifest read --> parsed --> signed, in time --> its CRL read,
 *	signed, in time --> manifest's EE not revoked --> file by file: read,
 *	hash, rules of its type --> the point stands
 *
 * Files are checked as they are read, so that each is read once and no more
 * than one is in memory; what they gave is taken back when a later file is
 * missing or wrong.
 *
 * What is told of a point that holds nowhere is what is wrong at the first
 * place that has a manifest: there it is looked at once more, when others came
 * behind.
 */
#include "validator/chain/point.h"

#include <assert.h>
#include <string.h>

#include "core/uri.h"
#include "validator/chain/issued.h"
#include "validator/chain/member.h"
#include "validator/chain/note.h"
#include "validator/object/cms.h"
#include "validator/object/crl.h"
#include "validator/object/mft.h"
#include "waymark/err.h"

/* Why a place failed, to be told when a later one holds. */
struct setback {
	enum reject reason;
	size_t name_n;
	uint8_t name[BOUND_FILE_NAME]; /* of the file it failed for */
};

/* A point under way. */
struct point {
	struct checker *k;
	const struct ca *ca;
	struct noter noter;
	struct issuer by;
	struct key *key;
	struct mft mft;
	struct crl crl;
	struct household house; /* its members share `by` and `noter` */
	struct place place; /* that is looked at */
	bool has_manifest; /* at this place */
	bool is_told; /* looked at once more: all was counted */
	bool is_gone; /* the last good version is known, and not there */
	int home; /* its repository, see point_gain */
	bool fell_back; /* `before` failed, this one holds */
	enum reject failed; /* why the point gives nothing */
	struct span culprit; /* the file's name, when it is for a file */
	enum object_type culprit_type;
	uint64_t objects; /* that the manifests list, themselves included */
	bool beyond; /* a limit of the trust anchor is passed */
	uint8_t manifest_hash[SHA256_SIZE];
	struct setback before;
	char crl_uri[BOUND_URI + BOUND_FILE_NAME + 2];
};

/* Want of memory or descriptors is no fault of the point: it voids the run. */
static enum reject
read_error(struct point *p, int err, enum reject missing)
{
	if (err == ERR_NOMEM)
		p->k->findings.failed = true;
	if (err == ERR_NOTFOUND)
		return missing;
	return err == ERR_LIMIT ? REJECT_OBJECT_SIZE : REJECT_OBJECT_READ;
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

/* Read a file with its hash. */
static int
read_file(struct point *p, struct span name, const uint8_t *listed,
	struct source_buffer *buffer, struct source_file *out)
{
	struct checker *k = p->k;
	int err =
		k->source.ops->read(k->source.view, name, listed, buffer, out);

	/* Whoever collects spares it: so the store has lost it. */
	p->is_gone |= p->place.last_good &&
		(err == ERR_NOTFOUND || err == ERR_CHECKSUM);
	if (err != 0)
		return err;
	k->findings.point.counters[REPORT_BYTES] += out->der.n;
	if (!out->hashed)
		crypto_sha256(k->crypto, out->der, out->hash);
	return 0;
}

/* Read a listed file and compare its hash.  REJECT_NONE, or why the point
 * fails. */
static enum reject
read_listed(struct point *p, const struct mft_file *entry,
	struct source_buffer *buffer, struct span *out)
{
	struct source_file file;
	int err = read_file(p, entry->name, entry->hash, buffer, &file);

	if (err != 0)
		return read_error(p, err, REJECT_MANIFEST_FILE_MISSING);
	*out = file.der;
	if (memcmp(file.hash, entry->hash, sizeof(file.hash)) != 0)
		return REJECT_MANIFEST_FILE_HASH;
	return REJECT_NONE;
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
		struct member m = {
			.entry = &p->mft.files[i],
			.index = (uint32_t)i,
		};
		struct outcome what;
		enum reject code;

		if (i == p->mft.crl)
			continue;
		code = read_listed(p, m.entry, &k->object, &m.der);
		if (code == REJECT_NONE) {
			member_judge(&p->house, &m, &what);
			member_take(&p->house, &m, &what);
		} else {
			fail(p, m.entry, code, false);
		}
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
	struct checker *k = p->k;
	struct noted what = {
		.name = p->mft.files[p->mft.crl].name,
		.type = OBJECT_CRL,
		.state = OBJECT_STATE_VALID,
		.hash = p->mft.files[p->mft.crl].hash,
	};
	struct span der;
	enum reject code =
		read_listed(p, &p->mft.files[p->mft.crl], &k->crl, &der);
	bool read = code == REJECT_NONE;

	if (read)
		code = issued_size(der);
	if (code == REJECT_NONE)
		code = crl_parse(der, k->point_arena, &p->crl);
	if (code == REJECT_NONE)
		code = issued_crl(&p->by, &p->crl, k->crypto);
	if (code != REJECT_NONE) {
		fail(p, &p->mft.files[p->mft.crl], code, read);
		return false;
	}
	note_object(&p->noter, &what);
	p->by.crl = &p->crl;
	p->house.end = wall_earlier(p->house.end, p->crl.next_update);
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
	code = issued_ee(&p->by, &mft->cms.ee, uri_name(p->ca->manifest_uri),
		p->k->crypto);
	if (code == REJECT_NONE)
		code = cms_check(&mft->cms, p->k->crypto);
	if (code != REJECT_NONE)
		return code;
	if (at.s < mft->this_update.s)
		return REJECT_MANIFEST_EARLY;
	if (at.s > mft->next_update.s)
		return REJECT_MANIFEST_STALE;
	p->house.end = wall_earlier(p->house.end, mft->next_update);
	p->house.end = wall_earlier(p->house.end, mft->cms.ee.not_after);
	return REJECT_NONE;
}

static enum reject
read_manifest(struct point *p)
{
	struct checker *k = p->k;
	struct source_file file;
	enum reject code;
	int err = k->source.ops->open(k->source.view, p->ca, &p->place);

	if (err == 0)
		err = read_file(p, uri_name(p->ca->manifest_uri), NULL,
			&k->manifest, &file);
	if (err != 0)
		return read_error(p, err, REJECT_MANIFEST_MISSING);
	p->has_manifest = true;
	memcpy(p->manifest_hash, file.hash, sizeof(p->manifest_hash));
	code = issued_size(file.der);
	if (code == REJECT_NONE)
		code = mft_parse(file.der, k->env->profile, k->crypto,
			k->point_arena, &p->mft);
	return code != REJECT_NONE ? code : check_manifest(p);
}

/* Count what the manifest lists before any of it costs anything. */
static void
count_objects(struct point *p)
{
	atomic_uint_fast64_t *used =
		&p->k->env->tas[p->ca->ta].used[LIMIT_OBJECTS];

	uint64_t n = 1 + p->mft.file_count;

	if (p->is_told)
		return;
	p->objects += n;
	p->beyond |= atomic_fetch_add(used, n) + n >
		p->k->env->limits.ta[LIMIT_OBJECTS];
}

/* From the manifest to the last file. */
static void
check_all(struct point *p)
{
	enum reject code = read_manifest(p);

	if (code != REJECT_NONE) {
		p->failed = code;
		return;
	}
	count_objects(p);
	if (p->beyond || !check_crl(p))
		return;
	if (crl_revokes(&p->crl, p->mft.cms.ee.serial))
		p->failed = REJECT_REVOKED;
	else
		check_files(p);
}

/* Look at one place, as if it were the first: what another one gave is
 * forgotten. */
static void
try_place(struct point *p, const struct place *place)
{
	struct checker *k = p->k;
	struct findings *f = &k->findings;

	findings_undo(f, false);
	f->verdicts.n = f->mark.verdicts;
	note_again(&p->noter);
	arena_reset(k->point_arena);
	p->place = *place;
	p->has_manifest = false;
	p->by.crl = NULL;
	p->house.end = p->ca->chain_end;
	p->house.children = p->house.taks = 0;
	p->failed = REJECT_NONE;
	p->culprit = span_of(NULL, 0);
	p->culprit_type = OBJECT_CERT; /* of none */
	check_all(p);
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

/* Try the places until one holds.  Beyond the limit of objects all are counted:
 * who is dealt its part must not ask for more afterwards. */
static void
try_places(struct point *p, const struct place *places, size_t n)
{
	bool had_manifest = false;
	size_t told = n, i;

	for (i = 0; i < n; i++) {
		try_place(p, &places[i]);
		if (is_stopped(p) || (p->failed == REJECT_NONE && !p->beyond))
			break;
		if (told == n || (p->has_manifest && !had_manifest)) {
			told = i;
			had_manifest = p->has_manifest;
			remember_setback(p);
		}
	}
	p->fell_back = i > 0 && i < n;
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
		.repo = p->home,
	};

	memcpy(to.hash, p->manifest_hash, sizeof(to.hash));
	to.ca = ca_ref(p->ca);
	if (VEC_PUSH(&f->points, to))
		return;
	ca_unref(p->ca);
	f->failed = true;
}

/* Keep the version for later runs, should the next one not hold.  Only what was
 * published counts: what is remembered already needs no renewal by itself. */
static void
keep_version(struct point *p)
{
	struct checker *k = p->k;
	struct findings *f = &k->findings;
	struct held version = {.file_count = p->mft.file_count};
	uint8_t(*files)[SHA256_SIZE];
	size_t i;

	if (p->failed != REJECT_NONE || p->beyond || p->place.last_good ||
		p->ca->lost.reason != REJECT_NONE ||
		k->source.ops->keeps == NULL ||
		!k->source.ops->keeps(
			k->source.view, p->ca, p->manifest_hash, version.key))
		return;
	files = arena_array(f->texts, version.file_count, sizeof(*files));
	if (files == NULL) {
		f->failed = true;
		return;
	}
	for (i = 0; i < version.file_count; i++)
		memcpy(files[i], p->mft.files[i].hash, sizeof(*files));
	memcpy(version.manifest, p->manifest_hash, sizeof(version.manifest));
	version.files = (const uint8_t(*)[SHA256_SIZE])files;
	f->failed |= !VEC_PUSH(&f->versions, version);
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
	p->failed = key_load(k->crypto, p->ca->spki, KEY_RSA, &p->key);
	p->by.key = p->key;
	if (p->failed == REJECT_NONE)
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
	keep_version(&p);
	keep_point(&p);
	key_free(p.key);
	arena_reset(k->point_arena);
	tally->counters[REPORT_SIGNATURES] =
		crypto_signatures(k->crypto) - signatures;
	findings_commit(&k->findings, ca->ta);
	atomic_fetch_add_explicit(&k->env->progress->objects, p.noter.objects,
		memory_order_relaxed);
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
