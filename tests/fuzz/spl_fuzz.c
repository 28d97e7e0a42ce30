/*
 * spl: any octets as a signed prefix list, under both profiles.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/spl.h"

static void
try(const struct fuzz *f, const struct profile *profile)
{
	struct spl spl;

	if (spl_parse(f->der, profile, f->crypto, f->arena, &spl) !=
		REJECT_NONE)
		return;
	fuzz_cms(f, &spl.cms);
	for (size_t i = 0; i < spl.prefix_count; i++) {
		const struct prefix *p = &spl.prefixes[i];
		struct addr low = addr_low(&p->addr, p->len);

		if (addr_compare(&low, &p->addr) != 0 ||
			p->len > family_bits((enum family)p->family) ||
			(i > 0 && prefix_compare(p - 1, p) >= 0))
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
