/* Carriers that a process inherits: 13, 20, 23 to 32, 41, 42. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/hermeticity/probe/probe.h"

/* Younger than some headers. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#define PR_GET_MDWE 66
#endif

/* "Name:\tvalue" of /proc/self/status; static buffer. */
static const char *status(const char *name)
{
	static char value[64];
	const char *at = strstr(slurp("/proc/self/status"), name);

	value[0] = 0;
	if (at)
		sscanf(at + strlen(name), ":\t%63s", value);
	return value;
}

static int number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

/* ---- 13: timers ---- */

static int plant_timer(const char *tag)
{
	struct itimerval t = { .it_value.tv_sec = 1000, .it_interval.tv_sec = 1000 };

	(void)tag;
	return setitimer(ITIMER_REAL, &t, NULL);
}

static void look_timer(void)
{
	struct itimerval t;

	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++)
		if (getitimer(which, &t) == 0 && (t.it_value.tv_sec || t.it_value.tv_usec))
			seen("timer %d", which);
}

/* ---- 20: core files ---- */

static int plant_core(const char *tag)
{
	struct rlimit l;
	pid_t pid = fork();
	int fd;

	(void)tag;
	if (pid == 0) {
		if (getrlimit(RLIMIT_CORE, &l) == 0 && chdir("/tmp") == 0) {
			l.rlim_cur = l.rlim_max;
			setrlimit(RLIMIT_CORE, &l);
		}
		abort();
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return -1;
	fd = open("/tmp/core." PREFIX "x", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

static void look_core(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_CORE, &l) == 0 && l.rlim_max > 1)
		seen("a limit of core files above 1");
	look_in("/tmp", "core");
	look_in("/", "core");
	look_in(".", "core");
}

static void try_core(void)
{
	attempt("write core_pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC));
}

/* ---- 23: descriptors ---- */

static int plant_fd(const char *tag)
{
	(void)tag;
	return dup2(1, 9);
}

static void look_fd(void)
{
	for (int fd = 3; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			seen("descriptor %d", fd);
}

/* ---- 24: environment, directory, umask ---- */

extern char **environ;

static int plant_env(const char *tag)
{
	umask(0);
	return setenv(PREFIX "x", tag, 1) < 0 || chdir("/") < 0 ? -1 : 0;
}

static void look_env(void)
{
	static const char *const known[] = { "PATH", "HOME", "TMPDIR", "LANG", "TZ", "CLNRM",
		"CLNRM_TEST", "CLNRM_SCENARIO", "CLNRM_STEP" };
	char cwd[256];

	for (char **e = environ; *e; e++) {
		size_t n = strcspn(*e, "=");
		bool found = false;

		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			found = found || (strlen(known[i]) == n && memcmp(known[i], *e, n) == 0);
		if (!found)
			seen("variable %s", *e);
		if (strncmp(*e, "HOME=", 5) == 0 && strcmp(*e, "HOME=/tmp/home") != 0)
			seen("%s", *e);
	}
	if (!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/workspace") != 0)
		seen("directory %s", cwd);
	mode_t mask = umask(022);
	if (mask != 022)
		seen("umask %03o", (unsigned)mask);
}

/* ---- 25: signals ---- */

static int plant_signals(const char *tag)
{
	sigset_t set;

	(void)tag;
	signal(SIGUSR1, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return raise(SIGUSR2);
}

static void look_signals(void)
{
	static const char *const names[] = { "SigPnd", "ShdPnd", "SigBlk", "SigIgn" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(status(names[i]), "0000000000000000") != 0)
			seen("%s %s", names[i], status(names[i]));
}

/* ---- 26: resource limits ---- */

#define MARK 7777

static const struct {
	const char *name;
	int resource;
} limits[] = { { "cpu", RLIMIT_CPU }, { "data", RLIMIT_DATA }, { "stack", RLIMIT_STACK },
	{ "core", RLIMIT_CORE }, { "rss", RLIMIT_RSS }, { "nproc", RLIMIT_NPROC },
	{ "nofile", RLIMIT_NOFILE }, { "memlock", RLIMIT_MEMLOCK }, { "as", RLIMIT_AS },
	{ "locks", RLIMIT_LOCKS }, { "sigpending", RLIMIT_SIGPENDING },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE }, { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME }, { "fsize", RLIMIT_FSIZE } };

static int plant_limits(const char *tag)
{
	struct rlimit cpu = { MARK, MARK }, files = { 77, 77 }, size = { 1 << 20, 1 << 20 };

	(void)tag;
	return setrlimit(RLIMIT_CPU, &cpu) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	                       setrlimit(RLIMIT_FSIZE, &size) < 0
	               ? -1
	               : 0;
}

static void look_limits(void)
{
	struct rlimit l;

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		if (getrlimit((__typeof__(RLIMIT_CPU))limits[i].resource, &l) < 0)
			continue;
		fact("limit %s: %lld %lld", limits[i].name, (long long)l.rlim_cur,
		        (long long)l.rlim_max);
		if (limits[i].resource == RLIMIT_CPU && l.rlim_cur == MARK)
			seen("the limit of CPU time");
		if (limits[i].resource == RLIMIT_NOFILE && l.rlim_cur != 1024)
			seen("%lld open files", (long long)l.rlim_cur);
		if (limits[i].resource == RLIMIT_FSIZE && l.rlim_cur == 1 << 20)
			seen("the limit of file size");
	}
}

/* ---- 27: scheduling ---- */

#define IOPRIO_IDLE (3 << 13)

static int plant_sched(const char *tag)
{
	cpu_set_t one;

	(void)tag;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (setpriority(PRIO_PROCESS, 0, 7) < 0 || prctl(PR_SET_TIMERSLACK, 12345, 0, 0, 0) < 0 ||
	        syscall(SYS_ioprio_set, 1, 0, IOPRIO_IDLE) < 0)
		return -1;
	return sched_setaffinity(0, sizeof(one), &one);
}

static void look_sched(void)
{
	cpu_set_t cpus;

	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) == 7)
		seen("nice 7");
	if (prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) != 50000)
		seen("timer slack %d", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	if (syscall(SYS_ioprio_get, 1, 0) == IOPRIO_IDLE)
		seen("idle I/O priority");
	if (syscall(SYS_sched_getscheduler, 0) != 0)
		seen("scheduler %ld", syscall(SYS_sched_getscheduler, 0));
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		fact("cpus: %d", CPU_COUNT(&cpus));
}

/* ---- 28: who is killed first ---- */

static int plant_oom(const char *tag)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	(void)tag;
	return fd < 0 || write(fd, "555", 3) != 3 ? -1 : close(fd);
}

