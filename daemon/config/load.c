/* A test file from its name to the model: read, decode, parse, check, make (config.md 8). Each
 * stage reports all it finds; the next one runs if the tree is usable. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/map.h"
#include "common/strbuf.h"
#include "common/utf8.h"
#include "daemon/config/lint.h"
#include "daemon/config/load.h"
#include "daemon/config/render.h"
#include "daemon/core/digest.h"

static const struct pos no_pos = { 0 };

static bool ends_in(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

/* ---- reading ---- */

static int report(struct loader *l, const char *code, const char *text)
{
	struct diag *x = check_report(&l->c, SEV_ERROR, code, no_pos, NULL, "%s", text);

	if (strcmp(code, "file.too_large") == 0)
		diag_help(l->c.d, x, "split it, or raise parser.max_file in cleanroom.toml");
	return -1;
}

static int read_open(struct loader *l, int fd, size_t max, struct strbuf *out)
{
	struct stat st;
	struct err e;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return report(l, "file.unreadable",
		        arena_printf(l->c.a, "'%s' is not a regular file", l->file->path));
	if ((uint64_t)st.st_size > max)
		return report(l, "file.too_large",
		        arena_printf(l->c.a,
		                "file has %lld bytes, the limit is %zu (parser.max_file)",
		                (long long)st.st_size, max));
	if (fs_read_fd(fd, l->file->path, max, out, &e) < 0)
		return report(l, e.code == ERR_LIMIT ? "file.too_large" : "file.unreadable", e.msg);
	return 0;
}

int load_read(struct loader *l, struct strbuf *out)
{
	/* The open of a FIFO must not wait for a writer. */
	AUTO_FD fd = open(l->file->real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return report(l,
		        errno == ENOENT || errno == ENOTDIR ? "file.not_found" : "file.unreadable",
		        arena_printf(l->c.a, "cannot open '%s': %s", l->file->path,
		                strerrordesc_np(errno)));
	return read_open(l, fd, load_parse_limits(l->s).max_bytes, out);
}

/* ---- the test ---- */

/* A name may hold a '/': it must not choose the directory. */
static void add_name(struct strbuf *b, const char *name)
{
	for (; *name; name++)
		strbuf_addc(b, *name == '/' ? '_' : *name);
}

/* {name} and {cell} of a path. */
static const char *report_path(struct loader *l, const char *path)
{
	AUTO_STRBUF b = STRBUF_INIT;

	for (const char *p = path; *p;) {
		if (strncmp(p, "{name}", 6) == 0) {
			add_name(&b, l->test_name);
			p += 6;
		} else if (strncmp(p, "{cell}", 6) == 0) {
			add_name(&b, l->cell);
			p += 6;
		} else {
			strbuf_addc(&b, *p++);
		}
	}

	AUTO_STR whole = fs_join(l->s->root, b.s);
	AUTO_STR normal = fs_normalize(whole);

	return arena_strdup(l->file->arena, normal);
}

/* Where a report goes: below the project, wherever links lead; NULL = refused. */
static const char *report_target(struct loader *l, const struct node *n)
{
	const char *path = report_path(l, n->s);
	AUTO_STR root = realpath(l->s->root, NULL);

	l->file->transient = true;
	if (!load_path_fits(l, n, path))
		return NULL;
	AUTO_STR real = fs_real_target(path);
	if (!root || !real || !fs_is_below(real, root) || strcmp(real, root) == 0) {
		load_refuse(l, "config.path", n, "'%s' lies outside the project '%s'", n->s,
		        l->s->root);
		return NULL;
	}
	return arena_strdup(l->file->arena, real);
}

static void load_reports(struct loader *l, struct test *t)
{
	static const char *const kinds[] = { "json", "junit", "tap", "markdown", "html" };
	const struct node *table = node_get(l->root, "report");
	const struct node *logs = node_get(table, "include_logs");

	if (!table)
		return;
	t->reports = arena_array(l->file->arena, ARRAY_LEN(kinds), sizeof(*t->reports));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct node *n = node_get(table, kinds[i]);

		if (!n)
			continue;
		if (!n->len) {
			load_refuse(l, "config.empty", n, "'%s' must not be blank", kinds[i]);
			continue;
		}
		const char *path = report_target(l, n);

		if (path && !l->flags->reports_off)
			t->reports[t->n_reports++] =
			        (struct report_wish){ kinds[i], path, logs && !logs->b };
	}
}

