/* libyaml's complaints in our words. Its texts are those of 0.2.x; one that is not in the table is
 * passed on as it is. */
#include <stdarg.h>
#include <string.h>

#include "common/strbuf.h"
#include "common/utf8.h"
#include "daemon/config/yaml_priv.h"

static const struct {
	const char *theirs; /* a part of libyaml's text */
	const char *ours;
	const char *help;
} words[] = {
	{ "could not find expected ':'", "expected ':' after this key", NULL },
	{ "mapping values are not allowed", "a ':' makes no key here",
	        "check the indentation, or quote the text" },
	{ "block sequence entries are not allowed", "a '- ' cannot stand here",
	        "put the list on lines of its own" },
	{ "mapping keys are not allowed", "a '? ' cannot stand here", NULL },
	{ "did not find expected key", "expected a key of this mapping",
	        "keys of one mapping are indented alike" },
	{ "did not find expected '-' indicator", "expected '- ' and the next element of this list",
	        "elements of one list are indented alike" },
	{ "did not find expected ',' or ']'", "expected ',' or ']' in a list", NULL },
	{ "did not find expected ',' or '}'", "expected ',' or '}' in a mapping", NULL },
	{ "did not find expected node content", "expected a value", NULL },
	{ "did not find expected <document start>",
	        "expected the end of the file; only one value stands at the top", NULL },
	{ "found unexpected end of stream", "the quotes are never closed", NULL },
	{ "found unexpected document indicator", "the quotes are never closed", NULL },
	{ "found unknown escape character", "unknown escape in a string",
	        "'...' takes backslashes as they are" },
	{ "did not find expected hexdecimal number", "expected hexadecimal digits in an escape",
	        NULL },
	{ "found invalid Unicode character escape code", "the escape names no Unicode scalar value",
	        NULL },
	{ "found a tab character", "a tab cannot indent", "indent with blanks" },
	{ "found an indentation indicator equal to 0", "an indentation of 0 makes no block", NULL },
	{ "found unknown directive name", "unknown directive", "only %YAML 1.1 and 1.2 are known" },
	{ "found duplicate %YAML directive", "%YAML stands twice", NULL },
	{ "found incompatible YAML document", "only %YAML 1.1 and 1.2 are known", NULL },
	{ "did not find expected comment or line break", "expected the end of the line", NULL },
	{ "did not find expected alphabetic or numeric character",
	        "the name behind '&' or '*' is missing", "a text that begins so needs quotes" },
	{ "exceeded maximum depth", "nested too deeply", NULL },
};

struct pos yaml_pos(const yaml_mark_t *start, const yaml_mark_t *end)
{
	struct pos p = {
		.line = (uint32_t)start->line + 1,
		.col = (uint32_t)start->column + 1,
	};

	if (end) {
		p.end_line = (uint32_t)end->line + 1;
		p.end_col = (uint32_t)end->column + 1;
	}
	return p;
}

static const struct {
	const char *code, *help;
} remedies[] = {
	{ "file.depth", "raise parser.max_depth in cleanroom.toml" },
	{ "file.too_many_nodes", "split the file, or raise parser.max_nodes in cleanroom.toml" },
};

int yaml_fail(struct yaml *y, const char *code, struct pos pos, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	struct diag *x = diags_add(y->d, SEV_ERROR, code, y->name, pos, "%s", text.s);

	for (size_t i = 0; i < ARRAY_LEN(remedies); i++)
		if (strcmp(code, remedies[i].code) == 0)
			diag_help(y->d, x, "%s", remedies[i].help);
	return -1;
}

/* The character at a mark, as its bytes; NULL at the end. */
static const char *char_at(const struct yaml *y, const yaml_mark_t *at)
{
	const char *p = y->text;
	uint32_t cp;

	for (size_t line = 0; line < at->line && p; line++) {
		p = memchr(p, '\n', (size_t)(y->end - p));
		p = p ? p + 1 : NULL;
	}
	for (size_t col = 0; p && p < y->end && col < at->column; col++)
		p += utf8_decode(p, (size_t)(y->end - p), &cp);
	return p && p < y->end ? p : NULL;
}

static int bad_character(struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;
	struct pos pos = { .line = 1, .col = 1 };
	size_t at = p->problem_offset;

	for (const char *s = y->text; s < y->end && (size_t)(s - y->text) < at; s++) {
		pos.line += *s == '\n';
		pos.col = *s == '\n' ? 1 : pos.col + (((unsigned char)*s & 0xc0) != 0x80);
	}
	return yaml_fail(y, "yaml.syntax", pos, "the character U+%04X is not allowed",
	        (unsigned)p->problem_value);
}

/* A character that begins no value: the two that people meet get a word of their own. */
static int bad_start(struct yaml *y)
{
	struct pos pos = yaml_pos(&y->parser.problem_mark, NULL);
	const char *c = char_at(y, &y->parser.problem_mark);

	if (c && *c == '\t') {
		diag_help(y->d,
		        diags_add(y->d, SEV_ERROR, "yaml.syntax", y->name, pos,
		                "a tab cannot indent"),
		        "indent with blanks");
		return -1;
	}
	if (!c)
		return yaml_fail(y, "yaml.syntax", pos, "expected a value");
	return yaml_fail(y, "yaml.syntax", pos, "'%c' cannot begin a value; quote it", *c);
}

int yaml_parser_fail(struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;
	struct pos pos = yaml_pos(&p->problem_mark, NULL);
	const char *code = "yaml.syntax";

	if (p->error == YAML_READER_ERROR)
		return bad_character(y);
	if (strstr(p->problem, "cannot start any token"))
		return bad_start(y);
	if (strstr(p->problem, "tag"))
		code = "yaml.tag";
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strstr(p->problem, words[i].theirs))
			continue;
		/* What began on an earlier line is where a reader looks. */
		const char *since = p->context && p->context_mark.line != p->problem_mark.line
		                            ? arena_printf(y->a, "; it began at line %zu",
		                                      p->context_mark.line + 1)
		                            : "";
		struct diag *d = diags_add(
		        y->d, SEV_ERROR, "yaml.syntax", y->name, pos, "%s%s", words[i].ours, since);

		if (words[i].help)
			diag_help(y->d, d, "%s", words[i].help);
		return -1;
	}
	return yaml_fail(y, code, pos, "%s", p->problem);
}
