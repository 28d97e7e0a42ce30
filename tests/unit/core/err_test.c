/*
 * err: every row of the table, and errno.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "waymark/err.h"

Test(err, every_row_has_its_name_and_text)
{
#define ROW(name, value, word, text) \
	cr_expect_eq(ERR_##name, value); \
	cr_expect_str_eq(err_name(value), word); \
	cr_expect_str_eq(err_text(value), text);
	ERR_TABLE(ROW)
#undef ROW
}

Test(err, names_and_values_are_unique)
{
	static const int values[] = {
#define VALUE(name, value, word, text) value,
		ERR_TABLE(VALUE)
#undef VALUE
	};
	size_t n = sizeof(values) / sizeof(values[0]);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n; k++) {
			cr_expect_neq(values[i], values[k]);
			cr_expect_str_neq(
				err_name(values[i]), err_name(values[k]));
		}
	}
}

Test(err, a_number_without_a_row_is_unknown)
{
	cr_expect_str_eq(err_name(1), "unknown");
	cr_expect_str_eq(err_name(-1000), "unknown");
	cr_expect_str_eq(err_text(1), "unknown error");
}

Test(err, errno_is_translated)
{
	cr_expect_eq(err_from_errno(0), ERR_NONE);
	cr_expect_eq(err_from_errno(ENOMEM), ERR_NOMEM);
	cr_expect_eq(err_from_errno(ENOENT), ERR_NOTFOUND);
	cr_expect_eq(err_from_errno(EACCES), ERR_DENIED);
	cr_expect_eq(err_from_errno(ENOSPC), ERR_SPACE);
	cr_expect_eq(err_from_errno(EIO), ERR_IO);
	cr_expect_eq(err_from_errno(EROFS), ERR_READONLY);
	cr_expect_str_eq(err_name(ERR_READONLY), "read-only");
	cr_expect_eq(err_from_errno(EEXIST), ERR_EXISTS);
	cr_expect_eq(err_from_errno(EMFILE), ERR_SYSTEM);
	cr_expect_eq(err_from_errno(-1), ERR_SYSTEM);
}
