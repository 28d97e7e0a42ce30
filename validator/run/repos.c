/*
 * repos: see the header.
 *
 * 45,000 CAs publish in some sixty homes, so a CA costs a comparison with the
 * one before it, at most one digest.  What the store knows is asked once for
 * each row.
 */
#include "validator/run/repos.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "validator/run/repos_inner.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 65536,
	NAME_MAX_OCTETS = 2 * BOUND_URI + 64, /* what a digest is made of */
};

int
repos_new(const struct repos_config *config, struct reader_view *view,
	struct repos **out)
{
	struct repos *r = calloc(1, sizeof(*r));
	size_t i;

	if (r == NULL)
		return ERR_NOMEM;
	r->config = *config;
	r->view = view;
	r->crypto = crypto_new();
	r->arena = arena_new(ARENA_CHUNK);
	r->scratch = arena_new(ARENA_CHUNK);
	r->tas = calloc(config->ta_count + 1, sizeof(*r->tas));
	if (r->crypto == NULL || r->arena == NULL || r->scratch == NULL ||
		r->tas == NULL) {
		repos_free(r);
		return ERR_NOMEM;
	}
	r->config.names = arena_copy(r->arena, config->names,
		config->ta_count * sizeof(*config->names));
	if (r->config.names == NULL) {
		repos_free(r);
		return ERR_NOMEM;
	}
	for (i = 0; i < config->ta_count; i++) {
		r->tas[i].row = -1;
		r->tas[i].expires.s = INT64_MAX;
	}
	*out = r;
	return 0;
}

void
repos_free(struct repos *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->rows.n; i++)
		VEC_FREE(&r->rows.at[i].hosts);
	VEC_FREE(&r->rows);
	VEC_FREE(&r->homes);
	VEC_FREE(&r->links);
	VEC_FREE(&r->bids);
	VEC_FREE(&r->wants);
	VEC_FREE(&r->keeps);
	digests_free(&r->row_index);
	digests_free(&r->home_index);
	digests_free(&r->bid_index);
	crypto_free(r->crypto);
	arena_free(r->arena);
	arena_free(r->scratch);
	free(r->tas);
	free(r);
}

/* The module of an rsync URI that passed uri_parse: "rsync://host/module/". */
static struct span
module_of(struct span uri)
{
	size_t slashes = 0, i;

	for (i = 0; i < uri.n; i++)
		if (uri.p[i] == '/' && ++slashes == 4)
			return span_of(uri.p, i + 1);
	return span_of(NULL, 0);
}

/* The number that stands for two numbers and two texts. */
static uint32_t *
find(struct repos *r, struct digests *index, const uint32_t numbers[2],
	struct span a, struct span b)
{
	uint8_t name[NAME_MAX_OCTETS], digest[SHA256_SIZE];
	uint32_t length = (uint32_t)a.n;
	size_t n = 0;

	/* URIs were bounded when they were parsed. */
	assert(a.n + b.n <= sizeof(name) - 16);
	memcpy(name, numbers, 8);
	memcpy(name + 8, &length, 4);
	n = 12;
	if (a.n > 0)
		memcpy(name + n, a.p, a.n);
	n += a.n;
	if (b.n > 0)
		memcpy(name + n, b.p, b.n);
	n += b.n;
	crypto_sha256(r->crypto, span_of(name, n), digest);
	return digests_at(index, digest);
}

static uint32_t *
row_slot(struct repos *r, uint32_t ta, enum repo_kind kind, struct span uri)
{
	const uint32_t numbers[2] = {ta, (uint32_t)kind};

	return find(r, &r->row_index, numbers, uri, span_of(NULL, 0));
}

int
repos_find(struct repos *r, uint32_t ta, enum repo_kind kind, struct span uri,
	int *row)
{
	const uint32_t *slot = row_slot(r, ta, kind, uri);

	if (slot == NULL)
		return ERR_NOMEM;
	*row = *slot == DIGEST_NONE ? -1 : (int)*slot;
	return 0;
}

