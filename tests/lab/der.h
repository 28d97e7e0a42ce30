/*
 * der: a tree of named nodes that becomes DER, or whatever the changes made
 * of it.
 *
 *	certificate ─┬─ tbs ─┬─ version     a node is one TLV: tag, length,
 *	             │       ├─ serial      content.  Its content is its own
 *	             │       └─ ...         octets, then those of its children.
 *	             ├─ sigAlg              An OCTET STRING may thus hold a
 *	             └─ signature           tree, and a BIT STRING too.
 *
 * A path names a node from the root: "tbs.extensions.keyUsage.critical",
 * "content.fileList[3].hash", "signerInfo[-1]".  A part is looked for among
 * the children, through those without a name; failing that, anywhere below,
 * first in the order of encoding.  "[i]" is the i-th child of what the part
 * before it names (counted from the end when negative).  "." is the
 * root, or the first child of one that is raw.
 *
 * Memory is an arena's and is freed with it.  Running out of memory ends the
 * program: this is a workshop, not a service.
 */
#ifndef LAB_DER_H
#define LAB_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "waymark/span.h"

/* Tags that the objects of the RPKI use. */
enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERAL_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80, /* | number, for a simple value */
	DER_CONTEXT_TREE = 0xa0, /* | number, for a constructed one */
};

/* How a node writes its length. */
enum der_length {
	DER_LENGTH_SHORTEST,
	DER_LENGTH_LONG, /* with one octet more than is needed */
	DER_LENGTH_INDEFINITE, /* 80 ... 00 00 */
	DER_LENGTH_FALSE, /* `false_length`, whatever the content */
};

struct node {
	const char *name; /* NULL: none */
	struct node *parent, *first, *last, *next;
	const uint8_t *p; /* own octets, before the children's */
	size_t n;
	size_t false_length;
	size_t size; /* of the content, while encoding */
	uint8_t tag;
	uint8_t length; /* enum der_length */
	bool raw; /* own octets only: no tag, no length */
	bool computed; /* a digest or signature over other nodes */
};

/* Memory that is there, or the end of the program. */
void *der_get(struct arena *a, size_t n);

/* A new last child of `parent` (NULL: a root). `name` is kept by reference and
 * may be NULL. */
struct node *der_add(
	struct arena *a, struct node *parent, uint8_t tag, const char *name);

/* The same with a copy of `n` octets as its content. */
struct node *der_add_bytes(struct arena *a, struct node *parent, uint8_t tag,
	const char *name, struct span bytes);

/* INTEGER of a text: decimal or 0x hexadecimal, also negative.  A text that is
 * no number ends the program. */
struct node *der_add_int(struct arena *a, struct node *parent, const char *name,
	const char *number);

/* INTEGER of a number. */
struct node *der_add_number(
	struct arena *a, struct node *parent, const char *name, int64_t number);

/* OBJECT IDENTIFIER of "1.2.840.113549". */
struct node *der_add_oid(struct arena *a, struct node *parent, const char *name,
	const char *dotted);

/* BOOLEAN. */
struct node *der_add_bool(
	struct arena *a, struct node *parent, const char *name, bool value);

/* A text of any string type, or of a context tag. */
struct node *der_add_text(struct arena *a, struct node *parent, uint8_t tag,
	const char *name, const char *text);

/* A time of Unix seconds: UTCTime through 2049, else GeneralizedTime (RFC 5280
 * 4.1.2.5). */
struct node *der_add_time(struct arena *a, struct node *parent,
	const char *name, int64_t seconds);

/* A BIT STRING or OCTET STRING that wraps what is added below it. */
struct node *der_add_bits(
	struct arena *a, struct node *parent, const char *name);

/* Content octets of a number, OID or time, as above.  False for a text that
 * does not say one; `tag` is DER_UTC_TIME or DER_GENERAL_TIME. */
bool der_int_octets(struct arena *a, const char *number, struct span *out);
bool der_oid_octets(struct arena *a, const char *dotted, struct span *out);
bool der_time_octets(
	struct arena *a, uint8_t tag, int64_t seconds, struct span *out);

/* Replace the content, children too, by a copy of `bytes`. */
void der_set(struct arena *a, struct node *node, struct span bytes);

/* The node of a path, or NULL. */
struct node *der_find(struct node *root, const char *path);

/* The i-th child, from the end when negative, or NULL. */
struct node *der_child(const struct node *node, long index);

/* Take a node out of its parent. */
void der_remove(struct node *node);

/* Put `node`, which has no parent, behind `after`; or before everything when
 * `after` is NULL. */
void der_insert(struct node *parent, struct node *after, struct node *node);

/* A deep copy without a parent. */
struct node *der_copy(struct arena *a, const struct node *node);

/* The encoding of a node, or of its content without tag and length. */
struct span der_encode(struct arena *a, struct node *node);
struct span der_content(struct arena *a, struct node *node);

/* Reorder the children of a SET OF as DER wants (X.690 11.6). */
void der_sort(struct arena *a, struct node *set);

/* Visit every node with a name, in the order of encoding, with its path. */
void der_walk(struct arena *a, struct node *root,
	void (*each)(void *ctx, const char *path, const struct node *node),
	void *ctx);

#endif
