/*
 * outbox: slices from every position, in every number.
 */
#include <criterion/criterion.h>

#include "rtrd/serve/image.h"
#include "rtrd/serve/outbox.h"

static const struct pdu_end END = {1, 2, 3, 4, 600};

/* An answer with `vrps` payloads of 20 octets. */
static void
test_fill(struct outbox *o, struct gauge *g, size_t vrps)
{
	struct payload_builder *b = payload_build_new(vrps);
	const struct payload_set *set;
	struct writer w;

	for (size_t i = 0; i < vrps; i++) {
		struct vrp v = {.asn = (uint32_t)i, .family = FAMILY_IPV4};

		cr_assert_eq(payload_build_vrp(b, &v), 0);
	}
	cr_assert_eq(payload_build_done(b, &set), 0);
	*o = (struct outbox){.kind = OUT_NONE};
	w = outbox_begin(o, OUT_DATA, (struct mono){7});
	pdu_write_response(&w, 1, 1);
	outbox_seal(o, &w);
	outbox_attach(o, image_of_set(g, 1, set, 2), 1, &END);
	payload_unref(set);
}

Test(outbox, every_position)
{
	struct gauge *g = gauge_new();
	struct outbox o;
	uint8_t all[8 + 60 + 24];
	struct span out[3];

	test_fill(&o, g, 3);
	cr_expect_eq(outbox_left(&o), sizeof(all));
	cr_expect_eq(outbox_type(&o), 3);
	cr_expect_eq(outbox_slices(&o, out, 3), 3);
	memcpy(all, out[0].p, 8);
	memcpy(all + 8, out[1].p, 60);
	memcpy(all + 68, out[2].p, 24);
	for (o.sent = 0; o.sent <= sizeof(all); o.sent++) {
		for (size_t max = 0; max <= 3; max++) {
			size_t n = outbox_slices(&o, out, max), at = o.sent;

			cr_expect(n <= max);
			cr_expect_eq(n > 0, max > 0 && o.sent < sizeof(all));
			for (size_t i = 0; i < n; i++) {
				cr_expect(out[i].n > 0);
				cr_expect_eq(
					memcmp(all + at, out[i].p, out[i].n),
					0);
				at += out[i].n;
			}
			if (max == 3)
				cr_expect_eq(at, sizeof(all));
		}
		cr_expect_eq(outbox_left(&o), sizeof(all) - o.sent);
	}
	outbox_clear(&o);
	cr_expect_eq(gauge_total(g), 0);
	gauge_unref(g);
}

/* A large image comes in bounded slices, and nothing behind a cut one. */
Test(outbox, slices_are_bounded)
{
	enum {
		VRPS = 50000
	};
	struct gauge *g = gauge_new();
	struct outbox o;
	struct span out[3];
	size_t left = 8 + VRPS * 20 + 24;

	test_fill(&o, g, VRPS);
	while (outbox_left(&o) > 0) {
		size_t n = outbox_slices(&o, out, 3);

		cr_assert(n > 0);
		for (size_t i = 0; i < n; i++) {
			cr_expect(out[i].n <= 262144);
			o.sent += out[i].n;
			left -= out[i].n;
		}
		cr_expect_eq(outbox_left(&o), left);
	}
	outbox_clear(&o);
	gauge_unref(g);
}

Test(outbox, error_code_of_two_octets)
{
	struct outbox o = {.kind = OUT_NONE};
	struct writer w = outbox_begin(&o, OUT_FAULT, (struct mono){1});

	pdu_write_error(&w, 1, 0x0102, span_of(NULL, 0), span_text("x"));
	outbox_seal(&o, &w);
	cr_expect_eq(outbox_type(&o), 10);
	cr_expect_eq(outbox_code(&o), 0x0102);
	cr_expect_eq(outbox_left(&o), 17);
	outbox_clear(&o);
	cr_expect_eq(outbox_left(&o), 0);
}
