/*
 * inspect: the lab's objects as people and scripts see them, whole and refused,
 * with and without a verdict from a chain.
 */
#include "tests/unit/object/signed.h"

#include <string.h>

#include "validator/object/inspect.h"

/* Inspect one object of the lab; the text is the caller's to free. */
static struct text
look(struct bench *b, struct span der, struct inspect what,
	enum inspect_verdict *verdict)
{
	struct text out = {0};

	what.der = der;
	if (what.profile == NULL)
		what.profile = profile_current();
	cr_assert(inspect_object(&what, b->crypto, &out, verdict) == 0);
	return out;
}

static void
expect_lines(const struct text *out, const char *const *lines)
{
	for (; *lines != NULL; lines++)
		cr_expect(strstr(out->p, *lines) != NULL, "no '%s' in:\n%s",
			*lines, out->p);
}

/* The lab's object of a type as text has all these lines. */
static void
expect_text(const char *type, enum object_type as, const char *const *lines)
{
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_VALID;
	struct inspect what = {
		.type = as,
		.uri = span_text("rsync://lab.example/repo/x"),
	};
	struct text out = look(&b, bench_make(&b, type, NULL), what, &verdict);

	cr_expect(verdict == INSPECT_UNCHECKED);
	expect_lines(&out, lines);
	text_free(&out);
	bench_free(&b);
}

Test(inspect, shows_a_roa)
{
	static const char *const lines[] = {
		"uri:                      rsync://lab.example/repo/x\n"
		"type:                     roa\n"
		"size:                     ",
		"\nverdict:                  unchecked\n"
		"reason:                   none\n"
		"asn:                      64496\n"
		"prefix count:             3\n"
		"prefixes:\n"
		"  prefix 192.0.2.0/24  max_length 24\n"
		"  prefix 198.51.100.0/24  max_length 26\n"
		"  prefix 2001:db8::/32  max_length 48\n"
		"signing time:             2029-12-31T23:00:00Z\n",
		"\nee certificate:\n"
		"  role:                   ee\n"
		"  serial:                 10\n"
		"  issuer:                 CN=ca\n"
		"  subject:                CN=ee\n",
		"  ipv4 resources:\n"
		"    192.0.2.0/24\n"
		"    198.51.100.0/24\n"
		"  ipv6 resources:\n"
		"    2001:db8::/32\n",
		"  object uri:             rsync://",
		NULL,
	};

	expect_text("roa", OBJECT_ROA, lines);
}

Test(inspect, shows_a_manifest)
{
	static const char *const lines[] = {
		"\nmanifest number:          1\n"
		"this update:              2029-12-31T23:00:00Z\n"
		"next update:              2030-01-02T00:00:00Z\n"
		"file count:               2\n"
		"files:\n"
		"  name ca.crl  hash ca0000",
		"\n  name object.roa  hash 400000",
		"\n  ipv4 resources:\n    inherit\n",
		"\n  as resources:\n    inherit\n",
		NULL,
	};

	expect_text("mft", OBJECT_MANIFEST, lines);
}

Test(inspect, shows_certificates)
{
	static const char *const ca[] = {
		"\nrole:                     ca\n"
		"serial:                   02\n"
		"issuer:                   CN=ta\n"
		"subject:                  CN=ca\n",
		"\nmanifest uri:             rsync://",
		"\nas resources:\n  AS64496-AS64511\n",
		NULL,
	};
	static const char *const ta[] = {
		"\nrole:                     trust-anchor\n",
		"\nipv6 resources:\n  ::/0\n",
		NULL,
	};
	static const char *const router[] = {
		"\nrole:                     router\n",
		"\nas resources:\n  AS64496\n",
		NULL,
	};

	expect_text("ca", OBJECT_CERT, ca);
	expect_text("ta", OBJECT_CERT, ta);
	expect_text("router", OBJECT_ROUTER_CERT, router);
}

Test(inspect, shows_a_crl)
{
	static const char *const lines[] = {
		"\nissuer:                   CN=ca\n"
		"crl number:               1\n"
		"this update:              2029-12-31T23:00:00Z\n",
		NULL,
	};

	expect_text("crl", OBJECT_CRL, lines);
}

