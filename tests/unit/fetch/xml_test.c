/*
 * xml: what the three files of RRDP may say, and what each fault is called.
 * Limits and lists are in xml_limits_test.c.
 */
#include <criterion/criterion.h>

#include "tests/unit/fetch/xml_events.h"
#include "tests/unit/guard.h"
#include "waymark/bounds.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define NS   "xmlns=\"http://www.ripe.net/rpki/rrdp\""
#define ROOT NS " version=\"1\" session_id=\"5e55\" serial=\"7\""
#define H1   "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define H2   "ff112233445566778899aabbccddeeff00112233445566778899aabbccddee00"

#define HG "ff11223344556677g899aabbccddeeff00112233445566778899aabbccddee00"

#define N(inner)     "<notification " ROOT ">" inner "</notification>"
#define S(inner)     "<snapshot " ROOT ">" inner "</snapshot>"
#define D(inner)     "<delta " ROOT ">" inner "</delta>"
#define SNAP	     "<snapshot uri=\"https://h/s.xml\" hash=\"" H1 "\"/>"
#define DELTA(n)     DELTA_AT(n, "https://h/" n ".xml", H2)
#define PUB(uri, c)  "<publish uri=\"" uri "\">" c "</publish>"
#define PUBH(uri, c) "<publish uri=\"" uri "\" hash=\"" H1 "\">" c "</publish>"
#define WD(uri)	     "<withdraw uri=\"" uri "\" hash=\"" H2 "\"/>"
#define U	     "rsync://h/m/a.roa"
#define DELTA_AT(n, uri, hash) \
	"<delta serial=\"" n "\" uri=\"" uri "\" hash=\"" hash "\"/>"

struct row {
	enum events_kind kind;
	const char *file;
	enum xml_fault fault;
	uint64_t published, withdrawn, deltas;
};

static const struct row accepted[] = {
	{EVENTS_NOTIFICATION, N(SNAP), XML_FAULT_NONE, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("7") DELTA("6")), XML_FAULT_NONE, 0,
		0, 2},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("6") DELTA("7") DELTA("5")),
		XML_FAULT_NONE, 0, 0, 3},
	{EVENTS_NOTIFICATION, N(DELTA("7") SNAP DELTA("06")), XML_FAULT_NONE, 0,
		0, 2},
	{EVENTS_NOTIFICATION,
		"<?xml version=\"1.0\" encoding=\"us-ascii\"?>\n<!-- c -->" N(
			" \r\n\t<!-- a < b > c -->" SNAP) "<!-- -->\n",
		XML_FAULT_NONE, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>" N(
			SNAP),
		XML_FAULT_NONE, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		"<notification serial='9223372036854775807' version='1' "
		"session_id='any-text/is;legal' " NS ">" SNAP "</notification>",
		XML_FAULT_NONE, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		"<r:notification xmlns:r='http://www.ripe.net/rpki/rrdp' "
		"version='1' session_id='1' serial='1'><r:snapshot "
		"uri='https://h/s' hash='" H1 "'/></r:notification>",
		XML_FAULT_NONE, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(""), XML_FAULT_NONE, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("\n" PUB(U, "AAAA") "\n" PUB(U, "\n AA\tAA\r\n")),
		XML_FAULT_NONE, 2, 0, 0},
	{EVENTS_SNAPSHOT, S("<publish " NS " uri=\"" U "\">AA==</publish>"),
		XML_FAULT_NONE, 1, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/a?x=1&amp;y", "&#65;AAA")),
		XML_FAULT_NONE, 1, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "<![CDATA[AAAA]]>AA<!-- x -->AA")),
		XML_FAULT_NONE, 1, 0, 0},
	/* An object without octets is one, for the schema. */
	{EVENTS_SNAPSHOT, S("<publish uri=\"" U "\"/>" PUB(U, " \n")),
		XML_FAULT_NONE, 2, 0, 0},
	{EVENTS_DELTA, D(PUBH(U, "AAAA") WD("rsync://h/m/b") PUB(U, "AA==")),
		XML_FAULT_NONE, 2, 1, 0},
	{EVENTS_DELTA,
		D("<withdraw hash=\"" H1 "\" uri=\"" U "\"> </withdraw>"),
		XML_FAULT_NONE, 0, 1, 0},
};

