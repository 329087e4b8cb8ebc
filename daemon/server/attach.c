/* GET /v1/sandboxes/{name}/attach: a shell in a kept sandbox, whose terminal is the client's own.
 *
 * The connection is upgraded, and over it goes a descriptor (SCM_RIGHTS): the master of a terminal
 * of the sandbox. From there on client and shell have nobody between them: what is typed and shown,
 * window size, modes, hanging up are the kernel's. The connection says two lines of JSON, one with
 * the descriptor and one when the shell has ended; whoever closes it, or dies, takes the shell
 * along. Nothing is read from it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/server_priv.h"
#include "daemon/server/visits.h"
#include "daemon/wire/wire.h"

#define PROTOCOL "clnrm-attach"
#define ATTACHED_MAX 64u
#define ROWS 24u
#define COLUMNS 80u
#define SIDE_MAX 65535u

struct attached_shell {
	struct request *r; /* NULL once the client is gone */
	struct server *server;
	struct try_run *run; /* NULL once it is over */
	struct arena *arena;
	const char *sandbox;
	int terminal; /* until it is passed */
	int socket;   /* borrowed, once it is upgraded; else -1 */
	struct loop_fd *watch;
	bool starting, ended; /* ended: before the connection was upgraded, so: */
	int exit;
	const char *message;
};

static void free_attached(struct attached_shell *s)
{
	if (s->run || s->r || s->starting)
		return;
	assert(s->server->attached > 0);
	s->server->attached--;
	close_fd(&s->terminal);
	arena_free(s->arena);
	free(s);
}

/* ---- what the connection says ---- */

/* A line or two fit into any socket; whoever has filled it reads nothing of ours. */
static void say(const struct attached_shell *s, const struct strbuf *line, int fd)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { line->s, line->len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.space);
		control.h = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
	}
	if (sendmsg(s->socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)line->len)
		shutdown(s->socket, SHUT_RDWR);
}

static void say_terminal(struct attached_shell *s)
{
	AUTO_STRBUF line = STRBUF_INIT;
	struct json j = JSON_INIT(&line);

	json_obj(&j, NULL);
	json_str(&j, "ev", "terminal");
	json_str(&j, "sandbox", s->sandbox);
	json_end(&j);
	strbuf_addc(&line, '\n');
	say(s, &line, s->terminal);
	close_fd(&s->terminal);
}

static void say_end(const struct attached_shell *s)
{
	AUTO_STRBUF line = STRBUF_INIT;
	struct json j = JSON_INIT(&line);

	json_obj(&j, NULL);
	json_str(&j, "ev", "end");
	json_int(&j, "exit", s->exit);
	json_str(&j, "message", s->message);
	json_end(&j);
	strbuf_addc(&line, '\n');
	say(s, &line, -1);
}

/* ---- the connection ---- */

static void hang_up(struct attached_shell *s)
{
	struct request *r = s->r;

	loop_fd_del(s->watch);
	s->watch = NULL;
	exchange_on_closed(r->x, NULL, NULL);
	s->r = NULL;
	mhd_upgraded_end(r->x);
}

static void leave(struct attached_shell *s)
{
	if (s->run)
		try_cancel(s->run); /* on_done() frees it */
	else
		free_attached(s);
}

