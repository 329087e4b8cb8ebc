/* What this machine can do, found by doing it: a child per question, whose exit status is the
 * errno. */
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "daemon/native/launcher/launcher.h"
#include "daemon/native/launcher/sys.h"

static int try_nothing(void)
{
	return 0;
}

static int try_capability(void)
{
	return sethostname("clnrm", 5);
}

static int try_overlay(void)
{
	if (sys_mount("probe", "/s", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") < 0 ||
	        mkdir("/s/u", 0755) < 0 || mkdir("/s/w", 0755) < 0)
		return -1;
	return sys_mount("probe", "/r", "overlay", MS_NOSUID | MS_NODEV,
	        geteuid() ? "lowerdir=/null-dir,upperdir=/s/u,workdir=/s/w"
	                  : "lowerdir=/null-dir,upperdir=/s/u,workdir=/s/"
	                    "w,userxattr,volatile,xino=off");
}

static int try_proc(void)
{
	return sys_mount("proc", "/r", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static int try_seccomp(void)
{
	unsigned action = SECCOMP_RET_ERRNO;

	return (int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

static int try_network(void)
{
	struct err e;

	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	return netns_setup_here(&e);
}

#define ALONE (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS)
static const struct {
	uint64_t flags;
	int (*run)(void);
} probes[LAUNCH_N_PROBES] = {
	[LAUNCH_PROBE_USERNS] = { CLONE_NEWUSER, try_nothing },
	[LAUNCH_PROBE_CAPS] = { ALONE, try_capability },
	[LAUNCH_PROBE_OVERLAY] = { ALONE, try_overlay },
	[LAUNCH_PROBE_PROC] = { ALONE, try_proc },
	[LAUNCH_PROBE_CLONE3] = { 0, try_nothing },
	[LAUNCH_PROBE_SECCOMP] = { 0, try_seccomp },
	[LAUNCH_PROBE_NETNS] = { ALONE, try_network },
};

static NORETURN void probe_child(int gate, uint64_t flags, int (*run)(void))
{
	char byte;

	if (recv(gate, &byte, 1, 0) != 1)
		_exit(EPIPE);
	/* Its own root, where the map allows; what is asked then is asked as a sandbox would. */
	if ((flags & CLONE_NEWUSER) && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		_exit(EPERM);
	_exit(run() < 0 ? errno & 0x7f : 0);
}

int probe_one(const struct launcher *l, enum launch_probe which)
{
	struct sys_clone how = { .flags = probes[which].flags,
		.cgroup = -1,
		.pidfd = -1,
		.no_clone3 = l->options.no_clone3 };
	int gate[2], status, saved;
	struct err e;
	pid_t pid;

	if (which == LAUNCH_PROBE_CLONE3 && l->options.no_clone3)
		return ENOSYS;
	if (l->options.no_userns && which <= LAUNCH_PROBE_PROC)
		return EPERM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate) < 0)
		return errno;
	pid = sys_clone(&how);
	saved = errno;
	if (pid == 0) {
		close(gate[0]);
		probe_child(gate[1], how.flags, probes[which].run);
	}
	close(gate[1]);
	if (pid > 0) {
		if ((how.flags & CLONE_NEWUSER) && idmap_write(&l->idmap, pid, &e) < 0)
			close_fd(&gate[0]); /* it ends with EPIPE */
		if (gate[0] >= 0 && send(gate[0], "g", 1, MSG_NOSIGNAL) < 0)
			close_fd(&gate[0]);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
		saved = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
		close(how.pidfd);
	}
	if (gate[0] >= 0)
		close(gate[0]);
	return saved;
}

void probe_run(const struct launcher *l, struct launch_probed *out)
{
	for (int i = 0; i < LAUNCH_N_PROBES; i++)
		out->result[i] = probe_one(l, (enum launch_probe)i);
}
