/*
 * export_ext: payloads with their objects, and the lists of routers, as golden
 * text.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/core/payloads.h"
#include "waymark/export.h"

enum {
	DAY = 86400,
	KEY = 800 /* octets of a key: more than go out at once */
};

/* Two ROAs that hold one VRP, one of them by two paths; a router's certificate
 * and two ASPAs of one customer. */
struct origin {
	struct snapshot_point points[2];
	struct snapshot_source sources[6];
	struct vrp vrps[5];
	struct router_key key;
	struct aspa aspas[2];
	uint32_t providers[2];
	uint8_t octets[KEY];
	struct snapshot s;
	const struct payload_set *set;
};

static const char *const names[] = {"one", "two \"x\""};

static void
fill(struct origin *o)
{
	static const char *const files[] = {
		"a.roa", "a.roa", "b.roa", "k.cer", "p.asa", "q.asa"};

	for (uint32_t i = 0; i < 2; i++)
		o->points[i] = (struct snapshot_point){.folder = "rsync://h/m/",
			.ta = (uint8_t)i,
			.not_before = {2 * DAY},
			.certs_end = {(8 + i) * DAY},
			.not_after = {(6 + i) * DAY}};
	for (uint32_t i = 0; i < 6; i++)
		o->sources[i] = (struct snapshot_source){.name = files[i],
			.ta = i == 2,
			.point = i == 2,
			.again = i == 1,
			.not_before = {i * DAY},
			.not_after = {(i + 5) * DAY}};
	o->vrps[0] = vrp_of("192.0.2.0/24", 24, 64496);
	o->vrps[1] = o->vrps[2] = o->vrps[0];
	o->vrps[1].source = 1;
	o->vrps[2].source = 2;
	o->vrps[3] = vrp_of("198.51.100.0/24", 25, 64497);
	o->vrps[4] = vrp_of("2001:db8::/32", 48, 64498);
	for (size_t i = 0; i < 5; i++)
		o->vrps[i].expires = DAY;
	memset(o->octets, 0xff, KEY);
	o->key = (struct router_key){
		.asn = 64499, .spki = span_of(o->octets, KEY), .source = 3};
	o->providers[0] = 1;
	o->providers[1] = 2;
	for (uint32_t i = 0; i < 2; i++)
		o->aspas[i] = (struct aspa){.customer = 7,
			.providers = &o->providers[i],
			.provider_count = 1,
			.expires = DAY,
			.source = 4 + i};
}

/* One VRP is in the set alone: nobody knows where it came from. */
static struct origin *
origin_new(void)
{
	struct origin *o = calloc(1, sizeof(*o));
	struct payload_builder *b = payload_build_new(0);
	struct vrp local = vrp_of("203.0.113.0/24", 24, 0);

	fill(o);
	o->s = (struct snapshot){.vrps = o->vrps,
		.vrp_count = 5,
		.keys = &o->key,
		.key_count = 1,
		.aspas = o->aspas,
		.aspa_count = 2,
		.points = o->points,
		.point_count = 2,
		.sources = o->sources,
		.source_count = 6};
	local.expires = DAY;
	for (size_t i = 0; i < 5; i++)
		cr_assert_eq(payload_build_vrp(b, &o->vrps[i]), 0);
	cr_assert_eq(payload_build_vrp(b, &local), 0);
	cr_assert_eq(payload_build_key(b, &o->key), 0);
	for (size_t i = 0; i < 2; i++)
		cr_assert_eq(payload_build_aspa(b, &o->aspas[i]), 0);
	cr_assert_eq(payload_build_done(b, &o->set), 0);
	return o;
}

static void
origin_free(struct origin *o)
{
	payload_unref(o->set);
	free(o);
}

static struct text
text_of(const struct origin *o, enum export_format format, bool known)
{
	const struct export_meta meta = {.ta_names = names,
		.ta_count = 2,
		.built = {3 * DAY},
		.snapshot = known ? &o->s : NULL};
	char buf[EXPORT_BUFFER_MIN];
	struct text t = {0};
	struct export e;
	size_t n;

	export_init(&e, format, o->set, &meta);
	while ((n = export_next(&e, buf, sizeof(buf))) > 0)
		text_put(&t, buf, n);
	export_fini(&e);
	cr_assert_not(t.failed);
	return t;
}

