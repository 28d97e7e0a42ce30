/*
 * rrdp: what is asked for, what is taken, and what is kept when it goes wrong.
 */
#include "tests/unit/fetch/rrdp_bench.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define N	 NOTE_URI " "

/* A repository at serial 2 of session "s", with deltas 1 and 2 known. */
static struct bench *
bench_at_two(void)
{
	struct bench *b = bench_new();

	site_delta(b, "s", 1, "+a=1");
	site_delta(b, "s", 2, "+b=1");
	site_snapshot(b, "s", 2, "+a=1+b=1");
	site_notify(b, "s", 2, 1);
	bench_fetch(b);
	cr_assert_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
	bench_expect(b, "+a=1+b=1");
	b->now.s += 600;
	return b;
}

Test(rrdp, takes_a_snapshot_first)
{
	struct bench *b = bench_new();
	const struct repo_record *r;

	site_delta(b, "s", 4, "+x=1");
	site_delta(b, "s", 5, "+x=2");
	site_snapshot(b, "s", 5, "+a=1+b=some octets+c=");
	site_notify(b, "s", 5, 4)->etag = "\"tag\"";
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
	cr_expect(b->end.changed);
	cr_expect_eq(b->end.received, 200);
	cr_expect_str_eq(b->http.asked.p, N "https://h/s/5/s.xml ");
	bench_expect(b, "+a=1+b=some octets+c=");
	r = bench_record(b);
	cr_expect_eq(r->kind, REPO_RRDP);
	cr_expect_str_eq(r->session, "s");
	cr_expect_eq(r->serial, 5);
	cr_expect_str_eq(r->hosts, "h");
	cr_expect_str_eq(r->etag, "\"tag\"");
	cr_assert_eq(r->delta_count, 2);
	cr_expect_eq(r->deltas[0].serial, 4);
	cr_expect_eq(r->deltas[1].serial, 5);
	cr_expect_eq(r->first_seen.s, BENCH_NOW);
	cr_expect_eq(r->attempt.s, BENCH_NOW);
	cr_expect_eq(r->success.s, BENCH_NOW);
	cr_expect_eq(r->snapshots[0].s, BENCH_NOW);
	cr_expect_eq(r->snapshots[1].s, 0);
	cr_expect_eq(r->received, 200);
	cr_expect_eq(r->failures, 0);
	bench_free(b);
}

Test(rrdp, takes_an_empty_snapshot)
{
	struct bench *b = bench_new();

	site_snapshot(b, "s", 1, "");
	site_notify(b, "s", 1, 2);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	cr_expect_not(b->end.changed);
	bench_expect(b, "");
	cr_expect_eq(bench_record(b)->serial, 1);
	bench_free(b);
}

Test(rrdp, asks_whether_there_is_anything_new)
{
	struct bench *b = bench_new();

	site_delta(b, "s", 1, "+a=1");
	site_snapshot(b, "s", 1, "+a=1");
	site_notify(b, "s", 1, 1)->etag = "x";
	bench_fetch(b);
	cr_expect_str_eq(b->http.asked.p, N "https://h/s/1/s.xml ");
	b->now.s += 600;
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_SAME);
	cr_expect_not(b->end.changed);
	cr_expect_str_eq(b->http.asked.p, NOTE_URI " x ");
	cr_expect_eq(bench_record(b)->success.s, BENCH_NOW + 600);
	cr_expect_str_eq(bench_record(b)->etag, "x");
	cr_expect_eq(bench_record(b)->delta_count, 1);
	cr_expect_eq(bench_record(b)->serial, 1);
	bench_expect(b, "+a=1");
	bench_free(b);
}

Test(rrdp, sees_that_nothing_is_new)
{
	struct bench *b = bench_at_two();

	site_notify(b, "s", 2, 2)->etag = "y";
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_SAME);
	cr_expect_str_eq(b->http.asked.p, N);
	cr_expect_str_eq(bench_record(b)->etag, "y");
	cr_expect_eq(bench_record(b)->delta_count, 1);
	bench_free(b);
}

