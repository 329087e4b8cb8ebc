/* The life of one request and its answer. */
#include "common/clock.h"
#include "common/mem.h"
#include "daemon/server/server_priv.h"

struct exchange *exchange_new(
        struct server *s, void *connection, const char *method, const char *path)
{
	struct exchange *x = xcalloc(1, sizeof(*x));

	x->server = s;
	x->connection = connection;
	x->method = xstrdup(method);
	x->path = xstrdup(path);
	x->arena = arena_new();
	x->body = (struct strbuf)STRBUF_INIT;
	x->headers = (struct strbuf)STRBUF_INIT;
	x->body_max = BODY_MAX;
	outbox_init(&x->out);
	x->next = s->exchanges;
	if (s->exchanges)
		s->exchanges->prev = x;
	s->exchanges = x;
	s->activity_ns = clock_ns();
	return x;
}

static void exchange_free(struct exchange *x)
{
	if (x->prev)
		x->prev->next = x->next;
	else
		x->server->exchanges = x->next;
	if (x->next)
		x->next->prev = x->prev;
	json_decref(x->req.json);
	outbox_release(&x->out);
	strbuf_release(&x->body);
	strbuf_release(&x->headers);
	arena_free(x->arena);
	free(x->method);
	free(x->path);
	free(x->part);
	free(x);
}

void exchange_over(struct exchange *x, bool complete)
{
	loop_fn *closed = x->closed, *over = x->over;
	void *over_arg = x->over_arg;

	x->closed = NULL;
	x->pull = NULL;
	x->server->activity_ns = clock_ns();
	if (closed && !(complete && x->ended))
		closed(x->closed_arg);
	exchange_free(x);
	if (over)
		over(over_arg);
}

void exchange_on_closed(struct exchange *x, loop_fn *fn, void *arg)
{
	x->closed = fn;
	x->closed_arg = arg;
}

void exchange_on_over(struct exchange *x, loop_fn *fn, void *arg)
{
	x->over = fn;
	x->over_arg = arg;
}

void exchange_on_pull(struct exchange *x, loop_fn *fn, void *arg)
{
	x->pull = fn;
	x->pull_arg = arg;
}

void exchange_take_body(struct exchange *x, body_fn *piece, loop_fn *whole, void *arg)
{
	x->piece = piece;
	x->whole = whole;
	x->taker = arg;
}

void exchange_hold_body(struct exchange *x)
{
	mhd_suspend(x);
}

void exchange_go_on(struct exchange *x)
{
	mhd_wake(x);
}

void exchange_cut(struct exchange *x)
{
	mhd_cut(x);
}

void exchange_wait(struct exchange *x)
{
	x->stage = STAGE_WAITING;
	mhd_suspend(x);
}
