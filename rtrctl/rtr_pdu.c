/*
 * rtr_pdu: octets to PDUs, and the little that a router writes.
 *
 *	header: type known? version? length legal?  -->  fields  -->  oddities
 *
 * The length is judged by one table before any field is read, so that what
 * follows takes fields without asking.  What is odd but leaves no doubt where
 * the PDU ends and what it says is noted and read: who tests a cache wants to
 * know of all that is wrong, and not only of the first.
 */
#include "rtrctl/rtr_pdu.h"

#include <string.h>

enum {
	CULPRIT = 64, /* octets of the PDU that we send back */
	ERROR_HEAD = RTR_HEADER + 4,
	KEY_HEAD = RTR_HEADER + SKI_SIZE + 4,
	ASPA_HEAD = RTR_HEADER + 4,
	CODES_V0 = 8, /* codes that version 0 knows; 1 one more */
	CODES_V1 = 9
};

/* What lengths a type may have, from a version on. */
struct shape {
	uint8_t type, since;
	uint16_t least, most, step;
};

static const struct shape shapes[] = {
	{RTR_NOTIFY, 0, 12, 12, 1},
	{RTR_SERIAL_QUERY, 0, 12, 12, 1},
	{RTR_RESET_QUERY, 0, 8, 8, 1},
	{RTR_RESPONSE, 0, 8, 8, 1},
	{RTR_IPV4, 0, 20, 20, 1},
	{RTR_IPV6, 0, 32, 32, 1},
	{RTR_END, 0, 12, 24, 12}, /* see length_is_legal */
	{RTR_RESET, 0, 8, 8, 1},
	{RTR_KEY, 1, KEY_HEAD + 1, RTR_PDU_MOST, 1},
	{RTR_ERROR, 0, 16, RTR_PDU_MOST, 1},
	{RTR_ASPA, 2, ASPA_HEAD, ASPA_HEAD + 4 * RTR_PROVIDERS_MOST, 4},
};

static const struct {
	const char *word, *text;
	int code;
} rules[] = {
#define RULE_ROW(name, word, code, text) {word, text, code},
	RTR_RULE_TABLE(RULE_ROW)
#undef RULE_ROW
};

static const char *const codes[RTR_CODES] = {
#define CODE_ROW(name, code, text) [code] = text,
	RTR_CODE_TABLE(CODE_ROW)
#undef CODE_ROW
};

static const struct shape *
shape_find(unsigned type)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		if (shapes[i].type == type)
			return &shapes[i];
	}
	return NULL;
}

/* Only End of Data grew from one version to the next. */
static bool
length_is_legal(const struct shape *s, unsigned version, uint32_t length)
{
	if (s->type == RTR_END)
		return length == (version == 0 ? s->least : s->most);
	return length >= s->least && length <= s->most &&
		(length - s->least) % s->step == 0;
}

/* What is wrong with a header, or RTR_RULES. */
static enum rtr_rule
header_judge(const struct rtr_pdu *p, int version)
{
	const struct shape *s = shape_find(p->type);

	if (p->type != RTR_ERROR && p->type != RTR_NOTIFY &&
		(version < 0 ? p->version > RTR_VERSION_MAX
			     : p->version != version))
		return RTR_RULE_OTHER_VERSION;
	/* In the middle of a session also a Notify has its version. */
	if (p->type == RTR_NOTIFY && version >= 0 && p->version != version)
		return RTR_RULE_OTHER_VERSION;
	if (s == NULL || p->version < s->since)
		return RTR_RULE_TYPE;
	if (!length_is_legal(s, p->version, p->length))
		return RTR_RULE_LENGTH;
	if (p->type == RTR_SERIAL_QUERY || p->type == RTR_RESET_QUERY)
		return RTR_RULE_DIRECTION;
	return RTR_RULES;
}

static void
odd(struct rtr_pdu *p, bool is, enum rtr_rule rule)
{
	if (is)
		p->odd |= RTR_BIT(rule);
}

/* Octets 2 and 3 of a Router Key and an ASPA: the flag, and zero. */
static void
flags_read(struct rtr_pdu *p)
{
	p->announce = (p->session >> 8 & 1) != 0;
	odd(p, (p->session & 0xfeff) != 0, RTR_RULE_RESERVED);
}

