/* What receipts must show (--require-receipt): a JSON object with some members of a receipt. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/suggest.h"
#include "daemon/wire/wire.h"

struct receipt_demand {
	json_t *members;
};

/* A receipt as JSON; it has no other members than these. */
static json_t *json_of(const struct receipt *r)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&text);
	json_error_t why;

	wire_receipt(&j, NULL, r);
	return json_loadb(text.s, text.len, 0, &why);
}

static int refuse_unknown(const json_t *members, struct err *e)
{
	const struct receipt empty = { .engine = "" };
	json_t *known = json_of(&empty), *v;
	const char *names[32] = { NULL }, *best[1] = { NULL }, *name;
	size_t n = 0;
	int rc = 0;

	json_object_foreach(known, name, v)
	{
		if (n + 1 < ARRAY_LEN(names))
			names[n++] = name;
	}
	json_object_foreach((json_t *)(uintptr_t)members, name, v)
	{
		if (rc < 0 || json_object_get(known, name))
			continue;
		bool near = suggest_nearest(name, names, best, 1) > 0;
		rc = err_set(e, ERR_INVALID, "a receipt has no member '%.64s'%s%s%s", name,
		        near ? ", did you mean '" : "", near ? best[0] : "", near ? "'?" : "");
	}
	json_decref(known);
	return rc;
}

struct receipt_demand *receipt_demand_new(const char *text, size_t n, struct err *e)
{
	struct receipt_demand *d;
	json_error_t why;
	json_t *o = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);

	if (!o) {
		err_set(e, ERR_INVALID, "line %d, column %d: %s", why.line, why.column, why.text);
		return NULL;
	}
	if (!json_is_object(o))
		err_set(e, ERR_INVALID, "a receipt is a JSON object");
	if (!json_is_object(o) || refuse_unknown(o, e) < 0) {
		json_decref(o);
		return NULL;
	}
	d = xcalloc(1, sizeof(*d));
	d->members = o;
	/* The name of one sandbox: no other has it. */
	json_object_del(o, "sandbox");
	return d;
}

void receipt_demand_free(struct receipt_demand *d)
{
	if (!d)
		return;
	json_decref(d->members);
	free(d);
}

struct compare {
	struct arena *a;
	struct receipt_difference *v;
	size_t n, max;
};

static const char *shown(const json_t *v, struct arena *a)
{
	char *text = v ? json_dumps(v, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
	const char *copy = arena_strdup(a, text ? text : "nothing");

	free(text);
	return copy;
}

/* Of an object only what is wanted, of everything else all. */
static void compare(struct compare *c, const char *at, const json_t *wanted, const json_t *got)
{
	const char *name;
	json_t *v;

	if (json_is_object(wanted) && json_is_object(got)) {
		json_object_foreach((json_t *)(uintptr_t)wanted, name, v)
		        compare(c, *at ? arena_printf(c->a, "%s.%s", at, name) : name, v,
		                json_object_get(got, name));
		return;
	}
	if ((got && json_equal(wanted, got)) || c->n == c->max)
		return;
	c->v[c->n++] = (struct receipt_difference){ arena_strdup(c->a, at), shown(wanted, c->a),
		shown(got, c->a) };
}

size_t receipt_differs(const struct receipt_demand *d, const struct receipt *r, struct arena *a,
        struct receipt_difference *out, size_t max)
{
	struct compare c = { .a = a, .v = out, .max = max };
	json_t *got = json_of(r);

	compare(&c, "", d->members, got);
	json_decref(got);
	return c.n;
}
