/* daemon/sandbox/init/init_main.c - the one loop of clnrm-init. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

enum { READ_SIZE = 64 << 10, FIXED_FDS = 2, STARTED_DELAY_MS = 5 };

struct init {
	struct rights rights;
	struct steps *steps;
	struct visits *visits;
	struct look look;
	struct survey survey;
	struct collect collect;
	struct strbuf in, out;
	size_t sent; /* of out */
	int sigfd;
	struct pollfd *fds;
	size_t fds_cap;
	bool passing;          /* a descriptor waits for room in the socket */
	bool lazy;             /* all that waits is AGENT_STARTED: it travels with what follows */
	int64_t lazy_until_ms; /* but not after this; 0 = there is none */
};

/* The kernel ends what a PID 1 leaves; a plain process has to. */
static NORETURN void leave(int code)
{
	if (getpid() != 1)
		tree_kill_all();
	_exit(code);
}

/* An idle sandbox is to be small: a burst's memory goes back. */
static void empty(struct strbuf *b)
{
	if (b->cap > QUEUE_HIGH)
		strbuf_release(b);
	else
		strbuf_reset(b);
}

/* Writes what the socket takes. A daemon that is gone ends us; one that is slow does not stop us.
 */
static void flush(struct init *in)
{
	while (in->sent < in->out.len) {
		ssize_t n = write(AGENT_FD, in->out.s + in->sent, in->out.len - in->sent);

		if (n > 0)
			in->sent += (size_t)n;
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			leave(0);
	}
	if (in->sent == in->out.len) {
		empty(&in->out);
		in->sent = 0;
	} else if (in->sent >= QUEUE_HIGH / 2) {
		strbuf_remove(&in->out, 0, in->sent);
		in->sent = 0;
	}
}

static NORETURN void fatal(struct init *in, const struct err *e)
{
	agent_put_bytes(&in->out, AGENT_FATAL, 0, e->msg, strlen(e->msg));
	fcntl(AGENT_FD, F_SETFL,
	        0); /* the last word may wait for its reader; our parent's end kills us */
	flush(in);
	leave(1);
}

/* ---- commands ---- */

static int do_files(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_file *files;
	struct err why = { .msg = "" };
	size_t n;

	if (agent_get_files(r, &files, &n, e) < 0)
		return -1;
	bool ok = place_files(files, n, &why) == 0;
	free(files);
	survey_base(&in->survey);
	size_t at = agent_begin(&in->out, AGENT_FILES_DONE, 0);
	agent_add_u8(&in->out, ok);
	agent_add_str(&in->out, why.msg, ok ? 0 : strlen(why.msg));
	agent_end(&in->out, at);
	return 0;
}

static int do_run(struct init *in, const struct agent_record *r, struct err *e)
{
	return steps_run(in->steps, r->step, e);
}

static int malformed(const struct agent_record *r, struct err *e)
{
	return err_set(e, ERR_INVALID, "agent record of type %u is malformed", r->type);
}

/* Of the batch, or of a visit, whose own step has no other number; NULL when that is over. */
static struct steps *steps_of(const struct init *in, uint32_t step)
{
	return step < AGENT_FIRST_VISIT ? in->steps : visits_find(in->visits, step);
}

static int do_kill(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	int signal = (int)agent_u32(&c);

	if (c.bad)
		return malformed(r, e);
	struct steps *s = steps_of(in, r->step);
	if (s)
		steps_kill(s, r->step < AGENT_FIRST_VISIT ? r->step : 0, signal);
	return 0;
}

static int do_stop(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint32_t grace = agent_u32(&c);

	if (c.bad)
		return malformed(r, e);
	if (grace == AGENT_STOP_NOTHING)
		steps_look(in->steps);
	else
		steps_stop(in->steps, grace);
	return 0;
}

static int do_probe(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	const char *path = agent_str(&c, NULL);
	struct probe p;

	if (c.bad)
		return malformed(r, e);
	probe_path(path, &p);
	size_t at = agent_begin(&in->out, AGENT_PROBED, r->step);
	agent_add_u8(&in->out, p.exists);
	agent_add_u8(&in->out, p.is_program);
	agent_add_str(&in->out, p.interpreter, strlen(p.interpreter));
	agent_end(&in->out, at);
	return 0;
}

static int do_stdin(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	size_t n;
	const char *p = agent_str(&c, &n);

	if (c.bad)
		return malformed(r, e);
	struct steps *s = steps_of(in, r->step);
	return s ? steps_stdin(s, r->step < AGENT_FIRST_VISIT ? r->step : 0, p, n, e) : 0;
}

static int do_keep(struct init *in, const struct agent_record *r, struct err *e)
{
	(void)r;
	(void)e;
	steps_keep(in->steps);
	return 0;
}

