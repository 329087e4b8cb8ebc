/* daemon/sandbox/init/steps.c - the batch: which step runs, what comes of it, what comes next.
 *
 * A run is one execution of a step. It lives from its start until its process has ended, its
 * kept tail and its AGENT_EXITED are sent, and its pipes are closed: children in the background may
 * hold those open, so the end of a step is the end of its process, not end of file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

enum { FDS_PER_RUN = 3 };

/* Steps that nothing waits for. */
#define APART ((uint32_t)(AGENT_STEP_BACKGROUND | AGENT_STEP_BESIDE))

struct run {
	struct run *next;
	uint32_t step;
	pid_t pid;     /* 0 = has ended */
	bool reported; /* AGENT_EXITED is in the queue */
	bool stale;    /* the step runs again: what still comes is dropped */
	bool terminal; /* in and out[0] are our side of one */
	int pass;      /* or this is, on its way to the daemon; else -1 */
	struct agent_exit exit;
	struct capture out[2];
	int in;                 /* write end of stdin, or -1 */
	const uint8_t *in_data; /* of the batch */
	size_t in_left;
	struct strbuf in_more;      /* from AGENT_STDIN */
	size_t in_at;               /* of in_more: what the pipe has taken */
	uint64_t in_taken, in_told; /* of AGENT_STDIN in all, and as the daemon knows */
	bool in_eof;
};

/* What AGENT_STEP brought: the step in v points into it. */
struct replaced {
	struct replaced *next;
	struct strbuf buffer;
	struct agent_step *v;
};

enum stop_state { STOP_NO, STOP_ASKED, STOP_KILLED };

struct steps {
	const struct rights *rights;
	struct survey *survey;
	const struct visits *guests; /* whose processes are no strays; or NULL */
	bool survey_due;
	struct strbuf *out;
	uint32_t base; /* the number of its first step in records; of a visit the only one */
	bool kept;     /* it goes no further, and is not heard */
	struct winsize window; /* of its terminal */
	struct strbuf buffer;  /* the record that the steps point into */
	struct agent_step *v;
	struct replaced *replaced;
	pid_t *pids; /* the last process of each step; 0 = none yet */
	size_t n;
	uint32_t next;
	struct run *foreground;
	struct run *runs;
	int64_t t0_ns;
	enum stop_state stop;
	int64_t stop_at_ms;
	struct strbuf stopped; /* the answer, made when the leftovers were looked for */
};

struct steps *steps_new(
        const struct rights *rights, uint32_t base, struct survey *survey, struct strbuf *out)
{
	struct steps *s = xcalloc(1, sizeof(*s));

	s->rights = rights;
	s->survey = survey;
	s->base = base;
	s->out = out;
	s->buffer = s->stopped = (struct strbuf)STRBUF_INIT;
	return s;
}

void steps_meet(struct steps *s, const struct visits *guests)
{
	s->guests = guests;
}

static uint64_t now(const struct steps *s)
{
	return (uint64_t)(clock_ns() - s->t0_ns);
}

/* ---- stdin ---- */

static size_t pending(const struct run *r, const uint8_t **p)
{
	*p = r->in_left ? r->in_data : (const uint8_t *)r->in_more.s + r->in_at;
	return r->in_left ? r->in_left : r->in_more.len - r->in_at;
}

static void consumed(struct run *r, size_t n)
{
	if (r->in_left) {
		r->in_data += n;
		r->in_left -= n;
		return;
	}
	r->in_at += n;
	r->in_taken += n;
	if (r->in_at == r->in_more.len || r->in_at >= AGENT_STDIN_WINDOW) {
		strbuf_remove(&r->in_more, 0, r->in_at);
		r->in_at = 0;
	}
}

/* Who has sent a window waits for this; less often than each write, so that it costs nothing. */
static void tell_taken(struct steps *s, struct run *r, bool closed)
{
	if (r->in_eof || r->stale)
		return;
	if (closed || r->in_taken - r->in_told >= AGENT_STDIN_WINDOW / 2) {
		agent_put_taken(s->out, s->base + r->step, r->in_taken, closed);
		r->in_told = r->in_taken;
	}
}

static void close_stdin(struct steps *s, struct run *r)
{
	close_fd(&r->in);
	strbuf_release(&r->in_more);
	r->in_at = 0;
	tell_taken(s, r, true);
}

