/*
 * image: the bytes of a whole answer, laid out once and shared.
 *
 * A size is computed first, then one block holds the owner and the bytes:
 *
 *	struct image_owner | PDU PDU PDU ...
 *
 * A full set is a delta that nothing has gone from, so one function lays out
 * both.  ASPAs are in no PDU of the versions served here.
 */
#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "rtrd/proto/pdu.h"
#include "rtrd/serve/image.h"
#include "rtrd/serve/session.h"

/* Atomic, like the references of images: sets and images may be given back on
 * another thread than the one that made them. */
struct gauge {
	atomic_size_t refs;
	atomic_size_t total;
	atomic_size_t deltas;
};

struct image_owner {
	struct image image;
	atomic_size_t refs;
	struct gauge *gauge;
	size_t size; /* as counted in the gauge */
	bool is_delta;
	uint64_t counts[RTR_PDU_TYPES];
	uint8_t bytes[];
};

/* One half of an answer: what is announced, or what is withdrawn. */
struct side {
	const struct vrp *vrps;
	size_t vrp_count, ipv4_count;
	const struct router_key *keys;
	size_t key_count;
};

struct gauge *
gauge_new(void)
{
	struct gauge *g = calloc(1, sizeof(*g));

	if (g != NULL)
		atomic_init(&g->refs, 1);
	return g;
}

struct gauge *
gauge_ref(struct gauge *g)
{
	atomic_fetch_add(&g->refs, 1);
	return g;
}

void
gauge_unref(struct gauge *g)
{
	if (g != NULL && atomic_fetch_sub(&g->refs, 1) == 1)
		free(g);
}

size_t
gauge_total(const struct gauge *g)
{
	return atomic_load(&g->total);
}

size_t
gauge_deltas(const struct gauge *g)
{
	return atomic_load(&g->deltas);
}

/* Router keys are there for the versions whose table has them. */
static bool
has_keys(unsigned version)
{
	struct pdu_form form;

	return pdu_form(version, PDU_ROUTER_KEY, &form);
}

static struct side
side_of_set(const struct payload_set *set, unsigned version)
{
	return (struct side){
		.vrps = set->vrps,
		.vrp_count = set->vrp_count,
		.ipv4_count = set->ipv4_count,
		.keys = set->keys,
		.key_count = has_keys(version) ? set->key_count : 0,
	};
}

/* The IPv4 ones stand first: find the border. */
static size_t
count_ipv4(const struct delta_half *half)
{
	size_t low = 0, high = half->vrp_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (half->vrps[mid].family == FAMILY_IPV4)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct side
side_of_half(const struct delta_half *half, unsigned version)
{
	return (struct side){
		.vrps = half->vrps,
		.vrp_count = half->vrp_count,
		.ipv4_count = count_ipv4(half),
		.keys = half->keys,
		.key_count = has_keys(version) ? half->key_count : 0,
	};
}

/* Exactly what laying out will write; asserted there. */
static size_t
side_size(const struct side *s)
{
	size_t size = s->ipv4_count * PDU_IPV4_SIZE +
		(s->vrp_count - s->ipv4_count) * PDU_IPV6_SIZE;

	for (size_t i = 0; i < s->key_count; i++)
		size += PDU_KEY_FIXED + s->keys[i].spki.n;
	return size;
}

/* One family of both sides: what comes in the reverse of the set's order, then
 * what goes in it. */
static void
lay_vrps(struct writer *w, unsigned version, const struct side *come,
	const struct side *gone, bool ipv4)
{
	size_t first = ipv4 ? 0 : come->ipv4_count;
	size_t end = ipv4 ? come->ipv4_count : come->vrp_count;

	for (size_t i = end; i > first; i--)
		pdu_write_vrp(w, version, true, &come->vrps[i - 1]);
	first = ipv4 ? 0 : gone->ipv4_count;
	end = ipv4 ? gone->ipv4_count : gone->vrp_count;
	for (size_t i = first; i < end; i++)
		pdu_write_vrp(w, version, false, &gone->vrps[i]);
}

static void
lay_keys(
	struct writer *w, unsigned version, const struct side *s, bool announce)
{
	for (size_t i = 0; i < s->key_count; i++)
		pdu_write_key(w, version, announce, &s->keys[i]);
}

/* PDU types ascending, as version 2 demands and the others do not mind. */
static void
lay(struct writer *w, unsigned version, const struct side *come,
	const struct side *gone)
{
	lay_vrps(w, version, come, gone, true);
	lay_vrps(w, version, come, gone, false);
	lay_keys(w, version, come, true);
	lay_keys(w, version, gone, false);
}

static void
fill_counts(
	struct image_owner *o, const struct side *come, const struct side *gone)
{
	size_t ipv4 = come->ipv4_count + gone->ipv4_count;
	size_t vrps = come->vrp_count + gone->vrp_count;
	size_t keys = come->key_count + gone->key_count;

	o->counts[PDU_IPV4_PREFIX] = ipv4;
	o->counts[PDU_IPV6_PREFIX] = vrps - ipv4;
	o->counts[PDU_ROUTER_KEY] = keys;
	o->image.pdus = vrps + keys;
}

/* One allocation for the bytes and what is known of them. */
static struct image_owner *
image_new(struct gauge *g, unsigned version, const struct side *come,
	const struct side *gone)
{
	size_t size = side_size(come) + side_size(gone);
	struct image_owner *o = malloc(sizeof(*o) + size);
	struct writer w;

	if (o == NULL)
		return NULL;
	*o = (struct image_owner){.gauge = g, .size = size};
	atomic_init(&o->refs, 1);
	w = writer_of(o->bytes, size);
	lay(&w, version, come, gone);
	assert(!w.over && w.n == size);
	o->image.bytes = writer_span(&w);
	o->image.owner = o;
	fill_counts(o, come, gone);
	gauge_ref(g);
	atomic_fetch_add(&g->total, size);
	return o;
}

const struct image *
image_of_set(struct gauge *g, unsigned version, const struct payload_set *set,
	uint32_t serial)
{
	const struct side come = side_of_set(set, version), gone = {0};
	struct image_owner *o = image_new(g, version, &come, &gone);

	if (o == NULL)
		return NULL;
	o->image.serial = serial;
	return &o->image;
}

const struct image *
image_of_delta(struct gauge *g, unsigned version, const struct delta *delta,
	uint32_t serial)
{
	const struct side come = side_of_half(&delta->come, version);
	const struct side gone = side_of_half(&delta->gone, version);
	struct image_owner *o = image_new(g, version, &come, &gone);

	if (o == NULL)
		return NULL;
	o->is_delta = true;
	o->image.serial = serial;
	atomic_fetch_add(&g->deltas, o->size);
	return &o->image;
}

const struct image *
image_ref(const struct image *image)
{
	atomic_fetch_add(&image->owner->refs, 1);
	return image;
}

void
image_unref(const struct image *image)
{
	struct image_owner *o;

	if (image == NULL)
		return;
	o = image->owner;
	if (atomic_fetch_sub(&o->refs, 1) != 1)
		return;
	atomic_fetch_sub(&o->gauge->total, o->size);
	if (o->is_delta)
		atomic_fetch_sub(&o->gauge->deltas, o->size);
	gauge_unref(o->gauge);
	free(o);
}

uint64_t
image_count(const struct image *image, unsigned type)
{
	return type < RTR_PDU_TYPES ? image->owner->counts[type] : 0;
}
