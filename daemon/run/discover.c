/* Which files a run is about (config.md 1.1, 1.2). A directory costs an open, an fstat and its
 * getdents: what readdir(3) tells of an entry is enough for all but links. */
#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/glob.h"
#include "daemon/run/run_priv.h"

#define MAX_FILES 100000
#define LOOKED_FOR "looked for *.clnrm.toml, *.clnrm.yaml, *.clnrm.yml, each also with .tera"

struct item {
	const char *path, *real;
	struct str_list selectors;
	bool all; /* some argument wants the whole file */
};

struct finder {
	const char *cwd;
	const struct settings *s;
	bool projects;
	struct arena *a;
	struct diags *d;
	struct map *by_real; /* index + 1 into v */
	struct map *visited; /* "dev:ino" of directories */
	struct item *v;
	size_t n, cap;
	unsigned dirs, others;
	const char **entered;
	size_t cap_entered;
	int exit;
	/* of the argument at hand */
	const char *selector;
	const char *pattern; /* entries must match it; NULL = all test files */
	bool full;
};

/* ---- findings ---- */

static struct diag *problem(struct finder *f, int exit, const char *code, const char *file,
        const char *fmt, ...) PRINTF(5, 6);

static struct diag *problem(
        struct finder *f, int exit, const char *code, const char *file, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	f->exit = exit > f->exit ? exit : f->exit;
	return diags_add(
	        f->d, SEV_ERROR, code, arena_strdup(f->a, file), (struct pos){ 0 }, "%s", text.s);
}

static void cannot_open(struct finder *f, const char *path, int error)
{
	bool absent = error == ENOENT || error == ENOTDIR;

	problem(f, 3, absent ? "file.not_found" : "file.unreadable", path, "cannot open '%s': %s",
	        path, strerrordesc_np(error));
}

/* ---- found files ---- */

static void select_in(struct finder *f, struct item *x)
{
	if (f->selector)
		list_push(&x->selectors, f->selector, f->a);
	else
		x->all = true;
}

static void add_file(struct finder *f, const char *path, const char *real)
{
	uintptr_t at = (uintptr_t)map_get(f->by_real, real);

	if (at) {
		select_in(f, &f->v[at - 1]);
		return;
	}
	if (f->n >= MAX_FILES) {
		if (!f->full)
			problem(f, 2, "file.too_many", path, "more than %d test files", MAX_FILES);
		f->full = true;
		return;
	}
	f->v = xgrow(f->v, &f->cap, f->n + 1, sizeof(*f->v));
	f->v[f->n] = (struct item){
		.path = arena_strdup(f->a, path),
		.real = arena_strdup(f->a, real),
	};
	select_in(f, &f->v[f->n]);
	map_put(f->by_real, real, (void *)(uintptr_t)(f->n + 1));
	f->n++;
}

/* ---- directories ---- */

struct entry {
	const char *name;
	bool link;
};

struct entries {
	struct arena *a;
	struct entry *v;
	size_t n, cap;
};

