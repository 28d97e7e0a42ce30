/*
 * xml_base64: one table, and groups of four as long as they are whole.
 *
 *	"TWFu"  ->  19 22 5 46  ->  010011 010110 000101 101110  ->  "Man"
 *
 * Nine of ten octets of a snapshot are base64 and pass here.  The fast loop
 * takes groups that begin on a boundary and are nothing but digits; a line's
 * end, padding and what a piece leaves over go digit by digit.
 */
#include "validator/fetch/xml_base64.h"

#include <stdlib.h>

enum {
	SPACE = 64, /* XML's white space */
	PAD = 65,
	BAD = 66,
	ROOM = 4096, /* the first piece of memory */
	ROOM_KEPT = 1048576, /* what is kept for the next object */
};

#define BAD_2  BAD, BAD
#define BAD_3  BAD, BAD, BAD
#define BAD_5  BAD_3, BAD_2
#define BAD_16 BAD_5, BAD_5, BAD_5, BAD

/* What a character stands for, from NUL on: white space among controls, a blank
 * and "+", "/", digits, "=", and letters from "A" and "a" on. */
static const uint8_t values[256] = {BAD_5, BAD_3, BAD, SPACE, SPACE, BAD_2,
	SPACE, BAD_2, BAD_16, SPACE, BAD_5, BAD_5, 62, BAD_3, 63, 52, 53, 54,
	55, 56, 57, 58, 59, 60, 61, BAD_3, PAD, BAD_3, 0, 1, 2, 3, 4, 5, 6, 7,
	8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	BAD_5, BAD, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, BAD_5, BAD_16, BAD_16,
	BAD_16, BAD_16, BAD_16, BAD_16, BAD_16, BAD_16};

void
base64_begin(struct base64 *b)
{
	/* One large object must not cost memory for the rest of the file. */
	if (b->cap > ROOM_KEPT)
		base64_fini(b);
	b->n = 0;
	b->bits = 0;
	b->digits = 0;
	b->pads = 0;
}

/* Room for all that `n` characters can give. */
static enum base64_result
reserve(struct base64 *b, size_t n, size_t max)
{
	size_t need = b->n + n / 4 * 3 + 3;
	size_t cap = b->cap * 2 < ROOM ? ROOM : b->cap * 2;
	uint8_t *at;

	if (need <= b->cap)
		return BASE64_GOOD;
	if (cap < need)
		cap = need;
	/* What is beyond the limit is found when it is decoded: a piece may be
	 * mostly white space. */
	if (cap > max + n + 3)
		cap = max + n + 3;
	at = realloc(b->at, cap);
	if (at == NULL)
		return BASE64_MEMORY;
	b->at = at;
	b->cap = cap;
	return BASE64_GOOD;
}

/* Whole groups at the front of `s`; how many characters they were. */
static size_t
add_groups(struct base64 *b, struct span s)
{
	const uint8_t *p = s.p;
	const uint8_t *end = s.p + s.n / 4 * 4;
	uint8_t *to = b->at + b->n;

	while (p < end) {
		uint32_t v0 = values[p[0]], v1 = values[p[1]];
		uint32_t v2 = values[p[2]], v3 = values[p[3]];
		uint32_t v = v0 << 18 | v1 << 12 | v2 << 6 | v3;

		if ((v0 | v1 | v2 | v3) >= SPACE)
			break;
		to[0] = (uint8_t)(v >> 16);
		to[1] = (uint8_t)(v >> 8);
		to[2] = (uint8_t)v;
		to += 3;
		p += 4;
	}
	b->n = (size_t)(to - b->at);
	return (size_t)(p - s.p);
}

/* The group is whole: two, three or four of its places are digits. */
static void
end_group(struct base64 *b)
{
	uint8_t *to = b->at + b->n;

	to[0] = (uint8_t)(b->bits >> 16);
	to[1] = (uint8_t)(b->bits >> 8);
	to[2] = (uint8_t)b->bits;
	b->n += 3 - b->pads;
	b->bits = 0;
	b->digits = 0;
}

/* A padding: in the third or fourth place, with nothing left over before it. */
static bool
add_pad(struct base64 *b)
{
	unsigned place = b->digits + b->pads;
	uint32_t left = b->digits == 2 ? 0xffff : 0xff;

	if (b->digits < 2 || place > 3 || (b->bits & left) != 0)
		return false;
	b->pads++;
	if (place == 3)
		end_group(b);
	return true;
}

static bool
add_digit(struct base64 *b, uint32_t value)
{
	if (b->pads > 0)
		return false;
	b->bits |= value << (18 - 6 * b->digits);
	b->digits++;
	if (b->digits == 4)
		end_group(b);
	return true;
}

static bool
add_one(struct base64 *b, uint8_t c)
{
	uint8_t value = values[c];

	if (value < SPACE)
		return add_digit(b, value);
	return value == SPACE || (value == PAD && add_pad(b));
}

enum base64_result
base64_add(struct base64 *b, struct span text, size_t max)
{
	enum base64_result result = reserve(b, text.n, max);
	size_t i = 0;

	if (result != BASE64_GOOD)
		return result;
	while (i < text.n) {
		if (b->digits == 0 && b->pads == 0)
			i += add_groups(b, span_of(text.p + i, text.n - i));
		if (i < text.n && !add_one(b, text.p[i++]))
			return BASE64_BAD;
	}
	return b->n <= max ? BASE64_GOOD : BASE64_LARGE;
}

bool
base64_is_whole(const struct base64 *b)
{
	return b->digits == 0;
}

void
base64_fini(struct base64 *b)
{
	free(b->at);
	*b = (struct base64){0};
}
