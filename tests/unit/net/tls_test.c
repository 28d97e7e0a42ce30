/*
 * tls: routers with OpenSSL's client between two buffers, by any cut of the
 * octets; certificates against addresses; hostile octets; what is kept, and
 * what is counted as sent.
 */
#include "rtrd/net/tls.h"

#include <arpa/inet.h>

#include "tests/unit/net/tls_world.h"
#include "waymark/bounds.h"

enum {
	ROOM = 1 << 20,
	RECORD = 16384,
	FIXED_SEED = 20260316,
};

/* Both ends, and what they said that was not handed over yet. */
struct pair {
	struct tls *server;
	SSL_CTX *context;
	SSL *client;
	uint8_t clear[ROOM]; /* what the server read */
	size_t clear_n;
};

static struct world w;
static struct tls_keys *keys;

static void
setup(void)
{
	world_init(&w);
	keys = world_keys(&w);
}

static void
teardown(void)
{
	tls_keys_unref(keys);
	world_fini(&w);
}

TestSuite(tls, .init = setup, .fini = teardown);

static void
source_of(const char *text, uint8_t out[ACCESS_SOURCE])
{
	memset(out, 0, ACCESS_SOURCE);
	if (inet_pton(AF_INET6, text, out) == 1)
		return;
	memset(out + 10, 0xff, 2);
	cr_assert_eq(inet_pton(AF_INET, text, out + 12), 1, "%s", text);
}

/* `cert` NULL: the router has none; `version` 0: any. */
static struct pair *
pair_new(enum client_certs clients, const char *source, const char *cert,
	int version)
{
	struct pair *p = calloc(1, sizeof(*p));
	uint8_t octets[ACCESS_SOURCE];
	char path[WORLD_PATH];

	source_of(source, octets);
	p->server = tls_new(keys, clients, octets);
	p->context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(p->context, version);
	SSL_CTX_set_max_proto_version(p->context, version);
	if (cert != NULL) {
		world_path(&w, cert, "pem", path);
		cr_assert_eq(
			SSL_CTX_use_certificate_chain_file(p->context, path),
			1);
		world_path(&w, cert, "key", path);
		cr_assert_eq(SSL_CTX_use_PrivateKey_file(
				     p->context, path, SSL_FILETYPE_PEM),
			1);
	}
	p->client = SSL_new(p->context);
	SSL_set_bio(p->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(p->client);
	return p;
}

static void
pair_free(struct pair *p)
{
	tls_free(p->server);
	SSL_free(p->client);
	SSL_CTX_free(p->context);
	ERR_clear_error();
	free(p);
}

/* Octets to the server, as they are. */
static void
hear(struct pair *p, const uint8_t *octets, size_t n)
{
	size_t got;

	tls_feed(p->server, span_of(octets, n));
	while ((got = tls_read(p->server, p->clear + p->clear_n,
			ROOM - p->clear_n)) > 0)
		p->clear_n += got;
	cr_expect_eq(ERR_peek_error(), 0, "it leaves an error behind");
}

/* All that the router has to say, in pieces of at most so many octets. */
static size_t
up(struct pair *p, size_t piece)
{
	uint8_t octets[4096];
	size_t all = 0;
	int n;

	if (piece > sizeof(octets))
		piece = sizeof(octets);
	while ((n = BIO_read(SSL_get_wbio(p->client), octets, (int)piece)) >
		0) {
		uint8_t *flush = malloc((size_t)n);

		/* A buffer of its own size, for the checkers of memory. */
		memcpy(flush, octets, (size_t)n);
		hear(p, flush, (size_t)n);
		free(flush);
		all += (size_t)n;
	}
	return all;
}

/* All that the server has to say; returns the octets of tls_write in it. */
static size_t
down(struct pair *p, size_t piece)
{
	struct span out;
	size_t counted = 0;

	while ((out = tls_output(p->server)).n > 0) {
		size_t n = out.n < piece ? out.n : piece;

		BIO_write(SSL_get_rbio(p->client), out.p, (int)n);
		counted += tls_sent(p->server, n);
	}
	return counted;
}

/* To the end of the handshake, or until nobody says anything any more. */
static void
shake(struct pair *p, size_t piece)
{
	size_t said = 1;

	while (said > 0) {
		(void)SSL_do_handshake(p->client);
		ERR_clear_error();
		said = up(p, piece);
		said += tls_output(p->server).n;
		down(p, piece);
	}
}

static void
expect_open(struct pair *p)
{
	enum refusal why;

	cr_assert_eq(tls_state(p->server), TLS_OPEN, "state %d, %s",
		tls_state(p->server), tls_fault(p->server, &why));
}

static void
expect_failed(struct pair *p, enum refusal want)
{
	enum refusal why;
	const char *words;

	cr_assert_eq(tls_state(p->server), TLS_FAILED);
	words = tls_fault(p->server, &why);
	cr_expect_eq(why, want, "%d: %s", why, words);
	cr_expect_not_null(words);
}

/* The router says something and is answered. */
static void
expect_talk(struct pair *p, size_t piece)
{
	static const char query[] = "a reset query", answer[] = "all of it";
	char got[sizeof(answer)];

	p->clear_n = 0;
	cr_assert_eq(SSL_write(p->client, query, sizeof(query)), sizeof(query));
	up(p, piece);
	cr_assert_eq(p->clear_n, sizeof(query));
	cr_expect_eq(memcmp(p->clear, query, sizeof(query)), 0);
	cr_assert_eq(tls_write(p->server, span_of(answer, sizeof(answer))),
		sizeof(answer));
	cr_expect_eq(down(p, piece), sizeof(answer));
	cr_assert_eq(SSL_read(p->client, got, sizeof(got)), sizeof(answer));
	cr_expect_eq(memcmp(got, answer, sizeof(answer)), 0);
}

Test(tls, talks_by_any_cut)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION, 0};
	static const size_t pieces[] = {1, 3, 5, 100, 4096};

	for (size_t v = 0; v < 3; v++)
		for (size_t i = 0; i < 5; i++) {
			struct pair *p = pair_new(
				CLIENTS_NONE, "192.0.2.1", NULL, versions[v]);

			cr_expect_not(tls_has_begun(p->server));
			shake(p, pieces[i]);
			expect_open(p);
			cr_expect(tls_has_begun(p->server));
			expect_talk(p, pieces[i]);
			pair_free(p);
		}
}

