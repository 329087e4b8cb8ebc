/* Scenarios: their sandboxes, steps and deadlines (config.md 2, 3.3). */
#include <string.h>

#include "common/fs.h"
#include "common/map.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"

#define NS_S 1000000000LL

/* A scenario being made. The implicit one of top-level steps has [meta] as its table. */
struct build {
	struct loader *l;
	struct scenario *sc;
	const struct node *node;
	bool implicit;
	const char *name; /* as written: what messages and variables show */
	struct service *own;
	struct str_list disallowed;
	bool services; /* some that would run belong to it */
	/* Where services that were asked for run: a place may be that of another. */
	struct service **seen;
	unsigned *seen_place;
	size_t n_seen;
	const struct node *files; /* of place 0 */
	struct str_list named;    /* volumes that are a tmpfs of one sandbox */
};

/* ---- names ---- */

/* names: what is taken, each with the last number that was put behind it. */
static const char *unique_name(struct loader *l, struct map *names, const char *name)
{
	unsigned *last = map_get(names, name);
	const char *shown = name;

	while (map_get(names, shown))
		shown = arena_printf(l->c.a, "%s#%u", name, ++*last);
	last = arena_alloc(l->c.a, sizeof(*last));
	*last = 1;
	map_put(names, shown, last);
	return arena_strdup(l->file->arena, shown);
}

static void add_tags(struct loader *l, struct str_list *tags, const struct node *table)
{
	const struct node *list = node_get(table, "tags");

	for (const struct node *x = list ? list->first : NULL; x; x = x->next)
		if (!str_list_has(tags, x->s))
			str_list_add(l->file->arena, tags, arena_strdup(l->file->arena, x->s));
}

/* ---- lines ---- */

static void stretch(struct pos *end, struct pos at)
{
	uint32_t line = at.end_line ? at.end_line : at.line;

	if (line > end->line)
		*end = (struct pos){ .line = line, .col = at.end_col ? at.end_col : at.col };
}

/* The last line of a table and all below it. */
static void last_line(const struct node *n, struct pos *end)
{
	stretch(end, n->pos);
	if (n->key)
		stretch(end, n->key_pos);
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return;
	for (const struct node *x = n->first; x; x = x->next)
		last_line(x, end);
}

/* ---- places ---- */

static void push_outer(const struct build *b, struct scope *s, const struct service *service)
{
	if (service)
		scope_push(s, service->node);
	scope_push(s, b->l->meta);
	scope_push(s, b->l->root);
}

static struct scope scenario_scope(const struct build *b, const struct service *service)
{
	struct scope s = { .n = 0 };

	if (!b->implicit)
		scope_push(&s, b->node);
	push_outer(b, &s, service);
	return s;
}

static struct scope step_scope(
        const struct build *b, const struct node *step, const struct service *service)
{
	struct scope s = { .n = 0 };

	if (step != b->node)
		scope_push(&s, step);
	if (!b->implicit)
		scope_push(&s, b->node);
	push_outer(b, &s, service);
	return s;
}

/* Without its tag "latest", and without a digest, as references may be written. */
static bool is_imported(const struct loader *l, const char *image)
{
	const struct str_list *known = &l->flags->images;
	static const char *const implied[] = { "docker.io/", "library/" };
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(implied); i++)
		if (strncmp(image, implied[i], strlen(implied[i])) == 0)
			image += strlen(implied[i]);
	len = strcspn(image, "@");

	for (size_t i = 0; i < known->n; i++)
		if (strncmp(known->v[i], image, len) == 0 &&
		        (!known->v[i][len] || strcmp(known->v[i] + len, ":latest") == 0))
			return true;
	return false;
}

/* A run says so of the scenarios that need it, and runs the others. */
static void warn_absent_image(struct loader *l, const char *image, const struct node *at)
{
	struct diag *x;

	if (l->c.for_run || load_image_is_built_in(image) || is_imported(l, image) ||
	        !loader_first_time(l, "image.not_available", at->pos))
		return;
	x = check_warn(&l->c, "image.not_available", at,
	        "image '%s' is not here, and this build fetches none", image);
	diag_help(l->c.d, x, "clnrm images import %s FILE", image);
	diag_help(l->c.d, x,
	        "[containers.image_map] \"%s\" = \"clnrm/base\" in cleanroom.toml, or "
	        "--image-map; or image = \"host\"",
	        image);
}

