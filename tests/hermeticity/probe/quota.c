/* Carriers that are used up: 14, 43, 48. plant() takes all it can get and keeps it; look() asks for
 * a little of the same and reports when there is none. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hermeticity/probe/probe.h"

static void raise_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

/* ---- 14: inotify ---- */

static int plant_watches(const char *tag)
{
	char path[96];
	int fd = -1, last;
	unsigned n = 0;

	raise_files();
	while ((last = inotify_init1(IN_CLOEXEC)) >= 0)
		fd = last;
	if (fd < 0)
		return -1;
	for (n = 0; n < 200000; n++) {
		snprintf(path, sizeof(path), "/tmp/%s%s-%u", PREFIX, tag, n);
		if (mkdir(path, 0700) < 0 || inotify_add_watch(fd, path, IN_CREATE) < 0)
			break;
	}
	fact("watches: %u", n);
	return 0;
}

static void look_watches(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0)
		seen("no inotify instance: %s", strerror(errno));
	else if (inotify_add_watch(fd, "/tmp", IN_CREATE) < 0)
		seen("no inotify watch: %s", strerror(errno));
}

/* ---- 43: what is counted by user ---- */

static unsigned take_queues(void)
{
	struct mq_attr a = { .mq_maxmsg = 10, .mq_msgsize = 8192 };
	char name[64];
	unsigned n = 0;

	for (; n < 10000; n++) {
		snprintf(name, sizeof(name), "/%s%d-%u", PREFIX, (int)getpid(), n);
		if (mq_open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600, &a) != (mqd_t)-1)
			continue;
		if (a.mq_maxmsg == 1)
			break;
		a = (struct mq_attr){ .mq_maxmsg = 1, .mq_msgsize = 128 }; /* the rest, in small */
	}
	return n;
}

static unsigned take_signals(void)
{
	unsigned n = 0;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	while (n < 1000000 && sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) == 0)
		n++;
	sigemptyset(&all);
	sigaddset(&all, SIGRTMIN);
	return n;
}

static int plant_quota(const char *tag)
{
	(void)tag;
	raise_files();
	fact("queues: %u", take_queues());
	fact("signals: %u", take_signals());
	return 0;
}

static void look_quota(void)
{
	struct mq_attr a = { .mq_maxmsg = 4, .mq_msgsize = 1024 };
	int p[2];
	sigset_t one;

	if (mq_open("/" PREFIX "mine", O_CREAT | O_RDWR | O_CLOEXEC, 0600, &a) == (mqd_t)-1)
		seen("no message queue: %s", strerror(errno));
	sigemptyset(&one);
	sigaddset(&one, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &one, NULL);
	if (sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) < 0)
		seen("no pending signal: %s", strerror(errno));
	if (pipe(p) < 0)
		seen("no pipe: %s", strerror(errno));
	/* Counted by user id alone, which all sandboxes of a launcher share: smaller, not none. */
	fact("pipe size: %d", fcntl(p[0], F_GETPIPE_SZ));
	if (epoll_create1(EPOLL_CLOEXEC) < 0)
		seen("no epoll instance: %s", strerror(errno));
}

/* ---- 48: what the machine has one table of ---- */

static int plant_tables(const char *tag)
{
	unsigned files = 0, terminals = 0, processes = 0;
	pid_t pid;

	(void)tag;
	raise_files();
	while (terminals < 10000 && posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0)
		terminals++;
	while (files < 200000 && open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		files++;
	while (processes < 20000 && (pid = fork()) >= 0) {
		if (pid == 0)
			for (;;)
				pause();
		processes++;
	}
	fact("terminals: %u", terminals);
	fact("files: %u", files);
	fact("processes: %u", processes);
	return 0;
}

static void look_tables(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		seen("no process: %s", strerror(errno));
	else
		waitpid(pid, NULL, 0);
	if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
		seen("no file: %s", strerror(errno));
	if (posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) < 0)
		seen("no terminal: %s", strerror(errno));
}

const struct carrier quota_carriers[] = {
	{ "14", "inotify", plant_watches, look_watches, NULL, CONTROL_FORK },
	{ "43", "user_quotas", plant_quota, look_quota, NULL, CONTROL_FORK },
	{ "48", "system_tables", plant_tables, look_tables, NULL, CONTROL_FORK },
	{ 0 },
};
