/* tests/unit/server/bench.h - a handler, a request and its answer, without a socket.
 *
 * Takes the place of daemon/server/mhd.c: what would be queued for a connection is kept here.
 * Worker threads and the loop are real. For one test program alone: everything is static.
 */
#ifndef TESTS_UNIT_SERVER_BENCH_H
#define TESTS_UNIT_SERVER_BENCH_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/server/handlers.h"
#include "daemon/server/server_priv.h"
#include "tests/unit/check_main.h"

#define BENCH_PATIENCE (20 * NS_PER_S)

static struct server bench_server;
static struct exchange *bench_x;
static const char *bench_accept; /* of the next request */
static struct {
	bool answered;
	int status;
	char type[64];
	struct strbuf body, headers;
} bench_got;

/* ---- what mhd.c would do ---- */

const char *mhd_header(const struct exchange *x, const char *name)
{
	(void)x;
	return strcmp(name, "Accept") == 0 ? bench_accept : NULL;
}

/* The query stands behind '?' in bench_query: "a=1&b=2". */
static const char *bench_query;
const char *mhd_query(const struct exchange *x, const char *name)
{
	size_t n = strlen(name);

	for (const char *q = bench_query; q && *q; q += strcspn(q, "&"), q += *q == '&')
		if (strncmp(q, name, n) == 0 && q[n] == '=')
			return arena_strndup(x->arena, q + n + 1, strcspn(q + n + 1, "&"));
	return NULL;
}

void mhd_query_values(const struct exchange *x, const char *name,
        void (*each)(void *arg, const char *value), void *arg)
{
	const char *value = mhd_query(x, name);

	if (value)
		each(arg, value);
}

int mhd_fd(const struct exchange *x)
{
	(void)x;
	return -1;
}

const char *mhd_library(void)
{
	return "none";
}

void mhd_upgrade(struct exchange *x, const char *protocol, void (*fn)(void *arg, int fd), void *arg)
{
	(void)x, (void)protocol, (void)fn, (void)arg;
	ck_abort_msg("there is no connection that could be upgraded");
}

void mhd_upgraded_end(struct exchange *x)
{
	(void)x;
}

void mhd_suspend(struct exchange *x)
{
	x->suspended = true;
}

void mhd_be_patient(struct exchange *x)
{
	(void)x;
}

void mhd_cut(struct exchange *x)
{
	x->ended = true;
}

void mhd_wake(struct exchange *x)
{
	x->suspended = false;
}

void mhd_answer(struct exchange *x, bool stream)
{
	char part[4096];
	size_t n;

	ck_assert(!stream);
	ck_assert(!bench_got.answered);
	bench_got.answered = true;
	bench_got.status = x->status;
	snprintf(bench_got.type, sizeof(bench_got.type), "%s", x->type ? x->type : "");
	while ((n = outbox_take(&x->out, part, sizeof(part))) > 0)
		strbuf_add(&bench_got.body, part, n);
	strbuf_add(&bench_got.headers, x->headers.s, x->headers.len);
	if (bench_server.d.loop)
		loop_stop(bench_server.d.loop);
}

/* ---- requests ---- */

static void bench_late(void *arg)
{
	(void)arg;
	ck_abort_msg("no answer within 20 s");
}

static void bench_await(void)
{
	struct loop_timer *t;
	struct err e;

	ck_assert_ptr_nonnull(bench_server.d.loop);
	t = loop_timer_add(bench_server.d.loop, BENCH_PATIENCE, bench_late, NULL);
	while (!bench_got.answered)
		ck_assert_int_eq(loop_run(bench_server.d.loop, &e), 0);
	loop_timer_del(t);
}

struct bench_request {
	enum form form;
	enum inner inner;
	const char *part, *query, *body, *accept;
};

/* Runs the handler until it has answered. */
static void bench_ask(handler_fn *handler, const struct bench_request *q)
{
	struct exchange *x = exchange_new(&bench_server, NULL, "GET", "/v1/x");

	strbuf_reset(&bench_got.body);
	strbuf_reset(&bench_got.headers);
	bench_got.answered = false;
	bench_query = q->query;
	bench_accept = q->accept;
	bench_x = x;
	x->req = (struct request){ .server = &bench_server,
		.d = &bench_server.d,
		.x = x,
		.method = x->method,
		.path = x->path,
		.part = q->part,
		.form = q->form,
		.inner = q->inner,
		.style = { .columns = 100 },
		.body = q->body,
		.len = q->body ? strlen(q->body) : 0,
		.json = q->body ? json_loads(q->body, JSON_ALLOW_NUL, NULL) : NULL };
	handler(&x->req);
	if (!bench_got.answered)
		bench_await();
	exchange_over(x, true);
	bench_x = NULL;
}

/* The answer as JSON; the caller gives it back. */
static json_t *bench_json(void)
{
	json_error_t why;
	json_t *v = json_loadb(bench_got.body.s, bench_got.body.len, 0, &why);

	ck_assert_msg(v != NULL, "%s in %s", why.text, bench_got.body.s);
	return v;
}

static void bench_start(void)
{
	bench_got.body = bench_got.headers = (struct strbuf)STRBUF_INIT;
	bench_server.d.version = "1.0.0";
	bench_server.d.build = "1.0.0+test";
	snprintf(bench_server.instance, sizeof(bench_server.instance), "abc");
}

static void bench_stop(void)
{
	strbuf_release(&bench_got.body);
	strbuf_release(&bench_got.headers);
}

#endif
