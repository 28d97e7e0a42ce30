/*
 * memory: see the header.
 *
 *	head   version (16 bits) | base | stamp | window, end, updates (64 bits
 *	       each) | size (32) | octets (64) | signatures, files, CRL (32)
 *	file   n (8) name | flags (8) | type (8) | size (32) | signatures (8)
 *	       [stand-in: SHA-256]
 *	       [refused: reason (16)]
 *	       [certificate: two times (64 each), n (8) serial]
 *	       [claims: ASN, counts of prefixes and providers, n of successor
 *	        (32 each), prefixes, providers, successor]
 *	       [CA or router: role (8), key identifier, five texts (n 16 each),
 *	        resources]
 *	prefix family (8) | length (8) | maxLength (8) | octets of the address
 *	       that are within the length
 *
 * Numbers are little-endian.  Octets of before there were stand-ins have none,
 * and are read as they are.  The whole is guarded by the sum of whoever keeps
 * it; here nothing is believed all the same.
 */
#include "validator/chain/memory.h"

#include <string.h>

#include "waymark/err.h"

enum {
	VERSION = 1,
	HEAD = 2 + 2 * SHA256_SIZE + 5 * 8 + 4 + 8 + 3 * 4,
	FILE_MAX = 1 + 255 + 7 + SHA256_SIZE + 2 + 16 + 1 +
		255, /* but for arrays */
	PREFIX_MAX = 3 + 16,
};

enum flag {
	FLAG_STATE = 3, /* enum object_state */
	FLAG_AIA = 4,
	FLAG_CERT = 8, /* times and serial of a certificate */
	FLAG_CLAIMS = 16,
	FLAG_NODE = 32, /* of a CA or router */
	FLAG_STAND_IN = 64 /* for the file before it */
};

struct window
window_open(void)
{
	return (struct window){{INT64_MIN}, {INT64_MAX}};
}

void
window_narrow(
	struct window *w, struct wall from, struct wall to, struct wall at)
{
	struct wall first = {INT64_MIN}, last = {INT64_MAX};

	if (at.s >= from.s)
		first = from;
	else
		last.s = from.s - 1;
	if (first.s > w->first.s)
		w->first = first;
	w->last = wall_earlier(w->last, last);
	first.s = INT64_MIN;
	if (at.s <= to.s)
		w->last = wall_earlier(w->last, to);
	else
		first.s = to.s + 1;
	if (first.s > w->first.s)
		w->first = first;
}

bool
window_has(const struct window *w, struct wall at)
{
	return at.s >= w->first.s && at.s <= w->last.s;
}

/* X(field): texts of an issuer that its members depend on. */
#define ISSUER_TEXTS(X) \
	X(uri) \
	X(subject) \
	X(spki) \
	X(repository_uri) \
	X(manifest_uri)

static void
put_base_text(struct writer *w, struct span s)
{
	writer_le64(w, s.n);
	writer_bytes(w, s.p, s.n);
}

/* X(array): resources, as they lie in memory: what is kept never leaves this
 * machine, nor this build of the program. */
#define RESOURCE_ARRAYS(X) \
	X(ipv4) \
	X(ipv6) \
	X(asn)

static size_t
base_room(const struct ca *ca)
{
	size_t n = 4096;

#define BASE_ROOM(field) n += 8 + ca->field.n;
	ISSUER_TEXTS(BASE_ROOM)
#undef BASE_ROOM
#define BASE_ROOM(array) \
	n += 8 + ca->resources.array##_count * sizeof(*ca->resources.array);
	RESOURCE_ARRAYS(BASE_ROOM)
#undef BASE_ROOM
	return n;
}

int
memory_base(const struct ca *ca, const struct profile *profile,
	struct crypto *c, struct arena *arena, uint8_t out[SHA256_SIZE])
{
	size_t cap = base_room(ca);
	uint8_t *p = arena_get(arena, cap), hash[SHA256_SIZE];
	struct writer w;

