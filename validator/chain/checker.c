/*
 * checker: see the header.
 */
#include "validator/chain/checker.h"

#include <stdlib.h>

#include "waymark/err.h"

enum {
	POINT_CHUNK = 65536, /* a usual manifest and CRL */
	OBJECT_CHUNK = 65536 /* a usual ROA takes far less */
};

struct checker *
checker_new(const struct chain_env *env, size_t ta_count)
{
	struct checker *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->env = env;
	tree_view_init(&k->view, env->tree);
	k->crypto = crypto_new();
	k->point_arena = arena_new(POINT_CHUNK);
	k->object_arena = arena_new(OBJECT_CHUNK);
	if (k->crypto == NULL || k->point_arena == NULL ||
		k->object_arena == NULL ||
		findings_init(&k->findings, ta_count, env->judge) != 0) {
		checker_free(k);
		return NULL;
	}
	return k;
}

void
checker_rest(struct checker *k)
{
	tree_view_fini(&k->view);
	crypto_free(k->crypto);
	k->crypto = NULL;
	arena_free(k->point_arena);
	k->point_arena = NULL;
	arena_free(k->object_arena);
	k->object_arena = NULL;
	tree_buffer_fini(&k->manifest);
	tree_buffer_fini(&k->crl);
	tree_buffer_fini(&k->object);
}

void
checker_free(struct checker *k)
{
	if (k == NULL)
		return;
	checker_rest(k);
	findings_fini(&k->findings);
	free(k);
}
