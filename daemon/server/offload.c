#include "daemon/server/offload.h"

static void on_closed(void *arg)
{
	struct offload *o = arg;

	o->r = NULL;
}

static void run_work(void *arg)
{
	struct offload *o = arg;

	o->work(o);
}

static void work_done(void *arg)
{
	struct offload *o = arg;

	if (o->r) {
		exchange_on_closed(o->r->x, NULL, NULL); /* what answers may wait for more */
		o->answer(o);
	}
	o->release(o);
}

void offload(struct request *r, struct offload *o)
{
	struct err e;

	o->r = r;
	if (work_submit(r->d->work, run_work, work_done, o, &e) < 0) {
		answer_err(r, &e);
		o->release(o);
		return;
	}
	exchange_on_closed(r->x, on_closed, o);
	exchange_wait(r->x);
}
