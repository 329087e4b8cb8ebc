/* Which scenarios a result of the past stands for, and which results are kept for the future.
 *
 * What is looked at before a run is what a look-up needs: trees that are watched are known at once,
 * others are looked at by a worker when there is a result that they may vouch for. Of a scenario
 * that has none nobody waits: what it depended on is looked at after it has passed, and its result
 * is kept if nothing of that is younger than the run. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/glob.h"
#include "common/log.h"
#include "daemon/run/keep_priv.h"
#include "daemon/run/run_priv.h"
#include "daemon/wire/wire.h"

#define RACY_NS (20 * NS_PER_MS) /* no kernel's stamps are coarser */
#define MAX_LATE 4096u

struct run_image {
	const char *name;
	const char *const *host_paths;
	const struct image *image; /* NULL = cannot be had: the run will say why */
	bool busy;                 /* has to be made first */
	struct run_input **inputs; /* its directories of this machine, NULL = not asked for yet */
};

/* A result whose inputs were not known when it began. */
struct late {
	struct late *next;
	struct arena *arena;
	struct runner *r;
	const char *scenario, *run;
	struct result_key key;
	struct run_input *inputs;
	size_t n_inputs, first_part; /* their parts of the key stand together */
	struct scenario_result *result;
	unsigned test_index, slot; /* where it was recorded */
	bool no_history;           /* it was not */
	int64_t started_wall_ns;
	int64_t clock_ahead_ns; /* the wall clock before the monotonic one, at the start */
};

static enum tree_kind tree_kind_of(enum input_kind k)
{
	return k == INPUT_HOST ? TREE_STAT : TREE_CONTENT;
}

/* ---- images ---- */

static bool same_paths(const char *const *a, const char *const *b)
{
	size_t i = 0;

	if (a == b || !a || !b)
		return a == b;
	while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
		i++;
	return !a[i] && !b[i];
}

static struct run_image *image_entry(struct run *run, const struct sandbox_spec *spec)
{
	struct run_image *v = run->images, *x;
	struct err e;

	for (size_t i = run->n_images; i-- > 0;)
		if (strcmp(v[i].name, spec->image) == 0 &&
		        same_paths(v[i].host_paths, spec->host_paths))
			return &v[i];
	if ((run->n_images & (run->n_images - 1)) == 0) {
		run->images = arena_array(run->arena, run->n_images * 2 + 1, sizeof(*v));
		if (run->n_images)
			memcpy(run->images, v, run->n_images * sizeof(*v));
	}
	x = &run->images[run->n_images++];
	*x = (struct run_image){ .name = spec->image, .host_paths = spec->host_paths };
	/* Its layer may be made by this very run. */
	x->image = (image_name_key(x->name) ? image_planned
	            : run->images_made
	                    ? image_resolve
	                    : image_at_hand)(run->r->d.images, x->name, x->host_paths, &e);
	x->busy = !x->image && e.code == ERR_BUSY;
	return x;
}

static const struct image *image_of(struct run *run, const struct sandbox_spec *spec)
{
	return image_entry(run, spec)->image;
}

static bool is_open(const struct planned *pl)
{
	return pl->skip == REASON_NONE && !pl->unready && pl->sc;
}

/* What a repetition depends on is known of the first, which stands before it. */
static bool is_another_turn(const struct planned *pl)
{
	return pl->first && pl->first != pl;
}

bool cached_wants_images(struct run *run)
{
	bool busy = false;

	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		for (size_t k = 0; is_open(pl) && k < pl->sc->n_places; k++)
			busy |= image_entry(run, &pl->sc->places[k].spec)->busy;
	}
	return busy;
}

void cached_prepare(struct run *run)
{
	for (size_t i = 0; i < run->n_images; i++)
		if (run->images[i].busy)
			image_prepare(
			        run->r->d.images, run->images[i].name, run->images[i].host_paths);
	run->n_images = 0; /* they are asked for anew, which is quick now */
	run->images_made = true;
}

/* ---- inputs ---- */

/* Where its path leads: what stands at it now may have been put there by a rename further up. */
static void place_of(const struct run_input *x, struct input_place *out)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (x->kind != INPUT_PATTERN) {
		glob_escape(&b, x->path);
		strbuf_adds(&b, "/*");
	}
	input_place(b.len ? b.s : x->path, out);
}

