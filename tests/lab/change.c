/*
 * change: one function an operation, chosen by its word from one table.
 */
#include "tests/lab/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/clock.h"
#include "waymark/err.h"

/* What an operation works on. */
struct change {
	struct arena *arena;
	struct node *root;
	struct node *node;
	const char *argument; /* "" when there is none */
};

static bool
change_number(const char *text, long min, long *out)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 0);
	if (end == text || *end != '\0' || errno != 0 || value < min)
		return false;
	*out = value;
	return true;
}

static int
change_nibble(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = strchr(digits, c | 0x20);

	return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

static bool
change_octets(const struct change *c, struct span *out)
{
	size_t n = strlen(c->argument);
	uint8_t *p = der_get(c->arena, n / 2);

	if (n % 2 != 0)
		return false;
	for (size_t i = 0; i < n / 2; i++) {
		int high = change_nibble(c->argument[2 * i]);
		int low = change_nibble(c->argument[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		p[i] = (uint8_t)(high << 4 | low);
	}
	*out = span_of(p, n / 2);
	return true;
}

/* Its content as octets of its own, without children. */
static void
change_flatten(const struct change *c)
{
	der_set(c->arena, c->node, der_content(c->arena, c->node));
}

static bool
change_remove(const struct change *c)
{
	der_remove(c->node);
	return true;
}

static bool
change_hex(const struct change *c)
{
	struct span octets;

	if (!change_octets(c, &octets))
		return false;
	der_set(c->arena, c->node, octets);
	return true;
}

static bool
change_raw(const struct change *c)
{
	c->node->raw = true;
	return change_hex(c);
}

static bool
change_int(const struct change *c)
{
	struct span octets;

	if (!der_int_octets(c->arena, c->argument, &octets))
		return false;
	der_set(c->arena, c->node, octets);
	return true;
}

static bool
change_text(const struct change *c)
{
	der_set(c->arena, c->node, span_text(c->argument));
	return true;
}

static bool
change_fill(const struct change *c)
{
	uint8_t *p;
	long n;

	if (!change_number(c->argument, 0, &n))
		return false;
	p = der_get(c->arena, (size_t)n);
	memset(p, 'A', (size_t)n);
	der_set(c->arena, c->node, span_of(p, (size_t)n));
	return true;
}

static bool
change_oid(const struct change *c)
{
	struct span octets;

	if (!der_oid_octets(c->arena, c->argument, &octets))
		return false;
	der_set(c->arena, c->node, octets);
	return true;
}

static bool
change_bool(const struct change *c)
{
	bool yes = strcmp(c->argument, "true") == 0;

	if (!yes && strcmp(c->argument, "false") != 0)
		return false;
	der_set(c->arena, c->node, span_of(yes ? "\xff" : "\0", 1));
	return true;
}

static bool
change_time_as(const struct change *c, uint8_t tag)
{
	struct span octets;
	struct wall at;

	if (wall_parse(c->argument, &at) != 0 ||
		!der_time_octets(c->arena, tag, at.s, &octets))
		return false;
	der_set(c->arena, c->node, octets);
	c->node->tag = tag;
	return true;
}

static bool
change_time(const struct change *c)
{
	return change_time_as(c, c->node->tag);
}

static bool
change_utc(const struct change *c)
{
	return change_time_as(c, DER_UTC_TIME);
}

static bool
change_general(const struct change *c)
{
	return change_time_as(c, DER_GENERAL_TIME);
}

static bool
change_tag(const struct change *c)
{
	long tag;

	if (!change_number(c->argument, 0, &tag) || tag > 0xff)
		return false;
	c->node->tag = (uint8_t)tag;
	return true;
}

static bool
change_flip(const struct change *c)
{
	uint8_t *p;
	long bit, bits;

	change_flatten(c);
	bits = (long)c->node->n * 8;
	if (!change_number(c->argument, -bits, &bit) || bit >= bits)
		return false;
	if (bit < 0)
		bit += bits;
	p = der_get(c->arena, c->node->n);
	memcpy(p, c->node->p, c->node->n);
	p[bit / 8] = (uint8_t)(p[bit / 8] ^ (0x80 >> (bit % 8)));
	c->node->p = p;
	return true;
}

static bool
change_cut(const struct change *c)
{
	long n;

	change_flatten(c);
	if (!change_number(c->argument, 0, &n) || (size_t)n > c->node->n)
		return false;
	c->node->n -= (size_t)n;
	return true;
}

static bool
change_dup(const struct change *c)
{
	long count = 1;

	if (c->argument[0] != '\0' && !change_number(c->argument, 1, &count))
		return false;
	for (; count > 0; count--) {
		struct node *copy = der_copy(c->arena, c->node);

		copy->computed = false;
		der_insert(c->node->parent, c->node, copy);
	}
	return true;
}

static bool
change_swap(const struct change *c)
{
	struct node *parent = c->node->parent;
	struct node *behind = c->node->next;

	if (behind == NULL)
		return false;
	der_remove(c->node);
	der_insert(parent, behind, c->node);
	return true;
}

/* A raw node of the argument, or NULL. */
static struct node *
change_made(const struct change *c)
{
	struct span octets;
	struct node *node;

	if (!change_octets(c, &octets))
		return NULL;
	node = der_add_bytes(c->arena, NULL, 0, NULL, octets);
	node->raw = true;
	return node;
}

static bool
change_before(const struct change *c)
{
	struct node *made = change_made(c);
	struct node *parent = c->node->parent;
	struct node *at = NULL;

	if (made == NULL)
		return false;
	for (struct node *n = parent->first; n != c->node; n = n->next)
		at = n;
	der_insert(parent, at, made);
	return true;
}

static bool
change_after(const struct change *c)
{
	struct node *made = change_made(c);

	if (made == NULL)
		return false;
	der_insert(c->node->parent, c->node, made);
	return true;
}

static bool
change_first(const struct change *c)
{
	struct node *made = change_made(c);

	if (made == NULL)
		return false;
	der_insert(c->node, NULL, made);
	return true;
}

static bool
change_last(const struct change *c)
{
	struct node *made = change_made(c);

	if (made == NULL)
		return false;
	der_insert(c->node, c->node->last, made);
	return true;
}

static bool
change_copy(const struct change *c)
{
	struct node *from = der_find(c->root, c->argument);

	if (from == NULL)
		return false;
	der_insert(c->node->parent, c->node, der_copy(c->arena, from));
	der_remove(c->node);
	return true;
}

static bool
change_length(const struct change *c)
{
	long n;

	if (strcmp(c->argument, "long") == 0) {
		c->node->length = DER_LENGTH_LONG;
		return true;
	}
	if (strcmp(c->argument, "indefinite") == 0) {
		c->node->length = DER_LENGTH_INDEFINITE;
		return true;
	}
	if (!change_number(c->argument, 0, &n))
		return false;
	c->node->length = DER_LENGTH_FALSE;
	c->node->false_length = (size_t)n;
	return true;
}

static bool
change_do(enum change_op op, const struct change *c)
{
	static bool (*const table[CHANGE_OPS])(const struct change *) = {
		[CHANGE_REMOVE] = change_remove,
		[CHANGE_HEX] = change_hex,
		[CHANGE_RAW] = change_raw,
		[CHANGE_INT] = change_int,
		[CHANGE_TEXT] = change_text,
		[CHANGE_FILL] = change_fill,
		[CHANGE_OID] = change_oid,
		[CHANGE_BOOL] = change_bool,
		[CHANGE_TIME] = change_time,
		[CHANGE_UTC] = change_utc,
		[CHANGE_GENERAL] = change_general,
		[CHANGE_TAG] = change_tag,
		[CHANGE_FLIP] = change_flip,
		[CHANGE_CUT] = change_cut,
		[CHANGE_DUP] = change_dup,
		[CHANGE_SWAP] = change_swap,
		[CHANGE_BEFORE] = change_before,
		[CHANGE_AFTER] = change_after,
		[CHANGE_FIRST] = change_first,
		[CHANGE_LAST] = change_last,
		[CHANGE_COPY] = change_copy,
		[CHANGE_LENGTH] = change_length,
	};

	return table[op](c);
}

static bool
change_op_find(const char *word, size_t n, enum change_op *out)
{
	for (enum change_op op = 0; op < CHANGE_OPS; op++)
		if (span_equal(span_text(change_name(op)), span_of(word, n))) {
			*out = op;
			return true;
		}
	return false;
}

static int
change_fail(char why[CHANGE_WHY], const char *text, const char *what)
{
	snprintf(why, CHANGE_WHY, "change \"%s\": %s", text, what);
	return ERR_SYNTAX;
}

/* One change.  `path` is its part before '=', already cut out. */
static int
change_one(struct change *c, const char *text, const char *path,
	const struct node *only, char why[CHANGE_WHY])
{
	const char *word = text + strlen(path) + 1;
	size_t n = strcspn(word, ":");
	enum change_op op;

	c->node = der_find(c->root, path);
	if (only != NULL && c->node != only)
		return 0;
	if (c->node == NULL)
		return change_fail(why, text, "no such node");
	if (only == NULL && c->node->computed)
		return 0;
	if (!change_op_find(word, n, &op))
		return change_fail(why, text, "no such operation");
	c->argument = word[n] == ':' ? word + n + 1 : "";
	if (c->node->parent == NULL)
		return change_fail(why, text, "not for the root");
	if (!change_do(op, c))
		return change_fail(why, text, "bad argument");
	return 0;
}

int
change_apply(struct arena *a, struct node *root, const char *const *changes,
	const struct node *only, char why[CHANGE_WHY])
{
	struct change c = {.arena = a, .root = root};
	int err = 0;

	for (size_t i = 0; changes != NULL && changes[i] != NULL && err == 0;
		i++) {
		size_t n = strcspn(changes[i], "=");
		char *path = der_get(a, n + 1);

		if (changes[i][n] == '\0')
			return change_fail(why, changes[i], "no '='");
		memcpy(path, changes[i], n);
		path[n] = '\0';
		err = change_one(&c, changes[i], path, only, why);
	}
	return err;
}

#define CHANGE_NAME(name, word, argument, help)	    word,
#define CHANGE_ARGUMENT(name, word, argument, help) argument,
#define CHANGE_HELP(name, word, argument, help)	    help,

const char *
change_name(enum change_op op)
{
	static const char *const words[] = {CHANGE_TABLE(CHANGE_NAME)};

	return words[op];
}

const char *
change_argument(enum change_op op)
{
	static const char *const words[] = {CHANGE_TABLE(CHANGE_ARGUMENT)};

	return words[op];
}

const char *
change_help(enum change_op op)
{
	static const char *const words[] = {CHANGE_TABLE(CHANGE_HELP)};

	return words[op];
}
