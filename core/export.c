/*
 * export: the payload set as JSON and as CSV, a piece at a time.
 *
 *	HEAD -> VRPS -> KEYS -> ASPAS -> TAIL -> END
 *
 * Each step writes at most STEP octets and is only made when as much is free,
 * so that the code that writes a row needs no checks; a row that may be longer
 * (a public key, a list of providers) goes out in parts.
 *
 * The set has its VRPs of one address by max length, length, ASN ascending; a
 * file has them by length and max length descending.  Usually one to a few
 * share an address: their indexes are sorted in a small array.  A longer run
 * is taken group by group (one length and max length), each found by a binary
 * search in the run, so that no input makes it slow or needs memory.
 *
 * Names of trust anchors are file names that an operator chose: they are
 * escaped, and cut when they are absurdly long, but never refused here.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "waymark/err.h"
#include "waymark/export.h"

enum {
	STEP = 3072, /* below EXPORT_BUFFER_MIN */
	NAME_OCTETS = 1536, /* of one name, escaped: 255 octets x 6 */
	PART_OCTETS = 768, /* of a public key, a multiple of three */
	PART_NUMBERS = 128, /* of a list of providers */
	ORDER = sizeof(((struct export *)0)->order) / sizeof(uint32_t),
};

enum stage {
	HEAD,
	VRPS,
	KEYS,
	ASPAS,
	TAIL,
	END
};

/* How a format writes each stage: append at `p`, return the new end.  A row
 * that goes out in parts keeps in e->part how far it is, and 0 when done. */
struct shape {
	const char *name;
	const char *content_type;
	const char *help;
	char *(*head)(const struct export *e, char *p);
	char *(*vrp)(const struct export *e, const struct vrp *v, char *p);
	char *(*keys_head)(char *p);
	char *(*key)(struct export *e, const struct router_key *k, char *p);
	char *(*aspas_head)(char *p);
	char *(*aspa)(struct export *e, const struct aspa *a, char *p);
	char *(*tail)(char *p);
};

/* A text without its NUL; returns the new end, as all that follow do. */
static char *
put(char *p, const char *text)
{
	size_t n = strlen(text);

	memcpy(p, text, n);
	return p + n;
}

/* Decimal, by hand: printf would take most of the time of a whole export. */
static char *
put_number(char *p, int64_t v)
{
	/* The least number has no positive one. */
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*p++ = '-';
	memcpy(p, digits + n, sizeof(digits) - n);
	return p + sizeof(digits) - n;
}

/* The prefix is written in place; PREFIX_TEXT counts into STEP. */
static char *
put_prefix(char *p, const struct vrp *v)
{
	struct prefix prefix = vrp_prefix(v);

	return p + strlen(prefix_format(&prefix, p));
}

/* An index that no name is known for is no reason to lose the row. */
static const char *
ta_name(const struct export *e, uint8_t ta)
{
	return ta < e->meta.ta_count ? e->meta.ta_names[ta] : "";
}

/* Whether no format has to escape anything in a name. */
static bool
is_plain(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] < 0x21 || name[i] > 0x7e ||
			strchr("\"\\,", name[i]) != NULL)
			return false;
	return n < NAME_OCTETS;
}

/* A name in quotes, cut rather than too long for a step. */
static char *
put_json_name(char *p, const char *name)
{
	struct text t = {0};
	size_t n = strlen(name);

	*p++ = '"';
	if (is_plain(name, n)) {
		memcpy(p, name, n);
		p += n;
	} else {
		text_json(&t, name, n < NAME_OCTETS / 6 ? n : NAME_OCTETS / 6);
		if (!t.failed && t.n <= NAME_OCTETS)
			p = put(p, t.p);
		text_free(&t);
	}
	*p++ = '"';
	return p;
}

/* `buildtime` and `generated` must be there: StayRTR withdraws everything
 * without them.  `vrps` and `uniquevrps` are one number: a set holds each VRP
 * once. */
