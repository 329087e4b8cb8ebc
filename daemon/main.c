/* clnrmd: makes each room's struct and hands it on; then the loop runs. This is the one file that
 * sees every room. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "common/build.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/cache/renders.h"
#include "daemon/cache/templates.h"
#include "daemon/core/id.h"
#include "daemon/core/machine.h"
#include "daemon/native/native.h"
#include "daemon/server/server.h"
#include "daemon/setup.h"

#define WORKERS 2
#define MAX_LIVE 256
#define START_WARM 2 /* sandboxes of image host, made at start */
#define RESULT_ENTRIES 50000
#define CACHE_ENTRIES 20000
#define CACHE_BYTES (256u << 20)
#define TEMPLATE_ENTRIES 4096
#define TEMPLATE_BYTES (64u << 20)
#define RENDER_ENTRIES 1024
#define RENDER_BYTES (64u << 20)
#define IDLE_CHECK_NS (NS_PER_S)
#define DRAIN_NS (30 * NS_PER_S)

/* What the daemon goes by itself: user file and environment at its start (config.md 5.1). */
struct own {
	unsigned pool_size;
	bool reuse;
	enum log_level log_level;
	bool metrics;
	uint64_t history_max_bytes, cache_max_bytes, image_max_bytes, prepared_max_bytes;
	unsigned history_max_runs;
};

struct daemon {
	struct daemon_options opt;
	struct daemon_paths paths;
	enum started_by by;
	struct loop *loop;
	struct metrics *metrics;
	struct work_pool *work;
	struct work_pool *importer; /* two threads, for imports of images and what they leave */
	struct work_pool *writers;  /* one thread, for large records: no reader may use it up */
	struct image_store *images;
	struct engine *engine;
	struct pool *pool;
	struct config_cache *cache;
	struct template_cache *templates;
	struct render_cache *renders;
	struct result_cache *results;
	unsigned unresolved; /* of store_unresolved(), as it was seen last */
	struct watch *watch;
	struct loop_fd *watch_fd;
	struct store *store;
	struct runner *runner;
	struct server *server;
	struct loop_timer *idle, *drain;
	struct loop_timer *wake_store; /* a run is over: its client first */
	bool unrecorded;               /* the last event could not be recorded, which was logged */
	bool ending;                   /* no new work; runs end */
	bool emptying;                 /* runs are over; sandboxes end */
	unsigned swept;
	struct own own; /* settings of the daemon itself that count now */
	char build[64];
};

/* ---- the end ---- */

static void on_empty(void *arg)
{
	struct daemon *d = arg;

	loop_stop(d->loop);
}

static void empty(struct daemon *d)
{
	if (d->emptying)
		return;
	d->emptying = true;
	loop_timer_del(d->drain);
	d->drain = NULL;
	pool_drain_all(d->pool, on_empty, d);
}

static void check_drained(void *arg)
{
	struct daemon *d = arg;

	if (!d->ending || d->emptying || runner_active(d->runner))
		return;
	/* Results whose inputs are still looked at may wait as long as runs may. */
	if (!d->drain || !runner_keeping(d->runner))
		empty(d);
}

static void on_drain_over(void *arg)
{
	struct daemon *d = arg;

	d->drain = NULL;
	runner_cancel_all(d->runner, "shutdown");
}

/* drain_ms < 0: the default of 30 s; 0: now. A second call makes it now. */
static void begin_end(void *arg, int64_t drain_ms)
{
	struct daemon *d = arg;
	int64_t wait = drain_ms < 0 ? DRAIN_NS : drain_ms * NS_PER_MS;

	if (d->ending)
		wait = 0;
	if (!d->ending) {
		log_info("ending, %u runs active", runner_active(d->runner));
		setup_notify("STOPPING=1");
		server_quiesce(d->server);
		setup_unlink_socket(&d->paths, d->by);
		/* They have no end of their own. */
		runner_cancel_devs(d->runner, "shutdown");
		runner_end_kept(d->runner);
	}
	d->ending = true;
	loop_timer_del(d->drain);
	d->drain = NULL;
	if (wait == 0)
		runner_cancel_all(d->runner, "shutdown");
	else
		d->drain = loop_timer_add(d->loop, wait, on_drain_over, d);
}

/* ---- idle ---- */

static bool is_idle(const struct daemon *d)
{
	return !runner_active(d->runner) && !runner_kept(d->runner) &&
	       server_connections(d->server) == 0 &&
	       clock_ns() - server_last_activity_ns(d->server) >= d->opt.idle_exit_ns;
}