static void refuse_empty_image(struct loader *l, const struct node *at)
{
	struct diag *x;

	if (load_is_damaged(l, at->parent ? at->parent : at))
		return;
	x = load_refuse(l, "config.missing_key", at,
	        "image 'scratch' is empty: it needs 'files' or 'volumes' to run anything");
	if (x)
		diag_help(l->c.d, x, "image = \"clnrm/base\" has a shell and the usual tools");
}

static void make_place(struct build *b, const struct service *service, struct place *out)
{
	struct scope scope = scenario_scope(b, service);
	const struct node *at;
	const char *image = load_image(b->l, &scope, service, &at);
	const char *asked = at ? at->s : b->l->s->default_image;

	load_spec(b->l, &scope, image, b->services, out);
	if (asked && strcmp(asked, image) != 0)
		out->asked = arena_strdup(b->l->file->arena, asked);
	warn_absent_image(b->l, image, at ? at : b->node);
	if (strcmp(image, "scratch") == 0 && !out->n_files && !out->spec.n_volumes)
		refuse_empty_image(b->l, at ? at : b->node);
	out->prepare = load_prepare(b->l, out);
	out->service = service && service != b->own ? arena_strdup(b->l->file->arena, service->name)
	                                            : NULL;
}

static bool same_place(struct build *b, const struct place *p, const struct node *files)
{
	AUTO_STRBUF mine = STRBUF_INIT, other = STRBUF_INIT;

	sandbox_spec_key(&b->sc->places[0].spec, &mine);
	sandbox_spec_key(&p->spec, &other);
	return files == b->files && mine.len == other.len && memcmp(mine.s, other.s, mine.len) == 0;
}

/* A volume with a name is one for all services of a scenario; a tmpfs is of one sandbox. */
static void note_named(struct build *b, const struct scope *scope)
{
	const struct node *list = scope_get(scope, "volumes");
	struct loader *l = b->l;

	for (const struct node *x = list ? list->first : NULL; x; x = x->next) {
		const char *name = node_str(x, "host_path", "");

		if (!load_is_named_volume(x))
			continue;
		if (!str_list_has(&b->named, name))
			str_list_add(l->c.a, &b->named, name);
		else if (loader_first_time(l, "config.needs_feature", x->pos))
			check_feature(&l->c, FEATURE_SERVICES, x,
			        arena_printf(l->c.a, "volume '%s' shared by sandboxes", name));
	}
}

static unsigned add_place(struct build *b, const struct service *service)
{
	struct scenario *sc = b->sc;
	struct scope scope = scenario_scope(b, service);
	struct place p = { 0 }, *v;

	make_place(b, service, &p);
	if (same_place(b, &p, scope_get(&scope, "files")))
		return 0;
	note_named(b, &scope);
	v = arena_array(b->l->file->arena, sc->n_places + 1, sizeof(*v));
	memcpy(v, sc->places, sc->n_places * sizeof(*v));
	v[sc->n_places] = p;
	sc->places = v;
	return (unsigned)sc->n_places++;
}

/* Where a step with this service runs: services on demand have a sandbox of their own unless it
 * would be like the scenario's. */
static unsigned place_of(struct build *b, struct service *service)
{
	size_t n = b->n_seen;
	unsigned at;

	if (!service || service == b->own || service->class != SERVICE_ON_DEMAND)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (b->seen[i] == service)
			return b->seen_place[i];
	at = add_place(b, service);
	if (!b->seen) {
		b->seen = arena_array(b->l->c.a, b->l->n_services, sizeof(*b->seen));
		b->seen_place = arena_array(b->l->c.a, b->l->n_services, sizeof(unsigned));
	}
	b->seen[n] = service;
	b->seen_place[n] = at;
	b->n_seen++;
	return at;
}

/* ---- steps ---- */

static bool has_volume_over(const struct sandbox_spec *spec, const char *dir)
{
	for (size_t i = 0; i < spec->n_volumes; i++)
		if (fs_is_below(dir, spec->volumes[i].container_path))
			return true;
	return false;
}

/* A directory in our own /workspace is made; one that a test names elsewhere must be there. */
void load_settle_workdir(const struct sandbox_spec *spec, struct step *s)
{
	if (fs_is_below(s->workdir, "/workspace") && !has_volume_over(spec, s->workdir))
		s->workdir_given = false;
	else if (has_volume_over(spec, s->workdir))
		s->workdir_given = true;
}

