/*
 * world: what is written, that it is the same each time, that only what differs
 * is written again, and which VRPs are promised.
 */
#include <criterion/criterion.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "tests/lab/story.h"
#include "tests/lab/tree.h"
#include "tests/unit/lab/folder.h"

#define TWO_CAS \
	"ta name=ta\n" \
	"ca name=isp parent=ta resources=\"10.0.0.0/8 2001:db8::/32\"\n" \
	"ca name=sub parent=isp resources=10.1.0.0/16\n" \
	"roa ca=isp asn=1 prefix=\"10.0.0.0/16-20 2001:db8::/32\" name=a\n" \
	"roa ca=sub asn=2 prefix=10.1.0.0/24 name=b\n"

#define VRP_A6	   "AS1,2001:db8::/32,32,ta\n"
#define VRP_A	   "AS1,10.0.0.0/16,20,ta\n"
#define VRP_B	   "AS2,10.1.0.0/24,24,ta\n"
#define HEAD	   "ASN,IP Prefix,Max Length,Trust Anchor\n"
#define REPO	   "repo/ta.example/repo/"
#define ALL_VRPS   HEAD VRP_A VRP_B VRP_A6
#define TA_ISP_SUB 3 /* CAs of the story */

static struct lab_written
test_write(const char *dir, const char *story, struct lab_keys *keys)
{
	struct lab_world *world = NULL;
	struct lab_written sum;
	char why[STORY_WHY];

	cr_assert_eq(
		story_parse(story, "s", LAB_NOW, 0, &world, why), 0, "%s", why);
	cr_assert_eq(lab_world_write(world, dir, keys, 2, &sum), 0, "%s",
		lab_world_why(world));
	lab_world_free(world);
	return sum;
}

/* Whether the story's promise is `want`. */
static void
test_promise(const char *more, const char *want)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct arena *a = arena_new(4096);
	char story[1024], dir[64];
	struct span csv;

	folder_make(dir);
	snprintf(story, sizeof(story), "%s%s", TWO_CAS, more);
	test_write(dir, story, keys);
	csv = folder_read(dir, "expected.csv", a);
	cr_expect(span_equal(csv, span_text(want)), "%s: %.*s", more,
		(int)csv.n, (const char *)csv.p);
	folder_remove(dir);
	arena_free(a);
	lab_keys_free(keys);
}

Test(world, promises_follow_faults)
{
	test_promise("", ALL_VRPS);
	test_promise("fault object=a.roa kind=cut\n", HEAD VRP_B);
	test_promise("fault object=a.roa kind=revoked\n", HEAD VRP_B);
	test_promise("fault object=a.roa kind=unlisted\n", HEAD VRP_B);
	test_promise("fault object=a.roa kind=hash\n", HEAD);
	test_promise("fault object=a.roa kind=missing\n", HEAD);
	test_promise("fault object=b.roa kind=missing\n", HEAD VRP_A VRP_A6);
	test_promise("fault object=sub.mft kind=missing\n", HEAD VRP_A VRP_A6);
	test_promise("fault object=sub.cer kind=revoked\n", HEAD VRP_A VRP_A6);
	test_promise("fault object=sub.mft kind=revoked\n", HEAD VRP_A VRP_A6);
	test_promise("fault object=sub.cer kind=hash\n", HEAD);
	test_promise("mutate object=isp.crl signature=flip:0\n", HEAD);
	test_promise("mutate object=isp.crl harmless=yes "
		     "tbs.extensions.crlNumber.value.number=int:9\n",
		ALL_VRPS);
}

Test(world, the_same_story_gives_the_same_tree)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct lab_written sum;
	char dir[64];

	folder_make(dir);
	sum = test_write(dir, TWO_CAS, keys);
	cr_expect_eq(sum.objects, 3 * TA_ISP_SUB + 2);
	/* With the locator and the list of repositories; expected.csv is not
	 * counted. */
	cr_expect_eq(sum.replaced, sum.objects + 2);
	cr_expect_eq(sum.vrps, 3);
	lab_keys_free(keys);
	keys = lab_keys_new(NULL);
	sum = test_write(dir, TWO_CAS, keys);
	cr_expect_eq(sum.replaced, 0);
	cr_expect_eq(sum.removed, 0);
	folder_remove(dir);
	lab_keys_free(keys);
}

