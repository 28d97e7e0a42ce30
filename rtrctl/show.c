/*
 * show: the answers of rtrd as text for people.
 *
 *	fact        value                     one fact a line, or
 *	TITLE  TITLE                          a table
 *
 * Everything that came over the socket goes through `put` or a table, both of
 * which clean it: names of trust anchors, reasons and paths were chosen by
 * others.  There are no colours, so that a pager, a pipe and a log get the
 * same.
 *
 * Not here: what a number means; rtrd computes, this prints.
 */
#include "rtrctl/show.h"

#include <stdio.h>
#include <string.h>

#include "rtrctl/table.h"
#include "waymark/clock.h"

enum {
	WORD = 64,
	LABEL = 12 /* columns before a fact */
};

/* The text of a member; "-" when it is null or missing. */
static const char *
member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "-";
}

/* A number, or 0; where that matters `has` is asked first. */
static long long
number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static bool
has(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value != NULL && !json_is_null(value);
}

/* "yes", "no", or "-". */
static const char *
yes_no(const json_t *object, const char *key)
{
	if (!has(object, key))
		return "-";
	return json_is_true(json_object_get(object, key)) ? "yes" : "no";
}

/* Print foreign text. */
static void
put(const char *text)
{
	struct text t = {0};

	text_clean(&t, text, strlen(text));
	if (t.n > 0)
		fwrite(t.p, 1, t.n, stdout);
	text_free(&t);
}

/* The left column of facts. */
static void
label(const char *name)
{
	printf("%-*s", LABEL, name);
}

