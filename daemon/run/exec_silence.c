/* Learnt deadlines: a step that does nothing for much longer than it ever took has hung.
 *
 * Nothing happens before a step has lasted for a quarter of the floor. Then the history is asked,
 * on a worker and once a scenario, how long passes of its steps took; and where there is a bound,
 * the inits are asked for pulses, a few in the span of the bound. Two alike, no output between them
 * and no process that wants a processor or a disk: silence. It begins anew whenever the machine was
 * short of something, or when a question or its answer came late: then it is us who know nothing.
 */
#include <string.h>

#include "common/log.h"
#include "daemon/run/exec_priv.h"

#define LOOKS 4 /* in the span of a bound */
#define LOOK_MIN_NS (5 * NS_PER_MS)

static int64_t floor_of(const struct exec *x)
{
	return x->run->result->silence_floor_ns;
}

static int64_t first_look(const struct exec *x)
{
	int64_t ns = floor_of(x) / LOOKS;

	return ns > LOOK_MIN_NS ? ns : LOOK_MIN_NS;
}

/* ---- which steps ---- */

/* A step in the background has no deadline. A receipt names one image: of several nobody could tell
 * later which a step ran in. */
static bool is_never(const struct step_run *s)
{
	return s->def->background || s->x->n_places > 1;
}

static bool is_eligible(const struct step_run *s)
{
	const struct deadline *d = &s->res->deadline;

	return floor_of(s->x) && d->ns && d->source != DEADLINE_FILE &&
	       d->source != DEADLINE_FLAG && !s->res->silence.never;
}

static bool is_watched(const struct step_run *s)
{
	return s->watched && s->state == STEP_RUNNING && !s->timed_out;
}

/* The shortest bound of those that run, 0 when none has one; *oldest_ns is when the first of the
 * watched ones began, 0 for none. */
static int64_t running(const struct exec *x, int64_t *oldest_ns)
{
	int64_t least = 0;

	*oldest_ns = 0;
	for (size_t i = 0; i < x->n_steps; i++) {
		const struct step_run *s = &x->steps[i];
		int64_t ns = s->res->silence.ns;

		if (!is_watched(s))
			continue;
		if (!*oldest_ns || s->fork_ns < *oldest_ns)
			*oldest_ns = s->fork_ns;
		if (ns && (!least || ns < least))
			least = ns;
	}
	return least;
}

/* ---- the timer ---- */

static void on_tick(void *arg);

static void arm(struct exec *x, int64_t ns)
{
	struct silence_watch *w = &x->silence;

	if (ns < LOOK_MIN_NS)
		ns = LOOK_MIN_NS;
	w->due_ns = clock_ns() + ns;
	w->timer = loop_timer_add(x->run->r->d.loop, ns, on_tick, x);
}

void silence_begin(struct step_run *s)
{
	struct silence_watch *w = &s->x->silence;

	s->res->silence.never = floor_of(s->x) && is_never(s);
	s->watched = is_eligible(s);
	if (s->watched && !w->timer && !w->pending && !w->asking)
		arm(s->x, first_look(s->x));
}

void silence_end(struct exec *x)
{
	loop_timer_del(x->silence.timer);
	x->silence.timer = NULL;
}

void silence_free(struct exec *x)
{
	silence_end(x);
	arena_free(x->silence.memory);
}

static void waited(struct silence_watch *w, int64_t ns)
{
	if (ns > w->waited_ns)
		w->waited_ns = ns;
}

/* ---- the history ---- */

/* What it is asked for is copied: the scenario may end before the answer. */
static struct pace *question(struct exec *x, struct arena *a)
{
	struct pace *p = arena_alloc(a, sizeof(*p));
	const struct receipt *r = x->res->receipt;

	*p = (struct pace){
		.cwd = arena_strdup(a, x->run->result->cwd),
		.file = arena_strdup(a, x->res->file),
		.scenario = arena_strdup(a, x->res->id),
		.image_digest = arena_strdup(a, r && r->image_digest ? r->image_digest : ""),
		.steps = arena_array(a, x->n_steps + 1, sizeof(*p->steps)),
	};
	for (size_t i = 0; i < x->n_steps; i++) {
		struct str_list *argv = arena_alloc(a, sizeof(*argv));

		*argv = list_copy(&x->res->steps[i].argv, a);
		p->steps[p->n_steps++] =
		        (struct pace_step){ .name = arena_strdup(a, x->res->steps[i].name),
			        .argv = argv };
	}
	return p;
}