Test(rrdp, applies_deltas_in_order)
{
	struct bench *b = bench_at_two();

	site_delta(b, "s", 3, "+a=2<1+c=1");
	site_delta(b, "s", 4, "-c<1+a=3<2-b<1");
	site_delta(b, "s", 5, "+c=2+b=2");
	site_notify(b, "s", 5, 1);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
	cr_expect(b->end.changed);
	cr_expect_str_eq(b->http.asked.p,
		N "https://h/s/3/d.xml https://h/s/4/d.xml "
		  "https://h/s/5/d.xml ");
	bench_expect(b, "+a=3+b=2+c=2");
	cr_expect_eq(bench_record(b)->serial, 5);
	cr_expect_eq(bench_record(b)->delta_count, 5);
	/* One commit, and no snapshot to be counted. */
	cr_expect_eq(b->depot->commits, 2);
	cr_expect_eq(bench_record(b)->snapshots[1].s, 0);
	bench_free(b);
}

Test(rrdp, reads_octet_by_octet)
{
	struct bench *b = bench_new();

	b->http.piece = 1;
	site_snapshot(b, "s", 2, "+a=1+b=1");
	site_notify(b, "s", 2, 3);
	bench_fetch(b);
	site_delta(b, "s", 3, "+a=2<1");
	site_notify(b, "s", 3, 3);
	bench_fetch(b);
	bench_expect(b, "+a=2+b=1");
	bench_free(b);
}

/* As many deltas as are applied, and one more. */
Test(rrdp, counts_deltas)
{
	for (uint64_t n = BOUND_RRDP_DELTAS; n <= BOUND_RRDP_DELTAS + 1; n++) {
		struct bench *b = bench_at_two();
		char form[64];

		for (uint64_t s = 3; s < 3 + n; s++) {
			snprintf(form, sizeof(form), "+b=%d<%d", (int)s - 1,
				s == 3 ? 1 : (int)s - 2);
			site_delta(b, "s", s, form);
		}
		site_snapshot(b, "s", 2 + n, "+whole=1");
		site_notify(b, "s", 2 + n, 3);
		bench_fetch(b);
		cr_expect_eq(b->end.result, JOB_UPDATED);
		bench_expect(
			b, n == BOUND_RRDP_DELTAS ? "+a=1+b=101" : "+whole=1");
		bench_free(b);
	}
}

/* Whatever is wrong with a delta, the snapshot is taken in the same attempt,
 * and of the delta nothing stays. */
struct wrong {
	const char *name;
	const char *delta; /* in the short form; NULL: `file` */
	const char *file; /* NULL: it is not there */
	const char *told; /* in the log */
};

#define DELTA(attributes, inner) \
	"<delta xmlns=\"http://www.ripe.net/rpki/rrdp\" version=\"1\" " attributes \
	">" inner "</delta>"
#define RIGHT "session_id=\"s\" serial=\"4\""

static const struct wrong wrong_deltas[] = {
	{"not there", NULL, NULL, "delta: HTTP 404: https://h/s/4/d.xml"},
	{"replaces another object", "+a=3<x", NULL, "replaces or withdraws"},
	{"replaces nothing", "+new=3<x", NULL, "replaces or withdraws"},
	{"publishes over", "+a=3", NULL, "replaces or withdraws"},
	{"withdraws another object", "-a<x", NULL, "replaces or withdraws"},
	{"withdraws nothing", "-new<x", NULL, "withdraws what is not there"},
	{"twice the same", "+new=1+new=1", NULL, "stands there twice"},
	{"publishes and withdraws", "+new=1-new<1", NULL, "stands there twice"},
	{"withdraws and publishes", "-a<2+a=3", NULL, "stands there twice"},
	{"empty", "", NULL, "missing"},
	{"no XML", NULL, "gone", "not well-formed"},
	{"cut", NULL, "<delta", "not well-formed"},
	{"another session", NULL, DELTA("session_id=\"x\" serial=\"4\"", ""),
		"session is odd"},
	{"another serial", NULL, DELTA("session_id=\"s\" serial=\"3\"", ""),
		"serial is odd"},
	{"a path out", NULL,
		DELTA(RIGHT,
			"<publish uri=\"rsync://h/m/../x\">AAAA</publish>"),
		"URI"},
	{"a document type", NULL, "<!DOCTYPE delta>" DELTA(RIGHT, ""),
		"document type"},
};

