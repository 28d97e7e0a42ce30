/*
 * export_json: JSON as StayRTR, OpenBGPD's tools and BGPalerter read it.
 */
#include <string.h>
#include <unistd.h>

#include "core/export_inner.h"

/* `buildtime` and `generated` must be there: StayRTR withdraws everything
 * without them.  `vrps` and `uniquevrps` are one number: a set holds each VRP
 * once. */
static char *
json_head(struct export *e, char *p)
{
	char host[256] = "";
	char built[WALL_TEXT];

	/* A host whose name does not fit is one without a name. */
	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	p = export_put(p, "{\"metadata\":{\"buildmachine\":");
	p = export_json_name(p, host);
	p = export_put(p, ",\"buildtime\":\"");
	p = export_put(p, wall_format(e->meta.built, built));
	p = export_put(p, "\",\"elapsedtime\":");
	p = export_number(p, e->meta.elapsed_ms / 1000);
	p = export_put(p, ",\"generated\":");
	p = export_number(p, e->meta.built.s);
	p = export_put(p, ",\"vrps\":");
	p = export_number(p, (int64_t)e->set->vrp_count);
	p = export_put(p, ",\"uniquevrps\":");
	p = export_number(p, (int64_t)e->set->vrp_count);
	p = export_put(p, ",\"bgpsec_keys\":");
	p = export_number(p, (int64_t)e->set->key_count);
	p = export_put(p, ",\"aspas\":");
	p = export_number(p, (int64_t)e->set->aspa_count);
	return export_put(p, "},\n\"roas\":[");
}

/* The end of the row before, and the beginning of this one. */
static char *
json_row(const struct export *e, char *p)
{
	return export_put(p, e->next > 0 ? ",\n" : "\n");
}

/* asn is a number here, not "AS1": the form that all readers take. */
static char *
json_vrp(struct export *e, const struct vrp *v, char *p)
{
	p = json_row(e, p);
	p = export_put(p, "{\"asn\":");
	p = export_number(p, v->asn);
	p = export_put(p, ",\"prefix\":\"");
	p = export_prefix(p, v);
	p = export_put(p, "\",\"maxLength\":");
	p = export_number(p, v->max_len);
	p = export_put(p, ",\"ta\":");
	p = export_json_name(p, export_ta(e, v->ta));
	p = export_put(p, ",\"expires\":");
	p = export_number(p, v->expires);
	*p++ = '}';
	return p;
}

/* Ends the VRPs and opens the router keys. */
static char *
json_keys_head(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "\n],\n\"bgpsec_keys\":[");
}

/* A router key, in as many steps as its public key needs. */
static char *
json_key(struct export *e, const struct router_key *k, char *p)
{
	size_t n = k->spki.n - e->part;

	if (e->part == 0) {
		p = json_row(e, p);
		p = export_put(p, "{\"asn\":");
		p = export_number(p, k->asn);
		p = export_put(p, ",\"ski\":\"");
		p = export_hex(p, k->ski, SKI_SIZE);
		p = export_put(p, "\",\"pubkey\":\"");
	}
	if (n > EXPORT_OCTETS) {
		p = export_base64(p, k->spki.p + e->part, EXPORT_OCTETS);
		e->part += EXPORT_OCTETS;
		return p;
	}
	p = export_base64(p, k->spki.p + e->part, n);
	e->part = 0;
	p = export_put(p, "\",\"ta\":");
	p = export_json_name(p, export_ta(e, k->ta));
	p = export_put(p, ",\"expires\":");
	p = export_number(p, k->expires);
	*p++ = '}';
	return p;
}

/* Ends the router keys and opens the ASPAs. */
static char *
json_aspas_head(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "\n],\n\"aspas\":[");
}

/* An ASPA, in as many steps as its providers need. */
static char *
json_aspa(struct export *e, const struct aspa *a, char *p)
{
	if (e->part == 0) {
		p = json_row(e, p);
		p = export_put(p, "{\"customer_asid\":");
		p = export_number(p, a->customer);
		p = export_put(p, ",\"expires\":");
		p = export_number(p, a->expires);
		p = export_put(p, ",\"providers\":[");
	}
	p = export_providers(e, a, ",", p);
	if (e->part < a->provider_count)
		return p;
	e->part = 0;
	return export_put(p, "]}");
}

/* Ends the ASPAs and the document. */
static char *
json_tail(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "\n]}\n");
}

const struct export_shape export_json = {
	.head = json_head,
	.vrp = json_vrp,
	.keys_head = json_keys_head,
	.key = json_key,
	.aspas_head = json_aspas_head,
	.aspa = json_aspa,
	.tail = json_tail,
};
