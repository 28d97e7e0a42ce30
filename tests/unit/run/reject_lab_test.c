/*
 * reject_lab: every rule that needs more than one object, hit by a world that
 * breaks it (the rules of one object alone: tests/unit/object/reject_lab).
 *
 * Each case is a story that is added to a small world that holds; the walk must
 * refuse the named file for the named reason.
 */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "tests/lab/story.h"
#include "validator/run/walk.h"
#include "validator/tal/constraints.h"

#define ISP "rsync://ta.example/repo/isp/"

struct scene {
	char dir[64];
	struct run_ta ta;
	struct run_options options;
	struct chain_progress progress;
	struct arena *arena;
	struct lab_keys *keys;
};

struct scene_case {
	enum reject code;
	const char *file; /* end of the URI that is refused */
	const char *story; /* lines behind those of the small world */
	void (*spoil)(struct scene *s); /* after writing; or NULL */
};

static const char WORLD[] =
	"ta name=ta\n"
	"ca name=isp parent=ta resources=\"10.0.0.0/8 192.0.2.0/24 AS64496\"\n"
	"roa ca=isp asn=64496 prefix=\"10.0.0.0/16 192.0.2.0/24\" name=one\n";

static void
scene_begin(struct scene *s)
{
	*s = (struct scene){.dir = "/tmp/waymark-reject-XXXXXX"};
	cr_assert(mkdtemp(s->dir) != NULL);
	s->arena = arena_new(65536);
	s->keys = lab_keys_new(NULL);
	s->options = (struct run_options){
		.tas = &s->ta,
		.ta_count = 1,
		.at = {LAB_NOW},
		.profile = profile_current(),
		.threads = 1,
		.limits = CHAIN_LIMITS,
		.progress = &s->progress,
	};
}

static int
scene_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
scene_end(struct scene *s)
{
	nftw(s->dir, scene_unlink, 16, FTW_DEPTH | FTW_PHYS);
	lab_keys_free(s->keys);
	arena_free(s->arena);
}

/* Write the small world with `more`, and read its locator. */
static void
scene_write(struct scene *s, const char *more)
{
	struct lab_world *world = NULL;
	struct lab_written sum;
	char why[STORY_WHY + TAL_WHY] = "";
	char path[128];
	char *story;

	cr_assert(asprintf(&story, "%s%s", WORLD, more) > 0);
	cr_assert_eq(story_parse(story, "story", LAB_NOW, 0, &world, why), 0,
		"%s", why);
	free(story);
	cr_assert_eq(lab_world_write(world, s->dir, s->keys, 1, &sum), 0, "%s",
		lab_world_why(world));
	lab_world_free(world);
	snprintf(path, sizeof(path), "%s/ta.tal", s->dir);
	cr_assert_eq(tal_read(path, s->arena, &s->ta.tal, why), 0, "%s", why);
}

static struct result *
scene_walk(struct scene *s)
{
	struct result *r = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/repo", s->dir);
	s->options.local = path;
	cr_assert_eq(walk_run(&s->options, &r), 0);
	return r;
}

static void
spoil_tal(struct scene *s)
{
	s->ta.broken = true;
}

/* All but the last address of what the ROA's certificate holds. */
static void
spoil_constraints(struct scene *s)
{
	struct constraints *c = arena_get(s->arena, sizeof(*c));
	struct tal_error why;

	cr_assert(
		constraints_parse(span_text("allow 10.0.0.0/16\n"
					    "allow 192.0.2.0 - 192.0.2.254\n"),
			s->arena, c, &why) == 0);
	s->ta.tal.constraints = c;
}

static void
spoil_tal_key(struct scene *s)
{
	s->ta.tal.spki = lab_keys_spki(s->keys, LAB_KEY_P256, s->arena);
}

static void
spoil_ta_key(struct scene *s)
{
	s->ta.tal.spki = lab_keys_spki(s->keys, 0, s->arena);
}

static void
spoil_ta_missing(struct scene *s)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/repo/ta.example/repo/ta.cer", s->dir);
	cr_assert_eq(unlink(path), 0);
}

/* A symbolic link is not followed. */
static void
spoil_file(struct scene *s)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/repo/ta.example/repo/isp/one.roa",
		s->dir);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(symlink("isp.crl", path), 0);
}

static void
spoil_depth(struct scene *s)
{
	s->options.limits.depth = 1;
}

static void
spoil_children(struct scene *s)
{
	s->options.limits.children = 0;
}

static void
spoil_paths(struct scene *s)
{
	s->options.limits.paths = 1;
}

static void
spoil_providers(struct scene *s)
{
	s->options.limits.providers = 2;
}

static void
spoil_cas(struct scene *s)
{
	s->options.limits.ta[LIMIT_CAS] = 2;
}

static void
spoil_vrps(struct scene *s)
{
	s->options.limits.ta[LIMIT_VRPS] = 1;
}

static void
spoil_objects(struct scene *s)
{
	s->options.limits.ta[LIMIT_OBJECTS] = 5;
}

