/*
 * pdu: the protocol data units of RTR, read and written.
 *
 * Everything that is written passes through here, so reserved octets are zero
 * because these functions never write anything else into them.
 */
#include <stddef.h>
#include <string.h>

#include "rtrd/proto/pdu.h"

/* One type in all versions; rows of types that do not exist stay zero. */
struct pdu_row {
	const char *name; /* NULL: no such type */
	struct pdu_form forms[PDU_VERSIONS];
};

static const struct pdu_row ROWS[] = {
#define PDU_ROW( \
	name_, type_, word_, sender_, min0, max0, min1, max1, min2, max2) \
	[type_] = {.name = word_, \
		.forms = {{min0, max0, PDU_SENDER_##sender_}, \
			{min1, max1, PDU_SENDER_##sender_}, \
			{min2, max2, PDU_SENDER_##sender_}}},
	PDU_TABLE(PDU_ROW)
#undef PDU_ROW
};

enum {
	ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0])
};

/* Bit 0 of the flags; the others are reserved (RFC 8210 section 5.1). */
enum {
	FLAG_ANNOUNCE = 1
};

bool
pdu_form(unsigned version, unsigned type, struct pdu_form *out)
{
	if (version >= PDU_VERSIONS || type >= ROW_COUNT)
		return false;
	/* Rows that are not there are all zero, like the versions that a
	 * type is unknown to. */
	if (ROWS[type].forms[version].most == 0)
		return false;
	*out = ROWS[type].forms[version];
	return true;
}

const char *
pdu_name(unsigned type)
{
	return type < ROW_COUNT ? ROWS[type].name : NULL;
}

bool
pdu_header_read(struct reader *r, struct pdu_header *out)
{
	struct span octets;
	struct reader in;

	if (!reader_take(r, PDU_HEADER, &octets))
		return false;
	in = reader_of(octets);
	return reader_u8(&in, &out->version) && reader_u8(&in, &out->type) &&
		reader_be16(&in, &out->field) && reader_be32(&in, &out->length);
}

/* Octets 0 to 7 of every PDU (RFC 8210 section 5). */
static void
write_header(struct writer *w, unsigned version, enum pdu_type type,
	uint16_t field, uint32_t length)
{
	writer_u8(w, (uint8_t)version);
	writer_u8(w, (uint8_t)type);
	writer_be16(w, field);
	writer_be32(w, length);
}

void
pdu_write_notify(
	struct writer *w, unsigned version, uint16_t session, uint32_t serial)
{
	write_header(w, version, PDU_SERIAL_NOTIFY, session, 12);
	writer_be32(w, serial);
}

void
pdu_write_response(struct writer *w, unsigned version, uint16_t session)
{
	write_header(w, version, PDU_CACHE_RESPONSE, session, PDU_HEADER);
}

void
pdu_write_reset(struct writer *w, unsigned version)
{
	write_header(w, version, PDU_CACHE_RESET, 0, PDU_HEADER);
}

void
pdu_write_end(struct writer *w, unsigned version, const struct pdu_end *end)
{
	/* The table knows which versions have timers: their End of Data is the
	 * longer one. */
	uint32_t length = ROWS[PDU_END_OF_DATA].forms[version].most;

	write_header(w, version, PDU_END_OF_DATA, end->session, length);
	writer_be32(w, end->serial);
	if (length == PDU_END_MAX) {
		writer_be32(w, end->refresh_s);
		writer_be32(w, end->retry_s);
		writer_be32(w, end->expire_s);
	}
}

/* A set has close to a million of these: one is put together on the stack and
 * handed to the writer once. */
void
pdu_write_vrp(struct writer *w, unsigned version, bool announce,
	const struct vrp *vrp)
{
	bool v4 = vrp->family == FAMILY_IPV4;
	size_t width = v4 ? 4 : 16;
	uint8_t b[PDU_IPV6_SIZE] = {
		(uint8_t)version,
		v4 ? PDU_IPV4_PREFIX : PDU_IPV6_PREFIX,
		0,
		0,
		0,
		0,
		0,
		v4 ? PDU_IPV4_SIZE : PDU_IPV6_SIZE,
		announce ? FLAG_ANNOUNCE : 0,
		vrp->len,
		vrp->max_len,
		0,
	};
	uint8_t *asn = b + 12 + width;

	memcpy(b + 12, vrp->addr.b, width);
	asn[0] = (uint8_t)(vrp->asn >> 24);
	asn[1] = (uint8_t)(vrp->asn >> 16);
	asn[2] = (uint8_t)(vrp->asn >> 8);
	asn[3] = (uint8_t)vrp->asn;
	writer_bytes(w, b, 16 + width);
}

bool
pdu_key_fits(const struct router_key *key)
{
	return key->spki.n <= BOUND_RTR_PDU_SEND - PDU_KEY_FIXED;
}

void
pdu_write_key(struct writer *w, unsigned version, bool announce,
	const struct router_key *key)
{
	/* The flags are the first of the two octets behind the type. */
	uint16_t flags = announce ? FLAG_ANNOUNCE << 8 : 0;

	write_header(w, version, PDU_ROUTER_KEY, flags,
		(uint32_t)(PDU_KEY_FIXED + key->spki.n));
	writer_bytes(w, key->ski, SKI_SIZE);
	writer_be32(w, key->asn);
	writer_bytes(w, key->spki.p, key->spki.n);
}

size_t
pdu_aspa_size(bool announce, const struct aspa *aspa)
{
	size_t providers = announce ? aspa->provider_count : 0;

	return PDU_ASPA_FIXED + providers * sizeof(uint32_t);
}

bool
pdu_aspa_fits(const struct aspa *aspa)
{
	return aspa->provider_count > 0 &&
		aspa->provider_count <= PDU_ASPA_PROVIDERS;
}

void
pdu_write_aspa(struct writer *w, unsigned version, bool announce,
	const struct aspa *aspa)
{
	size_t size = pdu_aspa_size(announce, aspa);

	write_header(w, version, PDU_ASPA, announce ? FLAG_ANNOUNCE << 8 : 0,
		(uint32_t)size);
	writer_be32(w, aspa->customer);
	for (uint32_t i = 0; announce && i < aspa->provider_count; i++)
		writer_be32(w, aspa->providers[i]);
}

/* What is enclosed is there to be recognised, not to be parsed. */
static struct span
cut(struct span s, size_t most)
{
	return span_of(s.p, s.n < most ? s.n : most);
}

/* Cut a text without leaving a part of a UTF-8 sequence at its end. */
static struct span
cut_text(struct span s)
{
	size_t n = BOUND_RTR_ERROR_TEXT;

	if (s.n <= n)
		return s;
	while (n > 0 && (s.p[n] & 0xc0) == 0x80)
		n--;
	return span_of(s.p, n);
}

void
pdu_write_error(struct writer *w, unsigned version, unsigned code,
	struct span culprit, struct span text)
{
	struct span pdu = cut(culprit, BOUND_RTR_ERROR_PDU);
	struct span words = cut_text(text);

	write_header(w, version, PDU_ERROR_REPORT, (uint16_t)code,
		(uint32_t)(16 + pdu.n + words.n));
	writer_be32(w, (uint32_t)pdu.n);
	writer_bytes(w, pdu.p, pdu.n);
	writer_be32(w, (uint32_t)words.n);
	writer_bytes(w, words.p, words.n);
}
