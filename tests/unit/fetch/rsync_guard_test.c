/*
 * rsync_guard: programs in the place of rsync that do what rsync never would.
 * The scenarios S11, S12 and S16 by the side of the program.
 */
#include <errno.h>
#include <signal.h>

#include "tests/unit/fetch/rsync_world.h"

/* The behaviours are in a program of the lab. */
static const char *
fake_program(char buf[512])
{
	const char *source = getenv("WAYMARK_SOURCE");

	(void)snprintf(buf, 512, "%s/tests/lab/servers/rsync.py",
		source == NULL ? "." : source);
	return buf;
}

static void
behave(struct world *w, const char *behaviour, int64_t wall_ms)
{
	char program[512];

	world_init(w);
	(void)snprintf(
		w->uri, sizeof(w->uri), "rsync://127.0.0.1/%s/", behaviour);
	world_pool(w,
		&(struct rsync_config){
			.program = fake_program(program), .wall_ms = wall_ms});
}

/* A text of the module's objects that the fake wrote; see `tell`. */
static const char *
told(struct world *w, const char *name)
{
	const char *text = world_object(w, name);

	return text == NULL ? "(nothing)" : text;
}

/* Whether no process lives that the fake has noted, and how many it noted. */
static bool
all_gone(struct world *w, int *noted)
{
	char path[512];
	FILE *f = fopen(world_path(w, path, "PIDS"), "r");
	long pid;
	bool gone = true;

	*noted = 0;
	while (f != NULL && fscanf(f, "%ld", &pid) == 1) {
		++*noted;
		gone = gone && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
	}
	if (f != NULL)
		(void)fclose(f);
	return gone;
}

/* How many names are below the staging folder, but for the trash itself. */
static int
staged(const struct world *w)
{
	char path[512];
	int n = 0;

	for (int i = 0; i < 2; i++) {
		DIR *dir = opendir(world_path(
			w, path, i == 0 ? "staging" : "staging/trash"));

		cr_assert_not_null(dir);
		while (readdir(dir) != NULL)
			n++;
		(void)closedir(dir);
		n -= 2;
	}
	return n - 1;
}

