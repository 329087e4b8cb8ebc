/* What a step must show besides its exit: texts, files, durations, captures (config.md 3.4). */
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "common/num.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"

#define MAX_FILE_CHECKS 256 /* of a step: each is a question to its sandbox */
#define MAX_CAPTURES 64
#define OWNER_MAX (UINT32_MAX - 1)
#define SAYS_NOTHING "'%s' says nothing that could fail"

/* One check while it is read. */
struct reading {
	struct loader *l;
	const char *assertion; /* "expected_stdout" */
	const struct snapshot_name *name;
	struct text_check *out;
	size_t cap;
};

/* ---- values ---- */

/* n may be NULL. */
static struct bound bound_of(struct loader *l, const struct node *n)
{
	const struct node *eq = node_get(n, "eq"), *gte = node_get(n, "gte"),
	                  *lte = node_get(n, "lte");

	if (n && !n->n_children && !load_is_damaged(l, n))
		load_refuse(l, "config.empty", n, SAYS_NOTHING, n->key);
	return (struct bound){
		.has_eq = eq != NULL,
		.has_gte = gte != NULL,
		.has_lte = lte != NULL,
		.eq = eq ? eq->i : 0,
		.gte = gte ? gte->i : 0,
		.lte = lte ? lte->i : 0,
	};
}

static struct scalar scalar_of(struct loader *l, const struct node *n)
{
	struct scalar v = { .type = SCALAR_STRING };
	const char *text = n->type == NODE_STRING ? n->s : n->text;

	if (n->type == NODE_INT)
		v = (struct scalar){ .type = SCALAR_INT, .i = n->i };
	else if (n->type == NODE_FLOAT)
		v = (struct scalar){ .type = SCALAR_FLOAT, .f = n->f };
	else if (n->type == NODE_BOOL)
		v = (struct scalar){ .type = SCALAR_BOOL, .b = n->b };
	if (!text)
		text = n->type == NODE_BOOL ? (n->b ? "true" : "false") : "";
	v.len = n->type == NODE_STRING ? n->len : strlen(text);
	v.s = load_bytes(l, text, v.len);
	return v;
}

/* "sha256:" in front is what digests look like elsewhere. */
static const char *sha256_of(struct loader *l, const struct node *n)
{
	const char *s = strncmp(n->s, "sha256:", 7) == 0 ? n->s + 7 : n->s;
	char *hex = arena_strdup(l->file->arena, s);

	for (char *p = hex; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'F' ? *p | 0x20 : *p);
	if (strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64)
		return hex;
	load_refuse(l, "config.type", n, "'sha256' wants 64 hex digits, found '%s'", n->s);
	return NULL;
}

static struct pattern pattern_at(struct loader *l, const struct node *n)
{
	return (struct pattern){
		.text = arena_strdup(l->file->arena, n->s),
		.re = load_regex(l, n),
		.pos = n->pos,
	};
}

/* ---- JSON ---- */

static const struct {
	const char *name;
	enum operator_id id;
} operators[] = {
	{ "exists", OP_EXISTS },
	{ "eq", OP_EQ },
	{ "ne", OP_NE },
	{ "gt", OP_GT },
	{ "gte", OP_GTE },
	{ "lt", OP_LT },
	{ "lte", OP_LTE },
	{ "contains", OP_CONTAINS },
	{ "starts_with", OP_STARTS_WITH },
	{ "ends_with", OP_ENDS_WITH },
	{ "glob", OP_GLOB },
	{ "regex", OP_REGEX },
	{ "in", OP_IN },
	{ "type", OP_TYPE },
};

static struct operator operator_of(struct loader *l, const struct node *n)
{
	struct operator o = { .id = OP_EQ, .name = "eq" };
	bool list = n->type == NODE_ARRAY;

	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (n->key && strcmp(operators[i].name, n->key) == 0)
			o = (struct operator){ .id = operators[i].id, .name = operators[i].name };
	if (o.id == OP_REGEX)
		o.regex = pattern_at(l, n);
	o.v = arena_array(l->file->arena, list ? n->n_children + 1 : 1, sizeof(*o.v));
	for (const struct node *x = list ? n->first : NULL; x; x = x->next) {
		if (x->type == NODE_ARRAY || x->type == NODE_TABLE)
			load_refuse(l, "config.type", x,
			        "an element of '%s' must be a string, number or bool", n->key);
		o.v[o.n++] = scalar_of(l, x);
	}
	if (!list)
		o.v[o.n++] = scalar_of(l, n);
	return o;
}

