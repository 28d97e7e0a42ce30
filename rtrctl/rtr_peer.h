/*
 * rtr_peer: the router's side of a session, bytes in and bytes out (RFC 8210
 * section 8).  No socket, no clock: both are handed in.
 *
 *	        open            Cache Response        End of Data
 *	CLOSED -----> ASKED ------------------> TOLD -------------> IDLE
 *	                ^ |  no data      Notify, refresh            |
 *	                | +------> WAITING ---+                      |
 *	                +---------------------+----------------------+
 *
 *	any of these: a broken rule, an Error Report, silence --> OVER
 *
 * The set, its session and its serial outlive connections: the next one begins
 * with a Serial Query.  A version that a cache refuses is not tried again.
 */
#ifndef RTRCTL_RTR_PEER_H
#define RTRCTL_RTR_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "rtrctl/rtr_pdu.h"
#include "rtrctl/rtr_table.h"
#include "waymark/clock.h"
#include "waymark/span.h"

enum rtr_state {
	RTR_CLOSED,
	RTR_ASKED,
	RTR_TOLD,
	RTR_IDLE,
	RTR_WAITING,
	RTR_OVER,
};

/* Why a session is over. */
enum rtr_end {
	RTR_END_NONE,
	RTR_END_CLOSED, /* by the cache */
	RTR_END_ERROR, /* it sent an Error Report */
	RTR_END_FAULT, /* it broke a rule after which nothing can follow */
	RTR_END_SILENCE, /* it did not answer in time */
	RTR_END_LOWER, /* it may speak a lower version, which is tried next */
	RTR_END_OURS, /* we cannot go on */
};

struct rtr_config {
	int version; /* the only one to speak; -1: the highest that works */
	size_t limit; /* of a set; see rtr_table.h */
	int64_t answer_ms; /* for a whole answer */
	int64_t refresh_ms; /* between two queries; 0: as the cache says */
	int64_t retry_ms; /* after "no data"; 0: as the cache says */
};

struct rtr_peer;

/* Who is told of what happens. */
struct rtr_calls {
	/* `detail` says where, for people; it may hold foreign text */
	void (*finding)(void *ctx, enum rtr_rule rule, const char *detail);
	/* '+' or '-': never for the first whole set */
	void (*change)(void *ctx, char sign, const struct rtr_item *item);
	/* the set is that of a serial now */
	void (*synced)(void *ctx);
	/* something that is no fault, for people; foreign text, too */
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

/* What is known; all of the last whole set but for the first four. */
struct rtr_facts {
	enum rtr_state state;
	enum rtr_end end; /* when OVER */
	unsigned version; /* spoken, or tried next */
	const char *why; /* for people, when OVER; never NULL */
	bool has_data;
	uint16_t session;
	uint32_t serial;
	uint32_t refresh, retry, expire; /* seconds; the RFC's where the cache
					    does not say */
	bool was_whole; /* it came as a whole, not as a difference */
	struct mono synced;
	int64_t took_ms; /* from the query to its end */
	uint64_t octets; /* in, of all connections */
	uint64_t syncs, findings; /* so far */
};

/* A router that is not connected.  `config` and `calls` outlive it.  NULL out
 * of memory. */
struct rtr_peer *rtr_peer_new(
	const struct rtr_config *config, const struct rtr_calls *calls);
void rtr_peer_free(struct rtr_peer *p);

/* A connection is there: the first query is to be sent. */
void rtr_peer_open(struct rtr_peer *p, struct mono now);

/* Octets from the cache, in any segmentation; none are taken when OVER. */
void rtr_peer_input(struct rtr_peer *p, struct span in, struct mono now);

/* What is to be sent, and that the first `n` octets of it were. */
struct span rtr_peer_output(const struct rtr_peer *p);
void rtr_peer_sent(struct rtr_peer *p, size_t n);

/* The connection is gone, for a reason or by the cache's closing (NULL). */
void rtr_peer_lost(struct rtr_peer *p, const char *why);

/* When rtr_peer_tick wants to be called at the latest, connected or not;
 * INT64_MAX: never. */
struct mono rtr_peer_deadline(const struct rtr_peer *p);

/* Act on deadlines: ask again, give up, forget what is too old. */
void rtr_peer_tick(struct rtr_peer *p, struct mono now);

/* What is known; how often each rule was broken; the set. */
void rtr_peer_tell(const struct rtr_peer *p, struct rtr_facts *out);
uint64_t rtr_peer_found(const struct rtr_peer *p, enum rtr_rule rule);
const struct rtr_table *rtr_peer_table(const struct rtr_peer *p);

#endif