#define FROM(day) "{\"notBefore\":\"1970-01-0" day "T00:00:00Z\","
#define TO(day)	  "\"notAfter\":\"1970-01-" day "T00:00:00Z\"}"
#define SOURCE(type, file, ta, own, chain, stale) \
	"{\"type\":\"" type "\",\"uri\":\"rsync://h/m/" file \
	"\",\"tal\":\"" ta "\",\"validity\":" own ",\"chainValidity\":" chain \
	",\"stale\":\"1970-01-0" stale "T00:00:00Z\"}"
#define ROA_A \
	SOURCE("roa", "a.roa", "one", FROM("1") TO("06"), FROM("3") TO("06"), \
		"7")
#define ROA_B \
	SOURCE("roa", "b.roa", "two \\\"x\\\"", FROM("3") TO("08"), \
		FROM("3") TO("08"), "8")

Test(export_ext, json_tells_objects_once)
{
	struct origin *o = origin_new();
	struct text t = text_of(o, EXPORT_JSONEXT, true);
	char base64[1200], *at;

	memset(base64, '/', sizeof(base64));
	(void)snprintf(base64 + KEY / 3 * 4, 16, "//8=");
	at = strstr(t.p, base64);
	cr_assert_not_null(at);
	memmove(at, at + strlen(base64), strlen(at + strlen(base64)) + 1);
	cr_expect_str_eq(t.p,
		"{\"metadata\":{\"generated\":259200,"
		"\"generatedTime\":\"1970-01-04T00:00:00Z\"},\n\"roas\":[\n"
		"{\"asn\":\"AS64496\",\"prefix\":\"192.0.2.0/24\","
		"\"maxLength\":24,\"source\":[" ROA_A "," ROA_B "]},\n"
		"{\"asn\":\"AS64497\",\"prefix\":\"198.51.100.0/24\","
		"\"maxLength\":25,\"source\":[" ROA_A "]},\n"
		"{\"asn\":\"AS0\",\"prefix\":\"203.0.113.0/24\","
		"\"maxLength\":24,\"source\":[]},\n"
		"{\"asn\":\"AS64498\",\"prefix\":\"2001:db8::/32\","
		"\"maxLength\":48,\"source\":[" ROA_A "]}\n],\n"
		"\"routerKeys\":[\n{\"asn\":\"AS64499\","
		"\"SKI\":\"0000000000000000000000000000000000000000\","
		"\"routerPublicKey\":\"\",\"source\":["
		/* The chain ends sooner than the certificate itself. */
		SOURCE("cer", "k.cer", "one", FROM("4") TO("09"),
			FROM("4") TO("09"),
			"7") "]}\n],\n\"aspas\":[\n"
			     "{\"customer\":\"AS7\",\"providers\":[\"AS1\",\"AS2\"],"
			     "\"source\":[" SOURCE("aspa", "p.asa", "one",
				     FROM("5") TO("10"), FROM("5") TO("09"),
				     "7") "," SOURCE("aspa", "q.asa", "one",
				     FROM("6") TO("11"), FROM("6") TO("09"),
				     "7") "]}\n]}\n");
	text_free(&t);
	origin_free(o);
}

Test(export_ext, csv_has_a_row_for_each_object)
{
	struct origin *o = origin_new();
	struct text t = text_of(o, EXPORT_CSVEXT, true);

	cr_expect_str_eq(t.p,
		"URI,ASN,IP Prefix,Max Length,Not Before,Not After\n"
		"rsync://h/m/a.roa,AS64496,192.0.2.0/24,24,"
		"1970-01-01 00:00:00,1970-01-06 00:00:00\n"
		"rsync://h/m/b.roa,AS64496,192.0.2.0/24,24,"
		"1970-01-03 00:00:00,1970-01-08 00:00:00\n"
		"rsync://h/m/a.roa,AS64497,198.51.100.0/24,25,"
		"1970-01-01 00:00:00,1970-01-06 00:00:00\n"
		"N/A,AS0,203.0.113.0/24,24,N/A,N/A\n"
		"rsync://h/m/a.roa,AS64498,2001:db8::/32,48,"
		"1970-01-01 00:00:00,1970-01-06 00:00:00\n");
	text_free(&t);
	origin_free(o);
}

