/*
 * memo.h: steps of a town that is validated from its store, each twice over:
 * without memory and with it; the snapshots must be the same to the octet.
 */
#ifndef TESTS_RUN_MEMO_H
#define TESTS_RUN_MEMO_H

#include <stdio.h>
#include <string.h>

#include "tests/unit/run/stall.h"

enum {
	MEMO_POINTS = TOWN_TAS * (1 + 2 * TOWN_CAS),
	MEMO_FILE = 4194304
};

static inline struct span
memo_snapshot(struct stall *s, const struct result *r)
{
	char path[256];
	struct span out;

	folder_path(&s->store, "snapshot", path);
	cr_assert(snapshot_write(&r->snapshot, path) == 0);
	cr_assert(file_read(path, MEMO_FILE, s->town->arena, &out) == 0);
	return out;
}

/* One step; its result, to be freed by result_free, and remembered. */
static inline struct result *
memo_step(struct stall *s)
{
	struct chain_progress *p = &s->town->progress;
	struct result *r;
	struct span plain, quick;

	s->town->options.no_memo = true;
	atomic_store(&p->recalled, 0);
	r = stall_run(s);
	cr_assert(atomic_load(&p->recalled) == 0);
	plain = memo_snapshot(s, r);
	stall_end(s, r, false);
	result_free(r);
	s->town->options.no_memo = false;
	atomic_store(&p->recalled, 0);
	atomic_store(&p->recalled_objects, 0);
	r = stall_run(s);
	quick = memo_snapshot(s, r);
	cr_assert(span_equal(plain, quick), "other octets with memory");
	stall_end(s, r, true);
	return r;
}

/* A step of which so many points, and objects of others, were remembered. */
static inline void
memo_expect(
	struct stall *s, uint64_t points, uint64_t objects, const char *what)
{
	struct chain_progress *p = &s->town->progress;

	result_free(memo_step(s));
	cr_expect(atomic_load(&p->recalled) == points, "%s: %d points", what,
		(int)atomic_load(&p->recalled));
	cr_expect(atomic_load(&p->recalled_objects) == objects,
		"%s: %d objects", what, (int)atomic_load(&p->recalled_objects));
}

/* Publish the town as it is now. */
static inline void
memo_publish(struct stall *s)
{
	struct wall at = s->town->options.at;

	town_write(s->town);
	if (at.s != 0)
		s->town->options.at = at;
	stall_fetch(s);
}

#endif
