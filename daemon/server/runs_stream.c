#include "daemon/server/runs_stream.h"

#include <assert.h>

#include "common/mem.h"
#include "daemon/server/server_priv.h"
#include "daemon/wire/wire.h"

/* Events that one reader did not get. */
struct gate {
	uint64_t dropped, last_seq;
};

struct run_stream {
	struct request *r;
	struct exchange *x;
	const struct run_request *req;
	bool opened, frames, events, document;
	enum inner inner;
	struct text_style style; /* of the client, who may leave while a worker renders */
	struct human *human;
	struct gate gate, file_gate[REPORTS_MAX];
	struct strbuf out, err, live;
	/* With --digest the end of the run waits for it. */
	struct event held[2];
	size_t n_held;
	struct run_summary held_summary;
	char *held_problem;
};

/* ---- life ---- */

static bool is_document(const struct request *r)
{
	if (r->form == FORM_JSON)
		return true;
	return r->form == FORM_FRAMES &&
	       (r->inner == INNER_JSON || r->inner == INNER_JUNIT || r->inner == INNER_TAP);
}

static bool stdout_is_terminal(const struct request *r)
{
	const char *tty = mhd_header(r->x, "Clnrm-Tty");

	return tty && (strcmp(tty, "1") == 0 || strcmp(tty, "3") == 0);
}

static bool stderr_is_terminal(const struct request *r)
{
	const char *tty = mhd_header(r->x, "Clnrm-Tty");

	return tty && (strcmp(tty, "2") == 0 || strcmp(tty, "3") == 0);
}

/* Beside a document only progress is shown, and that on a terminal. */
static struct human *make_human(const struct run_stream *s)
{
	struct text_style style = s->r->style;

	if (s->events || (s->document && !s->frames))
		return NULL;
	style.show_output = (unsigned)s->req->show_output;
	style.raw = s->req->raw;
	style.github = style.github && !s->req->no_ci;
	style.slowest = s->req->slowest;
	style.clear = s->req->clear && s->frames && stdout_is_terminal(s->r);
	if (!s->frames || (s->document && !stderr_is_terminal(s->r)))
		style.live = style.progress = false;
	return human_new(&style);
}

struct run_stream *run_stream_new(struct request *r, const struct run_request *req)
{
	struct run_stream *s = xcalloc(1, sizeof(*s));

	s->r = r;
	s->x = r->x;
	s->req = req;
	s->frames = r->form == FORM_FRAMES;
	s->inner = r->inner;
	s->style = r->style;
	s->document = is_document(r);
	s->events = r->form == FORM_NDJSON || (s->frames && r->inner == INNER_NDJSON);
	s->out = s->err = s->live = (struct strbuf)STRBUF_INIT;
	s->human = make_human(s);
	return s;
}

void run_stream_free(struct run_stream *s)
{
	if (!s)
		return;
	human_free(s->human);
	strbuf_release(&s->out);
	strbuf_release(&s->err);
	strbuf_release(&s->live);
	free(s->held_problem);
	free(s);
}

struct human *run_stream_human(struct run_stream *s)
{
	return s->human;
}

bool run_stream_wants_output(const struct run_stream *s)
{
	bool wants = s->events || s->req->show_output == SHOW_LIVE;

	for (size_t i = 0; i < s->req->n_reports; i++)
		wants = wants || s->req->reports[i] == REPORT_NDJSON;
	return wants;
}

/* ---- bytes to the client ---- */

static void put_out(struct run_stream *s, const struct strbuf *b)
{
	if (b->len && s->frames)
		stream_frame(s->x, 'o', b->s, b->len);
	else if (b->len)
		stream_write(s->x, b->s, b->len);
}

static void put_err(struct run_stream *s, const struct strbuf *b)
{
	if (b->len && s->frames)
		stream_frame(s->x, 'e', b->s, b->len);
	else if (b->len && s->r->form == FORM_TEXT)
		stream_write(s->x, b->s, b->len);
}

void run_stream_text(struct run_stream *s, const struct strbuf *text)
{
	if (s->human && stream_backlog(s->x) < STREAM_DROP_FROM)
		put_out(s, text);
}

/* ---- events that may be dropped ---- */

static bool may_drop(const struct event *ev)
{
	return ev->kind == EV_OUTPUT || ev->kind == EV_PROGRESS;
}

/* False when the reader does without this event. *gap is what it has to be told first. */
static bool gate_pass(
        struct gate *g, struct run_stream *s, const struct event *ev, struct event *gap)
{
	gap->kind = EV_COUNT;
	if (may_drop(ev) && stream_backlog(s->x) > STREAM_DROP_FROM) {
		g->dropped++;
		g->last_seq = ev->seq;
		return false;
	}
	if (g->dropped) {
		*gap = (struct event){ .kind = EV_GAP,
			.seq = g->last_seq,
			.t_ms = ev->t_ms,
			.gap_dropped = g->dropped };
		g->dropped = 0;
	}
	return true;
}

