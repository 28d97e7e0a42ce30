/*
 * tree: files below a folder, and nothing else.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/core/folder.h"
#include "validator/chain/tree.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

struct ground {
	struct folder folder;
	struct tree tree;
	struct tree_view view;
	struct source_buffer buffer;
};

static void
make_folder(struct ground *g, const char *name)
{
	char path[256];

	cr_assert(mkdir(folder_path(&g->folder, name, path), 0700) == 0);
}

static void
make_file(struct ground *g, const char *name, size_t n)
{
	char path[256];
	int fd = open(folder_path(&g->folder, name, path),
		O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert(ftruncate(fd, (off_t)n) == 0);
	cr_assert(pwrite(fd, "begin", 5, 0) == 5);
	close(fd);
}

static struct ground
ground_new(void)
{
	struct ground g = {.folder = folder_new()};

	make_folder(&g, "h");
	make_folder(&g, "h/m");
	make_folder(&g, "h/m/a");
	make_folder(&g, "h/m/a/b");
	make_file(&g, "h/m/a/b/x.roa", 1000);
	make_file(&g, "h/top.cer", 500);
	make_file(&g, "outside.roa", 1000);
	cr_assert(tree_open(g.folder.path, &g.tree) == 0);
	return g;
}

static void
ground_free(struct ground *g)
{
	tree_view_fini(&g->view);
	source_buffer_fini(&g->buffer);
	tree_close(&g->tree);
	folder_free(&g->folder);
}

/* Open the folder and read the name; the error of either. */
static int
get(struct ground *g, const char *folder, const char *name, struct span *out)
{
	int fd, err = tree_folder(&g->view, span_text(folder), &fd);

	if (err != 0)
		return err;
	err = tree_read(fd, span_text(name), &g->buffer, out);
	close(fd);
	return err;
}

Test(tree, files_are_found)
{
	struct ground g = ground_new();
	struct span out;

	tree_view_init(&g.view, &g.tree);
	cr_assert(get(&g, "rsync://h/m/a/b/", "x.roa", &out) == 0);
	cr_expect(out.n == 1000 && memcmp(out.p, "begin", 5) == 0);
	cr_expect(get(&g, "https://h/", "top.cer", &out) == 0);
	cr_expect(out.n == 500);
	cr_expect(get(&g, "rsync://h/m/a/b/", "y.roa", &out) == ERR_NOTFOUND);
	cr_expect(get(&g, "rsync://h/m/c/", "x.roa", &out) == ERR_NOTFOUND);
	cr_expect(get(&g, "rsync://i/m/a/", "x.roa", &out) == ERR_NOTFOUND);
	cr_expect(get(&g, "rsync://h/n/a/", "x.roa", &out) == ERR_NOTFOUND);
	cr_expect(get(&g, "rsync://h/m/a/", "b", &out) == ERR_FOLDER,
		"a folder is no file");
	cr_expect(get(&g, "rsync://h/m/a/b/x.roa/", "y", &out) == ERR_NOTFOUND,
		"a file is no folder");
	ground_free(&g);
}

/* The module that is kept open is never taken for another one. */
Test(tree, modules_change)
{
	struct ground g = ground_new();
	struct span out;
	int i;

	make_folder(&g, "h/mm");
	make_folder(&g, "hm");
	make_folder(&g, "hm/m");
	make_file(&g, "h/m/x.roa", 101);
	make_file(&g, "h/mm/x.roa", 102);
	make_file(&g, "hm/m/x.roa", 103);
	tree_view_init(&g.view, &g.tree);
	for (i = 0; i < 3; i++) {
		cr_expect(get(&g, "rsync://h/m/", "x.roa", &out) == 0);
		cr_expect(out.n == 101);
		cr_expect(get(&g, "rsync://h/mm/", "x.roa", &out) == 0);
		cr_expect(out.n == 102);
		cr_expect(get(&g, "rsync://hm/m/", "x.roa", &out) == 0);
		cr_expect(out.n == 103);
		cr_expect(get(&g, "rsync://h/none/", "x.roa", &out) ==
			ERR_NOTFOUND);
	}
	ground_free(&g);
}

