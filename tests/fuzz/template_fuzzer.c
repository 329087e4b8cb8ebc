/* Templates: any bytes as a main template, one that it may refer to, and a context. Parts are
 * separated by a byte 1; the second template is named "t". What is rendered twice is the same
 * twice, and a template that was compiled before prints what a new one does. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/template/libraries.h"
#include "daemon/template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

struct part {
	const char *s;
	size_t len;
};

static struct part next_part(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, 1, *size) : NULL;
	struct part p = { (const char *)*data, end ? (size_t)(end - *data) : *size };

	*data += p.len + (end != NULL);
	*size -= p.len + (end != NULL);
	return p;
}

static int64_t now_ns(void *arg)
{
	(void)arg;
	return 1735689600 * NS_PER_S;
}

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "SET") == 0 ? "value" : NULL;
}

/* Small bounds, so that a search meets them and stays fast. No limit on time: it has no clock. */
static struct tlimits small_limits(void)
{
	struct tlimits l = tlimits_default;

	l.max[TLIMIT_NESTING] = 24;
	l.max[TLIMIT_OPERATORS] = 100;
	l.max[TLIMIT_CALL_DEPTH] = 10;
	l.max[TLIMIT_ITERATIONS] = 2000;
	l.max[TLIMIT_ELEMENTS] = 500;
	l.max[TLIMIT_VALUE] = 1 << 16;
	l.max[TLIMIT_MEMORY] = 4 << 20;
	l.max[TLIMIT_OUTPUT] = 1 << 17;
	l.max[TLIMIT_COUNT] = 100;
	return l;
}

struct tried {
	struct part other;
	const struct tlimits *limits;
	struct strbuf out, error;
};

static struct template *load(void *arg, const char *name, const char *from, struct terr *e)
{
	struct tried *t = arg;

	(void)from;
	return strcmp(name, "t") == 0
	               ? template_compile("t", t->other.s, t->other.len, t->limits, e)
	               : NULL;
}

static int render(struct tried *t, const struct bundle *b, struct part json, struct terr *e)
{
	const struct thost host = { .now_ns = now_ns,
		.frozen = true,
		.env = variable,
		.seeded = true,
		.seed = 42,
		.env_paths = true };
	AUTO_TSESSION s;
	AUTO_TBUF out = { 0 };
	struct tvalue context;
	int rc;

	tsession_init(&s, &host, t->limits);
	rc = tvalue_read_json(json.s, json.len, s.arena, t->limits, &context, e);
	if (rc < 0 || context.type != TVALUE_OBJECT) {
		terr_release(e);
		context = (struct tvalue){ .type = TVALUE_OBJECT };
	}
	rc = bundle_render(b, &s, &library_clnrm, &context, &out, e);
	REQUIRE(out.len <= t->limits->max[TLIMIT_OUTPUT]);
	strbuf_add(&t->out, out.s, rc == 0 ? out.len : 0);
	return rc;
}

static void keep_error(struct tried *t, const struct terr *e)
{
	REQUIRE(e->kind != TERR_NONE && e->head.len && e->n_causes);
	REQUIRE(e->line >= 1 && e->col >= 1 && e->template.len);
	terr_text(e, &t->error);
}

static void try_bundle(struct tried *t, struct template *main, struct part json)
{
	const struct tloader loader = { .arg = t, .load = load };
	AUTO_TERR e = TERR_INIT;
	CLEANUP(bundle_free) struct bundle *b = bundle_new(main, &loader, t->limits, &e);

	for (int i = 0; b && i < 2; i++) {
		strbuf_reset(&t->out);
		strbuf_reset(&t->error);
		if (render(t, b, json, &e) < 0)
			keep_error(t, &e);
		terr_release(&e);
	}
	if (!b)
		keep_error(t, &e);
}

static void try_text(struct tried *t, struct part text, struct part json)
{
	AUTO_TERR e = TERR_INIT;
	CLEANUP(template_unref)
	struct template *main = template_compile("main.html", text.s, text.len, t->limits, &e);

	t->out = t->error = (struct strbuf)STRBUF_INIT;
	if (main)
		try_bundle(t, main, json);
	else
		keep_error(t, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tlimits limits = small_limits();
	struct part text = next_part(&data, &size);
	struct tried first = { .other = next_part(&data, &size), .limits = &limits };
	struct part json = next_part(&data, &size);
	struct tried second = first;

	try_text(&first, text, json);
	try_text(&second, text, json);
	REQUIRE(first.out.len == second.out.len &&
	        memcmp(first.out.s, second.out.s, first.out.len) == 0);
	REQUIRE(strcmp(first.error.s, second.error.s) == 0);
	strbuf_release(&first.out);
	strbuf_release(&first.error);
	strbuf_release(&second.out);
	strbuf_release(&second.error);
	return 0;
}
