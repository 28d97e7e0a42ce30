/*
 * findings: see the header.
 */
#include "validator/chain/findings.h"

#include <stdlib.h>
#include <string.h>

#include "waymark/err.h"

enum {
	TEXT_CHUNK = 262144 /* some 2,000 URIs */
};

int
findings_init(struct findings *f, size_t ta_count, bool keep_verdicts)
{
	*f = (struct findings){0};
	f->ta_count = ta_count;
	f->keep_verdicts = keep_verdicts;
	f->tas = calloc(ta_count == 0 ? 1 : ta_count, sizeof(*f->tas));
	f->texts = arena_new(TEXT_CHUNK);
	if (f->tas == NULL || f->texts == NULL) {
		findings_fini(f);
		return ERR_NOMEM;
	}
	return 0;
}

void
findings_fini(struct findings *f)
{
	size_t i;

	for (i = 0; i < f->children.n; i++)
		ca_unref(f->children.at[i]);
	VEC_FREE(&f->vrps);
	VEC_FREE(&f->keys);
	VEC_FREE(&f->aspas);
	VEC_FREE(&f->claims);
	for (i = 0; i < f->points.n; i++)
		ca_unref(f->points.at[i].ca);
	VEC_FREE(&f->points);
	VEC_FREE(&f->sources);
	VEC_FREE(&f->refusals);
	VEC_FREE(&f->children);
	VEC_FREE(&f->verdicts);
	VEC_FREE(&f->versions);
	free(f->tas);
	arena_free(f->texts);
	*f = (struct findings){0};
}

/* Reasons take 26 KiB, and most points have none. */
static void
clear_point(struct tally *t)
{
	size_t type;

	for (type = 0; type < OBJECT_TYPES; type++)
		if (t->objects[type][OBJECT_STATE_REFUSED] != 0)
			memset(t->reasons[type], 0, sizeof(t->reasons[type]));
	memset(t->objects, 0, sizeof(t->objects));
	memset(t->counters, 0, sizeof(t->counters));
}

void
findings_begin(struct findings *f)
{
	f->mark = (struct findings_mark){
		.vrps = f->vrps.n,
		.keys = f->keys.n,
		.aspas = f->aspas.n,
		.claims = f->claims.n,
		.points = f->points.n,
		.sources = f->sources.n,
		.refusals = f->refusals.n,
		.children = f->children.n,
		.verdicts = f->verdicts.n,
		.versions = f->versions.n,
		.texts = arena_mark(f->texts),
	};
	f->octets = 0;
	clear_point(&f->point);
}

void
findings_commit(struct findings *f, uint32_t ta)
{
	struct tally *to = &f->tas[ta];
	const struct tally *from = &f->point;
	size_t type, i;

	for (type = 0; type < OBJECT_TYPES; type++) {
		for (i = 0; i < OBJECT_STATES; i++)
			to->objects[type][i] += from->objects[type][i];
		/* Most points refuse nothing of most types. */
		if (from->objects[type][OBJECT_STATE_REFUSED] == 0)
			continue;
		for (i = 0; i < REJECT_COUNT; i++)
			to->reasons[type][i] += from->reasons[type][i];
	}
	for (i = 0; i < REPORT_COUNTERS; i++)
		to->counters[i] += from->counters[i];
}

void
findings_undo(struct findings *f, bool keep_children)
{
	uint64_t signatures = f->point.counters[REPORT_SIGNATURES];
	uint64_t bytes = f->point.counters[REPORT_BYTES];

	f->vrps.n = f->mark.vrps;
	f->keys.n = f->mark.keys;
	f->aspas.n = f->mark.aspas;
	f->claims.n = f->mark.claims;
	f->sources.n = f->mark.sources;
	f->refusals.n = f->mark.refusals;
	f->versions.n = f->mark.versions;
	while (f->points.n > f->mark.points)
		ca_unref(f->points.at[--f->points.n].ca);
	f->octets = 0;
	if (!f->keep_verdicts) /* they have texts too, and stay */
		arena_rewind(f->texts, f->mark.texts);
	clear_point(&f->point);
	f->point.counters[REPORT_SIGNATURES] = signatures;
	f->point.counters[REPORT_BYTES] = bytes;
	while (!keep_children && f->children.n > f->mark.children)
		ca_unref(f->children.at[--f->children.n]);
}

const char *
findings_uri(struct findings *f, struct span folder, struct span name)
{
	char *text = arena_get(f->texts, folder.n + name.n + 1);

	if (text == NULL) {
		f->failed = true;
		return NULL;
	}
	f->octets += folder.n + name.n + 1;
	if (folder.n > 0)
		memcpy(text, folder.p, folder.n);
	if (name.n > 0)
		memcpy(text + folder.n, name.p, name.n);
	text[folder.n + name.n] = '\0';
	return text;
}
