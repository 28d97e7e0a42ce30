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

#include "rtrd/net/handover.h"
#include "rtrd/net/heritage.h"
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

/* A socket that came with the process: it is used when control_listen is asked
 * for its path next.  The caller has made sure that it listens.  When somebody
 * else lent it, its file stays at the end. */
void control_inherit(struct control *c, struct heirloom socket);

/* Who may hand the sockets over to a successor that asks (see handover.h);
 * without this call it is refused.  `calls` is copied. */
void control_hand_over(struct control *c, const struct handover_calls *calls);

/* The listening socket; -1: there is none. */
int control_socket(const struct control *c);

/* The sockets are others by now: who asked for them and did not decide yet is
 * cut. */
void control_forget_heirs(struct control *c);

/* The socket goes on in another process: its file stays. */
void control_leave(struct control *c);

/* Close the socket, remove its file, cut the clients.  The memory is freed
 * when the loop has run the close callbacks.  NULL is fine. */
void control_stop(struct control *c);

#endif
