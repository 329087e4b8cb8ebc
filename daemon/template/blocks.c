/* Blocks and super(), and what Tera remembers of the blocks that were entered.
 *
 * Tera keeps a block on its stack after it was rendered: later macro calls are looked up where that
 * block was defined, and errors name its template. super() alone takes entries off. What super()
 * means is kept apart here, so that it is right in every nesting.
 */
#include "daemon/template/render_priv.h"

static const struct part *ancestor(const struct part *p, unsigned n)
{
	for (; p && n; n--)
		p = p->parent;
	return p;
}

static unsigned n_parents(const struct part *p)
{
	unsigned n = 0;

	for (; p->parent; p = p->parent)
		n++;
	return n;
}

/* A block in a loop is entered again and again; one entry of it will do. */
static void remember(struct render *r, struct entered block)
{
	if (r->n_blocks) {
		const struct entered *last = &r->blocks[r->n_blocks - 1];

		if (last->name == block.name && last->part == block.part &&
		        last->level == block.level)
			return;
	}
	r->blocks = xgrow(r->blocks, &r->cap_blocks, r->n_blocks + 1, sizeof(*r->blocks));
	r->blocks[r->n_blocks++] = block;
}

/* One definition of a block, which is that of a part. */
static int run_block(struct render *r, const struct body *body, struct entered block)
{
	const struct part *code = r->code;
	struct entered outer = r->block;
	int rc;

	if (render_enter(r) < 0)
		return -1;
	r->code = block.part;
	r->block = block;
	rc = render_body(r, body);
	if (rc < 0)
		return -1;
	r->block = outer;
	r->code = code;
	render_leave(r);
	return rc;
}

int render_block(struct render *r, const struct tnode *n)
{
	const struct part *active = render_frame(r)->part, *p = active;
	uint32_t name = render_name(r, n->block->name);

	for (unsigned level = 0; p; level++, p = p->parent) {
		const struct block *b = part_block(p, name);
		struct entered block = { name, p, level };

		if (!b)
			continue;
		remember(r, block);
		return run_block(r, &b->body, block);
	}
	return run_block(r, &n->block->body, (struct entered){ name, r->code, n_parents(active) });
}

int render_super(struct render *r, const struct tnode *n)
{
	unsigned last = n_parents(r->main);
	struct entered block = r->block;

	(void)n;
	while (++block.level <= last) {
		const struct block *b;

		block.part = ancestor(r->main, block.level);
		b = part_block(block.part, block.name);
		if (!b)
			continue;
		remember(r, block);
		if (run_block(r, &b->body, block) < 0)
			return -1;
		if (r->n_blocks)
			r->n_blocks--;
		if (block.level >= last && r->n_blocks)
			r->n_blocks--;
		return 0;
	}
	return render_fail(r, "Tried to use super() in the top level block");
}

const struct part *macro_scope(const struct render *r)
{
	if (r->n_blocks)
		return r->blocks[r->n_blocks - 1].part;
	if (r->main != r->b->root)
		return r->b->root;
	return r->frames[r->n_frames - 1].part;
}

/* The level-th of the templates that define the block, counted from main; NULL: main has none of
 * it. */
static const struct part *definition(const struct render *r, uint32_t name, unsigned level)
{
	const struct part *p = r->main;

	if (!part_block(p, name))
		return NULL;
	for (; p; p = p->parent)
		if (part_block(p, name) && level-- == 0)
			return p;
	return NULL;
}

void render_headline(struct render *r)
{
	struct strbuf *head = &r->e->head;
	const struct frame *f = &r->frames[r->n_frames - 1];
	const struct name *names = r->b->names;

	strbuf_reset(head);
	strbuf_printf(head, "Failed to render '%s'", r->main->t->name);
	if (f->kind == FRAME_MACRO)
		strbuf_printf(head, ": error while rendering macro `%s::%s`", names[f->ns].s,
		        names[f->name].s);
	if (r->n_blocks) {
		const struct entered *last = &r->blocks[r->n_blocks - 1];
		const struct part *p = definition(r, last->name, last->level);

		if (!p)
			strbuf_adds(head, " (error happened in a parent template)");
		else if (p != r->main)
			strbuf_printf(head, " (error happened in '%s').", p->t->name);
	} else if (r->main != r->b->root) {
		strbuf_printf(head, " (error happened in '%s').", r->b->root->t->name);
	}
}
