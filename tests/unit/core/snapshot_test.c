/*
 * snapshot: there and back; every bit flipped, every length cut, every octet
 * changed.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/core/snapshot_sample.h"

static void
expect_payloads(const struct snapshot *got, const struct snapshot *want)
{
	cr_assert_eq(got->vrp_count, want->vrp_count);
	for (size_t i = 0; i < want->vrp_count; i++)
		cr_expect_eq(memcmp(&got->vrps[i], &want->vrps[i],
				     sizeof(struct vrp)),
			0);
	cr_assert_eq(got->key_count, want->key_count);
	for (size_t i = 0; i < want->key_count; i++) {
		const struct router_key *a = &got->keys[i], *b = &want->keys[i];

		cr_expect_eq(router_key_compare(a, b), 0);
		cr_expect(a->expires == b->expires && a->ta == b->ta &&
			a->source == b->source);
	}
	cr_assert_eq(got->aspa_count, want->aspa_count);
	for (size_t i = 0; i < want->aspa_count; i++) {
		cr_expect(aspa_same(&got->aspas[i], &want->aspas[i]));
		cr_expect_eq(got->aspas[i].expires, want->aspas[i].expires);
	}
}

static void
expect_objects(const struct snapshot *got, const struct snapshot *want)
{
	cr_assert_eq(got->source_count, want->source_count);
	for (size_t i = 0; i < want->source_count; i++) {
		const struct snapshot_source *a = &got->sources[i];
		const struct snapshot_source *b = &want->sources[i];

		cr_expect_str_eq(a->name, b->name);
		cr_expect_arr_eq(a->hash, b->hash, HASH_SIZE);
		cr_expect(a->ta == b->ta && a->type == b->type &&
			a->not_before.s == b->not_before.s &&
			a->not_after.s == b->not_after.s &&
			a->point == b->point && a->again == b->again);
	}
	cr_assert_eq(got->refusal_count, want->refusal_count);
	for (size_t i = 0; i < want->refusal_count; i++) {
		const struct snapshot_refusal *a = &got->refusals[i];
		const struct snapshot_refusal *b = &want->refusals[i];

		cr_expect_str_eq(a->name, b->name);
		cr_expect_str_eq(a->reason, b->reason);
		cr_expect_str_eq(a->text, b->text);
		cr_expect(a->ta == b->ta && a->type == b->type &&
			a->point == b->point && a->claims == b->claims &&
			a->claim_count == b->claim_count);
	}
	cr_assert_eq(got->repo_count, want->repo_count);
	for (size_t i = 0; i < want->repo_count; i++) {
		const struct snapshot_repo *a = &got->repos[i];
		const struct snapshot_repo *b = &want->repos[i];

		cr_expect_str_eq(a->uri, b->uri);
		cr_expect(a->ta == b->ta && a->kind == b->kind &&
			a->cas == b->cas && a->vrps == b->vrps &&
			a->points_failed == b->points_failed &&
			a->expires.s == b->expires.s);
	}
}

static void
expect_points(const struct snapshot *got, const struct snapshot *want)
{
	cr_assert_eq(got->point_count, want->point_count);
	for (size_t i = 0; i < want->point_count; i++) {
		const struct snapshot_point *a = &got->points[i];
		const struct snapshot_point *b = &want->points[i];

		cr_expect_str_eq(a->folder, b->folder);
		cr_expect_str_eq(a->manifest, b->manifest);
		cr_expect_str_eq(a->cert, b->cert);
		cr_expect_str_eq(a->reason, b->reason);
		cr_expect_str_eq(a->text, b->text);
		cr_expect_str_eq(a->file, b->file);
		cr_expect_arr_eq(a->hash, b->hash, HASH_SIZE);
		cr_expect_arr_eq(a->ski, b->ski, SKI_SIZE);
		cr_expect_arr_eq(a->number, b->number, SKI_SIZE);
		cr_expect(a->parent == b->parent && a->depth == b->depth &&
			a->repo == b->repo && a->ta == b->ta &&
			a->state == b->state && a->size == b->size);
		cr_expect(a->since.s == b->since.s &&
			a->not_before.s == b->not_before.s &&
			a->certs_end.s == b->certs_end.s &&
			a->not_after.s == b->not_after.s &&
			a->this_update.s == b->this_update.s &&
			a->next_update.s == b->next_update.s);
		cr_expect(a->claims == b->claims &&
			a->claim_count == b->claim_count);
	}
	cr_assert_eq(got->claim_count, want->claim_count);
	for (size_t i = 0; i < want->claim_count; i++) {
		const struct snapshot_claim *a = &got->claims[i];
		const struct snapshot_claim *b = &want->claims[i];

		cr_expect_eq(addr_compare(&a->addr, &b->addr), 0);
		cr_expect(a->asn == b->asn && a->family == b->family &&
			a->len == b->len && a->max_len == b->max_len);
	}
}

static void
expect_report(const struct report *got, const struct report *want)
{
	cr_expect_eq(got->at.s, want->at.s);
	cr_assert_eq(got->ta_count, want->ta_count);
	for (size_t i = 0; i < want->ta_count; i++) {
		cr_expect_str_eq(got->tas[i].name, want->tas[i].name);
		cr_expect_eq(got->tas[i].complete, want->tas[i].complete);
		cr_expect_arr_eq(got->tas[i].objects, want->tas[i].objects,
			sizeof(got->tas[i].objects));
		cr_expect_arr_eq(got->tas[i].counters, want->tas[i].counters,
			REPORT_WORK * sizeof(got->tas[i].counters[0]));
		/* What was done for it is no part of it. */
		for (int k = REPORT_WORK; k < REPORT_COUNTERS; k++)
			cr_expect_eq(got->tas[i].counters[k], 0);
	}
	cr_assert_eq(got->reason_count, want->reason_count);
	for (size_t i = 0; i < want->reason_count; i++) {
		const struct report_reason *a = &got->reasons[i];
		const struct report_reason *b = &want->reasons[i];

		cr_expect_str_eq(a->reason, b->reason);
		cr_expect(a->ta == b->ta && a->type == b->type &&
			a->count == b->count);
	}
}

