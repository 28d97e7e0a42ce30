/*
 * tree: see the header.
 *
 * A file system can hold what is no file: a FIFO would make a reader wait, so
 * everything is opened without blocking.  What it is is only asked for when it
 * read oddly: as nothing, as too much, or not at all.
 */
#include "validator/chain/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/uri.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	BUFFER_FIRST = 65536, /* nearly every object fits */
	FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	FILE_FLAGS = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
};

static int
open_error(int number)
{
	if (number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG)
		return ERR_NOTFOUND;
	if (number == EACCES || number == EPERM || number == ELOOP)
		return ERR_DENIED;
	/* Want of ours says nothing about what was published. */
	if (number == EMFILE || number == ENFILE || number == ENOMEM)
		return ERR_NOMEM;
	return ERR_IO;
}

int
tree_open(const char *path, struct tree *out)
{
	int fd = open(path, FOLDER_FLAGS);

	if (fd < 0)
		return open_error(errno);
	out->fd = fd;
	out->path = path;
	return 0;
}

void
tree_close(struct tree *t)
{
	if (t->fd >= 0)
		(void)close(t->fd); /* nothing was written */
	t->fd = -1;
}

void
tree_view_init(struct tree_view *v, const struct tree *t)
{
	v->tree = t;
	v->folder = -1;
	v->module_fd = -1;
	v->module_n = 0;
}

void
tree_view_fini(struct tree_view *v)
{
	if (v->module_fd >= 0)
		(void)close(v->module_fd);
	v->module_fd = -1;
}

/* Take the text up to the next slash; false when there is none. */
static bool
take_segment(struct span *path, struct span *segment)
{
	const uint8_t *slash =
		path->n == 0 ? NULL : memchr(path->p, '/', path->n);

	if (slash == NULL)
		return false;
	*segment = span_of(path->p, (size_t)(slash - path->p));
	path->p += segment->n + 1;
	path->n -= segment->n + 1;
	return true;
}

static int
open_segment(int folder, struct span segment, int flags, int *out)
{
	char name[BOUND_FILE_NAME + 1];
	int fd;

	if (segment.n == 0)
		return ERR_SYNTAX;
	if (segment.n > BOUND_FILE_NAME)
		return ERR_NOTFOUND;
	memcpy(name, segment.p, segment.n);
	name[segment.n] = '\0';
	fd = openat(folder, name, flags);
	if (fd < 0)
		return open_error(errno);
	*out = fd;
	return 0;
}

/* Make `host`/`module` the view's module. */
static int
enter_module(struct tree_view *v, struct span host, struct span module)
{
	size_t n = host.n + 1 + module.n;
	int host_fd, fd, err;

	if (n > sizeof(v->module))
		return ERR_NOTFOUND;
	if (v->module_fd >= 0 && v->module_n == n &&
		memcmp(v->module, host.p, host.n) == 0 &&
		v->module[host.n] == '/' &&
		memcmp(v->module + host.n + 1, module.p, module.n) == 0)
		return 0;
	err = open_segment(v->tree->fd, host, FOLDER_FLAGS, &host_fd);
	if (err != 0)
		return err;
	err = open_segment(host_fd, module, FOLDER_FLAGS, &fd);
	(void)close(host_fd);
	if (err != 0)
		return err;
	tree_view_fini(v);
	v->module_fd = fd;
	v->module_n = n;
	memcpy(v->module, host.p, host.n);
	v->module[host.n] = '/';
	memcpy(v->module + host.n + 1, module.p, module.n);
	return 0;
}

int
tree_folder(struct tree_view *v, struct span uri, int *fd)
{
	struct uri u;
	struct span segment;
	int at, next, err;

	if (uri_parse(uri, &u) != URI_GOOD)
		return ERR_SYNTAX;
	if (!take_segment(&u.path, &segment)) {
		/* A trust anchor may lie directly below its host. */
		return open_segment(v->tree->fd, u.host, FOLDER_FLAGS, fd);
	}
	err = enter_module(v, u.host, segment);
	if (err != 0)
		return err;
	at = fcntl(v->module_fd, F_DUPFD_CLOEXEC, 0);
	if (at < 0)
		return open_error(errno);
	while (take_segment(&u.path, &segment)) {
		err = open_segment(
			at, segment, FOLDER_FLAGS | O_NOFOLLOW, &next);
		(void)close(at);
		if (err != 0)
			return err;
		at = next;
	}
	*fd = at;
	return 0;
}

