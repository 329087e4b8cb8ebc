/* daemon/server/server_priv.h - what the files of this room share beside handler.h. */
#ifndef DAEMON_SERVER_SERVER_PRIV_H
#define DAEMON_SERVER_SERVER_PRIV_H

#include "daemon/server/exchange.h"
#include "daemon/server/handler.h"

#define BODY_MAX (1u << 20)        /* of any request */
#define BODY_MAX_FILES (17u << 20) /* of those that may carry a test file */
#define JSON_MAX_DEPTH_IN 64
#define SERVER_CONNECTIONS 256
#define SERVER_IDLE_S 300

/* How far an exchange is. */
enum stage { STAGE_HEAD, STAGE_BODY, STAGE_WAITING, STAGE_STREAM, STAGE_DONE };

struct exchange {
	struct server *server;
	void *connection; /* mhd.c's */
	enum stage stage;
	struct strbuf body;
	size_t body_max;
	bool too_large;
	bool streams; /* the body is taken as it comes: */
	body_fn *piece;
	loop_fn *whole;
	void *taker;
	char *method, *path, *part;
	const struct route *route; /* NULL: there is none */
	struct request req;
	struct arena *arena;
	struct outbox out;
	bool opened, ended, suspended, answered;
	bool handled; /* its handler is at work: */
	bool gone;    /* the client, before there was an answer */
	bool begun;   /* its answer waits until that returns, for it may be all there by then */
	int status;
	struct strbuf headers; /* "Name: value\n" of the answer */
	const char *type;
	struct loop_fd *hup;
	void *upgrade; /* mhd.c's, while the connection speaks another protocol */
	void (*upgraded)(void *arg, int fd);
	void *upgraded_arg;
	loop_fn *closed;
	void *closed_arg;
	loop_fn *over; /* exchange_on_over() */
	void *over_arg;
	loop_fn *pull; /* exchange_on_pull() */
	void *pull_arg;
	struct exchange *prev, *next;
};

struct server {
	struct server_deps d;
	struct mhd *mhd;
	struct exchange *exchanges;
	unsigned connections;
	int64_t activity_ns;
	bool quiet;
	bool metrics_off;     /* observability.enable_metrics = false */
	unsigned attached;    /* clients with a terminal of a sandbox: attach.c */
	unsigned open_stdins; /* tries that want a second connection */
	struct view *views;   /* of those who are attached to runs: live.h */
	unsigned last_view;
	struct live *lives; /* runs and tries that are not over: live.h */
	char instance[12];
	uid_t uid;
	struct strbuf
	        version; /* the answer of GET /v1/version, which never changes; empty: not made */
};

/* ---- mhd.c ---- */
struct mhd *mhd_start(struct server *s, int listen_fd, struct err *e);
void mhd_quiesce(struct mhd *m);
void mhd_stop(struct mhd *m); /* every exchange must have ended */
/* Header of the request, or NULL. */
const char *mhd_header(const struct exchange *x, const char *name);
int mhd_fd(const struct exchange *x);

/* ---- peer_output.c ---- */
/* The regular file that stdout of the peer is, by a path that leads to it here; NULL when it is
 * none, or cannot be seen. In a. */
const char *peer_output(const struct exchange *x, struct arena *a);
const char *mhd_query(const struct exchange *x, const char *name);
bool mhd_has_query(const struct exchange *x);
/* Calls each(arg, name) for every argument behind '?'. */
void mhd_query_names(
        const struct exchange *x, void (*each)(void *arg, const char *name), void *arg);
/* Calls each(arg, value) for every argument of that name. */
void mhd_query_values(const struct exchange *x, const char *name,
        void (*each)(void *arg, const char *value), void *arg);
/* Queues the answer that x->status, type, headers and out describe; stream: until x->ended. */
void mhd_answer(struct exchange *x, bool stream);
void mhd_suspend(struct exchange *x);
void mhd_wake(struct exchange *x); /* there is more to send, or the body may go on */
/* Its body may take as long as it likes. */
void mhd_be_patient(struct exchange *x);
void mhd_cut(struct exchange *x);
/* Answers 101, then calls fn once with the connection, which is the library's to close: see
 * mhd_upgraded_end(). Until then nobody else looks at it. */
void mhd_upgrade(
        struct exchange *x, const char *protocol, void (*fn)(void *arg, int fd), void *arg);
void mhd_upgraded_end(struct exchange *x);
const char *mhd_library(void); /* its version */

/* ---- server.c: what mhd.c calls ---- */
struct exchange *exchange_new(
        struct server *s, void *connection, const char *method, const char *path);
/* Before the body: answers at once what cannot be right (peer, method, size). */
void exchange_head(struct exchange *x, uint64_t content_length, bool has_length);
void exchange_body(struct exchange *x, const char *p, size_t n);
void exchange_complete(struct exchange *x);
/* The connection is done with it, well or not. */
void exchange_over(struct exchange *x, bool complete);

#endif
