/* What scenarios are told whose preparation failed: its steps as they went, before their own. */
#include <string.h>

#include "daemon/run/exec_priv.h"
#include "daemon/run/prepare_priv.h"

static const struct step_result *failed_step(const struct scenario_result *res)
{
	for (size_t i = 0; res && i < res->n_steps; i++)
		if (res->steps[i].verdict > VERDICT_SKIP)
			return &res->steps[i];
	return NULL;
}

static const struct failure *first_failure(const struct scenario_result *res)
{
	const struct step_result *s = failed_step(res);

	if (s && s->n_failures)
		return &s->failures[0];
	return res && res->n_failures ? &res->failures[0] : NULL;
}

void prepare_note_failure(struct run *run, struct run_prepare *e, const struct scenario_result *res,
        const struct err *why)
{
	struct arena *a = run->arena;
	const struct step_result *s = failed_step(res);
	const struct failure *f = first_failure(res);
	struct prepare_failure *out = arena_alloc(a, sizeof(*out));

	out->message =
	        why      ? arena_printf(a, "preparation failed: %s", why->msg)
	        : s && f ? arena_printf(a, "preparation failed: step '%s': %s", s->name, f->message)
	        : f      ? arena_printf(a, "preparation failed: %s", f->message)
	                 : "preparation failed";
	out->hint = f && !why ? arena_strdup(a, f->hint) : NULL;
	/* The one that a worker may still look at is not ours to count. */
	out->res = res ? scenario_result_ref((struct scenario_result *)(uintptr_t)res) : NULL;
	e->failure = out;
}

/* ---- its steps ---- */

static struct captured copy_stream(const struct captured *c, struct arena *a)
{
	struct captured out = *c;

	out.data = arena_memdup(a, c->data ? c->data : "", c->len);
	out.arrival = arena_strdup(a, c->arrival);
	return out;
}

static struct failure copy_failure(const struct failure *f, struct arena *a)
{
	struct failure out = *f;

	out.assertion = arena_strdup(a, f->assertion);
	out.message = arena_strdup(a, f->message);
	out.expected = arena_strdup(a, f->expected);
	out.actual = arena_strdup(a, f->actual);
	out.diff = arena_strdup(a, f->diff);
	out.step = arena_strdup(a, f->step);
	out.file = arena_strdup(a, f->file);
	out.hint = arena_strdup(a, f->hint);
	return out;
}

static void copy_step(const struct step_result *from, struct step_result *out, struct arena *a)
{
	*out = *from;
	out->name = arena_printf(a, "prepare: %s", from->name);
	out->argv = list_copy(&from->argv, a);
	out->out = copy_stream(&from->out, a);
	out->err = copy_stream(&from->err, a);
	out->failures = arena_array(a, from->n_failures + 1, sizeof(*out->failures));
	for (size_t i = 0; i < from->n_failures; i++)
		out->failures[i] = copy_failure(&from->failures[i], a);
	out->captures = NULL;
	out->n_captures = 0;
	out->updates = NULL;
	out->n_updates = 0;
	out->setup = true;
	out->teardown = false;
}

static void show_steps(struct exec *x, const struct scenario_result *res)
{
	struct scenario_result *mine = x->res;
	struct step_result *v = arena_array(x->a, res->n_steps + mine->n_steps + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < res->n_steps; i++)
		copy_step(&res->steps[i], &v[n++], x->a);
	for (size_t i = 0; i < mine->n_steps; i++)
		v[n++] = mine->steps[i];
	for (size_t i = 0; i < n; i++)
		v[i].index = (unsigned)i;
	mine->steps = v;
	mine->n_steps = n;
}

void prepare_tell_failure(struct exec *x, const struct run_prepare *e)
{
	struct prepare_failure *f = e->failure;
	const char *hint = f ? f->hint : NULL;

	if (!f) {
		exec_error(x, REASON_IMAGE, e->why.msg, NULL);
		return;
	}
	/* Whoever steps in finds the preparation as it failed. */
	if (f->res && f->res->kept)
		x->res->kept = arena_strdup(x->a, f->res->kept);
	/* Once for all: it may be long, and it is the same. */
	if (f->res && !f->told) {
		f->told = arena_strdup(x->run->arena, x->res->id);
		show_steps(x, f->res);
	} else if (f->told) {
		hint = arena_printf(x->a, "its output is with '%s'", f->told);
	}
	exec_error(x, REASON_IMAGE, f->message, hint);
}
