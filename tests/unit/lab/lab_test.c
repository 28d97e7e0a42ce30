/*
 * lab: objects without changes must be what OpenSSL, which had no part in
 * encoding them, can read and verify; the same parameters give the same octets.
 */
#include <criterion/criterion.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include "tests/lab/lab.h"

static struct span
test_bytes(struct lab *lab, const char *type)
{
	struct span der = {0};

	cr_assert_eq(
		lab_object_bytes(lab, type, NULL, &der), 0, "%s", lab_why(lab));
	return der;
}

static X509 *
test_x509(struct span der)
{
	const unsigned char *p = der.p;
	X509 *cert = d2i_X509(NULL, &p, (long)der.n);

	cr_assert(cert != NULL);
	cr_assert(p == der.p + der.n);
	return cert;
}

static void
test_signed_by(struct lab *lab, const char *type, const char *issuer)
{
	X509 *cert = test_x509(test_bytes(lab, type));
	X509 *above = test_x509(test_bytes(lab, issuer));

	cr_expect_eq(X509_verify(cert, X509_get0_pubkey(above)), 1, "%s", type);
	X509_free(cert);
	X509_free(above);
}

Test(lab, certificates_verify)
{
	struct lab *lab = lab_new(NULL);

	test_signed_by(lab, "ta", "ta");
	test_signed_by(lab, "ca", "ta");
	test_signed_by(lab, "ee", "ca");
	test_signed_by(lab, "router", "ca");
	lab_free(lab);
}

Test(lab, crl_verifies)
{
	struct lab *lab = lab_new(NULL);
	struct span der = test_bytes(lab, "crl");
	X509 *ca = test_x509(test_bytes(lab, "ca"));
	const unsigned char *p = der.p;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);

	cr_assert(crl != NULL);
	cr_expect_eq(X509_CRL_verify(crl, X509_get0_pubkey(ca)), 1);
	X509_CRL_free(crl);
	X509_free(ca);
	lab_free(lab);
}

static void
test_cms(struct lab *lab, const char *type)
{
	struct span der = test_bytes(lab, type);
	const unsigned char *p = der.p;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);

	cr_assert(cms != NULL, "%s", type);
	cr_assert(p == der.p + der.n);
	cr_expect_eq(CMS_verify(cms, NULL, NULL, NULL, NULL,
			     CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY),
		1, "%s", type);
	CMS_ContentInfo_free(cms);
}

Test(lab, signed_objects_verify)
{
	struct lab *lab = lab_new(NULL);
	const char *types[] = {"mft", "roa", "gbr", "aspa", "tak"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		test_cms(lab, types[i]);
	lab_free(lab);
}

Test(lab, same_parameters_same_octets)
{
	struct lab *one = lab_new(NULL);
	struct lab *two = lab_new(NULL);
	const char *types[] = {"ta", "ca", "crl", "mft", "roa"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		cr_expect(span_equal(test_bytes(one, types[i]),
				  test_bytes(two, types[i])),
			"%s", types[i]);
	lab_free(one);
	lab_free(two);
}

Test(lab, a_changed_object_is_signed_again)
{
	struct lab *lab = lab_new(NULL);
	const char *changes[] = {"tbs.serial=int:0x7fffffff", NULL};
	X509 *ta = test_x509(test_bytes(lab, "ta"));
	struct span der;
	X509 *cert;

	cr_assert_eq(lab_object_bytes(lab, "ca", changes, &der), 0);
	cert = test_x509(der);
	cr_expect_eq(
		ASN1_INTEGER_get(X509_get0_serialNumber(cert)), 0x7fffffff);
	cr_expect_eq(X509_verify(cert, X509_get0_pubkey(ta)), 1);
	X509_free(cert);
	X509_free(ta);
	lab_free(lab);
}

Test(lab, a_changed_signature_is_left_alone)
{
	struct lab *lab = lab_new(NULL);
	const char *changes[] = {"signature=flip:-1", NULL};
	X509 *ta = test_x509(test_bytes(lab, "ta"));
	struct span der;
	X509 *cert;

	cr_assert_eq(lab_object_bytes(lab, "ca", changes, &der), 0);
	cert = test_x509(der);
	cr_expect_eq(X509_verify(cert, X509_get0_pubkey(ta)), 0);
	X509_free(cert);
	X509_free(ta);
	lab_free(lab);
}

Test(lab, a_wrong_change_is_named)
{
	struct lab *lab = lab_new(NULL);
	const char *wrong[] = {"tbs.nothing=remove", "tbs.serial=what",
		"tbs.serial=int:x", "tbs.serial"};
	struct span der;

	for (size_t i = 0; i < 4; i++) {
		const char *changes[] = {wrong[i], NULL};

		cr_expect_lt(lab_object_bytes(lab, "ca", changes, &der), 0);
		cr_expect(strstr(lab_why(lab), wrong[i]) != NULL, "%s",
			lab_why(lab));
	}
	lab_free(lab);
}

Test(lab, keys_differ)
{
	struct lab *lab = lab_new(NULL);
	uint8_t ski[30][20];

	for (unsigned i = 0; i < 30; i++)
		lab_keys_ski(lab_pool(lab), i, ski[i]);
	for (unsigned i = 0; i < 30; i++)
		for (unsigned j = i + 1; j < 30; j++)
			cr_expect(memcmp(ski[i], ski[j], 20) != 0);
	lab_free(lab);
}
