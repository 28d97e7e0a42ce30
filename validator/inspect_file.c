/*
 * inspect_file: see the header.
 *
 *	bytes --1--> fault --> verdict, reason
 *	      --2--> rows, when there is none
 *
 * Files of RRDP are read twice, since the verdict stands before what they say
 * and a snapshot may be larger than memory takes twice.
 */
#include "validator/inspect_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "validator/fetch/xml.h"
#include "validator/object/sheet.h"
#include "validator/tal/tal.h"
#include "waymark/err.h"

enum {
	XML_KINDS = 3,
	LEAD = 4096, /* octets in which a root element begins */
};

static const char *const words[] = {
#define INSPECT_FILE_ROW(name, word) [INSPECT_FILE_##name] = word,
	INSPECT_FILE_TABLE(INSPECT_FILE_ROW)
#undef INSPECT_FILE_ROW
};

/* One file of RRDP being read; rows go to the sheet, if there is one. */
struct reading {
	struct sheet *sheet;
	struct crypto *crypto;
};

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
begins(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && strncasecmp((const char *)s.p, with, n) == 0;
}

static bool
ends(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && begins(span_of(s.p + s.n - n, n), with);
}

/* What is left behind the end of what was begun; nothing without an end. */
static struct span
pass(struct span s, const char *end)
{
	const uint8_t *at = memmem(s.p, s.n, end, strlen(end));

	if (at == NULL)
		return span_of(s.p + s.n, 0);
	at += strlen(end);
	return span_of(at, s.n - (size_t)(at - s.p));
}

