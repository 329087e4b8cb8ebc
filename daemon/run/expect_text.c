/* Text checks (config.md 3.4): a table of rules, each judged on the text as trim and normalize
 * leave it. What does not hold is a failure of its own, with a diff where two texts are compared.
 */
#include <ctype.h>
#include <string.h>

#include "common/num.h"
#include "common/utf8.h"
#include "daemon/core/digest.h"
#include "daemon/core/regex.h"
#include "daemon/core/unified.h"
#include "daemon/run/expect_priv.h"

#define SHOWN_MAX 500u               /* bytes of a text in a message */
#define DIFF_MAX (16u << 10)         /* bytes of a diff */
#define NORMALIZE_NS (10 * NS_PER_S) /* of one text */
#define NORMALIZED_MAX (64u << 20)

/* ---- words ---- */

const char *expect_quoted(const char *s, size_t n, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;
	bool cut = n > SHOWN_MAX;

	strbuf_addc(&b, '"');
	strbuf_add_utf8(&b, s, cut ? SHOWN_MAX / 2 : n);
	if (cut) {
		strbuf_adds(&b, " ... ");
		strbuf_add_utf8(&b, s + n - SHOWN_MAX / 2, SHOWN_MAX / 2);
	}
	strbuf_addc(&b, '"');
	if (cut)
		strbuf_printf(&b, " (%zu bytes)", n);
	return arena_strndup(a, b.s, b.len);
}

/* As many whole lines as fit; control characters are shown, for what differs may be one of them. */
static const char *bounded(const struct strbuf *diff, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t keep = diff->len, more = 0;

	if (keep > DIFF_MAX) {
		const char *end = memrchr(diff->s, '\n', DIFF_MAX);

		keep = end ? (size_t)(end - diff->s) + 1 : DIFF_MAX;
	}
	for (size_t i = keep; i < diff->len; i++)
		more += diff->s[i] == '\n';
	strbuf_add_visible(&b, diff->s, keep);
	if (more)
		strbuf_printf(&b, "... %zu more lines\n", more);
	return arena_strndup(a, b.s, b.len);
}

static void add_whole_lines(struct strbuf *b, const char *s, size_t n)
{
	strbuf_add(b, s, n);
	if (n && s[n - 1] != '\n')
		strbuf_addc(b, '\n');
}

/* NULL where one line says all. */
static const char *diff_of(const char *name, const char *want, size_t want_len, const char *got,
        size_t got_len, struct arena *a)
{
	AUTO_STRBUF before = STRBUF_INIT, after = STRBUF_INIT, diff = STRBUF_INIT;

	if (!memchr(want, '\n', want_len) && !memchr(got, '\n', got_len))
		return NULL;
	add_whole_lines(&before, want, want_len);
	add_whole_lines(&after, got, got_len);
	unified_diff(name, &before, &after, &diff);
	return bounded(&diff, a);
}

/* ---- one rule ---- */

struct judged {
	const struct attempt *at;
	struct step_result *res;
	struct arena *a;
	const struct text_subject *subject;
	const char *s; /* the text */
	size_t n;
};

static struct failure *fail(
        const struct judged *j, const struct text_rule *r, enum reason code, const char *message)
{
	struct failure *f = judge_fail(j->at, j->res, code, r->assertion, r->pos, j->a);

	f->message = message;
	return f;
}

static struct failure *fail_output(
        const struct judged *j, const struct text_rule *r, const char *message)
{
	return fail(j, r, j->subject->is_file ? REASON_FILE : REASON_OUTPUT, message);
}

static void chomp(const char *s, size_t *n)
{
	if (*n && s[*n - 1] == '\n')
		--*n;
}

static bool same_text(const char *a, size_t n, const char *b, size_t m)
{
	chomp(a, &n);
	chomp(b, &m);
	return n == m && memcmp(a, b, n) == 0;
}

static void judge_equals(const struct judged *j, const struct text_rule *r)
{
	struct failure *f;

	if (same_text(j->s, j->n, r->s, r->len))
		return;
	f = fail_output(j, r, arena_printf(j->a, "%s is not as expected", j->subject->what));
	f->expected = expect_quoted(r->s, r->len, j->a);
	f->actual = expect_quoted(j->s, j->n, j->a);
	f->diff = diff_of(j->subject->what, r->s, r->len, j->s, j->n, j->a);
}

