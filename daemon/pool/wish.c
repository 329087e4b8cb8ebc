/* Images that have to be made before anything can be lent: by a worker, once for all who wait. */
#include <string.h>

#include "common/mem.h"
#include "daemon/pool/pool_priv.h"

static bool same_list(const char *const *a, const char *const *b)
{
	size_t i = 0;

	if (!a || !b)
		return a == b;
	while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
		i++;
	return !a[i] && !b[i];
}

static bool same_image(const struct sandbox_spec *a, const struct sandbox_spec *b)
{
	return strcmp(a->image, b->image) == 0 && same_list(a->host_paths, b->host_paths);
}

static void make(void *arg)
{
	const struct making_image *m = arg;
	const struct sandbox_spec *spec = m->first->spec;

	image_prepare(m->pool->images, spec->image, spec->host_paths);
}

static void grant(struct pool *p, struct wish *w)
{
	struct stock *s = NULL;
	struct err e;

	if (w->dropped)
		return;
	if (p->draining)
		err_set(&e, ERR_BUSY, "the daemon is ending");
	else
		s = stock_for(p, w->spec, false, &e);
	if (w->lease)
		w->lease->wish = NULL;
	if (w->lease && s)
		pool_join(w->lease, s, w->number);
	else if (w->lease)
		pool_refuse(w->lease, &e);
	else if (s)
		pool_expect(s, w->number);
}

static void made(void *arg)
{
	struct making_image *m = arg;
	struct pool *p = m->pool;
	struct making_image **at = &p->images_making;

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	for (struct wish *w = m->first, *next; w; w = next) {
		next = w->next;
		grant(p, w);
		sandbox_spec_free(w->spec);
		free(w);
	}
	free(m);
	pool_balance_soon(p);
}

static struct making_image *find(struct pool *p, const struct sandbox_spec *spec)
{
	struct making_image *m = p->images_making;

	while (m && !same_image(m->first->spec, spec))
		m = m->next;
	return m;
}

static void add(struct making_image *m, struct wish *w)
{
	w->of = m;
	if (m->last)
		m->last->next = w;
	else
		m->first = w;
	m->last = w;
}

bool wish_for(struct pool *p, const struct sandbox_spec *spec, struct lease *le, unsigned number)
{
	struct wish *w = xcalloc(1, sizeof(*w));
	struct making_image *m = find(p, spec);
	struct err e;

	*w = (struct wish){ .lease = le, .spec = sandbox_spec_copy(spec), .number = number };
	if (m) {
		add(m, w);
	} else {
		m = xcalloc(1, sizeof(*m));
		m->pool = p;
		add(m, w);
		if (work_submit(p->work, make, made, m, &e) < 0) {
			sandbox_spec_free(w->spec);
			free(w);
			free(m);
			return false;
		}
		m->next = p->images_making;
		p->images_making = m;
	}
	if (le)
		le->wish = w;
	return true;
}
