/*
 * inspect: find out what an object is, parse it, show it.
 *
 *	bytes -> look (parse, check its own signature) -> verdict -> sheet
 *
 * A refused object is looked at again with the older, more lenient profile,
 * and a refused signed object for its envelope alone, so that who looks for the
 * reason of a refusal sees the object all the same.  The verdict is always that
 * of the first look.
 */
#include "validator/object/inspect.h"

#include "core/arena.h"
#include "validator/object/show.h"
#include "validator/object/der.h"
#include "waymark/err.h"

/* All but the largest objects are parsed in one piece of memory. */
enum {
	ARENA_CHUNK = 65536
};

/* What could be read of the object. */
enum part {
	PART_NONE,
	PART_CERT,
	PART_CRL,
	PART_CMS, /* the envelope only */
	PART_MFT,
	PART_ROA,
	PART_GBR,
	PART_ASPA,
	PART_TAK,
	PART_SPL,
	PART_RSC,
	PART_CCR,
};

/* One inspection under way. */
struct look {
	const struct inspect *what;
	struct crypto *crypto;
	struct arena *arena;
	enum reject reject; /* of the first look */
	enum part part;
	union {
		struct cert cert;
		struct crl crl;
		struct cms cms;
		struct mft mft;
		struct roa roa;
		struct gbr gbr;
		struct aspa_object aspa;
		struct tak tak;
		struct spl spl;
		struct rsc rsc;
		struct ccr ccr;
	} as;
};

static const char *const verdicts[] = {
#define INSPECT_VERDICT_ROW(name, word) [INSPECT_##name] = word,
	INSPECT_VERDICT_TABLE(INSPECT_VERDICT_ROW)
#undef INSPECT_VERDICT_ROW
};

/* The type that an eContentType says. */
static enum object_type
type_of_content(enum oid oid)
{
	static const struct {
		enum oid oid;
		enum object_type type;
	} rows[] = {
		{OID_CT_ROA, OBJECT_ROA},
		{OID_CT_MANIFEST, OBJECT_MANIFEST},
		{OID_CT_ASPA, OBJECT_ASPA},
		{OID_CT_GHOSTBUSTERS, OBJECT_GBR},
		{OID_CT_TAK, OBJECT_TAK},
		{OID_CT_SPL, OBJECT_SPL},
		{OID_CT_RSC, OBJECT_RSC},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].oid == oid)
			return rows[i].type;
	return OBJECT_OTHER;
}

/* What is in a ContentInfo, { type, [0] content }: for signed data what it
 * signs, as in { id-signedData, [0] { { version, digests, { type.  UNKNOWN for
 * what is no ContentInfo, or holds what no table knows. */
static enum oid
content_of(struct span der)
{
	struct der d;
	enum oid oid;

	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	if (!der_next_is(&d, DER_OID))
		return OID_UNKNOWN;
	oid = der_oid(&d);
	if (oid != OID_SIGNED_DATA)
		return oid;
	der_enter(&d, DER_CONSTRUCTED(0));
	der_enter(&d, DER_SEQUENCE);
	der_take(&d, DER_INTEGER);
	der_take(&d, DER_SET);
	der_enter(&d, DER_SEQUENCE);
	return der_oid(&d);
}

/* Certificates begin with { { [0] version; CRLs with { { version 1, algorithm;
 * all others are ContentInfos. */
static enum object_type
type_of_bytes(struct span der)
{
	struct der d;

	der_init(&d, der);
	der_enter(&d, DER_SEQUENCE);
	if (der_next_is(&d, DER_OID))
		return type_of_content(content_of(der));
	der_enter(&d, DER_SEQUENCE);
	if (der_next_is(&d, DER_CONSTRUCTED(0)))
		return cert_role_of(der) == CERT_ROUTER ? OBJECT_ROUTER_CERT
							: OBJECT_CERT;
	return der_next_is(&d, DER_INTEGER) ? OBJECT_CRL : OBJECT_OTHER;
}

/* A certificate of a trust anchor has no issuer but itself: no AKI that is
 * another's, no CRL, no AIA.  So what is refused as a CA is tried as one. */
static void
look_at_cert(struct look *l)
{
	struct span der = l->what->der;
	enum cert_role role = cert_role_of(der);
	struct cert *cert = &l->as.cert;

	l->reject = cert_parse(der, role, l->crypto, l->arena, cert);
	if (l->reject != REJECT_NONE && role == CERT_CA &&
		cert_parse(der, CERT_TA, l->crypto, l->arena, cert) ==
			REJECT_NONE)
		l->reject = REJECT_NONE;
	if (l->reject == REJECT_NONE)
		l->part = PART_CERT;
}

/* A CRL's signature is its issuer's, so there is none to check here. */
static void
look_at_crl(struct look *l)
{
	l->reject = crl_parse(l->what->der, l->arena, &l->as.crl);
	if (l->reject == REJECT_NONE)
		l->part = PART_CRL;
}

