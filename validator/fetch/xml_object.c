/*
 * xml_object: the elements of a snapshot or delta, one object at a time.
 *
 *	<publish uri=... [hash=...]> base64 </publish>   <withdraw uri= hash= />
 *
 * Text is decoded as it comes; when the element ends, the object is handed out
 * and its memory used for the next.  An object may be empty: the schema allows
 * that, it has been seen, and it hurts only the point that lists it.
 */
#include <string.h>

#include "validator/fetch/xml_read.h"

enum {
	/* Octets of a publish element's text, white space included. */
	CONTENT_MAX = BOUND_OBJECT_MAX / 3 * 4 + 1024,
};

/* The attributes that both elements have. */
static enum xml_fault
element_start(struct xml *x, const char **pairs)
{
	static const char *const names[] = {"uri", "hash"};
	const char *values[2];
	struct xml_object *o = x->object;
	enum xml_fault fault = xml_pairs(pairs, names, values, 2);

	if (fault == XML_FAULT_NONE)
		fault = xml_uri(values[0], URI_RSYNC);
	if (fault == XML_FAULT_NONE && values[1] != NULL)
		fault = xml_hash(values[1], o->hash);
	if (fault != XML_FAULT_NONE)
		return fault;
	o->is.uri = span_of(o->uri, strlen(values[0]));
	memcpy(o->uri, values[0], o->is.uri.n);
	o->is.hash = values[1] != NULL ? o->hash : NULL;
	o->content = 0;
	base64_begin(&o->base64);
	return XML_FAULT_NONE;
}

/* A snapshot only publishes, and what nothing comes before replaces nothing. */
static enum xml_fault
snapshot_start(struct xml *x, const char *name, const char **pairs)
{
	enum xml_fault fault = strcmp(name, "publish") == 0
		? element_start(x, pairs)
		: XML_FAULT_ELEMENT;

	if (fault == XML_FAULT_NONE && x->object->is.hash != NULL)
		fault = XML_FAULT_ATTRIBUTE;
	x->object->is.withdraw = false;
	return fault;
}

static enum xml_fault
delta_start(struct xml *x, const char *name, const char **pairs)
{
	bool withdraw = strcmp(name, "withdraw") == 0;
	enum xml_fault fault = withdraw || strcmp(name, "publish") == 0
		? element_start(x, pairs)
		: XML_FAULT_ELEMENT;

	if (fault == XML_FAULT_NONE && withdraw && x->object->is.hash == NULL)
		fault = XML_FAULT_ATTRIBUTE;
	x->object->is.withdraw = withdraw;
	return fault;
}

/* Text of a publish. */
static enum xml_fault
publish_text(struct xml_object *o, struct span text)
{
	o->content += text.n;
	if (o->content > CONTENT_MAX)
		return XML_FAULT_SIZE;
	switch (base64_add(&o->base64, text, BOUND_OBJECT_MAX)) {
	case BASE64_GOOD:
		return XML_FAULT_NONE;
	case BASE64_BAD:
		return XML_FAULT_BASE64;
	case BASE64_LARGE:
		return XML_FAULT_SIZE;
	case BASE64_MEMORY:
		return XML_FAULT_MEMORY;
	}
	return XML_FAULT_BASE64;
}

static enum xml_fault
object_text(struct xml *x, struct span text)
{
	if (x->depth == 2 && !x->object->is.withdraw)
		return publish_text(x->object, text);
	return xml_is_blank(text) ? XML_FAULT_NONE : XML_FAULT_TEXT;
}

static enum xml_fault
object_end(struct xml *x)
{
	struct xml_object *o = x->object;

	if (!base64_is_whole(&o->base64))
		return XML_FAULT_BASE64;
	o->is.bytes = o->base64.n > 0 ? span_of(o->base64.at, o->base64.n)
				      : span_text("");
	return x->calls.element(x->calls.ctx, &o->is) ? XML_FAULT_NONE
						      : XML_FAULT_REFUSED;
}

/* A repository may be empty. */
static enum xml_fault
snapshot_done(struct xml *x)
{
	(void)x;
	return XML_FAULT_NONE;
}

/* A delta without a change is none (RFC 8182 section 3.5.4). */
static enum xml_fault
delta_done(struct xml *x)
{
	return x->elements > 0 ? XML_FAULT_NONE : XML_FAULT_MISSING;
}

const struct xml_form xml_form_snapshot = {
	.root = "snapshot",
	.start = snapshot_start,
	.text = object_text,
	.end = object_end,
	.done = snapshot_done,
};

const struct xml_form xml_form_delta = {
	.root = "delta",
	.start = delta_start,
	.text = object_text,
	.end = object_end,
	.done = delta_done,
};
