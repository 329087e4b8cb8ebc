#include <assert.h>
#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/num.h"
#include "daemon/config/settings_priv.h"

#define MASKED "\"***\""

/* ---- a value from text ---- */

static const char *const yes[] = { "true", "1", "yes", "on" };
static const char *const no[] = { "false", "0", "no", "off" };

static bool is_word(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

static struct node *string_node(struct arena *a, const char *s, size_t len)
{
	struct node *n = arena_alloc(a, sizeof(*n));

	n->type = NODE_STRING;
	n->s = n->text = arena_strndup(a, s, len);
	n->len = len;
	return n;
}

/* "a, b" by commas; blanks around the parts are dropped, and "[]" is none. */
static void split_list(struct arena *a, struct node *list, const char *text)
{
	if (strcmp(text, "[]") == 0)
		return;
	for (;;) {
		text += strspn(text, " ");

		size_t len = strcspn(text, ","), n = len;

		while (n && text[n - 1] == ' ')
			n--;
		if (n)
			node_append(list, string_node(a, text, n));
		if (!text[len])
			return;
		text += len + 1;
	}
}

/* What does not fit its type stays a string, which the check refuses. */
static void read_as(struct arena *a, struct node *n, enum value_type type)
{
	const char *text = n->text;
	int64_t v;
	struct err e;

	switch (type) {
	case V_BOOL:
		if (!is_word(text, yes, ARRAY_LEN(yes)) && !is_word(text, no, ARRAY_LEN(no)))
			return;
		n->type = NODE_BOOL;
		n->b = is_word(text, yes, ARRAY_LEN(yes));
		return;
	case V_INT:
	case V_FLOAT:
		if (str_to_i64(text, INT64_MIN, INT64_MAX, &v, &e) == 0) {
			n->type = NODE_INT;
			n->i = v;
		} else if (type == V_FLOAT && text[strspn(text, "0123456789.")] == '\0') {
			n->type = NODE_FLOAT;
			n->f = strtod(text, NULL);
		}
		return;
	case V_STRS:
	case V_PATTERNS:
	case V_ENUMS:
		n->type = NODE_ARRAY;
		n->first = n->last = NULL;
		split_list(a, n, text);
		return;
	case V_STR_MAP:
	case V_FREE_TABLE:
		n->type = NODE_TABLE;
		n->first = n->last = NULL;
		return;
	default:
		return;
	}
}

struct node *setting_tree(struct arena *a, const char *table, const struct option *o,
        const char *text, struct node **leaf)
{
	struct node *root = arena_alloc(a, sizeof(*root)), *in = root;
	struct node *n = string_node(a, text, strlen(text));

	if (*table) {
		in = arena_alloc(a, sizeof(*in));
		in->key = table;
		in->key_len = strlen(table);
		node_append(root, in);
	}
	n->key = o->name;
	n->key_len = strlen(o->name);
	read_as(a, n, o->type);
	node_append(in, n);
	*leaf = n;
	return root;
}

/* ---- the list ---- */

static bool is_setting(const struct option *o)
{
	switch (o->type) {
	case V_IGNORED:
	case V_UNSUPPORTED:
	case V_UNCHECKED:
	case V_TABLE:
	case V_TABLES:
	case V_TABLE_TABLES:
		return false;
	default:
		return true;
	}
}

static void add_setting(struct setting_list *l, const char *table, const struct option *o)
{
	struct arena *a = l->s->arena;
	struct setting x = {
		.key = *table ? arena_printf(a, "%s.%s", table, o->name) : o->name,
		.table = table,
		.option = o,
		.source = "default",
	};

	if (o->dflt) {
		__attribute__((cleanup(diags_release))) struct diags d;
		struct check c = { .a = a, .d = &d, .project = true };
		struct node *leaf;

		diags_init(&d, a);
		setting_tree(a, table, o, o->dflt, &leaf);
		assert(check_value(&c, o, leaf) && !d.errors); /* the table is ours */
		x.node = leaf;
	}
	l->v[l->n++] = x;
}

static void add_table(struct setting_list *l, const struct option *table)
{
	const struct option *o;

	for (size_t at = 0; (o = option_next(table->table, &at));)
		if (is_setting(o))
			add_setting(l, table->name, o);
}

static size_t count_settings(void)
{
	const struct option *o;
	size_t n = 0;

	for (size_t at = 0; (o = option_next(TABLE_PROJECT_ROOT, &at)); n++)
		for (size_t k = 0; o->type == V_TABLE && option_next(o->table, &k);)
			n++;
	return n;
}

void setting_list_init(struct setting_list *l, struct settings *s)
{
	const struct option *o;

	l->s = s;
	l->n = 0;
	l->v = arena_array(s->arena, count_settings(), sizeof(*l->v));
	for (size_t at = 0; (o = option_next(TABLE_PROJECT_ROOT, &at));)
		if (o->type == V_TABLE)
			add_table(l, o);
}

struct setting *setting_find(const struct setting_list *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].key, key) == 0)
			return &l->v[i];
	assert(!"a key of the option table");
	return NULL;
}

