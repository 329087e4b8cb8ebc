/* What one value may be: a row a type. Lists and tables with forms of their own are in
 * check_forms.c. */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/glob.h"
#include "common/num.h"
#include "common/strbuf.h"
#include "common/suggest.h"
#include "daemon/config/check.h"
#include "daemon/config/config.h"
#include "daemon/core/regex.h"

enum {
	A_STR = 1,
	A_INT = 2,
	A_FLOAT = 4,
	A_BOOL = 8,
	A_TABLE = 16,
	A_ARRAY = 32,
	A_NUM = A_INT | A_FLOAT,
	A_SCALAR = A_STR | A_NUM | A_BOOL,
	A_ANY = A_SCALAR | A_TABLE | A_ARRAY,
};

#define NAME_MAX_BYTES 128
#define NS_PER_SECOND 1000000000LL
#define NS_PER_MILLI 1000000LL
#define MIB (1024ull * 1024)

static unsigned shape_of(const struct node *n)
{
	static const unsigned shapes[] = {
		[NODE_TABLE] = A_TABLE,
		[NODE_ARRAY] = A_ARRAY,
		[NODE_STRING] = A_STR,
		[NODE_INT] = A_INT,
		[NODE_FLOAT] = A_FLOAT,
		[NODE_BOOL] = A_BOOL,
		[NODE_DATETIME] = A_STR,
		[NODE_NULL] = 0,
	};

	return shapes[n->type];
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

/* The value as messages show it: never that of a secret. */
static const char *shown(struct check *c, const struct node *n)
{
	if (n->key && config_is_secret_name(n->key))
		return "(hidden)";
	if (n->type == NODE_STRING)
		return arena_printf(c->a, "%.80s", n->s);
	return n->text ? n->text : node_type_name(n);
}

bool check_wrong_type(
        struct check *c, const struct option *o, const struct node *n, const char *wants)
{
	struct diag *x;

	if (c->yaml && o->type == V_BOOL && n->type == NODE_STRING && n->plain)
		x = check_error(c, "config.type", n,
		        "expected true or false, got the string '%s' (YAML 1.1 booleans are not "
		        "read)",
		        n->s);
	else
		x = check_error(c, "config.type", n, "'%s' wants %s, found %s", o->name, wants,
		        node_type_name(n));
	x->expected = wants;
	x->found = node_type_name(n);
	return false;
}

static bool check_any(struct check *c, const struct option *o, struct node *n)
{
	(void)c, (void)o, (void)n;
	return true;
}

static bool check_as_text(struct check *c, const struct option *o, struct node *n)
{
	(void)c, (void)o;
	node_to_string(n);
	return true;
}

static bool is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static bool check_name(struct check *c, const struct option *o, struct node *n)
{
	node_to_string(n);
	if (is_blank(n->s)) {
		check_error(c, "config.empty", n, "'%s' must not be blank", o->name);
		return false;
	}
	if (n->len > NAME_MAX_BYTES || has_control(n->s) || strlen(n->s) != n->len) {
		check_error(c, "config.range", n,
		        "'%s' wants 1 to %d bytes without control characters", o->name,
		        NAME_MAX_BYTES);
		return false;
	}
	return true;
}

static bool check_int(struct check *c, const struct option *o, struct node *n)
{
	if ((o->min || o->max) && (n->i < o->min || n->i > o->max)) {
		struct diag *x = check_error(c, "config.range", n,
		        "'%s' is %" PRId64 ", wanted %" PRId64 " to %" PRId64, o->name, n->i,
		        o->min, o->max);

		x->expected = arena_printf(c->a, "%" PRId64 " to %" PRId64, o->min, o->max);
		return false;
	}
	return true;
}

static bool check_float(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_INT) {
		n->type = NODE_FLOAT;
		n->f = (double)n->i;
	}
	if (isnan(n->f) || isinf(n->f) ||
	        ((o->min || o->max) && (n->f < (double)o->min || n->f > (double)o->max))) {
		check_error(c, "config.range", n, "'%s' is %s, wanted %" PRId64 " to %" PRId64,
		        o->name, shown(c, n), o->min, o->max);
		return false;
	}
	return true;
}

/* A number counts in seconds, or in what the spelling of the key says. */
static int64_t dur_unit(const struct node *n)
{
	return n->key && ends_with(n->key, "_ms") ? NS_PER_MILLI : NS_PER_SECOND;
}

