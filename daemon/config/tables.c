/* The first pass: variables, seed and clock of a file, from the request and from its own tables,
 * which are rendered on their own (template.md B3, B5). */
#include <string.h>

#include "common/clock.h"
#include "common/num.h"
#include "daemon/config/render.h"
#include "daemon/config/tags.h"
#include "daemon/template/moment.h"

/* Seed and clock decide what the others hold, and are read first. */
static const enum section_kind order[] = { SECTION_DETERMINISM, SECTION_MATRIX, SECTION_TEMPLATE,
	SECTION_VARS };
static const char *const names[SECTION_KINDS] = {
	[SECTION_VARS] = "vars",
	[SECTION_TEMPLATE] = "template",
	[SECTION_MATRIX] = "matrix",
	[SECTION_DETERMINISM] = "determinism",
};

struct pass {
	struct rendering *r;
	struct tsession *s;
	enum section_kind kind;
};

/* ---- names that are done ---- */

/* Entries see the ones above them in the same section. */
static int see(struct pass *p, const struct node *table, struct terr *e)
{
	struct vars *v = &p->r->vars;
	struct tvalue object;

	if (p->kind == SECTION_TEMPLATE)
		table = node_get(table, "vars");
	if (!table || table->type != NODE_TABLE)
		return 0;
	if (node_value(table, v->a, v->limits, &object, e) < 0)
		return -1;
	return vars_add(v, &v->layers[VAR_FILE], &object, e);
}

static int context_of(struct pass *p, struct tvalue *out, struct terr *e)
{
	const struct tvalue none = { .type = TVALUE_OBJECT };

	return vars_context(&p->r->vars, &none, out, e);
}

static bool failed(struct pass *p, struct terr *e, const struct pos *at)
{
	render_report(p->r, e, at);
	return false;
}

/* ---- of a file that is a document ---- */

/* One key of the table, rendered in place. */
static bool read_member(struct pass *p, struct node *x)
{
	struct rendering *r = p->r;
	struct node table = { .type = NODE_TABLE, .first = x, .last = x, .n_children = 1 };
	struct node *next = x->next;
	AUTO_TERR e = TERR_INIT;
	struct tvalue context;

	if (tags_in_tree(x)) {
		if (context_of(p, &context, &e) < 0)
			return failed(p, &e, &x->key_pos);
		if (render_nodes(r, p->s, &context, x) < 0)
			return false;
	}
	x->next = NULL;

	bool good = see(p, &table, &e) == 0;

	x->next = next;
	return good || failed(p, &e, &x->key_pos);
}

/* The second pass renders the file's strings again, so this one has a tree of its own. */
static bool read_document(struct pass *p)
{
	struct rendering *r = p->r;
	struct node *root = r->tree, *table;
	struct diags d;

	if (r->kind == RENDER_VALUES) {
		diags_init(&d, r->a); /* found nothing the first time */
		root = render_parse(r, r->text, r->len, &d);
		diags_release(&d);
	}
	table = node_get(root, names[p->kind]);
	if (!table || table->type != NODE_TABLE)
		return true; /* what is no table is found later */
	r->tables[p->kind] = table;
	for (struct node *x = table->first; x; x = x->next)
		if (!read_member(p, x))
			return false;
	return true;
}

/* ---- of a file that is rendered as text ---- */

/* Lines of the file instead of those of the piece that was parsed. */
static void shift_lines(struct node *n, uint32_t by)
{
	n->pos.line += by;
	n->pos.end_line += n->pos.end_line ? by : 0;
	n->key_pos.line += n->key_pos.line ? by : 0;
	n->key_pos.end_line += n->key_pos.end_line ? by : 0;
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return;
	for (struct node *x = n->first; x; x = x->next)
		shift_lines(x, by);
}

/* Adds what src has to dst. False at a key that both have. */
static bool merge_tables(struct rendering *r, struct node *dst, struct node *src)
{
	for (struct node *x = src->first, *next; x; x = next) {
		struct node *there = node_get(dst, x->key);

		next = x->next;
		if (there && there->type == NODE_TABLE && x->type == NODE_TABLE) {
			if (!merge_tables(r, there, x))
				return false;
		} else if (there) {
			check_error(&r->l->c, "toml.duplicate_key", x,
			        "key '%s' was already set at line %u", x->key, there->key_pos.line);
			return false;
		} else {
			x->next = NULL;
			node_append(dst, x);
		}
	}
	return true;
}

static bool keep_table(struct pass *p, struct node *table)
{
	struct rendering *r = p->r;
	AUTO_TERR e = TERR_INIT;

	if (see(p, table, &e) < 0)
		return failed(p, &e, &table->key_pos);
	if (r->tables[p->kind])
		return merge_tables(r, r->tables[p->kind], table);
	r->tables[p->kind] = table;
	return true;
}

