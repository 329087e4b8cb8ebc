/* A file's text in its layout: templates whose tags can be told from the text, and the proof that
 * nothing but the layout changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/check.h"
#include "daemon/config/config.h"
#include "daemon/config/format.h"
#include "daemon/config/load.h"

/* ---- template tags ---- */

/* A text that is no TOML before it is rendered can be laid out all the same when its tags stand
 * where TOML has something of its own: a line of tags for a comment, a tag in place of a value for
 * a string, a tag in a key or string for letters. Each is replaced by a mark that occurs nowhere
 * else, and put back afterwards. */
enum tag_place { PLACE_LINE, PLACE_VALUE, PLACE_TEXT };

struct tag {
	const char *s;
	size_t len;
	enum tag_place place;
};

struct masked {
	char mark[48]; /* "clnrm_tag_" and more until nothing in the text is like it */
	struct tag *v;
	size_t n, cap;
	struct strbuf text;
};

static void masked_release(struct masked *m)
{
	free(m->v);
	strbuf_release(&m->text);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Behind the quoted text at p. */
static const char *skip_quoted(const char *p, const char *end)
{
	const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));

	return close ? close + 1 : end;
}

/* Behind the tag that begins at p; NULL when none begins there or it is never closed. */
static const char *tag_end(const char *p, const char *end)
{
	char close = end - p > 3 && *p == '{' ? p[1] == '{' ? '}' : p[1] : '\0';

	if (close != '}' && close != '%' && close != '#')
		return NULL;
	for (const char *q = p + 2; q + 1 < end;) {
		if (q[0] == close && q[1] == '}')
			return q + 2;
		q = close != '#' && strchr("\"'`", *q) && *q ? skip_quoted(q, end) : q + 1;
	}
	return NULL;
}

/* Behind all tags and blanks from p on if that is the end of the line; else NULL. */
static const char *tags_to_line_end(const char *p, const char *end, const char **last)
{
	const char *next;

	while ((next = tag_end(p, end))) {
		*last = p = next;
		while (p < end && is_blank(*p))
			p++;
	}
	return p >= end || *p == '\n' || *p == '\r' ? p : NULL;
}

static bool begins_line(const char *text, const char *p)
{
	while (p > text && is_blank(p[-1]))
		p--;
	return p == text || p[-1] == '\n';
}

static bool stands_for_value(const char *text, const char *p, const char *after, const char *end)
{
	while (p > text && is_blank(p[-1]))
		p--;
	while (after < end && is_blank(*after))
		after++;
	return p > text && strchr("=[,", p[-1]) && (after >= end || strchr("\r\n#,]}", *after));
}

static void choose_mark(struct masked *m, const char *text, size_t len)
{
	size_t n = (size_t)snprintf(m->mark, sizeof(m->mark), "clnrm_tag_");

	while (memmem(text, len, m->mark, n) && n + 1 < sizeof(m->mark)) {
		m->mark[n++] = '_';
		m->mark[n] = '\0';
	}
}

static void put_mark(struct masked *m, const char *from, const char *to, enum tag_place place)
{
	static const char *const before[] = { "#", "'", "" }, *const after[] = { "", "'", "" };

	m->v = xgrow(m->v, &m->cap, m->n + 1, sizeof(*m->v));
	m->v[m->n] = (struct tag){ from, (size_t)(to - from), place };
	strbuf_printf(&m->text, "%s%s%06zu%s", before[place], m->mark, m->n, after[place]);
	m->n++;
}

static void mask(struct masked *m, const char *text, size_t len)
{
	const char *end = text + len, *p = text;

	*m = (struct masked){ .text = STRBUF_INIT };
	choose_mark(m, text, len);
	while (p < end) {
		const char *to = *p == '{' ? tag_end(p, end) : NULL, *last = to;

		if (!to) {
			strbuf_addc(&m->text, *p++);
			continue;
		}
		if (begins_line(text, p) && tags_to_line_end(p, end, &last)) {
			put_mark(m, p, last, PLACE_LINE);
			p = last;
			continue;
		}
		put_mark(m, p, to, stands_for_value(text, p, to, end) ? PLACE_VALUE : PLACE_TEXT);
		p = to;
	}
}

