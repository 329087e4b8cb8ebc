#include "daemon/server/live.h"

#include <string.h>

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
	for (struct observer *o = l->observers, *next; o; o = next) {
		next = o->next;
		if (o->event)
			o->event(o, ev);
	}
}
