/* The tags that steer, and those that name other templates: each reads from behind its word to the
 * end of its last tag, and adds its node. */
#include <stdlib.h>
#include <string.h>

#include "daemon/template/parse_priv.h"

/* ---- set, if, for ---- */

int parse_set(struct scan *s, struct builder *b, struct tag *tag)
{
	bool global = tag->word.len > 3;
	struct name name;
	struct expr *value;

	scan_space(s);
	if (!scan_ident(s, &name))
		return scan_expected(s, "the name of a variable");
	scan_space(s);
	if (scan_expect(s, "=", "'='") < 0)
		return -1;
	scan_space(s);
	if (parse_expr(s, &value) < 0 || tag_close(s, tag) < 0)
		return -1;
	tag_begins(b, tag);

	struct tnode *n = builder_add(s, b, NODE_SET, tag->at);

	n->flag = global;
	n->set.name = scan_name(s, name);
	n->set.value = value;
	tag_ends(b, tag);
	return 0;
}

/* One branch: condition, body, and the tag that ends it. `tag` is the one that opens it. */
static int parse_branch(struct scan *s, struct builder *outer, struct tag *tag,
        struct branch *branch, struct builder *inner, struct tag *end)
{
	if (branch->condition == NULL && !tag_is(tag, "else")) {
		if (tag_need_space(s, "white space and a condition") < 0 ||
		        parse_expr(s, &branch->condition) < 0)
			return -1;
	}
	if (tag_close(s, tag) < 0)
		return -1;
	builder_init(inner, outer->place, outer);
	inner->within_if = true;
	builder_start(inner);
	inner->trim_next = tag->trim_right;
	if (scan_enter(s, &s->tags) < 0 || parse_body(s, inner, end) < 0)
		return -1;
	s->tags--;
	branch->body = inner->body;
	return 0;
}

static int check_branch_end(struct scan *s, const struct branch *branch, const struct tag *end)
{
	bool more = tag_is(end, "elif") || tag_is(end, "else");

	if (more && branch->condition)
		return 0;
	if (tag_is(end, "endif"))
		return 0;
	return tag_wrong_end(s, end, branch->condition ? "elif, else or endif" : "endif");
}

int parse_if(struct scan *s, struct builder *b, struct tag *tag)
{
	struct branch *first = NULL, **tail = &first;
	struct tag current = *tag, end;
	struct builder inner;

	tag_begins(b, tag);

	struct tnode *n = builder_add(s, b, NODE_IF, tag->at);

	for (;;) {
		struct branch *branch = *tail = arena_alloc(s->a, sizeof(*branch));

		tail = &branch->next;
		if (parse_branch(s, b, &current, branch, &inner, &end) < 0 ||
		        check_branch_end(s, branch, &end) < 0)
			return -1;
		if (end.trim_left)
			builder_trim_last(&inner);
		if (tag_is(&end, "endif"))
			break;
		current = end;
	}
	n->branches = first;
	if (tag_close(s, &end) < 0)
		return -1;
	tag_ends(b, &end);
	b->last = NULL;
	return 0;
}

static int parse_loop_names(struct scan *s, struct tnode *n)
{
	struct name first, second;

	n->loop.key = NO_NAME;
	if (tag_need_space(s, "white space and a name") < 0)
		return -1;
	if (!scan_ident(s, &first))
		return scan_expected(s, "the name of a variable");
	n->loop.value = scan_name(s, first);
	if (scan_accept(s, ",")) {
		scan_space(s);
		if (!scan_ident(s, &second))
			return scan_expected(s, "the name of a variable");
		n->loop.key = n->loop.value;
		n->loop.value = scan_name(s, second);
	}
	if (tag_need_space(s, "white space and 'in'") < 0)
		return -1;
	if (scan_expect(s, "in", "'in'") < 0)
		return -1;
	return tag_need_space(s, "white space and what to go through");
}

