#include "daemon/template/origins.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/template/program_priv.h"

#define MAX_COLUMN 4096 /* so that a long line cannot be walked over and over */

static void index_lines(struct torigin_source *k)
{
	const char *text = k->t->text, *p = text, *end = text + k->t->len;

	do {
		k->lines = xgrow(k->lines, &k->cap_lines, k->n_lines + 1, sizeof(*k->lines));
		k->lines[k->n_lines++] = (uint32_t)(p - text);
		p = memchr(p, '\n', (size_t)(end - p));
	} while (p && ++p < end);
}

static uint32_t keep(struct torigins *o, struct template *t)
{
	for (size_t i = o->n_kept; i-- > 0;)
		if (o->kept[i].t == t)
			return (uint32_t)i;
	o->kept = xgrow(o->kept, &o->cap_kept, o->n_kept + 1, sizeof(*o->kept));
	o->kept[o->n_kept] = (struct torigin_source){ .t = template_ref(t) };
	index_lines(&o->kept[o->n_kept]);
	return (uint32_t)o->n_kept++;
}

void torigins_add(
        struct torigins *o, size_t out, struct template *t, uint32_t at, bool literal, bool is_main)
{
	if (o->n == TORIGINS_MAX)
		return;
	uint32_t of = keep(o, t);

	if (is_main)
		o->caller = (uint32_t)o->n + 1;
	o->v = xgrow(o->v, &o->cap, o->n + 1, sizeof(*o->v));
	o->v[o->n++] = (struct torigin){
		.out = out, .of = of, .caller = o->caller, .at = at & INT32_MAX, .literal = literal
	};
}

void torigins_release(struct torigins *o)
{
	for (size_t i = 0; i < o->n_kept; i++) {
		template_unref(o->kept[i].t);
		free(o->kept[i].lines);
	}
	free(o->kept);
	free(o->v);
	*o = (struct torigins){ 0 };
}

static void place_in(const struct torigin_source *k, size_t at, uint32_t *line, uint32_t *col)
{
	size_t low = 0, high = k->n_lines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (k->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	size_t in_line = at - k->lines[low];

	*line = (uint32_t)low + 1;
	*col = (uint32_t)utf8_length(
	               k->t->text + k->lines[low], in_line < MAX_COLUMN ? in_line : MAX_COLUMN) +
	       1;
}

/* The last piece that begins at or before it; of empty ones the last is the one that is not. */
static const struct torigin *piece_at(const struct torigins *o, size_t offset)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (o->v[middle].out <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return o->n ? &o->v[low ? low - 1 : 0] : NULL;
}

const char *torigins_find(const struct torigins *o, size_t offset, uint32_t *line, uint32_t *col)
{
	const struct torigin *x = piece_at(o, offset);

	if (!x)
		return NULL;
	size_t at = x->at + (x->literal && offset > x->out ? offset - x->out : 0);

	place_in(&o->kept[x->of], at, line, col);
	return o->kept[x->of].t->name;
}

bool torigins_find_main(const struct torigins *o, size_t offset, uint32_t *line, uint32_t *col)
{
	const struct torigin *x = piece_at(o, offset), *main;

	if (!x || !x->caller)
		return false;
	main = &o->v[x->caller - 1];
	place_in(&o->kept[main->of],
	        main->at + (main == x && x->literal && offset > x->out ? offset - x->out : 0), line,
	        col);
	return true;
}
