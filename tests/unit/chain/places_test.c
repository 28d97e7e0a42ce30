/*
 * point: a point that may be read in several places.
 *
 *	place 0, 1   trees of their own, each a version of the same world
 *	place 2      the same, as the last good version
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/chain/site.h"
#include "waymark/err.h"

enum {
	PLACES = 3
};

/* The trees as one source, in the order of their numbers. */
struct shelves {
	struct source trees[PLACES];
	size_t count;
	size_t open;
	unsigned opened[PLACES];
};

static size_t
places(void *view, const struct ca *ca, struct place out[SOURCE_PLACES])
{
	const struct shelves *s = view;
	size_t i;

	(void)ca;
	for (i = 0; i < s->count; i++)
		out[i] = (struct place){.number = i,
			.repo = (int)i + 10,
			.last_good = i == PLACES - 1};
	return s->count;
}

static int
open_point(void *view, const struct ca *ca, const struct place *place)
{
	struct shelves *s = view;
	const struct source *tree = &s->trees[place->number];

	s->open = place->number;
	s->opened[s->open]++;
	return tree->ops->open(tree->view, ca, place);
}

static void
close_point(void *view)
{
	struct shelves *s = view;

	s->trees[s->open].ops->close(s->trees[s->open].view);
}

static int
read_file(void *view, struct span name, const uint8_t *hash,
	struct source_buffer *buffer, struct source_file *out)
{
	struct shelves *s = view;
	const struct source *tree = &s->trees[s->open];

	return tree->ops->read(tree->view, name, hash, buffer, out);
}

static int
read_anchor(void *view, struct span uri, size_t i, struct source_buffer *buffer,
	struct source_file *out)
{
	struct shelves *s = view;

	return s->trees[0].ops->anchor(s->trees[0].view, uri, i, buffer, out);
}

/* Nothing is remembered yet. */
static bool
past(void *view, const struct ca *ca, struct past *out)
{
	(void)view;
	(void)ca;
	*out = (struct past){.is_known = false};
	return true;
}

static void
free_view(void *view)
{
	struct shelves *s = view;
	size_t i;

	for (i = 0; i < s->count; i++)
		source_fini(&s->trees[i]);
}

static const struct source_ops ops = {
	.places = places,
	.open = open_point,
	.close = close_point,
	.read = read_file,
	.anchor = read_anchor,
	.past = past,
	.free = free_view,
};

/* A site whose checker reads from several trees, and what it logs. */
struct market {
	struct site *site;
	struct shelves shelves;
	struct tree trees[PLACES];
	struct log log;
	int pipe[2];
	char text[8192];
};

static struct market *
market_new(void)
{
	struct market *m = calloc(1, sizeof(*m));

	cr_assert(m != NULL && pipe(m->pipe) == 0);
	cr_assert(fcntl(m->pipe[0], F_SETFL, O_NONBLOCK) == 0);
	m->log = (struct log){.fd = m->pipe[1], .level = LOG_LEVEL_INFO};
	m->site = site_new(NULL);
	return m;
}

/* The world as it stands becomes the next place. */
static void
add_place(struct market *m)
{
	struct site *s = m->site;
	size_t i = m->shelves.count++;
	char name[16], path[256];
	struct lab_written written;

	(void)snprintf(name, sizeof(name), "place-%zu", i);
	folder_path(&s->folder, name, path);
	cr_assert(lab_world_write(s->world, path, s->keys, 1, &written) == 0,
		"%s", lab_world_why(s->world));
	(void)snprintf(
		path, sizeof(path), "%s/place-%zu/repo", s->folder.path, i);
	cr_assert(tree_open(path, &m->trees[i]) == 0);
	cr_assert(tree_source(&m->trees[i], &m->shelves.trees[i]) == 0);
}

/* Walk it all; the lines of the log in m->text. */
static void
market_walk(struct market *m)
{
	struct source source = {.ops = &ops, .view = &m->shelves};
	struct site *s = m->site;
	ssize_t n;

	site_write(s); /* the locator */
	checker_free(s->checker);
	s->env.log = &m->log;
	s->checker = checker_new(&s->env, source, 1);
	cr_assert(s->checker != NULL);
	site_walk(s);
	n = read(m->pipe[0], m->text, sizeof(m->text) - 1);
	m->text[n > 0 ? n : 0] = '\0';
}

static size_t
lines_with(const struct market *m, const char *word)
{
	const char *p = m->text;
	size_t n = 0;

	for (; (p = strstr(p, word)) != NULL; p++)
		n++;
	return n;
}

static void
market_free(struct market *m)
{
	size_t i, count = m->shelves.count;

	site_free(m->site);
	for (i = 0; i < count; i++)
		tree_close(&m->trees[i]);
	close(m->pipe[0]);
	close(m->pipe[1]);
	free(m);
}

static void
fault(struct market *m, const char *file, enum lab_fault which, bool on)
{
	lab_item_find(m->site->world, file)->faults[which] = on;
}

Test(places, the_first_that_holds_is_enough)
{
	struct market *m = market_new();

	add_place(m);
	add_place(m);
	add_place(m);
	market_walk(m);
	cr_expect(site_counter(m->site, REPORT_POINTS_VALID) == 3);
	cr_expect(m->shelves.opened[0] == 3);
	cr_expect(m->shelves.opened[1] == 0 && m->shelves.opened[2] == 0);
	cr_expect(m->site->checker->findings.versions.n == 3);
	cr_expect_str_eq(m->text, "");
	market_free(m);
}