/* Each `else` replaces the one before it. */
static int parse_loop_bodies(struct scan *s, struct builder *b, struct tnode *n, struct tag *tag)
{
	struct builder inner, other;
	struct tag end;

	builder_init(&inner, PLACE_FOR, b);
	builder_start(&inner);
	inner.trim_next = tag->trim_right;
	if (parse_body(s, &inner, &end) < 0)
		return -1;
	n->loop.body = inner.body;
	while (tag_is(&end, "else")) {
		if (tag_close(s, &end) < 0)
			return -1;
		builder_init(&other, PLACE_FOR, b);
		builder_start(&other);
		other.keep_space = true;
		if (parse_body(s, &other, &end) < 0)
			return -1;
		n->loop.has_else = true;
		n->loop.otherwise = other.body;
	}
	if (!tag_is(&end, "endfor"))
		return tag_wrong_end(s, &end, n->loop.has_else ? "endfor" : "else or endfor");
	if (tag_close(s, &end) < 0)
		return -1;
	if (end.trim_left)
		builder_trim_last(&inner);
	tag_ends(b, &end);
	return 0;
}

int parse_for(struct scan *s, struct builder *b, struct tag *tag)
{
	tag_begins(b, tag);

	struct tnode *n = builder_add(s, b, NODE_FOR, tag->at);

	if (parse_loop_names(s, n) < 0 || parse_container(s, &n->loop.container) < 0 ||
	        tag_close(s, tag) < 0 || scan_enter(s, &s->tags) < 0)
		return -1;
	if (parse_loop_bodies(s, b, n, tag) < 0)
		return -1;
	s->tags--;
	builder_note_empty(b);
	return 0;
}

int parse_filter_section(struct scan *s, struct builder *b, struct tag *tag)
{
	struct builder inner;
	struct tag end;

	tag_begins(b, tag);

	struct tnode *n = builder_add(s, b, NODE_FILTER, tag->at);

	scan_space(s);
	if (parse_site(s, &n->filter.site) < 0 || tag_close(s, tag) < 0)
		return -1;
	builder_init(&inner, PLACE_FILTER, b);
	if (parse_until(s, &inner, tag->trim_right, "endfilter", &end) < 0)
		return -1;
	n->filter.body = inner.body;
	tag_ends(b, &end);
	builder_note_empty(b);
	return 0;
}

/* Others may redefine a block at the top or in a block; only those have names that are unique. */
static int note_block(struct scan *s, const struct builder *b, struct block *block)
{
	for (const struct builder *o = b; o; o = o->outer)
		if (o->within_if || (o->place != PLACE_TOP && o->place != PLACE_BLOCK))
			return 0;
	if (!scan_define(s, block->name, DEFINED_BLOCK))
		return scan_fail(
		        s, block->at, "Block `%s` is duplicated", s->t->names[block->name].s);
	block->next = s->t->blocks;
	s->t->blocks = block;
	return 0;
}

int parse_block(struct scan *s, struct builder *b, struct tag *tag)
{
	struct name name;
	struct builder inner;
	struct tag end;
	struct block *block = arena_alloc(s->a, sizeof(*block));

	scan_space(s);
	if (!scan_ident(s, &name))
		return scan_expected(s, "the name of a block");
	block->name = scan_name(s, name);
	block->at = (uint32_t)tag->at;
	if (tag_close(s, tag) < 0 || note_block(s, b, block) < 0)
		return -1;
	tag_begins(b, tag);
	builder_add(s, b, NODE_BLOCK, tag->at)->block = block;
	builder_init(&inner, PLACE_BLOCK, b);
	if (parse_until(s, &inner, tag->trim_right, "endblock", &end) < 0)
		return -1;
	block->body = inner.body;
	tag_ends(b, &end);
	builder_note_empty(b);
	return 0;
}

struct params {
	struct param *items;
	size_t n, cap;
};

static void params_release(struct params *p)
{
	free(p->items);
}
#define AUTO_PARAMS __attribute__((cleanup(params_release))) struct params

