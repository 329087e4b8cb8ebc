/* What reads archives can do nothing else. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/image/reader/reader.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FILTERED 0 /* sanitizers need what the filter takes */
#else
#define FILTERED 1
#endif

/* ---- things to try; each returns what the call did ---- */

static long try_open(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}
static long try_create(void)
{
	return syscall(
	        SYS_openat, AT_FDCWD, "/tmp/clnrm-reader-was-here", O_WRONLY | O_CREAT, 0600);
}
static long try_unlink(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/clnrm-no-such-file", 0);
}
static long try_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long try_kill(void)
{
	return kill(getppid(), 0);
}
static long try_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}
static long try_exec(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };

	return execve("/bin/true", argv, argv + 1);
}
static long try_ptrace(void)
{
	return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}
static long try_unlimit(void)
{
	const struct rlimit r = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &r);
}
static long try_code(void)
{
	return (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static long try_more_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long (*const tries[])(void) = { try_open, try_create, try_unlink, try_socket, try_kill,
	try_fork, try_exec, try_ptrace, try_unlimit, try_code, try_more_code };

/* In a child: 0 when it is refused by the filter. */
static int in_confinement(long (*try)(void))
{
	struct err e;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (reader_confine(&e) < 0)
			_exit(2);
		errno = 0;
		_exit(try() == -1 && errno == EPERM ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(what_reads_archives_is_refused_everything_else)
{
	for (size_t i = 0; FILTERED && i < ARRAY_LEN(tries); i++)
		ck_assert_msg(in_confinement(tries[i]) == 0, "try %zu", i);
}
END_TEST

START_TEST(it_has_memory_within_bounds_and_its_two_ends)
{
	int status, p[2];
	pid_t pid;
	char c = 0;

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(dup2(p[1], 1), 1);
	pid = fork();
	if (pid == 0) {
		struct err e;

		if (reader_confine(&e) < 0)
			_exit(2);
		/* A compiler may take an allocation that nobody uses for one that succeeds. */
		char *volatile some = malloc(100u << 20);
		char *volatile too_much = FILTERED ? malloc(1u << 30) : NULL;
		if (!some || too_much)
			_exit(3);
		memset(some, 1, 100u << 20);
		/* What it had open besides is gone. */
		_exit(write(1, "x", 1) == 1 && write(p[1], "y", 1) < 0 ? 0 : 4);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(read(p[0], &c, 1) == 1 && c == 'x');
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reader");
	TCase *t = tcase_create("confine");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_reads_archives_is_refused_everything_else);
	tcase_add_test(t, it_has_memory_within_bounds_and_its_two_ends);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
