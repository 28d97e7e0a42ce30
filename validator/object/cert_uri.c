/*
 * cert_uri: where things are, as a certificate tells.
 *
 *	CRLDP  { { [0] { [0] { [6] URI, ... } } } }
 *	AIA    { { caIssuers, [6] URI }, ... }
 *	SIA    { { caRepository | rpkiManifest | rpkiNotify | signedObject,
 *	           [6] URI }, ... }
 *
 * Every URI is checked, also those of schemes that are not used.  Where several
 * lead to the same thing, the first rsync URI is taken: the RFCs let issuers
 * order them by preference.
 */
#include "validator/object/cert_uri.h"

#include <string.h>

#include "core/uri.h"

static const enum reject crldp_codes[URI_FAULTS] = {
	[URI_SIZE] = REJECT_CERT_CRLDP_URI_SIZE,
	[URI_CHARACTER] = REJECT_CERT_CRLDP_URI_CHARACTER,
	[URI_HOST] = REJECT_CERT_CRLDP_URI_HOST,
	[URI_PATH] = REJECT_CERT_CRLDP_URI_PATH,
};

static const enum reject aia_codes[URI_FAULTS] = {
	[URI_SIZE] = REJECT_CERT_AIA_URI_SIZE,
	[URI_CHARACTER] = REJECT_CERT_AIA_URI_CHARACTER,
	[URI_HOST] = REJECT_CERT_AIA_URI_HOST,
	[URI_PATH] = REJECT_CERT_AIA_URI_PATH,
};

static const enum reject sia_codes[URI_FAULTS] = {
	[URI_SIZE] = REJECT_CERT_SIA_URI_SIZE,
	[URI_CHARACTER] = REJECT_CERT_SIA_URI_CHARACTER,
	[URI_HOST] = REJECT_CERT_SIA_URI_HOST,
	[URI_PATH] = REJECT_CERT_SIA_URI_PATH,
};

/* GeneralName that is a URI, with its scheme. */
static struct span
read_uri(struct der *d, const enum reject codes[URI_FAULTS], enum reject no_uri,
	enum uri_scheme *scheme)
{
	struct uri uri = {.scheme = URI_OTHER};
	enum uri_fault fault;
	struct span s;

	der_check(d, der_next_is(d, DER_CONTEXT(6)), no_uri);
	s = der_take(d, DER_CONTEXT(6));
	if (der_ok(d)) {
		fault = uri_parse(s, &uri);
		der_check(d, fault == URI_GOOD, codes[fault]);
	}
	*scheme = uri.scheme;
	return s;
}

static void
keep_first(struct span *at, struct span uri)
{
	if (at->n == 0)
		*at = uri;
}

/* GeneralNames of a fullName. */
static void
read_full_name(struct der *d, struct cert *out)
{
	enum uri_scheme scheme;
	struct span s;

	der_enter(d, DER_CONSTRUCTED(0));
	while (der_more(d)) {
		s = read_uri(d, crldp_codes, REJECT_CERT_CRLDP_NAME, &scheme);
		if (scheme == URI_RSYNC)
			keep_first(&out->crl_uri, s);
	}
	der_leave(d);
	der_check(d, out->crl_uri.n > 0, REJECT_CERT_CRLDP_RSYNC);
}

void
cert_read_crldp(struct der *d, struct cert *out)
{
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_CERT_CRLDP_COUNT);
	der_enter(d, DER_SEQUENCE);
	der_check(
		d, der_next_is(d, DER_CONSTRUCTED(0)), REJECT_CERT_CRLDP_FORM);
	der_enter(d, DER_CONSTRUCTED(0));
	/* [1] would be nameRelativeToCRLIssuer. */
	der_check(
		d, der_next_is(d, DER_CONSTRUCTED(0)), REJECT_CERT_CRLDP_FORM);
	read_full_name(d, out);
	der_leave(d);
	/* Reasons and cRLIssuer would follow. */
	der_check(d, !der_more(d), REJECT_CERT_CRLDP_FORM);
	der_leave(d);
	der_check(d, !der_more(d), REJECT_CERT_CRLDP_COUNT);
	der_leave(d);
}

