/* The /dev of all sandboxes: made once, read-only, cloned for each. Nodes have no state; what has
 * (pts, shm, mqueue) is mounted into the clone by rootfs.c. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{ "null", 1, 3 },
	{ "zero", 1, 5 },
	{ "full", 1, 7 },
	{ "random", 1, 8 },
	{ "urandom", 1, 9 },
	{ "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

static const char *const dirs[] = { "pts", "shm", "mqueue" };

/* In a user namespace mknod is refused: the machine's own node is bound, after a look at what it
 * is. */
static int bind_node(
        const char *path, const char *name, unsigned major, unsigned minor, struct err *e)
{
	char host[32];
	struct stat st;

	snprintf(host, sizeof(host), "/dev/%s", name);
	AUTO_FD tree = sys_open_tree(AT_FDCWD, host, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
	AUTO_FD file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);

	if (tree < 0 || file < 0 || fstat(tree, &st) < 0)
		return err_sys(e, "cannot take '%s'", host);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(major, minor))
		return err_set(e, ERR_UNSUPPORTED, "'%s' is not device %u:%u", host, major, minor);
	if (sys_move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, "cannot bind '%s'", host);
	return 0;
}

static int make_nodes(struct err *e)
{
	char path[32];

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		snprintf(path, sizeof(path), "dev/%s", nodes[i].name);
		if (mknod(path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) == 0 &&
		        chmod(path, 0666) == 0)
			continue;
		if (errno != EPERM)
			return err_sys(e, "cannot make '%s'", path);
		if (bind_node(path, nodes[i].name, nodes[i].major, nodes[i].minor, e) < 0)
			return -1;
	}
	return 0;
}

static int make_entries(struct err *e)
{
	char path[32];

	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		snprintf(path, sizeof(path), "dev/%s", links[i].name);
		if (symlink(links[i].target, path) < 0)
			return err_sys(e, "cannot make '%s'", path);
	}
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "dev/%s", dirs[i]);
		if (mkdir(path, 0755) < 0)
			return err_sys(e, "cannot make '%s'", path);
	}
	return 0;
}

int devices_make(struct err *e)
{
	if (sys_mount("dev", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC,
	            "size=64k,nr_inodes=64,mode=0755") < 0)
		return err_sys(e, "cannot mount a tmpfs for devices");
	if (make_nodes(e) < 0 || make_entries(e) < 0)
		return -1;
	if (sys_mount_setattr(AT_FDCWD, "dev", 0, MOUNT_ATTR_RDONLY, 0, 0, -1) < 0)
		return err_sys(e, "cannot make /dev read-only");
	return 0;
}
