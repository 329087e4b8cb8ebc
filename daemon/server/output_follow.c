/* `clnrm logs -f`: what is stored, then what comes, to the end of the run.
 *
 * The observer is set before the stored part is read, so that nothing falls between the two; what
 * comes meanwhile is held, and dropped again where the stored part has it. */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/map.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/server/output.h"
#include "daemon/server/runs_stream.h"

#define LINE_MAX_HELD 65536 /* of a line that waits for its line feed */
#define HELD_MAX (16u << 20)

/* The line that a stream of a step is in. */
struct line {
	char *scenario;
	struct strbuf text;
};

struct held {
	struct held *next;
	char *scenario;
	struct strbuf text;
};

struct follow {
	struct observer obs;
	struct request *r;
	struct arena *arena;
	struct output_query q;
	struct store *store;
	struct map *lines;             /* of the streams that came so far */
	struct held *held, **held_end; /* until the stored part is there */
	size_t held_bytes;
	uint64_t dropped; /* bytes that a slow reader did not get */
	bool loaded, over;
};

/* ---- life ---- */

static void free_line(void *value)
{
	struct line *l = value;

	free(l->scenario);
	strbuf_release(&l->text);
	free(l);
}

static void free_held(struct follow *f)
{
	while (f->held) {
		struct held *h = f->held;

		f->held = h->next;
		free(h->scenario);
		strbuf_release(&h->text);
		free(h);
	}
	f->held_end = &f->held;
}

static void free_follow(struct follow *f)
{
	live_forget(&f->obs);
	free_held(f);
	map_free(f->lines, free_line);
	arena_free(f->arena);
	free(f);
}

/* ---- to the client ---- */

static void put(struct follow *f, char kind, const char *p, size_t n)
{
	if (f->r->form == FORM_FRAMES)
		stream_frame(f->r->x, kind, p, n);
	else if (kind == 'o')
		stream_write(f->r->x, p, n);
}

static void put_live(struct follow *f, const struct strbuf *b)
{
	AUTO_STRBUF note = STRBUF_INIT;

	if (stream_backlog(f->r->x) > STREAM_DROP_FROM) {
		f->dropped += b->len;
		return;
	}
	if (f->dropped) {
		strbuf_adds(&note, "[... ");
		size_format(&note, f->dropped);
		strbuf_adds(&note, " dropped: the reader was too slow ...]\n");
		put(f, 'o', note.s, note.len);
		f->dropped = 0;
	}
	put(f, 'o', b->s, b->len);
}

static void hold(struct follow *f, const char *scenario, const struct strbuf *b)
{
	struct held *h;

	if (f->held_bytes + b->len > HELD_MAX) {
		f->dropped += b->len;
		return;
	}
	h = xcalloc(1, sizeof(*h));
	h->scenario = xstrdup(scenario);
	h->text = (struct strbuf)STRBUF_INIT;
	strbuf_add(&h->text, b->s, b->len);
	f->held_bytes += b->len;
	*f->held_end = h;
	f->held_end = &h->next;
}

static void show(struct follow *f, const char *scenario, const struct strbuf *b)
{
	if (!b->len)
		return;
	if (f->loaded)
		put_live(f, b);
	else
		hold(f, scenario, b);
}

/* ---- lines ---- */

static void add_line(const struct follow *f, const char *p, size_t n, struct strbuf *out)
{
	char at[RFC3339_LEN];

	if (f->q.timestamps) {
		clock_rfc3339(clock_wall_ns(), at);
		strbuf_adds(out, at);
		strbuf_addc(out, ' ');
	}
	if (f->q.raw)
		strbuf_add(out, p, n);
	else
		strbuf_add_visible(out, p, n);
	strbuf_addc(out, '\n');
}

static void flush_line(const struct follow *f, struct line *l, struct strbuf *out)
{
	if (l->text.len)
		add_line(f, l->text.s, l->text.len, out);
	strbuf_reset(&l->text);
}

