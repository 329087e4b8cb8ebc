#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "daemon/config/settings_priv.h"

/* ---- the struct from the list ---- */

enum binding_kind { B_BOOL, B_UNSIGNED, B_I64, B_U64, B_STR, B_LIST };

#define BIND(k, field, kind)                              \
	{                                                 \
		k, offsetof(struct settings, field), kind \
	}

static const struct binding {
	const char *key;
	size_t offset;
	enum binding_kind kind;
} bindings[] = {
	BIND("project.name", project_name, B_STR),
	BIND("cli.parallel", parallel, B_BOOL),
	BIND("cli.jobs", jobs, B_UNSIGNED),
	BIND("cli.output_format", output_format, B_STR),
	BIND("cli.fail_fast", fail_fast, B_BOOL),
	BIND("cli.watch", watch, B_BOOL),
	BIND("containers.reuse_enabled", reuse_enabled, B_BOOL),
	BIND("containers.default_image", default_image, B_STR),
	BIND("containers.max_containers", max_containers, B_UNSIGNED),
	BIND("containers.max_memory_mb", max_memory_bytes, B_U64),
	BIND("containers.image_max_mb", image_max_bytes, B_U64),
	BIND("containers.prepared_max_mb", prepared_max_bytes, B_U64),
	BIND("containers.startup_timeout", startup_timeout_ns, B_I64),
	BIND("performance.container_pool_size", pool_size, B_UNSIGNED),
	BIND("performance.cache_compiled_tests", cache_compiled, B_BOOL),
	BIND("performance.parallel_step_execution", parallel_steps, B_BOOL),
	BIND("test_execution.default_timeout", scenario_timeout_ns, B_I64),
	BIND("test_execution.step_timeout", step_timeout_ns, B_I64),
	BIND("test_execution.adaptive_deadlines", adaptive_deadlines, B_BOOL),
	BIND("test_execution.adaptive_floor", adaptive_floor_ns, B_I64),
	BIND("test_execution.ignore", ignore, B_LIST),
	BIND("test_execution.env_pass", env_pass, B_LIST),
	BIND("test_execution.test_dir", test_dir, B_STR),
	BIND("test_execution.strict", strict, B_BOOL),
	BIND("test_execution.findings", findings, B_STR),
	BIND("test_execution.hermetic_env", hermetic_env, B_BOOL),
	BIND("test_execution.fail_on_flaky", fail_on_flaky, B_BOOL),
	BIND("security.allow_volumes", allow_volumes, B_LIST),
	BIND("security.file_system_isolation", file_system_isolation, B_BOOL),
	BIND("security.network_isolation", network_isolation, B_BOOL),
	BIND("security.hermetic_isolation", hermetic_isolation, B_BOOL),
	BIND("host.paths", host_paths, B_LIST),
	BIND("policy.disallowed_commands", disallowed_commands, B_LIST),
	BIND("parser.max_file", max_file, B_U64),
	BIND("parser.max_nodes", max_nodes, B_U64),
	BIND("parser.max_depth", max_depth, B_UNSIGNED),
	BIND("keep.max_time", keep_time_ns, B_I64),
	BIND("keep.max_sandboxes", keep_max, B_UNSIGNED),
	BIND("keep.max_mb", keep_max_bytes, B_U64),
	BIND("cache.results", cache_results, B_BOOL),
	BIND("cache.max_mb", cache_max_bytes, B_U64),
	BIND("history.max_mb", history_max_bytes, B_U64),
	BIND("history.max_runs", history_max_runs, B_UNSIGNED),
	BIND("reporting.generate_html", generate_html, B_BOOL),
	BIND("reporting.generate_junit", generate_junit, B_BOOL),
	BIND("reporting.report_dir", report_dir, B_STR),
	BIND("reporting.include_timestamps", include_timestamps, B_BOOL),
	BIND("reporting.include_logs", include_logs, B_BOOL),
	BIND("observability.log_level", log_level, B_STR),
	BIND("observability.enable_logging", enable_logging, B_BOOL),
	BIND("observability.enable_metrics", enable_metrics, B_BOOL),
};

static struct str_list list_of(struct arena *a, const struct node *n)
{
	struct str_list l = { .v = arena_array(a, n->n_children + 1, sizeof(*l.v)) };

	for (const struct node *x = n->first; x; x = x->next)
		l.v[l.n++] = x->s;
	return l;
}

