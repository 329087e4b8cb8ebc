#include "daemon/config/vars.h"

#include <assert.h>
#include <string.h>

const char *const var_layer_names[] = {
	[VAR_CLI] = "cli",
	[VAR_CONTEXT] = "context",
	[VAR_FILE] = "vars",
	[VAR_ENV] = "env",
	[VAR_DEFAULT] = "default",
};

static const struct {
	const char *name, *variable, *dflt;
} known[] = {
	{ "svc", "SERVICE_NAME", "clnrm" },
	{ "env", "ENV", "ci" },
	{ "endpoint", "OTEL_ENDPOINT", "http://localhost:4318" },
	{ "exporter", "OTEL_TRACES_EXPORTER", "otlp" },
	{ "image", "CLNRM_IMAGE", "registry/clnrm:1.0.0" },
	{ "freeze_clock", "FREEZE_CLOCK", "2025-01-01T00:00:00Z" },
	{ "token", "OTEL_TOKEN", "" },
};

static struct tvalue text(const char *s)
{
	return tvalue_str(s, strlen(s));
}

static struct tvalue no_members(void)
{
	return (struct tvalue){ .type = TVALUE_OBJECT };
}

/* ---- merging ---- */

static int merge(const struct vars *v, const struct tvalue *low, const struct tvalue *high,
        struct tvalue *out, struct terr *e);

/* The member of both, when both are there. */
static int merge_member(const struct vars *v, const struct tmember *low, const struct tmember *high,
        struct tmap *m, struct terr *e)
{
	struct tvalue both = high->value;

	if (low->value.type == TVALUE_OBJECT && high->value.type == TVALUE_OBJECT &&
	        merge(v, &low->value, &high->value, &both, e) < 0)
		return -1;
	tmap_put(m, high->key, high->key_len, both);
	return 0;
}

/* Objects keep their members sorted. */
static int merge(const struct vars *v, const struct tvalue *low, const struct tvalue *high,
        struct tvalue *out, struct terr *e)
{
	AUTO_TMAP m = { 0 };
	uint32_t i = 0, k = 0;

	if (!low->len || !high->len) {
		*out = low->len ? *low : *high;
		return 0;
	}
	while (i < low->len || k < high->len) {
		const struct tmember *a = i < low->len ? &low->o->members[i] : NULL;
		const struct tmember *b = k < high->len ? &high->o->members[k] : NULL;
		int order = !a   ? 1
		            : !b ? -1
		                 : tvalue_key_cmp(a->key, a->key_len, b->key, b->key_len);

		i += order <= 0;
		k += order >= 0;
		if (order == 0) {
			if (merge_member(v, a, b, &m, e) < 0)
				return -1;
			continue;
		}
		a = order < 0 ? a : b;
		assert(a); /* the other one is at its end, or behind it */
		tmap_put(&m, a->key, a->key_len, a->value);
	}
	return tmap_make(&m, v->a, v->limits, out, e);
}

/* ---- layers ---- */

void vars_init(struct vars *v, struct arena *a, const struct tlimits *limits)
{
	AUTO_TMAP m = { 0 };
	AUTO_TERR e = TERR_INIT;

	*v = (struct vars){ .a = a,
		.limits = limits,
		.otel = no_members(),
		.matrix = no_members(),
		.picked = no_members() };
	for (size_t i = 0; i < VAR_LAYERS; i++)
		v->layers[i] = no_members();
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		tmap_put(&m, known[i].name, strlen(known[i].name), text(known[i].dflt));
	/* Seven short names: no limit is that small. */
	if (tmap_make(&m, a, &tlimits_default, &v->layers[VAR_DEFAULT], &e) < 0)
		abort();
}

int vars_env(
        struct vars *v, const char *(*get)(void *arg, const char *name), void *arg, struct terr *e)
{
	AUTO_TMAP m = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const char *value = get(arg, known[i].variable);

		if (value)
			tmap_put(&m, known[i].name, strlen(known[i].name),
			        text(arena_strdup(v->a, value)));
	}
	return tmap_make(&m, v->a, v->limits, &v->layers[VAR_ENV], e);
}

int vars_add(struct vars *v, struct tvalue *layer, const struct tvalue *object, struct terr *e)
{
	return merge(v, layer, object, layer, e);
}

/* name = value as an object; a dotted name from its last part outwards. */
static int nested(struct vars *v, const char *name, size_t len, struct tvalue value,
        struct tvalue *out, struct terr *e)
{
	while (len) {
		const char *dot = memrchr(name, '.', len);
		const char *part = dot ? dot + 1 : name;
		AUTO_TMAP m = { 0 };

		tmap_put(&m, part, len - (size_t)(part - name), value);
		if (tmap_make(&m, v->a, v->limits, &value, e) < 0)
			return -1;
		len = dot ? (size_t)(dot - name) : 0;
	}
	*out = value;
	return 0;
}

