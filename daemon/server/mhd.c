/* The one file that knows libmicrohttpd. It runs in external mode inside the loop: its epoll
 * descriptor is watched by ours, and nothing here blocks.
 *
 * Two habits of the library shape this file. A suspended connection is deaf (its descriptor leaves
 * the library's epoll set), so each one has a watch of ours for EPOLLHUP. And in external mode
 * nobody is woken by MHD_resume_connection(), so MHD_run() is scheduled after it. */
#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/server/server_priv.h"

#define POOL_BYTES (32u << 10) /* request line and headers of one connection */
#define BLOCK (16u << 10)
#define UNKNOWN_SIZE MHD_SIZE_UNKNOWN
#define HEAD_NS (10 * NS_PER_S) /* from the connection to the end of its first request's head */
#define LOOK_NS NS_PER_S

struct mhd {
	struct server *server;
	struct MHD_Daemon *daemon;
	struct loop_fd *watch;
	struct loop_timer *soon, *timeout;
	bool ending;
	bool accepted; /* in this round */
};

/* One connection. While it has not sent a whole request it is looked at every second. */
struct caller {
	struct mhd *mhd;
	int fd;
	bool asked;               /* at least once */
	const struct exchange *x; /* the request that comes in */
	int64_t since_ns;
	struct loop_timer *look;
};

/* ---- running ---- */

static void run(struct mhd *m);

static void on_timeout(void *arg)
{
	struct mhd *m = arg;

	m->timeout = NULL;
	run(m);
}

static void run(struct mhd *m)
{
	MHD_UNSIGNED_LONG_LONG ms;

	m->accepted = false;
	MHD_run(m->daemon);
	/* What has connected has asked already, as a rule: no round of the loop in between. */
	if (m->accepted)
		MHD_run(m->daemon);
	loop_timer_del(m->timeout);
	m->timeout = NULL;
	if (MHD_get_timeout(m->daemon, &ms) == MHD_YES)
		m->timeout =
		        loop_timer_add(m->server->d.loop, (int64_t)ms * NS_PER_MS, on_timeout, m);
}

static void on_epoll(void *arg, uint32_t events)
{
	(void)events;
	run(arg);
}

static void on_soon(void *arg)
{
	struct mhd *m = arg;

	m->soon = NULL;
	run(m);
}

static void run_soon(struct mhd *m)
{
	if (!m->soon)
		m->soon = loop_timer_add(m->server->d.loop, 0, on_soon, m);
}

/* ---- requests that never become whole ---- */

static void look_at_caller(void *arg);

static void look_again(struct caller *k)
{
	k->look = loop_timer_add(k->mhd->server->d.loop, LOOK_NS, look_at_caller, k);
}