static const char *placeholder(struct loader *l)
{
	const char *slash = strrchr(l->file->path, '/');

	return slash ? slash + 1 : l->file->path;
}

static void make_test(struct loader *l, struct test *t)
{
	struct arena *a = l->file->arena;
	const struct node *tags = node_get(l->meta, "tags"), *limit = node_get(l->meta, "timeout");

	*t = (struct test){
		.name = arena_strdup(a, l->test_name),
		.version = arena_strdup(a, node_str(l->meta, "version", "1.0")),
		.description = arena_strdup(a, node_str(l->meta, "description", NULL)),
		.pos = l->meta->pos,
		.tags = node_list(a, tags),
		.skip = arena_strdup(a, node_str(l->meta, "skip", NULL)),
		.timeout = load_deadline(limit, 0, false, 0),
	};
	load_scenarios(l, t);
	load_reports(l, t);
}

/* What a receipt could not show. */
static void check_strict(struct loader *l, const struct service *s)
{
	static const char *const keys[] = { "capabilities", "endpoint" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct node *n = node_get(s->node, keys[i]);

		if (n && (n->type == NODE_STRING || n->n_children))
			load_refuse(l, "config.policy_denied", n,
			        "service '%s': '%s' is refused under isolation = \"strict\"",
			        s->name, keys[i]);
	}
}

/* Servers are not started by this build; what they ask for is checked all the same. */
static void check_services(struct loader *l)
{
	const struct scope scope = { .v = { l->meta, l->root }, .n = 2 };
	enum isolation iso = load_isolation(l, &scope);

	for (size_t i = 0; i < l->n_services; i++) {
		const struct service *s = &l->services[i];
		size_t n;

		if (iso == ISOLATION_STRICT)
			check_strict(l, s);
		if (s->class == SERVICE_ON_DEMAND)
			continue;
		load_volumes(l, node_get(s->node, "volumes"), iso, &n);
		load_files(l, node_get(s->node, "files"), &n);
	}
}

/* ---- the cells ---- */

/* One for each cell: what is found in it is first kept apart. */
struct cell_loader {
	struct loader l;
	struct diags d;
};

/* The part of a loader that each cell starts with. */
static void cell_begin(struct cell_loader *c, const struct loader *l, struct rendering *r, size_t i)
{
	c->l = *l;
	c->l.cell = r->cells[i].name;
	c->l.rendering = r;
	c->l.cell_index = i;
	diags_init(&c->d, l->file->arena);
	c->l.c.d = &c->d;
}

static bool cell_read(struct cell_loader *c, struct rendering *r, size_t i)
{
	struct loader *l = &c->l, *outer = r->l;

	r->l = l;
	l->root = render_cell(r, i);
	r->l = outer;
	if (!l->root)
		return false;
	load_tree(l);
	l->test_name = arena_strdup(l->file->arena, node_str(l->meta, "name", placeholder(l)));
	return true;
}

/* Names that all differ say it themselves. */
static bool names_differ(const struct cell_loader *cells, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(cells[i].l.test_name, cells[k].l.test_name) == 0)
				return false;
	return n > 1;
}

static void name_cells(struct cell_loader *cells, size_t n)
{
	if (names_differ(cells, n))
		return;
	for (size_t i = 0; i < n; i++)
		if (*cells[i].l.cell)
			cells[i].l.test_name = arena_printf(cells[i].l.file->arena, "%s [%s]",
			        cells[i].l.test_name, cells[i].l.cell);
}

