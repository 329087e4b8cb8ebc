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
	const char *mark; /* up to here columns of this line are counted */
	uint32_t mark_col;
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

/* Position of byte p of the current line (p must not go back within a line). */
struct pos toml_pos(struct toml *t, const char *p);
/* Completes pos with the end of a token at t->p. */
void toml_pos_end(struct toml *t, struct pos *pos);
/* Reports; always returns -1. */
int toml_fail(struct toml *t, struct pos pos, const char *fmt, ...) PRINTF(3, 4);
/* What stands at t->p, for "found ...": a quoted character, "the end of the line" ... */
const char *toml_found(struct toml *t);
void toml_newline(struct toml *t); /* t->p is just behind a line feed */

/* Reads a string of any of the four kinds at t->p into scratch; single is for keys: no """ form. */
int toml_string(struct toml *t, bool single);
/* Reads a number, date or boolean at t->p into n. */
int toml_scalar(struct toml *t, struct node *n);

#endif
