/*
 * tls_keys: which files are taken, what is said of the others, and of
 * certificates that routers will not like; secure: which listeners need what.
 */
#include "rtrd/net/secure.h"
#include "tests/unit/net/tls_world.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

static struct world w;

static void
setup(void)
{
	world_init(&w);
}

static void
teardown(void)
{
	world_fini(&w);
}

TestSuite(tls_keys, .init = setup, .fini = teardown);

static void
put(const char *name, const char *end, const char *text, size_t n)
{
	char path[WORLD_PATH];
	FILE *f;

	world_path(&w, name, end, path);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(text, 1, n, f), n);
	fclose(f);
}

/* The beginning of another file. */
static void
put_part(const char *name, const char *from, const char *end, size_t n)
{
	char path[WORLD_PATH], text[8192];
	size_t all;
	FILE *f;

	world_path(&w, from, end, path);
	f = fopen(path, "r");
	cr_assert_not_null(f);
	all = fread(text, 1, sizeof(text), f);
	fclose(f);
	put(name, end, text, n < all ? n : all);
}

static void
expect_refused(const char *cert, const char *key, int err, const char *says)
{
	struct tls_keys *keys = NULL;
	char why[TLS_KEYS_WHY] = "";

	cr_expect_eq(world_load(&w, cert, key, &keys, why), err, "%s/%s: %s",
		cert, key, why);
	cr_expect_null(keys);
	cr_expect_not_null(strstr(why, says), "%s, not %s", why, says);
	cr_expect_eq(ERR_peek_error(), 0);
}

Test(tls_keys, good_ones)
{
	struct tls_keys *k = world_keys(&w);
	struct wall now = wall_now();

	cr_expect(tls_keys_has_ca(k));
	cr_expect_gt(tls_keys_end(k).s, now.s + 29 * WORLD_DAY);
	cr_expect_lt(tls_keys_end(k).s, now.s + 31 * WORLD_DAY);
	cr_expect_eq(tls_keys_check(k, now, NULL, NULL), 0);
	tls_keys_unref(tls_keys_ref(k));
	cr_expect(tls_keys_has_ca(k), "one holder is left");
	tls_keys_unref(k);
	tls_keys_unref(NULL);
}

Test(tls_keys, what_is_no_certificate)
{
	put("empty", "pem", "", 0);
	put("junk", "pem", "hello\n", 6);
	put("nul", "pem", "\0\0\0", 3);
	put("bad", "pem",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		58);
	expect_refused("empty", "server", ERR_SYNTAX, "no certificate");
	expect_refused("junk", "server", ERR_SYNTAX, "no certificate");
	expect_refused("nul", "server", ERR_SYNTAX, "no certificate");
	expect_refused("bad", "server", ERR_CRYPTO, "bad.pem");
	expect_refused("absent", "server", ERR_NOTFOUND, "absent.pem");
	expect_refused("../..", "server", ERR_NOTFOUND, "..");
}

Test(tls_keys, what_is_no_key)
{
	static const char locked[] =
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGjMF8GCSqGSIb3\n"
		"-----END ENCRYPTED PRIVATE KEY-----\n";

	put("empty", "key", "", 0);
	put("locked", "key", locked, sizeof(locked) - 1);
	expect_refused("server", "empty", ERR_CRYPTO, "no private key");
	expect_refused("server", "locked", ERR_CRYPTO, "password");
	expect_refused("server", "ca", ERR_CRYPTO, "not the key");
	expect_refused("server", "absent", ERR_NOTFOUND, "absent.key");
}

/* A file that was cut anywhere is refused, and a cut behind its last octet is
 * none. */
Test(tls_keys, files_cut_short)
{
	char path[WORLD_PATH];
	struct stat st;

	world_path(&w, "server", "pem", path);
	cr_assert_eq(stat(path, &st), 0);
	/* The last ones are the line's end, and a dash of its five. */
	for (size_t n = 0; n + 2 < (size_t)st.st_size; n++) {
		put_part("part", "server", "pem", n);
		expect_refused("part", "server",
			n <= strlen("-----BEGIN CERTIFICATE----") ? ERR_SYNTAX
								  : ERR_CRYPTO,
			"part.pem");
	}
	world_path(&w, "server", "key", path);
	cr_assert_eq(stat(path, &st), 0);
	for (size_t n = 0; n + 2 < (size_t)st.st_size; n++) {
		put_part("part", "server", "key", n);
		expect_refused("server", "part", ERR_CRYPTO, "part.key");
	}
}

Test(tls_keys, too_much)
{
	static char large[BOUND_TLS_FILE + 1];
	char path[WORLD_PATH];
	FILE *f;

	memset(large, '\n', sizeof(large));
	put("large", "pem", large, sizeof(large));
	expect_refused("large", "server", ERR_LIMIT, "large.pem");
	world_path(&w, "long", "pem", path);
	f = fopen(path, "w");
	for (int i = 0; i < BOUND_TLS_CHAIN + 1; i++)
		cr_assert_eq(PEM_write_X509(f, w.ca), 1);
	fclose(f);
	expect_refused("long", "ca", ERR_LIMIT, "too many");
}

