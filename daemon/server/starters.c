/* POST /v1/init and /v1/template: files to start from (cli.md 3.6). The client writes them, so that
 * umask and permissions are the user's; what exists is kept unless `force` is set. */
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/server/missing.h"
#include "daemon/server/samples.h"
#include "daemon/wire/wire.h"

#define MAX_FILES 32
#define PATH_MOST 3800 /* a frame's path and a name below it fit */

/* ---- what there is ---- */

static const struct starter {
	const char *name, *also;
	const char *set, *file; /* file: the one file of a set that goes to stdout */
	const char *summary;
} starters[] = {
	{ "default", NULL, "project-default", NULL, "a project with a first test" },
	{ "advanced", NULL, "project-advanced", NULL, "checks, files, limits, a server" },
	{ "minimal", NULL, "project-minimal", NULL, "one test and nothing else" },
	{ "database", NULL, "project-database", NULL, "a database for each scenario" },
	{ "api", NULL, "project-api", NULL, "an HTTP interface and its client" },
	{ "otel", NULL, "file", "otel.toml", "what spans must show" },
	{ "matrix", NULL, "file", "matrix.toml", "one test for each combination" },
	{ "macros", "macro-library", "file", "macros.toml.tera", "what repeats, from a library" },
	{ "full-validation", "validation", "file", "full-validation.toml",
	        "every kind of expectation" },
	{ "deterministic", NULL, "file", "deterministic.toml", "seed, clock and digest" },
	{ "lifecycle-matcher", NULL, "file", "lifecycle-matcher.toml",
	        "start and end of a service" },
	{ "service-redis", NULL, "file", "service-redis.toml", "a redis for each scenario" },
	{ "service-postgres", NULL, "file", "service-postgres.toml",
	        "a PostgreSQL for each scenario" },
	{ "yaml", NULL, "file", "yaml.yaml", "the same keys in YAML" },
};

static const struct starter *starter_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(starters); i++)
		if (strcmp(starters[i].name, name) == 0 ||
		        (starters[i].also && strcmp(starters[i].also, name) == 0))
			return &starters[i];
	return NULL;
}

/* The path of a sample below its set, NULL when it is of another. */
static const char *below(const struct sample *s, const char *set)
{
	size_t n = strlen(set);

	return strncmp(s->name, set, n) == 0 && s->name[n] == '/' ? s->name + n + 1 : NULL;
}

/* ---- files of one answer ---- */

struct start {
	struct request *r;
	const char *cwd, *dir; /* dir as the user named it, "" = cwd */
	bool force;
	char project[80];
	size_t n, n_kept;
	struct start_file {
		char *path; /* as shown */
		struct strbuf text;
		bool kept;
	} files[MAX_FILES];
};

static void start_release(struct start *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->files[i].path);
		strbuf_release(&s->files[i].text);
	}
}

/* The last part of the directory's path, without what would need escaping. */
static void name_project(struct start *s)
{
	AUTO_STR whole = fs_join(s->cwd, s->dir);
	AUTO_STR normal = fs_normalize(whole);
	const char *slash = strrchr(normal, '/'), *name = slash ? slash + 1 : normal;
	size_t n = 0;

	for (; *name && n + 1 < sizeof(s->project); name++)
		s->project[n++] =
		        isalnum((unsigned char)*name) || strchr("._-", *name) ? *name : '_';
	s->project[n] = '\0';
	if (!n)
		memcpy(s->project, "project", sizeof("project"));
}

static void fill(const struct start *s, const char *text, struct strbuf *out)
{
	static const char mark[] = "@PROJECT@";
	const char *hit;

	for (; (hit = strstr(text, mark)); text = hit + sizeof(mark) - 1) {
		strbuf_add(out, text, (size_t)(hit - text));
		strbuf_adds(out, s->project);
	}
	strbuf_adds(out, text);
}

static void add_file(struct start *s, const char *path, const char *text)
{
	struct start_file *f = &s->files[s->n++];
	AUTO_STR whole = NULL;

	f->path = *s->dir ? fs_join(s->dir, path) : xstrdup(path);
	f->text = (struct strbuf)STRBUF_INIT;
	fill(s, text, &f->text);
	whole = fs_join(s->cwd, f->path);
	f->kept = !s->force && access(whole, F_OK) == 0;
	s->n_kept += f->kept;
}

static void add_set(struct start *s, const char *set)
{
	for (const struct sample *f = samples; f->name; f++) {
		const char *path = below(f, set);

		if (path && s->n < MAX_FILES)
			add_file(s, path, f->text);
	}
}

/* ---- answers ---- */

