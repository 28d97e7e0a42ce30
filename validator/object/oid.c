/*
 * oid: looking up the table of oid.h.
 *
 * Identifiers are compared as they are encoded; DER has one encoding for each,
 * so no arc is ever decoded.  The table has some forty rows and most differ in
 * length or last octet, so that a search costs less than a hash would.
 */
#include "validator/object/oid.h"

#include <stdint.h>
#include <string.h>

struct oid_row {
	const char *dotted;
	const char *octets;
	uint8_t n;
};

static const struct oid_row rows[OID_COUNT] = {
	[OID_UNKNOWN] = {"unknown", "", 0},
#define OID_ROW(name, text, content) \
	[OID_##name] = {text, content, sizeof(content) - 1},
	OID_TABLE(OID_ROW)
#undef OID_ROW
};

enum oid
oid_find(struct span octets)
{
	for (int i = OID_UNKNOWN + 1; i < OID_COUNT; i++) {
		const struct oid_row *row = &rows[i];

		if (octets.n == row->n &&
			memcmp(octets.p, row->octets, octets.n) == 0)
			return (enum oid)i;
	}
	return OID_UNKNOWN;
}

struct span
oid_octets(enum oid oid)
{
	return span_of(rows[oid].octets, rows[oid].n);
}

const char *
oid_dotted(enum oid oid)
{
	return rows[oid].dotted;
}
