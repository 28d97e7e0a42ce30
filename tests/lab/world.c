/*
 * world: building and finding; world_write.c signs and writes.
 */
#include "tests/lab/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/world_inner.h"
#include "waymark/err.h"

enum {
	WORLD_DAY = 86400
};

void *
world_need(void *p)
{
	if (p == NULL) {
		fputs("lab: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

struct lab_world *
lab_world_new(int64_t now, int days)
{
	struct lab_world *world = world_need(calloc(1, sizeof(*world)));

	world->arena = world_need(arena_new(1 << 20));
	world->now = now;
	world->days = days;
	return world;
}

static void
world_free_item(struct lab_item *item)
{
	VEC_FREE(&item->changes);
}

void
lab_world_free(struct lab_world *world)
{
	if (world == NULL)
		return;
	for (size_t i = 0; i < world->cas.n; i++) {
		struct lab_ca *ca = world->cas.at[i];

		for (size_t j = 0; j < ca->roas.n; j++)
			world_free_item(&ca->roas.at[j]->item);
		for (size_t j = 0; j < ca->extras.n; j++)
			world_free_item(&ca->extras.at[j]->item);
		for (size_t j = 0; j < ca->files.n; j++)
			world_free_item(&ca->files.at[j]->item);
		world_free_item(&ca->cert);
		world_free_item(&ca->crl);
		world_free_item(&ca->mft);
		VEC_FREE(&ca->children);
		VEC_FREE(&ca->roas);
		VEC_FREE(&ca->extras);
		VEC_FREE(&ca->files);
		VEC_FREE(&ca->revoked);
	}
	VEC_FREE(&world->cas);
	arena_free(world->arena);
	free(world);
}

struct arena *
lab_world_arena(struct lab_world *world)
{
	return world->arena;
}

const char *
lab_world_text(struct lab_world *world, const char *format, ...)
{
	char *text = NULL;
	const char *kept;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		world_need(NULL);
	kept = world_need(arena_text(world->arena, text, (size_t)n));
	free(text);
	return kept;
}

static struct lab_ca *
world_add(struct lab_world *world, struct lab_ca *parent, const char *name,
	const char *resources)
{
	struct lab_ca *ca =
		world_need(arena_array(world->arena, 1, sizeof(*ca)));

	ca->parent = parent;
	ca->name = lab_world_text(world, "%s", name);
	ca->resources = lab_world_text(world, "%s", resources);
	ca->folder = ca->name;
	ca->cert.file = lab_world_text(world, "%s.cer", name);
	ca->crl.file = lab_world_text(world, "%s.crl", name);
	ca->mft.file = lab_world_text(world, "%s.mft", name);
	ca->number = "1";
	ca->key = WORLD_EE_KEYS + (unsigned)world->cas.n;
	ca->not_before = world->now - WORLD_DAY;
	ca->not_after = world->now + (world->days + 365) * (int64_t)WORLD_DAY;
	ca->this_update = world->now - 3600;
	ca->next_update = world->now + world->days * (int64_t)WORLD_DAY;
	if (!VEC_PUSH(&world->cas, ca))
		world_need(NULL);
	return ca;
}

struct lab_ca *
lab_ta_add(struct lab_world *world, const char *name, const char *resources)
{
	struct lab_ca *ca = world_add(world, NULL, name, resources);

	ca->serial = "1";
	ca->host = lab_world_text(world, "%s.example", name);
	ca->module = "repo";
	return ca;
}

struct lab_ca *
lab_ca_add(struct lab_world *world, struct lab_ca *parent, const char *name,
	const char *resources)
{
	struct lab_ca *ca = world_add(world, parent, name, resources);

	ca->host = parent->host;
	ca->module = parent->module;
	ca->notify_uri = parent->notify_uri;
	ca->serial = lab_world_text(
		world, "%zu", WORLD_SERIAL_CA + parent->children.n);
	if (!VEC_PUSH(&parent->children, ca))
		world_need(NULL);
	return ca;
}

struct lab_world_roa *
lab_roa_add(struct lab_world *world, struct lab_ca *ca, const char *name,
	uint32_t asn, const char *prefixes)
{
	struct lab_world_roa *roa =
		world_need(arena_array(world->arena, 1, sizeof(*roa)));

	roa->item.file = lab_world_text(world, "%s.roa", name);
	roa->serial =
		lab_world_text(world, "%zu", WORLD_SERIAL_ROA + ca->roas.n);
	roa->prefixes = lab_world_text(world, "%s", prefixes);
	roa->asn = asn;
	roa->not_before = ca->not_before;
	roa->not_after = ca->not_after;
	if (!VEC_PUSH(&ca->roas, roa))
		world_need(NULL);
	return roa;
}

struct lab_world_extra *
lab_extra_add(struct lab_world *world, struct lab_ca *ca, const char *file,
	const char *type)
{
	struct lab_world_extra *extra =
		world_need(arena_array(world->arena, 1, sizeof(*extra)));

	extra->item.file = lab_world_text(world, "%s", file);
	extra->type = lab_world_text(world, "%s", type);
	extra->key = strcmp(type, "router") == 0 ? LAB_KEY_P256 : LAB_KEY_CHILD;
	extra->not_before = ca->not_before;
	extra->not_after = ca->not_after;
	extra->serial =
		lab_world_text(world, "%zu", WORLD_SERIAL_EXTRA + ca->extras.n);
	if (!VEC_PUSH(&ca->extras, extra))
		world_need(NULL);
	return extra;
}

struct lab_world_file *
lab_file_add(struct lab_world *world, struct lab_ca *ca, const char *file,
	struct span bytes)
{
	struct lab_world_file *added =
		world_need(arena_array(world->arena, 1, sizeof(*added)));

	added->item.file = lab_world_text(world, "%s", file);
	added->bytes =
		span_of(world_need(arena_copy(world->arena, bytes.p, bytes.n)),
			bytes.n);
	if (!VEC_PUSH(&ca->files, added))
		world_need(NULL);
	return added;
}

struct lab_ca *
lab_world_ca(const struct lab_world *world, size_t index)
{
	return index < world->cas.n ? world->cas.at[index] : NULL;
}

struct lab_ca *
lab_ca_find(const struct lab_world *world, const char *name)
{
	for (size_t i = 0; i < world->cas.n; i++)
		if (strcmp(world->cas.at[i]->name, name) == 0)
			return world->cas.at[i];
	return NULL;
}

static struct lab_item *
world_item_of(struct lab_ca *ca, const char *file)
{
	if (strcmp(ca->cert.file, file) == 0)
		return &ca->cert;
	if (strcmp(ca->crl.file, file) == 0)
		return &ca->crl;
	if (strcmp(ca->mft.file, file) == 0)
		return &ca->mft;
	for (size_t i = 0; i < ca->roas.n; i++)
		if (strcmp(ca->roas.at[i]->item.file, file) == 0)
			return &ca->roas.at[i]->item;
	for (size_t i = 0; i < ca->extras.n; i++)
		if (strcmp(ca->extras.at[i]->item.file, file) == 0)
			return &ca->extras.at[i]->item;
	for (size_t i = 0; i < ca->files.n; i++)
		if (strcmp(ca->files.at[i]->item.file, file) == 0)
			return &ca->files.at[i]->item;
	return NULL;
}

struct lab_item *
lab_item_find(const struct lab_world *world, const char *file)
{
	for (size_t i = 0; i < world->cas.n; i++) {
		struct lab_item *item = world_item_of(world->cas.at[i], file);

		if (item != NULL)
			return item;
	}
	return NULL;
}

int
lab_mutate(struct lab_world *world, const char *file, const char *change)
{
	struct lab_item *item = lab_item_find(world, file);

	if (item == NULL)
		return ERR_NOTFOUND;
	/* The list ends with NULL at any time. */
	if (!VEC_RESERVE(&item->changes, item->changes.n + 2))
		world_need(NULL);
	item->changes.at[item->changes.n++] =
		lab_world_text(world, "%s", change);
	item->changes.at[item->changes.n] = NULL;
	return 0;
}

/* Whether a fault would do nothing: no manifest lists itself, or the
 * certificate of a trust anchor, what has no serial is not revoked, and other
 * octets must be there. */
static bool
world_is_void(
	const struct lab_ca *ca, const struct lab_item *item, enum lab_fault f)
{
	bool anchor = item == &ca->cert && ca->parent == NULL;

	if (f == LAB_FAULT_OTHER)
		return item->other.p == NULL;
	if (f == LAB_FAULT_HASH || f == LAB_FAULT_UNLISTED)
		return anchor || item == &ca->mft;
	if (f != LAB_FAULT_REVOKED)
		return false;
	for (size_t i = 0; i < ca->files.n; i++)
		if (item == &ca->files.at[i]->item)
			return true;
	return anchor || item == &ca->crl;
}

int
lab_fault(struct lab_world *world, const char *file, const char *fault)
{
	struct lab_item *item = NULL;
	size_t i = 0;

	while (item == NULL && i < world->cas.n)
		item = world_item_of(world->cas.at[i++], file);
	for (enum lab_fault f = 0; item != NULL && f < LAB_FAULTS; f++) {
		if (strcmp(lab_fault_name(f), fault) != 0)
			continue;
		if (world_is_void(world->cas.at[i - 1], item, f))
			return ERR_USAGE;
		item->faults[f] = true;
		return 0;
	}
	return ERR_NOTFOUND;
}

const char *
lab_world_why(const struct lab_world *world)
{
	return world->why;
}

bool
world_item_holds(const struct lab_item *item)
{
	bool broken = item->changes.n != 0;

	for (enum lab_fault f = 0; f < LAB_FAULTS; f++)
		broken = broken || item->faults[f];
	return item->harmless || !broken;
}

#define LAB_FAULT_NAME(name, word, help) word,
#define LAB_FAULT_HELP(name, word, help) help,

const char *
lab_fault_name(enum lab_fault fault)
{
	static const char *const words[] = {LAB_FAULT_TABLE(LAB_FAULT_NAME)};

	return words[fault];
}

const char *
lab_fault_help(enum lab_fault fault)
{
	static const char *const words[] = {LAB_FAULT_TABLE(LAB_FAULT_HELP)};

	return words[fault];
}
