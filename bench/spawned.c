#include "bench/spawned.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"

extern char **environ;

const char *program_path(const char *name)
{
	AUTO_STR dirs = xasprintf("%s:/usr/sbin:/sbin", getenv("PATH") ? getenv("PATH") : "/bin");
	char *rest = dirs;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? name : NULL;
	for (char *dir; (dir = strsep(&rest, ":"));) {
		char *path = fs_join(dir, name);

		if (access(path, X_OK) == 0)
			return path; /* lives as long as we do: a handful of names */
		free(path);
	}
	return NULL;
}

/* Between vfork and exec: system calls only, and nothing that the parent would see. The raw calls
 * change the ids of this task alone; those of libc would speak to threads of the parent. */
static NORETURN void child(const struct command *c, const char *path, int null, int out)
{
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	if (c->uid && (syscall(SYS_setgroups, 0, NULL) < 0 ||
	                      syscall(SYS_setresgid, c->gid, c->gid, c->gid) < 0 ||
	                      syscall(SYS_setresuid, c->uid, c->uid, c->uid) < 0))
		_exit(126);
	if (c->dir && chdir(c->dir) < 0)
		_exit(126);
	execve(path, (char *const *)(uintptr_t)c->argv, c->env ? c->env : environ);
	_exit(127);
}

static pid_t launch(const struct command *c, const char *path, struct err *e)
{
	static int null = -1;
	pid_t pid;

	if (null < 0)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* posix_spawn cannot change ids, and fork would be timed with the pages of this process. */
	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (pid == 0)
		child(/* NOLINT(clang-analyzer-unix.Vfork) */ c, path, null,
		        c->out >= 0 ? c->out : null);
	return pid < 0 ? err_sys(e, "cannot start '%s'", c->argv[0]) : pid;
}

static const char *find(const struct command *c, struct err *e)
{
	const char *path = program_path(c->argv[0]);

	if (!path)
		err_set(e, ERR_UNSUPPORTED, "'%s' is not installed", c->argv[0]);
	return path;
}

pid_t command_start(const struct command *c, struct err *e)
{
	const char *path = find(c, e);

	return path ? launch(c, path, e) : -1;
}

int command_time(const struct command *c, double *ms, int *status, struct err *e)
{
	const char *path = find(c, e);
	int64_t began = clock_ns();
	pid_t pid = path ? launch(c, path, e) : -1;

	if (pid < 0)
		return -1;
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "cannot wait for '%s'", c->argv[0]);
	*ms = (double)(clock_ns() - began) / NS_PER_MS;
	return 0;
}

static const char *last_line(struct strbuf *b)
{
	while (b->len && b->s[b->len - 1] == '\n')
		strbuf_truncate(b, b->len - 1);
	const char *nl = strrchr(b->s, '\n');

	return nl ? nl + 1 : b->s;
}

int command_run(const struct command *c, struct strbuf *out, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_FD capture = capture_open(e);
	struct command captured = *c;
	double ms;
	int status;

	if (capture < 0)
		return -1;
	captured.out = capture;
	if (command_time(&captured, &ms, &status, e) < 0)
		return -1;
	capture_read(capture, &text);
	if (status != 0)
		return err_set(e, ERR_SYS, "'%s' ended with status %d: %s", c->argv[0],
		        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		        last_line(&text));
	if (out)
		strbuf_add(out, text.s, text.len);
	return 0;
}

int run_program(struct strbuf *out, struct err *e, const char *const *argv)
{
	return command_run(&(struct command){ .argv = argv, .out = -1 }, out, e);
}

int capture_open(struct err *e)
{
	int fd = memfd_create("bench-output", MFD_CLOEXEC);

	return fd < 0 ? err_sys(e, "memfd_create") : fd;
}

void capture_empty(int fd)
{
	if (ftruncate(fd, 0) == 0)
		lseek(fd, 0, SEEK_SET);
}

void capture_read(int fd, struct strbuf *out)
{
	char piece[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, piece, sizeof(piece), at)) > 0) {
		strbuf_add(out, piece, (size_t)n);
		at += n;
	}
}