static void make_step(
        struct build *b, const struct step_request *what, struct step *out, unsigned index)
{
	struct service *service = load_service(b->l, node_str(what->node, "service", NULL));
	struct step_request r = *what;
	struct scope scope;

	if (r.is_scenario || !service)
		service = b->own;
	scope = step_scope(b, r.node, service);
	r.scope = &scope;
	r.service = service;
	r.scenario = b->name;
	r.unique = b->sc->name;
	r.disallowed = &b->disallowed;
	load_step(b->l, &r, out);
	out->index = index;
	out->place = place_of(b, service);
	load_settle_workdir(&b->sc->places[out->place].spec, out);
}

static const struct node *work_list(const struct build *b, const char *key)
{
	if (b->implicit)
		return strcmp(key, "steps") == 0 ? b->l->steps : NULL;
	return node_get(b->node, key);
}

static struct step *make_list(struct build *b, const char *key, struct step *out, size_t *n)
{
	const struct node *list = work_list(b, key);
	unsigned number = 1;

	if (list && !out)
		out = arena_array(b->l->file->arena, list->n_children + 1, sizeof(*out));
	for (const struct node *x = list ? list->first : NULL; x; x = x->next, number++) {
		struct step_request r = {
			.node = x,
			.default_name = arena_printf(b->l->c.a, "step %u", number),
			.teardown = strcmp(key, "teardown") == 0,
		};

		make_step(b, &r, &out[*n], (unsigned)*n);
		++*n;
	}
	return out;
}

static bool has_command(const struct node *n)
{
	return node_get(n, "run") || node_get(n, "command") || node_get(n, "script");
}

/* The scenario's own step: its `run`, or the service's arguments where there is nothing else. */
static bool has_own_step(const struct build *b)
{
	const struct node *steps = node_get(b->node, "steps");

	if (b->implicit)
		return false;
	if (has_command(b->node))
		return true;
	if (steps && steps->n_children)
		return false;
	/* What is broken may be its command: its other keys are checked all the same. */
	if (!b->own)
		return load_is_damaged(b->l, b->node);
	/* A server that is ready is all that such a scenario may ask for. */
	return b->own->class == SERVICE_ON_DEMAND || node_get(b->own->node, "args");
}

static void make_own_step(struct build *b, struct step *out)
{
	const struct node *steps = node_get(b->node, "steps");
	struct step_request r = {
		.node = b->node,
		.default_name = b->name,
		.is_scenario = true,
		.scenario_timed = node_get(b->node, "timeout") != NULL,
		.joined = steps && steps->n_children,
	};

	make_step(b, &r, out, 0);
}

/* Step keys on a scenario that has no step of its own would be without effect. */
static void refuse_step_keys(struct build *b)
{
	static const char *const keys[] = { "expected_exit_code", "expected_signal",
		"expected_output_regex_not", "expected_output_contains", "expected_files",
		"snapshot", "capture", "stdin", "chaos", "grace", "timeout_strategy", "background",
		"continue_on_failure", "retry", "retry_delay", "retry_backoff", "max_retries",
		"retry_on_failure" };
	struct check *c = &b->l->c;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct node *n = node_get(b->node, keys[i]);
		bool decides = strncmp(keys[i], "expect", 6) == 0;
		bool is_error = !c->allow_unknown && (decides || c->strict);

		if (n)
			check_report(c, is_error ? SEV_ERROR : SEV_WARNING, "config.unknown_key",
			        n->key_pos, n,
			        "'%s' is not a key of a scenario with steps; put it in [[steps]]",
			        keys[i]);
	}
}

static void make_steps(struct build *b)
{
	struct scenario *sc = b->sc;
	const struct node *list = work_list(b, "steps");
	size_t n = list ? list->n_children : 0;
	struct step *steps = arena_array(b->l->file->arena, n + 2, sizeof(*steps));

	if (has_own_step(b))
		make_own_step(b, &steps[sc->n_steps++]);
	else if (!b->implicit && n)
		refuse_step_keys(b);
	sc->steps = make_list(b, "steps", steps, &sc->n_steps);
	if (b->implicit)
		return;
	sc->setup = make_list(b, "setup", NULL, &sc->n_setup);
	sc->teardown = make_list(b, "teardown", NULL, &sc->n_teardown);
	if (n) {
		const struct node *fail = node_get(b->node, "should_fail");

		sc->should_fail = (fail && fail->b) || !node_flag(b->node, "expect_success", true);
		sc->out_regex = load_joined_pattern(b->l, b->node);
		load_joined_expectations(b->l, b->node, sc->name, sc);
	}
}

