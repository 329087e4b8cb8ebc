/* What a scenario depends on beside its definition: images, trees and files; looking at these. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/glob.h"
#include "common/mem.h"
#include "daemon/run/cached_priv.h"
#include "daemon/run/keep_priv.h"

enum tree_kind cached_tree_kind(enum input_kind k)
{
	return k == INPUT_HOST ? TREE_STAT : TREE_CONTENT;
}

/* ---- images ---- */

bool run_same_paths(const char *const *a, const char *const *b)
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
		        run_same_paths(v[i].host_paths, spec->host_paths))
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

const struct image *cached_image(struct run *run, const struct sandbox_spec *spec)
{
	return image_entry(run, spec)->image;
}

bool cached_wants_images(struct run *run)
{
	bool busy = false;

	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		for (size_t k = 0; planned_is_open(pl) && k < pl->sc->n_places; k++)
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
void cached_place(const struct run_input *x, struct input_place *out)
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
	        watch_known(run->r->d.watch, path, cached_tree_kind(kind), &x->tree))
		x->state = INPUT_KNOWN;
	if (kind != INPUT_PATTERN && !run->r->d.watch) {
		x->state = INPUT_UNKNOWABLE;
		x->why = "this machine gives no inotify instance";
	}
	if (x->state == INPUT_UNKNOWN)
		cached_place(x, &x->place);
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

void cached_find_inputs(struct planned *pl)
{
	const struct scenario *sc = pl->sc;

	if (planned_is_another_turn(pl)) {
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

static void find_way(struct run_input *x, struct arena *a)
{
	bool whole;
	AUTO_STR way = glob_prefix(x->path, &whole);
	char *slash = strrchr(way, '/');

	slash[slash == way] = '\0';
	AUTO_STR real = realpath(way, NULL);

	x->way = arena_strdup(a, way);
	x->leads_to = real && strcmp(real, way) != 0 ? arena_strdup(a, real) : NULL;
}

/* Files are named by where they stand, patterns by how they are written. */
static bool is_behind_links(struct run_input *x, const char *file, struct arena *a)
{
	if (!x->way)
		find_way(x, a);
	if (!x->leads_to || !fs_is_below(file, x->leads_to))
		return false;
	AUTO_STR name = xasprintf("%s%s", x->way, file + strlen(x->leads_to));

	return glob_match(x->path, name, true);
}

static bool input_holds(struct run_input *x, const char *file, struct arena *a)
{
	if (x->kind != INPUT_PATTERN)
		return fs_is_below(file, x->path);
	return fs_is_below(file, x->path) || glob_match(x->path, file, true) ||
	       is_behind_links(x, file, a);
}

/* A template that was looked for in vain is there now. */
static bool is_made_from(const struct made_from *m, const char *file)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (strcmp(m->files[i].name, file) == 0 ||
		        (m->files[i].real && strcmp(m->files[i].real, file) == 0))
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
		if (input_holds(pl->inputs[i], file, pl->run->arena))
			return true;
	return false;
}

void cached_look_at(struct watch *w, struct run_input *x, struct arena *a)
{
	struct err e;
	int rc = x->kind == INPUT_PATTERN
	                 ? input_look(x->path, &x->look, &e)
	                 : watch_look(w, x->path, cached_tree_kind(x->kind), &x->tree, &e);

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
			cached_look_at(run->r->d.watch, x, run->arena);
}

const char *cached_value(const struct run_input *x)
{
	return x->kind == INPUT_PATTERN ? x->look.hex : x->tree.hex;
}
