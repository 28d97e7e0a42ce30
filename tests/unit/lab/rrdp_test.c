/*
 * rrdp: what a publication holds, when there is a new one, what stays of the
 * old ones; and that each fault of the table changes the files that it names
 * and no other.
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include "core/text.h"
#include "tests/lab/rrdp.h"
#include "tests/unit/lab/folder.h"
#include "waymark/err.h"

#define BASE "rsync://h.example:8730/m"
#define URI  "https://h.example:8443/r"

static void
test_put(const char *dir, const char *name, const char *content)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/repo", dir);
	cr_assert_eq(file_make_folders(path), 0);
	snprintf(path, sizeof(path), "%s/repo/%s", dir, name);
	file = fopen(path, "w");
	cr_assert(file != NULL);
	fputs(content, file);
	fclose(file);
}

static void
test_drop(const char *dir, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/repo/%s", dir, name);
	cr_assert_eq(remove(path), 0);
}

/* Publish DIR/repo to DIR/www. */
static struct rrdp_result
test_publish(const char *dir, struct rrdp_params p)
{
	struct rrdp_result result;
	char from[512], out[512], why[256];
	struct rrdp_set set;

	snprintf(from, sizeof(from), "%s/repo", dir);
	snprintf(out, sizeof(out), "%s/www", dir);
	p.out = out;
	p.uri = URI;
	rrdp_set_init(&set);
	cr_assert_eq(rrdp_set_add(&set, from, BASE, true), 0);
	rrdp_set_sort(&set);
	cr_assert_eq(rrdp_publish(&p, &set, &result, why), 0, "%s", why);
	rrdp_set_free(&set);
	return result;
}

/* A file of the publication; n = 0 when it is not there. */
static struct span
test_file(const char *dir, const struct rrdp_result *r, const char *word,
	uint64_t serial, struct arena *a)
{
	char name[400];

	if (strcmp(word, "notification") == 0)
		return folder_read(dir, "www/notification.xml", a);
	snprintf(name, sizeof(name), "www/%s/%llu/%s.xml", r->session,
		(unsigned long long)serial, word);
	return folder_read(dir, name, a);
}

static bool
test_has(struct span s, const char *text)
{
	return s.n > 0 && memmem(s.p, s.n, text, strlen(text)) != NULL;
}

/* Whether `s` has the lower-case hash of `octets`. */
static bool
test_has_hash(struct span s, struct span octets)
{
	struct text hex = {0};
	uint8_t hash[32];
	bool has;

	EVP_Digest(octets.p, octets.n, hash, NULL, EVP_sha256(), NULL);
	text_hex(&hex, hash, sizeof(hash));
	has = test_has(s, hex.p);
	text_free(&hex);
	return has;
}

/* DIR with two objects, "YQ==" and "Yg==" in base64. */
static void
test_two(char dir[64])
{
	folder_make(dir);
	test_put(dir, "a.roa", "a");
	test_put(dir, "b.roa", "b");
	test_put(dir, ".hidden", "x");
}

Test(rrdp, a_first_publication_is_a_snapshot)
{
	struct arena *a = arena_new(4096);
	struct rrdp_result r;
	struct span notification, snapshot;
	char dir[64];

	test_two(dir);
	r = test_publish(dir, (struct rrdp_params){.deltas = 3});
	cr_expect(r.published && r.snapshot_only);
	cr_expect_eq(r.serial, 1);
	cr_expect_eq(r.objects, 2);
	cr_expect_eq(r.added, 2);
	cr_expect_eq(strlen(r.session), 36);
	cr_expect_eq(r.session[14], '4', "no UUID of version 4: %s", r.session);
	notification = test_file(dir, &r, "notification", 1, a);
	snapshot = test_file(dir, &r, "snapshot", 1, a);
	cr_expect(test_has(notification, "<snapshot uri=\"" URI "/"));
	cr_expect(test_has_hash(notification, snapshot));
	cr_expect_not(test_has(notification, "<delta"));
	cr_expect(test_has(snapshot,
		"<publish uri=\"" BASE "/a.roa\">YQ==</publish>\n"
		"<publish uri=\"" BASE "/b.roa\">Yg==</publish>\n"));
	cr_expect_not(test_has(snapshot, "hidden"));
	folder_remove(dir);
	arena_free(a);
}

