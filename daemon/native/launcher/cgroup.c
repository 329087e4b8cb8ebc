/* Limits of a whole sandbox: cgroup v1 as root, v2 where it is delegated.
 *
 * v2 groups are born into (CLONE_INTO_CGROUP). Into a v1 group a process is moved, which waits for
 * an RCU grace period, some 10 ms when the machine was quiet - unless a thread moves itself alone:
 * "0" written to `tasks` spares the kernel that lock (cgroup_procs_write_start()). The child has
 * one thread, so it does that first of all, through descriptors that the launcher opened. Removing
 * waits too, for what is still dying: a helper process does it.
 *
 * A tmpfs is memory, and the sandbox's disk is one: the group may use memory and disk together.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "common/defence.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

enum controller { CPU, MEMORY, PIDS, CONTROLLERS };

#define CPU_PERIOD_US 100000u

struct knob {
	enum launch_limit limit;
	enum controller controller;
	const char *v1, *v2;
};
/* In the order of writing: v1 wants memory before memory and swap. */
static const struct knob knobs[] = {
	{ LAUNCH_MEMORY, MEMORY, "memory.limit_in_bytes", "memory.max" },
	{ LAUNCH_SWAP, MEMORY, "memory.memsw.limit_in_bytes", "memory.swap.max" },
	{ LAUNCH_PIDS, PIDS, "pids.max", "pids.max" },
	{ LAUNCH_CPU, CPU, "cpu.cfs_quota_us", "cpu.max" },
};

static ssize_t read_at(int dir, const char *name, char *out, size_t size)
{
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	out[n > 0 ? n : 0] = 0;
	return n;
}

/* ---- one sandbox ---- */

static void group_name(char *out, size_t size, uint64_t id)
{
	snprintf(out, size, "s%" PRIu64, id);
}

/* The number to write for a limit; a disk in memory is memory too. */
static uint64_t knob_value(const struct knob *k, bool v2, const uint64_t limits[LAUNCH_LIMITS])
{
	uint64_t memory = limits[LAUNCH_MEMORY] + limits[LAUNCH_HEADROOM];

	switch (k->limit) {
	case LAUNCH_MEMORY:
		return memory;
	case LAUNCH_SWAP:
		return v2 ? limits[LAUNCH_SWAP] : memory + limits[LAUNCH_SWAP];
	case LAUNCH_CPU:
		return limits[LAUNCH_CPU] * (CPU_PERIOD_US / 1000);
	default:
		return limits[k->limit];
	}
}

/* Back from what the kernel says to the unit of the limit. */
static uint64_t knob_meaning(
        const struct knob *k, bool v2, const uint64_t limits[LAUNCH_LIMITS], uint64_t value)
{
	uint64_t memory = limits[LAUNCH_MEMORY] + limits[LAUNCH_HEADROOM];

	switch (k->limit) {
	case LAUNCH_MEMORY:
		return value > limits[LAUNCH_HEADROOM] ? value - limits[LAUNCH_HEADROOM] : 0;
	case LAUNCH_SWAP:
		return v2 ? value : value > memory ? value - memory : 0;
	case LAUNCH_CPU:
		return value / (CPU_PERIOD_US / 1000);
	default:
		return value;
	}
}

static bool knob_wanted(const struct knob *k, const uint64_t limits[LAUNCH_LIMITS])
{
	/* No swap is a limit too, once memory is limited. */
	return k->limit == LAUNCH_SWAP ? limits[LAUNCH_MEMORY] != 0 : limits[k->limit] != 0;
}

/* A file of the sandbox's group in one hierarchy. */
static int open_in(int parent, uint64_t id, const char *file, int flags)
{
	char path[64];

	group_name(path, sizeof(path), id);
	size_t n = strlen(path);
	snprintf(path + n, sizeof(path) - n, "/%s", file);
	return openat(parent, path, flags | O_CLOEXEC);
}

/* Writes it and reads back what holds. */
static bool turn_knob(int parent, uint64_t id, const char *file, uint64_t want, uint64_t *got)
{
	AUTO_FD fd = open_in(parent, id, file, O_RDWR);
	char text[64];
	int len = snprintf(text, sizeof(text), "%" PRIu64, want);
	ssize_t n;

	if (fd < 0 || write(fd, text, (size_t)len) != len)
		return false;
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	errno = 0;
	*got = strtoull(text, NULL, 10);
	return n > 0 && errno == 0;
}

