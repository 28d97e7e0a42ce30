/*
 * snapshot_field: each field of each section out of range, hashed again as
 * whoever writes the file can; and that nothing of the kind is ever written.
 */
#include "tests/unit/core/snapshot_sample.h"

static uint64_t
get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = n; i > 0; i--)
		v = v << 8 | p[i - 1];
	return v;
}

static void
put_le(uint8_t *p, size_t n, uint64_t v)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Where an octet of a record stands. */
static uint8_t *
field(struct bench *b, enum snapshot_section section, size_t record,
	size_t offset)
{
	const uint8_t *row = b->octets + SNAPSHOT_HEAD + section * SNAPSHOT_ROW;

	return b->octets + get_le(row + 8, 8) + record * get_le(row + 4, 4) +
		offset;
}

struct breakage {
	enum snapshot_section section;
	size_t record, offset, n;
	uint64_t value;
	const char *why;
};

static const char ODD[] = "sections do not follow each other";

static const struct breakage breakages[] = {
	{SECTION_TAS, 0, 4, 4, 2, "a trust anchor is malformed"},
	{SECTION_TAS, 0, 0, 4, 2, "a trust anchor is malformed"},
	{SECTION_TAS, 0, 0, 4, 0xffffffff, "a trust anchor is malformed"},
	{SECTION_VRPS4, 0, 12, 1, 25, "a VRP has impossible lengths"},
	{SECTION_VRPS4, 0, 13, 1, 23, "a VRP has impossible lengths"},
	{SECTION_VRPS4, 0, 13, 1, 33, "a VRP has impossible lengths"},
	{SECTION_VRPS6, 1, 25, 1, 129, "a VRP has impossible lengths"},
	{SECTION_VRPS4, 0, 12, 1, 22, "a VRP has host bits"},
	{SECTION_VRPS4, 0, 3, 1, 1, "a VRP has host bits"},
	{SECTION_VRPS6, 0, 4, 1, 1, "a VRP has host bits"},
	{SECTION_VRPS6, 0, 15, 1, 1, "a VRP has host bits"},
	{SECTION_VRPS4, 0, 8, 4, SOURCES, "a payload names no source"},
	{SECTION_VRPS4, 0, 8, 4, 0xffffffff, "a payload names no source"},
	{SECTION_VRPS4, 0, 14, 2, 1, "a VRP is malformed"},
	{SECTION_VRPS6, 0, 26, 2, 0x100, "a VRP is malformed"},
	{SECTION_VRPS4, 0, 4, 4, 64497, "VRPs are out of order"},
	{SECTION_VRPS4, 0, 8, 4, 6, "VRPs are out of order"},
	{SECTION_VRPS4, 3, 0, 4, 0, "VRPs are out of order"},
	{SECTION_KEYS, 0, 24, 4, 0, "a public key belongs to no router key"},
	{SECTION_KEYS, 0, 24, 4, 9999, "a router key is malformed"},
	{SECTION_KEYS, 1, 24, 4, 9, "a public key belongs to no router key"},
	{SECTION_KEYS, 0, 28, 4, 9, "a payload names no source"},
	{SECTION_KEYS, 0, 0, 1, 2, "router keys are out of order"},
	{SECTION_ASPAS, 0, 4, 4, 0, "a provider belongs to no ASPA"},
	{SECTION_ASPAS, 1, 4, 4, 3, "an ASPA is malformed"},
	{SECTION_ASPAS, 1, 4, 4, 0xffffffff, "an ASPA is malformed"},
	{SECTION_ASPAS, 0, 0, 4, 64500, "ASPAs are out of order"},
	{SECTION_ASPAS, 0, 8, 4, SOURCES, "a payload names no source"},
	{SECTION_PROVIDERS, 1, 0, 4, 64500, "providers are out of order"},
	{SECTION_POINTS, 0, 72, 4, 9999, "a point is malformed"},
	{SECTION_POINTS, 0, 76, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 80, 4, 0xffffffff, "a point is malformed"},
	{SECTION_POINTS, 0, 84, 4, 0, "a point is malformed"},
	{SECTION_POINTS, 0, 88, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 92, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 96, 4, 2, "a point is malformed"},
	{SECTION_POINTS, 0, 72, 4, 0, "the folder of a point is none"},
	{SECTION_POINTS, 0, 100, 4, 1, "a point has no parent"},
	{SECTION_POINTS, 0, 104, 4, 1, "a point has no parent"},
	{SECTION_POINTS, 1, 100, 4, POINTS, "a point has no parent"},
	{SECTION_POINTS, 1, 100, 4, 0xffffffff, "a point has no parent"},
	{SECTION_POINTS, 1, 100, 4, 1, "a point is not one below its parent"},
	{SECTION_POINTS, 1, 100, 4, 3,
		"a point and its parent name two trust anchors"},
	{SECTION_POINTS, 1, 104, 4, 2, "a point is not one below its parent"},
	{SECTION_POINTS, 1, 104, 4, 0, "a point has no parent"},
	{SECTION_POINTS, 0, 108, 4, 2, "a point names no repository"},
	{SECTION_POINTS, 3, 108, 4, 1, "a point names no repository"},
	{SECTION_POINTS, 0, 112, 4, 2, "a point names no trust anchor"},
	{SECTION_POINTS, 0, 112, 4, 256, "a point is malformed"},
	{SECTION_POINTS, 0, 116, 4, 1, "a point that holds has claims"},
	{SECTION_POINTS, 2, 116, 4, 1, "claims belong to nothing"},
	{SECTION_POINTS, 2, 116, 4, 3, "claims belong to nothing"},
	{SECTION_POINTS, 2, 116, 4, 0xffffffff,
		"claims do not follow each other"},
	{SECTION_POINTS, 0, 124, 4, 1, "a point is malformed"},
	{SECTION_SOURCES, 0, 32, 4, 9999, "a source is malformed"},
	{SECTION_SOURCES, 0, 36, 4, 2, "a source is malformed"},
	{SECTION_SOURCES, 0, 40, 4, POINTS, "a source names no point"},
	{SECTION_SOURCES, 0, 40, 4, 1, "sources are out of order"},
	{SECTION_SOURCES, 4, 40, 4, 2, "a source is at a point that failed"},
	{SECTION_SOURCES, 0, 44, 4, 2, "a source is malformed"},
	{SECTION_SOURCES, 1, 0, 1, 9, "sources are out of order"},
	{SECTION_SOURCES, 4, 56, 8, 98, NULL}, /* what it gives ends with it */
	{SECTION_REFUSALS, 0, 8, 4, 9999, "a refusal is malformed"},
	{SECTION_REFUSALS, 0, 16, 4, POINTS, "a refusal names no point"},
	{SECTION_REFUSALS, 0, 16, 4, 3, "a refusal names no point"},
	{SECTION_REFUSALS, 0, 20, 4, 2, "claims belong to nothing"},
	{SECTION_REFUSALS, 1, 24, 4, 2, "a refusal names no trust anchor"},
	{SECTION_REFUSALS, 0, 28, 4, 1, "a refusal is malformed"},
	{SECTION_REFUSALS, 0, 24, 4, 1, "a refusal names no point"},
	{SECTION_REFUSALS, 2, 24, 4, 0, NULL},
	{SECTION_CLAIMS, 0, 20, 1, 5, "a claim is of no family"},
	{SECTION_CLAIMS, 0, 21, 1, 33, "a claim has impossible lengths"},
	{SECTION_CLAIMS, 2, 21, 1, 129, "a claim has impossible lengths"},
	{SECTION_CLAIMS, 1, 21, 1, 1, "a claim has impossible lengths"},
	{SECTION_CLAIMS, 0, 1, 1, 1, "a claim has host bits"},
	{SECTION_CLAIMS, 1, 0, 1, 1, "a claim has host bits"},
	{SECTION_CLAIMS, 0, 23, 1, 1, "a claim is malformed"},
	{SECTION_COUNTS, 0, 0, 4, 2, "a count is malformed"},
	{SECTION_COUNTS, 0, 12, 4, 1, "a count is malformed"},
	{SECTION_COUNTS, 0, 4, 4, 3, "a count is malformed"},
	{SECTION_REASONS, 0, 0, 4, 2, "a reason names no trust anchor"},
	{SECTION_REASONS, 0, 0, 4, 1, NULL},
	{SECTION_REASONS, 1, 0, 4, 0, NULL},
	{SECTION_REASONS, 0, 12, 4, 1, "a reason is malformed"},
	{SECTION_REPOS, 0, 0, 4, 9999, "a repository is malformed"},
	{SECTION_REPOS, 0, 4, 4, 0, "a repository is malformed"},
	{SECTION_REPOS, 0, 32, 4, 2, "a repository names no trust anchor"},
	{SECTION_REPOS, 0, 32, 4, 1, "repositories are out of order"},
	{SECTION_REPOS, 0, 36, 4, 1, "a repository is malformed"},
	{SECTION_STRINGS, 0, 0, 1, 'x', "texts do not end"},
};

