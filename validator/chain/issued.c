/*
 * issued: see the header.
 */
#include "validator/chain/issued.h"

#include <string.h>

#include "validator/object/x509.h"
#include "waymark/bounds.h"

enum reject
issued_size(struct span der)
{
	return der.n < BOUND_OBJECT_MIN ? REJECT_OBJECT_SIZE : REJECT_NONE;
}

enum reject
issued_validity(const struct cert *cert, struct wall at)
{
	if (at.s < cert->not_before.s)
		return REJECT_NOT_YET_VALID;
	if (at.s > cert->not_after.s)
		return REJECT_EXPIRED;
	return REJECT_NONE;
}

static bool
holds_resources(const struct ca *ca, const struct cert *cert)
{
	struct resources r =
		resources_resolve(&cert->resources, &ca->resources);

	return resources_contain(&ca->resources, &r);
}

/* What inherits claims nothing of its own, and is free. */
static bool
is_permitted(const struct constraints *c, const struct resources *r)
{
	struct addr min, max;
	size_t i;

	for (i = 0; i < r->ipv4_count; i++) {
		min = constraints_number(r->ipv4[i].min);
		max = constraints_number(r->ipv4[i].max);
		if (!constraints_permit(c, CONSTRAINT_IPV4, &min, &max))
			return false;
	}
	for (i = 0; i < r->ipv6_count; i++)
		if (!constraints_permit(c, CONSTRAINT_IPV6, &r->ipv6[i].min,
			    &r->ipv6[i].max))
			return false;
	for (i = 0; i < r->asn_count; i++) {
		min = constraints_number(r->asn[i].min);
		max = constraints_number(r->asn[i].max);
		if (!constraints_permit(c, CONSTRAINT_ASN, &min, &max))
			return false;
	}
	return true;
}

enum reject
issued_cert(const struct issuer *by, const struct cert *cert, struct crypto *c)
{
	enum reject code;

	if (!x509_name_equal(cert->issuer, by->ca->subject))
		return REJECT_ISSUER_NAME;
	if (!cert->has_aki ||
		memcmp(cert->aki, by->ca->ski, sizeof(cert->aki)) != 0)
		return REJECT_ISSUER_KEY;
	if (!span_equal(cert->crl_uri, by->crl_uri))
		return REJECT_CRL_URI;
	code = issued_validity(cert, by->at);
	if (code != REJECT_NONE)
		return code;
	if (!holds_resources(by->ca, cert))
		return REJECT_OVERCLAIM;
	/* Of CAs more may be theirs than is anybody's business here. */
	if (by->ca->constraints != NULL && cert->role != CERT_CA &&
		!is_permitted(by->ca->constraints, &cert->resources))
		return REJECT_CONSTRAINED;
	if (by->crl != NULL && crl_revokes(by->crl, cert->serial))
		return REJECT_REVOKED;
	if (!key_verify(c, by->key, cert->tbs, cert->signature))
		return REJECT_SIGNATURE;
	return REJECT_NONE;
}

enum reject
issued_ee(const struct issuer *by, const struct cert *ee, struct span name,
	struct crypto *c)
{
	struct span folder = by->ca->repository_uri;
	struct span uri = ee->object_uri;

	if (uri.n != folder.n + name.n ||
		memcmp(uri.p, folder.p, folder.n) != 0 ||
		memcmp(uri.p + folder.n, name.p, name.n) != 0)
		return REJECT_OBJECT_URI;
	return issued_cert(by, ee, c);
}

enum reject
issued_crl(const struct issuer *by, const struct crl *crl, struct crypto *c)
{
	if (!x509_name_equal(crl->issuer, by->ca->subject))
		return REJECT_CRL_ISSUER;
	if (memcmp(crl->aki, by->ca->ski, sizeof(crl->aki)) != 0)
		return REJECT_CRL_KEY;
	if (by->at.s < crl->this_update.s)
		return REJECT_CRL_EARLY;
	if (by->at.s > crl->next_update.s)
		return REJECT_CRL_STALE;
	if (!key_verify(c, by->key, crl->tbs, crl->signature))
		return REJECT_CRL_SIGNATURE;
	return REJECT_NONE;
}
