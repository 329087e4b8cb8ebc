/* What outlives a process: cgroup directories. Each launcher has one entry in the state directory,
 * under lock while it lives and written before it makes anything; an entry whose lock is free
 * belongs to a dead one, and what it names is removed. Nothing without an entry is ever touched.
 *
 * An entry is lines of text: "boot ID", then "cgroup PATH" each.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

#define PREFIX "launcher-"

static void boot_id(char out[64])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(out, 64, f))
		snprintf(out, 64, "unknown");
	out[strcspn(out, "\n")] = 0;
	if (f)
		fclose(f);
}

/* Their init's death signal has ended them already; this is for what a fault left. */
static void kill_members(int group)
{
	AUTO_FD fd = openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "re");
	long pid;

	while (f && fscanf(f, "%ld", &pid) == 1)
		if (pid > 1 && pid != getpid())
			kill((pid_t)pid, SIGKILL);
	if (f)
		fclose(f);
}

static bool remove_group(int parent, const char *name)
{
	AUTO_FD group = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (group < 0)
		return false;
	for (int i = 0; i < 100; i++) {
		kill_members(group);
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
			return true;
		if (errno != EBUSY)
			return false;
		/* Dying processes leave their group when they are reaped; v1 tells nobody. */
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return false;
}

/* The parent group of a dead launcher, with the groups of its sandboxes. */
static unsigned remove_cgroup(const char *path, bool dry_run)
{
	const char *base = strrchr(path, '/');
	DIR *d = opendir(path);
	struct dirent *de;
	unsigned n = 0;

	/* Only what is named as we name it. */
	if (!d || !base || strncmp(base + 1, "clnrm-", 6) != 0) {
		if (d)
			closedir(d);
		return 0;
	}
	while ((de = readdir(d)))
		if (de->d_type == DT_DIR && de->d_name[0] == 's')
			n += dry_run || remove_group(dirfd(d), de->d_name);
	closedir(d);
	return n + (dry_run || rmdir(path) == 0);
}

static unsigned sweep_entry(FILE *f, const char *boot, bool dry_run)
{
	char line[600];
	bool same_boot = false;
	unsigned n = 0;

	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "boot ", 5) == 0)
			same_boot = strcmp(line + 5, boot) == 0;
		else if (same_boot && strncmp(line, "cgroup ", 7) == 0)
			n += remove_cgroup(line + 7, dry_run);
	}
	return n;
}

static unsigned sweep(int dir, const char *boot, bool dry_run)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *de;
	unsigned n = 0;

	while (d && (de = readdir(d))) {
		int fd;

		if (strncmp(de->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		fd = openat(dir, de->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			continue;
		FILE *f = flock(fd, LOCK_EX | LOCK_NB) == 0 ? fdopen(fd, "r") : NULL;
		if (!f) {
			close(fd); /* alive */
			continue;
		}
		n += sweep_entry(f, boot, dry_run);
		if (!dry_run)
			unlinkat(dir, de->d_name, 0);
		fclose(f);
	}
	if (d)
		closedir(d);
	return n;
}

/* Another launcher that sweeps may look at the new entry before it is under lock, and take it away:
 * then there is one more to be made. */
static int make_entry(struct state_entry *s, struct err *e)
{
	struct stat st;
	uint32_t random;

	do {
		close_fd(&s->fd);
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return err_sys(e, "cannot get random bytes");
		snprintf(s->name, sizeof(s->name), PREFIX "%u-%d-%08x", getuid(), getpid(), random);
		s->fd = openat(s->dir, s->name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
		if (s->fd < 0 || flock(s->fd, LOCK_EX) < 0 || fstat(s->fd, &st) < 0)
			return err_sys(e, "cannot write an entry in the state directory");
	} while (st.st_nlink == 0);
	return 0;
}

int state_open(struct state_entry *s, const char *state_dir, unsigned *swept, struct err *e)
{
	char boot[64], text[96];

	*s = (struct state_entry){ -1, -1, "" };
	boot_id(boot);
	s->dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return err_sys(e, "cannot open '%s'", state_dir);
	*swept = sweep(s->dir, boot, false);
	if (make_entry(s, e) < 0)
		return -1;
	snprintf(text, sizeof(text), "boot %s\n", boot);
	return write(s->fd, text, strlen(text)) < 0 ? err_sys(e, "cannot write '%s'", s->name) : 0;
}

int state_write(struct state_entry *s, const char *cgroup, struct err *e)
{
	char text[600];

	snprintf(text, sizeof(text), "cgroup %s\n", cgroup);
	return write(s->fd, text, strlen(text)) < 0 ? err_sys(e, "cannot write '%s'", s->name) : 0;
}

void state_close(struct state_entry *s, bool keep)
{
	if (s->fd >= 0 && !keep)
		unlinkat(s->dir, s->name, 0);
	close_fd(&s->fd);
	close_fd(&s->dir);
}

/* ---- while we live ---- */

static NORETURN void sweep_apart(const struct launcher *l, bool dry_run, int to)
{
	char boot[64];
	unsigned n;

	/* The lock on our own entry is the launcher's alone, and so is its end of the socket. */
	close(LAUNCH_FD);
	close(l->state.fd);
	boot_id(boot);
	/* An entry of a sandbox's namespaces would be of no use: paths are those of the machine. */
	if (setns(l->world.outer, CLONE_NEWNS) < 0)
		_exit(1);
	n = sweep(l->state.dir, boot, dry_run);
	_exit(write(to, &n, sizeof(n)) == sizeof(n) ? 0 : 1);
}

static void on_swept(struct launcher *l, void *owner)
{
	struct sweep_job *job = owner;
	struct launch_swept m = { .failed = 1 };
	unsigned n = 0;

	if (read(job->answer, &n, sizeof(n)) == sizeof(n))
		m = (struct launch_swept){ .n = n };
	launcher_unwatch(l, job->answer);
	close_fd(&job->answer);
	waitpid(job->pid, NULL, 0);
	job->pid = 0;
	launcher_send(l, LAUNCH_SWEPT, job->id, &m, sizeof(m), -1);
}

static int begin(struct launcher *l, struct sweep_job *job, bool dry_run, struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	AUTO_FD from = ends[0];
	AUTO_FD to = ends[1];
	if (launcher_watch(l, from, &job->watch, e) < 0)
		return -1;
	job->pid = fork();
	if (job->pid == 0)
		sweep_apart(l, dry_run, to);
	if (job->pid < 0) {
		job->pid = 0;
		launcher_unwatch(l, from);
		return err_sys(e, "cannot fork");
	}
	job->answer = steal_fd(&from);
	return 0;
}

void sweep_begin(struct launcher *l, const struct launch_sweep *rq)
{
	struct launch_swept m = { .failed = 1 };
	struct err e;

	for (size_t i = 0; i < SWEEPS_MAX; i++) {
		struct sweep_job *job = &l->sweeps[i];

		if (job->pid)
			continue;
		*job = (struct sweep_job){ { on_swept, job }, rq->h.id, 0, -1 };
		if (begin(l, job, rq->dry_run, &e) == 0)
			return;
		break;
	}
	launcher_send(l, LAUNCH_SWEPT, rq->h.id, &m, sizeof(m), -1);
}
