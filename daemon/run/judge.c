#include <ctype.h>
#include <string.h>

#include "common/num.h"
#include "daemon/core/regex.h"
#include "daemon/run/expect_priv.h"

bool judge_needs_traces(const struct step *def)
{
	return def->out_regex.re || def->out_regex_not.re || def->out_contains.n ||
	       def->out_check.n || def->err_check.n || def->n_files;
}

bool judge_needs_output(const struct step *def)
{
	return judge_needs_traces(def) || def->n_captures || def->duration.given;
}

/* Room for one more; it doubles when their number is a power of two. */
static struct failure *add_failure(struct step_result *res, struct arena *a)
{
	size_t n = res->n_failures;

	if ((n & (n - 1)) == 0) {
		struct failure *v = arena_array(a, n ? 2 * n : 1, sizeof(*v));

		if (n)
			memcpy(v, res->failures, n * sizeof(*v));
		res->failures = v;
	}
	return &res->failures[res->n_failures++];
}

struct failure *judge_fail(const struct attempt *at, struct step_result *res, enum reason code,
        const char *assertion, struct pos pos, struct arena *a)
{
	if (res->reason == REASON_NONE)
		res->reason = code;
	if (res->verdict < VERDICT_FAIL)
		res->verdict = VERDICT_FAIL;

	struct failure *f = add_failure(res, a);

	*f = (struct failure){
		.code = code,
		.assertion = assertion,
		.step = res->name,
		.file = at->file,
		.pos = pos.line ? pos : at->def->pos,
	};
	return f;
}

/* ---- exit ---- */

static bool code_expected(const struct step *def, int code)
{
	return code >= 0 && code < 256 && (def->expected_codes[code / 64] >> (code % 64) & 1);
}

static const char *expected_text(const struct step *def, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (def->expected_signal)
		return signal_name(def->expected_signal);
	for (int code = 0; code < 256; code++)
		if (code_expected(def, code))
			strbuf_printf(&b, "%s%d", b.len ? " or " : "", code);
	return arena_strdup(a, b.s);
}

static void judge_exit(const struct attempt *at, struct step_result *res, struct arena *a)
{
	const struct step *def = at->def;
	const char *what = explain_exit(res->exit_code, res->signal, a);

	if (def->should_fail) {
		if (res->exit_code == 0 && !at->timed_out) {
			struct failure *f = judge_fail(at, res, REASON_EXIT_CODE, "should_fail",
			        def->expected_code_pos, a);

			f->message = "exit status 0, but the step should fail";
			f->expected = "a failure";
			f->actual = "exit status 0";
		}
		return;
	}
	if (def->expected_signal ? res->signal == def->expected_signal
	                         : res->signal == 0 && code_expected(def, res->exit_code))
		return;

	struct failure *f = judge_fail(at, res, res->signal ? REASON_SIGNAL : REASON_EXIT_CODE,
	        def->expected_signal ? "expected_signal" : "expected_exit_code",
	        def->expected_code_pos, a);
	f->expected = expected_text(def, a);
	f->actual = what;
	f->message = arena_printf(a, "%s, expected %s", what, f->expected);
}

/* ---- output ---- */

void trim_span(const char **s, size_t *n)
{
	while (*n && isspace((unsigned char)**s)) {
		(*s)++;
		(*n)--;
	}
	while (*n && isspace((unsigned char)(*s)[*n - 1]))
		(*n)--;
}

/* The text that patterns see: trimmed, and UTF-8 throughout. */
static void pattern_subject(const struct strbuf *out, struct strbuf *clean)
{
	const char *s = out->s;
	size_t n = out->len;

	trim_span(&s, &n);
	strbuf_add_utf8(clean, s, n);
}

static const char *quoted_text(const struct strbuf *out, struct arena *a)
{
	AUTO_STRBUF clean = STRBUF_INIT;

	pattern_subject(out, &clean);
	return expect_quoted(clean.s, clean.len, a);
}

static bool was_cut(const struct attempt *at, int stream)
{
	return at->cut_at[stream] < at->total[stream];
}

/* A check that needs what was cut cannot be judged. */
static void fail_cut(const struct attempt *at, struct step_result *res, const char *assertion,
        struct pos pos, struct arena *a)
{
	struct failure *f = judge_fail(at, res, REASON_OUTPUT, assertion, pos, a);
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, "output was cut at ");
	size_format(&b, at->out->len);
	strbuf_adds(&b, " (true size ");
	size_format(&b, at->total[0]);
	strbuf_adds(&b, ")");
	f->message = arena_strdup(a, b.s);
	f->hint = "limits.output_mb keeps more";
}

static void judge_pattern(const struct attempt *at, struct step_result *res,
        const struct pattern *p, bool wanted, const struct strbuf *subject, struct arena *a)
{
	const char *name = wanted ? "expected_output_regex" : "expected_output_regex_not";
	struct err e;

	if (!p->re)
		return;
	int hit = regex_match(p->re, subject->s, subject->len, NULL, NULL, &e);
	if (hit >= 0 && (hit == 1) == wanted) {
		if (!wanted && was_cut(at, 0))
			fail_cut(at, res, name, p->pos, a);
		return;
	}
	struct failure *f = judge_fail(at, res, REASON_OUTPUT, name, p->pos, a);
	f->expected =
	        arena_printf(a, "stdout %s /%s/", wanted ? "matches" : "does not match", p->text);
	f->actual = expect_quoted(subject->s, subject->len, a);
	f->message = hit < 0 ? arena_strdup(a, e.msg)
	                     : arena_printf(a, "stdout %s /%s/",
	                               wanted ? "does not match" : "matches", p->text);
}

