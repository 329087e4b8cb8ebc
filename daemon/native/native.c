/* The engine: starts the launcher, greets it, hands its messages to their sandboxes. */
#include "daemon/native/native.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/build.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/native/native_priv.h"

#define HANDSHAKE_MS 20000 /* a sweep may wait for what is still dying */
#define CLOSE_MS 10000
#define PROBE_DELAY_NS (500 * NS_PER_MS)
/* A launcher that dies is replaced, unless so many in a row died before they had made one sandbox.
 */
#define MAX_SHORT_LIVES 5

/* ---- phase 1 ---- */

/* The launcher's whole environment: switches of test builds, nothing else. */
static void pick_environment(char *out[4])
{
	static const char *const names[] = {
#ifdef TEST_SWITCHES
		"CLNRM_FORCE",
#endif
#ifdef MUTATIONS
		"CLNRM_MUTATE",
#endif
		NULL,
	};
	size_t n = 0;

	for (size_t i = 0; names[i]; i++) {
		const char *v = getenv(names[i]);

		if (v)
			out[n++] = xasprintf("%s=%s", names[i], v);
	}
	out[n] = NULL;
}

/* dup2 to the same number would keep close-on-exec: the end is first moved away from it. */
static int spawn(const struct native_config *cfg, int end, pid_t *pid, struct err *e)
{
	char *argv[] = { (char *)(uintptr_t)cfg->launcher, (char *)(uintptr_t)cfg->init,
		(char *)(uintptr_t)cfg->state_dir, NULL };
	AUTO_FD moved = fcntl(end, F_DUPFD_CLOEXEC, LAUNCH_FD + 1);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char *env[4];
	sigset_t none, all;
	int r;

	if (moved < 0)
		return err_sys(e, "cannot start the launcher");
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, 0, 1);
	posix_spawn_file_actions_adddup2(&actions, moved, LAUNCH_FD);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(
	        &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	pick_environment(env);
	r = posix_spawn(pid, cfg->launcher, &actions, &attr, argv, env);
	for (size_t i = 0; env[i]; i++)
		free(env[i]);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	errno = r;
	return r ? err_sys(e, "cannot start '%s'", cfg->launcher) : 0;
}

struct native_launcher *native_spawn(const struct native_config *cfg, struct err *e)
{
	struct native_launcher *nl;
	int pair[2];
	pid_t pid;

	if (fs_mkdirs(cfg->state_dir, 0700, e) < 0)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		err_sys(e, "cannot make a socket pair");
		return NULL;
	}
	AUTO_FD ours = pair[0];
	AUTO_FD theirs = pair[1];
	if (spawn(cfg, theirs, &pid, e) < 0)
		return NULL;
	nl = xcalloc(1, sizeof(*nl));
	*nl = (struct native_launcher){ .socket = steal_fd(&ours),
		.pid = pid,
		.program = xstrdup(cfg->launcher),
		.init = xstrdup(cfg->init),
		.state_dir = xstrdup(cfg->state_dir) };
	return nl;
}

static void launcher_free(struct native_launcher *nl)
{
	close_fd(&nl->socket);
	free(nl->program);
	free(nl->init);
	free(nl->state_dir);
	free(nl);
}

/* ---- messages ---- */

static void on_launcher(void *arg, uint32_t events);
static void send_filter(struct native *n);

static void end_replacing(struct native *n)
{
	n->replacing = false;
	if (n->dying_watch)
		loop_fd_del(n->dying_watch);
	n->dying_watch = NULL;
	close_fd(&n->dying);
}

/* The next launcher: it sweeps what the last one left before it says hello, and takes no request
 * before that; they wait in the socket. */
static int start_next(struct native *n, struct err *e)
{
	struct native_launcher *old = n->launcher, *fresh;
	struct native_config cfg = {
		.launcher = old->program, .init = old->init, .state_dir = old->state_dir
	};

	waitpid(old->pid, NULL, 0);
	old->pid = 0;
	fresh = native_spawn(&cfg, e);
	if (!fresh)
		return -1;
	launcher_free(old);
	n->launcher = fresh;
	n->lost = false;
	n->watch = loop_fd_add(n->loop, fresh->socket, EPOLLIN, on_launcher, n);
	native_flush(n);
	log_warn("the launcher ended and was replaced; its sandboxes are gone");
	return 0;
}

static void on_dead(void *arg, uint32_t events)
{
	struct native *n = arg;
	struct err e;

	(void)events;
	end_replacing(n);
	if (start_next(n, &e) == 0)
		return;
	log_error("%s: clnrm daemon restart", e.msg);
	native_flush(n);
	sandbox_all_lost(n);
	native_calls_lost(n);
}

static bool begin_replacing(struct native *n)
{
	struct native_launcher *old = n->launcher;

	n->short_lives = old->useful ? 0 : n->short_lives + 1;
	if (n->short_lives >= MAX_SHORT_LIVES)
		return false;
	kill(old->pid, SIGKILL);
	n->dying = (int)syscall(SYS_pidfd_open, old->pid, 0);
	if (n->dying < 0)
		return false;
	n->dying_watch = loop_fd_add(n->loop, n->dying, EPOLLIN, on_dead, n);
	n->replacing = true;
	n->n_images = 0;
	send_filter(n);
	return true;
}

