#include "daemon/server/pour.h"

#include "common/mem.h"

struct pour {
	struct request *r;
	struct loop_timer *timer;
	struct strbuf text;
	size_t sent;
};

static void free_pour(void *arg)
{
	struct pour *p = arg;

	loop_timer_del(p->timer);
	strbuf_release(&p->text);
	free(p);
}

static void put(struct request *r, const char *s, size_t n)
{
	if (r->form == FORM_FRAMES)
		stream_frame(r->x, 'o', s, n);
	else
		stream_write(r->x, s, n);
}

static void pour(void *arg)
{
	struct pour *p = arg;
	struct request *r = p->r;
	size_t left = p->text.len - p->sent, n = left < POUR_SLICE ? left : POUR_SLICE;

	p->timer = NULL;
	if (n)
		put(r, p->text.s + p->sent, n);
	p->sent += n;
	if (n < left) {
		p->timer = loop_timer_add(r->d->loop, 0, pour, p);
		return;
	}
	exchange_on_closed(r->x, NULL, NULL);
	if (r->form == FORM_FRAMES)
		stream_exit(r->x, 0);
	stream_end(r->x);
	free_pour(p);
}

void pour_text(struct request *r, struct strbuf *text)
{
	struct pour *p = xcalloc(1, sizeof(*p));

	p->r = r;
	p->text = *text;
	*text = (struct strbuf)STRBUF_INIT;
	exchange_on_closed(r->x, free_pour, p);
	pour(p);
}
