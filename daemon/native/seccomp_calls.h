/* daemon/native/seccomp_calls.h - the policy by name: every call that a step may or may not make.
 *
 * ALLOW(name), DENY(name): EPERM, CHECK(name, block): depends on arguments (seccomp.c),
 * ABSENT(name): ENOSYS although the kernel has it, so that libraries take the older call: no filter
 * can look at the flags of clone3() or the mode of openat2(), which are in memory. What is
 * not here is ENOSYS too. docs/isolation.md holds the same list; a test holds the two to each
 * other.
 *
 * Numbers come from the kernel's headers. Those of calls younger than the headers are the same on
 * every machine; a call that this machine never had is -1 and takes no part.
 */
#ifndef DAEMON_NATIVE_SECCOMP_CALLS_H
#define DAEMON_NATIVE_SECCOMP_CALLS_H

#include <sys/syscall.h>

/* clang-format off */
#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif
#ifndef __NR_set_mempolicy_home_node
#define __NR_set_mempolicy_home_node 450
#endif
#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_map_shadow_stack
#define __NR_map_shadow_stack 453
#endif
#ifndef __NR_futex_wake
#define __NR_futex_wake 454
#endif
#ifndef __NR_futex_wait
#define __NR_futex_wait 455
#endif
#ifndef __NR_futex_requeue
#define __NR_futex_requeue 456
#endif
#ifndef __NR_statmount
#define __NR_statmount 457
#endif
#ifndef __NR_listmount
#define __NR_listmount 458
#endif
#ifndef __NR_lsm_get_self_attr
#define __NR_lsm_get_self_attr 459
#endif
#ifndef __NR_lsm_set_self_attr
#define __NR_lsm_set_self_attr 460
#endif
#ifndef __NR_lsm_list_modules
#define __NR_lsm_list_modules 461
#endif
#ifndef __NR_mseal
#define __NR_mseal 462
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif
#ifndef __NR_getxattrat
#define __NR_getxattrat 464
#endif
#ifndef __NR_listxattrat
#define __NR_listxattrat 465
#endif
#ifndef __NR_removexattrat
#define __NR_removexattrat 466
#endif
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr 467
#endif
/* Older machines only. */
#ifndef __NR__sysctl
#define __NR__sysctl -1
#endif
#ifndef __NR_access
#define __NR_access -1
#endif
#ifndef __NR_alarm
#define __NR_alarm -1
#endif
#ifndef __NR_arch_prctl
#define __NR_arch_prctl -1
#endif
#ifndef __NR_chmod
#define __NR_chmod -1
#endif
#ifndef __NR_chown
#define __NR_chown -1
#endif
#ifndef __NR_creat
#define __NR_creat -1
#endif
#ifndef __NR_dup2
#define __NR_dup2 -1
#endif
#ifndef __NR_epoll_create
#define __NR_epoll_create -1
#endif
#ifndef __NR_epoll_wait
#define __NR_epoll_wait -1
#endif
#ifndef __NR_eventfd
#define __NR_eventfd -1
#endif
#ifndef __NR_fork
#define __NR_fork -1
#endif
#ifndef __NR_futimesat
#define __NR_futimesat -1
#endif
#ifndef __NR_get_thread_area
#define __NR_get_thread_area -1
#endif
#ifndef __NR_getdents
#define __NR_getdents -1
#endif
#ifndef __NR_getpgrp
#define __NR_getpgrp -1
#endif
#ifndef __NR_inotify_init
#define __NR_inotify_init -1
#endif
#ifndef __NR_ioperm
#define __NR_ioperm -1
#endif
#ifndef __NR_iopl
#define __NR_iopl -1
#endif
#ifndef __NR_lchown
#define __NR_lchown -1
#endif
#ifndef __NR_link
#define __NR_link -1
#endif
#ifndef __NR_mkdir
#define __NR_mkdir -1
#endif
#ifndef __NR_mknod
#define __NR_mknod -1
#endif
#ifndef __NR_modify_ldt
#define __NR_modify_ldt -1
#endif
#ifndef __NR_open
#define __NR_open -1
#endif
#ifndef __NR_pause
#define __NR_pause -1
#endif
#ifndef __NR_pipe
#define __NR_pipe -1
#endif
#ifndef __NR_poll
#define __NR_poll -1
#endif
#ifndef __NR_readlink
#define __NR_readlink -1
#endif
#ifndef __NR_rename
#define __NR_rename -1
#endif
#ifndef __NR_rmdir
#define __NR_rmdir -1
#endif
#ifndef __NR_select
#define __NR_select -1
#endif
#ifndef __NR_set_thread_area
#define __NR_set_thread_area -1
#endif
#ifndef __NR_signalfd
#define __NR_signalfd -1
#endif
#ifndef __NR_symlink
#define __NR_symlink -1
#endif
#ifndef __NR_sysfs
#define __NR_sysfs -1
#endif
#ifndef __NR_time
#define __NR_time -1
#endif
#ifndef __NR_unlink
#define __NR_unlink -1
#endif
#ifndef __NR_uselib
#define __NR_uselib -1
#endif
#ifndef __NR_ustat
#define __NR_ustat -1
#endif
#ifndef __NR_utime
#define __NR_utime -1
#endif
#ifndef __NR_utimes
#define __NR_utimes -1
#endif
#ifndef __NR_vfork
#define __NR_vfork -1
#endif

