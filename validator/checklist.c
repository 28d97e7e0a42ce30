/*
 * checklist: see the header.
 *
 * The walk has found the certificates, manifest and CRL on the way to be good,
 * and keeps none of them: they are read again.
 */
#include "validator/checklist.h"

#include <string.h>
#include <unistd.h>

#include "core/uri.h"
#include "validator/chain/ca.h"
#include "validator/chain/issued.h"
#include "validator/chain/ta.h"
#include "validator/object/crl.h"
#include "validator/object/mft.h"
#include "validator/object/rsc.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 65536
};

/* A file below a folder's URI. */
static int
read_file(const struct checklist_env *env, struct span folder, struct span name,
	struct source_buffer *buffer, struct span *out)
{
	int fd, err = tree_folder(env->view, folder, &fd);

	if (err != 0)
		return err;
	err = tree_read(fd, name, buffer, out);
	(void)close(fd); /* nothing was written */
	return err;
}

/* The certificate of a point's CA; of a trust anchor where the locator leads
 * to. */
static int
read_cert(const struct checklist_env *env, const struct snapshot_point *p,
	struct span uri, struct cert *out)
{
	struct checker *k = env->checker;
	struct source_file file;
	enum reject code;
	int err;

	if (p->parent == SNAPSHOT_NONE) {
		err = k->source.ops->anchor(
			k->source.view, uri, 0, &k->manifest, &file);
		if (err != 0)
			return err;
		code = ta_check(
			k, file.der, env->run->tas[p->ta].tal.spki, out);
	} else {
		err = read_file(env, uri_folder(uri), uri_name(uri),
			&k->manifest, &file.der);
		if (err != 0)
			return err;
		code = cert_parse(
			file.der, CERT_CA, k->crypto, k->point_arena, out);
	}
	return code == REJECT_NONE ? 0 : ERR_NOTFOUND;
}

/* The CA of a point below `parent`, which is let go of; NULL when its
 * certificate cannot be read any more. */
static struct ca *
load_ca(const struct checklist_env *env, const struct snapshot_point *p,
	const struct ca *parent)
{
	char buf[SNAPSHOT_URI];
	struct span uri = span_text(snapshot_cert_uri(env->snapshot, p, buf));
	struct cert cert;
	struct ca *ca = NULL;

	if (read_cert(env, p, uri, &cert) == 0)
		ca = ca_new(&(struct ca_origin){
			.cert = &cert,
			.folder = uri_folder(uri),
			.name = uri_name(uri),
			.parent = parent,
			.path_end = {INT64_MAX},
			.ta = p->ta,
			.constraints = env->run->tas[p->ta].tal.constraints,
		});
	ca_unref(parent);
	return ca;
}

/* From the trust anchor down to the point; NULL when one is missing. */
static struct ca *
load_path(const struct checklist_env *env, const struct snapshot_point *p)
{
	const struct snapshot_point *path[BOUND_CA_DEPTH + 1];
	struct ca *ca = NULL;
	size_t n = 0;

	for (; n <= BOUND_CA_DEPTH; p = &env->snapshot->points[p->parent]) {
		path[n++] = p;
		if (p->parent == SNAPSHOT_NONE)
			break;
	}
	while (n > 0) {
		ca = load_ca(env, path[--n], ca);
		if (ca == NULL)
			return NULL;
	}
	return ca;
}

/* The CRL that the point's manifest lists, as `by` should have issued it. */
static int
load_crl(const struct checklist_env *env, const struct snapshot_point *p,
	struct issuer *by, struct crl *crl)
{
	struct checker *k = env->checker;
	struct span folder = span_text(p->folder), der, uri;
	struct mft mft;
	int err = read_file(
		env, folder, span_text(p->manifest), &k->manifest, &der);

	if (err != 0)
		return err;
	if (mft_parse(der, env->run->profile, k->crypto, k->point_arena,
		    &mft) != REJECT_NONE)
		return ERR_NOTFOUND;
	uri = mft.cms.ee.crl_uri; /* of the same CRL, in the same folder */
	err = read_file(env, folder, mft.files[mft.crl].name, &k->crl, &der);
	if (err != 0)
		return err;
	if (crl_parse(der, k->point_arena, crl) != REJECT_NONE ||
		issued_crl(by, crl, k->crypto) != REJECT_NONE)
		return ERR_NOTFOUND;
	by->crl = crl;
	by->crl_uri = uri;
	return 0;
}

/* One CA as the issuer.  0 with the verdict; ERR_NOTFOUND and others when it
 * cannot be asked. */
static int
judge_by(const struct checklist_env *env, const struct snapshot_point *p,
	const struct cert *ee, enum reject *code)
{
	struct checker *k = env->checker;
	struct ca *ca = load_path(env, p);
	struct issuer by = {.ca = ca, .at = env->run->at};
	struct key *key = NULL;
	struct crl crl;
	int err = ERR_NOTFOUND;

	if (ca != NULL &&
		key_load(k->crypto, ca->spki, KEY_RSA, &key) == REJECT_NONE) {
		by.key = key;
		err = load_crl(env, p, &by, &crl);
	}
	if (err == 0)
		*code = issued_cert(&by, ee, k->crypto);
	key_free(key);
	ca_unref(ca);
	return err;
}

/* Each CA with the key, until one has issued it: two may share a key. */
static int
judge_by_all(const struct checklist_env *env, const struct cert *ee,
	enum reject *code)
{
	const struct snapshot *s = env->snapshot;
	int found = ERR_NOTFOUND;
	size_t i;

	for (i = 0; i < s->point_count; i++) {
		const struct snapshot_point *p = &s->points[i];

		if (p->state == POINT_FAILED ||
			memcmp(p->ski, ee->aki, SKI_SIZE) != 0)
			continue;
		if (judge_by(env, p, ee, code) == 0)
			found = 0;
		arena_reset(env->checker->point_arena);
		if (found == 0 && *code == REJECT_NONE)
			break;
	}
	return found;
}

int
checklist_judge(
	const struct checklist_env *env, struct span der, enum reject *code)
{
	struct arena *arena = arena_new(ARENA_CHUNK);
	int err = ERR_NOTFOUND;
	struct rsc rsc;

	if (arena == NULL)
		return ERR_NOMEM;
	if (rsc_parse(der, env->run->profile, env->checker->crypto, arena,
		    &rsc) == REJECT_NONE)
		err = judge_by_all(env, &rsc.cms.ee, code);
	arena_free(arena);
	return err;
}
