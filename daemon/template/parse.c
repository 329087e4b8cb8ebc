/* Text and tags. White space beside a dash goes while nodes are made; the rules are those of Tera,
 * with its exceptions: comments at the very start, `else` of a loop, and super() trim nothing. */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/template/scan_priv.h"

const char *const fixed_names[NAME_FIXED] = {
	[NAME_DEFAULT] = "default",
	[NAME_SAFE] = "safe",
	[NAME_LOOP] = "loop",
	[NAME_SELF] = "self",
	[NAME_SUPER] = "super",
};

/* What may stand in a body. */
enum place {
	PLACE_TOP = 1,
	PLACE_BLOCK = 2,
	PLACE_MACRO = 4,
	PLACE_FOR = 8,
	PLACE_FILTER = 16,
};

/* A body while it grows. */
struct builder {
	struct body body;
	struct tnode **tail;
	struct tnode *last;
	enum place place;
	bool within_if;  /* macros, imports and blocks that others redefine are not for here */
	bool keep_space; /* the else of a loop */
	bool trim_next;
	bool leading;   /* nothing but white space, comments, imports and `extends` so far */
	bool swallow;   /* white space behind an import or `extends` goes */
	bool untouched; /* nothing but comments so far */
	struct builder *outer;
};

static void builder_init(struct builder *b, enum place place, struct builder *outer)
{
	*b = (struct builder){ .place = place, .outer = outer };
	b->keep_space = outer && outer->keep_space;
	b->leading = b->untouched = !outer;
}

/* The tail points into the builder while it is empty, so that it may not be copied before. */
static void builder_start(struct builder *b)
{
	b->tail = &b->body.first;
}

