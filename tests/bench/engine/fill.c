/*
 * bench-fill: a lab tree into a store, as if it had been fetched.
 *
 *	bench-fill TREE CACHE
 *
 *	TREE/repositories ---> one set a notification, rsync module or TA
 *	TREE/repo/HOST/... --> CACHE/objects.mdb
 *
 * What is new to the store goes in whole, as a snapshot of RRDP does.  A set
 * that is there gets what differs in it, in one transaction, as deltas do: so
 * the tree may be changed by the lab and filled in again.  There is no network,
 * and `validator run --cache CACHE` sees what it would after a fetch.
 *
 * Prints how many objects there are, and how many were put and taken.  Memory
 * is not freed: the process ends.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/file.h"
#include "core/text.h"
#include "core/vec.h"
#include "validator/store/store.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	FILL_LIST_MAX = 64 << 20, /* octets of the list of places */
	FILL_HOSTS = 4096, /* octets of a set's hosts */
};

/* Where something is published: a line of the list. */
struct place {
	enum repo_kind kind;
	const char *repo; /* URI of the repository */
	const char *folder; /* HOST/MODULE/FOLDER, or the TA's file */
};

/* A file of the tree, or a URI of the store. */
struct item {
	const char *uri;
	uint8_t hash[32];
};

typedef VEC(struct item) items;

struct fill {
	const char *tree;
	struct arena *arena; /* for all that stays */
	struct arena *scratch; /* one file */
	const struct depot *depot;
	VEC(struct place) places;
	struct wall now;
	uint64_t objects, put, taken, sets;
};

static void
die(const char *what, int err)
{
	(void)fprintf(stderr, "bench-fill: %s: %s\n", what, err_text(err));
	exit(1);
}

static const char *
join(struct fill *f, const char *a, const char *b, const char *c)
{
	struct text text = {0};
	const char *kept;

	text_add(&text, "%s%s%s", a, b, c);
	kept = text.failed ? NULL : arena_text(f->arena, text.p, text.n);
	if (kept == NULL)
		die("join", ERR_NOMEM);
	text_free(&text);
	return kept;
}

static struct span
read_file(struct fill *f, const char *uri)
{
	char path[FILE_PATH];
	struct span bytes = {0};
	int err;

	arena_reset(f->scratch);
	(void)snprintf(path, sizeof(path), "%s/repo/%s", f->tree,
		uri + strlen("rsync://"));
	err = file_read(path, BOUND_OBJECT_MAX, f->scratch, &bytes);
	if (err != 0)
		die(path, err);
	return bytes;
}

static void
hash_of(struct span bytes, uint8_t hash[32])
{
	if (EVP_Digest(bytes.n > 0 ? (const void *)bytes.p : "", bytes.n, hash,
		    NULL, EVP_sha256(), NULL) != 1)
		die("SHA-256", ERR_CRYPTO);
}

/* "ta HTTPS|- HOST/MODULE FILE" or "point NOTIFY|- HOST/MODULE FOLDER". */
static void
add_place(struct fill *f, char *line)
{
	char *rest = line;
	const char *what = strsep(&rest, " ");
	const char *first = strsep(&rest, " ");
	const char *module = strsep(&rest, " ");
	struct place p = {.kind = REPO_RSYNC};

	if (rest == NULL)
		die("TREE/repositories", ERR_SYNTAX);
	p.folder = join(f, module, "/", rest);
	if (strcmp(what, "ta") == 0) {
		p.kind = REPO_TA;
		p.repo = strcmp(first, "-") != 0
			? join(f, first, "", "")
			: join(f, "rsync://", p.folder, "");
	} else if (strcmp(first, "-") != 0) {
		p.kind = REPO_RRDP;
		p.repo = join(f, first, "", "");
	} else
		p.repo = join(f, "rsync://", module, "/");
	if (!VEC_PUSH(&f->places, p))
		die("places", ERR_NOMEM);
}

static int
by_repo(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int c = (int)x->kind - (int)y->kind;

	if (c == 0)
		c = strcmp(x->repo, y->repo);
	return c != 0 ? c : strcmp(x->folder, y->folder);
}

