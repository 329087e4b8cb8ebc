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

#define MAX_DEPTH 64u
#define READ_BYTES (64u << 10)

struct looker {
	const char *pattern;
	struct digest_ctx *content, *stamp;
	unsigned files;
	uint64_t bytes;
	int64_t newest_ns;
	struct err *e;
};

static void note_newest(struct looker *l, const struct stat *st)
{
	int64_t at = (int64_t)st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec;

	if (at > l->newest_ns)
		l->newest_ns = at;
}

static void put_stamp(struct looker *l, const struct stat *st)
{
	const int64_t v[] = { (int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
		st->st_mtim.tv_sec, st->st_mtim.tv_nsec, st->st_ctim.tv_sec, st->st_ctim.tv_nsec };

	digest_add(l->stamp, v, sizeof(v));
	note_newest(l, st);
}

static int put_content(struct looker *l, const char *path, int flags)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
	char *buf;
	ssize_t n;

	if (fd < 0)
		return err_sys(l->e, "input '%s'", path);
	buf = xmalloc(READ_BYTES);
	while ((n = read(fd, buf, READ_BYTES)) > 0)
		digest_add(l->content, buf, (size_t)n);
	free(buf);
	return n < 0 ? err_sys(l->e, "input '%s'", path) : 0;
}

static int put_file(struct looker *l, const char *path, const struct stat *st)
{
	const uint64_t v[] = { st->st_mode, (uint64_t)st->st_size };
	char target[PATH_MAX];
	struct stat to;

	l->files++;
	l->bytes += S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
	if (l->files > INPUT_MAX_FILES || l->bytes > INPUT_MAX_BYTES)
		return err_set(l->e, ERR_LIMIT, "input '%s' is more than %u files or %u MiB",
		        l->pattern, INPUT_MAX_FILES, INPUT_MAX_BYTES >> 20);
	digest_add_str(l->content, path);
	digest_add(l->content, v, sizeof(v));
	put_stamp(l, st);
	if (S_ISREG(st->st_mode))
		return put_content(l, path, O_NOFOLLOW);
	if (!S_ISLNK(st->st_mode))
		return 0;
	ssize_t n = readlink(path, target, sizeof(target));
	digest_add(l->content, target, n < 0 ? 0 : (size_t)n);
	/* What it leads to is what whoever reads it sees. */
	if (stat(path, &to) < 0 || !S_ISREG(to.st_mode))
		return 0;
	put_stamp(l, &to);
	return put_content(l, path, 0);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in byte order; NULL with errno when it cannot be listed. */
static char **list_names(struct looker *l, const char *dir, size_t *n)
{
	DIR *d = opendir(dir);
	size_t cap = 0;
	char **v = NULL;
	struct stat st;

	*n = 0;
	if (!d)
		return NULL;
	if (fstat(dirfd(d), &st) == 0)
		note_newest(l, &st);
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

static int walk(struct looker *l, struct strbuf *dir, const char *rest, unsigned depth);

/* One name of a directory against the first part of rest. */
static int take_name(
        struct looker *l, struct strbuf *path, const char *name, const char *rest, unsigned depth)
{
	size_t len = path->len, n = strcspn(rest, "/");
	AUTO_STR part = xstrndup(rest, n);
	bool any = strcmp(part, "**") == 0;
	struct stat st;
	int rc = 0;

	if (any ? is_skipped(name)
	        : (name[0] == '.' && part[0] != '.') || !glob_match(part, name, true))
		return 0;
	strbuf_addc(path, '/');
	strbuf_adds(path, name);
	if (lstat(path->s, &st) == 0) {
		bool is_dir = S_ISDIR(st.st_mode);

		if (any && is_dir)
			rc = walk(l, path, rest, depth + 1);
		else if (any && !rest[n])
			rc = put_file(l, path->s, &st);
		else if (!any && rest[n])
			rc = is_dir ? walk(l, path, rest + n + 1, depth + 1) : 0;
		else if (!any)
			rc = is_dir ? walk(l, path, "**", depth + 1) : put_file(l, path->s, &st);
	}
	strbuf_truncate(path, len);
	return rc;
}

/* "**" stands for no directory too: what follows it is looked for here as well. */
static int walk(struct looker *l, struct strbuf *dir, const char *rest, unsigned depth)
{
	size_t n, part = strcspn(rest, "/");
	bool any = part == 2 && strncmp(rest, "**", 2) == 0;
	char **names;
	int rc = 0;

	if (depth > MAX_DEPTH)
		return err_set(l->e, ERR_LIMIT,
		        "input '%s' is nested more than %u directories deep", l->pattern,
		        MAX_DEPTH);
	names = list_names(l, dir->len ? dir->s : "/", &n);
	if (!names)
		return errno == ENOENT || errno == ENOTDIR ? 0
		                                           : err_sys(l->e, "input '%s'", dir->s);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && any && rest[part])
			rc = take_name(l, dir, names[i], rest + part + 1, depth);
		if (rc == 0)
			rc = take_name(l, dir, names[i], rest, depth);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int look(struct looker *l)
{
	const char *star = l->pattern + strcspn(l->pattern, "*?[");
	AUTO_STRBUF dir = STRBUF_INIT;
	struct stat st;

	if (!*star && (lstat(l->pattern, &st) < 0 || !S_ISDIR(st.st_mode)))
		return lstat(l->pattern, &st) < 0 ? 0 : put_file(l, l->pattern, &st);
	if (!*star) {
		strbuf_adds(&dir, l->pattern);
		return walk(l, &dir, "**", 0);
	}
	while (star > l->pattern && *star != '/')
		star--;
	strbuf_add(&dir, l->pattern, (size_t)(star - l->pattern));
	return walk(l, &dir, star + 1, 0);
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
