/*
 * aspa: any octets as an AS provider attestation, under both profiles.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/aspa.h"

static void
try(const struct fuzz *f, const struct profile *profile)
{
	struct aspa_object aspa;

	if (aspa_parse(f->der, profile, f->crypto, f->arena, &aspa) !=
		REJECT_NONE)
		return;
	fuzz_cms(f, &aspa.cms);
	if (aspa.customer == 0 || aspa.provider_count == 0)
		abort();
	for (size_t i = 0; i < aspa.provider_count; i++)
		if (aspa.providers[i] == aspa.customer ||
			(i > 0 && aspa.providers[i] <= aspa.providers[i - 1]) ||
			(aspa.providers[i] == 0 && aspa.provider_count > 1))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);

	try(&f, profile_current());
	try(&f, profile_find("rfc6488"));
	return fuzz_end(&f);
}
