/* daemon/template/program_priv.h - what a template is compiled to.
 *
 * Two trees in one arena: nodes, which print or steer, and expressions. Chains of equal operators
 * are one node with many operands, so that depth is bounded by brackets alone. Names are numbers:
 * those of the template while it is alone, which a bundle maps to numbers that its templates share.
 */
#ifndef DAEMON_TEMPLATE_PROGRAM_PRIV_H
#define DAEMON_TEMPLATE_PROGRAM_PRIV_H

#include "daemon/template/template.h"

struct name {
	const char *s;
	uint32_t len;
};

/* ---- expressions ---- */

enum expr_kind {
	EXPR_CONST,
	EXPR_PATH,
	EXPR_ARRAY,
	EXPR_OBJECT,
	EXPR_CALL,
	EXPR_MACRO,
	EXPR_TEST,
	EXPR_CONCAT,
	EXPR_MATH,
	EXPR_COMPARE,
	EXPR_IN,
	EXPR_LOGIC,
};

enum step_kind {
	STEP_DOT,   /* .key or .0 */
	STEP_INDEX, /* [0] */
	STEP_KEY,   /* ["key"] */
	STEP_PATH,  /* [path] */
};

struct step {
	uint8_t kind;
	bool is_index; /* index may select an element */
	uint32_t len;
	const char *key;
	uint64_t index;
	struct path *path;
};

struct path {
	uint32_t root; /* name */
	uint32_t n_steps;
	bool brackets;
	bool dump;    /* __tera_context */
	bool nothing; /* `none` or `null`: null where no variable has the name */
	struct name text;
	struct step *steps;
};

struct expr;

struct exprs {
	struct expr **items;
	uint32_t n;
};

struct arg {
	struct name name; /* s NULL: by position */
	struct expr *value;
};

/* A call of a function, filter, test or macro. */
struct site {
	struct site *next; /* of the filters of one expression */
	uint32_t name;
	uint32_t ns; /* of macros */
	uint32_t n_args;
	struct arg *args;
};

enum math_op {
	MATH_ADD,
	MATH_SUB,
	MATH_MUL,
	MATH_DIV,
	MATH_MOD,
};

enum compare_op {
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_GT,
	COMPARE_GE,
};

struct expr {
	uint8_t kind;
	bool negated; /* `not` before it */
	bool bare;    /* a string, array, object or concatenation without parentheses */
	bool escape;  /* a string that comes out is escaped where printing escapes */
	uint8_t op;   /* compare_op; EXPR_LOGIC: 1 for and; EXPR_IN, EXPR_TEST: 1 for not */
	uint32_t at;  /* offset in the source */
	struct site *filters;
	union {
		struct tvalue value; /* CONST */
		struct path *path;   /* PATH */
		struct site *site;   /* CALL, MACRO */
		struct exprs list;   /* ARRAY, CONCAT, LOGIC */
		struct {
			struct exprs operands;
			const uint8_t *ops; /* one less than operands */
		} math;
		struct {
			struct expr *left, *right;
		} pair; /* COMPARE, IN */
		struct {
			struct expr *subject;
			struct site *site;
		} test;
		struct {
			struct name *keys;
			struct exprs values;
		} object;
	};
};

/* ---- nodes ---- */

enum node_kind {
	NODE_TEXT,
	NODE_PRINT,
	NODE_SET,
	NODE_IF,
	NODE_FOR,
	NODE_FILTER,
	NODE_BLOCK,
	NODE_SUPER,
	NODE_INCLUDE,
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_EXTENDS, /* prints nothing; an error in an included template */
};

struct tnode;

struct body {
	struct tnode *first;
};

struct branch {
	struct branch *next;
	struct expr *condition; /* NULL: else */
	struct body body;
};

struct tnode {
	uint8_t kind;
	bool flag; /* SET: global; INCLUDE: ignore missing */
	uint32_t at;
	struct tnode *next;
	union {
		struct name text;
		struct expr *print;
		struct {
			uint32_t name;
			struct expr *value;
		} set;
		struct branch *branches;
		struct {
			uint32_t key, value; /* key NO_NAME: none */
			bool has_else;
			struct expr *container;
			struct body body, otherwise;
		} loop;
		struct {
			struct site *site;
			struct body body;
		} filter;
		struct block *block;
		struct {
			uint32_t *refs;
			uint32_t n;
		} include;
	};
};

struct block {
	struct block *next;
	uint32_t name;
	uint32_t at;
	struct body body;
};

struct param {
	struct name name;
	uint32_t id;
	struct expr *value; /* NULL: required, unless optional */
	bool optional;      /* `= none`: undefined when it is not given */
};

struct macro {
	struct macro *next;
	uint32_t name;
	uint32_t at;
	struct param *params;
	uint32_t n_params;
	struct body body;
};

struct import {
	struct import *next;
	uint32_t ref;
	uint32_t ns;
	uint32_t at;
};

#define NO_NAME UINT32_MAX

/* Names that have the same number everywhere. */
enum { NAME_DEFAULT, NAME_SAFE, NAME_LOOP, NAME_SELF, NAME_SUPER, NAME_FIXED };
extern const char *const fixed_names[NAME_FIXED];

struct template
{
	unsigned refs;
	struct arena *arena;
	char *name;
	const char *text;
	size_t len;
	struct body body;
	struct block *blocks; /* those that others may redefine: not within if, for, filter */
	struct macro *macros;
	struct import *imports;
	uint32_t parent; /* ref, or NO_NAME */
	uint32_t parent_at;
	struct name *names;
	uint32_t n_names;
	struct name *files; /* names of templates that this one refers to */
	uint32_t n_files;
};

/* Line and column of an offset, from 1. */
void template_place(const struct template *t, uint32_t at, uint32_t *line, uint32_t *col);

#endif
