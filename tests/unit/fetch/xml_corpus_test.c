/*
 * xml: every file of RRDP that the corpus has: the real ones accepted with
 * their objects, the hostile ones refused, each with its reason.
 *
 * The corpus is not part of the project; without it these tests are skipped.
 */
#include "tests/unit/fetch/xml_events.h"
#include "tests/unit/object/corpus.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Folders of the corpus. */
#define BSD	"openbsd-regress/head/src/regress/usr.sbin/rpki-client/rrdp/"
#define BSD_H	"openbsd-regress/history/"
#define BSD_T	"/src/regress/usr.sbin/rpki-client/rrdp/"
#define TOOLS	"rpki-rrdp-tools-py/head/tests/data/"
#define TOOLS_H "rpki-rrdp-tools-py/history/a17a3ee8/tests/data/"
#define RS	"rpki-rs/head/test-data/rrdp/"
#define RS_H	"rpki-rs/history/"
#define PUB	"rpki-publication-server/"
#define V3	"rpki-validator-3/head/rpki-rtr-server/rrdp/"
#define V3B	"rpki-validator-3/head/rpki-validator/rrdp/"
#define V2	"rpki-validator/head/rpki-validator-app/mock-http-responses/"
#define V2_H	"rpki-validator/history/"
#define V2_T	"/rpki-validator-app/mock-http-responses/"

#define S_BSD	"7e7d2563-5bbb-40b0-8723-6a2e90c85d9e"
#define S_BSD_D "9b3f7e31-4979-4f8c-9818-73e4dadc3e6b"
#define S_BSD_O "9b3f7e31-4979-ef8c-d818-73e4dadc3e6b"
#define S_TOOLS "f62e1519-f2e4-4d57-80bc-56c3699ba88e"
#define S_LABS	"576e032e-e1d1-4484-8151-21b04cc42ce1"
#define S_RIPE	"a2d845c4-5b91-4015-a2b7-988c03ce232a"
#define S_DF	"9df4b597-af9e-4dca-bdda-719cce2c4e28"
#define S_V3	"a4a2b27b-2fac-4b1f-a9e8-9e931449ba11"

struct row {
	const char *path;
	enum events_kind kind;
	const char *session; /* that is expected */
	uint64_t serial;
	enum xml_fault fault;
	uint64_t published, withdrawn;
	uint64_t bytes; /* of all objects */
	uint64_t deltas;
	enum xml_fault deltas_fault;
};

/* A notification: what is wrong with it, its deltas, what is wrong with these.
 */
#define NOTE(path, wrong, deltas, lists) \
	{ \
		path, EVENTS_NOTIFICATION, "", 0, XML_FAULT_##wrong, 0, 0, 0, \
			deltas, XML_FAULT_##lists \
	}
/* Snapshots and deltas, sound or not. */
#define SNAP(path, session, serial, n, bytes) \
	{ \
		path, EVENTS_SNAPSHOT, session, serial, XML_FAULT_NONE, n, 0, \
			bytes, 0, XML_FAULT_NONE \
	}
#define DELTA(path, session, serial, n, w, bytes) \
	{ \
		path, EVENTS_DELTA, session, serial, XML_FAULT_NONE, n, w, \
			bytes, 0, XML_FAULT_NONE \
	}
#define BAD(path, kind, session, serial, wrong, n) \
	{ \
		path, EVENTS_##kind, session, serial, XML_FAULT_##wrong, n, 0, \
			0, 0, XML_FAULT_NONE \
	}

