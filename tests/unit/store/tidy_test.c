/*
 * tidy: what is dead goes, what is named or pinned stays.
 */
#include "tests/unit/store/bed.h"
#include "validator/store/pins.h"

/* Pin objects `from` to `to` as one point. */
static void
pin(struct bed *b, unsigned from, unsigned to)
{
	uint8_t(*files)[32] = calloc(to - from, 32);
	struct pin_entry e = {.key = {1}};
	struct pins *p;

	for (unsigned i = from; i < to; i++)
		bed_object_hash(i, files[i - from]);
	memcpy(e.pin.manifest, files[0], 32);
	e.pin.files = (const uint8_t(*)[32])(files + 1);
	e.pin.file_count = to - from - 1;
	e.pin.at = (struct wall){5000};
	cr_assert_eq(pins_open(b->folder.path, true, NULL, &p), 0);
	cr_assert_eq(pins_write(p, &e, 1, (struct wall){5000}), 0);
	pins_close(p);
	free(files);
}

/* Whether the octets of object `number` are there. */
static bool
stays(struct bed *b, unsigned number)
{
	struct bed_view v = bed_view(b);
	struct span got;
	uint8_t hash[32];
	int err;

	bed_object_hash(number, hash);
	err = reader_object(v.view, hash, &got);
	bed_view_end(&v);
	return err == 0;
}

Test(tidy, nothing_waits_in_a_new_store)
{
	struct bed b = bed_new();

	bed_tidy(&b);
	cr_expect_not(store_tidy(b.store));
	bed_free(&b);
}

Test(tidy, a_replaced_set_goes_with_what_only_it_named)
{
	struct bed b = bed_new();
	struct store_numbers n;
	uint64_t bytes = 0;
	uint8_t buf[BED_OCTETS];

	(void)bed_whole(&b, A_REPO, 0, 3000);
	(void)bed_whole(&b, B_REPO, 2000, 4000);
	(void)bed_whole(&b, A_REPO, 0, 1000);
	cr_expect_eq(bed_objects(&b), 4000);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 3000);
	cr_expect_eq(bed_rows(&b, A_REPO), 1000);
	cr_expect_eq(bed_rows(&b, B_REPO), 2000);
	for (unsigned i = 0; i < 4000; i++)
		if (i < 1000 || i >= 2000)
			bytes += bed_bytes(i, buf).n;
	cr_assert_eq(store_count(b.store, &n), 0);
	cr_expect_eq(n.object_bytes, bytes);
	cr_expect_eq(n.repositories, 2);
	bed_reopen(&b);
	cr_assert_eq(store_count(b.store, &n), 0);
	cr_expect_eq(n.objects, 3000);
	cr_expect_eq(n.object_bytes, bytes);
	bed_free(&b);
}

Test(tidy, what_is_pinned_stays)
{
	struct bed b = bed_new();

	(void)bed_whole(&b, A_REPO, 0, 100);
	pin(&b, 20, 40);
	(void)bed_whole(&b, A_REPO, 90, 100);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 30);
	for (unsigned i = 0; i < 100; i++)
		cr_expect_eq(
			stays(&b, i), (i >= 20 && i < 40) || i >= 90, "%u", i);
	bed_free(&b);
}

Test(tidy, pins_that_cannot_be_read_stop_collecting)
{
	struct bed b = bed_new();
	char path[256];
	FILE *f;

	(void)bed_whole(&b, A_REPO, 0, 100);
	pin(&b, 20, 40);
	f = fopen(folder_path(&b.folder, "engine.mdb", path), "r+");
	cr_assert_not_null(f);
	for (int i = 0; i < 20000; i++)
		(void)fputc(0xff, f);
	(void)fclose(f);
	(void)bed_whole(&b, A_REPO, 90, 100);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 100, "rather too much than too little");
	bed_free(&b);
}

Test(tidy, what_is_staged_stays)
{
	struct bed b = bed_new();
	struct stage *whole, *changes;
	char uri[128];

	(void)bed_whole(&b, A_REPO, 0, 20);
	(void)bed_whole(&b, B_REPO, 0, 20);
	whole = bed_begin(&b, A_REPO, STAGE_WHOLE);
	changes = bed_begin(&b, B_REPO, STAGE_CHANGES);
	bed_put_range(&b, whole, 100, 200);
	for (unsigned i = 200; i < 300; i++)
		cr_assert_eq(bed_put(&b, changes, bed_uri(i, uri), i), 0);
	bed_tidy(&b);
	(void)bed_commit(&b, whole, A_REPO, 2);
	(void)bed_commit(&b, changes, B_REPO, 2);
	cr_expect_eq(bed_rows(&b, A_REPO), 100);
	cr_expect_eq(bed_rows(&b, B_REPO), 120);
	bed_free(&b);
}

/* One slice of tidying between any two calls: a collection is under way most of
 * the time, and never takes what is put, named again, or named until then. */
