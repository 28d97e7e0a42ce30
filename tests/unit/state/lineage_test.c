/*
 * lineage: what is written is read; every truncation, every flipped octet and
 * whatever a hash hides is refused as a whole.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rtrd/state/lineage.h"
#include "rtrd/state/record.h"
#include "tests/unit/state/sets.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	STEPS = 5,
	FILE_MAX = 65536,
	AT_VERSION = 8,
	AT_IDS = 12,
	AT_LENGTH = 16,
	AT_SESSIONS = 24,
	AT_STEPS = 40,
	AT_FIRST = 48, /* the first step, and in it: */
	IN_HASH = 32,
	IN_COUNTS = 64,
	STEP = 64
};

static char folder[64], path[96];

static void
setup(void)
{
	snprintf(folder, sizeof(folder), "%s/lineage-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/history", folder);
}

static void
teardown(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(lineage, .init = setup, .fini = teardown);

/* Masks of which each step changes VRPs, keys and ASPAs. */
static uint32_t
mask(size_t i)
{
	return sets_mask((uint32_t)(0x15aa5 ^ (0x2b33 * i)));
}

static const struct history *
history_make(size_t steps)
{
	struct step step[STEPS + 1];
	const struct history *h;

	for (size_t i = 0; i <= steps; i++) {
		const struct payload_set *set = sets_make(mask(i));

		step[i] = (struct step){.serial = UINT32_MAX - 2 + (uint32_t)i,
			.published = {1000 + (int64_t)i},
			.made = {{2000 + (int64_t)i}, {-3000 - (int64_t)i}}};
		cr_assert_eq(record_hash(set, step[i].hash), 0);
		if (i > 0) {
			const struct payload_set *from = sets_make(mask(i - 1));

			cr_assert_eq(
				delta_between(from, set, &step[i].delta), 0);
			payload_unref(from);
		}
		payload_unref(set);
	}
	cr_assert_eq(history_of(step, steps + 1, &h), 0);
	for (size_t i = 1; i <= steps; i++)
		delta_unref(step[i].delta);
	return h;
}

static const struct identity ids = {{4711, 65535, 1}, 3};

static void
write_sample(size_t steps)
{
	const struct lineage l = {ids, history_make(steps)};

	cr_assert_eq(lineage_write(folder, &l), 0);
	history_unref(l.history);
}

static size_t
file_get(uint8_t octets[FILE_MAX])
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, octets, FILE_MAX);

	close(fd);
	cr_assert_gt(n, 0);
	cr_assert_lt(n, FILE_MAX);
	return (size_t)n;
}

static void
file_put(const uint8_t *octets, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_eq(write(fd, octets, n), (ssize_t)n);
	close(fd);
}

/* The same with a hash that fits. */
static void
file_put_sealed(uint8_t *octets, size_t n)
{
	cr_assert_eq(
		EVP_Digest(octets, n - HISTORY_HASH, octets + n - HISTORY_HASH,
			NULL, EVP_sha256(), NULL),
		1);
	file_put(octets, n);
}

static void
half_expect(const struct delta_half *a, const struct delta_half *b)
{
	cr_assert_eq(a->vrp_count, b->vrp_count);
	cr_assert_eq(a->key_count, b->key_count);
	cr_assert_eq(a->aspa_count, b->aspa_count);
	for (size_t i = 0; i < a->vrp_count; i++)
		cr_expect_eq(vrp_compare(&a->vrps[i], &b->vrps[i]), 0);
	for (size_t i = 0; i < a->key_count; i++)
		cr_expect_eq(router_key_compare(&a->keys[i], &b->keys[i]), 0);
	for (size_t i = 0; i < a->aspa_count; i++)
		cr_expect(aspa_same(&a->aspas[i], &b->aspas[i]));
}

static void
history_expect(const struct history *got, const struct history *want)
{
	cr_assert_eq(history_count(got), history_count(want));
	for (size_t i = 0; i <= history_count(want); i++) {
		const struct step *a = history_back(got, i);
		const struct step *b = history_back(want, i);

		cr_expect_eq(a->serial, b->serial);
		cr_expect_eq(a->published.s, b->published.s);
		cr_expect_eq(a->made[0].s, b->made[0].s);
		cr_expect_eq(a->made[1].s, b->made[1].s);
		cr_expect_arr_eq(a->hash, b->hash, HISTORY_HASH);
		cr_assert_eq(a->delta == NULL, b->delta == NULL);
		if (a->delta == NULL)
			continue;
		half_expect(&a->delta->gone, &b->delta->gone);
		half_expect(&a->delta->come, &b->delta->come);
	}
}

