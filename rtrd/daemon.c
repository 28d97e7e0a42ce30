/*
 * daemon: who tells whom.
 *
 *	supplier --news--> runner --run--> stock --changed--> rtr --> routers
 *	     ^---wanted------'               |
 *	                                     +--> view <-- http, control
 *
 *	signals: TERM, INT stop | HUP reload | USR1 run now
 *
 * Nothing is decided here but the order: ports are open before any data is
 * there, the stored set is served before the first run starts, nothing is
 * fetched before that run has looked at what is there, a new configuration is
 * good as a whole before anything follows it.
 */
#include "rtrd/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "rtrd/ground.h"
#include "rtrd/keep/runner.h"
#include "rtrd/keep/stock.h"
#include "rtrd/keep/supplier.h"
#include "rtrd/life.h"
#include "rtrd/serve/cache.h"
#include "rtrd/serve/view.h"
#include "rtrd/servers.h"
#include "waymark/bounds.h"
#include "waymark/err.h"
#include "waymark/log.h"

static const int signal_numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

enum {
	SIGNALS = sizeof(signal_numbers) / sizeof(signal_numbers[0]),
	FAREWELL_LOOK_MS = 20,
};

struct daemon {
	uv_loop_t loop;
	uv_signal_t signals[SIGNALS];
	uv_timer_t deadline; /* of a stop */
	struct log log;
	int lock;
	const struct config_source *source;
	const struct config *config;
	struct cache *cache;
	struct servers servers;
	struct life life;
	struct stock *stock;
	struct runner *runner;
	struct repos *repos;
	struct supplier *supplier;
	struct view view;
	bool stopping;
	bool leaving; /* a successor has the sockets */
	bool parting; /* for good: routers are told, since: */
	struct mono parting_since;
};

/* What the keepers tell. */

/* A new serial: routers hear of it. */
static void
on_changed(void *ctx)
{
	const struct daemon *d = ctx;

	rtr_publish(d->servers.rtr);
}

/* Only now are routers accepted, who would else hear that there is no data and
 * wait for minutes; and only now does a run start, which must not be overtaken
 * by the stored set. */
static void
on_loaded(void *ctx)
{
	const struct daemon *d = ctx;

	if (!d->stopping && !d->parting)
		rtr_go(d->servers.rtr);
	runner_start(d->runner);
}

/* Nothing that is old enough to be given is there any more. */
static void
on_stale(void *ctx)
{
	const struct daemon *d = ctx;

	rtr_withhold(d->servers.rtr);
}

/* Serials begin anew. */
static void
on_detached(void *ctx)
{
	const struct daemon *d = ctx;

	rtr_restart(d->servers.rtr);
}

/* The next run may be taken as it is. */
static void
on_overdue(void *ctx)
{
	const struct daemon *d = ctx;

	runner_demand(d->runner);
}

static void
on_take(void *ctx, const struct stock_run *run)
{
	const struct daemon *d = ctx;

	stock_take(d->stock, run);
}

/* What is wanted is known by now, also to a child that starts only here: it
 * reads the file first. */
static void
on_run_ended(void *ctx, bool spoke)
{
	const struct daemon *d = ctx;

	if (spoke)
		supplier_wanted(d->supplier);
	supplier_start(d->supplier);
}

static bool
is_waited_for(void *ctx)
{
	const struct daemon *d = ctx;

	return !cache_is_serving(d->cache);
}

static void
on_news(void *ctx)
{
	const struct daemon *d = ctx;

	runner_news(d->runner);
}

/* Only a first set waits for what fails: a run can now say that all was tried.
 * Later, what was tried in vain changes nothing. */
static void
on_settled(void *ctx)
{
	const struct daemon *d = ctx;

	if (is_waited_for(ctx) || d->view.first.waiting)
		runner_news(d->runner);
}

static bool
is_early(void *ctx)
{
	const struct daemon *d = ctx;
	const struct fetch_facts *f = &d->view.fetch_facts;

	return is_waited_for(ctx) && f->wanted && !f->settled;
}

/* Configuration. */

/* Routers drop what is older than their expire time; where runs are rarer than
 * that by the operator's will, two of them must have failed. */
