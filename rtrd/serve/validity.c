/*
 * validity: what route origin validation says of one route (RFC 6811).
 *
 * Two passes over the covering VRPs, of which a route has a handful: one that
 * counts and decides, one a list that writes.  So no list is held in memory,
 * however many VRPs somebody publishes for one prefix.
 */
#include "rtrd/serve/validity.h"

#include <stdio.h>
#include <string.h>

#include "rtrd/serve/emit.h"
#include "waymark/bounds.h"

static const struct {
	const char *name, *reason, *text;
} states[VALIDITY_STATES] = {
#define VALIDITY_ROW(name, state, reason, text) {state, reason, text},
	VALIDITY_TABLE(VALIDITY_ROW)
#undef VALIDITY_ROW
};

static const char *const list_keys[VALIDITY_LISTS] = {
	"matched", "unmatched_as", "unmatched_length"};

/* One pass that writes one list. */
struct listing {
	struct text *t;
	const struct validity *v;
	enum validity_list list;
	size_t written;
};

const char *
validity_name(enum validity_state state)
{
	return states[state].name;
}

const char *
validity_reason(enum validity_state state)
{
	return states[state].reason;
}

const char *
validity_text(enum validity_state state)
{
	return states[state].text;
}

/* The list that a covering VRP belongs to. */
static enum validity_list
vrp_list(const struct vrp *vrp, const struct validity *v)
{
	if (v->route.len > vrp->max_len)
		return VALIDITY_UNMATCHED_LENGTH;
	if (vrp->asn != v->asn || vrp->asn == 0)
		return VALIDITY_UNMATCHED_AS;
	return VALIDITY_MATCHED;
}

/* Every covering VRP counts, also beyond what is listed: the state must not
 * depend on a limit. */
static bool
count_one(void *ctx, const struct vrp *vrp)
{
	struct validity *v = ctx;

	v->counts[vrp_list(vrp, v)]++;
	return true;
}

/* A match decides whatever else covers the route (RFC 6811 section 2.1). */
void
validity_check(const struct payload_set *set, const struct prefix *route,
	uint32_t asn, struct validity *out)
{
	memset(out, 0, sizeof(*out));
	out->set = set;
	out->route = *route;
	out->asn = asn;
	payload_covering(set, route, count_one, out);
	if (out->counts[VALIDITY_MATCHED] > 0)
		out->state = VALIDITY_VALID;
	else if (out->counts[VALIDITY_UNMATCHED_AS] > 0)
		out->state = VALIDITY_INVALID_AS;
	else if (out->counts[VALIDITY_UNMATCHED_LENGTH] > 0)
		out->state = VALIDITY_INVALID_LENGTH;
	else
		out->state = VALIDITY_NOT_FOUND;
}

/* "AS64496", as the format wants every ASN. */
static void
emit_asn(struct text *t, const char *key, uint32_t asn)
{
	char word[16];

	snprintf(word, sizeof(word), "AS%lu", (unsigned long)asn);
	emit_text(t, key, word);
}

/* Lengths are texts in this format, unlike everywhere else; tools that read
 * it expect so. */
static bool
write_one(void *ctx, const struct vrp *vrp)
{
	struct listing *l = ctx;
	char word[PREFIX_TEXT];
	struct prefix prefix;

	if (vrp_list(vrp, l->v) != l->list)
		return true;
	prefix = vrp_prefix(vrp);
	emit_open(l->t, NULL, '{');
	emit_asn(l->t, "asn", vrp->asn);
	emit_text(l->t, "prefix", prefix_format(&prefix, word));
	snprintf(word, sizeof(word), "%u", (unsigned)vrp->max_len);
	emit_text(l->t, "max_length", word);
	emit_close(l->t, '}');
	return ++l->written < BOUND_VALIDITY_VRPS;
}

/* All three lists stand there, also when they are empty: readers take their
 * members without asking. */
static void
write_lists(struct text *t, const struct validity *v)
{
	size_t omitted = 0;
	int list;

	emit_open(t, "VRPs", '{');
	for (list = 0; list < VALIDITY_LISTS; list++) {
		struct listing l = {t, v, (enum validity_list)list, 0};

		emit_open(t, list_keys[list], '[');
		if (v->counts[list] > 0)
			payload_covering(v->set, &v->route, write_one, &l);
		emit_close(t, ']');
		omitted += v->counts[list] - l.written;
	}
	if (omitted > 0)
		emit_count(t, "omitted", omitted);
	emit_close(t, '}');
}

void
validity_write(struct text *t, const char *key, const struct validity *v)
{
	char word[PREFIX_TEXT];

	emit_open(t, key, '{');
	emit_open(t, "route", '{');
	emit_asn(t, "origin_asn", v->asn);
	emit_text(t, "prefix", prefix_format(&v->route, word));
	emit_close(t, '}');
	emit_open(t, "validity", '{');
	emit_text(t, "state", validity_name(v->state));
	if (validity_reason(v->state) != NULL)
		emit_text(t, "reason", validity_reason(v->state));
	emit_text(t, "description", validity_text(v->state));
	write_lists(t, v);
	emit_close(t, '}');
	emit_close(t, '}');
}
