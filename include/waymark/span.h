/*
 * span: the bounded view of bytes, and the only way to touch foreign ones.
 *
 *	span      | p ............ n |     a view; owns nothing
 *	reader    | done | p .... end |    takes from the front, or refuses
 *	writer    | n written | cap   |    puts at the end, or marks `over`
 *
 * A reader that refuses leaves itself and the result untouched.  A writer that
 * is full writes nothing more and sets `over`, which is tested once at the end.
 */
#ifndef WAYMARK_SPAN_H
#define WAYMARK_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *p;
	size_t n;
};

struct reader {
	const uint8_t *p;
	const uint8_t *end;
};

struct writer {
	uint8_t *p;
	size_t n;
	size_t cap;
	bool over;
};

/* A view of `n` bytes at `p`. */
struct span span_of(const void *p, size_t n);

/* A view of a NUL-terminated text without its NUL. */
struct span span_text(const char *text);

/* Whether two views hold the same bytes. */
bool span_equal(struct span a, struct span b);

/* Order by bytes, a shorter one first where one begins the other: <0, 0, >0. */
int span_compare(struct span a, struct span b);

/* A reader over all of `s`. */
struct reader reader_of(struct span s);

/* Bytes not yet taken. */
size_t reader_left(const struct reader *r);

/* Take big-endian (network order) or little-endian numbers, or `n` bytes as a
 * view into the input.  False, with nothing taken, when fewer are left. */
bool reader_u8(struct reader *r, uint8_t *out);
bool reader_be16(struct reader *r, uint16_t *out);
bool reader_be32(struct reader *r, uint32_t *out);
bool reader_be64(struct reader *r, uint64_t *out);
bool reader_le16(struct reader *r, uint16_t *out);
bool reader_le32(struct reader *r, uint32_t *out);
bool reader_le64(struct reader *r, uint64_t *out);
bool reader_take(struct reader *r, size_t n, struct span *out);
bool reader_copy(struct reader *r, void *to, size_t n);

/* A writer over `cap` bytes at `p`; the caller keeps the memory. */
struct writer writer_of(void *p, size_t cap);

/* Put numbers or bytes at the end; see `over`. */
void writer_u8(struct writer *w, uint8_t v);
void writer_be16(struct writer *w, uint16_t v);
void writer_be32(struct writer *w, uint32_t v);
void writer_be64(struct writer *w, uint64_t v);
void writer_le16(struct writer *w, uint16_t v);
void writer_le32(struct writer *w, uint32_t v);
void writer_le64(struct writer *w, uint64_t v);
void writer_bytes(struct writer *w, const void *p, size_t n);

/* What was written so far. */
struct span writer_span(const struct writer *w);

#endif
