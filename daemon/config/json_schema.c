/* The option table as JSON Schema 2020-12, for editors: each table that can be reached is one of
 * $defs, each key a property, each type a form. What only functions know (references between
 * names, regular expressions, files of this machine) is left to `clnrm validate`. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "common/json.h"
#include "daemon/config/config.h"
#include "daemon/config/options.h"

/* What the text of a form may hold: '@' and a letter stand for
 *	@T  a reference to the table of the option
 *	@M  a reference to its key mode
 *	@B  bounds of the option, each after a comma
 *	@W  the words of the option
 *	@O  the names of all operators */
struct form {
	const char *json;
	enum table_kind implies; /* a table that json refers to by itself */
	bool takes_tag;          /* a template in a string is fine as it is */
};

#define REF(name) "{\"$ref\":\"#/$defs/" name "\"}"
#define STRING "{\"type\":\"string\"}"
#define STRINGS "{\"type\":\"array\",\"items\":" STRING "}"
#define SCALAR "{\"type\":[\"string\",\"number\",\"boolean\"]}"
#define SCALARS "{\"type\":\"array\",\"items\":" SCALAR "}"
#define WORDS "{\"type\":\"array\",\"minItems\":1,\"items\":" SCALAR "}"
#define MAP_OF(x) "{\"type\":\"object\",\"additionalProperties\":" x "}"
#define LIST_OF(x) "{\"type\":\"array\",\"items\":" x "}"
#define ANY(a, b) "{\"anyOf\":[" a "," b "]}"
#define ANY3(a, b, c) ANY(a, b "," c)
#define ANY4(a, b, c, d) ANY3(a, b, c "," d)
#define PATTERN(p) "{\"type\":\"string\",\"pattern\":\"" p "\"}"
#define TAG "\\\\{[{%#]"
#define PAIR                                                                                \
	"{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{\"type\":\"string\"," \
	"\"minLength\":1}}"
#define DURATION                                                                                   \
	"^([0-9]+(\\\\.[0-9]+)?(us|ms|s|m|h|d|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?))+$" \
	"|^["                                                                                      \
	"0-9]+(\\\\.[0-9]+)?$"
#define OPERAND ANY3(SCALAR, "{\"type\":\"array\"}", REF("operators"))

/* Keys of an element of [[assertions]]. */
#define OF_LIST "^(type|max_duration_ms|max_memory_mb)"