Test(rrdp, s28_s45_takes_the_snapshot_when_a_delta_is_wrong)
{
	for (size_t i = 0; i < COUNT(wrong_deltas); i++) {
		const struct wrong *w = &wrong_deltas[i];
		struct bench *b = bench_at_two();

		site_delta(b, "s", 3, "-b<1+a=2<1");
		if (w->delta != NULL)
			site_delta(b, "s", 4, w->delta);
		else if (w->file != NULL)
			site_file(b, "s", 4, 'd', w->file);
		site_delta(b, "s", 5, "+z=1");
		site_snapshot(b, "s", 5, "+a=whole+z=1");
		site_notify(b, "s", 5, 1);
		bench_fetch(b);
		cr_expect_eq(b->end.result, JOB_UPDATED, "%s: %s", w->name,
			b->end.reason);
		cr_expect_str_eq(b->http.asked.p,
			N "https://h/s/3/d.xml https://h/s/4/d.xml "
			  "https://h/s/5/s.xml ",
			"%s", w->name);
		bench_expect(b, "+a=whole+z=1");
		cr_expect_eq(bench_record(b)->serial, 5);
		cr_expect_eq(bench_logged(b, w->told), 1, "%s", w->name);
		bench_free(b);
	}
}

Test(rrdp, takes_the_snapshot_when_a_delta_has_another_hash)
{
	struct bench *b = bench_at_two();

	site_delta(b, "s", 3, "+a=2<1");
	site_snapshot(b, "s", 3, "+a=whole");
	site_notify(b, "s", 3, 1);
	site_delta(b, "s", 3, "+a=evil<1");
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	bench_expect(b, "+a=whole");
	cr_expect_eq(bench_logged(b, "SHA-256"), 1);
	bench_free(b);
}

/* S28 delta-rollback: half a delta, and no snapshot behind it. */
Test(rrdp, s28_delta_rollback)
{
	for (size_t i = 0; i < COUNT(wrong_deltas); i++) {
		const struct wrong *w = &wrong_deltas[i];
		struct bench *b = bench_at_two();

		site_delta(b, "s", 3, "-b<1+a=2<1");
		if (w->delta != NULL)
			site_delta(b, "s", 4, w->delta);
		else if (w->file != NULL)
			site_file(b, "s", 4, 'd', w->file);
		site_notify(b, "s", 4, 1)->etag = "new";
		bench_fetch(b);
		bench_expect_failed(
			b, "snapshot: HTTP 404: https://h/s/4/s.xml");
		bench_expect(b, "+a=1+b=1");
		cr_expect_eq(bench_record(b)->serial, 2);
		cr_expect_eq(bench_record(b)->delta_count, 2);
		cr_expect_eq(bench_record(b)->failures, 1);
		cr_expect_eq(bench_record(b)->success.s, BENCH_NOW);
		/* A tag of what was not taken would hide it the next time. */
		cr_expect_str_eq(bench_record(b)->etag, "");
		bench_free(b);
	}
}

/* S45 desync: history was rewritten (RFC 9697). */
Test(rrdp, s45_desync)
{
	struct bench *b = bench_at_two();

	site_delta(b, "s", 2, "+b=rewritten");
	site_delta(b, "s", 3, "+c=1");
	site_snapshot(b, "s", 3, "+a=1+b=rewritten+c=1");
	site_notify(b, "s", 3, 1);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	cr_expect_str_eq(b->http.asked.p, N "https://h/s/3/s.xml ");
	bench_expect(b, "+a=1+b=rewritten+c=1");
	cr_expect_eq(bench_logged(b, "another hash"), 1);
	bench_free(b);
}

