#include "daemon/config/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/strbuf.h"
#include "common/utf8.h"
#include "daemon/config/config.h"
#include "daemon/config/lint.h"

#define MAX_NAMED_KEYS 8

/* Codes of a project file: the same words behind another prefix (config.md 8). */
static const char *const project_codes[] = {
	"project.missing_key",
	"project.unknown_key",
	"project.unknown_table",
	"project.ignored_key",
	"project.type",
	"project.range",
	"project.enum",
	"project.duration",
	"project.size",
	"project.empty",
	"project.conflict",
	"project.path",
	"project.needs_feature",
	"project.unsupported",
	"project.regex",
	"project.policy_denied",
	"project.owner",
	"project.check_not_evaluated",
	"project.volume_denied",
	"project.command",
};

static const char *code_of(const struct check *c, const char *code)
{
	const char *dot = strchr(code, '.');

	if (!c->project || strncmp(code, "config.", 7) != 0)
		return code;
	for (size_t i = 0; i < ARRAY_LEN(project_codes); i++)
		if (strcmp(project_codes[i] + strlen("project"), dot) == 0)
			return project_codes[i];
	return code;
}

struct diag *check_report(struct check *c, enum severity sev, const char *code, struct pos at,
        const struct node *n, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);

	/* What is only counted needs no pointer: its cost grows with the length of a list. */
	bool kept = c->d->n < c->d->max;
	struct diag *x = diags_add(c->d, sev, code_of(c, code), c->file, at, "%s", text.s);

	x->pointer = kept && n && n->parent ? node_pointer(n, c->a) : NULL;
	return x;
}

struct pos check_offset(const struct node *n, size_t at)
{
	size_t cp = utf8_length(n->s, n->len), before = utf8_length(n->s, at);
	size_t width = n->pos.end_col - n->pos.col;
	bool one_line = n->pos.end_line == 0 || n->pos.end_line == n->pos.line;

	/* Between equal quotes the text stands as it is; with escapes the width differs. */
	if (!one_line || !n->pos.end_col || width < cp || (width - cp) % 2 || (width - cp) / 2 > 3)
		return n->pos;

	uint32_t col = n->pos.col + (uint32_t)((width - cp) / 2 + before);

	return (struct pos){ n->pos.line, col, n->pos.line, col + 1 };
}

void check_feature(struct check *c, enum feature f, const struct node *n, const char *what)
{
	if (f == FEATURE_NONE)
		return;

	struct diag *x = check_machine(c, "config.needs_feature", n,
	        "'%s' needs %s, which this build does not have", what, feature_names[f]);

	x->group = arena_printf(c->a, "needs %s: %s", feature_names[f], what);
}

struct node *node_make(
        struct check *c, enum node_type type, const char *key, const struct node *like)
{
	struct node *n = arena_alloc(c->a, sizeof(*n));

	n->type = type;
	n->key = key;
	n->key_len = key ? strlen(key) : 0;
	n->pos = like->pos;
	n->key_pos = like->key_pos;
	return n;
}

void node_append(struct node *parent, struct node *child)
{
	child->parent = parent;
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->n_children++;
}

void node_unlink(struct node *parent, struct node *prev, struct node *child)
{
	if (prev)
		prev->next = child->next;
	else
		parent->first = child->next;
	if (parent->last == child)
		parent->last = prev;
	parent->n_children--;
}

void node_to_string(struct node *n)
{
	if (n->type == NODE_STRING)
		return;
	n->type = NODE_STRING;
	n->s = n->text ? n->text : "";
	n->len = strlen(n->s);
}

bool node_equal(const struct node *a, const struct node *b)
{
	if (a->type != b->type || a->n_children != b->n_children)
		return false;
	switch (a->type) {
	case NODE_TABLE:
		for (const struct node *x = a->first; x; x = x->next) {
			const struct node *y = node_get(b, x->key);

			if (!y || !node_equal(x, y))
				return false;
		}
		return true;
	case NODE_ARRAY:
		for (const struct node *x = a->first, *y = b->first; x; x = x->next, y = y->next)
			if (!node_equal(x, y))
				return false;
		return true;
	case NODE_STRING:
	case NODE_DATETIME:
		return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
	case NODE_INT:
		return a->i == b->i;
	case NODE_FLOAT:
		return a->f == b->f || (a->f != a->f && b->f != b->f);
	case NODE_BOOL:
		return a->b == b->b;
	case NODE_NULL:
		return true;
	}
	return false;
}

