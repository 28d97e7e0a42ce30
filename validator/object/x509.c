/*
 * x509: the parts that certificates and CRLs share.
 *
 *	AlgorithmIdentifier  { OID, parameters }
 *	Name                 SEQUENCE OF SET OF { OID, string }
 *	Extension            { OID, critical DEFAULT FALSE, OCTET STRING }
 *	AuthorityKeyIdentifier  { [0] keyIdentifier, [1] ..., [2] ... }
 */
#include "validator/object/x509.h"

#include <string.h>

void
x509_algorithm(struct der *d, enum reject code)
{
	der_enter(d, DER_SEQUENCE);
	der_oid_is(d, OID_SHA256_WITH_RSA, code);
	der_check(d, der_next_is(d, DER_NULL), code);
	der_null(d);
	der_leave(d);
}

/* X.680 section 41.4: letters, digits, space and ' ( ) + , - . / : = ? */
static bool
is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9');

		if (!alnum && (c == '\0' || !strchr(" '()+,-./:=?", c)))
			return false;
	}
	return s.n > 0;
}

/* AttributeTypeAndValue ::= SEQUENCE { type OID, value }.  `seen` counts the
 * CommonNames and the serialNumbers. */
static void
read_attribute(struct der *d, const struct x509_name_codes *codes, bool utf8,
	unsigned seen[2])
{
	enum oid type;

	der_enter(d, DER_SEQUENCE);
	type = der_oid(d);
	der_check(d, type == OID_COMMON_NAME || type == OID_SERIAL_NUMBER,
		codes->form);
	seen[type == OID_SERIAL_NUMBER]++;
	if (utf8 && type == OID_COMMON_NAME &&
		der_next_is(d, DER_UTF8_STRING)) {
		der_take(d, DER_UTF8_STRING);
	} else if (der_check(d, der_next_is(d, DER_PRINTABLE_STRING),
			   codes->string)) {
		struct span s = der_take(d, DER_PRINTABLE_STRING);

		der_check(d, is_printable(s), codes->string);
	}
	der_leave(d);
}

struct span
x509_name(struct der *d, const struct x509_name_codes *codes, bool utf8)
{
	struct span whole = der_peek(d, DER_SEQUENCE);
	unsigned seen[2] = {0, 0};

	der_check(d, whole.n <= BOUND_NAME_OCTETS, codes->size);
	der_enter(d, DER_SEQUENCE);
	while (der_more(d)) {
		der_enter(d, DER_SET);
		der_check_set_order(d);
		der_check(d, der_more(d), codes->form);
		while (der_more(d))
			read_attribute(d, codes, utf8, seen);
		der_leave(d);
	}
	der_leave(d);
	der_check(d, seen[0] == 1 && seen[1] <= 1, codes->form);
	return whole;
}

enum oid
x509_enter_extension(struct der *d, bool *critical)
{
	enum oid oid;

	*critical = false;
	der_enter(d, DER_SEQUENCE);
	oid = der_oid(d);
	if (der_next_is(d, DER_BOOLEAN)) {
		*critical = der_boolean(d);
		der_check(d, *critical, REJECT_DER_DEFAULT);
	}
	der_enter(d, DER_OCTET_STRING);
	return oid;
}

void
x509_leave_extension(struct der *d)
{
	der_leave(d);
	der_leave(d);
}

void
x509_authority_key(struct der *d, const struct x509_key_id_codes *codes,
	uint8_t out[SHA1_SIZE])
{
	struct span id;

	der_enter(d, DER_SEQUENCE);
	der_check(d, der_next_is(d, DER_CONTEXT(0)), codes->form);
	id = der_take(d, DER_CONTEXT(0));
	if (der_check(d, id.n == SHA1_SIZE, codes->size))
		memcpy(out, id.p, SHA1_SIZE);
	der_check(d, !der_more(d), codes->form);
	der_leave(d);
}
