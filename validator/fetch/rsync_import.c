/*
 * rsync_import: files to objects, without trust in what lies there.
 *
 *	level 0  [ a.cer  b/  c.roa ]
 *	level 1           '-> [ d.mft ... ]
 *
 * A folder is read whole and sorted, with "b" as "b/", so that URIs come in
 * their order and the store writes its pages one after the other.  The program
 * has ended; what it left is looked at by lstat before anything is opened, and
 * by fstat after.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/uri.h"
#include "validator/fetch/rsync_tree.h"
#include "waymark/err.h"

enum {
	NAMES_CHUNK = 16384,
	BUFFER_FIRST = 65536,
	FRESH_S = 2, /* clocks of servers are not better */
};

/* Read up to the end or `cap`. */
static int
all_read(int fd, uint8_t *p, size_t cap, size_t *n)
{
	ssize_t k = 1;

	*n = 0;
	while (*n < cap && k != 0) {
		k = read(fd, p + *n, cap - *n);
		if (k < 0 && errno != EINTR)
			return ERR_IO;
		if (k > 0)
			*n += (size_t)k;
	}
	return 0;
}

static int
open_load(int fd, uint8_t **buffer, size_t *cap, struct span *out)
{
	struct stat st;
	size_t n;
	int err;

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return ERR_KIND;
	if (st.st_size > BOUND_OBJECT_MAX)
		return ERR_LIMIT;
	if (!vec_reserve(
		    (void **)buffer, cap, (size_t)st.st_size + BUFFER_FIRST, 1))
		return ERR_NOMEM;
	err = all_read(fd, *buffer, (size_t)st.st_size, &n);
	if (err == 0)
		*out = span_of(*buffer, n);
	return err;
}

int
rsync_file_load(int at, const char *name, uint8_t **buffer, size_t *cap,
	struct span *out)
{
	int fd = openat(
		at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0)
		return errno == ELOOP ? ERR_KIND : err_from_errno(errno);
	err = open_load(fd, buffer, cap, out);
	(void)close(fd); /* nothing was written */
	return err;
}

static void
skip(struct rsync_import *im, uint64_t *counter, const char *name)
{
	struct rsync_skipped *s = &im->skipped;

	++*counter;
	if (s->first[0] == '\0')
		(void)snprintf(s->first, sizeof(s->first), "%.*s%s",
			(int)(im->levels[im->depth - 1].uri_n - im->base_n),
			im->uri + im->base_n, name);
}

static uint64_t *
skip_counter(struct rsync_import *im, const struct stat *st, struct span name)
{
	if (S_ISLNK(st->st_mode))
		return &im->skipped.links;
	if (S_ISDIR(st->st_mode))
		return rsync_folder_is_fit(name) ? NULL : &im->skipped.names;
	if (!S_ISREG(st->st_mode))
		return &im->skipped.special;
	if (!rsync_file_is_fit(name))
		return &im->skipped.names;
	if (st->st_nlink != 1)
		return &im->skipped.links;
	return st->st_size > BOUND_OBJECT_MAX ? &im->skipped.large : NULL;
}