Test(tls, old_versions_are_refused)
{
	static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION};

	for (size_t i = 0; i < 2; i++) {
		struct pair *p =
			pair_new(CLIENTS_NONE, "192.0.2.1", NULL, versions[i]);

		SSL_set_security_level(p->client, 0);
		SSL_set_cipher_list(p->client, "ALL");
		shake(p, 4096);
		expect_failed(p, REFUSAL_HANDSHAKE);
		pair_free(p);
	}
}

/* What a router shows, where it connects from, and what is asked for. */
Test(tls, certificates_of_routers)
{
	static const struct {
		const char *san, *source;
		bool good;
	} rows[] = {
		{"IP:192.0.2.1", "192.0.2.1", true},
		{"IP:192.0.2.1", "::ffff:192.0.2.1", true},
		{"IP:192.0.2.1", "192.0.2.2", false},
		{"IP:192.0.2.2,IP:192.0.2.1", "192.0.2.1", true},
		{"IP:2001:db8::1", "2001:db8::1", true},
		{"IP:2001:db8::1", "2001:db8::2", false},
		{"IP:2001:db8::1,IP:192.0.2.1", "192.0.2.1", true},
		/* The last octets alone are not the address. */
		{"IP:::c000:201", "192.0.2.1", false},
		{"IP:192.0.2.1", "::c000:201", false},
		{"DNS:192.0.2.1", "192.0.2.1", false},
		{NULL, "192.0.2.1", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int required = 0; required < 4; required++) {
			enum client_certs clients = required & 1
				? CLIENTS_REQUIRED
				: CLIENTS_OPTIONAL;
			struct pair *p;

			world_good(&w, "router", rows[i].san);
			p = pair_new(clients, rows[i].source, "router",
				required & 2 ? TLS1_2_VERSION : 0);
			shake(p, 4096);
			if (rows[i].good)
				expect_open(p);
			else
				expect_failed(p, REFUSAL_CERTIFICATE);
			pair_free(p);
		}
}

Test(tls, certificates_that_are_not_good)
{
	static const struct wish wishes[] = {
		{"over", "IP:192.0.2.1", -WORLD_DAY, -60, false},
		{"early", "IP:192.0.2.1", 3600, WORLD_DAY, false},
		{"own", "IP:192.0.2.1", -60, WORLD_DAY, true},
	};
	struct pair *p;

	for (size_t i = 0; i < 3; i++) {
		world_cert(&w, &wishes[i]);
		p = pair_new(CLIENTS_OPTIONAL, "192.0.2.1", wishes[i].name, 0);
		shake(p, 4096);
		expect_failed(p, REFUSAL_CERTIFICATE);
		pair_free(p);
		/* Where nobody asks, nobody looks. */
		p = pair_new(CLIENTS_NONE, "192.0.2.1", wishes[i].name, 0);
		shake(p, 4096);
		expect_open(p);
		pair_free(p);
	}
	p = pair_new(CLIENTS_REQUIRED, "192.0.2.1", NULL, 0);
	shake(p, 4096);
	expect_failed(p, REFUSAL_CERTIFICATE);
	cr_expect_gt(BIO_ctrl_pending(SSL_get_rbio(p->client)) +
			tls_output(p->server).n + 1,
		0);
	pair_free(p);
	p = pair_new(CLIENTS_OPTIONAL, "192.0.2.1", NULL, 0);
	shake(p, 4096);
	expect_open(p);
	pair_free(p);
}

/* The first octet tells, and nothing is said to who does not know TLS. */
Test(tls, other_protocols)
{
	for (unsigned first = 0; first < 256; first++) {
		struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
		const uint8_t octets[8] = {(uint8_t)first, 2, 0, 0, 0, 0, 0, 8};

		hear(p, octets, sizeof(octets));
		if (first != 22) {
			expect_failed(p, REFUSAL_NOT_TLS);
			cr_expect_eq(tls_output(p->server).n, 0);
		}
		hear(p, octets, sizeof(octets));
		pair_free(p);
	}
}

/* The hello of a router, cut anywhere and changed in any octet. */
Test(tls, hellos_cut_and_changed)
{
	struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
	uint8_t hello[2048];
	int n;

	(void)SSL_do_handshake(p->client);
	n = BIO_read(SSL_get_wbio(p->client), hello, sizeof(hello));
	cr_assert_gt(n, 100);
	pair_free(p);
	for (int i = 0; i < n; i++) {
		p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
		hear(p, hello, (size_t)i);
		cr_expect_eq(tls_state(p->server), TLS_HANDSHAKE, "%d", i);
		cr_expect_eq(tls_output(p->server).n, 0, "%d", i);
		pair_free(p);
		hello[i] ^= 0x55;
		p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
		hear(p, hello, (size_t)n);
		cr_expect_neq(tls_state(p->server), TLS_OPEN, "%d", i);
		cr_expect_eq(p->clear_n, 0);
		pair_free(p);
		hello[i] ^= 0x55;
	}
}

/* A record that was changed on its way ends this connection, and another one
 * of the same thread goes on. */
Test(tls, a_changed_record)
{
	struct pair *bad = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
	struct pair *good = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
	uint8_t record[256];
	int n;

	shake(bad, 4096);
	shake(good, 4096);
	SSL_write(bad->client, "query", 5);
	n = BIO_read(SSL_get_wbio(bad->client), record, sizeof(record));
	record[n - 1] ^= 1;
	hear(bad, record, (size_t)n);
	expect_failed(bad, REFUSAL_HANDSHAKE);
	cr_expect_eq(bad->clear_n, 0);
	cr_expect_gt(tls_output(bad->server).n, 0, "no alert");
	expect_talk(good, 4096);
	hear(bad, record, (size_t)n);
	cr_expect_eq(tls_write(bad->server, span_of("x", 1)), 0);
	pair_free(bad);
	pair_free(good);
}

/* What lies in the thread's queue from somewhere else is not ours. */
Test(tls, errors_of_others)
{
	struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);

	shake(p, 4096);
	expect_open(p);
	ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
	hear(p, NULL, 0);
	expect_open(p);
	ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
	cr_expect_eq(tls_write(p->server, span_of("x", 1)), 1);
	cr_expect_eq(ERR_peek_error(), 0);
	expect_open(p);
	pair_free(p);
}