static void bind(struct settings *s, const struct binding *b, const struct node *n)
{
	void *field = (char *)s + b->offset;

	switch (b->kind) {
	case B_BOOL:
		*(bool *)field = n->b;
		break;
	case B_UNSIGNED:
		*(unsigned *)field = (unsigned)n->i;
		break;
	case B_I64:
		*(int64_t *)field = n->i;
		break;
	case B_U64:
		*(uint64_t *)field = (uint64_t)n->i;
		break;
	case B_STR:
		*(const char **)field = n->s;
		break;
	case B_LIST:
		*(struct str_list *)field = list_of(s->arena, n);
		break;
	}
}

static void bind_all(const struct setting_list *l)
{
	for (size_t i = 0; i < ARRAY_LEN(bindings); i++) {
		const struct setting *x = setting_find(l, bindings[i].key);

		if (x->node)
			bind(l->s, &bindings[i], x->node);
	}
}

static void decide_adaptive(const struct setting_list *l)
{
	l->s->adaptive_said = setting_is_set(setting_find(l, "test_execution.adaptive_deadlines"));
}

/* Alternating reference and image. */
static void bind_image_map(const struct setting_list *l)
{
	const struct node *map = setting_find(l, "containers.image_map")->node;
	struct str_list *out = &l->s->image_map;

	out->v = arena_array(l->s->arena, map->n_children * 2 + 1, sizeof(*out->v));
	for (const struct node *x = map->first; x; x = x->next) {
		out->v[out->n++] = x->key;
		out->v[out->n++] = x->s;
	}
}

/* ---- findings ---- */

struct diag *setting_finding(const struct setting_list *l, const struct setting *x,
        enum severity sev, const char *code, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct diags *d = x->file ? &x->file->diags : &l->s->diags;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	return diags_add(d, sev, code, x->file ? x->file->name : x->source,
	        x->file ? x->node->pos : (struct pos){ 0 }, "%s", text.s);
}

/* ---- two names of one key ---- */

/* [isolation] at the top is security.isolation, [engine] is containers.engine. */
static void move_key(struct settings *s, struct settings_file *f, const char *key, const char *to)
{
	struct node *prev = NULL, *n = f->root->first, *table, *old;

	for (; n && strcmp(n->key, key) != 0; n = n->next)
		prev = n;
	if (!n)
		return;
	node_unlink(f->root, prev, n);
	table = node_get(f->root, to);
	if (!table) {
		table = arena_alloc(s->arena, sizeof(*table));
		table->key = to;
		table->key_len = strlen(to);
		table->pos = n->pos;
		node_append(f->root, table);
	}
	old = node_get(table, key);
	if (!old)
		node_append(table, n);
	else if (!node_equal(old, n))
		diags_add(&f->diags, SEV_ERROR, "project.conflict", f->name, n->key_pos,
		        "'%s' here and '%s.%s' at line %u say different things", key, to, key,
		        old->key_pos.line);
}

/* ---- isolation ---- */

static const struct {
	const char *level;
	enum isolation isolation;
} levels[] = {
	{ "low", ISOLATION_RELAXED },
	{ "medium", ISOLATION_STANDARD },
	{ "high", ISOLATION_STRICT },
};

static enum isolation by_level(const char *level)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (strcmp(levels[i].level, level) == 0)
			return levels[i].isolation;
	return ISOLATION_STANDARD;
}

static bool isolation_of(const char *name, enum isolation *out)
{
	for (int i = ISOLATION_STRICT; i <= (int)ISOLATION_RELAXED; i++)
		if (strcmp(isolation_names[i], name) == 0) {
			*out = (enum isolation)i;
			return true;
		}
	*out = ISOLATION_STANDARD;
	return strcmp(name, "default") == 0;
}

static const struct node *text_leaf(struct setting_list *l, const struct setting *x, const char *s)
{
	struct node *leaf;

	setting_tree(l->s->arena, x->table, x->option, s, &leaf);
	return leaf;
}

/* isolation wins over security_level, that over the policy's; hermetic_isolation = false lowers
 * what nobody states. */
static void decide_isolation(struct setting_list *l)
{
	struct setting *iso = setting_find(l, "security.isolation");
	const struct setting *hermetic = setting_find(l, "security.hermetic_isolation"),
	                     *from = NULL;
	const struct setting *const by[] = { setting_find(l, "security.security_level"),
		setting_find(l, "policy.security_level") };
	enum isolation *out = &l->s->isolation;

	*out = ISOLATION_STANDARD;
	if (setting_is_set(iso)) {
		isolation_of(iso->node->s, out);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(by) && !from; i++)
		if (setting_is_set(by[i])) {
			from = by[i];
			*out = by_level(from->node->s);
		}
	if (!hermetic->node->b) {
		from = hermetic;
		*out = ISOLATION_RELAXED;
	}
	setting_put(l, iso, text_leaf(l, iso, isolation_names[*out]),
	        from ? from->layer : LAYER_DEFAULT, from ? from->source : "default",
	        from ? from->file : NULL);
}

