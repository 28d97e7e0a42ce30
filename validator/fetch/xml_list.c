/*
 * xml_list: what a notification lists: one snapshot, and deltas in any order.
 *
 *	serial 9:  at[0] = 9   at[1] = 8   at[2] = 7  ...  at[499]
 *
 * A delta goes to the place of its serial, so that neither their number nor
 * their order costs anything, and a double meets its like.  Those further back
 * than the table reaches are only counted.  That the snapshot stands first, as
 * the schema has it, is not asked for: nothing depends on it.
 */
#include <string.h>

#include "validator/fetch/xml_read.h"

/* Keep a text as long as the list. */
static enum xml_fault
keep(struct xml *x, const char *text, const char **out)
{
	*out = arena_text(x->arena, text, strlen(text));
	return *out != NULL ? XML_FAULT_NONE : XML_FAULT_MEMORY;
}

static enum xml_fault
snapshot_start(struct xml *x, const char **pairs)
{
	static const char *const names[] = {"uri", "hash"};
	const char *values[2];
	struct xml_list *l = x->list;
	enum xml_fault fault = xml_pairs(pairs, names, values, 2);

	if (fault == XML_FAULT_NONE && l->snapshot)
		fault = XML_FAULT_COUNT;
	if (fault == XML_FAULT_NONE)
		fault = xml_uri(values[0], URI_HTTPS);
	if (fault == XML_FAULT_NONE)
		fault = xml_hash(values[1], l->is.snapshot_hash);
	if (fault == XML_FAULT_NONE)
		fault = keep(x, values[0], &l->is.snapshot_uri);
	l->snapshot = true;
	return fault;
}

/* A sound delta: to its place. */
static enum xml_fault
delta_add(
	struct xml *x, uint64_t serial, const char *uri, const uint8_t hash[32])
{
	struct xml_list *l = x->list;
	struct xml_listed *at;

	if (l->count == 0 || serial < l->oldest)
		l->oldest = serial;
	l->count++;
	if (serial > l->is.serial) {
		l->broken = true;
		return XML_FAULT_NONE;
	}
	if (l->is.serial - serial >= BOUND_RRDP_DELTAS_LISTED)
		return XML_FAULT_NONE;
	at = &l->at[l->is.serial - serial];
	if (at->uri != NULL) {
		l->broken = true;
		return XML_FAULT_NONE;
	}
	memcpy(at->hash, hash, sizeof(at->hash));
	return keep(x, uri, &at->uri);
}

static enum xml_fault
delta_start(struct xml *x, const char **pairs)
{
	static const char *const names[] = {"serial", "uri", "hash"};
	const char *values[3];
	uint64_t serial;
	uint8_t hash[32];
	enum xml_fault fault = xml_pairs(pairs, names, values, 3);

	if (fault == XML_FAULT_NONE)
		fault = xml_serial(values[0], &serial);
	if (fault == XML_FAULT_NONE)
		fault = xml_uri(values[1], URI_HTTPS);
	if (fault == XML_FAULT_NONE)
		fault = xml_hash(values[2], hash);
	return fault == XML_FAULT_NONE ? delta_add(x, serial, values[1], hash)
				       : fault;
}

static enum xml_fault
list_start(struct xml *x, const char *name, const char **pairs)
{
	if (strcmp(name, "snapshot") == 0)
		return snapshot_start(x, pairs);
	if (strcmp(name, "delta") == 0)
		return delta_start(x, pairs);
	return XML_FAULT_ELEMENT;
}

static enum xml_fault
list_text(struct xml *x, struct span text)
{
	(void)x;
	return xml_is_blank(text) ? XML_FAULT_NONE : XML_FAULT_TEXT;
}

static enum xml_fault
list_end(struct xml *x)
{
	(void)x;
	return XML_FAULT_NONE;
}

/* Whether the deltas are a row without gaps up to the serial (RFC 8182 section
 * 3.5.1.3).  As many as the row is long, and none twice within the table: a
 * double further back that hides a gap there does no harm. */
static bool
deltas_hold(const struct xml_list *l)
{
	uint64_t row = l->is.serial - l->oldest + 1;

	if (l->broken || l->count != row)
		return false;
	if (row > BOUND_RRDP_DELTAS_LISTED)
		row = BOUND_RRDP_DELTAS_LISTED;
	for (uint64_t i = 0; i < row; i++)
		if (l->at[i].uri == NULL)
			return false;
	return true;
}

static enum xml_fault
list_done(struct xml *x)
{
	struct xml_list *l = x->list;
	size_t n = BOUND_RRDP_DELTAS_LISTED;

	if (!l->snapshot)
		return XML_FAULT_MISSING;
	if (l->count == 0)
		return XML_FAULT_NONE;
	if (!deltas_hold(l)) {
		l->is.deltas_fault = XML_FAULT_DELTAS;
		return XML_FAULT_NONE;
	}
	if (l->count < n)
		n = (size_t)l->count;
	for (size_t i = 0; i < n; i++) {
		const struct xml_listed *at = &l->at[n - 1 - i];

		l->deltas[i].serial = l->is.serial - (n - 1 - i);
		memcpy(l->deltas[i].hash, at->hash, sizeof(at->hash));
		l->uris[i] = at->uri;
	}
	l->is.deltas = l->deltas;
	l->is.delta_uris = l->uris;
	l->is.delta_count = n;
	return XML_FAULT_NONE;
}

const struct xml_form xml_form_notification = {
	.root = "notification",
	.start = list_start,
	.text = list_text,
	.end = list_end,
	.done = list_done,
};
