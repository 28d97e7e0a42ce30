/*
 * ccr: what is made of a result is what the reader takes, in the one order that
 * there is, whatever order things came in.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "validator/object/reject.h"
#include "validator/run/ccr.h"
#include "validator/run/selftest.h"

enum {
	RANDOM_VRPS = 20000,
};

/* A thing to make one of, and what the reader says of it. */
struct desk {
	struct snapshot s;
	struct crypto *crypto;
	struct arena *arena;
	struct ccr_made made;
	struct ccr ccr;
};

static struct desk
desk_new(void)
{
	struct desk d = {.crypto = crypto_new(), .arena = arena_new(65536)};

	d.s.report.at.s = 1893456000; /* 2030-01-01T00:00:00Z */
	return d;
}

static void
desk_free(struct desk *d)
{
	ccr_made_free(&d->made);
	crypto_free(d->crypto);
	arena_free(d->arena);
}

/* Make it, and read it. */
static void
desk_turn(struct desk *d)
{
	enum reject code;

	ccr_made_free(&d->made);
	cr_assert(ccr_make(&d->s, &d->made) == 0);
	code = ccr_parse(d->made.octets, d->crypto, d->arena, &d->ccr);
	cr_assert(code == REJECT_NONE, "%s", reject_name(code));
	for (int i = 0; i < CCR_STATES; i++) {
		cr_expect(d->made.has[i] == (d->ccr.hashes[i] != NULL));
		cr_expect(!d->made.has[i] ||
			memcmp(d->made.hashes[i], d->ccr.hashes[i],
				HASH_SIZE) == 0);
	}
}

Test(ccr, of_nothing)
{
	struct desk d = desk_new();

	desk_turn(&d);
	cr_expect(d.ccr.produced.s == d.s.report.at.s);
	cr_expect(d.made.has[CCR_MANIFESTS] && d.made.has[CCR_VRPS]);
	cr_expect(!d.made.has[CCR_TAS], "there is no list without a key");
	cr_expect(d.ccr.counts[CCR_VRPS] == 0);
	desk_free(&d);
}

static struct vrp
vrp_of(const char *prefix, uint8_t max_len, uint32_t asn)
{
	struct vrp v = {.max_len = max_len, .asn = asn};
	struct prefix p;

	cr_assert(prefix_parse(prefix, &p) == 0);
	v.addr = p.addr;
	v.len = p.len;
	v.family = p.family;
	return v;
}

static int
canonical(const void *a, const void *b)
{
	return vrp_compare(a, b);
}

