#include "daemon/cache/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/glob.h"
#include "common/mem.h"
#include "daemon/cache/cache_priv.h"

#define MAX_DEPTH 64u
#define READ_BYTES (64u << 10)

/* A directory that is being walked: a link that leads back to one of them ends there. */
struct above {
	const struct above *up;
	dev_t dev;
	ino_t ino;
};

struct looker {
	const char *pattern;
	struct digest_ctx *content, *stamp;
	unsigned files, dirs;
	uint64_t bytes;
	int64_t newest_ns;
	dev_t checked; /* the file system that was asked last what it is; 0 = none yet */
	struct err *e;
};

static void put_stamp(struct looker *l, const struct stat *st)
{
	const int64_t v[] = { (int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
		st->st_mtim.tv_sec, st->st_mtim.tv_nsec, st->st_ctim.tv_sec, st->st_ctim.tv_nsec };
	int64_t at = (int64_t)st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec;

	digest_add(l->stamp, v, sizeof(v));
	if (at > l->newest_ns)
		l->newest_ns = at;
}

static int too_much(struct looker *l)
{
	return err_set(l->e, ERR_LIMIT, "input '%s' is more than %u files or %u MiB", l->pattern,
	        INPUT_MAX_FILES, INPUT_MAX_BYTES >> 20);
}

/* Stamps that another machine makes say nothing of when something was written here. */
static int check_place(struct looker *l, const char *path, const struct stat *st)
{
	if (st->st_dev == l->checked)
		return 0;
	l->checked = st->st_dev;
	return is_remote(path) ? err_set(l->e, ERR_LIMIT,
	                                 "input '%s' is on a file system that other machines "
	                                 "write to",
	                                 l->pattern)
	                       : 0;
}

/* The size that stat tells is not the last word: files of proc have none. */
static int put_content(struct looker *l, const char *path, int flags)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
	char *buf;
	ssize_t n;

	if (fd < 0)
		return err_sys(l->e, "input '%s'", path);
	buf = xmalloc(READ_BYTES);
	while ((n = read(fd, buf, READ_BYTES)) > 0 && l->bytes <= INPUT_MAX_BYTES) {
		digest_add(l->content, buf, (size_t)n);
		l->bytes += (uint64_t)n;
	}
	free(buf);
	if (l->bytes > INPUT_MAX_BYTES)
		return too_much(l);
	return n < 0 ? err_sys(l->e, "input '%s'", path) : 0;
}

/* A file, with how it is called. What is too large is not read first. */
static int put_regular(struct looker *l, const char *path, const struct stat *st, int flags)
{
	if (l->bytes + (uint64_t)st->st_size > INPUT_MAX_BYTES)
		return too_much(l);
	return check_place(l, path, st) < 0 ? -1 : put_content(l, path, flags);
}

static int put_file(struct looker *l, const char *path, const struct stat *st)
{
	const uint64_t v[] = { st->st_mode, ((uint64_t)st->st_uid << 32) | st->st_gid, st->st_rdev,
		(uint64_t)st->st_size };
	char target[PATH_MAX];
	struct stat to;

	if (++l->files > INPUT_MAX_FILES)
		return too_much(l);
	digest_add_str(l->content, path);
	digest_add(l->content, v, sizeof(v));
	put_stamp(l, st);
	if (S_ISREG(st->st_mode))
		return put_regular(l, path, st, O_NOFOLLOW);
	if (!S_ISLNK(st->st_mode))
		return 0;
	ssize_t n = readlink(path, target, sizeof(target));
	digest_add(l->content, target, n < 0 ? 0 : (size_t)n);
	/* What it leads to is what whoever reads it sees. */
	if (stat(path, &to) < 0 || !S_ISREG(to.st_mode))
		return 0;
	put_stamp(l, &to);
	return put_regular(l, path, &to, 0);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in byte order; NULL with errno when it cannot be listed. */
static char **list_names(const char *dir, size_t *n)
{
	DIR *d = opendir(dir);
	size_t cap = 0;
	char **v = NULL;

	*n = 0;
	if (!d)
		return NULL;
	for (struct dirent *ent; (ent = readdir(d));) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
			continue;
		v = xgrow(v, &cap, *n + 1, sizeof(*v));
		v[(*n)++] = xstrdup(ent->d_name);
	}
	closedir(d);
	if (*n)
		qsort(v, *n, sizeof(*v), compare_names);
	return v ? v : xcalloc(1, sizeof(*v));
}

static bool is_skipped(const char *name)
{
	static const char *const not_entered[] = { "node_modules", "target", "__pycache__" };

	for (size_t i = 0; i < ARRAY_LEN(not_entered); i++)
		if (strcmp(name, not_entered[i]) == 0)
			return true;
	return name[0] == '.';
}

static int walk(struct looker *l, struct strbuf *dir, const char *rest, const struct above *up,
        unsigned depth);

static bool is_above(const struct above *up, const struct stat *st)
{
	while (up && (up->dev != st->st_dev || up->ino != st->st_ino))
		up = up->up;
	return up != NULL;
}

/* What a pattern's part matched, or all of "**" (any). A link is looked at as itself, and as what
 * it leads to. */
static int take_match(struct looker *l, struct strbuf *path, const char *rest, bool any,
        const struct above *up, unsigned depth)
{
	const char *more = rest + strcspn(rest, "/");
	struct stat st, to;

	if (lstat(path->s, &st) < 0)
		return 0;
	if (!*more && !S_ISDIR(st.st_mode) && put_file(l, path->s, &st) < 0)
		return -1;
	if (stat(path->s, &to) < 0 || !S_ISDIR(to.st_mode) ||
	        (S_ISLNK(st.st_mode) && is_above(up, &to)))
		return 0;
	return walk(l, path, any ? rest : *more ? more + 1 : "**", up, depth + 1);
}

