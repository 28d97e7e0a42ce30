/*
 * anchor: which versions of a certificate are kept, against transports and a
 * depot in memory.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/fetch/fake_depot.h"
#include "validator/fetch/anchor.h"
#include "validator/fetch/http.h"
#include "validator/fetch/rsync.h"

#define HTTPS "https://a.example/ta.cer"
#define RSYNC "rsync://a.example/m/ta.cer"

/* The transports: they remember what was asked, and answer when told to. */
static struct http_request asked;
static char asked_uri[256], asked_etag[256];
static unsigned cancels;
static void (*took)(void *ctx, const struct job_end *end, struct span octets);
static void *took_ctx;

int
http_start(struct http *h, const struct http_request *request,
	struct http_transfer **out)
{
	(void)h;
	asked = *request;
	snprintf(asked_uri, sizeof(asked_uri), "%s", request->uri);
	snprintf(asked_etag, sizeof(asked_etag), "%s", request->etag);
	*out = (struct http_transfer *)(void *)&asked;
	return 0;
}

void
http_cancel(struct http_transfer *t)
{
	cancels += t != NULL;
}

int
rsync_file_start(struct rsync_pool *p, const char *uri,
	void (*done)(void *ctx, const struct job_end *end, struct span octets),
	void *ctx, struct rsync **out)
{
	(void)p;
	snprintf(asked_uri, sizeof(asked_uri), "%s", uri);
	took = done;
	took_ctx = ctx;
	*out = (struct rsync *)(void *)&took;
	return 0;
}

void
rsync_cancel(struct rsync *r)
{
	cancels += r != NULL;
}

struct scene {
	struct fake_depot *depot;
	struct wall now;
	struct job_env env;
	struct job_target target;
	unsigned done;
	struct job_end end;
};

static void
on_done(void *ctx, const struct job_end *end)
{
	struct scene *s = ctx;

	s->done++;
	s->end = *end;
}

static void
scene_open(struct scene *s, const char *uri)
{
	*s = (struct scene){.depot = fake_depot_new(), .now = {1763700000}};
	s->env = (struct job_env){.http = (struct http *)(void *)&asked,
		.rsync = (struct rsync_pool *)(void *)&took,
		.depot = &s->depot->depot,
		.now = &s->now};
	s->target = (struct job_target){.uri = uri};
}

static struct anchor *
begin(struct scene *s)
{
	struct job_calls calls = {.done = on_done, .ctx = s};
	struct anchor *a = NULL;

	s->done = 0;
	asked_uri[0] = '\0';
	cr_assert_eq(anchor_start(&s->env, &s->target, &calls, &a), 0);
	cr_assert_str_eq(asked_uri, s->target.uri);
	cr_assert_eq(s->done, 0);
	return a;
}

/* 200 octets that differ by `number`. */
static struct span
certificate(unsigned number, char out[200])
{
	memset(out, 'x', 200);
	snprintf(out, 200, "%u", number);
	return span_of(out, 200);
}

static void
answer(struct scene *s, enum http_outcome outcome, struct span octets,
	const char *etag)
{
	struct http_end end = {.outcome = outcome,
		.status = 200,
		.received = octets.n,
		.etag = etag,
		.last_modified = "",
		.reason = "HTTP 404"};

	if (octets.n > 0)
		cr_assert(asked.data(asked.ctx, octets));
	asked.end(asked.ctx, &end);
	cr_assert_eq(s->done, 1);
}

static void
fetch(struct scene *s, unsigned number, const char *etag)
{
	char buf[200];

	s->now.s += 600;
	(void)begin(s);
	answer(s, HTTP_DONE, certificate(number, buf), etag);
}

static void
hash_of(unsigned number, uint8_t hash[32])
{
	char buf[200];
	struct span c = certificate(number, buf);

	(void)SHA256(c.p, c.n, hash);
}

/* Whether the set has a version, under the right URI and with the right octets.
 */
static bool
has(const struct scene *s, unsigned number)
{
	const struct fake_repo *r = fake_find(s->depot, REPO_TA, s->target.uri);
	char uri[256], buf[200];
	uint8_t hash[32];
	const struct fake_item *item;
	int n = snprintf(uri, sizeof(uri), "%s?", s->target.uri);

	hash_of(number, hash);
	for (size_t i = 0; i < 32; i++)
		n += snprintf(uri + n, 3, "%02x", hash[i]);
	item = r == NULL ? NULL : fake_set_find(&r->live, span_text(uri));
	if (item == NULL)
		return false;
	cr_assert(span_equal(
		span_of(item->bytes, item->n), certificate(number, buf)));
	return true;
}

static const struct repo_record *
record(const struct scene *s)
{
	return &fake_find(s->depot, REPO_TA, s->target.uri)->record;
}