static void on_idle_check(void *arg)
{
	struct daemon *d = arg;

	d->idle = NULL;
	if (is_idle(d)) {
		log_info("idle for %lld s", (long long)(d->opt.idle_exit_ns / NS_PER_S));
		begin_end(d, 0);
		return;
	}
	d->idle = loop_timer_add(d->loop,
	        d->opt.idle_exit_ns / 10 > IDLE_CHECK_NS ? d->opt.idle_exit_ns / 10 : IDLE_CHECK_NS,
	        on_idle_check, d);
}

/* ---- signals ---- */

/* Settings of the daemon itself; errors are in its diags. */
static struct settings *read_own(struct daemon *d)
{
	struct config_flags flags = { 0 };
	struct client_env env = { .asked = true };
	CLEANUP(arena_free) struct arena *a = arena_new();

	setup_settings_env(a, &env);
	return config_cache_settings(d->cache, "/", &env, &flags, getuid());
}

static struct own own_of(const struct daemon *d, const struct settings *s)
{
	/* Errors are told whatever the settings say. */
	const char *wanted = s->enable_logging ? s->log_level : "error";
	const char *level = d->opt.log_level ? d->opt.log_level : wanted;
	int parsed = level ? log_level_parse(level) : -1;

	return (struct own){
		.pool_size = s->pool_size,
		.reuse = s->reuse_enabled,
		.log_level = parsed < 0 ? LOG_INFO_ : (enum log_level)parsed,
		.metrics = s->enable_metrics,
		.history_max_bytes = s->history_max_bytes,
		.history_max_runs = s->history_max_runs,
		.cache_max_bytes = s->cache_max_bytes,
		.image_max_bytes = s->image_max_bytes,
		.prepared_max_bytes = s->prepared_max_bytes,
	};
}

static struct pool_config pool_config_of(const struct own *o)
{
	return (struct pool_config){
		.max_warm = o->pool_size, .max_live = MAX_LIVE, .reuse = o->reuse
	};
}

static void name(const char **list, size_t *n, bool differs, const char *key)
{
	if (differs)
		list[(*n)++] = key;
}

/* What can change while it runs does; the rest is named, and kept as it was. */
static void apply(struct daemon *d, const struct own *new, struct reload *out)
{
	struct own *o = &d->own;
	struct pool_config pc = pool_config_of(new);

	name(out->changed, &out->n_changed, new->pool_size != o->pool_size,
	        "performance.container_pool_size");
	name(out->changed, &out->n_changed, new->reuse != o->reuse, "containers.reuse_enabled");
	name(out->changed, &out->n_changed, new->log_level != o->log_level,
	        "observability.log_level");
	name(out->changed, &out->n_changed, new->metrics != o->metrics,
	        "observability.enable_metrics");
	name(out->changed, &out->n_changed, new->cache_max_bytes != o->cache_max_bytes,
	        "cache.max_mb");
	name(out->changed, &out->n_changed, new->image_max_bytes != o->image_max_bytes,
	        "containers.image_max_mb");
	name(out->changed, &out->n_changed, new->prepared_max_bytes != o->prepared_max_bytes,
	        "containers.prepared_max_mb");
	name(out->restart, &out->n_restart, new->history_max_bytes != o->history_max_bytes,
	        "history.max_mb");
	name(out->restart, &out->n_restart, new->history_max_runs != o->history_max_runs,
	        "history.max_runs");
	pool_set_config(d->pool, &pc);
	log_set_level(new->log_level);
	server_show_metrics(d->server, new->metrics);
	o->pool_size = new->pool_size;
	o->reuse = new->reuse;
	o->cache_max_bytes = new->cache_max_bytes;
	result_cache_limit(d->results, o->cache_max_bytes);
	if (d->store)
		store_keep_bytes(d->store, o->cache_max_bytes);
	o->image_max_bytes = new->image_max_bytes;
	o->prepared_max_bytes = new->prepared_max_bytes;
	image_store_keep(d->images, o->prepared_max_bytes);
	o->log_level = new->log_level;
	o->metrics = new->metrics;
}

/* systemd wants to know since when. */
static void notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	        (long long)(clock_ns() / NS_PER_US));
	setup_notify(text);
}

static int reload(void *arg, struct reload *out)
{
	struct daemon *d = arg;
	struct settings *s;
	int rc = -1;

	notify_reloading();
	config_cache_clear(d->cache);
	s = read_own(d);
	diags_copy(&out->diags, &s->diags);
	if (s->diags.errors == 0) {
		struct own new = own_of(d, s);

		apply(d, &new, out);
		log_info("settings are read again: %zu changed, %zu need a restart", out->n_changed,
		        out->n_restart);
		rc = 0;
	} else {
		log_error("settings are kept: the files have %zu errors, first: %s",
		        s->diags.errors, s->diags.v[0].message);
	}
	settings_unref(s);
	setup_notify("READY=1");
	return rc;
}

