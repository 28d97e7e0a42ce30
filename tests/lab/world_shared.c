/*
 * world_shared: CAs that publish in one folder, as after a change of keys (RFC
 * 6489): what one of them writes, another must not remove.
 *
 *	ca --shares--> ca --shares--> ca --shares--> the first
 *
 * Most share with nobody: a ring of one.
 */
#include "tests/lab/world_inner.h"

#include <stdlib.h>
#include <string.h>

static int
world_compare_place(const void *pa, const void *pb)
{
	const struct lab_ca *const *a = pa;
	const struct lab_ca *const *b = pb;
	int c = strcmp((*a)->host, (*b)->host);

	if (c == 0)
		c = strcmp((*a)->module, (*b)->module);
	return c != 0 ? c : strcmp((*a)->folder, (*b)->folder);
}

void
world_link_shared(struct lab_world *world)
{
	size_t n = world->cas.n, first = 0;
	struct lab_ca **sorted;

	if (n == 0)
		return;
	sorted = world_need(calloc(n, sizeof(struct lab_ca *)));
	memcpy(sorted, world->cas.at, n * sizeof(struct lab_ca *));
	qsort(sorted, n, sizeof(struct lab_ca *), world_compare_place);
	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n ||
			world_compare_place(&sorted[i], &sorted[i + 1]) != 0;

		sorted[i]->shares = last ? sorted[first] : sorted[i + 1];
		first = last ? i + 1 : first;
	}
	free(sorted);
}

/* What is to be missing from the disk is not kept there. */
static void
world_keep(struct world_folder *folder, const struct lab_item *item)
{
	if (!item->faults[LAB_FAULT_MISSING])
		world_folder_keep(folder, item->file);
}

void
world_keep_shared(struct world_folder *folder, const struct lab_ca *ca)
{
	for (const struct lab_ca *o = ca->shares; o != ca; o = o->shares) {
		world_keep(folder, &o->crl);
		world_keep(folder, &o->mft);
		for (size_t i = 0; i < o->children.n; i++)
			world_keep(folder, &o->children.at[i]->cert);
		for (size_t i = 0; i < o->roas.n; i++)
			world_keep(folder, &o->roas.at[i]->item);
		for (size_t i = 0; i < o->extras.n; i++)
			world_keep(folder, &o->extras.at[i]->item);
		for (size_t i = 0; i < o->files.n; i++)
			world_keep(folder, &o->files.at[i]->item);
	}
}