/* However much there is to send, little of it is encrypted; and all of it
 * arrives, in whatever pieces the socket takes it. */
Test(tls, little_is_encrypted_ahead)
{
	struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
	uint8_t *text = malloc(ROOM), *got = malloc(ROOM);
	unsigned random = FIXED_SEED;
	size_t done = 0, counted = 0, heard = 0;

	shake(p, 4096);
	for (size_t i = 0; i < ROOM; i++)
		text[i] = (uint8_t)(i * 7 + i / 251);
	while (counted < ROOM) {
		size_t n =
			tls_write(p->server, span_of(text + done, ROOM - done));
		struct span out = tls_output(p->server);
		int more;

		done += n;
		cr_assert_leq(done - counted, BOUND_TLS_AHEAD * RECORD);
		random = random * 1103515245 + 12345;
		n = random % 9000 + 1;
		if (n > out.n)
			n = out.n;
		BIO_write(SSL_get_rbio(p->client), out.p, (int)n);
		counted += tls_sent(p->server, n);
		cr_assert_leq(counted, done);
		if (tls_output(p->server).n > 0)
			cr_assert_eq(
				tls_output(p->server).p, out.p + n, "it moved");
		else
			cr_assert_eq(counted, done);
		while ((more = SSL_read(p->client, got + heard,
				(int)(ROOM - heard))) > 0)
			heard += (size_t)more;
		cr_assert_geq(heard + BOUND_TLS_AHEAD * RECORD, counted);
	}
	cr_assert_eq(heard, ROOM);
	cr_expect_eq(memcmp(text, got, ROOM), 0);
	free(text);
	free(got);
	pair_free(p);
}