/* The rarer types, each with what it says and its envelope. */
Test(inspect, shows_the_rarer_types)
{
	static const char *const gbr[] = {
		"\nvcard:\n  BEGIN:VCARD\n  VERSION:4.0\n  FN:Lab\n",
		"\nsigning time:             2029-12-31T23:00:00Z\n",
		"\nee certificate:\n",
		NULL,
	};
	static const char *const tak[] = {
		"\ncurrent:\n  comments:\n    current\n  uris:\n    rsync://",
		"\n  spki:                   3082",
		"\nee certificate:\n",
		NULL,
	};
	static const char *const aspa[] = {
		"\ncustomer asn:             64496\n"
		"provider count:           2\n"
		"providers:\n  64500\n  64501\n",
		"\nee certificate:\n",
		NULL,
	};
	static const char *const spl[] = {
		"\nasn:                      64496\n",
		"\nprefixes:\n  ",
		"\nee certificate:\n",
		NULL,
	};

	expect_text("gbr", OBJECT_GBR, gbr);
	expect_text("tak", OBJECT_TAK, tak);
	expect_text("aspa", OBJECT_ASPA, aspa);
	expect_text("spl", OBJECT_SPL, spl);
}

/* Published nowhere, so its EE certificate names no place (RFC 9323). */
Test(inspect, shows_a_checklist)
{
	static const char *const lines[] = {
		"\nverdict:                  unchecked\n"
		"reason:                   none\n"
		"as resources:\n  AS64496\n"
		"file count:               1\n"
		"files:\n  name file.txt  hash 0000",
		"\nee certificate:\n  role:                   ee\n",
		NULL,
	};
	struct bench b = bench_new();
	struct span der = bench_make(&b, "rsc", NULL);

	cr_expect(inspect_type(span_text("x"), der) == OBJECT_RSC);
	expect_text("rsc", OBJECT_RSC, lines);
	bench_free(&b);
}

/* What is broken is refused for its reason; content that no parser knows is
 * named, and not judged. */
Test(inspect, shows_what_is_broken_or_unknown)
{
	static const char *const changes[] = {"signedData.version=int:1", NULL};
	static const char *const broken[] = {
		"\nverdict:                  invalid\n"
		"reason:                   cms-version\n",
		NULL};
	/* { a canonical cache representation, [0] NULL } */
	uint8_t bytes[] = {0x30, 0x11, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x09, 0x10, 0x01, 0x36, 0xa0, 0x02, 0x05, 0x00};
	static const char *const cache[] = {"type:                     ccr\n",
		"\nverdict:                  invalid\n"
		"reason:                   der-tag\n",
		NULL};
	static const char *const unknown[] = {
		"type:                     other\n",
		"\nverdict:                  unchecked\n", NULL};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_VALID;
	struct inspect what = {.type = OBJECT_ASPA};
	struct span der = span_of(bytes, sizeof(bytes));
	struct text out =
		look(&b, bench_make(&b, "aspa", changes), what, &verdict);

	cr_expect(verdict == INSPECT_INVALID);
	expect_lines(&out, broken);
	text_free(&out);
	what.type = inspect_type(span_text("x"), der);
	cr_expect(what.type == OBJECT_OTHER);
	out = look(&b, der, what, &verdict);
	expect_lines(&out, cache);
	text_free(&out);
	bytes[14] = 0x7f; /* of no type that there is */
	out = look(&b, der, what, &verdict);
	expect_lines(&out, unknown);
	text_free(&out);
	bench_free(&b);
}

Test(inspect, json_is_one_line)
{
	static const char *const parts[] = {
		"{\"file\":\"x \\\"y\\\".roa\",\"type\":\"roa\",\"size\":",
		",\"verdict\":\"valid\",\"reason\":\"none\",\"asn\":64496,"
		"\"prefix_count\":3,\"prefixes\":["
		"{\"prefix\":\"192.0.2.0/24\",\"max_length\":24},"
		"{\"prefix\":\"198.51.100.0/24\",\"max_length\":26},"
		"{\"prefix\":\"2001:db8::/32\",\"max_length\":48}],",
		"\"ee_certificate\":{\"role\":\"ee\",\"serial\":\"10\",",
		"\"ipv4_resources\":[\"192.0.2.0/24\",\"198.51.100.0/24\"],"
		"\"ipv6_resources\":[\"2001:db8::/32\"]}}\n",
		NULL,
	};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;
	struct inspect what = {
		.type = OBJECT_ROA,
		.file = span_text("x \"y\".roa"),
		.json = true,
		.verdict = INSPECT_VALID,
	};
	struct text out = look(&b, bench_make(&b, "roa", NULL), what, &verdict);

	cr_expect(verdict == INSPECT_VALID);
	expect_lines(&out, parts);
	cr_expect(strchr(out.p, '\n') == out.p + out.n - 1);
	text_free(&out);
	bench_free(&b);
}

