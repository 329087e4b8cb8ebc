/* Values with forms of their own: each check brings the forms that files use into one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/num.h"
#include "common/strbuf.h"
#include "common/utf8.h"
#include "daemon/config/check.h"
#include "daemon/config/command.h"
#include "daemon/config/config.h"
#include "daemon/core/regex.h"

static struct node *make_string(
        struct check *c, const char *key, const char *s, size_t len, const struct node *like)
{
	struct node *n = node_make(c, NODE_STRING, key, like);

	n->s = s;
	n->len = len;
	return n;
}

/* Makes n an empty table or list; what it held is given up. */
static void become(struct node *n, enum node_type type)
{
	n->type = type;
	n->first = n->last = NULL;
	n->n_children = 0;
}

/* A lone string s becomes { key = s }. */
static void string_to_table(struct check *c, struct node *n, const char *key)
{
	struct node *s = make_string(c, key, n->s, n->len, n);

	s->text = n->text;
	s->plain = n->plain;
	become(n, NODE_TABLE);
	node_append(n, s);
}

static bool is_env_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool letter = (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z';

		if (!letter && s[i] != '_' && (i == 0 || s[i] < '0' || s[i] > '9'))
			return false;
	}
	return len > 0;
}

static bool env_value(struct check *c, struct node *x)
{
	if (!is_env_name(x->key, strlen(x->key))) {
		check_report(c, SEV_ERROR, "config.type", x->key_pos, x,
		        "'%s' is no name of a variable (letters, digits, '_')", x->key);
		return false;
	}
	if (x->type == NODE_TABLE || x->type == NODE_ARRAY) {
		check_error(c, "config.type", x, "variable '%s' wants a string, found %s", x->key,
		        node_type_name(x));
		return false;
	}
	/* In YAML a variable that is written as null is that text. */
	node_to_string(x);
	if (strlen(x->s) != x->len)
		check_error(c, "config.type", x, "variable '%s' holds a NUL", x->key);
	return strlen(x->s) == x->len;
}

/* "NAME=value"; "NAME" alone is a null: copied from the client. */
static void env_item(struct check *c, struct node *x)
{
	const char *eq = strchr(x->s, '=');
	size_t name = eq ? (size_t)(eq - x->s) : x->len;

	x->key = arena_strndup(c->a, x->s, name);
	x->key_len = name;
	x->key_pos = x->pos;
	if (!eq) {
		x->type = NODE_NULL;
		x->text = NULL;
		return;
	}
	x->s = eq + 1;
	x->len -= name + 1;
}

/* A list becomes the table that it means; of a name given twice the last one counts. */
static void env_list(struct check *c, const struct option *o, struct node *n)
{
	struct node *x, *next;

	check_strings(c, o, n, false);
	x = n->first;
	become(n, NODE_TABLE);
	for (; x; x = next) {
		struct node *prev = NULL;

		next = x->next;
		env_item(c, x);
		for (struct node *y = n->first; y; prev = y, y = y->next)
			if (strcmp(y->key, x->key) == 0) {
				node_unlink(n, prev, y);
				break;
			}
		node_append(n, x);
	}
}

bool check_env(struct check *c, const struct option *o, struct node *n)
{
	struct node *prev = NULL;
	bool list = n->type == NODE_ARRAY;

	if (list)
		env_list(c, o, n);
	for (struct node *x = n->first, *next; x; x = next) {
		bool copied = list && x->type == NODE_NULL && is_env_name(x->key, strlen(x->key));

		next = x->next;
		if (copied || env_value(c, x))
			prev = x;
		else
			node_unlink(n, prev, x);
	}
	return true;
}

static void report_notes(struct check *c, const struct node *n, const struct command_notes *notes,
        const char *program)
{
	for (size_t i = 0; i < notes->n; i++) {
		const struct command_note *note = &notes->v[i];
		struct pos at = check_offset(n, note->at);
		struct diag *x;

		if (note->kind == NOTE_BACKSLASH) {
			x = check_report(c, SEV_WARNING, "config.backslash", at, n,
			        "the backslash before '%c' is dropped", note->next);
			diag_help(c->d, x, "write '...' to keep it");
			continue;
		}
		/* The whole word, where the column is known. */
		if (at.end_col == at.col + 1)
			at.end_col = at.col + (uint32_t)utf8_length(note->word, strlen(note->word));
		x = check_report(c, SEV_WARNING, "config.shell_syntax", at, n,
		        "'%s' is passed to '%s' as an argument", note->word, program);
		diag_help(c->d, x, "use script = \"\"\"...\"\"\" or sh -c '...'");
	}
}

