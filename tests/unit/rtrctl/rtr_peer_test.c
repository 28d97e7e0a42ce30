/*
 * rtr_peer: a cache written as octets, what the router makes of it, and every
 * rule about sessions and sets broken once.
 */
#include "core/text.h"
#include "rtrctl/rtr_peer.h"
#include "tests/unit/rtrctl/bytes.h"

/* A router and all that it told. */
struct scene {
	struct rtr_config config;
	struct rtr_calls calls;
	struct rtr_peer *peer;
	struct text log; /* "+1 -1 sync note" ... */
	uint64_t rules;
	struct mono now;
};

static void
on_finding(void *ctx, enum rtr_rule rule, const char *detail)
{
	struct scene *s = ctx;

	cr_expect_not_null(detail);
	s->rules |= RTR_BIT(rule);
}

static void
on_change(void *ctx, char sign, const struct rtr_item *item)
{
	struct scene *s = ctx;

	text_add(&s->log, "%c%u ", sign, (unsigned)item->asn);
}

static void
on_synced(void *ctx)
{
	text_add(&((struct scene *)ctx)->log, "sync ");
}

static void
on_note(void *ctx, const char *text)
{
	(void)text;
	text_add(&((struct scene *)ctx)->log, "note ");
}

static struct scene *
scene_new(int version, size_t limit)
{
	struct scene *s = calloc(1, sizeof(*s));

	s->config = (struct rtr_config){
		.version = version, .limit = limit, .answer_ms = 60000};
	s->calls = (struct rtr_calls){
		on_finding, on_change, on_synced, on_note, s};
	s->now.ms = 1000;
	s->peer = rtr_peer_new(&s->config, &s->calls);
	rtr_peer_open(s->peer, s->now);
	return s;
}

static void
scene_free(struct scene *s)
{
	rtr_peer_free(s->peer);
	text_free(&s->log);
	free(s);
}

static struct rtr_facts
facts(const struct scene *s)
{
	struct rtr_facts f;

	rtr_peer_tell(s->peer, &f);
	return f;
}

/* The query that waits to be sent, taken away. */
static void
expect_query(struct scene *s, unsigned version, unsigned type)
{
	struct span out = rtr_peer_output(s->peer);

	cr_assert_geq(out.n, 8, "no query");
	cr_expect_eq(out.p[0], version);
	cr_expect_eq(out.p[1], type, "a query of type %u", out.p[1]);
	rtr_peer_sent(s->peer, out.n);
}

static void
say(struct scene *s, struct bytes *b)
{
	s->now.ms += 10;
	rtr_peer_input(s->peer, all(b), s->now);
	b->n = 0;
}

static void
expect_log(struct scene *s, const char *want)
{
	cr_expect_str_eq(s->log.p != NULL ? s->log.p : "", want);
	text_clear(&s->log);
}

/* A first set: AS 2 and 1 of IPv4. */
static void
first_set(struct scene *s, unsigned version)
{
	struct bytes b = {.n = 0};

	expect_query(s, version, 2);
	response(&b, version, 7);
	prefix(&b, version, true, 2, 2);
	prefix(&b, version, true, 1, 1);
	end(&b, version, 7, 10);
	say(s, &b);
	expect_log(s, "sync ");
	cr_assert_eq(facts(s).state, RTR_IDLE, "%s", facts(s).why);
	cr_expect_eq(s->rules, 0);
}

Test(rtr_peer, set_notify_difference)
{
	for (unsigned version = 0; version <= 2; version++) {
		struct scene *s = scene_new((int)version, 100);
		struct bytes b = {.n = 0};

		first_set(s, version);
		notify(&b, version, 7, 11);
		say(s, &b);
		expect_query(s, version, 1);
		response(&b, version, 7);
		prefix(&b, version, true, 3, 3);
		prefix(&b, version, false, 1, 1);
		end(&b, version, 7, 11);
		say(s, &b);
		expect_log(s, "-1 +3 sync ");
		cr_expect_eq(facts(s).serial, 11);
		cr_expect_eq(rtr_table_count(rtr_peer_table(s->peer)).ipv4, 2);
		cr_expect_eq(s->rules, 0);
		notify(&b, version, 7, 11);
		say(s, &b);
		cr_expect_eq(rtr_peer_output(s->peer).n, 0,
			"what is known is asked for");
		scene_free(s);
	}
}

