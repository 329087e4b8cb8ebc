#include "daemon/server/server.h"

#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/core/id.h"
#include "daemon/server/arguments.h"
#include "daemon/server/skew.h"
#include "proto/problem.h"

/* ---- what a request says of itself ---- */

static enum inner inner_form(const struct exchange *x)
{
	static const char *const names[] = { "human", "json", "ndjson", "junit", "tap", "github",
		"sarif" };
	const char *s = mhd_header(x, "Clnrm-Format");

	for (size_t i = 0; s && i < ARRAY_LEN(names); i++)
		if (strcmp(s, names[i]) == 0)
			return (enum inner)i;
	return INNER_HUMAN;
}

static bool accept_form(const struct exchange *x, enum form *form)
{
	static const struct {
		const char *type;
		enum form form;
	} forms[] = {
		{ "application/vnd.clnrm.frames", FORM_FRAMES },
		{ "application/x-ndjson", FORM_NDJSON },
		{ "text/plain", FORM_TEXT },
		{ "application/json", FORM_JSON },
		/* What these answers are is decided by the resource and its query. */
		{ "application/octet-stream", FORM_JSON },
		{ "application/x-tar", FORM_JSON },
		{ "application/xml", FORM_JSON },
		{ "text/tap", FORM_JSON },
		{ "text/html", FORM_JSON },
		{ "text/markdown", FORM_JSON },
		{ "application/openmetrics-text", FORM_TEXT },
		{ "*/*", FORM_JSON },
	};
	const char *accept = mhd_header(x, "Accept");

	*form = FORM_JSON;
	if (!accept)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (strstr(accept, forms[i].type)) {
			*form = forms[i].form;
			return true;
		}
	return false;
}

static long header_number(
        const struct exchange *x, const char *name, long min, long max, long otherwise)
{
	const char *s = mhd_header(x, name);
	struct err e;
	int64_t v;

	return s && str_to_i64(s, min, max, &v, &e) == 0 ? (long)v : otherwise;
}

static enum colour colour_of(const char *s, size_t n)
{
	if (n == 1 && *s == '1')
		return COLOUR_16;
	if (n == 3 && memcmp(s, "256", 3) == 0)
		return COLOUR_256;
	return n == 9 && memcmp(s, "truecolor", 9) == 0 ? COLOUR_TRUE : COLOUR_NONE;
}

static struct text_style style_of(const struct exchange *x)
{
	const char *colour = mhd_header(x, "Clnrm-Color"),
	           *progress = mhd_header(x, "Clnrm-Progress");
	size_t n = colour ? strcspn(colour, ",") : 0;
	long tty = header_number(x, "Clnrm-Tty", 0, 3, 0);
	struct text_style s = {
		.columns = (unsigned)header_number(x, "Clnrm-Columns", 40, 400, 100),
		.verbosity = (int)header_number(x, "Clnrm-Verbose", -2, 3, 0),
		.ascii = mhd_header(x, "Clnrm-Ascii") != NULL,
		.github = mhd_header(x, "Clnrm-Github") != NULL,
	};

	if (colour) {
		s.out = colour_of(colour, n);
		s.err = colour[n] ? colour_of(colour + n + 1, strlen(colour + n + 1)) : s.out;
	}
	s.live = progress ? strcmp(progress, "live") == 0 : tty == 3;
	s.progress = progress && strcmp(progress, "plain") == 0;
	return s;
}

/* ---- checks before the body ---- */

static bool same_user(const struct exchange *x);

static void begin_request(struct exchange *x)
{
	x->req = (struct request){
		.server = x->server,
		.d = &x->server->d,
		.x = x,
		.method = x->method,
		.path = x->path,
		.part = x->part,
		.inner = inner_form(x),
		.style = style_of(x),
		.env_final = mhd_header(x, "Clnrm-Env-Final") != NULL,
	};
}

struct methods {
	struct strbuf header, list;
};

static void add_method(void *arg, const char *method)
{
	struct methods *m = arg;

	strbuf_printf(&m->header, "%s%s", m->header.len ? ", " : "", method);
	strbuf_printf(&m->list, "%s\"%s\"", m->list.len ? "," : "", method);
}

static void refuse_method(struct exchange *x)
{
	struct methods m = { STRBUF_INIT, STRBUF_INIT };
	AUTO_STRBUF extra = STRBUF_INIT;

	route_methods(x->path, add_method, &m);
	strbuf_printf(&x->headers, "Allow: %s\n", m.header.s);
	strbuf_printf(&extra, ",\"allow\":[%s]", m.list.s);
	answer_problem_with(&x->req, "method-not-allowed", 5,
	        "the resource does not take this method", "GET /v1/openapi.json lists them", NULL,
	        extra.s);
	strbuf_release(&m.header);
	strbuf_release(&m.list);
}

static void refuse_size(struct exchange *x)
{
	AUTO_STRBUF extra = STRBUF_INIT;

	strbuf_printf(&extra, ",\"limit_bytes\":%zu", x->body_max);
	answer_problem_with(&x->req, "too-large", 2, "the body is too large", NULL, NULL, extra.s);
}

static void refuse_later(struct exchange *x)
{
	AUTO_STR what = xasprintf("'%s %s'", x->method, x->route->path);

	answer_needs(&x->req, x->route->feature, what, "GET /v1/openapi.json lists what there is");
}