Test(tree, nothing_leads_outside)
{
	static const char *const folders[] = {"rsync://h/../",
		"rsync://h/m/../../", "rsync://../h/", "rsync://h/m//a/",
		"rsync://h/%2e%2e/"};
	static const char *const names[] = {
		"", ".", "..", "../x.roa", "b/x.roa", "/etc/passwd", ".x"};
	struct ground g = ground_new();
	struct span out;
	char path[256], to[256];
	size_t i;

	tree_view_init(&g.view, &g.tree);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		cr_expect(get(&g, folders[i], "x.roa", &out) == ERR_SYNTAX,
			"%s", folders[i]);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect(
			get(&g, "rsync://h/m/a/", names[i], &out) == ERR_SYNTAX,
			"%s", names[i]);
	folder_path(&g.folder, "outside.roa", to);
	cr_assert(symlink(to, folder_path(&g.folder, "h/m/l.roa", path)) == 0);
	cr_expect(get(&g, "rsync://h/m/", "l.roa", &out) == ERR_DENIED);
	cr_assert(symlink("..", folder_path(&g.folder, "h/m/up", path)) == 0);
	cr_expect(get(&g, "rsync://h/m/up/", "top.cer", &out) != 0);
	ground_free(&g);
}

/* Who runs us may lay out hosts and modules as links. */
Test(tree, hosts_and_modules_may_be_links)
{
	struct ground g = ground_new();
	struct span out;
	char path[256];

	cr_assert(symlink("h", folder_path(&g.folder, "alias", path)) == 0);
	cr_assert(symlink("m", folder_path(&g.folder, "h/n", path)) == 0);
	tree_view_init(&g.view, &g.tree);
	cr_expect(get(&g, "rsync://alias/n/a/b/", "x.roa", &out) == 0);
	ground_free(&g);
}

Test(tree, sizes_have_bounds)
{
	static const struct {
		size_t n;
		int err;
	} sizes[] = {
		{5, 0},
		{65535, 0},
		{65536, 0},
		{65537, 0},
		{262144, 0},
		{262145, 0},
		{BOUND_OBJECT_MAX - 1, 0},
		{BOUND_OBJECT_MAX, 0},
		{BOUND_OBJECT_MAX + 1, ERR_LIMIT},
	};
	struct ground g = ground_new();
	struct span out;
	size_t i;

	tree_view_init(&g.view, &g.tree);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_file(&g, "h/m/x.roa", sizes[i].n);
		out.n = 0;
		cr_expect(
			get(&g, "rsync://h/m/", "x.roa", &out) == sizes[i].err,
			"%zu octets", sizes[i].n);
		cr_expect(sizes[i].err != 0 || out.n == sizes[i].n);
		/* And with memory that has not grown yet. */
		source_buffer_fini(&g.buffer);
	}
	ground_free(&g);
}

Test(tree, what_is_no_file_never_waits)
{
	struct ground g = ground_new();
	struct span out;
	char path[256];

	cr_assert(mkfifo(folder_path(&g.folder, "h/m/p.roa", path), 0600) == 0);
	tree_view_init(&g.view, &g.tree);
	cr_expect(get(&g, "rsync://h/m/", "p.roa", &out) == ERR_KIND);
	make_file(&g, "h/m/e.roa", 0);
	cr_assert(truncate(folder_path(&g.folder, "h/m/e.roa", path), 0) == 0);
	cr_expect(get(&g, "rsync://h/m/", "e.roa", &out) == 0);
	cr_expect(out.n == 0, "an empty file is a file");
	ground_free(&g);
}

/* As a host, where links are allowed, or as who has mounted one. */
Test(tree, devices_are_no_files)
{
	struct source_buffer buffer = {0};
	int dev = open("/dev", O_RDONLY | O_DIRECTORY);
	struct span out;

	cr_assert(dev >= 0);
	cr_expect(tree_read(dev, span_text("zero"), &buffer, &out) == ERR_KIND);
	cr_expect(tree_read(dev, span_text("null"), &buffer, &out) == ERR_KIND);
	source_buffer_fini(&buffer);
	(void)close(dev);
}

/* What we lack is told from what is not there. */
Test(tree, no_more_descriptors)
{
	struct ground g = ground_new();
	struct rlimit limit;
	struct span out;
	int err;

	tree_view_init(&g.view, &g.tree);
	cr_assert(get(&g, "rsync://h/m/a/b/", "x.roa", &out) == 0);
	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 1;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	err = get(&g, "rsync://h/m/a/b/", "x.roa", &out);
	limit.rlim_cur = limit.rlim_max;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	cr_expect(err == ERR_NOMEM, "%d", err);
	ground_free(&g);
}

Test(tree, a_missing_top_is_told)
{
	struct tree t;

	cr_expect(tree_open("/nonexistent", &t) == ERR_NOTFOUND);
	cr_expect(tree_open("/dev/null", &t) == ERR_NOTFOUND);
}