	if (p == NULL)
		return ERR_NOMEM;
	w = writer_of(p, cap);
	put_base_text(&w, span_text(chain_rules));
	put_base_text(&w, span_text(profile->name));
	writer_u8(&w, ca->constraints != NULL);
	if (ca->constraints != NULL) {
		crypto_sha256(c, ca->constraints->text, hash);
		writer_bytes(&w, hash, sizeof(hash));
	}
#define BASE_PUT(field) put_base_text(&w, ca->field);
	ISSUER_TEXTS(BASE_PUT)
#undef BASE_PUT
	writer_bytes(&w, ca->ski, sizeof(ca->ski));
#define BASE_PUT(array) \
	put_base_text(&w, \
		span_of(ca->resources.array, \
			ca->resources.array##_count * \
				sizeof(*ca->resources.array)));
	RESOURCE_ARRAYS(BASE_PUT)
#undef BASE_PUT
	if (w.over)
		return ERR_NOMEM; /* a profile's name of 4,000 octets */
	crypto_sha256(c, writer_span(&w), out);
	return 0;
}

/* Room for `n` more octets at the end. */
static struct writer
grow(struct memory_writer *w, size_t n)
{
	if (w->failed || !VEC_RESERVE(&w->bytes, w->bytes.n + n)) {
		w->failed = true;
		return writer_of(NULL, 0);
	}
	return writer_of(w->bytes.at + w->bytes.n, n);
}

static void
grown(struct memory_writer *w, const struct writer *part)
{
	w->failed |= part->over;
	w->bytes.n += part->n;
}

void
memory_begin(struct memory_writer *w)
{
	struct writer head;

	w->bytes.n = w->stand_ins.n = 0;
	w->files = 0;
	w->failed = false;
	head = grow(w, HEAD);
	if (!w->failed)
		memset(head.p, 0, HEAD);
	w->bytes.n = w->failed ? 0 : HEAD;
}

static void
put_prefix(struct writer *w, const struct roa_prefix *p)
{
	writer_u8(w, (uint8_t)p->prefix.family);
	writer_u8(w, p->prefix.len);
	writer_u8(w, p->max_len);
	writer_bytes(w, p->prefix.addr.b, (p->prefix.len + 7U) / 8);
}

static void
put_claims(struct memory_writer *to, const struct outcome *o)
{
	size_t room = 16 + o->prefix_count * PREFIX_MAX +
		o->provider_count * 4 + o->successor.n;
	struct writer w = grow(to, room);

	writer_le32(&w, o->asn);
	writer_le32(&w, (uint32_t)o->prefix_count);
	writer_le32(&w, (uint32_t)o->provider_count);
	writer_le32(&w, (uint32_t)o->successor.n);
	for (size_t i = 0; i < o->prefix_count; i++)
		put_prefix(&w, &o->prefixes[i]);
	for (size_t i = 0; i < o->provider_count; i++)
		writer_le32(&w, o->providers[i]);
	writer_bytes(&w, o->successor.p, o->successor.n);
	grown(to, &w);
}

/* X(field): texts of a certificate that a CA or router key is made of. */
#define NODE_TEXTS(X) \
	X(subject) \
	X(spki) \
	X(repository_uri) \
	X(manifest_uri) \
	X(notify_uri)

static void
put_resources(struct writer *w, const struct resources *r)
{
	writer_u8(w,
		(uint8_t)(r->inherit_ipv4 | r->inherit_ipv6 << 1 |
			r->inherit_asn << 2 | r->has_ip << 3 |
			r->has_asn << 4));
	writer_le32(w, (uint32_t)r->ipv4_count);
	writer_le32(w, (uint32_t)r->ipv6_count);
	writer_le32(w, (uint32_t)r->asn_count);
	for (size_t i = 0; i < r->ipv4_count; i++) {
		writer_le32(w, r->ipv4[i].min);
		writer_le32(w, r->ipv4[i].max);
	}
	for (size_t i = 0; i < r->ipv6_count; i++) {
		writer_bytes(w, r->ipv6[i].min.b, sizeof(struct addr));
		writer_bytes(w, r->ipv6[i].max.b, sizeof(struct addr));
	}
	for (size_t i = 0; i < r->asn_count; i++) {
		writer_le32(w, r->asn[i].min);
		writer_le32(w, r->asn[i].max);
	}
}

