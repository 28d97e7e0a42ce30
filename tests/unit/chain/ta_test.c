/*
 * ta: from locators to trust anchors.
 */
#include <unistd.h>

#include "tests/unit/chain/site.h"

static const struct {
	const char *change;
	enum reject reason;
} rows[] = {
	{"signature=flip:9", REJECT_SIGNATURE},
	{"tbs.validity.notBefore=time:2030-01-01T00:00:01Z",
		REJECT_NOT_YET_VALID},
	{"tbs.validity.notAfter=time:2029-12-31T23:59:59Z", REJECT_EXPIRED},
};

Test(ta, each_rule)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct site *s = site_new(keys);

		lab_mutate(s->world, "ta.cer", rows[i].change);
		site_write(s);
		cr_expect(ta_find(s->checker, &s->tal, 0, NULL) == NULL);
		cr_expect(site_refused(s, OBJECT_CERT, rows[i].reason) == 1,
			"%s", rows[i].change);
		cr_expect(site_counter(s, REPORT_POINTS_FAILED) == 1);
		site_free(s);
	}
	lab_keys_free(keys);
}

Test(ta, the_node_is_the_certificates)
{
	struct site *s = site_new(NULL);
	const struct ca *ca;

	site_write(s);
	ca = ta_find(s->checker, &s->tal, 0, NULL);
	cr_assert(ca != NULL);
	cr_expect(ca->depth == 0 && ca->ta == 0 && ca->parent == NULL);
	cr_expect(span_equal(ca->spki, s->tal.spki));
	cr_expect(ca->chain_end.s == s->ta->not_after);
	cr_expect(
		ca->resources.ipv4_count == 1 && ca->resources.asn_count == 1);
	cr_expect(site_valid(s, OBJECT_CERT) == 1);
	ca_unref(ca);
	site_free(s);
}

Test(ta, another_key_is_refused)
{
	struct site *s = site_new(NULL);

	site_write(s);
	s->tal.spki = lab_keys_spki(s->keys, 0, s->arena);
	cr_expect(ta_find(s->checker, &s->tal, 0, NULL) == NULL);
	cr_expect(site_refused(s, OBJECT_CERT, REJECT_TA_KEY) == 1);
	site_free(s);
}

Test(ta, a_locators_key_is_of_the_rpki)
{
	struct site *s = site_new(NULL);

	site_write(s);
	s->tal.spki = lab_keys_spki(s->keys, LAB_KEY_RSA1024, s->arena);
	cr_expect(ta_find(s->checker, &s->tal, 0, NULL) == NULL);
	cr_expect(site_refused(s, OBJECT_CERT, REJECT_TAL_KEY) == 1);
	s->tal.spki = span_text("no key");
	cr_expect(ta_find(s->checker, &s->tal, 0, NULL) == NULL);
	cr_expect(site_refused(s, OBJECT_CERT, REJECT_TAL_KEY) == 2);
	cr_expect_str_eq(s->checker->findings.refusals.at[1].name, s->tal.path);
	site_free(s);
}

Test(ta, nothing_anywhere_is_told_once)
{
	static const char uri[] = "rsync://ta.example/repo/none.cer";
	struct span uris[2] = {span_text(uri), span_text(uri)};
	struct site *s = site_new(NULL);

	site_write(s);
	s->tal.uris = uris;
	s->tal.uri_count = 2;
	cr_expect(ta_find(s->checker, &s->tal, 0, NULL) == NULL);
	cr_expect(site_refused(s, OBJECT_CERT, REJECT_TA_MISSING) == 1);
	cr_expect(site_refusals(s) == 1);
	site_free(s);
}

/* A copy of another site's trust anchor with the same key lies beside ours:
 * the newer one is taken, wherever it stands in the locator. */
Test(ta, the_newer_copy_wins)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct site *old = site_new(keys), *s = site_new(keys);
	struct span uris[3], own;
	char from[256], to[256];
	const struct ca *ca;
	int i;

	old->ta->not_before -= 86400;
	old->ta->not_after += 86400;
	site_write(old);
	site_write(s);
	folder_path(&old->folder, "repo/ta.example/repo/ta.cer", from);
	folder_path(&s->folder, "repo/ta.example/old.cer", to);
	cr_assert(rename(from, to) == 0);
	own = s->tal.uris[0];
	for (i = 0; i < 2; i++) {
		uris[i] = span_text("https://ta.example/old.cer");
		uris[1 - i] = own;
		uris[2] = span_text("https://ta.example/none.cer");
		s->tal.uris = uris;
		s->tal.uri_count = 3;
		ca = ta_find(s->checker, &s->tal, 0, NULL);
		cr_assert(ca != NULL);
		cr_expect(ca->chain_end.s == s->ta->not_after);
		ca_unref(ca);
	}
	cr_expect(site_refusals(s) == 0);
	cr_expect(site_valid(s, OBJECT_CERT) == 2, "one each time");
	site_free(s);
	site_free(old);
	lab_keys_free(keys);
}