static void look_oom(void)
{
	fact("oom_score_adj: %d", number(slurp("/proc/self/oom_score_adj")));
	if (number(slurp("/proc/self/oom_score_adj")) == 555)
		seen("oom_score_adj 555");
}

/* ---- 29: rights ---- */

static void look_rights(void)
{
	/* chown dac_override fowner fsetid kill setgid setuid net_bind_service */
	unsigned long long allowed = 0x4fb, none = 0;
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		unsigned long long v = strtoull(status(sets[i]), NULL, 16);
		bool bounded = i == 1 || i == 2 || i == 3;

		if (v & ~(bounded ? allowed : none))
			seen("%s %s", sets[i], status(sets[i]));
	}
	if (strcmp(status("NoNewPrivs"), "1") != 0)
		seen("no_new_privs %s", status("NoNewPrivs"));
	if (strcmp(status("Seccomp"), "2") != 0)
		seen("seccomp mode %s", status("Seccomp"));
	if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) != 0)
		seen("securebits");
	if (prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != 0)
		seen("keepcaps");
}

/* ---- 30: flags of execution ---- */

static int plant_flags(const char *tag)
{
	(void)tag;
	prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_DISABLE, 0, 0);
	return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0;
}

static void look_flags(void)
{
	int p = personality(0xffffffff);

	if (p != 0)
		seen("personality %#x", (unsigned)p);
	if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) > 0)
		seen("no transparent huge pages");
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) > 0)
		seen("memory deny write execute");
	fact("speculation: %d", prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0));
}

/* ---- 31: terminals and sessions ---- */

static int plant_tty(const char *tag)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	(void)tag;
	setsid();
	if (fd < 0 || unlockpt(fd) < 0)
		return -1;
	/* A session without a terminal takes the first that its leader opens; kept over exec, since
	 * the last close would hang up. */
	fcntl(fd, F_SETFD, 0);
	return open(ptsname(fd), O_RDWR) < 0 ? -1 : 0;
}

