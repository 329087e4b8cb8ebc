/* Finding what templates refer to, and joining their names. */
#include <stdlib.h>
#include <string.h>

#include "common/map.h"
#include "daemon/template/bundle_priv.h"

#define MAX_PARTS 256u

struct linker {
	struct bundle *b;
	const struct tloader *loader;
	const struct tlimits *limits;
	struct terr *e;
	struct map *parts; /* by name */
	struct map *names; /* to number + 1 */
	uint64_t bytes;
};

static uint32_t shared_name(struct linker *l, struct name n)
{
	struct bundle *b = l->b;
	uintptr_t known = (uintptr_t)map_getn(l->names, n.s, n.len);

	if (known)
		return (uint32_t)(known - 1);
	b->names = xgrow(b->names, &b->cap_names, (size_t)b->n_names + 1, sizeof(*b->names));
	b->names[b->n_names] = n;
	map_put(l->names, n.s, (void *)((uintptr_t)b->n_names + 1));
	return b->n_names++;
}

/* At a tag of a part. */
static void place(struct linker *l, const struct part *p, uint32_t at)
{
	uint32_t line, col;

	template_place(p->t, at, &line, &col);
	terr_at(l->e, p->t->name, line, col);
}

static int fail_load(struct linker *l, const struct part *p, uint32_t at)
{
	l->e->kind = l->e->kind == TERR_LIMIT ? TERR_LIMIT : TERR_PARSE;
	place(l, p, at);
	return -1;
}

/* Takes over t. */
static struct part *add_part(struct linker *l, struct template *t)
{
	struct bundle *b = l->b;
	struct part *p = arena_alloc(b->arena, sizeof(*p));

	p->t = t;
	p->names = arena_array(b->arena, t->n_names, sizeof(*p->names));
	for (uint32_t i = 0; i < t->n_names; i++)
		p->names[i] = shared_name(l, t->names[i]);
	p->files = arena_array(b->arena, t->n_files, sizeof(struct part *));
	b->parts = xgrow(b->parts, &b->cap_parts, b->n_parts + 1, sizeof(*b->parts));
	b->parts[b->n_parts++] = p;
	map_put(l->parts, t->name, p);
	l->bytes += t->len;
	return p;
}

/* One reference of one part. Templates that are there already are recognised by their own names.
 * What fails without a place of its own is of the file that refers. */
static int load_file(struct linker *l, struct part *p, uint32_t i)
{
	struct template *t = l->loader->load(l->loader->arg, p->t->files[i].s, p->t->name, l->e);
	struct part *known;

	if (!t)
		return l->e->kind == TERR_NONE ? 0 : fail_load(l, p, 0);
	known = map_get(l->parts, t->name);
	if (known)
		template_unref(t);
	else
		known = add_part(l, t);
	p->files[i] = known;
	if (l->bytes <= l->limits->max[TLIMIT_SOURCES] && l->b->n_parts <= MAX_PARTS)
		return 0;
	terr_limit(l->e, l->limits, TLIMIT_SOURCES);
	return fail_load(l, p, 0);
}

/* Parts are appended while they are walked. */
static int load_all(struct linker *l)
{
	for (size_t n = 0; n < l->b->n_parts; n++) {
		struct part *p = l->b->parts[n];

		for (uint32_t i = 0; i < p->t->n_files; i++)
			if (load_file(l, p, i) < 0)
				return -1;
	}
	return 0;
}

/* ---- parents ---- */

/* "[\"b\", \"c\"]": the parents of p, up to where it comes again. */
static void write_chain(const struct part *p, struct strbuf *out)
{
	const struct part *at = p;

	strbuf_addc(out, '[');
	do {
		at = at->parent;
		strbuf_printf(out, "%s\"%s\"", out->len > 1 ? ", " : "", at->t->name);
	} while (at != p);
	strbuf_addc(out, ']');
}

static int set_parent(struct linker *l, struct part *p)
{
	if (p->t->parent == NO_NAME)
		return 0;
	p->parent = p->files[p->t->parent];
	if (p->parent)
		return 0;
	terr_set(l->e,
	        "Template '%s' is inheriting from '%s', which doesn't exist or isn't loaded.",
	        p->t->name, p->t->files[p->t->parent].s);
	return fail_load(l, p, p->t->parent_at);
}

static int check_circle(struct linker *l, const struct part *p)
{
	AUTO_STRBUF chain = STRBUF_INIT;
	const struct part *at = p->parent;

	for (size_t i = 0; at && at != p && i <= l->b->n_parts; i++)
		at = at->parent;
	if (at != p)
		return 0;
	write_chain(p, &chain);
	terr_set(l->e, "Circular extend detected for template '%s'. Inheritance chain: `%s`",
	        p->t->name, chain.s);
	return fail_load(l, p, p->t->parent_at);
}