static void warn_lowered(const struct setting_list *l)
{
	static const struct {
		const char *key, *effect;
	} parts[] = {
		{ "security.hermetic_isolation",
		        "isolation is relaxed where no file says otherwise" },
		{ "security.network_isolation", "tests may reach the internet" },
		{ "security.file_system_isolation", "volumes need no entry in allow_volumes" },
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const struct setting *x = setting_find(l, parts[i].key);

		if (!x->node->b)
			setting_finding(l, x, SEV_WARNING, "project.isolation", "'%s' is false: %s",
			        x->option->name, parts[i].effect);
	}
}

/* ---- limits and policy ---- */

static void lower_limit(struct limits *m, enum limit_id id, uint64_t v)
{
	if (!m->v[id] || v < m->v[id])
		m->v[id] = v;
	m->given |= 1u << id;
}

static void decide_limits(const struct setting_list *l)
{
	struct limits *m = &l->s->limits;
	struct sandbox_spec spec;

	sandbox_spec_default(&spec, NULL);
	*m = spec.limits;
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		AUTO_STR key = xasprintf("limits.%s", limit_names[i]);
		const struct setting *x = setting_find(l, key);

		if (!setting_is_set(x))
			continue;
		m->v[i] = (uint64_t)x->node->i;
		m->given |= 1u << i;
	}
}

static void decide_policy(const struct setting_list *l)
{
	struct settings *s = l->s;
	const struct setting *memory = setting_find(l, "policy.max_memory_mb"),
	                     *cpu = setting_find(l, "policy.max_cpu_usage"),
	                     *time = setting_find(l, "policy.max_execution_time"),
	                     *network = setting_find(l, "policy.allow_network"),
	                     *files = setting_find(l, "policy.allow_filesystem");

	if (setting_is_set(memory))
		lower_limit(&s->limits, LIMIT_MEMORY, (uint64_t)memory->node->i);
	if (setting_is_set(cpu) && cpu->node->f * 1000 < 10)
		setting_finding(l, cpu, SEV_ERROR, "project.range",
		        "'max_cpu_usage' must be at least 0.01, one hundredth of a CPU");
	else if (setting_is_set(cpu))
		lower_limit(&s->limits, LIMIT_CPU, (uint64_t)(cpu->node->f * 1000 + 0.5));
	s->policy_time_ns = time->node ? time->node->i * 1000000000 : 0;
	s->no_network = network->node && !network->node->b;
	s->read_only = files->node && !files->node->b;
}

/* ---- what has no effect in this build ---- */

static const char *word_of(const struct node *n)
{
	return n->type == NODE_BOOL ? (n->b ? "true" : "false") : n->s;
}

static void warn_no_effect(const struct setting_list *l)
{
	/* Values that say what holds anyway need no warning. */
	static const struct {
		const char *key, *fine, *why;
	} rows[] = {
		{ "containers.pull_policy", "if-not-present never", "this build pulls no images" },
	};
	const struct setting *engine = setting_find(l, "containers.engine");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct setting *x = setting_find(l, rows[i].key);
		const char *word = word_of(x->node);

		if (!strstr(rows[i].fine, word))
			setting_finding(l, x, SEV_WARNING, "project.ignored_key",
			        "'%s = %s' has no effect: %s", x->option->name, word, rows[i].why);
	}
	if (strcmp(engine->node->s, "docker") == 0 || strcmp(engine->node->s, "podman") == 0)
		setting_finding(l, engine, SEV_WARNING, "project.needs_feature",
		        "'engine = \"%s\"' needs docker, which this build does not have",
		        engine->node->s);
}

/* ---- paths ---- */

