/*
 * slots: see the header.
 *
 * The caps of doubtful ones overlap on purpose: unknown ones cannot keep the
 * slow from running, nor the slow the unknown, and both together never keep
 * what is known and quick.  Each cap is at least one, as else a small place
 * would never see a new repository.
 */
#include "validator/fetch/slots.h"

#include <assert.h>

#include "core/uri.h"

/* `parts` quarters of a cap, at least one. */
static unsigned
quarters(unsigned cap, unsigned parts)
{
	unsigned n = cap * parts / 4;

	return n > 0 ? n : 1;
}

bool
slots_admit(const struct slots *s, unsigned cap, unsigned traits)
{
	if (s->all >= cap)
		return false;
	if (traits != 0 && s->doubtful >= quarters(cap, 3))
		return false;
	if ((traits & SLOTS_UNKNOWN) != 0 && s->unknown >= quarters(cap, 2))
		return false;
	return (traits & SLOTS_SLOW) == 0 || s->slow < quarters(cap, 2);
}

void
slots_take(struct slots *s, unsigned traits)
{
	s->all++;
	s->unknown += (traits & SLOTS_UNKNOWN) != 0;
	s->slow += (traits & SLOTS_SLOW) != 0;
	s->doubtful += traits != 0;
}

void
slots_give(struct slots *s, unsigned traits)
{
	assert(s->all > 0);
	s->all--;
	s->unknown -= (traits & SLOTS_UNKNOWN) != 0;
	s->slow -= (traits & SLOTS_SLOW) != 0;
	s->doubtful -= traits != 0;
}

struct span
slots_host(const char *uri)
{
	struct uri parsed;
	struct span host;
	size_t n;

	if (uri_parse(span_text(uri), &parsed) != URI_GOOD)
		return span_of(uri, 0);
	host = parsed.host;
	/* A colon within brackets is of the address, not before a port. */
	for (n = host.n; n > 0; n--) {
		if (host.p[n - 1] == ']')
			break;
		if (host.p[n - 1] == ':')
			return span_of(host.p, n - 1);
	}
	return host;
}
