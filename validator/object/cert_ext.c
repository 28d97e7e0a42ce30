/*
 * cert_ext: which extensions a certificate has, and what they say.
 *
 *	                     critical   TA      CA      EE      router
 *	basicConstraints     yes        must    must    -       -
 *	subjectKeyIdentifier no         must    must    must    must
 *	authorityKeyId       no         may     must    must    must
 *	keyUsage             yes        must    must    must    must
 *	extKeyUsage          no         -       -       -       must
 *	cRLDistributionPts   no         -       must    must    must
 *	authorityInfoAccess  no         -       must    must    must
 *	subjectInfoAccess    no         must    must    must    -
 *	certificatePolicies  yes        must    must    must    must
 *	ipAddrBlocks         yes        may     may     may     -
 *	autonomousSysIds     yes        may     may     may     must
 *
 * One of the last two must be there.  The EE certificate of a checklist is as
 * any other, but has no subjectInfoAccess (RFC 9323 section 2).
 *
 * Section 8 of RFC 6487 permits CAs no others; but of those, section 4.8 has a
 * validator refuse only the critical ones, and lets it ignore the rest.  So we
 * do: a whole subtree must not be lost for a remark.  None may be there twice.
 * The resources of RFC 8360 are no remark, and are refused by their name.
 */
#include "validator/object/cert_ext.h"

#include <string.h>

#include "validator/object/cert_uri.h"
#include "validator/object/x509.h"
#include "waymark/bounds.h"

enum presence {
	MUST,
	MAY,
	NOT,
};

enum {
	ROLES = CERT_CHECKLIST + 1
};

struct extension {
	enum oid oid;
	bool critical;
	enum presence presence[ROLES]; /* by enum cert_role */
	enum reject wrong_critical;
	enum reject missing; /* NONE where no role must have it */
	enum reject forbidden; /* NONE where every role may have it */
	void (*read)(struct der *d, struct arena *arena, struct cert *out);
};

static const struct x509_key_id_codes aki_codes = {
	.form = REJECT_CERT_AKI_FORM,
	.size = REJECT_CERT_AKI_SIZE,
};

static bool
is_ca(const struct cert *cert)
{
	return cert->role == CERT_TA || cert->role == CERT_CA;
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE,
 *	pathLenConstraint INTEGER OPTIONAL } */
static void
read_basic_constraints(struct der *d, struct arena *arena, struct cert *out)
{
	(void)arena;
	(void)out;
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_next_is(d, DER_BOOLEAN),
		REJECT_CERT_BASIC_CONSTRAINTS_CA);
	der_check(d, der_boolean(d), REJECT_CERT_BASIC_CONSTRAINTS_CA);
	der_check(d, !der_more(d), REJECT_CERT_BASIC_CONSTRAINTS_PATH);
	der_leave(d);
}

static void
read_ski(struct der *d, struct arena *arena, struct cert *out)
{
	struct span id = der_octets(d);

	(void)arena;
	if (der_check(d, id.n == SHA1_SIZE, REJECT_CERT_SKI_SIZE))
		der_check(d, memcmp(id.p, out->ski, SHA1_SIZE) == 0,
			REJECT_CERT_SKI_HASH);
}

static void
read_aki(struct der *d, struct arena *arena, struct cert *out)
{
	(void)arena;
	x509_authority_key(d, &aki_codes, out->aki);
	out->has_aki = true;
	if (der_ok(d) && out->role == CERT_TA)
		der_check(d, memcmp(out->aki, out->ski, SHA1_SIZE) == 0,
			REJECT_CERT_AKI_SELF);
}

/* KeyUsage is a BIT STRING without zeros at its end: bit 0 digitalSignature;
 * bit 5 keyCertSign and bit 6 cRLSign. */
static void
read_key_usage(struct der *d, struct arena *arena, struct cert *out)
{
	struct der_bits bits = der_bit_string(d);
	uint8_t octet = is_ca(out) ? 0x06 : 0x80;
	unsigned unused = is_ca(out) ? 1 : 7;

	(void)arena;
	der_check(d,
		bits.octets.n == 1 && bits.octets.p[0] == octet &&
			bits.unused == unused,
		REJECT_CERT_KEY_USAGE_BITS);
}

/* RFC 8209 section 3.1.3.2: other purposes may be there too. */
static void
read_eku(struct der *d, struct arena *arena, struct cert *out)
{
	bool router = false;

	(void)arena;
	(void)out;
	der_enter(d, DER_SEQUENCE);
	while (der_more(d))
		if (der_oid(d) == OID_EKU_BGPSEC_ROUTER)
			router = true;
	der_leave(d);
	der_check(d, router, REJECT_CERT_EKU_ROUTER);
}

