#include "daemon/core/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"

#define SETTLED_S 3600 /* another daemon may be about to tell the history of a younger one */

struct blob {
	int dir, fd;
	uint64_t size;
	struct digest_ctx *digest;
	struct err e; /* what went wrong first */
};

/* ---- writing ---- */

static int open_dir(const char *dir, const char *run, struct err *e)
{
	AUTO_STR path = fs_join(dir, run);
	int fd;

	if (fs_mkdirs(path, 0700, e) < 0)
		return -1;
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "cannot open '%s'", path) : fd;
}

struct blob *blob_new(const char *dir, const char *run, struct err *e)
{
	AUTO_FD at = open_dir(dir, run, e);
	AUTO_FD fd = at < 0 ? -1 : openat(at, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	struct blob *b;

	if (at < 0)
		return NULL;
	if (fd < 0) {
		err_sys(e, "cannot make a file in '%s/%s'", dir, run);
		return NULL;
	}
	b = xcalloc(1, sizeof(*b));
	b->dir = steal_fd(&at);
	b->fd = steal_fd(&fd);
	b->digest = digest_new();
	return b;
}

void blob_free(struct blob *b)
{
	if (!b)
		return;
	close_fd(&b->dir);
	close_fd(&b->fd);
	digest_free(b->digest);
	free(b);
}

void blob_write(struct blob *b, const void *p, size_t n)
{
	if (b->e.code != ERR_NONE || !n)
		return;
	if (fs_write_all(b->fd, p, n, &b->e) < 0)
		return;
	digest_add(b->digest, p, n);
	b->size += n;
}

uint64_t blob_size(const struct blob *b)
{
	return b->size;
}

int blob_keep(struct blob *b, char sha256[DIGEST_HEX], struct err *e)
{
	char self[32];
	struct digest d;

	if (b->e.code != ERR_NONE) {
		*e = b->e;
		return -1;
	}
	digest_end(b->digest, &d);
	digest_hex(&d, sha256);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", b->fd);
	/* Two of a run may be the same. */
	if (linkat(AT_FDCWD, self, b->dir, sha256, AT_SYMLINK_FOLLOW) < 0 && errno != EEXIST)
		return err_sys(e, "cannot name a file that is kept");
	return 0;
}

/* ---- reading ---- */

int blob_open(const char *dir, const char *run, const char *sha256, uint64_t *size, struct err *e)
{
	AUTO_STR path = xasprintf("%s/%s/%s", dir, run, sha256);
	AUTO_FD fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(e, ERR_NOT_FOUND, "the file is gone");
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "cannot open '%s'", path);
	*size = (uint64_t)st.st_size;
	return steal_fd(&fd);
}

/* ---- removal ---- */

static void remove_at(int dir, const char *run)
{
	struct err e;

	if (fs_remove_tree(dir, run, &e) < 0)
		log_error("files of run %s: %s", run, e.msg);
}

void blob_remove(const char *dir, const char *run)
{
	AUTO_FD at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (at >= 0)
		remove_at(at, run);
}

/* What one run has. */
struct owned {
	char run[32];
	time_t mtime;
	uint64_t bytes;
};

struct owners {
	struct owned *v;
	size_t n, cap;
};

static uint64_t bytes_in(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	uint64_t sum = 0;
	struct stat st;

	if (!d) {
		close_fd(&fd);
		return 0;
	}
	for (const struct dirent *e; (e = readdir(d));)
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		        S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	closedir(d);
	return sum;
}

static void read_owners(DIR *d, struct owners *o)
{
	struct stat st;

	for (const struct dirent *e; (e = readdir(d));) {
		struct owned *x;

		if (e->d_name[0] == '.' || strlen(e->d_name) >= sizeof(x->run) ||
		        fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		        !S_ISDIR(st.st_mode))
			continue;
		o->v = xgrow(o->v, &o->cap, o->n + 1, sizeof(*o->v));
		x = &o->v[o->n++];
		*x = (struct owned){ .mtime = st.st_mtime, .bytes = bytes_in(dirfd(d), e->d_name) };
		memcpy(x->run, e->d_name, strlen(e->d_name) + 1);
	}
}

static int newest_first(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;

	return x->mtime == y->mtime ? strcmp(x->run, y->run) : x->mtime > y->mtime ? -1 : 1;
}

void blob_sweep(
        const char *dir, uint64_t max, bool (*wanted)(void *arg, const char *run), void *arg)
{
	DIR *d = opendir(dir);
	struct owners o = { 0 };
	uint64_t sum = 0;
	const time_t now = time(NULL);

	if (!d)
		return;
	read_owners(d, &o);
	if (o.n)
		qsort(o.v, o.n, sizeof(*o.v), newest_first);
	for (size_t i = 0; i < o.n; i++) {
		const struct owned *x = &o.v[i];
		bool settled = now - x->mtime > SETTLED_S;

		sum += x->bytes;
		if ((settled && !wanted(arg, x->run)) || (i && sum > max)) {
			sum -= x->bytes;
			remove_at(dirfd(d), x->run);
		}
	}
	free(o.v);
	closedir(d);
}
