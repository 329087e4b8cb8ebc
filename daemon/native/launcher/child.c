/* From clone to the exec of clnrm-init: a list of steps, each of which either works or ends the
 * child with a struct err for the launcher. Nothing of the image has run when the last one is done.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/defence.h"
#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

#define CAP_BIT(c) (1ULL << (c))

/* Of a step that runs as uid 0; strict: none. The init gives up what neither it nor a step needs
 * before it does anything else (init/rights.c), with the filter and the session keyring. */
#define STEP_CAPS                                                               \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_FOWNER) | \
	        CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_KILL) | CAP_BIT(CAP_SETGID) | \
	        CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_NET_BIND_SERVICE))

static int await_map(struct child *c, struct err *e)
{
	char byte;

	/* End of file: the launcher died between clone and PR_SET_PDEATHSIG. */
	if (recv(c->status, &byte, 1, 0) != 1)
		return err_set(e, ERR_SYS, "the launcher is gone");
	return 0;
}

static int become_root(struct child *c, struct err *e)
{
	if (c->idmap->own_userns) {
		if (!c->idmap->deny_setgroups && setgroups(0, NULL) < 0)
			return err_sys(e, "cannot drop the groups");
		if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			return err_sys(e, "cannot become root of the sandbox");
	}
	/* What is ignored stays ignored in a clone; the launcher ignores this one. */
	signal(SIGPIPE, SIG_DFL);
	/* After the last change of ids, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(e, "cannot ask for the death signal");
	return 0;
}

static int new_session(struct child *c, struct err *e)
{
	(void)c;
	if (DEFENCE("session") && setsid() < 0)
		return err_sys(e, "cannot make a session");
	return 0;
}

static int own_network(struct child *c, struct err *e)
{
	if (!c->own_net)
		return 0;
	if (unshare(CLONE_NEWNET) < 0)
		return err_sys(e, "cannot make a network namespace");
	return netns_setup_here(e);
}

static int set_hostname(struct child *c, struct err *e)
{
	const char *name = launch_text(c->rq, &c->rq->hostname);

	if (sethostname(name, strlen(name)) < 0 || setdomainname("", 0) < 0)
		return err_sys(e, "cannot set the host name");
	return 0;
}

static int lower_limit(int resource, rlim_t soft, rlim_t hard, struct err *e)
{
	struct rlimit now, want = { soft, hard };

	if (getrlimit(resource, &now) < 0)
		return err_sys(e, "cannot read a resource limit");
	/* Without CAP_SYS_RESOURCE on the machine, what is low stays low. */
	if (now.rlim_max != RLIM_INFINITY && want.rlim_max > now.rlim_max)
		want.rlim_max = now.rlim_max;
	if (want.rlim_cur > want.rlim_max)
		want.rlim_cur = want.rlim_max;
	return setrlimit(resource, &want) < 0 ? err_sys(e, "cannot set a resource limit") : 0;
}

/* These are counted for the launcher's user as well, against what the launcher may have: a quarter
 * of it, so that one sandbox cannot take what the others need. */
static int lower_shared(int resource, rlim_t most, struct err *e)
{
	struct rlimit now;

	if (!DEFENCE("shared-rlimits"))
		return 0;
	if (getrlimit(resource, &now) < 0)
		return err_sys(e, "cannot read a resource limit");
	if (now.rlim_max != RLIM_INFINITY && most > now.rlim_max / 4)
		most = now.rlim_max / 4;
	return lower_limit(resource, most, most, e);
}

/* Of the sandbox's own user namespace. What it uses is counted for the launcher's user too, so
 * without these one sandbox could take what all of them share. No namespaces: the filter refuses
 * them, and this does once more. */
