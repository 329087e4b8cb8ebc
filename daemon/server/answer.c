#include <stdio.h>
#include <string.h>

#include "common/build.h"
#include "daemon/server/server_priv.h"
#include "daemon/wire/wire.h"
#include "proto/problem.h"

#define FRAMES "application/vnd.clnrm.frames"

/* ---- queries ---- */

const char *request_query(const struct request *r, const char *name)
{
	return mhd_query(r->x, name);
}

bool request_flag(const struct request *r, const char *name)
{
	const char *v = mhd_query(r->x, name);

	return v && strcmp(v, "0") != 0;
}

const char *request_header(const struct request *r, const char *name)
{
	return mhd_header(r->x, name);
}

uint64_t request_number(const struct request *r, const char *name, uint64_t otherwise)
{
	const char *v = mhd_query(r->x, name);
	char *end;
	unsigned long long n = v ? strtoull(v, &end, 10) : 0;

	return v && *v && !*end ? n : otherwise;
}

/* ---- frames ---- */

void frame_put(struct strbuf *out, char kind, const void *p, size_t n)
{
	strbuf_printf(out, "%c %zu\n", kind, n);
	strbuf_add(out, p, n);
}

void frame_put_file(struct strbuf *out, unsigned number, const void *p, size_t n)
{
	strbuf_printf(out, "f %u %zu\n", number, n);
	strbuf_add(out, p, n);
}

void frame_put_name(struct strbuf *out, unsigned number, const char *path)
{
	strbuf_printf(out, "n %u %zu\n%s", number, strlen(path), path);
}

static void send_bytes(struct exchange *x, const void *p, size_t n)
{
	outbox_put(&x->out, p, n);
	if (x->opened)
		mhd_wake(x);
}

void stream_frame(struct exchange *x, char kind, const void *p, size_t n)
{
	AUTO_STRBUF f = STRBUF_INIT;

	frame_put(&f, kind, p, n);
	send_bytes(x, f.s, f.len);
}

void stream_file(struct exchange *x, unsigned number, const void *p, size_t n)
{
	AUTO_STRBUF f = STRBUF_INIT;

	frame_put_file(&f, number, p, n);
	send_bytes(x, f.s, f.len);
}

void stream_exit(struct exchange *x, int code)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", code);

	stream_frame(x, 'x', text, (size_t)n);
}

void stream_write(struct exchange *x, const void *p, size_t n)
{
	send_bytes(x, p, n);
}

static void open_stream(struct request *r, const char *type, const char *run)
{
	struct exchange *x = r->x;

	x->status = 200;
	x->type = type;
	strbuf_printf(&x->headers, "Clnrm-Build: %s\n", x->server->d.build);
	if (run)
		strbuf_printf(&x->headers, "Clnrm-Run: %s\n", run);
	x->opened = x->answered = true;
	x->stage = STAGE_STREAM;
	mhd_answer(x, true);
}

void stream_open(struct request *r, const char *run)
{
	open_stream(r,
	        r->form == FORM_FRAMES   ? FRAMES
	        : r->form == FORM_NDJSON ? "application/x-ndjson"
	        : r->form == FORM_TEXT   ? "text/plain; charset=utf-8"
	                                 : "application/json",
	        run);
}

void stream_open_as(struct request *r, const char *type)
{
	open_stream(r, r->form == FORM_FRAMES ? FRAMES : type, NULL);
}

void stream_end(struct exchange *x)
{
	x->ended = true;
	x->closed = NULL;
	mhd_wake(x);
}

size_t stream_backlog(const struct exchange *x)
{
	return outbox_size(&x->out);
}

/* ---- whole answers ---- */

static void finish(struct exchange *x, int status, const char *type, int exit)
{
	x->status = status;
	x->type = type;
	strbuf_printf(&x->headers, "Clnrm-Build: %s\nClnrm-Exit: %d\n", x->server->d.build, exit);
	x->answered = x->ended = true;
	x->closed = NULL;
	x->stage = STAGE_DONE;
	mhd_answer(x, false);
}

/* A frame of all of text, which is taken over if it is large. */
static void give_frame(struct exchange *x, struct strbuf *text)
{
	char head[32];
	int n = snprintf(head, sizeof(head), "o %zu\n", text->len);

	outbox_put(&x->out, head, (size_t)n);
	outbox_give(&x->out, text);
}

static void answer_as(struct request *r, int status, int exit, struct strbuf *json,
        struct strbuf *human, const struct strbuf *aside)
{
	struct exchange *x = r->x;
	bool text = human &&
	            (r->form == FORM_TEXT || (r->form == FORM_FRAMES && r->inner == INNER_HUMAN));
	struct strbuf *what = text ? human : json;
	bool ends_line = what->len && what->s[what->len - 1] == '\n';

	if (r->form != FORM_FRAMES) {
		outbox_give(&x->out, what);
		finish(x, status, text ? "text/plain; charset=utf-8" : "application/json", exit);
		return;
	}
	if (text && aside && aside->len)
		stream_frame(x, 'e', aside->s, aside->len);
	give_frame(x, what);
	if (!text && !ends_line)
		stream_frame(x, 'o', "\n", 1);
	stream_exit(x, exit);
	finish(x, status, FRAMES, exit);
}

