#include "daemon/config/bare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/config/memo.h"
#include "daemon/config/world.h"
#include "daemon/core/digest.h"
#include "daemon/template/libraries.h"
#include "daemon/template/moment.h"

/* What templates see, with a loader of its own. */
struct bare_world {
	struct world world;
	const struct bare *q;
	const char *real_root;
	const char *main_dir; /* of the template, below the root; NULL when it is the root */
	struct map *seen;     /* templates by name, so that each is compiled once */
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

/* ---- files ---- */

static struct template *fail_open(const char *name, struct terr *e)
{
	terr_set(e, "cannot read '%s': %s", name, strerrordesc_np(errno));
	return NULL;
}

/* That this is what the path holds. */
static void note_read(
        struct bare_world *w, const char *path, const char *real, const struct strbuf *text)
{
	char sha256[DIGEST_HEX];
	struct digest d;

	digest_of(text->s, text->len, &d);
	digest_hex(&d, sha256);
	world_looked(&w->world, path, real, sha256);
}

static struct template *read_template(
        struct bare_world *w, const char *name, const char *path, const char *real, struct terr *e)
{
	const struct tlimits *limits = &w->world.limits;

	/* The open of a FIFO must not wait for a writer. */
	AUTO_FD fd = open(real ? real : path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	AUTO_STRBUF text = STRBUF_INIT;
	struct err why;

	if (fd < 0)
		return fail_open(name, e);
	if (fs_read_fd(fd, name, limits->max[TLIMIT_SOURCE], &text, &why) == 0) {
		note_read(w, path, real, &text);
		return memo_compile(w->world.s->memo, name, text.s, text.len, limits, e);
	}
	terr_at(e, name, 1, 1);
	if (why.code == ERR_LIMIT)
		terr_limit(e, limits, TLIMIT_SOURCE);
	else
		terr_set(e, "%s", why.msg);
	return NULL;
}

/* The template of that name below the root, NULL when there is no such file or it is bad. */
static struct template *load_name(struct bare_world *w, const char *name, struct terr *e)
{
	AUTO_STR plain = fs_normalize(name);
	AUTO_STR path = fs_join(w->q->root, plain);
	AUTO_STR real = realpath(path, NULL);
	struct template *seen = map_get(w->seen, plain);
	struct stat st;

	if (seen)
		return template_ref(seen);
	if (!*name || name[0] == '/' || strncmp(plain, "..", 2) == 0)
		return NULL;
	if (!real || stat(real, &st) < 0 || !S_ISREG(st.st_mode)) {
		world_looked(&w->world, path, NULL, NULL);
		return NULL;
	}
	if (w->real_root && !bare_is_below(real, w->real_root)) {
		terr_set(e, "Template '%s' is outside the project", name);
		return NULL;
	}
	seen = read_template(w, plain, path, real, e);
	if (seen)
		map_put(w->seen, plain, template_ref(seen));
	return seen;
}

static struct template *load_within(
        struct bare_world *w, const char *dir, size_t n, const char *name, struct terr *e)
{
	AUTO_STR within = xasprintf("%.*s/%s", (int)n, dir, name);

	return load_name(w, within, e);
}

/* By its name below the root, then beside the main template, then beside the file that refers to
 * it. */
static struct template *load(void *arg, const char *name, const char *from, struct terr *e)
{
	struct bare_world *w = arg;
	const char *slash = strrchr(from, '/');
	struct template *t;

	if (name[0] == '/')
		return NULL;
	t = load_name(w, name, e);
	if (!t && e->kind == TERR_NONE && w->main_dir)
		t = load_within(w, w->main_dir, strlen(w->main_dir), name, e);
	if (!t && e->kind == TERR_NONE && slash)
		t = load_within(w, from, (size_t)(slash - from), name, e);
	return t;
}

/* ---- the template itself ---- */

static struct template *missing(const struct bare *q, struct terr *e)
{
	terr_set(e, "cannot read '%s': %s", q->shown, strerrordesc_np(errno ? errno : EINVAL));
	e->kind = TERR_MISSING;
	return NULL;
}

/* It may be anywhere; below the root its name is the rest of its path. */
static struct template *load_main(struct bare_world *w, struct terr *e)
{
	const struct bare *q = w->q;
	const char *name;
	size_t root = strlen(q->root);
	struct stat st;

	if (!q->path)
		return memo_compile(
		        w->world.s->memo, q->name, q->text, strlen(q->text), &w->world.limits, e);
	errno = 0;
	if (stat(q->path, &st) < 0 || !S_ISREG(st.st_mode) || access(q->path, R_OK) < 0)
		return missing(q, e);
	if (!bare_is_below(q->path, q->root))
		return read_template(w, q->path, q->path, NULL, e);
	name = q->path + root + (root > 1);
	if (strchr(name, '/'))
		w->main_dir = bare_dir(q->arena, name);
	return read_template(w, name, q->path, NULL, e);
}

/* ---- clock and chance ---- */

static int freeze(struct world *w, const char *text, struct terr *e)
{
	struct moment m;
	int64_t ns;

	if (!moment_parse(text, strlen(text), &m) || __builtin_mul_overflow(m.s, NS_PER_S, &ns) ||
	        __builtin_add_overflow(ns, m.ns, &ns)) {
		strbuf_adds(&e->head, "the clock cannot be frozen");
		return terr_set(e, "Invalid freeze_clock '%s': expected RFC 3339", text);
	}
	world_freeze(w, ns, text);
	return 0;
}

static int set_world(struct world *w, const struct config_flags *f, struct terr *e)
{
	w->host.env_paths = false;
	if (f->seed)
		world_seed(w, strtoull(f->seed, NULL, 10));
	return f->freeze_clock ? freeze(w, f->freeze_clock, e) : 0;
}

/* ---- the door ---- */

static int render(struct bare_world *w, struct tbuf *out, struct terr *e)
{
	const struct tlimits *limits = &w->world.limits;
	const struct tloader loader = { .arg = w, .load = load };
	CLEANUP(template_unref) struct template *t = load_main(w, e);
	CLEANUP(bundle_free) struct bundle *b = t ? bundle_new(t, &loader, limits, e) : NULL;
	AUTO_TSESSION s;
	int rc;

	tsession_init(&s, &w->world.host, limits);
	rc = b ? bundle_render(b, &s, &library_tera, w->q->context, out, e) : -1;
	if (rc < 0 && !e->head.len)
		strbuf_printf(&e->head, "Failed to parse '%s'",
		        e->template.len ? e->template.s : w->q->shown);
	world_mask(&w->world, e);
	return rc;
}

static void drop_template(void *t)
{
	template_unref(t);
}

int config_render_bare(
        const struct bare *q, struct tbuf *out, struct made_from *from, struct terr *e)
{
	AUTO_STR real_root = realpath(q->root, NULL);
	struct bare_world w = { .q = q, .real_root = real_root, .seen = map_new() };
	int rc;

	world_init(&w.world, q->shown ? q->shown : q->name, q->path ? q->path : q->root, q->s,
	        q->env, q->flags, q->arena);
	w.world.root_path = q->root;
	w.world.root = real_root;
	w.world.need = q->need;
	w.world.need_arena = q->arena;
	rc = set_world(&w.world, q->flags, e) < 0 ? -1 : render(&w, out, e);
	world_tell(&w.world, q->arena, from);
	world_release(&w.world);
	map_free(w.seen, drop_template);
	return rc;
}
