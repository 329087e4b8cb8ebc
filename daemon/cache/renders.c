#include "daemon/cache/renders.h"

#include <pthread.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/cache/cache_priv.h"
#include "daemon/cache/tally.h"

struct entry {
	struct lru_link link;
	struct render_kept kept; /* n 0: what was printed must not be kept */
	unsigned refs;           /* the list's, and those of who uses kept */
	struct arena *arena;
	const char *real; /* "" where text was given */
	struct depends *deps;
	struct made_variable *variables;
	size_t n_variables;
	struct config_flags flags;
	char settings[DIGEST_HEX];
	const char *context;
	size_t context_len;
	const char *never;
	struct depends_why missed;
};

struct render_cache {
	pthread_mutex_t lock; /* of the list; entries do not change */
	struct lru lru;
	struct tally tally;
};

/* ---- entries ---- */

static void entry_unref(struct entry *e)
{
	if (__atomic_sub_fetch(&e->refs, 1, __ATOMIC_ACQ_REL))
		return;
	depends_unref(e->deps);
	arena_free(e->arena);
	free(e);
}

static struct entry *entry_of(const struct render_kept *k)
{
	return (struct entry *)((char *)(uintptr_t)k - offsetof(struct entry, kept));
}

void render_kept_unref(const struct render_kept *k)
{
	if (k)
		entry_unref(entry_of(k));
}

static struct entry *entry_ref(struct entry *e)
{
	__atomic_add_fetch(&e->refs, 1, __ATOMIC_RELAXED);
	return e;
}

static void drop(struct lru_link *x)
{
	entry_unref((struct entry *)x);
}

/* ---- the request ---- */

struct key {
	char hex[DIGEST_HEX], settings[DIGEST_HEX];
};

static void end(struct digest_ctx *x, char hex[DIGEST_HEX])
{
	struct digest d;

	digest_end(x, &d);
	digest_hex(&d, hex);
}

/* NULL is another than "". */
static void add(struct digest_ctx *x, const char *s)
{
	digest_add(x, s ? "+" : "-", 1);
	digest_add_str(x, s ? s : "");
}

static void add_list(struct digest_ctx *x, const struct str_list *l)
{
	digest_add(x, &l->n, sizeof(l->n));
	for (size_t i = 0; i < l->n; i++)
		add(x, l->v[i]);
}

/* Each flag: one that changes nothing costs a render at most. */
static void add_flags(struct digest_ctx *x, const struct config_flags *f)
{
	const bool bits[] = { f->strict, f->allow_unknown, f->no_config, f->hermetic_env,
		f->reports_off, f->lint };
	const int64_t caps[] = { f->run_timeout_ns, f->scenario_timeout_ns, f->step_timeout_ns };

	digest_add(x, bits, sizeof(bits));
	digest_add(x, caps, sizeof(caps));
	add(x, f->config_file);
	add(x, f->isolation);
	add(x, f->findings);
	add(x, f->seed);
	add(x, f->freeze_clock);
	add_list(x, &f->image_map);
	add_list(x, &f->map);
}

/* Rows hold every value that is set. */
static void add_settings(struct digest_ctx *x, const struct settings *s)
{
	add(x, s->root);
	add(x, s->project_file);
	add(x, s->user_file);
	add_list(x, &s->env_pass);
	digest_add(x, s->template_limits, sizeof(s->template_limits));
	for (size_t i = 0; i < s->n_rows; i++) {
		add(x, s->rows[i].key);
		add(x, s->rows[i].value);
	}
}

static void key_of(const struct render_ask *ask, struct key *k)
{
	CLEANUP(digest_free) struct digest_ctx *x = digest_new();
	uint64_t context = content_hash(ask->context, ask->context_len);

	add_settings(x, ask->s);
	end(x, k->settings);
	add(x, ask->kind);
	add(x, ask->shown);
	add(x, ask->real);
	add(x, ask->root);
	digest_add(x, &context, sizeof(context));
	add(x, k->settings);
	add_flags(x, ask->flags);
	if (!ask->real)
		digest_add(x, ask->text, ask->len);
	end(x, k->hex);
}

/* ---- looking up ---- */