/* clang-format off */
static const struct form forms[V_COUNT] = {
	[V_STR] = { .json = STRING, .takes_tag = true },
	[V_NAME] = { .json = "{\"type\":\"string\",\"maxLength\":128,\"pattern\":\"\\\\S\"}", .takes_tag = true },
	[V_TEXT] = { .json = SCALAR, .takes_tag = true },
	[V_BOOL] = { .json = "{\"type\":\"boolean\"}" },
	[V_INT] = { .json = "{\"type\":\"integer\"@B}" },
	[V_FLOAT] = { .json = "{\"type\":\"number\"@B}" },
	[V_DUR] = { .json = ANY("{\"type\":\"number\",\"exclusiveMinimum\":0}", PATTERN(DURATION)) },
	[V_DUR_NONE] = { .json = ANY3("{\"const\":\"none\"}", "{\"type\":\"number\",\"exclusiveMinimum\":0}", PATTERN(DURATION)) },
	[V_DUR_ZERO] = { .json = ANY("{\"type\":\"number\",\"minimum\":0}", PATTERN(DURATION)) },
	[V_SIZE] = { .json = ANY("{\"type\":\"integer\",\"minimum\":0@B}", PATTERN("^[0-9]+(\\\\.[0-9]+)?([bB]|[kKmMgGtT]([iI]?[bB])?)?$")) },
	[V_CPU] = { .json = ANY("{\"type\":\"number\",\"exclusiveMinimum\":0}", PATTERN("^[0-9]*\\\\.?[0-9]+m?$")) },
	[V_ENUM] = { .json = "{\"enum\":[@W]}" },
	[V_BOOL_STR] = { .json = "{\"type\":[\"boolean\",\"string\"]}", .takes_tag = true },
	[V_SKIP] = { .json = "{\"type\":[\"boolean\",\"string\"]}", .takes_tag = true },
	[V_STRS] = { .json = STRINGS },
	[V_STR_STRS] = { .json = ANY(STRING, STRINGS), .takes_tag = true },
	[V_ENUMS] = { .json = LIST_OF("{\"enum\":[@W]}") },
	[V_REGEX] = { .json = STRING, .takes_tag = true },
	[V_REGEXES] = { .json = ANY(STRING, STRINGS), .takes_tag = true },
	[V_GLOB] = { .json = STRING, .takes_tag = true },
	[V_PATTERN] = { .json = STRING, .takes_tag = true },
	[V_PATTERNS] = { .json = STRINGS, .takes_tag = true },
	[V_ENV] = { .json = ANY("{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]*$\"},"
	                "\"additionalProperties\":{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}}",
	                STRINGS) },
	[V_STR_MAP] = { .json = MAP_OF(SCALAR) },
	[V_ARGV] = { .json = ANY("{\"type\":\"string\",\"pattern\":\"\\\\S\"}", WORDS), .takes_tag = true },
	[V_COMMAND] = { .json = ANY("{\"type\":\"string\",\"pattern\":\"\\\\S\"}", WORDS), .takes_tag = true },
	[V_HEALTH] = { .json = ANY3(STRING, SCALARS, "@T"), .takes_tag = true },
	[V_STDIN] = { .json = ANY(STRING, "@T"), .takes_tag = true },
	[V_CODES] = { .json = ANY("{\"type\":\"integer\"@B}", "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"integer\"@B}}") },
	[V_SIGNAL] = { .json = PATTERN("^(SIG)?[A-Z0-9]+$") },
	[V_OCTAL] = { .json = ANY("{\"type\":\"integer\",\"minimum\":0}", PATTERN("^(0o)?[0-7]+$")) },
	[V_PORTS] = { .json = LIST_OF(ANY("{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535}",
	                          PATTERN("^([^/]*:)?[0-9]{1,5}(/(tcp|udp))?$|" TAG))) },
	[V_NETWORK] = { .json = ANY("@M", "@T") },
	[V_VOLUMES] = { .json = "{\"type\":\"array\",\"maxItems\":16,\"items\":"
	                        ANY(PATTERN("^[^:]+:[^:]+(:(ro|rw|cow))?$|" TAG), "@T") "}" },
	[V_FILES] = { .json = ANY("{\"type\":\"object\",\"not\":{\"required\":[\"path\"]},\"additionalProperties\":" STRING "}",
	                          LIST_OF("@T")) },
	[V_CHECK] = { .json = ANY(STRING, "@T"), .takes_tag = true },
	[V_CAPTURES] = { .json = "{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]{0,63}$\"},"
	                "\"additionalProperties\":" ANY(STRING, "@T") "}" },
	[V_WAIT] = { .json = REF("waits"), .implies = TABLE_WAIT },
	[V_ATTRS] = { .json = REF("attributes"), .implies = TABLE_OPERATORS },
	[V_ATTRS_LIST] = { .json = ANY(REF("attributes"), LIST_OF(PATTERN("="))), .implies = TABLE_OPERATORS },
	[V_OPERAND] = { .json = OPERAND, .implies = TABLE_OPERATORS },
	[V_OPERANDS] = { .json = MAP_OF(OPERAND), .implies = TABLE_OPERATORS },
	[V_BOUND] = { .json = ANY("{\"type\":\"integer\"}", "@T"), .implies = TABLE_BOUND },
	[V_BOUNDS] = { .json = MAP_OF(ANY("{\"type\":\"integer\"}", "@T")), .implies = TABLE_BOUND },
	[V_PAIRS] = { .json = LIST_OF(ANY(PAIR, "{\"type\":\"object\",\"required\":[\"parent\",\"child\"]}")) },
	[V_REPLACES] = { .json = LIST_OF("{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":" STRING "}") },
	[V_SCALAR] = { .json = SCALAR, .takes_tag = true },
	[V_SCALARS] = { .json = "{\"type\":\"array\"}" },
	[V_MATRIX] = { .json = MAP_OF("{\"type\":\"array\"}") },
	[V_ASSERTIONS] = { .json = ANY("{\"allOf\":[@T],\"minProperties\":1,\"propertyNames\":{\"not\":{\"pattern\":\"" OF_LIST "$\"}}}",
	                             "{\"type\":\"array\",\"minItems\":1,\"items\":{\"allOf\":[@T],\"required\":[\"type\"],"
	                             "\"propertyNames\":{\"pattern\":\"" OF_LIST "$|^description$|^x[-_]\"}}}") },
	[V_DATE] = { .json = PATTERN("^[0-9]{4}-[0-9]{2}-[0-9]{2}") },
	[V_SEED] = { .json = ANY("{\"type\":\"integer\"}", PATTERN("^[0-9]+$")) },
	[V_REPORT_DIGEST] = { .json = ANY(STRING, "@T"), .takes_tag = true },
	[V_WINDOW] = { .json = ANY3("@T", LIST_OF("@T"), "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":@T}") },
	[V_COLLECT] = { .json = LIST_OF(PATTERN("^(spans|logs|files|network|metrics)\\\\??:.|^spans:$|" TAG)) },
	[V_TABLE] = { .json = "@T" },
	[V_TABLES] = { .json = LIST_OF("@T") },
	[V_TABLE_TABLES] = { .json = ANY("@T", LIST_OF("@T")) },
	[V_MAP] = { .json = MAP_OF("@T") },
	[V_NAMED] = { .json = ANY("{\"type\":\"array\",\"items\":{\"allOf\":[@T],\"required\":[\"name\"]}}", MAP_OF("@T")) },
	[V_FREE] = { .json = "true", .takes_tag = true },
	[V_FREE_TABLE] = { .json = "{\"type\":\"object\"}" },
	[V_IGNORED] = { .json = "true", .takes_tag = true },
	[V_UNCHECKED] = { .json = "true", .takes_tag = true },
	[V_UNSUPPORTED] = { .json = "{\"not\":{}}", .takes_tag = true },
};

/* What several forms refer to; each belongs to a table and is there when that is. */
static const struct {
	const char *name;
	enum table_kind with;
	const char *json;
} shared[] = {
	{ "waits", TABLE_WAIT, ANY4("{\"enum\":[\"healthy\",\"started\"]}", REF("wait_for"), LIST_OF(REF("waits")), REF("tag")) },
	{ "attributes", TABLE_OPERATORS,
	  "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[" SCALAR ",{\"type\":\"array\"},"
	  "{\"type\":\"object\",\"if\":{\"minProperties\":1,\"propertyNames\":{\"enum\":[@O]}},"
	  "\"then\":" REF("operators") ",\"else\":" REF("attributes") "}]}}" },
};

/* What a table needs as a whole. */
enum rule_kind { RULE_SOME, RULE_AT_MOST_ONE };
static const struct {
	enum table_kind table;
	enum rule_kind kind;
	const char *keys[7];
} rules[] = {
	{ TABLE_ROOT, RULE_SOME, { "steps", "step", "scenario", "scenarios" } },
	{ TABLE_SCENARIO, RULE_SOME, { "run", "command", "script", "steps", "step", "service" } },
	{ TABLE_SCENARIO, RULE_AT_MOST_ONE, { "run", "command", "script" } },
	{ TABLE_STEP, RULE_SOME, { "run", "command", "script", "chaos" } },
	{ TABLE_STEP, RULE_AT_MOST_ONE, { "run", "command", "script" } },
	{ TABLE_STDIN, RULE_SOME, { "file", "base64" } },
	{ TABLE_STDIN, RULE_AT_MOST_ONE, { "file", "base64" } },
	{ TABLE_CAPTURE, RULE_SOME, { "regex", "json" } },
	{ TABLE_FILE, RULE_SOME, { "content", "base64", "source" } },
	{ TABLE_FILE, RULE_AT_MOST_ONE, { "content", "base64", "source" } },
};
/* clang-format on */

/* [meta], [test] and [test.metadata] are one table: one of them holds the name. */
static const char named[] =
        ANY3("{\"properties\":{\"meta\":{\"required\":[\"name\"]}},\"required\":[\"meta\"]}",
                "{\"properties\":{\"test\":{\"required\":[\"name\"]}},\"required\":[\"test\"]}",
                "{\"properties\":{\"test\":{\"properties\":{\"metadata\":{\"required\":[\"name\"]}}"
                ",\"required\":[\"metadata\"]}},\"required\":[\"test\"]}");

struct writer {
	struct json j;
	bool strict;
	bool reached[TABLE_COUNT];
};

/* ---- which tables ---- */

static void reach(struct writer *w, enum table_kind kind)
{
	const struct option *o;

	if (kind == TABLE_NONE || w->reached[kind])
		return;
	w->reached[kind] = true;
	for (size_t at = 0; (o = option_next(kind, &at));) {
		reach(w, o->table);
		reach(w, forms[o->type].implies);
	}
}

/* "[[expect.span]]" -> "expect.span", "a text check" -> "a-text-check" */
static void table_name(enum table_kind kind, struct strbuf *out)
{
	for (const char *p = table_info(kind)->title; *p; p++) {
		if (isalnum((unsigned char)*p) || *p == '.' || *p == '_')
			strbuf_addc(out, *p);
		else if (*p == ' ')
			strbuf_addc(out, '-');
	}
}

/* ---- forms ---- */

static void add_ref(struct strbuf *out, enum table_kind kind, const char *below)
{
	strbuf_adds(out, "{\"$ref\":\"#/$defs/");
	table_name(kind, out);
	strbuf_printf(out, "%s\"}", below);
}

static void add_bounds(struct strbuf *out, const struct option *o)
{
	if (o->min || o->max)
		strbuf_printf(out, ",\"minimum\":%lld,\"maximum\":%lld", (long long)o->min,
		        (long long)o->max);
}

/* "a b|c" -> "a","b","c": every spelling. */
static void add_words(struct strbuf *out, const char *words)
{
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, " |");

		if (p != words)
			strbuf_addc(out, ',');
		json_quote(out, p, n);
		p += n;
		p += strspn(p, " |");
	}
}

