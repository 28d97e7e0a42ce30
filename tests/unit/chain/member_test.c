/*
 * member: what the objects of a point give: router keys, ASPAs, counts; and
 * what those that are refused claimed.
 */
#include "tests/unit/chain/site.h"

static struct lab_world_extra *
add(struct site *s, struct lab_ca *ca, const char *file, const char *type,
	uint32_t asn)
{
	struct lab_world_extra *extra = lab_extra_add(s->world, ca, file, type);

	extra->has_asn = asn != 0;
	extra->asn = asn;
	return extra;
}

Test(member, an_aspa)
{
	struct site *s = site_new(NULL);
	const struct findings *f;
	const struct aspa *aspa;

	add(s, s->isp, "one.asa", "aspa", 64499)->list = "1 70000 4294967295";
	site_write(s);
	site_walk(s);
	f = &s->checker->findings;
	cr_expect_eq(site_refusals(s), 0);
	cr_expect_eq(site_valid(s, OBJECT_ASPA), 1);
	cr_assert_eq(f->aspas.n, 1);
	aspa = &f->aspas.at[0];
	cr_expect_eq(aspa->customer, 64499);
	cr_assert_eq(aspa->provider_count, 3);
	cr_expect(aspa->providers[0] == 1 && aspa->providers[1] == 70000 &&
		aspa->providers[2] == UINT32_MAX);
	/* The manifest and the CRL end before all certificates do. */
	cr_expect_eq(aspa->expires, s->isp->next_update);
	cr_assert(aspa->source < f->sources.n);
	cr_expect(f->sources.at[aspa->source].type == OBJECT_ASPA);
	cr_expect_str_eq(f->sources.at[aspa->source].name, "one.asa");
	site_free(s);
}

/* Only as many providers are kept as show that they are too many. */
Test(member, an_aspa_with_too_many)
{
	struct site *s = site_new(NULL);

	add(s, s->isp, "n.asa", "aspa", 64499)->list = "1 2 3";
	add(s, s->isp, "m.asa", "aspa", 64500)->list = "1 2 3 4 5 6";
	site_write(s);
	s->env.limits.providers = 3;
	site_walk(s);
	cr_assert_eq(s->checker->findings.aspas.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct aspa *a = &s->checker->findings.aspas.at[i];

		cr_expect_eq(a->provider_count, a->customer == 64499 ? 3 : 4);
	}
	site_free(s);
}

Test(member, a_router_key)
{
	struct site *s = site_new(NULL);
	const struct findings *f;
	const struct router_key *key;
	struct lab_world_extra *router;
	uint8_t ski[SKI_SIZE];

	router = add(s, s->isp, "r.cer", "router", 64500);
	router->key = LAB_KEY_P256 + 7;
	router->not_after = LAB_NOW + 3600;
	site_write(s);
	site_walk(s);
	f = &s->checker->findings;
	cr_expect_eq(site_refusals(s), 0);
	cr_assert_eq(f->keys.n, 1);
	key = &f->keys.at[0];
	lab_keys_ski(s->keys, LAB_KEY_P256 + 7, ski);
	cr_expect(memcmp(key->ski, ski, SKI_SIZE) == 0);
	cr_expect(span_equal(
		key->spki, lab_keys_spki(s->keys, LAB_KEY_P256 + 7, s->arena)));
	cr_expect_eq(key->asn, 64500);
	cr_expect_eq(key->expires, LAB_NOW + 3600);
	cr_expect(f->sources.at[key->source].type == OBJECT_ROUTER_CERT);
	site_free(s);
}

/* A list is checked and counted; no payload comes of it. */
Test(member, a_prefix_list)
{
	struct site *s = site_new(NULL);

	add(s, s->isp, "one.spl", "spl", 64500)->list =
		"192.0.2.0/24 198.51.100.0/24 2001:db8::/32";
	add(s, s->isp, "two.spl", "spl", 64511); /* not the ISP's */
	site_write(s);
	site_walk(s);
	cr_expect_eq(site_valid(s, OBJECT_SPL), 1);
	cr_expect_eq(site_refused(s, OBJECT_SPL, REJECT_OVERCLAIM), 1);
	cr_expect_eq(site_counter(s, REPORT_SPL_PREFIXES), 3);
	cr_expect_eq(s->checker->findings.vrps.n, 3);
	site_free(s);
}

