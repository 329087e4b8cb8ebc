/* What a sandbox has written to its root, once all of its processes are gone: the upper directory
 * of its overlay, as a tar whose owners are those inside and whose whiteouts are those of image
 * layers (OCI image specification, layer.md; Documentation/filesystems/overlayfs.rst).
 *
 * A child does it: reading takes as long as there are files, and whatever a sandbox may have left
 * there, the launcher itself never looks at it. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/map.h"
#include "common/mem.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"
#include "daemon/native/launcher/tar.h"

#define MAX_DEPTH 255
#define MAX_PATH 4095
#define NOBODY 65534u
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

struct reaper {
	struct tar tar;
	const struct idmap *ids;
	struct map *links; /* "INODE" of files with several names: the first of them */
	struct arena *arena;
	uint64_t left; /* bytes of content */
	uint64_t max;
	struct err e;
};

/* Mounted over in every sandbox: what was made at these names is of no use in a layer. */
static const char *const covered[] = { "dev", "proc", "sys", "tmp" };

static bool is_covered(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(covered); i++)
		if (strcmp(path, covered[i]) == 0)
			return true;
	return false;
}

/* ---- ids ---- */

/* The id inside of one that the launcher sees; map is as in /proc/PID/uid_map. */
static unsigned inside(const char *map, unsigned id)
{
	unsigned in, out, count;
	int used;

	for (; sscanf(map, "%u %u %u%n", &in, &out, &count, &used) == 3; map += used)
		if (id >= out && id - out < count)
			return in + (id - out);
	return NOBODY;
}

static void fill(
        const struct reaper *r, const char *path, const struct stat *st, struct tar_entry *out)
{
	*out = (struct tar_entry){ .path = path,
		.mode = st->st_mode,
		.uid = inside(r->ids->uid, st->st_uid),
		.gid = inside(r->ids->gid, st->st_gid),
		.mtime_s = st->st_mtim.tv_sec,
		.mtime_ns = st->st_mtim.tv_nsec };
}

/* ---- attributes ---- */

/* What the overlay notes of a directory or file of its own, with either prefix. */
static bool overlay_says(int fd, const char *what, char *first)
{
	static const char *const prefixes[] = { "user.overlay.", "trusted.overlay." };
	char name[64], value[4096];

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		snprintf(name, sizeof(name), "%s%s", prefixes[i], what);
		ssize_t n = fgetxattr(fd, name, value, sizeof(value));

		*first = n > 0 ? value[0] : '\0';
		if (n >= 0)
			return true;
	}
	return false;
}

/* A file that is only the changed half of one below it. The mounts of sandboxes do without; a layer
 * of it alone would be wrong. */
static int check_whole(struct reaper *r, int fd, const char *path)
{
	char first;

	return overlay_says(fd, "redirect", &first) || overlay_says(fd, "metacopy", &first)
	               ? err_set(&r->e, ERR_UNSUPPORTED,
	                         "'%.300s' refers to a lower layer (redirect_dir or metacopy of "
	                         "overlayfs is on)",
	                         path)
	               : 0;
}

/* Of users; the rest is the kernel's or the overlay's. */
static bool is_kept(const char *name)
{
	return strncmp(name, "user.", 5) == 0 && strncmp(name, "user.overlay.", 13) != 0;
}

static void attributes(int fd, struct strbuf *out)
{
	char names[4096], key[300];
	static char value[64u << 10];
	ssize_t len = flistxattr(fd, names, sizeof(names));

	for (const char *p = names; len > 0 && p < names + len; p += strlen(p) + 1) {
		ssize_t n = is_kept(p) ? fgetxattr(fd, p, value, sizeof(value)) : -1;

		if (n < 0)
			continue;
		snprintf(key, sizeof(key), "SCHILY.xattr.%.255s", p);
		tar_record(out, key, value, (size_t)n);
	}
}

/* ---- kinds ---- */

/* Names that would mean something else in a layer. */
static int check_name(struct reaper *r, const char *name, const char *path)
{
	return strncmp(name, WHITEOUT, sizeof(WHITEOUT) - 1) == 0
	               ? err_set(&r->e, ERR_INVALID,
	                         "'%.300s': a name that begins with '" WHITEOUT
	                         "' cannot be kept in a layer",
	                         path)
	               : 0;
}

