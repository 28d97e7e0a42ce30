/*
 * servers: all that listens, and by which configuration.
 *
 *	rtr      routers
 *	http     people and programs
 *	control  the operator
 *
 * Not here: what is served.
 */
#ifndef RTRD_SERVERS_H
#define RTRD_SERVERS_H

#include <uv.h>

#include "rtrd/keep/config.h"
#include "rtrd/net/control.h"
#include "rtrd/net/http.h"
#include "rtrd/net/rtr.h"

struct servers {
	const struct log *log;
	struct rtr *rtr;
	struct http *http;
	struct control *control;
};

/* Three servers without listeners; `log` is set by then.  0, or an error, and
 * those that were made are to be stopped as well.  All that is handed in, and
 * `s`, outlive them. */
int servers_make(struct servers *s, uv_loop_t *loop, struct cache *cache,
	const struct view *view, const struct config *c);

/* Listen where `c` says, and nowhere else.  0; or an error with `why`, and the
 * listeners of routers are as they were: servers_return does that for the
 * others, `c` being what they had. */
int servers_listen(struct servers *s, const struct config *c, char why[256]);
void servers_return(struct servers *s, const struct config *c);

/* What of `c` needs no listening, and cannot fail. */
void servers_configure(struct servers *s, const struct config *c);

/* Close all; it ends on the loop.  NULL in place of a server is fine. */
void servers_stop(struct servers *s);

#endif
