/*
 * tls_watch: tells of our certificate before routers do.
 *
 * What is wrong with it is logged when it is taken into use; that it ends, or
 * has ended, once a day from BOUND_TLS_WARN_S before.
 */
#ifndef NET_TLS_WATCH_H
#define NET_TLS_WATCH_H

#include <uv.h>

#include "rtrd/net/tls_keys.h"
#include "waymark/log.h"

struct tls_watch;

/* One with nothing to look at.  `loop` and `log` outlive it.  NULL out of
 * memory; ended by tls_watch_stop. */
struct tls_watch *tls_watch_new(uv_loop_t *loop, const struct log *log);

/* Other keys from now on; NULL: none.  It keeps them. */
void tls_watch_set(struct tls_watch *w, struct tls_keys *keys);

/* Look at them at this time, as it does every hour. */
void tls_watch_look(struct tls_watch *w, struct wall now);

/* The memory is freed when the loop has run the close callback.  NULL is fine.
 */
void tls_watch_stop(struct tls_watch *w);

#endif
