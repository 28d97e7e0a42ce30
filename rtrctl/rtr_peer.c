/*
 * rtr_peer: what a router does with the PDUs of a cache.
 *
 *	octets -> PDU -> oddities -> one function a type -> state, query, set
 *
 * A broken rule that leaves the octets readable is told and read over: real
 * routers would drop the session, and who tests a cache would learn of one
 * fault a run.  After the others the session is over with the Error Report that
 * a router owes, and the next one begins with a Reset Query.
 *
 * Weakness: Serial Notify may come once a minute at most, which is not judged:
 * a cache may be told to do otherwise, and tests tell it.
 */
#include "rtrctl/rtr_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waymark/bounds_serve.h"
#include "waymark/err.h"

enum {
	OUT = RTR_ERROR_MOST + RTR_QUERY_MOST,
	/* RFC 8210 section 6, where version 0 says nothing */
	REFRESH = 3600,
	RETRY = 600,
	EXPIRE = 7200,
	SHOWN = 24 /* octets of a PDU that cannot be read */
};

struct rtr_peer {
	const struct rtr_config *config;
	const struct rtr_calls *calls;
	struct rtr_facts facts;
	struct rtr_table table;
	struct text why;
	VEC(uint8_t) in;
	uint8_t out[OUT];
	size_t out_n;
	bool is_agreed; /* the version, by an answer in it */
	bool asked_whole; /* the query was a Reset Query */
	bool is_known; /* session and serial may be asked with, */
	unsigned known_version; /* in this version */
	bool is_later; /* a Notify told of a serial during an answer */
	uint32_t later;
	bool has_heard; /* octets of this connection */
	uint16_t answer_session;
	struct mono asked; /* when the query was made; when it is made again */
	uint64_t found[RTR_RULES];
};

struct rtr_peer *
rtr_peer_new(const struct rtr_config *config, const struct rtr_calls *calls)
{
	struct rtr_peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->config = config;
	p->calls = calls;
	p->facts.version = config->version < 0 ? RTR_VERSION_MAX
					       : (unsigned)config->version;
	p->facts.refresh = REFRESH;
	p->facts.retry = RETRY;
	p->facts.expire = EXPIRE;
	rtr_table_init(&p->table, config->limit);
	return p;
}

void
rtr_peer_free(struct rtr_peer *p)
{
	if (p == NULL)
		return;
	rtr_table_fini(&p->table);
	text_free(&p->why);
	VEC_FREE(&p->in);
	free(p);
}

/* The session is over; what was sent last may still go out. */
static void
over(struct rtr_peer *p, enum rtr_end end)
{
	p->facts.state = RTR_OVER;
	p->facts.end = end;
	p->in.n = 0;
	rtr_table_drop(&p->table);
}

static void
finding(struct rtr_peer *p, enum rtr_rule rule, const char *detail)
{
	p->found[rule]++;
	p->facts.findings++;
	p->calls->finding(p->calls->ctx, rule, detail);
}

/* The table's findings are of items. */
static void
table_finding(void *ctx, enum rtr_rule rule, const struct rtr_item *item)
{
	struct text t = {0};

	rtr_item_text(&t, item);
	finding(ctx, rule, t.p != NULL ? t.p : "");
	text_free(&t);
}

/* Routers that begin hold nothing: what comes then is no change. */
static void
table_change(void *ctx, char sign, const struct rtr_item *item)
{
	struct rtr_peer *p = ctx;

	if (p->facts.syncs > 0)
		p->calls->change(p->calls->ctx, sign, item);
}

static struct rtr_told
told_of(struct rtr_peer *p)
{
	return (struct rtr_told){table_finding, table_change, p};
}

/* A PDU as its octets: for what cannot be read. */
static void
octets_tell(struct text *t, struct span pdu)
{
	text_add(t, "PDU ");
	text_hex(t, pdu.p, pdu.n < SHOWN ? pdu.n : SHOWN);
	text_add(t, pdu.n > SHOWN ? "..." : "");
}