/* Whatever the pieces, the same comes of them. */
Test(rtr_peer, octet_by_octet)
{
	struct scene *s = scene_new(2, 100);
	struct bytes b = {.n = 0};

	expect_query(s, 2, 2);
	response(&b, 2, 7);
	prefix(&b, 2, true, 1, 1);
	key(&b, 2, true, 3, 91);
	aspa(&b, true, 64496, 3, 1, 2, 3);
	end(&b, 2, 7, 1);
	for (size_t i = 0; i < b.n; i++)
		rtr_peer_input(s->peer, span_of(b.p + i, 1), s->now);
	cr_expect_eq(facts(s).state, RTR_IDLE, "%s", facts(s).why);
	cr_expect_eq(rtr_table_count(rtr_peer_table(s->peer)).keys, 1);
	cr_expect_eq(rtr_table_count(rtr_peer_table(s->peer)).aspas, 1);
	cr_expect_eq(s->rules, 0);
	scene_free(s);
}

/* The next connection asks for the difference; a reset tells it as one. */
Test(rtr_peer, lost_and_back)
{
	struct scene *s = scene_new(1, 100);
	struct bytes b = {.n = 0};

	first_set(s, 1);
	rtr_peer_lost(s->peer, NULL);
	cr_expect_eq(facts(s).end, RTR_END_CLOSED);
	rtr_peer_open(s->peer, s->now);
	expect_query(s, 1, 1);
	head(&b, 1, 8, 0, 8);
	say(s, &b);
	expect_query(s, 1, 2);
	response(&b, 1, 8);
	prefix(&b, 1, true, 2, 2);
	prefix(&b, 1, true, 0, 9);
	end(&b, 1, 8, 1);
	say(s, &b);
	expect_log(s, "note +9 -1 sync ");
	cr_expect_eq(facts(s).session, 8);
	cr_expect_eq(s->rules, 0);
	scene_free(s);
}

Test(rtr_peer, versions_go_down)
{
	struct scene *s = scene_new(-1, 100);
	struct bytes b = {.n = 0};

	expect_query(s, 2, 2);
	error(&b, 1, 4, "");
	say(s, &b);
	cr_expect_eq(facts(s).end, RTR_END_LOWER);
	rtr_peer_open(s->peer, s->now);
	expect_query(s, 1, 2);
	rtr_peer_lost(s->peer, NULL);
	cr_expect_eq(facts(s).end, RTR_END_LOWER, "closed without a word");
	rtr_peer_open(s->peer, s->now);
	first_set(s, 0);
	scene_free(s);
	s = scene_new(-1, 100);
	expect_query(s, 2, 2);
	rtr_peer_sent(s->peer, rtr_peer_output(s->peer).n);
	response(&b, 1, 7);
	end(&b, 1, 7, 1);
	say(s, &b);
	cr_expect_eq(facts(s).version, 1, "answered in a lower one");
	cr_expect_eq(facts(s).state, RTR_IDLE);
	scene_free(s);
	s = scene_new(2, 100);
	error(&b, 1, 4, "");
	say(s, &b);
	cr_expect_eq(facts(s).end, RTR_END_ERROR, "no other is wanted");
	scene_free(s);
}

Test(rtr_peer, no_data_is_waited_for)
{
	struct scene *s = scene_new(1, 100);
	struct bytes b = {.n = 0};

	expect_query(s, 1, 2);
	error(&b, 1, 2, "");
	say(s, &b);
	cr_expect_eq(facts(s).state, RTR_WAITING);
	cr_expect_eq(rtr_peer_deadline(s->peer).ms, s->now.ms + 600000);
	s->now.ms += 600000;
	rtr_peer_tick(s->peer, s->now);
	expect_query(s, 1, 2);
	scene_free(s);
}

