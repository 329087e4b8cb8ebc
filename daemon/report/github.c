#include "daemon/core/id.h"
#include "daemon/report/human_priv.h"

#define MAX_SHOWN 10
#define TOKEN_LEN 24
#define MAX_MESSAGE 1000

struct level {
	const char *command;
	struct strbuf lines;
	unsigned n;
};

struct github {
	char token[TOKEN_LEN + 1]; /* no test can know it */
	bool guarded;
	struct level errors, warnings;
};

struct github *github_new(void)
{
	struct github *g = xcalloc(1, sizeof(*g));

	id_make(g->token, TOKEN_LEN);
	g->errors = (struct level){ .command = "error", .lines = STRBUF_INIT };
	g->warnings = (struct level){ .command = "warning", .lines = STRBUF_INIT };
	return g;
}

void github_free(struct github *g)
{
	if (!g)
		return;
	strbuf_release(&g->errors.lines);
	strbuf_release(&g->warnings.lines);
	free(g);
}

void github_guard(struct github *g, struct strbuf *out)
{
	if (g->guarded)
		return;
	strbuf_printf(out, "::stop-commands::%s\n", g->token);
	g->guarded = true;
}

/* The characters that end a command or a property are written as %XX. */
static void add_text(struct strbuf *out, const char *s, bool property)
{
	AUTO_STRBUF clean = STRBUF_INIT;

	strbuf_add_utf8(&clean, s, strnlen(s, MAX_MESSAGE));
	const char *set = property ? "%\r\n:," : "%\r\n";

	for (const char *at = clean.s; *at;) {
		size_t n = strcspn(at, set);

		strbuf_add_visible(out, at, n);
		at += n;
		if (*at)
			strbuf_printf(out, "%%%02X", (unsigned char)*at++);
	}
}

struct annotation {
	const char *file, *title, *message;
	uint32_t line, col; /* 0 = 1 */
};

static void add_annotation(struct level *l, const struct annotation *a)
{
	if (l->n++ >= MAX_SHOWN)
		return;
	strbuf_printf(&l->lines, "::%s file=", l->command);
	add_text(&l->lines, a->file ? a->file : "", true);
	strbuf_printf(
	        &l->lines, ",line=%u,col=%u,title=", a->line ? a->line : 1, a->col ? a->col : 1);
	add_text(&l->lines, a->title, true);
	strbuf_adds(&l->lines, "::");
	add_text(&l->lines, a->message, false);
	strbuf_addc(&l->lines, '\n');
}

static void add_command(struct level *l, const struct scenario_result *s, const char *message)
{
	const struct failure *f = s->n_failures ? &s->failures[0] : NULL;

	add_annotation(l, &(struct annotation){
	                          .file = f && f->file ? f->file : s->file,
	                          .title = s->id,
	                          .message = message,
	                          .line = f && f->pos.line ? f->pos.line : s->line,
	                          .col = f ? f->pos.col : 0,
	                  });
}

void github_scenario(struct github *g, const struct scenario_result *s)
{
	AUTO_STRBUF text = STRBUF_INIT;

	if (s->quarantine)
		block_quarantine(s, &text);
	else if (s->flaky)
		block_flaky(s, &text);
	if (s->quarantine || (s->flaky && s->n_before))
		strbuf_printf(&text, ": %s", block_message(s->flaky ? s->before[0] : s));
	if (text.len)
		add_command(&g->warnings, s, text.s);
	else if (scenario_failed(s))
		add_command(&g->errors, s, block_message(s));
	for (size_t i = 0; i < s->n_findings; i++)
		if (s->findings[i].message)
			add_command(&g->warnings, s, s->findings[i].message);
}

static void add_level(const struct level *l, struct strbuf *out)
{
	strbuf_add(out, l->lines.s, l->lines.len);
	if (l->n > MAX_SHOWN)
		strbuf_printf(out, "::%s::and %u more\n", l->command, l->n - MAX_SHOWN);
}

void github_tail(struct github *g, struct strbuf *out)
{
	if (g->guarded)
		strbuf_printf(out, "::%s::\n", g->token);
	g->guarded = false;
	add_level(&g->errors, out);
	add_level(&g->warnings, out);
}

void github_diags(const struct diags *d, struct strbuf *out)
{
	struct level levels[] = {
		[SEV_ERROR] = { .command = "error", .lines = STRBUF_INIT },
		[SEV_WARNING] = { .command = "warning", .lines = STRBUF_INIT },
		[SEV_NOTE] = { .command = "notice", .lines = STRBUF_INIT },
	};

	for (size_t i = 0; i < d->n; i++) {
		const struct diag *x = &d->v[i];

		add_annotation(&levels[x->severity], &(struct annotation){ x->file, x->code,
		                                             x->message, x->pos.line, x->pos.col });
	}
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		add_level(&levels[i], out);
		strbuf_release(&levels[i].lines);
	}
}
