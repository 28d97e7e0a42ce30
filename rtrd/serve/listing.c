/*
 * listing: a payload set as a body, whole or filtered.
 *
 * A filtered listing has up to two parts:
 *
 *	covering  pointers collected once, a route has a handful of them
 *	range     [next, end) of the canonical order: everything, or what
 *	          begins inside the prefix
 *
 * A step looks at a bounded number of rows and may well find none, so that a
 * rare ASN in a large set never holds up the routers on the same loop.
 */
#include "rtrd/serve/listing.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/vec.h"

enum {
	STEP_ROWS = 8192, /* looked at: some 50 us */
	STEP_OCTETS = 32768, /* written: one socket buffer's worth */
	EXPORT_PIECE = 16384
};

/* Names of trust anchors that outlive the snapshot. */
struct names {
	struct arena *arena;
	const char **at;
	size_t n;
};

struct whole {
	struct names names;
	struct export export;
};

struct vrps {
	struct names names; /* as the inside of JSON strings */
	const struct payload_set *set;
	struct listing_filter filter;
	VEC(const struct vrp *) covering;
	bool failed; /* covering is not whole */
	size_t covered; /* of these written */
	size_t next, end;
	uint64_t rows;
	struct text head;
};

/* Copy the names; escaped for JSON or as they are.  False out of memory. */
static bool
names_init(struct names *names, const struct view *v, bool escape)
{
	size_t i, n = v->snapshot != NULL ? v->snapshot->report.ta_count : 0;
	struct text word = {0};

	names->arena = arena_new(4096);
	if (names->arena == NULL)
		return false;
	names->at = arena_array(names->arena, n + 1, sizeof(*names->at));
	for (i = 0; names->at != NULL && i < n; i++) {
		const char *name = v->snapshot->report.tas[i].name;

		text_clear(&word);
		if (escape)
			text_json(&word, name, strlen(name));
		else
			text_put(&word, name, strlen(name));
		if (word.failed)
			break;
		names->at[i] = arena_text(names->arena, word.p, word.n);
		if (names->at[i] == NULL)
			break;
	}
	text_free(&word);
	names->n = n;
	return names->at != NULL && i == n;
}

/* A set that is newer than the names, or older, has an index beyond them. */
static const char *
names_get(const struct names *names, unsigned ta)
{
	return ta < names->n ? names->at[ta] : "unknown";
}

/* The export fills a piece at a time and says with 0 that it is done. */
static bool
whole_fill(void *ctx, struct text *out)
{
	struct whole *w = ctx;
	char piece[EXPORT_PIECE];
	size_t n = export_next(&w->export, piece, sizeof(piece));

	text_put(out, piece, n);
	return n > 0;
}

static void
whole_drop(void *ctx)
{
	struct whole *w = ctx;

	export_fini(&w->export);
	arena_free(w->names.arena);
	free(w);
}

/* The names are copied first: the export keeps pointers to them for as long
 * as the client reads. */
struct body *
listing_export(const struct view *v, enum export_format format)
{
	struct whole *w = calloc(1, sizeof(*w));
	struct export_meta meta;

	if (w == NULL || !names_init(&w->names, v, false)) {
		if (w != NULL)
			arena_free(w->names.arena);
		free(w);
		return NULL;
	}
	memset(&meta, 0, sizeof(meta));
	meta.ta_names = w->names.at;
	meta.ta_count = w->names.n;
	meta.built = view_built(v);
	if (v->snapshot != NULL)
		meta.elapsed_ms = v->run.elapsed_ms;
	export_init(&w->export, format, view_set(v), &meta);
	return body_new(whole_fill, whole_drop, w);
}

/* Written without the emitter: this is the one row that is written a million
 * times. */
