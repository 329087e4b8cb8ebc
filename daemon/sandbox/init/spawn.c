/* daemon/sandbox/init/spawn.c - a step becomes a process.
 *
 * clone(VM | VFORK) on a stack of its own: no page table is copied, we sleep until the child has
 * executed, and the child says through shared memory what failed. Between clone and exec there are
 * system calls only (raw ones: libc's setuid family would speak to threads that the child does not
 * have), on memory that was prepared before.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/defence.h"
#include "daemon/sandbox/init/init.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

#define CLOEXEC_RANGE 4u /* CLOSE_RANGE_CLOEXEC */

enum { STACK_SIZE = 64 << 10, IOPRIO_WHO_PROCESS = 1, MAX_CANDIDATES = 256 };

struct child {
	struct spawn *s;
	struct user user;
	uint64_t caps, drop; /* to keep, and to take out of the bounding set */
	const char *candidates[MAX_CANDIDATES + 1];
	const char *refused; /* the candidate or part that failed; static or prepared text */
	volatile int error;
	volatile uint8_t what;
};

/* ---- the child ---- */

static int child_signals(struct child *c)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)c;
	sigemptyset(&none);
	sigaction(SIGPIPE, &dfl, NULL); /* the one that the init ignores */
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int child_session(struct child *c)
{
	(void)c;
	return !DEFENCE("init_setsid") || syscall(SYS_setsid) >= 0 ? 0 : -1;
}

static int child_streams(struct child *c)
{
	int in = c->s->in;

	/* A /dev/null of its own: O_NONBLOCK set on it by one step must not reach the next. */
	if (in < 0 && (in = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		return -1;
	if (dup2(in, 0) < 0 || dup2(c->s->out, 1) < 0 || dup2(c->s->err, 2) < 0)
		return -1;
	return c->s->terminal ? ioctl(0, TIOCSCTTY, 0) : 0;
}

/* A step of uid 0 can reach these in PID 1, so each step gets them anew. What the kernel then
 * refuses to raise was lowered by an earlier step of the same scenario. */
static int child_scheduling(struct child *c)
{
	const struct rights *r = c->s->rights;
	struct sched_param zero = { .sched_priority = 0 };

	if (!DEFENCE("init_sched"))
		return 0;
	syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &zero);
	syscall(SYS_setpriority, PRIO_PROCESS, 0, r->nice);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0);
	if (CPU_COUNT(&r->cpus))
		syscall(SYS_sched_setaffinity, 0, sizeof(r->cpus), &r->cpus);
	return 0;
}

static int set_limit(struct child *c, int resource, uint64_t value, const char *name)
{
	struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	if (syscall(SYS_prlimit64, 0, resource, &limit, NULL) == 0)
		return 0;
	c->refused = name;
	return -1;
}

static int child_limits(struct child *c)
{
	const struct agent_rlimits *l = &c->s->step->rlimits;

	if (!DEFENCE("init_rlimits"))
		return 0;
	/* Core size 1, not 0: with 0 a "|handler" pattern still runs on the host (signal.h of the
	 * kernel treats 1 as "no pipe"); where the hard limit is 0 already it stays. */
	(void)set_limit(c, RLIMIT_CORE, 1, NULL);
	if (l->open_files &&
	        set_limit(c, RLIMIT_NOFILE, l->open_files, "the limit of open files") < 0)
		return -1;
	if (l->processes && set_limit(c, RLIMIT_NPROC, l->processes, "the limit of processes") < 0)
		return -1;
	if (l->file_size)
		return set_limit(c, RLIMIT_FSIZE, l->file_size, "the limit of file size");
	(void)set_limit(
	        c, RLIMIT_FSIZE, RLIM_INFINITY, NULL); /* a lower one of the machine stays */
	c->refused = NULL;
	return 0;
}

static int child_bounding(struct child *c)
{
	for (int cap = 0; cap < 64; cap++) {
		if ((c->drop & 1ull << cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -1;
	}
	return 0;
}

static int child_user(struct child *c)
{
	const struct user *u = &c->user;

	if ((u->uid == 0 && u->gid == 0 && u->n_groups == 0) || !DEFENCE("init_user"))
		return 0;
	/* With a single mapped id the kernel refuses every list, and there is none to leave. */
	if (syscall(SYS_setgroups, u->n_groups, u->groups) < 0 && (u->n_groups || errno != EPERM))
		return -1;
	if (syscall(SYS_setresgid, u->gid, u->gid, u->gid) < 0)
		return -1;
	return (int)syscall(SYS_setresuid, u->uid, u->uid, u->uid);
}

static int child_caps(struct child *c)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (!DEFENCE("init_step_caps"))
		return 0;
	for (int i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)(c->caps >> (32 * i));
		data[i].effective = data[i].permitted;
	}
	return (int)syscall(SYS_capset, &head, data);
}