Test(snapshot, there_and_back)
{
	const char *why = NULL;
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	cr_assert_eq(snapshot_read(b.path, &got, &why), 0, "%s", why);
	expect_payloads(got, &b.x.s);
	expect_objects(got, &b.x.s);
	expect_points(got, &b.x.s);
	expect_report(&got->report, &b.x.s.report);
	/* One content has one file. */
	cr_assert_eq(snapshot_write(got, b.path), 0);
	snapshot_free(got);
	uint8_t *first = malloc(b.n);
	size_t n = b.n;
	memcpy(first, b.octets, n);
	load(&b);
	cr_expect_eq(b.n, n);
	cr_expect_eq(memcmp(first, b.octets, n), 0);
	free(first);
	bench_fini(&b);
}

Test(snapshot, every_count_of_every_table)
{
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	for (int i = 0; i < OBJECT_TYPES * OBJECT_STATES; i++)
		b.x.tas[1].objects[i / OBJECT_STATES][i % OBJECT_STATES] =
			1000 + (uint64_t)i;
	for (int i = 0; i < REPORT_COUNTERS; i++)
		b.x.tas[1].counters[i] = 2000 + (uint64_t)i;
	cr_assert_eq(snapshot_write(&b.x.s, b.path), 0);
	cr_assert_eq(snapshot_read(b.path, &got, NULL), 0);
	expect_report(&got->report, &b.x.s.report);
	snapshot_free(got);
	bench_fini(&b);
}