Test(world, only_what_changed_is_written_again)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct arena *a = arena_new(4096);
	struct lab_written sum;
	char dir[64];

	folder_make(dir);
	test_write(dir, TWO_CAS "roa ca=sub asn=3 prefix=10.1.1.0/24 name=c\n",
		keys);
	sum = test_write(dir, TWO_CAS, keys);
	cr_expect_eq(sum.replaced, 1); /* sub.mft */
	cr_expect_eq(sum.removed, 1);
	cr_expect(folder_read(dir, REPO "sub/c.roa", a).p == NULL);
	cr_expect(folder_read(dir, REPO "sub/b.roa", a).p != NULL);
	folder_remove(dir);
	arena_free(a);
	lab_keys_free(keys);
}

/* Written again and again, by two hands: what one CA puts into a folder, the
 * other leaves there, and takes only what nobody wants any more. */
Test(world, two_cas_share_a_folder)
{
	static const char cas[] =
		"ta name=ta\n"
		"ca name=old parent=ta resources=10.0.0.0/8 folder=both\n"
		"ca name=new parent=ta resources=10.0.0.0/8 folder=both\n"
		"roa ca=old asn=1 prefix=10.0.0.0/16 name=a\n"
		"roa ca=new asn=1 prefix=10.0.0.0/16 name=b\n";
	static const char *const names[] = {
		"old.crl", "old.mft", "a.roa", "new.crl", "new.mft", "b.roa"};
	struct lab_keys *keys = lab_keys_new(NULL);
	struct arena *a = arena_new(4096);
	char dir[64], path[128], more[512];

	folder_make(dir);
	snprintf(more, sizeof(more),
		"%sroa ca=old asn=2 prefix=10.1.0.0/16 "
		"name=gone\n",
		cas);
	test_write(dir, more, keys);
	for (int i = 0; i < 5; i++)
		test_write(dir, cas, keys);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), REPO "both/%s", names[i]);
		cr_expect(folder_read(dir, path, a).p != NULL, "%s", names[i]);
	}
	cr_expect(folder_read(dir, REPO "both/gone.roa", a).p == NULL);
	snprintf(
		more, sizeof(more), "%sfault object=a.roa kind=missing\n", cas);
	test_write(dir, more, keys);
	cr_expect(folder_read(dir, REPO "both/a.roa", a).p == NULL);
	folder_remove(dir);
	arena_free(a);
	lab_keys_free(keys);
}

Test(world, the_locator_has_the_key_of_the_certificate)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct arena *a = arena_new(4096);
	struct span cer, tal;
	const unsigned char *p;
	char dir[64];
	X509 *x509;

	folder_make(dir);
	test_write(dir, TWO_CAS, keys);
	cer = folder_read(dir, REPO "ta.cer", a);
	tal = folder_read(dir, "ta.tal", a);
	p = cer.p;
	x509 = d2i_X509(NULL, &p, (long)cer.n);
	cr_assert(x509 != NULL);
	cr_expect_eq(X509_verify(x509, X509_get0_pubkey(x509)), 1);
	X509_free(x509);
	cr_expect(
		strncmp((const char *)tal.p,
			"rsync://ta.example/repo/ta.cer\n\nMIIBIjAN", 40) == 0);
	folder_remove(dir);
	arena_free(a);
	lab_keys_free(keys);
}

