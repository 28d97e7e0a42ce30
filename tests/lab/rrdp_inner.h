/*
 * rrdp_inner: what the files of the publisher share.
 */
#ifndef LAB_RRDP_INNER_H
#define LAB_RRDP_INNER_H

#include <stdio.h>

#include "tests/lab/rrdp.h"

enum {
	RRDP_PATH = 4096,
	RRDP_NAME = 256, /* octets of a session and its NUL */
};

/* A delta that is listed. */
struct rrdp_delta {
	uint64_t serial;
	uint8_t hash[32];
};

/* What was published last, as OUT/.state has it. */
struct rrdp_state {
	char session[RRDP_NAME]; /* "": nothing yet */
	uint64_t sessions; /* that there were */
	uint64_t serial;
	VEC(struct rrdp_delta) deltas; /* ascending */
	struct rrdp_set set;
};

/* Read it; one of nothing when there is none.  0 or an enum err.  Free it with
 * rrdp_state_free in any case. */
int rrdp_state_read(const char *out, struct rrdp_state *state);
void rrdp_state_free(struct rrdp_state *state);

/* Write it for the objects of `set`.  0 or an enum err. */
int rrdp_state_write(const char *out, const struct rrdp_state *state,
	const struct rrdp_set *set);

/* One publication under way. */
struct rrdp_run {
	const struct rrdp_params *params;
	const struct rrdp_set *set; /* what is to be there */
	struct rrdp_state state; /* what was there; becomes what is */
	struct rrdp_result *result;
	char *why; /* of 256 octets */
};

/* The argument of a fault if this file is to have it: the `nth`.  NULL: not. */
const char *rrdp_asked(const struct rrdp_run *run, enum rrdp_fault fault,
	enum rrdp_file_kind file, size_t nth);

/* The object whose URI ends in `more`, with "" the first ROA, else the first of
 * all; NULL when there is none. */
const struct rrdp_object *rrdp_victim(
	const struct rrdp_run *run, const char *more);

/* A file that is being written aside; its hash comes with it. */
struct rrdp_out;

/* Begin OUT/NAME, and write the first element with all its attributes for the
 * serial of the state.  0 or an enum err. */
int rrdp_out_open(const struct rrdp_run *run, enum rrdp_file_kind file,
	const char *name, struct rrdp_out **out);

/* Add octets; formatted text; octets as base64; a URI as an attribute's
 * value. */
void rrdp_out_put(struct rrdp_out *o, const void *p, size_t n);
void rrdp_out_text(struct rrdp_out *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void rrdp_out_base64(struct rrdp_out *o, struct span octets);
void rrdp_out_uri(struct rrdp_out *o, const char *uri);
void rrdp_out_hash(struct rrdp_out *o, const uint8_t hash[32]);

/* Close the element, put the file in its place, tell its hash, free `o`.  0 or
 * an enum err. */
int rrdp_out_close(struct rrdp_out *o, uint8_t hash[32]);

/* Write snapshot or delta of the state's serial, see rrdp_files.c: `hash`
 * becomes the file's.  0 or an enum err. */
int rrdp_write_snapshot(struct rrdp_run *run, uint8_t hash[32]);
int rrdp_write_delta(struct rrdp_run *run, uint8_t hash[32]);

/* Write the notification, over the state's deltas.  0 or an enum err. */
int rrdp_write_notification(
	struct rrdp_run *run, const uint8_t snapshot_hash[32]);

#endif
