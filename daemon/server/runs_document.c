#include "daemon/server/runs_document.h"

#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "daemon/store/store.h"
#include "daemon/wire/wire.h"

static void write_html(const struct run_result *r, const struct document *how, struct strbuf *out)
{
	CLEANUP(past_free) struct past *past = NULL;
	struct err e;

	if (how->store) {
		past = past_new(r);
		/* A history that cannot be read makes no report worse than one of the first run. */
		if (store_past(how->store, r, past, &e) < 0)
			log_debug("report of run %s: %s", r->id, e.msg);
	}
	report_html(r, past, out);
}

static void write_json(const struct run_result *r, const struct document *how, struct strbuf *out)
{
	(void)how;
	report_json(r, out);
}

static void write_junit(const struct run_result *r, const struct document *how, struct strbuf *out)
{
	report_junit(r, how->dialect, how->junit_always, out);
}

static void write_tap(const struct run_result *r, const struct document *how, struct strbuf *out)
{
	report_tap(r, how->verbosity, out);
}

static void write_markdown(
        const struct run_result *r, const struct document *how, struct strbuf *out)
{
	(void)how;
	report_markdown(r, out);
}

/* The bare digits; nothing when there is no digest. */
static void write_digest(const struct run_result *r, const struct document *how, struct strbuf *out)
{
	char digest[RUN_DIGEST_LEN];

	(void)how;
	if (wire_digest(r, digest))
		strbuf_printf(out, "%s\n", digest + strcspn(digest, ":") + 1);
}

static const struct {
	const char *name, *type;
	enum inner form;
	void (*write)(const struct run_result *r, const struct document *how, struct strbuf *out);
} forms[] = {
	{ "json", "application/json", INNER_JSON, write_json },
	{ "junit", "application/xml", INNER_JUNIT, write_junit },
	{ "tap", "text/tap", INNER_TAP, write_tap },
	{ "html", "text/html; charset=utf-8", INNER_HTML, write_html },
	{ "markdown", "text/markdown; charset=utf-8", INNER_MARKDOWN, write_markdown },
	{ "digest", "text/plain; charset=utf-8", INNER_DIGEST, write_digest },
};

int document_form(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (strcmp(forms[i].name, name) == 0)
			return (int)forms[i].form;
	return -1;
}

bool document_read_form(struct request *r, const char *help, enum inner *form)
{
	const char *v = request_query(r, "form");
	int found = v ? document_form(v) : (int)*form;

	if (found >= 0) {
		*form = (enum inner)found;
		return true;
	}
	AUTO_STR text = xasprintf("'%s' is no form of a result", v);
	answer_problem(r, "invalid-option", 2, text, help, NULL);
	return false;
}

bool document_read_dialect(struct request *r, enum junit_dialect *dialect)
{
	const char *v = request_query(r, "dialect");
	int found = v ? junit_dialect_parse(v) : (int)*dialect;

	if (found >= 0) {
		*dialect = (enum junit_dialect)found;
		return true;
	}
	AUTO_STR text = xasprintf("'%s' is no dialect of JUnit", v);
	answer_problem(
	        r, "invalid-option", 2, text, "one of: surefire jenkins gitlab github plain", NULL);
	return false;
}

static size_t row_of(enum inner form)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(forms) && forms[i].form != form)
		i++;
	return forms[i].form == form ? i : 0;
}

const char *document_type(enum inner form)
{
	return forms[row_of(form)].type;
}

bool document_waits(enum inner form)
{
	return form == INNER_HTML;
}

void document_write(enum inner form, const struct run_result *result, const struct document *how,
        struct strbuf *out)
{
	forms[row_of(form)].write(result, how, out);
}