static struct run_input *input_of(struct run *run, enum input_kind kind, const char *path)
{
	const char *key = arena_printf(run->arena, "%d%s", kind, path);
	struct run_input *x = map_get(run->inputs, key);

	if (x)
		return x;
	x = arena_alloc(run->arena, sizeof(*x));
	x->kind = kind;
	x->path = path;
	map_put(run->inputs, key, x);
	if (kind != INPUT_PATTERN && run->r->d.watch &&
	        watch_known(run->r->d.watch, path, tree_kind_of(kind), &x->tree))
		x->state = INPUT_KNOWN;
	if (kind != INPUT_PATTERN && !run->r->d.watch) {
		x->state = INPUT_UNKNOWABLE;
		x->why = "this machine gives no inotify instance";
	}
	if (x->state == INPUT_UNKNOWN)
		place_of(x, &x->place);
	return x;
}

static void push_input(struct planned *pl, struct run_input *x)
{
	struct run_input **v = pl->inputs;
	size_t n = pl->n_inputs;

	if (pl->inputs_lent || (n & (n - 1)) == 0) {
		pl->inputs = arena_array(pl->run->arena, n * 2 + 1, sizeof(struct run_input *));
		if (n)
			memcpy(pl->inputs, v, n * sizeof(struct run_input *));
		pl->inputs_lent = false;
	}
	pl->inputs[pl->n_inputs++] = x;
}

static void add_input(struct planned *pl, enum input_kind kind, const char *path)
{
	push_input(pl, input_of(pl->run, kind, path));
}

/* Those of an image are looked up once a run. */
static struct run_input **image_inputs(struct run *run, struct run_image *x)
{
	if (x->inputs)
		return x->inputs;
	x->inputs = arena_array(run->arena, x->image->n_binds + 1, sizeof(struct run_input *));
	for (size_t i = 0; i < x->image->n_binds; i++)
		x->inputs[i] = input_of(run, INPUT_HOST, x->image->binds[i].host);
	return x->inputs;
}

/* Most scenarios depend on nothing else: they share the array. */
static bool add_image(struct planned *pl, const struct sandbox_spec *spec)
{
	struct run_image *x = image_entry(pl->run, spec);
	struct run_input **inputs;

	if (!x->image) {
		pl->never = "its image is not here";
		return false;
	}
	inputs = image_inputs(pl->run, x);
	if (!pl->n_inputs) {
		pl->inputs = inputs;
		pl->n_inputs = x->image->n_binds;
		pl->inputs_lent = true;
		return true;
	}
	for (size_t i = 0; i < x->image->n_binds; i++)
		push_input(pl, inputs[i]);
	return true;
}

/* All of a directory is placed, hidden names too: that is a tree. */
static void add_source(struct planned *pl, const char *path)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		add_input(pl, INPUT_TREE, path);
		return;
	}
	glob_escape(&b, path);
	add_input(pl, INPUT_PATTERN, arena_strdup(pl->run->arena, b.s));
}

static void add_place(struct planned *pl, const struct place *p)
{
	for (size_t i = 0; i < p->spec.n_volumes; i++)
		add_input(pl, INPUT_TREE, p->spec.volumes[i].host_path);
	for (size_t i = 0; i < p->n_files; i++)
		if (p->files[i].source)
			add_source(pl, p->files[i].source);
}

static void find_inputs(struct planned *pl)
{
	const struct scenario *sc = pl->sc;

	if (is_another_turn(pl)) {
		pl->inputs = pl->first->inputs;
		pl->n_inputs = pl->first->n_inputs;
		pl->inputs_lent = true;
		pl->never = pl->first->never;
		return;
	}
	pl->inputs = NULL;
	pl->n_inputs = 0;
	pl->inputs_lent = false;
	pl->never = sc->never_cached;
	if (!pl->never && keep_wants_passed(pl))
		pl->never = "its sandbox is to be kept";
	if (!pl->never && pl->until_step != sc->n_steps)
		pl->never = "only some of its steps were asked for";
	for (size_t i = 0; i < sc->n_places && !pl->never; i++) {
		if (!add_image(pl, &sc->places[i].spec))
			return;
		add_place(pl, &sc->places[i]);
	}
	for (size_t i = 0; i < sc->inputs.n && !pl->never; i++)
		add_input(pl, INPUT_PATTERN, sc->inputs.v[i]);
}

