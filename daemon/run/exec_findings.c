/* What a scenario has left behind or was kept from. The init looks when the last step of its batch
 * has ended, once it has said so, or when it is told to stop; limits that were met are counted by
 * the cgroups. Texts are made here, from numbers and names that the init, which is not trusted,
 * gives.
 */
#include <string.h>

#include "common/glob.h"
#include "common/num.h"
#include "daemon/run/exec_priv.h"

/* ---- asking ---- */

static bool wanted(const struct exec *x)
{
	return x->pl->sc->findings != FINDINGS_IGNORE;
}

static void declare(struct str_list *l, const char *dir, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (l->n >= AGENT_MAX_DECLARED)
		return;
	glob_escape(&b, dir);
	list_push(l, b.s, a);
}

/* Of others' files as well, and be there many of them: only where somebody wants a verdict. */
static void add_mounts(
        struct agent_survey *v, struct str_list *l, const struct place_run *p, struct arena *a)
{
	const struct sandbox_spec *spec = &p->def->spec;

	list_push(l, AGENT_OWN_MOUNT, a);
	for (size_t i = 0; i < spec->n_volumes; i++)
		if (spec->volumes[i].mode != VOLUME_RO && p->x->pl->sc->findings == FINDINGS_FAIL &&
		        l->n < AGENT_MAX_MOUNTS)
			list_push(l, spec->volumes[i].container_path, a);
	v->mounts = l->v;
	v->n_mounts = l->n;
}

void exec_survey_ask(const struct place_run *p, struct strbuf *msg)
{
	const struct scenario *sc = p->x->pl->sc;
	CLEANUP(arena_free) struct arena *a = NULL;
	struct agent_survey v = { .flags = AGENT_SURVEY_FILES };
	struct str_list l = { 0 }, mounts = { 0 };

	if (!wanted(p->x))
		return;
	a = arena_new();
	if (p->def->spec.network != NET_HOST)
		v.flags |= AGENT_SURVEY_NETWORK;
	for (size_t i = 0; i < sc->declared.n; i++)
		list_push(&l, sc->declared.v[i], a);
	for (unsigned i = 0; i < p->n_batch; i++)
		declare(&l, batch_directory(p->batch[i]->def, p->image), a);
	v.declared = l.v;
	v.n_declared = l.n;
	add_mounts(&v, &mounts, p, a);
	agent_put_survey(msg, &v);
}

bool exec_survey_due(const struct place_run *p)
{
	return wanted(p->x) && p->lent && p->n_batch && !p->surveyed;
}

/* The init looks without being told: its batch has ended in order, by a step in the foreground. */
bool exec_survey_comes(const struct place_run *p)
{
	const struct step_run *last = p->n_batch ? p->batch[p->n_batch - 1] : NULL;

	if (!last || !last->res->ran || last->attempt.exit.kind == AGENT_EXIT_NOEXEC ||
	        (p->x->pl->sc->graph && p->x->pl->sc->scope != SCOPE_STEP))
		return false;
	for (unsigned i = 0; i < p->n_batch; i++)
		if (p->batch[i]->def->background)
			return false;
	return true;
}

int exec_on_surveyed(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct agent_record copy = *r;
	struct agent_found *v;
	size_t n;

	if (!wanted(p->x))
		return -1;
	copy.body = arena_memdup(p->x->a, r->body, r->len);
	if (agent_get_surveyed(&copy, &v, &n, e) < 0)
		return -1;
	p->found = n ? arena_memdup(p->x->a, v, n * sizeof(*v)) : NULL;
	p->n_found = n;
	p->surveyed = true;
	free(v);
	if (p->n_batch)
		scope_step_over(p->batch[0]);
	return 0;
}

/* ---- words ---- */

struct words {
	struct place_run *p;
	const struct agent_found *f;
	const char *step; /* or NULL */
	struct strbuf *b;
};

static void say_process(const struct words *w)
{
	strbuf_printf(w->b, "stray process '%s' (pid %u)", w->f->program, w->f->pid);
}

static void say_port(const struct words *w)
{
	strbuf_printf(
	        w->b, "'%s' (pid %u) still listens on %s", w->f->program, w->f->pid, w->f->address);
}

static void say_fd(const struct words *w)
{
	uint64_t n = w->f->n;

	if (n & AGENT_HELD_HIDDEN) {
		strbuf_printf(w->b, "what '%s' (pid %u) keeps open cannot be looked at",
		        w->f->program, w->f->pid);
		return;
	}
	say_process(w);
	if (!n)
		strbuf_printf(w->b, " keeps '%s' open", w->f->path);
	else
		strbuf_printf(w->b, " keeps %s%s%s of '%s' open",
		        n & AGENT_HELD_STDOUT ? "stdout" : "", n == 3 ? " and " : "",
		        n & AGENT_HELD_STDERR ? "stderr" : "", w->step ? w->step : "a step");
}

