/* daemon/template/pattern_priv.h - sets of characters, and what parser, compiler and search share.
 */
#ifndef DAEMON_TEMPLATE_PATTERN_PRIV_H
#define DAEMON_TEMPLATE_PATTERN_PRIV_H

#include "daemon/template/pattern.h"
#include "daemon/template/unicode_priv.h"

#define MAX_CODE_POINT 0x10FFFFu

/* ---- sets of code points (pattern_set.c) ----
 * Ranges, sorted and apart once charset_tidy() has run; all but charset_add() leave a tidy set, and
 * want tidy ones.
 */
struct charset {
	struct unicode_range *ranges; /* heap */
	size_t n, cap;
};

void charset_add(struct charset *s, uint32_t from, uint32_t to);
void charset_tidy(struct charset *s);
void charset_release(struct charset *s);
#define AUTO_CHARSET __attribute__((cleanup(charset_release))) struct charset

bool charset_has(const struct charset *s, uint32_t cp);
void charset_union(struct charset *s, const struct charset *with);
void charset_negate(struct charset *s);
void charset_intersect(struct charset *s, const struct charset *with);
/* What is in one and not in the other; both: in exactly one. */
void charset_subtract(struct charset *s, const struct charset *with);
void charset_differ(struct charset *s, const struct charset *with);
/* Adds the other cases of what is in it (simple folding). */
void charset_fold(struct charset *s);
/* Adds what a name in \p{} or [: :] stands for; false when there is no such name. */
bool charset_property(struct charset *s, const char *name, size_t len);
bool charset_posix(struct charset *s, const char *name, size_t len);
/* Adds \d, \s, \w (the letter as such), of Unicode or of ASCII. */
void charset_perl(struct charset *s, char letter, bool unicode);

/* ---- the tree ---- */
enum node_kind {
	NODE_EMPTY,
	NODE_FLAGS,  /* (?i): matches the empty text too, but cannot be repeated */
	NODE_SET,    /* set */
	NODE_ASSERT, /* assertion */
	NODE_CONCAT, /* a, b; b may be NULL */
	NODE_EITHER, /* a or b */
	NODE_REPEAT, /* a, between min and max times */
};

enum assertion {
	ASSERT_TEXT_START,
	ASSERT_TEXT_END,
	ASSERT_LINE_START,
	ASSERT_LINE_END,
	ASSERT_BOUNDARY, /* from here on: words */
	ASSERT_NO_BOUNDARY,
	ASSERT_WORD_START,
	ASSERT_WORD_END,
	ASSERT_HALF_START, /* no word before */
	ASSERT_HALF_END,   /* no word behind */
};

#define REPEAT_FOREVER UINT32_MAX

struct node {
	enum node_kind kind;
	enum assertion assertion;
	bool ascii; /* words of ASCII only */
	uint32_t set;
	uint32_t min, max;
	struct node *a, *b;
};

/* ---- the program ---- */
enum opcode {
	OP_SET,    /* a character of sets[x], then the next instruction */
	OP_ASSERT, /* x is an assertion, y: ASCII */
	OP_SPLIT,  /* goes on at x and at y */
	OP_JUMP,   /* goes on at x */
	OP_MATCH,
};

struct instruction {
	uint8_t op;
	uint32_t x, y;
};

struct pattern {
	struct charset *sets;
	struct instruction *program;
	size_t n_sets, cap_sets, n, cap;
};

/* A tree in the arena, whose sets are in p; NULL with *why (pattern_parse.c). */
struct node *pattern_parse(
        struct pattern *p, struct arena *a, const char *source, size_t len, struct strbuf *why);

#endif
