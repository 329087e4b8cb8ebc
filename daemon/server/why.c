/* POST /v1/why: why a scenario would run; GET /v1/runs/{id}/why: why those of a run did. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/model/assertion.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/server/listing.h"
#include "daemon/server/missing.h"
#include "daemon/server/runs_request.h"
#include "daemon/wire/wire.h"

#define MAX_SIMILAR 256u

/* ---- the document ---- */

static void text_or_null(struct json *j, const char *key, const char *value)
{
	if (value)
		json_str(j, key, value);
	else
		json_null(j, key);
}

static void write_changes(struct json *j, const struct why *w)
{
	json_arr(j, "changed");
	for (size_t i = 0; i < w->n_changed; i++) {
		json_obj(j, NULL);
		json_str(j, "kind", cause_rows[w->changed[i].kind].name);
		json_str(j, "name", w->changed[i].name);
		text_or_null(j, "old", w->changed[i].was);
		text_or_null(j, "new", w->changed[i].is);
		json_end(j);
	}
	json_end(j);
}

static void write_inputs(struct json *j, const struct why *w)
{
	json_arr(j, "inputs");
	for (size_t i = 0; i < w->n_inputs; i++) {
		json_obj(j, NULL);
		json_str(j, "kind", cause_rows[w->inputs[i].kind].name);
		json_str(j, "name", w->inputs[i].name);
		text_or_null(j, "value", w->inputs[i].value);
		json_end(j);
	}
	json_end(j);
}

static void write_members(struct json *j, const struct why *w)
{
	json_str(j, "scenario", w->scenario);
	json_str(j, "file", w->file);
	json_str(j, "decision", w->skipped ? "skip" : w->cached ? "cached" : "run");
	text_or_null(j, "reason", w->skipped ? w->skipped : w->reason);
	text_or_null(j, "key", w->key);
	text_or_null(j, "previous_key", w->previous_key);
	text_or_null(j, "last_run", w->last_run);
	json_uint(j, "equal", w->n_equal);
	write_changes(j, w);
	write_inputs(j, w);
}

/* ---- for people ---- */

/* Digests by their beginning; what is short, as it is. */
static void put_value(struct strbuf *out, const char *s)
{
	if (!s)
		strbuf_adds(out, "none");
	else if (strlen(s) == 64)
		strbuf_printf(out, "%.4s...", s);
	else
		strbuf_add_visible(out, s, strlen(s));
}

static void put_change(struct strbuf *out, const struct why_change *c, const char *cwd)
{
	size_t n = cwd ? strlen(cwd) : 0;
	const char *name = c->name;
	bool digests = (!c->was || strlen(c->was) == 64) && (!c->is || strlen(c->is) == 64);

	if (n && fs_is_below(name, cwd) && name[n] == '/')
		name += n + 1;
	strbuf_adds(out, cause_rows[c->kind].name);
	if (*name) {
		strbuf_adds(out, " '");
		strbuf_add_visible(out, name, strlen(name));
		strbuf_adds(out, "'");
	}
	strbuf_printf(out, " changed (%s", digests ? "sha256 " : "");
	put_value(out, c->was);
	strbuf_adds(out, " -> ");
	put_value(out, c->is);
	strbuf_addc(out, ')');
}

static void put_reasons(struct strbuf *out, const struct why *w, const char *cwd)
{
	for (size_t i = 0; i < w->n_changed; i++) {
		strbuf_adds(out, i ? ", " : "");
		put_change(out, &w->changed[i], cwd);
	}
	if (w->reason)
		strbuf_printf(out, "%s%s", w->n_changed ? ", " : "", w->reason);
	if (w->n_changed)
		strbuf_printf(
		        out, ", %zu other input%s equal", w->n_equal, w->n_equal == 1 ? "" : "s");
}

/* past: of a run that was. */
static void why_text(const struct why *w, bool past, const char *cwd, struct strbuf *out)
{
	strbuf_add_visible(out, w->scenario, strlen(w->scenario));
	if (w->skipped) {
		strbuf_printf(out, " was skipped: %s\n", w->skipped);
		return;
	}
	if (w->cached) {
		strbuf_printf(out, "%s: nothing changed since run %s, %zu inputs equal\n",
		        past ? " was cached" : " would be cached", w->last_run, w->n_equal);
		return;
	}
	strbuf_adds(out, past ? " ran: " : " would run: ");
	put_reasons(out, w, cwd);
	strbuf_addc(out, '\n');
	if (w->last_run) {
		strbuf_printf(out, "  last result: pass, run %s, ", w->last_run);
		cell_age(out, (double)(clock_wall_ns() - w->last_wall_ns) / NS_PER_MS);
		strbuf_adds(out, " ago\n");
	}
}

