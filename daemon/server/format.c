/* POST /v1/format: test files in their one layout (cli.md 3.4), on a worker thread. The client
 * writes what changed; a client that reads no frames gets the texts. */
#include <string.h>

#include "common/fs.h"
#include "daemon/core/unified.h"
#include "daemon/server/files.h"
#include "daemon/server/handlers.h"
#include "daemon/server/offload.h"
#include "daemon/wire/wire.h"

#define MAX_FILE (16u << 20) /* config_format() has the project's own bound */

struct formatting {
	struct offload o;
	struct file_set set;
	struct text_style style;
	bool frames, in_words;
	/* What the worker finds. */
	unsigned changed, left, broken;
	unsigned n_written;
	struct strbuf json;     /* the document */
	struct strbuf out, err; /* for people */
	struct strbuf written;  /* frames with names and contents */
};

struct formatted_file {
	const struct found_file *f;
	struct strbuf before, after;
	struct diags diags;
	enum config_formatted done;
	bool is_stdin, changed;
};

static struct run_request *wishes(struct formatting *m)
{
	return &m->set.req;
}

/* ---- one file ---- */

static void cannot_read(struct formatted_file *x, const struct err *e)
{
	diags_add(&x->diags, SEV_ERROR, e->code == ERR_LIMIT ? "file.too_large" : "file.unreadable",
	        x->f->path, (struct pos){ 0 }, "%s", e->msg);
	x->done = CONFIG_CANNOT_FORMAT;
}

static void format_file(struct formatting *m, struct formatted_file *x)
{
	size_t len;
	const char *text = file_set_text(&m->set, x->f, &len);
	struct err e;

	x->is_stdin = text != NULL;
	if (text)
		strbuf_add(&x->before, text, len);
	if (!text && fs_read_file(x->f->real, MAX_FILE, &x->before, &e) < 0) {
		cannot_read(x, &e);
		return;
	}
	x->done = config_format(x->f->path, x->before.s, x->before.len,
	        file_set_settings(&m->set, x->f->real), &x->after, &x->diags);
	if (x->done == CONFIG_NOT_FORMATTED)
		strbuf_add(&x->after, x->before.s, x->before.len);
	x->changed = x->done == CONFIG_FORMATTED &&
	             (x->before.len != x->after.len ||
	                     memcmp(x->before.s, x->after.s, x->before.len) != 0);
}

/* ---- JSON ---- */

/* One edit, of whole lines: from the first that differs to the last. */
static void write_edits(struct json *j, const struct formatted_file *x)
{
	const struct strbuf *a = &x->before, *b = &x->after;
	size_t least = a->len < b->len ? a->len : b->len, from = 0, tail = 0;
	unsigned line = 1, end_line;

	json_arr(j, "edits");
	while (from < least && a->s[from] == b->s[from])
		from++;
	while (from > 0 && a->s[from - 1] != '\n')
		from--;
	while (tail < least - from && a->s[a->len - 1 - tail] == b->s[b->len - 1 - tail])
		tail++;
	while (tail > 0 && a->s[a->len - 1 - tail] != '\n')
		tail--;
	for (size_t i = 0; i < from; i++)
		line += a->s[i] == '\n';
	end_line = line;
	for (size_t i = from; i < a->len - tail; i++)
		end_line += a->s[i] == '\n';
	if (x->changed) {
		bool at_end = tail == 0 && a->len && a->s[a->len - 1] != '\n';

		json_obj(j, NULL);
		json_uint(j, "line", line);
		json_uint(j, "column", 1);
		/* A last line without an end is behind its last line. */
		json_uint(j, "end_line", at_end ? end_line + 1 : end_line);
		json_uint(j, "end_column", 1);
		json_strn(j, "text", b->s + from, b->len - tail - from);
		json_end(j);
	}
	json_end(j);
}

static const char *state_of(const struct formatted_file *x)
{
	if (x->done == CONFIG_FORMATTED)
		return x->changed ? "changed" : "same";
	return x->done == CONFIG_NOT_FORMATTED ? "left" : "invalid";
}

static void write_file(struct formatting *m, struct json *j, const struct formatted_file *x)
{
	json_obj(j, NULL);
	json_str(j, "path", x->f->path);
	json_str(j, "state", state_of(x));
	if (wishes(m)->diff && x->changed) {
		AUTO_STRBUF diff = STRBUF_INIT;

		unified_diff(x->f->path, &x->before, &x->after, &diff);
		json_strn(j, "diff", diff.s, diff.len);
	}
	if (x->changed && (!m->frames || x->is_stdin)) {
		json_strn(j, "content", x->after.s, x->after.len);
		write_edits(j, x);
	}
	wire_diags(j, "diagnostics", &x->diags);
	json_end(j);
}

/* ---- words ---- */

static void say(struct strbuf *out, const char *word, const char *path)
{
	strbuf_printf(out, "%s  ", word);
	text_line(out, path, strlen(path));
	strbuf_addc(out, '\n');
}

