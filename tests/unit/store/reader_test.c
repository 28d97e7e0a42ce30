/*
 * reader: another process's views, of one moment each.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/store/bed.h"

enum {
	VIEWS = 32,
};

Test(reader, there_may_be_nothing_to_read)
{
	struct folder f = folder_new();
	struct reader_file *r = NULL;

	cr_expect_eq(reader_open(f.path, &r), ERR_NOTFOUND);
	cr_expect_null(r);
	reader_close(NULL);
	reader_end(NULL);
	folder_free(&f);
}

Test(reader, an_open_store_is_empty_at_first)
{
	struct bed b = bed_new();
	struct bed_view v = bed_view(&b);
	struct repo_record r;
	struct set set;
	uint8_t hash[32] = {0};
	struct span uri, got;

	cr_expect_eq(reader_repo(v.view, (struct repo_id){REPO_RRDP, A_REPO},
			     b.arena, &r, &set),
		ERR_NOTFOUND);
	set.id = 0;
	cr_expect_eq(
		reader_find(v.view, set, span_text("x"), hash), ERR_NOTFOUND);
	cr_expect_eq(reader_next(v.view, set, span_text(""), &uri, hash),
		ERR_NOTFOUND);
	cr_expect_eq(reader_object(v.view, hash, &got), ERR_NOTFOUND);
	bed_view_end(&v);
	bed_free(&b);
}

/* A process that reads the folder; its exit code is 0 when A_REPO has `want`
 * rows in each of many views. */
static int
read_elsewhere(const struct bed *b, unsigned want)
{
	struct reader_view *views[VIEWS];
	struct reader_file *f;
	uint8_t hash[32];
	char uri[128];

	if (reader_open(b->folder.path, &f) != 0 ||
		reader_begin(f, views, VIEWS) != 0)
		return 1;
	for (unsigned i = 0; i < VIEWS; i++)
		for (unsigned k = 0; k < want; k++)
			if (bed_look(views[i], A_REPO, bed_uri(k, uri), hash) !=
				0)
				return 2;
	for (unsigned i = 0; i < VIEWS; i++)
		reader_end(views[i]);
	reader_close(f);
	return 0;
}

Test(reader, another_process_reads_while_one_writes)
{
	struct bed b = bed_new();
	int status;
	pid_t pid;

	(void)bed_whole(&b, A_REPO, 0, 50);
	pid = fork();
	if (pid == 0)
		_exit(read_elsewhere(&b, 50));
	(void)bed_whole(&b, B_REPO, 0, 2000);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	bed_free(&b);
}

/* Each commit changes both repositories; in views of one moment they agree. */
static int
compare_views(const struct bed *b, int rounds)
{
	struct reader_view *views[VIEWS];
	struct arena *arena = arena_new(8192);
	struct reader_file *f;
	struct repo_record r;
	struct set set, first = {0};

	if (reader_open(b->folder.path, &f) != 0)
		return 1;
	for (int round = 0; round < rounds; round++) {
		if (reader_begin(f, views, VIEWS) != 0)
			return 2;
		for (int i = 0; i < VIEWS; i++) {
			arena_reset(arena);
			if (reader_repo(views[i],
				    (struct repo_id){REPO_RRDP, A_REPO}, arena,
				    &r, &set) != 0)
				return 3;
			if (i == 0)
				first = set;
			if (set.id != first.id)
				return 4;
		}
		for (int i = 0; i < VIEWS; i++)
			reader_end(views[i]);
	}
	reader_close(f);
	arena_free(arena);
	return 0;
}

Test(reader, all_views_are_of_one_moment)
{
	struct bed b = bed_new();
	int status = 0;
	pid_t pid, ended = 0;

	(void)bed_whole(&b, A_REPO, 0, 5);
	pid = fork();
	if (pid == 0)
		_exit(compare_views(&b, 300));
	for (unsigned i = 0; ended == 0; i++) {
		(void)bed_whole(&b, A_REPO, i % 2, 5);
		ended = waitpid(pid, &status, WNOHANG);
	}
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d", status);
	bed_free(&b);
}

Test(reader, one_that_was_killed_holds_nothing_up)
{
	struct bed b = bed_new();
	struct reader_view *v;
	struct reader_file *f;
	int pipes[2], status;
	uint8_t octet;
	pid_t pid;

	(void)bed_whole(&b, A_REPO, 0, 100);
	bed_tidy(&b);
	bed_reopen(&b);
	bed_tidy(&b);
	bed_reopen(&b); /* lets a collection begin at once */
	cr_assert_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		/* It must not outlive a test that fails. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (reader_open(b.folder.path, &f) == 0 &&
			reader_begin(f, &v, 1) == 0 &&
			write(pipes[1], "x", 1) == 1)
			(void)pause();
		_exit(1);
	}
	cr_assert_eq(read(pipes[0], &octet, 1), 1);
	(void)bed_whole(&b, A_REPO, 100, 110);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 110, "it may want to pin");
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	bed_tidy(&b);
	cr_expect_eq(bed_objects(&b), 10);
	bed_free(&b);
}

Test(reader, views_outlast_what_is_written)
{
	struct bed b = bed_new();
	struct bed_view v;
	struct span got, again;
	uint8_t hash[32], is[32];
	char uri[128];

	(void)bed_whole(&b, A_REPO, 0, 100);
	v = bed_view(&b);
	cr_assert_eq(bed_look(v.view, A_REPO, bed_uri(7, uri), hash), 0);
	cr_assert_eq(reader_object(v.view, hash, &got), 0);
	for (unsigned i = 1; i < 20; i++) {
		(void)bed_whole(&b, A_REPO, i * 100, i * 100 + 100);
		bed_tidy(&b);
	}
	bed_hash(got, is);
	cr_expect_arr_eq(is, hash, 32, "octets stand still");
	cr_assert_eq(reader_object(v.view, hash, &again), 0);
	bed_view_end(&v);
	bed_free(&b);
}
