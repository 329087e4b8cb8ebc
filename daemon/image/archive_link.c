/* One process that reads an archive: its start, its end, and frames of it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/image/archive_priv.h"

#define BUFFER (2 * (ARCHIVE_BLOCK + sizeof(struct archive_frame)))
#define PIPE_BYTES (1 << 20) /* so that it works ahead while a file is written */
#define CANCEL_MS 100        /* between two looks */
#define SILENCE_MS 120000    /* no block takes that long, on a machine that works */
#define REAP_MS 5000

/* ---- start ---- */

/* From above the three that every program has: dup2 to the same number would keep close-on-exec. */
static int move_up(int *fd)
{
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, 3);

	close_fd(fd);
	*fd = moved;
	return moved;
}

static int spawn(const char *program, enum archive_mode mode, int in, int out, int *pid)
{
	char *argv[] = { (char[]){ "clnrm-unpack" }, (char *)(uintptr_t)archive_mode_names[mode],
		NULL };
	char *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int error = posix_spawn(pid, program, &actions, &attr, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	errno = error;
	return error ? -1 : 0;
}

/* Answers go by a socket, because a write to a pipe that nobody reads any more is a signal. */
static int start(struct archive_link *l, enum archive_mode mode, struct err *e)
{
	AUTO_FD in = -1;
	AUTO_FD out = -1;
	int answers[2], frames[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, answers) < 0)
		return err_sys(e, "cannot make a socket");
	l->to = answers[0];
	in = answers[1];
	if (pipe2(frames, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	l->from = frames[0];
	out = frames[1];
	(void)fcntl(
	        out, F_SETPIPE_SZ, PIPE_BYTES); /* a user may have too many: it works with less */
	if (move_up(&in) < 0 || move_up(&out) < 0 || fcntl(l->to, F_SETFL, O_NONBLOCK) < 0 ||
	        fcntl(l->from, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, "cannot set up a pipe");
	if (spawn(l->how->program, mode, in, out, &l->pid) < 0) {
		l->pid = 0;
		return err_sys(e, "cannot start '%s'", l->how->program);
	}
	return 0;
}

int archive_link_open(struct archive_link *l, const struct archive_how *how, enum archive_mode mode,
        struct err *e)
{
	*l = (struct archive_link){ .how = how, .to = -1, .from = -1, .buf = xmalloc(BUFFER) };
	return how->start ? how->start(mode, l, e) : start(l, mode, e);
}

/* ---- end ---- */

/* One that closed its pipe and lives is killed for it. */
static int reap(struct archive_link *l)
{
	AUTO_FD pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int status = 0;

	if (pidfd < 0 || poll(&p, 1, REAP_MS) <= 0)
		kill(l->pid, SIGKILL);
	while (waitpid(l->pid, &status, 0) < 0 && errno == EINTR)
		;
	l->pid = 0;
	return status;
}

/* Nothing more comes, and it had not said so. */
static int tell_death(struct archive_link *l, struct err *e)
{
	int status = l->pid ? reap(l) : 0;
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (number == SIGKILL)
		return err_set(e, ERR_SYS,
		        "clnrm-unpack, which reads the archive, was killed: by "
		        "somebody, or because memory was short");
	if (number == SIGXCPU)
		return err_set(e, ERR_LIMIT, "the archive took too much processor time to read");
	if (number)
		return err_set(e, ERR_INVALID,
		        "clnrm-unpack, which reads the archive, crashed on it (signal %d, %s): it "
		        "is "
		        "damaged or hostile",
		        number, sigdescr_np(number) ? sigdescr_np(number) : "unknown");
	return err_set(e, ERR_INVALID,
	        "clnrm-unpack, which reads the archive, ended in the middle of it (status %d)",
	        WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

void archive_link_close(struct archive_link *l)
{
	if (!l->buf)
		return;
	if (l->pid) {
		kill(l->pid, SIGKILL);
		while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_fd(&l->to);
	close_fd(&l->from);
	free(l->buf);
	*l = (struct archive_link){ .to = -1, .from = -1 };
}

/* ---- waiting ---- */

int archive_check_cancelled(const struct archive_how *how, struct err *e)
{
	const atomic_bool *c = how->cancelled;

	return c && atomic_load_explicit(c, memory_order_relaxed)
	               ? err_set(e, ERR_BUSY, "the import was cancelled")
	               : 0;
}

static int wait_for(const struct archive_link *l, int fd, short events, struct err *e)
{
	int64_t until = clock_ms() + SILENCE_MS;
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		if (archive_check_cancelled(l->how, e) < 0)
			return -1;
		int n = poll(&p, 1, CANCEL_MS);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for clnrm-unpack");
		if (clock_ms() > until)
			return err_set(e, ERR_TIMEOUT,
			        "clnrm-unpack, which reads the archive, has not answered for %d s",
			        SILENCE_MS / 1000);
	}
}

/* ---- frames ---- */

static bool would_wait(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Has n bytes at l->at; n is at most BUFFER. */
static int need(struct archive_link *l, size_t n, struct err *e)
{
	if (l->at + n > BUFFER) {
		memmove(l->buf, l->buf + l->at, l->end - l->at);
		l->end -= l->at;
		l->at = 0;
	}
	while (l->end - l->at < n) {
		ssize_t got = read(l->from, l->buf + l->end, BUFFER - l->end);

		if (got > 0)
			l->end += (size_t)got;
		else if (got == 0)
			return tell_death(l, e);
		else if (!would_wait())
			return err_sys(e, "cannot read from clnrm-unpack");
		else if (wait_for(l, l->from, POLLIN, e) < 0)
			return -1;
	}
	return 0;
}

static int nonsense(struct err *e)
{
	return err_set(e, ERR_INVALID,
	        "clnrm-unpack, which reads the archive, no longer makes sense: it is hostile");
}

static int check_hello(struct archive_link *l, const struct archive_frame *f, struct err *e)
{
	if (f->kind != ARCHIVE_HELLO || f->n)
		return nonsense(e);
	if (f->at != ARCHIVE_PROTOCOL)
		return err_set(e, ERR_SYS,
		        "clnrm-unpack is of another version than this daemon: clnrm daemon "
		        "restart");
	l->greeted = true;
	return 0;
}

static int tell_failure(const struct archive_frame *f, const char *text, struct err *e)
{
	static const enum err_code codes[] = { ERR_INVALID, ERR_LIMIT, ERR_SYS };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (f->at == codes[i])
			return err_set(e, codes[i], "%.*s", (int)(f->n < 400 ? f->n : 400), text);
	return nonsense(e);
}

static int take(
        struct archive_link *l, struct archive_frame *out, const char **payload, struct err *e)
{
	if (need(l, sizeof(*out), e) < 0)
		return -1;
	memcpy(out, l->buf + l->at, sizeof(*out));
	if (out->n > ARCHIVE_BLOCK || out->kind >= ARCHIVE_KINDS || out->at < 0)
		return nonsense(e);
	if (need(l, sizeof(*out) + out->n, e) < 0)
		return -1;
	*payload = l->buf + l->at + sizeof(*out);
	l->at += sizeof(*out) + out->n;
	return 0;
}

int archive_link_next(
        struct archive_link *l, struct archive_frame *out, const char **payload, struct err *e)
{
	if (archive_check_cancelled(l->how, e) < 0)
		return -1;
	if (!l->greeted && (take(l, out, payload, e) < 0 || check_hello(l, out, e) < 0))
		return -1;
	if (take(l, out, payload, e) < 0)
		return -1;
	if (out->kind == ARCHIVE_HELLO)
		return nonsense(e);
	return out->kind == ARCHIVE_FAIL ? tell_failure(out, *payload, e) : 0;
}

int archive_link_give(struct archive_link *l, const void *p, size_t n, struct err *e)
{
	uint32_t count = (uint32_t)n;
	struct iovec v[2] = { { &count, sizeof(count) }, { (void *)(uintptr_t)p, n } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	while (v[0].iov_len + v[1].iov_len) {
		ssize_t done = sendmsg(l->to, &m, MSG_NOSIGNAL);

		if (done < 0 && (errno == EPIPE || errno == ECONNRESET))
			return tell_death(l, e);
		if (done < 0 && !would_wait())
			return err_sys(e, "cannot write to clnrm-unpack");
		if (done < 0) {
			if (wait_for(l, l->to, POLLOUT, e) < 0)
				return -1;
			continue;
		}
		for (size_t i = 0; i < ARRAY_LEN(v); i++) {
			size_t part = (size_t)done < v[i].iov_len ? (size_t)done : v[i].iov_len;

			v[i].iov_base = (char *)v[i].iov_base + part;
			v[i].iov_len -= part;
			done -= (ssize_t)part;
		}
	}
	return 0;
}
