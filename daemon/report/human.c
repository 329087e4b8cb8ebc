/* The renderer for people: one state machine over the public event stream. What it prints depends
 * on nothing else, so that a recorded stream gives the same text again. */
#include "daemon/report/human_priv.h"

#include <stdio.h>

#include "common/utf8.h"

#define KEEP_BYTES (512u << 10) /* of each end of a stream, below -vv */
#define KEEP_BYTES_ALL (16u << 20)
#define PLAIN_EVERY_MS 1000

struct human {
	struct text_style style;
	char run_id[16];
	unsigned jobs;
	char shuffle[24]; /* the seed of a random order, or "" */
	bool planned;
	double last_plain_ms;
	bool has_live;
	unsigned n_dependent;  /* scenarios of this run that lack what they need */
	unsigned round;        /* of a session that watches; 0 = none */
	struct strbuf changed; /* what it is for */
	struct tally *tally;   /* from its first round on */

	struct arena *arena; /* of diags */
	struct diags diags;  /* until the plan is known */

	struct gather *gather;
	struct stream *stream;   /* NULL without --show-output live */
	struct github *github;   /* NULL without workflow commands */
	struct slowest *slowest; /* NULL without --slowest */
};

/* Where the text of one event goes. */
struct sink {
	struct strbuf *out, *err, *live;
	bool *live_changed;
};

struct human *human_new(const struct text_style *style)
{
	struct human *h = xcalloc(1, sizeof(*h));

	h->style = *style;
	h->changed = (struct strbuf)STRBUF_INIT;
	human_set_columns(h, style->columns);
	h->arena = arena_new();
	diags_init(&h->diags, h->arena);
	h->gather = gather_new(style->verbosity >= 2 ? KEEP_BYTES_ALL : KEEP_BYTES);
	if (style->show_output == SHOW_LIVE)
		h->stream = stream_new(&h->style);
	if (style->github)
		h->github = github_new();
	if (style->slowest > 0)
		h->slowest = slowest_new(style->slowest);
	return h;
}

void human_free(struct human *h)
{
	if (!h)
		return;
	strbuf_release(&h->changed);
	tally_free(h->tally);
	gather_free(h->gather);
	stream_free(h->stream);
	github_free(h->github);
	slowest_free(h->slowest);
	diags_release(&h->diags);
	arena_free(h->arena);
	free(h);
}

void human_set_columns(struct human *h, unsigned columns)
{
	h->style.columns = columns < 40 ? 40 : columns > 400 ? 400 : columns;
}

/* ---- before the plan ---- */

static bool is_quiet(const struct human *h)
{
	return h->style.verbosity < 0;
}

static bool is_silent(const struct human *h)
{
	return h->style.verbosity <= -2;
}

static void on_run(struct human *h, const struct event *ev, struct sink *to)
{
	(void)to;
	snprintf(h->run_id, sizeof(h->run_id), "%s", ev->run.id);
	h->jobs = ev->run.jobs;
	h->n_dependent = 0;
	snprintf(h->shuffle, sizeof(h->shuffle), "%s",
	        ev->run.shuffle_seed ? ev->run.shuffle_seed : "");
}

static void on_file(struct human *h, const struct event *ev, struct sink *to)
{
	if (h->tally)
		tally_drop(h->tally, ev->file.path);
	if (h->style.verbosity < 2)
		return;
	strbuf_adds(to->out, "file  ");
	text_str(to->out, ev->file.path);
	strbuf_printf(to->out, "  %s  ", ev->file.state);
	text_ms(to->out, ev->file.ms);
	strbuf_addc(to->out, '\n');
}

static void show_diags(struct human *h, struct sink *to)
{
	diags_text(&h->diags, &h->style, h->style.err, to->err);
	diags_release(&h->diags);
	diags_init(&h->diags, h->arena);
}

