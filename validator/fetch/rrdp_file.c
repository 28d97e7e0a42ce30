/*
 * rrdp_file: the file at hand, piece by piece.
 *
 *	octets --> SHA-256
 *	      \--> reader --> elements --> stage
 *
 * What lies at a host that no CA with this notification names is left out: it
 * would be of no use to them, and of its own repository there is another set.
 */
#include <string.h>

#include "core/uri.h"
#include "validator/fetch/rrdp_job.h"
#include "waymark/err.h"

static bool
is_foreign(struct rrdp *r, struct span text)
{
	struct uri uri;

	/* The reader has seen that it is sound. */
	if (uri_parse(text, &uri) == URI_GOOD &&
		rrdp_hosts_have(r->hosts, uri.host))
		return false;
	if (r->foreign.count++ == 0) {
		const char *first =
			arena_text(r->arena, (const char *)text.p, text.n);

		r->foreign.first = first != NULL ? first : "";
	}
	return true;
}

static bool
on_element(void *ctx, const struct xml_element *e)
{
	struct rrdp *r = ctx;
	const struct depot_ops *ops = r->env->depot->ops;
	struct stage_item item = {
		.uri = e->uri, .bytes = e->bytes, .old_hash = e->hash};

	if (is_foreign(r, e->uri))
		return true;
	r->stage_err = e->withdraw ? ops->take(r->stage, e->uri, e->hash)
				   : ops->put(r->stage, &item);
	return r->stage_err == 0;
}

bool
rrdp_is_fault_of_file(int err)
{
	return err == ERR_EXISTS || err == ERR_CHECKSUM || err == ERR_NOTFOUND;
}

/* What an element did that the stage refused. */
static const char *
refusal_text(int err)
{
	if (err == ERR_EXISTS)
		return "a URI stands there twice";
	if (err == ERR_NOTFOUND)
		return "it withdraws what is not there";
	return "it replaces or withdraws another object than is there";
}

/* The reader of the next delta or of the snapshot. */
static struct xml *
reader_new(struct rrdp *r)
{
	struct xml_calls calls = {.element = on_element, .ctx = r};
	const struct xml_notification *n = r->n;

	if (r->step == STEP_DELTA)
		return xml_delta_new(
			n->session, n->deltas[r->delta].serial, &calls);
	return xml_snapshot_new(n->session, n->serial, &calls);
}

int
rrdp_file_begin(struct rrdp *r, const char *uri)
{
	const struct depot *d = r->env->depot;

	r->uri = uri;
	r->stage_err = 0;
	if (r->hash == NULL)
		r->hash = EVP_MD_CTX_new();
	if (r->hash == NULL ||
		EVP_DigestInit_ex(r->hash, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	if (r->step == STEP_NOTIFICATION)
		return 0;
	xml_free(r->file);
	r->file = reader_new(r);
	if (r->file == NULL)
		return ERR_NOMEM;
	if (r->stage != NULL)
		return 0;
	return d->ops->begin(d->ctx, REPO_RRDP, r->target.uri,
		r->step == STEP_DELTA ? STAGE_CHANGES : STAGE_WHOLE, &r->stage);
}

static void
reason_of_fault(struct rrdp *r, const struct xml *x, enum xml_fault fault)
{
	if (fault != XML_FAULT_REFUSED)
		rrdp_reason_of_file(r, xml_fault_text(fault), xml_line(x));
	else if (rrdp_is_fault_of_file(r->stage_err))
		rrdp_reason_of_file(r, refusal_text(r->stage_err), xml_line(x));
	else
		rrdp_reason_of_store(r, r->stage_err);
}

bool
rrdp_file_feed(struct rrdp *r, struct span octets)
{
	struct xml *x = r->step == STEP_NOTIFICATION ? r->notice : r->file;
	enum xml_fault fault;

	if (EVP_DigestUpdate(r->hash, octets.p, octets.n) != 1) {
		rrdp_reason_of_file(r, err_text(ERR_CRYPTO), 0);
		return false;
	}
	fault = xml_feed(x, octets);
	if (fault == XML_FAULT_NONE)
		return true;
	reason_of_fault(r, x, fault);
	return false;
}

/* Whether the file at hand came whole and says what it should; else the
 * reason. */
bool
rrdp_file_is_good(struct rrdp *r, const uint8_t *expected)
{
	struct xml *x = r->step == STEP_NOTIFICATION ? r->notice : r->file;
	enum xml_fault fault = xml_end(x);
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (expected != NULL &&
		(EVP_DigestFinal_ex(r->hash, hash, NULL) != 1 ||
			memcmp(hash, expected, 32) != 0)) {
		rrdp_reason_of_file(
			r, "its SHA-256 is not the notification's", 0);
		return false;
	}
	if (fault == XML_FAULT_NONE)
		return true;
	reason_of_fault(r, x, fault);
	return false;
}
