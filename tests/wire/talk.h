/*
 * talk: a cache and a session on a table, with a clock that the test turns.
 *
 *	struct talk t;
 *	talk_init(&t, 1);
 *	talk_publish(&t, "192.0.2.0/24-24=64496 key=64497");
 *	talk_say(&t, "01 02 0000 00000008");
 *	... talk_hear(&t) -> all octets that came, until the next call
 *
 * Sets are written in the words of held.h.
 */
#ifndef WIRE_TALK_H
#define WIRE_TALK_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtrd/serve/cache.h"
#include "rtrd/serve/session.h"
#include "tests/wire/held.h"
#include "waymark/addr.h"
#include "waymark/payload.h"

enum talk_pace {
	TALK_WHOLE, /* input in one piece, then all output */
	TALK_OCTETS, /* input octet by octet, then output octet by octet */
	TALK_TURNS, /* output is taken after every octet of input */
	TALK_PACES,
};

enum {
	TALK_SESSION_0 = 0x1234,
	TALK_SESSION_1 = 0x5678,
	TALK_SESSION_2 = 0x9abc
};

struct talk {
	struct cache *cache;
	bool guest; /* at the cache of another talk */
	struct session *session;
	struct session_config config;
	struct session_peer peer;
	struct rtr_counters counters;
	struct mono now;
	enum talk_pace pace;
	uint8_t *heard;
	size_t heard_n, heard_cap;
	uint8_t said[4096]; /* the last of it, for who wants to read it */
	size_t said_n;
};

static inline void
talk_add_key(struct payload_builder *b, const char *word)
{
	struct router_key k = {.expires = 1};
	static const size_t usual = 91; /* a key of P-256 */
	char *end;
	uint8_t *spki;
	size_t n;

	k.asn = (uint32_t)strtoul(word, &end, 10);
	n = *end == ':' ? strtoul(end + 1, NULL, 10) : usual;
	spki = malloc(n);
	if (spki == NULL)
		abort();
	held_key_octets(k.asn, k.ski, spki, n);
	k.spki = span_of(spki, n);
	if (payload_build_key(b, &k) != 0)
		abort();
	free(spki);
}

/* Providers as they stand in the word, which has them ascending. */
static inline void
talk_add_aspa(struct payload_builder *b, const char *word)
{
	uint32_t providers[64];
	struct aspa a = {.expires = 1, .providers = providers};
	char *end;

	a.customer = (uint32_t)strtoul(word, &end, 10);
	while (*end != '\0') {
		if (a.provider_count == 64)
			abort();
		providers[a.provider_count++] =
			(uint32_t)strtoul(end + 1, &end, 10);
	}
	if (payload_build_aspa(b, &a) != 0)
		abort();
}

static inline void
talk_add_vrp(struct payload_builder *b, char *word)
{
	char *dash = strrchr(word, '-'), *equals = strchr(word, '=');
	struct vrp v = {.expires = 1};
	struct prefix p;

	if (dash == NULL || equals == NULL)
		abort();
	*dash = '\0';
	if (prefix_parse(word, &p) != 0)
		abort();
	v.addr = p.addr;
	v.family = p.family;
	v.len = p.len;
	v.max_len = (uint8_t)strtoul(dash + 1, NULL, 10);
	v.asn = (uint32_t)strtoul(equals + 1, NULL, 10);
	if (payload_build_vrp(b, &v) != 0)
		abort();
}

/* A set from words; ends the test when they make no sense. */
static inline const struct payload_set *
talk_set(const char *words)
{
	struct payload_builder *b = payload_build_new(16);
	const struct payload_set *set;
	char word[256];
	int n;

	while (sscanf(words, " %255s%n", word, &n) == 1) {
		words += n;
		if (strncmp(word, "key=", 4) == 0)
			talk_add_key(b, word + 4);
		else if (strncmp(word, "aspa=", 5) == 0)
			talk_add_aspa(b, word + 5);
		else
			talk_add_vrp(b, word);
	}
	if (payload_build_done(b, &set) != 0)
		abort();
	return set;
}

static inline struct cache_config
talk_cache_config(void)
{
	return (struct cache_config){
		.first_serial = 1,
		.history = 32,
		.session = {TALK_SESSION_0, TALK_SESSION_1, TALK_SESSION_2},
		.refresh_s = 3600,
		.retry_s = 600,
		.expire_s = 7200,
	};
}

/* A new connection to the same cache. */
static inline void
talk_connect(struct talk *t)
{
	session_free(t->session);
	t->heard_n = 0;
	t->said_n = 0;
	t->session = session_new(t->cache, &t->config, &t->peer, t->now);
	if (t->session == NULL)
		abort();
}

static inline void
talk_init_with(struct talk *t, const struct cache_config *config, unsigned max)
{
	*t = (struct talk){
		.cache = cache_new(config),
		.config = {.notify_ms = 60000},
		.peer = {.max_version = max},
		.now = {1000000},
	};
	if (t->cache == NULL)
		abort();
	t->config.counters = &t->counters;
	talk_connect(t);
}

static inline void
talk_init(struct talk *t, unsigned max)
{
	struct cache_config config = talk_cache_config();

	talk_init_with(t, &config, max);
}

