/*
 * metrics: the text is what Prometheus takes (its exposition format, version
 * 0.0.4), the values are the view's, and what is shipped under dist/ uses only
 * names that exist.
 */
#include "rtrd/serve/metrics.h"
#include "core/arena.h"
#include "core/file.h"
#include "tests/unit/serve/scene.h"

#include <ctype.h>

static const struct process_facts process = {
	.resident_bytes = 1048576,
	.open_fds = 17,
	.max_fds = -1,
};

/* Where the checker stands. */
struct check {
	const char *at;
	char family[128];
	char type[16];
	struct text seen; /* series, each after a line end */
	struct text families;
};

static size_t
name_length(const char *p, bool colon)
{
	size_t n = 0;

	while (isalpha((unsigned char)p[n]) || p[n] == '_' ||
		(colon && p[n] == ':') ||
		(n > 0 && isdigit((unsigned char)p[n])))
		n++;
	return n;
}

/* "# HELP name text" or "# TYPE name type", which follow one another. */
static void
check_comment(struct check *c, const char *line)
{
	char name[128], type[32], again[160];

	if (sscanf(line, "# HELP %127s", name) == 1) {
		cr_assert_eq(name_length(name, true), strlen(name), "%s", line);
		snprintf(again, sizeof(again), "\n%s\n", name);
		cr_expect(c->families.p == NULL ||
				strstr(c->families.p, again) == NULL,
			"twice: %s", line);
		text_add(&c->families, "\n%s\n", name);
		snprintf(c->family, sizeof(c->family), "%s", name);
		c->type[0] = '\0';
		return;
	}
	cr_assert_eq(
		sscanf(line, "# TYPE %127s %31s", name, type), 2, "%s", line);
	cr_expect_str_eq(name, c->family);
	cr_expect(strcmp(type, "gauge") == 0 || strcmp(type, "counter") == 0);
	snprintf(c->type, sizeof(c->type), "%.15s", type);
	cr_expect_eq(strcmp(type, "counter") == 0,
		strlen(name) > 6 &&
			strcmp(name + strlen(name) - 6, "_total") == 0,
		"%s", line);
}

/* {name="value",...}; what follows. */
static const char *
check_labels(const char *p, const char *line)
{
	do {
		size_t n = name_length(++p, false);

		cr_assert(n > 0 && p[n] == '=' && p[n + 1] == '"', "%s", line);
		for (p += n + 2; *p != '"'; p++) {
			cr_assert(*p != '\0', "%s", line);
			if (*p == '\\')
				cr_assert(strchr("\\\"n", *++p) != NULL, "%s",
					line);
		}
		p++;
	} while (*p == ',');
	cr_assert_eq(*p, '}', "%s", line);
	return p + 1;
}

static void
check_sample(struct check *c, const char *line)
{
	size_t n = name_length(line, true);
	const char *p = line + n;
	struct text series = {0};
	char *end;

	cr_assert(n == strlen(c->family) && memcmp(line, c->family, n) == 0,
		"not of %s: %s", c->family, line);
	cr_expect(c->type[0] != '\0', "no type before: %s", line);
	if (*p == '{')
		p = check_labels(p, line);
	cr_assert_eq(*p, ' ', "%s", line);
	text_add(&series, "\n%.*s ", (int)(p - line), line);
	cr_expect(c->seen.p == NULL || strstr(c->seen.p, series.p) == NULL,
		"twice: %s", line);
	text_put(&c->seen, series.p, series.n);
	strtod(p + 1, &end);
	cr_expect(end != p + 1 && *end == '\0', "no number: %s", line);
	text_free(&series);
}

/* Check a whole text, line by line. */
static void
check_format(const struct text *t)
{
	struct check c = {0};
	char *copy = strdup(t->p), *line = copy, *end;

	cr_assert_eq(t->p[t->n - 1], '\n');
	cr_expect_eq(strlen(t->p), t->n);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (line[0] == '#')
			check_comment(&c, line);
		else
			check_sample(&c, line);
	}
	text_free(&c.seen);
	text_free(&c.families);
	free(copy);
}

