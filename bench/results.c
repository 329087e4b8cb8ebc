/* What the samples say: a table, the promises, a file. */
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/bench.h"
#include "common/build.h"
#include "common/fs.h"

/* ---- looking up ---- */

const struct entry *results_find(const struct results *r, const char *bench, const char *name)
{
	for (size_t i = 0; name && i < r->n; i++) {
		const struct entry *en = &r->entries[i];

		if (!en->out && strcmp(en->is->bench, bench) == 0 &&
		        strcmp(en->is->name, name) == 0)
			return en;
	}
	return NULL;
}

static double median_of(const struct results *r, const char *bench, const char *name)
{
	const struct entry *en = results_find(r, bench, name);

	return en ? samples_median(&en->got[0]) : NAN;
}

static const char *unit_of(const struct contestant *c)
{
	return c->unit ? c->unit : "ms";
}

/* ---- the table ---- */

static void table_row(const struct results *r, const struct entry *en, size_t m, FILE *to)
{
	const struct samples *s = &en->got[m];
	double median = samples_median(s);
	double ratio = m == 0 ? median / median_of(r, en->is->bench, en->is->against) : NAN;

	fprintf(to, "  %-36s %-8s %4zu %9.3f %9.3f %9.3f %-4s", en->is->name, en->is->metrics[m],
	        s->n, samples_quantile(s, 0), median, samples_quantile(s, 0.95), unit_of(en->is));
	if (!isnan(ratio))
		fprintf(to, " %8.2f x", ratio);
	fputc('\n', to);
}

void results_table(const struct results *r, FILE *to)
{
	const char *bench = "";

	for (size_t i = 0; i < r->n; i++) {
		const struct entry *en = &r->entries[i];

		if (strcmp(bench, en->is->bench) != 0)
			fprintf(to, "%s%-38s %-8s %4s %9s %9s %9s\n", *bench ? "\n" : "",
			        en->is->bench, "", "n", "least", "median", "p95");
		bench = en->is->bench;
		if (en->out)
			fprintf(to, "  %-36s n/a: %s\n", en->is->name, en->why.msg);
		for (size_t m = 0; !en->out && m < SERIES; m++)
			if (en->is->metrics[m])
				table_row(r, en, m, to);
	}
}

/* ---- promises ---- */

/* How the median of `of` is compared with that of `by`; by NULL: it stands alone. */
enum relation {
	RATIO,   /* of / by */
	INVERSE, /* by / of, or 1000 / of where by is NULL: at least `most` */
	MORE,    /* of - by */
};

struct target {
	const char *about, *bench, *of, *by;
	double most;
	enum relation how;
};

#define RUN_TARGETS(of, spawn)                                                                    \
	{ "run <= 4 x spawn: " of, "run_one", "clnrm run, " of, spawn, 4, RATIO },                \
	        { "run >= 70 x docker run: " of, "run_one", "clnrm run, " of, "docker run --rm",  \
		        70, INVERSE },                                                            \
	        { "run >= 18 x docker exec: " of, "run_one", "clnrm run, " of, "docker exec", 18, \
		        INVERSE },                                                                \
	{                                                                                         \
		"suite >= 350 a second: " of, "suite_1000", "clnrm run, " of, NULL, 350, INVERSE  \
	}

#define RELOAD "hot_reload_critical_path"
#define RELOAD_TARGETS(of_, run_)                                                         \
	{ .about = "save p50 <= 3 ms: " of_, .bench = RELOAD, .of = of_, .most = 3 },     \
	{                                                                                 \
		.about = "save <= 2 x run: " of_, .bench = RELOAD, .of = of_, .by = run_, \
		.most = 2                                                                 \
	}

#define ENGINE_TARGETS(kind)                                                                       \
	{ "cold render <= jinja2: " kind, "template_render", kind, kind ", jinja2", 1, RATIO },    \
	{                                                                                          \
		"cold render <= minijinja: " kind, "template_render", kind, kind ", minijinja", 1, \
		        RATIO                                                                      \
	}

#define TOML_TARGET(what)                                                                      \
	{                                                                                      \
		"toml >= 100 MB/s: " what, "config_parsing", "toml, 2 MB of " what, NULL, 100, \
		        INVERSE                                                                \
	}