static void write_paths(struct json *j, const char *key, const struct start *s, bool kept)
{
	json_arr(j, key);
	for (size_t i = 0; i < s->n; i++)
		if (s->files[i].kept == kept)
			json_str(j, NULL, s->files[i].path);
	json_end(j);
}

/* The client wrote them: what became of each. */
static void write_changed(struct json *j, const struct start *s)
{
	json_obj(j, NULL);
	write_paths(j, "changed", s, false);
	write_paths(j, "kept", s, true);
	json_arr(j, "failed");
	json_end(j);
	json_end(j);
}

/* The client is to write them. */
static void write_files(struct json *j, const struct start *s)
{
	json_obj(j, NULL);
	json_arr(j, "files");
	for (size_t i = 0; i < s->n; i++) {
		if (s->files[i].kept)
			continue;
		json_obj(j, NULL);
		json_str(j, "path", s->files[i].path);
		json_strn(j, "text", s->files[i].text.s, s->files[i].text.len);
		json_end(j);
	}
	json_end(j);
	write_paths(j, "kept", s, true);
	json_end(j);
}

/* As a shell takes it. */
static void say_dir(const char *dir, struct strbuf *out)
{
	AUTO_STRBUF word = STRBUF_INIT;

	strbuf_shell_quote(&word, dir);
	strbuf_adds(out, "-C ");
	text_line(out, word.s, word.len);
	strbuf_addc(out, ' ');
}

static void say_files(const struct start *s, const char *done, struct strbuf *out)
{
	int verbosity = s->r->style.verbosity;

	if (verbosity < 0)
		return;
	for (size_t i = 0; i < s->n; i++) {
		strbuf_adds(out, s->files[i].kept ? "kept   " : "wrote  ");
		text_line(out, s->files[i].path, strlen(s->files[i].path));
		strbuf_addc(out, '\n');
	}
	text_line(out, done, strlen(done));
	strbuf_adds(out, "\nnext: clnrm ");
	if (*s->dir)
		say_dir(s->dir, out);
	strbuf_adds(out, "run\n");
}

static void send_files(const struct start *s)
{
	unsigned number = 0;

	for (size_t i = 0; i < s->n; i++) {
		AUTO_STR named = fs_join(s->cwd, s->files[i].path);
		AUTO_STR real = fs_real_target(named); /* the client follows no links */
		AUTO_STRBUF frames = STRBUF_INIT;

		if (s->files[i].kept)
			continue;
		frame_put_name(&frames, ++number, real ? real : named);
		frame_put_file(&frames, number, s->files[i].text.s, s->files[i].text.len);
		stream_write(s->r->x, frames.s, frames.len);
	}
}

static void answer_files(struct start *s, const char *done)
{
	struct request *r = s->r;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&text);

	if (s->n_kept == s->n) {
		answer_problem(r, "exists", 2, "already initialised", "--force overwrites", NULL);
		return;
	}
	if (r->form != FORM_FRAMES) {
		write_files(&j, s);
		answer(r, 0, &text, NULL);
		return;
	}
	if (r->inner == INNER_HUMAN)
		say_files(s, done, &text);
	else
		write_changed(&j, s);
	if (r->inner != INNER_HUMAN)
		strbuf_addc(&text, '\n');
	stream_open(r, NULL);
	if (text.len)
		stream_frame(r->x, 'o', text.s, text.len);
	send_files(s);
	stream_exit(r->x, 0);
	stream_end(r->x);
}

/* What stands in the way of a directory. -1: answered. */
static int check_target(const struct start *s)
{
	AUTO_STR path = fs_join(s->cwd, s->dir);
	AUTO_STRBUF why = STRBUF_INIT;
	struct stat st;

	if (!*s->dir || stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return 0;
	strbuf_printf(&why, "'%s' is there and is no directory", s->dir);
	answer_problem(s->r, "exists", 2, why.s, "choose another name", NULL);
	return -1;
}

/* cwd is checked, and lives in a. -1: answered. */
static int begin(struct start *s, struct request *r, struct arena *a, const json_t *cwd,
        const char *dir, bool force)
{
	__attribute__((cleanup(decode_release))) struct decode c;
	struct body_dir at;

	body_begin(r, &c, a);
	body_read_dir(&c, cwd, &at);
	if (!decode_ok(&c)) {
		body_refuse(r, &c);
		return -1;
	}
	*s = (struct start){ .r = r, .cwd = at.path, .dir = dir ? dir : "", .force = force };
	if (body_check_dir(r, &at, 6) < 0 || check_target(s) < 0)
		return -1;
	name_project(s);
	return 0;
}

/* ---- POST /v1/init ---- */

struct init_wish {
	const json_t *cwd;
	const char *dir;
	bool force, config, yaml;
	int ci;
};

#define AT(member) .at = offsetof(struct init_wish, member)
static const struct field init_fields[] = {
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "dir", .type = FIELD_TEXT, AT(dir), .max = PATH_MOST },
	{ .name = "force", .type = FIELD_BOOL, AT(force) },
	{ .name = "config", .type = FIELD_BOOL, AT(config) },
	{ .name = "yaml", .type = FIELD_BOOL, AT(yaml) },
	{ .name = "ci", .type = FIELD_CHOICE, AT(ci), .values = "none github gitlab" },
};
#undef AT

