/* /v1/sandboxes/{name}/exec and DELETE /v1/sandboxes/{name}: what stayed after its scenario. */
#include "daemon/server/visits.h"

#include <stddef.h>
#include <string.h>

#include "common/base64.h"
#include "common/mem.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/server/live.h"
#include "daemon/server/missing.h"
#include "daemon/server/tried.h"
#include "daemon/server/try_request.h"
#include "daemon/server/try_stdin.h"
#include "daemon/wire/wire.h"
#include "proto/problem.h"

/* ---- which one ---- */

static bool is_running(struct request *r, const char *name)
{
	enum { MAX = 4096 };
	struct sandbox_row *rows = xcalloc(MAX, sizeof(*rows));
	size_t n = pool_sandboxes(r->d->pool, POOL_ALL, rows, MAX);
	bool found = false;

	for (size_t i = 0; i < n && !found; i++)
		found = strcmp(rows[i].id, name) == 0 && strcmp(rows[i].state, "kept") != 0;
	free(rows);
	return found;
}

static bool refuse_namesakes(struct request *r, int exit)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct str_list ids = keep_namesakes(r->d->runner, r->part, a);
	AUTO_STRBUF why = STRBUF_INIT;

	if (!ids.n)
		return false;
	strbuf_printf(&why, "sandboxes of several files are kept as '%.300s':", r->part);
	for (size_t i = 0; i < ids.n; i++)
		strbuf_printf(&why, "%s %s", i ? "," : "", ids.v[i]);
	answer_problem(r, "bad-request", exit, why.s, "name one by its id: clnrm ps --kept", NULL);
	return true;
}

struct kept_sandbox *visits_find(struct request *r, int exit)
{
	struct kept_sandbox *k = keep_find_any(r->d->runner, r->part);
	AUTO_STRBUF why = STRBUF_INIT;

	if (refuse_namesakes(r, exit == 3 ? 2 : exit))
		return NULL;
	if (k)
		return k;
	if (strcmp(r->part, "latest") == 0)
		strbuf_adds(&why, "no sandbox is kept");
	else if (is_running(r, r->part))
		strbuf_printf(
		        &why, "sandbox '%.64s' is not kept, and no scenario runs in it", r->part);
	else
		strbuf_printf(&why, "no sandbox '%.300s' is kept", r->part);
	answer_problem(r, "not-found", exit, why.s,
	        "clnrm run --keep keeps those of what fails; clnrm ps --kept lists them", NULL);
	return NULL;
}

static bool is_among(const struct str_list *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], id) == 0)
			return true;
	return false;
}

void visits_mark_kept(struct run_result *r, const struct str_list *ids)
{
	for (size_t t = 0; ids->n && t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			struct scenario_result *s = r->tests[t].scenarios[i];

			if (s->receipt && s->receipt->sandbox && is_among(ids, s->receipt->sandbox))
				s->kept = s->receipt->sandbox;
		}
	}
}

/* ---- exec ---- */

struct exec_request {
	struct str_list argv;
	const json_t *env, *in, *terminal;
	const char *workdir, *user, *step;
	int encoding;
	bool in_open;
};

struct size {
	unsigned rows, columns;
};

#define AT(member) .at = offsetof(struct exec_request, member)
static const struct field members[] = {
	{ .name = "argv", .type = FIELD_LIST, AT(argv) },
	{ .name = "env", .type = FIELD_JSON, AT(env) },
	{ .name = "workdir", .type = FIELD_TEXT, AT(workdir), .max = BODY_PATH_MAX },
	{ .name = "user", .type = FIELD_TEXT, AT(user), .min = 1, .max = 256 },
	{ .name = "step", .type = FIELD_TEXT, AT(step), .max = 256 },
	{ .name = "stdin", .type = FIELD_JSON, AT(in) },
	{ .name = "stdin_encoding", .type = FIELD_CHOICE, AT(encoding), .values = "utf-8 base64" },
	{ .name = "stdin_open", .type = FIELD_BOOL, AT(in_open) },
	{ .name = "terminal", .type = FIELD_JSON, AT(terminal) },
};
#undef AT
#define AT(member) .at = offsetof(struct size, member)
static const struct field size_members[] = {
	{ .name = "rows", .type = FIELD_UINT, AT(rows), .min = 1, .max = 65535 },
	{ .name = "columns", .type = FIELD_UINT, AT(columns), .min = 1, .max = 65535 },
};
#undef AT

