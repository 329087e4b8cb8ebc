/* POST /v1/plan: what a run would do, without doing it (cli.md 3.4). Files are read and the answer
 * is made on a worker; in between the loop, which owns the image store, says which images there
 * are. */
#include <stdio.h>
#include <string.h>

#include "common/num.h"
#include "daemon/image/image.h"
#include "daemon/server/files.h"
#include "daemon/server/handlers.h"
#include "daemon/server/offload.h"
#include "daemon/server/plan_draw.h"
#include "daemon/store/store.h"
#include "daemon/wire/wire.h"

#define DIGEST_SHOWN 8

struct plan_image {
	const char *name;
	const char *const *host_paths;
	const char *digest; /* NULL: it is not here */
};

struct planning {
	struct offload o;
	struct file_set set;
	struct text_style style;
	const struct image_store *images;
	struct store *store; /* or NULL */
	struct test_file **files;
	size_t n_files, invalid;
	struct dry_plan plan;
	unsigned *position; /* beside plan.v: which would run first, from 1 */
	struct err error;   /* of a pattern */
	struct plan_image *wanted;
	size_t n_wanted, cap_wanted;
	struct diags diags;
	bool drawing; /* the images are known, the answer is being made */
	struct plan_past {
		bool there; /* a run would have it */
		bool known, cached;
		const char *key, *from;
		const char *never; /* why no result is ever kept */
		const char *layer; /* of [prepare], or NULL */
		bool layer_there;
	} * past; /* beside plan.v */
	struct strbuf json, text;
};

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

static struct plan_image *image_of(const struct planning *p, const struct sandbox_spec *spec)
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

			if (image_of(p, spec))
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

/* ---- JSON ---- */

static void write_limits(struct json *j, const struct limits *l)
{
	json_obj(j, "limits");
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		size_t n = strlen(limit_names[i]);
		bool mib = n > 3 && strcmp(limit_names[i] + n - 3, "_mb") == 0;

		if (l->v[i])
			json_uint(j, limit_names[i], mib ? l->v[i] >> 20 : l->v[i]);
	}
	json_end(j);
}

static void write_timeout(struct json *j, const char *key, const struct deadline *d)
{
	if (d->ns)
		json_ms(j, key, (double)d->ns / 1e6);
	else
		json_null(j, key);
}

static void write_steps(
        struct json *j, const char *key, const struct step *steps, size_t n, struct arena *a)
{
	json_arr(j, key);
	for (size_t i = 0; i < n; i++) {
		struct str_list argv = dry_argv(&steps[i], a);

		json_obj(j, NULL);
		json_str(j, "name", steps[i].name);
		json_arr(j, "argv");
		for (size_t k = 0; k < argv.n; k++)
			json_str(j, NULL, argv.v[k]);
		json_end(j);
		json_arr(j, "depends_on");
		for (size_t k = 0; k < steps[i].n_needs; k++)
			json_str(j, NULL, steps[steps[i].needs[k]].name);
		json_end(j);
		write_timeout(j, "timeout_ms", &steps[i].timeout);
		json_bool(j, "background", steps[i].background);
		json_end(j);
	}
	json_end(j);
}

static void write_services(struct json *j, const struct scenario *sc)
{
	json_arr(j, "services");
	for (size_t i = 0; i < sc->n_places; i++) {
		if (!sc->places[i].service)
			continue;
		json_obj(j, NULL);
		json_str(j, "name", sc->places[i].service);
		json_str(j, "image", sc->places[i].spec.image);
		json_end(j);
	}
	json_end(j);
}

/* Nothing where nobody could be asked. */
static void write_past(struct json *j, const struct plan_past *past)
{
	if (!past->known)
		return;
	json_bool(j, "cached", past->cached);
	json_str(j, "cached_from", past->from);
	json_str(j, "cache_key", past->key);
	json_str(j, "never_cached", past->never);
}