static bool is_visible(const struct render_ask *ask, const char *name)
{
	const struct str_list *pass = &ask->s->env_pass;

	if (!ask->flags->hermetic_env && !ask->s->hermetic_env)
		return true;
	for (size_t i = 0; i < pass->n; i++)
		if (strcmp(pass->v[i], name) == 0)
			return true;
	return false;
}

/* What a client did not send it may have, unless it was asked. */
static bool variable_holds(const struct made_variable *v, const struct render_ask *ask)
{
	const char *now = is_visible(ask, v->name) ? client_env_get(ask->env, v->name) : NULL;

	if (v->value || now)
		return v->value && now && strcmp(v->value, now) == 0;
	return !v->asked_for || ask->env->asked;
}

static bool variables_hold(
        const struct entry *e, const struct render_ask *ask, struct depends_why *why)
{
	for (size_t i = 0; i < e->n_variables; i++)
		if (!variable_holds(&e->variables[i], ask))
			return depends_tell(why, CAUSE_ENV, e->variables[i].name, "changed");
	return true;
}

/* Under the lock: of the requests for the same template the one used last. */
static struct entry *latest(const struct render_cache *c, const char *real)
{
	for (const struct lru_link *x = c->lru.ends.next; x != &c->lru.ends; x = x->next) {
		struct entry *e = (struct entry *)(uintptr_t)x;

		if (*real && strcmp(e->real, real) == 0)
			return e;
	}
	return NULL;
}

static bool same_context(const struct entry *e, const struct render_ask *ask)
{
	return e->context_len == ask->context_len &&
	       memcmp(e->context, ask->context, e->context_len) == 0;
}

/* How the request differs from one that was kept. */
static void compare(const struct entry *e, const struct render_ask *ask, const struct key *k,
        struct depends_why *why)
{
	if (flags_hold(&e->flags, ask->flags, why) && !same_context(e, ask))
		depends_tell(why, CAUSE_VAR, "--context", "changed");
	else if (!why->kind && strcmp(e->settings, k->settings) != 0)
		depends_tell(why, CAUSE_POLICY, ask->s->project_file, "changed");
}

static struct entry *find(struct render_cache *c, const struct render_ask *ask, const struct key *k,
        struct depends_why *why)
{
	struct entry *e, *other;

	*why = (struct depends_why){ 0 };
	pthread_mutex_lock(&c->lock);
	e = lru_get(&c->lru, k->hex);
	other = e ? NULL : latest(c, ask->real ? ask->real : "");
	if (other)
		compare(other, ask, k, why);
	if (e)
		entry_ref(e);
	pthread_mutex_unlock(&c->lock);
	return e;
}

const struct render_kept *render_cache_get(
        struct render_cache *c, const struct render_ask *ask, struct depends_why *why)
{
	struct entry *e;
	struct key k;

	key_of(ask, &k);
	e = find(c, ask, &k, why);
	if (!e)
		return NULL;
	if (same_context(e, ask) && variables_hold(e, ask, why) && depends_hold(e->deps, why) &&
	        e->kept.n) {
		tally_hit(&c->tally);
		return &e->kept;
	}
	entry_unref(e);
	return NULL;
}

/* ---- keeping ---- */

static void copy_texts(struct entry *e, const struct render_text *v, size_t n)
{
	e->kept.v = arena_array(e->arena, n + 1, sizeof(*v));
	for (size_t i = 0; i < n; i++)
		e->kept.v[i] = (struct render_text){
			.name = arena_strdup(e->arena, v[i].name),
			.text = arena_memdup(e->arena, v[i].text, v[i].len),
			.len = v[i].len,
		};
	e->kept.n = n;
}

static void copy_variables(struct entry *e, const struct made_from *from)
{
	e->variables = arena_array(e->arena, from->n_variables + 1, sizeof(*e->variables));
	e->n_variables = from->n_variables;
	for (size_t i = 0; i < e->n_variables; i++) {
		const struct made_variable *v = &from->variables[i];

		e->variables[i] = (struct made_variable){
			.name = arena_strdup(e->arena, v->name),
			.value = arena_strdup(e->arena, v->value),
			.asked_for = v->asked_for,
		};
	}
}

