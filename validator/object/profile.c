/*
 * profile: the table of rule sets.
 *
 * A rule set is data: the parsers ask for a rule by its name and never for the
 * profile's.
 */
#include "validator/object/profile.h"

#include <stddef.h>
#include <string.h>

static const struct profile profiles[] = {
	{
		.name = "current",
		.signing_time_required = true,
		.binary_signing_time_forbidden = true,
		.roa_without_asns = true,
	},
	{.name = "rfc6488"},
};

const struct profile *
profile_find(const char *name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

const struct profile *
profile_current(void)
{
	return &profiles[0];
}