static bool input_holds(const struct run_input *x, const char *file)
{
	return fs_is_below(file, x->path) ||
	       (x->kind == INPUT_PATTERN && glob_match(x->path, file, true));
}

/* A template that was looked for in vain is there now. */
static bool is_made_from(const struct made_from *m, const char *file)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (strcmp(m->files[i].name, file) == 0)
			return true;
	for (size_t i = 0; i < m->absent.n; i++)
		if (strcmp(m->absent.v[i], file) == 0)
			return true;
	return false;
}

bool cached_reads(const struct planned *pl, const char *file)
{
	AUTO_STR project = fs_join(pl->file->project, "cleanroom.toml");

	if (pl->never || strcmp(file, pl->file->real) == 0 || strcmp(file, project) == 0 ||
	        is_made_from(&pl->file->made_from, file))
		return true;
	for (size_t i = 0; i < pl->n_inputs; i++)
		if (input_holds(pl->inputs[i], file))
			return true;
	return false;
}

/* Tests of a matrix share the names of their scenarios. */
static const char *name_of(const struct planned *pl)
{
	const char *name = pl->file->n_tests > 1 ? pl->sc->id : pl->sc->name;
	size_t file = strlen(pl->file->real), len = strlen(name);
	char *both = arena_alloc(pl->run->arena, file + len + 3);

	memcpy(both, pl->file->real, file);
	memcpy(both + file, "::", 2);
	memcpy(both + file + 2, name, len + 1);
	return both;
}

void cached_name_all(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++)
		if (is_open(&run->plan[i]))
			run->plan[i].name = is_another_turn(&run->plan[i])
			                            ? run->plan[i].first->name
			                            : name_of(&run->plan[i]);
}

/* What its file says of it has not changed: these parts stand first in a key. */
static bool same_definition(const struct scenario *sc, const struct key_part *parts, size_t n)
{
	if (n < sc->n_parts)
		return false;
	for (size_t i = 0; i < sc->n_parts; i++) {
		const struct key_part *a = &sc->parts[i], *b = &parts[i];

		if (a->kind != b->kind || strcmp(a->name, b->name) != 0 ||
		        strcmp(a->value, b->value) != 0)
			return false;
	}
	return true;
}

/* The machine's own directories, whose first look takes longer than most runs. */
static bool lacks_host(const struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++)
		if (pl->inputs[i]->kind == INPUT_HOST && pl->inputs[i]->state == INPUT_UNKNOWN)
			return true;
	return false;
}

/* Nobody waits for what only a result that does not exist depends on; for one that is about to be
 * kept the run waits. Who is in a hurry does so only where the scenario is still what it was then,
 * and never for the machine. */
static bool want_inputs(struct planned *pl)
{
	struct runner *r = pl->run->r;
	const struct late *late = r->late_names ? map_get(r->late_names, pl->name) : NULL;
	bool hurry = pl->run->opt.hurry, wait = false;
	struct kept_result last;

	if (pl->run->opt.force || (hurry && lacks_host(pl)))
		return false;
	if (late && (!hurry || same_definition(pl->sc, late->key.parts, late->first_part))) {
		pl->run->awaits_late = true;
		return false;
	}
	if (!result_cache_last(r->d.results, pl->name, &last))
		return false;
	for (size_t i = 0; i < pl->n_inputs; i++)
		if (pl->inputs[i]->state == INPUT_UNKNOWN)
			wait = pl->inputs[i]->wanted = true;
	return wait;
}

bool cached_plan(struct run *run)
{
	bool wait = false;

	if (!run->r->d.results)
		return false;
	if (run->inputs)
		map_free(run->inputs, NULL);
	run->inputs = map_new();
	for (size_t i = 0; i < run->n_images; i++)
		run->images[i].inputs = NULL; /* of before somebody was waited for */
	run->awaits_late = false;
	if (run->cancel_by) {
		for (size_t i = 0; i < run->n_plan; i++)
			run->plan[i].never = "the run was cancelled";
		return false;
	}
	run->started_wall_ns = clock_wall_ns();
	run->clock_ahead_ns = run->started_wall_ns - clock_ns();
	if (run->r->d.watch)
		watch_drain(run->r->d.watch);
	for (size_t i = 0; i < run->n_plan; i++) {
		if (!is_open(&run->plan[i]))
			continue;
		find_inputs(&run->plan[i]);
		if (!run->plan[i].never)
			wait |= want_inputs(&run->plan[i]);
	}
	return wait;
}

