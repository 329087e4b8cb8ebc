/* One command in a fresh sandbox: what `clnrm try` asks for. Nothing is recorded. Or in one that is
 * kept: a visit, which leases nothing and ends nothing but itself. */
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/num.h"
#include "daemon/run/keep_priv.h"
#include "daemon/run/run_priv.h"

#define PATIENCE_NS (2 * NS_PER_S) /* with scenarios that hold the memory */

struct try_run {
	struct runner *r;
	struct try_run *next;
	struct arena *arena;
	struct sandbox_spec *spec;
	/* Its part of the machine; wanted: while it waits for that, the sandbox that it will take.
	 */
	struct sandbox_spec *wanted;
	const char *need; /* what it needed before is known by */
	uint64_t stated, max_memory;
	struct admitted part;
	struct loop_timer *patience;
	struct step def;
	struct try_sink sink;
	void *arg;
	struct lease *lease;
	struct strbuf in;
	struct step_result res;
	struct receipt *receipt;
	struct loop_timer *deadline;
	uint64_t total[2];
	/* stdin that goes on: bytes of AGENT_STDIN sent and taken; records from before there was a
	 * sandbox. full: fed() is owed. */
	uint64_t in_sent, in_taken;
	struct strbuf early;
	bool in_asked, in_open, in_full, lent;
	bool over;
	/* Of a visit: where, and its number there. ended: its process is. */
	struct kept_sandbox *kept;
	struct try_run *next_visit;
	uint32_t number;
	bool ended;
	bool awaits; /* its terminal */
};

static void free_try(void *arg)
{
	struct try_run *t = arg;
	struct try_run **at = &t->r->tries;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->r->active--;
	strbuf_release(&t->in);
	strbuf_release(&t->early);
	sandbox_spec_free(t->spec);
	sandbox_spec_free(t->wanted);
	arena_free(t->arena);
	free(t);
}

/* Of the message, when there is one. */
static const char *code_of(const struct try_run *t)
{
	switch (t->res.reason) {
	case REASON_TIMEOUT:
		return "timeout";
	case REASON_NOT_FOUND:
		return t->res.exit_code == 127 ? "not-found" : "denied";
	default:
		return "refused";
	}
}

/* A client that leaves takes its command along, and what that started as far as it is known. */
static void leave(struct try_run *t)
{
	struct kept_sandbox *k = t->kept;
	struct try_run **at = &k->visits;
	AUTO_STRBUF msg = STRBUF_INIT;

	while (*at != t)
		at = &(*at)->next_visit;
	*at = t->next_visit;
	t->kept = NULL;
	if (t->awaits)
		keep_expect(k, false);
	if (!t->ended && !k->over) {
		agent_put_u32(&msg, AGENT_KILL, t->number, SIGHUP);
		agent_put_u32(&msg, AGENT_KILL, t->number, SIGKILL);
		lease_send(k->lease, msg.s, msg.len);
	}
	keep_visit_over(k);
}

/* It waits no longer, and scenarios may begin again. */
static void waits_no_more(struct try_run *t)
{
	struct admission *ad = &t->r->admission;

	t->patience = NULL;
	ad->tries--;
	if (ad->first)
		sched_soon(ad->first);
}

static void stop_waiting(struct try_run *t)
{
	if (!t->patience)
		return;
	loop_timer_del(t->patience);
	waits_no_more(t);
}

static void try_over(struct try_run *t, int exit, bool ran, const char *message, const char *help)
{
	if (t->over)
		return;
	t->over = true;
	loop_timer_del(t->deadline);
	t->deadline = NULL;
	stop_waiting(t);
	admit_try_done(t->r, t->need, t->res.max_rss_bytes, &t->part);
	t->sink.done(t->arg, exit, ran ? &t->res : NULL, t->receipt, code_of(t), message, help);
	if (t->kept)
		leave(t);
	else if (t->lease)
		pool_give(t->lease);
	t->lease = NULL;
	loop_defer(t->r->d.loop, free_try, t);
}

