/*
 * origin: see the header.
 */
#include "rtrd/serve/origin.h"

#include "rtrd/serve/emit.h"
#include "waymark/bounds.h"

const char *
origin_ta(const struct view *v, uint32_t ta)
{
	const struct report *r = &v->snapshot->report;

	return ta < r->ta_count ? r->tas[ta].name : NULL;
}

static void
emit_hex(struct text *t, const char *key, const uint8_t *p, size_t n)
{
	struct text hex = {0};

	text_hex(&hex, p, n);
	emit_text(t, key, hex.p);
	t->failed |= hex.failed;
	text_free(&hex);
}

/* A number without leading zeros, in hexadecimal: it has up to 159 bits. */
static void
emit_number_of(struct text *t, const struct snapshot_point *p)
{
	size_t i = 0;

	while (i + 1 < sizeof(p->number) && p->number[i] == 0)
		i++;
	if (p->this_update.s == 0)
		emit_null(t, "manifest_number");
	else
		emit_hex(t, "manifest_number", p->number + i,
			sizeof(p->number) - i);
}

/* A text that may be "": then it is null. */
static void
emit_word(struct text *t, const char *key, const char *word)
{
	emit_text(t, key, word[0] != '\0' ? word : NULL);
}

/* A folder and a name behind it. */
static void
emit_uri(struct text *t, const char *key, const char *folder, const char *name)
{
	struct text uri = {0};

	text_add(&uri, "%s%s", folder, name);
	emit_text(t, key, uri.p);
	t->failed |= uri.failed;
	text_free(&uri);
}

void
origin_point(
	struct text *t, const struct view *v, const struct snapshot_point *p)
{
	char uri[SNAPSHOT_URI];

	emit_uri(t, "manifest", p->folder, p->manifest);
	emit_text(t, "certificate", snapshot_cert_uri(v->snapshot, p, uri));
	emit_text(t, "ta", origin_ta(v, p->ta));
	emit_text(t, "state", point_state_name(p->state));
	emit_word(t, "reason", p->reason);
	emit_word(t, "text", p->text);
	emit_word(t, "file", p->file);
	emit_time(t, "since", p->since);
	emit_number_of(t, p);
	emit_time(t, "this_update", p->this_update);
	emit_time(t, "next_update", p->next_update);
	emit_time(t, "expires", p->not_after);
}

void
origin_repo(
	struct text *t, const struct view *v, const struct snapshot_point *p)
{
	const struct snapshot *s = v->snapshot;
	const struct snapshot_repo *r;
	struct repo_facts facts;
	size_t at;

	if (p->repo >= s->repo_count) {
		emit_null(t, "repository");
		return;
	}
	r = &s->repos[p->repo];
	emit_open(t, "repository", '{');
	emit_text(t, "uri", r->uri);
	emit_text(t, "transport", repo_kind_name(r->kind));
	if (v->repos != NULL && repos_find(v->repos, r->uri, &at)) {
		repos_get(v->repos, at, &facts, NULL);
		emit_text(t, "state", repo_state_name(facts.state));
		emit_word(t, "reason", facts.reason);
		emit_time(t, "last_success", facts.success);
		emit_time(t, "next_attempt", facts.next);
	}
	emit_close(t, '}');
}

/* From the point up; no chain is longer than the bound. */
static void
write_chain(struct text *t, const struct view *v, uint32_t index)
{
	const struct snapshot *s = v->snapshot;
	unsigned depth;

	emit_open(t, "chain", '[');
	for (depth = 0; depth <= BOUND_CA_DEPTH && index < s->point_count;
		depth++) {
		const struct snapshot_point *p = &s->points[index];

		emit_open(t, NULL, '{');
		origin_point(t, v, p);
		if (depth == 0)
			origin_repo(t, v, p);
		emit_close(t, '}');
		index = p->parent;
	}
	emit_close(t, ']');
}

void
origin_source(struct text *t, const struct view *v,
	const struct snapshot_source *source)
{
	char uri[SNAPSHOT_URI];

	emit_open(t, NULL, '{');
	emit_text(t, "uri", snapshot_source_uri(v->snapshot, source, uri));
	emit_text(t, "type", object_type_name(source->type));
	emit_hex(t, "hash", source->hash, sizeof(source->hash));
	emit_text(t, "ta", origin_ta(v, source->ta));
	emit_time(t, "not_before", source->not_before);
	emit_time(t, "not_after", source->not_after);
	write_chain(t, v, source->point);
	emit_close(t, '}');
}

void
origin_freshness(struct text *t, const struct view *v, struct wall now)
{
	char why[256] = "", held[256];
	bool ready = view_is_ready(v, now, why);

	emit_time(t, "generatedTime", view_built(v));
	emit_flag(t, "ready", ready);
	if (!ready)
		emit_text(t, "warning", why);
	else
		emit_text(t, "warning", view_is_held(v, held) ? held : NULL);
}

void
origin_claim(struct text *t, const struct snapshot_claim *claim)
{
	struct prefix prefix = {claim->addr, claim->len, claim->family};
	char word[PREFIX_TEXT];

	emit_open(t, NULL, '{');
	if (claim->family != CLAIM_ASN) {
		emit_text(t, "prefix", prefix_format(&prefix, word));
		emit_count(t, "max_length", claim->max_len);
	}
	emit_count(t, "asn", claim->asn);
	emit_close(t, '}');
}

void
origin_refusal(struct text *t, const struct view *v,
	const struct snapshot_refusal *refusal)
{
	const struct snapshot *s = v->snapshot;
	char uri[SNAPSHOT_URI];
	uint32_t i;

	emit_text(t, "uri", snapshot_refusal_uri(s, refusal, uri));
	emit_text(t, "type", object_type_name(refusal->type));
	emit_text(t, "reason", refusal->reason);
	emit_text(t, "text", refusal->text);
	emit_text(t, "ta", origin_ta(v, refusal->ta));
	emit_open(t, "claims", '[');
	for (i = 0; i < refusal->claim_count; i++)
		origin_claim(t, &s->claims[refusal->claims + i]);
	emit_close(t, ']');
}
