#include "daemon/template/render_priv.h"

struct frame *frame_push(struct render *r, enum frame_kind kind, const struct part *part)
{
	r->frames = xgrow(r->frames, &r->cap_frames, r->n_frames + 1, sizeof(*r->frames));

	struct frame *f = &r->frames[r->n_frames++];

	*f = (struct frame){ .kind = kind, .part = part };
	return f;
}

void frame_clear(struct render *r, struct frame *f)
{
	while (f->vars) {
		struct var *v = f->vars;

		f->vars = v->next;
		v->next = r->free_vars;
		r->free_vars = v;
	}
}

void frame_pop(struct render *r)
{
	frame_clear(r, render_frame(r));
	r->n_frames--;
}

void frame_set(struct render *r, struct frame *f, uint32_t name, struct tvalue value)
{
	struct var *v;

	for (v = f->vars; v; v = v->next)
		if (v->name == name) {
			v->value = value;
			return;
		}
	v = r->free_vars;
	if (v)
		r->free_vars = v->next;
	else
		v = arena_alloc(r->s->arena, sizeof(*v));
	*v = (struct var){ .next = f->vars, .name = name, .value = value };
	f->vars = v;
}

struct frame *frame_global(struct render *r)
{
	struct frame *f = render_frame(r);

	while (f->kind == FRAME_FOR)
		f--;
	return f;
}

void attempt_begin(struct render *r, struct attempt *a)
{
	*a = (struct attempt){
		.error = TERR_INIT,
		.outer = r->e,
		.n_frames = r->n_frames,
		.depth = r->depth,
		.code = r->code,
		.block = r->block,
	};
	r->e = &a->error;
}

int attempt_end(struct render *r, struct attempt *a, int rc)
{
	r->e = a->outer;
	if (rc >= 0)
		return 0;
	if (a->error.kind == TERR_LIMIT)
		return terr_move(r->e, &a->error);
	terr_release(&a->error);
	while (r->n_frames > a->n_frames)
		frame_pop(r);
	r->depth = a->depth;
	r->code = a->code;
	r->block = a->block;
	return 1;
}
