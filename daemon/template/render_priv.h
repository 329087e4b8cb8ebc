/* daemon/template/render_priv.h - one render: frames of variables, where it is, where it prints.
 *
 * Functions return 0, or -1 with r->e set; frames are left as they are then, since the first line
 * of an error says where it happened.
 */
#ifndef DAEMON_TEMPLATE_RENDER_PRIV_H
#define DAEMON_TEMPLATE_RENDER_PRIV_H

#include "daemon/template/bundle_priv.h"

/* A variable that was assigned; of its frame, newest first. */
struct var {
	struct var *next;
	uint32_t name;
	struct tvalue value;
};

enum loop_kind {
	LOOP_ARRAY,
	LOOP_STRING,
	LOOP_OBJECT,
};

struct loop {
	enum loop_kind kind;
	uint32_t key, value; /* names; key NO_NAME: none */
	struct tvalue container;
	uint32_t i, n;
	struct tvalue current, current_key;
};

enum frame_kind {
	FRAME_MAIN,
	FRAME_INCLUDE,
	FRAME_FOR,
	FRAME_MACRO,
};

struct frame {
	enum frame_kind kind;
	const struct part *part; /* whose name errors show */
	struct var *vars;
	struct loop *loop;
	uint32_t ns, name; /* of a macro */
};

/* A block that was entered; see blocks.c for how long it stays. */
struct entered {
	uint32_t name;
	const struct part *part;
	unsigned level;
};

struct render {
	const struct bundle *b;
	struct tsession *s;
	const struct library *lib;
	struct terr *e;
	const struct tvalue *context;
	const struct part *main;
	const struct part *code; /* whose nodes and expressions are being run */
	struct tbuf *out;
	const struct tbuf *final; /* out, while nothing is printed aside */
	size_t nested;            /* bytes that nested buffers have held */
	bool escape;
	bool from_macro; /* the function call just evaluated was a macro */
	unsigned depth;
	const char *stack_end;
	struct frame *frames;
	size_t n_frames, cap_frames;
	struct var *free_vars;
	struct entered *blocks;
	size_t n_blocks, cap_blocks;
	struct entered block; /* the one that super() refers to */
	/* By name of the bundle: variables of the context, and builtins of each kind. */
	const struct tvalue **context_vars;
	const struct builtin **builtins[3];
};

static inline uint32_t render_name(const struct render *r, uint32_t local)
{
	return r->code->names[local];
}

static inline const char *render_text(const struct render *r, uint32_t local)
{
	return r->code->t->names[local].s;
}

static inline struct frame *render_frame(struct render *r)
{
	return &r->frames[r->n_frames - 1];
}

static inline int render_step(struct render *r)
{
	return tsession_step(r->s, r->e);
}

/* Of what looks at many bytes in one step, so that time is asked for soon enough. */
static inline void render_cost(struct render *r, size_t bytes)
{
	r->s->steps += (uint32_t)(bytes / 4096);
}

int render_limit(struct render *r, enum tlimit what);
int render_fail(struct render *r, const char *fmt, ...) PRINTF(2, 3);

/* ---- frames.c ---- */
struct frame *frame_push(struct render *r, enum frame_kind kind, const struct part *part);
void frame_pop(struct render *r);
void frame_clear(struct render *r, struct frame *f);
void frame_set(struct render *r, struct frame *f, uint32_t name, struct tvalue value);
struct frame *frame_global(struct render *r); /* the innermost that is no loop */

/* An error that may not count: from attempt_begin() on errors go to the attempt. attempt_end()
 * takes rc of what was tried, puts the render back where it was if that failed, and returns 0, 1
 * for a failure that is forgotten, or -1 for a limit, which always counts. */
struct attempt {
	struct terr error, *outer;
	size_t n_frames;
	unsigned depth;
	const struct part *code;
	struct entered block;
};
void attempt_begin(struct render *r, struct attempt *a);
int attempt_end(struct render *r, struct attempt *a, int rc);

/* ---- lookup.c ---- */
/* 1 with *out; 0 when it is undefined, without an error; -1 when its index cannot be evaluated. */
int lookup(struct render *r, const struct path *p, struct tvalue *out);
/* The same, where undefined is an error. */
int lookup_defined(struct render *r, const struct path *p, struct tvalue *out);

/* ---- eval.c ---- */
/* As Tera's eval: escaped where the render escapes and the kind of expression asks for it. */
int eval(struct render *r, const struct expr *e, struct tvalue *out);
int eval_plain(struct render *r, const struct expr *e, struct tvalue *out); /* never escaped */
/* Not escaped; *escape: printing it would be. */
int eval_print(struct render *r, const struct expr *e, struct tvalue *out, bool *escape);
int eval_bool(struct render *r, const struct expr *e, bool *out);
void escape_into(const char *s, size_t n, struct tbuf *out);
bool has_default(const struct expr *e);

/* ---- math.c ---- */
int eval_math(struct render *r, const struct expr *e, struct tvalue *out);
/* A number, or *nan. eval_chain() is for EXPR_MATH, without its filters and `not`. */
int eval_chain(struct render *r, const struct expr *e, struct tvalue *out, bool *nan);
int eval_number(struct render *r, const struct expr *e, struct tvalue *out, bool *nan);

/* ---- invoke.c ---- */
int invoke_filter(
        struct render *r, const struct site *site, struct tvalue input, struct tvalue *out);
int invoke_function(struct render *r, const struct site *site, struct tvalue *out);
int invoke_test(struct render *r, const struct site *site, struct tvalue input, bool *out);
int invoke_macro(struct render *r, const struct site *site, struct tvalue *out);
/* Prints what the macro prints. */
int render_macro(struct render *r, const struct site *site);

/* ---- render.c ---- */
/* 0, or -1; or that a loop is to be left or gone on with. */
enum {
	FLOW_BREAK = 1,
	FLOW_CONTINUE = 2,
};
int render_body(struct render *r, const struct body *body);
/* Runs fn with a buffer of its own, whose content becomes *out. */
int render_nested(struct render *r, int (*fn)(struct render *r, const void *arg), const void *arg,
        struct tvalue *out);
int render_enter(struct render *r); /* one more level of calls */
static inline void render_leave(struct render *r)
{
	r->depth--;
}

/* ---- blocks.c ---- */
int render_block(struct render *r, const struct tnode *n);
int render_super(struct render *r, const struct tnode *n);
/* Whose macros a call in the current place means. */
const struct part *macro_scope(const struct render *r);
/* "Failed to render 'main': ..." of the current place. */
void render_headline(struct render *r);

#if defined(__clang_analyzer__) && !defined(TEMPLATE_RETURNS_MINUS_ONE)
#define render_fail(...) terr_minus_one(render_fail(__VA_ARGS__))
#define render_limit(...) terr_minus_one(render_limit(__VA_ARGS__))
#endif

#endif
