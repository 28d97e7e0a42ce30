/*
 * prime: a sieve over a window, then one Fermat test for what is left.
 *
 *	start  +0  +2  +4  +6 ...            window
 *	        .   x   x   .                x: a small prime divides it
 *	        test        test -> prime
 *
 * One Fermat test with base 2 errs for a random number of this size less
 * often than memory does; nobody's safety hangs on it.
 */
#include "tests/lab/prime.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

enum {
	PRIME_WINDOW = 8192, /* odd numbers looked at; a gap of 16,384 between
				primes of 2,048 bits is unheard of */
	PRIME_SMALL = 16384, /* sieve with the primes below this */
	PRIME_OCTETS_MAX = 512,
};

static void *
prime_need(void *p)
{
	if (p == NULL) {
		fputs("lab: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static BIGNUM *
prime_start(const char *name, unsigned number, unsigned bits)
{
	uint8_t octets[PRIME_OCTETS_MAX];
	size_t n = bits / 8;
	BIGNUM *start;

	for (size_t at = 0; at < n; at += 32) {
		char text[128];
		int length = snprintf(text, sizeof(text), "%s %u %u %zu", name,
			number, bits, at);

		if (EVP_Digest(text, (size_t)length, octets + at, NULL,
			    EVP_sha256(), NULL) != 1)
			prime_need(NULL);
	}
	octets[0] |= 0xc0;
	octets[n - 1] |= 1;
	start = prime_need(BN_bin2bn(octets, (int)n, NULL));
	return start;
}

/* Mark the window's numbers that `small` divides; for the public exponent,
 * those that leave 1. */
static void
prime_strike(
	bool *struck, const BIGNUM *start, unsigned small, unsigned remainder)
{
	unsigned at = (unsigned)BN_mod_word(start, small);

	for (size_t i = 0; i < small && i < PRIME_WINDOW; i++) {
		if ((at + 2 * i) % small != remainder)
			continue;
		for (size_t j = i; j < PRIME_WINDOW; j += small)
			struck[j] = true;
		return;
	}
}

static void
prime_sieve(bool *struck, const BIGNUM *start, unsigned exponent)
{
	bool *composite = prime_need(calloc(PRIME_SMALL, sizeof(bool)));

	for (unsigned small = 3; small < PRIME_SMALL; small += 2) {
		if (composite[small])
			continue;
		for (unsigned i = 3 * small; i < PRIME_SMALL; i += 2 * small)
			composite[i] = true;
		prime_strike(struck, start, small, 0);
	}
	prime_strike(struck, start, exponent, 1);
	free(composite);
}

static bool
prime_test(const BIGNUM *candidate, BN_CTX *ctx)
{
	BIGNUM *two = prime_need(BN_new());
	BIGNUM *power = prime_need(BN_dup(candidate));
	bool prime;

	BN_set_word(two, 2);
	BN_sub_word(power, 1);
	if (BN_mod_exp(power, two, power, candidate, ctx) != 1)
		prime_need(NULL);
	prime = BN_is_one(power);
	BN_free(two);
	BN_free(power);
	return prime;
}

BIGNUM *
prime_search(
	const char *name, unsigned number, unsigned bits, unsigned exponent)
{
	BN_CTX *ctx = prime_need(BN_CTX_new());
	BIGNUM *candidate = prime_start(name, number, bits);
	bool *struck = prime_need(calloc(PRIME_WINDOW, sizeof(bool)));
	bool found = false;

	prime_sieve(struck, candidate, exponent);
	for (size_t i = 0; i < PRIME_WINDOW && !found; i++) {
		found = !struck[i] && prime_test(candidate, ctx);
		if (!found)
			BN_add_word(candidate, 2);
	}
	free(struck);
	BN_CTX_free(ctx);
	if (!found) {
		fputs("lab: no prime within the window\n", stderr);
		exit(1);
	}
	return candidate;
}
