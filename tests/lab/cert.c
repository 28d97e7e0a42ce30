/*
 * cert: certificates (RFC 6487 section 4, RFC 8209) and CRLs (section 5).
 *
 *	cert ─┬─ tbs ─┬─ version serial sigAlg issuer validity subject spki
 *	      │       └─ extensions: ski aki keyUsage basicConstraints
 *	      │             extendedKeyUsage crldp aia sia policies ip asn
 *	      ├─ sigAlg
 *	      └─ signature
 */
#include "tests/lab/object.h"

#include <string.h>

#include "waymark/err.h"

#define OID_AD "1.3.6.1.5.5.7.48."

void
object_add_sha256_rsa(struct lab *lab, struct node *parent, const char *name)
{
	struct node *seq = der_add(lab->arena, parent, DER_SEQUENCE, name);

	der_add_oid(lab->arena, seq, "oid", "1.2.840.113549.1.1.11");
	der_add(lab->arena, seq, DER_NULL, "parameters");
}

void
object_add_name(struct lab *lab, struct node *parent, const char *field,
	const char *common_name)
{
	struct arena *a = lab->arena;
	struct node *name = der_add(a, parent, DER_SEQUENCE, field);
	struct node *set = der_add(a, name, DER_SET, "rdn");
	struct node *pair = der_add(a, set, DER_SEQUENCE, "cn");

	der_add_oid(a, pair, "type", "2.5.4.3");
	der_add_text(a, pair, DER_PRINTABLE, "value", common_name);
}

struct node *
object_add_extension(struct lab *lab, struct node *parent, const char *name,
	const char *oid, bool critical)
{
	struct node *ext = der_add(lab->arena, parent, DER_SEQUENCE, name);

	der_add_oid(lab->arena, ext, "oid", oid);
	if (critical)
		der_add_bool(lab->arena, ext, "critical", true);
	return der_add(lab->arena, ext, DER_OCTETS, "value");
}

static void
cert_add_ski(struct lab *lab, struct node *parent, unsigned key)
{
	struct node *value =
		object_add_extension(lab, parent, "ski", "2.5.29.14", false);
	uint8_t ski[20];

	lab_keys_ski(lab->keys, key, ski);
	der_add_bytes(lab->arena, value, DER_OCTETS, "keyid", span_of(ski, 20));
}

void
object_add_aki(struct lab *lab, struct node *parent, unsigned key)
{
	struct node *value =
		object_add_extension(lab, parent, "aki", "2.5.29.35", false);
	struct node *seq = der_add(lab->arena, value, DER_SEQUENCE, "id");
	uint8_t ski[20];

	lab_keys_ski(lab->keys, key, ski);
	der_add_bytes(
		lab->arena, seq, DER_CONTEXT | 0, "keyid", span_of(ski, 20));
}

static void
cert_add_usage(struct lab *lab, struct node *parent, enum lab_role role)
{
	bool ca = role == LAB_TA || role == LAB_CA;
	struct node *value = object_add_extension(
		lab, parent, "keyUsage", "2.5.29.15", true);

	/* keyCertSign and cRLSign, or digitalSignature. */
	der_add_bytes(lab->arena, value, DER_BITS, "bits",
		span_of(ca ? "\x01\x06" : "\x07\x80", 2));
	if (ca) {
		value = object_add_extension(
			lab, parent, "basicConstraints", "2.5.29.19", true);
		value = der_add(lab->arena, value, DER_SEQUENCE, "constraints");
		der_add_bool(lab->arena, value, "ca", true);
	}
	if (role == LAB_ROUTER) {
		value = object_add_extension(
			lab, parent, "extendedKeyUsage", "2.5.29.37", false);
		value = der_add(lab->arena, value, DER_SEQUENCE, "purposes");
		der_add_oid(lab->arena, value, "router", "1.3.6.1.5.5.7.3.30");
	}
}

