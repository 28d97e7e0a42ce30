/*
 * signed: the envelope of signed objects (RFC 6488, RFC 9589) and what
 * manifests (RFC 9286) and ROAs (RFC 9582) put into it.
 *
 *	contentType
 *	signedData ─┬─ version digestAlgorithms
 *	            ├─ encap ─┬─ eContentType
 *	            │         └─ content          the OCTET STRING
 *	            ├─ certificates ── ee         a certificate, see cert.c
 *	            └─ signerInfos ── signerInfo ─┬─ version sid digestAlgorithm
 *	                                          ├─ signedAttrs: contentType
 *	                                          │    messageDigest signingTime
 *	                                          ├─ signatureAlgorithm
 *	                                          └─ signature
 *
 * Order of making: the EE's signature, the digest of the content, the
 * signature over the attributes.
 */
#include "tests/lab/object.h"

#include <string.h>

#include <openssl/evp.h>

#include "waymark/err.h"

#define OID_PKCS7  "1.2.840.113549.1.7."
#define OID_PKCS9  "1.2.840.113549.1.9."
#define OID_SHA256 "2.16.840.1.101.3.4.2.1"

static const char OID_MFT[] = OID_PKCS9 "16.1.26";
static const char OID_ROA[] = OID_PKCS9 "16.1.24";

void
object_add_sha256(struct lab *lab, struct node *parent, const char *name)
{
	struct node *seq = der_add(lab->arena, parent, DER_SEQUENCE, name);

	/* RFC 5754 section 2: generated without parameters. */
	der_add_oid(lab->arena, seq, "oid", OID_SHA256);
}

/* An attribute; returns its set of values. */
static struct node *
signed_add_attribute(
	struct lab *lab, struct node *parent, const char *name, const char *oid)
{
	struct node *seq = der_add(lab->arena, parent, DER_SEQUENCE, name);

	der_add_oid(lab->arena, seq, "type", oid);
	return der_add(lab->arena, seq, DER_SET, "values");
}

static void
signed_add_attributes(struct lab *lab, struct node *signer, const char *oid,
	int64_t signing_time)
{
	struct arena *a = lab->arena;
	struct node *attrs =
		der_add(a, signer, DER_CONTEXT_TREE | 0, "signedAttrs");
	struct node *set;
	uint8_t zeros[32] = {0};

	set = signed_add_attribute(lab, attrs, "contentType", OID_PKCS9 "3");
	der_add_oid(a, set, "value", oid);
	set = signed_add_attribute(lab, attrs, "signingTime", OID_PKCS9 "5");
	der_add_time(a, set, "value", signing_time);
	set = signed_add_attribute(lab, attrs, "messageDigest", OID_PKCS9 "4");
	der_add_bytes(a, set, DER_OCTETS, "value", span_of(zeros, 32))
		->computed = true;
	der_sort(a, attrs);
}

static void
signed_add_signer(struct lab *lab, struct node *parent,
	const struct lab_envelope *params, const char *oid)
{
	struct arena *a = lab->arena;
	struct node *signer = der_add(a, parent, DER_SEQUENCE, "signerInfo");
	struct node *node;
	uint8_t ski[20];

	der_add_number(a, signer, "version", 3);
	lab_keys_ski(lab->keys, params->ee.key, ski);
	der_add_bytes(a, signer, DER_CONTEXT | 0, "sid", span_of(ski, 20));
	object_add_sha256(lab, signer, "digestAlgorithm");
	signed_add_attributes(lab, signer, oid, params->signing_time);
	node = der_add(a, signer, DER_SEQUENCE, "signatureAlgorithm");
	/* RFC 7935 section 2: rsaEncryption here. */
	der_add_oid(a, node, "oid", "1.2.840.113549.1.1.1");
	der_add(a, node, DER_NULL, "parameters");
	der_add(a, signer, DER_OCTETS, "signature")->computed = true;
}

struct node *
object_envelope_tree(struct lab *lab, struct node *parent,
	const struct lab_envelope *params, const char *oid)
{
	struct arena *a = lab->arena;
	struct node *info = der_add(a, parent, DER_SEQUENCE, NULL);
	struct node *data, *node, *content;

	der_add_oid(a, info, "contentType", OID_PKCS7 "2");
	node = der_add(a, info, DER_CONTEXT_TREE | 0, NULL);
	data = der_add(a, node, DER_SEQUENCE, "signedData");
	der_add_number(a, data, "version", 3);
	node = der_add(a, data, DER_SET, "digestAlgorithms");
	object_add_sha256(lab, node, "algorithm");
	node = der_add(a, data, DER_SEQUENCE, "encap");
	der_add_oid(a, node, "eContentType", oid);
	node = der_add(a, node, DER_CONTEXT_TREE | 0, NULL);
	content = der_add(a, node, DER_OCTETS, "content");
	node = der_add(a, data, DER_CONTEXT_TREE | 0, "certificates");
	if (object_cert_tree(lab, node, "ee", &params->ee) != 0)
		return NULL;
	node = der_add(a, data, DER_SET, "signerInfos");
	signed_add_signer(lab, node, params, oid);
	return content;
}

static void
signed_add_general_time(
	struct lab *lab, struct node *parent, const char *name, int64_t at)
{
	struct span octets = {0};

	if (!der_time_octets(lab->arena, DER_GENERAL_TIME, at, &octets))
		octets = span_text("00000101000000Z");
	der_add_bytes(lab->arena, parent, DER_GENERAL_TIME, name, octets);
}

