/*
 * shelf: see the header.
 *
 * The key of a pin is the certification path, hashed from the top:
 *
 *	key(trust anchor) = SHA-256(name of its locator)
 *	key(CA) = SHA-256(key(parent) | SHA-256(its key) | URI of its manifest)
 *
 * so what one parent certifies is never mixed with what another one does, and
 * another manifest's name makes another point.  The trust anchor's own point
 * has the key below the name, like any other.
 */
#include "validator/run/shelf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "core/vec.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	SCRUB_OCTETS = 4194304, /* a run: a store of 1 GB is through in two
				   days, and a run of nothing new does not
				   notice */
	SCRUB_PRIME = 100003
};

typedef uint8_t shelf_hash[SHA256_SIZE];

/* One thread's. */
struct shelf_view {
	struct shelf *shelf;
	struct reader_view *reader;
	struct pins_view *pins;
	struct crypto *crypto;
	/* The open point. */
	struct set set;
	bool is_pin;
	struct pin pin;
	size_t folder_n;
	uint8_t uri[BOUND_URI + BOUND_FILE_NAME + 2];
	/* The parent whose key was reckoned last. */
	const struct ca *parent; /* a reference */
	shelf_hash parent_key;
	/* The trust anchor's certificate that is looked for. */
	struct set anchor_set;
	size_t anchor_n; /* of the last version's URI in `uri` */
	VEC(struct set_file) listed; /* that are asked for */
	VEC(shelf_hash) damaged;
};

struct shelf {
	struct shelf_config config;
	struct reader_view **readers; /* one more than threads */
	struct pins_view **pins;
	struct shelf_view *views;
	size_t count; /* of threads */
	bool has_readers, has_pins;
	struct repos *repos;
	VEC(shelf_hash) damaged;
};

int
shelf_open(
	const struct shelf_config *config, size_t threads, struct shelf **out)
{
	struct shelf *s = calloc(1, sizeof(*s));
	int err = 0;

	if (s == NULL)
		return ERR_NOMEM;
	s->config = *config;
	s->count = threads;
	s->readers = calloc(threads + 1, sizeof(*s->readers));
	s->pins = calloc(threads + 1, sizeof(*s->pins));
	s->views = calloc(threads + 1, sizeof(*s->views));
	if (s->readers == NULL || s->pins == NULL || s->views == NULL)
		err = ERR_NOMEM;
	if (err == 0 && config->reader != NULL) {
		err = reader_begin(config->reader, s->readers, threads + 1);
		s->has_readers = err == 0;
	}
	if (err == 0 && config->pins != NULL) {
		err = pins_begin(config->pins, s->pins, threads);
		s->has_pins = err == 0;
	}
	if (err == 0)
		err = repos_new(&config->repos,
			s->has_readers ? s->readers[threads] : NULL, &s->repos);
	if (err != 0) {
		shelf_close(s);
		return err;
	}
	*out = s;
	return 0;
}

void
shelf_rest(struct shelf *s)
{
	size_t i;

	for (i = 0; s->has_readers && i <= s->count; i++)
		reader_end(s->readers[i]);
	for (i = 0; s->has_pins && i < s->count; i++)
		pins_end(s->pins[i]);
	s->has_readers = s->has_pins = false;
}

void
shelf_close(struct shelf *s)
{
	size_t i;

	if (s == NULL)
		return;
	shelf_rest(s);
	repos_free(s->repos);
	for (i = 0; s->views != NULL && i < s->count; i++)
		VEC_FREE(&s->views[i].damaged);
	VEC_FREE(&s->damaged);
	free(s->readers);
	free(s->pins);
	free(s->views);
	free(s);
}

struct repos *
shelf_repos(struct shelf *s)
{
	return s->repos;
}

/* The last good version is of what came first in an earlier run: so the second
 * place, which was fetched before, stands behind it, or what is older would
 * take its place.  Whether there is a pin is only asked when the first one
 * fails. */
static size_t
places(void *view, const struct ca *ca, struct place out[SOURCE_PLACES])
{
	const struct shelf_view *v = view;
	size_t n = repos_places(v->shelf->repos, ca, out);

	if (v->pins == NULL)
		return n;
	if (n == 2)
		out[2] = out[1];
	out[1] = (struct place){.repo = -1, .last_good = true};
	return n + 1;
}

static void
root_key(struct shelf_view *v, const struct ca *ca, shelf_hash key)
{
	const char *name = v->shelf->config.repos.names[ca->ta];

	crypto_sha256(v->crypto, span_text(name), key);
}

