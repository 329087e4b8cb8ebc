/* daemon/server/handler.h - what a handler sees of a request, and how it answers.
 *
 * A handler is called once, when the whole body is there, or before the body where the route takes
 * it as it comes (exchange_take_body()). It answers with one of the answer_*()
 * functions, opens a stream, or keeps the exchange for later: exchanges that were not answered when
 * the handler returns are waiting, and are answered later from the loop. Nothing here knows of
 * libmicrohttpd.
 */
#ifndef DAEMON_SERVER_HANDLER_H
#define DAEMON_SERVER_HANDLER_H

#include <jansson.h>

#include "daemon/report/report.h"
#include "daemon/server/server.h"

struct exchange; /* one request and its answer */

enum form { FORM_JSON, FORM_NDJSON, FORM_TEXT, FORM_FRAMES };

/* What Clnrm-Format wants inside o frames. */
enum inner {
	INNER_HUMAN,
	INNER_JSON,
	INNER_NDJSON,
	INNER_JUNIT,
	INNER_TAP,
	INNER_GITHUB, /* lint */
	INNER_SARIF,  /* lint */
	INNER_HTML,   /* of a report, as the rest */
	INNER_MARKDOWN,
	INNER_DIGEST
};

struct request {
	struct server *server;
	const struct server_deps *d;
	struct exchange *x;
	const char *method, *path;
	const char *part; /* the {name} of the route, or NULL */
	const char *body;
	size_t len;
	enum form form;
	enum inner inner;
	struct text_style style;
	bool env_final; /* the client has no more variables to send */
	json_t *json;   /* the body, when it is JSON; NULL when there is none */
};

typedef void handler_fn(struct request *r);

/* A query argument, which lives as long as the exchange, or NULL. Those that the route does not
 * name were refused before. */
const char *request_query(const struct request *r, const char *name);
/* It is given, and not "0". */
bool request_flag(const struct request *r, const char *name);
/* It as a number; otherwise where it is not given or is none. */
uint64_t request_number(const struct request *r, const char *name, uint64_t otherwise);
/* A header of the request, or NULL. */
const char *request_header(const struct request *r, const char *name);

/* ---- whole answers ---- */

/* What is large is taken over: the text is empty then. A document: as it is for JSON clients; in
 * frames, as o frames with human text when the client
 * wants text. exit goes to the client. */
void answer(struct request *r, int exit, struct strbuf *json, struct strbuf *human);
/* The same with text for people that goes to stderr. */
void answer_beside(struct request *r, int exit, struct strbuf *json, struct strbuf *human,
        const struct strbuf *aside);
/* The same with 202: what was asked for goes on. */
void answer_accepted(struct request *r, int exit, struct strbuf *json, struct strbuf *human);
/* 202, and text for people that goes to stderr. */
void answer_accepted_beside(struct request *r, int exit, struct strbuf *json, struct strbuf *human,
        const struct strbuf *aside);
/* Text that is not JSON (metrics), or bytes. */
void answer_text(struct request *r, const char *type, struct strbuf *text);
/* 204; a client of frames has its exit code, 0. */
void answer_none(struct request *r);

/* A problem by its code (proto/problem.h); help may be NULL, d too. */
void answer_problem(struct request *r, const char *code, int exit, const char *detail,
        const char *help, const struct diags *d);
/* The same with members of the code's own: raw JSON, ",\"x\":1". */
void answer_problem_with(struct request *r, const char *code, int exit, const char *detail,
        const char *help, const struct diags *d, const char *extra);
/* A problem for people, in the words of cli.md 1.5. */
void answer_say_error(struct strbuf *out, const char *code, const char *detail, const char *help);
/* The problem that the error value stands for (proto/problem.h), with its exit code. */
void answer_err(struct request *r, const struct err *e);
/* 501: what was asked for is built by a later part. what is how the user said it. */
void answer_needs(struct request *r, const char *feature, const char *what, const char *help);
/* 428 with the names. */
void answer_need_env(struct request *r, const struct str_list *names);

/* ---- streams ---- */

/* Starts the answer: 200 with the media type of the form. run goes into Clnrm-Run and may be NULL.
 */
void stream_open(struct request *r, const char *run);
/* The same of bytes of that type, where frames are not wanted. */
void stream_open_as(struct request *r, const char *type);
/* Bytes as they are; they are copied, and never wait for the reader (stream_backlog()). */
void stream_write(struct exchange *x, const void *p, size_t n);
/* A frame: kind o, e, p, x. */
void stream_frame(struct exchange *x, char kind, const void *p, size_t n);
/* Content of the file with that number: all of it, or the next part. */
void stream_file(struct exchange *x, unsigned number, const void *p, size_t n);
/* The last frame of an answer. */
void stream_exit(struct exchange *x, int code);
/* Nothing follows; what is there goes out still. exchange_on_closed() is not called any more. */
void stream_end(struct exchange *x);
/* Frames as bytes, for stream_write(): any thread. */
void frame_put(struct strbuf *out, char kind, const void *p, size_t n);
/* Content of the file with that number. */
void frame_put_file(struct strbuf *out, unsigned number, const void *p, size_t n);
/* The name of a file that the request did not give, before its content; number is the next one. */
void frame_put_name(struct strbuf *out, unsigned number, const char *path);
/* Bytes that the client has not taken yet. */
size_t stream_backlog(const struct exchange *x);

/* Called whenever the reader has taken all that there is, and once when the stream begins: for who
 * has more than should be in memory. Nothing there now: exchange_go_on() asks once more. NULL: no
 * longer, as when the connection has gone. */
void exchange_on_pull(struct exchange *x, loop_fn *fn, void *arg);
/* Called once when the connection goes away before the answer was complete. */
void exchange_on_closed(struct exchange *x, loop_fn *fn, void *arg);
/* Called once when the exchange is over, well or not: the answer is out, or nobody reads it. */
void exchange_on_over(struct exchange *x, loop_fn *fn, void *arg);
/* A handler that returns without an answer must have called this: the exchange waits. */
void exchange_wait(struct exchange *x);

/* ---- bodies that are taken as they come ---- */

/* For a handler that was called before the body: each piece of it, then whole() once, which
 * answers. A body that breaks off ends in exchange_on_closed() instead. */
typedef void body_fn(void *arg, const void *p, size_t n);
void exchange_take_body(struct exchange *x, body_fn *piece, loop_fn *whole, void *arg);
/* Reads no more of it, and reads on. What is in memory already may still come as a piece. */
void exchange_hold_body(struct exchange *x);
void exchange_go_on(struct exchange *x);
/* Ends the connection; exchange_on_closed() follows. */
void exchange_cut(struct exchange *x);

/* ---- shared by handlers ---- */

/* A row of proto/routes.h. */
struct route {
	const char *method, *path;
	const char *query;   /* the arguments that it takes, parted by blanks */
	const char *body;    /* the request of proto/routes.h */
	const char *feature; /* the part that builds it, or NULL: it is built */
	handler_fn *fn;      /* NULL when it is not built */
};
/* The route for a method and path; *part is its {name}, on the heap. NULL: none, and *allowed says
 * whether another method would do. */
const struct route *route_find(const char *method, const char *path, char **part, bool *allowed);
/* The methods that path takes: calls each(arg, method). */
void route_methods(const char *path, void (*each)(void *arg, const char *method), void *arg);

#endif
