/* Network namespaces made ahead by a helper process: making one costs 0.4 ms, much of it under
 * locks that all of the machine shares; joining one that is ready costs a microsecond. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

static int loopback_up(struct err *e)
{
	AUTO_FD s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_flags = IFF_UP | IFF_RUNNING };

	memcpy(ifr.ifr_name, "lo", 3);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &ifr) < 0)
		return err_sys(e, "cannot bring the loopback interface up");
	return 0;
}

/* Absent on kernels without the feature: then there is nothing to open up. */
static void write_sysctl(const char *path, const char *value)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, value, strlen(value)) < 0)
		return;
}

int netns_setup_here(struct err *e)
{
	if (loopback_up(e) < 0)
		return -1;
	/* The sandbox has no capability over this namespace: low ports and ping work for all
	 * instead. */
	write_sysctl("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
	write_sysctl("/proc/sys/net/ipv4/ping_group_range", "0 0");
	return 0;
}

static int send_fd(int socket, int fd)
{
	char byte = 0;
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };

	control.h.cmsg_level = SOL_SOCKET;
	control.h.cmsg_type = SCM_RIGHTS;
	control.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
	return sendmsg(socket, &m, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

/* One namespace for each byte that asks. A failure ends the helper: sandboxes then make their own.
 */
static NORETURN void serve(int socket)
{
	struct err e;
	char byte;

	prctl(PR_SET_NAME, "clnrm-netns", 0, 0, 0);
	while (read(socket, &byte, 1) == 1) {
		if (unshare(CLONE_NEWNET) < 0 || netns_setup_here(&e) < 0)
			_exit(1);
		AUTO_FD ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		if (ns < 0 || send_fd(socket, ns) < 0)
			_exit(1);
	}
	_exit(0);
}

static void ask(struct netns *n)
{
	if (send(n->helper, "n", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
		return; /* the helper is gone; netns_event() will see it */
}

int netns_start(struct netns *n, struct err *e)
{
	int pair[2];
	pid_t pid;

	*n = (struct netns){ .helper = -1,
		.host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) };
	if (n->host < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "cannot start the network helper");
	n->one_way = setns(n->host, CLONE_NEWNET) < 0;
	pid = fork();
	if (pid == 0) {
		if (dup2(pair[1], 3) < 0 || sys_close_range(4, ~0u, 0) < 0)
			_exit(1);
		serve(3);
	}
	close(pair[1]);
	n->helper = pair[0];
	if (pid < 0)
		return err_sys(e, "cannot fork");
	for (unsigned i = 0; i < NETNS_STOCK; i++)
		ask(n);
	return 0;
}

static int receive_fd(int socket)
{
	char byte;
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };
	ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int fd;

	if (n == 0 || (n < 0 && errno != EAGAIN))
		return -2;
	if (n < 0 || !CMSG_FIRSTHDR(&m) || CMSG_FIRSTHDR(&m)->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

bool netns_event(struct netns *n)
{
	int fd = receive_fd(n->helper);

	if (fd >= 0 && n->n_ready < NETNS_STOCK)
		n->ready[n->n_ready++] = fd;
	else if (fd >= 0)
		close(fd);
	return fd != -2;
}

int netns_take(struct netns *n)
{
	if (n->n_ready == 0)
		return -1;
	if (n->helper >= 0)
		ask(n);
	return n->ready[--n->n_ready];
}