/* From the first octet that says something. */
static struct span
trim(struct span s)
{
	if (begins(s, "\xef\xbb\xbf"))
		s = span_of(s.p + 3, s.n - 3);
	while (s.n > 0 && is_space(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	return s;
}

/* Behind declaration and comments; what follows may be anything. */
static struct span
root_of(struct span s)
{
	for (s = trim(s); s.n > 0; s = trim(s)) {
		if (begins(s, "<?"))
			s = pass(s, "?>");
		else if (begins(s, "<!--"))
			s = pass(s, "-->");
		else
			break;
	}
	return s;
}

/* A name may have a prefix, which stands for the namespace. */
static enum inspect_file
kind_of_xml(struct span s)
{
	static const struct {
		const char *name;
		enum inspect_file kind;
	} rows[XML_KINDS] = {
		{"notification", INSPECT_FILE_NOTIFICATION},
		{"snapshot", INSPECT_FILE_SNAPSHOT},
		{"delta", INSPECT_FILE_DELTA},
	};
	struct span root = root_of(s), name;
	size_t n = 1, i;

	while (n < root.n && n < LEAD && !is_space(root.p[n]) &&
		root.p[n] != '>' && root.p[n] != '/')
		n++;
	name = span_of(root.p, n < root.n ? n : root.n);
	for (i = 0; i < XML_KINDS; i++)
		if (ends(name, rows[i].name))
			return rows[i].kind;
	return INSPECT_FILE_XML;
}

enum inspect_file
inspect_file_kind(struct span name, struct span bytes)
{
	struct span lead = trim(bytes);

	if (begins(lead, "<") || ends(name, ".xml"))
		return kind_of_xml(bytes);
	if (begins(lead, "#") || begins(lead, "rsync://") ||
		begins(lead, "https://") || ends(name, ".tal"))
		return INSPECT_FILE_TAL;
	return INSPECT_FILE_NONE;
}

static bool
take_element(void *ctx, const struct xml_element *e)
{
	struct reading *r = ctx;
	struct sheet *s = r->sheet;
	uint8_t hash[SHA256_SIZE];

	if (s == NULL)
		return true;
	sheet_row_open(s);
	sheet_word(s, "action", e->withdraw ? "withdraw" : "publish");
	sheet_text(s, "uri", e->uri);
	if (!e->withdraw) {
		crypto_sha256(r->crypto, e->bytes, hash);
		sheet_number(s, "size", e->bytes.n);
		sheet_hex(s, "hash", span_of(hash, sizeof(hash)));
	}
	if (e->hash != NULL)
		sheet_hex(s, e->withdraw ? "hash" : "replaces",
			span_of(e->hash, SHA256_SIZE));
	sheet_row_close(s);
	return true;
}

/* A reader for the file, or NULL out of memory. */
static struct xml *
open_xml(const struct inspect_what *what, struct reading *r)
{
	const struct xml_calls calls = {.element = take_element, .ctx = r};

	if (what->kind == INSPECT_FILE_SNAPSHOT)
		return xml_snapshot_new("", 0, &calls);
	if (what->kind == INSPECT_FILE_DELTA)
		return xml_delta_new("", 0, &calls);
	return xml_notification_new();
}

static enum xml_fault
read_xml(struct xml *x, struct span bytes)
{
	enum xml_fault fault = xml_feed(x, bytes);

	return fault == XML_FAULT_NONE ? xml_end(x) : fault;
}

static void
show_head(struct sheet *s, const struct inspect_what *what, bool good)
{
	uint8_t hash[SHA256_SIZE];

	crypto_sha256(what->crypto, what->bytes, hash);
	sheet_text(s, "file", what->name);
	sheet_word(s, "type", words[what->kind]);
	sheet_number(s, "size", what->bytes.n);
	sheet_hex(s, "hash", span_of(hash, sizeof(hash)));
	sheet_word(s, "verdict", good ? "unchecked" : "invalid");
}

static void
show_fault(struct sheet *s, const char *reason, const char *text, uint64_t line)
{
	sheet_word(s, "reason", reason);
	sheet_word(s, "reason_text", text);
	if (line > 0)
		sheet_number(s, "line", line);
}

static void
show_notification(struct sheet *s, const struct xml_notification *n)
{
	sheet_word(s, "session", n->session);
	sheet_number(s, "serial", n->serial);
	sheet_word(s, "snapshot_uri", n->snapshot_uri);
	sheet_hex(s, "snapshot_hash",
		span_of(n->snapshot_hash, sizeof(n->snapshot_hash)));
	if (n->deltas_fault != XML_FAULT_NONE)
		sheet_word(s, "deltas_text", xml_fault_text(n->deltas_fault));
	sheet_number(s, "delta_count", n->delta_count);
	sheet_list_open(s, "deltas");
	for (size_t i = 0; i < n->delta_count; i++) {
		sheet_row_open(s);
		sheet_number(s, "serial", n->deltas[i].serial);
		sheet_word(s, "uri", n->delta_uris[i]);
		sheet_hex(s, "hash",
			span_of(n->deltas[i].hash, sizeof(n->deltas[i].hash)));
		sheet_row_close(s);
	}
	sheet_list_close(s);
}

/* The rows of a snapshot or delta, which has been found to be good. */
static int
show_elements(struct sheet *s, const struct inspect_what *what)
{
	struct reading r = {s, what->crypto};
	struct xml *x = open_xml(what, &r);
	enum xml_fault fault;

	if (x == NULL)
		return ERR_NOMEM;
	sheet_list_open(s, "elements");
	fault = read_xml(x, what->bytes);
	sheet_list_close(s);
	xml_free(x);
	return fault == XML_FAULT_NONE ? 0 : ERR_NOMEM;
}

static int
show_xml(struct sheet *s, const struct inspect_what *what, const struct xml *x)
{
	const char *session;
	uint64_t serial;

	sheet_word(s, "reason", "none");
	if (what->kind == INSPECT_FILE_NOTIFICATION) {
		show_notification(s, xml_notification_get(x));
		return 0;
	}
	session = xml_root(x, &serial);
	sheet_word(s, "session", session);
	sheet_number(s, "serial", serial);
	return show_elements(s, what);
}

static int
look_at_xml(struct sheet *s, const struct inspect_what *what, bool *good)
{
	struct reading r = {NULL, what->crypto};
	struct xml *x = open_xml(what, &r);
	struct text reason = {0};
	enum xml_fault fault;
	int err = 0;

	if (x == NULL)
		return ERR_NOMEM;
	fault = read_xml(x, what->bytes);
	*good = fault == XML_FAULT_NONE;
	show_head(s, what, *good);
	if (fault != XML_FAULT_NONE) {
		text_add(&reason, "rrdp-%s", xml_fault_name(fault));
		if (!reason.failed)
			show_fault(s, reason.p, xml_fault_text(fault),
				xml_line(x));
		s->out->failed |= reason.failed;
		text_free(&reason);
	} else {
		err = show_xml(s, what, x);
	}
	xml_free(x);
	return err;
}

/* A locator is only good for a key that a certificate may have. */
static int
look_at_tal(struct sheet *s, const struct inspect_what *what, bool *good)
{
	enum reject code = REJECT_NONE;
	struct tal_error why = {0};
	struct span bits;
	struct tal tal;
	int err = tal_parse(what->bytes, what->arena, &tal, &why);

	if (err == ERR_NOMEM)
		return err;
	if (err == 0)
		code = key_check(tal.spki, KEY_RSA, &bits);
	*good = err == 0 && code == REJECT_NONE;
	show_head(s, what, *good);
	if (err != 0) {
		show_fault(s, "tal-syntax", why.text, why.line);
		return 0;
	}
	sheet_word(s, "reason", reject_name(code));
	if (code != REJECT_NONE)
		sheet_word(s, "reason_text", reject_text(code));
	sheet_list_open(s, "uris");
	for (size_t i = 0; i < tal.uri_count; i++)
		sheet_text(s, NULL, tal.uris[i]);
	sheet_list_close(s);
	sheet_hex(s, "spki", tal.spki);
	return 0;
}

int
inspect_file_show(const struct inspect_what *what, struct text *out, bool *good)
{
	struct sheet sheet;
	int err;

	sheet_begin(&sheet, out, what->json);
	err = what->kind == INSPECT_FILE_TAL ? look_at_tal(&sheet, what, good)
					     : look_at_xml(&sheet, what, good);
	sheet_end(&sheet);
	return err == 0 && out->failed ? ERR_NOMEM : err;
}
