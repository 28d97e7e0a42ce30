/*
 * err: the table of errors as words, as texts, and from errno.
 *
 * Nothing here knows what an error means to its caller.
 */
#include <errno.h>
#include <stddef.h>

#include "waymark/err.h"

struct err_row {
	int value;
	const char *name;
	const char *text;
};

static const struct err_row rows[] = {
#define ERR_ROW(name, value, word, text) {value, word, text},
	ERR_TABLE(ERR_ROW)
#undef ERR_ROW
};

struct errno_row {
	int number;
	enum err err;
};

static const struct errno_row numbers[] = {
	{0, ERR_NONE},
	{ENOMEM, ERR_NOMEM},
	{EIO, ERR_IO},
	{EPIPE, ERR_IO},
	{ENOENT, ERR_NOTFOUND},
	{ENOTDIR, ERR_NOTFOUND},
	{ENAMETOOLONG, ERR_NOTFOUND},
	{EEXIST, ERR_EXISTS},
	{EACCES, ERR_DENIED},
	{EPERM, ERR_DENIED},
	{EROFS, ERR_READONLY},
	{EWOULDBLOCK, ERR_LOCKED},
	{EBUSY, ERR_BUSY},
	{EFBIG, ERR_LIMIT},
	{ENOSPC, ERR_SPACE},
	{EDQUOT, ERR_SPACE},
	{EISDIR, ERR_FOLDER},
};

/* The table is short and looked at when something went wrong: no index. */
static const struct err_row *
row_find(int err)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value == err)
			return &rows[i];
	return NULL;
}

const char *
err_name(int err)
{
	const struct err_row *row = row_find(err);

	return row != NULL ? row->name : "unknown";
}

const char *
err_text(int err)
{
	const struct err_row *row = row_find(err);

	return row != NULL ? row->text : "unknown error";
}

int
err_from_errno(int number)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].number == number)
			return numbers[i].err;
	return ERR_SYSTEM;
}