/* Writes what the pipe takes; closes it when all is said or nobody reads. */
static void feed(struct steps *s, struct run *r)
{
	const uint8_t *p;
	size_t n;

	while (r->in >= 0 && (n = pending(r, &p)) > 0) {
		ssize_t done = write(r->in, p, n);

		if (done > 0) {
			consumed(r, (size_t)done);
		} else if (errno == EAGAIN) {
			tell_taken(s, r, false);
			return;
		} else if (errno != EINTR) {
			close_stdin(s, r);
		}
	}
	if (r->in_eof && r->in >= 0) {
		/* A terminal has no end of file: whoever reads it is told so by a character. */
		if (r->terminal && write(r->in, "\004", 1) < 0)
			errno = 0; /* full of what nobody reads: nobody waits for the end either */
		close_fd(&r->in);
	} else if (r->in >= 0) {
		tell_taken(s, r, false);
	}
}

/* ---- the life of a run ---- */

static void run_free(struct run *r)
{
	capture_release(&r->out[0]);
	capture_release(&r->out[1]);
	close_fd(&r->in);
	close_fd(&r->pass);
	strbuf_release(&r->in_more);
	free(r);
}

static struct run *run_new(struct steps *s, uint32_t step)
{
	struct run *r = xcalloc(1, sizeof(*r));
	const struct agent_step *what = &s->v[step];

	r->step = step;
	r->in = r->pass = -1;
	r->in_more = (struct strbuf)STRBUF_INIT;
	r->in_data = what->stdin_data;
	r->in_left = (size_t)what->stdin_len;
	r->in_eof = !(what->flags & AGENT_STEP_STDIN_OPEN);
	capture_init(&r->out[0], 1, -1, what->output_max);
	capture_init(&r->out[1], 2, -1, what->output_max);
	r->exit.detail = "";
	return r;
}

static void link_run(struct steps *s, struct run *r)
{
	struct run **at = &s->runs;

	while (*at)
		at = &(*at)->next;
	*at = r;
}

static bool has_code(const struct agent_step *step, int32_t code)
{
	return code >= 0 && code < 256 && (step->expected_codes[code / 64] >> (code % 64) & 1);
}

static bool as_expected(const struct agent_step *step, const struct agent_exit *x)
{
	if (x->kind == AGENT_EXIT_NOEXEC)
		return false;
	if (step->expected_signal)
		return x->kind == AGENT_EXIT_SIGNAL && x->value == (int32_t)step->expected_signal;
	if (step->flags & AGENT_STEP_EXPECT_FAIL)
		return x->kind == AGENT_EXIT_SIGNAL || x->value != 0;
	return x->kind == AGENT_EXIT_CODE && has_code(step, x->value);
}

/* A terminal for one run: it reads and writes our side of it, ends[0..2] are the other. */
static int make_terminal(const struct steps *s, struct run *r, const struct spawn *sp, int ends[3])
{
	AUTO_FD master = -1;
	int slave = terminal_open(&master, sp->step->user, &s->window);

	for (int i = 0; i < 3; i++)
		ends[i] = i == 0 || slave < 0 ? slave : fcntl(slave, F_DUPFD_CLOEXEC, 3);
	if (ends[2] >= 0 && (sp->step->flags & AGENT_STEP_PASS)) {
		r->pass = steal_fd(&master);
		return 0;
	}
	if (ends[2] < 0 || (r->in = fcntl(master, F_DUPFD_CLOEXEC, 3)) < 0)
		return -1;
	r->terminal = true;
	r->out[0].fd = steal_fd(&master);
	/* One of the two descriptors is never full: a write that would wait ends the feed. */
	return fcntl(r->in, F_SETFL, O_NONBLOCK);
}

/* Pipes for one run: ends[0..2] are the child's. Closes what it made on failure. */
static int make_pipes(struct run *r, const struct agent_step *step, int ends[3])
{
	bool wants_stdin = step->stdin_len || (step->flags & AGENT_STEP_STDIN_OPEN);
	int p[2];

	for (int i = 0; i < 3; i++) {
		if (i == 0 && !wants_stdin)
			continue;
		if (pipe2(p, O_CLOEXEC) < 0)
			return -1;
		ends[i] = i == 0 ? p[0] : p[1];
		*(i == 0 ? &r->in : &r->out[i - 1].fd) = i == 0 ? p[1] : p[0];
	}
	return r->in >= 0 ? fcntl(r->in, F_SETFL, O_NONBLOCK) : 0;
}

