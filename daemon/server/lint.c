/* POST /v1/lint: bad practice in test files (cli.md 3.4), on a worker thread. What the check finds
 * is part of it; what only this build or machine lacks is not. */
#include <dirent.h>
#include <string.h>

#include "common/fs.h"
#include "daemon/server/files.h"
#include "daemon/server/handlers.h"
#include "daemon/server/missing.h"
#include "daemon/server/offload.h"
#include "daemon/wire/wire.h"

#define MAX_FILE (16u << 20)
#define MAX_ROUNDS 8 /* of remedies, which may bring about findings that have one */
#define MAX_RULES 64
#define MAX_TEXTS (256u << 20) /* of files that are searched for names of libraries */
#define MAX_LOOKS (4ull << 30) /* bytes that are searched in all */

struct linting {
	struct offload o;
	struct file_set set;
	struct text_style style;
	enum inner inner;
	bool frames;
	const char *version;
	/* What the worker finds. */
	struct diags all;    /* in arena of the set */
	struct strbuf texts; /* of all files, for what a name in any of them */
	struct map *names;   /* test -> path */
	struct map *folders; /* that were looked through */
	unsigned fixed, n_written;
	uint64_t looked;
	struct strbuf doc, text, written;
};

/* ---- what counts ---- */

static bool lists(const struct str_list *l, const char *code)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], code) == 0 ||
		        (strncmp(code, "lint.", 5) == 0 && strcmp(l->v[i], code + 5) == 0))
			return true;
	return false;
}

/* Of this build, of this machine: nothing that another text would change. */
static bool is_elsewhere(const char *code)
{
	static const char *const codes[] = { "config.needs_feature", "image.", "limit." };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (strncmp(code, codes[i], strlen(codes[i])) == 0)
			return true;
	return false;
}

/* Weighs a finding by the flags; false when it is left out. Errors stay errors. */
/* Of text that another template printed: a library has users that need its older words. */
static bool is_of_library(const struct diag *d)
{
	const char *slash = d->file ? strrchr(d->file, '/') : NULL;
	const char *name = slash ? slash + 1 : d->file;

	return d->from && name && strncmp(d->code, "lint.", 5) == 0 && !strstr(d->from, name);
}

static bool weigh(const struct linting *l, struct diag *d)
{
	const struct run_request *w = &l->set.req;

	if (is_elsewhere(d->code) || is_of_library(d))
		return false;
	if (d->severity == SEV_ERROR)
		return true;
	if (lists(&w->deny, d->code))
		d->severity = SEV_ERROR;
	else if (lists(&w->warn, d->code))
		d->severity = SEV_WARNING;
	else if (lists(&w->allow, d->code))
		return false;
	return true;
}

static void take(struct linting *l, const struct diags *d)
{
	struct diags kept = *d;

	kept.v = xcalloc(d->n + 1, sizeof(*d->v));
	kept.n = kept.errors = kept.warnings = 0;
	for (size_t i = 0; i < d->n; i++) {
		struct diag x = d->v[i];

		if (!weigh(l, &x))
			continue;
		kept.v[kept.n++] = x;
		kept.errors += x.severity == SEV_ERROR;
		kept.warnings += x.severity == SEV_WARNING;
	}
	diags_text(&kept, &l->style, l->style.out, &l->text);
	diags_copy(&l->all, &kept);
	free(kept.v);
}

/* ---- across files ---- */

static void check_name(struct linting *l, const struct test_file *f, const struct test *t)
{
	const char *other = map_get(l->names, t->name);
	struct diags mine;

	if (!other) {
		map_put(l->names, t->name, (void *)arena_strdup(l->set.arena, f->path));
		return;
	}
	diags_init(&mine, l->set.arena);
	diags_add(&mine, SEV_WARNING, "config.duplicate_name", f->path, t->pos,
	        "test '%s' is also the name of '%s'", t->name, other);
	take(l, &mine);
	diags_release(&mine);
}

static void check_names(struct linting *l, const struct test_file *f)
{
	for (size_t i = 0; i < f->n_tests; i++)
		check_name(l, f, &f->tests[i]);
}

/* A library (config.md 1.1) that no text names. */
static void check_library(struct linting *l, const char *folder, const char *name)
{
	AUTO_STR path = fs_join(folder, name);
	struct diags mine;

	l->looked += l->texts.len + 1;
	if (l->texts.len > MAX_TEXTS || l->looked > MAX_LOOKS)
		return;
	if (name[0] != '_' || !strstr(name, ".tera") ||
	        memmem(l->texts.s, l->texts.len, name, strlen(name)))
		return;
	diags_init(&mine, l->set.arena);
	diags_add(&mine, SEV_WARNING, "lint.orphan", arena_strdup(l->set.arena, path),
	        (struct pos){ 0 }, "no test and no template names '%s'", name);
	take(l, &mine);
	diags_release(&mine);
}

