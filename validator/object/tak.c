/*
 * tak: reading trust anchor keys (RFC 9691 section 2).
 *
 *	TAK ::= SEQUENCE {
 *	  version          INTEGER DEFAULT 0,   so never there in DER
 *	  current          TAKey,
 *	  predecessor  [0] TAKey OPTIONAL,
 *	  successor    [1] TAKey OPTIONAL }
 *
 *	TAKey ::= SEQUENCE {
 *	  comments         SEQUENCE SIZE (0..MAX) OF UTF8String,
 *	  certificateURIs  SEQUENCE SIZE (1..MAX) OF IA5String,
 *	  subjectPublicKeyInfo }
 *
 * Tags are explicit.  A key must be one that a trust anchor of today could
 * have, or there would be nothing to switch to.
 */
#include "validator/object/tak.h"

#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "validator/object/der.h"

/* How many values follow in the one entered. */
static size_t
count_values(const struct der *d)
{
	struct der at = *d;
	size_t n = 0;

	for (; der_more(&at); n++)
		der_skip(&at);
	return n;
}

/* All values that follow in the one entered, each of this type. */
static const struct span *
read_list(struct der *d, uint8_t tag, struct arena *arena, size_t *count)
{
	size_t room = count_values(d), n = 0;
	struct span *list = arena_array(arena, room, sizeof(*list));

	if (list == NULL)
		abort(); /* out of memory: the validator is disposable */
	while (der_more(d) && n < room)
		list[n++] = der_take(d, tag);
	*count = n;
	return list;
}

/* Section 2.2.2: as in a locator, an rsync or https URI. */
static bool
is_place(struct span text)
{
	struct uri uri;

	return uri_parse(text, &uri) == URI_GOOD &&
		(uri.scheme == URI_RSYNC || uri.scheme == URI_HTTPS);
}

static void
read_key(struct der *d, struct arena *arena, struct tak_key *out)
{
	struct span bits;
	enum reject code;

	der_enter(d, DER_SEQUENCE);
	der_enter(d, DER_SEQUENCE);
	out->comments =
		read_list(d, DER_UTF8_STRING, arena, &out->comment_count);
	der_leave(d);
	der_enter(d, DER_SEQUENCE);
	out->uris = read_list(d, DER_IA5_STRING, arena, &out->uri_count);
	der_leave(d);
	der_check(d, out->uri_count > 0, REJECT_TAK_URI_MISSING);
	for (size_t i = 0; i < out->uri_count && der_ok(d); i++)
		der_check(d, is_place(out->uris[i]), REJECT_TAK_URI);
	out->spki = der_element(d, DER_SEQUENCE);
	der_leave(d);
	if (!der_ok(d))
		return;
	code = key_check(out->spki, KEY_RSA, &bits);
	der_check(d, code == REJECT_NONE, code);
}

static bool
read_optional_key(
	struct der *d, uint8_t tag, struct arena *arena, struct tak_key *out)
{
	if (!der_next_is(d, tag))
		return false;
	der_enter(d, tag);
	read_key(d, arena, out);
	der_leave(d);
	return true;
}

static enum reject
read_tak(struct span content, struct arena *arena, struct tak *out)
{
	struct der d;

	der_init(&d, content);
	der_enter(&d, DER_SEQUENCE);
	der_check(&d, !der_next_is(&d, DER_INTEGER), REJECT_TAK_VERSION);
	read_key(&d, arena, &out->current);
	out->has_predecessor = read_optional_key(
		&d, DER_CONSTRUCTED(0), arena, &out->predecessor);
	out->has_successor = read_optional_key(
		&d, DER_CONSTRUCTED(1), arena, &out->successor);
	der_leave(&d);
	return der_done(&d);
}

enum reject
tak_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct tak *out)
{
	const struct cms_want want = {OBJECT_TAK, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code == REJECT_NONE)
		code = read_tak(out->cms.content, arena, out);
	/* RFC 9691 section 3: whatever is there */
	if (code == REJECT_NONE &&
		!resources_inherit_all(&out->cms.ee.resources))
		code = REJECT_TAK_RESOURCES;
	return code;
}
