/*
 * repos_inner: what the files of repos share.
 *
 *	repos.c        homes and rows, places, counts
 *	repos_admit.c  which rows are admitted
 *	repos_hosts.c  the hosts of a notification
 *	repos_tell.c   what is wanted, and what is told
 */
#ifndef RUN_REPOS_INNER_H
#define RUN_REPOS_INNER_H

#include "core/text.h"
#include "core/vec.h"
#include "validator/object/crypto.h"
#include "validator/run/digests.h"
#include "validator/run/repos.h"

/* What a repository is named for: each has limits of its own, so that a
 * fallback never takes the place of what it stands behind. */
enum repo_use {
	USE_FIRST,
	USE_FALLBACK,
	USES
};

/* Who comes first where there are too many. */
enum host_rank {
	HOST_KNOWN, /* objects were taken from it */
	HOST_OWN, /* the notification's, at any port */
	HOST_STRANGE,
	HOST_RANKS
};

/* A host that objects of a notification may lie at. */
struct row_host {
	struct span text; /* in the arena */
	enum host_rank rank;
};

struct row {
	uint32_t ta;
	enum repo_kind kind;
	const char *uri;
	int delegation; /* row, or DELEGATION_TA */
	bool first; /* wanted in any case */
	bool off; /* its transport is switched off */
	bool pending; /* nobody knows yet what there is to be had */
	struct set set;
	struct repo_note note;
	struct span known_hosts;
	VEC(struct row_host) hosts; /* RRDP */
	size_t ranks[HOST_RANKS]; /* how many were met of each */
	uint64_t fresh[USES]; /* as a delegation: new ones so far */
	uint32_t cas, points_failed;
	uint64_t vrps;
	struct wall expires;
};

/* Why a row is wanted. */
struct link {
	int row;
	int after; /* row; -1: in any case */
};

struct home {
	int rows[USES]; /* admitted ones; -1: none */
	int order[USES]; /* as they are read */
	size_t places; /* of these */
};

/* A home that is new on this level, and waits for its rows. */
struct bid {
	const struct ca *ca; /* the first that names it, by path */
	int home;
	int like; /* an earlier bid that asks for the same first row; -1 */
	bool granted; /* the row that is being decided */
	bool fresh; /* which is new, and charged */
};

/* What a trust anchor has. */
struct ta_use {
	uint64_t used[USES];
	uint64_t fresh[USES]; /* as a delegation */
	uint64_t left_out;
	uint64_t vrps;
	struct wall expires;
	int row; /* of its own home; -1: none */
};

struct repos {
	struct repos_config config;
	struct reader_view *view;
	struct crypto *crypto;
	struct arena *arena; /* texts */
	struct arena *scratch; /* records */
	VEC(struct row) rows;
	VEC(struct home) homes;
	VEC(struct link) links;
	VEC(struct bid) bids; /* of the level */
	VEC(struct want) wants;
	VEC(struct want_keep) keeps;
	struct digests row_index, home_index, bid_index;
	struct ta_use *tas;
};

/* Delegations that are no row. */
enum {
	DELEGATION_TA = -1, /* the trust anchor's own */
	DELEGATION_LOST = -2, /* below what was left out */
	DELEGATION_OWN = -3, /* one of its own, to begin with this */
};

/* The URI that a home has for a use; empty when it has none. */
struct span repos_uri(const struct repos *r, const struct ca *ca,
	enum repo_use use, enum repo_kind *kind);

/* The delegation of a CA whose home has `first` as its row. */
int repos_delegation(const struct repos *r, const struct ca *ca, int first);

/* The row of a repository, -1 when there is none; a new one.  0 or ERR_NOMEM.
 */
int repos_find(struct repos *r, uint32_t ta, enum repo_kind kind,
	struct span uri, int *row);
int repos_add(struct repos *r, uint32_t ta, enum repo_kind kind,
	struct span uri, int *row);

/* What the store has of a repository, texts in r->scratch; zeros for nothing.
 * 0 or ERR_NOMEM. */
int repos_look_up(struct repos *r, enum repo_kind kind, struct span uri,
	struct repo_record *record, struct set *set);

/* Whether it worked lately. */
bool repos_is_known(const struct repos *r, const struct repo_record *record);

/* Note that a CA with this notification publishes below `folder`.  0 or
 * ERR_NOMEM. */
int repos_add_host(struct repos *r, struct row *row, struct span folder);

/* The hosts of a row as one text, as wanted.h has it; NULL out of memory. */
const char *repos_hosts(struct repos *r, const struct row *row);

/* Decide which bids of the level get their row for one use, and make those
 * rows.  0 or ERR_NOMEM. */
int repos_admit(struct repos *r, enum repo_use use);

#endif
