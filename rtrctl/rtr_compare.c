/*
 * rtr_compare: two sets side by side.
 *
 * Router keys and ASPAs are compared when both sessions have a version that
 * carries them: a cache that was asked in another one is not another cache.
 */
#include "rtrctl/rtr_compare.h"

#include <string.h>

#include "core/text.h"

struct writing {
	FILE *out;
	const char *const *names;
	enum rtr_compare_form form;
	size_t rows;
	struct rtr_difference found;
};

static void
no_finding(void *ctx, enum rtr_rule rule, const struct rtr_item *item)
{
	(void)ctx;
	(void)rule;
	(void)item;
}

static void
count(void *ctx, char sign, const struct rtr_item *item)
{
	struct rtr_difference *d = ctx;

	(void)item;
	d->only_a += sign == '-';
	d->only_b += sign == '+';
}

static unsigned
version_of(const struct rtr_peer *a, const struct rtr_peer *b)
{
	struct rtr_facts x, y;

	rtr_peer_tell(a, &x);
	rtr_peer_tell(b, &y);
	return x.version < y.version ? x.version : y.version;
}

struct rtr_difference
rtr_compare(const struct rtr_peer *a, const struct rtr_peer *b)
{
	struct rtr_difference d = {.version = version_of(a, b)};
	struct rtr_told told = {no_finding, count, &d};

	rtr_table_compare(
		rtr_peer_table(a), rtr_peer_table(b), d.version, &told);
	return d;
}

static void
name_json(struct text *t, const char *key, const char *name)
{
	text_add(t, "\"%s\":\"", key);
	text_json(t, name, strlen(name));
	text_char(t, '"');
}

static void
row(void *ctx, char sign, const struct rtr_item *item)
{
	struct writing *w = ctx;
	const char *name = w->names[sign == '+'];
	struct text t = {0};

	switch (w->form) {
	case RTR_COMPARE_TEXT:
		text_add(&t, "%c ", sign == '-' ? '<' : '>');
		rtr_item_text(&t, item);
		break;
	case RTR_COMPARE_CSV:
		text_char(&t, sign == '-' ? 'A' : 'B');
		text_char(&t, ',');
		rtr_item_csv(&t, item);
		break;
	case RTR_COMPARE_JSON:
		text_add(&t, w->rows > 0 ? ",\n{" : "\n{");
		name_json(&t, "only", name);
		text_char(&t, ',');
		rtr_item_json(&t, item);
		text_char(&t, '}');
		break;
	}
	if (w->form != RTR_COMPARE_JSON)
		text_char(&t, '\n');
	w->rows++;
	if (!t.failed)
		fwrite(t.p, 1, t.n, w->out);
	text_free(&t);
}

static void
head(struct writing *w)
{
	struct text t = {0};

	if (w->form == RTR_COMPARE_CSV)
		text_add(&t, "Only In,Type,ASN,IP Prefix,Max Length,Content\n");
	if (w->form == RTR_COMPARE_JSON) {
		text_char(&t, '{');
		name_json(&t, "a", w->names[0]);
		text_char(&t, ',');
		name_json(&t, "b", w->names[1]);
		text_add(&t,
			",\"only_a\":%zu,\"only_b\":%zu,\"version\":%u,"
			"\"differences\":[",
			w->found.only_a, w->found.only_b, w->found.version);
	}
	if (t.n > 0)
		fwrite(t.p, 1, t.n, w->out);
	text_free(&t);
}

void
rtr_compare_write(const struct rtr_peer *a, const struct rtr_peer *b,
	const char *const names[2], enum rtr_compare_form form, FILE *out)
{
	struct writing w = {
		.out = out,
		.names = names,
		.form = form,
		.found = rtr_compare(a, b),
	};
	struct rtr_told told = {no_finding, row, &w};

	head(&w);
	rtr_table_compare(
		rtr_peer_table(a), rtr_peer_table(b), w.found.version, &told);
	if (form == RTR_COMPARE_JSON)
		fputs("\n]}\n", out);
}