static void
read_places(struct fill *f)
{
	struct arena *arena = arena_new(65536);
	char path[FILE_PATH];
	struct span all = {0};
	char *text, *line;
	int err;

	(void)snprintf(path, sizeof(path), "%s/repositories", f->tree);
	err = arena == NULL ? ERR_NOMEM
			    : file_read(path, FILL_LIST_MAX, arena, &all);
	if (err != 0)
		die(path, err);
	text = calloc(1, all.n + 1);
	if (text == NULL)
		die(path, ERR_NOMEM);
	if (all.n > 0)
		memcpy(text, all.p, all.n);
	for (char *rest = text; (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0')
			add_place(f, line);
	free(text);
	arena_free(arena);
	if (f->places.n > 0)
		qsort(f->places.at, f->places.n, sizeof(*f->places.at),
			by_repo);
}

/* All files of a folder; hidden ones are the lab's own. */
static void
add_folder(struct fill *f, const char *folder, items *out)
{
	const char *base = join(f, "rsync://", folder, "/");
	char path[FILE_PATH];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/repo/%s", f->tree, folder);
	dir = opendir(path);
	if (dir == NULL)
		die(path, ERR_NOTFOUND);
	while ((entry = readdir(dir)) != NULL) {
		struct item item = {.uri = NULL};

		if (entry->d_name[0] == '.' || entry->d_type != DT_REG)
			continue;
		item.uri = join(f, base, entry->d_name, "");
		if (!VEC_PUSH(out, item))
			die(path, ERR_NOMEM);
	}
	(void)closedir(dir);
}

static int
by_uri(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return strcmp(x->uri, y->uri);
}

/* What the places say is in a set; each URI once, as CAs may share a folder. */
static void
list_tree(struct fill *f, const struct place *p, size_t n, items *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		add_folder(f, p[i].folder, out);
	if (out->n > 0)
		qsort(out->at, out->n, sizeof(*out->at), by_uri);
	for (size_t i = 0; i < out->n; i++)
		if (kept == 0 ||
			strcmp(out->at[kept - 1].uri, out->at[i].uri) != 0)
			out->at[kept++] = out->at[i];
	out->n = kept;
}

/* The version of a trust anchor's certificate: URI?HASH, as fetch names it. */
static const char *
name_anchor(struct fill *f, const struct place *p, struct item *file)
{
	struct text text = {0};
	const char *name;

	file->uri = join(f, "rsync://", p->folder, "");
	hash_of(read_file(f, file->uri), file->hash);
	text_add(&text, "%s?", p->repo);
	text_hex(&text, file->hash, sizeof(file->hash));
	name = text.failed ? NULL : arena_text(f->arena, text.p, text.n);
	text_free(&text);
	if (name == NULL)
		die(p->repo, ERR_NOMEM);
	return name;
}

struct walk {
	struct fill *fill;
	items *out;
};

static bool
on_stored(void *to, struct span uri, struct span bytes, int64_t mtime)
{
	struct walk *w = to;
	struct item item = {
		.uri = arena_text(w->fill->arena, (const char *)uri.p, uri.n)};

	(void)mtime;
	hash_of(bytes, item.hash);
	if (item.uri == NULL || !VEC_PUSH(w->out, item))
		die("walk", ERR_NOMEM);
	return true;
}

static void
put(struct fill *f, struct stage *s, const char *name, const char *uri,
	const uint8_t *old)
{
	struct stage_item item = {.uri = span_text(name),
		.bytes = read_file(f, uri),
		.old_hash = old};
	int err = f->depot->ops->put(s, &item);

	if (err != 0)
		die(uri, err);
	f->put++;
}

static void
take(struct fill *f, struct stage *s, const struct item *item)
{
	int err = f->depot->ops->take(s, span_text(item->uri), item->hash);

	if (err != 0)
		die(item->uri, err);
	f->taken++;
}

/* Both lists are in order: what differs. */
static void
merge(struct fill *f, struct stage *s, const items *old, const items *tree)
{
	size_t i = 0, j = 0;

	while (i < old->n || j < tree->n) {
		int c = i == old->n ? 1
			: j == tree->n
			? -1
			: strcmp(old->at[i].uri, tree->at[j].uri);

		if (c < 0) {
			take(f, s, &old->at[i++]);
		} else if (c > 0) {
			put(f, s, tree->at[j].uri, tree->at[j].uri, NULL);
			j++;
		} else {
			const char *uri = tree->at[j++].uri;
			uint8_t hash[32];

			hash_of(read_file(f, uri), hash);
			if (memcmp(hash, old->at[i].hash, 32) != 0)
				put(f, s, uri, uri, old->at[i].hash);
			i++;
		}
	}
}

/* The hosts that a set's places name, each once, with commas between. */
static void
hosts_of(const struct place *p, size_t n, char hosts[FILL_HOSTS])
{
	size_t used = 0;

	hosts[0] = '\0';
	for (size_t i = 0; i < n && p[i].kind == REPO_RRDP; i++) {
		size_t host = strcspn(p[i].folder, "/");

		/* Places are in order: those of a host stand together. */
		if (i > 0 &&
			strncmp(p[i - 1].folder, p[i].folder, host + 1) == 0)
			continue;
		if (used + host + 2 > FILL_HOSTS)
			die(p[i].repo, ERR_LIMIT);
		if (used > 0)
			hosts[used++] = ',';
		memcpy(hosts + used, p[i].folder, host);
		used += host;
		hosts[used] = '\0';
	}
}

static struct repo_record
record_of(struct fill *f, const struct place *p, uint64_t serial,
	const char *hosts)
{
	return (struct repo_record){.kind = p->kind,
		.uri = p->repo,
		.session = p->kind == REPO_RRDP
			? "9df4b597-af9e-4dca-bdda-719cce2c4e28"
			: "",
		.serial = p->kind == REPO_RRDP ? serial : 0,
		.hosts = hosts,
		.etag = "",
		.last_modified = "",
		.first_seen = f->now,
		.wanted = f->now,
		.attempt = f->now,
		.success = f->now,
		.reason = ""};
}

/* What a set is to hold goes into the stage. */
static void
stage_set(struct fill *f, struct stage *s, const struct place *p, size_t n,
	bool known)
{
	items old = {0}, tree = {0};
	struct walk w = {.fill = f, .out = &old};
	struct item anchor;
	int err = 0;

	if (p->kind == REPO_TA) {
		const char *name = name_anchor(f, p, &anchor);

		put(f, s, name, anchor.uri, NULL);
		return;
	}
	list_tree(f, p, n, &tree);
	if (known)
		err = f->depot->ops->walk(f->depot->ctx,
			(struct repo_id){p->kind, p->repo}, span_of(NULL, 0),
			on_stored, &w);
	if (err != 0)
		die(p->repo, err);
	merge(f, s, &old, &tree);
	VEC_FREE(&old);
	VEC_FREE(&tree);
}

static void
fill_set(struct fill *f, const struct place *p, size_t n)
{
	const struct depot_ops *ops = f->depot->ops;
	struct repo_record old = {.serial = 0}, next;
	struct stage_end end = {0};
	char hosts[FILL_HOSTS];
	struct stage *s;
	bool known;
	int err = ops->load(f->depot->ctx, p->kind, p->repo, f->arena, &old);

	if (err != 0 && err != ERR_NOTFOUND)
		die(p->repo, err);
	known = err == 0 && p->kind != REPO_TA;
	err = ops->begin(f->depot->ctx, p->kind, p->repo,
		known ? STAGE_CHANGES : STAGE_WHOLE, &s);
	if (err != 0)
		die(p->repo, err);
	stage_set(f, s, p, n, known);
	hosts_of(p, n, hosts);
	next = record_of(f, p, old.serial + 1, hosts);
	err = ops->commit(s, &next, &end);
	if (err != 0)
		die(p->repo, err);
	f->objects += end.objects;
	f->sets++;
}

static bool
is_same_repo(const struct place *a, const struct place *b)
{
	return a->kind == b->kind && strcmp(a->repo, b->repo) == 0;
}

static void
fill_all(struct fill *f)
{
	size_t n;

	for (size_t i = 0; i < f->places.n; i += n) {
		for (n = 1; i + n < f->places.n; n++)
			if (!is_same_repo(
				    &f->places.at[i], &f->places.at[i + n]))
				break;
		fill_set(f, &f->places.at[i], n);
	}
}

int
main(int argc, char **argv)
{
	struct fill f = {.now = wall_now()};
	struct mono began = mono_now();
	struct store_config config = {.folder = NULL};
	struct store *store;
	char why[256];
	int err;

	if (argc != 3)
		die("TREE CACHE", ERR_USAGE);
	f.tree = argv[1];
	f.arena = arena_new(1 << 20);
	f.scratch = arena_new(1 << 20);
	if (f.arena == NULL || f.scratch == NULL)
		die("arena", ERR_NOMEM);
	read_places(&f);
	config.folder = argv[2];
	err = store_open(&config, &store, why);
	if (err != 0)
		die(why, err);
	f.depot = store_depot(store);
	fill_all(&f);
	while (store_tidy(store))
		continue;
	store_close(store);
	(void)printf("sets=%" PRIu64 " objects=%" PRIu64 " put=%" PRIu64
		     " taken=%" PRIu64 " seconds=%.1f\n",
		f.sets, f.objects, f.put, f.taken,
		(double)mono_since(began, mono_now()) / 1000);
	VEC_FREE(&f.places);
	arena_free(f.arena);
	arena_free(f.scratch);
	return 0;
}
