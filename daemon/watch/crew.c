/* Several threads read a large tree the first time: two levels down it falls apart into directories
 * that have nothing to do with each other. Somebody waits for that, and all of it is system calls.
 */
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/watch/watch_priv.h"

#define CREW_MAX 4u /* threads; more wait for the kernel's locks */
#define SPLIT_DEPTH 2u

struct task {
	struct dir *dir;
	char *path;
};

struct crew {
	struct task *v;
	size_t n, cap;
	pthread_mutex_t lock; /* of what follows */
	size_t next;
	bool failed;
	struct err e; /* the first */
};

static int split(struct crew *c, struct dir *d, const char *path, unsigned depth, struct err *e)
{
	if (depth == SPLIT_DEPTH) {
		c->v = xgrow(c->v, &c->cap, c->n + 1, sizeof(*c->v));
		c->v[c->n++] = (struct task){ d, xstrdup(path) };
		return 0;
	}
	if (dir_expand(d, path, e) < 0)
		return -1;
	for (struct dir *x = d->children; x; x = x->next) {
		AUTO_STR below = xasprintf("%s/%s", path, x->name);

		if (split(c, x, below, depth + 1, e) < 0)
			return -1;
	}
	return 0;
}

static struct task *take(struct crew *c)
{
	struct task *t = NULL;

	pthread_mutex_lock(&c->lock);
	if (!c->failed && c->next < c->n)
		t = &c->v[c->next++];
	pthread_mutex_unlock(&c->lock);
	return t;
}

static void fail(struct crew *c, const struct err *e)
{
	pthread_mutex_lock(&c->lock);
	if (!c->failed)
		c->e = *e;
	c->failed = true;
	pthread_mutex_unlock(&c->lock);
}

static void *read_tasks(void *arg)
{
	struct crew *c = arg;

	for (struct task *t = take(c); t; t = take(c)) {
		AUTO_STRBUF path = STRBUF_INIT;
		struct err e;

		strbuf_adds(&path, t->path);
		if (dir_scan(t->dir, &path, SPLIT_DEPTH, &e) < 0)
			fail(c, &e);
	}
	return NULL;
}

/* As many as there are processors; what cannot be started is done by the others. */
static void read_together(struct crew *c)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned want = cpus > CREW_MAX ? CREW_MAX : (unsigned)cpus, n = 0;
	pthread_t mates[CREW_MAX];

	while (n + 1 < want && n < c->n && pthread_create(&mates[n], NULL, read_tasks, c) == 0)
		n++;
	read_tasks(c);
	while (n > 0)
		pthread_join(mates[--n], NULL);
}

int crew_read(struct tree *t, struct err *e)
{
	struct crew c = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int rc = split(&c, t->root, t->path, 0, e);

	if (rc == 0)
		read_together(&c);
	for (size_t i = 0; i < c.n; i++)
		free(c.v[i].path);
	free(c.v);
	pthread_mutex_destroy(&c.lock);
	if (!c.failed)
		return rc;
	*e = c.e;
	return -1;
}
