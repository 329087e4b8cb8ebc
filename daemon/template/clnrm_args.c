/* Arguments of clnrm's functions. */
#include <inttypes.h>

#include "common/clock.h"
#include "daemon/template/clnrm_priv.h"

/* The digits of s as a magnitude; false when they are none or too many. */
static bool digits(const char *s, size_t len, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(*out, 10u, out) ||
		        __builtin_add_overflow(*out, (uint64_t)(s[i] - '0'), out))
			return false;
	return len > 0;
}

struct number {
	bool negative;
	uint64_t size;
};

static bool read_number(const struct tvalue *v, struct number *out)
{
	bool minus = v->type == TVALUE_STRING && v->len > 1 && v->s[0] == '-';

	switch (v->type) {
	case TVALUE_INT:
		*out = (struct number){ v->i < 0, v->i < 0 ? -(uint64_t)v->i : (uint64_t)v->i };
		return true;
	case TVALUE_UINT:
		*out = (struct number){ false, v->u };
		return true;
	case TVALUE_STRING:
		out->negative = minus;
		return digits(v->s + minus, v->len - minus, &out->size);
	default:
		return false;
	}
}

static bool to_i64(struct number n, int64_t *out)
{
	if (n.size > (uint64_t)INT64_MAX + n.negative)
		return false;
	*out = (int64_t)(n.negative ? -n.size : n.size);
	return true;
}

int clnrm_int(struct call *c, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const struct tvalue *v = call_arg(c, name);
	struct number n;
	int64_t i;

	if (!v)
		return 0;
	if (!read_number(v, &n))
		return call_wrong_arg(c, name, v, "i64");
	if (!to_i64(n, &i) || i < min || i > max)
		return call_fail(c, "%s() requires '%s' to be %" PRId64 " to %" PRId64 ", got %s",
		        c->name, name, min, max, call_json(c, v));
	*out = i;
	return 1;
}

int clnrm_count(struct call *c, const char *name, int64_t *out)
{
	int64_t i;
	int rc = clnrm_int(c, name, 0, INT64_MAX, &i);

	if (rc <= 0)
		return rc;
	if (call_count(c, (uint64_t)i) < 0)
		return -1;
	*out = i;
	return 1;
}

int clnrm_seed(struct call *c, uint64_t *out)
{
	const struct tvalue *v = call_arg(c, "seed");
	struct number n;
	int64_t i;

	if (!v)
		return 0;
	if (!read_number(v, &n))
		return call_wrong_arg(c, "seed", v, "i64");
	if (n.negative && !to_i64(n, &i))
		return call_fail(
		        c, "%s() requires 'seed' to fit 64 bits, got %s", c->name, call_json(c, v));
	*out = n.negative ? -n.size : n.size;
	return 1;
}

int clnrm_any_seed(struct call *c, uint64_t *out)
{
	int rc = clnrm_seed(c, out);

	if (rc != 0 || !c->session->host->seeded)
		return rc;
	*out = prng_next(&c->session->stream);
	return 1;
}

int clnrm_prng(struct call *c, struct prng *out)
{
	uint64_t seed;
	int rc = clnrm_seed(c, &seed);

	if (rc < 0)
		return -1;
	call_prng(c, rc ? &seed : NULL, out);
	return 0;
}

/* ---- others ---- */

struct moment clnrm_now(struct call *c)
{
	int64_t ns = call_now_ns(c), rest = ns % NS_PER_S;

	rest += rest < 0 ? NS_PER_S : 0;
	return (struct moment){ .s = (ns - rest) / NS_PER_S, .ns = (uint32_t)rest };
}

int clnrm_time(struct call *c, const char *name, struct moment *out)
{
	struct tvalue s;
	int rc = call_arg_string(c, name, &s);

	if (rc < 0)
		return -1;
	if (rc == 0)
		*out = clnrm_now(c);
	else if (!moment_parse(s.s, s.len, out))
		return call_fail(c, "%s() requires '%s' to be RFC 3339, got %s", c->name, name,
		        call_json(c, &s));
	return 0;
}

int clnrm_needed(struct call *c, const char *name, const char *alias, const struct tvalue **out)
{
	*out = call_arg(c, name);
	if (!*out && alias)
		*out = call_arg(c, alias);
	return *out ? 0 : call_missing_clnrm(c, name);
}

int clnrm_needed_string(
        struct call *c, const char *name, const char *alias, const struct tvalue **out)
{
	if (clnrm_needed(c, name, alias, out) < 0)
		return -1;
	if ((*out)->type != TVALUE_STRING)
		return call_wrong_arg(c, name, *out, "String");
	return 0;
}

int clnrm_needed_array(
        struct call *c, const char *name, const char *alias, const struct tvalue **out)
{
	if (clnrm_needed(c, name, alias, out) < 0)
		return -1;
	if ((*out)->type != TVALUE_ARRAY)
		return call_wrong_arg(c, name, *out, "Vec<Value>");
	return 0;
}

int clnrm_give(struct call *c, const struct strbuf *b, struct tvalue *out)
{
	return call_string(c, b->s, b->len, out);
}
