/* clnrm itself: what a user types, timed from outside. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/contestants.h"
#include "bench/http.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

#define SUITE_SAMPLE 2000

struct timed *clnrm_new(struct entry *en, struct err *e)
{
	struct who *who = &en->w->who[en->is->user];
	struct timed *t;

	if (world_daemon(en->w, en->is->user, e) < 0 || world_stock(who, en->is->image, e) < 0)
		return NULL;
	t = timed_new(en);
	t->who = who;
	t->c.env = who->env;
	t->c.uid = who->uid;
	t->c.gid = who->gid;
	t->capture = t->c.out = capture_open(e);
	if (t->capture < 0)
		return NULL;
	timed_add(t, en->w->clnrm);
	return t;
}

/* ---- run ---- */

int prepare_run(struct entry *en, struct err *e)
{
	struct timed *t = clnrm_new(en, e);
	const char *tests =
	        t ? world_tests(en->w, en->is->image, en->is->files, en->is->steps, e) : NULL;

	if (!tests)
		return -1;
	t->share = en->is->files;
	timed_add(t, "run");
	timed_add(t, "--force");
	timed_add(t, tests);
	return 0;
}

/* The id of the run that was just captured: the last word of the summary line. */
static int keep_id(struct timed *t, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;
	const char *run;

	capture_read(t->capture, &text);
	run = strstr(text.s, "   run ");
	if (!run)
		return err_set(e, ERR_INVALID, "no summary line in '%.200s'", text.s);
	strbuf_add(&t->ids, run + 7, strcspn(run + 7, "\n"));
	strbuf_addc(&t->ids, '\n');
	return 0;
}

int run_once(struct entry *en, double *out, struct err *e)
{
	struct timed *t = en->state;

	if (timed_once(en, out, e) < 0 || world_quiet(t->who, &out[1], e) < 0)
		return -1;
	return keep_id(t, e);
}

/* Small suites several times, so that a sample is of thousands of scenarios. */
int suite_once(struct entry *en, double *out, struct err *e)
{
	unsigned times = en->is->files < SUITE_SAMPLE ? SUITE_SAMPLE / en->is->files : 1;
	double one[SERIES], sum = 0;

	for (unsigned i = 0; i < times; i++) {
		if (run_once(en, one, e) < 0)
			return -1;
		sum += one[0];
	}
	out[0] = sum / times;
	return 0;
}

static int check_scenario(json_t *s, struct err *e)
{
	json_t *receipt = json_object_get(s, "receipt");
	const char *id = json_string_value(json_object_get(s, "id"));

	if (!json_is_true(json_object_get(receipt, "pristine")))
		return err_set(e, ERR_INVALID, "'%s' did not run in a pristine sandbox", id);
	return 0;
}

static int check_result(json_t *result, size_t scenarios, size_t fresh, struct err *e)
{
	json_t *tests = json_object_get(result, "tests"), *test, *scenario;
	size_t i, k, seen = 0, ran = 0;

	json_array_foreach(tests, i, test)
	        json_array_foreach(json_object_get(test, "scenarios"), k, scenario)
	{
		if (check_scenario(scenario, e) < 0)
			return -1;
		seen++;
		ran += json_is_false(json_object_get(scenario, "cached"));
	}
	return seen == scenarios && ran == fresh
	               ? 0
	               : err_set(e, ERR_INVALID, "%zu of %zu scenarios ran, expected %zu of %zu",
	                         ran, seen, fresh, scenarios);
}

/* What counts is only what the history says of it: so many ran and were not cached, every sandbox
 * was pristine. */
static int check_runs(const struct timed *t, size_t scenarios, size_t fresh, struct err *e)
{
	for (char *at = t->ids.s, *end; (end = strchr(at, '\n')); at = end + 1) {
		AUTO_STR target = xasprintf("/v1/runs/%.*s", (int)(end - at), at);
		json_t *result = http_json(t->who->socket, "GET", target, NULL, e);
		int rc = result ? check_result(result, scenarios, fresh, e) : -1;

		json_decref(result);
		if (rc < 0)
			return err_wrap(e, "run %.*s", (int)(end - at), at);
	}
	return 0;
}

static void checked_release(struct entry *en, size_t fresh)
{
	struct timed *t = en->state;

	if (t && !en->out && check_runs(t, en->is->files, fresh, &en->why) < 0) {
		fprintf(stderr, "bench: %s, %s: %s\n", en->is->bench, en->is->name, en->why.msg);
		en->out = true;
	}
	timed_release(en);
}

void run_release(struct entry *en)
{
	checked_release(en, en->is->files);
}

/* ---- run, of what is unchanged ---- */

/* Where a file changes it is in a directory of its own: nobody else's results go. */
static char *own_tests(struct entry *en, struct err *e)
{
	const char *tests = world_tests(en->w, en->is->image, en->is->files, en->is->steps, e);
	AUTO_STR own = tests ? xasprintf("%s-of-which-one-changes", tests) : NULL;

	if (!tests || en->is->once != changed_once)
		return tests ? xstrdup(tests) : NULL;
	return RUN(NULL, e, "cp", "-r", tests, own) == 0 ? STEAL(own) : NULL;
}

/* Results that a file is younger than by a moment are not kept: they are from a run after it. */
static int fill_cache(struct entry *en, struct err *e)
{
	struct timed *t = en->state;
	double ms;

	nanosleep(&(struct timespec){ .tv_nsec = 100 * NS_PER_MS }, NULL);
	return timed_once(en, &ms, e) < 0 ? -1 : world_quiet(t->who, NULL, e);
}