static void ask_job(void *arg)
{
	struct exec *x = arg;
	const struct runner_deps *d = &x->run->r->d;
	struct err e;

	if (d->pace(d->record_arg, x->silence.pace, 1, &e) < 0)
		log_debug("learnt deadlines: %s", e.msg);
}

static void set_bounds(struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_run *s = &x->steps[i];

		if (is_watched(s))
			s->res->silence = pace_silence(
			        &x->silence.pace->steps[i], &s->res->deadline, floor_of(x));
	}
}

static void look(struct exec *x);

static void ask_done(void *arg)
{
	struct exec *x = arg;

	x->silence.asking = false;
	if (!exec_job_back(x))
		return;
	x->silence.known = true;
	look(x);
}

static void ask(struct exec *x)
{
	struct silence_watch *w = &x->silence;

	if (!w->memory)
		w->memory = arena_new();
	if (!w->pace)
		w->pace = question(x, w->memory);
	w->asking = exec_job_out(x, ask_job, ask_done, x);
	if (!w->asking)
		arm(x, first_look(x)); /* the workers have too much to do */
}

/* ---- pulses ---- */

static void look(struct exec *x)
{
	struct silence_watch *w = &x->silence;
	AUTO_STRBUF msg = STRBUF_INIT;
	int64_t oldest;

	set_bounds(x);
	if (!running(x, &oldest))
		return; /* what runs has no bound; the next step asks again */
	agent_put_simple(&msg, AGENT_PULSE, 0);
	w->asked_ns = clock_ns();
	for (size_t i = 0; i < x->n_places; i++) {
		if (!x->places[i].lease)
			continue;
		w->pending++;
		lease_send(x->places[i].lease, msg.s, msg.len);
	}
}

static void on_tick(void *arg)
{
	struct exec *x = arg;
	struct silence_watch *w = &x->silence;
	int64_t now = clock_ns(), oldest;

	w->timer = NULL;
	waited(w, now - w->due_ns);
	running(x, &oldest);
	if (!oldest)
		return;
	if (now - oldest < first_look(x))
		arm(x, first_look(x) - (now - oldest));
	else if (!w->known)
		ask(x);
	else
		look(x);
}

static bool wrote_since(const struct exec *x, int64_t ns)
{
	for (size_t i = 0; i < x->n_steps; i++)
		if (x->steps[i].last_output_ns >= ns)
			return true;
	return false;
}

/* Whether something has lived since the last look, or we cannot know that nothing has. */
static bool is_alive(struct exec *x, int64_t now)
{
	struct silence_watch *w = &x->silence;
	struct stall before = w->stall;
	bool short_of = false;

	stall_read(&w->stall);
	waited(w, now - w->asked_ns);
	if (w->looked)
		short_of = stall_is_high(&before, &w->stall, x->run->r->d.cpus, w->waited_ns) ||
		           stall_is_late(w->waited_ns);
	w->waited_ns = 0;
	return w->alive || !w->looked || short_of || wrote_since(x, w->quiet_ns);
}

/* Ends those that have been silent for too long: the scenario with the first, as a rule. Gives the
 * time until the next may be, 0 for never. */
static int64_t end_silent(struct exec *x, int64_t now)
{
	int64_t least = 0;

	for (size_t i = 0; i < x->n_steps && !x->finished; i++) {
		struct step_run *s = &x->steps[i];
		int64_t since = s->fork_ns > x->silence.quiet_ns ? s->fork_ns : x->silence.quiet_ns;
		int64_t left = since + s->res->silence.ns - now;

		if (!is_watched(s) || !s->res->silence.ns)
			continue;
		if (left <= 0)
			step_on_silence(s);
		else if (!least || left < least)
			least = left;
	}
	return x->finished ? 0 : least;
}

static void weigh(struct exec *x)
{
	struct silence_watch *w = &x->silence;
	int64_t now = clock_ns(), oldest, bound, next;

	if (is_alive(x, now))
		w->quiet_ns = now;
	w->alive = false;
	w->looked = true;
	next = end_silent(x, now);
	if (!next)
		return;
	bound = running(x, &oldest) / LOOKS;
	arm(x, next < bound ? next : bound);
}

int silence_on_pulse(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct silence_watch *w = &p->x->silence;
	struct agent_pulse now;

	if (agent_get_pulsed(r, &now, e) < 0)
		return -1;
	if (!w->pending)
		return err_set(e, ERR_INVALID, "a pulse that nobody asked for");
	w->alive |= now.held || now.print != p->pulse.print || now.processes == 0;
	p->pulse = now;
	if (--w->pending == 0)
		weigh(p->x);
	return 0;
}