/* One more connection to the cache of `host`, which outlives it. */
static inline void
talk_init_beside(struct talk *t, const struct talk *host)
{
	*t = (struct talk){
		.cache = host->cache,
		.guest = true,
		.config = host->config,
		.peer = host->peer,
		.now = host->now,
	};
	t->config.counters = &t->counters;
	talk_connect(t);
}

static inline void
talk_fini(struct talk *t)
{
	session_free(t->session);
	if (!t->guest)
		cache_free(t->cache);
	free(t->heard);
}

/* The session id of a version. */
static inline unsigned
talk_session(unsigned version)
{
	static const unsigned ids[] = {
		TALK_SESSION_0, TALK_SESSION_1, TALK_SESSION_2};

	return ids[version];
}

/* Publish without telling the session. */
static inline bool
talk_publish(struct talk *t, const char *words)
{
	const struct payload_set *set = talk_set(words);
	bool changed = false;

	if (cache_publish(t->cache, set, &changed) != 0)
		abort();
	payload_unref(set);
	return changed;
}

/* Take up to `n` octets of output, in pieces of at most `step`. */
static inline size_t
talk_take(struct talk *t, size_t n, size_t step)
{
	size_t taken = 0;

	while (taken < n) {
		struct span s;
		size_t piece = n - taken < step ? n - taken : step;

		if (session_output(t->session, &s, 1) == 0)
			break;
		if (piece > s.n)
			piece = s.n;
		if (t->heard_n + piece > t->heard_cap) {
			t->heard_cap = 2 * (t->heard_n + piece);
			t->heard = realloc(t->heard, t->heard_cap);
			if (t->heard == NULL)
				abort();
		}
		memcpy(t->heard + t->heard_n, s.p, piece);
		t->heard_n += piece;
		taken += piece;
		session_sent(t->session, piece, t->now);
	}
	return taken;
}

static inline void
talk_say_octets(struct talk *t, const uint8_t *p, size_t n)
{
	if (n <= sizeof(t->said) && t->said_n <= sizeof(t->said) - n) {
		memcpy(t->said + t->said_n, p, n);
		t->said_n += n;
	}
	if (t->pace == TALK_WHOLE) {
		session_input(t->session, span_of(p, n), t->now);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		/* A copy, so that a read beyond it is seen. */
		uint8_t *one = malloc(1);

		if (one == NULL)
			abort();
		*one = p[i];
		session_input(t->session, span_of(one, 1), t->now);
		free(one);
		if (t->pace == TALK_TURNS)
			talk_take(t, SIZE_MAX, SIZE_MAX);
	}
}

/* Octets of hexadecimal digits, white space between ignored; "XX*N" is an octet
 * N times. */
static inline size_t
talk_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;
	unsigned octet;
	unsigned long times;
	char *end;

	while (*(hex += strspn(hex, " \t")) != '\0') {
		if (!isxdigit((unsigned char)hex[0]) ||
			!isxdigit((unsigned char)hex[1]) ||
			sscanf(hex, "%2x", &octet) != 1)
			abort();
		hex += 2;
		times = 1;
		if (*hex == '*') {
			times = strtoul(hex + 1, &end, 10);
			hex = end;
		}
		if (times > cap - n)
			abort();
		memset(out + n, (int)octet, times);
		n += times;
	}
	return n;
}

static inline void
talk_ask_all(struct talk *t, unsigned version)
{
	const uint8_t query[] = {(uint8_t)version, 2, 0, 0, 0, 0, 0, 8};

	talk_say_octets(t, query, sizeof(query));
}

/* A Serial Query; `session` is usually talk_session(version). */
static inline void
talk_ask_since(
	struct talk *t, unsigned version, unsigned session, uint32_t serial)
{
	uint8_t query[12] = {(uint8_t)version, 1, (uint8_t)(session >> 8),
		(uint8_t)session, 0, 0, 0, 12};

	held_put32(query + 8, serial);
	talk_say_octets(t, query, sizeof(query));
}

static inline void
talk_say(struct talk *t, const char *hex)
{
	uint8_t octets[4096];
	size_t n = talk_hex(hex, octets, sizeof(octets));

	talk_say_octets(t, octets, n);
}

/* Everything that comes now; valid until the next call. */
static inline struct span
talk_hear(struct talk *t)
{
	struct span s;

	talk_take(t, SIZE_MAX, t->pace == TALK_OCTETS ? 1 : SIZE_MAX);
	s = span_of(t->heard, t->heard_n);
	t->heard_n = 0;
	return s;
}

/* A session of a version that has asked, and has its answer. */
static inline void
talk_begin(struct talk *t, unsigned version)
{
	talk_connect(t);
	talk_ask_all(t, version);
	talk_hear(t);
	if (session_state(t->session) != SESSION_IDLE)
		abort();
}

static inline struct session_facts
talk_facts(const struct talk *t)
{
	struct session_facts facts;

	session_tell(t->session, &facts);
	return facts;
}

/* Let time pass; deadlines fire. */
static inline void
talk_wait(struct talk *t, int64_t ms)
{
	t->now.ms += ms;
	session_tick(t->session, t->now);
}

/* Octets as text, for messages; at most `cap` with the NUL. */
static inline const char *
talk_text(struct span s, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s.n && n + 3 < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%02x", s.p[i]);
	return out;
}

#endif