/* What a place refused before it failed is not told: it is about nothing. */
Test(places, a_later_one_that_holds_is_told_alone)
{
	struct market *m = market_new();
	struct findings *f;
	size_t i, files = 0;

	fault(m, "isp-1.roa", LAB_FAULT_REVOKED, true);
	fault(m, "isp-2.roa", LAB_FAULT_MISSING, true);
	add_place(m);
	fault(m, "isp-2.roa", LAB_FAULT_MISSING, false);
	add_place(m);
	market_walk(m);
	f = &m->site->checker->findings;
	cr_expect(site_counter(m->site, REPORT_POINTS_VALID) == 3);
	cr_expect(site_counter(m->site, REPORT_POINTS_FAILED) == 0);
	cr_expect(site_counter(m->site, REPORT_WARNINGS) == 1);
	cr_expect(site_valid(m->site, OBJECT_ROA) == 2);
	cr_expect(site_refusals(m->site) == 1);
	cr_expect(f->refusals.n == 1 && f->vrps.n == 2);
	cr_expect(lines_with(m, "refused") == 1, "%s", m->text);
	cr_expect(lines_with(m, "warn fallback uri=rsync://") == 1);
	cr_expect(lines_with(m, "isp-2.roa reason=manifest-file-missing") == 1);
	for (i = 0; i < f->versions.n; i++)
		files += f->versions.at[i].file_count;
	cr_expect(f->versions.n == 3 && files == 2 + 4 + 2, "%zu", files);
	market_free(m);
}

Test(places, the_last_good_version_is_last_and_said)
{
	struct market *m = market_new();

	fault(m, "customer.mft", LAB_FAULT_MISSING, true);
	add_place(m);
	fault(m, "customer.mft", LAB_FAULT_MISSING, false);
	fault(m, "customer-1.roa", LAB_FAULT_HASH, true);
	add_place(m);
	fault(m, "customer-1.roa", LAB_FAULT_HASH, false);
	add_place(m);
	market_walk(m);
	cr_expect(site_counter(m->site, REPORT_POINTS_VALID) == 2);
	cr_expect(site_counter(m->site, REPORT_POINTS_LAST_GOOD) == 1);
	cr_expect(site_counter(m->site, REPORT_POINTS_FAILED) == 0);
	cr_expect(m->site->checker->findings.vrps.n == 3);
	/* What stands there is told, not what is missing elsewhere. */
	cr_expect(lines_with(m, "warn last-good") == 1, "%s", m->text);
	cr_expect(
		lines_with(m, "customer-1.roa reason=manifest-file-hash") == 1);
	cr_expect(m->site->checker->findings.versions.n == 2);
	market_free(m);
}

Test(places, of_none_the_first_with_a_manifest_is_told)
{
	struct market *m = market_new();
	struct lab_ca *customer = m->site->customer;

	fault(m, "customer.mft", LAB_FAULT_MISSING, true);
	add_place(m);
	fault(m, "customer.mft", LAB_FAULT_MISSING, false);
	fault(m, "customer-1.roa", LAB_FAULT_MISSING, true);
	add_place(m);
	fault(m, "customer-1.roa", LAB_FAULT_MISSING, false);
	customer->next_update = LAB_NOW - 1;
	customer->this_update = LAB_NOW - 100;
	add_place(m);
	market_walk(m);
	cr_expect(site_counter(m->site, REPORT_POINTS_FAILED) == 1);
	cr_expect(site_refused(m->site, OBJECT_MANIFEST,
			  REJECT_MANIFEST_FILE_MISSING) == 1);
	cr_expect(site_refused(m->site, OBJECT_ROA,
			  REJECT_MANIFEST_FILE_MISSING) == 1);
	cr_expect(site_refusals(m->site) == 2);
	cr_expect(lines_with(m, "refused") == 2, "%s", m->text);
	cr_expect(m->shelves.opened[1] == 2, "looked at once more");
	market_free(m);
}

/* All that was looked at counts, and beyond the limit all that could be: who
 * is dealt its part does not ask for more afterwards. */
Test(places, objects_count_in_all_places)
{
	struct market *m = market_new();
	struct site *s = m->site;
	struct point_gain gain;
	const struct ca *ta;

	fault(m, "isp.cer", LAB_FAULT_MISSING, true);
	add_place(m);
	fault(m, "isp.cer", LAB_FAULT_MISSING, false);
	add_place(m);
	add_place(m);
	market_walk(m);
	ta = ta_find(s->checker, &s->tal, 0, NULL);
	cr_assert(ta != NULL);
	point_check(s->checker, ta, 1, &gain);
	cr_expect(gain.n[LIMIT_OBJECTS] == 6); /* manifest, CRL, isp: twice */
	cr_expect(gain.repo == 11 && !gain.failed);
	atomic_store(&s->numbers.used[LIMIT_OBJECTS], 0);
	s->env.limits.ta[LIMIT_OBJECTS] = 2;
	point_check(s->checker, ta, 1, &gain);
	cr_expect(gain.n[LIMIT_OBJECTS] == 9);
	cr_expect(atomic_load(&s->numbers.used[LIMIT_OBJECTS]) == 9);
	ca_unref(ta);
	market_free(m);
}