static void add_names(struct strbuf *out, enum table_kind kind)
{
	const struct option *o;
	bool first = true;

	for (size_t at = 0; (o = option_next(kind, &at)); first = false) {
		AUTO_STRBUF names = STRBUF_INIT;

		strbuf_printf(
		        &names, "%s%s%s", o->name, o->also ? " " : "", o->also ? o->also : "");
		if (!first)
			strbuf_addc(out, ',');
		add_words(out, names.s);
	}
}

static void expand(const char *form, const struct option *o, struct strbuf *out)
{
	enum table_kind table = o && o->table ? o->table : o ? forms[o->type].implies : TABLE_NONE;

	for (const char *p = form; *p; p++) {
		if (*p != '@') {
			strbuf_addc(out, *p);
			continue;
		}
		assert(o || p[1] == 'O'); /* what is shared is of no option */
		switch (*++p) {
		case 'T':
			add_ref(out, table, "");
			break;
		case 'M':
			add_ref(out, table, "/properties/mode");
			break;
		case 'B':
			add_bounds(out, o);
			break;
		case 'W':
			add_words(out, o->values);
			break;
		default:
			add_names(out, TABLE_OPERATORS);
			break;
		}
	}
}

/* ---- keys ---- */

/* Without effect: under --strict the check refuses it. */
static bool is_idle(const struct option *o)
{
	return o->type == V_IGNORED || o->type == V_UNCHECKED;
}

