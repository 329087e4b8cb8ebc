/* Filters of arrays. Those that do nothing to an empty array do not look at their arguments then.
 */
#include <stdlib.h>

#include "daemon/template/tera_priv.h"

static const struct tvalue *part_of(const struct tvalue *v, const char *key, size_t len)
{
	if (v->type == TVALUE_OBJECT)
		return tvalue_get(v, key, len);
	/* An index is a path of one step. */
	return v->type == TVALUE_ARRAY && !memchr(key, '.', len) ? tvalue_path(v, key, len) : NULL;
}

/* One step of a path: up to a dot or bracket, or what stands in quotes. Advances *at; false at the
 * end. */
static bool next_step(const char *path, size_t len, size_t *at, const char **step, size_t *n)
{
	char quote = '\0';

	while (*at < len && strchr(".[]\"'", path[*at])) {
		if (path[*at] == '"' || path[*at] == '\'')
			quote = path[*at];
		(*at)++;
		if (quote)
			break;
	}
	if (*at >= len)
		return false;
	*step = path + *at;
	while (*at < len && (quote ? path[*at] != quote : !strchr(".[]\"'", path[*at])))
		(*at)++;
	*n = (size_t)(path + *at - *step);
	if (quote && *at < len)
		(*at)++;
	return true;
}

const struct tvalue *tera_attribute(const struct tvalue *v, const char *path, size_t len)
{
	const char *step;
	size_t at = 0, n;

	while (v && next_step(path, len, &at, &step, &n))
		v = part_of(v, step, n);
	return v;
}

/* ---- one element ---- */

int tera_filter_first(struct call *c, struct tvalue *out)
{
	struct tvalue v;

	if (call_input_array(c, &v) < 0)
		return -1;
	*out = v.len ? v.a->items[0] : TVALUE_STR("");
	return 0;
}

int tera_filter_last(struct call *c, struct tvalue *out)
{
	struct tvalue v;

	if (call_input_array(c, &v) < 0)
		return -1;
	*out = v.len ? v.a->items[v.len - 1] : TVALUE_STR("");
	return 0;
}

int tera_filter_nth(struct call *c, struct tvalue *out)
{
	struct tvalue v;
	uint64_t n;
	int rc;

	if (call_input_array(c, &v) < 0)
		return -1;
	*out = TVALUE_STR("");
	if (v.len == 0)
		return 0;
	if ((rc = call_arg_usize(c, "n", &n)) <= 0)
		return rc < 0 ? -1 : call_missing_array_filter(c, "n");
	if (n < v.len)
		*out = v.a->items[n];
	return 0;
}

/* ---- all elements ---- */