/* Held back until the plan, so that warnings of one kind are shown once. */
static void on_diagnostic(struct human *h, const struct event *ev, struct sink *to)
{
	struct diag one = *ev->diag;
	struct diags src = { .v = &one, .n = 1 };

	if (is_quiet(h) && one.severity != SEV_ERROR)
		return;
	src.errors = one.severity == SEV_ERROR;
	src.warnings = one.severity == SEV_WARNING;
	diags_copy(&h->diags, &src);
	if (h->planned)
		show_diags(h, to);
}

static void on_plan(struct human *h, const struct event *ev, struct sink *to)
{
	AUTO_STRBUF left = STRBUF_INIT;
	size_t right = strlen(h->run_id) + 4, used;

	h->planned = true;
	show_diags(h, to);
	if (is_quiet(h) || h->round)
		return;
	text_count(&left, ev->plan.tests, "test");
	strbuf_adds(&left, ", ");
	text_count(&left, ev->plan.scenarios, "scenario");
	strbuf_printf(&left, ", %u at a time", h->jobs);
	if (ev->plan.shards > 1)
		strbuf_printf(&left, ", shard %u/%u", ev->plan.shard, ev->plan.shards);
	if (h->shuffle[0]) {
		strbuf_adds(&left, ", seed ");
		text_str(&left, h->shuffle);
	}
	if (ev->plan.excluded && h->style.verbosity >= 1)
		strbuf_printf(&left, ", %u excluded", ev->plan.excluded);
	used = utf8_columns(left.s, left.len);
	strbuf_adds(to->out, left.s);
	strbuf_addn(to->out, ' ',
	        used + right + 2 < h->style.columns ? h->style.columns - used - right : 2);
	strbuf_printf(to->out, "run %s\n", h->run_id);
}

/* ---- while it runs ---- */

static void on_step_start(struct human *h, const struct event *ev, struct sink *to)
{
	(void)to;
	gather_step(h->gather, ev->step.scenario, ev->step.step, ev->step.index);
}

static void guard(struct human *h, struct sink *to)
{
	if (h->github)
		github_guard(h->github, to->out);
}

static void on_step_end(struct human *h, const struct event *ev, struct sink *to)
{
	if (h->stream)
		stream_over(h->stream, ev->step.scenario, ev->step.step, to->out);
}

static void on_output(struct human *h, const struct event *ev, struct sink *to)
{
	if (h->stream) {
		guard(h, to);
		stream_output(h->stream, ev, to->out);
	} else if (h->style.show_output != SHOW_NEVER) {
		gather_output(h->gather, ev);
	}
}

static void add_note(struct human *h, const char *code, const char *message, struct sink *to)
{
	if (is_quiet(h))
		return;
	text_ink(to->err, h->style.err, INK_INFO);
	strbuf_adds(to->err, "note[");
	text_str(to->err, code);
	strbuf_addc(to->err, ']');
	text_plain(to->err, h->style.err, INK_INFO);
	strbuf_adds(to->err, ": ");
	text_str(to->err, message);
	strbuf_addc(to->err, '\n');
}

/* What a run does of itself, and nobody has to act upon: only with -v. */
static bool is_detail(const char *code)
{
	static const char *const codes[] = { "select.shard", "admission.memory", "admission.cpu" };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

static void on_note(struct human *h, const struct event *ev, struct sink *to)
{
	if (h->style.verbosity < 1 && is_detail(ev->note.code))
		return;
	add_note(h, ev->note.code, ev->note.message, to);
}

static void on_cancel(struct human *h, const struct event *ev, struct sink *to)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_printf(&b, "the run is cancelled (%s), waiting for clean-up", ev->cancel_by);
	add_note(h, "cancel", b.s, to);
}

static void on_gap(struct human *h, const struct event *ev, struct sink *to)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_printf(
	        &b, "%llu events of output were dropped", (unsigned long long)ev->gap_dropped);
	add_note(h, "gap", b.s, to);
}

static void on_progress(struct human *h, const struct event *ev, struct sink *to)
{
	if (h->style.live && !is_quiet(h)) {
		strbuf_reset(to->live);
		live_region(ev, &h->style, to->live);
		*to->live_changed = true;
		h->has_live = true;
	} else if (h->style.progress && !is_quiet(h) &&
	           ev->t_ms - h->last_plain_ms >= PLAIN_EVERY_MS) {
		live_plain(ev, &h->style, to->err);
		h->last_plain_ms = ev->t_ms;
	}
}