static void add_entry(struct entries *e, const char *name, bool link)
{
	e->v = xgrow(e->v, &e->cap, e->n + 1, sizeof(*e->v));
	e->v[e->n++] = (struct entry){ arena_strdup(e->a, name), link };
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void entries_sort(struct entries *e)
{
	if (e->n)
		qsort(e->v, e->n, sizeof(*e->v), by_bytes);
}

static void path_push(struct strbuf *path, const char *name)
{
	if (path->len == 1 && path->s[0] == '.')
		strbuf_reset(path);
	if (path->len && path->s[path->len - 1] != '/')
		strbuf_addc(path, '/');
	strbuf_adds(path, name);
}

static bool never_entered(const char *name)
{
	static const char *const names[] = { "node_modules", "target", "__pycache__" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return name[0] == '.';
}

/* Patterns are of paths below the project root; one without '/' is of names anywhere. */
static bool is_ignored(const struct finder *f, const char *real)
{
	const struct str_list *ignore = &f->s->ignore;
	size_t n = strlen(f->s->root);
	bool below = strncmp(real, f->s->root, n) == 0 && real[n] == '/';
	const char *path = below ? real + n + 1 : real;

	for (size_t i = 0; i < ignore->n; i++) {
		const char *name = strrchr(real, '/') + 1;
		const char *pattern = ignore->v[i];
		size_t len = strlen(pattern);
		AUTO_STR bare =
		        xstrndup(pattern, len > 1 && pattern[len - 1] == '/' ? len - 1 : len);

		if (glob_match(bare, strchr(bare, '/') ? path : name, true))
			return true;
	}
	return false;
}

/* Remembers a directory; false when it was seen before. */
static bool visit(struct finder *f, const struct stat *st)
{
	char key[40];

	snprintf(key, sizeof(key), "%llx:%llx", (unsigned long long)st->st_dev,
	        (unsigned long long)st->st_ino);
	return map_put(f->visited, key, f) == NULL;
}

static bool was_visited(const struct finder *f, const struct stat *st)
{
	char key[40];

	snprintf(key, sizeof(key), "%llx:%llx", (unsigned long long)st->st_dev,
	        (unsigned long long)st->st_ino);
	return map_get(f->visited, key) != NULL;
}

static unsigned char type_of(int fd, const struct dirent *x, struct stat *st)
{
	if (x->d_type != DT_UNKNOWN && x->d_type != DT_LNK)
		return x->d_type;
	if (fstatat(fd, x->d_name, st, 0) < 0)
		return DT_LNK; /* leads nowhere */
	return S_ISDIR(st->st_mode) ? DT_DIR : S_ISREG(st->st_mode) ? DT_REG : DT_UNKNOWN;
}

static bool is_project(const char *name)
{
	return strcmp(name, "cleanroom.toml") == 0;
}

/* A file by the pattern of an argument may also be one that only counts when it is named, if the
 * pattern says how its name ends. */
static bool wanted_name(const struct finder *f, const char *name)
{
	const char *last = f->pattern ? strrchr(f->pattern, '/') : NULL;

	if (name[0] == '.')
		return false;
	last = last ? last + 1 : f->pattern;
	return config_is_test_name(name) || (f->projects && is_project(name)) ||
	       (last && strchr(last, '.') && config_is_named_test(name));
}

static void sort_in(struct finder *f, int fd, const struct dirent *x, struct entries *files,
        struct entries *dirs)
{
	struct stat st = { 0 };
	bool link;

	if (x->d_type == DT_DIR ? never_entered(x->d_name)
	                        : x->d_type == DT_REG && !wanted_name(f, x->d_name)) {
		f->others += x->d_type == DT_REG;
		return;
	}
	unsigned char type = type_of(fd, x, &st);

	link = x->d_type == DT_LNK || x->d_type == DT_UNKNOWN;
	if (type == DT_DIR && !never_entered(x->d_name))
		add_entry(dirs, x->d_name, link);
	else if (type != DT_DIR && wanted_name(f, x->d_name))
		add_entry(files, x->d_name, link || type != DT_REG);
	else if (type != DT_DIR)
		f->others++;
}

static int read_entries(
        struct finder *f, const char *shown, int fd, struct entries *files, struct entries *dirs)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *x;

	if (!dir) {
		cannot_open(f, shown, errno);
		close(fd);
		return -1;
	}
	for (errno = 0; (x = readdir(dir)); errno = 0)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			sort_in(f, dirfd(dir), x, files, dirs);
	if (errno)
		cannot_open(f, shown, errno);
	closedir(dir);
	entries_sort(files);
	entries_sort(dirs);
	return 0;
}

static void take_file(
        struct finder *f, const struct entry *x, const struct strbuf *shown, const char *real)
{
	AUTO_STR target = NULL;
	struct stat st;

	if (f->pattern && !glob_match(f->pattern, shown->s, true)) {
		f->others++;
		return;
	}
	if (f->s->ignore.n && is_ignored(f, real))
		return;
	if (x->link) {
		target = realpath(real, NULL);
		if (!target || stat(target, &st) < 0) {
			cannot_open(f, shown->s, errno);
			return;
		}
		if (!S_ISREG(st.st_mode)) {
			problem(f, 3, "file.unreadable", shown->s, "'%s' is not a regular file",
			        shown->s);
			return;
		}
	}
	add_file(f, shown->s, target ? target : real);
}

static size_t slashes(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* No path below this directory can match. */
static bool too_deep(const char *pattern, const char *dir)
{
	return !strstr(pattern, "**") && slashes(dir) >= slashes(pattern);
}

static void walk(struct finder *f, struct strbuf *shown, struct strbuf *real);

static void enter(struct finder *f, const struct entry *x, struct strbuf *shown, const char *real)
{
	const char *pattern = f->pattern;
	AUTO_STRBUF at = STRBUF_INIT;
	AUTO_STR target = x->link ? realpath(real, NULL) : NULL;
	struct stat st;

	if (f->s->ignore.n && is_ignored(f, real))
		return;
	if (x->link && (!target || stat(target, &st) < 0)) {
		cannot_open(f, shown->s, errno);
		return;
	}
	if (x->link && was_visited(f, &st))
		return;
	if (pattern && glob_match(pattern, shown->s, true))
		f->pattern = NULL; /* all of it was asked for */
	else if (pattern && too_deep(pattern, shown->s))
		return;
	strbuf_adds(&at, target ? target : real);
	walk(f, shown, &at);
	f->pattern = pattern;
}

/* shown and real are one directory, as named and without links. Both are restored. */
static void walk(struct finder *f, struct strbuf *shown, struct strbuf *real)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct entries files = { .a = a }, dirs = { .a = a };
	size_t shown_len = shown->len, real_len = real->len;
	AUTO_STR shown_dir = xstrdup(shown->s);
	int fd = real->len < PATH_MAX ? open(real->s, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		cannot_open(f, shown->s, real->len < PATH_MAX ? errno : ENAMETOOLONG);
		close_fd(&fd);
		return;
	}
	visit(f, &st);
	f->entered = xgrow(f->entered, &f->cap_entered, f->dirs + 1, sizeof(*f->entered));
	f->entered[f->dirs++] = arena_strdup(f->a, real->s);
	if (read_entries(f, shown->s, fd, &files, &dirs) < 0)
		return;
	for (size_t i = 0; i < files.n + dirs.n && !f->full; i++) {
		const struct entry *x = i < files.n ? &files.v[i] : &dirs.v[i - files.n];

		path_push(shown, x->name);
		path_push(real, x->name);
		if (i < files.n)
			take_file(f, x, shown, real->s);
		else
			enter(f, x, shown, real->s);
		/* "." vanished when a name was put behind it. */
		strbuf_reset(shown);
		strbuf_add(shown, shown_dir, shown_len);
		strbuf_truncate(real, real_len);
	}
	free(files.v);
	free(dirs.v);
}

static void walk_from(struct finder *f, const char *path, const char *absolute)
{
	AUTO_STRBUF shown = STRBUF_INIT, real = STRBUF_INIT;
	AUTO_STR target = realpath(absolute, NULL);

	if (!target) {
		cannot_open(f, path, errno);
		return;
	}
	strbuf_adds(&shown, path);
	strbuf_adds(&real, target);
	walk(f, &shown, &real);
}

/* ---- arguments ---- */

static void not_a_test(struct finder *f, const char *path, const char *name)
{
	if (is_project(name))
		problem(f, 2, "file.not_a_test", path, "'%s' is a project file, not a test", path);
	else if (name[0] == '_')
		problem(f, 2, "file.not_a_test", path,
		        "'%s' is a library, not a test: its name begins with '_'", path);
	else
		problem(f, 2, "file.not_a_test", path,
		        "'%s' is not a test file (wanted *.toml, *.yaml, *.yml, each also with "
		        ".tera)",
		        path);
}

static void named_file(
        struct finder *f, const char *path, const char *absolute, const struct stat *st)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	AUTO_STR real = realpath(absolute, NULL);

	if (!config_is_named_test(name) && !(f->projects && is_project(name)))
		not_a_test(f, path, name);
	else if (!S_ISREG(st->st_mode))
		problem(f, 3, "file.unreadable", path, "'%s' is not a regular file", path);
	else if (!real || faccessat(AT_FDCWD, real, R_OK, AT_EACCESS) < 0)
		cannot_open(f, path, errno);
	else
		add_file(f, path, real);
}

