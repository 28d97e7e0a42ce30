/*
 * tls_watch: a line when a certificate is taken into use, then one a day.
 */
#include "rtrd/net/tls_watch.h"

#include "tests/unit/net/tls_world.h"

enum {
	HOUR = 3600
};

/* Lines that were logged by now. */
static size_t
lines(FILE *log)
{
	size_t n = 0;
	int c;

	rewind(log);
	while ((c = fgetc(log)) != EOF)
		n += c == '\n';
	return n;
}

Test(tls_watch, a_line_a_day)
{
	const struct wish wish = {
		"soon", "DNS:cache.example", -60, 3 * WORLD_DAY, false};
	struct wall now = wall_now();
	struct tls_keys *soon, *good;
	char why[TLS_KEYS_WHY] = "";
	FILE *file = tmpfile();
	const struct log log = {fileno(file), LOG_LEVEL_INFO, false};
	struct tls_watch *watch;
	struct world w;
	uv_loop_t loop;

	world_init(&w);
	world_cert(&w, &wish);
	cr_assert_eq(world_load(&w, "soon", "soon", &soon, why), 0, "%s", why);
	good = world_keys(&w);
	uv_loop_init(&loop);
	watch = tls_watch_new(&loop, &log);
	tls_watch_look(watch, now);
	cr_expect_eq(lines(file), 0, "there is nothing to look at");
	tls_watch_set(watch, good);
	cr_expect_eq(lines(file), 0);
	tls_watch_set(watch, soon);
	cr_expect_eq(lines(file), 1);
	for (int h = 1; h < 24; h++)
		tls_watch_look(watch, (struct wall){now.s + h * HOUR});
	cr_expect_eq(lines(file), 1);
	tls_watch_look(watch, (struct wall){now.s + 25 * HOUR});
	cr_expect_eq(lines(file), 2);
	/* A clock that was set back. */
	tls_watch_look(watch, now);
	cr_expect_eq(lines(file), 3);
	/* It goes on when the end is over. */
	tls_watch_look(watch, (struct wall){now.s + 5 * WORLD_DAY});
	cr_expect_eq(lines(file), 4);
	tls_watch_set(watch, NULL);
	tls_watch_look(watch, (struct wall){now.s + 9 * WORLD_DAY});
	cr_expect_eq(lines(file), 4);
	tls_watch_stop(watch);
	tls_watch_stop(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	tls_keys_unref(soon);
	tls_keys_unref(good);
	fclose(file);
	world_fini(&w);
}