static struct text
scrape(const struct scene *s)
{
	struct text t = {0};

	metrics_write(&t, &s->view, s->now.wall, &process);
	cr_assert(!t.failed);
	return t;
}

Test(metrics, format_holds)
{
	struct scene *s = scene_empty();
	struct text t = scrape(s);

	check_format(&t);
	text_free(&t);
	scene_free(s);
	s = scene_new();
	t = scrape(s);
	check_format(&t);
	cr_expect(scene_is_plain(&t));
	text_free(&t);
	scene_free(s);
}

Test(metrics, two_anchors_of_one_name_stay_two_series)
{
	struct scene *s = scene_new();
	struct text t;

	s->tas[1].name = s->tas[0].name;
	t = scrape(s);
	check_format(&t);
	cr_expect_not_null(strstr(t.p, "{ta=\"alpha#2\"}"));
	text_free(&t);
	scene_free(s);
}

/* The next set of a scene, as of a time of the steady clock. */
static void
publish_at(struct scene *s, uint32_t asn, int64_t ms)
{
	const struct scene_vrp vrp = {"192.0.2.0/24", asn, 24, 0};
	const struct payload_set *set = scene_set(&vrp, 1);
	struct draft *d = draft_new(s->view.cache);
	const struct draft_time time = {.mono = {ms}};
	bool changed;

	cr_assert_not_null(d);
	draft_date(d, &time);
	cr_assert_eq(draft_fill(d, set), 0);
	cr_assert_eq(cache_commit(s->view.cache, d, &changed), 0);
	cr_assert(changed);
	draft_free(d);
	payload_unref(set);
}

/* The router of the scene has serial 1; two more came, 90 s and 20 s ago. */
Test(metrics, lag)
{
	static const char *const want[] = {
		"waymark_rtr_lag_seconds_sessions{le=\"60\"} 0\n",
		"waymark_rtr_lag_seconds_sessions{le=\"300\"} 1\n",
		"waymark_rtr_lag_seconds_sessions{le=\"+Inf\"} 1\n",
		"waymark_rtr_lag_serials_sessions{le=\"1\"} 0\n",
		"waymark_rtr_lag_serials_sessions{le=\"2\"} 1\n",
		"waymark_rtr_lag_max_seconds 90.000\n",
		"waymark_rtr_lag_max_serials 2\n",
		"waymark_rtr_tls_end_timestamp_seconds 1800000000.000\n",
	};
	struct scene *s = scene_new();
	struct process_facts now = process;
	struct text t = {0};

	publish_at(s, 1, 1000000);
	publish_at(s, 2, 1070000);
	now.steady.ms = 1090000;
	s->tls_end.s = 1800000000;
	metrics_write(&t, &s->view, s->now.wall, &now);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		cr_expect_not_null(strstr(t.p, want[i]), "%s", want[i]);
	text_free(&t);
	scene_free(s);
}

