/* Directories of this machine in a sandbox: which ones may be shown, and which never (config.md
 * 3.6). Everything is decided on the real path, before anything starts. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/defence.h"
#include "common/fs.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"

/* Nothing at or below these, whatever the list of a project says. */
static const char *const never[] = { "/etc", "/proc", "/sys", "/dev", "/run", "/var/run", "/boot" };
static const char *const taken[] = { "/proc", "/sys", "/dev" };

bool load_path_fits(struct loader *l, const struct node *at, const char *path)
{
	if (strlen(path) < PATH_MAX)
		return true;
	load_refuse(l, "config.range", at, "a path of %zu bytes, the limit is %d", strlen(path),
	        PATH_MAX - 1);
	return false;
}

/* Some part of the path is "..". */
static bool climbs(const char *path)
{
	for (const char *p = path; *p; p += strspn(p, "/")) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return true;
		p += n;
	}
	return false;
}

const char *load_inner_path(
        struct loader *l, const struct node *at, const char *path, const char *what)
{
	AUTO_STR normal = fs_normalize(path);

	if (!load_path_fits(l, at, path))
		return NULL;
	if (path[0] != '/' || climbs(path)) {
		load_refuse(
		        l, "config.path", at, "%s '%s' must be absolute, without '..'", what, path);
		return NULL;
	}
	if (strcmp(normal, "/") == 0) {
		load_refuse(l, "config.path", at, "%s may not be '/'", what);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (fs_is_below(normal, taken[i])) {
			load_refuse(
			        l, "config.path", at, "%s '%s' lies in '%s'", what, path, taken[i]);
			return NULL;
		}
	return arena_strdup(l->file->arena, normal);
}

/* ---- the host's side ---- */

/* A name without '/' in "name:/path" is no path: a tmpfs of that name. */
bool load_is_named_volume(const struct node *v)
{
	const struct node *host = node_get(v, "host_path");
	bool from_string = host && host->pos.line == v->pos.line && host->pos.col == v->pos.col;

	return from_string && !strchr(host->s, '/') && host->s[0] != '.' && !strchr(host->s, '$');
}

/* Replaces ${NAME}; false when a variable has no value. */
static bool expand(struct loader *l, const struct node *at, struct strbuf *out)
{
	for (const char *p = at->s; *p;) {
		const char *end = strncmp(p, "${", 2) == 0 ? strchr(p, '}') : NULL;

		if (!end) {
			strbuf_addc(out, *p++);
			continue;
		}
		const char *name = arena_strndup(l->c.a, p + 2, (size_t)(end - p) - 2);
		bool known = strcmp(name, "PWD") == 0 || strcmp(name, "HOME") == 0 ||
		             load_env_passes(l, name);
		const char *value = known ? load_variable(l, name) : NULL;

		if (!known) {
			load_refuse(l, "config.path", at, "variable '%s' is not in env_pass", name);
			return false;
		}
		if (!value && l->env->asked)
			load_refuse(l, "config.path", at, "variable '%s' is not set", name);
		if (!value)
			return false;
		strbuf_adds(out, value);
		p = end + 1;
	}
	return true;
}

/* What is missing here may be there where the test runs: only a run is refused. */
static void not_there(struct loader *l, const struct node *at, const char *path, int error)
{
	struct diag *x;

	if (!loader_first_time(l, "config.path", at->pos))
		return;
	x = check_machine(&l->c, "config.path", at, "host path '%s': %s", path, load_why(error));
	if (at->s[0] == '~')
		diag_help(l->c.d, x, "'~' is not expanded: write ${HOME}");
}

/* The real path, in memory of the file; NULL with a finding. */
static const char *real_path(struct loader *l, const struct node *at, struct stat *st)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STR whole = NULL;
	AUTO_STR real = NULL;

	if (!expand(l, at, &text))
		return NULL;
	whole = fs_join(l->s->root, text.s);
	if (!load_path_fits(l, at, whole))
		return NULL;
	real = realpath(whole, NULL);
	if (!real || stat(real, st) < 0) {
		not_there(l, at, text.s, errno);
		return NULL;
	}
	return arena_strdup(l->file->arena, real);
}

static bool is_home(const struct loader *l, const char *path)
{
	const char *named = client_env_get(l->env, "HOME");
	struct passwd pw, *found = NULL;
	char buf[4096];

	/* A directory above holds it. */
	if (named && named[0] == '/' && fs_is_below(named, path))
		return true;
	return getpwuid_r(geteuid(), &pw, buf, sizeof(buf), &found) == 0 && found &&
	       found->pw_dir[0] == '/' && found->pw_dir[1] && fs_is_below(found->pw_dir, path);
}

