/*
 * show: parsed objects onto a sheet, one function an object.
 *
 * Fields that an object does not have are left out; those that it has are all
 * there but the key's and the signature's octets, which only programs check.
 *
 *	manifest, ROA    own fields, lists, then the envelope
 *	envelope         signing time, digest, ee_certificate { ... }
 *	certificate      names, times, keys, URIs, lists of resources
 */
#include "validator/object/show.h"

#include <stdio.h>
#include <string.h>

#include "validator/object/der.h"

enum {
	RANGE_TEXT = 2 * ADDR_TEXT + 1, /* "first-last" */
	ASN_TEXT = 32, /* "AS4294967295-AS4294967295" */
};

/* As in the names of the RFCs, for scripts to select by. */
static const char *
role_name(enum cert_role role)
{
	switch (role) {
	case CERT_TA:
		return "trust-anchor";
	case CERT_CA:
		return "ca";
	case CERT_EE:
	case CERT_CHECKLIST:
		return "ee";
	case CERT_ROUTER:
		return "router";
	}
	return "unknown";
}

/* One attribute of a name: SEQUENCE { OID, string }, as "CN=value". */
static void
add_attribute(struct der *d, struct text *t)
{
	struct span value;
	enum oid oid;

	der_enter(d, DER_SEQUENCE);
	oid = der_oid(d);
	value = der_more(d) ? der_take(d, *d->p) : span_of("", 0);
	der_leave(d);
	if (t->n > 0)
		text_char(t, ',');
	if (oid == OID_COMMON_NAME)
		text_add(t, "CN=");
	else if (oid == OID_SERIAL_NUMBER)
		text_add(t, "serialNumber=");
	else
		text_add(t, "%s=", oid_dotted(oid));
	text_put(t, (const char *)value.p, value.n);
}

/* A distinguished name: SEQUENCE OF SET OF attribute. */
static void
show_name(struct sheet *s, const char *key, struct span name)
{
	struct text t = {0};
	struct der d;

	der_init(&d, name);
	der_enter(&d, DER_SEQUENCE);
	while (der_more(&d)) {
		der_enter(&d, DER_SET);
		while (der_more(&d))
			add_attribute(&d, &t);
		der_leave(&d);
	}
	/* A name cut for want of memory must not pass for a short one. */
	s->out->failed |= t.failed;
	sheet_text(s, key, span_of(t.p == NULL ? "" : t.p, t.n));
	text_free(&t);
}

/* URIs that a role has not, or that are optional, are left out. */
static void
show_uri(struct sheet *s, const char *key, struct span uri)
{
	if (uri.n > 0)
		sheet_text(s, key, uri);
}

/* Bits that the ends of a range have in common. */
static unsigned
common_bits(const struct addr *a, const struct addr *b, unsigned width)
{
	unsigned n = 0;

	while (n < width && ((a->b[n / 8] ^ b->b[n / 8]) & 0x80 >> n % 8) == 0)
		n++;
	return n;
}

/* A range as a prefix where it is one, else as its ends. */
static void
show_range(
	struct sheet *s, struct addr min, struct addr max, enum family family)
{
	unsigned width = family_bits(family);
	unsigned len = common_bits(&min, &max, width);
	struct addr low = addr_low(&min, len);
	struct addr high = addr_high(&min, len, width);
	struct prefix prefix = {min, (uint8_t)len, (uint8_t)family};
	char text[RANGE_TEXT], first[ADDR_TEXT], last[ADDR_TEXT];

	if (addr_compare(&low, &min) == 0 && addr_compare(&high, &max) == 0) {
		prefix_format(&prefix, text);
	} else {
		addr_format(&min, family, first);
		addr_format(&max, family, last);
		snprintf(text, sizeof(text), "%s-%s", first, last);
	}
	sheet_word(s, NULL, text);
}

/* A number as the address that it is: IPv4 fills the first four octets. */
static struct addr
ipv4_addr(uint32_t v)
{
	struct addr a = {{0}};
	struct writer w = writer_of(a.b, sizeof(a.b));

	writer_be32(&w, v);
	return a;
}

/* One AS number, or the first and the last of several. */
static void
show_asn_range(struct sheet *s, const struct asn_range *r)
{
	char text[ASN_TEXT];

	if (r->min == r->max)
		snprintf(text, sizeof(text), "AS%u", r->min);
	else
		snprintf(text, sizeof(text), "AS%u-AS%u", r->min, r->max);
	sheet_word(s, NULL, text);
}

/* A list for each kind that is there; one that is inherited says just that. */
static void
resources_open(struct sheet *s, const char *key, bool inherit)
{
	sheet_list_open(s, key);
	if (inherit)
		sheet_word(s, NULL, "inherit");
}