/* Enough for the trust anchor's point alone. */
static void
spoil_read(struct scene *s)
{
	s->options.limits.ta[LIMIT_READ] = 4000;
}

static void
spoil_point_size(struct scene *s)
{
	s->options.limits.read = 4500;
}

static void
spoil_octets(struct scene *s)
{
	s->options.limits.ta[LIMIT_OCTETS] = 850;
}

#define CHILD "ca name=child parent=isp resources=\"10.1.0.0/16\"\n"
#define BIG \
	"roa ca=isp asn=1 prefix=10.2.0.0/16 name=two\n" \
	"roa ca=isp asn=1 prefix=10.2.0.0/16 name=three\n"
#define MUTATE_ONE "mutate object=one.roa ee."
#define EXT	   "tbs.extensions."
#define SIA	   EXT "sia.value.list."

static const struct scene_case cases[] = {
	{REJECT_OBJECT_SIZE, "one.roa", "fault object=one.roa kind=empty\n",
		NULL},
	{REJECT_OBJECT_READ, "one.roa", "", spoil_file},
	{REJECT_OBJECT_URI, "one.roa",
		MUTATE_ONE SIA "signedObject.uri=text:" ISP "two.roa\n", NULL},
	{REJECT_TAL_BROKEN, "ta.tal", "", spoil_tal},
	{REJECT_TAL_KEY, "ta.tal", "", spoil_tal_key},
	{REJECT_TA_MISSING, "ta.cer", "", spoil_ta_missing},
	{REJECT_TA_KEY, "ta.cer", "", spoil_ta_key},
	{REJECT_ISSUER_NAME, "one.roa",
		MUTATE_ONE "tbs.issuer.rdn.cn.value=text:other\n", NULL},
	{REJECT_ISSUER_KEY, "one.roa",
		MUTATE_ONE EXT "aki.value.id.keyid=flip:0\n", NULL},
	{REJECT_SIGNATURE, "one.roa", MUTATE_ONE "signature=flip:-1\n", NULL},
	{REJECT_NOT_YET_VALID, "two.roa",
		"roa ca=isp asn=1 prefix=10.2.0.0/16 name=two before=+1\n",
		NULL},
	{REJECT_EXPIRED, "two.roa",
		"roa ca=isp asn=1 prefix=10.2.0.0/16 name=two before=-9 "
		"after=-1\n",
		NULL},
	{REJECT_REVOKED, "one.roa", "fault object=one.roa kind=revoked\n",
		NULL},
	{REJECT_CRL_URI, "one.roa",
		MUTATE_ONE EXT "crldp.value.uri=text:" ISP "two.crl\n", NULL},
	{REJECT_OVERCLAIM, "two.roa",
		"roa ca=isp asn=1 prefix=11.0.0.0/16 name=two\n", NULL},
	{REJECT_CONSTRAINED, "one.roa", "", spoil_constraints},
	{REJECT_MANIFEST_MISSING, "isp.mft",
		"fault object=isp.mft kind=missing\n", NULL},
	{REJECT_MANIFEST_EARLY, "isp.mft",
		"mutate object=isp.mft content.thisUpdate="
		"time:2030-01-01T00:00:01Z\n",
		NULL},
	{REJECT_MANIFEST_STALE, "isp.mft",
		"mutate object=isp.mft content.nextUpdate="
		"time:2029-12-31T23:59:59Z\n",
		NULL},
	{REJECT_MANIFEST_CRL, "isp.mft",
		"mutate object=isp.crl signature=flip:-1\n", NULL},
	{REJECT_MANIFEST_FILE_MISSING, "one.roa",
		"fault object=one.roa kind=missing\n", NULL},
	{REJECT_MANIFEST_FILE_HASH, "one.roa",
		"fault object=one.roa kind=hash\n", NULL},
	{REJECT_CRL_ISSUER, "isp.crl",
		"mutate object=isp.crl tbs.issuer.rdn.cn.value=text:other\n",
		NULL},
	{REJECT_CRL_KEY, "isp.crl",
		"mutate object=isp.crl " EXT "aki.value.id.keyid=flip:0\n",
		NULL},
	{REJECT_CRL_SIGNATURE, "isp.crl",
		"mutate object=isp.crl signature=flip:-1\n", NULL},
	{REJECT_CRL_EARLY, "isp.crl",
		"mutate object=isp.crl tbs.thisUpdate="
		"time:2030-01-01T00:00:01Z\n",
		NULL},
	{REJECT_CRL_STALE, "isp.crl",
		"mutate object=isp.crl tbs.nextUpdate="
		"time:2029-12-31T23:59:59Z\n",
		NULL},
	{REJECT_TAK_ISSUER, "key.tak", "extra ca=isp type=tak name=key.tak\n",
		NULL},
	{REJECT_TAK_COUNT, "two.tak",
		"extra ca=ta type=tak name=one.tak\n"
		"extra ca=ta type=tak name=two.tak\n",
		NULL},
	{REJECT_TAK_CURRENT, "key.tak",
		"extra ca=ta type=tak name=key.tak\n"
		"mutate object=key.tak "
		"content.current.spki=copy:content.successor.spki\n",
		NULL},
	{REJECT_PROVIDER_COUNT, "one.asa",
		"extra ca=isp type=aspa name=one.asa asn=64496 list=\"1 2\"\n"
		"extra ca=isp type=aspa name=two.asa asn=64496 list=\"2 3\"\n",
		spoil_providers},
	{REJECT_CA_LOOP, "loop.cer",
		"ca name=loop parent=isp resources=inherit key=65\n"
		"mutate object=loop.cer " SIA "caRepository.uri=text:" ISP "\n"
		"mutate object=loop.cer " SIA "rpkiManifest.uri=text:" ISP
		"isp.mft\n",
		NULL},
	{REJECT_CA_DEPTH, "child.cer", CHILD, spoil_depth},
	{REJECT_CA_CHILDREN, "isp.cer", "", spoil_children},
	{REJECT_CA_PATHS, "isp.mft",
		"ca name=twin parent=ta resources=10.0.0.0/8 key=65\n"
		"mutate object=twin.cer tbs.subject.rdn.cn.value=text:isp\n"
		"mutate object=twin.cer " SIA "caRepository.uri=text:" ISP "\n"
		"mutate object=twin.cer " SIA "rpkiManifest.uri=text:" ISP
		"isp.mft\n",
		spoil_paths},
	{REJECT_CA_COUNT, "child.cer", CHILD, spoil_cas},
	{REJECT_VRP_COUNT, "isp.mft", "", spoil_vrps},
	{REJECT_OBJECT_COUNT, "isp.mft", "", spoil_objects},
	{REJECT_READ_COUNT, "isp.mft", "", spoil_read},
	{REJECT_POINT_SIZE, "two.roa",
		"roa ca=isp asn=1 name=two prefix=10.0.0.0/16\n",
		spoil_point_size},
	{REJECT_OCTET_COUNT, "isp.mft", BIG, spoil_octets},
};