Test(rrdp, a_change_is_a_delta_and_no_change_is_nothing)
{
	struct arena *a = arena_new(4096);
	struct span notification, delta;
	struct rrdp_result r;
	char dir[64];

	test_two(dir);
	test_publish(dir, (struct rrdp_params){.deltas = 3});
	r = test_publish(dir, (struct rrdp_params){.deltas = 3});
	cr_expect_not(r.published);
	test_put(dir, "a.roa", "c");
	test_put(dir, "d.roa", "d");
	test_drop(dir, "b.roa");
	r = test_publish(dir, (struct rrdp_params){.deltas = 3});
	cr_expect(r.published && !r.snapshot_only);
	cr_expect_eq(r.serial, 2);
	cr_expect_eq(r.added, 1);
	cr_expect_eq(r.changed, 1);
	cr_expect_eq(r.removed, 1);
	notification = test_file(dir, &r, "notification", 2, a);
	delta = test_file(dir, &r, "delta", 2, a);
	cr_expect(test_has(notification, "<delta serial=\"2\" uri=\"" URI));
	cr_expect(test_has_hash(notification, delta));
	cr_expect(test_has(delta, "<publish uri=\"" BASE "/a.roa\" hash=\""));
	cr_expect(test_has_hash(delta, span_text("a")));
	cr_expect(test_has(delta, "\">Yw==</publish>"));
	cr_expect(test_has(
		delta, "<publish uri=\"" BASE "/d.roa\">ZA==</publish>"));
	cr_expect(test_has(delta, "<withdraw uri=\"" BASE "/b.roa\" hash=\""));
	cr_expect(test_has_hash(delta, span_text("b")));
	folder_remove(dir);
	arena_free(a);
}

Test(rrdp, the_latest_deltas_are_kept)
{
	struct arena *a = arena_new(4096);
	struct span notification;
	struct rrdp_result r = {0};
	char dir[64], text[8];

	test_two(dir);
	for (int i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "%d", i);
		test_put(dir, "a.roa", text);
		r = test_publish(dir, (struct rrdp_params){.deltas = 3});
	}
	cr_expect_eq(r.serial, 6);
	notification = test_file(dir, &r, "notification", 6, a);
	cr_expect_not(test_has(notification, "<delta serial=\"3\""));
	for (uint64_t serial = 4; serial <= 6; serial++)
		cr_expect(test_has_hash(
			notification, test_file(dir, &r, "delta", serial, a)));
	cr_expect_eq(test_file(dir, &r, "delta", 3, a).n, 0);
	cr_expect_eq(test_file(dir, &r, "snapshot", 3, a).n, 0);
	cr_expect_neq(test_file(dir, &r, "snapshot", 5, a).n, 0,
		"a client may still be reading it");
	folder_remove(dir);
	arena_free(a);
}

Test(rrdp, sessions_and_serials_on_demand)
{
	struct arena *a = arena_new(4096);
	struct rrdp_result first, r;
	char dir[64];

	test_two(dir);
	first = test_publish(dir, (struct rrdp_params){.deltas = 3});
	r = test_publish(
		dir, (struct rrdp_params){.deltas = 3, .new_session = true});
	cr_expect_str_neq(r.session, first.session);
	cr_expect_eq(r.serial, 1);
	cr_expect(r.snapshot_only);
	cr_expect_eq(test_file(dir, &first, "snapshot", 1, a).n, 0);
	r = test_publish(
		dir, (struct rrdp_params){.deltas = 3, .session = "s"});
	cr_expect_str_eq(r.session, "s");
	r = test_publish(dir, (struct rrdp_params){.deltas = 3, .serial = 77});
	cr_expect_eq(r.serial, 77);
	cr_expect(r.snapshot_only);
	r = test_publish(dir, (struct rrdp_params){.deltas = 3, .force = true});
	cr_expect_eq(r.serial, 78);
	cr_expect_not(r.snapshot_only);
	folder_remove(dir);
	arena_free(a);
}

Test(rrdp, a_notification_is_later_by_a_second)
{
	struct stat before, after;
	char dir[64], path[512];

	test_two(dir);
	snprintf(path, sizeof(path), "%s/www/notification.xml", dir);
	test_publish(dir, (struct rrdp_params){.deltas = 0});
	cr_assert_eq(stat(path, &before), 0);
	test_publish(dir, (struct rrdp_params){.deltas = 0, .force = true});
	cr_assert_eq(stat(path, &after), 0);
	cr_expect_gt(after.st_mtime, before.st_mtime);
	folder_remove(dir);
}

