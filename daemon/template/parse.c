/* Text and tags. White space beside a dash goes while nodes are made; the rules are those of Tera,
 * with its exceptions: comments at the very start, `else` of a loop, and super() trim nothing. */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/template/parse_priv.h"

const char *const fixed_names[NAME_FIXED] = {
	[NAME_DEFAULT] = "default",
	[NAME_SAFE] = "safe",
	[NAME_LOOP] = "loop",
	[NAME_SELF] = "self",
	[NAME_SUPER] = "super",
};

void builder_init(struct builder *b, enum place place, struct builder *outer)
{
	*b = (struct builder){ .place = place, .outer = outer };
	b->keep_space = outer && outer->keep_space;
	b->leading = b->untouched = !outer;
}

/* The tail points into the builder while it is empty, so that it may not be copied before. */
void builder_start(struct builder *b)
{
	b->tail = &b->body.first;
}

struct tnode *builder_add(struct scan *s, struct builder *b, enum node_kind kind, size_t at)
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
void builder_trim_last(struct builder *b)
{
	if (b->last && b->last->kind == NODE_TEXT && !b->keep_space)
		scan_trim_end(&b->last->text);
}

void builder_note_empty(struct builder *b)
{
	b->last = NULL;
}

/* ---- tags ---- */

/* At {%: reads up to its first word. */
void tag_open(struct scan *s, struct tag *tag)
{
	*tag = (struct tag){ .at = s->at };
	s->at += 2;
	tag->trim_left = scan_accept(s, "-");
	scan_space(s);
	if (!scan_ident(s, &tag->word))
		tag->word = (struct name){ s->text + s->at, 0 };
	tag->word_end = s->at;
}

bool tag_is(const struct tag *tag, const char *word)
{
	return tag->word.len == strlen(word) && memcmp(tag->word.s, word, tag->word.len) == 0;
}

int tag_close(struct scan *s, struct tag *tag)
{
	scan_space(s);
	tag->trim_right = scan_accept(s, "-%}");
	if (tag->trim_right || scan_accept(s, "%}"))
		return 0;
	return scan_expected(s, "'%}'");
}

/* White space, which a keyword must have behind it. */
int tag_need_space(struct scan *s, const char *what)
{
	if (!scan_at_space(s))
		return scan_expected(s, what);
	scan_space(s);
	return 0;
}

void tag_ends(struct builder *b, const struct tag *tag)
{
	b->trim_next = tag->trim_right;
}

void tag_begins(struct builder *b, const struct tag *tag)
{
	if (tag->trim_left)
		builder_trim_last(b);
}

/* ---- bodies ---- */

/* Words that end the body which is being read. */
static bool ends_body(const struct tag *tag)
{
	static const char *const words[] = { "elif", "else", "endif", "endfor", "endfilter" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (tag_is(tag, words[i]))
			return true;
	/* A name may follow these, even without a blank. */
	return (tag->word.len >= 8 && (memcmp(tag->word.s, "endblock", 8) == 0 ||
	                                      memcmp(tag->word.s, "endmacro", 8) == 0));
}

static bool is_word(const struct tag *tag, const char *word)
{
	if (strcmp(word, "endblock") == 0 || strcmp(word, "endmacro") == 0)
		return tag->word.len >= 8 && memcmp(tag->word.s, word, 8) == 0;
	return tag_is(tag, word);
}

int tag_wrong_end(struct scan *s, const struct tag *end, const char *wanted)
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
int parse_until(
        struct scan *s, struct builder *b, bool trim_start, const char *word, struct tag *end)
{
	struct name ignored;

	builder_start(b);
	b->trim_next = trim_start;
	if (scan_enter(s, &s->tags) < 0 || parse_body(s, b, end) < 0)
		return -1;
	s->tags--;
	if (!is_word(end, word))
		return tag_wrong_end(s, end, word);
	if (strlen(word) == 8 && end->word.len == 8) {
		scan_space(s);
		scan_ident(s, &ignored);
	}
	if (tag_close(s, end) < 0)
		return -1;
	if (end->trim_left)
		builder_trim_last(b);
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

	struct tnode *n = builder_add(s, b, NODE_TEXT, (size_t)(from - s->text));

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
		builder_trim_last(b);
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
			builder_add(s, b, NODE_SUPER, at);
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
	builder_add(s, b, NODE_PRINT, tag.at)->print = e;
	tag_ends(b, &tag);
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
		if (tag_is(tag, keywords[i].word))
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
int parse_body(struct scan *s, struct builder *b, struct tag *end)
{
	while (s->at < s->len) {
		if (scan_is(s, "{{")) {
			if (parse_print(s, b) < 0)
				return -1;
		} else if (scan_is(s, "{#")) {
			if (parse_comment(s, b) < 0)
				return -1;
		} else if (scan_is(s, "{%")) {
			tag_open(s, end);

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
