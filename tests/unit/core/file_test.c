/*
 * file: old or new but never a part, whatever goes wrong.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
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
	cr_expect_eq(put(f.path, "x", 1), ERR_FOLDER);
	folder_path(&f, "null", link);
	cr_assert_eq(symlink("/dev/null", link), 0);
	cr_expect_eq(put(link, "x", 1), ERR_KIND);
	cr_expect_eq(entries(f.path), 1);
	folder_path(&f, "loop", link);
	cr_assert_eq(symlink("loop", link), 0);
	cr_expect_eq(put(link, "x", 1), ERR_NOTFOUND);
	folder_path(&f, "far", link);
	cr_assert_eq(symlink("no/such/file", link), 0);
	cr_expect_eq(put(link, "x", 1), ERR_NOTFOUND);
	cr_expect_eq(entries(f.path), 3);
	folder_free(&f);
}

static bool
is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* The file behind the links is replaced, next to where it is. */
Test(file, links_stay_and_are_followed)
{
	struct folder f = folder_new();
	char path[256], link[256], far[256], below[256];

	cr_assert_eq(mkdir(folder_path(&f, "sub", below), 0700), 0);
	folder_path(&f, "sub/x", path);
	folder_path(&f, "link", link);
	cr_assert_eq(symlink("far", link), 0);
	cr_assert_eq(symlink(path, folder_path(&f, "far", far)), 0);
	cr_assert_eq(put(link, "new", 3), 0, "a file that is yet to come");
	expect_content(path, "new", 3);
	cr_assert_eq(put(link, "newer", 5), 0);
	expect_content(path, "newer", 5);
	cr_expect(is_link(link) && is_link(far) && !is_link(path));
	cr_expect_eq(entries(f.path), 3);
	cr_expect_eq(entries(below), 1, "nothing is left aside");
	folder_free(&f);
}

static int
stream(const char *path, const void *p, size_t n)
{
	struct file_out f;
	int err = file_out_stream(&f, path);

	if (err != 0)
		return err;
	file_out_write(&f, p, n);
	return file_out_commit(&f);
}

Test(file, streams_are_written_straight_into)
{
	struct folder f = folder_new();
	char path[256], link[256], got[8];
	int fd;

	cr_expect_eq(stream("/dev/null", "x", 1), 0);
	cr_expect_eq(stream("/dev/full", "x", 1), ERR_SPACE);
	folder_path(&f, "pipe", path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(symlink("pipe", folder_path(&f, "link", link)), 0);
	cr_expect_eq(stream(path, "x", 1), ERR_SYSTEM, "and does not wait");
	fd = open(path, O_RDONLY | O_NONBLOCK);
	cr_assert(fd >= 0);
	cr_expect_eq(stream(link, "hello", 5), 0);
	cr_expect_eq(read(fd, got, sizeof(got)), 5);
	cr_expect(memcmp(got, "hello", 5) == 0);
	(void)close(fd);
	cr_expect_eq(entries(f.path), 2);
	folder_free(&f);
}

Test(file, which_is_a_stream)
{
	struct folder f = folder_new();
	char path[256];

	cr_expect(file_is_stream("-"));
	cr_expect(file_is_stream("/dev/null"));
	cr_expect_not(file_is_stream(f.path));
	folder_path(&f, "x", path);
	cr_expect_not(file_is_stream(path));
	cr_assert_eq(put(path, "x", 1), 0);
	cr_expect_not(file_is_stream(path));
	cr_assert_eq(mkfifo(folder_path(&f, "pipe", path), 0600), 0);
	cr_expect(file_is_stream(path));
	folder_free(&f);
}

/* Also when it is a file, which a name would open anew, at its front. */
Test(file, stdout_is_known_under_other_names)
{
	struct folder f = folder_new();
	char path[256], other[256];
	int fd, keep = dup(STDOUT_FILENO);

	folder_path(&f, "x", path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	(void)fflush(stdout);
	cr_assert(fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	printf("one ");
	cr_expect(file_is_stdout("/dev/stdout"));
	cr_expect(file_is_stdout(path));
	cr_expect(file_is_stream("/dev/stdout"));
	cr_expect_not(file_is_stdout(folder_path(&f, "y", other)));
	cr_expect_not(file_is_stdout("/dev/null"));
	cr_expect_eq(stream("/dev/stdout", "two ", 4), 0);
	cr_expect_eq(stream("-", "three", 5), 0);
	(void)dup2(keep, STDOUT_FILENO);
	expect_content(path, "one two three", 13);
	(void)close(fd);
	(void)close(keep);
	folder_free(&f);
}

Test(file, which_are_one_place)
{
	struct folder f = folder_new();
	char x[256], y[256], other[256];

	folder_path(&f, "x", x);
	cr_expect(file_is_same(x, x), "also when it is yet to come");
	cr_expect(file_is_same(x, folder_path(&f, "./x", other)));
	cr_expect_not(file_is_same(x, folder_path(&f, "xx", other)));
	cr_assert_eq(symlink("x", folder_path(&f, "y", y)), 0);
	cr_expect(file_is_same(x, y));
	cr_assert_eq(put(x, "x", 1), 0);
	cr_expect(file_is_same(x, y));
	cr_assert_eq(mkdir(folder_path(&f, "sub", other), 0700), 0);
	cr_expect_not(file_is_same(x, folder_path(&f, "sub/x", other)));
	cr_expect_not(file_is_same(x, folder_path(&f, "no/x", other)));
	cr_expect_not(file_is_same("/dev/null", "/dev/null"));
	cr_assert_eq(mkfifo(folder_path(&f, "pipe", y), 0600), 0);
	cr_expect(file_is_same(y, folder_path(&f, "./pipe", other)));
	cr_expect_not(file_is_same(y, x));
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
	cr_expect_eq(file_read(f.path, 10, a, &got), ERR_FOLDER);
	cr_expect_eq(file_read("/dev/zero", 10, a, &got), ERR_KIND);
	folder_path(&f, "fifo", path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(file_read(path, 10, a, &got), ERR_KIND,
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
	struct stat st;
	char path[256];

	folder_path(&f, "lock", path);
	cr_assert_eq(file_lock(path, &first), 0);
	cr_assert_eq(fstat(first, &st), 0);
	cr_expect_eq(st.st_mode & 0077, 0, "who can read it can lock it");
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