int
repos_look_up(struct repos *r, enum repo_kind kind, struct span uri,
	struct repo_record *record, struct set *set)
{
	char text[BOUND_URI + 1];
	int err;

	*record = (struct repo_record){0};
	set->id = 0;
	arena_reset(r->scratch);
	if (r->view == NULL || uri.n > BOUND_URI)
		return 0;
	memcpy(text, uri.p, uri.n);
	text[uri.n] = '\0';
	err = reader_repo(
		r->view, (struct repo_id){kind, text}, r->scratch, record, set);
	if (err == 0 || err == ERR_NOMEM)
		return err;
	/* What is not there, or does not hold together, begins anew. */
	*record = (struct repo_record){0};
	set->id = 0;
	return 0;
}

bool
repos_is_known(const struct repos *r, const struct repo_record *record)
{
	return record->success.s > 0 &&
		record->success.s >= r->config.now.s - BOUND_REPO_KNOWN_S;
}

static const char *
keep_text(struct repos *r, const char *text)
{
	return text == NULL ? "" : arena_text(r->arena, text, strlen(text));
}

int
repos_add(struct repos *r, uint32_t ta, enum repo_kind kind, struct span uri,
	int *out)
{
	uint32_t *slot = row_slot(r, ta, kind, uri);
	struct row row = {
		.ta = ta,
		.kind = kind,
		.delegation = DELEGATION_TA,
		.expires = {INT64_MAX},
	};
	struct repo_record record;
	const char *hosts;
	int err = repos_look_up(r, kind, uri, &record, &row.set);

	if (err != 0)
		return err;
	row.note = (struct repo_note){
		.failures = record.failures,
		.attempt = record.attempt,
		.success = record.success,
		.reason = keep_text(r, record.reason),
	};
	if (kind == REPO_RSYNC && !r->config.rsync) {
		row.set.id = 0;
		row.off = true;
		row.note.failures++;
		row.note.reason = "rsync is switched off";
	}
	hosts = keep_text(r, record.hosts);
	row.uri = arena_text(r->arena, (const char *)uri.p, uri.n);
	if (slot == NULL || row.note.reason == NULL || hosts == NULL ||
		row.uri == NULL || !VEC_PUSH(&r->rows, row))
		return ERR_NOMEM;
	r->rows.at[r->rows.n - 1].known_hosts = span_text(hosts);
	*slot = (uint32_t)(r->rows.n - 1);
	*out = (int)*slot;
	return 0;
}

static int
add_link(struct repos *r, int row, int after)
{
	const struct link link = {.row = row, .after = after};

	if (after < 0)
		r->rows.at[row].first = true;
	return VEC_PUSH(&r->links, link) ? 0 : ERR_NOMEM;
}

int
repos_tal(struct repos *r, uint32_t ta, const struct tal *tal,
	const struct ta_copy *copy)
{
	struct want_keep keep;
	int before = -1, row, err = 0;
	size_t i;

	for (i = 0; i < tal->uri_count && err == 0; i++) {
		err = repos_find(r, ta, REPO_TA, tal->uris[i], &row);
		if (err == 0 && row < 0)
			err = repos_add(r, ta, REPO_TA, tal->uris[i], &row);
		if (err == 0)
			err = add_link(r, row, copy == NULL ? -1 : before);
		before = row;
	}
	if (err != 0 || copy == NULL)
		return err;
	keep.uri = (const char *)tal->uris[copy->uri].p;
	memcpy(keep.hash, copy->hash, sizeof(keep.hash));
	return VEC_PUSH(&r->keeps, keep) ? 0 : ERR_NOMEM;
}

struct span
repos_uri(const struct repos *r, const struct ca *ca, enum repo_use use,
	enum repo_kind *kind)
{
	struct span notify = {0}, module = module_of(ca->repository_uri);

	if (r->config.rrdp)
		notify = ca->notify_uri;
	*kind = use == USE_FIRST && notify.n > 0 ? REPO_RRDP : REPO_RSYNC;
	if (*kind == REPO_RRDP)
		return notify;
	return use == USE_FIRST || notify.n > 0 ? module : span_of(NULL, 0);
}

