#define TEMPLATE_RETURNS_MINUS_ONE

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "common/utf8.h"
#include "daemon/template/scan_priv.h"

bool scan_is(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return s->len - s->at >= n && memcmp(s->text + s->at, text, n) == 0;
}

bool scan_accept(struct scan *s, const char *text)
{
	if (!scan_is(s, text))
		return false;
	s->at += strlen(text);
	return true;
}

bool scan_at_space(const struct scan *s)
{
	char c = scan_peek(s, 0);

	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void scan_space(struct scan *s)
{
	while (scan_at_space(s))
		s->at++;
}

bool scan_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool scan_ident_char(char c)
{
	return letter(c) || scan_digit(c);
}

bool scan_ident(struct scan *s, struct name *out)
{
	size_t n = 0;

	if (!letter(scan_peek(s, 0)))
		return false;
	while (scan_ident_char(scan_peek(s, n)))
		n++;
	*out = (struct name){ s->text + s->at, (uint32_t)n };
	s->at += n;
	return true;
}

bool scan_at_end(const struct scan *s)
{
	return scan_is(s, "}}") || scan_is(s, "%}") || scan_is(s, "-}}") || scan_is(s, "-%}");
}

/* ---- errors ---- */

void template_place(const struct template *t, uint32_t at, uint32_t *line, uint32_t *col)
{
	*line = *col = 1;
	for (uint32_t i = 0; i < at && i < t->len; i++) {
		if (t->text[i] == '\n') {
			(*line)++;
			*col = 1;
		} else if ((t->text[i] & 0xc0) != 0x80) {
			(*col)++;
		}
	}
}

int scan_fail(struct scan *s, size_t at, const char *fmt, ...)
{
	va_list ap;
	uint32_t line, col;
	AUTO_STRBUF text = STRBUF_INIT;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	template_place(s->t, (uint32_t)at, &line, &col);
	terr_at(s->e, s->t->name, line, col);
	if (s->e->kind == TERR_NONE)
		s->e->kind = TERR_PARSE;
	return terr_set(s->e, "%s", text.s);
}

int scan_limit(struct scan *s, enum tlimit what)
{
	terr_limit(s->e, s->limits, what);
	return scan_fail(s, s->at, "limit");
}

/* The word or character at the place. */
int scan_expected(struct scan *s, const char *what)
{
	size_t n = 0;
	uint32_t cp;

	if (s->at >= s->len)
		return scan_fail(s, s->len, "expected %s, found the end of the template", what);
	while (n < 40 && scan_ident_char(scan_peek(s, n)))
		n++;
	if (n == 0 &&
	        (scan_is(s, "{%") || scan_is(s, "%}") || scan_is(s, "}}") || scan_is(s, "{{")))
		n = 2;
	if (n == 0)
		n = utf8_decode(s->text + s->at, s->len - s->at, &cp);
	if (s->text[s->at] == '\n' || s->text[s->at] == '\r')
		return scan_fail(s, s->at, "expected %s, found the end of the line", what);
	return scan_fail(s, s->at, "expected %s, found '%.*s'", what, (int)n, s->text + s->at);
}

int scan_expect(struct scan *s, const char *text, const char *what)
{
	return scan_accept(s, text) ? 0 : scan_expected(s, what);
}

int scan_enter(struct scan *s, unsigned *level)
{
	if (++*level > s->limits->max[TLIMIT_NESTING])
		return scan_limit(s, TLIMIT_NESTING);
	return 0;
}

/* ---- literals ---- */

int scan_string(struct scan *s, struct name *out)
{
	char quote = scan_peek(s, 0);

	if (quote != '"' && quote != '\'' && quote != '`')
		return 0;

	const char *from = s->text + s->at + 1;
	const char *end = memchr(from, quote, s->len - s->at - 1);

	if (!end)
		return scan_fail(s, s->at,
		        "expected the closing %c of a string, found the end of the template",
		        quote);
	*out = (struct name){ from, (uint32_t)(end - from) };
	s->at = (size_t)(end + 1 - s->text);
	return 1;
}

/* Characters of a number from the place on; *whole is false when it has a fraction. */
static size_t number_length(const struct scan *s, bool *whole)
{
	size_t n = scan_peek(s, 0) == '-';

	*whole = true;
	if (!scan_digit(scan_peek(s, n)))
		return 0;
	if (scan_peek(s, n) == '0')
		n++;
	else
		while (scan_digit(scan_peek(s, n)))
			n++;
	if (scan_peek(s, n) != '.' || !scan_digit(scan_peek(s, n + 1)))
		return n;
	*whole = false;
	for (n++; scan_digit(scan_peek(s, n)); n++)
		;
	return n;
}

int scan_number(struct scan *s, struct tvalue *out)
{
	bool whole;
	size_t n = number_length(s, &whole);

	if (n == 0)
		return 0;

	char *text = arena_memdup(s->a, s->text + s->at, n + 1);

	text[n] = '\0';
	errno = 0;
	*out = whole ? tvalue_int(strtoll(text, NULL, 10)) : tvalue_float(strtod(text, NULL));
	if (whole && errno == ERANGE)
		return scan_fail(s, s->at, "Integer out of bounds: `%s`", text);
	if (!whole && (out->f > 1.7976931348623157e308 || out->f < -1.7976931348623157e308))
		return scan_fail(s, s->at, "Float out of bounds: `%s`", text);
	s->at += n;
	return 1;
}

/* ---- names ---- */

uint32_t scan_name(struct scan *s, struct name n)
{
	uintptr_t known = (uintptr_t)map_getn(s->names, n.s, n.len);

	if (known)
		return (uint32_t)(known - 1);

	struct template *t = s->t;
	char *key = arena_strndup(s->a, n.s, n.len);

	t->names = xgrow(t->names, &s->cap_names, (size_t)t->n_names + 1, sizeof(*t->names));
	t->names[t->n_names] = (struct name){ key, n.len };
	map_put(s->names, key, (void *)((uintptr_t)t->n_names + 1));
	return t->n_names++;
}

uint32_t scan_file(struct scan *s, struct name n)
{
	struct template *t = s->t;
	char *file = arena_memdup(s->a, n.s, (size_t)n.len + 1);
	uintptr_t known;

	file[n.len] = '\0';
	known = (uintptr_t)map_get(s->files, file);
	if (known)
		return (uint32_t)(known - 1);
	t->files = xgrow(t->files, &s->cap_files, (size_t)t->n_files + 1, sizeof(*t->files));
	t->files[t->n_files] = (struct name){ file, n.len };
	map_put(s->files, file, (void *)((uintptr_t)t->n_files + 1));
	return t->n_files++;
}

bool scan_define(struct scan *s, uint32_t name, uint8_t what)
{
	if (name >= s->cap_defined) {
		size_t before = s->cap_defined;

		s->defined = xgrow(s->defined, &s->cap_defined, (size_t)name + 1, 1);
		memset(s->defined + before, 0, s->cap_defined - before);
	}
	if (s->defined[name] & what)
		return false;
	s->defined[name] |= what;
	return true;
}

/* ---- white space ---- */

/* White_Space of Unicode 15, PropList.txt. */
static bool is_white(uint32_t cp)
{
	return (cp >= 0x9 && cp <= 0xd) || cp == 0x20 || cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
	       (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 || cp == 0x202f ||
	       cp == 0x205f || cp == 0x3000;
}

void scan_trim_start(struct name *text)
{
	uint32_t cp;

	while (text->len) {
		size_t n = utf8_decode(text->s, text->len, &cp);

		if (!is_white(cp))
			return;
		text->s += n;
		text->len -= (uint32_t)n;
	}
}

void scan_trim_end(struct name *text)
{
	uint32_t cp;

	while (text->len) {
		uint32_t n = 1;

		while (n < text->len && (text->s[text->len - n] & 0xc0) == 0x80)
			n++;
		utf8_decode(text->s + text->len - n, n, &cp);
		if (!is_white(cp))
			return;
		text->len -= n;
	}
}
