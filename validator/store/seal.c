/*
 * seal: see the header.  The file has five numbers of 64 bits, little-endian,
 * and their sum; it is written at once, and one that is cut is none.
 */
#include "validator/store/seal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validator/store/env.h"
#include "waymark/clock.h"
#include "waymark/span.h"

enum {
	FRESH_S = 3600, /* pages are looked at all the same, so often */
	NUMBERS = 5,
	OCTETS = (NUMBERS + 1) * 8,
	NANO = 1000000000
};

static bool
name_of(const char *path, char out[ENV_PATH])
{
	int n = snprintf(out, ENV_PATH, "%s-seal", path);

	return n > 0 && n < ENV_PATH;
}

static int64_t
nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * NANO + t->tv_nsec;
}

static bool
look(const char *path, struct seal *out)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	out->file = (uint64_t)st.st_ino;
	out->size = (uint64_t)st.st_size;
	out->written = nanoseconds(&st.st_mtim);
	out->changed = nanoseconds(&st.st_ctim);
	return true;
}

static uint64_t
sum_of(const struct seal *s)
{
	return (s->file ^ (uint64_t)s->changed) * 0x9e3779b97f4a7c15U +
		(s->size ^ (uint64_t)s->written) * 0xff51afd7ed558ccdU +
		(uint64_t)s->at;
}

static bool
read_seal(const char *path, struct seal *out)
{
	char name[ENV_PATH];
	uint8_t octets[OCTETS + 1];
	uint64_t v[NUMBERS + 1];
	struct reader r;
	ssize_t n;
	int fd;

	if (!name_of(path, name))
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	n = read(fd, octets, sizeof(octets));
	(void)close(fd); /* it was only read */
	if (n != OCTETS)
		return false;
	r = reader_of(span_of(octets, OCTETS));
	for (int i = 0; i <= NUMBERS; i++)
		if (!reader_le64(&r, &v[i]))
			return false;
	*out = (struct seal){
		v[0], v[1], (int64_t)v[2], (int64_t)v[3], (int64_t)v[4]};
	return sum_of(out) == v[NUMBERS];
}

static bool
fits(const char *path, const struct seal *seal)
{
	struct seal now = {.at = wall_now().s};

	return look(path, &now) && seal->file == now.file &&
		seal->size == now.size && seal->written == now.written &&
		seal->changed == now.changed && seal->at <= now.at &&
		now.at - seal->at < FRESH_S;
}

bool
seal_is_good(const char *path)
{
	struct seal seal;

	return read_seal(path, &seal) && fits(path, &seal);
}

void
seal_take(const char *path, struct seal *out)
{
	struct seal seal;
	char name[ENV_PATH];
	bool good = read_seal(path, &seal) && fits(path, &seal);

	*out = (struct seal){.at = good ? seal.at : wall_now().s};
	if (!look(path, out))
		out->at = 0;
	if (name_of(path, name))
		(void)unlink(name); /* as a rule there is none */
}

void
seal_put(const char *path, struct seal *seal, bool is_ours)
{
	char name[ENV_PATH];
	uint8_t octets[OCTETS];
	struct writer w = writer_of(octets, sizeof(octets));
	int fd;

	if (seal->at == 0 || (is_ours && !look(path, seal)) ||
		!name_of(path, name))
		return;
	writer_le64(&w, seal->file);
	writer_le64(&w, seal->size);
	writer_le64(&w, (uint64_t)seal->written);
	writer_le64(&w, (uint64_t)seal->changed);
	writer_le64(&w, (uint64_t)seal->at);
	writer_le64(&w, sum_of(seal));
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		0640);
	if (fd < 0)
		return;
	if (write(fd, octets, sizeof(octets)) != (ssize_t)sizeof(octets) ||
		close(fd) != 0)
		(void)unlink(name);
	seal->at = 0;
}
