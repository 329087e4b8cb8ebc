/* Paths to values: frames from the innermost out, then the context. */
#include <assert.h>
#include <string.h>

#include "daemon/template/render_priv.h"

#define FEW_STEPS 8u

static const struct tvalue unknown; /* marks what the context does not have */

static const struct tvalue *context_var(struct render *r, uint32_t name)
{
	const struct tvalue **known = &r->context_vars[name];

	if (!*known) {
		const struct name *n = &r->b->names[name];

		*known = tvalue_get(r->context, n->s, n->len);
		if (!*known)
			*known = &unknown;
	}
	return *known == &unknown ? NULL : *known;
}

/* ---- steps ---- */

/* A string is a key as it is; so is a number, in JSON form. Either may select an element. */
static const struct tvalue *by_index_value(const struct tvalue *v, const struct tvalue *index)
{
	AUTO_TBUF text = { .max = 64 };

	if (index->type == TVALUE_INT && v->type == TVALUE_ARRAY)
		return index->i >= 0 && index->i < v->len ? &v->a->items[index->i] : NULL;
	if (index->type == TVALUE_STRING && v->type == TVALUE_OBJECT)
		return tvalue_get(v, index->s, index->len);
	if (index->type == TVALUE_STRING)
		return memchr(index->s, '.', index->len) ? NULL
		                                         : tvalue_path(v, index->s, index->len);
	tvalue_json(index, false, &text);
	return tvalue_path(v, text.s, text.len);
}

static const struct tvalue *take_step(
        const struct tvalue *v, const struct step *step, const struct tvalue *index)
{
	if (step->kind == STEP_PATH) {
		assert(index); /* a path with such steps had them evaluated */
		return by_index_value(v, index);
	}
	if (v->type == TVALUE_OBJECT)
		return tvalue_get(v, step->key, step->len);
	if (v->type == TVALUE_ARRAY && step->is_index && step->index < v->len)
		return &v->a->items[step->index];
	return NULL;
}

static const struct tvalue *walk(
        const struct path *p, const struct tvalue *v, const struct tvalue *indexes)
{
	for (uint32_t i = 0; v && i < p->n_steps; i++)
		v = take_step(v, &p->steps[i], indexes ? &indexes[i] : NULL);
	return v;
}

/* ---- what a loop defines ---- */

static bool step_is(const struct step *step, const char *key)
{
	return step->kind == STEP_DOT && step->len == strlen(key) &&
	       memcmp(step->key, key, step->len) == 0;
}

static bool loop_member(const struct loop *l, const struct path *p, struct tvalue *out)
{
	if (p->n_steps != 1)
		return false;
	if (step_is(p->steps, "index"))
		*out = tvalue_int((int64_t)l->i + 1);
	else if (step_is(p->steps, "index0"))
		*out = tvalue_int(l->i);
	else if (step_is(p->steps, "first"))
		*out = tvalue_bool(l->i == 0);
	else if (step_is(p->steps, "last"))
		*out = tvalue_bool(l->i + 1 == l->n);
	else
		return false;
	return true;
}

static bool in_loop(const struct loop *l, uint32_t name, const struct path *p,
        const struct tvalue *indexes, struct tvalue *out)
{
	const struct tvalue *found;

	if (name == l->key && p->n_steps == 0) {
		*out = l->current_key;
		return true;
	}
	if (name == NAME_LOOP)
		return loop_member(l, p, out);
	if (name != l->value)
		return false;
	found = walk(p, &l->current, indexes);
	if (found)
		*out = *found;
	return found != NULL;
}

static bool in_frame(const struct frame *f, uint32_t name, const struct path *p,
        const struct tvalue *indexes, struct tvalue *out)
{
	for (const struct var *v = f->vars; v; v = v->next) {
		if (v->name != name)
			continue;

		const struct tvalue *found = walk(p, &v->value, indexes);

		if (found) {
			*out = *found;
			return true;
		}
		break;
	}
	return f->loop && in_loop(f->loop, name, p, indexes, out);
}