/* Key and value of the cell, in the order of the file. */
static struct str_list cell_labels(struct arena *a, const struct node *matrix, const struct cell *c)
{
	struct str_list l = { 0 };

	for (const struct node *x = matrix ? matrix->first : NULL; x; x = x->next) {
		const struct tvalue *v = tvalue_get(&c->values, x->key, x->key_len);
		AUTO_TBUF text = { .max = 4096 };

		tvalue_print(v, &text);
		str_list_add(a, &l, arena_strdup(a, x->key));
		str_list_add(a, &l, arena_strndup(a, text.s ? text.s : "", text.len));
	}
	return l;
}

static void cell_make(struct cell_loader *c, struct rendering *r, size_t i, struct test *t)
{
	struct loader *l = &c->l;

	load_env_pass(l);
	load_services(l);
	load_refs(l);
	if (l->c.lint)
		lint_file(l);
	make_test(l, t);
	check_services(l);
	load_service_features(l);
	load_assertions(l, t);
	t->matrix = cell_labels(l->file->arena, r->tables[SECTION_MATRIX], &r->cells[i]);
	render_place_test(r, i, t);
}

static bool same_finding(const struct diag *a, const struct diag *b)
{
	return a->severity == b->severity && a->pos.line == b->pos.line &&
	       a->pos.col == b->pos.col && strcmp(a->code, b->code) == 0 &&
	       strcmp(a->message, b->message) == 0;
}

static bool is_among(const struct diag *v, size_t n, const struct diag *x)
{
	for (size_t i = 0; i < n; i++)
		if (same_finding(&v[i], x))
			return true;
	return false;
}

/* What was found in an earlier cell, or round of a loop, is not said again, and what is too much is
 * counted. */
static void tell(struct diags *to, struct diags *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct diag *x = &d->v[i];

		if (is_among(to->v, to->n, x) || is_among(d->v, kept, x)) {
			d->errors -= x->severity == SEV_ERROR;
			d->warnings -= x->severity == SEV_WARNING;
		} else if (to->n + kept < to->max) {
			d->v[kept++] = *x;
		}
	}
	d->n = kept;
	diags_copy(to, d);
}

static void cell_end(struct cell_loader *c, struct rendering *r, size_t i)
{
	render_place_diags(r, i, &c->d);
	tell(&c->l.file->diags, &c->d);
	diags_release(&c->d);
	free(c->l.made);
}

static void note_determinism(struct loader *l, const struct world *w)
{
	struct arena *a = l->file->arena;
	int64_t s = w->frozen_ns / NS_PER_S - (w->frozen_ns % NS_PER_S < 0);

	if (w->host.seeded)
		l->seed = arena_printf(a, "%llu", (unsigned long long)w->host.seed);
	if (!w->frozen)
		return;
	l->frozen = arena_strdup(a, w->frozen);
	l->frozen_s = arena_printf(a, "%lld", (long long)s);
}

/* Snapshots of cells that were not asked for are not obsolete. */
static bool picks_cells(const struct rendering *r)
{
	return r->tables[SECTION_MATRIX] && r->vars.picked.len > 0;
}

void load_cells(struct loader *l, struct rendering *r, struct arena *a)
{
	struct cell_loader *cells = arena_array(a, r->n_cells + 1, sizeof(*cells));
	struct test *tests = arena_array(l->file->arena, r->n_cells + 1, sizeof(*tests));
	struct snapshot_set snapshots = { .seen = map_new() };
	bool good = true;

	l->snapshots = &snapshots;
	note_determinism(l, &r->world);
	for (size_t i = 0; i < r->n_cells; i++) {
		cell_begin(&cells[i], l, r, i);
		good = cell_read(&cells[i], r, i) && good;
	}
	if (good)
		name_cells(cells, r->n_cells);
	for (size_t i = 0; i < r->n_cells; i++) {
		if (good)
			cell_make(&cells[i], r, i, &tests[i]);
		cell_end(&cells[i], r, i);
	}
	if (!l->file->diags.errors && !picks_cells(r))
		load_obsolete_snapshots(l);
	map_free(snapshots.seen, NULL);
	l->snapshots = NULL;
	if (l->file->diags.errors)
		return;
	l->file->tests = tests;
	l->file->n_tests = r->n_cells;
}