static void
put_node(struct memory_writer *to, const struct cert *cert)
{
	const struct resources *r = &cert->resources;
	size_t room =
		64 + r->ipv4_count * 8 + r->ipv6_count * 32 + r->asn_count * 8;
	struct writer w;

#define NODE_ROOM(field) room += 2 + cert->field.n;
	NODE_TEXTS(NODE_ROOM)
#undef NODE_ROOM
	w = grow(to, room);
	writer_u8(&w, (uint8_t)cert->role);
	writer_bytes(&w, cert->ski, sizeof(cert->ski));
#define NODE_PUT(field) \
	to->failed |= cert->field.n > UINT16_MAX; \
	writer_le16(&w, (uint16_t)cert->field.n); \
	writer_bytes(&w, cert->field.p, cert->field.n);
	NODE_TEXTS(NODE_PUT)
#undef NODE_PUT
	put_resources(&w, r);
	grown(to, &w);
}

static bool
has_claims(const struct outcome *o)
{
	return o->asn != 0 || o->prefix_count > 0 || o->provider_count > 0 ||
		o->successor.n > 0;
}

static unsigned
flags_of(const struct outcome *o)
{
	return (unsigned)o->state | (o->odd_aia ? FLAG_AIA : 0U) |
		(o->has_cert ? FLAG_CERT : 0U) |
		(has_claims(o) ? FLAG_CLAIMS : 0U) |
		(o->cert != NULL ? FLAG_NODE : 0U);
}

/* Whoever keeps the octets has to keep what the hash names. */
static void
add_hash(struct memory_writer *to, const uint8_t *hash)
{
	if (!VEC_RESERVE(&to->stand_ins, to->stand_ins.n + SHA256_SIZE)) {
		to->failed = true;
		return;
	}
	memcpy(to->stand_ins.at + to->stand_ins.n, hash, SHA256_SIZE);
	to->stand_ins.n += SHA256_SIZE;
}

void
memory_add(struct memory_writer *to, const struct memory_file *file)
{
	const struct outcome *o = &file->what;
	struct writer w = grow(to, FILE_MAX);

	to->failed |= file->name.n > UINT8_MAX ||
		file->signatures > UINT8_MAX || o->serial.n > UINT8_MAX;
	writer_u8(&w, (uint8_t)file->name.n);
	writer_bytes(&w, file->name.p, file->name.n);
	writer_u8(&w,
		(uint8_t)(flags_of(o) |
			(file->hash != NULL ? FLAG_STAND_IN : 0U)));
	writer_u8(&w, (uint8_t)o->type);
	writer_le32(&w, file->size);
	writer_u8(&w, (uint8_t)file->signatures);
	if (file->hash != NULL)
		writer_bytes(&w, file->hash, SHA256_SIZE);
	if (o->state == OBJECT_STATE_REFUSED)
		writer_le16(&w, (uint16_t)o->reason);
	if (o->has_cert) {
		writer_le64(&w, (uint64_t)o->not_before.s);
		writer_le64(&w, (uint64_t)o->not_after.s);
		writer_u8(&w, (uint8_t)o->serial.n);
		writer_bytes(&w, o->serial.p, o->serial.n);
	}
	grown(to, &w);
	if (has_claims(o))
		put_claims(to, o);
	if (o->cert != NULL)
		put_node(to, o->cert);
	if (file->hash != NULL)
		add_hash(to, file->hash);
	else
		to->files++;
}

struct span
memory_end(struct memory_writer *to, const struct memory_head *h)
{
	struct writer w;

	if (to->failed)
		return span_of(NULL, 0);
	w = writer_of(to->bytes.at, HEAD);
	writer_le16(&w, VERSION);
	writer_bytes(&w, h->base, sizeof(h->base));
	writer_bytes(&w, h->stamp, sizeof(h->stamp));
	writer_le64(&w, (uint64_t)h->window.first.s);
	writer_le64(&w, (uint64_t)h->window.last.s);
	writer_le64(&w, (uint64_t)h->end.s);
	writer_le64(&w, (uint64_t)h->this_update.s);
	writer_le64(&w, (uint64_t)h->next_update.s);
	writer_le32(&w, h->size);
	writer_le64(&w, h->octets);
	writer_le32(&w, h->signatures);
	writer_le32(&w, to->files);
	writer_le32(&w, h->crl);
	return span_of(to->bytes.at, to->bytes.n);
}

void
memory_writer_fini(struct memory_writer *w)
{
	VEC_FREE(&w->bytes);
	VEC_FREE(&w->stand_ins);
}

