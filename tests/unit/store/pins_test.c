/*
 * pins: the last good version of each point.
 */
#include <fcntl.h>

#include "tests/unit/store/bed.h"
#include "validator/store/env.h"
#include "validator/store/pins.h"

enum {
	FILES = 300,
};

/* Point `number`, with so many files. */
static struct pin_entry
entry(unsigned number, size_t files, int64_t at)
{
	static uint8_t hashes[1024][32];
	struct pin_entry e = {.pin.at = {at}};

	for (unsigned i = 0; i < files; i++)
		bed_object_hash(number * 1000 + i, hashes[i]);
	bed_object_hash(number, e.key);
	bed_object_hash(number + 1, e.pin.manifest);
	e.pin.files = (const uint8_t(*)[32])hashes;
	e.pin.file_count = files;
	return e;
}

static struct pins *
open_pins(const struct folder *f)
{
	struct pins *p;

	cr_assert_eq(pins_open(f->path, true, NULL, &p), 0);
	return p;
}

static void
write_one(struct pins *p, unsigned number, size_t files, int64_t at)
{
	struct pin_entry e = entry(number, files, at);

	cr_assert_eq(pins_write(p, &e, 1, (struct wall){at}), 0);
}

/* The time of a point's pin; INT64_MIN: none. */
static int64_t
find(struct pins *p, unsigned number, size_t files)
{
	struct pin_entry want = entry(number, files, 0);
	struct pins_view *v;
	struct pin got;
	int err;

	cr_assert_eq(pins_begin(p, &v, 1), 0);
	err = pins_find(v, want.key, &got);
	if (err == 0) {
		cr_expect_arr_eq(got.manifest, want.pin.manifest, 32);
		cr_expect_eq(got.file_count, files);
		cr_expect_eq(memcmp(got.files, want.pin.files, files * 32), 0);
	}
	pins_end(v);
	return err == 0 ? got.at.s : INT64_MIN;
}

Test(pins, are_found_again)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f);

	for (unsigned i = 0; i < 20; i++)
		write_one(p, i, i * 15, 1000);
	pins_close(p);
	cr_assert_eq(pins_open(f.path, false, NULL, &p), 0);
	for (unsigned i = 0; i < 20; i++)
		cr_expect_eq(find(p, i, i * 15), 1000);
	cr_expect_eq(find(p, 99, 0), INT64_MIN);
	pins_close(p);
	pins_close(NULL);
	folder_free(&f);
}

static off_t
size_of(const struct folder *f)
{
	char path[256];
	struct stat s;

	cr_assert_eq(stat(folder_path(f, "engine.mdb", path), &s), 0);
	return s.st_size;
}

Test(pins, equal_ones_are_not_written)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f);
	off_t size;

	write_one(p, 1, FILES, 10000);
	write_one(p, 1, FILES, 10000 + 3599);
	cr_expect_eq(find(p, 1, FILES), 10000);
	write_one(p, 1, FILES, 10000 + 3600);
	cr_expect_eq(find(p, 1, FILES), 13600, "but once an hour");
	write_one(p, 1, FILES - 1, 13601);
	cr_expect_eq(find(p, 1, FILES - 1), 13601, "or when they differ");
	size = size_of(&f);
	for (int i = 0; i < 20; i++)
		write_one(p, 1, FILES - 1, 13602);
	cr_expect_eq(size_of(&f), size);
	pins_close(p);
	folder_free(&f);
}

Test(pins, old_ones_are_forgotten)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f);

	write_one(p, 1, 3, 1000);
	write_one(p, 2, 3, 2000);
	write_one(p, 3, 3, 1000 + BOUND_PIN_S);
	cr_expect_eq(find(p, 1, 3), 1000, "to the second");
	write_one(p, 3, 3, 1900 + BOUND_PIN_S);
	cr_expect_eq(find(p, 1, 3), 1000, "looked for once an hour");
	write_one(p, 3, 3, 1000 + 3600 + BOUND_PIN_S);
	cr_expect_eq(find(p, 1, 3), INT64_MIN);
	cr_expect_eq(find(p, 2, 3), INT64_MIN);
	cr_expect_neq(find(p, 3, 3), INT64_MIN);
	pins_close(p);
	folder_free(&f);
}

