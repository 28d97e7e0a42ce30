/*
 * life: the order in which a process comes and goes without a moment in which
 * nobody listens.
 *
 * Routers that connect while one instance has stopped accepting and the next
 * one has not begun wait in the queue of the socket, which is the same for
 * both.
 */
#include "rtrd/life.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "rtrd/keep/house.h"
#include "rtrd/net/address.h"
#include "rtrd/net/endpoint.h"
#include "rtrd/net/handover.h"
#include "rtrd/net/sock.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	LOCK_TRY_MS = 20 /* from one try to the next */
};

void
life_begin(struct life *l, const struct log *log)
{
	*l = (struct life){.log = log, .manager = {.fd = -1}};
	manager_inherit(&l->heritage, log);
	manager_open(&l->manager);
}

/* The start. */

/* Whether each of a list that did not come along can be listened on: opened,
 * and closed again. */
static int
list_try(const struct life *l, const struct config_list *list, char why[256])
{
	for (size_t i = 0; i < list->n; i++) {
		char reason[SOCK_WHY] = "";
		struct endpoint at;
		struct sock sock;
		bool absent;
		int err = endpoint_parse(list->at[i], &at, reason);

		if (err == 0 && heritage_has(&l->heritage, &at))
			continue;
		if (err == 0)
			err = sock_open(&at, NULL, &sock, &absent, reason);
		if (err != 0) {
			snprintf(why, 256, "cannot listen on %.90s: %.140s",
				list->at[i], reason);
			return err;
		}
		sock_retire(&sock);
		(void)close(sock.fd);
	}
	return 0;
}

/* What the configuration asks of this machine, before somebody else's life
 * depends on it.  What nobody asked for may fail. */
static int
config_try(const struct life *l, const struct config *c, char why[256])
{
	int err = 0;

	if (c->rtr_listen_given)
		err = list_try(l, &c->rtr_listen, why);
	if (err == 0 && c->http_given)
		err = list_try(l, &c->http_listen, why);
	return err;
}

/* Lock it when it is let go.  One that is not, in this time, hangs. */
static int
lock_wait(const char *folder, int *lock, char why[256])
{
	const struct timespec rest = {0, LOCK_TRY_MS * 1000000L};
	struct mono begun = mono_now();
	int err = house_open(folder, lock, why);

	while (err == ERR_LOCKED &&
		mono_since(begun, mono_now()) < BOUND_TAKE_OVER_MS) {
		(void)nanosleep(&rest, NULL);
		err = house_open(folder, lock, why);
	}
	return err;
}

/* Its place, with all that it listens on: `from` is the connection to it. */
static int
take_over(struct life *l, const struct config *c, int from, int *lock,
	char why[256])
{
	struct mono begun = mono_now();
	int err = config_try(l, c, why);

	/* Free, or its own: another folder is as good. */
	if (err == 0)
		err = house_open(c->state_dir, lock, why);
	if (err != 0 && err != ERR_LOCKED)
		return err;
	if (handover_commit(from) != 0) {
		snprintf(why, 256,
			"the instance that runs has ended, or was "
			"taken over by another");
		return ERR_SYSTEM;
	}
	if (err == ERR_LOCKED)
		err = lock_wait(c->state_dir, lock, why);
	if (err == 0)
		log_event(l->log, LOG_LEVEL_INFO, "take-over",
			"done sockets=%zu ms=%lld", l->heritage.all.n,
			(long long)mono_since(begun, mono_now()));
	return err;
}

int
life_enter(struct life *l, const struct config *c, int *lock, char why[256])
{
	int from, err;

	if (!c->take_over)
		return house_open(c->state_dir, lock, why);
	if (c->control_socket == NULL) {
		snprintf(why, 256,
			"take-over: control-socket is none, and names nobody");
		return ERR_USAGE;
	}
	err = handover_ask(c->control_socket, &l->heritage, &from, why);
	if (err == ERR_NOTFOUND) {
		log_event(l->log, LOG_LEVEL_INFO, "take-over",
			"nobody answers at %s: an ordinary start",
			c->control_socket);
		return house_open(c->state_dir, lock, why);
	}
	if (err != 0)
		return err;
	err = take_over(l, c, from, lock, why);
	(void)close(from);
	return err;
}