/* Back from marks to tags: all of them, each once, or -1. */
static int unmask(const struct masked *m, const struct strbuf *in, struct strbuf *out)
{
	size_t n = strlen(m->mark), seen = 0;
	const char *p = in->s, *hit;

	while ((hit = strstr(p, m->mark))) {
		size_t i = strtoul(hit + n, NULL, 10), around;

		if (i >= m->n)
			return -1;
		around = m->v[i].place != PLACE_TEXT;
		strbuf_add(out, p, (size_t)(hit - p) - around);
		strbuf_add(out, m->v[i].s, m->v[i].len);
		p = hit + n + 6 + (m->v[i].place == PLACE_VALUE);
		seen++;
	}
	strbuf_adds(out, p);
	return seen == m->n ? 0 : -1;
}

/* ---- proof ---- */

/* As equal as node_equal() wants, in the same order. */
static bool is_same(const struct node *a, const struct node *b)
{
	const struct node *x = a->first, *y = b->first;

	if (a->type != b->type || a->key_len != b->key_len ||
	        (a->key && memcmp(a->key, b->key, a->key_len) != 0))
		return false;
	if (a->type != NODE_TABLE && a->type != NODE_ARRAY)
		return node_equal(a, b);
	for (; x && y; x = x->next, y = y->next)
		if (!is_same(x, y))
			return false;
	return !x && !y;
}

/* Formats; reads the result, which must mean the same; formats that, which must not change it. */
static int lay_out(const struct format_job *job, const char *text, size_t len, struct arena *a,
        struct strbuf *out, struct diags *d)
{
	AUTO_STRBUF again = STRBUF_INIT;
	struct node *before, *after;

	if (format_toml(job, text, len, a, out, &before, d) < 0)
		return -1;
	if (format_toml(job, out->s, out->len, a, &again, &after, d) == 0 &&
	        is_same(before, after) && again.len == out->len &&
	        memcmp(again.s, out->s, out->len) == 0)
		return 0;
	diags_add(d, SEV_ERROR, "fmt.unstable", job->name, (struct pos){ 0 },
	        "formatting would change what the file means: it is left as it is");
	return -1;
}

/* ---- the door ---- */

static enum config_formatted leave(
        struct diags *d, const char *code, const char *name, const char *why)
{
	diags_add(d, SEV_NOTE, code, name, (struct pos){ 0 }, "%s", why);
	return CONFIG_NOT_FORMATTED;
}

/* False: its tags are somewhere else. */
static bool format_masked(
        struct format_job *job, const struct masked *m, struct arena *a, struct strbuf *out)
{
	AUTO_STRBUF laid = STRBUF_INIT;
	struct diags d;
	bool good;

	diags_init(&d, a);
	job->tag = m->mark;
	good = lay_out(job, m->text.s, m->text.len, a, &laid, &d) == 0 &&
	       unmask(m, &laid, out) == 0;
	diags_release(&d);
	job->tag = NULL; /* it goes with m */
	return good;
}

static bool is_syntax(const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (strncmp(d->v[i].code, "toml.", 5) != 0)
			return false;
	return true;
}

/* Of a text that is no TOML as it stands, for the reasons in mine. */
static enum config_formatted format_other(struct format_job *job, const char *text, size_t len,
        struct arena *a, struct strbuf *out, struct diags *mine, struct diags *d)
{
	enum config_formatted done = CONFIG_CANNOT_FORMAT;
	struct masked m;

	mask(&m, text, len);
	if (!m.n || !is_syntax(mine)) {
		source_fill(mine, text, len);
		diags_copy(d, mine);
	} else if (format_masked(job, &m, a, out)) {
		done = CONFIG_FORMATTED;
	} else {
		strbuf_reset(out);
		done = leave(d, "fmt.template", job->name,
		        "not formatted: its tags stand where TOML has nothing of its own");
	}
	masked_release(&m);
	return done;
}

enum config_formatted config_format(const char *name, const char *text, size_t len,
        const struct settings *s, struct strbuf *out, struct diags *d)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	const struct parse_limits limits = load_parse_limits(s);
	struct format_job job = { .name = name, .limits = &limits };
	enum config_formatted done = CONFIG_FORMATTED;
	struct diags mine;

	if (load_is_yaml(name))
		return leave(d, "fmt.yaml", name, "not formatted: YAML is left as it is");
	diags_init(&mine, a);
	if (lay_out(&job, text, len, a, out, &mine) < 0) {
		strbuf_reset(out);
		done = format_other(&job, text, len, a, out, &mine, d);
	}
	diags_release(&mine);
	return done;
}
