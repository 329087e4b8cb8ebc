#include "client/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"

#define DYING_MS 1000

extern char **environ;

/* ---- environment ---- */

/* A '*' at the end takes the rest, one at the start what is before. */
static const char *const passed[] = { "HOME", "PATH", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ",
	"TMPDIR", "XDG_*", "CLNRM_*", "CLEANROOM_*", "DOCKER_*", "CONTAINER_HOST", "SSL_CERT_*",
	"*_PROXY", "*_proxy", "DBUS_SESSION_BUS_ADDRESS" };

static bool name_matches(const char *pattern, const char *name, size_t len)
{
	size_t n = strlen(pattern);

	if (pattern[0] == '*')
		return len >= n - 1 && strncmp(name + len - (n - 1), pattern + 1, n - 1) == 0;
	if (pattern[n - 1] == '*')
		return len >= n - 1 && strncmp(name, pattern, n - 1) == 0;
	return len == n && strncmp(name, pattern, n) == 0;
}

static bool is_passed(const char *var)
{
	size_t len = strcspn(var, "=");

	/* The listener of another daemon is none of this one. */
	if (name_matches("CLNRM_LISTEN_FD", var, len))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(passed); i++) {
		if (name_matches(passed[i], var, len))
			return true;
	}
	return false;
}

/* The daemon's cwd is another, so CLNRM_HOME must not depend on it. */
static char *passed_value(const char *var)
{
	char cwd[4096];

	if (strncmp(var, "CLNRM_HOME=", 11) != 0 || var[11] == '/' || var[11] == '\0' ||
	        !getcwd(cwd, sizeof(cwd)))
		return xstrdup(var);
	return xasprintf("CLNRM_HOME=%s/%s", cwd, var + 11);
}

char **daemon_env(char *const *env, bool listen)
{
	size_t n = 0, cap = 0;
	char **out = NULL;

	for (; *env; env++) {
		if (!is_passed(*env))
			continue;
		out = xgrow(out, &cap, n + 3, sizeof(*out));
		out[n++] = passed_value(*env);
	}
	out = xgrow(out, &cap, n + 2, sizeof(*out));
	if (listen)
		out[n++] = xasprintf("CLNRM_LISTEN_FD=%d", LISTEN_FD);
	out[n] = NULL;
	return out;
}

void env_free(char **env)
{
	for (char **v = env; v && *v; v++)
		free(*v);
	free(env);
}

/* ---- spawning ---- */

/* A long-lived process must not hold pipes of whoever called us: everything beyond stdio goes. */
static void close_others_on_exec(void)
{
	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = 3; fd < 1024; fd++) /* Linux before 5.11 */
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void set_files(posix_spawn_file_actions_t *fa, int listener, const char *log)
{
	posix_spawn_file_actions_init(fa);
	posix_spawn_file_actions_addopen(fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(fa, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(
	        fa, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
	posix_spawn_file_actions_adddup2(fa, listener, LISTEN_FD);
	posix_spawn_file_actions_addchdir_np(fa, "/");
}

static void set_attributes(posix_spawnattr_t *attr)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_init(attr);
	posix_spawnattr_setflags(
	        attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setsigmask(attr, &none);
}

/* Where the log cannot be opened the daemon starts without one: it is not worth refusing a run. */
static const char *usable_log(const char *log)
{
	AUTO_FD fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd >= 0 ? log : "/dev/null";
}

pid_t spawn_daemon(
        const char *program, const char *socket, int listener, const char *log, struct fault *f)
{
	const char *stderr_file = usable_log(log);
	const char *argv[] = { "clnrmd", "--socket", socket, "--log",
		stderr_file == log ? log : "-", NULL };
	AUTO_FD high = fcntl(listener, F_DUPFD_CLOEXEC,
	        10); /* not 3: dup2 of a descriptor onto itself keeps CLOEXEC */
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	pid_t pid = -1;
	int rc;

	if (high < 0)
		return fault_set(
		        f, "daemon-start", "cannot duplicate a descriptor: %s", strerror(errno));

	char **env = daemon_env(environ, true);

	close_others_on_exec();
	set_files(&fa, high, stderr_file);
	set_attributes(&attr);
	/* posix_spawn takes the strings as they are: its argv lacks const for old callers. */
	rc = posix_spawn(&pid, program, &fa, &attr, (char **)(uintptr_t)argv, env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	env_free(env);
	if (rc == 0)
		return pid;
	return fault_set(f, "daemon-start", "cannot start '%s': %s", program, strerror(rc));
}

int exec_daemon(const char *program, const char *socket, struct fault *f)
{
	const char *argv[] = { "clnrmd", "--foreground", "--socket", socket, NULL };
	char **env = daemon_env(environ, false);

	execve(program, (char **)(uintptr_t)argv, env);
	env_free(env);
	return fault_set(f, "daemon-start", "cannot start '%s': %s", program, strerror(errno));
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return 127;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int spawn_wait(const char *const *argv)
{
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
		return 127;
	return wait_status(pid);
}

static void read_all(int fd, struct strbuf *out, size_t max)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && out->len + (size_t)n <= max)
			strbuf_add(out, buf, (size_t)n);
}

int spawn_read(const char *const *argv, struct strbuf *out, size_t max)
{
	posix_spawn_file_actions_t fa;
	int ends[2], rc;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 127;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&fa, ends[1], STDERR_FILENO);
	rc = posix_spawnp(&pid, argv[0], &fa, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(ends[1]);
	if (rc == 0)
		read_all(ends[0], out, max);
	close(ends[0]);
	return rc == 0 ? wait_status(pid) : 127;
}

/* ---- how it ended ---- */

/* Its connections are reset a moment before it can be waited for. */
static void wait_for_death(pid_t pid)
{
	AUTO_FD fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0)
		poll(&p, 1, DYING_MS);
}

bool spawn_ended_badly(pid_t pid, struct strbuf *how)
{
	int status = 0;

	wait_for_death(pid);
	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	if (WIFSIGNALED(status))
		strbuf_printf(how, "signal %d", WTERMSIG(status));
	else
		strbuf_printf(how, "exit %d", WEXITSTATUS(status));
	return status != 0;
}
