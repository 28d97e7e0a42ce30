/*
 * holds: whether files lie in a folder, by a walk through a set.
 */
#include "tests/unit/store/bed.h"

#define FOLDER "rsync://a.example/m/ca/"

enum {
	FILES = 40
};

/* Files of a CA, among those of others: before, behind, and below it. */
struct den {
	struct bed bed;
	char names[FILES][16];
	uint8_t hashes[FILES][32];
	struct set_file files[FILES];
};

static void
put(struct bed *b, struct stage *st, const char *folder, const char *name,
	unsigned number)
{
	char uri[512];

	(void)snprintf(uri, sizeof(uri), "%s%s", folder, name);
	cr_assert_eq(bed_put(b, st, uri, number), 0);
}

static struct den *
den_new(const char *folder)
{
	struct den *d = calloc(1, sizeof(*d));
	char other[64];
	struct stage *st;

	d->bed = bed_new();
	st = bed_begin(&d->bed, A_REPO, STAGE_WHOLE);
	for (unsigned i = 0; i < FILES; i++) {
		(void)snprintf(
			d->names[i], sizeof(d->names[i]), "f%02u.roa", i);
		put(&d->bed, st, folder, d->names[i], i);
		bed_object_hash(i, d->hashes[i]);
		d->files[i] =
			(struct set_file){span_text(d->names[i]), d->hashes[i]};
	}
	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(other, sizeof(other), "f07/%u.roa", i);
		put(&d->bed, st, folder, other, 1000 + i);
		(void)snprintf(other, sizeof(other), "f08-%u.roa", i);
		put(&d->bed, st, folder, other, 1200 + i);
		(void)snprintf(other, sizeof(other), "a%u.roa", i);
		put(&d->bed, st, folder, other, 1400 + i);
	}
	put(&d->bed, st, "rsync://a.example/m/c/", "f01.roa", 1);
	put(&d->bed, st, "rsync://a.example/m/z/", "f01.roa", 1);
	(void)bed_commit(&d->bed, st, A_REPO, 1);
	return d;
}

static void
den_free(struct den *d)
{
	bed_free(&d->bed);
	free(d);
}

static int
holds(struct den *d, const char *folder, size_t from, size_t n)
{
	struct bed_view v = bed_view(&d->bed);
	int err = reader_holds(v.view, bed_set(v.view, A_REPO),
		span_text(folder), d->files + from, n);

	bed_view_end(&v);
	return err;
}

static void
expect_all(const char *folder)
{
	struct den *d = den_new(folder);
	uint8_t octet;

	cr_expect_eq(holds(d, folder, 0, FILES), 0);
	for (size_t i = 0; i < FILES; i++)
		cr_expect_eq(holds(d, folder, i, FILES - i), 0, "%zu", i);
	cr_expect_eq(holds(d, folder, 3, 0), 0);
	for (size_t i = 0; i < FILES; i++) {
		octet = d->hashes[i][31];
		d->hashes[i][31] ^= 1;
		cr_expect_eq(holds(d, folder, 0, FILES), ERR_NOTFOUND);
		d->hashes[i][31] = octet;
		octet = (uint8_t)d->names[i][3];
		d->names[i][3] = 'x';
		cr_expect_eq(holds(d, folder, 0, FILES), ERR_NOTFOUND);
		d->names[i][3] = (char)octet;
	}
	cr_expect_eq(holds(d, "rsync://a.example/m/", 0, 1), ERR_NOTFOUND);
	cr_expect_eq(holds(d, "rsync://zzz.example/", 0, 1), ERR_NOTFOUND);
	den_free(d);
}

Test(holds, all_or_not)
{
	expect_all(FOLDER);
}

/* Keys of long names are cut, and in another order. */
Test(holds, long_folders_too)
{
	char folder[300] = FOLDER;

	memset(folder + strlen(folder), 'x', 250);
	folder[strlen(FOLDER) + 250] = '/';
	folder[strlen(FOLDER) + 251] = '\0';
	expect_all(folder);
}

Test(holds, nothing_is_in_no_set)
{
	struct den *d = den_new(FOLDER);
	struct bed_view v = bed_view(&d->bed);

	cr_expect_eq(reader_holds(v.view, (struct set){0}, span_text(FOLDER),
			     d->files, 1),
		ERR_NOTFOUND);
	cr_expect(reader_has(v.view, d->hashes[0]));
	d->hashes[0][0] ^= 1;
	cr_expect(!reader_has(v.view, d->hashes[0]));
	bed_view_end(&v);
	den_free(d);
}

/* The stamp of a set is another one as soon as anything of it is. */
Test(holds, a_stamp_is_of_one_state)
{
	struct den *d = den_new(FOLDER);
	struct bed_view v = bed_view(&d->bed);
	struct set first = bed_set(v.view, A_REPO), second;
	struct stage *st;

	bed_view_end(&v);
	v = bed_view(&d->bed);
	second = bed_set(v.view, A_REPO);
	bed_view_end(&v);
	cr_expect_arr_eq(first.stamp, second.stamp, 32);
	st = bed_begin(&d->bed, A_REPO, STAGE_CHANGES);
	put(&d->bed, st, FOLDER, "new.roa", 77);
	(void)bed_commit(&d->bed, st, A_REPO, 2);
	v = bed_view(&d->bed);
	second = bed_set(v.view, A_REPO);
	bed_view_end(&v);
	cr_expect(second.id == first.id);
	cr_expect_neq(memcmp(first.stamp, second.stamp, 32), 0);
	den_free(d);
}

static int
count(void *to, const uint8_t hash[32])
{
	(void)hash;
	++*(unsigned *)to;
	return 0;
}

Test(holds, a_sound_store_has_nothing_to_scrub)
{
	struct den *d = den_new(FOLDER);
	struct bed_view v = bed_view(&d->bed);
	unsigned n = 0;

	for (uint64_t start = 0; start < 400; start += 13)
		cr_expect_eq(reader_scrub(v.view, start, 100000, count, &n), 0);
	cr_expect_eq(reader_scrub(v.view, UINT64_MAX, 1, count, &n), 0);
	cr_expect_eq(n, 0);
	bed_view_end(&v);
	den_free(d);
}
