/*
 * routers_config: a text of routers_text with its gaps filled.
 *
 *	rtrd's listeners and timers, or --cache  -->  {address} {port} ...
 *
 * The first listener for plain TCP is taken: none of these routers speaks TLS
 * for RTR.  A listener on all addresses has none that a router could be told,
 * so that the operator has to say which.
 */
#include "rtrctl/routers_config.h"

#include <stdio.h>
#include <string.h>

#include "rtrctl/client.h"
#include "rtrctl/print.h"
#include "rtrctl/routers_text.h"
#include "rtrctl/rtr_link.h"
#include "waymark/err.h"

enum {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	REFRESH = 3600,
	RETRY = 600,
	EXPIRE = 7200
};

const struct opt routers_config_opts[ROUTERS_OPTS] = {
	[ROUTERS_OPT_SOCKET] = {.key = "socket",
		.arg = "PATH",
		.value = "/run/waymark/rtrd.sock",
		.help = "The control socket of rtrd, which is asked for its "
			"listeners and timers.",
		.kind = OPT_TEXT},
	[ROUTERS_OPT_JSON] = {.key = "json",
		.value = "no",
		.help = "Not used by this command: it prints what routers "
			"read.",
		.kind = OPT_FLAG},
	[ROUTERS_OPT_CACHE] = {.key = "cache",
		.arg = "ADDR:PORT",
		.help = "Where routers reach the cache, instead of asking rtrd; "
			"the timers are then the usual ones.",
		.kind = OPT_TEXT},
	[ROUTERS_OPT_TLS] = {.key = "tls",
		.value = "no",
		.help = "The cache is there with TLS.  None of these routers "
			"speaks that; it is refused with a word on what helps.",
		.kind = OPT_FLAG},
};

const char *const routers_config_exits[][2] = {{"0", "done"},
	{"1", "rtrd cannot be reached, or listens where no router can"},
	{"2", "wrong usage"}, {NULL, NULL}};

/* What the gaps are filled with. */
struct filling {
	struct rtr_place cache;
	long long refresh, retry, expire;
};

static int
fail(int code, struct text *why)
{
	struct text t = {0};

	if (why->p != NULL)
		text_clean(&t, why->p, why->n);
	fprintf(stderr, "rtrctl: %s\n",
		t.p != NULL ? t.p : err_text(ERR_NOMEM));
	text_free(&t);
	return code;
}

