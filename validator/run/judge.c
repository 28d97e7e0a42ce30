/*
 * judge: see the header.
 */
#include "validator/run/judge.h"

#include <string.h>

static bool
has_hash(const struct verdict *v)
{
	static const uint8_t none[SHA256_SIZE];

	return memcmp(v->hash, none, sizeof(none)) != 0;
}

/* A file that is not what its manifest lists has no hash in its verdict: there
 * the URI alone decides. */
static bool
is_about(const struct verdict *v, struct span uri,
	const uint8_t hash[SHA256_SIZE])
{
	if (uri.n > 0 && !span_equal(span_text(v->uri), uri))
		return false;
	if (!has_hash(v))
		return uri.n > 0;
	return memcmp(v->hash, hash, SHA256_SIZE) == 0;
}

static int
badness(const struct verdict *v)
{
	return (v->state == OBJECT_STATE_REFUSED ? 2 : 0) +
		(v->lost.reason != REJECT_NONE ? 1 : 0);
}

const struct verdict *
judge_find(const struct result *r, struct span uri,
	const uint8_t hash[SHA256_SIZE])
{
	const struct verdict *best = NULL;
	size_t i;

	for (i = 0; i < r->verdict_count; i++) {
		const struct verdict *v = &r->verdicts[i];

		if (is_about(v, uri, hash) &&
			(best == NULL || badness(v) < badness(best)))
			best = v;
	}
	return best;
}
