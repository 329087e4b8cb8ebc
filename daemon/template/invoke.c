/* Calls of filters, tests, functions and macros. */
#include <string.h>

#include "daemon/template/render_priv.h"

#define FEW_ARGS 8u

static const struct builtin none; /* marks a name that no library has */

static const struct builtin *find(struct render *r, enum call_kind kind, uint32_t local)
{
	const struct builtin **known = &r->builtins[kind][render_name(r, local)];

	if (!*known) {
		const struct name *n = &r->code->t->names[local];

		*known = library_find(r->lib, kind, n->s, n->len);
		if (!*known)
			*known = &none;
	}
	return *known == &none ? NULL : *known;
}

/* ---- arguments ---- */

/* Of "end;start,end" the first list that has n names, or the last. */
static struct name param_list(const char *params, uint32_t n)
{
	const char *p = params ? params : "";

	for (;;) {
		size_t len = strcspn(p, ";");
		uint32_t names = len > 0;

		for (size_t i = 0; i < len; i++)
			names += p[i] == ',';
		if (names >= n || p[len] == '\0')
			return (struct name){ p, (uint32_t)len };
		p += len + 1;
	}
}

/* The i-th name of "a,b,c"; empty when there are not so many. */
static struct name param_name(struct name list, uint32_t i)
{
	const char *p = list.s, *end = list.s + list.len;

	for (;; i--) {
		size_t n = (size_t)(end - p);
		const char *comma = n ? memchr(p, ',', n) : NULL;

		if (i == 0)
			return (struct name){ p, (uint32_t)((comma ? comma : end) - p) };
		if (!comma)
			return (struct name){ end, 0 };
		p = comma + 1;
	}
}

static uint32_t n_by_position(const struct site *site)
{
	uint32_t n = 0;

	while (n < site->n_args && !site->args[n].name.s)
		n++;
	return n;
}

static int eval_args(struct render *r, const struct site *site, enum call_kind kind,
        const struct builtin *b, struct targ *args)
{
	struct name list = param_list(b->params, n_by_position(site));

	for (uint32_t i = 0; i < site->n_args; i++) {
		struct name name = site->args[i].name;

		if (!name.s && kind != CALL_TEST) {
			name = param_name(list, i);
			if (name.len == 0)
				return render_fail(r, "%s() takes %s by position", b->name,
				        list.len ? "no more arguments" : "no arguments");
		}
		args[i] = (struct targ){ .name = name.s, .name_len = name.len };
		if (render_step(r) < 0 || eval_plain(r, site->args[i].value, &args[i].value) < 0)
			return -1;
	}
	return 0;
}

static const char *const words[] = {
	[CALL_FILTER] = "Filter",
	[CALL_TEST] = "Test",
	[CALL_FUNCTION] = "Function",
};

static int call_builtin(struct render *r, const struct site *site, enum call_kind kind,
        const struct builtin *b, struct tvalue input, struct tvalue *out)
{
	struct targ few[FEW_ARGS], *args = few;
	struct call c = {
		.session = r->s, .error = r->e, .kind = kind, .name = b->name, .input = input
	};

	if (site->n_args > FEW_ARGS)
		args = arena_array(r->s->arena, site->n_args, sizeof(*args));
	if (eval_args(r, site, kind, b, args) == 0) {
		c.args = args;
		c.n_args = site->n_args;
		if (b->call(&c, out) == 0)
			return render_step(r);
	}
	return terr_wrap(r->e, "%s call '%s' failed", words[kind], b->name);
}

static int fail_unknown(struct render *r, enum terr_lack what, const char *kind, uint32_t name)
{
	const char *text = render_text(r, name);

	render_fail(r, "%s '%s' not found", kind, text);
	return terr_lacks(r->e, what, text, strlen(text));
}

int invoke_filter(
        struct render *r, const struct site *site, struct tvalue input, struct tvalue *out)
{
	const struct builtin *b = find(r, CALL_FILTER, site->name);

	if (!b)
		return fail_unknown(r, LACK_FILTER, "Filter", site->name);
	return call_builtin(r, site, CALL_FILTER, b, input, out);
}

int invoke_test(struct render *r, const struct site *site, struct tvalue input, bool *out)
{
	const struct builtin *b = find(r, CALL_TEST, site->name);
	struct tvalue result;

	if (!b)
		return fail_unknown(r, LACK_TEST, "Test", site->name);
	if (call_builtin(r, site, CALL_TEST, b, input, &result) < 0)
		return -1;
	*out = tvalue_truth(&result);
	return 0;
}

/* ---- macros ---- */

struct target {
	const struct part *part;
	const struct macro *macro;
	uint32_t ns;
};

static bool find_in(const struct part *scope, uint32_t ns, uint32_t name, struct target *out)
{
	const struct part *p = part_space(scope, ns);

	*out = (struct target){ .part = p, .macro = p ? part_macro(p, name) : NULL, .ns = ns };
	return out->macro != NULL;
}

