/*
 * story: what lines make of a world, and that every mistake is named with its
 * line.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/lab/story.h"

static const char GOOD[] =
	"# a comment\n"
	"\n"
	"  ta name=alpha resources=\"0.0.0.0/0 AS1-AS9\" # and one behind\n"
	"ca name=isp parent=alpha resources=\"10.0.0.0/8\" host=h.example "
	"number=7 folder=f\n"
	"roa ca=isp asn=AS5 prefix=\"10.0.0.0/16-24 10.1.0.0/16\"\n"
	"roa ca=isp asn=6 prefix=10.2.0.0/16 name=named after=+3\n"
	"revoke ca=isp serial=0x77\n"
	"file ca=isp name=note.txt text=\"a b\"\n"
	"mutate object=isp.mft harmless=yes content.manifestNumber=int:-1\n"
	"fault object=named.roa kind=hash\r\n";

static struct lab_world *
test_read(const char *text)
{
	struct lab_world *world = NULL;
	char why[STORY_WHY] = "";

	cr_assert_eq(
		story_parse(text, "s", LAB_NOW, 0, &world, why), 0, "%s", why);
	return world;
}

Test(story, lines_make_a_world)
{
	struct lab_world *world = test_read(GOOD);
	struct lab_ca *isp = lab_ca_find(world, "isp");

	cr_assert(isp != NULL);
	cr_expect_eq(isp->parent, lab_ca_find(world, "alpha"));
	cr_expect_str_eq(isp->parent->resources, "0.0.0.0/0 AS1-AS9");
	cr_expect_str_eq(isp->host, "h.example");
	cr_expect_str_eq(isp->folder, "f");
	cr_expect_str_eq(isp->number, "7");
	cr_assert_eq(isp->roas.n, 2);
	cr_expect_str_eq(isp->roas.at[0]->item.file, "isp-1.roa");
	cr_expect_eq(isp->roas.at[0]->asn, 5);
	cr_expect_str_eq(
		isp->roas.at[0]->prefixes, "10.0.0.0/16-24 10.1.0.0/16");
	cr_expect_str_eq(isp->roas.at[1]->item.file, "named.roa");
	cr_expect_eq(isp->roas.at[1]->not_after, LAB_NOW + 3 * LAB_DAY);
	cr_expect(isp->roas.at[1]->item.faults[LAB_FAULT_HASH]);
	cr_assert_eq(isp->revoked.n, 1);
	cr_expect_str_eq(isp->revoked.at[0].serial, "0x77");
	cr_assert_eq(isp->files.n, 1);
	cr_expect_str_eq(isp->files.at[0]->item.file, "note.txt");
	cr_expect_eq(isp->files.at[0]->bytes.n, 3);
	cr_assert_eq(isp->mft.changes.n, 1);
	cr_expect_str_eq(
		isp->mft.changes.at[0], "content.manifestNumber=int:-1");
	cr_expect(isp->mft.harmless);
	cr_expect(isp->mft.changes.at[1] == NULL);
	lab_world_free(world);
}

Test(story, a_generation_makes_points_newer)
{
	struct lab_world *world = NULL;
	char why[STORY_WHY];
	struct lab_ca *ta;

	cr_assert_eq(story_parse("world generation=2\nta name=a\n", "s",
			     LAB_NOW, 3, &world, why),
		0);
	ta = lab_ca_find(world, "a");
	cr_expect_str_eq(ta->number, "6");
	cr_expect_eq(ta->this_update, LAB_NOW - 3600 + 5);
	lab_world_free(world);
}

Test(story, mistakes_are_named_with_their_line)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"star name=a", "s:1: no such line: \"star\""},
		{"ta", "s:1: \"name=\" is missing"},
		{"ta name=a colour=red", "s:1: ta takes no colour="},
		{"ta name=a\n\nca name=b parent=c", "s:3: no CA \"c\""},
		{"ta name=a\nroa ca=a asn=x prefix=::/0", "s:2: asn:"},
		{"ta name=a\nroa ca=a asn=1", "\"prefix=\" is missing"},
		{"ta name=a after=soon", "after: bad time"},
		{"ta name=a after=+x", "after: bad number of days"},
		{"ta name=\"a", "not key=value"},
		{"ta name", "not key=value"},
		{"ta name=a\nmutate object=b.cer x=remove", "no object"},
		{"ta name=a\nmutate object=a.cer", "no change"},
		{"ta name=a\nfault object=a.cer kind=odd", "no fault \"odd\""},
		{"ta name=a\nfault object=a.cer kind=revoked",
			"s:2: a.cer cannot be revoked"},
		{"ta name=a\nfault object=a.crl kind=revoked",
			"a.crl cannot be revoked"},
		{"ta name=a\nfile ca=a name=x.zzz text=y\n"
		 "fault object=x.zzz kind=revoked",
			"x.zzz cannot be revoked"},
		{"ta name=a\nfault object=a.mft kind=unlisted",
			"a.mft cannot be unlisted"},
		{"ta name=a\nfault object=a.cer kind=other",
			"\"from=\" is missing"},
		{"ta name=a\nfault object=a.cer kind=other from=none.cer",
			"cannot read \"none.cer\""},
		{"world generation=-1", "generation: no number"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lab_world *world = NULL;
		char why[STORY_WHY] = "";

		cr_expect_lt(
			story_parse(rows[i].text, "s", LAB_NOW, 0, &world, why),
			0, "%s", rows[i].text);
		cr_expect(strstr(why, rows[i].why) != NULL, "%s: %s",
			rows[i].text, why);
		cr_expect(world == NULL);
	}
}

Test(story, a_file_that_is_not_there)
{
	struct lab_world *world = NULL;
	char why[STORY_WHY] = "";

	cr_expect_lt(
		story_read("/nonexistent/story", LAB_NOW, 0, &world, why), 0);
	cr_expect(strstr(why, "/nonexistent/story") != NULL);
}

Test(story, a_ca_beside_its_parent_has_its_notification)
{
	struct lab_world *world = test_read(
		"ta name=a host=h:1 notify=https://h:2/n.xml "
		"https=https://h:2/a.cer\n"
		"ca name=same parent=a\n"
		"ca name=none parent=a notify=\"\"\n"
		"ca name=other parent=a host=i:1\n"
		"ca name=module parent=a module=m\n"
		"ca name=own parent=a host=i:1 notify=https://i:2/n.xml\n");
	const char *const want[] = {"https://h:2/n.xml", "https://h:2/n.xml",
		NULL, NULL, NULL, "https://i:2/n.xml"};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const char *got = lab_world_ca(world, i)->notify_uri;

		if (want[i] == NULL)
			cr_expect(got == NULL, "%zu: %s", i, got);
		else
			cr_expect_str_eq(got, want[i]);
	}
	cr_expect_str_eq(
		lab_world_ca(world, 0)->https_uri, "https://h:2/a.cer");
	lab_world_free(world);
}