static void reload_on_signal(struct daemon *d)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct reload l = { 0 };

	diags_init(&l.diags, a);
	(void)reload(d, &l);
	for (size_t i = 0; i < l.n_restart; i++)
		log_warn("%s counts after a restart", l.restart[i]);
	diags_release(&l.diags);
}

static void on_signal(void *arg, int signo)
{
	struct daemon *d = arg;

	if (signo == SIGHUP)
		reload_on_signal(d);
	else
		begin_end(d, -1);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGIO); /* see fs_is_being_written() */
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- wiring ---- */

static void recorded(struct daemon *d, const char *run_id, int rc, const struct err *e)
{
	/* A full disk refuses every event of a run: one line is enough. */
	if (rc < 0 && !d->unrecorded)
		log_error("history: run %s: %s", run_id, e->msg);
	d->unrecorded = rc < 0;
}

static void wake_store(void *arg)
{
	struct daemon *d = arg;

	d->wake_store = NULL;
	store_wake(d->store);
}

static void record(void *arg, const char *run_id, const struct event *ev)
{
	struct daemon *d = arg;
	struct err e;

	if (!d->store)
		return;
	recorded(d, run_id, store_record(d->store, run_id, ev, &e), &e);
	if (ev->kind == EV_END && !d->wake_store)
		d->wake_store = loop_timer_add(d->loop, 0, wake_store, d);
}

/* A large result on its way into the journal. */
struct recording {
	struct daemon *d;
	char run_id[RUN_ID_LEN + 1];
	loop_fn *done;
	void *arg;
};

static void on_recorded(void *arg, int rc, const struct err *e)
{
	struct recording *r = arg;

	recorded(r->d, r->run_id, rc, e);
	r->done(r->arg);
	free(r);
}

static bool record_large(
        void *arg, const char *run_id, const struct event *ev, loop_fn *done, void *done_arg)
{
	struct daemon *d = arg;
	struct recording *r;
	struct err e;

	if (!d->store || !store_is_large(ev))
		return false;
	r = xcalloc(1, sizeof(*r));
	*r = (struct recording){ .d = d, .done = done, .arg = done_arg };
	snprintf(r->run_id, sizeof(r->run_id), "%s", run_id);
	if (store_record_large(d->store, d->writers, run_id, ev, on_recorded, r, &e) == 0)
		return true;
	free(r);
	return false;
}

/* ---- results of the past, in the history ---- */

static void again(void *arg, const char *run_id, double t_ms, const struct kept_use *v, size_t n)
{
	struct daemon *d = arg;
	struct err e;

	recorded(d, run_id, store_record_again(d->store, run_id, t_ms, v, n, &e), &e);
	if (store_unresolved(d->store) == d->unresolved)
		return;
	d->unresolved = store_unresolved(d->store);
	result_cache_unstore(d->results);
}

static bool note(void *arg, const struct kept_note *k)
{
	struct daemon *d = arg;
	struct err e;
	int rc = store_record_note(d->store, k, &e);

	recorded(d, k->run, rc, &e);
	return rc == 0;
}

static void forget(void *arg, const char *key)
{
	struct daemon *d = arg;
	struct err e;

	recorded(d, "", store_record_forget(d->store, key, &e), &e);
}

static int recall(void *arg, const char *boot, const char *const *names, size_t n,
        struct recalled *out, struct arena *a, struct err *e)
{
	return store_recall(((struct daemon *)arg)->store, boot, names, n, out, a, e);
}

static int pace(void *arg, struct pace *v, size_t n, struct err *e)
{
	return store_pace(((struct daemon *)arg)->store, v, n, e);
}

static int earlier(void *arg, struct earlier_ask *ask, struct earlier *v, size_t n, struct err *e)
{
	return store_earlier(((struct daemon *)arg)->store, ask, v, n, e);
}

static unsigned usable_cpus(void)
{
	cpu_set_t set;

	return machine_cpus(
	        "", sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1);
}

static int make_engine(struct daemon *d, struct native_launcher *nl, struct err *e)
{
	d->engine = native_engine_new(nl, d->loop, &d->swept, e);
	if (!d->engine)
		return err_wrap(e, "engine");
	if (d->swept)
		log_info("swept %u things that a former daemon left", d->swept);
	return 0;
}

static unsigned pool_size(void *arg)
{
	return ((struct daemon *)arg)->own.pool_size;
}

static uint64_t image_max_bytes(void *arg)
{
	return ((struct daemon *)arg)->own.image_max_bytes;
}

