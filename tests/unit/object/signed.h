/*
 * signed: what the tests of signed objects share: a workbench with the lab, a
 * `struct crypto` and an arena, and tables of changes with the code that each
 * must end in.
 *
 *	{"signerInfo.version=int:1", CMS_SIGNER_VERSION}
 *
 * A row's change is made to the lab's default object, which is then signed
 * again, so that only the rule under test is broken.
 */
#ifndef TESTS_SIGNED_H
#define TESTS_SIGNED_H

#include <criterion/criterion.h>

#include "core/arena.h"
#include "tests/lab/lab.h"
#include "tests/unit/guard.h"
#include "validator/object/cms.h"
#include "validator/object/crypto.h"
#include "validator/object/profile.h"
#include "validator/object/reject.h"

struct bench {
	struct lab *lab;
	struct crypto *crypto;
	struct arena *arena;
};

struct row {
	const char *changes[3]; /* NULL behind the last */
	enum reject current; /* under today's profile */
	enum reject older; /* under rfc6488 */
};

/* A row that both profiles judge alike. */
#define ROW(change, code) \
	{ \
		{change}, REJECT_##code, REJECT_##code \
	}

static inline struct bench
bench_new(void)
{
	struct bench b = {
		.lab = lab_new(NULL),
		.crypto = crypto_new(),
		.arena = arena_new(65536),
	};

	cr_assert(b.lab != NULL && b.crypto != NULL && b.arena != NULL);
	return b;
}

static inline void
bench_free(struct bench *b)
{
	arena_free(b->arena);
	crypto_free(b->crypto);
	lab_free(b->lab);
}

/* The lab's object of a type, changed; lives as long as the lab. */
static inline struct span
bench_make(struct bench *b, const char *type, const char *const *changes)
{
	struct span der = {0};
	int err = lab_object_bytes(b->lab, type, changes, &der);

	cr_assert(err == 0, "%s: %s", type, lab_why(b->lab));
	return der;
}

/* How one test looks at an object. */
typedef enum reject (*judge_fn)(
	struct bench *b, struct span der, const struct profile *profile);

static inline void
bench_expect(
	struct bench *b, judge_fn judge, struct span der, const struct row *row)
{
	enum reject got = judge(b, der, profile_current());

	cr_expect(got == row->current, "%s: %s, not %s", row->changes[0],
		reject_name(got), reject_name(row->current));
	got = judge(b, der, profile_find("rfc6488"));
	cr_expect(got == row->older, "%s: rfc6488: %s, not %s", row->changes[0],
		reject_name(got), reject_name(row->older));
	arena_reset(b->arena);
}

static inline void
bench_rows(judge_fn judge, const char *type, const struct row *rows, size_t n)
{
	struct bench b = bench_new();

	for (size_t i = 0; i < n; i++)
		bench_expect(&b, judge, bench_make(&b, type, rows[i].changes),
			&rows[i]);
	bench_free(&b);
}

/* Every beginning of the object is refused, and nothing beyond it is read. */
static inline void
bench_cut(judge_fn judge, struct bench *b, struct span der)
{
	struct guard g = guard_new(der.n);

	for (size_t n = 0; n < der.n; n++) {
		enum reject got = judge(b, guard_span(&g, span_of(der.p, n)),
			profile_current());

		cr_expect(got != REJECT_NONE, "%zu octets are accepted", n);
		arena_reset(b->arena);
	}
	cr_expect(judge(b, guard_span(&g, der), profile_current()) ==
		REJECT_NONE);
	guard_free(&g);
}

#endif