static bool bad_duration(struct check *c, const struct node *n)
{
	struct diag *x = check_error(c, "config.duration", n,
	        "'%s' is no duration (examples: 500ms, 30s, 1m30s)", shown(c, n));

	x->expected = "a duration from 1ms to 7d";
	return false;
}

static bool set_int(struct node *n, int64_t v)
{
	n->type = NODE_INT;
	n->i = v;
	return true;
}

static bool check_dur(struct check *c, const struct option *o, struct node *n)
{
	const char *text = n->type == NODE_STRING ? n->s : n->text;
	int64_t ns;
	struct err e;

	(void)o;
	/* Underscores and exponents are TOML's way to write numbers, not part of a duration. */
	if (n->type == NODE_INT)
		text = arena_printf(c->a, "%" PRId64, n->i);
	else if (n->type == NODE_FLOAT)
		text = arena_printf(c->a, "%.9f", n->f);
	if (!text || dur_parse(text, dur_unit(n), &ns, &e) < 0)
		return bad_duration(c, n);
	return set_int(n, ns);
}

static bool check_dur_none(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_STRING && strcmp(n->s, "none") == 0)
		return set_int(n, 0);
	return check_dur(c, o, n);
}

static bool check_dur_zero(struct check *c, const struct option *o, struct node *n)
{
	if (n->type == NODE_STRING ? strspn(n->s, "0smh") == n->len && n->s[0] == '0'
	                           : (n->type == NODE_INT ? n->i == 0 : n->f == 0))
		return set_int(n, 0);
	return check_dur(c, o, n);
}

static bool check_size(struct check *c, const struct option *o, struct node *n)
{
	bool mib = ends_with(o->name, "_mb");
	const char *text = n->type == NODE_STRING ? n->s : arena_printf(c->a, "%" PRId64, n->i);
	uint64_t unit = mib ? MIB : 1, v;
	struct err e;

	if (n->type == NODE_INT && n->i < 0)
		return check_int(c, o, n);
	if (size_parse(text, n->key && ends_with(n->key, "_mb") ? MIB : 1, &v, &e) < 0 ||
	        v > INT64_MAX) {
		check_error(c, "config.size", n, "'%s' is no size (examples: 64m, 1.5GiB)",
		        shown(c, n));
		return false;
	}
	if ((o->min || o->max) && (v < (uint64_t)o->min * unit || v > (uint64_t)o->max * unit)) {
		check_error(c, "config.range", n, "'%s' is %s, wanted %" PRId64 " to %" PRId64,
		        o->name, shown(c, n), o->min, o->max);
		return false;
	}
	return set_int(n, (int64_t)v);
}

static bool check_cpu(struct check *c, const struct option *o, struct node *n)
{
	double cores = n->type == NODE_INT ? (double)n->i : n->type == NODE_FLOAT ? n->f : 0;

	if (n->type == NODE_STRING) {
		char *end;

		cores = strtod(n->s, &end);
		if (end != n->s && strcmp(end, "m") == 0)
			cores /= 1000;
		else if (end == n->s || *end)
			cores = -1;
	}
	if (!(cores * 1000 >= (double)o->min && cores * 1000 <= (double)o->max)) {
		check_error(c, "config.range", n,
		        "'%s' is %s, wanted cores (examples: 0.5, \"500m\")", o->name, shown(c, n));
		return false;
	}
	return set_int(n, (int64_t)(cores * 1000 + 0.5));
}

/* Finds s in "a b|c d"; the first spelling of its group goes to out. */
static bool find_word(const char *words, const char *s, char *out, size_t size)
{
	while (*words) {
		size_t len = strcspn(words, " ");

		for (size_t at = 0; at < len;) {
			size_t part = strcspn(words + at, "| ");

			if (part == strlen(s) && strncmp(words + at, s, part) == 0) {
				snprintf(out, size, "%.*s", (int)strcspn(words, "| "), words);
				return true;
			}
			at += part + 1;
		}
		words += len + strspn(words + len, " ");
	}
	return false;
}

#define MAX_WORDS 24

