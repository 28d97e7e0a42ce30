/*
 * rrdp: any octets as a notification, snapshot or delta.
 *
 * The session and serial that are expected are those that the input tells, as
 * hardly any would get beyond its root otherwise.  Each input is read whole and
 * in pieces, which must make no difference.
 */
#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "validator/fetch/xml.h"
#include "waymark/bounds.h"

enum kind {
	NOTIFICATION,
	SNAPSHOT,
	DELTA,
	KINDS
};

/* What came of one reading. */
struct reading {
	enum xml_fault fault;
	uint64_t line, elements, octets;
};

/* The entry that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
element(void *ctx, const struct xml_element *e)
{
	struct reading *r = ctx;
	struct uri uri;

	if (uri_parse(e->uri, &uri) != URI_GOOD || uri.scheme != URI_RSYNC)
		abort();
	if (e->bytes.n > BOUND_OBJECT_MAX || (e->withdraw && e->hash == NULL))
		abort();
	r->elements++;
	for (size_t i = 0; i < e->bytes.n; i++)
		r->octets = r->octets * 31 + e->bytes.p[i];
	return true;
}

/* The value of an attribute, cut to `cap`. */
static void
value_of(struct span s, const char *name, char *out, size_t cap)
{
	const char *at = memmem(s.p, s.n, name, strlen(name));
	size_t n = 0;

	if (at != NULL) {
		at += strlen(name);
		while (at + n < (const char *)s.p + s.n && at[n] != '"' &&
			n + 1 < cap)
			n++;
		memcpy(out, at, n);
	}
	out[n] = '\0';
}

static struct xml *
reader(enum kind kind, struct span s, struct reading *r)
{
	struct xml_calls calls = {.element = element, .ctx = r};
	char session[BOUND_RRDP_SESSION + 1], serial[32];

	value_of(s, "session_id=\"", session, sizeof(session));
	value_of(s, "serial=\"", serial, sizeof(serial));
	switch (kind) {
	case NOTIFICATION:
	case KINDS:
		return xml_notification_new();
	case SNAPSHOT:
		return xml_snapshot_new(
			session, strtoull(serial, NULL, 10), &calls);
	case DELTA:
		return xml_delta_new(
			session, strtoull(serial, NULL, 10), &calls);
	}
	return NULL;
}

static void
check_list(const struct xml_notification *n)
{
	if (n->delta_count > BOUND_RRDP_DELTAS_LISTED || n->session == NULL ||
		n->snapshot_uri == NULL)
		abort();
	for (size_t i = 0; i < n->delta_count; i++)
		if (n->deltas[i].serial != n->serial - n->delta_count + 1 + i ||
			n->delta_uris[i][0] == '\0')
			abort();
}

static struct reading
read_all(enum kind kind, struct span s, size_t step)
{
	struct reading r = {0};
	struct xml *x = reader(kind, s, &r);

	if (x == NULL)
		abort();
	for (size_t i = 0; i < s.n; i += step)
		(void)xml_feed(
			x, span_of(s.p + i, s.n - i < step ? s.n - i : step));
	r.fault = xml_end(x);
	r.line = xml_line(x);
	if (r.fault == XML_FAULT_NONE && kind == NOTIFICATION)
		check_list(xml_notification_get(x));
	xml_free(x);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of(data, size);

	for (enum kind kind = NOTIFICATION; kind < KINDS; kind++) {
		struct reading whole = read_all(kind, s, size > 0 ? size : 1);
		struct reading pieces = read_all(kind, s, 3);

		if (memcmp(&whole, &pieces, sizeof(whole)) != 0)
			abort();
	}
	return 0;
}
