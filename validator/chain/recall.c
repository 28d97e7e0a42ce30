/*
 * recall: what earlier runs know of a publication point, used and kept.
 *
 *	same issuer, same manifest, the time within the window, all files
 *	there                             --> the place, unread
 *	same issuer, another manifest     --> each member that is as it was,
 *	                                      valid, in time, not revoked
 *	else                              --> nothing
 *
 * What is taken is counted as if it had been done, signatures and octets too:
 * a run says the same with its memory and without.
 */
#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "validator/chain/point_inner.h"
#include "waymark/err.h"

/* A place in the order of names. */
struct named {
	struct span name;
	size_t at; /* index on the manifest */
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return span_compare(x->name, y->name);
}

void
recall_begin(struct point *p)
{
	struct checker *k = p->k;
	struct history *h = &p->history;

	if (k->source.ops->past == NULL || k->env->judge)
		return;
	h->is_kept = k->source.ops->past(k->source.view, p->ca, &h->past);
	if (!h->is_kept)
		return;
	if (memory_base(p->ca, k->env->profile, k->crypto, k->point_arena,
		    h->base) != 0) {
		k->findings.failed = true;
		return;
	}
	h->is_read = h->past.is_known &&
		memory_read(h->past.memory, &h->memory) &&
		h->memory.head.file_count <= h->past.file_count;
	h->has_memory = k->env->recalls && h->is_read &&
		memcmp(h->memory.head.base, h->base, sizeof(h->base)) == 0;
}

/* How many of the files of the past its manifest lists. */
static size_t
listed(const struct point *p)
{
	return p->history.memory.head.file_count;
}

/* The next of `n` files, of which there are `*at`; or the stand-in of the last.
 * As memory_next. */
static int
load_file(struct point *p, struct reader *r, size_t n, size_t *at)
{
	struct memory_file *files = p->history.files, file;
	int more = memory_next(r, p->k->point_arena, &file);

	if (more != 1)
		return more;
	if (file.hash == NULL && *at < n) {
		files[(*at)++] = file;
		return 1;
	}
	if (file.hash == NULL || *at == 0 || files[*at - 1].stand_in != NULL)
		return ERR_SYNTAX;
	files[*at - 1].stand_in =
		arena_copy(p->k->point_arena, &file, sizeof(file));
	return files[*at - 1].stand_in == NULL ? ERR_NOMEM : 1;
}

/* All files as they are remembered, once a place: they live as long.  False
 * when they do not hold together: then there is no memory. */
static bool
load_files(struct point *p)
{
	struct history *h = &p->history;
	struct reader r = reader_of(h->memory.files);
	size_t n = listed(p), at = 0;
	int more = 1;

	/* A file has more octets than one. */
	if (n > h->memory.files.n)
		return h->is_read = h->has_memory = false;
	h->files = arena_get(p->k->point_arena, n * sizeof(*h->files));
	while (h->files != NULL && more == 1)
		more = load_file(p, &r, n, &at);
	if (h->files == NULL || more == ERR_NOMEM)
		p->k->findings.failed = true;
	if (h->files != NULL && more == 0 && at == n)
		return true;
	h->files = NULL;
	return h->is_read = h->has_memory = false;
}

/* The files in the order of their names. */
static struct named *
sort_files(struct point *p)
{
	struct history *h = &p->history;
	size_t n = listed(p), i;
	struct named *named = arena_get(p->k->point_arena, n * sizeof(*named));
	bool ascends = true;

	if (named == NULL) {
		p->k->findings.failed = true;
		return NULL;
	}
	for (i = 0; i < n; i++) {
		named[i] = (struct named){h->files[i].name, i};
		ascends &= i == 0 || by_name(&named[i - 1], &named[i]) < 0;
	}
	if (!ascends)
		qsort(named, n, sizeof(*named), by_name);
	return named;
}

