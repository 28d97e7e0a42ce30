/*
 * selftest: the objects that are built in pass, and every one that is changed
 * is told.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/run/selftest.h"
#include "waymark/err.h"

enum {
	ROOM = 4096
};

Test(selftest, holds)
{
	const char *why = "none";

	cr_expect(selftest_run(selftest_data(), &why) == 0, "%s", why);
}

/* With the last octet of one part changed, it fails, and says something with
 * these words. */
static void
expect(size_t part, const char *words)
{
	struct selftest_data data = *selftest_data();
	struct span *const parts[] = {&data.issuer, &data.roa, &data.router,
		&data.point, &data.ecdsa};
	uint8_t copy[ROOM];
	const char *why = "";

	cr_assert(parts[part]->n <= sizeof(copy));
	memcpy(copy, parts[part]->p, parts[part]->n);
	copy[parts[part]->n - 1] ^= 1;
	*parts[part] = span_of(copy, parts[part]->n);
	cr_expect(selftest_run(&data, &why) == ERR_CRYPTO, "part %zu", part);
	cr_expect(strstr(why, words) != NULL, "part %zu: %s", part, why);
}

Test(selftest, tells_what_is_wrong)
{
	expect(0, "good RSA key is refused");
	expect(1, "good signed object is refused");
	expect(2, "signature of a router certificate is refused");
	expect(3, "good P-256 key is refused");
	expect(4, "good ECDSA signature is refused");
}

/* Of another issuer: all signatures by it are bad. */
Test(selftest, another_issuer)
{
	struct selftest_data data = *selftest_data();
	uint8_t copy[ROOM];
	const char *why = "";

	memcpy(copy, data.issuer.p, data.issuer.n);
	copy[data.issuer.n / 2] ^= 1; /* inside the modulus */
	data.issuer.p = copy;
	cr_expect(selftest_run(&data, &why) == ERR_CRYPTO);
	cr_expect_str_eq(
		why, "a good RSA signature of a certificate is refused");
}
