#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/force.h"
#include "common/mem.h"
#include "daemon/watch/watch_priv.h"

#define MAX_TREES 64u               /* the one that was used longest ago goes first */
#define HOPELESS_NS (30 * NS_PER_S) /* so long what is beyond a bound is not walked again */
#define FEW_WATCHES 2u              /* of a machine that looks poorer than it is */
#define MAX_TRIES 3u                /* looks at a tree that changes meanwhile */
#define EVENTS                                                                              \
	(IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | \
	        IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW)
#define FILE_EVENTS (IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DONT_FOLLOW)

/* ---- watch descriptors ---- */

static struct wd *wd_get(struct watch *w, int id)
{
	struct wd *x;

	if ((size_t)id >= w->cap_wds) {
		size_t cap = w->cap_wds;

		w->wds = xgrow(w->wds, &w->cap_wds, (size_t)id + 1, sizeof(*w->wds));
		memset(w->wds + cap, 0, (w->cap_wds - cap) * sizeof(*w->wds));
	}
	if (w->wds[id])
		return w->wds[id];
	x = xcalloc(1, sizeof(*x));
	x->id = id;
	w->wds[id] = x;
	w->n_wds++;
	return x;
}

void wd_put(struct watch *w, struct wd *x)
{
	if (x->dirs || x->files || x->followed)
		return;
	inotify_rm_watch(w->fd, x->id);
	w->wds[x->id] = NULL;
	w->n_wds--;
	free(x);
}

static int no_watches_left(const char *path, struct err *e)
{
	err_set(e, ERR_LIMIT, "'%s' cannot be watched: raise fs.inotify.max_user_watches", path);
	e->sys = ENOSPC;
	return -1;
}

bool is_crowded(const struct err *e)
{
	return e->code == ERR_LIMIT && e->sys == ENOSPC;
}

static int add_watch(struct watch *w, const char *path, uint32_t events)
{
	if (FORCED("few-watches") && w->n_wds >= FEW_WATCHES) {
		errno = ENOSPC;
		return -1;
	}
	return inotify_add_watch(w->fd, path, events);
}

struct wd *wd_watch(struct watch *w, const char *path, struct err *e)
{
	int id = add_watch(w, path, EVENTS);

	if (id >= 0)
		return wd_get(w, id);
	if (errno == ENOSPC)
		no_watches_left(path, e);
	else if (errno == EACCES)
		err_set(e, ERR_DENIED, "'%s' may not be read", path);
	else
		err_sys(e, "cannot watch '%s'", path);
	return NULL;
}

int wd_attach(struct watch *w, struct dir *d, const char *path, struct err *e)
{
	struct wd *x = wd_watch(w, path, e);

	if (!x)
		return -1;
	d->wd = x;
	d->same = d->wd->dirs;
	d->wd->dirs = d;
	return 0;
}

void wd_detach(struct watch *w, struct dir *d)
{
	struct wd *x = d->wd;
	struct dir **at;

	if (!x)
		return;
	for (at = &x->dirs; *at != d; at = &(*at)->same)
		;
	*at = d->same;
	d->wd = NULL;
	wd_put(w, x);
}

int linked_attach(
        struct watch *w, struct dir *d, const char *path, struct linked **out, struct err *e)
{
	int id = add_watch(w, path, FILE_EVENTS);
	struct linked *f;

	*out = NULL;
	if (id < 0 && errno == ENOSPC)
		return no_watches_left(path, e);
	if (id < 0)
		return 0;
	*out = f = xcalloc(1, sizeof(*f));
	f->dir = d;
	f->wd = wd_get(w, id);
	f->same = f->wd->files;
	f->wd->files = f;
	return 0;
}

void linked_free(struct watch *w, struct linked *list)
{
	for (struct linked *f = list, *next, **at; f; f = next) {
		next = f->next;
		for (at = f->wd ? &f->wd->files : NULL; at && *at != f; at = &(*at)->same)
			;
		if (at) {
			*at = f->same;
			wd_put(w, f->wd);
		}
		free(f);
	}
}

/* ---- events ---- */

static void touch_tree(struct tree *t, uint32_t mask, bool lost)
{
	t->state++;
	t->dirty = true;
	t->lost |= lost;
	follow_tell_tree(t->w, t, mask);
}

