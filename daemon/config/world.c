#include "daemon/config/world.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/fs.h"
#include "daemon/config/load.h"
#include "daemon/config/memo.h"
#include "daemon/core/digest.h"
#include "daemon/template/libraries.h"

#define MACROS "_macros.toml.tera"
#define MIN_MASKED 3 /* bytes; shorter values are in every message */

/* ---- clock, chance, environment ---- */

static int64_t now_ns(void *arg)
{
	struct world *w = arg;

	if (w->host.frozen)
		return w->frozen_ns;
	w->saw_clock = true;
	return clock_wall_ns();
}

static int64_t ticks_ns(void *arg)
{
	(void)arg;
	return clock_ns();
}

static bool is_stopped(void *arg)
{
	const struct world *w = arg;

	return w->stop && __atomic_load_n(w->stop, __ATOMIC_RELAXED);
}

static void entropy(void *arg, void *out, size_t n)
{
	((struct world *)arg)->saw_chance = true;
	/* Up to 256 bytes come whole once the pool is ready, whatever signals arrive. */
	if (getrandom(out, n, 0) != (ssize_t)n)
		abort();
}

static bool is_visible(const struct world *w, const char *name)
{
	return !w->hermetic || str_list_has(&w->s->env_pass, name);
}

/* Their addresses count: not set, and not set as far as a client said who may not have said all. */
static char unset[] = "", unsaid[] = "";

static const char *look_up(struct world *w, const char *name, bool masked)
{
	const char *value = is_visible(w, name) ? client_env_get(w->env, name) : NULL;

	if (!map_get(w->variables, name))
		map_put(w->variables, name, value ? arena_strdup(w->a, value) : unset);
	if (value && masked && strlen(value) >= MIN_MASKED && !str_list_has(&w->masked, value))
		str_list_add(w->a, &w->masked, arena_strdup(w->a, value));
	return value;
}

/* NULL when it is unset or hidden; writes down that it was looked at, and asks the client for what
 * it has not sent. */
static const char *world_variable(struct world *w, const char *name)
{
	const char *value = look_up(w, name, true);

	if (value || !is_visible(w, name))
		return value;
	map_put(w->variables, name, unsaid);
	if (w->need && !w->env->asked && !str_list_has(w->need, name))
		str_list_add(w->need_arena, w->need, arena_strdup(w->need_arena, name));
	return value;
}

const char *world_own_variable(struct world *w, const char *name)
{
	return look_up(w, name, config_is_secret_name(name));
}

static const char *variable(void *arg, const char *name)
{
	return world_variable(arg, name);
}

static void mask_one(char **text, const char *value)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t n = strlen(value);
	const char *from = *text, *at;

	if (!strstr(from, value))
		return;
	for (; (at = strstr(from, value)); from = at + n) {
		strbuf_add(&b, from, (size_t)(at - from));
		strbuf_adds(&b, "***");
	}
	strbuf_adds(&b, from);
	free(*text);
	*text = strbuf_detach(&b, NULL);
}

void world_mask(const struct world *w, struct terr *e)
{
	for (size_t i = 0; i < w->masked.n; i++)
		for (unsigned k = 0; k < e->n_causes; k++)
			mask_one(&e->causes[k], w->masked.v[i]);
}

/* ---- other templates ---- */

/* The directory of a path, without the last slash. */
static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
}

static const struct seen_file *find_by_name(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n_files; i++)
		if (strcmp(w->files[i].name, name) == 0)
			return &w->files[i];
	return NULL;
}

static const struct seen_file *find_by_real(const struct world *w, const char *real)
{
	for (size_t i = 0; i < w->n_files; i++)
		if (w->files[i].real && strcmp(w->files[i].real, real) == 0)
			return &w->files[i];
	return NULL;
}

