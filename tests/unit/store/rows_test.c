/*
 * rows: URIs of any length, in an order that can be gone on from.
 */
#include "tests/unit/store/bed.h"
#include "validator/store/row.h"

/* A URI of `n` octets that ends in a number. */
static struct span
uri_of(size_t n, unsigned number, char buf[BOUND_URI + 1])
{
	static const char head[] = "rsync://a.example.net/m/";
	char end[16];
	int k = snprintf(end, sizeof(end), "%u", number);

	memset(buf, 'u', n);
	memcpy(buf, head, sizeof(head) - 1);
	memcpy(buf + n - (size_t)k, end, (size_t)k);
	return span_of(buf, n);
}

static const size_t lengths[] = {
	60, 439, 440, 441, 442, 503, 504, 1000, BOUND_URI - 1, BOUND_URI};
enum {
	LENGTHS = sizeof(lengths) / sizeof(lengths[0]),
	EACH = 10,
};

static void
fill(struct bed *b, const char *repo)
{
	struct stage *st = bed_begin(b, repo, STAGE_WHOLE);
	uint8_t buf[BED_OCTETS];
	char uri[BOUND_URI + 1];

	for (unsigned i = 0; i < LENGTHS * EACH; i++) {
		struct stage_item item = {
			.uri = uri_of(lengths[i / EACH], i, uri),
			.bytes = bed_bytes(i, buf),
			.mtime = 1000 + i,
		};

		cr_assert_eq(b->ops->put(st, &item), 0, "%u", i);
	}
	(void)bed_commit(b, st, repo, 1);
}

Test(rows, uris_of_all_lengths)
{
	struct bed b = bed_new();
	struct bed_view v;
	uint8_t hash[32], want[32];
	char uri[BOUND_URI + 1];
	struct set set;

	fill(&b, A_REPO);
	bed_reopen(&b);
	v = bed_view(&b);
	set = bed_set(v.view, A_REPO);
	for (unsigned i = 0; i < LENGTHS * EACH; i++) {
		bed_object_hash(i, want);
		cr_assert_eq(reader_find(v.view, set,
				     uri_of(lengths[i / EACH], i, uri), hash),
			0, "%u", i);
		cr_expect_arr_eq(hash, want, 32);
		cr_expect_eq(
			reader_find(v.view, set,
				uri_of(lengths[i / EACH], i + 500, uri), hash),
			ERR_NOTFOUND);
	}
	memset(uri, 'u', BOUND_URI + 1);
	cr_expect_eq(
		reader_find(v.view, set, span_of(uri, BOUND_URI + 1), hash),
		ERR_NOTFOUND);
	bed_view_end(&v);
	bed_free(&b);
}

Test(rows, longer_ones_are_refused)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	char uri[BOUND_URI + 1];
	uint8_t buf[BED_OCTETS];
	struct stage_item item = {
		.uri = span_of(uri, BOUND_URI + 1),
		.bytes = bed_bytes(1, buf),
	};

	memset(uri, 'u', sizeof(uri));
	cr_expect_eq(b.ops->put(st, &item), ERR_LIMIT);
	b.ops->drop(st);
	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	cr_expect_eq(b.ops->take(st, item.uri, buf), ERR_NOTFOUND);
	b.ops->drop(st);
	bed_free(&b);
}

Test(rows, long_uris_are_taken_and_replaced)
{
	struct bed b = bed_new();
	struct stage *st;
	char uri[BOUND_URI + 1];
	uint8_t buf[BED_OCTETS], hash[32];
	struct stage_item item = {.old_hash = hash};
	struct bed_view v;

	fill(&b, A_REPO);
	st = bed_begin(&b, A_REPO, STAGE_CHANGES);
	for (unsigned i = 0; i < LENGTHS * EACH; i++) {
		item.uri = uri_of(lengths[i / EACH], i, uri);
		item.bytes = bed_bytes(i + 1000, buf);
		bed_object_hash(i, hash);
		cr_assert_eq(i % 2 == 0 ? b.ops->put(st, &item)
					: b.ops->take(st, item.uri, hash),
			0);
	}
	(void)bed_commit(&b, st, A_REPO, 2);
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), LENGTHS * EACH / 2);
	v = bed_view(&b);
	for (unsigned i = 0; i < LENGTHS * EACH; i++)
		cr_expect_eq(reader_find(v.view, bed_set(v.view, A_REPO),
				     uri_of(lengths[i / EACH], i, uri), hash),
			i % 2 == 0 ? 0 : ERR_NOTFOUND);
	bed_view_end(&v);
	bed_free(&b);
}