static void look_at(struct watch *w, struct run_input *x, struct arena *a)
{
	struct err e;
	int rc = x->kind == INPUT_PATTERN
	                 ? input_look(x->path, &x->look, &e)
	                 : watch_look(w, x->path, tree_kind_of(x->kind), &x->tree, &e);

	x->state = rc == 0 ? INPUT_KNOWN : INPUT_UNKNOWABLE;
	if (rc < 0)
		x->why = arena_strdup(a, e.msg);
}

void cached_look(struct run *run)
{
	const char *key;
	size_t at = 0;
	void *x;

	while (map_next(run->inputs, &at, &key, &x))
		if (((struct run_input *)x)->wanted)
			look_at(run->r->d.watch, x, run->arena);
}

/* ---- keys ---- */

static const char *input_value(const struct run_input *x)
{
	return x->kind == INPUT_PATTERN ? x->look.hex : x->tree.hex;
}

static const char *engine_name(void)
{
	return geteuid() == 0 ? "native root" : "native rootless";
}

/* Every part that is known by now; the rest stays "". */
static void fill_key(struct planned *pl)
{
	const struct scenario *sc = pl->sc;
	struct result_key *k = &pl->key;
	struct arena *a = pl->run->arena;

	k->parts = arena_array(a, sc->n_parts + sc->n_places + pl->n_inputs + 2, sizeof(*k->parts));
	memcpy(k->parts, sc->parts, sc->n_parts * sizeof(*k->parts));
	k->n_parts = sc->n_parts;
	for (size_t i = 0; i < sc->n_places; i++) {
		const struct image *image = image_of(pl->run, &sc->places[i].spec);

		k->parts[k->n_parts++] =
		        (struct key_part){ CAUSE_IMAGE, image->name, image->digest };
	}
	for (size_t i = 0; i < pl->n_inputs; i++)
		k->parts[k->n_parts++] =
		        (struct key_part){ pl->inputs[i]->kind == INPUT_HOST ? CAUSE_IMAGE
			                                                     : CAUSE_INPUT,
			        pl->inputs[i]->path, input_value(pl->inputs[i]) };
	k->parts[k->n_parts++] = (struct key_part){ CAUSE_ENGINE, "", engine_name() };
	k->parts[k->n_parts++] = (struct key_part){ CAUSE_PRODUCT, "", pl->run->r->d.build };
}

static bool all_known(struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++) {
		if (pl->inputs[i]->state == INPUT_UNKNOWABLE)
			pl->never = pl->inputs[i]->why;
		if (pl->inputs[i]->state != INPUT_KNOWN)
			return false;
	}
	return true;
}

/* ---- answers ---- */

static const struct step *step_at(const struct scenario *sc, size_t i)
{
	if (i < sc->n_setup)
		return &sc->setup[i];
	i -= sc->n_setup;
	return i < sc->n_steps ? &sc->steps[i] : &sc->teardown[i - sc->n_steps];
}

/* What is shown of a scenario may have changed while its definition has not. */
static struct scenario_result *answer_of(struct planned *pl, const struct kept_result *kept)
{
	struct scenario_result *r = scenario_result_again(kept->result);
	const struct test_outcome *t = &pl->run->result->tests[pl->test_index];
	const struct scenario *sc = pl->sc;
	struct arena *a = r->arena;

	r->id = arena_strdup(a, sc->id);
	r->name = arena_strdup(a, sc->name);
	r->file = arena_strdup(a, t->file);
	r->test = arena_strdup(a, t->name);
	r->tags = list_copy(&sc->tags, a);
	r->cell = list_copy(&t->matrix, a);
	r->line = sc->pos.line ? sc->pos.line : 1;
	r->cached_from = arena_strdup(a, kept->run);
	r->key = arena_strdup(a, pl->key.hex);
	for (size_t i = 0; i < r->n_steps && i < sc->n_setup + sc->n_steps + sc->n_teardown; i++)
		r->steps[i].line = step_at(sc, i)->pos.line;
	return r;
}

