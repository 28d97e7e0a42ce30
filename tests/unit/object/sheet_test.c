/*
 * sheet: the same fields as text and as JSON, and what octets from objects may
 * do to neither.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "validator/object/sheet.h"

static void
fill(struct sheet *s)
{
	sheet_word(s, "type", "roa");
	sheet_number(s, "prefix_count", 2);
	sheet_time(s, "not_before", (struct wall){0});
	sheet_hex(s, "ski", span_of("\x01\xab", 2));
	sheet_list_open(s, "prefixes");
	for (unsigned i = 24; i <= 25; i++) {
		sheet_row_open(s);
		sheet_word(s, "prefix", "192.0.2.0/24");
		sheet_number(s, "max_length", i);
		sheet_row_close(s);
	}
	sheet_list_close(s);
	sheet_open(s, "ee_certificate");
	sheet_serial(s, "serial", span_of("\x00\xff", 2));
	sheet_list_open(s, "as_resources");
	sheet_word(s, NULL, "AS1");
	sheet_word(s, NULL, "AS3-AS5");
	sheet_list_close(s);
	sheet_close(s);
	sheet_list_open(s, "revoked");
	sheet_list_close(s);
	sheet_word(s, "last", "x");
}

static void
expect(bool json, const char *want)
{
	struct text out = {0};
	struct sheet s;

	sheet_begin(&s, &out, json);
	fill(&s);
	sheet_end(&s);
	cr_expect_str_eq(out.p, want);
	text_free(&out);
}

Test(sheet, text)
{
	expect(false,
		"type:                     roa\n"
		"prefix count:             2\n"
		"not before:               1970-01-01T00:00:00Z\n"
		"ski:                      01ab\n"
		"prefixes:\n"
		"  prefix 192.0.2.0/24  max_length 24\n"
		"  prefix 192.0.2.0/24  max_length 25\n"
		"ee certificate:\n"
		"  serial:                 ff\n"
		"  as resources:\n"
		"    AS1\n"
		"    AS3-AS5\n"
		"revoked:\n"
		"last:                     x\n"
		"\n");
}

Test(sheet, json)
{
	expect(true,
		"{\"type\":\"roa\",\"prefix_count\":2,"
		"\"not_before\":\"1970-01-01T00:00:00Z\","
		"\"ski\":\"01ab\",\"prefixes\":["
		"{\"prefix\":\"192.0.2.0/24\",\"max_length\":24},"
		"{\"prefix\":\"192.0.2.0/24\",\"max_length\":25}],"
		"\"ee_certificate\":{\"serial\":\"ff\","
		"\"as_resources\":[\"AS1\",\"AS3-AS5\"]},"
		"\"revoked\":[],\"last\":\"x\"}\n");
}

/* One field, in one form. */
static void
expect_text(bool json, struct span value, const char *want)
{
	struct text out = {0};
	struct sheet s;

	sheet_begin(&s, &out, json);
	sheet_text(&s, "k", value);
	cr_expect(strstr(out.p, want) != NULL, "%s", out.p);
	text_free(&out);
}

Test(sheet, escapes_foreign_octets)
{
	struct span nasty = span_of("a\"\n\x1b[2J\\\0b", 10);

	expect_text(true, nasty, "{\"k\":\"a\\\"\\n\\u001b[2J\\\\\\u0000b\"");
	expect_text(false, nasty, "a\"\\x0a\\x1b[2J");
	expect_text(true, span_of("", 0), "{\"k\":\"\"");
}

static void
expect_decimal(const char *octets, size_t n, const char *want)
{
	struct text out = {0};
	struct sheet s;

	sheet_begin(&s, &out, true);
	sheet_decimal(&s, "k", span_of(octets, n));
	cr_expect_str_eq(out.p, want);
	text_free(&out);
}

Test(sheet, decimal_of_any_length)
{
	char longest[22];

	expect_decimal("\x00", 1, "{\"k\":\"0\"");
	expect_decimal("\x0a", 1, "{\"k\":\"10\"");
	expect_decimal("\x00\x80", 2, "{\"k\":\"128\"");
	expect_decimal("", 0, "{\"k\":\"0\"");
	memset(longest, 0xff, sizeof(longest));
	longest[0] = 0x7f;
	expect_decimal(longest, 20,
		"{\"k\":\"730750818665451459101842416358141509827966271487\"");
	expect_decimal(longest, 21,
		"{\"k\":\"7fffffffffffffffffffffffffffffffffffffffff\"");
	longest[0] = 0;
	expect_decimal(longest, 21,
		"{\"k\":\"1461501637330902918203684832716283019655932542975\"");
}
