/* DELETE /v1/runs/{id}: cancels a run and answers when it is clean; with purge=1 removes finished
 * ones from the history. {id} may be several names apart by commas, or "all". */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/wire/wire.h"
#include "proto/problem.h"

/* ---- cancelling ---- */

static void answer_state(struct request *r, const char *id, const char *state)
{
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	json_obj(&j, NULL);
	json_str(&j, "state", state);
	json_end(&j);
	strbuf_addc(&json, '\n');
	strbuf_printf(&text, "run %s is %s\n", id, state);
	answer(r, 0, &json, &text);
}

/* Waits for the end of a run. */
struct ending {
	struct observer o;
	struct request *r;
	char id[16];
};

static void on_over(struct observer *o, const char *state)
{
	struct ending *e = (struct ending *)o;

	answer_state(e->r, e->id, state);
	free(e);
}

static void on_closed(void *arg)
{
	struct ending *e = arg;

	live_forget(&e->o);
	free(e);
}

static void cancel_live(struct request *r, struct live *l)
{
	struct ending *e = xcalloc(1, sizeof(*e));
	struct exchange *x = r->x;

	e->o.over = on_over;
	e->r = r;
	snprintf(e->id, sizeof(e->id), "%s", l->id);
	live_observe(l, &e->o);
	exchange_on_closed(x, on_closed, e);
	live_cancel(l, "client"); /* it may be over at once */
	if (!x->answered)
		exchange_wait(x);
}

/* A name that is no full id of an active run. */
struct named {
	struct offload o;
	struct store *store;
	char *ref;
	struct run_result *result;
	struct err e;
};

static void find_work(struct offload *o)
{
	struct named *n = (struct named *)o;

	n->result = history_load(n->store, n->ref, &n->e);
}

static void find_reply(struct offload *o)
{
	struct named *n = (struct named *)o;
	struct live *l = n->result ? live_find(o->r->server, n->result->id) : NULL;

	if (!n->result)
		history_refuse(o->r, &n->e);
	else if (l)
		cancel_live(o->r, l);
	else
		answer_state(o->r, n->result->id, n->result->state);
}

static void find_release(struct offload *o)
{
	struct named *n = (struct named *)o;

	if (n->result)
		run_result_free(n->result);
	free(n->ref);
	free(n);
}

static void cancel_named(struct request *r)
{
	struct live *l = live_find(r->server, r->part);
	struct named *n;

	if (l) {
		cancel_live(r, l);
		return;
	}
	n = xcalloc(1, sizeof(*n));
	n->o = (struct offload){ .work = find_work, .answer = find_reply, .release = find_release };
	n->store = r->d->store;
	n->ref = xstrdup(r->part);
	offload(r, &n->o);
}

/* ---- removing ---- */

struct miss {
	const char *name, *code, *message;
};

struct purge {
	struct offload o;
	struct arena *arena;
	struct store *store;
	bool all;               /* that are over */
	struct str_list names;  /* else these */
	struct str_list active; /* ids of runs that are not over */
	int64_t before_wall_ns; /* 0 = any */
	const char **ids;
	size_t n_ids, cap_ids;
	struct miss *missed;
	size_t n_missed;
	bool failed;
	struct err e;
};

static bool is_active(const struct purge *p, const char *id)
{
	for (size_t i = 0; i < p->active.n; i++)
		if (strcmp(p->active.v[i], id) == 0)
			return true;
	return false;
}

static void take_id(struct purge *p, const char *id)
{
	for (size_t i = 0; i < p->n_ids; i++)
		if (!p->all && strcmp(p->ids[i], id) == 0)
			return;
	p->ids = xgrow(p->ids, &p->cap_ids, p->n_ids + 1, sizeof(*p->ids));
	p->ids[p->n_ids++] = arena_strdup(p->arena, id);
}

static void miss(struct purge *p, const char *name, const char *code, const char *message)
{
	p->missed[p->n_missed++] = (struct miss){ name, code, arena_strdup(p->arena, message) };
}

static void resolve_names(struct purge *p)
{
	char id[16];
	struct err e;

	p->missed = arena_array(p->arena, p->names.n + 1, sizeof(*p->missed));
	for (size_t i = 0; i < p->names.n; i++) {
		const char *name = p->names.v[i];

		if (history_resolve(p->store, name, id, &e) < 0)
			miss(p, name, problem_of_err(e.code), e.msg);
		else if (is_active(p, id))
			miss(p, name, "run-active", "the run is not over");
		else
			take_id(p, id);
	}
}

/* Nothing that runs is removed; "lost" ones are. */
static void select_rows(struct purge *p)
{
	const struct run_filter any = { 0 };
	struct run_row *rows = NULL;
	size_t n = 0;

	store_sync(p->store);
	p->failed = store_list(p->store, &any, &rows, &n, &p->e) < 0;
	for (size_t i = 0; i < n; i++) {
		bool old = !p->before_wall_ns || rows[i].started_wall_ns < p->before_wall_ns;

		if (old && strcmp(rows[i].state, "running") != 0 && !is_active(p, rows[i].id))
			take_id(p, rows[i].id);
	}
	if (rows)
		store_rows_free(rows, n);
}

