/*
 * xml: expat fed block by block, and the root that all three files have.
 *
 *	pieces --> block of 64 KB --> expat --> root | form->start, text, end
 *
 * Expat keeps a tag until it has all of it, and looks at it again with every
 * block that comes; so blocks are filled before it gets them, and what it holds
 * back is limited.  It would also remember every name it has ever met: a name
 * that does not belong here ends the file at once, and prefixes are counted.
 *
 * A document type ends the file before anything in it is looked at: no entity
 * is ever defined, so none can be expanded or fetched.  No handler for outside
 * entities is set.
 */
#include "validator/fetch/xml.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "validator/fetch/xml_read.h"

enum {
	BLOCK = 65536,
	HELD_MAX = 65536, /* octets of one tag or comment; four attributes */
	PREFIXES_MAX = 8, /* of namespaces, declared in all; none is usual */
	ARENA_CHUNK = 16384,
};

static const char NAMESPACE[] = "http://www.ripe.net/rpki/rrdp";

static const char *const fault_names[XML_FAULTS] = {
#define XML_FAULT_NAME(name, word, text) word,
	XML_FAULT_TABLE(XML_FAULT_NAME)
#undef XML_FAULT_NAME
};

static const char *const fault_texts[XML_FAULTS] = {
#define XML_FAULT_TEXT(name, word, text) text,
	XML_FAULT_TABLE(XML_FAULT_TEXT)
#undef XML_FAULT_TEXT
};

const char *
xml_fault_name(enum xml_fault fault)
{
	return fault_names[fault];
}

const char *
xml_fault_text(enum xml_fault fault)
{
	return fault_texts[fault];
}

/* The first fault is kept, with its place; expat ends. */
static void
fail(struct xml *x, enum xml_fault fault)
{
	if (fault == XML_FAULT_NONE || x->fault != XML_FAULT_NONE)
		return;
	x->fault = fault;
	x->line = XML_GetCurrentLineNumber(x->parser);
	(void)XML_StopParser(x->parser, XML_FALSE);
}

/* The name without our namespace; NULL when it is of another. */
static const char *
local_name(const char *name)
{
	size_t n = sizeof(NAMESPACE) - 1;

	if (strncmp(name, NAMESPACE, n) != 0 || name[n] != ' ')
		return NULL;
	return name + n + 1;
}

/* Session and serial: noted of a notification, compared in the others, or noted
 * where none is expected. */
static enum xml_fault
root_of_file(struct xml *x, const char *session, uint64_t serial)
{
	if (x->list != NULL) {
		x->list->is.serial = serial;
		x->list->is.session =
			arena_text(x->arena, session, strlen(session));
		return x->list->is.session != NULL ? XML_FAULT_NONE
						   : XML_FAULT_MEMORY;
	}
	if (x->session[0] == '\0') {
		memcpy(x->session, session, strlen(session));
		x->serial = serial;
	}
	if (strcmp(session, x->session) != 0)
		return XML_FAULT_SESSION;
	return serial == x->serial ? XML_FAULT_NONE : XML_FAULT_SERIAL;
}

static enum xml_fault
root_start(struct xml *x, const char *name, const char **pairs)
{
	static const char *const names[] = {"version", "session_id", "serial"};
	const char *values[3];
	uint64_t serial;
	enum xml_fault fault;

	if (strcmp(name, x->form->root) != 0)
		return XML_FAULT_ELEMENT;
	fault = xml_pairs(pairs, names, values, 3);
	if (fault != XML_FAULT_NONE)
		return fault;
	if (values[0] == NULL || strcmp(values[0], "1") != 0)
		return XML_FAULT_VERSION;
	fault = xml_session(values[1]);
	if (fault == XML_FAULT_NONE)
		fault = xml_serial(values[2], &serial);
	return fault == XML_FAULT_NONE ? root_of_file(x, values[1], serial)
				       : fault;
}

/* Expat's callbacks. */

static void
on_start(void *ctx, const char *expanded, const char **pairs)
{
	struct xml *x = ctx;
	const char *name = local_name(expanded);

	if (x->fault != XML_FAULT_NONE)
		return;
	x->depth++;
	if (x->depth >= BOUND_RRDP_DEPTH) {
		fail(x, XML_FAULT_DEPTH);
	} else if (name == NULL) {
		fail(x, XML_FAULT_NAMESPACE);
	} else if (x->depth == 1) {
		fail(x, root_start(x, name, pairs));
	} else {
		x->elements++;
		fail(x, x->form->start(x, name, pairs));
	}
}

