#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

int fs_read_fd(int fd, const char *name, size_t max, struct strbuf *out, struct err *e)
{
	size_t before = out->len;

	for (;;) {
		strbuf_grow(out, 16384);

		ssize_t n = read(fd, out->s + out->len, 16384);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int failed = errno;

			strbuf_truncate(out, before);
			errno = failed;
			return err_sys(e, "cannot read '%s'", name);
		}
		if (n == 0)
			return 0;
		if (out->len - before + (size_t)n > max) {
			strbuf_truncate(out, before);
			return err_set(e, ERR_LIMIT, "'%s' is larger than %zu bytes", name, max);
		}
		out->len += (size_t)n;
		out->s[out->len] = '\0';
	}
}

bool fs_is_being_written(const char *path)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

int fs_read_file(const char *path, size_t max, struct strbuf *out, struct err *e)
{
	/* Without O_NONBLOCK the open of a FIFO would wait for a writer. */
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_SYS;

		err_sys(e, "cannot open '%s'", path);
		e->code = (enum err_code)code;
		return -1;
	}
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "'%s' is not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return err_set(e, ERR_LIMIT, "'%s' is larger than %zu bytes", path, max);
	return fs_read_fd(fd, path, max, out, e);
}

int fs_write_all(int fd, const void *p, size_t n, struct err *e)
{
	const char *at = p;

	while (n > 0) {
		ssize_t put = write(fd, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(e, "cannot write");
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

/* Opens a new file "<path>.tmp-HEX" relative to at; name receives it. */
static int open_beside(int at, const char *path, char **name, struct err *e)
{
	int fd = -1;

	for (int tries = 0; fd < 0 && tries < 100; tries++) {
		uint64_t tag;

		if (getrandom(&tag, sizeof(tag), 0) != (ssize_t)sizeof(tag))
			break;
		free(*name);
		*name = xasprintf("%s.tmp-%012llx", path, (unsigned long long)tag >> 16);
		fd = openat(at, *name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? err_sys(e, "cannot create a file beside '%s'", path) : fd;
}

static int fill(int fd, const char *path, const void *p, size_t n, mode_t mode, struct err *e)
{
	if (fs_write_all(fd, p, n, e) < 0)
		return err_wrap(e, "'%s'", path);
	if (fchmod(fd, mode) < 0)
		return err_sys(e, "cannot set the mode of '%s'", path);
	if (fsync(fd) < 0)
		return err_sys(e, "cannot sync '%s'", path);
	return 0;
}

/* /dev/null, a pipe: there is nothing to replace, and it must not be. */
static int write_in_place(const char *path, const void *p, size_t n, struct err *e)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, "cannot open '%s'", path);
	return fs_write_all(fd, p, n, e) < 0 ? err_wrap(e, "'%s'", path) : 0;
}

static int write_beside(
        int at, const char *path, const void *p, size_t n, mode_t mode, struct err *e)
{
	AUTO_STR tmp = NULL;
	AUTO_FD fd = open_beside(at, path, &tmp, e);

	if (fd < 0)
		return -1;
	if (fill(fd, path, p, n, mode, e) < 0) {
		unlinkat(at, tmp, 0);
		return -1;
	}
	if (renameat(at, tmp, at, path) < 0) {
		err_sys(e, "cannot put '%s' in place", path);
		unlinkat(at, tmp, 0);
		return -1;
	}
	return 0;
}

int fs_write_atomic(const char *path, const void *p, size_t n, mode_t mode, struct err *e)
{
	AUTO_STR linked = NULL;
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return write_in_place(path, p, n, e);
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		linked = realpath(path, NULL); /* the file is replaced, not the link to it */
	return write_beside(AT_FDCWD, linked ? linked : path, p, n, mode, e);
}

/* The directory name in at, made if it is absent. dir is its whole path. */
static int step_into(int at, const char *name, const char *dir, struct err *e)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;
	int fd = openat(at, name, flags);

	if (fd < 0 && errno == ENOENT && (mkdirat(at, name, 0777) == 0 || errno == EEXIST))
		fd = openat(at, name, flags);
	if (fd >= 0)
		return fd;

	int failed = errno;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return err_set(e, ERR_DENIED,
		        "'%s' is a symbolic link; name the directory that it leads to", dir);
	errno = failed;
	return err_sys(e, "cannot enter the directory '%s'", dir);
}

int fs_write_unlinked(const char *path, const void *p, size_t n, mode_t mode, struct err *e)
{
	AUTO_STR copy = fs_normalize(path);
	AUTO_FD at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *name = copy + 1, *slash;
	struct stat st;

	if (copy[0] != '/' || !copy[1])
		return err_set(e, ERR_INVALID, "'%s' names no file by an absolute path", path);
	for (; (slash = strchr(name, '/')); name = slash + 1) {
		*slash = '\0';
		int next = step_into(at, name, copy, e);

		close_fd(&at);
		at = next;
		if (at < 0)
			return err_wrap(e, "cannot write '%s'", path);
		*slash = '/';
	}
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return err_set(
		        e, ERR_DENIED, "cannot write '%s': what is there is no regular file", path);
	return write_beside(at, name, p, n, mode, e) < 0 ? err_wrap(e, "'%s'", path) : 0;
}

static int make_dir(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;

	int failed = errno;

	/* EROFS and EACCES come before EEXIST on some file systems: ask whether it is there. */
	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode)
		               ? 0
		               : err_set(e, ERR_INVALID, "'%s' is not a directory", path);
	errno = failed;
	return err_sys(e, "cannot create the directory '%s'", path);
}

int fs_mkdirs(const char *path, mode_t mode, struct err *e)
{
	AUTO_STR copy = xstrdup(path);

	if (!*copy)
		return err_set(e, ERR_INVALID, "the path of a directory is empty");
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_dir(copy, mode, e) < 0)
			return -1;
		*slash = '/';
	}
	return make_dir(copy, mode, e);
}

