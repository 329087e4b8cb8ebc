/* echo SOCKET BYTES: the least that a server can do. One epoll loop on a Unix socket; each
 * connection sends a request that ends with an empty line and gets BYTES bytes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char answer[65536];

static int listener(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(sa.sun_path))
		return -1;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 128) < 0)
		return -1;
	return fd;
}

static void serve(int fd, size_t bytes)
{
	char request[4096];
	ssize_t n = recv(fd, request, sizeof(request), 0);

	if (n >= 4 && memcmp(request + n - 4, "\r\n\r\n", 4) == 0)
		n = send(fd, answer, bytes, MSG_NOSIGNAL);
	if (n < 0)
		perror("echo");
	close(fd);
}

int main(int argc, char **argv)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), listening = argc == 3 ? listener(argv[1]) : -1;
	size_t bytes = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = listening };

	if (listening < 0 || bytes > sizeof(answer) || write(1, "\n", 1) != 1)
		return 1;
	memset(answer, 'x', sizeof(answer));
	epoll_ctl(ep, EPOLL_CTL_ADD, listening, &ev);
	while (epoll_wait(ep, &ev, 1, -1) >= 0) {
		int fd = ev.data.fd;

		if (fd != listening) {
			serve(fd, bytes);
			continue;
		}
		fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		ev = (struct epoll_event){ .events = EPOLLIN, .data.fd = fd };
		if (fd >= 0)
			epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	}
	return 0;
}