static void touch_dir(struct dir *d, uint32_t mask)
{
	touch_tree(d->tree, mask,
	        mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT) && !d->parent);
	d->dirty = true;
	for (struct dir *x = d; x && !x->stale; x = x->parent)
		x->stale = true;
}

/* The kernel has ended the watch itself: nothing is left to remove. */
static void forget_wd(struct watch *w, struct wd *x)
{
	for (struct dir *d = x->dirs, *next; d; d = next) {
		next = d->same;
		d->wd = NULL;
		d->same = NULL;
		d->ino = 0; /* another directory, whatever stands there now */
		if (d->parent)
			touch_dir(d->parent, 0);
	}
	for (struct linked *f = x->files, *next; f; f = next) {
		next = f->same;
		f->wd = NULL;
		f->same = NULL;
		touch_dir(f->dir, 0);
	}
	follow_tell_gone(x);
	w->wds[x->id] = NULL;
	w->n_wds--;
	free(x);
}

static void take_event(struct watch *w, const struct inotify_event *ev)
{
	struct wd *x;

	if (ev->mask & IN_Q_OVERFLOW) {
		for (struct tree *t = w->trees; t; t = t->next)
			touch_tree(t, IN_MOVED_TO, true);
		follow_tell_lost(w);
		return;
	}
	x = ev->wd >= 0 && (size_t)ev->wd < w->cap_wds ? w->wds[ev->wd] : NULL;
	if (!x)
		return;
	for (struct dir *d = x->dirs; d; d = d->same)
		touch_dir(d, ev->mask);
	for (struct linked *f = x->files; f; f = f->same)
		touch_dir(f->dir, ev->mask & IN_CLOSE_WRITE);
	follow_tell(x, ev->mask, ev->len ? ev->name : "");
	if (ev->mask & IN_IGNORED)
		forget_wd(w, x);
}

/* What has happened until now: who writes all the time must not hold up who reads. */
static void drain(struct watch *w)
{
	char buf[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool first = true;
	int left = 1;
	ssize_t n;

	for (; left > 0 && (n = read(w->fd, buf, sizeof(buf))) > 0; first = false) {
		if (first && ioctl(w->fd, FIONREAD, &left) < 0)
			left = INT_MAX;
		else if (!first)
			left -= (int)n;
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *ev = (const struct inotify_event *)(void *)p;

			take_event(w, ev);
			p += sizeof(*ev) + ev->len;
		}
	}
	if (!mounts_changed(w))
		return;
	for (struct tree *t = w->trees; t; t = t->next)
		if (mounts_differ(t))
			touch_tree(t, IN_MOVED_TO, true);
}

void watch_drain(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	drain(w);
	pthread_mutex_unlock(&w->lock);
}

/* ---- trees ---- */

struct tree *find_tree(struct watch *w, const char *path, enum tree_kind kind)
{
	for (struct tree *t = w->trees; t; t = t->next)
		if (t->kind == kind && strcmp(t->path, path) == 0)
			return t;
	return NULL;
}

static void free_tree(struct tree *t)
{
	dir_free(t->root);
	free(t->path);
	free(t);
}

static void drop_oldest(struct watch *w)
{
	struct tree **oldest = NULL, *gone;
	unsigned n = 0;

	for (struct tree **at = &w->trees; *at; at = &(*at)->next, n++)
		if (!(*at)->busy && !is_followed(w, *at) &&
		        (!oldest || (*at)->used < (*oldest)->used))
			oldest = at;
	if (n < MAX_TREES || !oldest)
		return;
	gone = *oldest;
	*oldest = gone->next;
	free_tree(gone);
}

static struct tree *make_tree(struct watch *w, const char *path, enum tree_kind kind)
{
	struct tree *t = xcalloc(1, sizeof(*t));

	drop_oldest(w);
	t->w = w;
	t->path = xstrdup(path);
	t->kind = kind;
	t->dirty = true;
	t->next = w->trees;
	w->trees = t;
	return t;
}

static void fill_id(const struct tree *t, struct tree_id *out)
{
	memcpy(out->hex, t->hex, sizeof(out->hex));
	out->state = t->state;
	out->newest_ns = t->newest_ns;
	out->polled = t->polled;
}

/* A directory above it that was renamed is not reported: the path may lead elsewhere now. */
static bool is_there(const struct tree *t)
{
	struct stat st;

	return stat(t->path, &st) == 0 && st.st_dev == t->dev && st.st_ino == t->ino;
}

