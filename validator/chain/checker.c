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
checker_new(const struct chain_env *env, struct source source, size_t ta_count)
{
	struct checker *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		source_fini(&source);
		return NULL;
	}
	k->env = env;
	k->source = source;
	spool_init(&k->spool, env->spool);
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
	source_fini(&k->source);
	crypto_free(k->crypto);
	k->crypto = NULL;
	arena_free(k->point_arena);
	k->point_arena = NULL;
	arena_free(k->object_arena);
	k->object_arena = NULL;
	source_buffer_fini(&k->manifest);
	source_buffer_fini(&k->crl);
	source_buffer_fini(&k->object);
	text_free(&k->lines);
	memory_writer_fini(&k->memory);
}

void
checker_free(struct checker *k)
{
	if (k == NULL)
		return;
	checker_rest(k);
	findings_fini(&k->findings);
	spool_fini(&k->spool);
	free(k);
}
