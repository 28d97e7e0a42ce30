/*
 * place: one place of a publication point.  The order of things, and where each
 * may end:
 *
 *	manifest read --> parsed --> signed, in time, not older than one before
 *	--> its CRL read, signed, in time --> manifest's EE not revoked -->
 *	file by file: read, hash, rules of its type --> the place holds
 *
 * Files are checked as they are read, so that each is read once and no more
 * than one is in memory; what they gave is taken back by point.c when a later
 * file is missing or wrong.  What memory knows of a file is not read at all.
 */
#include <assert.h>
#include <string.h>

#include "core/uri.h"
#include "validator/chain/point_inner.h"
#include "validator/object/cms.h"
#include "waymark/err.h"

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
		return place_error(p, err, REJECT_MANIFEST_FILE_MISSING);
	*out = file.der;
	if (memcmp(file.hash, entry->hash, sizeof(file.hash)) != 0)
		return REJECT_MANIFEST_FILE_HASH;
	return REJECT_NONE;
}

/* Whether more was read of this place than of any point may be: what memory
 * knows counts, so that it changes nothing. */
static bool
is_too_large(const struct point *p)
{
	const struct checker *k = p->k;

	return k->findings.point.counters[REPORT_BYTES] - p->read_before >
		k->env->limits.read;
}

/* Read and judge one; take what it gives, and remember it. */
static void
check_member(struct point *p, struct member *m)
{
	struct checker *k = p->k;
	struct memory_file file = {.name = m->entry->name};
	uint64_t before = crypto_signatures(k->crypto);
	enum reject code = read_listed(p, m->entry, &k->object, &m->der);

	if (code != REJECT_NONE) {
		fail(p, m->entry, code, false);
		return;
	}
	member_judge(&p->house, m, &file.what);
	file.size = (uint32_t)m->der.n;
	file.signatures = (uint32_t)(crypto_signatures(k->crypto) - before);
	code = member_take(&p->house, m, &file.what);
	recall_note(p, &file);
	if (stand_in_is_wanted(&file.what, code))
		stand_in_seek(p, m, code);
}

/* All listed files; the CRL was checked before. */
static void
check_files(struct point *p)
{
	struct checker *k = p->k;
	size_t i;

	for (i = 0; i < p->mft.file_count && !place_is_stopped(p); i++) {
		struct member m = {
			.entry = &p->mft.files[i],
			.index = (uint32_t)i,
		};
		struct memory_file crl = {
			.name = m.entry->name,
			.what = {.type = OBJECT_CRL},
		};

		if (i == p->mft.crl)
			recall_note(p, &crl);
		else if (!recall_member(p, &m))
			check_member(p, &m);
		arena_reset(k->object_arena);
		if (is_too_large(p)) {
			fail(p, m.entry, REJECT_POINT_SIZE, false);
			return;
		}
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
	window_narrow(
		&p->window, p->crl.this_update, p->crl.next_update, p->by.at);
	return true;
}

/* Whether it may take the place of what held last (RFC 9286 section 4.2.1): the
 * same one may, and so may one of the same second with a higher number, as CAs
 * publish more than once a second.  The name of the file is part of what the
 * past is kept under, so another name begins anew (RFC 9981). */
static enum reject
check_order(const struct point *p)
{
	const struct past *past = &p->history.past;
	const struct manifest_facts *now = &p->manifest;
	int c;

	if (!past->is_known || !past->has_number || p->is_free ||
		p->place.last_good ||
		memcmp(past->manifest, now->hash, sizeof(now->hash)) == 0)
		return REJECT_NONE;
	c = memcmp(now->number, past->number, sizeof(now->number));
	if (c < 0)
		return REJECT_MANIFEST_ROLLBACK;
	if (c == 0)
		return REJECT_MANIFEST_REUSE;
	return now->this_update.s < past->this_update.s ? REJECT_MANIFEST_OLDER
							: REJECT_NONE;
}

/* What is told of the manifest, and compared with later ones. */
static void
take_facts(struct point *p, struct span der)
{
	const struct mft *mft = &p->mft;
	struct span number = mft->number;
	struct manifest_facts *to = &p->manifest;

	to->this_update = mft->this_update;
	to->next_update = mft->next_update;
	to->size = (uint32_t)der.n;
	to->file_count = mft->file_count;
	memset(to->number, 0, sizeof(to->number));
	while (number.n > sizeof(to->number)) { /* a sign, at most */
		number.p++;
		number.n--;
	}
	memcpy(to->number + sizeof(to->number) - number.n, number.p, number.n);
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
	code = check_order(p);
	if (code != REJECT_NONE)
		return code;
	window_narrow(&p->window, mft->this_update, mft->next_update, at);
	window_narrow(
		&p->window, mft->cms.ee.not_before, mft->cms.ee.not_after, at);
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
	int err = read_file(
		p, uri_name(p->ca->manifest_uri), NULL, &k->manifest, &file);

	if (err != 0)
		return place_error(p, err, REJECT_MANIFEST_MISSING);
	p->has_manifest = true;
	memcpy(p->manifest.hash, file.hash, sizeof(p->manifest.hash));
	code = issued_size(file.der);
	if (code == REJECT_NONE)
		code = mft_parse(file.der, k->env->profile, k->crypto,
			k->point_arena, &p->mft);
	if (code != REJECT_NONE)
		return code;
	take_facts(p, file.der);
	return check_manifest(p);
}

/* Keys are made ready where they are used: what memory knows needs none. */
static bool
ready_key(struct point *p)
{
	if (p->key == NULL)
		p->failed =
			key_load(p->k->crypto, p->ca->spki, KEY_RSA, &p->key);
	p->by.key = p->key;
	return p->failed == REJECT_NONE;
}

bool
place_is_stopped(const struct point *p)
{
	return p->k->findings.failed ||
		atomic_load_explicit(
			&p->k->env->progress->stop, memory_order_relaxed);
}

enum reject
place_error(struct point *p, int err, enum reject missing)
{
	if (err == ERR_NOMEM)
		p->k->findings.failed = true;
	if (err == ERR_NOTFOUND)
		return missing;
	return err == ERR_LIMIT ? REJECT_OBJECT_SIZE : REJECT_OBJECT_READ;
}

void
place_count(struct point *p, size_t files)
{
	atomic_uint_fast64_t *used =
		&p->k->env->tas[p->ca->ta].used[LIMIT_OBJECTS];
	uint64_t n = 1 + files;

	if (p->is_told)
		return;
	p->objects += n;
	p->beyond |= atomic_fetch_add(used, n) + n >
		p->k->env->limits.ta[LIMIT_OBJECTS];
}

void
place_check(struct point *p)
{
	const uint64_t *bytes = &p->k->findings.point.counters[REPORT_BYTES];
	uint64_t signatures = crypto_signatures(p->k->crypto);
	bool has_crl;

	p->read_before = *bytes;
	if (!ready_key(p))
		return;
	p->failed = read_manifest(p);
	if (p->failed != REJECT_NONE)
		return;
	place_count(p, p->mft.file_count);
	if (p->beyond)
		return;
	has_crl = check_crl(p);
	p->head_octets = *bytes - p->read_before;
	p->head_signatures = crypto_signatures(p->k->crypto) - signatures;
	if (!has_crl)
		return;
	if (crl_revokes(&p->crl, p->mft.cms.ee.serial))
		p->failed = REJECT_REVOKED;
	else
		check_files(p);
}
