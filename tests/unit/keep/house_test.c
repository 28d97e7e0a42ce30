/*
 * house: one instance a folder, and where things lie.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rtrd/keep/house.h"
#include "waymark/err.h"

static char folder[64];

static void
setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/waymark-house.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "%s/a/b/lock", folder);
	unlink(command);
	snprintf(command, sizeof(command), "%s/lock", folder);
	unlink(command);
	snprintf(command, sizeof(command), "%s/a/b", folder);
	rmdir(command);
	snprintf(command, sizeof(command), "%s/a", folder);
	rmdir(command);
	rmdir(folder);
}

TestSuite(house, .init = setup, .fini = teardown);

Test(house, the_second_one_is_told_of_the_first)
{
	char why[256] = "", pid[32];
	int fd = -1, again = -1;

	cr_assert_eq(house_open(folder, &fd, why), 0, "%s", why);
	cr_expect_eq(house_open(folder, &again, why), ERR_LOCKED);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	cr_expect_not_null(strstr(why, folder), "%s", why);
	cr_expect_not_null(strstr(why, pid), "%s", why);
	cr_expect_eq(again, -1);
	close(fd);
	cr_expect_eq(house_open(folder, &again, why), 0);
	close(again);
}

Test(house, the_lock_dies_with_its_process)
{
	char why[256] = "";
	int fd = -1, status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(house_open(folder, &fd, why) == 0 ? 7 : 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(WEXITSTATUS(status), 7);
	cr_expect_eq(house_open(folder, &fd, why), 0, "%s", why);
	close(fd);
}

Test(house, folders_are_made)
{
	char path[128], why[256] = "";
	struct stat st;
	int fd = -1;

	snprintf(path, sizeof(path), "%s/a/b", folder);
	cr_assert_eq(house_open(path, &fd, why), 0, "%s", why);
	cr_expect_eq(stat(path, &st), 0);
	cr_expect(S_ISDIR(st.st_mode));
	close(fd);
}

Test(house, a_folder_that_cannot_be)
{
	char why[256] = "";
	int fd = -1;

	cr_expect_lt(house_open("/dev/null/x", &fd, why), 0);
	cr_expect_not_null(strstr(why, "/dev/null/x"), "%s", why);
}

Test(house, paths)
{
	char buf[BOUND_PATH];

	cr_expect_str_eq(house_path("/s", HOUSE_SNAPSHOT, buf), "/s/snapshot");
	cr_expect_str_eq(house_validator("/x/v", buf), "/x/v");
}

/* The one beside this program, if the build has made it already. */
Test(house, the_validator_beside_us_is_taken_else_that_in_path)
{
	char buf[BOUND_PATH], beside[BOUND_PATH];
	ssize_t n = readlink("/proc/self/exe", beside, sizeof(beside) - 16);

	cr_assert_gt(n, 0);
	beside[n] = '\0';
	memcpy(strrchr(beside, '/') + 1, "validator", 10);
	cr_expect_str_eq(house_validator(NULL, buf),
		access(beside, X_OK) == 0 ? beside : "validator");
}
