#include "daemon/server/deadlines.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/model/assertion.h"

/* ---- what was not looked up ---- */

/* What ran in the run itself, in an image that is known. */
static bool has_pace(const struct run_result *r, const struct scenario_result *s)
{
	return r->silence_floor_ns && !s->cached && s->receipt && s->receipt->image_digest;
}

/* Of one attempt at s, in the image that all attempts have. */
static struct pace pace_of(const struct run_result *r, const struct scenario_result *s,
        const struct scenario_result *attempt)
{
	struct pace p = {
		.cwd = r->cwd,
		.file = s->file,
		.scenario = s->id,
		.image_digest = s->receipt->image_digest,
		.before_wall_ns = r->started_wall_ns,
		.steps = arena_array(r->arena, attempt->n_steps + 1, sizeof(*p.steps)),
		.n_steps = attempt->n_steps,
	};

	for (size_t i = 0; i < attempt->n_steps; i++)
		p.steps[i] = (struct pace_step){ .name = attempt->steps[i].name,
			.argv = &attempt->steps[i].argv };
	return p;
}

static void take_pace(const struct run_result *r, struct scenario_result *s, const struct pace *p)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		struct step_result *x = &s->steps[i];

		if (!x->silence.ns && !x->silence.never && x->ran)
			x->silence = pace_silence(&p->steps[i], &x->deadline, r->silence_floor_ns);
	}
}

/* The attempts whose deadlines are looked up, and what by. */
struct lookups {
	const struct run_result *r;
	struct scenario_result **of;
	struct pace *v;
	size_t n, cap_of, cap_v;
};

static void add_lookup(
        struct lookups *l, const struct scenario_result *s, struct scenario_result *attempt)
{
	l->of = xgrow(l->of, &l->cap_of, l->n + 1, sizeof(*l->of));
	l->v = xgrow(l->v, &l->cap_v, l->n + 1, sizeof(*l->v));
	l->of[l->n] = attempt;
	l->v[l->n++] = pace_of(l->r, s, attempt);
}

static void add_attempts(struct lookups *l, struct scenario_result *s)
{
	for (size_t i = 0; i < s->n_before; i++)
		add_lookup(l, s, s->before[i]);
	add_lookup(l, s, s);
}

void deadlines_fill(struct store *s, struct run_result *r)
{
	struct lookups l = { .r = r };
	struct err e;

	for (size_t t = 0; t < r->n_tests; t++)
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			if (r->tests[t].scenarios[i] && has_pace(r, r->tests[t].scenarios[i]))
				add_attempts(&l, r->tests[t].scenarios[i]);
	if (l.n && store_pace(s, l.v, l.n, &e) < 0)
		log_debug("deadlines of run %s: %s", r->id, e.msg);
	for (size_t i = 0; i < l.n; i++)
		take_pace(r, l.of[i], &l.v[i]);
	free(l.v);
	free(l.of);
}

/* ---- for people ---- */

/* A deadline is written in full: "90 s", where what something took is "1 min". */
static void add_span(int64_t ns, struct strbuf *out)
{
	if (ns >= 60 * NS_PER_S && ns % NS_PER_S == 0)
		strbuf_printf(out, "%lld s", (long long)(ns / NS_PER_S));
	else
		dur_format(out, ns);
}

static void add_deadline(const struct deadline *d, struct strbuf *out)
{
	strbuf_adds(out, "deadline ");
	if (!d->ns) {
		strbuf_adds(out, "none");
		return;
	}
	add_span(d->ns, out);
	strbuf_printf(out, " (%s)", deadline_source_names[d->source]);
}

/* "2.0 s of silence (learnt: slowest of 20 passes 0.11 s, floor 2 s)" */
static void add_silence(const struct silence *s, struct strbuf *out)
{
	add_span(s->ns, out);
	strbuf_printf(out, " of silence (learnt: slowest of %u pass%s ", s->passes,
	        s->passes == 1 ? "" : "es");
	dur_format(out, s->slowest_ns);
	strbuf_adds(out, ", floor ");
	add_span(s->floor_ns, out);
	strbuf_addc(out, ')');
}

/* What ended by a deadline may have done so by another than its own: a step by that of its
 * scenario. */
static void add_met(
        enum reason reason, double took_ms, const struct deadline *d, struct strbuf *out)
{
	bool own = took_ms * NS_PER_MS >= (double)d->ns;

	if (reason == REASON_LEARNT_DEADLINE || (reason == REASON_TIMEOUT && d->ns && own))
		strbuf_adds(out, ": met");
}

void deadline_text(const struct deadline *d, const struct silence *silence, struct strbuf *out)
{
	if (d->source == DEADLINE_LEARNT) {
		strbuf_adds(out, "deadline ");
		add_silence(silence, out);
		return;
	}
	add_deadline(d, out);
	if (silence && silence->ns) {
		strbuf_adds(out, ", ");
		add_silence(silence, out);
	}
}

static void add_step(const struct step_result *s, struct strbuf *out)
{
	strbuf_adds(out, "  step ");
	strbuf_add_visible(out, s->name, strlen(s->name));
	strbuf_adds(out, "  ");
	deadline_text(&s->deadline, &s->silence, out);
	add_met(s->reason, s->duration_ms, &s->deadline, out);
	strbuf_addc(out, '\n');
}

static void add_end(const struct scenario_result *s, const struct deadline *d, struct strbuf *out)
{
	if (s->reason == REASON_TIMEOUT && s->reason_text)
		strbuf_printf(out, ": %s", s->reason_text);
	else if (s->reason == REASON_TIMEOUT)
		add_met(s->reason, s->duration_ms, d, out);
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < s->n_steps; i++)
		if (s->steps[i].ran)
			add_step(&s->steps[i], out);
}

static void add_head(const struct scenario_result *s, size_t attempt, struct strbuf *out)
{
	strbuf_adds(out, "deadlines  ");
	strbuf_add_visible(out, s->id, strlen(s->id));
	if (s->n_before)
		strbuf_printf(out, "  attempt %zu of %zu", attempt, s->n_before + 1);
	strbuf_adds(out, "  ");
	add_deadline(&s->deadline, out);
}

/* All attempts have the deadline of the scenario, each for itself. How long one waited for its
 * sandbox has no part in it, and is known of the last. */
static void add_scenario(const struct scenario_result *s, struct strbuf *out)
{
	for (size_t i = 0; i < s->n_before; i++) {
		add_head(s, i + 1, out);
		add_end(s->before[i], &s->deadline, out);
	}
	add_head(s, s->n_before + 1, out);
	strbuf_adds(out, ", after ");
	dur_format(out, (int64_t)(s->queued_ms * NS_PER_MS));
	strbuf_adds(out, " for its sandbox");
	add_end(s, &s->deadline, out);
}

/* What became of assertions is a result that nothing was waited for. */
static bool has_deadlines(const struct scenario_result *s)
{
	return s && s->started_wall_ns && strcmp(s->name, ASSERTIONS_NAME) != 0;
}

void deadlines_text(const struct run_result *r, struct strbuf *out)
{
	if (!r->silence_floor_ns)
		strbuf_adds(out, "deadlines  none is learnt: CI is set, or "
		                 "test_execution.adaptive_deadlines = false\n");
	for (size_t t = 0; t < r->n_tests; t++)
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			if (has_deadlines(r->tests[t].scenarios[i]))
				add_scenario(r->tests[t].scenarios[i], out);
}
