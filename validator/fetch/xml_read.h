/*
 * xml_read: what the parts of the reader of RRDP files share.
 *
 *	xml.c         octets to expat, the root, the three kinds of file
 *	xml_field.c   one attribute's value
 *	xml_list.c    what stands in a notification
 *	xml_object.c  what stands in a snapshot or delta
 *
 * Expat calls back; whoever finds a fault tells xml_fail and is not called
 * again.
 */
#ifndef FETCH_XML_READ_H
#define FETCH_XML_READ_H

#include <expat.h>

#include "core/arena.h"
#include "core/uri.h"
#include "validator/fetch/xml.h"
#include "validator/fetch/xml_base64.h"

/* What a kind of file has below its root. */
struct xml_form {
	const char *root;
	/* An element at depth two begins; has text; ends.  The file ends. */
	enum xml_fault (*start)(
		struct xml *x, const char *name, const char **pairs);
	enum xml_fault (*text)(struct xml *x, struct span text);
	enum xml_fault (*end)(struct xml *x);
	enum xml_fault (*done)(struct xml *x);
};

/* A delta of a notification, in the place of its serial. */
struct xml_listed {
	const char *uri; /* NULL: not listed */
	uint8_t hash[32];
};

/* A notification as far as it was read. */
struct xml_list {
	struct xml_notification is;
	bool snapshot; /* was there */
	bool broken; /* the deltas do not hold together */
	uint64_t count; /* of deltas, all of them */
	uint64_t oldest; /* the least serial among them */
	struct xml_listed at[BOUND_RRDP_DELTAS_LISTED]; /* by how far they lie
							   behind the serial */
	struct delta_hash deltas[BOUND_RRDP_DELTAS_LISTED];
	const char *uris[BOUND_RRDP_DELTAS_LISTED];
};

/* The element that is being read. */
struct xml_object {
	struct xml_element is;
	size_t content; /* octets of text, with white space */
	char uri[BOUND_URI];
	uint8_t hash[32];
	struct base64 base64;
};

struct xml {
	XML_Parser parser;
	const struct xml_form *form;
	struct xml_calls calls;
	char session[BOUND_RRDP_SESSION + 1]; /* snapshot, delta: expected */
	uint64_t serial;
	enum xml_fault fault;
	uint64_t line; /* of the fault */
	unsigned depth;
	unsigned prefixes; /* of namespaces that were declared */
	uint64_t fed; /* octets that expat has had */
	uint8_t *block; /* expat's; NULL: none at hand */
	size_t filled; /* of it */
	uint64_t elements; /* below the root */
	struct xml_list *list; /* notification */
	struct xml_object *object; /* snapshot, delta */
	struct arena *arena; /* texts of the list */
};

/* The attributes of an element by name: the value, where it is allowed once and
 * within its length.  The names that may be there stand in `names`, in the
 * order of `values`; those that are absent are NULL. */
enum xml_fault xml_pairs(const char **pairs, const char *const *names,
	const char **values, size_t count);

/* One value each; NULL is refused. */
enum xml_fault xml_serial(const char *value, uint64_t *out);
enum xml_fault xml_hash(const char *value, uint8_t out[32]);
enum xml_fault xml_session(const char *value);
enum xml_fault xml_uri(const char *value, enum uri_scheme scheme);

/* What may stand between elements. */
bool xml_is_blank(struct span text);

/* The forms. */
extern const struct xml_form xml_form_notification;
extern const struct xml_form xml_form_snapshot;
extern const struct xml_form xml_form_delta;

#endif
