/*
 * rsync_tree: export, census, import and trash, each in slices.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "tests/unit/core/folder.h"
#include "tests/unit/fetch/fake_depot.h"
#include "validator/fetch/rsync_trash.h"
#include "validator/fetch/rsync_tree.h"

#define BASE "rsync://host.example:873/module/"

struct site {
	struct folder folder;
	int root;
	struct fake_depot *depot;
};

static struct site
site_new(void)
{
	struct site s = {
		.folder = folder_new_in_memory(), .depot = fake_depot_new()};

	s.root = open(s.folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(s.root, 0);
	return s;
}

static void
site_free(struct site *s)
{
	(void)close(s->root);
	folder_free(&s->folder);
	fake_depot_free(s->depot);
}

static void
put(struct site *s, const char *name, const char *text)
{
	char folder[4096];
	char *slash;
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s/%s", s->folder.path, name);
	slash = strrchr(folder, '/');
	*slash = '\0';
	cr_assert_eq(file_make_folders(folder), 0);
	fd = openat(s->root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cr_assert_geq(fd, 0, "%s", name);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

/* Import all of it into the depot; the error or 0, and how many slices. */
static int
import(struct site *s, struct rsync_import *im, unsigned *slices)
{
	const struct depot *d = &s->depot->depot;
	struct repo_record record = {.kind = REPO_RSYNC, .uri = BASE};
	struct stage_end end;
	struct stage *stage;
	int more;

	cr_assert_eq(
		d->ops->begin(d->ctx, REPO_RSYNC, BASE, STAGE_WHOLE, &stage),
		0);
	cr_assert_eq(
		rsync_import_init(im, s->root, BASE, (struct wall){INT32_MAX}),
		0);
	*slices = 0;
	do {
		more = rsync_import_step(im, stage, d->ops);
		++*slices;
	} while (more == RSYNC_MORE);
	rsync_import_fini(im);
	if (more == RSYNC_DONE)
		more = d->ops->commit(stage, &record, &end);
	else
		d->ops->drop(stage);
	return more;
}

static size_t
live(struct site *s)
{
	struct fake_repo *r = fake_find(s->depot, REPO_RSYNC, BASE);

	return r == NULL ? 0 : r->live.n;
}

/* One pass, in as many slices as it takes. */
static const char *
count(struct rsync_census *c, int root)
{
	const char *broken;

	do
		broken = rsync_census_step(c, root);
	while (broken == NULL && c->depth > 0);
	return broken;
}

Test(rsync_tree, names_of_files)
{
	static const char *const good[] = {
		"a.roa", "_.cer", "-.crl", "0AZaz9_-.mft", "a.zzz"};
	static const char *const bad[] = {"", ".", "..", ".roa", "a.ro",
		"a.roas", "aroa", "a.ROA", "a.r0a", "a.b.roa", ".a.roa",
		"a b.roa", "a\n.roa", "a/b.roa", "a%.roa", "\xc3\xa4.roa",
		"a~.roa", "a.roa.", "a..roa", "a\\.roa"};
	char name[300];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_expect(rsync_file_is_fit(span_of(good[i], strlen(good[i]))),
			"%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect_not(
			rsync_file_is_fit(span_of(bad[i], strlen(bad[i]))),
			"%s", bad[i]);
	cr_expect_not(rsync_file_is_fit(span_of("a\0.roa", 6)));
	memset(name, 'a', sizeof(name));
	memcpy(name + BOUND_FILE_NAME - 4, ".roa", 4);
	cr_expect(rsync_file_is_fit(span_of(name, BOUND_FILE_NAME)));
	memcpy(name + BOUND_FILE_NAME - 4, "a.roa", 5);
	cr_expect_not(rsync_file_is_fit(span_of(name, BOUND_FILE_NAME + 1)));
}

