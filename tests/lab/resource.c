/*
 * resource: parsing, merging, and the trees of RFC 3779 and RFC 9582.
 */
#include "tests/lab/resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/err.h"

enum {
	RESOURCE_WORD = 128
}; /* octets of the longest word */

static unsigned
resource_bits(enum lab_kind kind)
{
	return kind == LAB_IPV6 ? 128 : 32;
}

static void
resource_push(struct lab_set *set, struct lab_range range)
{
	if (!VEC_PUSH(&set->ranges, range)) {
		fputs("lab: out of memory\n", stderr);
		exit(1);
	}
}

static struct lab_range
resource_of_prefix(const struct prefix *p)
{
	unsigned bits = family_bits((enum family)p->family);

	return (struct lab_range){p->addr, addr_high(&p->addr, p->len, bits)};
}

void
lab_resources_add(struct lab_resources *r, const struct prefix *prefix)
{
	enum lab_kind kind =
		prefix->family == FAMILY_IPV4 ? LAB_IPV4 : LAB_IPV6;

	resource_push(&r->sets[kind], resource_of_prefix(prefix));
}

static struct addr
resource_of_asn(uint32_t asn)
{
	return (struct addr){{(uint8_t)(asn >> 24), (uint8_t)(asn >> 16),
		(uint8_t)(asn >> 8), (uint8_t)asn}};
}

static int
resource_asns(struct lab_resources *r, char *word)
{
	char *dash = strchr(word, '-');
	uint32_t min, max;

	if (dash != NULL)
		*dash = '\0';
	if (asn_parse(word, &min) != 0)
		return ERR_SYNTAX;
	max = min;
	if (dash != NULL && asn_parse(dash + 1, &max) != 0)
		return ERR_SYNTAX;
	resource_push(&r->sets[LAB_ASN],
		(struct lab_range){resource_of_asn(min), resource_of_asn(max)});
	return 0;
}

static int
resource_addresses(struct lab_resources *r, char *word)
{
	char *dash = strchr(word, '-');
	struct prefix min, max;
	enum lab_kind kind;

	if (dash != NULL)
		*dash = '\0';
	if (prefix_parse(word, &min) != 0)
		return ERR_SYNTAX;
	if (dash == NULL) {
		lab_resources_add(r, &min);
		return 0;
	}
	if (prefix_parse(dash + 1, &max) != 0 || max.family != min.family)
		return ERR_SYNTAX;
	kind = min.family == FAMILY_IPV4 ? LAB_IPV4 : LAB_IPV6;
	resource_push(&r->sets[kind], (struct lab_range){min.addr, max.addr});
	return 0;
}

static int
resource_inherit(struct lab_resources *r, const char *word)
{
	static const char *const words[] = {
		"inherit-ipv4", "inherit-ipv6", "inherit-asn"};
	bool all = strcmp(word, "inherit") == 0;
	int err = all ? 0 : ERR_SYNTAX;

	for (size_t i = 0; i < LAB_KINDS; i++)
		if (all || strcmp(word, words[i]) == 0) {
			r->sets[i].inherit = true;
			err = 0;
		}
	return err;
}

static int
resource_word(struct lab_resources *r, char *word)
{
	if (word[0] == 'i')
		return resource_inherit(r, word);
	if (strpbrk(word, ".:") != NULL)
		return resource_addresses(r, word);
	return resource_asns(r, word);
}

/* Copy the next word of a text; false at its end.  A word that is too long
 * comes out empty, which nothing accepts. */
static bool
resource_next(const char **text, char word[RESOURCE_WORD])
{
	size_t n;

	*text += strspn(*text, " \t,");
	n = strcspn(*text, " \t,");
	word[0] = '\0';
	if (n == 0)
		return false;
	if (n < RESOURCE_WORD) {
		memcpy(word, *text, n);
		word[n] = '\0';
	}
	*text += n;
	return true;
}

int
lab_resources_parse(
	const char *text, struct lab_resources *out, const char **bad)
{
	char word[RESOURCE_WORD];

	for (const char *at = text; *bad = at, resource_next(&at, word);)
		if (resource_word(out, word) != 0)
			return ERR_SYNTAX;
	lab_resources_settle(out);
	return 0;
}

void
lab_resources_free(struct lab_resources *r)
{
	for (size_t i = 0; i < LAB_KINDS; i++)
		VEC_FREE(&r->sets[i].ranges);
}

