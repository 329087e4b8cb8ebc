/* POST /v1/report: a result that somebody has as JSON, in another form. */
#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/offload.h"
#include "daemon/server/runs_document.h"
#include "daemon/wire/wire.h"

#define RESULT_MAX (256u << 20)

struct given {
	struct offload o;
	struct request *r;
	struct strbuf text, out;
	enum inner form;
	struct document how;
	char *name; /* what messages call it; NULL: it has none */
	bool made;
	struct err e;
};

static void release(struct offload *o)
{
	struct given *g = (struct given *)o;

	strbuf_release(&g->text);
	strbuf_release(&g->out);
	free(g->name);
	free(g);
}

static void work(struct offload *o)
{
	struct given *g = (struct given *)o;
	CLEANUP(run_result_free)
	struct run_result *r = wire_read_run(g->text.s, g->text.len, &g->e);

	g->made = r != NULL;
	if (!r && g->name)
		err_wrap(&g->e, "'%s'", g->name);
	strbuf_release(&g->text);
	if (r)
		document_write(g->form, r, &g->how, &g->out);
}

static void reply(struct offload *o)
{
	struct given *g = (struct given *)o;

	if (g->made)
		answer_text(o->r, document_type(g->form), &g->out);
	else
		answer_problem(o->r, "result-invalid", 4, g->e.msg,
		        "it is what 'clnrm run --format json' prints", NULL);
}

static void on_piece(void *arg, const void *p, size_t n)
{
	struct given *g = arg;

	if (g->text.len + n > RESULT_MAX)
		exchange_cut(g->r->x);
	else
		strbuf_add(&g->text, p, n);
}

static void on_whole(void *arg)
{
	struct given *g = arg;

	exchange_on_closed(g->r->x, NULL, NULL);
	offload(g->r, &g->o);
}

static void on_closed(void *arg)
{
	struct given *g = arg;

	exchange_take_body(g->r->x, NULL, NULL, NULL);
	release(&g->o);
}

void handle_report(struct request *r)
{
	enum inner form = INNER_HTML;
	struct document how = { .verbosity = r->style.verbosity };

	if (!document_read_form(r, "one of: " DOCUMENT_FORMS, &form) ||
	        !document_read_dialect(r, &how.dialect))
		return;
	struct given *g = xcalloc(1, sizeof(*g));

	g->o = (struct offload){ .work = work, .answer = reply, .release = release };
	g->r = r;
	g->text = g->out = (struct strbuf)STRBUF_INIT;
	g->form = form;
	g->how = how;
	if (request_query(r, "name"))
		g->name = xstrdup(request_query(r, "name"));
	exchange_take_body(r->x, on_piece, on_whole, g);
	exchange_on_closed(r->x, on_closed, g);
}
