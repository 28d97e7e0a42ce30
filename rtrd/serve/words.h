/*
 * words: the lists of words that stand in tables, "asn prefix".
 */
#ifndef SERVE_WORDS_H
#define SERVE_WORDS_H

#include <stdbool.h>

/* Whether `word` is one of the words of `list`, which single spaces part. */
bool words_has(const char *list, const char *word);

#endif
