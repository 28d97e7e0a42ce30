/*
 * rsc: any octets as a checklist, under both profiles.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/rsc.h"

static void
try(const struct fuzz *f, const struct profile *profile)
{
	struct rsc rsc;

	if (rsc_parse(f->der, profile, f->crypto, f->arena, &rsc) !=
		REJECT_NONE)
		return;
	fuzz_cms(f, &rsc.cms);
	if (rsc.file_count == 0 ||
		!(rsc.resources.has_asn || rsc.resources.has_ip) ||
		resources_inherit_any(&rsc.resources))
		abort();
	for (size_t i = 0; i < rsc.file_count; i++) {
		volatile uint8_t last = rsc.files[i].hash[SHA256_SIZE - 1];

		(void)last;
		if (rsc.files[i].name.n > 0 && rsc.files[i].name.p == NULL)
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
