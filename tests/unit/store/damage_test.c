/*
 * damage: whatever stands in the file, opening it ends well: with the same
 * sets, or with an empty store and the old file beside it; and reading it gives
 * what was put, or an error.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/store/bed.h"

enum {
	SET = 300,
	FLIPS = 200,
	CUTS = 60,
};

struct image {
	uint8_t *octets;
	size_t n;
};

/* A store with all kinds of rows: two sets, a dead one, staged ones. */
static struct image
make_image(void)
{
	struct bed b = bed_new();
	struct image image;
	struct stage *st;
	char path[256], uri[128];
	FILE *f;

	(void)bed_whole(&b, B_REPO, 400, 500);
	(void)bed_whole(&b, A_REPO, 0, SET);
	st = bed_begin(&b, B_REPO, STAGE_CHANGES);
	for (unsigned i = 400; i < 450; i++)
		cr_assert_eq(bed_take(&b, st, bed_uri(i, uri), i), 0);
	(void)bed_commit(&b, st, B_REPO, 2);
	st = bed_begin(&b, "https://c/", STAGE_WHOLE);
	bed_put_range(&b, st, 600, 650);
	(void)bed_whole(&b, "https://d/", 0, 5);
	store_close(b.store);
	f = fopen(folder_path(&b.folder, "objects.mdb", path), "r");
	cr_assert_not_null(f);
	(void)fseek(f, 0, SEEK_END);
	image.n = (size_t)ftell(f);
	rewind(f);
	image.octets = malloc(image.n);
	cr_assert_eq(fread(image.octets, 1, image.n, f), image.n);
	(void)fclose(f);
	arena_free(b.arena);
	folder_free(&b.folder);
	return image;
}

static void
put_image(const struct folder *f, const uint8_t *p, size_t n)
{
	char path[256];
	int fd = open(folder_path(f, "objects.mdb", path),
		O_WRONLY | O_CREAT | O_TRUNC, 0644);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, p, n), (ssize_t)n);
	(void)close(fd);
}

/* Each URI of a set of which `count` objects are known has its object, or an
 * error where the disk has altered octets.  How many errors. */
static unsigned
count_broken(
	struct reader_view *v, const char *repo, unsigned from, unsigned to)
{
	uint8_t hash[32] = {0}, want[32];
	unsigned broken = 0;
	char uri[128];
	int err;

	for (unsigned i = from; i < to; i++) {
		err = bed_look(v, repo, bed_uri(i, uri), hash);
		cr_assert(
			err == 0 || err == ERR_CHECKSUM || err == ERR_NOTFOUND,
			"%s: %d", uri, err);
		broken += err != 0;
		bed_object_hash(i, want);
		cr_assert_arr_eq(hash, want, 32);
	}
	return broken;
}

enum outcome {
	SAME,
	DETECTED, /* by the hash of an object */
	ASIDE, /* by the opener */
};

/* In a process of its own: the test has to tell of what the opener let in. */
static enum outcome
look_inside(struct bed *b)
{
	struct repo_record r;
	struct bed_view v;
	unsigned broken;

	if (b->ops->load(b->ctx, REPO_RRDP, A_REPO, b->arena, &r) != 0)
		return ASIDE;
	v = bed_view(b);
	broken = count_broken(v.view, A_REPO, 0, SET) +
		count_broken(v.view, B_REPO, 450, 500);
	bed_view_end(&v);
	return broken == 0 ? SAME : DETECTED;
}

static enum outcome
open_damaged(const uint8_t *p, size_t n)
{
	struct bed b = {
		.folder = folder_new(),
		.budget = (uint64_t)64 << 20,
		.arena = arena_new(65536),
	};
	char path[256];
	enum outcome outcome;
	bool is_aside;

	put_image(&b.folder, p, n);
	bed_open(&b);
	is_aside = access(folder_path(&b.folder, "objects.mdb.damaged", path),
			   F_OK) == 0;
	outcome = look_inside(&b);
	cr_assert(is_aside || outcome != ASIDE);
	cr_assert_eq(is_aside, outcome == ASIDE);
	/* It goes on in any case. */
	(void)bed_whole(&b, "https://e/", 700, 710);
	cr_assert_eq(bed_rows(&b, "https://e/"), 10);
	bed_free(&b);
	return outcome;
}