static void judge_contains(const struct attempt *at, struct step_result *res, struct arena *a)
{
	const struct step *def = at->def;
	const char *actual = NULL;

	for (size_t i = 0; i < def->out_contains.n; i++) {
		const char *want = def->out_contains.v[i];

		if (memmem(at->both->s, at->both->len, want, strlen(want)))
			continue;
		struct failure *f = judge_fail(at, res, REASON_OUTPUT, "expected_output_contains",
		        def->out_contains_pos, a);

		if (!actual)
			actual = quoted_text(at->both, a);
		f->expected = arena_printf(a, "output contains \"%s\"", want);
		f->actual = actual;
		f->message = arena_printf(a, "output does not contain \"%s\"", want);
	}
}

static void judge_stream(const struct attempt *at, int stream, const struct text_check *c,
        struct step_result *res, struct arena *a)
{
	const struct strbuf *b = stream ? at->err : at->out;
	const struct text_subject t = {
		.what = stream ? "stderr" : "stdout",
		.s = b->s,
		.n = b->len,
		.cut = was_cut(at, stream),
		.head = was_cut(at, stream) ? (size_t)at->cut_at[stream] : b->len,
		.total = at->total[stream],
	};

	if (c->n)
		expect_text(c, &t, at, res, a);
}

static void judge_duration(const struct attempt *at, const struct duration_check *c, double took_ms,
        struct step_result *res, struct arena *a)
{
	bool early = c->given && c->min_ms >= 0 && took_ms < c->min_ms;
	bool late = c->given && c->max_ms >= 0 && took_ms > c->max_ms;
	struct failure *f;

	if (!early && !late)
		return;
	f = judge_fail(at, res, REASON_DURATION, "expected_duration_ms", c->pos, a);
	f->expected = arena_printf(
	        a, "at %s %g ms", early ? "least" : "most", early ? c->min_ms : c->max_ms);
	f->actual = arena_printf(a, "%.3f ms", took_ms);
	f->message = arena_printf(a, "took %s, expected %s", f->actual, f->expected);
}

static void judge_output(const struct attempt *at, struct step_result *res, struct arena *a)
{
	if (at->def->out_regex.re || at->def->out_regex_not.re) {
		AUTO_STRBUF subject = STRBUF_INIT;

		pattern_subject(at->out, &subject);
		judge_pattern(at, res, &at->def->out_regex, true, &subject, a);
		judge_pattern(at, res, &at->def->out_regex_not, false, &subject, a);
	}
	judge_contains(at, res, a);
	judge_stream(at, 0, &at->def->out_check, res, a);
	judge_stream(at, 1, &at->def->err_check, res, a);
}

void judge_attempt(const struct attempt *at, struct step_result *res, struct arena *a)
{
	res->verdict = VERDICT_PASS;
	res->reason = REASON_NONE;
	res->failures = NULL;
	res->n_failures = 0;
	res->n_captures = res->n_updates = 0;
	if (at->silent) {
		judge_fail(at, res, REASON_LEARNT_DEADLINE, "learnt_deadline", at->def->pos, a)
		        ->message = "silent for too long";
		return;
	}
	if (at->timed_out && !at->def->should_fail) {
		judge_fail(at, res, REASON_TIMEOUT, "timeout", at->def->pos, a)->message =
		        "timed out";
		return;
	}
	if (!at->ended)
		judge_exit(at, res, a);
	if (at->oom && res->n_failures)
		res->reason = res->failures[0].code = REASON_OOM;
	judge_output(at, res, a);
	if (!at->ended)
		judge_duration(at, &at->def->duration, res->duration_ms, res, a);
	expect_files(at, res, a);
	capture_all(at, res, a);
	/* What a step shows that failed is no example for later ones. */
	if (res->n_failures)
		res->n_updates = 0;
}

static void judge_joined_pattern(const struct scenario *sc, const struct attempt *at,
        struct step_result *res, struct arena *a)
{
	AUTO_STRBUF subject = STRBUF_INIT;
	struct err e = { 0 };

	pattern_subject(at->out, &subject);
	int hit = regex_match(sc->out_regex.re, subject.s, subject.len, NULL, NULL, &e);
	if (hit > 0)
		return;
	struct failure *f =
	        judge_fail(at, res, REASON_OUTPUT, "expected_output_regex", sc->out_regex.pos, a);
	f->expected = arena_printf(a, "stdout of all steps matches /%s/", sc->out_regex.text);
	f->actual = expect_quoted(subject.s, subject.len, a);
	f->message = hit < 0 ? arena_strdup(a, e.msg)
	                     : arena_printf(a, "stdout of all steps does not match /%s/",
	                               sc->out_regex.text);
}

bool judge_needs_joined(const struct scenario *sc)
{
	return sc->out_regex.re || sc->out_check.n || sc->err_check.n || sc->duration.given;
}

void judge_joined(const struct scenario *sc, const struct joined_output *j, struct step_result *res,
        struct arena *a)
{
	const struct step whole = { .pos = sc->pos };
	const struct attempt at = {
		.def = &whole,
		.file = j->file,
		.out = j->out,
		.err = j->err,
		.total = { j->out->len + j->missing[0], j->err->len + j->missing[1] },
		.cut_at = { j->out->len, j->err->len },
		.snapshots = j->snapshots,
	};

	if (sc->out_regex.re)
		judge_joined_pattern(sc, &at, res, a);
	judge_stream(&at, 0, &sc->out_check, res, a);
	judge_stream(&at, 1, &sc->err_check, res, a);
	judge_duration(&at, &sc->duration, j->took_ms, res, a);
	if (res->n_failures)
		res->n_updates = 0;
}
