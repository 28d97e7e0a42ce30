/*
 * rsync: modules and files from a real daemon, into a depot in memory.
 */
#include <sys/sysmacros.h>

#include "tests/unit/fetch/rsync_world.h"

static void
real(struct world *w)
{
	world_init(w);
	world_daemon(w);
	world_pool(w, &(struct rsync_config){.program = "rsync"});
}

Test(rsync, a_module_is_published_changed_and_withdrawn)
{
	struct world w;
	struct job_end end;

	real(&w);
	world_file(&w, "ta.cer", "first", 1000);
	world_file(&w, "a/b/one.roa", "one", 1000);
	world_file(&w, "a/two.mft", "two", 1000);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect(end.changed);
	cr_expect_gt(end.received, 0);
	cr_expect_eq(world_objects(&w), 3);
	cr_expect_str_eq(world_object(&w, "a/b/one.roa"), "one");

	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_SAME, "%s", end.reason);
	cr_expect_not(end.changed);

	world_file(&w, "a/two.mft", "TWO", 1001);
	world_unlink(&w, "a/b/one.roa");
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect_eq(world_objects(&w), 2);
	cr_expect_str_eq(world_object(&w, "a/two.mft"), "TWO");
	cr_expect_null(world_object(&w, "a/b/one.roa"));
	world_free(&w);
}

Test(rsync, one_file_is_fetched_into_memory)
{
	struct world w;
	struct job_end end;

	real(&w);
	world_file(&w, "ta/root.cer", "certificate", 1000);
	end = world_fetch_file(&w, "ta/root.cer");
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect_eq(w.octets_n, strlen("certificate"));
	cr_expect_eq(memcmp(w.octets, "certificate", w.octets_n), 0);

	end = world_fetch_file(&w, "ta/none.cer");
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_eq(w.octets_n, 0);
	world_free(&w);
}

Test(rsync, what_changed_within_a_second_is_not_missed)
{
	struct world w;
	struct job_end end;
	time_t now = (time_t)wall_now().s;

	real(&w);
	/* Of one size and one second, as a publisher that is quick makes them:
	 * by size and time alone rsync could not tell them apart. */
	world_file(&w, "a.mft", "manifest 1", now);
	cr_expect_eq(world_fetch(&w).result, JOB_UPDATED);
	world_file(&w, "a.mft", "manifest 2", now);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect_str_eq(world_object(&w, "a.mft"), "manifest 2");
	world_free(&w);
}

/* How many octets the daemon sends when nothing has changed, against all. */
Test(rsync, what_is_there_is_not_sent_again)
{
	struct world w;
	struct job_end first, second;
	char name[64], *text = calloc(1, 10001);

	real(&w);
	memset(text, 'x', 10000);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "%d/%d.roa", i % 7, i);
		world_file(&w, name, text, 1000000 + i);
	}
	first = world_fetch(&w);
	cr_expect_eq(first.result, JOB_UPDATED, "%s", first.reason);
	cr_expect_eq(world_objects(&w), 500);
	second = world_fetch(&w);
	cr_expect_eq(second.result, JOB_SAME, "%s", second.reason);
	cr_expect_gt(first.received, 500 * 10000);
	cr_expect_lt(second.received, 500 * 40);
	world_free(&w);
	free(text);
}

static void
make_evil(struct world *w)
{
	char path[512], other[512];

	world_file(w, "good.roa", "good", 1000);
	world_file(w, "sub/good.cer", "good too", 1000);
	world_file(w, "setuid.roa", "set", 1000);
	cr_assert_eq(chmod(world_path(w, path, "module/setuid.roa"), 06777), 0);
	cr_assert_eq(
		symlink("/etc/passwd", world_path(w, path, "module/link.roa")),
		0);
	cr_assert_eq(symlink("/etc", world_path(w, path, "module/linked")), 0);
	cr_assert_eq(symlink("../../..", world_path(w, path, "module/up")), 0);
	cr_assert_eq(mkfifo(world_path(w, path, "module/fifo.roa"), 0666), 0);
	(void)mknod(world_path(w, path, "module/null.roa"), S_IFCHR | 0666,
		makedev(1, 3));
	world_file(w, "hard.roa", "hard", 1000);
	cr_assert_eq(link(world_path(w, path, "module/hard.roa"),
			     world_path(w, other, "module/harder.roa")),
		0);
	world_file(w, ".hidden.roa", "hidden", 1000);
	world_file(w, ".hid/in.roa", "hidden", 1000);
	world_file(w, "UPPER.ROA", "odd", 1000);
	world_file(w, "two.dots.roa", "odd", 1000);
	world_file(w, "sp ace.roa", "odd", 1000);
	world_file(w, "new\nline.roa", "odd", 1000);
	world_file(w, "readme", "odd", 1000);
	world_file(w, "q?m/in.roa", "odd", 1000);
}

Test(rsync, s11_a_servers_links_and_devices_are_left_there)
{
	static const char *const good[] = {"good.roa", "sub/good.cer",
		"setuid.roa", "hard.roa", "harder.roa"};
	struct world w;
	struct job_end end;
	char said[8192];

	real(&w);
	make_evil(&w);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect_eq(world_objects(&w), sizeof(good) / sizeof(*good));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_expect_not_null(world_object(&w, good[i]), "%s", good[i]);
	world_said(&w, said);
	/* The link, the FIFO and, made by root, the device; names that do not
	 * end in an extension are not even looked at. */
	cr_expect_not_null(
		strstr(said, geteuid() == 0 ? " not-sent=3 " : " not-sent=2 "),
		"%s", said);
	cr_expect_not_null(strstr(said, " links=0 special=0 "), "%s", said);
	world_free(&w);
}

