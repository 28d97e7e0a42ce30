/*
 * roa: any octets as a ROA, under both profiles.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/roa.h"

static void
try(const struct fuzz *f, const struct profile *profile)
{
	struct roa roa;

	if (roa_parse(f->der, profile, f->crypto, f->arena, &roa) !=
		REJECT_NONE)
		return;
	fuzz_cms(f, &roa.cms);
	if (roa.prefix_count == 0)
		abort();
	for (size_t i = 0; i < roa.prefix_count; i++) {
		const struct roa_prefix *p = &roa.prefixes[i];
		struct addr low = addr_low(&p->prefix.addr, p->prefix.len);

		if (addr_compare(&low, &p->prefix.addr) != 0 ||
			p->max_len < p->prefix.len ||
			p->max_len > family_bits((enum family)p->prefix.family))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);

	try(&f, profile_current());
	try(&f, profile_find("rfc6488"));
	return fuzz_end(&f);
}
