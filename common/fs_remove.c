/* Removing a tree. Recursion would hold one descriptor a level and let a deep tree end the stack;
 * here one level is open at a time and ".." leads back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"

static int open_dir(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(parent, name, flags);

	if (fd >= 0 || errno != EACCES)
		return fd;

	/* fchmodat() follows links; what it would follow is not a directory of ours, so look first.
	 */
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	if (fchmodat(parent, name, 0700, 0) < 0)
		return -1;
	return openat(parent, name, flags);
}

/* Removes one entry that is not a full directory. 0 gone, 1 it is a directory with entries. */
static int remove_entry(int dir, const char *name, bool is_dir)
{
	if (!is_dir) {
		if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
			return 0;
		/* EPERM is what POSIX says for a directory, EISDIR what Linux does. */
		if (errno != EISDIR && errno != EPERM)
			return -1;
	}
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? 1 : -1;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Empties the directory fd of what is not a full directory. Returns 1 with the name of the first
 * full one, 0 when all is gone. */
static int sweep(int fd, char name[NAME_MAX + 1])
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = own < 0 ? NULL : fdopendir(own);

	if (!d) {
		close_fd(&own);
		return -1;
	}

	int rc = 0;

	while (rc == 0) {
		errno = 0;

		const struct dirent *x =
		        readdir(d); /* NOLINT(concurrency-mt-unsafe): the stream is ours */

		if (!x) {
			rc = errno ? -1 : 0;
			break;
		}
		if (is_dots(x->d_name))
			continue;
		rc = remove_entry(fd, x->d_name, x->d_type == DT_DIR);
		if (rc == 1)
			snprintf(name, NAME_MAX + 1, "%s", x->d_name);
	}

	int saved = errno;

	closedir(d);
	errno = saved;
	return rc;
}

struct place {
	dev_t dev;
	ino_t ino;
};

static int place_of(int fd, struct place *p)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*p = (struct place){ st.st_dev, st.st_ino };
	return 0;
}

/* Goes down to the full directory `name`; *fd becomes it. A directory that may be searched but not
 * written refuses removal: it is made ours on the way. */
static int go_down(int *fd, const char *name)
{
	int child = open_dir(*fd, name);

	if (child < 0)
		return -1;

	struct stat st;

	if (fstat(child, &st) == 0 && (st.st_mode & 0700) != 0700)
		(void)!fchmod(child, st.st_mode | 0700); /* removal will say what is wrong */
	close_fd(fd);
	*fd = child;
	return 0;
}

/* Empties everything below top. The tree must not be moved meanwhile: ".." is checked only against
 * leaving it, by the number of levels. */
static int empty_tree(int top)
{
	AUTO_FD fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct place root, here;
	char name[NAME_MAX + 1];
	unsigned long level = 0;

	if (fd < 0 || place_of(top, &root) < 0)
		return -1;
	for (;;) {
		int rc = sweep(fd, name);

		if (rc < 0)
			return -1;
		if (rc == 1) {
			if (go_down(&fd, name) < 0)
				return -1;
			level++;
			continue;
		}
		if (place_of(fd, &here) < 0)
			return -1;
		if (level == 0 || (here.dev == root.dev && here.ino == root.ino))
			return 0;

		int up = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (up < 0)
			return -1;
		close_fd(&fd);
		fd = up;
		level--;
	}
}

int fs_remove_tree(int dirfd, const char *name, struct err *e)
{
	int rc = remove_entry(dirfd, name, false);

	if (rc == 0)
		return 0;
	if (rc < 0)
		return err_sys(e, "cannot remove '%s'", name);

	AUTO_FD top = open_dir(dirfd, name);

	if (top < 0)
		return err_sys(e, "cannot open '%s' to remove it", name);
	(void)!fchmod(top, 0700);
	if (empty_tree(top) < 0)
		return err_sys(e, "cannot empty '%s'", name);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(e, "cannot remove '%s'", name);
	return 0;
}
