/*
 * show: the answers of rtrd as text for people.
 *
 *	fact        value                     one fact a line, or
 *	TITLE  TITLE                          a table
 *
 * Everything that came over the socket goes through print.h or a table, both of
 * which clean it: names of trust anchors, reasons and paths were chosen by
 * others.  There are no colours, so that a pager, a pipe and a log get the
 * same.
 *
 * Not here: what a number means; rtrd computes, this prints.
 */
#include "rtrctl/show.h"

#include <stdio.h>
#include <string.h>

#include "rtrctl/print.h"
#include "rtrctl/table.h"
#include "waymark/clock.h"

/* Connections that were closed at once, where there were any. */
static void
show_refused(json_t *refused)
{
	const char *reason;
	const json_t *count;
	bool any = false;

	json_object_foreach(refused, reason, count)
	{
		if (json_integer_value(count) == 0)
			continue;
		if (any)
			printf(", ");
		else
			print_label("Refused");
		print_text(reason);
		printf(" %lld", (long long)json_integer_value(count));
		any = true;
	}
	if (any)
		printf("\n");
}

/* What routers are told. */
static void
show_serial(const json_t *head)
{
	const json_t *ids = json_object_get(head, "session_ids");
	const json_t *id;
	size_t i;

	print_label("Serial");
	if (print_has(head, "serial"))
		printf("%lld, differences from %lld older\n",
			print_number(head, "serial"),
			print_number(head, "history"));
	else
		printf("none yet\n");
	print_label("Session ids");
	json_array_foreach(ids, i, id)
	{
		printf("%s%lld for version %lld", i > 0 ? ", " : "",
			print_number(id, "session"),
			print_number(id, "version"));
	}
	printf("\n");
	print_label("Routers");
	printf("%lld connected\n", print_number(head, "routers"));
	show_refused(json_object_get(head, "refused"));
}

/* How much, and how old. */
static void
show_data(const json_t *data)
{
	char word[PRINT_WORD];

	print_label("Data");
	if (!print_has(data, "generated")) {
		printf("none yet\n");
		return;
	}
	print_text(print_member(data, "generated"));
	printf(", %s old\n", print_duration(print_number(data, "age_s"), word));
	print_label("VRPs");
	printf("%lld (IPv4 %lld, IPv6 %lld)\n", print_number(data, "vrps"),
		print_number(data, "ipv4"), print_number(data, "ipv6"));
	if (print_number(data, "router_keys") > 0 ||
		print_number(data, "aspas") > 0) {
		print_label("Others");
		printf("%lld router keys, %lld ASPAs\n",
			print_number(data, "router_keys"),
			print_number(data, "aspas"));
	}
	if (print_has(data, "first_end"))
		print_fact("First ends", print_member(data, "first_end"));
}

static void
show_run(const json_t *head, const json_t *run)
{
	char word[PRINT_WORD];

	print_label("Last run");
	print_text(print_member(run, "result"));
	if (print_has(run, "ended")) {
		printf(", took %.1f s, ended ",
			(double)print_number(run, "elapsed_ms") / 1000);
		print_text(print_member(run, "ended"));
	}
	printf("\n");
	/* The reason is the last failure's, also when it was mended since. */
	if (strcmp(print_member(run, "result"), "ok") != 0 &&
		strcmp(print_member(run, "result"), "incomplete") != 0 &&
		print_has(run, "reason") &&
		print_member(run, "reason")[0] != '\0') {
		print_label("");
		print_text(print_member(run, "reason"));
		printf("\n");
	}
	print_label("Next run");
	if (json_is_true(json_object_get(run, "running")))
		printf("under way\n");
	else if (print_has(run, "next"))
		printf("in %s\n",
			print_duration(print_seconds(head, "time", run, "next"),
				word));
	else
		printf("-\n");
}

/* How the repositories are doing, in one line, and what keeps them from doing
 * better. */
