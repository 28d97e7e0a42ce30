/*
 * output: see the header.
 */
#include "validator/run/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "waymark/bounds.h"
#include "waymark/err.h"
#include "waymark/export.h"
#include "waymark/payload.h"

enum {
	WHY = 256,
	PIECE = 65536
};

/* Outputs under way. */
struct writing {
	const struct output *outputs;
	size_t count;
	const struct result *result;
	const struct payload_set *set;
	struct export_meta meta;
	const char *names[BOUND_TAS];
	struct file_out *files; /* one an output; `opened` of them are open */
	size_t opened;
};

void
output_formats(struct text *out)
{
	int format;

	for (format = 0; format < EXPORT_FORMATS; format++)
		text_add(out, "%s, ", export_name((enum export_format)format));
	text_add(out, "snapshot");
}

int
output_parse(const char *text, struct output *out, char *why)
{
	const char *equals = strchr(text, '=');
	struct text formats = {0};
	char word[32];
	enum export_format format;

	if (equals == NULL || equals == text || equals[1] == '\0') {
		(void)snprintf(
			why, WHY, "--output %s: FORMAT=FILE is wanted", text);
		return ERR_USAGE;
	}
	(void)snprintf(word, sizeof(word), "%.*s",
		equals - text < 31 ? (int)(equals - text) : 31, text);
	if (strcmp(word, "snapshot") == 0) {
		*out = (struct output){OUTPUT_SNAPSHOT, equals + 1};
		return 0;
	}
	if (export_parse(word, &format) == 0) {
		*out = (struct output){(int)format, equals + 1};
		return 0;
	}
	output_formats(&formats);
	(void)snprintf(why, WHY, "--output %s: the format is one of %s", text,
		formats.p == NULL ? "" : formats.p);
	text_free(&formats);
	return ERR_USAGE;
}

/* The payloads as the exports want them: unique. */
static int
build_set(struct writing *w)
{
	const struct snapshot *s = &w->result->snapshot;
	struct payload_builder *b = payload_build_new(s->vrp_count);
	size_t i;

	if (b == NULL)
		return ERR_NOMEM;
	for (i = 0; i < s->vrp_count; i++) {
		if (payload_build_vrp(b, &s->vrps[i]) != 0) {
			payload_build_drop(b);
			return ERR_NOMEM;
		}
	}
	return payload_build_done(b, &w->set);
}

static void
put(const struct output *output, struct file_out *f, const char *p, size_t n)
{
	if (strcmp(output->path, "-") != 0)
		file_out_write(f, p, n);
	else if (f->err == 0 && fwrite(p, 1, n, stdout) != n)
		f->err = ERR_IO;
}

/* Write one text output aside, piece by piece. */
static int
stage(struct writing *w, size_t i)
{
	const struct output *output = &w->outputs[i];
	struct file_out *f = &w->files[i];
	struct export e;
	char *piece = malloc(PIECE);
	size_t n;
	int err = 0;

	if (piece == NULL)
		return ERR_NOMEM;
	if (strcmp(output->path, "-") != 0)
		err = file_out_open(f, output->path);
	if (err == 0) {
		export_init(&e, (enum export_format)output->format, w->set,
			&w->meta);
		while ((n = export_next(&e, piece, PIECE)) > 0)
			put(output, f, piece, n);
		export_fini(&e);
		err = f->err;
	}
	free(piece);
	return err;
}

static int
commit(struct writing *w, size_t i)
{
	const struct output *output = &w->outputs[i];

	if (output->format == OUTPUT_SNAPSHOT)
		return 0;
	if (strcmp(output->path, "-") == 0)
		return fflush(stdout) == 0 ? 0 : ERR_IO;
	return file_out_commit(&w->files[i]);
}

/* The snapshot is put in place by its own writer, so it comes between: when it
 * fails, no other was touched. */
static int
write_all(
	struct writing *w, const struct chain_progress *progress, size_t *which)
{
	size_t i;
	int err = 0;

	for (i = 0; i < w->count && err == 0; i++) {
		*which = i;
		w->opened = i + 1;
		if (w->outputs[i].format != OUTPUT_SNAPSHOT)
			err = stage(w, i);
	}
	if (err == 0 && atomic_load(&progress->stop))
		err = ERR_BUSY;
	for (i = 0; i < w->count && err == 0; i++) {
		*which = i;
		if (w->outputs[i].format == OUTPUT_SNAPSHOT)
			err = snapshot_write(
				&w->result->snapshot, w->outputs[i].path);
	}
	for (i = 0; i < w->count && err == 0; i++) {
		*which = i;
		err = commit(w, i);
	}
	return err;
}

static void
drop_all(struct writing *w)
{
	size_t i;

	for (i = 0; i < w->opened; i++) {
		if (w->outputs[i].format != OUTPUT_SNAPSHOT &&
			strcmp(w->outputs[i].path, "-") != 0)
			file_out_drop(&w->files[i]);
	}
	free(w->files);
	payload_unref(w->set);
}

int
output_write(const struct output *outputs, size_t count, const struct result *r,
	const struct chain_progress *progress, size_t *which)
{
	const struct report *report = &r->snapshot.report;
	struct writing w = {.outputs = outputs, .count = count, .result = r};
	size_t i;
	int err = 0;

	*which = 0;
	if (count == 0)
		return 0;
	for (i = 0; i < report->ta_count; i++)
		w.names[i] = report->tas[i].name;
	w.meta = (struct export_meta){
		.ta_names = w.names,
		.ta_count = report->ta_count,
		.built = report->started,
		.elapsed_ms = report->elapsed_ms,
	};
	w.files = calloc(count, sizeof(*w.files));
	if (w.files == NULL)
		return ERR_NOMEM;
	for (i = 0; i < count; i++)
		w.files[i].fd = -1; /* nothing to drop yet */
	err = build_set(&w);
	if (err == 0)
		err = write_all(&w, progress, which);
	drop_all(&w);
	return err;
}
