/*
 * xml: every limit of RRDP files from both sides, lists of deltas, and files
 * that are made to cost.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/fetch/xml_events.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define NS   "xmlns=\"http://www.ripe.net/rpki/rrdp\""
#define ROOT NS " version=\"1\" session_id=\"5e55\" serial=\"7\""
#define H1   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SNAP "<snapshot uri=\"https://h/s.xml\" hash=\"" H1 "\"/>"
#define U    "rsync://h/m/a.roa"

/* A snapshot in pieces of `step`. */
static struct events
snapshot_read(struct span file, size_t step)
{
	struct events v = {.kind = EVENTS_SNAPSHOT,
		.session = "5e55",
		.serial = 7,
		.step = step};

	events_read(&v, file);
	return v;
}

/* A session of `n` characters. */
static enum xml_fault
session_of(size_t n)
{
	struct events v = {.kind = EVENTS_NOTIFICATION};
	struct text t = {0};

	text_add(
		&t, "<notification %s version='1' serial='1' session_id='", NS);
	for (size_t i = 0; i < n; i++)
		text_char(&t, 'a');
	text_add(&t, "'>%s</notification>", SNAP);
	events_read(&v, span_of(t.p, t.n));
	events_free(&v);
	text_free(&t);
	return v.fault;
}

Test(xml_limits, limits_a_session)
{
	cr_expect_eq(session_of(BOUND_RRDP_SESSION), XML_FAULT_NONE);
	cr_expect_eq(session_of(BOUND_RRDP_SESSION + 1), XML_FAULT_SESSION);
	cr_expect_eq(session_of(BOUND_RRDP_ATTRIBUTE), XML_FAULT_SESSION);
	cr_expect_eq(session_of(BOUND_RRDP_ATTRIBUTE + 1), XML_FAULT_SIZE);
	cr_expect_eq(session_of(1000000), XML_FAULT_SIZE);
}

/* A publish whose URI has `uri` octets, and whose content has `digits`
 * characters of base64 and `spaces`. */
static struct events
publish_of(size_t uri, size_t digits, size_t spaces)
{
	struct events v = {.kind = EVENTS_SNAPSHOT,
		.session = "5e55",
		.serial = 7,
		.quiet = true,
		.step = 16384};
	size_t head;
	struct text t = {0};

	text_add(&t, "<snapshot %s><publish uri='rsync://h/m/", ROOT);
	for (head = strlen("rsync://h/m/"); head < uri; head++)
		text_char(&t, 'a');
	text_add(&t, "'>");
	for (size_t i = 0; i < digits; i++)
		text_char(&t, 'A');
	for (size_t i = 0; i < spaces; i++)
		text_char(&t, ' ');
	text_add(&t, "</publish></snapshot>");
	events_read(&v, span_of(t.p, t.n));
	text_free(&t);
	return v;
}

Test(xml_limits, limits_a_uri)
{
	cr_expect_eq(publish_of(BOUND_URI, 4, 0).fault, XML_FAULT_NONE);
	cr_expect_eq(publish_of(BOUND_URI + 1, 4, 0).fault, XML_FAULT_URI);
	cr_expect_eq(publish_of(BOUND_RRDP_ATTRIBUTE + 1, 4, 0).fault,
		XML_FAULT_SIZE);
}

/* An object of 20,000,000 octets ends in two of four digits. */
Test(xml_limits, limits_an_object)
{
	size_t most = BOUND_OBJECT_MAX / 3 * 4;
	struct events v = publish_of(20, most, 0);

	cr_expect_eq(BOUND_OBJECT_MAX % 3, 2);
	cr_expect_eq(v.fault, XML_FAULT_NONE);
	cr_expect_eq(v.bytes, BOUND_OBJECT_MAX - 2);
	cr_expect_eq(publish_of(20, most + 4, 0).fault, XML_FAULT_SIZE);
	cr_expect_eq(publish_of(20, most, 1024).fault, XML_FAULT_NONE);
	cr_expect_eq(publish_of(20, most, 1025).fault, XML_FAULT_SIZE);
}

