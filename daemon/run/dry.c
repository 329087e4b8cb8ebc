/* The plan of a run that does not take place: the same selection as that of a run. */
#include "daemon/run/run_priv.h"

/* A run that has what plan_make() looks at, and nothing else. */
static void fill_run(struct run *run, const struct run_options *opt, const struct dry_file *files,
        size_t n, struct arena *a)
{
	*run = (struct run){ .arena = a, .opt = *opt, .result = run_result_new(), .n_files = n };
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
			.is_skipped = pl->skip != REASON_NONE,
			.skip = arena_strdup(run->arena, pl->skip_text),
		};
	}
	out->v = v;
	out->n = n;
	out->excluded = run->excluded;
}

int dry_plan(const struct run_options *opt, const struct dry_file *files, size_t n, struct arena *a,
        struct dry_plan *out, struct err *e)
{
	struct run run;
	int rc;

	fill_run(&run, opt, files, n, a);
	rc = plan_make(&run, e);
	if (rc == 0) {
		const char *help = NULL;

		take_plan(&run, out);
		out->missed = arena_strdup(a, unready_selector(&run, &help));
	}
	run_result_free(run.result);
	return rc;
}

struct str_list dry_argv(const struct step *step, struct arena *a)
{
	return masked_argv(step, a);
}
