#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "daemon/config/settings_priv.h"

/* ---- places ---- */

/* Cuts the last part of an absolute path; false at "/". */
static bool cut_part(struct strbuf *path)
{
	char *slash = strrchr(path->s, '/');

	if (!slash || path->len <= 1)
		return false;
	strbuf_truncate(path, slash == path->s ? 1 : (size_t)(slash - path->s));
	return true;
}

/* The project file of dir, which is put back as it was. */
static int stat_project(struct strbuf *dir, struct stat *st)
{
	size_t len = dir->len;
	int rc;

	strbuf_adds(dir, dir->len > 1 ? "/" PROJECT_FILE : PROJECT_FILE);
	rc = stat(dir->s, st);
	strbuf_truncate(dir, len);
	return rc;
}

/* No file system begins between dir and its ancestor. It is asked only when a project file was
 * found further up, so that the usual look-up is one stat(2) a directory. */
static bool same_file_system(const char *dir, const struct strbuf *ancestor)
{
	AUTO_STRBUF at = STRBUF_INIT;
	struct stat first, st;

	strbuf_adds(&at, dir);
	if (stat(at.s, &first) < 0)
		return false;
	while (at.len > ancestor->len) {
		if (!cut_part(&at) || stat(at.s, &st) < 0 || st.st_dev != first.st_dev)
			return false;
	}
	return true;
}

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void see(struct strbuf *stamp, int64_t *newest_ns, const struct stat *st)
{
	const int64_t v[] = {
		(int64_t)st->st_dev,
		(int64_t)st->st_ino,
		(int64_t)st->st_size,
		(int64_t)st->st_mode << 32 | st->st_uid,
		ns_of(st->st_mtim),
		ns_of(st->st_ctim),
	};
	int64_t later = v[4] > v[5] ? v[4] : v[5];

	strbuf_add(stamp, v, sizeof(v));
	*newest_ns = later > *newest_ns ? later : *newest_ns;
}

/* The nearest directory upward that holds a project file. */
static bool find_root(const char *dir, struct strbuf *out, struct stat *st)
{
	AUTO_STRBUF at = STRBUF_INIT;

	strbuf_adds(&at, dir);
	do {
		if (stat_project(&at, st) < 0)
			continue;
		if (!same_file_system(dir, &at))
			break;
		strbuf_add(out, at.s, at.len);
		return true;
	} while (cut_part(&at));
	strbuf_adds(out, dir);
	return false;
}

bool settings_find_root(const char *dir, struct strbuf *out)
{
	struct stat st;

	return find_root(dir, out, &st);
}

/* The daemon is that of the caller: where a request names no place, its own counts. */
static const char *place(const struct client_env *env, const char *name)
{
	const char *v = client_env_get(env, name);

	v = v ? v : getenv(name);
	return v && v[0] == '/' ? v : NULL;
}

static char *join(const char *dir, const char *rest)
{
	size_t n = strlen(dir), m = strlen(rest) + 1;
	char *path = xmalloc(n + m);

	memcpy(path, dir, n);
	memcpy(path + n, rest, m);
	return path;
}

struct user_files settings_user_files(const struct client_env *env)
{
	const char *config = place(env, "XDG_CONFIG_HOME"), *home = place(env, "HOME");
	struct user_files u = { 0 };

	if (config)
		u.v[0] = join(config, "/clnrm/" PROJECT_FILE);
	else if (home)
		u.v[0] = join(home, "/.config/clnrm/" PROJECT_FILE);
	if (home)
		u.v[1] = join(home, "/.config/cleanroom/" PROJECT_FILE);
	return u;
}

void user_files_release(struct user_files *u)
{
	free(u->v[0]);
	free(u->v[1]);
}

/* True when it is there. */
static bool stamp_file(const char *path, struct strbuf *out, int64_t *newest_ns)
{
	struct stat st;
	bool there = stat(path, &st) == 0;

	if (there)
		see(out, newest_ns, &st);
	else
		strbuf_addc(out, '-');
	return there;
}

void settings_stamp(const char *dir, const struct client_env *env, const struct config_flags *flags,
        struct strbuf *out, int64_t *newest_ns)
{
	__attribute__((cleanup(user_files_release))) struct user_files u = settings_user_files(env);
	struct stat st;

	*newest_ns = 0;
	if (find_root(dir, out, &st))
		see(out, newest_ns, &st);
	if (flags->no_config)
		return;
	if (flags->config_file)
		stamp_file(flags->config_file, out, newest_ns);
	for (size_t i = 0; i < ARRAY_LEN(u.v); i++)
		if (u.v[i] && stamp_file(u.v[i], out, newest_ns))
			break;
}

/* ---- reading ---- */

static void problem(struct settings_file *f, const char *code, const char *what)
{
	diags_add(&f->diags, SEV_ERROR, code, f->name, (struct pos){ 0 }, "%s", what);
}

static void cannot_open(struct settings_file *f, int error)
{
	diags_add(&f->diags, SEV_ERROR, error == ENOENT ? "file.not_found" : "file.unreadable",
	        f->name, (struct pos){ 0 }, "cannot open '%s': %s", f->name,
	        strerrordesc_np(error));
}

/* A file that a stranger left in a directory above, or a link of his, has no effect. */
static bool owned_well(struct settings_file *f, const struct stat *st, uint64_t uid)
{
	struct stat link = { 0 };

	if (lstat(f->path, &link) == 0 && (st->st_uid == uid || st->st_uid == 0) &&
	        (link.st_uid == uid || link.st_uid == 0))
		return true;
	struct diag *d = diags_add(&f->diags, SEV_ERROR, "project.owner", f->name,
	        (struct pos){ 0 }, "'%s' belongs to user %u, neither to the caller nor to root",
	        f->name, link.st_uid != uid && link.st_uid ? link.st_uid : st->st_uid);
	diag_help(&f->diags, d, "chown it, or run with --no-config");
	return false;
}

static bool read_text(struct settings_file *f, uint64_t uid, bool must_exist)
{
	struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	AUTO_FD fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	struct err e;

	if (fd < 0) {
		if (errno != ENOENT || must_exist)
			cannot_open(f, errno);
		return false;
	}
	if (fstat(fd, &st) < 0 || !owned_well(f, &st, uid))
		return false;
	if (fs_read_fd(fd, f->name, lim.max_bytes, &f->text, &e) < 0) {
		problem(f, e.code == ERR_LIMIT ? "file.too_large" : "file.unreadable", e.msg);
		return false;
	}
	return true;
}

void settings_read_file(struct settings *s, struct settings_file *f,
        const struct config_flags *flags, uint64_t uid, bool must_exist)
{
	struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	struct check c = {
		.file = f->name,
		.a = s->arena,
		.d = &f->diags,
		.project = true,
		.user_file = f->layer == LAYER_USER,
		.strict = flags->strict,
		.allow_unknown = flags->allow_unknown,
		.for_run = true,
	};

	if (!read_text(f, uid, must_exist))
		return;
	f->root = toml_read(f->text.s, f->text.len, f->name, &lim, s->arena, &f->diags);
	if (f->root)
		check_table(&c, f->root, TABLE_PROJECT_ROOT);
}