/* The lines of an event for one reader: none, itself, or a gap and itself. */
static void event_lines(
        struct gate *g, struct run_stream *s, const struct event *ev, struct strbuf *out)
{
	struct event gap;

	strbuf_reset(out);
	if (!gate_pass(g, s, ev, &gap))
		return;
	if (gap.kind == EV_GAP)
		wire_event(&gap, false, out);
	wire_event(ev, false, out);
}

/* ---- one event ---- */

static void human_take(struct run_stream *s, const struct event *ev)
{
	bool changed = false;

	strbuf_reset(&s->out);
	strbuf_reset(&s->err);
	strbuf_reset(&s->live);
	human_event(s->human, ev, &s->out, &s->err, &s->live, &changed);
	/* A region that is gone must get through, and before the text: it would be drawn again
	 * below that. */
	if (changed && s->frames && !s->live.len)
		stream_frame(s->x, 'p', "", 0);
	if (!s->document)
		put_out(s, &s->out);
	put_err(s, &s->err);
	if (changed && s->frames && s->live.len && stream_backlog(s->x) < STREAM_LIVE_MAX)
		stream_frame(s->x, 'p', s->live.s, s->live.len);
}

/* Beside a document, people see progress alone. */
static bool human_wants(const struct run_stream *s, const struct event *ev)
{
	return !s->document || ev->kind == EV_PROGRESS || ev->kind == EV_RESULT;
}

static void show_event(struct run_stream *s, const struct event *ev)
{
	struct event gap;

	if (!human_wants(s, ev))
		return;
	/* Output that waits for a verdict is not on its way to the client yet. */
	if (ev->kind == EV_OUTPUT && s->req->show_output != SHOW_LIVE) {
		human_take(s, ev);
		return;
	}
	if (!gate_pass(&s->gate, s, ev, &gap))
		return;
	if (gap.kind == EV_GAP && s->req->show_output == SHOW_LIVE)
		human_take(s, &gap);
	human_take(s, ev);
}

static void file_events(struct run_stream *s, const struct event *ev)
{
	for (size_t i = 0; s->frames && i < s->req->n_reports; i++) {
		if (s->req->reports[i] != REPORT_NDJSON)
			continue;
		event_lines(&s->file_gate[i], s, ev, &s->out);
		if (s->out.len)
			stream_file(s->x, (unsigned)i + 1, s->out.s, s->out.len);
	}
}

void run_stream_open(struct run_stream *s, const char *id)
{
	stream_open(s->r, id);
	s->opened = true;
}

/* The digest is made from the whole result, which is there after the last event. */
static bool hold(struct run_stream *s, const struct event *ev)
{
	struct event *x = &s->held[s->n_held];

	if (!s->req->digest || s->req->run.list || (ev->kind != EV_RESULT && ev->kind != EV_END))
		return false;
	assert(s->n_held < ARRAY_LEN(s->held));
	s->n_held++;
	*x = *ev;
	if (ev->kind == EV_RESULT) {
		s->held_summary = *ev->result.summary;
		x->result.summary = &s->held_summary;
	} else {
		s->held_problem = ev->end.problem_json ? xstrdup(ev->end.problem_json) : NULL;
		x->end.problem_json = s->held_problem;
		x->end.state = NULL; /* of the history */
	}
	return true;
}

void run_stream_event(struct run_stream *s, const struct event *ev)
{
	/* A run that is cancelled while its files are loaded says so before it has begun; what the
	 * answer is to be is not known yet. */
	if (!s->opened && ev->kind != EV_RUN)
		return;
	if (!s->opened)
		run_stream_open(s, ev->run.id);
	if (hold(s, ev))
		return;
	file_events(s, ev);
	if (s->human)
		show_event(s, ev);
	if (!s->events)
		return;
	event_lines(&s->gate, s, ev, &s->out);
	put_out(s, &s->out);
}

/* ---- the end ---- */

static void put_part(struct strbuf *out, bool frames, char kind, const struct strbuf *part)
{
	if (part->len && frames)
		frame_put(out, kind, part->s, part->len);
	else if (part->len)
		strbuf_add(out, part->s, part->len);
}

/* The same, for the events that are held. */
static void render_for_people(struct run_stream *s, const struct event *ev, struct strbuf *out)
{
	bool changed = false, text = s->frames || s->r->form == FORM_TEXT;

	strbuf_reset(&s->out);
	strbuf_reset(&s->err);
	strbuf_reset(&s->live);
	human_event(s->human, ev, &s->out, &s->err, &s->live, &changed);
	if (changed && s->frames && !s->live.len)
		frame_put(out, 'p', "", 0);
	if (!s->document)
		put_part(out, s->frames, 'o', &s->out);
	if (text)
		put_part(out, s->frames, 'e', &s->err);
	if (changed && s->frames && s->live.len)
		frame_put(out, 'p', s->live.s, s->live.len);
}