/* Relative to the root, without "./"; absolute ones must lie below it. */
static void decide_test_dir(const struct setting_list *l)
{
	struct settings *s = l->s;
	const struct setting *x = setting_find(l, "test_execution.test_dir");
	AUTO_STR joined = fs_join(s->root, s->test_dir);
	AUTO_STR full = fs_normalize(joined);

	if (!fs_is_below(full, s->root)) {
		setting_finding(l, x, SEV_ERROR, "project.path",
		        "'test_dir' is '%.200s', wanted a directory below the project root",
		        s->test_dir);
		s->test_dir = ".";
		return;
	}
	const char *rest = full + (strcmp(s->root, "/") == 0 ? 0 : strlen(s->root));
	while (*rest == '/')
		rest++;
	s->test_dir = *rest ? arena_strdup(s->arena, rest) : ".";
}

static void decide_report_dir(struct settings *s)
{
	AUTO_STR joined = fs_join(s->root, s->report_dir);
	AUTO_STR full = fs_normalize(joined);

	s->report_dir = arena_strdup(s->arena, full);
}

static const char *const never_shown[] = { "/", "/etc", "/proc", "/sys", "/dev", "/run", "/var/run",
	"/boot", "/root" };

static void check_host_paths(const struct setting_list *l)
{
	const struct setting *x = setting_find(l, "host.paths");
	const char *home = getenv("HOME");

	for (const struct node *n = x->node->first; n; n = n->next) {
		AUTO_STR path = fs_normalize(n->s);
		AUTO_STR real = realpath(n->s, NULL);
		bool never = (home && strcmp(path, home) == 0) ||
		             (real && own_dirs_meet(l->s->own, real));

		for (size_t i = 0; i < ARRAY_LEN(never_shown); i++)
			never = never || strcmp(path, never_shown[i]) == 0;
		if (n->s[0] != '/')
			setting_finding(l, x, SEV_ERROR, "project.path",
			        "'paths' holds '%.200s', wanted absolute paths", n->s);
		else if (never)
			setting_finding(l, x, SEV_ERROR, "project.volume_denied",
			        "'%.200s' may not be shown to tests", n->s);
		else if (sandbox_covers(path))
			setting_finding(l, x, SEV_ERROR, "project.path",
			        "'%.200s' would be hidden by the '%s' of a sandbox: move it, or "
			        "show it elsewhere with 'volumes'",
			        n->s, sandbox_covers(path));
	}
}

static void check_allow_volumes(const struct setting_list *l)
{
	const struct setting *x = setting_find(l, "security.allow_volumes");

	for (const struct node *n = x->node->first; n; n = n->next)
		if (n->s[0] != '/')
			setting_finding(l, x, SEV_ERROR, "project.path",
			        "'allow_volumes' holds '%.200s', wanted absolute paths such as "
			        "\"/data\" or \"/data:rw\"",
			        n->s);
}

/* ---- the daemon's own bounds ---- */

/* A project may ask for fewer warm sandboxes than the user or the built-in value, not for more. */
static void bound_pool(struct setting_list *l, const struct setting *before)
{
	struct setting *x = setting_find(l, "performance.container_pool_size");

	if (x->layer == LAYER_PROJECT && x->node->i > before->node->i)
		*x = *before;
}

/* ---- flags ---- */

static void put_flags(struct setting_list *l, const struct config_flags *flags)
{
	struct setting *strict = setting_find(l, "test_execution.strict"),
	               *iso = setting_find(l, "security.isolation"),
	               *map = setting_find(l, "containers.image_map"),
	               *findings = setting_find(l, "test_execution.findings");
	struct node *table = arena_alloc(l->s->arena, sizeof(*table));
	enum isolation which;

	if (flags->strict)
		setting_put(l, strict, text_leaf(l, strict, "true"), LAYER_FLAG, "--strict", NULL);
	if (flags->isolation && isolation_of(flags->isolation, &which))
		setting_put(l, iso, text_leaf(l, iso, isolation_names[which]), LAYER_FLAG,
		        "--isolation", NULL);
	if (flags->findings)
		setting_put(l, findings, text_leaf(l, findings, flags->findings), LAYER_FLAG,
		        "--findings", NULL);
	for (size_t i = 0; i + 1 < flags->image_map.n; i += 2) {
		struct node *n = arena_alloc(l->s->arena, sizeof(*n));

		n->type = NODE_STRING;
		n->key = arena_strdup(l->s->arena, flags->image_map.v[i]);
		n->key_len = strlen(n->key);
		n->s = n->text = arena_strdup(l->s->arena, flags->image_map.v[i + 1]);
		n->len = strlen(n->s);
		node_append(table, n);
	}
	if (table->first)
		setting_put(l, map, table, LAYER_FLAG, "--image-map", NULL);
}

/* ---- loading ---- */

