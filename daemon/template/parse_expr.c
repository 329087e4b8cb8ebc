/* Expressions by recursive descent, a function a level; the weakest operator comes first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/template/scan_priv.h"

/* Operands of one chain. Nothing is allocated until there is a second one. */
struct chain {
	struct expr **items;
	uint8_t *ops;
	size_t n, cap, cap_ops;
};

static void chain_release(struct chain *c)
{
	free(c->items);
	free(c->ops);
}
#define AUTO_CHAIN __attribute__((cleanup(chain_release))) struct chain

static int chain_add(struct scan *s, struct chain *c, struct expr *e, uint8_t op)
{
	if (c->n > s->limits->max[TLIMIT_OPERATORS])
		return scan_limit(s, TLIMIT_OPERATORS);
	c->items = xgrow(c->items, &c->cap, c->n + 1, sizeof(*c->items));
	c->ops = xgrow(c->ops, &c->cap_ops, c->n + 1, sizeof(*c->ops));
	c->ops[c->n] = op;
	c->items[c->n++] = e;
	return 0;
}

static struct exprs chain_items(struct scan *s, const struct chain *c)
{
	return (struct exprs){
		.items = arena_memdup(s->a, c->items, c->n * sizeof(*c->items)),
		.n = (uint32_t)c->n,
	};
}

static struct expr *new_expr(struct scan *s, enum expr_kind kind, size_t at)
{
	struct expr *e = arena_alloc(s->a, sizeof(*e));

	e->kind = (uint8_t)kind;
	e->at = (uint32_t)at;
	return e;
}

static struct expr *new_const(struct scan *s, struct tvalue v, size_t at)
{
	struct expr *e = new_expr(s, EXPR_CONST, at);

	e->value = v;
	e->bare = e->escape = v.type == TVALUE_STRING;
	return e;
}

/* A node of its own around what already has a `not`, so that it can have another or filters. */
static struct expr *wrap_negated(struct scan *s, struct expr *e)
{
	if (!e->negated)
		return e;

	struct expr *outer = new_expr(s, EXPR_LOGIC, e->at);

	outer->list =
	        (struct exprs){ .items = arena_memdup(s->a, &e, sizeof(struct expr *)), .n = 1 };
	return outer;
}

/* ---- arguments ---- */

/* `name =`, but not `name ==`. */
static bool accept_arg_name(struct scan *s, struct name *name)
{
	size_t from = s->at;

	if (scan_ident(s, name)) {
		scan_space(s);
		if (scan_is(s, "=") && !scan_is(s, "==")) {
			s->at++;
			return true;
		}
	}
	s->at = from;
	*name = (struct name){ 0 };
	return false;
}

struct args {
	struct arg *items;
	size_t n, cap;
};

static void args_release(struct args *a)
{
	free(a->items);
}
#define AUTO_ARGS __attribute__((cleanup(args_release))) struct args

static int parse_arg(struct scan *s, struct args *args)
{
	struct arg arg;

	scan_space(s);
	if (!accept_arg_name(s, &arg.name) && args->n && args->items[args->n - 1].name.s)
		return scan_expected(s, "a name and '=', as behind other named arguments");
	scan_space(s);
	if (parse_expr(s, &arg.value) < 0)
		return -1;
	if (args->n >= s->limits->max[TLIMIT_OPERATORS])
		return scan_limit(s, TLIMIT_OPERATORS);
	args->items = xgrow(args->items, &args->cap, args->n + 1, sizeof(*args->items));
	args->items[args->n++] = arg;
	scan_space(s);
	return 0;
}

