/* daemon/template/scan_priv.h - the characters of a template, and what is wrong with them.
 *
 * A scanner is a place in the text. Functions that look at what comes next leave the place alone
 * when it is something else. Errors name the first character that cannot continue a template.
 */
#ifndef DAEMON_TEMPLATE_SCAN_PRIV_H
#define DAEMON_TEMPLATE_SCAN_PRIV_H

#include "common/map.h"
#include "daemon/template/program_priv.h"

struct scan {
	const char *text;
	size_t len, at;
	unsigned brackets, tags; /* open */
	struct template *t;
	struct arena *a;
	const struct tlimits *limits;
	struct terr *e;
	struct map *names, *files; /* to number + 1 */
	uint8_t *defined;          /* by name: DEFINED_ bits */
	struct import **last_import;
	size_t cap_names, cap_files, cap_defined;
};

static inline char scan_peek(const struct scan *s, size_t ahead)
{
	return s->len - s->at > ahead ? s->text[s->at + ahead] : '\0';
}

bool scan_is(const struct scan *s, const char *text); /* the next characters */
bool scan_accept(struct scan *s, const char *text);   /* the same, and goes past them */
void scan_space(struct scan *s);                      /* space, tab, CR, LF */
bool scan_at_space(const struct scan *s);
bool scan_ident(struct scan *s, struct name *out); /* letter or _, then letters, digits, _ */
bool scan_ident_char(char c);
bool scan_digit(char c);
/* The end of a tag that prints, or of one that steers; with a dash or not. */
bool scan_at_end(const struct scan *s);

/* "expected WHAT, found ...", at the current place or another one. Return -1. */
int scan_expected(struct scan *s, const char *what);
int scan_fail(struct scan *s, size_t at, const char *fmt, ...) PRINTF(3, 4);
int scan_limit(struct scan *s, enum tlimit what);
int scan_expect(struct scan *s, const char *text, const char *what); /* accepts or fails */

/* A string without its quotes: 1 when there is one, 0 when not, -1 when it has no end. */
int scan_string(struct scan *s, struct name *out);
/* An integer or float with its sign: 1, 0, or -1 when it is out of bounds. */
int scan_number(struct scan *s, struct tvalue *out);

enum {
	DEFINED_BLOCK = 1,
	DEFINED_MACRO = 2,
};
/* Marks a name as defined; false when it was so before. */
bool scan_define(struct scan *s, uint32_t name, uint8_t what);

/* The number of a name in this template. */
uint32_t scan_name(struct scan *s, struct name n);
uint32_t scan_file(struct scan *s, struct name n);

/* One more open bracket (s->brackets) or tag (s->tags); -1 when there are too many. */
int scan_enter(struct scan *s, unsigned *level);

/* White space as Unicode has it, off both ends of a text. */
void scan_trim_start(struct name *text);
void scan_trim_end(struct name *text);

/* ---- parse_expr.c ---- */
int parse_expr(struct scan *s, struct expr **out);
/* What `for` goes through: no bare string. */
int parse_container(struct scan *s, struct expr **out);
/* A filter: its name and arguments. */
int parse_site(struct scan *s, struct site **out);
/* The default of a macro's parameter: a literal. */
int parse_literal(struct scan *s, struct expr **out);

#if defined(__clang_analyzer__) && !defined(TEMPLATE_RETURNS_MINUS_ONE)
#define scan_fail(...) terr_minus_one(scan_fail(__VA_ARGS__))
#define scan_expected(...) terr_minus_one(scan_expected(__VA_ARGS__))
#define scan_limit(...) terr_minus_one(scan_limit(__VA_ARGS__))
#endif

#endif