static void write_prepare(struct json *j, const struct preparation *p, const struct plan_past *past)
{
	if (!p) {
		json_null(j, "prepare");
		return;
	}
	json_obj(j, "prepare");
	json_str(j, "image", past->layer);
	json_bool(j, "ready", past->layer_there);
	json_str(j, "as", wire_prepared_as(p->recorded));
	json_uint(j, "steps", p->sc->n_steps);
	json_arr(j, "inputs");
	for (size_t i = 0; i < p->inputs.n; i++)
		json_str(j, NULL, p->inputs.v[i]);
	json_end(j);
	json_end(j);
}

/* By name, as steps have it: those of its test. */
static void write_needs(struct json *j, const struct dry_scenario *x)
{
	json_arr(j, "depends_on");
	for (size_t i = 0; i < x->sc->n_needs; i++)
		json_str(j, NULL, x->test->scenarios[x->sc->needs[i]].name);
	json_end(j);
	json_bool(j, "selected", !x->comes_along);
}

static void write_scenario(
        const struct planning *p, struct json *j, const struct dry_scenario *x, struct arena *a)
{
	const struct scenario *sc = x->sc;
	const struct sandbox_spec *spec = &sc->places[0].spec;
	const struct plan_image *image = image_of(p, spec);

	json_obj(j, NULL);
	json_str(j, "id", sc->id);
	json_str(j, "name", sc->name);
	json_uint(j, "line", sc->pos.line ? sc->pos.line : 1);
	json_str(j, "image", spec->image);
	json_str(j, "image_digest", image ? image->digest : NULL);
	json_str(j, "engine", "native");
	json_str(j, "isolation", isolation_names[spec->isolation]);
	json_str(j, "network", net_mode_names[spec->network]);
	json_uint(j, "position", p->position[x - p->plan.v]);
	write_needs(j, x);
	json_bool(j, "skipped", x->is_skipped);
	json_str(j, "skip", x->skip);
	write_past(j, &p->past[x - p->plan.v]);
	write_prepare(j, sc->places[0].prepare, &p->past[x - p->plan.v]);
	write_timeout(j, "timeout_ms", &sc->timeout);
	write_limits(j, &spec->limits);
	write_services(j, sc);
	write_steps(j, "setup", sc->setup, sc->n_setup, a);
	write_steps(j, "steps", sc->steps, x->until_step, a);
	write_steps(j, "teardown", sc->teardown, sc->n_teardown, a);
	json_end(j);
}

static void write_tests(const struct planning *p, struct json *j)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	const struct test *t = NULL;

	json_arr(j, "tests");
	for (size_t i = 0; i < p->plan.n; i++) {
		const struct dry_scenario *x = &p->plan.v[i];

		if (x->test != t) {
			if (t) {
				json_end(j);
				json_end(j);
			}
			t = x->test;
			json_obj(j, NULL);
			json_str(j, "file", x->file->path);
			json_str(j, "name", t->name);
			json_arr(j, "scenarios");
		}
		write_scenario(p, j, x, a);
	}
	if (t) {
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

static void write_seed(struct json *j, const struct run_options *o)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)o->shuffle_seed);
	json_str(j, "shuffle_seed", o->shuffle_seeded ? text : NULL);
}

static void write_document(struct planning *p)
{
	struct json j = JSON_INIT(&p->json);

	p->position = arena_array(p->set.arena, p->plan.n + 1, sizeof(*p->position));
	for (size_t i = 0; i < p->plan.n; i++)
		p->position[p->plan.order[i]] = (unsigned)i + 1;

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.plan/1");
	write_tests(p, &j);
	json_arr(&j, "images_missing");
	for (size_t i = 0; i < p->n_wanted; i++)
		if (!p->wanted[i].digest)
			json_str(&j, NULL, p->wanted[i].name);
	json_end(&j);
	json_uint(&j, "excluded", p->plan.excluded);
	write_seed(&j, &p->plan.rest);
	wire_diags(&j, "diagnostics", &p->diags);
	json_end(&j);
	strbuf_addc(&p->json, '\n');
}