static int
resource_compare(const void *pa, const void *pb)
{
	const struct lab_range *a = pa;
	const struct lab_range *b = pb;

	return addr_compare(&a->min, &b->min);
}

static void
resource_merge(struct lab_set *set, unsigned bits)
{
	size_t n = 0;

	if (set->ranges.n == 0)
		return;
	qsort(set->ranges.at, set->ranges.n, sizeof(*set->ranges.at),
		resource_compare);
	for (size_t i = 1; i < set->ranges.n; i++) {
		struct lab_range *last = &set->ranges.at[n];
		struct lab_range range = set->ranges.at[i];
		struct addr behind = last->max;
		bool end = !addr_next(&behind, bits);

		if (!end && addr_compare(&range.min, &behind) > 0)
			set->ranges.at[++n] = range;
		else if (addr_compare(&range.max, &last->max) > 0)
			last->max = range.max;
	}
	set->ranges.n = n + 1;
}

void
lab_resources_settle(struct lab_resources *r)
{
	for (enum lab_kind k = 0; k < LAB_KINDS; k++)
		resource_merge(&r->sets[k], resource_bits(k));
}

static bool
resource_any(const struct lab_set *set)
{
	return set->inherit || set->ranges.n != 0;
}

bool
lab_resources_has_ip(const struct lab_resources *r)
{
	return resource_any(&r->sets[LAB_IPV4]) ||
		resource_any(&r->sets[LAB_IPV6]);
}

bool
lab_resources_has_asn(const struct lab_resources *r)
{
	return resource_any(&r->sets[LAB_ASN]);
}

/* The first `len` bits as a BIT STRING. */
static struct node *
resource_bit_string(struct arena *a, struct node *parent, const char *name,
	const struct addr *addr, unsigned len)
{
	uint8_t octets[17];
	struct addr low = addr_low(addr, len);
	size_t n = (len + 7) / 8;

	octets[0] = (uint8_t)(8 * n - len);
	memcpy(octets + 1, low.b, n);
	return der_add_bytes(a, parent, DER_BITS, name, span_of(octets, n + 1));
}

static bool
resource_bit(const struct addr *addr, unsigned i)
{
	return addr->b[i / 8] & (0x80 >> (i % 8));
}

/* The length that is left when all last bits that equal `bit` are cut off. */
static unsigned
resource_significant(const struct addr *addr, unsigned bits, bool bit)
{
	while (bits > 0 && resource_bit(addr, bits - 1) == bit)
		bits--;
	return bits;
}

/* The length of the prefix that a range is, or -1. */
static int
resource_prefix_len(const struct lab_range *range, unsigned bits)
{
	unsigned len = 0;

	while (len < bits &&
		resource_bit(&range->min, len) ==
			resource_bit(&range->max, len))
		len++;
	if (resource_significant(&range->min, bits, false) > len ||
		resource_significant(&range->max, bits, true) > len)
		return -1;
	return (int)len;
}

static void
resource_range_tree(struct arena *a, struct node *parent,
	const struct lab_range *range, unsigned bits)
{
	int len = resource_prefix_len(range, bits);
	struct node *pair;

	if (len >= 0) {
		resource_bit_string(
			a, parent, NULL, &range->min, (unsigned)len);
		return;
	}
	pair = der_add(a, parent, DER_SEQUENCE, NULL);
	resource_bit_string(a, pair, "min", &range->min,
		resource_significant(&range->min, bits, false));
	resource_bit_string(a, pair, "max", &range->max,
		resource_significant(&range->max, bits, true));
}

static void
resource_family_tree(struct arena *a, struct node *parent,
	const struct lab_set *set, enum lab_kind kind)
{
	uint8_t afi[2] = {0, kind == LAB_IPV4 ? 1 : 2};
	struct node *family = der_add(
		a, parent, DER_SEQUENCE, kind == LAB_IPV4 ? "ipv4" : "ipv6");
	struct node *list;

	der_add_bytes(a, family, DER_OCTETS, "family", span_of(afi, 2));
	if (set->inherit) {
		der_add(a, family, DER_NULL, "inherit");
		return;
	}
	list = der_add(a, family, DER_SEQUENCE, "addresses");
	for (size_t i = 0; i < set->ranges.n; i++)
		resource_range_tree(
			a, list, &set->ranges.at[i], resource_bits(kind));
}

