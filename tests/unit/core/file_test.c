/*
 * file: old or new but never a part, whatever goes wrong.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/arena.h"
#include "core/file.h"
#include "tests/unit/core/folder.h"
#include "waymark/err.h"

static int
put(const char *path, const void *p, size_t n)
{
	struct file_out f;
	int err = file_out_open(&f, path);

	if (err != 0)
		return err;
	file_out_write(&f, p, n);
	return file_out_commit(&f);
}

static void
expect_content(const char *path, const void *want, size_t n)
{
	struct arena *a = arena_new(64);
	struct span got;

	cr_assert_eq(file_read(path, 1 << 24, a, &got), 0);
	cr_expect(span_equal(got, span_of(want, n)));
	cr_expect_eq(got.p[got.n], '\0');
	arena_free(a);
}

/* How many names the folder holds. */
static int
entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n - 2;
}

Test(file, written_and_read_back_at_all_sizes)
{
	static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 200000};
	struct folder f = folder_new();
	uint8_t *all = malloc(200000);
	char path[256];

	for (size_t i = 0; i < 200000; i++)
		all[i] = (uint8_t)(i * 7 >> 3);
	folder_path(&f, "x", path);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		cr_assert_eq(put(path, all, sizes[i]), 0);
		expect_content(path, all, sizes[i]);
	}
	cr_expect_eq(entries(f.path), 1, "nothing is left aside");
	free(all);
	folder_free(&f);
}

Test(file, many_small_pieces)
{
	struct folder f = folder_new();
	struct file_out out;
	struct span got;
	struct arena *a = arena_new(64);
	char path[256];

	folder_path(&f, "x", path);
	cr_assert_eq(file_out_open(&out, path), 0);
	for (uint32_t i = 0; i < 100000; i++)
		file_out_write(&out, &i, 3);
	cr_assert_eq(file_out_commit(&out), 0);
	file_out_drop(&out);
	cr_assert_eq(file_read(path, 300000, a, &got), 0);
	cr_assert_eq(got.n, 300000);
	for (uint32_t i = 0; i < 100000; i++)
		cr_assert_eq(memcmp(got.p + 3 * i, &i, 3), 0);
	arena_free(a);
	folder_free(&f);
}

Test(file, the_old_one_stands_until_commit_and_after_drop)
{
	struct folder f = folder_new();
	struct file_out out;
	char path[256];

	folder_path(&f, "x", path);
	cr_assert_eq(put(path, "old", 3), 0);
	cr_assert_eq(file_out_open(&out, path), 0);
	file_out_write(&out, "new", 3);
	expect_content(path, "old", 3);
	cr_expect_eq(entries(f.path), 2);
	file_out_drop(&out);
	expect_content(path, "old", 3);
	cr_expect_eq(entries(f.path), 1);
	file_out_write(&out, "new", 3);
	cr_expect_eq(file_out_commit(&out), ERR_USAGE);
	file_out_drop(&out);
	expect_content(path, "old", 3);
	folder_free(&f);
}

