/*
 * rrdp_args: a whole world published from its list of places, a part of it, and
 * what is refused.
 */
#include <criterion/criterion.h>

#include "tests/lab/rrdp.h"
#include "tests/lab/story.h"
#include "tests/unit/lab/folder.h"

#define STORY \
	"ta name=ta host=h:1 notify=https://h:2/a/notification.xml " \
	"https=https://h:2/ta/ta.cer\n" \
	"ca name=isp parent=ta resources=10.0.0.0/8\n" \
	"ca name=own parent=ta host=i:1 resources=11.0.0.0/8 " \
	"notify=https://i:2/b/notification.xml\n" \
	"ca name=plain parent=ta host=j:1 resources=12.0.0.0/8\n"

/* DIR/world, and where it is to go, DIR/www. */
static void
test_world(char dir[64], char world[80], char www[80])
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct lab_world *made = NULL;
	struct lab_written sum;
	char why[STORY_WHY];

	folder_make(dir);
	snprintf(world, 80, "%s/world", dir);
	snprintf(www, 80, "%s/www", dir);
	cr_assert_eq(
		story_parse(STORY, "s", LAB_NOW, 0, &made, why), 0, "%s", why);
	cr_assert_eq(lab_world_write(made, world, keys, 2, &sum), 0);
	lab_world_free(made);
	lab_keys_free(keys);
}

static int
test_run(const char *const *args, size_t count)
{
	char *argv[16];
	int code;

	cr_assert_leq(count, 16);
	for (size_t i = 0; i < count; i++)
		argv[i] = strdup(args[i]);
	code = rrdp_command((int)count, argv);
	for (size_t i = 0; i < count; i++)
		free(argv[i]);
	return code;
}

#define RUN(...) \
	test_run((const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static size_t
test_size(const char *dir, const char *name)
{
	struct arena *a = arena_new(4096);
	size_t n = folder_read(dir, name, a).n;

	arena_free(a);
	return n;
}

Test(rrdp_args, a_world_is_published_whole)
{
	char dir[64], world[80], www[80];

	test_world(dir, world, www);
	cr_expect_eq(RUN("--world", world, "--www", www), 0);
	cr_expect_neq(test_size(www, "h:2/a/notification.xml"), 0);
	cr_expect_neq(test_size(www, "i:2/b/notification.xml"), 0);
	cr_expect_eq(test_size(www, "h:2/ta/ta.cer"),
		test_size(world, "repo/h:1/repo/ta.cer"));
	cr_expect_neq(test_size(www, "h:2/ta/ta.cer"), 0);
	folder_remove(dir);
}

Test(rrdp_args, a_part_is_told_by_the_end_of_its_uri)
{
	char dir[64], world[80], www[80];

	test_world(dir, world, www);
	cr_expect_eq(RUN("--world", world, "--www", www, "--only", "/b"), 0);
	cr_expect_eq(test_size(www, "h:2/a/notification.xml"), 0);
	cr_expect_neq(test_size(www, "i:2/b/notification.xml"), 0);
	folder_remove(dir);
}

Test(rrdp_args, one_folder_is_published_without_a_world)
{
	char dir[64], world[80], www[80], from[128], out[128];

	test_world(dir, world, www);
	snprintf(from, sizeof(from), "%s/repo/h:1/repo", world);
	snprintf(out, sizeof(out), "%s/x", www);
	cr_expect_eq(RUN("--from", from, "--base", "rsync://h:1/repo", "--out",
			     out, "--uri", "https://h:2/x", "--session", "s",
			     "--serial", "9", "--force"),
		0);
	cr_expect_neq(test_size(out, "s/9/snapshot.xml"), 0);
	folder_remove(dir);
}

Test(rrdp_args, refusals)
{
	char dir[64], world[80], www[80];

	test_world(dir, world, www);
	cr_expect_eq(RUN("--world", world), 2);
	cr_expect_eq(RUN("--world", world, "--www"), 2);
	cr_expect_eq(RUN("--world", world, "--www", www, "--x", "y"), 2);
	cr_expect_eq(RUN("--world", world, "--www", www, "--fault", "z"), 2);
	cr_expect_eq(RUN("--world", world, "--www", www, "--serial", "-1"), 2);
	cr_expect_eq(RUN("--world", dir, "--www", www), 2);
	cr_expect_eq(RUN("--from", world, "--out", www, "--uri", "u"), 2);
	cr_expect_eq(RUN("--from", "/nowhere", "--base", "b", "--out", www,
			     "--uri", "u"),
		1);
	folder_remove(dir);
}
