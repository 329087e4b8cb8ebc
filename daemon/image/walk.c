#include "daemon/image/walk_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/strbuf.h"

#define MAX_LINKS 40 /* as the kernel follows (path_resolution(7)) */

/* Both names: the first is read in a user namespace, the second by a daemon that has none. */
static const char *const opaque_names[] = { "user.overlay.opaque", "trusted.overlay.opaque" };

enum seen { SEEN_NOTHING, SEEN_DIR, SEEN_LINK, SEEN_OTHER };

/* What is at a path. */
struct look {
	enum seen seen;
	int layer;  /* its descriptor */
	bool own;   /* it is of our layer */
	bool bared; /* a whiteout of our layer is there */
	struct stat st;
	struct walk_mask below; /* of a directory */
};

void walk_init(struct walk *w, int own, const int *parents, size_t n_parents)
{
	*w = (struct walk){ .own = own, .parents = parents, .n_parents = n_parents };
	w->arena = arena_new();
	w->dirs = map_new();
	w->root = arena_alloc(w->arena, sizeof(*w->root));
	w->root->path = arena_strdup(w->arena, "");
	w->root->mode = 0755;
	w->root->known = true;
	for (size_t i = 0; i < n_parents; i++)
		w->root->below.w[i / 64] |= 1ull << (i % 64);
	w->newest = w->root;
}

void walk_release(struct walk *w)
{
	map_free(w->dirs, NULL);
	arena_free(w->arena);
}

static int open_beneath(int at, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, at, path[0] ? path : ".", &how, sizeof(how));
}

int walk_open(const struct walk *w, const struct walk_dir *dir, struct err *e)
{
	int fd = open_beneath(w->own, dir->path, O_PATH | O_DIRECTORY);

	return fd < 0 ? err_sys(e, "cannot open '%s' of the layer", dir->path) : fd;
}

bool walk_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

static bool is_opaque(int layer, const char *path)
{
	AUTO_FD fd = open_beneath(layer, path, O_RDONLY | O_DIRECTORY);
	char value;

	for (size_t i = 0; fd >= 0 && i < ARRAY_LEN(opaque_names); i++)
		if (fgetxattr(fd, opaque_names[i], &value, 1) == 1 && value == 'y')
			return true;
	return false;
}

static enum seen kind_of(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? SEEN_DIR : S_ISLNK(st->st_mode) ? SEEN_LINK : SEEN_OTHER;
}

/* Layer i has st at path. False: nothing below it shows. */
static bool see_below(
        const struct walk *w, const char *path, size_t i, const struct stat *st, struct look *l)
{
	if (walk_is_whiteout(st) || (l->seen == SEEN_DIR && !S_ISDIR(st->st_mode)))
		return false;
	if (l->seen == SEEN_NOTHING) {
		l->seen = kind_of(st);
		l->layer = w->parents[i];
		l->st = *st;
	}
	if (l->seen != SEEN_DIR)
		return false;
	l->below.w[i / 64] |= 1ull << (i % 64);
	return !is_opaque(w->parents[i], path);
}

/* Looks where `in` takes part alone: there every part of its path is a directory, and no link leads
 * us astray. */