static int no_dots(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Libraries are beside the files that take from them; what they name counts as well. */
static void check_folder(struct linting *l, const char *folder, const char *real)
{
	struct dirent **names = NULL;
	int n = scandir(real, &names, no_dots, alphasort);

	for (int i = 0; i < n; i++) {
		AUTO_STR path = fs_join(real, names[i]->d_name);
		struct err e;

		if (names[i]->d_name[0] == '_' && l->texts.len <= MAX_TEXTS &&
		        fs_read_file(path, MAX_FILE, &l->texts, &e) < 0)
			continue;
	}
	for (int i = 0; i < n; i++) {
		check_library(l, folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup("");
}

static void check_folders(struct linting *l)
{
	for (size_t i = 0; i < l->set.found.n; i++) {
		const struct found_file *f = &l->set.found.v[i];
		AUTO_STR folder = folder_of(f->path);
		AUTO_STR real = folder_of(f->real);

		if (!map_get(l->folders, real)) {
			map_put(l->folders, real, l);
			check_folder(l, folder, real);
		}
	}
}

/* ---- one file ---- */

static struct test_file *load(
        struct linting *l, const struct found_file *f, const struct strbuf *text)
{
	const struct run_options *o = &l->set.req.run;

	return config_load(f->path, f->real, text->s, text->len,
	        file_set_settings(&l->set, f->real), &o->env, &o->flags, false, &l->set.need,
	        l->set.arena);
}

/* Remedies that this request wants. */
static size_t fix_once(struct linting *l, const struct test_file *f, struct strbuf *text)
{
	AUTO_STRBUF better = STRBUF_INIT;
	struct diags wanted = f->diags;
	size_t n;

	wanted.v = xcalloc(f->diags.n + 1, sizeof(*wanted.v));
	wanted.n = 0;
	for (size_t i = 0; i < f->diags.n; i++) {
		struct diag x = f->diags.v[i];

		if (x.n_edits && weigh(l, &x))
			wanted.v[wanted.n++] = x;
	}
	n = config_fix(&wanted, text->s, text->len, &better);
	free(wanted.v);
	if (n) {
		strbuf_reset(text);
		strbuf_add(text, better.s, better.len);
	}
	return n;
}

/* The text becomes what it is with all remedies; the file is that of it. */
static struct test_file *fix_all(
        struct linting *l, const struct found_file *ff, struct test_file *f, struct strbuf *text)
{
	size_t all = 0;

	for (size_t round = 0, n = 1; round < MAX_ROUNDS && n; round++) {
		n = fix_once(l, f, text);
		all += n;
		if (!n)
			break;
		test_file_unref(f);
		f = load(l, ff, text);
	}
	if (!all)
		return f;
	l->fixed += (unsigned)all;
	strbuf_adds(&l->text, "fixed  ");
	text_line(&l->text, ff->path, strlen(ff->path));
	strbuf_printf(&l->text, "  %zu finding%s\n", all, all == 1 ? "" : "s");
	frame_put_name(&l->written, ++l->n_written, ff->real);
	frame_put_file(&l->written, l->n_written, text->s, text->len);
	return f;
}

static void lint_one(struct linting *l, const struct found_file *ff)
{
	AUTO_STRBUF text = STRBUF_INIT;
	size_t len;
	const char *given = file_set_text(&l->set, ff, &len);
	struct test_file *f;
	struct err e;

	if (given)
		strbuf_add(&text, given, len);
	/* What cannot be read has its finding from config_load(). */
	if (given || fs_read_file(ff->real, MAX_FILE, &text, &e) == 0)
		f = load(l, ff, &text);
	else
		f = file_set_load(&l->set, ff);
	file_set_select(&l->set, ff, f);
	if (l->set.req.fix && l->frames && !given)
		f = fix_all(l, ff, f, &text);
	if (l->texts.len <= MAX_TEXTS)
		strbuf_add(&l->texts, text.s, text.len);
	take(l, &f->diags);
	check_names(l, f);
	test_file_unref(f);
}

/* ---- documents ---- */

static void write_json(struct linting *l)
{
	struct json j = JSON_INIT(&l->doc);

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.lint/1");
	wire_diags(&j, "diagnostics", &l->all);
	json_uint(&j, "errors", l->all.errors);
	json_uint(&j, "warnings", l->all.warnings);
	json_uint(&j, "fixed", l->fixed);
	json_end(&j);
	strbuf_addc(&l->doc, '\n');
}

static void write_sarif(struct linting *l)
{
	struct sarif_rule rules[MAX_RULES];
	struct sarif_rules all = { rules, 0 };
	const struct config_lint_rule *r;

	while (all.n < MAX_RULES && (r = config_lint_rule(all.n)))
		rules[all.n++] = (struct sarif_rule){ r->code, r->summary };
	sarif_write(l->version, &all, &l->all, &l->doc);
}

static void add_totals(struct linting *l)
{
	size_t n = l->set.found.n;

	if (l->style.verbosity < -1)
		return;
	strbuf_printf(&l->text, "%zu file%s, %zu error%s, %zu warning%s", n, n == 1 ? "" : "s",
	        l->all.errors, l->all.errors == 1 ? "" : "s", l->all.warnings,
	        l->all.warnings == 1 ? "" : "s");
	if (l->set.req.fix)
		strbuf_printf(&l->text, ", %u fixed", l->fixed);
	strbuf_addc(&l->text, '\n');
}

static void work(struct offload *o)
{
	struct linting *l = (struct linting *)o;

	file_set_find(&l->set);
	if (l->set.refused)
		return;
	take(l, &l->set.diags);
	for (size_t i = 0; i < l->set.found.n; i++)
		lint_one(l, &l->set.found.v[i]);
	check_folders(l);
	add_totals(l);
	if (l->inner == INNER_GITHUB)
		github_diags(&l->all, &l->doc);
	else if (l->inner == INNER_SARIF)
		write_sarif(l);
	else
		write_json(l);
}

/* ---- answer ---- */

static void reply(struct offload *o)
{
	struct linting *l = (struct linting *)o;
	struct request *r = o->r;
	bool bad = l->all.errors || (l->set.req.deny_warnings && l->all.warnings);
	const struct strbuf *text = l->inner == INNER_HUMAN ? &l->text : &l->doc;

	if (file_set_refused(&l->set, r) || file_set_missed(&l->set, r))
		return;
	if (!l->frames) {
		answer(r, bad, &l->doc, &l->text);
		return;
	}
	stream_open(r, NULL);
	if (text->len)
		stream_frame(r->x, 'o', text->s, text->len);
	if (l->written.len)
		stream_write(r->x, l->written.s, l->written.len);
	stream_exit(r->x, bad);
	stream_end(r->x);
}

static void release(struct offload *o)
{
	struct linting *l = (struct linting *)o;

	diags_release(&l->all);
	map_free(l->names, NULL);
	map_free(l->folders, NULL);
	strbuf_release(&l->texts);
	strbuf_release(&l->doc);
	strbuf_release(&l->text);
	strbuf_release(&l->written);
	file_set_release(&l->set);
	free(l);
}

/* -1: answered, a rule of --allow, --warn or --deny is none. Codes of the check are let through. */
static int check_rules(struct linting *l, struct request *r)
{
	const struct run_request *w = &l->set.req;
	const struct str_list *lists_of[] = { &w->allow, &w->warn, &w->deny };
	const char *names[MAX_RULES + 1] = { 0 };
	const struct config_lint_rule *rule;

	for (size_t i = 0; i < MAX_RULES && (rule = config_lint_rule(i)); i++)
		names[i] = rule->code;
	for (size_t i = 0; i < ARRAY_LEN(lists_of); i++) {
		for (size_t k = 0; k < lists_of[i]->n; k++) {
			const char *name = lists_of[i]->v[k];
			bool known = strchr(name, '.') && strncmp(name, "lint.", 5) != 0;
			AUTO_STRBUF why = STRBUF_INIT;

			for (size_t n = 0; names[n] && !known; n++)
				known = strcmp(names[n], name) == 0 ||
				        strcmp(names[n] + 5, name) == 0;
			if (known)
				continue;
			strbuf_printf(&why, "there is no rule '%.64s'", name);
			answer_missing(r, &(struct missing){ "invalid-option", "rule", name, names,
			                          why.s, "clnrm lint --format sarif names all" });
			return -1;
		}
	}
	return 0;
}

void handle_lint(struct request *r)
{
	struct linting *l = xcalloc(1, sizeof(*l));
	bool good;

	l->o = (struct offload){ .work = work, .answer = reply, .release = release };
	l->texts = l->doc = l->text = l->written = (struct strbuf)STRBUF_INIT;
	l->names = map_new();
	l->folders = map_new();
	l->style = r->style;
	l->frames = r->form == FORM_FRAMES;
	l->inner = l->frames ? r->inner : INNER_HUMAN;
	l->version = r->d->version;
	good = file_set_init(&l->set, r, FILES_LINT) == 0;
	diags_init(&l->all, l->set.arena);
	l->set.req.run.flags.lint = true;
	if (good && check_rules(l, r) == 0)
		offload(r, &l->o);
	else
		release(&l->o);
}
