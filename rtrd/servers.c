/*
 * servers: what nobody asked for and cannot be had keeps nobody waiting, and
 * routers are the last that a new configuration reaches.
 */
#include "rtrd/servers.h"

#include "waymark/err.h"
#include "waymark/log.h"

static struct rtr_config
rtr_config_of(const struct config *c)
{
	return (struct rtr_config){
		.max_version = c->rtr_max_version,
		.notify_ms = c->rtr_notify_ms,
		.max_connections = c->rtr_max_connections,
		.max_per_source = c->rtr_max_per_source,
	};
}

/* What nobody asked for and cannot be had does not keep routers waiting. */
static int
let_pass(const struct servers *s, int err, bool given, const char *why)
{
	if (err == 0 || given)
		return err;
	log_event(s->log, LOG_LEVEL_WARN, "listen", "%s", why);
	return 0;
}

/* Where people and programs come. */
static int
listen_people(struct servers *s, const struct config *c, char why[256])
{
	int err = control_listen(s->control, c->control_socket, why);

	err = let_pass(s, err, c->control_given, why);
	if (err != 0)
		return err;
	err = http_listen(s->http, c->http_listen.at, c->http_listen.n, why);
	return let_pass(s, err, c->http_given, why);
}

/* Routers last: when another listener cannot be had, theirs were not
 * touched. */
int
servers_listen(struct servers *s, const struct config *c, char why[256])
{
	const struct rtr_places places = {
		.listen = c->rtr_listen.at,
		.listen_count = c->rtr_listen.n,
		.lenient = !c->rtr_listen_given,
		.clients = c->rtr_clients.at,
		.client_count = c->rtr_clients.n,
		.tls = {c->rtr_tls_cert, c->rtr_tls_key, c->rtr_tls_client_ca},
	};
	int err = listen_people(s, c, why);

	return err != 0 ? err : rtr_listen(s->rtr, &places, why);
}

void
servers_return(struct servers *s, const struct config *c)
{
	char why[256];

	if (listen_people(s, c, why) != 0)
		log_event(s->log, LOG_LEVEL_ERROR, "listen", "%s", why);
}

void
servers_configure(struct servers *s, const struct config *c)
{
	const struct rtr_config rtr = rtr_config_of(c);

	rtr_configure(s->rtr, &rtr);
}

int
servers_make(struct servers *s, uv_loop_t *loop, struct cache *cache,
	const struct view *view, const struct config *c)
{
	const struct rtr_config rtr = rtr_config_of(c);
	int err = rtr_start(loop, cache, &rtr, s->log, &s->rtr);

	if (err == 0)
		err = http_start(loop, view, s->log, &s->http);
	if (err == 0)
		err = control_start(loop, view, s->log, &s->control);
	return err;
}

void
servers_stop(struct servers *s)
{
	rtr_stop(s->rtr);
	http_stop(s->http);
	control_stop(s->control);
}
