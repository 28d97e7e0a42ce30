/*
 * image: the bytes of a whole answer, laid out once and shared.
 *
 * A size is computed first, then one block holds the owner and the bytes:
 *
 *	struct image_owner | PDU PDU PDU ...
 *
 * A full set is a delta that nothing has gone from, so one function lays out
 * both.
 *
 * What does not fit into one PDU is not there for routers: a part of an ASPA's
 * providers would make routes by the others invalid, none makes them unknown;
 * and half a router key is none.
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
	const struct aspa *aspas;
	size_t aspa_count;
};

/* PDUs of an answer, by type, and their octets. */
struct tally {
	uint64_t counts[RTR_PDU_TYPES];
	size_t size;
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

/* Payloads are there for the versions whose table has their PDU. */
static bool
has(unsigned version, enum pdu_type type)
{
	struct pdu_form form;

	return pdu_form(version, type, &form);
}

static struct side
side_of_set(const struct payload_set *set, unsigned version)
{
	return (struct side){
		.vrps = set->vrps,
		.vrp_count = set->vrp_count,
		.ipv4_count = set->ipv4_count,
		.keys = set->keys,
		.key_count = has(version, PDU_ROUTER_KEY) ? set->key_count : 0,
		.aspas = set->aspas,
		.aspa_count = has(version, PDU_ASPA) ? set->aspa_count : 0,
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
		.key_count = has(version, PDU_ROUTER_KEY) ? half->key_count : 0,
		.aspas = half->aspas,
		.aspa_count = has(version, PDU_ASPA) ? half->aspa_count : 0,
	};
}

/* Whether `s` has an ASPA of this customer that routers are given; for
 * customers that ascend from call to call, with the place kept in `*at`. */
static bool
has_customer(const struct side *s, uint32_t customer, size_t *at)
{
	while (*at < s->aspa_count && s->aspas[*at].customer < customer)
		(*at)++;
	return *at < s->aspa_count && s->aspas[*at].customer == customer &&
		pdu_aspa_fits(&s->aspas[*at]);
}

/* Count one, and write it where there is a writer. */
static void
lay_aspa(struct writer *w, unsigned version, bool announce,
	const struct aspa *aspa, struct tally *t)
{
	if (!pdu_aspa_fits(aspa))
		return;
	t->counts[PDU_ASPA]++;
	t->size += pdu_aspa_size(announce, aspa);
	if (w != NULL)
		pdu_write_aspa(w, version, announce, aspa);
}

/* What comes replaces what the router has, so it is not withdrawn beside that.
 */
static void
lay_aspas(struct writer *w, unsigned version, const struct side *come,
	const struct side *gone, struct tally *t)
{
	size_t at = 0;

	for (size_t i = 0; i < come->aspa_count; i++)
		lay_aspa(w, version, true, &come->aspas[i], t);
	for (size_t i = 0; i < gone->aspa_count; i++) {
		if (!has_customer(come, gone->aspas[i].customer, &at))
			lay_aspa(w, version, false, &gone->aspas[i], t);
	}
}

/* Count those of one side, and write them where there is a writer. */
static void
lay_keys(struct writer *w, unsigned version, bool announce,
	const struct side *s, struct tally *t)
{
	for (size_t i = 0; i < s->key_count; i++) {
		const struct router_key *key = &s->keys[i];

		if (!pdu_key_fits(key))
			continue;
		t->counts[PDU_ROUTER_KEY]++;
		t->size += PDU_KEY_FIXED + key->spki.n;
		if (w != NULL)
			pdu_write_key(w, version, announce, key);
	}
}

/* Exactly what laying out will write; asserted there. */
static void
tally(unsigned version, const struct side *come, const struct side *gone,
	struct tally *t)
{
	size_t ipv4 = come->ipv4_count + gone->ipv4_count;
	size_t vrps = come->vrp_count + gone->vrp_count;

	*t = (struct tally){
		.size = ipv4 * PDU_IPV4_SIZE + (vrps - ipv4) * PDU_IPV6_SIZE};
	t->counts[PDU_IPV4_PREFIX] = ipv4;
	t->counts[PDU_IPV6_PREFIX] = vrps - ipv4;
	lay_keys(NULL, version, true, come, t);
	lay_keys(NULL, version, false, gone, t);
	lay_aspas(NULL, version, come, gone, t);
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

/* PDU types ascending, as version 2 demands and the others do not mind. */
static void
lay(struct writer *w, unsigned version, const struct side *come,
	const struct side *gone)
{
	struct tally again = {.size = 0};

	lay_vrps(w, version, come, gone, true);
	lay_vrps(w, version, come, gone, false);
	lay_keys(w, version, true, come, &again);
	lay_keys(w, version, false, gone, &again);
	lay_aspas(w, version, come, gone, &again);
}

/* One allocation for the bytes and what is known of them. */
static struct image_owner *
image_new(struct gauge *g, unsigned version, const struct side *come,
	const struct side *gone)
{
	struct image_owner *o;
	struct writer w;
	struct tally t;

	tally(version, come, gone, &t);
	o = malloc(sizeof(*o) + t.size);
	if (o == NULL)
		return NULL;
	*o = (struct image_owner){.gauge = g, .size = t.size};
	atomic_init(&o->refs, 1);
	w = writer_of(o->bytes, t.size);
	lay(&w, version, come, gone);
	assert(!w.over && w.n == t.size);
	o->image.bytes = writer_span(&w);
	o->image.owner = o;
	for (unsigned type = 0; type < RTR_PDU_TYPES; type++) {
		o->counts[type] = t.counts[type];
		o->image.pdus += t.counts[type];
	}
	gauge_ref(g);
	atomic_fetch_add(&g->total, t.size);
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
