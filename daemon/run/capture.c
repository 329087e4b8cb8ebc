/* Captures (config.md 3.4): what is taken from a step's output, and how later steps get it.
 *
 * A captured text comes from what is tested, so nothing may follow from it: it is put in place
 * once, is never looked at again for further names, and never becomes program text of a shell (the
 * loader makes a variable of it there). */
#include <stdio.h>
#include <string.h>

#include "daemon/config/config.h"
#include "daemon/core/regex.h"
#include "daemon/run/expect_priv.h"

#define VALUE_MAX (64u << 10)    /* half of what the kernel takes as one variable */
#define EXPANDED_MAX (16u << 20) /* of one text with captures in it */

/* ---- out of the output ---- */

struct taking {
	const struct attempt *at;
	struct step_result *res;
	const struct capture *c;
	struct arena *a;
};

static void fail(const struct taking *t, const char *message, const char *s, size_t n)
{
	struct failure *f = judge_fail(t->at, t->res, REASON_CAPTURE,
	        arena_printf(t->a, "capture.%s", t->c->name), t->c->pos, t->a);

	f->message = arena_printf(t->a, "capture '%s': %s", t->c->name, message);
	if (s)
		f->actual = expect_quoted(s, n, t->a);
	if (t->c->regex.text)
		f->expected = arena_printf(t->a, "%s matches /%s/",
		        t->c->from_stderr ? "stderr" : "stdout", t->c->regex.text);
}

static void keep(const struct taking *t, const char *s, size_t n)
{
	struct step_result *res = t->res;

	if (t->c->trim)
		trim_span(&s, &n);
	if (n > VALUE_MAX) {
		fail(t, arena_printf(t->a, "%zu bytes, at most %u can be captured", n, VALUE_MAX),
		        NULL, 0);
		return;
	}
	if (memchr(s, '\0', n)) {
		fail(t, "it holds a NUL, which no argument or variable can", s, n);
		return;
	}
	res->captures[res->n_captures++] =
	        (struct env_var){ arena_strdup(t->a, t->c->name), arena_strndup(t->a, s, n) };
}

static void take_regex(const struct taking *t, const struct strbuf *text)
{
	struct regex_span v[2];
	struct err e;
	int hit = regex_find(t->c->regex.re, text->s, text->len, 0, v, 2, &e);
	const struct regex_span *part = hit > 0 && v[1].start != REGEX_NONE ? &v[1] : &v[0];

	if (hit < 0)
		fail(t, arena_strdup(t->a, e.msg), NULL, 0);
	else if (!hit || part->start == REGEX_NONE)
		fail(t,
		        arena_printf(t->a, "%s does not match /%s/",
		                t->c->from_stderr ? "stderr" : "stdout", t->c->regex.text),
		        text->s, text->len);
	else
		keep(t, text->s + part->start, part->end - part->start);
}

static void take_json(const struct taking *t, const struct strbuf *text)
{
	struct json_verdict v;
	const char *s;
	size_t n;

	if (expect_json_value(&t->c->json, text->s, text->len, t->a, &s, &n, &v))
		keep(t, s, n);
	else
		fail(t, v.message, v.actual ? text->s : NULL, text->len);
}

void capture_all(const struct attempt *at, struct step_result *res, struct arena *a)
{
	const struct step *def = at->def;

	if (!def->n_captures)
		return;
	res->captures = arena_array(a, def->n_captures, sizeof(*res->captures));
	for (size_t i = 0; i < def->n_captures; i++) {
		const struct taking t = { at, res, &def->captures[i], a };
		const struct strbuf *raw = t.c->from_stderr ? at->err : at->out;
		AUTO_STRBUF text = STRBUF_INIT;

		strbuf_add_utf8(&text, raw->s, raw->len);
		if (t.c->json.text)
			take_json(&t, &text);
		else
			take_regex(&t, &text);
	}
}

/* ---- into later steps ---- */

void captures_set(struct captures *c, const struct step_result *res, struct arena *a)
{
	for (size_t i = 0; i < res->n_captures; i++) {
		const struct env_var *x = &res->captures[i];
		size_t k = 0;

		while (k < c->n && strcmp(c->v[k].name, x->name) != 0)
			k++;
		if (k == c->n) {
			struct env_var *v = arena_array(a, c->n + 1, sizeof(*v));

			if (c->n)
				memcpy(v, c->v, c->n * sizeof(*v));
			c->v = v;
			c->n++;
		}
		c->v[k] = *x;
	}
}

