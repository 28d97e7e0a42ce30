/*
 * selftest: whether the cryptographic library answers rightly, asked before a
 * run replaces anything.
 *
 * A library that refuses everything would empty the table, and one that accepts
 * everything would let anybody fill it.  So objects that are known to be good
 * must pass, and the same with one octet changed must not.
 */
#ifndef RUN_SELFTEST_H
#define RUN_SELFTEST_H

#include "waymark/span.h"

/* What is asked about; tests/lab/selftest-data makes it. */
struct selftest_data {
	struct span issuer; /* SubjectPublicKeyInfo of who issued these two */
	struct span roa; /* RSA 2048, SHA-256 */
	struct span router; /* certificate of a P-256 key */
	struct span point; /* SubjectPublicKeyInfo of a P-256 key */
	struct span ecdsa; /* signature by it over the ROA */
};

/* The objects that are built into the program.  Static. */
const struct selftest_data *selftest_data(void);

/* Ask.  0; ERR_CRYPTO with `*why` what was answered wrongly, a static text;
 * ERR_NOMEM. */
int selftest_run(const struct selftest_data *data, const char **why);

#endif