static int64_t
stale_after_s(const struct config *c)
{
	int64_t refresh_s = c->refresh_ms / 1000, expire_s = c->rtr_expire_s;

	return refresh_s < expire_s ? expire_s : 2 * refresh_s;
}

/* Nothing here can fail: what can is done before (see on_reload). */
static void
config_follow(struct daemon *d, const struct config *c)
{
	d->config = c;
	d->log.level = c->log_level;
	servers_configure(&d->servers, c);
	runner_configure(d->runner, c);
	supplier_configure(d->supplier, c);
	d->view.tals = c->tals.at;
	d->view.tal_count = c->tals.n;
	d->view.config_path = c->path;
	d->view.moved = c->at != NULL;
	d->view.stale_after_s = stale_after_s(c);
}

static int
reload_fails(struct daemon *d, const char *why)
{
	log_event(&d->log, LOG_LEVEL_ERROR, "reload",
		"failed reason=\"%s\": the old configuration stays", why);
	return ERR_SYNTAX;
}

/* Read the configuration again and follow it, or stay as we are. */
static int
reload(struct daemon *d, char why[256])
{
	const struct config *old = d->config, *new;

	if (config_load(d->source, &new, why) != 0)
		return reload_fails(d, why);
	if (servers_listen(&d->servers, new, why) != 0) {
		servers_return(&d->servers, old);
		config_free(new);
		return reload_fails(d, why);
	}
	config_follow(d, new);
	config_fixed(old, new, why);
	config_free(old);
	if (why[0] != '\0')
		log_event(&d->log, LOG_LEVEL_WARN, "reload",
			"these change at the next start only: %s", why);
	log_event(&d->log, LOG_LEVEL_INFO, "reload", "done");
	runner_demand(d->runner);
	return 0;
}

/* Whichever way it ends, the listeners may be others. */
static int
on_reload(void *ctx, char why[256])
{
	struct daemon *d = ctx;
	int err;

	if (d->parting) {
		snprintf(why, 256, "rtrd is being shut down");
		return ERR_BUSY;
	}
	life_reload(&d->life);
	err = reload(d, why);
	life_settle(&d->life);
	life_reloaded(&d->life);
	return err;
}

/* One that is under way may have read what changed since: another follows
 * it. */
static int
on_refresh(void *ctx)
{
	struct daemon *d = ctx;

	runner_demand(d->runner);
	return 0;
}

static int
on_fetch(void *ctx, const char *uri)
{
	struct daemon *d = ctx;

	return supplier_refresh(d->supplier, uri);
}

static size_t
on_peer_count(void *ctx)
{
	const struct daemon *d = ctx;

	return rtr_peer_count(d->servers.rtr);
}

static void
on_peer_get(void *ctx, size_t index, struct peer_facts *out)
{
	const struct daemon *d = ctx;

	rtr_peer_get(d->servers.rtr, index, out);
}

static void
on_listeners(void *ctx,
	void (*each)(void *to, const struct listener_facts *facts), void *to)
{
	const struct daemon *d = ctx;

	rtr_listeners(d->servers.rtr, each, to);
}

static struct wall
on_tls_end(void *ctx)
{
	const struct daemon *d = ctx;

	return rtr_tls_end(d->servers.rtr);
}

