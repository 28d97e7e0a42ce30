/*
 * cert: any octets as a certificate in each role.
 */
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);
	struct cert cert;

	cert_role_of(f.der);
	for (int role = CERT_TA; role <= CERT_CHECKLIST; role++)
		if (cert_parse(f.der, (enum cert_role)role, f.crypto, f.arena,
			    &cert) == REJECT_NONE)
			fuzz_cert(&f, &cert);
	return fuzz_end(&f);
}
