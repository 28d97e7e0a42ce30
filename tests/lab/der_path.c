/*
 * der: finding nodes by their path, and moving them.
 */
#include "tests/lab/der.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
der_insert(struct node *parent, struct node *after, struct node *node)
{
	node->parent = parent;
	if (after == NULL) {
		node->next = parent->first;
		parent->first = node;
	} else {
		node->next = after->next;
		after->next = node;
	}
	if (node->next == NULL)
		parent->last = node;
}

static struct node *
der_before(const struct node *node)
{
	struct node *c = node->parent->first;

	if (c == node)
		return NULL;
	while (c->next != node)
		c = c->next;
	return c;
}

void
der_remove(struct node *node)
{
	struct node *parent = node->parent;
	struct node *before = der_before(node);

	if (before == NULL)
		parent->first = node->next;
	else
		before->next = node->next;
	if (parent->last == node)
		parent->last = before;
	node->parent = node->next = NULL;
}

struct node *
der_copy(struct arena *a, const struct node *node)
{
	struct node *copy = der_get(a, sizeof(*copy));

	*copy = *node;
	copy->parent = copy->next = copy->first = copy->last = NULL;
	for (const struct node *c = node->first; c != NULL; c = c->next)
		der_insert(copy, copy->last, der_copy(a, c));
	return copy;
}

struct node *
der_child(const struct node *node, long index)
{
	long count = 0;
	struct node *c;

	for (c = node->first; c != NULL; c = c->next)
		count++;
	if (index < 0)
		index += count;
	if (index < 0 || index >= count)
		return NULL;
	for (c = node->first; index > 0; index--)
		c = c->next;
	return c;
}

static bool
der_is(const struct node *node, struct span name)
{
	return node->name != NULL && span_equal(span_text(node->name), name);
}

/* Among the children, looking through nodes without a name; or, when `deep`,
 * through all nodes. */
static struct node *
der_find_below(struct node *node, struct span name, bool deep)
{
	for (struct node *c = node->first; c != NULL; c = c->next) {
		struct node *found = NULL;

		if (der_is(c, name))
			return c;
		if (deep || c->name == NULL)
			found = der_find_below(c, name, deep);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* Follow the "[i][j]..." behind a part; `*at` moves behind them. */
static struct node *
der_find_index(struct node *node, const char **at)
{
	while (node != NULL && **at == '[') {
		char *end;
		long index = strtol(*at + 1, &end, 10);

		if (*end != ']' || end == *at + 1)
			return NULL;
		node = der_child(node, index);
		*at = end + 1;
	}
	return node;
}

struct node *
der_find(struct node *root, const char *path)
{
	struct node *node = root;
	const char *at = path;

	if (strcmp(path, ".") == 0)
		return root->raw && root->first != NULL ? root->first : root;
	if (path[0] == '\0')
		return NULL;
	while (node != NULL) {
		size_t n = strcspn(at, ".[");
		struct span name = span_of(at, n);
		struct node *found = node;

		if (n != 0)
			found = der_find_below(node, name, false);
		if (found == NULL)
			found = der_find_below(node, name, true);
		if (found == NULL)
			return NULL;
		at += n;
		node = der_find_index(found, &at);
		if (*at == '\0')
			return node;
		if (*at != '.')
			return NULL;
		at++;
	}
	return NULL;
}

static int
der_compare(const void *pa, const void *pb)
{
	const struct span *a = pa;
	const struct span *b = pb;

	return span_compare(*a, *b);
}

void
der_sort(struct arena *a, struct node *set)
{
	size_t count = 0;
	struct span *at;

	for (struct node *c = set->first; c != NULL; c = c->next)
		count++;
	at = der_get(a, count * sizeof(*at));
	count = 0;
	for (struct node *c = set->first; c != NULL; c = c->next)
		at[count++] = der_encode(a, c);
	qsort(at, count, sizeof(*at), der_compare);
	/* Insertion by looking up which child has the i-th encoding. */
	for (size_t i = 0; i < count; i++) {
		struct node *c = der_child(set, (long)i);

		while (!span_equal(der_encode(a, c), at[i]))
			c = c->next;
		der_remove(c);
		der_insert(set, i == 0 ? NULL : der_child(set, (long)i - 1), c);
	}
}

struct der_walker {
	struct arena *arena;
	void (*each)(void *ctx, const char *path, const struct node *node);
	void *ctx;
};

static const char *
der_join(struct arena *a, const char *above, const char *part)
{
	size_t n = strlen(above) + strlen(part) + 2;
	char *path = der_get(a, n);
	const char *dot = above[0] == '\0' || part[0] == '[' ? "" : ".";

	snprintf(path, n, "%s%s%s", above, dot, part);
	return path;
}

static void
der_walk_below(
	const struct der_walker *w, const struct node *node, const char *path)
{
	long index = 0, nameless = 0;

	for (struct node *c = node->first; c != NULL; c = c->next)
		nameless += c->name == NULL;
	for (struct node *c = node->first; c != NULL; c = c->next, index++) {
		char part[32];
		const char *below = path;

		snprintf(part, sizeof(part), "[%ld]", index);
		/* The only child without a name is looked through. */
		if (c->name != NULL)
			below = der_join(w->arena, path, c->name);
		else if (nameless > 1 || c->first == NULL)
			below = der_join(w->arena, path, part);
		if (c->name != NULL || c->first == NULL)
			w->each(w->ctx, below, c);
		der_walk_below(w, c, below);
	}
}

void
der_walk(struct arena *a, struct node *root,
	void (*each)(void *ctx, const char *path, const struct node *node),
	void *ctx)
{
	struct der_walker w = {a, each, ctx};

	der_walk_below(&w, root, "");
}