/* env.NAME, env["NAME"], env[path]: a variable of the environment, where the host has that. */
static bool from_environment(struct render *r, const struct path *p, uint32_t name,
        const struct tvalue *env, const struct tvalue *indexes, struct tvalue *out)
{
	const struct name *root = &r->b->names[name];
	const struct step *step = p->steps;

	if (!r->s->host->env_paths || p->n_steps != 1 || root->len != 3 ||
	        memcmp(root->s, "env", 3) != 0 || (env && env->type == TVALUE_OBJECT))
		return false;
	assert(indexes || step->kind != STEP_PATH);
	if (step->kind == STEP_PATH ? indexes->type != TVALUE_STRING : !step->key)
		return false;
	AUTO_STR key = step->kind == STEP_PATH ? xstrndup(indexes->s, indexes->len)
	                                       : xstrndup(step->key, step->len);
	const char *value = tsession_env(r->s, key);

	if (value)
		*out = tvalue_str(value, strlen(value));
	return value != NULL;
}

static int find(
        struct render *r, const struct path *p, const struct tvalue *indexes, struct tvalue *out)
{
	uint32_t name = render_name(r, p->root);

	for (struct frame *f = render_frame(r);; f--) {
		if (in_frame(f, name, p, indexes, out))
			return 1;
		if (f->kind == FRAME_MACRO || f->kind == FRAME_MAIN)
			break;
	}

	const struct tvalue *root = context_var(r, name);
	const struct tvalue *v = root ? walk(p, root, indexes) : NULL;

	if (v) {
		*out = *v;
		return 1;
	}
	if (from_environment(r, p, name, root, indexes, out))
		return 1;
	*out = tvalue_null();
	return p->nothing;
}

/* ---- indexes that are paths ---- */

static int fail_index(struct render *r, const struct path *p, const struct step *step)
{
	return render_fail(r,
	        "Only variables evaluating to String or Number can be used as index (`%.*s` of "
	        "`%.*s`)",
	        (int)step->path->text.len, step->path->text.s, (int)p->text.len, p->text.s);
}

static int eval_index(
        struct render *r, const struct path *p, const struct step *step, struct tvalue *out)
{
	struct terr inner = TERR_INIT, *outer = r->e;
	int rc;

	if ((const char *)__builtin_frame_address(0) < r->stack_end)
		return render_limit(r, TLIMIT_NESTING);
	r->e = &inner;
	rc = lookup_defined(r, step->path, out);
	r->e = outer;
	if (rc == 0)
		return out->type == TVALUE_STRING || tvalue_is_number(out) ? 0
		                                                           : fail_index(r, p, step);
	if (inner.kind == TERR_LIMIT)
		return terr_move(r->e, &inner);
	render_fail(r, "Variable %.*s can not be evaluated because: %s", (int)p->text.len,
	        p->text.s, inner.causes[0]);
	terr_release(&inner);
	return -1;
}

static int eval_indexes(struct render *r, const struct path *p, struct tvalue *indexes)
{
	for (uint32_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].kind == STEP_PATH &&
		        eval_index(r, p, &p->steps[i], &indexes[i]) < 0)
			return -1;
	return 0;
}

static bool has_indexes(const struct path *p)
{
	if (p->brackets)
		for (uint32_t i = 0; i < p->n_steps; i++)
			if (p->steps[i].kind == STEP_PATH)
				return true;
	return false;
}

/* ---- errors ---- */

static void write_step(const struct step *step, const struct tvalue *index, struct tbuf *out)
{
	bool value = step->kind == STEP_PATH && index;
	bool string = value && index->type == TVALUE_STRING;
	struct name key = { step->key, step->len };

	tbuf_addc(out, '.');
	if (value && !string) {
		tvalue_json(index, false, out);
		return;
	}
	if (string)
		key = (struct name){ index->s, index->len };
	if (step->kind == STEP_KEY || string)
		tbuf_addc(out, '"');
	for (uint32_t i = 0; i < key.len; i++)
		if (key.s[i] == '/')
			tbuf_add(out, "~1", 2);
		else
			tbuf_addc(out, key.s[i]);
	if (step->kind == STEP_KEY || string)
		tbuf_addc(out, '"');
}

