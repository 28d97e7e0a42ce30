/*
 * text: appending, escaping, numbers, base64 against RFC 4648's vectors.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/guard.h"
#include "waymark/err.h"

Test(text, grows_by_pieces)
{
	struct text t = {0};

	for (int i = 0; i < 1000; i++) {
		text_add(&t, "%d,", i % 10);
		text_char(&t, 'x');
		text_put(&t, "yz", 2);
	}
	cr_expect_not(t.failed);
	cr_expect_eq(t.n, 5000);
	cr_expect_eq(strlen(t.p), 5000);
	cr_expect_eq(strncmp(t.p, "0,xyz1,xyz2,xyz", 15), 0);
	text_clear(&t);
	cr_expect_str_eq(t.p, "");
	cr_expect_eq(t.n, 0);
	text_free(&t);
	cr_expect_null(t.p);
}

Test(text, long_formats_and_empty_pieces)
{
	struct text t = {0};
	char want[1001];

	memset(want, 'a', 1000);
	want[1000] = '\0';
	text_add(&t, "%s", want);
	cr_expect_str_eq(t.p, want);
	text_add(&t, "%s", "");
	text_put(&t, NULL, 0);
	cr_expect_eq(t.n, 1000);
	text_free(&t);
	text_put(&t, NULL, 0);
	cr_expect_str_eq(t.p, "");
	text_free(&t);
}

Test(text, what_failed_stays_cut)
{
	struct text t = {0};

	text_add(&t, "abc");
	text_put(&t, "x", SIZE_MAX / 2);
	cr_expect(t.failed);
	text_add(&t, "def");
	text_hex(&t, "x", 1);
	text_json(&t, "x", 1);
	text_clean(&t, "x", 1);
	text_add_base64(&t, "x", 1);
	cr_expect_str_eq(t.p, "abc");
	text_clear(&t);
	text_add(&t, "def");
	cr_expect_str_eq(t.p, "def");
	text_free(&t);
}

#define FFFD "\xef\xbf\xbd"

/* In, out: what JSON (RFC 8259, section 7) and UTF-8 (RFC 3629) ask for. */
static const char *const json[][2] = {
	{"plain", "plain"},
	{"a\"b\\c/d", "a\\\"b\\\\c/d"},
	{"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
	{"\x01\x1f\x7f", "\\u0001\\u001f\\u007f"},
	{"\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
	{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
	{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	{"\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD},
	{"\xed\xa0\x80", FFFD FFFD FFFD},
	{"\xed\x9f\xbf", "\xed\x9f\xbf"},
	{"\xc0\xaf", FFFD FFFD},
	{"\xe0\x80\xaf", FFFD FFFD FFFD},
	{"\xe0\xa0\x80", "\xe0\xa0\x80"},
	{"\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD},
	{"\xff"
	 "a\x80",
		FFFD "a" FFFD},
	{"\xe2\x82", FFFD FFFD},
	{"\xc3", FFFD},
};

Test(text, json_escapes)
{
	struct guard g = guard_new(64);
	struct text t = {0};

	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
		struct span s = guard_span(&g, span_text(json[i][0]));

		text_clear(&t);
		text_json(&t, (const char *)s.p, s.n);
		cr_expect_str_eq(t.p, json[i][1], "%zu: %s", i, t.p);
	}
	text_clear(&t);
	text_json(&t, "a\0b", 3);
	cr_expect_str_eq(t.p, "a\\u0000b");
	text_free(&t);
	guard_free(&g);
}

Test(text, clean_and_hex)
{
	struct text t = {0};

	text_clean(&t, "a b\n\x1b\x80\xff~\0", 9);
	cr_expect_str_eq(t.p, "a b\\x0a\\x1b\\x80\\xff~\\x00");
	text_clear(&t);
	text_hex(&t, "\x00\x9f\xff", 3);
	cr_expect_str_eq(t.p, "009fff");
	text_free(&t);
}

Test(text, numbers)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "a", "1a"};
	uint64_t v = 42;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(text_number(bad[i], 0, UINT64_MAX, &v), ERR_SYNTAX,
			"%s", bad[i]);
	cr_expect_eq(text_number("9", 10, 20, &v), ERR_RANGE);
	cr_expect_eq(text_number("21", 10, 20, &v), ERR_RANGE);
	cr_expect_eq(text_number("18446744073709551616", 0, UINT64_MAX, &v),
		ERR_RANGE);
	cr_expect_eq(
		text_number("99999999999999999999x", 0, 1, &v), ERR_SYNTAX);
	cr_expect_eq(v, 42, "untouched");
	cr_assert_eq(text_number("10", 10, 20, &v), 0);
	cr_expect_eq(v, 10);
	cr_assert_eq(text_number("0020", 10, 20, &v), 0);
	cr_expect_eq(v, 20);
	cr_assert_eq(text_number("18446744073709551615", 0, UINT64_MAX, &v), 0);
	cr_expect_eq(v, UINT64_MAX);
}

/* RFC 4648, section 10. */
static const char *const base64[][2] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
};

Test(text, base64_vectors_there_and_back)
{
	struct text t = {0};
	uint8_t out[16];
	size_t n;

	for (size_t i = 0; i < sizeof(base64) / sizeof(base64[0]); i++) {
		const char *plain = base64[i][0], *coded = base64[i][1];

		text_clear(&t);
		text_put(&t, NULL, 0);
		text_add_base64(&t, plain, strlen(plain));
		cr_expect_str_eq(t.p, coded);
		cr_assert_eq(text_base64(coded, strlen(coded), out,
				     strlen(plain), &n),
			0);
		cr_expect(span_equal(span_of(out, n), span_text(plain)));
		if (n > 0)
			cr_expect_eq(text_base64(coded, strlen(coded), out,
					     strlen(plain) - 1, &n),
				ERR_LIMIT);
	}
	text_free(&t);
}

Test(text, base64_of_every_octet_there_and_back)
{
	uint8_t all[256], out[256];
	struct text t = {0};
	size_t n;

	for (size_t i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	for (size_t k = 0; k <= 256; k++) {
		text_clear(&t);
		text_put(&t, NULL, 0);
		text_add_base64(&t, all, k);
		cr_assert_eq(text_base64(t.p, t.n, out, sizeof(out), &n), 0);
		cr_assert(span_equal(span_of(out, n), span_of(all, k)));
	}
	text_free(&t);
}

static const char *const not_base64[] = {"Z", "Zg", "Zg=", "Zm8", "=",
	"====", "Z===", "Zg==Zg==", "Zm9vYg==x", "Zm9v=", "Zm9v!", "Zm_v",
	"Zm-v", "Zg=g", "Zh==", "Zm9=", "Zg==\v"};

Test(text, base64_refuses)
{
	struct guard g = guard_new(64);
	uint8_t out[16];
	size_t n = 42;

	for (size_t i = 0; i < sizeof(not_base64) / sizeof(*not_base64); i++) {
		struct span s = guard_span(&g, span_text(not_base64[i]));

		cr_expect_eq(text_base64((const char *)s.p, s.n, out,
				     sizeof(out), &n),
			ERR_SYNTAX, "%s", not_base64[i]);
	}
	cr_expect_eq(n, 42, "untouched");
	cr_assert_eq(text_base64(" Z\tg=\r\n=\n", 9, out, sizeof(out), &n), 0);
	cr_expect(n == 1 && out[0] == 'f');
	guard_free(&g);
}

Test(text, hexadecimal_digits)
{
	const char *digits = "0123456789abcdefABCDEF";

	for (int c = 0; c < 256; c++) {
		const char *at = c > 0 ? strchr(digits, c) : NULL;
		int want = at == NULL ? -1 : (int)(at - digits);

		if (want > 15)
			want -= 6;
		cr_expect_eq(text_hex_digit((uint8_t)c), want, "%d", c);
	}
}