static void add_operators(struct loader *l, const struct node *n, struct json_check *out)
{
	bool table = n->type == NODE_TABLE;

	out->ops = arena_array(l->file->arena, table ? n->n_children + 1 : 1, sizeof(*out->ops));
	for (const struct node *x = table ? n->first : NULL; x; x = x->next)
		out->ops[out->n_ops++] = operator_of(l, x);
	if (!table) {
		out->ops[out->n_ops++] = operator_of(l, n);
		out->ops[0].id = n->type == NODE_ARRAY ? OP_ARRAY : OP_EQ; /* its key is the path */
		out->ops[0].name = "eq";
	}
	if (!out->n_ops && !load_is_damaged(l, n))
		load_refuse(l, "config.empty", n, SAYS_NOTHING, n->key);
}

static bool path_of(struct loader *l, const struct node *at, const char *text, size_t len,
        struct json_path *out)
{
	size_t bad = 0;
	struct err e;

	if (jsonpath_parse(text, len, l->file->arena, out, &bad, &e) == 0)
		return true;
	load_refuse(l, "config.jsonpath", at, "'%s': %s", text, e.msg);
	return false;
}

/* ---- rules of a text ---- */

static struct text_rule *add_rule(struct reading *r, enum text_rule_id id, const struct node *n)
{
	struct text_check *c = r->out;
	struct arena *a = r->l->file->arena;

	if (c->n == r->cap) {
		struct text_rule *v = arena_array(a, r->cap ? 2 * r->cap : 4, sizeof(*v));

		if (c->n)
			memcpy(v, c->v, c->n * sizeof(*v));
		r->cap = r->cap ? 2 * r->cap : 4;
		c->v = v;
	}
	c->v[c->n] = (struct text_rule){
		.id = id,
		.pos = n->pos,
		.assertion = n->key ? arena_printf(a, "%s.%s", r->assertion, n->key) : r->assertion,
	};
	return &c->v[c->n++];
}

static void add_text(struct reading *r, enum text_rule_id id, const struct node *n)
{
	struct text_rule *x = add_rule(r, id, n);

	x->s = load_bytes(r->l, n->s, n->len);
	x->len = n->len;
}

static void read_text(struct reading *r, enum text_rule_id id, const struct node *n)
{
	const struct node *list = n->type == NODE_ARRAY ? n->first : NULL;
	const char *assertion = arena_printf(r->l->file->arena, "%s.%s", r->assertion, n->key);

	if (n->type == NODE_STRING)
		add_text(r, id, n);
	for (const struct node *x = list; x; x = x->next) {
		add_text(r, id, x);
		r->out->v[r->out->n - 1].assertion = assertion;
	}
}

static void read_regex(struct reading *r, enum text_rule_id id, const struct node *n)
{
	const char *assertion = arena_printf(r->l->file->arena, "%s.%s", r->assertion, n->key);

	for (const struct node *x = n->first; x; x = x->next) {
		struct text_rule *rule = add_rule(r, id, x);

		rule->assertion = assertion;
		rule->regex = pattern_at(r->l, x);
	}
}

static void read_empty(struct reading *r, enum text_rule_id id, const struct node *n)
{
	add_rule(r, id, n)->wanted = n->b;
}

static void read_bound(struct reading *r, enum text_rule_id id, const struct node *n)
{
	add_rule(r, id, n)->bound = bound_of(r->l, n);
}

static void read_sha256(struct reading *r, enum text_rule_id id, const struct node *n)
{
	add_rule(r, id, n)->s = sha256_of(r->l, n);
}

static void read_json(struct reading *r, enum text_rule_id id, const struct node *n)
{
	for (const struct node *x = n->first; x; x = x->next) {
		struct text_rule *rule = add_rule(r, id, x);

		rule->assertion = arena_printf(r->l->file->arena, "%s.json", r->assertion);
		if (path_of(r->l, x, x->key, strlen(x->key), &rule->json.path))
			add_operators(r->l, x, &rule->json);
	}
}