/* Whether it is no address that anybody could connect to. */
static bool
is_any(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* The first listener for plain TCP. */
static int
listener_take(const json_t *listeners, struct rtr_place *out, struct text *why)
{
	const json_t *l;
	size_t i;

	json_array_foreach(listeners, i, l)
	{
		if (strcmp(print_member(l, "transport"), "tcp") != 0)
			continue;
		if (!rtr_place_parse(
			    print_member(l, "address"), false, out, why))
			return EXIT_ERROR;
		if (!is_any(out->host))
			return EXIT_DONE;
		text_add(why,
			"rtrd listens on all addresses, port %s: say with "
			"--cache ADDR:PORT which one routers are to use",
			out->port);
		return EXIT_ERROR;
	}
	text_add(why,
		"rtrd has no listener for plain TCP, which is what this router "
		"speaks: see rtr.listen in rtrd.conf(5), or --cache");
	return EXIT_ERROR;
}

static int
daemon_ask(const char *socket, struct filling *f, struct text *why)
{
	struct answer a;
	int code;

	if (client_ask(socket, json_pack("{s:s}", "command", "listeners"), &a,
		    why) != 0)
		return EXIT_ERROR;
	f->refresh = print_number(a.head, "refresh");
	f->retry = print_number(a.head, "retry");
	f->expire = print_number(a.head, "expire");
	code = listener_take(
		json_object_get(a.head, "listeners"), &f->cache, why);
	answer_free(&a);
	return code;
}

static int
fill(const struct own_job *job, struct filling *f, struct text *why)
{
	const char *cache = opt_text(job->values, ROUTERS_OPT_CACHE);

	*f = (struct filling){
		.refresh = REFRESH, .retry = RETRY, .expire = EXPIRE};
	if (opt_flag(job->values, ROUTERS_OPT_TLS)) {
		text_add(why,
			"this router does not speak TLS for RTR.  Give it a "
			"listener for plain TCP on an address that only it "
			"reaches, with rtr.client md5= where it has TCP-MD5, "
			"or end TLS beside it");
		return EXIT_USAGE;
	}
	if (cache == NULL)
		return daemon_ask(job->socket, f, why);
	if (!rtr_place_parse(cache, false, &f->cache, why))
		return EXIT_USAGE;
	if (f->cache.transport != RTR_TCP || is_any(f->cache.host)) {
		text_add(why, "--cache: an address and a port of plain TCP");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* A name is no address: some routers want it in quotes. */
static bool
is_name(const char *host)
{
	return strchr(host, ':') == NULL &&
		strspn(host, "0123456789.") != strlen(host);
}

/* What stands in a gap; false: it is no gap. */
static bool
gap_fill(struct text *t, const char *gap, size_t n, const struct filling *f)
{
	const struct {
		const char *word;
		long long number;
	} numbers[] = {
		{"refresh", f->refresh},
		{"retry", f->retry},
		{"expire", f->expire},
		{"hold", 2 * f->refresh},
	};
	const char *quote = is_name(f->cache.host) ? "\"" : "";

	if (n == 4 && memcmp(gap, "port", n) == 0) {
		text_add(t, "%s", f->cache.port);
		return true;
	}
	if (n == 7 && memcmp(gap, "address", n) == 0) {
		text_add(t, "%s", f->cache.host);
		return true;
	}
	if (n == 4 && memcmp(gap, "name", n) == 0) {
		text_add(t, "%s%s%s", quote, f->cache.host, quote);
		return true;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (n == strlen(numbers[i].word) &&
			memcmp(gap, numbers[i].word, n) == 0) {
			text_add(t, "%lld", numbers[i].number);
			return true;
		}
	}
	return false;
}

static void
comment(struct text *t, const struct routers_text *r, const char *format,
	const char *with)
{
	text_add(t, "%s", r->comment);
	text_add(t, format, with);
	text_add(t, "%s\n", r->comment_end);
}

static void
write_head(
	struct text *t, const struct routers_text *r, const struct filling *f)
{
	struct text where = {0};

	text_add(&where,
		strchr(f->cache.host, ':') != NULL ? "[%s]:%s" : "%s:%s",
		f->cache.host, f->cache.port);
	comment(t, r, "%s: origin validation by RPKI", r->title);
	comment(t, r, "The cache: %s", where.p != NULL ? where.p : "");
	comment(t, r, "It speaks: %s", r->speaks);
	comment(t, r, "%s", r->proof);
	comment(t, r, "%s",
		"Invalid routes are dropped on import; valid ones, and those "
		"for which");
	comment(t, r, "%s", "there is no ROA, pass.");
	text_char(t, '\n');
	text_free(&where);
}

/* Braces that hold no word of ours are the router's. */
static void
write_body(struct text *t, const char *p, const struct filling *f)
{
	while (*p != '\0') {
		size_t n = *p == '{' ? strcspn(p, "}") : 0;

		if (n > 1 && gap_fill(t, p + 1, n - 1, f))
			p += n + 1;
		else
			text_char(t, *p++);
	}
}

/* The words that may be asked for. */
static void
refuse_unknown(struct text *why, const char *word)
{
	text_add(why,
		"\"%s\" is no router that is known here; these are:", word);
	for (size_t i = 0; routers_texts[i].word != NULL; i++)
		text_add(why, " %s", routers_texts[i].word);
}

int
routers_config_command(const struct own_job *job)
{
	const struct routers_text *r = routers_text_find(job->arguments[0]);
	struct text t = {0}, why = {0};
	struct filling f;
	int code = EXIT_USAGE;

	if (r == NULL)
		refuse_unknown(&why, job->arguments[0]);
	else
		code = fill(job, &f, &why);
	if (code != EXIT_DONE) {
		code = fail(code, &why);
	} else {
		if (f.refresh > r->refresh_most)
			f.refresh = r->refresh_most;
		write_head(&t, r, &f);
		write_body(&t, r->text, &f);
		if (t.failed)
			code = fail(EXIT_ERROR, &why);
		else
			fwrite(t.p, 1, t.n, stdout);
	}
	text_free(&t);
	text_free(&why);
	return code;
}
