/*
 * judge: the verdict that belongs to some bytes.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/run/judge.h"

#define A "rsync://h/m/a.roa"
#define B "rsync://h/m/b.roa"

static const uint8_t hash_1[SHA256_SIZE] = {1}, hash_2[SHA256_SIZE] = {2};

static struct verdict
verdict_of(const char *uri, uint8_t hash, enum object_state state,
	enum reject lost)
{
	struct verdict v = {.uri = uri,
		.state = state,
		.lost = {lost, "rsync://h/m/", "x"}};

	v.hash[0] = hash;
	return v;
}

Test(judge, finds_by_place_and_content)
{
	struct verdict all[] = {
		verdict_of(A, 1, OBJECT_STATE_VALID, REJECT_NONE),
		verdict_of(B, 0, OBJECT_STATE_REFUSED, REJECT_NONE),
	};
	struct result r = {.verdicts = all, .verdict_count = 2};
	struct span none = {0};

	cr_expect(judge_find(&r, span_text(A), hash_1) == &all[0]);
	cr_expect(judge_find(&r, span_text(A), hash_2) == NULL,
		"another file in its place");
	cr_expect(judge_find(&r, none, hash_1) == &all[0], "a copy");
	cr_expect(judge_find(&r, none, hash_2) == NULL);
	cr_expect(judge_find(&r, span_text(B), hash_1) == &all[1],
		"a file that is not what the manifest lists");
}

/* Of several paths the one that is used, of those the one that holds. */
Test(judge, the_best_path_decides)
{
	struct verdict all[] = {
		verdict_of(A, 1, OBJECT_STATE_REFUSED, REJECT_NONE),
		verdict_of(A, 1, OBJECT_STATE_VALID, REJECT_EXPIRED),
		verdict_of(A, 1, OBJECT_STATE_VALID, REJECT_NONE),
		verdict_of(A, 1, OBJECT_STATE_REFUSED, REJECT_EXPIRED),
	};
	struct result r = {.verdicts = all, .verdict_count = 4};

	cr_expect(judge_find(&r, span_text(A), hash_1) == &all[2]);
	all[2].state = OBJECT_STATE_REFUSED;
	cr_expect(judge_find(&r, span_text(A), hash_1) == &all[1]);
}