Test(snapshot, texts_of_two_parts)
{
	char uri[SNAPSHOT_URI], name[SNAPSHOT_URI];
	struct sample x;

	sample_init(&x);
	cr_expect_str_eq(snapshot_source_uri(&x.s, &x.sources[3], uri),
		"rsync://h/m/b/k.cer");
	cr_expect_str_eq(snapshot_refusal_uri(&x.s, &x.refusals[0], uri),
		"rsync://h/m/b/x.roa");
	cr_expect_str_eq(snapshot_refusal_uri(&x.s, &x.refusals[1], uri),
		"rsync://h/x.cer");
	cr_expect_str_eq(snapshot_cert_uri(&x.s, &x.points[1], uri),
		"rsync://h/m/ca.cer");
	cr_expect_str_eq(
		snapshot_cert_uri(&x.s, &x.points[0], uri), "rsync://h/t.cer");
	cr_expect_eq(snapshot_source_end(&x.s, &x.sources[0]).s, END);
	x.points[0].not_after.s = END - 9;
	cr_expect_eq(snapshot_source_end(&x.s, &x.sources[0]).s, END - 9);
	/* What is too long is cut. */
	memset(name, 'y', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	x.points[0].folder = name;
	cr_expect_eq(strlen(snapshot_source_uri(&x.s, &x.sources[0], uri)),
		SNAPSHOT_URI - 1);
	cr_expect_str_eq(point_state_name(POINT_VALID), "valid");
	cr_expect_str_eq(point_state_name(POINT_LAST_GOOD), "last-good");
	cr_expect_str_eq(point_state_name(POINT_FAILED), "failed");
}

/* How much work it was, and when it was written, is not in the file. */
Test(snapshot, one_content_has_one_file)
{
	struct bench b;
	uint8_t *first;
	size_t n;

	bench_init(&b);
	first = b.octets;
	n = b.n;
	b.octets = NULL;
	b.x.tas[0].counters[REPORT_SIGNATURES] = 7;
	b.x.tas[0].counters[REPORT_BYTES] = 8;
	b.x.s.report.made.s = 9;
	cr_assert_eq(snapshot_write(&b.x.s, b.path), 0);
	load(&b);
	cr_expect(b.n == n && memcmp(first, b.octets, n) == 0);
	free(first);
	bench_fini(&b);
}

/* The longest that a certificate may name, and the slash that it may lack. */
Test(snapshot, the_longest_texts)
{
	char folder[BOUND_URI + 3], uri[SNAPSHOT_URI];
	struct bench b;

	bench_init(&b);
	memset(folder, 'z', sizeof(folder));
	folder[BOUND_URI] = '/';
	folder[BOUND_URI + 1] = '\0';
	b.x.points[3].folder = folder;
	b.x.long_name[BOUND_URI] = '\0';
	b.x.sources[6].name = b.x.long_name;
	cr_expect_eq(snapshot_write(&b.x.s, b.path), 0);
	cr_expect_eq(strlen(snapshot_source_uri(&b.x.s, &b.x.sources[6], uri)),
		2 * BOUND_URI + 1);
	folder[BOUND_URI] = 'z';
	folder[BOUND_URI + 1] = '/';
	folder[BOUND_URI + 2] = '\0';
	cr_expect_eq(snapshot_write(&b.x.s, b.path), ERR_SYNTAX);
	bench_fini(&b);
}

Test(snapshot, when_the_file_was_made)
{
	const struct timespec times[2] = {{.tv_sec = 5}, {.tv_sec = 1234567}};
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	cr_assert_eq(utimensat(AT_FDCWD, b.path, times, 0), 0);
	cr_assert_eq(snapshot_read(b.path, &got, NULL), 0);
	cr_expect_eq(got->report.made.s, 1234567);
	snapshot_free(got);
	bench_fini(&b);
}

Test(snapshot, an_empty_run_is_a_snapshot)
{
	struct folder f = folder_new();
	struct snapshot s = {.vrps = NULL}, *got;
	char path[256];

	folder_path(&f, "empty", path);
	cr_assert_eq(snapshot_write(&s, path), 0);
	cr_assert_eq(snapshot_read(path, &got, NULL), 0);
	cr_expect_eq(
		got->vrp_count + got->source_count + got->report.ta_count, 0);
	snapshot_free(got);
	snapshot_free(NULL);
	folder_free(&f);
}

Test(snapshot, any_bit_flipped_is_noticed)
{
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < b.n * 8; i++) {
		int err;

		b.octets[i / 8] ^= (uint8_t)(1 << i % 8);
		store(&b, b.n);
		err = read_it(&b, NULL);
		cr_assert_neq(err, 0, "bit %zu", i);
		if (i >= 24 * 8)
			cr_assert_eq(err, ERR_CHECKSUM, "bit %zu", i);
		b.octets[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	store(&b, b.n);
	cr_expect_eq(read_it(&b, NULL), 0);
	bench_fini(&b);
}

Test(snapshot, any_length_cut_is_noticed)
{
	struct bench b;

	bench_init(&b);
	for (size_t n = 0; n < b.n; n++) {
		store(&b, n);
		cr_assert_eq(read_it(&b, NULL), ERR_TRUNCATED, "%zu", n);
	}
	b.octets = realloc(b.octets, b.n + 1);
	b.octets[b.n] = 0;
	store(&b, b.n + 1);
	cr_expect_eq(read_it(&b, NULL), ERR_SYNTAX, "one too many");
	bench_fini(&b);
}

/* Whoever can write the file can hash it: any octet of any value may come
 * with a good hash.  What is taken then must still hold together (which
 * snapshot_read itself has checked), and nothing may break. */
Test(snapshot, any_octet_changed_and_hashed_again)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < b.n - HASH_SIZE; i++) {
		for (size_t k = 0; k < sizeof(masks); k++) {
			b.octets[i] ^= masks[k];
			hash_again(&b);
			store(&b, b.n);
			(void)read_it(&b, NULL);
			b.octets[i] ^= masks[k];
		}
	}
	bench_fini(&b);
}