Test(world, faults_are_on_disk)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct arena *a = arena_new(4096);
	struct span whole;
	char story[1024], dir[64];

	folder_make(dir);
	test_write(dir, TWO_CAS, keys);
	whole = folder_read(dir, REPO "isp/a.roa", a);
	test_write(dir, TWO_CAS "fault object=a.roa kind=cut\n", keys);
	cr_expect_eq(folder_read(dir, REPO "isp/a.roa", a).n, whole.n / 2);
	test_write(dir, TWO_CAS "fault object=a.roa kind=grown\n", keys);
	cr_expect_eq(folder_read(dir, REPO "isp/a.roa", a).n, whole.n + 1);
	test_write(dir, TWO_CAS "fault object=a.roa kind=missing\n", keys);
	cr_expect(folder_read(dir, REPO "isp/a.roa", a).p == NULL);
	test_write(dir, TWO_CAS "fault object=a.roa kind=unlisted\n", keys);
	cr_expect_eq(folder_read(dir, REPO "isp/a.roa", a).n, whole.n);
	snprintf(story, sizeof(story),
		TWO_CAS "fault object=a.roa kind=other from=%s/ta.tal\n", dir);
	test_write(dir, story, keys);
	cr_expect(span_equal(folder_read(dir, REPO "isp/a.roa", a),
		folder_read(dir, "ta.tal", a)));
	folder_remove(dir);
	arena_free(a);
	lab_keys_free(keys);
}

Test(world, a_change_that_fits_nothing_is_named)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct lab_world *world = NULL;
	struct lab_written sum;
	char why[STORY_WHY], dir[64];

	folder_make(dir);
	cr_assert_eq(story_parse(TWO_CAS "mutate object=b.roa x=remove\n", "s",
			     LAB_NOW, 0, &world, why),
		0);
	cr_expect_lt(lab_world_write(world, dir, keys, 2, &sum), 0);
	cr_expect(strstr(lab_world_why(world), "b.roa") != NULL);
	cr_expect(strstr(lab_world_why(world), "no such node") != NULL);
	lab_world_free(world);
	folder_remove(dir);
	lab_keys_free(keys);
}

static struct lab_written
test_tree(const char *dir, const struct tree_params *params,
	struct lab_keys *keys)
{
	struct lab_world *world = tree_build(params);
	struct lab_written sum;

	cr_assert_eq(lab_world_write(world, dir, keys, 2, &sum), 0, "%s",
		lab_world_why(world));
	lab_world_free(world);
	return sum;
}

Test(world, edits_of_a_tree_touch_only_their_points)
{
	struct tree_params params = {.seed = 4,
		.now = LAB_NOW,
		.days = 9,
		.tas = 2,
		.cas = 30,
		.depth = 3,
		.roas = 60,
		.ipv6_share = 40};
	struct lab_keys *keys = lab_keys_new(NULL);
	struct lab_written sum;
	char dir[64];

	folder_make(dir);
	sum = test_tree(dir, &params, keys);
	cr_expect_eq(sum.objects, 3 * 32 + 60);
	params.roas_added = 1;
	params.roas_withdrawn = 1;
	sum = test_tree(dir, &params, keys);
	/* A ROA, and manifest and CRL of one or two points. */
	cr_expect(sum.replaced == 3 || sum.replaced == 5, "%zu", sum.replaced);
	cr_expect_eq(sum.removed, 1);
	folder_remove(dir);
	lab_keys_free(keys);
}

/* Written in part over the old one, and then as a whole, nothing differs. */
Test(world, edits_alone_make_the_whole_tree)
{
	struct tree_params params = {.seed = 4,
		.now = LAB_NOW,
		.days = 9,
		.tas = 1,
		.cas = 40,
		.depth = 3,
		.roas = 60,
		.vrps = 300,
		.largest = 10};
	struct lab_keys *keys = lab_keys_new(NULL);
	struct lab_written sum;
	char dir[64];

	folder_make(dir);
	sum = test_tree(dir, &params, keys);
	cr_expect(sum.vrps > 150 && sum.vrps < 400, "%zu", sum.vrps);
	params.roas_changed = 1;
	params.edits_only = true;
	sum = test_tree(dir, &params, keys);
	cr_expect_eq(sum.replaced, 3, "%zu", sum.replaced);
	cr_expect_lt(sum.objects, 3 * 41 + 60);
	params.edits_only = false;
	sum = test_tree(dir, &params, keys);
	cr_expect_eq(sum.replaced, 0, "%zu", sum.replaced);
	folder_remove(dir);
	lab_keys_free(keys);
}