/* A failure may skip thousands: so many are named, the others counted. */
#define NEEDS_NAMED_MAX 8u

/* What a scenario gets, from nothing to its whole block. */
enum share { SHARE_NOTHING, SHARE_TITLE, SHARE_BLOCK };

/* Whether somebody who looks at what failed should see this as well. Files that a sandbox takes
 * with it when it ends are no news on their own: most tests of a program that keeps something have
 * them. */
static bool finding_is_news(const struct scenario_result *s)
{
	for (size_t i = 0; i < s->n_findings; i++)
		if (!s->findings[i].kind || strcmp(s->findings[i].kind, "file_changed") != 0)
			return true;
	return false;
}

static enum share share_of_dependent(struct human *h)
{
	return h->n_dependent++ < NEEDS_NAMED_MAX ? SHARE_TITLE : SHARE_NOTHING;
}

static enum share share_of(struct human *h, const struct scenario_result *s)
{
	const bool findings = h->style.verbosity >= 1 ? s->n_findings > 0 : finding_is_news(s);

	if (is_silent(h))
		return SHARE_NOTHING;
	/* What a change does not affect is no news. */
	if (h->round > 1 && s->cached)
		return SHARE_NOTHING;
	if (scenario_failed(s))
		return SHARE_BLOCK;
	if (is_quiet(h))
		return SHARE_NOTHING;
	/* What this machine lacks: nobody asked for such a skip. */
	if (s->verdict == VERDICT_SKIP && s->reason == REASON_REFUSED)
		return SHARE_TITLE;
	if (s->verdict == VERDICT_SKIP && s->reason == REASON_DEPENDENCY && h->style.verbosity < 1)
		return share_of_dependent(h);
	if (findings || h->style.verbosity >= 2 || h->style.show_output == SHOW_ALWAYS)
		return s->verdict == VERDICT_SKIP && h->style.verbosity < 1 ? SHARE_NOTHING
		                                                            : SHARE_BLOCK;
	return h->style.verbosity >= 1 || s->flaky ? SHARE_TITLE : SHARE_NOTHING;
}

static void on_scenario_end(struct human *h, const struct event *ev, struct sink *to)
{
	const struct scenario_result *s = ev->scenario_end;
	enum share share = share_of(h, s);

	if (h->stream)
		stream_over(h->stream, s->id, NULL, to->out);
	if (share == SHARE_BLOCK) {
		guard(h, to);
		block_scenario(s, gather_take(h->gather, s), &h->style, to->out);
	} else if (share == SHARE_TITLE) {
		guard(h, to);
		block_title(s, &h->style, to->out);
	}
	gather_drop(h->gather, s->id);
	if (h->tally)
		tally_add(h->tally, s);
	if (h->slowest)
		slowest_add(h->slowest, s);
	if (h->github)
		github_scenario(h->github, s);
}

/* ---- the end ---- */

static void drop_live(struct human *h, struct sink *to)
{
	if (!h->has_live)
		return;
	strbuf_reset(to->live);
	*to->live_changed = true;
	h->has_live = false;
}

static void count_dependents(const struct human *h, struct sink *to)
{
	if (h->n_dependent > NEEDS_NAMED_MAX)
		strbuf_printf(to->out,
		        "%u more are skipped for want of what they need (-v names them)\n",
		        h->n_dependent - NEEDS_NAMED_MAX);
}

static void on_result(struct human *h, const struct event *ev, struct sink *to)
{
	drop_live(h, to);
	count_dependents(h, to);
	if (h->slowest && !is_silent(h)) {
		guard(h, to);
		slowest_text(h->slowest, &h->style, to->out);
	}
	if (h->github)
		github_tail(h->github, to->out);
	if (is_silent(h))
		return;
	if (ev->result.digest)
		strbuf_printf(to->out, "digest %s\n", ev->result.digest);
	summary_line(
	        ev->result.summary, h->run_id, ev->result.summary->wall_ms, &h->style, to->out);
	strbuf_addc(to->out, '\n');
}