static const char *value_of(const struct captures *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->n; i++)
		if (strlen(c->v[i].name) == n && memcmp(c->v[i].name, name, n) == 0)
			return c->v[i].value;
	return NULL;
}

/* -1 with *missing where a name has no value yet, or with *e where it gets too long. */
static int expand(const struct captures *c, const char *s, size_t n, struct strbuf *out,
        struct arena *a, const char **missing, struct err *e)
{
	static const char mark[] = "${capture.";
	const char *end = s + n;

	for (;;) {
		const char *at = memmem(s, (size_t)(end - s), mark, sizeof(mark) - 1);
		const char *name = at ? at + sizeof(mark) - 1 : NULL;
		const char *close = name ? memchr(name, '}', (size_t)(end - name)) : NULL;
		const char *value;

		if (!close)
			break;
		strbuf_add(out, s, (size_t)(at - s));
		value = value_of(c, name, (size_t)(close - name));
		if (!value) {
			*missing = arena_strndup(a, name, (size_t)(close - name));
			return err_set(e, ERR_NOT_FOUND, "needs capture '%s'", *missing);
		}
		strbuf_adds(out, value);
		if (out->len > EXPANDED_MAX)
			return err_set(e, ERR_LIMIT, "a text of more than %u MiB with its captures",
			        EXPANDED_MAX >> 20);
		s = close + 1;
	}
	strbuf_add(out, s, (size_t)(end - s));
	return 0;
}

struct expanding {
	const struct captures *c;
	struct arena *a;
	const char **missing;
	struct err *e;
};

static const char *expanded(const struct expanding *x, const char *s)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (!strstr(s, "${capture."))
		return s;
	if (expand(x->c, s, strlen(s), &b, x->a, x->missing, x->e) < 0)
		return NULL;
	return arena_strndup(x->a, b.s, b.len);
}

static int expand_argv(const struct expanding *x, struct step *s)
{
	const char **v = arena_array(x->a, s->argv.n + 1, sizeof(*v));

	for (size_t i = 0; i < s->argv.n; i++) {
		v[i] = expanded(x, s->argv.v[i]);
		if (!v[i])
			return -1;
	}
	s->argv.v = v;
	return 0;
}

/* CLNRM_CAPTURE_name, and in capitals, as the variables of services are. */
static void add_variables(const struct captures *c, struct step *s, struct arena *a)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *plain = arena_printf(a, "CLNRM_CAPTURE_%s", c->v[i].name);
		char *upper = arena_strdup(a, plain);

		for (char *p = upper; *p; p++)
			*p = (char)(*p >= 'a' && *p <= 'z' ? *p & ~0x20 : *p);
		s->env[s->n_env++] = (struct env_var){ plain, c->v[i].value };
		if (strcmp(upper, plain) != 0)
			s->env[s->n_env++] = (struct env_var){ upper, c->v[i].value };
	}
}

static int expand_env(const struct expanding *x, struct step *s)
{
	struct env_var *v = arena_array(x->a, s->n_env + 2 * x->c->n + 1, sizeof(*v));

	for (size_t i = 0; i < s->n_env; i++) {
		v[i] = (struct env_var){ s->env[i].name, expanded(x, s->env[i].value) };
		if (!v[i].value)
			return -1;
	}
	s->env = v;
	add_variables(x->c, s, x->a);
	return 0;
}

static int expand_stdin(const struct expanding *x, struct step *s)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (!s->stdin_text)
		return 0;
	if (expand(x->c, s->stdin_data, s->stdin_len, &b, x->a, x->missing, x->e) < 0)
		return -1;
	s->stdin_data = arena_memdup(x->a, b.len ? b.s : "", b.len + !b.len);
	s->stdin_len = b.len;
	return 0;
}

int captures_expand(const struct captures *c, const struct step *def, struct arena *a,
        struct step *out, const char **missing, struct err *e)
{
	const struct expanding x = { c, a, missing, e };

	*missing = NULL;
	*out = *def;
	return expand_argv(&x, out) < 0 || expand_env(&x, out) < 0 || expand_stdin(&x, out) < 0 ? -1
	                                                                                        : 0;
}
