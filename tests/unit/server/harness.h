/* tests/unit/server/harness.h - requests without a socket: what mhd.c and server.c do with a
 * connection, done by hand. */
#ifndef TESTS_UNIT_SERVER_HARNESS_H
#define TESTS_UNIT_SERVER_HARNESS_H

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/server/server_priv.h"

#define PAIRS_MAX 16

/* One connection: request headers, query, and what was answered. */
struct bed {
	struct server server;
	struct exchange x;
	const char *header[PAIRS_MAX][2], *query[PAIRS_MAX][2];
	bool queued;
	struct strbuf sent; /* what the client has read */
};

static struct bed *bed_of(const struct exchange *x)
{
	return (struct bed *)((uintptr_t)x - offsetof(struct bed, x));
}

static const char *find_pair(const char *const (*pairs)[2], const char *name)
{
	for (size_t i = 0; i < PAIRS_MAX && pairs[i][0]; i++)
		if (strcmp(pairs[i][0], name) == 0)
			return pairs[i][1];
	return NULL;
}

const char *mhd_header(const struct exchange *x, const char *name)
{
	return find_pair(bed_of(x)->header, name);
}

const char *mhd_query(const struct exchange *x, const char *name)
{
	return find_pair(bed_of(x)->query, name);
}

void mhd_answer(struct exchange *x, bool stream)
{
	(void)stream;
	ck_assert(!bed_of(x)->queued); /* one answer to one request */
	bed_of(x)->queued = true;
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

void exchange_wait(struct exchange *x)
{
	x->stage = STAGE_WAITING;
	mhd_suspend(x);
}

void exchange_on_closed(struct exchange *x, loop_fn *fn, void *arg)
{
	x->closed = fn;
	x->closed_arg = arg;
}

void exchange_on_pull(struct exchange *x, loop_fn *fn, void *arg)
{
	x->pull = fn;
	x->pull_arg = arg;
}

void exchange_go_on(struct exchange *x)
{
	mhd_wake(x);
}

static void bed_open(struct bed *b, enum form form, enum inner inner)
{
	*b = (struct bed){ 0 };
	b->sent = (struct strbuf)STRBUF_INIT;
	b->server.d.build = "1.0.0+test";
	b->x.server = &b->server;
	b->x.path = xstrdup("/v1/test");
	b->x.headers = b->x.body = (struct strbuf)STRBUF_INIT;
	outbox_init(&b->x.out);
	b->x.req = (struct request){ .server = &b->server,
		.d = &b->server.d,
		.x = &b->x,
		.path = b->x.path,
		.form = form,
		.inner = inner,
		.style = { .columns = 100, .ascii = true } };
}

static void bed_close(struct bed *b)
{
	json_decref(b->x.req.json);
	outbox_release(&b->x.out);
	free(b->x.path);
	strbuf_release(&b->x.headers);
	strbuf_release(&b->sent);
}

/* The client reads all that is there. */
static const char *bed_read(struct bed *b)
{
	char part[4096];

	for (size_t n; (n = outbox_take(&b->x.out, part, sizeof(part))) > 0;)
		strbuf_add(&b->sent, part, n);
	return b->sent.s;
}

static bool bed_has(struct bed *b, const char *what)
{
	bed_read(b);
	return memmem(b->sent.s, b->sent.len, what, strlen(what)) != NULL;
}

#endif