void answer(struct request *r, int exit, struct strbuf *json, struct strbuf *human)
{
	answer_as(r, 200, exit, json, human, NULL);
}

void answer_beside(struct request *r, int exit, struct strbuf *json, struct strbuf *human,
        const struct strbuf *aside)
{
	answer_as(r, 200, exit, json, human, aside);
}

void answer_accepted(struct request *r, int exit, struct strbuf *json, struct strbuf *human)
{
	answer_as(r, 202, exit, json, human, NULL);
}

void answer_accepted_beside(struct request *r, int exit, struct strbuf *json, struct strbuf *human,
        const struct strbuf *aside)
{
	answer_as(r, 202, exit, json, human, aside);
}

void answer_text(struct request *r, const char *type, struct strbuf *text)
{
	struct exchange *x = r->x;

	if (r->form == FORM_FRAMES) {
		give_frame(x, text);
		stream_exit(x, 0);
		type = FRAMES;
	} else {
		outbox_give(&x->out, text);
	}
	finish(x, 200, type, 0);
}

void answer_none(struct request *r)
{
	if (r->form == FORM_FRAMES)
		stream_exit(r->x, 0);
	finish(r->x, r->form == FORM_FRAMES ? 200 : 204, r->form == FORM_FRAMES ? FRAMES : NULL, 0);
}

void answer_say_error(struct strbuf *out, const char *code, const char *detail, const char *help)
{
	AUTO_STRBUF plain = STRBUF_INIT;

	strbuf_printf(&plain, "error[%s]: %s\n", code, detail);
	if (help)
		strbuf_printf(&plain, "      help: %s\n", help);
	/* Both may have words of the request in them. */
	strbuf_add_visible(out, plain.s, plain.len);
}

/* For people: the findings if there are any, else the one line of the problem. */
static void problem_text(struct request *r, const char *code, const char *detail, const char *help,
        const struct diags *d, struct strbuf *out)
{
	/* Findings that are errors say it; warnings do not. */
	if (d)
		diags_text(d, &r->style, r->style.err, out);
	if (d && d->errors)
		return;
	answer_say_error(out, code, detail, help);
}

void answer_problem_with(struct request *r, const char *code, int exit, const char *detail,
        const char *help, const struct diags *d, const char *extra)
{
	struct exchange *x = r->x;
	const struct problem_kind *kind = problem_kind(code);
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT;
	const char *helps[] = { help };

	if (kind && kind->status == 503)
		strbuf_adds(&x->headers, "Retry-After: 1\n");
	wire_problem(code, exit, detail, x->path, helps, help ? 1 : 0, d, extra, &json);
	if (r->form != FORM_FRAMES) {
		outbox_put(&x->out, json.s, json.len);
		finish(x, kind ? kind->status : 500, "application/problem+json", exit);
		return;
	}
	problem_text(r, code, detail, help, d, &text);
	if (r->inner == INNER_JSON || r->inner == INNER_NDJSON)
		stream_frame(x, 'o', json.s, json.len);
	stream_frame(x, 'e', text.s, text.len);
	stream_exit(x, exit);
	finish(x, kind ? kind->status : 500, FRAMES, exit);
}

void answer_problem(struct request *r, const char *code, int exit, const char *detail,
        const char *help, const struct diags *d)
{
	answer_problem_with(r, code, exit, detail, help, d, NULL);
}

void answer_err(struct request *r, const struct err *e)
{
	const char *code = problem_of_err(e->code);
	const struct problem_kind *kind = problem_kind(code);

	answer_problem(r, code, kind ? kind->exit : 5, e->msg, NULL, NULL);
}

void answer_needs(struct request *r, const char *feature, const char *what, const char *help)
{
	AUTO_STR detail = xasprintf("%s needs %s, which this build does not have", what, feature);
	AUTO_STR extra = xasprintf(",\"missing\":[\"%s\"]", feature);

	answer_problem_with(r, "needs-feature", 2, detail, help, NULL, extra);
}

void answer_need_env(struct request *r, const struct str_list *names)
{
	struct exchange *x = r->x;
	AUTO_STRBUF list = STRBUF_INIT, json = STRBUF_INIT, extra = STRBUF_INIT;

	strbuf_adds(&extra, ",\"names\":[");
	for (size_t i = 0; i < names->n; i++) {
		strbuf_printf(&list, "%s%s", i ? "," : "", names->v[i]);
		if (i)
			strbuf_addc(&extra, ',');
		json_quote(&extra, names->v[i], strlen(names->v[i]));
	}
	strbuf_addc(&extra, ']');
	strbuf_printf(&x->headers, "Clnrm-Need-Env: %s\n", list.s);
	wire_problem("env-needed", 0, "variables of the client are needed", x->path, NULL, 0, NULL,
	        extra.s, &json);
	outbox_put(&x->out, json.s, json.len);
	finish(x, 428, "application/problem+json", 0);
}
