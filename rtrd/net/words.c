/*
 * words: cut at commas, look up, hand over.
 */
#include "rtrd/net/words.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "waymark/err.h"

enum {
	SHOWN = 40 /* octets of a word in a message */
};

const char *
words_head(const char *text, char head[WORDS_HEAD])
{
	size_t n = strcspn(text, ",");

	if (n >= WORDS_HEAD)
		return NULL;
	memcpy(head, text, n);
	head[n] = '\0';
	/* A comma with nothing behind it is a word too: an empty one. */
	return text[n] == '\0' ? text + n : text + n + (text[n + 1] != '\0');
}

/* The row of a word, which ends at `n`; NULL: none. */
static const struct words_row *
row_find(const struct words_row *rows, size_t count, const char *word, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(rows[i].key) == n &&
			memcmp(rows[i].key, word, n) == 0)
			return &rows[i];
	return NULL;
}

/* One word, in place; `*seen` has a bit for each row that had its turn. */
static const char *
word_take(const struct words_row *rows, size_t count, const char *word,
	void *out, uint32_t *seen)
{
	size_t n = strcspn(word, "=");
	const struct words_row *row = row_find(rows, count, word, n);
	uint32_t bit;

	if (row == NULL)
		return "no such word";
	bit = UINT32_C(1) << (row - rows);
	if ((*seen & bit) != 0 && !row->repeats)
		return "named twice";
	*seen |= bit;
	if (row->value == NULL)
		return word[n] == '=' ? "it takes no value"
				      : row->take(out, NULL);
	if (word[n] != '=' || word[n + 1] == '\0')
		return "it needs a value";
	return row->take(out, word + n + 1);
}

int
words_parse(const char *text, const struct words_row *rows, size_t n, void *out,
	char why[WORDS_WHY])
{
	char word[WORDS_HEAD];
	uint32_t seen = 0;

	assert(n <= WORDS_ROWS);
	while (*text != '\0') {
		const char *next = words_head(text, word);
		const char *wrong = next == NULL
			? "too long"
			: word_take(rows, n, word, out, &seen);

		if (wrong != NULL) {
			snprintf(why, WORDS_WHY, "wrong at '%.*s': %s", SHOWN,
				next != NULL ? word : text, wrong);
			return ERR_SYNTAX;
		}
		text = next;
	}
	return 0;
}