/* The text of one or more entries, rendered, behind the header. */
static bool read_text(struct pass *p, const struct section *x, const struct entry *entry,
        const char *text, size_t len)
{
	struct rendering *r = p->r;
	bool yaml = r->l->c.yaml;
	AUTO_STRBUF b = STRBUF_INIT;
	size_t errors = r->l->c.d->errors, first = r->l->c.d->n;
	uint32_t by = yaml ? entry->line - 1 : entry->line - 2;
	struct node *root, *table;

	if (!yaml)
		strbuf_printf(&b, "[%.*s]\n", (int)x->header_len, x->header);
	strbuf_add(&b, text, len);
	root = render_parse(r, arena_strndup(r->a, b.s, b.len), b.len, r->l->c.d);
	for (size_t i = first; i < r->l->c.d->n; i++)
		r->l->c.d->v[i].pos.line += r->l->c.d->v[i].pos.line ? by : 0;
	if (!root || r->l->c.d->errors != errors)
		return false;
	shift_lines(root, by);
	table = node_get(root, names[p->kind]);
	return !table || table->type != NODE_TABLE || keep_table(p, table);
}

static bool read_tagged(struct pass *p, const struct section *x, const struct entry *entry)
{
	struct rendering *r = p->r;
	AUTO_TBUF out = { .max = r->world.limits.max[TLIMIT_OUTPUT] };
	AUTO_TERR e = TERR_INIT;
	struct tvalue context;

	if (context_of(p, &context, &e) < 0 ||
	        render_string(r, p->s, &context, entry->text, entry->len, &out, &e) < 0) {
		const struct pos at = { .line = e.line + entry->line - 1, .col = e.col };

		return failed(p, &e, e.line ? &at : NULL);
	}
	return read_text(p, x, entry, out.s ? out.s : "", out.len);
}

/* What has no tag needs no names, and is read as one. */
static bool read_section(struct pass *p, const struct section *x)
{
	for (size_t i = 0, to; i < x->n; i = to) {
		const struct entry *first = &x->entries[i], *last = first;

		to = i + 1;
		if (tags_find(first->text, first->len) < first->len) {
			if (!read_tagged(p, x, first))
				return false;
			continue;
		}
		for (; to < x->n &&
		        tags_find(x->entries[to].text, x->entries[to].len) == x->entries[to].len;
		        to++)
			last = &x->entries[to];
		if (!read_text(p, x, first, first->text,
		            (size_t)(last->text + last->len - first->text)))
			return false;
	}
	return true;
}

static bool read_sections(struct pass *p)
{
	struct rendering *r = p->r;
	size_t n;
	const struct section *v = sections_find(r->text, r->len, r->l->c.yaml, r->a, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i].kind == p->kind && !read_section(p, &v[i]))
			return false;
	return true;
}

/* ---- seed and clock ---- */

static bool bad_clock(struct rendering *r, const struct node *at, const char *s, size_t len)
{
	struct pos pos = at ? at->pos : (struct pos){ 0 };

	check_report(&r->l->c, SEV_ERROR, "template.clock", pos, at,
	        "Invalid freeze_clock '%.*s': expected RFC 3339", (int)len, s);
	return false;
}

static bool freeze(struct rendering *r, const struct node *at, const char *s, size_t len)
{
	struct moment m;
	int64_t ns;

	if (!moment_parse(s, len, &m) || __builtin_mul_overflow(m.s, NS_PER_S, &ns) ||
	        __builtin_add_overflow(ns, (int64_t)m.ns, &ns))
		return bad_clock(r, at, s, len);
	AUTO_STR as_written = xstrndup(s, len);

	world_freeze(&r->world, ns, as_written);
	return true;
}

static bool freeze_from(struct rendering *r, enum var_layer lowest)
{
	const struct tvalue *v = vars_get(&r->vars, "freeze_clock", lowest);

	if (!v || r->world.host.frozen)
		return true;
	if (v->type != TVALUE_STRING)
		return bad_clock(r, NULL, "?", 1);
	return freeze(r, NULL, v->s, v->len);
}

static bool seed(struct rendering *r, const struct node *at, const char *s, size_t len)
{
	AUTO_STR digits = xstrndup(s, len);
	uint64_t u;
	int64_t i;
	struct err e;

	if (str_to_u64(digits, 0, UINT64_MAX, &u, &e) == 0) {
		world_seed(&r->world, u);
		return true;
	}
	if (str_to_i64(digits, INT64_MIN, -1, &i, &e) == 0) {
		world_seed(&r->world, (uint64_t)i);
		return true;
	}
	check_report(&r->l->c, SEV_ERROR, "config.range", at ? at->pos : (struct pos){ 0 }, at,
	        "'seed' is '%s', wanted digits up to 2^64-1", digits);
	return false;
}

static bool seed_from(struct rendering *r, enum var_layer lowest)
{
	const struct tvalue *v = vars_get(&r->vars, "seed", lowest);
	AUTO_TBUF text = { .max = 64 };

	if (!v || r->world.host.seeded)
		return true;
	tvalue_print(v, &text);
	return seed(r, NULL, text.s ? text.s : "", text.len);
}

