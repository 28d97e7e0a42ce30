/*
 * depot: where fetched objects go, as fetching sees it; the store fills it in.
 *
 *	          begin -> put, take, next ... -> commit   all of it, at once
 *	live set --+                          \-> drop     nothing of it
 *	           '--- readers see this until commit -----------------
 *
 * A stage is a repository's next version in the making.  STAGE_WHOLE begins
 * empty (snapshot, rsync); STAGE_CHANGES begins as the live set (deltas), and
 * each put and take is checked against what the set holds at that moment.  What
 * was staged is in the store's file, not in memory, and invisible until commit,
 * which takes it over together with the record: objects and the facts that
 * describe them change in one transaction.  One stage a repository at a time;
 * any number of repositories at once.  All calls come from one thread.
 */
#ifndef FETCH_DEPOT_H
#define FETCH_DEPOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/repo.h"
#include "waymark/span.h"

/* A delta that was listed in a notification (RFC 9697). */
struct delta_hash {
	uint64_t serial;
	uint8_t hash[32];
};

/* What is remembered of a repository.  Texts are "" where there is none; they
 * belong to whoever made the record. */
struct repo_record {
	enum repo_kind kind;
	const char *uri;
	const char *session; /* RRDP */
	uint64_t serial;
	const char *hosts; /* RRDP: those that objects were taken from, as in
			      wanted.h */
	const struct delta_hash *deltas; /* all that were listed, ascending */
	size_t delta_count;
	const char *etag, *last_modified; /* of the notification or TA */
	struct wall first_seen; /* when it was first wanted */
	struct wall wanted; /* when it was last wanted */
	struct wall attempt, success; /* ends of the last ones; 0: never */
	uint64_t failures, failures_all;
	uint64_t elapsed_ms, received; /* of the last attempt */
	const char *reason; /* of the last failure */
	struct wall snapshots[BOUND_RRDP_SNAPSHOTS]; /* when the last ones were
							taken, newest first */
	uint64_t objects, bytes; /* of the live set: filled in by the depot */
};

enum stage_kind {
	STAGE_WHOLE,
	STAGE_CHANGES,
};

/* Which repository; see repo.h. */
struct repo_id {
	enum repo_kind kind;
	const char *uri;
};

/* One object to be published. */
struct stage_item {
	struct span uri;
	struct span bytes;
	const uint8_t *old_hash; /* STAGE_CHANGES: it replaces an object with
				    this hash; NULL: nothing may be there */
	int64_t mtime; /* rsync's modification time; else 0 */
};

/* What came of a commit. */
struct stage_end {
	bool changed; /* the set differs from the one before */
	uint64_t objects, bytes; /* of the set */
};

struct stage; /* the depot's */

struct depot_ops {
	/* The record of a repository, in `arena`.  0, ERR_NOTFOUND, or an error
	 * of the store. */
	int (*load)(void *ctx, enum repo_kind kind, const char *uri,
		struct arena *arena, struct repo_record *out);
	/* The records of all repositories, in no order; `each` returns false to
	 * stop, and calls nothing of the depot. */
	int (*list)(void *ctx, struct arena *arena,
		bool (*each)(void *to, const struct repo_record *r), void *to);
	/* Keep a record without touching the set (a failure, a 304). */
	int (*note)(void *ctx, const struct repo_record *r);
	/* Forget a repository with its set. */
	int (*forget)(void *ctx, enum repo_kind kind, const char *uri);
	/* Begin a stage; a new repository has an empty live set.  0 with `*out`
	 * for commit or drop; ERR_SPACE when the disk budget is used up. */
	int (*begin)(void *ctx, enum repo_kind kind, const char *uri,
		enum stage_kind stage, struct stage **out);
	/* Put an object.  0; ERR_EXISTS when this URI was put or taken before
	 * in this file (see `next`); ERR_CHECKSUM when `old_hash` does not
	 * match, or something stands where nothing may; ERR_SPACE; or an error
	 * of the store.  After any error the stage can only be dropped. */
	int (*put)(struct stage *s, const struct stage_item *item);
	/* STAGE_CHANGES: withdraw an object with this hash.  Errors as above;
	 * ERR_NOTFOUND when there is none. */
	int (*take)(
		struct stage *s, struct span uri, const uint8_t old_hash[32]);
	/* STAGE_CHANGES: the next delta begins, in which a URI may come again.
	 */
	void (*next)(struct stage *s);
	/* Make the stage the live set, with `r` as its record, durably; ends
	 * the stage in any case.  0, or the error, and nothing has changed. */
	int (*commit)(struct stage *s, const struct repo_record *r,
		struct stage_end *end);
	/* End a stage, changing nothing.  NULL is fine. */
	void (*drop)(struct stage *s);
	/* The live set, ordered by URI: for rsync, which begins with what is
	 * there.  `bytes` is a view that holds during the call; `each` returns
	 * false to stop. `from` is where to go on, NULL for the beginning. */
	int (*walk)(void *ctx, struct repo_id id, struct span from,
		bool (*each)(void *to, struct span uri, struct span bytes,
			int64_t mtime),
		void *to);
};

struct depot {
	const struct depot_ops *ops;
	void *ctx;
};

#endif