static void on_socket(void *arg, uint32_t events)
{
	struct attached_shell *s = arg;

	if (!(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
		return;
	hang_up(s);
	leave(s);
}

static void on_upgraded(void *arg, int fd)
{
	struct attached_shell *s = arg;

	s->socket = fd;
	s->watch = loop_fd_add(s->server->d.loop, fd, EPOLLRDHUP, on_socket, s);
	say_terminal(s);
	if (!s->ended)
		return;
	say_end(s);
	hang_up(s);
	free_attached(s);
}

/* The client has left before, or the daemon ends. */
static void on_closed(void *arg)
{
	struct attached_shell *s = arg;

	if (s->socket >= 0)
		hang_up(s);
	else
		s->r->x->upgraded = NULL; /* it may be about to be */
	s->r = NULL;
	leave(s);
}

/* ---- the shell ---- */

static void on_output(void *arg, bool is_stderr, const void *p, size_t n)
{
	(void)arg, (void)is_stderr, (void)p, (void)n; /* there is none: its terminal is elsewhere */
}

static void on_terminal(void *arg, int fd)
{
	struct attached_shell *s = arg;

	s->terminal = fd;
	if (s->r)
		mhd_upgrade(s->r->x, PROTOCOL, on_upgraded, s);
}

static void on_done(void *arg, int exit, const struct step_result *result,
        const struct receipt *receipt, const char *code, const char *message, const char *help)
{
	struct attached_shell *s = arg;
	struct request *r = s->r;

	(void)result;
	(void)receipt;
	s->run = NULL;
	s->ended = true;
	s->exit = exit;
	s->message = arena_strdup(s->arena, message);
	if (r && s->socket >= 0) {
		say_end(s);
		hang_up(s);
	} else if (r && s->terminal < 0) {
		exchange_on_closed(r->x, NULL, NULL);
		s->r = NULL;
		answer_problem(r, code, exit, message ? message : "the shell ended", help, NULL);
	}
	free_attached(s);
}

/* ---- the request ---- */

static bool read_size(struct request *r, const char *name, unsigned otherwise, unsigned *out)
{
	uint64_t n = request_number(r, name, otherwise);
	AUTO_STRBUF why = STRBUF_INIT;

	*out = (unsigned)n;
	if (n >= 1 && n <= SIDE_MAX)
		return true;
	strbuf_printf(&why, "'%s' must be 1 to %u", name, SIDE_MAX);
	answer_problem(r, "bad-request", 2, why.s, NULL, NULL);
	return false;
}

static bool wants_upgrade(struct request *r)
{
	const char *to = request_header(r, "Upgrade"), *how = request_header(r, "Connection");

	if (to && strcmp(to, PROTOCOL) == 0 && how && strcasestr(how, "upgrade"))
		return true;
	answer_problem(r, "bad-request", 2, "this route passes a descriptor, not an answer",
	        "send 'Connection: Upgrade' and 'Upgrade: " PROTOCOL "'", NULL);
	return false;
}

static bool has_room(struct request *r)
{
	if (r->server->attached < ATTACHED_MAX)
		return true;
	answer_problem(
	        r, "busy", 2, "too many clients are attached to sandboxes", "ask once more", NULL);
	return false;
}

static bool read_request(struct request *r, struct visit_options *o)
{
	o->workdir = request_query(r, "workdir");
	o->user = request_query(r, "user");
	o->argv = visits_shell();
	o->terminal = o->passes = true;
	if (o->user && !*o->user) {
		answer_problem(r, "bad-request", 2, "'user' is empty", NULL, NULL);
		return false;
	}
	if (o->workdir && o->workdir[0] != '/') {
		answer_problem(
		        r, "bad-request", 2, "'workdir' must be an absolute path", NULL, NULL);
		return false;
	}
	return read_size(r, "rows", ROWS, &o->rows) &&
	       read_size(r, "columns", COLUMNS, &o->columns) && wants_upgrade(r) && has_room(r);
}

void handle_sandbox_attach(struct request *r)
{
	static const struct try_sink sink = {
		.output = on_output, .terminal = on_terminal, .done = on_done
	};
	struct visit_options o = { .what = VISIT_COMMAND };
	struct attached_shell *s;
	struct kept_sandbox *k;

	if (!read_request(r, &o))
		return;
	k = visits_find(r, 3);
	if (!k || !visits_find_step(r, k, request_query(r, "step"), 3, &o))
		return;
	s = xcalloc(1, sizeof(*s));
	*s = (struct attached_shell){ .r = r,
		.server = r->server,
		.arena = arena_new(),
		.terminal = -1,
		.socket = -1,
		.starting = true };
	s->sandbox = arena_strdup(s->arena, keep_id(k));
	s->server->attached++;
	exchange_wait(r->x);
	exchange_on_closed(r->x, on_closed, s);
	s->run = visit_start(k, &o, &sink, s);
	s->starting = false;
}