static void
on_end(void *ctx, const char *expanded)
{
	struct xml *x = ctx;

	(void)expanded;
	if (x->fault != XML_FAULT_NONE)
		return;
	if (x->depth == 2)
		fail(x, x->form->end(x));
	x->depth--;
}

static void
on_text(void *ctx, const char *text, int n)
{
	struct xml *x = ctx;

	if (x->fault == XML_FAULT_NONE)
		fail(x, x->form->text(x, span_of(text, (size_t)n)));
}

/* What is not ASCII was refused already, so any superset of it will do. */
static void
on_declaration(
	void *ctx, const char *version, const char *encoding, int standalone)
{
	(void)version;
	(void)standalone;
	if (encoding != NULL && strcasecmp(encoding, "US-ASCII") != 0 &&
		strcasecmp(encoding, "ASCII") != 0 &&
		strcasecmp(encoding, "UTF-8") != 0)
		fail(ctx, XML_FAULT_ENCODING);
}

static void
on_doctype(void *ctx, const char *name, const char *system, const char *public,
	int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	fail(ctx, XML_FAULT_DOCTYPE);
}

static void
on_instruction(void *ctx, const char *target, const char *data)
{
	(void)target;
	(void)data;
	fail(ctx, XML_FAULT_INSTRUCTION);
}

/* Whose namespace it is shows when an element uses it; but expat never forgets
 * a prefix. */
static void
on_namespace(void *ctx, const char *prefix, const char *uri)
{
	struct xml *x = ctx;

	(void)uri;
	if (prefix != NULL && ++x->prefixes > PREFIXES_MAX)
		fail(x, XML_FAULT_COUNT);
}

