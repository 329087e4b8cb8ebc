#include "daemon/image/unpack_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/strbuf.h"
#include "daemon/image/walk_priv.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define META ".wh..wh." /* what aufs kept for itself */

#define SPACE_EVERY (64u << 20)  /* bytes between two looks at what is free */
#define SPACE_RESERVE_PERCENT 5u /* stays free */

struct unpack {
	struct walk walk;
	struct unpack_budget *budget;
	struct unpack_stats stats;
	bool whiteouts, owners;
	char *last_name; /* the parent of the entry before, as it was written */
	struct walk_dir *last;
	int last_fd;
	uint64_t until_look; /* at free space */
};

struct unpack *unpack_new(
        int own, const int *parents, size_t n_parents, struct unpack_budget *budget, bool whiteouts)
{
	struct unpack *u = xcalloc(1, sizeof(*u));

	u->budget = budget;
	u->whiteouts = whiteouts;
	u->owners = unpack_keeps_owners();
	u->last_fd = -1;
	walk_init(&u->walk, own, parents, n_parents);
	return u;
}

static void forget_last(struct unpack *u)
{
	close_fd(&u->last_fd);
	free(u->last_name);
	u->last_name = NULL;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	forget_last(u);
	walk_release(&u->walk);
	free(u);
}

bool unpack_keeps_owners(void)
{
	return geteuid() == 0;
}

/* ---- names ---- */

/* Without "." and empty parts. */
static int clean(const char *path, struct strbuf *out, struct err *e)
{
	unsigned depth = 0;

	if (path[0] == '/')
		return err_set(e, ERR_INVALID, "'%.200s' is an absolute name", path);
	if (strlen(path) > UNPACK_MAX_PATH)
		return err_set(e, ERR_INVALID, "a name of more than %d bytes", UNPACK_MAX_PATH);
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0)
			return err_set(e, ERR_INVALID, "a name with '..' leads out of the layer");
		if (n > NAME_MAX)
			return err_set(e, ERR_INVALID, "a part of a name has %zu bytes, at most %d",
			        n, NAME_MAX);
		if (n && !(n == 1 && path[0] == '.')) {
			if (++depth > UNPACK_MAX_DEPTH)
				return err_set(e, ERR_INVALID, "'%.80s...' is deeper than %d", path,
				        UNPACK_MAX_DEPTH);
			strbuf_printf(out, "%s%.*s", out->len ? "/" : "", (int)n, path);
		}
		path += n + (path[n] == '/');
	}
	return 0;
}

/* The directory that an entry lies in, open; entries of one directory come in a row. */
static int parent(struct unpack *u, const char *literal, struct err *e)
{
	if (u->last_name && strcmp(u->last_name, literal) == 0)
		return 0;
	forget_last(u);
	u->last = walk_to(&u->walk, literal, e);
	if (!u->last)
		return -1;
	u->last_fd = walk_open(&u->walk, u->last, e);
	if (u->last_fd < 0)
		return -1;
	u->last_name = xstrdup(literal);
	return 0;
}

static char *below(const struct walk_dir *dir, const char *name)
{
	return dir->path[0] ? xasprintf("%s/%s", dir->path, name) : xstrdup(name);
}

/* ---- what entries have in common ---- */

struct made {
	struct unpack *u;
	const struct unpack_entry *x;
	const char *name; /* in u->last */
};

