/*
 * rtr_pdu: every type is read whole and cut at every octet against an unmapped
 * page; every rule about one PDU is broken once.
 */
#include "rtrctl/rtr_pdu.h"
#include "tests/unit/guard.h"
#include "tests/unit/rtrctl/bytes.h"

/* All that a cache may send in version 2, one of each. */
static struct bytes
one_of_each(size_t starts[16], size_t *count)
{
	struct bytes b = {.n = 0};
	size_t n = 0;

	starts[n++] = b.n;
	notify(&b, 2, 7, 9);
	starts[n++] = b.n;
	response(&b, 2, 7);
	starts[n++] = b.n;
	prefix(&b, 2, true, 1, 64496);
	starts[n++] = b.n;
	prefix6(&b, 2, false, 1, 64497);
	starts[n++] = b.n;
	key(&b, 2, true, 5, 91);
	starts[n++] = b.n;
	aspa(&b, true, 64496, 2, 1, 2);
	starts[n++] = b.n;
	aspa(&b, false, 64496, 0);
	starts[n++] = b.n;
	end(&b, 2, 7, 9);
	starts[n++] = b.n;
	head(&b, 2, 8, 0, 8);
	starts[n++] = b.n;
	error(&b, 2, 2, "");
	starts[n] = b.n;
	*count = n;
	return b;
}

Test(rtr_pdu, reads_each_and_needs_all_of_it)
{
	size_t starts[16], count;
	struct bytes b = one_of_each(starts, &count);
	struct guard g = guard_new(BYTES);

	for (size_t i = 0; i < count; i++) {
		size_t n = starts[i + 1] - starts[i];
		enum rtr_rule rule = RTR_RULES;
		struct rtr_pdu pdu;

		for (size_t cut = 0; cut < n; cut++)
			cr_expect_eq(
				rtr_pdu_read(
					guard_span(&g,
						span_of(b.p + starts[i], cut)),
					2, &pdu, &rule),
				0, "PDU %zu cut at %zu", i, cut);
		cr_expect_eq(rtr_pdu_read(guard_span(&g,
						  span_of(b.p + starts[i], n)),
				     2, &pdu, &rule),
			(long)n, "PDU %zu: %d", i, rule);
		cr_expect_eq(pdu.odd, 0, "PDU %zu", i);
	}
	guard_free(&g);
}

Test(rtr_pdu, fields)
{
	struct bytes b = {.n = 0};
	enum rtr_rule rule;
	struct rtr_pdu pdu;

	prefix6(&b, 1, true, 0xab, 4200000000u);
	cr_assert_eq(rtr_pdu_read(all(&b), 1, &pdu, &rule), 32);
	cr_expect(pdu.announce);
	cr_expect_eq(pdu.len, 48);
	cr_expect_eq(pdu.asn, 4200000000u);
	cr_expect_eq(pdu.addr.b[5], 0xab);
	b.n = 0;
	end(&b, 1, 17, 0xfffffffe);
	cr_assert_eq(rtr_pdu_read(all(&b), 1, &pdu, &rule), 24);
	cr_expect_eq(pdu.session, 17);
	cr_expect_eq(pdu.serial, 0xfffffffe);
	cr_expect_eq(pdu.refresh, 3600);
	cr_expect_eq(pdu.expire, 7200);
	b.n = 0;
	error(&b, 0, 2, "wait");
	cr_assert_eq(rtr_pdu_read(all(&b), 2, &pdu, &rule), 20,
		"an error is read in any version");
	cr_expect_eq(pdu.session, 2);
	cr_expect(span_equal(pdu.text, span_text("wait")));
}

/* A PDU, in a session of a version, and the rule it breaks so that it cannot be
 * read. */
static void
expect_bad(const struct bytes *b, int version, enum rtr_rule want)
{
	enum rtr_rule rule = RTR_RULES;
	struct rtr_pdu pdu;

	cr_expect_eq(rtr_pdu_read(all(b), version, &pdu, &rule), -1,
		"%s is read", rtr_rule_word(want));
	cr_expect_eq(rule, want, "%d, not %s", rule, rtr_rule_word(want));
	cr_expect(rtr_rule_is_fatal(want));
}