/* Nothing is left to read, and nothing will come. */
static bool has_hung_up(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* The library's own timeout counts from the last byte, so that one byte a second holds a connection
 * for hours; and an end that arrives together with the last bytes escapes it (0.9.75, EPOLLET).
 * What is shut down here it takes away itself. */
static void look_at_caller(void *arg)
{
	struct caller *k = arg;
	bool late = !k->asked && clock_ns() - k->since_ns >= HEAD_NS;

	k->look = NULL;
	if (late)
		log_debug("http: no request within %d s", (int)(HEAD_NS / NS_PER_S));
	/* What waits to be read counts; while it is suspended on_hup() looks. */
	if (late || (!(k->x && k->x->suspended) && has_hung_up(k->fd)))
		shutdown(k->fd, SHUT_RDWR);
	else
		look_again(k);
}

static struct caller *caller_new(struct mhd *m, struct MHD_Connection *c)
{
	struct caller *k = xcalloc(1, sizeof(*k));

	k->mhd = m;
	k->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	k->since_ns = clock_ns();
	look_again(k);
	return k;
}

static struct caller *caller_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The head is there; the body may be to come. */
static void caller_asks(struct caller *k)
{
	k->asked = true;
	if (!k->look)
		look_again(k);
}

static void caller_is_served(struct caller *k)
{
	loop_timer_del(k->look);
	k->look = NULL;
}

static void caller_free(struct caller *k)
{
	loop_timer_del(k->look);
	free(k);
}

/* ---- the connection ---- */

int mhd_fd(const struct exchange *x)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static void on_hup(void *arg, uint32_t events)
{
	struct exchange *x = arg;
	loop_fn *closed = x->closed;

	if (!(events & (EPOLLHUP | EPOLLERR)))
		return;
	/* Who has not asked to be told answers it some time, and needs it until then. */
	if (!x->answered && !closed)
		return;
	x->closed = NULL;
	x->pull = NULL;
	if (closed)
		closed(x->closed_arg);
	/* Whatever is still to come has no reader. */
	x->gone = !x->answered;
	x->ended = true;
	mhd_wake(x);
}

/* A client that leaves while its connection is suspended; a half-close does not raise HUP. */
static void watch_hup(struct exchange *x)
{
	int fd = mhd_fd(x);

	if (!x->hup && fd >= 0)
		x->hup = loop_fd_add(x->server->d.loop, fd, EPOLLET | EPOLLONESHOT, on_hup, x);
}

void mhd_suspend(struct exchange *x)
{
	if (x->suspended)
		return;
	x->suspended = true;
	watch_hup(x);
	MHD_suspend_connection(x->connection);
}

void mhd_wake(struct exchange *x)
{
	if (!x->suspended)
		return;
	x->suspended = false;
	MHD_resume_connection(x->connection);
	run_soon(x->server->mhd);
}

void mhd_be_patient(struct exchange *x)
{
	MHD_set_connection_option(x->connection, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
}

void mhd_cut(struct exchange *x)
{
	int fd = mhd_fd(x);

	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
	mhd_wake(x);
}

const char *mhd_header(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *mhd_query(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct query_walk {
	void (*each)(void *arg, const char *name);
	void *arg;
};

static enum MHD_Result on_argument(
        void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct query_walk *w = cls;

	(void)kind;
	(void)value;
	w->each(w->arg, name);
	return MHD_YES;
}

bool mhd_has_query(const struct exchange *x)
{
	return MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, NULL, NULL) > 0;
}

void mhd_query_names(const struct exchange *x, void (*each)(void *arg, const char *name), void *arg)
{
	struct query_walk w = { each, arg };

	MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, on_argument, &w);
}

struct value_walk {
	const char *name;
	void (*each)(void *arg, const char *value);
	void *arg;
};

static enum MHD_Result on_value(
        void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct value_walk *w = cls;

	(void)kind;
	if (strcmp(name, w->name) == 0)
		w->each(w->arg, value ? value : "");
	return MHD_YES;
}

void mhd_query_values(const struct exchange *x, const char *name,
        void (*each)(void *arg, const char *value), void *arg)
{
	struct value_walk w = { name, each, arg };

	MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, on_value, &w);
}

/* ---- answers ---- */

static ssize_t read_stream(void *arg, uint64_t pos, char *p, size_t max)
{
	struct exchange *x = arg;
	size_t n = outbox_take(&x->out, p, max);

	(void)pos;
	if (!n && x->pull) {
		x->pull(x->pull_arg);
		n = outbox_take(&x->out, p, max);
	}
	if (n)
		return (ssize_t)n;
	if (x->ended || x->out.overflow)
		return MHD_CONTENT_READER_END_OF_STREAM;
	mhd_suspend(x);
	return 0;
}

static struct MHD_Response *whole_response(struct exchange *x)
{
	size_t n = outbox_size(&x->out), got = 0;
	char *copy = xmalloc(n ? n : 1);

	for (size_t k; (k = outbox_take(&x->out, copy + got, n - got)) > 0;)
		got += k;
	return MHD_create_response_from_buffer(got, copy, MHD_RESPMEM_MUST_FREE);
}

/* Headers were collected as "Name: value" lines. */
static void add_headers(struct MHD_Response *resp, struct exchange *x)
{
	if (x->type)
		MHD_add_response_header(resp, "Content-Type", x->type);
	for (char *line = x->headers.s, *end; (end = strchr(line, '\n')); line = end + 1) {
		char *colon = strchr(line, ':');

		*end = *colon = '\0';
		MHD_add_response_header(resp, line, colon + 2);
	}
}

/* A head and a body in one write, which wakes the client once. */
static bool is_all_there(const struct exchange *x)
{
	return x->ended && !x->out.overflow && outbox_size(&x->out) <= BLOCK;
}

void mhd_answer(struct exchange *x, bool stream)
{
	x->begun = stream && x->handled;
	if (x->begun)
		return;

	struct MHD_Response *resp = stream ? MHD_create_response_from_callback(
	                                             UNKNOWN_SIZE, BLOCK, read_stream, x, NULL)
	                                   : whole_response(x);

	add_headers(resp, x);
	if (MHD_queue_response(x->connection, (unsigned)x->status, resp) != MHD_YES)
		log_error("cannot queue an answer to %s %s", x->method, x->path);
	MHD_destroy_response(resp);
	mhd_wake(x);
}

static void on_upgrade(void *cls, struct MHD_Connection *c, void *req, const char *more, size_t n,
        MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
	struct exchange *x = cls;

	(void)c, (void)req, (void)more, (void)n; /* what came too early is nobody's */
	loop_fd_del(x->hup);
	x->hup = NULL;
	x->upgrade = handle;
	if (x->upgraded)
		x->upgraded(x->upgraded_arg, fd);
	else
		mhd_upgraded_end(x); /* who wanted it is gone */
}

void mhd_upgrade(struct exchange *x, const char *protocol, void (*fn)(void *arg, int fd), void *arg)
{
	struct MHD_Response *resp = MHD_create_response_for_upgrade(on_upgrade, x);

	x->upgraded = fn;
	x->upgraded_arg = arg;
	x->answered = true;
	MHD_add_response_header(resp, "Upgrade", protocol);
	if (MHD_queue_response(x->connection, MHD_HTTP_SWITCHING_PROTOCOLS, resp) != MHD_YES)
		mhd_cut(x);
	MHD_destroy_response(resp);
	mhd_wake(x);
}

void mhd_upgraded_end(struct exchange *x)
{
	struct MHD_UpgradeResponseHandle *handle = x->upgrade;

	x->upgrade = NULL;
	x->ended = true;
	MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
	run_soon(x->server->mhd);
}

static void handle(struct exchange *x)
{
	x->handled = true;
	exchange_complete(x);
	x->handled = false;
	if (x->begun)
		mhd_answer(x, !is_all_there(x));
}

/* ---- callbacks of the library ---- */

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
        const char *method, const char *version, const char *data, size_t *n, void **state)
{
	struct mhd *m = cls;
	struct exchange *x = *state;

	(void)version;
	if (!x) {
		caller_asks(caller_of(c));
		const char *length =
		        MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");

		x = exchange_new(m->server, c, method, url);
		*state = x;
		caller_of(c)->x = x;
		exchange_head(x, length ? strtoull(length, NULL, 10) : 0, length != NULL);
		return MHD_YES;
	}
	/* Without an answer the library would ask again and again. */
	if (x->gone)
		return MHD_NO;
	if (*n) {
		exchange_body(x, data, *n); /* always all of it: partly taken data may stall */
		*n = 0;
		return MHD_YES;
	}
	caller_is_served(caller_of(c));
	caller_of(c)->x = NULL;
	if (!x->answered && x->stage != STAGE_WAITING)
		handle(x);
	return MHD_YES;
}

