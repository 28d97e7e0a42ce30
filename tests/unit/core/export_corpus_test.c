/*
 * export_corpus: sets as rpki-client published them come out octet by octet as
 * they went in, whatever order they were built in.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "core/vec.h"
#include "tests/unit/core/payloads.h"
#include "waymark/export.h"

enum {
	TAS = 8
};

struct table {
	struct arena *arena;
	struct span file;
	VEC(struct vrp) vrps;
	const char *names[TAS];
	size_t ta_count;
};

/* The index of a trust anchor's name. */
static uint8_t
ta_index(struct table *t, const char *name)
{
	for (size_t i = 0; i < t->ta_count; i++)
		if (strcmp(t->names[i], name) == 0)
			return (uint8_t)i;
	cr_assert_lt(t->ta_count, TAS);
	t->names[t->ta_count] = arena_text(t->arena, name, strlen(name));
	return (uint8_t)t->ta_count++;
}

static void
add_line(struct table *t, char *line)
{
	char *asn = strsep(&line, ","), *prefix = strsep(&line, ",");
	char *max_len = strsep(&line, ","), *ta = strsep(&line, ",");
	uint64_t number;
	struct vrp v;

	cr_assert_not_null(line);
	cr_assert_eq(text_number(max_len, 0, 128, &number), 0);
	v = vrp_of(prefix, (uint8_t)number, 0);
	cr_assert_eq(asn_parse(asn, &v.asn), 0);
	cr_assert_eq(text_number(line, 0, INT64_MAX, &number), 0);
	v.expires = (int64_t)number;
	v.ta = ta_index(t, ta);
	cr_assert(VEC_PUSH(&t->vrps, v));
}

static void
load(struct table *t, const char *path)
{
	char *text, *line;

	*t = (struct table){.arena = arena_new(65536)};
	cr_assert_eq(file_read(path, 1 << 24, t->arena, &t->file), 0);
	text = arena_text(t->arena, (const char *)t->file.p, t->file.n);
	(void)strsep(&text, "\n");
	while ((line = strsep(&text, "\n")) != NULL)
		if (*line != '\0')
			add_line(t, line);
}

/* Build in an order drawn by `seed`, write, compare. */
static void
expect_same(struct table *t, uint64_t seed)
{
	struct payload_builder *b = payload_build_new(t->vrps.n);
	struct export_meta meta = {
		.ta_names = t->names, .ta_count = t->ta_count};
	const struct payload_set *set;
	struct text out = {0};
	struct dice d = {seed};
	struct export e;
	char buf[EXPORT_BUFFER_MIN];
	size_t n;

	for (size_t i = t->vrps.n; i > 0; i--) {
		size_t k = dice_roll(&d, (uint32_t)i);
		struct vrp v = t->vrps.at[k];

		t->vrps.at[k] = t->vrps.at[i - 1];
		t->vrps.at[i - 1] = v;
		cr_assert_eq(payload_build_vrp(b, &v), 0);
	}
	cr_assert_eq(payload_build_done(b, &set), 0);
	cr_expect_eq(set->vrp_count, t->vrps.n);
	export_init(&e, EXPORT_CSV, set, &meta);
	while ((n = export_next(&e, buf, sizeof(buf))) > 0)
		text_put(&out, buf, n);
	export_fini(&e);
	cr_assert_eq(out.n, t->file.n);
	cr_expect_eq(memcmp(out.p, t->file.p, out.n), 0);
	text_free(&out);
	payload_unref(set);
}

Test(export_corpus, published_sets_come_out_as_they_went_in)
{
	static const char *const files[] = {"vrps/oracle/twnic-2026-03-16/csv",
		"vrps/oracle/roa.net-xtom-2026-03-16/csv"};
	const char *corpus = getenv("WAYMARK_CORPUS");

	if (corpus == NULL) {
		(void)fprintf(stderr, "SKIPPED: WAYMARK_CORPUS\n");
		cr_skip_test("SKIPPED: WAYMARK_CORPUS");
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct table t;
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", corpus, files[i]);
		load(&t, path);
		for (uint64_t seed = 1; seed <= 5; seed++)
			expect_same(&t, seed);
		VEC_FREE(&t.vrps);
		arena_free(t.arena);
	}
}
