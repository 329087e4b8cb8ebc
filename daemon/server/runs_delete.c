/* DELETE /v1/runs/{id}: cancels runs and answers when they are clean; with purge=1 removes finished
 * ones from the history. {id} may be several names apart by commas, or "all". */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/wire/wire.h"
#include "proto/problem.h"

/* ---- shared ---- */

struct miss {
	const char *name, *code, *message;
};

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

static void misses_json(struct json *j, const struct miss *v, size_t n)
{
	json_arr(j, "failed");
	for (size_t i = 0; i < n; i++) {
		json_obj(j, NULL);
		json_str(j, "code", v[i].code);
		json_str(j, "detail", v[i].message);
		json_str(j, "name", v[i].name);
		json_end(j);
	}
	json_end(j);
}

static void misses_text(const struct miss *v, size_t n, struct strbuf *out)
{
	for (size_t i = 0; i < n; i++)
		answer_say_error(out, v[i].code, v[i].message, NULL);
}

/* Several at once: 3 before 2 before 1 (cli.md 1.4). */
static int misses_exit(const struct miss *v, size_t n)
{
	int exit = 0;

	for (size_t i = 0; i < n; i++) {
		const struct problem_kind *k = problem_kind(v[i].code);
		int code = k ? k->exit : 5;

		exit = exit == 3 || (exit && code == 1) ? exit : code;
	}
	return exit;
}

/* ---- cancelling ---- */

/* Runs that are to end, and the request that waits until all of them are clean. */
struct cancel {
	struct request *r;
	struct arena *arena;
	struct store *store;
	bool all; /* that go on */
	struct str_list names;
	struct ending *v; /* one for each that is found */
	size_t n;
	struct miss *missed;
	size_t n_missed;
	size_t waits; /* for so many of v */
	bool asking;  /* more may be added to that */
};

struct ending {
	struct observer o; /* first */
	struct cancel *c;
	char id[16];
	const char *state;
	bool was_over; /* before it was asked to end */
	bool absent;   /* it is not of this daemon */
};

static void free_cancel(struct cancel *c)
{
	for (size_t i = 0; i < c->n; i++)
		live_forget(&c->v[i].o);
	arena_free(c->arena);
	free(c);
}

/* The member state is of the first: who names one run has one. */
static void cancel_json(const struct cancel *c, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_str(&j, "state", c->n ? c->v[0].state : "done");
	for (unsigned kept = 0; kept < 2; kept++) {
		json_arr(&j, kept ? "kept" : "changed");
		for (size_t i = 0; i < c->n; i++)
			if (c->v[i].was_over == kept && !c->v[i].absent)
				json_str(&j, NULL, c->v[i].id);
		json_end(&j);
	}
	misses_json(&j, c->missed, c->n_missed);
	json_end(&j);
	strbuf_addc(out, '\n');
}

static void cancel_text(const struct cancel *c, struct strbuf *out, struct strbuf *aside)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct ending *e = &c->v[i];

		if (e->absent)
			continue;
		if (e->was_over)
			strbuf_printf(
			        aside, "note: run %s is over already (%s)\n", e->id, e->state);
		else
			strbuf_printf(out, "run %s is %s\n", e->id, e->state);
	}
	if (c->all && !c->n)
		strbuf_adds(aside, "note: no run goes on\n");
	misses_text(c->missed, c->n_missed, aside);
}

static void answer_cancel(struct cancel *c)
{
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT, aside = STRBUF_INIT;
	int exit = misses_exit(c->missed, c->n_missed);

	if (c->n_missed == 1 && !c->n) {
		answer_problem(c->r, c->missed[0].code, exit, c->missed[0].message,
		        "clnrm runs list", NULL);
	} else {
		cancel_json(c, &json);
		cancel_text(c, &text, &aside);
		answer_beside(c->r, exit, &json, &text, &aside);
	}
	free_cancel(c);
}

static void on_over(struct observer *o, const char *state)
{
	struct ending *e = (struct ending *)o;
	struct cancel *c = e->c;

	e->state = arena_strdup(c->arena, state);
	c->waits--;
	if (!c->waits && !c->asking)
		answer_cancel(c);
}

static void on_closed(void *arg)
{
	free_cancel(arg);
}

static bool is_named(const struct cancel *c, const char *id)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].id, id) == 0)
			return true;
	return false;
}

static struct ending *add_ending(struct cancel *c, const char *id, const char *state)
{
	struct ending *e = &c->v[c->n++];

	*e = (struct ending){
		.o.over = on_over, .c = c, .state = state, .was_over = state != NULL
	};
	snprintf(e->id, sizeof(e->id), "%s", id);
	return e;
}

static void not_ours(struct cancel *c, struct ending *e)
{
	e->absent = true;
	e->state = "running";
	c->missed[c->n_missed++] = (struct miss){ e->id, "run-active",
		"the run belongs to another daemon, or has ended just now" };
}