struct allowed {
	bool any, rw, exact;
};

static void allow(struct allowed *w, const char *path, const char *dir, bool rw)
{
	AUTO_STR real = realpath(dir, NULL);

	if (!real || !fs_is_below(path, real))
		return;
	w->any = true;
	w->rw |= rw;
	w->exact |= strcmp(path, real) == 0;
}

/* Entries of security.allow_volumes: "/data" or "/data:rw". */
static void allow_entry(struct allowed *w, const char *path, const char *entry)
{
	size_t n = strlen(entry);
	bool rw = n > 3 && strcmp(entry + n - 3, ":rw") == 0;
	AUTO_STR dir = xstrndup(entry, rw ? n - 3 : n);

	allow(w, path, dir, rw);
}

static struct allowed allowance(const struct loader *l, const char *path)
{
	struct allowed w = { 0 };

	allow(&w, path, l->s->root, true);
	allow(&w, path, "/tmp", true);
	allow(&w, path, "/var/tmp", true);
	for (size_t i = 0; i < l->s->allow_volumes.n; i++)
		allow_entry(&w, path, l->s->allow_volumes.v[i]);
	return w;
}

static bool is_listed_socket(const struct loader *l, const char *path)
{
	struct allowed w = { 0 };

	for (size_t i = 0; i < l->s->allow_volumes.n; i++)
		allow_entry(&w, path, l->s->allow_volumes.v[i]);
	return w.rw && w.exact;
}

/* Why the path may never be shown; NULL when that does not hold. */
static const char *never_shown(
        const struct loader *l, const char *path, const struct stat *st, enum isolation iso)
{
	if (S_ISSOCK(st->st_mode) && iso == ISOLATION_RELAXED && is_listed_socket(l, path))
		return NULL;
	if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode))
		return S_ISSOCK(st->st_mode) ? "it is a socket" : "it is no file or directory";
	if (strcmp(path, "/") == 0)
		return "it is the whole machine";
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		if (fs_is_below(path, never[i]))
			return never[i];
	if (own_dirs_meet(l->s->own, path))
		return "it holds files of the daemon";
	if (is_home(l, path))
		return "it holds the home directory";
	/* Projects of root live there; nothing else of it is shown. */
	if (fs_is_below(path, "/root") &&
	        (strcmp(path, "/root") == 0 || !fs_is_below(path, l->s->root)))
		return "/root";
	return NULL;
}

static bool may_mount(struct loader *l, const struct node *at, const struct volume *v,
        const struct stat *st, enum isolation iso)
{
	const char *why = never_shown(l, v->host_path, st, iso);
	struct allowed w = allowance(l, v->host_path);
	struct diag *x;

	if (!DEFENCE("volume-allow-list"))
		return true;
	if (why) {
		load_refuse(l, "config.volume_denied", at, "host path '%s' may not be mounted (%s)",
		        v->host_path, why);
		return false;
	}
	if (!l->s->file_system_isolation || (w.any && (w.rw || v->mode != VOLUME_RW)))
		return true;
	if (w.any)
		x = load_refuse(l, "config.volume_denied", at,
		        "host path '%s' may not be mounted with mode rw", v->host_path);
	else
		x = load_refuse(l, "config.volume_denied", at,
		        "host path '%s' may not be mounted: it is outside the project",
		        v->host_path);
	if (x)
		diag_help(l->c.d, x,
		        "security.allow_volumes = [\"%s%s\"] in cleanroom.toml allows it",
		        v->host_path, v->mode == VOLUME_RW ? ":rw" : "");
	return false;
}

/* ---- a volume ---- */

static enum volume_mode mode_of(struct loader *l, const struct node *v)
{
	const char *given = node_str(v, "mode", NULL);
	const struct node *flag = node_get(v, "read_only");
	enum volume_mode mode = VOLUME_RO;

	for (int i = VOLUME_RO; given && i <= VOLUME_RW; i++)
		if (strcmp(volume_mode_names[i], given) == 0)
			mode = (enum volume_mode)i;
	if (!given && flag && !flag->b)
		return VOLUME_RW;
	if (given && flag && flag->b != (mode == VOLUME_RO) && !(!flag->b && mode == VOLUME_COW))
		load_refuse(l, "config.conflict", flag,
		        "'read_only' here and mode '%s' say different things", given);
	return mode;
}