static void read_snapshot(struct reading *r, enum text_rule_id id, const struct node *n)
{
	struct snapshot s;

	if ((n->type == NODE_BOOL && !n->b) || !load_snapshot(r->l, n, r->name, &s))
		return;
	add_rule(r, id, n)->snapshot = s;
}

static const struct {
	const char *key;
	enum text_rule_id id;
	void (*read)(struct reading *r, enum text_rule_id id, const struct node *n);
} rules[] = {
	{ "equals", TEXT_EQUALS, read_text },
	{ "contains", TEXT_CONTAINS, read_text },
	{ "not_contains", TEXT_NOT_CONTAINS, read_text },
	{ "regex", TEXT_REGEX, read_regex },
	{ "not_regex", TEXT_NOT_REGEX, read_regex },
	{ "starts_with", TEXT_STARTS_WITH, read_text },
	{ "ends_with", TEXT_ENDS_WITH, read_text },
	{ "empty", TEXT_EMPTY, read_empty },
	{ "lines", TEXT_LINES, read_bound },
	{ "bytes", TEXT_BYTES, read_bound },
	{ "json", TEXT_JSON, read_json },
	{ "sha256", TEXT_SHA256, read_sha256 },
	{ "snapshot", TEXT_SNAPSHOT, read_snapshot },
};

static void read_normalize(struct reading *r, const struct node *list)
{
	struct arena *a = r->l->file->arena;

	if (!list)
		return;
	r->out->normalize = arena_array(a, list->n_children + 1, sizeof(*r->out->normalize));
	for (const struct node *x = list->first; x; x = x->next)
		r->out->normalize[r->out->n_normalize++] = (struct replacement){
			.regex = pattern_at(r->l, x->first),
			.with = arena_strdup(a, x->last->s),
		};
}

/* n may be NULL. */
static void read_check(struct loader *l, const struct node *n, const char *assertion,
        const struct snapshot_name *name, struct text_check *out)
{
	struct reading r = { .l = l, .assertion = assertion, .name = name, .out = out };

	*out = (struct text_check){ 0 };
	if (!n)
		return;
	out->trim = node_flag(n, "trim", false);
	read_normalize(&r, node_get(n, "normalize"));
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct node *x = node_get(n, rules[i].key);

		if (x)
			rules[i].read(&r, rules[i].id, x);
	}
}

static void refuse_empty(
        struct loader *l, const struct node *n, const char *assertion, const struct text_check *c)
{
	const struct node *snapshot = node_get(n, "snapshot");

	if (n && !c->n && !snapshot && !load_is_damaged(l, n))
		load_refuse(l, "config.empty", n, SAYS_NOTHING, assertion);
}

/* n may be NULL. */
static void read_whole_check(struct loader *l, const struct node *n, const char *assertion,
        const struct snapshot_name *name, struct text_check *out)
{
	read_check(l, n, assertion, name, out);
	refuse_empty(l, n, assertion, out);
}

/* ---- files ---- */

static bool owner_of(struct loader *l, const struct node *n, struct file_check *out)
{
	AUTO_STR text = xstrdup(n->s);
	char *colon = strchr(text, ':');
	uint64_t uid, gid = 0;
	struct err e;

	if (colon)
		*colon = '\0';
	if (str_to_u64(text, 0, OWNER_MAX, &uid, &e) < 0 ||
	        (colon && str_to_u64(colon + 1, 0, OWNER_MAX, &gid, &e) < 0)) {
		load_refuse(
		        l, "config.type", n, "'owner' is '%s', wanted numbers as in \"0:0\"", n->s);
		return false;
	}
	out->uid = (uint32_t)uid;
	out->gid = colon ? (uint32_t)gid : (uint32_t)uid;
	return true;
}

