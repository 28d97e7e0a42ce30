/*
 * content: the eContents of all types but manifests and ROAs.
 *
 *	gbr   vCard
 *	rsc   resources digestAlgorithm checkList          (RFC 9323)
 *	aspa  version customerASID providers               (profile 25)
 *	tak   current predecessor successor: comments certificateURIs spki
 *	                                                   (RFC 9691)
 *	spl   asID prefixes: ipv4 ipv6: family addresses   (prefix list draft)
 */
#include <string.h>

#include "core/text.h"
#include "tests/lab/object.h"
#include "waymark/err.h"

enum {
	CONTENT_WORD = 16 /* octets of an AS number as text */
};

int
content_gbr(struct lab *lab, struct node *parent, const struct lab_content *c)
{
	(void)c;
	der_add_bytes(lab->arena, parent, 0, NULL,
		span_text("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Lab\r\n"
			  "ORG:Lab\r\nEMAIL:lab@lab.example\r\nEND:VCARD\r\n"))
		->raw = true;
	return 0;
}

/* INTEGERs of a list of numbers; "AS" may stand before each. */
static int
content_numbers(struct lab *lab, struct node *parent, const char *list)
{
	char word[CONTENT_WORD];
	uint64_t number;

	for (list += strspn(list, " "); *list != '\0';
		list += strspn(list, " ")) {
		size_t n = strcspn(list, " ");

		if (strncmp(list, "AS", 2) == 0) {
			list += 2;
			n -= 2;
		}
		if (n == 0 || n >= sizeof(word))
			return object_fail(lab, "list", list);
		memcpy(word, list, n);
		word[n] = '\0';
		if (text_number(word, 0, UINT32_MAX, &number) != 0)
			return object_fail(lab, "list", list);
		der_add_number(lab->arena, parent, NULL, (int64_t)number);
		list += n;
	}
	return 0;
}

int
content_aspa(struct lab *lab, struct node *parent, const struct lab_content *c)
{
	struct arena *a = lab->arena;
	struct node *seq = der_add(a, parent, DER_SEQUENCE, NULL);
	struct node *node = der_add(a, seq, DER_CONTEXT_TREE | 0, "explicit");

	der_add_number(a, node, "version", 1);
	der_add_number(a, seq, "customerASID", c->asn);
	node = der_add(a, seq, DER_SEQUENCE, "providers");
	return content_numbers(lab, node, c->list);
}

static void
content_add_bits(struct arena *a, struct node *parent, const struct prefix *p)
{
	uint8_t bits[1 + sizeof(p->addr.b)];
	size_t n = (p->len + 7u) / 8;

	bits[0] = (uint8_t)(n * 8 - p->len);
	memcpy(bits + 1, p->addr.b, n);
	der_add_bytes(a, parent, DER_BITS, NULL, span_of(bits, 1 + n));
}

int
content_spl(struct lab *lab, struct node *parent, const struct lab_content *c)
{
	struct arena *a = lab->arena;
	struct node *seq = der_add(a, parent, DER_SEQUENCE, NULL);
	struct node *blocks, *list = NULL;
	lab_prefixes prefixes = {0};
	const char *bad = NULL;
	int err = lab_prefixes_parse(c->list, &prefixes, &bad);

	der_add_number(a, seq, "asID", c->asn);
	blocks = der_add(a, seq, DER_SEQUENCE, "prefixes");
	for (size_t i = 0; err == 0 && i < prefixes.n; i++) {
		const struct prefix *p = &prefixes.at[i].prefix;
		bool ipv4 = p->family == FAMILY_IPV4;
		struct node *block;

		if (i == 0 || p->family != prefixes.at[i - 1].prefix.family) {
			block = der_add(a, blocks, DER_SEQUENCE,
				ipv4 ? "ipv4" : "ipv6");
			der_add_bytes(a, block, DER_OCTETS, "family",
				span_of(ipv4 ? "\0\1" : "\0\2", 2));
			list = der_add(a, block, DER_SEQUENCE, "addresses");
		}
		content_add_bits(a, list, p);
	}
	VEC_FREE(&prefixes);
	return err == 0 ? 0 : object_fail(lab, "list", bad);
}

static void
content_add_key(struct lab *lab, struct node *seq, const char *comment,
	const char *uri, unsigned key)
{
	struct arena *a = lab->arena;
	struct node *list = der_add(a, seq, DER_SEQUENCE, "comments");

	der_add_text(a, list, DER_UTF8, "comment", comment);
	list = der_add(a, seq, DER_SEQUENCE, "certificateURIs");
	der_add_text(a, list, DER_IA5, "uri", uri);
	der_insert(seq, seq->last, lab_keys_tree(lab->keys, key, a));
}

int
content_tak(struct lab *lab, struct node *parent, const struct lab_content *c)
{
	struct arena *a = lab->arena;
	struct node *seq = der_add(a, parent, DER_SEQUENCE, NULL);
	struct node *key = der_add(a, seq, DER_SEQUENCE, "current");
	struct node *tag;

	content_add_key(lab, key, "current", c->uri, c->key);
	if (c->list == NULL || c->list[0] == '\0')
		return 0;
	tag = der_add(a, seq, DER_CONTEXT_TREE | 1, "next");
	key = der_add(a, tag, DER_SEQUENCE, "successor");
	content_add_key(lab, key, "successor", c->list, c->next_key);
	return 0;
}

int
content_rsc(struct lab *lab, struct node *parent, const struct lab_content *c)
{
	struct arena *a = lab->arena;
	struct node *seq = der_add(a, parent, DER_SEQUENCE, NULL);
	struct node *block = der_add(a, seq, DER_SEQUENCE, "resources");
	struct node *node = der_add(a, block, DER_CONTEXT_TREE | 0, NULL);
	uint8_t zeros[32] = {0};

	node = der_add(a, node, DER_SEQUENCE, "asID");
	node = der_add(a, node, DER_CONTEXT_TREE | 0, "asnum");
	node = der_add(a, node, DER_SEQUENCE, "ids");
	der_add_number(a, node, NULL, c->asn);
	object_add_sha256(lab, seq, "digestAlgorithm");
	node = der_add(a, seq, DER_SEQUENCE, "checkList");
	node = der_add(a, node, DER_SEQUENCE, NULL);
	der_add_text(a, node, DER_IA5, "fileName", c->list);
	der_add_bytes(a, node, DER_OCTETS, "hash", span_of(zeros, 32));
	return 0;
}
