#include "client/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/copy.h"
#include "client/link.h"
#include "client/start.h"
#include "common/build.h"
#include "common/fs.h"

#define RETRIES 3
#define BUF_SIZE (32 * 1024)
#define BODY_SHOWN 2048 /* of an answer that is no frames */

/* How one attempt ended. */
enum turn {
	TURN_DONE,    /* the answer was copied */
	TURN_AGAIN,   /* the same once more: not one byte came, or variables were asked for */
	TURN_REPLACE, /* an older daemon has to make place first */
	TURN_FAULT,   /* t->f says why there is no answer */
};

struct turns {
	struct ctx *c;
	const struct request *req;
	struct fault *f;
	struct started started;
	struct strbuf need_env, old_build;
	unsigned silent; /* attempts without an answer */
	bool replaced;   /* the daemon was, by one of our build */
	int exit;
};

/* ---- request ---- */

bool call_on_github(const struct ctx *c)
{
	const char *v = getenv("GITHUB_ACTIONS");

	return c->format == FORMAT_HUMAN && v && strcmp(v, "true") == 0;
}

static void write_head(const struct turns *t, const struct strbuf *body, struct strbuf *out)
{
	const struct ctx *c = t->c;
	const struct term *term = &c->term;

	if (t->req->puts_stdin)
		strbuf_printf(out,
		        "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		        "Content-Type: %s\r\nTransfer-Encoding: chunked\r\n",
		        t->req->method, t->req->path, t->req->type);
	else
		ask_line(out, t->req->method, t->req->path);
	strbuf_adds(out, "Accept: application/vnd.clnrm.frames\r\n");
	if (!t->req->any_build)
		strbuf_printf(out, "Clnrm-Build: %s\r\n", build_id());
	strbuf_printf(out,
	        "Clnrm-Columns: %u\r\nClnrm-Color: %s,%s\r\nClnrm-Tty: %d\r\nClnrm-Verbose: %d\r\n"
	        "Clnrm-Format: %s\r\nClnrm-Progress: %s\r\n",
	        term->columns, term->out_color, term->err_color, term->out_tty | term->err_tty << 1,
	        c->verbose, format_names[c->format_open ? FORMAT_AUTO : c->format], term->progress);
	if (t->req->to_watch)
		strbuf_adds(out, "Clnrm-May-Watch: 1\r\n");
	if (t->need_env.len > 0)
		strbuf_adds(out, "Clnrm-Env-Final: 1\r\n"); /* what is missing now is not set */
	if ((t->req->is_run || t->req->is_attached) && call_on_github(c))
		strbuf_adds(out, "Clnrm-Github: 1\r\n");
	if (term->ascii)
		strbuf_adds(out, "Clnrm-Ascii: 1\r\n");
	ask_end(out, body);
}

/* -vvv: lines of a head, each after a mark. */
static void show_head(const struct ctx *c, const char *mark, const struct strbuf *head)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	if (c->verbose < 3)
		return;
	for (const char *at = head->s; *at && *at != '\r';) {
		size_t n = strcspn(at, "\r");

		strbuf_adds(&text, mark);
		strbuf_add_visible(&text, at, n);
		strbuf_addc(&text, '\n');
		at += n + (at[n] ? 2 : 0);
	}
	if (fs_write_all(STDERR_FILENO, text.s, text.len, &e) < 0)
		return;
}

static void send_request(const struct turns *t, int fd)
{
	AUTO_STRBUF head = STRBUF_INIT;
	AUTO_STRBUF body = STRBUF_INIT;

	if (t->req->body)
		t->req->body(t->c, t->req->arg, t->need_env.s, &body);
	write_head(t, t->req->body ? &body : NULL, &head);
	show_head(t->c, "> ", &head);
	/* What cannot be sent may still have been answered: a refusal comes before the whole body
	 * is read. */
	ask_send(fd, &head, t->req->body ? &body : NULL);
}

/* ---- answers that are no frames ---- */

/* The value of "name":"..." in a problem document, enough for a message; no JSON parser for it. */
static bool find_member(const char *json, const char *name, struct strbuf *out)
{
	AUTO_STRBUF key = STRBUF_INIT;
	const char *at;

	strbuf_printf(&key, "\"%s\":", name);
	at = strstr(json, key.s);
	if (!at)
		return false;
	at += key.len;
	at += strspn(at, " ");
	for (at += *at == '"'; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		strbuf_addc(out, *at);
	}
	return out->len > 0;
}

