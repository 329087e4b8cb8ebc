#include "daemon/server/decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "common/suggest.h"

#define MAX_NAMES 128 /* of one table, for proposals */

void decode_init(struct decode *c, struct arena *a)
{
	*c = (struct decode){ .a = a, .code = "bad-request", .within = "" };
	diags_init(&c->d, a);
}

void decode_release(struct decode *c)
{
	diags_release(&c->d);
	free(c->given);
	c->given = NULL;
}

/* ---- findings ---- */

static struct diag *add_finding(
        struct decode *c, const char *code, const char *pointer, const char *text)
{
	struct diag *d = diags_add(&c->d, SEV_ERROR, code, NULL, (struct pos){ 0 }, "%s", text);

	d->pointer = arena_strdup(c->a, pointer);
	return d;
}

void decode_fail(struct decode *c, const char *pointer, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	add_finding(c, c->code, pointer, text.s);
}

/* Members that are no flag of the same name at the command line. */
static const struct {
	const char *member, *typed;
} typed[] = {
	{ "argv", "CMD" },
	{ "context_path", "--context" },
	{ "context_text", "stdin" },
	{ "debounce_ms", "--debounce-ms" },
	{ "labels", "--label" },
	{ "paths", "PATHS" },
	{ "reports", "--report" },
	{ "stdin", "stdin" },
	{ "test", "TEST/SCENARIO" },
};

const char *decode_flag(struct arena *a, const char *member)
{
	size_t n = strlen(member);
	char *flag;

	for (size_t i = 0; i < ARRAY_LEN(typed); i++)
		if (strcmp(typed[i].member, member) == 0)
			return typed[i].typed;
	if (n > 3 && strcmp(member + n - 3, "_ms") == 0)
		n -= 3;
	flag = arena_printf(a, "--%.*s", (int)n, member);
	for (char *p = flag; *p; p++)
		*p = *p == '_' ? '-' : *p;
	return flag;
}

const char *decode_name(const struct decode *c, const char *member)
{
	return c->command_line ? decode_flag(c->a, member) : arena_printf(c->a, "'%s'", member);
}

/* A member of an object, escaped as RFC 6901 says. */
static const char *child_pointer(struct decode *c, const char *pointer, const char *name)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, pointer);
	strbuf_addc(&b, '/');
	for (; *name; name++) {
		if (*name == '~' || *name == '/')
			strbuf_adds(&b, *name == '~' ? "~0" : "~1");
		else
			strbuf_addc(&b, *name);
	}
	return arena_strndup(c->a, b.s, b.len);
}

void decode_enter(struct decode *c, const char *within, const char *code)
{
	c->within = within;
	c->code = code;
}

const char *decode_pointer(struct decode *c, const char *member)
{
	return child_pointer(c, c->within, member);
}

struct diag *decode_blame(struct decode *c, const char *member, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	strbuf_printf(&text, "%s ", decode_name(c, member));
	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	return add_finding(c, c->code, child_pointer(c, c->within, member), text.s);
}

void decode_exclude(struct decode *c, const char *one, const char *other)
{
	decode_fail(c, child_pointer(c, c->within, other), "%s and %s exclude each other",
	        decode_name(c, one), decode_name(c, other));
}

static const char *type_name(const json_t *v)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a text",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a number with a fraction",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return names[json_typeof(v)];
}

/* Of a FIELD_TEXT. */
static size_t most_bytes(const struct field *f)
{
	return f->max ? (size_t)f->max : FIELD_TEXT_MAX;
}

