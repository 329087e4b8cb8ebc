#include "common/utf8.h"
#include "daemon/report/human_priv.h"

#define MAX_LINES 8
#define MAX_RUNNING (MAX_LINES - 1)
#define BAR_CELLS 24

/* One line that never wraps: pieces are cut where the width ends. The last column stays free, since
 * terminals differ in what they do after writing it. */
struct line {
	struct strbuf *out;
	enum colour colour;
	size_t left;
};

static void add_piece(struct line *l, enum ink ink, const char *s)
{
	size_t at = 0, n = strlen(s);

	text_ink(l->out, l->colour, ink);
	while (at < n) {
		uint32_t cp;
		size_t step = utf8_decode(s + at, n - at, &cp), width;

		step = step ? step : 1;
		width = utf8_columns(s + at, step);
		if (width > l->left) {
			l->left = 0;
			break;
		}
		strbuf_add(l->out, s + at, step);
		l->left -= width;
		at += step;
	}
	text_plain(l->out, l->colour, ink);
}

static void add_bar(struct line *l, const struct text_style *style, unsigned done, unsigned total)
{
	size_t cells = style->columns / 4 < BAR_CELLS ? style->columns / 4 : BAR_CELLS;
	size_t full = total ? (size_t)done * cells / total : 0;

	full = full < cells ? full : cells;
	AUTO_STRBUF on = STRBUF_INIT;
	AUTO_STRBUF off = STRBUF_INIT;

	for (size_t i = 0; i < full; i++)
		strbuf_adds(&on, style->ascii ? "#" : "\u2588");
	for (size_t i = full; i < cells; i++)
		strbuf_adds(&off, style->ascii ? "." : "\u2591");
	add_piece(l, INK_PASS, on.s);
	add_piece(l, INK_DIM, off.s);
}

/* Symbols of a UTF-8 terminal and of any other. */
static const struct {
	const char *utf8, *ascii;
	enum ink ink;
} symbols[] = {
	{ "\u2713", "v", INK_PASS },
	{ "\u2717", "x", INK_FAIL },
	{ "\u223c", "~", INK_WARN },
	{ "-", "-", INK_WARN },
};

static void add_counts(struct line *l, const struct text_style *style, const struct run_summary *s)
{
	const unsigned counts[] = { s->pass - (s->flaky < s->pass ? s->flaky : s->pass),
		s->fail + s->fake_green + s->error - s->quarantined, s->flaky, s->skip };

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		AUTO_STRBUF b = STRBUF_INIT;

		if (counts[i] == 0)
			continue;
		strbuf_printf(&b, "  %s %u", style->ascii ? symbols[i].ascii : symbols[i].utf8,
		        counts[i]);
		add_piece(l, symbols[i].ink, b.s);
	}
}

static void add_head(const struct event *ev, const struct text_style *style, struct strbuf *out)
{
	struct line l = { .out = out, .colour = style->out, .left = style->columns - 1 };
	AUTO_STRBUF b = STRBUF_INIT;

	add_bar(&l, style, ev->progress.done, ev->progress.total);
	strbuf_printf(&b, "  %u/%u", ev->progress.done, ev->progress.total);
	add_piece(&l, INK_PLAIN, b.s);
	add_counts(&l, style, &ev->progress.counts);
	strbuf_reset(&b);
	strbuf_adds(&b, "  ");
	text_ms(&b, ev->t_ms);
	add_piece(&l, INK_DIM, b.s);
	strbuf_addc(out, '\n');
}

static void add_name(struct strbuf *b, const struct running_item *r)
{
	text_str(b, r->scenario);
	if (r->step) {
		strbuf_adds(b, " > ");
		text_str(b, r->step);
	}
	strbuf_adds(b, "  ");
	text_ms(b, r->ms);
}

static void add_running(
        const struct running_item *r, const struct text_style *style, struct strbuf *out)
{
	struct line l = { .out = out, .colour = style->out, .left = style->columns - 1 };
	AUTO_STRBUF b = STRBUF_INIT;

	add_name(&b, r);
	add_piece(&l, INK_INFO, "run  ");
	add_piece(&l, INK_PLAIN, b.s);
	strbuf_addc(out, '\n');
}

/* The longest that was not shown yet; ties by place. NULL when all were. */
static const struct running_item *next_longest(
        const struct event *ev, const struct running_item *last)
{
	const struct running_item *best = NULL;

	for (size_t i = 0; i < ev->progress.n_running; i++) {
		const struct running_item *r = &ev->progress.running[i];

		if (last && (r->ms > last->ms || (!(r->ms < last->ms) && r <= last)))
			continue;
		if (!best || r->ms > best->ms)
			best = r;
	}
	return best;
}

void live_region(const struct event *ev, const struct text_style *style, struct strbuf *out)
{
	const struct running_item *r = NULL;

	add_head(ev, style, out);
	for (unsigned i = 0; i < MAX_RUNNING && (r = next_longest(ev, r)) != NULL; i++)
		add_running(r, style, out);
}

void live_wait(const struct tally_sum *s, const struct text_style *style, struct strbuf *out)
{
	static const char keys[] = "a all  f failed  / filter  q quit";
	struct line l = { .out = out, .colour = style->out, .left = style->columns - 1 };
	AUTO_STRBUF b = STRBUF_INIT;

	add_piece(&l, INK_INFO, "wait  ");
	text_count(&b, s->files, "file");
	strbuf_adds(&b, ", ");
	text_count(&b, s->scenarios, "scenario");
	strbuf_adds(&b, ", ");
	add_piece(&l, INK_PLAIN, b.s);
	strbuf_reset(&b);
	if (s->failed)
		strbuf_printf(&b, "%u failed", s->failed);
	else
		strbuf_adds(&b, "all green");
	add_piece(&l, s->failed ? INK_FAIL : INK_PASS, b.s);
	if (l.left >= sizeof(keys) + 1) { /* two cells between them */
		strbuf_addn(out, ' ', l.left - (sizeof(keys) - 1));
		l.left = sizeof(keys) - 1;
		add_piece(&l, INK_DIM, keys);
	}
	strbuf_addc(out, '\n');
}

void live_plain(const struct event *ev, const struct text_style *style, struct strbuf *out)
{
	const struct run_summary *s = &ev->progress.counts;
	const struct running_item *r = next_longest(ev, NULL);

	(void)style;
	strbuf_printf(out, "%u/%u  %u passed", ev->progress.done, ev->progress.total, s->pass);
	if (s->fail + s->fake_green + s->error > s->quarantined)
		strbuf_printf(
		        out, ", %u failed", s->fail + s->fake_green + s->error - s->quarantined);
	strbuf_adds(out, "  ");
	text_ms(out, ev->t_ms);
	if (r) {
		strbuf_adds(out, "  run  ");
		add_name(out, r);
	}
	strbuf_addc(out, '\n');
}
