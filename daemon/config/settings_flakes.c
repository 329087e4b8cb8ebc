/* Retries of scenarios, and whose failures do not count for a while. */
#include <stdio.h>
#include <string.h>

#include "daemon/config/settings_priv.h"

void settings_retries(const struct setting_list *l)
{
	const struct setting *on = setting_find(l, "test_execution.retry_on_failure");
	const struct setting *count = setting_find(l, "test_execution.retry_count");

	l->s->retries = on->node && on->node->b && count->node ? (unsigned)count->node->i : 0;
}

static void finding(struct settings_file *f, const char *code, const struct node *at,
        const char *fmt, ...) PRINTF(4, 5);
static void finding(
        struct settings_file *f, const char *code, const struct node *at, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;
	struct diag *x;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	x = diags_add(&f->diags, SEV_ERROR, code, f->name, at->pos, "%s", text.s);
	diag_help(&f->diags, x,
	        "[[quarantine]] says test, owner and until: clnrm flaky quarantine TEST/SCENARIO "
	        "--owner WHO --until YYYY-MM-DD");
}

/* What has been found wrong of an entry is not there any more, and is not missing. */
static bool has_been_told(const struct settings_file *f, const struct node *entry)
{
	for (size_t i = 0; i < f->diags.n; i++) {
		const struct diag *x = &f->diags.v[i];

		if (x->severity == SEV_ERROR && x->pos.line >= entry->pos.line &&
		        (!entry->next || x->pos.line < entry->next->pos.line))
			return true;
	}
	return false;
}

/* Not blank; NULL and a finding. */
static const char *text_of(struct settings_file *f, const struct node *entry, const char *key)
{
	const struct node *n = node_get(entry, key);

	if (!n && has_been_told(f, entry))
		return NULL;
	if (!n) {
		finding(f, "project.missing_key", entry, "a quarantine entry needs '%s'", key);
		return NULL;
	}
	if (n->type != NODE_STRING)
		return NULL; /* has been told */
	if (n->s[strspn(n->s, " \t\r\n")])
		return n->s;
	finding(f, "project.blank", n, "'%s' is blank", key);
	return NULL;
}

static bool read_entry(
        struct settings *s, struct settings_file *f, const struct node *n, struct quarantine *out)
{
	const struct node *reason = node_get(n, "reason"), *date = node_get(n, "until");

	*out = (struct quarantine){
		.test = text_of(f, n, "test"),
		.owner = text_of(f, n, "owner"),
		.until = text_of(f, n, "until"),
		.reason = reason && reason->type == NODE_STRING && *reason->s ? reason->s : NULL,
		.file = f->name,
		.line = n->pos.line,
	};
	if (!out->test || !out->owner || !out->until)
		return false;
	if (!quarantine_end(out->until, &out->end_wall_ns)) {
		finding(f, "project.date", date, "'until' is '%.64s', which is no day", out->until);
		return false;
	}
	out->until = arena_strndup(s->arena, out->until, QUARANTINE_DATE_LEN);
	return true;
}

void settings_quarantine(struct settings *s, struct settings_file *f)
{
	const struct node *list = node_get(f->root, "quarantine");
	struct quarantine *v;

	if (!list || list->type != NODE_ARRAY || !list->n_children)
		return;
	v = arena_array(s->arena, s->n_quarantine + list->n_children, sizeof(*v));
	if (s->n_quarantine)
		memcpy(v, s->quarantine, s->n_quarantine * sizeof(*v));
	s->quarantine = v;
	for (const struct node *n = list->first; n; n = n->next)
		if (n->type == NODE_TABLE && read_entry(s, f, n, &v[s->n_quarantine]))
			s->n_quarantine++;
}
