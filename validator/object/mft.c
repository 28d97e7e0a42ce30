/*
 * mft: reading manifests (RFC 9286 section 4.2).
 *
 *	Manifest ::= SEQUENCE {
 *	  version        [0] INTEGER DEFAULT 0,  so never there in DER
 *	  manifestNumber INTEGER (0..MAX),       up to 2^159-1
 *	  thisUpdate     GeneralizedTime,
 *	  nextUpdate     GeneralizedTime,
 *	  fileHashAlg    OBJECT IDENTIFIER,      SHA-256
 *	  fileList       SEQUENCE OF SEQUENCE { IA5String, BIT STRING } }
 *
 * The list is read twice: once for its length, so that its array is taken in
 * one piece, and once for its entries.  A name that is there twice is found by
 * sorting, which most lists are spared because they come sorted.
 *
 * What it does not do: compare times to a clock, numbers to earlier ones, or
 * files to hashes (validator/chain).
 */
#include "validator/object/mft.h"

#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"
#include "waymark/bounds.h"

enum {
	EXTENSION = 3 /* letters */
};

static bool
is_name_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* RFC 9286 section 4.2.2: [A-Za-z0-9_-]+\.[a-z]{3}.  Which extensions there
 * are is not asked: unknown files are fetched and then ignored. */
static bool
name_is_good(struct span name)
{
	size_t stem;

	if (name.n < EXTENSION + 2 || name.n > BOUND_FILE_NAME)
		return false;
	stem = name.n - EXTENSION - 1;
	for (size_t i = 0; i < stem; i++)
		if (!is_name_letter(name.p[i]))
			return false;
	if (name.p[stem] != '.')
		return false;
	for (size_t i = stem + 1; i < name.n; i++)
		if (name.p[i] < 'a' || name.p[i] > 'z')
			return false;
	return true;
}

static void
read_file(struct der *d, struct mft_file *file)
{
	struct der_bits hash;

	der_enter(d, DER_SEQUENCE);
	file->name = der_take(d, DER_IA5_STRING);
	if (!der_check(d, name_is_good(file->name), REJECT_MANIFEST_FILE_NAME))
		return;
	der_check(d, der_next_is(d, DER_BIT_STRING), REJECT_MANIFEST_HASH_FORM);
	hash = der_bit_string(d);
	der_check(d, hash.octets.n == SHA256_SIZE && hash.unused == 0,
		REJECT_MANIFEST_HASH_FORM);
	file->hash = hash.octets.p;
	file->type = object_type_of((const char *)file->name.p, file->name.n);
	der_leave(d);
}

/* How many entries follow; an error in one is found again by read_file. */
static size_t
count_files(const struct der *d)
{
	struct der at = *d;
	size_t n = 0;

	while (der_more(&at)) {
		der_take(&at, DER_SEQUENCE);
		n++;
	}
	return n;
}

static int
compare_names(const void *a, const void *b)
{
	const struct mft_file *const *x = a, *const *y = b;

	return span_compare((*x)->name, (*y)->name);
}

/* Whether the names are in order, each once: the usual case. */
static bool
names_ascend(const struct mft *mft)
{
	for (size_t i = 1; i < mft->file_count; i++)
		if (span_compare(mft->files[i - 1].name, mft->files[i].name) >=
			0)
			return false;
	return true;
}

static bool
names_are_unique(const struct mft *mft, struct arena *arena)
{
	size_t n = mft->file_count;
	const struct mft_file **sorted;

	if (names_ascend(mft))
		return true;
	sorted = arena_array(arena, n, sizeof(*sorted));
	if (sorted == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		sorted[i] = &mft->files[i];
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < n; i++)
		if (span_equal(sorted[i - 1]->name, sorted[i]->name))
			return false;
	return true;
}

/* RFC 9286 section 5.1: the most recent CRL, so one of them. */
static enum reject
find_crl(struct mft *mft)
{
	size_t found = 0;

	for (size_t i = 0; i < mft->file_count; i++) {
		if (mft->files[i].type != OBJECT_CRL)
			continue;
		mft->crl = i;
		found++;
	}
	if (found == 0)
		return REJECT_MANIFEST_CRL_MISSING;
	return found == 1 ? REJECT_NONE : REJECT_MANIFEST_CRL_TWICE;
}

static void
read_files(struct der *d, struct arena *arena, struct mft *out)
{
	struct mft_file *files;
	size_t n, i;

	der_enter(d, DER_SEQUENCE);
	n = count_files(d);
	if (!der_check(
		    d, n <= BOUND_MANIFEST_FILES, REJECT_MANIFEST_FILE_COUNT))
		return;
	files = arena_array(arena, n, sizeof(*files));
	if (files == NULL)
		abort(); /* out of memory: the validator is disposable */
	for (i = 0; der_more(d) && i < n; i++)
		read_file(d, &files[i]);
	out->files = files;
	out->file_count = i;
	der_leave(d);
}

static struct wall
read_time(struct der *d)
{
	der_check(d, der_next_is(d, DER_GENERALIZED_TIME),
		REJECT_MANIFEST_TIME_TYPE);
	return der_generalized_time(d);
}

static enum reject
read_manifest(struct span content, struct arena *arena, struct mft *out)
{
	struct der d;

	der_init(&d, content);
	der_enter(&d, DER_SEQUENCE);
	der_default(&d, 0, REJECT_MANIFEST_VERSION);
	out->number = der_natural(&d, REJECT_MANIFEST_NUMBER);
	out->this_update = read_time(&d);
	out->next_update = read_time(&d);
	der_check(&d, out->this_update.s < out->next_update.s,
		REJECT_MANIFEST_TIME_ORDER);
	der_oid_is(&d, OID_SHA256, REJECT_MANIFEST_HASH_ALGORITHM);
	read_files(&d, arena, out);
	der_leave(&d);
	return der_done(&d);
}

enum reject
mft_parse(struct span der, const struct profile *profile, struct crypto *c,
	struct arena *arena, struct mft *out)
{
	const struct cms_want want = {OBJECT_MANIFEST, profile};
	enum reject code;

	memset(out, 0, sizeof(*out));
	code = cms_parse(der, &want, c, arena, &out->cms);
	if (code != REJECT_NONE)
		return code;
	code = read_manifest(out->cms.content, arena, out);
	if (code != REJECT_NONE)
		return code;
	if (!names_are_unique(out, arena))
		return REJECT_MANIFEST_FILE_TWICE;
	code = find_crl(out);
	if (code != REJECT_NONE)
		return code;
	/* RFC 9286 section 5.1: whatever is there */
	if (!resources_inherit_all(&out->cms.ee.resources))
		return REJECT_MANIFEST_RESOURCES;
	return REJECT_NONE;
}
