/*
 * export: golden texts, every size of buffer, and the order of rows against a
 * plain sort of all of them.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/unit/core/payloads.h"
#include "tests/unit/guard.h"
#include "waymark/err.h"
#include "waymark/export.h"

static const char *const names[] = {"arin", "ta-name", "a,\"b\\\n\xc3\xa9"};

static const struct export_meta meta = {
	.ta_names = names,
	.ta_count = 3,
	.built = {1773646200},
	.elapsed_ms = 12345,
};

/* The whole export, through a buffer of `cap` octets at a guard page. */
static struct text
write_all(enum export_format format, const struct payload_set *set, size_t cap)
{
	struct guard g = guard_new(cap);
	char *buf = (char *)guard_room(&g, cap);
	struct text t = {0};
	struct export e;
	size_t n;

	export_init(&e, format, set, &meta);
	while ((n = export_next(&e, buf, cap)) > 0) {
		cr_assert_leq(n, cap);
		text_put(&t, buf, n);
	}
	cr_assert_eq(export_next(&e, buf, cap), 0);
	export_fini(&e);
	guard_free(&g);
	return t;
}

static const struct payload_set *
sample(void)
{
	struct payload_builder *b = payload_build_new(0);
	const uint32_t providers[] = {64497, 4200000000};
	struct vrp v[] = {vrp_of("192.0.2.0/24", 24, 1),
		vrp_of("192.0.2.0/25", 26, 4294967295),
		vrp_of("192.0.2.0/24", 25, 7), vrp_of("192.0.2.0/24", 25, 6),
		vrp_of("2001:db8::/32", 48, 0), vrp_of("0.0.0.0/0", 0, 2)};
	struct router_key k = {.asn = 64496,
		.spki = {(const uint8_t *)"fooba", 5},
		.expires = 7,
		.ta = 1};
	struct aspa a = {.customer = 64496,
		.providers = providers,
		.provider_count = 2,
		.expires = 9};
	const struct payload_set *set;

	v[0].ta = 1;
	v[1].ta = 2;
	v[2].ta = 3; /* no such trust anchor */
	v[5].expires = -1;
	memset(k.ski, 0xab, SKI_SIZE);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		cr_assert_eq(payload_build_vrp(b, &v[i]), 0);
	cr_assert_eq(payload_build_key(b, &k), 0);
	cr_assert_eq(payload_build_aspa(b, &a), 0);
	cr_assert_eq(payload_build_done(b, &set), 0);
	return set;
}

Test(export, csv_is_what_tools_read)
{
	const struct payload_set *set = sample();
	struct text t = write_all(EXPORT_CSV, set, EXPORT_BUFFER_MIN);

	cr_expect_str_eq(t.p,
		"ASN,IP Prefix,Max Length,Trust Anchor,Expires\n"
		"AS2,0.0.0.0/0,0,arin,-1\n"
		"AS4294967295,192.0.2.0/25,26,\"a,\"\"b\\?\xc3\xa9\","
		"1773664028\n"
		"AS6,192.0.2.0/24,25,arin,1773664028\n"
		"AS7,192.0.2.0/24,25,,1773664028\n"
		"AS1,192.0.2.0/24,24,ta-name,1773664028\n"
		"AS0,2001:db8::/32,48,arin,1773664028\n");
	text_free(&t);
	payload_unref(set);
}

Test(export, json_is_what_tools_read)
{
	const struct payload_set *set = sample();
	struct text t = write_all(EXPORT_JSON, set, EXPORT_BUFFER_MIN);
	struct text want = {0};
	char host[256] = "";

	cr_assert_eq(gethostname(host, sizeof(host) - 1), 0);
	text_add(&want,
		"{\"metadata\":{\"buildmachine\":\"%s\","
		"\"buildtime\":\"2026-03-16T07:30:00Z\",\"elapsedtime\":12,"
		"\"generated\":1773646200,\"vrps\":6,\"uniquevrps\":6,"
		"\"bgpsec_keys\":1,\"aspas\":1},\n"
		"\"roas\":[\n"
		"{\"asn\":2,\"prefix\":\"0.0.0.0/0\",\"maxLength\":0,"
		"\"ta\":\"arin\",\"expires\":-1},\n"
		"{\"asn\":4294967295,\"prefix\":\"192.0.2.0/25\","
		"\"maxLength\":26,\"ta\":\"a,\\\"b\\\\\\n\xc3\xa9\","
		"\"expires\":1773664028},\n"
		"{\"asn\":6,\"prefix\":\"192.0.2.0/24\",\"maxLength\":25,"
		"\"ta\":\"arin\",\"expires\":1773664028},\n"
		"{\"asn\":7,\"prefix\":\"192.0.2.0/24\",\"maxLength\":25,"
		"\"ta\":\"\",\"expires\":1773664028},\n"
		"{\"asn\":1,\"prefix\":\"192.0.2.0/24\",\"maxLength\":24,"
		"\"ta\":\"ta-name\",\"expires\":1773664028},\n"
		"{\"asn\":0,\"prefix\":\"2001:db8::/32\",\"maxLength\":48,"
		"\"ta\":\"arin\",\"expires\":1773664028}\n"
		"],\n\"bgpsec_keys\":[\n"
		"{\"asn\":64496,\"ski\":\"ABABABABABABABABABABABABABABABABAB"
		"ABABAB\",\"pubkey\":\"Zm9vYmE=\",\"ta\":\"ta-name\","
		"\"expires\":7}\n"
		"],\n\"aspas\":[\n"
		"{\"customer_asid\":64496,\"expires\":9,"
		"\"providers\":[64497,4200000000]}\n"
		"]}\n",
		host);
	cr_expect_str_eq(t.p, want.p);
	text_free(&want);
	text_free(&t);
	payload_unref(set);
}

