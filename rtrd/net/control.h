/*
 * control: the Unix socket that rtrctl speaks to, on the main loop.
 *
 *	client -- one line of JSON -->  rtrd/serve/control
 *	       <-- lines of JSON, as fast as the client takes them --  close
 *
 * Clients are bounded in number, in the length of their request, and in how
 * long they may be silent or take nothing (BOUND_CONTROL_*).
 *
 * Not here: what a command answers.
 */
#ifndef NET_CONTROL_H
#define NET_CONTROL_H

#include <uv.h>

#include "rtrd/serve/view.h"
#include "waymark/log.h"

struct control;

/* A control server without a socket.  `loop`, `view` and `log` outlive it.  0
 * with `*out` to be ended by control_stop; or ERR_NOMEM. */
int control_start(uv_loop_t *loop, const struct view *view,
	const struct log *log, struct control **out);

/* Listen on the socket `path`, mode 0660, and on no other; NULL: on none.  Its
 * folder is made when only that is missing.  The socket file of an instance
 * that is gone is replaced, a live one is not.
 * Logged ("listening addr=PATH proto=control").  0; ERR_LOCKED when another
 * instance answers there, or another error: `why` is filled and what was
 * listened on before stays. */
int control_listen(struct control *c, const char *path, char why[256]);

/* Close the socket, remove its file, cut the clients.  The memory is freed
 * when the loop has run the close callbacks.  NULL is fine. */
void control_stop(struct control *c);

#endif