/* "[service.db]": kinds whose tables have free names say which one. */
static const char *title_of(struct check *c, const struct node *table, enum table_kind kind)
{
	const char *title = table_info(kind)->title;

	if ((kind == TABLE_SERVICE || kind == TABLE_CHAOS) && table->key)
		return arena_printf(
		        c->a, "[%s.%s]", kind == TABLE_SERVICE ? "service" : "chaos", table->key);
	return title;
}

static const char *list_keys(struct check *c, enum table_kind kind)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const struct option *o;
	size_t n = 0;

	for (size_t at = 0; (o = option_next(kind, &at)) && n < MAX_NAMED_KEYS; n++)
		strbuf_printf(&b, "%s%s", n ? ", " : "one of: ", o->name);
	if (o)
		strbuf_adds(&b, ", ...");
	return arena_strdup(c->a, b.s);
}

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Where the key would have been understood (config.md 7, last rule). False: nowhere. */
static bool point_elsewhere(struct check *c, struct diag *x, enum table_kind kind, const char *key)
{
	const char *places[2];
	/* Words of many tables: that another has one says nothing. */
	bool common = strcmp(key, "name") == 0 || strcmp(key, "type") == 0;
	size_t n = c->project || common ? 0 : option_elsewhere(kind, key, places, 2);

	if (!n)
		return false;
	if (strcmp(places[0], table_info(TABLE_ROOT)->title) == 0) {
		x->message = arena_printf(c->a,
		        "'%s' is not a key of %s; it is a table of its own: [%s]", key,
		        table_info(kind)->article, key);
		return true;
	}
	x->message = arena_printf(c->a, "'%s' is not a key of %s; put it in %s%s%s", key,
	        table_info(kind)->article, places[0], n > 1 ? " or " : "", n > 1 ? places[1] : "");
	return true;
}

/* A remedy: the key as it should be called, unless the table has that one too. */
static void rename_key(struct check *c, struct diag *x, const struct node *table,
        const struct node *n, const char *to)
{
	const struct pos *at = &n->key_pos;

	if (at->line && at->end_line == at->line && at->end_col > at->col && !node_get(table, to))
		diag_edit(c->d, x, *at, to);
}

/* lint: an older spelling, or a key that has a better one. */
static void older_key(
        struct check *c, const struct option *o, const struct node *table, const struct node *n)
{
	static const char prefix[] = "older";
	struct diag *x;

	if (lint_is_older(o, n->key)) {
		x = check_report(c, SEV_WARNING, "lint.deprecated_key", n->key_pos, n,
		        "'%s' is an older spelling of '%s'", n->key, o->name);
		rename_key(c, x, table, n, o->name);
	} else if (o->table == TABLE_TEST && node_get(n, "metadata")) {
		return; /* that one is said */
	} else if (o->help && strncmp(o->help, prefix, sizeof(prefix) - 1) == 0) {
		bool says_what = o->help[sizeof(prefix) - 1] == ':';

		check_report(c, SEV_WARNING, "lint.deprecated_key", n->key_pos, n, "'%s' is %s%s",
		        n->key, says_what ? "" : "an ", o->help);
	}
}

/* Releases of the original after the one that is read here say these; too far from ours to be
 * taken for a slip. */
static const char *later_word(enum table_kind kind, const char *key)
{
	static const struct {
		enum table_kind kind;
		const char *key, *help;
	} words[] = {
		{ TABLE_ROOT, "containers", "write [service.NAME]" },
		{ TABLE_STEP, "container", "write 'service'" },
		{ TABLE_STEP, "exec", "write 'command'" },
		{ TABLE_STEP, "assert",
		        "write 'expected_exit_code', 'expected_output_contains', ..." },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].kind == kind && strcmp(words[i].key, key) == 0)
			return words[i].help;
	return NULL;
}