/* Where there is none of the better ones. */
static const char *shell[] = { "/bin/sh", "-c",
	"if command -v bash >/dev/null 2>&1; then exec bash; fi; exec /bin/sh", NULL };

struct str_list visits_shell(void)
{
	return (struct str_list){ shell, ARRAY_LEN(shell) - 1 };
}

static void read_stdin(struct decode *c, const struct exec_request *q, struct visit_options *o)
{
	struct decoded_stdin in = { .encoding = q->encoding };

	o->stdin_open = q->in_open;
	if (!q->in)
		return;
	decode_stdin(c, q->in, &in);
	o->stdin_data = in.data;
	o->stdin_len = in.len;
}

static void read_terminal(struct decode *c, const struct exec_request *q, struct visit_options *o)
{
	struct size size = { 0 };

	if (!q->terminal)
		return;
	decode_object(c, q->terminal, "/terminal", size_members, ARRAY_LEN(size_members), &size);
	if (decode_ok(c) && (!size.rows || !size.columns))
		decode_fail(c, "/terminal", "'terminal' wants 'rows' and 'columns'");
	o->terminal = true;
	o->rows = size.rows;
	o->columns = size.columns;
}

static void read_argv(struct decode *c, const struct exec_request *q, struct visit_options *o)
{
	o->argv = q->argv;
	if (q->argv.n > TRY_ARGV_MAX)
		decode_blame(c, "argv", "has more than %d words", TRY_ARGV_MAX);
	else if (q->argv.n && !*q->argv.v[0])
		decode_fail(c, "/argv/0", "the command is an empty word");
	if (!q->argv.n)
		o->argv = visits_shell();
}

static bool read_request(
        struct decode *c, const json_t *body, struct exec_request *q, struct visit_options *o)
{
	struct client_env env;

	if (!body)
		decode_fail(c, "", "the body is missing");
	decode_object(c, body, "", members, ARRAY_LEN(members), q);
	if (!decode_ok(c))
		return false;
	read_argv(c, q, o);
	read_stdin(c, q, o);
	read_terminal(c, q, o);
	env = body_read_env(c, q->env, true);
	o->env = env.v;
	o->n_env = env.n;
	o->workdir = q->workdir;
	o->user = q->user;
	if (q->workdir && q->workdir[0] != '/')
		decode_blame(c, "workdir", "must be an absolute path");
	return decode_ok(c);
}

bool visits_find_step(struct request *r, const struct kept_sandbox *k, const char *name, int exit,
        struct visit_options *o)
{
	AUTO_STRBUF why = STRBUF_INIT;

	o->step = keep_step(k, name);
	if (o->step || !name)
		return true;
	strbuf_printf(&why, "its scenario has no step '%.200s' in that sandbox", name);
	answer_problem(r, "not-found", exit, why.s, NULL, NULL);
	return false;
}

/* Whether there is a place for one more stdin that goes on; false: answered. */
static bool visits_have_room(struct request *r, bool stdin_open)
{
	if (!stdin_open || r->server->open_stdins < OPEN_STDINS_MAX)
		return true;
	answer_problem(r, "busy", VISIT_OWN_FAILURE, "too many commands wait for their stdin",
	        "ask once more", NULL);
	return false;
}

struct beginning {
	struct kept_sandbox *k;
	const struct visit_options *o;
};

static struct try_run *begin(void *arg, const struct try_sink *sink, void *sink_arg)
{
	const struct beginning *b = arg;

	return visit_start(b->k, b->o, sink, sink_arg);
}

