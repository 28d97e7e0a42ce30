/*
 * fuzz: what the harnesses share.
 *
 * Each harness hands the fuzzer's octets to one parser and then asks of what
 * was accepted that every view lies inside the input.  All memory comes and
 * goes with each input, so that a harness keeps no state.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "validator/object/cert.h"
#include "validator/object/cms.h"
#include "validator/object/crypto.h"
#include "validator/object/profile.h"
#include "waymark/span.h"

struct fuzz {
	struct span der;
	struct crypto *crypto;
	struct arena *arena;
};

/* The entry that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct fuzz
fuzz_begin(const uint8_t *data, size_t size)
{
	struct fuzz f = {
		.der = span_of(data, size),
		.crypto = crypto_new(),
		.arena = arena_new(4096),
	};

	if (f.crypto == NULL || f.arena == NULL)
		abort();
	return f;
}

static inline int
fuzz_end(struct fuzz *f)
{
	arena_free(f->arena);
	crypto_free(f->crypto);
	return 0;
}

/* Abort unless `s` is empty or lies inside the input. */
static inline void
fuzz_inside(const struct fuzz *f, struct span s)
{
	if (s.n == 0)
		return;
	if (s.p < f->der.p || s.n > f->der.n ||
		(size_t)(s.p - f->der.p) > f->der.n - s.n)
		abort();
}

static inline void
fuzz_cert(const struct fuzz *f, const struct cert *cert)
{
	fuzz_inside(f, cert->der);
	fuzz_inside(f, cert->tbs);
	fuzz_inside(f, cert->signature);
	fuzz_inside(f, cert->serial);
	fuzz_inside(f, cert->issuer);
	fuzz_inside(f, cert->subject);
	fuzz_inside(f, cert->spki);
	fuzz_inside(f, cert->crl_uri);
	fuzz_inside(f, cert->aia_uri);
	fuzz_inside(f, cert->repository_uri);
	fuzz_inside(f, cert->manifest_uri);
	fuzz_inside(f, cert->notify_uri);
	fuzz_inside(f, cert->object_uri);
	if (!resources_inherit_any(&cert->resources) &&
		!resources_contain(&cert->resources, &cert->resources))
		abort();
}

static inline void
fuzz_cms(const struct fuzz *f, const struct cms *cms)
{
	fuzz_inside(f, cms->content);
	fuzz_inside(f, cms->signed_attrs);
	fuzz_inside(f, cms->signature);
	fuzz_cert(f, &cms->ee);
	cms_check(cms, f->crypto);
}

#endif
