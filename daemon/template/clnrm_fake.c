/* Invented data as functions. */
#include "daemon/template/clnrm_priv.h"
#include "daemon/template/fake.h"

static int give_value(struct call *c, const struct fake_value *v, struct tvalue *out)
{
	switch (v->type) {
	case FAKE_INT:
		*out = tvalue_int(v->i);
		return 0;
	case FAKE_FLOAT:
		*out = tvalue_float(v->f);
		return 0;
	case FAKE_BOOL:
		*out = tvalue_bool(v->b);
		return 0;
	default:
		return clnrm_give(c, &v->text, out);
	}
}

static int read_param(struct call *c, const struct fake_param *p, int64_t *out)
{
	*out = p->dflt;
	return p->count ? clnrm_count(c, p->name, out) : clnrm_int(c, p->name, p->min, p->max, out);
}

static int read_params(struct call *c, const struct fake *f, int64_t args[FAKE_MAX_PARAMS])
{
	for (size_t i = 0; i < FAKE_MAX_PARAMS && f->params[i].name; i++)
		if (read_param(c, &f->params[i], &args[i]) < 0)
			return -1;
	if (f->params[1].name && args[0] > args[1])
		return call_fail(c, "%s() min is greater than max", c->name);
	return 0;
}

/* What makes much is charged for it: the time limit is looked at in steps of the engine. */
static int charge(struct call *c, size_t bytes)
{
	return bytes > 1000 ? tsession_check(c->session, c->error) : call_step(c);
}

/* All fake_* functions of the table: the name says which. */
int clnrm_fake_value(struct call *c, struct tvalue *out)
{
	struct fake_value v = { .text = STRBUF_INIT };
	int64_t args[FAKE_MAX_PARAMS] = { 0 };
	const struct fake *f = fake_function(c->name);
	struct prng r;

	if (read_params(c, f, args) < 0 || clnrm_prng(c, &r) < 0)
		return -1;
	f->make(&r, args, &v);

	int rc = charge(c, v.text.len) < 0 ? -1 : give_value(c, &v, out);

	strbuf_release(&v.text);
	return rc;
}

static int one_of_kind(
        struct call *c, const struct fake_kind *kind, struct prng *r, struct tvalue *out)
{
	struct fake_value v = { .text = STRBUF_INIT };

	kind->make(r, kind->args, &v);

	int rc = give_value(c, &v, out);

	strbuf_release(&v.text);
	return rc;
}

int clnrm_fake(struct call *c, struct tvalue *out)
{
	const struct tvalue *name;
	const struct fake_kind *kind;
	AUTO_TVEC list = { 0 };
	int64_t n = 1;
	struct prng r;

	if (clnrm_needed_string(c, "kind", NULL, &name) < 0 || clnrm_count(c, "n", &n) < 0)
		return -1;
	kind = fake_kind(name->s, name->len);
	if (!kind)
		return call_fail(c, "unknown fake kind '%.*s'", (int)name->len, name->s);
	if (call_elements(c, (uint64_t)n) < 0 || clnrm_prng(c, &r) < 0)
		return -1;
	if (n == 1)
		return one_of_kind(c, kind, &r, out);
	for (int64_t i = 0; i < n; i++) {
		struct tvalue v;

		if (one_of_kind(c, kind, &r, &v) < 0)
			return -1;
		tvec_push(&list, v);
	}
	return call_array(c, &list, out);
}

int clnrm_fake_kinds(struct call *c, struct tvalue *out)
{
	size_t n;
	const struct fake_kind *kinds = fake_kinds(&n);
	AUTO_TVEC list = { 0 };

	for (size_t i = 0; i < n; i++)
		tvec_push(&list, tvalue_str(kinds[i].name, strlen(kinds[i].name)));
	return call_array(c, &list, out);
}
