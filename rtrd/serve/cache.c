/*
 * cache: what routers are given, version after version.
 *
 *	current   set, serial n
 *	history   deltas  n-k..n-1 -> n
 *	fulls     one image a version            } dropped by the next set
 *	nets      the last images from serials   }
 *
 * A commit only swaps pointers: the old set and its images go to the draft, so
 * that giving back some hundred megabytes is not done here either.
 */
#include <stdlib.h>
#include <string.h>

#include "rtrd/serve/cache.h"
#include "rtrd/serve/image.h"
#include "rtrd/state/history.h"
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
	uint32_t serial;
	bool withheld;
	struct history *history;
	struct gauge *gauge;
	const struct image *fulls[RTR_VERSIONS];
	bool asked[RTR_VERSIONS]; /* for a full set, ever */
	struct net nets[NETS];
	size_t next_net; /* the one to replace */
};

/* Before the commit what comes, after it what was. */
struct draft {
	struct gauge *gauge;
	bool asked[RTR_VERSIONS];
	const struct payload_set *from; /* NULL: there was none */
	const struct payload_set *to; /* NULL: not filled yet */
	uint32_t serial; /* that it leads to, if it changes anything */
	struct delta *step; /* NULL: nothing leads to the first set */
	const struct image *fulls[RTR_VERSIONS];
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
	c->history = history_new(config->history);
	c->gauge = gauge_new();
	if (c->history == NULL || c->gauge == NULL) {
		cache_free(c);
		return NULL;
	}
	/* What most routers speak; another version is laid out for the first
	 * that asks. */
	c->asked[1] = true;
	return c;
}

/* Sessions that still send one of them hold a reference of their own. */
static void
drop_fulls(const struct image *fulls[RTR_VERSIONS])
{
	for (size_t i = 0; i < RTR_VERSIONS; i++) {
		image_unref(fulls[i]);
		fulls[i] = NULL;
	}
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
	drop_fulls(c->fulls);
	drop_nets(c);
	history_free(c->history);
	gauge_unref(c->gauge);
	payload_unref(c->set);
	free(c);
}

/* Octets of memory, as a delta would count them. */
static size_t
set_size(const struct payload_set *set)
{
	return set->vrp_count * sizeof(struct vrp) +
		set->key_count * sizeof(struct router_key) +
		set->aspa_count * sizeof(struct aspa);
}

/* What leads away from the current set, and where to. */
static void
draft_begin(struct draft *d, const struct cache *c)
{
	if (c->set != NULL)
		d->from = payload_ref(c->set);
	d->serial = c->set != NULL ? serial_next(c->serial)
				   : c->config.first_serial;
	memcpy(d->asked, c->asked, sizeof(d->asked));
}

/* All but the set that it leads to. */
static void
draft_clear(struct draft *d)
{
	drop_fulls(d->fulls);
	delta_free(d->step);
	d->step = NULL;
	payload_unref(d->from);
	d->from = NULL;
}

struct draft *
draft_new(const struct cache *c)
{
	struct draft *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->gauge = gauge_ref(c->gauge);
	draft_begin(d, c);
	return d;
}

/* Whether routers will be told of it. */
static bool
is_change(const struct draft *d)
{
	return d->step == NULL || delta_count(d->step) > 0;
}

int
draft_fill(struct draft *d, const struct payload_set *set)
{
	int err = 0;

	if (d->to == NULL)
		d->to = payload_ref(set);
	if (d->from != NULL)
		err = delta_between(d->from, set, &d->step);
	/* The images of a set that is the same to routers are there. */
	for (unsigned v = 0; err == 0 && is_change(d) && v < RTR_VERSIONS;
		v++) {
		if (!d->asked[v])
			continue;
		d->fulls[v] = image_of_set(d->gauge, v, set, d->serial);
		if (d->fulls[v] == NULL)
			err = ERR_NOMEM;
	}
	return err;
}

/* Another draft was committed since this one began. */
static int
draft_renew(struct draft *d, const struct cache *c)
{
	draft_clear(d);
	draft_begin(d, c);
	return draft_fill(d, d->to);
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
	int err = d->from != c->set ? draft_renew(d, c) : 0;

	if (err != 0)
		return err;
	*changed = is_change(d);
	if (*changed) {
		if (d->step != NULL)
			history_add(c->history, d->step, set_size(d->to));
		d->step = NULL;
		c->serial = d->serial;
		swap_fulls(c, d);
		drop_nets(c);
	}
	/* The cache's own reference to the old set becomes the draft's. */
	payload_unref(d->from);
	d->from = c->set;
	c->set = payload_ref(d->to);
	return 0;
}

void
draft_free(struct draft *d)
{
	if (d == NULL)
		return;
	draft_clear(d);
	payload_unref(d->to);
	gauge_unref(d->gauge);
	free(d);
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
	return c->serial;
}

const struct payload_set *
cache_set(const struct cache *c)
{
	return c->set;
}

const struct cache_config *
cache_settings(const struct cache *c)
{
	return &c->config;
}

size_t
cache_history_count(const struct cache *c)
{
	return history_count(c->history);
}

const struct image *
cache_full(struct cache *c, unsigned version)
{
	if (c->set == NULL)
		return NULL;
	c->asked[version] = true;
	if (c->fulls[version] == NULL)
		c->fulls[version] =
			image_of_set(c->gauge, version, c->set, c->serial);
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
	struct delta *net = NULL;

	if (steps == 0)
		return image_of_delta(c->gauge, version, &EMPTY, c->serial);
	if (history_net(c->history, steps, &net) != 0)
		return NULL;
	image = image_of_delta(c->gauge, version, net, c->serial);
	delta_free(net);
	return image;
}

/* Whether a delta from `serial` to the current one can be given, and over how
 * many steps. */
static bool
find_steps(const struct cache *c, uint32_t serial, size_t *steps)
{
	switch (serial_compare(serial, c->serial)) {
	case SERIAL_EARLIER:
		*steps = serial_steps(serial, c->serial);
		return *steps <= history_count(c->history);
	case SERIAL_EQUAL:
		*steps = 0;
		return true;
	case SERIAL_LATER:
	case SERIAL_UNDEFINED:
		return false;
	}
	return false;
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