static void load_text(struct loader *l, const char *text, size_t len, struct arena *a)
{
	struct rendering r;

	if (render_begin(&r, l, text, len, a))
		load_cells(l, &r, a);
	l->rendered_text = r.kind == RENDER_TEXT;
	if (r.world.variables)
		world_tell(&r.world, l->file->arena, &l->file->made_from);

	const struct made_from *m = &l->file->made_from;

	if (m->rendered)
		load_causes(l, r.kind == RENDER_PLAIN);
	/* What is made from more than files and the request is made anew each time. */
	if (m->saw_clock || m->saw_chance)
		l->file->transient = true;
	render_end(&r);
}

/* Remedies that rename a key know where it stands first. */
static void expand_fixes(struct loader *l)
{
	const struct parse_limits lim = load_parse_limits(l->s);
	struct diags *d = l->c.d;

	/* Nobody edits by what a run says, nor what was rendered. */
	for (size_t i = 0; i < d->n && (l->c.for_run || l->rendered_text); i++)
		d->v[i].n_edits = 0;
	for (size_t i = 0; i < d->n && !l->c.yaml; i++)
		if (d->v[i].n_edits) {
			fix_expand(d, l->raw, l->raw_len, &lim);
			return;
		}
}

void load_digest(struct test_file *f, const char *text, size_t len)
{
	struct digest d;

	digest_of(text, len, &d);
	digest_hex(&d, f->sha256);
}

bool load_is_yaml(const char *path)
{
	AUTO_STR name = xstrdup(path);
	size_t n = strlen(name);

	if (ends_in(name, ".tera"))
		name[n - 5] = '\0';
	return ends_in(name, ".yaml") || ends_in(name, ".yml");
}

struct test_file *load_new(const char *path, const char *real, const struct settings *s)
{
	struct test_file *f = test_file_new();

	f->path = arena_strdup(f->arena, path);
	f->real = arena_strdup(f->arena, real);
	f->project = arena_strdup(f->arena, s->root);
	return f;
}

struct loader load_begin(struct test_file *f, const struct settings *s,
        const struct client_env *env, const struct config_flags *flags, bool for_run)
{
	struct loader l = {
		.c = {
			.file = f->path,
			.a = f->arena,
			.d = &f->diags,
			.yaml = load_is_yaml(f->path),
			.strict = flags->strict || s->strict,
			.allow_unknown = flags->allow_unknown,
			.for_run = for_run,
			.lint = flags->lint,
		},
		.file = f,
		.s = s,
		.env = env,
		.flags = flags,
	};

	sandbox_spec_default(&l.dflt, "host");
	return l;
}

struct test_file *config_load(const char *path, const char *real, const char *text, size_t len,
        const struct settings *s, const struct client_env *env, const struct config_flags *flags,
        bool for_run, struct str_list *need, struct arena *need_arena)
{
	struct test_file *f = load_new(path, real, s);
	CLEANUP(arena_free) struct arena *scratch = arena_new();
	AUTO_STRBUF bytes = STRBUF_INIT;
	struct loader l = load_begin(f, s, env, flags, for_run);

	l.need = need;
	l.need_arena = need_arena;
	if (!text && load_read(&l, &bytes) == 0) {
		text = bytes.s;
		len = bytes.len;
	}
	if (text) {
		load_digest(f, text, len);
		l.raw = text;
		l.raw_len = len;
		load_text(&l, text, len, scratch);
		expand_fixes(&l);
		diags_sort(&f->diags);
		source_fill(&f->diags, text, len);
	}
	return f;
}