static struct tnode *add_node(struct scan *s, struct builder *b, enum node_kind kind, size_t at)
{
	struct tnode *n = arena_alloc(s->a, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->at = (uint32_t)at;
	*b->tail = n;
	b->tail = &n->next;
	b->last = n;
	return n;
}

/* The text at the end of a body loses its white space; an empty one prints nothing. */
static void trim_last(struct builder *b)
{
	if (b->last && b->last->kind == NODE_TEXT && !b->keep_space)
		scan_trim_end(&b->last->text);
}

/* ---- tags ---- */

struct tag {
	size_t at; /* of its {% */
	struct name word;
	size_t word_end;
	bool trim_left, trim_right;
};

/* At {%: reads up to its first word. */
static void open_tag(struct scan *s, struct tag *tag)
{
	*tag = (struct tag){ .at = s->at };
	s->at += 2;
	tag->trim_left = scan_accept(s, "-");
	scan_space(s);
	if (!scan_ident(s, &tag->word))
		tag->word = (struct name){ s->text + s->at, 0 };
	tag->word_end = s->at;
}

static bool word_is(const struct tag *tag, const char *word)
{
	return tag->word.len == strlen(word) && memcmp(tag->word.s, word, tag->word.len) == 0;
}

static int close_tag(struct scan *s, struct tag *tag)
{
	scan_space(s);
	tag->trim_right = scan_accept(s, "-%}");
	if (tag->trim_right || scan_accept(s, "%}"))
		return 0;
	return scan_expected(s, "'%}'");
}

/* White space, which a keyword must have behind it. */
static int need_space(struct scan *s, const char *what)
{
	if (!scan_at_space(s))
		return scan_expected(s, what);
	scan_space(s);
	return 0;
}

static void tag_ends(struct builder *b, const struct tag *tag)
{
	b->trim_next = tag->trim_right;
}

static void tag_begins(struct builder *b, const struct tag *tag)
{
	if (tag->trim_left)
		trim_last(b);
}

/* ---- bodies ---- */

static int parse_body(struct scan *s, struct builder *b, struct tag *end);

/* Words that end the body which is being read. */
static bool ends_body(const struct tag *tag)
{
	static const char *const words[] = { "elif", "else", "endif", "endfor", "endfilter" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (word_is(tag, words[i]))
			return true;
	/* A name may follow these, even without a blank. */
	return (tag->word.len >= 8 && (memcmp(tag->word.s, "endblock", 8) == 0 ||
	                                      memcmp(tag->word.s, "endmacro", 8) == 0));
}

static bool is_word(const struct tag *tag, const char *word)
{
	if (strcmp(word, "endblock") == 0 || strcmp(word, "endmacro") == 0)
		return tag->word.len >= 8 && memcmp(tag->word.s, word, 8) == 0;
	return word_is(tag, word);
}

static int wrong_end(struct scan *s, const struct tag *end, const char *wanted)
{
	if (end->word.len == 0) {
		s->at = s->len;
		return scan_fail(
		        s, s->len, "expected {%% %s %%}, found the end of the template", wanted);
	}
	return scan_fail(s, end->at, "expected %s, found {%% %.*s %%}", wanted, (int)end->word.len,
	        end->word.s);
}

/* A body up to the tag `word`, which may have a name behind it, and that tag. */
static int parse_until(
        struct scan *s, struct builder *b, bool trim_start, const char *word, struct tag *end)
{
	struct name ignored;

	builder_start(b);
	b->trim_next = trim_start;
	if (scan_enter(s, &s->tags) < 0 || parse_body(s, b, end) < 0)
		return -1;
	s->tags--;
	if (!is_word(end, word))
		return wrong_end(s, end, word);
	if (strlen(word) == 8 && end->word.len == 8) {
		scan_space(s);
		scan_ident(s, &ignored);
	}
	if (close_tag(s, end) < 0)
		return -1;
	if (end->trim_left)
		trim_last(b);
	return 0;
}

/* ---- text, comments, printing ---- */

static bool starts_tag(const char *p, const char *end)
{
	return end - p >= 2 && p[0] == '{' && (p[1] == '{' || p[1] == '%' || p[1] == '#');
}

static bool all_space(struct name text)
{
	for (uint32_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.s[i]))
			return false;
	return true;
}

static void parse_text(struct scan *s, struct builder *b)
{
	const char *from = s->text + s->at, *end = s->text + s->len, *p = from;

	while (p < end && !starts_tag(p, end)) {
		p = memchr(p + 1, '{', (size_t)(end - p) - 1);
		if (!p)
			p = end;
	}

	struct name text = { from, (uint32_t)(p - from) };

	s->at = (size_t)(p - s->text);
	b->untouched = false;
	if (b->swallow)
		while (text.len && strchr(" \t\r\n", *text.s)) {
			text.s++;
			text.len--;
		}
	b->swallow = false;
	if (b->leading && !all_space(text))
		b->leading = false;
	if (b->trim_next && !b->keep_space)
		scan_trim_start(&text);
	b->trim_next = false;
	if (text.len == 0) {
		b->last = NULL;
		return;
	}

	struct tnode *n = add_node(s, b, NODE_TEXT, (size_t)(from - s->text));

	n->text = text;
}

static int parse_comment(struct scan *s, struct builder *b)
{
	size_t at = s->at, from = at + 2;
	bool left = scan_peek(s, 2) == '-';
	/* Comments that nothing precedes are not even nodes, so that their dashes mean nothing. */
	bool first = b->untouched;

	from += left;

	const char *end = from < s->len ? memmem(s->text + from, s->len - from, "#}", 2) : NULL;

	if (!end)
		return scan_fail(s, at,
		        "expected '#}' at the end of this comment, found the end of the template");

	bool right = end > s->text + from && end[-1] == '-';

	/* "{#-#}": the dash may not be of both ends, and something must be between them. */
	if ((size_t)(end - s->text) - right <= from) {
		s->at = (size_t)(end - s->text) - right;
		return scan_fail(s, s->at, "expected the text of a comment, found its end");
	}
	s->at = (size_t)(end - s->text) + 2;
	if (first)
		return 0;
	b->swallow = false;
	if (left)
		trim_last(b);
	b->last = NULL;
	b->trim_next = right;
	return 0;
}

/* `super()` is its own tag in a block, and is then spelled just so. */
static bool parse_super(struct scan *s, struct builder *b, size_t at)
{
	size_t from = s->at;

	if (b->place == PLACE_BLOCK && scan_accept(s, "super()")) {
		scan_space(s);
		if (scan_accept(s, "-}}") || scan_accept(s, "}}")) {
			b->swallow = false;
			add_node(s, b, NODE_SUPER, at);
			return true;
		}
	}
	s->at = from;
	return false;
}

static int parse_print(struct scan *s, struct builder *b)
{
	struct tag tag = { .at = s->at };
	struct expr *e;

	s->at += 2;
	tag.trim_left = scan_accept(s, "-");
	scan_space(s);
	b->leading = b->swallow = b->untouched = false;
	if (parse_super(s, b, tag.at))
		return 0;
	if (parse_expr(s, &e) < 0)
		return -1;
	scan_space(s);
	tag.trim_right = scan_accept(s, "-}}");
	if (!tag.trim_right && scan_expect(s, "}}", "'}}'") < 0)
		return -1;
	tag_begins(b, &tag);
	add_node(s, b, NODE_PRINT, tag.at)->print = e;
	tag_ends(b, &tag);
	return 0;
}

/* ---- the tags ---- */

static int parse_set(struct scan *s, struct builder *b, struct tag *tag)
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
	if (parse_expr(s, &value) < 0 || close_tag(s, tag) < 0)
		return -1;
	tag_begins(b, tag);

