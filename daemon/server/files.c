#include "daemon/server/files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/cache/templates.h"

/* ---- settings ---- */

static void drop_settings(void *value)
{
	settings_unref(value);
}

static struct settings *settings_of(struct file_set *f, const char *dir)
{
	const struct run_options *o = &f->req.run;
	struct settings *s = map_get(f->settings, dir);

	if (s)
		return s;
	s = settings_load(dir, &o->env, &o->flags, o->uid, f->own);
	s->memo = s->cache_compiled ? f->memo : NULL;
	map_put(f->settings, dir, s);
	return s;
}

struct settings *file_set_settings(struct file_set *f, const char *real)
{
	const char *slash = strrchr(real, '/');
	AUTO_STR dir = xstrndup(real, slash && slash != real ? (size_t)(slash - real) : 1);

	return settings_of(f, dir);
}

/* ---- which files ---- */

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* None given: the project's test directory if it is there, else the working directory. */
static void default_paths(struct file_set *f, const struct settings *s)
{
	struct run_options *o = &f->req.run;
	AUTO_STR dir = fs_join(s->root, s->test_dir ? s->test_dir : "tests");
	bool at_root = strcmp(s->root, o->cwd) == 0;

	if (o->paths.n || o->stdin_text)
		return;
	o->paths.v = arena_array(f->arena, 3, sizeof(char *));
	o->paths.v[0] = !is_dir(dir)             ? "."
	                : at_root && s->test_dir ? s->test_dir
	                                         : arena_strdup(f->arena, dir);
	o->paths.n = 1;
	/* It stands above the tests. */
	if (f->projects && s->project_file && strcmp(o->paths.v[0], ".") != 0)
		o->paths.v[o->paths.n++] = at_root ? base_name(s->project_file) : s->project_file;
}

static void add_stdin(struct file_set *s)
{
	const struct run_options *o = &s->req.run;
	struct found *f = &s->found;
	struct found_file *all = arena_array(s->arena, f->n + 1, sizeof(*all));
	AUTO_STR real = fs_join(o->cwd, o->stdin_name);

	if (f->n)
		memcpy(all, f->v, f->n * sizeof(*all));
	all[f->n++] =
	        (struct found_file){ .path = o->stdin_name, .real = arena_strdup(s->arena, real) };
	f->v = all;
}

void file_set_find(struct file_set *f)
{
	const struct run_options *o = &f->req.run;
	const struct settings *s = settings_of(f, o->cwd);

	diags_copy(&f->diags, &s->diags);
	if (s->diags.errors) {
		f->refused = 2;
		return;
	}
	default_paths(f, s);
	const struct discovery wish = { &o->paths, o->cwd, s, f->projects };

	if (o->paths.n && discover(&wish, f->arena, &f->found, &f->diags, &f->refused) < 0)
		return;
	f->refused = 0;
	if (o->stdin_text)
		add_stdin(f);
}

const char *file_set_text(const struct file_set *s, const struct found_file *f, size_t *len)
{
	const struct run_options *o = &s->req.run;

	if (!o->stdin_text || f->path != o->stdin_name)
		return NULL;
	*len = o->stdin_len;
	return o->stdin_text;
}

struct test_file *file_set_load(struct file_set *s, const struct found_file *f)
{
	const struct run_options *o = &s->req.run;
	size_t len = 0;
	const char *text = file_set_text(s, f, &len);

	return config_load(f->path, f->real, text, len, file_set_settings(s, f->real), &o->env,
	        &o->flags, false, &s->need, s->arena);
}

/* ---- what of them ---- */

/* One pattern may name many files; it is enough when one of them has the scenario. */
void file_set_select(struct file_set *s, const struct found_file *ff, struct test_file *f)
{
	for (size_t k = 0; ff->selectors && ff->selectors[k]; k++) {
		const char *one[] = { ff->selectors[k], NULL };
		const struct dry_file file = { f, one };
		struct dry_plan plan = { 0 };
		struct err e;

		if (!f->tests ||
		        (dry_plan(&s->req.run, &file, 1, NULL, NULL, s->arena, &plan, &e) == 0 &&
		                !plan.missed))
			map_put(s->hits, one[0], s);
		else
			map_put(s->misses, one[0], arena_printf(s->arena, "%s%s", f->path, one[0]));
	}
}

bool file_set_missed(const struct file_set *s, struct request *r)
{
	AUTO_STRBUF why = STRBUF_INIT;
	const char *selector;
	void *path;
	size_t at = 0;

	while (map_next(s->misses, &at, &selector, &path)) {
		if (map_get(s->hits, selector))
			continue;
		strbuf_printf(&why, "no scenario matches '%s'", (const char *)path);
		answer_problem(r, "no-match", 2, why.s, NULL, NULL);
		return true;
	}
	return false;
}

/* ---- begin, refuse, end ---- */

/* Now, on the loop: the store is no worker's. */
static void know_images(struct file_set *s, const struct request *r)
{
	const char *const *names = image_names(r->d->images);
	struct str_list *to = &s->req.run.flags.images;
	size_t n = 0;

	while (names[n])
		n++;
	to->v = arena_array(s->arena, n + 1, sizeof(*to->v));
	for (to->n = 0; to->n < n; to->n++)
		to->v[to->n] = arena_strdup(s->arena, names[to->n]);
}

int file_set_init(struct file_set *s, struct request *r, enum files_what what)
{
	*s = (struct file_set){ .arena = arena_new(),
		.settings = map_new(),
		.hits = map_new(),
		.misses = map_new(),
		.own = r->d->own,
		.projects = what == FILES_FORMAT,
		.memo = template_cache_memo(r->d->templates) };
	body_begin(r, &s->decode, s->arena);
	diags_init(&s->diags, s->arena);
	bool good = files_request_read(&s->decode, r->json, r->env_final, what, &s->req);
	s->req.run.uid = getuid();
	know_images(s, r);
	if (good)
		return body_check_dir(r, &s->req.dir, 6);
	body_refuse(r, &s->decode);
	return -1;
}

void file_set_release(struct file_set *s)
{
	map_free(s->settings, drop_settings);
	map_free(s->hits, NULL);
	map_free(s->misses, NULL);
	diags_release(&s->diags);
	decode_release(&s->decode);
	arena_free(s->arena);
}

static const struct diag *first_error(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].severity == SEV_ERROR)
			return &d->v[i];
	return NULL;
}

bool file_set_refused(struct file_set *s, struct request *r)
{
	const struct diag *first = first_error(&s->diags);

	if (s->refused)
		answer_problem(r, s->diags.errors == 1 && first ? first->code : "invalid-files",
		        s->refused, first ? first->message : "files cannot be read", NULL,
		        &s->diags);
	else if (s->need.n && !r->env_final)
		answer_need_env(r, &s->need);
	else
		return false;
	return true;
}