/* Behind the opening parenthesis. */
static int parse_args(struct scan *s, struct site *site)
{
	AUTO_ARGS args = { 0 };

	if (scan_enter(s, &s->brackets) < 0)
		return -1;
	scan_space(s);
	while (!scan_is(s, ")")) {
		if (parse_arg(s, &args) < 0)
			return -1;
		if (!scan_accept(s, ","))
			break;
		scan_space(s);
	}
	if (scan_expect(s, ")", "',' or ')'") < 0)
		return -1;
	s->brackets--;
	site->n_args = (uint32_t)args.n;
	site->args = arena_memdup(s->a, args.items, args.n * sizeof(*args.items));
	return 0;
}

static struct site *new_site(struct scan *s, struct name name)
{
	struct site *site = arena_alloc(s->a, sizeof(*site));

	site->name = scan_name(s, name);
	site->ns = NO_NAME;
	return site;
}

int parse_site(struct scan *s, struct site **out)
{
	struct name name;

	if (!scan_ident(s, &name))
		return scan_expected(s, "the name of a filter");
	*out = new_site(s, name);

	size_t end = s->at;

	scan_space(s);
	if (!scan_accept(s, "(")) {
		s->at = end;
		return 0;
	}
	return parse_args(s, *out);
}

/* ---- paths ---- */

static int parse_path(struct scan *s, struct name first, struct path **out);

static bool read_index(const char *s, size_t len, uint64_t *out)
{
	char digits[24];
	char *end;

	if (len == 0 || len > 19 || !scan_digit(s[0]) || (s[0] == '0' && len > 1))
		return false;
	memcpy(digits, s, len);
	digits[len] = '\0';
	*out = strtoull(digits, &end, 10);
	return *end == '\0';
}

/* An index that is a path, or a number that selects nothing and is looked for as a name. */
static int parse_sub_path(struct scan *s, struct step *step)
{
	struct name name;
	size_t n = scan_peek(s, 0) == '-';

	step->kind = STEP_PATH;
	if (scan_ident(s, &name))
		return parse_path(s, name, &step->path);
	while (scan_digit(scan_peek(s, n)))
		n++;
	if (n == 0 || !scan_digit(scan_peek(s, n - 1)))
		return scan_expected(s, "a string, a number or a variable as index");
	step->path = arena_alloc(s->a, sizeof(*step->path));
	step->path->text = (struct name){ s->text + s->at, (uint32_t)n };
	step->path->root = scan_name(s, step->path->text);
	s->at += n;
	return 0;
}

/* Behind `[`. */
static int parse_bracket(struct scan *s, struct step *step)
{
	struct name key;
	size_t digits = 0;
	int rc = scan_string(s, &key);

	if (rc < 0)
		return -1;
	if (rc > 0) {
		*step = (struct step){ .kind = STEP_KEY, .key = key.s, .len = key.len };
		step->is_index = read_index(step->key, step->len, &step->index);
		return scan_expect(s, "]", "']'");
	}
	while (scan_digit(scan_peek(s, digits)))
		digits++;
	if (read_index(s->text + s->at, digits, &step->index)) {
		step->kind = STEP_INDEX;
		step->is_index = true;
		step->key = s->text + s->at;
		step->len = (uint32_t)digits;
		s->at += digits;
	} else if (parse_sub_path(s, step) < 0) {
		return -1;
	}
	return scan_expect(s, "]", "']'");
}

static void parse_dot(struct scan *s, struct step *step)
{
	size_t n = 1;

	while (scan_ident_char(scan_peek(s, n)))
		n++;
	*step = (struct step){
		.kind = STEP_DOT, .key = s->text + s->at + 1, .len = (uint32_t)n - 1
	};
	step->is_index = read_index(step->key, step->len, &step->index);
	s->at += n;
}

struct steps {
	struct step *items;
	size_t n, cap;
};

static void steps_release(struct steps *v)
{
	free(v->items);
}
#define AUTO_STEPS __attribute__((cleanup(steps_release))) struct steps

