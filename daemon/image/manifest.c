/* daemon/image/manifest.c - trees as lists: digested first, made only when new. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "daemon/image/image_priv.h"

enum { MAX_FILE = 32 << 20, MAX_TOTAL = 128 << 20, MAX_ENTRIES = 100000, MAX_DEPTH = 8 };

enum kind { KIND_DIR = 'd', KIND_FILE = 'f', KIND_LINK = 'l', KIND_SAME = 'h' };

struct entry {
	const char *path;
	enum kind kind;
	mode_t mode;
	const char *data; /* content or target */
	size_t len;
};

struct manifest {
	struct arena *arena;
	struct map *by_path;
	struct entry **v;
	size_t n, cap;
	uint64_t bytes;
	bool sorted;
};

struct manifest *manifest_new(void)
{
	struct manifest *m = xcalloc(1, sizeof(*m));

	m->arena = arena_new();
	m->by_path = map_new();
	return m;
}

void manifest_free(struct manifest *m)
{
	if (!m)
		return;
	map_free(m->by_path, NULL);
	arena_free(m->arena);
	free(m->v);
	free(m);
}

static struct entry *put(struct manifest *m, const char *path, enum kind kind, mode_t mode)
{
	struct entry *x = map_get(m->by_path, path);

	if (!x) {
		x = arena_alloc(m->arena, sizeof(*x));
		x->path = arena_strdup(m->arena, path);
		map_put(m->by_path, path, x);
		m->v = xgrow(m->v, &m->cap, m->n + 1, sizeof(*m->v));
		m->v[m->n++] = x;
		m->sorted = false;
	}
	if (x->kind == KIND_FILE)
		m->bytes -= x->len;
	*x = (struct entry){ .path = x->path, .kind = kind, .mode = mode };
	return x;
}

static void add_parents(struct manifest *m, const char *path)
{
	AUTO_STR copy = xstrdup(path);

	for (char *p = copy; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (!map_get(m->by_path, copy))
			put(m, copy, KIND_DIR, 0755);
		*p = '/';
	}
}

static void add(
        struct manifest *m, const char *path, enum kind kind, mode_t mode, const void *p, size_t n)
{
	add_parents(m, path);
	struct entry *x = put(m, path, kind, mode);
	if (kind != KIND_DIR) {
		char *data = arena_alloc(m->arena, n + 1);

		if (n)
			memcpy(data, p, n);
		x->data = data;
		x->len = n;
		m->bytes += kind == KIND_FILE ? n : 0;
	}
}

void manifest_dir(struct manifest *m, const char *path, mode_t mode)
{
	add(m, path, KIND_DIR, mode, NULL, 0);
}

void manifest_file(struct manifest *m, const char *path, mode_t mode, const void *p, size_t n)
{
	add(m, path, KIND_FILE, mode, p, n);
}

void manifest_text(struct manifest *m, const char *path, const char *text)
{
	add(m, path, KIND_FILE, 0644, text, strlen(text));
}

void manifest_link(struct manifest *m, const char *path, const char *target)
{
	add(m, path, KIND_LINK, 0777, target, strlen(target));
}

void manifest_same(struct manifest *m, const char *path, const char *as)
{
	add(m, path, KIND_SAME, 0755, as, strlen(as));
}

/* ---- copying from the machine ---- */

static int copy_file(struct manifest *m, int at, const char *name, const char *path, struct err *e)
{
	AUTO_STRBUF data = STRBUF_INIT;
	AUTO_FD fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0; /* gone, or not for us */
	if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IROTH))
		return 0;
	if (fs_read_fd(fd, path, MAX_FILE, &data, e) < 0)
		return -1;
	if (m->bytes + data.len > MAX_TOTAL)
		return err_set(e, ERR_LIMIT, "'%s': the files of an image exceed %d MiB", path,
		        MAX_TOTAL >> 20);
	manifest_file(m, path, st.st_mode & 0111 ? 0755 : 0644, data.s, data.len);
	return 0;
}

static int copy_any(
        struct manifest *m, int at, const char *name, const char *path, int depth, struct err *e);

