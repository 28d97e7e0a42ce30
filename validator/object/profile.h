/*
 * profile: which rules apply, as a value.
 *
 * `current` is today's RPKI.  `rfc6488` leaves out the two rules that came with
 * RFC 9582 (section 4: no AS resources in a ROA's EE certificate) and RFC 9589
 * (section 4: signing-time required, binary-signing-time forbidden), for
 * archives that are older.
 */
#ifndef OBJECT_PROFILE_H
#define OBJECT_PROFILE_H

#include <stdbool.h>

struct profile {
	const char *name;
	bool signing_time_required; /* RFC 9589 section 4 */
	bool binary_signing_time_forbidden; /* RFC 9589 section 4 */
	bool roa_without_asns; /* RFC 9582 section 4 */
};

/* The profile of a name, or NULL.  Static. */
const struct profile *profile_find(const char *name);

/* The rules of today.  Static. */
const struct profile *profile_current(void);

#endif
