/*
 * bench: what the parts of bench-rtr share.
 *
 *	world    a synthetic set, as snapshot file and as payload set
 *	server   rtrd as a child, or a bare loop that writes one buffer
 *	clients  N routers at once that take a full set
 *	stall    how long the loop keeps a router waiting while sets change
 */
#ifndef BENCH_RTR_H
#define BENCH_RTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "waymark/payload.h"
#include "waymark/span.h"

enum {
	BENCH_PATH = 4096,
	BENCH_RESET_QUERY = 8
};

/* Seconds of a clock that never jumps. */
double bench_now(void);

/* Print what failed, with errno's text, and end the program. */
void bench_die(const char *what) __attribute__((noreturn));

/* A set of `count` VRPs, four of five IPv4, of which every `hole`-th is left
 * out (0: none).  One reference for the caller. */
const struct payload_set *bench_set(size_t count, size_t hole);

/* Write the same as a snapshot that never expires. */
void bench_snapshot(const char *path, size_t count, size_t hole);

/* A server in a process of its own. */
struct server {
	pid_t pid;
	uint16_t port; /* on 127.0.0.1 */
};

/* Start `program` (rtrd) over the state folder `dir`, on a free port, with this
 * validator, run again every `refresh` seconds. */
struct server bench_rtrd(const char *program, const char *dir,
	const char *validator, const char *refresh);

/* Start the bare loop: whoever sends a Reset Query gets `bytes`. */
struct server bench_bare(struct span bytes);

/* End it and wait for it. */
void bench_stop(const struct server *s);

/* CPU seconds that it used so far, and its memory, now and at most, in
 * octets. */
double bench_cpu(const struct server *s);
void bench_memory(const struct server *s, size_t *now, size_t *most);

/* Take a full set once, waiting until the server has one; all octets of the
 * answer, to be freed by the caller. */
struct span bench_answer(const struct server *s);

/* `n` clients take an answer of `size` octets at the same time; seconds from
 * the first query to the last octet. */
double bench_clients(const struct server *s, size_t n, size_t size);

/* A connection of a client, blocking; -1 while nobody listens. */
int bench_connect(const struct server *s);

/* Print what a router waits for an answer of a few octets while `program`
 * publishes sets of `count` VRPs, once a second, with 1 of 800 changed. */
void bench_stall(const char *program, size_t count);

/* Remove a folder with all that is in it. */
void bench_remove(const char *dir);

#endif
