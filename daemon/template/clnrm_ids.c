/* Identifiers: of chance, of time, of names, of traces. */
#include "common/clock.h"
#include "daemon/template/clnrm_priv.h"
#include "daemon/template/ident.h"

static int give_uuid(struct call *c, struct uuid u, struct tvalue *out)
{
	AUTO_STRBUF b = STRBUF_INIT;

	uuid_put(&u, &b);
	return clnrm_give(c, &b, out);
}

int clnrm_rand_hex(struct call *c, struct tvalue *out)
{
	struct tbuf *b = call_buf(c);
	int64_t n = 16;
	struct prng r;

	if (clnrm_count(c, "n", &n) < 0 || clnrm_prng(c, &r) < 0)
		return -1;
	if (tbuf_grow(b, (size_t)n)) {
		prng_hex(&r, b->s, (size_t)n);
		b->len = (size_t)n;
	}
	return call_give(c, b, out);
}

int clnrm_uuid_v4(struct call *c, struct tvalue *out)
{
	struct prng r;

	if (clnrm_prng(c, &r) < 0)
		return -1;
	return give_uuid(c, uuid_v4(&r), out);
}

int clnrm_seeded_uuid(struct call *c, struct tvalue *out)
{
	uint64_t seed;
	int rc = clnrm_seed(c, &seed);

	if (rc <= 0)
		return rc < 0 ? -1 : call_missing_clnrm(c, "seed");
	return give_uuid(c, uuid_of_number(seed), out);
}

int clnrm_uuid_v5(struct call *c, struct tvalue *out)
{
	const struct tvalue *ns, *name;
	struct uuid base;

	if (clnrm_needed_string(c, "ns", NULL, &ns) < 0 ||
	        clnrm_needed_string(c, "name", NULL, &name) < 0)
		return -1;
	if (!uuid_namespace(ns->s, ns->len, &base))
		return call_fail(c, "Invalid namespace UUID: %.*s", (int)ns->len, ns->s);
	return give_uuid(c, uuid_v5(&base, name->s, name->len), out);
}

/* ---- with a time ---- */

static int time_ms(struct call *c, uint64_t *ms)
{
	struct moment m;

	if (clnrm_time(c, "time", &m) < 0)
		return -1;
	if (m.s < 0)
		return call_fail(c, "%s() requires 'time' to be 1970 or later", c->name);
	*ms = (uint64_t)moment_ms(&m);
	return 0;
}

/* The last one without a seed: of the clock, and of a time that was given. */
struct last_uuids {
	struct uuid of[2];
	uint64_t ms[2];
};

static struct uuid after_the_last(struct call *c, struct uuid u, uint64_t ms)
{
	static const char key;
	struct last_uuids *last = call_state(c, &key, sizeof(*last));
	int i = call_arg(c, "time") != NULL;

	if (last->ms[i] == ms && memcmp(u.b, last->of[i].b, sizeof(u.b)) <= 0)
		u = uuid_v7_next(&last->of[i]);
	last->of[i] = u;
	last->ms[i] = ms;
	return u;
}

int clnrm_uuid_v7(struct call *c, struct tvalue *out)
{
	struct prng r;
	uint64_t ms;

	if (time_ms(c, &ms) < 0 || clnrm_prng(c, &r) < 0)
		return -1;
	struct uuid u = uuid_v7(ms, &r);

	return give_uuid(c, call_arg(c, "seed") ? u : after_the_last(c, u, ms), out);
}

int clnrm_ulid(struct call *c, struct tvalue *out)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct prng r;
	uint64_t ms;

	if (time_ms(c, &ms) < 0 || clnrm_prng(c, &r) < 0)
		return -1;
	ulid_put(ms, &r, &b);
	return clnrm_give(c, &b, out);
}

/* ---- traces ---- */

static int give_trace_hex(struct call *c, size_t n, struct tvalue *out)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct prng r;

	if (clnrm_prng(c, &r) < 0)
		return -1;
	trace_hex_put(&r, n, &b);
	return clnrm_give(c, &b, out);
}

int clnrm_trace_id(struct call *c, struct tvalue *out)
{
	return give_trace_hex(c, TRACE_ID_DIGITS, out);
}

int clnrm_span_id(struct call *c, struct tvalue *out)
{
	return give_trace_hex(c, SPAN_ID_DIGITS, out);
}

/* The id that was given, in lower case; 0 when none was. */
static int given_id(struct call *c, const char *name, size_t n, struct strbuf *b)
{
	struct tvalue s;
	int rc = call_arg_string(c, name, &s);

	if (rc <= 0)
		return rc;
	if (!is_trace_hex(s.s, s.len, n))
		return call_fail(c, "traceparent() requires '%s' to have %zu hex digits, got %s",
		        name, n, call_json(c, &s));
	for (size_t i = 0; i < n; i++)
		strbuf_addc(b, (char)(s.s[i] >= 'A' && s.s[i] <= 'F' ? s.s[i] + 32 : s.s[i]));
	return 1;
}

static int sampled_flags(struct call *c, int64_t *flags)
{
	const struct tvalue *v = call_arg(c, "sampled");

	*flags = 1;
	if (!v || v->type != TVALUE_BOOL)
		return clnrm_int(c, "sampled", 0, 255, flags);
	*flags = v->b;
	return 0;
}

int clnrm_traceparent(struct call *c, struct tvalue *out)
{
	AUTO_STRBUF trace = STRBUF_INIT, span = STRBUF_INIT, b = STRBUF_INIT;
	int has_trace = given_id(c, "trace_id", TRACE_ID_DIGITS, &trace);
	int has_span = has_trace < 0 ? -1 : given_id(c, "span_id", SPAN_ID_DIGITS, &span);
	uint64_t seed = 0;
	int64_t flags;
	struct prng r;

	if (has_span < 0 || sampled_flags(c, &flags) < 0)
		return -1;
	if (!has_trace || !has_span) {
		int seeded = clnrm_any_seed(c, &seed);

		if (seeded < 0)
			return -1;
		call_prng(c, seeded ? &seed : NULL, &r);
		if (!has_trace)
			trace_hex_put(&r, TRACE_ID_DIGITS, &trace);
		if (seeded)
			prng_seed(&r, seed + 1);
		if (!has_span)
			trace_hex_put(&r, SPAN_ID_DIGITS, &span);
	}
	strbuf_printf(&b, "00-%s-%s-%02x", trace.s, span.s, (unsigned)flags);
	return clnrm_give(c, &b, out);
}

int clnrm_baggage(struct call *c, struct tvalue *out)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const struct tvalue *map;

	if (clnrm_needed(c, "map", NULL, &map) < 0)
		return -1;
	if (map->type != TVALUE_OBJECT)
		return call_fail(c,
		        "Function `baggage` received map=%s but `map` can only be an object",
		        call_json(c, map));
	for (uint32_t i = 0; i < map->len; i++) {
		const struct tmember *m = &map->o->members[i];
		AUTO_TBUF value = { .max = c->session->limits.max[TLIMIT_VALUE] };

		tvalue_print(&m->value, &value);
		if (value.full || b.len > value.max)
			return call_limit(c, TLIMIT_VALUE);
		if (i)
			strbuf_addc(&b, ',');
		strbuf_add(&b, m->key, m->key_len);
		strbuf_addc(&b, '=');
		baggage_value_put(value.s, value.len, &b);
		if (call_step(c) < 0)
			return -1;
	}
	return clnrm_give(c, &b, out);
}
