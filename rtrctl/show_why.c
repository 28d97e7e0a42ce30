/*
 * show_why: what stands behind a prefix, and what is wrong in all.
 *
 *	VRPs that cover it
 *	  AS64496 192.0.2.0/24-24, matches, until 2026-03-16T07:30:00Z
 *	    object   rsync://...roa
 *	             valid 2026-03-01T00:00:00Z to 2026-09-01T00:00:00Z
 *	    listed   rsync://...mft
 *	             valid, until 2026-03-17T00:00:00Z
 *	    below    rsync://...cer
 *
 * URIs stand alone in their lines, to be copied; what is said of one stands
 * below it.
 */
#include <stdio.h>
#include <string.h>

#include "rtrctl/print.h"
#include "rtrctl/show.h"
#include "rtrctl/table.h"

enum {
	WORD = 9 /* columns of the word before a URI */
};

/* Blanks, a word, and the begin of what belongs to it. */
static void
begin(unsigned indent, const char *word)
{
	printf("%*s%-*s", (int)indent, "", WORD, word);
}

/* A member as a line; nothing for one that is not there. */
static void
show_line(unsigned indent, const char *word, const json_t *of, const char *key)
{
	if (!print_has(of, key))
		return;
	begin(indent, word);
	print_text(print_member(of, key));
	printf("\n");
}

/* "192.0.2.0/24-24 AS64496": what a claim says of length and AS is left out
 * where it says nothing. */
static void
show_claim(const json_t *c)
{
	bool has_prefix = print_has(c, "prefix");

	if (has_prefix)
		print_text(print_member(c, "prefix"));
	if (has_prefix && print_number(c, "asn") > 0)
		printf("-%lld ", print_number(c, "max_length"));
	if (!has_prefix || print_number(c, "asn") > 0)
		printf("AS%lld", print_number(c, "asn"));
}

/* How the fetch of where it is published goes. */
static void
show_repository(unsigned indent, const json_t *of)
{
	const json_t *repo = json_object_get(of, "repository");

	if (!json_is_object(repo))
		return;
	show_line(indent, "from", repo, "uri");
	if (!print_has(repo, "state"))
		return;
	begin(indent, "");
	printf("fetch: ");
	print_text(print_member(repo, "state"));
	if (print_has(repo, "last_success")) {
		printf(", last well at ");
		print_text(print_member(repo, "last_success"));
	}
	printf("\n");
	show_line(indent, "", repo, "reason");
}

/* What became of a point: "last-good since ..., until ...", and why. */
static void
show_state(unsigned indent, const json_t *p)
{
	begin(indent, "");
	print_text(print_member(p, "state"));
	if (print_has(p, "since")) {
		printf(" since ");
		print_text(print_member(p, "since"));
	}
	if (print_has(p, "expires") &&
		strcmp(print_member(p, "state"), "failed") != 0) {
		printf(", until ");
		print_text(print_member(p, "expires"));
	}
	printf("\n");
	if (!print_has(p, "reason"))
		return;
	show_line(indent, "", p, "reason");
	show_line(indent, "", p, "text");
	if (!print_has(p, "file"))
		return;
	begin(indent, "");
	printf("because of ");
	print_text(print_member(p, "file"));
	printf("\n");
}

static void
show_uncertain(unsigned indent, const json_t *of)
{
	if (!json_is_false(json_object_get(of, "certain")))
		return;
	begin(indent, "");
	printf("more is claimed than is kept: perhaps this, perhaps not\n");
}

/* A point that does not give what is published. */
static void
show_point(const json_t *p)
{
	show_line(2, "point", p, "manifest");
	show_state(2, p);
	show_uncertain(2, p);
	show_line(2, "of", p, "certificate");
	show_repository(2, p);
}

static void
show_chain(const json_t *chain)
{
	const json_t *p;
	size_t i;

	json_array_foreach(chain, i, p)
	{
		show_line(4, "listed", p, "manifest");
		show_state(4, p);
		show_line(4, "below", p, "certificate");
	}
}

static void
show_source(const json_t *s)
{
	show_line(4, "object", s, "uri");
	show_line(4, "", s, "hash");
	begin(4, "");
	printf("valid ");
	print_text(print_member(s, "not_before"));
	printf(" to ");
	print_text(print_member(s, "not_after"));
	printf("\n");
	show_chain(json_object_get(s, "chain"));
}