static int spawn_run(struct steps *s, struct run *r, struct spawn *sp)
{
	int ends[3] = { -1, -1, -1 };
	bool terminal = sp->step->flags & AGENT_STEP_TERMINAL;
	int result = terminal ? make_terminal(s, r, sp, ends) : make_pipes(r, sp->step, ends);

	if (result < 0) {
		*sp = (struct spawn){
			.error = errno,
			.what = AGENT_WHAT_OTHER,
			.detail = "cannot make its streams",
		};
	} else {
		feed(s, r); /* what fits is there before the step looks */
		sp->in = ends[0];
		sp->out = ends[1];
		sp->err = ends[2];
		sp->terminal = terminal;
		r->exit.started_ns = now(s);
		result = spawn_step(sp);
	}
	for (int i = 0; i < 3; i++)
		close_fd(&ends[i]);
	return result;
}

static void report_started(struct steps *s, const struct run *r)
{
	size_t at = agent_begin(s->out, AGENT_STARTED, s->base + r->step);

	agent_add_u64(s->out, r->exit.started_ns);
	agent_add_u32(s->out, (uint32_t)r->pid);
	agent_end(s->out, at);
}

static void report_no_exec(struct steps *s, struct run *r, const struct spawn *sp)
{
	r->exit.kind = AGENT_EXIT_NOEXEC;
	r->exit.value = sp->error;
	r->exit.what = sp->what;
	r->exit.detail = sp->detail;
	r->exit.started_ns = r->exit.ended_ns = now(s);
	agent_put_exit(s->out, s->base + r->step, &r->exit);
}

/* True when a process runs; false when the reason why not is on its way to the daemon. */
static bool start(struct steps *s, uint32_t step)
{
	struct run *r = run_new(s, step);
	struct spawn sp = { .step = &s->v[step], .rights = s->rights };

	for (struct run *old = s->runs; old; old = old->next)
		old->stale |= old->step == step;
	if (spawn_run(s, r, &sp) < 0) {
		report_no_exec(s, r, &sp);
		run_free(r);
		return false;
	}
	r->pid = s->pids[step] = sp.pid;
	link_run(s, r);
	report_started(s, r);
	if (!(sp.step->flags & APART))
		s->foreground = r;
	return true;
}

/* ---- the order of steps ---- */

static void wait_for_daemon(struct steps *s)
{
	agent_put_u32(s->out, AGENT_WAITING, 0, s->next);
}

/* Goes on from s->next until a step runs in the foreground or the daemon is to decide; asked: the
 * daemon named this very step, so its HOLD is past. */
static void advance(struct steps *s, bool asked)
{
	while (s->next < s->n) {
		uint32_t flags = s->v[s->next].flags;

		if ((flags & AGENT_STEP_HOLD) && !asked)
			break;
		asked = false;
		bool started = start(s, s->next++);
		if ((flags & APART) == AGENT_STEP_BESIDE || (started && !(flags & APART)))
			return;
		if ((flags & AGENT_STEP_GATE) || (!started && !(flags & AGENT_STEP_CONTINUE)))
			break;
	}
	wait_for_daemon(s);
}

static void finish_foreground(struct steps *s, bool expected)
{
	uint32_t flags = s->v[s->foreground->step].flags;

	s->foreground = NULL;
	if (s->stop != STOP_NO)
		return;
	if ((flags & AGENT_STEP_GATE) || !(expected || (flags & AGENT_STEP_CONTINUE)))
		wait_for_daemon(s);
	else
		advance(s, false);
}

static bool any_running(const struct steps *s, const struct run *besides)
{
	for (const struct run *r = s->runs; r; r = r->next) {
		if (r->pid && r != besides)
			return true;
	}
	return false;
}

/* A visit is over with its process. What it left in the background may write on, to nobody; a
 * terminal hangs up. */
static void leave_behind(struct run *r)
{
	r->stale = true;
	if (r->terminal)
		close_fd(&r->out[0].fd);
}

