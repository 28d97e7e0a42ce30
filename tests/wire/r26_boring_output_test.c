/*
 * r26_boring_output: whole conversations, octet by octet, and a strict router
 * that reads all of them.
 *
 * Each file in data/ is played at every pace: in one piece, octet by octet,
 * and with the output taken in between; the octets that come must be the same.
 * The checker is told every query, follows each connection from its beginning,
 * and refuses what is not sorted, said twice, out of bounds, or not zero where
 * it must be.  That it does refuse is shown by octets that it must not take.
 *
 *	# comment
 *	max 1                   highest version that the cache speaks
 *	history 40 | first N    of the cache
 *	interval MS             between two Serial Notify
 *	pace whole              play it only in one piece
 *	connect                 a new connection, the cache stays
 *	publish WORDS           a new set (see talk.h)
 *	notify                  tell the session of it
 *	withhold                nothing is given any more
 *	restart | shutdown      the cache goes away
 *	blocked                 the socket takes nothing now
 *	> HEX                   the router says
 *	take N                  accept so many octets of output
 *	< HEX                   all that came since the last "<"; the checker
 *	                        reads it too
 *	wait MS | end           time passes; the router closes its side
 *	state WORD | reason WORD
 */
#include <criterion/criterion.h>
#include <dirent.h>

#include "tests/wire/router.h"

struct play {
	struct talk t;
	struct checker c; /* of this connection */
	bool speaks; /* its version is known */
	size_t read; /* octets of what was said that the checker was told */
	struct cache_config config;
	unsigned max;
	int64_t interval;
	bool begun;
	const char *file;
	int line;
};

static const char *
test_folder(void)
{
	static char path[4096];
	const char *source = getenv("WAYMARK_SOURCE");

	snprintf(path, sizeof(path), "%s/tests/wire/data",
		source != NULL ? source : ".");
	return path;
}

/* The cache is made when the settings before it are known. */
static struct talk *
test_talk(struct play *p, enum talk_pace pace)
{
	if (!p->begun) {
		talk_init_with(&p->t, &p->config, p->max);
		p->t.config.notify_ms = p->interval;
		p->t.pace = pace;
		p->begun = true;
	}
	return &p->t;
}

/* Tell the checker of the queries that are whole by now.  Behind a PDU that
 * breaks a rule there is none. */
static void
test_tell(struct play *p)
{
	while (p->t.said_n - p->read >= 8) {
		const uint8_t *said = p->t.said + p->read;
		uint32_t n = checker_be32(said + 4);

		if (n < 8 || n > p->t.said_n - p->read)
			return;
		if (said[0] == p->c.version &&
			((said[1] == 1 && n == 12) || (said[1] == 2 && n == 8)))
			checker_ask(&p->c, said[1]);
		p->read += n;
	}
}

/* What was heard must be whole PDUs that a strict router takes, whatever the
 * file says.  Error 4 has a version of its own. */
static void
test_check(struct play *p, struct span heard)
{
	if (heard.n == 0)
		return;
	if (!p->speaks) {
		checker_init(&p->c, heard.p[0]);
		/* A delta at first refers to a set that nobody saw. */
		p->c.loose = true;
		p->c.told = true;
		p->speaks = true;
	}
	test_tell(p);
	cr_expect(checker_read(&p->c, heard), "%s:%d: %s", p->file, p->line,
		p->c.why);
	cr_expect(!p->c.inside, "%s:%d: no end", p->file, p->line);
}

static void
test_connect(struct play *p)
{
	talk_connect(&p->t);
	if (p->speaks)
		checker_fini(&p->c);
	p->speaks = false;
	p->read = 0;
}

static void
test_hear(struct play *p, const char *hex)
{
	uint8_t want[8192];
	char got_text[2048], want_text[2048];
	size_t n = talk_hex(hex, want, sizeof(want));
	struct span got = talk_hear(&p->t);

	cr_expect(span_equal(got, span_of(want, n)),
		"%s:%d: pace %d\n got %s\nwant %s", p->file, p->line,
		(int)p->t.pace, talk_text(got, got_text, sizeof(got_text)),
		talk_text(span_of(want, n), want_text, sizeof(want_text)));
	test_check(p, got);
}