static const struct row refused[] = {
	/* Not XML, or more of it than RRDP has. */
	{EVENTS_SNAPSHOT, "", XML_FAULT_SYNTAX, 0, 0, 0},
	{EVENTS_SNAPSHOT, " ", XML_FAULT_SYNTAX, 0, 0, 0},
	{EVENTS_SNAPSHOT, "snapshot", XML_FAULT_SYNTAX, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("") "x", XML_FAULT_SYNTAX, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("") S(""), XML_FAULT_SYNTAX, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<snapshot " ROOT "></delta>", XML_FAULT_SYNTAX, 0, 0,
		0},
	{EVENTS_SNAPSHOT, "<!DOCTYPE snapshot>" S(""), XML_FAULT_DOCTYPE, 0, 0,
		0},
	{EVENTS_SNAPSHOT, "<!DOCTYPE s SYSTEM \"file:///etc/passwd\">" S(""),
		XML_FAULT_DOCTYPE, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<!DOCTYPE s [<!ENTITY a SYSTEM 'http://h/'>]>" S(
			PUB(U, "&a;")),
		XML_FAULT_DOCTYPE, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "&a;")), XML_FAULT_DOCTYPE, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("<?php a?>"), XML_FAULT_INSTRUCTION, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<?xml-stylesheet href='a'?>" S(""),
		XML_FAULT_INSTRUCTION, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "AA<b/>AA")), XML_FAULT_DEPTH, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		N("<snapshot uri=\"https://h/s\" hash=\"" H1
		  "\"><a/></snapshot>"),
		XML_FAULT_DEPTH, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("\xc3\xa4"), XML_FAULT_ENCODING, 0, 0, 0},
	{EVENTS_SNAPSHOT, "\xef\xbb\xbf" S(""), XML_FAULT_ENCODING, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<?xml version='1.0' encoding='UTF-16'?>" S(""),
		XML_FAULT_ENCODING, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<?xml version='1.0' encoding='latin1'?>" S(""),
		XML_FAULT_ENCODING, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("a"), XML_FAULT_TEXT, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("&#228;"), XML_FAULT_TEXT, 0, 0, 0},
	{EVENTS_NOTIFICATION, N("AAAA" SNAP), XML_FAULT_TEXT, 0, 0, 0},
	{EVENTS_DELTA,
		D("<withdraw uri=\"" U "\" hash=\"" H1 "\">AAAA</withdraw>"),
		XML_FAULT_TEXT, 0, 0, 0},
	/* The root. */
	{EVENTS_SNAPSHOT, N(SNAP), XML_FAULT_ELEMENT, 0, 0, 0},
	{EVENTS_DELTA, S(""), XML_FAULT_ELEMENT, 0, 0, 0},
	{EVENTS_NOTIFICATION, D(WD(U)), XML_FAULT_ELEMENT, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<Snapshot " ROOT "/>", XML_FAULT_ELEMENT, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<snapshot version='1' session_id='5e55' serial='7'/>",
		XML_FAULT_NAMESPACE, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<snapshot xmlns='HTTP://www.ripe.net/rpki/rrdp' version='1' "
		"session_id='5e55' serial='7'/>",
		XML_FAULT_NAMESPACE, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<snapshot xmlns='http://www.ripe.net/rpki/rrdp/' version='1' "
		"session_id='5e55' serial='7'/>",
		XML_FAULT_NAMESPACE, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<x:snapshot " ROOT "/>", XML_FAULT_NAMESPACE, 0, 0,
		0},
	{EVENTS_SNAPSHOT, S("<publish xmlns='' uri=\"" U "\">AAAA</publish>"),
		XML_FAULT_NAMESPACE, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<snapshot " NS " session_id='5e55' serial='7'/>",
		XML_FAULT_VERSION, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<snapshot " NS " version='2' session_id='5e55' serial='7'/>",
		XML_FAULT_VERSION, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<snapshot " NS " version='01' session_id='5e55' serial='7'/>",
		XML_FAULT_VERSION, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<snapshot " ROOT " version='1'/>",
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<snapshot " ROOT " extra='1'/>", XML_FAULT_ATTRIBUTE,
		0, 0, 0},
	{EVENTS_SNAPSHOT, "<snapshot " ROOT " xml:lang='en'/>",
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<snapshot " NS " version='1' serial='7'/>",
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_SNAPSHOT, "<snapshot " NS " version='1' session_id='5e55'/>",
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<snapshot " NS " version='1' session_id='5e5' serial='7'/>",
		XML_FAULT_SESSION, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		"<notification " NS " version='1' session_id='' serial='7'/>",
		XML_FAULT_SESSION, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		"<notification " NS
		" version='1' session_id='a b' serial='7'/>",
		XML_FAULT_SESSION, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		"<notification " NS
		" version='1' session_id='a&#10;b' serial='7'/>",
		XML_FAULT_SESSION, 0, 0, 0},
	{EVENTS_SNAPSHOT,
		"<snapshot " NS " version='1' session_id='5e55' serial='8'/>",
		XML_FAULT_SERIAL, 0, 0, 0},
	/* What stands below it. */
	{EVENTS_NOTIFICATION, N(""), XML_FAULT_MISSING, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(DELTA("7")), XML_FAULT_MISSING, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP SNAP), XML_FAULT_COUNT, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(PUB(U, "AAAA")), XML_FAULT_ELEMENT, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		N("<snapshot uri=\"http://h/s\" hash=\"" H1 "\"/>"),
		XML_FAULT_URI, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		N("<snapshot uri=\"https://h/../s\" hash=\"" H1 "\"/>"),
		XML_FAULT_URI, 0, 0, 0},
	{EVENTS_NOTIFICATION, N("<snapshot hash=\"" H1 "\"/>"),
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_NOTIFICATION, N("<snapshot uri=\"https://h/s\"/>"),
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		N("<snapshot uri=\"https://h/s\" hash=\"" H1
		  "\" serial=\"7\"/>"),
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_NOTIFICATION,
		N("<snapshot uri=\"https://h/s\" hash=\"" H1 "0\"/>"),
		XML_FAULT_HASH, 0, 0, 0},
	{EVENTS_NOTIFICATION, N("<snapshot uri=\"https://h/s\" hash=\"\"/>"),
		XML_FAULT_HASH, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA_AT("7", "https://h/d", HG)),
		XML_FAULT_HASH, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA_AT("7", "rsync://h/m/d", H1)),
		XML_FAULT_URI, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("0")), XML_FAULT_SERIAL, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("-1")), XML_FAULT_SERIAL, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("7x")), XML_FAULT_SERIAL, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("")), XML_FAULT_SERIAL, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("9223372036854775808")),
		XML_FAULT_SERIAL, 0, 0, 0},
	{EVENTS_NOTIFICATION, N(SNAP DELTA("00000000000000000007")),
		XML_FAULT_SERIAL, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(WD(U)), XML_FAULT_ELEMENT, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("<publis uri=\"" U "\"/>"), XML_FAULT_ELEMENT, 0, 0,
		0},
	{EVENTS_SNAPSHOT, S(PUBH(U, "AAAA")), XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_SNAPSHOT, S("<publish>AAAA</publish>"), XML_FAULT_ATTRIBUTE, 0,
		0, 0},
	{EVENTS_SNAPSHOT, S("<publish uri='" U "' tag='a'>AAAA</publish>"),
		XML_FAULT_ATTRIBUTE, 0, 0, 0},
	{EVENTS_DELTA, D(""), XML_FAULT_MISSING, 0, 0, 0},
	{EVENTS_DELTA, D("<withdraw uri=\"" U "\"/>"), XML_FAULT_ATTRIBUTE, 0,
		0, 0},
	{EVENTS_DELTA, D("<withdraw hash=\"" H1 "\"/>"), XML_FAULT_ATTRIBUTE, 0,
		0, 0},
	{EVENTS_DELTA, D("<publish uri=\"" U "\" hash=\"ab\">AAAA</publish>"),
		XML_FAULT_HASH, 0, 0, 0},
	/* URIs (S04 path-traversal-all-uris). */
	{EVENTS_SNAPSHOT, S(PUB("https://h/m/a", "AAAA")), XML_FAULT_URI, 0, 0,
		0},
	{EVENTS_SNAPSHOT, S(PUB("", "AAAA")), XML_FAULT_URI, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB("a.roa", "AAAA")), XML_FAULT_URI, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m", "AAAA")), XML_FAULT_URI, 0, 0,
		0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/", "AAAA")), XML_FAULT_URI, 0, 0,
		0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/../a", "AAAA")), XML_FAULT_URI, 0,
		0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/../a", "AAAA")), XML_FAULT_URI, 0, 0,
		0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://../m/a", "AAAA")), XML_FAULT_URI, 0, 0,
		0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/%2e%2E/a", "AAAA")), XML_FAULT_URI,
		0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/%2f", "AAAA")), XML_FAULT_URI, 0,
		0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/a\\b", "AAAA")), XML_FAULT_URI, 0,
		0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/a b", "AAAA")), XML_FAULT_URI, 0,
		0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync://h/m/&#228;", "AAAA")), XML_FAULT_URI,
		0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB("rsync:///m/a", "AAAA")), XML_FAULT_URI, 0, 0,
		0},
	{EVENTS_DELTA, D(WD("rsync://h/m/./a")), XML_FAULT_URI, 0, 0, 0},
	/* Base64. */
	{EVENTS_SNAPSHOT, S(PUB(U, "A")), XML_FAULT_BASE64, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "AAA")), XML_FAULT_BASE64, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "AA=")), XML_FAULT_BASE64, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "AA==AAAA")), XML_FAULT_BASE64, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "AA-_")), XML_FAULT_BASE64, 0, 0, 0},
	{EVENTS_SNAPSHOT, S(PUB(U, "AAA&#228;")), XML_FAULT_BASE64, 0, 0, 0},
};