static int link_parents(struct linker *l)
{
	struct bundle *b = l->b;

	for (size_t i = 0; i < b->n_parts; i++)
		if (set_parent(l, b->parts[i]) < 0)
			return -1;
	for (size_t i = 0; i < b->n_parts; i++)
		if (check_circle(l, b->parts[i]) < 0)
			return -1;
	b->root = b->parts[0];
	while (b->root->parent)
		b->root = b->root->parent;
	return 0;
}

/* ---- macros ---- */

static void add_space(struct part *p, uint32_t ns, const struct part *whose, bool replace)
{
	for (size_t i = 0; i < p->n_spaces; i++)
		if (p->spaces[i].ns == ns) {
			if (replace)
				p->spaces[i].part = whose;
			return;
		}
	p->spaces = xgrow(p->spaces, &p->cap_spaces, p->n_spaces + 1, sizeof(*p->spaces));
	p->spaces[p->n_spaces++] = (struct namespace){ ns, whose };
}

static void inherit_spaces(struct part *p, const struct part *from)
{
	for (size_t i = 0; i < from->n_spaces; i++)
		add_space(p, from->spaces[i].ns, from->spaces[i].part, false);
}

/* A template's own imports come first, then what the imported files import, then those of parents.
 * The mark is set before, so that files that import each other end. */
static void link_spaces(struct part *p)
{
	if (p->spaces_done)
		return;
	p->spaces_done = true;
	if (p->t->macros)
		add_space(p, NAME_SELF, p, true);
	for (const struct import *i = p->t->imports; i; i = i->next)
		add_space(p, p->names[i->ns], p->files[i->ref], true);
	for (const struct import *i = p->t->imports; i; i = i->next) {
		struct part *file = (struct part *)(uintptr_t)p->files[i->ref];

		link_spaces(file);
		inherit_spaces(p, file);
	}
	for (const struct part *up = p->parent; up; up = up->parent) {
		link_spaces((struct part *)(uintptr_t)up);
		inherit_spaces(p, up);
	}
}

static int check_imports(struct linker *l, const struct part *p)
{
	for (const struct import *i = p->t->imports; i; i = i->next) {
		if (p->files[i->ref])
			continue;
		terr_set(l->e, "Template `%s` loads macros from `%s` which isn't present in Tera",
		        p->t->name, p->t->files[i->ref].s);
		return fail_load(l, p, i->at);
	}
	return 0;
}

static int link_macros(struct linker *l)
{
	struct bundle *b = l->b;

	for (size_t i = 0; i < b->n_parts; i++)
		if (check_imports(l, b->parts[i]) < 0)
			return -1;
	for (size_t i = 0; i < b->n_parts; i++)
		link_spaces(b->parts[i]);
	return 0;
}

/* ---- looking up ---- */

const struct block *part_block(const struct part *p, uint32_t name)
{
	for (const struct block *b = p->t->blocks; b; b = b->next)
		if (p->names[b->name] == name)
			return b;
	return NULL;
}

const struct macro *part_macro(const struct part *p, uint32_t name)
{
	for (const struct macro *m = p->t->macros; m; m = m->next)
		if (p->names[m->name] == name)
			return m;
	return NULL;
}

const struct part *part_space(const struct part *p, uint32_t ns)
{
	for (size_t i = 0; i < p->n_spaces; i++)
		if (p->spaces[i].ns == ns)
			return p->spaces[i].part;
	return NULL;
}

/* ---- the door ---- */

static int link_bundle(struct linker *l, struct template *main)
{
	for (size_t i = 0; i < NAME_FIXED; i++)
		shared_name(l, (struct name){ fixed_names[i], (uint32_t)strlen(fixed_names[i]) });
	add_part(l, template_ref(main));
	if (load_all(l) < 0 || link_parents(l) < 0)
		return -1;
	return link_macros(l);
}

struct bundle *bundle_new(struct template *main, const struct tloader *loader,
        const struct tlimits *limits, struct terr *e)
{
	CLEANUP(bundle_free) struct bundle *b = xcalloc(1, sizeof(*b));
	struct linker l = { b, loader, limits ? limits : &tlimits_default, e, map_new(), map_new(),
		0 };

	b->arena = arena_new();

	int rc = link_bundle(&l, main);

	map_free(l.parts, NULL);
	map_free(l.names, NULL);
	if (rc == 0)
		return STEAL(b);
	if (!e->head.len)
		strbuf_printf(&e->head, "Failed to parse '%s'",
		        e->template.len ? e->template.s : main->name);
	return NULL;
}

void bundle_free(struct bundle *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n_parts; i++) {
		free(b->parts[i]->spaces);
		template_unref(b->parts[i]->t);
	}
	free(b->parts);
	free(b->names);
	arena_free(b->arena);
	free(b);
}

const struct template *bundle_template(const struct bundle *b, size_t i)
{
	return i < b->n_parts ? b->parts[i]->t : NULL;
}
