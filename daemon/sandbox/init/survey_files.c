/* daemon/sandbox/init/survey_files.c - files that the steps of a batch have changed, outside of
 * where they were to.
 *
 * Of the root its upper layer is walked, which holds what was changed and nothing else. What stood
 * in it before the steps is told from what came later by inode numbers, which a tmpfs counts up,
 * and by the time of the last change. (What the launcher or the init made, and a step changes in
 * place within a tick of the clock, is missed by kernels before 6.13. What comes from the image is
 * copied up when it is changed, and has a new number.)
 *
 * Mounts that the daemon names hold others' files as well: there the time of the last change
 * decides, which the kernel takes from a clock that ticks. Where files of before may be in them the
 * first step waits for its next tick, so that no time can be that of both.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "common/glob.h"
#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

enum {
	MOST_ENTRIES = 20000,        /* of the upper layer that are looked at */
	MOST_MOUNT_ENTRIES = 200000, /* of all mounts */
	MOST_DEPTH = 64,             /* of directories */
};

/* ---- before the steps ---- */

static struct timespec tick(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t;
}

static bool is_after(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static void wait_for_tick(const struct timespec *from)
{
	const struct timespec nap = { .tv_nsec = 500000 };

	for (struct timespec now = tick(); !is_after(&now, from); now = tick())
		nanosleep(&nap, NULL);
}

static void close_mounts(struct survey *v)
{
	for (size_t i = 0; i < v->n_mounts; i++)
		close_fd(&v->mounts[i].fd);
	v->n_mounts = 0;
}

/* The path itself, or a directory that it lies in. */
static bool is_declared(const struct survey *v, const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	for (size_t i = 0; i < v->asked.n_declared; i++) {
		memcpy(part, path, len + 1);
		for (size_t n = len; n; n--) {
			if (n < len && path[n] != '/')
				continue;
			part[n] = '\0';
			if (glob_match(v->asked.declared[i], part, true))
				return true;
		}
	}
	return false;
}

/* From now on, whatever the steps may lay over the way there. */
void survey_mounts(struct survey *v)
{
	bool shared = false;

	close_mounts(v);
	for (size_t i = 0; i < v->asked.n_mounts; i++) {
		const char *path = v->asked.mounts[i];
		bool own = strcmp(path, AGENT_OWN_MOUNT) == 0;

		if (path[0] != '/' || strlen(path) >= PATH_MAX || is_declared(v, path))
			continue;
		v->mounts[v->n_mounts++] = (struct survey_mount){ path,
			open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), own };
		shared |= !own;
	}
	/* A change may have its exact time (Linux 6.13) or that of the last tick. */
	v->began = tick();
	if (!shared)
		return;
	clock_gettime(CLOCK_REALTIME, &v->began);
	wait_for_tick(&v->began);
}

/* ---- walking ---- */

struct walk {
	struct survey *v;
	const struct survey_mount *mount; /* NULL: the upper layer of the root */
	dev_t dev;                        /* of the mount */
	size_t declared;                  /* so many were passed by */
	char path[PATH_MAX];
	size_t len;
	unsigned left; /* entries that may still be looked at */
};

