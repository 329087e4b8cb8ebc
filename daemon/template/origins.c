#include "daemon/template/origins.h"

#include <stdlib.h>

#include "daemon/template/program_priv.h"

static void keep(struct torigins *o, struct template *t)
{
	for (size_t i = o->n_kept; i-- > 0;)
		if (o->kept[i] == t)
			return;
	o->kept = xgrow(o->kept, &o->cap_kept, o->n_kept + 1, sizeof(struct template *));
	o->kept[o->n_kept++] = template_ref(t);
}

void torigins_add(struct torigins *o, size_t out, struct template *t, uint32_t at, bool literal)
{
	if (o->n == TORIGINS_MAX)
		return;
	keep(o, t);
	o->v = xgrow(o->v, &o->cap, o->n + 1, sizeof(*o->v));
	o->v[o->n++] = (struct torigin){ out, t, at, literal };
}

void torigins_release(struct torigins *o)
{
	for (size_t i = 0; i < o->n_kept; i++)
		template_unref(o->kept[i]);
	free(o->kept);
	free(o->v);
	*o = (struct torigins){ 0 };
}

const char *torigins_find(const struct torigins *o, size_t offset, uint32_t *line, uint32_t *col)
{
	size_t low = 0, high = o->n;

	/* The last piece that begins at or before it; of empty ones the last is the one that is
	 * not. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (o->v[middle].out <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!o->n)
		return NULL;
	const struct torigin *x = &o->v[low ? low - 1 : 0];
	size_t at = x->at + (x->literal && offset > x->out ? offset - x->out : 0);

	template_place(x->t, (uint32_t)at, line, col);
	return x->t->name;
}
