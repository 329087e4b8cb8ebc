/* options-man test|project: the keys that this build has, as roff, from the option table. It is how
 * clnrm.toml(5) comes to its lists.
 * options-man keys: every key that can be reached, a line each, for the tests that hold the table
 * to its word: file, table, key, other spellings, what it is and the feature it needs.
 * options-man causes: what results and rendered texts may depend on, for the tests that change all
 * of it: name, and what depends on it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/config/options.h"
#include "daemon/model/cause.h"

/* What a reader is told of a type; NULL = nothing. */
static const char *const types[V_COUNT] = {
	[V_STR] = "string",
	[V_NAME] = "name",
	[V_TEXT] = "text",
	[V_BOOL] = "true or false",
	[V_INT] = "integer",
	[V_FLOAT] = "number",
	[V_DUR] = "duration",
	[V_DUR_NONE] = "duration or \"none\"",
	[V_DUR_ZERO] = "duration",
	[V_SIZE] = "size",
	[V_CPU] = "processors",
	[V_BOOL_STR] = "true, false or string",
	[V_SKIP] = "true or a reason",
	[V_STRS] = "list of strings",
	[V_STR_STRS] = "string or list of strings",
	[V_REGEX] = "regular expression",
	[V_REGEXES] = "list of regular expressions",
	[V_GLOB] = "pattern",
	[V_PATTERN] = "pattern",
	[V_PATTERNS] = "list of patterns",
	[V_ENV] = "table of strings",
	[V_STR_MAP] = "table of strings",
	[V_ARGV] = "list of words",
	[V_COMMAND] = "command line, split into words",
	[V_STDIN] = "string or table",
	[V_CODES] = "exit code, list or range",
	[V_SIGNAL] = "name or number of a signal",
	[V_OCTAL] = "mode, as \"0755\"",
	[V_NETWORK] = "word or table",
	[V_VOLUMES] = "list",
	[V_FILES] = "table or list",
	[V_CHECK] = "string or table",
	[V_CAPTURES] = "table",
	[V_TABLE] = "table",
	[V_TABLES] = "list of tables",
	[V_TABLE_TABLES] = "table or list of tables",
	[V_MAP] = "table of tables",
	[V_NAMED] = "list or table of tables",
};

static void roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '-')
			putchar('\\');
		fputs(*text == '\\' ? "\\e" : (char[]){ *text, 0 }, stdout);
	}
}

static bool is_built(const struct option *o)
{
	return o->needs == FEATURE_NONE && o->type < V_IGNORED && !(o->flags & OPT_NO_EFFECT);
}

static bool is_duration(enum value_type t)
{
	return t == V_DUR || t == V_DUR_NONE || t == V_DUR_ZERO;
}

static void put_number(const struct option *o, int64_t n)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = { { 3600000000000, "h" }, { 1000000000, "s" }, { 1000000, "ms" } };
	size_t i = 0;

	if (!is_duration(o->type)) {
		printf("%" PRId64, n);
		return;
	}
	while (i + 1 < ARRAY_LEN(units) && (n < units[i].ns || n % units[i].ns))
		i++;
	printf("%" PRId64 "%s", n / units[i].ns, units[i].unit);
}

static void put_bounds(const struct option *o)
{
	if (!o->min && !o->max)
		return;
	fputs(", ", stdout);
	put_number(o, o->min);
	fputs(" to ", stdout);
	put_number(o, o->max);
}

/* "strict standard|default" -> "strict, standard (default)": what stands after a bar is the same.
 */
static void put_words(const char *words)
{
	for (const char *p = words; *p; p++) {
		if (*p == ' ')
			fputs(", ", stdout);
		else if (*p == '|')
			fputs(" = ", stdout);
		else
			putchar(*p);
	}
}

static void put_option(const struct option *o)
{
	fputs(".TP\n.B ", stdout);
	roff(o->name);
	putchar('\n');
	roff(o->help ? o->help : "");
	if (o->values) {
		fputs("; one of: ", stdout);
		put_words(o->values);
	} else if (types[o->type]) {
		printf(" (%s", types[o->type]);
		put_bounds(o);
		putchar(')');
	}
	if (o->dflt) {
		fputs(". Default: ", stdout);
		roff(o->dflt);
	}
	puts(".");
	if (o->also)
		printf("Also written: %s.\n", o->also);
}

/* The keys that need what this build does not have, so that nobody looks for them in vain. */
static void put_missing(enum table_kind kind)
{
	const struct option *o;
	bool any = false;

	for (size_t at = 0; (o = option_next(kind, &at));) {
		if (o->type >= V_IGNORED || o->needs == FEATURE_NONE)
			continue;
		fputs(any ? ", " : ".PP\nNot in this build: ", stdout);
		roff(o->name);
		printf(" (%s)", feature_names[o->needs]);
		any = true;
	}
	if (any)
		puts(".");
}