static const char *code_of_status(int status)
{
	if (status == 404)
		return "not-found";
	if (status == 413)
		return "too-large";
	if (status == 414)
		return "uri-too-long";
	if (status == 431)
		return "headers-too-large";
	return status >= 500 ? "daemon-answer" : "bad-request";
}

static enum turn refuse(struct turns *t, const struct head *h, const struct strbuf *body)
{
	AUTO_STRBUF code = STRBUF_INIT;
	AUTO_STRBUF detail = STRBUF_INIT;

	if (strncmp(h->type, "application/problem+json", 24) == 0 &&
	        find_member(body->s, "detail", &detail)) {
		find_member(body->s, "code", &code);
		fault_set(t->f, code_of_status(h->status), "%s%s%s", code.s,
		        code.len > 0 ? ": " : "", detail.s);
	} else {
		fault_set(t->f, code_of_status(h->status),
		        "the daemon answered with status %d (%s)", h->status,
		        h->type[0] ? h->type : "no body");
	}
	return TURN_FAULT;
}

static enum turn copy_other(
        struct turns *t, struct copy *k, const struct head *h, char *buf, ssize_t n)
{
	AUTO_STRBUF body = STRBUF_INIT;

	for (; n > 0; n = copy_read(k, buf, BUF_SIZE)) {
		if (h->status < 400 && !copy_plain(k, buf, (size_t)n))
			break;
		if (h->status >= 400 && body.len < BODY_SHOWN)
			strbuf_add(&body, buf, (size_t)n);
	}
	if (h->status >= 400)
		return refuse(t, h, &body);
	k->exit = h->exit >= 0 ? h->exit : 0;
	return TURN_DONE;
}

/* ---- answers that are ---- */

static enum turn died(struct turns *t, struct copy *k)
{
	if (k->left || k->signal_exit || k->broken_exit)
		return TURN_DONE;
	if (t->c->format == FORMAT_TAP)
		copy_plain(k, "Bail out! daemon died\n", strlen("Bail out! daemon died\n"));
	fault_set(t->f, "daemon-died", "clnrmd ended before the answer did");
	fault_help(t->f, "clnrm daemon logs");
	return TURN_FAULT;
}

/* n bytes after the head are here already. */
static enum turn copy_body(struct turns *t, struct copy *k, char *buf, ssize_t n)
{
	do {
		if (n > 0 && !copy_frames(k, buf, (size_t)n, t->f))
			break;
		n = copy_read(k, buf, BUF_SIZE);
	} while (n > 0);
	if (t->f->code)
		return TURN_FAULT;
	return k->exit >= 0 || k->left ? TURN_DONE : died(t, k);
}

/* ---- turns ---- */

/* Outside of any exchange, so that Ctrl-C ends the wait for the older daemon's runs. */
static enum turn replace(struct turns *t)
{
	const char *old = t->old_build.len > 0 ? t->old_build.s : NULL;

	t->replaced = true;
	if (t->c->verbose > 0)
		say("note", "a daemon of an older build (%s) runs: ending it and starting %s",
		        old ? old : "?", build_id());
	return start_anew(&t->c->where, old, DRAIN_MS, &t->started, t->f) < 0 ? TURN_FAULT
	                                                                      : TURN_AGAIN;
}

/* The head is complete: what to do with the body. rest bytes of it are at buf. */
static enum turn on_head(struct turns *t, struct copy *k, struct head *h, char *buf, ssize_t rest)
{
	show_head(t->c, "< ", &h->raw);
	if (h->status == 428 && h->need_env.len > 0 && t->need_env.len == 0) {
		strbuf_add(&t->need_env, h->need_env.s, h->need_env.len);
		return TURN_AGAIN;
	}
	if (h->status == 428 && h->want_watch && t->req->to_watch) {
		t->req = t->req->to_watch;
		return TURN_AGAIN;
	}
	if (h->status == 409 && strcmp(h->skew, "replace") == 0 && !t->replaced) {
		strbuf_adds(&t->old_build, h->build);
		return TURN_REPLACE;
	}
	copy_head(k, h);
	if (strncmp(h->type, "application/vnd.clnrm.frames", 28) != 0)
		return copy_other(t, k, h, buf, rest);
	return copy_body(t, k, buf, rest);
}