int vars_cli(struct vars *v, const struct str_list *map, struct terr *e)
{
	static const char *const apart[] = { "otel.", "matrix." };

	for (size_t i = 0; i + 1 < map->n; i += 2) {
		struct tvalue *to[] = { &v->otel, &v->picked }, *layer = &v->layers[VAR_CLI];
		const char *name = map->v[i];
		struct tvalue object;

		for (size_t k = 0; k < ARRAY_LEN(apart); k++)
			if (strncmp(name, apart[k], strlen(apart[k])) == 0) {
				layer = to[k];
				name += strlen(apart[k]);
			}
		if (nested(v, name, strlen(name), text(map->v[i + 1]), &object, e) < 0 ||
		        vars_add(v, layer, &object, e) < 0)
			return -1;
	}
	return 0;
}

int vars_merged(const struct vars *v, struct tvalue *out, struct terr *e)
{
	*out = no_members();
	for (size_t i = VAR_LAYERS; i-- > 0;)
		if (merge(v, out, &v->layers[i], out, e) < 0)
			return -1;
	return 0;
}

int vars_context(
        const struct vars *v, const struct tvalue *cell, struct tvalue *out, struct terr *e)
{
	struct tvalue all, matrix, own;
	AUTO_TMAP m = { 0 };

	if (vars_merged(v, &all, e) < 0 || merge(v, &v->matrix, cell, &matrix, e) < 0)
		return -1;
	tmap_put(&m, "vars", 4, all);
	tmap_put(&m, "otel", 4, v->otel);
	tmap_put(&m, "matrix", 6, matrix);
	if (tmap_make(&m, v->a, v->limits, &own, e) < 0)
		return -1;
	/* A variable of such a name is reached through `vars`. */
	m.n = 0;
	for (uint32_t i = 0; i < all.len; i++)
		tmap_put(&m, all.o->members[i].key, all.o->members[i].key_len,
		        all.o->members[i].value);
	for (uint32_t i = 0; i < own.len; i++)
		tmap_put(&m, own.o->members[i].key, own.o->members[i].key_len,
		        own.o->members[i].value);
	return tmap_make(&m, v->a, v->limits, out, e);
}

enum var_layer vars_source(const struct vars *v, const char *name, size_t len)
{
	size_t i = 0;

	while (i + 1 < VAR_LAYERS && !tvalue_get(&v->layers[i], name, len))
		i++;
	return (enum var_layer)i;
}

const struct tvalue *vars_get(const struct vars *v, const char *name, enum var_layer lowest)
{
	for (size_t i = 0; i <= lowest; i++) {
		const struct tvalue *x = tvalue_get(&v->layers[i], name, strlen(name));

		if (x)
			return x;
	}
	return NULL;
}

/* ---- nodes ---- */

static int table_value(const struct node *n, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e)
{
	AUTO_TMAP m = { 0 };
	struct tvalue value;

	for (const struct node *x = n->first; x; x = x->next) {
		if (node_value(x, a, limits, &value, e) < 0)
			return -1;
		tmap_put(&m, arena_memdup(a, x->key, x->key_len + 1), x->key_len, value);
	}
	return tmap_make(&m, a, limits, out, e);
}

static int array_value(const struct node *n, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e)
{
	AUTO_TVEC v = { 0 };
	struct tvalue value;

	for (const struct node *x = n->first; x; x = x->next) {
		if (node_value(x, a, limits, &value, e) < 0)
			return -1;
		tvec_push(&v, value);
	}
	return tvec_make(&v, a, limits, out, e);
}

/* The readers bound the depth of a tree. */
int node_value(const struct node *n, struct arena *a, const struct tlimits *limits,
        struct tvalue *out, struct terr *e)
{
	switch (n->type) {
	case NODE_TABLE:
		return table_value(n, a, limits, out, e);
	case NODE_ARRAY:
		return array_value(n, a, limits, out, e);
	case NODE_STRING:
		*out = tvalue_str(n->len ? arena_memdup(a, n->s, n->len) : "", n->len);
		return 0;
	case NODE_INT:
		*out = tvalue_int(n->i);
		return 0;
	case NODE_FLOAT:
		*out = tvalue_float(n->f);
		return 0;
	case NODE_BOOL:
		*out = tvalue_bool(n->b);
		return 0;
	case NODE_DATETIME:
		*out = text(arena_strdup(a, n->text));
		return 0;
	case NODE_NULL:
		break;
	}
	*out = tvalue_null();
	return 0;
}
