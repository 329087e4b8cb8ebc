/* Filters of arrays that compare elements: sort and unique. */
#include <stdlib.h>

#include "daemon/template/tera_priv.h"
#include "daemon/template/unicode.h"

struct sortable {
	struct tvalue key, value;
	size_t index;
};

/* ---- order ---- */

/* The order of IEEE 754, section 5.10: -0 before 0. */
static int64_t ordered_bits(double f)
{
	int64_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1);
}

static int compare_numbers(const struct tvalue *a, const struct tvalue *b)
{
	int64_t x = ordered_bits(tvalue_number(a)), y = ordered_bits(tvalue_number(b));

	return x < y ? -1 : x > y;
}

static int compare_strings(const struct tvalue *a, const struct tvalue *b)
{
	return tvalue_key_cmp(a->s, a->len, b->s, b->len);
}

static int compare_bools(const struct tvalue *a, const struct tvalue *b)
{
	return a->b - b->b;
}

static int compare_lengths(const struct tvalue *a, const struct tvalue *b)
{
	return a->len < b->len ? -1 : a->len > b->len;
}

struct key_type {
	const char *expected; /* in errors; NULL: not sortable */
	const char *name;
	int (*compare)(const struct tvalue *a, const struct tvalue *b);
};

static const struct key_type key_types[] = {
	[TVALUE_UNDEFINED] = { NULL, "Undefined", NULL },
	[TVALUE_NULL] = { NULL, "Null", NULL },
	[TVALUE_BOOL] = { "bool", "Bool", compare_bools },
	[TVALUE_INT] = { "number", "Number", compare_numbers },
	[TVALUE_UINT] = { "number", "Number", compare_numbers },
	[TVALUE_FLOAT] = { "number", "Number", compare_numbers },
	[TVALUE_STRING] = { "string", "String", compare_strings },
	[TVALUE_ARRAY] = { "array", "Array", compare_lengths },
	[TVALUE_OBJECT] = { NULL, "Object", NULL },
};