/* As the step's user, and never through a magic link: /proc/self/fd/N could lead anywhere. */
static int child_directory(struct child *c)
{
	AUTO_FD dir = walk_dir(c->s->step->workdir);

	return dir < 0 ? -1 : fchdir(dir);
}

static bool is_copy(const struct agent_step *step)
{
	return step->flags & (AGENT_STEP_PACK | AGENT_STEP_UNPACK);
}

static int child_descriptors(struct child *c)
{
	(void)c;
	umask((mode_t)(c->s->step->umask & 0777));
	/* All of ours are close-on-exec; this is for what is not ours. */
	if (DEFENCE("init_close_range"))
		syscall(SYS_close_range, 3, ~0u, is_copy(c->s->step) ? 0 : CLOEXEC_RANGE);
	return 0;
}

static bool try_the_next(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES || error == ENAMETOOLONG ||
	       error == ELOOP || error == ENODEV || error == ESTALE;
}

/* As execvpe, except that a text without #! is an error and no shell script. */
static int child_exec(struct child *c)
{
	const struct agent_step *step = c->s->step;
	int first_refusal = 0;

	if (is_copy(step))
		_exit(copy_run(step));
	for (size_t i = 0; c->candidates[i]; i++) {
		/* The kernel takes char *const *, and changes neither. */
		syscall(SYS_execve, c->candidates[i], step->argv, step->env);
		if (!try_the_next(errno)) {
			c->refused = c->candidates[i];
			return -1;
		}
		if (errno == EACCES && !first_refusal) {
			first_refusal = EACCES;
			c->refused = c->candidates[i];
		}
	}
	errno = first_refusal ? first_refusal : ENOENT;
	return -1;
}

static const struct {
	int (*run)(struct child *c);
	uint8_t what;
	const char *name;
} child_steps[] = {
	{ child_signals, AGENT_WHAT_OTHER, "signals" },
	{ child_session, AGENT_WHAT_OTHER, "a session" },
	{ child_streams, AGENT_WHAT_OTHER, "stdin, stdout and stderr" },
	{ child_scheduling, AGENT_WHAT_OTHER, "scheduling" },
	{ child_bounding, AGENT_WHAT_OTHER, "capabilities" },
	{ child_user, AGENT_WHAT_USER, "the user" },
	{ child_caps, AGENT_WHAT_OTHER, "capabilities" },
	{ child_directory, AGENT_WHAT_DIRECTORY, "the working directory" },
	{ child_descriptors, AGENT_WHAT_OTHER, "descriptors" },
	/* After what opens files: up to here there may be more than a step may have. */
	{ child_limits, AGENT_WHAT_OTHER, "limits" },
	{ child_exec, AGENT_WHAT_PROGRAM, "the program" },
};

static int child_main(void *arg)
{
	struct child *c = arg;

	for (size_t i = 0; i < ARRAY_LEN(child_steps); i++) {
		if (child_steps[i].run(c) == 0)
			continue;
		c->error = errno;
		c->what = child_steps[i].what;
		if (!c->refused)
			c->refused = child_steps[i].name;
		break;
	}
	_exit(127);
}

/* ---- the parent ---- */

static int fail(struct spawn *s, enum agent_exit_what what, int error, const char *detail)
{
	s->what = (uint8_t)what;
	s->error = error;
	snprintf(s->detail, sizeof(s->detail), "%s", detail);
	return -1;
}

static const char *path_of(const struct agent_step *step)
{
	for (size_t i = 0; step->env[i]; i++) {
		if (strncmp(step->env[i], "PATH=", 5) == 0)
			return step->env[i] + 5;
	}
	return DEFAULT_PATH;
}

/* Where the program may be, in order: one block of names in *text, pointers in c. */
static int list_candidates(struct child *c, char **text)
{
	const struct agent_step *step = c->s->step;
	const char *program = step->argv[0], *path = path_of(step);
	size_t len = strlen(program), n = 0;

	if (strchr(program, '/')) {
		c->candidates[0] = program;
		return 0;
	}
	if (!len)
		return fail(c->s, AGENT_WHAT_PROGRAM, ENOENT, "");
	char *at = *text = malloc(strlen(path) + (MAX_CANDIDATES + 1) * (len + 3));
	if (!at)
		return fail(c->s, AGENT_WHAT_PROGRAM, ENOMEM, program);
	while (n < MAX_CANDIDATES) {
		size_t dir = strcspn(path, ":");

		c->candidates[n++] = at;
		memcpy(at, dir ? path : ".",
		        dir ? dir : 1); /* an empty part is the current directory */
		at += dir ? dir : 1;
		*at++ = '/';
		memcpy(at, program, len + 1);
		at += len + 1;
		if (!path[dir])
			break;
		path += dir + 1;
	}
	return 0;
}