static int parse_steps(struct scan *s, struct path *p, struct steps *steps)
{
	for (;;) {
		struct step step = { 0 };

		if (scan_is(s, ".") && scan_ident_char(scan_peek(s, 1))) {
			parse_dot(s, &step);
		} else if (scan_accept(s, "[")) {
			if (scan_enter(s, &s->brackets) < 0 || parse_bracket(s, &step) < 0)
				return -1;
			s->brackets--;
			p->brackets = true;
		} else {
			return 0;
		}
		if (steps->n >= s->limits->max[TLIMIT_OPERATORS])
			return scan_limit(s, TLIMIT_OPERATORS);
		steps->items = xgrow(steps->items, &steps->cap, steps->n + 1, sizeof(step));
		steps->items[steps->n++] = step;
	}
}

static bool name_is(struct name n, const char *text)
{
	return n.len == strlen(text) && memcmp(n.s, text, n.len) == 0;
}

static int parse_path(struct scan *s, struct name first, struct path **out)
{
	AUTO_STEPS steps = { 0 };
	struct path *p = arena_alloc(s->a, sizeof(*p));

	p->root = scan_name(s, first);
	if (parse_steps(s, p, &steps) < 0)
		return -1;
	p->n_steps = (uint32_t)steps.n;
	p->steps = arena_memdup(s->a, steps.items, steps.n * sizeof(*steps.items));
	p->text = (struct name){ first.s, (uint32_t)(s->text + s->at - first.s) };
	p->dump = name_is(p->text, "__tera_context");
	p->nothing = name_is(p->text, "none") || name_is(p->text, "null");
	*out = p;
	return 0;
}

/* ---- operands ---- */

static int parse_operand(struct scan *s, bool in_concat, struct expr **out);

static int parse_parens(struct scan *s, struct expr **out)
{
	if (scan_enter(s, &s->brackets) < 0)
		return -1;
	s->at++;
	scan_space(s);
	if (parse_expr(s, out) < 0)
		return -1;
	scan_space(s);
	if (scan_expect(s, ")", "')'") < 0)
		return -1;
	s->brackets--;
	(*out)->bare = false;
	return 0;
}

static int parse_array(struct scan *s, struct expr **out)
{
	AUTO_CHAIN items = { 0 };
	struct expr *array = new_expr(s, EXPR_ARRAY, s->at), *item;

	if (scan_enter(s, &s->brackets) < 0)
		return -1;
	s->at++;
	scan_space(s);
	while (!scan_is(s, "]")) {
		if (parse_expr(s, &item) < 0 || chain_add(s, &items, item, 0) < 0)
			return -1;
		scan_space(s);
		if (!scan_accept(s, ","))
			break;
		scan_space(s);
	}
	if (scan_expect(s, "]", "',' or ']'") < 0)
		return -1;
	s->brackets--;
	array->list = chain_items(s, &items);
	array->bare = true;
	*out = array;
	return 0;
}

struct keys {
	struct name *items;
	size_t n, cap;
};

static void keys_release(struct keys *k)
{
	free(k->items);
}
#define AUTO_KEYS __attribute__((cleanup(keys_release))) struct keys

static int parse_member(struct scan *s, struct keys *keys, struct chain *values)
{
	struct name key;
	struct expr *value;
	int rc = scan_string(s, &key);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return scan_expected(s, "a key in quotes or '}'");
	scan_space(s);
	if (scan_expect(s, ":", "':'") < 0)
		return -1;
	scan_space(s);
	if (parse_expr(s, &value) < 0 || chain_add(s, values, value, 0) < 0)
		return -1;
	keys->items = xgrow(keys->items, &keys->cap, keys->n + 1, sizeof(key));
	keys->items[keys->n++] = key;
	scan_space(s);
	return 0;
}

