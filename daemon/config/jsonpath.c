/* Paths into JSON documents: "$", ".name", "['name']", "[3]", "[-1]" (config.md 3.4). What RFC 9535
 * has beyond that selects several values, and a check is of one. */
#include <string.h>

#include "common/num.h"
#include "daemon/config/load.h"

#define MAX_PARTS 128 /* as many levels as a document may have */

struct scan {
	const char *start, *at, *end;
	struct arena *a;
	struct json_part v[MAX_PARTS];
	size_t n;
};

static int fail(const struct scan *s, size_t *bad, struct err *e, const char *what)
{
	*bad = (size_t)(s->at - s->start);
	return err_set(e, ERR_INVALID, "%s at offset %zu", what, *bad);
}

static bool ends_name(char c)
{
	return c == '.' || c == '[' || c == ']' || c == '\'' || c == '"' || c == ' ' || c == '*';
}

static int dotted(struct scan *s, size_t *bad, struct err *e)
{
	const char *from = ++s->at;

	while (s->at < s->end && !ends_name(*s->at))
		s->at++;
	if (s->at == from)
		return fail(s, bad, e, "expected a name behind '.'");
	s->v[s->n].key = arena_strndup(s->a, from, (size_t)(s->at - from));
	s->v[s->n].len = (size_t)(s->at - from);
	return 0;
}

/* A name in quotes holds what it likes but that quote. */
static int quoted(struct scan *s, size_t *bad, struct err *e)
{
	char quote = *s->at++;
	const char *close = memchr(s->at, quote, (size_t)(s->end - s->at));

	if (!close)
		return fail(s, bad, e, "expected the closing quote");
	s->v[s->n].key = arena_strndup(s->a, s->at, (size_t)(close - s->at));
	s->v[s->n].len = (size_t)(close - s->at);
	s->at = close + 1;
	return 0;
}

static int number(struct scan *s, size_t *bad, struct err *e)
{
	const char *from = s->at;
	int64_t index;
	struct err why;

	while (s->at < s->end && (*s->at == '-' || (*s->at >= '0' && *s->at <= '9')))
		s->at++;
	AUTO_STR text = xstrndup(from, (size_t)(s->at - from));
	if (!*text || str_to_i64(text, INT32_MIN, INT32_MAX, &index, &why) < 0) {
		s->at = from;
		return fail(s, bad, e, "expected a number or a name in quotes");
	}
	s->v[s->n].index = index;
	return 0;
}

static int bracket(struct scan *s, size_t *bad, struct err *e)
{
	bool name = ++s->at < s->end && (*s->at == '\'' || *s->at == '"');

	if ((name ? quoted : number)(s, bad, e) < 0)
		return -1;
	if (s->at == s->end || *s->at != ']')
		return fail(s, bad, e, "expected ']'");
	s->at++;
	return 0;
}

int jsonpath_parse(const char *text, size_t len, struct arena *a, struct json_path *out,
        size_t *bad, struct err *e)
{
	struct scan s = { .start = text, .at = text, .end = text + len, .a = a };

	if (!len || *text != '$')
		return fail(&s, bad, e, "a path begins with '$'");
	for (s.at++; s.at < s.end; s.n++) {
		if (s.n == MAX_PARTS)
			return fail(&s, bad, e, "more than 128 parts");
		s.v[s.n] = (struct json_part){ 0 };
		if (*s.at != '.' && *s.at != '[')
			return fail(&s, bad, e, "expected '.' or '['");
		if ((*s.at == '.' ? dotted : bracket)(&s, bad, e) < 0)
			return -1;
	}
	*out = (struct json_path){ .text = arena_strndup(a, text, len), .n = s.n };
	if (s.n)
		out->v = arena_memdup(a, s.v, s.n * sizeof(*s.v));
	return 0;
}
