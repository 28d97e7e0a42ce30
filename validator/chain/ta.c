/*
 * ta: see the header.
 *
 * Between two certificates that hold, the later notBefore wins, then the
 * shorter lifetime, then the first URI: so the same files always give the same
 * trust anchor.
 */
#include "validator/chain/ta.h"

#include <stdint.h>
#include <string.h>

#include "core/uri.h"
#include "validator/chain/issued.h"
#include "validator/chain/note.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	VERSIONS = 2 * BOUND_TA_VERSIONS /* of one copy that are looked at:
					    those that were taken, and others */
};

/* The best certificate so far, and where the search is. */
struct choice {
	struct ca *ca;
	struct wall not_before, not_after;
	struct ta_copy copy;
	uint32_t index; /* of the trust anchor */
	size_t uri; /* that is looked at */
};

/* One version of a copy. */
struct version {
	enum reject reason;
	bool read;
	uint8_t hash[SHA256_SIZE];
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
choose(struct choice *best, const struct tal *tal, const struct cert *cert)
{
	struct ca_origin from = {
		.cert = cert,
		.folder = rsync_uri(tal),
		.path_end = {INT64_MAX},
		.ta = best->index,
		.constraints = tal->constraints,
	};
	struct ca *ca;

	ca = ca_new(&from);
	if (ca == NULL)
		return false;
	ca_unref(best->ca);
	best->ca = ca;
	best->not_before = cert->not_before;
	best->not_after = cert->not_after;
	return true;
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

/* Look at one version of a copy; it becomes the choice when it is the best. */
static enum reject
try_version(struct checker *k, struct choice *best, const struct tal *tal,
	const struct source_file *file)
{
	struct cert cert;
	enum reject code = ta_check(k, file->der, tal->spki, &cert);

	if (code == REJECT_NONE && is_better(best, &cert)) {
		k->findings.failed |= !choose(best, tal, &cert);
		memcpy(best->copy.hash, file->hash, sizeof(file->hash));
		best->copy.uri = best->uri;
	}
	arena_reset(k->point_arena);
	return code;
}

/* Read version `i` of the copy at `uri`.  False behind the last. */
static bool
read_version(struct checker *k, struct choice *best, const struct tal *tal,
	size_t i, struct version *out)
{
	struct source_file file;
	int err = k->source.ops->anchor(
		k->source.view, tal->uris[best->uri], i, &k->object, &file);

	if (err == ERR_NOTFOUND)
		return false;
	out->read = err == 0;
	if (err != 0) {
		out->reason = read_code(k, err);
		return true;
	}
	k->findings.point.counters[REPORT_BYTES] += file.der.n;
	if (!file.hashed)
		crypto_sha256(k->crypto, file.der, file.hash);
	memcpy(out->hash, file.hash, sizeof(out->hash));
	out->reason = try_version(k, best, tal, &file);
	return true;
}

/* One copy, in all its versions: those that do not hold are told when none
 * does.  What is not there is no fault as long as another copy is. */
static bool
try_uri(struct checker *k, struct choice *best, const struct tal *tal)
{
	struct span uri = tal->uris[best->uri];
	struct noter noter = {
		.k = k, .ta = best->index, .folder = uri_folder(uri)};
	struct version versions[VERSIONS];
	bool held = false;
	size_t n, i;

	for (n = 0; n < VERSIONS; n++) {
		if (!read_version(k, best, tal, n, &versions[n]))
			break;
		held |= versions[n].reason == REJECT_NONE;
	}
	for (i = 0; i < n; i++) {
		struct noted what = {
			.name = uri_name(uri),
			.type = OBJECT_CERT,
			.state = OBJECT_STATE_VALID,
			.reason = versions[i].reason,
			.hash = versions[i].read ? versions[i].hash : NULL,
		};

		if (what.reason != REJECT_NONE)
			what.state = OBJECT_STATE_REFUSED;
		if (held)
			note_verdict(&noter, &what);
		else
			note_object(&noter, &what);
	}
	return n > 0;
}

/* A tree that is given one level off looks as if nothing were published: the
 * path tells. */
static void
tell_missing(const struct checker *k, const struct tal *tal)
{
	char buf[SOURCE_WHERE];
	const char *where =
		k->source.ops->where(k->source.view, rsync_uri(tal), buf);

	if (where[0] != '\0')
		log_event(k->env->log, LOG_LEVEL_WARN, "missing",
			"ta=%s text=\"ta-missing: looked for %s\"", tal->name,
			where);
}

static void
deny(struct noter *noter, struct span where, enum reject reason)
{
	struct checker *k = noter->k;
	struct noted what = {
		.name = where,
		.type = OBJECT_CERT,
		.state = OBJECT_STATE_REFUSED,
		.reason = reason,
	};

	findings_begin(&k->findings);
	note_object(noter, &what);
	k->findings.point.counters[REPORT_POINTS_FAILED]++;
	findings_commit(&k->findings, noter->ta);
}

void
ta_deny(struct checker *k, struct span where, uint32_t index,
	enum reject reason)
{
	struct noter noter = {.k = k, .ta = index};

	deny(&noter, where, reason);
}

/* No certificate is anywhere; it is not missed before it was looked for. */
static void
deny_missing(struct checker *k, const struct tal *tal, uint32_t index)
{
	const struct source *s = &k->source;
	struct noter noter = {.k = k,
		.ta = index,
		.is_calm = s->ops->is_untried != NULL &&
			s->ops->is_untried(s->view, NULL, tal->uris[0])};

	if (!noter.is_calm)
		tell_missing(k, tal);
	deny(&noter, tal->uris[0], REJECT_TA_MISSING);
}

struct ca *
ta_find(struct checker *k, const struct tal *tal, uint32_t index,
	struct ta_copy *copy)
{
	uint64_t signatures = crypto_signatures(k->crypto);
	struct choice best = {.index = index};
	struct key *key;
	bool found = false;
	enum reject code;

	code = key_load(k->crypto, tal->spki, KEY_RSA, &key);
	if (code != REJECT_NONE) {
		ta_deny(k, span_text(tal->path), index, REJECT_TAL_KEY);
		return NULL;
	}
	key_free(key);
	findings_begin(&k->findings);
	for (best.uri = 0; best.uri < tal->uri_count; best.uri++)
		found |= try_uri(k, &best, tal);
	k->findings.point.counters[REPORT_SIGNATURES] =
		crypto_signatures(k->crypto) - signatures;
	if (best.ca != NULL) /* once, however many copies there are */
		k->findings.point.objects[OBJECT_CERT][OBJECT_STATE_VALID]++;
	else if (found)
		k->findings.point.counters[REPORT_POINTS_FAILED]++;
	findings_commit(&k->findings, index);
	if (best.ca == NULL && !found)
		deny_missing(k, tal, index);
	if (copy != NULL && best.ca != NULL)
		*copy = best.copy;
	return best.ca;
}