/* The first spellings, for messages. */
static void list_words(struct check *c, const char *words, const char *list[MAX_WORDS + 1])
{
	size_t n = 0;

	while (*words && n < MAX_WORDS) {
		list[n++] = arena_strndup(c->a, words, strcspn(words, "| "));
		words += strcspn(words, " ");
		words += strspn(words, " ");
	}
	list[n] = NULL;
}

static bool check_enum(struct check *c, const struct option *o, struct node *n)
{
	const char *list[MAX_WORDS + 1], *near;
	AUTO_STRBUF names = STRBUF_INIT;
	char word[64];

	if (find_word(o->values, n->s, word, sizeof(word))) {
		n->s = arena_strdup(c->a, word);
		n->len = strlen(n->s);
		return true;
	}
	list_words(c, o->values, list);
	for (size_t i = 0; list[i]; i++)
		strbuf_printf(&names, "%s%s", i ? ", " : "", list[i]);

	struct diag *x = check_error(
	        c, "config.enum", n, "'%s' is '%s', one of %s", o->name, shown(c, n), names.s);

	x->expected = arena_printf(c->a, "one of %s", names.s);
	if (suggest_nearest(n->s, list, &near, 1))
		diag_help(c->d, x, "did you mean '%s'?", near);
	return false;
}

static bool check_skip(struct check *c, const struct option *o, struct node *n)
{
	(void)c, (void)o;
	if (n->type == NODE_BOOL) {
		if (!n->b)
			return false;
		n->type = NODE_STRING;
		n->s = "skip = true";
		n->len = strlen(n->s);
	}
	return true;
}

bool check_strings(struct check *c, const struct option *o, struct node *n, bool as_text)
{
	struct node *prev = NULL;

	for (struct node *x = n->first, *next; x; x = next) {
		bool scalar =
		        x->type != NODE_TABLE && x->type != NODE_ARRAY && x->type != NODE_NULL;

		next = x->next;
		if (scalar && (as_text || x->plain || x->type == NODE_DATETIME))
			node_to_string(x);
		if (x->type == NODE_STRING && strlen(x->s) == x->len) {
			prev = x;
			continue;
		}
		if (x->type == NODE_STRING)
			check_error(c, "config.type", x, "'%s' holds a NUL", o->name);
		else
			check_error(c, "config.type", x,
			        "'%s' wants a list of strings, found %s in it", o->name,
			        node_type_name(x));
		node_unlink(n, prev, x);
	}
	return true;
}

static bool check_strs(struct check *c, const struct option *o, struct node *n)
{
	return check_strings(c, o, n, false);
}

/* A lone value becomes a list of one. */
static void wrap(struct check *c, struct node *n)
{
	struct node *item = arena_memdup(c->a, n, sizeof(*n));

	item->key = NULL;
	n->type = NODE_ARRAY;
	n->first = n->last = NULL;
	n->n_children = 0;
	if (item->type == NODE_TABLE)
		for (struct node *x = item->first; x; x = x->next)
			x->parent = item;
	node_append(n, item);
}

static bool check_str_strs(struct check *c, const struct option *o, struct node *n)
{
	if (n->type != NODE_ARRAY)
		wrap(c, n);
	return check_strings(c, o, n, false);
}

static bool check_enums(struct check *c, const struct option *o, struct node *n)
{
	check_strings(c, o, n, false);
	for (struct node *x = n->first; x; x = x->next)
		if (!check_enum(c, o, x))
			return false;
	return true;
}

static bool check_regex(struct check *c, const struct option *o, struct node *n)
{
	CLEANUP(regex_free) struct regex *re = NULL;
	size_t at = 0;
	struct err e;

	if (o->flags & OPT_LOADER)
		return true;
	re = regex_new(n->s, &at, &e);
	if (!re)
		check_report(c, SEV_ERROR, "config.regex", check_offset(n, at), n, "%s", e.msg);
	return re != NULL;
}

static bool check_regexes(struct check *c, const struct option *o, struct node *n)
{
	check_str_strs(c, o, n);
	for (struct node *x = n->first; x; x = x->next)
		if (!check_regex(c, o, x))
			return false;
	return true;
}

bool check_pattern_from(struct check *c, struct node *n, size_t from)
{
	size_t open = glob_unclosed(n->s + from);

	if (open == (size_t)-1)
		return true;
	diag_help(c->d,
	        check_report(c, SEV_ERROR, "config.regex", check_offset(n, from + open), n,
	                "'[' is never closed in pattern '%s'", n->s + from),
	        "a bracket that stands for itself is written \\[");
	return false;
}

