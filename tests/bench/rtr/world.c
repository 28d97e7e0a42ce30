/*
 * world: a set of the size and the mixture of today's, without its disorder.
 *
 * The snapshot is as large as a real one but for its sources: one object in
 * forty VRPs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/rtr/bench.h"
#include "waymark/clock.h"
#include "waymark/snapshot.h"

enum {
	PER_SOURCE = 40,
	IPV4_OF_FIVE = 4
};

struct vrp
bench_vrp(size_t i, size_t count)
{
	size_t ipv4 = count / 5 * IPV4_OF_FIVE;
	struct vrp v = {
		.asn = (uint32_t)(64496 + i % 50000),
		.expires = INT64_C(4102444800),
		.source = (uint32_t)(i / PER_SOURCE),
	};

	if (i < ipv4) {
		v.family = FAMILY_IPV4;
		v.len = v.max_len = 24;
		v.addr.b[0] = (uint8_t)(1 + (i >> 16));
		v.addr.b[1] = (uint8_t)(i >> 8);
		v.addr.b[2] = (uint8_t)i;
	} else {
		v.family = FAMILY_IPV6;
		v.len = v.max_len = 48;
		v.addr.b[0] = 0x20;
		v.addr.b[1] = (uint8_t)(1 + ((i - ipv4) >> 24));
		v.addr.b[2] = (uint8_t)((i - ipv4) >> 16);
		v.addr.b[3] = (uint8_t)((i - ipv4) >> 8);
		v.addr.b[4] = (uint8_t)(i - ipv4);
	}
	return v;
}

const struct payload_set *
bench_set(size_t count, size_t hole)
{
	struct payload_builder *b = payload_build_new(count);
	const struct payload_set *set;

	for (size_t i = 0; i < count; i++) {
		struct vrp v = bench_vrp(i, count);

		if (hole > 0 && i % hole == 0)
			continue;
		if (payload_build_vrp(b, &v) != 0)
			bench_die("memory");
	}
	if (payload_build_done(b, &set) != 0)
		bench_die("memory");
	return set;
}

/* As many sources as the set names, of one publication point. */
static size_t
count_sources(const struct payload_set *set)
{
	size_t most = 0;

	for (size_t i = 0; i < set->vrp_count; i++) {
		if (set->vrps[i].source > most)
			most = set->vrps[i].source;
	}
	return most + 1;
}

void
bench_write(const char *path, const struct payload_set *set)
{
	size_t sources = count_sources(set);
	struct snapshot_source *s = calloc(sources, sizeof(*s));
	char(*names)[32] = calloc(sources, sizeof(*names));
	struct snapshot_point point = {
		.folder = "rsync://bench.invalid/repo/",
		.manifest = "bench.mft",
		.cert = "rsync://bench.invalid/repo/bench.cer",
		.parent = SNAPSHOT_NONE,
		.repo = SNAPSHOT_NONE,
		.reason = "",
		.text = "",
		.file = "",
		.certs_end = {INT64_C(4102444800)},
		.not_after = {INT64_C(4102444800)},
	};
	struct report_ta ta = {.name = "bench",
		.complete = true,
		.counters[REPORT_POINTS_VALID] = 1};
	struct snapshot snapshot = {
		.vrps = set->vrps,
		.vrp_count = set->vrp_count,
		.keys = set->keys,
		.key_count = set->key_count,
		.aspas = set->aspas,
		.aspa_count = set->aspa_count,
		.points = &point,
		.point_count = 1,
		.sources = s,
		.source_count = sources,
		.report = {.tas = &ta, .ta_count = 1, .at = wall_now()},
	};

	if (s == NULL || names == NULL)
		bench_die("memory");
	for (size_t i = 0; i < sources; i++) {
		snprintf(names[i], sizeof(names[i]), "%08zu.roa", i);
		s[i].name = names[i];
		s[i].type = OBJECT_ROA;
		s[i].not_after.s = INT64_C(4102444800);
	}
	if (snapshot_write(&snapshot, path) != 0)
		bench_die(path);
	free(s);
	free(names);
}

void
bench_snapshot(const char *path, size_t count, size_t hole)
{
	const struct payload_set *set = bench_set(count, hole);

	bench_write(path, set);
	payload_unref(set);
}
