/*
 * limits: each may be set down to its floor, by its name, and none else.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "validator/chain/limits.h"
#include "waymark/err.h"

static const struct {
	const char *name, *floor;
	size_t offset, size;
} rows[] = {
#define ROW(word, field, least, help) \
	{word, least, offsetof(struct chain_limits, field), \
		sizeof(((struct chain_limits *)NULL)->field)},
	LIMITS_TABLE(ROW)};

static uint64_t
value(const struct chain_limits *limits, size_t row)
{
	const uint8_t *p = (const uint8_t *)limits + rows[row].offset;
	uint64_t n = 0;

	/* Little-endian, as all that this is built for. */
	memcpy(&n, p, rows[row].size);
	return n;
}

Test(limits, each_down_to_its_floor)
{
	const struct chain_limits all = CHAIN_LIMITS;
	char text[64], why[LIMITS_WHY];
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain_limits limits = all;
		uint64_t floor = strtoull(rows[i].floor, NULL, 10);

		cr_expect(value(&all, i) >= floor, "%s", rows[i].name);
		snprintf(text, sizeof(text), "%s=%s", rows[i].name,
			rows[i].floor);
		cr_expect(limits_set(&limits, text, why) == 0);
		for (j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			cr_expect(value(&limits, j) ==
					(i == j ? floor : value(&all, j)),
				"%s sets %s", rows[i].name, rows[j].name);
		snprintf(text, sizeof(text), "%s=%llu", rows[i].name,
			(unsigned long long)floor - 1);
		cr_expect(limits_set(&limits, text, why) == ERR_RANGE);
		cr_expect(strstr(why, rows[i].floor) != NULL, "%s", why);
		cr_expect(value(&limits, i) == floor);
		snprintf(text, sizeof(text), "%s=4294967295", rows[i].name);
		cr_expect(limits_set(&limits, text, why) == 0);
		cr_expect(value(&limits, i) == 4294967295);
		snprintf(text, sizeof(text), "%s=99999999999999999999",
			rows[i].name);
		cr_expect(limits_set(&limits, text, why) == ERR_RANGE);
	}
}

Test(limits, nothing_else)
{
	static const char *const bad[] = {"", "=", "=5", "children",
		"child=99999", "childrens=99999", "depth=5", " children=99999"};
	struct chain_limits limits = CHAIN_LIMITS;
	const struct chain_limits all = CHAIN_LIMITS;
	char why[LIMITS_WHY];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect(limits_set(&limits, bad[i], why) == ERR_SYNTAX, "%s",
			bad[i]);
	cr_expect(limits_set(&limits, "children=", why) == ERR_RANGE);
	cr_expect(limits_set(&limits, "children=5e6", why) == ERR_RANGE);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect(value(&limits, i) == value(&all, i));
}
