/*
 * repos_admit: which repositories of a level are wanted.
 *
 *	bids --known--------------------------------------> rows
 *	    \--new--> per delegation --> per trust anchor --^
 *	              what is left of     what is left of
 *	              its new ones        its repositories
 *
 * What is left is dealt out as share.h does it: a subtree that asks for more
 * than its part does not take that of others.  Who comes first on a path comes
 * first here, so the same certificates always give the same rows.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "validator/run/repos_inner.h"
#include "validator/run/share.h"
#include "waymark/err.h"

/* One that asks, and whose part it takes. */
struct asking {
	uint32_t ta;
	int delegation;
	size_t bid;
};

/* A decision under way. */
struct admission {
	struct repos *r;
	enum repo_use use;
	VEC(struct asking) asking;
	VEC(struct share) shares;
};

/* Whose part a bid takes. */
static int
charge_of(const struct repos *r, const struct bid *bid, enum repo_use use)
{
	const struct ca *parent = bid->ca->parent;

	if (use == USE_FALLBACK)
		return repos_delegation(
			r, bid->ca, r->homes.at[bid->home].rows[USE_FIRST]);
	if (parent == NULL)
		return DELEGATION_TA;
	return parent->delegation == DELEGATION_TA ? DELEGATION_OWN
						   : parent->delegation;
}

/* Whether a bid has to be decided: with `*row` when it needs none. */
static int
look_at(struct admission *a, struct bid *bid, bool *asks, bool *known)
{
	struct repos *r = a->r;
	struct home *home = &r->homes.at[bid->home];
	struct repo_record record;
	enum repo_kind kind;
	struct set set;
	struct span uri = repos_uri(r, bid->ca, a->use, &kind);
	int row, err;

	bid->granted = bid->fresh = *asks = *known = false;
	if (uri.n == 0)
		return 0;
	if (a->use == USE_FALLBACK && home->rows[USE_FIRST] < 0)
		return 0; /* it stands behind nothing */
	err = repos_find(r, bid->ca->ta, kind, uri, &row);
	if (err != 0)
		return err;
	if (row >= 0 && a->use == USE_FIRST) {
		home->rows[USE_FIRST] = row;
		return 0;
	}
	*asks = true;
	/* One module behind many notifications is asked for many times, and
	 * known only the first time. */
	if (row >= 0)
		return 0;
	err = repos_look_up(r, kind, uri, &record, &set);
	*known = err == 0 && repos_is_known(r, &record);
	return err;
}

static int
collect(struct admission *a)
{
	struct repos *r = a->r;
	size_t i;
	int err = 0;

	for (i = 0; i < r->bids.n && err == 0; i++) {
		struct bid *bid = &r->bids.at[i];
		struct asking asking = {.ta = bid->ca->ta, .bid = i};
		bool asks = false, known = false;

		if (a->use == USE_FIRST && bid->like >= 0)
			continue;
		err = look_at(a, bid, &asks, &known);
		bid->granted = known;
		if (known)
			r->tas[asking.ta].used[a->use]++;
		if (err != 0 || !asks || known)
			continue;
		asking.delegation = charge_of(r, bid, a->use);
		if (!VEC_PUSH(&a->asking, asking))
			err = ERR_NOMEM;
	}
	return err;
}

static int
by_charge(const void *a, const void *b)
{
	const struct asking *x = a, *y = b;

	if (x->ta != y->ta)
		return x->ta < y->ta ? -1 : 1;
	if (x->delegation != y->delegation)
		return x->delegation < y->delegation ? -1 : 1;
	return x->bid < y->bid ? -1 : x->bid > y->bid;
}

/* What a delegation may still have that is new. */
static uint64_t
left_of(const struct admission *a, const struct asking *asking, size_t n)
{
	const struct repos *r = a->r;
	uint64_t fresh;

	if (asking->delegation == DELEGATION_LOST)
		return 0;
	if (asking->delegation == DELEGATION_OWN)
		return n; /* each is its own's first */
	fresh = asking->delegation == DELEGATION_TA
		? r->tas[asking->ta].fresh[a->use]
		: r->rows.at[asking->delegation].fresh[a->use];
	return fresh < r->config.fresh ? r->config.fresh - fresh : 0;
}