static int parse_param(struct scan *s, struct params *params)
{
	struct param p = { 0 };

	if (!scan_ident(s, &p.name))
		return scan_expected(s, "the name of a parameter");
	p.id = scan_name(s, p.name);
	if (scan_accept(s, "=") && parse_literal(s, &p.value) < 0)
		return -1;
	if (p.value && p.value->kind == EXPR_PATH) {
		p.value = NULL;
		p.optional = true;
	}
	/* Of two of one name the later one counts. */
	for (size_t i = 0; i < params->n; i++)
		if (params->items[i].id == p.id) {
			params->items[i] = p;
			return 0;
		}
	params->items = xgrow(params->items, &params->cap, params->n + 1, sizeof(p));
	params->items[params->n++] = p;
	return 0;
}

static int parse_params(struct scan *s, struct macro *m)
{
	AUTO_PARAMS params = { 0 };

	scan_space(s);
	if (scan_expect(s, "(", "'('") < 0)
		return -1;
	scan_space(s);
	if (!scan_is(s, ")")) {
		do {
			scan_space(s);
			if (parse_param(s, &params) < 0)
				return -1;
			scan_space(s);
		} while (scan_accept(s, ","));
	}
	if (scan_expect(s, ")", "',' or ')'") < 0)
		return -1;
	m->n_params = (uint32_t)params.n;
	m->params = arena_memdup(s->a, params.items, params.n * sizeof(*params.items));
	return 0;
}

int parse_macro(struct scan *s, struct builder *b, struct tag *tag)
{
	struct name name;
	struct builder inner;
	struct tag end;
	struct macro *m = arena_alloc(s->a, sizeof(*m));

	scan_space(s);
	if (!scan_ident(s, &name))
		return scan_expected(s, "the name of a macro");
	m->name = scan_name(s, name);
	m->at = (uint32_t)tag->at;
	if (parse_params(s, m) < 0 || tag_close(s, tag) < 0)
		return -1;
	if (!scan_define(s, m->name, DEFINED_MACRO))
		return scan_fail(s, tag->at, "Macro `%s` is duplicated", s->t->names[m->name].s);
	m->next = s->t->macros;
	s->t->macros = m;
	tag_begins(b, tag);
	builder_init(&inner, PLACE_MACRO, b);
	if (parse_until(s, &inner, tag->trim_right, "endmacro", &end) < 0)
		return -1;
	m->body = inner.body;
	tag_ends(b, &end);
	builder_note_empty(b);
	return 0;
}

/* ---- tags that name other templates ---- */

struct refs {
	uint32_t *items;
	size_t n, cap;
};

static void refs_release(struct refs *r)
{
	free(r->items);
}
#define AUTO_REFS __attribute__((cleanup(refs_release))) struct refs

/* -1, or 0 with one more. */
static int parse_file(struct scan *s, struct refs *refs)
{
	struct name file;
	int rc = scan_string(s, &file);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return scan_expected(s, "the name of a template in quotes");
	refs->items = xgrow(refs->items, &refs->cap, refs->n + 1, sizeof(*refs->items));
	refs->items[refs->n++] = scan_file(s, file);
	return 0;
}

static int parse_files(struct scan *s, struct refs *refs)
{
	if (!scan_accept(s, "["))
		return parse_file(s, refs);
	scan_space(s);
	while (!scan_is(s, "]")) {
		if (parse_file(s, refs) < 0)
			return -1;
		scan_space(s);
		if (!scan_accept(s, ","))
			break;
		scan_space(s);
	}
	return scan_expect(s, "]", "',' or ']'");
}

int parse_include(struct scan *s, struct builder *b, struct tag *tag)
{
	AUTO_REFS refs = { 0 };
	bool ignore;

	scan_space(s);
	if (parse_files(s, &refs) < 0)
		return -1;
	scan_space(s);
	ignore = scan_accept(s, "ignore");
	if (ignore) {
		scan_space(s);
		if (scan_expect(s, "missing", "'missing'") < 0)
			return -1;
	}
	if (tag_close(s, tag) < 0)
		return -1;
	tag_begins(b, tag);

	struct tnode *n = builder_add(s, b, NODE_INCLUDE, tag->at);

	n->flag = ignore;
	n->include.n = (uint32_t)refs.n;
	n->include.refs = arena_memdup(s->a, refs.items, refs.n * sizeof(*refs.items));
	tag_ends(b, tag);
	return 0;
}