static void on_completed(
        void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *state;

	(void)cls;
	*state = NULL;
	if (!x)
		return;
	caller_of(c)->x = NULL;
	if (x->streams)
		MHD_set_connection_option(
		        c, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)SERVER_IDLE_S);
	loop_fd_del(x->hup);
	x->hup = NULL;
	exchange_over(x, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
}

static void on_connection(
        void *cls, struct MHD_Connection *c, void **ctx, enum MHD_ConnectionNotificationCode code)
{
	struct mhd *m = cls;

	m->server->activity_ns = clock_ns();
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*ctx = caller_new(m, c);
		m->server->connections++;
		m->accepted = true;
		return;
	}
	caller_free(*ctx);
	*ctx = NULL;
	m->server->connections--;
	/* Who waits for a free place is accepted by the next run of the library alone. */
	if (!m->ending && m->server->connections + 1 >= SERVER_CONNECTIONS)
		run_soon(m);
}

/* "%00" would end a path early: what holds one matches no route. */
static size_t unescape(void *cls, struct MHD_Connection *c, char *s)
{
	size_t n = MHD_http_unescape(s);

	(void)cls;
	(void)c;
	if (strlen(s) != n)
		*s = '\0';
	return strlen(s);
}

__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *fmt, va_list ap)
{
	AUTO_STRBUF b = STRBUF_INIT;

	(void)cls;
	strbuf_vprintf(&b, fmt, ap);
	log_debug("http: %.*s", (int)strcspn(b.s, "\n"), b.s);
}

/* ---- life ---- */

struct mhd *mhd_start(struct server *s, int listen_fd, struct err *e)
{
	struct mhd *m = xcalloc(1, sizeof(*m));
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
	                 MHD_USE_ERROR_LOG | MHD_USE_SUPPRESS_DATE_NO_CLOCK;

	m->server = s;
	m->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, m,
	        MHD_OPTION_EXTERNAL_LOGGER, on_log, m, MHD_OPTION_LISTEN_SOCKET,
	        (MHD_socket)listen_fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, m,
	        MHD_OPTION_NOTIFY_CONNECTION, on_connection, m, MHD_OPTION_UNESCAPE_CALLBACK,
	        unescape, m, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT,
	        (unsigned)SERVER_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	        (size_t)POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVER_IDLE_S,
	        MHD_OPTION_END);
	if (!m->daemon) {
		err_set(e, ERR_SYS, "libmicrohttpd does not start on the listening socket");
		free(m);
		return NULL;
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	m->watch = loop_fd_add(s->d.loop, info->epoll_fd, EPOLLIN, on_epoll, m);
	return m;
}

const char *mhd_library(void)
{
	return MHD_get_version();
}

void mhd_quiesce(struct mhd *m)
{
	MHD_socket fd = MHD_quiesce_daemon(m->daemon);

	if (fd != MHD_INVALID_SOCKET)
		close(fd);
}

void mhd_stop(struct mhd *m)
{
	if (!m)
		return;
	m->ending = true;
	loop_timer_del(m->soon);
	loop_timer_del(m->timeout);
	loop_fd_del(m->watch);
	MHD_stop_daemon(m->daemon);
	free(m);
}
