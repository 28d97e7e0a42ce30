/*
 * nomem: the n-th allocation fails, for every n (scenario malloc-nth, the part
 * of the cache and its sessions).
 *
 * Nothing crashes, nothing is half changed: a publication that failed leaves
 * the old set, a session that got no image is closed without an Error Report,
 * and with memory back everything is as if nothing had been.
 */
#include <criterion/criterion.h>

#include "tests/wire/checker.h"
#include "tests/wire/talk.h"
#include "waymark/err.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#endif
#endif

#ifdef INSTRUMENTED

/* The sanitizers have allocators of their own. */
Test(nomem, every_allocation_fails_once)
{
	cr_skip_test("not under a sanitizer");
}

#else

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

/* Allocations until one fails; negative: none does. */
static long test_countdown = -1;

static bool
test_fails(void)
{
	return test_countdown >= 0 && test_countdown-- == 0;
}

void *
malloc(size_t n)
{
	return test_fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return test_fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return test_fails() ? NULL : __libc_realloc(p, n);
}

enum {
	SETS = 4
};

static const char *const WORDS[SETS] = {"", "10.0.0.0/8-8=1 key=1 ::/0-0=1",
	"10.0.0.0/8-8=2 key=2 ::/0-0=1", "10.0.0.0/8-8=1 key=2 key=3"};

/* One query on a new connection; whether it was answered with data. */
static bool
test_ask(struct talk *t, const char *hex)
{
	uint8_t query[12], heard[1024];
	size_t n = talk_hex(hex, query, sizeof(query)), got = 0;
	struct session *s = session_new(t->cache, &t->config, &t->peer, t->now);
	struct session_facts f;
	struct span out;
	struct checker c;
	long countdown;
	bool data;

	if (s == NULL)
		return false;
	session_input(s, span_of(query, n), t->now);
	while (session_output(s, &out, 1) > 0) {
		cr_assert(got + out.n <= sizeof(heard));
		memcpy(heard + got, out.p, out.n);
		got += out.n;
		session_sent(s, out.n, t->now);
	}
	session_tell(s, &f);
	session_free(s);
	if (f.state == SESSION_CLOSED) {
		cr_assert_str_eq(f.close_reason, "no-memory");
		cr_assert_eq(got, 0);
		return false;
	}
	/* The checker allocates; that is not what is tested here. */
	countdown = test_countdown;
	test_countdown = -1;
	checker_init(&c, 1);
	c.loose = true;
	cr_assert(checker_read(&c, span_of(heard, got)), "%s", c.why);
	data = c.pdus[7] == 1;
	checker_fini(&c);
	test_countdown = countdown;
	return data;
}

/* Publish all sets and ask everything; how often memory was short. */
static unsigned
test_scenario(struct talk *t, const struct payload_set *const sets[SETS])
{
	static const char *const queries[] = {"0102000000000008",
		"010156780000000c00000001", "010156780000000c00000002"};
	unsigned short_of = 0;

	for (size_t i = 0; i < SETS; i++) {
		uint32_t serial = cache_serial(t->cache);
		const struct payload_set *old = cache_set(t->cache);
		bool changed = false;
		int err = cache_publish(t->cache, sets[i], &changed);

		if (err != 0) {
			/* Of its own, the library says no more than that. */
			cr_assert(err == ERR_NOMEM || err == ERR_CRYPTO);
			cr_assert_eq(cache_serial(t->cache), serial);
			cr_assert_eq(cache_set(t->cache), old);
			short_of++;
			continue;
		}
		for (size_t k = 0; k < 3; k++) {
			bool data = test_ask(t, queries[k]);

			/* Serial 2 is not there after the first set. */
			short_of += !data && cache_serial(t->cache) > k;
		}
	}
	return short_of;
}

Test(nomem, every_allocation_fails_once)
{
	const struct payload_set *sets[SETS];
	unsigned failed = 0, n;

	for (size_t i = 0; i < SETS; i++)
		sets[i] = talk_set(WORDS[i]);
	for (n = 0; n < 10000; n++) {
		struct talk t;
		bool all;

		talk_init(&t, 1);
		test_countdown = (long)n;
		failed += test_scenario(&t, sets) > 0;
		all = test_countdown >= 0;
		test_countdown = -1;
		/* Memory is back. */
		cr_assert_eq(test_scenario(&t, sets), 0, "after %u", n);
		talk_fini(&t);
		if (all)
			break;
	}
	cr_expect(n > 30 && n < 10000, "%u allocations", n);
	cr_expect(failed > 30, "%u failures seen", failed);
	for (size_t i = 0; i < SETS; i++)
		payload_unref(sets[i]);
}

/* A cache or a session that cannot be made. */
Test(nomem, no_cache_no_session)
{
	struct cache_config config = talk_cache_config();
	struct session_config session = {0};
	struct session_peer peer = {.max_version = 1};
	struct cache *c = NULL;

	for (long n = 0; n < 20 && c == NULL; n++) {
		test_countdown = n;
		c = cache_new(&config);
		test_countdown = -1;
		cr_expect_eq(c == NULL, n < 2, "allocation %ld", n);
	}
	test_countdown = 0;
	cr_expect(session_new(c, &session, &peer, (struct mono){0}) == NULL);
	test_countdown = -1;
	cache_free(c);
}

#endif
