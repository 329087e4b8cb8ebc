#include <fcntl.h>
#include <string.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/glob.h"
#include "daemon/cache/cache_priv.h"
#include "daemon/cache/depends.h"
#include "daemon/cache/lru.h"
#include "daemon/config/tags.h"

#define MAX_SETTINGS 256 /* one for each directory, user and set of flags */
#define SETTINGS_BYTES (16u << 20)
#define LARGE_FILE (64u << 10) /* bytes; reading and checking more would hold up the loop */

/* A test file as it was parsed for one request. */
struct file_entry {
	struct lru_link link;
	struct arena *arena;    /* of what stands below, but file and settings */
	struct test_file *file; /* NULL: only what it asks for is known */
	struct identity id;
	bool trusted; /* equal stat data means equal content */
	struct settings *settings;
	struct config_flags flags;
	struct client_env env;     /* of the request that file was made for */
	bool needs_env;            /* file depends on all of env, not on what it covers */
	struct depends *deps;      /* other files that file was made from */
	struct depends_why missed; /* why it was parsed although an older state was kept */
	struct str_list asks;      /* what a request with ask_env was asked for */
	struct client_env ask_env;
	char sha256[DIGEST_HEX];
};

struct settings_entry {
	struct lru_link link;
	struct settings *settings;
	char *stamp; /* bytes, not text */
	size_t stamp_len;
	bool trusted;
};

struct config_cache {
	struct metrics *m;
	const struct own_dirs *own;
	const struct memo *memo;
	struct lru files, settings;
	struct strbuf key, stamp; /* reused */
	size_t evictions_told;
};

static void drop_file(struct lru_link *x)
{
	struct file_entry *e = (struct file_entry *)x;

	test_file_unref(e->file);
	depends_unref(e->deps);
	settings_unref(e->settings);
	arena_free(e->arena);
	free(e);
}

static void drop_settings(struct lru_link *x)
{
	struct settings_entry *e = (struct settings_entry *)x;

	settings_unref(e->settings);
	free(e->stamp);
	free(e);
}

struct config_cache *config_cache_new(
        struct metrics *m, size_t max_entries, size_t max_bytes, const struct own_dirs *own)
{
	struct config_cache *c = xcalloc(1, sizeof(*c));

	c->m = m;
	c->own = own;
	c->key = c->stamp = (struct strbuf)STRBUF_INIT;
	lru_init(&c->files, max_entries, max_bytes, drop_file);
	lru_init(&c->settings, MAX_SETTINGS, SETTINGS_BYTES, drop_settings);
	return c;
}

void config_cache_set_memo(struct config_cache *c, const struct memo *memo)
{
	c->memo = memo;
}

void config_cache_free(struct config_cache *c)
{
	if (!c)
		return;
	lru_release(&c->files);
	lru_release(&c->settings);
	strbuf_release(&c->key);
	strbuf_release(&c->stamp);
	free(c);
}

static void tell_metrics(struct config_cache *c)
{
	if (!c->m)
		return;
	metrics_add(c->m, METRIC_CACHE_EVICTIONS_CONFIGS, c->files.evicted - c->evictions_told);
	c->evictions_told = c->files.evicted;
	metrics_set(c->m, METRIC_CACHE_ENTRIES_CONFIGS, (int64_t)c->files.n);
	metrics_set(c->m, METRIC_CACHE_BYTES_CONFIGS, (int64_t)c->files.bytes);
}

static void count(struct config_cache *c, enum metric which)
{
	if (c->m)
		metrics_add(c->m, which, 1);
}

void config_cache_clear(struct config_cache *c)
{
	lru_clear(&c->files);
	lru_clear(&c->settings);
	tell_metrics(c);
}

struct cache_fill config_cache_fill(const struct config_cache *c)
{
	return lru_fill(&c->files);
}

/* A string in a key, with its length in front: neighbours cannot flow together. */
static void key_str(struct strbuf *key, const char *s)
{
	size_t n = s ? strlen(s) : 0;
	char digits[20];
	size_t at = sizeof(digits);

	digits[--at] = ':';
	for (size_t left = n; left || at == sizeof(digits) - 1; left /= 10)
		digits[--at] = (char)('0' + left % 10);
	strbuf_add(key, digits + at, sizeof(digits) - at);
	if (s)
		strbuf_add(key, s, n);
}

/* ---- what a file looks like now ---- */