/* As Tera where that finds it; else as the file that holds the call means it. */
static int find_macro(struct render *r, const struct site *site, struct target *out)
{
	const struct part *scope = macro_scope(r);
	uint32_t ns = render_name(r, site->ns), name = render_name(r, site->name);
	bool known;

	if (find_in(scope, ns, name, out))
		return 0;
	known = out->part != NULL;
	if (find_in(r->code, ns, name, out))
		return 0;
	if (known)
		return render_fail(r, "Macro `%s::%s` not found in template `%s`",
		        render_text(r, site->ns), render_text(r, site->name), scope->t->name);
	return render_fail(r,
	        "Macro namespace `%s` was not found in template `%s`. Have you maybe forgotten to "
	        "import it, "
	        "or misspelled it?",
	        render_text(r, site->ns), scope->t->name);
}

/* The argument for a parameter, or NULL. */
static const struct expr *arg_for(const struct site *site, uint32_t i, const struct param *p)
{
	const struct expr *found = NULL;

	for (uint32_t a = 0; a < site->n_args; a++) {
		const struct arg *arg = &site->args[a];

		if (arg->name.s ? arg->name.len == p->name.len &&
		                          memcmp(arg->name.s, p->name.s, p->name.len) == 0
		                : a == i)
			found = arg->value;
	}
	return found;
}

/* *given: the parameter has a value. */
static int bind(struct render *r, const struct site *site, const struct target *t, uint32_t i,
        struct tvalue *out, bool *given)
{
	const struct param *p = &t->macro->params[i];
	const struct expr *value = arg_for(site, i, p);

	*given = true;
	if (value)
		return eval_plain(r, value, out);
	if (p->value)
		return eval_plain(r, p->value, out);
	*given = false;
	if (p->optional)
		return 0;
	return render_fail(r, "Macro `%s` is missing the argument `%s`", render_text(r, site->name),
	        t->part->t->names[p->id].s);
}

/* Variables that are bound, before the frame exists: arguments are the caller's. */
static int bind_all(
        struct render *r, const struct site *site, const struct target *t, struct var **vars)
{
	*vars = NULL;
	for (uint32_t i = 0; i < t->macro->n_params; i++) {
		struct tvalue value;
		bool given;

		if (render_step(r) < 0 || bind(r, site, t, i, &value, &given) < 0)
			return -1;
		if (!given)
			continue;

		struct var *v = arena_alloc(r->s->arena, sizeof(*v));

		*v = (struct var){ *vars, t->part->names[t->macro->params[i].id], value };
		*vars = v;
	}
	return 0;
}

static int run_macro(struct render *r, const struct site *site, const struct target *t)
{
	const struct part *code = r->code;
	struct var *vars;
	uint32_t name = render_name(r, site->name);

	if (bind_all(r, site, t, &vars) < 0 || render_enter(r) < 0)
		return -1;

	struct frame *f = frame_push(r, FRAME_MACRO, t->part);

	f->vars = vars;
	f->ns = t->ns;
	f->name = name;
	r->code = t->part;
	if (render_body(r, &t->macro->body) < 0)
		return -1;
	r->code = code;
	frame_pop(r);
	render_leave(r);
	return 0;
}

int render_macro(struct render *r, const struct site *site)
{
	struct target t;

	return find_macro(r, site, &t) < 0 ? -1 : run_macro(r, site, &t);
}

struct macro_call {
	const struct site *site;
	const struct target *target;
};

static int run_nested(struct render *r, const void *arg)
{
	const struct macro_call *call = arg;

	return run_macro(r, call->site, call->target);
}

int invoke_macro(struct render *r, const struct site *site, struct tvalue *out)
{
	struct target t;
	struct macro_call call = { site, &t };

	return find_macro(r, site, &t) < 0 ? -1 : render_nested(r, run_nested, &call, out);
}

/* ---- functions ---- */

/* A macro of the same file may be called as if it were a function. */
static int call_own_macro(struct render *r, const struct site *site, struct tvalue *out)
{
	struct target t = { .part = r->code, .ns = NAME_SELF };
	struct macro_call call = { site, &t };

	t.macro = part_macro(r->code, render_name(r, site->name));
	if (!t.macro)
		return fail_unknown(r, LACK_FUNCTION, "Function", site->name);
	if (render_nested(r, run_nested, &call, out) < 0)
		return -1;
	r->from_macro = true;
	return 0;
}

int invoke_function(struct render *r, const struct site *site, struct tvalue *out)
{
	const struct builtin *b = find(r, CALL_FUNCTION, site->name);

	if (!b)
		return call_own_macro(r, site, out);
	r->from_macro = false;
	if (call_builtin(r, site, CALL_FUNCTION, b, tvalue_null(), out) < 0)
		return -1;
	r->from_macro = false;
	return 0;
}
