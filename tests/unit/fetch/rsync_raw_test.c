/*
 * rsync_raw: the real rsync against servers that break its protocol, and what
 * is left of that for us: S04, S11 and S16 by the side of the server.
 */
#include <signal.h>

#include "tests/unit/fetch/rsync_world.h"

/* A server of the lab; see its head for what modules do. */
static void
raw(struct world *w, const char *how, const struct rsync_config *config)
{
	const char *source = getenv("WAYMARK_SOURCE");
	char program[512], port[16];
	int ends[2];
	ssize_t n;

	world_init(w);
	(void)snprintf(program, sizeof(program),
		"%s/tests/lab/servers/rsync_raw.py",
		source == NULL ? "." : source);
	cr_assert_eq(pipe(ends), 0);
	w->daemon = fork();
	if (w->daemon == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)execl(program, program, how == NULL ? NULL : "--connect",
			how, NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	n = read(ends[0], port, sizeof(port) - 1);
	(void)close(ends[0]);
	cr_assert_gt(n, 0, "no server");
	port[n] = '\0';
	w->port = (int)strtol(port, NULL, 10);
	world_pool(w, config);
}

static struct job_end
fetch(struct world *w, const char *module)
{
	(void)snprintf(w->uri, sizeof(w->uri), "rsync://127.0.0.1:%d/%s/",
		w->port, module);
	return world_fetch(w);
}

/* Whether a name that a server could have made exists outside. */
static bool
is_outside(const struct world *w)
{
	char path[512];

	return access(world_path(w, path, "evil.roa"), F_OK) == 0 ||
		access(world_path(w, path, "staging/evil.roa"), F_OK) == 0 ||
		access("/tmp/waymark-evil.roa", F_OK) == 0;
}

Test(rsync_raw, s04_s11_names_and_things_that_lead_out_are_refused)
{
	static const char *const modules[] = {"up", "deep", "absolute", "slash",
		"nul", "dots", "link", "device", "fifo", "folder"};
	struct world w;

	raw(&w, NULL, &(struct rsync_config){.io_s = 1});
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		struct job_end end = fetch(&w, modules[i]);

		cr_expect_eq(end.result, JOB_FAILED, "%s", modules[i]);
		cr_expect_str_not_empty(end.reason);
		cr_expect_eq(world_objects(&w), 0, "%s", modules[i]);
		cr_expect_not(is_outside(&w), "%s", modules[i]);
	}
	world_free(&w);
}

Test(rsync_raw, servers_that_break_the_protocol)
{
	static const struct {
		const char *module, *reason;
	} cases[] = {
		{"close", "(exit code 12)"},
		{"garbage", "(exit code "},
		{"huge", "(exit code "},
		{"stall", "said nothing for too long (exit code 30)"},
		{"error",
			"no such module, or no access (exit code 5): "
			"@ERROR: "},
		{"vanish", "(exit code "},
	};
	struct world w;

	raw(&w, NULL, &(struct rsync_config){.io_s = 1});
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct job_end end = fetch(&w, cases[i].module);

		cr_expect_eq(end.result, JOB_FAILED, "%s", cases[i].module);
		cr_expect_not_null(strstr(end.reason, cases[i].reason),
			"%s: %s", cases[i].module, end.reason);
		for (const char *p = end.reason; *p != '\0'; p++)
			cr_expect(*p >= ' ' && *p < 127);
	}
	world_free(&w);
}

Test(rsync_raw, s16_servers_that_drip_are_left_at_the_wall)
{
	static const char *const modules[] = {"drip", "motd", "many"};
	struct world w;

	raw(&w, NULL, &(struct rsync_config){.wall_ms = 1500});
	for (size_t i = 0; i < 3; i++) {
		struct mono begun = mono_now();
		struct job_end end = fetch(&w, modules[i]);

		cr_expect_eq(end.result, JOB_FAILED);
		cr_expect_str_eq(
			end.reason, "rsync: it takes longer than it may");
		cr_expect_lt(mono_since(begun, mono_now()), 4000);
	}
	world_free(&w);
}

Test(rsync_raw, s16_greetings_that_never_come)
{
	static const char *const how[] = {"stall", "garbage", "drip"};

	for (size_t i = 0; i < 3; i++) {
		struct world w;
		struct mono begun = mono_now();

		raw(&w, how[i],
			&(struct rsync_config){
				.connect_s = 1, .io_s = 1, .wall_ms = 1500});
		cr_expect_eq(fetch(&w, "module").result, JOB_FAILED);
		cr_expect_lt(mono_since(begun, mono_now()), 5000);
		world_free(&w);
	}
}

Test(rsync_raw, a_file_that_grows_ends_the_program_at_the_limit)
{
	struct world w;
	struct job_end end;

	raw(&w, NULL, &(struct rsync_config){.io_s = 5});
	end = fetch(&w, "grows");
	cr_expect_eq(end.result, JOB_FAILED);
	cr_expect(strstr(end.reason, "(exit code 11)") != NULL ||
			strstr(end.reason, "grew larger") != NULL,
		"%s", end.reason);
	world_free(&w);
}