/* The cache broke a rule after which nothing can be trusted. */
static void
fault(struct rtr_peer *p, enum rtr_rule rule, struct span pdu)
{
	struct text t = {0};

	octets_tell(&t, pdu);
	finding(p, rule, t.p != NULL ? t.p : "");
	text_clear(&p->why);
	text_add(&p->why, "the cache sent %s", rtr_rule_text(rule));
	text_free(&t);
	if (p->out_n + RTR_ERROR_MOST <= OUT)
		p->out_n += rtr_pdu_error(
			p->facts.version, rule, pdu, p->out + p->out_n);
	p->is_known = false;
	over(p, RTR_END_FAULT);
}

/* We cannot go on: no memory, or too much to hold. */
static void
failure(struct rtr_peer *p, int err, struct span pdu)
{
	if (err == ERR_LIMIT) {
		fault(p, RTR_RULE_LIMIT, pdu);
		return;
	}
	text_clear(&p->why);
	text_add(&p->why, "%s", err_text(err));
	over(p, RTR_END_OURS);
}

/* Ask for the difference to what is held, or for all. */
static void
ask(struct rtr_peer *p, bool whole, struct mono now)
{
	struct rtr_facts *f = &p->facts;

	/* Queries are few and short: room is lacking only when the cache takes
	 * nothing, and then an answer is not to be had. */
	if (p->out_n + RTR_QUERY_MOST > OUT)
		return;
	p->asked_whole =
		whole || !p->is_known || p->known_version != f->version;
	p->out_n += p->asked_whole
		? rtr_pdu_reset_query(f->version, p->out + p->out_n)
		: rtr_pdu_serial_query(
			  f->version, f->session, f->serial, p->out + p->out_n);
	p->asked = now;
	p->is_later = false;
	f->state = RTR_ASKED;
}

void
rtr_peer_open(struct rtr_peer *p, struct mono now)
{
	p->in.n = 0;
	p->out_n = 0;
	p->is_agreed = false;
	p->has_heard = false;
	p->facts.end = RTR_END_NONE;
	text_clear(&p->why);
	ask(p, false, now);
}

/* Whether serial `a` comes behind `b` (RFC 1982). */
static bool
is_behind(uint32_t a, uint32_t b)
{
	return a != b && (uint32_t)(a - b) < 0x80000000u;
}

static void
notify_take(struct rtr_peer *p, const struct rtr_pdu *pdu, struct mono now)
{
	struct rtr_facts *f = &p->facts;
	char detail[64];

	snprintf(detail, sizeof(detail), "session %u, serial %lu",
		(unsigned)pdu->session, (unsigned long)pdu->serial);
	if (f->state == RTR_TOLD)
		finding(p, RTR_RULE_NOTIFY_INSIDE, detail);
	else if (!p->is_agreed)
		finding(p, RTR_RULE_NOTIFY_EARLY, detail);
	p->is_later = p->is_agreed;
	p->later = pdu->serial;
	if (f->state != RTR_IDLE)
		return;
	if (pdu->session != f->session)
		finding(p, RTR_RULE_NOTIFY_SESSION, detail);
	else if (is_behind(f->serial, pdu->serial))
		finding(p, RTR_RULE_NOTIFY_BACK, detail);
	if (pdu->session != f->session || pdu->serial != f->serial)
		ask(p, false, now);
}

/* An older cache may answer in the version that it has (RFC 8210 section 7). */
static bool
version_agree(struct rtr_peer *p, unsigned version)
{
	if (p->is_agreed || version == p->facts.version) {
		p->is_agreed = true;
		return true;
	}
	if (version > p->facts.version || p->config->version >= 0 ||
		!p->asked_whole)
		return false;
	p->facts.version = version;
	p->is_agreed = true;
	return true;
}

static void
response_take(struct rtr_peer *p, const struct rtr_pdu *pdu, struct span all)
{
	if (p->facts.state == RTR_TOLD) {
		fault(p, RTR_RULE_INSIDE, all);
	} else if (p->facts.state != RTR_ASKED) {
		fault(p, RTR_RULE_UNASKED, all);
	} else if (!p->asked_whole && pdu->session != p->facts.session) {
		fault(p, RTR_RULE_SESSION, all);
	} else {
		p->answer_session = pdu->session;
		p->facts.state = RTR_TOLD;
		rtr_table_begin(&p->table, p->asked_whole, p->facts.version);
	}
}

