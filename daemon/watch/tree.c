/* Looking at a tree: a directory is watched first and read then, so that what happens in between is
 * reported. Only directories that something was reported of are read again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/force.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/watch/watch_priv.h"

#define RACY_NS (20 * NS_PER_MS) /* no kernel's stamps are coarser */
#define MAX_DEPTH 256u
#define READ_BYTES (64u << 10)
#define ATTRIBUTE_BYTES (64u << 10) /* the kernel allows no more (xattr(7)) */

/* One entry of a directory while it is read. */
struct seen {
	char *name;
	struct stat st;
};

struct seen_list {
	struct seen *v;
	size_t n, cap;
};

static void seen_release(struct seen_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- memory ---- */

static void free_entries(struct entry *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].name);
	free(v);
}

void dir_free(struct dir *d)
{
	if (!d)
		return;
	for (struct dir *c = d->children, *next; c; c = next) {
		next = c->next;
		dir_free(c);
	}
	d->tree->files -= d->files;
	d->tree->bytes -= d->bytes;
	d->tree->dirs--;
	wd_detach(d->tree->w, d);
	linked_free(d->tree->w, d->linked);
	free_entries(d->entries, d->n_entries);
	free(d->name);
	free(d);
}

static struct dir *make_dir(struct tree *t, struct dir *parent, const char *name)
{
	struct dir *d = xcalloc(1, sizeof(*d));

	d->tree = t;
	d->parent = parent;
	d->name = xstrdup(name);
	d->dirty = d->stale = true;
	return d;
}

void dir_mark_all(struct dir *d)
{
	d->dirty = d->stale = true;
	for (struct dir *c = d->children; c; c = c->next)
		dir_mark_all(c);
}

/* ---- bounds ---- */

/* statfs(2): NFS, FUSE (virtiofs too), 9p, CIFS, SMB2: other machines write there, unreported. */
bool watch_is_remote(int fd)
{
	static const unsigned long types[] = { 0x6969, 0x65735546, 0x01021997, 0xff534d42,
		0xfe534d42 };
	struct statfs fs;

	if (FORCED("remote-files"))
		return true;
	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == types[i])
			return true;
	return false;
}

static int check_bounds(const struct tree *t, struct err *e)
{
	pthread_mutex_lock(&t->w->lock); /* several may read a first time: crew.c */
	size_t dirs = t->dirs, files = t->files;
	uint64_t bytes = t->bytes;

	pthread_mutex_unlock(&t->w->lock);
	if (t->kind == TREE_STAT && dirs > TREE_MAX_DIRS)
		return err_set(
		        e, ERR_LIMIT, "'%s' has more than %u directories", t->path, TREE_MAX_DIRS);
	if (t->kind == TREE_CONTENT && (files > TREE_MAX_FILES || dirs > TREE_MAX_FILES))
		return err_set(
		        e, ERR_LIMIT, "'%s' has more than %u files", t->path, TREE_MAX_FILES);
	if (t->kind == TREE_CONTENT && bytes > TREE_MAX_BYTES)
		return err_set(
		        e, ERR_LIMIT, "'%s' has more than %u MiB", t->path, TREE_MAX_BYTES >> 20);
	return 0;
}

/* ---- a file's content ---- */

/* Access lists and capabilities are such attributes too. */
static void put_attributes(struct digest_ctx *c, int fd)
{
	char names[ATTRIBUTE_BYTES], value[ATTRIBUTE_BYTES];
	ssize_t n = flistxattr(fd, names, sizeof(names)), size;

	for (const char *p = names; n > 0 && p < names + n; p += strlen(p) + 1) {
		size = fgetxattr(fd, p, value, sizeof(value));
		digest_add_str(c, p);
		digest_add(c, &size, sizeof(size));
		digest_add(c, value, size < 0 ? 0 : (size_t)size);
	}
}