Test(rtr_pdu, what_cannot_be_read)
{
	static const uint32_t lengths[] = {
		0, 7, 8, 11, 13, 19, 21, 65536, 0xffffffff};
	struct bytes b;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		b.n = 0;
		head(&b, 2, 4, 0, lengths[i]);
		expect_bad(&b, 2, RTR_RULE_LENGTH);
	}
	b.n = 0;
	head(&b, 2, 11, 0, 14);
	expect_bad(&b, 2, RTR_RULE_LENGTH);
	b.n = 0;
	head(&b, 1, 7, 0, 12);
	expect_bad(&b, 1, RTR_RULE_LENGTH);
	b.n = 0;
	head(&b, 0, 7, 0, 24);
	expect_bad(&b, 0, RTR_RULE_LENGTH);
	b.n = 0;
	head(&b, 2, 5, 0, 8);
	expect_bad(&b, 2, RTR_RULE_TYPE);
	b.n = 0;
	head(&b, 1, 11, 0, 12);
	expect_bad(&b, 1, RTR_RULE_TYPE);
	b.n = 0;
	head(&b, 0, 9, 0, 123);
	expect_bad(&b, 0, RTR_RULE_TYPE);
	b.n = 0;
	head(&b, 2, 2, 0, 8);
	expect_bad(&b, 2, RTR_RULE_DIRECTION);
	b.n = 0;
	response(&b, 1, 7);
	expect_bad(&b, 2, RTR_RULE_OTHER_VERSION);
	b.p[0] = 3;
	expect_bad(&b, -1, RTR_RULE_OTHER_VERSION);
	b.n = 0;
	prefix(&b, 1, true, 1, 1);
	b.p[9] = 25;
	expect_bad(&b, 1, RTR_RULE_PREFIX_LENGTH);
	b.p[9] = 16;
	b.p[10] = 33;
	expect_bad(&b, 1, RTR_RULE_PREFIX_LENGTH);
	b.n = 0;
	error(&b, 1, 0, "text");
	b.p[11] = 200;
	expect_bad(&b, 1, RTR_RULE_ERROR_FORM);
	b.p[11] = 0;
	b.p[15] = 3;
	expect_bad(&b, 1, RTR_RULE_ERROR_FORM);
}

/* Read what is odd; exactly this rule must be told. */
static void
expect_odd(const struct bytes *b, int version, enum rtr_rule want)
{
	enum rtr_rule rule = RTR_RULES;
	struct rtr_pdu pdu = {0};

	cr_assert_eq(rtr_pdu_read(all(b), version, &pdu, &rule), (long)b->n,
		"%s: %d", rtr_rule_word(want), rule);
	cr_expect_eq(pdu.odd, RTR_BIT(want), "%s: %llx", rtr_rule_word(want),
		(unsigned long long)pdu.odd);
	cr_expect_not(rtr_rule_is_fatal(want));
}

Test(rtr_pdu, what_is_odd)
{
	struct bytes b = {.n = 0};

	prefix(&b, 1, true, 1, 1);
	b.p[3] = 1;
	expect_odd(&b, 1, RTR_RULE_RESERVED);
	b.p[3] = 0;
	b.p[8] = 3;
	expect_odd(&b, 1, RTR_RULE_RESERVED);
	b.p[8] = 1;
	b.p[11] = 9;
	expect_odd(&b, 1, RTR_RULE_RESERVED);
	b.p[11] = 0;
	b.p[15] = 1;
	expect_odd(&b, 1, RTR_RULE_HOST_BITS);
	b.n = 0;
	key(&b, 1, true, 1, 91);
	b.p[3] = 1;
	expect_odd(&b, 1, RTR_RULE_RESERVED);
	b.n = 0;
	head(&b, 1, 8, 5, 8);
	expect_odd(&b, 1, RTR_RULE_RESERVED);
	b.n = 0;
	end(&b, 1, 1, 1);
	b.p[22] = 0;
	b.p[23] = 10;
	expect_odd(&b, 1, RTR_RULE_TIMERS);
	b.n = 0;
	error(&b, 1, 9, "");
	expect_odd(&b, 1, RTR_RULE_ERROR_CODE);
	b.n = 0;
	error(&b, 1, 0, "\xc0\xaf");
	expect_odd(&b, 1, RTR_RULE_ERROR_TEXT);
}