Test(world, an_uneven_tree_has_a_largest_ca)
{
	struct tree_params params = {.seed = 4,
		.now = LAB_NOW,
		.days = 9,
		.tas = 1,
		.cas = 1000,
		.depth = 3,
		.roas = 5000,
		.largest = 1000,
		.repositories = 10};
	struct lab_world *world = tree_build(&params);
	size_t most = 0, first = 0;

	for (size_t i = 0; lab_world_ca(world, i) != NULL; i++) {
		const struct lab_ca *ca = lab_world_ca(world, i);

		most = ca->roas.n > most ? ca->roas.n : most;
		first += strcmp(ca->module, "repo0") == 0;
	}
	cr_expect(most > 900 && most < 1300, "%zu", most);
	cr_expect(first > 400 && first < 530, "%zu", first);
	lab_world_free(world);
}

static void
test_spread(const char *dir, struct tree_params params)
{
	struct lab_keys *keys = lab_keys_new(NULL);
	struct lab_world *world;
	struct lab_written sum;

	params.seed = 1;
	params.now = LAB_NOW;
	params.days = 30;
	params.depth = 1;
	world = tree_build(&params);
	cr_assert_eq(lab_world_write(world, dir, keys, 2, &sum), 0);
	lab_world_free(world);
	lab_keys_free(keys);
}

Test(world, a_tree_is_spread_over_repositories)
{
	struct arena *a = arena_new(4096);
	struct span list, tal;
	char dir[64];

	folder_make(dir);
	test_spread(dir,
		(struct tree_params){.tas = 1,
			.cas = 4,
			.roas = 1,
			.repositories = 3,
			.rsync_only = 1,
			.host = "127.0.0.%:8730",
			.rrdp = "https://127.0.0.%:8443/m%",
			.ta_https = "https://127.0.0.%:8443/ta"});
	list = folder_read(dir, "repositories", a);
	cr_expect_str_eq(list.n > 0 ? (const char *)list.p : "",
		"ta https://127.0.0.1:8443/ta/ta0.cer 127.0.0.1:8730/repo0 "
		"ta0.cer\n"
		"point https://127.0.0.1:8443/m0/notification.xml "
		"127.0.0.1:8730/repo0 ta0\n"
		"point https://127.0.0.1:8443/m0/notification.xml "
		"127.0.0.1:8730/repo0 ca-0\n"
		"point https://127.0.0.2:8443/m1/notification.xml "
		"127.0.0.2:8730/repo1 ca-1\n"
		"point - 127.0.0.3:8730/repo2 ca-2\n"
		"point https://127.0.0.1:8443/m0/notification.xml "
		"127.0.0.1:8730/repo0 ca-3\n");
	tal = folder_read(dir, "ta0.tal", a);
	cr_expect(tal.n > 0 &&
		strstr((const char *)tal.p,
			"https://127.0.0.1:8443/ta/ta0.cer\n"
			"rsync://127.0.0.1:8730/repo0/ta0.cer\n") != NULL);
	cr_expect_neq(
		folder_read(dir, "repo/127.0.0.2:8730/repo1/ca-1/ca-1.mft", a)
			.n,
		0);
	folder_remove(dir);
	arena_free(a);
}

Test(world, hosts_go_around_where_addresses_end)
{
	struct arena *a = arena_new(4096);
	struct span list;
	char dir[64];

	folder_make(dir);
	test_spread(dir,
		(struct tree_params){.tas = 1,
			.cas = 101,
			.repositories = 101,
			.host = "127.0.0.%"});
	list = folder_read(dir, "repositories", a);
	cr_assert(list.n > 0);
	cr_expect(strstr((const char *)list.p,
			  "point - 127.0.0.99/repo98 ca-98\n"
			  "point - 127.0.0.1/repo99 ca-99\n"
			  "point - 127.0.0.2/repo100 ca-100\n") != NULL);
	folder_remove(dir);
	arena_free(a);
}