/* What a PDU that can be read breaks. */
static void
odd_tell(struct rtr_peer *p, const struct rtr_pdu *pdu, uint64_t odd)
{
	struct rtr_item item;
	struct text t = {0};

	text_add(&t, "%s", rtr_type_name(pdu->type));
	if (pdu->type == RTR_IPV4 || pdu->type == RTR_IPV6 ||
		pdu->type == RTR_KEY) {
		text_add(&t, pdu->announce ? " + " : " - ");
		if (rtr_item_make(pdu, &item) == 0) {
			rtr_item_text(&t, &item);
			rtr_item_free(&item);
		}
	} else if (pdu->type == RTR_ASPA) {
		text_add(&t, " %c AS%lu", pdu->announce ? '+' : '-',
			(unsigned long)pdu->asn);
	} else if (pdu->type == RTR_END) {
		text_add(&t, " refresh %lu retry %lu expire %lu",
			(unsigned long)pdu->refresh, (unsigned long)pdu->retry,
			(unsigned long)pdu->expire);
	}
	for (int rule = 0; rule < RTR_RULES; rule++) {
		if ((odd & RTR_BIT(rule)) != 0)
			finding(p, (enum rtr_rule)rule, t.p != NULL ? t.p : "");
	}
	text_free(&t);
}

static void
payload_take(struct rtr_peer *p, const struct rtr_pdu *pdu, struct span all)
{
	uint64_t odd = 0;
	int err;

	if (p->facts.state != RTR_TOLD) {
		fault(p, RTR_RULE_OUTSIDE, all);
		return;
	}
	err = rtr_table_add(&p->table, pdu, &odd);
	if (err != 0)
		failure(p, err, all);
	else if (odd != 0)
		odd_tell(p, pdu, odd);
}

/* A serial goes on from the one held, and stays where nothing changed. */
static void
serial_judge(struct rtr_peer *p, const struct rtr_pdu *pdu)
{
	uint32_t held = p->facts.serial;
	char detail[64];

	if (p->asked_whole)
		return;
	snprintf(detail, sizeof(detail), "from serial %lu to %lu",
		(unsigned long)held, (unsigned long)pdu->serial);
	if (pdu->serial != held && !is_behind(pdu->serial, held))
		finding(p, RTR_RULE_SERIAL_BACK, detail);
	if (pdu->serial == held && p->table.answer.list.n > 0)
		finding(p, RTR_RULE_SERIAL_SAME, detail);
}

static void
facts_take(struct rtr_peer *p, const struct rtr_pdu *pdu, struct mono now)
{
	struct rtr_facts *f = &p->facts;

	f->has_data = true;
	f->session = pdu->session;
	f->serial = pdu->serial;
	f->refresh = pdu->version > 0 ? pdu->refresh : REFRESH;
	f->retry = pdu->version > 0 ? pdu->retry : RETRY;
	f->expire = pdu->version > 0 ? pdu->expire : EXPIRE;
	f->was_whole = p->asked_whole;
	f->synced = now;
	f->took_ms = mono_since(p->asked, now);
	f->syncs++;
	f->state = RTR_IDLE;
	p->is_known = true;
	p->known_version = f->version;
}

static void
end_take(struct rtr_peer *p, const struct rtr_pdu *pdu, struct span all,
	struct mono now)
{
	struct rtr_told told = told_of(p);
	int err;

	if (p->facts.state != RTR_TOLD) {
		fault(p, RTR_RULE_OUTSIDE, all);
		return;
	}
	if (pdu->session != p->answer_session) {
		fault(p, RTR_RULE_SESSION, all);
		return;
	}
	serial_judge(p, pdu);
	/* Who is told of a change may ask for its serial. */
	p->facts.serial = pdu->serial;
	err = rtr_table_end(&p->table, &told);
	if (err != 0) {
		p->is_known = false;
		failure(p, err, all);
		return;
	}
	facts_take(p, pdu, now);
	p->calls->synced(p->calls->ctx);
	if (p->is_later && is_behind(p->later, p->facts.serial))
		ask(p, false, now);
}

