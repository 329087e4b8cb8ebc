/* Files of a run: found, by a worker where there may be many, and loaded, a slice at a time. */
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "daemon/run/run_priv.h"

static bool same_dir(const char *a, const char *b)
{
	size_t n = (size_t)(strrchr(a, '/') - a);

	return strncmp(a, b, n) == 0 && strrchr(b, '/') == b + n;
}

static bool same_project(const struct settings *a, const struct settings *b)
{
	return a == b ||
	       (a->project_file && b->project_file ? strcmp(a->project_file, b->project_file) == 0
	                                           : a->project_file == b->project_file);
}

/* A project file below the working directory is as good a reason to refuse as its own; those of
 * the user file and of variables were told with that one. */
static void tell_project(struct run *run, const struct settings *s)
{
	struct diags own = s->diags;
	bool told = same_project(s, run->settings) || !s->project_file;

	for (size_t i = 0; i < run->n_files && !told; i++)
		told = same_project(s, run->files[i].settings);
	if (told)
		return;
	own.v = arena_array(run->arena, s->diags.n + 1, sizeof(*own.v));
	own.n = own.errors = own.warnings = 0;
	for (size_t i = 0; i < s->diags.n; i++) {
		struct diag x = s->diags.v[i];

		if (!x.file || strncmp(x.file, "CLEANROOM_", 10) == 0 ||
		        (s->user_file && strcmp(x.file, s->user_file) == 0))
			continue;
		x.file = s->project_file; /* not by its name alone: it is of another directory */
		own.errors += x.severity == SEV_ERROR;
		own.warnings += x.severity == SEV_WARNING;
		own.v[own.n++] = x;
	}
	diags_copy(&run->diags, &own);
}

/* Files of one directory stand together: one look at it is enough for all of them. */
static struct settings *settings_of(struct run *run, const struct found_file *ff)
{
	const struct found_file *before = run->n_files ? ff - 1 : NULL;
	const char *slash = strrchr(ff->real, '/');
	size_t n = slash == ff->real ? 1 : (size_t)(slash - ff->real);
	struct settings *s;

	if (before && same_dir(before->real, ff->real))
		return settings_ref(run->files[run->n_files - 1].settings);
	if (strncmp(run->opt.cwd, ff->real, n) == 0 && run->opt.cwd[n] == '\0')
		return settings_ref(run->settings); /* looked at a moment ago */
	s = config_cache_settings(run->r->d.cache, arena_strndup(run->arena, ff->real, n),
	        &run->opt.env, &run->opt.flags, run->opt.uid);
	tell_project(run, s);
	return s;
}

static void load_slice(void *arg);

static void take_file(struct run *run, struct loaded *f, int64_t ns)
{
	run->n_files++;
	diags_copy(&run->diags, &f->file->diags);
	f->ms = (double)ns / (double)NS_PER_MS;
}

static void loading_job(void *arg)
{
	config_loading_work(((struct run *)arg)->loading);
}

static void loading_done(void *arg)
{
	struct run *run = arg;
	struct loaded *f = &run->files[run->n_files];

	run->slice = NULL;
	run->finding = false;
	f->file = config_loading_end(STEAL(run->loading), &f->hit, &run->need, run->arena);
	take_file(run, f, clock_ns() - run->loading_ns);
	load_slice(run);
}

static bool is_stdin(const struct run *run, const struct found_file *ff)
{
	return run->opt.stdin_text && strcmp(ff->path, run->opt.stdin_name) == 0;
}

/* True when a worker loads it. */
static bool load_elsewhere(struct run *run, struct loaded *f, const struct found_file *ff)
{
	const struct run_options *o = &run->opt;
	bool in = is_stdin(run, ff);
	struct err e;

	run->loading = config_loading_new(run->r->d.cache, ff->path, ff->real,
	        in ? o->stdin_text : NULL, in ? o->stdin_len : 0, f->settings, &o->env, &o->flags);
	if (!run->loading)
		return false;
	run->finding = true;
	run->loading_ns = clock_ns();
	if (work_submit(run->r->d.work, loading_job, loading_done, run, &e) < 0) {
		loading_job(run);
		run->slice = loop_timer_add(run->r->d.loop, 0, loading_done, run);
	}
	return true;
}

static struct test_file *load_file(struct run *run, struct loaded *f, const struct found_file *ff)
{
	if (is_stdin(run, ff))
		return config_load(ff->path, ff->real, run->opt.stdin_text, run->opt.stdin_len,
		        f->settings, &run->opt.env, &run->opt.flags, true, &run->need, run->arena);
	/* --force asks for no result of the past; what a file says while its content is the same is
	 * none. */
	return config_cache_load(run->r->d.cache, ff->path, ff->real, f->settings, &run->opt.env,
	        &run->opt.flags, false, &f->hit, &run->need, run->arena);
}

