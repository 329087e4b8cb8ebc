#include "daemon/server/live.h"

#include <string.h>

#include "common/mem.h"

/* ---- recent output ---- */

struct recent {
	struct recent *next;
	char *scenario, *step;
	bool is_stderr;
	uint64_t offset;
	size_t len;
	char data[];
};

/* What one costs; else many short lines would take many times the bound. */
static size_t recent_size(const struct recent *r)
{
	return sizeof(*r) + strlen(r->scenario) + strlen(r->step) + r->len;
}

static void recent_free(struct live *l, struct recent *r)
{
	l->recent_bytes -= recent_size(r);
	free(r->scenario);
	free(r->step);
	free(r);
}

static void drop_oldest(struct live *l)
{
	struct recent *r = l->recent;

	l->recent = r->next;
	if (!l->recent)
		l->recent_last = NULL;
	recent_free(l, r);
}

static void keep_output(struct live *l, const struct event *ev)
{
	struct recent *r = xcalloc(1, sizeof(*r) + ev->output.len);

	r->scenario = xstrdup(ev->output.scenario);
	r->step = xstrdup(ev->output.step);
	r->is_stderr = ev->output.is_stderr;
	r->offset = ev->output.offset;
	r->len = ev->output.len;
	memcpy(r->data, ev->output.data, r->len);
	if (l->recent_last)
		l->recent_last->next = r;
	else
		l->recent = r;
	l->recent_last = r;
	l->recent_bytes += recent_size(r);
	while (l->recent_bytes > RECENT_MAX)
		drop_oldest(l);
}

/* Its result is stored now. */
static void drop_scenario(struct live *l, const char *scenario)
{
	struct recent **at = &l->recent, *last = NULL;

	while (*at) {
		struct recent *r = *at;

		if (strcmp(r->scenario, scenario) != 0) {
			last = r;
			at = &r->next;
			continue;
		}
		*at = r->next;
		recent_free(l, r);
	}
	l->recent_last = last;
}

void live_replay(struct live *l, struct observer *o)
{
	for (const struct recent *r = l->recent; r; r = r->next) {
		const struct event ev = {
			.kind = EV_OUTPUT,
			.output = { .scenario = r->scenario,
			        .step = r->step,
			        .is_stderr = r->is_stderr,
			        .offset = r->offset,
			        .data = r->data,
			        .len = r->len },
		};

		o->event(o, &ev);
	}
}

/* ---- views ---- */

void view_add(struct server *s, struct view *v, struct human *human)
{
	*v = (struct view){
		.next = s->views, .server = s, .number = ++s->last_view, .human = human
	};
	s->views = v;
}

void view_remove(struct view *v)
{
	struct view **at = v->server ? &v->server->views : NULL;

	while (at && *at && *at != v)
		at = &(*at)->next;
	if (at && *at)
		*at = v->next;
	v->server = NULL;
}

struct view *view_find(const struct server *s, unsigned number)
{
	struct view *v = s->views;

	while (v && v->number != number)
		v = v->next;
	return v;
}

/* ---- the list ---- */

void live_add(struct server *s, struct live *l)
{
	l->server = s;
	l->prev = NULL;
	l->next = s->lives;
	if (s->lives)
		s->lives->prev = l;
	s->lives = l;
}

static void unlink_live(struct live *l)
{
	if (l->prev)
		l->prev->next = l->next;
	else
		l->server->lives = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->prev = l->next = NULL;
}

void live_over(struct live *l, const char *state)
{
	struct observer *o = l->observers;

	unlink_live(l);
	l->observers = NULL;
	while (l->recent)
		drop_oldest(l);
	while (o) {
		struct observer *next = o->next; /* over() may free it */

		o->live = NULL;
		o->over(o, state);
		o = next;
	}
}

struct live *live_find(const struct server *s, const char *id)
{
	for (struct live *l = s->lives; l; l = l->next)
		if (strcmp(l->id, id) == 0)
			return l;
	return NULL;
}

void live_cancel(struct live *l, const char *by)
{
	if (l->run)
		run_cancel(l->run, by);
	else if (l->try)
		try_cancel(l->try);
	else if (l->dev)
		dev_cancel(l->dev, by);
}

void live_observe(struct live *l, struct observer *o)
{
	o->live = l;
	o->next = l->observers;
	l->observers = o;
}

void live_forget(struct observer *o)
{
	struct observer **at = o->live ? &o->live->observers : NULL;

	while (at && *at && *at != o)
		at = &(*at)->next;
	if (at && *at)
		*at = o->next;
	o->live = NULL;
}

void live_event(struct live *l, const struct event *ev)
{
	if (ev->kind == EV_OUTPUT)
		keep_output(l, ev);
	else if (ev->kind == EV_SCENARIO_END)
		drop_scenario(l, ev->scenario_end->id);
	for (struct observer *o = l->observers, *next; o; o = next) {
		next = o->next;
		if (o->event)
			o->event(o, ev);
	}
}