Test(anchor, the_first_version)
{
	struct scene s;

	scene_open(&s, HTTPS);
	fetch(&s, 1, "\"one\"");
	cr_assert_eq(s.end.result, JOB_UPDATED);
	cr_assert(s.end.changed);
	cr_assert_eq(s.end.received, 200);
	cr_assert(has(&s, 1));
	cr_assert_str_eq(record(&s)->etag, "\"one\"");
	cr_assert_eq(record(&s)->kind, REPO_TA);
	cr_assert_eq(record(&s)->success.s, s.now.s);
	cr_assert_eq(record(&s)->objects, 1);
	cr_assert_str_eq(asked_etag, "");
	cr_assert_eq(asked.octets_max, BOUND_OBJECT_MAX);
	fake_depot_free(s.depot);
}

Test(anchor, the_same_again)
{
	struct scene s;

	scene_open(&s, HTTPS);
	fetch(&s, 1, "\"one\"");
	fetch(&s, 1, "\"two\"");
	cr_assert_eq(s.end.result, JOB_SAME);
	cr_assert_not(s.end.changed);
	cr_assert_str_eq(asked_etag, "\"one\"");
	cr_assert_str_eq(record(&s)->etag, "\"two\"");
	cr_assert_eq(record(&s)->success.s, s.now.s);
	cr_assert_eq(s.depot->commits, 1);
	/* A 304, once with a tag and once without. */
	(void)begin(&s);
	answer(&s, HTTP_SAME, span_of(NULL, 0), "\"three\"");
	cr_assert_eq(s.end.result, JOB_SAME);
	cr_assert_str_eq(record(&s)->etag, "\"three\"");
	(void)begin(&s);
	answer(&s, HTTP_SAME, span_of(NULL, 0), "");
	cr_assert_str_eq(record(&s)->etag, "\"three\"");
	cr_assert(has(&s, 1));
	fake_depot_free(s.depot);
}

Test(anchor, keeps_the_latest_few)
{
	struct scene s;

	scene_open(&s, HTTPS);
	for (unsigned i = 1; i <= BOUND_TA_VERSIONS; i++)
		fetch(&s, i, "");
	for (unsigned i = 1; i <= BOUND_TA_VERSIONS; i++)
		cr_assert(has(&s, i));
	fetch(&s, BOUND_TA_VERSIONS + 1, "");
	cr_assert_not(has(&s, 1));
	for (unsigned i = 2; i <= BOUND_TA_VERSIONS + 1; i++)
		cr_assert(has(&s, i));
	/* One that comes back is the latest again, and changes nothing. */
	fetch(&s, 2, "");
	cr_assert_eq(s.end.result, JOB_UPDATED);
	cr_assert_eq(record(&s)->objects, BOUND_TA_VERSIONS);
	fetch(&s, 2, "");
	cr_assert_eq(s.end.result, JOB_SAME);
	fetch(&s, 99, "");
	cr_assert(has(&s, 2));
	cr_assert_not(has(&s, 3));
	fake_depot_free(s.depot);
}

/* Also when the clock stands still or goes back. */
Test(anchor, age_is_that_of_arrival)
{
	struct scene s;

	scene_open(&s, HTTPS);
	for (unsigned i = 1; i <= 40; i++) {
		fetch(&s, i, "");
		s.now.s -= i % 2 == 0 ? 600 : 5000;
		if (i > BOUND_TA_VERSIONS)
			cr_assert_not(has(&s, i - BOUND_TA_VERSIONS));
	}
	for (unsigned i = 40 - BOUND_TA_VERSIONS + 1; i <= 40; i++)
		cr_assert(has(&s, i));
	fake_depot_free(s.depot);
}

Test(anchor, what_a_run_took_stays)
{
	struct scene s;
	uint8_t keeps[2][32];

	scene_open(&s, HTTPS);
	fetch(&s, 1, "");
	fetch(&s, 2, "");
	hash_of(1, keeps[0]);
	hash_of(77, keeps[1]);
	s.target.keeps = (const uint8_t(*)[32])keeps;
	s.target.keep_count = 2;
	for (unsigned i = 100; i < 150; i++)
		fetch(&s, i, "");
	cr_assert(has(&s, 1));
	cr_assert_not(has(&s, 2));
	/* It does not take the place of one that is unproven. */
	cr_assert_eq(record(&s)->objects, BOUND_TA_VERSIONS + 1);
	for (unsigned i = 150 - BOUND_TA_VERSIONS; i < 150; i++)
		cr_assert(has(&s, i));
	fake_depot_free(s.depot);
}

Test(anchor, a_failure_changes_nothing)
{
	struct scene s;

	scene_open(&s, HTTPS);
	fetch(&s, 1, "\"one\"");
	(void)begin(&s);
	answer(&s, HTTP_FAILED, span_of("x", 1), "\"bad\"");
	cr_assert_eq(s.end.result, JOB_FAILED);
	cr_assert_str_eq(s.end.reason, "HTTP 404");
	cr_assert_eq(record(&s)->failures, 1);
	cr_assert_str_eq(record(&s)->reason, "HTTP 404");
	cr_assert_str_eq(record(&s)->etag, "\"one\"");
	cr_assert(has(&s, 1));
	fake_depot_free(s.depot);
}

