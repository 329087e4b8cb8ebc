#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/glob.h"
#include "common/mem.h"
#include "common/strbuf.h"

/* The end of a bracket expression that starts at p ("[..."), or NULL when it is not closed: then
 * '[' stands for itself. */
static const char *bracket_end(const char *p)
{
	const char *q = p + 1;

	if (*q == '!' || *q == '^')
		q++;
	if (*q == ']')
		q++;
	while (*q && *q != ']')
		q++;
	return *q ? q : NULL;
}

size_t glob_unclosed(const char *pattern)
{
	for (const char *p = pattern; *p; p++) {
		const char *end = *p == '[' ? bracket_end(p) : p;

		if (!end)
			return (size_t)(p - pattern);
		p = *p == '\\' && p[1] ? p + 1 : end;
	}
	return (size_t)-1;
}

/* Whether the bracket expression from p to its end holds c. */
static bool bracket_has(const char *p, const char *end, char c)
{
	bool negated = p[1] == '!' || p[1] == '^', hit = false;

	for (p += 1 + negated; p < end; p++) {
		unsigned char lo = (unsigned char)*p, hi = lo;

		if (p[1] == '-' && p + 2 < end) {
			hi = (unsigned char)p[2];
			p += 2;
		}
		hit |= (unsigned char)c >= lo && (unsigned char)c <= hi;
	}
	return hit != negated;
}

/* Whether one item of the pattern (not a star) takes c; *next is what follows the item. */
static bool item_takes(const char *p, char c, bool paths, const char **next)
{
	const char *end;

	if (*p == '?') {
		*next = p + 1;
		return !(paths && c == '/');
	}
	if (*p == '[' && (end = bracket_end(p))) {
		*next = end + 1;
		return !(paths && c == '/') && bracket_has(p, end, c);
	}
	if (*p == '\\' && p[1])
		p++;
	*next = p + 1;
	return *p == c;
}

/* The pattern is run as an automaton whose states are its offsets: no pattern makes it back up, and
 * each character of the text costs one pass over the states. */
enum { OFF, STAYED, ENTERED };

struct states {
	const char *pattern;
	bool paths;
	unsigned char *now, *next; /* one flag for each offset, the end included */
};

static bool is_deep(const struct states *st, size_t i)
{
	return !st->paths || st->pattern[i + 1] == '*' || (i > 0 && st->pattern[i - 1] == '*');
}

static size_t after_stars(const struct states *st, size_t i)
{
	return i + strspn(st->pattern + i, "*");
}

/* Enters offset i and what can be reached from there without a character: a star may take nothing,
 * and a whole part of "**" and its slash may be absent, so that "a/" "**" "/b" takes a/b. */
static void enter(const struct states *st, unsigned char *set, size_t i)
{
	const char *p = st->pattern;

	while (set[i] != ENTERED) {
		set[i] = ENTERED;
		if (p[i] != '*')
			return;

		size_t end = after_stars(st, i);

		if (st->paths && end - i > 1 && p[end] == '/' && (i == 0 || p[i - 1] == '/'))
			enter(st, set, end + 1);
		i = end;
	}
}

/* The star at i took a character: it may take more, or end, but no longer be absent. */
static void stay(const struct states *st, unsigned char *set, size_t i)
{
	if (set[i] == OFF)
		set[i] = STAYED;
	enter(st, set, after_stars(st, i));
}

static void step(const struct states *st, size_t n, char c)
{
	const char *p = st->pattern, *next;

	memset(st->next, 0, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (!st->now[i])
			continue;
		if (p[i] == '*') {
			if (c != '/' || is_deep(st, i))
				stay(st, st->next, i);
		} else if (item_takes(p + i, c, st->paths, &next)) {
			enter(st, st->next, (size_t)(next - p));
		}
	}
}

#define INLINE_STATES 256

bool glob_match(const char *pattern, const char *s, bool paths)
{
	unsigned char flags[2 * INLINE_STATES] = { OFF };
	size_t n = strlen(pattern);
	unsigned char *heap = n < INLINE_STATES ? NULL : xcalloc(2, n + 1);
	struct states st = { .pattern = pattern, .paths = paths, .now = heap ? heap : flags };

	st.next = st.now + n + 1;
	enter(&st, st.now, 0);
	for (; *s; s++) {
		step(&st, n, *s);

		unsigned char *spare = st.now;

		st.now = st.next;
		st.next = spare;
	}

	bool matched = st.now[n] != OFF;

	free(heap);
	return matched;
}

bool glob_names(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || glob_match(pattern, name, false);
}

bool glob_is_pattern(const char *s)
{
	return strpbrk(s, "*?[") != NULL;
}

char *glob_prefix(const char *pattern, bool *whole)
{
	char *out = xcalloc(1, strlen(pattern) + 1);
	size_t n = 0;

	while (*pattern && !strchr("*?[", *pattern)) {
		if (*pattern == '\\' && pattern[1])
			pattern++;
		out[n++] = *pattern++;
	}
	*whole = !*pattern;
	return out;
}

void glob_escape(struct strbuf *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("*?[\\", *s))
			strbuf_addc(out, '\\');
		strbuf_addc(out, *s);
	}
}
