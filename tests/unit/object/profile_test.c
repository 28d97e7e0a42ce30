/*
 * profile: the rules of today, and those for archives.
 */
#include <criterion/criterion.h>

#include "validator/object/profile.h"

Test(profile, two_rule_sets_have_names)
{
	const struct profile *now = profile_find("current");
	const struct profile *then = profile_find("rfc6488");

	cr_assert(now != NULL && then != NULL);
	cr_expect(now == profile_current());
	cr_expect(now->signing_time_required &&
		now->binary_signing_time_forbidden && now->roa_without_asns);
	cr_expect(!then->signing_time_required &&
		!then->binary_signing_time_forbidden &&
		!then->roa_without_asns);
	cr_expect(profile_find("") == NULL);
	cr_expect(profile_find("Current") == NULL);
}
