/*
 * limits: see the header.
 */
#include "validator/chain/limits.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "waymark/err.h"

struct limit {
	const char *name, *floor;
	size_t offset, size; /* of the field */
};

static const struct limit rows[] = {
#define LIMITS_ROW(word, field, least, help) \
	{word, least, offsetof(struct chain_limits, field), \
		sizeof(((struct chain_limits *)NULL)->field)},
	LIMITS_TABLE(LIMITS_ROW)
#undef LIMITS_ROW
};

static const struct limit *
find(const char *text, size_t n)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].name) == n &&
			memcmp(rows[i].name, text, n) == 0)
			return &rows[i];
	return NULL;
}

static void
put(struct chain_limits *limits, const struct limit *row, uint64_t n)
{
	uint8_t *to = (uint8_t *)limits + row->offset;
	uint32_t small = (uint32_t)n;

	if (row->size == sizeof(small))
		memcpy(to, &small, sizeof(small));
	else
		memcpy(to, &n, sizeof(n));
}

int
limits_set(struct chain_limits *limits, const char *text, char why[LIMITS_WHY])
{
	const char *equals = strchr(text, '=');
	size_t n = equals == NULL ? strlen(text) : (size_t)(equals - text);
	const struct limit *row = find(text, n);
	uint64_t most, least = 0, value;

	if (row == NULL || equals == NULL) {
		(void)snprintf(why, LIMITS_WHY, "no limit NAME=N");
		return ERR_SYNTAX;
	}
	/* What JSON and people can still count. */
	most = row->size == sizeof(uint32_t) ? UINT32_MAX : UINT64_C(1) << 53;
	(void)text_number(row->floor, 0, most, &least);
	if (text_number(equals + 1, least, most, &value) != 0) {
		(void)snprintf(
			why, LIMITS_WHY, "at least %s is wanted", row->floor);
		return ERR_RANGE;
	}
	put(limits, row, value);
	return 0;
}