static int copy_dir(
        struct manifest *m, int at, const char *name, const char *path, int depth, struct err *e)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	int result = 0;

	if (!dir) {
		close_fd(&fd);
		return 0;
	}
	manifest_dir(m, path, 0755);
	while (result == 0 && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		AUTO_STR sub = fs_join(path, d->d_name);
		result = copy_any(m, dirfd(dir), d->d_name, sub, depth + 1, e);
	}
	closedir(dir);
	return result;
}

static int copy_any(
        struct manifest *m, int at, const char *name, const char *path, int depth, struct err *e)
{
	char target[4096];
	struct stat st;

	if (m->n >= MAX_ENTRIES || depth > MAX_DEPTH)
		return err_set(e, ERR_LIMIT, "'%s': too many files for an image", path);
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return (st.st_mode & (S_IROTH | S_IXOTH)) == (S_IROTH | S_IXOTH)
		               ? copy_dir(m, at, name, path, depth, e)
		               : 0;
	if (S_ISREG(st.st_mode))
		return copy_file(m, at, name, path, e);
	if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlinkat(at, name, target, sizeof(target) - 1);

		/* Four of five alternatives are manual pages: inodes that nobody reads. */
		if (n > 3 && memcmp(target + n - 3, ".gz", 3) != 0) {
			target[n] = '\0';
			manifest_link(m, path, target);
		}
	}
	return 0;
}

int manifest_copy(struct manifest *m, const char *host, const char *path, struct err *e)
{
	return copy_any(m, AT_FDCWD, host, path, 0, e);
}

/* ---- digest and build ---- */

static int by_path(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

/* Parents sort before what is in them, for they are its prefix. */
static void sort(struct manifest *m)
{
	if (!m->sorted && m->n)
		qsort(m->v, m->n, sizeof(struct entry *), by_path);
	m->sorted = true;
}

void manifest_digest(struct manifest *m, struct digest *out)
{
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();

	sort(m);
	for (size_t i = 0; i < m->n; i++) {
		const struct entry *x = m->v[i];
		const uint64_t head[] = { (uint64_t)x->kind, x->mode, x->len };

		digest_add_str(d, x->path);
		digest_add(d, head, sizeof(head));
		if (x->len)
			digest_add(d, x->data, x->len);
	}
	digest_end(d, out);
}

uint64_t manifest_bytes(const struct manifest *m)
{
	return m->bytes;
}

static int build_file(int dirfd, const struct entry *x, struct err *e)
{
	AUTO_FD fd =
	        openat(dirfd, x->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "cannot make '%s'", x->path);
	if (fs_write_all(fd, x->data, x->len, e) < 0)
		return err_wrap(e, "'%s'", x->path);
	return fchmod(fd, x->mode) < 0 ? err_sys(e, "cannot set the mode of '%s'", x->path) : 0;
}

static int build_entry(int dirfd, const struct entry *x, struct err *e)
{
	switch (x->kind) {
	case KIND_FILE:
		return build_file(dirfd, x, e);
	case KIND_LINK:
		return symlinkat(x->data, dirfd, x->path) < 0
		               ? err_sys(e, "cannot make link '%s'", x->path)
		               : 0;
	case KIND_SAME:
		return 0; /* when all files are there */
	case KIND_DIR:
		break;
	}
	/* Its own mode comes when its content is there. */
	return mkdirat(dirfd, x->path, 0700) < 0 ? err_sys(e, "cannot make '%s'", x->path) : 0;
}

static int build_same(struct manifest *m, int dirfd, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct entry *x = m->v[i];

		if (x->kind == KIND_SAME && linkat(dirfd, x->data, dirfd, x->path, 0) < 0)
			return err_sys(e, "cannot link '%s' to '%s'", x->path, x->data);
	}
	return 0;
}

int manifest_build(struct manifest *m, int dirfd, struct err *e)
{
	sort(m);
	for (size_t i = 0; i < m->n; i++) {
		if (build_entry(dirfd, m->v[i], e) < 0)
			return -1;
	}
	if (build_same(m, dirfd, e) < 0)
		return -1;
	for (size_t i = m->n; i-- > 0;) {
		const struct entry *x = m->v[i];

		if (x->kind == KIND_DIR && fchmodat(dirfd, x->path, x->mode, 0) < 0)
			return err_sys(e, "cannot set the mode of '%s'", x->path);
	}
	return 0;
}
