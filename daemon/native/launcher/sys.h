/* daemon/native/launcher/sys.h - system calls that libc does not have, or hides behind a cache.
 *
 * All return what the kernel returned, -1 with errno on failure. <sys/mount.h> and <linux/mount.h>
 * do not go together in every libc; nothing of the launcher includes the former.
 */
#ifndef DAEMON_NATIVE_LAUNCHER_SYS_H
#define DAEMON_NATIVE_LAUNCHER_SYS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SYS_MNT_DETACH 2
#define SYS_CLOSE_RANGE_CLOEXEC 4u

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

/* Resolution of openat2(2). */
enum sys_resolve {
	SYS_NO_XDEV = 0x01,
	SYS_NO_MAGICLINKS = 0x02,
	SYS_NO_SYMLINKS = 0x04,
	SYS_BENEATH = 0x08,
	SYS_IN_ROOT = 0x10,
};

struct sys_clone {
	uint64_t flags; /* CLONE_NEW... ; CLONE_PIDFD is always added */
	int cgroup;     /* descriptor of a cgroup v2 directory to be born in, or -1 */
	int pidfd;      /* out */
	int no_clone3;  /* use clone(2); cgroup must be -1 */
};

/* In the effective set of this process; c is one of linux/capability.h. */
bool sys_has_capability(unsigned c);
/* Containers' filters answer ENOSYS, because they cannot look at the flags behind the pointer. */
bool sys_has_clone3(void);
/* Like fork with flags: 0 in the child, the pid in the parent. Signals are at their defaults in the
 * child. */
pid_t sys_clone(struct sys_clone *c);

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
        const void *data);
int sys_umount(const char *target, int flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_open_tree(int dirfd, const char *path, unsigned flags);
int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags);
int sys_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear,
        uint64_t propagation, int userns);
int sys_fsopen(const char *type);
int sys_fsconfig_string(int fs, const char *key, const char *value);
int sys_fsconfig_flag(int fs, const char *key);
int sys_fsmount(int fs, unsigned attrs); /* CMD_CREATE and fsmount(2) */
int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int sys_pidfd_send_signal(int pidfd, int signo);
int sys_close_range(unsigned first, unsigned last, unsigned flags);
int sys_memfd(const char *name, unsigned flags);
/* One packet without waiting, with its descriptor or -1 in *fd; and one with a descriptor. */
ssize_t sys_recv_fd(int socket, void *p, size_t n, int *fd);
ssize_t sys_send_fd(int socket, const void *p, size_t n, int fd);
int sys_execveat(int fd, char *const argv[], char *const envp[]);

#endif