static const struct target targets[] = {
	RUN_TARGETS("host, root", "posix_spawn, host command"),
	RUN_TARGETS("host, user", "posix_spawn, host command"),
	RUN_TARGETS("base, root", "posix_spawn, base command"),
	RUN_TARGETS("base, user", "posix_spawn, base command"),
	{ "one unchanged <= 3 x empty program: host", "noop_1000", "one file, host",
	        "an empty program", 3, RATIO },
	{ "one unchanged <= 3 x empty program: base", "noop_1000", "one file, base",
	        "an empty program", 3, RATIO },
	{ "1,000 unchanged <= 25 ms: host", "noop_1000", "1,000 files, host", NULL, 25, RATIO },
	{ "1,000 unchanged <= 25 ms: base", "noop_1000", "1,000 files, base", NULL, 25, RATIO },
	{ "one of 1,000 changed <= 5 ms more: host", "noop_1000", "one of 1,000 changed, host",
	        "1,000 files, host", 5, MORE },
	{ "one of 1,000 changed <= 5 ms more: base", "noop_1000", "one of 1,000 changed, base",
	        "1,000 files, base", 5, MORE },
	{ "scenario of 10,000 <= 1.1 x of 100", "suite_growth", "10,000 files", "100 files", 1.1,
	        RATIO },
	{ "client start <= 1.3 x empty program", "client_startup", "clnrm --version",
	        "an empty program", 1.3, RATIO },
	{ "round trip <= 2 x bare epoll", "daemon_roundtrip", "clnrmd", "bare epoll", 2, RATIO },
	{ "one more step <= 1.3 x captured: host", "parallel_steps", "one more step, host, root",
	        "spawn with captured output, host command", 1.3, RATIO },
	{ "one more step <= 1.3 x captured: base", "parallel_steps", "one more step, base, root",
	        "spawn with captured output, base command", 1.3, RATIO },
	{ "eight steps of 200 ms < 300 ms", "parallel_steps", "eight steps of 200 ms", NULL, 300,
	        RATIO },
	{ "idle < 16 MiB: root", "memory", "idle, root", NULL, 16, RATIO },
	{ "idle < 16 MiB: user", "memory", "idle, user", NULL, 16, RATIO },
	RELOAD_TARGETS("host, root, by rename", "clnrm run, host, root"),
	RELOAD_TARGETS("host, root, in place", "clnrm run, host, root"),
	RELOAD_TARGETS("host, root, as vim", "clnrm run, host, root"),
	RELOAD_TARGETS("host, root, template", "clnrm run, host, root"),
	RELOAD_TARGETS("host, root, plain lines", "clnrm run, host, root"),
	RELOAD_TARGETS("host, user, by rename", "clnrm run, host, user"),
	RELOAD_TARGETS("base, root, by rename", "clnrm run, base, root"),
	RELOAD_TARGETS("base, root, in place", "clnrm run, base, root"),
	RELOAD_TARGETS("base, root, as vim", "clnrm run, base, root"),
	RELOAD_TARGETS("base, root, template", "clnrm run, base, root"),
	RELOAD_TARGETS("base, root, plain lines", "clnrm run, base, root"),
	RELOAD_TARGETS("base, user, by rename", "clnrm run, base, user"),
	{ "warm compile >= 20 x cold", "template_render", "compile, warm", "compile, cold", 20,
	        INVERSE },
	{ "warm render >= 20 x cold", "template_render", "render, warm", "render, cold", 20,
	        INVERSE },
	ENGINE_TARGETS("loops"),
	ENGINE_TARGETS("inheritance"),
	ENGINE_TARGETS("macros"),
	{ "warm load of a file >= 20 x cold", "config_parsing", "load, warm", "load, cold", 20,
	        INVERSE },
	TOML_TARGET("tables"),
	TOML_TARGET("strings"),
	TOML_TARGET("integers"),
	TOML_TARGET("floats"),
	TOML_TARGET("comments"),
	{ "crash seen within 10 ms: root", "hung_step", "crash, host, root", "posix_spawn, crash",
	        10, MORE },
	{ "crash seen within 10 ms: user", "hung_step", "crash, host, user", "posix_spawn, crash",
	        10, MORE },
	{ "hung step dead within 3 s: root", "hung_step", "hang, base, root", NULL, 3000, RATIO },
	{ "hung step dead within 3 s: user", "hung_step", "hang, base, user", NULL, 3000, RATIO },
	{ "plan of 1,000 files < 300 ms", "dry_run", "clnrm dry-run, 1,000 files", NULL, 300,
	        RATIO },
	{ "page of 10,000 scenarios < 1 s", "reports", "html", NULL, 1000, RATIO },
	{ "import <= 1.5 x tar -x: root", "image_import", "clnrm images import, root", "tar -x",
	        1.5, RATIO },
	{ "import <= 1.5 x tar -x: user", "image_import", "clnrm images import, user", "tar -x",
	        1.5, RATIO },
	{ "import <= 1.5 x tar -x: gzip", "image_import", "clnrm images import, gzip, root",
	        "tar -x, gzip", 1.5, RATIO },
	{ "200 scenarios over [prepare] <= 0.25 x a setup in each", "prepared",
	        "[prepare], made first, root", "a setup in each, root", 0.25, RATIO },
	{ "second import < 50 ms", "image_import", "the same again, root", NULL, 50, RATIO },
	{ "release build < 60 s", "build", "make RELEASE=1", NULL, 60, RATIO },
};

