/*
 * world_expect: the VRPs that a validator must find in a world.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "tests/lab/resource.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

struct expect_vrp {
	struct prefix prefix;
	uint8_t max_len;
	uint32_t asn;
	const char *ta;
};

typedef VEC(struct expect_vrp) expect_vrps;

/* Whether a CA's whole publication point holds, as far as RFC 9286 makes it
 * stand or fall together. */
static bool
expect_point_holds(const struct lab_ca *ca)
{
	for (const struct lab_ca *up = ca; up != NULL; up = up->parent)
		if (!world_item_holds(&up->cert) ||
			!world_item_holds(&up->crl) ||
			!world_item_holds(&up->mft))
			return false;
	return true;
}

static int
expect_compare(const void *pa, const void *pb)
{
	const struct expect_vrp *a = pa;
	const struct expect_vrp *b = pb;
	int order = (int)a->prefix.family - (int)b->prefix.family;

	if (order == 0)
		order = addr_compare(&a->prefix.addr, &b->prefix.addr);
	if (order == 0)
		order = (int)b->prefix.len - (int)a->prefix.len;
	if (order == 0)
		order = (int)b->max_len - (int)a->max_len;
	if (order == 0)
		order = a->asn < b->asn ? -1 : a->asn > b->asn;
	return order;
}

static void
expect_roa(const struct lab_world_roa *roa, const char *ta, expect_vrps *vrps)
{
	lab_prefixes prefixes = {0};
	const char *bad;

	if (lab_prefixes_parse(roa->prefixes, &prefixes, &bad) == 0)
		for (size_t i = 0; i < prefixes.n; i++) {
			struct expect_vrp v = {prefixes.at[i].prefix,
				prefixes.at[i].max_len, roa->asn, ta};

			if (!VEC_PUSH(vrps, v))
				world_need(NULL);
		}
	VEC_FREE(&prefixes);
}

/* Faults of a listed file that fail its whole publication point. */
static bool
expect_lists(const struct lab_item *item)
{
	return item->harmless ||
		(!item->faults[LAB_FAULT_MISSING] &&
			!item->faults[LAB_FAULT_HASH]);
}

static bool
expect_files_there(const struct lab_ca *ca)
{
	bool there = true;

	for (size_t i = 0; i < ca->roas.n; i++)
		there = there && expect_lists(&ca->roas.at[i]->item);
	for (size_t i = 0; i < ca->extras.n; i++)
		there = there && expect_lists(&ca->extras.at[i]->item);
	for (size_t i = 0; i < ca->files.n; i++)
		there = there && expect_lists(&ca->files.at[i]->item);
	for (size_t i = 0; i < ca->children.n; i++)
		there = there && expect_lists(&ca->children.at[i]->cert);
	return there;
}

bool
world_point_holds(const struct lab_ca *ca)
{
	for (const struct lab_ca *up = ca; up != NULL; up = up->parent)
		if (!expect_files_there(up))
			return false;
	return expect_point_holds(ca);
}

static const char *
expect_ta(const struct lab_ca *ca)
{
	while (ca->parent != NULL)
		ca = ca->parent;
	return ca->name;
}

static int
expect_write(const expect_vrps *vrps, const char *path, size_t *count)
{
	struct file_out *file = world_need(calloc(1, sizeof(*file)));
	const char *head = "ASN,IP Prefix,Max Length,Trust Anchor\n";
	int err = file_out_open(file, path);

	if (err != 0) {
		free(file);
		return err;
	}
	file_out_write(file, head, strlen(head));
	*count = 0;
	for (size_t i = 0; i < vrps->n; i++) {
		const struct expect_vrp *v = &vrps->at[i];
		char prefix[PREFIX_TEXT];
		char line[512];
		int n;

		if (i > 0 && expect_compare(v - 1, v) == 0)
			continue;
		n = snprintf(line, sizeof(line), "AS%u,%s,%u,%s\n", v->asn,
			prefix_format(&v->prefix, prefix), v->max_len, v->ta);
		file_out_write(file, line, (size_t)n);
		++*count;
	}
	err = file_out_commit(file);
	free(file);
	return err;
}

int
lab_world_expect(const struct lab_world *world, const char *path, size_t *count)
{
	expect_vrps vrps = {0};
	int err;

	for (size_t i = 0; i < world->cas.n; i++) {
		const struct lab_ca *ca = world->cas.at[i];

		if (!world_point_holds(ca))
			continue;
		for (size_t j = 0; j < ca->roas.n; j++)
			if (world_item_holds(&ca->roas.at[j]->item))
				expect_roa(
					ca->roas.at[j], expect_ta(ca), &vrps);
	}
	if (vrps.n != 0)
		qsort(vrps.at, vrps.n, sizeof(*vrps.at), expect_compare);
	err = expect_write(&vrps, path, count);
	VEC_FREE(&vrps);
	return err;
}
