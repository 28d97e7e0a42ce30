/*
 * fetching: see the header.
 */
#include "validator/fetching.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "validator/fetch/http.h"
#include "validator/fetch/rsync.h"
#include "waymark/err.h"

enum {
	WHY = 512,
	WHY_OF_PART = 256, /* as http.h, rsync.h and store.h have it */
	COUNT_MS = 1000,
	TIDY_MS = 5, /* the longest wait while there is more to tidy */
	MIB = 1048576,
};

static const char *
text_of(const struct fetching_config *c, size_t option)
{
	return opt_text(c->values, c->first + option);
}

static bool
flag_of(const struct fetching_config *c, size_t option)
{
	return opt_flag(c->values, c->first + option);
}

static uint64_t
number_of(const struct fetching_config *c, size_t option)
{
	return opt_number(c->values, c->first + option);
}

/* What a part says of its failure, or at least the error. */
static int
failed(int err, const char *what, const char *part, char why[WHY])
{
	(void)snprintf(why, WHY, "%.200s: %s", what,
		part[0] != '\0' ? part : err_text(err));
	return err;
}

static int
open_store(struct fetching *f, const struct fetching_config *c, char why[WHY])
{
	struct store_config config = {
		.folder = f->folder,
		.budget = number_of(c, FETCHING_DISK_BUDGET) * MIB,
		.log = c->log,
	};
	char part[WHY_OF_PART] = "";
	int err = store_open(&config, &f->store, part);

	if (err != 0)
		return failed(err, f->folder, part, why);
	f->env.depot = store_depot(f->store);
	return 0;
}

static int
open_http(struct fetching *f, const struct fetching_config *c, char why[WHY])
{
	struct http_config config = {
		.ca_file = text_of(c, FETCHING_TLS_CA),
		.proxy = text_of(c, FETCHING_PROXY),
		.source_address = text_of(c, FETCHING_SOURCE_ADDRESS),
		.insecure = flag_of(c, FETCHING_TLS_INSECURE),
		.log = c->log,
	};
	char part[WHY_OF_PART] = "";
	int err = http_new(&config, &f->http, part);

	if (err != 0 && err != ERR_NOMEM)
		err = ERR_USAGE;
	if (err != 0)
		return failed(err, "HTTPS", part, why);
	f->env.http = f->http;
	return 0;
}

/* A machine without the program can still use all that has RRDP. */
static int
open_rsync(struct fetching *f, const struct fetching_config *c, char why[WHY])
{
	struct rsync_config config = {
		.program = text_of(c, FETCHING_RSYNC),
		.staging = f->staging,
		.source_address = text_of(c, FETCHING_SOURCE_ADDRESS),
		.log = c->log,
	};
	char part[WHY_OF_PART] = "";
	int err;

	if (flag_of(c, FETCHING_NO_RSYNC))
		return 0;
	err = rsync_pool_new(&config, &f->rsync, part);
	if (err == ERR_NOTFOUND) {
		log_event(c->log, LOG_LEVEL_ERROR, "rsync",
			"program=%s text=\"%s\"", config.program,
			part[0] != '\0' ? part : err_text(err));
		f->rsync = NULL;
		return 0;
	}
	if (err != 0)
		return failed(err, f->staging, part, why);
	f->env.rsync = f->rsync;
	return 0;
}

static int
open_fetcher(struct fetching *f, const struct fetching_config *c, char why[WHY])
{
	struct fetcher_config config = {
		.refresh_ms = (int64_t)number_of(c, FETCHING_REFRESH) * 1000,
		.wall_ms = f->env.wall_ms,
		.rrdp = !flag_of(c, FETCHING_NO_RRDP),
		.rsync = !flag_of(c, FETCHING_NO_RSYNC),
		.rsync_missing = f->rsync == NULL,
	};
	int err = 0;

	if (getrandom(&config.seed, sizeof(config.seed), 0) !=
		sizeof(config.seed))
		config.seed = (uint64_t)wall_now().s;
	err = fetcher_new(&f->env, &config, c->calls, &f->fetcher);
	return err == 0 ? 0 : failed(err, f->folder, "", why);
}

static int
read_folder(struct fetching *f, const struct fetching_config *c, char why[WHY])
{
	const char *folder = text_of(c, FETCHING_CACHE);
	int n, m;

	n = snprintf(f->folder, sizeof(f->folder), "%s", folder);
	m = snprintf(f->staging, sizeof(f->staging), "%s/staging", folder);
	if (n > 0 && m < (int)sizeof(f->staging))
		return 0;
	(void)snprintf(why, WHY, "--cache: the path is %s",
		n > 0 ? "too long" : "empty");
	return ERR_USAGE;
}

int
fetching_init(
	struct fetching *f, const struct fetching_config *c, char why[WHY])
{
	int err;

	*f = (struct fetching){
		.env = {
			.log = c->log,
			.wall_ms =
				(int64_t)number_of(c, FETCHING_TIMEOUT) * 1000,
		}};
	err = read_folder(f, c, why);
	if (err == 0)
		err = open_http(f, c, why);
	if (err == 0)
		err = open_store(f, c, why);
	if (err == 0)
		err = open_rsync(f, c, why);
	if (err == 0)
		err = open_fetcher(f, c, why);
	if (err == 0)
		err = store_count(f->store, &f->numbers);
	f->counted = mono_now();
	if (err != 0)
		fetching_fini(f);
	return err;
}

void
fetching_fini(struct fetching *f)
{
	fetcher_free(f->fetcher);
	rsync_pool_free(f->rsync);
	http_free(f->http);
	store_close(f->store);
	f->fetcher = NULL;
	f->rsync = NULL;
	f->http = NULL;
	f->store = NULL;
}

static void
count(struct fetching *f)
{
	struct mono now = mono_now();

	if (mono_since(f->counted, now) < COUNT_MS)
		return;
	f->counted = now;
	f->suspected = store_is_suspected(f->store);
	if (store_count(f->store, &f->numbers) == 0)
		fetcher_hold(f->fetcher, f->numbers.full);
}

int
fetching_step(struct fetching *f, struct pollfd *extra, size_t count_fds,
	int timeout_ms)
{
	int err;

	if (f->tidying && timeout_ms > TIDY_MS)
		timeout_ms = TIDY_MS;
	err = fetcher_step(f->fetcher, extra, count_fds, timeout_ms);
	f->tidying = store_tidy(f->store);
	count(f);
	return err == 0 && f->suspected ? ERR_CHECKSUM : err;
}

int
fetching_want(struct fetching *f, const struct wanted *w)
{
	int err;

	if (w->damaged_count > 0) {
		err = store_damaged(f->store, w->damaged, w->damaged_count);
		if (err != 0)
			log_event(f->env.log, LOG_LEVEL_ERROR, "damaged",
				"objects=%zu error=%s", w->damaged_count,
				err_name(err));
	}
	return fetcher_want(f->fetcher, w);
}
