/* A test file from its name to the model: read, decode, parse, check, make (config.md 8). Each
 * stage reports all it finds; the next one runs if the tree is usable. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/strbuf.h"
#include "common/utf8.h"
#include "daemon/config/lint.h"
#include "daemon/core/digest.h"

static const struct pos no_pos = { 0 };

static bool ends_in(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

/* ---- reading ---- */

struct parse_limits load_limits(const struct settings *s)
{
	struct parse_limits lim = PARSE_LIMITS_DEFAULT;

	if (s->max_file)
		lim.max_bytes = s->max_file;
	if (s->max_depth)
		lim.max_depth = s->max_depth;
	if (s->max_nodes)
		lim.max_nodes = s->max_nodes;
	return lim;
}

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

static int read_file(struct loader *l, struct strbuf *out)
{
	/* The open of a FIFO must not wait for a writer. */
	AUTO_FD fd = open(l->file->real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return report(l,
		        errno == ENOENT || errno == ENOTDIR ? "file.not_found" : "file.unreadable",
		        arena_printf(l->c.a, "cannot open '%s': %s", l->file->path,
		                strerrordesc_np(errno)));
	return read_open(l, fd, load_limits(l->s).max_bytes, out);
}

/* ---- templates ---- */

static const char *const tag_pairs[][2] = { { "{{", "}}" }, { "{%", "%}" }, { "{#", "#}" } };

/* Offset of the first tag that is also closed, or len. An open one alone is no tag: the text stays
 * as it is (shells write ${#NAME}). */
static size_t find_tag(const char *s, size_t len)
{
	size_t first = len;

	for (size_t i = 0; i < ARRAY_LEN(tag_pairs); i++) {
		const char *open = memmem(s, len, tag_pairs[i][0], 2);
		size_t at = open ? (size_t)(open - s) : len;

		if (open && memmem(open + 2, len - at - 2, tag_pairs[i][1], 2) && at < first)
			first = at;
	}
	return first;
}

/* Offset of the first opening of this kind that nothing closes, or len. */
static size_t find_open(const char *s, size_t len, const char *const tag[2])
{
	size_t at = 0;

	for (;;) {
		const char *open = memmem(s + at, len - at, tag[0], 2), *close;

		if (!open)
			return len;
		at = (size_t)(open - s) + 2;
		close = memmem(s + at, len - at, tag[1], 2);
		if (!close)
			return at - 2;
		at = (size_t)(close - s) + 2;
	}
}

static struct pos pos_at(const char *text, size_t at)
{
	struct pos p = { .line = 1 };
	size_t start = 0;

	for (size_t i = 0; i < at; i++)
		if (text[i] == '\n') {
			p.line++;
			start = i + 1;
		}
	p.col = (uint32_t)utf8_length(text + start, at - start) + 1;
	return p;
}

static void needs_templates(struct loader *l, struct pos at, const struct node *n)
{
	check_report(&l->c, l->c.for_run ? SEV_ERROR : SEV_WARNING, "config.needs_feature", at, n,
	        "the file is a template: it needs %s, which this build does not have",
	        feature_names[FEATURE_TEMPLATES]);
}

/* The first string below n whose value or key holds a tag. */
static const struct node *templated(const struct node *n)
{
	if (n->key && find_tag(n->key, n->key_len) < n->key_len)
		return n;
	if (n->type == NODE_STRING)
		return find_tag(n->s, n->len) < n->len ? n : NULL;
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return NULL;
	for (const struct node *x = n->first; x; x = x->next) {
		const struct node *found = templated(x);

		if (found)
			return found;
	}
	return NULL;
}

/* Strings that open a tag and never close it: they stay as they are (shells write ${#NAME}), which
 * may not be what was meant. */
static void warn_open_tags(struct loader *l, const struct node *n)
{
	for (size_t i = 0; n->type == NODE_STRING && i < ARRAY_LEN(tag_pairs); i++) {
		size_t at = find_open(n->s, n->len, tag_pairs[i]);

		if (at == n->len)
			continue;
		check_report(&l->c, SEV_WARNING, "template.syntax", check_offset(n, at), n,
		        "'%s' is never closed: '%s' stays as it is", tag_pairs[i][0],
		        n->key ? n->key : "the text");
		return;
	}
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return;
	for (const struct node *x = n->first; x; x = x->next)
		warn_open_tags(l, x);
}

/* ---- parsing ---- */

static struct node *parse(
        struct loader *l, const char *text, size_t len, struct arena *a, struct diags *d)
{
	const struct parse_limits lim = load_limits(l->s);

	return (l->c.yaml ? yaml_read : toml_read)(text, len, l->file->path, &lim, a, d);
}

static bool is_syntax(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].severity == SEV_ERROR && strncmp(d->v[i].code, "file.", 5) == 0)
			return false;
	return true;
}

