/*
 * digests: numbers by digest, many of them.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/run/digests.h"

/* Digests whose first octets are alike stand in a row. */
static void
digest_of(uint32_t i, uint8_t out[32])
{
	memset(out, 7, 32);
	memcpy(out + 8, &i, sizeof(i));
}

Test(digests, each_keeps_its_number)
{
	struct digests d = {0};
	uint8_t digest[32];
	uint32_t i, *at;

	for (i = 0; i < 1000; i++) {
		digest_of(i, digest);
		at = digests_at(&d, digest);
		cr_assert(at != NULL && *at == DIGEST_NONE);
		*at = i;
	}
	cr_expect(d.n == 1000);
	for (i = 0; i < 1000; i++) {
		digest_of(i, digest);
		at = digests_at(&d, digest);
		cr_assert(at != NULL && *at == i, "%u", i);
	}
	cr_expect(d.n == 1000);
	digests_free(&d);
	cr_expect(d.slots == NULL && d.n == 0);
}
