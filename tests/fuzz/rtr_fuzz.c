/*
 * rtr: any octets as what a cache answers to our router, in each version.
 *
 * Each input is read whole and in pieces, which must make no difference; what
 * came of it is sorted, unique and no more than was allowed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rtrctl/rtr_peer.h"
#include "waymark/payload.h"

enum {
	LIMIT = 200
};

/* What a router told of an input. */
struct story {
	uint64_t findings, changes, syncs, notes, sum;
};

/* The entry that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_finding(void *ctx, enum rtr_rule rule, const char *detail)
{
	struct story *s = ctx;

	if (rule >= RTR_RULES || detail == NULL)
		abort();
	s->findings++;
	/* How much of a PDU is quoted that cannot be read depends on how much
	 * of it was there. */
	s->sum = s->sum * 31 + rule;
}

static void
on_change(void *ctx, char sign, const struct rtr_item *item)
{
	struct story *s = ctx;
	struct text t = {0};

	rtr_item_text(&t, item);
	rtr_item_csv(&t, item);
	rtr_item_json(&t, item);
	s->changes++;
	s->sum = s->sum * 31 + t.n + (uint64_t)sign;
	text_free(&t);
}

static void
on_synced(void *ctx)
{
	((struct story *)ctx)->syncs++;
}

static void
on_note(void *ctx, const char *text)
{
	struct story *s = ctx;

	s->notes++;
	s->sum = s->sum * 31 + strlen(text);
}

static void
check_set(const struct rtr_peer *p)
{
	const struct rtr_table *t = rtr_peer_table(p);
	const struct payload_set *set;

	if (t->set.list.n > LIMIT || t->set.weight > LIMIT ||
		t->answer.weight > LIMIT)
		abort();
	for (size_t i = 1; i < t->set.list.n; i++)
		if (rtr_item_compare(
			    &t->set.list.at[i - 1], &t->set.list.at[i]) >= 0)
			abort();
	if (rtr_table_payloads(t, &set) != 0)
		abort();
	payload_unref(set);
}

static struct story
tell(struct span s, int version, size_t step)
{
	struct story story = {0};
	const struct rtr_config config = {
		.version = version, .limit = LIMIT, .answer_ms = 1000};
	const struct rtr_calls calls = {
		on_finding, on_change, on_synced, on_note, &story};
	struct rtr_peer *p = rtr_peer_new(&config, &calls);
	struct rtr_facts facts;

	if (p == NULL)
		abort();
	rtr_peer_open(p, (struct mono){0});
	for (size_t i = 0; i < s.n; i += step)
		rtr_peer_input(p,
			span_of(s.p + i, s.n - i < step ? s.n - i : step),
			(struct mono){0});
	rtr_peer_tell(p, &facts);
	story.sum = story.sum * 31 + facts.serial + facts.end + facts.state;
	check_set(p);
	rtr_peer_lost(p, NULL);
	rtr_peer_free(p);
	return story;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of(data, size);

	for (int version = -1; version <= RTR_VERSION_MAX; version++) {
		struct story whole = tell(s, version, size > 0 ? size : 1);
		struct story pieces = tell(s, version, 3);

		if (memcmp(&whole, &pieces, sizeof(whole)) != 0)
			abort();
	}
	return 0;
}