/* Serials wrap in it. */
Test(lineage, what_is_written_is_read)
{
	for (size_t steps = 0; steps <= STEPS; steps++) {
		const struct history *want = history_make(steps);
		struct lineage got;

		write_sample(steps);
		cr_assert_eq(lineage_read(folder, &got), 0);
		cr_expect(identity_equal(&got.id, &ids));
		history_expect(got.history, want);
		history_unref(got.history);
		history_unref(want);
	}
}

Test(lineage, no_file)
{
	struct lineage l;
	struct identity id;

	cr_expect_eq(lineage_read(folder, &l), ERR_NOTFOUND);
	cr_expect_not(lineage_peek(folder, &id));
}

/* Nothing is handed out of a part. */
Test(lineage, every_truncation)
{
	uint8_t octets[FILE_MAX];
	struct lineage l;
	size_t n;

	write_sample(STEPS);
	n = file_get(octets);
	for (size_t k = 0; k < n; k++) {
		file_put(octets, k);
		cr_expect_eq(lineage_read(folder, &l), ERR_TRUNCATED, "%zu", k);
	}
	octets[n] = 0;
	file_put(octets, n + 1);
	cr_expect_eq(lineage_read(folder, &l), ERR_TRUNCATED);
}

Test(lineage, every_flipped_octet)
{
	uint8_t octets[FILE_MAX];
	struct lineage l;
	size_t n;

	write_sample(STEPS);
	n = file_get(octets);
	for (size_t k = 0; k < n; k++) {
		uint8_t bit = (uint8_t)(1 << k % 8);

		octets[k] ^= bit;
		file_put(octets, n);
		cr_expect_lt(lineage_read(folder, &l), 0, "%zu", k);
		octets[k] ^= bit;
	}
	file_put(octets, n);
	cr_assert_eq(lineage_read(folder, &l), 0);
	history_unref(l.history);
}

/* A length cut down with the file, and a hash that fits: what is left is not
 * taken for a shorter one. */
Test(lineage, every_truncation_with_a_hash_that_fits)
{
	uint8_t octets[FILE_MAX], shorter[FILE_MAX];
	struct lineage l;
	size_t n;

	write_sample(STEPS);
	n = file_get(octets);
	for (size_t k = AT_FIRST + HISTORY_HASH; k < n; k++) {
		memcpy(shorter, octets, k);
		for (size_t i = 0; i < 8; i++)
			shorter[AT_LENGTH + i] = (uint8_t)(k >> 8 * i);
		file_put_sealed(shorter, k);
		cr_expect_lt(lineage_read(folder, &l), 0, "%zu", k);
	}
}

/* Any octet, where the hash says nothing of it: refused, or a lineage that is
 * in order; never a crash. */
Test(lineage, every_octet_with_a_hash_that_fits)
{
	uint8_t octets[FILE_MAX], changed[FILE_MAX];
	size_t n, good = 0;

	write_sample(STEPS);
	n = file_get(octets);
	for (size_t k = 0; k < 4 * (n - HISTORY_HASH); k++) {
		static const uint8_t masks[4] = {0x01, 0x80, 0xff, 0x7f};
		struct lineage l;

		memcpy(changed, octets, n);
		changed[k / 4] ^= masks[k % 4];
		file_put_sealed(changed, n);
		if (lineage_read(folder, &l) != 0)
			continue;
		good++;
		cr_expect_eq(history_count(l.history), STEPS);
		for (size_t i = 0; i < STEPS; i++) {
			const struct delta *d =
				history_back(l.history, i)->delta;

			cr_expect(delta_half_is_sorted(&d->gone));
			cr_expect(delta_half_is_sorted(&d->come));
		}
		history_unref(l.history);
	}
	cr_expect_gt(good, 0, "times and hashes may be any");
}

