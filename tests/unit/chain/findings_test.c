/*
 * findings, note: what is taken back, what stays, what is told.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "validator/chain/note.h"
#include "waymark/bounds.h"

struct stage {
	struct chain_progress progress;
	struct chain_env env;
	struct chain_ta tas[2];
	struct log log;
	struct checker *checker;
	int pipe[2];
};

static struct stage *
stage_new(void)
{
	struct stage *s = calloc(1, sizeof(*s));

	cr_assert(s != NULL && pipe(s->pipe) == 0);
	cr_assert(fcntl(s->pipe[0], F_SETFL, O_NONBLOCK) == 0);
	s->log = (struct log){.fd = s->pipe[1], .level = LOG_LEVEL_INFO};
	s->tas[0].refusals_max = BOUND_REFUSALS_PER_POINT;
	s->tas[1].refusals_max = BOUND_REFUSALS_PER_POINT;
	s->env = (struct chain_env){
		.tas = s->tas, .log = &s->log, .progress = &s->progress};
	s->checker = checker_new(&s->env, (struct source){0}, 2);
	cr_assert(s->checker != NULL);
	return s;
}

static void
stage_free(struct stage *s)
{
	checker_free(s->checker);
	close(s->pipe[0]);
	close(s->pipe[1]);
	free(s);
}

static const struct noted refused = {
	.name = {(const uint8_t *)"x.roa", 5},
	.type = OBJECT_ROA,
	.state = OBJECT_STATE_REFUSED,
	.reason = REJECT_EXPIRED,
};

static struct noter
noter_of(struct stage *s)
{
	return (struct noter){
		.k = s->checker, .ta = 1, .folder = span_text("rsync://h/m/")};
}

/* Texts go with what they belong to, so that a tree of points that fail takes
 * no memory; but not where verdicts stay. */
Test(findings, undo_gives_texts_back)
{
	struct stage *s = stage_new();
	struct findings *f = &s->checker->findings;
	struct span folder = span_text("rsync://h/m/"), name = span_text("x");
	const char *kept = findings_uri(f, folder, name), *text;

	findings_begin(f);
	text = findings_uri(f, folder, name);
	cr_expect(f->octets == 14);
	findings_undo(f, false);
	cr_expect(f->octets == 0);
	cr_expect(findings_uri(f, folder, name) == text);
	cr_expect_str_eq(kept, "rsync://h/m/x");
	f->keep_verdicts = true;
	findings_undo(f, false);
	cr_expect(findings_uri(f, folder, name) != text);
	stage_free(s);
}

Test(findings, undo_goes_back_to_the_mark)
{
	struct stage *s = stage_new();
	struct findings *f = &s->checker->findings;
	struct noter n = noter_of(s);
	struct vrp vrp = {0};
	struct snapshot_source source = {0};

	findings_begin(f);
	cr_assert(VEC_PUSH(&f->vrps, vrp) && VEC_PUSH(&f->sources, source));
	findings_commit(f, 1);
	findings_begin(f);
	cr_assert(VEC_PUSH(&f->vrps, vrp) && VEC_PUSH(&f->sources, source));
	note_object(&n, &refused);
	f->point.counters[REPORT_BYTES] = 5;
	findings_undo(f, false);
	findings_commit(f, 1);
	cr_expect(f->vrps.n == 1 && f->sources.n == 1 && f->refusals.n == 0);
	cr_expect(f->tas[1].objects[OBJECT_ROA][OBJECT_STATE_REFUSED] == 0);
	cr_expect(f->tas[1].reasons[OBJECT_ROA][REJECT_EXPIRED] == 0);
	cr_expect(f->tas[1].counters[REPORT_BYTES] == 5,
		"octets were read all the same");
	stage_free(s);
}