/* Of those that go on; what is over was found by a worker. The answer may come within. */
static void end_runs(struct cancel *c)
{
	struct exchange *x = c->r->x;

	c->asking = true;
	exchange_on_closed(x, on_closed, c);
	for (size_t i = 0; i < c->n; i++) {
		struct live *l = live_find(c->r->server, c->v[i].id);

		if (!l && !c->v[i].state)
			not_ours(c, &c->v[i]);
		if (!l)
			continue;
		c->v[i].was_over = false;
		c->waits++;
		live_observe(l, &c->v[i].o);
		live_cancel(l, "client"); /* it may be over at once */
	}
	c->asking = false;
	if (!c->waits)
		answer_cancel(c);
	else if (!x->answered && !x->suspended)
		exchange_wait(x);
}

/* Names that are no full ids of runs that go on. */
struct finding_runs {
	struct offload o; /* first */
	struct cancel *c; /* NULL once it goes on by itself */
};

static void find_one(struct cancel *c, const char *name)
{
	struct err e;
	CLEANUP(run_result_free) struct run_result *r = history_load(c->store, name, &e);

	if (!r)
		c->missed[c->n_missed++] = (struct miss){ name, problem_of_err(e.code),
			arena_strdup(c->arena, e.msg) };
	else if (!is_named(c, r->id))
		add_ending(c, r->id,
		        strcmp(r->state, "running") == 0 ? NULL : arena_strdup(c->arena, r->state));
}

static void find_work(struct offload *o)
{
	struct cancel *c = ((struct finding_runs *)o)->c;

	for (size_t i = 0; i < c->names.n; i++)
		find_one(c, c->names.v[i]);
}

static void find_reply(struct offload *o)
{
	struct finding_runs *f = (struct finding_runs *)o;
	struct cancel *c = STEAL(f->c);

	end_runs(c);
}

static void find_release(struct offload *o)
{
	struct finding_runs *f = (struct finding_runs *)o;

	if (f->c)
		free_cancel(f->c);
	free(f);
}

static void find_runs(struct cancel *c)
{
	struct finding_runs *f = xcalloc(1, sizeof(*f));

	f->o = (struct offload){ .work = find_work, .answer = find_reply, .release = find_release };
	f->c = c;
	offload(c->r, &f->o);
}

static void take_live(struct cancel *c, const struct server *s)
{
	for (const struct live *l = s->lives; l; l = l->next)
		if (l->run && *l->id)
			add_ending(c, l->id, NULL);
}

/* Names of runs that go on need no look at the history. */
static void take_names(struct cancel *c, const struct server *s)
{
	size_t left = 0;

	for (size_t i = 0; i < c->names.n; i++) {
		if (!live_find(s, c->names.v[i]))
			c->names.v[left++] = c->names.v[i];
		else if (!is_named(c, c->names.v[i]))
			add_ending(c, c->names.v[i], NULL);
	}
	c->names.n = left;
}

static size_t count_lives(const struct server *s)
{
	size_t n = 0;

	for (const struct live *l = s->lives; l; l = l->next)
		n++;
	return n;
}

static void cancel_named(struct request *r)
{
	struct cancel *c = xcalloc(1, sizeof(*c));

	c->r = r;
	c->arena = arena_new();
	c->store = r->d->store;
	c->all = strcmp(r->part, "all") == 0;
	if (!c->all)
		c->names = split_names(r->part, c->arena);
	c->v = arena_array(c->arena, count_lives(r->server) + c->names.n + 1, sizeof(*c->v));
	c->missed = arena_array(c->arena, 2 * c->names.n + 1, sizeof(*c->missed));
	if (c->all)
		take_live(c, r->server);
	else
		take_names(c, r->server);
	if (c->names.n) {
		find_runs(c);
	} else if (!c->all && !c->n) {
		answer_problem(r, "bad-request", 2, "no run is named", NULL, NULL);
		free_cancel(c);
	} else {
		end_runs(c);
	}
}

/* ---- removing ---- */

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
	misses_json(&j, p->missed, p->n_missed);
	json_end(&j);
	strbuf_addc(out, '\n');
}

static void purge_text(const struct purge *p, struct strbuf *out)
{
	for (size_t i = 0; !p->all && i < p->n_ids; i++)
		strbuf_printf(out, "removed  %s\n", p->ids[i]);
	if (p->all)
		strbuf_printf(out, "%zu run%s removed\n", p->n_ids, p->n_ids == 1 ? "" : "s");
	misses_text(p->missed, p->n_missed, out);
}

static void purge_reply(struct offload *o)
{
	struct purge *p = (struct purge *)o;
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT;

	if (p->failed) {
		history_refuse(o->r, &p->e);
	} else if (p->n_missed == 1 && !p->n_ids) {
		answer_problem(o->r, p->missed[0].code, misses_exit(p->missed, p->n_missed),
		        p->missed[0].message, NULL, NULL);
	} else {
		purge_json(p, &json);
		purge_text(p, &text);
		answer(o->r, misses_exit(p->missed, p->n_missed), &json, &text);
	}
}

static void purge_release(struct offload *o)
{
	struct purge *p = (struct purge *)o;

	free(p->ids);
	arena_free(p->arena);
	free(p);
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
