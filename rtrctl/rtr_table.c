/*
 * rtr_table: a set, an answer, and the new set that both make.
 *
 *	answer, sorted by item, then by arrival      set, sorted
 *	      +--------------- merge ------------------+
 *	                        |
 *	                     new set --- compare with the old one --> changes
 *
 * An answer that keeps the rules names an item once.  One that does not is
 * still followed as a router would that applies one after the other, so that
 * findings and set are those of the cache and not of our way.
 */
#include "rtrctl/rtr_table.h"

#include <stdlib.h>
#include <string.h>

#include "waymark/err.h"

static void
items_free(struct rtr_items *items)
{
	for (size_t i = 0; i < items->list.n; i++)
		rtr_item_free(&items->list.at[i]);
	VEC_FREE(&items->list);
	items->weight = 0;
}

static size_t
weight_of(const struct rtr_item *item)
{
	return 1 +
		(rtr_item_octets(item).n + RTR_ITEM_SHARE - 1) / RTR_ITEM_SHARE;
}

/* Takes the item over, also when it fails. */
static int
items_push(struct rtr_items *items, struct rtr_item item, size_t limit)
{
	size_t weight = weight_of(&item);
	int err = 0;

	if (weight > limit - items->weight)
		err = ERR_LIMIT;
	else if (!VEC_PUSH(&items->list, item))
		err = ERR_NOMEM;
	if (err != 0)
		rtr_item_free(&item);
	else
		items->weight += weight;
	return err;
}

void
rtr_table_init(struct rtr_table *t, size_t limit)
{
	memset(t, 0, sizeof(*t));
	t->limit = limit;
}

void
rtr_table_fini(struct rtr_table *t)
{
	items_free(&t->set);
	items_free(&t->answer);
}

void
rtr_table_begin(struct rtr_table *t, bool whole, unsigned version)
{
	items_free(&t->answer);
	t->is_whole = whole;
	t->is_ordered = version >= 2;
}

int
rtr_table_add(struct rtr_table *t, const struct rtr_pdu *pdu, uint64_t *odd)
{
	struct rtr_items *a = &t->answer;
	enum rtr_rule rule = RTR_RULES;
	struct rtr_item item;
	int err = rtr_item_make(pdu, &item);

	if (err != 0)
		return err;
	item.order = (uint32_t)a->list.n;
	if (t->is_ordered && a->list.n > 0)
		rule = rtr_item_order(&a->list.at[a->list.n - 1], &item);
	err = items_push(a, item, t->limit);
	if (err != 0)
		return err;
	if (rule != RTR_RULES)
		*odd |= RTR_BIT(rule);
	if (t->is_whole && !pdu->announce)
		*odd |= RTR_BIT(RTR_RULE_WITHDRAWN_WHOLE);
	return 0;
}

/* For qsort: equal items in the order in which they came. */
static int
arrival_order(const void *a, const void *b)
{
	const struct rtr_item *x = a, *y = b;
	int order = rtr_item_compare(x, y);

	return order != 0 ? order : (x->order > y->order ? 1 : -1);
}

static void
find(const struct rtr_told *told, enum rtr_rule rule,
	const struct rtr_item *item)
{
	told->finding(told->ctx, rule, item);
}

/* Apply the `n` rows at `row`, all of one item, to `held`, which is that item
 * or NULL.  Returns what is held afterwards. */
static const struct rtr_item *
rows_apply(const struct rtr_item *held, const struct rtr_item *row, size_t n,
	const struct rtr_told *told)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			find(told, RTR_RULE_TWICE, &row[i]);
		/* An ASPA takes the place of the one before. */
		if (row[i].announce && held != NULL && i == 0 &&
			rtr_item_same(held, &row[i]))
			find(told, RTR_RULE_DUPLICATE, &row[i]);
		if (!row[i].announce && held == NULL)
			find(told, RTR_RULE_UNKNOWN, &row[i]);
		held = row[i].announce ? &row[i] : NULL;
	}
	return held;
}

/* How many rows from `i` are of one item. */
static size_t
rows_count(const struct rtr_items *answer, size_t i)
{
	size_t n = 1;

	while (i + n < answer->list.n &&
		rtr_item_compare(
			&answer->list.at[i], &answer->list.at[i + n]) == 0)
		n++;
	return n;
}

/* Merge the set, or nothing, with the sorted answer. */
static int
merge(const struct rtr_table *t, const struct rtr_told *told,
	struct rtr_items *out)
{
	const struct rtr_items *a = &t->answer;
	size_t i = 0, k = t->is_whole ? t->set.list.n : 0, rows;
	int err = 0;