static void
reset_take(struct rtr_peer *p, struct span all, struct mono now)
{
	if (p->facts.state == RTR_TOLD) {
		fault(p, RTR_RULE_INSIDE, all);
	} else if (p->facts.state != RTR_ASKED) {
		fault(p, RTR_RULE_UNASKED, all);
	} else if (p->asked_whole) {
		fault(p, RTR_RULE_RESET_RESET, all);
	} else {
		p->calls->note(p->calls->ctx,
			"the cache has no difference to the serial held "
			"(Cache Reset); asking for all");
		p->is_known = false;
		ask(p, true, now);
	}
}

/* The version to try after one that was refused; false: there is none. */
static bool
version_lower(struct rtr_peer *p, unsigned theirs)
{
	unsigned *version = &p->facts.version;

	if (p->config->version >= 0 || p->is_agreed || *version == 0)
		return false;
	*version = theirs < *version ? theirs : *version - 1;
	over(p, RTR_END_LOWER);
	return true;
}

/* Error Reports are quoted as the cache wrote them. */
static void
error_tell(struct rtr_peer *p, const struct rtr_pdu *pdu)
{
	text_clear(&p->why);
	text_add(&p->why, "the cache sent error %u (%s)",
		(unsigned)pdu->session, rtr_code_name(pdu->session));
	if (pdu->text.n > 0) {
		text_add(&p->why, ": ");
		text_clean(&p->why, (const char *)pdu->text.p,
			pdu->text.n < BOUND_RTR_ERROR_TEXT
				? pdu->text.n
				: BOUND_RTR_ERROR_TEXT);
	}
}

static void
error_take(struct rtr_peer *p, const struct rtr_pdu *pdu, struct mono now)
{
	struct rtr_told told = told_of(p);

	error_tell(p, pdu);
	/* To find a version is no event. */
	if (pdu->session == RTR_CODE_VERSION && version_lower(p, pdu->version))
		return;
	if (pdu->session == RTR_CODE_NO_DATA && p->facts.state == RTR_ASKED) {
		p->calls->note(p->calls->ctx, p->why.p != NULL ? p->why.p : "");
		p->facts.state = RTR_WAITING;
		p->asked = now;
		return;
	}
	if (pdu->session == RTR_CODE_SHUTDOWN) {
		rtr_table_flush(&p->table, &told);
		p->facts.has_data = false;
	}
	/* These three say nothing against what is held. */
	if (pdu->session != RTR_CODE_NO_DATA &&
		pdu->session != RTR_CODE_VERSION &&
		pdu->session != RTR_CODE_RESTART)
		p->is_known = false;
	over(p, RTR_END_ERROR);
}

static void
pdu_take(struct rtr_peer *p, const struct rtr_pdu *pdu, struct span all,
	struct mono now)
{
	if (pdu->odd != 0)
		odd_tell(p, pdu, pdu->odd);
	if (pdu->type == RTR_NOTIFY) {
		notify_take(p, pdu, now);
		return;
	}
	if (pdu->type == RTR_ERROR) {
		error_take(p, pdu, now);
		return;
	}
	if (!version_agree(p, pdu->version)) {
		fault(p, RTR_RULE_OTHER_VERSION, all);
		return;
	}
	if (pdu->type == RTR_RESPONSE)
		response_take(p, pdu, all);
	else if (pdu->type == RTR_END)
		end_take(p, pdu, all, now);
	else if (pdu->type == RTR_RESET)
		reset_take(p, all, now);
	else
		payload_take(p, pdu, all);
}

/* All that is whole of what came so far. */
static size_t
pdus_take(struct rtr_peer *p, struct mono now)
{
	enum rtr_rule rule = RTR_RULES;
	struct rtr_pdu pdu;
	size_t at = 0;
	long n;

	while (p->facts.state != RTR_OVER) {
		struct span left = span_of(p->in.at + at, p->in.n - at);

		n = rtr_pdu_read(left,
			p->is_agreed ? (int)p->facts.version : -1, &pdu, &rule);
		if (n == 0)
			break;
		if (n < 0) {
			fault(p, rule, left);
			break;
		}
		pdu_take(p, &pdu, span_of(left.p, (size_t)n), now);
		at += (size_t)n;
	}
	return at;
}