static const struct row rows[] = {
	NOTE(BSD "billion_lol.xml", DOCTYPE, 0, NONE),
	DELTA(BSD "delta.xml", S_BSD_D, 13755, 3, 1, 5186),
	NOTE(BSD "notification.xml", NONE, 101, NONE),
	NOTE(BSD "notification_xmlns.xml", NAMESPACE, 0, NONE),
	SNAP(BSD "snapshot.xml", S_BSD, 28483, 3, 3345),
	NOTE(BSD "xxe.xml", DOCTYPE, 0, NONE),
	DELTA(BSD_H "dae7c01d" BSD_T "delta.xml", S_BSD_O, 13755, 3, 1, 5186),
	NOTE(BSD_H "e4ef3ea4" BSD_T "billion_lol.xml", DOCTYPE, 0, NONE),
	BAD(BSD_H "e4ef3ea4" BSD_T "delta.xml", DELTA, S_BSD_O, 13755,
		NAMESPACE, 0),
	NOTE(BSD_H "e4ef3ea4" BSD_T "xxe.xml", DOCTYPE, 0, NONE),
	NOTE("rapport/history/1697b2bc/sandbox/apache2/content/simple/notification.xml",
		NONE, 0, NONE),
	SNAP("rpki-prover/history/b15b6096/snapshot1.xml",
		"670de3e5-de83-4d77-bede-9d8a78454151", 1686, 1, 2066),
	NOTE(PUB "head/notification-valid.xml", URI, 0, NONE),
	BAD(PUB "head/snapshot-with-invalid-tag.xml", SNAPSHOT, S_DF, 5932,
		ELEMENT, 1),
	SNAP(PUB "head/valid-snapshot.xml", S_DF, 5932, 3, 3625),
	BAD(PUB "history/2b7b8801/snapshot-with-invalid-tag.xml", SNAPSHOT,
		S_DF, 5932, NAMESPACE, 0),
	BAD(PUB "history/2b7b8801/valid-snapshot.xml", SNAPSHOT, S_DF, 5932,
		NAMESPACE, 0),
	DELTA(TOOLS "rrdp-content/26290.xml", S_TOOLS, 26290, 2, 0, 4303),
	DELTA(TOOLS "rrdp-content/26291.xml", S_TOOLS, 26291, 2, 1, 49373),
	DELTA(TOOLS "rrdp-content/26292.xml", S_TOOLS, 26292, 2, 0, 4303),
	DELTA(TOOLS "rrdp-content/26293.xml", S_TOOLS, 26293, 2, 1, 49412),
	DELTA(TOOLS "rrdp-content/26294.xml", S_TOOLS, 26294, 2, 0, 4303),
	DELTA(TOOLS "rrdp-content/26295.xml", S_TOOLS, 26295, 2, 1, 49451),
	DELTA(TOOLS "rrdp-content/26296.xml", S_TOOLS, 26296, 2, 0, 4303),
	DELTA(TOOLS "rrdp-content/26297.xml", S_TOOLS, 26297, 2, 1, 49490),
	DELTA(TOOLS "rrdp-content/26298.xml", S_TOOLS, 26298, 2, 0, 4303),
	NOTE(TOOLS "rrdp-content/notification.xml", NONE, 100, NONE),
	SNAP(TOOLS "sample-snapshot.xml",
		"1c33ba5d-4e16-448d-9a22-b12599ef1cba", 46832, 33, 69468),
	NOTE(TOOLS_H "sample_notification.xml", NONE, 6, NONE),
	SNAP(TOOLS_H "valid_snapshot.xml", S_LABS, 111, 4, 7764),
	NOTE(RS "lolz-notification.xml", DOCTYPE, 0, NONE),
	DELTA(RS "ripe-delta.xml", S_RIPE, 1739, 65, 1, 77645),
	NOTE(RS "ripe-notification-unsorted.xml", NONE, 91, NONE),
	NOTE(RS "ripe-notification-with-gaps.xml", NONE, 0, DELTAS),
	NOTE(RS "ripe-notification.xml", NONE, 91, NONE),
	SNAP(RS "ripe-snapshot.xml", S_RIPE, 1742, 277, 406898),
	DELTA(RS_H "cc9c3d19/test-data/ripe-delta.xml", S_RIPE, 1739, 65, 1,
		81558),
	SNAP(RS_H "cc9c3d19/test-data/ripe-snapshot.xml", S_RIPE, 1742, 277,
		410741),
	NOTE(RS_H "dfa62712/test-data/rrdp/ripe-notification-duplicates.xml",
		NONE, 0, DELTAS),
	BAD(V3 "delta1.xml", DELTA, S_DF, 2, NAMESPACE, 0),
	NOTE(V3 "notification1.xml", NAMESPACE, 0, NONE),
	BAD(V3 "repo1/delta1.xml", DELTA, S_DF, 1, NAMESPACE, 0),
	BAD(V3 "repo1/delta2.xml", DELTA, S_DF, 2, NAMESPACE, 0),
	NOTE(V3 "repo1/notification.xml", NAMESPACE, 0, NONE),
	SNAP(V3 "repo1/snapshot.xml", S_DF, 2, 1, 1336),
	SNAP(V3 "snapshot1.xml", S_DF, 1, 1, 1336),
	SNAP(V3 "snapshot2.xml", S_V3, 3442, 3, 5638),
	BAD(V3B "delta1.xml", DELTA, S_DF, 2, NAMESPACE, 0),
	NOTE(V3B "notification1.xml", NAMESPACE, 0, NONE),
	BAD(V3B "repo1/delta1.xml", DELTA, S_DF, 1, NAMESPACE, 0),
	BAD(V3B "repo1/delta2.xml", DELTA, S_DF, 2, NAMESPACE, 0),
	NOTE(V3B "repo1/notification.xml", NAMESPACE, 0, NONE),
	SNAP(V3B "repo1/snapshot.xml", S_DF, 2, 1, 1336),
	SNAP(V3B "snapshot1.xml", S_DF, 1, 1, 1336),
	SNAP(V3B "snapshot2.xml", S_V3, 3442, 3, 5638),
	NOTE(V2 "test1/notification1.xml", NAMESPACE, 0, NONE),
	BAD(V2 "test1/snapshot1.xml", SNAPSHOT, S_DF, 1, NAMESPACE, 0),
	BAD(V2 "test2/delta2_1.xml", DELTA, S_DF, 2, NAMESPACE, 0),
	NOTE(V2 "test2/notification2.xml", NAMESPACE, 0, NONE),
	NOTE(V2 "test3/notification3.xml", NAMESPACE, 0, NONE),
	BAD(V2 "test3/snapshot3.xml", SNAPSHOT, S_DF, 1, NAMESPACE, 0),
	NOTE(V2 "test4/broken_notification1.xml", NAMESPACE, 0, NONE),
	NOTE(V2 "test4/notification1.xml", NAMESPACE, 0, NONE),
	BAD(V2 "test5/delta1.xml", DELTA, S_DF, 2, NAMESPACE, 0),
	NOTE(V2 "test5/notification1.xml", NAMESPACE, 0, NONE),
	NOTE(V2_H "2d4ae192" V2_T "notification1.xml", NAMESPACE, 0, NONE),
	BAD(V2_H "2d4ae192" V2_T "snapshot1.xml", SNAPSHOT, S_DF, 0, NAMESPACE,
		0),
	BAD(V2_H "a2ee568f" V2_T "delta2_1.xml", DELTA, S_DF, 2, NAMESPACE, 0),
	NOTE(V2_H "da6b30e9" V2_T "notification1.xml", NAMESPACE, 0, NONE),
	BAD(V2_H "da6b30e9" V2_T "snapshot1.xml", SNAPSHOT, S_DF, 0, NAMESPACE,
		0),
};