Test(rtr_peer, deadlines)
{
	struct scene *s = scene_new(1, 100);
	struct bytes b = {.n = 0};

	s->now.ms += 60000;
	rtr_peer_tick(s->peer, s->now);
	cr_expect_eq(facts(s).end, RTR_END_SILENCE);
	rtr_peer_open(s->peer, s->now);
	expect_query(s, 1, 2);
	response(&b, 1, 7);
	say(s, &b);
	s->now.ms += 60000;
	rtr_peer_tick(s->peer, s->now);
	cr_expect_eq(facts(s).end, RTR_END_SILENCE);
	rtr_peer_open(s->peer, s->now);
	rtr_peer_sent(s->peer, rtr_peer_output(s->peer).n);
	rtr_peer_lost(s->peer, NULL);
	rtr_peer_open(s->peer, s->now);
	first_set(s, 1);
	s->now.ms += 3600000;
	rtr_peer_tick(s->peer, s->now);
	expect_query(s, 1, 1);
	rtr_peer_lost(s->peer, "gone");
	cr_expect_eq(
		rtr_peer_deadline(s->peer).ms, facts(s).synced.ms + 7200000);
	s->now.ms += 7200000;
	rtr_peer_tick(s->peer, s->now);
	expect_log(s, "note -1 -2 ");
	cr_expect_not(facts(s).has_data);
	scene_free(s);
}

/* Error 12 keeps what is held, error 13 does not. */
Test(rtr_peer, restart_and_shutdown)
{
	for (unsigned code = 12; code <= 13; code++) {
		struct scene *s = scene_new(2, 100);
		struct bytes b = {.n = 0};

		first_set(s, 2);
		error(&b, 2, code, "");
		say(s, &b);
		cr_expect_eq(facts(s).end, RTR_END_ERROR);
		cr_expect_eq(facts(s).has_data, code == 12);
		rtr_peer_open(s->peer, s->now);
		expect_query(s, 2, code == 12 ? 1 : 2);
		scene_free(s);
	}
}

/* What is said after a first set of version 2 and, with `ask`, a query; the
 * rules that are told then. */
static uint64_t
after_first(struct bytes *b, bool ask)
{
	struct scene *s = scene_new(2, 4);
	struct bytes n = {.n = 0};
	uint64_t rules;

	first_set(s, 2);
	if (ask) {
		notify(&n, 2, 7, 11);
		say(s, &n);
	}
	say(s, b);
	rules = s->rules;
	scene_free(s);
	return rules;
}

