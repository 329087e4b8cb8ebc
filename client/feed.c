#include "client/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/link.h"
#include "common/fs.h"
#include "common/mem.h"

#define PIECE (64 * 1024)
#define FRAME 16 /* at most "10000\r\n" before it and "\r\n" behind it */

/* ---- sending ---- */

static void over(struct feed *s)
{
	close_fd(&s->fd);
	s->at = s->to = 0;
}

/* Who writes our stdin learns it as from any reader that has left: EPIPE. The place of the
 * descriptor stays taken. */
static void leave_stdin(void)
{
	AUTO_FD null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
}

/* The daemon has closed it: nobody reads any more. */
static void refused(struct feed *s)
{
	over(s);
	if (!s->ended)
		leave_stdin();
}

/* As much as the socket takes. */
static void send_piece(struct feed *s)
{
	while (s->at < s->to) {
		ssize_t n =
		        send(s->fd, s->piece + s->at, s->to - s->at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			refused(s);
			return;
		}
		s->at += (size_t)n;
	}
	s->at = s->to = 0;
}

/* n bytes lie FRAME bytes into the piece: the frame goes around them. */
static void frame(struct feed *s, size_t n)
{
	char head[FRAME];
	int len = snprintf(head, sizeof(head), "%zx\r\n", n);

	s->at = FRAME - (size_t)len;
	memcpy(s->piece + s->at, head, (size_t)len);
	memcpy(s->piece + FRAME + n, "\r\n", 2);
	s->to = FRAME + n + 2;
}

/* What was typed, without what is meant for us, to where it is sent from. */
static ssize_t take_typed(struct feed *s, size_t n)
{
	char *to = s->piece + FRAME;

	n = escape_filter(s->escape, to + 1, n, to);
	s->left = s->escape->left;
	return (ssize_t)n;
}

static int read_piece(struct feed *s, struct fault *f)
{
	size_t ahead = s->escape ? 1 : 0; /* one that was none may put a byte before it */
	ssize_t n = read(STDIN_FILENO, s->piece + FRAME + ahead, PIECE - ahead);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0) {
		fault_set(f, "file.unreadable", "cannot read stdin: %s", strerror(errno));
		over(s); /* without an end: what came must not pass for all */
		return -1;
	}
	s->ended = n == 0;
	if (s->escape)
		n = take_typed(s, (size_t)n);
	if (s->left || (n == 0 && !s->ended))
		return 0;
	frame(s, (size_t)n);
	send_piece(s);
	return 0;
}

/* ---- polling ---- */

void feed_poll(const struct feed *s, struct pollfd *v)
{
	bool idle = s->at == s->to;

	v[0] = (struct pollfd){ .fd = s->fd >= 0 && idle && !s->ended ? STDIN_FILENO : -1,
		.events = POLLIN };
	/* Of a connection whose answer others read only room is of interest, and its end theirs. */
	if (s->attached)
		v[1] = (struct pollfd){ .fd = idle ? -1 : s->fd, .events = POLLOUT };
	else
		v[1] = (struct pollfd){ .fd = s->fd, .events = idle ? POLLIN : POLLIN | POLLOUT };
}

int feed_ready(struct feed *s, const struct pollfd *v, struct fault *f)
{
	char answer[1024];

	if (v[1].fd >= 0 && v[1].revents & POLLOUT)
		send_piece(s);
	/* What the answer says is of no use to us; its end is. */
	if (s->attached && v[1].fd >= 0 && v[1].revents & (POLLERR | POLLHUP))
		refused(s);
	if (!s->attached && s->fd >= 0 && v[1].revents & ~POLLOUT &&
	        read(s->fd, answer, sizeof(answer)) <= 0)
		refused(s);
	return s->fd >= 0 && v[0].fd >= 0 && v[0].revents ? read_piece(s, f) : 0;
}

/* ---- begin and end ---- */

int feed_open(struct feed *s, const struct where *w, const char *id, struct fault *f)
{
	int fd = link_open(w, f);

	if (fd < 0)
		return f->code ? -1
		               : fault_set(f, "daemon-died", "clnrmd ended before stdin was sent");
	s->fd = fd;
	s->piece = xmalloc(PIECE + 2 * FRAME);
	s->to = (size_t)snprintf(s->piece, PIECE,
	        "POST /v1/try/%s/stdin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
	        "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
	        id);
	send_piece(s);
	return 0;
}

void feed_attach(struct feed *s, int fd)
{
	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	s->attached = true;
	s->piece = xmalloc(PIECE + 2 * FRAME);
}

void feed_release(struct feed *s)
{
	over(s);
	free(s->piece);
	s->piece = NULL;
}