Test(rsync_tree, names_of_folders)
{
	static const char *const good[] = {"a", "-", "~", "a.b", "a..", "%20",
		"a:b", "a@b", "A!$&'()*+,;=", "0-9_Z"};
	static const char *const bad[] = {"", ".", "..", ".git", "a b", "a/b",
		"a?b", "a#b", "a[b", "a]b", "a\\b", "a\"b", "a<b", "a\x7f",
		"a\x01", "\xff", "a|b", "a^b", "a`b", "a{b}"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_expect(
			rsync_folder_is_fit(span_of(good[i], strlen(good[i]))),
			"%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect_not(
			rsync_folder_is_fit(span_of(bad[i], strlen(bad[i]))),
			"%s", bad[i]);
}

/* What puts see, in their order. */
struct order {
	char last[BOUND_URI + 1];
	size_t n;
	unsigned count;
	bool sorted;
};

static int
order_put(struct stage *s, const struct stage_item *item)
{
	struct order *o = (struct order *)(void *)s;

	if (span_compare(span_of(o->last, o->n), item->uri) >= 0)
		o->sorted = false;
	memcpy(o->last, item->uri.p, item->uri.n);
	o->n = item->uri.n;
	o->count++;
	return 0;
}

Test(rsync_tree, objects_come_in_the_order_of_their_uris)
{
	static const char *const names[] = {"a-b.roa", "a/x.roa", "a/a/z.roa",
		"a.roa", "a0.roa", "a-/y.roa", "a-b/y.roa", "b.roa", "B.roa",
		"a+/q.roa", "a/a.roa", "a/a-.roa", "ab.roa", "ab/a.roa",
		"_.roa", "z/z/z/z/z.roa"};
	struct depot_ops ops = {.put = order_put};
	struct order order = {.sorted = true};
	struct site s = site_new();
	struct rsync_import im;
	int more;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		put(&s, names[i], names[i]);
	cr_assert_eq(rsync_import_init(&im, s.root, BASE, (struct wall){0}), 0);
	do
		more = rsync_import_step(
			&im, (struct stage *)(void *)&order, &ops);
	while (more == RSYNC_MORE);
	rsync_import_fini(&im);
	cr_expect_eq(more, RSYNC_DONE);
	cr_expect(order.sorted);
	cr_expect_eq(order.count, sizeof(names) / sizeof(*names));
	site_free(&s);
}

Test(rsync_tree, out_and_in_again_is_the_same)
{
	struct site s = site_new(), t = site_new();
	struct rsync_export e;
	struct rsync_import im;
	struct fake_repo *r;
	char name[64];
	unsigned out = 0, in;
	int more;

	for (int i = 0; i < 1000; i++) {
		char uri[128];

		(void)snprintf(
			name, sizeof(name), "d%d/e%d/%d.roa", i % 3, i % 11, i);
		(void)snprintf(uri, sizeof(uri), "%s%s", BASE, name);
		fake_publish(s.depot, REPO_RSYNC, BASE, uri, name);
	}
	rsync_export_init(&e, t.root, BASE);
	do {
		more = rsync_export_step(&e, &s.depot->depot);
		out++;
	} while (more == RSYNC_MORE);
	cr_expect_eq(more, RSYNC_DONE);
	cr_expect_eq(e.files, 1000);
	cr_expect_geq(out, 1000 / RSYNC_SLICE);
	cr_expect_eq(import(&t, &im, &in), 0);
	cr_expect_geq(in, 1000 / RSYNC_SLICE);
	r = fake_find(t.depot, REPO_RSYNC, BASE);
	cr_expect(fake_set_equal(
		&r->live, &fake_find(s.depot, REPO_RSYNC, BASE)->live));
	for (size_t i = 0; i < r->live.n; i++)
		cr_expect_eq(r->live.at[i].mtime, 1000000000);
	site_free(&s);
	site_free(&t);
}

Test(rsync_tree, what_does_not_fit_is_not_laid_out)
{
	static const char *const uris[] = {BASE "../out.roa", BASE ".a.roa",
		BASE "a/../b.roa", BASE "/abs.roa", BASE "a//b.roa",
		BASE "a/.b/c.roa", BASE "a?b/c.roa",
		BASE "1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/deep.roa",
		"rsync://other.example/module/a.roa", BASE};
	struct site s = site_new();
	struct rsync_export e;
	struct rsync_import im;
	unsigned slices;

	for (size_t i = 0; i < sizeof(uris) / sizeof(*uris); i++)
		fake_publish(s.depot, REPO_RSYNC, BASE, uris[i], "x");
	rsync_export_init(&e, s.root, BASE);
	cr_expect_eq(rsync_export_step(&e, &s.depot->depot), RSYNC_DONE);
	cr_expect_eq(e.files, 0);
	cr_expect_eq(import(&s, &im, &slices), 0);
	cr_expect_eq(live(&s), 0);
	site_free(&s);
}

Test(rsync_tree, one_folder_in_another_up_to_the_limit)
{
	struct site s = site_new();
	struct rsync_import im;
	struct rsync_census c = {0};
	unsigned slices;
	char name[128] = "";

	for (int i = 0; i < BOUND_RSYNC_DEPTH; i++)
		memcpy(name + 2 * i, "d/", 3);
	memcpy(name + 2 * BOUND_RSYNC_DEPTH, "a.roa", 6);
	put(&s, name, "deep");
	cr_expect_eq(import(&s, &im, &slices), 0);
	cr_expect_eq(live(&s), 1);
	cr_expect_null(count(&c, s.root));
	cr_expect_eq(c.files, BOUND_RSYNC_DEPTH + 1);
	cr_expect_eq(c.octets, 4);

	memcpy(name + 2 * BOUND_RSYNC_DEPTH, "d/a.roa", 8);
	put(&s, name, "too deep");
	cr_expect_eq(import(&s, &im, &slices), ERR_LIMIT);
	cr_expect_eq(live(&s), 1);
	c.next.ms = 0;
	cr_expect_str_eq(count(&c, s.root),
		"the module has too many folders in one another");
	rsync_census_fini(&c);
	site_free(&s);
}

Test(rsync_tree, octets_are_counted_up_to_the_limit)
{
	struct site s = site_new();
	struct rsync_census c = {0};

	put(&s, "a.roa", "");
	put(&s, "b.roa", "1234567");
	cr_assert_eq(fchdir(s.root), 0);
	cr_assert_eq(truncate("a.roa", BOUND_RSYNC_OCTETS - 7), 0);
	cr_expect_null(count(&c, s.root));
	cr_expect_eq(c.octets, BOUND_RSYNC_OCTETS);
	cr_expect_eq(c.depth, 0);
	/* No new pass before its time. */
	cr_expect_gt(rsync_census_wait(&c, mono_now()), 0);
	cr_assert_eq(truncate("a.roa", BOUND_RSYNC_OCTETS - 6), 0);
	cr_expect_null(rsync_census_step(&c, s.root));
	c.next.ms = 0;
	cr_expect_eq(rsync_census_wait(&c, mono_now()), 0);
	cr_expect_str_eq(count(&c, s.root), "the module has too many octets");
	rsync_census_fini(&c);
	site_free(&s);
}

Test(rsync_tree, files_are_counted_up_to_the_limit)
{
	for (unsigned over = 0; over < 2; over++) {
		struct site s = site_new();
		struct rsync_census c = {0};
		const char *broken = NULL;
		char name[32];

		for (int i = 0; i < 300; i++) {
			(void)snprintf(name, sizeof(name), "%d.roa", i);
			put(&s, name, "x");
		}
		cr_expect_null(rsync_census_step(&c, s.root));
		cr_assert_eq(c.depth, 1, "one slice is less than all");
		/* As if there were so many more. */
		c.files += (uint64_t)BOUND_RSYNC_FILES - 300 + over;
		while (c.depth > 0 && broken == NULL)
			broken = rsync_census_step(&c, s.root);
		if (over == 0)
			cr_expect_null(broken);
		else
			cr_expect_str_eq(
				broken, "the module has too many files");
		rsync_census_fini(&c);
		site_free(&s);
	}
}

Test(rsync_tree, a_file_that_became_something_else_is_not_opened)
{
	struct site s = site_new();
	uint8_t *buffer = NULL;
	size_t cap = 0;
	struct span got;

	put(&s, "a.roa", "text");
	cr_assert_eq(symlinkat("a.roa", s.root, "link.roa"), 0);
	cr_assert_eq(symlinkat("/etc/passwd", s.root, "etc.roa"), 0);
	cr_assert_eq(mkfifoat(s.root, "fifo.roa", 0600), 0);
	cr_assert_eq(mkdirat(s.root, "folder.roa", 0700), 0);
	cr_expect_eq(rsync_file_load(s.root, "a.roa", &buffer, &cap, &got), 0);
	cr_expect(span_equal(got, span_of("text", 4)));
	cr_expect_eq(rsync_file_load(s.root, "link.roa", &buffer, &cap, &got),
		ERR_KIND);
	cr_expect_eq(rsync_file_load(s.root, "etc.roa", &buffer, &cap, &got),
		ERR_KIND);
	cr_expect_eq(rsync_file_load(s.root, "fifo.roa", &buffer, &cap, &got),
		ERR_KIND);
	cr_expect_eq(rsync_file_load(s.root, "folder.roa", &buffer, &cap, &got),
		ERR_KIND);
	cr_expect_eq(rsync_file_load(s.root, "no.roa", &buffer, &cap, &got),
		ERR_NOTFOUND);
	cr_assert_eq(linkat(s.root, "a.roa", s.root, "b.roa", 0), 0);
	cr_expect_eq(rsync_file_load(s.root, "a.roa", &buffer, &cap, &got),
		ERR_KIND);
	free(buffer);
	site_free(&s);
}

Test(rsync_tree, young_files_keep_no_time)
{
	struct site s = site_new();
	struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct rsync_import im;
	struct fake_repo *r;
	const struct depot *d = &s.depot->depot;
	struct stage *stage;
	struct stage_end end;

	for (int i = 0; i < 5; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%d.roa", i);
		put(&s, name, name);
		times[1].tv_sec = 996 + i;
		cr_assert_eq(utimensat(s.root, name, times, 0), 0);
	}
	cr_assert_eq(
		d->ops->begin(d->ctx, REPO_RSYNC, BASE, STAGE_WHOLE, &stage),
		0);
	cr_assert_eq(
		rsync_import_init(&im, s.root, BASE, (struct wall){1000}), 0);
	while (rsync_import_step(&im, stage, d->ops) == RSYNC_MORE)
		continue;
	rsync_import_fini(&im);
	cr_assert_eq(
		d->ops->commit(stage,
			&(struct repo_record){.kind = REPO_RSYNC, .uri = BASE},
			&end),
		0);
	r = fake_find(s.depot, REPO_RSYNC, BASE);
	cr_assert_eq(r->live.n, 5);
	for (int i = 0; i < 5; i++)
		cr_expect_eq(r->live.at[i].mtime, i < 2 ? 996 + i : 0);
	site_free(&s);
}

Test(rsync_tree, trash_is_removed_whatever_its_shape)
{
	struct site s = site_new();
	struct rsync_trash t;
	char name[64];
	int at;

	cr_assert_eq(mkdirat(s.root, "1", 0700), 0);
	at = openat(s.root, "1", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 1000; i++) {
		int next;

		cr_assert_eq(mkdirat(at, "d", 0700), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		(void)close(at);
		at = next;
	}
	(void)close(at);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "2/%d/%d/f", i % 5, i);
		put(&s, name, "x");
	}
	cr_assert_eq(fchmodat(s.root, "2/3", 0, 0), 0);
	cr_assert_eq(symlinkat("/etc", s.root, "3"), 0);
	cr_assert_eq(mkfifoat(s.root, "4", 0), 0);
	cr_assert_eq(rsync_trash_open(&t, s.root), 0);
	while (rsync_trash_step(&t))
		(void)usleep(1000);
	cr_expect_eq(t.remover, 0);
	rsync_trash_close(&t);
	cr_expect_eq(unlinkat(s.root, "trash", AT_REMOVEDIR), 0);
	cr_expect_eq(rmdir(s.folder.path), 0, "something is left");
	cr_expect_eq(access("/etc/passwd", F_OK), 0);
	site_free(&s);
}

Test(rsync_tree, trash_may_come_while_other_is_removed)
{
	struct site s = site_new();
	struct rsync_trash t;
	char name[64];

	cr_assert_eq(rsync_trash_open(&t, s.root), 0);
	cr_expect(rsync_trash_step(&t));
	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "%d/a/b/c/d.roa", i);
		put(&s, name, "x");
		(void)snprintf(name, sizeof(name), "%d", i);
		cr_expect(rsync_trash_take(&t, s.root, name));
		cr_expect(rsync_trash_step(&t));
	}
	cr_expect_not(rsync_trash_take(&t, s.root, "nothing"));
	while (rsync_trash_step(&t))
		(void)usleep(1000);
	rsync_trash_close(&t);
	cr_expect_eq(unlinkat(s.root, "trash", AT_REMOVEDIR), 0);

	/* And whoever closes it early leaves no process. */
	cr_assert_eq(rsync_trash_open(&t, s.root), 0);
	put(&s, "1/a/b/c/d.roa", "x");
	cr_expect(rsync_trash_take(&t, s.root, "1"));
	cr_expect(rsync_trash_step(&t));
	rsync_trash_close(&t);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
	cr_expect_eq(errno, ECHILD);
	site_free(&s);
}