static void
read_crldp(struct der *d, struct arena *arena, struct cert *out)
{
	(void)arena;
	cert_read_crldp(d, out);
}

static void
read_aia(struct der *d, struct arena *arena, struct cert *out)
{
	(void)arena;
	cert_read_aia(d, out);
}

static void
read_sia(struct der *d, struct arena *arena, struct cert *out)
{
	(void)arena;
	cert_read_sia(d, out);
}

/* PolicyInformation ::= SEQUENCE { policyIdentifier,
 *	policyQualifiers SEQUENCE OF { id-qt-cps, IA5String } OPTIONAL } */
static void
read_policies(struct der *d, struct arena *arena, struct cert *out)
{
	enum oid oid;

	(void)arena;
	(void)out;
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CERT_POLICIES_COUNT);
	der_enter(d, DER_SEQUENCE);
	oid = der_oid(d);
	der_check(d, oid != OID_POLICY_RPKI_V2, REJECT_CERT_RECONSIDERED);
	der_check(d, oid == OID_POLICY_RPKI, REJECT_CERT_POLICIES_OID);
	if (der_more(d)) {
		der_enter(d, DER_SEQUENCE);
		der_check(d, der_more(d), REJECT_CERT_POLICIES_QUALIFIER);
		der_enter(d, DER_SEQUENCE);
		der_oid_is(
			d, OID_QUALIFIER_CPS, REJECT_CERT_POLICIES_QUALIFIER);
		der_take(d, DER_IA5_STRING);
		der_leave(d);
		der_check(d, !der_more(d), REJECT_CERT_POLICIES_QUALIFIER);
		der_leave(d);
	}
	der_leave(d);
	der_check(d, !der_more(d), REJECT_CERT_POLICIES_COUNT);
	der_leave(d);
}

static void
read_ip(struct der *d, struct arena *arena, struct cert *out)
{
	struct span value = der_rest(d);
	enum reject code;

	if (!der_ok(d))
		return;
	code = resources_parse_ip(value, arena, &out->resources);
	der_check(d, code == REJECT_NONE, code);
}

static void
read_asn(struct der *d, struct arena *arena, struct cert *out)
{
	struct span value = der_rest(d);
	enum reject code;

	if (!der_ok(d))
		return;
	code = resources_parse_asn(value, arena, &out->resources);
	der_check(d, code == REJECT_NONE, code);
}

/* By enum cert_role: TA, CA, EE, router, checklist. */
static const struct extension extensions[] = {
	{OID_BASIC_CONSTRAINTS, true, {MUST, MUST, NOT, NOT, NOT},
		REJECT_CERT_BASIC_CONSTRAINTS_CRITICAL,
		REJECT_CERT_BASIC_CONSTRAINTS_MISSING,
		REJECT_CERT_BASIC_CONSTRAINTS_FORBIDDEN,
		read_basic_constraints},
	{OID_SUBJECT_KEY_ID, false, {MUST, MUST, MUST, MUST, MUST},
		REJECT_CERT_SKI_CRITICAL, REJECT_CERT_SKI_MISSING, REJECT_NONE,
		read_ski},
	{OID_AUTHORITY_KEY_ID, false, {MAY, MUST, MUST, MUST, MUST},
		REJECT_CERT_AKI_CRITICAL, REJECT_CERT_AKI_MISSING, REJECT_NONE,
		read_aki},
	{OID_KEY_USAGE, true, {MUST, MUST, MUST, MUST, MUST},
		REJECT_CERT_KEY_USAGE_CRITICAL, REJECT_CERT_KEY_USAGE_MISSING,
		REJECT_NONE, read_key_usage},
	{OID_EXTENDED_KEY_USAGE, false, {NOT, NOT, NOT, MUST, NOT},
		REJECT_CERT_EKU_CRITICAL, REJECT_CERT_EKU_ROUTER,
		REJECT_CERT_EKU_FORBIDDEN, read_eku},
	{OID_CRL_DISTRIBUTION_POINTS, false, {NOT, MUST, MUST, MUST, MUST},
		REJECT_CERT_CRLDP_CRITICAL, REJECT_CERT_CRLDP_MISSING,
		REJECT_CERT_CRLDP_FORBIDDEN, read_crldp},
	{OID_AUTHORITY_INFO_ACCESS, false, {NOT, MUST, MUST, MUST, MUST},
		REJECT_CERT_AIA_CRITICAL, REJECT_CERT_AIA_MISSING,
		REJECT_CERT_AIA_FORBIDDEN, read_aia},
	{OID_SUBJECT_INFO_ACCESS, false, {MUST, MUST, MUST, NOT, NOT},
		REJECT_CERT_SIA_CRITICAL, REJECT_CERT_SIA_MISSING,
		REJECT_CERT_SIA_FORBIDDEN, read_sia},
	{OID_CERTIFICATE_POLICIES, true, {MUST, MUST, MUST, MUST, MUST},
		REJECT_CERT_POLICIES_CRITICAL, REJECT_CERT_POLICIES_MISSING,
		REJECT_NONE, read_policies},
	{OID_IP_ADDR_BLOCKS, true, {MAY, MAY, MAY, NOT, MAY},
		REJECT_CERT_IP_CRITICAL, REJECT_NONE, REJECT_CERT_IP_FORBIDDEN,
		read_ip},
	{OID_AUTONOMOUS_SYS_IDS, true, {MAY, MAY, MAY, MUST, MAY},
		REJECT_CERT_ASN_CRITICAL, REJECT_CERT_RESOURCES_MISSING,
		REJECT_NONE, read_asn},
};

