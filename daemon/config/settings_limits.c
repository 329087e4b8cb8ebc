/* template.limits: bounds of templates, which a project may raise. */
#include <assert.h>
#include <string.h>

#include "common/clock.h"
#include "common/num.h"
#include "daemon/config/settings_priv.h"
#include "daemon/template/bounds.h"

static_assert(TLIMIT_N <= SETTINGS_MAX_TLIMITS, "settings hold every limit");

enum kind { COUNT, BYTES, TIME };

static const struct {
	const char *name;
	enum tlimit limit;
	enum kind kind;
	uint64_t max;
} limits[] = {
	{ "template_size", TLIMIT_SOURCE, BYTES, 1u << 30 },
	{ "templates_size", TLIMIT_SOURCES, BYTES, 1u << 30 },
	{ "nesting", TLIMIT_NESTING, COUNT, 1024 },
	{ "operator_chain", TLIMIT_OPERATORS, COUNT, 1000000 },
	{ "call_depth", TLIMIT_CALL_DEPTH, COUNT, 1024 },
	{ "loop_iterations", TLIMIT_ITERATIONS, COUNT, 1000000000 },
	{ "range_size", TLIMIT_ELEMENTS, COUNT, 100000000 },
	{ "value_size", TLIMIT_VALUE, BYTES, 1u << 30 },
	{ "value_memory", TLIMIT_MEMORY, BYTES, 1ull << 34 },
	{ "output_size", TLIMIT_OUTPUT, BYTES, 1u << 30 },
	{ "render_time", TLIMIT_TIME, TIME, 3600 * 1000 },
	{ "count_argument", TLIMIT_COUNT, COUNT, 100000000 },
	{ "regex_size", TLIMIT_REGEX, BYTES, 1u << 24 },
	{ "matrix_cells", TLIMIT_CELLS, COUNT, 65536 },
};

/* Bytes, milliseconds or a number; a bare number of time is in seconds. */
static int read_limit(const struct node *n, enum kind kind, uint64_t *out, struct err *e)
{
	int64_t ns;

	if (n->type != NODE_INT && n->type != NODE_STRING)
		return err_set(e, ERR_INVALID, "it is %s", node_type_name(n));
	if (kind == COUNT)
		return str_to_u64(n->text, 0, UINT64_MAX, out, e);
	if (kind == BYTES)
		return size_parse(n->text, 1, out, e);
	if (dur_parse(n->text, NS_PER_S, &ns, e) < 0)
		return -1;
	*out = (uint64_t)(ns / NS_PER_MS);
	return 0;
}

/* At the limit itself, not at the table. */
static void refuse(const struct setting *x, const struct node *n, struct diag *d)
{
	if (x->file)
		d->pos = n->pos;
}

static void take_limit(
        const struct setting_list *l, const struct setting *x, size_t i, const struct node *n)
{
	uint64_t least = tlimits_default.max[limits[i].limit], v;
	struct err e;

	if (read_limit(n, limits[i].kind, &v, &e) < 0) {
		refuse(x, n,
		        setting_finding(
		                l, x, SEV_ERROR, "project.range", "'%s': %s", n->key, e.msg));
	} else if (v < least || v > limits[i].max) {
		refuse(x, n,
		        setting_finding(l, x, SEV_ERROR, "project.range",
		                "'%s' is '%s': limits of templates can be raised only, from %llu "
		                "to %llu",
		                n->key, n->text, (unsigned long long)least,
		                (unsigned long long)limits[i].max));
	} else {
		l->s->template_limits[limits[i].limit] = v;
	}
}

void settings_template_limits(const struct setting_list *l)
{
	const struct setting *x = setting_find(l, "template.limits");

	for (const struct node *n = x->node ? x->node->first : NULL; n; n = n->next) {
		size_t i = 0;

		while (i < ARRAY_LEN(limits) && strcmp(limits[i].name, n->key) != 0)
			i++;
		if (i < ARRAY_LEN(limits))
			take_limit(l, x, i, n);
		else
			refuse(x, n,
			        setting_finding(l, x, SEV_ERROR, "project.unknown_key",
			                "'%s' is no limit of templates", n->key));
	}
}
