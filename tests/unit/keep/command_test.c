/*
 * command: the words that the validator is started with.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rtrd/keep/command.h"

static const char *const tals[] = {"/a.tal", "/tals"};

static const char *const limits[] = {"cas=60000", "paths=2"};

static const struct config USUAL = {
	.tals = {tals, 2},
	.profile = "current",
	.max_depth = BOUND_CA_DEPTH,
	.aspa_max_providers = BOUND_ASPA_PROVIDERS,
	.validator = "/bin/validator",
	.refresh_ms = BOUND_REFRESH_S * 1000,
	.rsync = "rsync",
	.fetch_timeout_s = BOUND_REPO_WALL_MS / 1000,
	.disk_budget_mib = BOUND_STORE_BUDGET_MIB,
};

/* All words with a space between. */
static void
expect(char *const *words, const char *line)
{
	char got[4096] = "";

	cr_assert_not_null(words);
	for (; *words != NULL; words++) {
		strncat(got, *words, sizeof(got) - strlen(got) - 1);
		strncat(got, words[1] != NULL ? " " : "",
			sizeof(got) - strlen(got) - 1);
	}
	cr_expect_str_eq(got, line);
}

Test(command, of_runs)
{
	struct arena *arena = arena_new(4096);
	struct config c = USUAL;

	expect(command_run(arena, &c, "/state"),
		"/bin/validator run --log-level warn --tal /a.tal --tal /tals "
		"--quiet --cache /state --output "
		"snapshot=/state/run.snapshot");
	c.local = "/tree";
	c.at = "2026-03-16T07:30:00Z";
	c.profile = "rfc6488";
	c.max_depth = 5;
	c.aspa_max_providers = 7;
	c.threads = 3;
	c.limits = (struct config_list){limits, 2};
	expect(command_run(arena, &c, "/state"),
		"/bin/validator once --log-level warn --tal /a.tal --tal /tals "
		"--quiet --local /tree --at 2026-03-16T07:30:00Z --profile "
		"rfc6488 --max-depth 5 --aspa-max-providers 7 --limit cas=60000 "
		"--limit paths=2 --threads 3 --output "
		"snapshot=/state/run.snapshot");
	arena_free(arena);
}

Test(command, of_fetching)
{
	struct arena *arena = arena_new(4096);
	struct config c = USUAL;

	expect(command_fetch(arena, &c, "/state"),
		"/bin/validator fetch --log-level warn --tal /a.tal --tal "
		"/tals --cache /state --control");
	c.refresh_ms = 60000;
	c.fetch_timeout_s = 5;
	c.disk_budget_mib = 64;
	c.no_rrdp = c.no_rsync = c.tls_insecure = true;
	c.rsync = "/bin/rsync";
	c.tls_ca = "/ca.pem";
	c.proxy = "http://p:1";
	c.source_address = "192.0.2.1";
	expect(command_fetch(arena, &c, "/state"),
		"/bin/validator fetch --log-level warn --tal /a.tal --tal "
		"/tals --cache /state --control --refresh 60 --fetch-timeout 5 "
		"--disk-budget 64 --no-rrdp --no-rsync --rsync /bin/rsync "
		"--tls-ca /ca.pem --tls-insecure --proxy http://p:1 "
		"--source-address 192.0.2.1");
	arena_free(arena);
}

Test(command, same)
{
	struct arena *arena = arena_new(4096);
	struct config c = USUAL;
	char **one = command_fetch(arena, &c, "/state"), **two;

	two = command_fetch(arena, &c, "/state");
	cr_expect(command_is_same(one, two));
	c.threads = 3;
	two = command_fetch(arena, &c, "/state");
	cr_expect(command_is_same(one, two), "that is of runs");
	c.proxy = "http://p:1";
	two = command_fetch(arena, &c, "/state");
	cr_expect_not(command_is_same(one, two));
	cr_expect_not(command_is_same(two, one));
	c.proxy = "http://p:2";
	one = command_fetch(arena, &c, "/state");
	cr_expect_not(command_is_same(one, two));
	arena_free(arena);
}