/* "No such file" of a file that is there is about its interpreter. */
static bool blame_interpreter(const struct child *c)
{
	struct spawn *s = c->s;

	for (size_t i = 0; c->candidates[i]; i++) {
		char path[4352];
		struct probe p;
		bool relative = c->candidates[i][0] != '/';

		snprintf(path, sizeof(path), "%s%s%s", relative ? s->step->workdir : "",
		        relative ? "/" : "", c->candidates[i]);
		probe_path(path, &p);
		if (!p.exists || !p.interpreter[0])
			continue;
		struct stat st;
		if (p.is_program && stat(p.interpreter, &st) == 0)
			continue;
		s->what = AGENT_WHAT_INTERPRETER;
		snprintf(s->detail, sizeof(s->detail),
		        p.is_program ? "interpreter '%s' of '%s'"
		                     : "target '%s' of symbolic link '%s'",
		        p.interpreter, c->candidates[i]);
		return true;
	}
	return false;
}

static int explain(const struct child *c)
{
	struct spawn *s = c->s;
	const char *refused = c->refused;

	if (c->what == AGENT_WHAT_DIRECTORY)
		refused = s->step->workdir;
	else if (c->what == AGENT_WHAT_USER)
		refused = s->step->user;
	else if (c->what == AGENT_WHAT_PROGRAM && c->error == ENOENT)
		refused = s->step->argv[0];
	fail(s, c->what, c->error, refused);
	if (c->what == AGENT_WHAT_PROGRAM && c->error == ENOENT)
		(void)blame_interpreter(c);
	return -1;
}

static NORETURN void copy_main(struct child *c)
{
	char text[600];

	for (size_t i = 0; i < ARRAY_LEN(child_steps); i++) {
		if (child_steps[i].run(c) == 0)
			continue;
		int n = snprintf(
		        text, sizeof(text), "%s: %s\n", child_steps[i].name, strerror(errno));
		if (write(c->s->err, text, (size_t)n) < 0)
			break;
		break;
	}
	_exit(125);
}

static pid_t start_child(struct child *c)
{
	static char stack[STACK_SIZE] __attribute__((aligned(64)));
	pid_t pid;

	/* A copy lasts, and works in memory of its own; what fails before it begins it says on its
	 * stderr. */
	if (is_copy(c->s->step)) {
		pid = (pid_t)syscall(SYS_fork);
		if (pid == 0)
			copy_main(c);
		return pid;
	}
	pid = clone(child_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, c);

	/* Where a filter or an emulator refuses it: slower, and what failed is then only an exit.
	 */
	if (pid < 0 && (errno == EPERM || errno == ENOSYS || errno == EINVAL)) {
		pid = (pid_t)syscall(SYS_fork);
		if (pid == 0)
			child_main(c);
	}
	return pid;
}

static void choose_caps(struct child *c)
{
	const struct rights *r = c->s->rights;

	c->caps = c->user.uid == 0 ? r->step_caps : 0;
	c->drop = DEFENCE("init_step_caps") ? r->bounding & ~c->caps : 0;
}

int spawn_step(struct spawn *s)
{
	struct child c = { .s = s };
	struct err e;
	AUTO_STR names = NULL;

	if (user_find(s->step->user, &c.user, &e) < 0)
		return fail(s, AGENT_WHAT_USER, e.sys ? e.sys : ENOENT, s->step->user);
	if ((s->step->flags & AGENT_STEP_MAKE_DIR) &&
	        place_dirs(s->step->workdir, 0755, &c.user, &e) < 0)
		return fail(s, AGENT_WHAT_DIRECTORY, e.sys ? e.sys : EINVAL, s->step->workdir);
	if (!is_copy(s->step) && list_candidates(&c, &names) < 0)
		return -1;
	choose_caps(&c);
	pid_t pid = start_child(&c);
	if (pid < 0)
		return fail(s, AGENT_WHAT_OTHER, errno, "cannot make a process");
	if (c.error) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return explain(&c);
	}
	s->pid = pid;
	return 0;
}
