/*
 * ccr: any octets as a cache representation.  Hashes keep mutants out, so the
 * list of each state is also tried with the hash that it should have.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"

#include "validator/object/ccr.h"

enum {
	ROOM = 16384,
	HEADS = 5 + 11 + 13 + 17, /* octets around a state, at most */
	LENGTH_MAX = 0x7fff, /* what a length of two octets may say here */
};

static void
check(const struct ccr *ccr)
{
	for (size_t i = 0; i < ccr->counts[CCR_MANIFESTS]; i++) {
		struct span rest = ccr->manifests[i].locations;
		size_t n = 0;

		while (ccr_location(&rest).n > 0)
			continue;
		rest = ccr->manifests[i].subordinates;
		while (ccr_subordinate(&rest) != NULL)
			n++;
		if (n != ccr->manifests[i].subordinate_count)
			abort();
	}
	for (size_t i = 0; i < ccr->counts[CCR_VRPS]; i++)
		if (ccr->vrps[i].max_len < ccr->vrps[i].prefix.len)
			abort();
	for (size_t i = 0; i < ccr->counts[CCR_ASPAS]; i++)
		if (ccr->aspas[i].provider_count == 0)
			abort();
}

static void
try(const struct fuzz *f, struct span der)
{
	struct ccr ccr;

	if (ccr_parse(der, f->crypto, f->arena, &ccr) == REJECT_NONE)
		check(&ccr);
	arena_reset(f->arena);
}

/* Tag and length before what was written from `from` on; the length is not
 * always the shortest, so some are refused for that. */
static size_t
wrap(uint8_t *p, size_t from, size_t end, uint8_t tag)
{
	size_t n = end - from;

	if (n > 255) {
		p[--from] = (uint8_t)n;
		p[--from] = (uint8_t)(n >> 8);
		p[--from] = 0x82;
	} else {
		p[--from] = (uint8_t)n;
		if (n > 127)
			p[--from] = 0x81;
	}
	p[--from] = tag;
	return from;
}

/* The octets as the list of a state, with all that belongs around it. */
static void
try_list(const struct fuzz *f, unsigned state)
{
	static const uint8_t head[] = "\x30\x0b\x06\x09\x60\x86\x48\x01\x65"
				      "\x03\x04\x02\x01\x18\x0f"
				      "20300102000000Z";
	static const uint8_t latest[] = "\x18\x0f"
					"20300101000000Z";
	static const uint8_t type[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01"
				      "\x09\x10\x01\x36";
	uint8_t *p = arena_get(f->arena, ROOM);
	size_t from = ROOM, hash = 2 + SHA256_SIZE;

	if (p == NULL || f->der.n + hash + 2 * HEADS > ROOM ||
		f->der.n > LENGTH_MAX)
		return;
	from -= hash;
	p[from] = 0x04;
	p[from + 1] = SHA256_SIZE;
	crypto_sha256(f->crypto, f->der, p + from + 2);
	if (state == CCR_MANIFESTS) {
		from -= sizeof(latest) - 1;
		memcpy(p + from, latest, sizeof(latest) - 1);
	}
	from -= f->der.n;
	if (f->der.n > 0)
		memcpy(p + from, f->der.p, f->der.n);
	from = wrap(p, from, ROOM, 0x30);
	from = wrap(p, from, ROOM, (uint8_t)(0xa1 + state));
	from -= sizeof(head) - 1;
	memcpy(p + from, head, sizeof(head) - 1);
	from = wrap(p, from, ROOM, 0x30);
	from = wrap(p, from, ROOM, 0xa0);
	from -= sizeof(type) - 1;
	memcpy(p + from, type, sizeof(type) - 1);
	from = wrap(p, from, ROOM, 0x30);
	try(f, span_of(p + from, ROOM - from));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);

	try(&f, f.der);
	for (unsigned state = 0; state < CCR_STATES; state++)
		try_list(&f, state);
	return fuzz_end(&f);
}