/* Read a row's file in pieces of `step`. */
static struct events
read_row(const struct row *row, struct span file, size_t step)
{
	struct events v = {.kind = row->kind,
		.session = "5e55",
		.serial = 7,
		.step = step};

	events_read(&v, file);
	return v;
}

Test(xml, accepts)
{
	for (size_t i = 0; i < COUNT(accepted); i++) {
		const struct row *row = &accepted[i];
		struct events v = read_row(row, span_text(row->file), 0);

		cr_expect_eq(v.fault, XML_FAULT_NONE, "%s in line %llu of %s",
			xml_fault_name(v.fault), (unsigned long long)v.line,
			row->file);
		cr_expect_eq(v.published, row->published, "%s", row->file);
		cr_expect_eq(v.withdrawn, row->withdrawn, "%s", row->file);
		cr_expect_eq(v.deltas, row->deltas, "%s", row->file);
		cr_expect_eq(v.deltas_fault, XML_FAULT_NONE, "%s", row->file);
		events_free(&v);
	}
}

Test(xml, refuses_each_by_its_name)
{
	bool seen[XML_FAULTS] = {false};

	for (size_t i = 0; i < COUNT(refused); i++) {
		const struct row *row = &refused[i];
		struct events v = read_row(row, span_text(row->file), 0);

		cr_expect_eq(v.fault, row->fault, "%s, not %s: %s",
			xml_fault_name(v.fault), xml_fault_name(row->fault),
			row->file);
		cr_expect_gt(v.line, 0, "%s", row->file);
		seen[v.fault] = true;
		events_free(&v);
	}
	/* These have tests of their own, here and in xml_limits_test.c. */
	seen[XML_FAULT_NONE] = true;
	seen[XML_FAULT_SIZE] = true;
	seen[XML_FAULT_DELTAS] = true;
	seen[XML_FAULT_REFUSED] = true;
	seen[XML_FAULT_MEMORY] = true;
	for (int f = 0; f < XML_FAULTS; f++) {
		cr_expect(seen[f], "no case for %s", xml_fault_name(f));
		cr_expect_gt(strlen(xml_fault_text(f)), 0);
	}
}