bool fs_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return path[0] == '/';
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

char *fs_real_target(const char *path)
{
	AUTO_STR head = xstrdup(path);

	for (;;) {
		AUTO_STR real = realpath(head, NULL);
		struct stat st;
		char *slash = strrchr(head, '/');

		if (real)
			return fs_join(real, path + strlen(head) + (path[strlen(head)] == '/'));
		if (lstat(head, &st) == 0 || !slash || slash == head)
			return NULL;
		*slash = '\0';
	}
}

char *fs_join(const char *a, const char *b)
{
	size_t n = strlen(a);

	if (b[0] == '/' || n == 0)
		return xstrdup(b);
	return xasprintf("%s%s%s", a, a[n - 1] == '/' || b[0] == '\0' ? "" : "/", b);
}

/* Takes the last part off out, unless that is ".." or there is none. */
static bool drop_part(struct strbuf *out, bool absolute)
{
	size_t root = absolute ? 1 : 0, start = out->len;

	while (start > root && out->s[start - 1] != '/')
		start--;
	if (start == out->len || strcmp(out->s + start, "..") == 0)
		return absolute && out->len == root;
	strbuf_truncate(out, start > root ? start - 1 : root);
	return true;
}

char *fs_normalize(const char *path)
{
	bool absolute = path[0] == '/';
	struct strbuf out = STRBUF_INIT;

	if (absolute)
		strbuf_addc(&out, '/');
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");
		bool up = n == 2 && p[0] == '.' && p[1] == '.';

		if (n > 0 && !(n == 1 && p[0] == '.') && !(up && drop_part(&out, absolute))) {
			if (out.len > absolute)
				strbuf_addc(&out, '/');
			strbuf_add(&out, p, n);
		}
		p += n;
		p += strspn(p, "/");
	}
	if (out.len == 0)
		strbuf_addc(&out, '.');
	return strbuf_detach(&out, NULL);
}