static void on_end(struct human *h, const struct event *ev, struct sink *to)
{
	drop_live(h, to);
	show_diags(h, to);
	if (ev->end.problem_json)
		problem_text(ev->end.problem_json, &h->style, to->err);
}

/* ---- rounds ---- */

#define NAMED_MAX 3u /* files of a round that are named */

static void name_changed(struct human *h, const struct str_list *l)
{
	strbuf_reset(&h->changed);
	for (size_t i = 0; i < l->n && i < NAMED_MAX; i++) {
		strbuf_adds(&h->changed, i ? ", " : "");
		text_str(&h->changed, l->v[i]);
	}
	if (l->n > NAMED_MAX)
		strbuf_printf(&h->changed, " and %zu more", l->n - NAMED_MAX);
}

static void on_round(struct human *h, const struct event *ev, struct sink *to)
{
	if (!h->tally)
		h->tally = tally_new();
	for (size_t i = 0; i < ev->round.changed.n; i++)
		tally_drop(h->tally, ev->round.changed.v[i]);
	drop_live(h, to);
	h->round = ev->round.n;
	h->planned = false;
	h->last_plain_ms = ev->t_ms;
	name_changed(h, &ev->round.changed);
	if (h->style.clear)
		strbuf_adds(to->out, "\033[H\033[2J\033[3J");
}

static void show_wait(struct human *h, struct sink *to)
{
	strbuf_reset(to->live);
	live_wait(tally_sum(h->tally), &h->style, to->live);
	*to->live_changed = true;
	h->has_live = true;
}

/* In a pipe the summary line is the last one of a round. */
static void on_round_end(struct human *h, const struct event *ev, struct sink *to)
{
	double all = 0;

	drop_live(h, to);
	show_diags(h, to);
	if (is_quiet(h) || !(h->style.live || h->style.verbosity >= 2))
		return;
	for (size_t i = 0; i < PHASE_COUNT; i++)
		all += ev->round.phase_ms[i];
	text_ink(to->out, h->style.out, INK_DIM);
	if (h->changed.len)
		strbuf_printf(to->out, "%s saved  ", h->changed.s);
	strbuf_printf(to->out, "%.1f ms", all);
	for (size_t i = 0; i < PHASE_COUNT; i++)
		strbuf_printf(to->out, "  %s %.1f", phase_names[i], ev->round.phase_ms[i]);
	text_plain(to->out, h->style.out, INK_DIM);
	strbuf_addc(to->out, '\n');
	if (h->style.live)
		show_wait(h, to);
}

/* Kinds without an entry have nothing to say to people. */
static void (*const handlers[EV_COUNT])(
        struct human *h, const struct event *ev, struct sink *to) = {
	[EV_RUN] = on_run,
	[EV_FILE] = on_file,
	[EV_DIAGNOSTIC] = on_diagnostic,
	[EV_PLAN] = on_plan,
	[EV_STEP_START] = on_step_start,
	[EV_STEP_END] = on_step_end,
	[EV_OUTPUT] = on_output,
	[EV_NOTE] = on_note,
	[EV_SCENARIO_END] = on_scenario_end,
	[EV_PROGRESS] = on_progress,
	[EV_CANCEL] = on_cancel,
	[EV_ROUND] = on_round,
	[EV_ROUND_END] = on_round_end,
	[EV_GAP] = on_gap,
	[EV_RESULT] = on_result,
	[EV_END] = on_end,
};

void human_event(struct human *h, const struct event *ev, struct strbuf *out, struct strbuf *err,
        struct strbuf *live, bool *live_changed)
{
	struct sink to = { .out = out, .err = err, .live = live, .live_changed = live_changed };

	if (ev->kind < EV_COUNT && handlers[ev->kind])
		handlers[ev->kind](h, ev, &to);
}
