/*
 * report: the rows of the report's tables as texts.
 *
 * How a report looks (text, JSON, metrics) is the business of who prints it.
 * The enums index these tables directly: a number that is not of the enum is a
 * bug of the caller, and readers of files check theirs before they ask.
 */
#include <string.h>

#include "waymark/report.h"

struct type_row {
	const char *word;
	const char *ext;
	const char *text;
};

static const struct type_row types[] = {
#define TYPE_ROW(name, word, ext, text) {word, ext, text},
	OBJECT_TYPE_TABLE(TYPE_ROW)
#undef TYPE_ROW
};

static const char *const states[][2] = {
#define STATE_ROW(name, word, help) {word, help},
	OBJECT_STATE_TABLE(STATE_ROW)
#undef STATE_ROW
};

static const char *const counters[][3] = {
#define COUNTER_ROW(name, word, unit, help) {word, unit, help},
	REPORT_COUNTER_TABLE(COUNTER_ROW)
#undef COUNTER_ROW
};

const char *
object_type_name(enum object_type type)
{
	return types[type].word;
}

const char *
object_type_text(enum object_type type)
{
	return types[type].text;
}

const char *
object_state_name(enum object_state state)
{
	return states[state][0];
}

const char *
object_state_help(enum object_state state)
{
	return states[state][1];
}

const char *
report_counter_name(enum report_counter counter)
{
	return counters[counter][0];
}

const char *
report_counter_unit(enum report_counter counter)
{
	return counters[counter][1];
}

const char *
report_counter_help(enum report_counter counter)
{
	return counters[counter][2];
}

enum object_type
object_type_of(const char *name, size_t n)
{
	for (int i = 0; i < OBJECT_TYPES; i++) {
		size_t ext = strlen(types[i].ext);

		/* A name that is only an extension has it too. */
		if (ext == 0 || n < ext + 1 || name[n - ext - 1] != '.')
			continue;
		if (memcmp(name + n - ext, types[i].ext, ext) == 0)
			return (enum object_type)i;
	}
	return OBJECT_OTHER;
}
