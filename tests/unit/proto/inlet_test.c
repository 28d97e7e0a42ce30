/*
 * inlet: PDUs of routers, in pieces, against a guard page.
 */
#include <criterion/criterion.h>

#include "rtrd/proto/inlet.h"
#include "tests/unit/guard.h"

/* Octets, and what must come of them; the last result repeats to the end. */
static const struct {
	const char *what;
	uint8_t octets[24];
	size_t n;
	int version; /* of the session; -1: first PDU */
	enum inlet_result result;
	enum fault fault;
	size_t enclosed; /* octets that `bytes` holds */
} ROWS[] = {
	{"reset query", {1, 2, 9, 9, 0, 0, 0, 8}, 8, -1, INLET_QUERY, 0, 8},
	{"serial query", {0, 1, 1, 2, 0, 0, 0, 12, 3, 4, 5, 6}, 12, -1,
		INLET_QUERY, 0, 12},
	{"version too high", {2, 2, 0, 0, 0, 0, 0, 8}, 8, -1, INLET_FAULT,
		FAULT_VERSION, 8},
	{"version too high, whole", {9, 1, 0, 0, 0, 0, 0, 12, 1, 2, 3, 4}, 12,
		-1, INLET_FAULT, FAULT_VERSION, 12},
	{"version too high, odd length", {2, 2, 0, 0, 0, 0, 0, 9}, 8, -1,
		INLET_FAULT, FAULT_VERSION, 8},
	{"version changed", {0, 2, 0, 0, 0, 0, 0, 8}, 8, 1, INLET_FAULT,
		FAULT_UNEXPECTED, 8},
	{"version changed from 0", {1, 2, 0, 0, 0, 0, 0, 8}, 8, 0, INLET_FAULT,
		FAULT_VERSION, 8},
	{"no such type", {1, 5, 0, 0, 0, 0, 0, 20}, 8, 1, INLET_FAULT,
		FAULT_TYPE, 8},
	{"type of a later version", {1, 11, 1, 0, 0, 0, 0, 12}, 8, 1,
		INLET_FAULT, FAULT_TYPE, 8},
	{"too short", {1, 1, 0, 0, 0, 0, 0, 11}, 8, 1, INLET_FAULT,
		FAULT_CORRUPT, 8},
	{"too long", {1, 2, 0, 0, 0xff, 0xff, 0xff, 0xff}, 8, 1, INLET_FAULT,
		FAULT_CORRUPT, 8},
	{"of a cache", {1, 4, 0, 0, 0, 0, 0, 20, 1, 24, 24, 0, 192, 0, 2}, 20,
		1, INLET_FAULT, FAULT_REQUEST, 20},
	{"report", {1, 10, 0, 2, 0, 0, 0, 16}, 8, 1, INLET_REPORT, 0, 0},
};

enum {
	ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0])
};

static struct inlet
test_inlet(int version)
{
	struct inlet in;

	inlet_init(&in, 0, 1);
	in.version = version;
	return in;
}

Test(inlet, rows_cut_at_every_octet)
{
	struct guard g = guard_new(24);

	for (size_t i = 0; i < ROW_COUNT; i++) {
		for (size_t cut = 0; cut <= ROWS[i].n; cut++) {
			struct inlet in = test_inlet(ROWS[i].version);
			struct inlet_pdu pdu = {.text = NULL};
			struct reader r;

			r = reader_of(
				guard_span(&g, span_of(ROWS[i].octets, cut)));
			if (cut < ROWS[i].n) {
				cr_expect_eq(inlet_take(&in, &r, &pdu),
					INLET_MORE, "%s at %zu", ROWS[i].what,
					cut);
				cr_expect_eq(reader_left(&r), 0);
				cr_expect_eq(inlet_is_busy(&in), cut > 0);
			}
			if (cut < ROWS[i].n)
				r = reader_of(guard_span(&g,
					span_of(ROWS[i].octets + cut,
						ROWS[i].n - cut)));
			cr_expect_eq(inlet_take(&in, &r, &pdu), ROWS[i].result,
				"%s at %zu", ROWS[i].what, cut);
			cr_expect_eq(reader_left(&r), 0);
			cr_expect_eq(pdu.bytes.n, ROWS[i].enclosed, "%s: %zu",
				ROWS[i].what, pdu.bytes.n);
			if (ROWS[i].result == INLET_FAULT)
				cr_expect_eq(pdu.fault, ROWS[i].fault, "%s",
					ROWS[i].what);
			cr_expect_eq(pdu.header.type, ROWS[i].octets[1]);
		}
	}
	guard_free(&g);
}

