/*
 * snapshot: what is asked of one that is there.
 *
 * Texts of two parts are kept in two parts: 300,000 objects lie in 45,000
 * folders, and whoever shows a URI shows a few.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/snapshot_format.h"

struct wall
snapshot_source_end(
	const struct snapshot *s, const struct snapshot_source *source)
{
	return wall_earlier(
		source->not_after, s->points[source->point].not_after);
}

/* A folder and a name. */
static const char *
join(const char *folder, const char *name, char buf[SNAPSHOT_URI])
{
	size_t n = strnlen(folder, SNAPSHOT_URI - 1);
	size_t k = strnlen(name, SNAPSHOT_URI - 1 - n);

	memcpy(buf, folder, n);
	memcpy(buf + n, name, k);
	buf[n + k] = '\0';
	return buf;
}

const char *
snapshot_source_uri(const struct snapshot *s,
	const struct snapshot_source *source, char buf[SNAPSHOT_URI])
{
	return join(s->points[source->point].folder, source->name, buf);
}

const char *
snapshot_refusal_uri(const struct snapshot *s,
	const struct snapshot_refusal *refusal, char buf[SNAPSHOT_URI])
{
	if (refusal->point == SNAPSHOT_NONE)
		return refusal->name;
	return join(s->points[refusal->point].folder, refusal->name, buf);
}

const char *
snapshot_cert_uri(const struct snapshot *s, const struct snapshot_point *point,
	char buf[SNAPSHOT_URI])
{
	if (point->parent == SNAPSHOT_NONE)
		return point->cert;
	return join(s->points[point->parent].folder, point->cert, buf);
}

const char *
point_state_name(enum point_state state)
{
	static const char *const words[] = {
#define STATE_WORD(name, word) word,
		POINT_STATE_TABLE(STATE_WORD)
#undef STATE_WORD
	};

	assert((unsigned)state < POINT_STATES);
	return words[state];
}

size_t
snapshot_ipv4_count(const struct snapshot *s)
{
	size_t from = 0, to = s->vrp_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (s->vrps[middle].family == FAMILY_IPV4)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct snapshot_origin *
snapshot_origins(const struct snapshot *s)
{
	struct snapshot_origin *all = calloc(s->source_count + 1, sizeof(*all));

	for (size_t i = 0; i < s->source_count && all != NULL; i++)
		all[i] = (struct snapshot_origin){
			.end = snapshot_source_end(s, &s->sources[i]).s,
			.ta = s->sources[i].ta,
		};
	return all;
}

void
snapshot_free(struct snapshot *s)
{
	/* It lies in its own arena. */
	if (s != NULL)
		arena_free(s->arena);
}