static void unknown_key(
        struct check *c, const struct node *table, const struct node *n, enum table_kind kind)
{
	char near[64];
	const struct option *o = option_close(kind, n->key, near, sizeof(near));
	bool decides =
	        table_info(kind)->strict || starts(n->key, "expect") || starts(n->key, "assert");
	bool is_error = !c->allow_unknown && (o || decides || c->strict);
	bool is_table = n->type == NODE_TABLE && (kind == TABLE_ROOT || kind == TABLE_PROJECT_ROOT);
	const char *title = title_of(c, table, kind), *later = later_word(kind, n->key);
	struct diag *x = check_report(c, is_error ? SEV_ERROR : SEV_WARNING,
	        is_table ? "config.unknown_table" : "config.unknown_key", n->key_pos, n,
	        "unknown %s '%s' in %s", is_table ? "table" : "key", n->key, title);

	/* A key of another table is spelt as it was meant. */
	if (later) {
		diag_help(c->d, x, "%s", later);
	} else if (!point_elsewhere(c, x, kind, n->key) && o) {
		diag_help(c->d, x, "did you mean '%s'?", near);
		rename_key(c, x, table, n, near);
	}
	if (is_error)
		x->expected = list_keys(c, kind);
	else
		x->group = arena_printf(c->a, "unknown %s in %s", n->key, table_info(kind)->title);
}

/* Known names that are not keys: free ones, and the rows of the table without effect. */
static void ineffective_key(struct check *c, const struct option *o, const struct node *n)
{
	bool hard = o->type == V_UNSUPPORTED;
	enum severity sev = (hard ? !c->allow_unknown : c->strict) ? SEV_ERROR : SEV_WARNING;
	struct diag *x;

	if (hard)
		x = check_report(c, sev, "config.unsupported", n->key_pos, n,
		        "'%s%s' is not supported%s%s", o->help ? "" : "expect.", n->key,
		        o->help ? ": " : "", o->help ? o->help : "");
	else if (o->type == V_UNCHECKED)
		x = check_report(c, sev, "config.check_not_evaluated", n->key_pos, n,
		        "'%s' is declared but nothing checks it", n->key);
	else
		x = check_report(c, sev, "config.ignored_key", n->key_pos, n,
		        "'%s' has no effect: %s", n->key, o->help);
	if (sev == SEV_WARNING)
		x->group = arena_printf(c->a, "ignored: %s", n->key);
}

static bool is_ineffective(const struct option *o)
{
	return o->type == V_IGNORED || o->type == V_UNSUPPORTED || o->type == V_UNCHECKED;
}

/* A value that says what holds anyway needs no feature. */
static bool is_default(const struct option *o, const struct node *n)
{
	if (n->type == NODE_TABLE || n->type == NODE_ARRAY)
		return n->n_children == 0 && !(o->flags & OPT_EMPTY);
	if (!(o->flags & OPT_NOOP) || !o->dflt)
		return false;
	if (n->type == NODE_BOOL)
		return strcmp(n->b ? "true" : "false", o->dflt) == 0;

	const char *text = n->type == NODE_STRING ? n->s : n->text;

	return text && strcmp(text, o->dflt) == 0;
}

/* Project files that people have state every key: what is not built is only warned of there. */
static void gate_project(struct check *c, const struct option *o, const struct node *n)
{
	enum severity sev = o->flags & OPT_STRICT_GATE ? SEV_ERROR : SEV_WARNING;

	check_report(c, sev, "config.needs_feature", n->key_pos, n,
	        "'%s' needs %s, which this build does not have", o->name, feature_names[o->needs]);
}

static bool is_gated(const struct option *o, const struct node *n)
{
	return o->needs != FEATURE_NONE && !(o->flags & OPT_BY_USE) && !is_default(o, n);
}

static void gate_feature(struct check *c, const struct option *o, const struct node *n)
{
	if (c->project)
		gate_project(c, o, n);
	else
		check_feature(c, o->needs, n, o->name);
}

static void gate_project_key(struct check *c, const struct option *o, const struct node *n)
{
	if (o->flags & OPT_NO_EFFECT && !is_default(o, n))
		check_report(c, SEV_WARNING, "config.ignored_key", n->key_pos, n,
		        "'%s' has no effect: %s", o->name, o->help);
	if (o->flags & OPT_USER && !c->user_file && !is_default(o, n))
		check_report(c, SEV_WARNING, "config.ignored_key", n->key_pos, n,
		        "'%s' has an effect only in the user's file or the environment", o->name);
}