static void set_knob(const struct cgroups *c, const struct knob *k,
        const uint64_t limits[LAUNCH_LIMITS], struct cgroup_answer *a)
{
	bool v2 = c->version == LAUNCH_CGROUP_V2;
	int parent = c->dir[v2 ? MEMORY : k->controller];
	uint64_t want = knob_value(k, v2, limits), value;

	/* The kernel rounds memory to pages. */
	if (parent < 0 || !turn_knob(parent, a->id, v2 ? k->v2 : k->v1, want, &value) ||
	        value + 4096 < want || value > want)
		a->failed |= 1u << k->limit;
	else
		a->limits[k->limit] = knob_meaning(k, v2, limits, value);
}

/* The groups of a sandbox in every hierarchy; v2 has one for all controllers. */
static int make_groups(const struct cgroups *c, uint64_t id, struct err *e)
{
	char name[32];

	group_name(name, sizeof(name), id);
	for (int i = 0; i < CONTROLLERS; i++)
		if (c->dir[i] >= 0 && mkdirat(c->dir[i], name, 0755) < 0 && errno != EEXIST)
			return err_sys(e, "cannot make a cgroup in '%s'", c->path[i]);
	return 0;
}

/* What a child enters by: the group itself, or its list of members. */
static int open_doors(const struct cgroups *c, uint64_t id, int doors[CGROUP_DOORS], struct err *e)
{
	const char *members = c->version == LAUNCH_CGROUP_V2 ? "cgroup.procs" : "tasks";

	for (int i = 0; i < CONTROLLERS; i++) {
		if (c->dir[i] < 0)
			continue;
		doors[i] = c->by_clone ? open_in(c->dir[i], id, "", O_RDONLY | O_DIRECTORY)
		                       : open_in(c->dir[i], id, members, O_WRONLY);
		if (doors[i] < 0)
			return err_sys(e, "cannot open the cgroup in '%s'", c->path[i]);
	}
	return 0;
}

int cgroup_make(const struct cgroups *c, uint64_t id, const uint64_t limits[LAUNCH_LIMITS],
        int doors[CGROUP_DOORS], struct cgroup_answer *a, struct err *e)
{
	*a = (struct cgroup_answer){ .id = id };
	if (make_groups(c, id, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(knobs); i++)
		if (knob_wanted(&knobs[i], limits) && DEFENCE("cgroup-limits"))
			set_knob(c, &knobs[i], limits, a);
	return open_doors(c, id, doors, e);
}

int cgroup_enter(const int doors[CGROUP_DOORS], struct err *e)
{
	for (int i = 0; i < CGROUP_DOORS; i++)
		if (doors[i] >= 0 && write(doors[i], "0", 1) != 1)
			return err_sys(e, "cannot enter the cgroup");
	return 0;
}

static uint64_t read_oom_kills(const struct cgroups *c, const char *name)
{
	char path[64], text[1024];
	const char *at;
	AUTO_FD dir = c->dir[MEMORY] < 0
	                      ? -1
	                      : openat(c->dir[MEMORY], name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(path, sizeof(path), "%s",
	        c->version == LAUNCH_CGROUP_V2 ? "memory.events" : "memory.oom_control");
	if (dir < 0 || read_at(dir, path, text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, "oom_kill ");
	return at ? strtoull(at + 9, NULL, 10) : 0;
}

static int remove_group(int dir, const char *name)
{
	/* PID 1 was reaped, and with it everybody; that the group knows it too can take a moment,
	 * and v1 has no event for it. */
	for (int i = 0; i < 200; i++) {
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno != EBUSY)
			return 0;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return -1;
}

void cgroup_remove(const struct cgroups *c, uint64_t id, struct cgroup_answer *a)
{
	char name[32];

	*a = (struct cgroup_answer){ .id = id };
	group_name(name, sizeof(name), id);
	a->oom_kills = read_oom_kills(c, name);
	for (int i = 0; i < CONTROLLERS; i++)
		if (c->dir[i] >= 0)
			(void)remove_group(
			        c->dir[i], name); /* what stays is swept at the next start */
}

/* ---- the helper ---- */

static NORETURN void serve(const struct cgroups *c, int socket)
{
	struct cgroup_answer a;
	uint64_t id;

	prctl(PR_SET_NAME, "clnrm-cgroup", 0, 0, 0);
	while (recv(socket, &id, sizeof(id), 0) == sizeof(id)) {
		cgroup_remove(c, id, &a);
		if (send(socket, &a, sizeof(a), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

int cgroup_helper_start(const struct cgroups *c, int state, struct err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "cannot start the cgroup helper");
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		close(LAUNCH_FD); /* or the daemon's end would never see us end */
		close(state);
		serve(c, pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_sys(e, "cannot fork");
	}
	return pair[0];
}

void cgroup_ask_remove(int helper, uint64_t id)
{
	/* A helper that is gone is found by its socket's end. */
	if (send(helper, &id, sizeof(id), MSG_NOSIGNAL) < 0)
		return;
}
