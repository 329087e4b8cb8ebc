/* A connection, a request, its answer: the daemon against the barest server. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/contestants.h"
#include "bench/http.h"
#include "common/clock.h"
#include "common/mem.h"

#define TARGET "/v1/version"
#define TRIPS 20 /* a sample is the mean of so many */
#define ECHO_PATIENCE_NS (5 * NS_PER_S)

struct trip {
	char *socket;
	struct strbuf request;
	pid_t echo; /* 0 = the daemon */
};

static struct trip *trip_new(struct entry *en, const char *socket)
{
	struct trip *t = xcalloc(1, sizeof(*t));

	t->socket = xstrdup(socket);
	t->request = (struct strbuf)STRBUF_INIT;
	http_request(&t->request, "GET", TARGET, NULL);
	en->state = t;
	return t;
}

int prepare_daemon_trip(struct entry *en, struct err *e)
{
	if (world_daemon(en->w, en->is->user, e) < 0)
		return -1;
	trip_new(en, en->w->who[en->is->user].socket);
	return 0;
}

/* As many bytes as the daemon answers. */
static int start_echo(struct trip *t, size_t bytes, struct err *e)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 8);
	AUTO_STR size = xasprintf("%zu", bytes);
	const char *const argv[] = { self, t->socket, size, NULL };
	int64_t until = clock_ns() + ECHO_PATIENCE_NS;

	if (n <= 0)
		return err_sys(e, "cannot find the echo server");
	snprintf(self + n - 5, 5, "echo"); /* bench -> echo */
	t->echo = command_start(&(struct command){ .argv = argv, .dir = "/", .out = -1 }, e);
	while (t->echo > 0 && access(t->socket, F_OK) < 0 && clock_ns() < until)
		nanosleep(&(struct timespec){ .tv_nsec = NS_PER_MS }, NULL);
	return t->echo > 0 ? 0 : -1;
}

int prepare_echo_trip(struct entry *en, struct err *e)
{
	AUTO_STR socket = xasprintf("%s/echo.sock", en->w->dir);
	AUTO_STRBUF answer = STRBUF_INIT;
	struct trip *t;

	if (world_daemon(en->w, en->is->user, e) < 0)
		return -1;
	t = trip_new(en, socket);
	if (http_exchange(en->w->who[en->is->user].socket, t->request.s, t->request.len, &answer,
	            NULL, e) < 0)
		return -1;
	return start_echo(t, answer.len, e);
}

int trip_once(struct entry *en, double *out, struct err *e)
{
	struct trip *t = en->state;
	AUTO_STRBUF answer = STRBUF_INIT;
	double ms, sum = 0;

	for (unsigned i = 0; i < TRIPS; i++) {
		strbuf_reset(&answer);
		if (http_exchange(t->socket, t->request.s, t->request.len, &answer, &ms, e) < 0)
			return -1;
		if (answer.len == 0)
			return err_set(e, ERR_INVALID, "an empty answer");
		sum += ms;
	}
	out[0] = sum / TRIPS * 1000;
	return 0;
}

void trip_release(struct entry *en)
{
	struct trip *t = en->state;

	if (!t)
		return;
	if (t->echo > 0) {
		kill(t->echo, SIGTERM);
		waitpid(t->echo, NULL, 0);
	}
	free(t->socket);
	strbuf_release(&t->request);
	free(t);
	en->state = NULL;
}
