/*
 * disk: what LMDB writes, seen and tampered with.
 *
 * The calls below stand in front of those of the C library for the whole test
 * program.  Each counts; one of them may be the last that the process makes,
 * fail, or all be noted down for a model of a disk that loses what was not
 * flushed.
 */
#ifndef TESTS_STORE_DISK_H
#define TESTS_STORE_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum disk_event_kind {
	DISK_WRITE,
	DISK_FLUSH,
};

struct disk_event {
	enum disk_event_kind kind;
	off_t offset;
	size_t n;
	uint8_t *octets;
};

struct disk {
	bool on;
	unsigned calls;
	unsigned kill_at; /* this call is half done, then SIGKILL; 0: none */
	unsigned fail_at; /* this one fails; 0: none */
	unsigned fail_count; /* and so many from there on */
	int fail_errno;
	bool notes;
	struct disk_event *events;
	size_t event_count, event_cap;
};

static struct disk disk;

static inline void
disk_note(enum disk_event_kind kind, off_t offset, const void *p, size_t n)
{
	struct disk_event e = {.kind = kind, .offset = offset, .n = n};

	if (!disk.notes)
		return;
	if (disk.event_count == disk.event_cap) {
		disk.event_cap = disk.event_cap * 2 + 1024;
		disk.events = realloc(
			disk.events, disk.event_cap * sizeof(*disk.events));
	}
	e.octets = malloc(n + 1);
	if (n > 0)
		memcpy(e.octets, p, n);
	disk.events[disk.event_count++] = e;
}

/* Whether this call fails. */
static inline bool
disk_call(int fd, const void *p, size_t n, off_t offset)
{
	if (!disk.on)
		return false;
	disk.calls++;
	if (disk.calls == disk.kill_at) {
		if (n > 1)
			(void)syscall(SYS_pwrite64, fd, p, n / 2, offset);
		(void)kill(getpid(), SIGKILL);
	}
	if (disk.fail_at != 0 && disk.calls >= disk.fail_at &&
		disk.calls < disk.fail_at + disk.fail_count) {
		errno = disk.fail_errno;
		return true;
	}
	return false;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t offset)
{
	if (disk_call(fd, p, n, offset))
		return -1;
	disk_note(DISK_WRITE, offset, p, n);
	/* What names the latest state is written through, as a rule. */
	if ((fcntl(fd, F_GETFL) & O_DSYNC) != 0)
		disk_note(DISK_FLUSH, 0, NULL, 0);
	return syscall(SYS_pwrite64, fd, p, n, offset);
}

ssize_t
writev(int fd, const struct iovec *v, int count)
{
	off_t offset = lseek(fd, 0, SEEK_CUR), at = offset;

	if (disk_call(fd, v[0].iov_base, v[0].iov_len, offset))
		return -1;
	for (int i = 0; i < count; i++) {
		disk_note(DISK_WRITE, at, v[i].iov_base, v[i].iov_len);
		at += (off_t)v[i].iov_len;
	}
	return syscall(SYS_writev, fd, v, count);
}

int
fdatasync(int fd)
{
	if (disk_call(fd, NULL, 0, 0))
		return -1;
	disk_note(DISK_FLUSH, 0, NULL, 0);
	return (int)syscall(SYS_fdatasync, fd);
}

#endif
