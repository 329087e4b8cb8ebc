/* daemon/sandbox/init/place.c - files that a scenario brings along, and working directories.
 *
 * The root is the sandbox's own, so links of the image may be followed on the way; the last part of
 * a path never is: what stands there is replaced. Magic links of /proc are refused (walk.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/fs.h"
#include "daemon/sandbox/init/init.h"

static int make_dir(const char *path, mode_t mode, const struct user *owner, struct err *e)
{
	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : err_sys(e, "cannot make directory '%s'", path);
	if (owner && (owner->uid || owner->gid) && lchown(path, owner->uid, owner->gid) < 0)
		return err_sys(
		        e, "cannot give directory '%s' to %u:%u", path, owner->uid, owner->gid);
	return 0;
}

int place_dirs(const char *path, mode_t mode, const struct user *owner, struct err *e)
{
	AUTO_STR copy = strdup(path);
	AUTO_FD there = walk_dir(path);

	if (there >= 0)
		return 0;
	if (!copy || path[0] != '/')
		return err_set(e, ERR_INVALID, "no absolute path: '%s'", path);
	for (char *p = copy + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (make_dir(copy, mode, owner, e) < 0)
			return -1;
		*p = '/';
	}
	if (make_dir(copy, mode, owner, e) < 0)
		return -1;
	there = walk_dir(path);
	return there >= 0 ? 0 : err_sys(e, "cannot open directory '%s'", path);
}

static int set_owner_and_mode(int fd, const struct agent_file *f, struct err *e)
{
	/* chown clears set-id bits, so it comes first. */
	if ((f->uid || f->gid) && fchown(fd, f->uid, f->gid) < 0)
		return err_sys(e, "cannot give '%s' to %u:%u", f->path, f->uid, f->gid);
	if (fchmod(fd, f->mode & 07777) < 0)
		return err_sys(e, "cannot set the mode of '%s'", f->path);
	return 0;
}

static int place_dir(int parent, const char *name, const struct agent_file *f, struct err *e)
{
	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "cannot make directory '%s'", f->path);
	AUTO_FD fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open directory '%s'", f->path);
	return set_owner_and_mode(fd, f, e);
}

static int place_link(int parent, const char *name, const struct agent_file *f, struct err *e)
{
	if (symlinkat(f->link, parent, name) < 0)
		return err_sys(e, "cannot make symbolic link '%s'", f->path);
	if ((f->uid || f->gid) && fchownat(parent, name, f->uid, f->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot give '%s' to %u:%u", f->path, f->uid, f->gid);
	return 0;
}

static int place_regular(int parent, const char *name, const struct agent_file *f, struct err *e)
{
	AUTO_FD fd =
	        openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "cannot make file '%s'", f->path);
	if (fs_write_all(fd, f->data, (size_t)f->len, e) < 0)
		return err_wrap(e, "'%s'", f->path);
	if (set_owner_and_mode(fd, f, e) < 0)
		return -1;
	/* Who has looked sees a new time after the next change, even within the same tick of the
	 * clock (multigrain timestamps, Linux 6.13): the survey tells what steps do to it. */
	struct stat st;
	return fstat(fd, &st) < 0 ? err_sys(e, "cannot look at '%s'", f->path) : 0;
}

/* "/a/b/c" -> a descriptor of /a/b, made where absent, and "c". */
static int open_parent(const char *path, const char **name, struct err *e)
{
	const char *slash = strrchr(path, '/');

	if (path[0] != '/' || !slash[1] || strcmp(slash, "/.") == 0 || strcmp(slash, "/..") == 0)
		return err_set(e, ERR_INVALID, "no absolute path of a file: '%s'", path);
	*name = slash + 1;
	AUTO_STR dir = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	if (!dir)
		return err_set(e, ERR_LIMIT, "no memory for '%s'", path);
	int fd = walk_dir(dir);
	if (fd < 0 && errno == ENOENT) {
		if (place_dirs(dir, 0755, NULL, e) < 0)
			return -1;
		fd = walk_dir(dir);
	}
	return fd >= 0 ? fd : err_sys(e, "cannot open directory '%s'", dir);
}

static int place_one(const struct agent_file *f, struct err *e)
{
	const char *name = NULL;
	AUTO_FD parent = open_parent(f->path, &name, e);

	if (parent < 0)
		return -1;
	if (f->is_dir)
		return place_dir(parent, name, f, e);
	if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return err_sys(e, "cannot replace '%s'", f->path);
	return *f->link ? place_link(parent, name, f, e) : place_regular(parent, name, f, e);
}

int place_files(const struct agent_file *files, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (place_one(&files[i], e) < 0)
			return -1;
	}
	return 0;
}