Test(damage, a_flipped_octet_anywhere)
{
	struct image image = make_image();
	unsigned seed = 1, counts[3] = {0};

	for (unsigned i = 0; i < FLIPS; i++) {
		size_t at;
		uint8_t was;

		seed = seed * 1664525U + 1013904223U;
		at = (size_t)(seed >> 4) % image.n;
		if (i % 3 == 0)
			at = at % 24576; /* the first pages count most */
		if (i % 3 == 1)
			at = at / 4096 * 4096 + at % 32; /* and the heads */
		was = image.octets[at];
		image.octets[at] ^= (uint8_t)(1U << (seed & 7));
		counts[open_damaged(image.octets, image.n)]++;
		image.octets[at] = was;
	}
	cr_expect_gt(counts[SAME], 0);
	cr_expect_gt(counts[DETECTED], 0);
	cr_expect_gt(counts[ASIDE], 0);
	free(image.octets);
}

/* Where a row, or an object's key, has a hash. */
Test(damage, a_flipped_bit_of_a_hash)
{
	struct image image = make_image();
	unsigned counts[3] = {0};
	uint8_t hash[32];

	for (unsigned number = 0; number < 5; number++) {
		bed_object_hash(number, hash);
		for (size_t i = 0; i + 32 <= image.n; i++) {
			if (memcmp(image.octets + i, hash, 32) != 0)
				continue;
			image.octets[i + 20] ^= 1;
			counts[open_damaged(image.octets, image.n)]++;
			image.octets[i + 20] ^= 1;
		}
	}
	cr_expect_geq(counts[ASIDE], 5, "each row of a set");
	free(image.octets);
}

Test(damage, a_page_of_nothing_anywhere)
{
	struct image image = make_image();
	uint8_t was[4096];
	unsigned counts[3] = {0};

	for (size_t at = 0; at + 4096 <= image.n; at += 4096 * 7) {
		memcpy(was, image.octets + at, 4096);
		memset(image.octets + at, 0, 4096);
		counts[open_damaged(image.octets, image.n)]++;
		memcpy(image.octets + at, was, 4096);
	}
	cr_expect_gt(counts[DETECTED], 0);
	free(image.octets);
}

Test(damage, cut_short_anywhere)
{
	struct image image = make_image();
	unsigned counts[3] = {0};

	for (unsigned i = 1; i < CUTS; i++)
		counts[open_damaged(image.octets, i * image.n / CUTS + i)]++;
	cr_expect_gt(counts[ASIDE], CUTS / 2);
	free(image.octets);
}

Test(damage, another_file_is_kept_beside)
{
	static const char text[] = "this is not a store, but it is somebody's";
	struct folder f = folder_new();
	struct store_config config = {.folder = f.path};
	struct reader_file *r;
	struct store *s;
	char why[256], path[256], back[sizeof(text)];
	FILE *file;

	put_image(&f, (const uint8_t *)text, sizeof(text));
	cr_expect_eq(reader_open(f.path, &r), ERR_CHECKSUM);
	cr_assert_eq(store_open(&config, &s, why), 0, "%s", why);
	store_close(s);
	file = fopen(folder_path(&f, "objects.mdb.damaged", path), "r");
	cr_assert_not_null(file);
	cr_expect_eq(fread(back, 1, sizeof(back), file), sizeof(back));
	cr_expect_arr_eq(back, text, sizeof(text));
	(void)fclose(file);
	folder_free(&f);
}

/* Flip what `find` shows in the image and open: P15, another version. */
Test(damage, another_version_is_set_aside)
{
	struct image image = make_image();
	size_t found = 0;

	for (size_t i = 0; i + 10 < image.n; i++) {
		if (memcmp(image.octets + i, "format\1\0\0\0", 10) == 0) {
			image.octets[i + 6] = 2;
			found++;
		}
	}
	cr_assert_gt(found, 0);
	cr_expect_eq(open_damaged(image.octets, image.n), ASIDE);
	free(image.octets);
}

Test(damage, a_lock_file_of_anything_is_no_matter)
{
	struct bed b = bed_new();
	char path[256];
	FILE *f;

	(void)bed_whole(&b, A_REPO, 0, 10);
	store_close(b.store);
	f = fopen(folder_path(&b.folder, "objects.mdb-lock", path), "r+");
	cr_assert_not_null(f);
	for (int i = 0; i < 8192; i++)
		(void)fputc(i * 7, f);
	(void)fclose(f);
	bed_open(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), 10);
	bed_free(&b);
}

Test(damage, a_lost_file_is_an_empty_store)
{
	struct bed b = bed_new();
	char path[256];

	(void)bed_whole(&b, A_REPO, 0, 10);
	store_close(b.store);
	cr_assert_eq(unlink(folder_path(&b.folder, "objects.mdb", path)), 0);
	bed_open(&b);
	cr_expect_eq(bed_objects(&b), 0);
	(void)bed_whole(&b, A_REPO, 0, 10);
	bed_reopen(&b);
	cr_expect_eq(bed_rows(&b, A_REPO), 10);
	bed_free(&b);
}
