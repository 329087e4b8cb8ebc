/* Ways out of a sandbox, by name instead of number: keys that the host has, typing into terminals,
 * every system call there is, rights that files give. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hermeticity/probe/probe.h"

/* ---- a key of the host's user ---- */

static int plant_key(const char *tag)
{
	return syscall(SYS_add_key, "user", PREFIX "host", tag, strlen(tag),
	               KEY_SPEC_USER_KEYRING) < 0
	               ? -1
	               : 0;
}

static void look_key(void)
{
	static const struct {
		const char *name;
		int id;
	} rings[] = { { "@s", KEY_SPEC_SESSION_KEYRING }, { "@u", KEY_SPEC_USER_KEYRING },
		{ "@us", KEY_SPEC_USER_SESSION_KEYRING } };

	for (size_t i = 0; i < ARRAY_LEN(rings); i++)
		if (syscall(SYS_keyctl, KEYCTL_SEARCH, rings[i].id, "user", PREFIX "host", 0) >= 0)
			seen("the key in %s", rings[i].name);
	if (strstr(slurp("/proc/keys"), PREFIX "host"))
		seen("the key in /proc/keys");
}

static void try_drop_key(void)
{
	long key =
	        syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", PREFIX "host", 0);

	attempt("drop the key", key < 0 ? -1 : syscall(SYS_keyctl, KEYCTL_INVALIDATE, key));
}

/* ---- terminals ---- */

/* The raw call with the whole register: libc would cut the request to an int. */
static void try_request(const char *what, int fd, uint64_t request)
{
	char line[96], byte = 'x';

	snprintf(line, sizeof(line), "%s, request %#llx at %d", what, (unsigned long long)request,
	        fd);
	attempt(line, syscall(SYS_ioctl, fd, request, &byte));
}

static void try_terminal(void)
{
	static const uint64_t high[] = { 0, 1ull << 32, 1ull << 63 };
	int fds[6] = { 0, 1, 2, -1, -1, -1 };

	fds[3] = open("/dev/tty", O_RDWR | O_CLOEXEC);
	fds[4] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fds[4] >= 0 && unlockpt(fds[4]) == 0)
		fds[5] =
		        open(ptsname(fds[4]), O_RDWR | O_CLOEXEC); /* becomes the controlling one */
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		for (size_t h = 0; h < ARRAY_LEN(high); h++) {
			try_request("TIOCSTI", fds[i], 0x5412 | high[h]);
			try_request("TIOCLINUX", fds[i], 0x541c | high[h]);
			try_request("TIOCCONS", fds[i], 0x541d | high[h]);
		}
}

/* ---- every call number ---- */

/* Those that do not come back, or wait: they are allowed, and what they do is no news. */
static bool passes_over(long nr)
{
	static const long numbers[] = {
		SYS_exit,
		SYS_exit_group,
		SYS_rt_sigreturn,
		SYS_rt_sigsuspend,
		SYS_restart_syscall,
#ifdef SYS_pause
		SYS_pause,
		SYS_vfork,
		SYS_fork,
#endif
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i] == nr)
			return true;
	return false;
}

/* In a child of its own, with arguments that no call accepts. "N: errno", "N: signal 31". */
static void call_one(long nr, const char *prefix)
{
	int p[2], error = 0, status;
	pid_t pid;

	if (pipe(p) < 0 || (pid = fork()) < 0)
		exit(3);
	if (pid == 0) {
		alarm(2);
		errno = 0;
		long r = syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L);
		error = r < 0 ? errno : 0;
		if (write(p[1], &error, sizeof(error)) < 0)
			_exit(1);
		_exit(0);
	}
	close(p[1]);
	if (read(p[0], &error, sizeof(error)) != sizeof(error))
		error = -1;
	close(p[0]);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && error < 0)
		fact("%s%ld: signal %d", prefix, nr, WTERMSIG(status));
	else
		fact("%s%ld: %d", prefix, nr, error);
}

static void look_calls(void)
{
	for (long nr = 0; nr < 1024; nr++)
		if (!passes_over(nr))
			call_one(nr, "");
#ifdef __x86_64__
	for (long nr = 0; nr < 64; nr++)
		call_one(nr | 0x40000000, "x32 ");
#endif
}

#ifdef __x86_64__
static long old_gate(long nr)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(0), "c"(0), "d"(0) : "memory");
	errno = (int)-r;
	return r < 0 ? -1 : r;
}
#endif

/* getpid of the 32-bit table: a filter that forgets the architecture lets it through. */
static void try_gate(void)
{
#ifdef __x86_64__
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(old_gate(20) > 0 ? 0 : 1);
	waitpid(pid, &status, 0);
	errno = EACCES;
	attempt("a call by int 0x80", WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1);
#endif
}

/* ---- clone and unshare, each flag ---- */

static void try_spaces(void)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} spaces[] = { { "NEWTIME", 0x80 }, { "NEWNS", 0x20000 }, { "NEWCGROUP", 0x2000000 },
		{ "NEWUTS", 0x4000000 }, { "NEWIPC", 0x8000000 }, { "NEWUSER", 0x10000000 },
		{ "NEWPID", 0x20000000 }, { "NEWNET", 0x40000000 } };
	char what[64];

	for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
		snprintf(what, sizeof(what), "unshare %s", spaces[i].name);
		attempt(what, syscall(SYS_unshare, spaces[i].flag));
		if (spaces[i].flag == 0x80)
			continue; /* part of the signal number there */
		snprintf(what, sizeof(what), "clone %s", spaces[i].name);
		long pid = syscall(SYS_clone, spaces[i].flag | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			_exit(0);
		attempt(what, pid);
	}
	uint64_t args[11] = { 0x10000000, 0, 0, 0, SIGCHLD };
	long pid = syscall(435, args, sizeof(args));
	if (pid == 0)
		_exit(0);
	attempt("clone3 NEWUSER", pid);
	attempt("setns", syscall(SYS_setns, open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC), 0));
}

/* ---- PID 1 and its stream ---- */

static void try_init(void)
{
	char path[32];

	for (int sig = 1; sig < 65; sig++)
		kill(1, sig); /* ignored: that we still run is the answer */
	for (int fd = 0; fd < 16; fd++) {
		snprintf(path, sizeof(path), "/proc/1/fd/%d", fd);
		attempt(path, open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
	}
	attempt("truncate the init", truncate("/proc/1/exe", 0));
	attempt("write into the init", open("/proc/1/exe", O_WRONLY | O_CLOEXEC));
	attempt("write into its memory", open("/proc/1/mem", O_WRONLY | O_CLOEXEC));
	attempt("its root", open("/proc/1/root", O_RDONLY | O_CLOEXEC));
	attempt("its working directory", open("/proc/1/cwd", O_RDONLY | O_CLOEXEC));
}

const struct carrier escape_carriers[] = {
	{ "key", "a_key_of_the_host", plant_key, look_key, try_drop_key, CONTROL_NONE },
	{ "terminal", "typing_into_terminals", NULL, NULL, try_terminal, CONTROL_NONE },
	{ "calls", "every_call", NULL, look_calls, try_gate, CONTROL_NONE },
	{ "spaces", "new_namespaces", NULL, NULL, try_spaces, CONTROL_NONE },
	{ "init", "pid_1", NULL, NULL, try_init, CONTROL_NONE },
	{ 0 },
};
