/*
 * scene: a small view for the tests of what reads it: two trust anchors, six
 * VRPs, one refused object, two routers, fixed clocks.
 */
#ifndef TESTS_SERVE_SCENE_H
#define TESTS_SERVE_SCENE_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "rtrd/serve/body.h"
#include "rtrd/serve/view.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	SCENE_NOW = 1773646200, /* 2026-03-16T07:30:00Z */
	SCENE_AGE = 300,
};

struct scene {
	struct view view;
	struct snapshot snapshot;
	struct report_ta tas[2];
	struct report_reason reasons[1];
	struct rtr_counters rtr;
	struct moment now;
	const char *tals[2];
	size_t peers;
	struct wall tls_end;
	int refresh_result, reload_result;
	int refreshed, reloaded, fetched, fetch_result, ended;
	char fetched_uri[128];
};

struct scene_vrp {
	const char *prefix;
	uint32_t asn;
	uint8_t max_len, ta;
};

static const struct scene_vrp scene_vrps[] = {
	{"192.0.2.0/24", 64496, 24, 0},
	{"192.0.2.0/24", 64497, 26, 0},
	{"198.51.100.0/22", 64498, 22, 1},
	{"198.51.100.0/24", 64498, 24, 1},
	{"203.0.113.0/24", 0, 32, 0},
	{"2001:db8::/32", 64496, 48, 1},
};

static inline struct prefix
scene_prefix(const char *text)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(text, &p), 0, "%s", text);
	return p;
}

static inline const struct payload_set *
scene_set(const struct scene_vrp *vrps, size_t n)
{
	struct payload_builder *b = payload_build_new(n);
	const struct payload_set *set;
	size_t i;

	for (i = 0; i < n; i++) {
		struct prefix p = scene_prefix(vrps[i].prefix);
		struct vrp vrp = {.addr = p.addr,
			.asn = vrps[i].asn,
			.family = p.family,
			.len = p.len,
			.max_len = vrps[i].max_len,
			.ta = vrps[i].ta,
			.expires = SCENE_NOW + 86400};

		cr_assert_eq(payload_build_vrp(b, &vrp), 0);
	}
	cr_assert_eq(payload_build_done(b, &set), 0);
	return set;
}

static inline size_t
scene_peer_count(void *ctx)
{
	return ((struct scene *)ctx)->peers;
}

static inline void
scene_peer_get(void *ctx, size_t index, struct peer_facts *out)
{
	struct scene *s = ctx;

	memset(out, 0, sizeof(*out));
	out->local = "192.0.2.1:3323";
	out->transport = "tcp";
	out->session.connected.ms = s->now.mono.ms - 5000;
	out->session.last_error = -1;
	if (index == 0) {
		out->peer = "192.0.2.7:4711";
		out->session.state = SESSION_IDLE;
		out->session.version = 1;
		out->session.serial = 1;
		out->session.bytes_in = 8;
		out->session.bytes_out = 12345;
		out->session.pdus_in = 1;
		out->session.pdus_out = 7;
		out->session.last_query.ms = s->now.mono.ms - 4000;
		out->session.last_sync.ms = s->now.mono.ms - 3999;
	} else {
		out->peer = "[2001:db8::7]:4712";
		out->session.state = SESSION_FIRST;
		out->session.version = -1;
	}
}

static inline void
scene_listeners(void *ctx,
	void (*each)(void *to, const struct listener_facts *facts), void *to)
{
	const struct listener_facts tcp = {"192.0.2.1:3323", "tcp", 0, 2};
	const struct listener_facts tls = {"[2001:db8::1]:324", "tls", 1, 1};

	(void)ctx;
	each(to, &tcp);
	each(to, &tls);
}

static inline struct wall
scene_tls_end(void *ctx)
{
	return ((struct scene *)ctx)->tls_end;
}

static inline int
scene_refresh(void *ctx)
{
	struct scene *s = ctx;

	s->refreshed++;
	return s->refresh_result;
}

static inline int
scene_fetch(void *ctx, const char *uri)
{
	struct scene *s = ctx;

	s->fetched++;
	snprintf(s->fetched_uri, sizeof(s->fetched_uri), "%s",
		uri != NULL ? uri : "");
	return s->fetch_result;
}

static inline int
scene_reload(void *ctx, char why[256])
{
	struct scene *s = ctx;

	s->reloaded++;
	if (s->reload_result != 0)
		snprintf(why, 256, "rtrd.conf:3: \x1b[31m no such option");
	return s->reload_result;
}

static inline void
scene_shutdown(void *ctx)
{
	struct scene *s = ctx;

	s->ended++;
}

static inline bool
scene_is_file(const char *path)
{
	return strstr(path, "/there/") != NULL;
}

