/*
 * der: every rule of DER that the cursor knows, broken by hand (X.690).
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/guard.h"
#include "tests/unit/object/hex.h"
#include "validator/object/der.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Readers of one value, each a function of the cursor only. */

static void
octets(struct der *d)
{
	der_octets(d);
}

static void
boolean(struct der *d)
{
	der_boolean(d);
}

static void
integer(struct der *d)
{
	der_integer(d);
}

static void
natural(struct der *d)
{
	der_natural(d, REJECT_CERT_SERIAL);
}

static void
number(struct der *d)
{
	der_number(d, 300, REJECT_ROA_ASN);
}

static void
bits(struct der *d)
{
	der_bit_string(d);
}

static void
whole_bits(struct der *d)
{
	der_bit_octets(d);
}

static void
oid(struct der *d)
{
	der_oid(d);
}

static void
common_name(struct der *d)
{
	der_oid_is(d, OID_COMMON_NAME, REJECT_CERT_SUBJECT_FORM);
}

static void
time_of_x509(struct der *d)
{
	der_time(d);
}

static void
generalized(struct der *d)
{
	der_generalized_time(d);
}

static void
skip(struct der *d)
{
	der_skip(d);
}

static void
set_of(struct der *d)
{
	der_enter(d, DER_SET);
	der_check_set_order(d);
	while (der_more(d))
		der_skip(d);
	der_leave(d);
}

/* SEQUENCE { INTEGER, BOOLEAN OPTIONAL } */
static void
sequence(struct der *d)
{
	der_enter(d, DER_SEQUENCE);
	der_integer(d);
	if (der_next_is(d, DER_BOOLEAN))
		der_boolean(d);
	der_leave(d);
}

static void
null(struct der *d)
{
	der_null(d);
}

struct row {
	void (*read)(struct der *d);
	const char *hex;
	enum reject want;
};