void
rtr_peer_input(struct rtr_peer *p, struct span in, struct mono now)
{
	size_t used;

	if (p->facts.state == RTR_OVER || p->facts.state == RTR_CLOSED ||
		in.n == 0)
		return;
	p->facts.octets += in.n;
	p->has_heard = true;
	if (!VEC_RESERVE(&p->in, p->in.n + in.n)) {
		failure(p, ERR_NOMEM, in);
		return;
	}
	memcpy(p->in.at + p->in.n, in.p, in.n);
	p->in.n += in.n;
	used = pdus_take(p, now);
	if (p->facts.state == RTR_OVER) {
		p->in.n = 0;
		return;
	}
	/* What is left is less than a PDU. */
	memmove(p->in.at, p->in.at + used, p->in.n - used);
	p->in.n -= used;
}

struct span
rtr_peer_output(const struct rtr_peer *p)
{
	return span_of(p->out, p->out_n);
}

void
rtr_peer_sent(struct rtr_peer *p, size_t n)
{
	p->out_n -= n;
	memmove(p->out, p->out + n, p->out_n);
}

/* Some caches refuse a version by closing, without a word. */
void
rtr_peer_lost(struct rtr_peer *p, const char *why)
{
	if (p->facts.state == RTR_OVER)
		return;
	if (why == NULL && !p->has_heard && p->facts.state == RTR_ASKED &&
		version_lower(p, p->facts.version))
		return;
	if (why == NULL)
		why = p->has_heard
			? "the cache closed the connection"
			: "the cache closed the connection without a word: is "
			  "it for TLS, or for other addresses?";
	text_clear(&p->why);
	text_add(&p->why, "%s", why);
	over(p, RTR_END_CLOSED);
}

/* When what is held is too old to be used.  An answer that is under way is
 * waited for: its own deadline is near. */
static int64_t
expiry_of(const struct rtr_peer *p)
{
	if (!p->facts.has_data || p->facts.state == RTR_ASKED ||
		p->facts.state == RTR_TOLD)
		return INT64_MAX;
	return p->facts.synced.ms + (int64_t)p->facts.expire * 1000;
}

/* When the state wants something to be done. */
static int64_t
due_of(const struct rtr_peer *p)
{
	const struct rtr_facts *f = &p->facts;
	int64_t refresh = p->config->refresh_ms, retry = p->config->retry_ms;

	switch (f->state) {
	case RTR_ASKED:
	case RTR_TOLD:
		return p->asked.ms + p->config->answer_ms;
	case RTR_IDLE:
		return f->synced.ms +
			(refresh > 0 ? refresh : (int64_t)f->refresh * 1000);
	case RTR_WAITING:
		return p->asked.ms +
			(retry > 0 ? retry : (int64_t)f->retry * 1000);
	case RTR_CLOSED:
	case RTR_OVER:
		break;
	}
	return INT64_MAX;
}

struct mono
rtr_peer_deadline(const struct rtr_peer *p)
{
	int64_t due = due_of(p), expiry = expiry_of(p);

	return (struct mono){due < expiry ? due : expiry};
}

void
rtr_peer_tick(struct rtr_peer *p, struct mono now)
{
	struct rtr_told told = told_of(p);

	if (now.ms >= expiry_of(p)) {
		p->calls->note(p->calls->ctx,
			"what is held is older than the expire interval");
		rtr_table_flush(&p->table, &told);
		p->facts.has_data = false;
		p->is_known = false;
	}
	if (now.ms < due_of(p))
		return;
	if (p->facts.state == RTR_IDLE || p->facts.state == RTR_WAITING) {
		ask(p, p->facts.state == RTR_WAITING, now);
		return;
	}
	text_clear(&p->why);
	text_add(&p->why,
		p->facts.state == RTR_ASKED
			? "the cache does not answer"
			: "the cache does not come to an end of its answer");
	over(p, RTR_END_SILENCE);
}

void
rtr_peer_tell(const struct rtr_peer *p, struct rtr_facts *out)
{
	*out = p->facts;
	out->why = p->why.p != NULL ? p->why.p : "";
}

uint64_t
rtr_peer_found(const struct rtr_peer *p, enum rtr_rule rule)
{
	return p->found[rule];
}

const struct rtr_table *
rtr_peer_table(const struct rtr_peer *p)
{
	return &p->table;
}