/* What was known is not forgotten over a list that does not hold. */
Test(rrdp, s45_desync_behind_a_broken_list)
{
	struct bench *b = bench_at_two();

	site_notify(b, "s", 2, 3);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_SAME);
	site_delta(b, "s", 2, "+b=rewritten");
	site_snapshot(b, "s", 2, "+b=rewritten");
	site_notify(b, "s", 2, 1);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	bench_expect(b, "+b=rewritten");
	bench_free(b);
}

Test(rrdp, takes_the_snapshot_of_another_session_or_an_older_serial)
{
	struct bench *b = bench_at_two();

	site_snapshot(b, "t", 7, "+t=1");
	site_delta(b, "t", 7, "+t=1");
	site_notify(b, "t", 7, 7);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	bench_expect(b, "+t=1");
	cr_expect_str_eq(bench_record(b)->session, "t");
	cr_expect_eq(bench_record(b)->delta_count, 1);
	site_snapshot(b, "t", 3, "+t=old");
	site_notify(b, "t", 3, 4);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	bench_expect(b, "+t=old");
	cr_expect_eq(bench_record(b)->serial, 3);
	bench_free(b);
}

/* S44 session-churn: ten fetches in an hour, each with another session. */
Test(rrdp, s44_session_churn)
{
	struct bench *b = bench_new();
	size_t taken = 0, i = 0;

	for (; i < 10; i++, b->now.s += 360) {
		char session[8], form[16];

		snprintf(session, sizeof(session), "s%zu", i);
		snprintf(form, sizeof(form), "+a=%zu", i);
		site_snapshot(b, session, i + 1, form);
		site_notify(b, session, i + 1, i + 2);
		bench_fetch(b);
		if (b->end.result == JOB_UPDATED) {
			taken++;
			bench_expect(b, form);
			continue;
		}
		bench_expect_failed(b,
			"the session changed, and 4 snapshots "
			"were taken within an hour");
		cr_expect_str_eq(b->http.asked.p, N);
		bench_expect(b, "+a=3");
	}
	cr_expect_eq(taken, BOUND_RRDP_SNAPSHOTS);
	cr_expect_eq(bench_record(b)->failures, 6);
	/* An hour after the first there is room for one. */
	site_snapshot(b, "again", 1, "+a=again");
	site_notify(b, "again", 1, 2);
	b->now.s = BENCH_NOW + 3600;
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
	cr_expect_eq(bench_record(b)->failures, 0);
	cr_expect_eq(bench_record(b)->failures_all, 6);
	bench_free(b);
}

/* Snapshots that fail count as much. */
Test(rrdp, s44_session_churn_without_a_snapshot)
{
	struct bench *b = bench_at_two();
	size_t asked = 0;

	for (uint64_t i = 0; i < 10; i++) {
		char session[8];

		snprintf(session, sizeof(session), "t%d", (int)i);
		site_notify(b, session, 1, 2);
		bench_fetch(b);
		cr_expect_eq(b->end.result, JOB_FAILED);
		asked += strstr(b->http.asked.p, "s.xml") != NULL ? 1 : 0;
	}
	cr_expect_eq(asked, BOUND_RRDP_SNAPSHOTS - 1);
	bench_expect(b, "+a=1+b=1");
	bench_free(b);
}

/* So do those that are given up, before anybody could have told of them. */
Test(rrdp, s44_counts_snapshots_that_are_given_up)
{
	struct bench *b = bench_at_two();

	site_snapshot(b, "t", 1, "+a=whole");
	site_notify(b, "t", 1, 2);
	for (size_t i = 0; i < BOUND_RRDP_SNAPSHOTS - 1; i++) {
		cr_assert_eq(
			rrdp_start(&b->env, &b->target,
				&(struct job_calls){bench_done, b}, &b->job),
			0);
		cr_assert(fake_http_step(&b->http));
		rrdp_cancel(b->job);
		b->job = NULL;
	}
	bench_fetch(b);
	bench_expect_failed(b, "4 snapshots were taken within an hour");
	cr_expect_eq(bench_record(b)->failures, 1);
	bench_expect(b, "+a=1+b=1");
	bench_free(b);
}

