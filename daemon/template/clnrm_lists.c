/* Choosing from lists, and counting. */
#include <assert.h>
#include <math.h>

#include "daemon/template/clnrm_priv.h"

int clnrm_pick(struct call *c, struct tvalue *out)
{
	const struct tvalue *list;
	struct prng r;

	if (clnrm_needed_array(c, "list", "array", &list) < 0)
		return -1;
	if (!list->len)
		return call_fail(c, "pick() requires non-empty list");
	if (clnrm_prng(c, &r) < 0)
		return -1;
	*out = list->a->items[prng_below(&r, list->len)];
	return 0;
}

static int weight_of(struct call *c, const struct tvalue *pair, double *out)
{
	if (pair->type != TVALUE_ARRAY || pair->len != 2 || !tvalue_is_number(&pair->a->items[1]))
		return call_fail(
		        c, "weighted() requires pairs [value, weight], got %s", call_json(c, pair));
	*out = tvalue_number(&pair->a->items[1]);
	if (!isfinite(*out) || *out < 0)
		return call_fail(c, "weighted() requires weights of 0 or more, got %s",
		        call_json(c, &pair->a->items[1]));
	return call_step(c);
}

int clnrm_weighted(struct call *c, struct tvalue *out)
{
	const struct tvalue *pairs;
	double sum = 0, weight, left;
	struct prng r;

	if (clnrm_needed_array(c, "pairs", NULL, &pairs) < 0)
		return -1;
	for (uint32_t i = 0; i < pairs->len; i++, sum += weight)
		if (weight_of(c, &pairs->a->items[i], &weight) < 0)
			return -1;
	if (!(sum > 0) || !isfinite(sum))
		return call_fail(c, "weighted() requires weights with a sum above 0");
	if (clnrm_prng(c, &r) < 0)
		return -1;
	left = prng_float(&r) * sum;
	/* Rounding may leave a little behind the last one. */
	for (uint32_t i = 0; i < pairs->len; i++) {
		const struct tvalue *pair = &pairs->a->items[i];

		*out = pair->a->items[0];
		left -= tvalue_number(&pair->a->items[1]);
		if (left <= 0)
			break;
	}
	return 0;
}

static void swap(struct tvalue *a, struct tvalue *b)
{
	struct tvalue kept = *a;

	*a = *b;
	*b = kept;
}

int clnrm_shuffle(struct call *c, struct tvalue *out)
{
	const struct tvalue *list;
	AUTO_TVEC v = { 0 };
	struct prng r;

	if (clnrm_needed_array(c, "list", "array", &list) < 0 || clnrm_prng(c, &r) < 0)
		return -1;
	for (uint32_t i = 0; i < list->len; i++)
		tvec_push(&v, list->a->items[i]);
	for (size_t i = v.n; i-- > 1;)
		swap(&v.items[i], &v.items[prng_below(&r, i + 1)]);
	return call_array(c, &v, out);
}

static int sample_size(struct call *c, uint32_t len, uint32_t *k)
{
	const char *name = call_arg(c, "k") ? "k" : "n";
	int64_t n;
	int rc = clnrm_count(c, name, &n);

	if (rc <= 0)
		return rc < 0 ? -1 : call_missing_clnrm(c, "k");
	if (n > len)
		return call_fail(c, "sample() k (%lld) cannot be larger than list size (%u)",
		        (long long)n, len);
	*k = (uint32_t)n;
	return 0;
}

int clnrm_sample(struct call *c, struct tvalue *out)
{
	const struct tvalue *list;
	AUTO_TVEC v = { 0 };
	struct prng r;
	uint32_t k;

	if (clnrm_needed_array(c, "list", "array", &list) < 0 ||
	        sample_size(c, list->len, &k) < 0 || clnrm_prng(c, &r) < 0)
		return -1;
	for (uint32_t i = 0; i < k; i++)
		tvec_push(&v, list->a->items[i]);
	for (uint32_t i = k; i < list->len; i++) {
		uint64_t j = prng_below(&r, (uint64_t)i + 1);

		if (j >= k)
			continue;
		assert(v.items); /* k of them */
		v.items[j] = list->a->items[i];
	}
	return call_array(c, &v, out);
}

/* ---- counters ---- */

#define BUCKETS 256

struct counter {
	struct counter *next;
	const char *name;
	uint32_t len;
	int64_t value;
};

/* The counter of that name, or a place for a new one with *is_new set. NULL: time is up. */
static struct counter *counter_of(struct call *c, const struct tvalue *name, bool *is_new)
{
	static const char key;
	struct counter **buckets = call_state(c, &key, BUCKETS * sizeof(*buckets)), **at;
	uint32_t hash = 2166136261u;

	for (uint32_t i = 0; i < name->len; i++)
		hash = (hash ^ (unsigned char)name->s[i]) * 16777619u;
	at = &buckets[hash % BUCKETS];
	for (struct counter *x = *at; x; x = x->next) {
		if (tvalue_key_cmp(x->name, x->len, name->s, name->len) == 0)
			return x;
		if (call_step(c) < 0)
			return NULL;
	}
	struct counter *x = arena_alloc(call_arena(c), sizeof(*x));

	/* The name may be a part of a template that goes before the session does. */
	*x = (struct counter){
		.next = *at,
		.name = name->len ? arena_memdup(call_arena(c), name->s, name->len) : "",
		.len = name->len,
	};
	*at = x;
	*is_new = true;
	return x;
}

int clnrm_seq(struct call *c, struct tvalue *out)
{
	const struct tvalue *name;
	int64_t start = 0, step = 1;
	bool is_new = false;

	if (clnrm_needed_string(c, "name", NULL, &name) < 0 ||
	        clnrm_int(c, "start", INT64_MIN, INT64_MAX, &start) < 0 ||
	        clnrm_int(c, "step", INT64_MIN, INT64_MAX, &step) < 0)
		return -1;
	struct counter *x = counter_of(c, name, &is_new);

	if (!x)
		return -1;
	if (is_new)
		x->value = start;
	else if (__builtin_add_overflow(x->value, step, &x->value))
		return call_fail(c, "seq() counts out of 64 bits");
	*out = tvalue_int(x->value);
	return 0;
}