/* A duration in its two greatest units: "3 h 12 min". */
static const char *
duration(long long s, char buf[WORD])
{
	if (s < 0)
		s = 0;
	if (s < 60)
		snprintf(buf, WORD, "%lld s", s);
	else if (s < 3600)
		snprintf(buf, WORD, "%lld min %lld s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, WORD, "%lld h %lld min", s / 3600, s % 3600 / 60);
	else
		snprintf(buf, WORD, "%lld d %lld h", s / 86400,
			s % 86400 / 3600);
	return buf;
}

/* Octets in the unit that people read: "12.3 MB". */
static const char *
octets(long long n, char buf[WORD])
{
	static const char units[] = "kMGT";
	double value = (double)n / 1000;
	size_t unit = 0;

	if (n < 1000) {
		snprintf(buf, WORD, "%lld B", n);
		return buf;
	}
	for (; value >= 999.95 && units[unit + 1] != '\0'; unit++)
		value /= 1000;
	snprintf(buf, WORD, "%.1f %cB", value, units[unit]);
	return buf;
}

/* Seconds from one time to another, both as texts; 0 when one is missing. */
static long long
seconds(const json_t *from_of, const char *from, const json_t *to_of,
	const char *to)
{
	struct wall a, b;

	if (wall_parse(member(from_of, from), &a) != 0 ||
		wall_parse(member(to_of, to), &b) != 0)
		return 0;
	return (long long)(b.s - a.s);
}

/* What routers are told. */
static void
show_serial(const json_t *head)
{
	const json_t *ids = json_object_get(head, "session_ids");
	const json_t *id;
	size_t i;

	label("Serial");
	if (has(head, "serial"))
		printf("%lld, differences from %lld older\n",
			number(head, "serial"), number(head, "history"));
	else
		printf("none yet\n");
	label("Session ids");
	json_array_foreach(ids, i, id)
	{
		printf("%s%lld for version %lld", i > 0 ? ", " : "",
			number(id, "session"), number(id, "version"));
	}
	printf("\n");
	label("Routers");
	printf("%lld connected\n", number(head, "routers"));
}

/* How much, and how old. */
static void
show_data(const json_t *data)
{
	char word[WORD];

	label("Data");
	if (!has(data, "generated")) {
		printf("none yet\n");
		return;
	}
	put(member(data, "generated"));
	printf(", %s old\n", duration(number(data, "age_s"), word));
	label("VRPs");
	printf("%lld (IPv4 %lld, IPv6 %lld)\n", number(data, "vrps"),
		number(data, "ipv4"), number(data, "ipv6"));
	if (number(data, "router_keys") > 0 || number(data, "aspas") > 0) {
		label("Others");
		printf("%lld router keys, %lld ASPAs\n",
			number(data, "router_keys"), number(data, "aspas"));
	}
}

static void
show_run(const json_t *head, const json_t *run)
{
	char word[WORD];

	label("Last run");
	put(member(run, "result"));
	if (has(run, "ended")) {
		printf(", took %.1f s, ended ",
			(double)number(run, "elapsed_ms") / 1000);
		put(member(run, "ended"));
	}
	printf("\n");
	/* The reason is the last failure's, also when it was mended since. */
	if (strcmp(member(run, "result"), "ok") != 0 && has(run, "reason") &&
		member(run, "reason")[0] != '\0') {
		label("");
		put(member(run, "reason"));
		printf("\n");
	}
	label("Next run");
	if (json_is_true(json_object_get(run, "running")))
		printf("under way\n");
	else if (has(run, "next"))
		printf("in %s\n",
			duration(seconds(head, "time", run, "next"), word));
	else
		printf("-\n");
}

/* One row a trust anchor: where VRPs are lost shows here first. */
static bool
show_tas(const json_t *tas)
{
	static const char *const titles[] = {"TA", "COMPLETE", ">VRPS",
		">UNIQUE", ">IPV4", ">IPV6", ">VALID", ">REFUSED", NULL};
	const json_t *ta;
	struct table t;
	size_t i;

	if (json_array_size(tas) == 0)
		return true;
	table_init(&t, titles);
	json_array_foreach(tas, i, ta)
	{
		const json_t *objects = json_object_get(ta, "objects");

		table_add(&t, member(ta, "name"));
		table_add(&t, yes_no(ta, "complete"));
		table_number(&t, number(ta, "vrps"));
		table_number(&t, number(ta, "vrps_unique"));
		table_number(&t, number(ta, "vrps_ipv4"));
		table_number(&t, number(ta, "vrps_ipv6"));
		table_number(&t, number(objects, "valid"));
		table_number(&t, number(objects, "refused"));
	}
	printf("\n");
	return table_print(&t, 0, stdout);
}

/* Facts first, then the table: what is wrong stands in the upper half. */
bool
show_status(const struct answer *a)
{
	const json_t *head = a->head;
	char word[WORD];

	label("rtrd");
	put(member(head, "version"));
	printf(", up %s\n", duration(number(head, "uptime_s"), word));
	label("Config");
	put(member(head, "config"));
	printf("\n");
	label("Ready");
	if (json_is_true(json_object_get(head, "ready"))) {
		printf("yes\n");
	} else {
		printf("no: ");
		put(member(head, "why"));
		printf("\n");
	}
	if (has(head, "held")) {
		label("Held");
		put(member(head, "held"));
		printf("\n");
	}
	show_serial(head);
	show_data(json_object_get(head, "data"));
	show_run(head, json_object_get(head, "run"));
	return show_tas(json_object_get(head, "tas"));
}

/* An age, or "-" for never. */
static void
age_add(struct table *t, const json_t *row, const char *key)
{
	char word[WORD];

	table_add(t, has(row, key) ? duration(number(row, key), word) : NULL);
}

/* Not known is "-", which is not 0. */
static void
number_add(struct table *t, const json_t *row, const char *key)
{
	if (has(row, key))
		table_number(t, number(row, key));
	else
		table_add(t, NULL);
}

/* Octets in units of people: the exact number is in --json. */
bool
show_sessions(const struct answer *a)
{
	static const char *const titles[] = {"PEER", ">VERSION", ">SERIAL",
		"STATE", ">IN", ">OUT", ">CONNECTED", ">QUERY", ">SYNC", NULL};
	struct span rows = a->rows;
	char word[WORD];
	struct table t;
	json_t *row;

	table_init(&t, titles);
	while ((row = answer_row(&rows)) != NULL) {
		table_add(&t, member(row, "peer"));
		number_add(&t, row, "version");
		number_add(&t, row, "serial");
		table_add(&t, member(row, "state"));
		table_add(&t, octets(number(row, "bytes_in"), word));
		table_add(&t, octets(number(row, "bytes_out"), word));
		age_add(&t, row, "connected_s");
		age_add(&t, row, "last_query_s");
		age_add(&t, row, "last_sync_s");
		json_decref(row);
	}
	return table_print(&t, 0, stdout);
}

/* The path comes last, as it may be long. */
bool
show_tals(const struct answer *a)
{
	static const char *const titles[] = {"NAME", "COMPLETE", ">VRPS",
		">VALID", ">REFUSED", "PATH", NULL};
	struct span rows = a->rows;
	struct table t;
	json_t *row;

	table_init(&t, titles);
	while ((row = answer_row(&rows)) != NULL) {
		const json_t *objects = json_object_get(row, "objects");

		table_add(&t, member(row, "name"));
		table_add(&t, yes_no(row, "complete"));
		number_add(&t, row, "vrps_unique");
		number_add(&t, objects, "valid");
		number_add(&t, objects, "refused");
		table_add(&t, member(row, "path"));
		json_decref(row);
	}
	return table_print(&t, 0, stdout);
}

static const char *
asn_text(long long asn, char buf[WORD])
{
	snprintf(buf, WORD, "AS%lld", asn);
	return buf;
}

/* A million rows are not held to be measured: the widest AS number, and what
 * all but a few prefixes and names need. */
bool
show_vrps(const struct answer *a)
{
	static const char *const titles[] = {
		"ASN", "PREFIX", ">MAXLEN", "TA", "EXPIRES", NULL};
	static const size_t widths[] = {12, 24, 6, 8, 0};
	struct span rows = a->rows;
	char word[WORD];
	struct table t;
	json_t *row;

	table_init(&t, titles);
	table_flow(&t, widths, stdout);
	while ((row = answer_row(&rows)) != NULL) {
		struct wall expires = {number(row, "expires")};

		table_add(&t, asn_text(number(row, "asn"), word));
		table_add(&t, member(row, "prefix"));
		table_number(&t, number(row, "maxLength"));
		table_add(&t, member(row, "ta"));
		table_add(&t, wall_format(expires, word));
		json_decref(row);
	}
	return table_print(&t, 0, stdout);
}

/* One of the three lists of a validity answer. */
static void
list_add(struct table *t, const json_t *lists, const char *name)
{
	const json_t *vrp;
	size_t i;

	json_array_foreach(json_object_get(lists, name), i, vrp)
	{
		table_add(t, name);
		table_add(t, member(vrp, "asn"));
		table_add(t, member(vrp, "prefix"));
		table_add(t, member(vrp, "max_length"));
	}
}

/* The verdict alone in the first line, for those who read no further. */
bool
show_validity(const struct answer *a)
{
	static const char *const titles[] = {
		"VRP", "ASN", "PREFIX", ">MAXLEN", NULL};
	const json_t *all = json_object_get(a->head, "validated_route");
	const json_t *route = json_object_get(all, "route");
	const json_t *validity = json_object_get(all, "validity");
	const json_t *lists = json_object_get(validity, "VRPs");
	struct table t;

	put(member(route, "prefix"));
	printf(" ");
	put(member(route, "origin_asn"));
	printf(": ");
	put(member(validity, "state"));
	if (has(validity, "reason")) {
		printf(" (");
		put(member(validity, "reason"));
		printf(")");
	}
	printf("\n");
	put(member(validity, "description"));
	printf(".\n");
	table_init(&t, titles);
	list_add(&t, lists, "matched");
	list_add(&t, lists, "unmatched_as");
	list_add(&t, lists, "unmatched_length");
	if (t.count > 0)
		printf("\n");
	if (t.count > 0 && !table_print(&t, 0, stdout))
		return false;
	if (has(lists, "omitted"))
		printf("... and %lld more\n", number(lists, "omitted"));
	text_free(&t.cells);
	return true;
}

/* After --wait the answer is a status, else what became of the wish. */
bool
show_refresh(const struct answer *a)
{
	const json_t *run = json_object_get(a->head, "run");

	if (run == NULL) {
		printf("%s\n",
			json_is_true(json_object_get(a->head, "queued"))
				? "A run is under way; another follows it."
				: "A run was started.");
		return true;
	}
	show_run(a->head, run);
	show_data(json_object_get(a->head, "data"));
	return true;
}

bool
show_reload(const struct answer *a)
{
	printf("The configuration was read again: ");
	put(has(a->head, "config") ? member(a->head, "config")
				   : "there is no file, only options");
	printf("\n");
	if (has(a->head, "at_next_start")) {
		printf("These change at the next start only: ");
		put(member(a->head, "at_next_start"));
		printf("\n");
	}
	return true;
}

/* Both, as they may differ after an upgrade without a restart. */
bool
show_version(const struct answer *a)
{
	const json_t *versions = json_object_get(a->head, "rtr_versions");
	const json_t *version;
	size_t i;

	label("rtrctl");
	printf("%s\n", WAYMARK_VERSION);
	label("rtrd");
	put(member(a->head, "version"));
	printf(" (RTR versions");
	json_array_foreach(versions, i, version)
	{
		printf("%s %lld", i > 0 ? "," : "",
			(long long)json_integer_value(version));
	}
	printf("; snapshot format %lld)\n",
		number(a->head, "snapshot_version"));
	return true;
}

/* Every row but the last is followed by a comma. */
static void
rows_print(struct span rows)
{
	const uint8_t *end;
	size_t n;

	printf("[");
	while (rows.n > 0 && (end = memchr(rows.p, '\n', rows.n)) != NULL) {
		n = (size_t)(end - rows.p);
		printf("\n");
		fwrite(rows.p, 1, n, stdout);
		rows = span_of(end + 1, rows.n - n - 1);
		if (rows.n > 0)
			printf(",");
	}
	printf("\n]\n");
}

/* The octets of rtrd, not a second writing of them. */
bool
show_json(const struct answer *a)
{
	static const char ok[] = "{\"ok\":true";
	struct span rest = a->head_line;
	size_t skip = sizeof(ok) - 1;

	if (a->is_list) {
		rows_print(a->rows);
		return true;
	}
	/* What rtrd escaped stays as it is: a second writer might not escape
	 * all that a terminal obeys. */
	if (rest.n > skip && memcmp(rest.p, ok, skip) == 0) {
		skip += rest.p[skip] == ',' ? 1 : 0;
		rest = span_of(rest.p + skip, rest.n - skip);
		printf("{");
	}
	fwrite(rest.p, 1, rest.n, stdout);
	printf("\n");
	return true;
}
