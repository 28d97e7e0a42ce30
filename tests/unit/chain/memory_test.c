/*
 * memory: results as octets, and back.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/guard.h"
#include "validator/chain/memory.h"
#include "waymark/err.h"

static const struct roa_prefix prefixes[] = {
	{.prefix = {.addr = {{10, 1}}, .len = 16, .family = FAMILY_IPV4},
		.max_len = 24},
	{.prefix = {.addr = {{10, 128}}, .len = 9, .family = FAMILY_IPV4},
		.max_len = 9},
	{.prefix = {.addr = {{0}}, .len = 0, .family = FAMILY_IPV4},
		.max_len = 0},
	{.prefix = {.addr = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			    0, 1}},
		 .len = 128,
		 .family = FAMILY_IPV6},
		.max_len = 128},
};
static const uint32_t providers[] = {1, 64496, UINT32_MAX};
static const struct ipv4_range ipv4[] = {{0x0a000000, 0x0a0000ff}, {7, 8}};
static const struct ipv6_range ipv6[] = {{{{0x20, 1}}, {{0x20, 2}}}};
static const struct asn_range asn[] = {{0, 5}, {64496, UINT32_MAX}};

static struct cert
node(enum cert_role role)
{
	return (struct cert){
		.role = role,
		.serial = span_text("\x01\x02"),
		.not_before = {-5},
		.not_after = {INT64_MAX},
		.ski = {1, 2, 3},
		.subject = span_text("subject"),
		.spki = span_text("a key"),
		.repository_uri = span_text("rsync://a.example/m/"),
		.manifest_uri = span_text("rsync://a.example/m/a.mft"),
		.notify_uri = span_text("https://a.example/n.xml"),
		.resources = {.ipv4 = ipv4,
			.ipv4_count = 2,
			.ipv6 = ipv6,
			.ipv6_count = 1,
			.asn = asn,
			.asn_count = 2,
			.has_ip = true,
			.has_asn = true},
	};
}

/* One of each kind; the certificates are the caller's. */
enum {
	FILES = 10
};

static const uint8_t stand_in[SHA256_SIZE] = {7, 8, 9};

static void
make(struct memory_file files[FILES], const struct cert certs[2])
{
	struct outcome signed_one = {
		.has_cert = true,
		.not_before = {1000},
		.not_after = {2000},
		.serial = span_text("\x7f\xff"),
	};
	int i;

	for (i = 0; i < FILES; i++)
		files[i] = (struct memory_file){.name = span_text("name.roa"),
			.size = (uint32_t)(1000 + i),
			.signatures = 2,
			.what = signed_one};
	files[0].what.type = OBJECT_ROA;
	files[0].what.asn = 64496;
	files[0].what.prefixes = prefixes;
	files[0].what.prefix_count = 4;
	files[1].what.type = OBJECT_ASPA;
	files[1].what.asn = 64497;
	files[1].what.providers = providers;
	files[1].what.provider_count = 3;
	files[2].what.type = OBJECT_TAK;
	files[2].what.successor = span_text("https://b.example/ta.cer");
	files[3].what.type = OBJECT_GBR;
	files[4].what = (struct outcome){
		.type = OBJECT_OTHER, .state = OBJECT_STATE_IGNORED};
	files[5].what.type = OBJECT_ROA;
	files[5].what.state = OBJECT_STATE_REFUSED;
	files[5].what.reason = REJECT_OVERCLAIM;
	files[5].what.prefixes = prefixes;
	files[5].what.prefix_count = 1;
	files[6].what = (struct outcome){.type = OBJECT_ROA,
		.state = OBJECT_STATE_REFUSED,
		.reason = REJECT_DER_TRUNCATED};
	files[7].what.type = OBJECT_CERT;
	files[7].what.odd_aia = true;
	files[7].what.cert = &certs[0];
	files[8].what.type = OBJECT_ROUTER_CERT;
	files[8].what.cert = &certs[1];
	files[9].what.type = OBJECT_CERT;
	files[9].what.cert = &certs[0];
	files[9].hash = stand_in;
}

