/* daemon/sandbox/init/visits.c - processes that join the sandbox beside its batch: each is the one
 * step of a batch of its own, so that streams, stdin and exits are those of any step. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

struct visit {
	struct visit *next;
	uint32_t number;
	struct steps *steps;
};

struct visits {
	const struct rights *rights;
	struct strbuf *out;
	struct visit *first;
	size_t n;
};

struct visits *visits_new(const struct rights *rights, struct strbuf *out)
{
	struct visits *v = xcalloc(1, sizeof(*v));

	v->rights = rights;
	v->out = out;
	return v;
}

static void drop(struct visits *v, struct visit **at)
{
	struct visit *x = *at;

	*at = x->next;
	v->n--;
	steps_free(x->steps);
	free(x);
}

/* One whose process is gone: only what it left behind still holds its streams. */
static bool drop_oldest_ended(struct visits *v)
{
	for (struct visit **at = &v->first; *at; at = &(*at)->next) {
		if (steps_is_running((*at)->steps))
			continue;
		drop(v, at);
		return true;
	}
	return false;
}

static void refuse(struct visits *v, uint32_t number)
{
	const struct agent_exit x = { .kind = AGENT_EXIT_NOEXEC,
		.value = EAGAIN,
		.what = AGENT_WHAT_OTHER,
		.detail = "too many commands run in the sandbox" };

	agent_put_exit(v->out, number, &x);
}

int visits_exec(
        struct visits *v, struct strbuf *buffer, const struct agent_record *r, struct err *e)
{
	struct visit **at = &v->first;
	struct visit *x;

	if (r->step < AGENT_FIRST_VISIT || visits_find(v, r->step))
		return err_set(e, ERR_INVALID, "%u is no number for a visit", r->step);
	if (v->n >= AGENT_MAX_VISITS && !drop_oldest_ended(v)) {
		refuse(v, r->step);
		return 0;
	}
	while (*at)
		at = &(*at)->next;
	x = *at = xcalloc(1, sizeof(*x));
	x->number = r->step;
	x->steps = steps_new(v->rights, r->step, NULL, v->out);
	v->n++;
	return steps_visit(x->steps, buffer, r, e);
}

struct steps *visits_find(const struct visits *v, uint32_t number)
{
	for (const struct visit *x = v->first; x; x = x->next)
		if (x->number == number)
			return x->steps;
	return NULL;
}

size_t visits_poll_max(const struct visits *v)
{
	size_t n = 0;

	for (const struct visit *x = v->first; x; x = x->next)
		n += steps_poll_max(x->steps);
	return n;
}

size_t visits_poll(const struct visits *v, struct pollfd *p, bool full)
{
	size_t n = 0;

	for (const struct visit *x = v->first; x; x = x->next)
		n += steps_poll(x->steps, p + n, full);
	return n;
}

void visits_ready(struct visits *v, const struct pollfd *p, size_t n)
{
	size_t at = 0;

	for (struct visit *x = v->first; x && at < n; x = x->next) {
		size_t mine = steps_poll_max(x->steps);

		steps_ready(x->steps, p + at, mine < n - at ? mine : n - at);
		at += mine;
	}
}

bool visits_have(const struct visits *v, pid_t pid)
{
	for (const struct visit *x = v->first; x; x = x->next)
		if (steps_have(x->steps, pid))
			return true;
	return false;
}

bool visits_own(const struct visits *v, const struct tree *t, size_t i)
{
	for (const struct visit *x = v->first; x; x = x->next)
		if (steps_own(x->steps, t, i))
			return true;
	return false;
}

bool visits_reaped(struct visits *v, pid_t pid, int status, const struct rusage *ru)
{
	for (struct visit *x = v->first; x; x = x->next)
		if (steps_reaped(x->steps, pid, status, ru))
			return true;
	return false;
}

void visits_proceed(struct visits *v)
{
	for (struct visit **at = &v->first; *at;) {
		steps_proceed((*at)->steps);
		if (steps_over((*at)->steps))
			drop(v, at);
		else
			at = &(*at)->next;
	}
}

bool visits_pass(struct visits *v, int socket)
{
	for (struct visit *x = v->first; x; x = x->next)
		if (!steps_pass(x->steps, socket))
			return false;
	return true;
}

bool visits_wait_for_room(const struct visits *v)
{
	for (const struct visit *x = v->first; x; x = x->next)
		if (steps_wait_for_room(x->steps))
			return true;
	return false;
}
