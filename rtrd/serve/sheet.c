/*
 * sheet: names, labels and numbers in the form that Prometheus reads.
 */
#include "rtrd/serve/sheet.h"

#include <string.h>

/* A label's value: backslash, quote and line end are escaped by the format's
 * rule, after everything that is not plain text became \xNN. */
static void
write_value(struct text *t, const char *value)
{
	struct text clean = {0};
	size_t i;

	text_clean(&clean, value, strlen(value));
	for (i = 0; i < clean.n; i++) {
		if (clean.p[i] == '\\' || clean.p[i] == '"')
			text_char(t, '\\');
		text_char(t, clean.p[i]);
	}
	t->failed |= clean.failed;
	text_free(&clean);
}

/* The name and labels of a sample. */
static void
begin(struct sheet *s, const struct label *labels, size_t n)
{
	size_t i;

	text_add(s->t, "%s", s->name);
	for (i = 0; i < n; i++) {
		text_add(s->t, "%c%s=\"", i == 0 ? '{' : ',', labels[i].name);
		write_value(s->t, labels[i].value);
		text_char(s->t, '"');
	}
	if (n > 0)
		text_char(s->t, '}');
}

/* Whole numbers, which are exact to 2^53 for those who read them. */
void
sheet_sample(
	struct sheet *s, const struct label *labels, size_t n, uint64_t value)
{
	begin(s, labels, n);
	text_add(s->t, " %llu\n", (unsigned long long)value);
}

void
sheet_sample_ms(
	struct sheet *s, const struct label *labels, size_t n, int64_t ms)
{
	begin(s, labels, n);
	text_add(s->t, " %s%llu.%03u\n", ms < 0 ? "-" : "",
		(unsigned long long)(ms < 0 ? -(ms / 1000) : ms / 1000),
		(unsigned)(ms < 0 ? -(ms % 1000) : ms % 1000));
}

void
sheet_ms(struct sheet *s, int64_t ms)
{
	sheet_sample_ms(s, NULL, 0, ms);
}

/* One sample with one label, the usual case. */
void
sheet_by(struct sheet *s, const char *label, const char *word, uint64_t value)
{
	const struct label l = {label, word};

	sheet_sample(s, &l, 1, value);
}

void
sheet_metric(struct sheet *s, const struct metric *m)
{
	s->name = m->name;
	s->counter = m->counter;
	text_add(s->t, "# HELP %s %s\n# TYPE %s %s\n", s->name, m->help,
		s->name, m->type);
	m->write(s);
}