static void
show_fetch(const json_t *fetch)
{
	const json_t *states = json_object_get(fetch, "repositories");
	const json_t *store = json_object_get(fetch, "store");
	char used[PRINT_WORD], budget[PRINT_WORD];

	if (!json_is_true(json_object_get(fetch, "wanted")))
		return;
	print_label("Fetching");
	if (json_is_true(json_object_get(fetch, "running"))) {
		printf("%lld ok, %lld failed, %lld under way, %lld new\n",
			print_number(states, "ok"),
			print_number(states, "failed"),
			print_number(states, "fetching"),
			print_number(states, "new"));
	} else {
		printf("no: ");
		print_text(print_member(fetch, "reason")[0] != '\0'
				? print_member(fetch, "reason")
				: "not started yet");
		printf("\n");
	}
	if (!json_is_object(store))
		return;
	print_label("Store");
	printf("%lld objects, %s of %s%s\n", print_number(store, "objects"),
		print_octets(print_number(store, "used"), used),
		print_octets(print_number(store, "budget"), budget),
		json_is_true(json_object_get(store, "full"))
			? "; full: nothing more is fetched"
			: "");
}

/* Publication points of all trust anchors, by what became of them. */
static void
show_points(const json_t *tas)
{
	long long valid = 0, stale = 0, failed = 0;
	const json_t *ta;
	size_t i;

	if (json_array_size(tas) == 0)
		return;
	json_array_foreach(tas, i, ta)
	{
		valid += print_number(ta, "points_valid");
		stale += print_number(ta, "points_last_good");
		failed += print_number(ta, "points_failed");
	}
	print_label("Points");
	printf("%lld valid, %lld last-good, %lld failed%s\n", valid, stale,
		failed, stale + failed > 0 ? "; see rtrctl problems" : "");
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

		table_add(&t, print_member(ta, "name"));
		table_add(&t, print_yes_no(ta, "complete"));
		table_number(&t, print_number(ta, "vrps"));
		table_number(&t, print_number(ta, "vrps_unique"));
		table_number(&t, print_number(ta, "vrps_ipv4"));
		table_number(&t, print_number(ta, "vrps_ipv6"));
		table_number(&t, print_number(objects, "valid"));
		table_number(&t, print_number(objects, "refused"));
	}
	printf("\n");
	return table_print(&t, 0, stdout);
}

/* Facts first, then the table: what is wrong stands in the upper half. */
bool
show_status(const struct answer *a)
{
	const json_t *head = a->head;
	char word[PRINT_WORD];

	print_label("rtrd");
	print_text(print_member(head, "version"));
	printf(", up %s\n",
		print_duration(print_number(head, "uptime_s"), word));
	print_label("Config");
	print_text(print_member(head, "config"));
	printf("\n");
	print_label("Ready");
	if (json_is_true(json_object_get(head, "ready"))) {
		printf("yes\n");
	} else {
		printf("no: ");
		print_text(print_member(head, "why"));
		printf("\n");
	}
	if (print_has(head, "held"))
		print_fact("Held", print_member(head, "held"));
	if (print_has(head, "waiting"))
		print_fact("Waiting", print_member(head, "waiting"));
	show_serial(head);
	show_data(json_object_get(head, "data"));
	show_run(head, json_object_get(head, "run"));
	show_fetch(json_object_get(head, "fetch"));
	show_points(json_object_get(head, "tas"));
	return show_tas(json_object_get(head, "tas"));
}

/* An age, or "-" for never. */
static void
age_add(struct table *t, const json_t *row, const char *key)
{
	char word[PRINT_WORD];

	table_add(t,
		print_has(row, key)
			? print_duration(print_number(row, key), word)
			: NULL);
}

/* Octets in units of people: the exact number is in --json. */
bool
show_sessions(const struct answer *a)
{
	static const char *const titles[] = {"PEER", "VIA", ">VERSION",
		">SERIAL", ">LAG", ">BEHIND", "STATE", ">IN", ">OUT",
		">CONNECTED", ">QUERY", ">SYNC", ">ERROR", NULL};
	struct span rows = a->rows;
	char word[PRINT_WORD];
	struct table t;
	json_t *row;

	table_init(&t, titles);
	while ((row = answer_row(&rows)) != NULL) {
		table_add(&t, print_member(row, "peer"));
		table_add(&t, print_member(row, "transport"));
		print_cell(&t, row, "version");
		print_cell(&t, row, "serial");
		print_cell(&t, row, "lag_serials");
		age_add(&t, row, "lag_s");
		table_add(&t, print_member(row, "state"));
		table_add(
			&t, print_octets(print_number(row, "bytes_in"), word));
		table_add(
			&t, print_octets(print_number(row, "bytes_out"), word));
		age_add(&t, row, "connected_s");
		age_add(&t, row, "last_query_s");
		age_add(&t, row, "last_sync_s");
		print_cell(&t, row, "last_error");
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

		table_add(&t, print_member(row, "name"));
		table_add(&t, print_yes_no(row, "complete"));
		print_cell(&t, row, "vrps_unique");
		print_cell(&t, objects, "valid");
		print_cell(&t, objects, "refused");
		table_add(&t, print_member(row, "path"));
		json_decref(row);
	}
	return table_print(&t, 0, stdout);
}

