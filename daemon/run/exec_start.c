/* How a scenario starts: its steps and places, the sandboxes it leases, the batches it sends. */
#include <string.h>

#include "common/num.h"
#include "daemon/run/exec_priv.h"
#include "daemon/run/keep_priv.h"
#include "daemon/run/prepare_priv.h"

/* ---- starting ---- */

/* The init may go on by itself only where nothing has to be judged between two steps. What is asked
 * to end at its deadline may end well, and has failed all the same. */
static bool needs_gate(const struct exec *x, const struct step_run *s)
{
	return x->driven || judge_needs_output(s->def) || s->def->retries || s->def->grace_ns;
}

struct batch_step exec_batch_step(struct step_run *s)
{
	s->gated = needs_gate(s->x, s);
	return (struct batch_step){
		.def = s->def,
		.gate = s->gated,
		.hold = s->x->driven,
		.beside = s->x->pl->sc->graph && s->x->pl->sc->scope != SCOPE_STEP,
		.cont = s->def->continue_on_failure || s->part == PART_TEARDOWN,
	};
}

static struct batch_step *batch_of(const struct place_run *p)
{
	struct batch_step *v = xcalloc(p->n_batch ? p->n_batch : 1, sizeof(*v));

	for (unsigned i = 0; i < p->n_batch; i++)
		v[i] = exec_batch_step(p->batch[i]);
	return v;
}

/* A batch in the making: files and steps of one place as records. */
struct making {
	struct place_run *p;
	struct batch_step *steps;
	struct strbuf msg;
	bool failed;
	struct err e;
};

static void make_batch(void *arg)
{
	struct making *m = arg;
	const struct place *def = m->p->def;

	m->failed = batch_files(def->files, def->n_files, &m->msg, &m->e) < 0;
	exec_survey_ask(m->p, &m->msg);
	if (!m->failed)
		batch_steps(m->steps, m->p->n_batch, &def->spec, m->p->image, &m->msg);
}

static void making_free(struct making *m)
{
	strbuf_release(&m->msg);
	free(m->steps);
	free(m);
}

static void send_batch(struct making *m)
{
	struct place_run *p = m->p;
	struct exec *x = p->x;

	if (m->failed) {
		exec_error(x, REASON_SANDBOX, m->e.msg, NULL);
		return;
	}
	p->base_ns = clock_ns();
	lease_send(p->lease, m->msg.s, m->msg.len);
	p->begun = true;
	x->making--;
	if (p->then) {
		struct step_run *s = STEAL(p->then);

		if (exec_run_step(s))
			return;
		x->asked = x->asked == s ? NULL : x->asked;
		exec_go_on(s);
		return;
	}
	if (!x->making && (x->driven || !x->places[0].n_batch))
		exec_next(x, 0);
}

static void batch_made(void *arg)
{
	struct making *m = arg;

	if (exec_job_back(m->p->x))
		send_batch(m);
	making_free(m);
}

static void begin_batch(struct exec *x, struct place_run *p)
{
	struct making *m = xcalloc(1, sizeof(*m));

	p->batched = true;
	*m = (struct making){ .p = p, .steps = batch_of(p), .msg = STRBUF_INIT };
	if (batch_is_heavy(p->def->files, p->def->n_files, m->steps, p->n_batch) &&
	        exec_job_out(x, make_batch, batch_made, m))
		return;
	make_batch(m);
	send_batch(m);
	making_free(m);
}

static void emit_scenario_start(struct exec *x, bool warm)
{
	struct event ev = {
		.kind = EV_SCENARIO_START,
		.scenario_start = {
			.scenario = x->res->id,
			.file = x->res->file,
			.line = x->res->line,
			.engine = x->run->r->d.engine->ops->name,
			.attempt = x->res->attempts,
			.repetition = x->pl->repetition,
			.warm = warm,
			.queued_ms = x->res->queued_ms,
		},
	};

	run_emit(x->run, &ev);
}

