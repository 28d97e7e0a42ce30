/*
 * ta_choice: which of two certificates of one trust anchor is taken: the one
 * whose validity begins later, then the one that lives shorter, then the first
 * (rules of RFC 8630 section 3 and its tie-break), whatever order they are in.
 */
#include "tests/unit/chain/site.h"

#include <unistd.h>

enum {
	DAY = LAB_DAY
};

/* Two certificates, in days from now; `wins` is which is taken, 0 for none. */
static const struct {
	const char *what;
	int from[2], to[2];
	const char *change[2]; /* NULL: none */
	int wins;
} rows[] = {
	{"later", {-9, -8}, {30, 30}, {NULL, NULL}, 2},
	{"later, though it lives longer", {-9, -8}, {30, 3000}, {NULL, NULL},
		2},
	{"later, though it ends sooner", {-9, -8}, {30, 10}, {NULL, NULL}, 2},
	{"shorter", {-9, -9}, {30, 29}, {NULL, NULL}, 2},
	{"a hundred years", {-9, -9}, {36500, 36499}, {NULL, NULL}, 2},
	{"later, but of the future", {-9, 1}, {30, 30}, {NULL, NULL}, 1},
	{"later, but over", {-9, -8}, {30, -1}, {NULL, NULL}, 1},
	{"both over", {-9, -8}, {-2, -1}, {NULL, NULL}, 0},
	{"later, but not by its key", {-9, -8}, {30, 30},
		{NULL, "signature=flip:9"}, 1},
	{"later, but no trust anchor's", {-9, -8}, {30, 30},
		{NULL, "tbs.extensions.basicConstraints=remove"}, 1},
	{"serial 0", {-9, -8}, {30, 30}, {NULL, "tbs.serial=int:0"}, 2},
};

static struct site *
write_one(struct lab_keys *keys, size_t row, int i)
{
	struct site *s = site_new(keys);

	s->ta->not_before = LAB_NOW + rows[row].from[i] * DAY;
	s->ta->not_after = LAB_NOW + (int64_t)rows[row].to[i] * DAY;
	if (rows[row].change[i] != NULL)
		cr_assert(lab_mutate(s->world, "ta.cer", rows[row].change[i]) ==
			0);
	site_write(s);
	return s;
}

/* The end of what is taken with the two URIs in this order; 0: nothing is. */
static int64_t
choose(struct site *s, struct span first, struct span second)
{
	struct span uris[2] = {first, second};
	const struct ca *ca;
	int64_t end;

	s->tal.uris = uris;
	s->tal.uri_count = 2;
	ca = ta_find(s->checker, &s->tal, 0, NULL);
	end = ca == NULL ? 0 : ca->chain_end.s;
	ca_unref(ca);
	return end;
}

Test(ta_choice, later_then_shorter_then_first)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	char from[256], to[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct site *other = write_one(keys, i, 0);
		struct site *s = write_one(keys, i, 1);
		struct span a = span_text("https://ta.example/other.cer");
		struct span b = s->tal.uris[0];
		int64_t want = rows[i].wins == 0
			? 0
			: LAB_NOW + (int64_t)rows[i].to[rows[i].wins - 1] * DAY;

		folder_path(
			&other->folder, "repo/ta.example/repo/ta.cer", from);
		folder_path(&s->folder, "repo/ta.example/other.cer", to);
		cr_assert(rename(from, to) == 0);
		cr_expect(choose(s, a, b) == want, "%s", rows[i].what);
		cr_expect(choose(s, b, a) == want, "%s, the other way round",
			rows[i].what);
		site_free(s);
		site_free(other);
	}
	lab_keys_free(keys);
}