void
lab_resources_ip_tree(
	struct arena *a, struct node *parent, const struct lab_resources *r)
{
	struct node *blocks = der_add(a, parent, DER_SEQUENCE, "blocks");

	for (enum lab_kind k = LAB_IPV4; k <= LAB_IPV6; k++)
		if (resource_any(&r->sets[k]))
			resource_family_tree(a, blocks, &r->sets[k], k);
}

static void
resource_add_asn(struct arena *a, struct node *parent, const char *name,
	const struct addr *addr)
{
	int64_t asn = (int64_t)addr->b[0] << 24 | addr->b[1] << 16 |
		addr->b[2] << 8 | addr->b[3];

	der_add_number(a, parent, name, asn);
}

void
lab_resources_asn_tree(
	struct arena *a, struct node *parent, const struct lab_resources *r)
{
	const struct lab_set *set = &r->sets[LAB_ASN];
	struct node *ids = der_add(a, parent, DER_SEQUENCE, "ids");
	struct node *asnum = der_add(a, ids, DER_CONTEXT_TREE | 0, "asnum");

	if (set->inherit) {
		der_add(a, asnum, DER_NULL, "inherit");
		return;
	}
	asnum = der_add(a, asnum, DER_SEQUENCE, "list");
	for (size_t i = 0; i < set->ranges.n; i++) {
		const struct lab_range *range = &set->ranges.at[i];
		struct node *pair;

		if (addr_compare(&range->min, &range->max) == 0) {
			resource_add_asn(a, asnum, NULL, &range->min);
			continue;
		}
		pair = der_add(a, asnum, DER_SEQUENCE, NULL);
		resource_add_asn(a, pair, "min", &range->min);
		resource_add_asn(a, pair, "max", &range->max);
	}
}

static int
resource_prefix_word(char *word, struct lab_prefix *out)
{
	char *dash = strchr(word, '-');
	uint32_t max_len;

	if (dash != NULL)
		*dash = '\0';
	if (prefix_parse(word, &out->prefix) != 0)
		return ERR_SYNTAX;
	out->has_max_len = dash != NULL;
	out->max_len = out->prefix.len;
	if (dash == NULL)
		return 0;
	if (asn_parse(dash + 1, &max_len) != 0 || max_len > 128)
		return ERR_SYNTAX;
	out->max_len = (uint8_t)max_len;
	return 0;
}

static int
resource_prefix_compare(const void *pa, const void *pb)
{
	const struct lab_prefix *a = pa;
	const struct lab_prefix *b = pb;
	int order = prefix_compare(&a->prefix, &b->prefix);

	return order != 0 ? order : (int)a->max_len - (int)b->max_len;
}

int
lab_prefixes_parse(const char *text, lab_prefixes *out, const char **bad)
{
	char word[RESOURCE_WORD];

	for (const char *at = text; *bad = at, resource_next(&at, word);) {
		struct lab_prefix prefix;

		if (resource_prefix_word(word, &prefix) != 0)
			return ERR_SYNTAX;
		if (!VEC_PUSH(out, prefix))
			return ERR_NOMEM;
	}
	if (out->n != 0)
		qsort(out->at, out->n, sizeof(*out->at),
			resource_prefix_compare);
	return 0;
}

void
lab_prefixes_tree(
	struct arena *a, struct node *parent, const lab_prefixes *prefixes)
{
	struct node *blocks = der_add(a, parent, DER_SEQUENCE, "ipAddrBlocks");
	struct node *list = NULL;
	uint8_t family = 0;

	for (size_t i = 0; i < prefixes->n; i++) {
		const struct lab_prefix *p = &prefixes->at[i];
		struct node *item;

		if (p->prefix.family != family) {
			uint8_t afi[2] = {
				0, p->prefix.family == FAMILY_IPV4 ? 1 : 2};
			struct node *block = der_add(a, blocks, DER_SEQUENCE,
				afi[1] == 1 ? "ipv4" : "ipv6");

			der_add_bytes(a, block, DER_OCTETS, "family",
				span_of(afi, 2));
			list = der_add(a, block, DER_SEQUENCE, "addresses");
			family = p->prefix.family;
		}
		item = der_add(a, list, DER_SEQUENCE, NULL);
		resource_bit_string(
			a, item, "address", &p->prefix.addr, p->prefix.len);
		if (p->has_max_len)
			der_add_number(a, item, "maxLength", p->max_len);
	}
}