static int parse_object(struct scan *s, struct expr **out)
{
	AUTO_KEYS keys = { 0 };
	AUTO_CHAIN values = { 0 };
	struct expr *object = new_expr(s, EXPR_OBJECT, s->at);

	if (scan_enter(s, &s->brackets) < 0)
		return -1;
	s->at++;
	scan_space(s);
	while (!scan_is(s, "}")) {
		if (parse_member(s, &keys, &values) < 0)
			return -1;
		if (!scan_accept(s, ","))
			break;
		scan_space(s);
	}
	if (scan_expect(s, "}", "',' or '}'") < 0)
		return -1;
	s->brackets--;
	object->object.values = chain_items(s, &values);
	object->object.keys = arena_memdup(s->a, keys.items, keys.n * sizeof(*keys.items));
	object->bare = true;
	*out = object;
	return 0;
}

static int parse_macro_call(struct scan *s, struct name ns, size_t at, struct expr **out)
{
	struct name name;
	struct expr *e = new_expr(s, EXPR_MACRO, at);

	scan_space(s);
	if (!scan_ident(s, &name))
		return scan_expected(s, "the name of a macro");
	e->site = new_site(s, name);
	e->site->ns = scan_name(s, ns);
	scan_space(s);
	if (scan_expect(s, "(", "'('") < 0)
		return -1;
	*out = e;
	return parse_args(s, e->site);
}

static int parse_function_call(struct scan *s, struct name name, size_t at, struct expr **out)
{
	struct expr *e = new_expr(s, EXPR_CALL, at);

	e->site = new_site(s, name);
	e->escape = true;
	*out = e;
	return parse_args(s, e->site);
}

/* `true` and the like; beside `~` they are variables. */
static bool parse_boolean(
        struct scan *s, struct name word, bool in_concat, size_t at, struct expr **out)
{
	bool yes = name_is(word, "true") || name_is(word, "True");
	size_t end = s->at;

	if (!yes && !name_is(word, "false") && !name_is(word, "False"))
		return false;
	scan_space(s);
	if (in_concat || scan_is(s, "~")) {
		s->at = end;
		return false;
	}
	s->at = end;
	*out = new_const(s, tvalue_bool(yes), at);
	return true;
}

static int parse_word(struct scan *s, bool in_concat, struct expr **out)
{
	struct name word;
	size_t at = s->at, end;

	if (!scan_ident(s, &word))
		return scan_expected(s, "a value");
	if (parse_boolean(s, word, in_concat, at, out))
		return 0;
	end = s->at;
	scan_space(s);
	if (scan_accept(s, "::"))
		return parse_macro_call(s, word, at, out);
	if (scan_accept(s, "("))
		return parse_function_call(s, word, at, out);
	s->at = end;

	struct expr *e = new_expr(s, EXPR_PATH, at);

	if (parse_path(s, word, &e->path) < 0)
		return -1;
	e->escape = !e->path->dump;
	*out = e;
	return 0;
}

static int parse_operand(struct scan *s, bool in_concat, struct expr **out)
{
	struct name text;
	struct tvalue v;
	size_t at = s->at;
	int rc;

	switch (scan_peek(s, 0)) {
	case '(':
		return parse_parens(s, out);
	case '[':
		return parse_array(s, out);
	case '{':
		return parse_object(s, out);
	default:
		break;
	}
	if ((rc = scan_string(s, &text)) != 0) {
		*out = rc > 0 ? new_const(s, tvalue_str(text.s, text.len), at) : NULL;
		return rc > 0 ? 0 : -1;
	}
	if ((rc = scan_number(s, &v)) != 0) {
		*out = rc > 0 ? new_const(s, v, at) : NULL;
		return rc > 0 ? 0 : -1;
	}
	return parse_word(s, in_concat, out);
}

/* ---- tests ---- */

/* `not` and then the name of a test, which may follow without a blank. */
static bool accept_not(struct scan *s)
{
	struct name name;
	size_t from = s->at;

	if (scan_accept(s, "not")) {
		scan_space(s);

		size_t after = s->at;

		if (scan_ident(s, &name)) {
			s->at = after;
			return true;
		}
	}
	s->at = from;
	return false;
}