static void wanted(const struct field *f, struct strbuf *out)
{
	static const char *const names[] = {
		[FIELD_BOOL] = "true or false",
		[FIELD_LIST] = "a list of texts",
		[FIELD_PAIRS] = "an object of texts",
	};

	if (f->type == FIELD_UINT)
		strbuf_printf(
		        out, "an integer from %lld to %lld", (long long)f->min, (long long)f->max);
	else if (f->type == FIELD_TIME)
		strbuf_printf(out, "milliseconds from %lld to %lld", (long long)f->min,
		        (long long)f->max);
	else if (f->type == FIELD_CHOICE)
		strbuf_printf(out, "one of: %s", f->values);
	else if (f->type == FIELD_TEXT && f->min)
		strbuf_printf(out, "a text of %lld to %zu bytes", (long long)f->min, most_bytes(f));
	else if (f->type == FIELD_TEXT)
		strbuf_printf(out, "a text of at most %zu bytes", most_bytes(f));
	else
		strbuf_adds(out, names[f->type]);
}

static const char *stranger(const json_t *x)
{
	if (!json_is_string(x))
		return type_name(x);
	return strlen(json_string_value(x)) == json_string_length(x) ? NULL : "NUL";
}

/* What a list or an object of texts must not have in it; NULL = it is not that. */
static const char *strange_within(const json_t *v)
{
	json_t *o = (json_t *)(uintptr_t)v, *x;
	const char *name, *found = NULL;
	size_t i;

	/* One of the two is empty: v is either a list or an object. */
	json_array_foreach(o, i, x) found = found ? found : stranger(x);
	json_object_foreach(o, name, x) found = found ? found : stranger(x);
	return found;
}

/* A value as it is shown beside what was wanted. */
static void shown(const struct field *f, const json_t *v, struct strbuf *out)
{
	size_t n = json_string_length(v);
	bool list = f->type == FIELD_LIST && json_is_array(v);
	bool pairs = f->type == FIELD_PAIRS && json_is_object(v);
	const char *within = list || pairs ? strange_within(v) : NULL;

	if (json_is_integer(v))
		strbuf_printf(out, "%lld", (long long)json_integer_value(v));
	else if (f->type == FIELD_TEXT && n > most_bytes(f))
		strbuf_printf(out, "one of %zu", n);
	else if (f->type == FIELD_TEXT && json_is_string(v))
		strbuf_adds(out, n < (size_t)f->min ? "an empty one" : "one with NUL");
	else if (within)
		strbuf_printf(out, "one with %s in it", within);
	else if (json_is_string(v) && n <= 64)
		strbuf_printf(out, "'%s'", json_string_value(v));
	else
		strbuf_adds(out, type_name(v));
}

static void wrong_value(
        struct decode *c, const struct field *f, const char *pointer, const json_t *v)
{
	AUTO_STRBUF want = STRBUF_INIT;
	AUTO_STRBUF is = STRBUF_INIT;

	wanted(f, &want);
	shown(f, v, &is);
	decode_fail(c, pointer, "%s must be %s, not %s", decode_name(c, f->name), want.s, is.s);
}

static void unknown_member(struct decode *c, const struct field *fields, size_t n,
        const char *pointer, const char *name)
{
	const char *names[MAX_NAMES + 1] = { 0 }, *best[3];
	AUTO_STRBUF help = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	size_t found;

	for (size_t i = 0; i < n && i < MAX_NAMES; i++)
		names[i] = fields[i].name;
	found = suggest_nearest(name, names, best, ARRAY_LEN(best));
	strbuf_printf(&text, "unknown %s '%.128s'",
	        strcmp(c->code, "invalid-option") == 0 ? "option" : "member", name);
	struct diag *d = add_finding(c, c->code, pointer, text.s);
	for (size_t i = 0; i < found; i++)
		strbuf_printf(&help, "%s'%s'", i ? ", " : "did you mean ", best[i]);
	if (found)
		diag_help(&c->d, d, "%s?", help.s);
}

/* ---- values ---- */

/* A text without NUL; NULL when it is none. */
static const char *plain_text(struct decode *c, const json_t *v, size_t max)
{
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);

	return s && n <= max && strlen(s) == n ? arena_strndup(c->a, s, n) : NULL;
}