/* One step of the path: `key` is the parent's, and becomes the child's. */
static void
step_key(struct shelf_view *v, const struct ca *ca, shelf_hash key)
{
	uint8_t text[2 * SHA256_SIZE + BOUND_URI];
	size_t n = ca->manifest_uri.n;

	assert(n <= BOUND_URI); /* when it was parsed */
	memcpy(text, key, SHA256_SIZE);
	crypto_sha256(v->crypto, ca->spki, text + SHA256_SIZE);
	memcpy(text + 2 * SHA256_SIZE, ca->manifest_uri.p, n);
	crypto_sha256(v->crypto, span_of(text, 2 * SHA256_SIZE + n), key);
}

/* Points come in the order of their parents, more or less: most share theirs
 * with the one before. */
static void
path_key(struct shelf_view *v, const struct ca *ca, shelf_hash key)
{
	const struct ca *path[BOUND_CA_DEPTH + 1];
	const struct ca *at = ca->parent;
	size_t n = 0;

	if (v->parent == NULL || v->parent != ca->parent) {
		for (; at != NULL; at = at->parent)
			path[n++] = at;
		root_key(v, ca, v->parent_key);
		while (n > 0)
			step_key(v, path[--n], v->parent_key);
		ca_unref(v->parent);
		v->parent = ca->parent == NULL ? NULL : ca_ref(ca->parent);
	}
	memcpy(key, v->parent_key, SHA256_SIZE);
	step_key(v, ca, key);
}

static int
open_point(void *view, const struct ca *ca, const struct place *place)
{
	struct shelf_view *v = view;
	shelf_hash key;

	v->is_pin = place->last_good;
	v->set = (struct set){.id = place->number};
	v->folder_n = ca->repository_uri.n;
	if (v->is_pin) {
		path_key(v, ca, key);
		return pins_find(v->pins, key, &v->pin) == 0 ? 0 : ERR_NOTFOUND;
	}
	if (v->folder_n > BOUND_URI + 1)
		return ERR_SYNTAX;
	memcpy(v->uri, ca->repository_uri.p, v->folder_n);
	return v->set.id == 0 || v->reader == NULL ? ERR_NOTFOUND : 0;
}

static void
close_point(void *view)
{
	struct shelf_view *v = view;

	v->set.id = 0;
	v->is_pin = false;
}

/* Note an object for the writer to mend: its repository has to begin anew. */
static int
add_damaged(struct shelf_view *v, const uint8_t *hash)
{
	if (!VEC_RESERVE(&v->damaged, v->damaged.n + 1))
		return ERR_NOMEM;
	memcpy(v->damaged.at[v->damaged.n++], hash, SHA256_SIZE);
	return 0;
}

/* The octets that a hash names, compared with it by the reader.  What a set
 * names and is not there is damage too; what only a pin names may be gone with
 * an older store. */
static int
read_hash(struct shelf_view *v, const uint8_t *hash, bool is_pin,
	struct source_file *out)
{
	int err = v->reader == NULL ? ERR_NOTFOUND
				    : reader_object(v->reader, hash, &out->der);

	if ((err == ERR_CHECKSUM || (err == ERR_NOTFOUND && !is_pin)) &&
		add_damaged(v, hash) != 0)
		return ERR_NOMEM;
	if (err != 0)
		return err;
	if (out->der.n > BOUND_OBJECT_MAX)
		return ERR_LIMIT;
	out->hashed = true;
	memcpy(out->hash, hash, SHA256_SIZE);
	return 0;
}

static int
read_file(void *view, struct span name, const uint8_t *hash,
	struct source_buffer *buffer, struct source_file *out)
{
	struct shelf_view *v = view;
	shelf_hash found;
	int err;

	(void)buffer;
	if (v->is_pin)
		return read_hash(
			v, hash == NULL ? v->pin.manifest : hash, true, out);
	if (name.n == 0 || memchr(name.p, '/', name.n) != NULL)
		return ERR_SYNTAX;
	if (name.n > sizeof(v->uri) - v->folder_n)
		return ERR_NOTFOUND;
	memcpy(v->uri + v->folder_n, name.p, name.n);
	err = reader_find(v->reader, v->set,
		span_of(v->uri, v->folder_n + name.n), found);
	return err != 0 ? err : read_hash(v, found, false, out);
}