/* Of a step that failed for want of its directory or user, visits would fail as it did. */
static const char *way_in(const struct try_run *t, const struct agent_exit *x)
{
	if (!t->kept)
		return NULL;
	switch (x->what) {
	case AGENT_WHAT_DIRECTORY:
		return "clnrm exec --workdir DIR works in another one; with -it and a shell it is "
		       "as clnrm shell";
	case AGENT_WHAT_USER:
		return "clnrm exec --user USER is another one; with -it and a shell it is as "
		       "clnrm shell";
	default:
		return NULL;
	}
}

static void on_exit_record(struct try_run *t, const struct agent_exit *x)
{
	struct strbuf none = STRBUF_INIT;
	struct attempt at = {
		.def = &t->def,
		.file = NULL,
		.exit = *x,
		.out = &none,
		.err = &none,
		.both = &none,
	};
	struct failure f = { 0 };

	t->ended = true;
	t->res.exit_code = x->kind == AGENT_EXIT_CODE ? x->value : -1;
	t->res.signal = x->kind == AGENT_EXIT_SIGNAL ? x->value : 0;
	t->res.duration_ms = clock_span_ms(x->ended_ns - x->started_ns);
	t->res.user_ms = (double)x->user_us / 1000.0;
	t->res.system_ms = (double)x->system_us / 1000.0;
	t->res.max_rss_bytes = x->max_rss_bytes;
	t->res.out.total = x->total[0];
	t->res.err.total = x->total[1];
	t->res.ran = true;
	t->res.verdict = t->res.exit_code == 0 ? VERDICT_PASS : VERDICT_FAIL;
	switch (x->kind) {
	case AGENT_EXIT_CODE:
		try_over(t, x->value, true, NULL, NULL);
		break;
	case AGENT_EXIT_SIGNAL:
		try_over(t, 128 + x->value, true, NULL, NULL);
		break;
	default:
		explain_not_found(&f, &at, t->spec, lease_path(t->lease), t->arena);
		t->res.exit_code = x->what != 0 ? 125 : x->value == ENOENT ? 127 : 126;
		t->res.verdict = VERDICT_ERROR;
		t->res.reason = f.code;
		t->res.ran = false;
		try_over(t, t->res.exit_code, true, f.message, f.hint ? f.hint : way_in(t, x));
	}
}

/* ---- stdin that goes on ---- */

static void send_stdin(struct try_run *t, const void *p, size_t n)
{
	struct strbuf *out = &t->early;

	agent_put_bytes(out, AGENT_STDIN, t->number, p, n);
	if (!t->lent)
		return;
	lease_send(t->lease, out->s, out->len);
	strbuf_reset(out);
}

static bool is_full(const struct try_run *t)
{
	return t->in_sent - t->in_taken >= AGENT_STDIN_WINDOW;
}

bool try_feed(struct try_run *t, const void *p, size_t n)
{
	for (const char *at = p; t->in_open && !t->over && n > 0;) {
		size_t part = n < AGENT_CHUNK ? n : AGENT_CHUNK;

		send_stdin(t, at, part);
		t->in_sent += part;
		at += part;
		n -= part;
	}
	t->in_full = t->in_open && !t->over && is_full(t);
	return !t->in_full;
}

void try_feed_end(struct try_run *t)
{
	if (t->in_open && !t->over)
		send_stdin(t, "", 0);
	t->in_open = t->in_full = false;
}

void try_feed_broken(struct try_run *t)
{
	try_over(t, 125, false, "its stdin broke off: the command was ended", NULL);
}

static int on_taken(struct try_run *t, struct agent_cursor *c, struct err *e)
{
	uint64_t taken = agent_u64(c);
	bool closed = agent_u8(c) != 0;

	if (c->bad || taken < t->in_taken || taken > t->in_sent)
		return err_set(e, ERR_INVALID, "the init took bytes that were not sent");
	t->in_taken = taken;
	if (!t->in_open)
		return 0;
	t->in_open = !closed;
	if (!closed && (!t->in_full || is_full(t)))
		return 0;
	t->in_full = false;
	t->sink.fed(t->arg, closed);
	return 0;
}

/* ---- terminals that are passed on ---- */

/* What the init sends may be anything: nothing else is what a terminal's own side answers. */
static bool is_terminal(int fd)
{
	unsigned number;

	return fd >= 0 && ioctl(fd, TIOCGPTN, &number) == 0;
}

