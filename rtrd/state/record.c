/*
 * record: payloads as octets, as routers see them.
 *
 * A hash over a set wants a million small pieces: they are gathered in a
 * buffer.
 */
#include "rtrd/state/record.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "waymark/addr.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	VRP_SIZE = 24,
	KEY_FIXED = SKI_SIZE + 8,
	ASPA_FIXED = 8,
	COUNTS_SIZE = 12,
};

int
sink_init(struct sink *s, struct file_out *file)
{
	s->digest = EVP_MD_CTX_new();
	s->file = file;
	s->n = 0;
	s->err = 0;
	if (s->digest == NULL)
		s->err = ERR_NOMEM;
	else if (EVP_DigestInit_ex(s->digest, EVP_sha256(), NULL) != 1)
		s->err = ERR_CRYPTO;
	return s->err;
}

void
sink_fini(struct sink *s)
{
	EVP_MD_CTX_free(s->digest);
	s->digest = NULL;
}

/* Both hear of the same octets. */
static void
forward(struct sink *s, const void *p, size_t n)
{
	if (s->err == 0 && EVP_DigestUpdate(s->digest, p, n) != 1)
		s->err = ERR_CRYPTO;
	if (s->err == 0 && s->file != NULL)
		file_out_write(s->file, p, n);
}

static void
flush(struct sink *s)
{
	forward(s, s->buffer, s->n);
	s->n = 0;
}

void
sink_put(struct sink *s, const void *p, size_t n)
{
	if (n > sizeof(s->buffer) - s->n)
		flush(s);
	if (n > sizeof(s->buffer)) {
		forward(s, p, n);
		return;
	}
	memcpy(s->buffer + s->n, p, n);
	s->n += n;
}

int
sink_done(struct sink *s, uint8_t hash[HISTORY_HASH])
{
	flush(s);
	if (s->err == 0 && EVP_DigestFinal_ex(s->digest, hash, NULL) != 1)
		s->err = ERR_CRYPTO;
	return s->err;
}

/* Writing. */

static void
put_vrp(struct sink *s, const struct vrp *v)
{
	uint8_t octets[VRP_SIZE];
	struct writer w = writer_of(octets, sizeof(octets));

	writer_bytes(&w, v->addr.b, sizeof(v->addr.b));
	writer_le32(&w, v->asn);
	writer_u8(&w, v->family);
	writer_u8(&w, v->len);
	writer_u8(&w, v->max_len);
	writer_u8(&w, 0);
	sink_put(s, octets, sizeof(octets));
}

static void
put_key(struct sink *s, const struct router_key *key)
{
	uint8_t octets[KEY_FIXED];
	struct writer w = writer_of(octets, sizeof(octets));

	writer_bytes(&w, key->ski, SKI_SIZE);
	writer_le32(&w, key->asn);
	writer_le32(&w, (uint32_t)key->spki.n);
	sink_put(s, octets, sizeof(octets));
	sink_put(s, key->spki.p, key->spki.n);
}

static void
put_number(struct sink *s, uint32_t number)
{
	uint8_t octets[4];
	struct writer w = writer_of(octets, sizeof(octets));

	writer_le32(&w, number);
	sink_put(s, octets, sizeof(octets));
}

static void
put_aspa(struct sink *s, const struct aspa *aspa)
{
	put_number(s, aspa->customer);
	put_number(s, aspa->provider_count);
	for (uint32_t i = 0; i < aspa->provider_count; i++)
		put_number(s, aspa->providers[i]);
}

void
record_put(struct sink *s, const struct delta_half *half)
{
	put_number(s, (uint32_t)half->vrp_count);
	put_number(s, (uint32_t)half->key_count);
	put_number(s, (uint32_t)half->aspa_count);
	for (size_t i = 0; i < half->vrp_count; i++)
		put_vrp(s, &half->vrps[i]);
	for (size_t i = 0; i < half->key_count; i++)
		put_key(s, &half->keys[i]);
	for (size_t i = 0; i < half->aspa_count; i++)
		put_aspa(s, &half->aspas[i]);
}

size_t
record_size(const struct delta_half *half)
{
	size_t size = COUNTS_SIZE + half->vrp_count * VRP_SIZE;

	for (size_t i = 0; i < half->key_count; i++)
		size += KEY_FIXED + half->keys[i].spki.n;
	for (size_t i = 0; i < half->aspa_count; i++)
		size += ASPA_FIXED +
			half->aspas[i].provider_count * sizeof(uint32_t);
	return size;
}

int
record_hash(const struct payload_set *set, uint8_t hash[HISTORY_HASH])
{
	struct sink s;
	int err = sink_init(&s, NULL);

	if (err == 0) {
		put_number(&s, (uint32_t)set->vrp_count);
		put_number(&s, (uint32_t)set->key_count);
		put_number(&s, (uint32_t)set->aspa_count);
		for (size_t i = 0; i < set->vrp_count; i++)
			put_vrp(&s, &set->vrps[i]);
		for (size_t i = 0; i < set->key_count; i++)
			put_key(&s, &set->keys[i]);
		for (size_t i = 0; i < set->aspa_count; i++)
			put_aspa(&s, &set->aspas[i]);
		err = sink_done(&s, hash);
	}
	sink_fini(&s);
	return err;
}

