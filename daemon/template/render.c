/* Nodes: what a template prints and does. */
#define TEMPLATE_RETURNS_MINUS_ONE

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/template/origins.h"
#include "daemon/template/render_priv.h"
#include "daemon/template/unicode.h"

#define STACK_BYTES (2u << 20) /* of the thread's stack; nesting beyond is refused */

int render_limit(struct render *r, enum tlimit what)
{
	return terr_limit(r->e, &r->s->limits, what);
}

int render_fail(struct render *r, const char *fmt, ...)
{
	va_list ap;
	AUTO_STRBUF text = STRBUF_INIT;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	return terr_set(r->e, "%s", text.s);
}

/* States where an error happened, while frames still show it. */
static int fail_at(struct render *r, uint32_t at)
{
	uint32_t line, col;

	if (r->e->line)
		return -1;
	template_place(r->code->t, at, &line, &col);
	terr_at(r->e, r->code->t->name, line, col);
	render_headline(r);
	return -1;
}

int render_enter(struct render *r)
{
	if (++r->depth > r->s->limits.max[TLIMIT_CALL_DEPTH])
		return render_limit(r, TLIMIT_CALL_DEPTH);
	if ((const char *)__builtin_frame_address(0) < r->stack_end)
		return render_limit(r, TLIMIT_CALL_DEPTH);
	return 0;
}

/* ---- output ---- */

static int check_output(struct render *r)
{
	if (!r->out->full && r->out->len + r->nested <= r->s->limits.max[TLIMIT_OUTPUT])
		return 0;
	return render_limit(r, TLIMIT_OUTPUT);
}

int render_nested(struct render *r, int (*fn)(struct render *r, const void *arg), const void *arg,
        struct tvalue *out)
{
	AUTO_TBUF text = { .max = r->s->limits.max[TLIMIT_OUTPUT] };
	struct tbuf *outer = r->out;
	int rc;

	r->out = &text;
	rc = fn(r, arg);
	r->out = outer;
	if (rc < 0)
		return -1;
	r->nested += text.len;
	if (check_output(r) < 0)
		return -1;
	if (text.len > r->s->limits.max[TLIMIT_VALUE])
		return render_limit(r, TLIMIT_VALUE);
	*out = tvalue_str(text.len ? arena_memdup(r->s->arena, text.s, text.len) : "", text.len);
	return text.len > 65536 ? tsession_check(r->s, r->e) : 0;
}

/* ---- simple nodes ---- */

static void note_origin(struct render *r, uint32_t at, bool literal)
{
	if (r->s->origins && r->out == r->final)
		torigins_add(
		        r->s->origins, r->out->len, r->code->t, at, literal, r->code == r->main);
}

static int run_text(struct render *r, const struct tnode *n)
{
	note_origin(r, (uint32_t)(n->text.s - r->code->t->text), true);
	tbuf_add(r->out, n->text.s, n->text.len);
	return check_output(r);
}

static int run_print(struct render *r, const struct tnode *n)
{
	const struct expr *e = n->print;
	struct tvalue v;
	bool escape;

	note_origin(r, e->at, false);
	if (e->kind == EXPR_MACRO && !e->filters && !e->negated)
		return render_macro(r, e->site) < 0 ? fail_at(r, e->at) : 0;
	if (eval_print(r, e, &v, &escape) < 0)
		return fail_at(r, e->at);
	if (r->escape && escape && v.type == TVALUE_STRING)
		escape_into(v.s, v.len, r->out);
	else
		tvalue_print(&v, r->out);
	return check_output(r) < 0 ? fail_at(r, e->at) : 0;
}

static int run_set(struct render *r, const struct tnode *n)
{
	struct tvalue v;

	if (eval_plain(r, n->set.value, &v) < 0)
		return fail_at(r, n->set.value->at);
	frame_set(r, n->flag ? frame_global(r) : render_frame(r), render_name(r, n->set.name), v);
	return 0;
}

static int run_if(struct render *r, const struct tnode *n)
{
	for (const struct branch *b = n->branches; b; b = b->next) {
		bool yes = true;

		if (b->condition && eval_bool(r, b->condition, &yes) < 0)
			return fail_at(r, b->condition->at);
		if (yes)
			return render_body(r, &b->body);
	}
	return 0;
}

static int run_break(struct render *r, const struct tnode *n)
{
	(void)r;
	(void)n;
	return FLOW_BREAK;
}