/* An image that another stands in for is not what the file asked for. */
static void show_mapping(struct receipt *r, const struct place *def, struct arena *a)
{
	struct degraded *v;

	if (!def->asked)
		return;
	v = arena_array(a, r->n_degraded + 1, sizeof(*v));
	if (r->n_degraded)
		memcpy(v, r->degraded, r->n_degraded * sizeof(*v));
	v[r->n_degraded++] = (struct degraded){ "image", arena_strdup(a, def->asked),
		arena_strdup(a, def->spec.image) };
	r->degraded = v;
}

/* Never a silent weakening; once for a run, each receipt has it anyway. */
static void tell_applets(struct exec *x, const struct receipt *r)
{
	for (size_t i = 0; i < r->n_degraded && !x->run->told_applets; i++) {
		if (strcmp(r->degraded[i].what, "disallowed_commands") != 0)
			continue;
		x->run->told_applets = true;
		run_note(x->run, "policy.applet",
		        "disallowed_commands does not bind in image '%s': %s can be run without a "
		        "file; isolation = \"strict\" refuses such a sandbox, image = \"host\" "
		        "binds",
		        r->image, r->degraded[i].got);
	}
}

void exec_on_lent(void *arg, struct lease *le, const struct receipt *receipt, bool warm)
{
	struct place_run *p = arg;
	struct exec *x = p->x;
	struct runner *r = x->run->r;

	(void)le;
	p->lent = true;
	p->image = lease_image(le);
	cached_lent(x->pl, &p->def->spec, p->image);
	x->n_lent++;
	if (!x->res->receipt) {
		x->res->receipt = receipt_copy(receipt, x->a);
		x->res->never_kept = !keep_fits(x->pl->sc);
		show_mapping(x->res->receipt, p->def, x->a);
		scope_mark(x);
	}
	if (!exec_receipt_holds(x, x->n_lent == 1 ? x->res->receipt : receipt) ||
	        x->n_lent < scope_places_first(x))
		return;
	if (x->leased_ns) {
		x->making++;
		begin_batch(x, p);
		return;
	}
	loop_timer_del(x->startup);
	x->startup = NULL;
	x->leased_ns = clock_ns();
	x->res->started_wall_ns = clock_wall_ns();
	x->res->queued_ms = ms_since(x->queued_ns, x->leased_ns);
	if (x->res->deadline.ns)
		x->deadline = loop_timer_add(r->d.loop, x->res->deadline.ns, exec_on_deadline, x);
	emit_scenario_start(x, warm);
	tell_applets(x, x->res->receipt);
	x->making = (unsigned)scope_places_first(x);
	for (size_t i = 0; i < x->n_places && !x->finished; i++)
		if (x->places[i].lent && !x->places[i].batched)
			begin_batch(x, &x->places[i]);
}

/* Only what asks for more than the usual sandbox: without that nothing could run, which is no skip.
 */
static bool may_lack(const struct place_run *p)
{
	const struct sandbox_spec *spec = &p->def->spec;

	return p->x->run->opt.skip_refused &&
	       (spec->limits.given || spec->isolation == ISOLATION_STRICT);
}

static void on_lease_failed(void *arg, struct lease *le, const struct err *e)
{
	struct place_run *p = arg;
	bool asked = e->code == ERR_UNSUPPORTED || e->code == ERR_INVALID;

	(void)le;
	if (e->code == ERR_UNSUPPORTED && may_lack(p)) {
		exec_cancel(p->x, REASON_REFUSED, e->msg);
		return;
	}
	exec_error(p->x,
	        e->code == ERR_NOT_FOUND ? REASON_IMAGE
	        : asked                  ? REASON_REFUSED
	                                 : REASON_SANDBOX,
	        e->msg, NULL);
}

static void on_bytes(void *arg, struct lease *le, const void *data, size_t n)
{
	struct place_run *p = arg;
	struct err e;

	(void)le;
	if (p->x->finished)
		return;
	if (stream_feed(&p->in, data, n, exec_on_record, p, &e) < 0 && !p->x->finished)
		exec_error(p->x, REASON_INTERNAL, e.msg, NULL);
}

