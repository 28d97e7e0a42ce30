/*
 * export: the payload set as text, a piece at a time.
 *
 *	HEAD -> VRPS -> KEYS -> ASPAS -> TAIL -> END
 *
 * Each step writes at most EXPORT_STEP octets and is only made when as much is
 * free, so that the code that writes a row needs no checks; a row that may be
 * longer (a public key, a list of providers, one of sources) goes out in parts.
 *
 * The set has its VRPs of one address by max length, length, ASN ascending; a
 * file has them by length and max length descending.  Usually one to a few
 * share an address: their indexes are sorted in a small array.  A longer run
 * is taken group by group (one length and max length), each found by a binary
 * search in the run, so that no input makes it slow or needs memory.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/export_inner.h"
#include "waymark/err.h"

enum {
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

static const struct export_shape *const shapes[EXPORT_FORMATS] = {
	[EXPORT_JSON] = &export_json,
	[EXPORT_JSONEXT] = &export_jsonext,
	[EXPORT_CSV] = &export_csv,
	[EXPORT_CSVEXT] = &export_csvext,
	[EXPORT_OPENBGPD] = &export_openbgpd,
	[EXPORT_OPENBGPD_ASPA] = &export_openbgpd_aspa,
	[EXPORT_BIRD] = &export_bird,
	[EXPORT_BIRD_ASPA] = &export_bird_aspa,
};

/* What a format is called, and what it is. */
static const struct {
	const char *name, *content_type, *help;
} words[EXPORT_FORMATS] = {
#define EXPORT_WORDS(name, word, type, help) {word, type, help},
	EXPORT_TABLE(EXPORT_WORDS)
#undef EXPORT_WORDS
};

const char *
export_name(enum export_format format)
{
	return words[format].name;
}

const char *
export_content_type(enum export_format format)
{
	return words[format].content_type;
}

const char *
export_help(enum export_format format)
{
	return words[format].help;
}

int
export_parse(const char *word, enum export_format *out)
{
	for (int i = 0; i < EXPORT_FORMATS; i++) {
		if (strcmp(words[i].name, word) == 0) {
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
enter(struct export *e, enum stage stage,
	char *(*head)(struct export *e, char *p), char *p)
{
	e->stage = (int)stage;
	e->next = 0;
	e->part = 0;
	return head != NULL ? head(e, p) : p;
}

/* One VRP or a part of it, or on to the router keys. */
static char *
step_vrp(struct export *e, const struct export_shape *shape, char *p)
{
	if (e->part == 0)
		e->vrp = next_vrp(e);
	if (e->vrp == NULL)
		return enter(e, KEYS, shape->keys_head, p);
	p = shape->vrp(e, e->vrp, p);
	if (e->part == 0)
		e->next++;
	return p;
}

/* One router key or a part of it, or on to the ASPAs. */
static char *
step_key(struct export *e, const struct export_shape *shape, char *p)
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
step_aspa(struct export *e, const struct export_shape *shape, char *p)
{
	if (shape->aspa == NULL || e->next == e->set->aspa_count)
		return enter(e, TAIL, shape->tail, p);
	p = shape->aspa(e, &e->set->aspas[e->next], p);
	if (e->part == 0)
		e->next++;
	return p;
}

/* At most EXPORT_STEP octets at `p`; always brings the export nearer to its
 * end. */
static char *
step(struct export *e, char *p)
{
	const struct export_shape *shape = shapes[e->format];

	switch ((enum stage)e->stage) {
	case HEAD:
		return enter(e, VRPS, shape->head, p);
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
	while (e->stage != END && cap - (size_t)(p - buf) >= EXPORT_STEP)
		p = step(e, p);
	return (size_t)(p - buf);
}