/* The content is what the entry was made from. Usually one stat(2) a file says so. */
static bool is_fresh(struct file_entry *e, const char *real)
{
	char sha256[DIGEST_HEX];
	struct depends_why why;
	struct identity now;
	bool trusted;

	if (!depends_hold(e->deps, &why))
		return false;

	if (!identity_of(real, &now))
		return false;
	if (e->trusted && identity_equal(&now, &e->id))
		return true;
	if (!identity_digest(real, e->settings->max_file, sha256, &now, &trusted) ||
	        strcmp(sha256, e->sha256) != 0)
		return false;
	e->id = now;
	e->trusted = trusted;
	return true;
}

/* ---- environment ---- */

static bool list_has(const struct str_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

static void list_add(struct str_list *l, const char *s, struct arena *a)
{
	const char **v;

	if (list_has(l, s))
		return;
	v = arena_array(a, l->n + 2, sizeof(*v));
	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	v[l->n++] = arena_strdup(a, s);
	l->v = v;
}

static void list_add_all(struct str_list *l, const struct str_list *from, struct arena *a)
{
	for (size_t i = 0; l && i < from->n; i++)
		list_add(l, from->v[i], a);
}

/* What the client will have to send is known, and it was not asked yet. With out not NULL its names
 * are added there. */
static bool asks(const struct file_entry *e, const struct client_env *env, struct str_list *out,
        struct arena *a)
{
	bool any = false;

	if (env->asked || !e->file || !env_covers(env, &e->ask_env))
		return false;
	for (size_t i = 0; i < e->asks.n; i++) {
		const char *name = e->asks.v[i];

		if (!glob_is_pattern(name) && client_env_get(env, name))
			continue;
		any = true;
		if (out)
			list_add(out, name, a);
	}
	return any;
}

static bool env_fits(const struct file_entry *e, const struct client_env *env)
{
	if (!e->file || !env_covers(env, &e->env))
		return false;
	return !e->needs_env || (env->asked && env->n == e->env.n);
}

/* ---- loading ---- */

struct request {
	const char *path, *real;
	const char *text; /* instead of what is there; nothing is kept then */
	size_t len;
	const struct settings *s;
	const struct client_env *env;
	const struct config_flags *flags;
};

static struct test_file *load(const struct request *r, const struct client_env *env,
        struct str_list *need, struct arena *need_arena)
{
	return config_load(
	        r->path, r->real, r->text, r->len, r->s, env, r->flags, true, need, need_arena);
}

/* A file says what it needs only as long as the client was not asked; so it is loaded as if it were
 * not, and once more if that matters. asked gets what the file needs beyond env. */
static struct test_file *load_knowing(
        const struct request *r, struct str_list *asked, struct arena *a)
{
	struct client_env env = *r->env;
	struct test_file *file;

	env.asked = false;
	file = load(r, &env, asked, a);
	if (!asked->n || !r->env->asked)
		return file;
	test_file_unref(file);
	return load(r, r->env, NULL, NULL);
}

static struct file_entry *new_entry(const struct request *r, const struct test_file *file)
{
	struct file_entry *e = xcalloc(1, sizeof(*e));

	e->arena = arena_new();
	e->settings = settings_ref((struct settings *)(uintptr_t)r->s);
	e->flags = config_flags_copy(r->flags, e->arena);
	memcpy(e->sha256, file->sha256, sizeof(e->sha256));
	return e;
}

static bool is_same_request(const struct file_entry *e, const struct request *r)
{
	return e->settings == r->s && flags_equal(&e->flags, r->flags);
}

/* What an older entry knows of the same content goes to the new one. */
static void inherit(struct file_entry *e, struct file_entry *old, const struct request *r)
{
	if (!old || !is_same_request(old, r) || strcmp(old->sha256, e->sha256) != 0)
		return;
	if (!e->asks.n) {
		list_add_all(&e->asks, &old->asks, e->arena);
		e->ask_env = env_copy(&old->ask_env, e->arena);
	}
	if (!e->file && old->file) {
		e->file = STEAL(old->file);
		e->deps = STEAL(old->deps);
		e->env = env_copy(&old->env, e->arena);
		e->needs_env = old->needs_env;
	}
}

/* What made the older entry worth nothing. */
static void tell_missed(struct file_entry *e, const struct file_entry *old, const struct request *r)
{
	struct depends_why *why = &e->missed, files = { 0 };

	if (old)
		e->missed = old->missed; /* it may stand for a client that was only asked */
	if (!old || !flags_hold(&old->flags, r->flags, why))
		return;
	if (old->settings != r->s)
		depends_tell(why, CAUSE_POLICY, r->s->project_file, "changed");
	else if (strcmp(old->sha256, e->sha256) != 0)
		depends_tell(why, CAUSE_TEMPLATE, r->real, "changed");
	else if (depends_hold(old->deps, &files) && old->file && !env_fits(old, r->env))
		depends_tell(why, CAUSE_ENV, NULL, "changed");
	else if (files.kind)
		*why = files;
}

static void keep(struct config_cache *c, struct file_entry *old, const struct request *r,
        struct test_file *file, const struct str_list *asked, const struct identity *id,
        bool trusted)
{
	struct file_entry *e = new_entry(r, file);

	e->id = *id;
	e->trusted = trusted;
	if (asked->n && !r->env->asked) {
		list_add_all(&e->asks, asked, e->arena);
		e->ask_env = env_copy(r->env, e->arena);
	} else {
		e->file = test_file_ref(file);
		e->deps = depends_new(&file->made_from, NULL, NULL);
		e->env = env_copy(r->env, e->arena);
		e->needs_env = asked->n > 0;
	}
	tell_missed(e, old, r);
	inherit(e, old, r);
	if (old)
		lru_del(&c->files, &old->link);
	lru_put(&c->files, c->key.s, &e->link,
	        sizeof(*e) + c->key.len + arena_bytes(e->arena) + depends_bytes(e->deps) +
	                (e->file ? arena_bytes(e->file->arena) : 0));
}

/* A file that was parsed, and under which circumstances. */
struct built {
	struct test_file *file;
	struct str_list asked;
	struct arena *arena; /* of asked */
	struct identity id;
	int64_t ns;
	bool whole, trusted;
};

static void build(const struct request *r, struct built *b)
{
	int64_t began = clock_ns(), wall = clock_wall_ns();
	bool is_there = identity_of(r->real, &b->id);
	struct identity after;

	b->arena = arena_new();
	b->file = load_knowing(r, &b->asked, b->arena);
	b->whole = is_there && identity_of(r->real, &after) && identity_equal(&b->id, &after);
	b->trusted = stamp_is_old(identity_newest(&b->id), wall) && !is_remote(r->real);
	b->ns = clock_ns() - began;
}

/* Keeps it if it can be kept. The key is in c->key. */
static struct test_file *take_built(struct config_cache *c, struct file_entry *old,
        const struct request *r, struct built *b, struct str_list *need, struct arena *need_arena)
{
	if (!r->env->asked)
		list_add_all(need, &b->asked, need_arena);
	count(c, METRIC_CACHE_MISSES_CONFIGS);
	if (c->m)
		metrics_observe(c->m, METRIC_CACHE_BUILD_CONFIGS, b->ns);
	/* What is wrong may be so for reasons outside the file. */
	if (b->whole && b->file->tests && !b->file->transient)
		keep(c, old, r, b->file, &b->asked, &b->id, b->trusted);
	else if (old)
		lru_del(&c->files, &old->link);
	tell_metrics(c);
	arena_free(b->arena);
	return b->file;
}

static struct file_entry *find(struct config_cache *c, const struct request *r)
{
	strbuf_reset(&c->key);
	key_str(&c->key, r->real);
	key_str(&c->key, r->path);
	return lru_get(&c->files, c->key.s);
}

static bool answers(const struct file_entry *e, const struct request *r)
{
	return e && is_same_request(e, r) && (asks(e, r->env, NULL, NULL) || env_fits(e, r->env));
}

static struct test_file *take_hit(struct config_cache *c, struct file_entry *e,
        const struct request *r, struct str_list *need, struct arena *need_arena)
{
	count(c, METRIC_CACHE_HITS_CONFIGS);
	asks(e, r->env, need, need_arena);
	return test_file_ref(e->file);
}

struct test_file *config_cache_hit(struct config_cache *c, const char *path, const char *real,
        const struct settings *s, const struct client_env *env, const struct config_flags *flags,
        struct str_list *need, struct arena *need_arena)
{
	const struct request r = { path, real, NULL, 0, s, env, flags };
	struct file_entry *e = s->cache_compiled ? find(c, &r) : NULL;
	struct identity now;

	if (!answers(e, &r) || !e->trusted || !identity_of(real, &now) ||
	        !identity_equal(&now, &e->id) || !depends_hold_by_stat(e->deps))
		return NULL;
	return take_hit(c, e, &r, need, need_arena);
}

struct test_file *config_cache_load(struct config_cache *c, const char *path, const char *real,
        const struct settings *s, const struct client_env *env, const struct config_flags *flags,
        bool force, bool *hit, struct str_list *need, struct arena *need_arena)
{
	const struct request r = { path, real, NULL, 0, s, env, flags };
	struct file_entry *e;

	*hit = false;
	if (!s->cache_compiled)
		return load(&r, env, need, need_arena);
	e = find(c, &r);
	if (!force && answers(e, &r) && is_fresh(e, real)) {
		*hit = true;
		return take_hit(c, e, &r, need, need_arena);
	}

	struct built b = { 0 };

	build(&r, &b);
	return take_built(c, e, &r, &b, need, need_arena);
}

/* ---- what is known of a file ---- */

bool config_cache_known(const struct config_cache *c, const char *real, struct known_file *out)
{
	AUTO_STRBUF begins = STRBUF_INIT;
	struct identity now;

	key_str(&begins, real);
	for (const struct lru_link *x = c->files.ends.next; x != &c->files.ends; x = x->next) {
		const struct file_entry *e = (const struct file_entry *)x;

		if (strncmp(x->key, begins.s, begins.len) != 0)
			continue;
		memcpy(out->sha256, e->sha256, sizeof(out->sha256));
		out->size = e->id.size;
		out->mtime_ns = e->id.mtime_ns;
		out->by_stat = e->trusted;
		out->same_stat = identity_of(real, &now) && identity_equal(&now, &e->id);
		out->missed = e->missed;
		out->deps = depends_ref(e->deps);
		return true;
	}
	return false;
}

void config_cache_users(const struct config_cache *c, const char *path,
        void (*each)(void *arg, const char *real), void *arg)
{
	for (const struct lru_link *x = c->files.ends.next; x != &c->files.ends; x = x->next) {
		const struct file_entry *e = (const struct file_entry *)x;

		if (e->file && depends_reads(e->deps, path) != CAUSE_NONE)
			each(arg, e->file->real);
	}
}

/* ---- loading off the loop ---- */

struct config_loading {
	struct config_cache *c;
	struct request r;
	char sha256[DIGEST_HEX]; /* of what is kept, if its content has to be looked at; else "" */
	struct depends *deps;    /* of what is kept */
	bool same;               /* it is still that */
	struct identity id;
	bool trusted;
	struct built built;
};

/* A template may take as long as its limits let it. */
static bool is_template(const char *path, const char *text, size_t len)
{
	size_t n = strlen(path);

	return (n > 5 && strcmp(path + n - 5, ".tera") == 0) || tags_find(text, len) < len;
}

/* Reading and checking it would hold up the loop. Whether a small file is a template is in its
 * text. */
static bool takes_long(const struct request *r, const struct file_entry *e, off_t size)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err err;

	if (e && e->deps)
		return true;
	if (r->text)
		return r->len > LARGE_FILE || is_template(r->path, r->text, r->len);
	if (size > (off_t)LARGE_FILE)
		return true;
	AUTO_FD fd = open(r->real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 && fs_read_fd(fd, r->real, LARGE_FILE, &text, &err) == 0 &&
	       is_template(r->path, text.s, text.len);
}

struct config_loading *config_loading_new(struct config_cache *c, const char *path,
        const char *real, const char *text, size_t len, const struct settings *s,
        const struct client_env *env, const struct config_flags *flags)
{
	const struct request r = { path, real, text, len, s, env, flags };
	struct config_loading *l;
	struct file_entry *e;
	struct identity now = { 0 };

	if (!text && !identity_of(real, &now))
		return NULL;
	e = s->cache_compiled && !text ? find(c, &r) : NULL;
	if (answers(e, &r) && e->trusted && identity_equal(&now, &e->id) &&
	        depends_hold_by_stat(e->deps))
		return NULL;
	if (!takes_long(&r, e, now.size))
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->c = c;
	l->r = r;
	if (answers(e, &r)) {
		memcpy(l->sha256, e->sha256, sizeof(l->sha256));
		l->deps = depends_ref(e->deps);
	}
	return l;
}

void config_loading_work(struct config_loading *l)
{
	char sha256[DIGEST_HEX];
	struct depends_why why;

	l->same = l->sha256[0] &&
	          identity_digest(l->r.real, l->r.s->max_file, sha256, &l->id, &l->trusted) &&
	          strcmp(sha256, l->sha256) == 0 && depends_hold(l->deps, &why);
	if (!l->same)
		build(&l->r, &l->built);
}

/* What is kept may have changed while the worker looked. */
static struct test_file *end_same(
        struct config_loading *l, bool *hit, struct str_list *need, struct arena *need_arena)
{
	struct file_entry *e = find(l->c, &l->r);

	if (!answers(e, &l->r) || strcmp(e->sha256, l->sha256) != 0 || e->deps != l->deps)
		return config_cache_load(l->c, l->r.path, l->r.real, l->r.s, l->r.env, l->r.flags,
		        false, hit, need, need_arena);
	e->id = l->id;
	e->trusted = l->trusted;
	*hit = true;
	return take_hit(l->c, e, &l->r, need, need_arena);
}

struct test_file *config_loading_end(
        struct config_loading *l, bool *hit, struct str_list *need, struct arena *need_arena)
{
	struct test_file *file;

	*hit = false;
	if (l->same)
		file = end_same(l, hit, need, need_arena);
	else if (l->r.s->cache_compiled && !l->r.text)
		file = take_built(l->c, find(l->c, &l->r), &l->r, &l->built, need, need_arena);
	else {
		if (!l->r.env->asked)
			list_add_all(need, &l->built.asked, need_arena);
		arena_free(l->built.arena);
		file = l->built.file;
	}
	depends_unref(l->deps);
	free(l);
	return file;
}

/* ---- settings ---- */

static void settings_key(struct strbuf *key, const char *dir, const struct client_env *env,
        const struct config_flags *flags, uint64_t uid)
{
	strbuf_reset(key);
	key_str(key, dir);
	strbuf_printf(key, "%llu %d%d%d ", (unsigned long long)uid, flags->strict,
	        flags->allow_unknown, flags->no_config);
	key_str(key, flags->config_file);
	key_str(key, flags->isolation);
	key_str(key, flags->findings);
	for (size_t i = 0; i < flags->image_map.n; i++)
		key_str(key, flags->image_map.v[i]);
	for (size_t i = 0; i < env->n; i++) {
		const char *name = env->v[i].name;

		if (strncmp(name, "CLEANROOM_", 10) != 0 && strcmp(name, "HOME") != 0 &&
		        strcmp(name, "XDG_CONFIG_HOME") != 0)
			continue;
		key_str(key, name);
		key_str(key, env->v[i].value);
	}
}

struct settings *config_cache_settings(struct config_cache *c, const char *dir,
        const struct client_env *env, const struct config_flags *flags, uint64_t uid)
{
	int64_t wall = clock_wall_ns(), newest;
	struct settings_entry *e;
	struct settings *s;

	settings_key(&c->key, dir, env, flags, uid);
	strbuf_reset(&c->stamp);
	settings_stamp(dir, env, flags, &c->stamp, &newest);
	e = lru_get(&c->settings, c->key.s);
	if (e && e->trusted && e->stamp_len == c->stamp.len &&
	        memcmp(e->stamp, c->stamp.s, e->stamp_len) == 0)
		return settings_ref(e->settings);
	s = settings_load(dir, env, flags, uid, c->own);
	s->memo = s->cache_compiled ? c->memo : NULL;
	/* Files that were parsed under the old ones stay good when nothing else came out. */
	if (e && settings_equal(e->settings, s)) {
		settings_unref(s);
		s = settings_ref(e->settings);
	}

	struct settings_entry *fresh = xcalloc(1, sizeof(*fresh));

	fresh->settings = settings_ref(s);
	fresh->stamp = xmemdup(c->stamp.s, c->stamp.len + 1);
	fresh->stamp_len = c->stamp.len;
	fresh->trusted = stamp_is_old(newest, wall) && !is_remote(s->root);
	if (e)
		lru_del(&c->settings, &e->link);
	lru_put(&c->settings, c->key.s, &fresh->link,
	        sizeof(*fresh) + c->key.len + c->stamp.len + arena_bytes(s->arena));
	return s;
}