/* White space around a tag at the head of a template does not count. */
static void swallow_around(struct builder *b, const struct tag *tag)
{
	tag_ends(b, tag);
	if (!b->leading)
		return;
	b->swallow = true;
	if (b->last && b->last->kind == NODE_TEXT)
		b->last->text.len = 0;
}

int parse_extends(struct scan *s, struct builder *b, struct tag *tag)
{
	AUTO_REFS refs = { 0 };

	if (!b->leading || s->t->parent != NO_NAME)
		return scan_fail(
		        s, tag->at, "expected 'extends' once and before all else, found it here");
	scan_space(s);
	if (parse_file(s, &refs) < 0 || tag_close(s, tag) < 0)
		return -1;
	s->t->parent = refs.items[0];
	s->t->parent_at = (uint32_t)tag->at;
	swallow_around(b, tag);
	builder_add(s, b, NODE_EXTENDS, tag->at);
	return 0;
}

int parse_import(struct scan *s, struct builder *b, struct tag *tag)
{
	AUTO_REFS refs = { 0 };
	struct name ns;
	struct import *import = arena_alloc(s->a, sizeof(*import));

	scan_space(s);
	if (parse_file(s, &refs) < 0 || tag_need_space(s, "white space and 'as'") < 0)
		return -1;
	if (scan_expect(s, "as", "'as'") < 0 || tag_need_space(s, "white space and a name") < 0)
		return -1;
	if (!scan_ident(s, &ns))
		return scan_expected(s, "the name of a namespace");
	if (tag_close(s, tag) < 0)
		return -1;
	*import = (struct import){
		.ref = refs.items[0], .ns = scan_name(s, ns), .at = (uint32_t)tag->at
	};
	*s->last_import = import;
	s->last_import = &import->next;
	tag_begins(b, tag);
	swallow_around(b, tag);
	b->last = NULL;
	return 0;
}

/* ---- raw, break, continue ---- */

/* The next {% endraw %} from the place on; the place goes behind it. */
static int find_endraw(struct scan *s, struct tag *end)
{
	size_t from = s->at;

	for (;;) {
		const char *p = memmem(s->text + s->at, s->len - s->at, "{%", 2);

		if (!p)
			return scan_fail(s, s->len,
			        "expected {%% endraw %%}, found the end of the template");
		s->at = (size_t)(p - s->text);
		tag_open(s, end);
		if (tag_is(end, "endraw")) {
			scan_space(s);
			end->trim_right = scan_is(s, "-%}");
			if (scan_accept(s, "-%}") || scan_accept(s, "%}"))
				return 0;
		}
		s->at = end->at + 1 > from ? end->at + 1 : from;
	}
}

int parse_raw(struct scan *s, struct builder *b, struct tag *tag)
{
	struct tag end;
	struct name text;

	if (tag_close(s, tag) < 0)
		return -1;
	text.s = s->text + s->at;
	if (find_endraw(s, &end) < 0)
		return -1;
	text.len = (uint32_t)(s->text + end.at - text.s);
	tag_begins(b, tag);
	if (tag->trim_right && !b->keep_space)
		scan_trim_start(&text);
	if (end.trim_left && !b->keep_space)
		scan_trim_end(&text);
	builder_add(s, b, NODE_TEXT, tag->at)->text = text;
	tag_ends(b, &end);
	builder_note_empty(b);
	return 0;
}

int parse_jump(struct scan *s, struct builder *b, struct tag *tag)
{
	bool is_break = tag->word.s[0] == 'b';

	if (tag_close(s, tag) < 0)
		return -1;
	tag_begins(b, tag);
	builder_add(s, b, is_break ? NODE_BREAK : NODE_CONTINUE, tag->at);
	tag_ends(b, tag);
	return 0;
}
