/* Services: presets, and which of them would run (config.md 3.5). */
#include <string.h>

#include "common/suggest.h"
#include "daemon/config/load.h"

struct preset {
	const char *name;
	bool serves;       /* a service of this kind is started */
	bool generic;      /* describes an environment; needs an image */
	const char *image; /* of an environment that is not started */
};

static const struct preset presets[] = {
	{ "generic_container", false, true, NULL },
	{ "generic", false, true, NULL },
	{ "container", false, true, NULL },
	{ "service", false, true, NULL },
	{ "cli", false, true, NULL },
	{ "testcontainers", false, true, NULL },
	{ "postgres", true, false, NULL },
	{ "postgresql", true, false, NULL },
	{ "redis", true, false, NULL },
	{ "valkey", true, false, NULL },
	{ "mysql", true, false, NULL },
	{ "mariadb", true, false, NULL },
	{ "memcached", true, false, NULL },
	{ "nginx", true, false, NULL },
	{ "surrealdb", true, false, NULL },
	{ "otel_collector", true, false, NULL },
	{ "otel-collector", true, false, NULL },
	{ "ollama", true, false, NULL },
	{ "vllm", true, false, NULL },
	{ "tgi", true, false, NULL },
	{ "network_tools", false, false, "host" },
	{ "network_service", true, false, NULL },
};

static const struct preset *find_preset(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(presets); i++)
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	return NULL;
}

static void unknown_plugin(struct loader *l, const struct service *s, const struct node *at)
{
	const char *names[ARRAY_LEN(presets) + 1] = { NULL }, *near;
	bool known = node_get(s->node, "image") != NULL;
	struct diag *x =
	        check_report(&l->c, known ? SEV_WARNING : SEV_ERROR, "config.plugin_unknown",
	                at->pos, at, "service '%s': no preset is named '%s'", s->name, at->s);

	for (size_t i = 0; i < ARRAY_LEN(presets); i++)
		names[i] = presets[i].name;
	if (suggest_nearest(at->s, names, &near, 1))
		diag_help(l->c.d, x, "did you mean '%s'?", near);
	if (!known)
		diag_help(l->c.d, x,
		        "presets are generic_container, postgres, redis, mysql, mariadb, "
		        "memcached, nginx, "
		        "surrealdb, otel_collector, ollama, vllm, tgi, network_tools, "
		        "network_service");
}

/* Of plugin and type the one that is not generic counts; two different presets contradict. */
static const struct preset *preset_of(struct loader *l, const struct service *s, bool *known)
{
	const struct node *plugin = node_get(s->node, "plugin"), *type = node_get(s->node, "type");
	const struct preset *p = plugin ? find_preset(plugin->s) : NULL;
	const struct preset *t = type ? find_preset(type->s) : NULL;

	if (p && t && !p->generic && !t->generic && p != t)
		check_error(&l->c, "config.plugin_conflict", type,
		        "service '%s': plugin '%s' and type '%s' are different presets", s->name,
		        p->name, t->name);
	*known = !(plugin && !p) && !(type && !t && !(p && !p->generic));
	if (!*known)
		unknown_plugin(l, s, plugin && !p ? plugin : type);
	if (p && !p->generic)
		return p;
	return t ? t : p ? p : &presets[0];
}

static bool has_any(const struct node *n, const char *const *keys)
{
	for (; *keys; keys++)
		if (node_get(n, *keys))
			return true;
	return false;
}

static bool is_depended_on(const struct loader *l, const char *name)
{
	for (size_t i = 0; i < l->n_services; i++) {
		const struct node *needs = node_get(l->services[i].node, "depends_on");

		for (const struct node *x = needs ? needs->first : NULL; x; x = x->next)
			if (strcmp(x->s, name) == 0)
				return true;
	}
	return false;
}