static const char *const lines[] = {
	"waymark_build_info{version=\"" WAYMARK_VERSION "\"} 1\n",
	"waymark_ready 1\n",
	"waymark_vrps{ta=\"alpha\",family=\"ipv4\"} 3\n",
	"waymark_vrps{ta=\"beta \\\"\\\\\\\\x0a\\\\x1b\\\\xff\","
	"family=\"ipv6\"} 1\n",
	"waymark_vrps_unique{family=\"ipv4\"} 5\n",
	"waymark_vrps_unique{family=\"ipv6\"} 1\n",
	"waymark_ta_complete{ta=\"alpha\"} 1\n",
	"waymark_objects{ta=\"alpha\",type=\"roa\",state=\"valid\"} 3\n",
	"waymark_objects{ta=\"alpha\",type=\"roa\",state=\"refused\"} 1\n",
	"waymark_objects_refused{ta=\"alpha\",type=\"roa\","
	"reason=\"roa-version\"} 1\n",
	"waymark_run_vrps{ta=\"alpha\"} 4\n",
	"waymark_data_age_seconds 300\n",
	"waymark_first_end_timestamp_seconds 1773732600.000\n",
	"waymark_run_duration_seconds 12.345\n",
	"waymark_run_last_success_timestamp_seconds 1773645900.000\n",
	"waymark_run_result{result=\"ok\"} 1\n",
	"waymark_run_result{result=\"failed\"} 0\n",
	"waymark_runs_total{result=\"ok\"} 1\n",
	"waymark_validator_starts_total 1\n",
	"waymark_rtr_serial 1\n",
	"waymark_rtr_sessions{version=\"0\"} 0\n",
	"waymark_rtr_sessions{version=\"1\"} 1\n",
	"waymark_rtr_sessions{version=\"2\"} 0\n",
	"waymark_rtr_sessions{version=\"unknown\"} 1\n",
	"waymark_rtr_session_states{state=\"first\"} 1\n",
	"waymark_rtr_session_states{state=\"idle\"} 1\n",
	"waymark_rtr_session_transports{transport=\"tcp\"} 2\n",
	"waymark_rtr_session_transports{transport=\"tls\"} 0\n",
	"waymark_rtr_lag_seconds_sessions{le=\"0\"} 1\n",
	"waymark_rtr_lag_serials_sessions{le=\"+Inf\"} 1\n",
	"waymark_rtr_lag_unknown_sessions 0\n",
	"waymark_rtr_connections_total{result=\"accepted\"} 5\n",
	"waymark_rtr_connections_total{result=\"refused\"} 3\n",
	"waymark_rtr_refused_total{reason=\"total-limit\"} 0\n",
	"waymark_rtr_refused_total{reason=\"source-limit\"} 2\n",
	"waymark_rtr_refused_total{reason=\"descriptors\"} 1\n",
	"waymark_rtr_closed_total{reason=\"cut\"} 0\n",
	"waymark_rtr_closed_total{reason=\"write-timeout\"} 4\n",
	"waymark_ta_lost{ta=\"alpha\"} 1\n",
	"waymark_held_since_timestamp_seconds 1773646200.000\n",
	"waymark_rtr_bytes_total{direction=\"out\"} 4096\n",
	"waymark_rtr_pdus_total{direction=\"out\",type=\"end_of_data\"} 2\n",
	"waymark_rtr_errors_total{direction=\"out\","
	"code=\"invalid_request\"} 1\n",
	"process_resident_memory_bytes 1048576\n",
	"process_open_fds 17\n",
	"process_start_time_seconds 1773642600.000\n",
};

Test(metrics, values_are_the_views)
{
	struct scene *s = scene_new();
	struct text t;
	size_t i;

	s->rtr.refused[REFUSAL_SOURCE] = 2;
	s->rtr.refused[REFUSAL_DESCRIPTORS] = 1;
	s->rtr.closed[CLOSE_WRITE] = 4;
	s->view.lost_tas = 1;
	s->view.lost_since.s = SCENE_NOW;
	t = scrape(s);

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect(strstr(t.p, lines[i]) != NULL, "%s", lines[i]);
	cr_expect_null(strstr(t.p, "\nprocess_max_fds "));
	text_free(&t);
	scene_free(s);
}

Test(metrics, unknown_things_are_left_out)
{
	struct scene *s = scene_empty();
	struct text t = scrape(s);

	cr_expect_null(strstr(t.p, "\nwaymark_data_age_seconds "));
	cr_expect_null(strstr(t.p, "\nwaymark_rtr_serial "));
	cr_expect_not_null(strstr(t.p, "\nwaymark_ready 0\n"));
	text_free(&t);
	scene_free(s);
}