static struct span
file_of(const char *root, const char *path, struct arena *arena)
{
	char full[320];

	snprintf(full, sizeof(full), "rrdp/%s", path);
	return corpus_file(root, full, arena);
}

static struct events
read_row(const struct row *row, struct span file, size_t step)
{
	struct events v = {.kind = row->kind,
		.session = row->session,
		.serial = row->serial,
		.step = step};

	events_read(&v, file);
	return v;
}

static void
check_row(const struct row *row, const struct events *v)
{
	cr_expect_eq(v->fault, row->fault, "%s: %s in line %llu, not %s",
		row->path, xml_fault_name(v->fault),
		(unsigned long long)v->line, xml_fault_name(row->fault));
	cr_expect_eq(v->published, row->published, "%s: %llu published",
		row->path, (unsigned long long)v->published);
	cr_expect_eq(v->withdrawn, row->withdrawn, "%s: %llu withdrawn",
		row->path, (unsigned long long)v->withdrawn);
	cr_expect_eq(v->deltas, row->deltas, "%s: %llu deltas", row->path,
		(unsigned long long)v->deltas);
	cr_expect_eq(v->deltas_fault, row->deltas_fault, "%s", row->path);
	if (row->fault == XML_FAULT_NONE)
		cr_expect_eq(v->bytes, row->bytes, "%s: %llu octets", row->path,
			(unsigned long long)v->bytes);
}

