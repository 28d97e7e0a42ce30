/*
 * snapshot_in: a snapshot on its way from the file, for who takes its records.
 */
#ifndef CORE_SNAPSHOT_IN_H
#define CORE_SNAPSHOT_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/snapshot_format.h"
#include "waymark/span.h"

struct in {
	struct span octets; /* the file */
	struct span sections[SECTIONS];
	struct arena *arena; /* of what is handed out */
	struct snapshot *s;
	struct span strings; /* in the arena */
	const char *type_word; /* the last that was read, and what it means:
				  most come again at once */
	enum object_type type;
	const char *why;
};

/* Octets of a record of each section. */
uint32_t snapshot_record_size(enum snapshot_section section);

/* Keep what a person should read.  ERR_SYNTAX. */
int in_fault(struct in *in, const char *why);

/* Take the records of all sections but the payloads', STRINGS first; or those
 * of the payloads, which have their ends from `origins`.  0, ERR_SYNTAX or
 * ERR_NOMEM. */
int snapshot_take_objects(struct in *in);
int snapshot_take_payloads(
	struct in *in, const struct snapshot_origin *origins);

#endif
