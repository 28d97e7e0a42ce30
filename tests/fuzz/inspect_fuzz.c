/*
 * inspect: any octets as whatever they look like, in both forms, which end in a
 * newline and of which JSON has no other control octet.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/inspect.h"

static void
check_line(const struct text *out)
{
	for (size_t i = 0; i + 1 < out->n; i++)
		if ((unsigned char)out->p[i] < ' ')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);
	struct inspect what = {
		.der = f.der,
		.type = inspect_type(span_text("x"), f.der),
		.profile = profile_current(),
	};
	enum inspect_verdict verdict;

	for (int json = 0; json <= 1; json++) {
		struct text out = {0};

		what.json = json != 0;
		if (inspect_object(&what, f.crypto, &out, &verdict) != 0)
			abort();
		if (out.n == 0 || out.p[out.n - 1] != '\n')
			abort();
		if (what.json)
			check_line(&out);
		text_free(&out);
	}
	return fuzz_end(&f);
}
