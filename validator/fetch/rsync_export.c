/*
 * rsync_export: the live set as files, for rsync to compare with.
 *
 * Nobody else writes to the folder yet, so plain relative paths do.  What does
 * not fit (a limit, a name) is left out: rsync transfers it then.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/ascii.h"
#include "core/uri.h"
#include "validator/fetch/rsync_tree.h"
#include "waymark/err.h"

/* Letters, digits and _- */
static const struct ascii_set file_characters = {
	0x03ff200000000000, 0x07fffffe87fffffe};

/* Characters of a segment, RFC 3986 section 3.3: letters, digits and
 * -._~!$&'()*+,;=:@% */
static const struct ascii_set folder_characters = {
	0x2fff7ff200000000, 0x47fffffe87ffffff};

bool
rsync_file_is_fit(struct span name)
{
	if (name.n < 5 || name.n > BOUND_FILE_NAME || name.p[name.n - 4] != '.')
		return false;
	for (size_t i = 0; i < name.n - 4; i++)
		if (!ascii_has(file_characters, name.p[i]))
			return false;
	for (size_t i = name.n - 3; i < name.n; i++)
		if (name.p[i] < 'a' || name.p[i] > 'z')
			return false;
	return true;
}

bool
rsync_folder_is_fit(struct span name)
{
	if (name.n == 0 || name.n > BOUND_FILE_NAME || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_has(folder_characters, name.p[i]))
			return false;
	return true;
}

DIR *
rsync_folder_open(int at, const char *name)
{
	int fd = openat(
		at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL && fd >= 0)
		(void)close(fd);
	return dir;
}

/* Whether a path below the module is one that an import would have read. */
static bool
path_is_fit(struct span path)
{
	size_t depth = 0, begin = 0;

	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] != '/')
			continue;
		if (!rsync_folder_is_fit(span_of(path.p + begin, i - begin)) ||
			++depth > BOUND_RSYNC_DEPTH)
			return false;
		begin = i + 1;
	}
	return rsync_file_is_fit(span_of(path.p + begin, path.n - begin));
}

/* Make the folders of a path, unless the last one was in the same. */
static int
folders_make(struct rsync_export *e, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	if (strlen(e->folder) == n && memcmp(e->folder, path, n) == 0)
		return 0;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/')
			continue;
		memcpy(e->folder, path, i);
		e->folder[i] = '\0';
		if (mkdirat(e->root, e->folder, 0700) != 0 && errno != EEXIST)
			return err_from_errno(errno);
	}
	memcpy(e->folder, path, n);
	e->folder[n] = '\0';
	return 0;
}

static int
all_write(int fd, struct span bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return err_from_errno(errno);
		if (n > 0)
			bytes = span_of(
				bytes.p + (size_t)n, bytes.n - (size_t)n);
	}
	return 0;
}

static int
file_put(int root, const char *path, struct span bytes, int64_t mtime)
{
	struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};
	int fd = openat(root, path,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return err_from_errno(errno);
	err = all_write(fd, bytes);
	if (err == 0 && futimens(fd, times) != 0)
		err = err_from_errno(errno);
	if (close(fd) != 0 && err == 0)
		err = err_from_errno(errno);
	return err;
}

static int
one_put(struct rsync_export *e, struct span path, struct span bytes,
	int64_t mtime)
{
	char name[BOUND_URI + 1];
	int err;

	if (!path_is_fit(path) || e->files >= BOUND_RSYNC_FILES ||
		e->octets + bytes.n > BOUND_RSYNC_OCTETS)
		return 0;
	memcpy(name, path.p, path.n);
	name[path.n] = '\0';
	err = folders_make(e, name);
	if (err == 0)
		err = file_put(e->root, name, bytes, mtime);
	e->files++;
	e->octets += bytes.n;
	return err;
}

/* One object of the live set.  The walk may begin with the one that was the
 * last of the slice before. */
static bool
each(void *to, struct span uri, struct span bytes, int64_t mtime)
{
	struct rsync_export *e = to;
	size_t base = strlen(e->uri);

	if (uri.n > BOUND_URI || span_equal(uri, span_of(e->last, e->last_n)))
		return true;
	if (e->left == 0)
		return false;
	e->left--;
	memcpy(e->last, uri.p, uri.n);
	e->last_n = uri.n;
	if (uri.n > base && memcmp(uri.p, e->uri, base) == 0)
		e->err = one_put(
			e, span_of(uri.p + base, uri.n - base), bytes, mtime);
	if (mono_since(e->begun, mono_now()) >= RSYNC_SLICE_MS)
		e->left = 0;
	return e->err == 0;
}

void
rsync_export_init(struct rsync_export *e, int root, const char *uri)
{
	*e = (struct rsync_export){.root = root, .uri = uri};
}

int
rsync_export_step(struct rsync_export *e, const struct depot *depot)
{
	struct span from = span_of(e->last_n == 0 ? NULL : e->last, e->last_n);
	int err;

	e->left = RSYNC_SLICE;
	e->begun = mono_now();
	err = depot->ops->walk(depot->ctx, (struct repo_id){REPO_RSYNC, e->uri},
		from, each, e);
	if (err == ERR_NOTFOUND)
		return RSYNC_DONE; /* a module that is new */
	if (err != 0 || e->err != 0)
		return err != 0 ? err : e->err;
	return e->left == 0 ? RSYNC_MORE : RSYNC_DONE;
}