static bool ends_in_comma(const struct scan *s, size_t end)
{
	while (end > 0 && strchr(" \t\r\n", s->text[end - 1]))
		end--;
	return end > 0 && s->text[end - 1] == ',';
}

static int parse_test_args(struct scan *s, struct site *site)
{
	if (scan_is(s, ")"))
		return scan_expected(s, "an argument");
	if (parse_args(s, site) < 0)
		return -1;
	if (ends_in_comma(s, s->at - 1))
		return scan_fail(s, s->at - 1, "expected an argument, found ')'");
	for (uint32_t i = 0; i < site->n_args; i++)
		if (site->args[i].name.s)
			return scan_fail(s, (size_t)(site->args[i].name.s - s->text),
			        "expected an argument without a name, as tests have, found '%.*s='",
			        (int)site->args[i].name.len, site->args[i].name.s);
	return 0;
}

/* Behind `is`. */
static int parse_test(struct scan *s, struct expr **subject)
{
	struct name name;
	struct expr *e = new_expr(s, EXPR_TEST, (*subject)->at);

	scan_space(s);
	e->op = accept_not(s);
	if (!scan_ident(s, &name))
		return scan_expected(s, "the name of a test");
	e->test.subject = *subject;
	e->test.site = new_site(s, name);
	*subject = e;

	size_t end = s->at;

	scan_space(s);
	if (!scan_accept(s, "(")) {
		s->at = end;
		return 0;
	}
	scan_space(s);
	return parse_test_args(s, e->test.site);
}

/* ---- ~ ---- */

static bool is_string(const struct expr *e)
{
	return e->kind == EXPR_CONST && e->value.type == TVALUE_STRING && !e->filters &&
	       !e->negated;
}

/* Neighbouring strings become one. */
static int fold_strings(struct scan *s, struct expr **into, const struct expr *e)
{
	size_t len = (size_t)(*into)->value.len + e->value.len;
	char *joined = arena_alloc(s->a, len + 1);

	memcpy(joined, (*into)->value.s, (*into)->value.len);
	memcpy(joined + (*into)->value.len, e->value.s, e->value.len);
	*into = new_const(s, tvalue_str(joined, len), (*into)->at);
	return 0;
}

static int parse_concat(struct scan *s, struct expr **first)
{
	AUTO_CHAIN parts = { 0 };
	struct expr *e = new_expr(s, EXPR_CONCAT, (*first)->at), *part = *first;

	for (;;) {
		if (parts.n && is_string(part) && is_string(parts.items[parts.n - 1]))
			fold_strings(s, &parts.items[parts.n - 1], part);
		else if (chain_add(s, &parts, part, 0) < 0)
			return -1;
		e->escape |= part->kind == EXPR_CALL;
		scan_space(s);
		if (!scan_accept(s, "~"))
			break;
		scan_space(s);
		if (parse_operand(s, true, &part) < 0)
			return -1;
	}
	*first = e;
	if (parts.n == 1 && is_string(parts.items[0]))
		*first = parts.items[0];
	e->list = chain_items(s, &parts);
	(*first)->bare = true;
	return 0;
}

/* An operand with what binds tightest: a test or joined parts. */
static int parse_value(struct scan *s, struct expr **out)
{
	bool parens = scan_is(s, "(");
	size_t end;

	if (parse_operand(s, false, out) < 0)
		return -1;
	end = s->at;
	scan_space(s);
	if (scan_is(s, "~"))
		return parse_concat(s, out);
	if (((*out)->kind == EXPR_PATH || parens) && scan_accept(s, "is"))
		return parse_test(s, out);
	s->at = end;
	return 0;
}

/* ---- arithmetic ---- */

static bool accept_math_op(struct scan *s, const char *ops, uint8_t *op)
{
	static const char all[] = "+-*/%";
	char c = scan_peek(s, 0);

	if (!c || !strchr(ops, c) || scan_at_end(s))
		return false;
	*op = (uint8_t)(strchr(all, c) - all);
	s->at++;
	return true;
}

