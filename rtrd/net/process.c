/*
 * process: what the kernel knows of our own process.
 */
#include "rtrd/net/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Resident octets: the second number of /proc/self/statm, in pages. */
static int64_t
resident_read(void)
{
	char text[128];
	long long pages;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	if (sscanf(text, "%*d %lld", &pages) != 1)
		return -1;
	return pages * sysconf(_SC_PAGESIZE);
}

/* Entries of /proc/self/fd, without the one that is open to read them. */
static int64_t
fds_count(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	int64_t n = 0;

	if (folder == NULL)
		return -1;
	while ((entry = readdir(folder)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(folder);
	return n - 1;
}

/* A scrape is the only one who asks, a few times a minute. */
void
process_read(struct process_facts *out)
{
	struct rlimit limit;

	out->resident_bytes = resident_read();
	out->steady = mono_now();
	out->open_fds = fds_count();
	out->max_fds = -1;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		limit.rlim_cur != RLIM_INFINITY)
		out->max_fds = (int64_t)limit.rlim_cur;
}