/* Length of the directories in front of the first part that holds a wildcard. */
static size_t fixed_prefix(const char *pattern)
{
	size_t cut = 0;

	for (size_t i = 0; pattern[i]; i++) {
		if (strchr("*?[", pattern[i]))
			break;
		if (pattern[i] == '/')
			cut = i + 1;
	}
	return cut;
}

static void expand(struct finder *f, const char *pattern)
{
	size_t cut = fixed_prefix(pattern), before = f->n;
	/* "a/" is "a", "/" stays. */
	AUTO_STR prefix = cut ? xstrndup(pattern, cut > 1 ? cut - 1 : 1) : xstrdup(".");
	AUTO_STR absolute = fs_join(f->cwd, prefix);
	size_t errors = f->d->errors;

	f->pattern = pattern;
	walk_from(f, prefix, absolute);
	f->pattern = NULL;
	if (f->n == before && f->d->errors == errors)
		problem(f, 3, "file.not_found", pattern, "no test file matches '%s'", pattern);
}

/* Without "./" in front and '/' behind: paths are shown as people write them. */
static char *tidy(const char *arg)
{
	size_t len;

	while (arg[0] == '.' && arg[1] == '/')
		for (arg += 2; *arg == '/';)
			arg++;
	len = strlen(arg);
	while (len > 1 && arg[len - 1] == '/')
		len--;
	return len ? xstrndup(arg, len) : xstrdup(".");
}

