#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/load.h"

void scope_push(struct scope *s, const struct node *table)
{
	if (!table)
		return;
	assert(s->n < SCOPE_MAX);
	s->v[s->n++] = table;
}

const struct node *scope_get(const struct scope *s, const char *key)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct node *n = node_get(s->v[i], key);

		if (n)
			return n;
	}
	return NULL;
}

const char *node_str(const struct node *table, const char *key, const char *dflt)
{
	const struct node *n = table ? node_get(table, key) : NULL;

	return n && n->type == NODE_STRING ? n->s : dflt;
}

bool node_flag(const struct node *table, const char *key, bool dflt)
{
	const struct node *n = table ? node_get(table, key) : NULL;

	return n && n->type == NODE_BOOL ? n->b : dflt;
}

int64_t node_int(const struct node *table, const char *key, int64_t dflt)
{
	const struct node *n = table ? node_get(table, key) : NULL;

	return n && n->type == NODE_INT ? n->i : dflt;
}

struct str_list node_list(struct arena *a, const struct node *list)
{
	struct str_list l = { 0 };

	l.v = arena_array(a, list ? list->n_children + 1 : 1, sizeof(*l.v));
	for (const struct node *x = list ? list->first : NULL; x; x = x->next)
		l.v[l.n++] = arena_strdup(a, x->s);
	return l;
}

void str_list_add(struct arena *a, struct str_list *l, const char *s)
{
	const char **v = arena_array(a, l->n + 2, sizeof(*v));

	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	v[l->n++] = s;
	l->v = v;
}

bool str_list_has(const struct str_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

bool loader_first_time(const struct loader *l, const char *code, struct pos at)
{
	for (size_t i = 0; i < l->c.d->n; i++) {
		const struct diag *x = &l->c.d->v[i];

		if (x->pos.line == at.line && x->pos.col == at.col && strcmp(x->code, code) == 0)
			return false;
	}
	return true;
}

struct diag *load_refuse(
        struct loader *l, const char *code, const struct node *at, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	if (!loader_first_time(l, code, at->pos))
		return NULL;
	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	return check_error(&l->c, code, at, "%s", text.s);
}

const char *load_why(int error)
{
	const char *text = strerrordesc_np(error);

	return error == ENOENT ? "no such file or directory" : text ? text : "unknown error";
}

bool load_is_damaged(const struct loader *l, const struct node *table)
{
	const char *at = node_pointer(table, l->c.a);
	size_t n = strlen(at);

	for (size_t i = 0; i < l->c.d->n; i++) {
		const struct diag *x = &l->c.d->v[i];

		if (x->severity == SEV_ERROR && x->pointer && strncmp(x->pointer, at, n) == 0 &&
		        x->pointer[n] == '/')
			return true;
	}
	return false;
}

const struct made *load_made(const struct loader *l, const struct node *from, int how)
{
	for (size_t i = 0; from && i < l->n_made; i++)
		if (l->made[i].from == from && l->made[i].how == how)
			return &l->made[i];
	return NULL;
}

void load_keep_made(struct loader *l, const struct node *from, int how, void *v, size_t n)
{
	/* What a scenario has of its own is not shared, and there may be many of those. */
	if (from->parent && from->parent->parent == l->scenarios && l->scenarios)
		return;
	l->made = xgrow(l->made, &l->cap_made, l->n_made + 1, sizeof(*l->made));
	l->made[l->n_made++] = (struct made){ .from = from, .how = how, .v = v, .n = n };
}

const char *settings_source(const struct settings *s, const char *key)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (strcmp(s->rows[i].key, key) == 0)
			return s->rows[i].source;
	return "default";
}

bool settings_says(const struct settings *s, const char *key)
{
	return strcmp(settings_source(s, key), "default") != 0;
}
