/*
 * world_write: signing a world, one publication point at a time.
 *
 *	workers take points from a list; for each:
 *	  children's certificates, ROAs, files, CRL  --> disk, name and hash
 *	  manifest over these                        --> disk
 *	then, once: trust anchors' certificates and TALs, expected.csv,
 *	expected.others, repositories
 *
 * A worker holds one object's tree at a time, so memory does not grow with the
 * world.
 */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/file.h"
#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/clock.h"
#include "waymark/err.h"

/* Shared by the workers. */
struct world_job {
	struct lab_world *world;
	const char *dir;
	struct lab_keys *keys;
	pthread_mutex_t lock;
	size_t next; /* point to do */
	int err; /* the first */
	struct lab_written sum;
};

/* One worker at one publication point. */
struct world_point {
	struct world_job *job;
	struct lab *lab;
	struct arena *arena; /* texts of this point */
	const struct lab_ca *ca;
	struct world_folder *folder;
	const char *base; /* rsync://HOST/MODULE/FOLDER/ */
	VEC(struct lab_file) files; /* what the manifest lists */
	VEC(struct lab_revoked) revoked;
	size_t objects;
	char path[4096];
};

static const char *
point_text(struct world_point *p, const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b);
	char *text = world_need(arena_get(p->arena, n + 1));

	memcpy(text, a, strlen(a));
	memcpy(text + strlen(a), b, strlen(b) + 1);
	return text;
}

/* rsync://HOST/MODULE/ with FOLDER/ where there is one. */
static const char *
point_base(struct world_point *p, const struct lab_ca *ca, bool folder)
{
	const char *base = point_text(p, "rsync://", ca->host);

	base = point_text(p, base, "/");
	base = point_text(p, base, ca->module);
	base = point_text(p, base, "/");
	if (!folder)
		return base;
	base = point_text(p, base, ca->folder);
	return point_text(p, base, "/");
}

/* Where a CA's own certificate lies. */
static const char *
point_cert_uri(struct world_point *p, const struct lab_ca *ca)
{
	const struct lab_ca *at = ca->parent != NULL ? ca->parent : ca;
	const char *base = point_base(p, at, ca->parent != NULL);

	return point_text(p, base, ca->cert.file);
}

static int
point_fail(struct world_point *p, int err, const char *file)
{
	struct lab_world *world = p->job->world;

	pthread_mutex_lock(&p->job->lock);
	if (p->job->err == 0) {
		p->job->err = err;
		snprintf(world->why, sizeof(world->why), "%s%s: %s", p->base,
			file,
			lab_why(p->lab)[0] != '\0' ? lab_why(p->lab)
						   : err_text(err));
	}
	pthread_mutex_unlock(&p->job->lock);
	return err;
}

/* The octets as the faults want them on disk. */
static struct span
point_faulty(
	struct world_point *p, const struct lab_item *item, struct span der)
{
	uint8_t *grown;

	if (item->faults[LAB_FAULT_OTHER])
		der = item->other;
	if (item->faults[LAB_FAULT_EMPTY])
		der.n = 0;
	if (item->faults[LAB_FAULT_CUT])
		der.n /= 2;
	if (item->faults[LAB_FAULT_GROWN]) {
		grown = der_get(lab_arena(p->lab), der.n + 1);
		memcpy(grown, der.p, der.n);
		grown[der.n] = 0;
		der = span_of(grown, der.n + 1);
	}
	return der;
}