	struct tnode *n = add_node(s, b, NODE_SET, tag->at);

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
	if (branch->condition == NULL && !word_is(tag, "else")) {
		if (need_space(s, "white space and a condition") < 0 ||
		        parse_expr(s, &branch->condition) < 0)
			return -1;
	}
	if (close_tag(s, tag) < 0)
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
	bool more = word_is(end, "elif") || word_is(end, "else");

	if (more && branch->condition)
		return 0;
	if (word_is(end, "endif"))
		return 0;
	return wrong_end(s, end, branch->condition ? "elif, else or endif" : "endif");
}

static int parse_if(struct scan *s, struct builder *b, struct tag *tag)
{
	struct branch *first = NULL, **tail = &first;
	struct tag current = *tag, end;
	struct builder inner;

	tag_begins(b, tag);

	struct tnode *n = add_node(s, b, NODE_IF, tag->at);

	for (;;) {
		struct branch *branch = *tail = arena_alloc(s->a, sizeof(*branch));

		tail = &branch->next;
		if (parse_branch(s, b, &current, branch, &inner, &end) < 0 ||
		        check_branch_end(s, branch, &end) < 0)
			return -1;
		if (end.trim_left)
			trim_last(&inner);
		if (word_is(&end, "endif"))
			break;
		current = end;
	}
	n->branches = first;
	if (close_tag(s, &end) < 0)
		return -1;
	tag_ends(b, &end);
	b->last = NULL;
	return 0;
}

static int parse_loop_names(struct scan *s, struct tnode *n)
{
	struct name first, second;

	n->loop.key = NO_NAME;
	if (need_space(s, "white space and a name") < 0)
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
	if (need_space(s, "white space and 'in'") < 0)
		return -1;
	if (scan_expect(s, "in", "'in'") < 0)
		return -1;
	return need_space(s, "white space and what to go through");
}

