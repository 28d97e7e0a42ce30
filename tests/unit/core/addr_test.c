/*
 * addr: reading and writing against RFC 5952's own rules, arithmetic at the
 * ends of both families, masks at every length.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "waymark/addr.h"
#include "waymark/err.h"

static struct prefix
get(const char *text)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(text, &p), 0, "%s", text);
	return p;
}

static bool
is(const struct addr *a, const char *text)
{
	struct prefix p = get(text);

	return addr_compare(a, &p.addr) == 0;
}

/* Text in, canonical text out (RFC 5952, sections 4 and 5). */
static const char *const forms[][2] = {
	{"192.0.2.0/24", "192.0.2.0/24"},
	{"0.0.0.0/0", "0.0.0.0/0"},
	{"255.255.255.255", "255.255.255.255/32"},
	{"10.0.0.0/8", "10.0.0.0/8"},
	{"::/0", "::/0"},
	{"::1", "::1/128"},
	{"1::/16", "1::/16"},
	{"2001:db8::/32", "2001:db8::/32"},
	{"2001:DB8:0:0:0:0:0:0/32", "2001:db8::/32"},
	{"2001:db8::0001/128", "2001:db8::1/128"},
	{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1/128"},
	{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1/128"},
	{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1/128"},
	{"0:0:1::", "0:0:1::/128"},
	{"::ffff:192.0.2.1", "::ffff:192.0.2.1/128"},
	{"::ffff:0:0/96", "::ffff:0.0.0.0/96"},
	{"::192.0.2.1", "::c000:201/128"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
};

Test(addr, prefixes_are_read_and_written)
{
	char buf[PREFIX_TEXT];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct prefix p = get(forms[i][0]), again;

		cr_expect_str_eq(prefix_format(&p, buf), forms[i][1]);
		cr_assert_eq(prefix_parse(buf, &again), 0);
		cr_expect_eq(prefix_compare(&p, &again), 0);
	}
}

Test(addr, what_we_write_the_c_library_reads_as_the_same)
{
	uint64_t x = 88172645463325252U;
	char buf[ADDR_TEXT];

	for (int i = 0; i < 20000; i++) {
		struct addr a, b;

		for (size_t k = 0; k < sizeof(a.b); k++) {
			/* Runs of zeros of all lengths and places. */
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			a.b[k] = (x & 0x300) != 0 ? 0 : (uint8_t)x;
		}
		cr_assert_eq(inet_pton(AF_INET6,
				     addr_format(&a, FAMILY_IPV6, buf), b.b),
			1, "%s", buf);
		cr_assert_arr_eq(a.b, b.b, 16);
		memset(a.b + 4, 0, 12);
		memset(b.b, 0, 16);
		cr_assert_eq(inet_pton(AF_INET,
				     addr_format(&a, FAMILY_IPV4, buf), b.b),
			1);
		cr_assert_arr_eq(a.b, b.b, 16);
	}
}

static const char *const malformed[] = {"", "/", "/24", "192.0.2.0/",
	"192.0.2.0/ 24", "192.0.2.0/24 ", "192.0.2.0/-1", "192.0.2.0/024",
	"192.0.2.0/+24", "192.0.2.0/2x", "192.0.2/24", "192.0.2.0.0/24",
	"192.0.2.256/32", "192.00.2.0/24", "0x7f.0.0.1", "2001:db8::/x",
	"2001:db8", "2001:db8:::/32", "::1::", ":", "1:2:3:4:5:6:7:8:9",
	"10000::/16", "192.0.2.0/24/24", "fe80::1%eth0",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"};

static const char *const out_of_range[] = {"192.0.2.0/33", "192.0.2.0/999",
	"192.0.2.0/4294967296", "2001:db8::/129", "192.0.2.1/24",
	"192.0.2.128/24", "0.0.0.1/0", "2001:db8::1/127", "8000::/0"};

Test(addr, malformed_prefixes)
{
	struct prefix p = {.len = 42};

	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		cr_expect_eq(prefix_parse(malformed[i], &p), ERR_SYNTAX, "%s",
			malformed[i]);
	for (size_t i = 0; i < sizeof(out_of_range) / sizeof(*out_of_range);
		i++)
		cr_expect_eq(prefix_parse(out_of_range[i], &p), ERR_RANGE, "%s",
			out_of_range[i]);
	cr_expect_eq(p.len, 42, "untouched");
}

Test(addr, low_and_high_at_every_length)
{
	struct addr ones, zeros = {{0}};

	memset(ones.b, 0xff, sizeof(ones.b));
	for (unsigned len = 0; len <= 128; len++) {
		struct addr low = addr_low(&ones, len);
		struct addr high = addr_high(&zeros, len, 128);
		unsigned bits = 0;

		for (unsigned i = 0; i < 128; i++)
			bits += low.b[i / 8] >> (7 - i % 8) & 1;
		cr_expect_eq(bits, len);
		for (unsigned i = 0; i < 16; i++)
			cr_expect_eq(low.b[i] ^ high.b[i], 0xff);
	}
	for (unsigned len = 0; len <= 32; len++) {
		struct addr high = addr_high(&zeros, len, 32);

		for (unsigned i = 0; i < 32; i++)
			cr_expect_eq(
				high.b[i / 8] >> (7 - i % 8) & 1, i >= len);
		cr_expect_arr_eq(high.b + 4, zeros.b, 12);
	}
}

Test(addr, next_carries_and_ends)
{
	struct addr a = get("192.0.2.255/32").addr;
	struct addr end;

	cr_assert(addr_next(&a, 32));
	cr_expect(is(&a, "192.0.3.0/32"));

	a = end = get("255.255.255.255").addr;
	cr_expect_not(addr_next(&a, 32));
	cr_expect_eq(addr_compare(&a, &end), 0, "untouched");

	a = get("2001:db8::ffff:ffff").addr;
	cr_assert(addr_next(&a, 128));
	cr_expect(is(&a, "2001:db8::1:0:0"));
	a = get("::").addr;
	a = end = addr_high(&a, 0, 128);
	cr_expect_not(addr_next(&a, 128));
	cr_expect_eq(addr_compare(&a, &end), 0);
}

Test(addr, covering)
{
	struct prefix a = get("10.0.0.0/8"), b = get("10.1.0.0/16");
	struct prefix c = get("11.0.0.0/16"), all = get("0.0.0.0/0");
	struct prefix six = get("::/0"), other = get("a00::/8");

	cr_expect(prefix_covers(&a, &b));
	cr_expect(prefix_covers(&a, &a));
	cr_expect_not(prefix_covers(&b, &a));
	cr_expect_not(prefix_covers(&a, &c));
	cr_expect(prefix_covers(&all, &c));
	cr_expect_not(prefix_covers(&six, &a));
	cr_expect_not(prefix_covers(&a, &other), "same octets, other family");
	cr_expect(prefix_covers(&six, &other));
}

Test(addr, order)
{
	static const char *const sorted[] = {"0.0.0.0/0", "0.0.0.0/1",
		"9.255.255.255/32", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9",
		"::/0", "::/128", "2001:db8::/32", "2001:db8::/33"};
	size_t n = sizeof(sorted) / sizeof(sorted[0]);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			struct prefix a = get(sorted[i]), b = get(sorted[k]);
			int order = prefix_compare(&a, &b);

			cr_expect_eq((order > 0) - (order < 0),
				(i > k) - (i < k), "%s %s", sorted[i],
				sorted[k]);
		}
	}
}

Test(addr, as_numbers)
{
	static const char *const bad[] = {"", "AS", "as", "A1", "S1", "AS-1",
		"AS 1", " 1", "1 ", "AS1.10", "ASAS1", "0x1", "+1", "1a"};
	uint32_t asn = 42;

	cr_assert_eq(asn_parse("AS64496", &asn), 0);
	cr_expect_eq(asn, 64496);
	cr_assert_eq(asn_parse("as0", &asn), 0);
	cr_expect_eq(asn, 0);
	cr_assert_eq(asn_parse("4294967295", &asn), 0);
	cr_expect_eq(asn, UINT32_MAX);
	asn = 42;
	cr_expect_eq(asn_parse("4294967296", &asn), ERR_RANGE);
	cr_expect_eq(asn_parse("99999999999999999999999", &asn), ERR_RANGE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(asn_parse(bad[i], &asn), ERR_SYNTAX, "%s", bad[i]);
	cr_expect_eq(asn, 42, "untouched");
}

Test(addr, families)
{
	cr_expect_eq(family_bits(FAMILY_IPV4), 32);
	cr_expect_eq(family_bits(FAMILY_IPV6), 128);
	cr_expect_str_eq(family_name(FAMILY_IPV4), "ipv4");
	cr_expect_str_eq(family_name(FAMILY_IPV6), "ipv6");
}