static char *
json_head(const struct export *e, char *p)
{
	char host[256] = "";
	char built[WALL_TEXT];

	/* A host whose name does not fit is one without a name. */
	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	p = put(p, "{\"metadata\":{\"buildmachine\":");
	p = put_json_name(p, host);
	p = put(p, ",\"buildtime\":\"");
	p = put(p, wall_format(e->meta.built, built));
	p = put(p, "\",\"elapsedtime\":");
	p = put_number(p, e->meta.elapsed_ms / 1000);
	p = put(p, ",\"generated\":");
	p = put_number(p, e->meta.built.s);
	p = put(p, ",\"vrps\":");
	p = put_number(p, (int64_t)e->set->vrp_count);
	p = put(p, ",\"uniquevrps\":");
	p = put_number(p, (int64_t)e->set->vrp_count);
	p = put(p, ",\"bgpsec_keys\":");
	p = put_number(p, (int64_t)e->set->key_count);
	p = put(p, ",\"aspas\":");
	p = put_number(p, (int64_t)e->set->aspa_count);
	return put(p, "},\n\"roas\":[");
}

/* The end of the row before, and the beginning of this one. */
static char *
json_row(const struct export *e, char *p)
{
	return put(p, e->next > 0 ? ",\n" : "\n");
}

/* asn is a number here, not "AS1": the form that all readers take. */
static char *
json_vrp(const struct export *e, const struct vrp *v, char *p)
{
	p = json_row(e, p);
	p = put(p, "{\"asn\":");
	p = put_number(p, v->asn);
	p = put(p, ",\"prefix\":\"");
	p = put_prefix(p, v);
	p = put(p, "\",\"maxLength\":");
	p = put_number(p, v->max_len);
	p = put(p, ",\"ta\":");
	p = put_json_name(p, ta_name(e, v->ta));
	p = put(p, ",\"expires\":");
	p = put_number(p, v->expires);
	*p++ = '}';
	return p;
}

/* Ends the VRPs and opens the router keys. */
static char *
json_keys_head(char *p)
{
	return put(p, "\n],\n\"bgpsec_keys\":[");
}

/* At most PART_OCTETS; they are a multiple of three but at the end of a key, so
 * that parts put together are one base64 text. */
static char *
put_base64(char *p, const uint8_t *octets, size_t n)
{
	struct text t = {0};

	text_add_base64(&t, octets, n);
	if (!t.failed && t.p != NULL)
		p = put(p, t.p);
	text_free(&t);
	return p;
}

/* Upper case, as the tools that read it write it. */
static char *
put_hex(char *p, const uint8_t *octets, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		*p++ = hex[octets[i] >> 4];
		*p++ = hex[octets[i] & 15];
	}
	return p;
}

/* A router key, in as many steps as its public key needs. */
static char *
json_key(struct export *e, const struct router_key *k, char *p)
{
	size_t n = k->spki.n - e->part;

	if (e->part == 0) {
		p = json_row(e, p);
		p = put(p, "{\"asn\":");
		p = put_number(p, k->asn);
		p = put(p, ",\"ski\":\"");
		p = put_hex(p, k->ski, SKI_SIZE);
		p = put(p, "\",\"pubkey\":\"");
	}
	if (n > PART_OCTETS) {
		p = put_base64(p, k->spki.p + e->part, PART_OCTETS);
		e->part += PART_OCTETS;
		return p;
	}
	p = put_base64(p, k->spki.p + e->part, n);
	e->part = 0;
	p = put(p, "\",\"ta\":");
	p = put_json_name(p, ta_name(e, k->ta));
	p = put(p, ",\"expires\":");
	p = put_number(p, k->expires);
	*p++ = '}';
	return p;
}

/* Ends the router keys and opens the ASPAs. */
static char *
json_aspas_head(char *p)
{
	return put(p, "\n],\n\"aspas\":[");
}

/* An ASPA, in as many steps as its providers need. */
static char *
json_aspa(struct export *e, const struct aspa *a, char *p)
{
	size_t end = a->provider_count;

	if (e->part == 0) {
		p = json_row(e, p);
		p = put(p, "{\"customer_asid\":");
		p = put_number(p, a->customer);
		p = put(p, ",\"expires\":");
		p = put_number(p, a->expires);
		p = put(p, ",\"providers\":[");
	}
	if (end - e->part > PART_NUMBERS)
		end = e->part + PART_NUMBERS;
	for (size_t i = e->part; i < end; i++) {
		if (i > 0)
			*p++ = ',';
		p = put_number(p, a->providers[i]);
	}
	e->part = end;
	if (end < a->provider_count)
		return p;
	e->part = 0;
	return put(p, "]}");
}

