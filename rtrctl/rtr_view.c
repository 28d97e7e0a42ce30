/*
 * rtr_view: facts, events and findings, each in its form.
 *
 *	stdout  facts, syncs, changes        what was asked for
 *	stderr  findings, notes              what a person should know
 *
 * A cache that breaks one rule a million times is told of five times.
 */
#include "rtrctl/rtr_view.h"

#include <inttypes.h>
#include <string.h>

#include "core/text.h"
#include "rtrctl/print.h"

static struct rtr_facts
facts_of(const struct rtr_view *v)
{
	struct rtr_facts f;

	rtr_peer_tell(rtr_drive_peer(v->drive), &f);
	return f;
}

static struct rtr_counts
counts_of(const struct rtr_view *v)
{
	return rtr_table_count(rtr_peer_table(rtr_drive_peer(v->drive)));
}

/* One finished text, and not a line of it when memory was short. */
static void
flush(struct text *t, FILE *out)
{
	if (!t->failed && t->n > 0)
		fwrite(t->p, 1, t->n, out);
	text_free(t);
}

static void
json_text(struct text *t, const char *key, const char *value)
{
	text_add(t, "\"%s\":\"", key);
	text_json(t, value, strlen(value));
	text_char(t, '"');
}

static void
json_findings(const struct rtr_view *v, struct text *t)
{
	const struct rtr_peer *p = rtr_drive_peer(v->drive);
	bool first = true;

	text_add(t, ",\"findings\":[");
	for (int i = 0; i < RTR_RULES; i++) {
		uint64_t n = rtr_peer_found(p, (enum rtr_rule)i);

		if (n == 0)
			continue;
		text_add(t, "%s{", first ? "" : ",");
		json_text(t, "rule", rtr_rule_word((enum rtr_rule)i));
		text_add(t, ",\"count\":%" PRIu64 ",", n);
		json_text(t, "text", rtr_rule_text((enum rtr_rule)i));
		text_char(t, '}');
		first = false;
	}
	text_char(t, ']');
}

/* Members without the braces. */
static void
json_facts(const struct rtr_view *v, struct text *t)
{
	struct rtr_facts f = facts_of(v);
	struct rtr_counts n = counts_of(v);

	json_text(t, "cache", v->name);
	text_char(t, ',');
	json_text(t, "address", rtr_drive_address(v->drive));
	text_add(t, ",\"version\":%u,\"session\":%u,\"serial\":%" PRIu32,
		f.version, (unsigned)f.session, f.serial);
	text_add(t,
		",\"refresh\":%" PRIu32 ",\"retry\":%" PRIu32
		",\"expire\":%" PRIu32,
		f.refresh, f.retry, f.expire);
	text_add(t,
		",\"counts\":{\"ipv4\":%zu,\"ipv6\":%zu,\"router_keys\":%zu,"
		"\"aspas\":%zu}",
		n.ipv4, n.ipv6, n.keys, n.aspas);
	text_add(t, ",\"whole\":%s,\"octets\":%" PRIu64 ",\"elapsed_ms\":%lld",
		f.was_whole ? "true" : "false", f.octets, (long long)f.took_ms);
}

