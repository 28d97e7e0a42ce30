/*
 * note: see the header.
 */
#include "validator/chain/note.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "waymark/bounds.h"

/* Whether one more line may be logged of a trust anchor, and of the run. */
static bool
may_log_of_ta(const struct noter *n)
{
	const struct chain_env *env = n->k->env;

	return atomic_fetch_add(&env->tas[n->ta].lines, 1) <
		BOUND_LOG_LINES_PER_TA &&
		atomic_fetch_add(&env->progress->lines, 1) <
		BOUND_LOG_LINES_PER_RUN;
}

/* Log a line, as far as the bounds of trust anchor and run allow. */
static void
put_line(const struct noter *n, enum log_level level, const char *word,
	const char *text)
{
	const struct chain_env *env = n->k->env;

	if (may_log_of_ta(n))
		log_event(env->log, level, word, "%s", text);
	else
		atomic_fetch_add(&env->tas[n->ta].lines_left_out, 1);
}

/* Lines of a point wait: it may begin again, and then they were about nothing.
 * They are kept as "level word NUL text NUL". */
static void
hold_line(struct noter *n, enum log_level level, const char *word,
	const struct text *text)
{
	struct text *lines = &n->k->lines;

	text_char(lines, (char)level);
	text_put(lines, word, strlen(word) + 1);
	text_put(lines, text->p, text->n + 1);
	if (lines->failed)
		n->k->findings.failed = true;
}

static void
put_held(struct noter *n)
{
	struct text *lines = &n->k->lines;
	size_t at = 0;

	while (at < lines->n && !lines->failed) {
		enum log_level level = (enum log_level)lines->p[at];
		const char *word = lines->p + at + 1;
		const char *text = word + strlen(word) + 1;

		put_line(n, level, word, text);
		at = (size_t)(text - lines->p) + strlen(text) + 1;
	}
	text_clear(lines);
}

