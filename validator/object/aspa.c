/*
 * aspa: reading AS provider attestations (draft-ietf-sidrops-aspa-profile-25
 * section 3).
 *
 *	ASProviderAttestation ::= SEQUENCE {
 *	  version       [0] INTEGER,            1, always there
 *	  customerASID      INTEGER (1..4294967295),
 *	  providers         SEQUENCE (SIZE (1..MAX)) OF INTEGER
 *	                                        (0..4294967295), ascending }
 *
 * Earlier drafts had other forms: no version, or 0; a family for each provider,
 * or for all.  They are refused, as their lists do not say the same.
 *
 * How many providers a customer may have is not asked here: it counts over all
 * of its attestations.
 */
#include "validator/object/aspa.h"

#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"

enum {
	VERSION = 1,
	PROVIDER_MIN = 3, /* octets of an INTEGER, encoded */
};

/* Version 0 was the default of earlier drafts, so it was left out. */
static void
read_version(struct der *d)
{
	der_check(d, der_next_is(d, DER_CONSTRUCTED(0)), REJECT_ASPA_VERSION);
	der_enter(d, DER_CONSTRUCTED(0));
	der_check(d, der_number(d, VERSION, REJECT_ASPA_VERSION) == VERSION,
		REJECT_ASPA_VERSION);
	der_leave(d);
}

/* AS0 says that there is no provider, which nobody can say and name one. */
static void
check_providers(struct der *d, const struct aspa_object *aspa)
{
	der_check(d, aspa->provider_count > 0, REJECT_ASPA_PROVIDERS_EMPTY);
	if (der_ok(d) && aspa->provider_count > 1)
		der_check(d, aspa->providers[0] != 0, REJECT_ASPA_AS0);
}

static void
read_providers(struct der *d, struct arena *arena, struct aspa_object *out)
{
	uint32_t *list;
	size_t room, n = 0;

	room = der_peek(d, DER_SEQUENCE).n / PROVIDER_MIN;
	der_enter(d, DER_SEQUENCE);
	list = arena_array(arena, room, sizeof(*list));
	if (list == NULL)
		abort(); /* out of memory: the validator is disposable */
	while (der_more(d) && n < room) {
		list[n] = (uint32_t)der_number(
			d, UINT32_MAX, REJECT_ASPA_PROVIDER);
		der_check(d, n == 0 || list[n - 1] < list[n],
			REJECT_ASPA_PROVIDER_ORDER);
		der_check(d, list[n] != out->customer,
			REJECT_ASPA_PROVIDER_CUSTOMER);
		n++;
	}
	der_leave(d);
	out->providers = list;
	out->provider_count = n;
	check_providers(d, out);
}

static enum reject
read_aspa(struct span content, struct arena *arena, struct aspa_object *out)
{
	struct der d;

	der_init(&d, content);
	der_enter(&d, DER_SEQUENCE);
	read_version(&d);
	out->customer =
		(uint32_t)der_number(&d, UINT32_MAX, REJECT_ASPA_CUSTOMER);
	der_check(&d, out->customer != 0, REJECT_ASPA_CUSTOMER);
	read_providers(&d, arena, out);
	der_leave(&d);
	return der_done(&d);
}

/* Section 4: the certificate holds the customer, and only that. */
static enum reject
check_resources(const struct aspa_object *aspa)
{
	const struct resources *r = &aspa->cms.ee.resources;

	if (r->has_ip)
		return REJECT_ASPA_IP_RESOURCES;
	if (r->inherit_asn)
		return REJECT_ASPA_INHERIT;
	if (r->asn_count != 1 || r->asn[0].min != aspa->customer ||
		r->asn[0].max != aspa->customer)
		return REJECT_ASPA_AS_RESOURCES;
	return REJECT_NONE;
}

enum reject
aspa_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct aspa_object *out)
{
	const struct cms_want want = {OBJECT_ASPA, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code != REJECT_NONE)
		return code;
	code = read_aspa(out->cms.content, arena, out);
	if (code != REJECT_NONE)
		return code;
	return check_resources(out);
}