static enum service_class class_of(
        const struct loader *l, const struct service *s, const struct preset *p)
{
	static const char *const server_keys[] = { "ports", "health_check", "wait_for", "command",
		"pool", NULL };
	const char *start = node_str(s->node, "start", "auto");

	if (node_get(s->node, "endpoint"))
		return SERVICE_ENDPOINT;
	if (strcmp(start, "auto") != 0)
		return strcmp(start, "always") == 0 ? SERVICE_RUNNING : SERVICE_ON_DEMAND;
	if (p->serves || has_any(s->node, server_keys) || is_depended_on(l, s->name))
		return SERVICE_RUNNING;
	return SERVICE_ON_DEMAND;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Names of services become names of hosts. */
static void check_name(struct loader *l, const struct service *s)
{
	size_t n = s->node->key_len;
	bool fine = n >= 1 && n <= 128 && is_alnum(s->name[0]) && is_alnum(s->name[n - 1]);

	for (size_t i = 0; fine && i < n; i++)
		fine = is_alnum(s->name[i]) || strchr("._-", s->name[i]);
	if (!fine)
		check_report(&l->c, SEV_ERROR, "config.range", s->node->key_pos, s->node,
		        "'%s' is no name of a service (1 to 128 letters, digits, '.', '_' or '-')",
		        s->name);
}

static void classify(struct loader *l, struct service *s)
{
	bool known;
	const struct preset *p = preset_of(l, s, &known);

	check_name(l, s);
	s->image_at = node_get(s->node, "image");
	s->image = s->image_at ? s->image_at->s : p->image;
	s->class = class_of(l, s, p);
	if (known && p->generic && !s->image_at && s->class != SERVICE_ENDPOINT) {
		struct diag *x = check_report(&l->c, SEV_ERROR, "config.image_missing",
		        s->node->key_pos, s->node,
		        "service '%s': plugin 'generic_container' needs 'image'", s->name);

		diag_help(l->c.d, x, "image = \"host\" shows the tools of this machine");
	}
	if (strcmp(p->name, "network_service") == 0 && s->class != SERVICE_ENDPOINT)
		check_report(&l->c, SEV_ERROR, "config.missing_key", s->node->key_pos, s->node,
		        "service '%s': plugin 'network_service' needs 'endpoint'", s->name);
}

void load_services(struct loader *l)
{
	const struct node *map = node_get(l->root, "service");
	size_t i = 0;

	if (!map)
		return;
	if (map->n_children > 256)
		check_error(&l->c, "config.range", map, "%u services, the limit is 256",
		        map->n_children);
	l->services = arena_array(l->c.a, map->n_children + 1, sizeof(*l->services));
	for (const struct node *x = map->first; x; x = x->next)
		l->services[l->n_services++] = (struct service){ .name = x->key, .node = x };
	for (i = 0; i < l->n_services; i++)
		classify(l, &l->services[i]);
}

struct service *load_service(struct loader *l, const char *name)
{
	for (size_t i = 0; name && i < l->n_services; i++)
		if (strcmp(l->services[i].name, name) == 0)
			return &l->services[i];
	return NULL;
}

/* Whether scenario n leaves service name out: it lists its services and this is none of them. */
static bool leaves_out(const struct node *n, const char *name)
{
	const struct node *list = n ? node_get(n, "services") : NULL;

	if (!list)
		return false;
	for (const struct node *x = list->first; x; x = x->next)
		if (strcmp(x->s, name) == 0)
			return false;
	return true;
}

static bool all_leave_out(const struct loader *l, const char *name)
{
	if (l->steps && !leaves_out(l->meta, name))
		return false;
	for (const struct node *x = l->scenarios ? l->scenarios->first : NULL; x; x = x->next)
		if (!leaves_out(x, name))
			return false;
	return true;
}

void load_service_features(struct loader *l)
{
	for (size_t i = 0; i < l->n_services; i++) {
		struct service *s = &l->services[i];

		if (s->class == SERVICE_ON_DEMAND || (!s->used && all_leave_out(l, s->name)))
			continue;

		struct diag *x = check_report(&l->c, l->c.for_run ? SEV_ERROR : SEV_WARNING,
		        "config.needs_feature", s->node->key_pos, s->node,
		        "service '%s' needs services, which this build does not have", s->name);

		x->group = "needs services: service";
	}
}