Test(snapshot_field, what_does_not_hold_together_is_told)
{
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < sizeof(breakages) / sizeof(*breakages); i++) {
		const struct breakage *x = &breakages[i];
		uint8_t *p = field(&b, x->section, x->record, x->offset);
		uint64_t was = get_le(p, x->n);
		const char *why = NULL;
		int err;

		put_le(p, x->n, x->value);
		hash_again(&b);
		store(&b, b.n);
		err = read_it(&b, &why);
		put_le(p, x->n, was);
		cr_expect_eq(err, x->why != NULL ? ERR_SYNTAX : 0, "%zu", i);
		if (x->why != NULL && why != NULL)
			cr_expect_str_eq(why, x->why, "%zu: %s", i, why);
	}
	bench_fini(&b);
}

/* The head and the table, octets from the beginning. */
static const struct {
	size_t offset, n;
	uint64_t value;
	int err;
	const char *why;
} heads[] = {
	{0, 1, 'w', ERR_SYNTAX, "not a snapshot"},
	{8, 4, 0, ERR_VERSION, NULL},
	{8, 4, SNAPSHOT_VERSION - 1, ERR_VERSION, NULL},
	{8, 4, SNAPSHOT_VERSION + 1, ERR_VERSION, NULL},
	{12, 4, SECTIONS + 1, ERR_SYNTAX, "not the sections of this version"},
	{12, 4, 0, ERR_SYNTAX, "not the sections of this version"},
	{16, 8, UINT64_MAX, ERR_TRUNCATED, NULL},
	{16, 8, 0, ERR_SYNTAX, "longer than it says"},
	{24, 4, 2, ERR_SYNTAX, ODD},
	{28, 4, 9, ERR_SYNTAX, ODD},
	{28, 4, 0, ERR_SYNTAX, ODD},
	{32, 8, 0, ERR_SYNTAX, ODD},
	{32, 8, UINT64_MAX, ERR_SYNTAX, ODD},
	{40, 8, 7, ERR_SYNTAX, "a section does not fit"},
	{40, 8, 0, ERR_SYNTAX, ODD},
	{40, 8, UINT64_MAX, ERR_SYNTAX, "a section does not fit"},
	{40, 8, UINT64_MAX / 8 * 8, ERR_SYNTAX, "a section does not fit"},
	{64, 8, 8, ERR_SYNTAX, ODD},
};

