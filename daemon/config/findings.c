/* What shares a sandbox, and what is done about what is left in it (config.md 3.2). */
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/load.h"

enum { MAX_DECLARED = 128 };

static int word_of(const char *const *names, size_t n, const char *word)
{
	for (size_t i = 0; word && i < n; i++)
		if (strcmp(names[i], word) == 0)
			return (int)i;
	return 0;
}

/* The flag, the file, the project. */
static enum findings_mode findings_of(const struct loader *l, const struct scope *scope)
{
	const struct node *n = scope_get(scope, "findings");
	const char *word = l->flags->findings ? l->flags->findings : n ? n->s : l->s->findings;

	return (enum findings_mode)word_of(findings_names, 3, word);
}

static void declared_of(struct loader *l, const struct scope *scope, struct str_list *out)
{
	const struct node *list = scope_get(scope, "declared_paths");

	if (list && list->n_children > MAX_DECLARED) {
		load_refuse(l, "config.range", list, "%u declared paths, the limit is %d",
		        list->n_children, MAX_DECLARED);
		return;
	}
	for (const struct node *x = list ? list->first : NULL; x; x = x->next) {
		if (x->s[0] != '/' || !load_path_fits(l, x, x->s)) {
			load_refuse(l, "config.path", x,
			        "'%s' is not absolute: the working directory is declared anyhow",
			        x->s);
			continue;
		}
		str_list_add(l->file->arena, out, arena_strdup(l->file->arena, x->s));
	}
}

static enum sandbox_scope scope_of(struct loader *l, const struct scope *scope)
{
	const struct node *n = scope_get(scope, "sandbox");
	enum sandbox_scope s = (enum sandbox_scope)word_of(sandbox_scope_names, 3, n ? n->s : NULL);
	struct diag *x;

	if (s != SCOPE_TEST || load_isolation(l, scope) != ISOLATION_STRICT)
		return s;
	x = load_refuse(l, "config.isolation", n,
	        "'sandbox = \"test\"' shares a sandbox, which isolation 'strict' does not allow");
	if (x)
		diag_help(l->c.d, x, "sandbox = \"scenario\", or isolation = \"standard\"");
	return s;
}

void load_leftovers(struct loader *l, const struct scope *scope, struct scenario *sc)
{
	sc->findings = findings_of(l, scope);
	sc->scope = scope_of(l, scope);
	declared_of(l, scope, &sc->declared);
}

/* ---- one sandbox for a test ---- */

static const struct node *table_of(const struct loader *l, size_t i)
{
	const struct node *x = l->scenarios ? l->scenarios->first : NULL;

	if (l->steps && i-- == 0)
		return l->meta;
	while (x && i--)
		x = x->next;
	return x ? x : l->meta;
}

static bool same_sandbox(const struct scenario *a, const struct scenario *b)
{
	AUTO_STRBUF x = STRBUF_INIT, y = STRBUF_INIT;

	sandbox_spec_key(&a->places[0].spec, &x);
	sandbox_spec_key(&b->places[0].spec, &y);
	return x.len == y.len && memcmp(x.s, y.s, x.len) == 0;
}

static void check_shared(struct loader *l, const struct scenario *first, const struct scenario *sc,
        const struct node *at)
{
	if (sc->scope != first->scope) {
		load_refuse(l, "config.conflict", at,
		        "'sandbox' of '%s' is '%s', that of '%s' is '%s': a test shares one as a "
		        "whole",
		        sc->name, sandbox_scope_names[sc->scope], first->name,
		        sandbox_scope_names[first->scope]);
	} else if (sc->n_places > 1) {
		load_refuse(l, "config.conflict", at,
		        "'%s' has a service with a sandbox of its own: with sandbox = \"test\" "
		        "there is one",
		        sc->name);
	} else if (!same_sandbox(first, sc)) {
		load_refuse(l, "config.conflict", at,
		        "'%s' wants another sandbox than '%s', with which it shares one (sandbox "
		        "= \"test\")",
		        sc->name, first->name);
	}
}

void load_shared(struct loader *l, const struct test *t)
{
	const struct scenario *first = t->scenarios;

	for (size_t i = 0; i < t->n_scenarios; i++) {
		const struct scenario *sc = &t->scenarios[i];

		if (sc->scope == SCOPE_TEST || first->scope == SCOPE_TEST)
			check_shared(l, first, sc, table_of(l, i));
	}
}
