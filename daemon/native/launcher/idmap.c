/* User namespaces: the launcher's own when it is not root, and the maps of its sandboxes. */
#include "daemon/native/launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/defence.h"
#include "daemon/native/launcher/sys.h"

/* Ids that no account and no container manager uses (systemd: UIDS-GIDS, 1879048192..2147483647).
 */
#define RANGE_FIRST 1879048192u
#define RANGE_SIZE 65536u

static int write_file(const char *path, const char *text, struct err *e)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_sys(e, "cannot write '%s'", path);
	return 0;
}

int idmap_write(const struct idmap *m, pid_t pid, struct err *e)
{
	char path[64];

	if (m->deny_setgroups) {
		snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
		if (write_file(path, "deny", e) < 0)
			return -1;
	}
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	if (write_file(path, m->gid, e) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	return write_file(path, m->uid, e);
}

/* First id and count of `name` (or its number) in /etc/subuid or /etc/subgid; false when it has
 * none. */
static bool sub_range(
        const char *file, const char *name, uid_t uid, unsigned *first, unsigned *count)
{
	FILE *f = fopen(file, "re");
	char line[256], number[16];
	bool found = false;

	if (!f)
		return false;
	snprintf(number, sizeof(number), "%u", uid);
	while (!found && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = 0;
		found = (strcmp(line, name) == 0 || strcmp(line, number) == 0) &&
		        sscanf(colon + 1, "%u:%u", first, count) == 2 && *count >= RANGE_SIZE - 1;
	}
	fclose(f);
	return found;
}

/* /etc/passwd read by hand: a static program has no name service. */
static void account_name(uid_t uid, char *out, size_t size)
{
	FILE *f = fopen("/etc/passwd", "re");
	char line[512];

	out[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');
		unsigned id;

		if (colon && sscanf(colon, ":%*[^:]:%u", &id) == 1 && id == uid) {
			snprintf(out, size, "%.*s", (int)(colon - line), line);
			break;
		}
	}
	if (f)
		fclose(f);
}

/* Root that may not mount, as in most containers: all its ids stay what they are. That needs
 * CAP_SETUID here, and CAP_SETFCAP since Linux 5.12, to map id 0 (user_namespaces(7)). */
static bool map_all(pid_t target)
{
	struct idmap all = { .deny_setgroups = false };
	struct err e;

	snprintf(all.uid, sizeof(all.uid), "0 0 %u\n", RANGE_SIZE);
	memcpy(all.gid, all.uid, sizeof(all.gid));
	return idmap_write(&all, target, &e) == 0;
}

static bool run_tool(const char *tool, pid_t target, unsigned own, unsigned first)
{
	char name[] = "newidmap", zero[] = "0", one[] = "1", pid[16], own_text[16], first_text[16],
	     rest[16];
	char *const argv[] = { name, pid, zero, own_text, one, one, first_text, rest, NULL };
	char *const envp[] = { NULL };
	int status;
	pid_t child;

	snprintf(pid, sizeof(pid), "%d", target);
	snprintf(own_text, sizeof(own_text), "%u", own);
	snprintf(first_text, sizeof(first_text), "%u", first);
	snprintf(rest, sizeof(rest), "%u", RANGE_SIZE - 1);
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 2);
		execve(tool, argv, envp);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool map_with_tools(pid_t target, unsigned uid, unsigned gid)
{
	unsigned sub_uid, sub_gid, n;
	char name[64];

	account_name(uid, name, sizeof(name));
	return sub_range("/etc/subuid", name, uid, &sub_uid, &n) &&
	       sub_range("/etc/subgid", name, uid, &sub_gid, &n) &&
	       run_tool("/usr/bin/newgidmap", target, gid, sub_gid) &&
	       run_tool("/usr/bin/newuidmap", target, uid, sub_uid);
}

/* Runs outside of the new user namespace, where newuidmap has to be called. */
static NORETURN void map_from_outside(pid_t target, int gate)
{
	unsigned uid = getuid(), gid = getgid();
	char ok = 0;

	if (read(gate, &ok, 1) != 1)
		_exit(1);
	ok = uid ? map_with_tools(target, uid, gid) : map_all(target);
	if (write(gate, &ok, 1) != 1)
		_exit(1);
	_exit(0);
}

/* 1 when subordinate ids were mapped, 0 when there are none. */
static int enter_with_subids(struct err *e)
{
	pid_t self = getpid(), helper;
	int pair[2];
	char byte = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "cannot make a socket pair");
	helper = fork();
	if (helper == 0) {
		close(pair[0]);
		map_from_outside(self, pair[1]);
	}
	close(pair[1]);
	AUTO_FD gate = pair[0];
	if (helper < 0)
		return err_sys(e, "cannot fork");
	if (unshare(CLONE_NEWUSER) < 0) {
		err_sys(e, "user namespaces are not available (run clnrm health): cannot make one");
		close_fd(&gate);
		waitpid(helper, NULL, 0);
		return -1;
	}
	if (write(gate, "g", 1) != 1 || read(gate, &byte, 1) != 1)
		byte = 0;
	waitpid(helper, NULL, 0);
	return byte;
}

