/* POST /v1/plan: what a run would do, without doing it (cli.md 3.4). Files are read and the answer
 * is made on a worker; in between the loop, which owns the image store, says which images there
 * are. */
#include <string.h>

#include "daemon/image/image.h"
#include "daemon/server/handlers.h"
#include "daemon/server/plan.h"
#include "daemon/server/plan_draw.h"

/* ---- first: files, scenarios, names of images ---- */

static int ask_history(
        void *arg, struct earlier_ask *ask, struct earlier *v, size_t n, struct err *e)
{
	return store_earlier(arg, ask, v, n, e);
}

static void load_files(struct planning *p)
{
	const struct found *found = &p->set.found;
	struct dry_file *files = arena_array(p->set.arena, found->n + 1, sizeof(*files));

	p->files = arena_array(p->set.arena, found->n + 1, sizeof(*p->files));
	for (size_t i = 0; i < found->n; i++) {
		struct test_file *f = file_set_load(&p->set, &found->v[i]);

		p->files[p->n_files++] = f;
		p->invalid += f->tests == NULL;
		files[i] = (struct dry_file){ f, found->v[i].selectors };
		diags_copy(&p->diags, &f->diags);
		diags_text(&f->diags, &p->style, p->style.out, &p->text);
	}
	if (dry_plan(&p->set.req.run, files, p->n_files, p->store ? ask_history : NULL, p->store,
	            p->set.arena, &p->plan, &p->error) == 0)
		p->error.code = ERR_NONE;
}

struct plan_image *plan_image_of(const struct planning *p, const struct sandbox_spec *spec)
{
	for (size_t i = 0; i < p->n_wanted; i++)
		if (strcmp(p->wanted[i].name, spec->image) == 0 &&
		        p->wanted[i].host_paths == spec->host_paths)
			return &p->wanted[i];
	return NULL;
}

static void want_images(struct planning *p)
{
	for (size_t i = 0; i < p->plan.n; i++) {
		const struct scenario *sc = p->plan.v[i].sc;

		for (size_t k = 0; k < sc->n_places; k++) {
			const struct sandbox_spec *spec = &sc->places[k].spec;

			if (plan_image_of(p, spec))
				continue;
			p->wanted = xgrow(
			        p->wanted, &p->cap_wanted, p->n_wanted + 1, sizeof(*p->wanted));
			p->wanted[p->n_wanted++] =
			        (struct plan_image){ spec->image, spec->host_paths, NULL };
			image_prepare(p->images, spec->image, spec->host_paths);
		}
	}
}

static void find_out(struct offload *o)
{
	struct planning *p = (struct planning *)o;

	p->error.code = ERR_NONE;
	file_set_find(&p->set);
	if (p->set.refused)
		return;
	diags_copy(&p->diags, &p->set.diags);
	diags_text(&p->set.diags, &p->style, p->style.out, &p->text);
	load_files(p);
	want_images(p);
}

/* ---- then: which images there are ---- */

static void look_at_images(struct planning *p, struct image_store *store)
{
	for (size_t i = 0; i < p->n_wanted; i++) {
		struct plan_image *w = &p->wanted[i];
		const struct image *image;
		struct err e;

		image = w->host_paths ? image_resolve(store, w->name, w->host_paths, &e)
		                      : image_look(store, w->name, &e);
		w->digest = image ? arena_strdup(p->set.arena, image->digest) : NULL;
	}
}

/* ---- last: the answer ---- */

static void make_answer(struct offload *o)
{
	struct planning *p = (struct planning *)o;
	enum plan_graph graph = p->set.req.graph;

	plan_pace(p);
	plan_document(p);
	if (graph != GRAPH_ASCII) {
		strbuf_reset(&p->text);
		plan_draw(&p->plan, graph, &p->text);
		return;
	}
	if (p->plan.rest.shuffle_seeded && p->style.verbosity >= 0)
		strbuf_printf(&p->text, "in random order, seed %llu\n",
		        (unsigned long long)p->plan.rest.shuffle_seed);
	if (p->plan.nothing && p->style.verbosity > -2)
		strbuf_printf(&p->text, "%s\n", p->plan.nothing);
	for (size_t i = 0; i < p->plan.n && p->style.verbosity >= 0; i++)
		plan_say_scenario(p, &p->plan.v[p->plan.order[i]], &p->text);
	if (p->style.verbosity > -2)
		plan_say_totals(p, &p->text);
}

static void reply(struct offload *o)
{
	struct planning *p = (struct planning *)o;

	answer(o->r, p->invalid ? 1 : 0, &p->json, &p->text);
}

static bool selects_nothing(struct planning *p, struct request *r)
{
	AUTO_STRBUF why = STRBUF_INIT;

	if (!p->plan.missed && (p->plan.n || p->invalid || p->plan.nothing))
		return false;
	strbuf_adds(&why, "no scenario matches");
	if (p->plan.missed)
		strbuf_printf(&why, " '%s'", p->plan.missed);
	else
		strbuf_adds(&why, " the selection");
	strbuf_printf(&why, " (%zu in %zu test%s)", p->plan.n + p->plan.excluded, p->n_files,
	        p->n_files == 1 ? "" : "s");
	answer_problem(r, "no-match", 2, why.s, NULL, NULL);
	return true;
}

static void release(struct offload *o);

static void draw_answer(struct planning *p)
{
	p->o.work = make_answer;
	p->o.answer = reply;
	offload(p->o.r, &p->o);
}

/* ---- results of the past ---- */

static bool asks_for_changed(const struct planning *p)
{
	return p->set.req.run.changed || p->set.req.run.changed_ref;
}