static int
grow(struct source_buffer *b)
{
	size_t cap = b->cap == 0 ? BUFFER_FIRST : b->cap * 4;
	uint8_t *p;

	/* One octet more than allowed shows that a file is too large. */
	if (cap > BOUND_OBJECT_MAX)
		cap = BOUND_OBJECT_MAX + 1;
	p = realloc(b->p, cap);
	if (p == NULL)
		return ERR_NOMEM;
	b->p = p;
	b->cap = cap;
	return 0;
}

/* Read to the end: less than asked for is the end, as this is a file. */
static int
read_whole(int fd, struct source_buffer *b, size_t *n)
{
	size_t at = 0;
	ssize_t got;

	for (;;) {
		if (at == b->cap && b->cap > BOUND_OBJECT_MAX)
			return ERR_LIMIT;
		if (at == b->cap && grow(b) != 0)
			return ERR_NOMEM;
		got = read(fd, b->p + at, b->cap - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		at += (size_t)got;
		if (at < b->cap)
			break;
	}
	*n = at;
	return 0;
}

/* The error of a file that read oddly, or 0 for one that is just empty. */
static int
odd_error(int fd, int err)
{
	struct stat st;

	if (err == ERR_NOMEM || fstat(fd, &st) != 0 || S_ISREG(st.st_mode))
		return err;
	return S_ISDIR(st.st_mode) ? ERR_FOLDER : ERR_KIND;
}

int
tree_read(int folder, struct span name, struct source_buffer *buffer,
	struct span *out)
{
	size_t n = 0;
	int fd, err;

	if (name.n == 0 || memchr(name.p, '/', name.n) != NULL ||
		memchr(name.p, '\0', name.n) != NULL || name.p[0] == '.')
		return ERR_SYNTAX;
	err = open_segment(folder, name, FILE_FLAGS, &fd);
	if (err != 0)
		return err;
	err = read_whole(fd, buffer, &n);
	if (err != 0 || n == 0)
		err = odd_error(fd, err);
	(void)close(fd);
	if (err == 0)
		*out = span_of(buffer->p, n);
	return err;
}

/* A tree has one version of everything. */
static size_t
places(void *view, const struct ca *ca, struct place out[SOURCE_PLACES])
{
	(void)view;
	(void)ca;
	out[0] = (struct place){.repo = -1};
	return 1;
}

static int
open_point(void *view, const struct ca *ca, const struct place *place)
{
	struct tree_view *v = view;

	(void)place;
	return tree_folder(v, ca->repository_uri, &v->folder);
}

static void
close_point(void *view)
{
	struct tree_view *v = view;

	if (v->folder >= 0)
		(void)close(v->folder); /* nothing was written */
	v->folder = -1;
}

static int
read_file(void *view, struct span name, const uint8_t *hash,
	struct source_buffer *buffer, struct source_file *out)
{
	struct tree_view *v = view;

	(void)hash;
	out->hashed = false;
	return tree_read(v->folder, name, buffer, &out->der);
}

static int
read_anchor(void *view, struct span uri, size_t i, struct source_buffer *buffer,
	struct source_file *out)
{
	int folder;
	int err = i > 0 ? ERR_NOTFOUND
			: tree_folder(view, uri_folder(uri), &folder);

	if (err != 0)
		return err;
	out->hashed = false;
	err = tree_read(folder, uri_name(uri), buffer, &out->der);
	(void)close(folder); /* nothing was written */
	return err;
}

/* A tree that is given one level off looks as if nothing were published: the
 * path tells. */
static const char *
where(void *view, struct span uri, char buf[SOURCE_WHERE])
{
	const struct tree_view *v = view;
	struct uri u;

	buf[0] = '\0';
	if (v->tree->path != NULL && uri_parse(uri, &u) == URI_GOOD)
		(void)snprintf(buf, SOURCE_WHERE, "%s/%.*s/%.*s", v->tree->path,
			(int)u.host.n, (const char *)u.host.p, (int)u.path.n,
			(const char *)u.path.p);
	return buf;
}

static void
free_view(void *view)
{
	tree_view_fini(view);
	free(view);
}

static const struct source_ops tree_ops = {
	.places = places,
	.open = open_point,
	.close = close_point,
	.read = read_file,
	.anchor = read_anchor,
	.where = where,
	.free = free_view,
};

int
tree_source(const struct tree *t, struct source *out)
{
	struct tree_view *v = malloc(sizeof(*v));

	if (v == NULL)
		return ERR_NOMEM;
	tree_view_init(v, t);
	*out = (struct source){.ops = &tree_ops, .view = v};
	return 0;
}
