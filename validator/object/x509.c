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

#include "core/ascii.h"

void
x509_algorithm(struct der *d, enum reject code)
{
	der_enter(d, DER_SEQUENCE);
	der_oid_is(d, OID_SHA256_WITH_RSA, code);
	der_check(d, der_next_is(d, DER_NULL), code);
	der_null(d);
	der_leave(d);
}

void
x509_sha256(struct der *d, enum reject code)
{
	der_enter(d, DER_SEQUENCE);
	der_oid_is(d, OID_SHA256, code);
	if (der_more(d)) { /* published objects have both */
		der_check(d, der_next_is(d, DER_NULL), code);
		der_null(d);
	}
	der_leave(d);
}

/* X.680 section 41.4: letters, digits, space and '()+,-./:=? */
static const struct ascii_set printable = {
	0xa7fffb8100000000, 0x07fffffe07fffffe};

static bool
is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_has(printable, s.p[i]))
			return false;
	return s.n > 0;
}

/* How often each was seen in a name. */
struct name_count {
	unsigned common_names, serial_numbers;
};

/* AttributeTypeAndValue ::= SEQUENCE { type OID, value } */
static void
read_attribute(struct der *d, const struct x509_name_codes *codes,
	struct name_count *count)
{
	uint8_t tag = DER_PRINTABLE_STRING;
	enum oid type;
	struct span s;

	der_enter(d, DER_SEQUENCE);
	type = der_oid(d);
	der_check(d, type == OID_COMMON_NAME || type == OID_SERIAL_NUMBER,
		codes->form);
	if (type == OID_SERIAL_NUMBER) {
		count->serial_numbers++;
	} else {
		count->common_names++;
		if (der_next_is(d, DER_UTF8_STRING))
			tag = DER_UTF8_STRING;
	}
	der_check(d, der_next_is(d, tag), codes->string);
	s = der_take(d, tag);
	der_check(d, is_printable(s), codes->string);
	der_leave(d);
}

/* The profile wants a PrintableString.  Registries and CAs in use write their
 * names as UTF8String too, and their routes must not be lost for a tag; that
 * issuer and subject agree on it is x509_name_equal's. */
struct span
x509_name(struct der *d, const struct x509_name_codes *codes)
{
	struct span whole = der_peek(d, DER_SEQUENCE);
	struct name_count count = {0};

	der_check(d, whole.n <= BOUND_NAME_OCTETS, codes->size);
	der_enter(d, DER_SEQUENCE);
	while (der_more(d)) {
		der_enter(d, DER_SET);
		der_check_set_order(d);
		der_check(d, der_more(d), codes->form);
		while (der_more(d))
			read_attribute(d, codes, &count);
		der_leave(d);
	}
	der_leave(d);
	der_check(d, count.common_names == 1 && count.serial_numbers <= 1,
		codes->form);
	return whole;
}

/* The next attribute of both: type, and string but for its tag.  `serial` is
 * set for a serialNumber. */
static bool
attributes_are_equal(struct der *a, struct der *b, bool *serial)
{
	struct span x, y;
	enum oid type;
	bool equal;

	der_enter(a, DER_SEQUENCE);
	der_enter(b, DER_SEQUENCE);
	type = der_oid(a);
	equal = type == der_oid(b);
	*serial |= type == OID_SERIAL_NUMBER;
	x = der_skip(a);
	y = der_skip(b);
	if (x.n == 0 || y.n == 0)
		return false;
	equal = equal &&
		span_equal(
			span_of(x.p + 1, x.n - 1), span_of(y.p + 1, y.n - 1));
	der_leave(a);
	der_leave(b);
	return equal;
}

bool
x509_name_equal(struct span a, struct span b)
{
	bool equal = true, serial = false;
	struct der x, y;

	if (span_equal(a, b))
		return true;
	der_init(&x, a);
	der_init(&y, b);
	der_enter(&x, DER_SEQUENCE);
	der_enter(&y, DER_SEQUENCE);
	while (equal && der_more(&x) && der_more(&y)) {
		der_enter(&x, DER_SET);
		der_enter(&y, DER_SET);
		while (equal && der_more(&x) && der_more(&y))
			equal = attributes_are_equal(&x, &y, &serial);
		der_leave(&x);
		der_leave(&y);
	}
	return equal && serial && der_ok(&x) && der_ok(&y) && !der_more(&x) &&
		!der_more(&y);
}

/* A critical that is FALSE is the default and must be left out (X.690 11.5). */
void
x509_enter_extensions(struct der *d, struct span cert)
{
	der_init(d, cert);
	der_enter(d, DER_SEQUENCE);
	der_enter(d, DER_SEQUENCE);
	while (der_more(d) && !der_next_is(d, DER_CONSTRUCTED(3)))
		der_skip(d);
	der_enter(d, DER_CONSTRUCTED(3));
	der_enter(d, DER_SEQUENCE);
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

/* RFC 5280 section 4.2.1.1 has authorityCertIssuer and its serial number too;
 * RFC 6487 forbids both, so whatever follows is wrong. */
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