/* Remember an entry, or count it as skipped. */
static int
entry_add(struct rsync_import *im, struct rsync_level *l, const char *text)
{
	struct span name = span_of(text, strlen(text));
	struct rsync_entry entry = {.n = name.n};
	struct stat st;
	uint64_t *counter;

	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return 0;
	if (fstatat(dirfd(l->dir), text, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_from_errno(errno);
	counter = skip_counter(im, &st, name);
	/* A URI that is too long cannot be in a manifest's folder either. */
	if (counter == NULL && l->uri_n + name.n + 1 > BOUND_URI)
		counter = &im->skipped.names;
	if (counter != NULL) {
		skip(im, counter, text);
		return 0;
	}
	entry.folder = S_ISDIR(st.st_mode);
	entry.name = arena_text(l->names, text, name.n);
	if (entry.name == NULL || !VEC_PUSH(&l->entries, entry))
		return ERR_NOMEM;
	return ++im->files > BOUND_RSYNC_FILES ? ERR_LIMIT : 0;
}

/* An octet of a name, with the slash that stands behind a folder's. */
static int
octet_of(const struct rsync_entry *e, size_t i)
{
	if (i < e->n)
		return (uint8_t)e->name[i];
	return i == e->n && e->folder ? '/' : -1;
}

static int
entry_compare(const void *a, const void *b)
{
	const struct rsync_entry *x = a, *y = b;
	size_t i = 0;

	while (octet_of(x, i) >= 0 && octet_of(x, i) == octet_of(y, i))
		i++;
	return octet_of(x, i) - octet_of(y, i);
}

static void
level_leave(struct rsync_import *im)
{
	struct rsync_level *l = &im->levels[--im->depth];

	if (l->dir != NULL)
		(void)closedir(l->dir);
	arena_free(l->names);
	VEC_FREE(&l->entries);
	*l = (struct rsync_level){0};
}

/* Go into a folder, whose URI is the first `uri_n` octets. */
static int
level_enter(struct rsync_import *im, int at, const char *name, size_t uri_n)
{
	struct rsync_level *l = &im->levels[im->depth];
	DIR *dir = rsync_folder_open(at, name);

	if (dir == NULL)
		return err_from_errno(errno);
	*l = (struct rsync_level){
		.dir = dir, .names = arena_new(NAMES_CHUNK), .uri_n = uri_n};
	im->depth++;
	return l->names == NULL ? ERR_NOMEM : 0;
}

int
rsync_import_init(
	struct rsync_import *im, int root, const char *uri, struct wall now)
{
	*im = (struct rsync_import){.fresh.s = now.s - FRESH_S};
	im->base_n = strlen(uri);
	memcpy(im->uri, uri, im->base_n);
	return level_enter(im, root, ".", im->base_n);
}

/* Two versions of the same size and second look the same to rsync's quick
 * check.  So what changed just before we came gets no time, and is compared
 * next time. */
static int64_t
trusted_time(const struct rsync_import *im, const struct stat *st)
{
	return st->st_mtime >= im->fresh.s ? 0 : st->st_mtime;
}

static int
file_import(struct rsync_import *im, const char *name, size_t uri_n,
	struct stage *stage, const struct depot_ops *ops)
{
	int at = dirfd(im->levels[im->depth - 1].dir);
	struct stage_item item = {.uri = span_of(im->uri, uri_n)};
	struct uri parts;
	struct stat st;
	int err;

	if (uri_parse(item.uri, &parts) != URI_GOOD) {
		skip(im, &im->skipped.names, name);
		return 0;
	}
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_from_errno(errno);
	err = rsync_file_load(at, name, &im->buffer, &im->cap, &item.bytes);
	if (err != 0)
		return err;
	im->objects++;
	im->octets += item.bytes.n;
	if (im->octets > BOUND_RSYNC_OCTETS)
		return ERR_LIMIT;
	item.mtime = trusted_time(im, &st);
	return ops->put(stage, &item);
}

/* The next entry of the innermost folder, which was read and sorted. */
static int
entry_import(struct rsync_import *im, struct stage *stage,
	const struct depot_ops *ops)
{
	struct rsync_level *l = &im->levels[im->depth - 1];
	const struct rsync_entry *e;
	size_t n = l->uri_n;

	if (l->at == l->entries.n) {
		level_leave(im);
		return 0;
	}
	e = &l->entries.at[l->at++];
	memcpy(im->uri + n, e->name, e->n);
	n += e->n;
	if (!e->folder)
		return file_import(im, e->name, n, stage, ops);
	if (im->depth == BOUND_RSYNC_DEPTH + 1)
		return ERR_LIMIT;
	im->uri[n++] = '/';
	return level_enter(im, dirfd(l->dir), e->name, n);
}

/* One entry more: of the list, until it is whole, then of the files. */
static int
one_step(struct rsync_import *im, struct stage *stage,
	const struct depot_ops *ops)
{
	struct rsync_level *l = &im->levels[im->depth - 1];
	struct dirent *entry;

	if (l->sorted)
		return entry_import(im, stage, ops);
	errno = 0;
	entry = readdir(l->dir);
	if (entry != NULL)
		return entry_add(im, l, entry->d_name);
	if (errno != 0)
		return err_from_errno(errno);
	if (l->entries.n > 0)
		qsort(l->entries.at, l->entries.n, sizeof(*l->entries.at),
			entry_compare);
	l->sorted = true;
	return 0;
}

int
rsync_import_step(struct rsync_import *im, struct stage *stage,
	const struct depot_ops *ops)
{
	struct mono begun = mono_now();
	int err = 0;

	for (int i = 0; i < RSYNC_SLICE && im->depth > 0 && err == 0; i++) {
		err = one_step(im, stage, ops);
		if (mono_since(begun, mono_now()) >= RSYNC_SLICE_MS)
			break;
	}
	if (err != 0)
		return err;
	return im->depth > 0 ? RSYNC_MORE : RSYNC_DONE;
}

void
rsync_import_fini(struct rsync_import *im)
{
	while (im->depth > 0)
		level_leave(im);
	free(im->buffer);
	im->buffer = NULL;
	im->cap = 0;
}