Test(findings, commit_adds_up_by_trust_anchor)
{
	struct stage *s = stage_new();
	struct findings *f = &s->checker->findings;
	struct noter n = noter_of(s);
	int i;

	for (i = 0; i < 3; i++) {
		findings_begin(f);
		note_object(&n, &refused);
		note_warning(&n, span_text("y.cer"), "odd");
		findings_commit(f, 1);
	}
	cr_expect(f->tas[0].objects[OBJECT_ROA][OBJECT_STATE_REFUSED] == 0);
	cr_expect(f->tas[1].objects[OBJECT_ROA][OBJECT_STATE_REFUSED] == 3);
	cr_expect(f->tas[1].reasons[OBJECT_ROA][REJECT_EXPIRED] == 3);
	cr_expect(f->tas[1].counters[REPORT_WARNINGS] == 3);
	cr_assert(f->refusals.n == 3);
	cr_expect_str_eq(f->refusals.at[2].name, "rsync://h/m/x.roa");
	stage_free(s);
}

/* How many lines the log has, and whether `word` is among them. */
static size_t
lines(struct stage *s, const char *word, bool *found)
{
	static char text[262144];
	ssize_t n = read(s->pipe[0], text, sizeof(text) - 1);
	size_t count = 0;
	char *p = text;

	/* An empty pipe answers EAGAIN. */
	text[n > 0 ? n : 0] = '\0';
	*found = strstr(text, word) != NULL;
	while ((p = strchr(p, '\n')) != NULL) {
		p++;
		count++;
	}
	return count;
}

Test(note, a_line_has_all_an_operator_needs)
{
	struct stage *s = stage_new();
	struct noter n = noter_of(s);
	bool found;

	findings_begin(&s->checker->findings);
	note_object(&n, &refused);
	note_end(&n);
	cr_expect(lines(s,
			  "refused uri=rsync://h/m/x.roa type=roa "
			  "reason=expired rfc=\"RFC 6487 7.2\" text=\"",
			  &found) == 1);
	cr_expect(found);
	stage_free(s);
}

/* A hostile point fills neither disk nor memory, but is counted in full. */
Test(note, lines_and_refusals_are_bounded)
{
	struct stage *s = stage_new();
	struct findings *f = &s->checker->findings;
	struct noter n = noter_of(s);
	bool found;
	int i;

	findings_begin(f);
	for (i = 0; i < BOUND_REFUSALS_PER_POINT + 5; i++)
		note_object(&n, &refused);
	note_end(&n);
	findings_commit(f, 0);
	cr_expect(lines(s, "suppressed uri=rsync://h/m/ lines=905", &found) ==
		BOUND_LOG_LINES_PER_POINT + 1);
	cr_expect(found);
	cr_expect(f->refusals.n == BOUND_REFUSALS_PER_POINT);
	cr_expect(f->tas[0].objects[OBJECT_ROA][OBJECT_STATE_REFUSED] ==
		BOUND_REFUSALS_PER_POINT + 5);
	stage_free(s);
}

/* Neither do many hostile points, nor many trust anchors: what is left out is
 * told once for each. */
Test(note, lines_of_trust_anchors_and_runs_are_bounded)
{
	struct stage *s = stage_new();
	struct noter n;
	bool found;
	size_t n_lines = 0;
	int i;

	findings_begin(&s->checker->findings);
	for (i = 0; i < BOUND_LOG_LINES_PER_TA + 3; i++) {
		n = noter_of(s);
		note_object(&n, &refused);
		note_end(&n);
		n_lines += lines(s, "refused", &found);
	}
	cr_expect(n_lines == BOUND_LOG_LINES_PER_TA, "%zu", n_lines);
	note_ta_end(&s->env, 1, "ripe");
	cr_expect(lines(s, "suppressed ta=ripe lines=3", &found) == 1 && found);
	note_ta_end(&s->env, 0, "arin");
	cr_expect(lines(s, "", &found) == 0);

	atomic_store(&s->progress.lines, BOUND_LOG_LINES_PER_RUN - 1);
	n = noter_of(s);
	n.ta = 0;
	note_object(&n, &refused);
	note_object(&n, &refused);
	note_ta_end(&s->env, 0, "arin");
	cr_expect(lines(s, "suppressed ta=arin lines=1", &found) == 2 && found);
	stage_free(s);
}