static void
vrp_row(struct vrps *l, const struct vrp *vrp, struct text *out)
{
	struct prefix prefix = vrp_prefix(vrp);
	char word[PREFIX_TEXT];

	text_add(out,
		"{\"asn\":%lu,\"prefix\":\"%s\",\"maxLength\":%u,"
		"\"ta\":\"%s\",\"expires\":%lld}\n",
		(unsigned long)vrp->asn, prefix_format(&prefix, word),
		(unsigned)vrp->max_len, names_get(&l->names, vrp->ta),
		(long long)vrp->expires);
	l->rows++;
}

/* Whether a VRP of the range is meant. */
static bool
is_wanted(const struct listing_filter *f, const struct vrp *vrp)
{
	struct prefix prefix;

	if (f->has_asn && vrp->asn != f->asn)
		return false;
	if (!f->has_prefix)
		return true;
	prefix = vrp_prefix(vrp);
	return prefix.len > f->prefix.len && prefix_covers(&f->prefix, &prefix);
}

/* Head, collected rows, range, last line; each step leaves off where the
 * piece is full. */
static bool
vrps_fill(void *ctx, struct text *out)
{
	struct vrps *l = ctx;
	size_t looked;

	out->failed |= l->failed;
	if (l->head.n > 0)
		text_add(out, "%s\n", l->head.p);
	text_clear(&l->head);
	for (; l->covered < l->covering.n && out->n < STEP_OCTETS; l->covered++)
		vrp_row(l, l->covering.at[l->covered], out);
	for (looked = 0;
		looked < STEP_ROWS && l->next < l->end && out->n < STEP_OCTETS;
		looked++, l->next++) {
		if (is_wanted(&l->filter, &l->set->vrps[l->next]))
			vrp_row(l, &l->set->vrps[l->next], out);
	}
	if (l->covered < l->covering.n || l->next < l->end)
		return true;
	text_add(out, "{\"end\":true,\"rows\":%llu}\n",
		(unsigned long long)l->rows);
	return false;
}

static void
vrps_drop(void *ctx)
{
	struct vrps *l = ctx;

	payload_unref(l->set);
	arena_free(l->names.arena);
	text_free(&l->head);
	VEC_FREE(&l->covering);
	free(l);
}

/* The collected rows are pointers into the set, which the listing holds. */
static bool
collect(void *ctx, const struct vrp *vrp)
{
	struct vrps *l = ctx;

	if (l->filter.has_asn && vrp->asn != l->filter.asn)
		return true;
	l->failed = !VEC_PUSH(&l->covering, vrp);
	return !l->failed;
}

/* The first VRP of [from, to), which is one family, at or after `addr`. */
static size_t
first_from(const struct payload_set *set, size_t from, size_t to,
	const struct addr *addr)
{
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (addr_compare(&set->vrps[middle].addr, addr) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Narrow the range to what begins inside the prefix of the filter. */
static void
range_narrow(struct vrps *l)
{
	const struct prefix *p = &l->filter.prefix;
	bool four = p->family == FAMILY_IPV4;
	unsigned bits = four ? 32 : 128;
	struct addr past = addr_high(&p->addr, p->len, bits);
	size_t from = four ? 0 : l->set->ipv4_count;
	size_t to = four ? l->set->ipv4_count : l->set->vrp_count;

	l->next = first_from(l->set, from, to, &p->addr);
	l->end = addr_next(&past, bits) ? first_from(l->set, from, to, &past)
					: to;
}

/* Only what begins inside the prefix needs the range; without --more-
 * specific it is emptied. */
struct body *
listing_vrps(const struct view *v, const struct listing_filter *filter,
	const char *head)
{
	struct vrps *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->filter = *filter;
	l->set = payload_ref(view_set(v));
	l->end = l->set->vrp_count;
	text_put(&l->head, head, strlen(head));
	if (!names_init(&l->names, v, true) || l->head.failed) {
		vrps_drop(l);
		return NULL;
	}
	if (filter->has_prefix) {
		payload_covering(l->set, &filter->prefix, collect, l);
		range_narrow(l);
		if (!filter->more_specific)
			l->end = l->next;
	}
	return body_new(vrps_fill, vrps_drop, l);
}
