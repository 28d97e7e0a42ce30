/*
 * print: members of JSON, and numbers, as people read them.
 *
 * Whatever is missing, as from an older rtrd, is "-", 0 or false.
 */
#ifndef RTRCTL_PRINT_H
#define RTRCTL_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "rtrctl/table.h"

enum {
	PRINT_WORD = 64 /* octets that any text here fits in */
};

/* The text of a member; "-" when it is null or missing. */
const char *print_member(const json_t *object, const char *key);

/* A number, or 0; where that matters print_has is asked first. */
long long print_number(const json_t *object, const char *key);

/* Whether a member is there and not null. */
bool print_has(const json_t *object, const char *key);

/* "yes", "no", or "-". */
const char *print_yes_no(const json_t *object, const char *key);

/* Add a number to a table.  Not known is "-", which is not 0. */
void print_cell(struct table *t, const json_t *row, const char *key);

/* Print foreign text to stdout, cleaned; the left column of a fact; both, as a
 * line. */
void print_text(const char *text);
void print_label(const char *name);
void print_fact(const char *name, const char *text);

/* A duration in its two greatest units, "3 h 12 min"; in one, "3 h"; octets in
 * the unit that people read, "12.3 MB".  Return `buf`. */
const char *print_duration(long long s, char buf[PRINT_WORD]);
const char *print_age(long long s, char buf[PRINT_WORD]);
const char *print_octets(long long n, char buf[PRINT_WORD]);

/* Seconds from one time to another, both as texts; 0 when one is missing. */
long long print_seconds(const json_t *from_of, const char *from,
	const json_t *to_of, const char *to);

#endif