static int run_continue(struct render *r, const struct tnode *n)
{
	(void)r;
	(void)n;
	return FLOW_CONTINUE;
}

static int run_extends(struct render *r, const struct tnode *n)
{
	const struct template *t = r->code->t;

	(void)n;
	return render_fail(r,
	        "Inheritance in included templates is currently not supported: extended `%s`",
	        t->files[t->parent].s);
}

/* ---- for ---- */

static uint32_t count_graphemes(const struct tvalue *v)
{
	uint32_t n = 0;

	for (size_t at = 0; at < v->len; at += unicode_grapheme(v->s + at, v->len - at))
		n++;
	return n;
}

/* What the container is called in errors; NULL where it may not be one. */
static bool container_name(const struct render *r, const struct expr *e, struct name *out)
{
	static const char array[] = "an array literal", object[] = "an object literal";

	switch ((enum expr_kind)e->kind) {
	case EXPR_PATH:
		*out = e->path->text;
		return true;
	case EXPR_CALL:
		*out = (struct name){ render_text(r, e->site->name),
			(uint32_t)strlen(render_text(r, e->site->name)) };
		return true;
	case EXPR_ARRAY:
		*out = (struct name){ array, sizeof(array) - 1 };
		return true;
	case EXPR_OBJECT:
		*out = (struct name){ object, sizeof(object) - 1 };
		return true;
	default:
		return false;
	}
}

static int start_loop(struct render *r, struct loop *l, struct name name)
{
	bool is_object = l->container.type == TVALUE_OBJECT;

	if (is_object ? l->key != NO_NAME
	              : l->container.type == TVALUE_ARRAY || l->container.type == TVALUE_STRING) {
		if (!is_object && l->key != NO_NAME)
			return render_fail(r,
			        "Tried to iterate using key value on variable `%.*s`, but it isn't "
			        "an object/map",
			        (int)name.len, name.s);
		l->kind = is_object                           ? LOOP_OBJECT
		          : l->container.type == TVALUE_ARRAY ? LOOP_ARRAY
		                                              : LOOP_STRING;
		l->n = l->kind == LOOP_STRING ? count_graphemes(&l->container) : l->container.len;
		return 0;
	}
	if (is_object)
		return render_fail(r,
		        "Tried to iterate using key value on variable `%.*s`, but it is missing a "
		        "key",
		        (int)name.len, name.s);
	return render_fail(r,
	        "Tried to iterate on a container (`%.*s`) that has a unsupported type",
	        (int)name.len, name.s);
}

/* Strings: current is the piece before; it starts out empty, at the start of the string. */
static void load_element(struct loop *l)
{
	const struct tvalue *c = &l->container;

	switch (l->kind) {
	case LOOP_ARRAY:
		l->current = c->a->items[l->i];
		break;
	case LOOP_OBJECT:
		l->current = c->o->members[l->i].value;
		l->current_key = tvalue_str(c->o->members[l->i].key, c->o->members[l->i].key_len);
		break;
	case LOOP_STRING: {
		const char *at = l->i ? l->current.s + l->current.len : c->s;

		l->current = tvalue_str(at, unicode_grapheme(at, (size_t)(c->s + c->len - at)));
		break;
	}
	}
}

static int run_rounds(struct render *r, const struct tnode *n, struct loop *l)
{
	size_t frame = r->n_frames;

	frame_push(r, FRAME_FOR, render_frame(r)->part)->loop = l;
	for (l->i = 0; l->i < l->n; l->i++) {
		if (++r->s->iterations > r->s->limits.max[TLIMIT_ITERATIONS]) {
			render_limit(r, TLIMIT_ITERATIONS);
			return fail_at(r, n->at);
		}
		load_element(l);

		int rc = render_body(r, &n->loop.body);

		if (rc < 0)
			return -1;
		if (rc == FLOW_BREAK)
			break;
		frame_clear(r, &r->frames[frame]);
	}
	frame_pop(r);
	return 0;
}

static int run_for(struct render *r, const struct tnode *n)
{
	struct loop l = { .key = n->loop.key, .value = render_name(r, n->loop.value) };
	struct name name;

	if (l.key != NO_NAME)
		l.key = render_name(r, l.key);
	if (!container_name(r, n->loop.container, &name)) {
		render_fail(r, "Forloop containers have to be an ident or a function call");
		return fail_at(r, n->loop.container->at);
	}
	if (eval_plain(r, n->loop.container, &l.container) < 0 || start_loop(r, &l, name) < 0)
		return fail_at(r, n->loop.container->at);
	if (l.n == 0)
		return n->loop.has_else ? render_body(r, &n->loop.otherwise) : 0;
	return run_rounds(r, n, &l);
}

