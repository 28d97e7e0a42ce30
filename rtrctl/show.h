/*
 * show: the answers of rtrd as text for people.
 *
 * Each prints one answer to stdout.  A member that is missing, as from an
 * older rtrd, is shown as "-".
 */
#ifndef RTRCTL_SHOW_H
#define RTRCTL_SHOW_H

#include "rtrctl/client.h"

/* One for each command.  False out of memory. */
bool show_status(const struct answer *a);
bool show_sessions(const struct answer *a);
bool show_listeners(const struct answer *a);
bool show_repos(const struct answer *a);
bool show_tals(const struct answer *a);
bool show_vrps(const struct answer *a);
bool show_validity(const struct answer *a);
bool show_why(const struct answer *a);
bool show_problems(const struct answer *a);
bool show_refresh(const struct answer *a);
bool show_reload(const struct answer *a);
bool show_shutdown(const struct answer *a);
bool show_version(const struct answer *a);

/* The answer as JSON: a document of its own as it came, without "ok"; a list
 * as one array, a row a line. */
bool show_json(const struct answer *a);

#endif