static void put_table(enum table_kind kind)
{
	const struct option *o;

	fputs(".SS \"", stdout);
	roff(table_info(kind)->title);
	puts("\"");
	for (size_t at = 0; (o = option_next(kind, &at));) {
		if (is_built(o))
			put_option(o);
	}
	put_missing(kind);
}

/* Every table that can be reached from kind through keys that are built, each once. */
static void put_tables(enum table_kind kind, bool *seen)
{
	const struct option *o;

	if (seen[kind])
		return;
	seen[kind] = true;
	put_table(kind);
	for (size_t at = 0; (o = option_next(kind, &at));) {
		if (is_built(o) && o->table != TABLE_NONE)
			put_tables(o->table, seen);
	}
}

/* ---- for tests ---- */

/* What every key of a table needs because the way to the table does. */
struct way {
	enum feature needs;
	bool by_use;
};

/* A table whose keys all need something is not built either. */
static enum feature needs_inside(const struct option *o)
{
	const struct option *x;
	enum feature needs = FEATURE_NONE;

	if (o->type != V_TABLE)
		return FEATURE_NONE;
	for (size_t at = 0; (x = option_next(o->table, &at));) {
		if (x->type < V_IGNORED && !(x->flags & (OPT_NO_EFFECT | OPT_NOTE)) &&
		        (needs = x->needs) == FEATURE_NONE)
			return FEATURE_NONE;
	}
	return needs;
}

static struct way way_through(struct way outer, const struct option *o)
{
	if (outer.needs != FEATURE_NONE)
		return outer;
	if (o->needs == FEATURE_NONE)
		return (struct way){ needs_inside(o), false };
	return (struct way){ o->needs, (o->flags & OPT_BY_USE) != 0 };
}

static const char *class_of(struct way way, const struct option *o)
{
	if (o->type == V_IGNORED || o->flags & OPT_NO_EFFECT)
		return "ignored";
	if (o->type == V_UNCHECKED)
		return "unchecked";
	if (o->type == V_UNSUPPORTED)
		return "unsupported";
	if (way.needs != FEATURE_NONE)
		return "inside";
	if (o->needs != FEATURE_NONE)
		return o->flags & OPT_BY_USE ? "by-use" : "needs";
	if (needs_inside(o) != FEATURE_NONE)
		return "inside";
	return o->flags & OPT_NOTE ? "note" : "built";
}

static void put_key(const char *file, enum table_kind kind, struct way way, const struct option *o)
{
	enum feature needs = way_through(way, o).needs;

	printf("%s\t%s\t%s\t%s\t%s\t%s\n", file, table_info(kind)->title, o->name,
	        o->also ? o->also : "", class_of(way, o),
	        needs == FEATURE_NONE ? "" : feature_names[needs]);
}

/* All tables below kind; a table that several keys lead to is what it is through the one that needs
 * least, so those of later features come in a second walk. */
static void put_keys(const char *file, enum table_kind kind, struct way way, bool *seen)
{
	const struct option *o;

	if (seen[kind])
		return;
	seen[kind] = true;
	/* Of two rows with one name the first counts. */
	for (size_t at = 0; (o = option_next(kind, &at));)
		if (option_find(kind, o->name) == o)
			put_key(file, kind, way, o);
	for (size_t at = 0; (o = option_next(kind, &at));)
		if (o->table != TABLE_NONE && o->needs == FEATURE_NONE)
			put_keys(file, o->table, way, seen);
}

static void put_later_keys(
        const char *file, enum table_kind kind, struct way way, bool *seen, bool *walked)
{
	const struct option *o;

	if (walked[kind])
		return;
	walked[kind] = true;
	for (size_t at = 0; (o = option_next(kind, &at));) {
		if (o->table == TABLE_NONE)
			continue;
		put_keys(file, o->table, way_through(way, o), seen);
		put_later_keys(file, o->table, way_through(way, o), seen, walked);
	}
}

static void put_all_keys(const char *file, enum table_kind kind)
{
	bool seen[TABLE_COUNT] = { false }, walked[TABLE_COUNT] = { false };
	const struct way none = { FEATURE_NONE, false };

	put_keys(file, kind, none, seen);
	put_later_keys(file, kind, none, seen, walked);
}

static void put_causes(void)
{
	for (unsigned i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
		printf("%s\t%s\t%s\n", cause_rows[i].name, cause_rows[i].in_key ? "result" : "",
		        cause_rows[i].in_text ? "text" : "");
}

int main(int argc, char **argv)
{
	bool seen[TABLE_COUNT] = { false };
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "test") == 0) {
		put_tables(TABLE_ROOT, seen);
	} else if (strcmp(what, "project") == 0) {
		put_tables(TABLE_PROJECT_ROOT, seen);
	} else if (strcmp(what, "keys") == 0) {
		put_all_keys("test", TABLE_ROOT);
		put_all_keys("project", TABLE_PROJECT_ROOT);
	} else if (strcmp(what, "causes") == 0) {
		put_causes();
	} else {
		fputs("usage: options-man test|project|keys|causes\n", stderr);
		return 2;
	}
	return fflush(stdout) == 0 ? 0 : 5;
}
