/*
 * tree: shape, resources and ROAs from one seed.
 */
#include "tests/lab/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/lab/world_inner.h"

enum {
	TREE_IPV4_FIRST = 0x10000000, /* 16.0.0.0 */
	TREE_IPV4_END = 0xdf, /* 223: the last octet that is used */
	TREE_IPV6_FIRST = 0x24000000, /* 2400::/32, and so on */
	TREE_PREFIXES = 4, /* a ROA, at most, unless VRPs are told */
	TREE_PREFIXES_MAX = 16, /* how many a step keeps apart */
	TREE_SINGLES = 70, /* percent of the ROAs have one */
	TREE_SCATTER = 1000003, /* a prime beyond all numbers of CAs */
	TREE_HOSTS = 99, /* numbers in hosts */
};

struct tree_ca {
	unsigned ta, depth;
	size_t parent; /* index, or SIZE_MAX for the TA */
	size_t last; /* of its subtree */
	bool inherit;
	unsigned edits; /* ROAs that were added, withdrawn, changed */
	struct lab_ca *ca;
};

struct tree {
	const struct tree_params *params;
	struct lab_world *world;
	struct tree_ca *cas;
	unsigned ipv4_len; /* of a CA's block */
	unsigned more; /* ROAs of several prefixes have 2 to 1 + more */
};

/* A number that depends on the seed, a purpose and an index alone. */
static uint64_t
tree_random(const struct tree *t, uint64_t purpose, uint64_t index)
{
	uint64_t x = t->params->seed * 0x9e3779b97f4a7c15u +
		purpose * 0xd1b54a32d192ed03u + index;

	for (unsigned i = 0; i < 2; i++) {
		x += 0x9e3779b97f4a7c15u;
		x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
		x = (x ^ x >> 27) * 0x94d049bb133111ebu;
		x ^= x >> 31;
	}
	return x;
}

/* One of `count`, the first ones far more often than the last: rank r about as
 * often as 1 / r to the power of 1 - 1 / `power` says. */
static size_t
tree_uneven(const struct tree *t, uint64_t purpose, uint64_t index,
	unsigned power, size_t count)
{
	uint64_t dice = tree_random(t, purpose, index) >> 32;
	uint64_t at = dice;

	for (unsigned i = 1; i < power; i++)
		at = at * dice >> 32;
	return (size_t)(at * count >> 32);
}

/* Depth of the next CA: mostly beside the last one, at times below or above. */
static unsigned
tree_depth(const struct tree *t, size_t index, unsigned last)
{
	uint64_t dice = tree_random(t, 1, index) % 100;

	if (last == 0)
		return 1;
	if (dice < 25 && last < t->params->depth)
		return last + 1;
	if (dice >= 85 && last > 1)
		return 1 + (unsigned)(tree_random(t, 2, index) % (last - 1));
	return last;
}

static void
tree_shape(struct tree *t)
{
	size_t count = t->params->cas;
	unsigned last = 0;

	for (size_t i = 0; i < count; i++) {
		struct tree_ca *ca = &t->cas[i];
		size_t up = i;

		ca->ta = (unsigned)(i * t->params->tas / count);
		if (i > 0 && ca->ta != t->cas[i - 1].ta)
			last = 0;
		ca->depth = last = tree_depth(t, i, last);
		ca->parent = SIZE_MAX;
		while (ca->depth > 1 && ca->parent == SIZE_MAX)
			if (t->cas[--up].depth == ca->depth - 1)
				ca->parent = up;
		ca->last = i;
	}
	for (size_t i = count; i-- > 0;)
		if (t->cas[i].parent != SIZE_MAX &&
			t->cas[t->cas[i].parent].last < t->cas[i].last)
			t->cas[t->cas[i].parent].last = t->cas[i].last;
	for (size_t i = 0; i < count; i++)
		t->cas[i].inherit = t->cas[i].last == i &&
			t->cas[i].parent != SIZE_MAX &&
			tree_random(t, 3, i) % 100 < t->params->inherit_share;
}

/* The longest block that still gives every CA one. */
static unsigned
tree_block(unsigned cas)
{
	const uint64_t space = (uint64_t)(TREE_IPV4_END + 1) << 24;
	unsigned len = 16;

	while (TREE_IPV4_FIRST + ((uint64_t)cas << (32 - len)) > space)
		len++;
	return len;
}

static uint32_t
tree_ipv4(const struct tree *t, size_t index)
{
	return (uint32_t)(TREE_IPV4_FIRST + (index << (32 - t->ipv4_len)));
}

static void
tree_put_ipv4(struct text *text, uint32_t addr)
{
	text_add(text, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
		addr >> 8 & 255, addr & 255);
}