/* One name of a directory against the first part of rest. */
static int take_name(struct looker *l, struct strbuf *path, const char *name, const char *rest,
        const struct above *up, unsigned depth)
{
	size_t len = path->len;
	AUTO_STR part = xstrndup(rest, strcspn(rest, "/"));
	bool any = strcmp(part, "**") == 0;
	int rc;

	if (any ? is_skipped(name)
	        : (name[0] == '.' && part[0] != '.') || !glob_match(part, name, true))
		return 0;
	strbuf_addc(path, '/');
	strbuf_adds(path, name);
	rc = take_match(l, path, rest, any, up, depth);
	strbuf_truncate(path, len);
	return rc;
}

static int take_names(struct looker *l, struct strbuf *dir, const char *rest,
        const struct above *up, unsigned depth)
{
	size_t n, part = strcspn(rest, "/");
	bool any = part == 2 && strncmp(rest, "**", 2) == 0;
	char **names = list_names(dir->len ? dir->s : "/", &n);
	int rc = 0;

	if (!names)
		return errno == ENOENT || errno == ENOTDIR ? 0
		                                           : err_sys(l->e, "input '%s'", dir->s);
	for (size_t i = 0; i < n; i++) {
		/* "**" stands for no directory too: what follows it is looked for here as well. */
		if (rc == 0 && any && rest[part])
			rc = take_name(l, dir, names[i], rest + part + 1, up, depth);
		if (rc == 0)
			rc = take_name(l, dir, names[i], rest, up, depth);
		free(names[i]);
	}
	free(names);
	return rc;
}

/* A directory that is not there was perhaps there a moment ago: what it stood in tells. */
static void put_absent(struct looker *l, const char *path)
{
	AUTO_STR dir = xstrdup(path);
	struct stat st;

	for (char *slash; (slash = strrchr(dir, '/')) && slash > dir;) {
		*slash = '\0';
		if (stat(dir, &st) == 0) {
			put_stamp(l, &st);
			return;
		}
	}
}

static int walk(struct looker *l, struct strbuf *dir, const char *rest, const struct above *up,
        unsigned depth)
{
	const char *path = dir->len ? dir->s : "/";
	struct above here = { .up = up };
	struct stat st;

	if (depth > MAX_DEPTH)
		return err_set(l->e, ERR_LIMIT,
		        "input '%s' is nested more than %u directories deep", l->pattern,
		        MAX_DEPTH);
	if (stat(path, &st) < 0) {
		put_absent(l, path);
		return 0;
	}
	if (++l->dirs > INPUT_MAX_FILES)
		return too_much(l);
	if (check_place(l, path, &st) < 0)
		return -1;
	put_stamp(l, &st);
	here.dev = st.st_dev;
	here.ino = st.st_ino;
	return take_names(l, dir, rest, &here, depth);
}

/* ---- patterns ---- */

/* The first character of the pattern that stands for others. */
static const char *wild(const char *p)
{
	for (; *p && !strchr("*?[", *p); p++)
		if (*p == '\\' && p[1])
			p++;
	return p;
}

static void put_unescaped(struct strbuf *out, const char *p, size_t n)
{
	for (const char *end = p + n; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		strbuf_addc(out, *p);
	}
}

/* A name without wildcards. */
static int look_named(struct looker *l, struct strbuf *path)
{
	struct stat st, to;

	if (lstat(path->s, &st) < 0) {
		put_absent(l, path->s);
		return 0;
	}
	if (!S_ISDIR(st.st_mode) && put_file(l, path->s, &st) < 0)
		return -1;
	return stat(path->s, &to) == 0 && S_ISDIR(to.st_mode) ? walk(l, path, "**", NULL, 0) : 0;
}

static int look(struct looker *l)
{
	const char *star = wild(l->pattern);
	AUTO_STRBUF dir = STRBUF_INIT;

	if (!*star) {
		put_unescaped(&dir, l->pattern, strlen(l->pattern));
		return look_named(l, &dir);
	}
	while (star > l->pattern && *star != '/')
		star--;
	put_unescaped(&dir, l->pattern, (size_t)(star - l->pattern));
	return walk(l, &dir, star + 1, NULL, 0);
}

void input_place(const char *pattern, struct input_place *out)
{
	const char *end = wild(pattern);
	AUTO_STRBUF dir = STRBUF_INIT;
	struct stat st;

	while (end > pattern && *end != '/')
		end--;
	put_unescaped(&dir, pattern, (size_t)(end - pattern));
	*out = (struct input_place){ 0 };
	if (stat(dir.len ? dir.s : "/", &st) == 0)
		*out = (struct input_place){ (uint64_t)st.st_dev, st.st_ino };
}

bool input_place_equal(const struct input_place *a, const struct input_place *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

int input_look(const char *pattern, struct input_look *out, struct err *e)
{
	CLEANUP(digest_free) struct digest_ctx *content = digest_new(), *stamp = digest_new();
	struct looker l = { .pattern = pattern, .content = content, .stamp = stamp, .e = e };
	struct digest d;

	if (look(&l) < 0)
		return -1;
	digest_end(content, &d);
	digest_hex(&d, out->hex);
	digest_end(stamp, &d);
	digest_hex(&d, out->stamp);
	out->files = l.files;
	out->newest_ns = l.newest_ns;
	return 0;
}