Test(rsync_guard, s12_nothing_of_ours_is_handed_down)
{
	static const char *const never[] = {"RSYNC_RSH", "RSYNC_PROXY",
		"RSYNC_PASSWORD", "RSYNC_CONNECT_PROG", "HOME", "LD_PRELOAD"};
	struct world w;
	struct job_end end;

	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (strcmp(never[i], "LD_PRELOAD") != 0)
			(void)setenv(never[i], "/bin/false", 1);
	(void)signal(SIGPIPE, SIG_IGN);
	behave(&w, "tell", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect_str_eq(told(&w, "environ.txt"),
		"LC_ALL=C\nPATH=/usr/local/bin:/usr/bin:/bin");
	/* A pipe is 010000, /dev/null 020000; the fourth is python's own. */
	cr_expect_eq(
		strncmp(told(&w, "fds.txt"), "0 20000\n1 10000\n2 10000", 23),
		0, "%s", told(&w, "fds.txt"));
	cr_expect_null(
		strstr(told(&w, "fds.txt"), "\n4 "), "%s", told(&w, "fds.txt"));
	cr_expect_str_eq(told(&w, "group.txt"), "True");
	cr_expect_str_eq(told(&w, "limits.txt"),
		"Max file size 20000001 20000001\n"
		"Max core file size 0\n"
		"Max address space 1073741824 1073741824");
	/* Python itself ignores SIGPIPE and SIGXFSZ, nothing else does. */
	cr_expect_not_null(
		strstr(told(&w, "signals.txt"), "SigBlk:\t0000000000000000"));
	world_free(&w);
}

Test(rsync_guard, s12_the_arguments_are_a_fixed_list)
{
	static const char list[] =
		"--timeout=30\n--contimeout=15\n--max-size=20000000\n"
		"-t\n--no-motd\n--stats\n--no-human-readable\n"
		"--chmod=D0700,F0600\n-r\n-O\n--delete\n--exclude=.*\n"
		"--include=*/\n--include=*.[a-z][a-z][a-z]\n--exclude=*\n"
		"--\nrsync://127.0.0.1/tell/\n/";
	struct world w;

	behave(&w, "tell", 0);
	(void)world_fetch(&w);
	cr_expect_eq(strncmp(told(&w, "argv.txt"), list, strlen(list)), 0, "%s",
		told(&w, "argv.txt"));
	world_free(&w);
}

Test(rsync_guard, an_address_to_send_from_is_passed_on)
{
	static const struct {
		const char *address, *argument;
	} cases[] = {
		{"127.0.0.2", "\n--address=127.0.0.2\n-t\n"},
		{"2001:db8::1", "\n--address=2001:db8::1\n-t\n"},
		{"eth0", "\n--max-size=20000000\n-t\n"},
		{"--rsh=sh", "\n--max-size=20000000\n-t\n"},
		{NULL, "\n--max-size=20000000\n-t\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w;
		char program[512];

		world_init(&w);
		(void)snprintf(w.uri, sizeof(w.uri), "rsync://127.0.0.1/tell/");
		world_pool(&w,
			&(struct rsync_config){.program = fake_program(program),
				.source_address = cases[i].address});
		(void)world_fetch(&w);
		cr_expect_not_null(
			strstr(told(&w, "argv.txt"), cases[i].argument), "%s",
			told(&w, "argv.txt"));
		world_free(&w);
	}
}

Test(rsync_guard, s12_no_uri_becomes_an_option_or_another_place)
{
	static const char *const modules[] = {"-e sh", "--rsh=sh", "",
		"rsync://", "rsync:///module/", "rsync://host", "rsync://host/",
		"rsync://host/module", "rsync://host//",
		"rsync://host/module/more/", "rsync://host/../",
		"rsync://host/%2e%2e/", "rsync://user@host/module/",
		"rsync://host/mod ule/", "rsync://host/module/?a=/",
		"rsync://host/mod#ule/", "rsync://-oProxyCommand=x/module/",
		"https://host/module/", "host::module/", "/etc/", "host:/etc/",
		"rsync://host/mod\\ule/", "rsync://host/m\nule/"};
	static const char *const files[] = {"rsync://host/module",
		"rsync://host/module/", "rsync://host/module/a/",
		"rsync://host/module/../a.cer", "/etc/passwd",
		"rsync://host/a?b/c.cer"};
	struct job_calls calls = {.done = world_done};
	struct world w;
	struct rsync *r;

	behave(&w, "tell", 0);
	calls.ctx = &w;
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		struct job_target target = {.uri = modules[i]};

		cr_expect_eq(rsync_start(&w.env, &target, &calls, &r),
			ERR_SYNTAX, "%s", modules[i]);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		cr_expect_eq(
			rsync_file_start(w.pool, files[i], world_took, &w, &r),
			ERR_SYNTAX, "%s", files[i]);
	world_rest(&w);
	cr_expect_eq(w.calls, 0);
	cr_expect_null(w.pool->jobs);
	world_free(&w);
}

/* The lab's scenario with 600 s for the wall, here with less. */
Test(rsync_guard, s16_deaf_programs_are_killed_with_all_they_left,
	.timeout = 60)
{
	struct world w;
	struct mono begun;
	struct job_end end;
	int noted;

	behave(&w, "orphans", 500);
	begun = mono_now();
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_str_eq(end.reason, "rsync: it takes longer than it may");
	cr_expect_lt(mono_since(begun, mono_now()),
		500 + BOUND_RSYNC_KILL_MS + 1000);
	cr_expect_geq(mono_since(begun, mono_now()), 500 + BOUND_RSYNC_KILL_MS);
	cr_expect(all_gone(&w, &noted));
	cr_expect_geq(noted, 5);
	world_rest(&w);
	cr_expect_eq(staged(&w), 0);
	world_free(&w);
}

Test(rsync_guard, s16_who_heeds_sigterm_goes_at_once)
{
	struct world w;
	struct mono begun;
	int noted;

	behave(&w, "hang", 300);
	begun = mono_now();
	cr_expect_eq(world_fetch(&w).result, JOB_FAILED);
	cr_expect_lt(mono_since(begun, mono_now()), 3000);
	cr_expect(all_gone(&w, &noted));
	cr_expect_eq(noted, 1);
	world_free(&w);
}

Test(rsync_guard, nothing_writes_on_when_the_program_has_ended)
{
	struct world w;
	int noted;
	struct job_end end;

	behave(&w, "leaves", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	cr_expect_not_null(world_object(&w, "good.roa"));
	cr_expect(all_gone(&w, &noted));
	cr_expect_eq(noted, 3);
	world_rest(&w);
	cr_expect_eq(staged(&w), 0);
	world_free(&w);
}

Test(rsync_guard, cancelled_jobs_are_killed_and_say_nothing)
{
	struct world w;
	struct rsync *a, *b, *c;
	int noted;

	behave(&w, "orphans", 0);
	a = world_start(&w);
	while (a->state != RSYNC_RUN)
		world_step(&w);
	for (noted = 0; noted < 5; (void)all_gone(&w, &noted))
		world_step(&w);
	b = world_start(&w);
	rsync_cancel(b); /* before it has begun */
	c = world_start(&w);
	while (c->state != RSYNC_RUN)
		world_step(&w);
	rsync_cancel(a);
	rsync_cancel(c);
	rsync_cancel(NULL);
	world_rest(&w);
	cr_expect_null(w.pool->jobs);
	cr_expect_eq(w.calls, 0);
	cr_expect_eq(w.depot->notes, 0);
	cr_expect(all_gone(&w, &noted));
	cr_expect_eq(staged(&w), 0);
	world_free(&w);
}

Test(rsync_guard, a_pool_that_goes_takes_everything_with_it)
{
	struct world w;
	struct mono begun;
	int noted;

	behave(&w, "orphans", 0);
	for (int i = 0; i < 3; i++)
		(void)world_start(&w);
	for (noted = 0; noted < 15; (void)all_gone(&w, &noted))
		world_step(&w);
	begun = mono_now();
	rsync_pool_free(w.pool);
	w.pool = NULL;
	cr_expect_lt(mono_since(begun, mono_now()), 2000);
	cr_expect(all_gone(&w, &noted));
	cr_expect_eq(staged(&w), 0);
	cr_expect_eq(w.calls, 0);
	world_free(&w);
}

/* Somebody kills the process with the pool; the program is deaf. */
Test(rsync_guard, programs_die_with_us)
{
	struct world w;
	char path[512];
	int noted = 0;
	pid_t pid;

	behave(&w, "deaf", 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		(void)world_start(&w);
		for (;;)
			world_step(&w);
	}
	while (noted < 2) {
		(void)usleep(1000);
		(void)all_gone(&w, &noted);
	}
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	/* We are the reaper of orphans in its place. */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	cr_expect(all_gone(&w, &noted));
	cr_expect_eq(access(world_path(&w, path, "staging/1"), F_OK), 0);
	world_free(&w);
}

Test(rsync_guard, what_a_killed_process_left_is_removed_at_the_next_start)
{
	struct world w;
	char path[512];

	behave(&w, "none", 0);
	rsync_pool_free(w.pool);
	cr_assert_eq(
		file_make_folders(world_path(&w, path, "staging/7/a/b/c/d")),
		0);
	cr_assert_eq(
		file_make_folders(world_path(&w, path, "staging/trash/m1/x/y")),
		0);
	world_write(world_path(&w, path, "staging/7/a/f.roa"), "x", 1, 0);
	world_write(world_path(&w, path, "staging/stray"), "x", 1, 0);
	cr_assert_eq(chmod(world_path(&w, path, "staging/7/a/b"), 0), 0);
	cr_assert_eq(symlink("/etc", world_path(&w, path, "staging/link")), 0);
	world_pool(&w, &(struct rsync_config){.program = fake_program(path)});
	world_rest(&w);
	cr_expect_eq(staged(&w), 0);
	cr_expect_eq(access("/etc/passwd", F_OK), 0);
	world_free(&w);
}

Test(rsync_guard, messages_without_end_end_the_program)
{
	static const char *const behaviours[] = {"prints", "line"};

	for (size_t i = 0; i < 2; i++) {
		struct world w;
		struct job_end end;

		behave(&w, behaviours[i], 0);
		end = world_fetch(&w);
		cr_expect_eq(end.result, JOB_FAILED);
		cr_expect_str_eq(end.reason, "rsync: its messages have no end");
		world_free(&w);
	}
}

Test(rsync_guard, octets_without_end_end_the_program)
{
	struct world w;
	struct job_end end;

	behave(&w, "sparse", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_str_eq(end.reason, "the module has too many octets");
	world_free(&w);
	behave(&w, "writes", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	world_free(&w);
}

Test(rsync_guard, s11_deep_folders_are_refused_and_removed)
{
	struct world w;
	struct job_end end;

	behave(&w, "deep", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_not_null(strstr(end.reason, "the module"), "%s", end.reason);
	cr_expect_eq(world_objects(&w), 0);
	world_rest(&w);
	cr_expect_eq(staged(&w), 0);
	world_free(&w);
}

Test(rsync_guard, s11_only_files_with_sound_names_are_taken)
{
	static const char *const good[] = {"good.roa", "sub/good.cer",
		"setuid.roa", "locked.roa", "a%20b/in.roa"};
	struct world w;
	struct job_end end;
	char said[8192];

	behave(&w, "evil", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_expect_not_null(world_object(&w, good[i]), "%s", good[i]);
	cr_expect_eq(world_objects(&w), sizeof(good) / sizeof(*good));
	world_said(&w, said);
	cr_expect_not_null(strstr(said, "rsync-skipped"));
	cr_expect_not_null(strstr(said, " links=6 "), "%s", said);
	cr_expect_not_null(
		strstr(said, geteuid() == 0 ? " special=3 " : " special=1 "),
		"%s", said);
	cr_expect_not_null(strstr(said, " names=18 "), "%s", said);
	world_rest(&w);
	cr_expect_eq(staged(&w), 0);
	world_free(&w);
}

Test(rsync_guard, sizes_at_the_limit)
{
	struct world w;
	struct job_end end;
	struct fake_repo *repo;

	behave(&w, "large", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	repo = fake_find(w.depot, REPO_RSYNC, w.uri);
	cr_assert_eq(repo->live.n, 2);
	cr_expect_eq(repo->live.at[0].n, BOUND_OBJECT_MAX);
	cr_expect_eq(repo->live.at[1].n, 0);
	world_free(&w);
}

Test(rsync_guard, every_exit_code_has_its_reason)
{
	static const int codes[] = {1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 20,
		21, 22, 23, 24, 25, 30, 35, 127, 255};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct world w;
		struct job_end end;
		char behaviour[32], code[32];

		(void)snprintf(
			behaviour, sizeof(behaviour), "exit-%d", codes[i]);
		(void)snprintf(
			code, sizeof(code), "(exit code %d): ", codes[i]);
		behave(&w, behaviour, 0);
		end = world_fetch(&w);
		cr_expect_eq(end.result, JOB_FAILED);
		cr_expect_not_null(strstr(end.reason, code), "%s", end.reason);
		cr_expect_not_null(
			strstr(end.reason,
				"something \\x1b[31m\\xc3\\xbf went wrong"),
			"%s", end.reason);
		cr_expect_eq(w.depot->notes, 1);
		cr_expect_str_eq(
			fake_find(w.depot, REPO_RSYNC, w.uri)->record.reason,
			end.reason);
		world_free(&w);
	}
}

Test(rsync_guard, one_file_that_is_none_is_refused)
{
	static const struct {
		const char *behaviour, *reason;
	} cases[] = {
		{"none",
			"rsync: no file came, or it is larger than any object"},
		{"link", "rsync: what came: not a regular file"},
		{"folder", "rsync: what came: not a regular file"},
		{"signal-9", "rsync: ended by signal 9"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w;
		struct job_end end;

		behave(&w, cases[i].behaviour, 0);
		end = world_fetch_file(&w, "ta.cer");
		cr_expect_eq(end.result, JOB_FAILED);
		cr_expect_str_eq(end.reason, cases[i].reason);
		cr_expect_eq(w.octets_n, 0);
		world_free(&w);
	}
}

Test(rsync_guard, a_module_that_was_lost_takes_nothing_with_it)
{
	struct world w;
	struct job_end end;
	char uri[128];

	behave(&w, "none", 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_SAME, "%s", end.reason);
	cr_expect_eq(fake_find(w.depot, REPO_RSYNC, w.uri)->record.failures, 0);

	/* The program empties the folder, as rsync would. */
	(void)snprintf(uri, sizeof(uri), "%sodd name.roa", w.uri);
	fake_publish(w.depot, REPO_RSYNC, w.uri, uri, "what was there before");
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect_str_eq(end.reason,
		"the module is empty, what was there before is kept");
	cr_expect_eq(world_objects(&w), 1);
	cr_expect_eq(w.depot->drops, 1);
	world_free(&w);
}

Test(rsync_guard, errors_of_the_store_fail_the_job_and_nothing_else)
{
	struct world w;
	struct job_end end;

	behave(&w, "evil", 0);
	w.depot->fail_begin = ERR_SPACE;
	end = world_fetch(&w);
	cr_expect_str_eq(end.reason, "store: no space left on the device");
	w.depot->fail_begin = 0;
	w.depot->fail_put = ERR_IO;
	w.depot->fail_put_after = 2;
	end = world_fetch(&w);
	cr_expect_str_eq(
		end.reason, "taking in what came: input or output failed");
	cr_expect_eq(w.depot->drops, 1);
	w.depot->fail_put = 0;
	w.depot->fail_commit = ERR_SPACE;
	end = world_fetch(&w);
	cr_expect_str_eq(end.reason, "store: no space left on the device");
	w.depot->fail_commit = 0;
	w.depot->fail_note = ERR_IO;
	cr_expect_eq(world_objects(&w), 0);
	end = world_fetch(&w);
	cr_expect_eq(end.result, JOB_UPDATED, "%s", end.reason);
	world_free(&w);
}

Test(rsync_guard, a_program_that_is_none_is_told)
{
	static const char *const programs[] = {"no-such-program-anywhere",
		"/no/such/program", "/etc/passwd", "/tmp", "", "/bin/false",
		"./rsync"};
	struct folder folder = folder_new();
	struct rsync_pool *p;
	char why[256];

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		why[0] = '\0';
		cr_expect_eq(
			rsync_pool_new(
				&(struct rsync_config){.program = programs[i],
					.staging = folder.path},
				&p, why),
			ERR_NOTFOUND, "%s", programs[i]);
		cr_expect_str_not_empty(why);
	}
	folder_free(&folder);
}

Test(rsync_guard, old_versions_are_warned_of_once)
{
	struct world w;
	char said[8192];

	behave(&w, "none", 0);
	world_said(&w, said);
	cr_expect_not_null(
		strstr(said, "warn rsync-holes version=3.2.7 "), "%s", said);
	cr_expect_not_null(strstr(said, "CVE-2024-12085"));
	cr_expect_not_null(strstr(said, "unless your distribution"));
	(void)world_fetch(&w);
	cr_expect_null(strstr(world_said(&w, said), "rsync-holes"));
	world_free(&w);
}