bool setting_is_set(const struct setting *x)
{
	return x->layer != LAYER_DEFAULT;
}

/* upper, and what it does not have of lower. */
static const struct node *merge_tables(
        struct arena *a, const struct node *upper, const struct node *lower)
{
	struct node *n = arena_memdup(a, upper, sizeof(*n));

	n->first = n->last = NULL;
	n->n_children = 0;
	for (const struct node *x = upper->first; x; x = x->next)
		node_append(n, arena_memdup(a, x, sizeof(*x)));
	for (const struct node *x = lower->first; x; x = x->next)
		if (!node_get(upper, x->key))
			node_append(n, arena_memdup(a, x, sizeof(*x)));
	return n;
}

void setting_put(struct setting_list *l, struct setting *x, const struct node *n, enum layer layer,
        const char *source, struct settings_file *f)
{
	if (n->type == NODE_TABLE && x->node)
		n = merge_tables(l->s->arena, n, x->node);
	x->node = n;
	x->layer = layer;
	x->source = source;
	x->file = f;
}

void setting_list_merge(
        struct setting_list *l, const struct node *root, enum layer layer, struct settings_file *f)
{
	for (size_t i = 0; i < l->n; i++) {
		struct setting *x = &l->v[i];
		const struct node *table = node_get(root, x->table);
		const struct node *n = table ? node_get(table, x->option->name) : NULL;

		if (n)
			setting_put(l, x, n, layer,
			        arena_printf(l->s->arena, "%s:%u", f->name, n->key_pos.line), f);
	}
}

/* ---- rows ---- */

static bool is_number(const char *s)
{
	return *s && s[strspn(s, "0123456789_.")] == '\0';
}

static void put_scalar(struct strbuf *b, const struct option *o, const struct node *n)
{
	/* Durations and sizes as they were written; the node holds nanoseconds or bytes. */
	bool quantity = o->type == V_DUR || o->type == V_DUR_NONE || o->type == V_DUR_ZERO ||
	                o->type == V_SIZE;

	if (quantity && is_number(n->text))
		strbuf_adds(b, n->text);
	else if (quantity)
		json_quote(b, n->text, strlen(n->text));
	else if (n->type == NODE_BOOL)
		strbuf_adds(b, n->b ? "true" : "false");
	else if (n->type == NODE_INT)
		strbuf_printf(b, "%lld", (long long)n->i);
	else if (n->type == NODE_FLOAT)
		strbuf_printf(b, "%g", n->f);
	else
		json_quote(b, n->s, n->len);
}

static void put_value(struct strbuf *b, const struct option *o, const struct node *n)
{
	bool table = n->type == NODE_TABLE;

	if (!table && n->type != NODE_ARRAY) {
		put_scalar(b, o, n);
		return;
	}
	strbuf_adds(b, table ? "{" : "[");
	for (const struct node *x = n->first; x; x = x->next) {
		strbuf_adds(b, x != n->first ? ", " : table ? " " : "");
		if (table) {
			json_quote(b, x->key, x->key_len);
			strbuf_adds(b, " = ");
		}
		if (x->key && config_is_secret_name(x->key))
			strbuf_adds(b, MASKED);
		else
			put_value(b, o, x);
	}
	strbuf_adds(b, table ? (n->first ? " }" : "}") : "]");
}

static const char *value_text(const struct setting_list *l, const struct setting *x)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (config_is_secret_name(x->option->name))
		return MASKED;
	put_value(&b, x->option, x->node);
	return arena_strdup(l->s->arena, b.s);
}

/* Defaults that depend on the machine or the place. */
static const char *computed(const struct setting_list *l, const struct setting *x)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct sandbox_spec spec;
	cpu_set_t set;

	sandbox_spec_default(&spec, NULL);
	if (strcmp(x->key, "project.name") == 0)
		json_quote(&b, l->s->project_name, strlen(l->s->project_name));
	else if (strcmp(x->key, "cli.jobs") == 0 && sched_getaffinity(0, sizeof(set), &set) == 0)
		strbuf_printf(&b, "%d", CPU_COUNT(&set));
	else if (strcmp(x->key, "limits.memory_mb") == 0)
		strbuf_printf(&b, "%llu", (unsigned long long)(l->s->limits.v[LIMIT_MEMORY] >> 20));
	return b.len ? arena_strdup(l->s->arena, b.s) : NULL;
}

void setting_list_rows(const struct setting_list *l)
{
	struct settings *s = l->s;

	s->rows = arena_array(s->arena, l->n + 1, sizeof(*s->rows));
	for (size_t i = 0; i < l->n; i++) {
		const struct setting *x = &l->v[i];
		const char *value = x->node ? value_text(l, x) : computed(l, x);

		if (value)
			s->rows[s->n_rows++] = (struct setting_row){ x->key, value, x->source };
	}
}
