/*
 * stand-in: a validator that takes no time and signs nothing.
 *
 *	stand-in ... --tal DIR ... --output snapshot=FILE ...
 *
 * reads one line of DIR/next:
 *
 *	COUNT GENERATION AGE END MODE
 *
 * and writes a snapshot of COUNT VRPs, one a /24 from 1.0.0.0 on.  AS of VRP i
 * is 64496 + i; of every tenth it is a million and the GENERATION.  The run was
 * AGE seconds ago.  With an END that is not 0 the VRPs 1, 11, 21, ... expire
 * in so many seconds.
 *
 *	good     the whole set, exit code 0
 *	pending  one repository was not tried yet: no first set
 *	fails    no set, exit code 1
 *	hangs    waits until it is killed
 *	half     dies while it writes
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "waymark/bounds.h"
#include "waymark/clock.h"
#include "waymark/snapshot.h"

enum {
	FOR_EVER = 100000000, /* seconds */
	FIRST_AS = 64496,
	GENERATION_AS = 1000000,
	TENTH = 10,
	MODE_TEXT = 16,
};

struct wish {
	size_t count;
	uint32_t generation;
	int64_t age_s, end_s;
	char mode[MODE_TEXT];
};

static int
die(const char *what)
{
	fprintf(stderr, "2026-01-01T00:00:00Z error stand-in %s\n", what);
	return 1;
}

static bool
wish_read(const char *folder, struct wish *w)
{
	char path[BOUND_PATH];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "%s/next", folder);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	n = fscanf(f, "%zu %" SCNu32 " %" SCNd64 " %" SCNd64 " %15s", &w->count,
		&w->generation, &w->age_s, &w->end_s, w->mode);
	fclose(f);
	return n == 5 && w->count > 0;
}

static struct vrp
vrp_at(const struct wish *w, size_t i, struct wall now)
{
	struct vrp v = {
		.asn = (uint32_t)(FIRST_AS + i),
		.family = FAMILY_IPV4,
		.len = 24,
		.max_len = 24,
		.expires = now.s + FOR_EVER,
	};

	if (i % TENTH == 0)
		v.asn = GENERATION_AS + w->generation;
	if (i % TENTH == 1 && w->end_s != 0) {
		v.expires = now.s + w->end_s;
		v.source = 1;
	}
	v.addr.b[0] = (uint8_t)(1 + (i >> 16));
	v.addr.b[1] = (uint8_t)(i >> 8);
	v.addr.b[2] = (uint8_t)i;
	return v;
}

static int
set_write(const struct wish *w, const char *path)
{
	struct wall now = wall_now(), late = {now.s + FOR_EVER};
	struct vrp *vrps = calloc(w->count, sizeof(*vrps));
	struct snapshot_source sources[] = {
		{.name = "all.roa", .type = OBJECT_ROA, .not_after = late},
		{.name = "some.roa", .type = OBJECT_ROA, .not_after = late},
	};
	struct snapshot_point point = {
		.folder = "rsync://stand-in.invalid/repo/",
		.manifest = "all.mft",
		.cert = "rsync://stand-in.invalid/repo/all.cer",
		.parent = SNAPSHOT_NONE,
		.repo = SNAPSHOT_NONE,
		.reason = "",
		.text = "",
		.file = "",
		.certs_end = late,
		.not_after = late,
	};
	struct report_ta ta = {.name = "stand-in", .complete = true};
	const struct snapshot snapshot = {
		.vrps = vrps,
		.vrp_count = w->count,
		.points = &point,
		.point_count = 1,
		.sources = sources,
		.source_count = 2,
		.report = {.tas = &ta, .ta_count = 1, .at = {now.s - w->age_s}},
	};
	int err;

	if (vrps == NULL)
		return die("memory");
	if (w->end_s != 0)
		sources[1].not_after.s = now.s + w->end_s;
	ta.counters[REPORT_POINTS_VALID] = 1;
	if (strcmp(w->mode, "pending") == 0)
		ta.counters[REPORT_REPOSITORIES_PENDING] = 1;
	for (size_t i = 0; i < w->count; i++)
		vrps[i] = vrp_at(w, i, now);
	err = snapshot_write(&snapshot, path);
	free(vrps);
	return err == 0 ? 0 : die("cannot write");
}

/* What a process leaves that is killed while it writes. */
static int
half_write(const char *path)
{
	char aside[BOUND_PATH];
	FILE *f;

	snprintf(aside, sizeof(aside), "%s.tmp.%ld", path, (long)getpid());
	f = fopen(aside, "w");
	if (f != NULL) {
		fputs("WAYMARK1", f);
		fclose(f);
	}
	return raise(SIGKILL);
}

int
main(int argc, char **argv)
{
	static const char output[] = "snapshot=";
	const char *folder = NULL, *path = NULL;
	struct wish w = {0};

	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--tal") == 0)
			folder = argv[i + 1];
		if (strncmp(argv[i + 1], output, strlen(output)) == 0)
			path = argv[i + 1] + strlen(output);
	}
	if (folder == NULL || path == NULL || !wish_read(folder, &w))
		return die("what is wanted?");
	if (strcmp(w.mode, "fails") == 0)
		return die("as wanted");
	while (strcmp(w.mode, "hangs") == 0)
		pause();
	if (strcmp(w.mode, "half") == 0)
		return half_write(path);
	return set_write(&w, path);
}