/* One line about something at the point, as far as its bound allows. */
static void line(struct noter *n, enum log_level level, const char *word,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
line(struct noter *n, enum log_level level, const char *word,
	const char *format, ...)
{
	const struct log *log = n->k->env->log;
	struct text text = {0};
	va_list args;

	if (log == NULL || log->level < level ||
		n->lines++ >= BOUND_LOG_LINES_PER_POINT)
		return; /* counted by note_end */
	va_start(args, format);
	text_addv(&text, format, args);
	va_end(args);
	if (text.failed)
		n->k->findings.failed = true;
	else if (n->holds)
		hold_line(n, level, word, &text);
	else
		put_line(n, level, word, text.p);
	text_free(&text);
}

static void
log_refusal(struct noter *n, const struct noted *what)
{
	line(n, n->is_calm ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "refused",
		"uri=%.*s%.*s type=%s reason=%s rfc=\"%s\" text=\"%s\"",
		(int)n->folder.n, (const char *)n->folder.p, (int)what->name.n,
		(const char *)what->name.p, object_type_name(what->type),
		reject_name(what->reason), reject_rfc(what->reason),
		reject_text(what->reason));
}

static void
add_claim(struct findings *f, const struct snapshot_claim *claim)
{
	if (!VEC_PUSH(&f->claims, *claim))
		f->failed = true;
	f->octets += sizeof(*claim);
}

/* The first prefixes that it would have spoken of; of what has none, its AS
 * number. */
static void
keep_claims(struct findings *f, const struct outcome *from, struct refusal *to)
{
	struct snapshot_claim asn = {.family = CLAIM_ASN, .asn = from->asn};
	size_t i;

	to->claims = f->claims.n;
	for (i = 0; i < from->prefix_count && i < BOUND_CLAIMS; i++) {
		const struct roa_prefix *p = &from->prefixes[i];
		struct snapshot_claim claim = {
			.addr = p->prefix.addr,
			.asn = from->asn,
			.family = p->prefix.family,
			.len = p->prefix.len,
			.max_len = p->max_len,
		};

		add_claim(f, &claim);
	}
	if (i == 0 && from->asn != 0)
		add_claim(f, &asn);
	to->claim_count = f->claims.n - to->claims;
}

static void
keep_refusal(struct noter *n, const struct noted *what)
{
	struct findings *f = &n->k->findings;
	struct refusal refusal = {
		.ta = n->ta,
		.type = what->type,
		.reason = what->reason,
		.point = n->holds ? f->points.n : SIZE_MAX,
	};

	if (n->refusals++ >= n->k->env->tas[n->ta].refusals_max)
		return;
	refusal.name = findings_uri(
		f, n->holds ? (struct span){0} : n->folder, what->name);
	if (what->claims != NULL)
		keep_claims(f, what->claims, &refusal);
	if (refusal.name == NULL || !VEC_PUSH(&f->refusals, refusal))
		f->failed = true;
	f->octets += sizeof(refusal);
}

void
note_verdict(struct noter *n, const struct noted *what)
{
	struct findings *f = &n->k->findings;
	struct verdict v = {
		.ta = n->ta,
		.type = what->type,
		.state = what->state,
		.reason = what->reason,
	};

	if (!f->keep_verdicts)
		return;
	if (what->hash != NULL)
		memcpy(v.hash, what->hash, sizeof(v.hash));
	v.uri = findings_uri(f, n->folder, what->name);
	if (v.uri == NULL || !VEC_PUSH(&f->verdicts, v))
		f->failed = true;
}

void
note_object(struct noter *n, const struct noted *what)
{
	struct tally *tally = &n->k->findings.point;

	n->objects++;
	tally->objects[what->type][what->state]++;
	note_verdict(n, what);
	if (what->state != OBJECT_STATE_REFUSED)
		return;
	tally->reasons[what->type][what->reason]++;
	keep_refusal(n, what);
	log_refusal(n, what);
}

void
note_warning(struct noter *n, struct span name, const char *text)
{
	n->k->findings.point.counters[REPORT_WARNINGS]++;
	line(n, LOG_LEVEL_INFO, "odd", "uri=%.*s%.*s text=\"%s\"",
		(int)n->folder.n, (const char *)n->folder.p, (int)name.n,
		(const char *)name.p, text);
}

void
note_successor(struct noter *n, struct span name, struct span uri)
{
	line(n, LOG_LEVEL_WARN, "successor",
		"uri=%.*s%.*s certificate=%.*s text=\"the trust anchor names "
		"the key that will follow its own: the locator should be "
		"replaced\" rfc=\"RFC 9691 4\"",
		(int)n->folder.n, (const char *)n->folder.p, (int)name.n,
		(const char *)name.p, (int)uri.n, (const char *)uri.p);
}

void
note_fallback(struct noter *n, struct span name, enum reject reason,
	bool is_last_good)
{
	n->k->findings.point.counters[REPORT_WARNINGS]++;
	line(n, LOG_LEVEL_WARN, is_last_good ? "last-good" : "fallback",
		"uri=%.*s%.*s reason=%s rfc=\"%s\" text=\"%s\"",
		(int)n->folder.n, (const char *)n->folder.p, (int)name.n,
		(const char *)name.p, reject_name(reason), reject_rfc(reason),
		reject_text(reason));
}

void
note_again(struct noter *n)
{
	text_clear(&n->k->lines);
	n->lines = n->refusals = n->objects = 0;
}

void
note_end(struct noter *n)
{
	put_held(n);
	if (n->lines <= BOUND_LOG_LINES_PER_POINT)
		return;
	atomic_fetch_add(&n->k->env->tas[n->ta].lines_left_out,
		n->lines - BOUND_LOG_LINES_PER_POINT);
	if (!may_log_of_ta(n))
		return;
	log_event(n->k->env->log, LOG_LEVEL_WARN, "suppressed",
		"uri=%.*s lines=%u", (int)n->folder.n,
		(const char *)n->folder.p,
		(unsigned)(n->lines - BOUND_LOG_LINES_PER_POINT));
}

void
note_ta_end(const struct chain_env *env, uint32_t ta, const char *name)
{
	uint64_t n = atomic_load(&env->tas[ta].lines_left_out);

	if (n > 0)
		log_event(env->log, LOG_LEVEL_WARN, "suppressed",
			"ta=%s lines=%" PRIu64, name, n);
}