static void
show_vrp(const json_t *v)
{
	const json_t *source;
	size_t i;

	printf("  AS%lld ", print_number(v, "asn"));
	print_text(print_member(v, "prefix"));
	printf("-%lld", print_number(v, "max_length"));
	if (print_has(v, "matches"))
		printf(json_is_true(json_object_get(v, "matches"))
				? ", matches"
				: ", does not match");
	printf(", until ");
	print_text(print_member(v, "expires"));
	printf("\n");
	json_array_foreach(json_object_get(v, "sources"), i, source)
	{
		show_source(source);
	}
	if (print_has(v, "sources_omitted"))
		printf("    and %lld more objects\n",
			print_number(v, "sources_omitted"));
}

static void
show_refused(const json_t *r)
{
	const json_t *claim, *claims = json_object_get(r, "claims");
	size_t i;

	show_line(2, "refused", r, "uri");
	show_line(2, "", r, "reason");
	show_line(2, "", r, "text");
	json_array_foreach(claims, i, claim)
	{
		begin(2, i == 0 ? "claims" : "");
		show_claim(claim);
		printf("\n");
	}
	show_uncertain(2, r);
	show_repository(2, r);
}

/* A list with its title; what was left out is counted. */
static void
show_rows(const json_t *of, const char *key, const char *title,
	const char *omitted, void (*show)(const json_t *row))
{
	const json_t *row, *rows = json_object_get(of, key);
	size_t i;

	if (json_array_size(rows) == 0)
		return;
	printf("\n%s\n", title);
	json_array_foreach(rows, i, row)
	{
		if (i > 0)
			printf("\n");
		show(row);
	}
	if (print_has(of, omitted))
		printf("\n  and %lld more\n", print_number(of, omitted));
}

/* How many there are of a list, also of those that are not shown. */
static long long
count(const json_t *head, const char *key, const char *omitted)
{
	return (long long)json_array_size(json_object_get(head, key)) +
		print_number(head, omitted);
}

static void
show_freshness(const json_t *head)
{
	print_fact("Data of", print_member(head, "generatedTime"));
	if (print_has(head, "warning"))
		print_fact("Warning", print_member(head, "warning"));
}

/* The answer in three numbers, for those who read no further. */
static void
show_summary(const json_t *head)
{
	print_label("Found");
	printf("VRPs %lld, refused objects %lld, points in trouble %lld\n",
		count(head, "vrps", "vrps_omitted"),
		count(head, "refused", "refused_omitted"),
		count(head, "points", "points_omitted"));
}

bool
show_why(const struct answer *a)
{
	const json_t *head = a->head;

	print_fact("Prefix", print_member(head, "prefix"));
	if (print_has(head, "state")) {
		print_label("Route");
		printf("AS%lld: ", print_number(head, "asn"));
		print_text(print_member(head, "state"));
		if (print_has(head, "reason")) {
			printf(" (");
			print_text(print_member(head, "reason"));
			printf(")");
		}
		printf("\n");
	}
	show_freshness(head);
	show_summary(head);
	show_rows(head, "vrps", "VRPs that cover it", "vrps_omitted", show_vrp);
	show_rows(head, "refused", "Refused objects that would have",
		"refused_omitted", show_refused);
	show_rows(head, "points",
		"Publication points that may speak of it, and do not give what "
		"is published",
		"points_omitted", show_point);
	return true;
}

static bool
show_counts(const json_t *head)
{
	static const char *const titles[] = {
		">COUNT", "KIND", "STATE", "REASON", NULL};
	const json_t *row;
	struct table t;
	size_t i;

	table_init(&t, titles);
	json_array_foreach(json_object_get(head, "counts"), i, row)
	{
		table_number(&t, print_number(row, "count"));
		table_add(&t, print_member(row, "kind"));
		table_add(&t, print_member(row, "state"));
		table_add(&t, print_member(row, "reason"));
	}
	printf("\n");
	return table_print(&t, 0, stdout);
}

static void
show_problem(const json_t *row)
{
	if (print_has(row, "uri"))
		show_refused(row);
	else
		show_point(row);
}

bool
show_problems(const struct answer *a)
{
	show_freshness(a->head);
	print_label("Problems");
	printf("%lld\n", print_number(a->head, "total"));
	if (print_number(a->head, "total") == 0)
		return true;
	if (!show_counts(a->head))
		return false;
	show_rows(a->head, "problems", "The worst first", "omitted",
		show_problem);
	return true;
}
