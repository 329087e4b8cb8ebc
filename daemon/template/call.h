/* daemon/template/call.h - filters, tests and functions: how they are declared, and what they may
 *ask.
 *
 * A library is three tables, each sorted by name in byte order:
 *
 *	static int upper(struct call *c, struct tvalue *out)
 *	{
 *		struct tvalue s;
 *
 *		if (call_input_string(c, &s) < 0)
 *			return -1;
 *		...
 *		return call_give(c, buf, out);
 *	}
 *	static const struct builtin filters[] = { { "upper", upper, NULL }, ... };
 *
 * A function returns 0 with *out set, or -1 with the reason stated by call_fail() or a helper; the
 * engine adds "Filter call 'upper' failed" and the place. Results live in call_arena(c) or are
 * static, or share parts of the arguments. Functions do not keep anything between calls but
 * through call_state(). They are called on any thread, one call of a session at a time.
 */
#ifndef DAEMON_TEMPLATE_CALL_H
#define DAEMON_TEMPLATE_CALL_H

#include "daemon/template/session.h"

struct call;

struct builtin {
	const char *name;
	int (*call)(struct call *c, struct tvalue *out);
	/* Names of the parameters in the order of positional arguments, separated by commas; NULL:
	 * it takes none by position. Not for tests, whose arguments have no names. */
	const char *params;
};

struct library {
	const struct builtin *filters, *tests, *functions;
	size_t n_filters, n_tests, n_functions;
	const struct library *more; /* looked at when the name is not here; NULL: the end */
};

enum call_kind {
	CALL_FILTER,
	CALL_TEST,
	CALL_FUNCTION,
};

const struct builtin *library_find(
        const struct library *lib, enum call_kind kind, const char *name, size_t len);

/* name is NULL for the arguments of tests. Of arguments of one name the last counts. */
struct targ {
	const char *name;
	size_t name_len;
	struct tvalue value;
};

struct call {
	struct tsession *session;
	struct terr *error;
	enum call_kind kind;
	const char *name; /* of the builtin */
	/* What a filter or test is applied to. Only a test may see TVALUE_UNDEFINED. */
	struct tvalue input;
	const struct targ *args;
	size_t n_args;
};

static inline struct arena *call_arena(const struct call *c)
{
	return c->session->arena;
}

/* States the reason. Returns -1. */
int call_fail(struct call *c, const char *fmt, ...) PRINTF(2, 3);
/* "resource limit: ..." Returns -1. */
int call_limit(struct call *c, enum tlimit what);

/* ---- arguments ----
 * call_arg() finds one: NULL when it was not given. The typed ones return 1 when it was given, 0
 *when not (*out is left alone), -1 with the error of the kind of callee when its type is wrong:
 *	Filter `f` received an incorrect type for arg `a`: got `JSON` but expected a T
 *	Function `f` received a=JSON but `a` can only be a number
 * T is String, bool, f64, usize, i64, i32, u32, Vec<Value>. A float is no integer. For functions
 * "a number", "a string", "a boolean", "an array".
 */
const struct tvalue *call_arg(const struct call *c, const char *name);
int call_arg_string(struct call *c, const char *name, struct tvalue *out);
int call_arg_bool(struct call *c, const char *name, bool *out);
int call_arg_f64(struct call *c, const char *name, double *out);
int call_arg_i64(struct call *c, const char *name, int64_t *out);
int call_arg_i32(struct call *c, const char *name, int32_t *out);
int call_arg_u32(struct call *c, const char *name, uint32_t *out);
int call_arg_usize(struct call *c, const char *name, uint64_t *out);

/* The errors of a missing argument; all return -1.
 *	Filter `f` expected an arg called `a`			(filters of strings)
 *	The `f` filter has to have an `a` argument		(filters of arrays and objects)
 *	Function `f` was called without a `a` argument		(Tera's functions)
 *	f() requires 'a' parameter				(clnrm's functions)
 */
int call_missing_string_filter(struct call *c, const char *name);
int call_missing_array_filter(struct call *c, const char *name);
int call_missing_function(struct call *c, const char *name);
int call_missing_clnrm(struct call *c, const char *name);

/* What a filter is applied to, of one type; else
 *	Filter `f` was called on an incorrect value: got `JSON` but expected a T
 * The first is for when T is an unusual word. */
int call_wrong_input(struct call *c, const char *expected);
int call_wrong_arg(struct call *c, const char *name, const struct tvalue *v, const char *expected);
int call_input_string(struct call *c, struct tvalue *out);
int call_input_array(struct call *c, struct tvalue *out);
int call_input_f64(struct call *c, double *out);

/* ---- results ----
 * call_buf() is an empty buffer that refuses what is larger than a value may be; it is the
 * session's, and one call has one. call_give() makes a string of it. Both sizes and time are
 * checked there.
 */
struct tbuf *call_buf(struct call *c);
int call_give(struct call *c, const struct tbuf *b, struct tvalue *out);
/* Copies s. */
int call_string(struct call *c, const char *s, size_t len, struct tvalue *out);
/* Items or members become a value; more than TLIMIT_ELEMENTS is an error. */
int call_array(struct call *c, const struct tvec *v, struct tvalue *out);
int call_object(struct call *c, struct tmap *m, struct tvalue *out);
/* An undefined result: false as a condition, `default` works; anything else fails with this text.
 */
int call_undefined(struct call *c, struct tvalue *out, const char *fmt, ...) PRINTF(3, 4);

/* -1 when n elements, or a count of n, are too many. To be asked before they are made. */
int call_elements(struct call *c, uint64_t n);
int call_count(struct call *c, uint64_t n);
/* Once per element of any loop whose length the template chooses. */
static inline int call_step(struct call *c)
{
	return tsession_step(c->session, c->error);
}

/* ---- the session ---- */
static inline int64_t call_now_ns(struct call *c)
{
	return tsession_now_ns(c->session);
}
static inline const char *call_env(struct call *c, const char *name)
{
	return tsession_env(c->session, name);
}
static inline void *call_state(struct call *c, const void *key, size_t n)
{
	return tsession_state(c->session, key, n);
}
/* seed NULL: the next of the session's stream, or entropy. */
static inline void call_prng(struct call *c, const uint64_t *seed, struct prng *out)
{
	tsession_prng(c->session, seed, out);
}

/* A value in JSON form for an error text, cut where it is long. The string lives in the arena. */
const char *call_json(struct call *c, const struct tvalue *v);

#if defined(__clang_analyzer__) && !defined(TEMPLATE_RETURNS_MINUS_ONE)
#define call_fail(...) terr_minus_one(call_fail(__VA_ARGS__))
#define call_limit(...) terr_minus_one(call_limit(__VA_ARGS__))
#define call_wrong_input(...) terr_minus_one(call_wrong_input(__VA_ARGS__))
#define call_wrong_arg(...) terr_minus_one(call_wrong_arg(__VA_ARGS__))
#define call_missing_string_filter(...) terr_minus_one(call_missing_string_filter(__VA_ARGS__))
#define call_missing_array_filter(...) terr_minus_one(call_missing_array_filter(__VA_ARGS__))
#define call_missing_function(...) terr_minus_one(call_missing_function(__VA_ARGS__))
#define call_missing_clnrm(...) terr_minus_one(call_missing_clnrm(__VA_ARGS__))
#endif

#endif