/* bad: what it does; good: what it should. */
static void fail_part(const struct judged *j, const struct text_rule *r, const char *bad,
        const char *good, const char *what)
{
	const char *subject = j->subject->what;
	struct failure *f = fail_output(j, r, arena_printf(j->a, "%s %s %s", subject, bad, what));

	f->expected = arena_printf(j->a, "%s %s %s", subject, good, what);
	f->actual = expect_quoted(j->s, j->n, j->a);
}

static bool has_part(const struct judged *j, const struct text_rule *r)
{
	return !r->len || memmem(j->s, j->n, r->s, r->len) != NULL;
}

static void judge_contains(const struct judged *j, const struct text_rule *r)
{
	if (!has_part(j, r))
		fail_part(j, r, "does not contain", "contains", expect_quoted(r->s, r->len, j->a));
}

static void judge_not_contains(const struct judged *j, const struct text_rule *r)
{
	if (has_part(j, r))
		fail_part(j, r, "contains", "does not contain", expect_quoted(r->s, r->len, j->a));
}

/* Ill-formed bytes are characters like any other, as in expected_output_regex: a pattern that
 * stopped at them would find nothing beyond, and not_regex hold for that. */
static int match(const struct judged *j, const struct regex *re, struct err *e)
{
	AUTO_STRBUF clean = STRBUF_INIT;

	if (utf8_valid(j->s, j->n))
		return regex_match(re, j->s, j->n, NULL, NULL, e);
	strbuf_add_utf8(&clean, j->s, j->n);
	return regex_match(re, clean.s, clean.len, NULL, NULL, e);
}

static void judge_pattern(const struct judged *j, const struct text_rule *r, bool wanted)
{
	struct err e;
	int hit = match(j, r->regex.re, &e);

	if (hit < 0)
		fail_output(j, r, arena_strdup(j->a, e.msg));
	else if ((hit == 1) != wanted)
		fail_part(j, r, wanted ? "does not match" : "matches",
		        wanted ? "matches" : "does not match",
		        arena_printf(j->a, "/%s/", r->regex.text));
}

static void judge_regex(const struct judged *j, const struct text_rule *r)
{
	judge_pattern(j, r, true);
}

static void judge_not_regex(const struct judged *j, const struct text_rule *r)
{
	judge_pattern(j, r, false);
}

static void judge_starts(const struct judged *j, const struct text_rule *r)
{
	if (j->n < r->len || memcmp(j->s, r->s, r->len) != 0)
		fail_part(j, r, "does not start with", "starts with",
		        expect_quoted(r->s, r->len, j->a));
}

static void judge_ends(const struct judged *j, const struct text_rule *r)
{
	if (j->n < r->len || memcmp(j->s + j->n - r->len, r->s, r->len) != 0)
		fail_part(
		        j, r, "does not end with", "ends with", expect_quoted(r->s, r->len, j->a));
}

static void judge_empty(const struct judged *j, const struct text_rule *r)
{
	struct failure *f;

	if ((j->n == 0) == r->wanted)
		return;
	f = fail_output(j, r,
	        arena_printf(j->a, "%s is %s", j->subject->what, j->n ? "not empty" : "empty"));
	f->expected = r->wanted ? "nothing" : "something";
	f->actual = expect_quoted(j->s, j->n, j->a);
}

bool expect_bound_holds(const struct bound *b, uint64_t n)
{
	int64_t v = n > INT64_MAX ? INT64_MAX : (int64_t)n;

	return (!b->has_eq || v == b->eq) && (!b->has_gte || v >= b->gte) &&
	       (!b->has_lte || v <= b->lte);
}

const char *expect_bound_text(const struct bound *b, struct arena *a)
{
	AUTO_STRBUF t = STRBUF_INIT;

	if (b->has_eq)
		strbuf_printf(&t, "%lld", (long long)b->eq);
	if (b->has_gte)
		strbuf_printf(&t, "%sat least %lld", t.len ? ", " : "", (long long)b->gte);
	if (b->has_lte)
		strbuf_printf(&t, "%sat most %lld", t.len ? ", " : "", (long long)b->lte);
	return arena_strdup(a, t.s);
}

static void judge_count(
        const struct judged *j, const struct text_rule *r, uint64_t n, const char *unit)
{
	struct failure *f;

	if (expect_bound_holds(&r->bound, n))
		return;
	f = fail_output(j, r,
	        arena_printf(j->a, "%s has %llu %s%s, expected %s", j->subject->what,
	                (unsigned long long)n, unit, n == 1 ? "" : "s",
	                expect_bound_text(&r->bound, j->a)));
	f->expected = expect_bound_text(&r->bound, j->a);
	f->actual = arena_printf(j->a, "%llu", (unsigned long long)n);
}