/* Who may name a notification may name hosts: that costs the others as many
 * snapshots as a session that changes, and then nothing. */
Test(rrdp, s06_hosts_that_change_all_the_time)
{
	struct bench *b = bench_at_two();
	size_t taken = 0;

	for (uint64_t serial = 3; serial < 13; serial++) {
		char hosts[32], form[16];

		snprintf(hosts, sizeof(hosts), "h,i%d", (int)serial);
		b->target.hosts = hosts;
		snprintf(form, sizeof(form), "+c=%d", (int)serial);
		site_snapshot(b, "s", serial, form);
		if (serial == 3)
			snprintf(form, sizeof(form), "+c=3");
		else
			snprintf(form, sizeof(form), "+c=%d<%d", (int)serial,
				(int)serial - 1);
		site_delta(b, "s", serial, form);
		site_notify(b, "s", serial, 3);
		bench_fetch(b);
		cr_expect_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
		taken += strstr(b->http.asked.p, "s.xml") != NULL ? 1 : 0;
	}
	bench_expect(b, "+c=12");
	cr_expect_eq(taken, BOUND_RRDP_SNAPSHOTS - 1);
	bench_free(b);
}

/* Whatever is wrong with a snapshot, what was there stays. */
#define SNAPSHOT(attributes, inner) \
	"<snapshot xmlns=\"http://www.ripe.net/rpki/rrdp\" version=\"1\" " attributes \
	">" inner "</snapshot>"
#define T7 "session_id=\"t\" serial=\"7\""

static const struct wrong wrong_snapshots[] = {
	{"not there", NULL, NULL, "snapshot: HTTP 404: https://h/t/7/s.xml"},
	/* S29 dup-publish, both orders. */
	{"a URI twice", "+a=1+a=2", NULL, "a URI stands there twice"},
	{"a URI twice", "+a=2+a=1", NULL, "a URI stands there twice"},
	{"a URI twice, one object", "+a=1+b=1+a=1", NULL,
		"a URI stands there twice: line 4 of https://h/t/7/s.xml"},
	{"withdraws", "+a=1-a<1", NULL, "an element that does not belong here"},
	{"replaces", "+a=1<2", NULL, "an attribute"},
	{"no XML", NULL, "html", "not well-formed"},
	{"another page", NULL, "<html></html>", "another namespace"},
	{"another session", NULL, SNAPSHOT("session_id=\"s\" serial=\"7\"", ""),
		"the session is odd"},
	{"another serial", NULL, SNAPSHOT("session_id=\"t\" serial=\"6\"", ""),
		"the serial is odd"},
	{"no base64", NULL,
		SNAPSHOT(T7, "\n\n<publish uri=\"rsync://h/m/x\">*</publish>"),
		"snapshot: content that is not base64: line 3 of "
		"https://h/t/7/s.xml"},
	{"a path out", NULL,
		SNAPSHOT(T7, "<publish uri=\"rsync://h/m/%2e./x\"/>"),
		"a URI that is not sound"},
	{"a foreign path out", NULL,
		SNAPSHOT(T7, "<publish uri=\"rsync://evil/m/../x\"/>"),
		"a URI that is not sound"},
	{"a document type", NULL, "<!DOCTYPE snapshot>" SNAPSHOT(T7, ""),
		"a document type"},
};

