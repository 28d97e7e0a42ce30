/*
 * identity: new session ids are different from each other, from the last ones,
 * and on disk; a damaged file is the same as none.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rtrd/state/identity.h"
#include "waymark/err.h"

enum {
	TEXT = 1024
};

static char test_dir[64];

static void
test_setup(void)
{
	/* In memory where there is such a folder: each draw is fsynced. */
	snprintf(test_dir, sizeof(test_dir), "%s/identity-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	cr_assert(mkdtemp(test_dir) != NULL);
}

static const char *
test_file(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/sessions", test_dir);
	return path;
}

static void
test_teardown(void)
{
	unlink(test_file());
	rmdir(test_dir);
}

TestSuite(identity, .init = test_setup, .fini = test_teardown);

static void
test_write(const char *text)
{
	FILE *f = fopen(test_file(), "w");

	cr_assert(f != NULL);
	fputs(text, f);
	fclose(f);
}

static void
test_read(char text[TEXT])
{
	FILE *f = fopen(test_file(), "r");
	size_t n;

	cr_assert(f != NULL);
	n = fread(text, 1, TEXT - 1, f);
	text[n] = '\0';
	fclose(f);
}

/* Drawn and noted, as a new lineage does. */
static int
test_renew(const char *folder, size_t count, struct identity *out)
{
	struct identity id;
	int err = identity_draw(folder, NULL, 0, count, &id);

	if (err == 0)
		err = identity_note(folder, &id);
	if (err == 0)
		*out = id;
	return err;
}

static bool
test_has(const struct identity *id, uint16_t number)
{
	for (size_t i = 0; i < id->n; i++) {
		if (id->ids[i] == number)
			return true;
	}
	return false;
}

Test(identity, new_every_time)
{
	struct identity last = {.n = 0}, id;
	char want[64], got[TEXT];

	for (unsigned i = 0; i < 300; i++) {
		cr_assert_eq(test_renew(test_dir, 2, &id), 0);
		cr_expect_neq(id.ids[0], id.ids[1]);
		cr_expect(id.ids[0] != 0 && id.ids[1] != 0);
		for (unsigned a = 0; a < 2; a++)
			cr_expect_not(test_has(&last, id.ids[a]));
		last = id;
		snprintf(want, sizeof(want), "waymark-sessions 1\n%u\n%u\n",
			id.ids[0], id.ids[1]);
		test_read(got);
		cr_expect_eq(strncmp(got, want, strlen(want)), 0, "%s", got);
	}
}

/* The latest first, and the oldest go. */
Test(identity, remembers_many)
{
	struct identity ids[10];
	char got[TEXT];
	size_t lines = 0;

	for (unsigned i = 0; i < 10; i++) {
		ids[i].n = IDENTITY_MAX;
		for (uint16_t k = 0; k < IDENTITY_MAX; k++)
			ids[i].ids[k] = (uint16_t)(10000 + 100 * i + k);
		cr_assert_eq(identity_note(test_dir, &ids[i]), 0);
	}
	test_read(got);
	cr_expect_eq(strncmp(got, "waymark-sessions 1\n10900\n", 25), 0);
	for (const char *p = got; *p != '\0'; p++)
		lines += *p == '\n';
	cr_expect_eq(lines, 1 + IDENTITY_KEPT);
	cr_expect_not_null(strstr(got, "\n10200\n"));
	cr_expect_null(strstr(got, "\n10107\n"));
	/* What is there is not written twice. */
	cr_assert_eq(identity_note(test_dir, &ids[5]), 0);
	test_read(got);
	cr_expect_eq(strncmp(got, "waymark-sessions 1\n10500\n", 25), 0);
	cr_expect_null(strstr(strstr(got, "\n10500\n") + 1, "\n10500\n"));
}

/* Nothing is written when they are the latest already. */
Test(identity, noted_once)
{
	const struct identity id = {{1, 2, 3}, 3};
	struct stat before, after;

	cr_assert_eq(identity_note(test_dir, &id), 0);
	cr_assert_eq(stat(test_file(), &before), 0);
	cr_assert_eq(identity_note(test_dir, &id), 0);
	cr_assert_eq(stat(test_file(), &after), 0);
	cr_expect_eq(before.st_ino, after.st_ino);
}

Test(identity, damaged_files_are_ignored)
{
	static const char *const texts[] = {"", "\n", "waymark-sessions 1",
		"waymark-sessions 2\n1\n2\n", "waymark-sessions 1\n",
		"waymark-sessions 1\n65536\n", "waymark-sessions 1\n-1\n",
		"waymark-sessions 1\n1", "waymark-sessions 1\n0x12\n",
		"waymark-sessions 1\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n",
		"waymark-sessions 1\n123456789012345678901234567890\n"};
	struct identity id;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		test_write(texts[i]);
		cr_expect_eq(test_renew(test_dir, 2, &id), 0, "%s", texts[i]);
		cr_expect_neq(id.ids[0], id.ids[1]);
	}
}

/* So many draws that some would have hit each other or the others; those that
 * are told count as well as those of the file. */
Test(identity, eight_versions_many_times)
{
	struct identity used[IDENTITY_USED] = {{.n = 0}, {.n = 0}}, id;

	for (unsigned i = 0; i < 5000; i++) {
		cr_assert_eq(identity_draw(test_dir, used, IDENTITY_USED,
				     IDENTITY_MAX, &id),
			0);
		for (size_t a = 0; a < IDENTITY_MAX; a++) {
			for (size_t b = 0; b < a; b++)
				cr_expect_neq(id.ids[a], id.ids[b]);
			for (size_t k = 0; k < IDENTITY_USED; k++)
				cr_expect_not(test_has(&used[k], id.ids[a]));
		}
		used[i % IDENTITY_USED] = id;
	}
}

Test(identity, equal)
{
	const struct identity a = {{1, 2}, 2}, b = {{1, 2, 9}, 2},
			      c = {{1, 2}, 1}, d = {{1, 3}, 2};

	cr_expect(identity_equal(&a, &b));
	cr_expect_not(identity_equal(&a, &c));
	cr_expect_not(identity_equal(&a, &d));
}

Test(identity, nowhere_to_write)
{
	const struct identity id = {{7}, 1};
	struct identity drawn;

	cr_expect_neq(identity_note("/nonexistent/folder/of/waymark", &id), 0);
	cr_expect_eq(identity_draw("/nonexistent/folder/of/waymark", NULL, 0, 3,
			     &drawn),
		0);
	cr_expect_eq(drawn.n, 3);
}
