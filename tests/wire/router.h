/*
 * router: a router that follows a cache, over a talk and through the checker.
 *
 *	say a query --> take octets, as slowly as wanted --> read whole PDUs
 *	                                      at each End of Data: a look
 *
 * Besides: random numbers that are the same everywhere, and random sets.
 */
#ifndef WIRE_ROUTER_H
#define WIRE_ROUTER_H

#include "tests/wire/checker.h"
#include "tests/wire/talk.h"

enum {
	ROUTER_WORDS = 1024 /* characters of a random set */
};

struct router {
	struct talk *t; /* its connection */
	struct checker c;
	bool has; /* it took an answer once */
};

/* Called at each End of Data; false: something is wrong. */
typedef bool router_look(void *ctx, const struct router *r);

static inline uint32_t
router_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* How often: as the variable `name` says, or as usual; under a sanitizer, which
 * is ten times as slow, a share of that. */
static inline unsigned
router_count(const char *name, unsigned usual)
{
	const char *value = getenv(name);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	usual /= 5;
#endif
	return value == NULL ? usual : (unsigned)strtoul(value, NULL, 10);
}

/* A random set.  Some items differ only in one field, some are at the ends of
 * their ranges; ASPAs of one customer come as alternatives and as parts. */
static inline void
router_words(uint64_t *seed, char words[ROUTER_WORDS])
{
	static const char *const items[] = {"10.0.0.0/8-8=1", "10.0.0.0/8-9=1",
		"10.0.0.0/8-8=2", "10.0.0.0/9-9=1",
		"10.128.0.0/9-24=4294967295", "0.0.0.0/0-32=0",
		"255.255.255.255/32-32=1", "2001:db8::/32-32=1",
		"2001:db8::/32-48=1", "2001:db8::/33-48=1", "::/0-0=7", "key=1",
		"key=257", "key=2", "key=1:33", "aspa=1:2", "aspa=1:2,256",
		"aspa=1:0", "aspa=256:1,4294967295", "aspa=256:65536",
		"aspa=4294967295:1", "aspa=65536:0"};
	static const unsigned count = sizeof(items) / sizeof(items[0]);
	uint32_t mask = router_random(seed) & router_random(seed);
	size_t n = 0;

	/* Now and then all or nothing. */
	if (router_random(seed) % 16 == 0)
		mask = router_random(seed) % 2 == 0 ? 0 : UINT32_MAX;
	words[0] = '\0';
	for (unsigned i = 0; i < count; i++) {
		if (mask & 1U << i)
			n += (size_t)snprintf(
				words + n, ROUTER_WORDS - n, "%s ", items[i]);
	}
}

static inline void
router_init(struct router *r, struct talk *t, unsigned version)
{
	*r = (struct router){.t = t};
	checker_init(&r->c, version);
}

static inline void
router_fini(struct router *r)
{
	checker_fini(&r->c);
}

/* Connect again; what is held stays. */
static inline void
router_connect(struct router *r)
{
	talk_connect(r->t);
	checker_connect(&r->c);
}

/* Ask for all. */
static inline void
router_ask_all(struct router *r)
{
	checker_ask(&r->c, 2);
	talk_ask_all(r->t, r->c.version);
}

/* Ask for what changed, or for all when nothing is held. */
static inline void
router_ask(struct router *r)
{
	if (!r->has) {
		router_ask_all(r);
		return;
	}
	checker_ask(&r->c, 1);
	talk_ask_since(
		r->t, r->c.version, talk_session(r->c.version), r->c.serial);
}

/* Whether all that was asked is answered and on this side of the wire. */
static inline bool
router_is_done(const struct router *r)
{
	struct span s;

	return session_output(r->t->session, &s, 1) == 0;
}

/* Read all that comes; a look at each End of Data (NULL: none).  A Cache Reset
 * makes the router forget what it has. */
static inline bool
router_hear(struct router *r, router_look *look, void *ctx)
{
	struct span in = talk_hear(r->t);
	size_t at = 0;

	while (at < in.n) {
		uint32_t n = in.n - at < 8 ? 0 : checker_be32(in.p + at + 4);
		uint64_t resets = r->c.pdus[8], ends = r->c.pdus[7];

		if (n < 8 || n > in.n - at)
			return checker_refuse(&r->c, "cut in a PDU");
		if (!checker_read(&r->c, span_of(in.p + at, n)))
			return false;
		at += n;
		if (r->c.pdus[8] > resets)
			r->has = false;
		if (r->c.pdus[7] == ends)
			continue;
		r->has = true;
		if (look != NULL && !look(ctx, r))
			return checker_refuse(
				&r->c, "not the set of this serial");
	}
	return r->c.why[0] == '\0';
}

#endif
