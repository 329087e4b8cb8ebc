#include "daemon/config/bare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/config/load.h"
#include "daemon/template/libraries.h"

struct world {
	const struct bare *q;
	const char *real_root;
	struct thost host;
	struct tloader loader;
};

const char *bare_dir(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(a, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
}

bool bare_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1 && dir[0] == '/')
		return path[0] == '/';
	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* ---- the machine ---- */

static int64_t now_ns(void *arg)
{
	(void)arg;
	return clock_wall_ns();
}

static int64_t ticks_ns(void *arg)
{
	(void)arg;
	return clock_ns();
}

static void entropy(void *arg, void *out, size_t n)
{
	(void)arg;
	/* Up to 256 bytes come whole once the pool is ready, whatever signals arrive. */
	if (getrandom(out, n, 0) != (ssize_t)n)
		abort();
}

static const char *variable(void *arg, const char *name)
{
	const struct bare *q = ((struct world *)arg)->q;
	const char *value = client_env_get(q->env, name);

	if (!value && !q->env->asked)
		str_list_add(q->arena, q->need, arena_strdup(q->arena, name));
	return value;
}

/* ---- files ---- */

static struct template *fail_open(const char *name, struct terr *e)
{
	terr_set(e, "cannot read '%s': %s", name, strerrordesc_np(errno));
	return NULL;
}

static struct template *read_template(const char *name, const char *real, struct terr *e)
{
	/* The open of a FIFO must not wait for a writer. */
	AUTO_FD fd = open(real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	AUTO_STRBUF text = STRBUF_INIT;
	struct err why;

	if (fd < 0)
		return fail_open(name, e);
	if (fs_read_fd(fd, name, tlimits_default.max[TLIMIT_SOURCE], &text, &why) == 0)
		return template_compile(name, text.s, text.len, NULL, e);
	if (why.code == ERR_LIMIT)
		terr_limit(e, &tlimits_default, TLIMIT_SOURCE);
	else
		terr_set(e, "%s", why.msg);
	return NULL;
}

/* The template of that name below the root, NULL when there is no such file or it is bad. */
static struct template *load_name(struct world *w, const char *name, struct terr *e)
{
	AUTO_STR plain = fs_normalize(name);
	AUTO_STR path = fs_join(w->q->root, plain);
	AUTO_STR real = realpath(path, NULL);
	struct stat st;

	if (!*name || name[0] == '/' || strncmp(plain, "..", 2) == 0)
		return NULL;
	if (!real || stat(real, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	if (w->real_root && !bare_is_below(real, w->real_root)) {
		terr_set(e, "Template '%s' is outside the project", name);
		return NULL;
	}
	return read_template(plain, real, e);
}

/* By its name, then beside the file that refers to it. */
static struct template *load(void *arg, const char *name, const char *from, struct terr *e)
{
	struct world *w = arg;
	struct template *t = load_name(w, name, e);
	const char *slash = strrchr(from, '/');

	if (t || e->kind != TERR_NONE || !slash || name[0] == '/')
		return t;
	AUTO_STR beside = xasprintf("%.*s/%s", (int)(slash - from), from, name);
	return load_name(w, beside, e);
}

/* ---- the template itself ---- */

static struct template *missing(const struct bare *q, struct terr *e)
{
	strbuf_reset(&e->head);
	strbuf_printf(&e->head, "cannot read '%s'", q->shown);
	terr_set(e, "%s", strerrordesc_np(errno ? errno : EINVAL));
	e->kind = TERR_MISSING;
	return NULL;
}

/* It may be anywhere; below the root its name is the rest of its path. */
static struct template *load_main(const struct bare *q, struct terr *e)
{
	size_t root = strlen(q->root);
	struct stat st;

	if (!q->path)
		return template_compile(q->name, q->text, strlen(q->text), NULL, e);
	errno = 0;
	if (stat(q->path, &st) < 0 || !S_ISREG(st.st_mode) || access(q->path, R_OK) < 0)
		return missing(q, e);
	if (!bare_is_below(q->path, q->root))
		return read_template(q->path, q->path, e);
	return read_template(q->path + root + (root > 1), q->path, e);
}

static int render(const struct bare *q, struct world *w, const struct bundle *b, struct tbuf *out,
        struct terr *e)
{
	AUTO_TSESSION s;
	int rc;

	tsession_init(&s, &w->host, NULL);
	rc = bundle_render(b, &s, &library_tera, q->context, out, e);
	return rc;
}

int config_render_bare(const struct bare *q, struct tbuf *out, struct terr *e)
{
	AUTO_STR real_root = realpath(q->root, NULL);
	struct world w = { .q = q, .real_root = real_root };

	w.host = (struct thost){ .arg = &w,
		.now_ns = now_ns,
		.ticks_ns = ticks_ns,
		.env = variable,
		.entropy = entropy };
	w.loader = (struct tloader){ .arg = &w, .load = load };

	CLEANUP(template_unref) struct template *t = load_main(q, e);
	CLEANUP(bundle_free) struct bundle *b = t ? bundle_new(t, &w.loader, NULL, e) : NULL;

	return b ? render(q, &w, b, out, e) : -1;
}
