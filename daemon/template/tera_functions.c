/* Functions that Tera has built in. */
#include "daemon/template/datetime.h"
#include "daemon/template/tera_priv.h"

static int fill_range(
        struct call *c, uint64_t start, uint64_t end, uint64_t step, struct tvalue *out)
{
	AUTO_TVEC items = { 0 };
	uint64_t n = end > start ? (end - start - 1) / step + 1 : 0;

	if (call_elements(c, n) < 0)
		return -1;
	for (uint64_t i = 0; i < n; i++) {
		if (call_step(c) < 0)
			return -1;
		tvec_push(&items, tvalue_uint(start + i * step));
	}
	return call_array(c, &items, out);
}

/* The step has another name in errors than as an argument. */
static int step_argument(struct call *c, uint64_t *out)
{
	const struct tvalue *v = call_arg(c, "step_by");

	if (v && v->type != TVALUE_UINT && (v->type != TVALUE_INT || v->i < 0))
		return call_fail(c,
		        "Function `range` received step_by=%s but `step` can only be a number",
		        call_json(c, v));
	return call_arg_usize(c, "step_by", out);
}

int tera_function_range(struct call *c, struct tvalue *out)
{
	uint64_t start = 0, end = 0, step = 1;
	int rc;

	if (call_arg_usize(c, "start", &start) < 0 || step_argument(c, &step) < 0)
		return -1;
	if ((rc = call_arg_usize(c, "end", &end)) <= 0)
		return rc < 0 ? -1 : call_missing_function(c, "end");
	if (start > end)
		return call_fail(c, "Function `range` was called with a `start` argument greater "
		                    "than the `end` one");
	if (step == 0)
		return call_fail(c, "Function `range` was called with a `step_by` argument of 0");
	return fill_range(c, start, end, step, out);
}

int tera_function_now(struct call *c, struct tvalue *out)
{
	const struct thost *host = c->session->host;
	bool utc = false, timestamp = false;
	int64_t now_ns = call_now_ns(c);
	struct datetime t;

	if (call_arg_bool(c, "utc", &utc) < 0 || call_arg_bool(c, "timestamp", &timestamp) < 0)
		return -1;
	datetime_from_ns(now_ns, &t);
	if (timestamp) {
		*out = tvalue_int(t.unix_s);
		return 0;
	}
	if (!utc && !host->frozen && host->utc_offset)
		t.offset_s = host->utc_offset(host->arg, t.unix_s);

	struct tbuf *b = call_buf(c);

	datetime_rfc3339(&t, b);
	return call_give(c, b, out);
}

int tera_function_get_random(struct call *c, struct tvalue *out)
{
	int64_t start = 0, end = 0;
	struct prng p;
	int rc;

	if (call_arg_i64(c, "start", &start) < 0)
		return -1;
	if ((rc = call_arg_i64(c, "end", &end)) <= 0)
		return rc < 0 ? -1
		              : call_fail(c, "Function `get_random` didn't receive an `end` "
		                             "argument");
	if (start >= end)
		return call_fail(c, "Function `get_random` was called with an empty range");
	call_prng(c, NULL, &p);
	*out = tvalue_int(
	        (int64_t)((uint64_t)start + prng_below(&p, (uint64_t)end - (uint64_t)start)));
	return 0;
}

int tera_function_get_env(struct call *c, struct tvalue *out)
{
	const struct tvalue *otherwise = call_arg(c, "default");
	struct tvalue name;
	int rc = call_arg_string(c, "name", &name);
	const char *text;

	if (rc <= 0)
		return rc < 0 ? -1
		              : call_fail(c, "Function `get_env` didn't receive a `name` argument");
	/* No variable has a name with a NUL. */
	text = memchr(name.s, '\0', name.len)
	               ? NULL
	               : call_env(c, arena_strndup(call_arena(c), name.s, name.len));
	if (!text && !otherwise)
		return call_fail(c, "Environment variable `%.*s` not found", (int)name.len, name.s);
	*out = text ? tvalue_str(text, strlen(text)) : *otherwise;
	return 0;
}

int tera_function_throw(struct call *c, struct tvalue *out)
{
	struct tvalue message;
	int rc = call_arg_string(c, "message", &message);

	(void)out;
	if (rc <= 0)
		return rc < 0 ? -1 : call_missing_function(c, "message");
	return call_fail(c, "%.*s", (int)message.len, message.s);
}