/* Sends what is left to say of a process that has ended; what does not fit waits for a round. */
static void report_exit(struct steps *s, struct run *r)
{
	struct agent_exit *x = &r->exit;

	if (r->stale) {
		r->reported = true; /* its step speaks through a later run */
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct capture *c = &r->out[i];

		if (!capture_send_tail(c, s->base + r->step, s->out))
			return;
		x->total[i] = c->total;
		x->cut_at[i] = c->total > c->max ? c->sent : c->total;
	}
	x->as_expected = as_expected(&s->v[r->step], x);
	agent_put_exit(s->out, s->base + r->step, x);
	r->reported = true;
	/* The last step of a batch, and nothing beside it: what it has left is all that is missing.
	 * The daemon judges the step while that is looked for. */
	s->survey_due = s->survey && s->survey->armed && r == s->foreground &&
	                r->step + 1 == s->n && s->stop == STOP_NO && !any_running(s, NULL);
	if (s->base)
		leave_behind(r);
	if (r == s->foreground)
		finish_foreground(s, x->as_expected);
}

static void ended(struct steps *s, struct run *r, int status, const struct rusage *ru)
{
	struct agent_exit *x = &r->exit;

	r->pid = 0;
	x->ended_ns = now(s);
	x->kind = WIFSIGNALED(status) ? AGENT_EXIT_SIGNAL : AGENT_EXIT_CODE;
	x->value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	x->user_us = (uint64_t)ru->ru_utime.tv_sec * 1000000u + (uint64_t)ru->ru_utime.tv_usec;
	x->system_us = (uint64_t)ru->ru_stime.tv_sec * 1000000u + (uint64_t)ru->ru_stime.tv_usec;
	x->max_rss_bytes = (uint64_t)ru->ru_maxrss * 1024u;
	for (int i = 0; i < 2 && !r->stale; i++)
		(r->terminal ? capture_drain_terminal : capture_drain)(
		        &r->out[i], s->base + r->step, x->ended_ns, s->out);
	close_fd(&r->in);
	report_exit(s, r);
}

static struct run *run_of(const struct steps *s, pid_t pid)
{
	struct run *r = s->runs;

	while (r && r->pid != pid)
		r = r->next;
	return r;
}

bool steps_have(const struct steps *s, pid_t pid)
{
	return run_of(s, pid) != NULL;
}

/* A process that a signal has ended still shows its name, until it is waited for. */
void steps_note_crash(struct steps *s, const siginfo_t *si)
{
	const struct run *r = run_of(s, si->si_pid);
	const struct agent_step *step = r ? &s->v[r->step] : NULL;
	char name[TREE_NAME];

	if (si->si_code == CLD_EXITED ||
	        (step && (step->expected_signal || (step->flags & AGENT_STEP_EXPECT_FAIL))))
		return;
	tree_name(si->si_pid, name);
	survey_ended(s->survey, si->si_pid, r ? r->step : AGENT_NO_STEP, si->si_status, name);
}

bool steps_reaped(struct steps *s, pid_t pid, int status, const struct rusage *ru)
{
	struct run *r = run_of(s, pid);

	if (r)
		ended(s, r, status, ru);
	return r != NULL;
}

/* ---- polling ---- */

size_t steps_poll_max(const struct steps *s)
{
	size_t n = 0;

	for (const struct run *r = s->runs; r; r = r->next)
		n += FDS_PER_RUN;
	return n;
}

/* Negative descriptors are skipped by poll(), so each run always has its three places. */
size_t steps_poll(const struct steps *s, struct pollfd *v, bool full)
{
	size_t n = 0;

	for (const struct run *r = s->runs; r; r = r->next) {
		const uint8_t *p;

		for (int i = 0; i < 2; i++)
			v[n++] =
			        (struct pollfd){ .fd = full ? -1 : r->out[i].fd, .events = POLLIN };
		/* Without anything to write it still tells that nobody reads (POLLERR). */
		v[n++] = (struct pollfd){ .fd = r->in, .events = pending(r, &p) ? POLLOUT : 0 };
	}
	return n;
}

static void read_output(struct steps *s, struct run *r, struct capture *c, short revents)
{
	size_t before = s->out->len;

	/* Until the process has ended the ring counts; between its end and the report nothing more
	 * is taken, for that has been drained. */
	if (r->pid == 0 && !r->reported)
		return;
	if (!(revents & POLLIN)) {
		close_fd(&c->fd); /* empty, and nobody is left to write */
		return;
	}
	capture_read(c, s->base + r->step, now(s), AGENT_CHUNK, r->reported, s->out);
	if (r->stale)
		strbuf_truncate(s->out, before);
}