/* What expat would have to keep until its end. */
Test(xml_limits, limits_what_has_no_end)
{
	static const char *const begins[] = {
		"<",
		"<!--",
		"<!DOCTYPE ",
		"<?xml ",
		"<?a ",
		"<snapshot " ROOT "><!--",
		"<snapshot " ROOT "><publish uri='",
		"<snapshot " ROOT "><",
		"<snapshot " ROOT "></",
		"<snapshot " ROOT ">&",
	};

	for (size_t i = 0; i < COUNT(begins); i++) {
		struct text t = {0};
		struct events v;

		text_add(&t, "%s", begins[i]);
		for (size_t n = 0; n < 1000000; n++)
			text_char(&t, 'a');
		v = snapshot_read(span_of(t.p, t.n), 1000);
		cr_expect_eq(v.fault, XML_FAULT_SIZE, "%s after %s",
			xml_fault_name(v.fault), begins[i]);
		events_free(&v);
		text_free(&t);
	}
}

/* Names that expat would remember. */
Test(xml_limits, limits_prefixes)
{
	for (size_t n = 8; n <= 9; n++) {
		struct text t = {0};
		struct events v;

		text_add(&t, "<snapshot %s>", ROOT);
		for (size_t i = 0; i < n; i++)
			text_add(&t,
				"<publish xmlns:p%zu='http://x/' uri='" U
				"'>AAAA</publish>",
				i);
		text_add(&t, "</snapshot>");
		v = snapshot_read(span_of(t.p, t.n), 0);
		cr_expect_eq(
			v.fault, n == 8 ? XML_FAULT_NONE : XML_FAULT_COUNT);
		events_free(&v);
		text_free(&t);
	}
}

/* Lists. */

static void
list_delta(struct text *t, uint64_t serial)
{
	text_add(t,
		"<delta serial='%llu' uri='https://h/%llu/d' hash='%064llx'/>",
		(unsigned long long)serial, (unsigned long long)serial,
		(unsigned long long)serial);
}

static void
list_begin(struct text *t, uint64_t serial)
{
	text_add(t,
		"<notification %s version='1' session_id='1' serial='%llu'>%s",
		NS, (unsigned long long)serial, SNAP);
}

static struct events
list_read(struct text *t)
{
	struct events v = {.kind = EVENTS_NOTIFICATION, .step = 16384};

	text_add(t, "</notification>");
	events_read(&v, span_of(t->p, t->n));
	text_free(t);
	return v;
}

/* Each list of serials, with what is to be kept of it when 9 is the serial. */
Test(xml_limits, judges_lists_of_deltas)
{
	static const struct {
		const char *serials; /* a digit each */
		uint64_t kept;
	} lists[] = {
		{"", 0},
		{"9", 1},
		{"98765", 5},
		{"56789", 5},
		{"79865", 5},
		{"123456789", 9},
		{"8", 0},
		{"8765", 0},
		{"9765", 0},
		{"9876554", 0},
		{"99876", 0},
		{"9986", 0},
	};

	for (size_t i = 0; i < COUNT(lists); i++) {
		struct text t = {0};
		struct events v;
		bool broken = lists[i].kept == 0 && lists[i].serials[0] != '\0';

		list_begin(&t, 9);
		for (const char *p = lists[i].serials; *p != '\0'; p++)
			list_delta(&t, (uint64_t)(*p - '0'));
		v = list_read(&t);
		cr_expect_eq(v.fault, XML_FAULT_NONE);
		cr_expect_eq(v.deltas, lists[i].kept, "%s", lists[i].serials);
		cr_expect_eq(v.deltas_fault,
			broken ? XML_FAULT_DELTAS : XML_FAULT_NONE, "%s",
			lists[i].serials);
		events_free(&v);
	}
}

Test(xml_limits, refuses_deltas_beyond_the_serial)
{
	struct text t = {0};
	struct events v;

	list_begin(&t, 9);
	list_delta(&t, 9);
	list_delta(&t, 10);
	v = list_read(&t);
	cr_expect_eq(v.deltas_fault, XML_FAULT_DELTAS);
	events_free(&v);
}

/* The latest, ascending, each with its own URI and hash. */
Test(xml_limits, keeps_the_latest_deltas)
{
	for (uint64_t n = 499; n <= 501; n++) {
		struct text t = {0}, expected = {0};
		struct events v;

		list_begin(&t, 1000);
		for (uint64_t i = 0; i < n; i++)
			list_delta(&t, 1000 - n + 1 + i * 7 % n);
		v = list_read(&t);
		cr_expect_eq(v.deltas, n < 500 ? n : 500);
		text_add(&expected, "n 1 1000 https://h/s.xml ");
		for (const char *p = H1; *p != '\0'; p++)
			text_char(
				&expected, (char)(*p >= 'A' ? *p | 0x20 : *p));
		text_add(&expected, " %llu none\n",
			(unsigned long long)v.deltas);
		for (uint64_t s = 1001 - v.deltas; s <= 1000; s++)
			text_add(&expected, "%llu https://h/%llu/d %064llx\n",
				(unsigned long long)s, (unsigned long long)s,
				(unsigned long long)s);
		cr_expect_str_eq(v.text.p, expected.p);
		text_free(&expected);
		events_free(&v);
	}
}