static enum rtr_rule
prefix_read(struct reader *r, struct rtr_pdu *p)
{
	unsigned width = p->type == RTR_IPV4 ? 32 : 128;
	uint8_t flags = 0, zero = 0;
	struct addr low;

	reader_u8(r, &flags);
	reader_u8(r, &p->len);
	reader_u8(r, &p->max_len);
	reader_u8(r, &zero);
	reader_copy(r, p->addr.b, width / 8);
	reader_be32(r, &p->asn);
	if (p->len > p->max_len || p->max_len > width)
		return RTR_RULE_PREFIX_LENGTH;
	p->announce = (flags & 1) != 0;
	odd(p, p->session != 0 || (flags & 0xfe) != 0 || zero != 0,
		RTR_RULE_RESERVED);
	low = addr_low(&p->addr, p->len);
	odd(p, addr_compare(&low, &p->addr) != 0, RTR_RULE_HOST_BITS);
	/* A prefix with host bits would be another payload for each of them. */
	p->addr = low;
	return RTR_RULES;
}

static void
key_read(struct reader *r, struct rtr_pdu *p)
{
	flags_read(p);
	reader_copy(r, p->ski, SKI_SIZE);
	reader_be32(r, &p->asn);
	reader_take(r, reader_left(r), &p->octets);
}

static void
providers_judge(struct rtr_pdu *p)
{
	struct reader r = reader_of(p->octets);
	size_t count = p->octets.n / 4;
	uint32_t last = 0, now;

	for (size_t i = 0; i < count && reader_be32(&r, &now); i++) {
		odd(p, i > 0 && now <= last, RTR_RULE_PROVIDERS_ORDER);
		odd(p, now == 0 && count > 1, RTR_RULE_PROVIDERS_AS0);
		last = now;
	}
	odd(p, count == 0 && p->announce, RTR_RULE_PROVIDERS_NONE);
	odd(p, count > 0 && !p->announce, RTR_RULE_PROVIDERS_GONE);
}

static void
aspa_read(struct reader *r, struct rtr_pdu *p)
{
	flags_read(p);
	reader_be32(r, &p->asn);
	reader_take(r, reader_left(r), &p->octets);
	providers_judge(p);
}

static void
end_read(struct reader *r, struct rtr_pdu *p)
{
	reader_be32(r, &p->serial);
	if (p->version == 0)
		return;
	reader_be32(r, &p->refresh);
	reader_be32(r, &p->retry);
	reader_be32(r, &p->expire);
	odd(p,
		p->refresh < 1 || p->refresh > 86400 || p->retry < 1 ||
			p->retry > 7200 || p->expire < 600 ||
			p->expire > 172800 || p->expire <= p->refresh ||
			p->expire <= p->retry,
		RTR_RULE_TIMERS);
}

/* Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, none beyond
 * U+10FFFF. */
static bool
is_utf8(struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		uint8_t c = s.p[i];
		size_t more = c < 0x80		? 0
			: c >= 0xc2 && c < 0xe0 ? 1
			: c >= 0xe0 && c < 0xf0 ? 2
			: c >= 0xf0 && c < 0xf5 ? 3
						: s.n;
		uint8_t least = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
		uint8_t most = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

		if (more >= s.n - i)
			return false;
		for (size_t k = 1; k <= more; k++) {
			uint8_t next = s.p[i + k];

			if (next < (k == 1 ? least : 0x80) ||
				next > (k == 1 ? most : 0xbf))
				return false;
		}
		i += more + 1;
	}
	return true;
}

static enum rtr_rule
error_read(struct reader *r, struct rtr_pdu *p)
{
	static const unsigned known[] = {CODES_V0, CODES_V1};
	uint32_t culprit = 0, text = 0;

	reader_be32(r, &culprit);
	if (!reader_take(r, culprit, &p->culprit) || !reader_be32(r, &text) ||
		text != reader_left(r) || !reader_take(r, text, &p->text))
		return RTR_RULE_ERROR_FORM;
	odd(p, p->session >= (p->version < 2 ? known[p->version] : RTR_CODES),
		RTR_RULE_ERROR_CODE);
	odd(p, !is_utf8(p->text), RTR_RULE_ERROR_TEXT);
	return RTR_RULES;
}

/* The fields of a PDU whose header is sound.  RTR_RULES, or what keeps it from
 * being understood. */
