/*
 * tree: worlds of a given size and seed, for benchmarks and comparisons.
 *
 * CAs are numbered in the order of a walk, so that what a CA and all below it
 * hold is one range a family:
 *
 *	ta0 ─┬─ ca-0 ─┬─ ca-1      CA i holds block i: an IPv4 block, a /32 of
 *	     │        └─ ca-2      IPv6, four ASNs; its certificate has the
 *	     └─ ca-3               blocks of its whole subtree
 *
 * CA i publishes in repository i modulo their number, trust anchor k in k
 * modulo it.  In the texts that say where, each '%' stands for a number: in a
 * host for 1 to 99 and around again, to be used as "127.0.0.%:8873", elsewhere
 * for that of the repository, or of the trust anchor for `ta_https`.
 *
 * ROA j belongs to a CA and has content by seed and j alone: worlds that differ
 * in what was added, withdrawn and changed share all other objects.
 *
 * Worlds are even unless `largest` is told; then they are as the real one is.
 * One CA has so many ROAs, and of the rest the CA at rank r has about as many
 * as 1 / sqrt(r) says; of 60 repositories the first has a quarter of the CAs,
 * the last half of one percent.
 */
#ifndef LAB_TREE_H
#define LAB_TREE_H

#include "tests/lab/world.h"

struct tree_params {
	uint64_t seed;
	int64_t now; /* Unix seconds */
	unsigned days; /* that manifests hold */
	unsigned tas, cas, depth; /* CAs in all; levels below the TAs */
	unsigned roas;
	unsigned ipv6_share; /* percent of ROAs with IPv6 */
	unsigned inherit_share; /* percent of the lowest CAs that inherit all;
				   rpki-client 8.2 refuses these */
	unsigned roas_added; /* ROAs roas to roas + added - 1 too */
	unsigned roas_withdrawn; /* ROAs 0 to withdrawn - 1 not */
	unsigned roas_changed; /* the next ones have other content */
	unsigned vrps; /* prefixes of all ROAs, about; 0: 1.6 a ROA */
	unsigned largest; /* ROAs of the largest CA, about; 0: an even world */
	bool edits_only; /* over a tree that is there: write no point but those
			    that edits touched */
	unsigned aspas, router_keys, spls, gbrs; /* other objects */
	unsigned repositories; /* 0: one a trust anchor, with all its CAs */
	unsigned rsync_only; /* so many of these, the last, have no RRDP */
	/* Where repository i is; NULL: "taK.example" or "repo%.example",
	 * "repo" or "repo%", no RRDP, no second place in TALs. */
	const char *host, *module, *rrdp, *ta_https;
};

enum {
	TREE_ASN_FIRST = 100000,
	TREE_ASNS = 4, /* a CA */
	TREE_CAS_MAX = 100000,
	TREE_TAS_MAX = 64
};

/* The world of the parameters, which are within bounds.  Freed with
 * lab_world_free.  A CA that edits touched has a manifest number that grew. */
struct lab_world *tree_build(const struct tree_params *params);

/* Add the other objects to a tree that has its CAs; see tree_extras.c.  Trust
 * anchors are the world's first `tas` CAs. */
void tree_add_extras(struct lab_world *world, const struct tree_params *params);

#endif