typedef int parse_fn(struct scan *s, struct expr **out);

static int fail_bare(struct scan *s, const struct expr *e)
{
	return scan_fail(s, e->at,
	        "expected a number or variable, found a string or an array, with which "
	        "nothing can be calculated");
}

/* Operands of `operand` between operators of `ops`, from left to right. */
static int parse_chain(struct scan *s, parse_fn *operand, const char *ops, struct expr **out)
{
	AUTO_CHAIN chain = { 0 };
	struct expr *e;
	uint8_t op = 0;
	size_t end;

	if (operand(s, out) < 0)
		return -1;
	end = s->at;
	scan_space(s);
	if (!accept_math_op(s, ops, &op)) {
		s->at = end;
		return 0;
	}
	if ((*out)->bare)
		return fail_bare(s, *out);
	if (chain_add(s, &chain, *out, op) < 0)
		return -1;
	do {
		scan_space(s);
		if (operand(s, &e) < 0)
			return -1;
		if (e->bare)
			return fail_bare(s, e);
		end = s->at;
		scan_space(s);
		chain.ops[chain.n - 1] = op;
		if (chain_add(s, &chain, e, 0) < 0)
			return -1;
	} while (accept_math_op(s, ops, &op));
	s->at = end;
	e = new_expr(s, EXPR_MATH, (*out)->at);
	e->math.operands = chain_items(s, &chain);
	e->math.ops = arena_memdup(s->a, chain.ops, chain.n);
	*out = e;
	return 0;
}

static int parse_product(struct scan *s, struct expr **out)
{
	return parse_chain(s, parse_value, "*/%", out);
}

static int parse_sum(struct scan *s, struct expr **out)
{
	return parse_chain(s, parse_product, "+-", out);
}

/* ---- filters ---- */

static void note_escape(struct expr *e)
{
	const struct site *last = NULL;

	for (const struct site *f = e->filters; f; f = f->next) {
		if (f->name != NAME_SAFE && f->name != NAME_DEFAULT)
			e->escape = true;
		last = f;
	}
	if (last && last->name == NAME_SAFE)
		e->escape = false;
}

static int parse_filtered(struct scan *s, struct expr **out)
{
	struct site **tail;
	size_t end, n = 0;

	if (parse_sum(s, out) < 0)
		return -1;
	end = s->at;
	scan_space(s);
	if (!scan_is(s, "|")) {
		s->at = end;
		return 0;
	}
	*out = wrap_negated(s, *out);
	for (tail = &(*out)->filters; *tail; tail = &(*tail)->next)
		;
	while (scan_accept(s, "|")) {
		scan_space(s);
		if (parse_site(s, tail) < 0)
			return -1;
		if (++n > s->limits->max[TLIMIT_OPERATORS])
			return scan_limit(s, TLIMIT_OPERATORS);
		tail = &(*tail)->next;
		end = s->at;
		scan_space(s);
	}
	s->at = end;
	note_escape(*out);
	return 0;
}

static int parse_filtered_product(struct scan *s, struct expr **out)
{
	return parse_chain(s, parse_filtered, "*/%", out);
}

static int parse_filtered_sum(struct scan *s, struct expr **out)
{
	return parse_chain(s, parse_filtered_product, "+-", out);
}

/* ---- comparison, `in`, logic ---- */

static bool accept_compare_op(struct scan *s, uint8_t *op)
{
	static const struct {
		const char *text;
		uint8_t op;
	} ops[] = { { "==", COMPARE_EQ }, { "!=", COMPARE_NE }, { "<=", COMPARE_LE },
		{ ">=", COMPARE_GE }, { "<", COMPARE_LT }, { ">", COMPARE_GT } };

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (scan_accept(s, ops[i].text)) {
			*op = ops[i].op;
			return true;
		}
	return false;
}