/* Whole lines go on; streams that run side by side would mix within lines otherwise. */
static void take_bytes(
        struct follow *f, struct line *l, const char *p, size_t n, struct strbuf *out)
{
	const char *end = p + n;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p)), *stop = lf ? lf : end;

		strbuf_add(&l->text, p, (size_t)(stop - p));
		if (lf) {
			add_line(f, l->text.s, l->text.len, out);
			strbuf_reset(&l->text);
		} else if (l->text.len > LINE_MAX_HELD) {
			flush_line(f, l, out);
		}
		p = lf ? lf + 1 : end;
	}
}

static struct line *line_of(struct follow *f, const struct event *ev, struct strbuf *out)
{
	AUTO_STR key =
	        xasprintf("%s\n%s\n%d", ev->output.scenario, ev->output.step, ev->output.is_stderr);
	struct line *l = map_get(f->lines, key);

	if (l)
		return l;
	l = xcalloc(1, sizeof(*l));
	l->scenario = xstrdup(ev->output.scenario);
	l->text = (struct strbuf)STRBUF_INIT;
	map_put(f->lines, key, l);
	if (ev->output.offset) {
		strbuf_adds(out, "[... ");
		size_format(out, ev->output.offset);
		strbuf_adds(out, " came before ...]\n");
	}
	return l;
}

/* Lines without a line feed at the end of a scenario, or of all of them. */
static void flush_scenario(struct follow *f, const char *scenario)
{
	size_t at = 0;
	const char *key;
	void *value;

	while (map_next(f->lines, &at, &key, &value)) {
		struct line *l = value;
		AUTO_STRBUF out = STRBUF_INIT;

		if (scenario && strcmp(l->scenario, scenario) != 0)
			continue;
		flush_line(f, l, &out);
		show(f, l->scenario, &out);
	}
}

/* ---- the run ---- */

/* "TEST/SCENARIO": the test's name is not part of the event, and may hold '/' itself. A path that
 * names a test is that of every scenario below it. */
static bool wants_event(const struct follow *f, const struct event *ev)
{
	const char *scenario = ev->output.scenario, *path = f->q.path;
	size_t n = path ? strlen(path) : 0;
	bool below = path && strncmp(path, scenario, n) == 0 && scenario[n] == '/';

	if (!(f->q.streams & (ev->output.is_stderr ? OUTPUT_STDERR : OUTPUT_STDOUT)))
		return false;
	return below || output_wants(&f->q, "", scenario, ev->output.step);
}

static void on_output(struct follow *f, const struct event *ev)
{
	AUTO_STRBUF out = STRBUF_INIT;
	struct line *l;

	if (!wants_event(f, ev))
		return;
	l = line_of(f, ev, &out);
	take_bytes(f, l, ev->output.data, ev->output.len, &out);
	show(f, l->scenario, &out);
}

static void on_event(struct observer *o, const struct event *ev)
{
	struct follow *f = (struct follow *)o;

	if (ev->kind == EV_OUTPUT)
		on_output(f, ev);
	else if (ev->kind == EV_SCENARIO_END)
		flush_scenario(f, ev->scenario_end->id);
}

static void finish(struct follow *f)
{
	flush_scenario(f, NULL);
	if (f->r->form == FORM_FRAMES)
		stream_exit(f->r->x, 0);
	stream_end(f->r->x);
	free_follow(f);
}

static void on_over(struct observer *o, const char *state)
{
	struct follow *f = (struct follow *)o;

	(void)state;
	f->over = true;
	if (f->loaded)
		finish(f);
}

static void on_closed(void *arg)
{
	free_follow(arg);
}

static void observe(struct follow *f, struct live *live)
{
	live_observe(live, &f->obs);
	live_replay(live, &f->obs);
}

/* ---- the stored part ---- */

struct load {
	struct offload o;
	struct follow *f; /* NULL once it goes on by itself */
	const char *ref;  /* of its arena */
	bool only_name;   /* no observer is set yet: which run is it? */
	char id[16];
	struct run_result *result;
	bool failed;
	struct err e;
};

static void load_work(struct offload *o)
{
	struct load *l = (struct load *)o;

	if (l->only_name) {
		l->failed = history_resolve(l->f->store, l->ref, l->id, &l->e) < 0;
		return;
	}
	l->result = history_load(l->f->store, l->ref, &l->e);
	l->failed = l->result == NULL;
}