struct walked {
	unsigned count, stop_at;
	char last[BOUND_URI + 1];
	size_t n;
	int64_t mtimes;
};

static bool
take_walked(void *to, struct span uri, struct span bytes, int64_t mtime)
{
	struct walked *w = to;

	cr_assert_gt(bytes.n, 0);
	if (w->count == w->stop_at)
		return false;
	memcpy(w->last, uri.p, uri.n);
	w->last[uri.n] = '\0';
	w->n = uri.n;
	w->count++;
	w->mtimes += mtime;
	return true;
}

Test(rows, a_walk_goes_on_where_it_stopped)
{
	struct bed b = bed_new();
	struct walked w = {.stop_at = 0};
	unsigned before;

	fill(&b, A_REPO);
	fill(&b, B_REPO);
	do {
		before = w.count;
		w.stop_at += 7;
		/* Just behind the last one: an octet 0 more. */
		cr_assert_eq(
			b.ops->walk(b.ctx, (struct repo_id){REPO_RRDP, A_REPO},
				span_of(w.last, w.count == 0 ? 0 : w.n + 1),
				take_walked, &w),
			0);
	} while (w.count > before);
	cr_expect_eq(w.count, LENGTHS * EACH, "each, and each once");
	cr_expect_eq(w.mtimes,
		1000 * LENGTHS * EACH +
			LENGTHS * EACH * (LENGTHS * EACH - 1) / 2);
	w.count = 0;
	w.stop_at = 1000;
	cr_expect_eq(
		b.ops->walk(b.ctx, (struct repo_id){REPO_RRDP, "https://c/"},
			span_text(""), take_walked, &w),
		0);
	cr_expect_eq(w.count, 0);
	bed_free(&b);
}

Test(rows, a_folder_is_found_by_how_it_begins)
{
	struct bed b = bed_new();
	struct stage *st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	struct bed_view v;
	struct span uri;
	uint8_t hash[32];

	cr_assert_eq(bed_put(&b, st, "rsync://h/m/a", 1), 0);
	cr_assert_eq(bed_put(&b, st, "rsync://h/m/b/1", 2), 0);
	cr_assert_eq(bed_put(&b, st, "rsync://h/m/c", 3), 0);
	(void)bed_commit(&b, st, A_REPO, 1);
	v = bed_view(&b);
	cr_assert_eq(reader_next(v.view, bed_set(v.view, A_REPO),
			     span_text("rsync://h/m/b/"), &uri, hash),
		0);
	cr_expect(span_equal(uri, span_text("rsync://h/m/b/1")));
	cr_expect_eq(reader_next(v.view, bed_set(v.view, A_REPO),
			     span_text("rsync://h/m/d"), &uri, hash),
		ERR_NOTFOUND, "not another set's");
	bed_view_end(&v);
	bed_free(&b);
}

Test(rows, broken_ones_are_refused)
{
	struct crypto *c = crypto_new();
	char uri[BOUND_URI + 1];
	struct row row = {.size = 7, .mtime = -9}, got;
	struct row_change change = {.withdrawn = true, .delta = 3}, back;
	struct row_key key;
	uint8_t value[ROW_VALUE];
	size_t n, sizes[] = {30, 441};

	for (size_t i = 0; i < 2; i++) {
		row.uri = uri_of(sizes[i], 1, uri);
		memset(row.hash, 0xab, sizeof(row.hash));
		row_key(c, 99, row.uri, &key);
		cr_expect_eq(row_key_set(row_key_span(&key)), 99);
		n = row_write(&row, value);
		cr_assert_eq(
			row_read(row_key_span(&key), span_of(value, n), &got),
			0);
		cr_expect(span_equal(got.uri, row.uri) && got.size == 7 &&
			got.mtime == -9);
		cr_expect_eq(row_sum(&got), row_sum(&row));
		got.size++;
		cr_expect_neq(row_sum(&got), row_sum(&row));
		for (size_t k = 0; k < n; k++)
			cr_expect_eq(row_read(row_key_span(&key),
					     span_of(value, k), &got),
				sizes[i] == 441 && k > 441 + 44 - 1
					? 0
					: ERR_SYNTAX,
				"%zu of %zu", k, n);
		change.row = row;
		n = row_change_write(&change, value);
		cr_assert_eq(row_change_read(row_key_span(&key),
				     span_of(value, n), &back),
			0);
		cr_expect(back.withdrawn && back.delta == 3);
		value[0] = 2;
		cr_expect_eq(row_change_read(row_key_span(&key),
				     span_of(value, n), &back),
			ERR_SYNTAX);
	}
	crypto_free(c);
}