/* Reading. */

/* A prefix as it may be given to a router (RFC 6482 section 3.3). */
static bool
is_prefix(const struct vrp *v)
{
	struct addr low;

	if (v->family != FAMILY_IPV4 && v->family != FAMILY_IPV6)
		return false;
	if (v->len > v->max_len ||
		v->max_len > family_bits((enum family)v->family))
		return false;
	low = addr_low(&v->addr, v->len);
	return addr_compare(&low, &v->addr) == 0;
}

static int
take_vrp(struct reader *r, struct vrp *out)
{
	struct vrp v = {0};
	uint8_t zero;

	if (!reader_copy(r, v.addr.b, sizeof(v.addr.b)) ||
		!reader_le32(r, &v.asn) || !reader_u8(r, &v.family) ||
		!reader_u8(r, &v.len) || !reader_u8(r, &v.max_len) ||
		!reader_u8(r, &zero))
		return ERR_TRUNCATED;
	if (zero != 0 || !is_prefix(&v))
		return ERR_SYNTAX;
	*out = v;
	return 0;
}

static int
take_key(struct reader *r, struct router_key *out)
{
	struct router_key key = {0};
	uint32_t n;

	if (!reader_copy(r, key.ski, SKI_SIZE) || !reader_le32(r, &key.asn) ||
		!reader_le32(r, &n) || !reader_take(r, n, &key.spki))
		return ERR_TRUNCATED;
	if (n > BOUND_RTR_PDU_SEND)
		return ERR_SYNTAX;
	*out = key;
	return 0;
}

/* Strictly ascending, and at least one (RTR version 2). */
static int
take_providers(struct reader *r, uint32_t *providers, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!reader_le32(r, &providers[i]))
			return ERR_TRUNCATED;
		if (i > 0 && providers[i] <= providers[i - 1])
			return ERR_SYNTAX;
	}
	return 0;
}

static int
take_aspa(struct reader *r, struct arena *arena, struct aspa *out)
{
	struct aspa aspa = {0};
	uint32_t *providers;
	int err;

	if (!reader_le32(r, &aspa.customer) ||
		!reader_le32(r, &aspa.provider_count) ||
		aspa.provider_count > reader_left(r) / sizeof(uint32_t))
		return ERR_TRUNCATED;
	if (aspa.provider_count == 0)
		return ERR_SYNTAX;
	providers = arena_array(arena, aspa.provider_count, sizeof(uint32_t));
	if (providers == NULL)
		return ERR_NOMEM;
	err = take_providers(r, providers, aspa.provider_count);
	aspa.providers = providers;
	if (err == 0)
		*out = aspa;
	return err;
}

static int
take_all(struct reader *r, struct arena *arena, struct delta_half *half)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < half->vrp_count; i++)
		err = take_vrp(r, &half->vrps[i]);
	for (size_t i = 0; err == 0 && i < half->key_count; i++)
		err = take_key(r, &half->keys[i]);
	for (size_t i = 0; err == 0 && i < half->aspa_count; i++)
		err = take_aspa(r, arena, &half->aspas[i]);
	/* Of a customer there is one ASPA, whatever its providers. */
	for (size_t i = 1; err == 0 && i < half->aspa_count; i++)
		err = aspa_compare(&half->aspas[i - 1], &half->aspas[i]) < 0
			? 0
			: ERR_SYNTAX;
	if (err == 0 && !delta_half_is_sorted(half))
		err = ERR_SYNTAX;
	return err;
}

/* Room for so many; a half has none of a kind as NULL. */
static bool
make_room(struct delta_half *half)
{
	half->vrps = calloc(half->vrp_count, sizeof(*half->vrps));
	half->keys = calloc(half->key_count, sizeof(*half->keys));
	half->aspas = calloc(half->aspa_count, sizeof(*half->aspas));
	return (half->vrps != NULL || half->vrp_count == 0) &&
		(half->keys != NULL || half->key_count == 0) &&
		(half->aspas != NULL || half->aspa_count == 0);
}

int
record_take(struct reader *r, struct arena *arena, struct delta_half *out)
{
	struct delta_half half = {0};
	uint32_t vrps, keys, aspas;
	int err;

	if (!reader_le32(r, &vrps) || !reader_le32(r, &keys) ||
		!reader_le32(r, &aspas))
		return ERR_TRUNCATED;
	/* What is announced must be there: no number asks for memory that the
	 * file could not fill. */
	if ((uint64_t)vrps * VRP_SIZE + (uint64_t)keys * KEY_FIXED +
			(uint64_t)aspas * ASPA_FIXED >
		reader_left(r))
		return ERR_TRUNCATED;
	half.vrp_count = vrps;
	half.key_count = keys;
	half.aspa_count = aspas;
	err = make_room(&half) ? take_all(r, arena, &half) : ERR_NOMEM;
	if (err == 0)
		*out = half;
	else
		record_drop(&half);
	return err;
}

void
record_drop(struct delta_half *half)
{
	free(half->vrps);
	free(half->keys);
	free(half->aspas);
	*half = (struct delta_half){0};
}
