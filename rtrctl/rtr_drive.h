/*
 * rtr_drive: one cache: its place, its connection, and the router that talks to
 * it; again and again.
 *
 *	DOWN --(time is up)--> look up, connect, handshake --> UP
 *	  ^                                                    |
 *	  +------ refused, lost, over (a lower version: at once)
 */
#ifndef RTRCTL_RTR_DRIVE_H
#define RTRCTL_RTR_DRIVE_H

#include <poll.h>
#include <stdbool.h>

#include "rtrctl/rtr_link.h"
#include "rtrctl/rtr_peer.h"
#include "waymark/clock.h"

struct rtr_drive;

/* A cache that is not connected to yet; everything outlives it.  `pause_ms`
 * passes between two connections.  NULL out of memory. */
struct rtr_drive *rtr_drive_new(const struct rtr_place *place,
	const struct rtr_tls *tls, const struct rtr_config *config,
	const struct rtr_calls *calls, int64_t pause_ms);
void rtr_drive_free(struct rtr_drive *d);

/* What to wait for; `fd` is -1 between two connections. */
void rtr_drive_poll(const struct rtr_drive *d, struct pollfd *out);
struct mono rtr_drive_deadline(const struct rtr_drive *d);

/* Do what can be done now. */
void rtr_drive_step(struct rtr_drive *d, short events, struct mono now);

/* Why the last connection failed or ended, for people; how often one did, those
 * left for a lower version not counted. */
const char *rtr_drive_why(const struct rtr_drive *d);
unsigned rtr_drive_falls(const struct rtr_drive *d);

/* The router; where it is connected to, "-" when it never was. */
const struct rtr_peer *rtr_drive_peer(const struct rtr_drive *d);
const char *rtr_drive_address(const struct rtr_drive *d);

#endif
