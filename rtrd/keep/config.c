/*
 * config: from option values to the struct that the rest reads.
 *
 * Values are checked one by one where they stand (so that a message has the
 * file's line, also for one that the command line replaces), then together.
 */
#include "rtrd/keep/config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/vec.h"
#include "rtrd/keep/conffile.h"
#include "rtrd/keep/options.h"
#include "waymark/clock.h"
#include "waymark/err.h"

#define DEFAULT_PATH "/etc/waymark/rtrd.conf"

/* Where the file says something: "rtrd.conf:7: tal". */
struct origin {
	size_t index;
	const char *value, *from;
};

/* Lists hold texts of the option values; those of defaults are cut from the
 * table's own text. */
struct config_memory {
	struct opt_values *values;
	struct arena *arena;
	unsigned lines[OPTION_COUNT];
	VEC(struct origin) origins; /* of the file's values */
};

/* What the reader of the file hands back to us. */
struct reading {
	const struct config_source *source;
	struct config_memory *memory;
};

/* "none" and an empty text switch off what has a default. */
static bool
is_none(const char *value)
{
	return value[0] == '\0' || strcmp(value, CONFFILE_NONE) == 0;
}

/* An address without a port, of either family. */
static bool
is_address(const char *text)
{
	struct in6_addr ignored;

	return inet_pton(AF_INET, text, &ignored) == 1 ||
		inet_pton(AF_INET6, text, &ignored) == 1;
}

/* "http://host...", with or without a port; the library that uses it looks
 * closer. */
