/*
 * rrdp_set: the objects of a publication, from folders.
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/file.h"
#include "tests/lab/rrdp.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

enum {
	RRDP_OBJECT_MAX = 64 << 20 /* also what a validator refuses */
};

void
rrdp_set_init(struct rrdp_set *set)
{
	*set = (struct rrdp_set){.arena = world_need(arena_new(1 << 16))};
}

void
rrdp_set_free(struct rrdp_set *set)
{
	VEC_FREE(&set->objects);
	arena_free(set->arena);
	set->arena = NULL;
}

static const char *
set_text(struct rrdp_set *set, const char *a, const char *b, const char *c)
{
	size_t n = strlen(a) + strlen(b) + strlen(c) + 1;
	char *text = world_need(arena_get(set->arena, n));

	snprintf(text, n, "%s%s%s", a, b, c);
	return text;
}

void
rrdp_set_add_hash(struct rrdp_set *set, const char *uri, const uint8_t hash[32])
{
	struct rrdp_object object = {.uri = set_text(set, uri, "", "")};

	memcpy(object.hash, hash, sizeof(object.hash));
	if (!VEC_PUSH(&set->objects, object))
		world_need(NULL);
}

static int
set_add_file(struct rrdp_set *set, const char *path, const char *uri)
{
	struct arena *scratch = world_need(arena_new(1 << 16));
	struct rrdp_object object = {.path = path, .uri = uri};
	struct span octets;
	int err = file_read(path, RRDP_OBJECT_MAX, scratch, &octets);

	if (err == 0 &&
		EVP_Digest(octets.p, octets.n, object.hash, NULL, EVP_sha256(),
			NULL) != 1)
		err = ERR_CRYPTO;
	if (err == 0 && !VEC_PUSH(&set->objects, object))
		err = ERR_NOMEM;
	arena_free(scratch);
	return err;
}

/* One entry of a walk: skip what is hidden, and folders that are not asked
 * for. */
static int
set_add_entry(struct rrdp_set *set, FTS *fts, FTSENT *e, const char *base,
	size_t root)
{
	if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR ||
		e->fts_info == FTS_NS)
		return err_from_errno(e->fts_errno);
	if (e->fts_level > 0 && e->fts_name[0] == '.')
		fts_set(fts, e, FTS_SKIP);
	else if (e->fts_info == FTS_F)
		return set_add_file(set, set_text(set, e->fts_path, "", ""),
			set_text(set, base, e->fts_path + root, ""));
	return 0;
}

int
rrdp_set_add(
	struct rrdp_set *set, const char *folder, const char *base, bool deep)
{
	char *path = world_need(strdup(folder));
	char *paths[] = {path, NULL};
	FTSENT *entry;
	FTS *fts;
	size_t root, n = strlen(base);
	int err = 0;

	while (path[0] != '\0' && path[strlen(path) - 1] == '/')
		path[strlen(path) - 1] = '\0';
	root = strlen(path) + 1;
	base = set_text(set, base, n > 0 && base[n - 1] == '/' ? "" : "/", "");
	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (fts == NULL)
		err = err_from_errno(errno);
	while (err == 0 && (entry = fts_read(fts)) != NULL) {
		if (!deep && entry->fts_level > 0 && entry->fts_info == FTS_D)
			fts_set(fts, entry, FTS_SKIP);
		else
			err = set_add_entry(set, fts, entry, base, root);
	}
	if (fts != NULL)
		fts_close(fts);
	free(path);
	return err;
}

static int
set_compare(const void *pa, const void *pb)
{
	const struct rrdp_object *a = pa;
	const struct rrdp_object *b = pb;

	return strcmp(a->uri, b->uri);
}

void
rrdp_set_sort(struct rrdp_set *set)
{
	struct rrdp_object *o = set->objects.at;
	size_t kept = 0;

	if (set->objects.n == 0)
		return;
	qsort(o, set->objects.n, sizeof(*o), set_compare);
	for (size_t i = 1; i < set->objects.n; i++)
		if (strcmp(o[kept].uri, o[i].uri) != 0)
			o[++kept] = o[i];
	set->objects.n = kept + 1;
}

const struct rrdp_object *
rrdp_set_find(const struct rrdp_set *set, const char *uri)
{
	struct rrdp_object key = {.uri = uri};

	if (set->objects.n == 0)
		return NULL;
	return bsearch(&key, set->objects.at, set->objects.n, sizeof(key),
		set_compare);
}
