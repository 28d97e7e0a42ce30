/*
 * day: what the world of a day and its clients agree on.
 *
 * A client does not keep its set but a sum of hashes over it: an announcement
 * adds one, a withdrawal takes it away.  Two sets with the same sum are the
 * same, but for a chance of 2^-64; whatever is announced twice, withdrawn
 * wrongly or forgotten makes the sum another for ever.
 */
#ifndef BENCH_RTR_DAY_H
#define BENCH_RTR_DAY_H

#include <stddef.h>
#include <stdint.h>

enum {
	DAY_KEYS = 60,
	DAY_ASPAS = 200,
	DAY_BODY = 256, /* octets of the longest body here */
	DAY_IPV4 = 4, /* types of PDUs */
	DAY_IPV6 = 6,
	DAY_KEY = 9,
	DAY_ASPA = 11,
};

struct server;
struct day;

/* A number drawn from another. */
uint64_t day_mix(uint64_t x);

/* Big-endian. */
void day_put32(uint8_t *p, uint32_t v);
uint32_t day_get32(const uint8_t *p);

/* The hash of one payload: the type of its PDU, and the body behind the flags.
 */
uint64_t day_hash(unsigned type, const uint8_t *body, size_t n);

/* What the clients of a day have done and found. */
struct day_tally {
	uint64_t fulls, deltas, resets, returns; /* answers; new connections */
	uint64_t wrong; /* sets that are not the one of their serial */
	uint32_t serial; /* the latest seen */
};

struct day_clients;

/* Connect them all.  Ended by day_clients_end. */
struct day_clients *day_clients_begin(
	const struct server *s, const struct day *day);
void day_clients_end(struct day_clients *c);

/* Follow what comes for so many seconds; now and then one goes away, comes back
 * as the same or as a new one, or sleeps over some changes. */
void day_clients_follow(struct day_clients *c, double seconds);

/* What they have found so far. */
const struct day_tally *day_clients_tally(const struct day_clients *c);

#endif
