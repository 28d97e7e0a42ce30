/*
 * local: Unix sockets, and the files that stand for them.
 *
 *	folder made if missing -> stale file removed -> bound -> mode set
 *	...
 *	removed at the end, if it is still ours
 */
#ifndef NET_LOCAL_H
#define NET_LOCAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

/* The file of a socket, to know it again. */
struct local_file {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* "": none */
	dev_t dev;
	ino_t ino;
};

/* A socket that is bound to `path` with this mode, and does not listen yet:
 * until it does nobody can connect, so that the mode of bind(2) is never in
 * force.  The last folder of the path is made when it is missing; a socket that
 * nobody answers is removed.  A descriptor; ERR_LOCKED when somebody answers,
 * ERR_EXISTS for a file of another kind, ERR_RANGE for a path that is too long,
 * or another error. */
int local_bind(const char *path, unsigned mode, struct local_file *out);

/* Note the file of a socket that somebody else has bound.  0 or the error. */
int local_adopt(const char *path, struct local_file *out);

/* Whether the file is still the one that was bound. */
bool local_is_there(const struct local_file *f);

/* Remove it, if it is: another instance may have put its own there. */
void local_remove(const struct local_file *f);

/* An error of local_bind as the operator can mend it.  Static text. */
const char *local_text(int err);

#endif