static const struct memory_head head = {
	.base = {1, 2, 3},
	.stamp = {4, 5, 6},
	.window = {{-7}, {INT64_MAX}},
	.end = {12345},
	.this_update = {1},
	.next_update = {2},
	.size = 77,
	.octets = UINT64_MAX,
	.signatures = 3,
	.crl = 4,
};

static struct span
write_all(struct memory_writer *w)
{
	struct cert certs[2] = {node(CERT_CA), node(CERT_ROUTER)};
	struct memory_file files[FILES];

	make(files, certs);
	memory_begin(w);
	for (int i = 0; i < FILES; i++)
		memory_add(w, &files[i]);
	return memory_end(w, &head);
}

static void
expect_node(const struct cert *is, const struct cert *want)
{
	const struct resources *a = &is->resources, *b = &want->resources;

	cr_assert(is != NULL && is->role == want->role);
	cr_expect_arr_eq(is->ski, want->ski, sizeof(is->ski));
	cr_expect(span_equal(is->serial, span_text("\x7f\xff")));
	cr_expect(span_equal(is->subject, want->subject));
	cr_expect(span_equal(is->spki, want->spki));
	cr_expect(span_equal(is->repository_uri, want->repository_uri));
	cr_expect(span_equal(is->manifest_uri, want->manifest_uri));
	cr_expect(span_equal(is->notify_uri, want->notify_uri));
	cr_assert(a->ipv4_count == b->ipv4_count &&
		a->ipv6_count == b->ipv6_count && a->asn_count == b->asn_count);
	cr_expect_arr_eq(a->ipv4, b->ipv4, sizeof(ipv4));
	cr_expect_arr_eq(a->ipv6, b->ipv6, sizeof(ipv6));
	cr_expect_arr_eq(a->asn, b->asn, sizeof(asn));
	cr_expect(a->has_ip == b->has_ip && a->has_asn == b->has_asn);
	cr_expect(!resources_inherit_any(a));
}

static void
expect_file(const struct memory_file *is, const struct memory_file *want)
{
	const struct outcome *a = &is->what, *b = &want->what;

	cr_expect(span_equal(is->name, want->name));
	cr_expect(is->size == want->size);
	cr_expect(is->signatures == want->signatures);
	cr_assert((is->hash != NULL) == (want->hash != NULL));
	if (want->hash != NULL)
		cr_expect_arr_eq(is->hash, want->hash, SHA256_SIZE);
	cr_expect(a->type == b->type && a->state == b->state &&
		a->reason == b->reason && a->odd_aia == b->odd_aia &&
		a->has_cert == b->has_cert && a->asn == b->asn);
	cr_expect(a->not_before.s == b->not_before.s);
	cr_expect(a->not_after.s == b->not_after.s);
	cr_expect(span_equal(a->serial, b->serial));
	cr_expect(span_equal(a->successor, b->successor));
	cr_assert(a->prefix_count == b->prefix_count);
	for (size_t i = 0; i < a->prefix_count; i++) {
		cr_expect(a->prefixes[i].max_len == b->prefixes[i].max_len);
		cr_expect(
			a->prefixes[i].prefix.len == b->prefixes[i].prefix.len);
		cr_expect(a->prefixes[i].prefix.family ==
			b->prefixes[i].prefix.family);
		cr_expect(addr_compare(&a->prefixes[i].prefix.addr,
				  &b->prefixes[i].prefix.addr) == 0);
	}
	cr_assert(a->provider_count == b->provider_count);
	for (size_t i = 0; i < a->provider_count; i++)
		cr_expect(a->providers[i] == b->providers[i]);
	cr_assert((a->cert != NULL) == (b->cert != NULL));
	if (b->cert != NULL)
		expect_node(a->cert, b->cert);
}

