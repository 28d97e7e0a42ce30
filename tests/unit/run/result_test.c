/*
 * result: merging what threads found, where the order of it is delicate.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/core/folder.h"
#include "validator/run/result.h"
#include "waymark/snapshot.h"

static void
add_refusal(struct checker *k, enum object_type type, enum reject reason)
{
	struct refusal refusal = {.name = "rsync://h/m/x.cer",
		.point = SIZE_MAX,
		.type = type,
		.reason = reason};

	cr_assert(VEC_PUSH(&k->findings.refusals, refusal));
}

/* Two manifests may list one file, which is then refused as two types: as the
 * .cer that it is named, and as the router's certificate that it holds.  A
 * snapshot has refusals by reason; out of order it could not be written at
 * all, and one publisher would stop everybody's. */
Test(result, refusals_of_one_uri_are_in_the_order_of_snapshots)
{
	static const char *const names[] = {"ta"};
	struct chain_env env = {0};
	struct checker *k = checker_new(&env, (struct source){0}, 1);
	struct folder folder = folder_new();
	struct result *r = NULL;
	char path[256];

	cr_assert(k != NULL);
	add_refusal(k, OBJECT_CERT, REJECT_MANIFEST_FILE_HASH);
	add_refusal(k, OBJECT_ROUTER_CERT, REJECT_CERT_KEY_USAGE_MISSING);
	cr_assert(result_merge(&k, 1, names, 1, &r) == 0);
	cr_assert(r->snapshot.refusal_count == 2);
	folder_path(&folder, "snapshot", path);
	cr_expect(snapshot_write(&r->snapshot, path) == 0);
	result_free(r);
	folder_free(&folder);
}
