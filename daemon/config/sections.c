#include "daemon/config/sections.h"

#include <string.h>

#include "common/mem.h"

struct scan {
	const char *p, *end;
	uint32_t line;
	bool yaml;
	unsigned depth; /* open tags that have an end tag */
	struct arena *a;
	struct section *v;
	size_t n, cap;
	struct section *open; /* takes the lines that follow; NULL: none does */
	size_t cap_entries;   /* of it */
};

static const char *const kinds[SECTION_KINDS] = {
	[SECTION_VARS] = "vars",
	[SECTION_TEMPLATE] = "template",
	[SECTION_MATRIX] = "matrix",
	[SECTION_DETERMINISM] = "determinism",
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool begins(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

/* ---- tags ---- */

/* The end of the tag that begins at p, or NULL when it has none. Strings in it may hold what ends
 * it; in a comment there are none. */
static const char *tag_end(const char *p, const char *end)
{
	char closing[3] = { p[1] == '{' ? '}' : p[1], '}', '\0' };
	char quote = '\0';

	for (const char *s = p + 2; s + 1 < end; s++) {
		if (quote)
			quote = *s == quote ? '\0' : quote;
		else if (s[0] == closing[0] && s[1] == closing[1])
			return s + 2;
		else if (p[1] != '#' && (*s == '"' || *s == '\'' || *s == '`'))
			quote = *s;
	}
	return NULL;
}

static bool is_tag(const char *p, const char *end)
{
	return p + 1 < end && p[0] == '{' && (p[1] == '{' || p[1] == '%' || p[1] == '#');
}

static const char *tag_word(const char *tag, const char *end, size_t *n)
{
	const char *p = tag + 2;

	if (p < end && *p == '-')
		p++;
	while (p < end && (is_blank(*p) || *p == '\n'))
		p++;
	*n = 0;
	while (p + *n < end && is_word(p[*n]))
		(*n)++;
	return p;
}

/* The text behind {% endraw %}: nothing in between is a tag. */
static const char *raw_end(const char *p, const char *end)
{
	for (; p < end; p++) {
		size_t n;
		const char *word, *after;

		if (!begins(p, end, "{%"))
			continue;
		word = tag_word(p, end, &n);
		if (n != 6 || memcmp(word, "endraw", 6) != 0)
			continue;
		after = tag_end(p, end);
		return after ? after : end;
	}
	return end;
}

/* Follows what the tag opens or closes. Returns where text goes on. */
static const char *pass_tag(struct scan *s, const char *tag)
{
	static const char *const with_end[] = { "if", "for", "macro", "block", "filter" };
	const char *after = tag_end(tag, s->end), *word;
	size_t n;

	if (!after)
		return s->end;
	if (tag[1] != '%')
		return after;
	word = tag_word(tag, s->end, &n);
	if (n == 3 && memcmp(word, "raw", 3) == 0)
		return raw_end(after, s->end);
	for (size_t i = 0; i < ARRAY_LEN(with_end); i++)
		if (n == strlen(with_end[i]) && memcmp(word, with_end[i], n) == 0)
			s->depth++;
	if (n > 3 && memcmp(word, "end", 3) == 0 && s->depth)
		s->depth--;
	return after;
}

/* ---- where lines and values end ---- */

static void pass(struct scan *s, const char *to)
{
	for (; s->p < to; s->p++)
		s->line += *s->p == '\n';
}

/* To the line behind this one; tags may hold line ends. */
static void pass_line(struct scan *s)
{
	const char *p = s->p;

	while (p < s->end && *p != '\n')
		p = is_tag(p, s->end) ? pass_tag(s, p) : p + 1;
	pass(s, p < s->end ? p + 1 : p);
}

/* Behind the string that begins at p: as TOML has them, one line or three quotes. */
static const char *string_end(struct scan *s, const char *p)
{
	char triple[4] = { *p, *p, *p, '\0' };
	size_t width = begins(p, s->end, triple) ? 3 : 1;
	const char *at = p + width;

	while (at < s->end) {
		if (is_tag(at, s->end))
			at = pass_tag(s, at);
		else if (*at == '\\' && *p == '"' && at + 1 < s->end)
			at += 2;
		else if (width == 1 && *at == '\n')
			return at;
		else if (begins(at, s->end, width == 3 ? triple : triple + 2))
			return at + width;
		else
			at++;
	}
	return s->end;
}

/* Behind the line end that ends the entry at s->p. */
static const char *entry_end(struct scan *s)
{
	const char *p = s->p;
	size_t brackets = 0;

	while (p < s->end && (*p != '\n' || brackets)) {
		if (is_tag(p, s->end))
			p = pass_tag(s, p);
		else if (*p == '"' || *p == '\'')
			p = string_end(s, p);
		else if (*p == '#')
			while (p < s->end && *p != '\n' && !is_tag(p, s->end))
				p++;
		else {
			brackets += *p == '[' || *p == '{';
			brackets -= (*p == ']' || *p == '}') && brackets;
			p++;
		}
	}
	return p < s->end ? p + 1 : p;
}

/* ---- sections ---- */

static void open_section(struct scan *s, enum section_kind kind, const char *header, size_t len)
{
	if (s->n == s->cap) {
		struct section *old = s->v;

		s->cap = s->cap ? s->cap * 2 : 8;
		s->v = arena_array(s->a, s->cap, sizeof(*s->v));
		if (s->n)
			memcpy(s->v, old, s->n * sizeof(*old));
	}
	s->v[s->n] = (struct section){
		.kind = kind, .header = header, .header_len = len, .line = s->line
	};
	s->open = &s->v[s->n++];
	s->cap_entries = 0;
}

static void add_entry(struct scan *s, const char *to)
{
	struct section *x = s->open;

	if (x->n == s->cap_entries) {
		struct entry *old = x->entries;

		s->cap_entries = s->cap_entries ? s->cap_entries * 2 : 8;
		x->entries = arena_array(s->a, s->cap_entries, sizeof(*x->entries));
		if (x->n)
			memcpy(x->entries, old, x->n * sizeof(*old));
	}
	x->entries[x->n++] = (struct entry){ s->p, (size_t)(to - s->p), s->line };
}

/* [vars], [vars.db], [template.matrix]: the section that a header or key is of. */
static bool kind_of(const char *key, size_t len, enum section_kind *out)
{
	for (size_t i = 0; i < SECTION_KINDS; i++) {
		size_t n = strlen(kinds[i]);

		if (len < n || memcmp(key, kinds[i], n) != 0 || (len > n && key[n] != '.'))
			continue;
		*out = (enum section_kind)i;
		return true;
	}
	return false;
}

/* A header line, less its brackets; NULL when the line at p is none. A list that goes over lines
 * may have some that look alike, but those have commas. */
static const char *header_of(const char *p, const char *end, size_t *len)
{
	const char *stop = memchr(p, '\n', (size_t)(end - p)), *comment;

	stop = stop ? stop : end;
	comment = memchr(p, '#', (size_t)(stop - p));
	stop = comment ? comment : stop;
	while (stop > p && is_blank(stop[-1]))
		stop--;
	if (stop - p < 3 || *p != '[' || stop[-1] != ']' || p[1] == '[' || memchr(p, ',', stop - p))
		return NULL;
	p++;
	stop--;
	while (p < stop && is_blank(*p))
		p++;
	while (p < stop && is_blank(stop[-1]))
		stop--;
	*len = (size_t)(stop - p);
	return p;
}

/* The first character of the line that is not blank. */
static const char *line_start(const struct scan *s)
{
	const char *p = s->p;

	while (p < s->end && is_blank(*p))
		p++;
	return p;
}

/* A line that begins with {{ ns::name(: it prints tables as a rule, and what it is imported by is
 * not part of any section. */
static bool is_macro_call(const char *p, const char *end)
{
	size_t n = 0;

	if (!begins(p, end, "{{"))
		return false;
	p = tag_word(p, end, &n);
	return n && begins(p + n, end, "::");
}

static void visit_toml(struct scan *s)
{
	const char *p = line_start(s), *header;
	enum section_kind kind;
	size_t len;

	if (p < s->end && *p == '[') {
		s->open = NULL;
		header = s->depth ? NULL : header_of(p, s->end, &len);
		if (header && kind_of(header, len, &kind))
			open_section(s, kind, header, len);
		pass_line(s);
	} else if (begins(p, s->end, "{%") || is_macro_call(p, s->end)) {
		s->open = NULL;
		pass_line(s);
	} else if (!s->open || p == s->end || *p == '\n' || *p == '#') {
		pass_line(s);
	} else {
		const char *to = entry_end(s);

		add_entry(s, to);
		pass(s, to);
	}
}

static void visit_yaml(struct scan *s)
{
	const char *p = s->p;
	enum section_kind kind;
	size_t len = 0;

	while (p + len < s->end && is_word(p[len]))
		len++;
	if (begins(line_start(s), s->end, "{%")) {
		s->open = NULL;
	} else if (len && p + len < s->end && p[len] == ':') {
		s->open = NULL;
		if (!s->depth && kind_of(p, len, &kind))
			open_section(s, kind, p, len);
	} else if (!is_blank(*p) && *p != '\n' && *p != '#' && *p != '-') {
		s->open = NULL;
	}
	const char *from = s->p;
	uint32_t line = s->line;

	pass_line(s);
	if (!s->open)
		return;
	/* One entry: the key and all its lines. */
	if (!s->open->n) {
		s->open->entries = arena_alloc(s->a, sizeof(struct entry));
		*s->open->entries = (struct entry){ from, 0, line };
		s->open->n = 1;
	}
	s->open->entries->len = (size_t)(s->p - s->open->entries->text);
}

struct section *sections_find(const char *text, size_t len, bool yaml, struct arena *a, size_t *n)
{
	struct scan s = { .p = text, .end = text + len, .line = 1, .yaml = yaml, .a = a };

	while (s.p < s.end)
		(yaml ? visit_yaml : visit_toml)(&s);
	*n = s.n;
	return s.v;
}
