/* The plan of a run that does not take place: the same selection as that of a run. */
#include "daemon/run/run_priv.h"

/* A run that has what plan_make() looks at, and nothing else. */
static void fill_run(struct run *run, const struct run_options *opt, const struct dry_file *files,
        size_t n, struct arena *a)
{
	*run = (struct run){ .arena = a, .opt = *opt, .result = run_result_new(), .n_files = n };
	run->result->paths = opt->paths;
	run->default_path = opt->paths.n == 1 ? opt->paths.v[0] : NULL;
	options_settle(&run->opt);
	run->files = arena_array(a, n + 1, sizeof(*run->files));
	for (size_t i = 0; i < n; i++)
		run->files[i] =
		        (struct loaded){ .file = files[i].file, .selectors = files[i].selectors };
}

static void take_plan(const struct run *run, struct dry_plan *out)
{
	struct dry_scenario *v = arena_array(run->arena, run->n_plan + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		if (pl->unready)
			continue;
		v[n++] = (struct dry_scenario){
			.test = pl->test,
			.file = pl->file,
			.sc = pl->sc,
			/* Steps with an order of their own are shown whole: what one of them needs
			 * may be written behind it. */
			.until_step = pl->sc->graph ? pl->sc->n_steps : pl->until_step,
			.comes_along = pl->comes_along,
			.is_skipped = pl->skip != REASON_NONE,
			.skip = arena_strdup(run->arena, pl->skip_text),
		};
	}
	out->v = v;
	out->n = n;
	out->excluded = run->excluded;
	out->nothing = select_nothing(run);
}

/* What cannot run as it is stands in no plan, but in the ranks of one. */
static void take_order(struct run *run, struct dry_plan *out)
{
	size_t *order = arena_array(run->arena, run->n_plan + 1, sizeof(*order)), n = 0, at = 0;

	for (size_t i = 0; i < run->n_plan; i++)
		if (!run->plan[i].unready)
			run->plan[i].slot = at++;
	select_order(run);
	for (size_t i = 0; i < run->n_plan; i++)
		if (!run->plan[i].unready)
			order[n++] = run->plan[i].slot;
	out->order = order;
}

/* The same scenarios whatever the history says by then. */
static void take_rest(const struct run *run, struct dry_plan *out)
{
	out->rest = run->opt;
	out->rest.left_out = run->left_out;
	out->rest.failed = out->rest.failed_first = out->rest.shuffle = false;
	out->rest.shard = out->rest.shards = 0;
}

int dry_plan(const struct run_options *opt, const struct dry_file *files, size_t n, earlier_fn *ask,
        void *ask_arg, struct arena *a, struct dry_plan *out, struct err *e)
{
	struct run run;
	int rc;

	fill_run(&run, opt, files, n, a);
	run.earlier = ask;
	run.earlier_arg = ask_arg;
	rc = plan_make(&run, e) < 0 || select_apply(&run, e) < 0 ? -1 : 0;
	if (rc == 0) {
		const char *help = NULL;

		take_plan(&run, out);
		take_rest(&run, out);
		take_order(&run, out);
		out->missed = arena_strdup(a, unready_selector(&run, &help));
	}
	run_result_free(run.result);
	return rc;
}

struct str_list dry_argv(const struct step *step, struct arena *a)
{
	return masked_argv(step, a);
}
