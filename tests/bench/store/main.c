/*
 * bench-store: what the store takes for a whole set, for a delta into it, for
 * opening, for collecting.
 *
 *	bench-store FOLDER [OBJECTS [OCTETS [CHANGES]]]
 *
 * Prints seconds, octets written by the process (wchar of /proc/self/io), and
 * the size of the file.  FOLDER should be empty, and on the disk that is meant.
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/text.h"
#include "validator/store/reader.h"
#include "validator/store/store.h"
#include "waymark/err.h"

#define REPO "https://bench.example.net/notification.xml"

struct bench {
	const char *folder;
	uint64_t objects, octets, changes;
	struct store *store;
	const struct depot_ops *ops;
	void *ctx;
	uint8_t *object;
};

static void
die(const char *what, int err)
{
	(void)fprintf(stderr, "bench-store: %s: %s\n", what, err_text(err));
	exit(1);
}

/* Octets that this process has handed to write and the like.  (write_bytes
 * counts whole folios on kernels that have large ones.) */
static uint64_t
written(void)
{
	char line[128];
	uint64_t n = 0;
	FILE *f = fopen("/proc/self/io", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "wchar: %" SCNu64, &n) == 1)
			break;
	if (f != NULL)
		(void)fclose(f);
	return n;
}

static uint64_t
file_size(const struct bench *b)
{
	char path[4200];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/objects.mdb", b->folder);
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

struct lap {
	struct mono at;
	uint64_t written;
};

static struct lap
lap_begin(void)
{
	return (struct lap){.at = mono_now(), .written = written()};
}

static void
lap_end(const struct bench *b, struct lap lap, const char *what)
{
	(void)printf("%-28s %8.3f s %8.1f MB written, file %8.1f MB\n", what,
		(double)mono_since(lap.at, mono_now()) / 1000,
		(double)(written() - lap.written) / 1e6,
		(double)file_size(b) / 1e6);
	(void)fflush(stdout);
}

static void
open_store(struct bench *b)
{
	struct store_config config = {.folder = b->folder};
	char why[256];
	int err = store_open(&config, &b->store, why);

	if (err != 0)
		die(why, err);
	b->ops = store_depot(b->store)->ops;
	b->ctx = store_depot(b->store)->ctx;
}

/* Object `i` in its `version`. */
static struct span
object(struct bench *b, uint64_t i, uint64_t version)
{
	memcpy(b->object, &i, sizeof(i));
	memcpy(b->object + 8, &version, sizeof(version));
	return span_of(b->object, b->octets);
}

/* URIs as they are: an arbitrary folder a CA, an arbitrary file name. */
static struct span
uri(uint64_t i, char buf[256])
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15U;
	int n = snprintf(buf, 256,
		"rsync://bench.example.net/repository/%08" PRIx64
		"-4c1d-bd3a/%u/%016" PRIx64 "%08" PRIx64 ".roa",
		(uint64_t)(i / 50) * 2654435761U & 0xffffffffU,
		(unsigned)(i % 3), x, i);

	return span_of(buf, (size_t)n);
}

static void
put(struct bench *b, struct stage *st, uint64_t i, uint64_t version)
{
	uint8_t old[32];
	char buf[256];
	struct stage_item item = {.uri = uri(i, buf)};
	int err;

	if (version > 0) {
		struct span was = object(b, i, version - 1);

		(void)EVP_Digest(was.p, was.n, old, NULL, EVP_sha256(), NULL);
		item.old_hash = old;
	}
	item.bytes = object(b, i, version);
	err = b->ops->put(st, &item);
	if (err != 0)
		die("put", err);
}

static struct stage *
begin(struct bench *b, enum stage_kind kind)
{
	struct stage *st;
	int err = b->ops->begin(b->ctx, REPO_RRDP, REPO, kind, &st);

	if (err != 0)
		die("begin", err);
	return st;
}

static void
commit(struct bench *b, struct stage *st, uint64_t serial)
{
	struct repo_record r = {
		.kind = REPO_RRDP,
		.uri = REPO,
		.session = "9df4b597-af9e-4dca-bdda-719cce2c4e28",
		.serial = serial,
		.hosts = "",
		.etag = "",
		.last_modified = "",
		.reason = "",
	};
	struct stage_end end;
	int err = b->ops->commit(st, &r, &end);

	if (err != 0)
		die("commit", err);
}