static int put_marker(struct reaper *r, const char *dir, const char *name, const char *of)
{
	char path[MAX_PATH + 16];
	const struct tar_entry x = { .path = path, .type = '0', .mode = 0600 };

	snprintf(path, sizeof(path), "%s%s%s%s", dir, dir[0] ? "/" : "", name, of);
	return tar_entry(&r->tar, &x);
}

static int put_file(struct reaper *r, int at, const char *name, const char *path, struct stat *st)
{
	AUTO_STRBUF records = STRBUF_INIT;
	struct tar_entry x;
	char key[32];
	AUTO_FD fd = -1;

	fill(r, path, st, &x);
	if (st->st_nlink > 1) {
		snprintf(key, sizeof(key), "%llu", (unsigned long long)st->st_ino);
		x.target = map_get(r->links, key);
		x.type = '1';
		if (x.target)
			return tar_entry(&r->tar, &x);
		map_put(r->links, key, arena_strdup(r->arena, path));
	}
	fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
		return err_sys(&r->e, "cannot open '%.300s'", path);
	x.size = (uint64_t)st->st_size;
	if (x.size > r->left)
		return err_set(&r->e, ERR_LIMIT,
		        "it wrote more than %llu MiB (prepare.max_mb raises the limit)",
		        (unsigned long long)r->max >> 20);
	r->left -= x.size;
	attributes(fd, &records);
	x.type = '0';
	x.records = &records;
	if (check_whole(r, fd, path) < 0 || tar_entry(&r->tar, &x) < 0)
		return -1;
	return tar_content(&r->tar, fd, x.size);
}

static int put_link(
        struct reaper *r, int at, const char *name, const char *path, const struct stat *st)
{
	char target[MAX_PATH + 1];
	ssize_t n = readlinkat(at, name, target, sizeof(target) - 1);
	struct tar_entry x;

	if (n < 0)
		return err_sys(&r->e, "cannot read link '%.300s'", path);
	target[n] = '\0';
	fill(r, path, st, &x);
	x.type = '2';
	x.target = target;
	return tar_entry(&r->tar, &x);
}

static int put_all(struct reaper *r, int dir, const char *path, unsigned depth);

static int put_dir(struct reaper *r, int at, const char *name, const char *path, unsigned depth)
{
	AUTO_STRBUF records = STRBUF_INIT;
	AUTO_FD fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct tar_entry x;
	struct stat st;
	char first;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(&r->e, "cannot open '%.300s'", path);
	if (depth > MAX_DEPTH)
		return err_set(&r->e, ERR_LIMIT, "'%.100s...' is nested more than %d deep", path,
		        MAX_DEPTH);
	fill(r, path, &st, &x);
	attributes(fd, &records);
	x.type = '5';
	x.records = &records;
	if (check_whole(r, fd, path) < 0 || tar_entry(&r->tar, &x) < 0)
		return -1;
	if (overlay_says(fd, "opaque", &first) && first == 'y' &&
	        put_marker(r, path, OPAQUE, "") < 0)
		return -1;
	return put_all(r, fd, path, depth);
}

/* The kernel makes all whiteouts names of one inode, so that is asked first. */
static int put_any(struct reaper *r, int at, const char *name, const char *dir, unsigned depth)
{
	char path[MAX_PATH + 1];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s%s%s", dir, dir[0] ? "/" : "", name) > MAX_PATH)
		return err_set(&r->e, ERR_LIMIT, "a path of more than %d bytes", MAX_PATH);
	if (is_covered(path))
		return 0;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(&r->e, "cannot look at '%.300s'", path);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0))
		return put_marker(r, dir, WHITEOUT, name);
	if (check_name(r, name, path) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return put_dir(r, at, name, path, depth + 1);
	if (S_ISREG(st.st_mode))
		return put_file(r, at, name, path, &st);
	if (S_ISLNK(st.st_mode))
		return put_link(r, at, name, path, &st);
	return 0; /* sockets and pipes are of processes that are gone */
}