/* How messages name the file: seen from where the main one is shown. */
static const char *shown_name(struct world *w, const char *real)
{
	AUTO_STR base = dir_of(w->real);
	const char *slash = strrchr(w->path, '/');

	if (fs_is_below(real, base) && strlen(base) > 1)
		return arena_printf(w->a, "%.*s%s", slash ? (int)(slash - w->path + 1) : 0, w->path,
		        real + strlen(base) + 1);
	if (fs_is_below(real, w->s->root) && strlen(w->s->root) > 1)
		return arena_strdup(w->a, real + strlen(w->s->root) + 1);
	return arena_strdup(w->a, real);
}

static struct template *keep(struct world *w, const char *name, const char *real, const char *text,
        size_t len, struct terr *e)
{
	struct template *t = memo_compile(w->s->memo, name, text, len, &w->limits, e);
	struct digest d;

	if (!t)
		return NULL;
	w->files = xgrow(w->files, &w->cap_files, w->n_files + 1, sizeof(*w->files));

	struct seen_file *f = &w->files[w->n_files++];

	*f = (struct seen_file){ .name = name, .real = real, .compiled = t };
	digest_of(text, len, &d);
	digest_hex(&d, f->sha256);
	return template_ref(t);
}

static struct template *read_template(struct world *w, const char *real, struct terr *e)
{
	/* The open of a FIFO must not wait for a writer. */
	AUTO_FD fd = open(real, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	AUTO_STRBUF text = STRBUF_INIT;
	const char *name = shown_name(w, real);
	struct err why;

	if (fd < 0)
		err_sys(&why, "cannot open '%s'", name);
	else if (fs_read_fd(fd, name, w->limits.max[TLIMIT_SOURCE], &text, &why) == 0)
		return keep(w, name, arena_strdup(w->a, real), text.s, text.len, e);
	if (why.code == ERR_LIMIT)
		terr_limit(e, &w->limits, TLIMIT_SOURCE);
	else
		terr_set(e, "%s", why.msg);
	return NULL;
}

static struct template *template_of(struct world *w, const char *real, struct terr *e)
{
	const struct seen_file *seen = find_by_real(w, real);

	return seen ? template_ref(seen->compiled) : read_template(w, real, e);
}

void world_looked(struct world *w, const char *path, const char *real, const char *sha256)
{
	for (size_t i = 0; i < w->n_looked; i++)
		if (strcmp(w->looked[i].path, path) == 0)
			return;
	w->looked = xgrow(w->looked, &w->cap_looked, w->n_looked + 1, sizeof(*w->looked));
	w->looked[w->n_looked++] = (struct looked){ arena_strdup(w->a, path),
		arena_strdup(w->a, real), arena_strdup(w->a, sha256) };
}

/* All templates of one rendering are held to the same root. */
static bool is_inside(struct world *w, const char *real)
{
	AUTO_STR root = w->root ? NULL : realpath(w->root_path, NULL);

	if (root)
		w->root = arena_strdup(w->a, root);
	return w->root && fs_is_below(real, w->root);
}

/* dir/name, if there is such a file. *found says whether; then NULL is an error. */
static struct template *load_from(
        struct world *w, const char *dir, const char *name, bool *found, struct terr *e)
{
	AUTO_STR path = fs_join(dir, name);
	AUTO_STR real = realpath(path, NULL);
	const struct seen_file *seen;
	struct stat st;

	*found = real && stat(real, &st) == 0 && !S_ISDIR(st.st_mode);
	if (!*found) {
		world_looked(w, path, NULL, NULL);
		return NULL;
	}
	if (!is_inside(w, real)) {
		terr_set(e, "Template '%s' is outside the project", name);
		return NULL;
	}
	struct template *t = template_of(w, real, e);

	seen = find_by_real(w, real);
	if (seen)
		world_looked(w, path, real, seen->sha256);
	return t;
}

struct template *world_template(struct world *w, const char *real, struct terr *e)
{
	struct template *t = template_of(w, real, e);

	if (t)
		world_looked(w, real, real, find_by_real(w, real)->sha256);
	return t;
}

static struct template *load_built_in(struct world *w, const char *name, struct terr *e)
{
	const struct seen_file *seen = find_by_name(w, name);