static void lose(struct native *n)
{
	if (n->lost)
		return;
	n->lost = true;
	native_flush(n);
	loop_fd_del(n->watch);
	n->watch = NULL;
	if (!n->closing && !begin_replacing(n))
		log_error("the launcher is gone: clnrm daemon restart");
	sandbox_all_lost(n);
	native_calls_lost(n);
}

/* The fixed sizes of what the launcher says: it is ours, but a build that differs must not pass. */
static const struct {
	uint16_t op;
	size_t size;
} answers[] = {
	{ LAUNCH_HELLO, sizeof(struct launch_hello) },
	{ LAUNCH_CREATED, sizeof(struct launch_created) },
	{ LAUNCH_FAILED, sizeof(struct launch_failed) },
	{ LAUNCH_ENDED, sizeof(struct launch_ended) },
	{ LAUNCH_PROBED, sizeof(struct launch_probed) },
	{ LAUNCH_SWEPT, sizeof(struct launch_swept) },
	{ LAUNCH_HARVESTED, sizeof(struct launch_harvested) },
};

static bool valid_answer(const void *p, size_t n)
{
	struct launch_header h;

	if (n < sizeof(h))
		return false;
	memcpy(&h, p, sizeof(h));
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (answers[i].op == h.op)
			return n == answers[i].size && h.length == n && h.version == LAUNCH_VERSION;
	return false;
}

union answer {
	struct launch_header h;
	struct launch_hello hello;
	struct launch_created created;
	struct launch_failed failed;
	struct launch_ended ended;
	struct launch_probed probed;
	struct launch_swept swept;
	struct launch_harvested harvested;
};

static int take_hello(struct native *n, const struct launch_hello *m, struct err *e)
{
	n->hello = *m;
	n->hello.build[sizeof(n->hello.build) - 1] = 0;
	n->hello.failure[sizeof(n->hello.failure) - 1] = 0;
	n->hello.memory_dir[sizeof(n->hello.memory_dir) - 1] = 0;
	n->hello.pids_dir[sizeof(n->hello.pids_dir) - 1] = 0;
	if (strcmp(n->hello.build, build_id()) != 0)
		return err_set(e, ERR_INVALID,
		        "the launcher is of build '%s', this is '%s': install both from one build",
		        n->hello.build, build_id());
	return 0;
}

/* Of a launcher that replaced another. */
static void on_hello(struct native *n, const struct launch_hello *m)
{
	struct err e;

	if (take_hello(n, m, &e) == 0)
		return;
	log_error("%s", e.msg);
	n->short_lives = MAX_SHORT_LIVES;
	lose(n);
}

static void dispatch(struct native *n, const union answer *m, int fd)
{
	switch (m->h.op) {
	case LAUNCH_HELLO:
		on_hello(n, &m->hello);
		break;
	case LAUNCH_CREATED:
		sandbox_on_created(n, &m->created, fd);
		return;
	case LAUNCH_FAILED:
		sandbox_on_failed(n, &m->failed);
		break;
	case LAUNCH_ENDED:
		sandbox_on_ended(n, &m->ended);
		break;
	case LAUNCH_PROBED:
		native_on_probed(n, &m->probed);
		break;
	case LAUNCH_SWEPT:
		native_on_swept(n, &m->swept);
		break;
	case LAUNCH_HARVESTED:
		sandbox_on_harvested(n, &m->harvested);
		break;
	default:
		break;
	}
	close_fd(&fd);
}

/* A bounded number a round: the loop has others to serve. */
static void on_launcher(void *arg, uint32_t events)
{
	struct native *n = arg;
	union answer m;
	int fd;

	if (events & EPOLLOUT)
		native_flush(n);
	for (int i = 0; i < 32 && !n->lost; i++) {
		ssize_t got = native_receive(n->launcher->socket, &m, sizeof(m), &fd);

		if (got < 0)
			return;
		if (got == 0 || !valid_answer(&m, (size_t)got)) {
			close_fd(&fd);
			lose(n);
			return;
		}
		dispatch(n, &m, fd);
	}
}

/* ---- phase 2 ---- */

static int await_hello(struct native *n, struct err *e)
{
	struct pollfd p = { .fd = n->launcher->socket, .events = POLLIN };
	union answer m;
	int fd = -1, r;

	do
		r = poll(&p, 1, HANDSHAKE_MS);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return err_set(
		        e, ERR_TIMEOUT, "the launcher said nothing for %d s", HANDSHAKE_MS / 1000);
	ssize_t got = r < 0 ? 0 : native_receive(p.fd, &m, sizeof(m), &fd);
	close_fd(&fd);
	if (got <= 0)
		return err_set(e, ERR_SYS, "the launcher ended at once");
	if (!valid_answer(&m, (size_t)got) || m.h.op != LAUNCH_HELLO)
		return err_set(
		        e, ERR_INVALID, "the launcher is of another build: it does not say hello");
	return take_hello(n, &m.hello, e);
}