static void describe(struct json *j, const struct option *o, const char *alias)
{
	AUTO_STRBUF text = STRBUF_INIT;

	if (alias)
		strbuf_printf(&text, "older or other spelling of '%s'", o->name);
	else if (o->type == V_UNCHECKED)
		strbuf_adds(&text, "declared, but nothing checks it");
	else
		strbuf_printf(&text, "%s%s", is_idle(o) ? "no effect: " : "",
		        o->help ? o->help : "not supported");
	if (o->needs != FEATURE_NONE)
		strbuf_printf(&text, " (needs %s, which this build does not have)",
		        feature_names[o->needs]);
	json_str(j, "description", text.s);
	if (alias || is_idle(o))
		json_bool(j, "deprecated", true);
}

/* The default where the table has it as a value: bare words ("300s") are strings. */
static void add_default(struct json *j, const struct option *o)
{
	const char *d = o->dflt;

	if (!d || strchr(d, ' '))
		return;
	if (d[0] == '"' || d[0] == '[' || d[0] == '{' || strcmp(d, "true") == 0 ||
	        strcmp(d, "false") == 0 ||
	        (isdigit((unsigned char)*d) && !d[strspn(d, "0123456789.")]))
		json_raw(j, "default", d, strlen(d));
	else
		json_str(j, "default", d);
}

