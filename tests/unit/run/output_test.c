/*
 * output, report: files that are whole or untouched.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "tests/unit/run/town.h"
#include "validator/run/output.h"
#include "validator/run/report.h"
#include "waymark/err.h"
#include "waymark/export.h"

static const char *
content(struct arena *arena, const char *path)
{
	struct span out;

	cr_assert(file_read(path, 1 << 24, arena, &out) == 0, "%s", path);
	return (const char *)out.p;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

Test(output, parse)
{
	static const char *const bad[] = {"", "csv", "csv=", "=x", "xml=x",
		"CSV=x", "csv =x",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq=x"};
	struct output out;
	char why[256];
	size_t i;

	cr_expect(output_parse("csv=a=b", &out, why) == 0);
	cr_expect(out.format == EXPORT_CSV);
	cr_expect_str_eq(out.path, "a=b");
	cr_expect(output_parse("snapshot=x", &out, why) == 0);
	cr_expect(out.format == OUTPUT_SNAPSHOT);
	cr_expect(output_parse("ccr=-", &out, why) == 0);
	cr_expect(out.format == OUTPUT_CCR);
	cr_expect(output_parse("snapshot=-", &out, why) == ERR_USAGE);
	cr_expect(output_parse("snapshot=/dev/null", &out, why) == ERR_USAGE);
	cr_expect(strstr(why, "a snapshot goes to a file only") != NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		cr_expect(output_parse(bad[i], &out, why) == ERR_USAGE);
		cr_expect(strstr(why, "--output") == why, "%s", bad[i]);
	}
	cr_expect(strstr(why, ", ccr, snapshot") != NULL, "%s", why);
}

struct files {
	char csv[256], json[256], snapshot[256];
	struct output outputs[3];
};

static struct files
files_of(const struct town *t)
{
	struct files f;

	folder_path(&t->folder, "o.csv", f.csv);
	folder_path(&t->folder, "o.json", f.json);
	folder_path(&t->folder, "o.snapshot", f.snapshot);
	f.outputs[0] = (struct output){EXPORT_CSV, NULL};
	f.outputs[1] = (struct output){OUTPUT_SNAPSHOT, NULL};
	f.outputs[2] = (struct output){EXPORT_JSON, NULL};
	return f;
}

Test(output, all_formats_tell_the_same)
{
	struct town *t = town_new();
	struct files f = files_of(t);
	struct snapshot *s;
	struct result *r;
	const char *csv;
	size_t which, lines = 0, i;

	town_write(t);
	r = town_run(t);
	f.outputs[0].path = f.csv;
	f.outputs[1].path = f.snapshot;
	f.outputs[2].path = f.json;
	cr_assert(output_write(f.outputs, 3, r, &t->progress, &which) == 0);
	csv = content(t->arena, f.csv);
	for (i = 0; csv[i] != '\0'; i++)
		lines += csv[i] == '\n';
	cr_expect(lines == 1 + r->vrps_unique);
	cr_expect(strstr(csv, "AS64496,10.0.0.0/24,24,a,") != NULL);
	cr_expect(strstr(content(t->arena, f.json), "\"generated\"") != NULL);
	cr_assert(snapshot_read(f.snapshot, &s, NULL) == 0);
	cr_expect(s->vrp_count == r->snapshot.vrp_count);
	cr_expect_str_eq(s->report.tas[1].name, "b");
	snapshot_free(s);
	result_free(r);
	town_free(t);
}

/* One that cannot be written, and none is; and nothing is left lying. */
Test(output, one_failure_changes_no_file)
{
	struct town *t = town_new();
	struct files f = files_of(t);
	struct result *r;
	char command[512];
	size_t which = 9, i;

	town_write(t);
	r = town_run(t);
	for (i = 0; i < 3; i++) {
		put(f.csv, "old");
		put(f.json, "old");
		put(f.snapshot, "old");
		f.outputs[0].path = f.csv;
		f.outputs[1].path = f.snapshot;
		f.outputs[2].path = f.json;
		f.outputs[i].path = "/nonexistent/x";
		cr_expect(output_write(f.outputs, 3, r, &t->progress, &which) !=
			0);
		cr_expect(which == i);
		cr_expect_str_eq(content(t->arena, f.csv), "old");
		cr_expect_str_eq(content(t->arena, f.json), "old");
		cr_expect_str_eq(content(t->arena, f.snapshot), "old");
	}
	(void)snprintf(command, sizeof(command), "%s/o.csv.tmp.%ld",
		t->folder.path, (long)getpid());
	cr_expect(access(command, F_OK) != 0);
	result_free(r);
	town_free(t);
}

Test(output, a_stop_before_the_end_writes_nothing)
{
	struct town *t = town_new();
	struct files f = files_of(t);
	struct result *r;
	size_t which;

	town_write(t);
	r = town_run(t);
	f.outputs[0].path = f.csv;
	atomic_store(&t->progress.stop, true);
	cr_expect(output_write(f.outputs, 1, r, &t->progress, &which) ==
		ERR_BUSY);
	cr_expect(access(f.csv, F_OK) != 0);
	result_free(r);
	town_free(t);
}