/* "waymark.rtr.127.0.0.1_3323": names have no colon. */
static void
name_make(const char *proto, int fd, char out[LIFE_NAME])
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);
	char text[ADDRESS_TEXT];

	(void)getsockname(fd, (struct sockaddr *)&at, &size);
	snprintf(out, LIFE_NAME, MANAGER_KEPT "%s.%s", proto,
		address_format(&at, text));
	for (char *p = out; *p != '\0'; p++)
		if (*p == ':')
			*p = '_';
}

/* NULL: there is none of this name. */
static struct kept *
kept_find(struct life *l, const char *name)
{
	for (size_t i = 0; i < l->kept.n; i++)
		if (strcmp(l->kept.at[i].name, name) == 0)
			return &l->kept.at[i];
	return NULL;
}

/* Out of memory it is kept again the next time, which changes nothing. */
static void
kept_add(struct life *l, const char *name, bool lent)
{
	struct kept k = {.lent = lent, .seen = true};

	snprintf(k.name, sizeof(k.name), "%s", name);
	(void)VEC_PUSH(&l->kept, k);
}

/* What came along for this endpoint; what the manager has needs not be kept
 * again. */
static int
endpoint_take(struct life *l, const char *proto, const char *text)
{
	struct heirloom one = {.fd = -1};
	char why[WORDS_WHY], name[LIFE_NAME];
	struct endpoint at;

	if (endpoint_parse(text, &at, why) == 0)
		one = heritage_take(&l->heritage, &at);
	if (one.fd >= 0 && one.from != HEIR_HANDED) {
		name_make(proto, one.fd, name);
		kept_add(l, name, one.from == HEIR_LENT);
	}
	return one.fd;
}

/* Our own socket has no words. */
static void
offer_control(struct life *l, const char *path)
{
	char text[WORDS_HEAD], why[WORDS_WHY];
	struct heirloom one = {.fd = -1};
	struct endpoint at;

	snprintf(text, sizeof(text), "unix:%s", path);
	if (endpoint_parse(text, &at, why) == 0)
		one = heritage_take(&l->heritage, &at);
	if (one.fd >= 0)
		control_inherit(l->servers->control, one);
}

struct giving {
	void (*give)(void *to, int fd);
	void *to;
};

static void
on_listener(void *ctx, int fd, const struct endpoint *at)
{
	const struct giving *g = ctx;

	(void)at;
	g->give(g->to, fd);
}

/* All that we listen on, for a successor. */
static void
on_each(void *ctx, void (*give)(void *to, int fd), void *to)
{
	const struct life *l = ctx;
	struct giving g = {give, to};
	int fd = control_socket(l->servers->control);

	rtr_each(l->servers->rtr, on_listener, &g);
	http_each(l->servers->http, on_listener, &g);
	if (fd >= 0)
		give(to, fd);
}

static void
on_leave(void *ctx)
{
	const struct life *l = ctx;

	l->leave(l->ctx);
}

void
life_offer(
	struct life *l, const struct config *c, const struct servers *servers)
{
	const struct handover_calls successor = {on_each, on_leave, l};
	int fd;

	l->servers = servers;
	control_hand_over(servers->control, &successor);
	for (size_t i = 0; i < c->rtr_listen.n; i++) {
		fd = endpoint_take(l, "rtr", c->rtr_listen.at[i]);
		if (fd >= 0 && rtr_inherit(servers->rtr, fd) != 0)
			(void)close(fd);
	}
	for (size_t i = 0; i < c->http_listen.n; i++) {
		fd = endpoint_take(l, "http", c->http_listen.at[i]);
		if (fd >= 0 && http_inherit(servers->http, fd) != 0)
			(void)close(fd);
	}
	if (c->control_socket != NULL)
		offer_control(l, c->control_socket);
}

/* Who listens where. */

/* Keep one, unless it is. */
static void
keep(struct life *l, const char *proto, int fd)
{
	char name[LIFE_NAME];
	struct kept *k;

	name_make(proto, fd, name);
	k = kept_find(l, name);
	if (k != NULL)
		k->seen = true;
	else if (manager_keep(&l->manager, fd, name))
		kept_add(l, name, false);
}

static void
on_rtr(void *ctx, int fd, const struct endpoint *at)
{
	(void)at;
	keep(ctx, "rtr", fd);
}

static void
on_http(void *ctx, int fd, const struct endpoint *at)
{
	(void)at;
	keep(ctx, "http", fd);
}

/* Whether the service manager has one of them for good. */
static bool
has_lent(const struct life *l)
{
	for (size_t i = 0; i < l->kept.n; i++)
		if (l->kept.at[i].lent)
			return true;
	return false;
}

