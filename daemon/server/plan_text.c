/* A plan for people. */
#include <string.h>

#include "common/num.h"
#include "daemon/server/deadlines.h"
#include "daemon/server/plan.h"

#define DIGEST_SHOWN 8

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

static void say_bounds(const struct dry_scenario *x, struct strbuf *out)
{
	const struct sandbox_spec *spec = &x->sc->places[0].spec;

	strbuf_adds(out, "  ");
	deadline_text(&x->sc->timeout, NULL, out);
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
}

static void say_step(
        const struct step *s, const struct silence *silence, struct arena *a, struct strbuf *out)
{
	struct str_list argv = dry_argv(s, a);

	strbuf_adds(out, "  ");
	add_name(out, s->name);
	strbuf_adds(out, ": ");
	for (size_t k = 0; k < argv.n; k++) {
		strbuf_adds(out, k ? " " : "");
		strbuf_shell_quote(out, argv.v[k]);
	}
	strbuf_adds(out, "  ");
	deadline_text(&s->timeout, silence, out);
	strbuf_addc(out, '\n');
}

/* -v: what bounds it, and what each step runs. */
static void say_details(const struct planning *p, const struct dry_scenario *x, struct strbuf *out)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	const struct silence *silences = p->past[x - p->plan.v].silences;

	say_bounds(x, out);
	for (size_t i = 0; i < x->until_step; i++)
		say_step(&x->sc->steps[i], silences ? &silences[i] : NULL, a, out);
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

/* What becomes of it. */
static void say_fate(const struct dry_scenario *x, const struct plan_past *past,
        const struct plan_image *image, struct strbuf *out)
{
	if (x->is_skipped)
		strbuf_printf(out, "skipped%s%s\n", x->skip ? ": " : "", x->skip ? x->skip : "");
	else if (past->cached)
		strbuf_printf(out, "cached, run %s\n", past->from ? past->from : "?");
	else if (image && !image->digest)
		strbuf_adds(out, "cannot run: its image is not here\n");
	else
		strbuf_printf(out, "would run%s%s\n", past->never ? ", never cached: " : "",
		        past->never ? past->never : "");
}

/* What a scenario does not have for itself alone, or each of its steps does. */
static void say_scope(const struct scenario *sc, struct strbuf *out)
{
	static const char *const words[] = {
		[SCOPE_SCENARIO] = "",
		[SCOPE_STEP] = "a sandbox for each step   ",
		[SCOPE_TEST] = "the sandbox of its test   ",
	};

	strbuf_adds(out, words[sc->scope]);
}

static void say_head(const struct planning *p, const struct dry_scenario *x, struct strbuf *out)
{
	const struct sandbox_spec *spec = &x->sc->places[0].spec;
	const struct plan_image *image = plan_image_of(p, spec);

	add_name(out, x->sc->id);
	strbuf_printf(out, "   image %s", spec->image);
	if (image && image->digest)
		strbuf_printf(out, "@%.*s", DIGEST_SHOWN, image->digest);
	else
		strbuf_adds(out, " (not here)");
	strbuf_printf(out, "   native   %s   network %s   ", isolation_names[spec->isolation],
	        net_mode_names[spec->network]);
	say_scope(x->sc, out);
	say_fate(x, &p->past[x - p->plan.v], image, out);
}

void plan_say_scenario(const struct planning *p, const struct dry_scenario *x, struct strbuf *out)
{
	const struct scenario *sc = x->sc;

	say_head(p, x, out);
	say_needs(x, out);
	say_prepare(sc->places[0].prepare, &p->past[x - p->plan.v], out);
	for (size_t i = 0; i < sc->n_places; i++)
		if (sc->places[i].service)
			strbuf_printf(out, "  %s (image %s)\n", sc->places[i].service,
			        sc->places[i].spec.image);
	say_steps(out, "setup ", sc->setup, sc->n_setup, sc->graph);
	say_steps(out, "", sc->steps, x->until_step, sc->graph);
	say_steps(out, "teardown ", sc->teardown, sc->n_teardown, sc->graph);
	if (p->style.verbosity > 0)
		say_details(p, x, out);
}

static void add_count(struct strbuf *out, const char *before, size_t n, const char *what)
{
	if (n)
		strbuf_printf(out, "%s%zu %s", before, n, what);
}

/* A test whose scenarios share a sandbox has one, counted with the first of them that runs. */
static size_t sandboxes_of(const struct dry_scenario *x, const struct test **shared)
{
	if (x->sc->scope == SCOPE_STEP)
		return x->sc->n_setup + x->until_step + x->sc->n_teardown;
	if (x->sc->scope == SCOPE_TEST && *shared == x->test)
		return 0;
	*shared = x->test;
	return x->sc->n_places;
}

void plan_say_totals(const struct planning *p, struct strbuf *out)
{
	size_t tests = 0, skipped = 0, cached = 0, sandboxes = 0;
	const struct test_file *f = NULL;
	const struct test *shared = NULL;

	for (size_t i = 0; i < p->plan.n; i++) {
		const struct dry_scenario *x = &p->plan.v[i];
		bool runs = !x->is_skipped && !p->past[i].cached;

		tests += x->file != f;
		f = x->file;
		skipped += x->is_skipped;
		cached += p->past[i].cached;
		sandboxes += runs ? sandboxes_of(x, &shared) : 0;
	}
	strbuf_printf(out, "%zu scenario%s of %zu test%s: %zu to run", p->plan.n,
	        p->plan.n == 1 ? "" : "s", tests, tests == 1 ? "" : "s",
	        p->plan.n - skipped - cached);
	add_count(out, ", ", cached, "cached");
	add_count(out, ", ", skipped, "skipped");
	add_count(out, ", ", p->invalid, p->invalid == 1 ? "file invalid" : "files invalid");
	strbuf_printf(out, "; %zu sandbox%s\n", sandboxes, sandboxes == 1 ? "" : "es");
}
