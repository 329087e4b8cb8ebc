/* POST /v1/validate: everything about files that needs no sandbox, on a worker thread. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/map.h"
#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/offload.h"
#include "daemon/server/runs_request.h"
#include "daemon/wire/wire.h"

struct validation {
	struct offload o;
	struct arena *arena;
	struct decode decode;
	struct run_request req;
	const struct own_dirs *own;
	struct text_style style;
	bool quiet;
	/* What the worker finds. */
	struct str_list need; /* variables to be sent along */
	struct diags diags;   /* of settings and discovery */
	int refused;          /* exit code when no file could be looked at; 0 = they were */
	struct map *settings; /* directory -> struct settings */
	struct found found;
	unsigned valid, errors, warnings;
	struct strbuf json, text;
};

/* ---- settings ---- */

static void drop_settings(void *value)
{
	settings_unref(value);
}

static struct settings *settings_of(struct validation *v, const char *dir)
{
	const struct run_options *o = &v->req.run;
	struct settings *s = map_get(v->settings, dir);

	if (s)
		return s;
	s = settings_load(dir, &o->env, &o->flags, o->uid, v->own);
	map_put(v->settings, dir, s);
	return s;
}

static struct settings *settings_for_file(struct validation *v, const char *real)
{
	const char *slash = strrchr(real, '/');
	AUTO_STR dir = xstrndup(real, slash && slash != real ? (size_t)(slash - real) : 1);

	return settings_of(v, dir);
}

/* ---- files ---- */

static bool is_stdin(const struct validation *v, const struct found_file *f)
{
	const struct run_options *o = &v->req.run;

	return o->stdin_text && f->path == o->stdin_name;
}

static void write_file(struct validation *v, struct json *j, const struct test_file *f)
{
	bool valid = f->tests != NULL;
	size_t scenarios = test_file_scenarios(f);

	json_obj(j, NULL);
	json_str(j, "path", f->path);
	json_bool(j, "valid", valid);
	json_uint(j, "tests", f->n_tests);
	json_uint(j, "scenarios", scenarios);
	wire_diags(j, "diagnostics", &f->diags);
	json_end(j);
	if (valid && !v->quiet) {
		strbuf_add_visible(&v->text, f->path, strlen(f->path));
		strbuf_printf(&v->text, ": ok (%zu test%s, %zu scenario%s)\n", f->n_tests,
		        f->n_tests == 1 ? "" : "s", scenarios, scenarios == 1 ? "" : "s");
	}
	diags_text(&f->diags, &v->style, v->style.out, &v->text);
	v->valid += valid;
	v->errors += (unsigned)f->diags.errors;
	v->warnings += (unsigned)f->diags.warnings;
}

static void check_file(struct validation *v, struct json *j, const struct found_file *ff)
{
	const struct run_options *o = &v->req.run;
	bool in = is_stdin(v, ff);
	struct test_file *f = config_load(ff->path, ff->real, in ? o->stdin_text : NULL,
	        in ? o->stdin_len : 0, settings_for_file(v, ff->real), &o->env, &o->flags, false,
	        &v->need, v->arena);

	write_file(v, j, f);
	test_file_unref(f);
}

/* ---- which files ---- */

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* None given: the project's test directory if it is there, else the working directory. */
static void default_paths(struct validation *v, const struct settings *s)
{
	struct run_options *o = &v->req.run;
	AUTO_STR dir = fs_join(s->root, s->test_dir ? s->test_dir : "tests");
	bool at_root = strcmp(s->root, o->cwd) == 0;

	if (o->paths.n || o->stdin_text)
		return;
	o->paths.v = arena_array(v->arena, 2, sizeof(char *));
	o->paths.v[0] = !is_dir(dir)             ? "."
	                : at_root && s->test_dir ? s->test_dir
	                                         : arena_strdup(v->arena, dir);
	o->paths.n = 1;
}