static bool check_pattern(struct check *c, const struct option *o, struct node *n)
{
	(void)o;
	return check_pattern_from(c, n, 0);
}

static bool check_patterns(struct check *c, const struct option *o, struct node *n)
{
	bool good = check_strs(c, o, n);

	for (struct node *x = n->first; good && x; x = x->next)
		good = check_pattern(c, o, x);
	return good;
}

/* Glob, or a regular expression behind "re:". */
static bool check_glob(struct check *c, const struct option *o, struct node *n)
{
	struct node tail = *n;

	if (strncmp(n->s, "re:", 3) != 0)
		return check_pattern(c, o, n);
	tail.s += 3;
	tail.len -= 3;
	return check_regex(c, o, &tail);
}

static bool check_str_map(struct check *c, const struct option *o, struct node *n)
{
	(void)o;
	for (struct node *x = n->first; x; x = x->next) {
		if (x->type == NODE_TABLE || x->type == NODE_ARRAY) {
			check_error(c, "config.type", x, "'%s' wants a string, found %s", x->key,
			        node_type_name(x));
			return false;
		}
		node_to_string(x);
	}
	return true;
}

static bool check_codes(struct check *c, const struct option *o, struct node *n)
{
	if (n->type != NODE_ARRAY)
		wrap(c, n);
	for (struct node *x = n->first; x; x = x->next) {
		if (x->type != NODE_INT)
			return check_wrong_type(c, o, x, "an integer or a list of integers");
		if (!check_int(c, o, x))
			return false;
	}
	if (!n->n_children)
		check_error(c, "config.empty", n, "'%s' must not be empty", o->name);
	return n->n_children > 0;
}

static bool check_signal(struct check *c, const struct option *o, struct node *n)
{
	const char *name = strncmp(n->s, "SIG", 3) == 0 ? n->s + 3 : n->s;

	for (int s = 1; s < 32; s++) {
		const char *abbrev = sigabbrev_np(s);

		if (abbrev && strcmp(abbrev, name) == 0)
			return set_int(n, s);
	}
	check_error(c, "config.enum", n, "'%s' is '%s', wanted a signal name such as SIGSEGV",
	        o->name, n->s);
	return false;
}

static bool check_octal(struct check *c, const struct option *o, struct node *n)
{
	char *end = NULL;
	long v;

	node_to_string(n);
	v = strtol(n->s + (strncmp(n->s, "0o", 2) == 0 ? 2 : 0), &end, 8);
	if (!n->len || *end || v < o->min || v > o->max || n->s[0] == '-' || n->s[0] == '+') {
		check_error(c, "config.range", n,
		        "'%s' is '%s', wanted octal digits such as \"%s\"", o->name, n->s,
		        o->max > 0777 ? "0644" : "022");
		return false;
	}
	return set_int(n, v);
}

static bool check_date(struct check *c, const struct option *o, struct node *n)
{
	bool day = strcmp(o->name, "until") == 0; /* may stand alone */
	int y, mo, d, h, mi, used = 0;
	bool date = sscanf(n->s, "%4d-%2d-%2d%n", &y, &mo, &d, &used) == 3 && used == 10;
	bool clock = date && n->len > 16 && strchr("Tt ", n->s[10]) &&
	             sscanf(n->s + 11, "%2d:%2d:", &h, &mi) == 2;

	if ((date && mo >= 1 && mo <= 12 && d >= 1 && d <= 31 && (clock || (n->len == 10 && day))))
		return true;
	check_error(c, "config.type", n, "'%s' is '%s', wanted %s", o->name, shown(c, n),
	        day ? "a day as in 2025-01-31" : "RFC 3339 as in 2025-01-01T00:00:00Z");
	return false;
}

static bool check_seed(struct check *c, const struct option *o, struct node *n)
{
	uint64_t v;
	struct err e;

	if (n->type == NODE_STRING && str_to_u64(n->s, 0, UINT64_MAX, &v, &e) < 0) {
		check_error(c, "config.range", n, "'%s' is '%s', wanted digits up to 2^64-1",
		        o->name, n->s);
		return false;
	}
	return true;
}