static void say_file(struct formatting *m, const struct formatted_file *x)
{
	const struct run_request *w = wishes(m);
	int verbosity = m->style.verbosity;

	diags_text(&x->diags, &m->style, m->style.err, &m->err);
	if (x->changed && w->diff)
		unified_diff(x->f->path, &x->before, &x->after, &m->out);
	else if (x->is_stdin && !w->check && x->done != CONFIG_CANNOT_FORMAT)
		strbuf_add(&m->out, x->after.s, x->after.len);
	else if (x->changed && verbosity >= 0)
		say(&m->out, w->check ? "would format" : "formatted", x->f->path);
	else if (x->done == CONFIG_FORMATTED && verbosity > 0)
		say(&m->out, "same", x->f->path);
	if (w->verify && x->done == CONFIG_FORMATTED && !x->is_stdin)
		say(&m->out, "verified", x->f->path);
}

static void say_totals(struct formatting *m)
{
	const struct run_request *w = wishes(m);
	size_t n = m->set.found.n;

	if (m->style.verbosity < 0 || w->run.stdin_text || (w->diff && !w->check))
		return;
	if (m->changed)
		strbuf_printf(&m->out, "%u of %zu file%s %s", m->changed, n, n == 1 ? "" : "s",
		        w->check || w->diff ? "would change" : "formatted");
	else
		strbuf_printf(&m->out, "%zu file%s, nothing to change", n, n == 1 ? "" : "s");
	if (m->left)
		strbuf_printf(&m->out, ", %u left alone", m->left);
	if (m->broken)
		strbuf_printf(&m->out, ", %u invalid", m->broken);
	strbuf_addc(&m->out, '\n');
}

/* ---- all of them, on a worker ---- */

static void take_file(struct formatting *m, struct json *j, struct formatted_file *x)
{
	const struct run_request *w = wishes(m);

	format_file(m, x);
	m->changed += x->changed;
	m->left += x->done == CONFIG_NOT_FORMATTED;
	m->broken += x->done == CONFIG_CANNOT_FORMAT;
	write_file(m, j, x);
	if (m->in_words)
		say_file(m, x);
	if (!m->frames || !x->changed || x->is_stdin || w->check || w->diff)
		return;
	frame_put_name(&m->written, ++m->n_written, x->f->real);
	frame_put_file(&m->written, m->n_written, x->after.s, x->after.len);
}

/* A file is formatted as a whole, whatever of it was named; but not for what it has not. */
static void look_for(struct formatting *m, const struct found_file *ff)
{
	struct test_file *f;

	if (!ff->selectors)
		return;
	f = file_set_load(&m->set, ff);
	file_set_select(&m->set, ff, f);
	test_file_unref(f);
}

static void each_file(struct formatting *m, struct json *j)
{
	for (size_t i = 0; i < m->set.found.n; i++) {
		struct formatted_file x = {
			.f = &m->set.found.v[i], .before = STRBUF_INIT, .after = STRBUF_INIT
		};
		CLEANUP(arena_free) struct arena *a = arena_new();

		diags_init(&x.diags, a);
		look_for(m, x.f);
		take_file(m, j, &x);
		diags_release(&x.diags);
		strbuf_release(&x.before);
		strbuf_release(&x.after);
	}
}

static void work(struct offload *o)
{
	struct formatting *m = (struct formatting *)o;
	struct json j = JSON_INIT(&m->json);

	file_set_find(&m->set);
	if (m->set.refused)
		return;
	if (m->in_words)
		diags_text(&m->set.diags, &m->style, m->style.err, &m->err);
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.fmt/1");
	json_arr(&j, "files");
	each_file(m, &j);
	json_end(&j);
	json_uint(&j, "changed", m->changed);
	wire_diags(&j, "diagnostics", &m->set.diags);
	json_end(&j);
	strbuf_addc(&m->json, '\n');
	if (m->in_words)
		say_totals(m);
}

/* ---- answer ---- */

static int exit_of(struct formatting *m)
{
	bool check = wishes(m)->check;

	if (m->broken)
		return check ? 1 : 2;
	return check && m->changed ? 1 : 0;
}

static void reply(struct offload *o)
{
	struct formatting *m = (struct formatting *)o;
	struct request *r = o->r;
	const struct strbuf *text = m->in_words ? &m->out : &m->json;

	if (file_set_refused(&m->set, r) || file_set_missed(&m->set, r))
		return;
	if (!m->frames) {
		answer(r, exit_of(m), &m->json, &m->out);
		return;
	}
	stream_open(r, NULL);
	if (text->len)
		stream_frame(r->x, 'o', text->s, text->len);
	if (m->err.len)
		stream_frame(r->x, 'e', m->err.s, m->err.len);
	if (m->written.len)
		stream_write(r->x, m->written.s, m->written.len);
	stream_exit(r->x, exit_of(m));
	stream_end(r->x);
}

static void release(struct offload *o)
{
	struct formatting *m = (struct formatting *)o;

	strbuf_release(&m->json);
	strbuf_release(&m->out);
	strbuf_release(&m->err);
	strbuf_release(&m->written);
	file_set_release(&m->set);
	free(m);
}

void handle_format(struct request *r)
{
	struct formatting *m = xcalloc(1, sizeof(*m));

	m->o = (struct offload){ .work = work, .answer = reply, .release = release };
	m->json = m->out = m->err = m->written = (struct strbuf)STRBUF_INIT;
	m->style = r->style;
	m->frames = r->form == FORM_FRAMES;
	m->in_words = r->form == FORM_TEXT || (m->frames && r->inner == INNER_HUMAN);
	if (file_set_init(&m->set, r, FILES_FORMAT) == 0)
		offload(r, &m->o);
	else
		release(&m->o);
}