static const char *
tree_resources(
	const struct tree *t, const struct tree_ca *ca, struct text *text)
{
	size_t first = (size_t)(ca - t->cas);
	uint32_t v6 = (uint32_t)(TREE_IPV6_FIRST + first);
	uint32_t v6_last = (uint32_t)(TREE_IPV6_FIRST + ca->last);

	if (ca->inherit)
		return "inherit";
	text_clear(text);
	tree_put_ipv4(text, tree_ipv4(t, first));
	text_char(text, '-');
	tree_put_ipv4(text, tree_ipv4(t, ca->last + 1) - 1);
	text_add(text, " %x:%x::-%x:%x:ffff:ffff:ffff:ffff:ffff:ffff", v6 >> 16,
		v6 & 0xffff, v6_last >> 16, v6_last & 0xffff);
	text_add(text, " AS%zu-AS%zu", TREE_ASN_FIRST + first * TREE_ASNS,
		TREE_ASN_FIRST + (ca->last + 1) * TREE_ASNS - 1);
	return text->p;
}

/* A place with its numbers filled in; `host` when it begins within a host. */
static const char *
tree_place(struct tree *t, const char *place, unsigned number, bool host)
{
	struct text text = {0};
	const char *done;

	for (const char *c = place; *c != '\0'; c++) {
		if (strncmp(c, "://", 3) == 0) {
			text_put(&text, c, 3);
			c += 2;
			host = true;
			continue;
		}
		host = host && *c != '/';
		if (*c != '%')
			text_char(&text, *c);
		else
			text_add(&text, "%u",
				host ? 1 + number % TREE_HOSTS : number);
	}
	done = lab_world_text(t->world, "%s", text.n > 0 ? text.p : "");
	text_free(&text);
	return done;
}

/* Let a CA publish in a repository. */
static void
tree_settle(struct tree *t, struct lab_ca *ca, unsigned repository)
{
	const struct tree_params *p = t->params;
	bool spread = p->repositories > 0;

	if (p->host != NULL || spread)
		ca->host = tree_place(t,
			p->host != NULL ? p->host : "repo%.example", repository,
			true);
	if (p->module != NULL || spread)
		ca->module =
			tree_place(t, p->module != NULL ? p->module : "repo%",
				repository, false);
	ca->notify_uri = NULL;
	if (p->rrdp != NULL &&
		(!spread || repository + p->rsync_only < p->repositories))
		ca->notify_uri = lab_world_text(t->world, "%s/notification.xml",
			tree_place(t, p->rrdp, repository, false));
}

static void
tree_add_tas(struct tree *t, struct lab_ca **tas)
{
	const struct tree_params *p = t->params;
	char name[32];

	for (unsigned i = 0; i < p->tas; i++) {
		snprintf(name, sizeof(name), "ta%u", i);
		tas[i] = lab_ta_add(
			t->world, name, "0.0.0.0/0 ::/0 AS0-AS4294967295");
		tree_settle(t, tas[i],
			p->repositories > 0 ? i % p->repositories : i);
		if (p->ta_https != NULL)
			tas[i]->https_uri = lab_world_text(t->world,
				"%s/%s.cer",
				tree_place(t, p->ta_https, i, false), name);
	}
}

static unsigned
tree_repository(const struct tree *t, unsigned ca)
{
	unsigned count = t->params->repositories;

	if (t->params->largest == 0)
		return ca % count;
	return (unsigned)tree_uneven(t, 8, ca, 3, count);
}

static void
tree_add_cas(struct tree *t)
{
	struct lab_ca *tas[TREE_TAS_MAX];
	struct text text = {0};
	char name[32];

	tree_add_tas(t, tas);
	for (unsigned i = 0; i < t->params->cas; i++) {
		struct tree_ca *ca = &t->cas[i];
		struct lab_ca *parent = ca->parent == SIZE_MAX
			? tas[ca->ta]
			: t->cas[ca->parent].ca;

		snprintf(name, sizeof(name), "ca-%u", i);
		ca->ca = lab_ca_add(
			t->world, parent, name, tree_resources(t, ca, &text));
		if (t->params->repositories > 0)
			tree_settle(t, ca->ca, tree_repository(t, i));
	}
	text_free(&text);
}

/* A prefix within IPv4 block `ca`: the k-th of a ROA. */
static void
tree_add_ipv4(const struct tree *t, struct text *text, size_t ca, uint64_t dice,
	unsigned k)
{
	unsigned len = t->ipv4_len + 8 - (unsigned)(dice >> 8) % 5;
	uint32_t count = 1u << (len - t->ipv4_len);
	uint32_t at = ((uint32_t)(dice >> 16) + k * 7) % count;

	tree_put_ipv4(text, tree_ipv4(t, ca) + (at << (32 - len)));
	text_add(text, "/%u", len);
	if (dice >> 12 & 1)
		text_add(text, "-%u", t->ipv4_len + 8);
	text_char(text, ' ');
}