Test(snapshot_field, head_and_table)
{
	struct bench b;

	bench_init(&b);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		uint8_t *p = b.octets + heads[i].offset;
		uint64_t was = get_le(p, heads[i].n);
		const char *why = NULL;

		put_le(p, heads[i].n, heads[i].value);
		hash_again(&b);
		store(&b, b.n);
		cr_expect_eq(read_it(&b, &why), heads[i].err, "%zu", i);
		put_le(p, heads[i].n, was);
		if (heads[i].why == NULL)
			continue;
		cr_assert_not_null(why, "%zu", i);
		cr_expect_str_eq(why, heads[i].why, "%zu: %s", i, why);
	}
	bench_fini(&b);
}

Test(snapshot_field, a_word_of_a_later_version_is_passed_over)
{
	const char *why = NULL;
	struct snapshot *got;
	struct bench b;
	uint8_t *strings, *at;

	bench_init(&b);
	strings = field(&b, SECTION_STRINGS, 0, 0);
	at = memmem(strings, (size_t)(b.octets + b.n - strings), "vrps", 5);
	cr_assert_not_null(at);
	at[3] = 'x';
	at = memmem(strings, (size_t)(b.octets + b.n - strings),
		"router-certificate", 19);
	cr_assert_not_null(at);
	at[0] = 'x';
	hash_again(&b);
	store(&b, b.n);
	cr_assert_eq(snapshot_read(b.copy, &got, &why), 0, "%s", why);
	cr_expect_eq(got->report.tas[0].counters[REPORT_VRPS], 0);
	cr_expect_eq(got->sources[3].type, OBJECT_OTHER);
	cr_expect_eq(got->sources[4].type, OBJECT_ASPA);
	snapshot_free(got);
	bench_fini(&b);
}