/* Mounts lie over these, or the kernel's own things. */
static bool is_covered(const char *name)
{
	static const char *const names[] = { "dev", "proc", "sys", "tmp" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* In what was empty at first, nothing is older but what others before it have left. */
static bool is_new(const struct walk *w, const struct stat *st)
{
	const struct survey *v = w->v;

	if (!w->mount)
		return st->st_ino > v->base_ino || is_after(&st->st_ctim, &v->base_time);
	return w->mount->own ? !is_after(&v->began, &st->st_ctim)
	                     : is_after(&st->st_ctim, &v->began);
}

static void add_file(struct walk *w, const struct stat *st)
{
	struct agent_found f = {
		.kind = AGENT_FOUND_FILE, .step = AGENT_NO_STEP, .n = AGENT_CHANGED, .path = w->path
	};

	if (!is_new(w, st))
		return;
	if (S_ISCHR(st->st_mode) && st->st_rdev == 0)
		f.n = AGENT_REMOVED; /* a whiteout */
	else if (S_ISDIR(st->st_mode))
		f.n = AGENT_CHANGED_DIR;
	survey_add(w->v, &f);
}

static bool walk_below(struct walk *w, int dir, const char *name, unsigned depth);

/* A directory speaks through what is in it; its parents are in this layer because of that. The size
 * of one of a tmpfs is that of its entries. */
static void look_into(
        struct walk *w, int dir, const char *name, unsigned depth, const struct stat *st)
{
	uint64_t found = w->v->count[AGENT_FOUND_FILE];
	size_t declared = w->declared;

	if (w->mount && st->st_dev != w->dev)
		return; /* another mount, which is looked at by itself or not at all */
	if (!st->st_size || !walk_below(w, dir, name, depth + 1)) {
		add_file(w, st);
		return;
	}
	/* Nothing covers here what was removed: only the directory can tell. */
	if (w->mount && found == w->v->count[AGENT_FOUND_FILE] && declared == w->declared)
		add_file(w, st);
}

static void walk_entry(struct walk *w, int dir, const char *name, unsigned depth)
{
	size_t before = w->len, len = strlen(name);
	struct stat st;

	if (before + len + 2 > sizeof(w->path) || (!depth && is_covered(name)))
		return;
	w->path[w->len++] = '/';
	memcpy(w->path + w->len, name, len + 1);
	w->len += len;
	if (is_declared(w->v, w->path))
		w->declared++;
	else if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		;
	else if (S_ISDIR(st.st_mode))
		look_into(w, dir, name, depth, &st);
	else
		add_file(w, &st);
	w->len = before;
	w->path[before] = '\0';
}

/* True when it held anything, or could not be looked into. */
static bool walk_below(struct walk *w, int at, const char *name, unsigned depth)
{
	int fd = depth > MOST_DEPTH
	                 ? -1
	                 : openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	bool any = fd < 0;

	if (fd >= 0 && !dir)
		close(fd);
	while (dir && w->left && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		any = true;
		w->left--;
		walk_entry(w, dirfd(dir), d->d_name, depth);
	}
	if (dir)
		closedir(dir);
	return any;
}

/* There is at least one more, which was not looked at. */
static void more(const struct walk *w)
{
	if (!w->left)
		w->v->count[AGENT_FOUND_FILE] += AGENT_MOST_OF_A_KIND + 1;
}

static void add_mount(struct walk *w)
{
	struct stat st;

	if (w->mount->fd < 0 || fstat(w->mount->fd, &st) < 0)
		return;
	w->dev = st.st_dev;
	w->len = strlen(w->mount->path);
	memcpy(w->path, w->mount->path, w->len + 1);
	if (w->mount->own) /* its root was made with the sandbox, maybe just now */
		walk_below(w, w->mount->fd, ".", 1);
	else if (S_ISDIR(st.st_mode))
		look_into(w, w->mount->fd, ".", 0, &st);
	else
		add_file(w, &st);
}

void survey_files(struct survey *v)
{
	struct walk w = { .v = v, .left = MOST_ENTRIES };
	struct walk m = { .v = v, .left = MOST_MOUNT_ENTRIES };

	if (v->upper >= 0)
		walk_below(&w, v->upper, ".", 0);
	more(&w);
	for (size_t i = 0; i < v->n_mounts; i++) {
		m.mount = &v->mounts[i];
		add_mount(&m);
	}
	more(&m);
}

/* Full now: what was full for a while and is not any more was seen by who wrote. */
void survey_disk(struct survey *v)
{
	struct statfs fs;

	if (v->upper < 0 || fstatfs(v->upper, &fs) < 0 || (fs.f_bavail && fs.f_ffree))
		return;
	survey_add(v, &(struct agent_found){ .kind = AGENT_FOUND_DISK,
	                      .step = AGENT_NO_STEP,
	                      .n = fs.f_bavail ? 1 : 0 });
}