static const struct row rows[] = {
	/* lengths */
	{octets, "0400", REJECT_NONE},
	{octets, "0401ff", REJECT_NONE},
	{octets, "", REJECT_DER_MISSING},
	{octets, "04", REJECT_DER_TRUNCATED},
	{octets, "0401", REJECT_DER_TRUNCATED},
	{octets, "0402ff", REJECT_DER_TRUNCATED},
	{octets, "0401ffff", REJECT_DER_TRAILING},
	{octets, "04800000", REJECT_DER_INDEFINITE},
	{octets, "048101ff", REJECT_DER_LENGTH_FORM},
	{octets, "04817fff", REJECT_DER_LENGTH_FORM},
	{octets, "0482000100", REJECT_DER_LENGTH_FORM},
	{octets, "048200ff00", REJECT_DER_LENGTH_FORM},
	{octets, "0481", REJECT_DER_TRUNCATED},
	{octets, "0481800000", REJECT_DER_TRUNCATED},
	{octets, "04820100", REJECT_DER_TRUNCATED},
	{octets, "048201", REJECT_DER_TRUNCATED},
	{octets, "0484ffffffff00", REJECT_DER_TRUNCATED},
	{octets, "0485010000000000", REJECT_DER_LENGTH_FORM},
	{octets, "04ff00", REJECT_DER_LENGTH_FORM},
	{octets, "0488000000000000000100", REJECT_DER_LENGTH_FORM},
	/* tags */
	{octets, "240304010a", REJECT_DER_TAG},
	{octets, "0501", REJECT_DER_TAG},
	{octets, "1f8104", REJECT_DER_TAG},
	{octets, "0000", REJECT_DER_TAG},
	{skip, "1f2101ff", REJECT_DER_TRUNCATED},
	/* BOOLEAN, NULL */
	{boolean, "010100", REJECT_NONE},
	{boolean, "0101ff", REJECT_NONE},
	{boolean, "010101", REJECT_DER_BOOLEAN},
	{boolean, "0100", REJECT_DER_BOOLEAN},
	{boolean, "0102ffff", REJECT_DER_BOOLEAN},
	{null, "0500", REJECT_NONE},
	{null, "050100", REJECT_DER_NULL},
	/* INTEGER */
	{integer, "020100", REJECT_NONE},
	{integer, "0201ff", REJECT_NONE},
	{integer, "02020080", REJECT_NONE},
	{integer, "0202ff7f", REJECT_NONE},
	{integer, "0200", REJECT_DER_INTEGER_MINIMAL},
	{integer, "02020000", REJECT_DER_INTEGER_MINIMAL},
	{integer, "0202007f", REJECT_DER_INTEGER_MINIMAL},
	{integer, "0202ff80", REJECT_DER_INTEGER_MINIMAL},
	{integer, "0202ffff", REJECT_DER_INTEGER_MINIMAL},
	{natural, "020100", REJECT_NONE},
	{natural, "02147fffffffffffffffffffffffffffffffffffffff", REJECT_NONE},
	{natural, "0201ff", REJECT_CERT_SERIAL},
	{natural, "0215008000000000000000000000000000000000000000",
		REJECT_CERT_SERIAL},
	{number, "0202012c", REJECT_NONE},
	{number, "0202012d", REJECT_ROA_ASN},
	{number, "0201ff", REJECT_ROA_ASN},
	{number, "020900ffffffffffffffff", REJECT_ROA_ASN},
	{number, "02090100000000000000ff", REJECT_ROA_ASN},
	{number, "020a0100000000000000012c", REJECT_ROA_ASN},
	/* BIT STRING */
	{bits, "030100", REJECT_NONE},
	{bits, "03020780", REJECT_NONE},
	{bits, "030200ff", REJECT_NONE},
	{bits, "0300", REJECT_DER_BIT_STRING},
	{bits, "030101", REJECT_DER_BIT_STRING},
	{bits, "03020800", REJECT_DER_BIT_STRING},
	{bits, "030207c0", REJECT_DER_UNUSED_BITS},
	{bits, "03020101", REJECT_DER_UNUSED_BITS},
	{whole_bits, "030200ff", REJECT_NONE},
	{whole_bits, "030204f0", REJECT_DER_BIT_STRING},
	/* OBJECT IDENTIFIER */
	{oid, "0603550403", REJECT_NONE},
	{oid, "0603551d7f", REJECT_NONE},
	{oid, "0600", REJECT_DER_OID},
	{oid, "06025583", REJECT_DER_OID},
	{oid, "0603558003", REJECT_DER_OID},
	{oid, "0602808f", REJECT_DER_OID},
	{common_name, "0603550403", REJECT_NONE},
	{common_name, "0603550404", REJECT_CERT_SUBJECT_FORM},
	{common_name, "0600", REJECT_DER_OID},
	/* times */
	{time_of_x509, "170d3439313233313233353935395a", REJECT_NONE},
	{time_of_x509, "170d3530303130313030303030305a", REJECT_DER_TIME_EARLY},
	{time_of_x509, "170d3639313233313233353935395a", REJECT_DER_TIME_EARLY},
	{time_of_x509, "170d3730303130313030303030305a", REJECT_NONE},
	{time_of_x509, "180f32303530303130313030303030305a", REJECT_NONE},
	{time_of_x509, "180f32303439313233313233353935395a",
		REJECT_DER_TIME_TYPE},
	{time_of_x509, "180f39393939313233313233353935395a", REJECT_NONE},
	{time_of_x509, "170b343931323331323335395a", REJECT_DER_TIME_FORM},
	{time_of_x509, "170d3439313333313233353935395a", REJECT_DER_TIME_FORM},
	{time_of_x509, "170d3439303030313233353935395a", REJECT_DER_TIME_FORM},
	{time_of_x509, "170d3439303233303030303030305a", REJECT_DER_TIME_FORM},
	{time_of_x509, "170d3439303130313234303030305a", REJECT_DER_TIME_FORM},
	{time_of_x509, "170d3439303130313030303036305a", REJECT_DER_TIME_FORM},
	{time_of_x509, "170d34393031303130303030303030", REJECT_DER_TIME_FORM},
	{time_of_x509, "170d2d39303130313030303030305a", REJECT_DER_TIME_FORM},
	{time_of_x509,
		"1711343930313031303030303030"
		"2b30303030",
		REJECT_DER_TIME_FORM},
	{time_of_x509, "1700", REJECT_DER_TIME_FORM},
	{time_of_x509, "0400", REJECT_DER_TAG},
	{generalized, "180f32303330303130313030303030305a", REJECT_NONE},
	{generalized, "181132303330303130313030303030302e355a",
		REJECT_DER_TIME_FORM},
	{generalized, "170d3439313233313233353935395a", REJECT_DER_TAG},
	/* SET OF, SEQUENCE */
	{set_of, "3100", REJECT_NONE},
	{set_of, "3106020101020102", REJECT_NONE},
	{set_of, "3106020101020101", REJECT_NONE},
	{set_of, "3106020102020101", REJECT_DER_SET_ORDER},
	{set_of, "31070201ff02020080", REJECT_NONE},
	{set_of, "3107020200800201ff", REJECT_DER_SET_ORDER},
	{set_of, "3104020101ff", REJECT_DER_TRUNCATED},
	{sequence, "3003020105", REJECT_NONE},
	{sequence, "30060201050101ff", REJECT_NONE},
	{sequence, "3000", REJECT_DER_MISSING},
	{sequence, "30050201050500", REJECT_DER_TRAILING},
	{sequence, "3002020105", REJECT_DER_TRUNCATED},
	{sequence, "3004020105", REJECT_DER_TRUNCATED},
	{sequence, "30030201050500", REJECT_DER_TRAILING},
	{sequence, "3103020105", REJECT_DER_TAG},
};