/* What follows the last line feed is a line too. */
static void judge_lines(const struct judged *j, const struct text_rule *r)
{
	uint64_t n = j->n && j->s[j->n - 1] != '\n';

	for (size_t i = 0; i < j->n; i++)
		n += j->s[i] == '\n';
	judge_count(j, r, n, "line");
}

static void judge_bytes(const struct judged *j, const struct text_rule *r)
{
	judge_count(j, r, j->subject->cut ? j->subject->total : j->n, "byte");
}

static void judge_json(const struct judged *j, const struct text_rule *r)
{
	struct json_verdict v;
	struct failure *f;

	if (expect_json(&r->json, j->s, j->n, j->a, &v))
		return;
	f = fail(j, r, REASON_JSON, arena_printf(j->a, "%s: %s", j->subject->what, v.message));
	f->expected = v.expected;
	f->actual = v.actual;
}

static void judge_sha256(const struct judged *j, const struct text_rule *r)
{
	char hex[DIGEST_HEX];
	struct failure *f;
	struct digest d;

	digest_of(j->s, j->n, &d);
	digest_hex(&d, hex);
	if (strcmp(hex, r->s) == 0)
		return;
	f = fail_output(j, r, arena_printf(j->a, "%s has another SHA-256", j->subject->what));
	f->expected = r->s;
	f->actual = arena_strdup(j->a, hex);
}

/* ---- snapshots ---- */

static void update(const struct judged *j, const struct text_rule *r)
{
	struct step_result *res = j->res;
	struct snapshot_update *v = arena_array(j->a, res->n_updates + 1, sizeof(*v));

	if (res->n_updates)
		memcpy(v, res->updates, res->n_updates * sizeof(*v));
	v[res->n_updates++] = (struct snapshot_update){
		.path = arena_strdup(j->a, r->snapshot.path),
		.real = arena_strdup(j->a, r->snapshot.real),
		.text = arena_memdup(j->a, j->n ? j->s : "", j->n + !j->n),
		.len = j->n,
		.is_new = !r->snapshot.text,
	};
	res->updates = v;
}

static const char differs_hint[] =
        "if this is how it should be: clnrm run --update-snapshots, and look at what version "
        "control says has changed";
static const char missing_hint[] =
        "clnrm run --update-snapshots=missing writes it, for you to look "
        "at and keep with the test";

static bool has_hint(const struct step_result *res, const char *hint)
{
	for (size_t i = 0; i < res->n_failures; i++)
		if (res->failures[i].hint == hint)
			return true;
	return false;
}

static void judge_snapshot(const struct judged *j, const struct text_rule *r)
{
	const struct snapshot *s = &r->snapshot;
	enum snapshot_mode mode = j->at->snapshots;
	const char *hint = s->text ? differs_hint : missing_hint;
	struct failure *f;

	if (s->text && same_text(j->s, j->n, s->text, s->len))
		return;
	if (mode == SNAPSHOTS_ALL || (mode == SNAPSHOTS_MISSING && !s->text)) {
		update(j, r);
		return;
	}
	f = fail(j, r, REASON_SNAPSHOT,
	        arena_printf(j->a,
	                s->text ? "%s is not as in the snapshot '%s'"
	                        : "%s has no snapshot: '%s' does not exist",
	                j->subject->what, s->path));
	f->actual = expect_quoted(j->s, j->n, j->a);
	if (!has_hint(j->res, hint))
		f->hint = hint; /* once is enough */
	if (!s->text)
		return;
	f->expected = expect_quoted(s->text, s->len, j->a);
	f->diff = diff_of(s->path, s->text, s->len, j->s, j->n, j->a);
}

/* ---- all of them ---- */

static const struct {
	void (*judge)(const struct judged *j, const struct text_rule *r);
	bool whole; /* cannot be judged of what was cut */
} judges[] = {
	[TEXT_EQUALS] = { judge_equals, true },
	[TEXT_CONTAINS] = { judge_contains, false },
	[TEXT_NOT_CONTAINS] = { judge_not_contains, true },
	[TEXT_REGEX] = { judge_regex, false },
	[TEXT_NOT_REGEX] = { judge_not_regex, true },
	[TEXT_STARTS_WITH] = { judge_starts, false },
	[TEXT_ENDS_WITH] = { judge_ends, false },
	[TEXT_EMPTY] = { judge_empty, false },
	[TEXT_LINES] = { judge_lines, true },
	[TEXT_BYTES] = { judge_bytes, false },
	[TEXT_JSON] = { judge_json, true },
	[TEXT_SHA256] = { judge_sha256, true },
	[TEXT_SNAPSHOT] = { judge_snapshot, true },
};