static int on_terminal(struct try_run *t, struct err *e)
{
	AUTO_FD fd = t->kept ? steal_fd(&t->kept->passed) : -1;

	if (!t->awaits || !is_terminal(fd))
		return err_set(e, ERR_INVALID, "the init passed no terminal");
	t->awaits = false;
	keep_expect(t->kept, false);
	t->sink.terminal(t->arg, steal_fd(&fd));
	return 0;
}

/* ---- events ---- */

static int on_record(void *arg, const struct agent_record *r, struct err *e)
{
	struct try_run *t = arg;
	struct agent_cursor c = agent_cursor(r);
	struct agent_exit x;

	if (t->over)
		return 0;
	if (r->type == AGENT_OUTPUT) {
		uint8_t stream = agent_u8(&c);

		agent_u64(&c);
		if (c.bad)
			return err_set(e, ERR_INVALID, "a short record of the init");
		t->sink.output(t->arg, stream == 2, c.p, (size_t)(c.end - c.p));
		return 0;
	}
	if (r->type == AGENT_EXITED) {
		if (agent_get_exit(r, &x, e) < 0)
			return -1;
		on_exit_record(t, &x);
	}
	if (r->type == AGENT_TERMINAL)
		return on_terminal(t, e);
	if (r->type == AGENT_FATAL)
		return err_set(e, ERR_SYS, "init: %s", agent_str(&c, NULL));
	return r->type == AGENT_STDIN_TAKEN ? on_taken(t, &c, e) : 0;
}

static void on_timeout(void *arg)
{
	struct try_run *t = arg;
	AUTO_STRBUF b = STRBUF_INIT;

	t->deadline = NULL;
	strbuf_adds(&b, "timed out after ");
	dur_format(&b, t->def.timeout.ns);
	t->res.reason = REASON_TIMEOUT;
	try_over(t, 125, false, b.s, NULL);
}

static void on_lent(void *arg, struct lease *le, const struct receipt *receipt, bool warm)
{
	struct try_run *t = arg;
	AUTO_STRBUF msg = STRBUF_INIT;
	struct batch_step step = { .def = &t->def, .stdin_open = t->in_asked };

	(void)warm;
	t->receipt = receipt_copy(receipt, t->arena);
	if (t->def.timeout.ns)
		t->deadline = loop_timer_add(t->r->d.loop, t->def.timeout.ns, on_timeout, t);
	batch_steps(&step, 1, t->spec, lease_image(le), &msg);
	lease_send(le, msg.s, msg.len);
	t->lent = true;
	if (t->early.len)
		lease_send(le, t->early.s, t->early.len);
	strbuf_reset(&t->early);
}

static void on_failed(void *arg, struct lease *le, const struct err *e)
{
	(void)le;
	try_over(arg, 125, false, e->msg, NULL);
}

static void on_bytes(void *arg, struct lease *le, const void *p, size_t n)
{
	struct try_run *t = arg;
	struct err e;

	(void)le;
	if (!t->over && stream_feed(&t->in, p, n, on_record, t, &e) < 0)
		try_over(t, 125, false, e.msg, NULL);
}

static void on_died(void *arg, struct lease *le, enum sandbox_end why)
{
	(void)le;
	try_over(arg, 125, false,
	        why == SANDBOX_END_OOM ? "out of memory: the whole sandbox was killed"
	                               : "the sandbox died",
	        NULL);
}

static const struct lease_events events = {
	.lent = on_lent,
	.failed = on_failed,
	.bytes = on_bytes,
	.died = on_died,
};

static struct env_var *env_copy(const struct env_var *v, size_t n, struct arena *a)
{
	struct env_var *to = arena_array(a, n + 1, sizeof(*to));

	for (size_t i = 0; i < n; i++)
		to[i] = (struct env_var){ arena_strdup(a, v[i].name), arena_strdup(a, v[i].value) };
	return to;
}