/* Expat's errors as ours; those without a row are of syntax. */
static enum xml_fault
fault_of(enum XML_Error error)
{
	static const struct {
		enum XML_Error error;
		enum xml_fault fault;
	} rows[] = {
		{XML_ERROR_NO_MEMORY, XML_FAULT_MEMORY},
		{XML_ERROR_DUPLICATE_ATTRIBUTE, XML_FAULT_ATTRIBUTE},
		{XML_ERROR_UNDEFINED_ENTITY, XML_FAULT_DOCTYPE},
		{XML_ERROR_AMPLIFICATION_LIMIT_BREACH, XML_FAULT_DOCTYPE},
		{XML_ERROR_UNKNOWN_ENCODING, XML_FAULT_ENCODING},
		{XML_ERROR_INCORRECT_ENCODING, XML_FAULT_ENCODING},
		{XML_ERROR_UNBOUND_PREFIX, XML_FAULT_NAMESPACE},
		{XML_ERROR_UNDECLARING_PREFIX, XML_FAULT_NAMESPACE},
		{XML_ERROR_RESERVED_PREFIX_XML, XML_FAULT_NAMESPACE},
		{XML_ERROR_RESERVED_PREFIX_XMLNS, XML_FAULT_NAMESPACE},
		{XML_ERROR_RESERVED_NAMESPACE_URI, XML_FAULT_NAMESPACE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error)
			return rows[i].fault;
	return XML_FAULT_SYNTAX;
}

/* Octets of a tag or comment whose end expat has not seen yet. */
static uint64_t
held(const struct xml *x)
{
	XML_Index at = XML_GetCurrentByteIndex(x->parser);

	return at >= 0 && (uint64_t)at <= x->fed ? x->fed - (uint64_t)at : 0;
}

/* Give expat what the block holds. */
static void
flush(struct xml *x, bool final)
{
	size_t n = x->filled;

	x->block = NULL;
	x->filled = 0;
	x->fed += n;
	if (XML_ParseBuffer(x->parser, (int)n, final) == XML_STATUS_ERROR)
		fail(x, fault_of(XML_GetErrorCode(x->parser)));
	else if (!final && held(x) > HELD_MAX)
		fail(x, XML_FAULT_SIZE);
}

/* A block to fill; false out of memory. */
static bool
block_get(struct xml *x)
{
	if (x->block == NULL)
		x->block = XML_GetBuffer(x->parser, BLOCK);
	return x->block != NULL;
}

/* How many octets there are before the first that is not ASCII, or is NUL:
 * other encodings of XML have at least one.  Every octet passes here, so eight
 * go at once: taking one from each sets the high bit of none but a NUL. */
static size_t
ascii_length(struct span s)
{
	const uint64_t ones = 0x0101010101010101;
	size_t i = 0;

	for (; i + sizeof(ones) <= s.n; i += sizeof(ones)) {
		uint64_t word;

		memcpy(&word, s.p + i, sizeof(word));
		if (((word | (word - ones)) & ones << 7) != 0)
			break;
	}
	while (i < s.n && s.p[i] != '\0' && s.p[i] < 0x80)
		i++;
	return i;
}

enum xml_fault
xml_feed(struct xml *x, struct span octets)
{
	size_t good = ascii_length(octets);
	bool foreign = good < octets.n;

	octets.n = good;
	while (octets.n > 0 && x->fault == XML_FAULT_NONE) {
		size_t n;

		if (!block_get(x)) {
			fail(x, XML_FAULT_MEMORY);
			break;
		}
		n = BLOCK - x->filled < octets.n ? BLOCK - x->filled : octets.n;
		memcpy(x->block + x->filled, octets.p, n);
		x->filled += n;
		octets = span_of(octets.p + n, octets.n - n);
		if (x->filled == BLOCK)
			flush(x, false);
	}
	/* What stands before it comes first, however it was cut into pieces. */
	if (foreign && x->fault == XML_FAULT_NONE) {
		if (x->filled > 0)
			flush(x, false);
		fail(x, XML_FAULT_ENCODING);
	}
	return x->fault;
}

enum xml_fault
xml_end(struct xml *x)
{
	if (x->fault != XML_FAULT_NONE)
		return x->fault;
	if (block_get(x))
		flush(x, true);
	else
		fail(x, XML_FAULT_MEMORY);
	if (x->fault == XML_FAULT_NONE)
		fail(x, x->form->done(x));
	return x->fault;
}

uint64_t
xml_line(const struct xml *x)
{
	return x->line;
}

const struct xml_notification *
xml_notification_get(const struct xml *x)
{
	return &x->list->is;
}

static bool
parser_init(struct xml *x)
{
	XML_Parser p = XML_ParserCreateNS(NULL, ' ');

	if (p == NULL)
		return false;
	x->parser = p;
	XML_SetUserData(p, x);
	XML_SetElementHandler(p, on_start, on_end);
	XML_SetCharacterDataHandler(p, on_text);
	XML_SetXmlDeclHandler(p, on_declaration);
	XML_SetStartDoctypeDeclHandler(p, on_doctype);
	XML_SetProcessingInstructionHandler(p, on_instruction);
	XML_SetStartNamespaceDeclHandler(p, on_namespace);
	return true;
}

static struct xml *
xml_new(const struct xml_form *form)
{
	struct xml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->form = form;
	if (parser_init(x))
		return x;
	xml_free(x);
	return NULL;
}

struct xml *
xml_notification_new(void)
{
	struct xml *x = xml_new(&xml_form_notification);

	if (x == NULL)
		return NULL;
	x->list = calloc(1, sizeof(*x->list));
	x->arena = arena_new(ARENA_CHUNK);
	if (x->list != NULL && x->arena != NULL)
		return x;
	xml_free(x);
	return NULL;
}

/* A snapshot or delta. */
static struct xml *
xml_new_objects(const struct xml_form *form, const char *session,
	uint64_t serial, const struct xml_calls *calls)
{
	struct xml *x = xml_new(form);
	size_t n = strnlen(session, sizeof(x->session) - 1);

	if (x == NULL)
		return NULL;
	memcpy(x->session, session, n);
	x->serial = serial;
	x->calls = *calls;
	x->object = calloc(1, sizeof(*x->object));
	if (x->object != NULL)
		return x;
	xml_free(x);
	return NULL;
}

struct xml *
xml_snapshot_new(
	const char *session, uint64_t serial, const struct xml_calls *calls)
{
	return xml_new_objects(&xml_form_snapshot, session, serial, calls);
}

struct xml *
xml_delta_new(
	const char *session, uint64_t serial, const struct xml_calls *calls)
{
	return xml_new_objects(&xml_form_delta, session, serial, calls);
}

const char *
xml_root(const struct xml *x, uint64_t *serial)
{
	*serial = x->serial;
	return x->session;
}

void
xml_free(struct xml *x)
{
	if (x == NULL)
		return;
	if (x->parser != NULL)
		XML_ParserFree(x->parser);
	if (x->object != NULL)
		base64_fini(&x->object->base64);
	free(x->object);
	free(x->list);
	arena_free(x->arena);
	free(x);
}
