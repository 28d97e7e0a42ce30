/*
 * print: members of JSON, and numbers, as people read them.
 */
#include "rtrctl/print.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "waymark/clock.h"

enum {
	LABEL = 12 /* columns before a fact */
};

/* The text of a member; "-" when it is null or missing. */
const char *
print_member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "-";
}

/* A number, or 0; where that matters `has` is asked first. */
long long
print_number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

bool
print_has(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value != NULL && !json_is_null(value);
}

void
print_cell(struct table *t, const json_t *row, const char *key)
{
	if (print_has(row, key))
		table_number(t, print_number(row, key));
	else
		table_add(t, NULL);
}

/* "yes", "no", or "-". */
const char *
print_yes_no(const json_t *object, const char *key)
{
	if (!print_has(object, key))
		return "-";
	return json_is_true(json_object_get(object, key)) ? "yes" : "no";
}

/* Print foreign text. */
void
print_text(const char *text)
{
	struct text t = {0};

	text_clean(&t, text, strlen(text));
	if (t.n > 0)
		fwrite(t.p, 1, t.n, stdout);
	text_free(&t);
}

/* The left column of facts. */
void
print_label(const char *name)
{
	printf("%-*s", LABEL, name);
}

/* A duration in its two greatest units: "3 h 12 min". */
const char *
print_duration(long long s, char buf[PRINT_WORD])
{
	if (s < 0)
		s = 0;
	if (s < 60)
		snprintf(buf, PRINT_WORD, "%lld s", s);
	else if (s < 3600)
		snprintf(buf, PRINT_WORD, "%lld min %lld s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, PRINT_WORD, "%lld h %lld min", s / 3600,
			s % 3600 / 60);
	else
		snprintf(buf, PRINT_WORD, "%lld d %lld h", s / 86400,
			s % 86400 / 3600);
	return buf;
}

/* Octets in the unit that people read: "12.3 MB". */
const char *
print_octets(long long n, char buf[PRINT_WORD])
{
	static const char units[] = "kMGT";
	double value = (double)n / 1000;
	size_t unit = 0;

	if (n < 1000) {
		snprintf(buf, PRINT_WORD, "%lld B", n);
		return buf;
	}
	for (; value >= 999.95 && units[unit + 1] != '\0'; unit++)
		value /= 1000;
	snprintf(buf, PRINT_WORD, "%.1f %cB", value, units[unit]);
	return buf;
}

/* Seconds from one time to another, both as texts; 0 when one is missing. */
long long
print_seconds(const json_t *from_of, const char *from, const json_t *to_of,
	const char *to)
{
	struct wall a, b;

	if (wall_parse(print_member(from_of, from), &a) != 0 ||
		wall_parse(print_member(to_of, to), &b) != 0)
		return 0;
	return (long long)(b.s - a.s);
}

void
print_fact(const char *name, const char *text)
{
	print_label(name);
	print_text(text);
	printf("\n");
}

const char *
print_age(long long s, char buf[PRINT_WORD])
{
	if (s < 0)
		s = 0;
	if (s < 120)
		snprintf(buf, PRINT_WORD, "%lld s", s);
	else if (s < 2 * 3600)
		snprintf(buf, PRINT_WORD, "%lld min", s / 60);
	else if (s < 2 * 86400)
		snprintf(buf, PRINT_WORD, "%lld h", s / 3600);
	else
		snprintf(buf, PRINT_WORD, "%lld d", s / 86400);
	return buf;
}
