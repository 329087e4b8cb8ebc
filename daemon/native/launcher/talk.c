/* What is watched, and what is said to the daemon. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "daemon/native/launcher/launcher.h"

int launcher_watch(struct launcher *l, int fd, struct watch *w, struct err *e)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = w };

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0
	               ? err_sys(e, "cannot watch a descriptor")
	               : 0;
}

void launcher_unwatch(struct launcher *l, int fd)
{
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void launcher_send(
        struct launcher *l, enum launch_op op, uint64_t id, void *message, size_t n, int fd)
{
	struct launch_header h = {
		.length = (uint32_t)n, .op = (uint16_t)op, .version = LAUNCH_VERSION, .id = id
	};
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { message, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(message, &h, sizeof(h));
	if (fd >= 0) {
		control.h.cmsg_level = SOL_SOCKET;
		control.h.cmsg_type = SCM_RIGHTS;
		control.h.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.space);
	}
	/* Blocking: the daemon's loop always comes back to read, and nothing here can be dropped.
	 */
	while (sendmsg(l->socket, &m, MSG_NOSIGNAL) < 0)
		if (errno != EINTR) {
			l->closing = true;
			return;
		}
}
