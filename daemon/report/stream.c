#include "daemon/report/human_priv.h"

#define MAX_PARTIAL 65536 /* bytes of a line that wait for their line feed */

struct partial {
	char *scenario, *step;
	bool is_stderr;
	struct strbuf text;
};

/* Few lines wait at a time (two a running step), so that a list is enough. */
struct stream {
	const struct text_style *style;
	struct partial *v;
	size_t n, cap;
};

struct stream *stream_new(const struct text_style *style)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->style = style;
	return s;
}

static void partial_release(struct partial *p)
{
	free(p->scenario);
	free(p->step);
	strbuf_release(&p->text);
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		partial_release(&s->v[i]);
	free(s->v);
	free(s);
}

static struct partial *find(struct stream *s, const struct event *ev)
{
	for (size_t i = 0; i < s->n; i++) {
		struct partial *p = &s->v[i];

		if (p->is_stderr == ev->output.is_stderr &&
		        strcmp(p->scenario, ev->output.scenario) == 0 &&
		        strcmp(p->step, ev->output.step) == 0)
			return p;
	}
	s->v = xgrow(s->v, &s->cap, s->n + 1, sizeof(*s->v));
	s->v[s->n] = (struct partial){
		.scenario = xstrdup(ev->output.scenario),
		.step = xstrdup(ev->output.step),
		.is_stderr = ev->output.is_stderr,
		.text = STRBUF_INIT,
	};
	return &s->v[s->n++];
}

static void add_line(const struct stream *s, const struct partial *p, const char *text, size_t n,
        struct strbuf *out)
{
	text_ink(out, s->style->out, INK_DIM);
	text_str(out, p->scenario);
	strbuf_adds(out, " > ");
	text_str(out, p->step);
	strbuf_adds(out, " | ");
	text_plain(out, s->style->out, INK_DIM);
	if (s->style->raw)
		strbuf_add(out, text, n);
	else
		strbuf_add_visible(out, text, n);
	strbuf_addc(out, '\n');
}

static void flush(const struct stream *s, struct partial *p, struct strbuf *out)
{
	if (p->text.len > 0)
		add_line(s, p, p->text.s, p->text.len, out);
	strbuf_reset(&p->text);
}

void stream_output(struct stream *s, const struct event *ev, struct strbuf *out)
{
	struct partial *p = find(s, ev);
	const char *at = ev->output.data, *end = at + ev->output.len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *stop = lf ? lf : end;

		strbuf_add(&p->text, at, (size_t)(stop - at));
		if (lf) {
			add_line(s, p, p->text.s, p->text.len, out);
			strbuf_reset(&p->text);
		} else if (p->text.len > MAX_PARTIAL) {
			flush(s, p, out);
		}
		at = lf ? lf + 1 : end;
	}
}

void stream_over(struct stream *s, const char *scenario, const char *step, struct strbuf *out)
{
	for (size_t i = 0; i < s->n;) {
		struct partial *p = &s->v[i];

		if (strcmp(p->scenario, scenario) != 0 || (step && strcmp(p->step, step) != 0)) {
			i++;
			continue;
		}
		flush(s, p, out);
		partial_release(p);
		s->v[i] = s->v[--s->n];
	}
}
