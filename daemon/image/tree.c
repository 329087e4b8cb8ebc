#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/map.h"
#include "daemon/image/depot_priv.h"

#define MAX_NAMES 1000000u /* of one directory */

struct tree {
	struct unpack *u;
	struct digest_ctx *sum;
	struct map *links; /* "dev:ino" of files with several names: the first of them */
	struct arena *arena;
	dev_t dev;
	struct stat depot; /* where images are: a copy of that would never end */
};

struct content {
	int fd;
	int64_t at;
	struct digest_ctx *sum;
	char buf[64 << 10];
};

static int next_piece(void *arg, const void **p, size_t *n, int64_t *at, struct err *e)
{
	struct content *c = arg;
	ssize_t got;

	do
		got = read(c->fd, c->buf, sizeof(c->buf));
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got < 0 ? err_sys(e, "cannot read") : 0;
	digest_add(c->sum, c->buf, (size_t)got);
	*p = c->buf;
	*n = (size_t)got;
	*at = c->at;
	c->at += got;
	return 1;
}

static void sum_entry(struct tree *t, const struct unpack_entry *x)
{
	AUTO_STR line = xasprintf("%o %lld %lld %lld", (unsigned)x->mode, (long long)x->uid,
	        (long long)x->gid, (long long)(S_ISREG(x->mode) ? x->size : 0));

	digest_add_str(t->sum, x->path);
	digest_add_str(t->sum, line);
	digest_add_str(t->sum, x->target ? x->target : x->hardlink ? x->hardlink : "");
	for (size_t i = 0; i < x->n_xattrs; i++) {
		digest_add_str(t->sum, x->xattrs[i].name);
		digest_add(t->sum, x->xattrs[i].value, x->xattrs[i].len);
	}
}

/* Attributes of an open file; those that cannot be read are none. */
static size_t read_xattrs(int fd, struct arena *a, struct unpack_xattr v[UNPACK_MAX_XATTRS])
{
	char names[4096], value[4096];
	ssize_t len = flistxattr(fd, names, sizeof(names));
	size_t n = 0;

	for (char *p = names; len > 0 && p < names + len && n < UNPACK_MAX_XATTRS;
	        p += strlen(p) + 1) {
		ssize_t size = fgetxattr(fd, p, value, sizeof(value));

		if (size >= 0)
			v[n++] = (struct unpack_xattr){ arena_strdup(a, p),
				arena_memdup(a, value, (size_t)size), (size_t)size };
	}
	return n;
}

static void fill(struct unpack_entry *x, const char *path, const struct stat *st)
{
	*x = (struct unpack_entry){ .path = path,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime_s = st->st_mtim.tv_sec,
		.mtime_ns = st->st_mtim.tv_nsec,
		.size = st->st_size };
}

static int put(struct tree *t, struct unpack_entry *x, int fd, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct unpack_xattr xattrs[UNPACK_MAX_XATTRS];
	struct content c = { .fd = fd, .sum = t->sum };

	x->xattrs = xattrs;
	x->n_xattrs = fd >= 0 ? read_xattrs(fd, a, xattrs) : 0;
	sum_entry(t, x);
	return unpack_entry(t->u, x, next_piece, &c, e);
}

/* The first name of a file that has several, or NULL with this one remembered. */
static const char *first_name(struct tree *t, const char *path, const struct stat *st)
{
	AUTO_STR key = xasprintf(
	        "%llx:%llx", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
	const char *first = map_get(t->links, key);

	if (!first)
		map_put(t->links, key, arena_strdup(t->arena, path));
	return first;
}

/* Of a tree that has something which its user may not read, no image is made. */
static int cannot_open(const char *path, struct err *e)
{
	err_sys(e, "cannot open '%.300s'", path);
	e->code = e->sys == EACCES ? ERR_DENIED : e->code;
	return -1;
}

static int put_file(struct tree *t, int at, const char *name, struct unpack_entry *x,
        struct stat *st, struct err *e)
{
	AUTO_FD fd = -1;

	if (st->st_nlink > 1 && (x->hardlink = first_name(t, x->path, st)) != NULL)
		return put(t, x, -1, e);
	fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, st) < 0)
		return cannot_open(x->path, e);
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_BUSY, "'%.300s' changed while it was read", x->path);
	x->size = st->st_size;
	return put(t, x, fd, e);
}

static int put_link(struct tree *t, int at, const char *name, struct unpack_entry *x, struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(at, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(e, "cannot read link '%.300s'", x->path);
	target[n] = '\0';
	x->target = target;
	return put(t, x, -1, e);
}

static int put_dir(struct tree *t, int fd, const char *path, struct err *e);

static int put_any(struct tree *t, int at, const char *name, const char *path, struct err *e)
{
	struct unpack_entry x;
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot look at '%.300s'", path);
	fill(&x, path, &st);
	if (S_ISREG(st.st_mode))
		return put_file(t, at, name, &x, &st, e);
	if (S_ISLNK(st.st_mode))
		return put_link(t, at, name, &x, e);
	if (!S_ISDIR(st.st_mode))
		return put(t, &x, -1, e);
	if (st.st_dev == t->depot.st_dev && st.st_ino == t->depot.st_ino)
		return err_set(e, ERR_INVALID,
		        "'%.300s' is where images are kept: a directory that holds it is no root "
		        "file system to import",
		        path);
	AUTO_FD fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return cannot_open(path, e);
	if (put(t, &x, fd, e) < 0)
		return -1;
	/* What is mounted there is not of this tree. */
	return st.st_dev == t->dev ? put_dir(t, fd, path, e) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **list(int fd, const char *path, struct arena *a, size_t *n, struct err *e)
{
	DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	const struct dirent *x;
	char **v = NULL;
	size_t cap = 0;

	*n = 0;
	if (!dir) {
		err_sys(e, "cannot list '%.300s'", path);
		return NULL;
	}
	while ((x = readdir(dir)) != NULL && *n < MAX_NAMES) {
		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
			continue;
		v = xgrow(v, &cap, *n + 1, sizeof(*v));
		v[(*n)++] = arena_strdup(a, x->d_name);
	}
	closedir(dir);
	v = xgrow(v, &cap, *n + 1, sizeof(*v));
	qsort(v, *n, sizeof(*v), by_name);
	return v;
}

/* No deeper than unpack_entry() takes names. */
static int put_dir(struct tree *t, int fd, const char *path, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	size_t n;
	char **names = list(fd, path, a, &n, e);
	int result = names ? 0 : -1;

	for (size_t i = 0; result == 0 && i < n; i++) {
		const char *sub = path[0] ? arena_printf(a, "%s/%s", path, names[i]) : names[i];

		result = put_any(t, fd, names[i], sub, e);
	}
	free(names);
	return result;
}

int tree_unpack(
        int dirfd, const char *depot, struct unpack *u, struct digest *digest, struct err *e)
{
	struct tree t = { .u = u, .sum = digest_new(), .links = map_new(), .arena = arena_new() };
	struct unpack_entry root;
	struct stat st;
	int result = -1;

	if (fstat(dirfd, &st) < 0 || stat(depot, &t.depot) < 0) {
		err_sys(e, "cannot look at the directory");
	} else {
		t.dev = st.st_dev;
		fill(&root, ".", &st);
		result = put(&t, &root, -1, e) < 0 ? -1 : put_dir(&t, dirfd, "", e);
	}
	digest_end(t.sum, digest);
	digest_free(t.sum);
	map_free(t.links, NULL);
	arena_free(t.arena);
	return result;
}
