/*
 * note: see the header.
 */
#include "validator/chain/note.h"

#include <inttypes.h>
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

/* The same of a point. */
static bool
may_log(struct noter *n)
{
	if (n->lines++ < BOUND_LOG_LINES_PER_POINT && may_log_of_ta(n))
		return true;
	atomic_fetch_add(&n->k->env->tas[n->ta].lines_left_out, 1);
	return false;
}

static void
log_refusal(struct noter *n, const struct noted *what)
{
	if (!may_log(n))
		return;
	log_event(n->k->env->log, LOG_LEVEL_WARN, "refused",
		"uri=%.*s%.*s type=%s reason=%s rfc=\"%s\" text=\"%s\"",
		(int)n->folder.n, (const char *)n->folder.p, (int)what->name.n,
		(const char *)what->name.p, object_type_name(what->type),
		reject_name(what->reason), reject_rfc(what->reason),
		reject_text(what->reason));
}

static void
keep_refusal(struct noter *n, const struct noted *what)
{
	struct findings *f = &n->k->findings;
	struct refusal refusal = {
		.ta = n->ta,
		.type = what->type,
		.reason = what->reason,
	};

	if (n->refusals++ >= n->k->env->tas[n->ta].refusals_max)
		return;
	refusal.uri = findings_uri(f, n->folder, what->name);
	if (refusal.uri == NULL || !VEC_PUSH(&f->refusals, refusal))
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
	if (n->k->env->log == NULL || n->k->env->log->level < LOG_LEVEL_INFO ||
		!may_log(n))
		return;
	log_event(n->k->env->log, LOG_LEVEL_INFO, "odd",
		"uri=%.*s%.*s text=\"%s\"", (int)n->folder.n,
		(const char *)n->folder.p, (int)name.n, (const char *)name.p,
		text);
}

void
note_end(struct noter *n)
{
	if (n->lines <= BOUND_LOG_LINES_PER_POINT || !may_log_of_ta(n))
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