/* Whether all files are at the place as they are remembered. */
static bool
are_there(struct point *p)
{
	const struct history *h = &p->history;
	const struct source *s = &p->k->source;
	size_t n = listed(p), i;
	struct named *named = sort_files(p);
	struct source_listed *list =
		arena_get(p->k->point_arena, n * sizeof(*list));

	if (named == NULL || list == NULL) {
		p->k->findings.failed = true;
		return false;
	}
	for (i = 0; i < n; i++)
		list[i] = (struct source_listed){
			named[i].name, h->past.files[named[i].at]};
	return s->ops->holds(s->view, list, n) == 0;
}

/* Whether all stand-ins are still in the store: no place names them. */
static bool
have_stand_ins(const struct point *p)
{
	const struct history *h = &p->history;
	const struct source *s = &p->k->source;
	const struct memory_file *earlier;
	size_t i;

	for (i = 0; i < listed(p); i++) {
		earlier = h->files[i].stand_in;
		if (earlier != NULL &&
			s->ops->object(s->view, earlier->hash, NULL, NULL) != 0)
			return false;
	}
	return true;
}

/* Whether the set that the place is read from is the very one of then. */
static bool
is_same_set(const struct point *p)
{
	static const uint8_t none[SHA256_SIZE];
	const uint8_t *then = p->history.memory.head.stamp;

	return p->place.stamp != NULL &&
		memcmp(then, none, sizeof(none)) != 0 &&
		memcmp(then, p->place.stamp, SHA256_SIZE) == 0;
}

/* Whether what the place has is what memory is about. */
static bool
is_same(struct point *p)
{
	const struct source *s = &p->k->source;
	struct history *h = &p->history;
	uint8_t hash[SHA256_SIZE];

	if (!h->has_memory || !window_has(&h->memory.head.window, p->by.at))
		return false;
	if (is_same_set(p))
		return load_files(p) && have_stand_ins(p);
	return s->ops->find(s->view, uri_name(p->ca->manifest_uri), hash) ==
		0 &&
		memcmp(hash, h->past.manifest, sizeof(hash)) == 0 &&
		load_files(p) && are_there(p) && have_stand_ins(p);
}

static void
take_head(struct point *p)
{
	const struct past *past = &p->history.past;
	const struct memory_head *head = &p->history.memory.head;
	struct manifest_facts *to = &p->manifest;

	p->has_manifest = p->is_recalled = true;
	*to = (struct manifest_facts){
		.this_update = head->this_update,
		.next_update = head->next_update,
		.size = head->size,
		.file_count = listed(p),
	};
	memcpy(to->hash, past->manifest, sizeof(to->hash));
	memcpy(to->number, past->number, sizeof(to->number));
	p->house.end = wall_earlier(p->house.end, head->end);
	p->signatures += head->signatures;
	p->k->findings.point.counters[REPORT_BYTES] += head->octets;
}

static void
note_crl(struct point *p)
{
	struct noted what = {
		.name = p->history.files[p->history.memory.head.crl].name,
		.type = OBJECT_CRL,
		.state = OBJECT_STATE_VALID,
		.hash = p->history.past.files[p->history.memory.head.crl],
	};

	note_object(&p->noter, &what);
}

static enum reject
take_file(struct point *p, struct member *m, const struct memory_file *file)
{
	p->signatures += file->signatures;
	p->k->findings.point.counters[REPORT_BYTES] += file->size;
	return member_take(&p->house, m, &file->what);
}

/* The same of the whole place: what stands in for it stands there too. */
static void
take_both(struct point *p, struct member *m, const struct memory_file *file)
{
	enum reject code = take_file(p, m, file);

	if (file->stand_in != NULL && stand_in_is_wanted(&file->what, code))
		stand_in_take(p, m, code, file->stand_in);
}