static void on_descriptor(void *arg, struct lease *le, int fd)
{
	struct place_run *p = arg;

	(void)le;
	if (p->guests)
		keep_descriptor(p->guests, fd);
	else
		close_fd(&fd);
}

static void on_died(void *arg, struct lease *le, enum sandbox_end why)
{
	struct place_run *p = arg;
	struct exec *x = p->x;
	AUTO_STRBUF b = STRBUF_INIT;

	(void)le;
	if (exec_collect_broke(x, "the sandbox died"))
		return;
	if (why != SANDBOX_END_OOM) {
		exec_error(x, REASON_SANDBOX, "the sandbox died while the scenario ran", NULL);
		return;
	}
	strbuf_adds(&b, "out of memory (limit ");
	size_format(&b, p->def->spec.limits.v[LIMIT_MEMORY]);
	strbuf_adds(&b, "): the whole sandbox was killed");

	struct failure f = {
		.code = REASON_OOM,
		.message = arena_strdup(x->a, b.s),
		.hint = "limits.memory_mb raises it",
		.file = arena_strdup(x->a, x->pl->file->path),
		.pos = x->pl->sc->pos,
		.step = exec_running_step(x),
	};
	exec_raise(x, VERDICT_FAIL, REASON_OOM);
	exec_fail(x, &f);
	exec_finish(x);
}

const struct lease_events exec_lease_events = {
	.lent = exec_on_lent,
	.failed = on_lease_failed,
	.bytes = on_bytes,
	.descriptor = on_descriptor,
	.died = on_died,
};

static void add_steps(struct exec *x, const struct step *defs, size_t n, int part, size_t *at)
{
	for (size_t i = 0; i < n; i++) {
		struct step_run *s = &x->steps[*at];
		struct step_result *r = &x->res->steps[*at];

		*s = (struct step_run){
			.x = x,
			.def = &defs[i],
			.part = part,
			.place = defs[i].place,
			.in_batch = !defs[i].skip,
			.out = STRBUF_INIT,
			.err = STRBUF_INIT,
			.both = STRBUF_INIT,
			.res = r,
		};
		*r = (struct step_result){
			.name = arena_strdup(x->a, defs[i].name),
			.index = (unsigned)*at,
			.line = defs[i].pos.line,
			.verdict = VERDICT_SKIP,
			.reason = defs[i].skip ? REASON_SKIP : REASON_DEPENDENCY,
			.exit_code = -1,
			.deadline = defs[i].timeout,
			.argv = masked_argv(&defs[i], x->a),
			.setup = part == PART_SETUP,
			.teardown = part == PART_TEARDOWN,
		};
		(*at)++;
	}
}

static void make_steps(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;
	size_t n_main = sc->graph ? sc->n_steps : x->pl->until_step, at = 0;

	x->n_steps = sc->n_setup + n_main + sc->n_teardown;
	x->steps = xcalloc(x->n_steps + 1, sizeof(*x->steps));
	x->res->steps = arena_array(x->a, x->n_steps + 1, sizeof(*x->res->steps));
	x->res->n_steps = x->n_steps;
	add_steps(x, sc->setup, sc->n_setup, PART_SETUP, &at);
	add_steps(x, sc->steps, n_main, PART_MAIN, &at);
	add_steps(x, sc->teardown, sc->n_teardown, PART_TEARDOWN, &at);
}

