/*
 * corpus_dialogues: what another cache and its routers said to each other, as
 * text (corpus, rtr/rpstir, version 0).
 *
 *	--- serial_query 42 5          the router
 *	--- expecting: ...
 *	version 0 Cache Response, ...  the cache
 *
 * Answers with data become publications of ours: first what they withdraw, then
 * what they announce; our delta, or our full set, must then be the same items.
 * What routers must not say is said to us: the same error code comes back, with
 * as much of the PDU in it.  The PDUs whose octets the text does not tell
 * ("Bad PDU #1") cannot be said.
 */
#include <criterion/criterion.h>

#include "tests/wire/router.h"

enum {
	LINE = 512,
	ITEMS = 6000 /* in one answer */
};

struct dialogue {
	FILE *f;
	char line[LINE];
	bool more;
	char *come, *gone; /* words */
	size_t come_n, gone_n;
};

static bool
test_next(struct dialogue *d)
{
	d->more = fgets(d->line, sizeof(d->line), d->f) != NULL;
	return d->more;
}

static bool
test_open(struct dialogue *d, const char *name)
{
	const char *corpus = getenv("WAYMARK_CORPUS");
	char path[4096];

	if (corpus == NULL) {
		printf("SKIPPED: WAYMARK_CORPUS\n");
		return false;
	}
	snprintf(path, sizeof(path), "%s/rtr/rpstir/response.%s.log.correct",
		corpus, name);
	*d = (struct dialogue){.f = fopen(path, "r")};
	cr_assert(d->f != NULL, "%s", path);
	d->come = malloc((size_t)ITEMS * 64);
	d->gone = malloc((size_t)ITEMS * 64);
	cr_assert(d->come != NULL && d->gone != NULL);
	return test_next(d);
}

static void
test_close(struct dialogue *d)
{
	fclose(d->f);
	free(d->come);
	free(d->gone);
}

/* A line of a payload becomes a word; false: it is none. */
static bool
test_payload(struct dialogue *d)
{
	char addr[64];
	unsigned family, flags, len, max_len, asn;
	bool announce;
	char *to;
	size_t *n;

	if (sscanf(d->line,
		    "version 0 IPv%u Prefix, length = %*u, flags = 0x%x "
		    "[%*[A-Z]], prefix length = %u, max length = %u, prefix = "
		    "%63[^,], AS number = %u",
		    &family, &flags, &len, &max_len, addr, &asn) != 6)
		return false;
	announce = flags == 1;
	to = announce ? d->come : d->gone;
	n = announce ? &d->come_n : &d->gone_n;
	cr_assert(*n < (size_t)(ITEMS - 1) * 64);
	*n += (size_t)snprintf(
		to + *n, 64, "%s/%u-%u=%u ", addr, len, max_len, asn);
	return true;
}

/* The lines of one answer; whether it is one with data, to its end. */
static bool
test_answer(struct dialogue *d)
{
	bool data = false;

	d->come_n = d->gone_n = 0;
	d->come[0] = d->gone[0] = '\0';
	while (test_next(d) && strncmp(d->line, "---", 3) != 0) {
		if (!test_payload(d))
			data |= strstr(d->line, "End of Data") != NULL;
	}
	return data;
}

/* We say the same items: from what they withdraw to what they announce. */
static void
test_data(const struct dialogue *d, bool all)
{
	struct held_list gone = held_of_words(d->gone, 0);
	struct router r;
	struct talk t;

	talk_init(&t, 2);
	router_init(&r, &t, 0);
	talk_publish(&t, d->gone);
	if (!all) {
		router_ask(&r);
		cr_assert(router_hear(&r, NULL, NULL), "%s", r.c.why);
		cr_expect(held_lists_equal(&r.c.set, &gone));
	}
	talk_publish(&t, d->come);
	router_ask(&r);
	cr_assert(router_hear(&r, NULL, NULL), "%s", r.c.why);
	cr_expect(checker_holds_words(&r.c, d->come));
	held_free(&gone);
	router_fini(&r);
	talk_fini(&t);
}

