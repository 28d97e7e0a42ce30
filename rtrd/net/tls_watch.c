/*
 * tls_watch: a look every hour, a line a day.
 */
#include "rtrd/net/tls_watch.h"

#include <stdlib.h>

#include "waymark/bounds.h"
#include "waymark/clock.h"

enum {
	LOOK_MS = 3600000
};

struct tls_watch {
	uv_timer_t timer;
	const struct log *log;
	struct tls_keys *keys;
	struct wall told; /* when it was last */
};

static void
on_fault(void *ctx, const char *text)
{
	const struct tls_watch *w = ctx;

	log_event(w->log, LOG_LEVEL_WARN, "certificate", "%s", text);
}

/* A clock that was set back must not keep it silent. */
static bool
is_due(const struct tls_watch *w, struct wall now)
{
	int64_t s = now.s - w->told.s;

	return s < 0 || s >= BOUND_TLS_WARN_EVERY_S;
}

void
tls_watch_look(struct tls_watch *w, struct wall now)
{
	if (w->keys == NULL || !is_due(w, now))
		return;
	if (tls_keys_check(w->keys, now, on_fault, w) > 0)
		w->told = now;
}

static void
on_timer(uv_timer_t *timer)
{
	tls_watch_look(timer->data, wall_now());
}

struct tls_watch *
tls_watch_new(uv_loop_t *loop, const struct log *log)
{
	struct tls_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->log = log;
	w->told.s = INT64_MIN / 2;
	uv_timer_init(loop, &w->timer);
	w->timer.data = w;
	uv_timer_start(&w->timer, on_timer, LOOK_MS, LOOK_MS);
	/* It holds nothing up. */
	uv_unref((uv_handle_t *)&w->timer);
	return w;
}

void
tls_watch_set(struct tls_watch *w, struct tls_keys *keys)
{
	tls_keys_unref(w->keys);
	w->keys = keys == NULL ? NULL : tls_keys_ref(keys);
	w->told.s = INT64_MIN / 2;
	tls_watch_look(w, wall_now());
}

static void
on_closed(uv_handle_t *handle)
{
	struct tls_watch *w = handle->data;

	tls_keys_unref(w->keys);
	free(w);
}

void
tls_watch_stop(struct tls_watch *w)
{
	if (w != NULL)
		uv_close((uv_handle_t *)&w->timer, on_closed);
}
