/*
 * outbox: the one thing that is on its way to a router.
 *
 * The sent octets are one number over all three parts, so that a socket may
 * stop anywhere.
 */
#include "rtrd/serve/image.h"
#include "rtrd/serve/outbox.h"

enum {
	SLICE_MAX = 262144, /* octets of an image handed out at once: so that
			       progress is seen in steps of this size */
};

struct writer
outbox_begin(struct outbox *o, enum out_kind kind, struct mono now)
{
	o->kind = kind;
	o->began = now;
	o->progress = now;
	return writer_of(o->head, sizeof(o->head));
}

void
outbox_seal(struct outbox *o, const struct writer *w)
{
	o->head_n = w->n;
}

void
outbox_attach(struct outbox *o, const struct image *image, unsigned version,
	const struct pdu_end *end)
{
	struct writer w = writer_of(o->tail, sizeof(o->tail));

	o->image = image;
	pdu_write_end(&w, version, end);
	o->tail_n = w.n;
}

/* The shared part, empty for what has none. */
static struct span
body(const struct outbox *o)
{
	return o->image == NULL ? (struct span){0} : o->image->bytes;
}

size_t
outbox_left(const struct outbox *o)
{
	return o->head_n + body(o).n + o->tail_n - o->sent;
}

/* The piece of `part` behind the first `*passed` octets; what of these lies
 * before the piece is taken off. */
static struct span
rest(struct span part, size_t *passed)
{
	size_t n = *passed < part.n ? *passed : part.n;

	*passed -= n;
	return n == part.n ? (struct span){0} : span_of(part.p + n, part.n - n);
}

size_t
outbox_slices(const struct outbox *o, struct span *out, size_t max)
{
	const struct span parts[] = {
		span_of(o->head, o->head_n),
		body(o),
		span_of(o->tail, o->tail_n),
	};
	size_t passed = o->sent, count = 0;

	for (size_t i = 0; i < 3 && count < max; i++) {
		struct span piece = rest(parts[i], &passed);

		if (piece.n == 0)
			continue;
		if (piece.n > SLICE_MAX) {
			out[count++] = span_of(piece.p, SLICE_MAX);
			break;
		}
		out[count++] = piece;
	}
	return count;
}

unsigned
outbox_type(const struct outbox *o)
{
	return o->head[1];
}

unsigned
outbox_code(const struct outbox *o)
{
	return (unsigned)o->head[2] << 8 | o->head[3];
}

void
outbox_clear(struct outbox *o)
{
	image_unref(o->image);
	*o = (struct outbox){.kind = OUT_NONE};
}
