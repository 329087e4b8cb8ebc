#include "client/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CONNECT_S 10 /* a full backlog of a stuck daemon */

struct sockaddr_un link_address(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memcpy(sa.sun_path, path, strlen(path)); /* at most SOCKET_PATH_MAX: where_init() */
	return sa;
}

/* The peer must be this user or root: the directory says so already, unless it was swapped. */
static int check_peer(int fd, const struct where *w, struct fault *f)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	        (peer.uid == getuid() || peer.uid == 0))
		return 0;
	return fault_set(f, "socket-owner", "the process that listens at '%s' is not of this user",
	        w->socket);
}

static int connect_to(const struct where *w, struct fault *f)
{
	const struct timeval limit = { .tv_sec = CONNECT_S };
	const struct sockaddr_un sa = link_address(w->socket);
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fault_set(f, "daemon-start", "cannot make a socket: %s", strerror(errno));
	/* Blocking: a connect that does not block fails with EAGAIN when the backlog is full. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return -1;
		return fault_set(
		        f, "daemon-died", "cannot connect to '%s': %s", w->socket, strerror(errno));
	}
	if (check_peer(fd, w, f) < 0)
		return -1;
	return steal_fd(&fd);
}

int link_open(const struct where *w, struct fault *f)
{
	fault_reset(f);
	return where_check(w, f) == 1 ? connect_to(w, f) : -1;
}
