/*
 * manager: what a service manager gives a service, and wants to hear of it.
 *
 *	NOTIFY_SOCKET              where to tell: datagrams of KEY=VALUE lines,
 *	                           descriptors beside them (sd_notify(3))
 *	WATCHDOG_USEC, _PID        how often it wants a sign of life
 *	                           (sd_watchdog_enabled(3))
 *	LISTEN_FDS, _PID, _FDNAMES sockets that came along, from descriptor 3 on
 *	                           (sd_listen_fds(3))
 *
 * These few lines are our own: the protocol is documented and promised to stay,
 * its authors say that it is meant to be spoken without their library, and that
 * library would bring three decompressors and a cryptographic library into the
 * process that everybody may connect to.
 *
 * Not here: when what is told, and who gets the sockets.
 */
#ifndef NET_MANAGER_H
#define NET_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "rtrd/net/heritage.h"

struct manager {
	int fd; /* -1: nobody wants to hear */
	struct sockaddr_un to;
	socklen_t size;
	int64_t watchdog_ms; /* 0: no sign of life is wanted */
};

/* Read what the environment says of who wants to hear, and take it away, so
 * that no child speaks for us.  Ended by manager_close. */
void manager_open(struct manager *m);
void manager_close(struct manager *m);

#define MANAGER_KEPT "waymark." /* begins the names of what is kept */

/* Take the sockets that came along into `h`, and what the environment says of
 * them away.  Those whose names begin with MANAGER_KEPT were kept for us,
 * the others are lent.  What is no listening socket is told and
 * closed. */
void manager_inherit(struct heritage *h, const struct log *log);

/* Tell: lines of KEY=VALUE, each ended by "\n".  Nothing is done where nobody
 * wants to hear.  Waits for a tenth of a second at most, and then whoever wants
 * to hear has missed it: false. */
bool manager_tell(const struct manager *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Have a descriptor kept for the process that comes after this one, as `name`
 * (no colon, no control character, at most 255 octets); have all of a name
 * given back.  Keeping one that is kept changes nothing. */
bool manager_keep(const struct manager *m, int fd, const char *name);
bool manager_drop(const struct manager *m, const char *name);

#endif