static void make_places(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;

	bool of_steps = sc->scope == SCOPE_STEP;

	x->n_places = !of_steps ? sc->n_places : x->n_steps ? x->n_steps : 1;
	x->driven = of_steps || x->n_places > 1 || sc->has_captures || sc->graph;
	x->places = xcalloc(x->n_places, sizeof(*x->places));
	for (unsigned i = 0; i < x->n_places; i++) {
		struct place_run *p = &x->places[i];

		*p = (struct place_run){
			.x = x,
			.index = i,
			.def = &sc->places[!of_steps        ? i
			                   : i < x->n_steps ? x->steps[i].place
			                                    : 0],
			.in = STRBUF_INIT,
			.batch = xcalloc(x->n_steps + 1, sizeof(*p->batch)),
		};
		for (size_t k = 0; k < x->n_steps; k++) {
			struct step_run *s = &x->steps[k];

			if ((of_steps ? k : s->place) != i || !s->in_batch)
				continue;
			s->batch_index = p->n_batch;
			p->batch[p->n_batch++] = s;
		}
	}
	for (size_t k = 0; of_steps && k < x->n_steps; k++)
		x->steps[k].place = (unsigned)k;
}

/* A project may ask for fewer warm sandboxes than the daemon has, or for none. */
static unsigned warm_wanted(const struct settings *s)
{
	return s->reuse_enabled ? s->pool_size : 0;
}

static void on_startup_over(void *arg)
{
	struct exec *x = arg;
	AUTO_STRBUF b = STRBUF_INIT;

	x->startup = NULL;
	strbuf_adds(&b, "no sandbox within ");
	dur_format(&b, x->run->settings->startup_timeout_ns);
	exec_error(x, REASON_SANDBOX, b.s, "containers.startup_timeout gives it more time");
}

struct exec *exec_start(struct planned *pl, int64_t queued_ns)
{
	struct exec *x = xcalloc(1, sizeof(*x));
	struct run *run = pl->run;

	x->pl = pl;
	x->run = run;
	x->queued_ns = queued_ns;
	x->res = sched_skip_result(pl, REASON_NONE, NULL);
	x->res->verdict = VERDICT_PASS;
	x->res->attempts = ++pl->attempt;
	x->res->attempts_max = pl->retries + 1;
	x->res->deadline = pl->sc->timeout;
	x->a = x->res->arena;
	make_steps(x);
	if (x->pl->sc->graph)
		graph_make(x);
	make_places(x);
	pl->exec = x;
	exec_prepared(x);
	return x;
}

static void lease_places(struct exec *x)
{
	struct run *run = x->run;

	if (run->settings->startup_timeout_ns)
		x->startup = loop_timer_add(
		        run->r->d.loop, run->settings->startup_timeout_ns, on_startup_over, x);
	scope_ask_first(x, warm_wanted(run->settings));
	/* A step that can start now is not held up by what is said about it. */
	for (size_t i = 0; i < x->n_places && !x->finished; i++)
		scope_claim(&x->places[i]);
}

/* Nobody removes the layer between now and the end. */
static void hold_layer(struct place_run *p)
{
	const struct sandbox_spec *spec = &p->def->spec;
	struct err e;

	p->held = image_at_hand(p->x->run->r->d.images, spec->image, spec->host_paths, &e);
	if (p->held)
		image_hold(p->held);
}

/* True when the layer of the place has to be waited for, or will never be there. */
static bool lacks_layer(struct place_run *p)
{
	const struct sandbox_spec *spec = &p->def->spec;
	struct exec *x = p->x;
	struct run_prepare *e = prepare_of(x->run, p->def);

	if (!e || p->held)
		return false;
	if (e->failure || !e->name) {
		prepare_tell_failure(x, e);
		return true;
	}
	if (!image_is_prepared(x->run->r->d.images, spec->image, spec->host_paths))
		return prepare_await(x, e, &x->preparing);
	metrics_add(x->run->r->d.metrics, METRIC_CACHE_HITS_IMAGES, 1);
	hold_layer(p);
	return false;
}

void exec_prepared(struct exec *x)
{
	/* What one of those who waited is told may have ended the others. */
	if (x->finished)
		return;
	x->preparing = NULL;
	for (size_t i = 0; i < x->n_places; i++)
		if (lacks_layer(&x->places[i]))
			return;
	lease_places(x);
}