static bool
take_time(struct reader *r, struct wall *out)
{
	uint64_t v;

	if (!reader_le64(r, &v))
		return false;
	out->s = (int64_t)v;
	return true;
}

bool
memory_read(struct span octets, struct memory *out)
{
	struct reader r = reader_of(octets);
	struct memory m = {.files = {0}};
	struct memory_head *h = &m.head;
	uint16_t version;

	if (!reader_le16(&r, &version) || version != VERSION ||
		!reader_copy(&r, h->base, sizeof(h->base)) ||
		!reader_copy(&r, h->stamp, sizeof(h->stamp)) ||
		!take_time(&r, &h->window.first) ||
		!take_time(&r, &h->window.last) || !take_time(&r, &h->end) ||
		!take_time(&r, &h->this_update) ||
		!take_time(&r, &h->next_update) || !reader_le32(&r, &h->size) ||
		!reader_le64(&r, &h->octets) ||
		!reader_le32(&r, &h->signatures) ||
		!reader_le32(&r, &h->file_count) || !reader_le32(&r, &h->crl) ||
		!reader_take(&r, reader_left(&r), &m.files))
		return false;
	if (h->crl >= h->file_count)
		return false;
	*out = m;
	return true;
}

static bool
take_prefix(struct reader *r, struct roa_prefix *out)
{
	uint8_t family, len, max_len;
	unsigned most;

	if (!reader_u8(r, &family) || !reader_u8(r, &len) ||
		!reader_u8(r, &max_len) ||
		(family != FAMILY_IPV4 && family != FAMILY_IPV6))
		return false;
	most = family == FAMILY_IPV4 ? 32 : 128;
	if (len > most || max_len > most)
		return false;
	*out = (struct roa_prefix){
		.prefix = {.family = family, .len = len}, .max_len = max_len};
	return reader_copy(r, out->prefix.addr.b, (len + 7U) / 8);
}

/* What is left bounds every count: no array is larger than its octets. */
static int
take_claims(struct reader *r, struct arena *arena, struct outcome *o)
{
	uint32_t prefixes, providers, successor;
	struct roa_prefix *p;
	uint32_t *q;

	if (!reader_le32(r, &o->asn) || !reader_le32(r, &prefixes) ||
		!reader_le32(r, &providers) || !reader_le32(r, &successor) ||
		prefixes > reader_left(r) / 3 || providers > reader_left(r) / 4)
		return ERR_SYNTAX;
	p = arena_get(arena, (prefixes + 1) * sizeof(*p));
	q = arena_get(arena, (providers + 1) * sizeof(*q));
	if (p == NULL || q == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < prefixes; i++)
		if (!take_prefix(r, &p[i]))
			return ERR_SYNTAX;
	for (uint32_t i = 0; i < providers; i++)
		if (!reader_le32(r, &q[i]))
			return ERR_SYNTAX;
	if (!reader_take(r, successor, &o->successor))
		return ERR_SYNTAX;
	o->prefixes = p;
	o->prefix_count = prefixes;
	o->providers = q;
	o->provider_count = providers;
	return 0;
}

static int
take_ranges(struct reader *r, struct arena *arena, struct resources *to)
{
	struct ipv4_range *a = arena_get(arena, to->ipv4_count * sizeof(*a));
	struct ipv6_range *b = arena_get(arena, to->ipv6_count * sizeof(*b));
	struct asn_range *c = arena_get(arena, to->asn_count * sizeof(*c));

	if (a == NULL || b == NULL || c == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < to->ipv4_count; i++)
		if (!reader_le32(r, &a[i].min) || !reader_le32(r, &a[i].max))
			return ERR_SYNTAX;
	for (size_t i = 0; i < to->ipv6_count; i++)
		if (!reader_copy(r, b[i].min.b, sizeof(b[i].min)) ||
			!reader_copy(r, b[i].max.b, sizeof(b[i].max)))
			return ERR_SYNTAX;
	for (size_t i = 0; i < to->asn_count; i++)
		if (!reader_le32(r, &c[i].min) || !reader_le32(r, &c[i].max))
			return ERR_SYNTAX;
	to->ipv4 = a;
	to->ipv6 = b;
	to->asn = c;
	return 0;
}