static enum rtr_rule
body_read(struct reader *r, struct rtr_pdu *p)
{
	switch ((enum rtr_type)p->type) {
	case RTR_NOTIFY:
		reader_be32(r, &p->serial);
		break;
	case RTR_IPV4:
	case RTR_IPV6:
		return prefix_read(r, p);
	case RTR_END:
		end_read(r, p);
		break;
	case RTR_RESET:
		odd(p, p->session != 0, RTR_RULE_RESERVED);
		break;
	case RTR_KEY:
		key_read(r, p);
		break;
	case RTR_ERROR:
		return error_read(r, p);
	case RTR_ASPA:
		aspa_read(r, p);
		break;
	case RTR_RESPONSE:
	case RTR_SERIAL_QUERY:
	case RTR_RESET_QUERY:
		break;
	}
	return RTR_RULES;
}

long
rtr_pdu_read(
	struct span in, int version, struct rtr_pdu *out, enum rtr_rule *rule)
{
	struct reader r = reader_of(in);
	struct rtr_pdu p = {0};
	enum rtr_rule bad;
	struct span body;

	if (in.n < RTR_HEADER)
		return 0;
	reader_u8(&r, &p.version);
	reader_u8(&r, &p.type);
	reader_be16(&r, &p.session);
	reader_be32(&r, &p.length);
	bad = header_judge(&p, version);
	if (bad == RTR_RULES) {
		if (!reader_take(&r, p.length - RTR_HEADER, &body))
			return 0;
		r = reader_of(body);
		bad = body_read(&r, &p);
	}
	if (bad != RTR_RULES) {
		*rule = bad;
		return -1;
	}
	*out = p;
	return (long)p.length;
}

static void
header_write(struct writer *w, unsigned version, unsigned type,
	unsigned session, size_t length)
{
	writer_u8(w, (uint8_t)version);
	writer_u8(w, (uint8_t)type);
	writer_be16(w, (uint16_t)session);
	writer_be32(w, (uint32_t)length);
}

size_t
rtr_pdu_serial_query(unsigned version, uint16_t session, uint32_t serial,
	uint8_t out[RTR_QUERY_MOST])
{
	struct writer w = writer_of(out, RTR_QUERY_MOST);

	header_write(&w, version, RTR_SERIAL_QUERY, session, RTR_HEADER + 4);
	writer_be32(&w, serial);
	return w.n;
}

size_t
rtr_pdu_reset_query(unsigned version, uint8_t out[RTR_QUERY_MOST])
{
	struct writer w = writer_of(out, RTR_QUERY_MOST);

	header_write(&w, version, RTR_RESET_QUERY, 0, RTR_HEADER);
	return w.n;
}

size_t
rtr_pdu_error(unsigned version, enum rtr_rule rule, struct span culprit,
	uint8_t out[RTR_ERROR_MOST])
{
	struct writer w = writer_of(out, RTR_ERROR_MOST);
	const char *text = rules[rule].text;
	int code = rules[rule].code;
	size_t n = culprit.n < CULPRIT ? culprit.n : CULPRIT;

	/* Never an Error Report for one; version 0 has no code 8. */
	if (code < 0 || (culprit.n > 1 && culprit.p[1] == RTR_ERROR))
		return 0;
	if (version == 0 && code >= CODES_V0)
		code = RTR_CODE_CORRUPT;
	header_write(&w, version, RTR_ERROR, (unsigned)code,
		ERROR_HEAD + n + 4 + strlen(text));
	writer_be32(&w, (uint32_t)n);
	writer_bytes(&w, culprit.p, n);
	writer_be32(&w, (uint32_t)strlen(text));
	writer_bytes(&w, text, strlen(text));
	return w.over ? 0 : w.n;
}

const char *
rtr_rule_word(enum rtr_rule rule)
{
	return rules[rule].word;
}

const char *
rtr_rule_text(enum rtr_rule rule)
{
	return rules[rule].text;
}

bool
rtr_rule_is_fatal(enum rtr_rule rule)
{
	return rules[rule].code != RTR_GO_ON;
}

const char *
rtr_code_name(unsigned code)
{
	return code < RTR_CODES ? codes[code] : "unknown";
}

const char *
rtr_type_name(unsigned type)
{
	switch (type) {
#define TYPE_CASE(name, number, text) \
	case number: \
		return text;
		RTR_TYPE_TABLE(TYPE_CASE)
#undef TYPE_CASE
	default:
		return "unknown";
	}
}