bool check_command(struct check *c, const struct option *o, struct node *n)
{
	struct command_notes notes = { .n = 0 };
	struct str_list words = { 0 };
	size_t at = 0;
	struct err e;

	if (n->type == NODE_ARRAY)
		return check_argv(c, o, n);
	node_to_string(n);
	if (command_parse(n->s, n->len, c->a, &words, &notes, &at, &e) < 0) {
		check_report(c, SEV_ERROR, "config.command", check_offset(n, at), n, "%s", e.msg);
		return false;
	}
	report_notes(c, n, &notes, words.v[0]);

	struct node whole = *n;

	become(n, NODE_ARRAY);
	for (size_t i = 0; i < words.n; i++)
		node_append(n, make_string(c, NULL, words.v[i], strlen(words.v[i]), &whole));
	return true;
}

bool check_argv(struct check *c, const struct option *o, struct node *n)
{
	bool may_be_empty = option_may_be_empty(o);

	if (n->type != NODE_ARRAY)
		return check_command(c, o, n);
	bool was_empty = !n->n_children;

	check_strings(c, o, n, true);
	/* Elements that are no strings have been said, and were taken away. */
	if (!n->n_children && !was_empty)
		return false;
	if (!n->n_children && may_be_empty)
		return true;
	if (!n->n_children || (!n->first->len && !may_be_empty)) {
		check_error(c, "config.command", n, "the command has no words");
		return false;
	}
	return true;
}

bool check_health(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_STRING) {
		struct node *cmd = node_make(c, NODE_ARRAY, "cmd", n);

		node_append(cmd, make_string(c, NULL, "sh", 2, n));
		node_append(cmd, make_string(c, NULL, "-c", 2, n));
		node_append(cmd, make_string(c, NULL, n->s, n->len, n));
		become(n, NODE_TABLE);
		node_append(n, cmd);
	} else if (n->type == NODE_ARRAY) {
		struct node *cmd = node_make(c, NODE_ARRAY, "cmd", n);

		for (struct node *x = n->first, *next; x; x = next) {
			next = x->next;
			node_append(cmd, x);
		}
		become(n, NODE_TABLE);
		node_append(n, cmd);
	}
	check_table(c, n, o->table);
	return true;
}

bool check_stdin(struct check *c, const struct option *o, struct node *n)
{
	if (n->type != NODE_TABLE)
		return true;
	check_table(c, n, o->table);
	if (n->n_children == 1)
		return true;
	check_error(c, "config.conflict", n, "give one of file, base64");
	return false;
}

bool check_text_check(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_STRING)
		string_to_table(c, n, "equals");
	check_table(c, n, o->table);
	return true;
}

bool check_captures(struct check *c, const struct option *o, struct node *n)
{
	for (struct node *x = n->first; x; x = x->next) {
		if (x->type == NODE_STRING)
			string_to_table(c, x, "regex");
		if (x->type != NODE_TABLE)
			return check_wrong_type(c, o, x, "a regular expression or a table");
		check_table(c, x, o->table);
		if (!node_get(x, "regex") && !node_get(x, "json"))
			check_error(c, "config.capture", x,
			        "capture '%s' has neither regex nor json", x->key);
	}
	return true;
}

bool check_wait(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_TABLE) {
		check_table(c, n, o->table);
		return true;
	}
	if (n->type == NODE_ARRAY) {
		for (struct node *x = n->first; x; x = x->next)
			if (!check_wait(c, o, x))
				return false;
		return true;
	}
	if (n->type != NODE_STRING)
		return check_wrong_type(c, o, n, "a string, a table or a list");
	if (strcmp(n->s, "healthy") != 0 && strcmp(n->s, "started") != 0) {
		check_error(
		        c, "config.enum", n, "'wait_for' is '%s', one of healthy, started", n->s);
		return false;
	}
	return true;
}

static bool valid_port(const char *s, size_t len)
{
	long v = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || len > 5)
			return false;
		v = v * 10 + (s[i] - '0');
	}
	return v >= 1 && v <= 65535;
}