/* ---- filter sections, includes ---- */

static int run_section_body(struct render *r, const void *arg)
{
	return render_body(r, &((const struct tnode *)arg)->filter.body);
}

static int run_filter(struct render *r, const struct tnode *n)
{
	struct tvalue v = tvalue_null();

	if (render_nested(r, run_section_body, n, &v) < 0)
		return -1;
	if (n->filter.site->name != NAME_SAFE && invoke_filter(r, n->filter.site, v, &v) < 0)
		return -1;
	tvalue_print(&v, r->out);
	return check_output(r);
}

static int fail_include(struct render *r, const struct tnode *n)
{
	AUTO_STRBUF names = STRBUF_INIT;

	for (uint32_t i = 0; i < n->include.n; i++)
		strbuf_printf(
		        &names, "%s%s", i ? ", " : "", r->code->t->files[n->include.refs[i]].s);
	return render_fail(r, "Template '[%s]' not found", names.s);
}

static int run_include(struct render *r, const struct tnode *n)
{
	const struct part *code = r->code, *found = NULL;

	for (uint32_t i = 0; i < n->include.n && !found; i++)
		found = code->files[n->include.refs[i]];
	if (!found)
		return n->flag ? 0 : fail_include(r, n);
	note_origin(r, n->at, false);
	if (render_enter(r) < 0)
		return -1;
	frame_push(r, FRAME_INCLUDE, found);
	r->code = found;
	if (render_body(r, &found->t->body) < 0)
		return -1;
	r->code = code;
	frame_pop(r);
	render_leave(r);
	return 0;
}

static int (*const runners[])(struct render *r, const struct tnode *n) = {
	[NODE_TEXT] = run_text,
	[NODE_PRINT] = run_print,
	[NODE_SET] = run_set,
	[NODE_IF] = run_if,
	[NODE_FOR] = run_for,
	[NODE_FILTER] = run_filter,
	[NODE_BLOCK] = render_block,
	[NODE_SUPER] = render_super,
	[NODE_INCLUDE] = run_include,
	[NODE_BREAK] = run_break,
	[NODE_CONTINUE] = run_continue,
	[NODE_EXTENDS] = run_extends,
};

int render_body(struct render *r, const struct body *body)
{
	for (const struct tnode *n = body->first; n; n = n->next) {
		int rc = render_step(r);

		if (rc == 0)
			rc = runners[n->kind](r, n);
		if (rc < 0)
			return fail_at(r, n->at);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- the door ---- */

static bool name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

static bool escapes(const char *name)
{
	return name_ends(name, ".html") || name_ends(name, ".htm") || name_ends(name, ".xml");
}

static int run_main(struct render *r)
{
	int rc = render_body(r, &r->b->root->t->body);

	if (rc == FLOW_BREAK || rc == FLOW_CONTINUE)
		return render_fail(r, "Attempted `%s` while not in `for loop`",
		        rc == FLOW_BREAK ? "break" : "continue");
	return rc;
}

int bundle_render(const struct bundle *b, struct tsession *s, const struct library *lib,
        const struct tvalue *context, struct tbuf *out, struct terr *e)
{
	struct render r = {
		.b = b,
		.s = s,
		.lib = lib,
		.e = e,
		.context = context,
		.main = b->parts[0],
		.code = b->root,
		.out = out,
		.final = out,
		.escape = escapes(b->parts[0]->t->name),
		.stack_end = (const char *)__builtin_frame_address(0) - STACK_BYTES,
	};
	int rc;

	out->max = s->limits.max[TLIMIT_OUTPUT];
	r.context_vars = arena_array(s->arena, b->n_names, sizeof(struct tvalue *));
	for (int i = 0; i < 3; i++)
		r.builtins[i] = arena_array(s->arena, b->n_names, sizeof(struct builtin *));
	frame_push(&r, FRAME_MAIN, r.main);
	rc = run_main(&r);
	if (rc < 0)
		fail_at(&r, 0);
	free(r.frames);
	free(r.blocks);
	return rc;
}