/* ---- words ---- */

static void add_name(struct strbuf *out, const char *name)
{
	strbuf_add_visible(out, name, strlen(name));
}

/* A line for each, with what it waits for. */
static void say_graph(struct strbuf *out, const char *before, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		strbuf_printf(out, "  %s[", before);
		add_name(out, steps[i].name);
		strbuf_adds(out, steps[i].background ? " &]" : "]");
		for (size_t k = 0; k < steps[i].n_needs; k++) {
			strbuf_adds(out, k ? ", " : " after ");
			add_name(out, steps[steps[i].needs[k]].name);
		}
		strbuf_addc(out, '\n');
	}
}

static void say_steps(
        struct strbuf *out, const char *before, const struct step *steps, size_t n, bool graph)
{
	if (!n)
		return;
	if (graph) {
		say_graph(out, before, steps, n);
		return;
	}
	strbuf_printf(out, "  %s", before);
	for (size_t i = 0; i < n; i++) {
		strbuf_adds(out, i ? " -> [" : "[");
		add_name(out, steps[i].name);
		strbuf_adds(out, steps[i].background ? " &]" : "]");
	}
	strbuf_addc(out, '\n');
}

static void say_deadline(struct strbuf *out, const struct deadline *d)
{
	if (d->ns)
		dur_format(out, d->ns);
	else
		strbuf_adds(out, "none");
	strbuf_printf(out, " (%s)", deadline_source_names[d->source]);
}

/* -v: what bounds it, and what each step runs. */
static void say_details(const struct dry_scenario *x, struct strbuf *out)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	const struct sandbox_spec *spec = &x->sc->places[0].spec;

	strbuf_adds(out, "  deadline ");
	say_deadline(out, &x->sc->timeout);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		if (spec->limits.v[i] && spec->limits.given & 1u << i)
			strbuf_printf(out, ", %s %llu", limit_names[i],
			        (unsigned long long)spec->limits.v[i]);
	for (size_t i = 0; i < spec->n_volumes; i++) {
		strbuf_adds(out, "\n  volume ");
		add_name(out, spec->volumes[i].host_path);
		strbuf_printf(out, " at %s, %s", spec->volumes[i].container_path,
		        volume_mode_names[spec->volumes[i].mode]);
	}
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < x->until_step; i++) {
		const struct step *s = &x->sc->steps[i];
		struct str_list argv = dry_argv(s, a);

		strbuf_adds(out, "  ");
		add_name(out, s->name);
		strbuf_adds(out, ": ");
		for (size_t k = 0; k < argv.n; k++) {
			strbuf_adds(out, k ? " " : "");
			strbuf_shell_quote(out, argv.v[k]);
		}
		strbuf_adds(out, "  deadline ");
		say_deadline(out, &s->timeout);
		strbuf_addc(out, '\n');
	}
}

static void say_prepare(
        const struct preparation *p, const struct plan_past *past, struct strbuf *out)
{
	if (!p)
		return;
	strbuf_printf(out, "  prepare: %zu step%s", p->sc->n_steps, p->sc->n_steps == 1 ? "" : "s");
	if (past->layer)
		strbuf_printf(out, ", %s %s", past->layer,
		        past->layer_there ? "is ready" : "is made first");
	strbuf_adds(out, p->recorded ? ", recorded\n" : "\n");
}

static void say_needs(const struct dry_scenario *x, struct strbuf *out)
{
	for (size_t i = 0; i < x->sc->n_needs; i++) {
		strbuf_adds(out, i ? ", " : "  needs ");
		add_name(out, x->test->scenarios[x->sc->needs[i]].name);
	}
	if (x->sc->n_needs)
		strbuf_addc(out, '\n');
	if (x->comes_along)
		strbuf_adds(out, "  not selected: others need it\n");
}

