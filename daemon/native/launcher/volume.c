/* Volumes, extra tmpfs and masked commands: mounts over the root that a test asked for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/defence.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

static int attach(int tree, int at, const char *path, struct err *e)
{
	if (sys_move_mount(tree, "", at, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_sys(e, "cannot mount '%s'", path);
	return 0;
}

/* An overlay whose lower is the volume and whose upper is in the scratch: writes are thrown away.
 */
static int copy_on_write(struct child *c, unsigned i, struct err *e)
{
	char lower[24], upper[24], work[24];

	snprintf(lower, sizeof(lower), "/v/%u", i);
	snprintf(upper, sizeof(upper), "/s/u%u", i);
	snprintf(work, sizeof(work), "/s/w%u", i);
	if (!c->overlay)
		return err_set(e, ERR_UNSUPPORTED,
		        "a volume of mode cow needs overlayfs: run clnrm health");
	if (sys_move_mount(c->volumes[i], "", AT_FDCWD, lower, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(e, "cannot attach the volume");
	if (mkdir(upper, 0755) < 0 || mkdir(work, 0700) < 0)
		return err_sys(e, "cannot make the upper layer");
	AUTO_FD fs = sys_fsopen("overlay");
	if (fs < 0 || sys_fsconfig_string(fs, "source", "cow") < 0 ||
	        sys_fsconfig_string(fs, "lowerdir", lower) < 0 ||
	        sys_fsconfig_string(fs, "upperdir", upper) < 0 ||
	        sys_fsconfig_string(fs, "workdir", work) < 0)
		return err_sys(e, "cannot configure an overlay");
	if (sys_fsconfig_flag(fs, "volatile") < 0)
		return err_sys(e, "cannot configure an overlay");
	if (c->idmap->own_userns || geteuid() != 0)
		if (sys_fsconfig_flag(fs, "userxattr") < 0)
			return err_sys(e, "cannot configure an overlay");
	int tree = sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
	                                   (c->rq->volumes[i].noexec ? MOUNT_ATTR_NOEXEC : 0));
	return tree < 0 ? err_sys(e, "cannot mount an overlay") : tree;
}

static int mount_volume(struct child *c, unsigned i, struct err *e)
{
	const struct launch_volume *v = &c->rq->volumes[i];
	const char *path = launch_text(c->rq, &v->at);
	struct stat st;

	if (fstat(c->volumes[i], &st) < 0)
		return err_sys(e, "cannot look at the volume");
	bool directory = S_ISDIR(st.st_mode), cow = v->mode == LAUNCH_COW;
	if (cow && !directory)
		return err_set(e, ERR_INVALID, "mode cow needs a directory");
	AUTO_FD at = rootfs_target(c, path, directory, e);
	if (at < 0)
		return -1;
	if (!cow)
		return attach(c->volumes[i], at, path, e);
	AUTO_FD tree = copy_on_write(c, i, e);
	return tree < 0 ? -1 : attach(tree, at, path, e);
}

int volumes_mount(struct child *c, struct err *e)
{
	for (uint32_t i = 0; i < c->rq->n_volumes; i++)
		if (mount_volume(c, i, e) < 0)
			return err_wrap(e, "'%.200s'", launch_text(c->rq, &c->rq->volumes[i].host));
	return 0;
}

static int mount_tmpfs(struct child *c, const struct launch_tmpfs *t, struct err *e)
{
	const char *path = launch_text(c->rq, &t->at);
	uint64_t disk = c->rq->limits[LAUNCH_DISK], size = t->size ? t->size : disk;
	char text[32];

	AUTO_FD at = rootfs_target(c, path, true, e);
	AUTO_FD fs = sys_fsopen("tmpfs");
	/* Never more than the disk limit: memory was reserved for that much. */
	snprintf(text, sizeof(text), "%llu",
	        (unsigned long long)(disk && size > disk ? disk : size));
	if (at < 0)
		return -1;
	if (fs < 0 || sys_fsconfig_string(fs, "mode", "1777") < 0 ||
	        (size && sys_fsconfig_string(fs, "size", text) < 0))
		return err_sys(e, "cannot configure a tmpfs");
	AUTO_FD tree = sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (tree < 0)
		return err_sys(e, "cannot mount a tmpfs");
	return attach(tree, at, path, e);
}

int volumes_tmpfs(struct child *c, struct err *e)
{
	for (uint32_t i = 0; i < c->rq->n_tmpfs; i++)
		if (mount_tmpfs(c, &c->rq->tmpfs[i], e) < 0)
			return -1;
	return 0;
}

/* Covers what is at path, a link itself and not what it leads to; nothing there is fine. */
static int mask_path(struct child *c, const char *path, struct err *e)
{
	char above[LAUNCH_MAX_PATH + 1];
	const char *below = path + (path[0] == '/'), *name = strrchr(below, '/');
	struct stat st;

	snprintf(above, sizeof(above), "%.*s", name ? (int)(name - below) : 1, name ? below : ".");
	name = name ? name + 1 : below;
	AUTO_FD dir = sys_openat2(
	        c->root, above, O_PATH | O_DIRECTORY, 0, SYS_IN_ROOT | SYS_NO_MAGICLINKS);
	AUTO_FD at = dir < 0 ? -1 : openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (at < 0 || fstat(at, &st) < 0)
		return err_sys(e, "cannot open '%s'", path);
	if (S_ISDIR(st.st_mode))
		return 0;
	AUTO_FD tree = sys_open_tree(AT_FDCWD, "/null-file", OPEN_TREE_CLONE);
	if (tree < 0)
		return err_sys(e, "cannot make a cover");
	return attach(tree, at, path, e);
}

/* Every directory of the image's PATH. */
static int mask_name(struct child *c, const char *name, struct err *e)
{
	char path[LAUNCH_MAX_PATH + 1];

	for (const char *at = c->image->path_env; *at;) {
		size_t n = strcspn(at, ":");

		if (at[0] == '/' &&
		        (size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)n, at, name) <
		                sizeof(path) &&
		        mask_path(c, path, e) < 0)
			return -1;
		at += n + (at[n] == ':');
	}
	return 0;
}

int volumes_mask(struct child *c, struct err *e)
{
	for (uint32_t i = 0; DEFENCE("masked-commands") && i < c->rq->n_masked; i++) {
		const char *name = launch_text(c->rq, &c->rq->masked[i]);

		if ((name[0] == '/' ? mask_path(c, name, e) : mask_name(c, name, e)) < 0)
			return -1;
	}
	return 0;
}