static int
delegation_above(const struct ca *ca)
{
	return ca->parent == NULL ? DELEGATION_TA : ca->parent->delegation;
}

int
repos_delegation(const struct repos *r, const struct ca *ca, int first)
{
	int above = delegation_above(ca);

	if (ca->parent == NULL || above != DELEGATION_TA)
		return above;
	if (first == r->tas[ca->ta].row)
		return DELEGATION_TA;
	return first < 0 ? DELEGATION_LOST : first;
}

/* Two CAs of one home: most are of that of the CA before. */
static bool
are_at_one(const struct ca *a, const struct ca *b)
{
	return a->ta == b->ta && delegation_above(a) == delegation_above(b) &&
		span_equal(a->notify_uri, b->notify_uri) &&
		span_equal(module_of(a->repository_uri),
			module_of(b->repository_uri));
}

/* The home of a CA; a new one makes a bid. */
static int
settle(struct repos *r, struct ca *ca, size_t old)
{
	const uint32_t numbers[2] = {ca->ta, (uint32_t)delegation_above(ca)};
	uint32_t *slot = find(r, &r->home_index, numbers, ca->notify_uri,
		module_of(ca->repository_uri));
	struct home home = {.rows = {-1, -1}};
	struct bid bid = {.ca = ca, .like = -1};

	if (slot == NULL)
		return ERR_NOMEM;
	if (*slot == DIGEST_NONE) {
		bid.home = (int)r->homes.n;
		if (!VEC_PUSH(&r->homes, home) || !VEC_PUSH(&r->bids, bid))
			return ERR_NOMEM;
		*slot = (uint32_t)bid.home;
	} else if (*slot >= old) {
		struct bid *first = &r->bids.at[*slot - old];

		if (ca_compare(ca, first->ca) < 0)
			first->ca = ca;
	}
	ca->home = (int)*slot;
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	const struct bid *x = a, *y = b;

	return ca_compare(x->ca, y->ca);
}

/* Bids for one notification from several modules are one. */
static int
tie_bids(struct repos *r)
{
	size_t i;

	digests_free(&r->bid_index);
	for (i = 0; i < r->bids.n; i++) {
		struct bid *bid = &r->bids.at[i];
		enum repo_kind kind;
		struct span uri = repos_uri(r, bid->ca, USE_FIRST, &kind);
		const uint32_t numbers[2] = {bid->ca->ta * REPO_KINDS + kind,
			(uint32_t)delegation_above(bid->ca)};
		uint32_t *slot =
			find(r, &r->bid_index, numbers, uri, span_of(NULL, 0));

		if (slot == NULL)
			return ERR_NOMEM;
		if (*slot == DIGEST_NONE)
			*slot = (uint32_t)i;
		else
			bid->like = (int)*slot;
	}
	return 0;
}

/* RRDP first, unless it fails and rsync brought something newer. */
static void
order_places(const struct repos *r, struct home *home)
{
	const struct row *first = NULL, *second = NULL;

	if (home->rows[USE_FIRST] >= 0)
		first = &r->rows.at[home->rows[USE_FIRST]];
	if (home->rows[USE_FALLBACK] >= 0)
		second = &r->rows.at[home->rows[USE_FALLBACK]];
	home->places = 0;
	if (first != NULL && first->set.id != 0)
		home->order[home->places++] = home->rows[USE_FIRST];
	if (second != NULL && second->set.id != 0)
		home->order[home->places++] = home->rows[USE_FALLBACK];
	if (home->places == 2 && first->note.failures > 0 &&
		second->note.success.s > first->note.success.s) {
		home->order[0] = home->rows[USE_FALLBACK];
		home->order[1] = home->rows[USE_FIRST];
	}
	if (home->places == 0) /* where it should be */
		home->order[home->places++] = home->rows[USE_FIRST];
}