/* Not one byte came. The daemon sends the head of an answer before it runs anything, so nothing was
 * run, and the same may be asked again. */
static enum turn on_silence(struct turns *t, struct copy *k)
{
	if (k->left || k->signal_exit)
		return TURN_DONE;
	if (start_failed(&t->started, t->f))
		return TURN_FAULT;
	if (++t->silent <= RETRIES && !t->req->puts_stdin)
		return TURN_AGAIN;
	fault_set(t->f, "daemon-died", "clnrmd closed the connection %u times without an answer",
	        t->silent);
	fault_help(t->f, "clnrm daemon logs");
	return TURN_FAULT;
}

static enum turn exchange(struct turns *t, struct copy *k, struct head *h)
{
	static char buf[BUF_SIZE]; /* not on the stack: its pages are touched only as far as they
	                              are used */
	ssize_t n, used = 0;

	send_request(t, k->fd);
	if (t->req->puts_stdin)
		feed_attach(&k->feed, k->fd);
	do {
		n = copy_read(k, buf, sizeof(buf));
		if (n <= 0)
			return h->raw.len == 0 ? on_silence(t, k) : died(t, k);
		used = head_feed(h, buf, (size_t)n);
	} while (used >= 0 && h->status == 0);
	if (used < 0) {
		fault_set(t->f, "daemon-answer", "what listens at '%s' does not speak HTTP",
		        t->c->where.socket);
		return TURN_FAULT;
	}
	memmove(buf, buf + used, (size_t)(n - used));
	return on_head(t, k, h, buf, n - used);
}

int call_connect(const struct ctx *c, bool may_start, struct started *s, struct fault *f)
{
	int fd;

	if (may_start) {
		fd = start_open(&c->where, s, f);
		if (s->pid > 0 && c->verbose > 0)
			say("note", "clnrmd started, pid %ld", (long)s->pid);
		return fd;
	}
	fd = link_open(&c->where, f);
	if (fd < 0 && !f->code) {
		fault_set(f, "daemon-absent", "no clnrmd at '%s'", c->where.socket);
		fault_help(f, "clnrm daemon start");
	}
	return fd;
}

static int exit_of(const struct copy *k)
{
	if (k->left_well)
		return 0;
	if (k->signal_exit)
		return k->signal_exit;
	return k->broken_exit ? k->broken_exit : k->exit;
}

static enum turn take_turn(struct turns *t)
{
	struct head h = HEAD_INIT;
	struct copy k;
	enum turn turn;
	int fd = call_connect(t->c, t->c->may_start && !t->req->never_start, &t->started, t->f);

	if (fd < 0)
		return TURN_FAULT;
	turn = copy_init(&k, t->c, t->req, t->f) < 0 ? TURN_FAULT : TURN_DONE;
	k.fd = fd;
	if (turn == TURN_DONE) {
		turn = exchange(t, &k, &h);
		if (turn == TURN_DONE || turn == TURN_FAULT)
			copy_finish(&k);
		else
			copy_unblock();
		t->exit = exit_of(&k);
	}
	copy_release(&k);
	head_release(&h);
	return turn == TURN_REPLACE ? replace(t) : turn;
}

int call_quietly(struct ctx *c, const struct request *req, struct fault *f)
{
	struct turns t = {
		.c = c, .req = req, .f = f, .need_env = STRBUF_INIT, .old_build = STRBUF_INIT
	};
	enum turn turn;

	do
		turn = take_turn(&t);
	while (turn == TURN_AGAIN);
	started_release(&t.started);
	strbuf_release(&t.need_env);
	strbuf_release(&t.old_build);
	return turn == TURN_DONE ? t.exit : -1;
}

int call(struct ctx *c, const struct request *req)
{
	AUTO_FAULT f = FAULT_INIT;
	int rc = call_quietly(c, req, &f);

	return rc >= 0 ? rc : fault_print(&f, c->format);
}