/* What is not there has no properties, and only a file has content. */
static void check_sense(struct loader *l, const struct node *n, const struct file_check *f)
{
	static const char *const of_file[] = { "content", "sha256", "size" };
	const struct node *exists = node_get(n, "exists"), *target = node_get(n, "link_target");

	for (const struct node *x = n->first; x && !f->exists; x = x->next)
		if (strcmp(x->key, "path") != 0 && x != exists &&
		        strcmp(x->key, "description") != 0)
			load_refuse(l, "config.conflict", x,
			        "'%s' of a file that must not exist: '%s'", x->key, f->path);
	for (size_t i = 0; i < ARRAY_LEN(of_file); i++) {
		const struct node *x = node_get(n, of_file[i]);

		if (x && (f->type == FILE_TYPE_DIR || f->type == FILE_TYPE_LINK))
			load_refuse(l, "config.conflict", x, "'%s' is of a file, and 'type' is %s",
			        of_file[i], f->type == FILE_TYPE_DIR ? "dir" : "link");
	}
	if (target && f->type != FILE_TYPE_ANY && f->type != FILE_TYPE_LINK)
		load_refuse(l, "config.conflict", target,
		        "'link_target' is of a link, and 'type' is something else");
}

static enum file_type type_of(const struct node *n)
{
	const char *type = node_str(n, "type", "");

	return strcmp(type, "file") == 0   ? FILE_TYPE_FILE
	       : strcmp(type, "dir") == 0  ? FILE_TYPE_DIR
	       : strcmp(type, "link") == 0 ? FILE_TYPE_LINK
	                                   : FILE_TYPE_ANY;
}

static void read_file(struct loader *l, const struct node *n, const struct expect_of *of,
        size_t index, struct file_check *out)
{
	struct arena *a = l->file->arena;
	const struct node *path = node_get(n, "path"), *mode = node_get(n, "mode"),
	                  *owner = node_get(n, "owner"), *sha = node_get(n, "sha256");
	struct snapshot_name name = of->name;

	*out = (struct file_check){
		.pos = n->pos,
		.assertion = arena_printf(a, "expected_files[%zu]", index),
		.exists = node_flag(n, "exists", true),
		.type = type_of(n),
		.has_mode = mode != NULL,
		.mode = mode ? (uint32_t)mode->i : 0,
		.size = bound_of(l, node_get(n, "size")),
		.sha256 = sha ? sha256_of(l, sha) : NULL,
		.link_target = arena_strdup(a, node_str(n, "link_target", NULL)),
	};
	if (!path || !path->len) {
		if (!load_is_damaged(l, n))
			load_refuse(l, "config.missing_key", n, "an expected file needs 'path'");
		return;
	}
	AUTO_STR whole = fs_join(of->workdir, path->s);
	AUTO_STR normal = fs_normalize(whole);

	if (!load_path_fits(l, path, normal))
		return;
	out->path = arena_strdup(a, normal);
	out->has_owner = owner && owner_of(l, owner, out);
	name.stream = out->path;
	read_whole_check(l, node_get(n, "content"), arena_printf(a, "%s.content", out->assertion),
	        &name, &out->content);
	check_sense(l, n, out);
}

static void read_files(
        struct loader *l, const struct node *list, const struct expect_of *of, struct step *out)
{
	size_t n = list ? list->n_children : 0;

	if (n > MAX_FILE_CHECKS) {
		load_refuse(l, "config.range", list, "'expected_files' has %zu files, at most %d",
		        n, MAX_FILE_CHECKS);
		return;
	}
	if (n)
		out->files = arena_array(l->file->arena, n, sizeof(*out->files));
	for (const struct node *x = list ? list->first : NULL; x; x = x->next) {
		read_file(l, x, of, out->n_files, &out->files[out->n_files]);
		out->n_files++;
	}
}

/* ---- durations ---- */

static double ms_of(struct loader *l, const struct node *n, const char *key)
{
	const struct node *x = node_get(n, key);

	if (!x || x->type != NODE_FLOAT)
		return -1;
	if (x->f >= 0)
		return x->f;
	load_refuse(l, "config.range", x, "'%s' is %s, wanted 0 or more milliseconds", key,
	        x->text ? x->text : "negative");
	return -1;
}

static void read_duration(struct loader *l, const struct node *n, struct duration_check *out)
{
	*out = (struct duration_check){ .min_ms = -1, .max_ms = -1 };
	if (!n)
		return;
	out->given = true;
	out->pos = n->pos;
	out->min_ms = ms_of(l, n, "min");
	out->max_ms = ms_of(l, n, "max");
	if (out->min_ms < 0 && out->max_ms < 0 && !load_is_damaged(l, n))
		load_refuse(l, "config.empty", n, "'expected_duration_ms' wants min or max");
	if (out->min_ms >= 0 && out->max_ms >= 0 && out->min_ms > out->max_ms)
		load_refuse(l, "config.range", n,
		        "the bounds of 'expected_duration_ms' contradict each other");
}

