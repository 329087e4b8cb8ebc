/* Where our cgroups go: below the group that the daemon lives in, so that its own limits stay
 * above. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "common/defence.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

enum { CPU, MEMORY, PIDS, CONTROLLERS };
static const char *const names[CONTROLLERS] = { "cpu", "memory", "pids" };

/* Whether the comma list holds the word. */
static bool lists(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
		if (strcspn(at, ",\n") == n && memcmp(at, word, n) == 0)
			return true;
	return false;
}

/* Path of this process in a hierarchy, from /proc/self/cgroup: "4:memory:/x"; v2 is "0::/x". */
static bool own_path(const char *controller, char *out, size_t size)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[1024];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = 0;
		path[strcspn(path, "\n")] = 0;
		found = controller ? lists(list + 1, controller) : list[1] == 0;
		if (found)
			snprintf(out, size, "%s", strcmp(path, "/") == 0 ? "" : path);
	}
	if (f)
		fclose(f);
	return found;
}

/* Mount point of a hierarchy, from mountinfo: "36 35 98:0 /root /mount opts ... - cgroup src
 * super,opts". */
static bool mount_point(const char *controller, char *out, size_t size)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[2048], point[512], type[32], super[512];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *dash = strstr(line, " - ");

		if (!dash || sscanf(line, "%*s %*s %*s %*s %511s", point) != 1 ||
		        sscanf(dash, " - %31s %*s %511s", type, super) != 2)
			continue;
		found = controller ? strcmp(type, "cgroup") == 0 && lists(super, controller)
		                   : strcmp(type, "cgroup2") == 0;
		if (found)
			snprintf(out, size, "%s", point);
	}
	if (f)
		fclose(f);
	return found;
}

/* Our directory in the hierarchy of a controller (NULL: v2): descriptor, or -1. */
static int make_parent(
        const char *controller, const char *name, struct state_entry *state, char path[512])
{
	char mount[512], own[512];
	struct stat st;
	struct err e;

	if (!mount_point(controller, mount, sizeof(mount)) ||
	        !own_path(controller, own, sizeof(own)))
		return -1;
	/* In a cgroup namespace, or when a container shows only a part, the path is not there. */
	if ((size_t)snprintf(path, 512, "%s%s", mount, own) >= 512 || stat(path, &st) < 0)
		snprintf(path, 512, "%s", mount);
	size_t n = strlen(path);
	if ((size_t)snprintf(path + n, 512 - n, "/%s", name) >= 512 - n)
		return -1;
	if (state_write(state, path, &e) < 0 || (mkdir(path, 0755) < 0 && errno != EEXIST))
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int write_at(int dir, const char *file, const char *text)
{
	AUTO_FD fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) >= 0 ? 0 : -1;
}

/* A v2 group that gives controllers to children can hold no process: daemon and launcher move into
 * a child, if they are the only ones there. */