static void copy_step(struct try_run *t, const struct try_options *opt)
{
	struct arena *a = t->arena;
	struct step *s = &t->def;

	s->name = "try";
	s->argv = list_copy(&opt->argv, a);
	s->env = env_copy(opt->env, opt->n_env, a);
	s->n_env = opt->n_env;
	s->workdir = arena_strdup(a, opt->workdir ? opt->workdir : "/workspace");
	s->workdir_given = opt->workdir != NULL;
	s->user = arena_strdup(a, opt->user);
	s->umask = 022;
	s->stdin_data = opt->stdin_data ? arena_memdup(a, opt->stdin_data, opt->stdin_len) : NULL;
	s->stdin_len = opt->stdin_len;
	s->timeout = (struct deadline){ opt->timeout_ns, DEADLINE_FLAG };
	s->expected_codes[0] = 1;
}

static struct try_run *try_new(
        struct runner *r, const struct try_sink *sink, void *arg, bool stdin_open)
{
	struct try_run *t = xcalloc(1, sizeof(*t));

	t->r = r;
	t->arena = arena_new();
	t->sink = *sink;
	t->arg = arg;
	t->in = t->early = (struct strbuf)STRBUF_INIT;
	t->in_asked = t->in_open = stdin_open;
	t->next = r->tries;
	r->tries = t;
	r->active++;
	return t;
}

static void describe(struct try_run *t)
{
	t->res = (struct step_result){
		.name = t->def.name,
		.exit_code = -1,
		.attempts = 1,
		.deadline = t->def.timeout,
		.argv = masked_argv(&t->def, t->arena),
		.out = { .data = "" },
		.err = { .data = "" },
	};
}

/* ---- its part of the machine ---- */

static void begin(struct try_run *t)
{
	const struct receipt *receipt;

	stop_waiting(t);
	t->lease = pool_take(t->r->d.pool, t->wanted, 0, "try", "", &events, t);
	receipt = lease_claim(t->lease);
	if (receipt)
		on_lent(t, t->lease, receipt, true);
}

static void on_patience(void *arg)
{
	struct try_run *t = arg;

	waits_no_more(t);
	admit_try_anyway(t->r, t->need, t->stated, &t->part);
	begin(t);
}

static void wait_for_room(struct try_run *t)
{
	t->patience = loop_timer_add(t->r->d.loop, PATIENCE_NS, on_patience, t);
	t->r->admission.tries++;
}

/* The one that has waited longest, or NULL. */
static struct try_run *first_waiting(const struct runner *r)
{
	struct try_run *found = NULL;

	for (struct try_run *t = r->tries; t; t = t->next)
		if (t->patience)
			found = t;
	return found;
}

void tries_wake(struct runner *r)
{
	struct try_run *t;

	while ((t = first_waiting(r)) && admit_try(r, t->need, t->stated, t->max_memory, &t->part))
		begin(t);
}

struct try_run *try_start(
        struct runner *r, const struct try_options *opt, const struct try_sink *sink, void *arg)
{
	struct try_run *t = try_new(r, sink, arg, opt->stdin_open);

	copy_step(t, opt);
	describe(t);
	t->wanted = sandbox_spec_copy(&opt->spec);
	t->spec = sandbox_spec_copy(&opt->spec);
	/* Output goes straight through: nothing is kept, so nothing is cut. */
	t->spec->limits.v[LIMIT_OUTPUT] = UINT64_MAX;
	t->need = arena_printf(t->arena, "try %s %s", opt->spec.image, opt->argv.v[0]);
	t->stated =
	        opt->spec.limits.given & 1u << LIMIT_MEMORY ? opt->spec.limits.v[LIMIT_MEMORY] : 0;
	t->max_memory = opt->max_memory_bytes;
	if (!r->admission.tries && admit_try(r, t->need, t->stated, t->max_memory, &t->part))
		begin(t);
	else
		wait_for_room(t);
	return t;
}

void try_cancel(struct try_run *t)
{
	try_over(t, 130, false, "cancelled", NULL);
}

void tries_cancel_all(struct runner *r)
{
	for (struct try_run *t = r->tries, *next; t; t = next) {
		next = t->next;
		try_cancel(t);
	}
}

/* ---- visits ---- */

/* Variables of the visit win. */
static void join_env(
        struct step *s, const struct step *of, const struct visit_options *opt, struct arena *a)
{
	struct env_var *v = arena_array(a, opt->n_env + (of ? of->n_env : 0) + 1, sizeof(*v));
	size_t n = opt->n_env;