/* A gap far back is a gap. */
Test(xml_limits, counts_deltas_that_are_too_old_to_keep)
{
	struct text t = {0};
	struct events v;

	list_begin(&t, 1000);
	for (uint64_t s = 1; s <= 1000; s++)
		if (s != 5)
			list_delta(&t, s);
	v = list_read(&t);
	cr_expect_eq(v.deltas_fault, XML_FAULT_DELTAS);
	cr_expect_eq(v.deltas, 0);
	events_free(&v);
}

static double
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* S43 huge-notify: a million deltas, the least first so that each is later than
 * all before; time and memory stay small. */
Test(xml_limits, s43_huge_notify)
{
	struct xml *x = xml_notification_new();
	double began = seconds();
	struct rusage usage;
	struct text t = {0};

	list_begin(&t, 1000000);
	for (uint64_t s = 1; s <= 1000000; s++) {
		list_delta(&t, s);
		if (t.n < 65536 && s < 1000000)
			continue;
		cr_assert_eq(xml_feed(x, span_of(t.p, t.n)), XML_FAULT_NONE);
		text_clear(&t);
	}
	cr_assert_eq(xml_feed(x, span_text("</notification>")), XML_FAULT_NONE);
	cr_assert_eq(xml_end(x), XML_FAULT_NONE);
	cr_expect_eq(xml_notification_get(x)->delta_count, 500);
	cr_expect_eq(xml_notification_get(x)->deltas_fault, XML_FAULT_NONE);
	xml_free(x);
	text_free(&t);
	/* 2 s on the reference machine; checkers make it slower. */
	cr_expect_lt(seconds() - began, 20);
	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	cr_expect_lt(usage.ru_maxrss, 64 * 1024, "%ld KB", usage.ru_maxrss);
}

/* Serials that no number holds, up to a million digits. */
Test(xml_limits, s43_huge_serial)
{
	for (size_t n = 10; n <= 1000000; n *= 10) {
		enum xml_fault fault = XML_FAULT_NONE;
		struct text t = {0};
		struct events v;

		if (n > 19)
			fault = n <= BOUND_RRDP_ATTRIBUTE ? XML_FAULT_SERIAL
							  : XML_FAULT_SIZE;
		text_add(&t,
			"<notification %s version='1' session_id='1' "
			"serial='",
			NS);
		for (size_t i = 0; i < n; i++)
			text_char(&t, '1');
		text_add(&t, "'>" SNAP);
		v = list_read(&t);
		cr_expect_eq(v.fault, fault, "%zu digits: %s", n,
			xml_fault_name(v.fault));
		events_free(&v);
	}
}

/* S18 xml-bombs: none costs anything. */
Test(xml_limits, s18_xml_bombs)
{
	static const char *const heads[] = {
		"<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\">"
		"<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
		"<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
		"<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">]>"
		"<snapshot " ROOT ">&d;</snapshot>",
		"<!DOCTYPE a [<!ENTITY % a SYSTEM \"http://127.0.0.1/\"> %a;]>",
		"<!DOCTYPE a PUBLIC \"a\" \"file:///etc/passwd\">",
		"<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>"
		"<snapshot " ROOT ">&a;</snapshot>",
	};
	double began = seconds();
	struct text t = {0};
	struct events v;

	for (size_t i = 0; i < COUNT(heads); i++) {
		v = snapshot_read(span_text(heads[i]), 0);
		cr_expect_eq(v.fault, XML_FAULT_DOCTYPE, "%s", heads[i]);
		events_free(&v);
	}
	text_add(&t, "<snapshot %s>", ROOT);
	for (size_t i = 0; i < 1000000; i++)
		text_add(&t, "<a>");
	v = snapshot_read(span_of(t.p, t.n), 0);
	cr_expect_eq(v.fault, XML_FAULT_ELEMENT);
	events_free(&v);
	text_clear(&t);
	text_add(&t, "<snapshot %s>", ROOT);
	for (size_t i = 0; i < 1000000; i++)
		text_add(&t, "<publish uri='" U "'>");
	v = snapshot_read(span_of(t.p, t.n), 0);
	cr_expect_eq(v.fault, XML_FAULT_DEPTH);
	events_free(&v);
	text_free(&t);
	cr_expect_lt(seconds() - began, 5);
}