static bool lacks(struct loader *l, const struct node *v, const char *key)
{
	if (node_get(v, key))
		return false;
	if (!load_is_damaged(l, v))
		load_refuse(l, "config.missing_key", v, "a volume needs '%s'", key);
	return true;
}

static bool make_volume(
        struct loader *l, const struct node *v, enum isolation iso, struct volume *out)
{
	const struct node *host = node_get(v, "host_path"), *at = node_get(v, "container_path");
	struct stat st;

	if (lacks(l, v, "host_path") || lacks(l, v, "container_path"))
		return false;
	*out = (struct volume){
		.container_path = load_inner_path(l, at, at->s, "container path"),
		.mode = mode_of(l, v),
		.noexec = node_flag(v, "noexec", false),
		.pos = v->pos,
	};
	if (!out->container_path)
		return false;
	l->file->transient = true;
	out->host_path = real_path(l, host, &st);
	if (!out->host_path || !may_mount(l, host, out, &st, iso))
		return false;
	if (out->mode == VOLUME_COW && !S_ISDIR(st.st_mode)) {
		load_refuse(l, "config.path", host, "mode cow needs a directory, '%s' is none",
		        out->host_path);
		return false;
	}
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return true;
}

static bool same_place(struct loader *l, const struct node *at, const struct volume *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].container_path, v[n].container_path) == 0) {
			load_refuse(l, "config.conflict", at, "'%s' already has a volume (line %u)",
			        v[n].container_path, v[i].pos.line)
			        ->other = v[i].pos;
			return true;
		}
	}
	return false;
}

/* What lies inside another volume is mounted after it. */
static int by_place(const void *a, const void *b)
{
	return strcmp(((const struct volume *)a)->container_path,
	        ((const struct volume *)b)->container_path);
}

/* "data:/data" is an empty tmpfs; where the project has a "data", that is hardly what was meant. */
static void warn_named(struct loader *l, const struct node *v)
{
	const struct node *host = node_get(v, "host_path"), *at = node_get(v, "container_path");
	AUTO_STR path = fs_join(l->s->root, host->s);
	struct stat st;
	struct diag *x;

	l->file->transient = true;
	if (!at || stat(path, &st) < 0 || !loader_first_time(l, "config.path", host->pos))
		return;
	x = check_report(&l->c, SEV_WARNING, "config.path", host->pos, host,
	        "volume '%s' is an empty tmpfs of that name, not the '%s' of the project", host->s,
	        host->s);
	diag_help(l->c.d, x, "write \"./%s:%s\" to mount that", host->s, at->s);
}

const struct volume *load_volumes(
        struct loader *l, const struct node *list, enum isolation iso, size_t *n)
{
	const struct made *old = load_made(l, list, (int)iso);

	*n = 0;
	if (!list)
		return NULL;
	if (old) {
		*n = old->n;
		return old->v;
	}
	if (list->n_children > SANDBOX_MAX_VOLUMES) {
		load_refuse(l, "config.range", list, "%u volumes, the limit is %d",
		        list->n_children, SANDBOX_MAX_VOLUMES);
		return NULL;
	}

	struct volume *v = arena_array(l->file->arena, list->n_children + 2, sizeof(*v));

	for (const struct node *x = list->first; x; x = x->next)
		if (load_is_named_volume(x))
			warn_named(l, x);
		else if (make_volume(l, x, iso, &v[*n]) && !same_place(l, x, v, *n))
			++*n;
	qsort(v, *n, sizeof(*v), by_place);
	load_keep_made(l, list, (int)iso, v, *n);
	return v;
}

bool load_project_volume(struct loader *l, enum volume_mode mode, const struct node *at,
        enum isolation iso, struct volume *out)
{
	AUTO_STR real = realpath(l->s->root, NULL);
	struct stat st;

	l->file->transient = true;
	if (!real || stat(real, &st) < 0) {
		load_refuse(l, "config.path", at, "project '%s': %s", l->s->root, load_why(errno));
		return false;
	}
	*out = (struct volume){
		.host_path = arena_strdup(l->file->arena, real),
		.container_path = "/workspace",
		.mode = mode,
		.dev = st.st_dev,
		.ino = st.st_ino,
		.pos = at->pos,
	};
	return may_mount(l, at, out, &st, iso);
}
