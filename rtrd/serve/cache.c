/*
 * cache: what routers are given, version after version.
 *
 *	current   set
 *	lineage   session ids; serial n, and deltas  n-k..n-1 -> n
 *	fulls     one image a version            } dropped by the next set
 *	nets      the last images from serials   }
 *
 * A commit only swaps pointers: the old set and its images go to the draft, so
 * that giving back some hundred megabytes is not done here either.  How a draft
 * is made is in draft.c.
 */
#include <stdlib.h>
#include <string.h>

#include "rtrd/serve/cache.h"
#include "rtrd/serve/draft.h"
#include "rtrd/state/serial.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	NETS = 64
}; /* delta images remembered; routers ask for few serials */

/* A delta image, and what it was asked for. */
struct net {
	const struct image *image; /* NULL: free */
	unsigned version;
	uint32_t from;
};

struct cache {
	struct cache_config config;
	const struct payload_set *set; /* NULL before the first */
	struct lineage lineage; /* without a history before the first set */
	struct mono end; /* of the payload that ends first */
	bool withheld;
	struct gauge *gauge;
	const struct image *fulls[RTR_VERSIONS];
	bool asked[RTR_VERSIONS]; /* for a full set, ever */
	struct net nets[NETS];
	size_t next_net; /* the one to replace */
};

/* All that can fail later for want of memory is a publication or an image; what
 * every call needs is made here. */
struct cache *
cache_new(const struct cache_config *config)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->config = *config;
	c->end.ms = INT64_MAX;
	c->lineage.id.n = RTR_VERSIONS;
	memcpy(c->lineage.id.ids, config->session, sizeof(config->session));
	c->gauge = gauge_new();
	if (c->gauge == NULL) {
		cache_free(c);
		return NULL;
	}
	/* What most routers speak; another version is laid out for the first
	 * that asks. */
	c->asked[1] = true;
	return c;
}

static uint32_t
serial_of(const struct cache *c)
{
	return history_back(c->lineage.history, 0)->serial;
}

static void
drop_nets(struct cache *c)
{
	for (size_t i = 0; i < NETS; i++) {
		image_unref(c->nets[i].image);
		c->nets[i] = (struct net){0};
	}
	c->next_net = 0;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	/* Sessions that still send one of them hold a reference of their
	 * own. */
	for (size_t i = 0; i < RTR_VERSIONS; i++)
		image_unref(c->fulls[i]);
	drop_nets(c);
	history_unref(c->lineage.history);
	gauge_unref(c->gauge);
	payload_unref(c->set);
	free(c);
}

struct draft *
draft_new(const struct cache *c)
{
	struct draft *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->gauge = gauge_ref(c->gauge);
	d->limits.most = c->config.history;
	d->limits.window_ms = c->config.history_ms;
	d->first_serial = c->config.first_serial;
	memcpy(d->asked, c->asked, sizeof(d->asked));
	d->lineage.id = c->lineage.id;
	if (c->set == NULL)
		return d;
	d->base = payload_ref(c->set);
	d->from = payload_ref(c->set);
	d->lineage.history = history_ref(c->lineage.history);
	return d;
}

/* What routers are given from now on, against what they were given. */
static void
swap_fulls(struct cache *c, struct draft *d)
{
	for (size_t i = 0; i < RTR_VERSIONS; i++) {
		const struct image *old = c->fulls[i];

		c->fulls[i] = d->fulls[i];
		d->fulls[i] = old;
	}
}

int
cache_commit(struct cache *c, struct draft *d, bool *changed)
{
	const struct lineage before = c->lineage;

	if (d->base != c->set)
		return ERR_BUSY;
	*changed = d->changed;
	c->lineage = d->lineage;
	d->lineage = before;
	if (d->changed) {
		swap_fulls(c, d);
		drop_nets(c);
	}
	/* The cache's own reference to the old set becomes the draft's. */
	payload_unref(d->base);
	d->base = c->set;
	c->set = payload_ref(d->to);
	return 0;
}

int
cache_publish(struct cache *c, const struct payload_set *set, bool *changed)
{
	struct draft *d = draft_new(c);
	int err = d != NULL ? draft_fill(d, set) : ERR_NOMEM;

	if (err == 0)
		err = cache_commit(c, d, changed);
	draft_free(d);
	return err;
}

bool
cache_has_data(const struct cache *c)
{
	return c->set != NULL;
}

void
cache_withhold(struct cache *c, bool withheld)
{
	c->withheld = withheld;
}

