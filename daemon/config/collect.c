/* artifacts.collect: what is kept of a scenario beside its result (config.md 3.8). */
#include <string.h>

#include "common/fs.h"
#include "daemon/config/load.h"

/* What a later part builds. */
static void refuse_kind(struct loader *l, const struct node *x, size_t len)
{
	static const struct {
		const char *kind;
		enum feature needs;
	} later[] = {
		{ "spans", FEATURE_TELEMETRY }, { "network", FEATURE_TELEMETRY },
		{ "metrics", FEATURE_TELEMETRY }, { "logs", FEATURE_SERVICES }, /* of a service */
	};

	if (!loader_first_time(l, "config.needs_feature", x->pos))
		return;
	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		if (strlen(later[i].kind) == len && strncmp(later[i].kind, x->s, len) == 0)
			check_feature(&l->c, later[i].needs, x, x->s);
}

static void add(struct loader *l, struct scenario *sc, const struct collect_wish *w)
{
	for (size_t i = 0; i < sc->n_collect; i++) {
		struct collect_wish *at = &sc->collect[i];

		if (at->kind == w->kind && (!w->what || strcmp(at->what, w->what) == 0)) {
			at->optional &= w->optional;
			return;
		}
	}
	struct collect_wish *v = arena_array(l->file->arena, sc->n_collect + 1, sizeof(*v));

	if (sc->n_collect)
		memcpy(v, sc->collect, sc->n_collect * sizeof(*v));
	v[sc->n_collect++] = *w;
	sc->collect = v;
}

static void add_files(struct loader *l, struct scenario *sc, const struct node *x, const char *what,
        bool optional)
{
	AUTO_STR plain = fs_normalize(what);
	struct collect_wish w = { .kind = COLLECT_FILES, .optional = optional };

	if (what[0] != '/' || strcmp(plain, "/") == 0) {
		if (loader_first_time(l, "config.path", x->pos))
			check_error(&l->c, "config.path", x,
			        "'%s' must be an absolute path in the sandbox, and not all of it",
			        what);
		return;
	}
	w.what = arena_strdup(l->file->arena, plain);
	add(l, sc, &w);
}

static bool add_logs(struct loader *l, struct scenario *sc, const char *what, bool optional)
{
	bool all = strcmp(what, "all") == 0, found = false;
	static const char *const names[] = { "stdout", "stderr" };

	for (int i = 0; i < 2; i++) {
		struct collect_wish w = { .kind = i ? COLLECT_STDERR : COLLECT_STDOUT,
			.optional = optional };

		if (!all && strcmp(what, names[i]) != 0)
			continue;
		found = true;
		add(l, sc, &w);
	}
	return found;
}

static void add_list(struct loader *l, struct scenario *sc, const struct node *table)
{
	const struct node *artifacts = table ? node_get(table, "artifacts") : NULL;
	const struct node *list = artifacts ? node_get(artifacts, "collect") : NULL;

	for (const struct node *x = list ? list->first : NULL; x; x = x->next) {
		size_t len = strcspn(x->s, ":");
		const char *what = x->s[len] ? x->s + len + 1 : x->s + len;
		bool optional = len && x->s[len - 1] == '?';

		len -= optional;
		if (len == 5 && strncmp(x->s, "files", len) == 0)
			add_files(l, sc, x, what, optional);
		else if (len != 4 || strncmp(x->s, "logs", len) != 0 ||
		         !add_logs(l, sc, what, optional))
			refuse_kind(l, x, len);
	}
}

void load_collect(struct loader *l, const struct node *node, struct scenario *sc)
{
	add_list(l, sc, l->root);
	add_list(l, sc, node);
}