static void say_file(const struct words *w)
{
	static const char *const what[] = { [AGENT_CHANGED] = "was changed or made",
		[AGENT_REMOVED] = "was removed",
		[AGENT_CHANGED_DIR] = "is a directory that was changed or made" };
	uint64_t n = w->f->n < ARRAY_LEN(what) ? w->f->n : AGENT_CHANGED;

	strbuf_printf(w->b, "'%s' %s, outside of declared_paths", w->f->path, what[n]);
}

static void say_network(const struct words *w)
{
	strbuf_printf(w->b,
	        "%llu attempt%s to reach an address outside the sandbox: there is no route "
	        "(network '%s')",
	        (unsigned long long)w->f->n, w->f->n == 1 ? "" : "s",
	        net_mode_names[w->p->def->spec.network]);
}

static void say_crash(const struct words *w)
{
	strbuf_printf(w->b, "'%s' (pid %u) was ended by %s, which dumps core", w->f->program,
	        w->f->pid, signal_name((int)w->f->n));
}

static void say_disk(const struct words *w)
{
	strbuf_printf(w->b, "the disk of the sandbox is full%s (limit ",
	        w->f->n ? " of small files" : "");
	size_format(w->b, w->p->def->spec.limits.v[LIMIT_DISK]);
	strbuf_addc(w->b, ')');
}

static const struct {
	const char *kind;
	void (*say)(const struct words *w);
	const char *more; /* "12 more ..." */
} kinds[] = {
	[AGENT_FOUND_PROCESS] = { "stray_process", say_process, "stray processes" },
	[AGENT_FOUND_PORT] = { "listening_port", say_port, "sockets that listen" },
	[AGENT_FOUND_FD] = { "open_fd", say_fd, "descriptors that are kept open" },
	[AGENT_FOUND_FILE] = { "file_changed", say_file, "files outside of declared_paths" },
	[AGENT_FOUND_NETWORK] = { "network_blocked", say_network, "attempts" },
	[AGENT_FOUND_CRASH] = { "core_dump", say_crash, "processes that crashed" },
	[AGENT_FOUND_DISK] = { "disk_full", say_disk, "" },
};

/* ---- results ---- */

struct list {
	struct exec *x;
	struct finding *v;
	size_t n, cap;
	uint64_t unclear; /* nobody knows whose they are: left out */
	bool blocked;     /* in a sandbox with loopback alone somebody tried to leave it */
};

static const char *or_null(const char *s)
{
	return s && *s ? s : NULL;
}

static struct finding *push(struct list *l, const char *kind, const struct strbuf *message)
{
	if (l->n == l->cap) {
		struct finding *v = arena_array(l->x->a, l->cap * 2 + 8, sizeof(*v));

		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = l->cap * 2 + 8;
	}
	l->v[l->n] = (struct finding){
		.kind = kind,
		.message = arena_strdup(l->x->a, message->s),
		.severity = l->x->pl->sc->findings == FINDINGS_FAIL ? "fail" : "report",
	};
	return &l->v[l->n++];
}

static void take_more(struct list *l, const struct agent_found *f, struct strbuf *b)
{
	if (f->pid >= ARRAY_LEN(kinds))
		return;
	strbuf_printf(b, "%llu more %s", (unsigned long long)f->n, kinds[f->pid].more);
	push(l, kinds[f->pid].kind, b);
}

/* What no step answers for may be of who was in the sandbox while it ran. */
static bool is_unclear(struct list *l, const struct place_run *p, const struct agent_found *f)
{
	if (!p->visited || f->step != AGENT_NO_STEP)
		return false;
	l->unclear += f->kind == AGENT_FOUND_MORE ? f->n : 1;
	return true;
}

static void take(struct list *l, struct place_run *p, const struct agent_found *f)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const char *step = f->step < p->n_batch ? p->batch[f->step]->res->name : NULL;
	const struct words w = { .p = p, .f = f, .step = step, .b = &b };
	struct finding *to;

	if (is_unclear(l, p, f))
		return;
	if (f->kind == AGENT_FOUND_MORE) {
		take_more(l, f, &b);
		return;
	}
	l->blocked |= f->kind == AGENT_FOUND_NETWORK && p->def->spec.network == NET_NONE;
	kinds[f->kind].say(&w);
	to = push(l, kinds[f->kind].kind, &b);
	to->step = step;
	to->program = or_null(f->program);
	to->path = or_null(f->path);
	to->address = or_null(f->address);
	/* A counter, or none, elsewhere. */
	to->pid = to->program ? (int)(f->pid & INT32_MAX) : 0;
}

