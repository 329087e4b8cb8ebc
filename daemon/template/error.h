/* daemon/template/error.h - what went wrong in a template, and where.
 *
 * An error is a headline ("Failed to render 'a.html'"), one position and a chain of causes, the
 * outermost first. The first cause that is set stays the innermost: who passes an error on may only
 * add around it. Texts are on the heap, because they may show values. Thread: one at a time.
 */
#ifndef DAEMON_TEMPLATE_ERROR_H
#define DAEMON_TEMPLATE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/strbuf.h"
#include "daemon/template/bounds.h"

enum terr_kind {
	TERR_NONE,
	TERR_PARSE,   /* syntax, and what is found wrong while loading */
	TERR_MISSING, /* the main template is not there */
	TERR_RENDER,
	TERR_LIMIT,
};

/* What was named and is not there, so that others can propose what was meant. */
enum terr_lack { LACK_NOTHING, LACK_VARIABLE, LACK_FILTER, LACK_TEST, LACK_FUNCTION };

#define TERR_MAX_CAUSES 80
#define TERR_MAX_TEXT 65536 /* bytes of one cause; more is cut */

struct terr {
	enum terr_kind kind;
	struct strbuf head;     /* without "error: " */
	struct strbuf template; /* where: name, empty when there is no place */
	uint32_t line, col;     /* from 1, columns in code points */
	unsigned n_causes;
	char *causes[TERR_MAX_CAUSES]; /* innermost first; heap */
	enum terr_lack lack;
	char *lacks; /* its name, of a variable the path as written; heap; NULL: nothing */
};

#define TERR_INIT                                             \
	{                                                     \
		.head = STRBUF_INIT, .template = STRBUF_INIT, \
	}

void terr_release(struct terr *e);
#define AUTO_TERR __attribute__((cleanup(terr_release))) struct terr

/* Both return -1. terr_set() states the innermost cause and keeps one that is there already;
 * terr_wrap() puts a cause around. */
int terr_set(struct terr *e, const char *fmt, ...) PRINTF(2, 3);
int terr_wrap(struct terr *e, const char *fmt, ...) PRINTF(2, 3);
/* Adds to an error that was just set what it lacks; keeps what is known already. Returns -1. */
int terr_lacks(struct terr *e, enum terr_lack what, const char *name, size_t len);
/* "resource limit: WHAT exceeds LIMIT"; the place is added where the text is written. Returns -1.
 */
int terr_limit(struct terr *e, const struct tlimits *limits, enum tlimit what);
/* Nobody waits for the text any more (session.h). Returns -1. */
int terr_stopped(struct terr *e);

/* Moves an error to where none is. from is empty afterwards. Returns -1. */
int terr_move(struct terr *to, struct terr *from);

/* States the place unless one is known. */
void terr_at(struct terr *e, const char *template, uint32_t line, uint32_t col);

/* The text for people: "error: HEAD", "  --> NAME:LINE:COL", the causes. Ends with a newline. */
void terr_text(const struct terr *e, struct strbuf *out);

#if defined(__clang_analyzer__) && !defined(TEMPLATE_RETURNS_MINUS_ONE)
/* What the analyzer cannot see from here: each returns -1, whatever it is given. The files that
 * define such functions say so before they include this. */
static inline int terr_minus_one(int result)
{
	(void)result;
	return -1;
}
#define terr_set(...) terr_minus_one(terr_set(__VA_ARGS__))
#define terr_wrap(...) terr_minus_one(terr_wrap(__VA_ARGS__))
#define terr_limit(...) terr_minus_one(terr_limit(__VA_ARGS__))
#define terr_stopped(...) terr_minus_one(terr_stopped(__VA_ARGS__))
#define terr_move(...) terr_minus_one(terr_move(__VA_ARGS__))
#endif

#endif