/* List it, unless it is the manifest itself, and write it. */
static int
point_put(struct world_point *p, const struct lab_item *item, struct span der)
{
	struct lab_file file = {.name = item->file};

	p->objects++;
	der = point_faulty(p, item, der);
	if (EVP_Digest(der.n == 0 ? (const void *)"" : der.p, der.n, file.hash,
		    NULL, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	if (item->faults[LAB_FAULT_HASH])
		file.hash[0] ^= 1;
	if (item != &p->ca->mft && !item->faults[LAB_FAULT_UNLISTED] &&
		!VEC_PUSH(&p->files, file))
		return ERR_NOMEM;
	if (item->faults[LAB_FAULT_MISSING])
		return 0;
	return world_folder_put(p->folder, item->file, der);
}

static int
point_revoke(
	struct world_point *p, const struct lab_item *item, const char *serial)
{
	struct lab_revoked revoked = {serial, p->ca->this_update};

	if (!item->faults[LAB_FAULT_REVOKED])
		return 0;
	return VEC_PUSH(&p->revoked, revoked) ? 0 : ERR_NOMEM;
}

/* What an EE certificate of this point has in common with all others. */
static void
point_ee(struct world_point *p, const char *file, struct lab_cert *ee)
{
	uint32_t spread = 5381;

	/* Any of the pool, but always the same. */
	for (const char *c = file; *c != '\0'; c++)
		spread = spread * 33 + (uint8_t)*c;
	lab_cert_init(p->lab, LAB_EE, ee);
	ee->key = (spread ^ spread >> 16) % WORLD_EE_KEYS;
	ee->issuer_key = p->ca->key;
	ee->issuer = p->ca->name;
	ee->crl_uri = point_text(p, p->base, p->ca->crl.file);
	ee->aia_uri = point_cert_uri(p, p->ca);
	ee->object_uri = point_text(p, p->base, file);
}

static int
point_cert(struct world_point *p, const struct lab_ca *child, struct span *out)
{
	const char *base = point_base(p, child, true);
	struct lab_cert cert;

	lab_cert_init(p->lab, child->parent == NULL ? LAB_TA : LAB_CA, &cert);
	cert.key = child->key;
	cert.serial = child->serial;
	cert.subject = child->name;
	cert.not_before = child->not_before;
	cert.not_after = child->not_after;
	cert.resources = child->resources;
	cert.repository_uri = base;
	cert.manifest_uri = point_text(p, base, child->mft.file);
	cert.notify_uri = child->notify_uri;
	cert.changes = child->cert.changes.at;
	if (child->parent != NULL) {
		cert.issuer_key = child->parent->key;
		cert.issuer = child->parent->name;
		cert.crl_uri = point_text(p, p->base, p->ca->crl.file);
		cert.aia_uri = point_cert_uri(p, child->parent);
	}
	return lab_cert_bytes(p->lab, &cert, out);
}

static int
point_children(struct world_point *p)
{
	int err = 0;

	for (size_t i = 0; i < p->ca->children.n && err == 0; i++) {
		const struct lab_ca *child = p->ca->children.at[i];
		struct span der = {0};

		err = point_cert(p, child, &der);
		if (err == 0)
			err = point_put(p, &child->cert, der);
		if (err == 0)
			err = point_revoke(p, &child->cert, child->serial);
		if (err != 0)
			return point_fail(p, err, child->cert.file);
		arena_reset(lab_arena(p->lab));
	}
	return err;
}

static int
point_roa(struct world_point *p, const struct lab_world_roa *roa)
{
	struct lab_roa params;
	struct span der = {0};
	int err;

	lab_roa_init(p->lab, &params);
	params.asn = roa->asn;
	params.prefixes = roa->prefixes;
	params.changes = roa->item.changes.at;
	params.envelope.signing_time = roa->not_before;
	point_ee(p, roa->item.file, &params.envelope.ee);
	params.envelope.ee.serial = roa->serial;
	params.envelope.ee.subject = point_text(p, "ee-", roa->serial);
	params.envelope.ee.resources = roa->resources;
	params.envelope.ee.not_before = roa->not_before;
	params.envelope.ee.not_after = roa->not_after;
	err = lab_roa_bytes(p->lab, &params, &der);
	if (err == 0)
		err = point_put(p, &roa->item, der);
	return err == 0 ? point_revoke(p, &roa->item, roa->serial) : err;
}

static int
point_roas(struct world_point *p)
{
	for (size_t i = 0; i < p->ca->roas.n; i++) {
		const struct lab_world_roa *roa = p->ca->roas.at[i];
		int err = point_roa(p, roa);

		if (err != 0)
			return point_fail(p, err, roa->item.file);
		arena_reset(lab_arena(p->lab));
	}
	return 0;
}

/* The resources of an object about one AS number, unless they are told. */
static const char *
point_extra_resources(
	struct world_point *p, const struct lab_world_extra *extra)
{
	char text[32];

	if (extra->resources != NULL || !extra->has_asn)
		return extra->resources;
	snprintf(text, sizeof(text), "AS%u", extra->asn);
	return point_text(p, text, "");
}

/* A router's certificate: a key of P-256, no place, no IP resources. */
static int
point_router(struct world_point *p, const struct lab_world_extra *extra,
	struct span *out)
{
	struct lab_cert ee, cert;

	point_ee(p, extra->item.file, &ee);
	lab_cert_init(p->lab, LAB_ROUTER, &cert);
	cert.issuer_key = ee.issuer_key;
	cert.issuer = ee.issuer;
	cert.crl_uri = ee.crl_uri;
	cert.aia_uri = ee.aia_uri;
	cert.serial = extra->serial;
	cert.key = extra->key;
	cert.not_before = extra->not_before;
	cert.not_after = extra->not_after;
	cert.changes = extra->item.changes.at;
	if (point_extra_resources(p, extra) != NULL)
		cert.resources = point_extra_resources(p, extra);
	return lab_cert_bytes(p->lab, &cert, out);
}

/* A TAK speaks of its CA's own key and place. */
static void
point_content(struct world_point *p, const struct lab_world_extra *extra,
	struct lab_content *c)
{
	c->key = p->ca->key;
	c->next_key = extra->key;
	c->uri = point_cert_uri(p, p->ca);
	if (extra->has_asn)
		c->asn = extra->asn;
	if (extra->list != NULL)
		c->list = extra->list;
}

static int
point_signed(struct world_point *p, const struct lab_world_extra *extra,
	struct span *out)
{
	struct lab_signed params;
	struct lab_cert *ee = &params.envelope.ee;
	const char *resources, *told = point_extra_resources(p, extra);
	bool is_placed;
	int err = lab_signed_init_type(p->lab, extra->type, &params);

	if (err != 0)
		return err;
	resources = ee->resources;
	is_placed = ee->object_uri != NULL;
	point_ee(p, extra->item.file, ee);
	if (!is_placed)
		ee->object_uri = NULL;
	ee->serial = extra->serial;
	ee->subject = point_text(p, "ee-", extra->serial);
	ee->resources = told != NULL ? told : resources;
	ee->not_before = extra->not_before;
	ee->not_after = extra->not_after;
	point_content(p, extra, &params.content);
	params.envelope.signing_time = extra->not_before;
	params.changes = extra->item.changes.at;
	return lab_signed_bytes(p->lab, &params, out);
}

static int
point_extras(struct world_point *p)
{
	for (size_t i = 0; i < p->ca->extras.n; i++) {
		const struct lab_world_extra *extra = p->ca->extras.at[i];
		bool router = strcmp(extra->type, "router") == 0;
		struct span der = {0};
		int err = router ? point_router(p, extra, &der)
				 : point_signed(p, extra, &der);

		if (err == 0)
			err = point_put(p, &extra->item, der);
		if (err == 0)
			err = point_revoke(p, &extra->item, extra->serial);
		if (err != 0)
			return point_fail(p, err, extra->item.file);
		arena_reset(lab_arena(p->lab));
	}
	return 0;
}

static int
point_files(struct world_point *p)
{
	for (size_t i = 0; i < p->ca->files.n; i++) {
		const struct lab_world_file *file = p->ca->files.at[i];
		int err = point_put(p, &file->item, file->bytes);

		if (err != 0)
			return point_fail(p, err, file->item.file);
	}
	return 0;
}

/* One EE certificate for each manifest: its serial ends in its number. */
static const char *
point_mft_serial(struct world_point *p)
{
	return point_text(p, "0x20000000", p->ca->number);
}

static int
point_crl(struct world_point *p)
{
	const struct lab_ca *ca = p->ca;
	struct lab_crl crl;
	struct span der = {0};
	int err = point_revoke(p, &ca->mft, point_mft_serial(p));

	for (size_t i = 0; i < ca->revoked.n && err == 0; i++)
		err = VEC_PUSH(&p->revoked, ca->revoked.at[i]) ? 0 : ERR_NOMEM;
	lab_crl_init(p->lab, &crl);
	crl.issuer_key = ca->key;
	crl.issuer = ca->name;
	crl.this_update = ca->this_update;
	crl.next_update = ca->next_update;
	crl.number = ca->number;
	crl.revoked = p->revoked.at;
	crl.revoked_count = p->revoked.n;
	crl.changes = ca->crl.changes.at;
	if (err == 0)
		err = lab_crl_bytes(p->lab, &crl, &der);
	if (err == 0)
		err = point_put(p, &ca->crl, der);
	return err == 0 ? 0 : point_fail(p, err, ca->crl.file);
}

static int
point_compare(const void *pa, const void *pb)
{
	const struct lab_file *a = pa;
	const struct lab_file *b = pb;

	return strcmp(a->name, b->name);
}

static int
point_mft(struct world_point *p)
{
	const struct lab_ca *ca = p->ca;
	struct lab_mft mft;
	struct span der = {0};
	int err;

	if (p->files.n != 0)
		qsort(p->files.at, p->files.n, sizeof(*p->files.at),
			point_compare);
	lab_mft_init(p->lab, &mft);
	mft.number = ca->number;
	mft.this_update = ca->this_update;
	mft.next_update = ca->next_update;
	mft.files = p->files.at;
	mft.file_count = p->files.n;
	mft.changes = ca->mft.changes.at;
	mft.envelope.signing_time = ca->this_update;
	point_ee(p, ca->mft.file, &mft.envelope.ee);
	mft.envelope.ee.serial = point_mft_serial(p);
	mft.envelope.ee.subject = point_text(p, "mft-", ca->number);
	mft.envelope.ee.resources = "inherit";
	mft.envelope.ee.not_before = ca->this_update;
	mft.envelope.ee.not_after = ca->next_update;
	err = lab_mft_bytes(p->lab, &mft, &der);
	if (err == 0)
		err = point_put(p, &ca->mft, der);
	return err == 0 ? 0 : point_fail(p, err, ca->mft.file);
}

/* The trust anchor's certificate, in a folder that is not its own: nothing is
 * removed there. */
static int
point_anchor(struct world_point *p)
{
	struct world_folder *mine = p->folder;
	struct lab_written sum = {0};
	struct span der = {0};
	char path[4096];
	int err;

	if (p->ca->parent != NULL)
		return 0;
	snprintf(path, sizeof(path), "%s/repo/%s/%s", p->job->dir, p->ca->host,
		p->ca->module);
	err = world_folder_open(path, &p->folder);
	if (err == 0) {
		size_t listed = p->files.n;

		err = point_cert(p, p->ca, &der);
		if (err == 0)
			err = point_put(p, &p->ca->cert, der);
		p->files.n = listed;
		world_folder_close(p->folder, false, &sum);
	}
	p->folder = mine;
	pthread_mutex_lock(&p->job->lock);
	p->job->sum.replaced += sum.replaced;
	pthread_mutex_unlock(&p->job->lock);
	return err == 0 ? 0 : point_fail(p, err, p->ca->cert.file);
}

static int
point_all(struct world_point *p)
{
	int err = point_anchor(p);

	if (err == 0)
		err = point_children(p);
	if (err == 0)
		err = point_roas(p);
	if (err == 0)
		err = point_extras(p);
	if (err == 0)
		err = point_files(p);
	if (err == 0)
		err = point_crl(p);
	return err == 0 ? point_mft(p) : err;
}

static int
point_write(struct world_point *p)
{
	struct lab_written sum = {0};
	int err;

	if (p->ca->is_written)
		return 0;
	arena_reset(p->arena);
	arena_reset(lab_arena(p->lab));
	p->base = point_base(p, p->ca, true);
	p->files.n = p->revoked.n = p->objects = 0;
	snprintf(p->path, sizeof(p->path), "%s/repo/%s", p->job->dir,
		p->base + strlen("rsync://"));
	err = world_folder_open(p->path, &p->folder);
	if (err != 0)
		return point_fail(p, err, "");
	err = point_all(p);
	world_keep_shared(p->folder, p->ca);
	world_folder_close(p->folder, err == 0, &sum);
	lab_keys_drop(p->job->keys, p->ca->key);
	pthread_mutex_lock(&p->job->lock);
	p->job->sum.objects += p->objects;
	p->job->sum.replaced += sum.replaced;
	p->job->sum.removed += sum.removed;
	pthread_mutex_unlock(&p->job->lock);
	return err;
}

static void *
world_work(void *ctx)
{
	struct world_job *job = ctx;
	struct world_point p = {.job = job};
	bool more = true;

	p.lab = world_need(lab_new(job->keys));
	p.arena = world_need(arena_new(65536));
	while (more) {
		pthread_mutex_lock(&job->lock);
		more = job->err == 0 && job->next < job->world->cas.n;
		p.ca = more ? job->world->cas.at[job->next++] : NULL;
		pthread_mutex_unlock(&job->lock);
		more = more && point_write(&p) == 0;
	}
	VEC_FREE(&p.files);
	VEC_FREE(&p.revoked);
	arena_free(p.arena);
	lab_free(p.lab);
	return NULL;
}

/* The TAL of a trust anchor (RFC 8630 section 2.2). */
static int
world_tal(struct world_job *job, struct world_folder *folder,
	const struct lab_ca *ta, struct arena *arena)
{
	struct span spki = lab_keys_spki(job->keys, ta->key, arena);
	struct text text = {0};
	char name[300];
	int err;

	snprintf(name, sizeof(name), "%s.tal", ta->name);
	if (ta->https_uri != NULL)
		text_add(&text, "%s\n", ta->https_uri);
	text_add(&text, "rsync://%s/%s/%s\n\n", ta->host, ta->module,
		ta->cert.file);
	text_add_base64(&text, spki.p, spki.n);
	text_char(&text, '\n');
	err = text.failed
		? ERR_NOMEM
		: world_folder_put(folder, name, span_of(text.p, text.n));
	text_free(&text);
	return err;
}

static int
world_tals(struct world_job *job)
{
	struct arena *arena = world_need(arena_new(65536));
	struct world_folder *folder = NULL;
	int err = world_folder_open(job->dir, &folder);

	for (size_t i = 0; i < job->world->cas.n && err == 0; i++)
		if (job->world->cas.at[i]->parent == NULL)
			err = world_tal(
				job, folder, job->world->cas.at[i], arena);
	if (err == 0)
		err = world_put_places(job->world, folder);
	if (folder != NULL)
		world_folder_close(folder, false, &job->sum);
	arena_free(arena);
	return err;
}

static void
world_work_all(struct world_job *job, unsigned threads)
{
	pthread_t *others = world_need(calloc(threads, sizeof(*others)));
	unsigned started = 0;

	while (started + 1 < threads &&
		pthread_create(&others[started], NULL, world_work, job) == 0)
		started++;
	world_work(job);
	while (started > 0)
		pthread_join(others[--started], NULL);
	free(others);
}

int
lab_world_write(struct lab_world *world, const char *dir, struct lab_keys *keys,
	unsigned threads, struct lab_written *out)
{
	struct world_job job = {.world = world, .dir = dir, .keys = keys};
	struct mono begin = mono_now();
	char path[4096];
	int err;

	assert(threads > 0);
	world->why[0] = '\0';
	snprintf(path, sizeof(path), "%s/expected.csv", dir);
	world_link_shared(world);
	pthread_mutex_init(&job.lock, NULL);
	lab_keys_prepare(keys, WORLD_EE_KEYS + world->cas.n, threads);
	world_work_all(&job, threads);
	pthread_mutex_destroy(&job.lock);
	err = job.err;
	if (err == 0)
		err = world_tals(&job);
	if (err == 0)
		err = lab_world_expect(world, path, &job.sum.vrps);
	snprintf(path, sizeof(path), "%s/expected.others", dir);
	if (err == 0)
		err = world_expect_others(world, keys, path);
	job.sum.elapsed_ms = mono_since(begin, mono_now());
	*out = job.sum;
	return err;
}