static bool
test_setting(struct play *p, const char *verb, const char *rest)
{
	unsigned long number = strtoul(rest, NULL, 10);

	if (strcmp(verb, "max") == 0)
		p->max = (unsigned)number;
	else if (strcmp(verb, "history") == 0)
		p->config.history = (uint32_t)number;
	else if (strcmp(verb, "first") == 0)
		p->config.first_serial = (uint32_t)number;
	else if (strcmp(verb, "interval") == 0)
		p->interval = (int64_t)number;
	else if (strcmp(verb, "pace") != 0)
		return false;
	cr_assert(!p->begun, "%s:%d: too late", p->file, p->line);
	return true;
}

static void
test_expect(const struct play *p, const char *verb, const char *rest)
{
	struct session_facts facts = talk_facts(&p->t);
	const char *is = strcmp(verb, "state") == 0
		? session_state_name(facts.state)
		: facts.close_reason;

	cr_assert(strcmp(verb, "state") == 0 || strcmp(verb, "reason") == 0,
		"%s:%d: what is %s?", p->file, p->line, verb);
	cr_expect(is != NULL && strcmp(is, rest) == 0, "%s:%d: %s is %s",
		p->file, p->line, verb, is == NULL ? "none" : is);
}

/* What happens to a session; false: `verb` is none of it. */
static bool
test_event(struct talk *t, const char *verb)
{
	if (strcmp(verb, "notify") == 0) {
		session_notify(t->session, t->now);
	} else if (strcmp(verb, "withhold") == 0) {
		cache_withhold(t->cache, true);
		session_withhold(t->session, t->now);
	} else if (strcmp(verb, "restart") == 0) {
		session_restart(t->session, t->now);
	} else if (strcmp(verb, "shutdown") == 0) {
		session_shutdown(t->session, t->now);
	} else if (strcmp(verb, "blocked") == 0) {
		session_blocked(t->session, t->now);
	} else if (strcmp(verb, "end") == 0) {
		session_end(t->session, t->now);
	} else {
		return false;
	}
	return true;
}

static void
test_step(
	struct play *p, const char *verb, const char *rest, enum talk_pace pace)
{
	struct talk *t;

	if (test_setting(p, verb, rest))
		return;
	t = test_talk(p, pace);
	if (strcmp(verb, ">") == 0)
		talk_say(t, rest);
	else if (strcmp(verb, "<") == 0)
		test_hear(p, rest);
	else if (strcmp(verb, "publish") == 0)
		talk_publish(t, rest);
	else if (strcmp(verb, "connect") == 0)
		test_connect(p);
	else if (strcmp(verb, "take") == 0)
		talk_take(t, strtoul(rest, NULL, 10), SIZE_MAX);
	else if (strcmp(verb, "wait") == 0)
		talk_wait(t, (int64_t)strtoul(rest, NULL, 10));
	else if (!test_event(t, verb))
		test_expect(p, verb, rest);
}

/* Whether the file wants to be played in one piece only. */
static bool
test_is_whole_only(FILE *f)
{
	char line[4096];
	bool only = false;

	while (fgets(line, sizeof(line), f) != NULL)
		only |= strncmp(line, "pace whole", 10) == 0;
	rewind(f);
	return only;
}

static void
test_play(const char *path, enum talk_pace pace)
{
	struct play p = {.config = talk_cache_config(),
		.max = 1,
		.interval = 60000,
		.file = path};
	FILE *f = fopen(path, "r");
	char line[8192], verb[16];
	int at;

	cr_assert(f != NULL, "%s", path);
	if (pace != TALK_WHOLE && test_is_whole_only(f)) {
		fclose(f);
		return;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		p.line++;
		line[strcspn(line, "\n#")] = '\0';
		if (sscanf(line, " %15s %n", verb, &at) == 1)
			test_step(&p, verb, line + at, pace);
	}
	fclose(f);
	cr_expect(p.begun, "%s: nothing is played", path);
	if (p.begun)
		talk_fini(&p.t);
	if (p.speaks)
		checker_fini(&p.c);
}