static void gc(void *arg, bool dry_run, swept_fn *done, void *done_arg)
{
	struct daemon *d = arg;

	native_sweep(d->engine, dry_run, done, done_arg);
}

static void looked(void *arg, loop_fn *fn, void *fn_arg)
{
	struct daemon *d = arg;

	native_when_probed(d->engine, fn, fn_arg);
}

/* A daemon that cannot read its own settings starts with what they have that is good, and says so:
 * without it nothing could be repaired. */
static void start_settings(struct daemon *d)
{
	struct settings *s = read_own(d);

	for (size_t i = 0; i < s->diags.n; i++)
		if (s->diags.v[i].severity == SEV_ERROR)
			log_error("settings: %s", s->diags.v[i].message);
	d->own = own_of(d, s);
	log_set_level(d->own.log_level);
	settings_unref(s);
}

static void on_watch(void *arg, uint32_t events)
{
	(void)events;
	watch_drain(((struct daemon *)arg)->watch);
}

/* Without it everything runs, and results of the past stand for none of it but what depends on no
 * directory. */
static void start_watch(struct daemon *d)
{
	struct err e;

	d->watch = watch_new(&e);
	if (d->watch)
		d->watch_fd = loop_fd_add(d->loop, watch_fd(d->watch), EPOLLIN, on_watch, d);
	else
		log_warn("nothing is watched: %s", e.msg);
}

static int make_rooms(struct daemon *d, struct native_launcher *nl, struct err *e)
{
	d->loop = loop_new(e);
	if (!d->loop)
		return -1;
	d->metrics = metrics_new(build_version(), build_commit());
	loop_set_metrics(d->loop, d->metrics);
	if (make_engine(d, nl, e) < 0)
		return -1;
	d->work = work_new(d->loop, WORKERS, e);
	d->writers = d->work ? work_new(d->loop, 1, e) : NULL;
	/* An import takes seconds, and so may what it leaves to be swept and written to disk: not
	 * by those that others wait for, and one beside the other. */
	d->importer = d->writers ? work_new(d->loop, 2, e) : NULL;
	d->images = d->importer ? image_store_open(d->paths.data_dir, &d->paths.own, e) : NULL;
	if (!d->images)
		return -1;
	d->templates = template_cache_new(d->metrics, TEMPLATE_ENTRIES, TEMPLATE_BYTES);
	d->renders = render_cache_new(d->metrics, RENDER_ENTRIES, RENDER_BYTES);
	d->cache = config_cache_new(d->metrics, CACHE_ENTRIES, CACHE_BYTES, &d->paths.own);
	config_cache_set_memo(d->cache, template_cache_memo(d->templates));

	start_settings(d);
	image_store_keep(d->images, d->own.prepared_max_bytes);
	image_store_use_unpacker(d->images, d->paths.unpacker);
	image_store_use_work(d->images, d->importer);
	d->results = result_cache_new(d->metrics, RESULT_ENTRIES, d->own.cache_max_bytes);
	start_watch(d);

	struct pool_config pc = pool_config_of(&d->own);
	struct store_config sc = {
		.state_dir = d->paths.state_dir,
		.artifacts_dir = d->paths.artifacts_dir,
		.max_bytes = d->own.history_max_bytes,
		.max_runs = d->own.history_max_runs,
		.kept_entries = RESULT_ENTRIES,
		.kept_bytes = d->own.cache_max_bytes,
		.disabled = d->opt.no_history,
	};
	d->pool = pool_new(d->loop, d->work, d->engine, d->images, d->metrics, &pc);
	if (!d->opt.no_history) {
		struct err why;

		d->store = store_open(&sc, &why);
		if (!d->store)
			log_error("history is off: %s", why.msg);
	}
	return 0;
}

/* What only a history can be asked is not there without one. */
static void make_runner(struct daemon *d)
{
	const struct runner_deps rd = {
		.loop = d->loop,
		.pool = d->pool,
		.images = d->images,
		.engine = d->engine,
		.cache = d->cache,
		.results = d->results,
		.watch = d->watch,
		.metrics = d->metrics,
		.work = d->work,
		.build = d->build,
		.cpus = usable_cpus(),
		.record = record,
		.record_large = record_large,
		.again = d->store ? again : NULL,
		.note = d->store ? note : NULL,
		.forget = d->store ? forget : NULL,
		.recall = d->store ? recall : NULL,
		.pace = d->store ? pace : NULL,
		.earlier = d->store ? earlier : NULL,
		.record_arg = d,
		.artifacts_dir = d->paths.artifacts_dir,
	};

	d->runner = runner_new(&rd);
}

