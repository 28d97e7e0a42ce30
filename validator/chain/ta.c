/*
 * ta: see the header.
 *
 * Between two certificates that hold, the later notBefore wins, then the
 * shorter lifetime, then the first URI: so the same files always give the same
 * trust anchor.
 */
#include "validator/chain/ta.h"

#include <stdint.h>
#include <unistd.h>

#include "core/uri.h"
#include "validator/chain/issued.h"
#include "validator/chain/note.h"
#include "waymark/err.h"

/* The best certificate so far. */
struct choice {
	struct ca *ca;
	struct wall not_before, not_after;
};

/* RFC 8630 section 2.3: the certificate is signed by its own key. */
static enum reject
check_signature(struct checker *k, const struct cert *cert)
{
	struct key *key;
	enum reject code = key_load(k->crypto, cert->spki, KEY_RSA, &key);

	if (code != REJECT_NONE)
		return code;
	if (!key_verify(k->crypto, key, cert->tbs, cert->signature))
		code = REJECT_SIGNATURE;
	key_free(key);
	return code;
}

enum reject
ta_check(struct checker *k, struct span der, struct span spki, struct cert *out)
{
	enum reject code = issued_size(der);

	if (code == REJECT_NONE)
		code = cert_parse(der, CERT_TA, k->crypto, k->point_arena, out);
	if (code == REJECT_NONE && spki.n > 0 && !span_equal(out->spki, spki))
		code = REJECT_TA_KEY;
	if (code == REJECT_NONE)
		code = issued_validity(out, k->env->at);
	return code != REJECT_NONE ? code : check_signature(k, out);
}

static bool
is_better(const struct choice *best, const struct cert *cert)
{
	if (best->ca == NULL)
		return true;
	if (cert->not_before.s != best->not_before.s)
		return cert->not_before.s > best->not_before.s;
	return cert->not_after.s < best->not_after.s;
}

/* Children name the rsync URI as their issuer's place, wherever we found it. */
static struct span
rsync_uri(const struct tal *tal)
{
	struct uri u;
	size_t i;

	for (i = 0; i < tal->uri_count; i++) {
		if (uri_parse(tal->uris[i], &u) == URI_GOOD &&
			u.scheme == URI_RSYNC)
			return tal->uris[i];
	}
	return tal->uris[0];
}

/* False out of memory. */
static bool
choose(struct choice *best, const struct tal *tal, const struct cert *cert,
	uint32_t index)
{
	struct ca_origin from = {
		.cert = cert,
		.folder = rsync_uri(tal),
		.path_end = {INT64_MAX},
		.ta = index,
	};
	struct ca *ca;

	if (!is_better(best, cert))
		return true;
	ca = ca_new(&from);
	if (ca == NULL)
		return false;
	ca_unref(best->ca);
	best->ca = ca;
	best->not_before = cert->not_before;
	best->not_after = cert->not_after;
	return true;
}

static int
read_uri(struct checker *k, struct span uri, struct span *der)
{
	int folder;
	int err = tree_folder(&k->view, uri_folder(uri), &folder);

	if (err != 0)
		return err;
	err = tree_read(folder, uri_name(uri), &k->object, der);
	(void)close(folder); /* nothing was written */
	return err;
}

/* Want of memory or descriptors is no fault of the certificate: it voids the
 * run. */
static enum reject
read_code(struct checker *k, int err)
{
	if (err == ERR_NOMEM)
		k->findings.failed = true;
	return err == ERR_LIMIT ? REJECT_OBJECT_SIZE : REJECT_OBJECT_READ;
}

/* One copy. What is not there is no fault as long as another copy is. */
static bool
try_uri(struct checker *k, struct choice *best, const struct tal *tal, size_t i,
	uint32_t index)
{
	struct noter noter = {
		.k = k, .ta = index, .folder = uri_folder(tal->uris[i])};
	struct noted what = {
		.name = uri_name(tal->uris[i]),
		.type = OBJECT_CERT,
		.state = OBJECT_STATE_VALID,
	};
	uint8_t hash[SHA256_SIZE];
	struct cert cert;
	struct span der;
	int err = read_uri(k, tal->uris[i], &der);

	if (err == ERR_NOTFOUND)
		return false;
	if (err != 0) {
		what.reason = read_code(k, err);
	} else {
		k->findings.point.counters[REPORT_BYTES] += der.n;
		crypto_sha256(k->crypto, der, hash);
		what.hash = hash;
		what.reason = ta_check(k, der, tal->spki, &cert);
	}
	if (what.reason == REJECT_NONE) {
		k->findings.failed |= !choose(best, tal, &cert, index);
		note_verdict(&noter, &what);
	} else {
		what.state = OBJECT_STATE_REFUSED;
		note_object(&noter, &what);
	}
	arena_reset(k->point_arena);
	return true;
}

/* A tree that is given one level off looks as if nothing were published: the
 * path tells. */
static void
tell_missing(const struct checker *k, const struct tal *tal)
{
	struct span uri = rsync_uri(tal);
	const struct tree *tree = k->env->tree;
	struct uri u;

	if (uri_parse(uri, &u) != URI_GOOD || tree->path == NULL)
		return;
	log_event(k->env->log, LOG_LEVEL_WARN, "missing",
		"ta=%s text=\"ta-missing: looked for %s/%.*s/%.*s\"", tal->name,
		tree->path, (int)u.host.n, (const char *)u.host.p,
		(int)u.path.n, (const char *)u.path.p);
}

void
ta_deny(struct checker *k, struct span where, uint32_t index,
	enum reject reason)
{
	struct noter noter = {.k = k, .ta = index};
	struct noted what = {
		.name = where,
		.type = OBJECT_CERT,
		.state = OBJECT_STATE_REFUSED,
		.reason = reason,
	};

	findings_begin(&k->findings);
	note_object(&noter, &what);
	k->findings.point.counters[REPORT_POINTS_FAILED]++;
	findings_commit(&k->findings, index);
}

const struct ca *
ta_find(struct checker *k, const struct tal *tal, uint32_t index)
{
	uint64_t signatures = crypto_signatures(k->crypto);
	struct choice best = {0};
	struct key *key;
	bool found = false;
	enum reject code;
	size_t i;

	code = key_load(k->crypto, tal->spki, KEY_RSA, &key);
	if (code != REJECT_NONE) {
		ta_deny(k, span_text(tal->path), index, REJECT_TAL_KEY);
		return NULL;
	}
	key_free(key);
	findings_begin(&k->findings);
	for (i = 0; i < tal->uri_count; i++)
		found |= try_uri(k, &best, tal, i, index);
	k->findings.point.counters[REPORT_SIGNATURES] =
		crypto_signatures(k->crypto) - signatures;
	if (best.ca != NULL) /* once, however many copies there are */
		k->findings.point.objects[OBJECT_CERT][OBJECT_STATE_VALID]++;
	else if (found)
		k->findings.point.counters[REPORT_POINTS_FAILED]++;
	findings_commit(&k->findings, index);
	if (best.ca == NULL && !found) {
		tell_missing(k, tal);
		ta_deny(k, tal->uris[0], index, REJECT_TA_MISSING);
	}
	return best.ca;
}