static void describe_cgroups(struct native *n)
{
	static const struct {
		enum launch_limit limit;
		const char *name;
	} parts[] = { { LAUNCH_MEMORY, " memory" }, { LAUNCH_PIDS, " pids" },
		{ LAUNCH_CPU, " cpu" } };

	if (n->hello.cgroup == LAUNCH_CGROUP_NONE) {
		strbuf_adds(&n->description, ", no cgroup");
		return;
	}
	strbuf_printf(&n->description, ", cgroup v%d", n->hello.cgroup == LAUNCH_CGROUP_V2 ? 2 : 1);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (n->hello.enforceable & 1u << parts[i].limit)
			strbuf_adds(&n->description, parts[i].name);
}

static uint32_t native_enforceable(struct engine *en)
{
	static const struct {
		enum launch_limit from;
		enum limit_id to;
	} map[] = { { LAUNCH_CPU, LIMIT_CPU }, { LAUNCH_MEMORY, LIMIT_MEMORY },
		{ LAUNCH_SWAP, LIMIT_SWAP }, { LAUNCH_PIDS, LIMIT_PIDS } };
	const struct native *n = (const struct native *)en;
	/* Of the tmpfs, of resource limits, and of the daemon itself. */
	uint32_t out = 1u << LIMIT_DISK | 1u << LIMIT_OPEN_FILES | 1u << LIMIT_FILE_SIZE |
	               1u << LIMIT_OUTPUT | 1u << LIMIT_ARTIFACTS;

	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (n->hello.enforceable & 1u << map[i].from)
			out |= 1u << map[i].to;
	return out;
}

static const char *native_describe(struct engine *en)
{
	return ((struct native *)en)->description.s;
}

/* Waits for the launcher's end, which a pidfd announces; what does not end in time is killed, and
 * its sandboxes follow by their death signal. */
static void reap_launcher(pid_t pid, int timeout_ms)
{
	AUTO_FD fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Closing the socket is what tells the launcher to end; it kills and reaps all, then exits. */
static void native_close(struct engine *en)
{
	struct native *n = (struct native *)en;

	loop_timer_del(n->probe_timer);
	n->closing = true;
	end_replacing(n);
	lose(n);
	close_fd(&n->launcher->socket);
	if (n->launcher->pid)
		reap_launcher(n->launcher->pid, CLOSE_MS);
	launcher_free(n->launcher);
	close_fd(&n->filter_fd);
	strbuf_release(&n->description);
	free(n);
}

static const struct engine_ops native_ops = {
	.name = "native",
	.create = native_create,
	.listen = native_listen,
	.send = native_write,
	.expect = native_expect,
	.destroy = native_destroy,
	.harvest = native_harvest,
	.usage = native_usage,
	.met = native_met,
	.release = native_release,
	.health = native_health,
	.enforceable = native_enforceable,
	.describe = native_describe,
	.close = native_close,
};

static void send_filter(struct native *n)
{
	struct launch_header h = {
		.length = sizeof(h), .op = LAUNCH_FILTER, .version = LAUNCH_VERSION
	};

	native_send(n, &h, sizeof(h), n->filter_fd);
}

/* Not at once: the first sandboxes come first. */
static void ask_probes(void *arg)
{
	struct native *n = arg;

	n->probe_timer = NULL;
	native_ask_probes(n);
}

static void native_free(struct native *n)
{
	kill(n->launcher->pid, SIGKILL);
	waitpid(n->launcher->pid, NULL, 0);
	launcher_free(n->launcher);
	close_fd(&n->filter_fd);
	free(n);
}

struct engine *native_engine_new(
        struct native_launcher *nl, struct loop *l, unsigned *swept, struct err *e)
{
	struct native *n = xcalloc(1, sizeof(*n));

	*n = (struct native){ .base.ops = &native_ops,
		.loop = l,
		.launcher = nl,
		.filter_fd = -1,
		.dying = -1,
		.description = STRBUF_INIT };
	n->out_end = &n->out;
	if (await_hello(n, e) < 0) {
		native_free(n);
		return NULL;
	}
	seccomp_build(&n->filter);
	n->filter_fd = seccomp_memfd(&n->filter, e);
	if (n->filter_fd < 0) {
		native_free(n);
		return NULL;
	}
	n->watch = loop_fd_add(l, nl->socket, EPOLLIN, on_launcher, n);
	send_filter(n);
	n->probe_timer = loop_timer_add(l, PROBE_DELAY_NS, ask_probes, n);
	strbuf_printf(&n->description, "native (%s", n->hello.root ? "root" : "rootless");
	describe_cgroups(n);
	strbuf_addc(&n->description, ')');
	*swept = n->hello.swept;
	return &n->base;
}
