/*
 * show_content: what the rarer signed objects say, onto a sheet.
 *
 *	ASPA, prefix list, checklist, vCard, trust anchor keys
 *
 * As in show.c: own fields, lists, then the envelope.
 */
#include "validator/object/show.h"

#include <string.h>

void
show_aspa(struct sheet *s, const struct aspa_object *aspa)
{
	sheet_number(s, "customer_asn", aspa->customer);
	sheet_number(s, "provider_count", aspa->provider_count);
	sheet_list_open(s, "providers");
	for (size_t i = 0; i < aspa->provider_count; i++)
		sheet_number(s, NULL, aspa->providers[i]);
	sheet_list_close(s);
	show_cms(s, &aspa->cms);
}

void
show_spl(struct sheet *s, const struct spl *spl)
{
	char text[PREFIX_TEXT];

	sheet_number(s, "asn", spl->asn);
	sheet_number(s, "prefix_count", spl->prefix_count);
	sheet_list_open(s, "prefixes");
	for (size_t i = 0; i < spl->prefix_count; i++)
		sheet_word(s, NULL, prefix_format(&spl->prefixes[i], text));
	sheet_list_close(s);
	show_cms(s, &spl->cms);
}

static void
show_texts(struct sheet *s, const char *key, const struct span *texts, size_t n)
{
	sheet_list_open(s, key);
	for (size_t i = 0; i < n; i++)
		sheet_text(s, NULL, texts[i]);
	sheet_list_close(s);
}

/* With the key itself: it is what a locator for it has to hold. */
static void
show_tak_key(struct sheet *s, const char *name, const struct tak_key *key)
{
	sheet_open(s, name);
	show_texts(s, "comments", key->comments, key->comment_count);
	show_texts(s, "uris", key->uris, key->uri_count);
	sheet_hex(s, "spki", key->spki);
	sheet_close(s);
}

void
show_tak(struct sheet *s, const struct tak *tak)
{
	show_tak_key(s, "current", &tak->current);
	if (tak->has_predecessor)
		show_tak_key(s, "predecessor", &tak->predecessor);
	if (tak->has_successor)
		show_tak_key(s, "successor", &tak->successor);
	show_cms(s, &tak->cms);
}

void
show_rsc(struct sheet *s, const struct rsc *rsc)
{
	show_resources(s, &rsc->resources);
	sheet_number(s, "file_count", rsc->file_count);
	sheet_list_open(s, "files");
	for (size_t i = 0; i < rsc->file_count; i++) {
		const struct rsc_file *f = &rsc->files[i];

		sheet_row_open(s);
		if (f->name.n > 0)
			sheet_text(s, "name", f->name);
		sheet_hex(s, "hash", span_of(f->hash, SHA256_SIZE));
		sheet_row_close(s);
	}
	sheet_list_close(s);
	show_cms(s, &rsc->cms);
}

/* Lines as they stand, folded or not: whom to call is for people to read. */
static void
show_lines(struct sheet *s, const char *key, struct span text)
{
	struct reader r = reader_of(text);
	struct span line;

	sheet_list_open(s, key);
	while (reader_left(&r) > 0) {
		const uint8_t *end = memchr(r.p, '\n', reader_left(&r));
		size_t n =
			end == NULL ? reader_left(&r) : (size_t)(end - r.p) + 1;

		if (!reader_take(&r, n, &line))
			break;
		while (line.n > 0 &&
			(line.p[line.n - 1] == '\n' ||
				line.p[line.n - 1] == '\r'))
			line.n--;
		sheet_text(s, NULL, line);
	}
	sheet_list_close(s);
}

void
show_gbr(struct sheet *s, const struct gbr *gbr)
{
	show_lines(s, "vcard", gbr->cms.content);
	show_cms(s, &gbr->cms);
}
