/*
 * ca: see the header.  A node is one block of memory:
 *
 *	| owner: count, node | IPv6 | IPv4 | ASN | texts and names |
 *
 * Resource arrays that are inherited belong to an ancestor, which lives as long
 * as its descendants do.
 */
#include "validator/chain/ca.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ca_owner {
	atomic_uint references;
	struct ca ca;
	uint8_t data[];
};

/* Takes the next piece of the block; the block was measured before. */
static struct span
put(uint8_t **at, const void *p, size_t n)
{
	struct span copy = span_of(*at, n);

	if (n > 0)
		memcpy(*at, p, n);
	*at += n;
	return copy;
}

static size_t
resources_size(const struct resources *r)
{
	return r->ipv6_count * sizeof(*r->ipv6) +
		r->ipv4_count * sizeof(*r->ipv4) +
		r->asn_count * sizeof(*r->asn);
}

/* The arrays go first: the block is aligned for them, IPv4 and AS ranges are
 * pairs of 32 bits and an IPv6 range is 32 octets. */
static struct resources
put_resources(uint8_t **at, const struct resources *r)
{
	struct resources copy = *r;

	copy.ipv6 =
		(const void *)put(at, r->ipv6, r->ipv6_count * sizeof(*r->ipv6))
			.p;
	copy.ipv4 =
		(const void *)put(at, r->ipv4, r->ipv4_count * sizeof(*r->ipv4))
			.p;
	copy.asn =
		(const void *)put(at, r->asn, r->asn_count * sizeof(*r->asn)).p;
	return copy;
}

static size_t
block_size(const struct ca_origin *from)
{
	const struct cert *cert = from->cert;

	return resources_size(&cert->resources) + from->folder.n +
		from->name.n + cert->subject.n + cert->spki.n +
		cert->repository_uri.n + 1 + cert->manifest_uri.n +
		cert->notify_uri.n;
}

static struct span
put_folder(uint8_t **at, struct span uri)
{
	struct span copy = put(at, uri.p, uri.n);

	if (uri.n > 0 && uri.p[uri.n - 1] != '/')
		copy.n += put(at, "/", 1).n;
	return copy;
}

/* RFC 5280 section 6.1.3: a path holds while all of its certificates do. */
static void
fill_times(struct ca *ca, const struct ca_origin *from)
{
	const struct cert *cert = from->cert;
	const struct ca *parent = from->parent;

	ca->chain_end = wall_earlier(from->path_end, cert->not_after);
	ca->certs_begin = cert->not_before;
	ca->certs_end = cert->not_after;
	if (parent == NULL)
		return;
	if (ca->certs_begin.s < parent->certs_begin.s)
		ca->certs_begin = parent->certs_begin;
	ca->certs_end = wall_earlier(ca->certs_end, parent->certs_end);
}

static void
fill(struct ca *ca, const struct ca_origin *from, uint8_t *at)
{
	const struct cert *cert = from->cert;
	struct resources own = put_resources(&at, &cert->resources);

	ca->resources = own;
	if (from->parent != NULL) {
		ca->parent = ca_ref(from->parent);
		ca->ta = from->parent->ta;
		ca->constraints = from->parent->constraints;
		ca->lost = from->parent->lost;
		ca->depth = from->parent->depth + 1;
		ca->resources =
			resources_resolve(&own, &from->parent->resources);
	} else {
		ca->ta = from->ta;
		ca->constraints = from->constraints;
	}
	ca->order = from->order;
	fill_times(ca, from);
	ca->uri = put(&at, from->folder.p, from->folder.n);
	ca->uri.n += put(&at, from->name.p, from->name.n).n;
	ca->subject = put(&at, cert->subject.p, cert->subject.n);
	ca->spki = put(&at, cert->spki.p, cert->spki.n);
	ca->manifest_uri = put(&at, cert->manifest_uri.p, cert->manifest_uri.n);
	ca->notify_uri = put(&at, cert->notify_uri.p, cert->notify_uri.n);
	ca->repository_uri = put_folder(&at, cert->repository_uri);
	memcpy(ca->ski, cert->ski, sizeof(ca->ski));
}

struct ca *
ca_new(const struct ca_origin *from)
{
	size_t octets = sizeof(struct ca_owner) + block_size(from);
	struct ca_owner *owner = calloc(1, octets);

	if (owner == NULL)
		return NULL;
	owner->ca.octets = octets;
	atomic_init(&owner->references, 1);
	owner->ca.owner = owner;
	fill(&owner->ca, from, owner->data);
	return &owner->ca;
}

const struct ca *
ca_ref(const struct ca *ca)
{
	atomic_fetch_add_explicit(
		&ca->owner->references, 1, memory_order_relaxed);
	return ca;
}

void
ca_unref(const struct ca *ca)
{
	while (ca != NULL &&
		atomic_fetch_sub_explicit(
			&ca->owner->references, 1, memory_order_acq_rel) == 1) {
		const struct ca *parent = ca->parent;

		free(ca->owner);
		ca = parent;
	}
}

bool
ca_has_ancestor(const struct ca *ca, struct span spki, struct span manifest_uri)
{
	for (; ca != NULL; ca = ca->parent) {
		if (span_equal(ca->spki, spki) &&
			span_equal(ca->manifest_uri, manifest_uri))
			return true;
	}
	return false;
}

static int
order(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

int
ca_compare(const struct ca *a, const struct ca *b)
{
	int above = order(a->depth, b->depth);
	int found = 0;

	if (a->ta != b->ta)
		return order(a->ta, b->ta);
	/* One that is deeper comes behind its own ancestor. */
	while (a->depth > b->depth)
		a = a->parent;
	while (b->depth > a->depth)
		b = b->parent;
	for (; a != b && a != NULL; a = a->parent, b = b->parent) {
		if (a->order != b->order)
			found = order(a->order, b->order);
	}
	return found != 0 ? found : above;
}