/* A run in which nothing holds knows nothing of time. */
Test(pins, a_clock_that_jumps_forgets_nothing)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f);

	write_one(p, 1, 3, 1000);
	cr_assert_eq(pins_write(p, NULL, 0,
			     (struct wall){1000 + 400 * (int64_t)86400}),
		0);
	cr_expect_eq(find(p, 1, 3), 1000);
	pins_close(p);
	folder_free(&f);
}

struct counted {
	size_t n, stop_at;
};

static bool
count_hash(void *to, const uint8_t hash[32])
{
	struct counted *c = to;

	(void)hash;
	return ++c->n != c->stop_at;
}

Test(pins, every_hash_is_told)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f);
	struct counted all = {0}, some = {.stop_at = 7};
	struct pins_view *views[3];

	write_one(p, 1, 10, 1000);
	write_one(p, 2, 0, 1000);
	cr_assert_eq(pins_begin(p, views, 3), 0);
	write_one(p, 3, 5, 1000);
	for (int i = 0; i < 3; i++) {
		all.n = 0;
		cr_assert_eq(pins_each(views[i], count_hash, &all), 0);
		cr_expect_eq(all.n, 12, "of the moment of the view");
	}
	cr_assert_eq(pins_each(views[0], count_hash, &some), 0);
	cr_expect_eq(some.n, 7);
	for (int i = 0; i < 3; i++)
		pins_end(views[i]);
	pins_close(p);
	folder_free(&f);
}

Test(pins, one_writes_at_a_time)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f), *second;

	cr_expect_eq(pins_open(f.path, true, NULL, &second), ERR_LOCKED);
	pins_close(p);
	p = open_pins(&f);
	pins_close(p);
	folder_free(&f);
}

Test(pins, there_may_be_none)
{
	struct folder f = folder_new();
	struct pins *p;

	cr_expect_eq(pins_open(f.path, false, NULL, &p), ERR_NOTFOUND);
	cr_expect_neq(pins_open("/dev/null/x", true, NULL, &p), 0);
	folder_free(&f);
}

Test(pins, damage_is_set_aside_by_who_writes)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f);
	char path[256];
	unsigned good = 0, lost = 0, altered;
	uint8_t octet;
	off_t size;
	int fd, err;

	for (unsigned i = 0; i < 20; i++)
		write_one(p, i, 10, 1000);
	pins_close(p);
	size = size_of(&f);
	fd = open(folder_path(&f, "engine.mdb", path), O_RDWR);
	for (off_t at = 11; at < size; at += 997) {
		cr_assert_eq(pread(fd, &octet, 1, at), 1);
		octet ^= 4;
		cr_assert_eq(pwrite(fd, &octet, 1, at), 1);
		altered = 0;
		err = pins_open(f.path, false, NULL, &p);
		cr_assert(
			err == 0 || err == ERR_CHECKSUM || err == ERR_NOTFOUND,
			"%d", err);
		good += err == 0;
		/* A row of which octets were altered is none; the others
		 * are as they were. */
		for (unsigned i = 0; err == 0 && i < 20; i++)
			cr_assert(find(p, i, 10) == 1000 || altered++ < 1);
		lost += altered + (err != 0);
		if (err == 0)
			pins_close(p);
		octet ^= 4;
		cr_assert_eq(pwrite(fd, &octet, 1, at), 1);
	}
	cr_expect_gt(good, 0);
	cr_expect_gt(lost, 0);
	cr_assert_eq(ftruncate(fd, size / 2), 0);
	(void)close(fd);
	p = open_pins(&f);
	cr_expect_eq(
		access(folder_path(&f, "engine.mdb.damaged", path), F_OK), 0);
	write_one(p, 1, 3, 1000);
	cr_expect_eq(find(p, 1, 3), 1000);
	pins_close(p);
	folder_free(&f);
}