#define EXPECT(rule, b, ask) \
	cr_expect_eq(after_first(b, ask), RTR_BIT(RTR_RULE_##rule), \
		"not exactly " #rule)

Test(rtr_peer, rules_of_sessions)
{
	struct bytes b = {.n = 0};

	prefix(&b, 2, true, 9, 9);
	EXPECT(OUTSIDE, &b, false);
	end(&b, 2, 7, 11);
	EXPECT(OUTSIDE, &b, false);
	response(&b, 2, 7);
	EXPECT(UNASKED, &b, false);
	head(&b, 2, 8, 0, 8);
	EXPECT(UNASKED, &b, false);
	response(&b, 2, 7);
	response(&b, 2, 7);
	EXPECT(INSIDE, &b, true);
	response(&b, 2, 7);
	head(&b, 2, 8, 0, 8);
	EXPECT(INSIDE, &b, true);
	response(&b, 2, 8);
	EXPECT(SESSION, &b, true);
	response(&b, 2, 7);
	end(&b, 2, 8, 11);
	EXPECT(SESSION, &b, true);
	response(&b, 2, 7);
	notify(&b, 2, 7, 12);
	EXPECT(NOTIFY_INSIDE, &b, true);
	notify(&b, 2, 8, 11);
	EXPECT(NOTIFY_SESSION, &b, false);
	notify(&b, 2, 7, 9);
	EXPECT(NOTIFY_BACK, &b, false);
	response(&b, 2, 7);
	end(&b, 2, 7, 9);
	EXPECT(SERIAL_BACK, &b, true);
	response(&b, 2, 7);
	prefix(&b, 2, true, 9, 9);
	end(&b, 2, 7, 10);
	EXPECT(SERIAL_SAME, &b, true);
	head(&b, 2, 8, 0, 8);
	head(&b, 2, 8, 0, 8);
	EXPECT(RESET_RESET, &b, true);
	response(&b, 1, 7);
	EXPECT(OTHER_VERSION, &b, true);
}

Test(rtr_peer, rules_of_sets)
{
	struct bytes b = {.n = 0};

	response(&b, 2, 7);
	prefix(&b, 2, true, 1, 1);
	end(&b, 2, 7, 11);
	EXPECT(DUPLICATE, &b, true);
	response(&b, 2, 7);
	prefix(&b, 2, false, 9, 9);
	end(&b, 2, 7, 11);
	EXPECT(UNKNOWN, &b, true);
	response(&b, 2, 7);
	prefix(&b, 2, true, 9, 9);
	prefix(&b, 2, false, 9, 9);
	end(&b, 2, 7, 11);
	EXPECT(TWICE, &b, true);
	response(&b, 2, 7);
	prefix(&b, 2, true, 8, 8);
	prefix(&b, 2, true, 9, 9);
	end(&b, 2, 7, 11);
	EXPECT(ORDER, &b, true);
	response(&b, 2, 7);
	prefix(&b, 2, false, 1, 1);
	prefix(&b, 2, true, 9, 9);
	end(&b, 2, 7, 11);
	EXPECT(ORDER_FLAG, &b, true);
	response(&b, 2, 7);
	prefix6(&b, 2, true, 9, 9);
	prefix(&b, 2, true, 9, 9);
	end(&b, 2, 7, 11);
	EXPECT(ORDER_TYPE, &b, true);
	response(&b, 2, 7);
	for (unsigned i = 9; i > 4; i--)
		prefix(&b, 2, true, i, i);
	EXPECT(LIMIT, &b, true);
	head(&b, 2, 8, 0, 8);
	response(&b, 2, 7);
	prefix(&b, 2, false, 1, 1);
	end(&b, 2, 7, 11);
	cr_expect_eq(after_first(&b, true),
		RTR_BIT(RTR_RULE_WITHDRAWN_WHOLE) | RTR_BIT(RTR_RULE_UNKNOWN));
}

Test(rtr_peer, early_notify_is_passed_over)
{
	struct scene *s = scene_new(2, 10);
	struct bytes b = {.n = 0};

	notify(&b, 0, 1, 1);
	say(s, &b);
	cr_expect_eq(s->rules, RTR_BIT(RTR_RULE_NOTIFY_EARLY));
	s->rules = 0;
	first_set(s, 2);
	scene_free(s);
}

/* One ASPA takes the place of another, and is not a duplicate. */
Test(rtr_peer, aspa_is_replaced)
{
	struct scene *s = scene_new(2, 100);
	struct bytes b = {.n = 0};
	const uint32_t *providers;
	size_t count;

	first_set(s, 2);
	for (unsigned i = 1; i <= 3; i++) {
		notify(&b, 2, 7, 10 + i);
		say(s, &b);
		rtr_peer_sent(s->peer, rtr_peer_output(s->peer).n);
		response(&b, 2, 7);
		if (i < 3)
			aspa(&b, true, 64496, 1, i);
		else
			aspa(&b, false, 64496, 0);
		end(&b, 2, 7, 10 + i);
		say(s, &b);
		if (i == 2) {
			providers = rtr_item_providers(
				&rtr_peer_table(s->peer)->set.list.at[2],
				&count);
			cr_assert_eq(count, 1);
			cr_expect_eq(providers[0], 2);
		}
	}
	expect_log(s, "+64496 sync -64496 +64496 sync -64496 sync ");
	cr_expect_eq(s->rules, 0);
	scene_free(s);
}

/* A key weighs what it needs, so that memory is bounded by --limit. */
Test(rtr_peer, limit_counts_keys)
{
	struct scene *s = scene_new(2, 16);
	struct bytes b = {.n = 0};

	response(&b, 2, 7);
	key(&b, 2, true, 1, 15 * 64);
	end(&b, 2, 7, 1);
	say(s, &b);
	cr_expect_eq(facts(s).state, RTR_IDLE, "%s", facts(s).why);
	scene_free(s);
	s = scene_new(2, 16);
	response(&b, 2, 7);
	key(&b, 2, true, 1, 15 * 64 + 1);
	say(s, &b);
	cr_expect_eq(facts(s).end, RTR_END_FAULT);
	cr_expect_eq(s->rules, RTR_BIT(RTR_RULE_LIMIT));
	scene_free(s);
}