/* Whether reading would end for its size: the limit may be another now. */
static bool
is_too_large(const struct point *p)
{
	const struct history *h = &p->history;
	uint64_t octets = h->memory.head.octets;
	size_t i;

	for (i = 0; i < listed(p); i++) {
		octets += h->files[i].size;
		if (h->files[i].stand_in != NULL)
			octets += h->files[i].stand_in->size;
	}
	return octets > p->k->env->limits.read;
}

bool
recall_place(struct point *p)
{
	struct history *h = &p->history;
	size_t i;

	h->files = NULL;
	h->named = NULL;
	if (!is_same(p) || is_too_large(p))
		return false;
	take_head(p);
	place_count(p, listed(p));
	if (p->beyond)
		return true;
	note_crl(p);
	for (i = 0; i < listed(p) && !place_is_stopped(p); i++) {
		struct mft_file entry = {
			.name = h->files[i].name,
			.hash = h->past.files[i],
			.type = h->files[i].what.type,
		};
		struct member m = {.entry = &entry, .index = (uint32_t)i};

		if (i != h->memory.head.crl)
			take_both(p, &m, &h->files[i]);
	}
	return true;
}

/* The file of that name that is remembered, but for the CRL; NULL: there is
 * none. */
static const struct named *
find_name(struct point *p, struct span name)
{
	struct history *h = &p->history;
	struct named key = {.name = name};
	const struct named *found;

	if (h->named == NULL) {
		if (!load_files(p))
			return NULL;
		h->named = sort_files(p);
		if (h->named == NULL)
			return NULL;
	}
	found = bsearch(&key, h->named, listed(p), sizeof(key), by_name);
	return found == NULL || found->at == h->memory.head.crl ? NULL : found;
}

/* Whether `entry` is the very file that is remembered. */
static bool
is_file(const struct point *p, const struct mft_file *entry, size_t at)
{
	return memcmp(p->history.past.files[at], entry->hash, SHA256_SIZE) == 0;
}

/* The file of that name and hash that is remembered; NULL: there is none. */
static const struct memory_file *
find_file(struct point *p, const struct mft_file *entry)
{
	const struct named *found = find_name(p, entry->name);

	return found == NULL || !is_file(p, entry, found->at)
		? NULL
		: &p->history.files[found->at];
}

const uint8_t *
recall_earlier(struct point *p, const struct mft_file *entry)
{
	struct history *h = &p->history;
	const struct memory_file *file;
	const struct named *found;

	if (!h->is_read)
		return NULL;
	found = find_name(p, entry->name);
	if (found == NULL)
		return NULL;
	file = &h->files[found->at];
	if (file->stand_in != NULL)
		return file->stand_in->hash;
	if (file->what.type != OBJECT_CERT || file->what.cert == NULL ||
		is_file(p, entry, found->at))
		return NULL;
	return h->past.files[found->at];
}

/* Whether it would be judged as it was.  A refused one may have been refused
 * for anything. */
static bool
still_holds(const struct point *p, const struct outcome *o)
{
	const struct history *h = &p->history;
	const struct mft_file *crl = &p->mft.files[p->mft.crl];

	if (o->state == OBJECT_STATE_IGNORED)
		return true;
	return o->state == OBJECT_STATE_VALID && o->has_cert &&
		span_equal(crl->name, h->files[h->memory.head.crl].name) &&
		p->by.at.s >= o->not_before.s && p->by.at.s <= o->not_after.s &&
		!crl_revokes(&p->crl, o->serial);
}

bool
recall_member(struct point *p, struct member *m)
{
	const struct source *s = &p->k->source;
	const struct memory_file *file;
	enum reject code;

	if (!p->history.has_memory)
		return false;
	file = find_file(p, m->entry);
	if (file == NULL || !still_holds(p, &file->what) ||
		s->ops->has(s->view, m->entry->name, m->entry->hash) != 0)
		return false;
	code = take_file(p, m, file);
	recall_note(p, file);
	if (stand_in_is_wanted(&file->what, code))
		stand_in_seek(p, m, code);
	atomic_fetch_add_explicit(&p->k->env->progress->recalled_objects, 1,
		memory_order_relaxed);
	return true;
}

