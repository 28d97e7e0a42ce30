/*
 * rrdp_args: `lab rrdp`, for one repository told by options, or for all of a
 * world by its file `repositories` (world.h).
 *
 *	point NOTIFY HOST/MODULE FOLDER   all points with one NOTIFY together
 *	                                  --> WWW/ and NOTIFY behind https://
 *	ta URI HOST/MODULE FILE           copied --> WWW/ and URI likewise
 *
 * A server whose root is WWW/HOST:PORT for each name that it is asked by
 * (nginx: WWW/$http_host) serves it all.
 */
#include "tests/lab/rrdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

enum {
	ARGS_FAULTS = 32,
	ARGS_FOLDERS = 64,
	ARGS_PATH = 4096,
	ARGS_PLACES = 64 << 20, /* octets of a file `repositories` */
	ARGS_DELTAS = 10,
};

#define ARGS_HTTPS  "https://"
#define ARGS_NOTIFY "/notification.xml"

static const char ARGS_USAGE[] =
	"lab rrdp --from DIR --base rsync://HOST/MODULE/ [--from --base]...\n"
	"         --out DIR --uri https://HOST:PORT/PATH [OPTION]...\n"
	"lab rrdp --world DIR --www DIR [--only PATH] [OPTION]...\n"
	"OPTION: --session S --new-session --serial N --force --deltas N\n"
	"        --fault WORD[=FILE][:MORE] (lab show rrdp)\n";

struct args {
	struct rrdp_params params;
	struct rrdp_wrong wrong[ARGS_FAULTS];
	const char *from[ARGS_FOLDERS], *base[ARGS_FOLDERS];
	size_t froms, bases;
	const char *world, *www, *only;
};

/* One point of a world. */
struct args_point {
	const char *notify;
	const char *place, *folder; /* HOST/MODULE, FOLDER */
};

typedef VEC(struct args_point) args_points;

static int
args_fail(const char *what, const char *value)
{
	fprintf(stderr, "lab rrdp: %s: %s\n", what, value);
	return 2;
}

static int
args_number(const char *value, uint64_t max, uint64_t *out)
{
	return text_number(value, 0, max, out) == 0
		? 0
		: args_fail("no number", value);
}

static int
args_text(struct args *a, const char *name, const char *value)
{
	const struct {
		const char *name, **field;
	} rows[] = {
		{"--out", &a->params.out},
		{"--uri", &a->params.uri},
		{"--session", &a->params.session},
		{"--world", &a->world},
		{"--www", &a->www},
		{"--only", &a->only},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		*rows[i].field = value;
		return 0;
	}
	return args_fail("unknown option", name);
}

static int
args_option(struct args *a, const char *name, const char *value)
{
	uint64_t deltas = a->params.deltas;
	int code = 0;

	if (strcmp(name, "--fault") == 0) {
		size_t n = a->params.wrong_count;

		if (n == ARGS_FAULTS ||
			rrdp_wrong_parse(value, &a->wrong[n]) != 0)
			return args_fail("no such fault", value);
		a->params.wrong_count++;
	} else if (strcmp(name, "--from") == 0 && a->froms < ARGS_FOLDERS)
		a->from[a->froms++] = value;
	else if (strcmp(name, "--base") == 0 && a->bases < ARGS_FOLDERS)
		a->base[a->bases++] = value;
	else if (strcmp(name, "--serial") == 0)
		code = args_number(value, UINT64_MAX, &a->params.serial);
	else if (strcmp(name, "--deltas") == 0)
		code = args_number(value, 100000, &deltas);
	else
		code = args_text(a, name, value);
	a->params.deltas = (unsigned)deltas;
	return code;
}