/* [determinism], and what the request says besides. */
static bool settle(struct rendering *r)
{
	const struct node *table = r->tables[SECTION_DETERMINISM];
	const struct node *s = node_get(table, "seed"), *clock = node_get(table, "freeze_clock");

	if (s && (s->type == NODE_STRING || s->type == NODE_INT) && !r->world.host.seeded &&
	        !seed(r, s, s->type == NODE_INT ? s->text : s->s,
	                s->type == NODE_INT ? strlen(s->text) : s->len))
		return false;
	if (clock && !r->world.host.frozen &&
	        (clock->type == NODE_STRING || clock->type == NODE_DATETIME) &&
	        !freeze(r, clock, clock->text, strlen(clock->text)))
		return false;
	return seed_from(r, VAR_CONTEXT) && freeze_from(r, VAR_CONTEXT);
}

static bool settle_flags(struct rendering *r)
{
	const struct config_flags *f = r->l->flags;

	return (!f->seed || seed(r, NULL, f->seed, strlen(f->seed))) &&
	       (!f->freeze_clock || freeze(r, NULL, f->freeze_clock, strlen(f->freeze_clock)));
}

/* ---- all of it ---- */

static const char *variable(void *arg, const char *name)
{
	return world_own_variable(arg, name);
}

static bool read_layers(struct rendering *r)
{
	AUTO_TERR e = TERR_INIT;

	if (r->l->context)
		r->vars.layers[VAR_CONTEXT] = *r->l->context;
	if (vars_cli(&r->vars, &r->l->flags->map, &e) == 0 &&
	        vars_env(&r->vars, variable, &r->world, &e) == 0)
		return true;
	render_report(r, &e, NULL);
	return false;
}

/* A member of [template] that is a table, as a value. */
static bool take_template(struct rendering *r, const char *name, struct tvalue *to, bool below)
{
	const struct node *n = node_get(r->tables[SECTION_TEMPLATE], name);
	AUTO_TERR e = TERR_INIT;
	struct tvalue object, over = *to;

	if (!n || n->type != NODE_TABLE)
		return true;
	if (node_value(n, r->a, &r->world.limits, &object, &e) == 0) {
		if (!below)
			over = (struct tvalue){ .type = TVALUE_OBJECT };
		*to = object;
		if (vars_add(&r->vars, to, &over, &e) == 0)
			return true;
	}
	render_report(r, &e, &n->key_pos);
	return false;
}

static bool check_twice(struct rendering *r)
{
	const struct node *data = node_get(r->tables[SECTION_TEMPLATE], "matrix");

	for (const struct node *x = data && data->type == NODE_TABLE ? data->first : NULL; x;
	        x = x->next) {
		if (!node_get(r->tables[SECTION_MATRIX], x->key))
			continue;
		check_error(&r->l->c, "config.conflict", x,
		        "'%s' is a key of [matrix] and of [template.matrix]", x->key);
		return false;
	}
	return true;
}

static bool read_kind(struct pass *p)
{
	struct rendering *r = p->r;
	struct tvalue *layer = &r->vars.layers[VAR_FILE];

	r->tables[p->kind] = NULL;
	*layer = (struct tvalue){ .type = TVALUE_OBJECT };
	/* The older place of variables is below the newer. */
	if (p->kind == SECTION_VARS && !take_template(r, "vars", layer, true))
		return false;
	return r->kind == RENDER_TEXT ? read_sections(p) : read_document(p);
}

static bool read_all(struct rendering *r)
{
	AUTO_TSESSION s;

	tsession_init(&s, &r->world.host, &r->world.limits);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct pass p = { r, &s, order[i] };

		if (!read_kind(&p))
			return false;
		/* From here on calls without a seed take theirs from the file's stream. */
		if (order[i] == SECTION_DETERMINISM) {
			if (!settle(r))
				return false;
			tsession_release(&s);
			tsession_init(&s, &r->world.host, &r->world.limits);
		}
	}
	return take_template(r, "otel", &r->vars.otel, true) &&
	       take_template(r, "matrix", &r->vars.matrix, false) && check_twice(r);
}

bool tables_read(struct rendering *r)
{
	struct world *w = &r->world;

	if (!read_layers(r) || !settle_flags(r))
		return false;

	const struct tvalue otel = r->vars.otel;

	if (!read_all(r))
		return false;

	bool seeded = w->host.seeded, frozen = w->host.frozen;

	if (!seed_from(r, VAR_FILE) || !freeze_from(r, VAR_ENV))
		return false;
	/* What was made of chance or the clock before they were settled is made again. */
	if ((seeded == w->host.seeded || !w->saw_chance) &&
	        (frozen == w->host.frozen || !w->saw_clock))
		return true;
	w->saw_chance = w->saw_clock = false;
	r->vars.otel = otel;
	return read_all(r);
}
