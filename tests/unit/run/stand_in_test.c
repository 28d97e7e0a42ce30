/*
 * stand_in: a CA whose certificate cannot be used goes on with the one before,
 * as long as that holds; with memory and without, which memo.h sees to.
 *
 * It is "a-4" here, whose certificate the trust anchor "a" publishes.  Below it
 * is one more CA, and each of the two has VRPs.
 */
#include "tests/unit/run/memo.h"

#define SIA "tbs.extensions.sia.value.list."

enum {
	BELOW = 2 /* points that hang on the certificate */
};

struct scene {
	struct stall s;
	struct lab_ca *root, *child;
	size_t vrps;
};

static struct scene
begin(void)
{
	struct scene c = {.s = stall_new(town_new())};
	struct result *r;

	c.root = lab_ca_find(c.s.town->world, "a");
	c.child = lab_ca_find(c.s.town->world, "a-4");
	c.child->serial = "7004";
	memo_publish(&c.s);
	r = memo_step(&c.s);
	c.vrps = r->snapshot.vrp_count;
	cr_assert(stall_counter(r, 0, REPORT_POINTS_VALID) ==
		MEMO_POINTS / TOWN_TAS);
	result_free(r);
	return c;
}

/* The trust anchor publishes another manifest. */
static void
publish(struct scene *c, const char *number)
{
	c->root->number = number;
	memo_publish(&c->s);
}

/* From now on its certificate is another one, which contradicts itself. */
static void
contradict(struct scene *c, const char *number)
{
	struct lab_world *w = c->s.town->world;

	c->child->serial = lab_world_text(w, "70%s", number);
	if (c->child->cert.changes.n == 0)
		cr_assert(lab_mutate(w, "a-4.cer",
				  SIA
				  "rpkiManifest.uri="
				  "text:rsync://other.example/m/a-4.mft") == 0);
	publish(c, number);
}

static void
heal(struct scene *c, const char *number)
{
	c->child->cert.changes.n = 0;
	c->child->cert.changes.at[0] = NULL;
	publish(c, number);
}

/* Of a run: whether all below is there, and whether it is for a stand-in. */
static void
expect(struct scene *c, bool there, bool refused, const char *what)
{
	struct result *r = memo_step(&c->s);
	size_t points = MEMO_POINTS / TOWN_TAS - (there ? 0 : BELOW);

	cr_expect(stall_counter(r, 0, REPORT_POINTS_VALID) == points,
		"%s: %d points", what,
		(int)stall_counter(r, 0, REPORT_POINTS_VALID));
	cr_expect(stall_counter(r, 0, REPORT_POINTS_FAILED) == 0, "%s", what);
	cr_expect(
		(r->snapshot.vrp_count == c->vrps) == there, "%s: VRPs", what);
	cr_expect(r->snapshot.refusal_count == refused, "%s: refusals", what);
	cr_expect(stall_counter(r, 0, REPORT_WARNINGS) == (there && refused),
		"%s: warnings", what);
	result_free(r);
}

/* And that nothing of it had to be looked at again. */
static void
expect_recalled(struct scene *c, const char *what)
{
	expect(c, true, true, what);
	cr_expect(atomic_load(&c->s.town->progress.recalled) == MEMO_POINTS,
		"%s: remembered", what);
}

static void
end(struct scene *c)
{
	stall_free(&c->s);
}

struct sought {
	uint8_t hash[SHA256_SIZE];
	bool found;
};

static bool
is_another(void *to, const uint8_t hash[32])
{
	struct sought *sought = to;

	sought->found = memcmp(hash, sought->hash, SHA256_SIZE) == 0;
	return !sought->found;
}

/* The certificate as it is published now. */
static struct sought
seek(struct scene *c)
{
	struct sought out = {.found = false};
	struct crypto *crypto = crypto_new();
	char path[512];
	struct span der;

	(void)snprintf(path, sizeof(path), "%s/repo/%s/%s/%s/a-4.cer",
		c->s.town->folder.path, c->root->host, c->root->module,
		c->root->folder);
	cr_assert(file_read(path, MEMO_FILE, c->s.town->arena, &der) == 0, "%s",
		path);
	crypto_sha256(crypto, der, out.hash);
	crypto_free(crypto);
	return out;
}

/* Whether any row names it: who collects objects spares it then. */
static bool
is_spared(struct scene *c, struct sought *what)
{
	struct pins_view *view;
	struct pins *pins;

	cr_assert(pins_open(c->s.store.path, false, NULL, &pins) == 0);
	cr_assert(pins_begin(pins, &view, 1) == 0);
	cr_assert(pins_each(view, is_another, what) == 0);
	pins_end(view);
	pins_close(pins);
	return what->found;
}