/* Ends the ASPAs and the document. */
static char *
json_tail(char *p)
{
	return put(p, "\n]}\n");
}

/* The column names that tools compare with. */
static char *
csv_head(const struct export *e, char *p)
{
	(void)e;
	return put(p, "ASN,IP Prefix,Max Length,Trust Anchor,Expires\n");
}

/* A name as a field; quoted only where it must be (RFC 4180, section 2). */
static char *
put_csv_name(char *p, const char *name)
{
	size_t n = strlen(name);

	if (is_plain(name, n)) {
		memcpy(p, name, n);
		return p + n;
	}
	n = n < NAME_OCTETS / 6 ? n : NAME_OCTETS / 6;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		/* A line break in a field would be legal, and a trap. */
		unsigned char c = (unsigned char)name[i];

		if (c == '"')
			*p++ = '"';
		*p++ = c < 0x20 || c == 0x7f ? '?' : name[i];
	}
	*p++ = '"';
	return p;
}

/* A row as other validators write it, ASN with its "AS". */
static char *
csv_vrp(const struct export *e, const struct vrp *v, char *p)
{
	*p++ = 'A';
	*p++ = 'S';
	p = put_number(p, v->asn);
	*p++ = ',';
	p = put_prefix(p, v);
	*p++ = ',';
	p = put_number(p, v->max_len);
	*p++ = ',';
	p = put_csv_name(p, ta_name(e, v->ta));
	*p++ = ',';
	p = put_number(p, v->expires);
	*p++ = '\n';
	return p;
}

/* A format of VRPs alone leaves what it cannot say NULL: the stage is passed
 * without a word. */
#define SHAPE_JSON \
	json_head, json_vrp, json_keys_head, json_key, json_aspas_head, \
		json_aspa, json_tail
#define SHAPE_CSV csv_head, csv_vrp, NULL, NULL, NULL, NULL, NULL

static const struct shape shapes[EXPORT_FORMATS] = {
#define EXPORT_SHAPE(name, word, type, help) {word, type, help, SHAPE_##name},
	EXPORT_TABLE(EXPORT_SHAPE)
#undef EXPORT_SHAPE
};

const char *
export_name(enum export_format format)
{
	return shapes[format].name;
}

const char *
export_content_type(enum export_format format)
{
	return shapes[format].content_type;
}

const char *
export_help(enum export_format format)
{
	return shapes[format].help;
}