	while (err == 0 && (i < a->list.n || k < t->set.list.n)) {
		const struct rtr_item *held =
			k < t->set.list.n ? &t->set.list.at[k] : NULL;
		int order = held == NULL ? -1
			: i == a->list.n
			? 1
			: rtr_item_compare(&a->list.at[i], held);

		if (order >= 0)
			k++;
		if (order <= 0) {
			rows = rows_count(a, i);
			held = rows_apply(order == 0 ? held : NULL,
				&a->list.at[i], rows, told);
			i += rows;
		}
		if (held != NULL)
			err = items_push(out, rtr_item_share(held), t->limit);
	}
	return err;
}

/* Tell the difference of two sets. */
static void
difference(const struct rtr_items *a, const struct rtr_items *b,
	unsigned version, const struct rtr_told *told)
{
	size_t i = 0, k = 0;

	while (i < a->list.n || k < b->list.n) {
		const struct rtr_item *x =
			i < a->list.n ? &a->list.at[i] : NULL;
		const struct rtr_item *y =
			k < b->list.n ? &b->list.at[k] : NULL;
		int order = x == NULL ? 1
			: y == NULL   ? -1
				      : rtr_item_compare(x, y);
		uint8_t type = order <= 0 ? x->type : y->type;
		bool known = (type != RTR_KEY || version > 0) &&
			(type != RTR_ASPA || version > 1);
		bool same = order == 0 && rtr_item_same(x, y);

		if (order <= 0 && !same && known)
			told->change(told->ctx, '-', x);
		if (order >= 0 && !same && known)
			told->change(told->ctx, '+', y);
		i += order <= 0;
		k += order >= 0;
	}
}

int
rtr_table_end(struct rtr_table *t, const struct rtr_told *told)
{
	struct rtr_items next = {0};
	int err;

	if (t->answer.list.n > 1)
		qsort(t->answer.list.at, t->answer.list.n,
			sizeof(struct rtr_item), arrival_order);
	err = merge(t, told, &next);
	if (err != 0) {
		items_free(&next);
		return err;
	}
	difference(&t->set, &next, RTR_VERSION_MAX, told);
	items_free(&t->set);
	items_free(&t->answer);
	t->set = next;
	return 0;
}

void
rtr_table_drop(struct rtr_table *t)
{
	items_free(&t->answer);
}

void
rtr_table_flush(struct rtr_table *t, const struct rtr_told *told)
{
	struct rtr_items none = {0};

	items_free(&t->answer);
	difference(&t->set, &none, RTR_VERSION_MAX, told);
	items_free(&t->set);
}

struct rtr_counts
rtr_table_count(const struct rtr_table *t)
{
	struct rtr_counts c = {0};

	for (size_t i = 0; i < t->set.list.n; i++) {
		uint8_t type = t->set.list.at[i].type;

		c.ipv4 += type == RTR_IPV4;
		c.ipv6 += type == RTR_IPV6;
		c.keys += type == RTR_KEY;
		c.aspas += type == RTR_ASPA;
	}
	return c;
}

void
rtr_table_compare(const struct rtr_table *a, const struct rtr_table *b,
	unsigned version, const struct rtr_told *told)
{
	difference(&a->set, &b->set, version, told);
}

static int
payload_add(struct payload_builder *b, const struct rtr_item *item)
{
	struct vrp v = {
		.addr = item->addr,
		.asn = item->asn,
		.family = item->type == RTR_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6,
		.len = item->len,
		.max_len = item->max_len,
	};
	struct router_key key = {
		.asn = item->asn,
		.spki = rtr_item_octets(item),
	};
	struct aspa aspa = {.customer = item->asn};
	size_t count;

	if (item->type == RTR_KEY) {
		memcpy(key.ski, item->ski, SKI_SIZE);
		return payload_build_key(b, &key);
	}
	if (item->type == RTR_ASPA) {
		aspa.providers = rtr_item_providers(item, &count);
		aspa.provider_count = (uint32_t)count;
		return count > 0 ? payload_build_aspa(b, &aspa) : 0;
	}
	return payload_build_vrp(b, &v);
}

int
rtr_table_payloads(const struct rtr_table *t, const struct payload_set **out)
{
	struct payload_builder *b = payload_build_new(t->set.list.n);
	int err = b == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; err == 0 && i < t->set.list.n; i++)
		err = payload_add(b, &t->set.list.at[i]);
	if (err != 0) {
		payload_build_drop(b);
		return err;
	}
	return payload_build_done(b, out);
}
