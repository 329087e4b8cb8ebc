#include <stdlib.h>

#include "common/mem.h"
#include "daemon/template/pattern_priv.h"
#include "daemon/template/unicode.h"

#define MAX_PROGRAM 65536 /* instructions */
#define NO_CHAR UINT32_MAX

/* ---- compiling ---- */

struct compiler {
	struct pattern *p;
	bool full;
};

static uint32_t emit(struct compiler *c, enum opcode op, uint32_t x, uint32_t y)
{
	struct pattern *p = c->p;

	if (p->n == MAX_PROGRAM) {
		c->full = true;
		return 0;
	}
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 32;
		p->program = xreallocarray(p->program, p->cap, sizeof(*p->program));
	}
	p->program[p->n] = (struct instruction){ .op = (uint8_t)op, .x = x, .y = y };
	return (uint32_t)p->n++;
}

static uint32_t here(const struct compiler *c)
{
	return (uint32_t)c->p->n;
}

static void compile(struct compiler *c, const struct node *n);

static void compile_either(struct compiler *c, const struct node *n)
{
	AUTO_STRBUF jumps = STRBUF_INIT; /* to the common end */

	for (; n->kind == NODE_EITHER && !c->full; n = n->b) {
		uint32_t split = emit(c, OP_SPLIT, here(c) + 1, 0), jump;

		compile(c, n->a);
		jump = emit(c, OP_JUMP, 0, 0);
		strbuf_add(&jumps, &jump, sizeof(jump));
		c->p->program[split].y = here(c);
	}
	compile(c, n);
	for (size_t i = 0; i < jumps.len; i += sizeof(uint32_t)) {
		uint32_t jump;

		memcpy(&jump, jumps.s + i, sizeof(jump));
		c->p->program[jump].x = here(c);
	}
}

/* As often as it must be there, then what may be. */
static void compile_repeat(struct compiler *c, const struct node *n)
{
	uint32_t first = here(c), loop;

	for (uint32_t i = 0; i < n->min && !c->full; i++) {
		first = here(c);
		compile(c, n->a);
		if (here(c) == first)
			return; /* nothing, however often */
	}
	if (n->max == REPEAT_FOREVER && n->min > 0) {
		emit(c, OP_SPLIT, first, here(c) + 1);
		return;
	}
	if (n->max == REPEAT_FOREVER) {
		loop = emit(c, OP_SPLIT, here(c) + 1, 0);
		compile(c, n->a);
		emit(c, OP_JUMP, loop, 0);
		c->p->program[loop].y = here(c);
		return;
	}
	/* Each round more is within the one before, all leave to the next instruction: the exits
	 * are linked backwards through y until the end is known. */
	loop = NO_CHAR;
	for (uint32_t i = n->min; i < n->max && !c->full; i++) {
		loop = emit(c, OP_SPLIT, here(c) + 1, loop);
		compile(c, n->a);
	}
	while (loop != NO_CHAR && !c->full) {
		uint32_t before = c->p->program[loop].y;

		c->p->program[loop].y = here(c);
		loop = before;
	}
}

static void compile(struct compiler *c, const struct node *n)
{
	for (; n && n->kind == NODE_CONCAT && !c->full; n = n->b)
		compile(c, n->a);
	if (!n || c->full)
		return;
	switch (n->kind) {
	case NODE_SET:
		emit(c, OP_SET, n->set, 0);
		break;
	case NODE_ASSERT:
		emit(c, OP_ASSERT, n->assertion, n->ascii);
		break;
	case NODE_EITHER:
		compile_either(c, n);
		break;
	case NODE_REPEAT:
		compile_repeat(c, n);
		break;
	default:
		break;
	}
}

struct pattern *pattern_new(const char *source, size_t len, struct strbuf *why)
{
	CLEANUP(pattern_free) struct pattern *p = xcalloc(1, sizeof(*p));
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct node *tree = pattern_parse(p, a, source, len, why);
	struct compiler c = { .p = p };

	if (!tree)
		return NULL;
	compile(&c, tree);
	emit(&c, OP_MATCH, 0, 0);
	if (c.full) {
		strbuf_adds(why, "Compiled regex exceeds size limit");
		return NULL;
	}
	return STEAL(p);
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_sets; i++)
		charset_release(&p->sets[i]);
	free(p->sets);
	free(p->program);
	free(p);
}

/* ---- searching ---- */

/* Numbers of instructions, each once; emptied at no cost (Briggs and Torczon 1993). */
struct states {
	uint32_t *dense, *sparse;
	uint32_t n;
};