static int word_index(const char *values, const char *word)
{
	size_t len = strlen(word);
	int i = 0;

	for (const char *v = values; *v; i++) {
		size_t n = strcspn(v, " ");

		if (n == len && memcmp(v, word, n) == 0)
			return i;
		v += n + strspn(v + n, " ");
	}
	return -1;
}

static bool read_list(struct decode *c, const json_t *v, struct str_list *out)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v) || n > FIELD_LIST_MAX)
		return false;
	out->v = arena_array(c->a, n + 1, sizeof(*out->v));
	for (size_t i = 0; i < n; i++) {
		out->v[i] = plain_text(c, json_array_get(v, i), FIELD_TEXT_MAX);
		if (!out->v[i])
			return false;
	}
	out->n = n;
	return true;
}

static bool read_pairs(struct decode *c, const json_t *v, struct pairs *out)
{
	const char *name;
	json_t *value;
	json_t *o = json_is_object(v) ? json_incref((json_t *)(uintptr_t)v) : NULL;
	bool good = o && json_object_size(o) <= FIELD_LIST_MAX;

	if (good)
		out->v = arena_array(c->a, json_object_size(o) + 1, sizeof(*out->v));
	json_object_foreach(good ? o : NULL, name, value)
	{
		const char *text = plain_text(c, value, FIELD_VALUE_MAX);

		good = good && text;
		if (text)
			out->v[out->n++] = (struct env_var){ arena_strdup(c->a, name), text };
	}
	json_decref(o);
	return good;
}

static bool in_range(const json_t *v, const struct field *f)
{
	return json_is_integer(v) && json_integer_value(v) >= f->min &&
	       json_integer_value(v) <= f->max;
}

static bool read_choice(const json_t *v, const struct field *f, int *out)
{
	int i = json_is_string(v) ? word_index(f->values, json_string_value(v)) : -1;

	if (i >= 0)
		*out = i;
	return i >= 0;
}

/* One value to its place; false when it is not what the row wants. */
static bool read_value(struct decode *c, const struct field *f, const json_t *v, char *out)
{
	void *to = out + f->at;
	const char *text;

	switch (f->type) {
	case FIELD_BOOL:
		if (json_is_boolean(v))
			*(bool *)to = json_is_true(v);
		return json_is_boolean(v);
	case FIELD_UINT:
		if (in_range(v, f))
			*(unsigned *)to = (unsigned)json_integer_value(v);
		return in_range(v, f);
	case FIELD_TIME:
		if (in_range(v, f))
			*(int64_t *)to = json_integer_value(v) * NS_PER_MS;
		return in_range(v, f);
	case FIELD_TEXT:
		text = json_string_length(v) < (size_t)f->min ? NULL
		                                              : plain_text(c, v, most_bytes(f));
		if (text)
			*(const char **)to = text;
		return text != NULL;
	case FIELD_CHOICE:
		return read_choice(v, f, to);
	case FIELD_LIST:
		return read_list(c, v, to);
	case FIELD_PAIRS:
		return read_pairs(c, v, to);
	case FIELD_JSON:
		*(const json_t **)to = v;
		return true;
	case FIELD_LATER:
		break;
	}
	return true;
}

static void note_missing(struct decode *c, const char *feature)
{
	struct str_list *m = &c->missing;

	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->v[i], feature) == 0)
			return;
	const char **v = arena_array(c->a, m->n + 2, sizeof(*v));

	for (size_t i = 0; i < m->n; i++)
		v[i] = m->v[i];
	v[m->n++] = feature;
	m->v = v;
}

/* A finding "needs-feature": what (as the user said it) is built by a later part. */
static void decode_need(
        struct decode *c, const char *pointer, const char *what, const char *feature)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "%s needs %s, which this build does not have", what, feature);
	note_missing(c, feature);
	add_finding(c, "needs-feature", pointer, text.s);
}