/* Takes away what this layer has at the name already: the later entry counts. */
static int replace(const struct made *m, struct err *e)
{
	struct unpack *u = m->u;
	AUTO_STR path = below(u->last, m->name);
	struct stat st;

	if (fstatat(u->last_fd, m->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot look at '%s'", path);
	if (unlinkat(u->last_fd, m->name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0) {
		if (errno == ENOTEMPTY || errno == EEXIST)
			return err_set(e, ERR_INVALID,
			        "'%s' is a directory with files and something else, in one layer",
			        path);
		return err_sys(e, "cannot replace '%s'", path);
	}
	if (S_ISDIR(st.st_mode))
		walk_forget(&u->walk, path);
	return 0;
}

static void note_owner(struct unpack *u, const struct unpack_entry *x)
{
	if (!u->owners && (x->uid || x->gid))
		u->stats.owners_lost++;
}

/* Ids that no account can have are nobody's. */
static uid_t id_of(int64_t id)
{
	return id >= 0 && id < UINT32_MAX - 1 ? (uid_t)id : 65534;
}

static int give(const struct unpack *u, int at, const char *name, int64_t uid, int64_t gid, int how,
        struct err *e)
{
	if (u->owners && fchownat(at, name, id_of(uid), id_of(gid), how) < 0)
		return err_sys(e, "cannot change the owner of '%s'", name);
	return 0;
}

/* Attributes of users, and what gives a program rights (which counts for nothing in a sandbox, but
 * belongs to the file). Never overlayfs' own: with them a layer could hide or redirect what is not
 * its own. */
static bool may_have(const struct unpack *u, const char *name)
{
	if (strcmp(name, "security.capability") == 0)
		return u->owners;
	return strncmp(name, "user.", 5) == 0 && strncmp(name, "user.overlay.", 13) != 0;
}

static void add_xattrs(struct unpack *u, int fd, const struct unpack_xattr *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (may_have(u, v[i].name) &&
		        fsetxattr(fd, v[i].name, v[i].value, v[i].len, 0) == 0)
			continue;
		else
			u->stats.xattrs_lost++;
}

static void times_of(int64_t s, long ns, struct timespec out[2])
{
	struct timespec t = { .tv_sec = s, .tv_nsec = ns >= 0 && ns < 1000000000 ? ns : 0 };

	out[0] = out[1] = t;
}

/* ---- kinds of entries ---- */

static const struct unpack_xattr *copy_xattrs(struct arena *a, const struct unpack_entry *x)
{
	struct unpack_xattr *v = arena_array(a, x->n_xattrs, sizeof(*v));

	for (size_t i = 0; i < x->n_xattrs; i++) {
		v[i].name = arena_strdup(a, x->xattrs[i].name);
		v[i].len = x->xattrs[i].len;
		v[i].value = v[i].len ? arena_memdup(a, x->xattrs[i].value, v[i].len) : NULL;
	}
	return v;
}

static void describe(struct unpack *u, struct walk_dir *dir, const struct unpack_entry *x)
{
	dir->mode = x->mode & 07777;
	dir->uid = x->uid;
	dir->gid = x->gid;
	dir->mtime_s = x->mtime_s;
	dir->mtime_ns = x->mtime_ns;
	dir->n_xattrs = x->n_xattrs;
	dir->xattrs = x->n_xattrs ? copy_xattrs(u->walk.arena, x) : NULL;
	note_owner(u, x);
}

static int make_dir(const struct made *m, unpack_data *data, void *arg, struct err *e)
{
	AUTO_STR path = below(m->u->last, m->name);
	bool made;
	struct walk_dir *dir = walk_make(&m->u->walk, path, &made, e);

	(void)data, (void)arg;
	if (!dir)
		return -1;
	describe(m->u, dir, m->x);
	return 0;
}

static int check_cancelled(const struct unpack_budget *b, struct err *e)
{
	return b->cancelled && atomic_load_explicit(b->cancelled, memory_order_relaxed)
	               ? err_set(e, ERR_BUSY, "the import was cancelled")
	               : 0;
}

static int check_space(struct unpack *u, int fd, uint64_t n, struct err *e)
{
	struct statvfs fs;

	if (u->until_look > n) {
		u->until_look -= n;
		return 0;
	}
	u->until_look = SPACE_EVERY;
	if (fstatvfs(fd, &fs) < 0)
		return err_sys(e, "cannot look at the file system");
	if ((uint64_t)fs.f_bavail * 100 < (uint64_t)fs.f_blocks * SPACE_RESERVE_PERCENT)
		return err_set(e, ERR_LIMIT,
		        "the image store's file system is nearly full (%llu MiB are free, %u %% "
		        "stay "
		        "so): clnrm images prune --all, or another CLNRM_HOME",
		        (unsigned long long)fs.f_bavail * fs.f_frsize >> 20, SPACE_RESERVE_PERCENT);
	return 0;
}

static int write_piece(int fd, const char *p, size_t n, int64_t at, struct err *e)
{
	while (n) {
		ssize_t done = pwrite(fd, p, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(e, "cannot write");
		p += done;
		n -= (size_t)done;
		at += done;
	}
	return 0;
}

static int write_content(const struct made *m, int fd, unpack_data *data, void *arg, struct err *e)
{
	int64_t at = 0, end = 0;
	const void *p;
	size_t n = 0;
	int more;

	while ((more = data(arg, &p, &n, &at, e)) > 0) {
		if (at < 0 || at > m->x->size || (int64_t)n > m->x->size - at)
			return err_set(e, ERR_INVALID, "more content than its size says");
		if (check_cancelled(m->u->budget, e) < 0 || check_space(m->u, fd, n, e) < 0 ||
		        write_piece(fd, p, n, at, e) < 0)
			return -1;
		end = at + (int64_t)n;
	}
	if (more < 0)
		return -1;
	/* What is not written is a hole. */
	if (end < m->x->size && ftruncate(fd, m->x->size) < 0)
		return err_sys(e, "cannot set the size");
	return 0;
}

static int create(const struct made *m, struct err *e)
{
	for (int tries = 0;; tries++) {
		int fd = openat(m->u->last_fd, m->name,
		        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd >= 0)
			return fd;
		if (errno != EEXIST || tries)
			return err_sys(e, "cannot make it");
		if (replace(m, e) < 0)
			return -1;
	}
}

static int make_file(const struct made *m, unpack_data *data, void *arg, struct err *e)
{
	struct unpack *u = m->u;
	struct unpack_budget *b = u->budget;
	const struct unpack_entry *x = m->x;
	struct timespec times[2];

	if (x->size < 0 || (uint64_t)x->size > b->bytes)
		return err_set(e, ERR_LIMIT,
		        "the image is larger than %llu MiB; containers.image_max_mb in your own "
		        "cleanroom.toml sets the limit",
		        (unsigned long long)b->max_bytes >> 20);
	b->bytes -= (uint64_t)x->size;
	u->stats.bytes += (uint64_t)x->size;
	AUTO_FD fd = create(m, e);
	if (fd < 0 || write_content(m, fd, data, arg, e) < 0)
		return -1;
	/* The owner first: changing it takes setuid bits away. */
	note_owner(u, x);
	if (u->owners && fchown(fd, id_of(x->uid), id_of(x->gid)) < 0)
		return err_sys(e, "cannot change the owner");
	if (fchmod(fd, x->mode & 07777) < 0)
		return err_sys(e, "cannot set the mode");
	add_xattrs(u, fd, x->xattrs, x->n_xattrs);
	times_of(x->mtime_s, x->mtime_ns, times);
	return futimens(fd, times) < 0 ? err_sys(e, "cannot set the time") : 0;
}

static int make_link(const struct made *m, unpack_data *data, void *arg, struct err *e)
{
	int fd = m->u->last_fd;
	struct timespec times[2];

	(void)data, (void)arg;
	if (!m->x->target || !m->x->target[0] || strlen(m->x->target) > UNPACK_MAX_PATH)
		return err_set(
		        e, ERR_INVALID, "a symbolic link without a target, or too long a one");
	for (int tries = 0; symlinkat(m->x->target, fd, m->name) < 0; tries++) {
		if (errno != EEXIST || tries)
			return err_sys(e, "cannot make it");
		if (replace(m, e) < 0)
			return -1;
	}
	note_owner(m->u, m->x);
	times_of(m->x->mtime_s, m->x->mtime_ns, times);
	(void)utimensat(fd, m->name, times, AT_SYMLINK_NOFOLLOW);
	return give(m->u, fd, m->name, m->x->uid, m->x->gid, AT_SYMLINK_NOFOLLOW, e);
}

/* Where a hard link leads: in our layer, to something that is no directory. */
static int find_target(const struct made *m, struct strbuf *out, struct err *e)
{
	AUTO_STRBUF path = STRBUF_INIT;
	struct stat st;

	if (clean(m->x->hardlink, &path, e) < 0)
		return err_wrap(e, "its hard link");
	char *slash = strrchr(path.s, '/');
	const char *name = slash ? slash + 1 : path.s;
	AUTO_STR literal = slash ? xstrndup(path.s, (size_t)(slash - path.s)) : xstrdup("");
	const struct walk_dir *dir = walk_to(&m->u->walk, literal, e);
	if (!dir)
		return -1;
	strbuf_printf(out, "%s%s%s", dir->path, dir->path[0] ? "/" : "", name);
	if (!name[0] || fstatat(m->u->walk.own, out->s, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	        S_ISDIR(st.st_mode) || walk_is_whiteout(&st))
		return err_set(e, ERR_INVALID,
		        "a hard link to '%.200s', which is no file of this layer before it",
		        m->x->hardlink);
	return 0;
}

static int make_hardlink(const struct made *m, unpack_data *data, void *arg, struct err *e)
{
	AUTO_STRBUF target = STRBUF_INIT;
	AUTO_STR own = below(m->u->last, m->name);
	int from = m->u->walk.own;

	(void)data, (void)arg;
	if (find_target(m, &target, e) < 0)
		return -1;
	if (strcmp(target.s, own) == 0)
		return err_set(e, ERR_INVALID, "a hard link to itself");
	for (int tries = 0; linkat(from, target.s, m->u->last_fd, m->name, 0) < 0; tries++) {
		if (errno != EEXIST || tries)
			return err_sys(e, "cannot link it to '%s'", target.s);
		if (replace(m, e) < 0)
			return -1;
	}
	return 0;
}

static int leave_out(const struct made *m, unpack_data *data, void *arg, struct err *e)
{
	(void)data, (void)arg, (void)e;
	m->u->stats.left_out++;
	return 0;
}

static const struct {
	mode_t type;
	int (*make)(const struct made *m, unpack_data *data, void *arg, struct err *e);
} kinds[] = {
	{ S_IFREG, make_file },
	{ S_IFDIR, make_dir },
	{ S_IFLNK, make_link },
	{ S_IFCHR, leave_out }, /* a sandbox has a /dev of its own */
	{ S_IFBLK, leave_out },
	{ S_IFIFO, leave_out },
	{ S_IFSOCK, leave_out },
};

/* ---- whiteouts ---- */

static int hide(struct unpack *u, const char *name, struct err *e)
{
	AUTO_STR path = below(u->last, name);
	struct walk_dir *dir = map_get(u->walk.dirs, path);

	if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, ERR_INVALID, "a whiteout of '%s'", name);
	if (u->walk.n_parents == 0)
		return 0; /* there is nothing to hide */
	/* It is about the layers below, wherever in the archive it stands. */
	if (dir)
		return walk_make_opaque(&u->walk, dir, e);
	if (mknodat(u->last_fd, name, S_IFCHR, 0) < 0 && errno != EEXIST)
		return err_sys(e, "cannot make the whiteout of '%s'", path);
	return 0;
}

static int whiteout(struct unpack *u, const char *name, struct err *e)
{
	if (strcmp(name, OPAQUE) == 0)
		return walk_make_opaque(&u->walk, u->last, e);
	if (strncmp(name, META, sizeof(META) - 1) == 0)
		return 0;
	return hide(u, name + sizeof(WHITEOUT) - 1, e);
}

/* ---- the door ---- */

static int put(struct unpack *u, const struct unpack_entry *x, const char *name, unpack_data *data,
        void *arg, struct err *e)
{
	const struct made m = { .u = u, .x = x, .name = name };

	if (u->whiteouts && strncmp(name, WHITEOUT, sizeof(WHITEOUT) - 1) == 0)
		return whiteout(u, name, e);
	if (x->hardlink)
		return make_hardlink(&m, data, arg, e);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == (x->mode & S_IFMT))
			return kinds[i].make(&m, data, arg, e);
	return err_set(e, ERR_INVALID, "an entry of no known kind");
}

static int spend(struct unpack *u, struct err *e)
{
	struct unpack_budget *b = u->budget;

	if (check_cancelled(b, e) < 0)
		return -1;
	if (b->entries == 0)
		return err_set(e, ERR_LIMIT, "the image has more than %llu entries",
		        (unsigned long long)b->max_entries);
	b->entries--;
	u->stats.entries++;
	return 0;
}

int unpack_entry(
        struct unpack *u, const struct unpack_entry *x, unpack_data *data, void *arg, struct err *e)
{
	AUTO_STRBUF path = STRBUF_INIT;

	if (spend(u, e) < 0 || clean(x->path, &path, e) < 0)
		return -1;
	if (!path.len) {
		if (S_ISDIR(x->mode))
			describe(u, u->walk.root, x);
		return S_ISDIR(x->mode)
		               ? 0
		               : err_set(e, ERR_INVALID, "the root is said to be no directory");
	}
	char *slash = strrchr(path.s, '/');
	const char *name = slash ? slash + 1 : path.s;
	if (slash)
		*slash = '\0';
	if (parent(u, slash ? path.s : "", e) < 0 || put(u, x, name, data, arg, e) < 0)
		return err_wrap(e, "'%.*s'", 200, x->path);
	return 0;
}

static int finish_dir(struct unpack *u, const struct walk_dir *dir, struct err *e)
{
	AUTO_FD fd = -1;
	struct timespec times[2];
	AUTO_FD at = walk_open(&u->walk, dir, e);

	if (at < 0)
		return -1;
	fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", dir->path);
	if (u->owners && fchown(fd, id_of(dir->uid), id_of(dir->gid)) < 0)
		return err_sys(e, "cannot change the owner of '%s'", dir->path);
	add_xattrs(u, fd, dir->xattrs, dir->n_xattrs);
	times_of(dir->mtime_s, dir->mtime_ns, times);
	if (fchmod(fd, dir->mode) < 0 || futimens(fd, times) < 0)
		return err_sys(e, "cannot set the mode of '%s'", dir->path);
	return 0;
}

/* From the newest to the oldest: a directory that may not be searched any more is closed after its
 * children. */
int unpack_end(struct unpack *u, struct unpack_stats *out, struct err *e)
{
	forget_last(u);
	for (const struct walk_dir *dir = u->walk.newest; dir; dir = dir->older)
		if (!dir->gone && finish_dir(u, dir, e) < 0)
			return -1;
	*out = u->stats;
	return 0;
}