static void look(const struct walk *w, const struct walk_dir *in, const char *path, struct look *l)
{
	struct stat st;

	*l = (struct look){ .seen = SEEN_NOTHING, .layer = -1 };
	if (fstatat(w->own, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		l->bared = walk_is_whiteout(&st);
		if (l->bared)
			return;
		*l = (struct look){ .seen = kind_of(&st), .own = true, .layer = w->own, .st = st };
		if (l->seen != SEEN_DIR || is_opaque(w->own, path))
			return;
	}
	for (size_t i = 0; i < w->n_parents; i++) {
		if (!(in->below.w[i / 64] & 1ull << (i % 64)) ||
		        fstatat(w->parents[i], path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!see_below(w, path, i, &st, l))
			return;
	}
}

static struct walk_dir *add_dir(struct walk *w, const char *path)
{
	struct walk_dir *dir = arena_alloc(w->arena, sizeof(*dir));

	dir->path = arena_strdup(w->arena, path);
	dir->mode = 0755;
	dir->older = w->newest;
	w->newest = dir;
	map_put(w->dirs, dir->path, dir);
	return dir;
}

int walk_make_opaque(struct walk *w, struct walk_dir *dir, struct err *e)
{
	AUTO_FD fd = -1;

	if (w->n_parents == 0)
		return 0;
	fd = open_beneath(w->own, dir->path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || fsetxattr(fd, opaque_names[0], "y", 1, 0) < 0)
		return err_sys(e, "cannot mark directory '%s' opaque", dir->path);
	/* Root's alone; who is not root has a user namespace, and that reads the other. */
	(void)fsetxattr(fd, opaque_names[1], "y", 1, 0);
	dir->below = (struct walk_mask){ 0 };
	dir->known = true;
	return 0;
}

/* A directory takes the place of a whiteout: what it hid stays hidden. */
static struct walk_dir *instead_of_whiteout(struct walk *w, const char *path, struct err *e)
{
	if (unlinkat(w->own, path, 0) < 0 || mkdirat(w->own, path, 0700) < 0) {
		err_sys(e, "cannot make '%s'", path);
		return NULL;
	}
	struct walk_dir *dir = add_dir(w, path);
	return walk_make_opaque(w, dir, e) < 0 ? NULL : dir;
}

struct walk_dir *walk_make(struct walk *w, const char *path, bool *made, struct err *e)
{
	struct walk_dir *dir = path[0] ? map_get(w->dirs, path) : w->root;
	struct stat st;

	*made = false;
	if (dir)
		return dir;
	*made = true;
	if (mkdirat(w->own, path, 0700) == 0)
		return add_dir(w, path);
	if (errno != EEXIST || fstatat(w->own, path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		err_sys(e, "cannot make '%s'", path);
		return NULL;
	}
	if (walk_is_whiteout(&st))
		return instead_of_whiteout(w, path, e);
	if (unlinkat(w->own, path, 0) < 0 || mkdirat(w->own, path, 0700) < 0) {
		err_sys(e, "cannot make '%s'", path);
		return NULL;
	}
	return add_dir(w, path);
}

void walk_forget(struct walk *w, const char *path)
{
	struct walk_dir *dir = map_del(w->dirs, path);

	if (dir)
		dir->gone = true;
}

/* ---- one part of a path ---- */

struct way {
	struct walk_dir *at;
	struct strbuf rest; /* not walked yet */
	unsigned links;
};

static int follow(
        const struct walk *w, struct way *y, const struct look *l, const char *path, struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(l->layer, path, target, sizeof(target) - 1);
	AUTO_STRBUF rest = STRBUF_INIT;

	if (n < 0)
		return err_sys(e, "cannot read link '%s'", path);
	target[n] = '\0';
	if (++y->links > MAX_LINKS || y->rest.len > UNPACK_MAX_PATH)
		return err_set(e, ERR_INVALID, "'%s' leads through too many symbolic links", path);
	if (target[0] == '/')
		y->at = w->root;
	strbuf_printf(&rest, "%s/%s", target, y->rest.s);
	strbuf_reset(&y->rest);
	strbuf_add(&y->rest, rest.s, rest.len);
	return 0;
}

/* It is a directory, of our layer or to be made in it. */
static int enter(
        struct walk *w, struct way *y, const struct look *l, const char *path, struct err *e)
{
	struct walk_dir *dir;
	bool made;

	if (strlen(path) > UNPACK_MAX_PATH)
		return err_set(e, ERR_INVALID, "a path of more than %d bytes", UNPACK_MAX_PATH);
	dir = walk_make(w, path, &made, e);
	if (!dir)
		return -1;
	if (made && l->seen == SEEN_DIR) {
		dir->mode = l->st.st_mode & 07777;
		dir->uid = l->st.st_uid;
		dir->gid = l->st.st_gid;
		dir->mtime_s = l->st.st_mtim.tv_sec;
		dir->mtime_ns = l->st.st_mtim.tv_nsec;
	}
	if (!dir->known) {
		dir->below = l->below;
		dir->known = true;
	}
	y->at = dir;
	return 0;
}

static struct walk_dir *parent_of(struct walk *w, const struct walk_dir *dir)
{
	const char *slash = strrchr(dir->path, '/');
	AUTO_STR path = slash ? xstrndup(dir->path, (size_t)(slash - dir->path)) : NULL;

	return path ? map_get(w->dirs, path) : w->root;
}

static int go(struct walk *w, struct way *y, const char *name, struct err *e)
{
	AUTO_STR path = y->at->path[0] ? xasprintf("%s/%s", y->at->path, name) : xstrdup(name);
	struct walk_dir *dir = map_get(w->dirs, path);
	struct look l;

	if (dir && dir->known) {
		y->at = dir;
		return 0;
	}
	look(w, y->at, path, &l);
	if (l.seen == SEEN_LINK)
		return follow(w, y, &l, path, e);
	if (l.seen == SEEN_OTHER)
		return err_set(e, ERR_INVALID,
		        "'%s' is no directory, and files are said to be in it", path);
	return enter(w, y, &l, path, e);
}

struct walk_dir *walk_to(struct walk *w, const char *literal, struct err *e)
{
	struct way y = { .at = w->root, .rest = STRBUF_INIT };
	int result = 0;

	strbuf_adds(&y.rest, literal);
	while (result == 0 && y.rest.len) {
		size_t n = strcspn(y.rest.s, "/"), skip = n + (y.rest.s[n] == '/');
		AUTO_STR name = xstrndup(y.rest.s, n);

		strbuf_remove(&y.rest, 0, skip);
		if (strcmp(name, "..") == 0)
			y.at = parent_of(w, y.at);
		else if (name[0] && strcmp(name, ".") != 0)
			result = n > NAME_MAX ? err_set(e, ERR_INVALID, "a name of %zu bytes", n)
			                      : go(w, &y, name, e);
	}
	strbuf_release(&y.rest);
	return result < 0 ? NULL : y.at;
}

/* ---- a look from outside ---- */

static int open_in_root(int layer, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, layer, path, &how, sizeof(how));
}

int64_t unpack_file_size(const int *layers, size_t n, const char *path)
{
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		AUTO_FD fd = open_in_root(layers[i], path, O_PATH | O_NOFOLLOW);

		if (fd >= 0 && fstat(fd, &st) == 0)
			return S_ISREG(st.st_mode) ? st.st_size
			       : walk_is_whiteout(&st)
			               ? -1
			               : INT64_MAX; /* a link: somebody's own idea */
	}
	return -1;
}
