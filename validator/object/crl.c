/*
 * crl: parsing and asking a certificate revocation list.
 *
 *	CertificateList ::= SEQUENCE {
 *	  tbsCertList  SEQUENCE {
 *	    version              INTEGER 1, which is v2
 *	    signature            AlgorithmIdentifier
 *	    issuer               Name
 *	    thisUpdate           Time
 *	    nextUpdate           Time
 *	    revokedCertificates  SEQUENCE OF { serial, date } OPTIONAL
 *	    crlExtensions    [0] authority key identifier, CRL number }
 *	  signatureAlgorithm   AlgorithmIdentifier
 *	  signatureValue       BIT STRING }
 *
 * The entries come in any order and may be many; they are sorted once, so that
 * each certificate of the publication point costs a binary search.
 */
#include "validator/object/crl.h"

#include <stdlib.h>

#include "validator/object/der.h"
#include "validator/object/x509.h"

enum {
	VERSION_2 = 1,
	ENTRY_MIN = 20, /* octets: 30 12 02 01 xx 17 0d and 13 of a time */
};

enum {
	SEEN_AKI = 1 << 0,
	SEEN_NUMBER = 1 << 1,
};

static const struct x509_name_codes issuer_codes = {
	.form = REJECT_CRL_ISSUER_FORM,
	.string = REJECT_CRL_ISSUER_STRING,
	.size = REJECT_CRL_ISSUER_SIZE,
};

static const struct x509_key_id_codes aki_codes = {
	.form = REJECT_CRL_AKI_FORM,
	.size = REJECT_CRL_AKI_SIZE,
};

/* Numbers of 0 and more in their shortest form: the longer is the greater. */
static int
compare_serials(struct span a, struct span b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return span_compare(a, b);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct crl_entry *x = a, *y = b;

	return compare_serials(x->serial, y->serial);
}

static void
read_entry(struct der *d, struct crl_entry *entry)
{
	der_enter(d, DER_SEQUENCE);
	entry->serial = der_natural(d, REJECT_CRL_ENTRY_SERIAL);
	entry->revoked = der_time(d);
	der_check(d, !der_more(d), REJECT_CRL_ENTRY_EXTENSION);
	der_leave(d);
}

/* RFC 5280 section 5.1.2.6 wants an empty list left out; issuers in use write
 * it all the same. */
static void
read_entries(struct der *d, struct arena *arena, struct crl *out)
{
	struct crl_entry *entries;
	bool ascending = true;
	size_t room, n = 0;

	room = der_peek(d, DER_SEQUENCE).n / ENTRY_MIN + 1;
	entries = arena_array(arena, room, sizeof(*entries));
	if (entries == NULL)
		abort(); /* out of memory: the validator is disposable */
	der_enter(d, DER_SEQUENCE);
	while (der_more(d) && n < room) {
		read_entry(d, &entries[n]);
		if (n > 0 && compare_entries(&entries[n - 1], &entries[n]) > 0)
			ascending = false;
		n++;
	}
	der_leave(d);
	if (der_ok(d) && !ascending)
		qsort(entries, n, sizeof(*entries), compare_entries);
	out->revoked = entries;
	out->revoked_count = n;
}

static void
read_extension(struct der *d, unsigned *seen, struct crl *out)
{
	bool critical;
	enum oid oid = x509_enter_extension(d, &critical);
	unsigned bit = oid == OID_AUTHORITY_KEY_ID ? SEEN_AKI : SEEN_NUMBER;

	if (oid != OID_AUTHORITY_KEY_ID && oid != OID_CRL_NUMBER)
		der_fail(d, REJECT_CRL_EXTENSION_UNKNOWN);
	der_check(d, (*seen & bit) == 0, REJECT_CRL_EXTENSION_TWICE);
	*seen |= bit;
	if (bit == SEEN_AKI) {
		der_check(d, !critical, REJECT_CRL_AKI_CRITICAL);
		x509_authority_key(d, &aki_codes, out->aki);
	} else {
		der_check(d, !critical, REJECT_CRL_NUMBER_CRITICAL);
		out->number = der_natural(d, REJECT_CRL_NUMBER_RANGE);
	}
	x509_leave_extension(d);
}

static void
read_extensions(struct der *d, struct crl *out)
{
	unsigned seen = 0;

	if (der_more(d)) {
		der_enter(d, DER_CONSTRUCTED(0));
		der_enter(d, DER_SEQUENCE);
		while (der_more(d))
			read_extension(d, &seen, out);
		der_leave(d);
		der_leave(d);
	}
	der_check(d, (seen & SEEN_AKI) != 0, REJECT_CRL_AKI_MISSING);
	der_check(d, (seen & SEEN_NUMBER) != 0, REJECT_CRL_NUMBER_MISSING);
}

static void
read_times(struct der *d, struct crl *out)
{
	out->this_update = der_time(d);
	der_check(d,
		der_next_is(d, DER_UTC_TIME) ||
			der_next_is(d, DER_GENERALIZED_TIME),
		REJECT_CRL_NEXT_UPDATE);
	out->next_update = der_time(d);
	der_check(d, out->next_update.s > out->this_update.s,
		REJECT_CRL_TIME_ORDER);
}

static void
read_tbs(struct der *d, struct arena *arena, struct crl *out)
{
	out->tbs = der_peek(d, DER_SEQUENCE);
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_next_is(d, DER_INTEGER), REJECT_CRL_VERSION);
	der_check(d, der_number(d, VERSION_2, REJECT_CRL_VERSION) == VERSION_2,
		REJECT_CRL_VERSION);
	x509_algorithm(d, REJECT_CRL_ALGORITHM);
	out->issuer = x509_name(d, &issuer_codes);
	read_times(d, out);
	if (der_next_is(d, DER_SEQUENCE))
		read_entries(d, arena, out);
	read_extensions(d, out);
	der_leave(d);
}

enum reject
crl_parse(struct span der, struct arena *arena, struct crl *out)
{
	struct der d;

	*out = (struct crl){.der = der};
	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	read_tbs(&d, arena, out);
	x509_algorithm(&d, REJECT_CRL_OUTER_ALGORITHM);
	out->signature = der_bit_octets(&d);
	der_leave(&d);
	return der_done(&d);
}

bool
crl_revokes(const struct crl *crl, struct span serial)
{
	size_t low = 0, high = crl->revoked_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
			compare_serials(serial, crl->revoked[middle].serial);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