static int
args_parse(struct args *a, int argc, char **argv)
{
	int code = 0;

	a->params.wrong = a->wrong;
	a->params.deltas = ARGS_DELTAS;
	for (int i = 0; i < argc && code == 0; i++) {
		if (strcmp(argv[i], "--new-session") == 0)
			a->params.new_session = true;
		else if (strcmp(argv[i], "--force") == 0)
			a->params.force = true;
		else if (i + 1 < argc)
			code = args_option(a, argv[i], argv[i + 1]), i++;
		else
			code = args_fail("needs a value", argv[i]);
	}
	return code;
}

static int
args_publish(const struct rrdp_params *params, struct rrdp_set *set)
{
	struct rrdp_result r;
	char why[256];
	int err;

	rrdp_set_sort(set);
	err = rrdp_publish(params, set, &r, why);
	if (err != 0) {
		fprintf(stderr, "lab rrdp: %s: %s\n", why, err_text(err));
		return err;
	}
	printf("uri=%s" ARGS_NOTIFY " published=%s session=%s serial=%llu "
	       "objects=%zu added=%zu changed=%zu removed=%zu by=%s\n",
		params->uri, r.published ? "yes" : "no", r.session,
		(unsigned long long)r.serial, r.objects, r.added, r.changed,
		r.removed, r.snapshot_only ? "snapshot" : "delta");
	return 0;
}

static int
args_single(struct args *a)
{
	struct rrdp_set set;
	int err = 0;

	if (a->froms == 0 || a->froms != a->bases || a->params.out == NULL ||
		a->params.uri == NULL) {
		fputs(ARGS_USAGE, stderr);
		return 2;
	}
	rrdp_set_init(&set);
	for (size_t i = 0; i < a->froms && err == 0; i++) {
		err = rrdp_set_add(&set, a->from[i], a->base[i], true);
		if (err != 0)
			fprintf(stderr, "lab rrdp: %s: %s\n", a->from[i],
				err_text(err));
	}
	if (err == 0)
		err = args_publish(&a->params, &set);
	rrdp_set_free(&set);
	return err == 0 ? 0 : 1;
}

/* WWW and what stands behind "https://" in `uri`, without its last `less`
 * octets. */
static int
args_path(const struct args *a, const char *uri, size_t less,
	char path[ARGS_PATH])
{
	size_t skip = strlen(ARGS_HTTPS), n = strlen(uri);

	if (strncmp(uri, ARGS_HTTPS, skip) != 0 || n < skip + less)
		return args_fail("no https URI", uri);
	snprintf(path, ARGS_PATH, "%s/%.*s", a->www, (int)(n - skip - less),
		uri + skip);
	return 0;
}

/* All points with the notification of the first of these. */
static int
args_repository(
	const struct args *a, const struct args_point *points, size_t count)
{
	const char *notify = points[0].notify;
	size_t tail = strlen(ARGS_NOTIFY), n = strlen(notify);
	struct rrdp_params params = a->params;
	char out[ARGS_PATH], uri[ARGS_PATH], from[ARGS_PATH], base[ARGS_PATH];
	struct rrdp_set set;
	int err;

	if (n < tail || strcmp(notify + n - tail, ARGS_NOTIFY) != 0)
		return args_fail("is no " ARGS_NOTIFY, notify);
	snprintf(uri, sizeof(uri), "%.*s", (int)(n - tail), notify);
	n -= tail;
	if (a->only != NULL &&
		(strlen(a->only) > n ||
			strcmp(uri + n - strlen(a->only), a->only) != 0))
		return 0;
	err = args_path(a, uri, 0, out);
	if (err != 0)
		return err;
	params.out = out;
	params.uri = uri;
	rrdp_set_init(&set);
	for (size_t i = 0; i < count && err == 0; i++) {
		snprintf(from, sizeof(from), "%s/repo/%s/%s", a->world,
			points[i].place, points[i].folder);
		snprintf(base, sizeof(base), "rsync://%s/%s", points[i].place,
			points[i].folder);
		err = rrdp_set_add(&set, from, base, false);
	}
	if (err == 0)
		err = args_publish(&params, &set);
	else
		fprintf(stderr, "lab rrdp: %s: %s\n", from, err_text(err));
	rrdp_set_free(&set);
	return err == 0 ? 0 : 1;
}