void
cert_read_aia(struct der *d, struct cert *out)
{
	enum uri_scheme scheme;
	struct span s;

	der_enter(d, DER_SEQUENCE);
	while (der_more(d)) {
		der_enter(d, DER_SEQUENCE);
		der_oid_is(d, OID_AD_CA_ISSUERS, REJECT_CERT_AIA_METHOD);
		s = read_uri(d, aia_codes, REJECT_CERT_AIA_LOCATION, &scheme);
		if (scheme == URI_RSYNC)
			keep_first(&out->aia_uri, s);
		der_leave(d);
	}
	der_leave(d);
	der_check(d, out->aia_uri.n > 0, REJECT_CERT_AIA_RSYNC);
}

/* Where the rsync URI of an accessMethod goes; NULL for a method that means
 * nothing to the role. */
static struct span *
sia_place(enum oid method, struct cert *out)
{
	bool ca = out->role == CERT_TA || out->role == CERT_CA;

	if (ca && method == OID_AD_CA_REPOSITORY)
		return &out->repository_uri;
	if (ca && method == OID_AD_RPKI_MANIFEST)
		return &out->manifest_uri;
	if (!ca && method == OID_AD_SIGNED_OBJECT)
		return &out->object_uri;
	return NULL;
}

/* AccessDescription.  RFC 6487 section 4.8.8.2 wants no other methods in EE
 * certificates, and RFC 8182 section 3.2 wants rpkiNotify in all. */
static void
read_sia_access(struct der *d, struct cert *out)
{
	enum uri_scheme scheme;
	struct span *place;
	enum oid method;
	struct span s;

	der_enter(d, DER_SEQUENCE);
	method = der_oid(d);
	place = sia_place(method, out);
	if (place != NULL || method == OID_AD_RPKI_NOTIFY) {
		s = read_uri(d, sia_codes, REJECT_CERT_SIA_LOCATION, &scheme);
		if (place == NULL) {
			der_check(
				d, scheme == URI_HTTPS, REJECT_CERT_SIA_NOTIFY);
			place = &out->notify_uri;
		} else if (scheme != URI_RSYNC)
			s.n = 0;
		keep_first(place, s);
	} else {
		der_check(d, out->role != CERT_EE, REJECT_CERT_SIA_METHOD);
		der_skip(d);
	}
	der_leave(d);
}

/* RFC 6481 section 2.2: the manifest is a .mft of the folder that it is the
 * manifest of. */
static bool
is_manifest_of(struct span manifest, struct span folder)
{
	size_t n = folder.n;

	if (folder.p[n - 1] == '/')
		n--;
	return manifest.n > n + 5 && memcmp(manifest.p, folder.p, n) == 0 &&
		manifest.p[n] == '/' &&
		memchr(manifest.p + n + 1, '/', manifest.n - n - 1) == NULL &&
		memcmp(manifest.p + manifest.n - 4, ".mft", 4) == 0;
}

void
cert_read_sia(struct der *d, struct cert *out)
{
	der_enter(d, DER_SEQUENCE);
	while (der_more(d))
		read_sia_access(d, out);
	der_leave(d);
	if (out->role == CERT_EE) {
		der_check(d, out->object_uri.n > 0, REJECT_CERT_SIA_OBJECT);
		return;
	}
	der_check(d, out->repository_uri.n > 0, REJECT_CERT_SIA_REPOSITORY);
	der_check(d, out->manifest_uri.n > 0, REJECT_CERT_SIA_MANIFEST);
	if (der_ok(d))
		der_check(d,
			is_manifest_of(out->manifest_uri, out->repository_uri),
			REJECT_CERT_SIA_PLACE);
}