Test(output, each_has_its_place)
{
	static const struct {
		const char *a, *b, *report;
		int err;
	} rows[] = {
		{"a", "b", NULL, 0},
		{"a", "b", "c", 0},
		{"a", "-", "c", 0},
		{"/dev/null", "/dev/null", "/dev/null", 0},
		{"a", "./a", NULL, ERR_USAGE},
		{"-", "-", NULL, ERR_USAGE},
		{"a", "b", "b", ERR_USAGE},
		{"a", "-", "-", ERR_USAGE},
	};
	char why[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct output outputs[] = {
			{EXPORT_CSV, rows[i].a}, {EXPORT_JSON, rows[i].b}};

		cr_expect(output_check(outputs, 2, rows[i].report, why) ==
				rows[i].err,
			"row %zu", i);
		cr_expect(output_takes_stdout(outputs, 2) ==
			(strcmp(rows[i].b, "-") == 0));
	}
	cr_expect(strstr(why, "--output and --report") != NULL, "%s", why);
}

/* What goes to a device is lost, what goes to a file stands. */
Test(output, devices_beside_files)
{
	struct town *t = town_new();
	struct files f = files_of(t);
	struct result *r;
	size_t which;

	town_write(t);
	r = town_run(t);
	f.outputs[0].path = "/dev/null";
	f.outputs[1].path = f.snapshot;
	f.outputs[2].path = f.json;
	cr_expect(output_write(f.outputs, 3, r, &t->progress, &which) == 0);
	cr_expect(access(f.json, F_OK) == 0 && access(f.snapshot, F_OK) == 0);
	put(f.json, "old");
	put(f.snapshot, "old");
	f.outputs[0].path = "/dev/full";
	cr_expect(output_write(f.outputs, 3, r, &t->progress, &which) ==
		ERR_SPACE);
	cr_expect(which == 0);
	cr_expect_str_eq(content(t->arena, f.json), "old");
	cr_expect_str_eq(content(t->arena, f.snapshot), "old");
	cr_expect(report_write(r, "/dev/null") == 0);
	cr_expect(report_write(r, "/dev/full") == ERR_SPACE);
	result_free(r);
	town_free(t);
}

Test(report, json_is_json)
{
	struct town *t = town_new();
	struct result *r;
	struct text text = {0};
	json_t *root, *tas, *refusals;

	cr_assert(lab_fault(t->world, "a-3-one.roa", "revoked") == 0);
	town_write(t);
	r = town_run(t);
	report_json(r, &text);
	cr_assert(!text.failed);
	root = json_loads(text.p, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(root != NULL, "%s", text.p);
	tas = json_object_get(root, "trust_anchors");
	cr_expect(json_array_size(tas) == TOWN_TAS);
	cr_expect(json_is_true(json_object_get(root, "complete")));
	cr_expect(json_integer_value(json_object_get(json_array_get(tas, 0),
			  "points_valid")) == 1 + 2 * TOWN_CAS);
	refusals = json_object_get(root, "refusals");
	cr_assert(json_array_size(refusals) == 1);
	cr_expect_str_eq(json_string_value(json_object_get(
				 json_array_get(refusals, 0), "reason")),
		"revoked");
	json_decref(root);
	text_free(&text);
	result_free(r);
	town_free(t);
}

static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

Test(report, text_is_aligned)
{
	struct town *t = town_new();
	struct result *r;
	struct text text = {0};
	const char *line;
	size_t n;

	cr_assert(lab_fault(t->world, "b-3-one.roa", "revoked") == 0);
	town_write(t);
	r = town_run(t);
	report_text(r, &text);
	cr_assert(!text.failed);
	cr_expect(strncmp(text.p,
			  "a: complete\n"
			  "  objects                            valid"
			  "    refused    ignored\n"
			  "  certificates                          19"
			  "          0          0\n",
			  100) == 0,
		"%s", text.p);
	cr_expect(has(text.p,
		"\n\nb: complete\n"
		"  objects                            valid"));
	cr_expect(has(text.p,
		"\n  route origin authorizations           17"
		"          1          0\n"));
	cr_expect(has(text.p,
		"\n  points valid                          19  "
		"publication points whose"));
	cr_expect(has(text.p,
		"\n\n  refused                            count  reason\n"
		"  roa                                    1  revoked\n\n"));
	cr_expect(has(text.p, "complete: yes"));
	for (line = text.p; *line != '\0'; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		cr_expect(n <= 100, "%s", line);
	}
	text_free(&text);
	result_free(r);
	town_free(t);
}

Test(report, goes_where_it_is_told)
{
	struct town *t = town_new();
	struct result *r;
	char path[256];

	town_write(t);
	r = town_run(t);
	cr_expect(
		report_write(r, folder_path(&t->folder, "r.json", path)) == 0);
	cr_expect(content(t->arena, path)[0] == '{');
	cr_expect(report_write(r, folder_path(&t->folder, "r.txt", path)) == 0);
	cr_expect(content(t->arena, path)[0] == 'a');
	cr_expect(report_write(r, "/nonexistent/r") == ERR_NOTFOUND);
	result_free(r);
	town_free(t);
}
