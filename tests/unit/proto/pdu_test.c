/*
 * pdu: the table, and every PDU octet by octet.
 */
#include <criterion/criterion.h>

#include "rtrd/proto/pdu.h"
#include "tests/unit/guard.h"

/* RFC 6810 and 8210 section 5, written down a second time. */
static const struct {
	unsigned type;
	const char *name;
	uint32_t lengths[3][2];
} ROWS[] = {
	{0, "serial_notify", {{12, 12}, {12, 12}, {12, 12}}},
	{1, "serial_query", {{12, 12}, {12, 12}, {12, 12}}},
	{2, "reset_query", {{8, 8}, {8, 8}, {8, 8}}},
	{3, "cache_response", {{8, 8}, {8, 8}, {8, 8}}},
	{4, "ipv4_prefix", {{20, 20}, {20, 20}, {20, 20}}},
	{5, NULL, {{0, 0}, {0, 0}, {0, 0}}},
	{6, "ipv6_prefix", {{32, 32}, {32, 32}, {32, 32}}},
	{7, "end_of_data", {{12, 12}, {24, 24}, {24, 24}}},
	{8, "cache_reset", {{8, 8}, {8, 8}, {8, 8}}},
	{9, "router_key", {{0, 0}, {33, 65535}, {33, 65535}}},
	{10, "error_report", {{16, 65600}, {16, 65600}, {16, 65600}}},
	{11, "aspa", {{0, 0}, {0, 0}, {12, 65535}}},
	{12, NULL, {{0, 0}, {0, 0}, {0, 0}}},
	{255, NULL, {{0, 0}, {0, 0}, {0, 0}}},
};

Test(pdu, table)
{
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		const char *name = pdu_name(ROWS[i].type);

		cr_expect_eq(name == NULL, ROWS[i].name == NULL);
		if (name != NULL)
			cr_expect_str_eq(name, ROWS[i].name);
		for (unsigned v = 0; v < 4; v++) {
			struct pdu_form form = {0};
			uint32_t most = v < 3 ? ROWS[i].lengths[v][1] : 0;

			cr_expect_eq(pdu_form(v, ROWS[i].type, &form),
				most != 0, "version %u type %u", v,
				ROWS[i].type);
			cr_expect_eq(form.most, most);
			if (v < 3)
				cr_expect_eq(form.least, ROWS[i].lengths[v][0]);
		}
	}
}

Test(pdu, senders)
{
	struct pdu_form form;

	for (unsigned type = 0; type < 12; type++) {
		if (!pdu_form(2, type, &form))
			continue;
		cr_expect_eq(form.sender,
			type == 1 || type == 2 ? PDU_SENDER_ROUTER
				: type == 10   ? PDU_SENDER_BOTH
					       : PDU_SENDER_CACHE);
	}
}

Test(pdu, header_at_every_length)
{
	const uint8_t octets[] = {1, 2, 0x12, 0x34, 0xfe, 0xdc, 0xba, 0x98, 9};
	struct guard g = guard_new(sizeof(octets));

	for (size_t n = 0; n <= sizeof(octets); n++) {
		struct reader r = reader_of(guard_span(&g, span_of(octets, n)));
		struct pdu_header h = {.version = 77};

		if (n < 8) {
			cr_expect_not(pdu_header_read(&r, &h));
			cr_expect_eq(reader_left(&r), n);
			cr_expect_eq(h.version, 77);
			continue;
		}
		cr_expect(pdu_header_read(&r, &h));
		cr_expect_eq(reader_left(&r), n - 8);
		cr_expect_eq(h.version, 1);
		cr_expect_eq(h.type, 2);
		cr_expect_eq(h.field, 0x1234);
		cr_expect_eq(h.length, 0xfedcba98);
	}
	guard_free(&g);
}

#define WROTE(w, ...) \
	do { \
		const uint8_t want[] = {__VA_ARGS__}; \
		cr_expect_not((w)->over); \
		cr_expect(span_equal( \
			writer_span(w), span_of(want, sizeof(want)))); \
		(w)->n = 0; \
	} while (0)

Test(pdu, control)
{
	const struct pdu_end end = {0x1234, 0xfedcba98, 1, 2, 600};
	uint8_t b[64];
	struct writer w = writer_of(b, sizeof(b));

	pdu_write_notify(&w, 1, 0x1234, 0xfedcba98);
	WROTE(&w, 1, 0, 0x12, 0x34, 0, 0, 0, 12, 0xfe, 0xdc, 0xba, 0x98);
	pdu_write_response(&w, 0, 0xffff);
	WROTE(&w, 0, 3, 0xff, 0xff, 0, 0, 0, 8);
	pdu_write_reset(&w, 1);
	WROTE(&w, 1, 8, 0, 0, 0, 0, 0, 8);
	pdu_write_end(&w, 0, &end);
	WROTE(&w, 0, 7, 0x12, 0x34, 0, 0, 0, 12, 0xfe, 0xdc, 0xba, 0x98);
	pdu_write_end(&w, 1, &end);
	WROTE(&w, 1, 7, 0x12, 0x34, 0, 0, 0, 24, 0xfe, 0xdc, 0xba, 0x98, 0, 0,
		0, 1, 0, 0, 0, 2, 0, 0, 2, 0x58);
}

