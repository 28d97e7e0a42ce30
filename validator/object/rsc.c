/*
 * rsc: reading signed checklists (RFC 9323 section 4).
 *
 *	RpkiSignedChecklist ::= SEQUENCE {
 *	  version          [0] INTEGER DEFAULT 0,  so never there in DER
 *	  resources        SEQUENCE {              at least one of
 *	    asID           [0] { [0] SEQUENCE OF ASIdOrRange },
 *	    ipAddrBlocks   [1] SEQUENCE OF { family, addresses } },
 *	  digestAlgorithm  SHA-256,
 *	  checkList        SEQUENCE SIZE (1..MAX) OF SEQUENCE {
 *	    fileName       IA5String OPTIONAL,
 *	    hash           OCTET STRING } }
 *
 * Both kinds of resources are encoded as in certificates, but for what is left
 * out there: nothing is inherited.
 *
 * What it does not do: hash the files that are listed.
 */
#include "validator/object/rsc.h"

#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"
#include "validator/object/x509.h"

enum {
	TAG_ASN = 0,
	TAG_IP = 1,
	ENTRY_MIN = 4 + SHA256_SIZE, /* octets: a digest without a name */
};

typedef enum reject (*resources_fn)(
	struct span der, struct arena *arena, struct resources *out);

/* One kind of resources, where it is there. */
static void
read_kind(struct der *d, unsigned tag, resources_fn parse, struct arena *arena,
	struct rsc *out)
{
	struct span value;
	enum reject code;

	if (!der_next_is(d, DER_CONSTRUCTED(tag)))
		return;
	der_enter(d, DER_CONSTRUCTED(tag));
	value = der_element(d, DER_SEQUENCE);
	der_leave(d);
	if (!der_ok(d))
		return;
	code = parse(value, arena, &out->resources);
	der_check(d, code == REJECT_NONE, code);
}

static void
read_resources(struct der *d, struct arena *arena, struct rsc *out)
{
	const struct resources *r = &out->resources;

	der_enter(d, DER_SEQUENCE);
	read_kind(d, TAG_ASN, resources_parse_asn, arena, out);
	read_kind(d, TAG_IP, resources_parse_ip, arena, out);
	der_leave(d);
	der_check(d, r->has_asn || r->has_ip, REJECT_RSC_RESOURCES_MISSING);
	der_check(d, !resources_inherit_any(r), REJECT_RSC_INHERIT);
}

/* The portable file name character set of POSIX; a file has a name. */
static bool
name_is_good(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.' || c == '_' ||
			    c == '-'))
			return false;
	}
	return name.n > 0;
}

static void
read_file(struct der *d, struct rsc_file *file)
{
	struct span hash;

	der_enter(d, DER_SEQUENCE);
	if (der_next_is(d, DER_IA5_STRING)) {
		file->name = der_take(d, DER_IA5_STRING);
		der_check(d, name_is_good(file->name), REJECT_RSC_FILE_NAME);
	}
	hash = der_octets(d);
	der_check(d, hash.n == SHA256_SIZE, REJECT_RSC_HASH_SIZE);
	file->hash = hash.p;
	der_leave(d);
}

static void
read_files(struct der *d, struct arena *arena, struct rsc *out)
{
	struct rsc_file *files;
	size_t room, n = 0;

	/* What is too short for a digest is refused when it is read. */
	room = der_peek(d, DER_SEQUENCE).n / ENTRY_MIN;
	der_enter(d, DER_SEQUENCE);
	der_check(d, der_more(d), REJECT_RSC_FILES_EMPTY);
	files = arena_array(arena, room, sizeof(*files));
	if (files == NULL)
		abort(); /* out of memory: the validator is disposable */
	while (der_more(d) && n < room)
		read_file(d, &files[n++]);
	der_check(d, !der_more(d), REJECT_RSC_HASH_SIZE);
	der_leave(d);
	out->files = files;
	out->file_count = n;
}

/* By name, then those without one by digest. */
static int
compare_files(const void *a, const void *b)
{
	const struct rsc_file *const *x = a, *const *y = b;
	int order = span_compare((*x)->name, (*y)->name);

	if (order != 0 || (*x)->name.n > 0)
		return order;
	return memcmp((*x)->hash, (*y)->hash, SHA256_SIZE);
}

/* RFC 9323 section 4.4.1: names are unique, and so are the digests of those
 * without a name. */
static enum reject
check_files(const struct rsc *rsc, struct arena *arena)
{
	size_t n = rsc->file_count, i;
	const struct rsc_file **sorted;

	sorted = arena_array(arena, n, sizeof(*sorted));
	if (sorted == NULL)
		abort();
	for (i = 0; i < n; i++)
		sorted[i] = &rsc->files[i];
	qsort(sorted, n, sizeof(*sorted), compare_files);
	for (i = 1; i < n; i++)
		if (compare_files(&sorted[i - 1], &sorted[i]) == 0)
			return sorted[i]->name.n > 0 ? REJECT_RSC_FILE_TWICE
						     : REJECT_RSC_HASH_TWICE;
	return REJECT_NONE;
}

static enum reject
read_rsc(struct span content, struct arena *arena, struct rsc *out)
{
	struct der d;

	der_init(&d, content);
	der_enter(&d, DER_SEQUENCE);
	der_default(&d, 0, REJECT_RSC_VERSION);
	read_resources(&d, arena, out);
	x509_sha256(&d, REJECT_RSC_DIGEST);
	read_files(&d, arena, out);
	der_leave(&d);
	return der_done(&d);
}

/* RFC 9323 section 5: of each kind that the checklist has, the certificate
 * holds all, and inherits nothing.  Of the other kind nothing is asked. */
static enum reject
check_resources(const struct rsc *rsc)
{
	const struct resources *own = &rsc->resources;
	struct resources ee = rsc->cms.ee.resources;

	ee.inherit_asn &= own->has_asn;
	ee.inherit_ipv4 &= own->has_ip;
	ee.inherit_ipv6 &= own->has_ip;
	if (resources_inherit_any(&ee))
		return REJECT_RSC_EE_INHERIT;
	return resources_contain(&ee, own) ? REJECT_NONE
					   : REJECT_RSC_RESOURCES_OUTSIDE;
}

enum reject
rsc_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct rsc *out)
{
	const struct cms_want want = {OBJECT_RSC, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code == REJECT_NONE)
		code = read_rsc(out->cms.content, arena, out);
	if (code == REJECT_NONE)
		code = check_files(out, arena);
	if (code == REJECT_NONE)
		code = check_resources(out);
	return code;
}