/* The rows of a bid are decided: make them those of its home. */
static int
settle_bid(struct repos *r, const struct bid *bid)
{
	struct home *home = &r->homes.at[bid->home];
	int first = home->rows[USE_FIRST], err = 0;

	if (first >= 0) {
		struct row *row = &r->rows.at[first];

		if (!row->first)
			err = add_link(r, first, -1);
		if (err == 0 && row->kind == REPO_RRDP)
			err = repos_add_host(r, row, bid->ca->repository_uri);
	}
	if (err == 0 && home->rows[USE_FALLBACK] >= 0)
		err = add_link(r, home->rows[USE_FALLBACK], first);
	order_places(r, home);
	return err;
}

int
repos_level(struct repos *r, struct ca *const *cas, size_t n)
{
	size_t old = r->homes.n, i;
	int err = 0;

	r->bids.n = 0;
	for (i = 0; i < n && err == 0; i++) {
		if (i > 0 && are_at_one(cas[i], cas[i - 1]) &&
			(size_t)cas[i - 1]->home < old)
			cas[i]->home = cas[i - 1]->home;
		else
			err = settle(r, cas[i], old);
	}
	if (r->bids.n > 0)
		qsort(r->bids.at, r->bids.n, sizeof(*r->bids.at), by_path);
	if (err == 0)
		err = tie_bids(r);
	if (err == 0)
		err = repos_admit(r, USE_FIRST);
	if (err == 0)
		err = repos_admit(r, USE_FALLBACK);
	for (i = 0; i < r->bids.n && err == 0; i++)
		err = settle_bid(r, &r->bids.at[i]);
	for (i = 0; i < n && err == 0; i++) {
		int first = r->homes.at[cas[i]->home].rows[USE_FIRST];

		if (cas[i]->parent == NULL)
			r->tas[cas[i]->ta].row = first;
		cas[i]->delegation = repos_delegation(r, cas[i], first);
	}
	return err;
}

size_t
repos_places(const struct repos *r, const struct ca *ca, struct place out[2])
{
	const struct home *home = &r->homes.at[ca->home];
	size_t i;

	for (i = 0; i < home->places; i++) {
		int row = home->order[i];

		out[i] = (struct place){
			.number = row < 0 ? 0 : r->rows.at[row].set.id,
			.repo = row,
			.stamp = row < 0 || r->rows.at[row].set.id == 0
				? NULL
				: r->rows.at[row].set.stamp,
		};
	}
	return home->places;
}

bool
repos_is_untried(const struct repos *r, const struct ca *ca)
{
	int at = r->homes.at[ca->home].order[0];
	const struct row *row = at < 0 ? NULL : &r->rows.at[at];

	return row != NULL && !row->off && row->note.attempt.s == 0 &&
		row->note.success.s == 0;
}

void
repos_point(struct repos *r, struct ca *ca, const struct point_gain *gain)
{
	uint64_t vrps = gain == NULL ? 0 : gain->n[LIMIT_VRPS];
	int rows[BOUND_CA_DEPTH + 1], row;
	size_t n = 0, i;
	const struct ca *at;

	row = gain == NULL ? r->homes.at[ca->home].order[0] : gain->repo;
	ca->home = row;
	if (row >= 0) {
		r->rows.at[row].cas++;
		if (gain == NULL || gain->failed)
			r->rows.at[row].points_failed++;
	}
	if (vrps == 0)
		return;
	r->tas[ca->ta].vrps += vrps;
	r->tas[ca->ta].expires =
		wall_earlier(r->tas[ca->ta].expires, gain->expires);
	/* Who is above feels it too, once. */
	for (at = ca; at != NULL; at = at->parent) {
		for (i = 0; i < n && rows[i] != at->home; i++)
			continue;
		if (i < n || at->home < 0)
			continue;
		assert(n <= BOUND_CA_DEPTH);
		rows[n++] = at->home;
		r->rows.at[at->home].vrps += vrps;
		r->rows.at[at->home].expires = wall_earlier(
			r->rows.at[at->home].expires, gain->expires);
	}
}