static int do_window(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	unsigned rows = agent_u32(&c), columns = agent_u32(&c);

	if (c.bad || rows > UINT16_MAX || columns > UINT16_MAX)
		return malformed(r, e);
	struct steps *s = steps_of(in, r->step);
	if (s)
		steps_window(s, rows, columns);
	return 0;
}

static int do_look(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint64_t max = agent_u64(&c);
	const char *path = agent_str(&c, NULL);

	return c.bad ? malformed(r, e) : look_begin(&in->look, r->step, path, max, &in->out, e);
}

static int do_pulse(struct init *in, const struct agent_record *r, struct err *e)
{
	struct agent_pulse p;

	if (r->len)
		return malformed(r, e);
	pulse_take(&p);
	agent_put_pulsed(&in->out, &p);
	return 0;
}

static int do_survey(struct init *in, const struct agent_record *r, struct err *e)
{
	return survey_ask(&in->survey, r, e);
}

static int do_collect(struct init *in, const struct agent_record *r, struct err *e)
{
	return collect_begin(&in->collect, r, e);
}

static int (*const commands[])(struct init *in, const struct agent_record *r, struct err *e) = {
	[AGENT_FILES] = do_files,
	[AGENT_RUN] = do_run,
	[AGENT_KILL] = do_kill,
	[AGENT_STOP] = do_stop,
	[AGENT_PROBE] = do_probe,
	[AGENT_STDIN] = do_stdin,
	[AGENT_LOOK] = do_look,
	[AGENT_PULSE] = do_pulse,
	[AGENT_SURVEY] = do_survey,
	[AGENT_COLLECT] = do_collect,
	[AGENT_KEEP] = do_keep,
	[AGENT_WINDOW] = do_window,
};

/* Steps keep their bytes: they take the buffer, and what came after it moves to a new one. */
static int do_batch(struct init *in, const struct agent_record *r, size_t end, struct err *e)
{
	struct strbuf rest = STRBUF_INIT;
	int rc;

	strbuf_add(&rest, in->in.s + end, in->in.len - end);
	if (r->type == AGENT_EXEC)
		rc = visits_exec(in->visits, &in->in, r, e);
	else
		rc = (r->type == AGENT_BATCH ? steps_batch : steps_replace)(
		        in->steps, &in->in, r, e);
	if (rc < 0) {
		strbuf_release(&rest);
		return -1;
	}
	strbuf_release(&in->in); /* where it was not taken */
	in->in = rest;
	return 0;
}

static int dispatch(struct init *in, const struct agent_record *r, struct err *e)
{
	if (r->type >= ARRAY_LEN(commands) || !commands[r->type])
		return err_set(e, ERR_INVALID, "agent record of unknown type %u", r->type);
	return commands[r->type](in, r, e);
}

static void take_commands(struct init *in)
{
	struct agent_record r;
	struct err e = { .msg = "" };
	size_t at = 0, used;
	int found;

	while ((found = agent_next(in->in.s + at, in->in.len - at, AGENT_MAX_BODY, &r, &used, &e)) >
	        0) {
		at += used;
		if (r.type == AGENT_BATCH || r.type == AGENT_STEP || r.type == AGENT_EXEC) {
			if (do_batch(in, &r, at, &e) < 0)
				fatal(in, &e);
			at = 0;
		} else if (dispatch(in, &r, &e) < 0) {
			fatal(in, &e);
		}
	}
	if (found < 0)
		fatal(in, &e);
	strbuf_remove(&in->in, 0, at);
	if (in->in.len == 0)
		empty(&in->in);
}

static void read_commands(struct init *in)
{
	ssize_t n;

	do {
		strbuf_grow(&in->in, READ_SIZE);
		n = read(AGENT_FD, in->in.s + in->in.len, READ_SIZE);
		if (n > 0) {
			in->in.len += (size_t)n;
			in->in.s[in->in.len] = '\0';
		}
	} while (n == READ_SIZE && in->in.len < AGENT_MAX_BODY);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		leave(0);
	take_commands(in);
}

/* ---- the loop ---- */

static int timeout(const struct init *in)
{
	int ms = steps_timeout(in->steps), left;

	/* The queue went out at once: no POLLOUT will come for what waits for room in it. */
	if (in->out.len == 0 &&
	        (in->look.active || in->collect.active || steps_wait_for_room(in->steps) ||
	                visits_wait_for_room(in->visits)))
		return 0;
	if (!in->lazy)
		return ms;
	left = (int)(in->lazy_until_ms - clock_ms());
	left = left > 0 ? left : 0;
	return ms < 0 || ms > left ? left : ms;
}