/* A flag that is off asks for nothing. */
static void refuse_later(
        struct decode *c, const struct field *f, const char *pointer, const json_t *v)
{
	if (json_is_false(v) || json_is_null(v))
		return;
	decode_need(c, pointer, arena_printf(c->a, "'%s'", decode_flag(c->a, f->name)), f->values);
}

/* ---- what was given, for the result ---- */

static void add_words(struct strbuf *b, const json_t *v, const struct field *f)
{
	json_t *o = (json_t *)(uintptr_t)v, *value;
	const char *name, *comma = "";
	size_t i;

	/* One of the two is empty: v is either a list or an object. */
	json_array_foreach(o, i, value)
	{
		strbuf_printf(b, "%s%s", comma, json_string_value(value));
		comma = ",";
	}
	json_object_foreach(o, name, value)
	{
		strbuf_printf(b, "%s%s", comma, name);
		if (!f->secret)
			strbuf_printf(b, "=%s", json_string_value(value));
		comma = ",";
	}
}

static void tell(struct decode *c, const struct field *f, const json_t *v)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (!c->telling || f->type == FIELD_JSON || f->type == FIELD_LATER)
		return;
	if (json_is_boolean(v))
		strbuf_adds(&b, json_is_true(v) ? "true" : "false");
	else if (json_is_integer(v))
		strbuf_printf(&b, "%lld", (long long)json_integer_value(v));
	else if (json_is_string(v))
		strbuf_adds(&b, json_string_value(v));
	else
		add_words(&b, v, f);
	c->given = xgrow(c->given, &c->cap_given, c->n_given + 1, sizeof(*c->given));
	c->given[c->n_given++] = (struct env_var){ f->name, arena_strndup(c->a, b.s, b.len) };
}

/* ---- objects ---- */

static const struct field *find_field(const struct field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static void read_member(struct decode *c, const struct field *fields, size_t n, const char *pointer,
        const char *name, const json_t *v, void *out)
{
	const struct field *f = find_field(fields, n, name);
	const char *here = child_pointer(c, pointer, name);

	if (!f)
		unknown_member(c, fields, n, here, name);
	else if (f->type == FIELD_LATER)
		refuse_later(c, f, here, v);
	else if (read_value(c, f, v, out))
		tell(c, f, v);
	else
		wrong_value(c, f, here, v);
}

bool decode_object(struct decode *c, const json_t *o, const char *pointer,
        const struct field *fields, size_t n, void *out)
{
	size_t before = c->d.errors;
	json_t *object = (json_t *)(uintptr_t)o, *v;
	const char *name;

	if (!o)
		return true;
	if (!json_is_object(o)) {
		decode_fail(c, pointer, "'%s' must be an object, not %s",
		        *pointer ? pointer + 1 : "body", type_name(o));
		return false;
	}
	json_object_foreach(object, name, v) read_member(c, fields, n, pointer, name, v, out);
	return c->d.errors == before;
}

static bool is_variable_name(const char *s)
{
	return *s && !strchr(s, '=');
}

void decode_pairs(
        struct decode *c, const json_t *o, const char *pointer, bool names, struct pairs *out)
{
	const struct field f = { .name = pointer + 1, .type = FIELD_PAIRS };

	*out = (struct pairs){ 0 };
	if (!o)
		return;
	if (!read_pairs(c, o, out))
		wrong_value(c, &f, pointer, o);
	for (size_t i = 0; names && i < out->n; i++)
		if (!is_variable_name(out->v[i].name))
			decode_fail(c, child_pointer(c, pointer, out->v[i].name),
			        "'%s' is no name of a variable", out->v[i].name);
}

const char *decode_code(const struct decode *c)
{
	for (size_t i = 0; i < c->d.n; i++)
		if (strcmp(c->d.v[i].code, "needs-feature") != 0)
			return c->d.v[i].code;
	return c->d.n ? c->d.v[0].code : "bad-request";
}

bool decode_ok(const struct decode *c)
{
	return c->d.errors == 0;
}