#define SECCOMP_ALLOWED(ALLOW) \
	ALLOW(accept) ALLOW(accept4) ALLOW(access) ALLOW(alarm) ALLOW(arch_prctl) ALLOW(bind) \
	ALLOW(brk) ALLOW(cachestat) ALLOW(capget) ALLOW(capset) ALLOW(chdir) \
	ALLOW(chown) ALLOW(chroot) ALLOW(clock_getres) ALLOW(clock_gettime) ALLOW(clock_nanosleep) \
	ALLOW(close) ALLOW(close_range) ALLOW(connect) ALLOW(copy_file_range) \
	ALLOW(dup) ALLOW(dup2) ALLOW(dup3) ALLOW(epoll_create) ALLOW(epoll_create1) \
	ALLOW(epoll_ctl) ALLOW(epoll_pwait) ALLOW(epoll_pwait2) ALLOW(epoll_wait) ALLOW(eventfd) \
	ALLOW(eventfd2) ALLOW(execve) ALLOW(execveat) ALLOW(exit) ALLOW(exit_group) \
	ALLOW(faccessat) ALLOW(faccessat2) ALLOW(fadvise64) ALLOW(fallocate) ALLOW(fchdir) \
	ALLOW(fchown) ALLOW(fchownat) ALLOW(fcntl) \
	ALLOW(fdatasync) ALLOW(fgetxattr) ALLOW(flistxattr) ALLOW(flock) ALLOW(fork) \
	ALLOW(fremovexattr) ALLOW(fsetxattr) ALLOW(fstat) ALLOW(fstatfs) ALLOW(fsync) \
	ALLOW(ftruncate) ALLOW(futex) ALLOW(futex_requeue) ALLOW(futex_wait) ALLOW(futex_waitv) \
	ALLOW(futex_wake) ALLOW(futimesat) ALLOW(get_mempolicy) ALLOW(get_robust_list) \
	ALLOW(get_thread_area) ALLOW(getcpu) ALLOW(getcwd) ALLOW(getdents) ALLOW(getdents64) \
	ALLOW(getegid) ALLOW(geteuid) ALLOW(getgid) ALLOW(getgroups) ALLOW(getitimer) \
	ALLOW(getpeername) ALLOW(getpgid) ALLOW(getpgrp) ALLOW(getpid) ALLOW(getppid) \
	ALLOW(getpriority) ALLOW(getrandom) ALLOW(getresgid) ALLOW(getresuid) ALLOW(getrlimit) \
	ALLOW(getrusage) ALLOW(getsid) ALLOW(getsockname) ALLOW(getsockopt) ALLOW(gettid) \
	ALLOW(gettimeofday) ALLOW(getuid) ALLOW(getxattr) ALLOW(getxattrat) \
	ALLOW(inotify_add_watch) ALLOW(inotify_init) ALLOW(inotify_init1) ALLOW(inotify_rm_watch) \
	ALLOW(io_cancel) ALLOW(io_destroy) ALLOW(io_getevents) ALLOW(io_pgetevents) \
	ALLOW(io_setup) ALLOW(io_submit) ALLOW(ioprio_get) ALLOW(ioprio_set) ALLOW(kill) \
	ALLOW(landlock_add_rule) ALLOW(landlock_create_ruleset) ALLOW(landlock_restrict_self) \
	ALLOW(lchown) ALLOW(lgetxattr) ALLOW(link) ALLOW(linkat) ALLOW(listen) ALLOW(listxattr) \
	ALLOW(listxattrat) ALLOW(llistxattr) ALLOW(lremovexattr) ALLOW(lseek) ALLOW(lsetxattr) \
	ALLOW(lstat) ALLOW(madvise) ALLOW(map_shadow_stack) ALLOW(membarrier) ALLOW(memfd_create) \
	ALLOW(mincore) ALLOW(mkdir) ALLOW(mkdirat) ALLOW(mlock) \
	ALLOW(mlock2) ALLOW(mlockall) ALLOW(mmap) ALLOW(mprotect) ALLOW(mq_getsetattr) \
	ALLOW(mq_notify) ALLOW(mq_open) ALLOW(mq_timedreceive) ALLOW(mq_timedsend) \
	ALLOW(mq_unlink) ALLOW(mremap) ALLOW(mseal) ALLOW(msgctl) ALLOW(msgget) ALLOW(msgrcv) \
	ALLOW(msgsnd) ALLOW(msync) ALLOW(munlock) ALLOW(munlockall) ALLOW(munmap) ALLOW(nanosleep) \
	ALLOW(newfstatat) ALLOW(pause) ALLOW(pidfd_open) \
	ALLOW(pidfd_send_signal) ALLOW(pipe) ALLOW(pipe2) ALLOW(pkey_alloc) ALLOW(pkey_free) \
	ALLOW(pkey_mprotect) ALLOW(poll) ALLOW(ppoll) ALLOW(prctl) ALLOW(pread64) ALLOW(preadv) \
	ALLOW(preadv2) ALLOW(prlimit64) ALLOW(process_mrelease) ALLOW(process_vm_readv) \
	ALLOW(process_vm_writev) ALLOW(pselect6) ALLOW(ptrace) ALLOW(pwrite64) ALLOW(pwritev) \
	ALLOW(pwritev2) ALLOW(read) ALLOW(readahead) ALLOW(readlink) ALLOW(readlinkat) \
	ALLOW(readv) ALLOW(recvfrom) ALLOW(recvmmsg) ALLOW(recvmsg) ALLOW(removexattr) \
	ALLOW(removexattrat) ALLOW(rename) ALLOW(renameat) ALLOW(renameat2) ALLOW(restart_syscall) \
	ALLOW(rmdir) ALLOW(rseq) ALLOW(rt_sigaction) ALLOW(rt_sigpending) ALLOW(rt_sigprocmask) \
	ALLOW(rt_sigqueueinfo) ALLOW(rt_sigreturn) ALLOW(rt_sigsuspend) ALLOW(rt_sigtimedwait) \
	ALLOW(rt_tgsigqueueinfo) ALLOW(sched_get_priority_max) ALLOW(sched_get_priority_min) \
	ALLOW(sched_getaffinity) ALLOW(sched_getattr) ALLOW(sched_getparam) \
	ALLOW(sched_getscheduler) ALLOW(sched_rr_get_interval) ALLOW(sched_setaffinity) \
	ALLOW(sched_setattr) ALLOW(sched_setparam) ALLOW(sched_setscheduler) ALLOW(sched_yield) \
	ALLOW(seccomp) ALLOW(select) ALLOW(semctl) ALLOW(semget) ALLOW(semop) ALLOW(semtimedop) \
	ALLOW(sendfile) ALLOW(sendmmsg) ALLOW(sendmsg) ALLOW(sendto) ALLOW(set_robust_list) \
	ALLOW(set_thread_area) ALLOW(set_tid_address) ALLOW(setfsgid) ALLOW(setfsuid) \
	ALLOW(setgid) ALLOW(setgroups) ALLOW(setitimer) ALLOW(setpgid) ALLOW(setpriority) \
	ALLOW(setregid) ALLOW(setresgid) ALLOW(setresuid) ALLOW(setreuid) ALLOW(setrlimit) \
	ALLOW(setsid) ALLOW(setsockopt) ALLOW(setuid) ALLOW(setxattr) ALLOW(setxattrat) \
	ALLOW(shmat) ALLOW(shmctl) ALLOW(shmdt) ALLOW(shmget) ALLOW(shutdown) ALLOW(sigaltstack) \
	ALLOW(signalfd) ALLOW(signalfd4) ALLOW(socketpair) ALLOW(splice) ALLOW(stat) ALLOW(statfs) \
	ALLOW(statx) ALLOW(symlink) ALLOW(symlinkat) ALLOW(sync) ALLOW(sync_file_range) \
	ALLOW(syncfs) ALLOW(sysinfo) ALLOW(tee) ALLOW(tgkill) ALLOW(time) ALLOW(timer_create) \
	ALLOW(timer_delete) ALLOW(timer_getoverrun) ALLOW(timer_gettime) ALLOW(timer_settime) \
	ALLOW(timerfd_create) ALLOW(timerfd_gettime) ALLOW(timerfd_settime) ALLOW(times) \
	ALLOW(tkill) ALLOW(truncate) ALLOW(umask) ALLOW(uname) ALLOW(unlink) ALLOW(unlinkat) \
	ALLOW(utime) ALLOW(utimensat) ALLOW(utimes) ALLOW(vfork) ALLOW(vmsplice) ALLOW(wait4) \
	ALLOW(waitid) ALLOW(write) ALLOW(writev)

