/* common/glob.h - shell patterns without a file system: * ? [..] and ** across '/'. */
#ifndef COMMON_GLOB_H
#define COMMON_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* True when the whole of s matches. With paths set, * and ? do not match '/', ** does. Runs in
 * time proportional to pattern times text. */
bool glob_match(const char *pattern, const char *s, bool paths);

/* glob_match() for names: one that is the pattern byte for byte is meant by it, so that what has
 * brackets can be said as it is shown. */
bool glob_names(const char *pattern, const char *name);

/* The offset of the first '[' that is never closed, which would stand for itself: somebody meant
 * something else. (size_t)-1 when there is none. */
size_t glob_unclosed(const char *pattern);

/* True when s holds one of * ? [ */
bool glob_is_pattern(const char *s);

/* What stands before the first wildcard, as a plain string; *whole says that there is none, so that
 * it is all that the pattern matches. The caller frees it. */
char *glob_prefix(const char *pattern, bool *whole);

/* Appends the pattern that matches s alone. */
struct strbuf;
void glob_escape(struct strbuf *out, const char *s);

#endif