static void
bench_whole(struct bench *b, const char *what)
{
	struct lap lap = lap_begin();
	struct stage *st = begin(b, STAGE_WHOLE);

	for (uint64_t i = 0; i < b->objects; i++)
		put(b, st, i * 7919 % b->objects, 0);
	commit(b, st, 1);
	lap_end(b, lap, what);
}

static void
bench_changes(struct bench *b, uint64_t version, const char *what)
{
	struct lap lap = lap_begin();
	struct stage *st = begin(b, STAGE_CHANGES);

	for (uint64_t i = 0; i < b->changes; i++)
		put(b, st, i * (b->objects / b->changes), version);
	commit(b, st, version + 1);
	lap_end(b, lap, what);
}

static void
bench_open(struct bench *b)
{
	struct lap lap;
	struct reader_file *f;
	int err;

	store_close(b->store);
	lap = lap_begin();
	open_store(b);
	lap_end(b, lap, "open to write");
	store_close(b->store);
	lap = lap_begin();
	err = reader_open(b->folder, &f);
	if (err != 0)
		die("reader_open", err);
	lap_end(b, lap, "open to read");
	reader_close(f);
	open_store(b);
}

static void
bench_tidy(struct bench *b, const char *what)
{
	struct lap lap = lap_begin();
	int64_t longest = 0;
	unsigned slices = 0;
	bool more = true;

	while (more) {
		struct mono at = mono_now();
		int64_t took;

		more = store_tidy(b->store);
		took = mono_since(at, mono_now());
		longest = took > longest ? took : longest;
		slices++;
	}
	lap_end(b, lap, what);
	(void)printf("%-28s %8u slices, the longest %" PRId64 " ms\n", "",
		slices, longest);
}

/* Every object once, with its hash checked. */
static void
bench_read(struct bench *b)
{
	struct lap lap = lap_begin();
	struct arena *arena = arena_new(8192);
	struct reader_file *f;
	struct reader_view *v;
	struct repo_record r;
	struct span octets;
	struct set set;
	uint8_t hash[32];
	char buf[256];

	if (arena == NULL || reader_attach(b->store, &f) != 0 ||
		reader_begin(f, &v, 1) != 0 ||
		reader_repo(v, (struct repo_id){REPO_RRDP, REPO}, arena, &r,
			&set) != 0)
		die("read", ERR_IO);
	for (uint64_t i = 0; i < b->objects; i++)
		if (reader_find(v, set, uri(i, buf), hash) != 0 ||
			reader_object(v, hash, &octets) != 0)
			die("read", ERR_NOTFOUND);
	reader_end(v);
	reader_close(f);
	arena_free(arena);
	lap_end(b, lap, "read all");
}

static void
take_number(int argc, char **argv, int i, uint64_t *out)
{
	if (argc > i && text_number(argv[i], 1, 10000000, out) != 0)
		die(argv[i], ERR_USAGE);
}

int
main(int argc, char **argv)
{
	struct bench b = {.objects = 500000, .octets = 2048, .changes = 1000};
	struct rusage usage;

	if (argc < 2)
		die("FOLDER [OBJECTS [OCTETS [CHANGES]]]", ERR_USAGE);
	b.folder = argv[1];
	take_number(argc, argv, 2, &b.objects);
	take_number(argc, argv, 3, &b.octets);
	take_number(argc, argv, 4, &b.changes);
	b.object = calloc(1, (size_t)b.octets + 16);
	if (b.object == NULL || b.changes > b.objects)
		die("arguments", ERR_USAGE);
	b.octets = b.octets < 16 ? 16 : b.octets;
	open_store(&b);
	bench_whole(&b, "whole set");
	bench_open(&b);
	bench_changes(&b, 1, "changes");
	bench_changes(&b, 2, "changes again");
	bench_read(&b);
	bench_tidy(&b, "tidy after changes");
	bench_whole(&b, "whole set again");
	bench_open(&b);
	bench_tidy(&b, "tidy after a whole set");
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%-28s %8.1f MB resident at most, of it pages of the "
		     "file\n",
		"memory", (double)usage.ru_maxrss / 1e3);
	store_close(b.store);
	free(b.object);
	return 0;
}