int
export_parse(const char *word, enum export_format *out)
{
	for (int i = 0; i < EXPORT_FORMATS; i++) {
		if (strcmp(shapes[i].name, word) == 0) {
			*out = (enum export_format)i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

void
export_init(struct export *e, enum export_format format,
	const struct payload_set *set, const struct export_meta *meta)
{
	*e = (struct export){
		.set = payload_ref(set),
		.meta = *meta,
		.format = format,
		.stage = HEAD,
	};
}

void
export_fini(struct export *e)
{
	payload_unref(e->set);
	e->set = NULL;
	e->stage = END;
}

/* Whether `a` stands before `b` in a file; both have the same address. */
static bool
is_before(const struct vrp *a, const struct vrp *b)
{
	if (a->len != b->len)
		return a->len > b->len;
	if (a->max_len != b->max_len)
		return a->max_len > b->max_len;
	return a->asn < b->asn;
}

/* A run that fits the array: sort its indexes by insertion. */
static void
order_run(struct export *e)
{
	const struct vrp *v = e->set->vrps;

	for (; e->run < e->run_end; e->run++) {
		size_t at = e->order_n++;

		for (; at > 0 && is_before(&v[e->run], &v[e->order[at - 1]]);
			at--)
			e->order[at] = e->order[at - 1];
		e->order[at] = (uint32_t)e->run;
	}
}

/* The first VRP of the run whose max length and length are not below these. */
static size_t
find_lengths(const struct export *e, unsigned max_len, unsigned len)
{
	const struct vrp *v = e->set->vrps;
	size_t from = e->run, to = e->run_end;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (v[middle].max_len < max_len ||
			(v[middle].max_len == max_len && v[middle].len < len))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Go to the next group of a long run, in the order of files.  False when the
 * run has no more. */
static bool
next_group(struct export *e)
{
	unsigned bits = family_bits((enum family)e->set->vrps[e->run].family);

	while (e->group == e->group_end) {
		if (e->group_max > e->group_len) {
			e->group_max--;
		} else if (e->group_len > 0) {
			e->group_len--;
			e->group_max = bits;
		} else {
			return false;
		}
		e->group = find_lengths(e, e->group_max, e->group_len);
		e->group_end = find_lengths(e, e->group_max, e->group_len + 1);
	}
	return true;
}

/* Take as many as the array holds from a run that is too long for it. */
static void
order_part(struct export *e)
{
	while (e->order_n < ORDER && next_group(e))
		while (e->order_n < ORDER && e->group < e->group_end)
			e->order[e->order_n++] = (uint32_t)e->group++;
	if (e->order_n < ORDER)
		e->run = e->run_end;
}

/* Find the run of one address that begins where the last one ended. */
static void
begin_run(struct export *e)
{
	const struct vrp *v = e->set->vrps;

	for (e->run_end = e->run + 1; e->run_end < e->set->vrp_count;
		e->run_end++)
		if (v[e->run_end].family != v[e->run].family ||
			addr_compare(&v[e->run_end].addr, &v[e->run].addr) != 0)
			break;
	/* Just before the first group: one longer than any. */
	e->group_len = e->group_max =
		family_bits((enum family)v[e->run].family) + 1;
	e->group = e->group_end = e->run;
}

/* The next VRP in the order of files; NULL after the last. */
static const struct vrp *
next_vrp(struct export *e)
{
	while (e->order_at == e->order_n) {
		e->order_at = e->order_n = 0;
		if (e->run == e->run_end && e->run == e->set->vrp_count)
			return NULL;
		if (e->run == e->run_end)
			begin_run(e);
		if (e->run_end - e->run <= ORDER)
			order_run(e);
		else
			order_part(e);
	}
	return &e->set->vrps[e->order[e->order_at++]];
}

/* Go to a stage and write what stands at its beginning, if anything does. */
static char *
enter(struct export *e, enum stage stage, char *(*head)(char *p), char *p)
{
	e->stage = (int)stage;
	e->next = 0;
	e->part = 0;
	return head != NULL ? head(p) : p;
}

/* One VRP, or on to the router keys. */
static char *
step_vrp(struct export *e, const struct shape *shape, char *p)
{
	const struct vrp *v = next_vrp(e);

	if (v == NULL)
		return enter(e, KEYS, shape->keys_head, p);
	p = shape->vrp(e, v, p);
	e->next++;
	return p;
}

/* One router key or a part of it, or on to the ASPAs. */
static char *
step_key(struct export *e, const struct shape *shape, char *p)
{
	if (shape->key == NULL || e->next == e->set->key_count)
		return enter(e, ASPAS, shape->aspas_head, p);
	p = shape->key(e, &e->set->keys[e->next], p);
	if (e->part == 0)
		e->next++;
	return p;
}

/* One ASPA or a part of it, or on to the end. */
static char *
step_aspa(struct export *e, const struct shape *shape, char *p)
{
	if (shape->aspa == NULL || e->next == e->set->aspa_count)
		return enter(e, TAIL, shape->tail, p);
	p = shape->aspa(e, &e->set->aspas[e->next], p);
	if (e->part == 0)
		e->next++;
	return p;
}

/* At most STEP octets at `p`; always brings the export nearer to its end. */
static char *
step(struct export *e, char *p)
{
	const struct shape *shape = &shapes[e->format];

	switch ((enum stage)e->stage) {
	case HEAD:
		p = shape->head(e, p);
		return enter(e, VRPS, NULL, p);
	case VRPS:
		return step_vrp(e, shape, p);
	case KEYS:
		return step_key(e, shape, p);
	case ASPAS:
		return step_aspa(e, shape, p);
	case TAIL:
		return enter(e, END, NULL, p);
	case END:
		break;
	}
	return p;
}

size_t
export_next(struct export *e, char *buf, size_t cap)
{
	char *p = buf;

	assert(cap >= EXPORT_BUFFER_MIN);
	while (e->stage != END && cap - (size_t)(p - buf) >= STEP)
		p = step(e, p);
	return (size_t)(p - buf);
}