static const char *form_of(const struct option *o)
{
	if (o->type == V_ARGV && option_may_be_empty(o))
		return ANY(STRING, SCALARS);
	/* Without must_match its keys are attributes. */
	if (o->table == TABLE_X_MUST_MATCH)
		return ANY("@T", REF("attributes"));
	return forms[o->type].json;
}

static void property(struct writer *w, const struct option *o, const char *name, bool alias)
{
	const struct form *f = &forms[o->type];
	AUTO_STRBUF form = STRBUF_INIT;

	expand(w->strict && is_idle(o) ? "{\"not\":{}}" : form_of(o), o, &form);
	json_obj(&w->j, name);
	describe(&w->j, o, alias ? name : NULL);
	if (!alias)
		add_default(&w->j, o);
	json_arr(&w->j, f->takes_tag ? "allOf" : "anyOf");
	json_raw(&w->j, NULL, form.s, form.len);
	if (!f->takes_tag)
		json_raw(&w->j, NULL, REF("tag"), strlen(REF("tag")));
	json_end(&w->j);
	json_end(&w->j);
}

static void properties(struct writer *w, enum table_kind kind)
{
	const struct option *o;

	json_obj(&w->j, "properties");
	for (size_t at = 0; (o = option_next(kind, &at));) {
		/* The first of two sets that have a key counts. */
		if (option_find(kind, o->name) != o)
			continue;
		property(w, o, o->name, false);
		for (const char *p = o->also; p && *p; p += strspn(p, " ")) {
			AUTO_STR name = xstrndup(p, strcspn(p, " "));

			p += strlen(name);
			if (option_find(kind, name) == o)
				property(w, o, name, true);
		}
	}
	json_end(&w->j);
}

/* Free keys, and YAML's dotted ones (config.md 6). */
static void free_keys(struct writer *w, enum table_kind kind)
{
	AUTO_STRBUF tables = STRBUF_INIT;
	const struct option *o;

	for (size_t at = 0; (o = option_next(kind, &at));)
		if (o->type == V_TABLE || o->type == V_TABLE_TABLES)
			strbuf_printf(&tables, "%s%s", tables.len ? "|" : "^(", o->name);
	json_obj(&w->j, "patternProperties");
	json_bool(&w->j, "^x[-_]", true);
	if (tables.len) {
		strbuf_adds(&tables, ")\\..");
		json_bool(&w->j, tables.s, true);
	}
	json_end(&w->j);
}