Test(pdu, prefixes)
{
	uint8_t b[64];
	struct writer w = writer_of(b, sizeof(b));
	struct vrp v = {
		.addr = {{192, 0, 2, 0}},
		.asn = 0xfedcba98,
		.family = FAMILY_IPV4,
		.len = 24,
		.max_len = 32,
		.ta = 3,
		.expires = -1,
		.source = 7,
	};

	pdu_write_vrp(&w, 0, true, &v);
	WROTE(&w, 0, 4, 0, 0, 0, 0, 0, 20, 1, 24, 32, 0, 192, 0, 2, 0, 0xfe,
		0xdc, 0xba, 0x98);
	pdu_write_vrp(&w, 1, false, &v);
	WROTE(&w, 1, 4, 0, 0, 0, 0, 0, 20, 0, 24, 32, 0, 192, 0, 2, 0, 0xfe,
		0xdc, 0xba, 0x98);
	v = (struct vrp){
		.addr = {{0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
			12}},
		.asn = 1,
		.family = FAMILY_IPV6,
		.len = 128,
		.max_len = 128,
	};
	pdu_write_vrp(&w, 1, true, &v);
	WROTE(&w, 1, 6, 0, 0, 0, 0, 0, 32, 1, 128, 128, 0, 0x20, 1, 0xd, 0xb8,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 1);
}

Test(pdu, router_key)
{
	const uint8_t spki[] = {0x30, 0x01, 0x00};
	uint8_t b[64];
	struct writer w = writer_of(b, sizeof(b));
	struct router_key k = {
		.asn = 0x01020304, .spki = span_of(spki, sizeof(spki))};

	memset(k.ski, 0xaa, 20);
	pdu_write_key(&w, 1, true, &k);
	WROTE(&w, 1, 9, 1, 0, 0, 0, 0, 35, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
		0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
		0xaa, 0xaa, 0xaa, 0xaa, 1, 2, 3, 4, 0x30, 1, 0);
	pdu_write_key(&w, 1, false, &k);
	cr_expect_eq(b[2], 0);
}

Test(pdu, aspa)
{
	const uint32_t providers[] = {1, 0x01020304, 0xfedcba98};
	uint8_t b[64];
	struct writer w = writer_of(b, sizeof(b));
	struct aspa a = {.customer = 0x0a0b0c0d,
		.provider_count = 3,
		.providers = providers};

	pdu_write_aspa(&w, 2, true, &a);
	cr_expect_eq(pdu_aspa_size(true, &a), w.n);
	WROTE(&w, 2, 11, 1, 0, 0, 0, 0, 24, 10, 11, 12, 13, 0, 0, 0, 1, 1, 2, 3,
		4, 0xfe, 0xdc, 0xba, 0x98);
	pdu_write_aspa(&w, 2, false, &a);
	cr_expect_eq(pdu_aspa_size(false, &a), w.n);
	WROTE(&w, 2, 11, 0, 0, 0, 0, 0, 12, 10, 11, 12, 13);
}

/* The longest list that a PDU of 65,535 octets takes, and one more. */
Test(pdu, aspa_fits)
{
	static uint32_t providers[16380];
	static uint8_t b[65536];
	struct writer w = writer_of(b, sizeof(b));
	struct aspa a = {.provider_count = 16380, .providers = providers};

	cr_expect(pdu_aspa_fits(&a));
	pdu_write_aspa(&w, 2, true, &a);
	cr_expect_not(w.over);
	cr_expect_eq(w.n, 65532);
	cr_expect_eq(b[6] << 8 | b[7], 65532);
	a.provider_count++;
	cr_expect_not(pdu_aspa_fits(&a));
	a.provider_count = 1;
	cr_expect(pdu_aspa_fits(&a));
	a.provider_count = 0;
	cr_expect_not(pdu_aspa_fits(&a), "an announcement names a provider");
}

Test(pdu, error_is_bounded)
{
	uint8_t culprit[200], b[PDU_ERROR_MAX + 1];
	char text[400];
	struct writer w = writer_of(b, sizeof(b));

	pdu_write_error(&w, 1, 5, span_of(NULL, 0), span_text(""));
	WROTE(&w, 1, 10, 0, 5, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0);
	pdu_write_error(&w, 0, 3, span_of("\1\2", 2), span_text("no"));
	WROTE(&w, 0, 10, 0, 3, 0, 0, 0, 20, 0, 0, 0, 2, 1, 2, 0, 0, 0, 2, 'n',
		'o');
	memset(culprit, 0xcc, sizeof(culprit));
	memset(text, 'x', sizeof(text));
	pdu_write_error(&w, 1, 0, span_of(culprit, sizeof(culprit)),
		span_of(text, sizeof(text)));
	cr_expect_eq(w.n, 16 + 64 + 256);
	cr_expect_eq(w.n, PDU_ERROR_MAX);
	cr_expect_eq(b[11], 64);
	cr_expect_eq(b[12 + 63], 0xcc);
	cr_expect_eq(b[12 + 64 + 2], 1);
	cr_expect_eq(b[12 + 64 + 3], 0);
}

/* A text is cut between characters: an e with acute across the border. */
Test(pdu, text_is_cut_between_characters)
{
	char text[300];
	uint8_t b[PDU_ERROR_MAX];
	struct writer w = writer_of(b, sizeof(b));

	memset(text, 'x', sizeof(text));
	text[255] = '\xc3';
	text[256] = '\xa9';
	pdu_write_error(
		&w, 1, 0, span_of(NULL, 0), span_of(text, sizeof(text)));
	cr_expect_eq(w.n, 16 + 255);
	w.n = 0;
	text[254] = '\xc3';
	text[255] = '\xa9';
	text[256] = 'x';
	pdu_write_error(
		&w, 1, 0, span_of(NULL, 0), span_of(text, sizeof(text)));
	cr_expect_eq(w.n, 16 + 256);
}