static inline void
scene_report(struct scene *s)
{
	struct report *r = &s->snapshot.report;

	s->tas[0].name = "alpha";
	s->tas[0].complete = true;
	s->tas[0].objects[OBJECT_ROA][OBJECT_STATE_VALID] = 3;
	s->tas[0].objects[OBJECT_ROA][OBJECT_STATE_REFUSED] = 1;
	s->tas[0].counters[REPORT_VRPS] = 4;
	s->tas[0].counters[REPORT_VRPS_UNIQUE] = 3;
	s->tas[0].counters[REPORT_VRPS_IPV4] = 3;
	s->tas[1].name = "beta \"\\\n\x1b\xff";
	s->tas[1].counters[REPORT_VRPS_IPV6] = 1;
	s->reasons[0].type = OBJECT_ROA;
	s->reasons[0].reason = "roa-version";
	s->reasons[0].count = 1;
	r->tas = s->tas;
	r->ta_count = 2;
	r->reasons = s->reasons;
	r->reason_count = 1;
	r->at.s = SCENE_NOW - SCENE_AGE;
	r->made = r->at;
}

/* A scene in which nothing has happened yet. */
static inline struct scene *
scene_empty(void)
{
	static const struct cache_config config = {.first_serial = 1,
		.history = BOUND_RTR_HISTORY_MIN,
		.session = {1000, 1001, 1002},
		.refresh_s = 3600,
		.retry_s = 600,
		.expire_s = 7200};
	struct scene *s = calloc(1, sizeof(*s));

	cr_assert_not_null(s);
	s->now.wall.s = SCENE_NOW;
	s->now.mono.ms = 1000000;
	s->tals[0] = "/etc/waymark/tals/alpha.tal";
	s->tals[1] = "/etc/waymark/tals/gamma.tal";
	s->view.cache = cache_new(&config);
	cr_assert_not_null(s->view.cache);
	s->view.tals = s->tals;
	s->view.tal_count = 2;
	s->view.rtr = &s->rtr;
	s->view.started.s = SCENE_NOW - 3600;
	s->view.stale_after_s = 7200;
	s->view.config_path = "/etc/waymark/rtrd.conf";
	s->view.ctx = s;
	s->view.peer_count = scene_peer_count;
	s->view.peer_get = scene_peer_get;
	s->view.listeners = scene_listeners;
	s->view.tls_end = scene_tls_end;
	s->fetch_result = ERR_BUSY;
	s->view.refresh = scene_refresh;
	s->view.fetch = scene_fetch;
	s->view.reload = scene_reload;
	s->view.shutdown = scene_shutdown;
	s->view.is_file = scene_is_file;
	return s;
}

/* A scene after one good run. */
static inline struct scene *
scene_new(void)
{
	struct scene *s = scene_empty();
	const struct payload_set *set = scene_set(
		scene_vrps, sizeof(scene_vrps) / sizeof(scene_vrps[0]));
	bool changed;

	scene_report(s);
	cr_assert_eq(cache_publish(s->view.cache, set, &changed), 0);
	payload_unref(set);
	s->view.snapshot = &s->snapshot;
	s->view.first_end.s = SCENE_NOW + 86400;
	s->peers = 2;
	s->view.run.last = RUN_OK;
	s->view.run.runs[RUN_OK] = 1;
	s->view.run.starts = 1;
	s->view.run.started.s = SCENE_NOW - SCENE_AGE - 12;
	s->view.run.ended.s = SCENE_NOW - SCENE_AGE;
	s->view.run.succeeded.s = SCENE_NOW - SCENE_AGE;
	s->view.run.elapsed_ms = 12345;
	s->view.run.next.s = SCENE_NOW + 300;
	s->rtr.accepted = 5;
	s->rtr.bytes_out = 4096;
	s->rtr.pdus_out[7] = 2;
	s->rtr.errors_sent[3] = 1;
	return s;
}

static inline void
scene_free(struct scene *s)
{
	cache_free(s->view.cache);
	free(s);
}

/* All of a body, taken in pieces of `cap`, and freed. */
static inline struct text
scene_drain(struct body *b, size_t cap)
{
	struct text t = {0};
	char piece[4096];
	enum body_step step;
	size_t n;

	cr_assert_not_null(b);
	cr_assert_leq(cap, sizeof(piece));
	while ((step = body_next(b, piece, cap, &n)) == BODY_MORE) {
		cr_assert_leq(n, cap);
		text_put(&t, piece, n);
	}
	cr_assert_eq(step, BODY_END);
	cr_assert(!t.failed);
	body_free(b);
	if (t.p == NULL)
		text_put(&t, "", 0);
	return t;
}

/* Whether a text holds no octet that a terminal obeys, but line ends. */
static inline bool
scene_is_plain(const struct text *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		unsigned char c = (unsigned char)t->p[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			return false;
	}
	return true;
}

#endif