static int make_server(struct daemon *d, int listen_fd, struct err *e)
{
	const struct server_deps sd = {
		.loop = d->loop,
		.work = d->work,
		.runner = d->runner,
		.pool = d->pool,
		.images = d->images,
		.engine = d->engine,
		.store = d->store,
		.cache = d->cache,
		.templates = d->templates,
		.renders = d->renders,
		.results = d->results,
		.metrics = d->metrics,
		.version = build_version(),
		.build = d->build,
		.socket_path = d->paths.socket,
		.log_path = d->paths.log_file,
		.state_dir = d->paths.state_dir,
		.artifacts_dir = d->paths.artifacts_dir,
		.data_dir = d->paths.data_dir,
		.run_dir = d->paths.run_dir,
		.own = &d->paths.own,
		.started_by = started_by_names[d->by],
		.idle_exit_ns = d->opt.idle_exit_ns,
		.started_wall_ns = clock_wall_ns(),
		.shutdown = begin_end,
		.reload = reload,
		.pool_size = pool_size,
		.image_max_bytes = image_max_bytes,
		.importer = d->importer,
		.gc = gc,
		.looked = looked,
		.arg = d,
	};

	d->server = server_new(listen_fd, &sd, e);
	if (d->server)
		server_show_metrics(d->server, d->own.metrics);
	return d->server ? 0 : -1;
}

static int serve(struct daemon *d, struct err *e)
{
	static const int signos[] = { SIGTERM, SIGINT, SIGHUP };
	unsigned changed;
	struct err why;

	if (loop_signals(d->loop, signos, ARRAY_LEN(signos), on_signal, d, e) < 0)
		return -1;
	loop_on_idle(d->loop, check_drained, d);
	if (d->opt.idle_exit_ns)
		d->idle = loop_timer_add(d->loop, d->opt.idle_exit_ns, on_idle_check, d);
	if (pool_fill(d->pool, "host", START_WARM, &changed, &why) < 0)
		log_warn("no warm sandboxes: %s", why.msg);
	setup_notify("READY=1");
	log_info("clnrmd %s serves '%s'", d->build, d->paths.socket);
	return loop_run(d->loop, e);
}

static void end(struct daemon *d)
{
	loop_timer_del(d->idle);
	loop_timer_del(d->drain);
	server_free(d->server);
	pool_free(d->pool);
	d->engine->ops->close(d->engine);
	work_free(d->work);
	work_free(d->writers);
	work_free(d->importer);
	runner_free(d->runner);
	result_cache_free(d->results);
	if (d->watch_fd)
		loop_fd_del(d->watch_fd);
	watch_free(d->watch);
	loop_timer_del(d->wake_store);
	if (d->store)
		store_close(d->store);
	config_cache_free(d->cache);
	render_cache_free(d->renders);
	template_cache_free(d->templates);
	image_store_close(d->images);
	metrics_free(d->metrics);
	loop_free(d->loop);
}

static int start(struct daemon *d, struct err *e)
{
	int fd;

	umask(022);
	if (setup_paths(&d->opt, &d->paths, e) < 0 || setup_log(&d->opt, &d->paths, e) < 0 ||
	        setup_life_lock(&d->paths, e) < 0)
		return -1;
	fd = setup_listener(&d->paths, &d->by, e);
	if (fd < 0)
		return -1;

	struct native_config nc = {
		.launcher = d->paths.launcher,
		.init = d->paths.init,
		.state_dir = d->paths.state_dir,
		.scratch_dir = d->paths.cache_dir,
	};
	/* Before the first thread: see daemon/native/native.h. */
	struct native_launcher *nl = native_spawn(&nc, e);
	if (!nl || make_rooms(d, nl, e) < 0)
		return -1;
	make_runner(d);
	return make_server(d, fd, e);
}

int main(int argc, char **argv)
{
	/* Static, for what lives as long as the process: paths, and all of a start that failed. */
	static struct daemon d;
	struct err e = { 0 };
	int rc = setup_options(argc, argv, &d.opt, &e);

	if (rc != 0) {
		if (rc < 0)
			fprintf(stderr, "error[usage]: %s\n", e.msg);
		return rc > 0 ? 0 : 2;
	}
	block_signals();
	snprintf(d.build, sizeof(d.build), "%s", build_id());
	if (start(&d, &e) < 0 || serve(&d, &e) < 0) {
		log_error("%s", e.msg);
		fprintf(stderr, "error[daemon-start]: %s\n", e.msg);
		return e.code == ERR_BUSY ? 6 : 5;
	}
	end(&d);
	log_info("ended");
	return 0;
}
