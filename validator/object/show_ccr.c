/*
 * show_ccr: a canonical cache representation onto a sheet.
 *
 *	produced at
 *	hashes      one of each state that is there: what two caches compare
 *	manifests, VRPs, ASPAs, trust anchors, router keys: a row each
 *
 * A list inside a row (URIs, key identifiers, providers) is one text with
 * blanks between, so that a long file can be searched line by line.
 */
#include "validator/object/show.h"

/* A text that was put together, as a field; it is freed. */
static void
show_joined(struct sheet *s, const char *key, struct text *t)
{
	s->out->failed |= t->failed;
	sheet_text(s, key, span_of(t->p == NULL ? "" : t->p, t->n));
	text_free(t);
}

static void
separate(struct text *t)
{
	if (t->n > 0)
		text_char(t, ' ');
}

static void
show_manifest(struct sheet *s, const struct ccr_manifest *m)
{
	struct span rest = m->locations, uri;
	struct text uris = {0}, skis = {0};
	const uint8_t *ski;

	while ((uri = ccr_location(&rest)).n > 0) {
		separate(&uris);
		text_put(&uris, (const char *)uri.p, uri.n);
	}
	rest = m->subordinates;
	while ((ski = ccr_subordinate(&rest)) != NULL) {
		separate(&skis);
		text_hex(&skis, ski, SHA1_SIZE);
	}
	sheet_row_open(s);
	show_joined(s, "uri", &uris);
	sheet_hex(s, "hash", span_of(m->hash, SHA256_SIZE));
	sheet_number(s, "size", m->size);
	sheet_hex(s, "aki", span_of(m->aki, SHA1_SIZE));
	sheet_decimal(s, "manifest_number", m->number);
	sheet_time(s, "this_update", m->this_update);
	show_joined(s, "subordinates", &skis);
	sheet_row_close(s);
}

static void
show_manifests(struct sheet *s, const struct ccr *ccr)
{
	for (size_t i = 0; i < ccr->counts[CCR_MANIFESTS]; i++)
		show_manifest(s, &ccr->manifests[i]);
}

static void
show_vrps(struct sheet *s, const struct ccr *ccr)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < ccr->counts[CCR_VRPS]; i++) {
		const struct ccr_vrp *v = &ccr->vrps[i];

		sheet_row_open(s);
		sheet_number(s, "asn", v->asn);
		sheet_word(s, "prefix", prefix_format(&v->prefix, text));
		sheet_number(s, "max_length", v->max_len);
		sheet_row_close(s);
	}
}

static void
show_aspas(struct sheet *s, const struct ccr *ccr)
{
	for (size_t i = 0; i < ccr->counts[CCR_ASPAS]; i++) {
		const struct ccr_aspa *a = &ccr->aspas[i];
		struct text providers = {0};

		for (size_t k = 0; k < a->provider_count; k++) {
			separate(&providers);
			text_add(&providers, "%u", a->providers[k]);
		}
		sheet_row_open(s);
		sheet_number(s, "customer_asn", a->customer);
		show_joined(s, "providers", &providers);
		sheet_row_close(s);
	}
}

static void
show_tas(struct sheet *s, const struct ccr *ccr)
{
	for (size_t i = 0; i < ccr->counts[CCR_TAS]; i++)
		sheet_hex(s, NULL, span_of(ccr->tas[i], SHA1_SIZE));
}

static void
show_keys(struct sheet *s, const struct ccr *ccr)
{
	for (size_t i = 0; i < ccr->counts[CCR_KEYS]; i++) {
		const struct ccr_key *k = &ccr->keys[i];

		sheet_row_open(s);
		sheet_number(s, "asn", k->asn);
		sheet_hex(s, "ski", span_of(k->ski, SHA1_SIZE));
		sheet_hex(s, "spki", k->spki);
		sheet_row_close(s);
	}
}

void
show_ccr(struct sheet *s, const struct ccr *ccr)
{
	static void (*const shows[])(struct sheet *, const struct ccr *) = {
		[CCR_MANIFESTS] = show_manifests,
		[CCR_VRPS] = show_vrps,
		[CCR_ASPAS] = show_aspas,
		[CCR_TAS] = show_tas,
		[CCR_KEYS] = show_keys,
	};

	sheet_time(s, "produced_at", ccr->produced);
	if (ccr->hashes[CCR_MANIFESTS] != NULL)
		sheet_time(s, "most_recent_update", ccr->most_recent);
	sheet_open(s, "hashes");
	for (int i = 0; i < CCR_STATES; i++)
		if (ccr->hashes[i] != NULL)
			sheet_hex(s, ccr_state_name((enum ccr_state)i),
				span_of(ccr->hashes[i], SHA256_SIZE));
	sheet_close(s);
	for (int i = 0; i < CCR_STATES; i++) {
		if (ccr->hashes[i] == NULL)
			continue;
		sheet_list_open(s, ccr_state_name((enum ccr_state)i));
		shows[i](s, ccr);
		sheet_list_close(s);
	}
}