Test(rrdp, faults_are_read)
{
	struct rrdp_wrong w;

	cr_assert_eq(rrdp_wrong_parse("doctype", &w), 0);
	cr_expect_eq(w.fault, RRDP_FAULT_DOCTYPE);
	cr_expect_eq(w.files, 7);
	cr_expect_str_eq(w.more, "");
	cr_assert_eq(rrdp_wrong_parse("doctype=delta", &w), 0);
	cr_expect_eq(w.files, 1u << RRDP_DELTA);
	cr_expect_str_eq(w.more, "");
	cr_assert_eq(rrdp_wrong_parse("deep=snapshot:7", &w), 0);
	cr_expect_eq(w.files, 1u << RRDP_SNAPSHOT);
	cr_expect_str_eq(w.more, "7");
	cr_assert_eq(rrdp_wrong_parse("many-deltas=9", &w), 0);
	cr_expect_eq(w.files, 1u << RRDP_NOTIFICATION);
	cr_expect_str_eq(w.more, "9");
	cr_assert_eq(rrdp_wrong_parse("publish=rsync://a/b:c/d", &w), 0);
	cr_expect_str_eq(w.more, "rsync://a/b:c/d");
	cr_expect_eq(rrdp_wrong_parse("", &w), ERR_NOTFOUND);
	cr_expect_eq(rrdp_wrong_parse("doctyp", &w), ERR_NOTFOUND);
	cr_expect_eq(rrdp_wrong_parse("doctypes", &w), ERR_NOTFOUND);
	cr_expect_eq(rrdp_wrong_parse("gap=delta", &w), ERR_NOTFOUND);
	cr_expect_eq(
		rrdp_wrong_parse("wrong-hash=notification", &w), ERR_NOTFOUND);
}

/* Three publications, the last with the fault if there is one: its files. */
static void
test_three(const char *fault, struct span files[RRDP_FILES], struct arena *a)
{
	struct rrdp_wrong wrong;
	struct rrdp_params p = {.deltas = 5};
	struct rrdp_result r;
	char dir[64];

	test_two(dir);
	test_publish(dir, p);
	test_put(dir, "c.roa", "c");
	test_publish(dir, p);
	test_put(dir, "d.roa", "d");
	if (fault != NULL) {
		cr_assert_eq(rrdp_wrong_parse(fault, &wrong), 0, "%s", fault);
		p.wrong = &wrong;
		p.wrong_count = 1;
	}
	r = test_publish(dir, p);
	files[0] = test_file(dir, &r, "notification", r.serial, a);
	files[1] = test_file(dir, &r, "snapshot", r.serial, a);
	files[2] = test_file(dir, &r, "delta", r.serial, a);
	folder_remove(dir);
}

/* The argument for a fault that needs one. */
static const char *
test_more(enum rrdp_fault fault)
{
	const char *more = rrdp_fault_more(fault);

	if (strcmp(more, "N") == 0)
		return "=3";
	if (fault == RRDP_FAULT_SCRAMBLED)
		return "=d.roa"; /* it is in the delta too */
	if (fault == RRDP_FAULT_PUBLISH || fault == RRDP_FAULT_WITHDRAW ||
		fault == RRDP_FAULT_ELSEWHERE)
		return "=rsync://elsewhere/a/b.roa";
	return "";
}

/* What a fault changes: the files that it is in, and the notification for
 * their hashes; those of the notification are only there. */
Test(rrdp, each_fault_shows_where_it_should)
{
	struct arena *a = arena_new(4096);
	struct span good[RRDP_FILES], bad[RRDP_FILES];

	test_three(NULL, good, a);
	for (enum rrdp_fault f = 0; f < RRDP_FAULTS; f++) {
		struct rrdp_wrong w;
		bool listed = f == RRDP_FAULT_HASH || f == RRDP_FAULT_ELSEWHERE;
		char fault[256];

		snprintf(fault, sizeof(fault), "%s%s", rrdp_fault_name(f),
			test_more(f));
		cr_assert_eq(rrdp_wrong_parse(fault, &w), 0, "%s", fault);
		test_three(fault, bad, a);
		for (unsigned i = 0; i < RRDP_FILES; i++) {
			bool wants = (w.files >> i & 1) != 0;

			if (listed)
				wants = i == RRDP_NOTIFICATION;
			else if (i == RRDP_NOTIFICATION &&
				f != RRDP_FAULT_MISSING)
				wants = true;
			cr_expect_eq(span_equal(good[i], bad[i]), !wants,
				"%s, file %u", fault, i);
		}
		cr_expect(rrdp_fault_help(f)[0] != '\0');
	}
	arena_free(a);
}