static void
expect_tak(struct lab_keys *keys, const char *successor, uint64_t count)
{
	struct site *s = site_new(keys);

	lab_extra_add(s->world, s->ta, "one.tak", "tak")->list = successor;
	site_write(s);
	site_walk(s);
	cr_expect_eq(site_valid(s, OBJECT_TAK), 1);
	cr_expect_eq(site_counter(s, REPORT_TA_SUCCESSORS), count);
	site_free(s);
}

/* RFC 9691 section 3: only one, only the trust anchor's, only its own key. */
Test(member, trust_anchor_keys)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct site *s;

	expect_tak(keys, "", 0);
	expect_tak(keys, "https://next.example/ta.cer", 1);

	s = site_new(keys);
	lab_extra_add(s->world, s->ta, "one.tak", "tak");
	lab_extra_add(s->world, s->ta, "two.tak", "tak");
	lab_extra_add(s->world, s->isp, "isp.tak", "tak");
	site_write(s);
	site_walk(s);
	cr_expect_eq(site_refused(s, OBJECT_TAK, REJECT_TAK_COUNT), 1);
	cr_expect_eq(site_refused(s, OBJECT_TAK, REJECT_TAK_ISSUER), 1);
	cr_expect_eq(site_counter(s, REPORT_TA_SUCCESSORS), 0);
	cr_expect_eq(s->checker->findings.vrps.n, 3);
	site_free(s);
	lab_keys_free(keys);
}

/* A claim as text. */
static const char *
claim_text(const struct snapshot_claim *c, char text[128])
{
	struct prefix p = {c->addr, c->len, c->family};
	char prefix[PREFIX_TEXT];

	if (c->family == CLAIM_ASN)
		snprintf(text, 128, "AS%u", c->asn);
	else
		snprintf(text, 128, "AS%u %s-%u", c->asn,
			prefix_format(&p, prefix), c->max_len);
	return text;
}

/* `change` makes `file` be refused for `code`, and what it claimed is kept. */
static void
expect_claims(struct lab_keys *keys, const char *file, const char *change,
	enum reject code, const char *const *claims)
{
	struct site *s = site_new(keys);
	const struct findings *f;
	const struct refusal *r;
	char text[128];
	size_t n = 0;

	add(s, s->isp, "one.asa", "aspa", 64499);
	add(s, s->isp, "r.cer", "router", 64500);
	cr_assert(lab_mutate(s->world, file, change) == 0);
	site_write(s);
	site_walk(s);
	f = &s->checker->findings;
	cr_assert_eq(f->refusals.n, 1, "%s", change);
	r = &f->refusals.at[0];
	cr_expect(r->reason == code, "%s: %s", change, reject_name(r->reason));
	while (claims[n] != NULL)
		n++;
	cr_assert_eq(r->claim_count, n, "%s: %zu", change, r->claim_count);
	for (size_t i = 0; i < n; i++)
		cr_expect_str_eq(claim_text(&f->claims.at[r->claims + i], text),
			claims[i]);
	site_free(s);
}

Test(member, refused_objects_say_what_they_claimed)
{
	static const char *const roa[] = {"AS64497 10.0.1.0/24-25", NULL};
	static const char *const ca[] = {"AS0 10.0.8.0/24-32", NULL};
	static const char *const aspa[] = {"AS64499", NULL};
	static const char *const router[] = {"AS64500", NULL};
	static const char *const nothing[] = {NULL};
	const char *past = "ee.tbs.validity.notAfter=time:2029-12-31T23:00:00Z";
	struct lab_keys *keys = lab_keys_new(NULL);

	/* Refused by its chain, by its profile, by its envelope. */
	expect_claims(keys, "isp-2.roa", past, REJECT_EXPIRED, roa);
	expect_claims(keys, "isp-2.roa", "ee.tbs.version=int:1",
		REJECT_CERT_VERSION, roa);
	expect_claims(keys, "isp-2.roa", "signerInfo.version=int:1",
		REJECT_CMS_SIGNER_VERSION, roa);
	expect_claims(keys, "isp-2.roa", "signerInfo.signature=flip:9",
		REJECT_CMS_SIGNATURE, roa);
	expect_claims(keys, "isp-2.roa",
		"encap.content=hex:", REJECT_DER_MISSING, nothing);
	expect_claims(keys, "customer.cer", "tbs.extensions.ski=remove",
		REJECT_CERT_SKI_MISSING, ca);
	expect_claims(keys, "one.asa", "content.version=int:0",
		REJECT_ASPA_VERSION, aspa);
	expect_claims(keys, "r.cer", "tbs.extensions.ski=remove",
		REJECT_CERT_SKI_MISSING, router);
	lab_keys_free(keys);
}