/* Deal `budget` to some that ask; who gets nothing is taken off the list. */
static int
deal(struct admission *a, struct asking *asking, size_t *n, uint64_t budget)
{
	struct repos *r = a->r;
	size_t kept = 0, i;
	int err;

	a->shares.n = 0;
	if (!VEC_RESERVE(&a->shares, *n))
		return ERR_NOMEM;
	for (i = 0; i < *n; i++)
		a->shares.at[a->shares.n++] =
			(struct share){.ca = r->bids.at[asking[i].bid].ca,
				.weight = 1,
				.tag = i};
	err = share_out(a->shares.at, *n, budget);
	for (i = 0; i < *n && err == 0; i++)
		r->bids.at[asking[a->shares.at[i].tag].bid].granted =
			a->shares.at[i].gets > 0;
	for (i = 0; i < *n && err == 0; i++)
		if (r->bids.at[asking[i].bid].granted)
			asking[kept++] = asking[i];
	*n = kept;
	return err;
}

static void
charge(struct admission *a, const struct asking *asking)
{
	struct repos *r = a->r;

	r->tas[asking->ta].used[a->use]++;
	r->bids.at[asking->bid].fresh = true;
	if (asking->delegation == DELEGATION_TA)
		r->tas[asking->ta].fresh[a->use]++;
	else if (asking->delegation >= 0)
		r->rows.at[asking->delegation].fresh[a->use]++;
}

static void
leave_out(const struct admission *a, uint32_t ta, uint64_t n)
{
	struct repos *r = a->r;

	if (n == 0)
		return;
	r->tas[ta].left_out += n;
	log_event(r->config.log, LOG_LEVEL_WARN, "left-out",
		"ta=%s repositories=%" PRIu64
		" text=\"more than a trust anchor may have, or more new ones "
		"than a delegation may have in one run\"",
		r->config.names[ta], n);
}

/* All that one trust anchor's bids ask for, sorted by delegation. */
static int
decide(struct admission *a, struct asking *asking, size_t n)
{
	struct repos *r = a->r;
	uint32_t ta = asking[0].ta;
	uint64_t used = r->tas[ta].used[a->use];
	uint64_t most = r->config.most;
	size_t kept = 0, run, i, j;
	int err = 0;

	for (i = 0; i < n && err == 0; i += run) {
		size_t some;

		for (run = 1; i + run < n; run++)
			if (asking[i + run].delegation != asking[i].delegation)
				break;
		some = run;
		err = deal(a, asking + i, &some, left_of(a, &asking[i], run));
		for (j = 0; j < some; j++)
			asking[kept++] = asking[i + j];
	}
	if (err == 0)
		err = deal(a, asking, &kept, used < most ? most - used : 0);
	for (i = 0; i < kept && err == 0; i++)
		charge(a, &asking[i]);
	leave_out(a, ta, n - kept);
	return err;
}

/* Make the rows of those that were granted, in the order of the paths. */
static int
make_rows(struct admission *a)
{
	struct repos *r = a->r;
	size_t i;
	int err = 0;

	for (i = 0; i < r->bids.n && err == 0; i++) {
		struct bid *bid = &r->bids.at[i];
		struct home *home = &r->homes.at[bid->home];
		enum repo_kind kind;
		struct span uri = repos_uri(r, bid->ca, a->use, &kind);
		int row = -1;

		if (a->use == USE_FIRST && bid->like >= 0) {
			home->rows[USE_FIRST] =
				r->homes.at[r->bids.at[bid->like].home]
					.rows[USE_FIRST];
			continue;
		}
		if (!bid->granted)
			continue;
		err = repos_find(r, bid->ca->ta, kind, uri, &row);
		if (err == 0 && row < 0) {
			err = repos_add(r, bid->ca->ta, kind, uri, &row);
			if (err == 0)
				r->rows.at[row].delegation = repos_delegation(r,
					bid->ca,
					a->use == USE_FIRST
						? row
						: home->rows[USE_FIRST]);
			if (err == 0 && bid->fresh &&
				r->rows.at[row].delegation == row)
				r->rows.at[row].fresh[USE_FIRST] = 1;
		}
		home->rows[a->use] = row;
	}
	return err;
}

int
repos_admit(struct repos *r, enum repo_use use)
{
	struct admission a = {.r = r, .use = use};
	size_t i, run;
	int err = collect(&a);

	if (err == 0 && a.asking.n > 0)
		qsort(a.asking.at, a.asking.n, sizeof(*a.asking.at), by_charge);
	for (i = 0; i < a.asking.n && err == 0; i += run) {
		for (run = 1; i + run < a.asking.n; run++)
			if (a.asking.at[i + run].ta != a.asking.at[i].ta)
				break;
		err = decide(&a, a.asking.at + i, run);
	}
	if (err == 0)
		err = make_rows(&a);
	VEC_FREE(&a.asking);
	VEC_FREE(&a.shares);
	return err;
}
