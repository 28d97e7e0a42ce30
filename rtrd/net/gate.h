/*
 * gate: handshakes have places and time of their own.
 *
 *	octets came --> WAITING --place, time--> INSIDE --> over
 *	                   ^                        |
 *	                   +------- no time --------+
 *
 * A handshake costs a thousand times what a query does, and whoever connects
 * can ask for one.  So only so many are under way, in total and from one
 * source; those that are may use a share of the loop's time; and the rest
 * waits, with its octets still in the kernel, in the order in which they came
 * (but for those whose source has all of its places).  What waits costs
 * nothing, and the deadline of its handshake goes on.
 *
 * Not here: sockets and clocks; times are microseconds that never jump.
 */
#ifndef NET_GATE_H
#define NET_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum {
	GATE_SOURCE = 16,
	GATE_BUCKETS = 4096 /* many more than places: two sources that share
			       one, and so its places, are rare */
};

/* One handshake; lives in its connection.  Private but for the first. */
struct gate_pass {
	void *owner;
	size_t bucket; /* of its source */
	bool inside; /* it has a place */
	bool waiting; /* in the queue */
	bool called; /* out of it, and has not used its turn */
	TAILQ_ENTRY(gate_pass) in_queue;
};

/* Handshakes in the order in which they came. */
TAILQ_HEAD(gate_list, gate_pass);

struct gate {
	struct gate_list queue;
	size_t taken; /* places */
	uint8_t by_source[GATE_BUCKETS]; /* the same, by the source's bucket */
	uint64_t seed; /* of buckets */
	unsigned called;
	int64_t budget_us; /* that may be used now; below 0: was overdrawn */
	int64_t at_us; /* when that was so */
};

/* Nobody is inside, all time is there.  `seed`: any number that others do not
 * know. */
void gate_init(struct gate *g, uint64_t seed, int64_t now_us);

/* The handshake of a connection that `owner` is. */
void gate_pass_init(const struct gate *g, struct gate_pass *p, void *owner,
	const uint8_t source[GATE_SOURCE]);

/* There are octets for this handshake: whether it may use them now.  If not, it
 * waits until gate_next returns it, and is not asked for before; ask gate_next
 * at once, for what stands before it may wait for other things. */
bool gate_enter(struct gate *g, struct gate_pass *p, int64_t now_us);

/* It has used its turn, for so long. */
void gate_used(struct gate *g, struct gate_pass *p, int64_t us);

/* It is over, in whatever state it is; fine also when it never came. */
void gate_leave(struct gate *g, struct gate_pass *p);

/* The next one whose turn it is, out of the queue; NULL: none at present. */
struct gate_pass *gate_next(struct gate *g, int64_t now_us);

/* The first in the queue, or NULL; and in how many microseconds gate_next has
 * something to give for want of time: 0 when it lacks places or turns, and is
 * to be asked when one is over. */
struct gate_pass *gate_first(
	const struct gate *g, int64_t now_us, int64_t *wait_us);

#endif