/* Parse as `part`; the caller decides what the answer means. */
static enum reject
parse_signed(struct look *l, enum part part, const struct profile *profile)
{
	const struct cms_want want = {l->what->type, profile};
	struct span der = l->what->der;

	l->part = part;
	switch (part) {
	case PART_MFT:
		return mft_parse(der, profile, l->crypto, l->arena, &l->as.mft);
	case PART_ROA:
		return roa_parse(der, profile, l->crypto, l->arena, &l->as.roa);
	case PART_GBR:
		return gbr_parse(der, profile, l->crypto, l->arena, &l->as.gbr);
	case PART_ASPA:
		return aspa_parse(
			der, profile, l->crypto, l->arena, &l->as.aspa);
	case PART_TAK:
		return tak_parse(der, profile, l->crypto, l->arena, &l->as.tak);
	case PART_SPL:
		return spl_parse(der, profile, l->crypto, l->arena, &l->as.spl);
	case PART_RSC:
		return rsc_parse(der, profile, l->crypto, l->arena, &l->as.rsc);
	case PART_NONE:
	case PART_CERT:
	case PART_CRL:
	case PART_CMS:
	case PART_CCR:
		break;
	}
	return cms_parse(der, &want, l->crypto, l->arena, &l->as.cms);
}

/* The envelope of whatever signed object was read. */
static const struct cms *
envelope(const struct look *l)
{
	switch (l->part) {
	case PART_MFT:
		return &l->as.mft.cms;
	case PART_ROA:
		return &l->as.roa.cms;
	case PART_GBR:
		return &l->as.gbr.cms;
	case PART_ASPA:
		return &l->as.aspa.cms;
	case PART_TAK:
		return &l->as.tak.cms;
	case PART_SPL:
		return &l->as.spl.cms;
	case PART_RSC:
		return &l->as.rsc.cms;
	case PART_NONE:
	case PART_CERT:
	case PART_CRL:
	case PART_CMS:
	case PART_CCR:
		break;
	}
	return &l->as.cms;
}

/* The second and third look are for people only, so their answers count for
 * nothing: a lenient profile must never make a refused object less refused. */
static void
look_at_signed(struct look *l, enum part part)
{
	const struct profile *lenient = profile_find("rfc6488");

	l->reject = parse_signed(l, part, l->what->profile);
	if (l->reject == REJECT_NONE) {
		l->reject = cms_check(envelope(l), l->crypto);
		return;
	}
	if (parse_signed(l, part, lenient) == REJECT_NONE ||
		parse_signed(l, PART_CMS, lenient) == REJECT_NONE)
		return;
	l->part = PART_NONE;
}

/* No object, but a ContentInfo as well; nobody has signed it. */
static void
look_at_other(struct look *l)
{
	if (!inspect_is_ccr(l->what->der))
		return;
	l->reject = ccr_parse(l->what->der, l->crypto, l->arena, &l->as.ccr);
	if (l->reject == REJECT_NONE)
		l->part = PART_CCR;
}

/* What this version has no parser for: that much is said of it. */
static void
show_unread(struct sheet *s, const struct look *l)
{
	enum oid oid = content_of(l->what->der);

	if (l->what->type != OBJECT_OTHER || oid == OID_UNKNOWN ||
		oid == OID_CT_CCR)
		return;
	sheet_word(s, "content_type", oid_dotted(oid));
	sheet_word(s, "note", "content of this type is not read");
}

/* A row here is all that a new type needs, besides its parser. */
static void
look_at(struct look *l)
{
	switch (l->what->type) {
	case OBJECT_CERT:
	case OBJECT_ROUTER_CERT:
		look_at_cert(l);
		break;
	case OBJECT_CRL:
		look_at_crl(l);
		break;
	case OBJECT_MANIFEST:
		look_at_signed(l, PART_MFT);
		break;
	case OBJECT_ROA:
		look_at_signed(l, PART_ROA);
		break;
	case OBJECT_GBR:
		look_at_signed(l, PART_GBR);
		break;
	case OBJECT_ASPA:
		look_at_signed(l, PART_ASPA);
		break;
	case OBJECT_TAK:
		look_at_signed(l, PART_TAK);
		break;
	case OBJECT_SPL:
		look_at_signed(l, PART_SPL);
		break;
	case OBJECT_RSC:
		look_at_signed(l, PART_RSC);
		break;
	case OBJECT_OTHER:
		look_at_other(l);
		break;
	case OBJECT_TYPES:
		break;
	}
}