Test(rtr_pdu, odd_providers)
{
	struct bytes b = {.n = 0};

	aspa(&b, true, 1, 0);
	expect_odd(&b, 2, RTR_RULE_PROVIDERS_NONE);
	b.n = 0;
	aspa(&b, true, 1, 2, 5, 5);
	expect_odd(&b, 2, RTR_RULE_PROVIDERS_ORDER);
	b.n = 0;
	aspa(&b, true, 1, 2, 5, 4);
	expect_odd(&b, 2, RTR_RULE_PROVIDERS_ORDER);
	b.n = 0;
	aspa(&b, true, 1, 2, 0, 4);
	expect_odd(&b, 2, RTR_RULE_PROVIDERS_AS0);
	b.n = 0;
	aspa(&b, false, 1, 1, 4);
	expect_odd(&b, 2, RTR_RULE_PROVIDERS_GONE);
}

/* 16,380 providers are the most that a PDU has room for. */
Test(rtr_pdu, many_providers)
{
	size_t most = 12 + 4 * RTR_PROVIDERS_MOST;
	uint8_t *p = calloc(1, most + 4);
	struct writer w = writer_of(p, most + 4);
	enum rtr_rule rule;
	struct rtr_pdu pdu;

	writer_be32(&w, 0x020b0100);
	writer_be32(&w, (uint32_t)most);
	for (uint32_t i = 0; i <= RTR_PROVIDERS_MOST + 1; i++)
		writer_be32(&w, i + 1);
	cr_assert_eq(
		rtr_pdu_read(span_of(p, most), 2, &pdu, &rule), (long)most);
	cr_expect_eq(pdu.odd, 0);
	p[5] = 1;
	p[6] = 0;
	p[7] = 0;
	cr_expect_eq(rtr_pdu_read(span_of(p, most + 4), 2, &pdu, &rule), -1);
	cr_expect_eq(rule, RTR_RULE_LENGTH);
	free(p);
}

Test(rtr_pdu, what_a_router_writes)
{
	static const uint8_t serial[] = {
		1, 1, 0x12, 0x34, 0, 0, 0, 12, 0xff, 0xff, 0xff, 0xfe};
	static const uint8_t reset[] = {2, 2, 0, 0, 0, 0, 0, 8};
	uint8_t query[RTR_QUERY_MOST], report[RTR_ERROR_MOST];
	enum rtr_rule rule;
	struct bytes b = {.n = 0};
	struct rtr_pdu pdu;
	size_t n;

	cr_expect_eq(rtr_pdu_serial_query(1, 0x1234, 0xfffffffe, query), 12);
	cr_expect_arr_eq(query, serial, 12);
	cr_expect_eq(rtr_pdu_reset_query(2, query), 8);
	cr_expect_arr_eq(query, reset, 8);
	key(&b, 1, true, 1, 91);
	n = rtr_pdu_error(1, RTR_RULE_OTHER_VERSION, all(&b), report);
	cr_assert_eq(rtr_pdu_read(span_of(report, n), 1, &pdu, &rule), (long)n);
	cr_expect_eq(pdu.session, RTR_CODE_UNEXPECTED);
	cr_expect_eq(pdu.culprit.n, 64);
	n = rtr_pdu_error(0, RTR_RULE_OTHER_VERSION, all(&b), report);
	cr_assert_eq(rtr_pdu_read(span_of(report, n), 0, &pdu, &rule), (long)n);
	cr_expect_eq(pdu.session, RTR_CODE_CORRUPT, "version 0 has no code 8");
	b.n = 0;
	error(&b, 1, 0, "");
	cr_expect_eq(rtr_pdu_error(1, RTR_RULE_LENGTH, all(&b), report), 0,
		"an Error Report is not answered by one");
	cr_expect_eq(
		rtr_pdu_error(1, RTR_RULE_ERROR_FORM, span_of("", 0), report),
		0);
}

/* The table is the contract of findings: words once each, and room in a set of
 * bits. */
Test(rtr_pdu, rules)
{
	cr_expect_leq((int)RTR_RULES, 63);
	for (int i = 0; i < RTR_RULES; i++)
		for (int k = 0; k < i; k++)
			cr_expect_str_neq(rtr_rule_word((enum rtr_rule)i),
				rtr_rule_word((enum rtr_rule)k));
	cr_expect_str_eq(rtr_code_name(13), "Cache Shutdown");
	cr_expect_str_eq(rtr_code_name(14), "unknown");
	cr_expect_str_eq(rtr_type_name(5), "unknown");
}