/* Without the snapshot no payload is lost. */
Test(export_ext, nothing_is_known)
{
	struct origin *o = origin_new();
	struct text t = text_of(o, EXPORT_JSONEXT, false);

	cr_expect_not_null(strstr(t.p,
		"{\"asn\":\"AS64498\",\"prefix\":\"2001:db8::/32\","
		"\"maxLength\":48,\"source\":[]}\n"));
	cr_expect_not_null(strstr(t.p, "[\"AS1\",\"AS2\"],\"source\":[]}"));
	text_free(&t);
	t = text_of(o, EXPORT_CSVEXT, false);
	cr_expect_not_null(
		strstr(t.p, "N/A,AS64498,2001:db8::/32,48,N/A,N/A\n"));
	text_free(&t);
	origin_free(o);
}

#define ROA_SET \
	"roa-set {\n" \
	"\t192.0.2.0/24 source-as 64496 expires 86400\n" \
	"\t198.51.100.0/24 maxlen 25 source-as 64497 expires 86400\n" \
	"\t203.0.113.0/24 source-as 0 expires 86400\n" \
	"\t2001:db8::/32 maxlen 48 source-as 64498 expires 86400\n" \
	"}\n"

Test(export_ext, openbgpd)
{
	struct origin *o = origin_new();
	struct text t = text_of(o, EXPORT_OPENBGPD, true);

	cr_expect_str_eq(t.p, ROA_SET);
	text_free(&t);
	t = text_of(o, EXPORT_OPENBGPD_ASPA, true);
	cr_expect_str_eq(t.p,
		ROA_SET
		"\naspa-set {\n"
		"\tcustomer-as 7 expires 86400 provider-as { 1, 2 }\n}\n");
	text_free(&t);
	origin_free(o);
}

#define BIRD_TABLES "roa4 table ROAS4;\nroa6 table ROAS6;\n\n"
#define BIRD_IPV4 \
	"protocol static {\n\troa4 { table ROAS4; };\n\n" \
	"\troute 192.0.2.0/24 max 24 as 64496;\n" \
	"\troute 198.51.100.0/24 max 25 as 64497;\n" \
	"\troute 203.0.113.0/24 max 24 as 0;\n}\n"
#define BIRD_IPV6 \
	"\nprotocol static {\n\troa6 { table ROAS6; };\n\n" \
	"\troute 2001:db8::/32 max 48 as 64498;\n}\n"

Test(export_ext, bird)
{
	struct origin *o = origin_new();
	struct text t = text_of(o, EXPORT_BIRD, true);
	const struct payload_set *none;

	cr_expect_str_eq(t.p, BIRD_TABLES BIRD_IPV4 BIRD_IPV6);
	text_free(&t);
	t = text_of(o, EXPORT_BIRD_ASPA, true);
	cr_expect_str_eq(t.p,
		"aspa table ASPAS;\n" BIRD_TABLES BIRD_IPV4 BIRD_IPV6
		"\nprotocol static {\n\taspa { table ASPAS; };\n\n"
		"\troute aspa 7 providers 1, 2;\n}\n");
	text_free(&t);
	payload_unref(o->set);
	cr_assert_eq(payload_build_done(payload_build_new(0), &none), 0);
	o->set = none;
	t = text_of(o, EXPORT_BIRD, true);
	cr_expect_str_eq(t.p,
		BIRD_TABLES
		"protocol static {\n\troa4 { table ROAS4; };\n\n}\n"
		"\nprotocol static {\n\troa6 { table ROAS6; };\n\n}\n");
	text_free(&t);
	origin_free(o);
}
