/* daemon/server/server.h - HTTP over the Unix socket: libmicrohttpd inside the loop, one table of
 * routes, a handler file a resource, event streams.
 *
 * microhttpd.h is included in mhd.c alone. Handlers take struct request and answer with the
 * functions of handler.h; they are unit-tested without a socket. Thread: the loop's only.
 */
#ifndef DAEMON_SERVER_SERVER_H
#define DAEMON_SERVER_SERVER_H

#include "daemon/core/work.h"
#include "daemon/run/run.h"
#include "daemon/store/store.h"

struct server;

#define RELOAD_MAX 10

/* What reading the daemon's own settings again did. Names are keys ("history.max_mb"). */
struct reload {
	struct diags diags;                                    /* initialised by who asks */
	const char *changed[RELOAD_MAX], *restart[RELOAD_MAX]; /* static */
	size_t n_changed, n_restart; /* restart: differ, and count after a restart only */
};

/* e NULL: n things were swept, or would be. */
typedef void swept_fn(void *arg, unsigned n, const struct err *e);

struct server_deps {
	struct loop *loop;
	struct work_pool *work, *importer; /* importer: for imports and sweeps of images */
	struct runner *runner;
	struct pool *pool;
	struct image_store *images;
	struct engine *engine;
	struct store *store; /* NULL with --no-history */
	struct config_cache *cache;
	struct result_cache *results;
	struct template_cache *templates;
	struct render_cache *renders;
	struct metrics *metrics;
	const char *version, *build;
	const char *socket_path, *log_path, *state_dir, *data_dir, *run_dir;
	const char *artifacts_dir;  /* daemon/core/blob.h */
	const struct own_dirs *own; /* as in settings_load() */
	const char *started_by;     /* "client" "systemd" "user" */
	int64_t idle_exit_ns;       /* 0 = never */
	int64_t started_wall_ns;
	/* Asked by POST /v1/shutdown, /v1/reload, /v1/gc. */
	void (*shutdown)(void *arg, int64_t drain_ms);
	/* -1: errors in out->diags, and the former settings stay. */
	int (*reload)(void *arg, struct reload *out);
	/* performance.container_pool_size of the daemon, as it counts now. */
	unsigned (*pool_size)(void *arg);
	/* containers.image_max_mb, in bytes. */
	uint64_t (*image_max_bytes)(void *arg);
	/* Calls done once, from the loop. */
	void (*gc)(void *arg, bool dry_run, swept_fn *done, void *done_arg);
	/* Calls fn once, from the loop, when the engine knows what this machine gives. */
	void (*looked)(void *arg, loop_fn *fn, void *fn_arg);
	void *arg;
};

/* listen_fd is taken over. */
struct server *server_new(int listen_fd, const struct server_deps *deps, struct err *e);
/* No new connections; open streams go on. */
void server_quiesce(struct server *s);
/* Ends all connections (streams get their end) and frees. */
void server_free(struct server *s);
unsigned server_connections(const struct server *s);
/* Whether /v1/metrics answers with them; it does until told otherwise. */
void server_show_metrics(struct server *s, bool show);
int64_t server_last_activity_ns(const struct server *s);

#endif
