/*
 * resource: what lists of addresses and AS numbers become, against the examples
 * of RFC 3779 appendix A and by hand.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lab/resource.h"

static const char *
test_hex(struct arena *a, struct node *node)
{
	struct span der = der_encode(a, node);
	char *text = der_get(a, 2 * der.n + 1);

	text[0] = '\0';
	for (size_t i = 0; i < der.n; i++)
		snprintf(text + 2 * i, 3, "%02x", der.p[i]);
	return text;
}

static void
test_ip(const char *list, const char *want)
{
	struct arena *a = arena_new(4096);
	struct node *root = der_add(a, NULL, DER_OCTETS, NULL);
	struct lab_resources r = {0};
	const char *bad;

	cr_assert_eq(lab_resources_parse(list, &r, &bad), 0, "%s", bad);
	lab_resources_ip_tree(a, root, &r);
	cr_expect_str_eq(test_hex(a, der_child(root, 0)), want, "%s", list);
	lab_resources_free(&r);
	arena_free(a);
}

static void
test_asn(const char *list, const char *want)
{
	struct arena *a = arena_new(4096);
	struct node *root = der_add(a, NULL, DER_OCTETS, NULL);
	struct lab_resources r = {0};
	const char *bad;

	cr_assert_eq(lab_resources_parse(list, &r, &bad), 0, "%s", bad);
	lab_resources_asn_tree(a, root, &r);
	cr_expect_str_eq(test_hex(a, der_child(root, 0)), want, "%s", list);
	lab_resources_free(&r);
	arena_free(a);
}

/* RFC 3779 appendix A, without the SAFI that the RPKI forbids. */
Test(resource, addresses)
{
	test_ip("10.0.32.0/20 10.0.64.0/24 10.1.0.0/16 10.2.48.0/20 "
		"10.2.64.0/24 10.3.0.0/16",
		"302c302a040200013024"
		"0304040a00200304000a00400303000a01"
		"300c0304040a02300304000a02400303000a03");
}

Test(resource, ranges_that_are_prefixes_are_prefixes)
{
	test_ip("10.0.0.0-10.255.255.255", "300c300a0402000130040302000a");
	test_ip("0.0.0.0/0", "300b3009040200013003030100");
	test_ip("192.0.2.7", "300f300d040200013007030500c0000207");
}

Test(resource, neighbours_are_merged_and_order_does_not_count)
{
	test_ip("10.128.0.0/9 10.0.0.0/9", "300c300a0402000130040302000a");
	test_ip("10.0.0.0/8 10.1.0.0/16", "300c300a0402000130040302000a");
	test_ip("255.255.255.255 255.255.255.254/31",
		"300f300d040200013007030501fffffffe");
}

Test(resource, families_and_inheritance)
{
	test_ip("inherit", "301030060402000105003006040200020500");
	test_ip("inherit-ipv6", "30083006040200020500");
	test_ip("2001:db8::/32",
		"300f300d0402000230070305002001"
		"0db8");
	test_asn("inherit-asn", "3004a0020500");
}

Test(resource, as_numbers)
{
	test_asn("135 3000-3999 5001",
		"3016a0143012"
		"02020087300802020bb802020f9f02021389");
	test_asn("AS1 AS2", "300ca00a30083006020101020102");
	test_asn("4294967295 AS0",
		"300ea00c300a020100"
		"020500ffffffff");
}

Test(resource, bad_words_are_pointed_at)
{
	const char *bad[] = {"10.0.0.0/33", "10.0.0.1/8", "AS-1", "4294967296",
		"inherits", "10.0.0.0-::1", "x"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct lab_resources r = {0};
		char list[64];
		const char *at = NULL;

		snprintf(list, sizeof(list), "AS1 %s AS2", bad[i]);
		cr_expect_lt(
			lab_resources_parse(list, &r, &at), 0, "%s", bad[i]);
		cr_expect(at != NULL && strstr(at, bad[i]) != NULL);
		lab_resources_free(&r);
	}
}

Test(resource, prefixes_stand_in_the_order_of_rfc_9582)
{
	struct arena *a = arena_new(4096);
	struct node *root = der_add(a, NULL, DER_SEQUENCE, NULL);
	lab_prefixes prefixes = {0};
	const char *bad;

	cr_assert_eq(lab_prefixes_parse("2001:db8::/32-48 192.0.2.0/24 "
					"10.0.0.0/16 10.0.0.0/8-9",
			     &prefixes, &bad),
		0);
	lab_prefixes_tree(a, root, &prefixes);
	cr_expect_str_eq(test_hex(a, der_child(root, 0)),
		"3034"
		"301e040200013018"
		"30070302000a020109"
		"30050303000a00"
		"3006030400c00002"
		"301204020002300c"
		"300a03050020010db8020130");
	VEC_FREE(&prefixes);
	arena_free(a);
}
