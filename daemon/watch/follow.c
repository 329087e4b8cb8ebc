/* News for who acts on them. Events are read by whoever drains, on any thread; what they say goes
 * to the loop, in order. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/map.h"
#include "common/mem.h"
#include "daemon/watch/watch_priv.h"

#define MAX_NEWS 65536u /* more of them are told as lost */
#define POLL_NS (1 * NS_PER_S)

struct followed {
	struct follower *f;
	struct followed *same; /* the next with this wd */
	struct followed *next; /* of this follower */
	struct wd *wd;         /* NULL: there was no watch left for it */
	bool polled, looked;   /* looked: at least once */
	struct digest seen;    /* what its entries looked like */
	char *path;
};

struct pin {
	struct pin *next;
	bool told[2]; /* and not delivered yet: half, whole */
	char *path;
};

struct piece {
	struct piece *next;
	enum news_kind kind;
	uint32_t mask;
	int64_t at_ns;
	char *path, *name;
};

struct follower {
	struct follower *next;
	struct watch *w;
	struct loop *loop;
	struct work_pool *work;
	news_fn *fn;
	void *arg;
	bool dead; /* freed when what is posted was called, and a worker is back */
	bool busy; /* fn is being called */
	bool away; /* a worker looks at what is polled */
	struct loop_timer *poll;
	struct followed *dirs;
	struct map *by_path; /* of dirs */
	struct pin *pins;
	struct piece *first, *last;
	unsigned n_news;
	bool posted;
};

/* ---- the queue ---- */

static void free_pieces(struct piece *p)
{
	for (struct piece *next; p; p = next) {
		next = p->next;
		free(p->path);
		free(p->name);
		free(p);
	}
}

static void free_follower(struct follower *f)
{
	free_pieces(f->first);
	map_free(f->by_path, NULL);
	free(f);
}

static void free_if_left(struct follower *f)
{
	if (f->dead && !f->posted && !f->busy && !f->away)
		free_follower(f);
}

static struct piece *take_pieces(struct follower *f)
{
	struct piece *p;

	pthread_mutex_lock(&f->w->lock);
	p = STEAL(f->first);
	f->last = NULL;
	f->n_news = 0;
	f->posted = false;
	for (struct pin *x = f->pins; x; x = x->next)
		x->told[0] = x->told[1] = false;
	pthread_mutex_unlock(&f->w->lock);
	return p;
}

static void deliver(void *arg)
{
	struct follower *f = arg;
	struct piece *list;

	if (f->dead) {
		f->posted = false;
		free_if_left(f);
		return;
	}
	list = take_pieces(f);
	f->busy = true;
	for (struct piece *p = list; p && !f->dead; p = p->next) {
		const struct news n = { p->kind, p->mask, p->path, p->name, p->at_ns };

		f->fn(f->arg, &n);
	}
	f->busy = false;
	free_pieces(list);
	free_if_left(f);
}

static bool is_repeated(const struct piece *p, enum news_kind kind, uint32_t mask, const char *path,
        const char *name)
{
	return p && p->kind == kind && p->mask == mask &&
	       (p->path == path || (p->path && path && strcmp(p->path, path) == 0)) &&
	       (p->name == name || (p->name && name && strcmp(p->name, name) == 0));
}

static void tell(
        struct follower *f, enum news_kind kind, uint32_t mask, const char *path, const char *name)
{
	struct piece *p;

