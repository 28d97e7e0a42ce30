/*
 * xml_events: a file of RRDP through the reader, in pieces of any size, with
 * what it said as text to compare:
 *
 *	+ rsync://h/m/a.roa 3 <hash of the object> [<hash that it replaces>]
 *	- rsync://h/m/b.roa <hash>
 *	n SESSION SERIAL SNAPSHOT <hash> DELTAS FAULT, and a line a delta
 */
#ifndef TESTS_FETCH_XML_EVENTS_H
#define TESTS_FETCH_XML_EVENTS_H

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "validator/fetch/xml.h"

enum events_kind {
	EVENTS_NOTIFICATION,
	EVENTS_SNAPSHOT,
	EVENTS_DELTA,
};

struct events {
	/* What to read, and as what. */
	enum events_kind kind;
	const char *session;
	uint64_t serial;
	size_t step; /* octets at once; 0: all */
	uint64_t refuse; /* the element, from 1, that is refused; 0: none */
	/* What came of it. */
	enum xml_fault fault, deltas_fault;
	uint64_t line;
	uint64_t published, withdrawn, bytes, deltas;
	bool quiet; /* no text */
	struct text text;
};

static inline bool
events_element(void *ctx, const struct xml_element *e)
{
	struct events *v = ctx;
	uint8_t hash[32];

	v->published += e->withdraw ? 0 : 1;
	v->withdrawn += e->withdraw ? 1 : 0;
	v->bytes += e->bytes.n;
	if (v->refuse > 0 && v->published + v->withdrawn == v->refuse)
		return false;
	if (v->quiet)
		return true;
	text_add(&v->text, "%c %.*s", e->withdraw ? '-' : '+', (int)e->uri.n,
		(const char *)e->uri.p);
	if (!e->withdraw) {
		text_add(&v->text, " %zu ", e->bytes.n);
		text_hex(&v->text, SHA256(e->bytes.p, e->bytes.n, hash), 32);
	}
	if (e->hash != NULL) {
		text_char(&v->text, ' ');
		text_hex(&v->text, e->hash, 32);
	}
	text_char(&v->text, '\n');
	return true;
}

static inline void
events_notification(struct events *v, const struct xml_notification *n)
{
	v->deltas = n->delta_count;
	v->deltas_fault = n->deltas_fault;
	text_add(&v->text, "n %s %llu %s ", n->session,
		(unsigned long long)n->serial, n->snapshot_uri);
	text_hex(&v->text, n->snapshot_hash, 32);
	text_add(&v->text, " %zu %s\n", n->delta_count,
		xml_fault_name(n->deltas_fault));
	for (size_t i = 0; i < n->delta_count; i++) {
		text_add(&v->text, "%llu %s ",
			(unsigned long long)n->deltas[i].serial,
			n->delta_uris[i]);
		text_hex(&v->text, n->deltas[i].hash, 32);
		text_char(&v->text, '\n');
	}
}

static inline struct xml *
events_reader(struct events *v)
{
	struct xml_calls calls = {.element = events_element, .ctx = v};
	struct xml *x = NULL;

	switch (v->kind) {
	case EVENTS_NOTIFICATION:
		x = xml_notification_new();
		break;
	case EVENTS_SNAPSHOT:
		x = xml_snapshot_new(v->session, v->serial, &calls);
		break;
	case EVENTS_DELTA:
		x = xml_delta_new(v->session, v->serial, &calls);
		break;
	}
	if (x == NULL)
		abort();
	return x;
}

/* Read a whole file; to be ended by events_free. */
static inline void
events_read(struct events *v, struct span file)
{
	struct xml *x = events_reader(v);
	size_t step = v->step > 0 ? v->step : file.n;

	for (size_t i = 0; i < file.n; i += step) {
		size_t n = file.n - i < step ? file.n - i : step;

		if (xml_feed(x, span_of(file.p + i, n)) != XML_FAULT_NONE)
			break;
	}
	v->fault = xml_end(x);
	v->line = xml_line(x);
	if (v->fault == XML_FAULT_NONE && v->kind == EVENTS_NOTIFICATION)
		events_notification(v, xml_notification_get(x));
	xml_free(x);
}

static inline void
events_free(struct events *v)
{
	text_free(&v->text);
}

#endif