static void purge_work(struct offload *o)
{
	struct purge *p = (struct purge *)o;
	unsigned n;

	if (p->all && !p->store)
		return;
	if (p->all)
		select_rows(p);
	else
		resolve_names(p);
	if (!p->failed && p->n_ids)
		p->failed = store_remove(p->store, p->ids, p->n_ids, 0, false, &n, &p->e) < 0;
}

static void purge_json(const struct purge *p, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_str(&j, "state", "removed");
	json_arr(&j, "changed");
	for (size_t i = 0; i < p->n_ids; i++)
		json_str(&j, NULL, p->ids[i]);
	json_end(&j);
	json_arr(&j, "kept");
	for (size_t i = 0; i < p->active.n; i++)
		json_str(&j, NULL, p->active.v[i]);
	json_end(&j);
	json_arr(&j, "failed");
	for (size_t i = 0; i < p->n_missed; i++) {
		json_obj(&j, NULL);
		json_str(&j, "code", p->missed[i].code);
		json_str(&j, "detail", p->missed[i].message);
		json_str(&j, "name", p->missed[i].name);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	strbuf_addc(out, '\n');
}

static void purge_text(const struct purge *p, struct strbuf *out)
{
	for (size_t i = 0; !p->all && i < p->n_ids; i++)
		strbuf_printf(out, "removed  %s\n", p->ids[i]);
	if (p->all)
		strbuf_printf(out, "%zu run%s removed\n", p->n_ids, p->n_ids == 1 ? "" : "s");
	for (size_t i = 0; i < p->n_missed; i++)
		strbuf_printf(out, "error[%s]: %s\n", p->missed[i].code, p->missed[i].message);
}

static int purge_exit(const struct purge *p)
{
	int exit = 0;

	/* Several at once: 3 before 2 before 1 (cli.md 1.4). */
	for (size_t i = 0; i < p->n_missed; i++) {
		const struct problem_kind *k = problem_kind(p->missed[i].code);
		int code = k ? k->exit : 5;

		exit = exit == 3 || (exit && code == 1) ? exit : code;
	}
	return exit;
}

static void purge_reply(struct offload *o)
{
	struct purge *p = (struct purge *)o;
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT;

	if (p->failed) {
		history_refuse(o->r, &p->e);
	} else if (p->n_missed == 1 && !p->n_ids) {
		answer_problem(
		        o->r, p->missed[0].code, purge_exit(p), p->missed[0].message, NULL, NULL);
	} else {
		purge_json(p, &json);
		purge_text(p, &text);
		answer(o->r, purge_exit(p), &json, &text);
	}
}

static void purge_release(struct offload *o)
{
	struct purge *p = (struct purge *)o;

	free(p->ids);
	arena_free(p->arena);
	free(p);
}

/* "a,b" apart. */
static struct str_list split_names(const char *part, struct arena *a)
{
	struct str_list l = { .v = arena_array(a, strlen(part) + 1, sizeof(char *)) };

	while (*part) {
		size_t n = strcspn(part, ",");

		if (n)
			l.v[l.n++] = arena_strndup(a, part, n);
		part += n + (part[n] == ',');
	}
	return l;
}

static struct str_list active_ids(const struct server *s, struct arena *a)
{
	struct str_list l = { 0 };
	size_t n = 0;

	for (const struct live *v = s->lives; v; v = v->next)
		n++;
	l.v = arena_array(a, n + 1, sizeof(char *));
	for (const struct live *v = s->lives; v; v = v->next)
		if (v->run && *v->id)
			l.v[l.n++] = arena_strdup(a, v->id);
	return l;
}

static void purge(struct request *r)
{
	struct purge *p = xcalloc(1, sizeof(*p));
	uint64_t older_ms = request_number(r, "older_than_ms", 0);

	p->o = (struct offload){
		.work = purge_work, .answer = purge_reply, .release = purge_release
	};
	p->arena = arena_new();
	p->store = r->d->store;
	p->all = strcmp(r->part, "all") == 0;
	p->names = split_names(r->part, p->arena);
	p->active = active_ids(r->server, p->arena);
	if (older_ms && older_ms < INT64_MAX / NS_PER_MS)
		p->before_wall_ns = clock_wall_ns() - (int64_t)older_ms * NS_PER_MS;
	if (!p->names.n) {
		answer_problem(r, "bad-request", 2, "no run is named", NULL, NULL);
		purge_release(&p->o);
		return;
	}
	/* A bound that cannot be read must not turn into "all". */
	if (request_query(r, "older_than_ms") && !p->before_wall_ns) {
		answer_problem(r, "invalid-option", 2,
		        "'older_than_ms' must be a number of milliseconds", NULL, NULL);
		purge_release(&p->o);
		return;
	}
	offload(r, &p->o);
}

void handle_run_delete(struct request *r)
{
	if (request_flag(r, "purge"))
		purge(r);
	else
		cancel_named(r);
}