#define SECCOMP_DENIED(DENY) \
	DENY(acct) DENY(add_key) DENY(adjtimex) DENY(bpf) DENY(clock_adjtime) DENY(clock_settime) \
	DENY(delete_module) DENY(fanotify_init) DENY(fanotify_mark) DENY(finit_module) \
	DENY(fsconfig) DENY(fsmount) DENY(fsopen) DENY(fspick) DENY(init_module) \
	DENY(io_uring_enter) DENY(io_uring_register) DENY(io_uring_setup) DENY(ioperm) DENY(iopl) \
	DENY(kcmp) DENY(kexec_file_load) DENY(kexec_load) DENY(keyctl) DENY(listmount) \
	DENY(lookup_dcookie) DENY(lsm_get_self_attr) DENY(lsm_list_modules) \
	DENY(lsm_set_self_attr) DENY(mbind) DENY(memfd_secret) DENY(migrate_pages) \
	DENY(modify_ldt) DENY(mount) DENY(mount_setattr) DENY(move_mount) DENY(move_pages) \
	DENY(name_to_handle_at) DENY(nfsservctl) DENY(open_by_handle_at) DENY(open_tree) \
	DENY(open_tree_attr) DENY(perf_event_open) DENY(pidfd_getfd) DENY(pivot_root) \
	DENY(process_madvise) DENY(quotactl) DENY(quotactl_fd) DENY(reboot) DENY(request_key) \
	DENY(set_mempolicy) DENY(set_mempolicy_home_node) DENY(setdomainname) DENY(sethostname) \
	DENY(setns) DENY(settimeofday) DENY(statmount) DENY(swapoff) DENY(swapon) DENY(syslog) \
	DENY(umount2) DENY(userfaultfd) DENY(vhangup)

#define SECCOMP_ABSENT(ABSENT) \
	ABSENT(clone3) ABSENT(_sysctl) ABSENT(uselib) ABSENT(sysfs) ABSENT(ustat) \
	ABSENT(remap_file_pages) ABSENT(openat2)

#define SECCOMP_CHECKED(CHECK) \
	CHECK(clone, CLONE) CHECK(unshare, UNSHARE) CHECK(ioctl, IOCTL) CHECK(socket, SOCKET) \
	CHECK(personality, PERSONALITY) CHECK(chmod, MODE1) CHECK(fchmod, MODE1) \
	CHECK(creat, MODE1) CHECK(mknod, MODE1) CHECK(fchmodat, MODE2) CHECK(fchmodat2, MODE2) \
	CHECK(mknodat, MODE2) CHECK(open, OPEN1) CHECK(openat, OPEN2)
/* clang-format on */

#endif