/* The same file as last time shows it in the same words. */
static struct scenario_result *again_of(struct planned *pl, const struct kept_result *kept)
{
	const struct shown_of of = { pl->file->serial, pl->written ? pl->written : pl->sc };
	struct scenario_result *r;

	if (kept->again && kept->of.file == of.file && kept->of.scenario == of.scenario)
		return scenario_result_ref(kept->again);
	r = answer_of(pl, kept);
	result_cache_again(pl->run->r->d.results, &pl->key, r, of);
	return r;
}

/* What the history keeps of both is the same but for what is told of each use: where it stands,
 * what it is called, and that it is of the past. */
static bool same_form(const struct scenario_result *a, const struct scenario_result *b)
{
	if (a == b)
		return true;
	if (a->tags.n != b->tags.n || a->n_steps != b->n_steps)
		return false;
	for (size_t i = 0; i < a->tags.n; i++)
		if (strcmp(a->tags.v[i], b->tags.v[i]) != 0)
			return false;
	for (size_t i = 0; i < a->n_steps; i++)
		if (a->steps[i].line != b->steps[i].line)
			return false;
	return true;
}

/* By hash of key and run: over many runs each has its turn. */
static bool is_verified(const struct planned *pl)
{
	unsigned percent = pl->run->opt.verify_cache;
	const char *text;
	struct digest d;

	if (!percent || pl->run->opt.why)
		return false;
	text = arena_printf(pl->run->arena, "%s%s", pl->key.hex, pl->run->result->id);
	digest_of(text, strlen(text), &d);
	return ((unsigned)d.b[0] << 8 | d.b[1]) * 100u < percent << 16;
}

static bool suffices(const struct planned *pl, const struct scenario_result *res)
{
	const struct run_options *o = &pl->run->opt;

	return !o->digest || o->changed || o->why || !scenario_result_is_partial(res);
}

static bool receipt_suffices(const struct receipt_demand *d, const struct receipt *r)
{
	CLEANUP(arena_free) struct arena *a = d ? arena_new() : NULL;
	struct receipt_difference first;

	return !d || (r && receipt_differs(d, r, a, &first, 1) == 0);
}

static void answer(struct planned *pl)
{
	struct kept_result kept;

	if (is_another_turn(pl)) {
		pl->never = pl->first->never;
		pl->key = pl->first->key;
		return;
	}
	if (pl->never || !all_known(pl)) {
		log_debug("'%s' is run: %s", pl->sc->id,
		        pl->never ? pl->never : "it has no result yet");
		return;
	}
	fill_key(pl);
	result_key_seal(pl->run->r->d.results, &pl->key);
	if (pl->run->opt.force || !result_cache_get(pl->run->r->d.results, &pl->key, &kept))
		return;
	if (!receipt_suffices(pl->run->demand, kept.result->receipt)) {
		log_debug("'%s' is run: its receipt is not what is required", pl->sc->id);
		return;
	}
	if (!suffices(pl, kept.result)) {
		log_debug("'%s' is run: the history has only a part of its output", pl->sc->id);
		return;
	}
	if (is_verified(pl)) {
		pl->verify = scenario_result_ref(kept.result);
		memcpy(pl->verify_run, kept.run, sizeof(pl->verify_run));
		return;
	}
	pl->again = again_of(pl, &kept);
	pl->by_key = kept.stored && same_form(pl->again, kept.stored);
	pl->kept_wall_ns = kept.wall_ns;
	pl->run->cached++;
}

void cached_answer(struct run *run)
{
	if (!run->r->d.results)
		return;
	for (size_t i = 0; i < run->n_plan; i++)
		if (is_open(&run->plan[i]))
			answer(&run->plan[i]);
}

/* ---- keeping ---- */

/* Failures may be the machine's; what passed at the second try might not have. A step that asks
 * again until something is there is no flake. */
static bool has_updates(const struct scenario_result *r)
{
	size_t n = r->n_updates;

	for (size_t i = 0; i < r->n_steps; i++)
		n += r->steps[i].n_updates;
	return n > 0;
}