static size_t fill_fds(struct init *in)
{
	size_t max = FIXED_FDS + steps_poll_max(in->steps) + visits_poll_max(in->visits), n;
	bool full = in->out.len - in->sent > QUEUE_HIGH;
	bool waits = (in->sent < in->out.len && !in->lazy) || in->passing;

	in->fds = xgrow(in->fds, &in->fds_cap, max, sizeof(*in->fds));
	in->fds[0] = (struct pollfd){ .fd = AGENT_FD, .events = waits ? POLLIN | POLLOUT : POLLIN };
	in->fds[1] = (struct pollfd){ .fd = in->sigfd, .events = POLLIN };
	n = FIXED_FDS + steps_poll(in->steps, in->fds + FIXED_FDS, full);
	return n + visits_poll(in->visits, in->fds + n, full);
}

static void take_signals(struct init *in)
{
	struct signalfd_siginfo si;
	siginfo_t child = { .si_pid = 0 };
	struct rusage ru;
	int status;

	while (read(in->sigfd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		; /* several children may stand behind one */
	while (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid) {
		pid_t pid = child.si_pid;

		if (!visits_have(in->visits, pid))
			steps_note_crash(in->steps, &child);
		if (wait4(pid, &status, 0, &ru) != pid)
			return;
		if (!steps_reaped(in->steps, pid, status, &ru))
			(void)visits_reaped(in->visits, pid, status, &ru);
		child.si_pid = 0;
	}
}

/* Waking the daemon for an AGENT_STARTED costs more than a short step; its end is soon to follow.
 */
static bool only_started(const struct init *in)
{
	enum { RECORD = AGENT_HEADER + 12 };
	size_t at = 0;

	if (in->sent)
		return false;
	while (in->out.len - at >= RECORD && in->out.s[at + 4] == AGENT_STARTED)
		at += RECORD;
	return at && at == in->out.len;
}

static void be_lazy(struct init *in)
{
	in->lazy = only_started(in);
	if (!in->lazy)
		in->lazy_until_ms = 0;
	else if (in->lazy_until_ms == 0)
		in->lazy_until_ms = clock_ms() + STARTED_DELAY_MS;
	else
		in->lazy = clock_ms() < in->lazy_until_ms;
}

static void one_round(struct init *in)
{
	size_t n = fill_fds(in);
	int ready = poll(in->fds, n, timeout(in));

	if (ready > 0) {
		/* Output before exits, so that a step's bytes precede its end. */
		bool signals = in->fds[1].revents != 0;
		bool asked = (in->fds[0].revents & ~POLLOUT) != 0;

		size_t mine = steps_poll_max(in->steps);

		steps_ready(in->steps, in->fds + FIXED_FDS, mine);
		visits_ready(in->visits, in->fds + FIXED_FDS + mine, n - FIXED_FDS - mine);
		if (signals)
			take_signals(in);
		if (asked)
			read_commands(in);
	}
	steps_proceed(in->steps);
	visits_proceed(in->visits);
	look_proceed(&in->look, &in->out, in->out.len - in->sent > QUEUE_HIGH);
	collect_proceed(&in->collect, &in->out, in->out.len - in->sent > QUEUE_HIGH);
	be_lazy(in);
	if (!in->lazy)
		flush(in);
	if (steps_survey(in->steps))
		flush(in);
	in->passing = in->out.len == 0 && !visits_pass(in->visits, AGENT_FD);
}

static void own_descriptors(void)
{
	/* Pipes must not take the places of the standard streams. */
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= 2);
	if (fd >= 0)
		close(fd);
	fcntl(AGENT_FD, F_SETFD, FD_CLOEXEC);
	fcntl(AGENT_FD, F_SETFL, O_NONBLOCK);
}

static int watch_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	static struct init in = { .look = LOOK_INIT,
		.collect = COLLECT_INIT,
		.in = STRBUF_INIT,
		.out = STRBUF_INIT,
		.sigfd = -1 };
	struct err e = { .msg = "" };
	bool no_seccomp = argc > 2 && strcmp(argv[2], "noseccomp") == 0;

	own_descriptors();
	if (argc < 2) {
		err_set(&e, ERR_INVALID,
		        "usage: clnrm-init STEP_CAPS [noseccomp]; descriptor 3 is its daemon");
		fatal(&in, &e);
	}
	in.sigfd = watch_children();
	if (in.sigfd < 0) {
		err_sys(&e, "cannot watch children");
		fatal(&in, &e);
	}
	if (rights_drop(&in.rights, argv[1], no_seccomp, &e) < 0)
		fatal(&in, &e);
	survey_init(&in.survey);
	in.steps = steps_new(&in.rights, 0, &in.survey, &in.out);
	in.visits = visits_new(&in.rights, &in.out);
	steps_meet(in.steps, in.visits);
	rights_hello(&in.rights, &in.out);
	flush(&in);
	survey_base(&in.survey);
	/* Room for the first batch, made while nobody waits; what is not touched costs nothing. */
	strbuf_grow(&in.in, READ_SIZE);
	for (;;)
		one_round(&in);
}
