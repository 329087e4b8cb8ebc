/* What the history keeps of a run beside its public events. */
#include "daemon/wire/wire_priv.h"

void wire_strings(struct json *j, const char *key, const struct str_list *l)
{
	wire_list(j, key, l);
}

void wire_pairs(struct json *j, const char *key, const struct env_var *v, size_t n)
{
	json_arr(j, key);
	for (size_t i = 0; i < n; i++) {
		json_arr(j, NULL);
		json_str(j, NULL, v[i].name);
		json_str(j, NULL, v[i].value);
		json_end(j);
	}
	json_end(j);
}

static void read_pairs(const json_t *v, struct arena *a, struct env_var **out, size_t *n)
{
	size_t size = json_array_size(v);

	*n = 0;
	*out = arena_array(a, size + 1, sizeof **out);
	for (size_t i = 0; i < size; i++) {
		struct str_list pair;

		read_strings(json_array_get(v, i), a, &pair);
		if (pair.n == 2)
			(*out)[(*n)++] = (struct env_var){ pair.v[0], pair.v[1] };
	}
}

static void write_planned(struct json *j, const struct test_outcome *t)
{
	json_obj(j, NULL);
	json_str(j, "name", t->name);
	json_str(j, "file", t->file);
	json_uint(j, "line", t->line);
	json_str(j, "version", t->version);
	json_str(j, "description", t->description);
	wire_list(j, "tags", &t->tags);
	wire_list(j, "matrix", &t->matrix);
	json_str(j, "sha256", t->sha256);
	json_end(j);
}

void wire_plan(struct json *j, const char *key, const struct run_result *r)
{
	json_obj(j, key);
	json_str(j, "project", r->project);
	json_str(j, "isolation", r->isolation);
	json_int(j, "silence_floor_ns", r->silence_floor_ns);
	wire_pairs(j, "options", r->options, r->n_options);
	wire_pairs(j, "labels", r->labels, r->n_labels);
	json_arr(j, "tests");
	for (size_t i = 0; i < r->n_tests; i++)
		write_planned(j, &r->tests[i]);
	json_end(j);
	wire_diags(j, "diagnostics", &r->diags);
	json_end(j);
}

static void read_planned(const json_t *o, struct arena *a, struct test_outcome *t)
{
	const char *sha256 = read_str_or(o, "sha256", a, "");

	t->name = read_str_or(o, "name", a, "");
	t->file = read_str_or(o, "file", a, "");
	t->line = read_uint(o, "line");
	t->version = read_str(o, "version", a);
	t->description = read_str(o, "description", a);
	read_list(o, "tags", a, &t->tags);
	read_list(o, "matrix", a, &t->matrix);
	t->verdict = VERDICT_SKIP;
	snprintf(t->sha256, sizeof t->sha256, "%s", sha256);
}

/* The array of out is the arena's too, and so never grows. */
static void read_diags(const json_t *v, struct arena *a, struct diags *out)
{
	size_t n = json_array_size(v);

	*out = (struct diags){ .arena = a, .v = arena_array(a, n + 1, sizeof *out->v), .cap = n };
	for (size_t i = 0; i < n; i++) {
		read_diag(json_array_get(v, i), a, &out->v[out->n++]);
		out->errors += out->v[i].severity == SEV_ERROR;
		out->warnings += out->v[i].severity == SEV_WARNING;
	}
}

const struct run_result *read_plan(const json_t *o, const char *key, struct arena *a)
{
	const json_t *p = json_object_get(o, key);
	struct run_result *r;

	if (!json_is_object(p))
		return NULL;
	r = arena_alloc(a, sizeof *r);
	r->arena = a;
	r->project = read_str(p, "project", a);
	r->isolation = read_str(p, "isolation", a);
	r->silence_floor_ns = read_int(p, "silence_floor_ns", 0);
	read_pairs(json_object_get(p, "options"), a, &r->options, &r->n_options);
	read_pairs(json_object_get(p, "labels"), a, &r->labels, &r->n_labels);

	const json_t *tests = read_array(p, "tests", &r->n_tests);

	r->tests = arena_array(a, r->n_tests + 1, sizeof *r->tests);
	for (size_t i = 0; i < r->n_tests; i++)
		read_planned(json_array_get(tests, i), a, &r->tests[i]);
	read_diags(json_object_get(p, "diagnostics"), a, &r->diags);
	return r;
}

void wire_scenario_lists(struct json *j, const char *key, const struct scenario_result *s)
{
	json_obj(j, key);
	json_str(j, "cached_from", s->cached_from);
	json_str(j, "key", s->key);
	if (s->memory_peak_bytes)
		json_uint(j, "memory_peak_bytes", s->memory_peak_bytes);
	wire_list(j, "tags", &s->tags);
	if (s->quarantine)
		wire_quarantine(j, s->quarantine);
	if (s->repetition)
		json_uint(j, "repetition", s->repetition);
	if (s->attempts_max > 1)
		json_uint(j, "attempts_max", s->attempts_max);
	if (s->n_before)
		wire_attempts(j, s, true, true);
	wire_failures(j, "failures", s->failures, s->n_failures);
	json_arr(j, "findings");
	for (size_t i = 0; i < s->n_findings; i++) {
		json_obj(j, NULL);
		wire_finding_members(j, &s->findings[i]);
		json_end(j);
	}
	json_end(j);
	wire_artifacts(j, "artifacts", s);
	json_arr(j, "steps");
	for (size_t i = 0; i < s->n_steps; i++) {
		json_obj(j, NULL);
		wire_failures(j, "failures", s->steps[i].failures, s->steps[i].n_failures);
		wire_list(j, "argv", &s->steps[i].argv);
		wire_vars(j, "captures", s->steps[i].captures, s->steps[i].n_captures);
		if (s->steps[i].silence.ns || s->steps[i].silence.never)
			wire_silence(j, "silence", &s->steps[i].silence);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static json_t *parse_array(const char *text, size_t len, struct err *e)
{
	json_error_t je;
	json_t *o = json_loadb(text, len, JSON_ALLOW_NUL, &je);

	if (json_is_array(o))
		return o;
	err_set(e, ERR_INVALID, "not a JSON array: %s", o ? "another type" : je.text);
	json_decref(o);
	return NULL;
}

int wire_read_strings(
        const char *text, size_t len, struct arena *a, struct str_list *out, struct err *e)
{
	json_t *o = parse_array(text, len, e);

	if (!o)
		return -1;
	read_strings(o, a, out);
	json_decref(o);
	return 0;
}

int wire_read_pairs(const char *text, size_t len, struct arena *a, struct env_var **out, size_t *n,
        struct err *e)
{
	json_t *o = parse_array(text, len, e);

	if (!o)
		return -1;
	read_pairs(o, a, out, n);
	json_decref(o);
	return 0;
}

void read_findings_of_files(const json_t *v, struct diags *out)
{
	struct diags got;

	/* diags_copy() copies no codes: they must live in the same arena. */
	read_diags(v, out->arena, &got);
	diags_copy(out, &got);
}

int wire_read_diags(const char *text, size_t len, struct diags *out, struct err *e)
{
	json_t *o = parse_array(text, len, e);

	if (!o)
		return -1;
	read_findings_of_files(o, out);
	json_decref(o);
	return 0;
}