/* A chain ends when the first of it does. */
Test(tls_keys, a_chain)
{
	const struct wish wish = {"chain", "DNS:cache.example", -WORLD_DAY,
		400 * WORLD_DAY, false};
	struct tls_keys *keys;
	char why[TLS_KEYS_WHY], path[WORLD_PATH];
	FILE *f;

	world_cert(&w, &wish);
	world_path(&w, "chain", "pem", path);
	f = fopen(path, "a");
	cr_assert_eq(PEM_write_X509(f, w.ca), 1);
	fclose(f);
	cr_assert_eq(
		world_load(&w, "chain", "chain", &keys, why), 0, "%s", why);
	cr_expect_lt(tls_keys_end(keys).s, wall_now().s + 366 * WORLD_DAY);
	tls_keys_unref(keys);
}

static void
on_fault(void *ctx, const char *text)
{
	char *line = ctx;

	snprintf(line, 512, "%s", text);
}

static void
expect_blamed(const struct wish *wish, const char *says)
{
	struct tls_keys *keys;
	char why[TLS_KEYS_WHY], line[512] = "";
	size_t n;

	world_cert(&w, wish);
	cr_assert_eq(world_load(&w, wish->name, wish->name, &keys, why), 0,
		"%s", why);
	n = tls_keys_check(keys, wall_now(), on_fault, line);
	cr_expect_eq(n, says != NULL, "%s: %s", wish->name, line);
	if (says != NULL)
		cr_expect_not_null(
			strstr(line, says), "%s: %s", wish->name, line);
	tls_keys_unref(keys);
}

Test(tls_keys, what_routers_will_not_like)
{
	static const struct {
		struct wish wish;
		const char *says;
	} rows[] = {
		{{"over", "DNS:a", -WORLD_DAY, -60, false}, "ended at"},
		{{"early", "DNS:a", 3600, 90 * WORLD_DAY, false},
			"does not begin before"},
		{{"soon", "DNS:a", -60, BOUND_TLS_WARN_S - 60, false},
			"ends at"},
		{{"late", "DNS:a", -60, BOUND_TLS_WARN_S + 60, false}, NULL},
		{{"none", NULL, -60, 90 * WORLD_DAY, false}, "no dNSName"},
		{{"ip", "IP:192.0.2.1", -60, 90 * WORLD_DAY, false},
			"no dNSName"},
		{{"both", "IP:192.0.2.1,DNS:a", -60, 90 * WORLD_DAY, false},
			NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_blamed(&rows[i].wish, rows[i].says);
}

Test(tls_keys, a_key_that_everybody_may_read)
{
	struct tls_keys *keys;
	char path[WORLD_PATH], line[512] = "";

	world_path(&w, "server", "key", path);
	cr_assert_eq(chmod(path, 0644), 0);
	keys = world_keys(&w);
	cr_expect_eq(tls_keys_check(keys, wall_now(), on_fault, line), 1);
	cr_expect_not_null(strstr(line, "everybody"), "%s", line);
	tls_keys_unref(keys);
}

/* Listeners and files together. */
Test(tls_keys, what_listeners_need)
{
	static const struct {
		const char *listen;
		bool cert, ca;
		const char *says; /* NULL: good */
	} rows[] = {
		{"127.0.0.1:1", false, false, NULL},
		{"127.0.0.1:1", true, true, NULL},
		{"127.0.0.1:1,tls", true, false, NULL},
		{"127.0.0.1:1,tls", false, false, "needs rtr.tls-cert"},
		{"127.0.0.1:1,tls,clients=none", true, false, NULL},
		{"127.0.0.1:1,tls,clients=optional", true, false,
			"needs rtr.tls-client-ca"},
		{"127.0.0.1:1,tls,clients=required", true, false,
			"needs rtr.tls-client-ca"},
		{"127.0.0.1:1,tls,clients=required", true, true, NULL},
	};
	char cert[WORLD_PATH], key[WORLD_PATH], ca[WORLD_PATH];

	world_path(&w, "server", "pem", cert);
	world_path(&w, "server", "key", key);
	world_path(&w, "ca", "pem", ca);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *listen[2] = {"127.0.0.1:2", rows[i].listen};
		const struct tls_files files = {rows[i].cert ? cert : NULL,
			rows[i].cert ? key : NULL, rows[i].ca ? ca : NULL};
		struct tls_keys *keys = NULL;
		char why[TLS_KEYS_WHY] = "";
		int err = secure_load(listen, 2, &files, &keys, why);

		cr_expect_eq(err, rows[i].says != NULL ? ERR_USAGE : 0,
			"%s: %s", rows[i].listen, why);
		cr_expect_eq(keys != NULL, err == 0 && rows[i].cert);
		if (rows[i].says != NULL)
			cr_expect_not_null(
				strstr(why, rows[i].says), "%s", why);
		tls_keys_unref(keys);
	}
}
