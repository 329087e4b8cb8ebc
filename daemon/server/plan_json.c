/* A plan as JSON (proto/schema/plan.json). */
#include <stdio.h>
#include <string.h>

#include "daemon/server/plan.h"
#include "daemon/wire/wire.h"

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

/* silences: beside the steps, or NULL. */
static void write_steps(struct json *j, const char *key, const struct step *steps,
        const struct silence *silences, size_t n, struct arena *a)
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
		wire_deadline(j, "deadline", &steps[i].timeout, silences ? &silences[i] : NULL);
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
	for (size_t i = 0; x->test && i < x->sc->n_needs; i++)
		json_str(j, NULL, x->test->scenarios[x->sc->needs[i]].name);
	json_end(j);
	json_bool(j, "selected", !x->comes_along);
}

static void write_scenario(
        const struct planning *p, struct json *j, const struct dry_scenario *x, struct arena *a)
{
	const struct scenario *sc = x->sc;
	const struct sandbox_spec *spec = &sc->places[0].spec;
	const struct plan_image *image = plan_image_of(p, spec);

	json_obj(j, NULL);
	json_str(j, "id", sc->id);
	json_str(j, "name", sc->name);
	json_uint(j, "line", sc->pos.line ? sc->pos.line : 1);
	json_str(j, "image", spec->image);
	json_str(j, "image_digest", image ? image->digest : NULL);
	json_str(j, "engine", "native");
	json_str(j, "isolation", isolation_names[spec->isolation]);
	json_str(j, "network", net_mode_names[spec->network]);
	json_str(j, "sandbox", sandbox_scope_names[sc->scope]);
	json_uint(j, "position", p->position[x - p->plan.v]);
	write_needs(j, x);
	json_bool(j, "skipped", x->is_skipped);
	json_str(j, "skip", x->skip);
	write_past(j, &p->past[x - p->plan.v]);
	write_prepare(j, sc->places[0].prepare, &p->past[x - p->plan.v]);
	write_timeout(j, "timeout_ms", &sc->timeout);
	wire_deadline(j, "deadline", &sc->timeout, NULL);
	write_limits(j, &spec->limits);
	write_services(j, sc);
	write_steps(j, "setup", sc->setup, NULL, sc->n_setup, a);
	write_steps(j, "steps", sc->steps, p->past[x - p->plan.v].silences, x->until_step, a);
	write_steps(j, "teardown", sc->teardown, NULL, sc->n_teardown, a);
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

void plan_document(struct planning *p)
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