/* Records of the largest size, and of one octet, from the router. */
Test(tls, records_of_any_size)
{
	static uint8_t text[3 * RECORD];
	static const size_t sizes[] = {1, 2, RECORD - 1, RECORD, 3 * RECORD};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);

		shake(p, 4096);
		cr_assert_eq(SSL_write(p->client, text, (int)sizes[i]),
			(int)sizes[i]);
		up(p, 1000);
		cr_expect_eq(p->clear_n, sizes[i]);
		pair_free(p);
	}
}

Test(tls, the_router_ends)
{
	struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
	char got[8];

	shake(p, 4096);
	SSL_write(p->client, "query", 5);
	SSL_shutdown(p->client);
	up(p, 4096);
	cr_expect_eq(p->clear_n, 5);
	cr_expect_eq(tls_state(p->server), TLS_ENDED);
	/* It said that it sends no more, and can still be answered. */
	cr_expect_eq(tls_write(p->server, span_of("answer", 6)), 6);
	tls_end(p->server);
	cr_expect_eq(down(p, 4096), 6);
	cr_expect_eq(SSL_read(p->client, got, sizeof(got)), 6);
	cr_expect_leq(SSL_read(p->client, got, sizeof(got)), 0);
	cr_expect_eq(SSL_get_shutdown(p->client),
		SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	pair_free(p);
}

Test(tls, we_end)
{
	struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);
	char got[8];

	tls_end(p->server);
	cr_expect_eq(tls_output(p->server).n, 0, "before there is anything");
	shake(p, 4096);
	tls_end(p->server);
	cr_expect_eq(down(p, 4096), 0, "not an octet of the session's");
	cr_expect_leq(SSL_read(p->client, got, sizeof(got)), 0);
	cr_expect_eq(SSL_get_shutdown(p->client), SSL_RECEIVED_SHUTDOWN);
	pair_free(p);
}

/* Whoever makes us say something again and again, and does not listen, is cut
 * before it costs more than a little. */
Test(tls, answers_that_nobody_reads)
{
	struct pair *p =
		pair_new(CLIENTS_NONE, "192.0.2.1", NULL, TLS1_3_VERSION);

	shake(p, 4096);
	for (int i = 0; i < 20000 && tls_state(p->server) == TLS_OPEN; i++) {
		cr_assert_eq(
			SSL_key_update(p->client, SSL_KEY_UPDATE_REQUESTED), 1);
		(void)SSL_do_handshake(p->client);
		up(p, 4096);
		if (tls_state(p->server) == TLS_OPEN)
			(void)tls_write(p->server, span_of("x", 1));
		cr_assert_leq(tls_output(p->server).n, 65536);
	}
	pair_free(p);
}

/* Renegotiation is refused with an alert each time (RFC 5246 section 7.2.2). */
Test(tls, renegotiation)
{
	struct pair *p =
		pair_new(CLIENTS_NONE, "192.0.2.1", NULL, TLS1_2_VERSION);

	shake(p, 4096);
	expect_open(p);
	cr_assert_eq(SSL_renegotiate(p->client), 1);
	(void)SSL_do_handshake(p->client);
	ERR_clear_error();
	up(p, 4096);
	expect_open(p);
	cr_expect_gt(tls_output(p->server).n, 0);
	down(p, 4096);
	(void)SSL_do_handshake(p->client);
	cr_expect_eq(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	pair_free(p);
}

/* Other keys for who comes later; who is here keeps what it came with. */
Test(tls, keys_outlive_their_server)
{
	struct pair *p = pair_new(CLIENTS_NONE, "192.0.2.1", NULL, 0);

	(void)SSL_do_handshake(p->client);
	tls_keys_unref(keys);
	shake(p, 4096);
	expect_open(p);
	expect_talk(p, 4096);
	pair_free(p);
	keys = world_keys(&w);
}

/* Any octets behind a good beginning, and none. */
Test(tls, random_octets)
{
	unsigned random = FIXED_SEED;

	for (int round = 0; round < 300; round++) {
		struct pair *p = pair_new(CLIENTS_OPTIONAL, "192.0.2.1", NULL,
			round % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
		uint8_t junk[300];

		if (round % 3 == 0)
			shake(p, 4096);
		for (size_t i = 0; i < sizeof(junk); i++) {
			random = random * 1103515245 + 12345;
			junk[i] = (uint8_t)(random >> 16);
		}
		junk[0] = (uint8_t)(20 + round % 5);
		junk[1] = 3;
		junk[2] = 3;
		junk[3] = 0;
		for (size_t i = 0; i < sizeof(junk); i += 50)
			hear(p, junk + i, 50);
		cr_expect_eq(p->clear_n, 0);
		pair_free(p);
	}
}