Test(xml, hands_out_what_stands_there)
{
	static const char file[] = D("\n" PUBH("rsync://h/m/a", "Zm9v\n  YmFy")
			WD("rsync://h/m/b") PUB("rsync://h/m/c", ""));
	static const char expected[] =
		"+ rsync://h/m/a 6 c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa38"
		"3d4a3960714caef0c4f2 "
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddee"
		"ff\n"
		"- rsync://h/m/b "
		"ff112233445566778899aabbccddeeff00112233445566778899aabbccddee"
		"00\n"
		"+ rsync://h/m/c 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b"
		"934ca495991b7852b855\n";
	struct events v = {
		.kind = EVENTS_DELTA, .session = "5e55", .serial = 7};

	events_read(&v, span_text(file));
	cr_expect_eq(v.fault, XML_FAULT_NONE);
	cr_expect_str_eq(v.text.p, expected);
	events_free(&v);
}

Test(xml, ends_when_an_element_is_refused)
{
	static const char file[] =
		S("\n" PUB(U, "AAAA") "\n" PUB(U, "AAAA") PUB(U, "AAAA"));
	struct events v = {.kind = EVENTS_SNAPSHOT,
		.session = "5e55",
		.serial = 7,
		.refuse = 2};

	events_read(&v, span_text(file));
	cr_expect_eq(v.fault, XML_FAULT_REFUSED);
	cr_expect_eq(v.published, 2);
	cr_expect_eq(v.line, 3);
	events_free(&v);
}

