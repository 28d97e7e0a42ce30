/*
 * mft: any octets as a manifest, under both profiles.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/mft.h"

static void
try(const struct fuzz *f, const struct profile *profile)
{
	struct mft mft;

	if (mft_parse(f->der, profile, f->crypto, f->arena, &mft) !=
		REJECT_NONE)
		return;
	fuzz_cms(f, &mft.cms);
	fuzz_inside(f, mft.number);
	for (size_t i = 0; i < mft.file_count; i++) {
		fuzz_inside(f, mft.files[i].name);
		fuzz_inside(f, span_of(mft.files[i].hash, SHA256_SIZE));
	}
	if (mft.crl >= mft.file_count || mft.files[mft.crl].type != OBJECT_CRL)
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
