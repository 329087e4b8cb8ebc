#include "bench/http.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/clock.h"

static int dial(const char *path, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(sa.sun_path))
		return err_sys(e, "socket");
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return err_sys(e, "cannot connect");
	return steal_fd(&fd);
}

int http_exchange(const char *path, const char *request, size_t len, struct strbuf *answer,
        double *ms, struct err *e)
{
	char piece[16384];
	int64_t began = clock_ns();
	AUTO_FD fd = dial(path, e);
	ssize_t n;

	if (fd < 0)
		return -1;
	if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		return err_sys(e, "cannot send the request");
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		strbuf_add(answer, piece, (size_t)n);
	if (n < 0)
		return err_sys(e, "cannot read the answer");
	if (ms)
		*ms = (double)(clock_ns() - began) / NS_PER_MS;
	return 0;
}

void http_request(struct strbuf *out, const char *method, const char *target, const char *body)
{
	strbuf_printf(out, "%s %s HTTP/1.0\r\nHost: clnrm\r\nAccept: application/json\r\n", method,
	        target);
	if (body)
		strbuf_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
		        strlen(body));
	strbuf_printf(out, "\r\n%s", body ? body : "");
}

json_t *http_json(
        const char *path, const char *method, const char *target, const char *body, struct err *e)
{
	AUTO_STRBUF request = STRBUF_INIT, answer = STRBUF_INIT;
	const char *text;
	int status = 0;
	json_t *j;

	http_request(&request, method, target, body);
	if (http_exchange(path, request.s, request.len, &answer, NULL, e) < 0)
		return NULL;
	text = strstr(answer.s, "\r\n\r\n");
	if (sscanf(answer.s, "HTTP/%*d.%*d %d", &status) != 1 || status / 100 != 2 || !text) {
		err_set(e, ERR_SYS, "%s %s: status %d: %.200s", method, target, status,
		        text ? text + 4 : answer.s);
		return NULL;
	}
	j = json_loads(text + 4, 0, NULL);
	if (!j)
		err_set(e, ERR_INVALID, "%s %s: the answer is no JSON", method, target);
	return j;
}