Test(rrdp, s29_keeps_what_it_has_when_a_snapshot_is_wrong)
{
	for (size_t i = 0; i < COUNT(wrong_snapshots); i++) {
		const struct wrong *w = &wrong_snapshots[i];
		struct bench *b = bench_at_two();

		if (w->delta != NULL)
			site_snapshot(b, "t", 7, w->delta);
		else if (w->file != NULL)
			site_file(b, "t", 7, 's', w->file);
		site_notify(b, "t", 7, 8);
		bench_fetch(b);
		bench_expect_failed(b, w->told);
		bench_expect(b, "+a=1+b=1");
		cr_expect_str_eq(bench_record(b)->session, "s");
		cr_expect_eq(bench_record(b)->serial, 2);
		bench_free(b);
	}
}

Test(rrdp, refuses_a_snapshot_of_another_hash)
{
	struct bench *b = bench_new();

	site_snapshot(b, "s", 1, "+a=1");
	site_notify(b, "s", 1, 2);
	site_snapshot(b, "s", 1, "+a=evil");
	bench_fetch(b);
	bench_expect_failed(
		b, "snapshot: its SHA-256 is not the notification's");
	bench_expect(b, "");
	cr_expect_eq(b->depot->commits, 0);
	bench_free(b);
}

/* A transfer that breaks off tells its own reason. */
Test(rrdp, tells_why_a_transfer_failed)
{
	struct bench *b = bench_new();

	site_snapshot(b, "s", 1, "+a=1");
	site_notify(b, "s", 1, 2)->reason = "no octet for 30 s";
	bench_fetch(b);
	bench_expect_failed(b, "notification: no octet for 30 s: " NOTE_URI);
	site_notify(b, "s", 1, 2);
	fake_page_find(&b->http, "https://h/s/1/s.xml")->reason = "reset";
	bench_fetch(b);
	bench_expect_failed(b, "snapshot: reset: https://h/s/1/s.xml");
	cr_expect_eq(bench_record(b)->failures, 2);
	bench_expect(b, "");
	bench_free(b);
}

/* The notification. */

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NOTE(attributes, inner) \
	"<notification xmlns=\"http://www.ripe.net/rpki/rrdp\" version=\"1\" " attributes \
	">" inner "</notification>"
#define SNAP(uri) "<snapshot uri=\"" uri "\" hash=\"" HASH "\"/>"
#define DELT(uri) "<delta serial=\"7\" uri=\"" uri "\" hash=\"" HASH "\"/>"

/* S46 cross-origin among them: nothing of it is asked for. */
Test(rrdp, s46_refuses_notifications)
{
	static const struct wrong wrongs[] = {
		{"empty", NULL, "", "notification: not well-formed"},
		{"no snapshot", NULL, NOTE(T7, ""), "an element is missing"},
		{"no session", NULL, NOTE("serial=\"7\"", SNAP("https://h/s")),
			"an attribute is missing"},
		{"another host", NULL, NOTE(T7, SNAP("https://g/s")),
			"it names files of another origin"},
		{"another port", NULL, NOTE(T7, SNAP("https://h:444/s")),
			"it names files of another origin"},
		{"another scheme", NULL, NOTE(T7, SNAP("http://h/s")),
			"of the wrong scheme"},
		{"a delta elsewhere", NULL,
			NOTE(T7, SNAP("https://h/s") DELT("https://g/d")),
			"it names files of another origin"},
	};

	for (size_t i = 0; i < COUNT(wrongs); i++) {
		struct bench *b = bench_at_two();

		site_note(b, wrongs[i].file);
		bench_fetch(b);
		bench_expect_failed(b, wrongs[i].told);
		cr_expect_str_eq(b->http.asked.p, N, "%s", wrongs[i].name);
		bench_expect(b, "+a=1+b=1");
		bench_free(b);
	}
}

/* One origin has many spellings. */
Test(rrdp, knows_an_origin_in_other_letters)
{
	struct bench *b = bench_new();

	site_note(b, NOTE(T7, SNAP("HTTPS://H:443/s")));
	bench_fetch(b);
	bench_expect_failed(b, "snapshot: HTTP 404: HTTPS://H:443/s");
	bench_free(b);
}