/* One of each, by AS number, family, address, length, maximum length. */
Test(ccr, orders_vrps)
{
	struct vrp vrps[] = {
		vrp_of("10.0.0.0/8", 24, 2),
		vrp_of("10.0.0.0/8", 8, 2),
		vrp_of("10.0.0.0/16", 16, 2),
		vrp_of("10.0.0.0/16", 16, 2), /* of another object */
		vrp_of("10.0.0.0/8", 16, 2),
		vrp_of("0.0.0.0/0", 0, 4294967295u),
		vrp_of("2001:db8::/32", 128, 2),
		vrp_of("::/0", 0, 1),
		vrp_of("10.0.0.0/8", 8, 65536),
	};
	static const struct {
		uint32_t asn;
		uint8_t len, max_len;
	} want[] = {
		{1, 0, 0},
		{2, 8, 8},
		{2, 8, 16},
		{2, 8, 24},
		{2, 16, 16},
		{2, 32, 128},
		{65536, 8, 8},
		{4294967295u, 0, 0},
	};
	struct desk d = desk_new();

	d.s.vrps = vrps;
	d.s.vrp_count = sizeof(vrps) / sizeof(vrps[0]);
	qsort(vrps, d.s.vrp_count, sizeof(vrps[0]), canonical);
	desk_turn(&d);
	cr_assert(d.ccr.counts[CCR_VRPS] == sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		cr_expect(d.ccr.vrps[i].asn == want[i].asn &&
			d.ccr.vrps[i].prefix.len == want[i].len &&
			d.ccr.vrps[i].max_len == want[i].max_len);
	desk_free(&d);
}

/* Many of few values, so that all kinds of neighbours are among them. */
Test(ccr, many_vrps)
{
	struct vrp *vrps = calloc(RANDOM_VRPS, sizeof(*vrps));
	struct desk d = desk_new();
	size_t unique = 0, i;
	uint32_t x = 1;

	for (i = 0; i < RANDOM_VRPS; i++) {
		struct vrp *v = &vrps[i];

		x = x * 1664525u + 1013904223u;
		v->family = x >> 31 ? FAMILY_IPV6 : FAMILY_IPV4;
		v->addr.b[0] = (uint8_t)(x >> 28 & 3);
		v->len = (uint8_t)(8 + (x >> 24 & 7));
		v->max_len = (uint8_t)(v->len + (x >> 20 & 7));
		v->asn = (x >> 16 & 15) * 65535;
	}
	qsort(vrps, RANDOM_VRPS, sizeof(*vrps), canonical);
	for (i = 0; i < RANDOM_VRPS; i++)
		unique += i == 0 || vrp_compare(&vrps[i - 1], &vrps[i]) != 0;
	d.s.vrps = vrps;
	d.s.vrp_count = RANDOM_VRPS;
	desk_turn(&d);
	cr_expect(d.ccr.counts[CCR_VRPS] == unique);
	desk_free(&d);
	free(vrps);
}

/* Those of one customer are one, and AS0 stands alone or not at all. */
Test(ccr, merges_aspas)
{
	static const uint32_t none[] = {0}, some[] = {7, 9}, more[] = {8};
	const struct aspa aspas[] = {
		{.customer = 5, .provider_count = 1, .providers = none},
		{.customer = 6, .provider_count = 1, .providers = none},
		{.customer = 6, .provider_count = 2, .providers = some},
		{.customer = 6, .provider_count = 1, .providers = more},
	};
	struct desk d = desk_new();

	d.s.aspas = aspas;
	d.s.aspa_count = sizeof(aspas) / sizeof(aspas[0]);
	desk_turn(&d);
	cr_assert(d.ccr.counts[CCR_ASPAS] == 2);
	cr_expect(d.ccr.aspas[0].provider_count == 1 &&
		d.ccr.aspas[0].providers[0] == 0);
	cr_expect(d.ccr.aspas[1].provider_count == 3 &&
		d.ccr.aspas[1].providers[1] == 8);
	desk_free(&d);
}

Test(ccr, groups_router_keys)
{
	struct router_key keys[3];
	struct span spki = selftest_data()->point, bits;
	struct desk d = desk_new();

	memset(keys, 0, sizeof(keys));
	cr_assert(key_check(spki, KEY_P256, &bits) == REJECT_NONE);
	crypto_sha1(d.crypto, bits, keys[0].ski);
	keys[0].spki = spki;
	keys[1] = keys[2] = keys[0];
	keys[0].asn = 1;
	keys[1].asn = keys[2].asn = 4294967295u; /* of two objects */
	d.s.keys = keys;
	d.s.key_count = 3;
	desk_turn(&d);
	cr_assert(d.ccr.counts[CCR_KEYS] == 2);
	cr_expect(d.ccr.keys[0].asn == 1);
	cr_expect(span_equal(d.ccr.keys[1].spki, spki));
	desk_free(&d);
}

static struct snapshot_point
point_of(uint8_t hash, uint8_t ski, uint32_t parent, int64_t update)
{
	struct snapshot_point p = {
		.folder = "rsync://lab.example/repo/ca/",
		.manifest = "ca.mft",
		.cert = "ca.cer",
		.parent = parent,
		.state = POINT_VALID,
		.this_update = {update},
		.size = 1500,
	};

	memset(p.hash, hash, sizeof(p.hash));
	memset(p.ski, ski, sizeof(p.ski));
	p.number[SKI_SIZE - 1] = 0x80; /* 128: two octets in DER */
	return p;
}

/* A manifest of two paths stands once, with the CAs below on either; points
 * that fail have none, but are below another. */
Test(ccr, manifests_by_hash)
{
	struct snapshot_point points[] = {
		point_of(9, 1, SNAPSHOT_NONE, 1000),
		point_of(3, 2, 0, 3000),
		point_of(3, 2, 5, 3000),
		point_of(0, 4, 1, 0),
		point_of(1, 3, 2, 2000),
		point_of(8, 6, SNAPSHOT_NONE, 1000),
	};
	static const uint8_t want[] = {1, 3, 8, 9};
	struct span rest, uri;
	struct desk d = desk_new();

	points[3].state = POINT_FAILED;
	points[4].state = POINT_LAST_GOOD;
	d.s.points = points;
	d.s.point_count = sizeof(points) / sizeof(points[0]);
	desk_turn(&d);
	cr_assert(d.ccr.counts[CCR_MANIFESTS] == sizeof(want));
	for (size_t i = 0; i < sizeof(want); i++)
		cr_expect(d.ccr.manifests[i].hash[0] == want[i]);
	cr_expect(d.ccr.most_recent.s == 3000);
	cr_expect(d.ccr.manifests[1].subordinate_count == 2);
	rest = d.ccr.manifests[1].subordinates;
	cr_expect(ccr_subordinate(&rest)[0] == 3);
	cr_expect(ccr_subordinate(&rest)[0] == 4);
	cr_expect(ccr_subordinate(&rest) == NULL);
	cr_expect(d.ccr.manifests[0].subordinate_count == 0);
	rest = d.ccr.manifests[0].locations;
	uri = ccr_location(&rest);
	cr_expect(span_equal(
		uri, span_text("rsync://lab.example/repo/ca/ca.mft")));
	cr_expect(ccr_location(&rest).n == 0);
	cr_expect(d.ccr.counts[CCR_TAS] == 2 && d.ccr.tas[0][0] == 1);
	desk_free(&d);
}