/* Refused under today's rules only: still shown whole. */
Test(inspect, shows_a_refused_roa)
{
	static const char *const changes[] = {
		"signerInfo.signedAttrs.signingTime=remove", NULL};
	static const char *const lines[] = {
		"\nverdict:                  invalid\n"
		"reason:                   cms-time-missing\n"
		"reason rfc:               RFC 9589 4\n"
		"reason text:              the signing-time attribute is "
		"missing\n"
		"asn:                      64496\n",
		NULL,
	};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;
	struct inspect what = {.type = OBJECT_ROA};
	struct text out =
		look(&b, bench_make(&b, "roa", changes), what, &verdict);

	cr_expect(verdict == INSPECT_INVALID);
	expect_lines(&out, lines);
	text_free(&out);
	bench_free(&b);
}

/* Refused for its content: the envelope is shown. */
Test(inspect, shows_the_envelope_of_a_broken_roa)
{
	static const char *const changes[] = {"content.asID=int:-1", NULL};
	static const char *const lines[] = {
		"\nreason:                   roa-asn\n",
		"\nee certificate:\n",
		NULL,
	};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;
	struct inspect what = {.type = OBJECT_ROA, .verdict = INSPECT_VALID};
	struct text out =
		look(&b, bench_make(&b, "roa", changes), what, &verdict);

	cr_expect(verdict == INSPECT_INVALID);
	expect_lines(&out, lines);
	cr_expect(strstr(out.p, "asn:") == NULL);
	text_free(&out);
	bench_free(&b);
}

/* What is known of octets that are nothing: type, size, hash, reason. */
Test(inspect, shows_garbage)
{
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;
	struct inspect what = {
		.type = OBJECT_MANIFEST, .file = span_text("a.mft")};
	struct text out = look(&b, span_text("abc"), what, &verdict);

	cr_expect(verdict == INSPECT_INVALID);
	cr_expect_str_eq(out.p,
		"file:                     a.mft\n"
		"type:                     manifest\n"
		"size:                     3\n"
		"hash:                     ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad\n"
		"verdict:                  invalid\n"
		"reason:                   der-tag\n"
		"reason rfc:               X.690 8.1.2\n"
		"reason text:              another type than the syntax wants "
		"here\n"
		"\n");
	text_free(&out);
	bench_free(&b);
}

/* A signature that is not the EE's is found without a chain. */
Test(inspect, checks_the_signature)
{
	static const char *const changes[] = {
		"signerInfo.signature=flip:3", NULL};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;
	struct inspect what = {.type = OBJECT_MANIFEST, .json = true};
	struct text out =
		look(&b, bench_make(&b, "mft", changes), what, &verdict);

	cr_expect(verdict == INSPECT_INVALID);
	cr_expect(strstr(out.p, "\"reason\":\"cms-signature\"") != NULL);
	cr_expect(strstr(out.p, "\"files\":[") != NULL);
	text_free(&out);
	bench_free(&b);
}

/* The chain's reason is kept, also where the object alone is good. */
Test(inspect, keeps_the_verdict_of_the_chain)
{
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;
	struct inspect what = {
		.type = OBJECT_ROA,
		.json = true,
		.verdict = INSPECT_INVALID,
		.reason = REJECT_REVOKED,
	};
	struct text out = look(&b, bench_make(&b, "roa", NULL), what, &verdict);

	cr_expect(verdict == INSPECT_INVALID);
	cr_expect(strstr(out.p,
			  "\"verdict\":\"invalid\",\"reason\":\"revoked\"") !=
		NULL);
	text_free(&out);
	bench_free(&b);
}