Test(file, a_failed_write_leaves_the_old_one)
{
	static char big[100000];
	struct rlimit small = {70000, 70000};
	struct folder f = folder_new();
	char path[256];

	folder_path(&f, "x", path);
	cr_assert_eq(put(path, "old", 3), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	cr_expect_eq(put(path, big, sizeof(big)), ERR_LIMIT);
	expect_content(path, "old", 3);
	cr_expect_eq(entries(f.path), 1);
	folder_free(&f);
}

Test(file, places_that_no_file_may_take)
{
	struct folder f = folder_new();
	char path[256], link[256];
	char long_path[5000];

	folder_path(&f, "no/such/folder", path);
	cr_expect_eq(put(path, "x", 1), ERR_NOTFOUND);
	cr_expect_eq(put("", "x", 1), ERR_NOTFOUND);
	memset(long_path, 'a', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	cr_expect_eq(put(long_path, "x", 1), ERR_NOTFOUND);
	cr_expect_eq(put(f.path, "x", 1), ERR_EXISTS);
	folder_path(&f, "null", link);
	cr_assert_eq(symlink("/dev/null", link), 0);
	cr_expect_eq(put(link, "x", 1), ERR_EXISTS);
	cr_expect_eq(entries(f.path), 1);
	folder_free(&f);
}

/* A writer that is killed at any point leaves the old file or the new. */
Test(file, killed_writers_leave_whole_files)
{
	static char all[400000];
	struct folder f = folder_new();
	struct arena *a = arena_new(64);
	char path[256];

	folder_path(&f, "x", path);
	memset(all, 'o', sizeof(all));
	cr_assert_eq(put(path, all, sizeof(all)), 0);
	for (int i = 0; i < 40; i++) {
		struct span got;
		pid_t pid = fork();

		if (pid == 0) {
			for (char c = 'a';; c = c == 'z' ? 'a' : c + 1) {
				memset(all, c, sizeof(all));
				if (put(path, all, sizeof(all)) != 0)
					_exit(1);
			}
		}
		(void)usleep((useconds_t)(i * 137));
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		cr_assert_eq(file_read(path, sizeof(all), a, &got), 0);
		cr_assert_eq(got.n, sizeof(all));
		for (size_t k = 1; k < got.n; k++)
			cr_assert_eq(got.p[k], got.p[0]);
		arena_reset(a);
	}
	/* What they left goes with the next file. */
	cr_assert_eq(put(path, "x", 1), 0);
	cr_expect_eq(entries(f.path), 1);
	arena_free(a);
	folder_free(&f);
}

/* Only what a process that is no more wrote aside for the same file. */
Test(file, sweeps_nothing_of_others)
{
	static const char *const others[] = {"x.tmp.1", "x.tmp.", "x.tmp.-5",
		"x.tmp.12x", "y.tmp.2000000000", "x.tmp2000000000"};
	struct folder f = folder_new();
	int n = sizeof(others) / sizeof(others[0]);
	char path[256];

	for (int i = 0; i < n; i++)
		cr_assert_eq(put(folder_path(&f, others[i], path), "o", 1), 0);
	cr_assert_eq(put(folder_path(&f, "x", path), "x", 1), 0);
	cr_expect_eq(entries(f.path), n + 1);
	cr_assert_eq(put(folder_path(&f, "x.tmp.2000000000", path), "o", 1), 0);
	cr_assert_eq(put(folder_path(&f, "x", path), "x", 1), 0);
	cr_expect_eq(entries(f.path), n + 1);
	folder_free(&f);
}

Test(file, reading_refuses)
{
	struct folder f = folder_new();
	struct arena *a = arena_new(64);
	struct span got = span_of(NULL, 42);
	char path[256];

	folder_path(&f, "x", path);
	cr_expect_eq(file_read(path, 10, a, &got), ERR_NOTFOUND);
	cr_assert_eq(put(path, "0123456789", 10), 0);
	cr_expect_eq(file_read(path, 9, a, &got), ERR_LIMIT);
	cr_expect_eq(file_read(f.path, 10, a, &got), ERR_SYNTAX);
	cr_expect_eq(file_read("/dev/zero", 10, a, &got), ERR_SYNTAX);
	folder_path(&f, "fifo", path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(file_read(path, 10, a, &got), ERR_SYNTAX,
		"and does not wait for a writer");
	cr_expect_eq(got.n, 42, "untouched");
	folder_path(&f, "x", path);
	cr_assert_eq(file_read(path, 10, a, &got), 0);
	cr_expect_eq(got.n, 10);
	arena_free(a);
	folder_free(&f);
}

Test(file, one_lock_at_a_time)
{
	struct folder f = folder_new();
	int first, second = -42;
	char path[256];

	folder_path(&f, "lock", path);
	cr_assert_eq(file_lock(path, &first), 0);
	cr_expect_eq(file_lock(path, &second), ERR_LOCKED);
	cr_expect_eq(second, -42, "untouched");
	cr_expect(fcntl(first, F_GETFD) & FD_CLOEXEC);
	(void)close(first);
	cr_expect_eq(file_lock(path, &second), 0);
	(void)close(second);
	folder_path(&f, "no/lock", path);
	cr_expect_eq(file_lock(path, &second), ERR_NOTFOUND);
	folder_free(&f);
}

Test(file, a_lock_dies_with_its_holder)
{
	struct folder f = folder_new();
	int ready[2], fd;
	char path[256];
	char octet;
	pid_t pid;

	folder_path(&f, "lock", path);
	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		octet = file_lock(path, &fd) == 0 ? 'y' : 'n';
		(void)!write(ready[1], &octet, 1);
		(void)pause();
		_exit(0);
	}
	cr_assert_eq(read(ready[0], &octet, 1), 1);
	cr_assert_eq(octet, 'y');
	cr_expect_eq(file_lock(path, &fd), ERR_LOCKED);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	cr_expect_eq(file_lock(path, &fd), 0);
	folder_free(&f);
}

Test(file, folders_are_made_where_they_lack)
{
	struct folder f = folder_new();
	struct stat st;
	char path[256];

	folder_path(&f, "a/b//c/", path);
	cr_assert_eq(file_make_folders(path), 0);
	cr_assert_eq(file_make_folders(path), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect(S_ISDIR(st.st_mode));
	cr_assert_eq(put(folder_path(&f, "file", path), "x", 1), 0);
	cr_expect_eq(file_make_folders(path), ERR_EXISTS);
	cr_expect_neq(
		file_make_folders(folder_path(&f, "file/below", path)), 0);
	cr_expect_eq(file_make_folders(""), ERR_NOTFOUND);
	cr_expect_eq(file_make_folders("/"), 0);
	folder_free(&f);
}