static int evacuate(int base)
{
	char text[256], pid[16];
	long pids[3];
	int n = 0;

	AUTO_FD procs = openat(base, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	ssize_t got = procs < 0 ? -1 : read(procs, text, sizeof(text) - 1);
	if (got <= 0)
		return -1;
	text[got] = 0;
	for (char *at = text; *at && n < 3; n++)
		pids[n] = strtol(at, &at, 10), at += *at == '\n';
	if (n > 2)
		return -1;
	for (int i = 0; i < n; i++)
		if (pids[i] != getpid() && pids[i] != getppid())
			return -1;
	if (mkdirat(base, "supervisor", 0755) < 0 && errno != EEXIST)
		return -1;
	for (int i = 0; i < n; i++) {
		snprintf(pid, sizeof(pid), "%ld", pids[i]);
		if (write_at(base, "supervisor/cgroup.procs", pid) < 0)
			return -1;
	}
	return 0;
}

static void enable_v2(int parent)
{
	AUTO_FD base = openat(parent, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[16];

	for (int i = 0; base >= 0 && i < CONTROLLERS; i++) {
		snprintf(text, sizeof(text), "+%s", names[i]);
		if (write_at(base, "cgroup.subtree_control", text) < 0 && errno == EBUSY &&
		        evacuate(base) == 0)
			(void)write_at(base, "cgroup.subtree_control", text);
		(void)write_at(parent, "cgroup.subtree_control", text);
	}
}

/* Whether a process of ours gets in. */
static bool try_to_enter(const int doors[CGROUP_DOORS])
{
	struct err e;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(cgroup_enter(doors, &e) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* What can be enforced is found by doing it, with a group of no use. */
static uint32_t try_limits(const struct cgroups *c)
{
	static const uint64_t some[LAUNCH_LIMITS] = { [LAUNCH_CPU] = 1000,
		[LAUNCH_MEMORY] = 64u << 20,
		[LAUNCH_SWAP] = 0,
		[LAUNCH_PIDS] = 64,
		[LAUNCH_DISK] = 0 };
	const uint32_t all =
	        1u << LAUNCH_CPU | 1u << LAUNCH_MEMORY | 1u << LAUNCH_SWAP | 1u << LAUNCH_PIDS;
	struct cgroup_answer a, removed;
	int doors[CGROUP_DOORS] = { -1, -1, -1 };
	struct err e;

	if (cgroup_make(c, 0, some, doors, &a, &e) < 0 || (!c->by_clone && !try_to_enter(doors)))
		a.failed = all;
	for (int i = 0; i < CGROUP_DOORS; i++)
		close_fd(&doors[i]);
	cgroup_remove(c, 0, &removed);
	return all & ~a.failed;
}

/* v1: all sandboxes together weigh as much as one busy process of the machine beside them, and
 * starve where there are many. As much as a process for each processor is what they would weigh
 * without groups, running as many at a time as there are processors. */
static void weigh_in(int cpu)
{
	cpu_set_t usable;
	unsigned n = sched_getaffinity(0, sizeof(usable), &usable) == 0
	                     ? (unsigned)CPU_COUNT(&usable)
	                     : 1;
	char text[16];

	snprintf(text, sizeof(text), "%u", 1024 * n);
	(void)write_at(cpu, "cpu.shares", text);
}

static void drop(struct cgroups *c)
{
	(void)cgroups_release(c);
	c->version = LAUNCH_CGROUP_NONE;
}

void cgroups_find(
        struct cgroups *c, const struct options *o, const char *name, struct state_entry *state)
{
	*c = (struct cgroups){ .dir = { -1, -1, -1 } };
	snprintf(c->name, sizeof(c->name), "%s", name);
	if (o->no_cgroup || !DEFENCE("cgroup"))
		return;
	for (int i = 0; i < CONTROLLERS; i++) {
		c->dir[i] = make_parent(names[i], name, state, c->path[i]);
		if (c->dir[i] >= 0)
			c->version = LAUNCH_CGROUP_V1;
	}
	if (c->version == LAUNCH_CGROUP_NONE &&
	        (c->dir[MEMORY] = make_parent(NULL, name, state, c->path[MEMORY])) >= 0) {
		c->version = LAUNCH_CGROUP_V2;
		c->by_clone = !o->no_clone3;
		enable_v2(c->dir[MEMORY]);
	}
	if (c->version == LAUNCH_CGROUP_V1 && c->dir[CPU] >= 0)
		weigh_in(c->dir[CPU]);
	if (c->version != LAUNCH_CGROUP_NONE)
		c->enforceable = try_limits(c);
	if (c->enforceable == 0)
		drop(c);
}

/* Groups of sandboxes whose removal was given up while they were still emptying. */
static void remove_members(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (de->d_type == DT_DIR && de->d_name[0] == 's')
			unlinkat(dir, de->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
}

static bool remove_parent(int dir, const char *name)
{
	AUTO_FD above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	remove_members(dir);
	return above < 0 || unlinkat(above, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

/* Everybody was reaped; that the groups know it takes a moment, longer on a busy machine. */
bool cgroups_release(struct cgroups *c)
{
	enum { TRIES = 2500, PAUSE_NS = 2000000 };
	bool left = true;

	for (int try = 0; left && try < TRIES; try++) {
		if (try > 0)
			nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		left = false;
		for (int i = 0; i < CONTROLLERS; i++) {
			if (c->dir[i] < 0)
				continue;
			if (remove_parent(c->dir[i], c->name))
				close_fd(&c->dir[i]);
			else
				left = true;
		}
	}
	for (int i = 0; i < CONTROLLERS; i++)
		close_fd(&c->dir[i]);
	return !left;
}