void
recall_note(struct point *p, const struct memory_file *file)
{
	const struct outcome *o = &file->what;

	if (!p->history.is_kept)
		return;
	if (o->has_cert)
		window_narrow(
			&p->window, o->not_before, o->not_after, p->by.at);
	memory_add(&p->k->memory, file);
}

/* The octets of the memory of the place that holds; empty for none. */
static struct span
write_memory(struct point *p)
{
	struct memory_head head = {
		.window = p->window,
		.end = wall_earlier(
			wall_earlier(p->mft.next_update, p->crl.next_update),
			p->mft.cms.ee.not_after),
		.this_update = p->manifest.this_update,
		.next_update = p->manifest.next_update,
		.size = p->manifest.size,
		.octets = p->head_octets,
		.signatures = (uint32_t)p->head_signatures,
		.crl = (uint32_t)p->mft.crl,
	};

	memcpy(head.base, p->history.base, sizeof(head.base));
	if (p->place.stamp != NULL)
		memcpy(head.stamp, p->place.stamp, sizeof(head.stamp));
	return memory_end(&p->k->memory, &head);
}

/* Put the octets aside.  What there is no room for is not remembered. */
static void
put_version(struct point *p, struct held *version)
{
	struct spool *spool = &p->k->spool;
	const struct memory_writer *w = &p->k->memory;
	size_t listed_n = p->mft.file_count, i;
	size_t n = listed_n + w->stand_ins.n / SHA256_SIZE;
	uint8_t *hashes = arena_get(p->k->point_arena, n * SHA256_SIZE);
	struct span memory = write_memory(p);

	if (hashes == NULL) {
		p->k->findings.failed = true;
		return;
	}
	for (i = 0; i < listed_n; i++)
		memcpy(hashes + i * SHA256_SIZE, p->mft.files[i].hash,
			SHA256_SIZE);
	if (w->stand_ins.n > 0)
		memcpy(hashes + listed_n * SHA256_SIZE, w->stand_ins.at,
			w->stand_ins.n);
	version->file_count = n;
	version->memory_n = memory.n;
	if (spool_put(spool, span_of(hashes, n * SHA256_SIZE),
		    &version->files_at) != 0 ||
		spool_put(spool, memory, &version->memory_at) != 0)
		return;
	if (!VEC_PUSH(&p->k->findings.versions, *version))
		p->k->findings.failed = true;
}

/* Whether the row of the same manifest has what stands in now: of one manifest
 * nothing is added to that, some may go. */
static bool
has_stand_ins(const struct point *p)
{
	return p->history.past.file_count ==
		p->mft.file_count + p->k->memory.stand_ins.n / SHA256_SIZE;
}

/* Only what was published counts: what is remembered already needs no renewal
 * by itself.  What is remembered as it is costs nothing, until its time is
 * old. */
void
recall_keep(struct point *p)
{
	const struct past *past = &p->history.past;
	struct held version = {.this_update = p->manifest.this_update};
	bool same = past->is_known &&
		memcmp(past->manifest, p->manifest.hash, SHA256_SIZE) == 0;

	if (!p->history.is_kept || p->failed != REJECT_NONE || p->beyond ||
		p->place.last_good || p->ca->lost.reason != REJECT_NONE)
		return;
	memcpy(version.key, past->key, sizeof(version.key));
	memcpy(version.manifest, p->manifest.hash, sizeof(version.manifest));
	memcpy(version.number, p->manifest.number, sizeof(version.number));
	version.renews = p->is_recalled ||
		(same && past->has_number && !p->k->env->recalls &&
			has_stand_ins(p));
	if (!version.renews)
		put_version(p, &version);
	else if (past->is_old && !VEC_PUSH(&p->k->findings.versions, version))
		p->k->findings.failed = true;
}
