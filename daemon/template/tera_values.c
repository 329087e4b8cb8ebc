/* Filters of values of any type. */
#include "common/utf8.h"
#include "daemon/template/tera_priv.h"
#include "daemon/template/unicode.h"

int tera_filter_length(struct call *c, struct tvalue *out)
{
	const struct tvalue *v = &c->input;
	int64_t n = v->len;

	if (v->type == TVALUE_STRING)
		n = (int64_t)utf8_length(v->s, v->len);
	else if (v->type != TVALUE_ARRAY && v->type != TVALUE_OBJECT)
		return call_fail(c, "Filter `length` was used on a value that isn't an array, an "
		                    "object, or a string.");
	*out = tvalue_int(n);
	return 0;
}

static int reverse_string(struct call *c, const struct tvalue *s, struct tvalue *out)
{
	struct tbuf *b = call_buf(c);
	uint32_t cp;

	for (size_t at = s->len; at > 0;) {
		size_t len = unicode_last(s->s, at, &cp);

		at -= len;
		tbuf_add(b, s->s + at, len);
	}
	return call_give(c, b, out);
}

int tera_filter_reverse(struct call *c, struct tvalue *out)
{
	const struct tvalue *v = &c->input;
	AUTO_TVEC items = { 0 };

	if (v->type == TVALUE_STRING)
		return reverse_string(c, v, out);
	if (v->type != TVALUE_ARRAY)
		return call_fail(c,
		        "Filter `reverse` received an incorrect type for arg `value`: got `%s` but "
		        "expected Array|String",
		        call_json(c, v));
	for (size_t i = v->len; i-- > 0;)
		tvec_push(&items, v->a->items[i]);
	return call_array(c, &items, out);
}

int tera_filter_get(struct call *c, struct tvalue *out)
{
	const struct tvalue *otherwise = call_arg(c, "default"), *found;
	struct tvalue key;
	int rc = call_arg_string(c, "key", &key);

	if (rc <= 0)
		return rc < 0 ? -1 : call_fail(c, "The `get` filter has to have an `key` argument");
	if (c->input.type != TVALUE_OBJECT)
		return call_fail(c, "Filter `get` was used on a value that isn't an object");
	found = tvalue_get(&c->input, key.s, key.len);
	if (!found)
		found = otherwise;
	if (!found)
		return call_fail(c, "Filter `get` tried to get key `%.*s` but it wasn't found",
		        (int)key.len, key.s);
	*out = *found;
	return 0;
}

/* Whatever `pretty` is, only true counts. */
int tera_filter_json_encode(struct call *c, struct tvalue *out)
{
	const struct tvalue *pretty = call_arg(c, "pretty");
	struct tbuf *b = call_buf(c);

	tvalue_json(&c->input, pretty && pretty->type == TVALUE_BOOL && pretty->b, b);
	return call_give(c, b, out);
}

int tera_filter_as_str(struct call *c, struct tvalue *out)
{
	struct tbuf *b = call_buf(c);

	tvalue_print(&c->input, b);
	return call_give(c, b, out);
}

/* The engine sees to `default` where it has an effect: directly after a path. What comes here has a
 * value. */
int tera_filter_default(struct call *c, struct tvalue *out)
{
	if (!call_arg(c, "value"))
		return call_fail(c, "The `default` filter requires a `value` argument.");
	*out = c->input;
	return 0;
}

/* The engine sees to `safe` where it has an effect: as the last filter. */
int tera_filter_safe(struct call *c, struct tvalue *out)
{
	*out = c->input;
	return 0;
}