static bool is_clean(const struct scenario_result *r)
{
	/* What was written then is not what it was compared with. */
	if (has_updates(r))
		return false;
	return r->verdict == VERDICT_PASS && !r->flaky && !r->cached && r->attempts <= 1 &&
	       r->receipt && r->receipt->pristine;
}

/* What was read during the run is what was looked at before it. */
static bool is_unchanged(const struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++) {
		const struct run_input *x = pl->inputs[i];

		if (!watch_unchanged(pl->run->r->d.watch, x->path, tree_kind_of(x->kind), &x->tree))
			return false;
	}
	return true;
}

/* Nothing tells of changes: it is looked at again once the run is over. */
static bool is_silent(const struct run_input *x)
{
	return x->kind == INPUT_PATTERN || x->tree.polled;
}

static bool has_silent(const struct planned *pl)
{
	for (size_t i = 0; i < pl->n_inputs; i++)
		if (is_silent(pl->inputs[i]))
			return true;
	return false;
}

static void free_late(struct late *l)
{
	scenario_result_unref(l->result);
	arena_free(l->arena);
}

static void free_lates(struct late *list)
{
	for (struct late *l = list, *next; l; l = next) {
		next = l->next;
		free_late(l);
	}
}

/* Why what was looked at after the run is not what the run saw; NULL when it is. */
static const char *late_differs(const struct late *l, const struct run_input *x,
        const struct input_look *before, uint64_t state)
{
	int64_t newest = x->kind == INPUT_PATTERN ? x->look.newest_ns : x->tree.newest_ns;
	struct input_place place;

	if (before && x->kind == INPUT_PATTERN)
		/* Both: the look before may have been in the same tick as a change after it. */
		return strcmp(before->stamp, x->look.stamp) != 0 ||
		                       strcmp(before->hex, x->look.hex) != 0
		               ? "changed during the run"
		               : NULL;
	if (before && (!x->tree.polled || newest + RACY_NS < l->started_wall_ns))
		return state != x->tree.state ? "changed during the run" : NULL;
	place_of(x, &place);
	if (!input_place_equal(&place, &x->place))
		return "is another one than before the run";
	return newest + RACY_NS >= l->started_wall_ns ? "was written too shortly before the run"
	                                              : NULL;
}

/* What was written in between has stamps of before the run then. */
static bool clock_went_back(const struct late *l)
{
	return clock_wall_ns() - clock_ns() < l->clock_ahead_ns - RACY_NS / 2;
}

/* The worker: looks at each input again. */
static bool late_look(struct late *l)
{
	for (size_t i = 0; i < l->n_inputs; i++) {
		struct run_input *x = &l->inputs[i];
		const struct input_look before = x->look;
		bool known = x->state == INPUT_KNOWN;
		uint64_t state = x->tree.state;
		const char *why;

		look_at(l->r->d.watch, x, l->arena);
		why = x->state == INPUT_KNOWN ? late_differs(l, x, known ? &before : NULL, state)
		                              : x->why;
		if (!why)
			continue;
		log_debug("no result is kept of %s: '%s' %s", l->scenario, x->path, why);
		return false;
	}
	return !clock_went_back(l);
}

struct late_job {
	struct runner *r;
	struct late *list, *good;
};

static void late_job(void *arg)
{
	struct late_job *j = arg;

	for (struct late *l = j->list, *next; l; l = next) {
		next = l->next;
		if (late_look(l)) {
			l->next = j->good;
			j->good = l;
		} else {
			l->key.n_parts = 0; /* dropped by the loop: its result is counted there */
			l->next = j->good;
			j->good = l;
		}
	}
	j->list = NULL;
}

static void name_late(struct runner *r, struct late *l)
{
	if (!r->late_names)
		r->late_names = map_new();
	map_put(r->late_names, l->scenario, l);
}

static void late_start(struct runner *r);

/* Runs that waited go on where they were. */
static void late_wake(struct runner *r)
{
	struct run *list = STEAL(r->late_waiters);

	for (struct run *run = list, *next; run; run = next) {
		next = run->next_waiter;
		run_prepare(run);
	}
}

static void on_cancelled(void *arg)
{
	struct run *run = arg;

	run->slice = NULL;
	run_prepare(run);
}