/* "5432", "5432/udp", "15432:5432", "127.0.0.1:15432:5432" */
static bool valid_publication(const char *s)
{
	size_t len = strcspn(s, "/");
	const char *colon;

	if (s[len] && strcmp(s + len, "/tcp") != 0 && strcmp(s + len, "/udp") != 0)
		return false;
	colon = memrchr(s, ':', len);
	if (!colon)
		return valid_port(s, len);
	if (!valid_port(colon + 1, (size_t)(s + len - colon) - 1))
		return false;

	const char *before = memrchr(s, ':', (size_t)(colon - s));
	const char *host = before ? before + 1 : s;

	return valid_port(host, (size_t)(colon - host));
}

bool check_ports(struct check *c, const struct option *o, struct node *n)
{
	for (struct node *x = n->first; x; x = x->next) {
		bool number = x->type == NODE_INT;

		if (!number && x->type != NODE_STRING)
			return check_wrong_type(c, o, x, "a list of integers or strings");
		if (number ? x->i >= 1 && x->i <= 65535 : valid_publication(x->s))
			continue;
		check_error(c, "config.range", x,
		        "'%s' is no port (1 to 65535, \"5432/udp\", \"15432:5432\")",
		        number ? x->text : x->s);
		return false;
	}
	return true;
}

bool check_network(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_STRING)
		string_to_table(c, n, "mode");
	check_table(c, n, o->table);
	return n->n_children > 0;
}

/* Says which elements are no tables and takes them away, while all stand where they were written: a
 * finding says its place. */
static void check_elements(
        struct check *c, const struct option *o, struct node *n, const char *wants)
{
	struct node *prev = NULL;

	for (const struct node *x = n->first; x; x = x->next)
		if (x->type != NODE_TABLE)
			check_wrong_type(c, o, x, wants);
	for (struct node *x = n->first, *next; x; x = next) {
		next = x->next;
		if (x->type == NODE_TABLE)
			prev = x;
		else
			node_unlink(n, prev, x);
	}
}

/* "host:container[:mode]"; the parts go to a table. */
static bool volume_string(struct check *c, struct node *x)
{
	const char *first = strchr(x->s, ':'), *second = first ? strchr(first + 1, ':') : NULL;
	const char *end = x->s + x->len;

	if (!first || first == x->s || first + 1 == end) {
		check_error(c, "config.type", x,
		        "'%s' is no volume, wanted \"host:container[:ro|rw|cow]\"", x->s);
		return false;
	}

	struct node whole = *x;
	const char *stop = second ? second : end;

	become(x, NODE_TABLE);
	node_append(x,
	        make_string(c, "host_path", arena_strndup(c->a, whole.s, (size_t)(first - whole.s)),
	                (size_t)(first - whole.s), &whole));
	node_append(x, make_string(c, "container_path",
	                       arena_strndup(c->a, first + 1, (size_t)(stop - first) - 1),
	                       (size_t)(stop - first) - 1, &whole));
	if (second)
		node_append(
		        x, make_string(c, "mode", second + 1, (size_t)(end - second) - 1, &whole));
	return true;
}

bool check_volumes(struct check *c, const struct option *o, struct node *n)
{
	struct node *prev = NULL;

	for (struct node *x = n->first, *next; x; x = next) {
		bool fine = x->type == NODE_STRING ? volume_string(c, x) : x->type == NODE_TABLE;

		next = x->next;
		if (x->type != NODE_STRING && x->type != NODE_TABLE)
			check_wrong_type(c, o, x, "a list of strings or tables");
		if (fine) {
			check_table(c, x, o->table);
			prev = x;
		} else {
			node_unlink(n, prev, x);
		}
	}
	return true;
}

/* The table of one file where a table of paths belongs. */
static bool is_one_file(struct check *c, const struct option *o, const struct node *n)
{
	struct diag *d;

	for (const struct node *x = n->first; x; x = x->next)
		if (x->key[0] == '/' || !option_find(o->table, x->key))
			return false;
	if (!n->first)
		return false;
	d = check_error(
	        c, "config.type", n, "'%s' wants a list of tables, found one of them", o->name);
	diag_help(c->d, d, "put it in a list: %s = [{ path = ... }]", o->name);
	return true;
}

/* "/x" = "text" becomes a table; NULL with a finding when it is no text. */
static struct node *file_of_path(struct check *c, const struct option *o, struct node *x)
{
	struct node *item;