/* resource_attrs may hold the attributes themselves: they are those of must_match. */
static void wrap_attributes(struct check *c, struct node *n)
{
	char near[64];
	struct node *inner;

	for (const struct node *x = n->first; x; x = x->next)
		if (option_find(TABLE_X_MUST_MATCH, x->key) ||
		        option_close(TABLE_X_MUST_MATCH, x->key, near, sizeof(near)))
			return;
	if (!n->first)
		return;
	inner = node_make(c, NODE_TABLE, "must_match", n);
	for (struct node *x = n->first, *next; x; x = next) {
		next = x->next;
		node_append(inner, x);
	}
	n->first = n->last = NULL;
	n->n_children = 0;
	node_append(n, inner);
}

static bool check_subtable(struct check *c, const struct option *o, struct node *n)
{
	if (o->table == TABLE_X_MUST_MATCH)
		wrap_attributes(c, n);
	check_table(c, n, o->table);
	return true;
}

static bool check_tables(struct check *c, const struct option *o, struct node *n)
{
	struct node *prev = NULL;

	if (n->type == NODE_TABLE)
		wrap(c, n);
	for (struct node *x = n->first, *next; x; x = next) {
		next = x->next;
		if (x->type == NODE_TABLE) {
			check_table(c, x, o->table);
			prev = x;
			continue;
		}
		check_error(c, "config.type", x, "'%s' wants a list of tables, found %s in it",
		        o->name, node_type_name(x));
		node_unlink(n, prev, x);
	}
	return true;
}

static bool check_map(struct check *c, const struct option *o, struct node *n)
{
	struct node *prev = NULL;

	for (struct node *x = n->first, *next; x; x = next) {
		next = x->next;
		if (x->type == NODE_TABLE) {
			check_table(c, x, o->table);
			prev = x;
			continue;
		}
		check_error(c, "config.type", x, "'%s.%s' wants a table, found %s", o->name, x->key,
		        node_type_name(x));
		node_unlink(n, prev, x);
	}
	return true;
}