Test(stand_in, it_goes_on_from_run_to_run)
{
	struct scene c = begin();

	contradict(&c, "2");
	expect(&c, true, true, "the first");
	expect_recalled(&c, "the same again");
	contradict(&c, "3");
	expect(&c, true, true, "the next unusable one");
	publish(&c, "4");
	expect(&c, true, true, "the same on another manifest");
	expect_recalled(&c, "the same again");
	heal(&c, "5");
	expect(&c, true, false, "a usable one");
	contradict(&c, "6");
	expect(&c, true, true, "which stands in next time");
	end(&c);
}

Test(stand_in, its_octets_are_spared_as_long)
{
	struct scene c = begin();
	struct sought first = seek(&c);

	cr_expect(is_spared(&c, &first));
	contradict(&c, "2");
	expect(&c, true, true, "the first");
	contradict(&c, "3");
	expect(&c, true, true, "the second");
	expect_recalled(&c, "the same again");
	cr_expect(is_spared(&c, &first), "while it stands in");
	heal(&c, "4");
	expect(&c, true, false, "a usable one");
	cr_expect(!is_spared(&c, &first), "nobody needs it");
	end(&c);
}

Test(stand_in, one_that_cannot_be_read_has_one_too)
{
	struct scene c = begin();

	c.child->cert.faults[LAB_FAULT_CUT] = true;
	publish(&c, "2");
	expect(&c, true, true, "half a certificate");
	expect_recalled(&c, "the same again");
	end(&c);
}

/* The one before is on the CRL, and does not come back with another CRL. */
Test(stand_in, it_is_not_revoked)
{
	struct scene c = begin();
	struct lab_revoked first = {"7004", LAB_NOW - 100};

	contradict(&c, "2");
	expect(&c, true, true, "the first");
	cr_assert(VEC_PUSH(&c.root->revoked, first));
	publish(&c, "3");
	expect(&c, false, true, "it is revoked");
	expect(&c, false, true, "the same again");
	c.root->revoked.n = 0;
	publish(&c, "4");
	expect(&c, false, true, "it is forgotten");
	end(&c);
}

/* To the second, and the memory of the place ends with it. */
Test(stand_in, it_ends_at_its_time)
{
	struct scene c = begin();
	int64_t end_s = LAB_NOW + 1000;

	c.child->not_after = end_s;
	publish(&c, "2");
	expect(&c, true, false, "it ends early");
	c.child->not_after = end_s + 86400;
	contradict(&c, "3");
	expect(&c, true, true, "it stands in");
	c.s.town->options.at.s = end_s;
	expect_recalled(&c, "its last second");
	c.s.town->options.at.s = end_s + 1;
	expect(&c, false, true, "it has ended");
	expect(&c, false, true, "the same again");
	end(&c);
}

Test(stand_in, a_name_that_is_gone_has_none)
{
	struct scene c = begin();

	contradict(&c, "2");
	expect(&c, true, true, "the first");
	c.child->cert.faults[LAB_FAULT_UNLISTED] = true;
	publish(&c, "3");
	expect(&c, false, false, "it is not listed");
	c.child->cert.faults[LAB_FAULT_UNLISTED] = false;
	publish(&c, "4");
	expect(&c, false, true, "and comes back unusable");
	end(&c);
}

/* Where its issuer has lost what it claims, it is no better. */
Test(stand_in, it_is_within_the_resources_of_today)
{
	struct scene c = begin();
	struct result *r;

	contradict(&c, "2");
	expect(&c, true, true, "the first");
	c.root->resources = "192.0.2.0/24 AS64496-AS64511";
	publish(&c, "2");
	r = memo_step(&c.s);
	cr_expect(stall_counter(r, 0, REPORT_WARNINGS) == 0);
	cr_expect(stall_counter(r, 0, REPORT_POINTS_VALID) == 1);
	result_free(r);
	end(&c);
}

/* A run without memory of results keeps it as well. */
Test(stand_in, it_is_kept_by_runs_without_memory)
{
	struct scene c = begin();

	contradict(&c, "2");
	c.s.town->options.no_memo = true;
	stall_remember(&c.s);
	stall_remember(&c.s);
	expect_recalled(&c, "with memory");
	publish(&c, "3");
	c.s.town->options.no_memo = true;
	stall_remember(&c.s);
	expect_recalled(&c, "on another manifest");
	end(&c);
}