static bool
is_proxy(const char *text)
{
	const char *host, *at;
	size_t n;

	if (strncmp(text, "http://", 7) == 0)
		host = text + 7;
	else if (strncmp(text, "https://", 8) == 0)
		host = text + 8;
	else
		return false;
	n = strcspn(host, "/?#");
	/* A name and a password may stand before the host. */
	at = memchr(host, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	return n > 0 && host[0] != ':' && strcspn(host, " \t") >= n;
}

/* Whether the text is one that the option can have; else what it should be. */
static const char *
value_wrong(const struct config_source *source, enum rtrd_option index,
	const char *text, char buf[CONFIG_WHY])
{
	struct wall at;
	enum log_level level;

	switch (index) {
	case OPTION_RTR_LISTEN:
		return source->net_check(index, text, buf) != 0 ? buf : NULL;
	case OPTION_RTR_CLIENT:
	case OPTION_HTTP_LISTEN:
		return !is_none(text) &&
				source->net_check(index, text, buf) != 0
			? buf
			: NULL;
	case OPTION_AT:
		return wall_parse(text, &at) != 0
			? "not a time (2026-03-16T07:30:00Z or Unix seconds)"
			: NULL;
	case OPTION_PROFILE:
		return strcmp(text, "current") != 0 &&
				strcmp(text, "rfc6488") != 0
			? "not a profile (current, rfc6488)"
			: NULL;
	case OPTION_LOG_LEVEL:
		return log_level_parse(text, &level) != 0
			? "not a level (error, warn, info, debug)"
			: NULL;
	case OPTION_SOURCE_ADDRESS:
		return !is_none(text) && !is_address(text) &&
				if_nametoindex(text) == 0
			? "not an address (192.0.2.1, 2001:db8::1), and no "
			  "interface here"
			: NULL;
	case OPTION_PROXY:
		return !is_none(text) && !is_proxy(text)
			? "not a proxy (http://HOST:PORT, https://HOST:PORT)"
			: NULL;
	case OPTION_LIMIT:
		return strchr(text, '=') == NULL ? "not a limit (NAME=N)"
						 : NULL;
	case OPTION_TAL:
		return is_none(text) ? "not a trust anchor locator" : NULL;
	case OPTION_STATE_DIR:
	case OPTION_LOCAL:
	case OPTION_VALIDATOR:
	case OPTION_RSYNC:
		return text[0] == '\0' ? "not a path" : NULL;
	/* Numbers have their ranges in the table. */
	case OPTION_CONFIG:
	case OPTION_TAKE_OVER:
	case OPTION_CHECK:
	case OPTION_MAN_CONFIG:
	case OPTION_STDIO:
	case OPTION_NO_FETCH:
	case OPTION_REFRESH:
	case OPTION_RUN_TIMEOUT:
	case OPTION_RUN_GAP:
	case OPTION_FIRST_TIMEOUT:
	case OPTION_FETCH_TIMEOUT:
	case OPTION_NO_RRDP:
	case OPTION_NO_RSYNC:
	case OPTION_TLS_CA:
	case OPTION_TLS_INSECURE:
	case OPTION_DISK_BUDGET:
	case OPTION_MAX_DEPTH:
	case OPTION_ASPA_MAX_PROVIDERS:
	case OPTION_THREADS:
	case OPTION_CONTROL_SOCKET:
	case OPTION_RTR_TLS_CERT:
	case OPTION_RTR_TLS_KEY:
	case OPTION_RTR_TLS_CLIENT_CA:
	case OPTION_RTR_MAX_VERSION:
	case OPTION_RTR_HISTORY:
	case OPTION_RTR_HISTORY_TIME:
	case OPTION_RTR_FIRST_SERIAL:
	case OPTION_RTR_NOTIFY_INTERVAL:
	case OPTION_RTR_REFRESH:
	case OPTION_RTR_RETRY:
	case OPTION_RTR_EXPIRE:
	case OPTION_RTR_MAX_CONNECTIONS:
	case OPTION_RTR_MAX_PER_SOURCE:
	case OPTION_COUNT:
		break;
	}
	return NULL;
}

/* `from` begins the message: file and line, or the flag. */
static int
value_check(const struct config_source *source, size_t index, const char *text,
	const char *from, char why[256])
{
	char buf[CONFIG_WHY];
	const char *wrong =
		value_wrong(source, (enum rtrd_option)index, text, buf);

	if (wrong == NULL)
		return 0;
	snprintf(why, 256, "%.95s: '%.40s' is %.112s", from, text, wrong);
	return ERR_USAGE;
}

/* A value of the file: where it stands is kept for whoever looks later. */
static int
on_value(void *ctx, size_t index, const char *text, const char *from,
	char why[256])
{
	const struct reading *r = ctx;
	struct arena *arena = r->memory->arena;
	struct origin o = {index, arena_text(arena, text, strlen(text)),
		arena_text(arena, from, strlen(from))};

	if (o.value == NULL || o.from == NULL ||
		!VEC_PUSH(&r->memory->origins, o)) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	return value_check(r->source, index, text, from, why);
}

/* The same for all values there are: those of the command line have not been
 * seen yet. */
static int
values_check(const struct config_source *source, const struct opt_values *v,
	char why[256])
{
	const struct opt_program *p = rtrd_program();
	char name[OPT_NAME];
	int err = 0;

	for (size_t i = 0; i < p->opt_count && err == 0; i++) {
		size_t n =
			p->opts[i].kind == OPT_LIST ? opt_list_count(v, i) : 0;

		/* Defaults are good. */
		if (!opt_is_set(v, i))
			continue;
		opt_name(&p->opts[i], name);
		for (size_t k = 0; k < n && err == 0; k++)
			err = value_check(
				source, i, opt_list(v, i, k), name, why);
		if (p->opts[i].kind == OPT_TEXT)
			err = value_check(source, i, opt_text(v, i), name, why);
	}
	return err;
}

/* Cut the table's default of a list, texts with a space between. */
static int
list_default(struct arena *arena, size_t index, struct config_list *out)
{
	const char *text = rtrd_program()->opts[index].value;
	/* Two texts have a space between. */
	size_t room = strlen(text) / 2 + 1;
	const char **at = arena_array(arena, room, sizeof(*at));
	size_t n = 0;

	while (at != NULL && *text != '\0') {
		size_t len = strcspn(text, " ");

		at[n] = arena_text(arena, text, len);
		if (at[n++] == NULL)
			return ERR_NOMEM;
		text += len + strspn(text + len, " ");
	}
	*out = (struct config_list){at, n};
	return at != NULL ? 0 : ERR_NOMEM;
}

/* The locators that lie where operators keep them, else those that lie where
 * the program was installed.  A folder that is there counts, also an empty one:
 * whoever emptied it did not ask for others. */
static int
tals_default(struct arena *arena, struct config_list *out)
{
	char beside[FILE_PATH];
	const char **at = arena_array(arena, 1, sizeof(*at));
	const char *path = OPTION_TALS;

	if (access(path, F_OK) != 0) {
		file_beside(OPTION_TALS_BESIDE, beside);
		if (beside[0] != '\0' && access(beside, F_OK) == 0)
			path = beside;
	}
	if (at != NULL)
		at[0] = arena_text(arena, path, strlen(path));
	if (at == NULL || at[0] == NULL)
		return ERR_NOMEM;
	*out = (struct config_list){at, 1};
	return 0;
}

/* A list as it was set, or its default; "none" is not an entry. */
static int
list_take(struct config_memory *m, size_t index, struct config_list *out)
{
	size_t count = opt_list_count(m->values, index), n = 0;
	const char **at;

	if (!opt_is_set(m->values, index))
		return index == OPTION_TAL ? tals_default(m->arena, out)
					   : list_default(m->arena, index, out);
	at = arena_array(m->arena, count + 1, sizeof(*at));
	if (at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *text = opt_list(m->values, index, i);

		if (!is_none(text))
			at[n++] = text;
	}
	*out = (struct config_list){at, n};
	return 0;
}

/* Their ranges are the table's: nothing is checked again. */
static void
numbers_take(const struct opt_values *v, struct config *c)
{
	c->max_depth = (unsigned)opt_number(v, OPTION_MAX_DEPTH);
	c->aspa_max_providers =
		(unsigned)opt_number(v, OPTION_ASPA_MAX_PROVIDERS);
	c->threads = (unsigned)opt_number(v, OPTION_THREADS);
	c->refresh_ms = (int64_t)opt_number(v, OPTION_REFRESH) * 1000;
	c->run_timeout_ms = (int64_t)opt_number(v, OPTION_RUN_TIMEOUT) * 1000;
	c->run_gap_ms = (int64_t)opt_number(v, OPTION_RUN_GAP) * 1000;
	c->first_ms = (int64_t)opt_number(v, OPTION_FIRST_TIMEOUT) * 1000;
	c->fetch_timeout_s = (unsigned)opt_number(v, OPTION_FETCH_TIMEOUT);
	c->disk_budget_mib = (unsigned)opt_number(v, OPTION_DISK_BUDGET);
	c->rtr_max_version = (unsigned)opt_number(v, OPTION_RTR_MAX_VERSION);
	c->rtr_history = (uint32_t)opt_number(v, OPTION_RTR_HISTORY);
	c->rtr_history_ms =
		(int64_t)opt_number(v, OPTION_RTR_HISTORY_TIME) * 1000;
	c->rtr_first_serial = (uint32_t)opt_number(v, OPTION_RTR_FIRST_SERIAL);
	c->rtr_notify_ms =
		(int64_t)opt_number(v, OPTION_RTR_NOTIFY_INTERVAL) * 1000;
	c->rtr_refresh_s = (uint32_t)opt_number(v, OPTION_RTR_REFRESH);
	c->rtr_retry_s = (uint32_t)opt_number(v, OPTION_RTR_RETRY);
	c->rtr_expire_s = (uint32_t)opt_number(v, OPTION_RTR_EXPIRE);
	c->rtr_max_connections = opt_number(v, OPTION_RTR_MAX_CONNECTIONS);
	c->rtr_max_per_source = opt_number(v, OPTION_RTR_MAX_PER_SOURCE);
}

/* A text that "none" and an empty one switch off. */
static const char *
text_take(const struct opt_values *v, size_t index)
{
	const char *text = opt_text(v, index);

	return text == NULL || is_none(text) ? NULL : text;
}

/* What the fetching child is told. */
static void
fetch_take(const struct opt_values *v, struct config *c)
{
	c->no_fetch = opt_flag(v, OPTION_NO_FETCH);
	c->no_rrdp = opt_flag(v, OPTION_NO_RRDP);
	c->no_rsync = opt_flag(v, OPTION_NO_RSYNC);
	c->tls_insecure = opt_flag(v, OPTION_TLS_INSECURE);
	c->rsync = opt_text(v, OPTION_RSYNC);
	c->tls_ca = text_take(v, OPTION_TLS_CA);
	c->proxy = text_take(v, OPTION_PROXY);
	c->source_address = text_take(v, OPTION_SOURCE_ADDRESS);
}

/* What is a text lives in the option values, which live as long as we do. */
static int
values_take(struct config *c)
{
	struct config_memory *m = c->memory;
	const struct opt_values *v = m->values;
	int err = list_take(m, OPTION_TAL, &c->tals);

	if (err == 0 && opt_is_set(v, OPTION_LIMIT))
		err = list_take(m, OPTION_LIMIT, &c->limits);
	if (err == 0)
		err = list_take(m, OPTION_RTR_LISTEN, &c->rtr_listen);
	if (err == 0 && opt_is_set(v, OPTION_RTR_CLIENT))
		err = list_take(m, OPTION_RTR_CLIENT, &c->rtr_clients);
	if (err == 0)
		err = list_take(m, OPTION_HTTP_LISTEN, &c->http_listen);
	if (err != 0)
		return err;
	/* Defaults are for everybody: a machine may have no IPv6, and no folder
	 * for the socket.  What was asked for must be had. */
	c->rtr_listen_given = opt_is_set(v, OPTION_RTR_LISTEN);
	c->http_given = opt_is_set(v, OPTION_HTTP_LISTEN);
	c->control_given = opt_is_set(v, OPTION_CONTROL_SOCKET);
	c->local = opt_text(v, OPTION_LOCAL);
	c->at = opt_text(v, OPTION_AT);
	c->profile = opt_text(v, OPTION_PROFILE);
	c->validator = opt_text(v, OPTION_VALIDATOR);
	c->state_dir = opt_text(v, OPTION_STATE_DIR);
	c->control_socket = text_take(v, OPTION_CONTROL_SOCKET);
	c->rtr_tls_cert = text_take(v, OPTION_RTR_TLS_CERT);
	c->rtr_tls_key = text_take(v, OPTION_RTR_TLS_KEY);
	c->rtr_tls_client_ca = text_take(v, OPTION_RTR_TLS_CLIENT_CA);
	fetch_take(v, c);
	numbers_take(v, c);
	return log_level_parse(opt_text(v, OPTION_LOG_LEVEL), &c->log_level);
}

/* Where one of several options was last set, for a message about all. */
static const char *
where(const struct config *c, const size_t *indexes, size_t n, char buf[128])
{
	unsigned line = 0;

	/* The last one is the one that was changed, most likely. */
	for (size_t i = 0; i < n; i++)
		if (c->memory->lines[indexes[i]] > line)
			line = c->memory->lines[indexes[i]];
	if (line > 0)
		snprintf(buf, 128, "%.100s:%u", c->path, line);
	else
		snprintf(buf, 128, "command line");
	return buf;
}

/* What must hold between values. */
static int
together_check(const struct config *c, char why[256])
{
	static const size_t timers[] = {
		OPTION_RTR_EXPIRE, OPTION_RTR_REFRESH, OPTION_RTR_RETRY};
	char from[128];

	if (c->rtr_listen.n == 0) {
		snprintf(why, 256, "rtr.listen: no address to serve routers");
		return ERR_USAGE;
	}
	if ((c->rtr_tls_cert == NULL) != (c->rtr_tls_key == NULL)) {
		snprintf(why, 256,
			"rtr.tls-cert and rtr.tls-key: one without the other");
		return ERR_USAGE;
	}
	if (config_fetches(c) && c->no_rrdp && c->no_rsync) {
		snprintf(why, 256,
			"no-rrdp and no-rsync together leave no way to fetch; "
			"no-fetch takes what the store has");
		return ERR_USAGE;
	}
	/* RFC 8210 section 6 wants it larger than either; a router that waits
	 * for both must still hold data. */
	if (c->rtr_expire_s > c->rtr_refresh_s + c->rtr_retry_s)
		return 0;
	snprintf(why, 256,
		"%s: rtr.expire (%u) is not more than rtr.refresh (%u) and "
		"rtr.retry (%u) together",
		where(c, timers, 3, from), c->rtr_expire_s, c->rtr_refresh_s,
		c->rtr_retry_s);
	return ERR_USAGE;
}

/* The file that the command line names, or the usual one if it is there. */
static int
path_find(const struct config_source *source, struct config *c, char why[256])
{
	struct opt_values *v = opt_new(rtrd_program());
	const char *named;
	int err, first = 0;

	if (v == NULL) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	err = opt_parse(v, source->argc, source->argv, &first, why);
	/* A word that belongs to no option is most often a forgotten flag. */
	if (err == 0 && opt_asked(v) == OPT_RUN && first < source->argc) {
		snprintf(
			why, 256, "'%.100s' is no option", source->argv[first]);
		err = ERR_USAGE;
	}
	if (err == 0) {
		named = opt_text(v, OPTION_CONFIG);
		c->request = opt_asked(v);
		c->check_only = opt_flag(v, OPTION_CHECK);
		c->take_over = opt_flag(v, OPTION_TAKE_OVER);
		c->man_config = opt_flag(v, OPTION_MAN_CONFIG);
		c->stdio = opt_flag(v, OPTION_STDIO);
		/* Whoever names a file wants that one; else none is needed.
		 * Who joins a socket that is named needs nothing more. */
		if (named == NULL &&
			!(c->stdio && opt_is_set(v, OPTION_RTR_LISTEN)) &&
			access(DEFAULT_PATH, F_OK) == 0)
			named = DEFAULT_PATH;
		if (named != NULL)
			c->path = arena_text(
				c->memory->arena, named, strlen(named));
		if (named != NULL && c->path == NULL)
			err = ERR_NOMEM;
	}
	opt_free(v);
	return err;
}

/* File, then command line, then all of it together. */
static int
sources_read(
	const struct config_source *source, struct config *c, char why[256])
{
	struct config_memory *m = c->memory;
	struct reading reading = {source, m};
	struct conffile file = {
		.program = rtrd_program(),
		.values = m->values,
		.lines = m->lines,
		.check = on_value,
		.ctx = &reading,
	};
	int err = 0, first;

	/* A wrong file is wrong, also where a flag replaces what it says. */
	if (c->path != NULL)
		err = conffile_read(&file, c->path, why);
	if (err == 0)
		err = opt_parse(
			m->values, source->argc, source->argv, &first, why);
	if (err == 0)
		err = values_check(source, m->values, why);
	if (err != 0)
		return err;
	err = values_take(c);
	if (err == 0)
		return together_check(c, why);
	snprintf(why, 256, "%s", err_text(err));
	return err;
}

/* All memory of a configuration, or none. */
static struct config *
config_new(void)
{
	struct config *c = calloc(1, sizeof(*c));
	struct config_memory *m = calloc(1, sizeof(*m));

	if (c == NULL || m == NULL) {
		free(c);
		free(m);
		return NULL;
	}
	c->memory = m;
	m->values = opt_new(rtrd_program());
	m->arena = arena_new(4096);
	if (m->values == NULL || m->arena == NULL) {
		config_free(c);
		return NULL;
	}
	return c;
}

int
config_load(const struct config_source *source, const struct config **out,
	char why[256])
{
	struct config *c = config_new();
	int err;

	if (c == NULL) {
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	/* Help must come also where the configuration is wrong. */
	err = path_find(source, c, why);
	if (err == 0 && c->request == OPT_RUN && !c->man_config)
		err = sources_read(source, c, why);
	if (err != 0) {
		config_free(c);
		return err;
	}
	*out = c;
	return 0;
}

void
config_free(const struct config *c)
{
	if (c == NULL)
		return;
	/* All texts of lists and values go with these two. */
	opt_free(c->memory->values);
	VEC_FREE(&c->memory->origins);
	arena_free(c->memory->arena);
	free(c->memory);
	free((void *)(uintptr_t)c);
}

bool
config_fetches(const struct config *c)
{
	return c->local == NULL && !c->no_fetch;
}

const char *
config_origin(const struct config *c, enum rtrd_option option,
	const char *value, char buf[OPT_NAME])
{
	const struct config_memory *m = c->memory;

	for (size_t i = 0; i < m->origins.n; i++) {
		const struct origin *o = &m->origins.at[i];

		if (o->index == option && value != NULL &&
			strcmp(o->value, value) == 0)
			return o->from;
	}
	return opt_name(&rtrd_program()->opts[option], buf);
}

const char *
config_fixed(const struct config *old, const struct config *new, char out[256])
{
	const struct {
		const char *name;
		bool differs;
		/* The lock, the ring and End of Data are made once; the first
		 * set is of the start. */
	} rows[] = {
		{"state-dir", strcmp(old->state_dir, new->state_dir) != 0},
		{"first-timeout", old->first_ms != new->first_ms},
		{"rtr.history", old->rtr_history != new->rtr_history},
		{"rtr.history-time",
			old->rtr_history_ms != new->rtr_history_ms},
		{"rtr.first-serial",
			old->rtr_first_serial != new->rtr_first_serial},
		{"rtr.refresh", old->rtr_refresh_s != new->rtr_refresh_s},
		{"rtr.retry", old->rtr_retry_s != new->rtr_retry_s},
		{"rtr.expire", old->rtr_expire_s != new->rtr_expire_s},
	};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].differs)
			n += (size_t)snprintf(out + n, 256 - n, "%s%s",
				n > 0 ? " " : "", rows[i].name);
	return out;
}