/* The set of a trust anchor's place; it is asked for with the first version. */
static int
find_anchor(struct shelf_view *v, struct span uri)
{
	struct arena *arena = arena_new(4096);
	struct repo_record record;
	char text[BOUND_URI + 1];
	int err = ERR_NOTFOUND;

	if (arena == NULL)
		return ERR_NOMEM;
	if (uri.n <= BOUND_URI && v->reader != NULL) {
		memcpy(text, uri.p, uri.n);
		text[uri.n] = '\0';
		err = reader_repo(v->reader, (struct repo_id){REPO_TA, text},
			arena, &record, &v->anchor_set);
	}
	arena_free(arena);
	/* A record that does not hold together is none. */
	return err == 0 || err == ERR_NOMEM ? err : ERR_NOTFOUND;
}

static int
read_anchor(void *view, struct span uri, size_t i, struct source_buffer *buffer,
	struct source_file *out)
{
	struct shelf_view *v = view;
	struct span found;
	shelf_hash hash;
	int err = 0;

	(void)buffer;
	if (i == 0) {
		v->anchor_n = 0;
		err = find_anchor(v, uri);
	}
	if (err == 0)
		err = reader_next(v->reader, v->anchor_set,
			span_of(v->uri, v->anchor_n), &found, hash);
	if (err != 0)
		return err;
	/* The next one is behind this: a zero octet comes before any other. */
	if (found.n >= sizeof(v->uri))
		return ERR_NOTFOUND;
	memcpy(v->uri, found.p, found.n);
	v->uri[found.n] = 0;
	v->anchor_n = found.n + 1;
	return read_hash(v, hash, false, out);
}

static int
find_file(void *view, struct span name, uint8_t hash[SHA256_SIZE])
{
	struct shelf_view *v = view;

	if (v->is_pin) {
		memcpy(hash, v->pin.manifest, SHA256_SIZE);
		return 0;
	}
	if (name.n > sizeof(v->uri) - v->folder_n)
		return ERR_NOTFOUND;
	memcpy(v->uri + v->folder_n, name.p, name.n);
	return reader_find(
		v->reader, v->set, span_of(v->uri, v->folder_n + name.n), hash);
}

static bool
has_object(const struct shelf_view *v, const uint8_t *hash)
{
	return v->reader != NULL && reader_has(v->reader, hash);
}

/* No place of today names it: it may be gone like what only a pin names. */
static int
find_object(void *view, const uint8_t *hash, struct source_buffer *buffer,
	struct source_file *out)
{
	struct shelf_view *v = view;

	(void)buffer;
	if (out == NULL)
		return has_object(v, hash) ? 0 : ERR_NOTFOUND;
	return read_hash(v, hash, true, out);
}

static int
has_file(void *view, struct span name, const uint8_t *hash)
{
	struct shelf_view *v = view;
	shelf_hash found;
	int err;

	if (v->is_pin)
		return has_object(v, hash) ? 0 : ERR_NOTFOUND;
	err = find_file(v, name, found);
	if (err == 0 && memcmp(found, hash, SHA256_SIZE) != 0)
		err = ERR_NOTFOUND;
	return err;
}

/* The last good version is what its hashes name: each is asked for. */
static int
holds_files(void *view, const struct source_listed *files, size_t n)
{
	struct shelf_view *v = view;
	size_t i;

	if (v->is_pin && !has_object(v, v->pin.manifest))
		return ERR_NOTFOUND;
	if (!VEC_RESERVE(&v->listed, n))
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		if (v->is_pin && !has_object(v, files[i].hash))
			return ERR_NOTFOUND;
		v->listed.at[i] =
			(struct set_file){files[i].name, files[i].hash};
	}
	if (v->is_pin)
		return 0;
	return reader_holds(v->reader, v->set, span_of(v->uri, v->folder_n),
		v->listed.at, n);
}

/* Of a row that the disk has altered somebody has to hear: what it held back
 * may come back. */
static void
tell_altered(const struct shelf_view *v, const struct ca *ca)
{
	log_event(v->shelf->config.repos.log, LOG_LEVEL_ERROR, "pin-damaged",
		"uri=%.*s text=\"what was remembered of the publication point "
		"is lost\"",
		(int)ca->repository_uri.n, (const char *)ca->repository_uri.p);
}

/* Times are renewed from time to time only: what is fresh needs no look. */
static bool
past_of(void *view, const struct ca *ca, struct past *out)
{
	struct shelf_view *v = view;
	struct wall now = v->shelf->config.repos.now;
	struct pin pin;
	int err;

	if (v->pins == NULL)
		return false;
	*out = (struct past){.is_known = false};
	path_key(v, ca, out->key);
	err = pins_find(v->pins, out->key, &pin);
	if (err == ERR_CHECKSUM)
		tell_altered(v, ca);
	if (err != 0)
		return true;
	if (pin.at.s + PIN_FRESH_S <= now.s)
		pin.at = pins_time(v->pins, out->key, &pin);
	out->is_known = true;
	out->is_old = pin.at.s + PIN_FRESH_S <= now.s;
	out->at = pin.at;
	memcpy(out->manifest, pin.manifest, sizeof(out->manifest));
	out->has_number = pin.has_number;
	memcpy(out->number, pin.number, sizeof(out->number));
	out->this_update = pin.this_update;
	out->files = pin.files;
	out->file_count = pin.file_count;
	out->memory = pin.memory;
	return true;
}