static void note_empty(struct builder *b)
{
	b->last = NULL;
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
	while (word_is(&end, "else")) {
		if (close_tag(s, &end) < 0)
			return -1;
		builder_init(&other, PLACE_FOR, b);
		builder_start(&other);
		other.keep_space = true;
		if (parse_body(s, &other, &end) < 0)
			return -1;
		n->loop.has_else = true;
		n->loop.otherwise = other.body;
	}
	if (!word_is(&end, "endfor"))
		return wrong_end(s, &end, n->loop.has_else ? "endfor" : "else or endfor");
	if (close_tag(s, &end) < 0)
		return -1;
	if (end.trim_left)
		trim_last(&inner);
	tag_ends(b, &end);
	return 0;
}

static int parse_for(struct scan *s, struct builder *b, struct tag *tag)
{
	tag_begins(b, tag);

	struct tnode *n = add_node(s, b, NODE_FOR, tag->at);

	if (parse_loop_names(s, n) < 0 || parse_container(s, &n->loop.container) < 0 ||
	        close_tag(s, tag) < 0 || scan_enter(s, &s->tags) < 0)
		return -1;
	if (parse_loop_bodies(s, b, n, tag) < 0)
		return -1;
	s->tags--;
	note_empty(b);
	return 0;
}

static int parse_filter_section(struct scan *s, struct builder *b, struct tag *tag)
{
	struct builder inner;
	struct tag end;

	tag_begins(b, tag);

	struct tnode *n = add_node(s, b, NODE_FILTER, tag->at);

	scan_space(s);
	if (parse_site(s, &n->filter.site) < 0 || close_tag(s, tag) < 0)
		return -1;
	builder_init(&inner, PLACE_FILTER, b);
	if (parse_until(s, &inner, tag->trim_right, "endfilter", &end) < 0)
		return -1;
	n->filter.body = inner.body;
	tag_ends(b, &end);
	note_empty(b);
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

static int parse_block(struct scan *s, struct builder *b, struct tag *tag)
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
	if (close_tag(s, tag) < 0 || note_block(s, b, block) < 0)
		return -1;
	tag_begins(b, tag);
	add_node(s, b, NODE_BLOCK, tag->at)->block = block;
	builder_init(&inner, PLACE_BLOCK, b);
	if (parse_until(s, &inner, tag->trim_right, "endblock", &end) < 0)
		return -1;
	block->body = inner.body;
	tag_ends(b, &end);
	note_empty(b);
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

static int parse_macro(struct scan *s, struct builder *b, struct tag *tag)
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
	if (parse_params(s, m) < 0 || close_tag(s, tag) < 0)
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
	note_empty(b);
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

static int parse_include(struct scan *s, struct builder *b, struct tag *tag)
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
	if (close_tag(s, tag) < 0)
		return -1;
	tag_begins(b, tag);

	struct tnode *n = add_node(s, b, NODE_INCLUDE, tag->at);

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

static int parse_extends(struct scan *s, struct builder *b, struct tag *tag)
{
	AUTO_REFS refs = { 0 };

	if (!b->leading || s->t->parent != NO_NAME)
		return scan_fail(
		        s, tag->at, "expected 'extends' once and before all else, found it here");
	scan_space(s);
	if (parse_file(s, &refs) < 0 || close_tag(s, tag) < 0)
		return -1;
	s->t->parent = refs.items[0];
	s->t->parent_at = (uint32_t)tag->at;
	swallow_around(b, tag);
	add_node(s, b, NODE_EXTENDS, tag->at);
	return 0;
}

static int parse_import(struct scan *s, struct builder *b, struct tag *tag)
{
	AUTO_REFS refs = { 0 };
	struct name ns;
	struct import *import = arena_alloc(s->a, sizeof(*import));

	scan_space(s);
	if (parse_file(s, &refs) < 0 || need_space(s, "white space and 'as'") < 0)
		return -1;
	if (scan_expect(s, "as", "'as'") < 0 || need_space(s, "white space and a name") < 0)
		return -1;
	if (!scan_ident(s, &ns))
		return scan_expected(s, "the name of a namespace");
	if (close_tag(s, tag) < 0)
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
		open_tag(s, end);
		if (word_is(end, "endraw")) {
			scan_space(s);
			end->trim_right = scan_is(s, "-%}");
			if (scan_accept(s, "-%}") || scan_accept(s, "%}"))
				return 0;
		}
		s->at = end->at + 1 > from ? end->at + 1 : from;
	}
}

