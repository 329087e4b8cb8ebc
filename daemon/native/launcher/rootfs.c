/* The root of a sandbox, built in its own copy of the launcher's mounts: scratch at /s, root at /r.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "common/defence.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

/* Made in the upper layer: whatever the image has at these names, a directory of ours hides it. */
static const struct {
	const char *name;
	mode_t mode;
} skeleton[] = {
	{ "/s/u/dev", 0755 },
	{ "/s/u/proc", 0555 },
	{ "/s/u/sys", 0555 },
	{ "/s/u/tmp", 01777 },
	{ "/s/u/workspace", 0777 },
};

static int make_dir(const char *path, mode_t mode, struct err *e)
{
	if (mkdir(path, mode) < 0 || chmod(path, mode) < 0)
		return err_sys(e, "cannot make '%s'", path);
	return 0;
}

int rootfs_scratch(struct child *c, struct err *e)
{
	uint64_t size = c->rq->limits[LAUNCH_DISK] ? c->rq->limits[LAUNCH_DISK] : 1ULL << 30;
	/* An inode costs about a KiB of kernel memory: many small files are bounded like few big
	 * ones. */
	uint64_t inodes = size / 4096 < 4096 ? 4096 : size / 4096;
	char options[96];
	struct statfs fs;

	snprintf(options, sizeof(options), "size=%llu,nr_inodes=%llu,mode=0755",
	        (unsigned long long)size, (unsigned long long)inodes);
	if (sys_mount("scratch", "/s", "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return err_sys(e, "cannot mount a tmpfs");
	/* The receipt states this limit: here is where it is read back. */
	if (statfs("/s", &fs) < 0 || (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize > size + 65536)
		return err_set(e, ERR_SYS, "the disk limit does not hold");
	if (make_dir("/s/u", 0755, e) < 0 || make_dir("/s/w", 0700, e) < 0 ||
	        make_dir("/s/tmp", 01777, e) < 0 || make_dir("/s/tmp/home", 01777, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(skeleton); i++)
		if (make_dir(skeleton[i].name, skeleton[i].mode, e) < 0)
			return -1;
	c->upper = open("/s/u", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return c->upper < 0 ? err_sys(e, "cannot open the upper layer") : 0;
}

/* Without an overlay: the image itself, read-only; what has to be writable is mounted over it. */
static int bare_root(struct child *c, struct err *e)
{
	char lower[32];

	if (c->image->n_above)
		return err_set(e, ERR_UNSUPPORTED,
		        "an image of several layers needs an overlay, which this kernel or its "
		        "container does not allow (clnrm health)");
	snprintf(lower, sizeof(lower), "/i/%zu/lower", c->image_index);
	AUTO_FD tree = sys_open_tree(AT_FDCWD, lower, OPEN_TREE_CLONE);
	if (tree < 0 || sys_move_mount(tree, "", AT_FDCWD, "/r", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, "cannot mount the image");
	return 0;
}

static int overlay_root(struct child *c, struct err *e)
{
	char options[4096]; /* what mount(2) takes */
	size_t n = (size_t)snprintf(options, sizeof(options), "lowerdir=");

	/* The topmost first. */
	for (uint32_t i = c->image->n_above; i-- > 0;)
		n += (size_t)snprintf(
		        options + n, sizeof(options) - n, "/i/%zu/a/%u:", c->image_index, i);
	/* userxattr is what a user namespace is allowed; volatile: nothing is ever synced to
	 * memory. */
	snprintf(options + n, sizeof(options) - n,
	        "/i/%zu/lower,upperdir=/s/u,workdir=/s/w,%svolatile,xino=off", c->image_index,
	        c->idmap->own_userns || geteuid() != 0 ? "userxattr," : "");
	if (sys_mount("root", "/r", "overlay", MS_NOSUID | MS_NODEV, options) < 0)
		return err_sys(e, "cannot mount an overlay");
	return 0;
}

/* The launcher gets the directory that the root's changes go to: with the last process its mount is
 * gone, and this is what is left of it. */
static int hand_over_upper(struct child *c, struct err *e)
{
	const struct err none = { 0 };
	AUTO_FD upper = -1;

	if (!c->overlay)
		return err_set(e, ERR_UNSUPPORTED,
		        "a preparation needs a writable root: an overlay, which this kernel or its "
		        "container does not allow (clnrm health)");
	upper = open("/s/u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (upper < 0 || sys_send_fd(c->status, &none, sizeof(none), upper) < 0)
		return err_sys(e, "cannot hand over the upper directory");
	return 0;
}

int rootfs_root(struct child *c, struct err *e)
{
	if ((c->overlay ? overlay_root(c, e) : bare_root(c, e)) < 0)
		return -1;
	if (c->rq->flags & LAUNCH_KEEP && hand_over_upper(c, e) < 0)
		return -1;
	c->root = open("/r", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return c->root < 0 ? err_sys(e, "cannot open the root") : 0;
}

/* ---- places below the new root ---- */

#define NO_LINKS (SYS_NO_SYMLINKS | SYS_NO_MAGICLINKS | SYS_IN_ROOT)

/* path without its leading slash and last part, into out. */
static const char *parent_of(const char *path, char *out, size_t size)
{
	const char *last = strrchr(path, '/');

	snprintf(out, size, "%.*s", last ? (int)(last - path) : 0, path);
	return last ? last + 1 : path;
}

static int make_one(struct child *c, const char *path, bool directory)
{
	char above[LAUNCH_MAX_PATH + 1];
	const char *name = parent_of(path, above, sizeof(above));
	AUTO_FD dir =
	        sys_openat2(c->root, above[0] ? above : ".", O_PATH | O_DIRECTORY, 0, NO_LINKS);

	if (dir < 0)
		return -1;
	if (directory)
		return mkdirat(dir, name, 0755);
	AUTO_FD file =
	        openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
	return file < 0 ? -1 : 0;
}

/* Makes each missing directory of the path, from the top. */
static int make_all(struct child *c, const char *path, bool directory)
{
	char part[LAUNCH_MAX_PATH + 1];

	for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (make_one(c, part, true) < 0 && errno != EEXIST)
			return -1;
	}
	return make_one(c, path, directory) < 0 && errno != EEXIST ? -1 : 0;
}

int rootfs_target(struct child *c, const char *path, bool directory, struct err *e)
{
	const char *below = path + (path[0] == '/');
	int fd = sys_openat2(c->root, below, O_PATH, 0, NO_LINKS);
	struct stat st;

	if (fd < 0 && errno == ENOENT && make_all(c, below, directory) == 0)
		fd = sys_openat2(c->root, below, O_PATH, 0, NO_LINKS);
	if (fd < 0)
		return err_sys(e,
		        errno == ELOOP ? "'%s' in the image leads through a symbolic link"
		                       : "cannot make '%s' in the image",
		        path);
	if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode) != directory) {
		close(fd);
		return err_set(e, ERR_INVALID, "'%s' in the image is %sa directory", path,
		        directory ? "not " : "");
	}
	return fd;
}

/* Moves a detached mount onto a path of the launcher's root or onto a descriptor. */
static int attach(int tree, int at, const char *path, struct err *e)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (path[0] ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	if (sys_move_mount(tree, "", at, path, flags) < 0)
		return err_sys(e, "cannot mount%s%s", path[0] ? " " : "", path);
	return 0;
}

/* What is at `from` in the launcher's root, also at `to`. Both are paths of ours: nothing of the
 * image has run, and its names at these places are hidden. One call costs half of what cloning a
 * tree, moving it and closing it do. */
static int bind(const char *from, unsigned long recursive, const char *to, struct err *e)
{
	return sys_mount(from, to, NULL, MS_BIND | recursive, NULL) < 0
	               ? err_sys(e, "cannot bind '%s'", from)
	               : 0;
}

int rootfs_views(struct child *c, struct err *e)
{
	char from[48];
	struct stat st;

	for (uint32_t i = 0; i < c->image->n_binds; i++) {
		snprintf(from, sizeof(from), "/i/%zu/b/%u", c->image_index, i);
		AUTO_FD tree = sys_open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | AT_RECURSIVE);
		if (tree < 0 || fstat(tree, &st) < 0)
			return err_sys(e, "cannot clone the view of '%s'", c->image->at[i]);
		AUTO_FD at = rootfs_target(c, c->image->at[i], S_ISDIR(st.st_mode), e);
		if (at < 0 || attach(tree, at, "", e) < 0)
			return -1;
	}
	return 0;
}

int rootfs_dev(struct child *c, struct err *e)
{
	char shm[64];

	(void)c;
	if (bind("/dev", MS_REC, "/r/dev", e) < 0)
		return -1;
	if (sys_mount("devpts", "/r/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	            "newinstance,ptmxmode=0666,mode=0620,max=64") < 0)
		return err_sys(e, "cannot mount devpts");
	snprintf(shm, sizeof(shm), "mode=1777,size=%u,nr_inodes=4096", 64u << 20);
	if (sys_mount("shm", "/r/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, shm) < 0)
		return err_sys(e, "cannot mount /dev/shm");
	if (sys_mount("mqueue", "/r/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) <
	        0)
		return err_sys(e, "cannot mount /dev/mqueue");
	return 0;
}

/* ---- /proc ---- */

static const char *const masked_files[] = { "kcore", "keys", "key-users", "latency_stats",
	"timer_list", "timer_stats", "sched_debug", "kmsg", "kallsyms", "kpagecount", "kpageflags",
	"kpagecgroup", "sysrq-trigger", "interrupts", "iomem", "ioports", "slabinfo",
	"vmallocinfo" };
static const char *const masked_dirs[] = { "asound", "acpi", "scsi" };
static const char *const read_only[] = { "bus", "fs", "irq", "sys" };

/* What masked things are covered with is ours. */
static int check_covers(struct err *e)
{
	struct stat null, dir, boot;

	if (lstat("/dev/null", &null) < 0 || lstat("/null-dir", &dir) < 0 ||
	        lstat("/boot-id", &boot) < 0)
		return err_sys(e, "cannot look at what masks");
	if (!S_ISCHR(null.st_mode) || null.st_rdev != makedev(1, 3) || !S_ISDIR(dir.st_mode) ||
	        !S_ISREG(boot.st_mode))
		return err_set(e, ERR_SYS, "what masks is not what it should be");
	return 0;
}

/* 0 also for what this kernel does not have. None of these names is a link: they are the kernel's.
 */
static int over_proc(const char *from, const char *name, struct err *e)
{
	char path[48];

	snprintf(path, sizeof(path), "/r/proc/%s", name);
	if (sys_mount(from ? from : path, path, NULL, MS_BIND, NULL) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot mount over '/proc/%s'", name);
	if (!from && sys_mount_setattr(AT_FDCWD, path, 0, MOUNT_ATTR_RDONLY, 0, 0, -1) < 0)
		return err_sys(e, "cannot make '/proc/%s' read-only", name);
	return 0;
}

/* The mount is the kernel's own, whatever an image tried to be found there. */
static int check_proc(struct err *e)
{
	struct statfs fs;

	if (statfs("/r/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, ERR_SYS, "'/proc' is not the kernel's");
	return 0;
}

int rootfs_proc(struct child *c, struct err *e)
{
	if (sys_mount("proc", "/r/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
		if (errno == EPERM)
			return err_set(e, ERR_UNSUPPORTED,
			        "nested container: mount of proc refused; start the outer "
			        "container with --security-opt systempaths=unconfined");
		return err_sys(e, "cannot mount proc");
	}
	c->user_sysctls = open("/r/proc/sys/user", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (check_proc(e) < 0 || check_covers(e) < 0)
		return -1;
	for (size_t i = 0; DEFENCE("proc-readonly") && i < ARRAY_LEN(read_only); i++)
		if (over_proc(NULL, read_only[i], e) < 0)
			return -1;
	for (size_t i = 0; DEFENCE("masks") && i < ARRAY_LEN(masked_files); i++)
		if (over_proc("/dev/null", masked_files[i], e) < 0)
			return -1;
	for (size_t i = 0; DEFENCE("masks") && i < ARRAY_LEN(masked_dirs); i++)
		if (over_proc("/null-dir", masked_dirs[i], e) < 0)
			return -1;
	/* The kernel's own would tell every sandbox of a boot from those of another. */
	if (DEFENCE("boot-id") && over_proc("/boot-id", "sys/kernel/random/boot_id", e) < 0)
		return -1;
	/* No sysfs: it grows with the network namespaces of the machine and names its hardware. */
	return bind("/null-dir", 0, "/r/sys", e);
}

int rootfs_tmp(struct child *c, struct err *e)
{
	if (bind("/s/tmp", 0, "/r/tmp", e) < 0)
		return -1;
	/* Without an overlay the working directory has to be writable by a mount of its own. */
	return c->overlay ? 0 : bind("/s/u/workspace", 0, "/r/workspace", e);
}

int rootfs_seal(struct child *c, struct err *e)
{
	if (!(c->rq->flags & LAUNCH_READ_ONLY) || !DEFENCE("readonly-root"))
		return 0;
	if (sys_mount_setattr(c->root, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0, -1) < 0)
		return err_sys(e, "cannot make the root read-only");
	return 0;
}

/* The old root comes to lie on top of the new one and is then taken away: no put_old directory. */
int rootfs_pivot(struct child *c, struct err *e)
{
	struct stat want, got;
	char cwd[8];

	if (fchdir(c->root) < 0 || sys_pivot_root(".", ".") < 0)
		return err_sys(e, "cannot change the root");
	if (DEFENCE("old-root") && sys_umount(".", SYS_MNT_DETACH) < 0)
		return err_sys(e, "cannot leave the old root");
	if (chdir("/") < 0 || fstat(c->root, &want) < 0 || stat("/", &got) < 0)
		return err_sys(e, "cannot enter the root");
	if (!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/") != 0 || want.st_dev != got.st_dev ||
	        want.st_ino != got.st_ino)
		return err_set(e, ERR_SYS, "the root is not the one that was made");
	return 0;
}
