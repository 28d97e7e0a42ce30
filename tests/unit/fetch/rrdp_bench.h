/*
 * rrdp_bench: a publisher, a depot and an RRDP job around them, all in memory.
 *
 *	struct bench b = bench_new();
 *	site_snapshot(&b, "s", 1, PUB("a", "1"));
 *	site_notify(&b, "s", 1, 1);
 *	bench_fetch(&b);
 *	cr_expect_eq(b.end.result, JOB_UPDATED);
 *	bench_free(&b);
 *
 * The elements of a file are given in a short form that is easy to read and to
 * compare with what the set should hold afterwards, one after the other:
 *
 *	+a=new      publish         +a=new<old   publish over     -a<old
 *	@h2         from here on at this host
 *
 * where the object is rsync://h/m/a, its octets "new", and its hash is that of
 * "old".
 */
#ifndef TESTS_FETCH_RRDP_BENCH_H
#define TESTS_FETCH_RRDP_BENCH_H

#include <criterion/criterion.h>
#include <openssl/sha.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/fetch/fake_depot.h"
#include "tests/unit/fetch/fake_http.h"
#include "validator/fetch/rrdp.h"

#define NOTE_URI "https://h/n.xml"
#define ROOT_NS	 "xmlns=\"http://www.ripe.net/rpki/rrdp\" version=\"1\""

enum {
	BENCH_NOW = 1800000000
};

struct bench {
	struct fake_depot *depot;
	struct http http;
	struct wall now;
	struct log log;
	struct job_env env;
	struct job_target target;
	struct rrdp *job;
	struct job_end end;
	unsigned ends;
};

static inline void
bench_done(void *ctx, const struct job_end *end)
{
	struct bench *b = ctx;

	b->end = *end;
	b->ends++;
	b->job = NULL;
}

static inline struct bench *
bench_new(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	cr_assert_not_null(b);
	b->depot = fake_depot_new();
	b->now.s = BENCH_NOW;
	b->log.fd = memfd_create("log", MFD_CLOEXEC);
	b->log.level = LOG_LEVEL_DEBUG;
	b->env = (struct job_env){.http = &b->http,
		.depot = &b->depot->depot,
		.log = &b->log,
		.now = &b->now};
	b->target = (struct job_target){.uri = NOTE_URI, .hosts = "h"};
	return b;
}

static inline void
bench_free(struct bench *b)
{
	rrdp_cancel(b->job);
	fake_http_free(&b->http);
	fake_depot_free(b->depot);
	close(b->log.fd);
	free(b);
}

/* One attempt from begin to end. */
static inline void
bench_fetch(struct bench *b)
{
	unsigned ends = b->ends;

	text_clear(&b->http.asked);
	text_put(&b->http.asked, "", 0);
	cr_assert_eq(rrdp_start(&b->env, &b->target,
			     &(struct job_calls){bench_done, b}, &b->job),
		0);
	cr_expect_eq(b->ends, ends, "it ended within start");
	fake_http_run(&b->http);
	cr_assert_eq(b->ends, ends + 1);
	cr_expect_eq(b->depot->begins, b->depot->drops + b->depot->commits);
}

static inline const struct repo_record *
bench_record(struct bench *b)
{
	struct fake_repo *r = fake_find(b->depot, REPO_RRDP, b->target.uri);

	cr_assert_not_null(r);
	return &r->record;
}

/* How often a text stands in the log. */
static inline size_t
bench_logged(const struct bench *b, const char *text)
{
	char log[65536];
	ssize_t n = pread(b->log.fd, log, sizeof(log) - 1, 0);
	size_t count = 0;

	cr_assert_geq(n, 0);
	log[n] = '\0';
	for (char *p = log; (p = strstr(p, text)) != NULL; p++)
		count++;
	return count;
}

/* The live set in the short form. */
static inline void
bench_expect(struct bench *b, const char *set)
{
	struct fake_repo *r = fake_find(b->depot, REPO_RRDP, b->target.uri);
	struct text t = {0};

	text_put(&t, "", 0);
	for (size_t i = 0; r != NULL && i < r->live.n; i++) {
		const struct fake_item *item = &r->live.at[i];
		const char *name = strrchr(item->uri, '/') + 1;

		if (strncmp(item->uri, "rsync://h/m/", 12) != 0)
			text_add(&t, "@%.*s", (int)strcspn(item->uri + 8, "/"),
				item->uri + 8);
		text_add(&t, "+%s=%s", name, (const char *)item->bytes);
	}
	cr_expect_str_eq(t.p, set, "%s, not %s", t.p, set);
	text_free(&t);
}

/* The attempt went wrong. */
static inline void
bench_expect_reason(struct bench *b, const char *reason)
{
	cr_expect_eq(b->end.result, JOB_FAILED);
	cr_expect_not(b->end.changed);
	cr_expect_not_null(strstr(b->end.reason, reason), "%s, not %s",
		b->end.reason, reason);
	cr_expect_str_eq(bench_record(b)->reason, b->end.reason);
	cr_expect_geq(bench_record(b)->failures, 1);
}