void cached_cancel(struct run *run)
{
	struct run **at = &run->r->late_waiters;

	while (*at && *at != run)
		at = &(*at)->next_waiter;
	if (!*at)
		return;
	*at = run->next_waiter;
	run->slice = loop_timer_add(run->r->d.loop, 0, on_cancelled, run);
}

void cached_await(struct run *run)
{
	run->next_waiter = run->r->late_waiters;
	run->r->late_waiters = run;
}

static void note_late(struct late *l)
{
	const struct run_input **v = arena_array(l->arena, l->n_inputs + 1, sizeof(*v));
	struct kept_note note = { .name = l->scenario,
		.key = l->key.hex,
		.parts = l->key.parts,
		.n_parts = l->key.n_parts,
		.run = l->run,
		.test_index = l->test_index,
		.slot = l->slot,
		.ran = l->run };

	for (size_t i = 0; i < l->n_inputs; i++)
		v[i] = &l->inputs[i];
	if (!l->no_history && recall_note(l->r, &note, v, l->n_inputs, l->started_wall_ns))
		result_cache_stored(l->r->d.results, &l->key, l->result);
}

static void late_keep(struct late *l)
{
	struct result_key *k = &l->key;

	if (k->n_parts) {
		for (size_t i = 0; i < l->n_inputs; i++)
			k->parts[l->first_part + i].value = input_value(&l->inputs[i]);
		result_key_seal(l->r->d.results, k);
		result_cache_put(l->r->d.results, l->scenario, k, l->result, l->run);
		note_late(l);
	}
	free_late(l);
}

static void late_done(void *arg)
{
	struct late_job *j = arg;
	struct runner *r = j->r;

	for (struct late *l = j->good, *next; l; l = next) {
		next = l->next;
		late_keep(l);
	}
	free(j);
	r->late_away = false;
	map_free(STEAL(r->late_names), NULL);
	for (struct late *l = r->late; l; l = l->next)
		name_late(r, l);
	late_start(r);
	late_wake(r);
}

static void late_start(struct runner *r)
{
	struct late_job *j;
	struct err e;

	if (r->late_away || !r->late)
		return;
	j = xcalloc(1, sizeof(*j));
	j->r = r;
	j->list = STEAL(r->late);
	r->n_late = 0;
	if (work_submit(r->d.work, late_job, late_done, j, &e) == 0) {
		r->late_away = true;
		return;
	}
	free_lates(j->list);
	free(j);
	map_free(STEAL(r->late_names), NULL);
	late_wake(r);
}

bool runner_keeping(const struct runner *r)
{
	return r->late || r->late_away;
}

void late_release(struct runner *r)
{
	free_lates(STEAL(r->late));
	map_free(r->late_names, NULL);
}

static void keep_late(struct planned *pl, struct scenario_result *res)
{
	struct runner *r = pl->run->r;
	struct arena *a;
	struct late *l;

	if (r->n_late >= MAX_LATE)
		return;
	fill_key(pl);
	a = arena_new();
	l = arena_alloc(a, sizeof(*l));
	l->arena = a;
	l->r = r;
	l->scenario = arena_strdup(a, pl->name);
	l->run = arena_strdup(a, pl->run->result->id);
	l->test_index = (unsigned)pl->test_index;
	l->slot = (unsigned)pl->slot;
	l->no_history = pl->run->opt.no_history;
	l->started_wall_ns = pl->run->started_wall_ns;
	l->clock_ahead_ns = pl->run->clock_ahead_ns;
	l->result = scenario_result_ref(res);
	l->n_inputs = pl->n_inputs;
	l->inputs = arena_array(a, pl->n_inputs + 1, sizeof(*l->inputs));
	for (size_t i = 0; i < pl->n_inputs; i++) {
		l->inputs[i] = *pl->inputs[i];
		l->inputs[i].path = arena_strdup(a, pl->inputs[i]->path);
	}
	l->first_part = pl->sc->n_parts + pl->sc->n_places;
	l->key.n_parts = pl->key.n_parts;
	l->key.parts = arena_array(a, pl->key.n_parts, sizeof(*l->key.parts));
	for (size_t i = 0; i < l->key.n_parts; i++)
		l->key.parts[i] = (struct key_part){ pl->key.parts[i].kind,
			arena_strdup(a, pl->key.parts[i].name),
			arena_strdup(a, pl->key.parts[i].value) };
	l->next = r->late;
	r->late = l;
	r->n_late++;
	name_late(r, l);
	late_start(r);
}