static void
show_part(struct sheet *s, const struct look *l)
{
	switch (l->part) {
	case PART_NONE:
		break;
	case PART_CERT:
		show_cert(s, &l->as.cert);
		break;
	case PART_CRL:
		show_crl(s, &l->as.crl);
		break;
	case PART_CMS:
		show_cms(s, &l->as.cms);
		break;
	case PART_MFT:
		show_mft(s, &l->as.mft);
		break;
	case PART_ROA:
		show_roa(s, &l->as.roa);
		break;
	case PART_GBR:
		show_gbr(s, &l->as.gbr);
		break;
	case PART_ASPA:
		show_aspa(s, &l->as.aspa);
		break;
	case PART_TAK:
		show_tak(s, &l->as.tak);
		break;
	case PART_SPL:
		show_spl(s, &l->as.spl);
		break;
	case PART_RSC:
		show_rsc(s, &l->as.rsc);
		break;
	case PART_CCR:
		show_ccr(s, &l->as.ccr);
		break;
	}
}

/* A person must not read "valid" and go on: the verdict itself says what else
 * there is.  A script has fields for it. */
static bool
is_unused(const struct sheet *s, const struct inspect *what)
{
	return !s->json && what->verdict == INSPECT_VALID &&
		what->point != REJECT_NONE;
}

static void
show_verdict(struct sheet *s, const struct inspect *what)
{
	const char *word = verdicts[what->verdict];
	struct text t = {0};

	if (!is_unused(s, what)) {
		sheet_word(s, "verdict", word);
		return;
	}
	text_add(&t, "%s, but not used: publication point ", word);
	text_put(&t, (const char *)what->point_uri.p, what->point_uri.n);
	text_add(&t, ": %s ", reject_name(what->point));
	text_put(&t, (const char *)what->point_file.p, what->point_file.n);
	s->out->failed |= t.failed;
	sheet_text(s, "verdict", span_of(t.p == NULL ? "" : t.p, t.n));
	text_free(&t);
}

static void
show_point(struct sheet *s, const struct inspect *what)
{
	sheet_word(s, "point_reason", reject_name(what->point));
	sheet_text(s, "point_uri", what->point_uri);
	sheet_text(s, "point_file", what->point_file);
}

/* A cache representation is of no type that a manifest lists. */
static const char *
type_word(const struct inspect *what)
{
	return what->type == OBJECT_OTHER && inspect_is_ccr(what->der)
		? "ccr"
		: object_type_name(what->type);
}

/* What is known of any file, and the verdict.  Scripts select by these fields,
 * so they come first, in one order, and `reason` is always there.  The RFC's
 * section and the text are for people who do not know the word. */
static void
show_head(struct sheet *s, const struct inspect *what,
	const uint8_t hash[SHA256_SIZE])
{
	if (what->uri.n > 0)
		sheet_text(s, "uri", what->uri);
	if (what->file.n > 0)
		sheet_text(s, "file", what->file);
	sheet_word(s, "type", type_word(what));
	sheet_number(s, "size", what->der.n);
	sheet_hex(s, "hash", span_of(hash, SHA256_SIZE));
	show_verdict(s, what);
	sheet_word(s, "reason", reject_name(what->reason));
	if (what->point != REJECT_NONE && !is_unused(s, what))
		show_point(s, what);
	if (what->reason == REJECT_NONE)
		return;
	sheet_word(s, "reason_rfc", reject_rfc(what->reason));
	sheet_word(s, "reason_text", reject_text(what->reason));
}

enum object_type
inspect_type(struct span name, struct span der)
{
	enum object_type type = object_type_of((const char *)name.p, name.n);

	/* Routers' certificates have the extension of CA certificates. */
	if (type == OBJECT_OTHER || type == OBJECT_CERT) {
		enum object_type found = type_of_bytes(der);

		if (type == OBJECT_OTHER || found == OBJECT_ROUTER_CERT)
			return found;
	}
	return type;
}

bool
inspect_is_ccr(struct span der)
{
	return content_of(der) == OID_CT_CCR;
}

bool
inspect_is_der(struct span bytes)
{
	struct der d;

	der_init(&d, bytes);
	der_skip(&d);
	return der_done(&d) == REJECT_NONE;
}

int
inspect_object(const struct inspect *what, struct crypto *c, struct text *out,
	enum inspect_verdict *verdict)
{
	struct inspect told = *what;
	struct look look = {.what = what, .crypto = c};
	uint8_t hash[SHA256_SIZE];
	struct sheet sheet;

	crypto_sha256(c, what->der, hash);
	look.arena = arena_new(ARENA_CHUNK);
	if (look.arena == NULL)
		return ERR_NOMEM;
	look_at(&look);
	/* The chain knows of issuers and times; where it refused, its reason
	 * stands.  Where it did not, the object still has to hold alone. */
	if (told.verdict != INSPECT_INVALID) {
		told.reason = look.reject;
		if (look.reject != REJECT_NONE)
			told.verdict = INSPECT_INVALID;
	}
	sheet_begin(&sheet, out, what->json);
	show_head(&sheet, &told, hash);
	show_unread(&sheet, &look);
	show_part(&sheet, &look);
	sheet_end(&sheet);
	arena_free(look.arena);
	*verdict = told.verdict;
	return out->failed ? ERR_NOMEM : 0;
}
