/* What outlives a process: cgroup directories. Each launcher has one entry in the state directory,
 * under lock while it lives and written before it makes anything; an entry whose lock is free
 * belongs to a dead one, and what it names is removed. Nothing without an entry is ever touched.
 *
 * An entry is lines of text: "boot ID", then "cgroup PATH" each.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/native/launcher/launcher.h"

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
static unsigned remove_cgroup(const char *path)
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
			n += remove_group(dirfd(d), de->d_name);
	closedir(d);
	return n + (rmdir(path) == 0);
}

static unsigned sweep_entry(FILE *f, const char *boot)
{
	char line[600];
	bool same_boot = false;
	unsigned n = 0;

	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "boot ", 5) == 0)
			same_boot = strcmp(line + 5, boot) == 0;
		else if (same_boot && strncmp(line, "cgroup ", 7) == 0)
			n += remove_cgroup(line + 7);
	}
	return n;
}

static unsigned sweep(int dir, const char *boot)
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
		n += sweep_entry(f, boot);
		unlinkat(dir, de->d_name, 0);
		fclose(f);
	}
	if (d)
		closedir(d);
	return n;
}

int state_open(struct state_entry *s, const char *state_dir, unsigned *swept, struct err *e)
{
	char boot[64], text[96];
	uint32_t random;

	*s = (struct state_entry){ -1, -1, "" };
	boot_id(boot);
	s->dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return err_sys(e, "cannot open '%s'", state_dir);
	*swept = sweep(s->dir, boot);
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_sys(e, "cannot get random bytes");
	snprintf(s->name, sizeof(s->name), PREFIX "%u-%d-%08x", getuid(), getpid(), random);
	s->fd = openat(s->dir, s->name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0 || flock(s->fd, LOCK_EX | LOCK_NB) < 0)
		return err_sys(e, "cannot write an entry in '%s'", state_dir);
	snprintf(text, sizeof(text), "boot %s\n", boot);
	return write(s->fd, text, strlen(text)) < 0 ? err_sys(e, "cannot write '%s'", s->name) : 0;
}

int state_write(struct state_entry *s, const char *cgroup, struct err *e)
{
	char text[600];

	snprintf(text, sizeof(text), "cgroup %s\n", cgroup);
	return write(s->fd, text, strlen(text)) < 0 ? err_sys(e, "cannot write '%s'", s->name) : 0;
}

void state_close(struct state_entry *s)
{
	if (s->fd >= 0)
		unlinkat(s->dir, s->name, 0);
	close_fd(&s->fd);
	close_fd(&s->dir);
}