Test(inlet, fields_of_a_serial_query)
{
	struct inlet in = test_inlet(-1);
	struct inlet_pdu pdu;
	struct reader r = reader_of(span_of(ROWS[1].octets, ROWS[1].n));

	cr_expect_eq(inlet_take(&in, &r, &pdu), INLET_QUERY);
	cr_expect_eq(pdu.header.field, 0x0102);
	cr_expect_eq(pdu.serial, 0x03040506);
	cr_expect_eq(in.version, 0);
	cr_expect_not(inlet_is_busy(&in));
}

/* A body of any size is passed over, and the next PDU begins right behind. */
Test(inlet, report_body_is_skipped)
{
	for (uint32_t length = 16; length <= 65600; length += 4093) {
		struct inlet in = test_inlet(1);
		struct inlet_pdu pdu;
		uint8_t *octets = calloc(1, length + 8);
		struct reader r = reader_of(span_of(octets, length + 8));

		octets[0] = 1;
		octets[1] = 10;
		octets[3] = 2;
		octets[5] = (uint8_t)(length >> 16);
		octets[6] = (uint8_t)(length >> 8);
		octets[7] = (uint8_t)length;
		memcpy(octets + length, ROWS[0].octets, 8);
		cr_expect_eq(inlet_take(&in, &r, &pdu), INLET_REPORT);
		cr_expect_not(pdu.malformed);
		cr_expect_eq(inlet_take(&in, &r, &pdu), INLET_QUERY);
		cr_expect_eq(reader_left(&r), 0);
		free(octets);
	}
}

Test(inlet, malformed_reports)
{
	static const struct {
		uint8_t octets[8];
		int version;
		bool malformed;
	} rows[] = {
		{{1, 10, 0, 0, 0, 0, 0, 16}, 1, false},
		{{1, 10, 0, 0, 0, 1, 0, 0x40}, 1, false}, /* 65600 */
		{{1, 10, 0, 0, 0, 1, 0, 0x41}, 1, true},
		{{1, 10, 0, 0, 0, 0, 0, 15}, 1, true},
		{{1, 10, 0, 0, 0, 0, 0, 0}, 1, true},
		{{0, 10, 0, 0, 0, 0, 0, 16}, 1, true},
		{{2, 10, 0, 0, 0, 0, 0, 16}, -1, true},
		{{77, 10, 0, 0, 0, 0, 0, 16}, -1, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inlet in = test_inlet(rows[i].version);
		struct reader r = reader_of(span_of(rows[i].octets, 8));
		struct inlet_pdu pdu;

		cr_expect_eq(inlet_take(&in, &r, &pdu), INLET_REPORT);
		cr_expect_eq(pdu.malformed, rows[i].malformed, "row %zu", i);
	}
}

/* Only versions that we speak are learnt from a first PDU, between any limits;
 * also when there are none between them. */
Test(inlet, version_is_learnt)
{
	for (unsigned i = 0; i < 256 * 9; i++) {
		unsigned version = i % 256;
		unsigned min = i / 256 / 3, max = i / 256 % 3;
		bool good = version >= min && version <= max;
		struct inlet in;
		const uint8_t octets[] = {
			(uint8_t)version, 2, 0, 0, 0, 0, 0, 8};
		struct reader r = reader_of(span_of(octets, 8));
		struct inlet_pdu pdu = {.fault = FAULT_CODES};

		inlet_init(&in, min, max);
		cr_expect_eq(inlet_take(&in, &r, &pdu),
			good ? INLET_QUERY : INLET_FAULT,
			"version %u from %u to %u", version, min, max);
		cr_expect_eq(in.version, good ? (int)version : -1);
		if (!good)
			cr_expect_eq(pdu.fault, FAULT_VERSION);
	}
}

/* A type that only a cache sends, known to version 2 alone. */
Test(inlet, aspa_of_a_router)
{
	for (unsigned version = 0; version < 3; version++) {
		const uint8_t octets[] = {
			(uint8_t)version, 11, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1};
		struct reader r = reader_of(span_of(octets, 12));
		struct inlet_pdu pdu;
		struct inlet in;

		inlet_init(&in, 0, 2);
		in.version = (int)version;
		cr_expect_eq(inlet_take(&in, &r, &pdu), INLET_FAULT);
		cr_expect_eq(
			pdu.fault, version == 2 ? FAULT_REQUEST : FAULT_TYPE);
	}
}
