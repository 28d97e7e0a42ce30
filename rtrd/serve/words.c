/*
 * words: the lists of words that stand in tables, "asn prefix".
 */
#include "rtrd/serve/words.h"

#include <string.h>

bool
words_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (;;) {
		size_t len = strcspn(list, " ");

		if (len == n && n > 0 && memcmp(list, word, n) == 0)
			return true;
		if (list[len] == '\0')
			return false;
		list += len + 1;
	}
}