/* ---- captures ---- */

static bool is_name(const char *s)
{
	for (const char *p = s; *p; p++) {
		bool letter = (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z';

		if (!letter && *p != '_' && (p == s || *p < '0' || *p > '9'))
			return false;
	}
	return *s && strlen(s) <= 64;
}

static void read_capture(struct loader *l, const struct node *n, struct capture *out)
{
	const struct node *regex = node_get(n, "regex"), *json = node_get(n, "json");

	*out = (struct capture){
		.name = arena_strdup(l->file->arena, n->key),
		.pos = n->pos,
		.from_stderr = strcmp(node_str(n, "from", "stdout"), "stderr") == 0,
		.trim = node_flag(n, "trim", true),
	};
	if (!is_name(n->key))
		check_report(&l->c, SEV_ERROR, "config.capture", n->key_pos, n,
		        "'%s' is no name of a capture (letters, digits, '_', at most 64)", n->key);
	if (regex && json)
		load_refuse(l, "config.conflict", json, "give only one of regex, json");
	if (regex)
		out->regex = pattern_at(l, regex);
	else if (json)
		path_of(l, json, json->s, json->len, &out->json);
}

static void read_captures(struct loader *l, const struct node *step, struct step *out)
{
	const struct node *map = node_get(step, "capture");
	size_t n = map ? map->n_children : 0;

	if (!n)
		return;
	if (n > MAX_CAPTURES) {
		load_refuse(l, "config.range", map, "'capture' has %zu names, at most %d", n,
		        MAX_CAPTURES);
		return;
	}
	if (out->background)
		load_refuse(l, "config.conflict", map,
		        "nothing can be captured of a step in the background: its output is not "
		        "complete when later steps run");
	out->captures = arena_array(l->file->arena, n + 1, sizeof(*out->captures));
	for (const struct node *x = map->first; x; x = x->next)
		read_capture(l, x, &out->captures[out->n_captures++]);
}

/* ---- */

/* snapshot = X is expected_stdout = { snapshot = X }. */
static void read_stdout(struct loader *l, const struct node *step, const struct snapshot_name *name,
        struct step *out)
{
	const struct node *check = node_get(step, "expected_stdout"),
	                  *alone = node_get(step, "snapshot");
	struct reading r = { .l = l, .assertion = "expected_stdout", .out = &out->out_check };

	read_check(l, check, "expected_stdout", name, &out->out_check);
	if (!alone || (alone->type == NODE_BOOL && !alone->b)) {
		refuse_empty(l, check, "expected_stdout", &out->out_check);
		return;
	}
	if (node_get(check, "snapshot")) {
		load_refuse(l, "config.conflict", alone,
		        "'snapshot' and 'expected_stdout.snapshot' say the same twice");
		return;
	}
	r.name = name;
	r.cap = out->out_check.n; /* full: the next rule makes room of its own */
	read_snapshot(&r, TEXT_SNAPSHOT, alone);
}

void load_expectations(
        struct loader *l, const struct node *step, const struct expect_of *of, struct step *out)
{
	struct snapshot_name name = of->name;

	if (!of->joined) {
		name.stream = "stdout";
		read_stdout(l, step, &name, out);
		name.stream = "stderr";
		read_whole_check(l, node_get(step, "expected_stderr"), "expected_stderr", &name,
		        &out->err_check);
		read_duration(l, node_get(step, "expected_duration_ms"), &out->duration);
	}
	read_files(l, node_get(step, "expected_files"), of, out);
	read_captures(l, step, out);
}

void load_joined_expectations(
        struct loader *l, const struct node *node, const char *unique, struct scenario *sc)
{
	struct snapshot_name name = { .scenario = unique, .stream = "stdout" };

	read_whole_check(
	        l, node_get(node, "expected_stdout"), "expected_stdout", &name, &sc->out_check);
	name.stream = "stderr";
	read_whole_check(
	        l, node_get(node, "expected_stderr"), "expected_stderr", &name, &sc->err_check);
	read_duration(l, node_get(node, "expected_duration_ms"), &sc->duration);
}
