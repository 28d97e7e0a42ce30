/*
 * crl: any octets as a CRL, which then revokes all that it lists, in order.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/object/crl.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);
	struct crl crl;

	if (crl_parse(f.der, f.arena, &crl) == REJECT_NONE) {
		fuzz_inside(&f, crl.tbs);
		fuzz_inside(&f, crl.signature);
		fuzz_inside(&f, crl.issuer);
		fuzz_inside(&f, crl.number);
		for (size_t i = 0; i < crl.revoked_count; i++) {
			fuzz_inside(&f, crl.revoked[i].serial);
			if (!crl_revokes(&crl, crl.revoked[i].serial))
				abort();
		}
	}
	return fuzz_end(&f);
}