	if (strcmp(name, MACROS) != 0)
		return NULL;
	return seen ? template_ref(seen->compiled)
	            : keep(w, MACROS, NULL, template_macros, template_macros_len, e);
}

static struct template *load(void *arg, const char *name, const char *from, struct terr *e)
{
	struct world *w = arg;
	const struct seen_file *f = find_by_name(w, from);
	AUTO_STR beside = dir_of(f && f->real ? f->real : w->real);
	AUTO_STR main = dir_of(w->real);
	AUTO_STR shared = fs_join(w->s->root, "templates");
	const char *const dirs[] = { beside, main, shared };

	for (size_t i = 0; *name && i < ARRAY_LEN(dirs); i++) {
		bool found;
		struct template *t = load_from(w, dirs[i], name, &found, e);

		if (found)
			return t;
	}
	return load_built_in(w, name, e);
}

/* ---- the whole ---- */

static struct tlimits limits_of(const struct settings *s)
{
	struct tlimits l = tlimits_default;

	for (size_t i = 0; i < TLIMIT_N; i++)
		if (s->template_limits[i])
			l.max[i] = s->template_limits[i];
	return l;
}

void world_init(struct world *w, const char *path, const char *real, const struct settings *s,
        const struct client_env *env, const struct config_flags *flags, struct arena *a)
{
	*w = (struct world){
		.a = a,
		.path = path,
		.real = real,
		.s = s,
		.root_path = s->root,
		.env = env,
		.hermetic = flags->hermetic_env || s->hermetic_env,
		.stop = flags->stop,
		.variables = map_new(),
	};
	w->limits = limits_of(s);
	w->host = (struct thost){
		.arg = w,
		.now_ns = now_ns,
		.env = variable,
		.entropy = entropy,
		.ticks_ns = ticks_ns,
		.stopped = is_stopped,
		.env_paths = true,
	};
	w->loader = (struct tloader){ .arg = w, .load = load };
}

void world_release(struct world *w)
{
	for (size_t i = 0; i < w->n_files; i++)
		template_unref(w->files[i].compiled);
	free(w->files);
	free(w->looked);
	map_free(w->variables, NULL);
	w->files = NULL;
	w->n_files = 0;
	w->variables = NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
	        ((const struct made_variable *)a)->name, ((const struct made_variable *)b)->name);
}

void world_tell(const struct world *w, struct arena *a, struct made_from *out)
{
	const char *name;
	void *value;

	*out = (struct made_from){
		.rendered = true,
		.files = arena_array(a, w->n_looked + 1, sizeof(*out->files)),
		.variables = arena_array(a, map_count(w->variables) + 1, sizeof(*out->variables)),
		.seed = w->host.seeded ? arena_printf(a, "%llu", (unsigned long long)w->host.seed)
		                       : NULL,
		.frozen = arena_strdup(a, w->frozen),
		.root_path = w->root ? arena_strdup(a, w->root_path) : NULL,
		.root = arena_strdup(a, w->root),
		.saw_clock = w->saw_clock,
		.saw_chance = w->saw_chance,
	};
	for (size_t i = 0; i < w->n_looked; i++) {
		const char *path = arena_strdup(a, w->looked[i].path);

		if (w->looked[i].sha256)
			out->files[out->n_files++] =
			        (struct made_file){ path, arena_strdup(a, w->looked[i].real),
				        arena_strdup(a, w->looked[i].sha256) };
		else
			str_list_add(a, &out->absent, path);
	}
	for (size_t at = 0; map_next(w->variables, &at, &name, &value);)
		out->variables[out->n_variables++] = (struct made_variable){
			.name = arena_strdup(a, name),
			.value = value == unset || value == unsaid ? NULL : arena_strdup(a, value),
			.asked_for = value == unsaid,
		};
	if (out->n_variables)
		qsort(out->variables, out->n_variables, sizeof(*out->variables), by_name);
}

void world_seed(struct world *w, uint64_t seed)
{
	w->host.seeded = true;
	w->host.seed = seed;
}

void world_freeze(struct world *w, int64_t ns, const char *as_written)
{
	w->host.frozen = true;
	w->frozen = arena_strdup(w->a, as_written);
	w->frozen_ns = ns;
}
