/*
 * cache: what routers are given, version after version.
 *
 *	current   set, serial n
 *	history   deltas  n-k..n-1 -> n
 *	fulls     one image a version            } laid out when first asked
 *	nets      the last images from serials   } for, dropped by the next set
 *
 * Publishing compares the sets and lays nothing out, so it takes the time of
 * one walk over both; the first router that asks pays for the image.
 */
#include <stdlib.h>

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
	struct history *history;
	struct gauge *gauge;
	const struct image *fulls[RTR_VERSIONS];
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
	c->history = history_new(config->history);
	c->gauge = gauge_new();
	if (c->history == NULL || c->gauge == NULL) {
		cache_free(c);
		return NULL;
	}
	return c;
}

/* Sessions that still send one of them hold a reference of their own. */
static void
drop_images(struct cache *c)
{
	for (size_t i = 0; i < RTR_VERSIONS; i++) {
		image_unref(c->fulls[i]);
		c->fulls[i] = NULL;
	}
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
	drop_images(c);
	history_free(c->history);
	gauge_unref(c->gauge);
	payload_unref(c->set);
	free(c);
}

/* The new one may be the old one: the reference is taken first. */
static void
take_set(struct cache *c, const struct payload_set *set)
{
	payload_ref(set);
	payload_unref(c->set);
	c->set = set;
}

/* Octets of memory, as a delta would count them. */
static size_t
set_size(const struct payload_set *set)
{
	return set->vrp_count * sizeof(struct vrp) +
		set->key_count * sizeof(struct router_key) +
		set->aspa_count * sizeof(struct aspa);
}

int
cache_publish(struct cache *c, const struct payload_set *set, bool *changed)
{
	struct delta *step;
	int err;

	/* Nothing leads to the first set: routers without it have nothing. */
	if (c->set == NULL) {
		take_set(c, set);
		c->serial = c->config.first_serial;
		*changed = true;
		return 0;
	}
	err = delta_between(c->set, set, &step);
	if (err != 0)
		return err;
	*changed = delta_count(step) > 0;
	if (*changed) {
		history_add(c->history, step, set_size(set));
		c->serial = serial_next(c->serial);
		drop_images(c);
	} else {
		delta_free(step);
	}
	take_set(c, set);
	return 0;
}

bool
cache_has_data(const struct cache *c)
{
	return c->set != NULL;
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
