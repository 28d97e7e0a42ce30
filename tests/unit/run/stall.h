/*
 * stall: what a town published, fetched into a store, and runs over that.
 *
 *	town --stall_fetch--> store --stall_run--> result
 *
 * A CA with a notification is fetched by both RRDP and rsync; a test may leave
 * one out.
 */
#ifndef TESTS_RUN_STALL_H
#define TESTS_RUN_STALL_H

#include "tests/unit/run/cellar.h"
#include "tests/unit/run/town.h"
#include "validator/run/repos.h"

struct stall {
	struct town *town;
	struct folder store;
	struct cellar cellar;
	struct reader_file *reader;
	struct pins *pins;
};

static inline struct stall
stall_new(struct town *town)
{
	struct stall s = {.town = town, .store = folder_new()};

	s.cellar = cellar_open(s.store.path, (struct wall){LAB_NOW});
	return s;
}

/* The module of a CA, as the set of a repository. */
static inline void
stall_publish(struct stall *s, const struct lab_ca *ca, enum repo_kind kind,
	const char *uri)
{
	char path[512], base[256];

	(void)snprintf(path, sizeof(path), "%s/repo/%s/%s",
		s->town->folder.path, ca->host, ca->module);
	(void)snprintf(
		base, sizeof(base), "rsync://%s/%s", ca->host, ca->module);
	cellar_publish(&s->cellar, kind, uri, path, base);
}

static inline const char *
stall_module(const struct stall *s, const struct lab_ca *ca)
{
	return lab_world_text(
		s->town->world, "rsync://%s/%s/", ca->host, ca->module);
}

/* The certificates of the trust anchors. */
static inline void
stall_fetch_tas(struct stall *s)
{
	char path[512];
	const char *paths[1] = {path};
	int i;

	for (i = 0; i < TOWN_TAS; i++) {
		const char *uri =
			(const char *)s->town->options.tas[i].tal.uris[0].p;

		(void)snprintf(path, sizeof(path), "%s/repo/%s",
			s->town->folder.path, uri + strlen("rsync://"));
		cellar_anchor(&s->cellar, uri, paths, 1);
	}
}

/* Whether an earlier CA has what this one has: a module, or a notification. */
static inline bool
stall_has(const struct stall *s, size_t i, bool notify)
{
	const struct lab_ca *ca = lab_world_ca(s->town->world, i), *other;

	while (i-- > 0) {
		other = lab_world_ca(s->town->world, i);
		if (notify ? other->notify_uri != NULL &&
					strcmp(other->notify_uri,
						ca->notify_uri) == 0
			   : strcmp(other->host, ca->host) == 0)
			return true;
	}
	return false;
}

/* The modules of all CAs that have the notification of one. */
static inline void
stall_fetch_rrdp(struct stall *s, const char *notify_uri)
{
	struct stage *stage = cellar_begin(&s->cellar, REPO_RRDP, notify_uri);
	struct repo_record record =
		cellar_record(&s->cellar, REPO_RRDP, notify_uri);
	const struct lab_ca *ca;
	char path[512], base[256];
	size_t i;

	for (i = 0; (ca = lab_world_ca(s->town->world, i)) != NULL; i++) {
		if (ca->notify_uri == NULL ||
			strcmp(ca->notify_uri, notify_uri) != 0 ||
			stall_has(s, i, false))
			continue;
		(void)snprintf(path, sizeof(path), "%s/repo/%s/%s",
			s->town->folder.path, ca->host, ca->module);
		(void)snprintf(base, sizeof(base), "rsync://%s/%s", ca->host,
			ca->module);
		cellar_put(&s->cellar, stage, path, base);
	}
	cellar_commit(&s->cellar, stage, &record);
}

/* All that the town published, by all ways that it names. */
static inline void
stall_fetch(struct stall *s)
{
	struct lab_ca *ca;
	size_t i;

	stall_fetch_tas(s);
	for (i = 0; (ca = lab_world_ca(s->town->world, i)) != NULL; i++) {
		if (!stall_has(s, i, false))
			stall_publish(s, ca, REPO_RSYNC, stall_module(s, ca));
		if (ca->notify_uri != NULL && !stall_has(s, i, true))
			stall_fetch_rrdp(s, ca->notify_uri);
	}
}

/* One run over the store; freed by result_free. */
static inline struct result *
stall_run(struct stall *s)
{
	struct run_options options = s->town->options;
	struct result *r = NULL;
	int err;

	cr_assert(reader_attach(s->cellar.store, &s->reader) == 0);
	cr_assert(pins_open(s->store.path, true, NULL, &s->pins) == 0);
	options.local = NULL;
	options.shelf.reader = s->reader;
	options.shelf.pins = s->pins;
	if (options.shelf.repos.most == 0) {
		options.shelf.repos.most = BOUND_REPOS_PER_TA;
		options.shelf.repos.fresh = BOUND_REPOS_NEW;
		options.shelf.repos.rrdp = options.shelf.repos.rsync = true;
	}
	options.shelf.repos.now = s->cellar.now;
	err = walk_run(&options, &r);
	cr_assert(err == 0, "walk_run: %d", err);
	return r;
}

/* Let go of the store, and remember what held. */
static inline void
stall_end(struct stall *s, struct result *r, bool remember)
{
	if (remember)
		cr_assert(result_remember(r, s->pins, s->cellar.now) == 0);
	result_rest(r);
	pins_close(s->pins);
	reader_close(s->reader);
	s->pins = NULL;
	s->reader = NULL;
}

/* A run that is remembered and forgotten. */
static inline void
stall_remember(struct stall *s)
{
	struct result *r = stall_run(s);

	stall_end(s, r, true);
	result_free(r);
}

static inline uint64_t
stall_counter(const struct result *r, uint32_t ta, enum report_counter counter)
{
	return r->snapshot.report.tas[ta].counters[counter];
}

static inline void
stall_free(struct stall *s)
{
	cellar_close(&s->cellar);
	folder_free(&s->store);
	town_free(s->town);
}

#endif
