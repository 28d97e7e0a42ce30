/*
 * places: whether what a configuration names is there on this machine.
 *
 * What is in a locator is the validator's to judge; here it only has to be a
 * file that can be read, is not too long, and begins with a URI as RFC 8630
 * section 2.2 wants it.
 */
#include "rtrd/keep/places.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/file.h"
#include "rtrd/keep/house.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	LINE = 512, /* octets of a message */
	CA_FILE = 16 << 20, /* octets: a file of all certificates of the web
			       has less than one million */
};

/* What a certificate begins with in a file (RFC 7468 section 5.1). */
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"

/* Who is told, and of which option. */
struct look {
	const struct config *config;
	void (*tell)(void *ctx, const char *text);
	void *ctx;
	const char *from; /* of the value that is looked at */
	size_t count;
};

static void
complain(struct look *l, const char *path, const char *what)
{
	char line[LINE];

	snprintf(line, sizeof(line), "%.140s: '%.250s': %.100s", l->from, path,
		what);
	l->tell(l->ctx, line);
	l->count++;
}

/* Comments may stand before the first URI. */
static bool
begins_with_uri(const char *text)
{
	while (*text == '#') {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return strncmp(text, "rsync://", 8) == 0 ||
		strncmp(text, "https://", 8) == 0;
}

static void
look_at_file(struct look *l, const char *path)
{
	struct arena *arena = arena_new(4096);
	struct span file;
	int err = arena != NULL ? file_read(path, BOUND_TAL_SIZE, arena, &file)
				: ERR_NOMEM;

	if (err == ERR_LIMIT)
		complain(l, path, "too large to be a trust anchor locator");
	else if (err != 0)
		complain(l, path, err_text(err));
	else if (!begins_with_uri((const char *)file.p))
		complain(l, path,
			"not a trust anchor locator: it does not begin with "
			"an rsync or https URI");
	arena_free(arena);
}

/* The same files as the validator takes: "*.tal". */
static void
look_at_folder(struct look *l, const char *path, DIR *folder)
{
	struct dirent *entry;
	char file[BOUND_PATH];
	size_t found = 0, n;

	while ((entry = readdir(folder)) != NULL) {
		n = strlen(entry->d_name);
		if (entry->d_name[0] == '.' || n <= 4 ||
			strcmp(entry->d_name + n - 4, ".tal") != 0)
			continue;
		found++;
		look_at_file(l, house_path(path, entry->d_name, file));
	}
	if (found == 0)
		complain(l, path, "no file *.tal in this folder");
}

static void
look_at_tal(struct look *l, const char *path)
{
	DIR *folder = opendir(path);

	if (folder != NULL) {
		look_at_folder(l, path, folder);
		(void)closedir(folder);
	} else if (errno == ENOTDIR) {
		look_at_file(l, path);
	} else {
		complain(l, path, strerror(errno));
	}
}

static void
look_at_local(struct look *l, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		complain(l, path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		complain(l, path, "not a folder");
	else if (access(path, R_OK | X_OK) != 0)
		complain(l, path, strerror(errno));
}

/* A program, and one that we may run. */
static bool
is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	errno = S_ISREG(st.st_mode) ? 0 : EACCES;
	return errno == 0 && access(path, X_OK) == 0;
}

/* As the system looks for it: folder by folder. */
static bool
is_in_path(const char *name)
{
	const char *path = getenv("PATH");
	char file[BOUND_PATH];

	for (; path != NULL && *path != '\0'; path += *path == ':') {
		size_t n = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)n, path, name);
		if (is_program(file))
			return true;
		path += n;
	}
	return false;
}

static void
look_at_program(struct look *l, const char *path)
{
	if (strchr(path, '/') == NULL) {
		if (!is_in_path(path))
			complain(l, path, "there is no such program in PATH");
	} else if (!is_program(path)) {
		complain(l, path, strerror(errno));
	}
}

/* Whether a certificate is good is for the library that reads it. */
static void
look_at_certificates(struct look *l, const char *path)
{
	struct arena *arena = arena_new(4096);
	struct span file;
	int err = arena != NULL ? file_read(path, CA_FILE, arena, &file)
				: ERR_NOMEM;

	if (err != 0)
		complain(l, path, err_text(err));
	else if (memmem(file.p, file.n, PEM_BEGIN, strlen(PEM_BEGIN)) == NULL)
		complain(l, path, "there is no certificate (PEM) in it");
	arena_free(arena);
}

/* What is not there yet is made at the start, below what is.  Whether we may
 * write there says little: who serves is most often another user. */
static void
look_at_state(struct look *l, const char *path)
{
	char part[BOUND_PATH];
	struct stat st;
	char *slash;
	int err;

	snprintf(part, sizeof(part), "%s", path);
	while ((err = stat(part, &st)) != 0 && errno == ENOENT) {
		slash = strrchr(part, '/');
		if (slash == NULL || slash == part)
			return;
		*slash = '\0';
	}
	if (err != 0)
		complain(l, path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		complain(l, path, "not a folder");
}

/* What the child that fetches needs besides. */
static void
look_at_fetching(struct look *l, char flag[OPT_NAME])
{
	const struct config *c = l->config;

	if (!c->no_rsync) {
		l->from = config_origin(c, OPTION_RSYNC, c->rsync, flag);
		look_at_program(l, c->rsync);
	}
	if (c->tls_ca != NULL) {
		l->from = config_origin(c, OPTION_TLS_CA, c->tls_ca, flag);
		look_at_certificates(l, c->tls_ca);
	}
}

size_t
places_check(const struct config *c, void (*tell)(void *ctx, const char *text),
	void *ctx)
{
	struct look l = {.config = c, .tell = tell, .ctx = ctx};
	char flag[OPT_NAME], buf[BOUND_PATH];

	for (size_t i = 0; i < c->tals.n; i++) {
		l.from = config_origin(c, OPTION_TAL, c->tals.at[i], flag);
		look_at_tal(&l, c->tals.at[i]);
	}
	if (c->local != NULL) {
		l.from = config_origin(c, OPTION_LOCAL, c->local, flag);
		look_at_local(&l, c->local);
	}
	l.from = config_origin(c, OPTION_VALIDATOR, c->validator, flag);
	look_at_program(&l, house_validator(c->validator, buf));
	l.from = config_origin(c, OPTION_STATE_DIR, c->state_dir, flag);
	look_at_state(&l, c->state_dir);
	if (config_fetches(c))
		look_at_fetching(&l, flag);
	return l.count;
}