static void look_tty(void)
{
	if (open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0)
		seen("a controlling terminal");
	if (getsid(0) != getpid())
		seen("session %d of another", (int)getsid(0));
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd))
			seen("a terminal at descriptor %d", fd);
}

/* ---- 32: other processes ---- */

static int plant_process(const char *tag)
{
	(void)tag;
	return prctl(PR_SET_NAME, PREFIX "x", 0, 0, 0);
}

static void look_process(void)
{
	int max = number(slurp("/proc/sys/kernel/pid_max"));
	DIR *d = opendir("/proc");
	struct dirent *de;

	for (pid_t pid = 2; pid < (max < 70000 ? max : 70000); pid++)
		if (pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM))
			seen("process %d answers", (int)pid);
	while (d && (de = readdir(d)))
		if (number(de->d_name) > 1 && number(de->d_name) != getpid())
			seen("process %s", de->d_name);
	if (d)
		closedir(d);
}

static void try_process(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };
	int pidfd;

	attempt("ptrace PID 1", ptrace(PTRACE_SEIZE, 1, 0, 0));
	attempt("process_vm_readv of PID 1", process_vm_readv(1, &here, 1, &there, 1, 0));
	attempt("open /proc/1/mem", open("/proc/1/mem", O_RDWR | O_CLOEXEC));
	attempt("read /proc/1/environ", open("/proc/1/environ", O_RDONLY | O_CLOEXEC));
	attempt("open a descriptor of PID 1", open("/proc/1/fd/3", O_RDWR | O_CLOEXEC));
	attempt("read where it leads", readlink("/proc/1/fd/3", &byte, 1));
	attempt("follow /proc/1/root", open("/proc/1/root/etc", O_RDONLY | O_CLOEXEC));
	attempt("follow /proc/1/exe", open("/proc/1/exe", O_WRONLY | O_CLOEXEC));
	pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
	attempt("pidfd_getfd of PID 1", syscall(SYS_pidfd_getfd, pidfd, 3, 0));
}

/* ---- 41: numbers of processes ---- */

static void look_numbers(void)
{
	fact("pid: %d", (int)getpid());
	fact("ppid: %d", (int)getppid());
}

/* ---- 42: time zone ---- */

static int plant_zone(const char *tag)
{
	(void)tag;
	return setenv("TZ", "XYZ+3", 1);
}

static void look_zone(void)
{
	time_t zero = 0;
	struct tm t;
	const char *name = getenv("TZ");

	tzset();
	if (!localtime_r(&zero, &t) || t.tm_hour != 0 || t.tm_mday != 1)
		seen("a time zone");
	if (!name || strcmp(name, "UTC") != 0)
		seen("TZ=%s", name ? name : "");
}

const struct carrier process_carriers[] = {
	{ "13", "timers", plant_timer, look_timer, NULL, CONTROL_EXEC },
	{ "20", "core_files", plant_core, look_core, try_core, CONTROL_FORK },
	{ "23", "descriptors", plant_fd, look_fd, NULL, CONTROL_EXEC },
	{ "24", "environment", plant_env, look_env, NULL, CONTROL_EXEC },
	{ "25", "signals", plant_signals, look_signals, NULL, CONTROL_EXEC },
	{ "26", "rlimits", plant_limits, look_limits, NULL, CONTROL_EXEC },
	{ "27", "scheduling", plant_sched, look_sched, NULL, CONTROL_EXEC },
	{ "28", "oom_score", plant_oom, look_oom, NULL, CONTROL_EXEC },
	{ "29", "rights", NULL, look_rights, NULL, CONTROL_NONE },
	{ "30", "execution_flags", plant_flags, look_flags, NULL, CONTROL_EXEC },
	{ "31", "terminals", plant_tty, look_tty, NULL, CONTROL_EXEC },
	{ "32", "processes", plant_process, look_process, try_process, CONTROL_FORK },
	{ "41", "pid_numbers", NULL, look_numbers, NULL, CONTROL_NONE },
	{ "42", "time_zone", plant_zone, look_zone, NULL, CONTROL_EXEC },
	{ 0 },
};
