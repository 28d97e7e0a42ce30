/*
 * report: every row of every table, and sums.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "waymark/report.h"

Test(report, every_row_has_its_texts)
{
#define TYPE(name, word, ext, text) \
	cr_expect_str_eq(object_type_name(OBJECT_##name), word); \
	cr_expect_str_eq(object_type_text(OBJECT_##name), text);
	OBJECT_TYPE_TABLE(TYPE)
#undef TYPE
#define STATE(name, word, help) \
	cr_expect_str_eq(object_state_name(OBJECT_STATE_##name), word); \
	cr_expect_str_eq(object_state_help(OBJECT_STATE_##name), help);
	OBJECT_STATE_TABLE(STATE)
#undef STATE
#define COUNTER(name, word, unit, help) \
	cr_expect_str_eq(report_counter_name(REPORT_##name), word); \
	cr_expect_str_eq(report_counter_unit(REPORT_##name), unit); \
	cr_expect_str_eq(report_counter_help(REPORT_##name), help);
	REPORT_COUNTER_TABLE(COUNTER)
#undef COUNTER
}

Test(report, words_are_unique)
{
	for (int i = 0; i < OBJECT_TYPES; i++)
		for (int k = i + 1; k < OBJECT_TYPES; k++)
			cr_expect_str_neq(object_type_name((enum object_type)i),
				object_type_name((enum object_type)k));
	for (int i = 0; i < REPORT_COUNTERS; i++)
		for (int k = i + 1; k < REPORT_COUNTERS; k++)
			cr_expect_str_neq(
				report_counter_name((enum report_counter)i),
				report_counter_name((enum report_counter)k));
}

static enum object_type
type_of(const char *name)
{
	return object_type_of(name, strlen(name));
}

Test(report, types_by_file_name)
{
#define TYPE(name, word, ext, text) \
	if (strlen(ext) > 0) \
		cr_expect_eq(type_of("a." ext), OBJECT_##name);
	OBJECT_TYPE_TABLE(TYPE)
#undef TYPE
	cr_expect_eq(type_of("rsync://h/m/a.b.roa"), OBJECT_ROA);
	cr_expect_eq(type_of(".roa"), OBJECT_ROA);
	cr_expect_eq(type_of("roa"), OBJECT_OTHER);
	cr_expect_eq(type_of("a.ROA"), OBJECT_OTHER);
	cr_expect_eq(type_of("a.xroa"), OBJECT_OTHER);
	cr_expect_eq(type_of("a.roa.txt"), OBJECT_OTHER);
	cr_expect_eq(type_of("a."), OBJECT_OTHER);
	cr_expect_eq(type_of(""), OBJECT_OTHER);
	cr_expect_eq(object_type_of("a.roax", 5), OBJECT_ROA);
}