Test(tidy, stages_go_on_while_it_collects)
{
	struct bed b = bed_new();
	char uri[128];

	for (unsigned round = 0; round < 12; round++) {
		struct stage *st;

		bed_reopen(&b); /* lets the next collection begin at once */
		st = bed_begin(&b, A_REPO, STAGE_WHOLE);
		for (unsigned i = 0; i < 200; i++) {
			unsigned n = round % 3 * 100 + i;

			cr_assert_eq(bed_put(&b, st, bed_uri(n, uri), n), 0);
			if (i % (round + 1) == 0)
				(void)store_tidy(b.store);
		}
		(void)bed_commit(&b, st, A_REPO, round + 1);
		(void)store_tidy(b.store);
		st = bed_begin(&b, A_REPO, STAGE_CHANGES);
		for (unsigned i = 0; i < 100; i++) {
			unsigned n = round % 3 * 100 + i;

			cr_assert_eq(bed_take(&b, st, bed_uri(n, uri), n), 0);
			cr_assert_eq(
				bed_put(&b, st, bed_uri(n + 700, uri), n + 700),
				0);
			(void)store_tidy(b.store);
		}
		(void)bed_commit(&b, st, A_REPO, round + 2);
		cr_assert_eq(bed_rows(&b, A_REPO), 200);
		bed_tidy(&b);
		cr_assert_eq(bed_rows(&b, A_REPO), 200, "round %u", round);
	}
	bed_reopen(&b);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 200);
	bed_free(&b);
}

/* An object that nobody names is named again after so many slices: whatever the
 * collection was at, it stays. */
static void
name_again(unsigned slices, enum stage_kind kind)
{
	struct bed b = bed_new();
	struct stage *st;
	char uri[128];

	(void)bed_whole(&b, A_REPO, 0, 20);
	(void)bed_whole(&b, A_REPO, 0, 10);
	bed_reopen(&b);
	for (unsigned i = 0; i < slices; i++)
		(void)store_tidy(b.store);
	st = bed_begin(&b, A_REPO, kind);
	for (unsigned i = kind == STAGE_WHOLE ? 0 : 15; i < 20; i++)
		cr_assert_eq(bed_put(&b, st, bed_uri(i, uri), i), 0);
	(void)store_tidy(b.store);
	(void)bed_commit(&b, st, A_REPO, 2);
	bed_tidy(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), kind == STAGE_WHOLE ? 20 : 15,
		"after %u slices", slices);
	bed_free(&b);
}

Test(tidy, what_is_named_again_stays)
{
	for (unsigned slices = 0; slices < 8; slices++) {
		name_again(slices, STAGE_WHOLE);
		name_again(slices, STAGE_CHANGES);
	}
}

/* A run that begins while a collection goes on may pin what was named then,
 * though it is withdrawn before the collection comes to it. */
Test(tidy, what_is_withdrawn_meanwhile_stays)
{
	for (unsigned slices = 1; slices < 6; slices++) {
		struct bed b = bed_new();
		struct stage *st;
		char uri[128];

		(void)bed_whole(&b, A_REPO, 0, 20);
		for (unsigned i = 0; i < slices; i++)
			(void)store_tidy(b.store);
		st = bed_begin(&b, A_REPO, STAGE_CHANGES);
		cr_assert_eq(bed_take(&b, st, bed_uri(3, uri), 3), 0);
		(void)bed_commit(&b, st, A_REPO, 2);
		bed_tidy(&b);
		if (slices < 3)
			cr_expect(stays(&b, 3), "after %u slices", slices);
		bed_free(&b);
	}
}

Test(tidy, a_run_that_still_reads_is_waited_for)
{
	struct bed b = bed_new();
	struct bed_view v;
	struct span uri, got, from = span_of(NULL, 0);
	uint8_t hash[32], behind[256];
	size_t n = 0;

	(void)bed_whole(&b, A_REPO, 0, 100);
	bed_tidy(&b);
	bed_reopen(&b);
	bed_tidy(&b);
	bed_reopen(&b);
	v = bed_view(&b);
	(void)bed_whole(&b, A_REPO, 100, 110);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 110, "it may pin what it has read");
	while (reader_next(v.view, bed_set(v.view, A_REPO), from, &uri, hash) ==
		0) {
		cr_assert_eq(reader_object(v.view, hash, &got), 0);
		memcpy(behind, uri.p, uri.n);
		behind[uri.n] = 0;
		from = span_of(behind, uri.n + 1);
		n++;
	}
	cr_expect_eq(n, 100, "a view is of one moment");
	bed_view_end(&v);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 10);
	bed_free(&b);
}

Test(tidy, what_was_staged_at_the_end_is_dead_at_the_start)
{
	struct bed b = bed_new();
	struct stage *st;

	(void)bed_whole(&b, A_REPO, 0, 100);
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	/* More than one batch: it is in the file. */
	bed_put_range(&b, st, 100, 9000);
	bed_reopen(&b);
	cr_expect_gt(bed_objects(&b), 100);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 100);
	cr_expect_eq(bed_rows(&b, A_REPO), 100);
	bed_free(&b);
}