void handle_sandbox_exec(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	__attribute__((cleanup(decode_release))) struct decode c;
	struct exec_request q = { 0 };
	struct visit_options o = { 0 };
	struct beginning b = { .o = &o };

	body_begin(r, &c, a);
	if (!read_request(&c, r->json, &q, &o)) {
		answer_problem(r, decode_code(&c), VISIT_OWN_FAILURE, c.d.v[0].message, NULL, &c.d);
		return;
	}
	b.k = visits_find(r, VISIT_OWN_FAILURE);
	if (b.k && visits_find_step(r, b.k, q.step, VISIT_OWN_FAILURE, &o) &&
	        visits_have_room(r, o.stdin_open))
		tried_answer(r, o.stdin_open, begin, &b);
}

/* ---- rm ---- */

struct removal {
	struct strbuf text, changed, failed; /* the last two as JSON items */
	int exit;
};

static void add_item(struct strbuf *to, const struct strbuf *json)
{
	if (to->len)
		strbuf_addc(to, ',');
	strbuf_add(to, json->s, json->len);
}

static void remove_one(struct removal *m, struct kept_sandbox *k)
{
	AUTO_STRBUF item = STRBUF_INIT;

	strbuf_printf(&item, "\"%s\"", keep_id(k)); /* letters and digits */
	add_item(&m->changed, &item);
	strbuf_printf(&m->text, "removed  %s\n", keep_id(k));
	keep_end(k);
}

static void miss(struct removal *m, struct request *r, const char *name)
{
	bool runs = is_running(r, name);
	const char *code = runs ? "conflict" : "not-found";
	AUTO_STRBUF detail = STRBUF_INIT;
	AUTO_STRBUF extra = STRBUF_INIT;
	AUTO_STRBUF item = STRBUF_INIT;
	struct json j = JSON_INIT(&extra);

	strbuf_printf(&detail,
	        runs ? "sandbox '%.64s' is not kept: it is in use" : "no sandbox '%.300s' is kept",
	        name);
	json_obj(&j, NULL);
	json_str(&j, "name", name);
	json_end(&j);
	strbuf_truncate(&extra, extra.len - 1);
	extra.s[0] = ','; /* members, not an object */
	wire_problem(
	        code, problem_kind(code)->exit, detail.s, r->path, NULL, 0, NULL, extra.s, &item);
	strbuf_truncate(&item, item.len - 1); /* its line feed */
	add_item(&m->failed, &item);
	answer_say_error(&m->text, code, detail.s, NULL);
	if (!runs || !m->exit)
		m->exit = problem_kind(code)->exit;
}

static void remove_named(struct removal *m, struct request *r, const char *names)
{
	AUTO_STR copy = xstrdup(names);
	char *rest = copy;

	for (char *name; (name = strsep(&rest, ",")) != NULL;) {
		struct kept_sandbox *k = *name ? keep_find(r->d->runner, name) : NULL;

		if (k)
			remove_one(m, k);
		else
			miss(m, r, name);
	}
}

void handle_sandbox_delete(struct request *r)
{
	struct removal m = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT, 0 };
	AUTO_STRBUF json = STRBUF_INIT;
	struct kept_sandbox *whole = keep_find(r->d->runner, r->part);

	if (refuse_namesakes(r, 2))
		return; /* nothing is in m */
	if (strcmp(r->part, "all") == 0) {
		for (struct kept_sandbox *k; (k = keep_next(r->d->runner, NULL)) != NULL;)
			remove_one(&m, k);
		if (!m.text.len)
			strbuf_adds(&m.text, "no sandbox is kept\n");
	} else if (whole) {
		remove_one(&m, whole); /* a name may have commas in it */
	} else {
		remove_named(&m, r, r->part);
	}
	strbuf_printf(
	        &json, "{\"changed\":[%s],\"kept\":[],\"failed\":[%s]}\n", m.changed.s, m.failed.s);
	answer(r, m.exit, &json, &m.text);
	strbuf_release(&m.text);
	strbuf_release(&m.changed);
	strbuf_release(&m.failed);
}