Test(corpus_dialogues, answers_with_data)
{
	static const struct {
		const char *name;
		unsigned answers;
	} rows[] = {{"reset_query_first", 1}, {"reset_query_last", 1},
		{"many_prefixes", 2}, {"serial_queries", 16}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dialogue d;
		unsigned answers = 0;

		if (!test_open(&d, rows[i].name))
			return;
		while (d.more) {
			bool all = strstr(d.line, "reset_query") != NULL;

			if (!test_next(&d)) /* "expecting" */
				break;
			if (!test_answer(&d))
				continue;
			answers++;
			test_data(&d, all);
		}
		cr_expect_geq(answers, rows[i].answers, "%s: %u", rows[i].name,
			answers);
		test_close(&d);
	}
}

/* The octets of what a router says; 0: no PDU that the text tells. */
static size_t
test_said(const char *line, uint8_t pdu[64])
{
	static const struct {
		const char *name;
		uint8_t type, n;
	} rows[] = {{"serial_notify", 0, 12}, {"cache_response", 3, 8},
		{"ipv4_prefix", 4, 20}, {"ipv6_prefix", 6, 32},
		{"end_of_data", 7, 12}, {"cache_reset", 8, 8},
		{"error_report", 10, 16}, {"reset_query", 2, 8}};
	char name[32] = "", addr[64] = "";
	unsigned a = 0, b = 0, c = 0, asn = 0;

	memset(pdu, 0, 64);
	sscanf(line, "--- %31s %u %u %u %63s %u", name, &a, &b, &c, addr, &asn);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(name, rows[i].name) != 0)
			continue;
		pdu[1] = rows[i].type;
		pdu[7] = rows[i].n;
		if (strchr(name, 'x') == NULL) {
			pdu[2] = (uint8_t)(a >> 8);
			pdu[3] = (uint8_t)a;
			held_put32(pdu + 8, b);
			return rows[i].n;
		}
		pdu[8] = (uint8_t)a;
		pdu[9] = (uint8_t)b;
		pdu[10] = (uint8_t)c;
		inet_pton(pdu[1] == 4 ? AF_INET : AF_INET6, addr, pdu + 12);
		held_put32(pdu + rows[i].n - 4, asn);
		return rows[i].n;
	}
	return 0;
}

/* Our answer against theirs: code and length of the PDU in it. */
static void
test_fault(const struct dialogue *d, const uint8_t *pdu, size_t n)
{
	bool quiet = strncmp(d->line, "version", 7) != 0;
	const char *inner = strstr(d->line, "encapsulated PDU length = ");
	int code = strstr(d->line, "Invalid Request") != NULL ? 3
		: strstr(d->line, "No Data") != NULL	      ? 2
							      : -1;
	struct checker c;
	struct span heard;
	struct talk t;

	talk_init(&t, 2);
	if (code != 2)
		talk_publish(&t, "");
	checker_init(&c, 0);
	talk_say_octets(&t, pdu, n);
	heard = talk_hear(&t);
	cr_expect(checker_read(&c, heard), "%s", c.why);
	cr_expect_eq(c.error, quiet ? -1 : code, "%s", d->line);
	cr_expect_eq(c.pdus[10], !quiet);
	if (!quiet && inner != NULL)
		cr_expect_eq(checker_be32(heard.p + 8),
			strtoul(inner + strlen("encapsulated PDU length = "),
				NULL, 10));
	checker_fini(&c);
	talk_fini(&t);
}

Test(corpus_dialogues, what_routers_must_not_say)
{
	static const char *const names[] = {
		"bad_pdu_usage", "bad_pdu_sequence", "no_data"};
	unsigned said = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct dialogue d;

		if (!test_open(&d, names[i]))
			return;
		while (d.more) {
			uint8_t pdu[64];
			size_t n = test_said(d.line, pdu);

			test_next(&d); /* "expecting" */
			test_next(&d);
			if (n > 0) {
				test_fault(&d, pdu, n);
				said++;
			}
			while (d.more && strncmp(d.line, "---", 3) != 0)
				test_next(&d);
		}
		test_close(&d);
	}
	cr_expect_geq(said, 20, "only %u", said);
}