/* `in` or `not in`. */
static bool accept_in(struct scan *s, uint8_t *negated)
{
	size_t from = s->at;

	*negated = 0;
	if (scan_accept(s, "in"))
		return true;
	if (scan_accept(s, "not") && scan_at_space(s)) {
		scan_space(s);
		*negated = 1;
		if (scan_accept(s, "in"))
			return true;
	}
	s->at = from;
	return false;
}

static int parse_compare(struct scan *s, struct expr **out)
{
	size_t end;
	uint8_t op;
	enum expr_kind kind;

	if (parse_filtered_sum(s, out) < 0)
		return -1;
	end = s->at;
	scan_space(s);
	if (accept_compare_op(s, &op)) {
		kind = EXPR_COMPARE;
	} else if (accept_in(s, &op)) {
		kind = EXPR_IN;
	} else {
		s->at = end;
		return 0;
	}

	struct expr *e = new_expr(s, kind, (*out)->at);

	e->op = op;
	e->pair.left = *out;
	*out = e;
	scan_space(s);
	return parse_filtered_sum(s, &e->pair.right);
}

static bool accept_word(struct scan *s, const char *word)
{
	size_t from = s->at;

	if (scan_accept(s, word) && scan_at_space(s)) {
		scan_space(s);
		return true;
	}
	s->at = from;
	return false;
}

static int parse_not(struct scan *s, struct expr **out)
{
	if (!accept_word(s, "not"))
		return parse_compare(s, out);
	if (parse_compare(s, out) < 0)
		return -1;
	*out = wrap_negated(s, *out);
	(*out)->negated = true;
	return 0;
}

static int parse_logic(struct scan *s, parse_fn *operand, const char *word, struct expr **out)
{
	AUTO_CHAIN chain = { 0 };
	size_t end;

	if (operand(s, out) < 0)
		return -1;
	end = s->at;
	scan_space(s);
	if (!accept_word(s, word)) {
		s->at = end;
		return 0;
	}

	struct expr *e = new_expr(s, EXPR_LOGIC, (*out)->at), *next = *out;

	do {
		if (chain_add(s, &chain, next, 0) < 0 || operand(s, &next) < 0)
			return -1;
		end = s->at;
		scan_space(s);
	} while (accept_word(s, word));
	s->at = end;
	if (chain_add(s, &chain, next, 0) < 0)
		return -1;
	e->op = word[0] == 'a';
	e->list = chain_items(s, &chain);
	*out = e;
	return 0;
}

static int parse_and(struct scan *s, struct expr **out)
{
	return parse_logic(s, parse_not, "and", out);
}

int parse_expr(struct scan *s, struct expr **out)
{
	return parse_logic(s, parse_and, "or", out);
}

int parse_container(struct scan *s, struct expr **out)
{
	size_t at = s->at;

	if (parse_filtered(s, out) < 0)
		return -1;
	if ((*out)->bare && (*out)->kind != EXPR_ARRAY && (*out)->kind != EXPR_OBJECT)
		return scan_fail(s, at,
		        "expected a variable, a function call or an array to go through, found a "
		        "string");
	return 0;
}

/* ---- literals ---- */

static bool all_literal(const struct exprs *list);

static bool is_literal(const struct expr *e)
{
	if (e->filters || e->negated)
		return false;
	if (e->kind == EXPR_ARRAY)
		return all_literal(&e->list);
	if (e->kind == EXPR_OBJECT)
		return all_literal(&e->object.values);
	return e->kind == EXPR_CONST || (e->kind == EXPR_PATH && e->path->nothing);
}

static bool all_literal(const struct exprs *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (!is_literal(list->items[i]))
			return false;
	return true;
}

int parse_literal(struct scan *s, struct expr **out)
{
	size_t at = s->at;

	if (parse_operand(s, false, out) < 0)
		return -1;
	if (s->text[at] == '(' || !is_literal(*out)) {
		s->at = at;
		return scan_expected(s, "a literal as default");
	}
	return 0;
}