	if (x->type == NODE_TABLE || x->type == NODE_ARRAY) {
		struct diag *d = check_error(c, "config.type", x,
		        "'%s' wants the text of the file, found %s", x->key, node_type_name(x));

		diag_help(c->d, d,
		        "for more than the text write %s = [{ path = \"%s\", content = ... }]",
		        o->name, x->key);
		return NULL;
	}
	item = node_make(c, NODE_TABLE, NULL, x);
	node_append(item, make_string(c, "path", x->key, x->key_len, x));
	x->key = "content";
	x->key_len = strlen(x->key);
	node_append(item, x);
	return item;
}

bool check_files(struct check *c, const struct option *o, struct node *n)
{
	bool map = n->type == NODE_TABLE;
	struct node *x, *next;

	if (map && is_one_file(c, o, n))
		return false;
	if (!map)
		check_elements(c, o, n, "a list of tables or a table of strings");
	x = n->first;
	become(n, NODE_ARRAY);
	for (; x; x = next) {
		next = x->next;

		struct node *item = map ? file_of_path(c, o, x) : x;

		if (!item)
			continue;
		node_append(n, item);
		check_table(c, item, o->table);
	}
	return true;
}

static bool has_operator(const struct node *table)
{
	for (const struct node *x = table->first; x; x = x->next)
		if (!option_find(TABLE_OPERATORS, x->key))
			return false;
	return table->n_children > 0;
}

bool check_operand(struct check *c, const struct option *o, struct node *n)
{
	(void)o;
	if (n->type == NODE_TABLE)
		check_table(c, n, TABLE_OPERATORS);
	return true;
}

bool check_operands(struct check *c, const struct option *o, struct node *n)
{
	for (struct node *x = n->first; x; x = x->next)
		if (!check_operand(c, o, x))
			return false;
	return true;
}

/* { service.name = "x" } means the attribute "service.name": nested tables are joined with dots
 * unless all their keys are operators. */
static void flatten(struct check *c, struct node *out, struct node *table, const char *prefix)
{
	for (struct node *x = table->first, *next; x; x = next) {
		const char *name = prefix ? arena_printf(c->a, "%s.%s", prefix, x->key) : x->key;

		next = x->next;
		if (x->type == NODE_TABLE && !has_operator(x) && x->n_children) {
			flatten(c, out, x, name);
			continue;
		}
		x->key = name;
		x->key_len = strlen(name);
		node_append(out, x);
	}
}

bool check_attrs(struct check *c, const struct option *o, struct node *n)
{
	struct node all = *n;

	become(n, NODE_TABLE);
	flatten(c, n, &all, NULL);
	return check_operands(c, o, n);
}

bool check_attrs_list(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_TABLE)
		return check_attrs(c, o, n);
	check_strings(c, o, n, false);
	for (struct node *x = n->first; x; x = x->next)
		if (!strchr(x->s, '=')) {
			check_error(c, "config.type", x, "'%s' wants \"name=value\", found '%s'",
			        o->name, x->s);
			return false;
		}
	return true;
}

static bool contradicts(const struct node *n)
{
	const struct node *eq = node_get(n, "eq"), *gte = node_get(n, "gte"),
	                  *lte = node_get(n, "lte");

	return (gte && lte && gte->i > lte->i) || (eq && gte && eq->i < gte->i) ||
	       (eq && lte && eq->i > lte->i);
}

bool check_bound(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_INT) {
		struct node *eq = node_make(c, NODE_INT, "eq", n);

		eq->i = n->i;
		become(n, NODE_TABLE);
		node_append(n, eq);
		return true;
	}
	check_table(c, n, o->table ? o->table : TABLE_BOUND);
	if (!contradicts(n))
		return true;
	check_error(c, "config.range", n, "the bounds of '%s' contradict each other", o->name);
	return false;
}

bool check_bounds(struct check *c, const struct option *o, struct node *n)
{
	for (struct node *x = n->first; x; x = x->next) {
		if (x->type != NODE_INT && x->type != NODE_TABLE)
			return check_wrong_type(c, o, x, "an integer or { eq, gte, lte }");
		check_bound(c, o, x);
	}
	return true;
}