/* What is odd though the hash fits. */
Test(lineage, odd_values)
{
	static const struct {
		size_t at;
		uint8_t value;
		int err;
		const char *what;
	} rows[] = {
		{0, 'w', ERR_SYNTAX, "magic"},
		{AT_VERSION, 0, ERR_VERSION, "a version before"},
		{AT_VERSION, 2, ERR_VERSION, "a version to come"},
		{AT_VERSION + 3, 1, ERR_VERSION, "a version far away"},
		{AT_IDS, 0, ERR_SYNTAX, "no ids"},
		{AT_IDS, 2, ERR_SYNTAX, "fewer ids than there are"},
		{AT_IDS, 4, ERR_SYNTAX, "more ids than there are"},
		{AT_IDS, 9, ERR_SYNTAX, "more than ever"},
		{AT_LENGTH, 1, ERR_TRUNCATED, "another length"},
		{AT_SESSIONS + 15, 1, ERR_SYNTAX, "an id too many"},
		{AT_STEPS, 0, ERR_SYNTAX, "no steps"},
		{AT_STEPS, STEPS, ERR_SYNTAX, "fewer steps"},
		{AT_STEPS, STEPS + 2, ERR_TRUNCATED, "more steps"},
		{AT_STEPS + 3, 0xff, ERR_SYNTAX, "very many steps"},
		{AT_STEPS + 4, 1, ERR_SYNTAX, "what is zero"},
		{AT_FIRST, 0, ERR_SYNTAX, "a serial out of turn"},
		{AT_FIRST + 4, 1, ERR_SYNTAX, "what is zero in a step"},
		{AT_FIRST + IN_COUNTS, 1, ERR_SYNTAX,
			"a delta in the first step"},
		{AT_FIRST + IN_COUNTS + 3, 0xff, ERR_TRUNCATED,
			"more VRPs than octets"},
	};
	uint8_t octets[FILE_MAX], changed[FILE_MAX];
	struct lineage l;
	size_t n;

	write_sample(STEPS);
	n = file_get(octets);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(changed, octets, n);
		changed[rows[i].at] = rows[i].value;
		file_put_sealed(changed, n);
		cr_expect_neq(lineage_read(folder, &l), 0, "%s", rows[i].what);
		if (rows[i].err != ERR_TRUNCATED)
			cr_expect_eq(lineage_read(folder, &l), rows[i].err,
				"%s", rows[i].what);
	}
	/* Two versions with one id. */
	memcpy(octets + AT_SESSIONS, octets + AT_SESSIONS + 2, 2);
	file_put_sealed(octets, n);
	cr_expect_eq(lineage_read(folder, &l), ERR_SYNTAX);
}

/* The ids can be told of one whose end is damaged; of another's file nothing
 * is. */
Test(lineage, peek)
{
	uint8_t octets[FILE_MAX];
	struct identity id = {.n = 0};
	size_t n;

	write_sample(STEPS);
	n = file_get(octets);
	octets[n - 1] ^= 1;
	file_put(octets, n);
	cr_assert(lineage_peek(folder, &id));
	cr_expect(identity_equal(&id, &ids));
	octets[0] ^= 1;
	file_put(octets, n);
	cr_expect_not(lineage_peek(folder, &id));
	/* What cannot be read may be anything. */
	unlink(path);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert(lineage_peek(folder, &id));
	cr_expect_eq(id.n, 0);
	rmdir(path);
}

/* Only the newest deltas are written, as far as there is room. */
Test(lineage, the_file_has_an_end)
{
	struct payload_builder *b = payload_build_new(500000);
	const struct payload_set *big, *none = sets_make(0);
	struct step steps[6] = {{.serial = 1}};
	struct lineage l = {.id = ids}, got;
	struct stat st;

	for (uint32_t i = 0; i < 500000; i++) {
		struct vrp v = {.asn = i, .family = FAMILY_IPV6};

		cr_assert_eq(payload_build_vrp(b, &v), 0);
	}
	cr_assert_eq(payload_build_done(b, &big), 0);
	for (uint32_t i = 1; i < 6; i++) {
		steps[i].serial = i + 1;
		cr_assert_eq(delta_between(i % 2 == 1 ? none : big,
				     i % 2 == 1 ? big : none, &steps[i].delta),
			0);
	}
	cr_assert_eq(history_of(steps, 6, &l.history), 0);
	cr_assert_eq(lineage_write(folder, &l), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_leq(st.st_size, BOUND_HISTORY_BYTES + 4096);
	cr_assert_eq(lineage_read(folder, &got), 0);
	cr_expect_eq(history_count(got.history), 2);
	cr_expect_eq(history_back(got.history, 0)->serial, 6);
	cr_expect_eq(history_back(got.history, 2)->serial, 4);
	history_unref(got.history);
	history_unref(l.history);
	for (size_t i = 1; i < 6; i++)
		delta_unref(steps[i].delta);
	payload_unref(big);
	payload_unref(none);
}

/* What stands in the way of the write leaves the old file alone. */
Test(lineage, nowhere_to_write)
{
	const struct lineage l = {ids, history_make(1)};

	cr_expect_neq(lineage_write("/nonexistent/folder", &l), 0);
	history_unref(l.history);
}
