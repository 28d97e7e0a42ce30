/*
 * text: appending to a growing text, and escaping on the way.
 *
 * What is appended whole or not at all: a text that failed ends at a boundary
 * between two pieces and never grows again, so that a caller who forgets to
 * look at `failed` at least sends nothing mixed up.
 *
 * Three ways of escaping, for three readers: JSON keeps what is UTF-8 and
 * replaces what is not; a terminal or a log gets printable ASCII and nothing
 * else; hexadecimal is for octets that were never text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "waymark/err.h"

static const char HEX[] = "0123456789abcdef";

/* Room for `n` more and a NUL. */
static bool
reserve(struct text *t, size_t n)
{
	size_t need, cap;
	char *p;

	if (t->failed)
		return false;
	if (__builtin_add_overflow(t->n, n, &need) || need > SIZE_MAX / 4) {
		t->failed = true;
		return false;
	}
	need++;
	if (need <= t->cap)
		return true;
	cap = t->cap * 2 < 64 ? 64 : t->cap * 2;
	if (cap < need)
		cap = need;
	p = realloc(t->p, cap);
	if (p == NULL) {
		t->failed = true;
		return false;
	}
	t->p = p;
	t->cap = cap;
	return true;
}

void
text_put(struct text *t, const char *p, size_t n)
{
	if (!reserve(t, n))
		return;
	if (n > 0)
		memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
}

void
text_char(struct text *t, char c)
{
	text_put(t, &c, 1);
}

void
text_addv(struct text *t, const char *format, va_list args)
{
	va_list again;
	int n;

	if (!reserve(t, 0))
		return;
	va_copy(again, args);
	/* Most fit at once; else the first try has told how long it is. */
	n = vsnprintf(t->p + t->n, t->cap - t->n, format, args);
	if (n >= 0 && (size_t)n >= t->cap - t->n && reserve(t, (size_t)n))
		n = vsnprintf(t->p + t->n, t->cap - t->n, format, again);
	va_end(again);
	if (n < 0 || t->failed) {
		t->failed = true;
		t->p[t->n] = '\0';
		return;
	}
	t->n += (size_t)n;
}

void
text_add(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_addv(t, format, args);
	va_end(args);
}

/* How many octets of well-formed UTF-8 (RFC 3629, section 4) stand at `p`, as
 * one character: 1 to 4, or 0 for none. */
static size_t
utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t want;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	want = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < want)
		return 0;
	/* The second octet alone tells overlong forms, surrogates and what is
	 * beyond U+10FFFF. */
	low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : low;
	high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : high;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < want; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return want;
}

/* The short escapes where JSON has one, else the long one. */
static void
json_control(struct text *t, unsigned char c)
{
	static const char from[] = "\b\f\n\r\t";
	static const char to[] = "bfnrt";
	const char *at = c != 0 ? strchr(from, c) : NULL;

	if (at != NULL)
		text_add(t, "\\%c", to[at - from]);
	else
		text_add(t, "\\u%04x", (unsigned)c);
}

/* One character of `len` octets, or an octet that begins none (`len` 0). */
static void
json_char(struct text *t, const unsigned char *p, size_t len)
{
	if (len == 0)
		text_put(t, "\xef\xbf\xbd", 3);
	else if (p[0] == '"' || p[0] == '\\')
		text_add(t, "\\%c", p[0]);
	else if (p[0] < 0x20 || p[0] == 0x7f)
		json_control(t, p[0]);
	else if (p[0] == 0xc2 && p[1] < 0xa0)
		/* Controls of ISO 6429: some terminals obey them. */
		json_control(t, p[1]);
	else
		text_put(t, (const char *)p, len);
}

void
text_json(struct text *t, const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t len; /* of a character, 0 for an octet that begins none */

	if (!reserve(t, n))
		return;
	for (size_t i = 0; i<n; i += len> 0 ? len : 1) {
		len = utf8_length(u + i, n - i);
		json_char(t, u + i, len);
	}
}