enum {
	EXTENSIONS = sizeof(extensions) / sizeof(extensions[0])
};

/* The extensions of one certificate so far. */
struct seen {
	unsigned rows; /* of the table, as bits */
	struct span others[BOUND_EXTENSIONS]; /* their OIDs */
	size_t other_count;
};

/* The OID of an Extension, as encoded. */
static struct span
oid_of(struct span extension)
{
	struct der d;

	der_init(&d, extension);
	der_enter(&d, DER_SEQUENCE);
	return der_take(&d, DER_OID);
}

/* What it says is not for us to know, only that it says it once. */
static void
ignore_extension(struct der *d, struct span oid, struct seen *seen)
{
	size_t i;

	for (i = 0; i < seen->other_count; i++)
		der_check(d, !span_equal(seen->others[i], oid),
			REJECT_CERT_EXTENSION_TWICE);
	if (der_check(d, seen->other_count < BOUND_EXTENSIONS,
		    REJECT_CERT_EXTENSION_COUNT))
		seen->others[seen->other_count++] = oid;
	der_rest(d);
}

static void
read_extension(
	struct der *d, struct seen *seen, struct arena *arena, struct cert *out)
{
	struct span whole = der_peek(d, DER_SEQUENCE);
	const struct extension *e;
	bool critical;
	enum oid oid = x509_enter_extension(d, &critical);
	int i = 0;

	while (i < EXTENSIONS && extensions[i].oid != oid)
		i++;
	/* RFC 8360 lets a CA hold more than its own CA does.  Nobody issues
	 * so, and taken for what it is not, or ignored, it would give away
	 * what a strict reading refuses. */
	der_check(d,
		oid != OID_IP_ADDR_BLOCKS_V2 &&
			oid != OID_AUTONOMOUS_SYS_IDS_V2,
		REJECT_CERT_RECONSIDERED);
	if (i == EXTENSIONS) {
		if (der_check(d, !critical, REJECT_CERT_EXTENSION_UNKNOWN))
			ignore_extension(d, oid_of(whole), seen);
		x509_leave_extension(d);
		return;
	}
	e = &extensions[i];
	der_check(d, (seen->rows & 1u << i) == 0, REJECT_CERT_EXTENSION_TWICE);
	seen->rows |= 1u << i;
	der_check(d, e->presence[out->role] != NOT, e->forbidden);
	der_check(d, critical == e->critical, e->wrong_critical);
	if (der_ok(d))
		e->read(d, arena, out);
	x509_leave_extension(d);
}

/* What the two resource extensions must say together. */
static void
check_resources(struct der *d, const struct cert *cert)
{
	const struct resources *r = &cert->resources;

	der_check(d, r->has_ip || r->has_asn, REJECT_CERT_RESOURCES_MISSING);
	if (cert->role == CERT_TA || cert->role == CERT_ROUTER)
		der_check(d, !resources_inherit_any(r),
			REJECT_CERT_RESOURCES_INHERIT);
	if (der_ok(d) && cert->role == CERT_ROUTER)
		der_check(d,
			r->asn_count == 1 && r->asn[0].min == r->asn[0].max,
			REJECT_CERT_ASN_COUNT);
}

void
cert_read_extensions(struct der *d, struct arena *arena, struct cert *out)
{
	struct seen seen = {0};

	der_enter(d, DER_CONSTRUCTED(3));
	der_enter(d, DER_SEQUENCE);
	while (der_more(d))
		read_extension(d, &seen, arena, out);
	der_leave(d);
	der_leave(d);
	for (int i = 0; i < EXTENSIONS; i++)
		if (extensions[i].presence[out->role] == MUST)
			der_check(d, (seen.rows & 1u << i) != 0,
				extensions[i].missing);
	check_resources(d, out);
}