Test(snapshot, files_that_are_none)
{
	const char *why = NULL;
	struct snapshot *got;
	struct bench b;

	bench_init(&b);
	cr_expect_eq(snapshot_read(b.folder.path, &got, &why), ERR_FOLDER);
	cr_expect_eq(snapshot_read("/dev/zero", &got, &why), ERR_KIND);
	cr_expect_eq(unlink(b.path), 0);
	cr_expect_eq(snapshot_read(b.path, &got, &why), ERR_NOTFOUND);
	cr_expect_eq(snapshot_write(&b.x.s, "/no/such/folder/x"), ERR_NOTFOUND);
	bench_fini(&b);
}

/* Larger than a block, with many texts. */
Test(snapshot, thousands_of_everything)
{
	enum {
		MANY = 20000
	};
	struct snapshot_source *sources = calloc(MANY, sizeof(*sources));
	struct snapshot_refusal *refusals = calloc(MANY, sizeof(*refusals));
	struct vrp *vrps = calloc(MANY, sizeof(*vrps));
	char(*uris)[64] = calloc(MANY, sizeof(*uris));
	struct report_ta ta = {.name = "ta"};
	struct snapshot_point point = {.folder = "rsync://host/",
		.manifest = "m",
		.cert = "c",
		.parent = SNAPSHOT_NONE,
		.repo = SNAPSHOT_NONE,
		.reason = "",
		.text = "",
		.file = "",
		.not_after = {END}};
	struct snapshot s = {.vrps = vrps,
		.vrp_count = MANY,
		.points = &point,
		.point_count = 1,
		.sources = sources,
		.source_count = MANY,
		.refusals = refusals,
		.refusal_count = MANY,
		.report = {.tas = &ta, .ta_count = 1}};
	struct folder f = folder_new();
	struct snapshot *got;
	char path[256];

	for (uint32_t i = 0; i < MANY; i++) {
		(void)snprintf(uris[i], 64, "%06u.roa", i);
		sources[i].name = refusals[i].name = uris[i];
		sources[i].not_after.s = END;
		sources[i].type = OBJECT_ROA;
		refusals[i].reason = "word";
		/* More words than the table holds are not lost. */
		refusals[i].text = uris[i % 700];
		vrps[i] = vrp_of("10.0.0.0/8", 24, i);
		vrps[i].source = MANY - 1 - i;
	}
	folder_path(&f, "x", path);
	cr_assert_eq(snapshot_write(&s, path), 0);
	cr_assert_eq(snapshot_read(path, &got, NULL), 0);
	expect_payloads(got, &s);
	expect_objects(got, &s);
	snapshot_free(got);
	folder_free(&f);
	free(sources);
	free(refusals);
	free(vrps);
	free(uris);
}