static void begin_stream(struct exchange *x)
{
	mhd_be_patient(x);
	x->route->fn(&x->req);
}

/* Bodies that may carry a whole file. */
static bool takes_files(const char *path)
{
	static const char *const paths[] = { "/v1/runs", "/v1/validate", "/v1/try", "/v1/render" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

void exchange_head(struct exchange *x, uint64_t length, bool has_length)
{
	bool other = false;
	enum form form;

	x->route = route_find(x->method, x->path, &x->part, &other);
	x->streams = x->route && strchr(x->route->body, '/');
	if (takes_files(x->path))
		x->body_max = BODY_MAX_FILES;
	begin_request(x);
	if (!same_user(x)) {
		answer_problem(&x->req, "denied", 2, "this daemon serves another user", NULL, NULL);
		return;
	}
	if (!accept_form(x, &form)) {
		answer_problem(&x->req, "not-acceptable", 5,
		        "none of the accepted forms can be given", NULL, NULL);
		return;
	}
	x->req.form = form;
	enum skew skew = skew_of(x);

	if (skew == SKEW_CLIENT_NEWER)
		skew_ask_to_replace(x);
	else if (!x->route && skew == SKEW_CLIENT_OLDER)
		skew_refuse(x);
	else if (!x->route && other)
		refuse_method(x);
	else if (!x->route)
		answer_problem(&x->req, "not-found", 3, "there is no such resource",
		        "GET /v1/openapi.json lists them", NULL);
	else if (x->route->feature)
		refuse_later(x);
	else if (arguments_refuse(x))
		return;
	else if (x->streams)
		begin_stream(x);
	else if (has_length && length > x->body_max)
		refuse_size(x);
}

void exchange_body(struct exchange *x, const char *p, size_t n)
{
	if (x->streams) {
		if (x->piece)
			x->piece(x->taker, p, n);
		return;
	}
	if (x->body.len + n > x->body_max)
		x->too_large = true;
	else if (!x->answered)
		strbuf_add(&x->body, p, n);
}

/* Whether brackets outside of strings are nested deeper than max. The reader's own bound is far
 * above what was promised. */
static bool too_deep(const struct strbuf *b, unsigned max)
{
	unsigned depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < b->len; i++) {
		char c = b->s[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{') && ++depth > max)
			return true;
		else if (!quoted && (c == ']' || c == '}') && depth)
			depth--;
	}
	return false;
}

/* -1 when the body is no JSON object; answered. */
static int parse_body(struct exchange *x)
{
	json_error_t je;

	if (!x->body.len)
		return 0;
	if (too_deep(&x->body, JSON_MAX_DEPTH_IN)) {
		answer_problem(&x->req, "bad-request", 2,
		        "the body is nested deeper than 64 levels", NULL, NULL);
		return -1;
	}
	x->req.json =
	        json_loadb(x->body.s, x->body.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &je);
	if (x->req.json && json_is_object(x->req.json))
		return 0;
	AUTO_STRBUF why = STRBUF_INIT;
	strbuf_printf(&why, "the body is no JSON object: %s at line %d, column %d",
	        x->req.json ? "another type" : je.text, x->req.json ? 1 : je.line,
	        x->req.json ? 1 : je.column);
	answer_problem(&x->req, "bad-request", 2, why.s, NULL, NULL);
	return -1;
}

void exchange_complete(struct exchange *x)
{
	if (x->streams) {
		if (x->whole)
			x->whole(x->taker);
		else
			mhd_cut(x); /* given up: there is nobody to answer */
		return;
	}
	if (x->too_large) {
		refuse_size(x);
		return;
	}
	x->req.body = x->body.s;
	x->req.len = x->body.len;
	if (parse_body(x) == 0)
		x->route->fn(&x->req);
}

/* The peer's uid must be ours, or root's; ids may be 65534 across user namespaces. */
static bool same_user(const struct exchange *x)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	int fd = mhd_fd(x);

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
	       (cred.uid == x->server->uid || cred.uid == 0);
}

/* ---- life ---- */

struct server *server_new(int listen_fd, const struct server_deps *deps, struct err *e)
{
	struct server *s = xcalloc(1, sizeof(*s));

	s->d = *deps;
	s->activity_ns = clock_ns();
	id_make(s->instance, 10);
	s->uid = getuid();
	s->version = (struct strbuf)STRBUF_INIT;
	s->mhd = mhd_start(s, listen_fd, e);
	if (!s->mhd) {
		free(s);
		return NULL;
	}
	return s;
}

void server_quiesce(struct server *s)
{
	if (!s->quiet)
		mhd_quiesce(s->mhd);
	s->quiet = true;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	/* MHD_stop_daemon() aborts the process while a connection is suspended. */
	for (struct exchange *x = s->exchanges; x; x = x->next) {
		loop_fn *closed = x->closed;

		/* Jobs of handlers may still be under way on worker threads: they forget it. */
		x->closed = NULL;
		if (closed)
			closed(x->closed_arg);
		x->ended = true;
		mhd_wake(x);
	}
	mhd_stop(s->mhd);
	strbuf_release(&s->version);
	free(s);
}

void server_show_metrics(struct server *s, bool show)
{
	s->metrics_off = !show;
}

unsigned server_connections(const struct server *s)
{
	return s->connections;
}

int64_t server_last_activity_ns(const struct server *s)
{
	return s->activity_ns;
}