static int fail_undefined(struct render *r, const struct path *p, const struct tvalue *indexes)
{
	const char *where = render_frame(r)->part->t->name;

	if (!p->brackets) {
		render_fail(r, "Variable `%.*s` not found in context while rendering '%s'",
		        (int)p->text.len, p->text.s, where);
		return terr_lacks(r->e, LACK_VARIABLE, p->text.s, p->text.len);
	}

	AUTO_TBUF text = { .max = 4096 };
	const char *root = render_text(r, p->root);

	tbuf_adds(&text, root);
	for (uint32_t i = 0; i < p->n_steps; i++)
		write_step(&p->steps[i], indexes ? &indexes[i] : NULL, &text);
	return render_fail(r,
	        "Variable `%.*s` not found in context while rendering '%s': the evaluated version "
	        "was "
	        "`%.*s`. Maybe the index is out of bounds?",
	        (int)p->text.len, p->text.s, where, (int)text.len, text.s);
}

/* ---- __tera_context ---- */

static void dump_loop(const struct render *r, const struct loop *l, struct tmap *m)
{
	const struct name *names = r->b->names;

	tmap_put(m, names[l->value].s, names[l->value].len, l->current);
	if (l->key != NO_NAME)
		tmap_put(m, names[l->key].s, names[l->key].len, l->current_key);
}

/* Of equal names the one put last counts: that of the outermost frame, as in Tera. */
static int dump_context(struct render *r, struct tvalue *out)
{
	AUTO_TMAP m = { 0 };
	AUTO_TBUF text = { .max = r->s->limits.max[TLIMIT_VALUE] };
	bool in_macro = false;

	for (const struct frame *f = render_frame(r); f >= r->frames && !in_macro; f--)
		in_macro = f->kind == FRAME_MACRO;
	if (!in_macro)
		for (uint32_t i = 0; i < r->context->len; i++) {
			const struct tmember *member = &r->context->o->members[i];

			tmap_put(&m, member->key, member->key_len, member->value);
		}
	for (const struct frame *f = render_frame(r); f >= r->frames; f--) {
		for (const struct var *v = f->vars; v; v = v->next)
			tmap_put(&m, r->b->names[v->name].s, r->b->names[v->name].len, v->value);
		if (f->loop)
			dump_loop(r, f->loop, &m);
		if (f->kind == FRAME_MACRO)
			break;
	}
	if (tmap_make(&m, r->s->arena, &r->s->limits, out, r->e) < 0)
		return -1;
	tvalue_json(out, true, &text);
	if (text.full)
		return render_limit(r, TLIMIT_VALUE);
	*out = tvalue_str(arena_memdup(r->s->arena, text.s, text.len), text.len);
	return tsession_check(r->s, r->e) < 0 ? -1 : 1;
}

/* ---- the door ---- */

static int lookup_with(struct render *r, const struct path *p, bool need, struct tvalue *out)
{
	struct tvalue few[FEW_STEPS], *indexes = NULL;
	int rc;

	if (p->dump)
		return dump_context(r, out);
	if (has_indexes(p)) {
		indexes = p->n_steps <= FEW_STEPS
		                  ? few
		                  : arena_array(r->s->arena, p->n_steps, sizeof(*indexes));
		if (eval_indexes(r, p, indexes) < 0)
			return -1;
	}
	rc = find(r, p, indexes, out);
	return rc == 0 && need ? fail_undefined(r, p, indexes) : rc;
}

int lookup(struct render *r, const struct path *p, struct tvalue *out)
{
	return lookup_with(r, p, false, out);
}

int lookup_defined(struct render *r, const struct path *p, struct tvalue *out)
{
	return lookup_with(r, p, true, out) < 0 ? -1 : 0;
}
