/*
 * spool: see the header.
 */
#include "core/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "waymark/bounds.h"
#include "waymark/err.h"

void
spool_init(struct spool *s, const char *folder)
{
	*s = (struct spool){.folder = folder, .fd = -1};
}

void
spool_fini(struct spool *s)
{
	VEC_FREE(&s->held);
	if (s->fd >= 0)
		(void)close(s->fd); /* nobody reads it any more */
	s->fd = -1;
}

/* Not every file system has files without a name. */
static int
open_file(const char *folder, int *fd)
{
	char path[BOUND_PATH + 32];

	*fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return err_from_errno(errno);
	if (strlen(folder) >= BOUND_PATH)
		return ERR_NOTFOUND;
	(void)snprintf(path, sizeof(path), "%s/spool.XXXXXX", folder);
	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0 || unlink(path) != 0)
		return err_from_errno(errno);
	return 0;
}

static int
store(struct spool *s)
{
	size_t done = 0;
	ssize_t n;
	int err = s->fd >= 0 ? 0 : open_file(s->folder, &s->fd);

	while (err == 0 && done < s->held.n) {
		n = pwrite(s->fd, s->held.at + done, s->held.n - done,
			(off_t)(s->stored + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? err_from_errno(errno) : ERR_IO;
		done += (size_t)n;
	}
	if (err != 0)
		return err;
	s->stored += s->held.n;
	s->held.n = 0;
	return 0;
}

int
spool_put(struct spool *s, struct span octets, uint64_t *at)
{
	if (s->err == 0 && s->folder != NULL && s->held.n > 0 &&
		s->held.n + octets.n > SPOOL_MEMORY)
		s->err = store(s);
	if (s->err == 0 && !VEC_RESERVE(&s->held, s->held.n + octets.n))
		s->err = ERR_NOMEM;
	if (s->err != 0)
		return s->err;
	*at = s->stored + s->held.n;
	if (octets.n > 0)
		memcpy(s->held.at + s->held.n, octets.p, octets.n);
	s->held.n += octets.n;
	return 0;
}

static int
read_file(struct spool *s, uint64_t at, size_t n, uint8_t *out)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = pread(s->fd, out + done, n - done, (off_t)(at + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? err_from_errno(errno) : ERR_TRUNCATED;
		done += (size_t)got;
	}
	return 0;
}

/* A piece lies on one side as a whole: only full ones are stored. */
int
spool_get(struct spool *s, uint64_t at, size_t n, uint8_t *out)
{
	if (at < s->stored)
		return s->stored - at < n ? ERR_TRUNCATED
					  : read_file(s, at, n, out);
	at -= s->stored;
	if (at > s->held.n || s->held.n - at < n)
		return ERR_TRUNCATED;
	if (n > 0)
		memcpy(out, s->held.at + at, n);
	return 0;
}
