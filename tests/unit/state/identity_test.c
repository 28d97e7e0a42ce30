/*
 * identity: new session ids are different from each other, from the last ones,
 * and on disk; a damaged file is the same as none.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rtrd/state/identity.h"
#include "waymark/err.h"

enum {
	TEXT = 256
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

Test(identity, new_every_time)
{
	uint16_t last[2] = {0, 0}, ids[2];
	char want[TEXT], got[TEXT];

	for (unsigned i = 0; i < 300; i++) {
		cr_assert_eq(identity_renew(test_dir, 2, ids), 0);
		cr_expect_neq(ids[0], ids[1]);
		cr_expect(ids[0] != 0 && ids[1] != 0);
		for (unsigned a = 0; a < 2; a++) {
			for (unsigned b = 0; b < 2; b++)
				cr_expect_neq(ids[a], last[b]);
		}
		last[0] = ids[0];
		last[1] = ids[1];
		snprintf(want, sizeof(want), "waymark-sessions 1\n%u\n%u\n",
			ids[0], ids[1]);
		test_read(got);
		cr_expect_str_eq(got, want);
	}
}

Test(identity, damaged_files_are_ignored)
{
	static const char *const texts[] = {"", "\n", "waymark-sessions 1",
		"waymark-sessions 2\n1\n2\n", "waymark-sessions 1\n",
		"waymark-sessions 1\n65536\n", "waymark-sessions 1\n-1\n",
		"waymark-sessions 1\n1", "waymark-sessions 1\n0x12\n",
		"waymark-sessions 1\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n",
		"waymark-sessions 1\n123456789012345678901234567890\n"};
	uint16_t ids[2];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		test_write(texts[i]);
		cr_expect_eq(
			identity_renew(test_dir, 2, ids), 0, "%s", texts[i]);
		cr_expect_neq(ids[0], ids[1]);
	}
}

/* So many draws that some would have hit each other or the last ones. */
Test(identity, eight_versions_many_times)
{
	uint16_t last[IDENTITY_MAX] = {0}, ids[IDENTITY_MAX];

	for (unsigned i = 0; i < 5000; i++) {
		cr_assert_eq(identity_renew(test_dir, IDENTITY_MAX, ids), 0);
		for (size_t a = 0; a < IDENTITY_MAX; a++) {
			for (size_t b = 0; b < IDENTITY_MAX; b++) {
				cr_expect(a == b || ids[a] != ids[b]);
				cr_expect(ids[a] != last[b]);
			}
		}
		memcpy(last, ids, sizeof(last));
	}
}

Test(identity, nowhere_to_write)
{
	uint16_t ids[2] = {7, 7};

	cr_expect_neq(
		identity_renew("/nonexistent/folder/of/waymark", 2, ids), 0);
	cr_expect_eq(ids[0], 7);
}