/* The same, and it counts as one. */
static inline void
bench_expect_failed(struct bench *b, const char *reason)
{
	bench_expect_reason(b, reason);
	cr_expect_eq(bench_record(b)->attempt.s, b->now.s);
}

/* The same, but for want of ours: nobody knows what the repository has. */
static inline void
bench_expect_failed_here(struct bench *b, const char *reason)
{
	bench_expect_reason(b, reason);
	cr_expect_lt(bench_record(b)->attempt.s, b->now.s);
}

/* Files. */

static inline void
site_hash(struct text *t, const char *p, size_t n)
{
	uint8_t hash[32];

	(void)SHA256((const uint8_t *)p, n, hash);
	text_add(t, " hash=\"");
	text_hex(t, hash, sizeof(hash));
	text_char(t, '"');
}

/* Elements from their short form. */
static inline void
site_elements(struct text *t, const char *form)
{
	char host[64] = "h";

	while (*form != '\0') {
		char kind = *form++;
		size_t n = strcspn(form, "=<@+-");
		const char *name = form, *bytes = NULL;
		size_t bytes_n = 0;

		form += n;
		if (kind == '@') {
			snprintf(host, sizeof(host), "%.*s", (int)n, name);
			continue;
		}
		text_add(t, "<%s uri=\"rsync://%s/m/%.*s\"",
			kind == '+' ? "publish" : "withdraw", host, (int)n,
			name);
		if (*form == '=') {
			bytes = ++form;
			bytes_n = strcspn(form, "<@+-");
			form += bytes_n;
		}
		if (*form == '<') {
			n = strcspn(++form, "@+-");
			site_hash(t, form, n);
			form += n;
		}
		text_char(t, '>');
		text_add_base64(t, bytes, bytes_n);
		text_add(t, "</%s>\n", kind == '+' ? "publish" : "withdraw");
	}
}

static inline const char *
site_uri(char uri[256], const char *session, uint64_t serial, char kind)
{
	snprintf(uri, 256, "https://h/%s/%llu/%c.xml", session,
		(unsigned long long)serial, kind);
	return uri;
}

/* A whole file of any content, at its place. */
static inline struct fake_page *
site_file(struct bench *b, const char *session, uint64_t serial, char kind,
	const char *text)
{
	char uri[256];

	return fake_page(&b->http, site_uri(uri, session, serial, kind), text,
		strlen(text));
}

static inline void
site_objects(struct bench *b, const char *session, uint64_t serial, char kind,
	const char *form)
{
	const char *root = kind == 's' ? "snapshot" : "delta";
	struct text t = {0};

	text_add(&t, "<%s %s session_id=\"%s\" serial=\"%llu\">\n", root,
		ROOT_NS, session, (unsigned long long)serial);
	site_elements(&t, form);
	text_add(&t, "</%s>\n", root);
	site_file(b, session, serial, kind, t.p);
	text_free(&t);
}

static inline void
site_snapshot(
	struct bench *b, const char *session, uint64_t serial, const char *form)
{
	site_objects(b, session, serial, 's', form);
}

static inline void
site_delta(
	struct bench *b, const char *session, uint64_t serial, const char *form)
{
	site_objects(b, session, serial, 'd', form);
}

/* The attributes that name a file. */
static inline void
site_name(struct bench *b, struct text *t, const char *session, uint64_t serial,
	char kind)
{
	char uri[256];
	struct fake_page *page =
		fake_page_find(&b->http, site_uri(uri, session, serial, kind));

	text_add(t, " uri=\"%s\"", uri);
	site_hash(t, page != NULL ? page->body.p : "",
		page != NULL ? page->body.n : 0);
	text_add(t, "/>\n");
}

/* The notification: the snapshot, and the deltas from `first` on where that is
 * not more than the serial.  The hashes are those of what is there. */
static inline struct fake_page *
site_notify(
	struct bench *b, const char *session, uint64_t serial, uint64_t first)
{
	struct text t = {0};
	struct fake_page *page;

	text_add(&t, "<notification %s session_id=\"%s\" serial=\"%llu\">\n",
		ROOT_NS, session, (unsigned long long)serial);
	text_add(&t, "<snapshot");
	site_name(b, &t, session, serial, 's');
	for (uint64_t s = serial; s >= first; s--) {
		text_add(&t, "<delta serial=\"%llu\"", (unsigned long long)s);
		site_name(b, &t, session, s, 'd');
	}
	text_add(&t, "</notification>\n");
	page = fake_page(&b->http, NOTE_URI, t.p, t.n);
	text_free(&t);
	return page;
}

/* A notification of any content. */
static inline void
site_note(struct bench *b, const char *text)
{
	fake_page(&b->http, NOTE_URI, text, strlen(text));
}

#endif