Test(xml_corpus, judges_every_file)
{
	const char *root = corpus_root();
	struct arena *arena;

	if (root == NULL)
		cr_skip_test("SKIPPED: WAYMARK_CORPUS");
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span file = file_of(root, rows[i].path, arena);
		struct events whole = read_row(&rows[i], file, 0);
		struct events pieces = read_row(&rows[i], file, 1);

		check_row(&rows[i], &whole);
		cr_expect_eq(pieces.fault, whole.fault, "%s", rows[i].path);
		cr_expect_eq(pieces.line, whole.line, "%s", rows[i].path);
		cr_expect(span_equal(span_of(whole.text.p, whole.text.n),
				  span_of(pieces.text.p, pieces.text.n)),
			"%s", rows[i].path);
		events_free(&whole);
		events_free(&pieces);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* The table has all that is there. */
static void
count_file(const char *path, struct span file, void *context)
{
	bool known = false;

	(void)file;
	(void)context;
	path += strlen("rrdp/");
	for (size_t i = 0; i < COUNT(rows); i++)
		known |= strcmp(rows[i].path, path) == 0;
	cr_expect(known, "no row for %s", path);
}

Test(xml_corpus, has_a_row_for_every_file)
{
	const char *root = corpus_root();
	size_t n;

	if (root == NULL)
		cr_skip_test("SKIPPED: WAYMARK_CORPUS");
	n = corpus_walk(root, "rrdp", ".xml", count_file, NULL);
	cr_expect_eq(n, COUNT(rows), "%zu files", n);
}

/* Wrong sessions and serials, by the files that are right otherwise. */
Test(xml_corpus, refuses_another_session_or_serial)
{
	const char *root = corpus_root();
	struct arena *arena;

	if (root == NULL)
		cr_skip_test("SKIPPED: WAYMARK_CORPUS");
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct row row = rows[i];
		struct span file = file_of(root, row.path, arena);
		struct events v;

		if (row.kind == EVENTS_NOTIFICATION ||
			row.fault != XML_FAULT_NONE)
			continue;
		row.session = "00000000-0000-4000-8000-000000000000";
		v = read_row(&row, file, 0);
		cr_expect_eq(v.fault, XML_FAULT_SESSION, "%s", row.path);
		events_free(&v);
		row.session = rows[i].session;
		row.serial++;
		v = read_row(&row, file, 0);
		cr_expect_eq(v.fault, XML_FAULT_SERIAL, "%s", row.path);
		events_free(&v);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* Nine deltas have the hashes that the notification tells, but for the line's
 * end that each got when it was put into the corpus. */
Test(xml_corpus, has_the_hashes_that_the_notification_tells)
{
	const char *root = corpus_root();
	struct arena *arena;
	struct xml *x;
	size_t compared = 0;
	struct span file;

	if (root == NULL)
		cr_skip_test("SKIPPED: WAYMARK_CORPUS");
	arena = arena_new(1 << 20);
	x = xml_notification_new();
	file = file_of(root, TOOLS "rrdp-content/notification.xml", arena);
	cr_assert_eq(xml_feed(x, file), XML_FAULT_NONE);
	cr_assert_eq(xml_end(x), XML_FAULT_NONE);
	for (size_t i = 0; i < xml_notification_get(x)->delta_count; i++) {
		const struct delta_hash *d =
			&xml_notification_get(x)->deltas[i];
		char path[256];
		uint8_t hash[32];

		if (d->serial < 26290)
			continue;
		snprintf(path, sizeof(path), TOOLS "rrdp-content/%llu.xml",
			(unsigned long long)d->serial);
		file = file_of(root, path, arena);
		cr_expect_arr_eq(SHA256(file.p, file.n - 1, hash), d->hash, 32,
			"%s", path);
		compared++;
	}
	cr_expect_eq(compared, 9);
	xml_free(x);
	arena_free(arena);
}

/* What the last deltas left, by URI. */
struct last {
	struct {
		char uri[256];
		uint8_t hash[32];
	} at[16];
	size_t n, replaced;
};

static bool
last_element(void *ctx, const struct xml_element *e)
{
	struct last *l = ctx;
	size_t i = 0;

	while (i < l->n &&
		!span_equal(
			e->uri, span_of(l->at[i].uri, strlen(l->at[i].uri))))
		i++;
	if (i < l->n) {
		cr_expect_not_null(e->hash);
		cr_expect_arr_eq(e->hash, l->at[i].hash, 32);
		l->replaced++;
	} else {
		cr_assert_lt(l->n, COUNT(l->at));
		cr_assert_lt(e->uri.n, sizeof(l->at[i].uri));
		memcpy(l->at[i].uri, e->uri.p, e->uri.n);
		l->n++;
	}
	if (!e->withdraw)
		(void)SHA256(e->bytes.p, e->bytes.n, l->at[i].hash);
	return true;
}

/* Nine deltas in a row: what one publishes is what a later one replaces or
 * withdraws. */
Test(xml_corpus, deltas_follow_one_another)
{
	const char *root = corpus_root();
	struct last last = {0};
	struct xml_calls calls = {.element = last_element, .ctx = &last};
	struct arena *arena;

	if (root == NULL)
		cr_skip_test("SKIPPED: WAYMARK_CORPUS");
	arena = arena_new(1 << 20);
	for (uint64_t serial = 26290; serial <= 26298; serial++) {
		struct xml *x = xml_delta_new(S_TOOLS, serial, &calls);
		char path[256];

		snprintf(path, sizeof(path), TOOLS "rrdp-content/%llu.xml",
			(unsigned long long)serial);
		cr_expect_eq(xml_feed(x, file_of(root, path, arena)),
			XML_FAULT_NONE);
		cr_expect_eq(xml_end(x), XML_FAULT_NONE, "%s", path);
		xml_free(x);
	}
	cr_expect_gt(last.replaced, 8, "%zu", last.replaced);
	arena_free(arena);
}

/* Every beginning of a small file, and every octet of it changed: no more than
 * an answer is asked for. */
Test(xml_corpus, survives_cuts_and_changes)
{
	const char *root = corpus_root();
	struct arena *arena;

	if (root == NULL)
		cr_skip_test("SKIPPED: WAYMARK_CORPUS");
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span file = file_of(root, rows[i].path, arena);
		uint8_t *copy;

		if (file.n > 2500)
			continue;
		copy = arena_copy(arena, file.p, file.n);
		for (size_t n = 0; n < file.n; n++) {
			struct events v =
				read_row(&rows[i], span_of(file.p, n), 0);

			events_free(&v);
			copy[n] ^= (uint8_t)(1U << (n % 7));
			v = read_row(&rows[i], span_of(copy, file.n), 0);
			copy[n] = file.p[n];
			events_free(&v);
		}
		arena_reset(arena);
	}
	arena_free(arena);
}
