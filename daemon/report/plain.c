/* Reports without what a project leaves out of them (reporting.include_timestamps, .include_logs).
 */
#include <assert.h>
#include <stdio.h>

#include "daemon/report/report.h"
#include "daemon/wire/wire.h"

/* A scenario of its own to change: what its JSON says, read back. */
static struct scenario_result *copy_of(struct scenario_result *s)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&text);
	struct err e;

	wire_scenario(&j, NULL, s, true, false);
	struct scenario_result *copy = wire_read_scenario(text.s, text.len, &e);

	assert(copy); /* what our own writer wrote */
	return copy;
}

static void drop_logs(struct step_result *s)
{
	s->out = (struct captured){ .data = "", .total = 0 };
	s->err = (struct captured){ .data = "", .total = 0 };
}

/* Times, and the other numbers that no two runs have alike. */
static void drop_times(struct scenario_result *s)
{
	s->started_wall_ns = 0;
	s->queued_ms = s->duration_ms = 0;
	s->memory_peak_bytes = 0;
	if (s->receipt)
		s->receipt->sandbox = NULL;
	for (size_t i = 0; i < s->n_steps; i++) {
		struct step_result *x = &s->steps[i];

		x->started_ms = x->duration_ms = x->user_ms = x->system_ms = 0;
		x->max_rss_bytes = 0;
	}
}

static struct scenario_result *plain_scenario(
        struct scenario_result *from, const struct report_parts *parts)
{
	struct scenario_result *s = copy_of(from);

	if (!parts->times)
		drop_times(s);
	for (size_t i = 0; !parts->logs && i < s->n_steps; i++)
		drop_logs(&s->steps[i]);
	return s;
}

static void plain_test(struct test_outcome *to, const struct test_outcome *from,
        const struct report_parts *parts, struct arena *a)
{
	*to = *from;
	if (!parts->times)
		to->duration_ms = 0;
	to->scenarios = arena_array(a, from->n_scenarios + 1, sizeof(*to->scenarios));
	for (size_t i = 0; i < from->n_scenarios; i++)
		to->scenarios[i] = plain_scenario(from->scenarios[i], parts);
}

struct run_result *report_plain(const struct run_result *r, const struct report_parts *parts)
{
	struct run_result *p = run_result_new();
	struct arena *a = p->arena;
	struct diags diags = p->diags;
	char digest[RUN_DIGEST_LEN];

	*p = *r;
	p->arena = a;
	p->diags = diags;
	diags_copy(&p->diags, &r->diags);
	wire_digest(r, digest); /* of what was printed, shown or not */
	p->digest = arena_strdup(a, digest);
	p->tests = arena_array(a, r->n_tests + 1, sizeof(*p->tests));
	for (size_t i = 0; i < r->n_tests; i++)
		plain_test(&p->tests[i], &r->tests[i], parts, a);
	if (parts->times)
		return p;
	snprintf(p->id, sizeof(p->id), "-");
	p->started_wall_ns = 0;
	p->duration_ms = 0;
	p->summary.wall_ms = p->summary.busy_ms = 0;
	return p;
}