	if (is_repeated(f->last, kind, mask, path, name))
		return;
	if (f->n_news > MAX_NEWS)
		return;
	if (++f->n_news > MAX_NEWS) {
		kind = NEWS_LOST;
		path = name = NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->kind = kind;
	p->mask = mask;
	p->at_ns = clock_ns();
	p->path = path ? xstrdup(path) : NULL;
	p->name = name ? xstrdup(name) : NULL;
	if (f->last)
		f->last->next = p;
	else
		f->first = p;
	f->last = p;
	if (!f->posted)
		loop_post(f->loop, deliver, f);
	f->posted = true;
}

/* ---- what events say ---- */

void follow_tell(struct wd *x, uint32_t mask, const char *name)
{
	if (mask & (IN_IGNORED | IN_DELETE_SELF))
		return; /* follow_tell_gone() comes */
	for (struct followed *d = x->followed; d; d = d->same)
		tell(d->f, mask & IN_MOVE_SELF ? NEWS_GONE : NEWS_ENTRY, mask, d->path, name);
}

static void drop(struct followed *d)
{
	struct followed **at = &d->f->dirs;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	map_del(d->f->by_path, d->path);
	free(d->path);
	free(d);
}

void follow_tell_gone(struct wd *x)
{
	for (struct followed *d = STEAL(x->followed), *next; d; d = next) {
		next = d->same;
		tell(d->f, NEWS_GONE, 0, d->path, NULL);
		drop(d);
	}
}

static void tell_pins(struct follower *f, const struct tree *t, bool whole)
{
	for (struct pin *x = f->pins; x; x = x->next) {
		if (x->told[whole] || strcmp(x->path, t->path) != 0)
			continue;
		x->told[whole] = true;
		tell(f, NEWS_TREE, whole ? NEWS_WHOLE : 0, x->path, NULL);
	}
}

void follow_tell_tree(struct watch *w, const struct tree *t, uint32_t mask)
{
	for (struct follower *f = w->followers; f && t->kind == TREE_CONTENT; f = f->next)
		tell_pins(f, t, mask & (IN_CLOSE_WRITE | IN_MOVED_TO));
}

void follow_tell_lost(struct watch *w)
{
	for (struct follower *f = w->followers; f; f = f->next)
		tell(f, NEWS_LOST, 0, NULL, NULL);
}

bool is_followed(const struct watch *w, const struct tree *t)
{
	for (const struct follower *f = w->followers; f && t->kind == TREE_CONTENT; f = f->next)
		for (const struct pin *x = f->pins; x; x = x->next)
			if (strcmp(x->path, t->path) == 0)
				return true;
	return false;
}

/* ---- following ---- */

static void let_go(struct followed *d)
{
	struct wd *x = d->wd;
	struct followed **at = x ? &x->followed : NULL;
	struct watch *w = d->f->w;

	if (!x) {
		drop(d);
		return;
	}
	while (*at != d)
		at = &(*at)->same;
	*at = d->same;
	drop(d);
	wd_put(w, x);
}

static bool is_dir_remote(const char *path)
{
	AUTO_FD fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && watch_is_remote(fd);
}

static struct followed *add_followed(struct follower *f, const char *path, struct wd *x)
{
	struct followed *d = xcalloc(1, sizeof(*d));

	d->f = f;
	d->path = xstrdup(path);
	d->wd = x;
	if (x) {
		d->same = x->followed;
		x->followed = d;
	}
	d->next = f->dirs;
	f->dirs = d;
	map_put(f->by_path, path, d);
	return d;
}

/* Under the lock. The same path may be another directory by now: the kernel says so by the wd. */
static int attach(struct follower *f, const char *path, bool *added, struct err *e)
{
	struct wd *x = wd_watch(f->w, path, e);
	struct followed *d = map_get(f->by_path, path);

	if (!x && !is_crowded(e))
		return -1;
	*added = !d || d->wd != x;
	if (!*added)
		return 0;
	if (d)
		let_go(d);
	d = add_followed(f, path, x);
	d->polled = !x;
	if (x && is_dir_remote(path)) {
		d->polled = true;
		err_set(e, ERR_LIMIT, "other machines may write to '%s' unseen", path);
	}
	return 0;
}

int follow_dir(struct follower *f, const char *path, bool *added, struct err *e)
{
	int rc;

	*added = false;
	*e = (struct err){ 0 };
	pthread_mutex_lock(&f->w->lock);
	rc = attach(f, path, added, e);
	pthread_mutex_unlock(&f->w->lock);
	if (rc == 0 && e->code)
		follow_polled(f);
	return rc;
}

bool follow_tree(struct follower *f, const char *path)
{
	struct pin *x;

	for (x = f->pins; x; x = x->next)
		if (strcmp(x->path, path) == 0)
			return false;
	x = xcalloc(1, sizeof(*x));
	x->path = xstrdup(path);
	pthread_mutex_lock(&f->w->lock);
	x->next = f->pins;
	f->pins = x;
	pthread_mutex_unlock(&f->w->lock);
	return true;
}

/* ---- what is polled ---- */

/* The worker's copy: the follower's own may change meanwhile. */
struct glance {
	char *path;
	bool there;
	struct digest seen;
};

struct glances {
	struct follower *f;
	struct glance *v;
	size_t n;
};

static void glance_at(struct glance *g)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	DIR *dir = opendir(g->path);
	struct stat st;

