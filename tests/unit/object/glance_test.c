/*
 * glance: what refused objects would have said: from the broken ones as much as
 * can be read, and never more than fits.
 */
#include <stdio.h>

#include "tests/unit/object/signed.h"
#include "validator/object/glance.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	TEXT = 8192
};

/* A glance as "AS64496 192.0.2.0/24-26 ...". */
static void
format(const struct glance *g, char text[TEXT])
{
	int n = snprintf(text, TEXT, "AS%u", g->asn);
	char prefix[PREFIX_TEXT];

	for (size_t i = 0; i < g->prefix_count && n < TEXT; i++)
		n += snprintf(text + n, (size_t)(TEXT - n), " %s-%u",
			prefix_format(&g->prefixes[i].prefix, prefix),
			g->prefixes[i].max_len);
}

struct look {
	const char *type, *change; /* of the lab */
	enum object_type as;
	const char *says;
};

#define ROA	 "roa"
#define FIRST	 "content.ipAddrBlocks[0].addresses"
#define ROA_SAYS "AS64496 192.0.2.0/24-24 198.51.100.0/24-26 2001:db8::/32-48"
#define SPL_SAYS "AS64496 192.0.2.0/24-24 198.51.100.0/22-22 2001:db8::/32-32"
#define CA_SAYS \
	"AS0 10.0.0.0/8-32 192.0.2.0/24-32 198.51.100.0/24-32 " \
	"2001:db8::/32-128"

static const struct look looks[] = {
	{ROA, NULL, OBJECT_ROA, ROA_SAYS},
	/* The envelope, the certificate, the signature are of no account. */
	{ROA, "signedData.version=int:1", OBJECT_ROA, ROA_SAYS},
	{ROA, "signerInfos=remove", OBJECT_ROA, ROA_SAYS},
	{ROA, "certificates=remove", OBJECT_ROA, ROA_SAYS},
	{ROA, "eContentType=oid:1.2.3", OBJECT_ROA, ROA_SAYS},
	{ROA, "signerInfo.signature=flip:9", OBJECT_ROA, ROA_SAYS},
	{ROA, "ee.tbs.extensions.ip=remove", OBJECT_ROA, ROA_SAYS},
	{ROA, "content.asID=before:a003020101", OBJECT_ROA, ROA_SAYS},
	{ROA, ".=after:00", OBJECT_ROA, ROA_SAYS},
	/* What is broken is passed over, the rest is read. */
	{ROA, "content.asID=int:-1", OBJECT_ROA,
		"AS0 192.0.2.0/24-24 198.51.100.0/24-26 2001:db8::/32-48"},
	{ROA, "content.asID=int:4294967296", OBJECT_ROA,
		"AS0 192.0.2.0/24-24 198.51.100.0/24-26 2001:db8::/32-48"},
	{ROA, "content.ipAddrBlocks[0].family=hex:0003", OBJECT_ROA,
		"AS64496 2001:db8::/32-48"},
	{ROA, FIRST "[0][0]=hex:00c000020101", OBJECT_ROA,
		"AS64496 198.51.100.0/24-26 2001:db8::/32-48"},
	{ROA, FIRST "[0][0]=hex:08c0", OBJECT_ROA,
		"AS64496 198.51.100.0/24-26 2001:db8::/32-48"},
	{ROA, FIRST "[0]=hex:", OBJECT_ROA,
		"AS64496 198.51.100.0/24-26 2001:db8::/32-48"},
	{ROA, FIRST "[0][0]=hex:01c00003", OBJECT_ROA,
		"AS64496 192.0.2.0/23-23 198.51.100.0/24-26 2001:db8::/32-48"},
	{ROA, FIRST "[1].maxLength=int:23", OBJECT_ROA,
		"AS64496 192.0.2.0/24-24 198.51.100.0/24-24 2001:db8::/32-48"},
	{ROA, FIRST "[1].maxLength=int:33", OBJECT_ROA,
		"AS64496 192.0.2.0/24-24 198.51.100.0/24-24 2001:db8::/32-48"},
	{ROA, "content=hex:", OBJECT_ROA, "AS0"},
	{ROA, "encap=remove", OBJECT_ROA, "AS0"},

	{"spl", NULL, OBJECT_SPL, SPL_SAYS},
	{"spl", "ee.tbs.version=int:0", OBJECT_SPL, SPL_SAYS},
	{"aspa", NULL, OBJECT_ASPA, "AS64496"},
	{"aspa", "content.explicit=remove", OBJECT_ASPA, "AS64496"},
	{"aspa", "content.customerASID=before:04020001", OBJECT_ASPA,
		"AS64496"},
	{"ca", NULL, OBJECT_CERT, CA_SAYS},
	{"ca", "tbs.extensions.sia=remove", OBJECT_CERT, CA_SAYS},
	{"ca", "tbs.version=int:0", OBJECT_CERT, CA_SAYS},
	{"ca", "signature=flip:9", OBJECT_CERT, CA_SAYS},
	{"ca", "tbs.extensions.aki=hex:", OBJECT_CERT, CA_SAYS},
	{"ca", "tbs.extensions.ip=remove", OBJECT_CERT, "AS0"},
	{"router", NULL, OBJECT_ROUTER_CERT, "AS64496"},
	{"router", "tbs.extensions.ski=remove", OBJECT_ROUTER_CERT, "AS64496"},
	/* These speak of no route. */
	{"gbr", NULL, OBJECT_GBR, "AS0"},
	{"tak", NULL, OBJECT_TAK, "AS0"},
	{"mft", NULL, OBJECT_MANIFEST, "AS0"},
	{"crl", NULL, OBJECT_CRL, "AS0"},
};