/* The tree in l->root; false when there is none to go on with. */
static bool read_tree(struct loader *l, const char *text, size_t len, struct arena *a)
{
	bool is_tera = ends_in(l->file->path, ".tera");
	size_t tag = find_tag(text, len);
	struct diags d;

	diags_init(&d, l->file->arena);
	l->root = parse(l, text, len, a, &d);

	/* Text that is no TOML before it is rendered may well be after. */
	bool has_tag = tag < len;
	bool is_text = d.errors ? is_syntax(&d) && (is_tera || has_tag) : is_tera && has_tag;
	bool fine = !d.errors && l->root;

	/* What it will hold is not known before it is rendered. */
	l->file->unrendered = is_text;
	if (is_text)
		needs_templates(l, pos_at(text, has_tag ? tag : 0), NULL);
	else
		diags_copy(&l->file->diags, &d);
	diags_release(&d);
	if (is_text || !fine)
		return false;

	const struct node *first = templated(l->root);

	l->c.templated = first != NULL;
	if (!l->c.for_run)
		warn_open_tags(l, l->root);
	if (first)
		needs_templates(l, first->type == NODE_STRING ? first->pos : first->key_pos, first);
	else if (is_tera)
		needs_templates(l, (struct pos){ .line = 1, .col = 1 }, NULL);
	return true;
}

/* ---- the test ---- */

/* {name} and {cell} of a path; without a matrix there is no cell. */
static const char *report_path(struct loader *l, const char *path)
{
	AUTO_STRBUF b = STRBUF_INIT;

	for (const char *p = path; *p;) {
		if (strncmp(p, "{name}", 6) == 0) {
			/* A name may hold a '/': it must not choose the directory. */
			for (const char *c = l->test_name; *c; c++)
				strbuf_addc(&b, *c == '/' ? '_' : *c);
			p += 6;
		} else if (strncmp(p, "{cell}", 6) == 0) {
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
	static const char *const kinds[] = { "json", "junit", "tap" };
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

static struct test *make_test(struct loader *l)
{
	struct arena *a = l->file->arena;
	struct test *t = arena_alloc(a, sizeof(*t));
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
	return t;
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

static void load_text(struct loader *l, const char *text, size_t len, struct arena *a)
{
	struct test *t;

	if (!read_tree(l, text, len, a))
		return;
	load_tree(l);
	l->test_name = arena_strdup(l->file->arena, node_str(l->meta, "name", placeholder(l)));
	load_env_pass(l);
	load_services(l);
	load_refs(l);
	if (l->c.lint)
		lint_file(l);
	t = make_test(l);
	check_services(l);
	load_service_features(l);
	if (!l->c.d->errors)
		l->file->test = t;
}

/* Remedies that rename a key know where it stands first. */
static void expand_fixes(struct loader *l)
{
	const struct parse_limits lim = load_limits(l->s);
	struct diags *d = l->c.d;

	/* Nobody edits by what a run says. */
	for (size_t i = 0; i < d->n && l->c.for_run; i++)
		d->v[i].n_edits = 0;
	for (size_t i = 0; i < d->n && !l->c.yaml; i++)
		if (d->v[i].n_edits) {
			fix_expand(d, l->raw, l->raw_len, &lim);
			return;
		}
}

static void fill_digest(struct test_file *f, const char *text, size_t len)
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

static struct loader loader_for(struct test_file *f, const struct settings *s,
        const struct config_flags *flags, bool for_run)
{
	return (struct loader){
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
		.flags = flags,
	};
}

struct test_file *config_load(const char *path, const char *real, const char *text, size_t len,
        const struct settings *s, const struct client_env *env, const struct config_flags *flags,
        bool for_run, struct str_list *need, struct arena *need_arena)
{
	struct test_file *f = test_file_new();
	CLEANUP(arena_free) struct arena *scratch = arena_new();
	AUTO_STRBUF bytes = STRBUF_INIT;

	f->path = arena_strdup(f->arena, path);
	f->real = arena_strdup(f->arena, real);
	f->project = arena_strdup(f->arena, s->root);

	struct loader l = loader_for(f, s, flags, for_run);

	sandbox_spec_default(&l.dflt, "host");
	l.env = env;
	l.need = need;
	l.need_arena = need_arena;
	if (!text && read_file(&l, &bytes) == 0) {
		text = bytes.s;
		len = bytes.len;
	}
	if (text) {
		fill_digest(f, text, len);
		l.raw = text;
		l.raw_len = len;
		load_text(&l, text, len, scratch);
		expand_fixes(&l);
		diags_sort(&f->diags);
		source_fill(&f->diags, text, len);
	}
	free(l.made);
	return f;
}