void steps_ready(struct steps *s, const struct pollfd *v, size_t n)
{
	size_t at = 0;

	for (struct run *r = s->runs; r && at + FDS_PER_RUN <= n; r = r->next, at += FDS_PER_RUN) {
		for (size_t i = 0; i < 2; i++) {
			if (v[at + i].fd >= 0 && v[at + i].revents)
				read_output(s, r, &r->out[i], v[at + i].revents);
		}
		if (v[at + 2].fd >= 0 && (v[at + 2].revents & (POLLERR | POLLHUP)))
			close_stdin(s, r);
		else if (v[at + 2].fd >= 0 && v[at + 2].revents)
			feed(s, r);
	}
}

static void drop_finished(struct steps *s)
{
	for (struct run **at = &s->runs; *at;) {
		struct run *r = *at;

		if (r->reported && r->out[0].fd < 0 && r->out[1].fd < 0) {
			*at = r->next;
			run_free(r);
		} else {
			at = &r->next;
		}
	}
}

/* ---- stopping ---- */

static bool no_children(void)
{
	siginfo_t si;

	return waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

/* The step that process i comes from; AGENT_NO_STEP when it has left its session and its parents.
 */
static uint32_t origin(const struct steps *s, const struct tree *t, size_t i)
{
	for (uint32_t k = 0; k < s->n; k++) {
		if (s->pids[k] && tree_belongs(t, i, s->pids[k]))
			return k;
	}
	return AGENT_NO_STEP;
}

bool steps_own(const struct steps *s, const struct tree *t, size_t i)
{
	return origin(s, t, i) != AGENT_NO_STEP;
}

/* Processes that are left and that no step in the background, or the one that runs, answers for,
 * and nobody who looks in from outside. */
static size_t find_strays(const struct steps *s, struct stray **out)
{
	struct tree t = { .n = 0 };
	size_t n = 0;

	*out = NULL;
	if (no_children())
		return 0;
	tree_read(&t);
	*out = xcalloc(t.n + 1, sizeof(**out));
	for (size_t i = 0; i < t.n; i++) {
		uint32_t step = origin(s, &t, i);

		if (t.v[i].dying || (s->guests && visits_own(s->guests, &t, i)))
			continue;
		if (step != AGENT_NO_STEP && ((s->v[step].flags & AGENT_STEP_BACKGROUND) ||
		                                     (s->foreground && s->foreground->pid &&
		                                             s->foreground->step == step)))
			continue;
		(*out)[n] = (struct stray){ .pid = t.v[i].pid, .step = step };
		memcpy((*out)[n++].name, t.v[i].name, sizeof(t.v[i].name));
	}
	tree_release(&t);
	return n;
}

/* Streams that are read although their step has ended. */
static size_t find_held(const struct steps *s, struct held **out)
{
	size_t n = 0;
	struct stat st;

	*out = xcalloc(steps_poll_max(s) + 1, sizeof(**out));
	for (const struct run *r = s->runs; r; r = r->next)
		for (int i = 0; i < 2 && !r->pid; i++)
			if (r->out[i].fd >= 0 && fstat(r->out[i].fd, &st) == 0)
				(*out)[n++] = (struct held){ st.st_ino, r->step, r->out[i].stream };
	return n;
}

static void survey_strays(struct steps *s, const struct stray *strays, size_t n)
{
	struct held *pipes;
	size_t n_pipes;

	if (!n)
		return;
	n_pipes = find_held(s, &pipes);
	survey_processes(s->survey, strays, n, pipes, n_pipes);
	free(pipes);
}

bool steps_survey(struct steps *s)
{
	struct stray *strays;
	size_t n;

	if (!s->survey_due)
		return false;
	s->survey_due = false;
	n = find_strays(s, &strays);
	survey_strays(s, strays, n);
	free(strays);
	survey_tell(s->survey, s->out);
	return true;
}

void steps_look(struct steps *s)
{
	if (s->stop != STOP_NO)
		return;
	s->survey_due = s->survey && s->survey->armed;
	(void)steps_survey(s);
}

static void list_leftovers(struct steps *s)
{
	struct stray *strays;
	size_t n = find_strays(s, &strays);
	uint32_t count = 0;

	survey_strays(s, strays, n);
	strbuf_reset(&s->stopped);
	size_t at = agent_begin(&s->stopped, AGENT_STOPPED, 0);
	size_t count_at = s->stopped.len;
	agent_add_u32(&s->stopped, 0);
	for (; count < n && s->stopped.len < AGENT_MAX_EVENT / 2; count++) {
		agent_add_u32(&s->stopped, (uint32_t)strays[count].pid);
		agent_add_str(&s->stopped, strays[count].name, strlen(strays[count].name));
		agent_add_u32(&s->stopped, strays[count].step);
	}
	for (int i = 0; i < 4; i++)
		s->stopped.s[count_at + (size_t)i] = (char)(count >> (8 * i));
	agent_end(&s->stopped, at);
	free(strays);
}

static void stop_proceed(struct steps *s)
{
	if (s->stop == STOP_ASKED && (!any_running(s, NULL) || clock_ms() >= s->stop_at_ms)) {
		if (!no_children())
			tree_kill_all();
		s->stop = STOP_KILLED;
	}
	if (s->stop != STOP_KILLED || !no_children())
		return;
	for (const struct run *r = s->runs; r; r = r->next) {
		if (!r->reported)
			return;
	}
	survey_tell(s->survey, s->out);
	strbuf_add(s->out, s->stopped.s, s->stopped.len);
	s->stop = STOP_NO;
}

void steps_stop(struct steps *s, uint32_t grace_ms)
{
	if (s->stop != STOP_NO)
		return;
	(void)steps_survey(s);
	list_leftovers(s);
	s->stop = STOP_ASKED;
	s->stop_at_ms = clock_ms() + grace_ms;
	for (const struct run *r = s->runs; r && grace_ms; r = r->next) {
		if (r->pid)
			tree_signal(r->pid, SIGTERM);
	}
}

void steps_kill(struct steps *s, uint32_t step, int signal)
{
	struct run *r = s->runs;

	while (r && (r->step != step || !r->pid))
		r = r->next;
	if (!r || signal < 1 || signal > 64)
		return;
	if (signal == SIGKILL && !s->base && !any_running(s, r))
		tree_kill_all();
	else
		tree_signal(r->pid, signal);
}

void steps_proceed(struct steps *s)
{
	for (struct run *r = s->runs; r; r = r->next) {
		if (!r->pid && !r->reported)
			report_exit(s, r);
	}
	drop_finished(s);
	stop_proceed(s);
}

bool steps_wait_for_room(const struct steps *s)
{
	for (const struct run *r = s->runs; r; r = r->next) {
		if (!r->pid && !r->reported)
			return true;
	}
	return false;
}

int steps_timeout(const struct steps *s)
{
	int64_t left;

	if (s->stop != STOP_ASKED)
		return -1;
	left = s->stop_at_ms - clock_ms();
	return left < 0 ? 0 : (int)left + 1;
}

/* ---- commands ---- */

static void forget_replaced(struct steps *s)
{
	while (s->replaced) {
		struct replaced *x = s->replaced;

		s->replaced = x->next;
		agent_free_steps(x->v, 1);
		strbuf_release(&x->buffer);
		free(x);
	}
}

static void forget_batch(struct steps *s)
{
	forget_replaced(s);
	agent_free_steps(s->v, s->n);
	free(s->pids);
	strbuf_release(&s->buffer);
	while (s->runs) {
		struct run *r = s->runs;

		s->runs = r->next;
		run_free(r);
	}
	s->v = NULL;
	s->pids = NULL;
	s->n = 0;
	s->survey_due = false;
}

void steps_free(struct steps *s)
{
	forget_batch(s);
	strbuf_release(&s->stopped);
	free(s);
}

int steps_batch(struct steps *s, struct strbuf *buffer, const struct agent_record *r, struct err *e)
{
	struct agent_step *v;
	size_t n;

	if (any_running(s, NULL) || s->foreground || s->stop != STOP_NO || s->kept)
		return err_set(e, ERR_BUSY, "a batch while steps of the last one run");
	if (agent_get_batch(r, &v, &n, e) < 0)
		return -1;
	if (s->v)
		survey_base(s->survey);
	forget_batch(s);
	s->buffer = *buffer;
	*buffer = (struct strbuf)STRBUF_INIT;
	s->v = v;
	s->n = n;
	s->pids = xcalloc(n + 1, sizeof(*s->pids));
	s->next = 0;
	s->t0_ns = clock_ns();
	advance(s, false);
	return 0;
}

int steps_replace(
        struct steps *s, struct strbuf *buffer, const struct agent_record *r, struct err *e)
{
	struct replaced *x;
	struct agent_step *v;

	if (r->step >= s->n || s->pids[r->step])
		return err_set(e, ERR_INVALID, "step %u has run, or is none of the batch", r->step);
	if (agent_get_step(r, &v, e) < 0)
		return -1;
	x = xcalloc(1, sizeof(*x));
	*x = (struct replaced){ .next = s->replaced, .buffer = *buffer, .v = v };
	*buffer = (struct strbuf)STRBUF_INIT;
	s->replaced = x;
	s->v[r->step] = v[0];
	return 0;
}

int steps_visit(struct steps *s, struct strbuf *buffer, const struct agent_record *r, struct err *e)
{
	unsigned rows, columns;

	if (agent_get_exec(r, &s->v, &rows, &columns, e) < 0)
		return -1;
	s->buffer = *buffer;
	*buffer = (struct strbuf)STRBUF_INIT;
	s->n = 1;
	s->pids = xcalloc(1, sizeof(*s->pids));
	s->window = (struct winsize){ .ws_row = (unsigned short)rows,
		.ws_col = (unsigned short)columns };
	s->t0_ns = clock_ns();
	start(s, 0);
	return 0;
}

void steps_keep(struct steps *s)
{
	s->kept = true;
	s->foreground = NULL;
	s->next = (uint32_t)s->n;
	for (struct run *r = s->runs; r; r = r->next)
		r->stale = true;
}

void steps_window(struct steps *s, unsigned rows, unsigned columns)
{
	const struct winsize w = { .ws_row = (unsigned short)rows,
		.ws_col = (unsigned short)columns };

	for (const struct run *r = s->runs; r; r = r->next)
		if (r->terminal && r->out[0].fd >= 0)
			ioctl(r->out[0].fd, TIOCSWINSZ, &w);
}

/* -1: the socket is full. */
static int pass_terminal(const struct steps *s, const struct run *r, int socket)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	AUTO_STRBUF record = STRBUF_INIT;

	agent_end(&record, agent_begin(&record, AGENT_TERMINAL, s->base + r->step));
	struct iovec iov = { record.s, record.len };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };
	control.h = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS
	};
	memcpy(CMSG_DATA(&control.h), &r->pass, sizeof(r->pass));
	return sendmsg(socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)record.len ? 0 : -1;
}

