#include "client/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/link.h"
#include "common/clock.h"
#include "common/num.h"

#define BODY_MAX (1024 * 1024)

void head_release(struct head *h)
{
	strbuf_release(&h->need_env);
	strbuf_release(&h->raw);
}

void reply_release(struct reply *r)
{
	head_release(&r->head);
	strbuf_release(&r->body);
}

/* ---- heads of answers ---- */

static void keep(char *to, size_t cap, const char *p, size_t n)
{
	n = n < cap ? n : cap - 1;
	memcpy(to, p, n);
	to[n] = '\0';
}

/* Up to three digits; -1 when there is none. */
static int digits(const char *p, size_t n)
{
	int v = 0;
	size_t i;

	for (i = 0; i < n && i < 3 && p[i] >= '0' && p[i] <= '9'; i++)
		v = 10 * v + (p[i] - '0');
	return i > 0 ? v : -1;
}

static void read_header(struct head *h, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : 0;
	const char *v = colon ? colon + 1 : NULL;
	size_t n;

	if (!colon)
		return;
	v += strspn(v, " \t");
	n = (size_t)(line + len - v);
#define IS(s) (name == sizeof(s) - 1 && strncasecmp(line, s, name) == 0)
	if (IS("content-type"))
		keep(h->type, sizeof(h->type), v, n);
	else if (IS("clnrm-run"))
		keep(h->run, sizeof(h->run), v, n);
	else if (IS("clnrm-build"))
		keep(h->build, sizeof(h->build), v, n);
	else if (IS("clnrm-skew"))
		keep(h->skew, sizeof(h->skew), v, n);
	else if (IS("clnrm-view"))
		keep(h->view, sizeof(h->view), v, n);
	else if (IS("clnrm-need-env"))
		strbuf_add(&h->need_env, v, n);
	else if (IS("clnrm-want-watch"))
		h->want_watch = n == 1 && v[0] == '1';
	else if (IS("clnrm-exit"))
		h->exit = digits(v, n);
#undef IS
}

static int read_head(struct head *h)
{
	const char *at = h->raw.s;
	int status;

	if (strncmp(at, "HTTP/1.", 7) != 0 || at[8] != ' ')
		return -1;
	status = digits(at + 9, 3);
	if (status < 100)
		return -1;
	while ((at = strstr(at, "\r\n")) != NULL && at[2] != '\r') {
		size_t n = strcspn(at + 2, "\r\n");

		read_header(h, at + 2, n);
		at += 2;
	}
	h->status = status;
	return 0;
}

ssize_t head_feed(struct head *h, const char *p, size_t n)
{
	size_t before = h->raw.len;
	const char *end;

	if (before + n > HEAD_MAX)
		n = HEAD_MAX - before;
	if (n == 0)
		return -1;
	strbuf_add(&h->raw, p, n);
	if (strncmp(h->raw.s, "HTTP/1.", h->raw.len < 7 ? h->raw.len : 7) != 0)
		return -1;
	end = strstr(h->raw.s, "\r\n\r\n");
	if (!end)
		return (ssize_t)n;
	strbuf_truncate(&h->raw, (size_t)(end - h->raw.s) + 4);
	return read_head(h) < 0 ? -1 : (ssize_t)(h->raw.len - before);
}

/* ---- requests ---- */

void ask_line(struct strbuf *out, const char *method, const char *path)
{
	strbuf_adds(out, method);
	strbuf_addc(out, ' ');
	strbuf_adds(out, path);
	strbuf_adds(out, " HTTP/1.0\r\nHost: localhost\r\n");
}

void ask_end(struct strbuf *out, const struct strbuf *body)
{
	if (body)
		strbuf_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
		        body->len);
	strbuf_adds(out, "\r\n");
}

bool ask_send(int fd, const struct strbuf *head, const struct strbuf *body)
{
	struct iovec iov[2] = { { head->s, head->len },
		{ body ? body->s : NULL, body ? body->len : 0 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = body ? 2 : 1 };

	while (msg.msg_iovlen > 0) {
		ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		while (msg.msg_iovlen > 0 && (size_t)n >= msg.msg_iov->iov_len) {
			n -= (ssize_t)msg.msg_iov->iov_len;
			msg.msg_iov++;
			msg.msg_iovlen--;
		}
		if (msg.msg_iovlen > 0) {
			msg.msg_iov->iov_base = (char *)msg.msg_iov->iov_base + n;
			msg.msg_iov->iov_len -= (size_t)n;
		}
	}
	return true;
}

int ask_alive(const struct where *w, struct fault *f)
{
	struct reply r = REPLY_INIT;
	int rc = ask(w, "GET", "/v1/version", NULL, ANSWER_MS, &r, f);

	reply_release(&r);
	return rc < 0 && f->code ? -1 : 0;
}

int ask_aside(
        const struct where *w, const char *method, const char *path, const struct strbuf *body)
{
	AUTO_STRBUF head = STRBUF_INIT;
	AUTO_FAULT f = FAULT_INIT;
	AUTO_FD fd = link_open(w, &f);

	ask_line(&head, method, path);
	ask_end(&head, body);
	if (fd < 0 || !ask_send(fd, &head, body))
		return -1;
	/* Half closed, not closed: the server drops a request whose sender has gone. */
	shutdown(fd, SHUT_WR);
	return steal_fd(&fd);
}

static int take(struct reply *r, const char *p, size_t n, struct fault *f)
{
	if (r->head.status == 0) {
		ssize_t used = head_feed(&r->head, p, n);

		if (used < 0)
			return fault_set(f, "daemon-answer",
			        "what listens at the socket does not speak HTTP");
		p += used;
		n -= (size_t)used;
	}
	if (r->body.len + n > BODY_MAX)
		return fault_set(
		        f, "daemon-answer", "the answer is longer than %d bytes", BODY_MAX);
	strbuf_add(&r->body, p, n);
	return 0;
}

static int read_reply(int fd, int64_t timeout_ms, struct reply *r, struct fault *f)
{
	int64_t end = clock_ms() + timeout_ms;
	char buf[8192];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - clock_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return fault_set(f, "daemon-died", "clnrmd did not answer within %lld ms",
			        (long long)timeout_ms);
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 && r->head.status == 0)
			return fault_set(
			        f, "daemon-died", "clnrmd closed the connection without an answer");
		if (n <= 0)
			return 0;
		if (take(r, buf, (size_t)n, f) < 0)
			return -1;
	}
}

int ask(const struct where *w, const char *method, const char *path, const struct strbuf *body,
        int64_t timeout_ms, struct reply *r, struct fault *f)
{
	AUTO_STRBUF head = STRBUF_INIT;
	AUTO_FD fd = link_open(w, f);

	if (fd < 0)
		return -1;
	ask_line(&head, method, path);
	strbuf_adds(&head, "Accept: application/json\r\n");
	ask_end(&head, body);
	/* What cannot be sent may still have been answered: a refusal comes before the whole body
	 * is read. */
	ask_send(fd, &head, body);
	return read_reply(fd, timeout_ms, r, f);
}