static void render_lines(struct run_stream *s, const struct event *ev, struct strbuf *out)
{
	for (size_t i = 0; s->frames && i < s->req->n_reports; i++) {
		if (s->req->reports[i] != REPORT_NDJSON)
			continue;
		event_lines(&s->file_gate[i], s, ev, &s->out);
		frame_put_file(out, (unsigned)i + 1, s->out.s, s->out.len);
	}
	if (!s->events)
		return;
	event_lines(&s->gate, s, ev, &s->out);
	put_part(out, s->frames, 'o', &s->out);
}

static void render_held(struct run_stream *s, const struct run_result *result, struct strbuf *out)
{
	char digest[RUN_DIGEST_LEN];
	bool known = s->n_held && wire_digest(result, digest);

	for (size_t i = 0; i < s->n_held; i++) {
		struct event *ev = &s->held[i];

		if (ev->kind == EV_RESULT)
			ev->result.digest = known ? digest : NULL;
		render_lines(s, ev, out);
		if (s->human && human_wants(s, ev))
			render_for_people(s, ev, out);
	}
}

static void render_document(
        const struct run_stream *s, const struct run_result *result, struct strbuf *out)
{
	struct document how = { .dialect = (enum junit_dialect)s->req->junit_dialect,
		.junit_always = s->req->junit_always,
		.verbosity = s->style.verbosity };
	AUTO_STRBUF part = STRBUF_INIT;

	if (!s->frames) {
		document_write(INNER_JSON, result, &how, out);
		return;
	}
	if (s->style.verbosity > 0)
		diags_text(&result->diags, &s->style, s->style.err, &part);
	put_part(out, true, 'e', &part);
	strbuf_reset(&part);
	document_write(s->inner, result, &how, &part);
	put_part(out, true, 'o', &part);
}

static void render_reports(const struct run_stream *s, const struct run_result *result,
        const struct document *how, struct strbuf *out)
{
	static const enum inner forms[] = {
		[REPORT_JSON] = INNER_JSON,
		[REPORT_JUNIT] = INNER_JUNIT,
		[REPORT_TAP] = INNER_TAP,
		[REPORT_HTML] = INNER_HTML,
		[REPORT_MARKDOWN] = INNER_MARKDOWN,
		[REPORT_DIGEST] = INNER_DIGEST,
	};
	bool all = !s->req->n_reports || (how->parts.times && how->parts.logs);
	CLEANUP(run_result_free)
	struct run_result *plain = all ? NULL : report_plain(result, &how->parts);

	for (size_t i = 0; s->frames && i < s->req->n_reports; i++) {
		AUTO_STRBUF part = STRBUF_INIT;

		if (s->req->reports[i] == REPORT_NDJSON)
			continue;
		document_write(forms[s->req->reports[i]], plain ? plain : result, how, &part);
		frame_put_file(out, (unsigned)i + 1, part.s, part.len);
	}
}

void run_stream_render(struct run_stream *s, const struct run_result *result,
        const struct document *how, struct strbuf *out)
{
	render_held(s, result, out);
	if (s->document)
		render_document(s, result, out);
	render_reports(s, result, how, out);
}

bool run_stream_renders(const struct run_stream *s)
{
	return s->document || s->n_held || s->req->n_reports;
}

void run_stream_end(struct run_stream *s, int exit)
{
	if (s->frames)
		stream_exit(s->x, exit);
	stream_end(s->x);
}

/* ---- --list ---- */

static void list_json(struct json *j, const struct scenario_result *sc)
{
	json_obj(j, NULL);
	json_str(j, "id", sc->id);
	json_str(j, "file", sc->file);
	json_uint(j, "line", sc->line);
	json_arr(j, "tags");
	for (size_t i = 0; i < sc->tags.n; i++)
		json_str(j, NULL, sc->tags.v[i]);
	json_end(j);
	json_end(j);
}

static void list_text(struct strbuf *out, const struct scenario_result *sc)
{
	text_line(out, sc->file, strlen(sc->file));
	strbuf_adds(out, "::");
	strbuf_add_visible(out, sc->name, strlen(sc->name));
	strbuf_addc(out, '\t');
	for (size_t i = 0; i < sc->tags.n; i++) {
		if (i)
			strbuf_addc(out, ',');
		strbuf_add_visible(out, sc->tags.v[i], strlen(sc->tags.v[i]));
	}
	strbuf_addc(out, '\n');
}

void run_list_render(const struct run_result *result, struct strbuf *json, struct strbuf *text)
{
	struct json j = JSON_INIT(json);

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.list/1");
	json_arr(&j, "scenarios");
	for (size_t i = 0; i < result->n_listed; i++) {
		const struct scenario_result *sc = result->listed[i];

		if (sc->reason != REASON_NONE)
			continue; /* its file says skip, or another has 'only' */
		list_json(&j, sc);
		list_text(text, sc);
	}
	json_end(&j);
	json_end(&j);
	strbuf_addc(json, '\n');
}