/* ---- which of them ---- */

/* "TEST", "TEST/SCENARIO"; NULL = all. */
static bool is_wanted(const struct why *w, const char *name)
{
	return !name || strcmp(name, w->scenario) == 0 || strcmp(name, w->test) == 0;
}

/* The result that a test has of its own: TEST/[assertions]. */
static bool is_of_assertions(const struct whys *all, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (!slash || strcmp(slash + 1, ASSERTIONS_NAME) != 0)
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (strncmp(all->v[i].test, name, (size_t)(slash - name)) == 0 &&
		        !all->v[i].test[slash - name])
			return true;
	return false;
}

/* broken is a file that was left out, or NULL: what was asked for may be in it. */
static void no_such(struct request *r, const struct whys *all, const char *name, const char *broken)
{
	const char *known[MAX_SIMILAR + 1] = { 0 };
	AUTO_STRBUF text = STRBUF_INIT;

	for (size_t i = 0; i < all->n && i < MAX_SIMILAR; i++)
		known[i] = all->v[i].scenario;
	if (is_of_assertions(all, name)) {
		answer_problem(r, "not-found", 3,
		        "assertions are held anew against every run of their test: nothing of them "
		        "is kept",
		        "ask why the scenarios of the test run: clnrm why TEST", NULL);
		return;
	}
	strbuf_printf(&text, "there is no scenario '%.200s' that would run", name);
	if (broken) {
		strbuf_printf(&text, "; '%s' is invalid", broken);
		answer_problem(r, "not-found", 3, text.s, "clnrm validate", NULL);
		return;
	}
	answer_missing(r, &(struct missing){ "not-found", "scenario", name, known, text.s,
	                          "clnrm run --list" });
}

static void write_several(struct json *j, const struct whys *all, const char *name)
{
	json_arr(j, "scenarios");
	for (size_t i = 0; i < all->n; i++) {
		if (!is_wanted(&all->v[i], name))
			continue;
		json_obj(j, NULL);
		write_members(j, &all->v[i]);
		json_end(j);
	}
	json_end(j);
}

static void answer_whys(
        struct request *r, const struct whys *all, const char *name, bool past, const char *broken)
{
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);
	const struct why *one = NULL;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (!is_wanted(&all->v[i], name))
			continue;
		why_text(&all->v[i], past, all->cwd, &text);
		one = &all->v[i];
		n++;
	}
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.why/1");
	if (n == 1)
		write_members(&j, one);
	else
		write_several(&j, all, name);
	json_end(&j);
	if (n || !name)
		answer(r, 0, &json, &text);
	else
		no_such(r, all, name, broken);
}

/* ---- POST: a run that stops before anything runs ---- */

struct asking {
	struct request *r; /* NULL: answered, or the client has left */
	struct arena *arena;
	struct decode decode;
	struct run_request req;
	const char *name;   /* of a test or scenario; NULL: the path says it all */
	const char *broken; /* the first file that is invalid; NULL: none is */
	json_t *body;
	struct run *run;
	bool starting, over;
};

static void free_asking(struct asking *q)
{
	json_decref(q->body);
	decode_release(&q->decode);
	arena_free(q->arena);
	free(q);
}

static void on_event(void *arg, const struct event *ev)
{
	struct asking *q = arg;

	if (ev->kind == EV_DIAGNOSTIC && ev->diag->severity == SEV_ERROR && !q->broken)
		q->broken = arena_strdup(q->arena, ev->diag->file);
}

static void on_need_env(void *arg, const struct str_list *names)
{
	struct asking *q = arg;

	if (q->r)
		answer_need_env(q->r, names);
	q->r = NULL;
}

static void on_refused(void *arg, const char *code, int exit, const char *message, const char *help,
        const struct diags *d)
{
	struct asking *q = arg;

	if (q->r)
		answer_problem(q->r, code, exit, message, help, d);
	q->r = NULL;
}