/* Flip a bit of the octets of object `number` in the file. */
static void
flip_object(struct bed *b, unsigned number)
{
	uint8_t buf[BED_OCTETS];
	struct span want = bed_bytes(number, buf);
	char path[256];
	uint8_t *all;
	size_t n;
	FILE *f = fopen(folder_path(&b->folder, "objects.mdb", path), "r+");

	cr_assert_not_null(f);
	(void)fseek(f, 0, SEEK_END);
	n = (size_t)ftell(f);
	all = malloc(n);
	rewind(f);
	cr_assert_eq(fread(all, 1, n, f), n);
	for (size_t i = 0; i + want.n <= n; i++) {
		if (memcmp(all + i, want.p, want.n) != 0)
			continue;
		(void)fseek(f, (long)i + 50, SEEK_SET);
		(void)fputc(all[i + 50] ^ 1, f);
	}
	(void)fclose(f);
	free(all);
}

static uint8_t
hashes_of(unsigned number, uint8_t out[1][32])
{
	bed_object_hash(number, out[0]);
	return 0;
}

Test(tidy, a_damaged_object_is_mended)
{
	struct bed b = bed_new();
	uint8_t lost[1][32], hash[32];
	struct bed_view v;
	struct repo_record r;
	struct stage *st;
	char uri[128];

	(void)bed_whole(&b, A_REPO, 0, 50);
	(void)bed_whole(&b, B_REPO, 40, 60);
	store_close(b.store);
	flip_object(&b, 10);
	bed_open(&b);
	v = bed_view(&b);
	cr_expect_eq(
		bed_look(v.view, A_REPO, bed_uri(10, uri), hash), ERR_CHECKSUM);
	bed_view_end(&v);
	(void)hashes_of(10, lost);
	cr_assert_eq(store_damaged(b.store, (const uint8_t(*)[32])lost, 1), 0);
	v = bed_view(&b);
	cr_expect_eq(
		bed_look(v.view, A_REPO, bed_uri(10, uri), hash), ERR_NOTFOUND);
	bed_view_end(&v);
	r = bed_load(&b, A_REPO);
	cr_expect_str_eq(r.session, "", "it begins anew");
	cr_expect(r.serial == 0 && r.etag[0] == '\0' && r.delta_count == 0);
	cr_expect_eq(r.success.s, 2000, "and keeps its past");
	r = bed_load(&b, B_REPO);
	cr_expect_neq(r.session[0], '\0', "another one is left alone");
	st = bed_begin(&b, A_REPO, STAGE_WHOLE);
	bed_put_range(&b, st, 0, 50);
	cr_expect(bed_commit(&b, st, A_REPO, 2).changed,
		"the same set, but now it can be read");
	cr_expect_eq(bed_rows(&b, A_REPO), 50);
	bed_free(&b);
}

Test(tidy, sound_objects_are_left_alone)
{
	struct bed b = bed_new();
	uint8_t lost[1][32];

	(void)bed_whole(&b, A_REPO, 0, 50);
	(void)hashes_of(10, lost);
	cr_expect_eq(store_damaged(b.store, (const uint8_t(*)[32])lost, 1), 0);
	cr_expect_neq(bed_load(&b, A_REPO).session[0], '\0');
	(void)hashes_of(1000, lost); /* nobody's */
	cr_expect_eq(store_damaged(b.store, (const uint8_t(*)[32])lost, 1), 0);
	cr_expect_neq(bed_load(&b, A_REPO).session[0], '\0');
	cr_expect_eq(store_damaged(b.store, NULL, 0), 0);
	bed_free(&b);
}

Test(tidy, stages_that_count_on_what_is_lost_end)
{
	struct bed b = bed_new();
	uint8_t lost[1][32];
	struct stage *changes, *whole, *other;
	struct repo_record r;
	struct stage_end end;

	(void)bed_whole(&b, A_REPO, 0, 50);
	(void)bed_whole(&b, "https://c/", 100, 110);
	store_close(b.store);
	flip_object(&b, 10);
	bed_open(&b);
	changes = bed_begin(&b, A_REPO, STAGE_CHANGES);
	whole = bed_begin(&b, B_REPO, STAGE_WHOLE);
	bed_put_range(&b, whole, 5, 15);
	other = bed_begin(&b, "https://c/", STAGE_CHANGES);
	(void)hashes_of(10, lost);
	cr_assert_eq(store_damaged(b.store, (const uint8_t(*)[32])lost, 1), 0);
	r = bed_record(A_REPO, 2);
	cr_expect_eq(b.ops->commit(changes, &r, &end), ERR_CHECKSUM);
	r = bed_record(B_REPO, 2);
	cr_expect_eq(b.ops->commit(whole, &r, &end), ERR_CHECKSUM);
	(void)bed_commit(&b, other, "https://c/", 2);
	bed_free(&b);
}
