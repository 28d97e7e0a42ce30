/*
 * xml_field: the values of attributes, each by its own rule.
 *
 * RFC 8182's schema says what an element may have and no more, so an attribute
 * that it does not name is refused.  Where the schema is wider than any use,
 * the limits are ours: serials of 19 digits, hashes of SHA-256, sessions of 255
 * characters (the field has others than UUIDs).
 */
#include <string.h>

#include "core/text.h"
#include "validator/fetch/xml_read.h"

enum {
	SERIAL_DIGITS = 19, /* of 2^63 - 1 */
	HASH_DIGITS = 64,
};

/* Which of `names` an attribute is, or `count`. */
static size_t
name_find(const char *name, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

enum xml_fault
xml_pairs(const char **pairs, const char *const *names, const char **values,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		values[i] = NULL;
	for (; pairs[0] != NULL; pairs += 2) {
		size_t i = name_find(pairs[0], names, count);

		/* Expat refuses what is there twice. */
		if (i == count)
			return XML_FAULT_ATTRIBUTE;
		if (strnlen(pairs[1], BOUND_RRDP_ATTRIBUTE + 1) >
			BOUND_RRDP_ATTRIBUTE)
			return XML_FAULT_SIZE;
		values[i] = pairs[1];
	}
	return XML_FAULT_NONE;
}

enum xml_fault
xml_serial(const char *value, uint64_t *out)
{
	uint64_t serial;

	if (value == NULL)
		return XML_FAULT_ATTRIBUTE;
	if (strlen(value) > SERIAL_DIGITS ||
		text_number(value, 1, INT64_MAX, &serial) != 0)
		return XML_FAULT_SERIAL;
	*out = serial;
	return XML_FAULT_NONE;
}

enum xml_fault
xml_hash(const char *value, uint8_t out[32])
{
	if (value == NULL)
		return XML_FAULT_ATTRIBUTE;
	if (strlen(value) != HASH_DIGITS)
		return XML_FAULT_HASH;
	for (size_t i = 0; i < HASH_DIGITS; i += 2) {
		int high = text_hex_digit((uint8_t)value[i]);
		int low = text_hex_digit((uint8_t)value[i + 1]);

		if (high < 0 || low < 0)
			return XML_FAULT_HASH;
		out[i / 2] = (uint8_t)(high * 16 + low);
	}
	return XML_FAULT_NONE;
}

enum xml_fault
xml_session(const char *value)
{
	size_t n = 0;

	if (value == NULL)
		return XML_FAULT_ATTRIBUTE;
	while (value[n] > ' ' && value[n] < 0x7f && n <= BOUND_RRDP_SESSION)
		n++;
	return n > 0 && n <= BOUND_RRDP_SESSION && value[n] == '\0'
		? XML_FAULT_NONE
		: XML_FAULT_SESSION;
}

/* An object lies below a module and has a name. */
static bool
names_object(const struct uri *u)
{
	return u->path.n > 0 && u->path.p[u->path.n - 1] != '/' &&
		memchr(u->path.p, '/', u->path.n) != NULL;
}

enum xml_fault
xml_uri(const char *value, enum uri_scheme scheme)
{
	struct uri u;

	if (value == NULL)
		return XML_FAULT_ATTRIBUTE;
	if (uri_parse(span_text(value), &u) != URI_GOOD || u.scheme != scheme)
		return XML_FAULT_URI;
	if (scheme == URI_RSYNC && !names_object(&u))
		return XML_FAULT_URI;
	return XML_FAULT_NONE;
}

bool
xml_is_blank(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ' && text.p[i] != '\n' &&
			text.p[i] != '\t' && text.p[i] != '\r')
			return false;
	return true;
}
