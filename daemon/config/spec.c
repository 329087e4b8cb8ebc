/* The sandbox of a scope: the nearest value of each key, held against what the project and the
 * policies allow (config.md 3.2, 3.7, 4). */
#include <string.h>

#include "common/num.h"
#include "daemon/config/load.h"

#define MAX_MASKED 64
#define MAX_BASENAME 255
#define MAX_HOSTNAME 64

/* ---- image ---- */

static const char *mapped(const struct str_list *map, const char *image)
{
	for (size_t i = 0; i + 1 < map->n; i += 2)
		if (strcmp(map->v[i], image) == 0)
			return map->v[i + 1];
	return NULL;
}

/* What is always here is never replaced. */
bool load_image_is_built_in(const char *image)
{
	return strcmp(image, "host") == 0 || strcmp(image, "scratch") == 0 ||
	       strcmp(image, "clnrm/base") == 0 || strncmp(image, "clnrm/base:", 11) == 0;
}

static const char *image_name(struct loader *l, const char *image)
{
	const char *other = NULL;

	if (!load_image_is_built_in(image)) {
		other = mapped(&l->flags->image_map, image);
		if (!other)
			other = mapped(&l->s->image_map, image);
	}
	return arena_strdup(l->file->arena, other ? other : image);
}

const char *load_image(struct loader *l, const struct scope *scope, const struct service *service,
        const struct node **at)
{
	const struct node *n = service && service->image ? service->image_at : NULL;

	*at = n;
	if (service && service->image)
		return image_name(l, service->image);
	n = scope_get(scope, "image");
	*at = n;
	if (n)
		return image_name(l, n->s);
	return image_name(l, l->s->default_image ? l->s->default_image : "host");
}

/* ---- isolation ---- */

static bool find_word(const char *const *names, int n, const char *word, int *out)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], word) == 0) {
			*out = i;
			return true;
		}
	return false;
}

static enum isolation isolation_by_name(const char *name)
{
	int i = ISOLATION_STANDARD;

	find_word(isolation_names, 3, name, &i);
	return (enum isolation)i;
}

static const struct node *policy_key(const struct node *table, const char *key)
{
	return node_get(node_get(table, "policy"), key);
}

static enum isolation of_level(const char *level)
{
	return strcmp(level, "low") == 0    ? ISOLATION_RELAXED
	       : strcmp(level, "high") == 0 ? ISOLATION_STRICT
	                                    : ISOLATION_STANDARD;
}

static void warn_hermetic(struct loader *l, const struct node *n)
{
	if (loader_first_time(l, "config.isolation", n->pos))
		check_warn(&l->c, "config.isolation", n,
		        "'hermetic = false' means isolation = \"relaxed\"");
}

/* The nearest statement of the file about isolation; NULL when there is none. */
static const struct node *stated_isolation(
        struct loader *l, const struct scope *scope, enum isolation *iso)
{
	for (size_t i = 0; i < scope->n; i++) {
		const struct node *n = node_get(scope->v[i], "isolation");
		const struct node *level = policy_key(scope->v[i], "security_level");
		const struct node *hermetic = node_get(scope->v[i], "hermetic");

		if (n)
			*iso = isolation_by_name(n->s);
		else if (level)
			*iso = of_level(level->s);
		else if (hermetic && !hermetic->b)
			*iso = ISOLATION_RELAXED;
		else
			continue;
		if (!n && !level)
			warn_hermetic(l, hermetic);
		return n ? n : level ? level : hermetic;
	}
	return NULL;
}