/* S43 huge-notify: gaps and doubles cost the deltas, not the repository. */
Test(rrdp, s43_takes_the_snapshot_of_a_broken_list)
{
	struct bench *b = bench_at_two();
	struct text t = {0};

	site_snapshot(b, "s", 7, "+a=whole");
	text_add(&t, "<notification %s session_id=\"s\" serial=\"7\"><snapshot",
		ROOT_NS);
	site_name(b, &t, "s", 7, 's');
	text_add(&t, "%s%s</notification>", DELT("https://h/d"),
		DELT("https://h/d"));
	site_note(b, t.p);
	text_free(&t);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
	bench_expect(b, "+a=whole");
	/* What was known of the session is still known. */
	cr_expect_eq(bench_record(b)->delta_count, 2);
	bench_free(b);
}

/* Hosts. */

/* S07 foreign-uri-publish: what lies at hosts that nobody named is left out, in
 * snapshots and deltas, and told once. */
Test(rrdp, s07_leaves_out_foreign_hosts)
{
	struct bench *b = bench_new();

	site_snapshot(b, "s", 1, "+a=1@victim+a=evil+b=evil@h+b=1");
	site_notify(b, "s", 1, 2);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
	bench_expect(b, "+a=1+b=1");
	cr_expect_eq(bench_logged(b, "rrdp-foreign"), 1);
	cr_expect_eq(bench_logged(b, "elements=2 first=rsync://victim/m/a"), 1);
	site_delta(b, "s", 2, "+b=2<1@victim-a<evil+b=x<never+c=1");
	site_notify(b, "s", 2, 2);
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED, "%s", b->end.reason);
	bench_expect(b, "+a=1+b=2");
	cr_expect_eq(bench_logged(b, "rrdp-foreign"), 2);
	cr_expect_eq(bench_logged(b, "elements=3 first=rsync://victim/m/a"), 1);
	bench_free(b);
}

Test(rrdp, takes_from_hosts_with_ports_in_any_case)
{
	struct bench *b = bench_new();

	b->target.hosts = "Rpki.Example:8873,h";
	site_snapshot(b, "s", 1, "+a=1@rPKI.example:8873+a=2@rpki.example+a=3");
	site_notify(b, "s", 1, 2);
	bench_fetch(b);
	bench_expect(b, "+a=1@rPKI.example:8873+a=2");
	bench_free(b);
}

/* A new host is worth a snapshot, whatever the server says of changes; then all
 * is as before. */
Test(rrdp, takes_the_snapshot_for_a_new_host_once)
{
	struct bench *b = bench_new();

	site_snapshot(b, "s", 1, "+a=1@i+a=2");
	site_notify(b, "s", 1, 2)->etag = "x";
	bench_fetch(b);
	bench_expect(b, "+a=1");
	b->target.hosts = "h,i";
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	cr_expect_str_eq(b->http.asked.p, N "https://h/s/1/s.xml ");
	bench_expect(b, "+a=1@i+a=2");
	cr_expect_str_eq(bench_record(b)->hosts, "h,i");
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_SAME);
	cr_expect_str_eq(b->http.asked.p, NOTE_URI " x ");
	/* A run that found one host less changes nothing. */
	b->target.hosts = "i";
	site_delta(b, "s", 2, "+a=3<1@i-a<2");
	site_notify(b, "s", 2, 2);
	bench_fetch(b);
	bench_expect(b, "+a=3");
	cr_expect_str_eq(bench_record(b)->hosts, "h,i");
	bench_free(b);
}

Test(rrdp, takes_nothing_without_hosts)
{
	static const char *const none[] = {"", NULL};

	for (size_t i = 0; i < COUNT(none); i++) {
		struct bench *b = bench_new();

		b->target.hosts = none[i];
		site_snapshot(b, "s", 1, "+a=1");
		site_notify(b, "s", 1, 2);
		bench_fetch(b);
		cr_expect_eq(b->end.result, JOB_UPDATED);
		bench_expect(b, "");
		bench_free(b);
	}
}

