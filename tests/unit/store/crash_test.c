/*
 * crash: killed, cut off or refused by the disk at any call, a store has the
 * old set or the new one, with the record that belongs to it.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "tests/unit/store/bed.h"
#include "tests/unit/store/disk.h"

enum {
	ROUNDS = 4,
	SET = 200, /* objects of repository A; a round has others */
	CHANGED = 40, /* objects of B that change in a round */
	CASES = 50,
	LARGE = 200, /* objects that are three batches together */
	LARGE_OCTETS = 3 * (BOUND_STORE_BATCH / LARGE) + 4096,
	CUTS = 20,
	IMAGE = 67108864, /* octets of a file, at most */
};

/* Object `i` of repository A in a round. */
static unsigned
a_object(unsigned round, unsigned i)
{
	return i < SET / 2 ? i : round * 1000 + i;
}

/* Object `i` of repository B after a round. */
static unsigned
b_object(unsigned round, unsigned i)
{
	return i < CHANGED ? round * 1000 + 50000 + i : 50000 + i;
}

static int
commit(struct bed *b, struct stage *st, const char *repo, uint64_t serial)
{
	struct repo_record r = bed_record(repo, serial);
	struct stage_end end;

	return b->ops->commit(st, &r, &end);
}

static int
begin(struct bed *b, const char *repo, enum stage_kind kind, struct stage **out)
{
	return b->ops->begin(b->ctx, REPO_RRDP, repo, kind, out);
}

/* A new whole set of A beside changes of B, with tidying between.  Errors end a
 * stage, and no more. */
static void
play_round(struct bed *b, unsigned round)
{
	struct stage *a = NULL, *c = NULL;
	int err_a = begin(b, A_REPO, STAGE_WHOLE, &a);
	int err_b =
		begin(b, B_REPO, round == 1 ? STAGE_WHOLE : STAGE_CHANGES, &c);
	char uri[128];

	for (unsigned i = 0; i < SET; i++) {
		if (err_a == 0)
			err_a = bed_put(
				b, a, bed_uri(i, uri), a_object(round, i));
		if (err_b == 0 && (round == 1 || i < CHANGED))
			err_b = bed_put_over(b, c, bed_uri(i, uri),
				b_object(round, i),
				round == 1 ? -1 : (int)b_object(round - 1, i));
		if (i % 100 == 0)
			(void)store_tidy(b->store);
	}
	if (a != NULL)
		(void)commit(b, a, A_REPO, round);
	if (c != NULL)
		(void)commit(b, c, B_REPO, round);
	for (int i = 0; i < 5; i++)
		(void)store_tidy(b->store);
}

static void
play(struct bed *b)
{
	for (unsigned round = 1; round <= ROUNDS; round++)
		play_round(b, round);
}

/* Whether object `number` stands at a URI of a set. */
static bool
stands(struct reader_view *v, struct set set, const char *uri, unsigned number)
{
	uint8_t want[32], hash[32];
	struct span octets;

	bed_object_hash(number, want);
	return reader_find(v, set, span_text(uri), hash) == 0 &&
		memcmp(want, hash, 32) == 0 &&
		reader_object(v, hash, &octets) == 0;
}

/* What a repository has is what its record says; returns its round, 0 for none.
 */
static unsigned
check_repo(struct bed *b, const char *repo,
	unsigned (*object)(unsigned round, unsigned i))
{
	struct repo_record r;
	struct bed_view v;
	struct set set;
	char uri[128];
	unsigned round;

	if (b->ops->load(b->ctx, REPO_RRDP, repo, b->arena, &r) != 0)
		return 0;
	v = bed_view(b);
	set = bed_set(v.view, repo);
	round = (unsigned)r.serial;
	cr_assert_eq(bed_rows(b, repo), SET);
	cr_assert_eq(r.objects, SET);
	for (unsigned i = 0; i < SET; i++)
		cr_assert(
			stands(v.view, set, bed_uri(i, uri), object(round, i)),
			"object %u of round %u", i, round);
	bed_view_end(&v);
	return round;
}

/* All holds, and goes on. */
static void
check(struct bed *b)
{
	(void)check_repo(b, A_REPO, a_object);
	(void)check_repo(b, B_REPO, b_object);
	bed_reopen(b); /* lets a collection begin at once */
	bed_tidy(b);
	(void)check_repo(b, A_REPO, a_object);
	(void)check_repo(b, B_REPO, b_object);
	cr_assert_leq(bed_objects(b), 2 * SET);
}

/* How many calls the whole play takes. */
static unsigned
count_calls(void)
{
	struct bed b = bed_new();

	disk = (struct disk){.on = true};
	play(&b);
	disk.on = false;
	cr_assert_eq(check_repo(&b, A_REPO, a_object), ROUNDS);
	cr_assert_eq(check_repo(&b, B_REPO, b_object), ROUNDS);
	bed_free(&b);
	cr_assert_gt(disk.calls, 50);
	return disk.calls;
}

static bool
is_set_aside(const struct bed *b)
{
	char path[256];

	return access(folder_path(&b->folder, "objects.mdb.damaged", path),
		       F_OK) == 0;
}

static void
kill_at(unsigned call)
{
	struct bed b = {
		.folder = folder_new_in_memory(),
		.budget = (uint64_t)256 << 20,
		.arena = arena_new(65536),
	};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		disk = (struct disk){.on = true, .kill_at = call};
		bed_open(&b);
		play(&b);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "at %u",
		call);
	bed_open(&b);
	/* The first call makes the file: half of it is none. */
	cr_assert(call == 1 || !is_set_aside(&b), "at %u", call);
	check(&b);
	play_round(&b, 1);
	check(&b);
	bed_free(&b);
}