Test(xml, reads_pieces_as_it_reads_the_whole)
{
	static const size_t steps[] = {1, 2, 3, 7, 64};
	const struct row *tables[] = {accepted, refused};
	const size_t counts[] = {COUNT(accepted), COUNT(refused)};

	for (size_t t = 0; t < 2; t++)
		for (size_t i = 0; i < counts[t]; i++)
			for (size_t s = 0; s < COUNT(steps); s++) {
				const struct row *row = &tables[t][i];
				struct span file = span_text(row->file);
				struct events a = read_row(row, file, 0);
				struct events b = read_row(row, file, steps[s]);

				cr_expect_eq(a.fault, b.fault, "%s", row->file);
				cr_expect_eq(a.line, b.line, "%s", row->file);
				cr_expect(
					span_equal(span_of(a.text.p, a.text.n),
						span_of(b.text.p, b.text.n)),
					"%s", row->file);
				events_free(&a);
				events_free(&b);
			}
}

/* Every beginning of a sound file is refused, and none is read beyond. */
Test(xml, refuses_what_is_cut_short)
{
	struct guard g = guard_new(4096);

	for (size_t i = 0; i < COUNT(accepted); i++) {
		const struct row *row = &accepted[i];
		struct span file = span_text(row->file);
		/* Only what is behind the root may be missing. */
		const char *end = strrchr(row->file, '/');
		size_t whole = (size_t)(strchr(end, '>') + 1 - row->file);

		for (size_t n = 0; n < file.n; n++) {
			struct events v = read_row(
				row, guard_span(&g, span_of(file.p, n)), 0);

			cr_expect(n >= whole || v.fault != XML_FAULT_NONE,
				"%zu octets of %s", n, row->file);
			events_free(&v);
		}
	}
	guard_free(&g);
}

/* A NUL, and any octet above 127, at any place. */
Test(xml, refuses_foreign_octets_anywhere)
{
	static const char file[] = S(PUB(U, "AAAA") "\n<!-- comment -->");
	static const uint8_t octets[] = {0, 0x80, 0xa0, 0xff};
	char copy[sizeof(file)];

	for (size_t i = 0; i < sizeof(file) - 1; i++)
		for (size_t o = 0; o < COUNT(octets); o++) {
			struct row row = {.kind = EVENTS_SNAPSHOT};
			struct events v;

			memcpy(copy, file, sizeof(file));
			copy[i] = (char)octets[o];
			v = read_row(&row, span_of(copy, sizeof(file) - 1), 0);
			cr_expect_eq(v.fault, XML_FAULT_ENCODING,
				"%s for %02x at %zu", xml_fault_name(v.fault),
				octets[o], i);
			events_free(&v);
		}
}
