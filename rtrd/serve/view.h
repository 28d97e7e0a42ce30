/*
 * view: all that the control socket, the HTTP API and the metrics may see,
 * and the few things that they may ask for.
 *
 * The main loop owns one, keeps it current, and hands it to the readers as
 * const; readers run on the loop's thread and keep no pointer into it between
 * calls (but for payload sets, which they may take a reference to).
 */
#ifndef SERVE_VIEW_H
#define SERVE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtrd/serve/cache.h"
#include "rtrd/serve/repos.h"
#include "rtrd/serve/session.h"
#include "waymark/clock.h"
#include "waymark/snapshot.h"

/* Both clocks at once. */
struct moment {
	struct wall wall;
	struct mono mono;
};

enum {
	VIEW_TA_NAMES = 128,
	VIEW_WORDS = 384 /* three numbers of any size, and the names */
};

/* How the last run of the validator ended. */
enum run_result {
	RUN_NONE, /* none has ended yet */
	RUN_OK, /* exit 0: all complete */
	RUN_INCOMPLETE, /* exit 3: usable */
	RUN_FAILED, /* another exit code, or no snapshot to take */
	RUN_KILLED, /* ended by a signal */
	RUN_TIMEOUT, /* hung: ended by us */
	RUN_RESULTS
};

struct run_facts {
	enum run_result last;
	char reason[256]; /* of the last failure, else "" */
	bool running;
	struct wall started, ended; /* of the last run that ended */
	int64_t elapsed_ms; /* of the last run that ended */
	struct wall next; /* scheduled */
	struct wall succeeded; /* end of the last good run; 0: never */
	uint64_t runs[RUN_RESULTS]; /* ended, by enum run_result */
	uint64_t starts; /* children started */
};

/* What the store takes, as the fetching child told last. */
struct store_facts {
	uint64_t used, budget; /* octets; a budget of 0: not told yet */
	uint64_t objects;
	bool full; /* nothing more is fetched */
};

/* The child that fetches. */
struct fetch_facts {
	bool wanted; /* there shall be one */
	bool running;
	struct wall started, ended; /* of the last one; 0: never */
	struct wall next; /* start, while none is running */
	char reason[256]; /* of the last unwished end, else "" */
	uint64_t starts, losses; /* children started; unwished ends */
	bool settled; /* all that can be had now is there */
	uint64_t settles; /* how often that was told */
	struct store_facts store;
};

/* What the first set of this life waits for. */
struct first_facts {
	bool waiting; /* a run was not taken for want of: */
	uint64_t missing; /* trust anchors that gave nothing yet */
	uint64_t pending; /* repositories that were not tried yet */
	uint64_t gone; /* points that the store has lost */
	char names[VIEW_TA_NAMES]; /* of all trust anchors concerned */
};

/* One router, for `rtrctl sessions`. */
struct peer_facts {
	const char *peer; /* "192.0.2.1:4711" */
	const char *local; /* our address */
	const char *transport; /* "tcp", "tls" or "unix"; NULL: not told */
	struct session_facts session;
};

/* Where routers can connect, for those who configure one. */
struct listener_facts {
	const char *address; /* "192.0.2.1:3323", "unix:PATH" */
	const char *transport; /* as above */
	unsigned min_version, max_version; /* of RTR */
};

struct view {
	struct cache *cache;
	const struct snapshot *snapshot; /* last taken; NULL: none yet */
	const struct payload_set *set; /* what it became; its expiry, source
		and trust anchors are newer than the cache's where nothing
		changed for routers.  NULL: the cache's own set is meant */
	struct wall first_end; /* the last second of the payload of `set` that
				  ends first; 0: none ever ends */
	/* A run was refused since because nothing came of these trust anchors
	 * any more: bit i stands for `snapshot->report.tas[i]`; 0: none. */
	uint64_t lost_tas;
	struct wall lost_since;
	struct wall clock_since; /* since when a jump of the wall clock is not
				    obeyed, by the steady clock; 0: it did not
				    jump, or not much depends on it */
	int64_t clock_jump_s;
	struct first_facts first;
	bool stale; /* no run succeeded for so long that routers are told that
		       there is no data */
	bool storage_ok; /* what is served is on the disk, or could be */
	bool moved; /* runs are told another time than that of the clock */
	const struct repos *repos; /* NULL: nothing is fetched */
	struct fetch_facts fetch_facts;
	const char *const *tals; /* paths of TAL files, and of folders with
				    such */
	size_t tal_count;
	struct run_facts run;
	const struct rtr_counters *rtr;
	struct wall started;
	int64_t stale_after_s; /* data older than this is not fresh; 0: all
				  is */
	const char *config_path; /* NULL: none */
	void *ctx; /* for the calls below */
	size_t (*peer_count)(void *ctx);
	void (*peer_get)(void *ctx, size_t index, struct peer_facts *out);
	/* Each listener of routers; facts and texts live for the call. */
	void (*listeners)(void *ctx,
		void (*each)(void *to, const struct listener_facts *facts),
		void *to);
	/* When the first certificate that we show to routers ends; 0: none is
	 * shown. */
	struct wall (*tls_end)(void *ctx);
	int (*refresh)(void *ctx); /* run now; 0 or ERR_BUSY when under way */
	/* Fetch this repository now, or with NULL all; 0, ERR_NOTFOUND, or
	 * ERR_BUSY when there is no child that could. */
	int (*fetch)(void *ctx, const char *uri);
	/* 0, with what waits for the next start or ""; or ERR_SYNTAX, why */
	int (*reload)(void *ctx, char why[256]);
	/* End for good, soon after this call (see session_shutdown). */
	void (*shutdown)(void *ctx);
	bool (*is_file)(const char *path); /* whether something is there */
};

/* "none", "ok", "incomplete", "failed", "killed", "timeout". */
const char *run_result_name(enum run_result result);

/* The set that people are shown: `set`, else the cache's; NULL before the
 * first.  No reference is added. */
const struct payload_set *view_set(const struct view *v);

/* When the data was made: the time of the run that left the snapshot, 0 without
 * one. */
struct wall view_built(const struct view *v);

/* The names of the trust anchors whose bits are set, "apnic, ripe", as far as
 * they fit.  Returns `out`. */
const char *view_ta_names(
	const struct report *r, uint64_t tas, char out[VIEW_TA_NAMES]);

/* Whether runs are refused because they lack trust anchors, or because of the
 * clock, so that the set of before goes on; then `out` says why and since when,
 * else it is "". */
bool view_is_held(const struct view *v, char out[256]);

/* What is waited for, in words: "nothing came of 1 trust anchor yet, 3
 * repositories were not tried yet (ripe)"; numbers that are 0 are left out.
 * Returns `out`. */
const char *view_first_words(const struct first_facts *f, char out[VIEW_WORDS]);

/* Whether the first set of this life waits for something; then `out` says for
 * what, else it is "". */
bool view_is_waiting(const struct view *v, char out[256]);

/* Whether routers are given fresh data; else `why` says why not. */
bool view_is_ready(const struct view *v, struct wall now, char why[256]);

#endif
