/*
 * ground: the limits of the system, looked at once.
 */
#include "rtrd/ground.h"

#include <stdio.h>
#include <sys/resource.h>

#include "waymark/bounds.h"
#include "waymark/err.h"

/* As many descriptors as we may have: each router needs one.  With too few for
 * ourselves we would listen, and serve nobody. */
static int
descriptors_raise(char why[256])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= BOUND_DESCRIPTORS_MIN)
		return 0;
	snprintf(why, 256,
		"a process may have %llu descriptors here, and needs %d "
		"without any router (ulimit -n, LimitNOFILE)",
		(unsigned long long)limit.rlim_max, BOUND_DESCRIPTORS_MIN);
	return ERR_LIMIT;
}

/* With less than this a thread of a library cannot be had one day, and the
 * library ends the process. */
static int
memory_check(char why[256])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) != 0 ||
		limit.rlim_cur >= (rlim_t)BOUND_ADDRESS_SPACE_MIB << 20)
		return 0;
	snprintf(why, 256,
		"a process may have %llu MiB of addresses here, and needs %d "
		"(ulimit -v, LimitAS)",
		(unsigned long long)(limit.rlim_cur >> 20),
		BOUND_ADDRESS_SPACE_MIB);
	return ERR_LIMIT;
}

int
ground_check(char why[256])
{
	int err = descriptors_raise(why);

	return err != 0 ? err : memory_check(why);
}
