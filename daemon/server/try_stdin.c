/* POST /v1/try/{id}/stdin: the rest of a command's stdin, as it comes. */
#include "daemon/server/try_stdin.h"

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/missing.h"
#include "daemon/wire/wire.h"

/* What still comes when nobody reads any more: so much, and so long, that a body which was under
 * way gets its answer. Then the connection ends, which is to its sender what EPIPE is at a pipe. */
#define UNREAD_MAX (16u << 20)
#define UNREAD_NS NS_PER_S

struct upload {
	struct try_stdin *in; /* NULL: nobody reads */
	struct request *r;
	uint64_t bytes, unread;
	struct loop_timer *patience;
};

static void free_upload(struct upload *u)
{
	loop_timer_del(u->patience);
	free(u);
}

static void on_patience(void *arg)
{
	struct upload *u = arg;

	u->patience = NULL;
	exchange_cut(u->r->x);
}

/* From here on the body is thrown away. */
static void forget_reader(struct upload *u)
{
	u->in->upload = NULL;
	u->in = NULL;
	u->patience = loop_timer_add(u->r->d->loop, UNREAD_NS, on_patience, u);
	exchange_go_on(u->r->x);
}

/* ---- the body ---- */

static void on_piece(void *arg, const void *p, size_t n)
{
	struct upload *u = arg;

	u->bytes += n;
	if (u->in) {
		if (!try_feed(u->in->live->try, p, n))
			exchange_hold_body(u->r->x);
		return;
	}
	if (u->unread <= UNREAD_MAX && u->unread + n > UNREAD_MAX)
		exchange_cut(u->r->x);
	u->unread += n;
}

static void on_whole(void *arg)
{
	struct upload *u = arg;
	AUTO_STRBUF json = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	json_obj(&j, NULL);
	json_uint(&j, "bytes", u->bytes);
	json_bool(&j, "closed", !u->in);
	json_end(&j);
	strbuf_addc(&json, '\n');
	exchange_on_closed(u->r->x, NULL, NULL);
	if (u->in) {
		u->in->upload = NULL;
		try_feed_end(u->in->live->try);
	}
	answer(u->r, 0, &json, NULL);
	free_upload(u);
}

/* Half of a stdin must not pass for a whole one. */
static void on_closed(void *arg)
{
	struct upload *u = arg;
	struct try_stdin *in = u->in;

	exchange_take_body(u->r->x, NULL, NULL, NULL);
	free_upload(u);
	if (!in)
		return;
	in->upload = NULL;
	try_feed_broken(in->live->try);
}

/* ---- the try's side ---- */

void try_stdin_open(struct try_stdin *in, struct live *l)
{
	in->live = l;
	l->in = in;
	l->server->open_stdins++;
}

void try_stdin_fed(struct try_stdin *in, bool closed)
{
	struct upload *u = in->upload;

	in->closed |= closed;
	if (u && closed)
		forget_reader(u);
	else if (u)
		exchange_go_on(u->r->x);
}

void try_stdin_over(struct try_stdin *in)
{
	if (!in->live)
		return;
	if (in->upload)
		forget_reader(in->upload);
	in->live->server->open_stdins--;
	in->live = NULL;
}

/* ---- the request ---- */

static void refuse_absent(struct request *r)
{
	AUTO_STRBUF why = STRBUF_INIT;

	strbuf_printf(&why, "no try '%.32s' runs", r->part);
	answer_missing(
	        r, &(struct missing){ "not-found", "try", r->part, (const char *const[]){ NULL },
	                   why.s, "its id is in the header Clnrm-Run of its answer" });
}

void handle_try_stdin(struct request *r)
{
	struct live *l = live_find(r->server, r->part);
	struct upload *u;

	if (!l || !l->try) {
		refuse_absent(r);
		return;
	}
	if (!l->in || l->in->used) {
		answer_problem(r, "conflict", 1,
		        l->in ? "its stdin has been sent" : "its stdin was whole in its request",
		        "say \"stdin_open\": true, and send one body", NULL);
		return;
	}
	u = xcalloc(1, sizeof(*u));
	u->in = l->in;
	u->r = r;
	u->in->upload = u;
	u->in->used = true;
	exchange_take_body(r->x, on_piece, on_whole, u);
	exchange_on_closed(r->x, on_closed, u);
	if (u->in->closed)
		forget_reader(u);
}