	memcpy(v, env_copy(opt->env, n, a), n * sizeof(*v));
	for (size_t i = 0; of && i < of->n_env; i++) {
		bool given = false;

		for (size_t k = 0; k < opt->n_env; k++)
			given |= strcmp(v[k].name, of->env[i].name) == 0;
		if (!given)
			v[n++] = (struct env_var){ arena_strdup(a, of->env[i].name),
				arena_strdup(a, of->env[i].value) };
	}
	s->env = v;
	s->n_env = n;
}

/* NULL: that of the image. A copy of an absolute path wants none: that of the step may be what is
 * missing. */
static const char *directory_of(const struct visit_options *opt)
{
	if (opt->what != VISIT_COMMAND && opt->argv.v[0][0] == '/')
		return "/";
	if (opt->workdir)
		return opt->workdir;
	return opt->step && opt->step->workdir_given ? opt->step->workdir : NULL;
}

static void copy_visit(struct try_run *t, const struct visit_options *opt)
{
	const char *directory = directory_of(opt);
	const struct step *of = opt->step;
	struct arena *a = t->arena;
	struct step *s = &t->def;

	s->name = "exec";
	s->argv = list_copy(&opt->argv, a);
	join_env(s, of, opt, a);
	s->workdir_given = directory != NULL;
	s->workdir = arena_strdup(a, directory           ? directory
	                             : of && of->workdir ? of->workdir
	                                                 : "/workspace");
	s->user = arena_strdup(a, opt->user ? opt->user : of ? of->user : NULL);
	s->umask = of ? of->umask : 022;
	s->stdin_data = opt->stdin_data ? arena_memdup(a, opt->stdin_data, opt->stdin_len) : NULL;
	s->stdin_len = opt->stdin_len;
	s->expected_codes[0] = 1;
}

static void send_visit(struct try_run *t, const struct visit_options *opt)
{
	static const uint32_t flags[] = {
		[VISIT_PACK] = AGENT_STEP_PACK, [VISIT_UNPACK] = AGENT_STEP_UNPACK
	};
	const struct batch_step step = {
		.def = &t->def, .beside = true, .stdin_open = opt->stdin_open
	};
	const struct visit_shape shape = {
		.number = t->number,
		.flags = flags[opt->what] | (opt->terminal ? AGENT_STEP_TERMINAL : 0u) |
		         (opt->passes ? AGENT_STEP_PASS : 0u),
		.rows = opt->rows,
		.columns = opt->columns,
	};
	AUTO_STRBUF msg = STRBUF_INIT;

	batch_visit(&step, &shape, t->spec, lease_image(t->lease), &msg);
	lease_send(t->lease, msg.s, msg.len);
}

struct try_run *visit_start(struct kept_sandbox *k, const struct visit_options *opt,
        const struct try_sink *sink, void *arg)
{
	struct try_run *t = try_new(k->r, sink, arg, opt->stdin_open);

	copy_visit(t, opt);
	describe(t);
	t->spec = sandbox_spec_copy(k->spec);
	t->lease = k->lease;
	t->lent = true;
	t->kept = k;
	t->number = k->next_visit++;
	t->next_visit = k->visits;
	k->visits = t;
	t->awaits = opt->passes;
	if (t->awaits)
		keep_expect(k, true);
	send_visit(t, opt);
	return t;
}

void visit_resize(struct try_run *t, unsigned rows, unsigned columns)
{
	AUTO_STRBUF msg = STRBUF_INIT;

	if (!t->kept || t->over)
		return;
	agent_put_window(&msg, t->number, rows, columns);
	lease_send(t->lease, msg.s, msg.len);
}

struct try_run *visit_next(const struct try_run *t)
{
	return t->next_visit;
}

uint32_t visit_number(const struct try_run *t)
{
	return t->number;
}

int visit_record(struct try_run *t, const struct agent_record *r, struct err *e)
{
	return on_record(t, r, e);
}

void visit_moved(struct try_run *t, struct kept_sandbox *to)
{
	t->kept = to;
}

void visit_broken(struct try_run *t, const char *why)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "the sandbox has ended: %s", why);
	try_over(t, 125, false, text.s, NULL);
}
