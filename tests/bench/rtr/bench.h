/*
 * bench: what the parts of bench-rtr share.
 *
 *	world    a synthetic set, as snapshot file and as payload set
 *	server   rtrd as a child, or a bare loop that writes one buffer
 *	clients  N routers at once that take a full set
 *	stall    how long the loop keeps a router waiting while sets change
 *	change   a change of one in a hundred, to N routers that are connected
 *	slow     a router beside a hundred that read nothing
 *	peer     stayrtr, with the same set
 *	day      a day of changes in minutes, with clients that keep their sets
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

extern const uint8_t BENCH_RESET[BENCH_RESET_QUERY]; /* version 1 */

/* Seconds of a clock that never jumps. */
double bench_now(void);

/* Print what failed, with errno's text, and end the program. */
void bench_die(const char *what) __attribute__((noreturn));

/* A set of `count` VRPs, four of five IPv4, of which every `hole`-th is left
 * out (0: none).  One reference for the caller. */
const struct payload_set *bench_set(size_t count, size_t hole);

/* The `i`-th of its VRPs. */
struct vrp bench_vrp(size_t i, size_t count);

/* Write a set, or that one, as a snapshot that never expires. */
void bench_write(const char *path, const struct payload_set *set);
void bench_snapshot(const char *path, size_t count, size_t hole);

/* A server in a process of its own. */
struct server {
	pid_t pid;
	uint16_t port; /* on 127.0.0.1 */
};

/* A free port of 127.0.0.1, also put into `*port`. */
uint16_t bench_port(uint16_t *port);

/* Start `program` (rtrd) over the state folder `dir`, on a free port, with this
 * validator, run again every `refresh` seconds. */
struct server bench_rtrd(const char *program, const char *dir,
	const char *validator, const char *refresh);

/* Start Debian's stayrtr on the same set.  False where it is not installed. */
bool bench_stayrtr(const char *dir, size_t count, struct server *out);

/* Start the bare loop: whoever sends a Reset Query gets `bytes`. */
struct server bench_bare(struct span bytes);

/* End it and wait for it. */
void bench_stop(const struct server *s);

/* CPU seconds that it used so far, and its memory, now and at most, in
 * octets. */
double bench_cpu(const struct server *s);
void bench_memory(const struct server *s, size_t *now, size_t *most);

/* Let "at most" begin anew. */
void bench_memory_reset(const struct server *s);

/* Take a full set once, waiting until the server has one; all octets of the
 * answer, to be freed by the caller. */
struct span bench_answer(const struct server *s);

/* `n` clients take an answer of `size` octets at the same time; seconds from
 * the first query to the last octet. */
double bench_clients(const struct server *s, size_t n, size_t size);

/* Write a script to run as rtrd's validator: `body` finds in $o the snapshot
 * that it has to write. */
void bench_validator(const char *path, const char *body);

/* rtrd over sets of `count` VRPs, all and without every `hole`-th, one in place
 * of the other with each run; `waits`: when a file VALIDATOR.go appears. */
struct swapper {
	struct server server;
	char dir[32], validator[64];
};
struct swapper bench_swapper(
	const char *program, size_t count, size_t hole, bool waits);
void bench_swapper_stop(const struct swapper *w);

/* A connection of a client, blocking, from an address that few others share;
 * -1 while nobody listens. */
int bench_connect_from(const struct server *s, size_t index);
int bench_connect(const struct server *s);

/* What a router waited for answers of a few octets, asking each millisecond. */
struct bench_waits {
	double longest; /* seconds */
	size_t asked, over[3]; /* 5, 10, 20 ms */
};

/* Ask so in a process of its own, from begin to end. */
struct beater {
	pid_t pid;
	int fd;
};
struct beater bench_beat_begin(const struct server *s);
struct bench_waits bench_beat_end(const struct beater *b);

/* Print how long `clients` connected routers take to hear of a change of 1 % of
 * `count` VRPs and to have it, and what others wait for meanwhile. */
void bench_change(const char *program, size_t count, size_t clients);

/* Print what a full set of `size` octets takes beside `stalled` routers that
 * asked for it and read nothing, and without them. */
void bench_slow(const struct server *s, size_t size, size_t stalled);

/* Print what a router waits for an answer of a few octets while `program`
 * publishes sets of `count` VRPs, once a second, with 1 of 800 changed. */
void bench_stall(const char *program, size_t count);

/* A day: `step` after step one in a hundred VRPs comes or goes. */
struct day {
	const char *program; /* rtrd */
	const char *self; /* this program: it is the validator, too */
	unsigned seconds;
	size_t clients, vrps;
};

/* Let it pass, and print what became of memory, descriptors and sets.  How many
 * sets were wrong. */
size_t bench_day(const struct day *day);

/* Be the validator of a day: write the next step of the world of `vrps`, which
 * is counted in the file `counter`. */
void bench_day_step(const char *path, const char *counter, size_t vrps);

/* What a router of `version` must have at a step, as a sum over all that it
 * has; see day_client.c. */
uint64_t bench_day_sum(size_t step, unsigned version, size_t vrps);

/* Remove a folder with all that is in it. */
void bench_remove(const char *dir);

#endif