static const char *
where(void *view, struct span uri, char buf[SOURCE_WHERE])
{
	(void)view;
	(void)uri;
	buf[0] = '\0'; /* what is missing in a store was not fetched yet */
	return buf;
}

/* What was found damaged stays for the end of the run. */
static void
free_view(void *view)
{
	struct shelf_view *v = view;

	VEC_FREE(&v->listed);
	ca_unref(v->parent);
	v->parent = NULL;
	crypto_free(v->crypto);
	v->crypto = NULL;
}

static bool
is_untried(void *view, const struct ca *ca, struct span uri)
{
	struct shelf_view *v = view;
	struct arena *arena;
	struct repo_record record;
	struct set set;
	char text[BOUND_URI + 1];
	int err = ERR_NOTFOUND;

	if (ca != NULL)
		return repos_is_untried(v->shelf->repos, ca);
	arena = arena_new(4096);
	if (arena != NULL && v->reader != NULL && uri.n <= BOUND_URI) {
		memcpy(text, uri.p, uri.n);
		text[uri.n] = '\0';
		err = reader_repo(v->reader, (struct repo_id){REPO_TA, text},
			arena, &record, &set);
	}
	arena_free(arena);
	return err == ERR_NOTFOUND || (err == 0 && record.attempt.s == 0);
}

static const struct source_ops shelf_ops = {
	.places = places,
	.open = open_point,
	.close = close_point,
	.read = read_file,
	.anchor = read_anchor,
	.find = find_file,
	.has = has_file,
	.holds = holds_files,
	.past = past_of,
	.object = find_object,
	.is_untried = is_untried,
	.where = where,
	.free = free_view,
};

int
shelf_source(struct shelf *s, size_t i, struct source *out)
{
	struct shelf_view *v = &s->views[i];

	v->shelf = s;
	v->reader = s->has_readers ? s->readers[i] : NULL;
	v->pins = s->has_pins ? s->pins[i] : NULL;
	v->crypto = crypto_new();
	if (v->crypto == NULL)
		return ERR_NOMEM;
	*out = (struct source){.ops = &shelf_ops, .view = v};
	return 0;
}

static int
note_damaged(void *to, const uint8_t hash[32])
{
	return add_damaged(to, hash);
}

/* From where the time says: runs begin anywhere, so that all has its turn. */
void
shelf_scrub(struct shelf *s)
{
	uint64_t start = (uint64_t)s->config.repos.now.s * SCRUB_PRIME;

	if (s->has_readers)
		(void)reader_scrub(s->readers[s->count], start, SCRUB_OCTETS,
			note_damaged, &s->views[0]);
}

static int
by_hash(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_SIZE);
}

/* The hashes that any thread found damaged, each once. */
static int
gather_damaged(struct shelf *s)
{
	size_t n = 0, kept = 0, i;

	for (i = 0; i < s->count; i++)
		n += s->views[i].damaged.n;
	if (!VEC_RESERVE(&s->damaged, n))
		return ERR_NOMEM;
	s->damaged.n = 0;
	for (i = 0; i < s->count; i++) {
		const struct shelf_view *v = &s->views[i];

		if (v->damaged.n > 0)
			memcpy(s->damaged.at + s->damaged.n, v->damaged.at,
				v->damaged.n * sizeof(shelf_hash));
		s->damaged.n += v->damaged.n;
	}
	if (n > 0)
		qsort(s->damaged.at, n, sizeof(shelf_hash), by_hash);
	for (i = 0; i < n; i++)
		if (i == 0 ||
			by_hash(s->damaged.at[i], s->damaged.at[kept - 1]) != 0)
			memmove(s->damaged.at[kept++], s->damaged.at[i],
				sizeof(shelf_hash));
	s->damaged.n = kept;
	return 0;
}

int
shelf_wanted(struct shelf *s, struct wanted *out)
{
	int err = gather_damaged(s);

	if (err == 0)
		err = repos_wanted(s->repos, out);
	if (err != 0)
		return err;
	out->damaged = (const shelf_hash *)s->damaged.at;
	out->damaged_count = s->damaged.n;
	return 0;
}