static int enter_rootless(struct idmap *m, struct err *e)
{
	unsigned uid = geteuid(), gid = getegid();
	int mapped;

	/* A process that became this user is not dumpable, and its /proc files belong to root. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	mapped = enter_with_subids(e);
	if (mapped < 0)
		return -1;
	if (mapped) {
		/* A line must lie inside one extent of the parent's map: two lines, as there. */
		snprintf(m->uid, sizeof(m->uid), "0 0 1\n1 1 %u\n", RANGE_SIZE - 1);
		memcpy(m->gid, m->uid, sizeof(m->gid));
	} else {
		struct idmap own = { .deny_setgroups = true };

		snprintf(own.uid, sizeof(own.uid), "0 %u 1\n", uid);
		snprintf(own.gid, sizeof(own.gid), "0 %u 1\n", gid);
		if (idmap_write(&own, getpid(), e) < 0)
			return -1;
		snprintf(m->uid, sizeof(m->uid), "0 0 1\n");
		memcpy(m->gid, m->uid, sizeof(m->gid));
		m->deny_setgroups = true;
		m->without |= LAUNCH_NO(SUBIDS);
	}
	if (uid == 0)
		m->without |= LAUNCH_NO(ROOT_ID);
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(e, "cannot become root of the user namespace");
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}

/* Ends with the launcher, whenever that dies, and keeps none of its descriptors: neither its lock
 * nor its end of the daemon's socket. */
static NORETURN void hold_namespace(pid_t launcher)
{
	sys_close_range(0, ~0u, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != launcher)
		_exit(1);
	for (;;)
		pause();
}

/* A namespace that holds the sandboxes' map, for idmapped mounts. It needs a process only while it
 * is being made. */
static int map_namespace(struct idmap *m, struct err *e)
{
	struct sys_clone c = { .flags = CLONE_NEWUSER, .cgroup = -1, .pidfd = -1, .no_clone3 = 1 };
	char path[64];
	pid_t self = getpid(), pid = sys_clone(&c);
	int r;

	if (pid == 0)
		hold_namespace(self);
	if (pid < 0)
		return err_sys(
		        e, "user namespaces are not available (run clnrm health): cannot make one");
	r = idmap_write(m, pid, e);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	if (r == 0)
		m->userns = open(path, O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(c.pidfd);
	return r;
}

/* The range of a full root, or what is left of the map in a container's user namespace. */
static int enter_root(struct idmap *m, const struct options *o, struct err *e)
{
	unsigned inside = 0, outside = 0, count = 0;
	FILE *f = fopen("/proc/self/uid_map", "re");

	if (!f || fscanf(f, "%u %u %u", &inside, &outside, &count) != 3)
		count = 0;
	if (f)
		fclose(f);
	if (count < RANGE_SIZE) {
		snprintf(m->uid, sizeof(m->uid), "0 0 1\n");
		m->deny_setgroups = true;
		m->without |= LAUNCH_NO(SUBIDS) | LAUNCH_NO(ROOT_ID);
	} else if (count < RANGE_FIRST + RANGE_SIZE) {
		snprintf(m->uid, sizeof(m->uid), "0 0 %u\n", RANGE_SIZE);
		m->without |= LAUNCH_NO(ROOT_ID);
	} else {
		snprintf(m->uid, sizeof(m->uid), "0 %u %u\n", RANGE_FIRST, RANGE_SIZE);
		m->shifted = true;
	}
	memcpy(m->gid, m->uid, sizeof(m->gid));
	if (o->no_idmap || !m->shifted)
		return 0;
	return map_namespace(m, e);
}

bool idmap_is_root(void)
{
	return geteuid() == 0 && sys_has_capability(CAP_SYS_ADMIN);
}

int idmap_enter(struct idmap *m, const struct options *o, struct err *e)
{
	*m = (struct idmap){ .userns = -1, .own_userns = true };
	if (!idmap_is_root()) {
		if (o->no_userns)
			return err_set(e, ERR_UNSUPPORTED,
			        "user namespaces are not available: run clnrm health");
		return enter_rootless(m, e);
	}
	if (o->no_userns || !DEFENCE("userns")) {
		m->own_userns = false;
		m->without |= LAUNCH_NO(USERNS);
		snprintf(m->uid, sizeof(m->uid), "0 0 4294967295\n");
		return 0;
	}
	return enter_root(m, o, e);
}