static const char *never_kept(const struct made_from *from, size_t n)
{
	return !n                 ? "it does not render without a finding"
	       : from->saw_clock  ? "it reads the clock, which is not frozen"
	       : from->saw_chance ? "it draws by chance, without a seed"
	                          : NULL;
}

static struct entry *make(const struct render_ask *ask, const struct key *k,
        const struct depends_why *why, const struct made_from *from, const char *sha256)
{
	struct entry *e = xcalloc(1, sizeof(*e));

	e->refs = 1;
	e->arena = arena_new();
	e->real = arena_strdup(e->arena, ask->real ? ask->real : "");
	e->flags = config_flags_copy(ask->flags, e->arena);
	e->deps = depends_new(from, sha256 ? ask->real : NULL, sha256);
	e->missed = *why;
	e->context = arena_memdup(e->arena, ask->context, ask->context_len);
	e->context_len = ask->context_len;
	memcpy(e->settings, k->settings, sizeof(e->settings));
	copy_variables(e, from);
	return e;
}

void render_cache_put(struct render_cache *c, const struct render_ask *ask,
        const struct depends_why *why, const struct made_from *from, const char *sha256,
        const struct render_text *v, size_t n, int64_t build_ns)
{
	struct entry *e, *old;
	struct key k;

	key_of(ask, &k);
	e = make(ask, &k, why, from, sha256);
	e->never = never_kept(from, n);
	if (!e->never)
		copy_texts(e, v, n);
	pthread_mutex_lock(&c->lock);
	tally_miss(&c->tally, build_ns);
	old = lru_get(&c->lru, k.hex);
	if (old)
		lru_del(&c->lru, &old->link);
	lru_put(&c->lru, k.hex, &e->link,
	        sizeof(*e) + sizeof(k) + arena_bytes(e->arena) + depends_bytes(e->deps));
	tally_fill(&c->tally, &c->lru);
	pthread_mutex_unlock(&c->lock);
}

/* ---- what is known ---- */

bool render_cache_known(struct render_cache *c, const char *real, struct render_known *out)
{
	const struct entry *last;

	*out = (struct render_known){ 0 };
	pthread_mutex_lock(&c->lock);
	last = latest(c, real);
	if (last) {
		out->never = last->never;
		out->missed = last->missed;
		out->deps = depends_ref(last->deps);
	}
	for (const struct lru_link *x = c->lru.ends.next; last && x != &c->lru.ends; x = x->next) {
		const struct entry *e = (const struct entry *)x;

		out->n += e->kept.n && strcmp(e->real, real) == 0;
	}
	pthread_mutex_unlock(&c->lock);
	return last;
}

void render_cache_users(struct render_cache *c, const char *path,
        void (*each)(void *arg, const char *real), void *arg)
{
	pthread_mutex_lock(&c->lock);
	for (const struct lru_link *x = c->lru.ends.next; x != &c->lru.ends; x = x->next) {
		const struct entry *e = (const struct entry *)x;

		if (*e->real && depends_reads(e->deps, path) != CAUSE_NONE)
			each(arg, e->real);
	}
	pthread_mutex_unlock(&c->lock);
}

/* ---- the whole ---- */

struct render_cache *render_cache_new(struct metrics *m, size_t max_entries, size_t max_bytes)
{
	struct render_cache *c = xcalloc(1, sizeof(*c));

	pthread_mutex_init(&c->lock, NULL);
	lru_init(&c->lru, max_entries, max_bytes, drop);
	c->tally = (struct tally)TALLY(m, RENDERS);
	return c;
}

void render_cache_free(struct render_cache *c)
{
	if (!c)
		return;
	lru_release(&c->lru);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void render_cache_clear(struct render_cache *c)
{
	pthread_mutex_lock(&c->lock);
	lru_clear(&c->lru);
	tally_fill(&c->tally, &c->lru);
	pthread_mutex_unlock(&c->lock);
}

struct cache_fill render_cache_fill(struct render_cache *c)
{
	struct cache_fill f;

	pthread_mutex_lock(&c->lock);
	f = lru_fill(&c->lru);
	pthread_mutex_unlock(&c->lock);
	return f;
}
