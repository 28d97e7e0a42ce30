/*
 * http: the client, and a transfer from start to end.
 *
 *	start --> [ queued ]--step--> [ in the multi ] --> end --> swept
 *	                                ^      |
 *	                                '------' redirect within the origin
 *	cancel: marked, at any time; swept by the next step
 *
 * A connection that is kept may let a request down that is no fault of the
 * server now: octets behind the answer before are taken for the next one's, and
 * by its source, which was read and not caught at it, libcurl 7.88 may leave
 * octets of one stream of HTTP/2 lying that came along with the end of
 * another's.  So a request over such a connection, of whose answer nothing
 * came, is asked once more at once, by a connection of its own.
 *
 * libcurl does not allow most of its calls from within its own callbacks, and
 * whoever is called may cancel any transfer.  So starting and cancelling only
 * mark, and a step does what was marked when nobody is being called.
 */
#include "validator/fetch/http.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "validator/fetch/http_inner.h"
#include "validator/fetch/http_target.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	AGAIN_PART = 6 /* of the time without an octet, see limits_of */
};

static void
transfer_free(struct http_transfer *t)
{
	if (t->added)
		(void)curl_multi_remove_handle(t->http->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->fields);
	free(t);
}

/* Frees those that have ended. */
static void
sweep(struct http *h)
{
	struct http_transfer **at = &h->first, *t;

	while ((t = *at) != NULL)
		if (t->over) {
			*at = t->next;
			transfer_free(t);
		} else
			at = &t->next;
}

/* Tell the owner.  What it starts comes before `t` in the list; what it cancels
 * is only marked. */
static void
finish(struct http_transfer *t, enum http_outcome outcome)
{
	struct http_end end = {.outcome = outcome,
		.status = t->head.status,
		.received = t->received_before + http_easy_octets(t),
		.etag = t->head.etag,
		.last_modified = t->head.last_modified};

	if (t->over)
		return;
	t->over = true;
	log_event(t->http->config.log, LOG_LEVEL_DEBUG, "http",
		"uri=%s status=%ld received=%llu reason=\"%s\"", t->uri,
		end.status, (unsigned long long)end.received,
		outcome == HTTP_FAILED ? t->reason : "");
	if (outcome == HTTP_FAILED)
		memcpy(end.reason, t->reason, sizeof(end.reason));
	t->request.end(t->request.ctx, &end);
}

static bool
add(struct http_transfer *t)
{
	http_head_init(&t->head, t->request.compressed);
	t->taken = 0;
	t->in_tls = false;
	http_pace_wait(&t->pace);
	t->added = curl_multi_add_handle(t->http->multi, t->easy) == CURLM_OK;
	if (!t->added)
		http_reason(t->reason, "out of memory");
	return t->added;
}

/* Go to where a redirect leads.  False with a reason. */
static bool
follow(struct http_transfer *t)
{
	char to[BOUND_URI + 1];
	int err;

	if (t->head.location[0] == '\0') {
		http_reason(t->reason, "HTTP %ld without a Location",
			t->head.status);
		return false;
	}
	if (++t->redirects > BOUND_FETCH_REDIRECTS) {
		http_reason(t->reason, "more than %d redirects",
			BOUND_FETCH_REDIRECTS);
		return false;
	}
	err = http_target_find(t->uri, t->head.location, to);
	if (err != 0) {
		http_reason(t->reason, "%s: %s",
			err == ERR_DENIED ? "redirect to another origin"
				: err == ERR_NOMEM
				? "out of memory"
				: "redirect to what is no https URI",
			t->head.location);
		return false;
	}
	t->received_before += http_easy_octets(t);
	memcpy(t->uri, to, sizeof(to));
	if (curl_easy_setopt(t->easy, CURLOPT_URL, t->uri) != CURLE_OK) {
		http_reason(t->reason, "out of memory");
		return false;
	}
	return add(t);
}

static bool
may_ask_again(const struct http_transfer *t)
{
	return !t->again && !t->stopped && http_easy_is_untouched(t);
}

/* The total of the transfer goes on. */
static void
ask_again(struct http_transfer *t)
{
	if (t->added)
		(void)curl_multi_remove_handle(t->http->multi, t->easy);
	t->added = false;
	t->again = true;
	t->errors[0] = '\0';
	log_event(t->http->config.log, LOG_LEVEL_DEBUG, "http-again", "uri=%s",
		t->uri);
	if (http_easy_isolate(t) != 0) {
		http_reason(t->reason, "out of memory");
		finish(t, HTTP_FAILED);
	} else if (!add(t))
		finish(t, HTTP_FAILED);
}

/* libcurl is done with a transfer. */
static void
settle(struct http_transfer *t, CURLcode code)
{
	(void)curl_multi_remove_handle(t->http->multi, t->easy);
	t->added = false;
	if (t->over)
		return;
	if (code != CURLE_OK && may_ask_again(t)) {
		ask_again(t);
	} else if (code != CURLE_OK) {
		if (!t->stopped)
			http_reason_curl(t, code);
		finish(t, HTTP_FAILED);
	} else if (!t->head.complete) {
		http_reason(t->reason, "HTTP: closed within the header");
		finish(t, HTTP_FAILED);
	} else if (t->head.status == 200)
		finish(t, HTTP_DONE);
	else if (t->head.status == 304)
		finish(t, HTTP_SAME);
	else if (!follow(t))
		finish(t, HTTP_FAILED);
}

static void
settle_all(struct http *h)
{
	struct CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		CURLcode code = m->data.result;
		char *t = NULL;

		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		settle((struct http_transfer *)(void *)t, code);
	}
}