static void add_stdin(struct validation *v)
{
	const struct run_options *o = &v->req.run;
	struct found *f = &v->found;
	struct found_file *all = arena_array(v->arena, f->n + 1, sizeof(*all));
	AUTO_STR real = fs_join(o->cwd, o->stdin_name);

	if (f->n)
		memcpy(all, f->v, f->n * sizeof(*all));
	all[f->n++] =
	        (struct found_file){ .path = o->stdin_name, .real = arena_strdup(v->arena, real) };
	f->v = all;
}

static void find_files(struct validation *v)
{
	const struct run_options *o = &v->req.run;
	const struct settings *s = settings_of(v, o->cwd);

	diags_copy(&v->diags, &s->diags);
	if (s->diags.errors) {
		v->refused = 2;
		return;
	}
	default_paths(v, s);
	if (o->paths.n &&
	        discover(&o->paths, o->cwd, s, v->arena, &v->found, &v->diags, &v->refused) < 0)
		return;
	v->refused = 0;
	if (o->stdin_text)
		add_stdin(v);
}

/* ---- all of it, on a worker ---- */

static void add_totals(struct validation *v)
{
	size_t n = v->found.n, bad = n - v->valid;

	if (bad)
		strbuf_printf(&v->text, "%zu of %zu file%s invalid, ", bad, n, n == 1 ? "" : "s");
	else
		strbuf_printf(&v->text, "%u file%s valid, ", v->valid, v->valid == 1 ? "" : "s");
	strbuf_printf(&v->text, "%u error%s, %u warning%s\n", v->errors, v->errors == 1 ? "" : "s",
	        v->warnings, v->warnings == 1 ? "" : "s");
}

static void work(struct offload *o)
{
	struct validation *v = (struct validation *)o;
	struct json j = JSON_INIT(&v->json);

	find_files(v);
	if (v->refused)
		return;
	diags_text(&v->diags, &v->style, v->style.out, &v->text);
	v->warnings += (unsigned)v->diags.warnings;
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.validate/1");
	json_arr(&j, "files");
	for (size_t i = 0; i < v->found.n; i++)
		check_file(v, &j, &v->found.v[i]);
	json_end(&j);
	wire_diags(&j, "diagnostics", &v->diags);
	json_bool(&j, "valid", v->valid == v->found.n);
	json_end(&j);
	strbuf_addc(&v->json, '\n');
	if (v->style.verbosity > -2)
		add_totals(v);
}

static const struct diag *first_error(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].severity == SEV_ERROR)
			return &d->v[i];
	return NULL;
}

static void reply(struct offload *o)
{
	struct validation *v = (struct validation *)o;
	const struct diag *first = first_error(&v->diags);

	if (v->refused)
		answer_problem(o->r, v->diags.errors == 1 && first ? first->code : "invalid-files",
		        v->refused, first ? first->message : "files cannot be read", NULL,
		        &v->diags);
	else if (v->need.n && !o->r->env_final)
		answer_need_env(o->r, &v->need);
	else
		answer(o->r, v->valid == v->found.n ? 0 : 1, &v->json, &v->text);
}

static void release(struct offload *o)
{
	struct validation *v = (struct validation *)o;

	map_free(v->settings, drop_settings);
	strbuf_release(&v->json);
	strbuf_release(&v->text);
	diags_release(&v->diags);
	decode_release(&v->decode);
	arena_free(v->arena);
	free(v);
}

void handle_validate(struct request *r)
{
	struct validation *v = xcalloc(1, sizeof(*v));

	v->o = (struct offload){ .work = work, .answer = reply, .release = release };
	v->arena = arena_new();
	v->json = v->text = (struct strbuf)STRBUF_INIT;
	v->settings = map_new();
	v->own = r->d->own;
	v->style = r->style;
	v->quiet = r->style.verbosity < 0;
	decode_init(&v->decode, v->arena);
	diags_init(&v->diags, v->arena);
	bool good = validate_request_read(&v->decode, r->json, r->env_final, &v->req);
	v->req.run.uid = getuid();
	if (!good)
		body_refuse(r, &v->decode);
	if (good && body_check_dir(r, &v->req.dir, 6) == 0)
		offload(r, &v->o);
	else
		release(&v->o);
}
