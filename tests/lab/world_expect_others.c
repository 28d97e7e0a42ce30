/*
 * world_expect_others: the ASPAs and router keys that a validator must find in
 * a world, a line each, sorted:
 *
 *	aspa AS64496 64500 64501	a customer with all its providers
 *	key AS64496 0524EF...		an AS number with a key identifier
 *
 * Only objects whose AS number and list were told are looked at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

enum {
	OTHERS_KEY = 32 /* octets of "AS4294967295" and more */
};

struct pair {
	uint32_t customer, provider;
};

struct others {
	VEC(struct pair) pairs;
	VEC(const char *) keys;
};

static int
others_by_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	return (x->provider > y->provider) - (x->provider < y->provider);
}

static int
others_by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The lists were read when the objects were made: here they are sound. */
static void
others_add_aspa(struct others *o, const struct lab_world_extra *extra)
{
	const char *list = extra->list;
	char *end;

	while (*(list += strspn(list, " AS")) != '\0') {
		struct pair pair = {
			extra->asn, (uint32_t)strtoul(list, &end, 10)};

		if (end == list || !VEC_PUSH(&o->pairs, pair))
			world_need(NULL);
		list = end;
	}
}

static void
others_add_key(struct others *o, struct lab_world *world, struct lab_keys *keys,
	const struct lab_world_extra *extra)
{
	struct text text = {0};
	const char *line;
	uint8_t ski[20];

	lab_keys_ski(keys, extra->key, ski);
	text_add(&text, "key AS%u ", extra->asn);
	for (size_t i = 0; i < sizeof(ski); i++)
		text_add(&text, "%02X", ski[i]);
	line = lab_world_text(world, "%s\n", text.p);
	text_free(&text);
	if (!VEC_PUSH(&o->keys, line))
		world_need(NULL);
}

static void
others_gather(struct others *o, struct lab_world *world, struct lab_keys *keys)
{
	for (size_t i = 0; i < world->cas.n; i++) {
		const struct lab_ca *ca = world->cas.at[i];
		bool holds = ca->extras.n > 0 && world_point_holds(ca);

		for (size_t j = 0; holds && j < ca->extras.n; j++) {
			const struct lab_world_extra *extra = ca->extras.at[j];

			if (!world_item_holds(&extra->item) || !extra->has_asn)
				continue;
			if (strcmp(extra->type, "router") == 0)
				others_add_key(o, world, keys, extra);
			if (strcmp(extra->type, "aspa") == 0 &&
				extra->list != NULL)
				others_add_aspa(o, extra);
		}
	}
	if (o->pairs.n > 0)
		qsort(o->pairs.at, o->pairs.n, sizeof(*o->pairs.at),
			others_by_pair);
	if (o->keys.n > 0)
		qsort(o->keys.at, o->keys.n, sizeof(*o->keys.at),
			others_by_text);
}

/* AS0 goes where there is any other, which then comes last. */
static void
others_put_customers(const struct others *o, struct text *out)
{
	size_t from = 0;

	for (size_t i = 0; i < o->pairs.n; i++) {
		const struct pair *p = &o->pairs.at[i];

		if (p->customer != o->pairs.at[from].customer)
			from = i;
		if (i == from)
			text_add(out, "aspa AS%u", p->customer);
		if (i + 1 < o->pairs.n && p[1].customer == p->customer) {
			if (p->provider != 0 && p->provider != p[1].provider)
				text_add(out, " %u", p->provider);
			continue;
		}
		text_add(out, " %u\n", p->provider);
	}
}

int
world_expect_others(
	struct lab_world *world, struct lab_keys *keys, const char *path)
{
	struct file_out *file = world_need(calloc(1, sizeof(*file)));
	struct others o = {0};
	struct text text = {0};
	int err;

	others_gather(&o, world, keys);
	others_put_customers(&o, &text);
	for (size_t i = 0; i < o.keys.n; i++)
		if (i == 0 || strcmp(o.keys.at[i - 1], o.keys.at[i]) != 0)
			text_add(&text, "%s", o.keys.at[i]);
	err = file_out_open(file, path);
	if (err == 0) {
		if (text.n > 0)
			file_out_write(file, text.p, text.n);
		err = file_out_commit(file);
	}
	VEC_FREE(&o.pairs);
	VEC_FREE(&o.keys);
	text_free(&text);
	free(file);
	return err;
}