static int
take_resources(struct reader *r, struct arena *arena, struct resources *to)
{
	uint32_t ipv4, ipv6, asn;
	uint8_t flags;

	if (!reader_u8(r, &flags) || !reader_le32(r, &ipv4) ||
		!reader_le32(r, &ipv6) || !reader_le32(r, &asn) ||
		ipv4 > reader_left(r) / 8 || ipv6 > reader_left(r) / 32 ||
		asn > reader_left(r) / 8)
		return ERR_SYNTAX;
	*to = (struct resources){
		.ipv4_count = ipv4,
		.ipv6_count = ipv6,
		.asn_count = asn,
		.inherit_ipv4 = (flags & 1) != 0,
		.inherit_ipv6 = (flags & 2) != 0,
		.inherit_asn = (flags & 4) != 0,
		.has_ip = (flags & 8) != 0,
		.has_asn = (flags & 16) != 0,
	};
	return take_ranges(r, arena, to);
}

static bool
take_text(struct reader *r, struct span *out)
{
	uint16_t n;

	return reader_le16(r, &n) && reader_take(r, n, out);
}

static int
take_node(struct reader *r, struct arena *arena, struct outcome *o)
{
	struct cert *cert = arena_get(arena, sizeof(*cert));
	uint8_t role;

	if (cert == NULL)
		return ERR_NOMEM;
	*cert = (struct cert){
		.serial = o->serial,
		.not_before = o->not_before,
		.not_after = o->not_after,
	};
	if (!reader_u8(r, &role) || (role != CERT_CA && role != CERT_ROUTER) ||
		!reader_copy(r, cert->ski, sizeof(cert->ski)))
		return ERR_SYNTAX;
	cert->role = (enum cert_role)role;
#define NODE_TAKE(field) \
	if (!take_text(r, &cert->field)) \
		return ERR_SYNTAX;
	NODE_TEXTS(NODE_TAKE)
#undef NODE_TAKE
	o->cert = cert;
	return take_resources(r, arena, &cert->resources);
}

static bool
take_hash(struct reader *r, const uint8_t **out)
{
	struct span s;

	if (!reader_take(r, SHA256_SIZE, &s))
		return false;
	*out = s.p;
	return true;
}

static bool
take_fields(struct reader *r, struct memory_file *file, unsigned *flags)
{
	struct outcome *o = &file->what;
	uint8_t name, bits, type, signatures, serial;
	uint16_t reason = REJECT_NONE;

	if (!reader_u8(r, &name) || !reader_take(r, name, &file->name) ||
		!reader_u8(r, &bits) || !reader_u8(r, &type) ||
		!reader_le32(r, &file->size) || !reader_u8(r, &signatures) ||
		type >= OBJECT_TYPES || (bits & FLAG_STATE) >= OBJECT_STATES)
		return false;
	file->signatures = signatures;
	o->type = (enum object_type)type;
	o->state = (enum object_state)(bits & FLAG_STATE);
	o->odd_aia = (bits & FLAG_AIA) != 0;
	o->has_cert = (bits & FLAG_CERT) != 0;
	*flags = bits;
	if ((bits & FLAG_STAND_IN) != 0 && !take_hash(r, &file->hash))
		return false;
	if (o->state == OBJECT_STATE_REFUSED &&
		(!reader_le16(r, &reason) || reason >= REJECT_COUNT))
		return false;
	o->reason = (enum reject)reason;
	return !o->has_cert ||
		(take_time(r, &o->not_before) && take_time(r, &o->not_after) &&
			reader_u8(r, &serial) &&
			reader_take(r, serial, &o->serial));
}

int
memory_next(struct reader *r, struct arena *arena, struct memory_file *out)
{
	struct memory_file file = {.size = 0};
	unsigned flags;
	int err = 0;

	if (reader_left(r) == 0)
		return 0;
	if (!take_fields(r, &file, &flags))
		return ERR_SYNTAX;
	if ((flags & FLAG_CLAIMS) != 0)
		err = take_claims(r, arena, &file.what);
	if (err == 0 && (flags & FLAG_NODE) != 0)
		err = take_node(r, arena, &file.what);
	if (err != 0)
		return err;
	*out = file;
	return 1;
}