void
text_clean(struct text *t, const char *p, size_t n)
{
	if (!reserve(t, n))
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= 0x20 && c < 0x7f)
			text_char(t, p[i]);
		else
			text_add(t, "\\x%02x", (unsigned)c);
	}
}

void
text_hex(struct text *t, const void *p, size_t n)
{
	const uint8_t *b = p;

	if (n > SIZE_MAX / 2 || !reserve(t, n * 2))
		return;
	for (size_t i = 0; i < n; i++) {
		text_char(t, HEX[b[i] >> 4]);
		text_char(t, HEX[b[i] & 15]);
	}
}

int
text_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void
text_clear(struct text *t)
{
	t->n = 0;
	t->failed = false;
	if (t->p != NULL)
		t->p[0] = '\0';
}

void
text_free(struct text *t)
{
	free(t->p);
	*t = (struct text){0};
}

int
text_number(const char *p, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	bool over = false;

	if (*p == '\0')
		return ERR_SYNTAX;
	/* To the end even when it is too great: a letter behind it makes it
	 * malformed rather than out of range. */
	for (; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return ERR_SYNTAX;
		over = over || __builtin_mul_overflow(v, 10, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*p - '0'), &v);
	}
	if (over || v < min || v > max)
		return ERR_RANGE;
	*out = v;
	return 0;
}

/* The six bits of a base64 digit (RFC 4648, section 4), or -1. */
static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* White space of text files; the C library's depends on the locale. */
static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct base64 {
	uint8_t *out;
	size_t cap, n;
	uint32_t bits; /* of the quartet under way */
	unsigned digits, pads; /* of the quartet under way */
	bool ended; /* a quartet had padding: nothing may follow */
};

/* The octets of a full quartet. */
static int
base64_flush(struct base64 *b)
{
	unsigned octets = 3 - b->pads;

	/* Bits that no octet holds must be zero: one text for one value. */
	if (b->pads > 0 && (b->bits & ((1U << (8 * b->pads)) - 1)) != 0)
		return ERR_SYNTAX;
	if (b->cap - b->n < octets)
		return ERR_LIMIT;
	for (unsigned i = 0; i < octets; i++)
		b->out[b->n++] = (uint8_t)(b->bits >> (16 - 8 * i));
	b->ended = b->pads > 0;
	b->bits = 0;
	b->digits = b->pads = 0;
	return 0;
}

/* One character.  Padding is only taken where a quartet can end with it. */
static int
base64_put(struct base64 *b, char c)
{
	int v = base64_digit(c);

	if (b->ended)
		return ERR_SYNTAX;
	if (c == '=' && b->digits >= 2) {
		b->pads++;
		b->bits <<= 6;
	} else if (v >= 0 && b->pads == 0) {
		b->digits++;
		b->bits = b->bits << 6 | (uint32_t)v;
	} else {
		return ERR_SYNTAX;
	}
	return b->digits + b->pads == 4 ? base64_flush(b) : 0;
}

int
text_base64(const char *p, size_t len, uint8_t *out, size_t cap, size_t *n)
{
	struct base64 b = {.out = out, .cap = cap};
	int err;

	for (size_t i = 0; i < len; i++) {
		if (is_space(p[i]))
			continue;
		err = base64_put(&b, p[i]);
		if (err != 0)
			return err;
	}
	/* A last quartet that is not full was cut. */
	if (b.digits + b.pads != 0)
		return ERR_SYNTAX;
	*n = b.n;
	return 0;
}

void
text_add_base64(struct text *t, const void *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	const uint8_t *b = p;

	if (n > SIZE_MAX / 2 || !reserve(t, (n + 2) / 3 * 4))
		return;
	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)b[i] << 16;

		bits |= have > 1 ? (uint32_t)b[i + 1] << 8 : 0;
		bits |= have > 2 ? (uint32_t)b[i + 2] : 0;
		text_char(t, digits[bits >> 18]);
		text_char(t, digits[bits >> 12 & 63]);
		text_char(t, have > 1 ? digits[bits >> 6 & 63] : '=');
		text_char(t, have > 2 ? digits[bits & 63] : '=');
	}
}
