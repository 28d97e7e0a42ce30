/*
 * fact: nothing is taken that the child would not have written.
 */
#include "rtrd/keep/fact.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "waymark/err.h"

/* A number of a field " KEY=N"; moves `*p` behind it.  0 or ERR_SYNTAX. */
static int
take_number(const char **p, const char *key, uint64_t *out)
{
	char digits[24];
	size_t n = strlen(key), count;

	if (strncmp(*p, key, n) != 0)
		return ERR_SYNTAX;
	*p += n;
	count = strspn(*p, "0123456789");
	if (count >= sizeof(digits))
		return ERR_SYNTAX;
	snprintf(digits, sizeof(digits), "%.*s", (int)count, *p);
	*p += count;
	return text_number(digits, 0, UINT64_MAX, out) != 0 ? ERR_SYNTAX : 0;
}

static int
store_read(const char *p, struct store_facts *out)
{
	if (take_number(&p, " used=", &out->used) != 0 ||
		take_number(&p, " budget=", &out->budget) != 0 ||
		take_number(&p, " objects=", &out->objects) != 0)
		return ERR_SYNTAX;
	out->full = strcmp(p, " full=yes") == 0;
	return out->full || strcmp(p, " full=no") == 0 ? 0 : ERR_SYNTAX;
}

int
fact_read(const char *line, struct fact *out)
{
	if (strncmp(line, "repo ", 5) == 0) {
		out->kind = FACT_REPO;
		return repo_facts_read(line, &out->repo);
	}
	if (strncmp(line, "store ", 6) == 0) {
		out->kind = FACT_STORE;
		return store_read(line + 5, &out->store);
	}
	out->kind = FACT_SETTLED;
	return strcmp(line, "settled") == 0 ? 0 : ERR_SYNTAX;
}
