#include <string.h>

#include "daemon/template/value.h"

double tvalue_number(const struct tvalue *v)
{
	switch (v->type) {
	case TVALUE_INT:
		return (double)v->i;
	case TVALUE_UINT:
		return (double)v->u;
	default:
		return v->f;
	}
}

bool tvalue_truth(const struct tvalue *v)
{
	switch ((enum tvalue_type)v->type) {
	case TVALUE_BOOL:
		return v->b;
	case TVALUE_INT:
	case TVALUE_UINT:
		return v->i != 0;
	case TVALUE_FLOAT:
		return v->f != 0.0;
	case TVALUE_STRING:
	case TVALUE_ARRAY:
	case TVALUE_OBJECT:
		return v->len != 0;
	case TVALUE_UNDEFINED:
	case TVALUE_NULL:
		break;
	}
	return false;
}

static bool equal_arrays(const struct tvalue *a, const struct tvalue *b)
{
	for (uint32_t i = 0; i < a->len; i++)
		if (!tvalue_equal(&a->a->items[i], &b->a->items[i]))
			return false;
	return true;
}

static bool equal_objects(const struct tvalue *a, const struct tvalue *b)
{
	for (uint32_t i = 0; i < a->len; i++) {
		const struct tmember *x = &a->o->members[i], *y = &b->o->members[i];

		if (x->key_len != y->key_len || memcmp(x->key, y->key, x->key_len) != 0 ||
		        !tvalue_equal(&x->value, &y->value))
			return false;
	}
	return true;
}

bool tvalue_equal(const struct tvalue *a, const struct tvalue *b)
{
	if (a->type != b->type)
		return false;
	switch ((enum tvalue_type)a->type) {
	case TVALUE_BOOL:
		return a->b == b->b;
	case TVALUE_INT:
	case TVALUE_UINT:
		return a->i == b->i;
	case TVALUE_FLOAT:
		return a->f == b->f;
	case TVALUE_STRING:
		return a->len == b->len && (a->len == 0 || memcmp(a->s, b->s, a->len) == 0);
	case TVALUE_ARRAY:
		return a->len == b->len && (a->a == b->a || equal_arrays(a, b));
	case TVALUE_OBJECT:
		return a->len == b->len && (a->o == b->o || equal_objects(a, b));
	case TVALUE_UNDEFINED:
	case TVALUE_NULL:
		break;
	}
	return true;
}

size_t tvalue_size(const struct tvalue *v)
{
	switch ((enum tvalue_type)v->type) {
	case TVALUE_STRING:
		return sizeof(*v) + v->len;
	case TVALUE_ARRAY:
		return v->len ? v->a->size : sizeof(*v);
	case TVALUE_OBJECT:
		return v->len ? v->o->size : sizeof(*v);
	default:
		return sizeof(*v);
	}
}

int tvalue_key_cmp(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int order = n ? memcmp(a, b, n) : 0;

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

#define FEW_MEMBERS 8u

/* Lengths and first bytes tell nearly all keys apart: a look at each costs less than halving. */
static const struct tvalue *get_of_few(const struct tvalue *v, const char *key, size_t len)
{
	for (uint32_t i = 0; i < v->len; i++) {
		const struct tmember *m = &v->o->members[i];

		if (m->key_len == len && (!len || m->key[0] == key[0]) &&
		        memcmp(m->key, key, len) == 0)
			return &m->value;
	}
	return NULL;
}

const struct tvalue *tvalue_get(const struct tvalue *v, const char *key, size_t len)
{
	if (v->type != TVALUE_OBJECT)
		return NULL;
	if (v->len <= FEW_MEMBERS)
		return get_of_few(v, key, len);

	size_t low = 0, high = v->len;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct tmember *m = &v->o->members[mid];
		int order = tvalue_key_cmp(key, len, m->key, m->key_len);

		if (order == 0)
			return &m->value;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* A decimal index without a leading zero, below n. */
static bool read_index(const char *s, size_t len, size_t n, size_t *out)
{
	size_t index = 0;

	if (len == 0 || len > 9 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		index = index * 10 + (size_t)(s[i] - '0');
	}
	*out = index;
	return index < n;
}

const struct tvalue *tvalue_path(const struct tvalue *v, const char *path, size_t len)
{
	const char *end = path + len;

	for (;;) {
		const char *dot = memchr(path, '.', (size_t)(end - path));
		size_t n = (size_t)((dot ? dot : end) - path), index;

		if (v->type == TVALUE_ARRAY)
			v = read_index(path, n, v->len, &index) ? &v->a->items[index] : NULL;
		else
			v = tvalue_get(v, path, n);
		if (!v || !dot)
			return v;
		path = dot + 1;
	}
}
