/*
 * claims: see the header.
 *
 *	10.0.0.0 - 10.0.2.255	-->	10.0.0.0/23, 10.0.2.0/24
 */
#include "validator/chain/claims.h"

#include "waymark/addr.h"

/* Prefixes in the making. */
struct list {
	struct snapshot_claim *at;
	size_t n, most;
};

static struct addr
ipv4_addr(uint32_t v)
{
	return (struct addr){{(uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v}};
}

/* The longest prefix that begins at `from`, up to `to`: its length. */
static unsigned
fit(const struct addr *from, const struct addr *to, unsigned bits)
{
	unsigned len = bits;

	while (len > 0) {
		struct addr low = addr_low(from, len - 1);
		struct addr high = addr_high(from, len - 1, bits);

		if (addr_compare(&low, from) != 0 ||
			addr_compare(&high, to) > 0)
			break;
		len--;
	}
	return len;
}

static void
add_range(struct list *list, enum family family, struct addr from,
	const struct addr *to)
{
	unsigned bits = family_bits(family);
	bool more = true;

	while (more && list->n < list->most && addr_compare(&from, to) <= 0) {
		unsigned len = fit(&from, to, bits);

		list->at[list->n++] = (struct snapshot_claim){
			.addr = from,
			.family = (uint8_t)family,
			.len = (uint8_t)len,
			.max_len = (uint8_t)len,
		};
		from = addr_high(&from, len, bits);
		more = addr_next(&from, bits);
	}
}

size_t
claims_of(const struct resources *r, struct snapshot_claim *out, size_t most)
{
	struct list list = {.at = out, .most = most};
	size_t i;

	for (i = 0; i < r->ipv4_count; i++) {
		struct addr to = ipv4_addr(r->ipv4[i].max);

		add_range(&list, FAMILY_IPV4, ipv4_addr(r->ipv4[i].min), &to);
	}
	for (i = 0; i < r->ipv6_count; i++)
		add_range(&list, FAMILY_IPV6, r->ipv6[i].min, &r->ipv6[i].max);
	return list.n;
}