void exec_met(const struct place_run *p, struct sandbox_met *out)
{
	struct err e;

	/* Where nobody counts there is nothing to tell: the receipt says that there is no cgroup.
	 */
	if (wanted(p->x) && p->lease && lease_met(p->lease, out, &e) < 0)
		*out = (struct sandbox_met){ 0 };
}

/* Limits that were met, as the cgroups count them. */
static void take_met(struct list *l, struct place_run *p)
{
	const struct limits *limits = &p->def->spec.limits;
	AUTO_STRBUF b = STRBUF_INIT;

	struct sandbox_met met;

	if (!p->awaited)
		exec_met(p, &p->met);
	met = p->met;
	met.oom_kills -= p->before.oom_kills;
	met.pids_full &= !p->before.pids_full;
	if (p->visited) {
		l->unclear += (met.oom_kills > 0) + met.pids_full;
		return;
	}
	if (met.oom_kills) {
		strbuf_printf(&b, "the kernel killed %llu process%s for want of memory (limit ",
		        (unsigned long long)met.oom_kills, met.oom_kills == 1 ? "" : "es");
		size_format(&b, limits->v[LIMIT_MEMORY]);
		strbuf_addc(&b, ')');
		push(l, "oom_kill", &b);
	}
	if (met.pids_full) {
		strbuf_reset(&b);
		strbuf_printf(&b, "the limit of %llu processes was met: no more could be started",
		        (unsigned long long)limits->v[LIMIT_PIDS]);
		push(l, "pids_limit", &b);
	}
}

static void weigh(struct exec *x)
{
	const struct scenario_result *res = x->res;
	AUTO_STRBUF b = STRBUF_INIT;
	struct failure f = {
		.code = REASON_FINDING,
		.assertion = "findings",
		.step = res->findings[0].step,
		.file = arena_strdup(x->a, x->pl->file->path),
		.pos = x->pl->sc->pos,
		.hint = "findings = \"report\" only tells of it; declared_paths says where files "
		        "may be left",
	};

	strbuf_adds(&b, res->findings[0].message);
	if (res->n_findings > 1)
		strbuf_printf(&b, ", and %zu more", res->n_findings - 1);
	f.message = arena_strdup(x->a, b.s);
	exec_raise(x, VERDICT_FAIL, REASON_FINDING);
	exec_fail(x, &f);
}

static void tell(struct exec *x)
{
	for (size_t i = 0; i < x->res->n_findings; i++) {
		struct event ev = {
			.kind = EV_FINDING,
			.finding = { .scenario = x->res->id, .finding = &x->res->findings[i] },
		};

		run_emit(x->run, &ev);
	}
}

static void gather(struct list *l)
{
	struct exec *x = l->x;

	if (!wanted(x) || !x->leased_ns || x->res->verdict == VERDICT_SKIP)
		return;
	for (size_t i = 0; i < x->n_places; i++) {
		struct place_run *p = &x->places[i];

		for (size_t k = 0; p->surveyed && k < p->n_found; k++)
			take(l, p, &p->found[k]);
		take_met(l, p);
	}
}

bool exec_has_findings(struct exec *x)
{
	struct list l = { .x = x };

	gather(&l);
	return l.n > 0;
}

/* Programs do not say as well as the kernel that it was the network. What failed first is told so,
 * with its step, which has that failure too. */
static void hint_blocked(struct exec *x)
{
	struct failure *first = &x->failures[0];

	first->hint = explain_blocked();
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_result *res = x->steps[i].res;

		if (res->n_failures && first->step && strcmp(res->name, first->step) == 0)
			res->failures[0].hint = first->hint;
	}
}

void exec_findings(struct exec *x)
{
	struct list l = { .x = x };

	gather(&l);
	x->res->left_out = l.unclear > 0;
	if (l.unclear)
		run_note(x->run, "findings.guest",
		        "%s: %llu finding%s left out: somebody was in its sandbox, and no step "
		        "answers for them",
		        x->res->id, (unsigned long long)l.unclear,
		        l.unclear == 1 ? " is" : "s are");
	if (!l.n)
		return;
	x->res->findings = l.v;
	x->res->n_findings = l.n;
	if (l.blocked && x->n_failures && !x->failures[0].hint)
		hint_blocked(x);
	tell(x);
	if (x->pl->sc->findings == FINDINGS_FAIL)
		weigh(x);
}