Test(der, refuses_by_the_right_rule)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct octets o = octets_of(rows[i].hex);
		enum reject got;
		struct der d;

		der_init(&d, octets_span(&o));
		rows[i].read(&d);
		got = der_done(&d);
		cr_expect(got == rows[i].want, "row %zu, %s: %s, not %s", i,
			rows[i].hex, reject_name(got),
			reject_name(rows[i].want));
	}
}

Test(der, reads_no_octet_beyond_the_end)
{
	struct guard g = guard_new(64);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct octets o = octets_of(rows[i].hex);

		for (size_t n = 0; n <= o.n; n++) {
			struct der d;

			der_init(&d, guard_span(&g, span_of(o.at, n)));
			rows[i].read(&d);
			cr_expect(der_done(&d) != REJECT_NONE || n == o.n ||
					rows[i].want == REJECT_DER_TRAILING,
				"row %zu of %zu octets", i, n);
		}
	}
	guard_free(&g);
}

Test(der, the_first_refusal_stays)
{
	struct octets o = octets_of("0201050101010403aabbcc");
	struct der d;

	der_init(&d, octets_span(&o));
	cr_expect(der_number(&d, 9, REJECT_ROA_ASN) == 5);
	cr_expect(!der_boolean(&d));
	cr_expect(!der_ok(&d) && !der_more(&d));
	cr_expect(der_octets(&d).n == 0);
	cr_expect(!der_next_is(&d, DER_OCTET_STRING));
	der_fail(&d, REJECT_ROA_ASN);
	der_enter(&d, DER_SEQUENCE);
	der_leave(&d);
	cr_expect(der_rest(&d).n == 0 && der_skip(&d).n == 0);
	cr_expect(der_done(&d) == REJECT_DER_BOOLEAN);
}

Test(der, gives_what_was_asked_for)
{
	struct octets o =
		octets_of("3010 020101 0302 04f0 0603550403 a002 0500");
	struct der_bits b;
	struct span s;
	struct der d;

	der_init(&d, octets_span(&o));
	s = der_peek(&d, DER_SEQUENCE);
	cr_expect(s.p == o.at && s.n == o.n);
	der_enter(&d, DER_SEQUENCE);
	s = der_integer(&d);
	cr_expect(s.n == 1 && s.p == o.at + 4);
	b = der_bit_string(&d);
	cr_expect(b.unused == 4 && b.octets.n == 1 && b.octets.p[0] == 0xf0);
	cr_expect(der_oid(&d) == OID_COMMON_NAME);
	s = der_element(&d, DER_CONSTRUCTED(0));
	cr_expect(s.n == 4);
	der_leave(&d);
	cr_expect(der_done(&d) == REJECT_NONE);
}

Test(der, times_are_seconds)
{
	struct octets o = octets_of("170d3730303130313030303030315a"
				    "170d3439313233313233353935395a"
				    "180f32303530303130313030303030305a"
				    "180f31393730303130323030303030305a");
	struct der d;

	der_init(&d, octets_span(&o));
	cr_expect(der_time(&d).s == 1);
	cr_expect(der_time(&d).s == 2524607999);
	cr_expect(der_time(&d).s == 2524608000);
	cr_expect(der_generalized_time(&d).s == 86400);
	cr_expect(der_done(&d) == REJECT_NONE);
}

Test(der, every_identifier_is_found_by_its_octets)
{
	for (int i = OID_UNKNOWN + 1; i < OID_COUNT; i++)
		cr_expect(oid_find(oid_octets((enum oid)i)) == (enum oid)i,
			"%s", oid_dotted((enum oid)i));
	cr_expect(oid_find(span_text("")) == OID_UNKNOWN);
	cr_expect(oid_find(span_text("\x55\x04\x04")) == OID_UNKNOWN);
}

/* The octets of the table are those of the dotted form beside them. */
Test(der, identifiers_are_spelt_alike_twice)
{
	for (int i = OID_UNKNOWN + 1; i < OID_COUNT; i++) {
		struct span s = oid_octets((enum oid)i);
		char text[128];
		size_t n = 0, at = 1;

		n += (size_t)snprintf(text, sizeof(text), "%d.%d",
			s.p[0] / 40 > 2 ? 2 : s.p[0] / 40,
			s.p[0] / 40 > 2 ? s.p[0] - 80 : s.p[0] % 40);
		while (at < s.n) {
			unsigned arc = 0;

			do
				arc = arc << 7 | (s.p[at] & 0x7f);
			while (s.p[at++] >= 0x80);
			n += (size_t)snprintf(
				text + n, sizeof(text) - n, ".%u", arc);
		}
		cr_expect_str_eq(text, oid_dotted((enum oid)i));
	}
}
