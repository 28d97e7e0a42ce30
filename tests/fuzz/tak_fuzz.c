/*
 * tak: any octets as a trust anchor key, under both profiles.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/tak.h"

static void
look(const struct fuzz *f, const struct tak_key *key)
{
	for (size_t i = 0; i < key->comment_count; i++)
		fuzz_inside(f, key->comments[i]);
	for (size_t i = 0; i < key->uri_count; i++)
		fuzz_inside(f, key->uris[i]);
	fuzz_inside(f, key->spki);
	if (key->uri_count == 0 || key->spki.n == 0)
		abort();
}

static void
try(const struct fuzz *f, const struct profile *profile)
{
	struct tak tak;

	if (tak_parse(f->der, profile, f->crypto, f->arena, &tak) !=
		REJECT_NONE)
		return;
	fuzz_cms(f, &tak.cms);
	look(f, &tak.current);
	if (tak.has_predecessor)
		look(f, &tak.predecessor);
	if (tak.has_successor)
		look(f, &tak.successor);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);

	try(&f, profile_current());
	try(&f, profile_find("rfc6488"));
	return fuzz_end(&f);
}
