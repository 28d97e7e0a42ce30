/*
 * stand_in: an earlier certificate of a CA in the place of an unusable one.
 *
 *	name.cer on the manifest --refused--> told as refused
 *	   \-> by memory: the one that stands in, or the valid one of the
 *	       version before --octets by hash--> judged anew
 *	          --valid--> the child CA goes on with it, and that is told
 *	             \-> remembered with this version, and its octets spared
 *
 * For the child an unusable certificate is like a fetch that failed: what it
 * had stays while its chain holds.  So the earlier one is held to all rules of
 * today: signature, time, CRL, resources of the issuer.  It is remembered from
 * version to version until the name has a usable certificate, or is not on the
 * manifest; or until the earlier one itself does not hold: then it is gone for
 * good.
 *
 * A certificate that would be used but for a limit needs none: an earlier one
 * meets the same limit.  What never was in the store has no past, and no
 * stand-in.
 */
#include "validator/chain/point_inner.h"
#include "waymark/err.h"

bool
stand_in_is_wanted(const struct outcome *what, enum reject code)
{
	return what->type == OBJECT_CERT &&
		(what->state == OBJECT_STATE_REFUSED || code == REJECT_CA_LOOP);
}

/* Queue the child; a line that says so, with why its own certificate is not
 * used. */
static void
adopt(struct point *p, const struct member *m, enum reject code,
	const struct memory_file *earlier)
{
	if (member_adopt(&p->house, m, earlier->what.cert) == REJECT_NONE)
		note_fallback(&p->noter, m->entry->name, code, true);
}

void
stand_in_take(struct point *p, const struct member *m, enum reject code,
	const struct memory_file *earlier)
{
	p->signatures += earlier->signatures;
	p->k->findings.point.counters[REPORT_BYTES] += earlier->size;
	adopt(p, m, code, earlier);
}

/* The octets, in the place of the member's; false when the store has lost
 * them. */
static bool
read_earlier(struct point *p, const uint8_t *hash, struct span *out)
{
	struct checker *k = p->k;
	struct source_file file;
	int err =
		k->source.ops->object(k->source.view, hash, &k->object, &file);

	if (err == ERR_NOMEM)
		k->findings.failed = true;
	if (err != 0)
		return false;
	k->findings.point.counters[REPORT_BYTES] += file.der.n;
	*out = file.der;
	return true;
}

void
stand_in_seek(struct point *p, const struct member *m, enum reject code)
{
	struct crypto *c = p->k->crypto;
	uint64_t before = crypto_signatures(c);
	struct memory_file file = {
		.name = m->entry->name,
		.hash = recall_earlier(p, m->entry),
	};
	struct member earlier = {.entry = m->entry, .index = m->index};

	if (file.hash == NULL || !read_earlier(p, file.hash, &earlier.der))
		return;
	member_judge(&p->house, &earlier, &file.what);
	if (file.what.state != OBJECT_STATE_VALID ||
		file.what.type != OBJECT_CERT || file.what.cert == NULL)
		return;
	file.size = (uint32_t)earlier.der.n;
	file.signatures = (uint32_t)(crypto_signatures(c) - before);
	adopt(p, m, code, &file);
	recall_note(p, &file);
}
