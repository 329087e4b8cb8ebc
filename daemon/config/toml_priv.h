/* daemon/config/toml_priv.h - what the files of the TOML reader share: toml.c (tables, keys,
 * lines), toml_string.c, toml_scalar.c (numbers, dates, booleans). */
#ifndef DAEMON_CONFIG_TOML_PRIV_H
#define DAEMON_CONFIG_TOML_PRIV_H

#include "common/strbuf.h"
#include "daemon/config/node.h"

/* What the text consists of, for who writes it anew: blanks stand between. */
enum toml_token_kind {
	TOKEN_COMMENT,
	TOKEN_NEWLINE,
	TOKEN_KEY, /* one part of a key, with its quotes */
	TOKEN_DOT,
	TOKEN_EQUALS,
	TOKEN_HEADER,     /* "[" or "[[" before a table's name */
	TOKEN_HEADER_END, /* "]" or "]]" */
	TOKEN_OPEN,       /* "[" or "{" of a value */
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_VALUE, /* a string, with its quotes, or another scalar */
};

struct toml_token {
	enum toml_token_kind kind;
	size_t from, to; /* bytes of the text, behind a byte order mark */
};

struct toml_tokens {
	struct toml_token *v;
	size_t n, cap;
	size_t skipped; /* bytes of the byte order mark */
};

struct toml {
	const char *p, *end; /* what is left of the text */
	const char *start;
	uint32_t line;
	const char *mark; /* up to here columns of this line are counted; ascii: where it begins */
	uint32_t mark_col;
	bool ascii; /* each byte is a column */
	const char *name;
	const struct parse_limits *lim;
	struct arena *a;
	struct diags *d;
	size_t nodes;
	unsigned depth;
	struct strbuf scratch;      /* the string that is being read */
	struct toml_tokens *tokens; /* where they are wanted, or NULL */
};

/* toml_read(), which see, and the tokens; those of a text with errors have gaps. The caller frees
 * tokens->v. */
struct node *toml_read_tokens(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d,
        struct toml_tokens *tokens);

struct pos toml_count(struct toml *t, const char *p);
/* Position of byte p of the current line (p must not go back within a line). */
static inline struct pos toml_pos(struct toml *t, const char *p)
{
	if (t->ascii && p >= t->mark)
		return (struct pos){ .line = t->line, .col = (uint32_t)(p - t->mark) + 1 };
	return toml_count(t, p);
}
/* Completes pos with the end of a token at t->p. */
static inline void toml_pos_end(struct toml *t, struct pos *pos)
{
	struct pos end = toml_pos(t, t->p);

	pos->end_line = end.line;
	pos->end_col = end.col;
}

/* What a byte may be part of. */
#define TOML_BARE 1   /* of a bare key */
#define TOML_SCALAR 2 /* of a number, date or boolean */
#define TOML_STOP 4   /* what ends plain text of a basic string */
extern const uint8_t toml_classes[256];

static inline bool toml_is(char c, unsigned class)
{
	return toml_classes[(unsigned char)c] & class;
}
/* Reports; always returns -1. */
int toml_fail(struct toml *t, struct pos pos, const char *fmt, ...) PRINTF(3, 4);
/* What stands at t->p, for "found ...": a quoted character, "the end of the line" ... */
const char *toml_found(struct toml *t);
void toml_newline(struct toml *t); /* t->p is just behind a line feed */

/* Reads a string of any of the four kinds at t->p into scratch; single is for keys: no """ form. */
int toml_string(struct toml *t, bool single);
/* Bytes of the number, date or boolean at t->p; 0: there is none. */
size_t toml_scalar_length(const struct toml *t);
/* Reads it into n, whose text it is. */
int toml_scalar(struct toml *t, struct node *n, size_t len);

#endif