/* What is not known: an error where keys decide, else only what looks like a check. */
static void unknown_keys(struct writer *w, enum table_kind kind)
{
	AUTO_STRBUF names = STRBUF_INIT;

	if (table_info(kind)->strict || w->strict) {
		json_bool(&w->j, "additionalProperties", false);
		return;
	}
	if (kind == TABLE_ASSERTIONS)
		return; /* any other name is declared, and not checked */
	strbuf_adds(&names, "{\"anyOf\":[{\"enum\":[");
	add_names(&names, kind);
	strbuf_adds(&names, "]},{\"not\":{\"pattern\":\"^(expect|assert)\"}}]}");
	json_raw(&w->j, "propertyNames", names.s, names.len);
}

/* ---- tables ---- */

static void required(struct json *j, const char *a, const char *b)
{
	json_obj(j, NULL);
	json_arr(j, "required");
	json_str(j, NULL, a);
	if (b)
		json_str(j, NULL, b);
	json_end(j);
	json_end(j);
}

static void some_of(struct json *j, const char *const *keys)
{
	json_obj(j, NULL);
	json_arr(j, "anyOf");
	for (; *keys; keys++)
		required(j, *keys, NULL);
	json_end(j);
	json_end(j);
}

static void at_most_one_of(struct json *j, const char *const *keys)
{
	json_obj(j, NULL);
	json_obj(j, "not");
	json_arr(j, "anyOf");
	for (size_t a = 0; keys[a]; a++)
		for (size_t b = a + 1; keys[b]; b++)
			required(j, keys[a], keys[b]);
	json_end(j);
	json_end(j);
	json_end(j);
}

static void shape(struct writer *w, enum table_kind kind)
{
	bool open = kind == TABLE_ROOT;

	if (open) {
		json_arr(&w->j, "allOf");
		json_raw(&w->j, NULL, named, strlen(named));
	}
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (rules[i].table != kind)
			continue;
		if (!open)
			json_arr(&w->j, "allOf");
		open = true;
		(rules[i].kind == RULE_SOME ? some_of : at_most_one_of)(&w->j, rules[i].keys);
	}
	if (open)
		json_end(&w->j);
}

static void table(struct writer *w, enum table_kind kind)
{
	AUTO_STRBUF name = STRBUF_INIT;

	table_name(kind, &name);
	json_obj(&w->j, name.s);
	json_str(&w->j, "title", table_info(kind)->title);
	json_str(&w->j, "type", "object");
	properties(w, kind);
	free_keys(w, kind);
	unknown_keys(w, kind);
	shape(w, kind);
	json_end(&w->j);
}

static void definitions(struct writer *w)
{
	static const char tag[] =
	        "{\"description\":\"a template: its value is known when it is rendered\","
	        "\"type\":\"string\",\"pattern\":\"" TAG "\"}";

	json_obj(&w->j, "$defs");
	json_raw(&w->j, "tag", tag, strlen(tag));
	for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
		AUTO_STRBUF form = STRBUF_INIT;

		expand(shared[i].json, NULL, &form);
		if (w->reached[shared[i].with])
			json_raw(&w->j, shared[i].name, form.s, form.len);
	}
	for (enum table_kind k = 1; k < TABLE_COUNT; k++)
		if (w->reached[k])
			table(w, k);
	json_end(&w->j);
}

bool config_schema(const char *name, bool strict, struct strbuf *out)
{
	static const struct {
		const char *name, *title;
		enum table_kind root;
	} files[] = {
		{ "test-file", "A test file of clnrm (*.clnrm.toml, *.clnrm.yaml)", TABLE_ROOT },
		{ "project-file", "A project file of clnrm (cleanroom.toml)", TABLE_PROJECT_ROOT },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct writer w = { .j = JSON_INIT(out), .strict = strict };
		AUTO_STRBUF root = STRBUF_INIT;

		if (strcmp(files[i].name, name) != 0)
			continue;
		reach(&w, files[i].root);
		strbuf_adds(&root, "#/$defs/");
		table_name(files[i].root, &root);
		json_obj(&w.j, NULL);
		json_str(&w.j, "$schema", "https://json-schema.org/draft/2020-12/schema");
		json_str(&w.j, "title", files[i].title);
		json_str(&w.j, "$ref", root.s);
		definitions(&w);
		json_end(&w.j);
		return true;
	}
	return false;
}
