/*
 * local: a socket's file is made, known again, and removed.
 */
#include "rtrd/net/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "waymark/err.h"

/* Whether somebody answers at the socket.  One with a full backlog counts. */
static bool
is_live(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool live;

	if (fd < 0)
		return true; /* cannot tell: never take it from anybody */
	live = connect(fd, (const struct sockaddr *)address,
		       sizeof(*address)) == 0 ||
		(errno != ECONNREFUSED && errno != ENOENT);
	(void)close(fd);
	return live;
}

/* Make way for a socket at the path. */
static int
path_clear(const struct sockaddr_un *address)
{
	struct stat file;

	if (lstat(address->sun_path, &file) != 0)
		return errno == ENOENT ? 0 : err_from_errno(errno);
	if (!S_ISSOCK(file.st_mode))
		return ERR_EXISTS;
	if (is_live(address))
		return ERR_LOCKED;
	return unlink(address->sun_path) == 0 ? 0 : err_from_errno(errno);
}

/* /run is empty after a boot, and no service manager may have made our folder
 * in it.  No more than that one: a wrong path shall be told, not made.  When it
 * cannot be had, binding says so. */
static void
folder_make(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	(void)mkdir(folder, 0755);
}

int
local_adopt(const char *path, struct local_file *out)
{
	struct stat file;

	if (strlen(path) >= sizeof(out->path))
		return ERR_RANGE;
	if (lstat(path, &file) != 0)
		return err_from_errno(errno);
	if (!S_ISSOCK(file.st_mode))
		return ERR_EXISTS;
	snprintf(out->path, sizeof(out->path), "%s", path);
	out->dev = file.st_dev;
	out->ino = file.st_ino;
	return 0;
}

int
local_bind(const char *path, unsigned mode, struct local_file *out)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return ERR_RANGE;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	folder_make(path);
	err = path_clear(&address);
	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_from_errno(errno);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		err = err_from_errno(errno);
		(void)close(fd);
		return err;
	}
	err = chmod(path, (mode_t)mode) == 0 ? local_adopt(path, out)
					     : err_from_errno(errno);
	if (err == 0)
		return fd;
	(void)unlink(path);
	(void)close(fd);
	return err;
}

bool
local_is_there(const struct local_file *f)
{
	struct stat file;

	return lstat(f->path, &file) == 0 && file.st_dev == f->dev &&
		file.st_ino == f->ino;
}

void
local_remove(const struct local_file *f)
{
	if (local_is_there(f))
		(void)unlink(f->path);
}

const char *
local_text(int err)
{
	if (err == ERR_LOCKED)
		return "another instance listens there";
	if (err == ERR_EXISTS)
		return "a file is there that is no socket";
	if (err == ERR_RANGE)
		return "the path is too long for a socket";
	if (err == ERR_NOTFOUND)
		return "there is no such folder, and it cannot be made";
	return err_text(err);
}
