/*
 * fault: the error codes of RTR.
 *
 * A row says from which version on a code exists and what to say instead to
 * those before it; a code that replaces another is known to version 0.
 */
#include <stddef.h>

#include "rtrd/proto/fault.h"

struct fault_row {
	const char *name;
	unsigned first_version;
	bool fatal;
	enum fault older; /* for versions before the first */
};

static const struct fault_row ROWS[FAULT_CODES] = {
#define FAULT_ROW(name_, code_, word_, first_, fatal_, older_) \
	[code_] = {word_, first_, fatal_, (enum fault)(older_)},
	FAULT_TABLE(FAULT_ROW)
#undef FAULT_ROW
};

enum fault
fault_for_version(enum fault fault, unsigned version)
{
	const struct fault_row *row = &ROWS[fault];

	return version >= row->first_version ? fault : row->older;
}

bool
fault_is_fatal(unsigned code, unsigned version)
{
	return code >= FAULT_CODES || version < ROWS[code].first_version ||
		ROWS[code].fatal;
}

bool
fault_has_text(enum fault fault)
{
	return fault != FAULT_NO_DATA && fault != FAULT_TYPE;
}

const char *
fault_name(unsigned code)
{
	return code < FAULT_CODES ? ROWS[code].name : NULL;
}