/* The control socket is not kept: its folder may go with the service, and
 * people try again. */
void
life_settle(struct life *l)
{
	heritage_end(&l->heritage, l->log);
	control_forget_heirs(l->servers->control);
	if (!has_lent(l)) {
		rtr_own(l->servers->rtr);
		http_own(l->servers->http);
	}
	for (size_t i = 0; i < l->kept.n; i++)
		l->kept.at[i].seen = false;
	rtr_each(l->servers->rtr, on_rtr, l);
	http_each(l->servers->http, on_http, l);
	for (size_t i = l->kept.n; i-- > 0;) {
		struct kept *k = &l->kept.at[i];

		if (k->seen ||
			(!k->lent && !manager_drop(&l->manager, k->name)))
			continue;
		*k = l->kept.at[--l->kept.n];
	}
}

/* Signs of life. */

/* Every half of what the manager waits, or a little sooner. */
static void
sign(struct life *l, uint64_t beat_ms)
{
	struct mono now = mono_now();
	int64_t since = mono_since(l->signed_at, now);

	if (l->manager.watchdog_ms == 0 ||
		2 * (since + (int64_t)beat_ms) <= l->manager.watchdog_ms)
		return;
	if (manager_tell(&l->manager, "WATCHDOG=1\n"))
		l->signed_at = now;
}

/* What people are shown, when it is something else. */
static void
status_tell(struct life *l)
{
	char text[LIFE_STATUS] = "";

	if (l->manager.fd < 0)
		return;
	l->describe(l->ctx, text);
	if (strcmp(text, l->status) != 0 &&
		manager_tell(&l->manager, "STATUS=%s\n", text))
		memcpy(l->status, text, sizeof(text));
}

static void
on_beat(uv_timer_t *timer)
{
	struct life *l = timer->data;

	if (l->watchdog != NULL)
		watchdog_beat(l->watchdog);
	sign(l, uv_timer_get_repeat(timer));
	status_tell(l);
}

/* Without the thread we serve as well, and stall unseen. */
static void
watchdog_begin(struct life *l)
{
	const struct watchdog_limits limits = {
		.look_ms = BOUND_STALL_LOOK_MS,
		.tell_ms = BOUND_STALL_TELL_MS,
		.abort_ms = BOUND_STALL_ABORT_MS,
	};
	int err = watchdog_start(&limits, l->log, &l->watchdog);

	if (err != 0)
		log_event(l->log, LOG_LEVEL_WARN, "watchdog",
			"none, the loop is not watched: %s", err_text(err));
}

void
life_live(struct life *l, uv_loop_t *loop)
{
	uint64_t beat_ms = BOUND_BEAT_MS;

	if (l->manager.watchdog_ms > 0 &&
		(uint64_t)l->manager.watchdog_ms < 4 * beat_ms)
		beat_ms = (uint64_t)(l->manager.watchdog_ms + 3) / 4;
	watchdog_begin(l);
	uv_timer_init(loop, &l->beat);
	l->beat.data = l;
	l->beats = true;
	uv_timer_start(&l->beat, on_beat, beat_ms, beat_ms);
	/* It holds nothing up at the end. */
	uv_unref((uv_handle_t *)&l->beat);
	(void)manager_tell(&l->manager, "READY=1\n");
	l->signed_at = mono_now();
	status_tell(l);
}

/* The manager wants to know which of two reloads is over, by its own clock. */
void
life_reload(struct life *l)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)manager_tell(&l->manager, "RELOADING=1\nMONOTONIC_USEC=%lld\n",
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void
life_reloaded(struct life *l)
{
	(void)manager_tell(&l->manager, "READY=1\n");
}

/* The end. */

void
life_stop(struct life *l, bool leave)
{
	(void)manager_tell(&l->manager, "STOPPING=1\n");
	if (l->servers == NULL || (!leave && l->manager.fd < 0))
		return;
	rtr_release(l->servers->rtr);
	http_release(l->servers->http);
	if (leave)
		control_leave(l->servers->control);
}

void
life_close(struct life *l)
{
	if (l->beats)
		uv_close((uv_handle_t *)&l->beat, NULL);
	l->beats = false;
}

void
life_end(struct life *l)
{
	watchdog_stop(l->watchdog);
	/* Of a start that failed: nobody has lost anything. */
	heritage_end(&l->heritage, NULL);
	VEC_FREE(&l->kept);
	manager_close(&l->manager);
}