static double target_value(const struct results *r, const struct target *t)
{
	double of = median_of(r, t->bench, t->of);
	double by = t->by ? median_of(r, t->bench, t->by) : t->how == INVERSE ? 1000 : 1;

	return t->how == MORE ? of - by : t->how == INVERSE ? by / of : of / by;
}

/* What all contestants of a bench that are compared with another have promised of their p95. */
static const struct tail {
	const char *about, *bench;
	double most;
} tails[] = {
	{ "save p95 <= 8 ms", RELOAD, 8 },
};

static bool tail_met(const struct entry *en, const struct tail *t, FILE *to)
{
	double value = samples_quantile(&en->got[0], 0.95);

	fprintf(to, "  %s: %-*s %9.2f  %s\n", t->about, 38 - (int)strlen(t->about), en->is->name,
	        value, value <= t->most ? "met" : "MISSED");
	return value <= t->most;
}

static bool tails_met(const struct results *r, FILE *to)
{
	bool all = true;

	for (size_t k = 0; k < sizeof(tails) / sizeof(tails[0]); k++) {
		for (size_t i = 0; i < r->n; i++) {
			const struct entry *en = &r->entries[i];

			if (!en->out && en->got[0].n && en->is->against &&
			        strcmp(en->is->bench, tails[k].bench) == 0)
				all = tail_met(en, &tails[k], to) && all;
		}
	}
	return all;
}

static bool target_met(const struct target *t, double value)
{
	return t->how == INVERSE ? value >= t->most : value <= t->most;
}

bool results_targets(const struct results *r, FILE *to)
{
	bool all = true;

	fputs("\ntargets\n", to);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const struct target *t = &targets[i];
		double value = target_value(r, t);

		if (isnan(value))
			continue;
		fprintf(to, "  %-40s %9.2f  %s\n", t->about, value,
		        target_met(t, value) ? "met" : "MISSED");
		all = all && target_met(t, value);
	}
	return tails_met(r, to) && all;
}

/* ---- the file ---- */

static json_t *rounded(double v)
{
	return isfinite(v) ? json_real(round(v * 10000) / 10000) : json_null();
}

static json_t *series(const struct entry *en, size_t m)
{
	const struct samples *s = &en->got[m];
	json_t *j = json_object(), *v = json_array();

	json_object_set_new(j, "bench", json_string(en->is->bench));
	json_object_set_new(j, "name", json_string(en->is->name));
	json_object_set_new(j, "metric", json_string(en->is->metrics[m]));
	json_object_set_new(j, "unit", json_string(unit_of(en->is)));
	if (m == 0 && en->is->against)
		json_object_set_new(j, "against", json_string(en->is->against));
	json_object_set_new(j, "least", rounded(samples_quantile(s, 0)));
	json_object_set_new(j, "median", rounded(samples_median(s)));
	json_object_set_new(j, "p95", rounded(samples_quantile(s, 0.95)));
	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(v, rounded(s->v[i]));
	json_object_set_new(j, "samples", v);
	return j;
}

static json_t *all_series(const struct results *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->n; i++)
		for (size_t m = 0; !r->entries[i].out && m < SERIES; m++)
			if (r->entries[i].is->metrics[m])
				json_array_append_new(all, series(&r->entries[i], m));
	return all;
}

static json_t *all_missing(const struct results *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->n; i++)
		if (r->entries[i].out)
			json_array_append_new(
			        all, json_pack("{s:s, s:s}", "bench", r->entries[i].is->bench,
			                     "name", r->entries[i].is->name));
	return all;
}

int results_write(const struct results *r, const struct world *w, const char *path, struct err *e)
{
	struct utsname kernel;
	AUTO_STR text = NULL;
	json_t *j = json_object();
	int rc;

	uname(&kernel);
	json_object_set_new(j, "schema", json_string("clnrm.bench/1"));
	json_object_set_new(j, "version", json_string(build_version()));
	json_object_set_new(j, "build", json_string(build_id()));
	json_object_set_new(j, "kernel", json_string(kernel.release));
	json_object_set_new(j, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(j, "quick", json_boolean(w->quick));
	json_object_set_new(j, "series", all_series(r));
	json_object_set_new(j, "missing", all_missing(r));
	text = json_dumps(j, JSON_INDENT(0) | JSON_REAL_PRECISION(8));
	json_decref(j);
	rc = fs_write_atomic(path, text, strlen(text), 0644, e);
	return rc;
}