static int parse_raw(struct scan *s, struct builder *b, struct tag *tag)
{
	struct tag end;
	struct name text;

	if (close_tag(s, tag) < 0)
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
	add_node(s, b, NODE_TEXT, tag->at)->text = text;
	tag_ends(b, &end);
	note_empty(b);
	return 0;
}

static int parse_jump(struct scan *s, struct builder *b, struct tag *tag)
{
	bool is_break = tag->word.s[0] == 'b';

	if (close_tag(s, tag) < 0)
		return -1;
	tag_begins(b, tag);
	add_node(s, b, is_break ? NODE_BREAK : NODE_CONTINUE, tag->at);
	tag_ends(b, tag);
	return 0;
}

/* ---- which tag may stand where ---- */

#define ANYWHERE (PLACE_TOP | PLACE_BLOCK | PLACE_MACRO | PLACE_FOR | PLACE_FILTER)

struct keyword {
	const char *word;
	int (*parse)(struct scan *s, struct builder *b, struct tag *tag);
	unsigned places;
	bool space; /* white space follows the word */
	bool head;  /* may stand at the head of a template, before `extends` */
	bool top;   /* not within `if` */
};

static const struct keyword keywords[] = {
	{ .word = "set", .parse = parse_set, .places = ANYWHERE, .space = true },
	{ .word = "set_global", .parse = parse_set, .places = ANYWHERE, .space = true },
	{ .word = "if", .parse = parse_if, .places = ANYWHERE },
	{ .word = "for", .parse = parse_for, .places = ANYWHERE },
	{ .word = "filter", .parse = parse_filter_section, .places = ANYWHERE, .space = true },
	{ .word = "include", .parse = parse_include, .places = ANYWHERE, .space = true },
	{ .word = "raw", .parse = parse_raw, .places = ANYWHERE },
	{ .word = "block",
	        .parse = parse_block,
	        .places = PLACE_TOP | PLACE_BLOCK | PLACE_FILTER,
	        .space = true },
	{ .word = "break", .parse = parse_jump, .places = PLACE_FOR },
	{ .word = "continue", .parse = parse_jump, .places = PLACE_FOR },
	{ .word = "macro", .parse = parse_macro, .places = PLACE_TOP, .space = true, .top = true },
	{ .word = "import",
	        .parse = parse_import,
	        .places = PLACE_TOP,
	        .space = true,
	        .head = true,
	        .top = true },
	{ .word = "extends",
	        .parse = parse_extends,
	        .places = PLACE_TOP,
	        .space = true,
	        .head = true,
	        .top = true },
};

static const struct keyword *find_keyword(const struct tag *tag)
{
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		if (word_is(tag, keywords[i].word))
			return &keywords[i];
	return NULL;
}

static int unexpected_tag(struct scan *s, const struct tag *tag)
{
	if (tag->word.len == 0)
		return scan_fail(
		        s, tag->at, "expected a tag that is known, found '{%%' without a word");
	return scan_fail(s, tag->at, "expected a tag that may stand here, found '%.*s'",
	        (int)(tag->word.len > 40 ? 40 : tag->word.len), tag->word.s);
}

static int run_keyword(struct scan *s, struct builder *b, struct tag *tag, const struct keyword *k)
{
	if (!(k->places & b->place) || (k->top && b->within_if))
		return unexpected_tag(s, tag);
	if (k->space && !scan_at_space(s))
		return scan_expected(s, "white space behind the word");
	b->untouched = false;
	if (!k->head) {
		b->leading = false;
		b->swallow = false;
	}
	return k->parse(s, b, tag);
}