/* Most files are those of last time. */
static bool load_known(struct run *run, struct loaded *f, const struct found_file *ff)
{
	f->file = is_stdin(run, ff)
	                  ? NULL
	                  : config_cache_hit(run->r->d.cache, ff->path, ff->real, f->settings,
	                            &run->opt.env, &run->opt.flags, &run->need, run->arena);
	return f->file;
}

static void load_slice(void *arg)
{
	struct run *run = arg;
	int64_t began = clock_ns(), now = began;

	run->slice = NULL;
	while (run->n_files < run->found.n && now - began < LOAD_SLICE_NS) {
		struct loaded *f = &run->files[run->n_files];
		const struct found_file *ff = &run->found.v[run->n_files];
		int64_t at = now;

		f->selectors = ff->selectors;
		f->settings = settings_of(run, ff);
		f->hit = load_known(run, f, ff);
		if (!f->hit && load_elsewhere(run, f, ff))
			return;
		if (!f->hit)
			f->file = load_file(run, f, ff);
		now = clock_ns();
		take_file(run, f, now - at);
	}
	if (run->n_files < run->found.n)
		run->slice = loop_timer_add(run->r->d.loop, 0, load_slice, run);
	else
		run_loaded(run);
}

/* ---- finding ---- */

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* No paths: the project's test_dir if it exists, else the working directory. */
static void default_paths(struct run *run)
{
	const struct settings *s = run->settings;
	AUTO_STR dir = fs_join(s->root, s->test_dir ? s->test_dir : "tests");
	const char *path =
	        is_dir(dir)
	                ? (strcmp(s->root, run->opt.cwd) == 0 && s->test_dir ? s->test_dir : dir)
	                : ".";

	run->default_path = arena_strdup(run->arena, path);
	if (!run->opt.paths.n && !run->opt.stdin_text)
		list_push(&run->opt.paths, path, run->arena);
}

static void add_stdin(struct run *run)
{
	struct found *f = &run->found;
	struct found_file *v = arena_array(run->arena, f->n + 1, sizeof(*v));
	AUTO_STR real = fs_join(run->opt.cwd, run->opt.stdin_name);

	if (f->n)
		memcpy(v, f->v, f->n * sizeof(*v));
	v[f->n].path = run->opt.stdin_name;
	v[f->n].real = arena_strdup(run->arena, real);
	f->v = v;
	f->n++;
}

/* Directories and patterns may lead to any number of files; named files are looked at at once. */
static bool may_find_many(const struct run *run)
{
	for (size_t i = 0; i < run->opt.paths.n; i++) {
		AUTO_STR path = fs_join(run->opt.cwd, run->opt.paths.v[i]);
		struct stat st;

		if (strcmp(run->opt.paths.v[i], "-") != 0 &&
		        (stat(path, &st) < 0 || !S_ISREG(st.st_mode)))
			return true;
	}
	return run->opt.paths.n > FIND_ON_LOOP_MAX;
}

static void find_job(void *arg)
{
	struct run *run = arg;

	const struct discovery wish = { &run->opt.paths, run->opt.cwd, run->settings, false };

	run->found_failed =
	        discover(&wish, run->arena, &run->found, &run->diags, &run->found_exit) < 0;
}

/* With --keep-going each file that was named and cannot be had is a test of its own. */
static bool has_missing(const struct run *run)
{
	for (size_t i = run->found_diags; i < run->diags.n; i++)
		if (run->opt.keep_going && !run->opt.list && !run->opt.why && !run->opt.dry &&
		        run->diags.v[i].severity == SEV_ERROR && run->diags.v[i].file)
			return true;
	return false;
}

static void load(struct run *run)
{
	bool nothing = run->found.n == 0 && !run->opt.stdin_text;

	/* What is broken besides is told with it. */
	if (run->found_failed && nothing && !has_missing(run)) {
		run_refuse_files(run, run->found_exit);
		return;
	}
	run->found_diags_end = run->diags.n;
	if (run->opt.stdin_text)
		add_stdin(run);
	run->files = xcalloc(run->found.n + 1, sizeof(*run->files));
	load_slice(run);
}

static void find_done(void *arg)
{
	struct run *run = arg;

	run->finding = false;
	load(run);
}

void run_load(struct run *run)
{
	struct err e;

	default_paths(run);
	run->found_diags = run->diags.n;
	if (may_find_many(run) && work_submit(run->r->d.work, find_job, find_done, run, &e) == 0) {
		run->finding = true;
		return;
	}
	if (run->opt.paths.n)
		find_job(run);
	load(run);
}