static void
tree_add_ipv6(struct text *text, size_t ca, uint64_t dice, unsigned k)
{
	uint32_t block = (uint32_t)(TREE_IPV6_FIRST + ca);
	uint32_t at = ((uint32_t)(dice >> 16) + k * 7) & 0xffff;
	bool wide = dice >> 13 & 1;

	/* Either a /48, or a /40 with all down to /48. */
	text_add(text, "%x:%x:%x::/%s ", block >> 16, block & 0xffff,
		wide ? at << 8 & 0xffff : at, wide ? "40-48" : "48");
}

static bool
tree_is_changed(const struct tree *t, uint64_t roa)
{
	uint64_t first = t->params->roas_withdrawn;

	return roa >= first && roa < first + t->params->roas_changed;
}

/* How far the numbers of prefixes must spread to come to so many VRPs. */
static unsigned
tree_more(const struct tree_params *p)
{
	uint64_t percent = p->roas == 0 ? 0 : (uint64_t)p->vrps * 100 / p->roas;
	unsigned more = TREE_PREFIXES - 1;

	while (more + 1 < TREE_PREFIXES_MAX &&
		TREE_SINGLES + (100 - TREE_SINGLES) * (3 + more) / 2 < percent)
		more++;
	return more;
}

/* One ROA's prefixes; all of one length, so that their step keeps them
 * apart. */
static void
tree_prefixes(const struct tree *t, struct text *text, size_t ca, uint64_t roa)
{
	uint64_t dice = tree_random(t, tree_is_changed(t, roa) ? 9 : 5, roa);
	bool ipv6 = tree_random(t, 6, roa) % 100 < t->params->ipv6_share;
	unsigned count =
		dice % 100 < TREE_SINGLES ? 1 : 2 + (unsigned)(dice % t->more);

	text_clear(text);
	for (unsigned k = 0; k < count; k++)
		if (ipv6)
			tree_add_ipv6(text, ca, dice, k);
		else
			tree_add_ipv4(t, text, ca, dice, k);
}

/* Whose a ROA is.  In an uneven world ranks are scattered over the tree. */
static size_t
tree_owner(const struct tree *t, uint64_t roa)
{
	const struct tree_params *p = t->params;
	size_t rank;

	if (p->largest == 0)
		return tree_random(t, 4, roa) % p->cas;
	rank = tree_random(t, 10, roa) % p->roas < p->largest
		? 0
		: tree_uneven(t, 4, roa, 2, p->cas);
	return (rank + 1) * TREE_SCATTER % p->cas;
}

static void
tree_add_roa(struct tree *t, struct text *text, uint64_t roa)
{
	size_t index = tree_owner(t, roa);
	struct tree_ca *ca = &t->cas[index];
	uint32_t asn = (uint32_t)(TREE_ASN_FIRST + index * TREE_ASNS +
		tree_random(t, 7, roa) % TREE_ASNS);
	struct lab_world_roa *added;
	char name[32];

	ca->edits += roa < t->params->roas_withdrawn ||
		roa >= t->params->roas || tree_is_changed(t, roa);
	if (roa < t->params->roas_withdrawn)
		return;
	tree_prefixes(t, text, index, roa);
	snprintf(name, sizeof(name), "roa-%llu", (unsigned long long)roa);
	added = lab_roa_add(t->world, ca->ca, name, asn, text->p);
	added->serial = lab_world_text(
		t->world, "%llu", (unsigned long long)(WORLD_SERIAL_ROA + roa));
}

/* What was edited was signed again, a second later for each edit; each of the
 * other objects counts as one, as there may be more of them the next time. */
static void
tree_renew(struct tree *t)
{
	for (size_t i = 0; i < t->params->cas; i++) {
		struct lab_ca *ca = t->cas[i].ca;
		unsigned edits = t->cas[i].edits + (unsigned)ca->extras.n;

		ca->number = lab_world_text(t->world, "%u", 1 + edits);
		ca->this_update += edits < 3000 ? edits : 3000;
		ca->is_written = t->params->edits_only && t->cas[i].edits == 0;
	}
}

struct lab_world *
tree_build(const struct tree_params *params)
{
	struct tree t = {.params = params};
	uint64_t end = (uint64_t)params->roas + params->roas_added;
	struct text text = {0};

	t.world = lab_world_new(params->now, (int)params->days);
	t.cas = world_need(calloc(params->cas + 1, sizeof(*t.cas)));
	t.ipv4_len = tree_block(params->cas);
	t.more = tree_more(params);
	tree_shape(&t);
	tree_add_cas(&t);
	for (uint64_t i = 0; i < end; i++)
		tree_add_roa(&t, &text, i);
	tree_add_extras(t.world, params);
	tree_renew(&t);
	text_free(&text);
	free(t.cas);
	return t.world;
}