static const char *
asn_text(long long asn, char buf[PRINT_WORD])
{
	snprintf(buf, PRINT_WORD, "AS%lld", asn);
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
	char word[PRINT_WORD];
	struct table t;
	json_t *row;

	table_init(&t, titles);
	table_flow(&t, widths, stdout);
	while ((row = answer_row(&rows)) != NULL) {
		struct wall expires = {print_number(row, "expires")};

		table_add(&t, asn_text(print_number(row, "asn"), word));
		table_add(&t, print_member(row, "prefix"));
		table_number(&t, print_number(row, "maxLength"));
		table_add(&t, print_member(row, "ta"));
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
		table_add(t, print_member(vrp, "asn"));
		table_add(t, print_member(vrp, "prefix"));
		table_add(t, print_member(vrp, "max_length"));
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

	print_text(print_member(route, "prefix"));
	printf(" ");
	print_text(print_member(route, "origin_asn"));
	printf(": ");
	print_text(print_member(validity, "state"));
	if (print_has(validity, "reason")) {
		printf(" (");
		print_text(print_member(validity, "reason"));
		printf(")");
	}
	printf("\n");
	print_text(print_member(validity, "description"));
	printf(".\n");
	table_init(&t, titles);
	list_add(&t, lists, "matched");
	list_add(&t, lists, "unmatched_as");
	list_add(&t, lists, "unmatched_length");
	if (t.count > 0)
		printf("\n");
	if (t.count > 0 && !table_print(&t, 0, stdout))
		return false;
	if (print_has(lists, "omitted"))
		printf("... and %lld more\n", print_number(lists, "omitted"));
	text_free(&t.cells);
	return true;
}

static void
show_listener(struct table *t, const json_t *row)
{
	char versions[PRINT_WORD];

	(void)snprintf(versions, sizeof(versions), "%lld-%lld",
		print_number(row, "min_version"),
		print_number(row, "max_version"));
	table_add(t, print_member(row, "address"));
	table_add(t, print_member(row, "transport"));
	table_add(t, versions);
}

bool
show_listeners(const struct answer *a)
{
	static const char *const titles[] = {
		"ADDRESS", "VIA", "VERSIONS", NULL};
	const json_t *row;
	struct table t;
	size_t i;

	print_label("Timers");
	printf("refresh %lld s, retry %lld s, expire %lld s\n\n",
		print_number(a->head, "refresh"),
		print_number(a->head, "retry"),
		print_number(a->head, "expire"));
	table_init(&t, titles);
	json_array_foreach(json_object_get(a->head, "listeners"), i, row)
	{
		show_listener(&t, row);
	}
	return table_print(&t, 0, stdout);
}

/* After --wait the answer is a status, else what became of the wish. */
bool
show_refresh(const struct answer *a)
{
	const json_t *run = json_object_get(a->head, "run");

	if (run == NULL && print_has(a->head, "repo")) {
		print_text(print_member(a->head, "repo"));
		printf(" is fetched now.\n");
		return true;
	}
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
	print_text(print_has(a->head, "config")
			? print_member(a->head, "config")
			: "there is no file, only options");
	printf("\n");
	if (print_has(a->head, "at_next_start")) {
		printf("These change at the next start only: ");
		print_text(print_member(a->head, "at_next_start"));
		printf("\n");
	}
	return true;
}

bool
show_shutdown(const struct answer *a)
{
	printf("rtrd ends.  Routers that are told, or cut: %lld\n",
		print_number(a->head, "routers"));
	return true;
}

/* Both, as they may differ after an upgrade without a restart. */
bool
show_version(const struct answer *a)
{
	const json_t *versions = json_object_get(a->head, "rtr_versions");
	const json_t *version;
	size_t i;

	print_label("rtrctl");
	printf("%s\n", WAYMARK_VERSION);
	print_label("rtrd");
	print_text(print_member(a->head, "version"));
	printf(" (RTR versions");
	json_array_foreach(versions, i, version)
	{
		printf("%s %lld", i > 0 ? "," : "",
			(long long)json_integer_value(version));
	}
	printf("; snapshot format %lld)\n",
		print_number(a->head, "snapshot_version"));
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
