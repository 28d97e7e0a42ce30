/*
 * x509: names, algorithms and extensions by hand, and when names are equal.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/object/hex.h"
#include "validator/object/x509.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* SET { CommonName "ab" } as PrintableString and as UTF8String; SET {
 * serialNumber "1" }; both in one SET. */
#define CN	  "310b 3009 0603550403 13026162"
#define CN_UTF8	  "310b 3009 0603550403 0c026162"
#define CN_OTHER  "310b 3009 0603550403 13026163"
#define CN_LONGER "310c 300a 0603550403 1303616263"
#define SERIAL	  "310a 3008 0603550405 130131"
#define BOTH	  "3115 3008 0603550405 130131 3009 0603550403 13026162"
#define BOTH_UTF8 "3115 3008 0603550405 130131 3009 0603550403 0c026162"

static const struct x509_name_codes codes = {
	.form = REJECT_CRL_ISSUER_FORM,
	.string = REJECT_CRL_ISSUER_STRING,
	.size = REJECT_CRL_ISSUER_SIZE,
};

struct name_row {
	const char *hex;
	enum reject want;
};

static const struct name_row names[] = {
	{"300d" CN, REJECT_NONE},
	{"300d" CN_UTF8, REJECT_NONE},
	{"3019" CN SERIAL, REJECT_NONE},
	{"3019" SERIAL CN, REJECT_NONE},
	{"3019" CN_UTF8 SERIAL, REJECT_NONE},
	{"3017" BOTH, REJECT_NONE},
	{"3017" BOTH_UTF8, REJECT_NONE},
	{"300c" SERIAL, REJECT_CRL_ISSUER_FORM},
	{"301a" CN CN, REJECT_CRL_ISSUER_FORM},
	{"3000", REJECT_CRL_ISSUER_FORM},
	{"300c 310a 3008 0603550403 0c0100", REJECT_CRL_ISSUER_STRING},
};

static enum reject
read_name(const struct octets *o, struct span *out)
{
	struct der d;

	der_init(&d, octets_span(o));
	*out = x509_name(&d, &codes);
	return der_done(&d);
}

/* A Name of exactly `n` octets, by the length of its CommonName. */
static struct span
name_of_size(uint8_t *buf, size_t n)
{
	static const uint8_t type[] = {0x06, 0x03, 0x55, 0x04, 0x03};
	static const uint8_t tags[] = {0x30, 0x31, 0x30};
	struct writer w = writer_of(buf, n);
	size_t i;

	for (i = 0; i < sizeof(tags); i++) {
		writer_u8(&w, tags[i]);
		writer_u8(&w, 0x82);
		writer_be16(&w, (uint16_t)(n - w.n - 2));
	}
	writer_bytes(&w, type, sizeof(type));
	writer_u8(&w, 0x13);
	writer_u8(&w, 0x82);
	writer_be16(&w, (uint16_t)(n - w.n - 2));
	while (w.n < n)
		writer_u8(&w, 'a');
	return writer_span(&w);
}

Test(x509, names_have_a_bound)
{
	uint8_t buf[BOUND_NAME_OCTETS + 1];

	for (size_t n = BOUND_NAME_OCTETS - 1; n <= sizeof(buf); n++) {
		struct der d;

		der_init(&d, name_of_size(buf, n));
		x509_name(&d, &codes);
		cr_expect(der_done(&d) ==
				(n <= BOUND_NAME_OCTETS
						? REJECT_NONE
						: REJECT_CRL_ISSUER_SIZE),
			"%zu", n);
	}
}

Test(x509, names)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		struct octets o = octets_of(names[i].hex);
		struct span s;
		enum reject got = read_name(&o, &s);

		cr_expect(got == names[i].want, "%s: %s", names[i].hex,
			reject_name(got));
		cr_expect(got != REJECT_NONE || s.n == o.n);
	}
}

struct pair {
	const char *a, *b;
	bool equal;
};

static const struct pair pairs[] = {
	{"300d" CN, "300d" CN, true},
	{"300d" CN_UTF8, "300d" CN_UTF8, true},
	{"300d" CN, "300d" CN_UTF8, false},
	{"3019" CN SERIAL, "3019" CN_UTF8 SERIAL, true},
	{"3017" BOTH, "3017" BOTH_UTF8, true},
	{"300d" CN, "300d" CN_OTHER, false},
	{"300d" CN_UTF8, "300d" CN_OTHER, false},
	{"300d" CN, "300e" CN_LONGER, false},
	{"300d" CN, "3019" CN SERIAL, false},
	{"3019" CN SERIAL, "300d" CN_UTF8, false},
	{"3019" CN SERIAL, "3019" SERIAL CN, false},
	{"3019" SERIAL CN, "3017" BOTH, false},
	{"3017" BOTH, "3019" SERIAL CN_UTF8, false},
};

Test(x509, names_are_equal_as_encoded_or_beside_a_serial)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct octets a = octets_of(pairs[i].a);
		struct octets b = octets_of(pairs[i].b);

		cr_expect(x509_name_equal(octets_span(&a), octets_span(&b)) ==
				pairs[i].equal,
			"pair %zu", i);
		cr_expect(x509_name_equal(octets_span(&b), octets_span(&a)) ==
				pairs[i].equal,
			"pair %zu, turned", i);
	}
}

Test(x509, an_extension_is_entered_and_left)
{
	struct octets o = octets_of("300c 0603551d14 0101ff 0402 0500");
	bool critical = false;
	struct der d;

	der_init(&d, octets_span(&o));
	cr_expect(x509_enter_extension(&d, &critical) == OID_CRL_NUMBER);
	cr_expect(critical);
	der_null(&d);
	x509_leave_extension(&d);
	cr_expect(der_done(&d) == REJECT_NONE);
}

Test(x509, characters_are_those_of_a_printable_string)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  " '()+,-./:=?";

	for (unsigned c = 0; c < 256; c++) {
		struct octets o = octets_of("300d" CN);
		struct span s;
		bool good;

		o.at[14] = (uint8_t)c;
		good = read_name(&o, &s) == REJECT_NONE;
		cr_expect(good == (c != 0 && strchr(all, (int)c) != NULL), "%u",
			c);
	}
}