int tera_filter_join(struct call *c, struct tvalue *out)
{
	struct tvalue v, sep = TVALUE_STR("");

	if (call_input_array(c, &v) < 0 || tera_arg_text(c, "sep", &sep) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	for (size_t i = 0; i < v.len; i++) {
		if (i > 0)
			tbuf_add(b, sep.s, sep.len);
		tvalue_print(&v.a->items[i], b);
		if (call_step(c) < 0)
			return -1;
	}
	return call_give(c, b, out);
}

/* A place counted from the start, or from the end where negative, as a bound within 0..len. */
static size_t bound(double at, size_t len)
{
	if (at < 0)
		at += (double)len;
	if (!(at > 0))
		return 0;
	return at >= (double)len ? len : (size_t)at;
}

int tera_filter_slice(struct call *c, struct tvalue *out)
{
	struct tvalue v;

	if (call_input_array(c, &v) < 0)
		return -1;

	double start = 0, end = v.len;

	if (v.len > 0 && (call_arg_f64(c, "start", &start) < 0 || call_arg_f64(c, "end", &end) < 0))
		return -1;

	size_t from = bound(start, v.len), to = bound(end, v.len);
	AUTO_TVEC items = { 0 };

	for (size_t i = from; i < to; i++)
		tvec_push(&items, v.a->items[i]);
	return call_array(c, &items, out);
}

int tera_filter_concat(struct call *c, struct tvalue *out)
{
	const struct tvalue *with = call_arg(c, "with");
	struct tvalue v;

	if (call_input_array(c, &v) < 0)
		return -1;
	if (!with)
		return call_fail(c, "The `concat` filter has to have a `with` argument");

	AUTO_TVEC items = { 0 };

	for (size_t i = 0; i < v.len; i++)
		tvec_push(&items, v.a->items[i]);
	for (size_t i = 0; with->type == TVALUE_ARRAY && i < with->len; i++)
		tvec_push(&items, with->a->items[i]);
	if (with->type != TVALUE_ARRAY)
		tvec_push(&items, *with);
	return call_array(c, &items, out);
}

/* ---- by an attribute ---- */

/* The array, and the attribute unless the array is empty. 1 when there is something to do. */
static int by_attribute(struct call *c, struct tvalue *v, struct tvalue *attribute)
{
	int rc;

	if (call_input_array(c, v) < 0)
		return -1;
	if (v->len == 0)
		return 0;
	rc = call_arg_string(c, "attribute", attribute);
	return rc == 0 ? call_missing_array_filter(c, "attribute") : rc;
}

int tera_filter_filter(struct call *c, struct tvalue *out)
{
	const struct tvalue *wanted = call_arg(c, "value"), *item;
	struct tvalue v, attribute;
	AUTO_TVEC kept = { 0 };

	if (by_attribute(c, &v, &attribute) < 0)
		return -1;
	for (size_t i = 0; i < v.len; i++) {
		if (call_step(c) < 0)
			return -1;
		item = tera_attribute(&v.a->items[i], attribute.s, attribute.len);
		if (!item || item->type == TVALUE_NULL)
			continue;
		if (!wanted || wanted->type == TVALUE_NULL || tvalue_equal(item, wanted))
			tvec_push(&kept, v.a->items[i]);
	}
	return call_array(c, &kept, out);
}

int tera_filter_map(struct call *c, struct tvalue *out)
{
	const struct tvalue *item;
	struct tvalue v, attribute;
	AUTO_TVEC items = { 0 };

	if (by_attribute(c, &v, &attribute) < 0)
		return -1;
	for (size_t i = 0; i < v.len; i++) {
		if (call_step(c) < 0)
			return -1;
		item = tera_attribute(&v.a->items[i], attribute.s, attribute.len);
		if (item && item->type != TVALUE_NULL)
			tvec_push(&items, *item);
	}
	return call_array(c, &items, out);
}

struct keyed {
	const char *key;
	size_t key_len, index;
	struct tvalue value;
};

static int compare_keyed(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = tvalue_key_cmp(x->key, x->key_len, y->key, y->key_len);

	return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* A string is its own key, other values are it in JSON form. */
static int key_of(struct call *c, const struct tvalue *v, struct keyed *k)
{
	struct tvalue key = *v;

	if (v->type != TVALUE_STRING) {
		struct tbuf *b = call_buf(c);

		tvalue_json(v, false, b);
		if (call_give(c, b, &key) < 0)
			return -1;
	}
	k->key = key.s;
	k->key_len = key.len;
	return 0;
}

/* Elements sorted by key become an object of arrays. */
static int give_groups(struct call *c, const struct keyed *all, size_t n, struct tvalue *out)
{
	AUTO_TMAP groups = { 0 };

	for (size_t i = 0, end; i < n; i = end) {
		AUTO_TVEC items = { 0 };
		struct tvalue group;

		for (end = i; end < n && tvalue_key_cmp(all[i].key, all[i].key_len, all[end].key,
		                                 all[end].key_len) == 0;
		        end++)
			tvec_push(&items, all[end].value);
		if (call_array(c, &items, &group) < 0)
			return -1;
		tmap_put(&groups, all[i].key, all[i].key_len, group);
	}
	return call_object(c, &groups, out);
}

int tera_filter_group_by(struct call *c, struct tvalue *out)
{
	const struct tvalue *key;
	struct tvalue v, attribute;
	size_t n = 0;

	if (by_attribute(c, &v, &attribute) < 0)
		return -1;

	struct keyed *all = arena_array(call_arena(c), v.len, sizeof(*all));

	for (size_t i = 0; i < v.len; i++) {
		if (call_step(c) < 0)
			return -1;
		key = tera_attribute(&v.a->items[i], attribute.s, attribute.len);
		if (!key || key->type == TVALUE_NULL)
			continue;
		all[n].index = i;
		all[n].value = v.a->items[i];
		if (key_of(c, key, &all[n++]) < 0)
			return -1;
	}
	qsort(all, n, sizeof(*all), compare_keyed);
	return give_groups(c, all, n, out);
}
