#include <stdlib.h>
#include <string.h>

#include "daemon/template/value.h"

void tvec_push(struct tvec *v, struct tvalue item)
{
	v->items = xgrow(v->items, &v->cap, v->n + 1, sizeof(*v->items));
	v->items[v->n++] = item;
}

void tvec_release(struct tvec *v)
{
	free(v->items);
	*v = (struct tvec){ 0 };
}

/* Sums up sizes and depths of parts, and refuses what is too much. */
struct sum {
	size_t size;
	uint32_t depth;
};

static void sum_add(struct sum *sum, size_t own, const struct tvalue *v)
{
	uint32_t depth = 0;

	if (__builtin_add_overflow(sum->size, own + tvalue_size(v), &sum->size))
		sum->size = SIZE_MAX;
	if (v->type == TVALUE_ARRAY)
		depth = v->len ? v->a->depth : 1;
	else if (v->type == TVALUE_OBJECT)
		depth = v->len ? v->o->depth : 1;
	if (depth >= sum->depth)
		sum->depth = depth + 1;
}

static int sum_check(const struct sum *sum, const struct tlimits *limits, struct terr *e)
{
	if (sum->size > limits->max[TLIMIT_VALUE])
		return terr_limit(e, limits, TLIMIT_VALUE);
	if (sum->depth > limits->max[TLIMIT_NESTING])
		return terr_limit(e, limits, TLIMIT_NESTING);
	return 0;
}

int tvalue_array(const struct tvalue *items, size_t n, struct arena *a,
        const struct tlimits *limits, struct tvalue *out, struct terr *e)
{
	struct sum sum = { .size = sizeof(*out), .depth = 1 };

	for (size_t i = 0; i < n; i++)
		sum_add(&sum, 0, &items[i]);
	if (sum_check(&sum, limits, e) < 0)
		return -1;

	struct tarray *array = NULL;

	if (n) {
		array = arena_alloc(a, sizeof(*array) + n * sizeof(*items));
		array->size = sum.size;
		array->depth = sum.depth;
		memcpy(array->items, items, n * sizeof(*items));
	}
	*out = (struct tvalue){ .type = TVALUE_ARRAY, .len = (uint32_t)n, .a = array };
	return 0;
}

int tvec_make(const struct tvec *v, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e)
{
	return tvalue_array(v->items, v->n, a, limits, out, e);
}

void tmap_put(struct tmap *m, const char *key, size_t len, struct tvalue value)
{
	m->members = xgrow(m->members, &m->cap, m->n + 1, sizeof(*m->members));
	m->members[m->n++] =
	        (struct tmember){ .key = key, .key_len = (uint32_t)len, .value = value };
}

void tmap_release(struct tmap *m)
{
	free(m->members);
	*m = (struct tmap){ 0 };
}

static int compare_members(const struct tmember *a, const struct tmember *b)
{
	return tvalue_key_cmp(a->key, a->key_len, b->key, b->key_len);
}

/* Merge sort: equal keys stay in their order, so that the last of them is known. */
static void sort_members(struct tmember *m, size_t n, struct tmember *spare)
{
	if (n < 2)
		return;

	size_t half = n / 2, left = 0, right = half, to = 0;

	sort_members(m, half, spare);
	sort_members(m + half, n - half, spare);
	if (compare_members(&m[half - 1], &m[half]) <= 0)
		return;
	memcpy(spare, m, half * sizeof(*m));
	while (left < half && right < n)
		m[to++] =
		        compare_members(&spare[left], &m[right]) <= 0 ? spare[left++] : m[right++];
	while (left < half)
		m[to++] = spare[left++];
}

static void keep_last(struct tmap *m)
{
	size_t to = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (to && compare_members(&m->members[to - 1], &m->members[i]) == 0)
			to--;
		m->members[to++] = m->members[i];
	}
	m->n = to;
}

static void sort(struct tmap *m)
{
	struct tmember *spare = m->n > 1 ? xcalloc(m->n, sizeof(*spare)) : NULL;

	sort_members(m->members, m->n, spare);
	free(spare);
	keep_last(m);
}

int tmap_make(struct tmap *m, struct arena *a, const struct tlimits *limits, struct tvalue *out,
        struct terr *e)
{
	struct sum sum = { .size = sizeof(*out), .depth = 1 };

	sort(m);
	for (size_t i = 0; i < m->n; i++)
		sum_add(&sum,
		        sizeof(struct tmember) - sizeof(struct tvalue) + m->members[i].key_len,
		        &m->members[i].value);
	if (sum_check(&sum, limits, e) < 0)
		return -1;

	struct tobject *object = NULL;

	if (m->n) {
		object = arena_alloc(a, sizeof(*object) + m->n * sizeof(*m->members));
		object->size = sum.size;
		object->depth = sum.depth;
		memcpy(object->members, m->members, m->n * sizeof(*m->members));
	}
	*out = (struct tvalue){ .type = TVALUE_OBJECT, .len = (uint32_t)m->n, .o = object };
	return 0;
}