/* { parent = "a", child = "b" } is the pair of the two; what else it says is ignored. */
static void pair_of_table(struct check *c, const struct option *o, struct node *x)
{
	struct node *parent = node_get(x, "parent"), *child = node_get(x, "child");

	if (x->type != NODE_TABLE || !parent || !child)
		return;
	for (const struct node *y = x->first; y; y = y->next)
		if (y != parent && y != child)
			check_report(c, SEV_WARNING, "config.unknown_key", y->key_pos, y,
			        "unknown key '%s' in %s", y->key, o->name)
			        ->group = arena_printf(c->a, "unknown %s in %s", y->key, o->name);
	x->type = NODE_ARRAY;
	x->first = x->last = NULL;
	x->n_children = 0;
	parent->key = child->key = NULL;
	parent->key_len = child->key_len = 0;
	node_append(x, parent);
	node_append(x, child);
}

bool check_pairs(struct check *c, const struct option *o, struct node *n)
{
	for (struct node *x = n->first; x; x = x->next) {
		pair_of_table(c, o, x);
		bool pair = x->type == NODE_ARRAY && x->n_children == 2;

		if (!pair || x->first->type != NODE_STRING || x->last->type != NODE_STRING ||
		        !x->first->len || !x->last->len) {
			check_error(c, "config.type", x,
			        "'%s' wants pairs of two names as in [[\"a\", \"b\"]]", o->name);
			return false;
		}
	}
	return true;
}

bool check_replaces(struct check *c, const struct option *o, struct node *n)
{
	if (!check_pairs(c, o, n))
		return false;
	for (struct node *x = n->first; x; x = x->next) {
		CLEANUP(regex_free) struct regex *re = NULL;
		size_t at = 0;
		struct err e;

		re = regex_new(x->first->s, &at, &e);
		if (!re) {
			check_report(c, SEV_ERROR, "config.regex", check_offset(x->first, at), x,
			        "%s", e.msg);
			return false;
		}
	}
	return true;
}

/* A list of tables, or a table of tables whose keys are the names. */
bool check_named(struct check *c, const struct option *o, struct node *n)
{
	struct node *x, *next;
	bool map = n->type == NODE_TABLE;

	check_elements(c, o, n, "a list of tables");
	x = n->first;
	become(n, NODE_ARRAY);
	for (; x; x = next) {
		next = x->next;
		if (map && !node_get(x, "name")) {
			struct node *name = make_string(c, "name", x->key, x->key_len, x);

			name->pos = x->key_pos;
			node_append(x, name);
		}
		node_append(n, x);
		check_table(c, x, o->table);
	}
	return true;
}

bool check_matrix(struct check *c, const struct option *o, struct node *n)
{
	for (struct node *x = n->first; x && !c->matrix_read; x = x->next)
		if (x->type != NODE_ARRAY)
			return check_wrong_type(c, o, x, "a table of lists");
	return true;
}

static bool valid_artifact(const char *s)
{
	static const char *const kinds[] = { "spans", "logs", "files", "network", "metrics" };
	size_t len = strcspn(s, ":");

	if (!s[len])
		return false;
	if (!s[len + 1])
		return strncmp(s, "spans", len) == 0 && len == 5;
	len -= len && s[len - 1] == '?';
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i]) == len && strncmp(kinds[i], s, len) == 0)
			return true;
	return false;
}

bool check_collect(struct check *c, const struct option *o, struct node *n)
{
	check_strings(c, o, n, false);
	for (struct node *x = n->first; x; x = x->next) {
		if (!valid_artifact(x->s)) {
			check_error(c, "config.enum", x,
			        "'%s' is no artifact, wanted KIND:WHAT with spans, logs, files, "
			        "network or metrics",
			        x->s);
			return false;
		}
		if (strncmp(x->s, "files", 5) == 0 &&
		        !check_pattern_from(c, x, strcspn(x->s, ":") + 1))
			return false;
	}
	return true;
}

bool check_report_digest(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_TABLE)
		check_table(c, n, o->table);
	return true;
}

/* [[expect.window]], [expect.window] as one of them, or span names to tables (template.md B8). */
bool check_window(struct check *c, const struct option *o, struct node *n)
{
	bool named = n->type == NODE_TABLE && n->first;

	for (struct node *x = n->first; x && n->type == NODE_TABLE; x = x->next)
		named = named && x->type == NODE_TABLE;
	if (n->type == NODE_TABLE && !named) {
		check_table(c, n, o->table);
		return true;
	}
	for (struct node *x = n->first; x; x = x->next) {
		if (x->type != NODE_TABLE)
			return check_wrong_type(c, o, x, "a table or a list of tables");
		check_table(c, x, o->table);
	}
	return true;
}
