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
	struct file_out *files; /* one an output */
};

/* The words of all formats, separated by commas, appended to `out`. */
static void
output_formats(struct text *out)
{
	int format;

	for (format = 0; format < EXPORT_FORMATS; format++)
		text_add(out, "%s, ", export_name((enum export_format)format));
	text_add(out, "ccr, snapshot");
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
	if (strcmp(word, "snapshot") == 0 && file_is_stream(equals + 1)) {
		(void)snprintf(why, WHY,
			"--output %s: a snapshot goes to a file only", text);
		return ERR_USAGE;
	}
	if (strcmp(word, "snapshot") == 0) {
		*out = (struct output){OUTPUT_SNAPSHOT, equals + 1};
		return 0;
	}
	if (strcmp(word, "ccr") == 0) {
		*out = (struct output){OUTPUT_CCR, equals + 1};
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

/* Whether any of them is made of the payloads as exports want them. */
static bool
wants_set(const struct writing *w)
{
	size_t i;

	for (i = 0; i < w->count; i++) {
		if (w->outputs[i].format >= 0)
			return true;
	}
	return false;
}

/* The payloads as the exports want them: unique. */
static int
build_set(struct writing *w)
{
	const struct snapshot *s = &w->result->snapshot;
	struct payload_builder *b;
	int err;
	size_t i;

	if (!wants_set(w))
		return 0;
	b = payload_build_new(s->vrp_count);
	err = b == NULL ? ERR_NOMEM : 0;
	for (i = 0; i < s->vrp_count && err == 0; i++)
		err = payload_build_vrp(b, &s->vrps[i]);
	for (i = 0; i < s->key_count && err == 0; i++)
		err = payload_build_key(b, &s->keys[i]);
	for (i = 0; i < s->aspa_count && err == 0; i++)
		err = payload_build_aspa(b, &s->aspas[i]);
	if (err == 0)
		return payload_build_done(b, &w->set);
	payload_build_drop(b);
	return err;
}

static bool
is_snapshot(const struct writing *w, size_t i)
{
	return w->outputs[i].format == OUTPUT_SNAPSHOT;
}

/* Write a text, piece by piece, to the file that was opened for it. */
static int
fill_text(struct writing *w, size_t i)
{
	struct file_out *f = &w->files[i];
	struct export e;
	char *piece = malloc(PIECE);
	size_t n;

	if (piece == NULL)
		return ERR_NOMEM;
	export_init(
		&e, (enum export_format)w->outputs[i].format, w->set, &w->meta);
	while (f->err == 0 && (n = export_next(&e, piece, PIECE)) > 0)
		file_out_write(f, piece, n);
	export_fini(&e);
	free(piece);
	return f->err;
}

/* What the file that was opened is for. */
static int
fill(struct writing *w, size_t i)
{
	const struct span *ccr = &w->result->ccr.octets;

	if (w->outputs[i].format != OUTPUT_CCR)
		return fill_text(w, i);
	file_out_write(&w->files[i], ccr->p, ccr->n);
	return w->files[i].err;
}

/* Write all texts that become files, aside. */
static int
stage(struct writing *w, size_t *which)
{
	size_t i;
	int err = 0;

	for (i = 0; i < w->count && err == 0; i++) {
		const char *path = w->outputs[i].path;

		*which = i;
		if (is_snapshot(w, i) || file_is_stream(path))
			continue;
		err = file_out_open(&w->files[i], path);
		if (err == 0)
			err = fill(w, i);
	}
	return err;
}

/* Write all texts that go somewhere at once: what was not staged. */
static int
stream(struct writing *w, size_t *which)
{
	size_t i;
	int err = 0;

	for (i = 0; i < w->count && err == 0; i++) {
		*which = i;
		if (is_snapshot(w, i) || w->files[i].buffer != NULL)
			continue;
		err = file_out_stream(&w->files[i], w->outputs[i].path);
		if (err == 0)
			err = fill(w, i);
		if (err == 0)
			err = file_out_commit(&w->files[i]);
	}
	return err;
}

/* The snapshot is put in place by its own writer, so it comes between: when it
 * fails, no other was touched. */
static int
put_in_place(struct writing *w, size_t *which)
{
	size_t i;
	int err = 0;

	for (i = 0; i < w->count && err == 0; i++) {
		*which = i;
		if (is_snapshot(w, i))
			err = snapshot_write(
				&w->result->snapshot, w->outputs[i].path);
	}
	for (i = 0; i < w->count && err == 0; i++) {
		*which = i;
		if (w->files[i].buffer != NULL)
			err = file_out_commit(&w->files[i]);
	}
	return err;
}

/* What goes straight out cannot be taken back, so it comes when all that can
 * fail before was done, and a file is only replaced when it worked. */
static int
write_all(
	struct writing *w, const struct chain_progress *progress, size_t *which)
{
	int err = stage(w, which);

	if (err == 0 && atomic_load(&progress->stop))
		err = ERR_BUSY;
	if (err == 0)
		err = stream(w, which);
	if (err == 0)
		err = put_in_place(w, which);
	return err;
}

static void
drop_all(struct writing *w)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		file_out_drop(&w->files[i]);
	free(w->files);
	payload_unref(w->set);
}

/* Whether two of the places are one. */
static bool
are_one(const char *a, const char *b)
{
	return file_is_stdout(a) ? file_is_stdout(b) : file_is_same(a, b);
}

int
output_check(const struct output *outputs, size_t count, const char *report,
	char *why)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		for (j = i + 1; j < count; j++) {
			if (!are_one(outputs[i].path, outputs[j].path))
				continue;
			(void)snprintf(why, WHY,
				"--output: two go to one place, %s and %s",
				outputs[i].path, outputs[j].path);
			return ERR_USAGE;
		}
		if (report == NULL || !are_one(outputs[i].path, report))
			continue;
		(void)snprintf(why, WHY,
			"--output and --report go to one place, %s and %s",
			outputs[i].path, report);
		return ERR_USAGE;
	}
	return 0;
}

bool
output_takes_stdout(const struct output *outputs, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (file_is_stdout(outputs[i].path))
			return true;
	return false;
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
		.built = r->started,
		.elapsed_ms = r->elapsed_ms,
		.snapshot = &r->snapshot,
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