/* The tag of what was not taken must not make it "not modified". */
Test(anchor, sizes_and_their_tags)
{
	static const uint8_t small[BOUND_OBJECT_MIN];
	struct scene s;

	scene_open(&s, HTTPS);
	fetch(&s, 1, "\"one\"");
	(void)begin(&s);
	answer(&s, HTTP_DONE, span_of(small, BOUND_OBJECT_MIN - 1), "\"bad\"");
	cr_assert_eq(s.end.result, JOB_FAILED);
	cr_assert_str_eq(s.end.reason, "99 octets are no certificate");
	cr_assert_str_eq(record(&s)->etag, "\"one\"");
	(void)begin(&s);
	answer(&s, HTTP_DONE, span_of(NULL, 0), "\"bad\"");
	cr_assert_eq(s.end.result, JOB_FAILED);
	(void)begin(&s);
	answer(&s, HTTP_DONE, span_of(small, BOUND_OBJECT_MIN), "\"two\"");
	cr_assert_eq(s.end.result, JOB_UPDATED);
	fake_depot_free(s.depot);
}

Test(anchor, the_store_may_fail)
{
	struct scene s;

	scene_open(&s, HTTPS);
	fetch(&s, 1, "\"one\"");
	s.depot->fail_begin = ERR_SPACE;
	fetch(&s, 2, "\"two\"");
	cr_assert_eq(s.end.result, JOB_FAILED);
	cr_assert_str_eq(s.end.reason, "store: the disk budget is used up");
	s.depot->fail_begin = 0;
	s.depot->fail_put = ERR_IO;
	fetch(&s, 2, "\"two\"");
	cr_assert_eq(s.end.result, JOB_FAILED);
	s.depot->fail_put = 0;
	s.depot->fail_commit = ERR_IO;
	fetch(&s, 2, "\"two\"");
	cr_assert_eq(s.end.result, JOB_FAILED);
	s.depot->fail_commit = 0;
	s.depot->fail_note = ERR_IO;
	fetch(&s, 1, "\"one\"");
	cr_assert_eq(s.end.result, JOB_FAILED);
	s.depot->fail_note = 0;
	cr_assert(has(&s, 1));
	cr_assert_not(has(&s, 2));
	cr_assert_str_eq(record(&s)->etag, "\"one\"");
	fetch(&s, 2, "\"two\"");
	cr_assert_eq(s.end.result, JOB_UPDATED);
	fake_depot_free(s.depot);
}

/* A set may hold what the store cannot show any more. */
Test(anchor, a_lost_version_comes_back)
{
	struct scene s;
	struct fake_repo *r;

	scene_open(&s, HTTPS);
	fetch(&s, 1, "");
	fetch(&s, 2, "");
	r = fake_find(s.depot, REPO_TA, HTTPS);
	for (size_t i = 0; i < r->live.n; i++)
		if (r->live.at[i].bytes[0] == '2')
			fake_set_take(&r->live, &r->live.at[i]);
	fetch(&s, 2, "");
	cr_assert_eq(s.end.result, JOB_UPDATED);
	cr_assert(has(&s, 1));
	cr_assert(has(&s, 2));
	fake_depot_free(s.depot);
}

Test(anchor, by_rsync)
{
	struct scene s;
	char buf[200];
	struct job_end end = {.result = JOB_UPDATED, .received = 300};

	scene_open(&s, RSYNC);
	(void)begin(&s);
	took(took_ctx, &end, certificate(5, buf));
	cr_assert_eq(s.done, 1);
	cr_assert_eq(s.end.result, JOB_UPDATED);
	cr_assert_eq(s.end.received, 300);
	cr_assert(has(&s, 5));
	(void)begin(&s);
	took(took_ctx, &end, certificate(5, buf));
	cr_assert_eq(s.end.result, JOB_SAME);
	end = (struct job_end){.result = JOB_FAILED, .reason = "gone"};
	(void)begin(&s);
	took(took_ctx, &end, span_of(NULL, 0));
	cr_assert_eq(s.end.result, JOB_FAILED);
	cr_assert_str_eq(s.end.reason, "gone");
	cr_assert(has(&s, 5));
	fake_depot_free(s.depot);
}

Test(anchor, cancel_and_what_cannot_be_asked)
{
	static const char *const bad[] = {
		"", "http://a.example/ta.cer", "https://a.example/../x"};
	struct job_calls calls = {.done = on_done};
	struct anchor *a = NULL;
	struct scene s;

	scene_open(&s, HTTPS);
	anchor_cancel(begin(&s));
	cr_assert_eq(cancels, 1);
	s.target.uri = RSYNC;
	anchor_cancel(begin(&s));
	cr_assert_eq(cancels, 2);
	cr_assert_eq(s.done, 0);
	anchor_cancel(NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.target.uri = bad[i];
		cr_assert_eq(anchor_start(&s.env, &s.target, &calls, &a),
			ERR_SYNTAX);
	}
	s.env.rsync = NULL;
	s.target.uri = RSYNC;
	cr_assert_eq(anchor_start(&s.env, &s.target, &calls, &a), ERR_SYNTAX);
	cr_assert_null(a);
	fake_depot_free(s.depot);
}
