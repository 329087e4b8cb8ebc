/* common/suggest.h - "did you mean". */
#ifndef COMMON_SUGGEST_H
#define COMMON_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* Damerau-Levenshtein distance (optimal string alignment) of two short strings, in bytes; stops
 * and returns max + 1 as soon as it must exceed max. Strings over 128 bytes are max + 1 apart. */
unsigned suggest_distance(const char *a, const char *b, unsigned max);

/* The rule for commands, flags, tests and services: distance at most 2 and at most a third of the
 * length of `word`. Fills best (nearest first, at most n) with pointers into candidates; returns
 * how many. candidates ends with NULL. */
size_t suggest_nearest(
        const char *word, const char *const *candidates, const char **best, size_t n);

/* The rule for keys of a file: distance 1 for up to 4 characters, else 2; or equal when case, '-'
 * and '_' are ignored. */
bool suggest_close_key(const char *word, const char *known);

#endif