/* The history keeps both ends of what is long: those are compared then. */
static bool same_bytes(const struct captured *was, const struct captured *is)
{
	const struct captured *a = was->len <= is->len ? was : is, *b = a == was ? is : was;
	size_t head = a->head < b->head ? a->head : b->head, tail = a->len - a->head;
	size_t room = b->head == b->len ? b->len : b->len - b->head;

	if (a->total != b->total)
		return false;
	if (a->len == b->len)
		return !a->len || memcmp(a->data, b->data, a->len) == 0;
	tail = tail < room ? tail : room;
	return (!head || memcmp(a->data, b->data, head) == 0) &&
	       (!tail || memcmp(a->data + a->len - tail, b->data + b->len - tail, tail) == 0);
}

/* Where a scenario that was run again is another than its result of the past; NULL: nowhere. */
static const char *difference(
        const struct scenario_result *was, const struct scenario_result *is, struct arena *a)
{
	if (was->verdict != is->verdict)
		return arena_printf(a, "verdict %s, was %s", verdict_names[is->verdict],
		        verdict_names[was->verdict]);
	if (was->n_steps != is->n_steps)
		return "other steps";
	for (size_t i = 0; i < is->n_steps; i++) {
		const struct step_result *x = &was->steps[i], *y = &is->steps[i];

		if (!same_bytes(&x->out, &y->out))
			return arena_printf(a, "other stdout of step '%s'", y->name);
		if (!same_bytes(&x->err, &y->err))
			return arena_printf(a, "other stderr of step '%s'", y->name);
	}
	return NULL;
}

/* Nothing that the key holds has changed: what made the difference is not in it. */
static void verify(struct planned *pl, const struct scenario_result *res)
{
	struct run *run = pl->run;
	const char *what = difference(pl->verify, res, run->arena);

	if (what && !run->cancel_by && !pl->image_replaced) {
		run->differ++;
		run_note(run, "cache-differs",
		        "'%s' is not as its result of run %s: %s, while all %zu inputs are equal. "
		        "It "
		        "depends on something else (time, random numbers): 'cache = false' says so",
		        pl->sc->id, pl->verify_run, what, pl->key.n_parts);
		result_cache_drop(run->r->d.results, &pl->key);
		if (run->r->d.forget)
			run->r->d.forget(run->r->d.record_arg, pl->key.hex);
	}
	scenario_result_unref(STEAL(pl->verify));
}

void cached_lent(struct planned *pl, const struct sandbox_spec *spec, const struct image *image)
{
	const struct image *planned;

	if (!pl->run->r->d.results || pl->never)
		return;
	planned = image_of(pl->run, spec);
	pl->image_replaced |= !planned || strcmp(planned->digest, image->digest) != 0;
}

void cached_keep(struct planned *pl, struct scenario_result *res)
{
	struct run *run = pl->run;

	if (pl->verify)
		verify(pl, res);

	if (!run->r->d.results || pl->never || pl->image_replaced || !pl->sc || !is_clean(res))
		return;
	/* The files that it wants kept are not, or not for long. */
	if (pl->sc->n_collect && !run_is_stored(run))
		return;
	if (!pl->key.hex[0] || has_silent(pl)) {
		keep_late(pl, res);
		return;
	}
	if (!is_unchanged(pl))
		return;
	result_cache_put(run->r->d.results, pl->name, &pl->key, res, run->result->id);
	recall_note_planned(pl, res);
}

void cached_release(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++) {
		scenario_result_unref(run->plan[i].again);
		scenario_result_unref(run->plan[i].verify);
		scenario_result_unref(run->plan[i].dropped);
	}
	for (size_t t = 0; t < run->result->n_tests; t++) {
		struct test_outcome *x = &run->result->tests[t];

		for (size_t i = 0; i < x->n_scenarios; i++) {
			struct scenario_result *r = x->scenarios[i];

			if (!r || (r->refs == 1 && !r->base))
				continue;
			scenario_result_unref(r);
			x->scenarios[i] = NULL;
		}
	}
	if (run->inputs)
		map_free(run->inputs, NULL);
}