Test(r26_boring_output, every_file_at_every_pace)
{
	DIR *d = opendir(test_folder());
	struct dirent *e;
	char path[8192];
	int files = 0;

	cr_assert(d != NULL, "%s: set WAYMARK_SOURCE", test_folder());
	while ((e = readdir(d)) != NULL) {
		if (strstr(e->d_name, ".txt") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", test_folder(), e->d_name);
		for (int pace = 0; pace < TALK_PACES; pace++)
			test_play(path, (enum talk_pace)pace);
		files++;
	}
	closedir(d);
	cr_expect(files >= 27, "only %d transcripts", files);
}

/* What a strict router must not take: octets behind a Cache Response of the
 * version, and why.  They are an answer to a Serial Query of a router that
 * holds 10.0.0.0/8-8=1, key 1 and the ASPA of 1 with 2, unless `all`. */
struct bad {
	unsigned version;
	bool all;
	const char *octets, *why;
};

#define V4(flags, len, max, addr, asn) \
	"0V04000000000014 0" flags len max "00" addr "000000" asn " "
#define TEN V4("1", "08", "08", "0a000000", "02")
#define ASPA(flags, n, customer) \
	"0V0b0" flags "00000000" n " 000000" customer " "

static const struct bad BAD[] = {
	{1, false, V4("1", "08", "08", "0a000000", "01"), "announced twice"},
	{1, false, TEN TEN, "order within a type"},
	{0, false, V4("0", "08", "08", "0a000000", "02"),
		"withdrawal of unknown"},
	{2, true, V4("0", "08", "08", "0a000000", "01"),
		"withdrawal in a full set"},
	{2, false, V4("0", "08", "08", "0a000000", "01") TEN,
		"announced after withdrawn"},
	{1, false, V4("1", "08", "08", "0a000001", "02"),
		"host bits in a prefix"},
	{1, false, V4("3", "08", "08", "0a000000", "02"),
		"reserved bits in a prefix"},
	{1, false, "0V04000100000014 010808000a00000000000002",
		"reserved bits in a prefix"},
	{1, false, V4("1", "09", "08", "0a000000", "02"),
		"lengths of a prefix"},
	{1, false, V4("1", "08", "21", "0a000000", "02"),
		"lengths of a prefix"},
	/* Announcements go down. */
	{2, true, V4("1", "08", "08", "09000000", "02") TEN,
		"order within a type"},
	{2, true, V4("1", "08", "08", "0a000000", "01") TEN,
		"order within a type"},
	{2, true, TEN V4("1", "08", "09", "0a000000", "02"),
		"order within a type"},
	{2, true, "0V06000000000020 0100000000*16 00000001 " TEN,
		"types do not ascend"},
	{2, true, ASPA("1", "10", "05") "00000001 " TEN, "types do not ascend"},
	{0, true, "0V09010000000021 01*20 00000001 00", "length or type"},
	{1, true, ASPA("1", "10", "05") "00000001", "length or type"},
	{2, true, "0V09010000000020 01*20 00000001", "length or type"},
	{2, true, "0V09010100000021 01*20 00000001 00",
		"reserved bits in a router key"},
	{2, true,
		"0V09010000000021 02*20 00000001 00 "
		"0V09010000000021 01*20 00000001 00",
		"order within a type"},
	{2, true, ASPA("1", "0c", "05"), "ASPA without providers"},
	{2, false, ASPA("0", "10", "01") "00000002",
		"providers in a withdrawal"},
	{2, false, ASPA("0", "0c", "05"), "withdrawal of unknown"},
	{2, false, ASPA("1", "10", "01") "00000002", "replaced by the same"},
	{2, false, ASPA("1", "10", "01") "00000003 " ASPA("0", "0c", "01"),
		"both in one answer"},
	{2, true, ASPA("1", "14", "05") "00000000 00000001",
		"AS0 beside a provider"},
	{2, true, ASPA("1", "14", "05") "00000100 00000002",
		"order of providers"},
	{2, true, ASPA("1", "14", "05") "00000002 00000002",
		"order of providers"},
	{2, true, ASPA("1", "0e", "05") "0000", "length or type"},
	{2, true, ASPA("3", "10", "05") "00000001", "reserved bits in an ASPA"},
	{2, true,
		ASPA("1", "10", "06") "00000001 " ASPA(
			"1", "10", "05") "00000001",
		"order within a type"},
	{2, false, ASPA("0", "0c", "01") ASPA("1", "10", "05") "00000001",
		"announced after withdrawn"},
	{1, false, "0V00SSSS0000000c 00000009", "Notify within an answer"},
	{1, false, "0V03SSSS00000008", "answer within an answer"},
	{1, false, "0V0a0002 00000010 00000000 00000000",
		"Error Report within an answer"},
	{1, false, "0V07fffe00000018 00000002 00000e10 00000258 00001c20",
		"session id of End of Data"},
	{1, false, "0V07SSSS0000000c 00000002", "length or type"},
	{0, false, "0V07SSSS00000018 00000002 00000e10 00000258 00001c20",
		"length or type"},
	{1, false, "0V07SSSS00000018 00000002 00001c20 00000258 00001c20",
		"timers"},
	{1, false, "0V0100000000000c 00000001", "a query from a cache"},
	{1, false, "0304000000000014 010808000a00000000000002", "version"},
};

static void
test_bad(const struct bad *bad)
{
	char hex[512] = "", session[5];
	struct checker c;
	uint8_t octets[512];
	size_t n;

	snprintf(session, sizeof(session), "%04x", talk_session(bad->version));
	snprintf(hex, sizeof(hex), "0V03SSSS00000008 %s%s", bad->octets,
		bad->version == 0 ? "0V07SSSS0000000c 00000002"
				  : "0V07SSSS00000018 00000002 00000e10 "
				    "00000258 00001c20");
	for (char *p = hex; *p != '\0'; p++) {
		if (*p == 'V')
			*p = (char)('0' + bad->version);
		if (strncmp(p, "SSSS", 4) == 0)
			memcpy(p, session, 4);
	}
	n = talk_hex(hex, octets, sizeof(octets));
	checker_init(&c, bad->version);
	c.set = held_of_words("10.0.0.0/8-8=1 key=1 aspa=1:2", bad->version);
	checker_ask(&c, bad->all ? 2 : 1);
	cr_expect(
		!checker_read(&c, span_of(octets, n)), "takes %s", bad->octets);
	cr_expect_str_eq(c.why, bad->why, "%s: %s, not %s", bad->octets, c.why,
		bad->why);
	checker_fini(&c);
}

Test(r26_boring_output, what_the_checker_refuses)
{
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		test_bad(&BAD[i]);
}

/* Outside of answers: the same for Notify, Error Reports and Cache Reset. */
Test(r26_boring_output, what_the_checker_refuses_outside)
{
	static const struct {
		unsigned version;
		const char *octets, *why;
	} rows[] = {
		{1, "0108000000000008", "an answer that nobody asked for"},
		{1, "0103567800000008", "an answer that nobody asked for"},
		{1, "0104000000000014 010808000a00000000000002",
			"payload outside of an answer"},
		{1, "010a0006 00000010 00000000 00000000",
			"error code unknown to the version"},
		{1, "010a000c 00000010 00000000 00000000",
			"error code unknown to the version"},
		{0, "000a0008 00000010 00000000 00000000",
			"error code unknown to the version"},
		{2, "020a000b 00000010 00000000 00000000",
			"error code unknown to the version"},
		{1, "010a0003 00000051 00000041 00*65 00000000",
			"PDU of an Error Report"},
		{1, "010a0003 00000018 00000008 010a000300000010 00000000",
			"Error Report for an Error Report"},
		{1, "010a0005 00000011 00000000 00000001 61",
			"text with error 2 or 5"},
		{1, "010a0003 00000011 00000000 00000001 ff",
			"UTF-8 of an Error Report"},
		{1, "010a0003 00000010 00000000 00000000 0108000000000008",
			"a PDU behind the last words"},
		{1, "010056780000000c00000005 010056780000000c00000004",
			"Notify of old news"},
		{1, "01005678", "cut in a header"},
		{1, "010056780000000c0000", "cut in a PDU"},
		{1, "0102000000000008", "a query from a cache"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t octets[256];
		size_t n = talk_hex(rows[i].octets, octets, sizeof(octets));
		struct checker c;

		checker_init(&c, rows[i].version);
		c.told = true;
		cr_expect(!checker_read(&c, span_of(octets, n)), "takes %s",
			rows[i].octets);
		cr_expect_str_eq(
			c.why, rows[i].why, "%s: %s", rows[i].octets, c.why);
		checker_fini(&c);
	}
}