int prepare_noop(struct entry *en, struct err *e)
{
	struct timed *t = clnrm_new(en, e);

	if (!t)
		return -1;
	t->dir = own_tests(en, e);
	if (!t->dir)
		return -1;
	timed_add(t, "run");
	timed_add(t, t->dir);
	return fill_cache(en, e);
}

/* What has no result yet is what runs: its number is in its command. */
static int change_one(struct timed *t, enum test_image image, struct err *e)
{
	AUTO_STR path = xasprintf("%s/t00000.clnrm.toml", t->dir);
	AUTO_STR text = xasprintf("[meta]\nname = \"t00000\"\nimage = \"%s\"\n\n[[scenario]]\n"
	                          "name = \"one\"\nsteps = [ { name = \"s0\", command = "
	                          "[\"/bin/true\", \"%u\"] } ]\n",
	        image_names_of[image], ++t->changes);

	return fs_write_atomic(path, text, strlen(text), 0644, e);
}

int noop_once(struct entry *en, double *out, struct err *e)
{
	struct timed *t = en->state;

	if (timed_once(en, out, e) < 0 || world_quiet(t->who, NULL, e) < 0)
		return -1;
	return keep_id(t, e);
}

int changed_once(struct entry *en, double *out, struct err *e)
{
	return change_one(en->state, en->is->image, e) < 0 ? -1 : noop_once(en, out, e);
}

void noop_release(struct entry *en)
{
	checked_release(en, 0);
}

void changed_release(struct entry *en)
{
	checked_release(en, 1);
}

/* ---- try ---- */

int prepare_try(struct entry *en, struct err *e)
{
	struct timed *t = clnrm_new(en, e);

	if (!t)
		return -1;
	timed_add(t, "try");
	timed_add(t, "--image");
	timed_add(t, image_names_of[en->is->image]);
	timed_add(t, "--");
	timed_add(t, "/bin/true");
	return 0;
}

int try_once(struct entry *en, double *out, struct err *e)
{
	struct timed *t = en->state;

	return timed_once(en, out, e) < 0 ? -1 : world_quiet(t->who, NULL, e);
}

/* ---- one more step ---- */

/* A file of `steps` steps against one of a single step, in turn: what lies between them is the
 * steps alone. */
struct step_pair {
	struct entry one, many;
	struct contestant is_one;
};

int prepare_step(struct entry *en, struct err *e)
{
	struct step_pair *p = xcalloc(1, sizeof(*p));

	en->state = p;
	p->is_one = *en->is;
	p->is_one.steps = 1;
	p->one = (struct entry){ .is = &p->is_one, .w = en->w };
	p->many = (struct entry){ .is = en->is, .w = en->w };
	return prepare_run(&p->one, e) < 0 || prepare_run(&p->many, e) < 0 ? -1 : 0;
}

int step_once(struct entry *en, double *out, struct err *e)
{
	struct step_pair *p = en->state;
	double one[SERIES], many[SERIES];

	if (run_once(&p->one, one, e) < 0 || run_once(&p->many, many, e) < 0)
		return -1;
	out[0] = (many[0] - one[0]) / (en->is->steps - 1);
	return 0;
}

void step_release(struct entry *en)
{
	struct step_pair *p = en->state;

	if (!p)
		return;
	p->one.out = p->many.out = en->out;
	run_release(&p->one);
	run_release(&p->many);
	if (!en->out && (p->one.out || p->many.out)) {
		en->out = true;
		en->why = p->one.out ? p->one.why : p->many.why;
	}
	free(p);
	en->state = NULL;
}

/* ---- steps side by side ---- */

static int prepare_beside_run(struct entry *en, unsigned steps, const char *command, struct err *e)
{
	struct timed *t = clnrm_new(en, e);
	const char *test = t ? world_beside(en->w, en->is->image, steps, command, e) : NULL;

	if (!test)
		return -1;
	timed_add(t, "run");
	timed_add(t, "--force");
	timed_add(t, test);
	return 0;
}

int prepare_beside(struct entry *en, struct err *e)
{
	struct step_pair *p = xcalloc(1, sizeof(*p));

	en->state = p;
	p->one = (struct entry){ .is = en->is, .w = en->w };
	p->many = (struct entry){ .is = en->is, .w = en->w };
	return prepare_beside_run(&p->one, 1, "/bin/true", e) < 0 ||
	                       prepare_beside_run(&p->many, en->is->steps, "/bin/true", e) < 0
	               ? -1
	               : 0;
}

int prepare_sleeps(struct entry *en, struct err *e)
{
	return prepare_beside_run(en, en->is->steps, "/bin/sleep 0.2", e);
}

/* ---- without sandboxes ---- */

int prepare_version(struct entry *en, struct err *e)
{
	struct timed *t = timed_new(en);

	(void)e;
	timed_add(t, en->w->clnrm);
	timed_add(t, "--version");
	return 0;
}

/* Two pages of text, laid out when asked. */
int prepare_help(struct entry *en, struct err *e)
{
	struct timed *t = timed_new(en);

	(void)e;
	timed_add(t, en->w->clnrm);
	timed_add(t, "version");
	timed_add(t, "--help");
	return 0;
}

/* `clnrm COMMAND FILES`, its time shared by so many. */
static int prepare_files(struct entry *en, const char *command, unsigned share, struct err *e)
{
	struct timed *t = clnrm_new(en, e);
	const char *tests =
	        t ? world_tests(en->w, en->is->image, en->is->files, en->is->steps, e) : NULL;

	if (!tests)
		return -1;
	t->share = share;
	timed_add(t, command);
	timed_add(t, tests);
	return 0;
}

int prepare_validate(struct entry *en, struct err *e)
{
	return prepare_files(en, "validate", en->is->files, e);
}

int prepare_dry_run(struct entry *en, struct err *e)
{
	return prepare_files(en, "dry-run", 1, e);
}