Test(glance, reads_what_can_be_read)
{
	struct bench b = bench_new();

	for (size_t i = 0; i < COUNT(looks); i++) {
		const struct look *l = &looks[i];
		const char *changes[] = {l->change, NULL};
		struct glance g;
		char text[TEXT];

		glance_read(
			bench_make(&b, l->type, changes), l->as, b.arena, &g);
		format(&g, text);
		cr_expect_str_eq(text, l->says, "%s %s", l->type,
			l->change == NULL ? "" : l->change);
	}
	bench_free(&b);
}

/* Every beginning, as every type, flush against an unmapped page. */
Test(glance, cut_anywhere)
{
	static const char *const types[] = {"roa", "spl", "aspa", "ca"};
	struct bench b = bench_new();

	for (size_t i = 0; i < COUNT(types); i++) {
		struct span der = bench_make(&b, types[i], NULL);
		struct guard g = guard_new(der.n);

		for (size_t n = 0; n <= der.n; n++) {
			struct span cut = guard_span(&g, span_of(der.p, n));
			struct glance glance;

			for (int as = 0; as < OBJECT_TYPES; as++) {
				glance_read(cut, (enum object_type)as, b.arena,
					&glance);
				cr_assert(glance.prefix_count <= BOUND_CLAIMS);
			}
			arena_reset(b.arena);
		}
		guard_free(&g);
	}
	bench_free(&b);
}

/* n, and n + 1. */
Test(glance, no_more_than_fit)
{
	struct bench b = bench_new();

	for (size_t n = BOUND_CLAIMS; n <= BOUND_CLAIMS + 1; n++) {
		char list[TEXT];
		struct lab_roa params;
		struct glance g;
		struct span der;
		int at = 0;

		for (size_t i = 0; i < n; i++)
			at += snprintf(list + at, (size_t)(TEXT - at),
				"10.%zu.0.0/16 ", i);
		lab_roa_init(b.lab, &params);
		params.prefixes = list;
		cr_assert(lab_roa_bytes(b.lab, &params, &der) == 0);
		glance_read(der, OBJECT_ROA, b.arena, &g);
		cr_expect_eq(g.prefix_count, BOUND_CLAIMS);
	}
	bench_free(&b);
}

/* Ranges become the prefixes that they are made of. */
Test(glance, ranges_as_prefixes)
{
	static const struct ipv4_range ranges[] = {
		{0x0a000001, 0x0a000006}, {0xffffff00, 0xffffffff}};
	static const struct ipv4_range all[] = {{0, 0xffffffff}};
	struct resources r = {.ipv4 = ranges, .ipv4_count = 2};
	struct roa_prefix out[8];
	struct glance g = {.prefixes = out};
	char text[TEXT];

	g.prefix_count = glance_resources(&r, out, COUNT(out));
	format(&g, text);
	cr_expect_str_eq(text,
		"AS0 10.0.0.1/32-32 10.0.0.2/31-32 10.0.0.4/31-32 "
		"10.0.0.6/32-32 255.255.255.0/24-32");
	cr_expect_eq(glance_resources(&r, out, 3), 3);
	r = (struct resources){.ipv4 = all, .ipv4_count = 1};
	g.prefix_count = glance_resources(&r, out, COUNT(out));
	format(&g, text);
	cr_expect_str_eq(text, "AS0 0.0.0.0/0-32");
}