static void on_done(void *arg, const struct run_result *result)
{
	struct asking *q = arg;

	q->over = true;
	if (q->r && result)
		answer_whys(q->r, run_whys(q->run), q->name, false, q->broken);
	q->r = NULL;
	if (!q->starting)
		free_asking(q);
}

static void on_closed(void *arg)
{
	struct asking *q = arg;

	q->r = NULL;
}

/* "PATH", "PATH::scenario", "PATH:LINE" name a file; all else is the name of a test. */
static bool is_path(const char *cwd, const char *s)
{
	AUTO_STR whole = fs_join(cwd, s);
	char *line = strrchr(whole, ':');
	struct stat st;

	if (strstr(s, "::") || stat(whole, &st) == 0)
		return true;
	if (line)
		*line = '\0';
	return line && stat(whole, &st) == 0;
}

/* The body is that of a run with `scenario` for the paths. */
static bool read_body(struct asking *q, struct request *r)
{
	const char *name = json_string_value(json_object_get(r->json, "scenario"));

	if (!name || !*name || strlen(name) > BODY_PATH_MAX) {
		answer_problem(r, "bad-request", 2, "member 'scenario' is missing, or no name",
		        NULL, NULL);
		return false;
	}
	q->body = json_copy(r->json);
	json_object_del(q->body, "scenario");
	if (!run_request_read(&q->decode, q->body, r->env_final, &q->req)) {
		body_refuse(r, &q->decode);
		return false;
	}
	if (body_check_dir(r, &q->req.dir, 6) < 0)
		return false;
	q->req.run.why = true;
	q->req.run.keep_going = !is_path(q->req.run.cwd, name); /* others are none of it */
	q->req.run.no_history = true;
	q->req.run.uid = getuid();
	if (is_path(q->req.run.cwd, name))
		q->req.run.paths =
		        (struct str_list){ .v = arena_array(q->arena, 2, sizeof(char *)), .n = 1 };
	else
		q->name = arena_strdup(q->arena, name);
	if (!q->name)
		q->req.run.paths.v[0] = arena_strdup(q->arena, name);
	return true;
}

static void start(struct asking *q, struct request *r)
{
	static const struct run_sink sink = {
		.event = on_event, .need_env = on_need_env, .refused = on_refused, .done = on_done
	};

	q->r = r;
	exchange_on_closed(r->x, on_closed, q);
	q->starting = true;
	q->run = run_start(r->d->runner, &q->req.run, &sink, q);
	q->starting = false;
	if (q->over)
		free_asking(q);
	else
		exchange_wait(r->x);
}

void handle_why(struct request *r)
{
	struct asking *q = xcalloc(1, sizeof(*q));

	q->arena = arena_new();
	body_begin(r, &q->decode, q->arena);
	if (read_body(q, r))
		start(q, r);
	else
		free_asking(q);
}

/* ---- GET: of a run that was ---- */

struct past {
	struct offload o;
	struct store *store;
	char *ref, *scenario;
	char id[16];
	bool found;
	struct err e;
};

static void resolve(struct offload *o)
{
	struct past *p = (struct past *)o;

	p->found = history_resolve(p->store, p->ref, p->id, &p->e) == 0;
}

static void reply(struct offload *o)
{
	struct past *p = (struct past *)o;
	const struct whys *whys = p->found ? runner_whys(o->r->d->runner, p->id) : NULL;
	AUTO_STRBUF text = STRBUF_INIT;

	if (!p->found) {
		history_refuse(o->r, &p->e);
		return;
	}
	if (whys) {
		answer_whys(o->r, whys, p->scenario, true, NULL);
		return;
	}
	strbuf_printf(&text, "the reasons of run %s are not kept any more", p->id);
	answer_problem(o->r, "not-found", 3, text.s,
	        "they last as long as the daemon, those of the last 256 runs", NULL);
}

static void release(struct offload *o)
{
	struct past *p = (struct past *)o;

	free(p->ref);
	free(p->scenario);
	free(p);
}

void handle_run_why(struct request *r)
{
	const char *scenario = request_query(r, "scenario");
	struct past *p = xcalloc(1, sizeof(*p));

	p->o = (struct offload){ .work = resolve, .answer = reply, .release = release };
	p->store = r->d->store;
	p->ref = xstrdup(r->part);
	p->scenario = scenario ? xstrdup(scenario) : NULL;
	offload(r, &p->o);
}