Test(snapshot_field, the_writer_refuses_what_the_reader_would)
{
	struct sample broken;
	struct bench b;

	bench_init(&b);
#define REFUSED(change) \
	broken = b.x; \
	sample_init(&broken); \
	change; \
	cr_expect_eq(snapshot_write(&broken.s, b.path), ERR_SYNTAX, #change);
	REFUSED(broken.vrps[0].asn = 64497)
	REFUSED(broken.vrps[0].len = 25)
	REFUSED(broken.vrps[0].source = SOURCES)
	REFUSED(broken.vrps[1].expires += 2)
	REFUSED(broken.vrps[6].family = 0)
	REFUSED(broken.keys[0].ski[0] = 2)
	REFUSED(broken.keys[0].spki.n = 0)
	REFUSED(broken.aspas[0].customer = 70000)
	REFUSED(broken.aspas[1].provider_count = 0)
	REFUSED(broken.providers[2] = 64499)
	REFUSED(broken.vrps[0].ta = 1)
	REFUSED(broken.vrps[0].expires--)
	REFUSED(broken.vrps[0].reserved = 1)
	REFUSED(broken.keys[0].expires++)
	REFUSED(broken.aspas[0].ta = 1)
	REFUSED(broken.points[0].folder = "rsync://h/m")
	REFUSED(broken.points[0].folder = "z/")
	REFUSED(broken.points[0].folder = "")
	REFUSED(broken.points[0].manifest = broken.long_name)
	REFUSED(broken.points[0].reason = "why")
	REFUSED(broken.points[0].state = POINT_STATES)
	REFUSED(broken.points[1].parent = 1)
	REFUSED(broken.points[1].ta = 1)
	REFUSED(broken.points[1].repo = 2)
	REFUSED(broken.points[3].claims = 1)
	REFUSED(broken.sources[0].name = "z")
	REFUSED(broken.sources[0].name = broken.long_name)
	REFUSED(broken.sources[0].point = SNAPSHOT_NONE)
	REFUSED(broken.sources[0].ta = 2)
	REFUSED(broken.sources[0].ta = 1)
	REFUSED(broken.refusals[0].name = broken.long_name)
	REFUSED(broken.refusals[0].claim_count = 2)
	REFUSED(broken.claims[0].addr.b[1] = 1)
	REFUSED(broken.claims[1].family = 0)
	REFUSED(broken.sources[0].type = OBJECT_TYPES)
	REFUSED(broken.refusals[0].ta = 1; broken.refusals[1].ta = 0)
	REFUSED(broken.repos[0].uri = "z")
	REFUSED(broken.repos[1] = broken.repos[0])
	REFUSED(broken.repos[0].kind = REPO_KINDS)
	REFUSED(broken.repos[0].ta = 2)
	REFUSED(broken.s.report.ta_count = BOUND_TAS + 1)
	REFUSED(broken.reasons[0].ta = 1; broken.reasons[1].ta = 0)
#undef REFUSED
	/* What stood there still stands. */
	load(&b);
	store(&b, b.n);
	cr_expect_eq(read_it(&b, NULL), 0);
	bench_fini(&b);
}