/* Of [meta] for the implicit scenario, as `services` is. */
static void order_steps(struct build *b)
{
	struct scenario *sc = b->sc;
	const struct node *most = node_get(b->node, "max_parallel");
	const struct step_list lists[] = {
		{ work_list(b, "setup"), false, false, sc->setup, sc->n_setup },
		{ work_list(b, "steps"), has_own_step(b),
		        node_flag(b->node, "concurrent", b->l->s->parallel_steps), sc->steps,
		        sc->n_steps },
		{ work_list(b, "teardown"), false, false, sc->teardown, sc->n_teardown },
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		load_order(b->l, &lists[i], sc);
	sc->max_parallel = most ? (unsigned)most->i : 0;
}

static bool any_captures(const struct step *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].n_captures)
			return true;
	return false;
}

/* ---- a scenario ---- */

/* A step that is to fail, or to be asked to end, meets its own deadline first. */
static int64_t after_step(const struct scenario *sc, int64_t ns)
{
	const struct step *s = sc->n_steps == 1 ? &sc->steps[0] : NULL;
	bool first = s && s->timeout.source == DEADLINE_FILE && s->timeout.ns == ns;

	return first && ns ? ns + s->grace_ns + NS_S : ns;
}

static struct deadline deadline_of(struct build *b)
{
	struct loader *l = b->l;
	const struct node *given = b->implicit ? NULL : node_get(b->node, "timeout");
	struct scope scope = scenario_scope(b, NULL);
	int64_t most = load_policy_time(l, &scope);
	struct deadline d = load_deadline(given, l->s->scenario_timeout_ns,
	        settings_says(l->s, "test_execution.default_timeout"), 0);

	if (given)
		d.ns = after_step(b->sc, d.ns);
	if (most && (!d.ns || d.ns > most))
		d = (struct deadline){ most,
			most == l->s->policy_time_ns ? DEADLINE_PROJECT : DEADLINE_FILE };
	if (l->flags->scenario_timeout_ns && (!d.ns || d.ns > l->flags->scenario_timeout_ns))
		d = (struct deadline){ l->flags->scenario_timeout_ns, DEADLINE_FLAG };
	return d;
}

/* The scenario's, else the file's, else the project's. */
/* Each attempt wants a sandbox that has never run anything: what shares one has none. */
static unsigned retries_of(const struct build *b, enum sandbox_scope scope)
{
	const struct node *given = b->implicit ? NULL : node_get(b->node, "retries");

	if (!given)
		given = node_get(b->l->meta, "retries");
	if (scope != SCOPE_TEST)
		return given ? (unsigned)given->i : b->l->s->retries;
	if (given && given->i > 0)
		load_refuse(b->l, "config.conflict", given,
		        "'retries' needs a new sandbox for each attempt, and with sandbox = "
		        "\"test\" "
		        "there is one for all");
	return 0;
}

static bool lists(const struct node *list, const char *name)
{
	for (const struct node *x = list->first; x; x = x->next)
		if (strcmp(x->s, name) == 0)
			return true;
	return false;
}

static bool has_services(const struct build *b)
{
	const struct node *list = node_get(b->node, "services");

	for (size_t i = 0; i < b->l->n_services; i++) {
		const struct service *s = &b->l->services[i];

		if (s->class != SERVICE_ON_DEMAND && (!list || lists(list, s->name)))
			return true;
	}
	return false;
}

static void set_position(struct build *b)
{
	const struct node *list = b->l->steps;

	b->sc->pos = b->implicit ? list->first->pos : b->node->pos;
	b->sc->end = b->sc->pos;
	last_line(b->implicit ? list : b->node, &b->sc->end);
}