/* Where the project's isolation comes from; NULL when nobody said anything. */
static const char *isolation_source(const struct settings *s)
{
	static const char *const keys[] = { "security.isolation", "isolation",
		"security.security_level", "policy.security_level" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (settings_says(s, keys[i]))
			return settings_source(s, keys[i]);
	return NULL;
}

enum isolation load_isolation(struct loader *l, const struct scope *scope)
{
	enum isolation iso = l->s->isolation;
	const struct node *n = stated_isolation(l, scope, &iso);
	const char *source = isolation_source(l->s);

	if (l->flags->isolation)
		return isolation_by_name(l->flags->isolation);
	if (n && source && iso > l->s->isolation) {
		load_refuse(l, "config.policy_denied", n,
		        "isolation '%s' is less than '%s' of the project (%s)",
		        isolation_names[iso], isolation_names[l->s->isolation], source);
		return l->s->isolation;
	}
	return iso;
}

/* ---- network ---- */

static void needs_services(struct loader *l, const struct node *at, const char *what)
{
	if (loader_first_time(l, "config.needs_feature", at->pos))
		check_feature(&l->c, FEATURE_SERVICES, at, what);
}

/* A policy anywhere in the scope says `key = false`. */
static const struct node *policy_forbids(const struct scope *scope, const char *key)
{
	for (size_t i = 0; i < scope->n; i++) {
		const struct node *n = policy_key(scope->v[i], key);

		if (n && !n->b)
			return n;
	}
	return NULL;
}

static const struct node *allowed_hosts(const struct scope *scope)
{
	for (size_t i = 0; i < scope->n; i++) {
		const struct node *n = policy_key(scope->v[i], "allowed_network_hosts");

		if (n && n->n_children)
			return n;
	}
	return NULL;
}

static enum net_mode given_network(struct loader *l, const struct node *table, enum isolation iso)
{
	const struct node *mode = node_get(table, "mode"),
	                  *open = node_get(table, "external_access");
	int net = open && open->b ? NET_INTERNET : NET_NONE;

	if (mode)
		find_word(net_mode_names, 4, mode->s, &net);
	if (mode && open && open->b && net != NET_INTERNET)
		load_refuse(l, "config.conflict", open,
		        "'external_access' here and mode '%s' say different things", mode->s);
	if (net == NET_TEST || net == NET_INTERNET)
		needs_services(l, mode ? mode : open,
		        arena_printf(l->c.a, "network = \"%s\"", net_mode_names[net]));
	if (net == NET_HOST && iso != ISOLATION_RELAXED)
		load_refuse(l, "config.isolation", mode,
		        "'network = \"host\"' needs isolation = \"relaxed\"");
	return (enum net_mode)net;
}

/* What holds where no file says anything. */
static enum net_mode default_network(struct loader *l, const struct scope *scope, bool services)
{
	const struct node *hosts = allowed_hosts(scope);

	if (hosts) {
		needs_services(l, hosts, "allowed_network_hosts");
		return NET_INTERNET;
	}
	if (!l->s->network_isolation) {
		needs_services(l, l->meta, "network_isolation = false");
		return NET_INTERNET;
	}
	return services ? NET_TEST : NET_NONE;
}

static enum net_mode network_of(
        struct loader *l, const struct scope *scope, enum isolation iso, bool services)
{
	const struct node *given = scope_get(scope, "network");
	const struct node *no = policy_forbids(scope, "allow_network");
	enum net_mode net = given ? given_network(l, given, iso) : NET_NONE;

	if (no && given && net != NET_NONE)
		load_refuse(l, "config.policy_denied", given,
		        "network '%s' against 'allow_network = false' at line %u",
		        net_mode_names[net], no->key_pos.line)
		        ->other = no->key_pos;
	else if (l->s->no_network && given && net != NET_NONE)
		load_refuse(l, "config.policy_denied", given,
		        "network '%s' against 'allow_network = false' of the project (%s)",
		        net_mode_names[net], settings_source(l->s, "policy.allow_network"));
	if (l->s->no_network)
		return NET_NONE;
	if (given || no)
		return net;
	return default_network(l, scope, services);
}

/* ---- limits ---- */

static void set_limit(struct limits *to, enum limit_id id, int64_t v)
{
	to->v[id] = (uint64_t)v;
	to->given |= 1u << id;
}

static void tighten(struct limits *to, enum limit_id id, int64_t v)
{
	if (!to->v[id] || (uint64_t)v < to->v[id])
		set_limit(to, id, v);
}

static const char *limit_source(struct loader *l, enum limit_id id)
{
	const char *key = arena_printf(l->c.a, "limits.%s", limit_names[id]);

	if (!settings_says(l->s, key) && id == LIMIT_MEMORY)
		key = "policy.max_memory_mb";
	if (!settings_says(l->s, key) && id == LIMIT_CPU)
		key = "policy.max_cpu_usage";
	return settings_source(l->s, key);
}

/* A file may ask for less than the project's ceiling, not for more. Of swap 0 is the least, of the
 * others it means that there is no limit. */
static void file_limit(struct loader *l, struct limits *to, enum limit_id id, const struct node *n)
{
	const struct limits *top = &l->s->limits;
	bool bounded = top->given & 1u << id && (top->v[id] || id == LIMIT_SWAP);

	if (bounded && (uint64_t)n->i > top->v[id]) {
		load_refuse(l, "config.policy_denied", n,
		        "'%s' is more than the project allows (%s)", limit_names[id],
		        limit_source(l, id));
		return;
	}
	set_limit(to, id, n->i);
}

static void add_limits(struct loader *l, struct limits *to, const struct node *table)
{
	const struct node *limits = node_get(table, "limits"), *old = node_get(table, "resources");
	const struct node *cpu = node_get(old, "cpu_limit"), *mem = node_get(old, "memory_limit");

	if (cpu)
		file_limit(l, to, LIMIT_CPU, cpu);
	if (mem)
		file_limit(l, to, LIMIT_MEMORY, mem);
	for (int id = 0; limits && id < LIMIT_COUNT; id++) {
		const struct node *n = node_get(limits, limit_names[id]);

		if (n)
			file_limit(l, to, (enum limit_id)id, n);
	}
}

static void add_policy_limits(struct limits *to, const struct node *table)
{
	const struct node *mem = policy_key(table, "max_memory_mb");
	const struct node *cpu = policy_key(table, "max_cpu_usage");

	if (mem)
		tighten(to, LIMIT_MEMORY, mem->i);
	if (cpu)
		tighten(to, LIMIT_CPU, (int64_t)(cpu->f * 1000 + 0.5));
}

static void limits_of(struct loader *l, const struct scope *scope, struct limits *to)
{
	for (int id = 0; id < LIMIT_COUNT; id++)
		if (l->s->limits.given & 1u << id)
			set_limit(to, (enum limit_id)id, (int64_t)l->s->limits.v[id]);
	for (size_t i = scope->n; i-- > 0;)
		add_limits(l, to, scope->v[i]);
	for (size_t i = 0; i < scope->n; i++)
		add_policy_limits(to, scope->v[i]);
}

/* ---- policy ---- */

static void add_command(struct loader *l, struct str_list *list, const char *name)
{
	if (!str_list_has(list, name))
		str_list_add(l->file->arena, list, arena_strdup(l->file->arena, name));
}

static bool is_command_name(const char *s)
{
	return s[0] == '/' || (s[0] && !strchr(s, '/') && strlen(s) <= MAX_BASENAME);
}

/* Of all policies in the scope: a nearer one can only add. */
struct str_list load_disallowed(struct loader *l, const struct scope *scope)
{
	struct str_list list = { 0 };

	for (size_t i = 0; i < l->s->disallowed_commands.n; i++)
		add_command(l, &list, l->s->disallowed_commands.v[i]);
	for (size_t i = 0; i < scope->n; i++) {
		const struct node *names = policy_key(scope->v[i], "disallowed_commands");

		for (const struct node *x = names ? names->first : NULL; x; x = x->next) {
			if (is_command_name(x->s))
				add_command(l, &list, x->s);
			else
				load_refuse(l, "config.path", x,
				        "'%s' is neither a base name nor an absolute path", x->s);
		}
		if (list.n > MAX_MASKED && names) {
			load_refuse(l, "config.range", names,
			        "%zu disallowed commands, the limit is %d", list.n, MAX_MASKED);
			list.n = MAX_MASKED;
			list.v[MAX_MASKED] = NULL;
		}
	}
	return list;
}

int64_t load_policy_time(const struct loader *l, const struct scope *scope)
{
	int64_t least = l->s->policy_time_ns;

	for (size_t i = 0; i < scope->n; i++) {
		const struct node *n = policy_key(scope->v[i], "max_execution_time");
		int64_t ns = n ? n->i * 1000000000LL : 0;

		if (ns && (!least || ns < least))
			least = ns;
	}
	return least;
}

/* ---- mounts ---- */

static bool parse_tmpfs(struct loader *l, const struct node *n, struct tmpfs *out)
{
	const char *colon = strchr(n->s, ':');
	const char *path = n->s;
	struct err e;

	*out = (struct tmpfs){ 0 };
	if (colon && size_parse(colon + 1, 1, &out->size_bytes, &e) < 0) {
		load_refuse(
		        l, "config.size", n, "'%s' is no size (examples: 64m, 1.5GiB)", colon + 1);
		return false;
	}
	if (colon)
		path = arena_strndup(l->c.a, n->s, (size_t)(colon - n->s));
	out->path = load_inner_path(l, n, path, "tmpfs");
	return out->path != NULL;
}

struct mounts {
	struct tmpfs v[SANDBOX_MAX_TMPFS + 1];
	size_t n;
};

static bool add_tmpfs(struct loader *l, struct mounts *m, const struct node *at, struct tmpfs t)
{
	if (m->n == SANDBOX_MAX_TMPFS) {
		load_refuse(l, "config.range", at, "more than %d tmpfs", SANDBOX_MAX_TMPFS);
		return false;
	}
	m->v[m->n++] = t;
	return true;
}

/* Extra tmpfs, named volumes, and one over what the project keeps in .clnrm. */
static void tmpfs_of(struct loader *l, const struct scope *scope, struct sandbox_spec *spec,
        const struct node *volumes, bool project)
{
	const struct node *list = scope_get(scope, "tmpfs");
	struct mounts m = { .n = 0 };
	struct tmpfs t;
	struct stat st;

	for (const struct node *x = list ? list->first : NULL; x; x = x->next)
		if (parse_tmpfs(l, x, &t) && !add_tmpfs(l, &m, x, t))
			break;
	/* More than may be were refused as a whole. */
	bool fair = volumes && volumes->n_children <= SANDBOX_MAX_VOLUMES;

	for (const struct node *x = fair ? volumes->first : NULL; x; x = x->next) {
		const struct node *at = node_get(x, "container_path");

		if (!at || !load_is_named_volume(x))
			continue;
		t = (struct tmpfs){ .path = load_inner_path(l, at, at->s, "container path") };
		if (t.path && !add_tmpfs(l, &m, x, t))
			break;
	}
	if (project && stat(arena_printf(l->c.a, "%s/.clnrm", l->s->root), &st) == 0 &&
	        S_ISDIR(st.st_mode))
		add_tmpfs(l, &m, l->meta, (struct tmpfs){ .path = "/workspace/.clnrm" });
	if (m.n)
		spec->tmpfs = arena_memdup(l->file->arena, m.v, m.n * sizeof(m.v[0]));
	spec->n_tmpfs = m.n;
}

static const struct node *shows_project(const struct scope *scope)
{
	const struct node *n = scope_get(scope, "project");

	return n && strcmp(n->s, "none") != 0 ? n : NULL;
}

/* The project is one more volume, in front: others may lie inside it. */
static void add_project(struct loader *l, struct sandbox_spec *spec, const struct node *project)
{
	enum volume_mode mode = strcmp(project->s, "cow") == 0 ? VOLUME_COW : VOLUME_RO;
	struct volume *v = arena_array(l->file->arena, spec->n_volumes + 1, sizeof(*v));

	if (!load_project_volume(l, mode, project, spec->isolation, &v[0]))
		return;
	for (size_t i = 0; i < spec->n_volumes; i++) {
		if (strcmp(spec->volumes[i].container_path, v[0].container_path) != 0)
			continue;
		load_refuse(l, "config.conflict", project,
		        "'/workspace' already has a volume (line %u)", spec->volumes[i].pos.line)
		        ->other = spec->volumes[i].pos;
		return;
	}
	if (spec->n_volumes == SANDBOX_MAX_VOLUMES) {
		load_refuse(l, "config.range", project,
		        "%d volumes and the project, the limit is %d", SANDBOX_MAX_VOLUMES,
		        SANDBOX_MAX_VOLUMES);
		return;
	}
	if (spec->n_volumes)
		memcpy(v + 1, spec->volumes, spec->n_volumes * sizeof(*v));
	spec->volumes = v;
	spec->n_volumes++;
}

static void mounts_of(struct loader *l, const struct scope *scope, struct sandbox_spec *spec)
{
	const struct node *volumes = scope_get(scope, "volumes"), *project = shows_project(scope);

	spec->volumes = load_volumes(l, volumes, spec->isolation, &spec->n_volumes);
	if (project)
		add_project(l, spec, project);
	tmpfs_of(l, scope, spec, volumes, project != NULL);
}

/* ---- */

static const char *hostname_of(struct loader *l, const struct scope *scope)
{
	const struct node *n = scope_get(scope, "hostname");

	if (!n)
		return "clnrm";
	if (n->len > MAX_HOSTNAME ||
	        strspn(n->s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                     "0123456789-._") != n->len) {
		load_refuse(l, "config.range", n,
		        "'hostname' wants 1 to %d letters, digits, '-', '.' or '_'", MAX_HOSTNAME);
		return "clnrm";
	}
	return arena_strdup(l->file->arena, n->s);
}

static void check_engine(struct loader *l, const struct scope *scope)
{
	const struct node *n = scope_get(scope, "engine");

	if (n && (strcmp(n->s, "docker") == 0 || strcmp(n->s, "podman") == 0) &&
	        loader_first_time(l, "config.needs_feature", n->pos))
		check_feature(
		        &l->c, FEATURE_DOCKER, n, arena_printf(l->c.a, "engine = \"%s\"", n->s));
}

static bool is_read_only(const struct loader *l, const struct scope *scope)
{
	const struct node *n = scope_get(scope, "read_only");

	return (n && n->b) || l->s->read_only || policy_forbids(scope, "allow_filesystem");
}

static void host_paths_of(struct loader *l, struct sandbox_spec *spec)
{
	struct str_list paths = { 0 };

	if (strcmp(spec->image, "host") != 0 || !l->s->host_paths.n)
		return;
	for (size_t i = 0; i < l->s->host_paths.n; i++)
		str_list_add(l->file->arena, &paths,
		        arena_strdup(l->file->arena, l->s->host_paths.v[i]));
	spec->host_paths = paths.v;
}

void load_spec(struct loader *l, const struct scope *scope, const char *image, bool services,
        struct place *out)
{
	struct sandbox_spec *spec = &out->spec;
	const struct str_list masked = load_disallowed(l, scope);

	*spec = l->dflt;
	spec->image = image;
	check_engine(l, scope);
	spec->isolation = load_isolation(l, scope);
	spec->network = network_of(l, scope, spec->isolation, services);
	spec->hostname = hostname_of(l, scope);
	spec->read_only = is_read_only(l, scope);
	limits_of(l, scope, &spec->limits);
	mounts_of(l, scope, spec);
	if (masked.n)
		spec->masked = masked.v;
	host_paths_of(l, spec);
	out->files = load_files(l, scope_get(scope, "files"), &out->n_files);
}

/* ---- preparations ---- */

/* The machine's network is for the preparation alone: its scenarios keep their isolation, and the
 * layer is said to be a recorded one. */
static enum net_mode prepare_network(
        struct loader *l, const struct node *table, const struct scope *scope, enum isolation *iso)
{
	enum net_mode net;

	if (!node_get(table, "network"))
		return NET_NONE;
	net = network_of(l, scope, *iso == ISOLATION_STRICT ? *iso : ISOLATION_RELAXED, false);
	if (net == NET_HOST)
		*iso = ISOLATION_RELAXED;
	return net;
}

static void refuse_read_only(struct loader *l, const struct node *table, const struct scope *scope)
{
	const struct node *no = policy_forbids(scope, "allow_filesystem");

	if (no)
		load_refuse(l, "config.policy_denied", table,
		        "[prepare] writes a layer, against 'allow_filesystem = false' at line %u",
		        no->key_pos.line);
	else if (l->s->read_only)
		load_refuse(l, "config.policy_denied", table,
		        "[prepare] writes a layer, against the project's read-only policy");
}

/* Room for the layer: no more than the project allows of any sandbox. */
static void prepare_room(
        struct loader *l, const struct node *table, struct preparation *p, struct limits *to)
{
	const struct node *given = node_get(table, "max_mb");
	const struct limits *top = &l->s->limits;
	bool bounded = top->given & 1u << LIMIT_DISK && top->v[LIMIT_DISK];
	struct limits asked = { 0 };

	p->max_bytes = given ? (uint64_t)given->i : 1ULL << 30;
	if (given)
		file_limit(l, &asked, LIMIT_DISK, given);
	if (bounded && p->max_bytes > top->v[LIMIT_DISK])
		p->max_bytes = top->v[LIMIT_DISK];
	if (to->v[LIMIT_DISK] && to->v[LIMIT_DISK] < p->max_bytes)
		to->v[LIMIT_DISK] = p->max_bytes;
	to->given |= asked.given;
}

void load_prepare_spec(struct loader *l, const struct node *table, const struct scope *scope,
        const char *image, struct preparation *p, struct sandbox_spec *spec)
{
	const struct str_list masked = load_disallowed(l, scope);
	const struct scope own = { .v = { table }, .n = 1 };

	*spec = l->dflt;
	spec->image = image;
	spec->harvest = true;
	refuse_read_only(l, table, scope);
	spec->isolation = load_isolation(l, scope);
	spec->network = prepare_network(l, table, scope, &spec->isolation);
	spec->hostname = "clnrm";
	limits_of(l, scope, &spec->limits);
	prepare_room(l, table, p, &spec->limits);
	mounts_of(l, &own, spec);
	if (masked.n)
		spec->masked = masked.v;
	host_paths_of(l, spec);
	p->recorded = spec->network != NET_NONE;
}
