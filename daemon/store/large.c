#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/store/store_priv.h"

#define LARGE (256u << 10) /* captured bytes that a record keeps */
#define LARGE_PLAN 2048u   /* tests of a run: 1 ms */

/* A record in the making: its line by the other thread, its place by the loop, its bytes by the
 * other thread again. */
struct large {
	struct store *s;
	struct work_pool *writers;
	char run_id[RUN_ID_MAX];
	struct event ev;
	struct strbuf line;
	struct reserved room;
	int rc;
	struct err e;
	stored_fn *done;
	void *arg;
};

static size_t kept_of(const struct step_result *s, size_t len)
{
	bool is_cut = s->verdict == VERDICT_PASS || s->verdict == VERDICT_SKIP;

	return is_cut && len > KEPT_OF_PASSED ? KEPT_OF_PASSED : len;
}

static size_t kept_of_all(const struct scenario_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_steps; i++) {
		const struct step_result *s = &r->steps[i];

		n += kept_of(s, s->out.len) + kept_of(s, s->err.len);
	}
	return n;
}

bool store_is_large(const struct event *ev)
{
	size_t n = 0;

	if (ev->kind == EV_RUN)
		return ev->run.plan && ev->run.plan->n_tests > LARGE_PLAN;
	if (ev->kind != EV_SCENARIO_END)
		return false;
	n = kept_of_all(ev->scenario_end);
	for (size_t i = 0; i < ev->scenario_end->n_before && n <= LARGE; i++)
		n += kept_of_all(ev->scenario_end->before[i]);
	return n > LARGE;
}

static void end_large(struct large *l)
{
	store_note_outcome(l->s, l->rc, &l->e);
	l->done(l->arg, l->rc, &l->e);
	strbuf_release(&l->line);
	free(l);
}

static void write_line(void *arg)
{
	struct large *l = arg;

	l->rc = reserved_write(&l->room, &l->line, &l->e);
}

static void on_written(void *arg)
{
	struct large *l = arg;

	if (l->rc == 0)
		atomic_fetch_add(&l->s->records, 1);
	segment_settle(&l->room);
	/* Who waits for it, and for what came behind it, waits for bytes that could not be taken.
	 */
	store_wake_if(l->s, true);
	end_large(l);
}

static int reserve(struct large *l)
{
	struct store *s = l->s;

	store_use_spare(s);
	if (store_has_room(s, &l->e) < 0 ||
	        segment_reserve(s->active, l->run_id, &l->line, &l->room, &l->e) < 0)
		return -1;
	atomic_fetch_add(&s->recorded, l->line.len);
	return 0;
}

static void on_line(void *arg)
{
	struct large *l = arg;
	struct err e;

	l->rc = reserve(l);
	if (l->rc < 0) {
		end_large(l);
		return;
	}
	if (work_submit(l->writers, write_line, on_written, l, &e) == 0)
		return;
	write_line(l); /* the thread has too much to do: here, then */
	on_written(l);
}

static void make_line(void *arg)
{
	struct large *l = arg;

	store_line(&l->ev, &l->line);
}

int store_record_large(struct store *s, struct work_pool *writers, const char *run_id,
        const struct event *ev, stored_fn *done, void *arg, struct err *e)
{
	struct large *l = xcalloc(1, sizeof(*l));

	*l = (struct large){
		.s = s,
		.writers = writers,
		.ev = *ev,
		.line = STRBUF_INIT,
		.done = done,
		.arg = arg,
	};
	snprintf(l->run_id, sizeof(l->run_id), "%s", run_id);
	if (!s->disabled && work_submit(writers, make_line, on_line, l, e) == 0)
		return 0;
	free(l);
	return s->disabled ? err_set(e, ERR_UNSUPPORTED, "history is off") : -1;
}
