/* News for who acts on them. Events are read by whoever drains, on any thread; what they say goes
 * to the loop, in order. */
#include <string.h>
#include <sys/inotify.h>

#include "common/clock.h"
#include "common/map.h"
#include "common/mem.h"
#include "daemon/watch/watch_priv.h"

#define MAX_NEWS 65536u /* more of them are told as lost */

struct followed {
	struct follower *f;
	struct followed *same; /* the next with this wd */
	struct followed *next; /* of this follower */
	struct wd *wd;
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
	news_fn *fn;
	void *arg;
	bool dead; /* freed when what is posted was called */
	bool busy; /* fn is being called */
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
		free_follower(f);
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
	if (f->dead && !f->posted)
		free_follower(f);
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
	struct followed **at = &x->followed;
	struct watch *w = d->f->w;

	while (*at != d)
		at = &(*at)->same;
	*at = d->same;
	drop(d);
	wd_put(w, x);
}

/* Under the lock. The same path may be another directory by now: the kernel says so by the wd. */
static int attach(struct follower *f, const char *path, bool *added, struct err *e)
{
	struct wd *x = wd_watch(f->w, path, e);
	struct followed *d = map_get(f->by_path, path);

	if (!x)
		return -1;
	*added = !d || d->wd != x;
	if (!*added)
		return 0;
	if (d)
		let_go(d);
	d = xcalloc(1, sizeof(*d));
	d->f = f;
	d->path = xstrdup(path);
	d->wd = x;
	d->same = x->followed;
	x->followed = d;
	d->next = f->dirs;
	f->dirs = d;
	map_put(f->by_path, path, d);
	return 0;
}

int follow_dir(struct follower *f, const char *path, bool *added, struct err *e)
{
	int rc;

	*added = false;
	pthread_mutex_lock(&f->w->lock);
	rc = attach(f, path, added, e);
	pthread_mutex_unlock(&f->w->lock);
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

struct follower *follower_new(struct watch *w, struct loop *l, news_fn *fn, void *arg)
{
	struct follower *f = xcalloc(1, sizeof(*f));

	*f = (struct follower){ .w = w, .loop = l, .fn = fn, .arg = arg };
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
	bool posted;

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
	posted = f->posted || f->busy;
	pthread_mutex_unlock(&f->w->lock);
	if (!posted)
		free_follower(f);
}
