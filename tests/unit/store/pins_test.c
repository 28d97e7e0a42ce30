/*
 * pins: the last good version of each point.
 */
#include <fcntl.h>

#include "tests/unit/store/bed.h"
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