static const char *const ci_sets[] = { NULL, "init-github", "init-gitlab" };

void handle_init(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF done = STRBUF_INIT;
	struct init_wish w = { 0 };
	struct start s;

	if (body_decode(r, init_fields, ARRAY_LEN(init_fields), a, &w) < 0 ||
	        begin(&s, r, a, w.cwd, w.dir, w.force) < 0)
		return;
	add_set(&s, w.yaml ? "init-yaml" : "init");
	if (w.config)
		add_set(&s, "init-config");
	if (ci_sets[w.ci])
		add_set(&s, ci_sets[w.ci]);
	strbuf_printf(&done, "initialized %s", *s.dir ? s.dir : s.cwd);
	answer_files(&s, done.s);
	start_release(&s);
}

/* ---- POST /v1/template ---- */

struct template_wish {
	const json_t *cwd;
	const char *name, *project;
	bool force, list;
};

#define AT(member) .at = offsetof(struct template_wish, member)
static const struct field template_fields[] = {
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "name", .type = FIELD_TEXT, AT(name) },
	{ .name = "project", .type = FIELD_TEXT, AT(project), .max = PATH_MOST },
	{ .name = "force", .type = FIELD_BOOL, AT(force) },
	{ .name = "list", .type = FIELD_BOOL, AT(list) },
};
#undef AT

static void answer_list(struct request *r)
{
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.templates/1");
	json_arr(&j, "templates");
	for (size_t i = 0; i < ARRAY_LEN(starters); i++) {
		const struct starter *t = &starters[i];

		json_obj(&j, NULL);
		json_str(&j, "name", t->name);
		json_str(&j, "kind", t->file ? "file" : "project");
		json_str(&j, "summary", t->summary);
		json_end(&j);
		strbuf_printf(&text, "%-18s %-8s %s\n", t->name, t->file ? "file" : "project",
		        t->summary);
	}
	json_end(&j);
	json_end(&j);
	answer(r, 0, &json, &text);
}

static void no_such_template(struct request *r, const char *name)
{
	const char *names[ARRAY_LEN(starters) + 1] = { 0 };
	AUTO_STRBUF why = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(starters); i++)
		names[i] = starters[i].name;
	strbuf_printf(&why, "there is no template '%.64s'", name ? name : "");
	answer_missing(r, &(struct missing){ "not-found", "template", name ? name : "", names,
	                          why.s, "clnrm template --list" });
}

/* One file is a document: where it goes is the user's to say. */
static void answer_file(struct start *s, const struct starter *t)
{
	AUTO_STRBUF json = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	for (const struct sample *f = samples; f->name; f++) {
		const char *path = below(f, t->set);

		if (path && strcmp(path, t->file) == 0)
			add_file(s, path, f->text);
	}
	s->files[0].kept = false; /* whatever stands here */
	write_files(&j, s);
	answer(s->r, 0, &json, &s->files[0].text);
}

void handle_template(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF done = STRBUF_INIT;
	struct template_wish w = { 0 };
	const struct starter *t;
	struct start s;

	if (body_decode(r, template_fields, ARRAY_LEN(template_fields), a, &w) < 0)
		return;
	if (w.list) {
		answer_list(r);
		return;
	}
	t = w.name ? starter_find(w.name) : NULL;
	if (!t) {
		no_such_template(r, w.name);
		return;
	}
	if (t->file && w.project) {
		strbuf_printf(&done, "'%s' is one file and takes no PROJECT", t->name);
		answer_problem(r, "bad-request", 2, done.s, "-o FILE writes it", NULL);
		return;
	}
	if (begin(&s, r, a, w.cwd, t->file ? NULL : w.project ? w.project : t->name, w.force) < 0)
		return;
	if (t->file) {
		answer_file(&s, t);
	} else {
		add_set(&s, t->set);
		strbuf_printf(&done, "made %s from template '%s'", s.dir, t->name);
		answer_files(&s, done.s);
	}
	start_release(&s);
}
