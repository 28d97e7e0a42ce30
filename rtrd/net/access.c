/*
 * access: rules in their order.
 */
#include "rtrd/net/access.h"

#include <string.h>

bool
access_add(struct access *a, const struct prefix *prefix, bool allows)
{
	if (a->n == ACCESS_RULES)
		return false;
	a->rules[a->n++] = (struct access_rule){*prefix, allows};
	a->closed = a->closed || allows;
	return true;
}

/* An IPv4 router on a socket of both families comes as a mapped address, and is
 * still an IPv4 router to who wrote the rules. */
bool
access_host(const uint8_t source[ACCESS_SOURCE], struct prefix *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t nowhere[ACCESS_SOURCE];
	struct prefix p = {.family = FAMILY_IPV6, .len = 128};

	if (memcmp(source, nowhere, ACCESS_SOURCE) == 0)
		return false;
	if (memcmp(source, mapped, sizeof(mapped)) == 0) {
		p.family = FAMILY_IPV4;
		p.len = 32;
		memcpy(p.addr.b, source + sizeof(mapped), 4);
	} else {
		memcpy(p.addr.b, source, ACCESS_SOURCE);
	}
	*out = p;
	return true;
}

bool
access_permits(const struct access *a, const uint8_t source[ACCESS_SOURCE])
{
	struct prefix host;

	if (!access_host(source, &host))
		return true;
	for (size_t i = 0; i < a->n; i++)
		if (prefix_covers(&a->rules[i].prefix, &host))
			return a->rules[i].allows;
	return !a->closed;
}