/* How long a transfer may take: 5 s of 30 for nothing at all where asking again
 * may help. */
static struct http_limits
limits_of(const struct http_transfer *t)
{
	struct http_limits l = t->http->limits;

	if (may_ask_again(t))
		l.idle_ms /= AGAIN_PART;
	return l;
}

/* Ends those that are too slow. */
static void
check_paces(struct http *h)
{
	struct mono now = mono_now();

	for (struct http_transfer *t = h->first; t != NULL; t = t->next) {
		struct http_limits limits;
		enum http_late late;

		if (t->over || !t->added)
			continue;
		limits = limits_of(t);
		late = http_pace_check(
			&t->pace, &limits, http_easy_octets(t), now);
		if (late == HTTP_LATE_NOT)
			continue;
		if (late == HTTP_LATE_IDLE && may_ask_again(t)) {
			ask_again(t);
			continue;
		}
		http_reason_late(t, late);
		finish(t, HTTP_FAILED);
	}
}

/* Gives to libcurl what was started. */
static void
add_all(struct http *h)
{
	for (struct http_transfer *t = h->first; t != NULL; t = t->next)
		if (!t->over && !t->added && !add(t))
			finish(t, HTTP_FAILED);
}

static int
wait_ms(const struct http *h, int timeout_ms)
{
	struct mono now = mono_now();
	int64_t least = timeout_ms < 0 ? INT_MAX : timeout_ms;

	for (const struct http_transfer *t = h->first; t != NULL; t = t->next) {
		struct http_limits limits = limits_of(t);
		int64_t ms = http_pace_next(&t->pace, &limits, now);

		least = ms < least ? ms : least;
	}
	return (int)least;
}

/* libcurl's form of what the caller waits for. */
static int
set_waits(
	struct http *h, const struct pollfd *extra, size_t count, unsigned *out)
{
	unsigned n = 0;

	if (count > h->wait_cap) {
		struct curl_waitfd *more =
			reallocarray(h->waits, count, sizeof(*more));

		if (more == NULL)
			return ERR_SYSTEM;
		h->waits = more;
		h->wait_cap = count;
	}
	for (size_t i = 0; i < count; i++) {
		short events = 0;

		if (extra[i].fd < 0)
			continue;
		if ((extra[i].events & POLLIN) != 0)
			events |= CURL_WAIT_POLLIN;
		if ((extra[i].events & POLLPRI) != 0)
			events |= CURL_WAIT_POLLPRI;
		if ((extra[i].events & POLLOUT) != 0)
			events |= CURL_WAIT_POLLOUT;
		h->waits[n++] = (struct curl_waitfd){extra[i].fd, events, 0};
	}
	*out = n;
	return 0;
}

int
http_step(struct http *h, struct pollfd *extra, size_t count, int timeout_ms)
{
	unsigned waits;
	int running;

	sweep(h);
	add_all(h);
	if (set_waits(h, extra, count, &waits) != 0 ||
		curl_multi_poll(h->multi, h->waits, waits,
			wait_ms(h, timeout_ms), NULL) != CURLM_OK)
		return ERR_SYSTEM;
	/* libcurl leaves out that an end was closed. */
	if (count > 0 && poll(extra, (nfds_t)count, 0) < 0)
		for (size_t i = 0; i < count; i++)
			extra[i].revents = 0;
	if (curl_multi_perform(h->multi, &running) != CURLM_OK)
		return ERR_SYSTEM;
	settle_all(h);
	check_paces(h);
	sweep(h);
	return 0;
}

int
http_start(struct http *h, const struct http_request *request,
	struct http_transfer **out)
{
	size_t n = strlen(request->uri);
	struct http_transfer *t;

	if (n > BOUND_URI || !http_target_is_good(span_of(request->uri, n)))
		return ERR_SYNTAX;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return ERR_NOMEM;
	t->http = h;
	t->request = *request;
	t->request.uri = t->request.etag = t->request.last_modified = NULL;
	memcpy(t->uri, request->uri, n + 1);
	http_pace_init(&t->pace, mono_now());
	if (http_easy_make(t, request) != 0) {
		transfer_free(t);
		return ERR_NOMEM;
	}
	t->next = h->first;
	h->first = t;
	*out = t;
	return 0;
}

void
http_cancel(struct http_transfer *t)
{
	if (t != NULL)
		t->over = true;
}

/* Four to a host are kept busy by HTTP/1 as well; more would be rude. */
static int
make_multi(struct http *h)
{
	h->multi = curl_multi_init();
	if (h->multi == NULL ||
		curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
			(long)BOUND_HOST_JOBS) != CURLM_OK ||
		curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
			(long)BOUND_HTTP_JOBS) != CURLM_OK ||
		curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
			(long)CURLPIPE_MULTIPLEX) != CURLM_OK)
		return ERR_NOMEM;
	return 0;
}

int
http_new(const struct http_config *config, struct http **out, char why[256])
{
	struct http *h = calloc(1, sizeof(*h));
	int err;

	memcpy(why, "out of memory", sizeof("out of memory"));
	if (h == NULL)
		return ERR_NOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(h);
		return ERR_NOMEM;
	}
	err = http_setup(h, config, why);
	if (err == 0)
		err = make_multi(h);
	if (err != 0) {
		http_free(h);
		return err;
	}
	*out = h;
	return 0;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	for (struct http_transfer *t = h->first; t != NULL; t = t->next)
		t->over = true;
	sweep(h);
	(void)curl_multi_cleanup(h->multi);
	free(h->waits);
	X509_STORE_free(h->trusted);
	free(h);
	curl_global_cleanup();
}
