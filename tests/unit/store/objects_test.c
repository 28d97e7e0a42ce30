/*
 * objects: by hash and by number, in a file of their own.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/core/folder.h"
#include "validator/store/env.h"
#include "validator/store/objects.h"

struct desk {
	struct folder folder;
	MDB_env *env;
	struct tables tables;
	struct totals totals;
	struct objects objects;
};

static void
desk_init(struct desk *d)
{
	char path[256];

	d->folder = folder_new();
	(void)folder_path(&d->folder, "objects.mdb", path);
	cr_assert_eq(env_open(path, 1 << 24, true, &d->env), 0);
	cr_assert_eq(mdb_txn_begin(d->env, NULL, 0, &d->objects.txn), 0);
	cr_assert_eq(tables_open(d->objects.txn, true, &d->tables), 0);
	cr_assert_eq(tables_totals(d->objects.txn, &d->tables, &d->totals), 0);
	d->objects.tables = &d->tables;
	d->objects.totals = &d->totals;
}

static void
desk_fini(struct desk *d)
{
	mdb_txn_abort(d->objects.txn);
	mdb_env_close(d->env);
	folder_free(&d->folder);
}

/* A hash: what it is of, nobody asks here. */
static const uint8_t *
hash_of(unsigned i, uint8_t out[32])
{
	memset(out, 0, 32);
	out[0] = (uint8_t)(i * 151); /* in no order */
	out[31] = (uint8_t)i;
	return out;
}

static bool
put(struct desk *d, unsigned i, const char *text)
{
	uint8_t hash[32];
	bool is_new;

	cr_assert_eq(objects_put(&d->objects, hash_of(i, hash), span_text(text),
			     &is_new),
		0);
	return is_new;
}

/* What stands there, or "". */
static struct span
get(struct desk *d, unsigned i)
{
	uint8_t hash[32];
	struct span out;
	int rc =
		objects_get(d->objects.txn, &d->tables, hash_of(i, hash), &out);

	cr_assert(rc == 0 || rc == MDB_NOTFOUND);
	return rc == 0 ? out : span_text("");
}

static size_t
rows(struct desk *d, MDB_dbi dbi)
{
	MDB_stat stat;

	cr_assert_eq(mdb_stat(d->objects.txn, dbi, &stat), 0);
	return stat.ms_entries;
}

Test(objects, each_stands_once)
{
	struct desk d;

	desk_init(&d);
	for (unsigned i = 0; i < 200; i++)
		cr_expect(put(&d, i, i % 2 == 0 ? "even" : "odd"));
	cr_expect_not(put(&d, 7, "odd"));
	for (unsigned i = 0; i < 200; i++)
		cr_expect(span_equal(
			get(&d, i), span_text(i % 2 == 0 ? "even" : "odd")));
	cr_expect_eq(d.totals.object_bytes, 700);
	cr_expect_eq(d.totals.next_object, 201);
	cr_expect_eq(rows(&d, d.tables.objects), 200);
	cr_expect_eq(rows(&d, d.tables.octets), 200);
	desk_fini(&d);
}

Test(objects, what_is_removed_is_gone_and_may_come_again)
{
	uint8_t hash[32];
	struct desk d;
	size_t size;

	desk_init(&d);
	(void)put(&d, 1, "one");
	(void)put(&d, 2, "two two");
	cr_expect_eq(objects_remove(&d.objects, hash_of(2, hash), &size), 0);
	cr_expect_eq(size, 7);
	cr_expect_eq(objects_remove(&d.objects, hash_of(2, hash), &size),
		MDB_NOTFOUND);
	cr_expect_eq(get(&d, 2).n, 0);
	cr_expect_eq(rows(&d, d.tables.octets), 1);
	cr_expect_eq(d.totals.object_bytes, 3);
	cr_expect(put(&d, 2, "two two"));
	cr_expect(span_equal(get(&d, 2), span_text("two two")));
	cr_expect_eq(d.totals.next_object, 4, "no number comes twice");
	desk_fini(&d);
}

Test(objects, another_size_is_not_what_has_this_hash)
{
	struct desk d;

	desk_init(&d);
	(void)put(&d, 1, "broken");
	cr_expect(put(&d, 1, "sound octets"));
	cr_expect(span_equal(get(&d, 1), span_text("sound octets")));
	cr_expect_eq(rows(&d, d.tables.octets), 1);
	cr_expect_eq(d.totals.object_bytes, 12);
	desk_fini(&d);
}

/* Octets of the file that this process has in its memory. */
static size_t
resident(void)
{
	unsigned long all, resident, shared = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f, "%lu %lu %lu", &all, &resident, &shared), 3);
	(void)fclose(f);
	return shared * (size_t)sysconf(_SC_PAGESIZE);
}

/* Whoever reads a view does not notice, whoever counts memory does. */
Test(objects, pages_are_let_go)
{
	static uint8_t large[100000];
	MDB_txn *view;
	struct span there;
	uint8_t hash[32];
	struct desk d;
	size_t before, sum = 0;
	bool is_new;

	desk_init(&d);
	for (unsigned i = 0; i < 64; i++) {
		memset(large, (int)i, sizeof(large));
		cr_assert_eq(objects_put(&d.objects, hash_of(i, hash),
				     span_of(large, sizeof(large)), &is_new),
			0);
	}
	cr_assert_eq(mdb_txn_commit(d.objects.txn), 0);
	cr_assert_eq(env_views(d.env, &view, 1), 0);
	before = resident();
	for (unsigned i = 0; i < 64; i++) {
		cr_assert_eq(
			objects_get(view, &d.tables, hash_of(i, hash), &there),
			0);
		for (size_t j = 0; j < there.n; j += 1000)
			sum += there.p[j];
	}
	cr_assert_geq(resident(), before + 5000000);
	env_let_go(d.env);
	cr_expect_leq(resident(), before + 1000000);
	for (size_t j = 0; j < there.n; j++)
		cr_assert_eq(there.p[j], 63);
	cr_expect_eq(sum, 100 * 63 * 32);
	mdb_txn_abort(view);
	cr_assert_eq(mdb_txn_begin(d.env, NULL, 0, &d.objects.txn), 0);
	desk_fini(&d);
}

/* A number that leads nowhere is as good as no object. */
Test(objects, octets_that_are_lost_come_again)
{
	uint8_t number[TABLES_NUMBER] = {[TABLES_NUMBER - 1] = 1};
	MDB_val key = env_val(span_of(number, sizeof(number)));
	struct desk d;

	desk_init(&d);
	(void)put(&d, 1, "one");
	cr_assert_eq(mdb_del(d.objects.txn, d.tables.octets, &key, NULL), 0);
	cr_expect_eq(get(&d, 1).n, 0);
	cr_expect(put(&d, 1, "one"));
	cr_expect(span_equal(get(&d, 1), span_text("one")));
	cr_expect_eq(rows(&d, d.tables.objects), 1);
	desk_fini(&d);
}
