/*
 * rsync: modules and files from a real daemon, into a depot in memory.
 */
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
