#include "daemon/cache/depends.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/cache/cache_priv.h"

#define FILE_MAX (64u << 20) /* bytes; no template is that large */

struct dependency {
	enum cause kind;    /* CAUSE_TEMPLATE or _INCLUDE */
	const char *path;   /* absolute */
	const char *real;   /* where it led; NULL: that does not matter */
	const char *sha256; /* NULL: there was nothing */
	struct identity id; /* under the lock */
	bool trusted;       /* equal stat data means equal content; under the lock */
};

struct depends {
	unsigned refs;
	pthread_mutex_t lock;
	struct arena *arena;
	const char *root; /* what files had to lie inside, without links; NULL: nobody asked */
	const char *root_path;
	struct dependency *v;
	size_t n;
};

/* ---- making ---- */

static void add(
        struct depends *d, enum cause kind, const char *path, const char *real, const char *sha256)
{
	d->v[d->n++] = (struct dependency){
		.kind = kind,
		.path = arena_strdup(d->arena, path),
		.real = arena_strdup(d->arena, real),
		.sha256 = arena_strdup(d->arena, sha256),
	};
}

struct depends *depends_new(const struct made_from *m, const char *path, const char *sha256)
{
	size_t n = m->n_files + m->absent.n + (path != NULL);
	struct depends *d;

	if (!n)
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->refs = 1;
	pthread_mutex_init(&d->lock, NULL);
	d->arena = arena_new();
	d->v = arena_array(d->arena, n, sizeof(*d->v));
	d->root = arena_strdup(d->arena, m->root);
	d->root_path = arena_strdup(d->arena, m->root_path);
	if (path)
		add(d, CAUSE_TEMPLATE, path, NULL, sha256);
	for (size_t i = 0; i < m->n_files; i++)
		add(d, m->files[i].real ? CAUSE_INCLUDE : CAUSE_TEMPLATE, m->files[i].name,
		        m->files[i].real, m->files[i].sha256);
	for (size_t i = 0; i < m->absent.n; i++)
		add(d, CAUSE_INCLUDE, m->absent.v[i], NULL, NULL);
	return d;
}

struct depends *depends_ref(struct depends *d)
{
	if (d)
		__atomic_add_fetch(&d->refs, 1, __ATOMIC_RELAXED);
	return d;
}

void depends_unref(struct depends *d)
{
	if (!d || __atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL))
		return;
	pthread_mutex_destroy(&d->lock);
	arena_free(d->arena);
	free(d);
}

size_t depends_bytes(const struct depends *d)
{
	return d ? sizeof(*d) + arena_bytes(d->arena) : 0;
}

enum cause depends_reads(const struct depends *d, const char *path)
{
	for (size_t i = 0; d && i < d->n; i++) {
		const struct dependency *x = &d->v[i];

		if (x->kind == CAUSE_INCLUDE &&
		        (strcmp(x->path, path) == 0 || (x->real && strcmp(x->real, path) == 0)))
			return x->kind;
	}
	return CAUSE_NONE;
}

/* ---- looking ---- */

static bool leads_to(const char *path, const char *where)
{
	AUTO_STR real = realpath(path, NULL);

	return real && strcmp(real, where) == 0;
}

static bool is_trusted(struct depends *d, const struct dependency *x, const struct identity *now)
{
	bool same;

	pthread_mutex_lock(&d->lock);
	same = x->trusted && identity_equal(now, &x->id);
	pthread_mutex_unlock(&d->lock);
	return same;
}

static void trust(struct depends *d, struct dependency *x, const struct identity *id, bool trusted)
{
	pthread_mutex_lock(&d->lock);
	x->id = *id;
	x->trusted = trusted;
	pthread_mutex_unlock(&d->lock);
}

/* NULL, or what is another. */
static const char *look(struct depends *d, struct dependency *x, bool read)
{
	char sha256[DIGEST_HEX];
	struct identity now;
	bool trusted, there = identity_of(x->path, &now);

	if (!x->sha256)
		return there ? "new" : NULL;
	if (!there)
		return "gone";
	if (x->real && !leads_to(x->path, x->real))
		return "moved";
	if (is_trusted(d, x, &now))
		return NULL;
	if (!read || !identity_digest(x->path, FILE_MAX, sha256, &now, &trusted) ||
	        strcmp(sha256, x->sha256) != 0)
		return "changed";
	trust(d, x, &now, trusted);
	return NULL;
}

bool depends_tell(struct depends_why *why, enum cause kind, const char *name, const char *how)
{
	*why = (struct depends_why){ .kind = kind, .how = how };
	snprintf(why->name, sizeof(why->name), "%s", name ? name : "");
	return false;
}

static bool hold(struct depends *d, bool read, struct depends_why *why)
{
	*why = (struct depends_why){ 0 };
	if (d && d->root && !leads_to(d->root_path, d->root))
		return depends_tell(why, CAUSE_INCLUDE, d->root_path, "moved");
	for (size_t i = 0; d && i < d->n; i++) {
		const char *how = look(d, &d->v[i], read);

		if (how)
			return depends_tell(why, d->v[i].kind, d->v[i].path, how);
	}
	return true;
}

bool depends_hold(struct depends *d, struct depends_why *why)
{
	return hold(d, true, why);
}

bool depends_hold_by_stat(struct depends *d)
{
	struct depends_why why;

	return hold(d, false, &why);
}