void
show_resources(struct sheet *s, const struct resources *r)
{
	if (r->inherit_ipv4 || r->ipv4_count > 0) {
		resources_open(s, "ipv4_resources", r->inherit_ipv4);
		for (size_t i = 0; i < r->ipv4_count; i++)
			show_range(s, ipv4_addr(r->ipv4[i].min),
				ipv4_addr(r->ipv4[i].max), FAMILY_IPV4);
		sheet_list_close(s);
	}
	if (r->inherit_ipv6 || r->ipv6_count > 0) {
		resources_open(s, "ipv6_resources", r->inherit_ipv6);
		for (size_t i = 0; i < r->ipv6_count; i++)
			show_range(
				s, r->ipv6[i].min, r->ipv6[i].max, FAMILY_IPV6);
		sheet_list_close(s);
	}
	if (r->inherit_asn || r->asn_count > 0) {
		resources_open(s, "as_resources", r->inherit_asn);
		for (size_t i = 0; i < r->asn_count; i++)
			show_asn_range(s, &r->asn[i]);
		sheet_list_close(s);
	}
}

/* In the order of RFC 6487 section 4, resources last for they may be long. */
void
show_cert(struct sheet *s, const struct cert *cert)
{
	sheet_word(s, "role", role_name(cert->role));
	sheet_serial(s, "serial", cert->serial);
	show_name(s, "issuer", cert->issuer);
	show_name(s, "subject", cert->subject);
	sheet_time(s, "not_before", cert->not_before);
	sheet_time(s, "not_after", cert->not_after);
	sheet_hex(s, "ski", span_of(cert->ski, SHA1_SIZE));
	if (cert->has_aki)
		sheet_hex(s, "aki", span_of(cert->aki, SHA1_SIZE));
	show_uri(s, "crl_uri", cert->crl_uri);
	show_uri(s, "aia_uri", cert->aia_uri);
	show_uri(s, "repository_uri", cert->repository_uri);
	show_uri(s, "manifest_uri", cert->manifest_uri);
	show_uri(s, "notify_uri", cert->notify_uri);
	show_uri(s, "object_uri", cert->object_uri);
	show_resources(s, &cert->resources);
}

void
show_crl(struct sheet *s, const struct crl *crl)
{
	show_name(s, "issuer", crl->issuer);
	sheet_decimal(s, "crl_number", crl->number);
	sheet_time(s, "this_update", crl->this_update);
	sheet_time(s, "next_update", crl->next_update);
	sheet_hex(s, "aki", span_of(crl->aki, SHA1_SIZE));
	/* Counted before it is listed: a list may have 500,000 entries. */
	sheet_number(s, "revoked_count", crl->revoked_count);
	sheet_list_open(s, "revoked");
	for (size_t i = 0; i < crl->revoked_count; i++) {
		sheet_row_open(s);
		sheet_serial(s, "serial", crl->revoked[i].serial);
		sheet_time(s, "revoked", crl->revoked[i].revoked);
		sheet_row_close(s);
	}
	sheet_list_close(s);
}

/* The envelope has no name of its own: what is in it is the object. */
void
show_cms(struct sheet *s, const struct cms *cms)
{
	if (cms->has_signing_time)
		sheet_time(s, "signing_time", cms->signing_time);
	sheet_hex(s, "message_digest", span_of(cms->digest, SHA256_SIZE));
	sheet_open(s, "ee_certificate");
	show_cert(s, &cms->ee);
	sheet_close(s);
}

/* Files in the manifest's own order, so that it can be compared by eye with
 * another issue of it. */
void
show_mft(struct sheet *s, const struct mft *mft)
{
	sheet_decimal(s, "manifest_number", mft->number);
	sheet_time(s, "this_update", mft->this_update);
	sheet_time(s, "next_update", mft->next_update);
	sheet_number(s, "file_count", mft->file_count);
	sheet_list_open(s, "files");
	for (size_t i = 0; i < mft->file_count; i++) {
		sheet_row_open(s);
		sheet_text(s, "name", mft->files[i].name);
		sheet_hex(s, "hash", span_of(mft->files[i].hash, SHA256_SIZE));
		sheet_row_close(s);
	}
	sheet_list_close(s);
	show_cms(s, &mft->cms);
}

/* maxLength is shown also where it is left to its default, the length. */
void
show_roa(struct sheet *s, const struct roa *roa)
{
	char text[PREFIX_TEXT];

	sheet_number(s, "asn", roa->asn);
	sheet_number(s, "prefix_count", roa->prefix_count);
	sheet_list_open(s, "prefixes");
	for (size_t i = 0; i < roa->prefix_count; i++) {
		const struct roa_prefix *p = &roa->prefixes[i];

		sheet_row_open(s);
		sheet_word(s, "prefix", prefix_format(&p->prefix, text));
		sheet_number(s, "max_length", p->max_len);
		sheet_row_close(s);
	}
	sheet_list_close(s);
	show_cms(s, &roa->cms);
}
