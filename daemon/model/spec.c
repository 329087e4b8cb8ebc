#include <stdarg.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/model/sandbox_spec.h"

/* Every part is written with its length or as a number, so that neighbours cannot flow together. */
static void put(struct strbuf *out, const char *s)
{
	strbuf_printf(out, "%zu:%s,", s ? strlen(s) : 0, s ? s : "");
}

static void put_list(struct strbuf *out, const char *const *v)
{
	for (size_t i = 0; v && v[i]; i++)
		put(out, v[i]);
	strbuf_addc(out, ';');
}

static void put_volume(struct strbuf *out, const struct volume *v)
{
	put(out, v->host_path);
	put(out, v->container_path);
	strbuf_printf(out, "%d%d%llu.%llu,", v->mode, v->noexec, (unsigned long long)v->dev,
	        (unsigned long long)v->ino);
}

void sandbox_spec_key(const struct sandbox_spec *s, struct strbuf *out)
{
	put(out, s->image);
	put(out, s->hostname);
	strbuf_printf(
	        out, "%d.%d.%d%s;", s->isolation, s->network, s->read_only, s->harvest ? ".h" : "");
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		strbuf_printf(out, "%llu,", (unsigned long long)s->limits.v[i]);
	strbuf_printf(out, "%x;", s->limits.given);
	for (size_t i = 0; i < s->n_volumes; i++)
		put_volume(out, &s->volumes[i]);
	strbuf_addc(out, ';');
	for (size_t i = 0; i < s->n_tmpfs; i++) {
		put(out, s->tmpfs[i].path);
		strbuf_printf(out, "%llu,", (unsigned long long)s->tmpfs[i].size_bytes);
	}
	strbuf_addc(out, ';');
	put_list(out, s->masked);
	put_list(out, s->host_paths);
}

/* ---- for people ---- */

static void word(struct strbuf *out, const char *fmt, ...) PRINTF(2, 3);
static void word(struct strbuf *out, const char *fmt, ...)
{
	va_list ap;

	if (out->len)
		strbuf_addc(out, ' ');
	va_start(ap, fmt);
	strbuf_vprintf(out, fmt, ap);
	va_end(ap);
}

static void limit_words(const struct limits *l, const struct limits *dflt, struct strbuf *out)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		size_t n = strlen(limit_names[i]);
		bool mib = n > 3 && strcmp(limit_names[i] + n - 3, "_mb") == 0;

		if (l->v[i] != dflt->v[i] || l->given & 1u << i)
			word(out, "%s=%llu", limit_names[i],
			        (unsigned long long)(mib ? l->v[i] >> 20 : l->v[i]));
	}
}

static void list_words(struct strbuf *out, const char *name, const char *const *v)
{
	for (size_t i = 0; v && v[i]; i++)
		word(out, "%s=%s", name, v[i]);
}

void sandbox_spec_differs(const struct sandbox_spec *s, struct strbuf *out)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct sandbox_spec dflt;

	sandbox_spec_default(&dflt, s->image);
	limit_words(&s->limits, &dflt.limits, &b);
	if (s->network != dflt.network)
		word(&b, "network=%s", net_mode_names[s->network]);
	if (strcmp(s->hostname, dflt.hostname) != 0)
		word(&b, "hostname=%s", s->hostname);
	if (s->read_only)
		word(&b, "read_only");
	if (s->harvest)
		word(&b, "prepare");
	for (size_t i = 0; i < s->n_tmpfs; i++)
		word(&b, "tmpfs=%s", s->tmpfs[i].path);
	for (size_t i = 0; i < s->n_volumes; i++)
		word(&b, "volume=%s", s->volumes[i].container_path);
	list_words(&b, "disallowed", s->masked);
	list_words(&b, "host_path", s->host_paths);
	strbuf_add(out, b.s, b.len);
}

static const char *const *copy_list(const char *const *v, struct arena *a)
{
	size_t n = 0;

	if (!v)
		return NULL;
	while (v[n])
		n++;
	const char **c = arena_array(a, n + 1, sizeof(*c));
	for (size_t i = 0; i < n; i++)
		c[i] = arena_strdup(a, v[i]);
	return c;
}

struct owned_spec {
	struct sandbox_spec spec; /* first: what is handed out points here */
	struct arena *arena;
};

struct sandbox_spec *sandbox_spec_copy(const struct sandbox_spec *s)
{
	struct arena *a = arena_new();
	struct owned_spec *o = arena_alloc(a, sizeof(*o));
	struct volume *volumes = arena_array(a, s->n_volumes + 1, sizeof(*volumes));
	struct tmpfs *tmpfs = arena_array(a, s->n_tmpfs + 1, sizeof(*tmpfs));

	o->arena = a;
	o->spec = *s;
	o->spec.image = arena_strdup(a, s->image);
	o->spec.hostname = arena_strdup(a, s->hostname);
	for (size_t i = 0; i < s->n_volumes; i++) {
		volumes[i] = s->volumes[i];
		volumes[i].host_path = arena_strdup(a, s->volumes[i].host_path);
		volumes[i].container_path = arena_strdup(a, s->volumes[i].container_path);
	}
	for (size_t i = 0; i < s->n_tmpfs; i++) {
		tmpfs[i] = s->tmpfs[i];
		tmpfs[i].path = arena_strdup(a, s->tmpfs[i].path);
	}
	o->spec.volumes = volumes;
	o->spec.tmpfs = tmpfs;
	o->spec.masked = copy_list(s->masked, a);
	o->spec.host_paths = copy_list(s->host_paths, a);
	return &o->spec;
}

void sandbox_spec_free(struct sandbox_spec *s)
{
	if (s)
		arena_free(((struct owned_spec *)s)->arena);
}

const char *sandbox_covers(const char *path)
{
	static const char *const own[] = { "/tmp", "/workspace" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (fs_is_below(path, own[i]))
			return own[i];
	return NULL;
}