static const struct {
	const char *name;
	unsigned long value;
	const char *shared; /* what the machine gives a user: never more than a quarter of it */
} user_limits[] = {
	{ "max_inotify_instances", 128, "/proc/sys/fs/inotify/max_user_instances" },
	{ "max_inotify_watches", 16384, "/proc/sys/fs/inotify/max_user_watches" },
	{ "max_fanotify_groups", 0, NULL },
	{ "max_fanotify_marks", 0, NULL },
	{ "max_user_namespaces", 0, NULL },
	{ "max_pid_namespaces", 0, NULL },
	{ "max_uts_namespaces", 0, NULL },
	{ "max_ipc_namespaces", 0, NULL },
	{ "max_net_namespaces", 0, NULL },
	{ "max_mnt_namespaces", 0, NULL },
	{ "max_time_namespaces", 0, NULL },
	{ "max_cgroup_namespaces", 0, NULL },
};

static unsigned long user_limit(size_t i)
{
	unsigned long value = user_limits[i].value, shared;
	AUTO_FD fd = user_limits[i].shared ? open(user_limits[i].shared, O_RDONLY | O_CLOEXEC) : -1;
	char text[32];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return value;
	text[n] = 0;
	shared = strtoul(text, NULL, 10);
	return value > shared / 4 ? shared / 4 : value;
}

/* Through what was opened before /proc/sys became read-only; late, because a detached mount is a
 * mount namespace too. */