static void fail_cut(const struct judged *j, const struct text_rule *r)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct failure *f;

	strbuf_printf(&b, "%s was cut at ", j->subject->is_file ? j->subject->what : "output");
	size_format(&b, j->subject->n);
	strbuf_adds(&b, " (true size ");
	size_format(&b, j->subject->total);
	strbuf_adds(&b, ")");
	f = fail_output(j, r, arena_strdup(j->a, b.s));
	f->hint = "limits.output_mb keeps more";
}

/* $N is a group, $$ a dollar, anything else itself. */
static void add_replacement(
        struct strbuf *out, const char *with, const char *s, const struct regex_span spans[10])
{
	for (const char *p = with; *p; p++) {
		const struct regex_span *g =
		        *p == '$' && p[1] >= '0' && p[1] <= '9' ? &spans[p[1] - '0'] : NULL;

		if (g && g->start != REGEX_NONE)
			strbuf_add(out, s + g->start, g->end - g->start);
		else if (!g)
			strbuf_addc(out, *p);
		p += g || (*p == '$' && p[1] == '$');
	}
}

static size_t character(const char *s, size_t n)
{
	size_t len = 1;

	while (len < n && len < 4 && ((unsigned char)s[len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* All matches of one pattern, from left to right. -1 with *e when it takes too much. */
static int replace_all(const struct replacement *r, const char *s, size_t n, int64_t until_ns,
        struct strbuf *out, struct err *e)
{
	struct regex_span spans[10];
	size_t from = 0, copied = 0;
	int hit;

	while (from <= n && (hit = regex_find(r->regex.re, s, n, from, spans, 10, e)) != 0) {
		if (hit < 0)
			return -1;
		if (spans[0].start == REGEX_NONE || spans[0].start < copied)
			break;
		strbuf_add(out, s + copied, spans[0].start - copied);
		add_replacement(out, r->with, s, spans);
		copied = from = spans[0].end;
		if (spans[0].start == spans[0].end && from < n) {
			/* Nothing was matched: on behind the next character. */
			size_t len = character(s + from, n - from);

			strbuf_add(out, s + from, len);
			copied = from += len;
		} else if (spans[0].start == spans[0].end) {
			from++;
		}
		if (out->len > NORMALIZED_MAX || clock_ns() > until_ns)
			return err_set(e, ERR_LIMIT,
			        "normalize /%s/ takes too long or makes too much", r->regex.text);
	}
	strbuf_add(out, s + copied, n - copied);
	return 0;
}

static int normalize(
        const struct text_check *c, const char *s, size_t n, struct strbuf *out, struct err *e)
{
	int64_t until_ns = clock_ns() + NORMALIZE_NS;

	strbuf_add(out, s, n);
	for (size_t i = 0; i < c->n_normalize; i++) {
		AUTO_STRBUF before = *out;

		*out = (struct strbuf)STRBUF_INIT;
		if (replace_all(&c->normalize[i], before.s, before.len, until_ns, out, e) < 0)
			return -1;
	}
	return 0;
}

/* A gap is no place where a match may go across. */
static void join_parts(const struct text_subject *t, struct strbuf *out)
{
	strbuf_add(out, t->s, t->head);
	strbuf_printf(out, "\n[... %llu bytes cut ...]\n", (unsigned long long)(t->total - t->n));
	strbuf_add(out, t->s + t->head, t->n - t->head);
}

void expect_text(const struct text_check *c, const struct text_subject *t, const struct attempt *at,
        struct step_result *res, struct arena *a)
{
	struct judged j = { at, res, a, t, t->s, t->n };
	AUTO_STRBUF parts = STRBUF_INIT, normal = STRBUF_INIT;
	struct err e;

	if (t->cut) {
		join_parts(t, &parts);
		j.s = parts.s;
		j.n = parts.len;
	}
	if (c->n_normalize && c->n) {
		if (normalize(c, j.s, j.n, &normal, &e) < 0) {
			fail_output(&j, &c->v[0], arena_strdup(a, e.msg));
			return;
		}
		j.s = normal.s;
		j.n = normal.len;
	}
	if (c->trim)
		trim_span(&j.s, &j.n);
	for (size_t i = 0; i < c->n; i++) {
		if (t->cut && judges[c->v[i].id].whole)
			fail_cut(&j, &c->v[i]);
		else
			judges[c->v[i].id].judge(&j, &c->v[i]);
	}
}
