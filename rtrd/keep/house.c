/*
 * house: the lock file holds a number for people; what counts is the lock,
 * which ends with the process however it ends.
 */
#include "rtrd/keep/house.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/text.h"
#include "waymark/err.h"

#define VALIDATOR "validator"

enum {
	PID_TEXT = 24
};

/* Who holds the lock, as its file says; 0: it does not say. */
static uint64_t
holder_read(const char *path)
{
	struct arena *arena = arena_new(256);
	struct span file;
	uint64_t pid = 0;

	if (arena != NULL && file_read(path, PID_TEXT, arena, &file) == 0 &&
		file.n > 1) {
		char *text =
			arena_text(arena, (const char *)file.p, file.n - 1);

		if (text == NULL || text_number(text, 1, INT32_MAX, &pid) != 0)
			pid = 0;
	}
	arena_free(arena);
	return pid;
}

/* The number is for the message to whoever comes second. */
static void
holder_write(int fd)
{
	char text[PID_TEXT];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	/* Only people read it: a full disk does not matter here. */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) < 0)
		return;
}

/* Whoever reads this must find the other instance without looking further. */
static void
locked_tell(const char *folder, const char *path, char why[256])
{
	uint64_t pid = holder_read(path);
	char who[48] = "";

	if (pid != 0)
		snprintf(who, sizeof(who), " (process %llu)",
			(unsigned long long)pid);
	snprintf(why, 256, "%.150s: another instance%s uses this state folder",
		folder, who);
}

int
house_open(const char *folder, int *fd, char why[256])
{
	char path[BOUND_PATH];
	int err = file_make_folders(folder);

	if (err != 0) {
		snprintf(why, 256, "%.200s: %s", folder, err_text(err));
		return err;
	}
	err = file_lock(house_path(folder, HOUSE_LOCK, path), fd);
	if (err == 0)
		holder_write(*fd);
	else if (err == ERR_LOCKED)
		locked_tell(folder, path, why);
	else
		snprintf(why, 256, "%.200s: %s", path, err_text(err));
	return err;
}

const char *
house_path(const char *folder, const char *name, char buf[BOUND_PATH])
{
	snprintf(buf, BOUND_PATH, "%s/%s", folder, name);
	return buf;
}

const char *
house_validator(const char *named, char buf[BOUND_PATH])
{
	ssize_t n;
	char *slash;

	if (named != NULL)
		return named;
	n = readlink("/proc/self/exe", buf, BOUND_PATH - sizeof(VALIDATOR) - 1);
	buf[n > 0 ? n : 0] = '\0';
	slash = strrchr(buf, '/');
	if (slash != NULL) {
		memcpy(slash + 1, VALIDATOR, sizeof(VALIDATOR));
		/* As built, as unpacked, as installed: they lie together. */
		if (access(buf, X_OK) == 0)
			return buf;
	}
	/* Without a slash, the system looks in PATH. */
	memcpy(buf, VALIDATOR, sizeof(VALIDATOR));
	return buf;
}