struct search {
	const struct pattern *p;
	struct states now, then;
	uint32_t *stack;
	uint32_t before, after; /* characters around the place; NO_CHAR at the ends */
	struct tsession *session;
	struct terr *e;
};

static bool states_add(struct states *s, uint32_t i)
{
	if (s->sparse[i] < s->n && s->dense[s->sparse[i]] == i)
		return false;
	s->sparse[i] = s->n;
	s->dense[s->n++] = i;
	return true;
}

static bool is_word(uint32_t cp, bool ascii)
{
	if (cp == NO_CHAR || (ascii && cp >= 0x80))
		return false;
	return unicode_is_word(cp);
}

static bool holds(const struct search *s, const struct instruction *i)
{
	bool before, after;

	switch ((enum assertion)i->x) {
	case ASSERT_TEXT_START:
		return s->before == NO_CHAR;
	case ASSERT_TEXT_END:
		return s->after == NO_CHAR;
	case ASSERT_LINE_START:
		return s->before == NO_CHAR || s->before == '\n';
	case ASSERT_LINE_END:
		return s->after == NO_CHAR || s->after == '\n';
	default:
		break;
	}
	before = is_word(s->before, i->y);
	after = is_word(s->after, i->y);
	switch ((enum assertion)i->x) {
	case ASSERT_BOUNDARY:
		return before != after;
	case ASSERT_NO_BOUNDARY:
		return before == after;
	case ASSERT_WORD_START:
		return !before && after;
	case ASSERT_WORD_END:
		return before && !after;
	case ASSERT_HALF_START:
		return !before;
	default:
		return !after;
	}
}

/* Adds an instruction and all that is reached from it without a character. True: a match. Each
 * instruction is pushed once at most for each way into it, of which there are two. */
static bool follow(struct search *s, struct states *to, uint32_t first)
{
	uint32_t depth = 0;

	s->stack[depth++] = first;
	while (depth > 0) {
		uint32_t at = s->stack[--depth];
		const struct instruction *i = &s->p->program[at];

		if (!states_add(to, at))
			continue;
		if (i->op == OP_MATCH)
			return true;
		if (i->op == OP_JUMP || i->op == OP_SPLIT)
			s->stack[depth++] = i->x;
		if (i->op == OP_SPLIT)
			s->stack[depth++] = i->y;
		if (i->op == OP_ASSERT && holds(s, i))
			s->stack[depth++] = at + 1;
	}
	return false;
}

static void look_at(struct search *s, const char *text, size_t len, size_t at, size_t *n)
{
	s->after = NO_CHAR;
	*n = 0;
	if (at < len)
		*n = unicode_next(text + at, len - at, &s->after);
}

/* The states behind one character. 1: a match. */
static int step(struct search *s, uint32_t cp)
{
	s->then.n = 0;
	for (uint32_t k = 0; k < s->now.n; k++) {
		const struct instruction *i = &s->p->program[s->now.dense[k]];

		if (tsession_step(s->session, s->e) < 0)
			return -1;
		if (i->op == OP_SET && charset_has(&s->p->sets[i->x], cp) &&
		        follow(s, &s->then, s->now.dense[k] + 1))
			return 1;
	}
	return 0;
}

static int run(struct search *s, const char *text, size_t len)
{
	size_t at = 0, n;

	s->before = NO_CHAR;
	look_at(s, text, len, at, &n);
	for (;;) {
		uint32_t cp = s->after;
		struct states swap;
		int rc;

		/* A match may begin at each place. */
		if (follow(s, &s->now, 0))
			return 1;
		if (n == 0)
			return 0;
		at += n;
		s->before = cp;
		look_at(s, text, len, at, &n);
		rc = step(s, cp);
		if (rc != 0)
			return rc;
		swap = s->now;
		s->now = s->then;
		s->then = swap;
	}
}

int pattern_search(const struct pattern *p, const char *text, size_t len, struct tsession *session,
        struct terr *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	uint32_t *block = arena_array(a, p->n, 6 * sizeof(*block));
	struct search s = { .p = p,
		.now = { .dense = block, .sparse = block + p->n },
		.then = { .dense = block + 2 * p->n, .sparse = block + 3 * p->n },
		.stack = block + 4 * p->n,
		.session = session,
		.e = e };

	/* The numbers may be anything, but checkers of memory want them to be something. */
	memset(block, 0, p->n * 6 * sizeof(*block));
	return run(&s, text, len);
}
