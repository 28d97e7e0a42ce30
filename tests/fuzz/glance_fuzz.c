/*
 * glance: any octets, taken as a refused object of each type.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/glance.h"
#include "waymark/bounds.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);

	for (int type = 0; type < OBJECT_TYPES; type++) {
		struct glance glance;

		glance_read(f.der, (enum object_type)type, f.arena, &glance);
		if (glance.prefix_count > BOUND_CLAIMS)
			abort();
		for (size_t i = 0; i < glance.prefix_count; i++) {
			const struct roa_prefix *p = &glance.prefixes[i];
			unsigned bits =
				family_bits((enum family)p->prefix.family);
			struct addr low =
				addr_low(&p->prefix.addr, p->prefix.len);

			if (addr_compare(&low, &p->prefix.addr) != 0 ||
				p->max_len < p->prefix.len || p->max_len > bits)
				abort();
		}
	}
	return fuzz_end(&f);
}