static int hash_fd(int fd, const char *name, struct digest *out, struct err *e)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	char *buf = xmalloc(READ_BYTES);
	ssize_t n;

	while ((n = read(fd, buf, READ_BYTES)) > 0)
		digest_add(c, buf, (size_t)n);
	free(buf);
	if (n < 0)
		return err_sys(e, "cannot read '%s'", name);
	put_attributes(c, fd);
	digest_end(c, out);
	return 0;
}

static bool same_stat(const struct entry *x, const struct stat *st)
{
	return x->dev == st->st_dev && x->ino == st->st_ino && x->size == st->st_size &&
	       x->mtime_ns == ns_of(st->st_mtim) && x->ctime_ns == ns_of(st->st_ctim);
}

static const struct entry *find_entry(const struct dir *d, const char *name)
{
	size_t lo = 0, hi = d->n_entries;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(d->entries[mid].name, name);

		if (c == 0)
			return &d->entries[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* The content of a file, read unless its stat data says that it is what was read before. */
static int read_entry(
        const struct dir *d, int dirfd, const struct seen *s, struct entry *out, struct err *e)
{
	const struct entry *before = find_entry(d, s->name);
	int64_t newest = ns_of(s->st.st_mtim), began = clock_wall_ns();

	if (ns_of(s->st.st_ctim) > newest)
		newest = ns_of(s->st.st_ctim);
	*out = (struct entry){
		.name = xstrdup(s->name),
		.dev = s->st.st_dev,
		.ino = s->st.st_ino,
		.size = s->st.st_size,
		.mtime_ns = ns_of(s->st.st_mtim),
		.ctime_ns = ns_of(s->st.st_ctim),
		.trusted = newest + RACY_NS < began,
	};
	if (before && before->trusted && same_stat(before, &s->st)) {
		out->trusted = true;
		out->content = before->content;
		return 0;
	}
	AUTO_FD fd =
	        openat(dirfd, s->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	/* Who may not read it here may not in a sandbox either. */
	if (fd < 0 && errno == EACCES)
		return 0;
	if (fd < 0)
		return err_sys(e, "cannot read '%s'", s->name);
	return hash_fd(fd, s->name, &out->content, e);
}

/* ---- a directory ---- */

static int compare_seen(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->name, ((const struct seen *)b)->name);
}

/* A file may have other names, now or later, and what is written through them is reported of the
 * file alone. Of what is large only those that have some are watched: nobody makes others in /usr.
 */
static bool wants_watch(const struct tree *t, const struct stat *st)
{
	return S_ISREG(st->st_mode) && (t->kind == TREE_CONTENT || st->st_nlink > 1);
}

static bool watches(const struct linked *f, const struct stat *st)
{
	return f && f->wd && f->dev == st->st_dev && f->ino == st->st_ino;
}

/* Of the former watches, which stand in the same order but for what came and went, the one of this
 * file. */
static struct linked *take_old(struct linked **at, const struct stat *st)
{
	struct linked *f = *at;

	for (int i = 0; f && i < 3; i++, at = &f->next, f = *at)
		if (watches(f, st)) {
			*at = f->next;
			return f;
		}
	return NULL;
}

/* Under the lock. Of what is large it would take too long. */
static bool may_poll(struct tree *t, const struct err *e)
{
	if (t->kind != TREE_CONTENT || !is_crowded(e))
		return false;
	t->polled = true;
	t->polled_ns = clock_ns();
	return true;
}

/* Watched first, looked at then. */
static int watch_file(struct dir *d, int fd, const char *path, struct seen *s, struct linked **old,
        struct linked ***end, struct err *e)
{
	struct watch *w = d->tree->w;
	AUTO_STR whole = NULL;
	struct linked *f;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	f = take_old(old, &s->st);
	if (!f && !d->tree->polled) {
		whole = fs_join(path, s->name);
		rc = linked_attach(w, d, whole, &f, e);
		if (rc < 0 && may_poll(d->tree, e))
			rc = 0;
	}
	if (f) {
		f->next = NULL;
		**end = f;
		*end = &f->next;
	}
	pthread_mutex_unlock(&w->lock);
	/* What goes away meanwhile is reported. */
	if (whole && rc == 0 && fstatat(fd, s->name, &s->st, AT_SYMLINK_NOFOLLOW) == 0 && f) {
		f->dev = s->st.st_dev;
		f->ino = s->st.st_ino;
	}
	return rc;
}

static int list_names(struct dir *d, DIR *dir, const char *path, struct linked **old,
        struct seen_list *out, struct err *e)
{
	struct linked **end = &d->linked;
	int fd = dirfd(dir), rc = 0;

	for (struct dirent *ent; rc == 0 && (ent = readdir(dir));) {
		struct seen s;

		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0 ||
		        fstatat(fd, ent->d_name, &s.st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		s.name = xstrdup(ent->d_name);
		if (wants_watch(d->tree, &s.st))
			rc = watch_file(d, fd, path, &s, old, &end, e);
		out->v = xgrow(out->v, &out->cap, out->n + 1, sizeof(*out->v));
		out->v[out->n++] = s;
	}
	return rc;
}

/* Names and stat data, sorted. */
static int list_dir(struct dir *d, DIR *dir, const char *path, struct seen_list *out, struct err *e)
{
	struct watch *w = d->tree->w;
	struct linked *old = STEAL(d->linked); /* gone when the new ones are there */
	int rc = list_names(d, dir, path, &old, out, e);

	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compare_seen);
	pthread_mutex_lock(&w->lock);
	linked_free(w, old);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

static void put_link(struct digest_ctx *c, int dirfd, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target));

	digest_add(c, target, n < 0 ? 0 : (size_t)n);
	digest_add(c, "", 1);
}

static void put_head(struct digest_ctx *c, const struct tree *t, const struct seen *s)
{
	const struct stat *st = &s->st;
	uint64_t v[4] = { st->st_mode, ((uint64_t)st->st_uid << 32) | st->st_gid };

	digest_add_str(c, s->name);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		v[2] = st->st_rdev;
	if (t->kind == TREE_STAT && !S_ISDIR(st->st_mode)) {
		v[2] = (uint64_t)ns_of(st->st_mtim);
		v[3] = (uint64_t)ns_of(st->st_ctim);
	}
	digest_add(c, v, sizeof(v));
	if (!S_ISDIR(st->st_mode)) {
		uint64_t size = (uint64_t)st->st_size;

		digest_add(c, &size, sizeof(size));
	}
}

/* What a change leaves traces in, even one that was undone. */
static void note_seen(struct tree *t, const struct stat *st)
{
	const uint64_t v[] = { st->st_dev, st->st_ino, (uint64_t)st->st_size,
		(uint64_t)ns_of(st->st_mtim), (uint64_t)ns_of(st->st_ctim) };

	if (t->kind == TREE_CONTENT)
		digest_add(t->seen_now, v, sizeof(v));
}

static void note_newest(struct dir *d, const struct stat *st)
{
	if (ns_of(st->st_ctim) > d->newest_ns)
		d->newest_ns = ns_of(st->st_ctim);
}

/* What it counted before, and counts now. */
static void count_dir(struct dir *d, size_t files, uint64_t bytes)
{
	struct tree *t = d->tree;

	pthread_mutex_lock(&t->w->lock);
	t->files += files - d->files;
	t->bytes += bytes - d->bytes;
	d->files = files;
	d->bytes = bytes;
	pthread_mutex_unlock(&t->w->lock);
}

/* The digest of what stands in the directory itself. */
static int read_entries(struct dir *d, int fd, const struct seen_list *l, struct err *e)
{
	struct tree *t = d->tree;
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	struct entry *v = t->kind == TREE_CONTENT ? xcalloc(l->n + 1, sizeof(*v)) : NULL;
	size_t n = 0, files = 0;
	uint64_t bytes = 0;
	int rc = 0;

	if (t->kind == TREE_CONTENT)
		put_attributes(c, fd);
	count_dir(d, 0, 0);
	for (size_t i = 0; i < l->n && rc == 0; i++) {
		const struct seen *s = &l->v[i];

		put_head(c, t, s);
		note_newest(d, &s->st);
		note_seen(t, &s->st);
		if (S_ISLNK(s->st.st_mode))
			put_link(c, fd, s->name);
		if (S_ISDIR(s->st.st_mode))
			continue;
		files++;
		if (t->kind == TREE_STAT || !S_ISREG(s->st.st_mode))
			continue;
		bytes += (uint64_t)s->st.st_size;
		count_dir(d, files, bytes);
		rc = check_bounds(t, e) < 0 ? -1 : read_entry(d, fd, s, &v[n++], e);
		if (rc == 0)
			digest_add(c, v[n - 1].content.b, sizeof(v[n - 1].content.b));
	}
	count_dir(d, files, bytes);
	digest_end(c, &d->own);
	free_entries(d->entries, d->n_entries);
	d->entries = v;
	d->n_entries = n;
	return rc;
}

/* The children that are still there stay, others are made or go. Under the lock: events walk up
 * from a directory. */
static void settle_children(struct dir *d, const struct seen_list *l)
{
	struct tree *t = d->tree;
	struct dir *old = d->children, *made = NULL, **end = &made;

	pthread_mutex_lock(&t->w->lock);
	for (size_t i = 0; i < l->n; i++) {
		const struct seen *s = &l->v[i];
		struct dir *x = NULL;

		if (!S_ISDIR(s->st.st_mode))
			continue;
		while (old && strcmp(old->name, s->name) < 0) {
			struct dir *gone = old;

			old = old->next;
			dir_free(gone);
		}
		if (old && strcmp(old->name, s->name) == 0) {
			x = old;
			old = old->next;
			if (x->ino != s->st.st_ino) {
				dir_free(x);
				x = NULL;
			}
		}
		if (x && !x->wd) /* could not be read: nothing tells whether it can now */
			x->dirty = x->stale = true;
		if (!x) {
			x = make_dir(t, d, s->name);
			x->dev = s->st.st_dev;
			x->ino = s->st.st_ino;
			t->dirs++;
		}
		x->next = NULL;
		*end = x;
		end = &x->next;
	}
	while (old) {
		struct dir *gone = old;

		old = old->next;
		dir_free(gone);
	}
	d->children = made;
	pthread_mutex_unlock(&t->w->lock);
}

/* Before it is read, so that nothing is missed. */
static int watch_dir(struct dir *d, const char *path, struct err *e)
{
	struct watch *w = d->tree->w;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	d->dirty = false;
	if (!d->wd)
		rc = wd_attach(w, d, path, e);
	if (rc < 0 && may_poll(d->tree, e))
		rc = 0;
	pthread_mutex_unlock(&w->lock);
	return rc;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* The first directory of each file system is asked what that is. */
static int check_place(struct dir *d, int fd, const char *path, struct err *e)
{
	struct stat st;

	if (d->parent && d->dev == d->parent->dev)
		return 0;
	if (watch_is_remote(fd))
		return err_set(e, ERR_LIMIT,
		        "'%s' is on a file system that other machines write to", path);
	if (fstat(fd, &st) == 0)
		note_newest(d, &st);
	return 0;
}

/* Who may not read it here may not in a sandbox either; its mode is in the digest of its parent,
 * which is told when that changes. */
static int read_nothing(struct dir *d)
{
	const struct seen_list none = { 0 };
	struct err e;

	settle_children(d, &none);
	return read_entries(d, -1, &none, &e);
}

static int read_dir(struct dir *d, const char *path, struct err *e)
{
	__attribute__((cleanup(seen_release))) struct seen_list l = { 0 };
	__attribute__((cleanup(close_dir))) DIR *dir = NULL;
	int fd;

	if (watch_dir(d, path, e) < 0)
		return e->code == ERR_DENIED ? read_nothing(d) : -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir && errno == EACCES)
		return read_nothing(d);
	if (!dir) {
		err_sys(e, "cannot open '%s'", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (check_place(d, fd, path, e) < 0)
		return -1;
	if (list_dir(d, dir, path, &l, e) < 0)
		return -1;
	settle_children(d, &l);
	return check_bounds(d->tree, e) < 0 ? -1 : read_entries(d, fd, &l, e);
}

/* ---- the tree ---- */

static bool take_stale(struct dir *d, bool *dirty)
{
	struct watch *w = d->tree->w;
	bool stale;

	pthread_mutex_lock(&w->lock);
	stale = d->stale;
	*dirty = d->dirty;
	d->stale = false;
	pthread_mutex_unlock(&w->lock);
	return stale;
}

int dir_scan(struct dir *d, struct strbuf *path, unsigned depth, struct err *e)
{
	size_t len = path->len;
	bool dirty;

	if (!take_stale(d, &dirty))
		return 0;
	if (depth > MAX_DEPTH)
		return err_set(e, ERR_LIMIT, "'%s' is nested more than %u directories deep",
		        path->s, MAX_DEPTH);
	if (dirty && read_dir(d, path->s, e) < 0)
		return -1;

	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	digest_add(c, d->own.b, sizeof(d->own.b));
	for (struct dir *x = d->children; x; x = x->next) {
		strbuf_addc(path, '/');
		strbuf_adds(path, x->name);
		if (dir_scan(x, path, depth + 1, e) < 0)
			return -1;
		strbuf_truncate(path, len);
		digest_add(c, x->digest.b, sizeof(x->digest.b));
		if (x->newest_ns > d->newest_ns)
			d->newest_ns = x->newest_ns;
	}
	digest_end(c, &d->digest);
	return 0;
}

int dir_expand(struct dir *d, const char *path, struct err *e)
{
	bool dirty;
	int rc = take_stale(d, &dirty) && dirty ? read_dir(d, path, e) : 0;

	pthread_mutex_lock(&d->tree->w->lock);
	d->stale = true;
	pthread_mutex_unlock(&d->tree->w->lock);
	return rc;
}

static int make_root(struct tree *t, struct err *e)
{
	struct stat st;

	if (stat(t->path, &st) < 0)
		return err_sys(e, "'%s'", t->path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "'%s' is not a directory", t->path);
	t->dev = st.st_dev;
	t->bytes = 0;
	t->files = 0;
	t->dirs = 1;
	t->root = make_dir(t, NULL, "");
	t->root->dev = st.st_dev;
	t->root->ino = t->ino = st.st_ino;
	return 0;
}

/* Watches of single files are of no use in a tree that is read anyway, and others want them. */
static void drop_links(struct dir *d)
{
	linked_free(d->tree->w, STEAL(d->linked));
	for (struct dir *c = d->children; c; c = c->next)
		drop_links(c);
}

/* Of a polled tree this is of all that is in it: other traces are as good as an event. */
static void settle_seen(struct tree *t)
{
	struct digest seen;

	digest_end(t->seen_now, &seen);
	pthread_mutex_lock(&t->w->lock);
	if (t->polled && memcmp(&seen, &t->seen, sizeof(seen)) != 0)
		t->state++;
	if (t->polled)
		drop_links(t->root);
	t->seen = seen;
	pthread_mutex_unlock(&t->w->lock);
}

int tree_scan(struct tree *t, struct err *e)
{
	AUTO_STRBUF path = STRBUF_INIT;
	bool first = !t->root;
	int rc;

	if (first && make_root(t, e) < 0)
		return -1;
	strbuf_adds(&path, t->path);
	t->seen_now = digest_new();
	rc = first && t->kind == TREE_STAT ? crew_read(t, e) : 0;
	if (rc == 0)
		rc = dir_scan(t->root, &path, 0, e);
	settle_seen(t);
	digest_free(STEAL(t->seen_now));
	if (rc < 0)
		return -1;
	digest_hex(&t->root->digest, t->hex);
	t->newest_ns = t->root->newest_ns;
	return 0;
}