static void load_release(struct offload *o)
{
	struct load *l = (struct load *)o;

	if (l->result)
		run_result_free(l->result);
	if (l->f)
		free_follow(l->f);
	free(l);
}

static bool is_stored(const struct run_result *r, const char *scenario)
{
	for (size_t t = 0; r && t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *sc = r->tests[t].scenarios[i];

			if (sc && strcmp(sc->id, scenario) == 0)
				return true;
		}
	}
	return false;
}

static void show_stored(struct follow *f, const struct run_result *r)
{
	static const char note[] = "note[times]: what came before was stored without times\n";
	struct output_text text = { .text = STRBUF_INIT };

	if (r)
		output_text(&f->q, r, &text);
	if (text.text.len) {
		if (f->q.timestamps && text.times_lost)
			put(f, 'e', note, strlen(note));
		if (text.text.s[text.text.len - 1] != '\n')
			strbuf_addc(&text.text, '\n');
		put(f, 'o', text.text.s, text.text.len);
	}
	strbuf_release(&text.text);
}

static void show_held(struct follow *f, const struct run_result *r)
{
	for (struct held *h = f->held; h; h = h->next)
		if (!is_stored(r, h->scenario))
			put_live(f, &h->text);
	free_held(f);
}

static void go_on(struct load *l)
{
	struct follow *f = l->f;

	l->f = NULL;
	stream_open(f->r, NULL);
	show_stored(f, l->result);
	show_held(f, l->result);
	f->loaded = true;
	if (f->over)
		finish(f);
	else
		exchange_on_closed(f->r->x, on_closed, f);
}

static void submit(struct follow *f, const char *ref, bool only_name);

/* Which run it is, is known; if it is still active it is observed from here on. */
static void named(struct load *l)
{
	struct follow *f = l->f;
	struct live *live = live_find(f->r->server, l->id);

	l->f = NULL;
	if (live)
		observe(f, live);
	f->over = live == NULL;
	submit(f, arena_strdup(f->arena, l->id), false);
}

/* Of a run that is over: what was named will not come any more. */
static bool is_absent(const struct load *l)
{
	const struct follow *f = l->f;

	return f->over && l->result && !f->held && output_is_named(&f->q) &&
	       !output_matches(&f->q, l->result);
}

static void refuse_absent(const struct load *l)
{
	struct output_missing missing;

	output_missing(&l->f->q, l->result, l->f->arena, &missing);
	output_refuse(l->o.r, &missing);
}

static void load_reply(struct offload *o)
{
	struct load *l = (struct load *)o;
	bool follows = l->f->obs.live != NULL || l->f->over;

	/* An active run that is not in the history can still be followed. */
	if (l->failed && (l->only_name || !follows || l->e.code != ERR_NOT_FOUND))
		history_refuse(o->r, &l->e);
	else if (l->only_name)
		named(l);
	else if (is_absent(l))
		refuse_absent(l);
	else
		go_on(l);
}

static void submit(struct follow *f, const char *ref, bool only_name)
{
	struct load *l = xcalloc(1, sizeof(*l));

	l->o = (struct offload){ .work = load_work, .answer = load_reply, .release = load_release };
	l->f = f;
	l->ref = ref;
	l->only_name = only_name;
	offload(f->r, &l->o);
}

void output_follow(struct request *r, const struct output_query *q)
{
	struct follow *f = xcalloc(1, sizeof(*f));
	struct live *live = live_find(r->server, q->ref);

	f->obs.event = on_event;
	f->obs.over = on_over;
	f->r = r;
	f->arena = arena_new();
	f->store = r->d->store;
	f->lines = map_new();
	f->held_end = &f->held;
	f->q = *q;
	f->q.ref = arena_strdup(f->arena, q->ref);
	f->q.path = arena_strdup(f->arena, q->path);
	f->q.scenario = arena_strdup(f->arena, q->scenario);
	f->q.step = arena_strdup(f->arena, q->step);
	if (live)
		observe(f, live);
	submit(f, f->q.ref, live == NULL);
}