Test(memory, every_outcome_comes_back)
{
	struct cert certs[2] = {node(CERT_CA), node(CERT_ROUTER)};
	struct memory_file want[FILES], is;
	struct memory_writer w = {.files = 0};
	struct arena *arena = arena_new(4096);
	struct memory m;
	struct reader r;

	make(want, certs);
	cr_assert(memory_read(write_all(&w), &m));
	cr_expect_arr_eq(m.head.base, head.base, SHA256_SIZE);
	cr_expect_arr_eq(m.head.stamp, head.stamp, SHA256_SIZE);
	cr_expect(m.head.window.first.s == -7 &&
		m.head.window.last.s == INT64_MAX && m.head.end.s == 12345 &&
		m.head.this_update.s == 1 && m.head.next_update.s == 2);
	cr_expect(m.head.size == 77 && m.head.octets == UINT64_MAX &&
		m.head.signatures == 3 && m.head.crl == 4 &&
		m.head.file_count == FILES - 1);
	cr_expect(w.stand_ins.n == SHA256_SIZE &&
		memcmp(w.stand_ins.at, stand_in, SHA256_SIZE) == 0);
	r = reader_of(m.files);
	for (int i = 0; i < FILES; i++) {
		cr_assert(memory_next(&r, arena, &is) == 1, "%d", i);
		expect_file(&is, &want[i]);
	}
	cr_expect(memory_next(&r, arena, &is) == 0);
	arena_free(arena);
	memory_writer_fini(&w);
}

/* Read all that can be; how many files that were. */
static int
read_all(struct span octets, struct arena *arena)
{
	struct memory_file file;
	struct memory m;
	struct reader r;
	int n = 0, more = 1;

	arena_reset(arena);
	if (!memory_read(octets, &m))
		return -1;
	r = reader_of(m.files);
	while ((more = memory_next(&r, arena, &file)) == 1)
		n++;
	cr_assert(more == 0 || more == ERR_SYNTAX);
	return more == 0 ? n : -1;
}

Test(memory, cut_anywhere_it_is_less_or_none)
{
	struct memory_writer w = {.files = 0};
	struct arena *arena = arena_new(4096);
	struct span all = write_all(&w);

	struct guard g = guard_new(all.n);

	cr_assert(read_all(all, arena) == FILES);
	for (size_t n = 0; n < all.n; n++)
		cr_expect(read_all(guard_span(&g, span_of(all.p, n)), arena) <
				FILES,
			"%zu", n);
	guard_free(&g);
	arena_free(arena);
	memory_writer_fini(&w);
}

Test(memory, any_octet_may_be_wrong)
{
	struct memory_writer w = {.files = 0};
	struct arena *arena = arena_new(4096);
	struct span all = write_all(&w);
	struct guard g = guard_new(all.n);

	for (size_t at = 0; at < all.n; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			w.bytes.at[at] ^= (uint8_t)(1U << bit);
			(void)read_all(guard_span(&g, all), arena);
			w.bytes.at[at] ^= (uint8_t)(1U << bit);
		}
	cr_expect(read_all(guard_span(&g, all), arena) == FILES);
	guard_free(&g);
	arena_free(arena);
	memory_writer_fini(&w);
}

Test(memory, another_version_is_none)
{
	struct memory_writer w = {.files = 0};
	struct span all = write_all(&w);
	struct memory m;

	w.bytes.at[0]++;
	cr_expect(!memory_read(all, &m));
	cr_expect(!memory_read(span_of(NULL, 0), &m));
	memory_writer_fini(&w);
}

Test(memory, windows_end_where_something_changes)
{
	struct window w = window_open();

	cr_expect(window_has(&w, (struct wall){INT64_MIN}));
	cr_expect(window_has(&w, (struct wall){INT64_MAX}));
	window_narrow(
		&w, (struct wall){10}, (struct wall){20}, (struct wall){15});
	cr_expect(w.first.s == 10 && w.last.s == 20);
	window_narrow(&w, (struct wall){0}, (struct wall){12},
		(struct wall){15}); /* has ended */
	cr_expect(w.first.s == 13 && w.last.s == 20);
	window_narrow(&w, (struct wall){18}, (struct wall){30},
		(struct wall){15}); /* has not begun */
	cr_expect(w.first.s == 13 && w.last.s == 17);
	cr_expect(!window_has(&w, (struct wall){12}));
	cr_expect(window_has(&w, (struct wall){13}));
	cr_expect(window_has(&w, (struct wall){17}));
	cr_expect(!window_has(&w, (struct wall){18}));
}
