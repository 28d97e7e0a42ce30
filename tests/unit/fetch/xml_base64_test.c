/*
 * xml_base64: in pieces as in the whole, right up to the limit.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/guard.h"
#include "validator/fetch/xml_base64.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 4648 section 10, and white space. */
static const struct {
	const char *text, *octets;
} good[] = {
	{"", ""},
	{" \t\r\n", ""},
	{"Zg==", "f"},
	{"Zm8=", "fo"},
	{"Zm9v", "foo"},
	{"Zm9vYg==", "foob"},
	{"Zm9vYmE=", "fooba"},
	{"Zm9vYmFy", "foobar"},
	{"\n  Zm9v\n  Ym\tE =\r\n", "fooba"},
	{"Z m 9 v Y g = = ", "foob"},
	{"+/+/", "\xfb\xff\xbf"},
};

static const char *const bad[] = {
	"Z",
	"Zm",
	"Zm8",
	"Zg=",
	"Zg",
	"=",
	"==",
	"====",
	"Z===",
	"Zg==Zg==",
	"Zg==Z",
	"Zm8==",
	"Zm9v=",
	"Zm9v====",
	"Zh==",
	"Zm9=",
	"Z=g=",
	"Zg=Z",
	"Zm9v-",
	"Zm9v_",
	"Zm9v.",
	"Zm9\x0bv",
	"Zm9\x0cv",
	"Zm9v\x80",
	"Zm9v\xff",
	"Zm9v*",
	"Zm9v,",
	"Zm9v@",
	"Zm9v[",
	"Zm9v`",
	"Zm9v{",
};

/* Decode in pieces of `step`; whether it is good to its end. */
static bool
decode(struct base64 *b, struct span text, size_t step, size_t max)
{
	base64_begin(b);
	for (size_t i = 0; i < text.n; i += step) {
		size_t n = text.n - i < step ? text.n - i : step;

		if (base64_add(b, span_of(text.p + i, n), max) != BASE64_GOOD)
			return false;
	}
	return base64_is_whole(b);
}

Test(base64, reads_what_is_good)
{
	struct guard g = guard_new(64);
	struct base64 b = {0};

	for (size_t i = 0; i < COUNT(good); i++)
		for (size_t step = 1; step < 10; step++) {
			struct span text =
				guard_span(&g, span_text(good[i].text));

			cr_expect(decode(&b, text, step, 100), "%s",
				good[i].text);
			cr_expect(span_equal(span_of(b.at, b.n),
					  span_text(good[i].octets)),
				"%s", good[i].text);
		}
	base64_fini(&b);
	guard_free(&g);
}

Test(base64, refuses_what_is_not)
{
	struct guard g = guard_new(64);
	struct base64 b = {0};

	for (size_t i = 0; i < COUNT(bad); i++)
		for (size_t step = 1; step < 10; step++)
			cr_expect_not(
				decode(&b, guard_span(&g, span_text(bad[i])),
					step, 100),
				"%s", bad[i]);
	base64_fini(&b);
	guard_free(&g);
}

/* Every octet: a digit, white space, padding, or nothing. */
Test(base64, knows_every_octet)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	struct base64 b = {0};

	for (int c = 0; c < 256; c++) {
		const char *at = c == 0 ? NULL : strchr(digits, c);
		bool space = c != 0 && strchr(" \t\r\n", c) != NULL;
		uint8_t text[4] = {'A', 'A', 'A', (uint8_t)c};

		cr_expect_eq(decode(&b, span_of(text, 4), 4, 3),
			at != NULL || c == '=', "%02x", c);
		if (at != NULL)
			cr_expect_eq(b.at[2], at - digits, "%02x", c);
		cr_expect_eq(decode(&b, span_of(text + 3, 1), 1, 3), space,
			"%02x", c);
	}
	base64_fini(&b);
}

Test(base64, reads_what_was_written)
{
	uint8_t octets[300];
	struct base64 b = {0};

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 167 + 13);
	for (size_t n = 0; n <= sizeof(octets); n++) {
		struct text t = {0};

		text_add_base64(&t, octets, n);
		for (size_t step = 1; step <= 64; step *= 2) {
			cr_expect(decode(&b, span_of(t.p, t.n), step, n));
			cr_expect(span_equal(
				span_of(b.at, b.n), span_of(octets, n)));
		}
		if (n > 0)
			cr_expect_not(decode(&b, span_of(t.p, t.n), 16, n - 1));
		text_free(&t);
	}
	base64_fini(&b);
}

/* Memory follows what is there, not what might come; a large object leaves
 * none behind. */
Test(base64, keeps_little_memory)
{
	enum {
		LARGE = 20000000 / 3 * 4
	};
	uint8_t *text = malloc(LARGE);
	struct base64 b = {0};

	cr_assert(text != NULL);
	memset(text, 'A', LARGE);
	base64_begin(&b);
	cr_expect_eq(base64_add(&b, span_of(text, 4), 20000000), BASE64_GOOD);
	cr_expect_leq(b.cap, 4096);
	cr_expect(decode(&b, span_of(text, LARGE), 65536, 20000000));
	cr_expect_leq(b.cap, 20000000 + 65536 + 3);
	base64_begin(&b);
	cr_expect_eq(b.cap, 0);
	cr_expect(decode(&b, span_of(text, 4), 4, 3));
	base64_fini(&b);
	base64_fini(&b);
	free(text);
}
