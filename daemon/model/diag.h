/* daemon/model/diag.h - what is wrong with a file, where, and what to do (cli.md 1.5, 3.4: D). */
#ifndef DAEMON_MODEL_DIAG_H
#define DAEMON_MODEL_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

/* 1-based line and column, columns in code points; line 0 = no position. end_col is exclusive,
 * 0 = one column. */
struct pos {
	uint32_t line, col;
	uint32_t end_line, end_col;
};

enum severity { SEV_ERROR, SEV_WARNING, SEV_NOTE };

/* Text in place of what stands at a position, whose end is given. */
struct diag_edit {
	struct pos at;
	const char *text;
};

#define DIAG_MAX_HELP 4

struct diag {
	enum severity severity;
	const char *code;             /* "config.unknown_key"; static */
	const char *message;          /* lower case, no full stop */
	const char *expected, *found; /* or NULL */
	const char *file;             /* as the user named it; NULL when there is none */
	struct pos pos;
	struct pos other;        /* of which the message names the line ("line 3"); line 0 = none */
	const char *pointer;     /* "/scenario/2/steps/0/comand" or NULL */
	const char *source_line; /* at most 400 bytes around the column, or NULL */
	uint32_t source_col; /* column of the token in source_line, when that was cut; else pos.col
	                      */
	uint32_t source_number; /* of that line, where it is of rendered text; else 0 */
	const char *from;       /* "TEMPLATE:LINE:COL" that rendered it, or NULL */
	const char *trace; /* what people see instead of all this: an error of a template with its
	                      causes; or NULL */
	const char *help[DIAG_MAX_HELP]; /* NULL-terminated unless full */
	const struct diag_edit
	        *edits; /* the remedy, all of them together; NULL when there is none */
	size_t n_edits;
	const char *group; /* warnings with the same group are shown once with a count; or NULL */
};

/* A list that owns nothing but its array: strings live in the arena given at init. */
struct diags {
	struct arena *arena; /* borrowed */
	struct diag *v;
	size_t n, cap;
	size_t errors, warnings; /* counted, also beyond max */
	size_t max;              /* findings kept for one file: 100 */
};

void diags_init(struct diags *d, struct arena *a);
void diags_release(struct diags *d);
/* Appends a copy; strings other than code must live in the arena. Returns it for completion, or a
 * scratch element when the list is full. */
struct diag *diags_add(struct diags *d, enum severity s, const char *code, const char *file,
        struct pos pos, const char *fmt, ...) PRINTF(6, 7);
void diag_help(struct diags *d, struct diag *x, const char *fmt, ...) PRINTF(3, 4);
/* Adds one edit to the remedy; text is copied. */
void diag_edit(struct diags *d, struct diag *x, struct pos at, const char *text);
/* Stable order by file position. */
void diags_sort(struct diags *d);
/* Copies all of src, strings included, into d's arena. */
void diags_copy(struct diags *d, const struct diags *src);

#endif