static void close_file(struct settings *s, struct settings_file *f)
{
	diags_sort(&f->diags);
	source_fill(&f->diags, f->text.s, f->text.len);
	diags_copy(&s->diags, &f->diags);
	diags_release(&f->diags);
	strbuf_release(&f->text);
}

static void merge_file(struct setting_list *l, struct settings_file *f)
{
	if (!f->root)
		return;
	move_key(l->s, f, "isolation", "security");
	move_key(l->s, f, "engine", "containers");
	setting_list_merge(l, f->root, f->layer, f);
	settings_quarantine(l->s, f);
}

/* How the original says it: when a sandbox is removed. */
static void decide_keep(struct setting_list *l)
{
	static const struct {
		const char *cleanup;
		enum keep_policy keep;
	} policies[] = {
		{ "always", KEEP_NEVER },
		{ "on-success", KEEP_ON_FAILURE },
		{ "never", KEEP_ALWAYS },
		{ "on-failure", KEEP_ON_PASS },
	};
	const struct setting *x = setting_find(l, "containers.cleanup_policy");

	for (size_t i = 0; i < ARRAY_LEN(policies); i++)
		if (strcmp(policies[i].cleanup, x->node->s) == 0)
			l->s->keep = policies[i].keep;
}

static void decide(struct setting_list *l)
{
	struct settings *s = l->s;

	bind_all(l);
	bind_image_map(l);
	decide_adaptive(l);
	settings_retries(l);
	decide_isolation(l);
	warn_lowered(l);
	decide_limits(l);
	decide_policy(l);
	decide_keep(l);
	decide_test_dir(l);
	decide_report_dir(s);
	check_host_paths(l);
	check_allow_volumes(l);
	settings_template_limits(l);
	warn_no_effect(l);
	setting_list_rows(l);
}

/* Which files there are; user may have no path. */
static void find_files(struct settings *s, const char *dir, const struct client_env *env,
        const struct config_flags *flags, struct settings_file *project, struct settings_file *user)
{
	__attribute__((cleanup(user_files_release))) struct user_files u = settings_user_files(env);
	AUTO_STRBUF root = STRBUF_INIT;
	bool found = settings_find_root(dir, &root);

	s->root = arena_strdup(s->arena, root.s);
	s->project_name = strrchr(s->root, '/') && strrchr(s->root, '/')[1]
	                          ? strrchr(s->root, '/') + 1
	                          : s->root;
	if (flags->no_config)
		return;
	if (flags->config_file) {
		project->path = project->name = arena_strdup(s->arena, flags->config_file);
	} else if (found) {
		project->path = arena_printf(
		        s->arena, "%s/" PROJECT_FILE, strcmp(s->root, "/") == 0 ? "" : s->root);
		project->name = strcmp(s->root, dir) == 0 ? PROJECT_FILE : project->path;
	}
	for (size_t i = 0; i < ARRAY_LEN(u.v) && !user->path; i++)
		if (u.v[i] && access(u.v[i], F_OK) == 0)
			user->path = user->name = arena_strdup(s->arena, u.v[i]);
	/* In a home that is a project of its own the file is read once. */
	if (user->path && project->path && strcmp(user->path, project->path) == 0)
		user->path = NULL;
}

struct settings *settings_load(const char *dir, const struct client_env *env,
        const struct config_flags *flags, uint64_t uid, const struct own_dirs *own)
{
	struct settings *s = xcalloc(1, sizeof(*s));
	struct settings_file project = { .layer = LAYER_PROJECT, .text = STRBUF_INIT };
	struct settings_file user = { .layer = LAYER_USER, .text = STRBUF_INIT };
	struct setting_list l;
	struct setting before;

	s->refs = 1;
	s->own = own;
	s->arena = arena_new();
	diags_init(&s->diags, s->arena);
	diags_init(&project.diags, s->arena);
	diags_init(&user.diags, s->arena);
	setting_list_init(&l, s);
	find_files(s, dir, env, flags, &project, &user);
	if (user.path) {
		settings_read_file(s, &user, flags, uid, false);
		s->user_file = user.path;
		merge_file(&l, &user);
	}
	before = *setting_find(&l, "performance.container_pool_size");
	if (project.path) {
		settings_read_file(s, &project, flags, uid, flags->config_file != NULL);
		s->project_file = project.path;
		merge_file(&l, &project);
	}
	bound_pool(&l, &before);
	settings_env(&l, env);
	put_flags(&l, flags);
	decide(&l);
	close_file(s, &user);
	close_file(s, &project);
	return s;
}
