/*
 * reject: the table of reject.h as arrays.
 */
#include "validator/object/reject.h"

#include <stddef.h>

struct reject_row {
	const char *name;
	const char *rfc;
	const char *text;
};

static const struct reject_row rows[REJECT_COUNT] = {
#define REJECT_ROW(name, word, rfc, text) [REJECT_##name] = {word, rfc, text},
	REJECT_TABLE(REJECT_ROW)
#undef REJECT_ROW
};

const char *
reject_name(enum reject code)
{
	return rows[code].name;
}

const char *
reject_rfc(enum reject code)
{
	return rows[code].rfc;
}

const char *
reject_text(enum reject code)
{
	return rows[code].text;
}