Test(rsync, s11_a_tree_too_deep_is_refused)
{
	struct world w;
	struct job_end end;
	char name[128] = "";

	real(&w);
	for (int i = 0; i < BOUND_RSYNC_DEPTH; i++)
		memcpy(name + 2 * i, "d/", 3);
	memcpy(name + 2 * BOUND_RSYNC_DEPTH, "a.roa", 6);
	world_file(&w, name, "as deep as may be", 1000);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect_not_null(world_object(&w, name));
	/* And again, as now it is laid out before. */
	cr_expect_eq(world_fetch(&w).result, JOB_SAME);

	memcpy(name + 2 * BOUND_RSYNC_DEPTH, "d/a.roa", 8);
	world_file(&w, name, "too deep", 1000);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_not_null(strstr(end.reason, "the module"), "%s", end.reason);
	cr_expect_eq(world_objects(&w), 1);
	world_free(&w);
}

Test(rsync, s11_4096_folders_in_one_another)
{
	struct world w;
	struct job_end end;
	char path[512];
	int at;

	real(&w);
	world_file(&w, "good.roa", "good", 1000);
	at = open(world_path(&w, path, "module"), O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 4096; i++) {
		int next;

		cr_assert_eq(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		(void)close(at);
		at = next;
	}
	(void)close(at);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_eq(world_objects(&w), 0);
	world_rest(&w);
	cr_expect_not(w.pool->trash.busy);
	/* What made it also has to remove it. */
	(void)renameat(AT_FDCWD, world_path(&w, path, "module/d"),
		w.pool->folder, "d");
	cr_expect(rsync_trash_take(&w.pool->trash, w.pool->folder, "d"));
	world_rest(&w);
	world_free(&w);
}

Test(rsync, servers_that_are_not_there_or_refuse)
{
	struct world w;
	struct job_end end;

	real(&w);
	world_file(&w, "a.roa", "a", 1000);
	cr_expect_eq(world_fetch(&w).result, JOB_UPDATED);

	(void)snprintf(
		w.uri, sizeof(w.uri), "rsync://127.0.0.1:%d/nobody/", w.port);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_not_null(
		strstr(end.reason, "no such module"), "%s", end.reason);
	cr_expect_not_null(strstr(end.reason, "Unknown module 'nobody'"), "%s",
		end.reason);

	(void)snprintf(
		w.uri, sizeof(w.uri), "rsync://127.0.0.1:%d/secret/", w.port);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);

	(void)snprintf(w.uri, sizeof(w.uri), "rsync://127.0.0.1:%d/module/",
		world_port());
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_not_null(strstr(end.reason, "no connection (exit code 10)"),
		"%s", end.reason);

	(void)snprintf(
		w.uri, sizeof(w.uri), "rsync://127.0.0.1:%d/module/", w.port);
	cr_expect_eq(world_objects(&w), 1);
	cr_expect_eq(world_fetch(&w).result, JOB_SAME);
	world_free(&w);
}

Test(rsync, a_transfer_that_is_not_complete_changes_nothing)
{
	struct world w;
	struct job_end end;
	char path[512];

	real(&w);
	(void)snprintf(
		w.uri, sizeof(w.uri), "rsync://127.0.0.1:%d/poor/", w.port);
	world_file(&w, "a.roa", "a", 1000);
	cr_expect_eq(world_fetch(&w).result, JOB_UPDATED);
	world_file(&w, "b.roa", "b", 1000);
	world_file(&w, "sub/c.roa", "c", 1000);
	cr_assert_eq(chmod(world_path(&w, path, "module/sub"), 0), 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_not_null(strstr(end.reason, "not complete (exit code 23)"),
		"%s", end.reason);
	cr_expect_eq(world_objects(&w), 1);
	cr_expect_eq(fake_find(w.depot, REPO_RSYNC, w.uri)->record.failures, 1);
	cr_assert_eq(chmod(path, 0755), 0);
	cr_expect_eq(world_fetch(&w).result, JOB_UPDATED);
	cr_expect_eq(world_objects(&w), 3);
	world_free(&w);
}

Test(rsync, many_modules_at_once)
{
	struct world w;
	struct fake_repo *repo;

	real(&w);
	for (int i = 0; i < 40; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "%d.roa", i);
		world_file(&w, name, name, 1000 + i);
	}
	/* The depot takes one stage a repository at a time; files need none. */
	for (int i = 0; i < 2 * BOUND_RSYNC_JOBS; i++) {
		struct rsync *r;
		char uri[128];

		(void)snprintf(uri, sizeof(uri), "%s%d.roa", w.uri, i);
		cr_assert_eq(
			rsync_file_start(w.pool, uri, world_took, &w, &r), 0);
	}
	(void)world_start(&w);
	world_until(&w, 2 * BOUND_RSYNC_JOBS + 1);
	repo = fake_find(w.depot, REPO_RSYNC, w.uri);
	cr_assert_not_null(repo);
	cr_expect_eq(repo->live.n, 40);
	world_free(&w);
}