static bool
test_ends(const char *uri, const char *file)
{
	size_t n = strlen(uri), m = strlen(file);

	return n >= m && strcmp(uri + n - m, file) == 0;
}

static void
test_case(const struct scene_case *one)
{
	struct scene s;
	char uri[SNAPSHOT_URI];
	struct result *r;
	bool found = false;

	scene_begin(&s);
	scene_write(&s, one->story);
	if (one->spoil != NULL)
		one->spoil(&s);
	r = scene_walk(&s);
	for (size_t i = 0; i < r->snapshot.refusal_count; i++) {
		const struct snapshot_refusal *at = &r->snapshot.refusals[i];

		found = found ||
			(test_ends(snapshot_refusal_uri(&r->snapshot, at, uri),
				 one->file) &&
				strcmp(at->reason, reject_name(one->code)) ==
					0);
	}
	cr_expect(found, "%s is not refused as %s, but %s %s", one->file,
		reject_name(one->code),
		r->snapshot.refusal_count == 0 ? "nothing"
					       : r->snapshot.refusals[0].name,
		r->snapshot.refusal_count == 0
			? ""
			: r->snapshot.refusals[0].reason);
	result_free(r);
	scene_end(&s);
}

Test(reject_lab, every_case_is_refused_for_its_reason)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(&cases[i]);
}

Test(reject_lab, the_small_world_holds)
{
	struct scene s;
	struct result *r;

	scene_begin(&s);
	scene_write(&s,
		CHILD
		"extra ca=isp type=gbr name=contact.gbr\n"
		"extra ca=isp type=aspa name=one.asa asn=64496 list=\"1 2\"\n"
		"extra ca=isp type=spl name=one.spl asn=64496\n"
		"extra ca=ta type=tak name=key.tak\n"
		"extra ca=isp type=router name=r1.cer resources=AS64496\n");
	r = scene_walk(&s);
	for (size_t i = 0; i < r->snapshot.refusal_count; i++)
		cr_log_error("%s: %s", r->snapshot.refusals[i].name,
			r->snapshot.refusals[i].reason);
	cr_expect_eq(r->snapshot.refusal_count, 0);
	cr_expect_eq(r->snapshot.vrp_count, 2);
	cr_expect(r->complete);
	result_free(r);
	scene_end(&s);
}

#define ROW_CODE(name, word, rfc, text) REJECT_##name,

Test(reject_lab, every_row_has_a_case)
{
	static const enum reject rows[] = {REJECT_CHAIN_TABLE(ROW_CODE)};
	bool seen[REJECT_COUNT] = {false};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		seen[cases[i].code] = true;
	/* Of two versions: tests/unit/run/memo_test.c */
	seen[REJECT_MANIFEST_ROLLBACK] = seen[REJECT_MANIFEST_REUSE] =
		seen[REJECT_MANIFEST_OLDER] = true;
	seen[REJECT_UNLISTED] = true; /* tests/e2e/inspect-unlisted.test */
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect(seen[rows[i]], "no lab world is refused as %s",
			reject_name(rows[i]));
}