static int limit_user(struct child *c, struct err *e)
{
	char text[32];

	for (size_t i = 0; c->idmap->own_userns && i < ARRAY_LEN(user_limits); i++) {
		if (!DEFENCE("user-limits"))
			break;
		AUTO_FD fd = openat(c->user_sysctls, user_limits[i].name, O_WRONLY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue; /* a kernel without the thing itself */
		snprintf(text, sizeof(text), "%lu", user_limit(i));
		if (fd < 0 || write(fd, text, strlen(text)) < 0)
			return err_sys(e, "cannot set '/proc/sys/user/%s'", user_limits[i].name);
	}
	return 0;
}

static int set_rlimits(struct child *c, struct err *e)
{
	uint64_t files = c->rq->limits[LAUNCH_FILES];

	umask(022);
	/* 1, not 0: a core_pattern with a pipe starts a program of the machine at limit 0
	 * (core(5)). */
	if (lower_limit(RLIMIT_CORE, 1, 1, e) < 0)
		return -1;
	/* What the init needs; it gives each step what was asked for. */
	if (files && lower_limit(RLIMIT_NOFILE, files > 4096 ? files : 4096,
	                     files > 4096 ? files : 4096, e) < 0)
		return -1;
	if (lower_shared(RLIMIT_MSGQUEUE, 819200, e) < 0 ||
	        lower_shared(RLIMIT_SIGPENDING, 4096, e) < 0)
		return -1;
	return lower_limit(RLIMIT_MEMLOCK, 8u << 20, 8u << 20, e);
}

/* Before anything is made that memory is charged for, and before the ids change: who opened the
 * doors and who goes through them have to be the same user. */
static int enter_cgroup(struct child *c, struct err *e)
{
	return cgroup_enter(c->doors, e);
}

/* Made once the process is in its group, so that the group is its root. */
static int hide_cgroups(struct child *c, struct err *e)
{
	(void)c;
	if (unshare(CLONE_NEWCGROUP) < 0 && errno != EINVAL)
		return err_sys(e, "cannot make a cgroup namespace");
	return 0;
}

/* Descriptors 3, 4 and 5 are the init's; everything else ends with exec. The pair is first moved
 * out of the way of its own targets. */
static int arrange_descriptors(struct child *c, struct err *e)
{
	int agent = fcntl(c->agent, F_DUPFD_CLOEXEC, 16);
	int filter = c->filter < 0 ? -1 : fcntl(c->filter, F_DUPFD_CLOEXEC, 16);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	int upper = fcntl(c->upper, F_DUPFD_CLOEXEC, 16);

	c->status = fcntl(c->status, F_DUPFD_CLOEXEC, 16);
	c->init = fcntl(c->init, F_DUPFD_CLOEXEC, 16);
	if (upper < 0 || agent < 0 || c->status < 0 || c->init < 0 || null < 0)
		return err_sys(e, "cannot arrange descriptors");
	if (sys_close_range(3, ~0u, SYS_CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(e, "cannot close descriptors");
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || dup2(agent, 3) < 0)
		return err_sys(e, "cannot arrange descriptors");
	if (filter >= 0 && dup2(filter, 4) < 0)
		return err_sys(e, "cannot arrange descriptors");
	/* Where the init sees what steps have changed; no step can look into the init. */
	if (dup2(upper, 5) < 0)
		return err_sys(e, "cannot arrange descriptors");
	return 0;
}

static int run_init(struct child *c, struct err *e)
{
	char caps[32];
	char *argv[] = { (char *)(uintptr_t) "clnrm-init", caps, NULL, NULL };
	char *envp[] = { NULL, NULL };

	snprintf(caps, sizeof(caps), "%llx",
	        c->rq->flags & LAUNCH_STRICT ? 0ULL : (unsigned long long)STEP_CAPS);
	if (c->filter < 0)
		argv[2] = (char *)(uintptr_t) "noseccomp";
#ifdef MUTATIONS
	char mutate[512];
	const char *on = getenv("CLNRM_MUTATE");
	if (on && snprintf(mutate, sizeof(mutate), "CLNRM_MUTATE=%s", on) < (int)sizeof(mutate))
		envp[0] = mutate;
#endif
	sys_execveat(c->init, argv, envp);
	return err_sys(e, "cannot execute clnrm-init");
}

static const struct {
	const char *what;
	int (*run)(struct child *c, struct err *e);
} steps[] = {
	{ "cgroup", enter_cgroup },
	{ "identity", await_map },
	{ "identity", become_root },
	{ "session", new_session },
	{ "network", own_network },
	{ "scratch", rootfs_scratch },
	{ "root", rootfs_root },
	{ "image", rootfs_views },
	{ "/dev", rootfs_dev },
	{ "/proc", rootfs_proc },
	{ "/tmp", rootfs_tmp },
	{ "volumes", volumes_mount },
	{ "tmpfs", volumes_tmpfs },
	{ "masked commands", volumes_mask },
	{ "root", rootfs_seal },
	{ "root", rootfs_pivot },
	{ "hostname", set_hostname },
	{ "limits", set_rlimits },
	{ "cgroup", hide_cgroups },
	{ "user limits", limit_user },
	{ "descriptors", arrange_descriptors },
	{ "init", run_init },
};

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* All of the launcher's but what is for us. Its ends of our sockets above all: while any child
 * holds one, no child would see that the launcher is gone, and with descriptor 3 the daemon
 * neither. */
static int keep_only_ours(struct child *c)
{
	int keep[LAUNCH_MAX_VOLUMES + CGROUP_DOORS + 4] = { c->status, c->agent, c->filter,
		c->init };
	unsigned from = 3;

	memcpy(keep + 4, c->doors, sizeof(c->doors));
	memcpy(keep + 4 + CGROUP_DOORS, c->volumes, sizeof(c->volumes));
	qsort(keep, ARRAY_LEN(keep), sizeof(keep[0]), by_number);
	for (size_t i = 0; i < ARRAY_LEN(keep); i++) {
		if (keep[i] < 0)
			continue;
		if ((unsigned)keep[i] > from && sys_close_range(from, (unsigned)keep[i] - 1, 0) < 0)
			return -1;
		from = (unsigned)keep[i] + 1;
	}
	return sys_close_range(from, ~0u, 0);
}

void child_run(struct child *c)
{
	struct err e = { 0 };

	if (keep_only_ours(c) < 0)
		_exit(126);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i].run(c, &e) == 0)
			continue;
		err_wrap(&e, "%s", steps[i].what);
		/* The launcher sees an end without a message as a death; nothing better can be said
		 * then. */
		if (send(c->status, &e, sizeof(e), MSG_NOSIGNAL) < 0)
			_exit(126);
		_exit(125);
	}
	_exit(124);
}
