/* The launcher's own mount namespace: what it does not hold, no sandbox has to copy or can reach.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/defence.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

static const struct {
	const char *name;
	mode_t mode;
} dirs[] = {
	{ "proc", 0555 },
	{ "dev", 0755 },
	{ "i", 0755 },
	{ "s", 0755 },
	{ "r", 0755 },
	{ "v", 0755 },
	{ "null-dir", 0555 },
};

/* What every sandbox reads as the id of this boot. */
#define BOOT_ID "c1ea4000-c1ea-4000-8000-c1ea4000c1ea\n"

static int make_file(const char *name, const char *text, struct err *e)
{
	AUTO_FD fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return err_sys(e, "cannot make '%s'", name);
	return 0;
}

static int make_dirs(struct err *e)
{
	char name[16];

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (mkdir(dirs[i].name, dirs[i].mode) < 0)
			return err_sys(e, "cannot make '%s'", dirs[i].name);
	for (unsigned i = 0; i < LAUNCH_MAX_VOLUMES; i++) {
		snprintf(name, sizeof(name), "v/%u", i);
		if (mkdir(name, 0755) < 0)
			return err_sys(e, "cannot make '%s'", name);
	}
	if (make_file("null-file", "", e) < 0)
		return -1;
	return make_file("boot-id", BOOT_ID, e);
}

static int own_namespace(const char *what, struct err *e)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "cannot open %s mount namespace", what) : fd;
}

/* What masked things look like: one file and one directory for all sandboxes, so nobody may write.
 */
static int seal_covers(struct err *e)
{
	static const char *const covers[] = { "null-dir", "null-file", "boot-id" };

	for (size_t i = 0; i < ARRAY_LEN(covers); i++) {
		AUTO_FD tree = sys_open_tree(AT_FDCWD, covers[i], OPEN_TREE_CLONE);

		if (tree < 0 ||
		        sys_mount_setattr(tree, "", AT_EMPTY_PATH,
		                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0,
		                -1) < 0 ||
		        sys_move_mount(tree, "", AT_FDCWD, covers[i], MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return err_sys(e, "cannot seal '%s'", covers[i]);
	}
	return 0;
}

/* Root of the launcher: a tmpfs over the state directory, which only has to be a directory of ours.
 */
static int build_root(const char *at, struct err *e)
{
	if (sys_mount("clnrm", at, "tmpfs", MS_NOSUID, "size=1m,nr_inodes=32k,mode=0755") < 0)
		return err_sys(e, "cannot mount a tmpfs");
	if (chdir(at) < 0)
		return err_sys(e, "cannot enter '%s'", at);
	if (make_dirs(e) < 0 || seal_covers(e) < 0)
		return -1;
	AUTO_FD proc = sys_open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | AT_RECURSIVE);
	if (proc < 0 || sys_move_mount(proc, "", AT_FDCWD, "proc", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, "cannot take over /proc");
	if (devices_make(e) < 0)
		return -1;
	if (sys_pivot_root(".", ".") < 0 || sys_umount(".", SYS_MNT_DETACH) < 0 || chdir("/") < 0)
		return err_sys(e, "cannot change the root");
	return 0;
}

int world_enter(struct world *w, const struct options *o, struct err *e)
{
	*w = (struct world){ -1, -1 };
	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(e, "cannot make a mount namespace (run clnrm health)");
	/* The first copy keeps receiving what the machine mounts later; nothing goes back. */
	if (sys_mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_sys(e, "cannot detach the mounts");
	w->outer = own_namespace("the outer", e);
	if (w->outer < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(e, "cannot make a second mount namespace");
	if (sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(e, "cannot make the mounts private");
	if (build_root(o->state_dir, e) < 0)
		return -1;
	w->own = own_namespace("our own", e);
	return w->own < 0 ? -1 : 0;
}

static int same_file(int fd, const struct view *v, struct err *e)
{
	struct stat st;

	if (v->ino == 0 || !DEFENCE("volume-identity"))
		return 0;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "cannot look at '%s'", v->path);
	if (st.st_dev != v->dev || st.st_ino != v->ino)
		return err_set(
		        e, ERR_DENIED, "'%s' is not what it was when it was checked", v->path);
	return 0;
}

static int open_view(const struct view *v, struct err *e)
{
	AUTO_FD at = sys_openat2(AT_FDCWD, v->path, O_PATH, 0, SYS_NO_SYMLINKS | SYS_NO_MAGICLINKS);
	int tree;

	if (at < 0)
		return err_sys(e, "cannot open '%s'", v->path);
	if (same_file(at, v, e) < 0)
		return -1;
	tree = sys_open_tree(at, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE);
	return tree < 0 ? err_sys(e, "cannot take a view of '%s'", v->path) : tree;
}

/* First with mapped ids; what has a file system that cannot (an overlay, a network one) without. */
static int set_attributes(
        int tree, const struct view *v, const struct idmap *m, uint32_t *without, struct err *e)
{
	/* Reading through a read-only mount changes no time of access either. */
	bool read_only = v->read_only && DEFENCE("readonly-views");
	uint64_t set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (read_only ? MOUNT_ATTR_RDONLY : 0) |
	               (v->noexec ? MOUNT_ATTR_NOEXEC : 0);
	unsigned how = AT_EMPTY_PATH | AT_RECURSIVE;

	bool map = m->userns >= 0 && !(v->foreign && DEFENCE("foreign-views"));

	if (map && sys_mount_setattr(tree, "", how, set, 0, MS_PRIVATE, m->userns) == 0)
		return 0;
	if (m->shifted && !v->foreign)
		*without |= LAUNCH_NO(IDMAP);
	if (sys_mount_setattr(tree, "", how, set, 0, MS_PRIVATE, -1) < 0)
		return err_sys(e, "cannot restrict the view of '%s'", v->path);
	return 0;
}

int world_view(const struct world *w, const struct view *v, const struct idmap *m,
        uint32_t *without, struct err *e)
{
	AUTO_FD tree = -1;

	if (setns(w->outer, CLONE_NEWNS) < 0)
		return err_sys(e, "cannot enter the outer mount namespace");
	tree = open_view(v, e);
	if (setns(w->own, CLONE_NEWNS) < 0) {
		/* There is no way on from a foreign root. */
		_exit(1);
	}
	if (tree < 0 || set_attributes(tree, v, m, without, e) < 0)
		return -1;
	return steal_fd(&tree);
}