static bool is_known(struct tree *t)
{
	if (!t || !t->root || t->busy || t->dirty || t->polled)
		return false;
	if (!is_there(t)) {
		t->state++;
		t->dirty = t->lost = true;
	}
	return !t->dirty;
}

bool watch_known(struct watch *w, const char *path, enum tree_kind kind, struct tree_id *out)
{
	bool known;

	pthread_mutex_lock(&w->lock);
	struct tree *t = find_tree(w, path, kind);
	known = is_known(t);
	if (known) {
		t->used = ++w->clock;
		fill_id(t, out);
	}
	pthread_mutex_unlock(&w->lock);
	return known;
}

bool watch_unchanged(
        struct watch *w, const char *path, enum tree_kind kind, const struct tree_id *id)
{
	bool same;

	pthread_mutex_lock(&w->lock);
	drain(w);
	struct tree *t = find_tree(w, path, kind);
	same = is_known(t) && t->state == id->state;
	pthread_mutex_unlock(&w->lock);
	return same;
}

/* Of what nothing is told all has to be looked at; now and then perhaps there are watches again. */
static void begin_polled(struct tree *t)
{
	if (!t->polled)
		return;
	if (clock_ns() - t->polled_ns > HOPELESS_NS)
		t->polled = false;
	if (!is_there(t))
		t->lost = true;
	if (t->root)
		dir_mark_all(t->root);
}

/* Under the lock, which is given up while the worker reads. */
static int look(struct tree *t, struct err *e)
{
	struct watch *w = t->w;
	int rc = -1;

	begin_polled(t);
	for (unsigned i = 0; i < MAX_TRIES; i++) {
		if (t->lost) {
			dir_free(t->root);
			t->root = NULL;
			t->lost = false;
		}
		t->dirty = false;
		mounts_note(t);
		pthread_mutex_unlock(&w->lock);
		rc = tree_scan(t, e);
		pthread_mutex_lock(&w->lock);
		if (rc < 0)
			break;
		drain(w);
		if (!t->dirty)
			return 0;
		rc = err_set(e, ERR_BUSY, "'%s' keeps changing", t->path);
	}
	/* What was seen is not whole. */
	t->dirty = true;
	if (e->code != ERR_BUSY) {
		dir_free(t->root);
		t->root = NULL;
	}
	return rc;
}

/* What is beyond the bounds costs a walk to find out, and nothing tells when it is not any more. */
static bool is_hopeless(const struct tree *t, struct err *e)
{
	if (!t->error_ns || clock_ns() - t->error_ns > HOPELESS_NS)
		return false;
	*e = t->error;
	return true;
}

static int look_again(struct tree *t, struct err *e)
{
	int rc;

	if (is_hopeless(t, e))
		return -1;
	t->busy = true;
	rc = look(t, e);
	t->busy = false;
	t->error_ns = rc < 0 && e->code == ERR_LIMIT ? clock_ns() : 0;
	if (rc < 0)
		t->error = *e;
	pthread_cond_broadcast(&t->w->idle);
	return rc;
}

int watch_look(
        struct watch *w, const char *path, enum tree_kind kind, struct tree_id *out, struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	drain(w);
	struct tree *t = find_tree(w, path, kind);
	if (!t)
		t = make_tree(w, path, kind);
	while (t->busy)
		pthread_cond_wait(&w->idle, &w->lock);
	t->used = ++w->clock;
	if (!is_known(t))
		rc = look_again(t, e);
	if (rc == 0)
		fill_id(t, out);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

/* ---- life ---- */

struct watch *watch_new(struct err *e)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		err_sys(e, "inotify");
		free(w);
		return NULL;
	}
	mounts_open(w);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->idle, NULL);
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	for (struct tree *t = w->trees, *next; t; t = next) {
		next = t->next;
		free_tree(t);
	}
	close(w->fd);
	if (w->mounts_fd >= 0)
		close(w->mounts_fd);
	free(w->wds);
	pthread_cond_destroy(&w->idle);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int watch_fd(const struct watch *w)
{
	return w->fd;
}

unsigned watch_count(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	unsigned n = w->n_wds;
	pthread_mutex_unlock(&w->lock);
	return n;
}