static struct node *earlier(const struct node *table, const struct node *n)
{
	for (struct node *x = table->first; x && x != n; x = x->next)
		if (strcmp(x->key, n->key) == 0)
			return x;
	return NULL;
}

/* Two spellings of one key may stand together when they say the same. */
static void spelled_twice(
        struct check *c, const struct node *first, const struct node *n, const char *as_written)
{
	if (node_equal(first, n))
		return;
	check_report(c, SEV_ERROR, "config.conflict", n->key_pos, n,
	        "'%s' here and '%s' at line %u say different things", as_written, first->key,
	        first->key_pos.line)
	        ->other = first->key_pos;
}

/* A copy of n under the key behind the dot; children follow it. */
static struct node *leaf_of(struct check *c, const struct node *n, const char *key)
{
	struct node *leaf = arena_memdup(c->a, n, sizeof(*n));

	leaf->key = key;
	leaf->key_len = strlen(key);
	if (leaf->type == NODE_TABLE || leaf->type == NODE_ARRAY)
		for (struct node *x = leaf->first; x; x = x->next)
			x->parent = leaf;
	return leaf;
}

/* YAML writes `attrs.all:` for what TOML has as a dotted key (config.md 6). True when n went into a
 * table that was there; otherwise n itself may have become that table. */
static bool split_dotted(struct check *c, struct node *table, struct node *n, enum table_kind kind)
{
	const char *dot = strchr(n->key, '.');

	if (!dot || dot == n->key || !dot[1])
		return false;

	const char *head = arena_strndup(c->a, n->key, (size_t)(dot - n->key));
	const struct option *o = option_find(kind, head);

	if (!o || (o->type != V_TABLE && o->type != V_TABLE_TABLES))
		return false;

	struct node *leaf = leaf_of(c, n, dot + 1);
	struct node *t = node_get(table, head);

	if (!t) {
		n->type = NODE_TABLE;
		n->key = head;
		n->key_len = strlen(head);
		n->first = n->last = NULL;
		n->n_children = 0;
		node_append(n, leaf);
		return false;
	}
	if (t->type == NODE_TABLE)
		node_append(t, leaf);
	return t->type == NODE_TABLE;
}

/* False when the child must go. */
static bool check_child(struct check *c, struct node *table, struct node *n, enum table_kind kind)
{
	const char *as_written = n->key;
	const struct option *o;

	if (strncmp(n->key, "x-", 2) == 0 || strncmp(n->key, "x_", 2) == 0 || n->type == NODE_NULL)
		return false;
	o = option_find(kind, n->key);
	if (!o && kind == TABLE_ASSERTIONS)
		return check_other_assertion(c, n);
	if (!o) {
		unknown_key(c, table, n, kind);
		return false;
	}
	if (is_ineffective(o)) {
		ineffective_key(c, o, n);
		return false;
	}
	if (c->lint)
		older_key(c, o, table, n);
	/* Of the value as it was written; a wrong one is wrong in every build, and said once. */
	bool gated = is_gated(o, n);

	if (c->project)
		gate_project_key(c, o, n);
	if (!check_value(c, o, n))
		return false;
	if (gated)
		gate_feature(c, o, n);
	n->key = o->name;
	n->key_len = strlen(o->name);

	struct node *first = earlier(table, n);

	if (first)
		spelled_twice(c, first, n, as_written);
	return !first;
}

static void split_dotted_keys(struct check *c, struct node *table, enum table_kind kind)
{
	struct node *prev = NULL;

	for (struct node *n = table->first, *next; n; n = next) {
		next = n->next;
		if (!option_find(kind, n->key) && split_dotted(c, table, n, kind))
			node_unlink(table, prev, n);
		else
			prev = n;
	}
}

void check_table(struct check *c, struct node *table, enum table_kind kind)
{
	struct node *prev = NULL;

	if (c->yaml)
		split_dotted_keys(c, table, kind);
	for (struct node *n = table->first, *next; n; n = next) {
		next = n->next;
		if (check_child(c, table, n, kind))
			prev = n;
		else
			node_unlink(table, prev, n);
	}
}
