#include "daemon/config/matrix.h"

#include <string.h>

#include "daemon/config/vars.h"

#define MAX_KEYS 64
#define MAX_VALUE 4096 /* bytes of a printed value */

/* The values that count of one key. */
struct axis {
	const struct node *list;
	const struct node **v;
	size_t n;
};

static bool is_scalar(const struct node *n)
{
	return n->type != NODE_TABLE && n->type != NODE_ARRAY && n->type != NODE_NULL;
}

/* A scalar never is too large or deep: the reader bounds the file. */
static struct tvalue value_of(const struct node *n, struct arena *a)
{
	AUTO_TERR e = TERR_INIT;
	struct tvalue v = tvalue_null();

	if (node_value(n, a, &tlimits_default, &v, &e) < 0)
		return tvalue_null();
	return v;
}

static void print(const struct node *n, struct arena *a, struct tbuf *out)
{
	struct tvalue v = value_of(n, a);

	tvalue_print(&v, out);
}

static bool is_picked(const struct node *n, const struct tvalue *pick, struct arena *a)
{
	AUTO_TBUF text = { .max = MAX_VALUE };

	print(n, a, &text);
	return !text.full && pick->type == TVALUE_STRING && pick->len == text.len &&
	       (!text.len || memcmp(pick->s, text.s, text.len) == 0);
}

/* The values of a key, as a message lists them. */
static const char *listed(const struct node *list, struct arena *a)
{
	AUTO_TBUF text = { .max = MAX_VALUE };

	for (const struct node *x = list->first; x; x = x->next) {
		tbuf_adds(&text, x == list->first ? "" : ", ");
		print(x, a, &text);
	}
	return arena_strndup(a, text.s ? text.s : "", text.len);
}

/* Findings about the values; those that are left are the axis. */
static void read_values(struct check *c, const struct node *list, struct axis *out)
{
	if (list->type != NODE_ARRAY) {
		check_error(c, "config.type", list, "'%s' in [matrix] wants a list, found %s",
		        list->key, node_type_name(list));
		if (is_scalar(list))
			out->v[out->n++] = list;
		return;
	}
	for (const struct node *x = list->first; x; x = x->next) {
		if (is_scalar(x))
			out->v[out->n++] = x;
		else
			check_error(c, "config.type", x, "'%s' in [matrix] wants scalars, found %s",
			        list->key, node_type_name(x));
	}
	if (!list->n_children)
		check_report(c, SEV_WARNING, "config.empty", list->key_pos, list,
		        "'%s' in [matrix] has no values: there is no test", list->key);
}

/* All values stay when none is the one that was asked for. */
static void pick_values(
        struct check *c, const struct tvalue *pick, struct arena *a, struct axis *axis)
{
	size_t n = 0;

	for (size_t i = 0; i < axis->n; i++) {
		const struct node *x = axis->v[i];

		if (is_picked(x, pick, a)) {
			axis->v[i] = axis->v[n];
			axis->v[n++] = x;
		}
	}
	if (n || !axis->n) {
		axis->n = n;
		return;
	}
	check_error(c, "config.enum", axis->list,
	        "'%.*s' is not a value of matrix.%s, which has: %s",
	        pick->type == TVALUE_STRING ? (int)pick->len : 0,
	        pick->type == TVALUE_STRING ? pick->s : "", axis->list->key, listed(axis->list, a));
}

static void read_axis(struct check *c, const struct node *list, const struct tvalue *picked,
        struct arena *a, struct axis *out)
{
	const struct tvalue *pick = tvalue_get(picked, list->key, list->key_len);
	size_t errors = c->d->errors;

	*out = (struct axis){ list, arena_array(a, list->n_children + 1, sizeof(*out->v)), 0 };
	read_values(c, list, out);
	if (pick && c->d->errors == errors)
		pick_values(c, pick, a, out);
}

static void make_cell(const struct axis *axes, size_t n, const size_t *at, struct arena *a,
        const struct tlimits *limits, struct cell *out)
{
	AUTO_TBUF name = { .max = 64 * MAX_VALUE };
	AUTO_TERR e = TERR_INIT;
	AUTO_TMAP m = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct node *list = axes[i].list, *x = axes[i].v[at[i]];
		struct tvalue v = value_of(x, a);

		tmap_put(&m, arena_memdup(a, list->key, list->key_len + 1), list->key_len, v);
		tbuf_adds(&name, i ? "," : "");
		tbuf_add(&name, list->key, list->key_len);
		tbuf_addc(&name, '=');
		tvalue_print(&v, &name);
	}
	out->name = arena_strndup(a, name.s ? name.s : "", name.len);
	if (tmap_make(&m, a, limits, &out->values, &e) < 0)
		out->values = (struct tvalue){ .type = TVALUE_OBJECT };
}

/* The next combination, the last key fastest; false behind the last one. */
static bool step(const struct axis *axes, size_t n, size_t *at)
{
	while (n-- > 0) {
		if (++at[n] < axes[n].n)
			return true;
		at[n] = 0;
	}
	return false;
}

static bool count_cells(struct check *c, const struct node *matrix, const struct axis *axes,
        size_t n, uint64_t max, size_t *out)
{
	uint64_t all = 1;

	*out = 1;
	for (size_t i = 0; i < n; i++) {
		all *= axes[i].list->n_children;
		*out *= axes[i].n;
		if (all <= max)
			continue;
		check_error(c, "config.range", matrix,
		        "resource limit: %s exceeds %llu (at %s:%u:%u)", tlimit_name(TLIMIT_CELLS),
		        (unsigned long long)max, c->file, matrix->pos.line, matrix->pos.col);
		return false;
	}
	return true;
}

/* A matrix with errors has one cell, of the first values that can be had ("" where none can), so
 * that the rest of the file is looked at. */
static void keep_first(struct axis *axes, size_t n)
{
	static const struct node nothing = { .type = NODE_STRING, .s = "", .text = "" };

	for (size_t i = 0; i < n; i++) {
		if (!axes[i].n)
			axes[i].v[0] = &nothing;
		axes[i].n = 1;
	}
}

void matrix_cells(struct check *c, const struct node *matrix, const struct tvalue *picked,
        struct arena *a, const struct tlimits *limits, struct cell **out, size_t *n)
{
	struct axis axes[MAX_KEYS];
	size_t at[MAX_KEYS] = { 0 }, n_axes = 0, errors = c->d->errors;

	for (const struct node *x = matrix ? matrix->first : NULL; x; x = x->next) {
		if (n_axes == MAX_KEYS) {
			check_error(
			        c, "config.range", x, "[matrix] has more than %d keys", MAX_KEYS);
			break;
		}
		read_axis(c, x, picked, a, &axes[n_axes++]);
	}
	*n = 1;
	if (c->d->errors != errors ||
	        !count_cells(c, matrix, axes, n_axes, limits->max[TLIMIT_CELLS], n)) {
		keep_first(axes, n_axes);
		*n = 1;
	}
	*out = arena_array(a, *n + 1, sizeof(**out));
	for (size_t i = 0; i < *n; i++) {
		make_cell(axes, n_axes, at, a, limits, &(*out)[i]);
		step(axes, n_axes, at);
	}
}