Test(export, an_empty_set_is_a_whole_file)
{
	struct payload_builder *b = payload_build_new(0);
	const struct payload_set *set;
	struct text t;

	cr_assert_eq(payload_build_done(b, &set), 0);
	t = write_all(EXPORT_CSV, set, EXPORT_BUFFER_MIN);
	cr_expect_str_eq(
		t.p, "ASN,IP Prefix,Max Length,Trust Anchor,Expires\n");
	text_free(&t);
	t = write_all(EXPORT_JSON, set, EXPORT_BUFFER_MIN);
	cr_expect_not_null(strstr(t.p,
		"\"roas\":[\n],\n\"bgpsec_keys\":[\n],\n\"aspas\":[\n]}\n"));
	text_free(&t);
	payload_unref(set);
}

/* Long rows go out in parts: public keys and lists of every size around the
 * size of a part. */
Test(export, rows_longer_than_a_buffer)
{
	static uint8_t octets[20000];
	static uint32_t providers[20000];
	struct payload_builder *b = payload_build_new(0);
	const struct payload_set *set;
	struct text t, want = {0};

	for (uint32_t i = 0; i < 20000; i++) {
		octets[i] = (uint8_t)(i * 31);
		providers[i] = i + 4000000000;
	}
	for (uint32_t i = 0; i < 3 * 26; i++) {
		/* One less, as many, one more than fill whole parts. */
		uint32_t n = 768 * (i / 3) + i % 3 + 767;
		struct router_key k = {
			.asn = n, .spki = {octets, n}, .expires = n};
		struct aspa a = {.customer = n,
			.providers = providers,
			.provider_count = 128 * (i / 3) + i % 3 + 127};

		if (n > 20000)
			break;
		cr_assert_eq(payload_build_key(b, &k), 0);
		cr_assert_eq(payload_build_aspa(b, &a), 0);
	}
	struct aspa all = {.customer = 99999,
		.providers = providers,
		.provider_count = 20000};
	cr_assert_eq(payload_build_aspa(b, &all), 0);
	cr_assert_eq(payload_build_done(b, &set), 0);
	t = write_all(EXPORT_JSON, set, EXPORT_BUFFER_MIN);
	for (size_t i = 0; i < set->key_count; i++) {
		text_clear(&want);
		text_add(&want, "\"pubkey\":\"");
		text_add_base64(&want, octets, set->keys[i].spki.n);
		text_add(&want, "\",\"ta\":\"arin\",\"expires\":%u}",
			set->keys[i].asn);
		cr_assert_not_null(strstr(t.p, want.p), "%zu", i);
	}
	for (size_t i = 0; i < set->aspa_count; i++) {
		text_clear(&want);
		text_add(&want,
			"{\"customer_asid\":%u,\"expires\":0,"
			"\"providers\":[4000000000",
			set->aspas[i].customer);
		for (size_t k = 1; k < set->aspas[i].provider_count; k++)
			text_add(&want, ",%u", providers[k]);
		text_add(&want, "]}");
		cr_assert_not_null(strstr(t.p, want.p), "%zu", i);
	}
	text_free(&want);
	text_free(&t);
	payload_unref(set);
}

static int
file_order(const void *a, const void *b)
{
	const struct vrp *x = a, *y = b;
	int order = addr_compare(&x->addr, &y->addr);

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (order != 0)
		return order;
	if (x->len != y->len)
		return x->len > y->len ? -1 : 1;
	if (x->max_len != y->max_len)
		return x->max_len > y->max_len ? -1 : 1;
	return (x->asn > y->asn) - (x->asn < y->asn);
}