/* What the run has left out, because nothing that it depends on has changed. */
static void leave_out(struct planning *p)
{
	struct dry_scenario *v = arena_array(p->set.arena, p->plan.n + 1, sizeof(*v));
	size_t *order = arena_array(p->set.arena, p->plan.n + 1, sizeof(*order));
	size_t *to = arena_array(p->set.arena, p->plan.n + 1, sizeof(*to));
	size_t n = 0, k = 0;

	for (size_t i = 0; i < p->plan.n; i++) {
		to[i] = n;
		if (!p->past[i].there)
			continue;
		v[n++] = p->plan.v[i];
	}
	for (size_t i = 0; i < p->plan.n; i++)
		if (p->past[p->plan.order[i]].there)
			order[k++] = to[p->plan.order[i]];
	for (size_t i = 0; i < p->plan.n; i++)
		if (p->past[i].there)
			p->past[to[i]] = p->past[i];
	p->plan.order = order;
	p->plan.excluded += p->plan.n - n;
	p->plan.v = v;
	p->plan.n = n;
}

static struct plan_past past_said(const struct planning *p, const struct scenario_result *r)
{
	struct arena *a = p->set.arena;

	return (struct plan_past){
		.there = true,
		.known = true,
		.cached = r->cached,
		.key = arena_strdup(a, r->key),
		.from = arena_strdup(a, r->cached_from),
		.never = arena_strdup(a, r->reason_text),
		.layer = arena_strdup(a, r->layer),
		.layer_there = r->layer_there,
	};
}

/* Both are in order of discovery; a file that cannot run as it is has none. */
static void take_past(struct planning *p, const struct run_result *res)
{
	size_t at = 0;

	for (size_t t = 0; t < res->n_tests; t++) {
		for (size_t i = 0; i < res->tests[t].n_scenarios; i++) {
			const struct scenario_result *r = res->tests[t].scenarios[i];
			size_t k = at;

			if (r->verdict == VERDICT_ERROR && !asks_for_changed(p))
				continue;
			while (k < p->plan.n && (strcmp(p->plan.v[k].file->path, r->file) != 0 ||
			                                strcmp(p->plan.v[k].sc->id, r->id) != 0))
				k++;
			if (k == p->plan.n)
				continue;
			at = k + 1;
			p->past[k].there = true;
			if (r->verdict == VERDICT_ERROR)
				continue;
			p->past[k] = past_said(p, r);
		}
	}
}

static void on_asked(void *arg, const struct run_result *res)
{
	struct planning *p = arg;

	if (res) {
		take_past(p, res);
		p->silence_floor_ns = res->silence_floor_ns;
	}
	if (res && asks_for_changed(p))
		leave_out(p);
	if (!p->o.r) {
		release(&p->o);
		return;
	}
	exchange_on_closed(p->o.r->x, NULL, NULL);
	draw_answer(p);
}

static void on_event(void *arg, const struct event *ev)
{
	(void)arg, (void)ev;
}

static void on_need_env(void *arg, const struct str_list *names)
{
	(void)arg, (void)names;
}

static void on_refused(void *arg, const char *code, int exit, const char *message, const char *help,
        const struct diags *d)
{
	(void)arg, (void)code, (void)exit, (void)message, (void)help, (void)d;
}

static void on_left(void *arg)
{
	struct planning *p = arg;

	p->o.r = NULL;
}

/* What cannot be asked is left out of the answer, whatever the reason. */
static void ask_for_past(struct planning *p)
{
	static const struct run_sink sink = {
		.event = on_event, .need_env = on_need_env, .refused = on_refused, .done = on_asked
	};
	struct run_options opt = p->plan.rest;

	opt.dry = opt.keep_going = opt.no_history = true;
	opt.list = false;
	exchange_on_closed(p->o.r->x, on_left, p);
	exchange_wait(p->o.r->x);
	run_start(p->o.r->d->runner, &opt, &sink, p);
}

/* The files are known. What is missing of the plan is the loop's to say; then once more to a
 * worker. */
static void go_on(struct offload *o)
{
	struct planning *p = (struct planning *)o;
	struct request *r = o->r;

	if (file_set_refused(&p->set, r))
		return;
	if (p->error.code != ERR_NONE) {
		answer_problem(r, "invalid-option", 2, p->error.msg, NULL, NULL);
		return;
	}
	if (selects_nothing(p, r))
		return;
	look_at_images(p, r->d->images);
	p->past = arena_array(p->set.arena, p->plan.n + 1, sizeof(*p->past));
	p->drawing = true;
	if (p->set.req.run.stdin_text)
		draw_answer(p); /* it is no file: nothing is kept of it */
	else
		ask_for_past(p);
}

static void release(struct offload *o)
{
	struct planning *p = (struct planning *)o;

	/* The first part is over, the second has begun. */
	if (p->drawing) {
		p->drawing = false;
		return;
	}
	for (size_t i = 0; i < p->n_files; i++)
		test_file_unref(p->files[i]);
	free(p->wanted);
	diags_release(&p->diags);
	strbuf_release(&p->json);
	strbuf_release(&p->text);
	file_set_release(&p->set);
	free(p);
}

void handle_plan(struct request *r)
{
	struct planning *p = xcalloc(1, sizeof(*p));
	bool good;

	p->o = (struct offload){ .work = find_out, .answer = go_on, .release = release };
	p->json = p->text = (struct strbuf)STRBUF_INIT;
	p->style = r->style;
	p->images = r->d->images;
	p->store = r->d->store;
	good = file_set_init(&p->set, r, FILES_PLAN) == 0;
	diags_init(&p->diags, p->set.arena);
	p->set.req.run.flags.reports_off = true;
	if (good)
		offload(r, &p->o);
	else
		release(&p->o);
}