/* Cuts ":LINE" or "::scenario[::step]" off; NULL when there is none. */
static const char *cut_selector(struct finder *f, char *arg)
{
	char *cut = strstr(arg, "::");
	const char *selector;

	if (!cut) {
		cut = strrchr(arg, ':');
		if (!cut || !cut[1] || cut[1 + strspn(cut + 1, "0123456789")])
			return NULL;
	}
	if (cut == arg)
		return NULL;
	selector = arena_strdup(f->a, cut);
	*cut = '\0';
	return selector;
}

static bool exists(const struct finder *f, const char *path, struct stat *st)
{
	AUTO_STR absolute = fs_join(f->cwd, path);

	return stat(absolute, st) == 0;
}

static void argument(struct finder *f, const char *arg)
{
	AUTO_STR given = xstrdup(arg);
	struct stat st;
	bool there = exists(f, given, &st);

	f->selector = NULL;
	if (!there) {
		f->selector = cut_selector(f, given);
		there = f->selector && exists(f, given, &st);
	}

	int error = errno;
	AUTO_STR path = tidy(given);
	AUTO_STR absolute = fs_join(f->cwd, path);

	if (there && S_ISDIR(st.st_mode) && f->selector && f->selector[1] != ':')
		problem(f, 2, "file.not_a_test", path,
		        "'%s' selects a line of one file, and '%s' is a directory", arg, path);
	else if (there && S_ISDIR(st.st_mode))
		walk_from(f, path, absolute);
	else if (there)
		named_file(f, path, absolute, &st);
	else if (glob_is_pattern(path))
		expand(f, path);
	else
		cannot_open(f, path, error);
}

/* ---- all together ---- */

/* The path without what tells forms of one test apart. */
static size_t stem(const char *path)
{
	static const char *const endings[] = { ".tera", ".toml", ".yaml", ".yml" };
	size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && memcmp(path + len - n, endings[i], n) == 0)
			len -= n;
	}
	return len;
}

static void warn_twins(struct finder *f)
{
	struct map *stems = map_new();

	for (size_t i = 0; i < f->n; i++) {
		AUTO_STR key = xstrndup(f->v[i].path, stem(f->v[i].path));
		uintptr_t first = (uintptr_t)map_get(stems, key);
		struct diag *d;

		if (!first) {
			map_put(stems, key, (void *)(uintptr_t)(i + 1));
			continue;
		}
		d = diags_add(f->d, SEV_WARNING, "file.twin", f->v[first - 1].path,
		        (struct pos){ 0 }, "also read: '%s'", f->v[i].path);
		diag_help(f->d, d, "remove one of the two");
	}
	map_free(stems, NULL);
}

static const char *count(struct arena *a, unsigned n, const char *one, const char *many)
{
	return arena_printf(a, "%u %s", n, n == 1 ? one : many);
}

static void no_tests(struct finder *f, const struct str_list *paths)
{
	AUTO_STRBUF where = STRBUF_INIT;

	for (size_t i = 0; i < paths->n; i++) {
		AUTO_STR path = tidy(paths->v[i]);

		strbuf_printf(&where, "%s'%s'", i ? ", " : "", path);
	}
	problem(f, 2, "file.no_tests", NULL, "no test files under %s (" LOOKED_FOR "; %s, %s)",
	        where.s, count(f->a, f->dirs, "directory", "directories"),
	        count(f->a, f->others, "other file", "other files"));
}

static void hand_over(const struct finder *f, struct found *out)
{
	out->v = arena_array(f->a, f->n + 1, sizeof(*out->v));
	out->n = f->n;
	out->dirs = f->dirs;
	out->others = f->others;
	out->entered = arena_array(f->a, f->dirs + 1, sizeof(*out->entered));
	if (f->dirs)
		memcpy(out->entered, f->entered, f->dirs * sizeof(*out->entered));
	for (size_t i = 0; i < f->n; i++) {
		const struct item *x = &f->v[i];

		out->v[i].path = x->path;
		out->v[i].real = x->real;
		out->v[i].selectors = x->all ? NULL : (const char *const *)x->selectors.v;
	}
}

int discover(const struct discovery *wish, struct arena *a, struct found *out, struct diags *d,
        int *exit)
{
	const struct str_list *paths = wish->paths;
	struct finder f = { wish->cwd, wish->s, wish->projects, .a = a, .d = d };
	bool has_stdin = false;

	f.by_real = map_new();
	f.visited = map_new();
	for (size_t i = 0; i < paths->n; i++) {
		if (strcmp(paths->v[i], "-") == 0) /* the runner's */
			has_stdin = true;
		else
			argument(&f, paths->v[i]);
	}
	if (!f.n && !f.exit && !has_stdin)
		no_tests(&f, paths);
	warn_twins(&f);
	hand_over(&f, out);
	*exit = f.exit;
	map_free(f.by_real, NULL);
	map_free(f.visited, NULL);
	free(f.v);
	free(f.entered);
	return f.exit ? -1 : 0;
}
