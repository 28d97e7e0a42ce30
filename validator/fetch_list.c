/*
 * fetch_list: see the header.
 */
#include "validator/fetch_list.h"

#include <stdio.h>
#include <string.h>

#include "validator/tal/tal.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 16384
};

int
fetch_list_init(struct fetch_list *l, const char *folder, const struct log *log)
{
	*l = (struct fetch_list){.arena = arena_new(ARENA_CHUNK), .log = log};
	(void)snprintf(l->path, sizeof(l->path), "%s/wanted", folder);
	return l->arena != NULL ? 0 : ERR_NOMEM;
}

void
fetch_list_fini(struct fetch_list *l)
{
	VEC_FREE(&l->places);
	arena_free(l->arena);
	l->arena = NULL;
}

/* Each place of a locator stands behind the one before it. */
static int
add_places(struct fetch_list *l, const struct tal *tal)
{
	const char *before = NULL;

	for (size_t i = 0; i < tal->uri_count; i++) {
		struct want want = {
			.kind = REPO_TA,
			.uri = (const char *)tal->uris[i].p,
			.after = before,
			.ta = tal->name,
			.delegation = "",
			.hosts = "",
		};

		if (!VEC_PUSH(&l->places, want))
			return ERR_NOMEM;
		before = want.uri;
	}
	return 0;
}

int
fetch_list_add(struct fetch_list *l, const char *path, char why[512])
{
	const char *const *paths;
	size_t n;

	if (tal_list(path, l->arena, &paths, &n, why) != 0)
		return ERR_USAGE;
	for (size_t i = 0; i < n; i++) {
		struct tal tal;
		int err = tal_read(paths[i], l->arena, &tal, why);

		if (err == ERR_NOMEM)
			return err;
		if (err == 0)
			err = add_places(l, &tal);
		else if (strcmp(paths[i], path) == 0)
			return ERR_USAGE;
		else
			log_event(l->log, LOG_LEVEL_ERROR, "tal", "%s", why);
	}
	return 0;
}

/* The locators' places, then what the file has. */
static int
hand_over(struct fetch_list *l, struct arena *arena, struct wanted *w,
	struct fetching *f)
{
	size_t n = l->places.n + w->want_count;
	struct want *wants = arena_array(arena, n + 1, sizeof(*wants));

	if (wants == NULL)
		return ERR_NOMEM;
	if (l->places.n > 0)
		memcpy(wants, l->places.at, l->places.n * sizeof(*wants));
	if (w->want_count > 0)
		memcpy(wants + l->places.n, w->wants,
			w->want_count * sizeof(*wants));
	w->wants = wants;
	w->want_count = n;
	return fetching_want(f, w);
}

int
fetch_list_read(struct fetch_list *l, struct fetching *f)
{
	struct arena *arena = arena_new(ARENA_CHUNK);
	struct wanted w = {0};
	char why[256] = "";
	int err, handed = 0;

	if (arena == NULL)
		return ERR_NOMEM;
	/* Looked at first: a file that is replaced while it is read is read
	 * once more. */
	l->has_seen = stat(l->path, &l->seen) == 0;
	err = wanted_read(l->path, arena, &w, why);
	if (err != 0 && err != ERR_NOTFOUND)
		log_event(l->log, LOG_LEVEL_ERROR, "wanted",
			"file=%s error=%s text=\"%s\"", l->path, err_name(err),
			why[0] != '\0' ? why : err_text(err));
	if (err == 0 || err == ERR_NOTFOUND || !l->has_handed)
		handed = hand_over(l, arena, &w, f);
	l->has_handed = true;
	arena_free(arena);
	return handed != 0 ? handed : err;
}

bool
fetch_list_has_changed(const struct fetch_list *l)
{
	struct stat now;

	/* A file that is gone changes nothing: there is no newer list. */
	if (stat(l->path, &now) != 0)
		return false;
	return !l->has_seen || now.st_ino != l->seen.st_ino ||
		now.st_size != l->seen.st_size ||
		now.st_mtim.tv_sec != l->seen.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != l->seen.st_mtim.tv_nsec;
}
