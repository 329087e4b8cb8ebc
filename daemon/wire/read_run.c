/* A whole result, as another run has printed it. */
#include <stdio.h>
#include <string.h>

#include "daemon/wire/wire_priv.h"

static void read_matrix(const json_t *o, struct arena *a, struct str_list *out)
{
	struct env_var *v;
	size_t n;

	read_vars(o, "matrix", a, &v, &n);
	*out = (struct str_list){ arena_array(a, 2 * n + 1, sizeof(char *)), 2 * n };
	for (size_t i = 0; i < n; i++) {
		out->v[2 * i] = v[i].name;
		out->v[2 * i + 1] = v[i].value;
	}
}

static void read_test(const json_t *o, struct arena *a, unsigned index, struct test_outcome *t)
{
	const json_t *v = read_array(o, "scenarios", &t->n_scenarios);

	t->name = read_str_or(o, "name", a, "");
	t->file = read_str_or(o, "file", a, "");
	t->line = read_uint(o, "line");
	t->version = read_str(o, "version", a);
	t->description = read_str(o, "description", a);
	read_list(o, "tags", a, &t->tags);
	read_matrix(o, a, &t->matrix);
	t->duration_ms = read_num(o, "duration_ms");
	t->scenarios = arena_array(a, t->n_scenarios + 1, sizeof(*t->scenarios));
	for (size_t i = 0; i < t->n_scenarios; i++) {
		t->scenarios[i] = read_scenario(json_array_get(v, i));
		t->scenarios[i]->test_index = index;
		t->scenarios[i]->slot = (unsigned)i;
	}
}

/* Its digest is what it says: the output here may have been cut. */
static void read_head(const json_t *o, struct run_result *r)
{
	struct arena *a = r->arena;

	snprintf(r->id, sizeof(r->id), "%s", read_str_or(o, "id", a, "-"));
	r->started_wall_ns = read_when(o, "started_at");
	r->duration_ms = read_num(o, "duration_ms");
	r->state = read_str_or(o, "state", a, "done");
	r->exit = (int)read_int(o, "exit", 0);
	read_list(o, "paths", a, &r->paths);
	r->cwd = read_str(o, "cwd", a);
	r->project = read_str(o, "project", a);
	r->jobs = read_uint(o, "jobs");
	r->isolation = read_str(o, "isolation", a);
	r->build = read_str(o, "build", a);
	read_vars(o, "options", a, &r->options, &r->n_options);
	read_vars(o, "labels", a, &r->labels, &r->n_labels);
	r->digest = read_str_or(o, "digest", a, "");
}

static struct run_result *read_run(const json_t *o)
{
	struct run_result *r = run_result_new();
	const json_t *v = read_array(o, "tests", &r->n_tests);

	read_head(json_object_get(o, "run"), r);
	r->tests = arena_array(r->arena, r->n_tests + 1, sizeof(*r->tests));
	for (size_t i = 0; i < r->n_tests; i++)
		read_test(json_array_get(v, i), r->arena, (unsigned)i, &r->tests[i]);
	run_result_count(r);
	r->summary.wall_ms = read_num(json_object_get(o, "summary"), "wall_ms");
	read_findings_of_files(json_object_get(o, "diagnostics"), &r->diags);
	return r;
}

struct run_result *wire_read_run(const char *text, size_t len, struct err *e)
{
	static const char schema[] = "clnrm.run/1";
	json_error_t why;
	json_t *o = json_loadb(text, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &why);
	const char *is = json_string_value(json_object_get(o, "schema"));
	struct run_result *r = NULL;

	if (!o)
		err_set(e, ERR_INVALID, "line %d, column %d: %s", why.line, why.column, why.text);
	else if (!is || strcmp(is, schema) != 0)
		err_set(e, ERR_INVALID, "its 'schema' is not '%s'", schema);
	else if (!json_is_object(json_object_get(o, "run")) ||
	         !json_is_array(json_object_get(o, "tests")))
		err_set(e, ERR_INVALID, "it has no 'run' or no 'tests'");
	else
		r = read_run(o);
	json_decref(o);
	return r;
}