static void
text_facts(const struct rtr_view *v, struct text *t)
{
	struct rtr_facts f = facts_of(v);
	struct rtr_counts n = counts_of(v);
	char word[PRINT_WORD];

	text_add(t, "Cache       ");
	text_clean(t, v->name, strlen(v->name));
	text_add(t, " (%s), version %u\n", rtr_drive_address(v->drive),
		f.version);
	text_add(t, "Session     %u\nSerial      %" PRIu32 "\n",
		(unsigned)f.session, f.serial);
	text_add(t,
		"Timers      refresh %" PRIu32 " s, retry %" PRIu32
		" s, expire %" PRIu32 " s%s\n",
		f.refresh, f.retry, f.expire,
		f.version == 0 ? " (not told by version 0)" : "");
	text_add(t, "VRPs        %zu (IPv4 %zu, IPv6 %zu)\n", n.ipv4 + n.ipv6,
		n.ipv4, n.ipv6);
	if (f.version > 0)
		text_add(t, "Router keys %zu\n", n.keys);
	if (f.version > 1)
		text_add(t, "ASPAs       %zu\n", n.aspas);
	text_add(t, "Took        %.3f s, %s\n", (double)f.took_ms / 1000,
		print_octets((long long)f.octets, word));
	text_add(t, "Findings    %" PRIu64 "\n", f.findings);
	for (int i = 0; i < RTR_RULES; i++) {
		uint64_t found = rtr_peer_found(
			rtr_drive_peer(v->drive), (enum rtr_rule)i);

		if (found > 0)
			text_add(t, "            %" PRIu64 " %s: %s\n", found,
				rtr_rule_word((enum rtr_rule)i),
				rtr_rule_text((enum rtr_rule)i));
	}
}

void
rtr_view_facts(const struct rtr_view *v, FILE *out)
{
	struct text t = {0};

	if (v->is_json) {
		text_char(&t, '{');
		json_facts(v, &t);
		json_findings(v, &t);
		text_add(&t, "}\n");
	} else {
		text_facts(v, &t);
	}
	flush(&t, out);
}

/* Which of two caches a line is of. */
static void
name_add(const struct rtr_view *v, struct text *t)
{
	if (!v->is_named)
		return;
	text_clean(t, v->name, strlen(v->name));
	text_add(t, ": ");
}

void
rtr_view_sync(const struct rtr_view *v)
{
	struct rtr_facts f = facts_of(v);
	struct rtr_counts n = counts_of(v);
	struct text t = {0};

	if (v->is_json) {
		text_add(&t, "{\"event\":\"sync\",");
		json_facts(v, &t);
		text_add(&t, "}\n");
	} else {
		name_add(v, &t);
		text_add(&t,
			"sync version=%u session=%u serial=%" PRIu32
			" whole=%s vrps=%zu router-keys=%zu aspas=%zu\n",
			f.version, (unsigned)f.session, f.serial,
			f.was_whole ? "yes" : "no", n.ipv4 + n.ipv6, n.keys,
			n.aspas);
	}
	flush(&t, stdout);
	fflush(stdout);
}

void
rtr_view_change(
	const struct rtr_view *v, char sign, const struct rtr_item *item)
{
	struct rtr_facts f = facts_of(v);
	struct text t = {0};

	if (v->is_json) {
		text_add(&t,
			"{\"event\":\"change\",\"op\":\"%c\",\"serial\":%" PRIu32
			",",
			sign, f.serial);
		rtr_item_json(&t, item);
		text_add(&t, "}\n");
	} else {
		name_add(v, &t);
		text_add(&t, "%c %" PRIu32 " ", sign, f.serial);
		rtr_item_text(&t, item);
		text_char(&t, '\n');
	}
	flush(&t, stdout);
}

void
rtr_view_finding(struct rtr_view *v, enum rtr_rule rule, const char *detail)
{
	struct text t = {0};

	if (v->shown[rule]++ >= RTR_VIEW_EXAMPLES)
		return;
	text_add(&t, "rtrctl: ");
	name_add(v, &t);
	text_add(&t, "%s: %s: ", rtr_rule_word(rule), rtr_rule_text(rule));
	text_clean(&t, detail, strlen(detail));
	if (v->shown[rule] == RTR_VIEW_EXAMPLES)
		text_add(&t, " (more of these are counted only)");
	text_char(&t, '\n');
	flush(&t, stderr);
}

void
rtr_view_note(const struct rtr_view *v, const char *text)
{
	struct text t = {0};

	text_add(&t, "rtrctl: ");
	name_add(v, &t);
	text_clean(&t, text, strlen(text));
	text_char(&t, '\n');
	flush(&t, stderr);
}
