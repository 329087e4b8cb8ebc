/* The environment, the clock, digests, TOML, names in other cases. */
#include "common/clock.h"
#include "daemon/core/digest.h"
#include "daemon/template/casing.h"
#include "daemon/template/clnrm_priv.h"
#include "daemon/template/libraries.h"

int clnrm_env(struct call *c, struct tvalue *out)
{
	const struct tvalue *name, *dflt = call_arg(c, "default");

	if (clnrm_needed_string(c, "name", NULL, &name) < 0)
		return -1;
	AUTO_STR key = xstrndup(name->s, name->len);
	const char *value = strlen(key) == name->len ? call_env(c, key) : NULL;

	if (value)
		return call_string(c, value, strlen(value), out);
	if (!dflt)
		return call_undefined(c, out, "Environment variable '%s' not found", key);
	*out = *dflt;
	return 0;
}

/* ---- the clock ---- */

static int give_time(struct call *c, const char *arg, bool needed, struct tvalue *out)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct moment m = clnrm_now(c);
	int64_t offset = 0;
	int rc = arg ? clnrm_int(c, arg, INT64_MIN, INT64_MAX, &offset) : 0;

	if (rc < 0)
		return -1;
	if (rc == 0 && needed)
		return call_missing_clnrm(c, arg);
	if (!moment_add(&m, offset))
		return call_fail(c, "%s() leaves the years 0000 to 9999", c->name);
	moment_rfc3339(&m, &b);
	return clnrm_give(c, &b, out);
}

int clnrm_now_rfc3339(struct call *c, struct tvalue *out)
{
	return give_time(c, NULL, false, out);
}

int clnrm_now_plus(struct call *c, struct tvalue *out)
{
	return give_time(c, "seconds", true, out);
}

int clnrm_date_rfc3339(struct call *c, struct tvalue *out)
{
	return give_time(c, "offset_seconds", false, out);
}

int clnrm_now_unix(struct call *c, struct tvalue *out)
{
	*out = tvalue_int(clnrm_now(c).s);
	return 0;
}

int clnrm_now_ms(struct call *c, struct tvalue *out)
{
	struct moment m = clnrm_now(c);

	*out = tvalue_int(moment_ms(&m));
	return 0;
}

/* ---- what is a function and a filter ---- */

/* The input of a filter, or the argument of a function. */
static int subject(struct call *c, const char *name, const char *alias, const struct tvalue **out)
{
	if (c->kind == CALL_FUNCTION)
		return clnrm_needed(c, name, alias, out);
	*out = &c->input;
	return 0;
}

int clnrm_sha256(struct call *c, struct tvalue *out)
{
	const struct tvalue *s;
	struct digest d;
	char hex[DIGEST_HEX];

	if (subject(c, "s", "input", &s) < 0)
		return -1;
	if (s->type != TVALUE_STRING)
		return c->kind == CALL_FILTER ? call_wrong_input(c, "String")
		                              : call_wrong_arg(c, "s", s, "String");
	digest_of(s->s, s->len, &d);
	digest_hex(&d, hex);
	return call_string(c, hex, DIGEST_HEX - 1, out);
}

int clnrm_toml_encode(struct call *c, struct tvalue *out)
{
	struct tbuf *b = call_buf(c);
	const struct tvalue *v;

	if (subject(c, "value", "s", &v) < 0 || clnrm_toml(c, v, b) < 0)
		return -1;
	return call_give(c, b, out);
}

/* What is no string becomes its JSON text, which lives with the session. */
static int subject_text(struct call *c, struct tvalue *out)
{
	struct tbuf *b = call_buf(c);
	const struct tvalue *v;

	if (subject(c, "s", NULL, &v) < 0)
		return -1;
	if (v->type == TVALUE_STRING) {
		*out = *v;
		return 0;
	}
	tvalue_json(v, false, b);
	return call_give(c, b, out);
}

typedef void casing_fn(const char *s, size_t len, struct strbuf *out);

static int recase(struct call *c, casing_fn *fn, struct tvalue *out)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct tvalue s;

	if (subject_text(c, &s) < 0)
		return -1;
	fn(s.s, s.len, &b);
	return clnrm_give(c, &b, out);
}

int clnrm_kebab(struct call *c, struct tvalue *out)
{
	return recase(c, casing_kebab, out);
}

int clnrm_snake(struct call *c, struct tvalue *out)
{
	return recase(c, casing_snake, out);
}

int clnrm_camel(struct call *c, struct tvalue *out)
{
	return recase(c, casing_camel, out);
}

int clnrm_pascal(struct call *c, struct tvalue *out)
{
	return recase(c, casing_pascal, out);
}

/* Tera's filter, whatever it is called as. */
int clnrm_slug(struct call *c, struct tvalue *out)
{
	const struct builtin *slugify = library_find(library_clnrm.more, CALL_FILTER, "slugify", 7);
	struct call filter = *c;

	if (subject_text(c, &filter.input) < 0)
		return -1;
	filter.kind = CALL_FILTER;
	filter.name = slugify->name;
	filter.n_args = 0;
	return slugify->call(&filter, out);
}