static void say_scenario(const struct planning *p, const struct dry_scenario *x, struct strbuf *out)
{
	const struct sandbox_spec *spec = &x->sc->places[0].spec;
	const struct plan_image *image = image_of(p, spec);
	const struct plan_past *past = &p->past[x - p->plan.v];

	add_name(out, x->sc->id);
	strbuf_printf(out, "   image %s", spec->image);
	if (image && image->digest)
		strbuf_printf(out, "@%.*s", DIGEST_SHOWN, image->digest);
	else
		strbuf_adds(out, " (not here)");
	strbuf_printf(out, "   native   %s   network %s   ", isolation_names[spec->isolation],
	        net_mode_names[spec->network]);
	if (!x->is_skipped && past->cached)
		strbuf_printf(out, "cached, run %s\n", past->from ? past->from : "?");
	else if (!x->is_skipped && image && !image->digest)
		strbuf_adds(out, "cannot run: its image is not here\n");
	else if (!x->is_skipped)
		strbuf_printf(out, "would run%s%s\n", past->never ? ", never cached: " : "",
		        past->never ? past->never : "");
	else
		strbuf_printf(out, "skipped%s%s\n", x->skip ? ": " : "", x->skip ? x->skip : "");
	say_needs(x, out);
	say_prepare(x->sc->places[0].prepare, past, out);
	for (size_t i = 0; i < x->sc->n_places; i++)
		if (x->sc->places[i].service)
			strbuf_printf(out, "  %s (image %s)\n", x->sc->places[i].service,
			        x->sc->places[i].spec.image);
	say_steps(out, "setup ", x->sc->setup, x->sc->n_setup, x->sc->graph);
	say_steps(out, "", x->sc->steps, x->until_step, x->sc->graph);
	say_steps(out, "teardown ", x->sc->teardown, x->sc->n_teardown, x->sc->graph);
	if (p->style.verbosity > 0)
		say_details(x, out);
}

static void add_count(struct strbuf *out, const char *before, size_t n, const char *what)
{
	if (n)
		strbuf_printf(out, "%s%zu %s", before, n, what);
}

static void say_totals(const struct planning *p, struct strbuf *out)
{
	size_t tests = 0, skipped = 0, cached = 0, sandboxes = 0;
	const struct test_file *f = NULL;

	for (size_t i = 0; i < p->plan.n; i++) {
		const struct dry_scenario *x = &p->plan.v[i];
		bool runs = !x->is_skipped && !p->past[i].cached;

		tests += x->file != f;
		f = x->file;
		skipped += x->is_skipped;
		cached += p->past[i].cached;
		sandboxes += runs ? x->sc->n_places : 0;
	}
	strbuf_printf(out, "%zu scenario%s of %zu test%s: %zu to run", p->plan.n,
	        p->plan.n == 1 ? "" : "s", tests, tests == 1 ? "" : "s",
	        p->plan.n - skipped - cached);
	add_count(out, ", ", cached, "cached");
	add_count(out, ", ", skipped, "skipped");
	add_count(out, ", ", p->invalid, p->invalid == 1 ? "file invalid" : "files invalid");
	strbuf_printf(out, "; %zu sandbox%s\n", sandboxes, sandboxes == 1 ? "" : "es");
}

/* ---- last: the answer ---- */

static void make_answer(struct offload *o)
{
	struct planning *p = (struct planning *)o;
	enum plan_graph graph = p->set.req.graph;

	write_document(p);
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
		say_scenario(p, &p->plan.v[p->plan.order[i]], &p->text);
	if (p->style.verbosity > -2)
		say_totals(p, &p->text);
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
			p->past[k] = (struct plan_past){ true, true, r->cached,
				arena_strdup(p->set.arena, r->key),
				arena_strdup(p->set.arena, r->cached_from),
				arena_strdup(p->set.arena, r->reason_text),
				arena_strdup(p->set.arena, r->layer), r->layer_there };
		}
	}
}

static void on_asked(void *arg, const struct run_result *res)
{
	struct planning *p = arg;

	if (res)
		take_past(p, res);
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
