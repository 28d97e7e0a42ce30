/*
 * addr: arithmetic, order, reading and writing of addresses and prefixes.
 *
 * Formatting is our own because whole sets of a million prefixes are written,
 * and because RFC 5952 must be met to the letter.  Reading goes through
 * inet_pton, which is strict: no octal, no short forms, no white space.
 */
#include <arpa/inet.h>
#include <string.h>

#include "waymark/addr.h"
#include "waymark/err.h"

enum {
	IPV6_WORDS = 8
};

unsigned
family_bits(enum family family)
{
	return family == FAMILY_IPV4 ? 32 : 128;
}

const char *
family_name(enum family family)
{
	return family == FAMILY_IPV4 ? "ipv4" : "ipv6";
}

int
addr_compare(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

struct addr
addr_low(const struct addr *a, unsigned len)
{
	struct addr low = {{0}};

	if (len >= 128)
		return *a;
	memcpy(low.b, a->b, len / 8);
	if (len % 8 != 0)
		low.b[len / 8] = (uint8_t)(a->b[len / 8] & 0xff00 >> len % 8);
	return low;
}

struct addr
addr_high(const struct addr *a, unsigned len, unsigned bits)
{
	struct addr high = addr_low(a, len);

	if (len >= bits)
		return high;
	high.b[len / 8] = (uint8_t)(high.b[len / 8] | 0xff >> len % 8);
	memset(high.b + len / 8 + 1, 0xff, bits / 8 - len / 8 - 1);
	return high;
}

bool
addr_next(struct addr *a, unsigned bits)
{
	size_t i = bits / 8;

	/* Nothing is touched until it is sure that there is a next one. */
	while (i > 0 && a->b[i - 1] == 0xff)
		i--;
	if (i == 0)
		return false;
	a->b[i - 1]++;
	memset(a->b + i, 0, bits / 8 - i);
	return true;
}

/* The length behind the slash: one to three digits. */
static int
length_parse(const char *text, unsigned bits, uint8_t *out)
{
	unsigned v = 0;
	size_t n = strspn(text, "0123456789");

	/* "024" could be meant as octal. */
	if (n == 0 || text[n] != '\0' || (n > 1 && text[0] == '0'))
		return ERR_SYNTAX;
	for (size_t i = 0; i < n; i++) {
		v = v * 10 + (unsigned)(text[i] - '0');
		if (v > bits)
			return ERR_RANGE;
	}
	*out = (uint8_t)v;
	return 0;
}

int
prefix_parse(const char *text, struct prefix *out)
{
	size_t n = strcspn(text, "/");
	struct prefix p = {.len = 0};
	char host[ADDR_TEXT];
	struct addr low;
	bool v6;
	int err;

	/* No address is longer, however it is written. */
	if (n >= sizeof(host))
		return ERR_SYNTAX;
	memcpy(host, text, n);
	host[n] = '\0';
	v6 = strchr(host, ':') != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, p.addr.b) != 1)
		return ERR_SYNTAX;
	p.family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
	p.len = (uint8_t)family_bits((enum family)p.family);
	if (text[n] == '/') {
		err = length_parse(text + n + 1, p.len, &p.len);
		if (err != 0)
			return err;
	}
	/* "192.0.2.1/24" names a host and a network: whoever wrote it meant
	 * one of them, and we cannot tell which. */
	low = addr_low(&p.addr, p.len);
	if (addr_compare(&low, &p.addr) != 0)
		return ERR_RANGE;
	*out = p;
	return 0;
}

/* Write 0 to 999 in decimal; returns where the text ends. */
static char *
put_decimal(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100 % 10);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* Dotted decimal; returns where the text ends. */
static char *
put_ipv4(char *p, const uint8_t b[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = put_decimal(p, b[i]);
	}
	return p;
}

/* Lower case, without leading zeros (RFC 5952, sections 4.1 and 4.3). */
static char *
put_word(char *p, unsigned v)
{
	static const char hex[] = "0123456789abcdef";

	for (int shift = 12; shift >= 0; shift -= 4)
		if (shift == 0 || v >> shift != 0)
			*p++ = hex[v >> shift & 15];
	return p;
}

/* The run of zero words to be written as "::": the longest of at least two,
 * the first of these (RFC 5952, section 4.2). */
static int
zero_run(const unsigned words[IPV6_WORDS], int *start)
{
	int best = 1;

	for (int i = 0; i < IPV6_WORDS; i++) {
		int n = 0;

		while (i + n < IPV6_WORDS && words[i + n] == 0)
			n++;
		if (n > best) {
			best = n;
			*start = i;
		}
		i += n;
	}
	return best > 1 ? best : 0;
}

/* RFC 5952 in full; returns where the text ends.  `p` has room for ADDR_TEXT
 * octets, which the longest mapped and the longest plain form both fit in. */
static char *
put_ipv6(char *p, const uint8_t b[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	unsigned words[IPV6_WORDS];
	int start = IPV6_WORDS, run;

	/* The one prefix known to hold IPv4 addresses (section 5). */
	if (memcmp(b, mapped, sizeof(mapped)) == 0) {
		memcpy(p, "::ffff:", 7);
		return put_ipv4(p + 7, b + 12);
	}
	for (int i = 0; i < IPV6_WORDS; i++)
		words[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
	run = zero_run(words, &start);
	for (int i = 0; i < IPV6_WORDS; i++) {
		if (run > 0 && i == start) {
			*p++ = ':';
			i += run - 1;
			if (i == IPV6_WORDS - 1)
				*p++ = ':';
			continue;
		}
		if (i > 0)
			*p++ = ':';
		p = put_word(p, words[i]);
	}
	return p;
}

/* One writer for both public forms, so that a prefix can never look other than
 * its address does. */
static char *
put_addr(char *p, const struct addr *a, enum family family)
{
	return family == FAMILY_IPV4 ? put_ipv4(p, a->b) : put_ipv6(p, a->b);
}

const char *
addr_format(const struct addr *a, enum family family, char buf[ADDR_TEXT])
{
	*put_addr(buf, a, family) = '\0';
	return buf;
}

const char *
prefix_format(const struct prefix *p, char buf[PREFIX_TEXT])
{
	char *end = put_addr(buf, &p->addr, (enum family)p->family);

	*end++ = '/';
	*put_decimal(end, p->len) = '\0';
	return buf;
}

bool
prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	struct addr low;

	if (outer->family != inner->family || outer->len > inner->len)
		return false;
	low = addr_low(&inner->addr, outer->len);
	return addr_compare(&low, &outer->addr) == 0;
}

int
prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = addr_compare(&a->addr, &b->addr);
	return order != 0 ? order : (int)a->len - (int)b->len;
}

int
asn_parse(const char *text, uint32_t *out)
{
	uint64_t v = 0;

	if ((text[0] == 'A' || text[0] == 'a') &&
		(text[1] == 'S' || text[1] == 's'))
		text += 2;
	if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
		return ERR_SYNTAX;
	/* It leaves before 64 bits could overflow. */
	for (; *text != '\0'; text++) {
		v = v * 10 + (uint64_t)(*text - '0');
		if (v > UINT32_MAX)
			return ERR_RANGE;
	}
	*out = (uint32_t)v;
	return 0;
}
