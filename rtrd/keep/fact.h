/*
 * fact: one line that the fetching child says on its stdout.
 *
 *	repo kind=... uri=... ...            see waymark/repo.h
 *	store used=N budget=N objects=N full=yes|no
 *	settled
 */
#ifndef KEEP_FACT_H
#define KEEP_FACT_H

#include "rtrd/serve/view.h"
#include "waymark/repo.h"

enum fact_kind {
	FACT_REPO,
	FACT_STORE,
	FACT_SETTLED,
};

struct fact {
	enum fact_kind kind;
	struct repo_facts repo;
	struct store_facts store;
};

/* Read a line.  0; ERR_SYNTAX for anything else, `out` then undefined. */
int fact_read(const char *line, struct fact *out);

#endif