/* A file as the first format had it: time, sum, hashes. */
static void
write_first(const struct folder *f, unsigned points)
{
	struct pin_entry e;
	uint8_t row[16 + 32 * 4], number[8] = {1};
	char path[256];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi meta, table;

	cr_assert_eq(env_open(folder_path(f, "engine.mdb", path), 1 << 24, true,
			     &env),
		0);
	cr_assert_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	cr_assert_eq(mdb_dbi_open(txn, "meta", MDB_CREATE, &meta), 0);
	cr_assert_eq(mdb_dbi_open(txn, "points", MDB_CREATE, &table), 0);
	for (unsigned i = 0; i < points; i++) {
		MDB_val key, value = {sizeof(row), row};
		int64_t at = 1000;
		uint64_t h = (uint64_t)at ^ (32 * 4), word;

		e = entry(i, 3, at);
		memcpy(row, &at, 8);
		memcpy(row + 16, e.pin.manifest, 32);
		memcpy(row + 48, e.pin.files, 96);
		for (size_t j = 0; j < 32 + 128; j += 8) {
			memcpy(&word, j < 32 ? e.key + j : row + 16 + j - 32,
				8);
			h = (h ^ word) * 0x9e3779b97f4a7c15U;
			h ^= h >> 32;
		}
		memcpy(row + 8, &h, 8);
		key = env_val(span_of(e.key, 32));
		cr_assert_eq(mdb_put(txn, table, &key, &value, 0), 0);
	}
	{
		MDB_val key = env_val(span_text("format"));
		MDB_val value = {8, number};

		cr_assert_eq(mdb_put(txn, meta, &key, &value, 0), 0);
	}
	cr_assert_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

Test(pins, of_the_first_format_are_kept)
{
	struct folder f = folder_new();
	struct counted all = {0};
	struct pins_view *v;
	struct pins *p;
	struct pin pin;
	struct pin_entry e = entry(7, 3, 0);

	write_first(&f, 500);
	/* Who only reads finds them too. */
	cr_assert_eq(pins_open(f.path, false, NULL, &p), 0);
	for (unsigned i = 0; i < 500; i++)
		cr_expect_eq(find(p, i, 3), 1000);
	cr_assert_eq(pins_begin(p, &v, 1), 0);
	cr_assert_eq(pins_each(v, count_hash, &all), 0);
	cr_expect_eq(all.n, 500 * 4);
	pins_end(v);
	pins_close(p);
	p = open_pins(&f);
	for (unsigned i = 0; i < 500; i++)
		cr_expect_eq(find(p, i, 3), 1000);
	cr_assert_eq(pins_begin(p, &v, 1), 0);
	cr_assert_eq(pins_find(v, e.key, &pin), 0);
	cr_expect(!pin.has_number && pin.memory.n == 0);
	pins_end(v);
	write_one(p, 7, 4, 2000);
	cr_expect_eq(find(p, 7, 4), 2000);
	pins_close(p);
	p = open_pins(&f);
	cr_expect_eq(find(p, 8, 3), 1000, "once is enough");
	pins_close(p);
	folder_free(&f);
}

/* Number, time of issue and memory come back; a new memory of the same files
 * leaves the time as it is. */
Test(pins, say_all_that_they_were_told)
{
	struct folder f = folder_new();
	struct pins *p = open_pins(&f);
	struct pin_entry e = entry(1, 5, 1000), late;
	struct pins_view *v;
	struct pin got;

	e.pin.has_number = true;
	e.pin.this_update.s = -5;
	memset(e.pin.number, 0xab, sizeof(e.pin.number));
	e.pin.memory = span_text("what came of it, 21 o");
	cr_assert_eq(pins_write(p, &e, 1, (struct wall){1000}), 0);
	e.pin.at.s = 2000;
	e.pin.memory = span_text("another");
	cr_assert_eq(pins_write(p, &e, 1, (struct wall){2000}), 0);
	late = (struct pin_entry){.renews = true, .pin.at = {1000 + 3600}};
	memcpy(late.key, e.key, 32);
	cr_assert_eq(pins_begin(p, &v, 1), 0);
	cr_assert_eq(pins_find(v, e.key, &got), 0);
	cr_expect(got.has_number && got.this_update.s == -5);
	cr_expect_arr_eq(got.number, e.pin.number, PIN_NUMBER);
	cr_expect(span_equal(got.memory, span_text("another")));
	cr_expect_eq(got.at.s, 1000);
	cr_expect_eq(pins_time(v, e.key, &got).s, 1000);
	pins_end(v);
	cr_assert_eq(pins_write(p, &late, 1, (struct wall){4600}), 0);
	cr_assert_eq(pins_begin(p, &v, 1), 0);
	cr_assert_eq(pins_find(v, e.key, &got), 0);
	cr_expect_eq(pins_time(v, e.key, &got).s, 4600);
	cr_expect(span_equal(got.memory, span_text("another")));
	pins_end(v);
	pins_close(p);
	folder_free(&f);
}
