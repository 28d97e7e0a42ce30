/*
 * places: whether what a configuration names is there on this machine.
 *
 * Asked for by --check only.  A start does not: a locator that is gone must not
 * keep the last good set from routers.
 */
#ifndef KEEP_PLACES_H
#define KEEP_PLACES_H

#include <stddef.h>

#include "rtrd/keep/config.h"

/* Look at the locators, the folder of the repositories, the validator, the
 * state folder (there, or to be made) and what fetching needs (the rsync
 * program, the file of certificates); call `tell` with a line for each that a
 * run could not use.  Returns how many. */
size_t places_check(const struct config *c,
	void (*tell)(void *ctx, const char *text), void *ctx);

#endif