Test(crash, killed_at_any_call_it_has_the_old_or_the_new)
{
	unsigned calls = count_calls();

	for (unsigned i = 0; i < CASES; i++)
		kill_at(1 + i * calls / CASES);
}

/* A disk that refuses calls: nothing ends but stages; when it takes them again
 * all goes on. */
static void
fail_at(unsigned call, unsigned count, int error)
{
	struct bed b = bed_new();

	disk = (struct disk){
		.on = true,
		.fail_at = call,
		.fail_count = count,
		.fail_errno = error,
	};
	play(&b);
	disk.on = false;
	(void)check_repo(&b, A_REPO, a_object);
	(void)check_repo(&b, B_REPO, b_object);
	bed_whole(&b, "https://c/", 0, 10);
	bed_reopen(&b);
	cr_assert_not(is_set_aside(&b), "at %u", call);
	check(&b);
	bed_free(&b);
}

Test(crash, a_disk_that_refuses_costs_stages_only)
{
	static const int errors[] = {EIO, ENOSPC, EROFS, EDQUOT};
	unsigned calls = count_calls();

	for (unsigned i = 0; i < CASES; i++)
		fail_at(1 + i * calls / CASES, i % 3 == 0 ? 20 : 1,
			errors[i % 4]);
}

static void
put_file(const char *path, const uint8_t *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, p, n), (ssize_t)n);
	(void)close(fd);
}

/* Power is cut at event `cut`: what was flushed before is there, and of the
 * rest whatever chance has brought. */
static size_t
cut_power(uint8_t *image, size_t n, size_t cut, unsigned seed)
{
	size_t flushed = 0;

	for (size_t i = 0; i < cut; i++)
		if (disk.events[i].kind == DISK_FLUSH)
			flushed = i;
	for (size_t i = 0; i < cut; i++) {
		const struct disk_event *e = &disk.events[i];

		seed = seed * 1664525U + 1013904223U;
		if (i > flushed && seed >> 31 != 0)
			continue;
		memcpy(image + e->offset, e->octets, e->n);
		if ((size_t)e->offset + e->n > n)
			n = (size_t)e->offset + e->n;
	}
	return n;
}

/* A store over what a power cut has left. */
static struct bed
bed_after(uint8_t *image, size_t cut, unsigned seed)
{
	struct bed b = {
		.folder = folder_new_in_memory(),
		.budget = (uint64_t)256 << 20,
		.arena = arena_new(65536),
	};
	char path[256];
	size_t n;

	memset(image, 0, IMAGE);
	n = cut_power(image, 0, cut, seed);
	put_file(folder_path(&b.folder, "objects.mdb", path), image, n);
	bed_open(&b);
	cr_assert_not(is_set_aside(&b), "cut at %zu", cut);
	return b;
}

Test(crash, a_power_cut_leaves_the_old_or_the_new)
{
	struct bed b = bed_new();
	uint8_t *image = calloc(1, IMAGE);
	size_t events, first = 0;

	store_close(b.store);
	folder_free(&b.folder);
	b.folder = folder_new_in_memory();
	disk = (struct disk){.on = true, .notes = true};
	bed_open(&b);
	play(&b);
	disk.on = disk.notes = false;
	bed_free(&b);
	events = disk.event_count;
	while (disk.events[first].kind != DISK_FLUSH)
		first++;
	for (unsigned i = 0; i < 2 * CASES; i++) {
		size_t cut = first + 1 + i * (events - first) / (2 * CASES);

		b = bed_after(image, cut, i);
		check(&b);
		bed_free(&b);
	}
	free(image);
}

/* Each batch of a large set is a state of its own, in which nobody sees more
 * than before. */
Test(crash, a_power_cut_within_a_large_set)
{
	static uint8_t octets[LARGE_OCTETS];
	struct stage_item item = {.bytes = span_of(octets, sizeof(octets))};
	uint8_t *image = calloc(1, IMAGE);
	struct bed b = bed_new();
	struct stage *st;
	char uri[128];
	size_t first, events;

	store_close(b.store);
	folder_free(&b.folder);
	b.folder = folder_new_in_memory();
	disk = (struct disk){.on = true, .notes = true};
	bed_open(&b);
	(void)bed_whole(&b, A_REPO, 0, SET);
	first = disk.event_count;
	st = bed_begin(&b, B_REPO, STAGE_WHOLE);
	for (unsigned i = 0; i < LARGE; i++) {
		memcpy(octets, &i, sizeof(i));
		item.uri = span_text(bed_uri(i, uri));
		cr_assert_eq(b.ops->put(st, &item), 0);
	}
	(void)bed_commit(&b, st, B_REPO, 1);
	disk.on = disk.notes = false;
	bed_free(&b);
	events = disk.event_count;
	for (unsigned i = 0; i <= CUTS; i++) {
		struct repo_record r;

		b = bed_after(image, first + i * (events - first) / CUTS, i);
		cr_expect_eq(bed_rows(&b, A_REPO), SET);
		if (b.ops->load(b.ctx, REPO_RRDP, B_REPO, b.arena, &r) == 0)
			cr_expect_eq(bed_rows(&b, B_REPO), LARGE);
		else
			cr_expect_lt(i, CUTS, "it was committed");
		bed_free(&b);
	}
	free(image);
}
