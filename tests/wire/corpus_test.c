/*
 * corpus: the whole world's payloads, served by us and by another cache: a
 * router must hold the same set after either, and in version 2 the world's
 * ASPAs besides (the other cache's are of an older draft).
 *
 * Needs WAYMARK_CORPUS, and bzcat and xzcat.
 */
#include <criterion/criterion.h>
#include <spawn.h>
#include <sys/wait.h>

#include "tests/wire/checker.h"
#include "tests/wire/talk.h"

extern char **environ;

#define CAPTURES "rtr/stayrtr-0.5.1-vrps-2025-07-20"
#define DUMP \
	"vrps/rpki-client-2025-07-20/" \
	"rpkiclient_summary_20250720T093135Z.json.bz2"

/* The corpus file, or NULL where there is no corpus. */
static const char *
test_path(const char *name, char path[4096])
{
	const char *corpus = getenv("WAYMARK_CORPUS");

	if (corpus == NULL) {
		printf("SKIPPED: WAYMARK_CORPUS\n");
		return NULL;
	}
	snprintf(path, 4096, "%s/%s", corpus, name);
	return path;
}

/* All that `program PATH` prints; to be freed. */
static struct span
test_unpack(const char *program, const char *path)
{
	char *const argv[] = {
		(char *)(uintptr_t)program, (char *)(uintptr_t)path, NULL};
	posix_spawn_file_actions_t actions;
	uint8_t *all = NULL;
	size_t n = 0, cap = 0;
	ssize_t got = 1;
	int pipes[2], status;
	pid_t pid;

	cr_assert_eq(pipe(pipes), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
	posix_spawn_file_actions_addclose(&actions, pipes[0]);
	cr_assert_eq(
		posix_spawnp(&pid, program, &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	while (got > 0) {
		if (n == cap) {
			cap = cap == 0 ? 1048576 : 2 * cap;
			all = realloc(all, cap);
			cr_assert(all != NULL);
		}
		got = read(pipes[0], all + n, cap - n);
		n += got > 0 ? (size_t)got : 0;
	}
	close(pipes[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "%s %s", program, path);
	return span_of(all, n);
}

/* A line such as
 *	{ "asn": 1, "prefix": "10.0.0.0/8", "maxLength": 8, "ta": ... */
static void
test_add_vrp(struct payload_builder *b, const char *line)
{
	char text[64];
	struct prefix p;
	unsigned asn, max_len;
	struct vrp v = {.expires = 1};

	cr_assert_eq(sscanf(line,
			     " { \"asn\": %u, \"prefix\": \"%63[^\"]\", "
			     "\"maxLength\": %u",
			     &asn, text, &max_len),
		3, "%s", line);
	cr_assert_eq(prefix_parse(text, &p), 0, "%s", text);
	v.addr = p.addr;
	v.family = p.family;
	v.len = p.len;
	v.max_len = (uint8_t)max_len;
	v.asn = asn;
	cr_assert_eq(payload_build_vrp(b, &v), 0);
}

/* A line such as
 *	{ "customer_asid": 1, "expires": 2, "providers": [ 3, 4 ] }, */
static void
test_add_aspa(struct payload_builder *b, const char *line)
{
	static const char before[] = "\"providers\": [";
	const char *at = strstr(line, before);
	uint32_t providers[256];
	struct aspa a = {.expires = 1, .providers = providers};
	unsigned provider;
	int n;

	cr_assert_eq(sscanf(line, " { \"customer_asid\": %u", &a.customer), 1);
	cr_assert(at != NULL);
	at += sizeof(before) - 1;
	while (sscanf(at, " %u%n", &provider, &n) == 1) {
		cr_assert(a.provider_count < 256);
		providers[a.provider_count++] = provider;
		at += n;
		at += *at == ',';
	}
	cr_assert_eq(payload_build_aspa(b, &a), 0);
}

/* The router keys of the dump stand in the capture as well; they are given
 * here as octets so that no base64 is needed. */
static void
test_add_keys(struct payload_builder *b)
{
	static const char *const keys[] = {
		"5d4250e2d81d4448d8a29efce91d29ff075ec9e2"
		"3059301306072a8648ce3d020106082a8648ce3d03010703420004805723"
		"43f83ffcb0107ab007d8ca69f86b9ca0300605b848a83df7c0d3ec5f19c0"
		"19bfa6b59ed742b54ef4343a52501286d8a0e7e41f10aa53b45822a9f880"
		"15",
		"be889b55d0b737397d75c49f485b858fa98ad11f"
		"3059301306072a8648ce3d020106082a8648ce3d03010703420004e05c49"
		"af49f66eec75b97d44be5f905b0658bc869d3e32ee157da6c6a2ae006521"
		"2a7afb54b2c382b13efa5f69e5e1f69164cd540376d85514ddd6ff44aa44"
		"db"};

	for (size_t i = 0; i < 2; i++) {
		uint8_t octets[20 + 91];
		struct router_key k = {.asn = 15562, .expires = 1};
		size_t n = talk_hex(keys[i], octets, sizeof(octets));

		cr_assert_eq(n, sizeof(octets));
		memcpy(k.ski, octets, 20);
		k.spki = span_of(octets + 20, 91);
		cr_assert_eq(payload_build_key(b, &k), 0);
	}
}

static const struct payload_set *
test_world(const char *path)
{
	struct span json = test_unpack("bzcat", path);
	struct payload_builder *b = payload_build_new(800000);
	const struct payload_set *set;
	const char *at = (const char *)json.p;
	const char *end = at + json.n;

	while (at < end) {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		char copy[4096];
		size_t n = (size_t)((line == NULL ? end : line) - at);

		n = n < sizeof(copy) ? n : sizeof(copy) - 1;
		memcpy(copy, at, n);
		copy[n] = '\0';
		if (strstr(copy, "\"maxLength\"") != NULL)
			test_add_vrp(b, copy);
		else if (strstr(copy, "\"customer_asid\"") != NULL)
			test_add_aspa(b, copy);
		at = line == NULL ? end : line + 1;
	}
	free((void *)(uintptr_t)json.p);
	test_add_keys(b);
	cr_assert_eq(payload_build_done(b, &set), 0);
	return set;
}

static void
test_version(struct talk *t, unsigned version, const char *capture)
{
	struct span theirs = test_unpack("xzcat", capture);
	struct checker ours, other;
	const uint8_t query[] = {(uint8_t)version, 2, 0, 0, 0, 0, 0, 8};

	checker_init(&ours, version);
	checker_init(&other, version > 1 ? 1 : version);
	ours.asked_all = true;
	other.asked_all = true;
	other.foreign = true;
	talk_connect(t);
	talk_say_octets(t, query, sizeof(query));
	cr_assert(checker_read(&ours, talk_hear(t)), "%s", ours.why);
	cr_assert(checker_holds(&ours, cache_set(t->cache)));
	cr_assert(checker_read(&other, theirs), "%s", other.why);
	cr_expect_eq(ours.pdus[4], 580366);
	cr_expect_eq(ours.pdus[6], 143155);
	cr_expect_eq(ours.pdus[9], version == 0 ? 0 : 2);
	cr_expect_eq(ours.pdus[11], version < 2 ? 0 : 100);
	/* What the other one had no version for is the last. */
	ours.set.n -= ours.pdus[11];
	cr_expect(held_lists_equal(&ours.set, &other.set));
	checker_fini(&ours);
	checker_fini(&other);
	free((void *)(uintptr_t)theirs.p);
}

Test(corpus, same_set_as_another_cache, .timeout = 240)
{
	char path[4096];
	const struct payload_set *set;
	struct talk t;
	bool changed;

	if (test_path(DUMP, path) == NULL)
		return;
	set = test_world(path);
	cr_assert_eq(set->vrp_count, 723521);
	cr_assert_eq(set->aspa_count, 100);
	talk_init(&t, 2);
	cr_assert_eq(cache_publish(t.cache, set, &changed), 0);
	payload_unref(set);
	test_version(&t, 0, test_path(CAPTURES "/v0_reset.bin.xz", path));
	test_version(&t, 1, test_path(CAPTURES "/v1_reset.bin.xz", path));
	test_version(&t, 2, test_path(CAPTURES "/v1_reset.bin.xz", path));
	talk_fini(&t);
}

/* The checker also takes the deltas of another cache. */
Test(corpus, deltas_of_another_cache)
{
	static const struct {
		const char *name;
		unsigned version, come, gone;
	} rows[] = {
		{CAPTURES "/v1_notify_and_deltas.bin", 1, 9, 6},
		{CAPTURES "/v1_serial_0_1.bin", 1, 9, 6},
		{CAPTURES "/v1_old_serial.bin", 1, 0, 0},
		{CAPTURES "/v2_notify_and_deltas.bin", 2, 9, 6},
		{CAPTURES "/v2_old_serial.bin", 2, 0, 0},
	};
	char path[4096];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct checker c;
		struct span octets;

		if (test_path(rows[i].name, path) == NULL)
			return;
		octets = test_unpack("cat", path);
		checker_init(&c, rows[i].version);
		c.foreign = true;
		c.loose = true;
		cr_expect(checker_read(&c, octets), "%s: %s", path, c.why);
		cr_expect_eq(c.set.n, rows[i].come);
		cr_expect_eq(
			c.pdus[4] + c.pdus[6], rows[i].come + rows[i].gone);
		checker_fini(&c);
		free((void *)(uintptr_t)octets.p);
	}
}
