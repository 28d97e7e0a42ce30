/*
 * supplier: a shell script in the place of the child that fetches.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rtrd/keep/supplier.h"
#include "waymark/err.h"

/* A supplier, and what it told. */
struct rig {
	uv_loop_t loop;
	uv_timer_t end; /* a test that hangs fails */
	char folder[64], script[80], log[80];
	struct config config;
	struct fetch_facts facts;
	struct repos *repos;
	struct log out;
	struct supplier *supplier;
	unsigned news, settles;
	bool late;
};

static void
on_settled(void *ctx)
{
	struct rig *g = ctx;

	g->settles++;
}

static void
on_news(void *ctx)
{
	struct rig *g = ctx;

	g->news++;
}

static void
on_end(uv_timer_t *timer)
{
	struct rig *g = timer->data;

	g->late = true;
}

static void
script_write(const struct rig *g, const char *script)
{
	FILE *f = fopen(g->script, "w");

	cr_assert_not_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	cr_assert_eq(chmod(g->script, 0755), 0);
}

static struct rig *
rig_new(const char *script)
{
	struct rig *g = calloc(1, sizeof(*g));
	struct supplier_calls calls = {
		.news = on_news, .settled = on_settled, .ctx = g};
	static const char *const tals[] = {"/tmp/one.tal"};

	cr_assert_not_null(g);
	snprintf(g->folder, sizeof(g->folder), "/tmp/waymark-supplier.XXXXXX");
	cr_assert_not_null(mkdtemp(g->folder));
	snprintf(g->script, sizeof(g->script), "%s/validator", g->folder);
	snprintf(g->log, sizeof(g->log), "%s/log", g->folder);
	script_write(g, script);
	g->config = (struct config){
		.tals = {tals, 1},
		.validator = g->script,
		.refresh_ms = 600000,
		.rsync = "rsync",
		.fetch_timeout_s = 900,
		.disk_budget_mib = BOUND_STORE_BUDGET_MIB,
		.state_dir = g->folder,
	};
	g->out.fd = open(g->log, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	g->out.level = LOG_LEVEL_INFO;
	g->repos = repos_new();
	uv_loop_init(&g->loop);
	uv_timer_init(&g->loop, &g->end);
	g->end.data = g;
	uv_timer_start(&g->end, on_end, 20000, 0);
	uv_unref((uv_handle_t *)&g->end);
	calls.facts = &g->facts;
	calls.repos = g->repos;
	g->supplier = supplier_new(&g->loop, &calls, &g->out, &g->config);
	cr_assert_not_null(g->supplier);
	return g;
}

/* Until a number has reached another. */
#define UNTIL(g, condition) \
	do { \
		while (!(condition) && !(g)->late && \
			uv_run(&(g)->loop, UV_RUN_ONCE) != 0) \
			; \
		cr_assert(condition); \
	} while (0)

static bool
logged(const struct rig *g, const char *text)
{
	static char log[65536];
	ssize_t n = pread(g->out.fd, log, sizeof(log) - 1, 0);

	log[n > 0 ? n : 0] = '\0';
	return strstr(log, text) != NULL;
}

static void
rig_free(struct rig *g)
{
	supplier_stop(g->supplier);
	uv_close((uv_handle_t *)&g->end, NULL);
	uv_run(&g->loop, UV_RUN_DEFAULT);
	supplier_free(g->supplier);
	repos_free(g->repos);
	cr_expect_eq(uv_loop_close(&g->loop), 0, "a handle is left");
	close(g->out.fd);
	unlink(g->script);
	unlink(g->log);
	rmdir(g->folder);
	free(g);
}

/* A script that says these facts and waits for the end of its stdin. */
#define SAYS(text) "cat <<'END'\n" text "\nEND\ncat >/dev/null"

Test(supplier, facts)
{
	struct rig *g = rig_new(SAYS(
		"repo kind=rrdp uri=https://a/ state=failed changed=no "
		"session= serial=0 objects=1 bytes=2 received=3 attempt=4 "
		"success=4 next=5 failures=1 failures_all=1 elapsed_ms=6 "
		"reason=too%20slow\n"
		"this is no fact\n"
		"store used=1 budget=2 objects=3 full=yes\n"
		"repo kind=rrdp uri=https://a/ state=ok changed=yes "
		"session=s serial=9 objects=1 bytes=2 received=3 attempt=5 "
		"success=5 next=6 failures=0 failures_all=1 elapsed_ms=6 "
		"reason=too%20slow\n"
		"settled"));
	struct repo_facts f;

	cr_expect(g->facts.wanted);
	cr_expect_eq(supplier_refresh(g->supplier, NULL), ERR_BUSY);
	supplier_start(g->supplier);
	UNTIL(g, g->facts.settled);
	cr_expect(g->facts.running);
	cr_expect_eq(g->facts.settles, 1);
	cr_expect_eq(g->news, 1, "the change");
	cr_expect_eq(g->settles, 1);
	cr_assert_eq(repos_count(g->repos), 1);
	repos_get(g->repos, 0, &f, NULL);
	cr_expect_eq(f.serial, 9);
	cr_expect(g->facts.store.full);
	cr_expect(logged(g,
		" warn repository failed kind=rrdp uri=https://a/ "
		"reason=\"too slow\""));
	cr_expect(logged(g, " info repository ok again kind=rrdp"));
	cr_expect(logged(g, " error store full used=1 budget=2"));
	cr_expect_eq(supplier_refresh(g->supplier, "https://a/"), 0);
	cr_expect_eq(supplier_refresh(g->supplier, "https://b/"), ERR_NOTFOUND);
	rig_free(g);
}

#define FAILED(uri, failures) \
	"repo kind=rrdp uri=" uri " state=failed changed=no session= " \
	"serial=0 objects=0 bytes=0 received=0 attempt=4 success=0 next=5 " \
	"failures=" failures " failures_all=9 elapsed_ms=6 reason=x\n"

/* The first one of a child counts, and what is tried for the first time. */
Test(supplier, settled_with_nothing_new)
{
	struct rig *g = rig_new(SAYS("settled\nsettled\n" FAILED(
		"https://a/", "1") "settled\nsettled\n" FAILED("https://a/",
		"2") "settled\n" FAILED("https://b/", "1") "settled"));

	supplier_start(g->supplier);
	UNTIL(g, g->facts.settles == 6);
	cr_expect_eq(g->settles, 3, "%u", (unsigned)g->settles);
	cr_expect_eq(g->news, 0);
	rig_free(g);
}

/* What it is told comes in order, a line each. */
Test(supplier, commands)
{
	struct rig *g = rig_new(
		"echo settled; read a; read b; read c; echo \"$a/$b/$c\" >&2; "
		"cat >/dev/null");

	supplier_start(g->supplier);
	UNTIL(g, g->facts.settled);
	supplier_wanted(g->supplier);
	cr_expect_eq(supplier_refresh(g->supplier, NULL), 0);
	supplier_wanted(g->supplier);
	UNTIL(g, logged(g, " info fetch wanted/refresh/wanted\n"));
	rig_free(g);
}

Test(supplier, a_child_that_is_lost)
{
	static const struct {
		const char *script, *reason;
	} rows[] = {
		{"exit 0", "exit code 0"},
		{"echo 'T error store: \"x\" is locked' >&2; echo bye >&2; exit 1",
			"exit code 1: store: 'x' is locked"},
		{"echo one >&2; echo two >&2; exit 3", "exit code 3: two"},
		{"kill -9 $$", "killed by signal 9 (Killed)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig *g = rig_new(rows[i].script);

		supplier_start(g->supplier);
		UNTIL(g, g->facts.losses == 1);
		cr_expect_str_eq(g->facts.reason, rows[i].reason);
		cr_expect_not(g->facts.running);
		cr_expect_geq(g->facts.next.s, wall_now().s);
		cr_expect(logged(g, "next_start_ms=1000"));
		rig_free(g);
	}
}

Test(supplier, a_program_that_is_not_there)
{
	struct rig *g = rig_new("");

	g->config.validator = "/nonexistent/validator";
	supplier_start(g->supplier);
	UNTIL(g, g->facts.losses == 1);
	cr_expect_str_eq(g->facts.reason,
		"cannot start /nonexistent/validator: no such file or "
		"directory");
	rig_free(g);
}

/* A restart forgets nothing before the new one has told all. */
Test(supplier, another_follows)
{
	struct rig *g = rig_new(
		SAYS("repo kind=rrdp uri=https://a/ state=ok changed=no "
		     "session= serial=0 objects=1 bytes=2 received=3 attempt=4 "
		     "success=4 next=5 failures=0 failures_all=0 elapsed_ms=6 "
		     "reason=\nsettled"));

	supplier_start(g->supplier);
	UNTIL(g, g->facts.settles == 1);
	script_write(g, SAYS("settled"));
	supplier_kill(g->supplier);
	UNTIL(g, g->facts.losses == 1);
	cr_expect_eq(repos_count(g->repos), 1);
	UNTIL(g, g->facts.settles == 2);
	cr_expect_eq(g->facts.starts, 2);
	cr_expect_eq(repos_count(g->repos), 0);
	rig_free(g);
}

Test(supplier, another_configuration)
{
	struct rig *g = rig_new(SAYS("settled"));
	struct config other = g->config;

	supplier_start(g->supplier);
	UNTIL(g, g->facts.settles == 1);
	other.threads = 3;
	other.run_gap_ms = 7;
	supplier_configure(g->supplier, &other);
	cr_expect(g->facts.running);
	cr_expect_eq(g->facts.starts, 1, "that is not its concern");
	other.proxy = "http://p:1";
	supplier_configure(g->supplier, &other);
	UNTIL(g, g->facts.settles == 2);
	cr_expect_eq(g->facts.starts, 2);
	cr_expect_eq(g->facts.losses, 0);
	other.no_fetch = true;
	supplier_configure(g->supplier, &other);
	UNTIL(g, !g->facts.running);
	cr_expect_not(g->facts.wanted);
	cr_expect_eq(supplier_refresh(g->supplier, NULL), ERR_BUSY);
	other.no_fetch = false;
	supplier_configure(g->supplier, &other);
	UNTIL(g, g->facts.settles == 3);
	rig_free(g);
}

/* Nothing is started before its time, nor with a local tree. */
Test(supplier, not_wanted)
{
	struct rig *g = rig_new(SAYS("settled"));
	struct config local = g->config;

	supplier_configure(g->supplier, &g->config);
	cr_expect_eq(g->facts.starts, 0, "a reload before the first run");
	local.local = "/tree";
	supplier_configure(g->supplier, &local);
	supplier_start(g->supplier);
	supplier_start(g->supplier);
	uv_run(&g->loop, UV_RUN_NOWAIT);
	cr_expect_eq(g->facts.starts, 0);
	cr_expect_not(g->facts.wanted);
	rig_free(g);
}

/* It ignores what it is asked for: it is killed. */
Test(supplier, a_child_that_does_not_end)
{
	struct rig *g = rig_new(
		"trap '' TERM; echo settled; while :; do sleep 1; done");

	supplier_start(g->supplier);
	UNTIL(g, g->facts.settled);
	rig_free(g);
}
