/*
 * wanted: there and back; a file that is not whole is not read.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "tests/unit/core/folder.h"
#include "validator/fetch/wanted.h"
#include "waymark/err.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

struct desk {
	struct folder folder;
	struct arena *arena;
	char path[256];
	char why[256];
	struct wanted got;
};

static struct desk
desk_new(void)
{
	struct desk d = {
		.folder = folder_new_in_memory(), .arena = arena_new(4096)};

	folder_path(&d.folder, "wanted", d.path);
	return d;
}

static void
desk_free(struct desk *d)
{
	arena_free(d->arena);
	folder_free(&d->folder);
}

static void
put(const struct desk *d, const char *octets, size_t n)
{
	struct file_out out;

	cr_assert_eq(file_out_open(&out, d->path), 0);
	file_out_write(&out, octets, n);
	cr_assert_eq(file_out_commit(&out), 0);
	file_out_drop(&out);
}

static int
read_text(struct desk *d, const char *text)
{
	put(d, text, strlen(text));
	d->why[0] = '\0';
	return wanted_read(d->path, d->arena, &d->got, d->why);
}

static const struct want wants[] = {
	{REPO_TA, "https://ta.example/ta.cer", NULL, "alpha", "", ""},
	{REPO_TA, "rsync://ta.example/m/ta.cer", "https://ta.example/ta.cer",
		"alpha", "", ""},
	{REPO_RRDP, "https://r.example/n.xml", NULL, "alpha",
		"https://r.example/n.xml", "r.example,r.example:8873"},
	{REPO_RSYNC, "rsync://r.example/m/", "https://r.example/n.xml", "alpha",
		"https://r.example/n.xml", ""},
};
static const struct want_keep keeps[] = {
	{"https://ta.example/ta.cer", {1, 2, 255}}};
static const uint8_t damaged[1][32] = {{9, 8}};

static const struct wanted sample = {
	.wants = wants,
	.want_count = 4,
	.keeps = keeps,
	.keep_count = 1,
	.damaged = damaged,
	.damaged_count = 1,
};

Test(wanted, comes_back)
{
	struct desk d = desk_new();

	cr_assert_eq(wanted_write(d.path, &sample), 0);
	cr_assert_eq(
		wanted_read(d.path, d.arena, &d.got, d.why), 0, "%s", d.why);
	cr_assert_eq(d.got.want_count, 4);
	for (size_t i = 0; i < 4; i++) {
		cr_expect_eq(d.got.wants[i].kind, wants[i].kind);
		cr_expect_str_eq(d.got.wants[i].uri, wants[i].uri);
		cr_expect_str_eq(d.got.wants[i].ta, wants[i].ta);
		cr_expect_str_eq(
			d.got.wants[i].delegation, wants[i].delegation);
		cr_expect_str_eq(d.got.wants[i].hosts, wants[i].hosts);
	}
	cr_expect_null(d.got.wants[0].after);
	cr_expect_str_eq(d.got.wants[1].after, wants[0].uri);
	cr_assert_eq(d.got.keep_count, 1);
	cr_expect_eq(memcmp(d.got.keeps[0].hash, keeps[0].hash, 32), 0);
	cr_assert_eq(d.got.damaged_count, 1);
	cr_expect_eq(memcmp(d.got.damaged[0], damaged[0], 32), 0);
	desk_free(&d);
}

Test(wanted, nothing_is_wanted)
{
	struct desk d = desk_new();
	struct wanted none = {0};

	cr_assert_eq(wanted_write(d.path, &none), 0);
	cr_assert_eq(wanted_read(d.path, d.arena, &d.got, d.why), 0);
	cr_expect_eq(d.got.want_count, 0);
	desk_free(&d);
}

/* Who waits for the file's change must not be woken for nothing. */
Test(wanted, an_equal_file_is_left_alone)
{
	struct desk d = desk_new();
	struct wanted other = sample;
	struct stat before, after;

	cr_assert_eq(wanted_write(d.path, &sample), 0);
	cr_assert_eq(stat(d.path, &before), 0);
	cr_assert_eq(wanted_write(d.path, &sample), 0);
	cr_assert_eq(stat(d.path, &after), 0);
	cr_expect_eq(before.st_ino, after.st_ino);
	other.want_count = 3;
	cr_assert_eq(wanted_write(d.path, &other), 0);
	cr_assert_eq(stat(d.path, &after), 0);
	cr_expect_neq(before.st_ino, after.st_ino);
	desk_free(&d);
}

Test(wanted, a_file_cut_anywhere_is_refused)
{
	struct desk d = desk_new();
	struct span whole;

	cr_assert_eq(wanted_write(d.path, &sample), 0);
	cr_assert_eq(file_read(d.path, 65536, d.arena, &whole), 0);
	for (size_t n = 0; n + 1 < whole.n; n++) {
		struct wanted none = {0};

		put(&d, (const char *)whole.p, n);
		d.got = none;
		cr_expect_eq(wanted_read(d.path, d.arena, &d.got, d.why),
			ERR_SYNTAX, "%zu", n);
		cr_expect_eq(d.got.want_count, 0);
	}
	desk_free(&d);
}

Test(wanted, odd_files_are_refused_with_their_line)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", ":1: not a list"},
		{"waymark-wanted 2\nend\n", ":1: not a list"},
		{"waymark-wanted 1\n", ": the last line is missing"},
		{"waymark-wanted 1\nend\nend\n", ":2: something follows"},
		{"waymark-wanted 1\n\nend\n", ":2: an entry of no known kind"},
		{"waymark-wanted 1\nwish x\nend\n", ":2: an entry of no"},
		{"waymark-wanted 1\nwant rrdp https://h/n - a -\nend\n",
			":2: not the fields"},
		{"waymark-wanted 1\nwant rrdp https://h/n - a - - -\nend\n",
			":2: too many fields"},
		{"waymark-wanted 1\nwant ftp https://h/n - a - -\nend\n",
			":2: no kind"},
		{"waymark-wanted 1\nwant rrdp https://h/../n - a - -\nend\n",
			":2: a URI that is not sound"},
		{"waymark-wanted 1\nwant rrdp ftp://h/n - a - -\nend\n",
			":2: a URI that is not sound"},
		{"waymark-wanted 1\nkeep https://h/n 00\nend\n", ":2: no SHA"},
		{"waymark-wanted 1\nkeep https://h/n " HASH "0\nend\n",
			":2: no SHA"},
		{"waymark-wanted 1\ndamaged " HASH "\ndamaged xx\nend\n",
			":3: no SHA"},
	};
	struct desk d = desk_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(
			read_text(&d, cases[i].text), ERR_SYNTAX, "%zu", i);
		cr_expect_not_null(
			strstr(d.why, cases[i].why), "%zu: %s", i, d.why);
	}
	cr_expect_eq(
		read_text(&d, "waymark-wanted 1\ndamaged " HASH "\nend\n"), 0);
	desk_free(&d);
}

Test(wanted, no_file_is_no_fault)
{
	struct desk d = desk_new();

	cr_expect_eq(wanted_read(d.path, d.arena, &d.got, d.why), ERR_NOTFOUND);
	desk_free(&d);
}