static int put_all(struct reaper *r, int fd, const char *path, unsigned depth)
{
	DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	const struct dirent *x;
	int result = 0;

	if (!dir)
		return err_sys(&r->e, "cannot list '%.300s'", path);
	while (result == 0 && (x = readdir(dir)) != NULL)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			result = put_any(r, fd, x->d_name, path, depth);
	closedir(dir);
	return result;
}

/* ---- the child ---- */

/* Of the launcher's descriptors it has these three, above where all others are. */
enum { FD_UPPER = 1000, FD_TO, FD_ANSWER };

static bool keep_only_ours(const struct harvest *h, int answer)
{
	if (dup2(h->upper, FD_UPPER) < 0 || dup2(h->to, FD_TO) < 0 || dup2(answer, FD_ANSWER) < 0)
		return false;
	return sys_close_range(0, FD_UPPER - 1, 0) == 0 &&
	       sys_close_range(FD_ANSWER + 1, ~0u, 0) == 0;
}

static NORETURN void harvest_apart(
        const struct launcher *l, const struct harvest *h, int answer, pid_t launcher)
{
	struct reaper *r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != launcher ||
	        !keep_only_ours(h, answer))
		_exit(1);
	r = xcalloc(1, sizeof(*r));
	r->ids = &l->idmap;
	r->links = map_new();
	r->arena = arena_new();
	r->left = r->max = h->max;
	r->tar.fd = FD_TO;
	r->tar.e = &r->e;
	if (put_all(r, FD_UPPER, "", 0) == 0 && tar_end(&r->tar) == 0)
		r->e = (struct err){ 0 };
	_exit(write(FD_ANSWER, &r->e, sizeof(r->e)) < 0);
}

/* ---- the launcher's side ---- */

void harvest_init(struct harvest *h)
{
	*h = (struct harvest){ .upper = -1, .to = -1, .answer = -1 };
}

void harvest_answer(struct launcher *l, uint64_t id, const struct err *e)
{
	struct launch_harvested m = { .code = e->code, .sys = e->sys };

	memcpy(m.msg, e->msg, sizeof(m.msg));
	launcher_send(l, LAUNCH_HARVESTED, id, &m, sizeof(m), -1);
}

static void on_answer(struct launcher *l, void *owner)
{
	struct box *box = owner;
	struct harvest *h = &box->harvest;
	struct err e = { 0 };

	if (read(h->answer, &e, sizeof(e)) != sizeof(e))
		err_set(&e, ERR_SYS, "the harvest was ended");
	e.msg[sizeof(e.msg) - 1] = '\0';
	launcher_unwatch(l, h->answer);
	waitpid(h->pid, NULL, 0);
	harvest_release(h);
	harvest_answer(l, box->id, &e);
	box_harvested(l, box);
}

static int begin(struct launcher *l, struct box *box, struct err *e)
{
	struct harvest *h = &box->harvest;
	pid_t self = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	AUTO_FD from = ends[0];
	AUTO_FD to = ends[1];
	h->watch = (struct watch){ on_answer, box };
	if (launcher_watch(l, from, &h->watch, e) < 0)
		return -1;
	h->pid = fork();
	if (h->pid == 0)
		harvest_apart(l, h, to, self);
	if (h->pid < 0) {
		h->pid = 0;
		launcher_unwatch(l, from);
		return err_sys(e, "cannot fork");
	}
	h->answer = steal_fd(&from);
	return 0;
}

bool harvest_begin(struct launcher *l, struct box *box)
{
	struct harvest *h = &box->harvest;
	struct err e = { 0 };

	if (h->to < 0)
		return false;
	if (!l->closing && begin(l, box, &e) == 0)
		return true;
	if (e.code == ERR_NONE)
		err_set(&e, ERR_BUSY, "the daemon is ending");
	harvest_release(h);
	harvest_answer(l, box->id, &e);
	return false;
}

void harvest_cancel(struct harvest *h)
{
	if (h->pid)
		kill(h->pid, SIGKILL);
}

void harvest_release(struct harvest *h)
{
	close_fd(&h->upper);
	close_fd(&h->to);
	close_fd(&h->answer);
	h->pid = 0;
}