/* The store. */

Test(rrdp, fails_with_the_store)
{
	struct bench *b = bench_at_two();

	site_delta(b, "s", 3, "+c=1");
	site_snapshot(b, "s", 3, "+a=whole");
	site_notify(b, "s", 3, 3);
	b->depot->fail_begin = ERR_SPACE;
	bench_fetch(b);
	bench_expect_failed_here(b, "delta: the disk budget is used up");
	b->depot->fail_begin = 0;
	b->depot->fail_put = ERR_IO;
	bench_fetch(b);
	bench_expect_failed_here(b, "store: input or output failed");
	/* It is not the delta's fault: no snapshot was asked for. */
	cr_expect_str_eq(b->http.asked.p, N "https://h/s/3/d.xml ");
	b->depot->fail_put = 0;
	b->depot->fail_commit = ERR_SPACE;
	bench_fetch(b);
	bench_expect_failed_here(b, "store: the disk budget is used up");
	bench_expect(b, "+a=1+b=1");
	cr_expect_eq(bench_record(b)->failures, 3);
	cr_expect_eq(bench_record(b)->serial, 2);
	b->depot->fail_commit = 0;
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_UPDATED);
	bench_expect(b, "+a=1+b=1+c=1");
	b->depot->fail_note = ERR_IO;
	bench_fetch(b);
	cr_expect_eq(b->end.result, JOB_FAILED);
	cr_expect_str_eq(b->end.reason, "store: input or output failed");
	bench_free(b);
}

/* The client. */

Test(rrdp, does_not_start_without_a_sound_uri)
{
	static const char *const uris[] = {
		"", "http://h/n", "rsync://h/m/n", "https://h/../n", "n.xml"};

	for (size_t i = 0; i < COUNT(uris); i++) {
		struct bench *b = bench_new();

		b->target.uri = uris[i];
		cr_expect_eq(
			rrdp_start(&b->env, &b->target,
				&(struct job_calls){bench_done, b}, &b->job),
			ERR_SYNTAX);
		cr_expect_null(b->job);
		cr_expect_eq(b->ends, 0);
		bench_free(b);
	}
}

Test(rrdp, ends_when_no_request_can_be_made)
{
	struct bench *b = bench_at_two();

	site_notify(b, "t", 1, 2);
	cr_assert_eq(rrdp_start(&b->env, &b->target,
			     &(struct job_calls){bench_done, b}, &b->job),
		0);
	b->http.fail_start = ERR_NOMEM;
	fake_http_run(&b->http);
	cr_assert_eq(b->ends, 2);
	bench_expect_failed_here(b, "out of memory");
	bench_expect(b, "+a=1+b=1");
	bench_free(b);
}

/* After any number of steps: nothing is told, nothing stays behind. */
Test(rrdp, can_be_given_up_at_any_time)
{
	for (size_t steps = 0; steps < 4; steps++) {
		struct bench *b = bench_at_two();

		site_delta(b, "s", 3, "+c=1");
		site_delta(b, "s", 4, "no");
		site_snapshot(b, "s", 4, "+a=whole");
		site_notify(b, "s", 4, 3);
		cr_assert_eq(
			rrdp_start(&b->env, &b->target,
				&(struct job_calls){bench_done, b}, &b->job),
			0);
		for (size_t i = 0; i < steps; i++)
			cr_assert(fake_http_step(&b->http));
		cr_assert_not_null(b->job);
		rrdp_cancel(b->job);
		b->job = NULL;
		cr_expect_eq(b->ends, 1);
		cr_expect_eq(b->http.cancels, 1);
		cr_expect_null(b->http.pending);
		cr_expect_eq(
			b->depot->begins, b->depot->commits + b->depot->drops);
		bench_expect(b, "+a=1+b=1");
		bench_free(b);
	}
	rrdp_cancel(NULL);
}
