/*
 * show_repos: the repositories, as a table or one with all that is known of it.
 *
 * The table is for a terminal of 80 columns with URIs as they are seen; the one
 * column that may be longer stands last.
 */
#include <stdio.h>
#include <string.h>

#include "rtrctl/print.h"
#include "rtrctl/show.h"
#include "rtrctl/table.h"

/* How long ago, or "-" for never. */
static void
ago_add(struct table *t, const json_t *head, const json_t *row, const char *key)
{
	char word[PRINT_WORD];

	table_add(t,
		print_has(row, key)
			? print_age(print_seconds(row, key, head, "time"), word)
			: NULL);
}

static bool
show_table(const struct answer *a)
{
	static const char *const titles[] = {
		"STATE", "TYPE", ">VRPS", ">OBJECTS", ">SUCCESS", "URI", NULL};
	struct span rows = a->rows;
	struct table t;
	json_t *row;

	table_init(&t, titles);
	while ((row = answer_row(&rows)) != NULL) {
		table_add(&t, print_member(row, "state"));
		table_add(&t, print_member(row, "transport"));
		print_cell(&t, row, "vrps");
		print_cell(&t, row, "objects");
		ago_add(&t, a->head, row, "last_success");
		table_add(&t, print_member(row, "uri"));
		json_decref(row);
	}
	return table_print(&t, 0, stdout);
}

/* A time, and how far away: "2026-03-16T07:30:00Z, 3 h 12 min ago". */
static void
show_time(const char *name, const json_t *head, const json_t *row,
	const char *key)
{
	long long ago = print_seconds(row, key, head, "time");
	char word[PRINT_WORD];

	print_label(name);
	print_text(print_member(row, key));
	if (print_has(row, key))
		printf(ago >= 0 ? ", %s ago" : ", in %s",
			print_duration(ago >= 0 ? ago : -ago, word));
	printf("\n");
}

/* What is held of it. */
static void
show_content(const json_t *row)
{
	char word[PRINT_WORD];

	if (print_has(row, "session"))
		print_fact("Session", print_member(row, "session"));
	if (print_has(row, "serial")) {
		print_label("Serial");
		printf("%lld\n", print_number(row, "serial"));
	}
	print_label("Objects");
	printf("%lld, %s\n", print_number(row, "objects"),
		print_octets(print_number(row, "bytes"), word));
}

/* How the attempts went. */
static void
show_attempts(const json_t *head, const json_t *row)
{
	char word[PRINT_WORD];

	show_time("Attempt", head, row, "last_attempt");
	if (print_has(row, "duration_ms")) {
		print_label("");
		printf("took %.1f s, received %s\n",
			(double)print_number(row, "duration_ms") / 1000,
			print_octets(print_number(row, "received"), word));
	}
	show_time("Success", head, row, "last_success");
	print_label("Failures");
	printf("%lld in a row, %lld in all\n", print_number(row, "failures"),
		print_number(row, "failures_total"));
	if (print_has(row, "reason"))
		print_fact("Last reason", print_member(row, "reason"));
	show_time("Next", head, row, "next_attempt");
}

/* Who is below it. */
static bool
show_below(const json_t *tas)
{
	static const char *const titles[] = {
		"TA", ">CAS", ">FAILED", ">VRPS", "FIRST EXPIRES", NULL};
	const json_t *ta;
	struct table t;
	size_t i;

	table_init(&t, titles);
	json_array_foreach(tas, i, ta)
	{
		table_add(&t, print_member(ta, "name"));
		print_cell(&t, ta, "cas");
		print_cell(&t, ta, "points_failed");
		print_cell(&t, ta, "vrps");
		table_add(&t, print_member(ta, "expires"));
	}
	printf("\n");
	return table_print(&t, 0, stdout);
}

static bool
show_one(const json_t *head, const json_t *row)
{
	const json_t *tas = json_object_get(row, "tas");

	print_fact("Repository", print_member(row, "uri"));
	print_fact("Transport", print_member(row, "transport"));
	print_fact("State", print_member(row, "state"));
	show_content(row);
	show_attempts(head, row);
	if (json_array_size(tas) == 0) {
		print_fact("Below", "nobody");
		return true;
	}
	show_time("Expires", head, row, "expires");
	return show_below(tas);
}

/* Of a failure the reason matters, which is a line of its own. */
static void
show_reasons(const struct answer *a)
{
	struct span rows = a->rows;
	json_t *row;

	while ((row = answer_row(&rows)) != NULL) {
		if (print_number(row, "failures") > 0) {
			printf("\n");
			print_text(print_member(row, "uri"));
			printf("\n  ");
			print_text(print_member(row, "reason"));
			printf("\n");
		}
		json_decref(row);
	}
}

bool
show_repos(const struct answer *a)
{
	struct span rows = a->rows;
	bool good = true;
	json_t *row;

	if (!print_has(a->head, "uri")) {
		good = show_table(a);
		if (json_is_true(json_object_get(a->head, "failed")))
			show_reasons(a);
		return good;
	}
	/* One URI may be of two kinds. */
	while (good && (row = answer_row(&rows)) != NULL) {
		good = show_one(a->head, row);
		json_decref(row);
		if (rows.n > 0)
			printf("\n");
	}
	return good;
}