/* What holds is not used when its point fails: the verdict says so. */
Test(inspect, tells_what_is_not_used)
{
	static const char *const lines[] = {
		"\nverdict:                  valid, but not used: publication "
		"point rsync://h/m/: manifest-file-hash x\\x0a.roa\n"
		"reason:                   none\nasn:",
		NULL,
	};
	static const char *const fields[] = {
		",\"verdict\":\"valid\",\"reason\":\"none\","
		"\"point_reason\":\"manifest-file-hash\","
		"\"point_uri\":\"rsync://h/m/\",\"point_file\":\"x\\n.roa\",",
		NULL,
	};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;
	struct inspect what = {
		.type = OBJECT_ROA,
		.verdict = INSPECT_VALID,
		.point = REJECT_MANIFEST_FILE_HASH,
		.point_uri = span_text("rsync://h/m/"),
		.point_file = span_text("x\n.roa"),
	};
	struct span der = bench_make(&b, "roa", NULL);
	struct text out = look(&b, der, what, &verdict);

	cr_expect(verdict == INSPECT_VALID);
	expect_lines(&out, lines);
	text_free(&out);
	what.json = true;
	out = look(&b, der, what, &verdict);
	expect_lines(&out, fields);
	text_free(&out);
	bench_free(&b);
}

Test(inspect, knows_der)
{
	struct bench b = bench_new();
	struct span der = bench_make(&b, "roa", NULL);

	cr_expect(inspect_is_der(der));
	cr_expect_not(inspect_is_der(span_of(der.p, der.n - 1)));
	cr_expect_not(inspect_is_der(span_text("some text")));
	cr_expect_not(inspect_is_der(span_text("")));
	bench_free(&b);
}

Test(inspect, profile_is_the_callers)
{
	static const char *const changes[] = {
		"signerInfo.signedAttrs.signingTime=remove", NULL};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_VALID;
	struct inspect what = {
		.type = OBJECT_ROA, .profile = profile_find("rfc6488")};
	struct text out =
		look(&b, bench_make(&b, "roa", changes), what, &verdict);

	cr_expect(verdict == INSPECT_UNCHECKED);
	text_free(&out);
	bench_free(&b);
}

Test(inspect, knows_types_by_name_and_by_content)
{
	static const struct {
		const char *lab;
		enum object_type type;
	} rows[] = {
		{"roa", OBJECT_ROA},
		{"mft", OBJECT_MANIFEST},
		{"crl", OBJECT_CRL},
		{"ca", OBJECT_CERT},
		{"ta", OBJECT_CERT},
		{"router", OBJECT_ROUTER_CERT},
		{"gbr", OBJECT_GBR},
		{"aspa", OBJECT_ASPA},
		{"tak", OBJECT_TAK},
	};
	struct bench b = bench_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span der = bench_make(&b, rows[i].lab, NULL);
		enum object_type got = inspect_type(span_text("a/b"), der);

		cr_expect(got == rows[i].type, "%s: %s", rows[i].lab,
			object_type_name(got));
	}
	cr_expect(inspect_type(span_text("x/y.roa"), span_text("?")) ==
		OBJECT_ROA);
	cr_expect(
		inspect_type(span_text("y.cer"),
			bench_make(&b, "router", NULL)) == OBJECT_ROUTER_CERT);
	cr_expect(inspect_type(span_text("y.cer"), span_text("?")) ==
		OBJECT_CERT);
	cr_expect(inspect_type(span_text("y"), span_text("?")) == OBJECT_OTHER);
	cr_expect(inspect_type(span_text(""), span_of("", 0)) == OBJECT_OTHER);
	bench_free(&b);
}

/* Every beginning of every type is shown, against memory that ends there. */
Test(inspect, survives_cuts)
{
	static const char *const types[] = {"roa", "mft", "crl", "ca"};
	static const enum object_type as[] = {
		OBJECT_ROA, OBJECT_MANIFEST, OBJECT_CRL, OBJECT_CERT};
	struct bench b = bench_new();
	enum inspect_verdict verdict = INSPECT_UNCHECKED;

	for (size_t i = 0; i < 4; i++) {
		struct span der = bench_make(&b, types[i], NULL);
		struct guard g = guard_new(der.n);
		struct inspect what = {.type = as[i]};

		for (size_t n = 0; n < der.n; n += 3) {
			struct span part = guard_span(&g, span_of(der.p, n));
			struct text out;

			inspect_type(span_text("x"), part);
			out = look(&b, part, what, &verdict);
			cr_expect(verdict == INSPECT_INVALID);
			text_free(&out);
		}
		guard_free(&g);
	}
	bench_free(&b);
}