bool
cache_is_serving(const struct cache *c)
{
	return c->set != NULL && !c->withheld;
}

uint32_t
cache_serial(const struct cache *c)
{
	return c->set != NULL ? serial_of(c) : 0;
}

const struct payload_set *
cache_set(const struct cache *c)
{
	return c->set;
}

uint16_t
cache_session(const struct cache *c, unsigned version)
{
	return c->lineage.id.ids[version];
}

const struct cache_config *
cache_settings(const struct cache *c)
{
	return &c->config;
}

size_t
cache_history_count(const struct cache *c)
{
	return c->set != NULL ? history_count(c->lineage.history) : 0;
}

void
cache_expiry(struct cache *c, struct mono end)
{
	c->end = end;
}

struct mono
cache_end(const struct cache *c)
{
	return c->end;
}

const struct image *
cache_full(struct cache *c, unsigned version)
{
	if (c->set == NULL)
		return NULL;
	c->asked[version] = true;
	if (c->fulls[version] == NULL)
		c->fulls[version] =
			image_of_set(c->gauge, version, c->set, serial_of(c));
	if (c->fulls[version] == NULL)
		return NULL;
	return image_ref(c->fulls[version]);
}

static const struct image *
find_net(const struct cache *c, unsigned version, uint32_t from)
{
	for (size_t i = 0; i < NETS; i++) {
		const struct net *net = &c->nets[i];

		if (net->image != NULL && net->version == version &&
			net->from == from)
			return net->image;
	}
	return NULL;
}

/* Lay out the delta over the last `steps` steps; 0: an empty one. */
static const struct image *
make_net(struct cache *c, unsigned version, size_t steps)
{
	static const struct delta EMPTY;
	const struct image *image;
	const struct delta *net = NULL;

	if (steps == 0)
		return image_of_delta(c->gauge, version, &EMPTY, serial_of(c));
	if (history_net(c->lineage.history, steps, &net) != 0)
		return NULL;
	image = image_of_delta(c->gauge, version, net, serial_of(c));
	delta_unref(net);
	return image;
}

/* Whether a delta from `serial` to the current one can be given, and over how
 * many steps. */
static bool
find_steps(const struct cache *c, uint32_t serial, size_t *steps)
{
	switch (serial_compare(serial, serial_of(c))) {
	case SERIAL_EARLIER:
		*steps = serial_steps(serial, serial_of(c));
		return *steps <= history_count(c->lineage.history);
	case SERIAL_EQUAL:
		*steps = 0;
		return true;
	case SERIAL_LATER:
	case SERIAL_UNDEFINED:
		return false;
	}
	return false;
}

struct lag
cache_lag(const struct cache *c, uint32_t serial, struct mono now)
{
	struct lag lag = {.known = false};
	const struct step *lacking;
	size_t steps;

	if (c->set == NULL || !find_steps(c, serial, &steps))
		return lag;
	lag.known = true;
	lag.serials = (uint32_t)steps;
	if (steps > 0) {
		lacking = history_back(c->lineage.history, steps - 1);
		lag.ms = mono_since(lacking->at, now);
	}
	return lag;
}

const struct image *
cache_delta(struct cache *c, unsigned version, uint32_t serial, bool *known)
{
	const struct image *image;
	struct net *slot;
	size_t steps = 0;

	*known = c->set != NULL && find_steps(c, serial, &steps);
	if (!*known)
		return NULL;
	image = find_net(c, version, serial);
	if (image != NULL)
		return image_ref(image);
	/* Routers that stall on many different deltas would hold a copy each;
	 * Cache Reset leads them to the one that all share. */
	if (gauge_deltas(c->gauge) > BOUND_RTR_DELTA_BYTES) {
		*known = false;
		return NULL;
	}
	image = make_net(c, version, steps);
	if (image == NULL)
		return NULL;
	/* The oldest place is given away: whoever asks again pays again. */
	slot = &c->nets[c->next_net];
	c->next_net = (c->next_net + 1) % NETS;
	image_unref(slot->image);
	*slot = (struct net){image, version, serial};
	return image_ref(image);
}

size_t
cache_image_bytes(const struct cache *c)
{
	return gauge_total(c->gauge);
}

bool
cache_is_crowded(const struct cache *c)
{
	size_t old = gauge_total(c->gauge) - gauge_deltas(c->gauge);

	for (size_t i = 0; i < RTR_VERSIONS; i++)
		old -= c->fulls[i] != NULL ? c->fulls[i]->bytes.n : 0;
	return old > BOUND_RTR_OLD_BYTES;
}
