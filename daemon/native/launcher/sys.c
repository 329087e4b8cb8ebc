#include "daemon/native/launcher/sys.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

/* struct clone_args of linux/sched.h, which does not go together with <sched.h> in every libc. */
struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
	        set_tid_size, cgroup;
};

static void default_signals(void)
{
	for (int s = 1; s < 65; s++)
		signal(s, SIG_DFL);
}

/* The raw call: libc's clone() wants a function and a stack. x86-64 and arm64 differ in the order
 * of the last two arguments, which are both unused here. */
static pid_t clone_old(struct sys_clone *c)
{
	long r = syscall(SYS_clone, (unsigned long)c->flags | CLONE_PIDFD | SIGCHLD, 0UL, &c->pidfd,
	        0UL, 0UL);

	if (r == 0)
		default_signals();
	return (pid_t)r;
}

bool sys_has_capability(unsigned c)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &head, sets) == 0 && (sets[c / 32].effective & (1u << c % 32));
}

bool sys_has_clone3(void)
{
	return syscall(SYS_clone3, NULL, (size_t)0) == 0 || errno != ENOSYS;
}

pid_t sys_clone(struct sys_clone *c)
{
	struct clone3_args a = {
		.flags = c->flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&c->pidfd,
		.exit_signal = c->flags & CLONE_PARENT ? 0 : SIGCHLD,
	};

	if (c->no_clone3)
		return clone_old(c);
	if (c->cgroup >= 0) {
		a.flags |= CLONE_INTO_CGROUP;
		a.cgroup = (uint64_t)c->cgroup;
	}
	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
        const void *data)
{
	return (int)syscall(SYS_mount, source, target, type, flags, data);
}

int sys_umount(const char *target, int flags)
{
	return (int)syscall(SYS_umount2, target, flags);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC);
}

int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

int sys_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear,
        uint64_t propagation, int userns)
{
	struct mount_attr a = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	if (userns >= 0) {
		a.attr_set |= MOUNT_ATTR_IDMAP;
		a.userns_fd = (uint64_t)userns;
	}
	return (int)syscall(SYS_mount_setattr, dirfd, path, flags, &a, sizeof(a));
}

int sys_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

int sys_fsconfig_string(int fs, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

int sys_fsmount(int fs, unsigned attrs)
{
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attrs);
}

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { flags | O_CLOEXEC, mode, resolve };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

int sys_pidfd_send_signal(int pidfd, int signo)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
}

int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

int sys_memfd(const char *name, unsigned flags)
{
	return (int)syscall(SYS_memfd_create, name, flags);
}

int sys_execveat(int fd, char *const argv[], char *const envp[])
{
	return (int)syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
}

int sys_fsconfig_flag(int fs, const char *key)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

union fd_control {
	struct cmsghdr h;
	char space[CMSG_SPACE(sizeof(int))];
};

ssize_t sys_recv_fd(int socket, void *p, size_t n, int *fd)
{
	union fd_control control;
	struct iovec iov = { p, n };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };
	ssize_t got = recvmsg(socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = got < 0 ? NULL : CMSG_FIRSTHDR(&m);

	*fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	        c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return got;
}

ssize_t sys_send_fd(int socket, const void *p, size_t n, int fd)
{
	union fd_control control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };

	control.h.cmsg_level = SOL_SOCKET;
	control.h.cmsg_type = SCM_RIGHTS;
	control.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
	return sendmsg(socket, &m, MSG_NOSIGNAL);
}