/* Equal keys stay in their order. Keys of one array have one comparison. */
static int compare(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	int order = key_types[x->key.type].compare(&x->key, &y->key);

	return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* ---- keys ---- */

static int no_such_attribute(struct call *c, const struct tvalue *attribute)
{
	return call_fail(c, "attribute '%.*s' does not reference a field", (int)attribute->len,
	        attribute->s);
}

/* Reads the keys of all elements, which must be of the type of the first. */
static int sort_keys(struct call *c, const struct tvalue *v, const struct tvalue *attribute,
        struct sortable *all)
{
	const struct key_type *type = NULL;

	for (size_t i = 0; i < v->len; i++) {
		const struct tvalue *key =
		        tera_attribute(&v->a->items[i], attribute->s, attribute->len);

		if (call_step(c) < 0)
			return -1;
		if (!key)
			return no_such_attribute(c, attribute);
		if (!type)
			type = &key_types[key->type];
		if (!type->compare)
			return call_fail(c, "%s is not a sortable value", type->name);
		if (key_types[key->type].compare != type->compare)
			return call_fail(
			        c, "expected %s got %s", type->expected, call_json(c, key));
		all[i] = (struct sortable){ *key, v->a->items[i], i };
	}
	return 0;
}

static int give_values(struct call *c, const struct sortable *all, size_t n, struct tvalue *out)
{
	AUTO_TVEC items = { 0 };

	for (size_t i = 0; i < n; i++)
		tvec_push(&items, all[i].value);
	return call_array(c, &items, out);
}

int tera_filter_sort(struct call *c, struct tvalue *out)
{
	struct tvalue v, attribute = TVALUE_STR("");

	if (call_input_array(c, &v) < 0)
		return -1;
	*out = v;
	if (v.len == 0)
		return 0;
	if (call_arg_string(c, "attribute", &attribute) < 0)
		return -1;

	struct sortable *all = arena_array(call_arena(c), v.len, sizeof(*all));

	if (sort_keys(c, &v, &attribute, all) < 0)
		return -1;
	qsort(all, v.len, sizeof(*all), compare);
	return give_values(c, all, v.len, out);
}

/* ---- unique ---- */

static int check_unique_type(struct call *c, const struct tvalue *first)
{
	switch (first->type) {
	case TVALUE_NULL:
		return call_fail(c, "Null is not a unique value");
	case TVALUE_FLOAT:
		return call_fail(c, "Unique floats are not implemented");
	case TVALUE_ARRAY:
		return call_fail(c, "Unique arrays are not implemented");
	case TVALUE_OBJECT:
		return call_fail(c, "Unique objects are not implemented");
	default:
		return 0;
	}
}

static int unique_key(
        struct call *c, const struct tvalue *key, bool case_sensitive, struct tvalue *out)
{
	*out = *key;
	if (key->type == TVALUE_UINT || key->type == TVALUE_FLOAT)
		return call_fail(c, "expected number got %s", call_json(c, key));
	if (key->type != TVALUE_STRING || case_sensitive)
		return 0;

	struct tbuf *b = call_buf(c);

	unicode_lower(key->s, key->len, b);
	return call_give(c, b, out);
}

struct unique {
	struct tvalue array, attribute;
	bool case_sensitive;
	struct sortable *all; /* elements that have the attribute */
	size_t n;
};

static int unique_keys(struct call *c, struct unique *u)
{
	const struct key_type *type = NULL;

	for (size_t i = 0; i < u->array.len; i++) {
		const struct tvalue *item = &u->array.a->items[i];
		const struct tvalue *key = tera_attribute(item, u->attribute.s, u->attribute.len);
		struct sortable *s = &u->all[u->n];

		if (!key && i == 0)
			return no_such_attribute(c, &u->attribute);
		if (!key)
			continue;
		if (i == 0 && check_unique_type(c, key) < 0)
			return -1;
		if (!type)
			type = &key_types[key->type];
		if (key_types[key->type].name != type->name)
			return call_fail(c, "unique filter can't compare multiple types");
		if (unique_key(c, key, u->case_sensitive, &s->key) < 0 || call_step(c) < 0)
			return -1;
		s->value = *item;
		s->index = i;
		u->n++;
	}
	return 0;
}

static int compare_index(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* Integers are compared as such: not all are different as doubles. */
static int compare_exact(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;

	if (x->key.type != TVALUE_INT)
		return compare(a, b);
	if (x->key.i != y->key.i)
		return x->key.i < y->key.i ? -1 : 1;
	return compare_index(a, b);
}

static bool same_key(const struct sortable *a, const struct sortable *b)
{
	return tvalue_equal(&a->key, &b->key);
}

/* Equal keys become neighbours, of which the first stays. */
static void keep_first(struct unique *u)
{
	size_t n = 0;

	qsort(u->all, u->n, sizeof(*u->all), compare_exact);
	for (size_t i = 0; i < u->n; i++)
		if (n == 0 || !same_key(&u->all[n - 1], &u->all[i]))
			u->all[n++] = u->all[i];
	u->n = n;
	qsort(u->all, u->n, sizeof(*u->all), compare_index);
}

int tera_filter_unique(struct call *c, struct tvalue *out)
{
	struct unique u = { .attribute = TVALUE_STR("") };

	if (call_input_array(c, &u.array) < 0)
		return -1;
	*out = u.array;
	if (u.array.len == 0)
		return 0;
	if (call_arg_bool(c, "case_sensitive", &u.case_sensitive) < 0 ||
	        call_arg_string(c, "attribute", &u.attribute) < 0)
		return -1;
	u.all = arena_array(call_arena(c), u.array.len, sizeof(*u.all));
	if (unique_keys(c, &u) < 0)
		return -1;
	keep_first(&u);
	return give_values(c, u.all, u.n, out);
}
