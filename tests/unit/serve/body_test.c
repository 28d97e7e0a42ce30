/*
 * body: pieces of any size join to the same whole; failures are not ends.
 */
#include "rtrd/serve/body.h"
#include "tests/unit/serve/scene.h"

struct counter {
	int at, end;
	bool fails;
	int *dropped;
};

static bool
counter_fill(void *ctx, struct text *out)
{
	struct counter *c = ctx;

	if (c->at % 3 != 2)
		text_add(out, "<%d>", c->at);
	if (c->fails && c->at == 5)
		out->failed = true;
	return ++c->at < c->end;
}

static void
counter_drop(void *ctx)
{
	struct counter *c = ctx;

	(*c->dropped)++;
}

Test(body, any_piece_size_gives_the_same)
{
	size_t cap;

	for (cap = 1; cap < 20; cap++) {
		int dropped = 0;
		struct counter c = {0, 9, false, &dropped};
		struct body *b = body_new(counter_fill, counter_drop, &c);
		struct text t;

		cr_expect_eq(body_size(b), -1);
		t = scene_drain(b, cap);
		cr_expect_str_eq(t.p, "<0><1><3><4><6><7>");
		cr_expect_eq(dropped, 1);
		text_free(&t);
	}
}

Test(body, failure_is_not_an_end)
{
	int dropped = 0;
	struct counter c = {0, 9, true, &dropped};
	struct body *b = body_new(counter_fill, counter_drop, &c);
	enum body_step step;
	char buf[64];
	size_t n;

	while ((step = body_next(b, buf, sizeof(buf), &n)) == BODY_MORE)
		continue;
	cr_expect_eq(step, BODY_FAILED);
	cr_expect_eq(n, 0);
	body_free(b);
	cr_expect_eq(dropped, 1);
}

Test(body, of_a_text)
{
	struct text t = {0}, empty = {0}, failed = {0};
	struct body *b;

	text_add(&t, "abc");
	b = body_of_text(&t);
	cr_expect_null(t.p);
	cr_expect_eq(body_size(b), 3);
	t = scene_drain(b, 2);
	cr_expect_str_eq(t.p, "abc");
	text_free(&t);
	b = body_of_text(&empty);
	cr_expect_eq(body_size(b), 0);
	t = scene_drain(b, 2);
	cr_expect_str_eq(t.p, "");
	text_free(&t);
	text_add(&failed, "abc");
	failed.failed = true;
	cr_expect_null(body_of_text(&failed));
	body_free(NULL);
}