/* Copy a trust anchor's certificate to where its HTTPS URI leads. */
static int
args_anchor(const struct args *a, const struct args_point *ta)
{
	struct file_out *file = world_need(calloc(1, sizeof(*file)));
	struct arena *arena = world_need(arena_new(1 << 16));
	char from[ARGS_PATH], to[ARGS_PATH];
	struct span octets = {0};
	int err = args_path(a, ta->notify, 0, to);

	snprintf(from, sizeof(from), "%s/repo/%s/%s", a->world, ta->place,
		ta->folder);
	if (err == 0) {
		char *slash = strrchr(to, '/');

		*slash = '\0';
		err = file_make_folders(to);
		*slash = '/';
	}
	if (err == 0)
		err = file_read(from, ARGS_PLACES, arena, &octets);
	if (err == 0)
		err = file_out_open(file, to);
	if (err == 0) {
		file_out_write(file, octets.p, octets.n);
		err = file_out_commit(file);
	}
	if (err < 0)
		fprintf(stderr, "lab rrdp: %s: %s\n", from, err_text(err));
	arena_free(arena);
	free(file);
	return err == 0 ? 0 : 1;
}

/* Cut "VERB A B C" into its words; NULL where there are not four. */
static char *
args_words(char *line, struct args_point *out)
{
	char *words[4] = {line};

	for (size_t i = 1; i < 4; i++) {
		words[i] = strchr(words[i - 1], ' ');
		if (words[i] == NULL)
			return NULL;
		*words[i]++ = '\0';
	}
	*out = (struct args_point){words[1], words[2], words[3]};
	return words[0];
}

static int
args_lines(const struct args *a, char *text, args_points *points)
{
	struct args_point point;
	int code = 0;

	for (char *end; (end = strchr(text, '\n')) != NULL && code == 0;
		text = end + 1) {
		const char *verb;

		*end = '\0';
		verb = args_words(text, &point);
		if (verb == NULL)
			return args_fail("odd line in repositories", text);
		if (strcmp(point.notify, "-") == 0)
			continue;
		if (strcmp(verb, "ta") == 0)
			code = a->only == NULL ? args_anchor(a, &point) : 0;
		else if (!VEC_PUSH(points, point))
			world_need(NULL);
	}
	return code;
}

static int
args_compare(const void *pa, const void *pb)
{
	const struct args_point *a = pa;
	const struct args_point *b = pb;

	return strcmp(a->notify, b->notify);
}

static int
args_world(const struct args *a)
{
	struct arena *arena = world_need(arena_new(1 << 16));
	args_points points = {0};
	char path[ARGS_PATH];
	struct span all;
	size_t first = 0;
	int code;

	snprintf(path, sizeof(path), "%s/repositories", a->world);
	code = file_read(path, ARGS_PLACES, arena, &all);
	if (code != 0)
		code = args_fail(path, err_text(code));
	else
		code = args_lines(a,
			world_need(
				arena_text(arena, (const char *)all.p, all.n)),
			&points);
	if (points.n > 0)
		qsort(points.at, points.n, sizeof(*points.at), args_compare);
	for (size_t i = 1; i <= points.n && code == 0; i++) {
		if (i < points.n &&
			args_compare(&points.at[first], &points.at[i]) == 0)
			continue;
		code = args_repository(a, &points.at[first], i - first);
		first = i;
	}
	VEC_FREE(&points);
	arena_free(arena);
	return code;
}

int
rrdp_command(int argc, char **argv)
{
	struct args *a = world_need(calloc(1, sizeof(*a)));
	int code = args_parse(a, argc, argv);

	if (code == 0 && a->world != NULL && a->www != NULL)
		code = args_world(a);
	else if (code == 0)
		code = args_single(a);
	free(a);
	return code;
}