/* One look at the name, as a person asks for it. */
static bool
on_is_file(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The end. */

/* Something does not end in time: the process does. */
static void
on_deadline(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	runner_kill(d->runner);
	supplier_kill(d->supplier);
	uv_stop(&d->loop);
}

/* Everything that holds the loop is closed; it ends when the children are
 * gone. */
static void
stop(struct daemon *d)
{
	if (d->stopping)
		return;
	d->stopping = true;
	life_stop(&d->life, d->leaving);
	if (d->runner != NULL)
		runner_stop(d->runner);
	if (d->supplier != NULL)
		supplier_stop(d->supplier);
	servers_stop(&d->servers);
	stock_stop(d->stock);
	uv_timer_start(&d->deadline, on_deadline, BOUND_STOP_MS, 0);
	uv_unref((uv_handle_t *)&d->deadline);
}

/* As soon as routers have heard it, or have not in this time. */
static void
on_farewell(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	if (rtr_is_parting(d->servers.rtr) &&
		mono_since(d->parting_since, mono_now()) < BOUND_FAREWELL_MS)
		uv_timer_start(timer, on_farewell, FAREWELL_LOOK_MS, 0);
	else
		stop(d);
}

/* Routers first; the timer also lets the operator have an answer. */
static void
on_shutdown(void *ctx)
{
	struct daemon *d = ctx;

	if (d->stopping || d->parting)
		return;
	log_event(&d->log, LOG_LEVEL_INFO, "stopping",
		"for good, by rtrctl shutdown: routers are told to flush");
	d->parting = true;
	d->parting_since = mono_now();
	rtr_shutdown(d->servers.rtr);
	uv_timer_start(&d->deadline, on_farewell, 0, 0);
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	char why[256];

	if (d->stopping)
		return;
	switch (number) {
	case SIGHUP:
		(void)on_reload(d, why);
		break;
	case SIGUSR1:
		runner_demand(d->runner);
		break;
	default:
		log_event(&d->log, LOG_LEVEL_INFO, "stopping", "signal=%s",
			strsignal(number));
		stop(d);
		break;
	}
}

/* The sockets go on in a successor, which waits for our lock. */
static void
on_leave(void *ctx)
{
	struct daemon *d = ctx;

	log_event(
		&d->log, LOG_LEVEL_INFO, "stopping", "a successor takes over");
	d->leaving = true;
	stop(d);
}

/* The start. */

/* Signals first: one that comes before the rest is ready is not lost.  0, or
 * what libuv says of a machine without descriptors or memory. */
static int
loop_init(struct daemon *d)
{
	int err;

	(void)signal(SIGPIPE, SIG_IGN);
	/* A file that may not grow is an error like a disk that is full. */
	(void)signal(SIGXFSZ, SIG_IGN);
	err = uv_loop_init(&d->loop);
	if (err != 0)
		return err;
	uv_timer_init(&d->loop, &d->deadline);
	d->deadline.data = d;
	for (size_t i = 0; i < SIGNALS; i++) {
		err = uv_signal_init(&d->loop, &d->signals[i]);
		if (err != 0)
			return err;
		d->signals[i].data = d;
		uv_signal_start(&d->signals[i], on_signal, signal_numbers[i]);
		/* They are heard to the very end, and hold nothing up. */
		uv_unref((uv_handle_t *)&d->signals[i]);
	}
	return 0;
}

/* What the rest stands on. */
static int
ground_lay(struct daemon *d, char why[256])
{
	int err = ground_check(why), number;

	if (err != 0)
		return err;
	number = loop_init(d);
	if (number != 0)
		snprintf(
			why, 256, "no loop of events: %s", uv_strerror(number));
	return number != 0 ? ERR_SYSTEM : 0;
}

/* Session ids and serial come with the first set. */
static int
cache_make(struct daemon *d, char why[256])
{
	const struct config *c = d->config;
	struct cache_config config = {
		.first_serial = c->rtr_first_serial,
		.history = c->rtr_history,
		.history_ms = c->rtr_history_ms,
		.refresh_s = c->rtr_refresh_s,
		.retry_s = c->rtr_retry_s,
		.expire_s = c->rtr_expire_s,
	};

	d->cache = cache_new(&config);
	if (d->cache == NULL)
		snprintf(why, 256, "%s", err_text(ERR_NOMEM));
	return d->cache != NULL ? 0 : ERR_NOMEM;
}

/* Who brings what is served. */
static int
keepers_make(struct daemon *d)
{
	const struct stock_calls stock = {on_changed, on_loaded, on_stale,
		on_news, on_overdue, on_detached, d};
	const struct runner_calls runs = {
		on_take, on_run_ended, is_waited_for, is_early, d};
	struct supplier_calls supplier = {
		.news = on_news, .settled = on_settled, .ctx = d};

	d->repos = repos_new();
	if (d->repos == NULL)
		return ERR_NOMEM;
	d->stock = stock_new(
		&d->loop, &stock, &d->view, &d->log, d->config->state_dir);
	if (d->stock == NULL)
		return ERR_NOMEM;
	stock_set_first(d->stock, d->config->first_ms);
	supplier.facts = &d->view.fetch_facts;
	supplier.repos = d->repos;
	d->supplier = supplier_new(&d->loop, &supplier, &d->log, d->config);
	d->runner =
		runner_new(&d->loop, &runs, &d->log, &d->view.run, d->config);
	return d->runner != NULL && d->supplier != NULL ? 0 : ERR_NOMEM;
}

static int
parts_make(struct daemon *d, char why[256])
{
	int err = servers_make(
		&d->servers, &d->loop, d->cache, &d->view, d->config);

	if (err == 0)
		err = keepers_make(d);
	if (err != 0)
		snprintf(why, 256, "%s", err_text(err));
	return err;
}

/* What the service manager shows. */
static void
on_describe(void *ctx, char out[LIFE_STATUS])
{
	const struct daemon *d = ctx;
	const struct payload_set *set = view_set(&d->view);

	if (!cache_is_serving(d->cache))
		snprintf(out, LIFE_STATUS, "no data for %zu routers",
			rtr_peer_count(d->servers.rtr));
	else
		snprintf(out, LIFE_STATUS, "serial %u, %zu VRPs, %zu routers",
			cache_serial(d->cache), set->vrp_count,
			rtr_peer_count(d->servers.rtr));
}

static void
view_fill(struct daemon *d)
{
	d->view.cache = d->cache;
	d->view.repos = d->repos;
	d->view.rtr = rtr_totals(d->servers.rtr);
	d->view.started = wall_now();
	d->view.ctx = d;
	d->view.peer_count = on_peer_count;
	d->view.peer_get = on_peer_get;
	d->view.listeners = on_listeners;
	d->view.tls_end = on_tls_end;
	d->view.refresh = on_refresh;
	d->view.fetch = on_fetch;
	d->view.reload = on_reload;
	d->view.shutdown = on_shutdown;
	d->view.is_file = on_is_file;
	d->life.describe = on_describe;
	d->life.leave = on_leave;
	d->life.ctx = d;
}

static int
start(struct daemon *d, char why[256])
{
	int err = life_enter(&d->life, d->config, &d->lock, why);

	if (err == 0)
		err = cache_make(d, why);
	if (err == 0)
		err = parts_make(d, why);
	if (err != 0)
		return err;
	view_fill(d);
	config_follow(d, d->config);
	rtr_hold(d->servers.rtr);
	life_offer(&d->life, d->config, &d->servers);
	err = servers_listen(&d->servers, d->config, why);
	if (err != 0)
		return err;
	life_settle(&d->life);
	life_live(&d->life, &d->loop);
	stock_load(d->stock);
	return 0;
}

/* Free what is left when the loop has nothing to do any more. */
static void
parts_free(struct daemon *d)
{
	life_close(&d->life);
	uv_close((uv_handle_t *)&d->deadline, NULL);
	for (size_t i = 0; i < SIGNALS; i++)
		uv_close((uv_handle_t *)&d->signals[i], NULL);
	(void)uv_run(&d->loop, UV_RUN_DEFAULT);
	runner_free(d->runner);
	supplier_free(d->supplier);
	repos_free(d->repos);
	stock_free(d->stock);
	cache_free(d->cache);
	(void)uv_loop_close(&d->loop);
}

int
daemon_run(const struct config_source *source, const struct config *config)
{
	struct daemon d = {
		.log = {.fd = STDERR_FILENO,
			.level = config->log_level,
			.drops = true},
		.servers = {.log = &d.log},
		.lock = -1,
		.source = source,
		.config = config,
	};
	char why[256] = "";
	int err;

	life_begin(&d.life, &d.log);
	err = ground_lay(&d, why);
	if (err != 0) {
		log_event(&d.log, LOG_LEVEL_ERROR, "start", "%s", why);
		life_end(&d.life);
		config_free(d.config);
		return 1;
	}
	err = start(&d, why);
	if (err != 0) {
		log_event(&d.log, LOG_LEVEL_ERROR, "start", "%s", why);
		stop(&d);
	}
	/* It ends by itself when nothing is open, else at a stop's deadline;
	 * what is left then goes with the process. */
	if (uv_run(&d.loop, UV_RUN_DEFAULT) == 0)
		parts_free(&d);
	life_end(&d.life);
	log_event(&d.log, LOG_LEVEL_INFO, "stopped", "pid=%ld", (long)getpid());
	if (d.lock >= 0)
		(void)close(d.lock);
	config_free(d.config);
	return err == 0 ? 0 : 1;
}