static void
cert_add_crldp(struct lab *lab, struct node *parent, const char *uri)
{
	struct arena *a = lab->arena;
	struct node *node =
		object_add_extension(lab, parent, "crldp", "2.5.29.31", false);

	node = der_add(a, node, DER_SEQUENCE, "points");
	node = der_add(a, node, DER_SEQUENCE, "point");
	node = der_add(a, node, DER_CONTEXT_TREE | 0, "name");
	node = der_add(a, node, DER_CONTEXT_TREE | 0, "fullName");
	der_add_text(a, node, DER_CONTEXT | 6, "uri", uri);
}

/* One AccessDescription, where there is a URI. */
static void
cert_add_access(struct lab *lab, struct node *parent, const char *name,
	const char *oid, const char *uri)
{
	struct node *node;

	if (uri == NULL)
		return;
	node = der_add(lab->arena, parent, DER_SEQUENCE, name);
	der_add_oid(lab->arena, node, "method", oid);
	der_add_text(lab->arena, node, DER_CONTEXT | 6, "uri", uri);
}

static void
cert_add_places(
	struct lab *lab, struct node *parent, const struct lab_cert *params)
{
	struct node *node;

	if (params->crl_uri != NULL)
		cert_add_crldp(lab, parent, params->crl_uri);
	if (params->aia_uri != NULL) {
		node = object_add_extension(
			lab, parent, "aia", "1.3.6.1.5.5.7.1.1", false);
		node = der_add(lab->arena, node, DER_SEQUENCE, "list");
		cert_add_access(
			lab, node, "caIssuers", OID_AD "2", params->aia_uri);
	}
	if (params->repository_uri == NULL && params->manifest_uri == NULL &&
		params->object_uri == NULL)
		return;
	node = object_add_extension(
		lab, parent, "sia", "1.3.6.1.5.5.7.1.11", false);
	node = der_add(lab->arena, node, DER_SEQUENCE, "list");
	cert_add_access(
		lab, node, "caRepository", OID_AD "5", params->repository_uri);
	cert_add_access(
		lab, node, "rpkiManifest", OID_AD "10", params->manifest_uri);
	cert_add_access(
		lab, node, "rpkiNotify", OID_AD "13", params->notify_uri);
	cert_add_access(
		lab, node, "signedObject", OID_AD "11", params->object_uri);
}

static int
cert_add_resources(struct lab *lab, struct node *parent, const char *text)
{
	struct lab_resources r = {0};
	const char *bad = NULL;
	struct node *node;

	if (text == NULL)
		return 0;
	if (lab_resources_parse(text, &r, &bad) != 0) {
		lab_resources_free(&r);
		return object_fail(lab, "resources", bad);
	}
	if (lab_resources_has_ip(&r)) {
		node = object_add_extension(
			lab, parent, "ip", "1.3.6.1.5.5.7.1.7", true);
		lab_resources_ip_tree(lab->arena, node, &r);
	}
	if (lab_resources_has_asn(&r)) {
		node = object_add_extension(
			lab, parent, "asn", "1.3.6.1.5.5.7.1.8", true);
		lab_resources_asn_tree(lab->arena, node, &r);
	}
	lab_resources_free(&r);
	return 0;
}

static int
cert_add_extensions(
	struct lab *lab, struct node *tbs, const struct lab_cert *params)
{
	struct arena *a = lab->arena;
	struct node *list = der_add(a, tbs, DER_CONTEXT_TREE | 3, NULL);
	struct node *node;

	list = der_add(a, list, DER_SEQUENCE, "extensions");
	cert_add_ski(lab, list, params->key);
	if (params->role != LAB_TA)
		object_add_aki(lab, list, params->issuer_key);
	cert_add_usage(lab, list, params->role);
	cert_add_places(lab, list, params);
	node = object_add_extension(lab, list, "policies", "2.5.29.32", true);
	node = der_add(a, node, DER_SEQUENCE, "list");
	node = der_add(a, node, DER_SEQUENCE, "policy");
	der_add_oid(a, node, "oid", "1.3.6.1.5.5.7.14.2");
	return cert_add_resources(lab, list, params->resources);
}