	g->there = dir != NULL;
	for (struct dirent *x; dir && (x = readdir(dir));) {
		if (strcmp(x->d_name, "..") == 0 ||
		        fstatat(dirfd(dir), x->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		digest_add_str(c, x->d_name);
		digest_add(c, &st.st_ino, sizeof(st.st_ino));
		digest_add(c, &st.st_mode, sizeof(st.st_mode));
		digest_add(c, &st.st_size, sizeof(st.st_size));
		digest_add(c, &st.st_mtim, sizeof(st.st_mtim));
		digest_add(c, &st.st_ctim, sizeof(st.st_ctim));
	}
	if (dir)
		closedir(dir);
	digest_end(c, &g->seen);
}

static void glance_work(void *arg)
{
	struct glances *j = arg;

	for (size_t i = 0; i < j->n; i++)
		glance_at(&j->v[i]);
}

/* Under the lock. What changed before the first look may be news too. */
static void take_glance(struct follower *f, const struct glance *g)
{
	struct followed *d = map_get(f->by_path, g->path);
	bool same = d && d->looked && memcmp(&d->seen, &g->seen, sizeof(g->seen)) == 0;

	if (!d || !d->polled || same)
		return;
	d->looked = true;
	d->seen = g->seen;
	tell(f, NEWS_DIR, 0, d->path, NULL);
	if (g->there)
		return;
	tell(f, NEWS_GONE, 0, d->path, NULL);
	let_go(d);
}

/* Under the lock. */
static bool tell_polled_pins(struct follower *f)
{
	bool any = false;

	for (struct pin *x = f->pins; x; x = x->next) {
		const struct tree *t = find_tree(f->w, x->path, TREE_CONTENT);

		if (!t || !t->polled)
			continue;
		any = true;
		tell(f, NEWS_TREE, NEWS_WHOLE, x->path, NULL);
	}
	return any;
}

static void glances_free(struct glances *j)
{
	for (size_t i = 0; i < j->n; i++)
		free(j->v[i].path);
	free(j->v);
	free(j);
}

static void glance_done(void *arg)
{
	struct glances *j = arg;
	struct follower *f = j->f;
	bool any = j->n > 0;

	f->away = false;
	if (!f->dead) {
		pthread_mutex_lock(&f->w->lock);
		for (size_t i = 0; i < j->n; i++)
			take_glance(f, &j->v[i]);
		any |= tell_polled_pins(f);
		pthread_mutex_unlock(&f->w->lock);
	}
	glances_free(j);
	if (!f->dead && any)
		follow_polled(f);
	free_if_left(f);
}

static void on_poll(void *arg)
{
	struct follower *f = arg;
	struct glances *j = xcalloc(1, sizeof(*j));
	size_t cap = 0;
	struct err e;

	f->poll = NULL;
	f->away = true;
	j->f = f;
	for (struct followed *d = f->dirs; d; d = d->next) {
		if (!d->polled)
			continue;
		j->v = xgrow(j->v, &cap, j->n + 1, sizeof(*j->v));
		j->v[j->n++] = (struct glance){ .path = xstrdup(d->path) };
	}
	if (work_submit(f->work, glance_work, glance_done, j, &e) == 0)
		return;
	glances_free(j); /* no worker is free: the next time */
	f->away = false;
	follow_polled(f);
}

void follow_polled(struct follower *f)
{
	if (!f->poll && !f->away && !f->dead)
		f->poll = loop_timer_add(f->loop, POLL_NS, on_poll, f);
}

/* ---- life ---- */

struct follower *follower_new(
        struct watch *w, struct loop *l, struct work_pool *work, news_fn *fn, void *arg)
{
	struct follower *f = xcalloc(1, sizeof(*f));

	*f = (struct follower){ .w = w, .loop = l, .work = work, .fn = fn, .arg = arg };
	f->by_path = map_new();
	pthread_mutex_lock(&w->lock);
	f->next = w->followers;
	w->followers = f;
	pthread_mutex_unlock(&w->lock);
	return f;
}

void follower_free(struct follower *f)
{
	struct follower **at;

	if (!f)
		return;
	pthread_mutex_lock(&f->w->lock);
	for (at = &f->w->followers; *at != f; at = &(*at)->next)
		;
	*at = f->next;
	while (f->dirs)
		let_go(f->dirs);
	for (struct pin *x = STEAL(f->pins), *next; x; x = next) {
		next = x->next;
		free(x->path);
		free(x);
	}
	f->dead = true;
	pthread_mutex_unlock(&f->w->lock);
	loop_timer_del(f->poll);
	f->poll = NULL;
	free_if_left(f);
}