static const struct value_type_info {
	unsigned accepts;
	const char *wants;
	check_fn *check;
} value_types[V_COUNT] = {
	[V_STR] = { A_STR, "a string", check_as_text },
	[V_NAME] = { A_STR, "a string", check_name },
	[V_TEXT] = { A_SCALAR, "a string", check_as_text },
	[V_BOOL] = { A_BOOL, "true or false", check_any },
	[V_INT] = { A_INT, "an integer", check_int },
	[V_FLOAT] = { A_NUM, "a number", check_float },
	[V_DUR] = { A_STR | A_NUM, "a duration", check_dur },
	[V_DUR_NONE] = { A_STR | A_NUM, "a duration", check_dur_none },
	[V_DUR_ZERO] = { A_STR | A_NUM, "a duration or 0", check_dur_zero },
	[V_SIZE] = { A_STR | A_INT, "a size", check_size },
	[V_CPU] = { A_STR | A_NUM, "a number of cores", check_cpu },
	[V_ENUM] = { A_STR, "a string", check_enum },
	[V_BOOL_STR] = { A_BOOL | A_STR, "true, false or a string", check_any },
	[V_SKIP] = { A_BOOL | A_STR, "true, false or a reason", check_skip },
	[V_STRS] = { A_ARRAY, "a list of strings", check_strs },
	[V_STR_STRS] = { A_ARRAY | A_STR, "a string or a list of strings", check_str_strs },
	[V_ENUMS] = { A_ARRAY, "a list of strings", check_enums },
	[V_REGEX] = { A_STR, "a regular expression", check_regex },
	[V_REGEXES] = { A_ARRAY | A_STR, "a regular expression or a list of them", check_regexes },
	[V_GLOB] = { A_STR, "a string", check_glob },
	[V_PATTERN] = { A_STR, "a string", check_pattern },
	[V_PATTERNS] = { A_ARRAY, "a list of strings", check_patterns },
	[V_ENV] = { A_TABLE | A_ARRAY, "a table or a list of NAME=value", check_env },
	[V_STR_MAP] = { A_TABLE, "a table of strings", check_str_map },
	[V_ARGV] = { A_ARRAY | A_STR, "a list of strings or a command string", check_argv },
	[V_COMMAND] = { A_STR | A_ARRAY, "a command string", check_command },
	[V_HEALTH] = { A_TABLE | A_ARRAY | A_STR, "a table, a command or a string", check_health },
	[V_STDIN] = { A_STR | A_TABLE, "a string or a table", check_stdin },
	[V_CODES] = { A_INT | A_ARRAY, "an integer or a list of integers", check_codes },
	[V_SIGNAL] = { A_STR, "a signal name", check_signal },
	[V_OCTAL] = { A_STR | A_INT, "octal digits in a string", check_octal },
	[V_PORTS] = { A_ARRAY, "a list of integers or strings", check_ports },
	[V_NETWORK] = { A_STR | A_TABLE, "a string or a table", check_network },
	[V_VOLUMES] = { A_ARRAY, "a list of strings or tables", check_volumes },
	[V_FILES] = { A_ARRAY | A_TABLE, "a list of tables or a table of strings", check_files },
	[V_CHECK] = { A_STR | A_TABLE, "a string or a table", check_text_check },
	[V_CAPTURES] = { A_TABLE, "a table", check_captures },
	[V_WAIT] = { A_STR | A_TABLE | A_ARRAY, "a string, a table or a list", check_wait },
	[V_ATTRS] = { A_TABLE, "a table", check_attrs },
	[V_ATTRS_LIST] = { A_TABLE | A_ARRAY, "a table or a list of \"name=value\"",
	        check_attrs_list },
	[V_OPERAND] = { A_SCALAR | A_TABLE, "a value or operators", check_operand },
	[V_OPERANDS] = { A_TABLE, "a table", check_operands },
	[V_BOUND] = { A_INT | A_TABLE, "an integer or { eq, gte, lte }", check_bound },
	[V_BOUNDS] = { A_TABLE, "a table of bounds", check_bounds },
	[V_PAIRS] = { A_ARRAY, "a list of pairs of strings", check_pairs },
	[V_REPLACES] = { A_ARRAY, "a list of [regex, replacement]", check_replaces },
	[V_SCALAR] = { A_SCALAR, "a string, number or bool", check_any },
	[V_SCALARS] = { A_ARRAY, "a list", check_any },
	[V_MATRIX] = { A_TABLE, "a table of lists", check_matrix },
	[V_ASSERTIONS] = { A_TABLE | A_ARRAY, "a table or a list of tables", check_assertions },
	[V_DATE] = { A_STR, "a date and time", check_date },
	[V_SEED] = { A_STR | A_INT, "an integer", check_seed },
	[V_REPORT_DIGEST] = { A_STR | A_TABLE, "a path", check_report_digest },
	[V_COLLECT] = { A_ARRAY, "a list of strings", check_collect },
	[V_WINDOW] = { A_TABLE | A_ARRAY, "a table or a list of tables", check_window },
	[V_TABLE] = { A_TABLE, "a table", check_subtable },
	[V_TABLES] = { A_ARRAY, "a list of tables", check_tables },
	[V_TABLE_TABLES] = { A_ARRAY | A_TABLE, "a table or a list of tables", check_tables },
	[V_MAP] = { A_TABLE, "a table of tables", check_map },
	[V_NAMED] = { A_ARRAY | A_TABLE, "a list of tables", check_named },
	[V_FREE] = { A_ANY, "anything", check_any },
	[V_FREE_TABLE] = { A_TABLE, "a table", check_any },
};

/* Text wins over guessing (config.md 6): where only text is wanted, a plain scalar is what it
 * looks like in the file. */
static void prefer_text(struct node *n, unsigned accepts)
{
	bool scalar = n->type == NODE_INT || n->type == NODE_FLOAT || n->type == NODE_BOOL;

	if (n->type == NODE_DATETIME && accepts & A_STR)
		node_to_string(n);
	else if (scalar && n->plain && accepts & A_STR && !(accepts & shape_of(n)))
		node_to_string(n);
}

bool check_value(struct check *c, const struct option *o, struct node *n)
{
	const struct value_type_info *t = &value_types[o->type];

	prefer_text(n, t->accepts);
	if (!(t->accepts & shape_of(n))) {
		check_wrong_type(c, o, n, t->wants);
		return false;
	}
	if (n->type == NODE_STRING && strlen(n->s) != n->len && o->type != V_STDIN &&
	        o->type != V_CHECK) {
		check_error(c, "config.type", n, "'%s' holds a NUL", o->name);
		return false;
	}
	return t->check(c, o, n);
}