void
object_add_signature(struct lab *lab, struct node *parent)
{
	object_add_sha256_rsa(lab, parent, "sigAlg");
	der_add_bits(lab->arena, parent, "signature")->computed = true;
}

int
object_cert_tree(struct lab *lab, struct node *parent, const char *name,
	const struct lab_cert *params)
{
	struct arena *a = lab->arena;
	struct node *cert = der_add(a, parent, DER_SEQUENCE, name);
	struct node *tbs = der_add(a, cert, DER_SEQUENCE, "tbs");
	struct node *node = der_add(a, tbs, DER_CONTEXT_TREE | 0, NULL);

	der_add_number(a, node, "version", 2);
	der_add_int(a, tbs, "serial", params->serial);
	object_add_sha256_rsa(lab, tbs, "sigAlg");
	object_add_name(lab, tbs, "issuer",
		params->role == LAB_TA ? params->subject : params->issuer);
	node = der_add(a, tbs, DER_SEQUENCE, "validity");
	der_add_time(a, node, "notBefore", params->not_before);
	der_add_time(a, node, "notAfter", params->not_after);
	object_add_name(lab, tbs, "subject", params->subject);
	node = lab_keys_tree(lab->keys, params->key, a);
	der_insert(tbs, tbs->last, node);
	object_add_signature(lab, cert);
	return cert_add_extensions(lab, tbs, params);
}

int
object_crl_tree(
	struct lab *lab, struct node *parent, const struct lab_crl *params)
{
	struct arena *a = lab->arena;
	struct node *crl = der_add(a, parent, DER_SEQUENCE, NULL);
	struct node *tbs = der_add(a, crl, DER_SEQUENCE, "tbs");
	struct node *node;

	der_add_number(a, tbs, "version", 1);
	object_add_sha256_rsa(lab, tbs, "sigAlg");
	object_add_name(lab, tbs, "issuer", params->issuer);
	der_add_time(a, tbs, "thisUpdate", params->this_update);
	der_add_time(a, tbs, "nextUpdate", params->next_update);
	/* An empty list is left out: RFC 5280 5.1.2.6. */
	node = params->revoked_count == 0
		? NULL
		: der_add(a, tbs, DER_SEQUENCE, "revoked");
	for (size_t i = 0; i < params->revoked_count; i++) {
		struct node *entry = der_add(a, node, DER_SEQUENCE, NULL);

		der_add_int(a, entry, "serial", params->revoked[i].serial);
		der_add_time(a, entry, "date", params->revoked[i].at);
	}
	node = der_add(a, tbs, DER_CONTEXT_TREE | 0, NULL);
	node = der_add(a, node, DER_SEQUENCE, "extensions");
	object_add_aki(lab, node, params->issuer_key);
	node = object_add_extension(lab, node, "crlNumber", "2.5.29.20", false);
	der_add_int(a, node, "number", params->number);
	object_add_signature(lab, crl);
	return 0;
}

int
object_sign(struct lab *lab, struct node *object, unsigned key,
	struct node *top, const char *const *changes)
{
	struct node *signature = der_find(object, "signature");
	struct node *tbs = der_find(object, "tbs");
	struct span octets;
	uint8_t *bits;

	if (tbs == NULL || signature == NULL || !signature->computed)
		return 0;
	octets = lab_keys_sign(
		lab->keys, key, der_encode(lab->arena, tbs), lab->arena);
	bits = der_get(lab->arena, octets.n + 1);
	bits[0] = 0;
	memcpy(bits + 1, octets.p, octets.n);
	der_set(lab->arena, signature, span_of(bits, octets.n + 1));
	return change_apply(lab->arena, top, changes, signature, lab->why);
}