/* Of each repository, told or leaned on; URIs are escaped as any label. */
Test(metrics, of_repositories)
{
	static const char *const lines[] = {
		"\nwaymark_repository_up{repository=\"https://a\\\"b/\","
		"transport=\"rrdp\"} 0\n",
		"\nwaymark_repository_failures{repository=\"https://a\\\"b/\","
		"transport=\"rrdp\"} 3\n",
		"\nwaymark_repository_fetch_duration_seconds{"
		"repository=\"https://a\\\"b/\",transport=\"rrdp\"} 1.500\n",
		"\nwaymark_repository_state{repository=\"https://a\\\"b/\","
		"transport=\"rrdp\",state=\"failed\"} 1\n",
		"\nwaymark_repository_vrps{repository=\"rsync://z/r/\","
		"transport=\"rsync\"} 7\n",
		"\nwaymark_repository_expires_timestamp_seconds{"
		"repository=\"rsync://z/r/\",transport=\"rsync\"} 12345\n",
		"\nwaymark_repositories{state=\"failed\"} 1\n",
		"\nwaymark_repositories{state=\"ok\"} 0\n",
		"\nwaymark_store_full 0\n",
		"\nwaymark_stale 0\n",
	};
	static const struct snapshot_repo leaning = {.uri = "rsync://z/r/",
		.kind = REPO_RSYNC,
		.vrps = 7,
		.expires = {12345}};
	const struct repo_facts f = {.kind = REPO_RRDP,
		.uri = "https://a\"b/",
		.state = REPO_STATE_FAILED,
		.attempt = {SCENE_NOW - 5},
		.failures = 3,
		.elapsed_ms = 1500};
	struct repos *repos = repos_new();
	struct scene *s = scene_new();
	struct text t;

	cr_assert_eq(repos_take(repos, &f), 0);
	s->view.repos = repos;
	s->snapshot.repos = &leaning;
	s->snapshot.repo_count = 1;
	t = scrape(s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect_not_null(strstr(t.p, lines[i]), "%s", lines[i]);
	cr_expect_null(
		strstr(t.p, "\nwaymark_repository_up{repository=\"rsync"));
	cr_expect_null(strstr(t.p, "\nwaymark_store_used_bytes "));
	text_free(&t);
	repos_free(repos);
	scene_free(s);
}

/* Who can name many must not make a scrape of any size. */
Test(metrics, repositories_have_an_end)
{
	struct repo_facts f = {.kind = REPO_RRDP, .state = REPO_STATE_OK};
	struct repos *repos = repos_new();
	struct scene *s = scene_new();
	const char *p;
	struct text t;
	size_t n = 0;

	for (int i = 0; i < 3000; i++) {
		snprintf(f.uri, sizeof(f.uri), "https://%d/", i);
		cr_assert_eq(repos_take(repos, &f), 0);
	}
	s->view.repos = repos;
	t = scrape(s);
	for (p = t.p; (p = strstr(p, "\nwaymark_repository_objects{")); p++)
		n++;
	cr_expect_eq(n, 2000);
	cr_expect_not_null(
		strstr(t.p, "\nwaymark_repositories{state=\"ok\"} 3000\n"));
	text_free(&t);
	repos_free(repos);
	scene_free(s);
}

static bool
exists(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < metrics_count(); i++) {
		if (strlen(metrics_name(i)) == n &&
			memcmp(metrics_name(i), name, n) == 0)
			return true;
	}
	return false;
}

/* Every word in the file that looks like one of our metrics is one. */
static void
expect_known(const char *file)
{
	const char *source = getenv("WAYMARK_SOURCE"), *p;
	struct arena *arena = arena_new(65536);
	char path[4096];
	struct span text;
	size_t found = 0;

	cr_assert_not_null(source);
	snprintf(path, sizeof(path), "%s/dist/%s", source, file);
	cr_assert_eq(file_read(path, 1 << 20, arena, &text), 0, "%s", path);
	p = (const char *)text.p;
	while ((p = strstr(p, "waymark_")) != NULL) {
		size_t n = name_length(p, false);

		cr_expect(exists(p, n), "%s: %.*s", file, (int)n, p);
		found++;
		p += n;
	}
	cr_expect_geq(found, 5, "%s", file);
	arena_free(arena);
}

Test(metrics, dist_uses_only_what_exists)
{
	expect_known("prometheus-alerts.yml");
	expect_known("grafana-dashboard.json");
}
