/* Packets to and from the launcher. Writing never blocks the loop: what the socket does not take
 * waits in a list. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/mem.h"
#include "daemon/native/native_priv.h"

static int send_now(int socket, const void *message, size_t size, int fd)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)message, size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		control.h.cmsg_level = SOL_SOCKET;
		control.h.cmsg_type = SCM_RIGHTS;
		control.h.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.space);
	}
	if (sendmsg(socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	/* Anything but a full queue is the end of the launcher, which reading will find. */
	return errno == EAGAIN || errno == ENOBUFS ? -1 : 0;
}

void native_send(struct native *n, const void *message, size_t size, int fd)
{
	struct out_message *m;

	if (!n->replacing &&
	        (n->lost || (!n->out && send_now(n->launcher->socket, message, size, fd) == 0)))
		return;
	m = xmalloc(sizeof(*m) + size);
	*m = (struct out_message){ .n = size, .fd = fd };
	memcpy(m->bytes, message, size);
	*n->out_end = m;
	n->out_end = &m->next;
	if (n->watch)
		loop_fd_mod(n->watch, EPOLLIN | EPOLLOUT);
}

void native_flush(struct native *n)
{
	while (n->out && (n->lost || send_now(n->launcher->socket, n->out->bytes, n->out->n,
	                                     n->out->fd) == 0)) {
		struct out_message *m = n->out;

		n->out = m->next;
		free(m);
	}
	if (!n->out)
		n->out_end = &n->out;
	if (n->watch)
		loop_fd_mod(n->watch, n->out ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

ssize_t native_receive(int socket, void *buf, size_t size, int *fd)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { buf, size };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(sizeof(int)) }; /* CMSG_SPACE() has room for two */
	ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *c;

	*fd = -1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	        c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

void blob_init(struct blob *m, enum launch_op op, uint64_t id, size_t fixed)
{
	struct launch_header h = { .op = (uint16_t)op, .version = LAUNCH_VERSION, .id = id };

	m->b = (struct strbuf)STRBUF_INIT;
	strbuf_addn(&m->b, 0, fixed);
	memcpy(m->b.s, &h, sizeof(h));
}

struct launch_str blob_add(struct blob *m, const char *s)
{
	struct launch_str at = { (uint32_t)m->b.len, (uint32_t)strlen(s) };

	strbuf_add(&m->b, s, at.len + 1);
	return at;
}

void blob_send(struct native *n, struct blob *m)
{
	uint32_t length = (uint32_t)m->b.len;

	memcpy(m->b.s, &length, sizeof(length));
	native_send(n, m->b.s, m->b.len, -1);
	strbuf_release(&m->b);
}