/* Reads nodes up to a tag that ends a body, which is left to the caller with the place behind its
 * word; at the end of the text, a tag without a word. */
static int parse_body(struct scan *s, struct builder *b, struct tag *end)
{
	while (s->at < s->len) {
		if (scan_is(s, "{{")) {
			if (parse_print(s, b) < 0)
				return -1;
		} else if (scan_is(s, "{#")) {
			if (parse_comment(s, b) < 0)
				return -1;
		} else if (scan_is(s, "{%")) {
			open_tag(s, end);

			const struct keyword *k = find_keyword(end);

			if (!k && ends_body(end))
				return 0;
			if (!k)
				return unexpected_tag(s, end);
			if (run_keyword(s, b, end, k) < 0)
				return -1;
		} else {
			parse_text(s, b);
		}
	}
	*end = (struct tag){ .at = s->len };
	return 0;
}

static int parse_template(struct scan *s)
{
	struct builder top;
	struct tag end;

	builder_init(&top, PLACE_TOP, NULL);
	builder_start(&top);
	if (parse_body(s, &top, &end) < 0)
		return -1;
	if (end.word.len)
		return unexpected_tag(s, &end);
	s->t->body = top.body;
	return 0;
}

/* ---- the door ---- */

static int check_source(struct scan *s)
{
	size_t valid = utf8_valid_prefix(s->text, s->len);

	if (valid < s->len)
		return scan_fail(s, valid, "expected UTF-8, found the byte 0x%02x",
		        (unsigned char)s->text[valid]);
	for (size_t i = 0; i < NAME_FIXED; i++)
		scan_name(s, (struct name){ fixed_names[i], (uint32_t)strlen(fixed_names[i]) });
	return 0;
}

static struct template *new_template(const char *name, const char *text, size_t len)
{
	struct arena *a = arena_new();
	struct template *t = arena_alloc(a, sizeof(*t));
	char *copy = arena_alloc(a, len + 1);

	if (len)
		memcpy(copy, text, len);
	*t = (struct template){
		.refs = 1, .arena = a, .name = arena_strdup(a, name), .text = copy, .len = len
	};
	t->parent = NO_NAME;
	return t;
}

struct template *template_compile(const char *name, const char *text, size_t len,
        const struct tlimits *limits, struct terr *e)
{
	if (!limits)
		limits = &tlimits_default;

	bool large = len > limits->max[TLIMIT_SOURCE];
	CLEANUP(template_unref) struct template *t = new_template(name, text, large ? 0 : len);
	struct scan s = { .text = t->text,
		.len = t->len,
		.t = t,
		.a = t->arena,
		.limits = limits,
		.e = e,
		.names = map_new(),
		.files = map_new() };
	int rc;

	s.last_import = &t->imports;
	rc = large ? scan_limit(&s, TLIMIT_SOURCE) : check_source(&s);

	if (rc == 0)
		rc = parse_template(&s);
	map_free(s.names, NULL);
	map_free(s.files, NULL);
	free(s.defined);
	if (t->names)
		arena_own(t->arena, t->names, s.cap_names * sizeof(*t->names));
	if (t->files)
		arena_own(t->arena, t->files, s.cap_files * sizeof(*t->files));
	if (rc == 0)
		return STEAL(t);
	if (!e->head.len)
		strbuf_printf(&e->head, "Failed to parse '%s'", name);
	return NULL;
}

struct template *template_ref(struct template *t)
{
	__atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
	return t;
}

void template_unref(struct template *t)
{
	if (t && __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) == 0)
		arena_free(t->arena);
}

const char *template_name(const struct template *t)
{
	return t->name;
}

bool template_is(const struct template *t, const char *name, const char *text, size_t len)
{
	return t->len == len && strcmp(t->name, name) == 0 && memcmp(t->text, text, len) == 0;
}

size_t template_bytes(const struct template *t)
{
	return arena_bytes(t->arena);
}