static void
expect_order(const struct payload_set *set)
{
	struct vrp *sorted = malloc((set->vrp_count + 1) * sizeof(*sorted));
	struct text t = write_all(EXPORT_CSV, set, EXPORT_BUFFER_MIN);
	struct text want = {0};

	if (set->vrp_count > 0)
		memcpy(sorted, set->vrps, set->vrp_count * sizeof(*sorted));
	qsort(sorted, set->vrp_count, sizeof(*sorted), file_order);
	text_add(&want, "ASN,IP Prefix,Max Length,Trust Anchor,Expires\n");
	for (size_t i = 0; i < set->vrp_count; i++) {
		struct prefix p = vrp_prefix(&sorted[i]);
		char buf[PREFIX_TEXT];

		text_add(&want, "AS%u,%s,%u,arin,%lld\n", sorted[i].asn,
			prefix_format(&p, buf), sorted[i].max_len,
			(long long)sorted[i].expires);
	}
	cr_assert_eq(t.n, want.n);
	cr_assert_eq(memcmp(t.p, want.p, t.n), 0);
	text_free(&t);
	text_free(&want);
	free(sorted);
}

Test(export, rows_in_order_whatever_the_set)
{
	struct dice d = {99};

	for (int round = 0; round < 100; round++) {
		struct payload_builder *b = payload_build_new(0);
		const struct payload_set *set;
		size_t n = dice_roll(&d, 2000);

		for (size_t i = 0; i < n; i++) {
			struct vrp v = vrp_roll(&d);

			v.ta = 0;
			cr_assert_eq(payload_build_vrp(b, &v), 0);
		}
		cr_assert_eq(payload_build_done(b, &set), 0);
		expect_order(set);
		payload_unref(set);
	}
}

/* Runs of one address around the size of the array, and far beyond. */
Test(export, very_many_rows_of_one_address)
{
	static const size_t sizes[] = {255, 256, 257, 511, 512, 513, 30000};
	struct dice d = {5};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct payload_builder *b = payload_build_new(0);
		const struct payload_set *set;
		struct vrp after = vrp_of("2001:db8::1/128", 128, 1);
		struct vrp before = vrp_of("2001:db7::/32", 32, 1);

		for (size_t i = 0; i < sizes[s]; i++) {
			struct vrp v = vrp_of("2001:db8::/32", 32, 0);

			v.asn = (uint32_t)i;
			v.len = (uint8_t)(32 + dice_roll(&d, 97));
			v.max_len =
				(uint8_t)(v.len + dice_roll(&d, 129U - v.len));
			cr_assert_eq(payload_build_vrp(b, &v), 0);
		}
		cr_assert_eq(payload_build_vrp(b, &after), 0);
		cr_assert_eq(payload_build_vrp(b, &before), 0);
		cr_assert_eq(payload_build_done(b, &set), 0);
		cr_assert_eq(set->vrp_count, sizes[s] + 2);
		expect_order(set);
		payload_unref(set);
	}
}

Test(export, any_size_of_buffer_gives_the_same)
{
	const struct payload_set *set = sample();

	for (int format = 0; format < EXPORT_FORMATS; format++) {
		struct text want =
			write_all((enum export_format)format, set, 65536);

		for (size_t cap = EXPORT_BUFFER_MIN;
			cap < EXPORT_BUFFER_MIN + 1900; cap += 7) {
			struct text t =
				write_all((enum export_format)format, set, cap);

			cr_assert_str_eq(t.p, want.p);
			text_free(&t);
		}
		text_free(&want);
	}
	payload_unref(set);
}

/* A name that would not fit a row is cut, and stays JSON. */
Test(export, names_of_any_length_and_kind)
{
	struct payload_builder *b = payload_build_new(0);
	struct vrp v = vrp_of("192.0.2.0/24", 24, 1);
	const struct payload_set *set;
	char name[4000];
	const char *list[] = {name};
	struct export_meta long_meta = {.ta_names = list, .ta_count = 1};
	static const char fillers[] = {'a', '"', '\x01', '\xff', ','};
	struct guard g = guard_new(EXPORT_BUFFER_MIN);
	char *buf = (char *)guard_room(&g, EXPORT_BUFFER_MIN);

	cr_assert_eq(payload_build_vrp(b, &v), 0);
	cr_assert_eq(payload_build_done(b, &set), 0);
	for (size_t i = 0; i < sizeof(fillers); i++) {
		for (int format = 0; format < EXPORT_FORMATS; format++) {
			struct export e;

			memset(name, fillers[i], sizeof(name) - 1);
			name[sizeof(name) - 1] = '\0';
			export_init(&e, (enum export_format)format, set,
				&long_meta);
			while (export_next(&e, buf, EXPORT_BUFFER_MIN) > 0)
				continue;
			export_fini(&e);
		}
	}
	guard_free(&g);
	payload_unref(set);
}

Test(export, formats_by_word)
{
	enum export_format format;

#define FORMAT(name, word, type, help) \
	cr_assert_eq(export_parse(word, &format), 0); \
	cr_expect_eq(format, EXPORT_##name); \
	cr_expect_str_eq(export_name(format), word); \
	cr_expect_str_eq(export_content_type(format), type); \
	cr_expect_str_eq(export_help(format), help);
	EXPORT_TABLE(FORMAT)
#undef FORMAT
	cr_expect_eq(export_parse("xml", &format), ERR_NOTFOUND);
	cr_expect_eq(export_parse("", &format), ERR_NOTFOUND);
}