static void make_scenario(struct build *b)
{
	struct loader *l = b->l;
	struct scenario *sc = b->sc;
	struct scope scope;

	b->own = b->implicit ? NULL : load_service(l, node_str(b->node, "service", NULL));
	b->services = has_services(b);
	sc->id = arena_printf(l->file->arena, "%s/%s", l->test_name, sc->name);
	set_position(b);
	add_tags(l, &sc->tags, l->meta);
	if (!b->implicit) {
		add_tags(l, &sc->tags, b->node);
		sc->skip = arena_strdup(l->file->arena, node_str(b->node, "skip", NULL));
		sc->only = node_flag(b->node, "only", false);
	}
	sc->places = arena_array(l->file->arena, 1, sizeof(*sc->places));
	sc->n_places = 1;
	make_place(b, b->own, &sc->places[0]);
	scope = scenario_scope(b, b->own);
	b->files = scope_get(&scope, "files");
	note_named(b, &scope);
	b->disallowed = load_disallowed(l, &scope);
	load_leftovers(l, &scope, sc);
	make_steps(b);
	order_steps(b);
	sc->has_captures =
	        any_captures(sc->setup, sc->n_setup) || any_captures(sc->steps, sc->n_steps);
	sc->timeout = deadline_of(b);
	sc->retries = retries_of(b, sc->scope);
}

/* `only` of the file means all of its scenarios, unless one of them has it. */
static void spread_only(struct loader *l, struct test *t)
{
	if (!node_flag(l->meta, "only", false))
		return;
	for (size_t i = 0; i < t->n_scenarios; i++)
		if (t->scenarios[i].only)
			return;
	for (size_t i = 0; i < t->n_scenarios; i++)
		t->scenarios[i].only = true;
}

static void add_scenario(struct loader *l, struct test *t, struct map *names,
        const struct node *node, const char *name)
{
	struct build b = {
		.l = l,
		.sc = &t->scenarios[t->n_scenarios++],
		.node = node,
		.implicit = node == l->meta,
		.name = arena_strdup(l->file->arena, name),
	};

	b.sc->name = unique_name(l, names, name);
	make_scenario(&b);
	load_collect(l, b.implicit ? NULL : node, b.sc);
	load_definition(l, b.implicit ? NULL : node, b.sc);
}

/* ---- scenarios that need others ---- */

struct linking {
	struct loader *l;
	struct map *numbers; /* of scenarios, from 1, by the names that are written */
	size_t *taken;       /* beside them: from 1, the last that needs it */
};

/* refs.c has refused what means no scenario, or several. */
static void link_needs(struct linking *k, struct test *t, size_t at, const struct node *list)
{
	unsigned *v = arena_array(k->l->file->arena, list->n_children + 1, sizeof(*v));
	struct scenario *sc = &t->scenarios[at];

	sc->needs = v;
	for (const struct node *x = list->first; x; x = x->next) {
		uintptr_t number = (uintptr_t)map_get(k->numbers, x->s);

		if (!number || k->taken[number - 1] == at + 1)
			continue;
		k->taken[number - 1] = at + 1;
		v[sc->n_needs++] = (unsigned)number - 1;
	}
	t->has_needs |= sc->n_needs > 0;
}

static void link_all_needs(struct loader *l, struct test *t)
{
	const struct node *first = l->scenarios ? l->scenarios->first : NULL;
	struct linking k = { l, map_new(), xcalloc(t->n_scenarios + 1, sizeof(size_t)) };
	uintptr_t number = 0;
	size_t at = l->steps ? 1 : 0;

	if (l->steps)
		map_put(k.numbers, load_own_name(l), (void *)++number);
	for (const struct node *x = first; x; x = x->next)
		map_put(k.numbers, node_str(x, "name", "scenario"), (void *)++number);
	for (const struct node *x = first; x; x = x->next, at++) {
		const struct node *list = node_get(x, "depends_on");

		if (list)
			link_needs(&k, t, at, list);
	}
	map_free(k.numbers, NULL);
	free(k.taken);
}

void load_scenarios(struct loader *l, struct test *t)
{
	size_t n = (l->scenarios ? l->scenarios->n_children : 0) + 1;
	struct map *names = map_new();

	t->scenarios = arena_array(l->file->arena, n, sizeof(*t->scenarios));
	if (l->steps)
		add_scenario(l, t, names, l->meta, l->test_name);
	for (const struct node *x = l->scenarios ? l->scenarios->first : NULL; x; x = x->next)
		add_scenario(l, t, names, x, node_str(x, "name", "scenario"));
	map_free(names, NULL);
	link_all_needs(l, t);
	load_shared(l, t);
	spread_only(l, t);
}