int
object_mft_tree(
	struct lab *lab, struct node *parent, const struct lab_mft *params)
{
	struct arena *a = lab->arena;
	struct node *node =
		object_envelope_tree(lab, parent, &params->envelope, OID_MFT);
	struct node *list;

	if (node == NULL)
		return ERR_SYNTAX;
	node = der_add(a, node, DER_SEQUENCE, NULL);
	der_add_int(a, node, "manifestNumber", params->number);
	signed_add_general_time(lab, node, "thisUpdate", params->this_update);
	signed_add_general_time(lab, node, "nextUpdate", params->next_update);
	der_add_oid(a, node, "fileHashAlg", OID_SHA256);
	list = der_add(a, node, DER_SEQUENCE, "fileList");
	for (size_t i = 0; i < params->file_count; i++) {
		struct node *file = der_add(a, list, DER_SEQUENCE, NULL);
		uint8_t bits[33] = {0};

		memcpy(bits + 1, params->files[i].hash, 32);
		der_add_text(a, file, DER_IA5, "file", params->files[i].name);
		der_add_bytes(a, file, DER_BITS, "hash", span_of(bits, 33));
	}
	return 0;
}

/* The resources of the prefixes, as the text that certificates take. */
static const char *
signed_prefix_resources(struct lab *lab, const lab_prefixes *prefixes)
{
	size_t n = prefixes->n * PREFIX_TEXT + 1;
	char *text = der_get(lab->arena, n);
	size_t at = 0;

	for (size_t i = 0; i < prefixes->n; i++) {
		char buf[PREFIX_TEXT];
		const char *one = prefix_format(&prefixes->at[i].prefix, buf);
		size_t length = strlen(one);

		memcpy(text + at, one, length);
		at += length;
		text[at++] = ' ';
	}
	text[at] = '\0';
	return text;
}

int
object_roa_tree(
	struct lab *lab, struct node *parent, const struct lab_roa *params)
{
	struct lab_envelope envelope = params->envelope;
	lab_prefixes prefixes = {0};
	const char *bad = NULL;
	struct node *node;
	int err = lab_prefixes_parse(params->prefixes, &prefixes, &bad);

	if (err != 0) {
		VEC_FREE(&prefixes);
		return object_fail(lab, "prefixes", bad);
	}
	if (envelope.ee.resources == NULL)
		envelope.ee.resources = signed_prefix_resources(lab, &prefixes);
	node = object_envelope_tree(lab, parent, &envelope, OID_ROA);
	if (node != NULL) {
		node = der_add(lab->arena, node, DER_SEQUENCE, NULL);
		der_add_number(lab->arena, node, "asID", params->asn);
		lab_prefixes_tree(lab->arena, node, &prefixes);
	}
	VEC_FREE(&prefixes);
	return node != NULL ? 0 : ERR_SYNTAX;
}

int
object_signed_tree(
	struct lab *lab, struct node *parent, const struct lab_signed *params)
{
	struct node *node = object_envelope_tree(
		lab, parent, &params->envelope, params->oid);

	if (node == NULL)
		return ERR_SYNTAX;
	if (params->build != NULL)
		return params->build(lab, node, &params->content);
	node = der_add_bytes(lab->arena, node, 0, NULL, params->octets);
	node->raw = true;
	return 0;
}

static int
signed_digest(struct lab *lab, struct node *root, const char *const *changes)
{
	struct node *value =
		der_find(root, "signerInfo.signedAttrs.messageDigest.value");
	struct node *content = der_find(root, "encap.content");
	struct span octets = {0};
	uint8_t digest[32];

	if (value == NULL || !value->computed)
		return 0;
	if (content != NULL)
		octets = der_content(lab->arena, content);
	if (EVP_Digest(octets.n == 0 ? (const void *)"" : octets.p, octets.n,
		    digest, NULL, EVP_sha256(), NULL) != 1)
		return object_fail(lab, "digest", "OpenSSL failed");
	der_set(lab->arena, value, span_of(digest, 32));
	return change_apply(lab->arena, root, changes, value, lab->why);
}

static int
signed_signature(struct lab *lab, struct node *root, unsigned key,
	const char *const *changes)
{
	struct node *signature = der_find(root, "signerInfo.signature");
	struct node *attrs = der_find(root, "signerInfo.signedAttrs");
	struct node *content = der_find(root, "encap.content");
	struct span data = {0};
	uint8_t tag;

	if (signature == NULL || !signature->computed)
		return 0;
	if (attrs != NULL) {
		/* Signed as the SET OF that they are: RFC 5652 5.4. */
		tag = attrs->tag;
		attrs->tag = DER_SET;
		data = der_encode(lab->arena, attrs);
		attrs->tag = tag;
	} else if (content != NULL) {
		data = der_content(lab->arena, content);
	}
	der_set(lab->arena, signature,
		lab_keys_sign(lab->keys, key, data, lab->arena));
	return change_apply(lab->arena, root, changes, signature, lab->why);
}

int
object_envelope_sign(struct lab *lab, struct node *root,
	const struct lab_envelope *params, const char *const *changes)
{
	struct node *ee = der_find(root, "certificates.ee");
	int err = 0;

	if (ee != NULL)
		err = object_sign(
			lab, ee, params->ee.issuer_key, root, changes);
	if (err == 0)
		err = signed_digest(lab, root, changes);
	if (err == 0)
		err = signed_signature(lab, root, params->ee.key, changes);
	return err;
}