bool steps_pass(struct steps *s, int socket)
{
	for (struct run *r = s->runs; r; r = r->next) {
		if (r->pass < 0)
			continue;
		if (pass_terminal(s, r, socket) < 0)
			return false;
		close_fd(&r->pass);
	}
	return true;
}

bool steps_over(const struct steps *s)
{
	return !s->runs;
}

bool steps_is_running(const struct steps *s)
{
	return any_running(s, NULL);
}

/* Once it has run, such a step comes and goes without a say in what is next. */
static bool beside(const struct steps *s, uint32_t step)
{
	return (s->v[step].flags & APART) && s->pids[step] && s->stop == STOP_NO;
}

int steps_run(struct steps *s, uint32_t step, struct err *e)
{
	if (step >= s->n)
		return err_set(e, ERR_INVALID, "no step %u to run, the batch has %zu", step, s->n);
	if (beside(s, step)) {
		start(s, step);
		return 0;
	}
	if (s->foreground || s->stop != STOP_NO)
		return err_set(e, ERR_BUSY, "step %u is asked for while another runs", step);
	s->next = step;
	advance(s, true);
	return 0;
}

int steps_stdin(struct steps *s, uint32_t step, const void *p, size_t n, struct err *e)
{
	struct run *r = s->runs;

	while (r && (r->step != step || !r->pid))
		r = r->next;
	if (!r || r->in < 0)
		return 0; /* it has ended, or closed its stdin: no fault of the daemon */
	if (n > AGENT_STDIN_MAX - (r->in_more.len - r->in_at))
		return err_set(e, ERR_LIMIT, "more than %u bytes wait for the stdin of step %u",
		        AGENT_STDIN_MAX, s->base + step);
	if (n == 0)
		r->in_eof = true;
	else
		strbuf_add(&r->in_more, p, n);
	feed(s, r);
	return 0;
}
