/*
 * spool: octets come back as they were put, from memory and from the file.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "core/spool.h"
#include "tests/unit/core/folder.h"
#include "waymark/err.h"

enum {
	PIECE = 70000,
	PIECES = 200 /* three times what stays in memory */
};

static struct span
piece(int i, uint8_t buf[PIECE])
{
	memset(buf, i, PIECE);
	buf[0] = (uint8_t)(i >> 8);
	return span_of(buf, (size_t)(PIECE - i));
}

static void
expect_pieces(const char *folder)
{
	static uint8_t buf[PIECE], got[PIECE];
	struct spool s;
	uint64_t at[PIECES];

	spool_init(&s, folder);
	for (int i = 0; i < PIECES; i++)
		cr_assert_eq(spool_put(&s, piece(i, buf), &at[i]), 0);
	for (int i = PIECES - 1; i >= 0; i--) {
		struct span want = piece(i, buf);

		cr_assert_eq(spool_get(&s, at[i], want.n, got), 0);
		cr_expect(memcmp(got, want.p, want.n) == 0, "%d", i);
	}
	cr_expect_eq(s.stored > 0, folder != NULL);
	cr_expect_eq(
		spool_get(&s, at[PIECES - 1] + 1, PIECE, got), ERR_TRUNCATED);
	cr_expect_eq(spool_get(&s, UINT64_MAX, 1, got), ERR_TRUNCATED);
	spool_fini(&s);
}

Test(spool, gives_back_what_was_put)
{
	struct folder f = folder_new();

	expect_pieces(f.path);
	expect_pieces(NULL);
	folder_free(&f);
}

Test(spool, without_a_folder_takes_what_fits)
{
	static uint8_t buf[PIECE], got[PIECE];
	struct spool s;
	uint64_t at, first;
	int i, err = 0;

	spool_init(&s, "/nowhere");
	cr_assert_eq(spool_put(&s, piece(0, buf), &first), 0);
	for (i = 1; i < PIECES && err == 0; i++)
		err = spool_put(&s, piece(i, buf), &at);
	cr_expect_eq(err, ERR_NOTFOUND);
	cr_expect_eq(s.err, ERR_NOTFOUND);
	cr_expect_eq(spool_get(&s, first, PIECE, got), 0);
	spool_fini(&s);
}
